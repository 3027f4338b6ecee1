# SPDX-License-Identifier: ISC
"""Real TCP servers to relay to, and what to see at the end of a stream."""

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
