# SPDX-License-Identifier: ISC
"""A toxid that has nothing to do does nothing, but for asking its children
whether they live."""

import time

import pytest
from rig import Toxid, wait_until

pytestmark = [pytest.mark.normal_build]

# Two looks at the listeners, and seven children: each is asked in 1.5 s, and
# answers; some at once.  A tick of 50 ms would be twenty more.
WAKEUPS = 12  # a second
TRIES = 8


def rests(pid):
    """How often it has waited for something."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("voluntary_ctxt_switches:"):
                return int(line.split()[1])
    raise AssertionError("the kernel does not count them")


def wakeups(pid):
    """a second, of three"""
    before, began = rests(pid), time.monotonic()
    time.sleep(3)
    return (rests(pid) - before) / (time.monotonic() - began)


def is_whole(t):
    found = t.children()
    return len(found.get("relayd [spare]", [])) == 4 and "apid" in found


@pytest.mark.parametrize("which", ["toxid", "ctld"])
def test_who_is_idle_is_hardly_ever_woken(which):
    with Toxid() as t:
        assert wait_until(lambda: is_whole(t))
        seen = []
        while len(seen) < TRIES and min(seen, default=99) > WAKEUPS:
            seen.append(wakeups(t.pid if which == "toxid" else t.ctld))
        assert min(seen) <= WAKEUPS, seen
