# SPDX-License-Identifier: ISC
"""Both ends of a relayed connection in one hand, and the plainest tests.

The other tests of the relay borrow Ends and its companions from here.
"""

import select
import socket
import time

import pytest
import rig
from stalls import stalled

STREAMS = ["upstream", "downstream"]
AGES = ["old session", "new session"]

# What a busy machine may be late, what it is not when it is asked again, and
# what a clock may be early.
LATE = 0.75 + 0.25 * rig.SLOW
PROMPT = 0.15 * rig.SLOW
EARLY = 0.005
# Long enough to say that something does not happen.
QUIET = 0.25
PATIENCE = rig.PATIENCE


class Ends:
    """A proxy whose upstream is this test: open() gives client and server."""

    def __init__(self, toxid, name="p", **proxy):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.toxid, self.name, self.socks = toxid, name, []
        self.proxy = toxid.proxy(name, upstream=f"127.0.0.1:{self.port}",
                                 **proxy)

    def open(self):
        client = self.toxid.connect(self.name)
        server, _ = self.listener.accept()
        for sock in (client, server):
            sock.settimeout(PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socks += [client, server]
        return client, server

    def open_for(self, stream):
        """(source, destination) of that direction"""
        client, server = self.open()
        return (client, server) if stream == "upstream" else (server, client)

    def aged(self, stream, age, *toxic, **attributes):
        """open_for() before or after a toxic is added to that stream"""
        if age == "new session":
            self.toxic(stream, *toxic, **attributes)
            return self.open_for(stream)
        pair = self.open_for(stream)
        pass_byte(*pair)
        self.toxic(stream, *toxic, **attributes)
        return pair

    def toxic(self, stream, kind, toxicity=1, toxic_name=None, **attributes):
        return self.toxid.toxic(self.name, kind, stream=stream,
                                toxicity=toxicity, toxic_name=toxic_name,
                                **attributes)

    def update(self, toxic, **body):
        return expect(200, self.toxid.request(
            "PATCH", f"/proxies/{self.name}/toxics/{toxic}", body))

    def remove(self, toxic):
        expect(204, self.toxid.request(
            "DELETE", f"/proxies/{self.name}/toxics/{toxic}"))

    def patch(self, **body):
        return expect(200, self.toxid.request(
            "PATCH", f"/proxies/{self.name}", body))

    def address(self):
        return rig.address_of(self.proxy["listen"])

    def close(self):
        for sock in [self.listener] + self.socks:
            sock.close()


def expect(status, reply):
    assert reply.status == status, reply.body
    return reply


def receive(sock, size):
    """Exactly so many bytes, or what came before the end."""
    data = b""
    while len(data) < size:
        piece = sock.recv(min(size - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return data


def pass_byte(source, destination):
    source.sendall(b".")
    assert receive(destination, 1) == b"."


def send_while_open(source, data):
    try:
        source.sendall(data)
    except (ConnectionResetError, BrokenPipeError):
        pass  # it was closed while more was on its way


def drain(sock, timeout):
    """All bytes until the end, and which end: "fin", "rst" or "open"."""
    data, until = bytearray(), time.monotonic() + timeout
    while True:
        left = max(0, until - time.monotonic())
        if not select.select([sock], [], [], left)[0]:
            return bytes(data), "open"
        try:
            piece = sock.recv(1 << 20)
        except ConnectionResetError:
            return bytes(data), "rst"
        if not piece:
            return bytes(data), "fin"
        data += piece


def is_quiet(*socks, seconds=QUIET):
    """Nothing comes on any of them: no byte, no end."""
    return not select.select(socks, [], [], seconds)[0]


def is_reset(sock):
    """Also once its FIN has been read; nothing is written to find out."""
    poll = select.poll()
    poll.register(sock, 0)
    return any(what & select.POLLERR for _, what in poll.poll(PATIENCE * 1000))


def within(seconds, nominal, late=LATE):
    """As many until now as there should be"""
    lost = stalled(seconds)
    assert nominal - EARLY <= seconds <= nominal + late + lost, (
        f"{seconds:.3f} s where {nominal:.3f} s was due, {lost:.3f} s lost")


class Stopwatch:
    def __init__(self):
        self.start = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.start


@pytest.fixture
def ends(toxid):
    e = Ends(toxid)
    yield e
    e.close()


@pytest.mark.parametrize("stream", STREAMS)
def test_bytes_arrive_whole_and_in_order(ends, stream):
    source, destination = ends.open_for(stream)
    for size in (1, 2, 1000, 32768, 100000):
        data = bytes(i * 7 % 251 for i in range(size))
        source.sendall(data)
        assert receive(destination, size) == data


def test_both_directions_at_once(ends):
    client, server = ends.open()
    for i in range(100):
        client.sendall(b"to server %03d" % i)
        server.sendall(b"to client %03d" % i)
        assert receive(server, 13) == b"to server %03d" % i
        assert receive(client, 13) == b"to client %03d" % i


def test_sessions_are_not_mixed_up(ends):
    pairs = [ends.open() for _ in range(20)]
    for i, (client, server) in enumerate(pairs):
        client.sendall(b"client %02d" % i)
        server.sendall(b"server %02d" % i)
    for i, (client, server) in enumerate(pairs):
        assert receive(server, 9) == b"client %02d" % i
        assert receive(client, 9) == b"server %02d" % i


def test_idle_session_stays(ends):
    client, server = ends.open()
    assert is_quiet(client, server, seconds=1)
    pass_byte(client, server)
    pass_byte(server, client)
