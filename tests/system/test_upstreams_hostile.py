# SPDX-License-Identifier: ISC
"""Whom proxies may reach, whoever wants it otherwise: a name server that changes
its mind, a worker and a resolvd that have been taken over."""

import itertools
import os
import signal
import time

import pytest
from nameserver import alias
from peers import Echo
from rig import Toxid, own_host, wait_until, wide_port
from test_hostile import PATIENCE, stage  # noqa: F401
from test_names import world_or_skip
from test_supervision import pids
from test_upstreams import file, is_served, lead, refusal, why  # noqa: F401

pytestmark = pytest.mark.normal_build


class Reached(Echo):
    """... which counts who has"""

    def __init__(self, **where):
        self.times = 0
        super().__init__(**where)

    def serve(self, sock):
        self.times += 1
        super().serve(sock)


@pytest.fixture
def two():
    """(allowed, forbidden): at one port of two addresses"""
    port = wide_port()
    with Reached(host=own_host(), port=port) as one, \
            Reached(port=port) as other:
        yield one, other


@pytest.fixture
def world(tmp_path, monkeypatch, two):
    w = world_or_skip(tmp_path)
    monkeypatch.setenv("TOXID", str(w.program))
    yield w
    w.server.close()


def test_a_name_that_moves(world, two, file):
    """Between one look-up and the next, and between two of one answer."""
    turn = itertools.count()
    texts = [(own_host(),), ("127.0.0.1",), ("127.0.0.1", own_host()),
             ("::ffff:127.0.0.1",), ("64:ff9b::7f00:1", "127.0.0.1")]
    world.tell["moves.example"] = lambda q: q.addresses(
        *texts[next(turn) % len(texts)])
    with Toxid("-config", file({"deny": ["127.0.0.1"],
                                "allow": ["*.example:1-65535"]})) as t:
        t.proxy("p", f"moves.example:{two[0].port}")
        seen = set()

        def has_seen_all():
            seen.add(is_reached(t, two[0]))
            seen.add(why(t, "p").endswith("upstreams.deny[0]") and "refused")
            return {True, "refused"} <= seen and next(turn) > 30
        assert wait_until(has_seen_all, PATIENCE)
        assert two[1].times == 0


def test_a_name_as_it_was_asked_for(world, two, file):
    for name in ("db.test.example", "dbtest.example", "other.example"):
        world.tell[name] = lambda q: q.addresses(own_host())
    world.tell["alias.example"] = lambda q: q.reply(
        alias(None, "db.test.example"))
    with Toxid("-config", file({"deny": ["*.test.example"]})) as t:
        t.proxy("p", f"db.test.example:{two[0].port}")
        for name in ("db.test.example", "DB.Test.Example", "db.test.example.",
                     "d\\098.test.example", "db.test\\.example"):
            lead(t, "p", f"{name}:{two[0].port}")
            said = refusal(t, "p")
            assert "upstreams.deny[0]" in said or "lookup" in said, said
        assert two[0].times == 0
        for name in ("dbtest.example", "other.example"):
            lead(t, "p", f"{name}:{two[0].port}")
            assert is_served(t, "p")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
@pytest.mark.parametrize("mode", [
    "dial-churn", "dial-twice", "dial-garbage", "dial-fickle"])
def test_a_worker_that_was_taken_over(stage, two, file, mode):
    with Toxid("-config", file({"deny": ["127.0.0.1"]})) as t:
        t.proxy("p", two[1].address)
        stage.change(t, mode)
        worker = pids(t, "relayd [p]")
        for pid in worker:
            os.kill(pid, signal.SIGKILL)
        time.sleep(2)
        assert two[1].times == 0
        stage.change(t, "honest")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["resolvd"], indirect=True)
def test_a_resolvd_that_was_taken_over(stage, two, file):
    rules = {"deny": ["127.0.0.1"], "allow": ["*.example", "*"]}
    with Toxid("-config", file(rules)) as t:
        stage.change(t, "look-up-here")
        t.proxy("p", f"db.example:{two[1].port}")
        assert wait_until(
            lambda: refusal(t, "p").endswith("upstreams.deny[0]"), PATIENCE)
        assert two[1].times == 0
        file({"allow": ["*.example", "*"]})
        t.process.send_signal(signal.SIGHUP)
        # that it was a resolvd which does so
        assert wait_until(lambda: is_reached(t, two[1]), PATIENCE)


def is_reached(t, server):
    try:
        with t.connect("p") as client:
            client.settimeout(PATIENCE)
            client.sendall(b"x")
            return client.recv(1) == b"x" and server.times > 0
    except ConnectionError:
        return False
