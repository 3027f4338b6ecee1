# SPDX-License-Identifier: ISC
"""A session of the server's, and the thread that holds on to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import threading

from .errors import BadAnswer, Error, NotFound
from .settings import Settings
from .wire import Request, begin, connect

# The server says something every 10 s: who is silent for longer has gone.
SILENT_S = 25
AGAIN_S, AGAIN_MAX_S = 0.1, 3.0
JOIN_S = 5  # of a thread that is coming back at this moment
HEADER = "X-Toxid-Session"


class Line:
    """A connection that is a session, from its first line on.  back: the
    number of the one that it comes back to."""

    def __init__(self, settings: Settings, back: str = "") -> None:
        request = Request(
            "POST", "/session", headers={HEADER: back} if back else None,
            lack="the server has no sessions")
        connection = settings.connection()
        try:
            connect(connection, request)
            self.sock: socket.socket = connection.sock
            self.response = begin(connection, settings, request)
            self.id = self.read()
            if not self.id:
                raise BadAnswer("it does not say which session it has opened")
            self.sock.settimeout(SILENT_S)
        except BaseException:
            connection.close()
            raise

    def read(self) -> str:
        """The number, which each line has; "": there is no line any more"""
        try:
            said = json.loads(self.response.readline())
        except (OSError, ValueError, http.client.HTTPException):
            return ""
        return str(said.get("id", "")) if isinstance(said, dict) else ""

    def end(self) -> None:
        """Who reads it meanwhile is at its end, too.  By TLS nothing more is
        said: its state is the reader's."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        self.end()
        self.response.close()
        self.sock.close()


class Hold:
    """As long as it is not closed, and its process lives, the session does:
    the thread comes back to it where the connection breaks.  Forked children
    that run no other program hold on to it, too."""

    def __init__(self, settings: Settings) -> None:
        """Unsupported: the server has no sessions"""
        self._settings = settings
        self._pid = os.getpid()
        self._lock = threading.Lock()  # over what follows
        self._line = Line(settings)
        self._is_over = threading.Event()
        self._thread = threading.Thread(
            target=self._hold_on, name="toxid session", daemon=True)
        self._thread.start()

    @property
    def id(self) -> str:
        """Of one that has gone, until there is another: nothing is made in
        none"""
        with self._lock:
            return self._line.id

    def _hold_on(self) -> None:
        while not self._is_over.is_set():
            while self._line.read():
                pass
            self._line.close()
            self._come_back()

    def _come_back(self) -> None:
        """A session that has gone meanwhile is followed by a new one."""
        back, pause = self._line.id, AGAIN_S
        while not self._is_over.wait(pause):
            try:
                line = Line(self._settings, back)
            except NotFound:
                back = ""
            except Error:
                pause = min(2 * pause, AGAIN_MAX_S)
            else:
                self._take(line)
                return

    def _take(self, line: Line) -> None:
        with self._lock:
            self._line = line
            if self._is_over.is_set():
                line.end()

    def close(self) -> None:
        """A forked child's is its parent's to close."""
        if self._pid != os.getpid():
            return
        with self._lock:
            self._is_over.set()
            self._line.end()
        self._thread.join(JOIN_S)
