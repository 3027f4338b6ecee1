# SPDX-License-Identifier: ISC
"""A server without options: live figures, and why something does not work."""

import json
import os
import re
import socket

import pytest
import rig
from conftest import Toxictl
from rig import Toxid
from test_top import Talk, Top


@pytest.fixture
def toxid():
    with Toxid() as t:
        yield t


def test_top_has_rates(ctl, toxid, web):
    with Talk(web):
        assert toxid.request("GET", "/metrics").status == 404
        shown, = json.loads(ctl("top", "--json", "--interval", "1"))
    assert shown["sessions"] == 1 and shown["restarts"] == 0
    assert shown["rates"]["upstream"] > 1000 < shown["rates"]["downstream"]


def test_top_on_a_small_screen(ctl, toxid):
    names = [f"a-service-with-a-long-name-{i:02}" for i in range(12)]
    for name in names:
        toxid.proxy(name, "127.0.0.1:1")
    for i in range(7):
        toxid.toxic(names[-1], "noop", toxic_name=f"toxic{i}")
    top = Top(ctl, LINES="14", COLUMNS="80")
    shown = top.look()
    assert names[0] in shown and "12 proxies, here 1 to 3: " in shown
    assert "no rates" not in shown
    top.type("j" * 11)
    shown = top.until(re.escape(names[-1])).string
    assert "here 10 to 12" in shown and "and 3 more toxics" in shown
    top.quit()


def test_top_without_toxics_has_more_rows(ctl, toxid):
    for i in range(9):
        toxid.proxy(f"p{i}", "127.0.0.1:1")
    top = Top(ctl, LINES="14", COLUMNS="80")
    assert "here 1 to 8" in top.look()
    top.quit()


REFUSED = "no upstream: dial tcp 127.0.0.1:1: connect: connection refused"


@pytest.mark.parametrize("upstream, why", [
    ("127.0.0.1:1", REFUSED),
    ("no-such-host.invalid:80", "no upstream: dial tcp: lookup no-such-host"),
    ("nonsense", "missing port in address")])
def test_doctor_and_wait_say_why(ctl, toxid, upstream, why):
    toxid.proxy("web", upstream)
    r = ctl.run("doctor", "web")
    assert r.returncode == 1 and why in r.stdout, r
    r = ctl.run("wait", "web", "--timeout", "2")
    assert r.returncode == 1
    assert r.stderr.startswith("web does not answer: ") and why in r.stderr


def test_a_toxic_is_no_dial_error(ctl, toxid, web):
    toxid.toxic("web", "timeout", timeout=1)
    r = ctl.run("doctor", "web")
    assert r.returncode == 1 and "closed, nothing came, with toxics" in r.stdout


def test_doctor_says_that_a_worker_has_died(ctl, toxid, web):
    os.kill(toxid.worker("web"), 9)
    assert rig.wait_until(lambda: toxid.request(
        "GET", "/proxies/web/health").json()["worker_restarts"] == 1)
    assert "web\tits worker has died 1 times" in ctl("doctor", "web")


def test_who_holds_a_port(ctl, toxid):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        address = f"127.0.0.1:{port}"
        me = re.escape(open("/proc/self/comm").read().strip())
        held = f"held by {me}, process {os.getpid()}\n"
        r = ctl.run("create", "web", "-l", address, "-u", "127.0.0.1:1")
        assert r.returncode == 1
        assert re.search("address already in use: " + held, r.stderr), r
        ctl("create", "off", "-l", address, "-u", "127.0.0.1:1", "--disabled")
        r = ctl.run("enable", "off")
        assert r.returncode == 1 and re.search(held, r.stderr), r
        assert re.search(f"disabled; its port {port} is " + held,
                         ctl("doctor", "off"))
    assert ctl("doctor", "off").endswith("\tdisabled\n")


# ---- a server that wants a token

TOKEN = {"TOXIPROXY_AUTH_TOKEN": "sesame"}


@pytest.fixture
def guarded():
    with Toxid(env=TOKEN, wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        assert rig.wait_until(
            lambda: ctl.run("list", env=TOKEN).returncode == 0)
        yield ctl


def test_token(guarded):
    proxy = ("create", "web", "-l", "localhost:0", "-u", "127.0.0.1:1")
    for env in ({}, {"TOXIPROXY_AUTH_TOKEN": ""},
                {"TOXIPROXY_AUTH_TOKEN": "wrong"}):
        r = guarded.run(*proxy, env=env)
        assert r.returncode == 1
        assert "HTTP 401: missing or invalid auth token: " in r.stderr
        assert "TOXIPROXY_AUTH_TOKEN" in r.stderr
        assert "sesame" not in r.stderr and "wrong" not in r.stderr
    guarded(*proxy, env=TOKEN)
    listed = guarded("list", env=TOKEN)
    assert listed.startswith("web\t")
    guarded("with", "web", "-t", "noop", "--", "true", env=TOKEN)
    assert "web\t" in guarded("top", "--interval", "0.3", env=TOKEN)
    r = guarded.run("doctor")
    assert r.returncode == 1 and "missing or invalid auth token" in r.stdout


def test_a_token_is_one_line(guarded):
    r = guarded.run(
        "list", env={"TOXIPROXY_AUTH_TOKEN": "a\nX-Evil: yes"})
    assert r.returncode == 1 and "more than a line" in r.stderr
