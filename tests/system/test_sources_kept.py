# SPDX-License-Identifier: ISC
"""-state: a source of desired state is there again with all that it said,
whoever was killed, and what no toxid has written is refused."""

import os
import signal
import sqlite3

import pytest
from rig import Toxid, wait_until
from test_store_faults import database, run_until_exit
from test_takeover import is_followed
from test_upgrade import upgrade

# More than one part of a message, and not on the border of a character.
TEXT = '{"proxies": [{"name": "p"}], "x": "' + "\u00e9" * 20001 + '"}'
SOURCES = [
    (7, "", "fleet", "41", 1764352800123, TEXT.encode()),
    (9, "", "by_hand.1", "", 0, b"{}"),
]
SCENARIOS = [
    (7, "", "p", "brownout", -1),
    (7, "", "gone", "flaky", 12345),
]


def execute(state, *statements):
    db = sqlite3.connect(database(state))
    db.execute("PRAGMA foreign_keys = ON")
    for sql, rows in statements:
        db.executemany(sql, rows)
    db.commit()
    db.close()


def rows(state, sql):
    db = sqlite3.connect(database(state))
    found = db.execute(sql).fetchall()
    db.close()
    return found


def kept(state):
    return (rows(state, "SELECT * FROM sources ORDER BY id"),
            rows(state, "SELECT * FROM source_scenarios ORDER BY name"),
            dict(rows(state, "SELECT name, source FROM proxies")))


@pytest.fixture
def written(state):
    """A state directory in which there are sources."""
    with Toxid("-state", str(state)) as t:
        for name in ("p", "q", "r"):
            t.proxy(name, "127.0.0.1:1")
    execute(state, ("INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?)", SOURCES),
            ("INSERT INTO source_scenarios VALUES (?, ?, ?, ?, ?)", SCENARIOS),
            ("UPDATE proxies SET source = ? WHERE name = ?",
             [(7, "p"), (9, "q")]))
    return state


OWNERS = {"p": 7, "q": 9, "r": 0}


def test_it_comes_back(written):
    for _ in range(2):
        with Toxid("-state", str(written)):
            pass
        assert kept(written) == (SOURCES, SCENARIOS, OWNERS)


def kill_ctld(t):
    pid = t.ctld
    os.kill(pid, signal.SIGKILL)
    is_followed(t, pid)


@pytest.mark.parametrize("follows", [kill_ctld, upgrade])
def test_the_next_ctld_and_a_new_database_have_it(written, follows):
    with Toxid("-state", str(written)) as t:
        follows(t)
        database(written).unlink()

        def is_mended():
            return t.request("POST", "/proxies", {
                "name": "s", "listen": "127.0.0.1:0",
                "upstream": "x:1"}).status == 201
        assert wait_until(is_mended)
    assert kept(written) == (SOURCES, SCENARIOS, OWNERS | {"s": 0})


def test_a_change_of_its_proxy_leaves_it_its(written):
    with Toxid("-state", str(written)) as t:
        t.request("POST", "/proxies/p", {"enabled": False})
        t.request("POST", "/reset")
        t.request("POST", "/populate", [
            {"name": "q", "listen": "127.0.0.1:0", "upstream": "other:1"}])
    assert kept(written) == (SOURCES, SCENARIOS, OWNERS | {"q": 0})


def test_a_proxy_of_no_source_is_nobodys(written):
    execute(written, ("DELETE FROM sources WHERE id = ?", [(9,)]))
    with Toxid("-state", str(written)) as t:
        assert t.request("GET", "/proxies/q").status == 200
    assert kept(written) == (SOURCES[:1], SCENARIOS, OWNERS | {"q": 0})


@pytest.mark.parametrize("change", [
    "document = x'610062'", "document = zeroblob(8388609)",
    "generation = CAST(x'610062' AS TEXT)", "generation = printf('%128d', 1)",
    "name = 'a/b'", "name = ''", "applied_at = -1", "id = 1", "id = 1 << 32",
    "tenant = '..'"])
def test_a_source_that_is_none(written, change):
    execute(written, ("DELETE FROM source_scenarios WHERE source = ?", [(7,)]),
            (f"UPDATE sources SET {change} WHERE id = ?", [(7,)]))
    code, why = run_until_exit("-state", str(written))
    assert code == 1 and "a source in it is none" in why, why


@pytest.mark.parametrize("change", [
    "proxy = ''", "name = 'a/b'", "name = ''", "tenant = '..'"])
def test_a_scenario_of_one_that_is_none(written, change):
    execute(written, (f"UPDATE source_scenarios SET {change}"
                      " WHERE name = ?", [("flaky",)]))
    code, why = run_until_exit("-state", str(written))
    assert code == 1 and "a source's scenario in it is none" in why, why


def test_a_proxy_of_an_id_that_is_none(written):
    execute(written, ("UPDATE proxies SET source = ?", [(-1,)]))
    code, why = run_until_exit("-state", str(written))
    assert code == 1 and "a proxy in it is none" in why, why


@pytest.mark.parametrize("sql, more, why", [
    ("INSERT INTO sources VALUES (?, '', ?, '', 0, x'61')",
     [(n, f"s{n}") for n in range(10, 73)], "65 sources (64)"),
    ("INSERT INTO sources VALUES (?, '', ?, '', 0, zeroblob(8388608))",
     [(n, f"s{n}") for n in (10, 11)], "bytes of them (16777216)"),
    ("INSERT INTO source_scenarios VALUES (9, '', 'p', ?, 0)",
     [(f"s{n}",) for n in range(20000)], "20002 scenarios (20000)")])
def test_more_than_there_may_be(written, sql, more, why):
    execute(written, (sql, more))
    code, said = run_until_exit("-state", str(written))
    assert code == 1 and why in said, said


def test_one_of_a_tenant_that_nobody_knows(written):
    execute(written, ("UPDATE sources SET tenant = ?", [("a",)]))
    code, why = run_until_exit("-state", str(written))
    assert code == 1 and 'it has a source of tenant "a"' in why, why


def test_all_that_there_may_be(written):
    """In documents as long as may be: the whole truth is told, and is kept."""
    long = b"x" * 8388608
    many = [(n, "", f"s{n}", "g" * 127, 1, long) for n in (100, 101)]
    names = [(100 + n % 2, "", "p", f"s{n}", n) for n in range(20000)]
    execute(written, ("DELETE FROM sources WHERE id > ?", [(0,)]),
            ("INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?)", many),
            ("INSERT INTO source_scenarios VALUES (?, ?, ?, ?, ?)", names))
    with Toxid("-state", str(written)) as t:
        kill_ctld(t)
        os.kill(t.child("stored"), signal.SIGKILL)
        assert wait_until(
            lambda: t.request("GET", "/health").status == 200)
        t.proxy("after", "127.0.0.1:1")
    found, scenarios, owners = kept(written)
    assert found == many and len(scenarios) == len(names)
    assert owners == {"p": 0, "q": 0, "r": 0, "after": 0}
