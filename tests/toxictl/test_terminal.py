# SPDX-License-Identifier: ISC
"""The commands on a terminal: aligned, coloured, and without surprises."""

import re

GREEN, RED, RESET = "\033[32m", "\033[31m", "\033[0m"


def columns(line):
    return [m.start() for m in re.finditer(r"(?<!\S)\S", line)]


def test_list(ctl, toxid):
    shown, code = ctl.on_terminal("list", NO_COLOR="1")
    assert code == 0 and "no proxies" in shown and "create`" in shown
    toxid.proxy("a", "127.0.0.1:1")
    toxid.proxy("a-much-longer-name-than-that", "127.0.0.1:1", enabled=False)
    toxid.proxy("gr\u00fc\u00df", "127.0.0.1:1")
    toxid.toxic("a", "noop")
    shown, code = ctl.on_terminal("list", NO_COLOR="1", LC_ALL="C.UTF-8")
    head, *rows = shown.splitlines()[:4]
    assert code == 0 and head.split() == [
        "Name", "Listen", "Upstream", "Enabled", "Toxics"]
    assert "\033" not in shown and "\t" not in shown
    for row in rows:
        assert columns(row) == columns(head), shown
    assert [row.split()[-1] for row in rows] == ["1", "None", "None"]
    assert "inspect <proxyName>`" in shown


def test_colours(ctl, toxid):
    toxid.proxy("on", "127.0.0.1:1")
    toxid.proxy("off", "127.0.0.1:1", enabled=False)
    shown, _ = ctl.on_terminal("list")
    assert f"{GREEN}on{RESET}" in shown and f"{RED}off{RESET}" in shown
    shown, _ = ctl.on_terminal("toggle", "on")
    assert shown == (f"Proxy {RED}on{RESET} is now {RED}disabled{RESET}\n")
    for env in {"NO_COLOR": "1"}, {"TERM": "dumb"}:
        assert "\033" not in ctl.on_terminal("list", **env)[0]
    assert "\033" in ctl.on_terminal("list", NO_COLOR="")[0]  # as if unset


def test_inspect(ctl, toxid, web):
    shown, _ = ctl.on_terminal("inspect", "web", NO_COLOR="1")
    assert f"Listen: {web['listen']}" in shown
    assert "Proxy has no toxics enabled." in shown
    toxid.toxic("web", "latency", "upstream", latency=1000000)
    shown, code = ctl.on_terminal("inspect", "web", NO_COLOR="1")
    assert code == 0
    assert re.search(r"^latency_upstream +latency +upstream +1\.00 +"
                     r"latency=1000000 jitter=0$", shown, re.M)


def test_a_name_is_no_command_to_the_terminal(ctl, toxid):
    toxid.proxy("x\033]0;owned\007\u009b31m", "127.0.0.1:1")
    shown, _ = ctl.on_terminal("list", NO_COLOR="1")
    assert "x?]0;owned?" in shown
    assert not set("\033\007\u009b") & set(shown)


def test_json_is_the_same(ctl, web):
    shown, code = ctl.on_terminal("list", "--json")
    assert code == 0 and shown == ctl("list", "--json")


def test_errors(ctl):
    shown, code = ctl.on_terminal("inspect", "a\033[31mb")
    assert code == 1 and "\033" not in shown and "not found" in shown


def test_apply(ctl, toxid, tmp_path):
    file = tmp_path / "wanted.json"
    file.write_text('[{"name": "a", "upstream": "h:1"}]')
    shown, _ = ctl.on_terminal("apply", str(file))
    assert shown.startswith(f"{GREEN}create{RESET} proxy a, ")
    toxid.proxy("x\033[31m", "127.0.0.1:1")
    shown, _ = ctl.on_terminal("apply", "--prune", str(file), NO_COLOR="1")
    assert shown == "delete proxy x?[31m\n"
    shown, _ = ctl.on_terminal("apply", str(file))
    assert shown == "All is as it should be.\n"


def test_wait_shows_progress(ctl):
    shown, code = ctl.on_terminal("wait", "x", "--timeout", "2")
    assert code == 1 and "\r\033[K0 s: proxy not found" in shown
    assert shown.endswith("x does not answer: proxy not found\n")


def test_doctor(ctl, web):
    shown, code = ctl.on_terminal("doctor", "web", NO_COLOR="1")
    assert code == 0 and "ok" in shown and "held" in shown


def test_with_and_the_keys(ctl, toxid, web):
    """Ctrl-C reaches the command once; the toxics go when it has ended."""
    t = ctl.terminal(
        "with", "web", "-t", "noop", "--", "sh", "-c",
        "trap 'echo caught; n=$((n+1))' INT; echo up; "
        "while [ -z \"$n\" ]; do sleep 0.1; done; sleep 1; "
        "echo times: $n; exit 5")
    t.wait_for("up")
    assert len(toxid.request("GET", "/proxies/web/toxics").json()) == 1
    t.type("\003")
    assert t.end() == 5
    assert t.shown.count("caught") == 1 and "times: 1" in t.shown
    assert toxid.request("GET", "/proxies/web/toxics").json() == []
