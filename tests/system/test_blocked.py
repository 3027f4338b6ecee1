# SPDX-License-Identifier: ISC
"""Bytes that cannot be passed on for now wait where they are, and more of
them wake nobody; all come, and in order, when there is room."""

import socket
import subprocess
import time

import pytest
from rig import PATIENCE, Toxid, wait_until
from test_idle import rests
from test_relay_ends import Ends, receive

pytestmark = [pytest.mark.normal_build]

TILE = bytes(i * 7 % 251 for i in range(251))
PIECE = 32 * 1024
MOST = 16 * 1024 * 1024
SINGLE = 150  # bytes, each in a packet of its own
# It is asked whether it lives, it says what it has counted; and is told of
# the first byte that it cannot take.
WAKEUPS = 20


def unread(sock):
    """Bytes that the worker has not read of what this socket has sent."""
    ends = *sock.getpeername(), *sock.getsockname()
    found = subprocess.run(
        ["ss", "-tnHO", "src %s:%d and dst %s:%d" % ends],
        capture_output=True, text=True, check=True).stdout
    return int(found.split()[1])


def is_blocked(sock):
    before = unread(sock)
    time.sleep(0.3)
    return before > 0 and unread(sock) == before


def bytes_at(offset, n):
    """of a stream that repeats itself never in step with a buffer"""
    start = offset % len(TILE)
    return (TILE * (n // len(TILE) + 2))[start:start + n]


def block(source):
    """Sends until the worker reads no more; returns how many bytes."""
    for sent in range(PIECE, MOST, PIECE):
        source.sendall(bytes_at(sent - PIECE, PIECE))
        if unread(source) > 0 and is_blocked(source):
            return sent
    raise AssertionError("there is no end to what the worker takes")


def woken_by_single_bytes(toxid, source, sent):
    """How often the worker is."""
    pid = toxid.worker("p")
    before = rests(pid)
    for i in range(SINGLE):
        source.sendall(bytes_at(sent + i, 1))
        time.sleep(0.004)
    return rests(pid) - before


def reads_on(source, sink, sent):
    """What was held comes, and then what is sent to a worker at rest."""
    assert receive(sink, sent) == bytes_at(0, sent)
    assert wait_until(lambda: unread(source) == 0)
    source.sendall(bytes_at(sent, 10))
    assert receive(sink, 10) == bytes_at(sent, 10)


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
def test_by_a_reader_that_does_not_read(stream):
    with Toxid() as toxid:
        source, sink = Ends(toxid).open_for(stream)
        sent = block(source)
        assert woken_by_single_bytes(toxid, source, sent) <= WAKEUPS
        reads_on(source, sink, sent + SINGLE)


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
def test_by_a_toxic_that_holds_all_it_may(stream):
    with Toxid("-session-buffer", "65536") as toxid:
        ends = Ends(toxid)
        source, sink = ends.open_for(stream)
        ends.toxic(stream, "bandwidth", toxic_name="none", rate=0)
        sent = block(source)
        assert woken_by_single_bytes(toxid, source, sent) <= WAKEUPS
        ends.remove("none")
        reads_on(source, sink, sent + SINGLE)


def test_by_an_upstream_that_does_not_accept():
    with Toxid() as toxid, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        toxid.proxy("p", upstream=f"127.0.0.1:{full.getsockname()[1]}")
        client = toxid.connect("p")
        client.settimeout(PATIENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(bytes_at(0, 1))
        assert wait_until(lambda: is_blocked(client))
        assert woken_by_single_bytes(toxid, client, 1) <= WAKEUPS
        for sock in (client, *fillers):
            sock.close()
