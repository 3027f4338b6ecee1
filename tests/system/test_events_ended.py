# SPDX-License-Identifier: ISC
"""What went wrong with connections is heard of as it does: dials that failed,
sessions that ended otherwise than by themselves, clients over a limit. The
first is an event at once, and the others are counted."""

import os
import signal
import socket
import time

import pytest
import rig
from lab import Lab, bearer, standard
from peers import Echo, ending
from rig import Toxid, reset, wait_until
from test_events import events, last
from test_relayed_ends import echoed
from test_relayed_hostile import killed, make, the_stage  # noqa: F401

WORKERS = ("dial_failed", "session_ended", "limit_hit")


def heard(t, after, headers=None):
    """What workers have said"""
    return [e for e in events(t, f"after={after}", headers)
            if e["event"] in WORKERS]


def total(t, after, headers=None):
    return sum(e["times"] for e in heard(t, after, headers))


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"127.0.0.1:{echo.port}")
    return toxid


def fail_dial(t, name="p"):
    with t.connect(name) as c:
        ending(c, rig.PATIENCE)
        return "{}:{}".format(*c.getsockname())


def test_a_dial_that_fails_in_words(toxid):
    host, port = rig.own_host(), rig.own_port()
    toxid.proxy("p", upstream=f"{host}:{port}")
    was = last(toxid)
    client = fail_dial(toxid)
    assert wait_until(lambda: heard(toxid, was))
    e = heard(toxid, was)[0]
    assert e["event"] == "dial_failed" and e["proxy"] == "p"
    assert (e["client"], e["times"]) == (client, 1)
    assert e["address"] == f"{host}:{port}"
    assert e["why"] == f"dial tcp {host}:{port}: connect: connection refused"
    assert e["session"].endswith(".0")


def test_a_hundred_of_them_are_a_few_events(toxid):
    toxid.proxy("p", upstream=f"{rig.own_host()}:{rig.own_port()}")
    was, began = last(toxid), time.monotonic()
    for _ in range(100):
        fail_dial(toxid)
    assert wait_until(lambda: total(toxid, was) == 100)
    found = heard(toxid, was)
    assert found[0]["times"] == 1 and "session" not in found[1]
    # one, and one in each second that has begun since
    assert len(found) <= 2 + time.monotonic() - began


def test_an_ordinary_end_is_none_and_a_reset_is_one(p):
    was = last(p)
    with echoed(p) as c:
        c.shutdown(socket.SHUT_WR)
        assert ending(c, rig.PATIENCE) == "fin"
    c = echoed(p, b"hello")
    session = p.request("GET", "/proxies/p/sessions").json()["sessions"][-1]
    reset(c)
    assert wait_until(lambda: heard(p, was))
    e, = heard(p, was)
    assert (e["event"], e["cause"]) == ("session_ended", "client_reset")
    assert e["why"] == "reset by the client" and e["times"] == 1
    assert e["session"] == session["id"] and e["client"] == session["client"]
    assert (e["bytes_upstream"], e["bytes_downstream"]) == (5, 5)
    assert e["age_ms"] < 1000 * rig.PATIENCE and "toxic" not in e


def test_which_toxic(p):
    p.toxic("p", "limit_data", toxic_name="cut", bytes=3)
    was = last(p)
    with p.connect("p") as c:
        c.sendall(b"hello")
        assert ending(c, rig.PATIENCE) == "fin"
    assert wait_until(lambda: heard(p, was))
    e, = heard(p, was)
    assert (e["cause"], e["toxic"]) == ("toxic_close", "cut")


def test_those_of_a_proxy_that_was_changed(p):
    was = last(p)
    with echoed(p):
        assert wait_until(lambda: p.request(
            "GET", "/proxies/p/health").json()["open_sessions"] == 1)
        p.request("PATCH", "/proxies/p", {"enabled": False})
        e, = heard(p, was)
    assert (e["cause"], e["times"]) == ("proxy_changed", 1)


def test_those_of_a_worker_that_died_are_in_its_own_event(p):
    was = last(p)
    with echoed(p):
        assert wait_until(lambda: p.request(
            "GET", "/proxies/p/health").json()["open_sessions"] == 1)
        victim = p.worker("p")
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: p.worker("p") != victim)
        assert heard(p, was) == []


def test_clients_over_a_limit(tmp_path):
    with Lab(tmp_path, more={"limits": {"sessions": 1}}) as t, \
            Echo() as echo:
        t.make("a", "p", f"127.0.0.1:{echo.port}")
        was = last(t, bearer("a"))
        listen = rig.address_of(
            t.ask("a", "GET", "/proxies/p").json()["listen"])
        with socket.create_connection(listen) as c:
            c.sendall(b"x")
            assert c.recv(1) == b"x"
            for _ in range(3):
                with rig.connected(listen) as other:
                    assert ending(other, rig.PATIENCE) == "rst"
            assert wait_until(lambda: total(t, was, bearer("a")) == 3)
        e = heard(t, was, bearer("a"))[0]
        assert (e["event"], e["limit"], e["value"]) == (
            "limit_hit", "sessions", 1)
        assert e["proxy"] == "p" and e["tenant"] == "a"
        assert heard(t, 0, bearer("b")) == []


def refuse(call, n=3):
    """Calls until so many of them were over the limit"""
    left = n
    while left > 0:
        left -= call().status == 429


def test_calls_over_a_limit(tmp_path):
    tenants = standard()
    tenants[0]["limits"] = {"api_calls_per_s": 1}
    with Lab(tmp_path, tenants=tenants) as t:
        refuse(lambda: t.ask("a", "GET", "/proxies"))
        admin = bearer("admin", "a")
        assert wait_until(lambda: total(t, 0, admin) >= 3)
        e = heard(t, 0, admin)[0]
        assert (e["limit"], e["value"], e["token"]) == (
            "api_calls_per_s", 1, "a")
        assert e["times"] == 1 and e["client"].startswith("127.0.0.1:")


def test_calls_over_a_limit_where_all_may_ask(tmp_path):
    file = tmp_path / "t.json"
    file.write_text('{"limits": {"api_calls_per_s": 2}}')
    with Toxid("-config", str(file)) as t:
        refuse(lambda: t.request("GET", "/proxies"))
        found = []

        def ask():
            r = t.request("GET", "/events?after=0")
            if r.status == 200:
                found.extend(r.json()["events"])
            return found
        assert wait_until(ask)
        assert found[0]["event"] == "limit_hit"
        assert found[0]["limit"] == "api_calls_per_s"


# ---- a worker that was taken over

@pytest.mark.normal_build
def test_a_flood_is_bounded_and_names_nothing_of_its_own(stage):
    with Toxid() as t, Echo() as echo:
        make(stage, t, echo, "flood-ended")
        was, began = last(t), time.monotonic()
        assert wait_until(lambda: len(heard(t, was)) > 40)
        assert t.request("GET", "/proxies/good").status == 200
        found = heard(t, was)
        took = time.monotonic() - began
        assert len(found) <= 32 * (2 + took)
        assert {e["proxy"] for e in found} == {"bad"}
        assert all("toxic" not in e for e in found)
        assert any("untold" in e for e in found)


@pytest.mark.normal_build
def test_what_ctld_knows_better_is_no_workers_to_say(stage):
    with Toxid() as t, Echo() as echo:
        make(stage, t, echo, "ended-by-ctld")
        assert wait_until(lambda: "broke the protocol" in killed(t))
        stage.mode("honest")
