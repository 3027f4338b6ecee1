# SPDX-License-Identifier: ISC
"""What toxid has to say: it is in the log, which ctld writes, and if no ctld
will, on stderr."""

import errno
import os
import resource
import signal
import struct
import subprocess
import time

import pytest
from privline import EVENTS, REMARKS, TYPES, question
from rig import PATIENCE, Toxid, second_now, wait_until

KEPT = 16
NEWS = struct.Struct("=2IiI2Q")
REMARK = struct.Struct("=qIi")
NOTIFY = "NOTIFY_SOCKET does not take what it is told"


def remarks(ctld):
    """All that toxid has to say now: (time, what, number)"""
    found = []
    while True:
        a = ctld.ask("NEWS")
        event = a.words("I")[0]
        if event == EVENTS["NONE"]:
            return found
        if event != EVENTS["REMARK"]:
            continue
        found.append(REMARK.unpack_from(a.rest, NEWS.size))


def said_by_toxid(t, message):
    return [line for line in t.log() if line["role"] == "toxid" and
            line["message"] == message]


# ---- what ctld hears

def test_the_next_ctld_hears_why_the_last_one_has_gone(stage):
    with stage.toxid() as t:
        before = second_now()
        ctld = stage.ctld()
        ctld.start()
        assert remarks(ctld) == []
        ctld.say(question("START"))  # once is enough
        following = stage.ctld()
        following.start()
        said = remarks(following)
        assert [r[1:] for r in said] == [
            (REMARKS["OFFENCE"], TYPES["START"]),
            (REMARKS["DIED"], signal.SIGKILL)]
        assert all(before <= r[0] <= time.time() for r in said)
        assert remarks(following) == [], "it is said once"
        assert t.process.poll() is None


def test_why_one_could_not_be_answered(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            while True:  # it asks, and reads no answer
                ctld.say(question("NEWS"))
        following = stage.ctld()
        following.start()
        assert [r[1:] for r in remarks(following)] == [
            (REMARKS["UNANSWERED"], errno.EAGAIN),
            (REMARKS["DIED"], signal.SIGKILL)]
        assert t.process.poll() is None


def test_the_last_of_them_are_kept(stage, tmp_path):
    """... and those that had no room are counted."""
    nobody = str(tmp_path / "nobody")
    with stage.toxid(env={"NOTIFY_SOCKET": nobody}) as t:
        ctld = stage.ctld()
        ctld.start()
        for n in range(100):
            assert ctld.ask("NOTIFY", what=0).error == 0
        assert [r[1:] for r in remarks(ctld)] == [
            *[(REMARKS["NOTIFY"], errno.ENOENT)] * KEPT,
            (REMARKS["DROPPED"], 100 - KEPT)]
        assert ctld.ask("NOTIFY", what=0).error == 0
        assert len(remarks(ctld)) == 1, "all is well again"
        assert t.process.poll() is None


def test_the_bell_rings_for_them(stage, tmp_path):
    """At once, and not with the next of those that ask whether ctld lives."""
    nobody = str(tmp_path / "nobody")
    with stage.toxid(env={"NOTIFY_SOCKET": nobody}):
        ctld = stage.ctld()
        ctld.start()
        rung, bell = 0, ctld.fds[1]
        os.set_blocking(bell, False)
        for _ in range(12):
            assert remarks(ctld) == []
            drain(bell)
            ctld.ask("NOTIFY", what=0)
            rung += wait_until(lambda: drain(bell), 0.5)
            assert len(remarks(ctld)) == 1
        assert rung > 6, "those others are 1.5 s apart"


def drain(bell):
    try:
        return os.read(bell, 8)
    except BlockingIOError:
        return b""


# ---- what is in the log

@pytest.mark.parametrize("form", ["json", "logfmt"])
def test_the_death_of_a_ctld_is_logged_as_toxids(form):
    with Toxid("-log-format", form) as t:
        os.kill(t.child("ctld"), signal.SIGKILL)
        wanted = b'"role":"toxid"' if form == "json" else b"role=toxid"

        def lines():
            return [line for line in list(t.lines)
                    if b"ctld died: another follows" in line]
        assert wait_until(lines)
        assert wanted in lines()[0] and b"warn" in lines()[0]
        assert t.stop() == 0
        assert len(lines()) == 1


def test_what_toxid_says_at_the_end_is_logged(tmp_path):
    """Also what it says when ctld has nothing more to do."""
    with Toxid(env={"NOTIFY_SOCKET": str(tmp_path / "nobody")},
               stderr=subprocess.PIPE) as t:
        assert t.stop() == 0
        assert {line["error"] for line in said_by_toxid(t, NOTIFY)} == {
            os.strerror(errno.ENOENT)}
        assert t.process.stderr.read() == b""


def test_a_level_is_toxids_too():
    with Toxid(env={"LOG_LEVEL": "error"}) as t:
        first = t.child("ctld")
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: t.child("ctld") != first)
        assert t.request("GET", "/version").status == 200
        assert t.stop() == 0
        assert t.lines == []


# ---- what nobody would hear

def test_the_end_of_all_is_explained(stage):
    """By the last that was said, as text: there is no log any more."""
    with stage.toxid(stderr=subprocess.PIPE) as t:
        for n in range(9):
            stage.ctld().exit(n)
        assert t.ends() == 1
        assert t.process.stderr.read().decode().splitlines() == [
            *(f"toxid: ctld died: another follows: status {n}"
              for n in range(8)),
            "toxid: ctld dies again and again: the end of all: status 8"]
        assert t.log() == []


def test_what_a_ctld_leaves_at_its_end_is_not_lost(stage, tmp_path):
    """One that has been taken over, say: an honest one asks."""
    nobody = str(tmp_path / "nobody")
    with stage.toxid(env={"NOTIFY_SOCKET": nobody},
                     stderr=subprocess.PIPE) as t:
        ctld = stage.ctld()
        ctld.start()
        for _ in range(100):
            ctld.ask("NOTIFY", what=0)
        ctld.ask("END", what=3)
        ctld.exit(0)
        assert t.process.wait(PATIENCE) == 3
        said = t.process.stderr.read().decode().splitlines()
        assert said == [
            *[f"toxid: {NOTIFY}: {os.strerror(errno.ENOENT)}"] * KEPT,
            f"toxid: Log lines dropped: {100 - KEPT}"]


def test_what_no_ctld_can_begin_without_is_named(stage):
    """None has served before: so it is not tried for ever."""
    with stage.toxid(stderr=subprocess.PIPE) as t:
        ctld = stage.ctld()
        resource.prlimit(t.pid, resource.RLIMIT_NOFILE, (3, 3))
        ctld.exit(7)
        assert t.process.wait(PATIENCE) == 1
        assert t.process.stderr.read().decode().splitlines() == [
            "toxid: ctld died: another follows: status 7",
            "toxid: ctld cannot be started: it is tried again: "
            f"{os.strerror(errno.EMFILE)}",
            "toxid: ctld dies again and again: the end of all: status 7"]


def test_nothing_is_lost_between_two_programs(stage, tmp_path):
    nobody = str(tmp_path / "nobody")
    with stage.toxid(env={"NOTIFY_SOCKET": nobody},
                     stderr=subprocess.PIPE) as t:
        ctld = stage.ctld()
        ctld.start()
        ctld.ask("NOTIFY", what=0)
        ctld.say(question("REPLACE"))
        following = stage.ctld()
        following.start()
        t.cut()
        t.process.wait(PATIENCE)
        assert t.process.stderr.readline().startswith(
            f"toxid: {NOTIFY}".encode())
