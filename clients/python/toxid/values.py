# SPDX-License-Identifier: ISC
"""What is given to a server, and what comes from it: data."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Any, Mapping

from .kinds import Kind

Stream = typing.Literal["downstream", "upstream"]


@dataclass(frozen=True)
class Select:
    """On which of a proxy's connections a toxic is, and when in each; what is
    not said chooses all.  They are counted from 0 on since the toxic was made,
    or this was changed.

    first         those below it
    every         one of each so many: the first of them, or
    offset        so many behind that
    clients       whose address one of these has, as "10.0.0.0/8"
    after_ms      so long after it was opened
    duration_ms   for so long
    """

    first: int | None = None
    every: int | None = None
    offset: int | None = None
    clients: tuple[str, ...] = ()
    after_ms: int | None = None
    duration_ms: int | None = None


Shape = typing.Literal["sine", "square", "saw"]


@dataclass(frozen=True)
class Wave:
    """How one of a toxic's whole numbers rises above its value and falls below
    it by itself, with the time of day.

    shape       "sine", from the value up first; "square", at the top and then
                at the bottom; "saw", from the bottom to the top
    period      in ms, how long it takes until all is as it was
    amplitude   how far it goes, in the attribute's unit
    """

    shape: Shape
    period: int
    amplitude: int


@dataclass(frozen=True)
class Toxic:
    """A toxic on one direction of a proxy's connections.

    stream        "downstream" is from the server to the client
    toxicity      the share of connections that it is on, 0 to 1
    select        on which of them, and when; None: on all
    wave          of the attributes that rise and fall; None: none does
    name          by itself TYPE_STREAM, as in "latency_downstream"
    ttl_ms        of a new one: it goes by itself after so long; 0: for good
    expires_in_ms in a result: what is left of that; None: no lease
    owner         who takes it away with others: "profile:3g"; None: nobody
    """

    kind: Kind
    stream: Stream = "downstream"
    toxicity: float = 1
    name: str = ""
    ttl_ms: int | None = None
    expires_in_ms: int | None = None
    select: Select | None = None
    owner: str | None = None
    wave: Mapping[str, Wave] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(
                self, "name", f"{self.kind.type}_{self.stream}")


AnyToxic = typing.Union[Kind, Toxic]


def toxic_of(toxic: AnyToxic) -> Toxic:
    return toxic if isinstance(toxic, Toxic) else Toxic(toxic)


Mode = typing.Literal["refuse", "blackhole", "accept_delay", "reset"]
DialFail = typing.Literal["refused", "unreachable", "timeout"]


@dataclass(frozen=True)
class Connect:
    """What a proxy's clients meet before there is a connection through it, and
    what becomes of the dial; Connect() is as usual.

    mode           "refuse", "blackhole", "accept_delay" (by delay_ms), "reset"
    dial_delay_ms  so long the dial waits, or its failure
    dial_fail      "refused", "unreachable", "timeout": it is not made
    syn_loss       the share of clients' first packets that are lost: 0 to 1
    """

    mode: Mode | None = None
    delay_ms: int | None = None
    dial_delay_ms: int | None = None
    dial_fail: DialFail | None = None
    syn_loss: float | None = None


@dataclass(frozen=True)
class Proxy:
    """A proxy, which listens at one address and passes on to the other.

    listen        "host:port"; port 0 is one that is free
    ttl_ms, expires_in_ms  as those of a toxic
    halted        in a result: its toxics are held off
    connect       what its clients meet; None: what is usual
    """

    name: str
    listen: str
    upstream: str
    enabled: bool = True
    toxics: tuple[Toxic, ...] = ()
    ttl_ms: int | None = None
    expires_in_ms: int | None = None
    halted: bool = False
    connect: Connect | None = None
    server: str = field(default="localhost", repr=False, compare=False)

    @property
    def address(self) -> tuple[str, int]:
        """Where clients connect: what listens at all addresses of its host is
        there, too, where the API is."""
        host, _, port = self.listen.rpartition(":")
        host = host.strip("[]")
        return (self.server if host in ("", "0.0.0.0", "::") else host,
                int(port or 0))


@dataclass(frozen=True)
class Happened:
    """When, as in "2026-11-25T10:00:00Z", and what; of which proxy."""

    time: str
    text: str
    proxy: str | None = None


@dataclass(frozen=True)
class Bytes:
    """In one direction: read from one side, and written to the other."""

    received: int
    sent: int


@dataclass(frozen=True)
class ProxyHealth:
    """What has been counted of a proxy."""

    name: str
    enabled: bool
    open_sessions: int
    sessions: int
    upstream: Bytes
    downstream: Bytes
    held_bytes: int
    dial_failures: int
    last_dial_error: Happened | None
    worker_restarts: int
    connect: Connect | None = None


@dataclass(frozen=True)
class Role:
    """The processes of one kind."""

    running: int
    starting: int
    backing_off: int
    retry_ms: int
    restarts: int
    last_error: Happened | None


@dataclass(frozen=True)
class Health:
    """How a server is: ready when there are no reasons why it is not."""

    live: bool
    ready: bool
    reasons: tuple[str, ...]
    version: str
    uptime_s: int
    proxies: int
    enabled: int
    open_sessions: int
    roles: Mapping[str, Role]


@dataclass(frozen=True)
class Limit:
    """Of what a tenant may have only so much.

    used     now; None: the server does not count it
    refused  so often it was in the way
    range    of "ports" which: "20000-20099"
    """

    limit: int
    used: int | None
    refused: int
    range: str | None = None


@dataclass(frozen=True)
class Caller:
    """For whom a server takes us, and what is in that tenant.

    tenant  "" is the one without a name, "*" all of them
    role    "reader", "tenant", "admin"
    token   its name; None: it wants none
    """

    tenant: str
    role: str
    token: str | None
    expires: str | None
    proxies: int
    toxics: int
    limits: Mapping[str, Limit]
    halted: bool


@dataclass(frozen=True)
class Token:
    """A token of a tenant; its secret is said of a new one, this once."""

    name: str
    role: str
    expires: str | None
    last_used: str | None = None
    of_file: bool = False
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Profile:
    """A network by its name: toxics that come together, and go together.

    name          as "3g"
    toxics        of which it is made; of a proxy's, as they are now
    missing       kinds of toxics that it would have, and is applied without, as
                  "tcp_loss" where the server cannot have it
    description   what it is; None, as what follows: of a proxy's
    source        who says that such a network is so
    loss_percent  of segments; None: none are lost, too
    """

    name: str
    toxics: tuple[Toxic, ...]
    missing: tuple[str, ...] = ()
    description: str | None = None
    source: str | None = None
    loss_percent: float | None = None


@dataclass(frozen=True)
class Step:
    """How a proxy is for so long, in a scenario.

    duration_ms   for how long
    toxics        that come at its begin and go at its end, without a ttl; none:
                  nothing is wrong
    profile       in place of toxics, that of a network by its name; None: none,
                  as of what comes from a server, which has its toxics
    connect       what clients meet meanwhile, over the proxy's own; None: that
    missing       of what comes from a server: kinds of toxics that its profile
                  would have, and is applied without
    """

    duration_ms: int
    toxics: tuple[AnyToxic, ...] = ()
    profile: str | None = None
    connect: Connect | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """Steps of a proxy, one behind the other.

    loop          behind the last comes the first
    step          in which it is: 0 is the first
    left_ms       for how long still
    round         how often it has been through all of them
    began         when, as "2026-11-28T04:11:00Z"
    expires_in_ms what is left of its ttl; None: it has none
    missing       kinds of toxics that one of its steps is without
    id            which one of its name it is
    """

    name: str
    proxy: str
    steps: tuple[Step, ...]
    loop: bool
    step: int
    left_ms: int
    round: int
    began: str
    expires_in_ms: int | None = None
    missing: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True)
class Desired:
    """What a source wants a server to be.

    generation  by which the source knows its document
    applied_at  since when, as "2026-11-28T04:11:00.000Z"
    listens     where each of its proxies really listens, by name
    document    as it was put; None: of put_desired(), list_desired()
    changes     of put_desired(): how many proxies were "made", "replaced",
                "removed" and "unchanged"
    """

    source: str
    generation: str
    applied_at: str | None = None
    listens: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None
    changes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Halts:
    """Whose toxics are held off.

    halted   those of the tenant that we act in, or of all
    all      everybody's are, by an administrator
    tenants  those that are for themselves, of those that we may see
    """

    halted: bool
    all: bool
    tenants: tuple[str, ...]
