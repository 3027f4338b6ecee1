# SPDX-License-Identifier: ISC
"""Bytes that come in bulk pass through kernel pipes: none is lost there, and
none of the pipes is kept."""

import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest
import rig
from peers import stream as pseudo_random
from rig import wait_until
from test_relay_ends import (PATIENCE, STREAMS, Ends, drain, expect, is_quiet,
                             pass_byte, receive)

LOAD = os.environ.get("LOAD", "build/load")
MIB = 1 << 20

both_ways = pytest.mark.parametrize("stream", STREAMS)


def pipes_of(pid):
    """The kernel pipes of a process: two descriptors each"""
    pipes = [d for d in rig.descriptors_of(pid) if d.startswith("pipe:")]
    return len(pipes) // 2


def has_pipes(pid, count):
    """True also for who may not look: the bytes are checked all the same."""
    return os.geteuid() != 0 or pipes_of(pid) == count


looks_inside = pytest.mark.skipif(
    os.geteuid() != 0, reason="a worker shows its insides to root only")


def private_kb(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(n) for n in re.findall(r"Private_\w+: +(\d+) kB", text))


# ---- everything at full speed, and every byte checked


def verified_bulk(toxid, name, direction, seconds):
    """The load generator's process, at both ends of a new proxy."""
    server = f"{rig.own_host()}:{rig.own_port()}"
    proxy = toxid.proxy(name, upstream=server)
    return subprocess.Popen(
        [LOAD, "bulk", "-verify", "-streams", "2", "-direction", direction,
         "-seconds", str(seconds), "-listen", server,
         "-connect", proxy["listen"]], stdout=subprocess.PIPE)


COMING_AND_GOING = [("noop", {}), ("latency", {"latency": 0}),
                    ("slicer", {"average_size": 20000}),
                    ("latency", {"latency": 1}),
                    ("bandwidth", {"rate": 1000000})]


def change_until(toxid, name, stream, load):
    """Adds and removes toxics as fast as the API lets; how many."""
    changes = 0
    while load.poll() is None:
        kind, attributes = COMING_AND_GOING[changes % len(COMING_AND_GOING)]
        toxid.toxic(name, kind, stream=stream, toxic_name="t", **attributes)
        expect(204, toxid.request(
            "DELETE", f"/proxies/{name}/toxics/t"))
        changes += 1
    return changes


def toxics_come_and_go(toxid, stream, seconds):
    """How many, on streams of which not one byte was wrong"""
    direction = {"upstream": "up", "downstream": "down"}[stream]
    with verified_bulk(toxid, "p", direction, seconds) as load:
        changes = change_until(toxid, "p", stream, load)
        result = json.loads(load.stdout.read())
    assert load.returncode == 0
    assert result["wrong_bytes"] == 0
    assert result["total_bytes"] > 10 * MIB
    expect(204, toxid.request("DELETE", "/proxies/p"))
    return changes


@both_ways
def test_toxics_come_and_go_at_full_speed(toxid, stream):
    assert toxics_come_and_go(toxid, stream, 1) > 5


@pytest.mark.slow
@both_ways
def test_a_thousand_toxics_come_and_go_at_full_speed(toxid, stream):
    changes = 0
    while changes < 1000:
        changes += toxics_come_and_go(toxid, stream, 5)


# ---- a reader that stops while a kernel pipe is full


class Source(threading.Thread):
    """Sends size bytes of the stream in large pieces, then its FIN."""

    def __init__(self, sock, size, seed="bulk"):
        super().__init__(daemon=True)
        self.sock, self.size, self.seed = sock, size, seed
        self.failed = None
        sock.settimeout(None)
        self.start()

    def run(self):
        try:
            for offset in range(0, self.size, MIB):
                self.sock.sendall(pseudo_random(self.seed, offset, MIB))
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.failed = error

    def was_reset(self):
        self.join(PATIENCE)
        return isinstance(self.failed, ConnectionError)


def read_and_check(sock, size, seed="bulk", offset=0):
    while offset < size:
        piece = receive(sock, min(MIB, size - offset))
        assert piece, f"the stream ends after {offset} bytes"
        assert piece == pseudo_random(seed, offset, len(piece))
        offset += len(piece)


ENDLESS = 200 * MIB  # for what sockets hold, and a kernel pipe


def stuck(toxid, ends, stream, size=24 * MIB):
    """(Source, destination): the worker has a kernel pipe with bytes in it"""
    sock, destination = ends.open_for(stream)
    worker = toxid.worker("p")
    source = Source(sock, size)
    # Some at full speed first, so that it is taken for bulk.
    read_and_check(destination, 8 * MIB)
    assert wait_until(lambda: has_pipes(worker, 1))
    time.sleep(0.1)
    return source, destination


@pytest.mark.normal_build  # a slow one need not meet bulk
@both_ways
def test_a_reader_that_stops_gets_it_all_later(toxid, stream):
    ends = Ends(toxid)
    _, destination = stuck(toxid, ends, stream)
    read_and_check(destination, 24 * MIB, offset=8 * MIB)
    assert drain(destination, PATIENCE) == (b"", "fin")
    ends.close()


@pytest.mark.normal_build
@both_ways
@pytest.mark.parametrize("kind, attributes", [
    ("latency", {"latency": 20}), ("slicer", {"average_size": 5000}),
    ("bandwidth", {"rate": 200000}), ("slow_close", {"delay": 50}),
    ("limit_data", {"bytes": 1 << 40}), ("truncate", {"bytes": 1 << 40}),
    ("close", {"after_bytes": 1 << 40}), ("corrupt", {"rate": 0})], ids=lambda v: str(v))
def test_a_toxic_comes_while_a_pipe_is_full(toxid, stream, kind, attributes):
    ends = Ends(toxid)
    _, destination = stuck(toxid, ends, stream)
    ends.toxic(stream, kind, toxic_name="t", **attributes)
    read_and_check(destination, 16 * MIB, offset=8 * MIB)
    ends.remove("t")
    read_and_check(destination, 24 * MIB, offset=16 * MIB)
    assert drain(destination, PATIENCE) == (b"", "fin")
    ends.close()


@pytest.mark.normal_build
@both_ways
def test_a_reset_does_not_wait_for_a_full_pipe(toxid, stream):
    ends = Ends(toxid)
    source, destination = stuck(toxid, ends, stream, ENDLESS)
    worker = toxid.worker("p")
    ends.toxic(stream, "reset_peer", timeout=0)
    assert wait_until(lambda: has_pipes(worker, 0))
    with pytest.raises(ConnectionResetError):
        read_and_check(destination, ENDLESS, offset=8 * MIB)
    assert source.was_reset()
    ends.close()


@pytest.mark.normal_build
@both_ways
def test_a_destination_that_goes_takes_the_pipe_along(toxid, stream):
    ends = Ends(toxid)
    source, destination = stuck(toxid, ends, stream, ENDLESS)
    worker = toxid.worker("p")
    destination.close()
    assert wait_until(lambda: has_pipes(worker, 0))
    assert source.was_reset()
    assert toxid.worker("p") == worker, "SIGPIPE is nobody's end"
    ends.close()


@pytest.mark.normal_build
def test_the_other_direction_goes_on(toxid):
    ends = Ends(toxid)
    source, server = stuck(toxid, ends, "upstream")
    for _ in range(10):
        pass_byte(server, source.sock)
    read_and_check(server, 24 * MIB, offset=8 * MIB)
    ends.close()


# ---- how many, and for how long


@pytest.mark.normal_build
def test_pipes_are_kept_only_while_in_use(toxid):
    ends = Ends(toxid)
    source, destination = ends.open()
    worker = toxid.worker("p")
    assert has_pipes(worker, 0)
    pass_byte(source, destination)
    assert has_pipes(worker, 0)
    Source(source, 32 * MIB)
    read_and_check(destination, 32 * MIB)
    assert wait_until(lambda: has_pipes(worker, 0))
    ends.close()


@pytest.mark.slow
@looks_inside
@pytest.mark.normal_build
def test_many_readers_that_stop_leave_pipes_for_nobody(toxid):
    """64 pipes at most; the next ones are read and written as ever."""
    ends = Ends(toxid)
    worker = toxid.worker("p")
    pairs = [ends.open() for _ in range(100)]
    for i, (client, _) in enumerate(pairs):
        Source(client, 12 * MIB, seed=i)
    for i, (_, server) in enumerate(pairs):
        read_and_check(server, 2 * MIB, seed=i)
    assert wait_until(lambda: is_quiet(*(c for c, _ in pairs), seconds=0.5))
    assert pipes_of(worker) <= 64
    for i, (_, server) in enumerate(pairs):
        read_and_check(server, 12 * MIB, seed=i, offset=2 * MIB)
    assert wait_until(lambda: has_pipes(worker, 0))
    ends.close()


# ---- memory


@looks_inside
@pytest.mark.normal_build
def test_sessions_give_their_memory_back(toxid):
    ends = Ends(toxid)
    worker = toxid.worker("p")
    pass_byte(*ends.open())
    before = private_kb(worker)
    pairs = [ends.open() for _ in range(2000)]
    for client, server in pairs:
        pass_byte(client, server)
    assert private_kb(worker) - before <= 2000 * 0.5
    for client, server in pairs:
        client.close()
        server.close()
    assert wait_until(lambda: private_kb(worker) - before <= 100)
    ends.close()


@looks_inside
@pytest.mark.normal_build
def test_delayed_bytes_give_their_memory_back(toxid):
    ends = Ends(toxid)
    worker = toxid.worker("p")
    source, destination = ends.open()
    pass_byte(source, destination)
    before = private_kb(worker)
    ends.toxic("upstream", "latency", latency=1000)
    Source(source, 16 * MIB)
    assert wait_until(lambda: private_kb(worker) - before > 8 * 1024)
    read_and_check(destination, 16 * MIB)
    assert wait_until(lambda: private_kb(worker) - before <= 200)
    ends.close()  # not before: the session need not end for it
