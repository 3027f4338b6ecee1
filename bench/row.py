# SPDX-License-Identifier: ISC
"""A row of the benchmark: one thing that is measured of every peer."""

import dataclasses
import typing

ALL = ("direct", "toxid", "toxiproxy", "haproxy", "haproxy-splice", "nginx",
       "trixter")
RELAYS = ALL[1:]
TOXICS = ("toxid", "toxiproxy")
BULK = ("direct", "toxid", "haproxy-splice")


BEFORE = "before"  # toxid of another commit: wherever toxid is measured


@dataclasses.dataclass(frozen=True)
class Figure:
    key: str
    head: str
    digits: int = 1
    more: bool = False  # is better


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    title: str
    group: str
    figures: tuple  # the first is the one that is compared and drawn
    # run(rig, peer) -> {key: number}
    run: typing.Callable
    peers: tuple = ALL
    # idle of idle1000: they share a table
    family: str = ""
    # {key: key of the figure that it is above direct's}
    above_direct: dict = dataclasses.field(default_factory=dict)
    # the key of the figure to tell ratios of, if not the first
    ratios: str = ""
    # in how many of the rounds, of all
    share: float = 1
    # s that a sample takes: so much, and so many times the load's seconds
    cost: tuple = (0.5, 1)
    # not in README's table: there is one like it
    aside: bool = False
    # toxid has to load programs into the kernel for it
    programs: bool = False

    @property
    def main(self):
        return self.figures[0]

    def measured_of(self):
        """peers, in their order"""
        return [*self.peers, *([BEFORE] if "toxid" in self.peers else [])]

    def belongs_to(self, name):
        return name in (self.name, self.family)
