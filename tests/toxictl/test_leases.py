# SPDX-License-Identifier: ISC
"""toxictl lease, and --ttl: what goes by itself."""

import json

import pytest
from rig import wait_until


def left(ctl, proxy, toxic=None):
    of = json.loads(ctl("inspect", proxy, "--json"))
    if toxic is not None:
        of = next(t for t in of["toxics"] if t["name"] == toxic)
    return of.get("expires_in", 0)


def test_made_with_one(ctl, toxid, web):
    ctl("create", "p", "-l", "127.0.0.1:0", "-u", "x:1", "--ttl", "2h")
    assert 3600_000 < left(ctl, "p") <= 7200_000
    ctl("toxic", "add", "p", "-t", "latency", "-a", "latency=1", "-n", "l",
        "--ttl", "1.5m")
    assert 60_000 < left(ctl, "p", "l") <= 90_000
    ctl("toxic", "update", "p", "-n", "l", "-a", "latency=2")
    assert 0 < left(ctl, "p", "l") <= 90_000
    ctl("toxic", "update", "p", "-n", "l", "--ttl", "0")
    assert left(ctl, "p", "l") == 0
    assert left(ctl, "web") == 0
    ctl("create", "q", "-l", "127.0.0.1:0", "-u", "x:1", "--ttl", "200ms")
    assert wait_until(lambda: "q\t" not in ctl("list"))


def test_renewed(ctl, toxid, web):
    toxid.toxic("web", "noop", toxic_name="t")
    assert ctl("lease", "web", "90s") == "Proxy web ends in 1m30s\n"
    assert ctl("lease", "web", "-n", "t", "2h") == (
        "Toxic 't' on proxy 'web' ends in 2h0m\n")
    assert 0 < left(ctl, "web") <= 90_000 < left(ctl, "web", "t")
    assert json.loads(ctl("lease", "web", "0", "--json")) == {
        "proxy": "web", "toxic": None, "ttl": 0}
    assert left(ctl, "web") == 0
    assert ctl("lease", "web", "-n", "t", "0") == (
        "Toxic 't' on proxy 'web' has no lease\n")


def test_what_is_left_is_shown_to_people(ctl, toxid, web):
    toxid.toxic("web", "noop", toxic_name="t")
    assert "Ends in" not in ctl.on_terminal("list")[0]
    assert "Ends in" not in ctl.on_terminal("inspect", "web")[0]
    lines = ctl("list"), ctl("inspect", "web")
    ctl("lease", "web", "5h")
    ctl("lease", "web", "-n", "t", "5h")
    for shown, _ in (ctl.on_terminal("list"),
                     ctl.on_terminal("inspect", "web")):
        assert "Ends in" in shown and "4h59m" in shown
    assert (ctl("list"), ctl("inspect", "web")) == lines


@pytest.mark.parametrize("time", ("30", "s", "-1s", "1d", "1e3s", "", "nans"))
def test_what_is_no_time(ctl, toxid, web, time):
    for words in (("lease", "web", time),
                  ("toxic", "add", "web", "-t", "noop", "--ttl", time),
                  ("create", "p", "-l", ":0", "-u", "x:1", "--ttl", time)):
        r = ctl.run(*words)
        assert r.returncode == 2 and r.stdout == "", words
    assert left(ctl, "web") == 0


def test_what_is_not_there(ctl, toxid, web):
    assert "not found" in ctl.run("lease", "no", "30s").stderr
    assert "not found" in ctl.run("lease", "web", "-n", "no", "30s").stderr
