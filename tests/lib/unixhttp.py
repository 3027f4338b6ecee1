# SPDX-License-Identifier: ISC
"""HTTP by a Unix socket, as this user or another."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys

from rig import PATIENCE, SLOW, Reply

# In a process of its own: whoever connects is who he is at that moment.
CONNECT = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
socket.send_fds(socket.socket(fileno=int(sys.argv[2])), [b"x"], [s.fileno()])
"""


def connect(path, uid=None, gid=None, groups=()):
    """A connection of that user's, in his group"""
    if uid is None:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE)
        s.connect(str(path))
        return s
    ours, theirs = socket.socketpair()
    with ours, theirs:
        subprocess.run(
            [sys.executable, "-c", CONNECT, str(path), str(theirs.fileno())],
            pass_fds=[theirs.fileno()], check=True, timeout=PATIENCE,
            user=uid, group=uid if gid is None else gid,
            extra_groups=list(groups))
        _, (fd,), _, _ = socket.recv_fds(ours, 1, 1)
    s = socket.socket(fileno=fd)
    s.settimeout(PATIENCE)
    return s


class Connection(http.client.HTTPConnection):
    def __init__(self, s, timeout=30):
        super().__init__("toxid", timeout=timeout * SLOW)
        self.sock = s

    def connect(self):
        raise ConnectionError("it has been closed")

    def ask(self, method, path, body=None, headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        self.request(method, path, body, headers or {})
        r = self.getresponse()
        return Reply(r.status, r.headers, r.read())


def request(path, method, url, body=None, headers=None, **who):
    with contextlib.closing(Connection(connect(path, **who))) as c:
        return c.ask(method, url, body, headers)


def is_root():
    return os.geteuid() == 0
