# SPDX-License-Identifier: ISC
"""Whose a toxic is: "owner", which is shown, kept, and said of it."""

import contextlib
import os
import signal
import sqlite3

import pytest
from rig import Toxid, wait_until
from test_takeover import is_followed
from test_upgrade import upgrade

OWNER = "profile:Mine-1.0_x"
OWNED = {"type": "latency", "name": "x", "owner": OWNER,
         "attributes": {"latency": 1, "jitter": 0},
         "stream": "downstream", "toxicity": 1}


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


def add(t, **more):
    r = t.request("POST", "/proxies/p/toxics", OWNED | more)
    assert r.status == 200, r
    return r.json()


def toxics(t):
    return t.request("GET", "/proxies/p/toxics").json()


def owners(t):
    """None: there is no such proxy now, as while it is made anew"""
    r = t.request("GET", "/proxies/p/toxics")
    if r.status != 200:
        return None
    return [toxic.get("owner") for toxic in r.json()]


def database(state):
    return contextlib.closing(sqlite3.connect(
        state / "stored" / "toxid.db", isolation_level=None))


def test_it_is_shown_only_where_it_is_set(p):
    assert add(p) == OWNED
    assert toxics(p) == [OWNED]
    assert "owner" not in add(p, name="y", owner="")
    assert "owner" not in add(p, name="z", owner=None)


def test_it_is_never_changed(p):
    add(p)
    changed = p.request("PATCH", "/proxies/p/toxics/x", {
        "owner": "profile:other", "attributes": {"latency": 2}}).json()
    assert changed == OWNED | {"attributes": {"latency": 2, "jitter": 0}}


@pytest.mark.parametrize("owner, why", [
    ("me", "profile:NAME"), ("profile:", "profile:NAME"),
    ("profile:a b", "profile:NAME"), ("profile:a\u00e9", "profile:NAME"),
    ("profile:" + "x" * 64, "profile:NAME"),
    ("profile:" + "x" * 100, "longer"), (3, "expected a string")])
def test_what_is_no_owner_is_refused(p, owner, why):
    r = p.request("POST", "/proxies/p/toxics", OWNED | {"owner": owner})
    assert r.status == 400 and why in r.json()["error"], r
    r = p.request("POST", "/populate", [{
        "name": "q", "upstream": "x:1", "toxics": [OWNED | {"owner": owner}]}])
    assert r.status == 400 and why in r.json()["error"], r


def test_what_state_says_populate_takes(p):
    add(p)
    saved = p.request("GET", "/state").json()
    assert saved[0]["toxics"] == [OWNED]
    assert p.request("DELETE", "/proxies/p").status == 204
    assert p.request("POST", "/populate", saved).status == 201
    assert toxics(p) == [OWNED]


def test_it_is_kept(tmp_path):
    state = tmp_path / "state"
    with Toxid("-state", str(state)) as t:
        t.proxy("p", "127.0.0.1:1")
        add(t)
        t.cut()
    with Toxid("-state", str(state)) as t:
        assert toxics(t) == [OWNED]
        before = t.child("stored")
        os.kill(before, signal.SIGKILL)  # the next is told all anew
        assert wait_until(lambda: t.child("stored") != before)
        t.proxy("q", "127.0.0.1:1")
        t.stop()
    with database(state) as db:
        assert db.execute("SELECT owner FROM toxics").fetchall() == [(OWNER,)]
    with Toxid("-state", str(state)) as t:
        assert toxics(t) == [OWNED]


def test_a_state_from_before_it_has_none(tmp_path):
    """... of the version that had no such column."""
    state = tmp_path / "state"
    with Toxid("-state", str(state)) as t:
        t.proxy("p", "127.0.0.1:1")
        add(t, owner="")
        t.stop()
    with database(state) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        # what came with a version each, since then
        later = ["ALTER TABLE toxics DROP COLUMN owner",
                 "ALTER TABLE toxics DROP COLUMN waves",
                 "DROP TABLE scenario_toxics; DROP TABLE scenarios",
                 "ALTER TABLE proxies DROP COLUMN syn_loss",
                 "",  # the id of scenarios, which went with their table
                 "DROP TABLE scenario_connects",
                 "",  # which steps are without loss, likewise
                 "DROP TABLE source_scenarios; DROP TABLE sources;"
                 "ALTER TABLE proxies DROP COLUMN source"]
        for undone in later:
            db.executescript(undone)
        db.execute(f"PRAGMA user_version = {version - len(later)}")
    with Toxid("-state", str(state)) as t:
        assert [toxic["name"] for toxic in toxics(t)] == ["x"]
        assert "owner" not in toxics(t)[0]
        add(t, name="y")
        assert toxics(t)[1]["owner"] == OWNER


def test_ctld_that_dies_and_an_upgrade_keep_it(p):
    add(p)
    before = p.ctld
    os.kill(before, signal.SIGKILL)
    is_followed(p, before)
    assert toxics(p) == [OWNED]
    upgrade(p)
    assert toxics(p) == [OWNED]
    worker = p.worker("p")
    assert worker
    p.read_to_here()
    assert not [line for line in p.log() if line.get("message") ==
                "Toxic deleted"]


def test_of_a_file_it_is_a_change(tmp_path):
    config = tmp_path / "c.json"

    def write(owner):
        config.write_text(f"""[{{"name": "p", "upstream": "127.0.0.1:1",
            "toxics": [{{"type": "noop", "name": "x" {owner}}}]}}]""")

    write("")
    with Toxid("-config", str(config)) as t:
        write(', "owner": "profile:a"')
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: owners(t) == ["profile:a"])
        t.process.send_signal(signal.SIGHUP)  # and nothing has changed
        assert wait_until(lambda: [
            line["unchanged"] for line in t.log() if line.get("message") ==
            "Reloaded configuration"] == [0, 1])


def test_events_say_it(p):
    add(p)
    add(p, name="y", owner="")
    p.request("DELETE", "/proxies/p/toxics/x")
    events = [e for e in p.request("GET", "/events?after=0").json()["events"]
              if e.get("toxic")]
    assert [(e["toxic"], e.get("owner")) for e in events] == [
        ("x", OWNER), ("y", None), ("x", OWNER)]
