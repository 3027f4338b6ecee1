# SPDX-License-Identifier: ISC
"""A tenant floods each of its limits, from one processor: it never has a unit
more than that, what it was refused is counted to the unit, and another's
session, clients and API calls on the other processor hardly notice.
TOXID_GATE_SECONDS and TOXID_GATE_FLOOR as in test_gate.py."""

import collections
import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import select
import socket
import threading
import time

import pytest
from lab import Lab
from peers import Echo
from rig import PATIENCE, SLOW, address_of, wait_until
from test_gate import (  # noqa: F401: a fixture
    SECONDS, Others, Timed, hardly_notice, processors)
from test_gate_tenants import NEW, Calls, Tenant, flooded
from test_ports import free, text  # noqa: F401: a fixture
from test_tenant_limits import limited, limits, most_in_a_second, rows

pytestmark = [pytest.mark.normal_build, pytest.mark.slow, pytest.mark.alone]

MIB = 1 << 20
LIMIT = {"proxies": 20, "toxics": 100, "api_calls_per_s": 100, "sessions": 50,
         "connections_per_s": 100, "bytes_held": 6 * MIB,
         "bytes_per_s": 4_000_000, "ports": 20}
CALLERS = 4
PROXIES = 3
REGULARS = LIMIT["ports"] // 4
TURN = 0.25  # s of what would have no end by itself

# What the flood tells of itself at its end.
DONE, REFUSED, MOST = range(3)
# Of what is paced: a tenth of a second of it that was not used before, what one
# read of each proxy may owe, and how late whoever counts may be.
ERROR = LIMIT["bytes_per_s"] * (0.1 + 0.5 * SLOW) + PROXIES * MIB


def tell(tally, done=0, refused=0, most=0):
    with tally.get_lock():
        tally[DONE] += done
        tally[REFUSED] += refused
        tally[MOST] = max(tally[MOST], most)


# ---- what there may be at once, or in a second, of what the API does

class Callers:
    """Several, each by a connection of its own"""

    def __init__(self, where, tally):
        self.calls = [Calls(where) for _ in range(CALLERS)]
        self.pool = concurrent.futures.ThreadPoolExecutor(CALLERS)
        self.tally = tally

    def all(self, do):
        """What each says who does it, as one list"""
        return [one for said in self.pool.map(do, self.calls) for one in said]

    def share(self, asked):
        """[(what was asked, status)], of calls that any of them may make"""
        todo = iter(asked)

        def some(call):
            said = []
            while one := next(todo, None):
                said.append((one, call(*one)))
            return said
        return self.all(some)

    def flood(self, asked, done):
        """... and what of it was done"""
        said = self.share(asked)
        assert {status for _, status in said} <= {done, 403}, said
        made = [one for one, status in said if status == done]
        tell(self.tally, len(made), len(said) - len(made))
        return made

    def undo(self, paths):
        said = self.share([("DELETE", path) for path in paths])
        assert {status for _, status in said} <= {204}, said


def proxies(where, tally):
    callers = Callers(where, tally)
    while True:
        made = callers.flood([("POST", "/proxies", {**NEW, "name": f"p{i}"})
                              for i in range(2 * LIMIT["proxies"])], 201)
        yield
        callers.undo(f"/proxies/{body['name']}" for _, _, body in made)


def toxics(where, tally):
    callers = Callers(where, tally)
    callers.share([("POST", "/proxies", {**NEW, "name": f"p{i}"})
                   for i in range(PROXIES)])
    while True:
        made = callers.flood(
            [("POST", f"/proxies/p{i % PROXIES}/toxics", {
                "name": f"t{i}", "type": "noop"})
             for i in range(2 * LIMIT["toxics"])], 200)
        yield
        callers.undo(f"{path}/{body['name']}" for _, path, body in made)


def api_calls_per_s(where, tally):
    callers, all_said = Callers(where, tally), []

    def some(call):
        said, end = [], time.monotonic() + TURN
        while time.monotonic() < end:
            began = time.monotonic()
            status = call("GET", "/version")
            said.append((began, time.monotonic(), status))
        return said
    try:
        while True:
            said = callers.all(some)
            good = [one for one in said if one[2] == 200]
            assert {one[2] for one in said} <= {200, 429}, said
            tell(tally, len(good), len(said) - len(good))
            all_said += good
            yield
    finally:
        tell(tally, most=most_in_a_second(all_said, 200))


def at_ports(found, ports):
    """Of proxies: each is at one of those that the tenant has."""
    first, last = map(int, ports.split("-"))
    at = sorted(address_of(proxy["listen"])[1] for proxy in found.values())
    assert all(first <= n <= last for n in at), at
    return at


def ports(where, tally):
    """Until there are none, proxies that listen, too.  Those who come one by one,
    before the rest, are where they were."""
    callers, had = Callers(where, tally), None
    call = callers.calls[0]

    def got(path):
        assert call("GET", path) == 200
        return json.loads(call.body)
    while True:
        for i in range(REGULARS):
            assert call("POST", "/proxies", {
                **NEW, "name": f"regular{i}", "enabled": True}) == 201
        at = {name: one["listen"] for name, one in got("/proxies").items()}
        assert had in (None, at), (had, at)
        had = at
        for i in range(0, REGULARS, 2):
            assert call("PATCH", f"/proxies/regular{i}",
                        {"enabled": False}) == 200
        made = callers.flood([("POST", "/proxies", {**NEW, "name": f"p{i}"})
                              for i in range(2 * LIMIT["ports"])], 201)
        there = at_ports(got("/proxies"),
                         got("/tenant")["limits"]["ports"]["range"])
        assert len(set(there)) == len(there) == LIMIT["ports"], there
        tell(tally, most=len(there))
        yield
        callers.undo([f"/proxies/{body['name']}" for _, _, body in made] +
                     [f"/proxies/{name}" for name in at])


# ---- what clients do

class Upstream(threading.Thread):
    """Says again what it hears, and how many were there at once: who had gone
    by the time that another came was not."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.inside, self.most = {}, 0
        self.poll = select.poll()
        self.poll.register(self.listener, select.POLLIN)
        self.start()

    def run(self):
        while True:
            ready = [fd for fd, _ in self.poll.poll()]
            if self.listener.fileno() in ready:
                self.accept()
            else:
                self.serve(ready)

    def accept(self):
        s, _ = self.listener.accept()
        self.serve(fd for fd, _ in self.poll.poll(0))
        s.setblocking(False)
        self.inside[s.fileno()] = s
        self.poll.register(s, select.POLLIN)
        self.most = max(self.most, len(self.inside))

    def serve(self, ready):
        for fd in ready:
            with contextlib.suppress(BlockingIOError):
                while fd in self.inside:
                    self.hear(fd, self.inside[fd])

    def hear(self, fd, s):
        try:
            data = s.recv(4096)
        except ConnectionError:
            data = b""
        if data:
            s.sendall(data)
            return
        self.poll.unregister(fd)
        del self.inside[fd]
        s.close()


def make(where, upstream):
    """Proxies, and where they listen"""
    call, at = Calls(where), []
    for i in range(PROXIES):
        status = call("POST", "/proxies", {
            "name": f"p{i}", "listen": "127.0.0.1:0", "upstream": upstream})
        assert status == 201, call.body
        at.append(address_of(json.loads(call.body)["listen"]))
    return at


def enter(at):
    """A session; None: it was reset."""
    s = socket.socket()
    s.settimeout(PATIENCE)
    try:
        s.connect(at)
        s.sendall(b"x")
        if s.recv(1) == b"x":
            return s
        raise AssertionError("it was let go, and not reset")
    except ConnectionError:
        s.close()
        return None


def clients(tally, at, visit):
    """visit() says what came of a client; several of them, again and again"""
    def some(_):
        said, end = [], time.monotonic() + TURN
        while time.monotonic() < end:
            began = time.monotonic()
            is_in = visit(at[len(said) % PROXIES])
            said.append((began, time.monotonic(), is_in))
        return said
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        while True:
            said = [one for of_one in pool.map(some, range(CALLERS))
                    for one in of_one]
            done = [one for one in said if one[2]]
            tell(tally, len(done), len(said) - len(done))
            yield done


def sessions(where, tally):
    """They stay, but for one in ten times that there was no place."""
    upstream, inside, waiting = Upstream(), collections.deque(), []

    def visit(at):
        if s := enter(at):
            inside.append(s)
            return True
        waiting.append(at)
        if len(waiting) % 10 == 0:
            inside.popleft().close()
        return False
    for _ in clients(tally, make(where, upstream.address), visit):
        tell(tally, most=upstream.most)
        yield


def connections_per_s(where, tally):
    upstream, done = Upstream(), []

    def visit(at):
        if s := enter(at):
            s.close()
        return s is not None
    try:
        for more in clients(tally, make(where, upstream.address), visit):
            done += more
            yield
    finally:
        tell(tally, most=most_in_a_second(done, True))


def used(call):
    assert call("GET", "/tenant") == 200
    return json.loads(call.body)["limits"]["bytes_held"]["used"]


def bytes_held(where, tally):
    """Writers to whom nobody listens, until no more is taken; then they go."""
    call, block = Calls(where), bytes(65536)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as upstream:
        upstream.settimeout(PATIENCE)
        at = make(where, "127.0.0.1:%d" % upstream.getsockname()[1])
        while True:
            for i in range(PROXIES):
                assert call("POST", f"/proxies/p{i}/toxics", {
                    "type": "latency", "stream": "upstream",
                    "attributes": {"latency": 600000}}) == 200
            with contextlib.ExitStack() as stack:
                writers = [stack.enter_context(socket.create_connection(
                    at[i % PROXIES], PATIENCE)) for i in range(2 * PROXIES)]
                for w in writers:
                    w.setblocking(False)
                while ready := select.select([], writers, [], TURN)[1]:
                    for w in ready:
                        tell(tally, w.send(block))
                yield
                for _ in writers:
                    stack.enter_context(upstream.accept()[0])
            assert call("POST", "/reset") == 204  # they see that they are gone
            assert wait_until(lambda: used(call) == 0)


class Sink(threading.Thread):
    """Reads all; over is by how much it was ever more than there may be, in
    any time from one look to another."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.got, self.over, self.least = 0, 0, 0
        self.start()

    def run(self):
        socks = [self.listener.accept()[0] for _ in range(PROXIES)]
        began = time.monotonic()
        while True:
            for s in select.select(socks, [], [])[0]:
                self.got += len(s.recv(262144))
            allowed = LIMIT["bytes_per_s"] * (time.monotonic() - began)
            self.over = max(self.over, self.got - allowed - self.least)
            self.least = min(self.least, self.got - allowed)


def bytes_per_s(where, tally):
    sink, block = Sink(), bytes(65536)
    at = make(where, sink.address)
    writers = [socket.create_connection(one, PATIENCE) for one in at]
    for w in writers:
        w.setblocking(False)
    told = 0
    while True:
        end = time.monotonic() + TURN
        while time.monotonic() < end:
            for w in select.select([], writers, [], TURN)[1]:
                w.send(block)
        got = sink.got
        tell(tally, got - told, most=int(sink.over))
        told = got
        yield


FLOODS = {turns.__name__: turns for turns in (
    proxies, toxics, api_calls_per_s, sessions, connections_per_s, bytes_held,
    bytes_per_s, ports)}


def test_each_limit_has_its_flood():
    assert list(FLOODS) == list(LIMIT) == [
        name for name, kind, *_ in rows() if kind in (
            "COUNT", "RATE", "RANGE")]


# ---- what is seen of it

def shown(lab, name):
    return limits(lab, "admin", of="a")[name]


class Look:
    """At what there is of it, whenever"""

    def __init__(self, lab, name):
        self.lab, self.name, self.highest = lab, name, 0

    def there(self):
        """as the API lists it, where it does"""
        if self.name not in ("proxies", "toxics", "ports"):
            return 0
        found = self.lab.ask("admin", "GET", "/proxies", of="a").json()
        if self.name == "ports":
            return len(at_ports(found, shown(self.lab, "ports")["range"]))
        return len(found) if self.name == "proxies" else sum(
            len(p["toxics"]) for p in found.values())

    def there_are(self):
        n = max(shown(self.lab, self.name).get("used", 0), self.there())
        if n <= LIMIT[self.name]:
            self.highest = max(self.highest, n)
        return n

    def __call__(self):
        """Each proxy says in its own time how many clients it has: who left
        one, and has come to another, is counted twice for a moment.  That he
        was never there twice, the upstream says."""
        n = self.there_are()
        assert n <= LIMIT[self.name] or self.name == "sessions" and \
            wait_until(lambda: self.there_are() <= LIMIT[self.name]), n


def held_to_the_unit(lab, name, tally, look, seconds):
    """The most that there was of it, and all that was refused"""
    done, refused, most = tally
    print(f"{name}: {done} done, {refused} refused, at most {most} or "
          f"{look.highest} of {LIMIT[name]}")
    assert done > 0
    if name == "bytes_per_s":
        assert most <= ERROR, most
        assert done > LIMIT[name] * seconds / 4
    elif name != "bytes_held":
        assert refused > 0 and most <= LIMIT[name]
    assert wait_until(lambda: shown(lab, name)["refused"] == refused), (
        shown(lab, name), refused)


@pytest.mark.timeout(120 + 8 * SECONDS)
@pytest.mark.parametrize("name", LIMIT)
def test_a_limit(tmp_path, processors, free, name):  # noqa: F811
    limit = text(free(LIMIT[name])) if name == "ports" else LIMIT[name]
    tally = multiprocessing.get_context("spawn").Array("q", 3)
    with Echo() as echo, Lab(
            tmp_path, "-proxy-metrics", **limited({name: limit}),
            preexec_fn=lambda: os.sched_setaffinity(0, processors)) as lab:
        others, look = Others(Tenant(lab, "b"), echo), Look(lab, name)
        looks = Timed(look, 0.02)
        quiet = others.p99(min(SECONDS, 10))
        with flooded(FLOODS[name], lab, tally, processors[1]):
            began = time.monotonic()
            hardly_notice(others, quiet, name)
            seconds = time.monotonic() - began
        looks.stopping.set()
        looks.join()
        assert looks.failed is None, looks.failed
        others.stop()
        held_to_the_unit(lab, name, list(tally), look, seconds)
        assert lab.ask("b", "GET", "/proxies/good").status == 200
        assert lab.stop() == 0
