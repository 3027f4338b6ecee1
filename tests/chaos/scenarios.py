# SPDX-License-Identifier: ISC
"""Scenarios go through their steps while a process of toxid is killed, or all
are replaced, and then all die at once: each is where the clock has it, clients
meet what its step says, and what others have made loses what it is to."""

import contextlib
import random
import time

import frame
import leases
import peers
import rig
import weather

NAME = "scenarios"
STATES = True

ROUND = 1.0       # seconds at most, until something dies
LATE = 0.3        # s, on a busy machine; how exact a step is others tell
LOOKS = 5         # one that is out of phase is seen to be in one of them
BY_HAND = "by hand"
KINDS = ["looping", "meeting", "once", "network"]
VICTIMS = ["apid", "ctld", "stored", "diald", "resolvd", "an upgrade",
           *(f"relayd [{name}" for name in (*KINDS, weather.LOSSY))]

# What a proxy's clients meet whatever its scenario is at, and in those of its
# steps that say something else.
OWN = {"connect": {"mode": "reset"}}
MET = {1: "refuse", 3: "blackhole"}


def toxic_of(kind, i):
    """... a step's"""
    if kind == "network":
        return [("tcp_loss", {"loss": 0.1}), ("unplug", {})][i % 2]
    return "latency", {"latency": i}


def step_of(kind, i, ms):
    what, attributes = toxic_of(kind, i)
    meets = {"connect": {"mode": MET[i]}} \
        if kind == "meeting" and i in MET else {}
    return {"duration": ms, **meets, "toxics": [
        {"name": f"t{i}", "type": what, "attributes": attributes}]}


class Timetable:
    """A scenario in a proxy of its own, and when each of its steps begins."""

    def __init__(self, t, kind, upstream, dice):
        self.name = self.proxy = self.kind = kind
        self.durations = [dice.randrange(700, 1500) for _ in range(5)]
        t.proxy(self.proxy, upstream, **(OWN if kind == "meeting" else {}))
        t.toxic(self.proxy, "noop", toxic_name=BY_HAND)
        self.asked = now()
        made = t.request("POST", "/scenarios", {
            "name": self.name, "proxy": self.proxy, "loop": kind != "once",
            "steps": [step_of(kind, i, ms)
                      for i, ms in enumerate(self.durations)]})
        assert made.status == 201, made
        self.answered = now()

    def step_at(self, begun):
        """None: it is over"""
        all_ = sum(self.durations) / 1000
        if self.kind == "once" and begun >= all_:
            return None
        begun, i = begun % all_, 0
        while begun >= self.durations[i] / 1000:
            begun -= self.durations[i] / 1000
            i += 1
        return i

    def steps_since(self, asked):
        """Whatever may have been at work"""
        begin, end = max(0, asked - self.answered - LATE), now() - self.asked
        found = set()
        while begin <= end + 0.1:
            found.add(self.step_at(begin))
            begin += 0.1  # less than any step takes
        return found

    def toxics_of(self, i):
        mine = {} if i is None else {f"t{i}": f"scenario:{self.name}:{i}"}
        return {BY_HAND: None, **mine}

    def faults(self, t):
        asked = now()
        shown = t.request("GET", f"/scenarios/{self.name}").json()
        toxics = t.request("GET", f"/proxies/{self.proxy}/toxics").json()
        good = self.steps_since(asked)
        at_work = {x["name"]: x.get("owner") for x in toxics}
        due = [self.toxics_of(i) for i in good]
        return [f"{self.name}: {at_work}, step {shown.get('step')}, of {good}"
                ] * (at_work not in due or shown.get("step") not in good) + \
            self.met(t)

    def met(self, t):
        """... by a client, if not as it should be"""
        if self.kind != "meeting":
            return []
        proxy = t.request("GET", f"/proxies/{self.proxy}").json()
        asked = now()
        word, _ = peers.meets(rig.address_of(proxy["listen"]))
        good = self.steps_since(asked)
        own = proxy.get("connect")
        return [f"{self.name}: {own} and {word}, of {good}"] * (
            own != OWN["connect"] or
            word not in {MET.get(i, OWN["connect"]["mode"]) for i in good})


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Played:
    """What toxid has been told, all of it acknowledged"""

    def __init__(self, t, echo, dice):
        self.lacks = weather.lacks(t)
        self.weather = None if self.lacks else weather.Weather(t, echo)
        self.timetables = [
            Timetable(t, kind, echo.address, dice) for kind in KINDS
            if kind != "network" or not self.lacks]

    def load(self, options, t):
        if self.weather is None:
            return contextlib.nullcontext()
        return self.weather.load(options, t)

    def faults(self, t):
        return [fault for _ in range(LOOKS) for timetable in self.timetables
                for fault in timetable.faults(t)] + \
            (self.weather.faults(t) if self.weather else [])


def judge(verdict, when, t, played):
    """... but while something comes back it may be late"""
    verdict.expect(rig.wait_until(lambda: leases.serves(t)),
                   f"{when}: does not serve")
    time.sleep(LATE)
    faults = played.faults(t)
    verdict.expect(not faults, f"{when}: {faults[:3]}")


def play_round(verdict, number, t, played, dice, load):
    """How many bytes came whole though some were lost on their way"""
    judge(verdict, f"round {number}, started", t, played)
    time.sleep(dice.random() * ROUND)
    victim = dice.choice(VICTIMS)
    leases.strike(t, victim)
    when = f"round {number}, after {victim}"
    judge(verdict, when, t, played)
    return weather.judge(verdict, when, load, victim) if load else 0


def play(verdict, options, echo, dice):
    played, bytes_ = None, 0
    rounds = max(1, options.rounds // 6)
    with frame.folder() as folder:
        for number in range(rounds):
            if number > 0 and not options.has_state:
                played = None  # all is gone with toxid
            with frame.start(options, *options.state(folder), "-spares",
                             "1") as t:
                played = played or Played(t, echo, dice)
                with played.load(options, t) as load:
                    bytes_ += play_round(
                        verdict, number, t, played, dice, load)
                t.cut()
            if verdict.lost:
                break
    verdict.note(f"tcp_loss, unplug: skipped, {played.lacks}"
                 if played.lacks else f"{bytes_ / 1e6:,.1f} MB checked that "
                 f"came although {weather.LOST:.0%} of the segments were lost")
    verdict.done = (f"{rounds} kills of one process, and as many cuts, of "
                    f"{len(played.timetables)} scenarios")


def run(options):
    verdict = frame.Verdict(NAME, "")
    with peers.Echo() as echo:
        play(verdict, options, echo, random.Random(options.seed))
    return verdict
