# SPDX-License-Identifier: ISC
"""A child's lines are its own, and so many: nobody else's are forged, and
nobody waits for them."""

import json
import time

import pytest
import rig
from constants import constant
from peers import Echo
from rig import Toxid, wait_until
from stalls import used
from test_hostile import stage  # noqa: F401 a fixture

pytestmark = pytest.mark.normal_build

# Of what is written of one child: a burst, and so many bytes a second.
BURST, RATE = (constant(name, "ctld/quota.c")
               for name in ("LOG_BURST", "LOG_RATE"))
# Three times nothing is nothing, either.
BRIEF = 0.03 * rig.SLOW


def lines_of(t, message):
    return [line for line in t.log() if line["message"].startswith(message)]


@pytest.mark.parametrize("stage", ["relayd", "diald"], indirect=True)
def test_a_forged_line_ends_its_writer(stage):  # noqa: F811
    with Toxid() as t:
        stage.change(t, "forge")
        assert wait_until(lambda: lines_of(t, "Killing a child"))
        stage.change(t, "honest")
        assert wait_until(lambda: lines_of(t, "LOG is malformed"))
        assert not lines_of(t, "forged")
        assert t.stop() == 0


@pytest.mark.parametrize("stage", ["apid"], indirect=True)
def test_an_apid_that_asks_out_of_order(stage):  # noqa: F811
    with Toxid() as t:
        stage.change(t, "skip-ids")
        assert wait_until(lambda: lines_of(t, "PROXY_UPDATE is out of place"))
        stage.change(t, "honest")
        t.wait_until_up()
        assert t.stop() == 0


def change_takes(t, seconds):
    """How long most of them take: but for one of twenty"""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        reply = t.request("POST", "/proxies/p", {"upstream": "127.0.0.1:1"})
        assert reply.status == 200
        took.append(used(time.monotonic() - began))
    return sorted(took)[len(took) * 19 // 20]


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_a_child_that_shouts(stage):  # noqa: F811
    """Its lines have a bound, are counted, and cost others little."""
    with Toxid("-spares", "1", "-runtime-metrics",
               env={"LOG_LEVEL": "info"}) as t, Echo() as echo:
        t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        quiet = change_takes(t, 0.5)
        began, before = time.monotonic(), sum(map(len, list(t.lines)))
        stage.mode("shout")
        stage.kill(t)  # whose deaths are not said at this level
        took = [change_takes(t, 2)]
        while min(took) > max(BRIEF, 3 * quiet) and len(took) < 5:
            took.append(change_takes(t, 2))  # a busy machine may be slow
        seconds = time.monotonic() - began
        written = sum(map(len, list(t.lines))) - before
        assert min(took) <= max(BRIEF, 3 * quiet), took
        # who reads may be slower than who shouts: that is dropped, too
        assert BURST / 16 < written < 2 * BURST + 2 * RATE * seconds
        assert wait_until(lambda: lines_of(
            t, "Log lines dropped: a child says too much"))
        told = lines_of(t, "Log lines dropped: a child says too much")[0]
        assert told["child"] == "relayd" and told["lines"] > 100
        assert wait_until(  # it is reported once a second
            lambda: t.metrics()["toxid_log_lines_dropped_total"] > 100)
        stage.mode("honest")
        stage.kill(t)
        for line in list(t.lines):
            json.loads(line)
        assert t.stop() == 0
