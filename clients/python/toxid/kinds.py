# SPDX-License-Identifier: ISC
"""The types of toxics, each with its attributes.

What stands between the marks is made of the server's own table, and checked:
`make toxics-publish`."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field, fields
from typing import Any, Mapping

Value = typing.Union[
    int, float, str, typing.Sequence[int], typing.Sequence[str]]


class Kind:
    """What a toxic does, and how much of it."""

    type: str  # as servers call it
    # of these a server shows only what is not as it is by itself
    own: typing.ClassVar[typing.Tuple[str, ...]] = ()

    def attributes(self) -> dict[str, Value]:
        return {name: getattr(self, name) for name in names_of(type(self))}


def names_of(kind: typing.Type[Kind]) -> list[str]:
    """Of its attributes"""
    return [each.name for each in fields(kind) if each.init]


# toxics: begin
@dataclass(frozen=True)
class Latency(Kind):
    """Delays every chunk, in order, counted from its arrival."""

    type: str = field(default="latency", init=False, repr=False)
    own: typing.ClassVar = ('distribution', 'correlation')
    latency: int = 0  # ms: how long
    jitter: int = 0  # ms: up to so much more or less, at random
    distribution: typing.Literal['uniform', 'normal', 'pareto', 'paretonormal'] = 'uniform'  # of jitter, which is the standard deviation of all others
    correlation: float = 0  # of a chunk's delay with that of the chunk before


@dataclass(frozen=True)
class Bandwidth(Kind):
    """Lets so much through, evenly."""

    type: str = field(default="bandwidth", init=False, repr=False)
    own: typing.ClassVar = ('scope', 'burst')
    rate: int = 0  # KB/s: 1000 bytes a second each; 0 holds everything back
    scope: typing.Literal['connection', 'proxy'] = 'connection'  # whose rate it is: each connection's, or that of all
    burst: int = 0  # bytes: how many go at once, after a pause that was long enough


@dataclass(frozen=True)
class SlowClose(Kind):
    """Delays the end of the stream."""

    type: str = field(default="slow_close", init=False, repr=False)
    delay: int = 0  # ms: how long


@dataclass(frozen=True)
class Timeout(Kind):
    """Swallows data, and closes after so long without any."""

    type: str = field(default="timeout", init=False, repr=False)
    timeout: int = 0  # ms: how long; 0 never closes


@dataclass(frozen=True)
class ResetPeer(Kind):
    """Resets the connection, so long after the first byte."""

    type: str = field(default="reset_peer", init=False, repr=False)
    timeout: int = 0  # ms: how long; 0 at once


@dataclass(frozen=True)
class Slicer(Kind):
    """Cuts data into small pieces."""

    type: str = field(default="slicer", init=False, repr=False)
    average_size: int  # bytes: how long a piece is about; it is needed
    size_variation: int = 0  # bytes: up to so much more or less, at random
    delay: int = 0  # us: the pause behind each piece


@dataclass(frozen=True)
class LimitData(Kind):
    """Closes after so many bytes."""

    type: str = field(default="limit_data", init=False, repr=False)
    bytes: int = 0  # bytes: how many go through


@dataclass(frozen=True)
class Noop(Kind):
    """Nothing."""

    type: str = field(default="noop", init=False, repr=False)


@dataclass(frozen=True)
class PacketLoss(Kind):
    """Drops data at random."""

    type: str = field(default="packet_loss", init=False, repr=False)
    loss_rate: float = 0  # the share of chunks that is dropped
    correlation: float = 0  # so much likelier behind one that was dropped


@dataclass(frozen=True)
class Corrupt(Kind):
    """Flips bits at random."""

    type: str = field(default="corrupt", init=False, repr=False)
    rate: float = 0  # the share of bits that is flipped


@dataclass(frozen=True)
class Truncate(Kind):
    """Ends its direction after so many bytes, and drops the rest."""

    type: str = field(default="truncate", init=False, repr=False)
    bytes: int = 0  # bytes: how many go through; 0 ends it at once


@dataclass(frozen=True)
class Close(Kind):
    """Ends the connection after so long, or after so many bytes."""

    type: str = field(default="close", init=False, repr=False)
    after_ms: int = 0  # ms: how long; 0: not by time
    after_bytes: int = 0  # bytes: how many go through; 0: not by bytes
    mode: typing.Literal['fin', 'reset', 'hang'] = 'fin'  # how: closes both sides, resets them, or holds all back


@dataclass(frozen=True)
class TcpLoss(Kind):
    """Loses segments of the network, which TCP sends again."""

    type: str = field(default="tcp_loss", init=False, repr=False)
    loss: float = 0  # the share that is lost, each by itself
    p: float = 0  # in bursts: behind such a share of all segments one begins
    r: float = 1  # behind such a share of those in one it ends
    h: float = 0  # the share that comes through in one
    k: float = 1  # the share that comes through outside of one


@dataclass(frozen=True)
class Unplug(Kind):
    """Pulls the cable: nothing comes or goes, and nobody is told."""

    type: str = field(default="unplug", init=False, repr=False)


KINDS: typing.Dict[str, typing.Type[Kind]] = {
    "latency": Latency,
    "bandwidth": Bandwidth,
    "slow_close": SlowClose,
    "timeout": Timeout,
    "reset_peer": ResetPeer,
    "slicer": Slicer,
    "limit_data": LimitData,
    "noop": Noop,
    "packet_loss": PacketLoss,
    "corrupt": Corrupt,
    "truncate": Truncate,
    "close": Close,
    "tcp_loss": TcpLoss,
    "unplug": Unplug,
}

__all__ = ["KINDS", "Kind", "Other", "Value",
           "Latency",
           "Bandwidth",
           "SlowClose",
           "Timeout",
           "ResetPeer",
           "Slicer",
           "LimitData",
           "Noop",
           "PacketLoss",
           "Corrupt",
           "Truncate",
           "Close",
           "TcpLoss",
           "Unplug",
           ]
# toxics: end


@dataclass(frozen=True)
class Other(Kind):
    """One that is none of these: a newer server's, or of -debug-toxics."""

    type: str
    given: Mapping[str, Value] = field(default_factory=dict)

    def attributes(self) -> dict[str, Value]:
        return dict(self.given)


def frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def kind_of(name: str, attributes: Mapping[str, Any]) -> Kind:
    """As a server shows it"""
    values = {key: frozen(value) for key, value in attributes.items()}
    known = KINDS.get(name)
    if known is None or set(values).union(known.own) != set(names_of(known)):
        return Other(name, values)
    return known(**values)
