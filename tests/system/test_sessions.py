# SPDX-License-Identifier: ISC
"""What is made in a session goes with its client, whatever dies meanwhile, and
nothing else does."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from lab import Lab, bearer
from peers import Echo
from rig import PATIENCE, SLOW, Toxid, descriptors_of, wait_until
from secure import SecureToxid, certify
from test_takeover import is_followed
from test_upgrade import upgrade
from tracing import strace
from unixhttp import Connection, connect

HEADER = "X-Toxid-Session"
LEASE, BACK, LINE = 30, 15, 10  # s: proto/agreed.h


class Session:
    """A client that holds on to one.  back: the number of one that it had."""

    def __init__(self, connection, headers=None, back=None):
        self.headers = dict(headers or {})
        self.connection = connection
        connection.request("POST", "/session", headers={
            **self.headers, **({HEADER: back} if back else {})})
        self.sock = connection.sock
        self.reply = connection.getresponse()
        self.status, self.id = self.reply.status, None
        if self.status in (200, 201):
            self.id = self.line()["id"]

    def line(self):
        return json.loads(self.reply.readline())

    def has_ended(self):
        """... by the server: soon"""
        try:
            while self.reply.readline():
                continue
        except (ConnectionError, http.client.IncompleteRead):
            pass
        return True

    def go(self):
        # its reply has the socket, too
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.reply.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go()


def plain(t, timeout=PATIENCE):
    return http.client.HTTPConnection(t.host, t.port, timeout)


def session(t, **more):
    return Session(plain(t), **more)


def tied(to, **more):
    return {HEADER: to.id if isinstance(to, Session) else to, **more}


def make(t, name, of, status=201, **more):
    r = t.request("POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
        **more}, tied(of))
    assert r.status == status, r
    return r.json()


def add(t, proxy, name, of, status=200):
    r = t.request("POST", f"/proxies/{proxy}/toxics", {
        "name": name, "type": "noop"}, tied(of))
    assert r.status == status, r


def names(t):
    return set(t.request("GET", "/proxies").json())


def toxics(t, proxy="stays"):
    return {each["name"] for each in
            t.request("GET", f"/proxies/{proxy}/toxics").json()}


def fill(t, s):
    """A proxy, and a toxic on one that stays"""
    make(t, "p", s, toxics=[{"type": "latency"}])
    add(t, "stays", "x", s)
    assert names(t) == {"stays", "p"} and toxics(t) == {"kept", "x"}


def is_there(t):
    return names(t) == {"stays", "p"} and toxics(t) == {"kept", "x"}


def is_gone(t):
    return names(t) == {"stays"} and toxics(t) == {"kept"}


def goes(t):
    """Soon, and not when its lease is over"""
    return wait_until(lambda: is_gone(t), 5 * SLOW)


def keep(t, upstream="127.0.0.1:9"):
    """What others have"""
    t.proxy("stays", upstream)
    r = t.request("POST", "/proxies/stays/toxics",
                  {"name": "kept", "type": "noop"})
    assert r.status == 200
    return t


@pytest.fixture
def t():
    with Echo() as echo, Toxid() as t:
        yield keep(t, echo.address)


# ---- one

def test_what_is_made_in_it_goes_with_it(t):
    with session(t) as s:
        assert s.status == 201 and len(s.id) == 32
        fill(t, s)
        assert "expires_in" not in t.request("GET", "/proxies/p").json()
    assert goes(t)
    with t.connect("stays") as c:
        c.sendall(b"x")
        assert c.recv(1) == b"x"


def test_its_port_is_free_again(t):
    with session(t) as s:
        where = make(t, "p", s)["listen"]
    assert wait_until(lambda: names(t) == {"stays"})
    t.proxy("p", "127.0.0.1:9", listen=where)


def test_populate_is_of_it_too(t):
    with session(t) as s:
        r = t.request("POST", "/populate", [
            {"name": "p", "listen": "127.0.0.1:0", "upstream": "x:1"},
            {"name": "stays", **{k: v for k, v in t.request(
                "GET", "/proxies/stays").json().items()
                if k in ("listen", "upstream")}}], tied(s))
        assert r.status == 201 and names(t) == {"p", "stays"}
    assert goes(t)  # what was there stays


def test_a_lease_of_its_own_is_shorter(t):
    with session(t) as s:
        make(t, "p", s, ttl=200)
        add(t, "stays", "x", s)
        assert wait_until(lambda: names(t) == {"stays"})
        assert toxics(t) == {"kept", "x"}
    assert goes(t)


def test_a_change_leaves_it_where_it_was(t):
    with session(t) as s:
        fill(t, s)
        for path, body in (("/proxies/p", {"upstream": "127.0.0.1:10"}),
                           ("/proxies/stays/toxics/x", {"toxicity": 0.5}),
                           ("/proxies/stays", {"enabled": False}),
                           ("/proxies/p/lease", {"ttl": 600000})):
            r = t.request("POST", path, body, tied(s))
            assert r.status == 200, r
    assert goes(t)


def test_many_at_once(t):
    with contextlib.ExitStack() as stack:
        all_of = [stack.enter_context(session(t)) for _ in range(50)]
        for i, s in enumerate(all_of):
            make(t, f"p{i}", s, enabled=False)
            add(t, "stays", f"x{i}", s)
        all_of[7].go()
        assert wait_until(lambda: "p7" not in names(t))
        assert len(names(t)) == 50 and len(toxics(t)) == 50
    assert goes(t)


@pytest.mark.parametrize("number", (
    "", "x", "0" * 32, "F" * 32, "f" * 32, "f" * 31, "f" * 33))
def test_a_number_that_is_none(t, number):
    assert make(t, "p", number, 404)["error"] == "session not found"
    add(t, "stays", "x", number, 404)
    r = t.request("POST", "/populate", [], tied(number))
    assert r.status == (201 if number == "f" * 32 else 404), r
    if number:
        with session(t, back=number) as s:
            assert s.status == 404
    assert is_gone(t)


def test_one_that_is_over_is_none(t):
    with session(t) as s:
        make(t, "p", s)
    assert goes(t)
    make(t, "p", s, 404)
    with session(t, back=s.id) as again:
        assert again.status == 404


# ---- its client

CLIENT = """
import http.client, sys, time
c = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]))
c.request("POST", "/session")
r = c.getresponse()
print(r.readline().decode(), flush=True)
time.sleep(600)
"""


def test_a_client_that_is_killed(t):
    with subprocess.Popen(
            [sys.executable, "-c", CLIENT, t.host, str(t.port)],
            stdout=subprocess.PIPE, text=True) as client:
        fill(t, json.loads(client.stdout.readline())["id"])
        client.kill()
        assert goes(t)


def test_a_client_that_resets(t):
    with session(t) as s:
        fill(t, s)
        s.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        s.reply.close()
        s.connection.close()
        assert goes(t)


def test_a_client_that_says_no_more(t):
    """It may have half of a connection left: that is none."""
    with session(t) as s:
        fill(t, s)
        s.sock.shutdown(socket.SHUT_WR)
        assert goes(t)
        assert s.has_ended()


def test_a_client_that_goes_before_it_has_begun(t):
    for _ in range(20):
        with t_socket(t) as c:
            c.sendall(b"POST /session HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert t.request("GET", "/version").status == 200
    with session(t) as s:
        fill(t, s)
    assert goes(t)


def t_socket(t):
    return socket.create_connection((t.host, t.port), PATIENCE)


def test_http_1_0(t):
    with t_socket(t) as c:
        c.sendall(b"POST /session HTTP/1.0\r\n\r\n")
        f = c.makefile("rb")
        while f.readline().strip():
            continue
        fill(t, json.loads(f.readline())["id"])
        f.close()
    assert goes(t)


def test_https(tmp_path):
    with SecureToxid(certify(tmp_path)) as t:
        keep(t)
        with Session(t.connection()) as s:
            fill(t, s)
        assert goes(t)


def test_a_unix_socket(tmp_path):
    path = tmp_path / "api"
    with Toxid("-api-socket", str(path)) as t:
        keep(t)
        with Session(Connection(connect(path))) as s:
            fill(t, s)
        assert goes(t)


@pytest.mark.slow
def test_it_lasts_and_says_so(t):
    """... for longer than any other request, and its lease."""
    with Session(plain(t, 3 * LINE * SLOW)) as s, session(t) as silent:
        fill(t, s)
        add(t, "stays", "y", silent)  # of one that does not read
        began = time.monotonic()
        while time.monotonic() < began + LEASE + 6:
            assert s.line() == {"id": s.id}
        assert names(t) == {"stays", "p"}
        assert toxics(t) == {"kept", "x", "y"}
    assert goes(t)


# ---- coming back

def test_who_comes_back_has_it(t):
    with session(t) as first:
        fill(t, first)
        with session(t, back=first.id) as second:
            assert second.status == 200 and second.id == first.id
            assert first.has_ended()
            first.go()
            make(t, "q", second)
            assert names(t) == {"stays", "p", "q"}
            time.sleep(0.5)
            assert names(t) == {"stays", "p", "q"}
    assert goes(t)


def comes_back(t, number):
    assert wait_until(lambda: t.child("apid"))
    t.wait_until_up()
    s = session(t, back=number)
    assert s.status == 200
    return s


@pytest.mark.normal_build
def test_apid_dies(t):
    with session(t) as s:
        fill(t, s)
        os.kill(t.child("apid"), signal.SIGKILL)
        assert s.has_ended()
        with comes_back(t, s.id):
            assert is_there(t)
        assert goes(t)


@pytest.mark.normal_build
def test_ctld_dies(t):
    with session(t) as s:
        fill(t, s)
        for _ in range(2):
            was = t.ctld
            os.kill(was, signal.SIGKILL)
            is_followed(t, was)
            assert wait_until(lambda: is_there(t))
            time.sleep(1)
        add(t, "stays", "y", s)
    assert goes(t)


@pytest.mark.normal_build
@pytest.mark.parametrize("who", ("diald", "resolvd", "relayd"))
def test_others_die(t, who):
    with session(t) as s:
        fill(t, s)
        pid = t.worker("p") if who == "relayd" else t.child(who)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: pid not in sum(t.children().values(), []))
        assert is_there(t)
    assert goes(t)


@pytest.mark.normal_build
def test_an_upgrade(t):
    with session(t) as s:
        fill(t, s)
        upgrade(t)
        assert s.has_ended()
        with comes_back(t, s.id) as again:
            assert is_there(t)
            make(t, "q", again)
        assert goes(t)


# ---- what is kept

@pytest.fixture
def start(tmp_path):
    with contextlib.ExitStack() as stack:
        def one():
            return stack.enter_context(
                Toxid("-state", str(tmp_path / "state")))
        yield one


@pytest.mark.parametrize("how", ("stop", "cut"))
def test_a_restart_is_the_end_of_it(start, how):
    t = keep(start())
    with session(t) as s:
        fill(t, s)
        t.request("POST", "/proxies/p", {"enabled": False})
        t.request("POST", "/proxies/stays/toxics/x", {"toxicity": 0.5})
        getattr(t, how)()
        t = start()
        assert is_gone(t)
        with session(t, back=s.id) as again:
            assert again.status == 404


@pytest.mark.normal_build
def test_stored_dies(start):
    t = keep(start())
    with session(t) as s:
        fill(t, s)
        was = t.child("stored")
        os.kill(was, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("stored", [was]) != [was])
        assert wait_until(lambda: t.request(
            "POST", "/proxies/stays", {"enabled": True}).status == 200)
        assert is_there(t)
        t.cut()
    t = start()
    assert is_gone(t)


@pytest.mark.normal_build
@pytest.mark.parametrize("path, body", (
    ("/proxies/p", {"upstream": "127.0.0.1:10"}),
    ("/proxies/p/lease", {"ttl": 600000}),
    ("/proxies/stays/toxics/x", {"toxicity": 0.5}),
    ("/proxies/stays/toxics/x/lease", {"ttl": 600000})))
def test_it_ends_while_a_change_is_being_stored(start, path, body):
    """... which is not to make it last"""
    t, replies = keep(start()), []
    with session(t) as s:
        fill(t, s)
        slowly = strace(t.child("stored"), "-o", "/dev/null", "-e",
                        "trace=pwrite64", "-e",
                        "inject=pwrite64:delay_enter=1500000:when=1")
        thread = threading.Thread(target=lambda: replies.append(
            t.request("POST", path, body, tied(s))))
        thread.start()
        time.sleep(0.2)  # it is with stored by now, mostly
    thread.join(PATIENCE)
    slowly.terminate()
    slowly.wait()
    assert replies
    assert goes(t)


# ---- whose

def test_nobody_elses(tmp_path):
    with Lab(tmp_path) as lab:
        def open_one(who, of=None, back=None):
            return Session(plain(lab), bearer(who, of), back)
        with open_one("a") as s, open_one("b") as other, \
                open_one("admin", "b") as admins:
            assert {s.status, other.status, admins.status} == {201}
            for who in ("a-reader", "b-reader"):
                with open_one(who) as r:
                    assert r.status == 403
            for who, of, status in (("b", None, 404), ("b-reader", None, 403),
                                    ("admin", None, 404), ("wrong", None, 401),
                                    ("a-reader", None, 403)):
                with open_one(who, of, s.id) as r:
                    assert r.status == status, who
                r = lab.ask(who, "POST", "/proxies", {
                    "name": "q", "listen": "127.0.0.1:0",
                    "upstream": "127.0.0.1:9"}, of, tied(s))
                assert r.status == status, (who, r)
            for who, of, one in (("a", None, s), ("b", None, other),
                                 ("admin", "b", admins)):
                r = lab.ask(who, "POST", "/proxies", {
                    "name": f"of-{who}", "listen": "127.0.0.1:0",
                    "upstream": "127.0.0.1:9"}, of, tied(one))
                assert r.status == 201
            admins.go()
            assert wait_until(lambda: set(lab.ask(
                "b", "GET", "/proxies").json()) == {"of-b"})
            assert set(lab.ask("a", "GET", "/proxies").json()) == {"of-a"}
        assert wait_until(lambda: lab.ask(
            "admin", "GET", "/proxies", of="*").json() == {})
        lab.read_to_here()
        for what in ("OPEN", "GONE"):
            assert lab.audit(request=f"SESSION_{what}", outcome="done",
                             session=f"a/{s.id}")
        assert lab.audit(request="SESSION_RENEW", outcome="no such session",
                         session=f"b/{s.id}")


def test_leases_by_default_are_for_others(tmp_path):
    with Lab(tmp_path, more={"limits": {"lease_default_ms": 300}}) as lab, \
            Session(plain(lab), bearer("a")) as s:
        for name, headers in (("tied", tied(s)), ("free", {})):
            r = lab.ask("a", "POST", "/proxies", {
                "name": name, "listen": "127.0.0.1:0",
                "upstream": "127.0.0.1:9"}, headers=headers)
            assert r.status == 201 and (
                "expires_in" in r.json()) == (name == "free")
        assert wait_until(lambda: set(lab.ask(
            "a", "GET", "/proxies").json()) == {"tied"})
        s.go()
        assert wait_until(lambda: lab.ask("a", "GET", "/proxies").json() == {})


def test_one_has_its_share(tmp_path):
    """... and another may still have one."""
    with Lab(tmp_path) as lab, contextlib.ExitStack() as stack:
        status = 201
        for n in range(1025):
            s = stack.enter_context(Session(plain(lab), bearer("a")))
            status = s.status
            if status != 201:
                break
        assert status == 503 and 600 < n < 1024
        with Session(plain(lab), bearer("b")) as s:
            assert s.status == 201
        assert lab.ask("a", "GET", "/proxies").status == 200


@pytest.mark.skipif(os.geteuid() != 0,
                    reason="apid shows its own user nothing")
def test_nothing_is_left_of_one(t):
    with session(t):
        pass
    assert wait_until(lambda: t.request("GET", "/version").status == 200)
    apid = t.child("apid")
    before = len(list(descriptors_of(apid)))
    for _ in range(100):
        with session(t) as s:
            make(t, "p", s, enabled=False)
        assert goes(t)
    assert wait_until(lambda: len(list(descriptors_of(apid))) <= before + 1)
