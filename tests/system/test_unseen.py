# SPDX-License-Identifier: ISC
"""What only toxid has is not seen by who does not use it: the same calls are
answered alike, to the byte, by a toxid in which others use all of it.  That the
one is as the original is, tests/oracle says."""

import contextlib
import json
import os
import pathlib

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until
from test_relay_ends import expect

BUILD = pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent
TOXICS = json.loads((BUILD / "toxics.json").read_text())
THEIRS = [kind["name"] for kind in TOXICS if kind["whose"] == "toxiproxy"]
OTHERS = ("z-connect", "z-leased", "z-profile", "z-scenario", "z-session")
VALUES = {"slicer": {"average_size": 10, "size_variation": 1, "delay": 1}}


def own_values(kind):
    """Of a toxic: one of each attribute that only toxid has"""
    row = next(one for one in TOXICS if one["name"] == kind)
    return {one["name"]: one["words"][-1] if one["kind"] == "enum" else
            one.get("default", 0) + one.get("max", 1) / 2
            for one in row["attributes"] if one["own"]
            and one["kind"] in ("enum", "fraction")}


@contextlib.contextmanager
def session_with_a_toxic(t):
    path = "/proxies/z-session/sessions"
    with t.connect("z-session"):
        assert wait_until(lambda: t.request("GET", path).json()["sessions"])
        which = t.request("GET", path).json()["sessions"][0]["id"]
        expect(200, t.request("POST", f"{path}/{which}/toxics",
                              {"type": "noop"}))
        yield


def use_all_of_it(t, echo):
    """Others do, on proxies of their own"""
    for name in OTHERS:
        t.proxy(name, echo.address)
    expect(200, t.request("PATCH", "/proxies/z-connect", {"connect": {
        "mode": "accept_delay", "delay": 1, "dial_delay": 1,
        "dial_fail": "refused"}}))
    for kind in THEIRS:
        expect(200, t.request("POST", "/proxies/z-connect/toxics", {
            "type": kind, "attributes": {
                **VALUES.get(kind, {}), **own_values(kind)},
            "select": {"first": 3, "every": 2, "clients": ["10.0.0.0/8"]}}))
    expect(200, t.request("POST", "/proxies/z-leased/toxics", {
        "type": "latency", "attributes": {"latency": 60}, "ttl": 3600000,
        "wave": {"latency": {"shape": "sine", "period": 60000,
                             "amplitude": 50}}}))
    expect(200, t.request("POST", "/proxies/z-leased/toxics",
                          {"type": "corrupt", "attributes": {"rate": 0.1}}))
    expect(200, t.request("POST", "/proxies/z-profile/profile",
                          {"name": "3g"}))
    expect(201, t.request("POST", "/scenarios", {
        "name": "z", "proxy": "z-scenario", "loop": True, "steps": [
            {"duration": 3600000, "connect": {"mode": "refuse"}, "toxics": [
                {"type": "latency", "attributes": {"latency": 5}}]}]}))


def calls(echo, port):
    """(method, path, body) of who knows the original, in turn"""
    plain = {"name": "plain", "listen": f"127.0.0.1:{port}",
             "upstream": echo.address}
    yield "POST", "/proxies", plain
    yield "POST", "/proxies", plain
    yield "POST", "/proxies", {"name": "", "upstream": "x:1"}
    yield "GET", "/proxies", None
    for kind in THEIRS:
        path = f"/proxies/plain/toxics/{kind}_downstream"
        for body in ({"type": kind, "attributes": VALUES.get(kind, {})},
                     {"type": kind, "name": "b", "stream": "upstream",
                      "toxicity": 0.5, "attributes": VALUES.get(kind, {})}):
            yield "POST", "/proxies/plain/toxics", body
            yield "POST", "/proxies/plain/toxics", body
        yield "GET", "/proxies/plain", None
        yield "GET", "/proxies/plain/toxics", None
        yield "GET", path, None
        yield "POST", path, {"toxicity": 0.25, "attributes": {}}
        yield "DELETE", path, None
        yield "DELETE", "/proxies/plain/toxics/b", None
    yield "POST", "/proxies/plain/toxics", {"type": "latency"}
    yield "POST", "/proxies/plain/toxics", {"type": "what"}
    yield "GET", "/proxies/none", None
    yield "GET", "/proxies/plain/toxics/none", None
    yield "PATCH", "/proxies/plain", {"enabled": False}
    yield "POST", "/proxies/plain", {"enabled": True}
    yield "GET", "/proxies", None
    yield "POST", "/populate", [plain, {**plain, "name": "second",
                                        "listen": "127.0.0.1:x"}]
    yield "GET", "/version", None
    yield "POST", "/reset", None
    yield "GET", "/proxies/plain", None
    yield "DELETE", "/proxies/plain", None


def without_others(body):
    """A list of all proxies, as who has none but theirs would see it; all else
    is as it is, to the byte"""
    try:
        found = json.loads(body)
    except ValueError:
        return body
    if not isinstance(found, dict) or not set(OTHERS) & set(found):
        return body
    return json.dumps({name: one for name, one in found.items()
                       if name not in OTHERS}, separators=(",", ":")).encode()


def answers(t, echo, port):
    for method, path, body in calls(echo, port):
        r = t.request(method, path, body)
        heads = [name for name, _ in r.headers.items()]
        yield (method, path, body), r.status, heads, without_others(r.body)


@pytest.fixture(name="two")
def two_of_which_one_is_used():
    with Echo() as echo, Toxid() as quiet, Toxid() as used:
        use_all_of_it(used, echo)
        with session_with_a_toxic(used):
            yield echo, quiet, used


def port_for_both():
    with Echo() as gone:
        return gone.port


def test_who_does_not_use_it_does_not_see_it(two):
    """First the one, then the other, which has the port then"""
    echo, quiet, used = two
    port = port_for_both()
    wanted = list(answers(quiet, echo, port))
    assert len(wanted) > 60 and {s for _, s, _, _ in wanted} == {
        200, 201, 204, 400, 404, 409, 500}
    for want, got in zip(wanted, answers(used, echo, port)):
        assert want == got
