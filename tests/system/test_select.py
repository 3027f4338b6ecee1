# SPDX-License-Identifier: ISC
"""On which sessions a toxic is, and when: "select"."""

import contextlib
import os
import signal

import pytest
import rig
from rig import Toxid, address_of, connected, wait_until
from test_relayed import echoed, own
from test_takeover import is_followed
from test_upgrade import upgrade


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


def add(t, select, name="x", kind="noop", **more):
    r = t.request("POST", "/proxies/p/toxics", {
        "type": kind, "name": name, "select": select, **more})
    assert r.status == 200, r
    return r.json()


def change(t, body, name="x"):
    r = t.request("PATCH", f"/proxies/p/toxics/{name}", body)
    assert r.status == 200, r
    return r.json()


def work(t, sock, name="x"):
    """What that toxic does in the session of that client, which is open."""
    found = []

    def is_there():
        s = own(t, sock)
        if s is None or s["state"] != "open":
            return False
        r = t.request("GET", f"/proxies/p/sessions/{s['id']}")
        assert r.status == 200, r
        found[:] = [w for w in r.json()["toxics"] if w["name"] == name]
        return True

    assert wait_until(is_there)
    return found[0]


def decided(t, sock, name="x"):
    w = work(t, sock, name)
    assert w["active"] == (w["select"]["decided"] == "chosen")
    return w["select"]["decided"], w["select"]["index"]


@contextlib.contextmanager
def sessions(t, n, source=None):
    """One after the other, so that their numbers are in order."""
    with contextlib.ExitStack() as all_of_them:
        socks = []
        for _ in range(n):
            listen = t.request("GET", "/proxies/p").json()["listen"]
            s = connected(address_of(listen), source)
            socks.append(all_of_them.enter_context(s))
            echoed(s)
        yield socks


def chosen(t, n, name="x"):
    """'+' where the next n sessions are chosen."""
    with sessions(t, n) as socks:
        return "".join("+" if decided(t, s, name)[0] == "chosen" else "-"
                       for s in socks)


@pytest.mark.parametrize("select, which", [
    ({"first": 3}, "+++--"),
    ({"every": 2}, "+-+-+"),
    ({"every": 2, "offset": 1}, "-+-+-"),
    ({"every": 3, "offset": 2}, "--+--"),
    ({"first": 3, "every": 2}, "+-+--"),
    ({"clients": ["127.0.0.0/8"]}, "+++++"),
    ({"clients": ["10.0.0.0/8", "::1/128"]}, "-----"),
])
def test_which_sessions(p, select, which):
    assert add(p, select)["select"] == select
    assert chosen(p, len(which)) == which


def test_what_was_there_before_does_not_count(p):
    with sessions(p, 2) as before:
        add(p, {"first": 1})
        add(p, {"clients": ["127.0.0.0/8"]}, "y")
        for s in before:
            assert decided(p, s) == ("index", None)
            assert decided(p, s, "y") == ("chosen", None)
        with sessions(p, 2) as after:
            assert [decided(p, s) for s in after] == [
                ("chosen", 0), ("index", 1)]


def test_clients_by_where_they_come_from(p):
    add(p, {"first": 2, "clients": ["127.0.1.0/24"]})
    with sessions(p, 1) as a, sessions(p, 2, "127.0.1.7") as b:
        assert decided(p, a[0]) == ("client", 0)
        # one that is not among them has had an index all the same
        assert decided(p, b[0]) == ("chosen", 1)
        assert decided(p, b[1]) == ("index", 2)


@rig.needs_ipv6
def test_clients_of_ipv4_at_a_socket_of_ipv6(toxid, echo):
    toxid.proxy("p", f"localhost:{echo.port}", f"[::]:{rig.wide_port()}")
    add(toxid, {"clients": ["127.0.0.0/8"]})
    assert chosen(toxid, 1) == "+"


def test_toxicity_is_drawn_of_those_that_are_chosen(p):
    add(p, {"first": 1}, toxicity=0)
    with sessions(p, 2) as socks:
        assert decided(p, socks[0]) == ("toxicity", 0)
        assert decided(p, socks[1]) == ("index", 1)
        change(p, {"toxicity": 1})
        assert decided(p, socks[0]) == ("chosen", 0)
        assert decided(p, socks[1]) == ("index", 1)


def test_another_select_begins_anew(p):
    add(p, {"first": 1})
    assert chosen(p, 2) == "+-"
    change(p, {"toxicity": 0.5, "attributes": {}})
    change(p, {"toxicity": 1, "select": {"first": 1}})  # as it was
    assert chosen(p, 2) == "--"
    assert change(p, {"select": {"first": 2}})["select"] == {"first": 2}
    assert chosen(p, 3) == "++-"
    with sessions(p, 1) as old:
        assert decided(p, old[0])[0] == "index"
        assert "select" not in change(p, {"select": {}})
        assert wait_until(lambda: work(p, old[0])["active"])
        assert "select" not in work(p, old[0])


def test_a_toxic_without_one_is_as_ever(p):
    p.toxic("p", "noop", toxic_name="x")
    assert p.request("GET", "/proxies/p/toxics").body == (
        b'[{"attributes":{},"name":"x","type":"noop","stream":"downstream",'
        b'"toxicity":1}]')
    with sessions(p, 1) as socks:
        assert "select" not in work(p, socks[0])


def answers(sock):
    """Whatever comes back, in time."""
    sock.settimeout(rig.PATIENCE)
    return sock.recv(1)


def test_a_while_of_a_session(p):
    """It begins, and it ends by itself: what it held comes then."""
    add(p, {"after_ms": 1500, "duration_ms": 4000}, kind="bandwidth",
        attributes={"rate": 0})
    with sessions(p, 1) as (s,):
        assert wait_until(lambda: work(p, s)["active"])
        age = own(p, s)["age_ms"]
        assert age >= 1500
        s.sendall(b"x")
        assert answers(s) == b"x"
        assert own(p, s)["age_ms"] >= 5500
        w = work(p, s)
        assert not w["active"] and w["select"]["decided"] == "chosen"
        echoed(s)


def test_a_while_that_is_over_is_not_for_an_old_session(p):
    with sessions(p, 1) as (s,):
        assert wait_until(lambda: own(p, s)["age_ms"] > 10)
        add(p, {"duration_ms": 1}, kind="bandwidth", attributes={"rate": 0})
        assert not work(p, s)["active"]
        echoed(s)


def test_numbers_go_on_when_a_worker_is_killed(p):
    add(p, {"first": 4})
    assert chosen(p, 3) == "+++"
    assert wait_until(lambda: p.request(
        "GET", "/proxies/p/stats").json()["sessions"] == 3)
    before = p.worker("p")
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: p.worker("p") != before)
    with sessions(p, 2) as socks:
        assert [decided(p, s) for s in socks] == [
            ("chosen", 3), ("index", 4)]


def test_they_go_on_when_ctld_is_killed(p):
    assert chosen_before(p) == "++"
    before = p.ctld
    os.kill(before, signal.SIGKILL)
    is_followed(p, before)
    with sessions(p, 2) as socks:
        assert [decided(p, s) for s in socks] == [
            ("chosen", 2), ("index", 3)]


def chosen_before(t):
    add(t, {"first": 3})
    return chosen(t, 2)


def test_they_go_on_over_an_upgrade(p):
    assert chosen_before(p) == "++"
    upgrade(p)
    with sessions(p, 2) as socks:
        assert [decided(p, s) for s in socks] == [
            ("chosen", 2), ("index", 3)]


FULL = {"first": 5, "every": 2, "offset": 1,
        "clients": ["127.0.0.0/8", "fd00::/8"],
        "after_ms": 1, "duration_ms": 600000}


def test_it_is_kept_and_begins_anew_with_toxid(tmp_path, echo):
    with Toxid("-state", str(tmp_path / "state")) as t:
        t.proxy("p", f"localhost:{echo.port}")
        add(t, FULL)
        add(t, {"first": 1}, "y")
        with sessions(t, 2) as socks:
            assert decided(t, socks[0], "y") == ("chosen", 0)
            assert decided(t, socks[1], "y") == ("index", 1)
        before = t.request("GET", "/proxies").json()
        assert before["p"]["toxics"][0]["select"] == FULL
        assert t.request("GET", "/state").json()[0]["toxics"][0][
            "select"] == FULL
        t.stop()
    with Toxid("-state", str(tmp_path / "state")) as t:
        assert t.request("GET", "/proxies").json() == before
        with sessions(t, 2) as socks:
            assert decided(t, socks[0], "y") == ("chosen", 0)
            assert decided(t, socks[1], "y") == ("index", 1)


def test_what_it_may_be(p):
    add(p, {"clients": ["10.1.2.3", "[fd00::/8]", "::ffff:10.0.0.0/104"]})
    assert p.request("GET", "/proxies/p/toxics/x").json()["select"] == {
        "clients": ["10.1.2.3/32", "fd00::/8", "10.0.0.0/8"]}
    assert add(p, {}, "none").get("select") is None
    assert add(p, None, "null").get("select") is None
    assert add(p, {"first": None, "every": 2.0}, "e")["select"] == {"every": 2}
    assert add(p, {"after_ms": 0}, "z").get("select") is None


@pytest.mark.parametrize("select, why", [
    (3, "select: expected an object"),
    ({"first": 0}, "select.first: must be from 1 to 2147483647"),
    ({"first": "3"}, "select.first: expected an integer"),
    ({"every": -1}, "select.every: must be from 1 to 2147483647"),
    ({"every": 2147483648}, "select.every: must be from 1 to 2147483647"),
    ({"offset": 1}, "select.offset: must be below every"),
    ({"every": 2, "offset": 2}, "select.offset: must be below every"),
    ({"after_ms": -1}, "select.after_ms: must be from 0 to 2147483647"),
    ({"duration_ms": 0}, "select.duration_ms: must be from 1 to 2147483647"),
    ({"evry": 2}, 'select has no "evry": did you mean "every"?'),
    ({"clients": "10.0.0.0/8"}, "select.clients: expected an array"),
    ({"clients": []}, "select.clients: must be from 1 to 8 addresses"),
    ({"clients": ["1.1.1.1"] * 9},
     "select.clients: must be from 1 to 8 addresses"),
    ({"clients": [1]}, "select.clients[0]: expected a string"),
    ({"clients": ["::1", "10.0.0.1/8"]}, "select.clients[1]: \"10.0.0.1/8\": "
     "its address goes on behind its prefix"),
    ({"clients": ["redis"]}, 'select.clients[0]: "redis": it is no address'),
    ({"clients": ["fe80::1%lo"]}, "select.clients[0]"),
    ({"clients": ["10.0.0.0/33"]}, "its prefix has no good length"),
])
def test_what_it_may_not_be(p, select, why):
    p.toxic("p", "noop", toxic_name="x")
    for method, path in (("POST", "/proxies/p/toxics"),
                         ("PATCH", "/proxies/p/toxics/x")):
        r = p.request(method, path, {
            "type": "noop", "name": "y", "select": select})
        assert r.status == 400 and why in r.json()["error"], r
    assert "select" not in p.request("GET", "/proxies/p/toxics").body.decode()


def test_of_a_file_it_is_a_change(tmp_path, echo):
    config = tmp_path / "c.json"

    def write(toxic):
        config.write_text(str([{
            "name": "p", "upstream": f"localhost:{echo.port}",
            "listen": "127.0.0.1:0", "toxics": [toxic]}]).replace("'", '"'))

    def reload():
        t.process.send_signal(signal.SIGHUP)

    write({"type": "noop", "name": "x"})
    with Toxid("-config", str(config)) as t:
        first = t.worker("p")
        write({"type": "noop", "name": "x", "select": {"first": 1}})
        reload()
        assert wait_until(lambda: t.request(
            "GET", "/proxies/p/toxics/x").json().get("select") == {"first": 1})
        assert wait_until(lambda: t.worker("p") != first)
        second = t.worker("p")
        assert chosen(t, 2) == "+-"
        reload()  # and nothing has changed
        t.read_to_here()
        assert wait_until(lambda: [
            line["unchanged"] for line in t.log() if line.get("message") ==
            "Reloaded configuration"] == [0, 1])
        assert t.worker("p") == second
        write({"type": "noop", "name": "x", "select": {"first": 2}})
        reload()
        assert wait_until(lambda: t.request(
            "GET", "/proxies/p/toxics/x").json().get("select") == {"first": 2})


def test_events_and_the_log_say_it(p):
    add(p, {"first": 1})
    change(p, {"select": {"every": 2, "clients": ["::1"]}})
    change(p, {"select": {}})
    events = [e for e in p.request("GET", "/events?after=0").json()["events"]
              if e["event"].startswith("toxic_")]
    every = "every=2 clients=::1/128"
    assert [e["changed"] for e in events] == [
        {"toxicity": {"after": 1}, "select": {"after": "first=1"}},
        {"select": {"before": "first=1", "after": every}},
        {"select": {"before": every, "after": ""}}]
    p.read_to_here()
    said = [line for line in p.log() if line.get("toxic") == "x"]
    assert said[0]["values"] == "toxicity=1 select=[first=1]"
