# SPDX-License-Identifier: ISC
"""Urgent bytes: a read stops before one, and splice(2) for ever.  It goes no
further, as with Toxiproxy; all others do, in order, and the end behind them."""

import contextlib
import random
import socket
import threading

import pytest

import rig

URGENT = b"!"  # in no other place; one that another follows is like others


@contextlib.contextmanager
def session(toxid, name, **toxic):
    """What a client has, and what its upstream has"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        toxid.proxy(name, f"127.0.0.1:{listener.getsockname()[1]}")
        for stream in ("upstream", "downstream") if toxic else ():
            toxid.toxic(name, stream=stream, **toxic)
        with toxid.connect(name) as client:
            upstream, _ = listener.accept()
            upstream.settimeout(rig.PATIENCE)
            with upstream:
                yield client, upstream


def say(sock, pieces):
    """with an urgent byte behind each"""
    for piece in pieces:
        sock.sendall(piece)
        sock.send(URGENT, socket.MSG_OOB)
    sock.sendall(b"the rest")
    sock.shutdown(socket.SHUT_WR)


def hear(sock):
    got = bytearray()
    while more := sock.recv(65536):
        got += more
    return got.replace(URGENT, b"")


@pytest.mark.parametrize("direction", (1, -1))
@pytest.mark.parametrize("toxic", (
    {}, {"kind": "latency", "latency": 1}), ids=("no toxic", "latency"))
def test_a_few_bytes(shared, direction, toxic):
    name = f"few{direction}{len(toxic)}"
    with session(shared, name, **toxic) as ends:
        source, sink = ends[::direction]
        for _ in range(30):
            source.sendall(b"before")
            source.send(URGENT, socket.MSG_OOB)
            source.sendall(b"behind")
            got = b""
            while len(got) < 12:
                got += sink.recv(12).replace(URGENT, b"")
            assert got == b"beforebehind"


@pytest.mark.parametrize("direction", (1, -1))
@pytest.mark.parametrize("seed", range(3))
def test_bulk_and_its_end(shared, direction, seed):
    chance = random.Random(seed)
    pieces = [chance.randbytes(chance.randint(1, 300000))
              .replace(URGENT, b"?") for _ in range(40)]
    with session(shared, f"bulk{direction}{seed}") as ends:
        source, sink = ends[::direction]
        sender = threading.Thread(target=say, args=(source, pieces))
        sender.start()
        got = hear(sink)
        sender.join()
    assert got == b"".join(pieces) + b"the rest"
