# SPDX-License-Identifier: ISC
"""A proxy that is in its own way stops listening for a moment, until the next
listener is there: nobody else comes in between, and where ctld dies meanwhile,
it listens where it did."""

import contextlib
import os
import pathlib
import signal
import socket
import threading
import time

import pytest
import rig
from rig import PATIENCE, Toxid, wait_until
from tracing import strace

# A ctld is told of a listener that does not listen, and ends who has it.
TOLD = 0.5


def talks(sock):
    sock.settimeout(PATIENCE)
    sock.sendall(b"x")
    return sock.recv(1) == b"x"


def serves(t, port):
    with contextlib.suppress(OSError):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
            return talks(s)


def listens_everywhere(port):
    """... somebody, by IPv4 and IPv6"""
    rows = pathlib.Path("/proc/net/tcp6").read_text().splitlines()[1:]
    return any(row.split()[1] == "0" * 32 + f":{port:04X}" and
               row.split()[3] == "0A" for row in rows)


def moves(t, where):
    """Asked by another thread: nobody knows whether there is an answer"""
    def ask():
        with contextlib.suppress(OSError):
            t.request("POST", "/proxies/a", {"listen": where},
                      timeout=PATIENCE)
    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def kill_ctld(t, trace):
    was = t.ctld
    os.kill(was, signal.SIGKILL)
    trace.kill()  # nobody hears of a death before who traces it
    trace.communicate()
    assert wait_until(lambda: t.children().get("ctld", [was]) != [was])


def shown(t):
    return t.request("GET", "/proxies/a").json()["listen"]


@pytest.fixture
def shares():
    """A port at which another program of this user would share, and its
    address"""
    port = rig.wide_port()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((rig.own_host(), port))
        other.listen()
        yield port, "%s:%d" % other.getsockname()


def test_nobodys_port_is_shared(echo, shares):
    """Sockets of one user may share, if both want to: of other programs none
    is in toxid's way, and so none is made room beside."""
    port, taken = shares
    with Toxid() as t:
        t.proxy("a", echo.address, f"127.0.0.1:{port}")
        with t.connect("a") as session:
            r = t.request("POST", "/proxies/a", {"listen": taken})
            assert r.status == 500 and b"already in use" in r.body
            assert talks(session) and serves(t, port)
            assert shown(t) == f"127.0.0.1:{port}"


def test_nor_by_way_of_every_address(echo, shares):
    """... where the other one is already"""
    port, _ = shares
    with Toxid() as t:
        t.proxy("a", echo.address, f"127.0.0.1:{port}")
        r = t.request("POST", "/proxies/a", {"listen": f"0.0.0.0:{port}"})
        assert r.status == 500 and b"already in use" in r.body
        assert serves(t, port) and shown(t) == f"127.0.0.1:{port}"


def test_nor_later(echo):
    """Who has moved shares it with none that comes."""
    port = rig.wide_port()
    with Toxid() as t:
        t.proxy("a", echo.address, f"127.0.0.1:{port}")
        for where in ("0.0.0.0", "127.0.0.1"):
            assert t.request("POST", "/proxies/a", {
                "listen": f"{where}:{port}"}).status == 200
            for host in {where, "127.0.0.1"}:
                with socket.socket() as other:
                    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
                        other.setsockopt(socket.SOL_SOCKET, option, 1)
                    with pytest.raises(OSError):
                        other.bind((host, port))
                        other.listen()
            assert serves(t, port)


@rig.needs_ipv6
def test_a_ctld_that_dies_before_it_is_stored(echo, tmp_path):
    port = rig.wide_port()
    with Toxid("-state", str(tmp_path / "state")) as t:
        t.proxy("a", echo.address, f"127.0.0.1:{port}")
        worker = t.worker("a")
        with t.connect("a") as session:
            assert talks(session)
            trace = strace(t.child("stored"), "-e", "trace=pwrite64", "-e",
                           "inject=pwrite64:delay_enter=60000000")
            thread = moves(t, f"0.0.0.0:{port}")
            assert wait_until(lambda: listens_everywhere(port))
            kill_ctld(t, trace)
            thread.join(PATIENCE)
            assert wait_until(lambda: serves(t, port))
            assert not listens_everywhere(port)
            time.sleep(TOLD)
            assert talks(session) and serves(t, port)
            assert t.worker("a") == worker
            assert shown(t) == f"127.0.0.1:{port}"


@rig.needs_ipv6
@pytest.mark.parametrize("nth", range(2, 6))
def test_wherever_it_dies(echo, nth):
    """... before its nth word from then on: the proxy is at one of the two
    places, and toxid keeps no other."""
    port = rig.wide_port()
    with Toxid() as t:
        t.proxy("a", echo.address, f"127.0.0.1:{port}")
        before = rig.listening_ports(t.pid)
        trace = strace(t.ctld, "-e", "trace=sendmsg", "-e",
                       f"inject=sendmsg:delay_enter=60000000:when={nth}+")
        thread = moves(t, f"0.0.0.0:{port}")
        time.sleep(0.3)
        kill_ctld(t, trace)
        thread.join(PATIENCE)
        assert wait_until(lambda: serves(t, port))
        time.sleep(TOLD)
        assert serves(t, port)
        is_moved = shown(t) == f"[::]:{port}"
        assert is_moved or shown(t) == f"127.0.0.1:{port}"
        assert listens_everywhere(port) == is_moved
        assert rig.listening_ports(t.pid) == before
