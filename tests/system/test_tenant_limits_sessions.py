# SPDX-License-Identifier: ISC
"""How many sessions a tenant may have, and how many clients in a second: all of
its workers together, whoever dies meanwhile."""

import concurrent.futures
import os
import signal
import socket
import time

import pytest
from lab import Lab
from rig import Toxid, address_of, wait_until
from test_relay_ends import PATIENCE
from test_tenant_limits import again, limited, limits, most_in_a_second, replace
from test_upgrade import upgrade
from test_upstreams import reload

pytestmark = pytest.mark.normal_build


class Crowd:
    """Clients of proxies; those that are in stay in."""

    def __init__(self, lab, echo, who="a", proxies=2):
        self.at = [address_of(lab.make(
            who, f"p{i}", f"127.0.0.1:{echo.port}")["listen"])
            for i in range(proxies)]
        self.inside = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _, s in self.inside:
            s.close()

    def enter(self, i=0):
        """True: it is a session; False: it was reset."""
        s = None
        try:
            s = socket.create_connection(self.at[i], PATIENCE)
            s.sendall(b"x")
            if s.recv(1) == b"x":
                self.inside.append((i, s))
                return True
        except ConnectionError:
            pass
        if s is not None:
            s.close()
        return False

    def enter_all(self, n):
        """How many of n got in, of both proxies in turn"""
        return sum(self.enter(k % len(self.at)) for k in range(n))

    def leave(self, n=1):
        for _ in range(n):
            self.inside.pop()[1].close()

    def are_alive(self):
        for _, s in self.inside:
            s.sendall(b"y")
            assert s.recv(1) == b"y"


def test_sessions(tmp_path, echo):
    with Lab(tmp_path, "-proxy-metrics", **limited({"sessions": 5})) as lab, \
            Crowd(lab, echo) as a, Crowd(lab, echo, "b") as b:
        assert a.enter_all(5) == 5
        for _ in range(4):
            assert not a.enter(0) and not a.enter(1)
        assert b.enter_all(20) == 20
        a.are_alive()
        assert wait_until(lambda: limits(lab)["sessions"] == {
            "limit": 5, "used": 5, "refused": 8}), limits(lab)
        text = lab.ask("a", "GET", "/metrics").body.decode()
        assert 'toxid_proxy_over_sessions_total{proxy="a/p0"} 4' in text
        # a place that is free is had by either
        for _ in range(3):
            a.leave()
            assert wait_until(lambda: a.enter(0))
            assert not a.enter(1)
        a.leave(5)
        assert wait_until(lambda: limits(lab)["sessions"]["used"] == 0)
        assert a.enter_all(9) == 5


def is_reset(s):
    try:
        return s.recv(1) == b""
    except ConnectionError:
        return True


def test_who_is_let_in_later_has_a_place_from_the_beginning(tmp_path, echo):
    """... whoever dies: he is a session to the limit, and is not turned away
    when his time has come."""
    late = {"connect": {"mode": "accept_delay", "delay": 3600000}}

    def all_places_taken():
        time.sleep(0.1)  # for 10 ms nobody is let in after one who was not
        early = [socket.create_connection(a.at[0], PATIENCE) for _ in range(4)]
        for s in early:
            s.sendall(b"x")
        assert not a.enter(0) and not a.enter(1), "at once"
        return early

    with Lab(tmp_path, **limited({"sessions": 4})) as lab, \
            Crowd(lab, echo) as a:
        assert lab.ask("a", "POST", "/proxies/p0", late).status == 200
        early = all_places_taken()
        replace(lab, "ctld")
        assert not a.enter(1)
        again(lab, "a", "POST", "/proxies/p0", {"connect": {}})
        for s in early:
            assert s.recv(1) == b"x"
        assert not a.enter(0) and not a.enter(1)
        for s in early:
            s.close()
        assert wait_until(lambda: limits(lab)["sessions"]["used"] == 0)
        again(lab, "a", "POST", "/proxies/p0", late)
        early = all_places_taken()
        os.kill(lab.worker("a/p0"), signal.SIGKILL)
        assert all(map(is_reset, early))
        assert wait_until(lambda: a.enter(1))


def test_never_more_however_they_come(tmp_path, echo):
    """And hardly fewer, where all come at once."""
    with Lab(tmp_path, **limited({"sessions": 50})) as lab, \
            Crowd(lab, echo, proxies=4) as a:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            got_in = sum(pool.map(lambda i: a.enter(i % 4), range(400)))
        assert got_in == len(a.inside) <= 50
        assert got_in >= 45
        a.are_alive()


def test_a_worker_that_dies_gives_all_back(tmp_path, echo):
    with Lab(tmp_path, **limited({"sessions": 6})) as lab, \
            Crowd(lab, echo) as a:
        for _ in range(3):
            assert wait_until(lambda: a.enter_all(1) == 0 or
                              len(a.inside) == 6)
            assert len(a.inside) == 6 and not a.enter(0) and not a.enter(1)
            old = lab.worker("a/p0")
            os.kill(old, signal.SIGKILL)
            assert wait_until(lambda: lab.worker("a/p0") != old)
            gone = [s for i, s in a.inside if i == 0]
            a.inside = [(i, s) for i, s in a.inside if i != 0]
            for s in gone:
                s.close()
            a.are_alive()
            assert wait_until(lambda: a.enter(0))
            while a.enter(0):
                assert len(a.inside) <= 6


def test_another_ctld_counts_on(tmp_path, echo):
    with Lab(tmp_path, **limited({"sessions": 6})) as lab, \
            Crowd(lab, echo) as a:
        assert a.enter_all(4) == 4
        for _ in range(3):
            replace(lab, "ctld")
            assert a.enter_all(2) == 2
            assert not a.enter(0) and not a.enter(1)
            a.are_alive()
            assert wait_until(lambda: limits(lab)["sessions"]["used"] == 6)
            a.leave(2)
            assert wait_until(lambda: limits(lab)["sessions"]["used"] == 4)
        replace(lab, "apid")
        again(lab, "a", "GET", "/tenant")
        assert a.enter_all(4) == 2


def test_an_upgrade(tmp_path, echo):
    """Those of the program before count, too."""
    with Lab(tmp_path, **limited({"sessions": 6})) as lab, \
            Crowd(lab, echo) as a:
        assert a.enter_all(4) == 4
        upgrade(lab)
        assert a.enter_all(6) == 2
        a.are_alive()
        replace(lab, "ctld")
        assert a.enter_all(2) == 0
        a.leave(6)
        assert wait_until(lambda: a.enter(0))
        assert wait_until(lambda: a.enter_all(1) == 0 or len(a.inside) == 6)


def test_a_reload(tmp_path, echo):
    with Lab(tmp_path) as lab, Crowd(lab, echo) as a:
        assert a.enter_all(8) == 8
        assert limits(lab) is None
        lab.say(**limited({"sessions": 5}))
        reload(lab)
        assert a.enter_all(4) == 0
        a.are_alive()
        a.leave(3)
        assert wait_until(lambda: limits(lab)["sessions"]["used"] == 5)
        assert a.enter_all(2) == 0
        a.leave(1)
        assert wait_until(lambda: a.enter(0))
        assert a.enter_all(2) == 0
        lab.say(**limited({"sessions": 7}))
        reload(lab)
        assert wait_until(lambda: a.enter_all(1) == 0 or len(a.inside) == 7)
        assert len(a.inside) == 7 and a.enter_all(2) == 0
        lab.say()
        reload(lab)
        assert wait_until(lambda: a.enter(0))
        assert a.enter_all(9) == 9
        a.are_alive()
        lab.say(**limited({"connections_per_s": 1000}))
        reload(lab)
        assert a.enter_all(9) == 9


def test_a_proxy_that_goes_frees_its(tmp_path, echo):
    with Lab(tmp_path, **limited({"sessions": 4})) as lab, \
            Crowd(lab, echo) as a:
        assert a.enter_all(6) == 4
        assert lab.ask("a", "DELETE", "/proxies/p0").status == 204
        a.at[0] = a.at[1]
        assert wait_until(lambda: a.enter(1))
        assert wait_until(lambda: a.enter(1))
        assert not a.enter(1)


def test_without_tenants(tmp_path, echo):
    file = tmp_path / "toxid.json"
    file.write_text('{"limits": {"sessions": 1}}')
    with Toxid("-config", str(file)) as t:
        at = [address_of(t.proxy(f"p{i}", f"127.0.0.1:{echo.port}")["listen"])
              for i in range(2)]
        with socket.create_connection(at[0], PATIENCE) as one:
            one.sendall(b"x")
            assert one.recv(1) == b"x"
            with pytest.raises(ConnectionError):
                with socket.create_connection(at[1], PATIENCE) as two:
                    two.sendall(b"x")
                    assert two.recv(1) != b""
            one.sendall(b"x")
            assert one.recv(1) == b"x"


# ---- clients in a second

def come(at, seconds, n=8):
    """[(when it began, when it was over, did it get in)]"""
    end = time.monotonic() + seconds

    def clients(_):
        said = []
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                with socket.create_connection(at[len(said) % len(at)],
                                              PATIENCE) as s:
                    s.sendall(b"x")
                    is_in = s.recv(1) == b"x"
            except ConnectionError:
                is_in = False
            said.append((began, time.monotonic(), is_in))
        return said
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return sorted(one for of_one in pool.map(clients, range(n))
                      for one in of_one)


def test_connections(tmp_path, echo):
    with Lab(tmp_path, **limited({"connections_per_s": 20})) as lab, \
            Crowd(lab, echo, proxies=3) as a, Crowd(lab, echo, "b") as b:
        said = come(a.at, 3)
        assert most_in_a_second(said, True) <= 20
        assert sum(is_in for _, _, is_in in said) >= 40
        refused = len(said) - sum(is_in for _, _, is_in in said)
        assert refused > 0
        assert wait_until(lambda: limits(lab)["connections_per_s"] == {
            "limit": 20, "refused": refused}), limits(lab)
        assert all(is_in for _, _, is_in in come(b.at, 1))


@pytest.mark.parametrize("who", ["ctld", "a/p0"])
def test_connections_over_a_death(tmp_path, echo, who):
    with Lab(tmp_path, **limited({"connections_per_s": 20})) as lab, \
            Crowd(lab, echo, proxies=3) as a:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            said = pool.submit(come, a.at[1:], 4)
            for _ in range(3):
                time.sleep(0.7)
                replace(lab, "ctld" if who == "ctld" else f"relayd [{who}]")
            assert most_in_a_second(said.result(), True) <= 20
