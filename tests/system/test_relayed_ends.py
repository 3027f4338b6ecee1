# SPDX-License-Identifier: ISC
"""Why sessions have ended that did not end by themselves: ?state=ended."""

import os
import signal
import socket

import pytest
import rig
from lab import Lab
from peers import Echo, Scripted, ending
from rig import Toxid, reset, wait_until


def ends(t, name="p", query=""):
    found, cursor = [], ""
    while True:
        r = t.request(
            "GET", f"/proxies/{name}/sessions?state=ended{query}{cursor}")
        assert r.status == 200, r
        found += r.json()["sessions"]
        if r.json()["next"] is None:
            return found
        cursor = "&cursor=" + r.json()["next"]


def whys(t):
    return [(e["why"], e["toxic"]) for e in ends(t)]


def echoed(t, data=b"x"):
    c = t.connect("p")
    c.sendall(data)
    assert c.recv(100) == data
    return c


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"127.0.0.1:{echo.port}")
    return toxid


def test_an_ordinary_end_is_none(p):
    assert ends(p) == []
    with echoed(p) as c:
        c.shutdown(socket.SHUT_WR)
        assert ending(c, rig.PATIENCE) == "fin"
    with echoed(p) as c:
        reset(c)
    assert wait_until(lambda: ends(p) != [])
    assert whys(p) == [("reset by the client", None)]


def test_what_is_said_of_one(p):
    c = echoed(p, b"hello")
    name = "{}:{}".format(*c.getsockname())
    session = p.request("GET", "/proxies/p/sessions").json()["sessions"][0]
    reset(c)
    assert wait_until(lambda: ends(p) != [])
    e, = ends(p)
    assert e.pop("age_ms") < 1000 * rig.PATIENCE
    assert e.pop("ended_ms") < 1000 * rig.PATIENCE
    assert e == {
        "id": session["id"], "proxy": "p", "client": name, "state": "ended",
        "bytes": {"upstream": 5, "downstream": 5}, "sessions": 1,
        "cause": "client_reset", "why": "reset by the client", "toxic": None}
    assert ends(p, query=f"&client={name}") != []
    assert ends(p, query="&client=127.0.0.9") == []


def test_of_how_many(p):
    for _ in range(3):
        echoed(p).close()
    r = p.request("GET", "/proxies/p/sessions?state=ended").json()
    assert r["connections"] == 3 and r["next"] is None
    assert "connections" not in p.request("GET", "/proxies/p/sessions").json()


def test_which_toxic(p):
    p.toxic("p", "limit_data", toxic_name="cut", bytes=3)
    with p.connect("p") as c:
        c.sendall(b"hello")
        assert ending(c, rig.PATIENCE) == "fin"
    assert wait_until(lambda: whys(p) == [("closed by a toxic", "cut")])
    p.request("DELETE", "/proxies/p/toxics/cut")
    p.toxic("p", "reset_peer", toxic_name="bang", timeout=0)
    with p.connect("p") as c:
        c.sendall(b"hello")
        assert ending(c, rig.PATIENCE) == "rst"
    assert wait_until(lambda: whys(p)[1:] == [("reset by a toxic", "bang")])


def test_the_upstream(toxid):
    with Scripted(lambda sock: (sock.recv(1), reset(sock))) as upstream:
        toxid.proxy("p", upstream=f"127.0.0.1:{upstream.port}")
        with toxid.connect("p") as c:
            c.sendall(b"x")
            assert ending(c, rig.PATIENCE) == "rst"
        assert wait_until(
            lambda: whys(toxid) == [("reset by the upstream", None)])


def test_a_dial_in_words(toxid):
    port = rig.own_port()
    toxid.proxy("p", upstream=f"{rig.own_host()}:{port}")
    with toxid.connect("p") as c:
        ending(c, rig.PATIENCE)
    assert wait_until(lambda: ends(toxid) != [])
    e, = ends(toxid)
    assert e["why"] == (f"dial tcp {rig.own_host()}:{port}: connect: "
                        "connection refused")


def test_a_worker_that_died_is_one_entry(p):
    clients = [echoed(p) for _ in range(5)]
    assert wait_until(lambda: p.request(
        "GET", "/proxies/p/health").json()["open_sessions"] == 5)
    victim = p.worker("p")
    os.kill(victim, signal.SIGKILL)
    assert wait_until(lambda: p.worker("p") != victim)
    assert wait_until(lambda: ends(p) != [])
    e, = ends(p)
    assert (e["id"], e["sessions"], e["client"]) == (None, 5, None)
    assert e["why"] == "the proxy's worker died"
    for c in clients:
        c.close()


def test_a_proxy_that_was_changed(p):
    with echoed(p):
        assert wait_until(lambda: p.request(
            "GET", "/proxies/p/health").json()["open_sessions"] == 1)
        for enabled in (False, True):
            p.request("PATCH", "/proxies/p", {"enabled": enabled})
    assert [(e["why"], e["sessions"]) for e in ends(p)] == [
        ("the proxy was changed, or disabled", 1)]


def test_the_last_256_are_kept(p):
    p.toxic("p", "limit_data", toxic_name="cut", bytes=0)
    n = 300
    for _ in range(n):
        with p.connect("p") as c:
            c.sendall(b"x")
            assert ending(c, rig.PATIENCE) in ("fin", "rst")

    def all_have_ended():  # as of one report, which may be of any moment
        said = p.request("GET", "/proxies/p/health").json()
        return (said["sessions"], said["open_sessions"]) == (n, 0)
    assert wait_until(all_have_ended)
    found = ends(p)
    assert len(found) == 256
    numbers = [int(e["id"].split(".")[1]) for e in found]
    assert len(set(numbers)) == 256
    assert min(numbers) >= n - 256 - 10  # one may end behind the next ones


def test_over_a_limit(tmp_path):
    with Lab(tmp_path, more={"limits": {"sessions": 1}}) as t, \
            Echo() as echo:
        t.make("a", "p", f"127.0.0.1:{echo.port}")
        listen = rig.address_of(
            t.ask("a", "GET", "/proxies/p").json()["listen"])
        with socket.create_connection(listen) as c:
            c.sendall(b"x")
            assert c.recv(1) == b"x"
            for _ in range(3):
                with rig.connected(listen) as other:
                    assert ending(other, rig.PATIENCE) == "rst"

            def found():
                return t.ask("a", "GET", "/proxies/p/sessions?state=ended"
                             ).json()["sessions"]
            assert wait_until(lambda: [e["sessions"] for e in found()] == [3])
            assert found()[0]["why"] == "over the tenant's limits.sessions"


@pytest.mark.parametrize("path", [
    "/proxies/p/sessions?state=ended&state=open", "/sessions?state=ended"])
def test_it_is_no_state_among_others(p, path):
    assert p.request("GET", path).status == 400
