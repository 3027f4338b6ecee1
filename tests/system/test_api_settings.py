# SPDX-License-Identifier: ISC
""""api" of a configuration file: what can be wrong with it, and what becomes
of what is right."""

import os
import signal

import pytest
from rig import Toxid, wait_until
from test_browsers import ask
from test_config import check, file  # noqa: F401
from test_upstreams import reload

PORTLESS = "expected a host's name, without its port"
BAD = {
    '{"api": 5}': ['1:2: api: expected an object, got an integer'],
    '{"api": {"allow_hosts": 5}}':
        ["1:10: api.allow_hosts: expected an array, got an integer"],
    '{"api": {"allow_hosts": ["a:80", 5, "a"]}}':
        [f'1:26: api.allow_hosts[0]: "a:80": {PORTLESS}',
         "1:34: api.allow_hosts[1]: expected a string, got an integer"],
    '{"api": {"allow_hosts": ["", "a..b", ".a", "ä"]}}':
        [f'1:{at}: api.allow_hosts[{i}]: "{name}": {PORTLESS}'
         for i, (at, name) in enumerate(
             [(26, ""), (30, "a..b"), (38, ".a"), (44, "ä")])],
    '{"api": {"allow_host": []}}':
        ['1:10: api.allow_host: unknown key: did you mean "allow_hosts"?'],
    '{"api": {"x": 1}}': ["1:10: api.x: unknown key"],
    '{"api": {"allow_hosts": [], "Allow_Hosts": []}}':
        ["1:29: api.allow_hosts: it is there twice"],
    '{"api": {"allow_hosts": [%s]}}' % ", ".join(['"a"'] * 65):
        ["1:10: api.allow_hosts: there are more than 64"],
    '{"api": {}, "API": {}}': ["1:13: api: it is there twice"],
    '{"apis": {}}':
        ['1:2: "apis": there is no such setting, did you mean "api"?'],
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_is_said(file, text):  # noqa: F811
    status, wrong, _ = check(file(text))
    assert (status, sorted(wrong)) == (1, sorted(BAD[text]))


@pytest.mark.parametrize("text", BAD)
def test_and_is_no_start(file, text):  # noqa: F811
    with pytest.raises(AssertionError):
        Toxid("-config", file(text))


def test_what_is_right(file):  # noqa: F811
    for api in ({}, None, {"allow_hosts": []}, {"allow_hosts": None},
                {"Allow_Hosts": ["a.example.", "a-b_c", "A"]}):
        assert check(file({"api": api}))[:2] == (0, [])


def test_a_proxy_may_have_that_name(file):  # noqa: F811
    proxy = {"listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}
    with Toxid("-config", file({"api": proxy})) as t:
        assert wait_until(lambda: "api" in t.request(
            "GET", "/proxies").json())


def status(t, host):
    """What a browser gets that calls it so"""
    return ask(t, f"Host: {host}", "Sec-Fetch-Site: none")[0]


def allow(*names):
    return {"api": {"allow_hosts": list(names)}}


def test_browsers_may_call_it_by_these(file):  # noqa: F811
    names = [f"n{i}.example" for i in range(64)]
    with Toxid("-allow-host", "ours.example",
               "-config", file(allow(*names))) as t:
        assert {status(t, n) for n in [*names, "ours.example"]} == {200}
        assert status(t, "n64.example") == 403


def test_a_reload_is_for_who_calls_next(file):  # noqa: F811
    with Toxid("-allow-host", "ours.example",
               "-config", file(allow("a.example"))) as t:
        file(allow("b.example"))
        reload(t)
        assert wait_until(lambda: status(t, "b.example") == 200)
        assert status(t, "a.example") == 403
        file({"api": {"allow_hosts": ["not:good"]}})
        reload(t, "Reload failed, nothing has changed")
        assert status(t, "b.example") == 200
        file([])
        reload(t)
        assert wait_until(lambda: status(t, "b.example") == 403)
        assert status(t, "ours.example") == 200


@pytest.mark.parametrize("roles", [["apid"], ["ctld"], ["ctld", "apid"]])
def test_whoever_follows_knows_them(file, roles):  # noqa: F811
    with Toxid("-config", file(allow("a.example"))) as t:
        file(allow("b.example"))
        reload(t)
        pids = {role: t.child(role) for role in roles}
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        for role, pid in pids.items():
            assert wait_until(
                lambda: t.children().get(role, [pid]) != [pid])
        t.wait_until_up()
        assert status(t, "b.example") == 200
        assert status(t, "a.example") == 403


def test_an_upgrade_keeps_them(file):  # noqa: F811
    with Toxid("-config", file(allow("a.example"))) as t:
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: any(
            line["message"] == "Upgraded" for line in t.log()))
        assert wait_until(lambda: status(t, "a.example") == 200)
        assert status(t, "b.example") == 403
