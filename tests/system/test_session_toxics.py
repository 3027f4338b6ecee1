# SPDX-License-Identifier: ISC
"""Toxics of one session's own: behind those of its proxy, and gone with it."""

import contextlib
import json
import os
import signal
import time

import pytest
import rig
from lab import Lab, standard, tenant, token
from peers import Echo, ending
from rig import wait_until
from test_relayed import echoed, own
from test_takeover import is_followed
from test_upgrade import upgrade

SLOW = {"name": "slow", "type": "latency", "attributes": {"latency": 300}}


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


@contextlib.contextmanager
def session(t, name="p"):
    """A client, and the path of its session."""
    with t.connect(name) as c:
        echoed(c)
        yield c, path_of(t, c, name)


def path_of(t, sock, name="p"):
    found = own(t, sock, f"/proxies/{name}/sessions")
    return f"/proxies/{name}/sessions/{found['id']}"


def toxics(t, path):
    r = t.request("GET", path + "/toxics")
    assert r.status == 200, r
    return r.json()


def add(t, path, toxic=None, **more):
    r = t.request("POST", path + "/toxics", {**(toxic or SLOW), **more})
    assert r.status == 200, r
    return r.json()


def refused(t, method, path, body=None):
    r = t.request(method, path, body)
    assert r.json()["status"] == r.status
    return r.status, r.json()["error"]


def seconds(sock):
    began = time.monotonic()
    echoed(sock)
    return time.monotonic() - began


def work(t, path):
    return {x["name"]: x for x in t.request("GET", path).json()["toxics"]}


def test_it_is_on_that_session_alone(p):
    with session(p) as (c, path), session(p) as (other, others):
        made = add(p, path)
        assert made == {
            "attributes": {"latency": 300, "jitter": 0}, "name": "slow",
            "type": "latency", "stream": "downstream", "toxicity": 1}
        assert toxics(p, path) == [made]
        assert p.request("GET", path + "/toxics/slow").json() == made
        assert 0.3 <= seconds(c)
        assert seconds(other) < 0.3 * rig.PATIENCE
        assert toxics(p, others) == []
        assert p.request("GET", "/proxies/p/toxics").json() == []
        assert p.request("GET", "/proxies/p").json()["toxics"] == []
        assert work(p, path)["slow"]["own"] is True
        assert work(p, path)["slow"]["hit"] is True
        assert work(p, path)["slow"]["delayed_bytes"] == 5
        assert work(p, others) == {}


def test_it_is_changed_and_removed(p):
    with session(p) as (c, path):
        add(p, path)
        r = p.request("PATCH", path + "/toxics/slow",
                      {"attributes": {"latency": 1}})
        assert (r.status, r.json()["attributes"]) == (
            200, {"latency": 1, "jitter": 0})
        assert seconds(c) < 0.3 * rig.PATIENCE
        r = p.request("POST", path + "/toxics/slow", {
            "toxicity": 0, "attributes": {"jitter": 7}})
        assert r.json()["toxicity"] == 0
        assert r.json()["attributes"] == {"latency": 1, "jitter": 7}
        assert work(p, path)["slow"]["active"] is False
        assert p.request("DELETE", path + "/toxics/slow").status == 204
        assert toxics(p, path) == []
        assert refused(p, "DELETE", path + "/toxics/slow") == (
            404, "toxic not found")


def test_what_it_holds_goes_on_when_it_is_removed(p):
    with session(p) as (c, path):
        add(p, path, attributes={"latency": 60000})
        c.sendall(b"held")
        assert wait_until(lambda: own(p, c)["held_bytes"] >= 4)
        assert p.request("DELETE", path + "/toxics/slow").status == 204
        assert c.recv(4, rig.socket.MSG_WAITALL) == b"held"
        assert refused(p, "GET", path + "/toxics/slow")[0] == 404


def test_it_goes_with_its_session(p):
    with session(p) as (_, path):
        add(p, path)
    assert wait_until(lambda: p.request("GET", path).status == 404)
    for method, body in (("GET", None), ("POST", SLOW)):
        assert refused(p, method, path + "/toxics", body) == (
            404, "session not found")
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert refused(p, method, path + "/toxics/slow", body) == (
            404, "session not found")
    with session(p) as (_, path):
        assert toxics(p, path) == []


def test_names_are_unique_there_and_not_its_proxys(p):
    p.toxic("p", "latency", toxic_name="of-proxy", latency=1)
    with session(p) as (_, path), session(p) as (_, other):
        add(p, path)
        add(p, other)
        for name in ("slow", "of-proxy"):
            assert refused(p, "POST", path + "/toxics", {
                **SLOW, "name": name}) == (409, "toxic already exists")
        assert refused(p, "GET", path + "/toxics/of-proxy")[0] == 404
        assert refused(p, "DELETE", path + "/toxics/of-proxy")[0] == 404
        assert p.request("DELETE", "/proxies/p/toxics/slow").status == 404
        assert [t["name"] for t in toxics(p, path)] == ["slow"]


def test_it_is_behind_the_proxys(p):
    """As its proxy's close does not pass it by, whichever came first."""
    with session(p) as (c, path):
        add(p, path, {"name": "last", "type": "latency"},
            attributes={"latency": 400})
        p.toxic("p", "limit_data", toxic_name="first", bytes=3)
        began = time.monotonic()
        c.sendall(b"hello")
        assert c.recv(5, rig.socket.MSG_WAITALL) == b"hel"
        assert time.monotonic() - began >= 0.4


def test_one_may_end_its_session(p):
    with session(p) as (c, path), session(p) as (other, _):
        add(p, path, {"name": "cut", "type": "reset_peer"},
            attributes={"timeout": 1})
        c.sendall(b"x")
        assert ending(c, rig.PATIENCE) == "rst"
        echoed(other)
    ended = p.request("GET", "/proxies/p/sessions?state=ended").json()
    assert [(s["cause"], s["toxic"]) for s in ended["sessions"]] == [
        ("toxic_reset", "cut")]


def test_a_while_of_its_session(p):
    with session(p) as (c, path):
        made = add(p, path, select={"duration_ms": 1})
        assert made["select"] == {"duration_ms": 1}
        assert work(p, path)["slow"]["active"] is False
        r = p.request("PATCH", path + "/toxics/slow", {
            "select": {"after_ms": 1}})
        assert r.json()["select"] == {"after_ms": 1}
        assert work(p, path)["slow"]["active"] is True
        assert 0.3 <= seconds(c)


@pytest.mark.parametrize("more, field", [
    ({"select": {"first": 1}}, "select.first"),
    ({"select": {"every": 2, "after_ms": 1}}, "select.every"),
    ({"select": {"every": 2, "offset": 1}}, "select.every"),
    ({"select": {"clients": ["10.0.0.0/8"]}}, "select.clients"),
    ({"ttl": 1000}, "ttl"),
    ({"ttl": 0}, "ttl"),
])
def test_what_a_proxys_may_have_and_it_has_not(p, more, field):
    with session(p) as (_, path):
        add(p, path, name="there")
        for method, where in (("POST", "/toxics"), ("PATCH", "/toxics/there")):
            body = {**more, **({"type": "noop"} if method == "POST" else {})}
            assert refused(p, method, path + where, body) == (
                400, f"invalid attribute {field}: "
                "a toxic of one session's own has none")
        assert [t["name"] for t in toxics(p, path)] == ["there"]
        assert refused(p, "POST", path + "/toxics", {
            "type": "noop", "owner": "profile:3g"}) == (
            400, "invalid attribute owner: "
            "a toxic of one session's own has none")


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b"7", 400),
    (b'{"type": "latency", "name": 1}', 400),
    (b'{"type": "none"}', 400), (b'{"type": "load"}', 400),
    (b'{"type": "latency", "stream": "up"}', 400),
    (b'{"type": "latency", "attributes": {"latency": "x"}}', 400),
    (b'{"type": "bandwidth", "attributes": {"rate": -1}}', 400),
    (b'{"type": "latency", "toxicity": 1e99}', 400),
    (b'{"type": "latency", "name": "\xff"}', 400),
    (json.dumps({"type": "latency", "name": "n" * 256}).encode(), 400),
])
def test_bodies_that_are_none(p, body, status):
    with session(p) as (c, path):
        r = p.request("POST", path + "/toxics", body)
        assert r.status == status, r
        assert toxics(p, path) == []
        echoed(c)


@pytest.mark.parametrize("which", [
    "x", "1", "1.", ".1", "01.0", "1.0.0", "0.0", "99999999999999999999.0",
    "1.18446744073709551615", "-1.0", "1%2e0x", "%FF"])
def test_sessions_that_are_none(p, which):
    path = f"/proxies/p/sessions/{which}/toxics"
    for method, at in (("GET", path), ("POST", path), ("GET", path + "/a"),
                       ("PATCH", path + "/a"), ("DELETE", path + "/a")):
        r = p.request(method, at, SLOW if method in ("POST", "PATCH") else None)
        assert r.status == (400 if which == "%FF" else 404), r
    assert p.request("GET", "/proxies/none/sessions/1.0/toxics").json()[
        "error"] == "proxy not found"


def test_an_argument_that_nobody_knows(p):
    with session(p) as (_, path):
        assert refused(p, "GET", path + "/toxics?cursor=1")[0] == 400
        assert refused(p, "POST", path + "/toxics?x=1", SLOW)[0] == 400
        assert p.request("PUT", path + "/toxics").status == 405


def test_one_has_no_more_than_a_proxy_may_have(p):
    with session(p) as (c, path), contextlib.ExitStack() as others:
        for i in range(256):
            add(p, path, {"name": f"t{i}", "type": "noop"})
        assert refused(p, "POST", path + "/toxics", SLOW) == (
            409, "a session has at most 256 toxics of its own, and all of a "
            "proxy together 1024")
        hit = p.request("GET", "/events?after=0").json()["events"][-1]
        assert (hit["event"], hit["proxy"]) == ("limit_hit", "p")
        echoed(c)
        assert len(toxics(p, path)) == 256
        for _ in range(3):
            _, other = others.enter_context(session(p))
            for i in range(256):
                add(p, other, {"name": f"t{i}", "type": "noop"})
        last, other = others.enter_context(session(p))
        assert refused(p, "POST", other + "/toxics", SLOW)[0] == 409
        assert p.request("DELETE", path + "/toxics/t0").status == 204
        add(p, other)
        echoed(last)


def test_a_reset_ends_them(p):
    with session(p) as (c, path):
        add(p, path)
        assert p.request("POST", "/reset").status == 204
        assert toxics(p, path) == []
        assert seconds(c) < 0.3 * rig.PATIENCE
        add(p, path)
        p.toxic("p", "noop", toxic_name="of-proxy")
        p.request("POST", "/proxies/p", {"connect": {"dial_delay": 1}})
        assert p.request("POST", "/reset").status == 204
        assert (toxics(p, path), work(p, path)) == ([], {})


def test_a_halt_holds_them_off(p):
    with session(p) as (c, path):
        add(p, path)
        assert p.request("POST", "/halt").status == 200
        assert work(p, path)["slow"]["active"] is False
        assert seconds(c) < 0.3 * rig.PATIENCE
        add(p, path, name="later")
        assert work(p, path)["later"]["active"] is False
        assert p.request("POST", "/resume").status == 200
        assert {x["active"] for x in work(p, path).values()} == {True}
        assert 0.6 <= seconds(c)


def stays(t, c, path):
    """... is answered for, and at work."""
    assert wait_until(
        lambda: t.request("GET", path + "/toxics").status == 200)
    assert [x["name"] for x in toxics(t, path)] == ["slow"]
    assert 0.3 <= seconds(c)
    assert t.request("PATCH", path + "/toxics/slow", {
        "attributes": {"latency": 0}}).status == 200
    assert seconds(c) < 0.3 * rig.PATIENCE
    add(t, path, name="more")
    assert t.request("DELETE", path + "/toxics/slow").status == 204
    assert [x["name"] for x in toxics(t, path)] == ["more"]


def test_they_stay_when_ctld_dies(p):
    with session(p) as (c, path):
        add(p, path)
        before = p.ctld
        os.kill(before, signal.SIGKILL)
        is_followed(p, before)
        stays(p, c, path)


def test_they_stay_when_apid_dies(p):
    with session(p) as (c, path):
        add(p, path)
        os.kill(p.child("apid"), signal.SIGKILL)
        p.wait_until_up()
        stays(p, c, path)


def test_they_stay_over_an_upgrade(p):
    with session(p) as (c, path):
        add(p, path)
        upgrade(p)
        stays(p, c, path)


def test_they_go_with_their_worker(p):
    with session(p) as (_, path):
        add(p, path)
        os.kill(p.worker("p"), signal.SIGKILL)
        assert wait_until(lambda: p.request("GET", path).status == 404)
        with session(p) as (_, path):
            assert toxics(p, path) == []


def test_nothing_is_kept_of_them(tmp_path, echo):
    with rig.Toxid("-state", str(tmp_path / "state")) as t:
        t.proxy("p", upstream=f"localhost:{echo.port}")
        with session(t) as (_, path):
            add(t, path)
            assert t.request("GET", "/state").json()[0]["toxics"] == []
    with rig.Toxid("-state", str(tmp_path / "state")) as t:
        assert t.request("GET", "/proxies").json()["p"]["toxics"] == []


# ---- tenants


@pytest.fixture(name="lab")
def the_lab(tmp_path):
    tenants = standard()
    tenants[0]["limits"] = {"toxics": 3}
    with Lab(tmp_path, tenants=tenants, env={"LOG_LEVEL": "info"}) as t, (
            Echo()) as echo:
        for who in ("a", "b"):
            t.make(who, "p", f"127.0.0.1:{echo.port}")
        yield t


@contextlib.contextmanager
def session_of(lab, who):
    listen = lab.ask(who, "GET", "/proxies/p").json()["listen"]
    address = rig.address_of(listen)
    with rig.socket.create_connection(address, rig.PATIENCE) as c:
        echoed(c)
        client = "{}:{}".format(*c.getsockname())
        found = lab.ask(who, "GET", f"/proxies/p/sessions?client={client}")
        yield c, f"/proxies/p/sessions/{found.json()['sessions'][0]['id']}"


def test_they_are_their_tenants(lab):
    with session_of(lab, "a") as (c, path):
        assert lab.ask("a", "POST", path + "/toxics", SLOW).status == 200
        one = path + "/toxics/slow"
        for who, of, status in (("b", None, 404), ("b", "a", 403),
                                ("a-reader", None, 403), ("x", None, 401)):
            for method, at, body in (("POST", path + "/toxics", SLOW),
                                     ("PATCH", one, {"toxicity": 0}),
                                     ("DELETE", one, None)):
                r = lab.ask(who, method, at, body, of=of)
                assert r.status == status, (who, r)
        assert lab.ask("b", "GET", one).status == 404
        for who, of in (("a-reader", None), ("admin", "a")):
            r = lab.ask(who, "GET", one, of=of)
            assert r.json()["toxicity"] == 1
        assert 0.3 <= seconds(c)
        assert lab.ask("admin", "PATCH", one, {"toxicity": 0},
                       of="a").status == 200
        assert lab.ask("a", "DELETE", one).status == 204
        said = path.split("/")[-1]
    assert wait_until(
        lambda: len(lab.audit(request="OWN_TOXIC_DELETE")) == 2)
    assert [(line["proxy"], line["toxic"], line["outcome"], line["token"])
            for line in lab.audit(session=said)
            if "refused" not in line["outcome"]] == [
        ("a/p", "slow", "done", "a"),
        ("b/p", "slow", "no such session of the proxy", "b"),
        ("b/p", "slow", "no such session of the proxy", "b"),
        ("a/p", "slow", "done", "admin"), ("a/p", "slow", "done", "a")]


def test_a_reset_is_answered_when_they_count_no_more(lab):
    with session_of(lab, "a") as (_, path):
        for at in ("/proxies/p/toxics", path + "/toxics"):
            for name in ("1", "2", "3"):
                assert lab.ask("a", "POST", path + "/toxics", {
                    **SLOW, "name": name}).status == 200
            assert lab.ask("a", "POST", "/reset").status == 204
            for name in ("1", "2", "3"):
                r = lab.ask("a", "POST", at, {**SLOW, "name": name})
                assert r.status == 200, r
            assert lab.ask("a", "POST", "/reset").status == 204


def test_they_count_among_their_tenants_toxics(lab):
    with session_of(lab, "a") as (_, path):
        def put(name, at=path + "/toxics"):
            return lab.ask("a", "POST", at, {**SLOW, "name": name})
        assert put("1").status == put("2").status == 200
        assert put("3", "/proxies/p/toxics").status == 200
        for at in (path + "/toxics", "/proxies/p/toxics"):
            r = put("4", at)
            assert r.status == 403 and "limits.toxics" in r.json()["error"]
        before = lab.ctld
        os.kill(before, signal.SIGKILL)
        is_followed(lab, before)
        assert wait_until(lambda: put("4").status == 403)
        assert lab.ask("a", "DELETE", path + "/toxics/1").status == 204
        assert put("4").status == 200
        assert wait_until(lambda: lab.ask(
            "a", "GET", "/tenant").json()["limits"]["toxics"]["used"] == 3)
    with session_of(lab, "a") as (_, path):
        assert wait_until(lambda: lab.ask(
            "a", "POST", path + "/toxics",
            {**SLOW, "name": "5"}).status == 200)
