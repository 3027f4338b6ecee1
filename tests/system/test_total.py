# SPDX-License-Identifier: ISC
"""-total-buffer: what all workers together hold back, and that nobody who
takes all of it keeps the others from any."""

import os
import pathlib
import re
import signal
import time

import pytest
import rig
from peers import stream as pseudo_random
from rig import Toxid, wait_until
from test_live_changes import Line, is_stuck
from test_relay_ends import Ends, drain
from test_upgrade import upgrade

pytestmark = pytest.mark.slow

MIB = 1 << 20
OWN = 128 << 10  # what each worker may hold without asking
PROXIES = 16
LENDABLE = 12 * MIB
TOTAL = PROXIES * OWN + LENDABLE
LONG = 60 * rig.SLOW


@pytest.fixture
def t():
    with Toxid("-proxy-metrics", "-runtime-metrics",
               "-max-proxies", str(PROXIES), "-total-buffer", str(TOTAL),
               "-session-buffer", str(16 * MIB)) as daemon:
        yield daemon


def held(t, name=None):
    """of one proxy, or of all"""
    what = "" if name is None else f'proxy="{name}"'
    return sum(value for key, value in t.metrics().items()
               if key.startswith("toxid_proxy_held_bytes{") and what in key)


def lent(t):
    return t.metrics()["toxid_lent_bytes"]


def is_kept(t):
    """What is lent is counted in one place.  What is held is said by each
    worker in its own time, up to 250 ms old: while one lets go for another,
    the sum may be too much for a moment."""
    return lent(t) <= LENDABLE and wait_until(lambda: held(t) <= TOTAL)


def waiting(t):
    return t.metrics()["toxid_borrowers_waiting"]


class Proxy:
    """Writers that never stop, and a latency in their way"""

    def __init__(self, t, name, latency=600000):
        self.name, self.ends, self.lines = name, Ends(t, name), []
        self.ends.toxic("upstream", "latency", latency=latency)

    def write(self, sessions=1, reads=False):
        for _ in range(sessions):
            client, server = self.ends.open()
            seed = f"{self.name} {len(self.lines)}"
            line = Line(client, server, seed)
            line.writer.pause = 0
            self.lines.append(line.read() if reads else line)
        return self

    def is_stuck(self):
        return all(is_stuck(line.writer) for line in self.lines)

    def let_go(self):
        self.ends.remove("latency_upstream")
        for line in self.lines:
            if line.checker is None:
                line.read()

    def finish(self):
        for line in self.lines:
            line.finish()
        self.ends.close()


def all_is_returned(t):
    return wait_until(lambda: held(t) == 0 and lent(t) == 0, LONG)


def anonymous(pid):
    """Memory of its own, in bytes"""
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii",
                                                         errors="replace")
    return int(re.search(r"RssAnon:\s+(\d+) kB", text)[1]) * 1024


@pytest.mark.normal_build
def test_all_together_stay_within_it(t):
    proxies = [Proxy(t, f"p{i}") for i in range(8)]
    workers = [t.worker(p.name) for p in proxies]
    before = sum(map(anonymous, workers))
    for p in proxies:
        p.write(2)
    while not all(p.is_stuck() for p in proxies):
        assert held(t) <= TOTAL
    assert wait_until(lambda: held(t) > LENDABLE - MIB)
    assert held(t) <= LENDABLE + len(proxies) * OWN
    assert wait_until(lambda: waiting(t) > 0)
    assert lent(t) <= LENDABLE
    # what is to be read into, and what malloc(3) needs besides
    room = held(t) * 1.1 + len(proxies) * MIB
    assert sum(map(anonymous, workers)) - before < room
    for p in proxies:
        p.let_go()
    for p in proxies:
        p.finish()
    assert all_is_returned(t)
    assert [t.worker(p.name) for p in proxies] == workers


def test_who_comes_late_gets_a_part(t):
    """Both have always more to send, and let go of all after a second."""
    greedy = Proxy(t, "greedy", latency=1000).write(2, reads=True)
    assert wait_until(lambda: held(t, "greedy") > LENDABLE * 3 / 4, LONG)
    late = Proxy(t, "late", latency=1000).write(reads=True)
    assert wait_until(lambda: held(t, "late") > LENDABLE / 3, LONG)
    assert wait_until(lambda: held(t, "greedy") > LENDABLE / 3, LONG)
    assert is_kept(t)
    for p in greedy, late:
        got = p.lines[0].checker.got
        assert wait_until(lambda p=p, got=got: p.lines[0].checker.got > got)
    late.let_go()
    late.finish()
    assert wait_until(lambda: held(t, "greedy") > LENDABLE * 3 / 4, LONG)
    greedy.let_go()
    greedy.finish()
    assert all_is_returned(t)


def test_many_take_turns(t):
    proxies = [Proxy(t, f"p{i}", latency=1500).write(reads=True)
               for i in range(6)]
    part = LENDABLE / len(proxies)
    seen = set()

    def have_had_theirs():
        assert is_kept(t)
        seen.update(p.name for p in proxies if held(t, p.name) > part / 2)
        return len(seen) == len(proxies)
    assert wait_until(have_had_theirs, LONG), seen
    for p in proxies:
        p.let_go()
    for p in proxies:
        p.finish()
    assert all_is_returned(t)


def test_what_the_dead_had_comes_back(t):
    first, second = Proxy(t, "first").write(), Proxy(t, "second")
    assert wait_until(lambda: held(t) > LENDABLE - MIB, LONG)
    second.write()
    assert wait_until(lambda: waiting(t) > 0 and second.is_stuck(), LONG)
    assert held(t, "second") <= OWN
    os.kill(t.worker("first"), signal.SIGKILL)
    assert wait_until(lambda: held(t, "second") > LENDABLE - MIB, LONG)
    assert is_kept(t)
    first.ends.close()
    second.let_go()
    second.finish()
    assert all_is_returned(t)


def test_what_a_client_leaves_comes_back(t):
    p = Proxy(t, "p").write()
    assert wait_until(lambda: lent(t) > LENDABLE - MIB, LONG)
    p.lines[0].writer.sock.close()
    p.lines[0].destination.close()
    t.request("POST", "/reset")  # the sessions see their peers again
    assert all_is_returned(t)
    p.ends.close()


def test_who_has_no_toxic_needs_none(t):
    """All is held, also of their own worker: plain bytes go on."""
    full = Proxy(t, "full").write()
    assert wait_until(lambda: waiting(t) > 0 and full.is_stuck(), LONG)
    other = Ends(t, "other")
    lines = []
    for ends in (full.ends, other):
        for i in range(3):
            client, server = ends.open()
            lines.append(Line(server, client, f"{ends.name} {i}").read())
    assert wait_until(lambda: all(
        x.checker.got > 1_000_000 for x in lines), LONG)
    for line in lines:
        line.finish()
    full.let_go()
    full.finish()
    other.close()
    assert all_is_returned(t)


class Trickle:
    """Pieces too small for splice(2), to who does not read them yet"""

    SIZE = 30000

    def __init__(self, ends, seed):
        self.client, self.server = ends.open()
        self.server.setblocking(False)
        self.seed, self.sent = seed, 0

    def send(self):
        """False: no more fits"""
        try:
            self.sent += self.server.send(
                pseudo_random(self.seed, self.sent, self.SIZE))
        except BlockingIOError:
            return False
        return True

    def finish(self):
        self.server.shutdown(1)
        data, end = drain(self.client, LONG)
        assert end == "fin" and len(data) == self.sent
        assert data == pseudo_random(self.seed, 0, self.sent)


def test_what_nobody_reads_is_not_taken_without_room(t):
    full = Proxy(t, "full").write()
    assert wait_until(lambda: waiting(t) > 0 and full.is_stuck(), LONG)
    trickles = [Trickle(full.ends, i) for i in range(20)]
    quiet = 0
    while quiet < 20:  # a busy worker is not mistaken for a full one
        quiet = 0 if any([x.send() for x in trickles]) else quiet + 1
        time.sleep(0.02 if quiet else 0)
    assert wait_until(lambda: held(t) > LENDABLE)
    time.sleep(0.5)  # the last count has been said
    assert held(t) <= LENDABLE + OWN
    for x in trickles:
        x.finish()
    full.let_go()
    full.finish()
    assert all_is_returned(t)


def test_an_upgrade_hands_it_over(t):
    first, second = Proxy(t, "first").write(), Proxy(t, "second")
    assert wait_until(lambda: lent(t) > LENDABLE - MIB, LONG)
    second.write()
    assert wait_until(lambda: waiting(t) == 2, LONG)
    before = lent(t)
    upgrade(t)
    assert wait_until(lambda: waiting(t) == 2, LONG)
    assert lent(t) == before
    first.let_go()
    assert wait_until(lambda: held(t, "second") > 4 * MIB, LONG)
    assert is_kept(t)
    second.let_go()
    first.finish()
    second.finish()
    assert all_is_returned(t)


def test_nothing_is_lent_while_there_is_room(t):
    p = Proxy(t, "p", latency=1)
    line = p.write().lines[0].read()
    line.writer.pause = 0.01
    time.sleep(1.5)
    assert lent(t) == waiting(t) == 0
    p.let_go()
    p.finish()


def test_a_total_that_is_less_than_all_shares_is_a_mistake():
    daemon = Toxid("-total-buffer", str(PROXIES * OWN - 1), "-max-proxies",
                   str(PROXIES), wait=False)
    assert daemon.process.wait(rig.PATIENCE) == 2
    daemon.__exit__()
