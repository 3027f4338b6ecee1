# SPDX-License-Identifier: ISC
"""Real TCP servers to relay to, and what to see at the end of a stream."""

import contextlib
import hashlib
import select
import socket
import threading
import time

import rig

BLOCK = 65536


def ending(sock, timeout):
    """Reads to the end: "fin", "rst", or "open" if there is none in time."""
    sock.settimeout(timeout)
    try:
        while sock.recv(BLOCK):
            pass
        return "fin"
    except ConnectionResetError:
        return "rst"
    except (TimeoutError, BlockingIOError):
        return "open"


def meets(address, timeout=0.4):
    """What a client does: a word, and how long it took."""
    began = time.monotonic()
    word = "usual"
    try:
        with socket.create_connection(address, timeout) as s:
            s.settimeout(rig.PATIENCE)
            s.sendall(b"x")
            if s.recv(1) != b"x":
                word = "closed"
    except ConnectionRefusedError:
        word = "refuse"
    except (ConnectionResetError, BrokenPipeError):
        word = "reset"
    except TimeoutError:
        word = "blackhole"
    return word, time.monotonic() - began


def stream(seed, offset, n):
    """n bytes of an endless pseudo-random stream, from offset on"""
    first, skip = divmod(offset, BLOCK)
    last = (offset + n + BLOCK - 1) // BLOCK
    blocks = (hashlib.shake_128(f"{seed} {i}".encode()).digest(BLOCK)
              for i in range(first, last))
    return b"".join(blocks)[skip:skip + n]


class Server:
    """A listener whose connections each have a thread that runs serve()."""

    def __init__(self, host="127.0.0.1", family=socket.AF_INET, port=0):
        self.listener = socket.create_server(
            (host, port), family=family, backlog=1024)
        self.port = self.listener.getsockname()[1]
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        self.address = f"{shown}:{self.port}"
        self.socks = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socks.append(sock)
            threading.Thread(
                target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            self.serve(sock)
        except OSError:
            pass
        finally:
            sock.close()

    def serve(self, sock):
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.socks:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(5 * rig.SLOW)


class Echo(Server):
    """Sends back what it gets; an end for an end."""

    def serve(self, sock):
        while data := sock.recv(BLOCK):
            sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        select.select([sock], [], [], 5)


class Scripted(Server):
    """What script(sock) does, on each connection."""

    def __init__(self, script, **where):
        self.script = script
        super().__init__(**where)

    def serve(self, sock):
        self.script(sock)


CUT = object()


def carry(client, server, lost):
    """Both ways, until one of them ends; lost: see losing()"""
    happens = None
    while True:
        for sock in select.select([client, server], [], [])[0]:
            if not (data := sock.recv(65536)):
                return
            if sock is client:
                happens = happens or lost(data)
                if happens is CUT:
                    return
                server.sendall(data)
            elif happens:
                happens()
                return
            else:
                client.sendall(data)


@contextlib.contextmanager
def losing(address, lost):
    """A network to there, at (host, port): lost(request) says None: it is
    answered; or CUT: its connection ends before it is sent; or what is to
    happen when its answer comes, which does not come any further."""
    def serve_one(client):
        with contextlib.suppress(OSError), client, \
                socket.create_connection(address) as server:
            carry(client, server, lost)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve_one, daemon=True,
                                 args=listening.accept()[:1]).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()
        listening.shutdown(socket.SHUT_RDWR)
