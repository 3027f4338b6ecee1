# SPDX-License-Identifier: ISC
"""Many who read events as they come, half of whom do not, and changes as fast as
they can be made: no reader has an event twice, or lacks one that it has not been
told of, whatever dies; and others are served as ever.

At length: TOXID_EVENTS_READERS=1000 TOXID_EVENTS_SECONDS=20, and -s shows it."""

import contextlib
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from rig import PATIENCE, SLOW, Toxid, wait_until
from test_takeover import is_followed
from test_upgrade import upgrade

pytestmark = pytest.mark.normal_build

READERS = int(os.environ.get("TOXID_EVENTS_READERS", 100))
SECONDS = float(os.environ.get("TOXID_EVENTS_SECONDS", 0.5))
# What is timed says little where a machine has other things to do.
IS_FULL = "TOXID_EVENTS_READERS" in os.environ
NICE = 10 if IS_FULL else 0  # those who read
CHANGED = [f"p{i}" for i in range(8)]
values = itertools.count(2)
CROWD = pathlib.Path(__file__).parent.parent / "lib" / "event_crowd.py"


class Crowd:
    def __init__(self, t, kind, *args):
        self.process = subprocess.Popen(
            [sys.executable, str(CROWD), kind, t.host, str(t.port),
             *map(str, args)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command="say"):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the crowd has died"
        return json.loads(line)

    def until(self, is_so, seconds=10 * PATIENCE):
        """What it says as soon as that is so"""
        end = time.monotonic() + seconds
        while not is_so(said := self.ask()):
            assert time.monotonic() < end, said
            time.sleep(0.05)
        return said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@contextlib.contextmanager
def changers(t):
    with Crowd(t, "changers", *CHANGED) as crowd:
        crowd.until(lambda said: said["done"] > 0)
        yield crowd


@contextlib.contextmanager
def readers(t):
    with Crowd(t, "readers", READERS, NICE) as crowd:
        crowd.until(lambda said: said["begun"] == READERS)
        yield crowd


@pytest.fixture
def t(tmp_path):
    with Toxid(env={"LOG_LEVEL": "info"}, log_to=tmp_path / "log") as t:
        for name in (*CHANGED, "probe"):
            t.proxy(name, "127.0.0.1:9", enabled=False)
            t.toxic(name, "latency", toxic_name="t", latency=1)
        yield t


def p99(took):
    return sorted(took)[len(took) * 99 // 100] * 1000


def probe(t, seconds=SECONDS):
    """How long a read takes, and a change: their p99s, in ms"""
    took = {"read": [], "change": []}
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(took["read"]) < 10:
        for what in took:
            began = time.monotonic()
            if what == "read":
                r = t.request("GET", "/proxies/probe")
            else:
                r = t.request("POST", "/proxies/probe/toxics/t",
                              {"attributes": {"latency": next(values)}})
            assert r.status == 200
            took[what].append(time.monotonic() - began)
            time.sleep(0.002)
    return {what: p99(each) for what, each in took.items()}


def rate(crowd, while_):
    """What while_() returns, and how many changes a second there were"""
    was, began = crowd.ask()["done"], time.monotonic()
    said = while_()
    now = crowd.ask()["done"]
    return said, (now - was) / (time.monotonic() - began)


def reach_the_end(t, crowd):
    """All have heard of the last event, or that they have missed it"""
    crowd.ask("wake")
    last = t.request("GET", "/events?wait=0").json()["last"]
    said = crowd.until(lambda said: said["at"] >= last)
    assert said["wrong"] == []
    return said


def test_who_does_not_read_holds_nobody_up(t):
    quiet = probe(t)
    with changers(t) as changing:
        busy, alone = rate(changing, lambda: probe(t))
        with readers(t) as reading:
            loud, beside = rate(changing, lambda: probe(t))
            said = reading.ask()
            changing.__exit__()
            last = t.request("GET", "/events?wait=0").json()["last"]
            reading.until(lambda said: said["at_of_those_who_read"] >= last)
            said = reach_the_end(t, reading)
    print(f"\n{READERS} readers; p99 in ms, quiet: {quiet}; {alone:.0f} changes/s:"
          f" {busy}; {beside:.0f} changes/s and readers: {loud}\n{said}")
    assert said["events"] > 0 and said["returns"] == 0
    if IS_FULL:
        assert all(loud[what] <= 2 * busy[what] for what in loud)


def test_no_event_is_lost_or_there_twice_whatever_dies(t):
    def kill_apid():
        was = t.child("apid")
        os.kill(was, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("apid") not in
                          ([was], None, []))

    def kill_ctld():
        was = t.ctld
        os.kill(was, signal.SIGKILL)
        is_followed(t, was)

    with changers(t) as changing, readers(t) as reading:
        for disturb in (kill_apid, kill_ctld, lambda: upgrade(t), kill_apid):
            disturb()
            was = changing.ask()["done"]
            changing.until(lambda said: said["done"] > was)
            time.sleep(0.5)  # a thousand are given all that they missed
        changing.__exit__()
        said = reach_the_end(t, reading)
    print(f"\n{READERS} readers: {said}")
    assert said["events"] > 0 and said["gaps"] > 0
    assert said["returns"] >= READERS
