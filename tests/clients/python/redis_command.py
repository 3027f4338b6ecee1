# SPDX-License-Identifier: ISC
"""The program under test: sends one Redis command and says how it ended."""

import socket
import time


class Seen:
    """What came, the seconds to the last byte and to the end, the error."""

    def __init__(self):
        self.text = b""
        self.last = self.end = 0.0
        self.error = None


def command(address, line, want=None):
    host, port = address.rsplit(":", 1)
    seen = Seen()
    start = time.monotonic()
    try:
        with socket.create_connection((host, int(port)), 10) as sock:
            sock.sendall(line.encode() + b"\r\n")
            while want is None or len(seen.text) < want:
                data = sock.recv(65536)
                if not data:
                    break
                seen.text += data
                seen.last = time.monotonic() - start
    except OSError as error:
        seen.error = type(error)
    seen.end = time.monotonic() - start
    return seen


def ping(address):
    return command(address, "PING", 7)
