#!/usr/bin/python3 -B
# SPDX-License-Identifier: ISC
"""Measures toxid beside no relay at all and other relays.

Every row is measured of every peer in each round, so that what changes on the
machine meanwhile meets them all; what is told are medians over the rounds.
"""

import argparse
import contextlib
import datetime
import os
import pathlib
import signal
import sys

import compare
import machine
import peers
import plot
import processes
import progress
import publish
import report
import results
import rows
from rig import Paths, Rig
from row import BEFORE

FULL = {"rounds": 5, "seconds": 1.5, "warmup": 0.3}
JSON = pathlib.Path("build/bench/bench.json")
IDLE = 0.5  # is a machine with less load than that
QUICK = {"rounds": 1, "seconds": 0.6, "warmup": 0.2}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--row", type=names, default=[], metavar="NAME[,NAME]",
        help="these rows only, or families of rows")
    add("--peer", type=names, default=[], metavar="NAME[,NAME]",
        help="these peers only")
    add("--rounds", type=int, help=f"default: {FULL['rounds']}")
    add("--seconds", type=float,
        help=f"that a load lasts; default: {FULL['seconds']}")
    add("--quick", action="store_true", help="one round of short loads")
    add("--list", action="store_true", help="what there is to measure")
    add("--toxid", type=pathlib.Path, default="build/toxid")
    add("--load", type=pathlib.Path, default="build/load")
    add("--json", type=pathlib.Path, default=JSON,
        metavar="FILE", help="where the results go; the plot beside it")
    add("--compare", metavar="COMMIT|OLD.json",
        help="beside toxid of that commit, in the same run, and no other peer;"
        " or show what has changed since that result")
    add("--show", action="store_true",
        help="measure nothing: what --json has already")
    add("--publish", action="store_true",
        help="put the results into bench/results and README.md")
    return parser.parse_args()


def names(text):
    return [name for name in text.split(",") if name]


def main():
    chosen = options()
    has_old = chosen.compare and os.path.isfile(chosen.compare)
    try:
        wanted = rows.chosen(chosen.row)
        relays = chosen_peers(chosen.peer)
        old = results.Results.read(chosen.compare) if has_old else None
    except (LookupError, OSError) as error:
        sys.exit(f"bench: {error}")
    if chosen.list:
        return listed()
    if chosen.show:
        return told(results.Results.read(chosen.json), chosen, old)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if chosen.compare and not has_old:
            return beside(chosen, wanted)
        found, missing = measured(chosen, wanted, relays)
    except KeyboardInterrupt:
        processes.stop_all()
        sys.exit("\nbench: ended before its time")
    told(found, chosen, old)
    return 1 if missing else 0


def chosen_peers(wanted):
    known = [name for name in peers.PEERS if name != BEFORE]
    for name in wanted:
        if name not in known:
            raise LookupError(f"no peer {name}: there are "
                              + ", ".join(known))
    return [name for name in known if not wanted or name in wanted]


def beside(chosen, wanted):
    """what toxid does, and what that of another commit does"""
    wanted = [row for row in wanted if "toxid" in row.peers]
    if chosen.json == JSON:
        chosen.json = JSON.with_name("compare.json")
    say(f"building {chosen.compare}")
    with contextlib.ExitStack() as stack:
        try:
            before = stack.enter_context(compare.built(chosen.compare))
        except LookupError as error:
            sys.exit(f"bench: {error}")
        found, missing = measured(
            chosen, wanted, ["direct", "toxid", BEFORE], before)
    print("\n".join(compare.text(found, chosen.compare)))
    found.write(chosen.json)
    return 1 if missing else 0


def listed():
    for row in rows.ROWS:
        print(f"{row.name:22} {row.title}")
        print(f"{'':22}   of {', '.join(row.peers)}")


def measured(chosen, wanted, relays, before=None):
    """the results, and what has none"""
    paths = Paths(chosen.toxid.resolve(), chosen.load.resolve(), before)
    relays, notes = present(relays, paths)
    wanted, more = possible(wanted)
    notes += more
    size = QUICK if chosen.quick else FULL
    network = machine.Network()
    rig = Rig(paths, network, machine.raise_limits(),
              chosen.seconds or size["seconds"], size["warmup"], chosen.quick)
    say(*notes, f"in {network}")
    found = results.Results({
        "date": datetime.datetime.now().astimezone().isoformat("T", "seconds"),
        "machine": machine.describe(network), "notes": notes,
        "seconds": rig.seconds, "rows": {}})
    rounds = chosen.rounds or size["rounds"]
    notes.append(f"at most {rounds} rounds, loads of {rig.seconds:g} s")
    run(rig, plan(wanted, relays, rounds), found)
    missing = [f"{row.name} {peer}" for row in wanted
               for peer in among(row, relays) if not found.has(row, peer)]
    if missing:
        notes.append("did not run: " + ", ".join(missing))
    return found, missing


def possible(wanted):
    """the rows that this machine has measured, and what to say of the others"""
    if machine.may_load_programs():
        return wanted, []
    return ([row for row in wanted if not row.programs],
            [f"{row.name} was skipped: it takes CAP_BPF and CAP_PERFMON"
             for row in wanted if row.programs])


def present(relays, paths):
    """the peers that there are, and what to say of the others"""
    lacks = {name: peers.PEERS[name].lacks(paths) for name in relays}
    notes = [f"{name} was skipped: it lacks {what}"
             for name, what in lacks.items() if what]
    if os.geteuid() != 0:
        notes.append("not as root: toxid's memory cannot be seen")
    if (load := os.getloadavg()[0]) > IDLE:
        notes.append("the machine had other work: when this began, its load"
                     f" was {load:.1f}")
    return [name for name in relays if not lacks[name]], notes


def among(row, relays):
    """those of them that it is measured of; beside toxid of another commit
    nobody else, unless a figure is told by it"""
    return [peer for peer in row.measured_of() if peer in relays and (
        BEFORE not in relays or peer != "direct" or row.above_direct)]


def plan(wanted, relays, rounds):
    """[(round, row, peer), ...]; another peer is the first in each round"""
    least = compare.ROUNDS_MIN if BEFORE in relays else 1
    steps = []
    for number in range(rounds):
        for row in wanted:
            if number >= max(least, round(row.share * rounds)):
                continue
            here = among(row, relays)
            turn = number % len(here) if here else 0
            steps += [(number, row, peer)
                      for peer in here[turn:] + here[:turn]]
    return steps


def run(rig, steps, found):
    shown = progress.Progress(rig, steps)
    rounds = 1 + max((number for number, _, _ in steps), default=0)
    for number, row, peer in steps:
        shown.begin(number, rounds, row, peer)
        try:
            sample = row.run(rig, peer)
            found.add(row, peer, {"round": number} | sample)
        except (RuntimeError, OSError) as error:
            shown.say(f"{row.name} {peer}: {error}")
        finally:
            processes.stop_all()
        shown.end(row)
    shown.close()


def told(found, chosen, old):
    for line in report.text(found):
        print(line)
    if old:
        print("\n".join(report.comparison(old, found)))
    if not chosen.show:
        found.write(chosen.json)
    picture = chosen.json.with_suffix(".svg")
    plot.write(found, picture)
    print(f"{chosen.json} and {picture}")
    if chosen.publish:
        publish.publish(found, picture)


def say(*lines):
    for line in lines:
        print(f"bench: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
