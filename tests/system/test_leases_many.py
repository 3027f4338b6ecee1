# SPDX-License-Identifier: ISC
"""Ten thousand leases, each of which ends in its time, and never before,
whoever dies meanwhile; and what a power cut leaves of some."""

import os
import random
import signal

import pytest
from rig import SLOW, wait_until
from test_leases import (  # noqa: F401 (fixtures)
    add, make, names, now, rows, start, toxics)
from test_takeover import is_followed

pytestmark = pytest.mark.normal_build

PROXIES, TOXICS = 40, 250
SHORTEST, LONGEST = 4, 10  # s
APART = 1  # s, of kills: of nine ctlds in a row toxid dies, as it is to
LATE = 2 * SLOW


class Leases:
    """When each toxic ends: not before one time, and soon after another"""

    def __init__(self, t, seed):
        self.t, self.dice, self.ends = t, random.Random(seed), {}

    def make(self, proxy):
        ttls = {f"x{i}": self.dice.randrange(
            SHORTEST * 1000, LONGEST * 1000) * SLOW for i in range(TOXICS)}
        listed = [{"type": "noop", "name": name, "ttl": ttl}
                  for name, ttl in ttls.items()]
        listed.append({"type": "noop", "name": "kept"})
        asked = self.ask([{"name": proxy, "upstream": "x:1", "enabled": False,
                           "toxics": listed}])
        for name, ttl in ttls.items():
            self.ends[proxy, name] = (
                asked + ttl / 1000 - 0.001, now() + ttl / 1000 + LATE)

    def ask(self, entries):
        """When it was: again where it was not stored within 2 s, as happens on
        a machine that has no time for stored, and so was not made."""
        asked, r = None, None

        def is_answered():
            nonlocal asked, r
            asked = now()
            r = self.t.request("POST", "/populate", entries)
            return r.status != 500
        assert wait_until(is_answered) and r.status == 201, r
        return asked

    def look(self):
        """How many there are"""
        asked = now()
        found = {(name, each["name"]) for name, proxy in
                 self.t.request("GET", "/proxies").json().items()
                 for each in proxy["toxics"]}
        answered = now()
        early = [one for one, (begin, _) in self.ends.items()
                 if answered < begin and one not in found]
        late = [one for one, (_, end) in self.ends.items()
                if end < asked and one in found]
        assert not early and not late, (early[:5], late[:5])
        return len(found)


@pytest.mark.parametrize("seed", [1])
def test_each_in_its_time(start, state, seed):  # noqa: F811
    t = start()
    leases = Leases(t, seed)
    for i in range(PROXIES):
        leases.make(f"p{i}")
    dice, seen, killed = random.Random(seed), [], now()
    while not seen or seen[-1] > PROXIES:
        seen.append(leases.look())
        if len(seen) % 10 == 3 and now() >= killed + APART * SLOW:
            killed = now()
            title = dice.choice(["ctld", "apid", "stored"])
            old = t.child(title)
            os.kill(old, signal.SIGKILL)
            if title == "ctld":
                is_followed(t, old)
            assert wait_until(
                lambda: t.request("GET", "/version").status == 200)
    assert names(t) == {f"p{i}" for i in range(PROXIES)}
    assert all(toxics(t, f"p{i}") == {"kept"} for i in range(PROXIES))
    t.request("POST", "/proxies/p0", {"enabled": False})  # it is told
    t.cut()
    assert rows(state, "toxics").keys() == {"kept"}


def test_a_cut_in_the_middle(start, state):  # noqa: F811
    """What has not ended goes on, and ends in its time."""
    t = start()
    t.proxy("stays", "127.0.0.1:9")
    add(t, "stays", "kept", 0)
    add(t, "stays", "long", 600000)
    began = now()
    make(t, "p", 5000 * SLOW)
    add(t, "stays", "x", 5000 * SLOW)
    made = now()
    t.cut()
    t = start()
    while now() < began + 5 * SLOW - 0.01:
        there = names(t), toxics(t, "stays")
        if now() < began + 5 * SLOW - 0.01:
            assert there == ({"stays", "p"}, {"kept", "long", "x"})
    assert wait_until(lambda: names(t) == {"stays"} and
                      toxics(t, "stays") == {"kept", "long"})
    assert now() < made + 5 * SLOW + LATE
    t.stop()
    assert rows(state, "proxies").keys() == {"stays"}
