# SPDX-License-Identifier: ISC
"""How many bytes all workers of a tenant together hold back."""

import os
import signal
import threading
import time

import pytest
from lab import Lab, bearer
from rig import Toxid, wait_until
from test_relay_ends import Ends
from test_tenant_limits import limited, limits, replace
from test_total import LONG, MIB, OWN, Proxy
from test_upstreams import reload

pytestmark = pytest.mark.normal_build

LIMIT = 6 * MIB


class Of:
    """A toxid as one tenant has it"""

    proxy, toxic, connect = Toxid.proxy, Toxid.toxic, Toxid.connect

    def __init__(self, lab, who):
        self.lab, self.who = lab, who

    def request(self, method, path, body=None, headers=None):
        return self.lab.request(method, path, body, {
            **bearer(self.who), **(headers or {})})


def used(lab, who="a"):
    return limits(lab, who)["bytes_held"]["used"]


def held(lab, who, name):
    text = lab.ask("admin", "GET", "/metrics", of=who).body.decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
               if line.startswith("toxid_proxy_held_bytes{") and
               f'{who}/{name}"' in line)


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path, "-proxy-metrics",
             **limited({"bytes_held": LIMIT})) as t:
        yield t


def test_held(lab):
    mine = [Proxy(Of(lab, "a"), f"p{i}").write() for i in range(3)]
    while not all(p.is_stuck() for p in mine):
        assert used(lab) <= LIMIT
    assert wait_until(lambda: LIMIT - 2 * MIB < used(lab) <= LIMIT, LONG)
    # another has as much as he likes
    other = Proxy(Of(lab, "b"), "p").write(2)
    assert wait_until(lambda: held(lab, "b", "p") > 2 * LIMIT, LONG)
    assert used(lab) <= LIMIT
    for p in (*mine, other):
        p.let_go()
    for p in (*mine, other):
        p.finish()
    assert wait_until(lambda: used(lab) == 0, LONG)


def test_who_comes_late_gets_a_part(lab):
    greedy = Proxy(Of(lab, "a"), "greedy", latency=1000).write(2, reads=True)
    assert wait_until(
        lambda: held(lab, "a", "greedy") > LIMIT / 2, LONG)
    late = Proxy(Of(lab, "a"), "late", latency=1000).write(reads=True)
    assert wait_until(lambda: held(lab, "a", "late") > LIMIT / 5, LONG)
    for p in greedy, late:
        p.let_go()
    for p in greedy, late:
        p.finish()


@pytest.mark.parametrize("who", ["ctld", "a/p0"])
def test_a_death_neither_loses_nor_doubles_it(lab, who):
    mine = [Proxy(Of(lab, "a"), f"p{i}").write() for i in range(2)]
    assert wait_until(lambda: used(lab) > LIMIT - 2 * MIB, LONG)
    if who == "ctld":
        replace(lab, who)
        stay = mine
    else:
        old = lab.worker(who)
        os.kill(old, signal.SIGKILL)
        assert wait_until(lambda: lab.worker(who) != old)
        for line in mine[0].lines:
            line.writer.stopping.set()
        stay = mine[1:]
    # what the dead had others get
    for _ in range(20):
        assert used(lab) <= LIMIT + OWN
    assert wait_until(lambda: LIMIT - 2 * MIB < used(lab) <= LIMIT, LONG)
    for p in stay:
        p.let_go()
    for p in stay:
        p.finish()


def test_a_reload(lab):
    p = Proxy(Of(lab, "a"), "p").write()
    assert wait_until(lambda: used(lab) > LIMIT - 2 * MIB, LONG)
    lab.say(**limited({"bytes_held": 2 * LIMIT}))
    reload(lab)
    assert wait_until(lambda: used(lab) > 2 * LIMIT - 2 * MIB, LONG)
    assert used(lab) <= 2 * LIMIT
    lab.say()
    reload(lab)
    assert wait_until(lambda: held(lab, "a", "p") > 2 * LIMIT, LONG)
    lab.say(**limited({"bytes_held": LIMIT}))
    reload(lab)  # what is there stays, and goes as it would
    p.let_go()
    p.finish()
    assert wait_until(lambda: used(lab) == 0, LONG)


# ---- bytes in a second

RATE = 2000000
BURST = RATE // 5 + (3 << 20)  # not used before, or owed for one read


class Flow:
    """Bytes through a proxy, as fast as they go"""

    def __init__(self, lab, who, name, stream="upstream"):
        self.ends, self.got, self.over = Ends(Of(lab, who), name), 0, False
        self.source, self.sink = self.ends.open_for(stream)
        self.threads = [threading.Thread(target=t, daemon=True)
                        for t in (self.write, self.read)]
        for t in self.threads:
            t.start()

    def write(self):
        try:
            while not self.over:
                self.source.sendall(bytes(65536))
        except OSError:
            pass

    def read(self):
        try:
            while part := self.sink.recv(262144):
                self.got += len(part)
        except OSError:
            pass

    def close(self):
        self.over = True
        for s in (self.source, self.sink):
            s.close()
        self.ends.close()


def passed(flows, seconds):
    """(bytes, s) of all of them meanwhile"""
    before, began = sum(f.got for f in flows), time.monotonic()
    time.sleep(seconds)
    now, ended = sum(f.got for f in flows), time.monotonic()
    return now - before, ended - began


def test_bytes(tmp_path):
    with Lab(tmp_path, **limited({"bytes_per_s": RATE})) as lab:
        flows = [Flow(lab, "a", "p0"), Flow(lab, "a", "p0x"),
                 Flow(lab, "a", "p1", "downstream")]
        assert wait_until(lambda: all(f.got > 0 for f in flows))
        other = Flow(lab, "b", "p")
        n, seconds = passed(flows, 5)
        assert RATE * seconds / 4 < n <= RATE * seconds + BURST
        assert wait_until(lambda: other.got > 10 * RATE)
        assert limits(lab)["bytes_per_s"] == {"limit": RATE, "refused": 0}
        # who is alone has it all, some seconds later
        for f in flows[1:]:
            f.close()
        assert wait_until(lambda: passed(flows[:1], 1)[0] > RATE / 2, 30)
        n, seconds = passed(flows[:1], 2)
        assert n <= RATE * seconds + BURST
        # over the death of who shares it out, and of a worker
        replace(lab, "ctld")
        n, seconds = passed(flows[:1], 2)
        assert RATE * seconds / 4 < n <= RATE * seconds + BURST
        lab.say()
        reload(lab)
        assert wait_until(lambda: passed(flows[:1], 1)[0] > 5 * RATE, 30)
        lab.say(**limited({"bytes_per_s": RATE}))
        reload(lab)
        assert wait_until(lambda: passed(flows[:1], 1)[0] < RATE + BURST, 30)
        flows[0].close()
        other.close()
