# SPDX-License-Identifier: ISC
"""A scenario's step says what clients meet, too: over the proxy's own connect,
which shows again when the step ends, whatever dies meanwhile."""

import os
import signal

import pytest
from rig import SLOW, Toxid, own_host, wait_until
from test_connect import (BLACKHOLE, LATE, MODES, REFUSE, RESET, by_mode, get,
                          is_in, put)
from test_scenarios import YEAR, ask, events, noop, shown, start, step
from test_takeover import is_followed
from test_upgrade import upgrade


@pytest.fixture
def t(echo):
    with Toxid() as t:
        t.proxy("p", echo.address, f"{own_host()}:0")
        yield t


def stop(t):
    ask(t, "DELETE", "/scenarios/s", want=204)


@by_mode
@pytest.mark.parametrize("toxics", [[], [noop("a")]])
def test_it_is_so_when_it_is_answered(t, mode, toxics):
    made = start(t, step(YEAR, *toxics, connect=MODES[mode]))
    assert made["steps"][0].get("connect", {}) == MODES[mode]
    assert made["steps"] == shown(t)["steps"]
    assert is_in(t, mode)
    assert "connect" not in get(t), "the proxy's own is its own"
    stop(t)
    assert is_in(t, "usual")


def test_it_goes_and_comes_with_its_step(t):
    put(t, RESET)
    start(t, step(2500 * SLOW, connect=REFUSE), step(2500 * SLOW),
          step(YEAR, noop("a"), connect=LATE))
    assert is_in(t, "refuse")
    # a step is shown when its worker has been told, and may not have heard
    for at, mode in (1, "reset"), (2, "accept_delay"):
        assert wait_until(lambda at=at: shown(t)["step"] == at)
        assert wait_until(lambda mode=mode: is_in(t, mode))
    assert get(t)["connect"] == RESET
    assert [e.get("connect_mode") for e in events(t)
            if e["event"] == "scenario_step"] == [
                "refuse", None, "accept_delay"]


def test_it_is_over_and_so_is_its_connect(t):
    start(t, step(300 * SLOW, connect=REFUSE))
    assert wait_until(
        lambda: t.request("GET", "/scenarios/s").status == 404)
    assert wait_until(lambda: is_in(t, "usual"))
    assert events(t)[-1]["why"] == "over"


def test_its_lease_ends(t):
    start(t, step(YEAR, connect=REFUSE), ttl=300 * SLOW)
    assert wait_until(
        lambda: t.request("GET", "/scenarios/s").status == 404)
    assert wait_until(lambda: is_in(t, "usual"))


def test_the_proxys_own_is_changed_beneath(t):
    put(t, BLACKHOLE)
    start(t, step(YEAR, connect=REFUSE))
    assert is_in(t, "refuse")
    put(t, RESET)
    assert get(t)["connect"] == RESET and is_in(t, "refuse")
    stop(t)
    assert is_in(t, "reset")
    start(t, step(YEAR))
    put(t, REFUSE)
    assert is_in(t, "refuse"), "nothing is laid over it"


@pytest.mark.parametrize("toxics", [[], [noop("a")]])
def test_a_reset_is_the_end_of_both(t, toxics):
    put(t, BLACKHOLE)
    start(t, step(YEAR, *toxics, connect=REFUSE))
    ask(t, "POST", "/reset", want=204)
    assert is_in(t, "usual") and "connect" not in get(t)
    shown(t, want=404)


def test_a_halt_is_the_end_of_it(t):
    put(t, RESET)
    start(t, step(YEAR, connect=REFUSE))
    ask(t, "POST", "/halt")
    assert is_in(t, "usual")
    assert wait_until(
        lambda: t.request("GET", "/scenarios/s").status == 404)
    ask(t, "POST", "/resume")
    assert is_in(t, "reset")


def test_it_is_of_its_proxy_alone(t, echo):
    t.proxy("q", echo.address, f"{own_host()}:0")
    start(t, step(YEAR, connect=REFUSE))
    start(t, step(YEAR, connect=RESET), name="t", proxy="q")
    assert is_in(t, "refuse") and is_in(t, "reset", "q")
    ask(t, "DELETE", "/proxies/p", want=204)
    t.proxy("p", echo.address, f"{own_host()}:0")
    assert is_in(t, "usual") and is_in(t, "reset", "q")


def test_one_that_is_disabled_has_it_when_it_is_not(t):
    start(t, step(YEAR, connect=BLACKHOLE))
    ask(t, "POST", "/proxies/p", {"enabled": False})
    assert is_in(t, "refuse")
    ask(t, "POST", "/proxies/p", {"enabled": True})
    assert is_in(t, "blackhole")


def test_what_is_usual_lays_nothing_over(t):
    put(t, RESET)
    made = start(t, step(YEAR, connect={}), step(YEAR, connect=None))
    assert [list(s) for s in made["steps"]] == [["duration", "toxics"]] * 2
    assert is_in(t, "reset")


def test_a_state_has_it(t):
    put(t, RESET)
    start(t, step(YEAR, connect=REFUSE), step(7))
    (state,) = ask(t, "GET", "/state")
    assert state["connect"] == RESET
    assert [s.get("connect") for s in state["scenario"]["steps"]] == [
        REFUSE, None]
    ask(t, "DELETE", "/proxies/p", want=204)
    ask(t, "POST", "/populate", [state], 201)
    assert is_in(t, "refuse")
    stop(t)
    assert is_in(t, "reset")


# ---- whatever dies

def dies(t, who):
    if who == "upgrade":
        upgrade(t)
        return
    before = t.ctld if who == "ctld" else t.worker("p")
    os.kill(before, signal.SIGKILL)
    if who == "ctld":
        is_followed(t, before)
    else:
        assert wait_until(lambda: t.worker("p") not in (None, before))


@pytest.mark.normal_build
@pytest.mark.parametrize("who", ["ctld", "relayd", "upgrade"])
@pytest.mark.parametrize("mode", ["refuse", "accept_delay"])
def test_it_outlives(t, who, mode):
    put(t, RESET)
    start(t, step(YEAR, connect=MODES[mode]))
    dies(t, who)
    assert is_in(t, mode)
    stop(t)
    assert is_in(t, "reset")


@pytest.mark.normal_build
@pytest.mark.parametrize("who", ["ctld", "upgrade"])
def test_a_step_that_was_missed_is_made_up_for(t, who):
    start(t, step(700 * SLOW, connect=REFUSE), step(YEAR, connect=RESET))
    dies(t, who)
    assert wait_until(lambda: shown(t)["step"] == 1)
    assert wait_until(lambda: is_in(t, "reset"))


@pytest.mark.normal_build
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_outlives_a_restart(tmp_path, echo, how):
    state = str(tmp_path / "state")
    steps = step(2000 * SLOW), step(YEAR, noop("a"), connect=LATE), step(
        YEAR, connect={**REFUSE, "dial_delay": 7, "dial_fail": "timeout"})
    with Toxid("-state", state) as t:
        t.proxy("p", echo.address, f"{own_host()}:0", connect=RESET)
        was = start(t, *steps)["steps"]
        if how == signal.SIGKILL:
            os.kill(t.child("stored"), how)  # the next is told all anew
            wait_until(lambda: t.request("GET", "/health").status == 200)
            t.proxy("q", echo.address)
    with Toxid("-state", state) as t:
        assert shown(t)["steps"] == was and get(t)["connect"] == RESET
        assert wait_until(lambda: shown(t)["step"] == 1)
        assert wait_until(lambda: is_in(t, "accept_delay"))
        stop(t)
        assert is_in(t, "reset")
    with Toxid("-state", state) as t:
        assert ask(t, "GET", "/scenarios") == [] and is_in(t, "reset")


# ---- first packets are lost by a program

def test_first_packets_are_lost_where_they_can_be(t):
    """Refused as that of a proxy is, which is asked first."""
    of_proxy = t.request("POST", "/proxies/p", {"connect": {"syn_loss": 0.5}})
    put(t, {})
    r = t.request("POST", "/scenarios", {
        "name": "s", "proxy": "p",
        "steps": [step(YEAR), step(YEAR, connect={"syn_loss": 0.5})]})
    if of_proxy.status == 200:
        assert r.status == 201, r
        return
    assert (r.status, r.json()["error"]) == (400, of_proxy.json()["error"])
    assert ask(t, "GET", "/scenarios") == []
