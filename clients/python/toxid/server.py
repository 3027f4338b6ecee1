# SPDX-License-Identifier: ISC
"""A toxid of a test suite's own."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from types import TracebackType
from typing import Any, Sequence

from .client import Client
from .credentials import VARIABLE
from .errors import Error, NotStarted

LINES = 100  # of its log are kept
STOP_S = 30

# What is about how we ourselves were started is not for the server.
NOT_INHERITED = ("LOG_LEVEL", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                 "JOURNAL_STREAM")

# It becomes the program; beside it, and of another parent, is who ends that
# when nobody holds on to the other end of standard input any more, as where we
# have been killed, and goes when it is told anything.  "$$" is the program's
# number there, too.
START = """
exec 3<&0 0</dev/null
( { read -r told || kill "$$"; } <&3 >/dev/null 2>&1 & )
exec "$@" 3<&-
"""


class Server:
    """A toxid on a port of 127.0.0.1 that nobody else has, with nothing kept
    on disk.  It ends with the `with`, or with the process that has started it,
    also when that is killed, and then with what that has forked.

    program  which is looked for in PATH
    args     more of its options
    timeout  s, until it serves

    NotStarted: it is not there, or what it said before it ended.
    """

    def __init__(self, program: str | os.PathLike[str] = "toxid",
                 args: Sequence[str] = (), *, timeout: float = 30) -> None:
        self.program, self.args = os.fspath(program), tuple(args)
        self.timeout = timeout
        self.url = ""
        self.pid = 0
        self._last: collections.deque[str] = collections.deque(maxlen=LINES)

    @property
    def address(self) -> str:
        """Of its API, as in "127.0.0.1:40123": an upstream that is there"""
        return self.url[len("http://"):]

    @property
    def last_words(self) -> str:
        """The end of its log"""
        return "".join(self._last)

    def client(self, **more: Any) -> Client:
        """As Client() has them; nothing of it is looked for"""
        more.setdefault("token", os.environ.get(VARIABLE, ""))
        return Client(self.url, **more)

    def start(self) -> None:
        self.url = ""
        self._has_ended = False
        self._has_said = threading.Event()  # where it serves, or its end
        program = shutil.which(self.program)
        if program is None:
            raise NotStarted(f"{self.program} is not in PATH: install it, or "
                             "say where it is")
        self._line, theirs = socket.socketpair()
        self._line.settimeout(STOP_S)
        with theirs:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", START, "sh", program, "-host", "127.0.0.1",
                 "-port", "0", *self.args], stdin=theirs.fileno(),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace", env=environment(), start_new_session=True)
        self.pid = self._process.pid
        self._reader = threading.Thread(
            target=self._read, name="toxid log", daemon=True)
        self._reader.start()
        try:
            self._wait_until_it_serves()
        except BaseException:
            self.stop()
            raise

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._last.append(line)
            if not self.url and "Starting Toxiproxy HTTP server" in line:
                self.url = "http://" + json.loads(line)["address"]
                self._has_said.set()
        self._let_go()
        self._has_ended = True
        self._has_said.set()

    def _let_go(self) -> None:
        """From now on its number may be another's: nobody ends it by that."""
        with contextlib.suppress(OSError):
            self._line.send(b"\n")
            self._line.recv(1)

    def _wait_until_it_serves(self) -> None:
        end = time.monotonic() + self.timeout
        self._has_said.wait(self.timeout)
        while self.url and time.monotonic() < end:
            with contextlib.suppress(Error):
                self.client(timeout=1).version()
                return
            if self._has_ended:
                break
            time.sleep(0.01)
        raise NotStarted(self._why())

    def _why(self) -> str:
        """Its log is JSON, a line each; what is wrong with its arguments is
        not."""
        if not self._has_ended:
            return "toxid does not serve"
        line = self._last[-1].strip() if self._last else "toxid has ended"
        try:
            said = json.loads(line)
        except ValueError:
            return line
        return ": ".join(str(said[key]) for key in ("message", "error")
                         if key in said)

    def stop(self) -> None:
        """Returns when it has ended."""
        self._let_go()
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(STOP_S)
        self._line.close()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.stop()


def environment() -> dict[str, str]:
    """Its log says where it serves"""
    return {"LOG_LEVEL": "info", **{
        name: value for name, value in os.environ.items()
        if name not in NOT_INHERITED}}
