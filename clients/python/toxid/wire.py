# SPDX-License-Identifier: ISC
"""One request, and its answer: each has a connection of its own, so that any
number of threads may ask at once, and none meets one that has just ended."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from .errors import (
    BadAnswer, Error, NoAnswer, Unauthorized, Unreachable, Unsupported,
    refused)
from .settings import Settings

TEXT_MAX = 500  # of what is no answer of ours, a page most likely


@dataclass(frozen=True)
class Request:
    """lack: what a server that knows nothing of the path cannot do, if not all
    of them do"""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] | None = None
    lack: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def path_of(*steps: str) -> str:
    """A name is one step of a path, whatever is in it: "a/b", and ".."."""
    escaped = []
    for step in steps:
        if not step:
            raise ValueError("a name is empty")
        quoted = urllib.parse.quote(step, safe="")
        escaped.append(quoted.replace(".", "%2E")
                       if step in (".", "..") else quoted)
    return "/" + "/".join(escaped)


@contextlib.contextmanager
def telling(request: Request) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.IncompleteRead) as error:
        said = str(error) or type(error).__name__
        raise NoAnswer(f"{request.name}: {said}") from error
    except http.client.HTTPException as error:
        raise BadAnswer(f"{request.name}: {error!r}") from error


def connect(connection: http.client.HTTPConnection, request: Request) -> None:
    try:
        connection.connect()
    except OSError as error:
        raise Unreachable(f"{request.name}: {error}") from error


def send(connection: http.client.HTTPConnection, settings: Settings,
         request: Request) -> http.client.HTTPResponse:
    """The head of the answer has come.  NoAnswer, BadAnswer"""
    body = None if request.body is None else json.dumps(
        request.body, allow_nan=False).encode()
    with telling(request):
        try:
            connection.request(
                request.method, settings.place.prefix + request.path, body,
                {**settings.headers, **(request.headers or {})})
        except (BrokenPipeError, ConnectionResetError):
            pass  # before it has all come it may have been answered
        return connection.getresponse()


def parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:  # UnicodeDecodeError is one
        raise BadAnswer(f"the answer is no JSON: {error}") from error


def first_line(body: bytes) -> str:
    text = body[:TEXT_MAX].decode(errors="replace").strip()
    return text.splitlines()[0] if text else "it does not say why"


def refusal(settings: Settings, request: Request, status: int,
            retry_after: str, body: bytes) -> Error:
    try:
        reply = parse(body)
    except BadAnswer:
        reply = None
    text = reply.get("error") if isinstance(reply, dict) else None
    if text is None and status in (404, 405) and request.lack:
        return Unsupported(request.lack)
    is_unknown = status == Unauthorized.status_of
    return refused(
        status, first_line(body) if text is None else str(text), request.name,
        reply=reply if isinstance(reply, dict) else None,
        hint=settings.credential.hint() if is_unknown else "",
        retry_after=int(retry_after) if retry_after.isdigit() else None)


def begin(connection: http.client.HTTPConnection, settings: Settings,
          request: Request,
          good: tuple[int, ...] = ()) -> http.client.HTTPResponse:
    """A good answer, or one of those statuses, whose body is yet to be read"""
    response = send(connection, settings, request)
    if response.status // 100 == 2 or response.status in good:
        return response
    with telling(request):
        body = response.read()
    raise refusal(settings, request, response.status,
                  response.headers.get("Retry-After", ""), body)


def answer(connection: http.client.HTTPConnection, settings: Settings,
           request: Request, good: tuple[int, ...] = ()) -> bytes:
    """... and what it has as its body"""
    response = begin(connection, settings, request, good)
    with telling(request):
        return response.read()


def ask(settings: Settings, request: Request,
        good: tuple[int, ...] = ()) -> bytes:
    with contextlib.closing(settings.connection()) as connection:
        connect(connection, request)
        return answer(connection, settings, request, good)
