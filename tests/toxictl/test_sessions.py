# SPDX-License-Identifier: ISC
"""toxictl sessions: what goes through proxies, and how what did has ended."""

import json
import re

import pytest
import rig
from conftest import Toxictl
from peers import ending
from rig import Toxid, wait_until


@pytest.fixture(name="two")
def two_clients(toxid, web):
    clients = [toxid.connect("web") for _ in range(2)]
    for c in clients:
        c.sendall(b"hello")
        assert c.recv(5) == b"hello"
    yield clients
    for c in clients:
        c.close()


def name(c):
    return "{}:{}".format(*c.getsockname())


def test_a_line_each(ctl, two):
    lines = [line.split("\t") for line in ctl("sessions").splitlines()]
    assert [line[2] for line in lines] == [name(c) for c in two]
    for line in lines:
        assert re.fullmatch(r"\d+\.\d+", line[0])
        assert line[1] == "web" and line[4:7] == ["open", "5", "5"]
    assert ctl("sessions", "web").splitlines()[0].split("\t")[2] == \
        name(two[0])


def test_json(ctl, toxid, two):
    shown = json.loads(ctl("sessions", "web", "--json"))
    said = toxid.request("GET", "/proxies/web/sessions").json()["sessions"]
    for each in shown + said:
        del each["age_ms"]
    assert shown == said


def test_more_than_a_page(ctl, toxid, web):
    clients = [toxid.connect("web") for _ in range(150)]
    try:
        assert wait_until(lambda: len(ctl("sessions").splitlines()) == 150)
        shown, code = ctl.on_terminal("sessions", "web")
        assert code == 0 and shown.count("open") == 150
    finally:
        for c in clients:
            c.close()


def test_nobody(ctl, web):
    assert ctl("sessions") == ""
    shown, code = ctl.on_terminal("sessions")
    assert code == 0 and "Nobody is connected" in shown


def test_watched(ctl, toxid, two):
    watch = ctl.terminal("sessions", "-w")
    watch.wait_for(re.escape(name(two[1])))
    with toxid.connect("web") as third:
        watch.wait_for(re.escape(name(third)))
    watch.type("\x03")
    watch.end()


def test_watched_no_more_than_fits(ctl, toxid, web):
    clients = [toxid.connect("web") for _ in range(40)]
    assert wait_until(lambda: len(ctl("sessions").splitlines()) == 40)
    watch = ctl.terminal("sessions", "--watch")
    watch.wait_for(r"\.\.\. and \d+ more")
    watch.type("\x03")
    watch.end()
    for c in clients:
        c.close()


def test_one_is_closed_and_one_reset(ctl, two):
    first, second = (line.split("\t")[0]
                     for line in ctl("sessions").splitlines())
    assert ctl("sessions", "web", "--close", first) == \
        f"Session {first} of web is closed\n"
    assert ending(two[0], rig.PATIENCE) == "fin"
    assert json.loads(ctl("sessions", "web", "--reset", second, "--json")) == {
        "proxy": "web", "ended": second}
    assert ending(two[1], rig.PATIENCE) == "rst"
    r = ctl.run("sessions", "web", "--close", second)
    assert r.returncode == 1 and "session not found" in r.stderr


def test_those_that_have_ended(ctl, toxid, web):
    toxid.toxic("web", "limit_data", toxic_name="cut", bytes=3)
    with toxid.connect("web") as c:
        c.sendall(b"hello")
        assert ending(c, rig.PATIENCE) == "fin"
    assert wait_until(lambda: ctl("sessions", "web", "--ended") != "")
    line, = ctl("sessions", "web", "--ended").splitlines()
    assert line.split("\t")[-2:] == ["closed by a toxic", "cut"]
    shown, = json.loads(ctl("sessions", "web", "--ended", "--json"))
    said, = toxid.request(
        "GET", "/proxies/web/sessions?state=ended").json()["sessions"]
    for each in shown, said:
        del each["ended_ms"]
    assert shown == said and said["cause"] == "toxic_close"
    shown, code = ctl.on_terminal("sessions", "web", "--ended")
    assert code == 0 and "closed by a toxic: cut" in shown


@pytest.mark.parametrize("args", [
    ["--ended"], ["--close", "1.1"], ["web", "--close", "1", "--reset", "1"]])
def test_mistakes(ctl, web, args):
    assert ctl.run("sessions", *args).returncode == 2


def test_no_such_proxy(ctl):
    r = ctl.run("sessions", "none")
    assert r.returncode == 1 and "proxy not found" in r.stderr


def test_without_metrics_too():
    with Toxid() as t:
        assert Toxictl(f"http://127.0.0.1:{t.port}")("sessions") == ""
