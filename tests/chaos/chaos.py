#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Nothing hangs, nothing is lost: proved by force.

Each scenario is a module here with a NAME and a run(options) that returns a
frame.Verdict; what it has lost fails the whole.  One with STATES is played with
-state and without."""

import argparse
import dataclasses
import pathlib
import random
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

import frame  # noqa: E402
import fuzz  # noqa: E402
import killer  # noqa: E402
import leases  # noqa: E402
import powercut  # noqa: E402
import scenarios  # noqa: E402
import soak  # noqa: E402
import tokens  # noqa: E402
import upgrade  # noqa: E402

SCENARIOS = [killer, powercut, tokens, leases, scenarios, soak, upgrade, fuzz]

# What each takes by hand, and in a bounded form.
AT_LENGTH = {"seconds": 60, "connections": 1_000_000, "rounds": 300,
             "kills": 600}
BOUNDED = {"seconds": 15, "connections": 40_000, "rounds": 45, "kills": 45}

# What is shown at the end of a scenario that has lost anything.
LOG_LINES = 40
LOST_MAX = 20
LINE_MAX = 2000


def parse():
    names = [scenario.NAME for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toxid", default="build/toxid")
    parser.add_argument("--load", default="build/load")
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--bounded", action="store_true",
                        help="a minute in all, not many")
    parser.add_argument("--seconds", type=float, help="of each fuzzer")
    parser.add_argument("--kills", type=int, help="of children, with and without -state")
    parser.add_argument("--connections", type=int, help="short ones, to soak")
    parser.add_argument("--rounds", type=int, help="of what is done in rounds")
    parser.add_argument("--seed", type=int, default=random.randrange(10 ** 6),
                        help="of all that is random (it is printed)")
    args = parser.parse_args()
    for name, value in (BOUNDED if args.bounded else AT_LENGTH).items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    return args


def chosen(args):
    if args.only is not None:
        return [s for s in SCENARIOS if s.NAME in args.only]
    return [s for s in SCENARIOS
            if not (args.bounded and hasattr(s, "AT_LENGTH_ONLY"))]


def variants(scenario, options):
    if not hasattr(scenario, "STATES"):
        return [options]
    return [dataclasses.replace(options, has_state=has_state)
            for has_state in (False, True)]


def name_of(scenario, options):
    if not hasattr(scenario, "STATES"):
        return scenario.NAME
    return f"{scenario.NAME}, with{'' if options.has_state else 'out'} -state"


def played(scenario, options):
    """Its verdict, also where it came to no end."""
    frame.started.clear()
    try:
        return scenario.run(options)
    except Exception:
        verdict = frame.Verdict(scenario.NAME, "it came to no end")
        verdict.expect(False, traceback.format_exc())
        return verdict


def play(scenario, options):
    name = name_of(scenario, options)
    print(f"\n{name}: {scenario.__doc__}", flush=True)
    start = time.monotonic()
    verdict = played(scenario, options)
    verdict.name = name
    if verdict.lost:
        verdict.log = frame.last_words(LOG_LINES)
    print(f"  in {time.monotonic() - start:.0f} s", flush=True)
    return verdict


def show(verdicts):
    print("\n| scenario | what was done | what was lost |\n|---|---|---|")
    for verdict in verdicts:
        lost = f"**{len(verdict.lost)}**" if verdict.lost else "nothing"
        print(f"| {verdict.name} | {verdict.done} | {lost} |")


def show_lost(verdict, options):
    """At the end, where it is found: of much output it may be all there is."""
    print(f"\n{verdict.name}, seed {options.seed}: the end of toxid's log")
    for line in verdict.log:
        print(f"  {line[:LINE_MAX]}")
    for note in verdict.notes:
        print(f"  {note}")
    for lost in verdict.lost[:LOST_MAX]:
        print(f"LOST, {verdict.name}: {lost[-LINE_MAX:]}")
    if len(verdict.lost) > LOST_MAX:
        print(f"LOST, {verdict.name}: and {len(verdict.lost) - LOST_MAX} more")


def main():
    args = parse()
    options = frame.Options(args.toxid, args.load, args.seconds,
                            args.connections, args.rounds, args.seed,
                            args.bounded, args.kills)
    print(f"seed {args.seed}")
    frame.raise_descriptors()
    verdicts = [play(scenario, variant) for scenario in chosen(args)
                for variant in variants(scenario, options)]
    show(verdicts)
    for verdict in verdicts:
        if verdict.lost:
            show_lost(verdict, options)
    return any(verdict.lost for verdict in verdicts)


if __name__ == "__main__":
    sys.exit(main())
