# SPDX-License-Identifier: ISC
"""What is to be seen of a toxid while it works: sessions, what is counted, and
events."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Any, Mapping

from .codec import Reader, listed
from .errors import BadAnswer
from .values import Stream

State = typing.Literal["dialling", "open", "half-closed", "draining"]


@dataclass(frozen=True)
class ToxicWork:
    """What a toxic does in a session: of none of it 0.

    active  it is at work here, as was drawn
    slices  pieces that it has cut
    cuts    so often it has ended the connection
    decided "chosen", or why not: "client", "index", "toxicity"; None: it has
            no select
    index   of the session, by that; None: it was there before
    own     it is that session's, and not its proxy's
    """

    name: str
    type: str
    stream: Stream
    active: bool
    delayed_bytes: int
    dropped_bytes: int
    slices: int
    cuts: int
    decided: str | None = None
    index: int | None = None
    own: bool = False


@dataclass(frozen=True)
class ProxySession:
    """A client's connection, and that to the upstream.

    id          as "3.17": never that of another
    address     what was reached; None: nothing yet
    state       "dialling", "open", "half-closed", "draining"
    upstream_bytes, downstream_bytes  written to that side
    held_bytes  in the server's memory, now
    toxics      of get_session() alone
    """

    id: str
    proxy: str
    client: str
    upstream: str
    address: str | None
    state: str
    age_ms: int
    upstream_bytes: int
    downstream_bytes: int
    held_bytes: int
    toxics: tuple[ToxicWork, ...] = ()


@dataclass(frozen=True)
class EndedSession:
    """One that has not ended by the FIN of both sides; or several.

    id        None: of several, as client is
    ended_ms  so long ago
    sessions  so many are this entry
    cause     "toxic_reset": a word for programs
    why       in words
    toxic     that did it; None: none did
    """

    id: str | None
    proxy: str
    client: str | None
    age_ms: int
    ended_ms: int
    upstream_bytes: int
    downstream_bytes: int
    sessions: int
    cause: str
    why: str
    toxic: str | None


@dataclass(frozen=True)
class ToxicStats:
    """What a toxic has done since it was made.

    hits  sessions to which it has done anything
    """

    name: str
    type: str
    stream: Stream
    hits: int
    delayed_bytes: int
    dropped_bytes: int


@dataclass(frozen=True)
class ProxyStats:
    """What has gone through a proxy since it was made; its toxics, by name."""

    name: str
    sessions: int
    open_sessions: int
    ended_sessions: int
    dial_failures: int
    toxics: Mapping[str, ToxicStats]


@dataclass(frozen=True)
class Change:
    """None: it is new, or has gone."""

    before: Any
    after: Any


@dataclass(frozen=True)
class Event:
    """Something that has happened.

    kind     "toxic_changed": `man toxid-api` has them all.  "state" is how all
             is, "gap" that events up to its id are not to be had
    at       "2026-11-27T08:00:00.250Z"; None: of a gap
    changed  by field
    missed   of a gap: how many; None: nobody knows
    data     all of it, as it came
    """

    id: int
    kind: str
    at: str | None = None
    tenant: str | None = None
    proxy: str | None = None
    toxic: str | None = None
    changed: Mapping[str, Change] = field(default_factory=dict)
    missed: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_gap(self) -> bool:
        return self.kind == "gap"


# ---- from a server

def read_stream(reader: Reader) -> Stream:
    stream = reader.text("stream")
    if stream not in ("downstream", "upstream"):
        raise BadAnswer(f"a toxic has a stream {stream!r}")
    return typing.cast(Stream, stream)


def read_work(value: Any) -> ToxicWork:
    work = Reader(value, "a toxic")
    select = Reader(work.value.get("select") or {}, "select")
    return ToxicWork(
        name=work.text("name"), type=work.text("type"),
        stream=read_stream(work), active=work.flag("active"),
        delayed_bytes=work.number("delayed_bytes"),
        dropped_bytes=work.number("dropped_bytes"),
        slices=work.number("slices"), cuts=work.number("cuts"),
        decided=select.maybe_text("decided"),
        index=select.maybe_number("index"),
        own=work.value.get("own") is True)


def read_session(value: Any) -> ProxySession:
    session = Reader(value, "a session")
    written = session.inside("bytes")
    return ProxySession(
        id=session.text("id"), proxy=session.text("proxy"),
        client=session.text("client"), upstream=session.text("upstream"),
        address=session.maybe_text("address"), state=session.text("state"),
        age_ms=session.number("age_ms"),
        upstream_bytes=written.number("upstream"),
        downstream_bytes=written.number("downstream"),
        held_bytes=session.number("held_bytes"),
        toxics=tuple(map(read_work, listed(value.get("toxics"), "toxics"))))


def read_ended(value: Any) -> EndedSession:
    session = Reader(value, "a session")
    written = session.inside("bytes")
    return EndedSession(
        id=session.maybe_text("id"), proxy=session.text("proxy"),
        client=session.maybe_text("client"), age_ms=session.number("age_ms"),
        ended_ms=session.number("ended_ms"),
        upstream_bytes=written.number("upstream"),
        downstream_bytes=written.number("downstream"),
        sessions=session.number("sessions"), cause=session.text("cause"),
        why=session.text("why"), toxic=session.maybe_text("toxic"))


def read_toxic_stats(value: Any) -> ToxicStats:
    toxic = Reader(value, "a toxic")
    return ToxicStats(
        name=toxic.text("name"), type=toxic.text("type"),
        stream=read_stream(toxic), hits=toxic.number("hits"),
        delayed_bytes=toxic.number("delayed_bytes"),
        dropped_bytes=toxic.number("dropped_bytes"))


def read_stats(value: Any) -> ProxyStats:
    proxy = Reader(value)
    toxics = map(read_toxic_stats, listed(
        proxy.value.get("toxics"), "toxics"))
    return ProxyStats(
        name=proxy.text("name"), sessions=proxy.number("sessions"),
        open_sessions=proxy.number("open_sessions"),
        ended_sessions=proxy.number("ended_sessions"),
        dial_failures=proxy.number("dial_failures"),
        toxics={toxic.name: toxic for toxic in toxics})


def read_event(value: Any) -> Event:
    event = Reader(value, "an event")
    return Event(
        id=event.number("id"), kind=event.text("event"),
        at=event.maybe_text("at"), tenant=event.maybe_text("tenant"),
        proxy=event.maybe_text("proxy"), toxic=event.maybe_text("toxic"),
        changed={name: Change(each.value.get("before"),
                              each.value.get("after"))
                 for name, each in event.each("changed").items()},
        missed=event.maybe_number("missed"), data=event.value)
