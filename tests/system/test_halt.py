# SPDX-License-Identifier: ISC
"""The big red button: all toxics off, and held off, until they are resumed,
whatever dies meanwhile; and nobody else's."""

import contextlib
import os
import signal
import socket
import sqlite3
import time

import pytest
from lab import Lab
from rig import PATIENCE, SLOW, Toxid, own_host, wait_until, worked
from test_state import database, fill, small_disk  # noqa: F401 (a fixture)
from test_takeover import is_followed
from test_upgrade import upgrade

pytestmark = pytest.mark.normal_build

NOTHING = {"halted": False, "all": False, "tenants": []}
ALL = {"halted": True, "all": True, "tenants": []}
ROLES = ["apid", "diald", "resolvd", "relayd [p]", "relayd [spare]"]


@pytest.fixture
def t(echo):
    with Toxid() as t:
        t.proxy("p", echo.address)
        yield t


@pytest.fixture
def lab(tmp_path, echo):
    with Lab(tmp_path, "-proxy-metrics", "-runtime-metrics") as lab:
        for who in ("a", "b", "admin"):
            lab.make(who, "p", echo.address)
            blackens(lab, who)
        yield lab


def halt(t, path="/halt"):
    r = t.request("POST", path)
    assert r.status == 200, r
    return r.json()


def resume(t):
    return halt(t, "/resume")


def comes(s, data):
    """False: the connection ended before it was whole"""
    s.settimeout(PATIENCE)
    got = b""
    while len(got) < len(data):
        part = s.recv(len(data) - len(got))
        if not part:
            return False
        got += part
    assert got == data
    return True


def passes(s, data=b"x"):
    """It comes back"""
    s.settimeout(PATIENCE)
    s.sendall(data)
    return comes(s, data)


def is_black(s):
    """Nothing comes back while a toxic may have the byte: as long as it takes
    for another to do so without"""
    s.settimeout(0.3 * SLOW)
    s.sendall(b"x")
    with pytest.raises(socket.timeout):
        s.recv(1)
    return True


def ask(lab, who, path="/halt", of=None, method="POST"):
    r = lab.ask(who, method, path, of=of)
    assert r.status == 200, r
    return r.json()


def blackens(lab, who):
    r = lab.ask(who, "POST", "/proxies/p/toxics",
                {"type": "latency", "attributes": {"latency": 3600000}})
    assert r.status == 200, r


def dial(lab, who):
    """Of tenants there are several of that name"""
    listen = lab.ask(who, "GET", "/proxies/p").json()["listen"]
    host, _, port = listen.rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE)


def is_clear(lab, who):
    with dial(lab, who) as s:
        return passes(s)


def is_dark(lab, who):
    with dial(lab, who) as s:
        return is_black(s)


# ---- traffic, through each kind

def test_what_is_under_way_is_let_out(t):
    t.toxic("p", "latency", latency=3600000)
    t.toxic("p", "latency", "upstream", latency=3600000)
    with t.connect("p") as s, t.connect("p") as other:
        s.sendall(b"one")
        assert is_black(other)
        assert halt(t) == ALL
        assert comes(s, b"one")
        assert passes(s) and other.recv(1) == b"x" and passes(other)
        with t.connect("p") as new:
            assert passes(new)
        assert resume(t) == NOTHING
        assert is_black(s) and is_black(other)


def test_the_end_and_a_reset_that_are_held(t):
    t.toxic("p", "slow_close", delay=3600000)
    t.toxic("p", "reset_peer", "upstream", timeout=3600000)
    with t.connect("p") as s:
        s.sendall(b"x")
        s.shutdown(socket.SHUT_WR)
        halt(t)
        s.settimeout(PATIENCE)
        assert s.recv(1) == b"x" and s.recv(1) == b""


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_a_timeout_that_has_lost_nothing_goes_on(t, stream):
    t.toxic("p", "timeout", stream, timeout=0)
    with t.connect("p") as s, t.connect("p") as holed:
        assert is_black(holed)
        halt(t)
        assert passes(s)
        holed.settimeout(PATIENCE)
        assert holed.recv(1) == b""  # a byte is missing: it cannot go on
        with t.connect("p") as new:
            assert passes(new)


@pytest.mark.parametrize("kind, attributes", [
    ("bandwidth", {"rate": 1}), ("limit_data", {"bytes": 100}),
    ("slicer", {"average_size": 1, "delay": 100000}),
    ("packet_loss", {"loss_rate": 1.0}), ("noop", {}),
    ("corrupt", {"rate": 1}), ("truncate", {"bytes": 100}),
    ("close", {"after_bytes": 100, "mode": "reset"}),
    ("latency", {"latency": 200, "jitter": 100})])
def test_all_passes_whole(t, kind, attributes):
    """... and as fast as it can, once it is off"""
    with t.connect("p") as s:
        halt(t)
        for stream in ("upstream", "downstream"):
            t.toxic("p", kind, stream, **attributes)
        assert passes(s, os.urandom(400000))
        with t.connect("p") as new:
            assert passes(new, os.urandom(400000))


def test_what_is_held_back_comes_out_whole(t):
    for stream in ("upstream", "downstream"):
        t.toxic("p", "slicer", stream, average_size=50, delay=1000)
        t.toxic("p", "bandwidth", stream, rate=1)
    data = os.urandom(150000)
    with t.connect("p") as s:
        s.sendall(data)
        assert comes(s, data[:10])
        halt(t)
        assert comes(s, data[10:])


# ---- what else is done meanwhile

def test_toxics_and_proxies_made_meanwhile_are_off(t, echo):
    halt(t)
    t.toxic("p", "timeout", timeout=0)
    t.proxy("q", echo.address, toxics=[{"type": "timeout"}])
    r = t.request("POST", "/populate", [
        {"name": "r", "listen": "127.0.0.1:0", "upstream": echo.address,
         "toxics": [{"type": "timeout"}]}])
    assert r.status == 201, r
    for name in "pqr":
        with t.connect(name) as s:
            assert passes(s)
            toxic = t.request(
                "GET", f"/proxies/{name}/toxics").json()[0]["name"]
            r = t.request("POST", f"/proxies/{name}/toxics/{toxic}",
                          {"toxicity": 0.99999})
            assert r.status == 200, r
            assert passes(s)
    assert all(p["halted"] and p["toxics"]
               for p in t.request("GET", "/proxies").json().values())
    with t.connect("q") as s:
        assert t.request("POST", "/reset").status == 204
        assert passes(s)
    t.toxic("p", "timeout", timeout=0)
    assert t.request("DELETE", "/proxies/p/toxics/timeout_downstream"
                     ).status == 204
    t.toxic("q", "timeout", timeout=0)
    assert resume(t) == NOTHING
    with t.connect("p") as s, t.connect("q") as black:
        assert passes(s)
        assert is_black(black)


def test_what_is_down_stays_down(t):
    t.request("POST", "/proxies/p", {"enabled": False})
    halt(t)
    with pytest.raises(ConnectionRefusedError):
        t.connect("p")
    t.request("POST", "/proxies/p", {"enabled": True})
    t.toxic("p", "timeout", timeout=0)
    with t.connect("p") as s:
        assert passes(s)


def test_twice_is_once(t):
    t.toxic("p", "timeout", timeout=0)
    assert resume(t) == NOTHING
    assert halt(t) == halt(t) == ALL
    with t.connect("p") as s:
        assert passes(s)
        assert resume(t) == resume(t) == NOTHING
        assert is_black(s)


def test_a_worker_that_spins_is_replaced(echo):
    with Toxid("-debug-toxics") as t:
        t.proxy("p", echo.address)
        t.proxy("q", echo.address)
        t.toxic("p", "spin")
        was = t.worker("p")
        with t.connect("p") as s:
            s.sendall(b"x")
            assert wait_until(lambda: worked(was) > 0.2)
            assert halt(t) == ALL
        with t.connect("p") as s:
            assert passes(s)
        assert t.worker("p") != was


# ---- what is seen

def seen(t):
    """All that a plain toxid answers where it is not halted, too"""
    health = t.request("GET", "/health").json()
    return [t.request("GET", path).json() for path in (
        "/proxies", "/proxies/p", "/state", "/tenant", "/halt")] + [
        sorted(t.metrics()), sorted(health), health["proxies"]]


def test_nothing_is_seen_where_nothing_is_halted():
    with Toxid("-proxy-metrics", "-runtime-metrics") as t:
        t.proxy("p", "127.0.0.1:9")
        before = seen(t)
        assert "halted" not in str(before[:4] + before[5:])
        halt(t)
        assert t.request("GET", "/proxies/p").json()["halted"] is True
        assert t.request("GET", "/halt").json() == ALL
        assert t.request("GET", "/tenant").json()["halted"] == {
            "all": True, "tenant": False}
        assert t.request("GET", "/health").json()["halted"] == {
            "all": True, "tenants": 0}
        assert t.metrics()['toxid_halted{tenant="*"}'] == 1
        state = t.request("GET", "/state").json()
        resume(t)
        assert seen(t) == before
        r = t.request("POST", "/populate", state)
        assert r.status == 201, r
        assert seen(t) == before
        t.request("GET", "/version")
        assert wait_until(lambda: {"Toxics are halted", "Toxics are on again"}
                          <= {line["message"] for line in t.log()})


def test_other_methods(t):
    for method, path in (("PUT", "/halt"), ("GET", "/resume"),
                         ("DELETE", "/halt")):
        assert t.request(method, path).status == 405
    assert t.request("POST", "/halt", {"x": 1}).json() == ALL


# ---- whose they are

def test_a_tenant_halts_its_own(lab):
    mine = {"halted": True, "all": False, "tenants": ["a"]}
    with dial(lab, "b") as theirs:
        assert is_black(theirs)
        assert ask(lab, "a") == mine
        assert is_clear(lab, "a")
        assert is_dark(lab, "b") and is_dark(lab, "admin")
        assert is_black(theirs)
        assert ask(lab, "a-reader", method="GET") == mine
        assert ask(lab, "b", method="GET") == NOTHING
        assert ask(lab, "admin", method="GET") == {
            "halted": False, "all": False, "tenants": ["a"]}
        assert ask(lab, "b", "/resume") == NOTHING
        assert is_clear(lab, "a")
        assert ask(lab, "a", "/resume") == NOTHING
        assert is_dark(lab, "a")
    lab.read_to_here()
    assert [(line["request"], line["halt"], line["outcome"])
            for line in lab.audit(token="a") if "halt" in line] == [
        ("HALT", "a", "done"), ("RESUME", "a", "done")]
    assert lab.audit(token="b", request="RESUME")[0]["outcome"] == "unchanged"


def test_of_another_nothing_shows(lab):
    ask(lab, "b")
    for path in ("/health", "/tenant", "/metrics", "/halt", "/proxies"):
        said = lab.ask("a", "GET", path).body
        assert b'"halted":true' not in said and b'tenant="b"' not in said
        assert b'{"all"' not in said
    assert lab.request("GET", "/health").json()["halted"] == {
        "all": False, "tenants": 1}
    assert b'toxid_halted{tenant="b"} 1' in lab.ask(
        "admin", "GET", "/metrics", of="*").body


def test_a_reader_may_not(lab):
    for path in ("/halt", "/resume"):
        assert lab.ask("a-reader", "POST", path).status == 403
        assert lab.ask(None, "POST", path).status == 401
        assert lab.ask("a", "POST", path, of="b").status == 403
        assert lab.ask("a", "POST", path, of="*").status == 400
    assert ask(lab, "admin", method="GET") == NOTHING


@pytest.mark.parametrize("of", [None, "*"])
def test_an_administrator_halts_all(lab, of):
    assert ask(lab, "admin", of=of) == ALL
    assert all(is_clear(lab, who) for who in ("a", "b", "admin"))
    # that one is not a tenant's to lift
    assert ask(lab, "a", "/resume") == ALL
    assert is_clear(lab, "a")
    assert ask(lab, "a") == {"halted": True, "all": True, "tenants": ["a"]}
    assert ask(lab, "b", method="GET") == ALL
    assert ask(lab, "admin", "/resume", of) == {
        "halted": False, "all": False, "tenants": ["a"]}
    assert is_clear(lab, "a") and is_dark(lab, "b")
    assert ask(lab, "admin", "/resume", "a") == NOTHING
    assert is_dark(lab, "a")


def test_an_administrator_halts_one(lab):
    assert ask(lab, "admin", of="b") == {
        "halted": True, "all": False, "tenants": ["b"]}
    assert is_clear(lab, "b") and is_dark(lab, "a")
    assert lab.ask("admin", "POST", "/halt", of="no.such").status == 404
    assert lab.ask("admin", "POST", "/resume", of="no.such").status == 404
    assert ask(lab, "admin", of="") == {
        "halted": True, "all": False, "tenants": [""]}
    assert ask(lab, "b", "/resume") == NOTHING


# ---- whatever dies

@pytest.mark.parametrize("role", ROLES)
def test_the_death_of_a_child(echo, role):
    with Toxid() as t:
        t.proxy("p", echo.address)
        t.toxic("p", "timeout", timeout=0)
        halt(t)
        was = set(t.children()[role])
        for pid in was:
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: set(
            t.children().get(role, was)).isdisjoint(was))
        assert wait_until(lambda: answers(t, "/halt") == ALL)
        assert t.request("GET", "/proxies/p").json()["halted"]
        with t.connect("p") as s:
            assert passes(s)
        resume(t)
        with t.connect("p") as s:
            assert is_black(s)


def answers(t, path):
    try:
        return t.request("GET", path).json()
    except OSError:
        return None


def follow(t):
    was = t.ctld
    os.kill(was, signal.SIGKILL)
    is_followed(t, was)


@pytest.mark.parametrize("again", [follow, upgrade])
def test_another_program_goes_on(t, again):
    t.toxic("p", "timeout", timeout=0)
    with t.connect("p") as s:
        halt(t)
        assert passes(s)
        for _ in range(2):
            again(t)
            assert passes(s)
            assert wait_until(lambda: answers(t, "/halt") == ALL)
            with t.connect("p") as new:
                assert passes(new)
        assert wait_until(lambda: t.request("POST", "/resume").status == 200)
        assert is_black(s)
        again(t)
        assert wait_until(lambda: answers(t, "/halt") == NOTHING)
        with t.connect("p") as new:
            assert is_black(new)


def test_a_ctld_that_dies_amid_it_all(t):
    """Whether it has happened or not, all that there is agrees."""
    t.toxic("p", "latency", latency=3600000)
    for i in range(6):
        path = "/resume" if i % 2 else "/halt"
        was = t.ctld
        with contextlib.closing(socket.create_connection(
                (t.host, t.port), PATIENCE)) as s:
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
            time.sleep(0.001 * i)
            os.kill(was, signal.SIGKILL)
            s.settimeout(PATIENCE)
            s.recv(65536)
        is_followed(t, was)
        assert wait_until(lambda: t.request("POST", path).status == 200)
        with t.connect("p") as s:
            assert is_black(s) if i % 2 else passes(s)


# ---- kept

@pytest.fixture
def start(state):
    started = []

    def one(*args, **more):
        t = Toxid("-state", str(state), *args, **more)
        started.append(t)
        return t
    yield one
    for t in started:
        t.__exit__()


@pytest.mark.parametrize("ends", [Toxid.cut, Toxid.stop])
def test_over_a_restart(start, echo, ends):
    t = start("-durability", "full")
    t.proxy("p", echo.address)
    t.toxic("p", "timeout", timeout=0)
    halt(t)
    ends(t)
    t = start()
    assert t.request("GET", "/halt").json() == ALL
    with t.connect("p") as s:
        assert passes(s)
    assert any(line["message"] == "Toxics are still halted"
               for line in t.log())
    resume(t)
    ends(t)
    t = start()
    assert t.request("GET", "/halt").json() == NOTHING
    with t.connect("p") as s:
        assert is_black(s)


def test_over_the_death_of_stored(start, state, echo):
    t = start()
    t.proxy("p", echo.address)
    halt(t)
    was = t.child("stored")
    os.kill(was, signal.SIGKILL)
    assert wait_until(lambda: t.children().get("stored", [was]) != [was])
    assert wait_until(lambda: t.request(
        "POST", "/proxies/p", {"enabled": True}).status == 200)
    t.cut()
    with contextlib.closing(sqlite3.connect(database(state))) as db:
        assert db.execute("SELECT tenant FROM halts").fetchall() == [("*",)]


def test_a_full_disk_is_in_no_halts_way(start, echo, small_disk):  # noqa: F811
    """... and is told; nothing is on again that is not kept so."""
    t = start()
    t.proxy("p", echo.address)
    t.toxic("p", "timeout", timeout=0)
    assert t.request("POST", "/scenarios", {
        "name": "s", "proxy": "p", "steps": [{"duration": 10 ** 9}]
    }).status == 201
    fill(small_disk)
    assert wait_until(lambda: t.request(
        "POST", "/proxies/p/toxics", {"type": "noop"}).status == 507)
    r = t.request("POST", "/halt")
    assert r.status == 507 and "the toxics are off" in r.json()["error"], r
    with t.connect("p") as s:
        assert passes(s)
    assert t.request("GET", "/halt").json() == ALL
    assert t.request("POST", "/resume").status == 507
    assert t.request("GET", "/scenarios").json() == []
    with t.connect("p") as s:
        assert passes(s)
    (small_disk / "filler").unlink()
    assert wait_until(lambda: t.request("POST", "/halt").status == 200)
    t.cut()
    t = start()
    assert t.request("GET", "/halt").json() == ALL
    resume(t)
    assert t.request("GET", "/scenarios").json() == []


def test_a_stored_that_does_not_answer_holds_it_up_for_nobody(start, echo):
    t = start()
    t.proxy("p", echo.address)
    t.toxic("p", "latency", latency=3600000)
    with t.connect("p") as s:
        assert is_black(s)
        stored = t.child("stored")
        os.kill(stored, signal.SIGSTOP)
        with contextlib.closing(socket.create_connection(
                (t.host, t.port), PATIENCE)) as api:
            api.sendall(b"POST /halt HTTP/1.1\r\nHost: x\r\n\r\n")
            s.settimeout(PATIENCE)
            assert s.recv(1) == b"x"
            api.settimeout(PATIENCE)
            assert b"HTTP/1.1 " in api.recv(65536)


def test_a_tenant_that_goes_and_comes_back(tmp_path, state, echo):
    with Lab(tmp_path, "-state", str(state)) as lab:
        lab.make("a", "p", echo.address)
        blackens(lab, "a")
        ask(lab, "a")
        lab.stop()
    tenants = [{"name": "ops", "tokens": lab_tokens()}]
    with Lab(tmp_path, "-state", str(state), tenants=tenants) as lab:
        assert ask(lab, "admin", method="GET")["tenants"] == ["a"]
        listen = lab.ask("admin", "GET", "/proxies/p", of="a").json()["listen"]
        host, _, port = listen.rpartition(":")
        with socket.create_connection((host, int(port)), PATIENCE) as s:
            s.sendall(b"x")  # it is nobody's, and dials nothing
        lab.stop()
    with Lab(tmp_path, "-state", str(state)) as lab:
        assert ask(lab, "a", method="GET")["halted"]
        assert is_clear(lab, "a")
        ask(lab, "a", "/resume")
        assert is_dark(lab, "a")


def lab_tokens():
    import lab
    return [lab.token("admin", "admin")]


def test_many_at_once(echo):
    """The answer comes when all have done so."""
    with Toxid() as t:
        r = t.request("POST", "/populate", [
            {"name": f"p{i}", "listen": f"{own_host()}:0",
             "upstream": echo.address,
             "toxics": [{"type": "timeout"}]} for i in range(60)])
        assert r.status == 201, r
        for turn in range(3):
            assert halt(t) == ALL
            for i in range(0, 60, 7):
                with t.connect(f"p{i}") as s:
                    assert passes(s)
            assert resume(t) == NOTHING
        with t.connect("p30") as s:
            assert is_black(s)
