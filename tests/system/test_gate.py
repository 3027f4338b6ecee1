# SPDX-License-Identifier: ISC
"""Nobody holds the others up: a child that has been taken over does its worst
on one processor, while other proxies' sessions and API calls are timed on the
other, before it and meanwhile.  TOXID_GATE_SECONDS=60 for each, at length;
and TOXID_GATE_FLOOR=0 (ms) where nothing else runs."""

import contextlib
import itertools
import os
import socket
import threading
import time

import pytest
import rig
from peers import Echo
from rig import Nobody, Toxid, address_of, wait_until
from test_hostile import stage  # noqa: F401: a fixture
from test_lines import Full, logged, make_bad

pytestmark = [pytest.mark.normal_build, pytest.mark.slow, pytest.mark.alone]

SECONDS = float(os.environ.get("TOXID_GATE_SECONDS", 2))
# Two times nothing is nothing: below it a machine that does other things too
# cannot be told from an attack.  Nor would these tests be quiet beside others.
FLOOR = float(os.environ.get("TOXID_GATE_FLOOR", 25)) / 1000 * rig.SLOW
# Who reads the log is this process, with what is timed in it.
FLOOR_OF_LOG = FLOOR * 5 / 3
LOUD = ("flood-log", "shout")
TRIES = 3
HONEST = 0.0015  # s between two turns of who has nothing to hide


class Timed(threading.Thread):
    """Does it again and again, and notes how long each took."""

    def __init__(self, turn, pause):
        super().__init__(daemon=True)
        self.turn, self.pause = turn, pause
        self.took, self.failed = [], None
        self.stopping = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                began = time.monotonic()
                self.turn()
                self.took.append(time.monotonic() - began)
                time.sleep(self.pause)
        except (OSError, AssertionError) as error:
            self.failed = error

    def p99(self):
        """since the last time that it was asked"""
        took, self.took = sorted(self.took), []
        assert self.failed is None, self.failed
        assert took, "nothing was done at all"
        return took[len(took) * 99 // 100]


ALL = ("session", "client", "read", "write")


class Others:
    """A session that lives, clients that come and go, and API calls; some of
    them about a listen address that is a name."""

    def __init__(self, t, echo, turns=ALL):
        self.t, self.numbers = t, itertools.count()
        made = t.proxy("good", f"127.0.0.1:{echo.port}")
        t.toxic("good", "latency", toxic_name="none", latency=0)
        self.address = address_of(made["listen"])
        self.session = socket.create_connection(self.address, 30 * rig.SLOW)
        all_there_are = {"session": (self.echoes, HONEST),
                         "client": (self.comes_and_goes, 4 * HONEST),
                         "read": (self.reads, 4 * HONEST),
                         "write": (self.writes, 8 * HONEST),
                         "name": (self.names, 8 * HONEST)}
        self.timed = {name: Timed(*all_there_are[name]) for name in turns}

    def echoes(self):
        self.session.sendall(b"0123456789abcdef")
        assert self.session.recv(16, socket.MSG_WAITALL) == \
            b"0123456789abcdef"

    def comes_and_goes(self):
        with socket.create_connection(self.address, 30 * rig.SLOW) as client:
            client.sendall(b"hello")
            assert client.recv(5, socket.MSG_WAITALL) == b"hello"

    def reads(self):
        assert "good" in self.t.request("GET", "/proxies").json()

    def writes(self):
        assert self.t.request("POST", "/proxies/good/toxics/none", {
            "attributes": {"latency": 0}}).status == 200

    def names(self):
        name = f"named {next(self.numbers)}"
        assert self.t.request("POST", "/proxies", {
            "name": name, "listen": "localhost:0",
            "upstream": "127.0.0.1:1"}).status == 201
        assert self.t.request(
            "DELETE", "/proxies/" + name.replace(" ", "%20")).status == 204

    def p99(self, seconds):
        for timed in self.timed.values():
            timed.took = []
        time.sleep(seconds)
        return {name: timed.p99() for name, timed in self.timed.items()}

    def stop(self):
        for timed in self.timed.values():
            timed.stopping.set()
        for timed in self.timed.values():
            timed.join()
            assert timed.failed is None, timed.failed
        self.session.close()


@pytest.fixture
def processors():
    """(ours, the attacker's)"""
    all_there_are = os.sched_getaffinity(0)
    if len(all_there_are) < 2:
        pytest.skip("there is one processor")
    theirs, ours = sorted(all_there_are)[:2]
    os.sched_setaffinity(0, {ours})
    yield ours, theirs
    os.sched_setaffinity(0, all_there_are)


# One who opens connections without an end, and never lacks ports, is the one
# whom a machine that does other things too helps most; and one who has names
# looked up costs others more in his first seconds, as many begin at once.
HARD = {"connections": 4, "listens": 4}
CALLS = {"name": 2}  # one makes a proxy, and so a worker starts; one ends it


def hardly_notice(others, quiet, mode):
    """... once at least: a machine that is busy may have been the cause."""
    for _ in range(TRIES):
        during = others.p99(SECONDS)
        floor = FLOOR_OF_LOG if mode in LOUD else FLOOR * HARD.get(mode, 1)
        bounds = {name: max(2 * p99, floor * CALLS.get(name, 1))
                  for name, p99 in quiet.items()}
        for name, p99 in quiet.items():  # pytest -rP shows it
            print(f"{name}: p99 {p99 * 1000:.2f} ms when all is quiet, "
                  f"{during[name] * 1000:.2f} ms under attack")
        if all(during[name] <= bounds[name] for name in bounds):
            return
    raise AssertionError(f"quiet {quiet}, under attack {during}")


def did_as_it_was_to(t, role, mode, reason):
    """... what it was killed for, or why nothing was to kill it for."""
    if reason is not None:
        assert wait_until(lambda: logged(
            t, "Killing a child", child=role, reason=reason))
    else:
        assert not logged(
            t, "Killing a child", child=role, reason="broke the protocol")
    if mode in LOUD:
        assert wait_until(lambda: logged(
            t, "Log lines dropped: a child says too much", child=role))


@contextlib.contextmanager
def attacked(stage, mode, processors, turns=ALL):
    with Toxid() as t, Echo() as echo:
        others = Others(t, echo, turns)
        quiet = others.p99(min(SECONDS, 10))
        yield t, others, quiet
        others.stop()
        stage.change(t, "honest")
        t.wait_until_up()
        others = Others.__new__(Others)
        others.address = address_of(
            t.request("GET", "/proxies/good").json()["listen"])
        others.comes_and_goes()
        assert t.stop() == 0


# mode: what the log says of the offender; None: it may live
WORKERS = {
    "dial-flood": "broke the protocol towards diald",
    "dial-cancel": "broke the protocol towards diald",
    "dial-garbage": "broke the protocol towards diald",
    "dial-twice": "broke the protocol towards diald",
    "dial-hoard": None, "dial-churn": None, "listener-down": None,
    "flood-log": None, "shout": None, "flood-counters": None,
    "last-words": None,
    "noise": "broke the protocol", "echo": "broke the protocol"}


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
@pytest.mark.parametrize("mode", WORKERS)
def test_hostile_workers(stage, mode, processors):
    with Full() as full, Nobody() as nobody, \
            attacked(stage, mode, processors) as (t, others, quiet):
        stage.change(t, f"{mode} {processors[1]}")
        for i in range(3):
            make_bad(t, full if i == 0 else nobody, f"bad {i}")
        hardly_notice(others, quiet, mode)
        did_as_it_was_to(t, "relayd", mode, WORKERS[mode])
        assert not logged(t, "Killing a child", proxy="good")
        for i in range(3):
            assert t.request("DELETE", f"/proxies/bad%20{i}").status == 204


# Who has the API cannot be timed by it.
APIDS = {"flood-log": None, "shout": None, "flood-requests": None,
         "unread-requests": None, "last-words": None,
         "noise": "broke the protocol", "echo": "broke the protocol"}


@pytest.mark.parametrize("stage", ["apid"], indirect=True)
@pytest.mark.parametrize("mode", APIDS)
def test_a_hostile_apid(stage, mode, processors):
    with attacked(stage, mode, processors, ["session", "client"]) as \
            (t, others, quiet):
        t.proxy("bad", "127.0.0.1:1")
        stage.change(t, f"{mode} {processors[1]}")
        hardly_notice(others, quiet, mode)
        did_as_it_was_to(t, "apid", mode, APIDS[mode])


# Who connects can refuse to.
DIALDS = {"flood-log": None, "shout": None, "answer-never": None,
          "die-of-dials": None,
          "answer-garbage": None, "noise": "broke the protocol",
          "echo": "broke the protocol",
          "flood-looked-up": "broke the protocol", "flood-lookups": None}
NAMING = ("flood-lookups",)  # where names are what it is about


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
@pytest.mark.parametrize("mode", DIALDS)
def test_a_hostile_diald(stage, mode, processors):
    turns = ["session", "read", "write"] + ["name"] * (mode in NAMING)
    with attacked(stage, mode, processors, turns) as (t, others, quiet):
        stage.change(t, f"{mode} {processors[1]}")
        with others_client(others):
            hardly_notice(others, quiet, mode)
        did_as_it_was_to(t, "diald", mode, DIALDS[mode])


@contextlib.contextmanager
def others_client(others):
    """who is there to be dialled for, and waits or is refused"""
    with socket.create_connection(others.address):
        yield


# Who needs no name does not need it.
RESOLVDS = {"flood-log": None, "shout": None, "answer-never": None,
            "silent": None,
            "noise": "broke the protocol", "echo": "broke the protocol"}


@pytest.mark.parametrize("stage", ["resolvd"], indirect=True)
@pytest.mark.parametrize("mode", RESOLVDS)
def test_a_hostile_resolvd(stage, mode, processors):
    with attacked(stage, mode, processors) as (t, others, quiet):
        t.proxy("named", "localhost:1")
        stage.change(t, f"{mode} {processors[1]}")
        with t.connect("named"):
            hardly_notice(others, quiet, mode)
        assert not logged(t, "Killing a child", child="diald")
        did_as_it_was_to(t, "resolvd", mode, RESOLVDS[mode])
