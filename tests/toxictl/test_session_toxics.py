# SPDX-License-Identifier: ISC
"""toxictl toxic --session ID: toxics of one connection's own."""

import json

import pytest

ADD = ("toxic", "add", "web", "-t", "latency", "-a", "latency=1", "-n", "slow")


@pytest.fixture(name="session")
def the_session(ctl, toxid, web):
    with toxid.connect("web") as c:
        c.sendall(b"hello")
        assert c.recv(5) == b"hello"
        yield ctl("sessions", "web").split("\t")[0]


def test_it_is_added_changed_shown_and_removed(ctl, session):
    of = ("--session", session)
    assert ctl(*ADD, *of) == (
        f"Added toxic 'slow' on session {session} of proxy 'web'\n")
    assert ctl("inspect", "web") == ""
    assert ctl("inspect", "web", *of).split("\t")[0].startswith("slow")
    assert ctl("toxic", "update", "web", "-n", "slow", "-a", "latency=2",
               *of) == (
        f"Updated toxic 'slow' on session {session} of proxy 'web'\n")
    shown = json.loads(ctl("inspect", "web", "--json", *of))
    assert [(t["name"], t["attributes"]["latency"]) for t in shown] == [
        ("slow", 2)]
    assert ctl("toxic", "remove", "web", "-n", "slow", *of) == (
        f"Removed toxic 'slow' on session {session} of proxy 'web'\n")
    assert json.loads(ctl("inspect", "web", "--json", *of)) == []


def test_json(ctl, session):
    of = ("--json", "--session", session)
    assert json.loads(ctl(*ADD, *of))["name"] == "slow"
    assert json.loads(ctl("toxic", "remove", "web", "-n", "slow", *of)) == {
        "proxy": "web", "session": session, "removed": "slow"}
