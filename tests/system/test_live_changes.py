# SPDX-License-Identifier: ISC
"""Toxics come, change and go under a stream of which every byte is checked."""

import random
import select
import threading
import time

import pytest
import rig
from peers import ending
from peers import stream as pseudo_random
from rig import Toxid, wait_until
from stalls import used
from test_relay_ends import (PATIENCE, QUIET, STREAMS, Ends, Stopwatch,
                             expect, is_quiet, pass_byte)

BLOCK = 65536
MIB = 1 << 20
# A call that took so long has waited for a peer, who would never have come;
# after 2 s ctld would have replaced the worker, and cut the stream.
WAITS = 5 * rig.SLOW

both_ways = pytest.mark.parametrize("stream", STREAMS)

# Toxics that lose nothing: as they are added, then updates of them.
LOSSLESS = {
    "noop": [{}, {}],
    "latency": [{"latency": 30}, {"latency": 5, "jitter": 5},
                {"latency": 100, "jitter": 20}, {"latency": 0},
                {"latency": 5, "jitter": 5, "distribution": "pareto",
                 "correlation": 0.5}],
    "bandwidth": [{"rate": 5000}, {"rate": 0}, {"rate": 20000},
                  {"rate": 500}, {"rate": 500, "scope": "proxy"},
                  {"rate": 0}, {"rate": 5000, "burst": 100000},
                  {"rate": 5000, "scope": "connection"}],
    "slicer": [{"average_size": 1000, "size_variation": 300, "delay": 200},
               {"average_size": 10000, "delay": 0},
               {"average_size": 500, "size_variation": 500, "delay": 100}],
    "slow_close": [{"delay": 20}, {"delay": 100}],
    "limit_data": [{"bytes": 1 << 60}, {"bytes": 1 << 50}],
    "corrupt": [{"rate": 0}, {"rate": 0}],
    "truncate": [{"bytes": 1 << 60}, {"bytes": 1 << 50}],
    # At once it hangs, and goes on as it is changed, or taken away.
    "close": [{"after_bytes": 1 << 60}, {"after_bytes": 0, "mode": "hang"},
              {"after_bytes": 1 << 50}],
    "reset_peer": [{"timeout": 600000}, {"timeout": 1200000}],
}


class Blocks:
    """A pseudo-random stream, in pieces of any size."""

    def __init__(self, seed):
        self.seed, self.offset, self.ready = seed, 0, b""

    def take(self, size):
        while len(self.ready) < size:
            self.ready += pseudo_random(self.seed, self.offset, BLOCK)
            self.offset += BLOCK
        piece, self.ready = self.ready[:size], self.ready[size:]
        return piece


class Writer(threading.Thread):
    """Sends the stream until it is told to stop; then its FIN."""

    def __init__(self, sock, seed, pause=0.002):
        super().__init__(daemon=True)
        self.sock, self.blocks, self.pause = sock, Blocks(seed), pause
        self.sizes = random.Random(seed)
        self.sent, self.failed = 0, None
        self.stopping = threading.Event()
        sock.settimeout(None)
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                size = self.sizes.choice([1, 100, 1500, 30000, BLOCK])
                self.sock.sendall(self.blocks.take(size))
                self.sent += size
                time.sleep(self.pause)
            self.sock.shutdown(1)
        except OSError as error:
            self.failed = error


class Checker(threading.Thread):
    """Reads until the FIN, and compares."""

    def __init__(self, sock, seed):
        super().__init__(daemon=True)
        self.sock, self.blocks = sock, Blocks(seed)
        self.got, self.failed = 0, None
        sock.settimeout(None)
        self.start()

    def run(self):
        try:
            while piece := self.sock.recv(BLOCK):
                if self.blocks.take(len(piece)) != piece:
                    self.failed = f"differs after byte {self.got}"
                    return
                self.got += len(piece)
        except OSError as error:
            self.failed = error


class Line:
    """One direction of one session, written and checked."""

    def __init__(self, source, destination, seed):
        self.destination, self.seed = destination, seed
        self.writer, self.checker = Writer(source, seed), None

    def read(self):
        self.checker = Checker(self.destination, self.seed)
        return self

    def finish(self):
        self.writer.stopping.set()
        self.writer.join(60 * rig.SLOW)
        self.checker.join(60 * rig.SLOW)
        assert not self.writer.is_alive(), "the writer is stuck"
        assert not self.checker.is_alive(), "the stream has no end"
        assert self.writer.failed is None
        assert self.checker.failed is None
        assert self.checker.got == self.writer.sent > 0


def lines(ends, seed):
    """A session with both directions at work."""
    client, server = ends.open()
    return [Line(client, server, f"up {seed}").read(),
            Line(server, client, f"down {seed}").read()]


class Changer:
    """Toxics by the API, which waits for nobody."""

    def __init__(self, ends):
        self.ends, self.slowest = ends, 0

    def call(self, status, method, path="", body=None):
        watch = Stopwatch()
        reply = self.ends.toxid.request(
            method, f"/proxies/{self.ends.name}/toxics{path}", body)
        self.slowest = max(self.slowest, used(watch.seconds()))
        assert reply.status == status, reply.body
        assert self.slowest < WAITS, f"{method} {path}: too slow"

    def add(self, name, kind, stream, attributes, toxicity=1):
        self.call(200, "POST", "", {
            "name": name, "type": kind, "stream": stream,
            "toxicity": toxicity, "attributes": attributes})

    def update(self, name, attributes):
        self.call(200, "PATCH", f"/{name}", {"attributes": attributes})

    def redraw(self, name, toxicity):
        self.call(200, "PATCH", f"/{name}", {"toxicity": toxicity})

    def remove(self, name):
        self.call(204, "DELETE", f"/{name}")


@pytest.fixture
def ends(toxid):
    e = Ends(toxid)
    yield e
    e.close()


@both_ways
@pytest.mark.parametrize("kind", LOSSLESS)
def test_changes_of_one_toxic(ends, kind, stream):
    changer = Changer(ends)
    live = lines(ends, kind) + lines(ends, stream)
    first, *others = LOSSLESS[kind]
    for _ in range(3):
        changer.add("t", kind, stream, first)
        for attributes in others:
            time.sleep(0.05)
            changer.update("t", attributes)
        time.sleep(0.05)
        changer.remove("t")
        time.sleep(0.02)
    for line in live:
        line.finish()


@both_ways
def test_changes_of_toxicity(ends, stream):
    changer = Changer(ends)
    live = [line for i in range(4) for line in lines(ends, i)]
    changer.add("t", "latency", stream, {"latency": 50}, toxicity=0.5)
    for toxicity in (1, 0, 0.5, 0.2, 0.8):
        time.sleep(0.05)
        changer.redraw("t", toxicity)
    for line in live:
        line.finish()


def churn(ends, seconds, seed):
    """Random changes; then nothing of them is left."""
    draw, changer, there = random.Random(seed), Changer(ends), {}
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        what = draw.choice(["add", "update", "update", "remove"])
        if what == "add" and len(there) < 6:
            kind, name = draw.choice(list(LOSSLESS)), f"t{count}"
            there[name] = kind
            changer.add(name, kind, draw.choice(STREAMS),
                        draw.choice(LOSSLESS[kind]),
                        draw.choice([1, 1, 0.5, 0]))
        elif what == "update" and there:
            name = draw.choice(list(there))
            changer.update(name, draw.choice(LOSSLESS[there[name]]))
        elif what == "remove" and there:
            name = draw.choice(list(there))
            del there[name]
            changer.remove(name)
        count += 1
        time.sleep(draw.choice([0, 0, 0.01, 0.05]))
    for name in there:
        changer.remove(name)
    return count


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_changes(ends, seed):
    live = [line for i in range(3) for line in lines(ends, (seed, i))]
    assert churn(ends, 3, seed) > 20
    for line in live:
        line.finish()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 14))
def test_random_changes_for_long(ends, seed):
    live = [line for i in range(6) for line in lines(ends, (seed, i))]
    assert churn(ends, 40, seed) > 200
    for line in live:
        line.finish()


# ---- receivers that do not read


def is_stuck(writer):
    """Its socket takes no more; a busy machine is not mistaken for that."""
    before = writer.sent
    for _ in range(10):
        if select.select([], [writer.sock], [], 0)[1]:
            return False
        time.sleep(0.03)
    return writer.sent == before


@both_ways
@pytest.mark.parametrize("kind", LOSSLESS)
def test_changes_while_nobody_reads(ends, kind, stream):
    source, destination = ends.open_for(stream)
    line = Line(source, destination, kind)
    line.writer.pause = 0
    assert wait_until(lambda: is_stuck(line.writer))
    changer = Changer(ends)
    first, *others = LOSSLESS[kind]
    for _ in range(2):
        changer.add("t", kind, stream, first)
        for attributes in others:
            changer.update("t", attributes)
        changer.remove("t")
    changer.call(200, "GET")
    line.read().finish()


def test_random_changes_while_nobody_reads(ends):
    stuck = []
    for i in range(3):
        client, server = ends.open()
        stuck += [Line(client, server, i), Line(server, client, -i)]
    churn(ends, 2, 5)
    for line in stuck:
        line.read()
    for line in stuck:
        line.finish()


def test_other_calls_while_nobody_reads(ends):
    client, server = ends.open()
    line = Line(client, server, "stuck")
    line.writer.pause = 0
    ends.toxic("upstream", "latency", latency=10)
    assert wait_until(lambda: is_stuck(line.writer), 30 * rig.SLOW)
    for method, path in [("GET", "/proxies"), ("GET", "/proxies/p"),
                         ("POST", "/reset"), ("DELETE", "/proxies/p")]:
        watch = Stopwatch()
        assert ends.toxid.request(method, path).status < 300
        assert used(watch.seconds()) < WAITS


# ---- the bound of what is held


def held(t):
    return t.metrics()['toxid_proxy_held_bytes{proxy="p"}']


def fill(ends, stream, count):
    """Writers that would fill any memory, and nothing arrives."""
    ends.toxic(stream, "latency", latency=600000)
    stuck = []
    for i in range(count):
        source, destination = ends.open_for(stream)
        stuck.append(Line(source, destination, i))
        stuck[-1].writer.pause = 0
    assert wait_until(lambda: all(is_stuck(line.writer) for line in stuck),
                      60 * rig.SLOW)
    assert is_quiet(*[line.destination for line in stuck], seconds=QUIET)
    return stuck


def let_go(ends, stream, stuck):
    ends.update(f"latency_{stream}", attributes={"latency": 0})
    for line in stuck:
        line.read()
    for line in stuck:
        line.finish()


# What kernels may hold of one direction besides: all buffers at their most.
KERNELS = 24 * MIB


@both_ways
def test_session_bound_pushes_back(stream):
    with Toxid("-proxy-metrics", "-session-buffer", str(4 * MIB)) as t:
        ends = Ends(t)
        stuck = fill(ends, stream, 1)
        assert 3 * MIB < stuck[0].writer.sent < 4 * MIB + KERNELS
        assert wait_until(lambda: 3 * MIB < held(t))
        assert held(t) < 4.5 * MIB
        let_go(ends, stream, stuck)
        assert wait_until(lambda: held(t) == 0)
        ends.close()


@both_ways
def test_worker_bound_is_for_all_sessions(stream):
    with Toxid("-proxy-metrics", "-session-buffer", str(4 * MIB),
               "-worker-buffer", str(6 * MIB)) as t:
        ends = Ends(t)
        stuck = fill(ends, stream, 6)
        assert wait_until(lambda: 5 * MIB < held(t))
        assert held(t) < 7 * MIB
        let_go(ends, stream, stuck)
        assert wait_until(lambda: held(t) == 0)
        ends.close()


def test_small_messages_count_what_they_cost():
    """5000 bytes, each of which is held with all that it takes to hold it"""
    with Toxid("-proxy-metrics", "-session-buffer", str(64 << 10)) as t:
        ends = Ends(t)
        ends.toxic("upstream", "latency", latency=600000)
        client, server = ends.open()
        for _ in range(5000):
            client.sendall(b"x")
            pass_byte(server, client)  # the worker has run, and read it
        assert wait_until(lambda: held(t) > 60 << 10), held(t)
        assert held(t) < 80 << 10
        ends.close()


# ---- a black hole that is one no more


@pytest.mark.parametrize("stream", STREAMS)
def test_what_a_timeout_has_swallowed_leaves_no_hole(toxid, stream):
    """The stream ends rather than go on without those bytes."""
    ends = Ends(toxid)
    source, sink = ends.open_for(stream)
    ends.toxic(stream, "timeout", timeout=0)
    source.sendall(b"swallowed")
    assert is_quiet(sink)
    expect(200, toxid.request("PATCH", f"/proxies/p/toxics/timeout_{stream}",
                              {"toxicity": 0}))
    assert ending(sink, PATIENCE) == "fin"
    ends.close()
