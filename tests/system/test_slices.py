# SPDX-License-Identifier: ISC
"""A slice is a write, and a segment on the wire: counted by the kernel where it
leaves, which knows of each whether it is sent for the first time."""

import itertools
import re
import socket
import subprocess
import sys

import pytest
from peers import Echo
from rig import SLOW, Toxid
from test_close_matrix import (both_ways, ends,  # noqa: F401 (a fixture)
                               reset)
from test_relay_ends import (PATIENCE, Ends, Stopwatch, drain, is_quiet,
                             receive, within)


def segments(sock):
    """that had data, and have been sent here: each once, though a busy machine
    acknowledges late, and the kernel then sends some again"""
    info = subprocess.run(
        ["ss", "-tinHO", "src %s:%d and dst %s:%d" % (
            *sock.getpeername(), *sock.getsockname())],
        check=True, capture_output=True, text=True).stdout
    sent = re.search(r" data_segs_out:(\d+)", info)
    again = re.search(r" retrans:\d+/(\d+)", info)  # only where there are any
    assert info.count("\n") == 1, info
    return (int(sent[1]) if sent else 0) - (int(again[1]) if again else 0)


def halves(size, average):
    """How many slices the cutting makes of so many bytes, variation 0"""
    if size <= average:
        return 1
    return halves(size // 2, average) + halves(size - size // 2, average)


def pass_through(source, destination, size):
    """How many segments it takes"""
    before = segments(destination)
    data = bytes(i * 31 % 253 for i in range(size))
    source.sendall(data)
    assert receive(destination, size) == data
    return segments(destination) - before


@both_ways
@pytest.mark.parametrize("delay", [0, 20, 1000])
@pytest.mark.parametrize("average, size", [(100, 10000), (10, 2000),
                                           (1, 500), (1000, 10000)])
def test_each_slice_is_a_segment(ends, stream, average, size, delay):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=average, delay=delay)
    assert pass_through(source, destination, size) == halves(size, average)


@both_ways
@pytest.mark.parametrize("then, attributes, least, most", [
    ("latency", {"latency": 50}, 128, 128),
    # a portion may end in a slice
    ("bandwidth", {"rate": 100000}, 128, 140),
    ("bandwidth", {"rate": 100}, 128, 500),
    ("slicer", {"average_size": 10}, 1024, 1024),
    ("slicer", {"average_size": 1000}, 128, 128),
    ("slow_close", {"delay": 1}, 128, 128),
    ("noop", {}, 128, 128),
], ids=["latency", "bandwidth", "narrow", "finer", "coarser", "slow_close",
        "noop"])
def test_slices_stay_apart_behind_other_toxics(ends, stream, then, attributes,
                                               least, most):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=100, toxic_name="first")
    ends.toxic(stream, then, toxic_name="then", **attributes)
    assert least <= pass_through(source, destination, 10000) <= most


@both_ways
def test_the_pause_begins_when_a_slice_has_left(ends, stream):
    """A reader that does not read stops the slices, not the clock."""
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=50, delay=20000)
    watch = Stopwatch()
    assert pass_through(source, destination, 400) == 8
    within(watch.seconds(), 7 * 0.02)


@both_ways
def test_the_end_comes_behind_the_last_slice(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=1)
    source.sendall(b"z" * 3000)
    source.shutdown(socket.SHUT_WR)
    assert drain(destination, PATIENCE) == (b"z" * 3000, "fin")


@both_ways
@pytest.mark.parametrize("end", ["fin", "rst"])
def test_the_end_comes_at_once_when_the_pause_is_taken_away(ends, stream, end):
    """It was held behind the last slice, and nothing else is to happen."""
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", toxic_name="s", average_size=50,
               delay=60 * 1000 * 1000)
    source.sendall(b"z" * 100)
    assert receive(destination, 50) == b"z" * 50
    source.shutdown(socket.SHUT_WR) if end == "fin" else reset(source)
    assert is_quiet(destination)
    ends.update("s", attributes={"delay": 0})
    assert drain(destination, PATIENCE) == (b"z" * 50, end)


SENDER = """
import socket, sys, threading
host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sock = socket.create_connection((host, port))
threading.Thread(target=sock.sendall, args=(bytes(size),)).start()
print("begins", flush=True)
while size > 0:
    size -= len(sock.recv(1 << 20))
"""


def turns(sock, count):
    """How long each of them takes"""
    for _ in range(count):
        watch = Stopwatch()
        sock.sendall(b"?")
        assert receive(sock, 1) == b"?"
        yield watch.seconds()


def most(times):
    """Nine of ten take no longer: where nobody's turn has a bound, all do."""
    return sorted(times)[len(times) * 9 // 10]


@pytest.mark.slow
@pytest.mark.normal_build
def test_slices_of_a_byte_in_bulk_cost_nobody_else(toxid):
    """One session gets its bulk in single bytes, the others do not notice."""
    with Echo() as echo:
        proxy = toxid.proxy("p", echo.address)
        host, port = proxy["listen"].rsplit(":", 1)
        worker = toxid.worker("p")
        quiet = toxid.connect("p")
        quiet.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        calm = most(list(turns(quiet, 1000)))
        toxid.toxic("p", "slicer", stream="downstream", average_size=1)
        with subprocess.Popen(
                [sys.executable, "-c", SENDER, host, port, "1000000"],
                stdout=subprocess.PIPE) as bulk:
            assert bulk.stdout.readline() == b"begins\n"
            times = list(itertools.takewhile(
                lambda _: bulk.poll() is None, turns(quiet, 5000)))
            assert len(times) >= 1000
            assert bulk.wait(60 * SLOW) == 0
        assert most(times) < max(0.02, 3 * calm)
        assert toxid.worker("p") == worker
        quiet.close()


def test_slices_wait_where_memory_is_short():
    """... and are slices all the same."""
    size, memory = 20000, 150000  # each costs 40 bytes more than its own
    with Toxid("-session-buffer", str(memory)) as toxid:
        e = Ends(toxid)
        source, destination = e.open_for("upstream")
        e.toxic("upstream", "slicer", average_size=1, toxic_name="first")
        e.toxic("upstream", "latency", latency=50, toxic_name="then")
        watch = Stopwatch()
        assert pass_through(source, destination, size) == size
        assert watch.seconds() > 0.05 * (size * 40 // memory)
        e.close()
