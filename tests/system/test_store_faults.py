# SPDX-License-Identifier: ISC
"""What stored dies of, or does not answer, is found out and refused; what was
answered 500 is not there after a crash."""

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
import rig
from rig import Toxid, wait_until
from stalls import used
from test_hostile import stage  # noqa: F401 a fixture
from test_lifecycle import Manager
from tracing import strace

pytestmark = pytest.mark.normal_build

# As 0.1.0 had it before it knew whether the configuration file was in it.
VERSION_1 = """
CREATE TABLE proxies (name TEXT PRIMARY KEY, listen TEXT NOT NULL,
  given TEXT NOT NULL, upstream TEXT NOT NULL, enabled INTEGER NOT NULL,
  config_print INTEGER NOT NULL) STRICT;
CREATE TABLE toxics (position INTEGER PRIMARY KEY AUTOINCREMENT,
  proxy TEXT NOT NULL REFERENCES proxies ON DELETE CASCADE,
  name TEXT NOT NULL, type TEXT NOT NULL, stream TEXT NOT NULL,
  toxicity REAL NOT NULL, value1 INTEGER NOT NULL, value2 INTEGER NOT NULL,
  value3 INTEGER NOT NULL, UNIQUE (proxy, name)) STRICT;
PRAGMA application_id = 0x746f7869;
PRAGMA user_version = 1;
"""


def database(state):
    return state / "stored" / "toxid.db"


def make_database(state, rows=0, upstream="x:1"):
    """of today's version, with so many proxies"""
    (state / "stored").mkdir(parents=True)
    db = sqlite3.connect(database(state))
    db.executescript(VERSION_1)
    db.executemany(
        "INSERT INTO proxies VALUES (?, '', '', ?, 0, 0)",
        ((f"p{i}", upstream) for i in range(rows)))
    db.commit()
    db.close()


def config_of(tmp_path, *names):
    path = tmp_path / "config.json"
    path.write_text(json.dumps([
        {"name": n, "listen": "127.0.0.1:0", "upstream": "x:1"}
        for n in names]))
    return str(path)


def proxies(t):
    return set(t.request("GET", "/proxies").json())


def lines_of(t, message):
    return [line for line in t.log() if line["message"] == message]


def run_until_exit(*args):
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-port", "0", *args],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return r.returncode, r.stderr.decode()


# ---- the configuration file is read until it is in the database

@pytest.mark.parametrize("rows", (0, 2))
def test_a_database_of_version_1_is_done_with_the_file(
        state, tmp_path, rows):
    make_database(state, rows)
    with Toxid("-state", str(state), "-config",
               config_of(tmp_path, "a")) as t:
        assert proxies(t) == {f"p{i}" for i in range(rows)}
        t.proxy("q", "127.0.0.1:1")
    db = sqlite3.connect(database(state))
    assert db.execute("PRAGMA user_version").fetchone()[0] > 1


def test_a_start_that_was_cut_short_is_made_up_for(state, tmp_path):
    """There is a database, with some or nothing in it, and nobody has said
    that this is all."""
    config = config_of(tmp_path, "a", "b")
    with Toxid("-state", str(state), "-config",
               config_of(tmp_path, "a")) as t:
        assert proxies(t) == {"a"}
    config = config_of(tmp_path, "a", "b")
    with Toxid("-state", str(state), "-config", config) as t:
        assert proxies(t) == {"a"}  # it was whole
    db = sqlite3.connect(database(state))
    assert db.execute("DELETE FROM populated").rowcount == 1
    db.commit()
    db.close()
    with Toxid("-state", str(state), "-config", config) as t:
        assert proxies(t) == {"a", "b"}
        assert t.request("DELETE", "/proxies/b").status == 204
        t.cut()
    with Toxid("-state", str(state), "-config", config) as t:
        assert proxies(t) == {"a"}


def test_a_start_that_is_killed_loses_no_entry(state, tmp_path):
    """At any moment of it"""
    names = {f"p{i}" for i in range(20)}
    config = config_of(tmp_path, *names)
    for ms in range(2, 18):
        where = state.with_name(f"state{ms}")
        t = Toxid("-state", str(where), "-config", config, wait=False)
        time.sleep(ms / 1000)
        t.cut()
        t.__exit__()
        with Toxid("-state", str(where), "-config", config) as t:
            assert proxies(t) == names, ms


# ---- a load has a bound, and an end

@pytest.mark.parametrize("rows, limit", ((4, 3), (200000, 4000)))
def test_more_than_there_may_be(state, rows, limit):
    make_database(state, rows)
    began = time.monotonic()
    code, why = run_until_exit(
        "-state", str(state), "-max-proxies", str(limit))
    assert code == 1
    assert (f"the database cannot be read: {rows} proxies "
            f"(-max-proxies is {limit})") in why
    assert used(time.monotonic() - began) < 10 * rig.SLOW


@pytest.mark.parametrize("each, of, why", (
    (251, 200, "50200 toxics (50000)"), (257, 1, "257 on one proxy (256)")))
def test_more_toxics_than_there_may_be(state, each, of, why):
    make_database(state, of)
    db = sqlite3.connect(database(state))
    db.executemany(
        "INSERT INTO toxics (proxy, name, type, stream, toxicity, value1,"
        " value2, value3) VALUES (?, ?, 'noop', 'upstream', 1, 0, 0, 0)",
        ((f"p{i}", f"t{n}") for i in range(of) for n in range(each)))
    db.commit()
    db.close()
    code, said = run_until_exit("-state", str(state))
    assert code == 1
    assert why in said


def test_a_row_that_says_two_things(state):
    """Enabled, and nobody could say where."""
    make_database(state, 1)
    db = sqlite3.connect(database(state))
    db.execute("UPDATE proxies SET enabled = 1, listen = 'name:1'")
    db.commit()
    db.close()
    code, why = run_until_exit("-state", str(state))
    assert code == 1 and "a proxy in it is none" in why, why


@pytest.mark.parametrize("stage", ["stored"], indirect=True)
def test_a_stored_that_dies_of_the_load(stage):  # noqa: F811
    stage.mode("leave")
    code, why = run_until_exit(*stage.args)
    assert code == 1
    assert "the database cannot be read: stored died 3 times" in why, why


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["stored"], indirect=True)
def test_a_load_that_takes_long_is_told_of(stage):  # noqa: F811
    stage.mode("idle")
    with Manager("path") as systemd, Toxid(
            *stage.args, env={"NOTIFY_SOCKET": systemd.name},
            wait=False) as t:
        assert systemd.hears("STATUS=loading the state: 0 proxies")
        assert wait_until(
            lambda: lines_of(t, "Loading the state takes long"))
        stage.change(t, "honest")
        t.wait_until_up()


# ---- stored dies of what it has in hand

@pytest.mark.parametrize("stage", ["stored"], indirect=True)
def test_a_change_that_kills_stored_is_refused(stage):  # noqa: F811
    with Toxid(*stage.args) as t:
        t.proxy("p", "127.0.0.1:1")
        before = t.request("GET", "/proxies").body
        stage.change(t, "die-of-changes")
        r = t.request("POST", "/proxies/p/toxics", {"type": "noop"})
        assert r.status == 500 and "cannot be stored" in r.json()["error"]
        assert wait_until(lambda: [
            (line["proxy"], line["change"]) for line in lines_of(
                t, "A change is refused: stored died of it, twice")
        ] == [("p", "TOXIC_CREATE")])
        assert t.request("GET", "/proxies").body == before
        assert wait_until(lambda: t.request("GET", "/health").json()[
            "roles"]["stored"]["last_error"])
        stage.change(t, "honest")
        assert wait_until(lambda: t.request(
            "POST", "/proxies/p/toxics", {"type": "noop"}).status == 200)
        t.cut()
    with Toxid(*stage.args) as t:
        assert len(t.request("GET", "/proxies/p/toxics").json()) == 1


@pytest.mark.parametrize("stage", ["stored"], indirect=True)
def test_a_proxy_that_kills_stored_is_left_out(stage):  # noqa: F811
    with Toxid(*stage.args) as t:
        for name in ("a", "poison", "z"):
            t.proxy(name, "127.0.0.1:1")
        stage.change(t, "die-of-poison")
        message = "A proxy is not stored: stored dies of it"
        assert wait_until(lambda: lines_of(t, message))
        assert lines_of(t, message)[0]["proxy"] == "poison"
        assert wait_until(lambda: t.request(
            "POST", "/proxies/a", {"upstream": "127.0.0.1:2"}).status == 200)
        assert t.request("POST", "/proxies/poison",
                         {"upstream": "127.0.0.1:2"}).status == 500
        assert t.request("POST", "/proxies/poison/toxics",
                         {"type": "noop"}).status == 500
        assert t.request("DELETE", "/proxies/poison").status == 204
        assert proxies(t) == {"a", "z"}
        assert len(lines_of(t, message)) == 1


# ---- what was answered 500 is not there

def test_what_was_answered_500_is_not_there_after_a_crash(state):
    """It is committed, and the answer comes too late: before the client hears
    of it, it has been undone."""
    with Toxid("-state", str(state)) as t:
        t.proxy("p", "127.0.0.1:1")
        tracer = strace(t.child("stored"), "-o", "/dev/null", "-e",
                        "inject=sendto,sendmsg:delay_enter=60s")

        def let_it_die():
            wait_until(lambda: lines_of(t, "Killing a child"))
            tracer.kill()

        helper = threading.Thread(target=let_it_die)
        helper.start()
        r = t.request("POST", "/proxies", {
            "name": "q", "listen": "127.0.0.1:0", "upstream": "x:1"})
        t.cut()
        helper.join()
        tracer.wait()
        assert r.status == 500 and "not known" not in r.json()["error"], r
    with Toxid("-state", str(state)) as t:
        assert proxies(t) == {"p"}


def test_what_cannot_be_undone_in_time_is_not_called_refused(state):
    with Toxid("-state", str(state)) as t:
        t.proxy("p", "127.0.0.1:1")
        tracer = strace(t.child("stored"), "-o", "/dev/null", "-e",
                        "inject=sendto,sendmsg:delay_enter=60s")
        r = t.request("POST", "/proxies", {
            "name": "q", "listen": "127.0.0.1:0", "upstream": "x:1"})
        assert r.status == 500 and "it is not known" in r.json()["error"], r
        tracer.kill()
        tracer.wait()
        assert wait_until(lambda: t.request("DELETE", "/proxies/p").status
                          == 204)
        t.cut()
    with Toxid("-state", str(state)) as t:
        assert proxies(t) == set()


@pytest.mark.parametrize("when", (1, 2, 3))
def test_stored_is_killed_at_the_commit(state, when):
    """Whichever write it was: the change is there, or was not acknowledged."""
    with Toxid("-state", str(state)) as t:
        t.proxy("p", "127.0.0.1:1")
        tracer = strace(t.child("stored"), "-o", "/dev/null", "-e",
                        f"inject=pwrite64:signal=SIGKILL:when={when}")
        status = [t.request("POST", "/proxies", {
            "name": f"q{i}", "listen": "127.0.0.1:0",
            "upstream": "x:1"}).status for i in range(3)]
        t.cut()
        tracer.wait(20)
    with Toxid("-state", str(state)) as t:
        assert proxies(t) == {"p"} | {
            f"q{i}" for i, s in enumerate(status) if s == 201}
        assert set(status) == {201}


# ---- the configuration file

@pytest.mark.parametrize("stage", ["apid"], indirect=True)
def test_a_file_that_two_apids_died_of_is_left_alone(
        stage, tmp_path):  # noqa: F811
    stage.mode("leave")
    with Toxid("-config", config_of(tmp_path, "a"), wait=False) as t:
        assert wait_until(lambda: lines_of(
            t, "Failed to populate proxies from file"))
        told = lines_of(t, "Failed to populate proxies from file")
        assert [line["error"] for line in told] == [
            "apid died reading it, twice"]
        stage.mode("honest")
        t.wait_until_up()
        assert proxies(t) == set()
        t.proxy("p", "127.0.0.1:1")


def test_an_apid_that_was_killed_has_the_file_read_by_the_next(tmp_path):
    """Once is bad luck: stopped at its first breath."""
    names = {f"p{i}" for i in range(300)}
    with Toxid("-config", config_of(tmp_path, *names), wait=False) as t:
        killer = threading.Thread(target=lambda: os.kill(
            t.child("apid"), signal.SIGKILL))
        killer.start()
        killer.join()
        t.wait_until_up()
        assert wait_until(lambda: proxies(t) == names)


# ---- a reload that somebody waits for

def test_a_reload_that_was_acknowledged_survives_a_power_cut(state, tmp_path):
    """also where the disk is slow"""
    args = "-state", str(state), "-config", config_of(tmp_path, "a")
    with Toxid(*args) as t:
        slowly = strace(t.child("stored"), "-o", "/dev/null",
                        "-e", "trace=pwrite64",
                        "-e", "inject=pwrite64:delay_enter=100000")
        config_of(tmp_path, "a", "b")
        assert subprocess.run(
            [os.environ.get("TOXID", rig.TOXID), "-reload", str(t.pid)],
            timeout=60).returncode == 0
        t.cut()
        slowly.wait(20)
    with Toxid(*args) as t:
        assert proxies(t) == {"a", "b"}


# ---- the whole truth takes its time

@pytest.mark.slow
def test_a_slow_disk_is_told_the_whole_truth_once(state, tmp_path):
    """Longer than a change is waited for, and than a heartbeat: stored is left
    to it, as the next one would have it all to do again."""
    names = [f"p{i}" for i in range(300)]
    with Toxid("-state", str(state), "-config",
               config_of(tmp_path, *names)) as t:
        stored = t.child("stored")
        with_delay = strace(stored, "-o", "/dev/null", "-e", "trace=pwrite64",
                            "-e", "inject=pwrite64:delay_enter=1000000")
        config_of(tmp_path, *names, "new")
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: lines_of(t, "Reloaded configuration"))
        statuses = []
        end = time.monotonic() + 12
        while time.monotonic() < end:
            statuses.append(t.request("POST", "/proxies/p0/toxics", {
                "type": "noop", "name": f"n{len(statuses)}"}).status)
        assert set(statuses) <= {500, 507}, "the disk was not slow"
        with_delay.send_signal(signal.SIGINT)
        with_delay.wait(20)
        assert wait_until(lambda: t.request(
            "POST", "/proxies/p0/toxics",
            {"type": "noop", "name": "last"}).status in (200, 409), 30)
        assert t.child("stored") == stored
        toxics = t.request("GET", "/proxies/p0").json()["toxics"]
        assert [toxic["name"] for toxic in toxics] == ["last"]
        assert len(proxies(t)) == 301
