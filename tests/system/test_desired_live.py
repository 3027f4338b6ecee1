# SPDX-License-Identifier: ISC
"""A document on what lives: sessions that go on, what others have made, the
configuration file beside it, and what tenants may have."""

import json
import signal
import socket
import threading
import time

from lab import Lab, standard
from peers import ending
from rig import PATIENCE, Toxid, wait_until
from test_desired import (
    address, changes, get, latency, names, places, proxy, put, say, scenario,
    talk)


def toxics(t, name="a"):
    return {x["name"]: x.get("attributes") for x in get(
        t, f"/proxies/{name}/toxics")}


def ms(t, name="a"):
    return {key: value.get("latency") for key, value in toxics(
        t, name).items()}


def connect(where):
    return socket.create_connection(address(where), PATIENCE)


def took(s):
    begin = time.monotonic()
    assert talk(s) == b"x"
    return time.monotonic() - begin


# ---- while sessions go on

def test_toxics_change_in_a_session(toxid, echo):
    up = f"127.0.0.1:{echo.port}"
    (a,) = say(toxid, "1", proxy("a", up))["proxies"]
    with connect(a["listen"]) as s:
        assert talk(s) == b"x"
        for generation, wanted in (
                ("2", [latency(300)]), ("3", [latency(1)]),
                ("4", [{"type": "noop", "name": "l"}]), ("5", [])):
            said = say(toxid, generation, proxy("a", up, toxics=wanted))
            assert said["changes"] == changes(changed=1)
            assert (took(s) >= 0.3) == (generation == "2")
        assert toxics(toxid) == {}


def test_its_ports_stay(toxid):
    """where port 0 was asked for, whatever of it is changed or replaced"""
    (a,) = say(toxid, "1", proxy("a"))["proxies"]
    for generation, item in (
            ("2", proxy("a", toxics=[latency(1)])),
            ("3", proxy("a", "127.0.0.1:10")),
            ("4", proxy("a", connect={"mode": "refuse"}))):
        (now,) = say(toxid, generation, item)["proxies"]
        assert now["listen"] == a["listen"]


def test_the_api_s_toxics_stay_until_the_item_changes(toxid):
    """... and are its own to change, and to remove"""
    say(toxid, "1", proxy("a", toxics=[latency(1)]))
    toxid.request("POST", "/proxies/a/toxics", latency(9, name="mine"))
    toxid.request("POST", "/proxies/a/toxics/l",
                  {"attributes": {"latency": 5}})
    say(toxid, "2", proxy("a", toxics=[latency(1)]), proxy("b"))
    assert ms(toxid) == {"l": 5, "mine": 9}
    say(toxid, "3", proxy("a", toxics=[latency(2)]))
    assert ms(toxid)["l"] == 2


def test_a_session_s_toxics_stay(toxid, echo):
    up = f"127.0.0.1:{echo.port}"
    (a,) = say(toxid, "1", proxy("a", up))["proxies"]
    with connect(a["listen"]) as s:
        assert talk(s) == b"x"
        (session,) = get(toxid, "/proxies/a/sessions")["sessions"]
        own = f"/proxies/a/sessions/{session['id']}/toxics"
        assert toxid.request("POST", own, latency(1)).status == 200
        say(toxid, "2", proxy("a", up, toxics=[latency(2)]))
        assert talk(s) == b"x"
        assert [x["name"] for x in get(toxid, own)] == ["l"]


def test_a_profile_stays_beside_a_document(toxid):
    say(toxid, "1", proxy("a"))
    r = toxid.request("POST", "/proxies/a/profile", {"name": "slow-4g"})
    assert r.status == 200
    of_profile = set(toxics(toxid))
    say(toxid, "2", proxy("a", toxics=[latency(1)]))
    assert set(toxics(toxid)) == of_profile | {"l"}


def test_a_proxy_that_is_off_and_on(toxid, echo):
    up = f"127.0.0.1:{echo.port}"
    (a,) = say(toxid, "1", proxy("a", up))["proxies"]
    with connect(a["listen"]) as s:
        assert talk(s) == b"x"
        say(toxid, "2", proxy("a", up, enabled=False))
        assert ending(s, PATIENCE) != "open"
    assert not get(toxid, "/proxies/a")["enabled"]
    (a,) = say(toxid, "3", proxy("a", up))["proxies"]
    with connect(a["listen"]) as s:
        assert talk(s) == b"x"


# ---- what others have made

def test_a_proxy_of_the_api_becomes_its_own(toxid):
    listen = toxid.proxy("a", "127.0.0.1:9", toxics=[latency(7)])["listen"]
    (a,) = say(toxid, "1", proxy("a", toxics=[latency(1)]))["proxies"]
    assert a["listen"] == listen and ms(toxid) == {"l": 1}
    say(toxid, "2")
    assert names(toxid) == []


def test_what_the_api_removed_comes_again(toxid):
    say(toxid, "1", proxy("a"), proxy("b"))
    assert toxid.request("DELETE", "/proxies/a").status == 204
    assert [p["name"] for p in get(toxid)["proxies"]] == ["b"]
    assert say(toxid, "1", proxy("a"), proxy("b"))["changes"] == changes(
        made=1, unchanged=1)


def test_a_proxy_goes_from_one_source_to_another(toxid):
    (a,) = say(toxid, "1", proxy("a"))["proxies"]
    say(toxid, "1", proxy("a"), source="other", want=409)
    say(toxid, "2")
    (again,) = say(toxid, "1", proxy("a"), source="other")["proxies"]
    assert again["name"] == "a"
    say(toxid, "3", proxy("a"), want=409)


def test_an_address_of_one_that_goes_is_free_for_another(toxid):
    (a,) = say(toxid, "1", proxy("a"))["proxies"]
    (b,) = say(toxid, "2", proxy("b", listen=a["listen"]))["proxies"]
    assert b["listen"] == a["listen"] and names(toxid) == ["b"]
    say(toxid, "3", proxy("b", listen=a["listen"]), proxy("c"))
    (b, c) = get(toxid)["proxies"]
    said = say(toxid, "4", proxy("b", listen=c["listen"]),
               proxy("c", listen=b["listen"]))
    assert [p["listen"] for p in said["proxies"]] == [
        c["listen"], b["listen"]]


def test_two_of_one_document_at_one_address(toxid):
    (a,) = say(toxid, "1", proxy("a"))["proxies"]
    error = say(toxid, "2", proxy("b", listen=a["listen"]),
                proxy("c", listen=a["listen"]), want=400)
    assert {item for item, _ in places(error)} <= {
        "proxies[0]", "proxies[1]"}
    assert names(toxid) == ["a"]


# ---- scenarios

def scenarios(t):
    return {s["name"]: s["id"] for s in get(t, "/scenarios")}


def test_a_scenario_that_is_over_is_not_begun_again(toxid):
    say(toxid, "1", proxy("a"), scenarios=[scenario("s", "a", 20)])
    assert wait_until(lambda: scenarios(toxid) == {})
    say(toxid, "2", proxy("a"), proxy("b"), scenarios=[
        scenario("s", "a", 20)])
    assert scenarios(toxid) == {}
    say(toxid, "3", proxy("a"), scenarios=[scenario("s", "a", 60000)])
    assert set(scenarios(toxid)) == {"s"}


def test_a_scenario_that_was_ended_stays_so(toxid):
    say(toxid, "1", proxy("a"), scenarios=[scenario("s", "a")])
    assert toxid.request("DELETE", "/scenarios/s").status == 204
    say(toxid, "2", proxy("a"), scenarios=[scenario("s", "a")])
    assert scenarios(toxid) == {}


def test_a_scenario_goes_to_another_proxy(toxid):
    say(toxid, "1", proxy("a"), proxy("b"), scenarios=[scenario("s", "a")])
    say(toxid, "2", proxy("a"), proxy("b"), scenarios=[scenario("s", "b")])
    assert [(s["name"], s["proxy"]) for s in get(toxid, "/scenarios")] == [
        ("s", "b")]
    say(toxid, "3", proxy("b"), scenarios=[scenario("s", "b")])
    assert set(scenarios(toxid)) == {"s"}


def test_a_scenario_of_the_api_is_not_a_source_s(toxid):
    say(toxid, "1", proxy("a"), proxy("b"))
    toxid.request("POST", "/scenarios", scenario("mine", "b"))
    say(toxid, "2", proxy("a"), proxy("b"), scenarios=[scenario("s", "a")])
    assert set(scenarios(toxid)) == {"mine", "s"}
    say(toxid, "3", proxy("a"), proxy("b"))
    assert set(scenarios(toxid)) == {"mine"}


def test_a_scenario_s_toxics_and_a_document_s(toxid):
    step = {"duration": 60000, "toxics": [latency(5)]}
    item = {"name": "s", "proxy": "a", "steps": [step]}
    error = say(toxid, "1", proxy("a", toxics=[latency(1)]),
                scenarios=[item], want=400)
    assert len(error["faults"]) == 1
    say(toxid, "1", proxy("a", toxics=[latency(1, name="other")]),
        scenarios=[item])
    assert ms(toxid) == {"other": 1, "l": 5}
    say(toxid, "2", proxy("a", toxics=[latency(2, name="other")]),
        scenarios=[item])
    assert ms(toxid) == {"other": 2, "l": 5}
    say(toxid, "3", proxy("a"))
    assert ms(toxid) == {}


# ---- beside the configuration file, halts, and other documents

def test_what_the_file_says_is_the_file_s(tmp_path):
    file = tmp_path / "toxid.json"
    file.write_text(json.dumps([proxy("f")]))
    with Toxid("-config", str(file)) as t:
        error = say(t, "1", proxy("a"), proxy("f"), want=409)
        assert places(error) == {("proxies[1]", "name")}
        assert error["faults"][0]["source"] == "config"
        say(t, "1", proxy("a"))
        file.write_text(json.dumps([proxy("g")]))
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: names(t) == ["a", "g"])
        say(t, "2", proxy("f"))
        assert names(t) == ["f", "g"]


def test_a_file_does_not_take_what_a_source_owns(tmp_path):
    file = tmp_path / "toxid.json"
    file.write_text("[]")
    with Toxid("-config", str(file)) as t:
        say(t, "1", proxy("a", "127.0.0.1:10"))
        file.write_text(json.dumps([proxy("a", "127.0.0.1:11")]))
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: any(
            "eload" in line.get("message", "") and "a" in json.dumps(line)
            for line in t.log()))
        assert get(t, "/proxies/a")["upstream"] == "127.0.0.1:10"


def test_what_comes_while_toxics_are_halted_is_halted(toxid, echo):
    up = f"127.0.0.1:{echo.port}"
    assert toxid.request("POST", "/halt").status == 200
    (a,) = say(toxid, "1", proxy("a", up, toxics=[latency(500)]))["proxies"]
    with connect(a["listen"]) as s:
        talk(s)
        assert took(s) < 0.5
        assert toxid.request("POST", "/resume").status == 200
        assert took(s) >= 0.5


def test_other_changes_beside_documents(toxid):
    """Each is done, and no document is half of another"""
    stop, failed = threading.Event(), []
    toxid.proxy("mine", "127.0.0.1:9")

    def change():
        i = 0
        while not stop.is_set():
            i += 1
            r = toxid.request("POST", "/proxies/mine", {
                "upstream": f"127.0.0.1:{i % 60000 + 1}"})
            if r.status != 200:
                failed.append(r)

    def put_many(source):
        for i in range(8):
            r = toxid.request("PUT", f"/desired/{source}", {
                "generation": str(i), "proxies": [
                    proxy(f"{source}{n}", toxics=[latency(i)])
                    for n in range(10 + i % 3)]})
            if r.status != 200:
                failed.append(r)

    threads = [threading.Thread(target=put_many, args=(s,)) for s in "xy"]
    other = threading.Thread(target=change)
    for t in (*threads, other):
        t.start()
    for t in threads:
        t.join()
    stop.set()
    other.join()
    assert failed == []
    assert len(names(toxid)) == 2 * 11 + 1
    assert {ms(toxid, f"{s}{n}")["l"] for s in "xy" for n in range(11)} == {7}


def test_sources_are_not_without_number(toxid):
    for i in range(64):
        put(toxid, {"generation": "1"}, source=f"s{i}")
    assert "64 sources" in put(
        toxid, {"generation": "1"}, 507, "one-more")["error"]
    put(toxid, {"generation": "2"}, source="s0")
    assert toxid.request("DELETE", "/desired/s1").status == 204
    put(toxid, {"generation": "1"}, source="one-more")
    assert len(get(toxid, "/desired")) == 64


# ---- what a tenant may have

def test_a_tenant_s_limits_hold_for_documents(tmp_path):
    tenants = standard()
    tenants[0]["limits"] = {"proxies": 3}
    with Lab(tmp_path, tenants=tenants) as t:
        def ask(*items, want=200):
            r = t.ask("a", "PUT", "/desired/fleet", {
                "generation": "1", "proxies": list(items)})
            assert r.status == want, r
            return r.json()

        t.make("a", "mine")
        ask(proxy("x"), proxy("y"))
        error = ask(proxy("x"), proxy("y"), proxy("z"), want=400)
        assert "limits.proxies" in error["error"]
        assert sorted(t.ask("a", "GET", "/proxies").json()) == [
            "mine", "x", "y"]
        ask(proxy("x"), proxy("z"))
        assert sorted(t.ask("a", "GET", "/proxies").json()) == [
            "mine", "x", "z"]


def test_a_document_is_an_event(toxid):
    say(toxid, "g", proxy("a"))
    assert toxid.request("DELETE", "/desired/fleet").status == 204
    first, last = [e for e in get(toxid, "/events?after=0")["events"]
                   if e["event"] == "desired_applied"]
    assert (first["source"], first["generation"], first["made"]) == (
        "fleet", "g", 1)
    assert first["updated"] == 0 and "changed" not in first
    assert "generation" not in last and last["removed"] == 1


def test_a_document_is_in_the_audit(tmp_path):
    good = {"generation": "g", "proxies": [proxy("x")]}
    bad = {"generation": "h", "proxies": [proxy("x", listen="192.0.2.1:0")]}
    with Lab(tmp_path) as t:
        for method, body, more in (
                ("PUT", good, {"outcome": "done", "generation": "g"}),
                ("PUT", bad, {"outcome": "the document has faults",
                              "generation": "h"}),
                ("DELETE", None, {"outcome": "done", "removal": 1}),
                ("DELETE", None, {"outcome": "no such source"})):
            r = t.ask("a", method, "/desired/fleet", body)
            assert wait_until(lambda: t.audit(
                request="DESIRED_PUT", tenant="a", source="a/fleet",
                request_id=r.headers["X-Toxiproxy-Request-Id"], **more)), r


# ---- who looks meanwhile

def test_nobody_sees_the_half_of_it(toxid):
    """Reads, while all of a document's proxies are made anew, by turns as many
    and one less"""
    def document(n):
        return [proxy(f"p{i}", f"127.0.0.1:{1000 + n}", enabled=False)
                for i in range(1500 - n % 2)]

    over, seen = threading.Event(), set()

    def look():
        while not over.is_set():
            there = get(toxid, "/proxies").values()
            seen.add((len(there), *{p["upstream"] for p in there}))

    say(toxid, "0", *document(0))
    readers = [threading.Thread(target=look) for _ in range(2)]
    for r in readers:
        r.start()
    try:
        for n in range(1, 7):
            say(toxid, str(n), *document(n))
    finally:
        over.set()
        for r in readers:
            r.join()
    assert len(seen) > 2
    assert seen <= {(1500 - n % 2, f"127.0.0.1:{1000 + n}")
                    for n in range(7)}
