# SPDX-License-Identifier: ISC
"""HTTP by hand: every byte of a request is ours, and nothing of a reply is
hidden."""

import socket

TIMEOUT = 20


class Reply:
    """One final reply; `framing` is how its end was marked."""

    def __init__(self):
        self.version = ""
        self.status = 0
        self.headers = []
        self.body = b""
        self.framing = "none"
        self.continued = False

    def header(self, name):
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return ", ".join(values) if values else None


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def exchange(port, request, has_body=True):
    """Sends the bytes of one request and reads its reply, or None."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as sock:
        stream = sock.makefile("rb")
        try:
            sock.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered already
        try:
            return read_reply(stream, has_body)
        except (ConnectionResetError, TimeoutError):
            return None


def read_reply(stream, has_body):
    reply = read_head(stream)
    if reply is None:
        return None
    while reply.status == 100:
        reply = read_head(stream)
        if reply is None:
            return None
        reply.continued = True
    if not has_body or reply.status in (204, 304):
        return reply
    read_body(stream, reply)
    return reply


def read_head(stream):
    line = stream.readline().decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    reply = Reply()
    reply.version, status, _ = (line + "  ").split(" ", 2)
    reply.status = int(status)
    for line in stream:
        line = line.decode("latin-1").rstrip("\r\n")
        if not line:
            break
        name, _, value = line.partition(":")
        reply.headers.append((name, value.strip()))
    return reply


def read_body(stream, reply):
    if reply.header("Transfer-Encoding") == "chunked":
        reply.framing = "chunked"
        reply.body = read_chunks(stream)
    elif reply.header("Content-Length") is not None:
        size = int(reply.header("Content-Length"))
        reply.body = stream.read(size)
        right = len(reply.body) == size
        reply.framing = "length" if right else "cut short"
    else:
        reply.framing = "close"
        reply.body = stream.read()


def read_chunks(stream):
    body = b""
    while True:
        size = int(stream.readline(), 16)
        body += stream.read(size)
        stream.readline()
        if size == 0:
            return body
