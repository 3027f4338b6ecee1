# SPDX-License-Identifier: ISC
"""GET /proxies/{p}/wait: it answers when it is so, says how far it came when it
is late, and ends with what it is about; whoever dies meanwhile."""

import collections
import http.client
import json
import os
import pathlib
import select
import signal
import socket
import threading
import time

import pytest
import rig
from lab import Lab
from peers import Echo
from rig import PATIENCE, SLOW, Toxid, wait_until
from test_stats import echoed, hits
from test_upgrade import upgrade

CROWD = int(os.environ.get("TOXID_WAITS", "100"))
LONG = PATIENCE * 1000  # ms


@pytest.fixture(name="echo_port", scope="module")
def echo_for_all():
    with Echo() as echo:
        yield echo.port


@pytest.fixture(name="p")
def the_proxy(toxid, echo_port):
    toxid.proxy("p", upstream=f"localhost:{echo_port}")
    toxid.toxic("p", "latency", toxic_name="slow", latency=1)
    return toxid


def wait(t, query, name="p", headers=None):
    r = t.request("GET", f"/proxies/{name}/wait?{query}", headers=headers,
                  timeout=PATIENCE + 30)
    return r.status, r.json()


class Waiting(threading.Thread):
    """... in the background; where toxid is being replaced, once more"""

    def __init__(self, t, query, name="p", headers=None, ms=LONG):
        super().__init__()
        self.ask = lambda: wait(t, f"{query}&timeout={ms}", name, headers)
        self.said, self.again = None, 0
        self.start()

    def run(self):
        while self.said is None or self.said[0] == 503:
            try:
                self.said = self.ask()
                self.again += self.said[0] == 503
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)

    def end(self):
        self.join(PATIENCE + 30)
        assert not self.is_alive()
        return self.said


def reached(n, wanted=None):
    return 200, {"reached": n, "wanted": n if wanted is None else wanted}


def late(what, n, wanted, ms):
    return 408, {"error": f"timeout: {what}: {n} of {wanted} after {ms} ms",
                 "status": 408, "reached": n, "wanted": wanted}


def test_a_hit(p):
    assert wait(p, "toxic=slow&timeout=0") == late("hits", 0, 1, 0)
    w = Waiting(p, "toxic=slow")
    echoed(p)
    assert w.end() == reached(1)
    assert wait(p, "toxic=slow") == reached(1)  # it was so before
    assert wait(p, "toxic=slow&hits=2&timeout=20") == late("hits", 1, 2, 20)
    more = Waiting(p, "toxic=slow&hits=3")
    echoed(p)
    echoed(p)
    assert more.end() == reached(3)


def test_sessions_and_ends(p):
    ended = Waiting(p, "ended=2")
    opened = Waiting(p, "sessions=2")
    with p.connect("p"), p.connect("p"):
        assert opened.end() == reached(2)
        assert wait(p, "ended=1&timeout=0") == late("ended", 0, 1, 0)
    assert ended.end() == reached(2)
    assert wait(p, "sessions=1&timeout=0") == late("sessions", 0, 1, 0)


def test_what_goes_away(p):
    for query, path, what in [
            ("toxic=slow", "/proxies/p/toxics/slow", "toxic not found"),
            ("sessions=9", "/proxies/p", "proxy not found")]:
        w = Waiting(p, query)
        assert p.request("DELETE", path).status == 204
        assert w.end() == (404, {"error": what, "status": 404})
        assert wait(p, query) == (404, {"error": what, "status": 404})


def test_a_toxic_of_the_same_name_is_another(p):
    w = Waiting(p, "toxic=slow&hits=2")
    echoed(p)
    assert wait(p, "toxic=slow") == reached(1)
    assert p.request("POST", "/populate", [{
        "name": "p", "listen": "127.0.0.1:0",
        "upstream": "localhost:1"}]).status == 201
    assert w.end()[0] == 404


@pytest.mark.parametrize("query, why", [
    ("", "expected sessions=, ended=, or toxic= and hits="),
    ("timeout=1", "expected sessions=, ended=, or toxic= and hits="),
    ("hits=1", "toxic goes with hits, and hits with toxic"),
    ("toxic=slow&sessions=1", "toxic goes with hits, and hits with toxic"),
    ("sessions=1&ended=1", "it is one thing that is waited for"),
    ("toxic=a&toxic=b", "toxic: expected its name, once"),
    ("sessions=-1", "sessions: expected a number, of at most "
     "9223372036854775807"),
    ("sessions=1&timeout=3600001",
     "timeout: expected a number, of at most 3600000"),
    ("sessions=1&until=2", "there is no such argument here: until"),
])
def test_what_cannot_be_waited_for(p, query, why):
    assert wait(p, query) == (400, {"error": why, "status": 400})


@pytest.mark.parametrize("who", ["relayd [p]", "ctld"])
def test_a_death_ends_no_wait(p, who):
    echoed(p)
    assert wait(p, "toxic=slow") == reached(1)
    w = Waiting(p, "toxic=slow&hits=2")
    s = Waiting(p, "ended=2")
    os.kill(p.child(who), signal.SIGKILL)

    def goes_on():
        try:
            echoed(p)
        except (OSError, AssertionError):
            return False
        return True
    assert wait_until(goes_on)
    assert w.end() == reached(2)
    assert s.end() == reached(2)


def test_an_upgrade_asks_to_come_again(p):
    waits = [Waiting(p, "toxic=slow") for _ in range(4)]
    upgrade(p)
    echoed(p)
    assert [w.end() for w in waits] == 4 * [reached(1)]


def test_a_token_that_is_revoked_waits_for_nothing(tmp_path):
    with Lab(tmp_path) as lab:
        made = lab.ask("a", "POST", "/tokens", {"name": "ci"}).json()
        lab.make("a", "p")
        w = Waiting(lab, "sessions=1", headers={
            "Authorization": f"Bearer {made['token']}"}, ms=3000)
        assert lab.ask("a", "DELETE", "/tokens/ci").status == 204
        assert w.end()[0] == 401


# ---- many at once


def address(n):
    """Of loopback: the share of each is bounded."""
    return f"127.1.{n // 200}.1"


class Crowd:
    """So many who wait, each on a connection of its own"""

    def __init__(self, t):
        self.t, self.socks = t, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.socks:
            s.close()

    def ask(self, name, query, ms=LONG):
        s = socket.create_connection(
            (self.t.host, self.t.port), PATIENCE,
            (address(len(self.socks)), 0))
        s.sendall(f"GET /proxies/{name}/wait?{query}&timeout={ms} HTTP/1.1\r\n"
                  f"Host: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        self.socks.append(s)

    def answers(self):
        found = collections.Counter()
        for s in self.socks:
            r = http.client.HTTPResponse(s)
            r.begin()
            body = json.loads(r.read())
            assert body.get("status", 200) == r.status
            found[r.status] += 1
        return found


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def descriptors(t):
    """Of apid, which shows them to nobody but root"""
    if os.geteuid() != 0:
        return 0
    return len(list(rig.descriptors_of(t.child("apid"))))


def memory(t):
    return [resident(pid) for pid in (t.child("apid"), t.ctld)]


def a_round(t, port):
    names = [f"p{i}" for i in range(5)]
    for name in names:
        t.proxy(name, upstream=f"localhost:{port}")
        t.toxic(name, "latency", toxic_name="slow", latency=1)
        t.toxic(name, "noop", toxic_name="goes")
    with Crowd(t) as crowd:
        for i in range(CROWD):
            query = ["toxic=slow&hits=2", "ended=2", "toxic=goes&hits=1",
                     "sessions=99", "toxic=slow&hits=1"][i // 5 % 5]
            crowd.ask(names[i % 5], query,
                      1 if query == "sessions=99" else LONG)
        for name in names:
            echoed(t, name)
        for name in names:
            os.kill(t.worker(name), signal.SIGKILL)

        def goes_on(name):
            try:
                echoed(t, name)
            except (OSError, AssertionError):
                return False
            return True
        for name in names:
            assert wait_until(lambda n=name: goes_on(n))
            echoed(t, name)
            assert t.request(
                "DELETE", f"/proxies/{name}/toxics/goes").status == 204
        answers = crowd.answers()
    for name in names:
        assert t.request("DELETE", f"/proxies/{name}").status == 204
    return answers


def test_many_at_once_and_none_is_left(echo_port):
    """Each answers, and takes all along: with TOXID_WAITS=1000 as well."""
    expected = {200: CROWD * 3 // 5, 404: CROWD // 5, 408: CROWD // 5}
    with Toxid() as t:
        few = descriptors(t)
        for _ in range(2):
            assert a_round(t, echo_port) == expected
            assert wait_until(lambda: descriptors(t) <= few)
        before = memory(t)
        assert a_round(t, echo_port) == expected
        assert wait_until(lambda: descriptors(t) <= few)
        after = memory(t)
        print(f"{CROWD} waits: {few} descriptors, bytes {before} {after}")
        if SLOW == 1:  # a sanitizer keeps what was freed
            for b, a in zip(before, after):
                assert a - b < 1 << 20


def test_those_of_an_address_are_bounded(p):
    with Crowd(p) as crowd:
        for _ in range(257):
            s = socket.create_connection((p.host, p.port), PATIENCE)
            s.sendall(b"GET /proxies/p/wait?sessions=9&timeout=60000 HTTP/1.1"
                      b"\r\nHost: 127.0.0.1\r\n\r\n")
            crowd.socks.append(s)
        refused, _, _ = select.select(crowd.socks, [], [], PATIENCE)
        assert [s.recv(1000)[:13] for s in refused] == [b"HTTP/1.1 503 "]
    assert wait_until(lambda: wait(p, "sessions=9&timeout=1")[0] == 408)
