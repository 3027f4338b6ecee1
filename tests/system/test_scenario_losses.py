# SPDX-License-Identifier: ISC
"""A scenario's step whose profile loses segments is without them where they
cannot be lost, and says so: no capability, or no program that is free."""

import contextlib
import json
import os
import signal
import sqlite3

import pytest
from losses import do_without
from rig import Toxid, wait_until
from test_loss_pool import LOSES, PROGRAMS, able, few, use  # noqa: F401
from test_scenario_connect import dies
from test_scenarios import YEAR, ask, names, noop, shown, start, step
from test_state import database, run_until_exit
from test_tcp_loss import lacks

MISSING = ["tcp_loss"]
STEPS = step(YEAR, profile="3g"), step(YEAR, noop("n")), step(
    YEAR, profile="gprs"), step(YEAR, profile="slow-4g")
WITHOUT = [MISSING, None, MISSING, None]
NONE = [None] * len(STEPS)

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root, to do without what it may")


def missing(s):
    """Of the whole, and of each step"""
    of_steps = [one.get("missing") for one in s["steps"]]
    assert s.get("missing") == next(filter(None, of_steps), None)
    return of_steps


def kinds(s):
    return [{t["type"] for t in one["toxics"]} for one in s["steps"]]


def is_there_without(t):
    s = shown(t)
    assert ask(t, "GET", "/scenarios")[0]["steps"] == s["steps"]
    assert missing(s) == WITHOUT
    assert not any("tcp_loss" in those for those in kinds(s))
    # behind a restart as soon as it is looked at
    assert wait_until(lambda: len(names(t)) == 4)


@pytest.fixture
def full(able):  # noqa: F811
    """Its last program is lent"""
    able.proxy("p", "127.0.0.1:1")
    use(able, PROGRAMS)
    yield able


@pytest.fixture
def unable(tmp_path):
    """It may not lose segments"""
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"profiles": {"only": [LOSES]}}))
    with Toxid("-config", str(config), preexec_fn=do_without) as t:
        t.proxy("p", "127.0.0.1:1")
        yield t


# ---- it begins without

def test_past_the_last_program(full):
    made = start(full, *STEPS)
    assert missing(made) == WITHOUT and made["steps"] == shown(full)["steps"]
    is_there_without(full)
    assert not [e for e in full.log() if "No segment" in e["message"]]


def test_what_it_has_begun_without_it_stays_without(full):
    """One that begins when a program is free has it"""
    start(full, *STEPS)
    ask(full, "DELETE", "/proxies/p0", want=204)
    full.proxy("q", "127.0.0.1:1")

    def has_it():
        made = start(full, *STEPS, name="t", proxy="q")
        if missing(made) == NONE:
            return "tcp_loss" in kinds(made)[0]
        ask(full, "DELETE", "/scenarios/t", want=204)
        return False
    assert wait_until(has_it)
    is_there_without(full)


def test_who_has_one_has_it_in_its_steps(full):
    full.request("DELETE", "/proxies/p0/toxics/tcp_loss_downstream")
    made = start(full, *STEPS, proxy="p0")
    assert missing(made) == NONE and "tcp_loss" in kinds(made)[2]


def test_what_is_asked_for_by_itself_is_refused(full):
    for steps in [step(YEAR, LOSES)], [*STEPS, step(YEAR, LOSES)], [
            *STEPS, step(YEAR, connect={"syn_loss": 0.1})]:
        said = start(full, *steps, want=400)["error"]
        assert f"all {PROGRAMS} programs" in said
    assert ask(full, "GET", "/scenarios") == [] and names(full) == []


def test_the_last_one_is_for_first_packets(able):  # noqa: F811
    """which nobody asks for by a profile"""
    able.proxy("p", "127.0.0.1:1")
    use(able, PROGRAMS - 1)
    made = start(able, *STEPS, step(YEAR, connect={"syn_loss": 0.1}))
    assert missing(made) == [*WITHOUT, None]
    start(able, step(YEAR, {**LOSES, "name": "t"}), name="t", proxy="p1")


def test_both_of_one_scenario_are_one_program(able):  # noqa: F811
    """A step that has it by itself brings that of a profile"""
    able.proxy("p", "127.0.0.1:1")
    use(able, PROGRAMS - 1)
    assert missing(start(able, *STEPS, step(YEAR, LOSES))) == [*NONE, None]


@needs_root
def test_without_the_capabilities(unable):
    made = start(unable, *STEPS)
    assert missing(made) == WITHOUT and made["steps"] == shown(unable)["steps"]
    is_there_without(unable)
    ask(unable, "DELETE", "/scenarios/s", want=204)
    for steps in [*STEPS, step(YEAR, LOSES)], [*STEPS, step(
            YEAR, profile="only")]:
        said = start(unable, *steps, want=400)["error"]
        assert "CAP_BPF and CAP_PERFMON" in said
    assert ask(unable, "GET", "/scenarios") == [] and names(unable) == []


@needs_root
def test_of_many_it_is_too(unable):
    (made,) = ask(unable, "POST", "/populate", [{
        "name": "many", "upstream": "127.0.0.1:1", "scenario": {
            "name": "m", "steps": list(STEPS)}}], 201)["proxies"]
    assert made["name"] == "many" and missing(shown(unable, "m")) == WITHOUT
    # what it is is asked for again, and nothing of that is missing
    entry, = (one for one in ask(unable, "GET", "/state")
              if one["name"] == "many")
    assert "missing" not in json.dumps(entry)
    ask(unable, "DELETE", "/proxies/many", want=204)
    ask(unable, "POST", "/populate", [entry], 201)
    assert missing(shown(unable, "m")) == NONE


# ---- whoever dies

@pytest.mark.normal_build
@pytest.mark.parametrize("who", ["ctld", "relayd", "upgrade"])
def test_it_outlives(full, who):
    start(full, *STEPS)
    dies(full, who)
    is_there_without(full)
    os.kill(full.child("apid"), signal.SIGKILL)
    full.wait_until_up()
    is_there_without(full)


@pytest.mark.normal_build
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_outlives_a_restart(tmp_path, how):
    state = "-state", str(tmp_path)
    with Toxid(*state, preexec_fn=few) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        t.proxy("p", "127.0.0.1:1")
        use(t, PROGRAMS)
        was = start(t, *STEPS)["steps"]
        if how == signal.SIGKILL:
            os.kill(t.child("stored"), how)  # the next is told all anew
            wait_until(lambda: t.request("GET", "/health").status == 200)
            t.proxy("q", "127.0.0.1:1")
    with Toxid(*state) as t:  # where there are more
        assert shown(t)["steps"] == was
        is_there_without(t)


@needs_root
@pytest.mark.normal_build
def test_what_was_kept_and_cannot_be_had_any_more_is_missing(tmp_path):
    state = "-state", str(tmp_path)
    with Toxid(*state) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        t.proxy("p", "127.0.0.1:1")
        assert missing(start(t, *STEPS)) == NONE
        t.cut()
    with Toxid(*state, preexec_fn=do_without) as t:
        assert missing(shown(t)) == WITHOUT
        t.cut()
    with Toxid(*state) as t:
        assert missing(shown(t)) == NONE


@pytest.mark.normal_build
@pytest.mark.parametrize("wrong", ["1", "01010", "012a"])
def test_a_database_where_it_is_of_no_step_is_refused(tmp_path, wrong):
    with Toxid("-state", str(tmp_path)) as t:
        t.proxy("p", "127.0.0.1:1")
        start(t, *STEPS)
        assert t.stop() == 0
    with contextlib.closing(sqlite3.connect(database(tmp_path))) as db, db:
        db.execute("UPDATE scenarios SET lossless = ?", (wrong,))
    code, why = run_until_exit("-state", str(tmp_path))
    assert code == 1 and "a scenario in it is none" in why, why
