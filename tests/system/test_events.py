# SPDX-License-Identifier: ISC
"""What happens is heard of: by who asks for what is behind an id, and by who
reads it as it comes; each tenant of its own, and no event is lost or there
twice without a word of it, whatever dies."""

import http.client
import json
import os
import signal
import socket
import threading

import pytest
from lab import Lab, bearer, standard, tenant, token
from rig import PATIENCE, SLOW, Toxid, wait_until
from test_takeover import is_followed
from test_upgrade import upgrade

OTHERS = ("worker_died", "worker_replaced", "process_died")


def narrow(t, room):
    """A connection that takes in so many bytes and no more"""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    s.settimeout(PATIENCE)
    s.connect((t.host, t.port))
    return s


class Stream:
    """One who reads events as they come"""

    def __init__(self, t, headers=None, after=None, source=None, room=None):
        self.connection = http.client.HTTPConnection(
            t.host, t.port, PATIENCE, source_address=source)
        if room is not None:
            self.connection.sock = narrow(t, room)
        more = {} if after is None else {"Last-Event-ID": str(after)}
        self.connection.request(
            "GET", "/events", headers={**(headers or {}), **more})
        self.sock = self.connection.sock
        self.reply = self.connection.getresponse()
        self.status, self.headers = self.reply.status, self.reply.headers

    def line(self):
        return self.reply.readline().decode()

    def next(self):
        """The next event; None: it has ended"""
        found = {}
        while True:
            try:
                line = self.line()
            except (ConnectionError, http.client.IncompleteRead):
                return None
            if line == "":
                return None
            if line == "\n" and found:
                event = json.loads(found["data"])
                assert event["id"] == int(found["id"])
                assert event["event"] == found["event"]
                return event
            key, _, value = line.rstrip("\n").partition(": ")
            if key and key != ":":  # a comment: somebody is there
                found[key] = value

    def until(self, kind):
        """All up to the next of that kind"""
        events = []
        while not events or events[-1]["event"] != kind:
            event = self.next()
            assert event is not None, events
            events.append(event)
        return events

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reply.close()
        self.connection.close()


def ask(t, query="after=0", headers=None, status=200):
    r = t.request("GET", f"/events?{query}", headers=headers)
    assert r.status == status, r
    return r.json()


def events(t, query="after=0", headers=None):
    """All behind an id, however many replies it takes"""
    found = ask(t, query, headers)
    all_of_them = found["events"]
    while found["events"]:
        found = ask(t, f"after={found['last']}", headers)
        all_of_them += found["events"]
    return all_of_them


def kinds(found, but=()):
    return [each["event"] for each in found if each["event"] not in but]


def last(t, headers=None):
    return ask(t, "wait=0", headers)["last"]


def create(t, name="p", headers=None, **more):
    r = t.request("POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
        **more}, headers)
    assert r.status == 201, r
    return r


@pytest.fixture
def t():
    with Toxid() as t:
        yield t


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as t:
        yield t


# ---- what they say

def test_a_proxy_and_its_toxics_from_the_first_to_the_last_change(t):
    create(t)
    t.toxic("p", "latency", toxic_name="slow", latency=100)
    t.request("POST", "/proxies/p/toxics/slow",
              {"attributes": {"latency": 250}, "toxicity": 0.3})
    t.request("POST", "/proxies/p", {"enabled": False})
    t.request("POST", "/reset")
    t.request("DELETE", "/proxies/p")
    found = events(t)
    assert kinds(found) == [
        "proxy_created", "toxic_created", "toxic_changed", "proxy_changed",
        "proxy_changed", "toxic_deleted", "proxy_deleted"]
    made, slow, changed, off, on, gone, deleted = found
    assert made["proxy"] == "p" and "tenant" not in made
    assert made["changed"]["upstream"] == {"after": "127.0.0.1:9"}
    assert made["changed"]["enabled"] == {"after": True}
    assert slow["toxic"] == "slow" and slow["type"] == "latency"
    assert slow["stream"] == "downstream"
    assert slow["changed"] == {"toxicity": {"after": 1}, "jitter": {"after": 0},
                               "latency": {"after": 100}}
    assert changed["changed"] == {"latency": {"before": 100, "after": 250},
                                  "toxicity": {"before": 1, "after": 0.3}}
    assert off["changed"] == {"enabled": {"before": True, "after": False}}
    assert on["changed"] == {"enabled": {"before": False, "after": True}}
    assert gone["changed"]["latency"] == {"before": 250}
    assert deleted["changed"]["upstream"] == {"before": "127.0.0.1:9"}
    assert all(each["at"].endswith("Z") for each in found)


def test_what_changes_nothing_is_none(t):
    create(t)
    was = last(t)
    t.request("POST", "/proxies/p", {"enabled": True})
    t.request("GET", "/proxies/p")
    assert t.request("DELETE", "/proxies/none").status == 404
    assert events(t, f"after={was}") == []


def test_lists_and_what_json_escapes():
    with Toxid("-debug-toxics") as t:
        create(t, 'a"\u00e9\u2028', toxics=[{
            "type": "carry", "attributes": {
                "codes": [500, 503], "hosts": ["a", "b,c"], "note": "n"}}])
        made, toxic = events(t)
        assert made["proxy"] == toxic["proxy"] == 'a"\u00e9\u2028'
        changed = toxic["changed"]
        assert changed["codes"] == {"after": [500, 503]}
        assert changed["hosts"] == {"after": ["a", "b,c"]}
        assert changed["note"] == {"after": "n"}
        assert changed["share"] == {"after": 0.1}
        assert changed["number"] == {"after": 9007199254740993}


def test_a_lease_ends(t):
    was = last(t)
    create(t, ttl=50)
    found = []
    while "lease_ended" not in kinds(found):
        at = found[-1]["id"] if found else was
        found += ask(t, f"after={at}&wait=20000")["events"]
    assert kinds(found) == ["proxy_created", "lease_ended"]
    assert found[1]["proxy"] == "p"


def test_halt_and_resume(t):
    was = last(t)
    t.request("POST", "/halt")
    t.request("POST", "/halt")
    t.request("POST", "/resume")
    found = events(t, f"after={was}")
    assert kinds(found) == ["halted", "resumed"]
    assert found[0]["all"] is True


def test_a_worker_dies_and_is_replaced(t):
    create(t)
    was = last(t)
    os.kill(t.worker("p"), signal.SIGKILL)
    found = []
    while "worker_replaced" not in kinds(found):
        at = found[-1]["id"] if found else was
        found += ask(t, f"after={at}&wait=20000")["events"]
    assert kinds(found) == ["worker_died", "worker_replaced"]
    assert found[0]["signal"] == signal.SIGKILL and found[0]["proxy"] == "p"


def test_a_reload_says_what_it_has_changed(tmp_path):
    with Lab(tmp_path) as t:
        tenants = standard()
        tenants[0]["proxies"] = [{
            "name": "new", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}]
        t.say(tenants)
        was = last(t, bearer("admin"))
        t.process.send_signal(signal.SIGHUP)
        found = []
        while "reloaded" not in kinds(found):
            at = found[-1]["id"] if found else was
            found += ask(t, f"after={at}&wait=20000",
                         bearer("admin"))["events"]
        assert kinds(found) == ["proxy_created", "reloaded"]
        assert found[0]["tenant"] == "a" and found[1]["made"] == 1
        assert "tenant" not in found[1]
        was = found[-1]["id"]
        t.file.write_text("no")
        t.process.send_signal(signal.SIGHUP)
        found = ask(t, f"after={was}&wait=20000", bearer("admin"))["events"]
        assert kinds(found) == ["reload_failed"]


# ---- whose they are

def test_who_did_it_and_why_not(tmp_path):
    tenants = standard()
    tenants[0]["limits"] = {"proxies": 1}
    with Lab(tmp_path, tenants=tenants) as t:
        t.make("a", "p")
        r = t.ask("a", "POST", "/proxies", {
            "name": "q", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"})
        assert r.status == 403
        made, hit = events(t, headers=bearer("a"))
        assert made["token"] == "a" and made["tenant"] == "a"
        assert made["client"].startswith("127.0.0.1:")
        assert len(made["request_id"]) == 20
        assert hit["event"] == "limit_hit" and hit["limit"] == "proxies"
        assert hit["request_id"] == r.headers["X-Toxiproxy-Request-Id"]


def test_a_limit_that_is_hit_again_and_again_is_counted(tmp_path):
    tenants = standard()
    tenants[0]["limits"] = {"proxies": 1}
    hits, said = 100, []
    with Lab(tmp_path, tenants=tenants) as t:
        t.make("a", "p")
        was = last(t, bearer("a"))
        for i in range(hits):
            assert t.ask("a", "POST", "/proxies", {
                "name": f"q{i}", "listen": "127.0.0.1:0",
                "upstream": "127.0.0.1:9"}).status == 403

        def all_are_said():
            said[:] = events(t, f"after={was}", bearer("a"))
            return sum(each["times"] for each in said) == hits
        assert wait_until(all_are_said)
    assert {each["limit"] for each in said} == {"proxies"}
    assert said[0]["proxy"] == "q0" and said[0]["times"] == 1
    counted = [each for each in said if "proxy" not in each]
    assert counted and all("token" not in each and each["value"] == 1
                           for each in counted)


def test_a_tenant_hears_of_its_own_alone(lab):
    lab.make("a", "p")
    lab.make("b", "secret")
    lab.make("a", "q")
    for who in ("a", "a-reader"):
        found = events(lab, headers=bearer(who))
        assert [each["proxy"] for each in found] == ["p", "q"]
        assert found[1]["id"] == found[0]["id"] + 1
    found = events(lab, headers=bearer("admin"))
    assert [each["proxy"] for each in found] == ["p", "secret", "q"]
    found = events(lab, headers=bearer("admin", "b"))
    assert [each["proxy"] for each in found] == ["secret"]
    assert ask(lab, headers=bearer("a", "b"), status=403)
    assert ask(lab, status=401)


def test_a_halt_of_all_is_everybodys(lab):
    assert lab.ask("admin", "POST", "/halt").status == 200
    for who in ("a", "b"):
        found = events(lab, headers=bearer(who))
        assert kinds(found) == ["halted"] and "token" not in found[0]
    found = events(lab, headers=bearer("admin"))
    assert kinds(found) == ["halted"] and found[0]["token"] == "admin"


def test_a_token_that_counts_no_more_ends_its_stream(lab):
    with Stream(lab, bearer("a")) as s, Stream(lab, bearer("b")) as other:
        s.until("state")
        other.until("state")
        lab.say([tenant("a", token("a-reader", "reader")), *standard()[1:]])
        lab.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: lab.ask("a", "GET", "/proxies").status == 401)
        lab.make("admin", "p", of="a")
        lab.make("b", "q")
        assert s.next() is None
        assert other.until("proxy_created")[-1]["proxy"] == "q"


def test_a_token_that_is_revoked_ends_its_stream(lab):
    made = lab.ask("a", "POST", "/tokens", {"name": "new"}).json()["token"]
    with Stream(lab, {"Authorization": f"Bearer {made}"}) as s, Stream(
            lab, bearer("a")) as other:
        s.until("state")
        other.until("state")
        assert lab.ask("a", "DELETE", "/tokens/new").status == 204
        lab.make("a", "p")
        other.until("proxy_created")
        assert "proxy_created" not in kinds(iter(s.next, None))


# ---- one reply

def test_who_names_no_id_is_told_how_all_is(t):
    create(t, toxics=[{"type": "noop"}])
    found = ask(t, "wait=0")
    state, = found["events"]
    assert state["event"] == "state" and state["id"] == found["last"]
    assert (state["proxies"], state["enabled"], state["toxics"]) == (1, 1, 1)
    assert state["halted"] is False
    assert ask(t, f"after={found['last']}") == {
        "events": [], "last": found["last"]}


def test_who_waits_is_answered_when_there_is_something(t):
    was = last(t)
    got = []
    waits = threading.Thread(
        target=lambda: got.append(ask(t, f"after={was}&wait=20000")))
    waits.start()
    create(t)
    waits.join(PATIENCE)
    assert kinds(got[0]["events"]) == ["proxy_created"]
    assert ask(t, f"after={got[0]['last']}&wait=50")["events"] == []


def test_more_than_one_reply_has_room_for(t):
    was = last(t)
    create(t)
    for i in range(300):
        t.request("POST", "/proxies/p", {"enabled": i % 2 == 1})
    found = events(t, f"after={was}")
    assert [each["id"] - was for each in found] == list(range(1, 302))


@pytest.mark.parametrize("query", [
    "after=", "after=x", "after=-1", "after=1&wait=x", "wait=1.5",
    "after=99999999999999999999", "after=+1"])
def test_what_is_no_number_is_refused(t, query):
    assert "number" in ask(t, query, status=400)["error"]


@pytest.mark.parametrize("query", [
    "id=1", "after=1&since=2", "wait=0&After=1", "=1", "Last-Event-ID=1"])
def test_what_it_does_not_know_is_refused_and_named(t, query):
    name = next(name for name, _, _ in (each.partition("=") for each in
                query.split("&")) if name not in ("after", "wait"))
    error = ask(t, query, status=400)["error"]
    assert error == f"there is no such argument here: {name}"


def test_an_id_that_has_not_been_is_of_another_toxid(t):
    found = ask(t, f"after={2**52}")
    assert kinds(found["events"]) == ["gap"]
    assert found["events"][0]["missed"] is None
    assert found["last"] < 2**52


# ---- as they come

def test_a_stream_begins_with_how_all_is_and_goes_on(t):
    create(t)
    with Stream(t) as s:
        assert s.status == 200
        assert s.headers["Content-Type"] == "text/event-stream"
        state = s.next()
        assert state["event"] == "state" and state["proxies"] == 1
        assert state["last"] == state["id"]
        create(t, "q")
        made = s.next()
        assert made["proxy"] == "q" and made["id"] == state["id"] + 1
        t.request("DELETE", "/proxies/q")
        assert s.next()["event"] == "proxy_deleted"


def test_who_comes_back_misses_nothing(t):
    with Stream(t) as s:
        was = s.next()["id"]
    create(t, "p")
    create(t, "q")
    with Stream(t, after=was) as s:
        state = s.next()
        assert state["event"] == "state" and state["id"] == was
        assert state["last"] == was + 2
        assert [s.next()["proxy"] for _ in range(2)] == ["p", "q"]
        create(t, "r")
        assert s.next()["proxy"] == "r"


def test_a_comment_comes_where_nothing_does(t):
    with Stream(t) as s:
        s.sock.settimeout(20 * SLOW)
        s.until("state")
        assert s.line() == ":\n"


def flood(t, n):
    """So many changes of one proxy, with names that take room"""
    name = "x" * 200
    create(t, name)
    for i in range(n):
        r = t.request("POST", f"/proxies/{name}", {"enabled": i % 2 == 1})
        assert r.status == 200


def test_who_does_not_read_is_told_how_many_it_has_missed(t):
    """... and nobody waits for it."""
    with Stream(t, room=8192) as slow, Stream(t) as s:
        was = slow.next()["id"]
        s.until("state")
        reader = threading.Thread(
            target=lambda: [s.next() for _ in range(8001)])
        reader.start()
        flood(t, 8000)
        reader.join(PATIENCE)
        assert not reader.is_alive()
        at, n, missed = was, 0, 0
        while at < was + 8001:
            event = slow.next()
            assert event["id"] > at
            if event["event"] == "gap":
                assert event["missed"] == event["id"] - at
                missed += event["missed"]
            else:
                assert event["id"] == at + 1
                n += 1
            at = event["id"]
        assert n + missed == 8001 and missed > 0


def test_streams_of_an_address_leave_room_for_others(t):
    streams = []
    try:
        for _ in range(256):
            streams.append(Stream(t))
            assert streams[-1].status == 200
        with Stream(t) as one_more:
            assert one_more.status == 503
        with Stream(t, source=("127.0.0.2", 0)) as other:
            assert other.status == 200
        assert ask(t, "wait=0")["events"]
        streams.pop().__exit__()

        def is_room():
            with Stream(t) as s:
                return s.status == 200
        assert wait_until(is_room)
    finally:
        for s in streams:
            s.__exit__()


# ---- whatever dies

def run_on(t, kill, headers=None, state=None):
    """Changes before and after: what a reader hears that comes back by its id,
    and by its own account has missed"""
    at, heard = last(t), []
    create(t, "before")
    found = ask(t, f"after={at}")
    at, heard = found["last"], heard + found["events"]
    kill()
    create(t, "after")
    while "after" not in [each.get("proxy") for each in heard]:
        try:
            found = ask(t, f"after={at}&wait=1000")
        except OSError:
            continue
        assert all(each["id"] > at for each in found["events"])
        at, heard = found["last"], heard + found["events"]
    ids = [each["id"] for each in heard]
    assert ids == sorted(set(ids))
    made = [each["proxy"] for each in heard
            if each["event"] == "proxy_created"]
    assert made == ["before", "after"]
    return kinds(heard)


def test_apid_dies_and_ids_go_on(t):
    def kill():
        was = t.child("apid")
        os.kill(was, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("apid") not in
                          ([was], None, []))
    heard = run_on(t, kill)
    assert "gap" not in heard and "process_died" in heard


def test_ctld_dies_and_there_is_a_gap(t):
    def kill():
        was = t.ctld
        os.kill(was, signal.SIGKILL)
        is_followed(t, was)
    assert "gap" in run_on(t, kill)


def test_an_upgrade_is_heard_of(t):
    heard = run_on(t, lambda: upgrade(t))
    assert "gap" in heard and "upgraded" in heard


def test_a_stream_goes_on_over_a_ctld(t):
    with Stream(t) as s:
        at = s.next()["id"]
        was = t.ctld
        os.kill(was, signal.SIGKILL)
        is_followed(t, was)
        create(t)
        found = s.until("proxy_created")
        assert "gap" in kinds(found)
        ids = [at, *(each["id"] for each in found)]
        assert ids == sorted(set(ids))


def test_a_stream_ends_with_an_upgrade_and_comes_back(t):
    with Stream(t) as s:
        at = s.next()["id"]
        upgrade(t)
        while (event := s.next()) is not None:
            at = event["id"]
    create(t)
    with Stream(t, after=at) as s:
        assert all(each["id"] >= at for each in s.until("proxy_created"))


def test_ids_go_on_over_a_restart(state):
    with Toxid("-state", str(state)) as t:
        create(t)
        at = last(t)
    with Toxid("-state", str(state)) as t:
        found = ask(t, f"after={at}")
        assert kinds(found["events"]) == ["gap"]
        assert found["last"] > at
        create(t, "q")
        assert events(t, f"after={found['last']}")[0]["proxy"] == "q"
