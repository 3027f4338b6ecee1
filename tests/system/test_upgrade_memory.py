# SPDX-License-Identifier: ISC
"""An upgrade for which there is not enough memory: the running program goes
on.  After the exec there is no way back, so that the trial has to know."""

import resource
import signal

import pytest
from address_space import EXACT, limit, size
from peers import Echo
from rig import Toxid, own_host, wait_until
from test_upgrade import talk

pytestmark = pytest.mark.normal_build

PROXIES = 100
STEP = 16 << 10  # a small part of what so many workers take
FAILED, DONE = "Upgrade failed: the running program goes on", "Upgraded"


def outcomes(t):
    return [line["message"] for line in t.log()
            if line["message"] in (FAILED, DONE)]


def upgrade(t, bytes_of_it):
    """What came of it with so much address space, once there is an API again:
    what was given up late had ended its process, and waits for another."""
    t.wait_until_up()
    n = len(outcomes(t))
    limit(t.pid, bytes_of_it)
    t.process.send_signal(signal.SIGUSR2)
    assert wait_until(lambda: t.process.poll() is not None
                      or len(outcomes(t)) > n)
    assert t.process.poll() is None, t.log()[-1]
    for pid in (t.pid, t.ctld):  # which has begun with it
        limit(pid, resource.RLIM_INFINITY)
    return outcomes(t)[-1]


def test_memory_that_would_end_midway_is_found_by_the_trial():
    with Echo() as echo, Toxid("-spares", "0", env=EXACT) as t:
        for n in range(PROXIES):
            t.proxy(f"p{n}", echo.address, f"{own_host()}:0")
        with t.connect("p7") as s:
            start = size(t.ctld) - PROXIES * 1024  # and of the next
            for n in range(200):
                outcome = upgrade(t, start + n * STEP)
                talk(s)
                if outcome == DONE:
                    break
            assert n > 0 and outcome == DONE
            assert wait_until(lambda: outcomes(t).count(DONE) == 1)
            with t.connect("p8") as new:
                talk(new)
