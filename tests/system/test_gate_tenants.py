# SPDX-License-Identifier: ISC
"""Nor does a tenant hold the others up: one floods each bound that is for all,
from one processor, while another's session, clients and API calls are timed on
the other, where toxid is, before it and meanwhile.  TOXID_GATE_SECONDS and
TOXID_GATE_FLOOR as in test_gate.py."""

import collections
import contextlib
import http.client
import itertools
import json
import multiprocessing
import os
import socket
import time

import pytest
from lab import TOKENS, Lab
from nameserver import Silent
from peers import Echo
from rig import PATIENCE, address_of, wait_until
from test_dial import Clogged
from test_gate import (  # noqa: F401: a fixture
    ALL, SECONDS, Others, hardly_notice, processors)
from test_names import world_or_skip

pytestmark = [pytest.mark.normal_build, pytest.mark.slow, pytest.mark.alone]

PROXIES = 40  # of all together
NEW = {"listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "enabled": False}
HEADERS = {"Authorization": f"Bearer {TOKENS['a']}",
           "Content-Type": "application/json"}
HELD = 300
AT_ONCE = 1500  # names: more than one tenant may have looked up
HIS = ("127.7.7.7", 0)  # what an address may hold is bounded, too
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h


class Tenant:
    """The lab, for one of those in it"""

    def __init__(self, lab, who):
        self.lab, self.who = lab, who

    def request(self, *args):
        return self.lab.ask(self.who, *args)

    def proxy(self, name, upstream):
        return self.lab.make(self.who, name, upstream)

    def toxic(self, proxy, kind, toxic_name, **attributes):
        assert self.request("POST", f"/proxies/{proxy}/toxics", {
            "name": toxic_name, "type": kind,
            "attributes": attributes}).status == 200


# ---- what he does, in a process of his own, until he is told to end


class Calls:
    """As many as one connection carries, each counted by its status; body is
    what was said last."""

    def __init__(self, where):
        self.where, self.api, self.body = where, None, b""

    def __call__(self, method, path, body=None):
        try:
            if self.api is None:
                self.api = http.client.HTTPConnection(*self.where, PATIENCE)
            self.api.request(method, path, None if body is None
                             else json.dumps(body), HEADERS)
            response = self.api.getresponse()
            self.body = response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            self.api = None
            return 0


def proxies(where, _):
    """More than there may be, again and again"""
    call = Calls(where)
    while True:
        n = 0
        while call("POST", "/proxies", {**NEW, "name": f"p{n}"}) == 201:
            n += 1
        yield n
        for i in range(n):
            call("DELETE", f"/proxies/p{i}")


def toxics(where, _):
    """... 64 to a proxy, and all anew each time"""
    call = Calls(where)
    for i in itertools.count():
        name = f"p{i % 16}"
        yield call("POST", "/populate", [{**NEW, "name": name, "toxics": [
            {"name": f"t{k}", "type": "noop"} for k in range(64)]}])


def request_of(path, body):
    """Whole, for who does not wait for what becomes of it"""
    body = json.dumps(body)
    head = "".join(f"{k}: {v}\r\n" for k, v in HEADERS.items())
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: "
            f"{len(body)}\r\n\r\n{body}").encode()


def connect(where):
    """From his address, by a port that is chosen with where it leads to: one
    whose last connection is over can be had again, and he never lacks any"""
    s = socket.socket()
    s.settimeout(PATIENCE)
    try:
        s.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        s.bind(HIS)
        s.connect(where)
    except OSError:
        s.close()
        raise
    return s


def changes(where, _):
    """All at once about one proxy: they wait for each other"""
    Calls(where)("POST", "/proxies", {**NEW, "name": "p"})
    request = request_of("/proxies/p", {"enabled": False})
    while True:
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(connect(where))
                    for _ in range(HELD)]
            for s in held:
                s.sendall(request)
            yield len(held)
            for s in held:
                with contextlib.suppress(OSError):
                    s.recv(4096)


def connections(where, _):
    """... that say half of something, come and go"""
    while True:
        with contextlib.ExitStack() as stack:
            for i in range(HELD):
                s = stack.enter_context(connect(where))
                s.sendall(b"POST /proxies HTTP/1.1\r\nHost: x\r\n"[:1 + i % 30])
                if i % 10 == 0:
                    yield i


def reads(where, _):
    call = Calls(where)
    while True:
        for path in ("/proxies", "/metrics", "/state", "/tenant", "/health"):
            yield call("GET", path)


def dials(_, proxies):
    """... that wait for their upstream, of clients who come and go"""
    while True:
        with contextlib.ExitStack() as stack:
            for i in range(HELD):
                with contextlib.suppress(OSError):
                    stack.enter_context(socket.create_connection(
                        proxies[i % len(proxies)], PATIENCE))
                if i % 10 == 0:
                    yield i


def steps(where, _):
    """Of a ms each, on as many proxies as there may be"""
    call = Calls(where)
    for i in itertools.count():
        if call("POST", "/proxies", {**NEW, "name": f"p{i}"}) != 201:
            break  # he has all that he may have
        assert call("POST", "/scenarios", {
            "name": f"s{i}", "proxy": f"p{i}", "loop": True,
            "steps": [{"duration": 1, "toxics": [
                {"name": f"t{k}", "type": "noop"} for k in range(8)]}
                for _ in range(30)]}) == 201
    while True:
        yield call("GET", "/scenarios/s0")


def listens(where, _):
    """At names for which nobody answers, another one each time: as many as are
    looked up at once, and who gives one up has the next"""
    held = collections.deque()
    for n in itertools.count():
        with contextlib.suppress(OSError):  # who has most makes room
            s = connect(where)
            held.append(s)
            s.sendall(request_of("/proxies", {
                **NEW, "enabled": True, "name": f"at{n}",
                "listen": f"l{n}.silent.test:0"}))
        if len(held) > AT_ONCE:
            held.popleft().close()
            if n % 10 == 0:
                yield n
                time.sleep(0.01)  # calls in a second are another bound


def upstreams(where, his):
    """The same of upstreams, for clients who come and go"""
    call = Calls(where)
    for i in range(len(his)):
        assert call("POST", f"/proxies/clogged{i}", {
            "upstream": f"u{i}.silent.test:80"}) == 200
    yield from dials(where, his)


FLOODS = [proxies, toxics, changes, steps, connections, reads, dials]
OF_NAMES = [listens, upstreams]


def flood(turns, where, to, processor, has_begun, is_over):
    os.sched_setaffinity(0, {processor})
    for _ in turns(where, to):
        has_begun.set()
        if is_over.is_set():
            return


@contextlib.contextmanager
def flooded(turns, lab, to, processor):
    context = multiprocessing.get_context("spawn")
    has_begun, is_over = context.Event(), context.Event()
    process = context.Process(target=flood, args=(
        turns, (lab.host, lab.port), to, processor, has_begun, is_over))
    process.start()
    try:
        assert has_begun.wait(PATIENCE)
        yield
        assert process.is_alive(), "he gave up"
    finally:
        is_over.set()
        process.join(PATIENCE)
        process.kill()


def judge(folder, both, turns, *args, of=ALL):
    """of: what others do"""
    with (contextlib.closing(Clogged()) as clogged, Echo() as echo,
          Lab(folder, *args, log_to=folder / "log") as lab):
        others = Others(Tenant(lab, "b"), echo, of)
        to = [address_of(lab.make("a", f"clogged{i}",
                                  f"127.0.0.1:{clogged.port}")["listen"])
              for i in range(4)]
        quiet = others.p99(min(SECONDS, 10))
        with flooded(turns, lab, to, both[1]):
            hardly_notice(others, quiet, turns.__name__)
        others.stop()
        assert lab.ask("b", "GET", "/proxies/good").status == 200
        assert wait_until(lambda: lab.ask(
            "a", "GET", "/proxies").status == 200)
        assert lab.stop() == 0


@pytest.mark.timeout(120 + 8 * SECONDS)
@pytest.mark.parametrize("turns", FLOODS, ids=lambda turns: turns.__name__)
def test_a_hostile_tenant(tmp_path, processors, turns):  # noqa: F811
    judge(tmp_path, processors, turns, "-max-proxies", str(PROXIES))


@pytest.mark.timeout(120 + 8 * SECONDS)
@pytest.mark.parametrize("turns", OF_NAMES, ids=lambda turns: turns.__name__)
def test_a_hostile_tenant_of_names(
        tmp_path, processors, monkeypatch, turns):  # noqa: F811
    """Which are looked up in vain, while another's are found."""
    world = world_or_skip(tmp_path, Silent)
    with contextlib.closing(world.server):
        monkeypatch.setenv("TOXID", str(world.program))
        # longer than by the options of the other tests
        world.write("resolv.conf", f"nameserver {world.host}\n")
        judge(tmp_path, processors, turns, of=(*ALL, "name"))
