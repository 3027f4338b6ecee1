# SPDX-License-Identifier: ISC
"""A ctld that dies where there are as many proxies as there may be: how long
the API is away.  On a calm machine it is less than a second, also under load; a
busy one may take WITHIN.  That the change does not wait for all workers is for
test_takeover_many.py to count."""

import contextlib
import os
import pathlib
import random
import resource
import signal
import threading
import time

import pytest
import rig
from constants import constant
from peers import Echo
from rig import Toxid
from stalls import used
from test_takeover import called, is_followed, others, says
from test_takeover_many import populate

pytestmark = [pytest.mark.normal_build, pytest.mark.slow]

MANY = constant("MAX_PROXIES", "proto/agreed.h")
WITHIN, LOADED_WITHIN = 3 * rig.SLOW, 6 * rig.SLOW
DEATHS = 3
SESSIONS, WRITERS = 300, 4
CHANGE = "/proxies/p17/toxics"


@pytest.fixture(scope="module")
def crowd():
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 3 * MANY:
        pytest.skip("there are too few descriptors")
    with Echo() as echo, Toxid("-max-proxies", str(MANY),
                               env={"LOG_LEVEL": "warn"}) as t:
        populate(t, echo.address, MANY)
        yield t


def processor(pid):
    """seconds"""
    stat = pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii")
    return int(stat.split()[0]) / 1e9


def death(t):
    """Seconds from there until a change is answered"""
    was, alive, toxid = t.ctld, others(t), processor(t.pid)
    os.kill(was, signal.SIGKILL)
    start = time.monotonic()
    assert called(t, "POST", CHANGE, {"type": "noop"}).status == 200
    took = time.monotonic() - start
    counts = used(took)
    is_followed(t, was)
    print(f"served after {took * 1000:.0f} ms, of which toxid worked "
          f"{(processor(t.pid) - toxid) * 1000:.0f} and ctld "
          f"{processor(t.ctld) * 1000:.0f}; load {os.getloadavg()[0]:.1f}")
    assert called(t, "DELETE", f"{CHANGE}/noop_downstream").status == 204
    assert others(t) == alive
    return counts


class Writers:
    """Changes of toxics, by several at once, and what was wrong with any"""

    def __init__(self, t):
        self.t, self.wrong, self.done = t, [], 0
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(WRITERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join(rig.PATIENCE)

    def run(self, i):
        while not self.ends.wait(0.005):
            path = f"/proxies/p{random.randrange(100, MANY)}/toxics"
            for method, where, body, good in (
                    ("POST", path, {"name": f"w{i}", "type": "noop"},
                     (200,)),
                    # asked again it may have gone the first time
                    ("DELETE", f"{path}/w{i}", None, (204, 404))):
                reply = called(self.t, method, where, body)
                if reply.status not in good and reply.status != 409:
                    self.wrong.append(f"{method} {where}: {reply}")
                self.done += 1


class Traffic:
    """Sessions that all say something, one after the other"""

    def __init__(self, sessions):
        self.sessions, self.failed, self.rounds = sessions, None, 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(rig.PATIENCE)

    def run(self):
        try:
            while not self.ends.wait(0.05):
                for s in self.sessions:
                    says(s, bytes(1000))
                self.rounds += 1
        except (OSError, AssertionError) as error:
            self.failed = error


def test_nobody_else_is_there(crowd):
    assert min(death(crowd) for _ in range(DEATHS)) < WITHIN


def test_under_load(crowd):
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(crowd.connect(f"p{7 * i}"))
                    for i in range(SESSIONS)]
        with Traffic(sessions) as traffic, Writers(crowd) as writers:
            time.sleep(1)
            took = [death(crowd) for _ in range(DEATHS)]
            rounds, done = traffic.rounds, writers.done
            time.sleep(1)
        assert traffic.failed is None and traffic.rounds > rounds
        assert not writers.wrong and writers.done > done
        assert min(took) < LOADED_WITHIN
