# SPDX-License-Identifier: ISC
"""/profiles, and /proxies/{proxy}/profile: toxics that come together, and go
together, by the name of a network."""

import json
import os
import pathlib
import re
import resource
import signal
import time

import pytest
from lab import Lab, tenant, token
from losses import counted
from rig import Toxid, connected, address_of, wait_until
from test_config import check, file  # noqa: F401
from test_relayed import echoed
from test_select import chosen, decided, sessions
from test_takeover import is_followed
from test_tcp_loss import (
    Line, able, do_without, lacks, send_all)  # noqa: F401
from test_upgrade import upgrade

# name: (round trip, jitter, up, down: kbit/s, loss), as their sources have it
SOURCES = {
    "gprs": (500, 0, 50, 50, 2),
    "edge": (300, 0, 250, 250, 1.5),
    "3g": (250, 0, 750, 750, 1.5),
    "slow-4g": (150, 0, 750, 1638.4, None),
    "dial-up": (185, 0, 40, 40, 2),
    "dsl": (40, 0, 8000, 8000, 0.5),
    "slow-dsl": (70, 0, 2000, 2000, 2),
    "wifi": (40, 0, 30000, 30000, 0.2),
    "satellite": (1500, 0, None, None, 0.2),
    "starlink": (27, 7, None, None, 0.13),
}
STREAMS = {"up": "upstream", "down": "downstream"}


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


def profile(t, method="GET", body=None, want=200):
    r = t.request(method, "/proxies/p/profile", body)
    assert r.status == want, r
    return r.json() if r.body else None


def apply(t, name, want=200, **more):
    return profile(t, "POST", {"name": name, **more}, want)


def toxics(t):
    return t.request("GET", "/proxies/p/toxics").json()


def names(t):
    return [toxic["name"] for toxic in toxics(t)]


def add(t, name, **more):
    r = t.request("POST", "/proxies/p/toxics", {
        "type": "noop", "name": name, **more})
    assert r.status == 200, r


def are_there(profiles, name):
    """The names of a profile's toxics, of those that /profiles has here: with
    tcp_loss where it can be had"""
    return next([toxic["name"] for toxic in p["toxics"]]
                for p in profiles if p["name"] == name)


def here(t, name):
    return are_there(t.request("GET", "/profiles").json(), name)


def one(toxics_, kind, way):
    """Of a profile: that of a direction, or None"""
    found = [toxic for toxic in toxics_
             if toxic["name"] == f"profile_{kind}_{way}"]
    assert [toxic["stream"] for toxic in found] == [STREAMS[way]] * len(found)
    return found[0]["attributes"] if found else None


# ---- which there are

def test_they_are_as_their_sources_have_them(toxid):
    there = {p["name"]: p for p in toxid.request("GET", "/profiles").json()}
    is_lossless = lacks(toxid) is not None
    assert list(there) == list(SOURCES)
    for name, (round_trip, jitter, up, down, loss) in SOURCES.items():
        p = there[name]
        assert p["source"] and p["description"]
        assert {t["owner"] for t in p["toxics"]} == {f"profile:{name}"}
        assert p.get("loss_percent") == loss
        assert p.get("missing") == (
            ["tcp_loss"] if loss and is_lossless else None)
        both = [one(p["toxics"], "latency", way) for way in STREAMS]
        assert sum(a["latency"] for a in both) == round_trip
        assert sum(a["jitter"] for a in both) == jitter
        assert abs(both[0]["latency"] - both[1]["latency"]) <= 1
        for way in STREAMS:
            lost = one(p["toxics"], "tcp_loss", way)
            if loss and not is_lossless:
                assert lost["loss"] == pytest.approx(loss / 100, rel=1e-12)
            else:
                assert lost is None
        for way, kbit in (("up", up), ("down", down)):
            line = one(p["toxics"], "bandwidth", way)
            if kbit is None:
                assert line is None
            else:
                assert line["scope"] == "proxy"
                assert abs(line["rate"] - kbit / 8) <= 0.5


def test_the_manual_has_each(toxid):
    """... and no other: what it says of each is as here."""
    text = pathlib.Path("apid/toxid-api.7").read_text()
    table = text[text.index(".Sh PROFILES"):]
    rows = re.findall(r"^\.It ([\w-]+) Ta (\d+) Ta (\d+) Ta (\d+) Ta (\d+) Ta "
                      r"([\d.]+)", table, re.M)
    said = []
    for p in toxid.request("GET", "/profiles").json():
        both = [one(p["toxics"], "latency", way) for way in STREAMS]
        lines = [one(p["toxics"], "bandwidth", way) or {"rate": 0}
                 for way in STREAMS]
        said.append((p["name"], *(str(a["latency"]) for a in both),
                     *(str(a["rate"]) for a in lines),
                     str(p.get("loss_percent", 0))))
    assert rows == said


# ---- it comes and goes as one

def test_it_comes_and_goes(p):
    add(p, "mine")
    profile(p, want=404)
    made = apply(p, "3G")
    assert made["name"] == "3g"
    assert [t["name"] for t in made["toxics"]] == here(p, "3g")
    assert profile(p) == made
    assert [t for t in toxics(p) if "owner" in t] == made["toxics"]
    assert p.request("DELETE", "/proxies/p/profile").status == 204
    assert names(p) == ["mine"]
    profile(p, "DELETE", want=404)


def test_another_takes_its_place(p):
    apply(p, "3g")
    made = apply(p, "satellite")
    assert names(p) == here(p, "satellite")
    assert "profile_bandwidth_up" not in names(p)
    assert profile(p) == made and made["name"] == "satellite"
    assert "missing" not in apply(p, "slow-4g")
    assert apply(p, "slow-4g")["name"] == "slow-4g"  # again
    assert len(toxics(p)) == 4


def echo_takes(s):
    began = time.monotonic()
    echoed(s)
    return time.monotonic() - began


def test_live_sessions_meet_it(p):
    listen = address_of(p.request("GET", "/proxies/p").json()["listen"])
    with connected(listen) as s:
        echoed(s)
        apply(p, "3g")
        assert echo_takes(s) >= 0.25
        assert p.request("DELETE", "/proxies/p/profile").status == 204
        assert wait_until(lambda: echo_takes(s) < 0.2)


def test_one_of_it_is_as_any_toxic(p):
    apply(p, "3g")
    r = p.request("PATCH", "/proxies/p/toxics/profile_latency_up",
                  {"attributes": {"latency": 7}})
    assert r.json()["attributes"]["latency"] == 7
    assert r.json()["owner"] == "profile:3g"
    assert p.request(
        "DELETE", "/proxies/p/toxics/profile_latency_down").status == 204
    assert len(profile(p)["toxics"]) == len(here(p, "3g")) - 1
    assert len(apply(p, "3g")["toxics"]) == len(here(p, "3g"))
    assert one(toxics(p), "latency", "up")["latency"] == 125


def test_reset_takes_it_away(p):
    apply(p, "3g")
    assert p.request("POST", "/reset").status == 204
    profile(p, want=404)


def test_what_is_taken_is_said(p):
    """... and nothing has changed."""
    apply(p, "satellite")
    add(p, "profile_bandwidth_down")
    before = toxics(p)
    assert "profile_bandwidth_down" in apply(p, "3g", 409)["error"]
    assert toxics(p) == before
    apply(p, "starlink")  # which has none of that name


def test_there_is_room_for_all_or_none(p):
    n = 256 - len(here(p, "satellite"))
    for i in range(n):
        add(p, f"t{i}")
    assert "at most 256" in apply(p, "3g", 409)["error"]
    assert len(toxics(p)) == n
    apply(p, "satellite")
    apply(p, "starlink")  # in the place of the other
    assert len(toxics(p)) == 256


@pytest.mark.parametrize("body, why", [
    ({}, "missing required field: name"), ({"name": ""}, "name"),
    ({"name": 3}, "expected a string"), ([], "expected an object"),
    ({"name": "3h"}, 'did you mean "3g"'), ({"name": "none"}, "no profile"),
    ({"name": "3g", "ttl": -1}, "ttl"), ({"name": "x" * 64}, "longer")])
def test_what_is_no_profile_is_refused(p, body, why):
    r = p.request("POST", "/proxies/p/profile", body)
    assert r.status == 400 and why in r.json()["error"], r
    assert toxics(p) == []


def test_of_no_proxy(toxid):
    for method, body in (("GET", None), ("DELETE", None),
                         ("POST", {"name": "3g"}), ("POST", {})):
        r = toxid.request(method, "/proxies/none/profile", body)
        assert r.status in (404, 400) and (
            r.status == 404 or body == {}), (method, r)


def test_it_has_a_lease(p):
    made = apply(p, "3g", ttl=60000)
    assert all(30000 < t["expires_in"] <= 60000 for t in made["toxics"])
    apply(p, "3g", ttl=300)
    assert wait_until(lambda: toxics(p) == [])
    profile(p, want=404)


# ---- what it loses

FILE = {"proxies": {}, "profiles": {
    "some": [{"type": "noop"}, {
        "type": "tcp_loss", "attributes": {"loss": 0.1}}],
    "only": [{"type": "tcp_loss", "attributes": {"loss": 0.1}}]}}


def with_profiles(tmp_path, *args, **popen):
    config = tmp_path / "c.json"
    config.write_text(json.dumps(FILE))
    return Toxid("-config", str(config), *args, **popen)


def test_where_it_can_be_had_nothing_is_missing(able):  # noqa: F811
    line = Line(able)
    made = apply(able, "starlink")
    assert "missing" not in made
    assert [t["type"] for t in made["toxics"]] == ["latency", "tcp_loss"] * 2
    for stream in STREAMS.values():
        send_all(*line.open(stream), 24 << 20)
    for seen, lost in counted(able.pid).values():
        expected = seen * 0.0013
        assert abs(lost - expected) <= 0.1 * expected + 5 * expected ** 0.5
    assert able.request(
        "DELETE", "/proxies/p/toxics/profile_tcp_loss_up").status == 204
    assert "missing" not in profile(able)  # the other direction has it
    line.close()


def test_of_the_file_it_can_be_had_too(tmp_path):
    with with_profiles(tmp_path) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        t.proxy("p", "127.0.0.1:1")
        for name in ("some", "only"):
            made = apply(t, name)
            assert made["toxics"][-1]["type"] == "tcp_loss"
            assert "missing" not in made


def test_past_the_last_program_it_is_applied_without():
    def fewer():
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    with Toxid(preexec_fn=fewer) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        t.proxy("p", "127.0.0.1:1")
        n = 0
        while True:
            t.proxy(f"p{n}", "127.0.0.1:1")
            r = t.request("POST", f"/proxies/p{n}/profile", {"name": "3g"})
            assert r.status == 200, r
            if "missing" in r.json():
                break
            n += 1
        assert 5 <= n < 40
        made = apply(t, "3g")
        assert made["missing"] == ["tcp_loss"] and len(made["toxics"]) == 4
        assert profile(t) == made
        assert t.request("DELETE", "/proxies/p0").status == 204
        assert wait_until(lambda: "missing" not in apply(t, "3g"))
        assert "No segment can be lost: see /health" not in [
            entry["message"] for entry in t.log()]


needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root, to do without what it may")


@needs_root
def test_where_it_cannot_be_had_it_is_applied_without(tmp_path):
    with with_profiles(tmp_path, preexec_fn=do_without) as t:
        t.proxy("p", "127.0.0.1:1")
        there = {p["name"]: p for p in t.request("GET", "/profiles").json()}
        for name, p in there.items():
            lossless = name != "slow-4g"
            assert p.get("missing") == (["tcp_loss"] if lossless else None)
            assert "tcp_loss" not in [toxic["type"] for toxic in p["toxics"]]
        assert there["only"]["toxics"] == []
        for name in ("3g", "some"):
            made = apply(t, name)
            assert made["missing"] == ["tcp_loss"]
            assert [toxic["name"] for toxic in made["toxics"]] == here(t, name)
            assert profile(t) == made
        refused = apply(t, "only", 400)["error"]
        assert "CAP_BPF and CAP_PERFMON" in refused
        assert profile(t) == made


@needs_root
def test_what_was_kept_and_cannot_be_had_any_more_is_missing(tmp_path):
    state = "-state", str(tmp_path / "state")
    with Toxid(*state) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        t.proxy("p", "127.0.0.1:1")
        made = apply(t, "3g")
        t.cut()
    with Toxid(*state, preexec_fn=do_without) as t:
        assert profile(t) == {**made, "missing": ["tcp_loss"]}
        assert apply(t, "3g")["toxics"] == [
            toxic for toxic in made["toxics"] if toxic["type"] != "tcp_loss"]
        t.cut()
    with Toxid(*state) as t:
        assert profile(t)["missing"] == ["tcp_loss"]  # until it is applied anew
        assert apply(t, "3g") == made


# ---- whichever process dies

def test_it_is_kept(tmp_path, echo):
    state = "-state", str(tmp_path / "state")
    with Toxid(*state) as t:
        t.proxy("p", f"localhost:{echo.port}")
        add(t, "mine")
        apply(t, "gprs")
        made = apply(t, "3g")
        t.cut()
    with Toxid(*state) as t:
        assert profile(t) == made
        assert t.request("DELETE", "/proxies/p/profile").status == 204
        t.cut()
    with Toxid(*state) as t:
        assert names(t) == ["mine"]


@pytest.mark.parametrize("role", ["ctld", "apid", "relayd [p]"])
def test_it_outlives(p, role):
    made = apply(p, "3g")
    before = p.child(role) if role != "ctld" else p.ctld
    os.kill(before, signal.SIGKILL)
    if role == "ctld":
        is_followed(p, before)
    else:
        assert wait_until(lambda: p.child(role) not in (None, before))
    p.wait_until_up()
    assert profile(p) == made
    assert p.request("DELETE", "/proxies/p/profile").status == 204
    assert toxics(p) == []


def test_it_goes_on_over_an_upgrade(p):
    made = apply(p, "3g")
    upgrade(p)
    assert profile(p) == made
    assert apply(p, "edge")["name"] == "edge"


def test_what_state_says_is_a_profile_again(p):
    made = apply(p, "3g")
    saved = p.request("GET", "/state").json()
    assert p.request("DELETE", "/proxies/p").status == 204
    assert p.request("POST", "/populate", saved).status == 201
    assert profile(p) == made


# ---- who hears of it

def test_events_and_the_log_say_it(p):
    apply(p, "satellite")
    apply(p, "starlink")
    p.request("DELETE", "/proxies/p/profile")
    events = [(e["event"], e["toxic"], e["owner"]) for e in p.request(
        "GET", "/events?after=0").json()["events"] if e.get("owner")]
    ways = here(p, "satellite")
    assert ways == here(p, "starlink")
    n = len(ways)
    assert events == [(kind, way, owner) for kind, owner in (
        ("toxic_created", "profile:satellite"),
        ("toxic_deleted", "profile:satellite"),
        ("toxic_created", "profile:starlink"),
        ("toxic_deleted", "profile:starlink")) for way in ways]
    p.read_to_here()
    said = [(line["message"], line.get("profile"), line.get("toxics"),
             line["toxics_removed"]) for line in p.log()
            if line.get("message", "").startswith("Profile ")]
    assert said == [("Profile applied", "satellite", n, 0),
                    ("Profile applied", "starlink", n, n),
                    ("Profile removed", None, None, n)]


def test_it_counts_for_its_tenant(tmp_path, echo):
    with Lab(tmp_path, more={"limits": {"toxics": 7}}) as lab:
        lab.make("a", "p", enabled=False)
        n = len(are_there(
            lab.ask("a", "GET", "/profiles").json(), "satellite"))
        for i in range(6 - n):
            assert lab.ask("a", "POST", "/proxies/p/toxics", {
                "type": "noop", "name": f"t{i}"}).status == 200
        r = lab.ask("a", "POST", "/proxies/p/profile", {"name": "3g"})
        assert r.status == 403 and "limits.toxics" in r.json()["error"], r
        for name in ("satellite", "starlink", "satellite"):
            r = lab.ask("a", "POST", "/proxies/p/profile", {"name": name})
            assert r.status == 200, r
        assert wait_until(lambda: lab.audit(
            tenant="a", request="PROXY_PROFILE", profile="starlink",
            proxy="a/p", toxics=n, outcome="done"))


def test_what_makes_no_more_is_not_refused(tmp_path):
    """... though its tenant has more than its limit, which was lowered."""
    def tenants(limit):
        return [tenant("a", token("a")) | {"limits": {"toxics": limit}}]

    def limit(lab):
        return lab.ask("a", "GET", "/tenant").json()["limits"]["toxics"]

    with Lab(tmp_path, tenants=tenants(8)) as lab:
        lab.make("a", "p", enabled=False)
        n = len(are_there(
            lab.ask("a", "GET", "/profiles").json(), "satellite"))
        for i in range(2):
            assert lab.ask("a", "POST", "/proxies/p/toxics", {
                "type": "noop", "name": f"t{i}"}).status == 200
        assert lab.ask("a", "POST", "/proxies/p/profile", {
            "name": "3g"}).status == 200
        lab.say(tenants(1))
        lab.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: limit(lab)["limit"] == 1)
        for name in ("edge", "satellite"):
            r = lab.ask("a", "POST", "/proxies/p/profile", {"name": name})
            assert r.status == 200, r
        r = lab.ask("a", "POST", "/proxies/p/profile", {"name": "3g"})
        assert r.status == 403, r
        assert wait_until(lambda: limit(lab)["used"] == 2 + n)
        assert lab.ask("a", "DELETE", "/proxies/p/profile").status == 204
        assert wait_until(lambda: limit(lab)["used"] == 2)


# ---- those of the configuration file

TRAM = {"proxies": {}, "profiles": {"tram": [
    {"type": "latency", "attributes": {"latency": 300}},
    {"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 5},
     "name": "narrow"}], "3G": [{"type": "noop", "name": ""}]}}


def reload(t, config, file):
    config.write_text(json.dumps(file))
    t.process.send_signal(signal.SIGHUP)


def there(t):
    return [p["name"] for p in t.request("GET", "/profiles").json()]


def test_more_of_the_file(tmp_path, echo):
    config = tmp_path / "c.json"
    config.write_text(json.dumps(TRAM))
    with Toxid("-config", str(config)) as t:
        t.proxy("p", f"localhost:{echo.port}")
        assert there(t)[:2] == ["tram", "3G"]
        assert len(there(t)) == len(SOURCES) + 1  # its 3G is in that's place
        made = apply(t, "Tram")
        assert made["name"] == "tram" and "missing" not in made
        assert names(t) == ["narrow", "profile_latency_down"]
        assert [(x["type"], x["name"]) for x in apply(t, "3g")["toxics"]] == [
            ("noop", "profile_noop_down")]
        reload(t, config, {**TRAM, "profiles": {"bus": TRAM["profiles"][
            "tram"]}})
        assert wait_until(lambda: there(t)[0] == "bus")
        assert profile(t)["name"] == "3G"  # what it has stays
        assert 'did you mean' not in apply(t, "tram", 400)["error"]
        apply(t, "bus")
        before = t.ctld
        os.kill(before, signal.SIGKILL)
        is_followed(t, before)
        assert there(t)[0] == "bus"
        apid = t.child("apid")
        os.kill(apid, signal.SIGKILL)
        assert wait_until(lambda: t.child("apid") not in (None, apid))
        t.wait_until_up()
        assert there(t)[0] == "bus"
        upgrade(t)
        assert there(t)[0] == "bus" and profile(t)["name"] == "bus"
        reload(t, config, {"proxies": {}})
        assert wait_until(lambda: there(t) == list(SOURCES))


@pytest.mark.parametrize("profiles, why", [
    ([], "expected an object"), ({"a b": []}, "a name has"),
    ({"a": []}, "it has no toxics"), ({"a": {}}, "expected an array"),
    ({"a": [{"type": "none"}]}, "profiles.a[0]: invalid toxic type"),
    ({"a": [{"type": "noop"}, {"type": "noop"}]}, "is there twice"),
    ({"a": [{"type": "noop", "name": ""}, {"type": "noop"}]}, "is there twice"),
    ({"a": [{"type": "noop", "ttl": 1000}]}, "a[0]: invalid attribute ttl"),
    ({"a": [{"type": "noop", "ttl": 0}]}, "a[0]: invalid attribute ttl"),
    ({"a": [{"type": "noop", "owner": "profile:a"}]},
     "a[0]: invalid attribute owner"),
    ({"a": [{"type": "noop", "straem": "upstream"}]},
     'profiles.a[0].straem: unknown key: did you mean "stream"?'),
    ({"a": [{"type": "noop"}, {"type": "latency", "attributes": {
        "latancy": 5}}]}, "profiles.a[1]: latency has no attribute "
     '"latancy": did you mean "latency"?'),
    ({"Bus": [{"type": "noop"}], "bus": [{"type": "noop"}]}, "differ only"),
    ({"bus": [{"type": "noop"}], "x": [{"type": "noop"}], "BUS": []},
     "differ only"),
    ({"a": [{"type": "noop", "name": str(i)} for i in range(200)],
      "b": [{"type": "noop", "name": str(i)} for i in range(57)]},
     "more than 256")])
def test_what_is_none_changes_nothing(tmp_path, profiles, why):
    config = tmp_path / "c.json"
    config.write_text(json.dumps(TRAM))
    with Toxid("-config", str(config)) as t:
        reload(t, config, {"proxies": {}, "profiles": profiles})

        def is_said():
            t.read_to_here()
            return [line for line in t.log() if line.get("message") ==
                    "Reload failed, nothing has changed"
                    and why in line["error"]]
        assert wait_until(is_said)
        assert there(t)[0] == "tram"


def test_where_something_is_none(file):  # noqa: F811
    code, wrong, _ = check(file("""{"proxies": {}, "profiles": {"tram": [
  {"type": "latency", "toxicty": 0.5, "attributes": {"latancy": 300}},
  {"typ": "noop"}]}}"""))
    assert code == 1 and wrong == [
        '2:23: profiles.tram[0].toxicty: unknown key: did you mean '
        '"toxicity"?',
        '2:54: profiles.tram[0]: latency has no attribute "latancy": did you '
        'mean "latency"?',
        '3:4: profiles.tram[1].typ: unknown key: did you mean "type"?']


def test_a_select_of_one_goes_on_when_a_worker_is_killed(tmp_path, echo):
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"proxies": {}, "profiles": {"two": [
        {"type": "noop", "name": "x", "select": {"first": 4}},
        {"type": "noop", "name": "y"}]}}))
    with Toxid("-config", str(config)) as t:
        t.proxy("p", f"localhost:{echo.port}")
        apply(t, "two")
        assert chosen(t, 3, "x") == "+++"
        assert wait_until(lambda: t.request(
            "GET", "/proxies/p/stats").json()["sessions"] == 3)
        before = t.worker("p")
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: t.worker("p") not in (None, before))
        with sessions(t, 2) as socks:
            assert [decided(t, s, "x") for s in socks] == [
                ("chosen", 3), ("index", 4)]
