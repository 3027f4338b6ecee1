# SPDX-License-Identifier: ISC
"""Who says too much costs the supervisor no more than its part, however many
they are: counted in processor time, which no other process can use up."""

import os
import time

import pytest
from rig import Nobody, Toxid, wait_until
from test_hostile import stage  # noqa: F401: a fixture
from test_lines import make_bad

pytestmark = pytest.mark.normal_build
FLOODS = 8
TICKS = os.sysconf("SC_CLK_TCK")
# An eighth is theirs; what it costs to look who has something to say is not
# counted.
PART = 0.3


def time_used(pid):
    """by a process, in seconds"""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def part_used(pid, seconds):
    """of a processor"""
    began, used = time.monotonic(), time_used(pid)
    time.sleep(seconds)
    return (time_used(pid) - used) / (time.monotonic() - began)


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_many_workers_that_flood_cost_no_more_than_one(stage):
    with Toxid() as t, Nobody() as nobody:
        stage.change(t, "flood-counters")
        for i in range(FLOODS):
            make_bad(t, nobody, f"bad {i}")
        # Each may have a little more at first.
        assert wait_until(lambda: part_used(t.pid, 0.5) < PART)
        assert part_used(t.pid, 1) < PART
        assert t.request("GET", "/proxies").status == 200
