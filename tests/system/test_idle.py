# SPDX-License-Identifier: ISC
"""A toxid that has nothing to do does nothing, but for asking its children
whether they live."""

import os
import statistics
import time

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until
from test_relay_ends import Stopwatch

pytestmark = [pytest.mark.normal_build]

# Seven children: each is asked in 1.5 s, and answers; some at once.  A tick of
# 50 ms would be twenty more.
WAKEUPS = 12  # a second
TRIES = 8
MANY = 60
# One that is asked is woken twice in three seconds; of those that rest, which
# are asked every 60 s, a twentieth is.
OF_MANY = MANY / 4  # in three seconds


def rests(pid):
    """How often it has waited for something."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("voluntary_ctxt_switches:"):
                return int(line.split()[1])
    raise AssertionError("the kernel does not count them")


def woken(*pids):
    """how often, in three seconds"""
    before = sum(map(rests, pids))
    time.sleep(3)
    return sum(map(rests, pids)) - before


def wakeups(pid):
    """a second, of three"""
    began = time.monotonic()
    return woken(pid) / (time.monotonic() - began)


def is_whole(t):
    found = t.children()
    return len(found.get("relayd [spare]", [])) == 4 and "apid" in found


@pytest.mark.parametrize("which", ["toxid", "ctld"])
def test_who_is_idle_is_hardly_ever_woken(which):
    with Toxid() as t:
        assert wait_until(lambda: is_whole(t))
        seen = []
        while len(seen) < TRIES and min(seen, default=99) > WAKEUPS:
            seen.append(wakeups(t.pid if which == "toxid" else t.ctld))
        assert min(seen) <= WAKEUPS, seen


def test_workers_without_sessions_are_not_woken_to_be_asked():
    with Toxid() as t:
        for i in range(MANY):
            t.proxy(f"p{i}", "127.0.0.1:1")
        workers = [t.worker(f"p{i}") for i in range(MANY)]
        seen = []
        while len(seen) < TRIES and min(seen, default=MANY) > OF_MANY:
            seen.append(woken(*workers))
        assert min(seen) <= OF_MANY, seen


def test_one_with_a_session_is_asked():
    with Toxid() as t, Echo() as echo:
        t.proxy("p", echo.address)
        worker = t.worker("p")
        with t.connect("p") as client:
            client.sendall(b"hello")
            client.recv(5)
            assert woken(worker) >= 1
            assert woken(worker) >= 1  # not for what it has done alone


@pytest.mark.slow
def test_one_that_rested_and_then_spins_is_found():
    with Toxid("-debug-toxics") as t, Echo() as echo:
        t.proxy("p", echo.address)
        t.toxic("p", "spin")
        worker = t.worker("p")
        assert wait_until(lambda: woken(worker) == 0)
        with t.connect("p") as client:
            client.sendall(b"hello")
            watch = Stopwatch()
            assert wait_until(lambda: t.worker("p") != worker)
            # 1.5 s until it is asked, and 2 s in which to answer; or 10 s, if
            # it gets a part of the processor only
            assert watch.seconds() < 12 * rig.SLOW + 1


def own_memory(pid):
    """in KB, that would be free without it"""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rows:
        return sum(int(row.split()[1]) for row in rows
                   if row.startswith("Private_"))


def own_memory_of_all(t):
    workers = {pid for title, pids in t.children().items()
               if title.startswith("relayd") for pid in pids}
    others = {pid for pids in t.children().values() for pid in pids} - workers
    return sum(map(own_memory, {t.pid, *others})), workers


@pytest.mark.skipif(os.geteuid() != 0, reason="root may see what others have")
@pytest.mark.skipif(os.sysconf("SC_PAGE_SIZE") != 4096, reason="by the page")
def test_a_proxy_has_little_memory_of_its_own():
    """At this the largest part is pages that the loader has written to."""
    with Toxid() as t:
        for i in range(20):
            t.proxy(f"p{i}", "127.0.0.1:1")
        before, _ = own_memory_of_all(t)
        for i in range(20, 20 + MANY):
            t.proxy(f"p{i}", "127.0.0.1:1")
        assert wait_until(lambda: is_whole(t))
        after, workers = own_memory_of_all(t)
        seen = sorted(map(own_memory, workers))
        assert statistics.median(seen) <= 76, seen
        assert (after - before) / MANY <= 12, (before, after)
