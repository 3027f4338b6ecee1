# SPDX-License-Identifier: ISC
"""Who says too much costs ctld, and resolvd, no more than its part, however
many they are: counted in processor time, which no other process can use up."""

import os
import time

import pytest
from rig import Nobody, Toxid, wait_until
from test_hostile import stage  # noqa: F401: a fixture
from test_lines import make_bad

pytestmark = pytest.mark.normal_build
FLOODS = 8
TICKS = os.sysconf("SC_CLK_TCK")
# An eighth is theirs, and a quarter apid's; what it costs to look who has
# something to say is not counted.  Half of resolvd's is diald's.
PARTS = {"relayd": 0.3, "apid": 0.45, "diald": 0.65}


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


def settles(pid, part):
    """Each may have a little more at first, and again when it is replaced."""
    assert wait_until(lambda: part_used(pid, 0.5) < part)
    parts = sorted(part_used(pid, 0.5) for _ in range(3))
    assert parts[1] < part, parts


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_many_workers_that_flood_cost_no_more_than_one(stage):
    with Toxid() as t, Nobody() as nobody:
        stage.change(t, "flood-counters")
        for i in range(FLOODS):
            make_bad(t, nobody, f"bad {i}")
        settles(t.ctld, PARTS["relayd"])
        assert t.request("GET", "/proxies").status == 200


@pytest.mark.parametrize("stage", ["apid"], indirect=True)
def test_an_apid_that_floods_leaves_the_rest_to_others(stage):
    """... with changes that all wait for the same look-up."""
    with Toxid() as t:
        t.proxy("bad", "127.0.0.1:1")
        stage.change(t, "flood-requests")
        settles(t.ctld, PARTS["apid"])
        assert t.process.poll() is None


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
def test_a_diald_that_floods_leaves_the_rest_to_others(stage):
    """... with names that are found at once."""
    with Toxid() as t:
        t.proxy("good", "127.0.0.1:1")
        stage.change(t, "flood-lookups")
        assert wait_until(lambda: t.children().get("resolvd"))
        pid, = t.children()["resolvd"]
        assert wait_until(lambda: part_used(pid, 0.5) > PARTS["diald"] / 10)
        settles(pid, PARTS["diald"])
        assert t.request("GET", "/proxies").status == 200
