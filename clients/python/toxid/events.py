# SPDX-License-Identifier: ISC
"""What happens, as it does."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Iterator

from .errors import Error, NoAnswer, Refused, TooManyRequests, Unreachable
from .settings import Settings
from .watched import Event, read_event
from .wire import Request, begin, connect, parse, telling

NO_EVENTS = "the server does not say what happens"
# The server says something every 15 s: who is silent for longer has gone.
SILENT_S = 40
AGAIN_S, AGAIN_MAX_S = 0.1, 3.0
UNAVAILABLE = 503


class Stream:
    """A connection by which events come."""

    def __init__(self, settings: Settings, after: int | None) -> None:
        request = Request(
            "GET", "/events", lack=NO_EVENTS, headers=None if after is None
            else {"Last-Event-ID": str(after)})
        self.request = request
        connection = settings.connection()
        try:
            connect(connection, request)
            self.sock: socket.socket = connection.sock
            self.response = begin(connection, settings, request)
            self.sock.settimeout(SILENT_S)
        except BaseException:
            connection.close()
            raise

    def read(self) -> Event:
        """The next; NoAnswer: there is none any more"""
        while True:
            with telling(self.request):
                line = self.response.readline()
            if not line.endswith(b"\n"):
                raise NoAnswer(f"{self.request.name}: it has ended")
            if line.startswith(b"data:"):
                return read_event(parse(line[len(b"data:"):]))

    def end(self) -> None:
        """Who reads it meanwhile is at its end, too."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        self.response.close()
        self.sock.close()


def may_come_back(error: Error) -> bool:
    """It restarts, or will have room again, and knows then what was
    meanwhile."""
    if isinstance(error, Refused):
        return (isinstance(error, TooManyRequests)
                or error.status == UNAVAILABLE)
    return isinstance(error, (NoAnswer, Unreachable))


class Events(Iterator[Event]):
    """What happens, one event after the other, each of them once.

    The first says how all is, its kind is "state".  Where the connection ends,
    as with a restart or an upgrade, it comes back and goes on behind the last
    one; events that are not to be had any more are one of the kind "gap".

        with client.events() as events:
            for event in events:
                print(event.kind, event.proxy, event.changed)

    close(), by any thread, ends it.
    """

    def __init__(self, settings: Settings, after: int | None,
                 patience: float) -> None:
        self._settings, self._patience = settings, patience
        self.last = after  # the id of the last one
        self._has_begun = False
        self._is_over = False
        self._is_interrupted = threading.Event()
        self._lock = threading.Lock()  # over what follows
        self._stream: Stream | None = None
        self._set(Stream(settings, after))

    # ---- the connection

    def _set(self, stream: Stream | None) -> None:
        with self._lock:
            old, self._stream = self._stream, stream
            if stream is not None and self._is_interrupted.is_set():
                stream.end()
        if old is not None:
            old.close()

    def _come_back(self) -> None:
        """Or it is interrupted; the error that there was for so long is
        raised."""
        pause, until = AGAIN_S, time.monotonic() + self._patience
        while not self._is_interrupted.wait(pause):
            try:
                self._set(Stream(self._settings, self.last))
                return
            except Error as error:
                if not may_come_back(error) or time.monotonic() > until:
                    raise
            pause = min(2 * pause, AGAIN_MAX_S)

    def _read(self) -> Event | None:
        """None: that connection has ended"""
        assert self._stream is not None
        try:
            return self._stream.read()
        except NoAnswer:
            self._set(None)
            return None

    # ---- events

    def _is_news(self, event: Event) -> bool:
        """Of how all is we have asked once, and not when we came back."""
        is_news = event.kind != "state" or not self._has_begun
        self._has_begun = True
        return is_news

    def take(self) -> Event | None:
        """The next; None: interrupt() or close() was called"""
        while not (self._is_over or self._is_interrupted.is_set()):
            if self._stream is None:
                self._come_back()
                continue
            event = self._read()
            if event is not None and self._is_news(event):
                self.last = event.id
                return event
        self._is_interrupted.clear()
        return None

    def interrupt(self) -> None:
        """Who waits in take() returns; the next who does goes on there."""
        with self._lock:
            self._is_interrupted.set()
            if self._stream is not None:
                self._stream.end()

    def close(self) -> None:
        self._is_over = True
        self.interrupt()

    def __next__(self) -> Event:
        event = self.take()
        if event is None:
            self._set(None)
            raise StopIteration
        return event

    def __enter__(self) -> Events:
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()
        self._set(None)
