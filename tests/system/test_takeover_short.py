# SPDX-License-Identifier: ISC
"""A ctld that has too little to take over with ends, and so do those that
follow it; the sessions that there are, and the truth, wait for one that can."""

import contextlib
import os
import resource
import signal
import time

import pytest
from address_space import EXACT, limit, size
from peers import Echo
from rig import Toxid, wait_until
from test_takeover import is_followed, others, says, truth

pytestmark = [pytest.mark.normal_build, pytest.mark.slow]

MANY = 300


@pytest.fixture
def full():
    with Echo() as echo, Toxid("-spares", "0", env=EXACT) as t:
        t.empty = size(t.ctld)
        reply = t.request("POST", "/populate", [
            {"name": f"p{i}", "listen": "127.0.0.1:0",
             "upstream": echo.address} for i in range(MANY)])
        assert reply.status == 201
        t.toxic("p7", "latency", latency=1)
        assert wait_until(lambda: len(others(t)) == MANY + 1)
        yield t


@contextlib.contextmanager
def nothing_is_lost(t):
    before, alive = truth(t), others(t)
    with t.connect("p7") as s, t.connect("p299") as another:
        says(s)
        says(another)
        yield s
        says(s)
        says(another)
        assert truth(t) == before
        t.toxic("p7", "noop")
        t.toxic("p299", "noop")
        assert others(t) == alive
        for name in ("p7", "p299"):
            with t.connect(name) as new:
                says(new)


def test_memory_that_is_short_for_long(full):
    """... for longer than so many deaths would take."""
    with nothing_is_lost(full) as s:
        limit(full.pid, full.empty + (64 << 10))
        was = full.ctld
        os.kill(was, signal.SIGKILL)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            says(s)
            time.sleep(0.1)
            assert full.process.poll() is None
        assert b"Control process was replaced" not in b"".join(full.lines)
        limit(full.pid, resource.RLIM_INFINITY)
        assert wait_until(
            lambda: b"Control process was replaced" in b"".join(full.lines))
        is_followed(full, was)
