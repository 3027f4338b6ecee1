# SPDX-License-Identifier: ISC
"""Who sends many whole requests at once has them in his own way: another's,
that comes with them, is not behind them all; where he is told by his address,
and where the kernel says who he is."""

import contextlib
import json
import os
import select
import signal
import socket

import pytest
import unixhttp
from lab import TOKENS, Lab
from rig import PATIENCE
from test_api_socket import place  # noqa: F401: a fixture

MANY = 300
PROXIES = 5  # one has 64 toxics at most
EACH = MANY // PROXIES


def request(path, body):
    body = json.dumps(body)
    return (f"POST /proxies/{path} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {TOKENS['a']}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def toxic(i):
    return request(f"p{i % PROXIES}/toxics", {"name": f"t{i}", "type": "noop"})


UPDATE = request("p0", {"enabled": False})


def reply(s):
    with s.makefile("rb") as f:
        status = f.readline().split()[1]
        length = 0
        while (line := f.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(status), json.loads(f.read(length))


@contextlib.contextmanager
def stopped(lab):
    """apid; and toxid, which would see that"""
    pids = [lab.pid, lab.child("apid")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


OTHER = 4321  # a user
needs_root = pytest.mark.skipif(not unixhttp.is_root(),
                                reason="needs other users")


@pytest.mark.parametrize("theirs, his", [
    ("127.7.7.7", "127.0.0.1"), (None, "127.0.0.1"), ("127.0.0.1", None),
    pytest.param(None, OTHER, marks=needs_root)],
    ids=["addresses", "of a user", "beside a user", "users"])
@pytest.mark.parametrize("ahead", [MANY, MANY // 2], ids=["last", "amid"])
def test_another_is_not_behind_a_crowd(
        tmp_path, place, ahead, theirs, his):  # noqa: F811
    """Its reply shows how many of theirs were done before: the log, which may
    drop lines of such a crowd, does not have to.  Who: an address, or a user
    of the socket; None: this one."""
    with Lab(tmp_path, "-api-socket", str(place)) as lab, \
            contextlib.ExitStack() as stack:
        def connected(who):
            s = stack.enter_context(
                socket.create_connection((lab.host, lab.port), PATIENCE,
                                         (who, 0))
                if isinstance(who, str) else unixhttp.connect(place, who))
            s.sendall(UPDATE)  # it is libmicrohttpd's then
            assert reply(s)[0] == 200
            return s

        for i in range(PROXIES):
            lab.make("a", f"p{i}", enabled=False)
        crowd = [connected(theirs) for _ in range(MANY)]
        other = connected(his)
        with stopped(lab):
            for i, s in enumerate(crowd[:ahead]):
                s.sendall(toxic(i))
            other.sendall(UPDATE)
            for i, s in enumerate(crowd[ahead:], ahead):
                s.sendall(toxic(i))
        status, proxy = reply(other)
        assert status == 200 and len(proxy["toxics"]) < EACH // 4
        assert {reply(s)[0] for s in crowd} == {200}  # nobody is forgotten
        assert all(len(p["toxics"]) == EACH for p in lab.ask(
            "a", "GET", "/proxies").json().values())


def answered(crowd):
    """how many of them"""
    poll = select.poll()
    for s in crowd:
        poll.register(s, select.POLLIN)
    return len(poll.poll(0))


@pytest.mark.parametrize("what", [b"nonsense\r\n\r\n", None],
                         ids=["nonsense", "end"])
def test_another_is_not_behind_their_heads(tmp_path, what):
    """... nor behind their ends, which are much to do, too.  How far they have
    come is seen a little later; so it is tried a few times."""
    with Lab(tmp_path) as lab:
        def connected(stack, address):
            s = stack.enter_context(socket.create_connection(
                (lab.host, lab.port), PATIENCE, (address, 0)))
            s.sendall(UPDATE)  # it is libmicrohttpd's then
            assert reply(s)[0] == 200
            return s

        def before_another():
            with contextlib.ExitStack() as stack:
                crowd = [connected(stack, "127.7.7.7") for _ in range(MANY)]
                other = connected(stack, "127.0.0.1")
                with stopped(lab):
                    for s in crowd:
                        s.sendall(what) if what else s.shutdown(
                            socket.SHUT_WR)
                    other.sendall(UPDATE)
                assert reply(other)[0] == 200
                n = answered(crowd)
                for s in crowd:
                    s.recv(4096)
                return n

        lab.make("a", "p0", enabled=False)
        assert min(before_another() for _ in range(5)) < MANY // 2
