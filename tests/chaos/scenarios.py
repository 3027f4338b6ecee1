# SPDX-License-Identifier: ISC
"""Scenarios go through their steps while a process of toxid is killed, or all
are replaced, and then all die at once: each is where the clock has it."""

import random
import time

import frame
import leases
import rig

NAME = "scenarios"
STATES = True

COUNT = 3
ROUND = 1.0       # seconds at most, until something dies
LATE = 0.3        # s, on a busy machine; how exact a step is others tell
LOOKS = 5         # one that is out of phase is seen to be in one of them
BY_HAND = "by hand"


class Timetable:
    """A scenario in a proxy of its own, and when each of its steps begins."""

    def __init__(self, t, number, dice):
        self.name = self.proxy = f"s{number}"
        self.durations = [dice.randrange(700, 1500) for _ in range(5)]
        t.proxy(self.proxy, "127.0.0.1:1")
        t.toxic(self.proxy, "noop", toxic_name=BY_HAND)
        self.asked = now()
        made = t.request("POST", "/scenarios", {
            "name": self.name, "proxy": self.proxy, "loop": True,
            "steps": [{"duration": ms, "toxics": [
                {"name": f"t{i}", "type": "latency",
                 "attributes": {"latency": i}}]}
                for i, ms in enumerate(self.durations)]})
        assert made.status == 201, made
        self.answered = now()

    def steps_between(self, begin, end):
        """Whatever may be at work then"""
        found = set()
        while begin <= end:
            begun, i = begin % (sum(self.durations) / 1000), 0
            while begun >= self.durations[i] / 1000:
                begun -= self.durations[i] / 1000
                i += 1
            found.add(i)
            begin += 0.1  # less than any step takes
        return found

    def faults(self, t):
        asked = now()
        shown = t.request("GET", f"/scenarios/{self.name}").json()
        toxics = t.request("GET", f"/proxies/{self.proxy}/toxics").json()
        good = self.steps_between(max(0, asked - self.answered - LATE),
                                  now() - self.asked + 0.1)
        at_work = {x["name"]: x.get("owner") for x in toxics}
        due = [{BY_HAND: None, f"t{i}": f"scenario:{self.name}:{i}"}
               for i in good]
        return [f"{self.name}: {at_work}, step {shown.get('step')}, of {good}"
                ] * (at_work not in due or shown.get("step") not in good)


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def judge(verdict, when, t, timetables):
    """... but while something comes back it may be late"""
    verdict.expect(rig.wait_until(lambda: leases.serves(t)),
                   f"{when}: does not serve")
    time.sleep(LATE)
    faults = [fault for _ in range(LOOKS) for timetable in timetables
              for fault in timetable.faults(t)]
    verdict.expect(not faults, f"{when}: {faults[:3]}")


def play_round(verdict, number, t, timetables, dice):
    judge(verdict, f"round {number}, started", t, timetables)
    time.sleep(dice.random() * ROUND)
    victim = dice.choice(leases.VICTIMS)
    leases.strike(t, victim)
    judge(verdict, f"round {number}, after {victim}", t, timetables)


def run(options):
    rounds, dice = max(1, options.rounds // 6), random.Random(options.seed)
    verdict, timetables = frame.Verdict(NAME, ""), []
    with frame.folder() as folder:
        for number in range(rounds):
            if number > 0 and not options.has_state:
                timetables = []  # they are gone with toxid
            with frame.start(options, *options.state(folder), "-spares",
                             "1") as t:
                if not timetables:
                    timetables = [Timetable(t, i, dice) for i in range(COUNT)]
                play_round(verdict, number, t, timetables, dice)
                t.cut()
            if verdict.lost:
                break
    verdict.done = (f"{rounds} kills of one process, and as many cuts, of "
                    f"{COUNT} scenarios")
    return verdict
