# SPDX-License-Identifier: ISC
"""toxictl connect: what clients meet."""

import json

import pytest


def connect_of(ctl, proxy="web"):
    return json.loads(ctl("inspect", proxy, "--json")).get("connect")


@pytest.mark.parametrize("flags, connect, text", [
    (["--refuse"], {"mode": "refuse"}, "refuse"),
    (["--blackhole"], {"mode": "blackhole"}, "blackhole"),
    (["--reset"], {"mode": "reset"}, "reset"),
    (["--accept-delay", "1.5s"], {"mode": "accept_delay", "delay": 1500},
     "accept_delay 1500ms"),
    (["--dial-delay", "2s"], {"dial_delay": 2000}, "dial after 2000ms"),
    (["--dial-fail", "timeout", "--dial-delay=5ms", "--refuse"],
     {"mode": "refuse", "dial_delay": 5, "dial_fail": "timeout"},
     "refuse, dial timeout after 5ms")])
def test_set_and_cleared(ctl, toxid, web, flags, connect, text):
    lines = ctl("list"), ctl("inspect", "web")
    assert ctl("connect", "web", *flags) == (
        f"Connect of proxy web is now {text}\n")
    assert connect_of(ctl) == connect
    for shown, _ in (ctl.on_terminal("list"),
                     ctl.on_terminal("inspect", "web")):
        assert text in shown
    assert text in ctl("why", "web")
    assert (ctl("list"), ctl("inspect", "web")) == lines
    assert ctl("connect", "web", "--clear") == (
        "Connect of proxy web is now usual\n")
    assert connect_of(ctl) is None
    assert text not in ctl.on_terminal("inspect", "web")[0]


def test_first_packets_that_are_lost(ctl, toxid, web):
    loss = toxid.request("GET", "/health").json()["capabilities"]["tcp_loss"]
    if not loss["available"]:
        pytest.skip(f"syn_loss: {loss['lacks']}")
    assert ctl("connect", "web", "--syn-loss", "0.25", "--refuse") == (
        "Connect of proxy web is now refuse, first packets lost 25%\n")
    assert connect_of(ctl) == {"mode": "refuse", "syn_loss": 0.25}
    assert ctl("connect", "web", "--syn-loss=1") == (
        "Connect of proxy web is now first packets lost 100%\n")
    assert connect_of(ctl) == {"syn_loss": 1}


def test_as_json(ctl, toxid, web):
    shown = json.loads(ctl("connect", "web", "--reset", "--json"))
    assert (shown["name"], shown["connect"]) == ("web", {"mode": "reset"})


@pytest.mark.parametrize("flags, why", [
    ([], "one of --refuse"), (["--clear", "--refuse"], "one of --refuse"),
    (["--refuse", "--reset"], "one of --refuse"),
    (["--accept-delay", "5"], "a time is wanted"),
    (["--accept-delay", "0"], "a time is wanted"),
    (["--dial-fail", "never"], "--dial-fail is"),
    (["--refuze"], "did you mean --refuse?")])
def test_mistakes(ctl, toxid, web, flags, why):
    r = ctl.run("connect", "web", *flags)
    assert r.returncode == 2 and why in r.stderr and not r.stdout
    assert connect_of(ctl) is None


def test_applied_and_exported(ctl, toxid, web, tmp_path):
    ctl("connect", "web", "--accept-delay", "2s")
    saved = ctl("export")
    assert json.loads(saved)[0]["connect"] == {
        "mode": "accept_delay", "delay": 2000}
    ctl("connect", "web", "--clear")
    file = tmp_path / "web.json"
    file.write_text(saved)
    assert "connect usual -> accept_delay 2000ms" in ctl("apply", str(file))
    assert connect_of(ctl) == {"mode": "accept_delay", "delay": 2000}
    entry = json.loads(saved)[0]
    del entry["connect"]
    file.write_text(json.dumps([entry]))
    ctl("apply", str(file))
    assert connect_of(ctl), "what is not said is left alone"
    file.write_text(json.dumps([{**entry, "connect": None}]))
    ctl("apply", str(file))
    assert connect_of(ctl) is None
    file.write_text(json.dumps([{**entry, "connect": {"mode": "off"}}]))
    r = ctl.run("apply", str(file))
    assert r.returncode != 0 and "a mode is refuse" in r.stderr


@pytest.mark.parametrize("connect, why", [
    ({"dial_delay": 5.0}, None), ({"DELAY": 7.5}, "is a number of mill"),
    ({"dial_delay": 1e300}, "is a number of mill"),
    ({"dial_delay": "5"}, "is a number of mill"),
    ({"dial_fails": "refused"}, "\"connect\" has mode"),
    ({"dial_fails": None}, None), ({"dial_fail": "no"}, "a dial_fail is"),
    ({"mode": 3}, "a mode is"), ([], "\"connect\" has mode")])
def test_what_a_file_may_have(ctl, toxid, web, tmp_path, connect, why):
    entry = json.loads(ctl("export"))[0]
    file = tmp_path / "web.json"
    file.write_text(json.dumps([{**entry, "connect": connect}]))
    r = ctl.run("apply", str(file))
    assert (r.returncode != 0) == (why is not None) and (why or "") in r.stderr
