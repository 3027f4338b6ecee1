# SPDX-License-Identifier: ISC
"""Waiting for what a proxy, or one of its toxics, is yet to count."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.parse

from . import codec
from .errors import Error
from .events import may_come_back
from .settings import Settings
from .wire import Request, answer, connect, parse, path_of

NO_STATS = "the server does not count what toxics do"
AGAIN_S = 0.1


def wish(toxic: str | None, hits: int | None, sessions: int | None,
         ended: int | None) -> dict[str, str]:
    """As the API has it; ValueError"""
    if hits is not None and toxic is None:
        raise ValueError("hits are of a toxic")
    given = {"toxic": toxic, "sessions": sessions, "ended": ended}
    asked = {name: str(each) for name, each in given.items()
             if each is not None}
    if len(asked) != 1:
        raise ValueError("one of toxic, sessions and ended is waited for")
    if toxic is not None:
        asked["hits"] = str(1 if hits is None else hits)
    return asked


class Wait:
    """Until it is so; of a server that is replaced meanwhile it asks again."""

    def __init__(self, settings: Settings, proxy: str, query: dict[str, str],
                 timeout: float) -> None:
        self._settings, self._timeout = settings, timeout
        self._path, self._query = path_of("proxies", proxy, "wait"), query
        self._is_over = threading.Event()
        self._sock: socket.socket | None = None

    def _ask(self, seconds: float) -> int:
        """The answer may take so long, and then as long as any other."""
        query = urllib.parse.urlencode(
            {**self._query, "timeout": str(round(seconds * 1000))},
            quote_via=urllib.parse.quote)
        request = Request("GET", f"{self._path}?{query}", lack=NO_STATS)
        with contextlib.closing(self._settings.connection()) as connection:
            connect(connection, request)
            self._sock = connection.sock
            connection.sock.settimeout(self._settings.timeout + seconds)
            if self._is_over.is_set():
                self.end()  # there was nothing to be ended before
            said = answer(connection, self._settings, request)
        return codec.Reader(parse(said)).number("reached")

    def run(self) -> int:
        until = time.monotonic() + self._timeout
        while True:
            try:
                return self._ask(max(0.0, until - time.monotonic()))
            except Error as error:
                if (not may_come_back(error)  # what was counted stays
                        or time.monotonic() + AGAIN_S > until
                        or self._is_over.wait(AGAIN_S)):
                    raise

    def end(self) -> None:
        """By any thread: run() ends with NoAnswer."""
        self._is_over.set()
        if self._sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
