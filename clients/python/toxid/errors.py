# SPDX-License-Identifier: ISC
"""What can go wrong with a call."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Mapping


class Error(Exception):
    """Any of these."""


class Unreachable(Error):
    """There is no way to the server, or its TLS is no good: not asked."""


class NoAnswer(Error):
    """No whole answer came, or none in time: maybe it is done, maybe not."""


class BadAnswer(Error):
    """What came is no answer of a Toxiproxy."""


class Unsupported(Error):
    """This server cannot do that: most likely it is a Toxiproxy."""


class NotStarted(Error):
    """A toxid of our own does not serve; the text is what it said last."""


# How the API says which part of a request it means.
FIELDS = [re.compile(text) for text in (
    r"missing required field: (?P<field>\S+)",
    r"bad request body: (?P<field>[\w.\[\]-]+): ",
    r"invalid attribute (?P<attribute>\w+): ",
    r"\w+ has no attribute \"(?P<attribute>[^\"]+)\"",
    r"invalid toxic (?P<field>type)$",
    r"(?P<field>stream) was invalid",
    r"(?P<field>listen) tcp",
    r"(?:invalid )?(?P<field>[\w.\[\]-]+): ",
)]


def field_of(text: str) -> str | None:
    """ "toxics[0].type", "attributes.rate", "limits.proxies"; None: none"""
    for pattern in FIELDS:
        match = pattern.match(text)
        if match and "attribute" in pattern.groupindex:
            return "attributes." + match["attribute"]
        if match:
            return match["field"]
    return None


class Refused(Error):
    """The server says no: it has not been done.

    status  of HTTP
    text    in the server's words
    field   what of the request is meant: "upstream", "toxics[0].type",
            "attributes.rate", "limits.proxies"; None if it is no part of it
    reply   the whole of its answer, if that is an object: that of populate has
            the "proxies" that were made before
    """

    status_of: ClassVar[int] = 0

    def __init__(self, status: int, text: str, asked: str = "",
                 reply: Mapping[str, Any] | None = None, hint: str = "",
                 retry_after: int | None = None) -> None:
        self.status = status
        self.text = text
        self.field = field_of(text)
        self.asked = asked
        self.reply: Mapping[str, Any] = reply or {}
        self.hint = hint
        self.retry_after = retry_after

    def __str__(self) -> str:
        said = f"{self.asked}: HTTP {self.status}: {self.text}"
        return f"{said} ({self.hint})" if self.hint else said


class BadRequest(Refused):
    """Something of it is not as it has to be: see field."""

    status_of = 400


class Unauthorized(Refused):
    """The server does not know who asks."""

    status_of = 401


class Forbidden(Refused):
    """It knows who asks, and he may not; or he has as much as he may."""

    status_of = 403


class NotFound(Refused):
    """There is no such proxy, toxic, token, tenant or session."""

    status_of = 404


class NotYet(Refused):
    """What was waited for is not so; reached says how far it came."""

    status_of = 408

    @property
    def reached(self) -> int:
        return int(self.reply.get("reached", 0))


class Conflict(Refused):
    """The name is taken."""

    status_of = 409


class TooManyRequests(Refused):
    """In retry_after seconds there is room for more calls."""

    status_of = 429


REFUSED = {kind.status_of: kind for kind in (
    BadRequest, Unauthorized, Forbidden, NotFound, NotYet, Conflict,
    TooManyRequests)}


def refused(status: int, text: str, asked: str, **more: Any) -> Refused:
    return REFUSED.get(status, Refused)(status, text, asked, **more)
