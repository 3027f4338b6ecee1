# SPDX-License-Identifier: ISC
"""Names that a shell would run, were they not quoted: nobody who presses Tab
does what somebody has named a proxy, and what is offered is that name."""

import os
import shlex
import subprocess

import pytest
from conftest import PATIENCE, TOXICTL, environment
from test_completion import FOLDER, Zsh, fish

# Each makes a file, if anybody lets it.
COMMANDS = ["$(touch${IFS}ran)", "`touch${IFS}ran`", "${x:=$(touch${IFS}ran)}",
            "$((a[$(touch${IFS}ran)]))", "$(touch ran)", "`touch ran`",
            "';touch ran;'", '";touch ran;"', "<(touch ran)", "a;touch ran",
            "|touch ran", "&touch ran", ">ran"]
ODD = ["a b c", "a'b", 'a"b', "a\\b", "$HOME", "~", "*", "#x", "{a,b}", "a:b",
       "!!", "x\\ny", "$[1+1]", "-x"]


@pytest.fixture
def env(ctl, toxid, tmp_path):
    for name in [*COMMANDS, *ODD]:
        toxid.proxy(name, "127.0.0.1:1")
    toxid.proxy("web", "127.0.0.1:1")
    for name in [*COMMANDS, *ODD]:
        r = toxid.request("POST", "/proxies/web/toxics",
                          {"type": "noop", "name": name})
        assert r.status == 200
    path = os.path.dirname(TOXICTL) + ":" + os.environ["PATH"]
    return environment(ctl.url, PATH=path, HOME=str(tmp_path),
                       XDG_DATA_HOME=str(tmp_path))


def bash(script, env):
    r = subprocess.run(["bash", "--norc", "-c", script], cwd=env["HOME"],
                       env=env, text=True, capture_output=True,
                       timeout=PATIENCE)
    assert r.stderr == ""
    return r.stdout.splitlines()


def offered_by_bash(line, env):
    return bash(f"source {FOLDER}/toxictl.bash; "
                f"COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}; "
                '_toxictl; [ ${#COMPREPLY[@]} = 0 ] || '
                'printf "%s\\n" "${COMPREPLY[@]}"', env)


LINES = ["toxictl inspect ", "toxictl delete ", "toxictl toxic add ",
         "toxictl toxic remove web -n ", "toxictl with ", "toxictl export "]


@pytest.mark.parametrize("line", LINES)
def test_bash(env, tmp_path, line):
    offered = offered_by_bash(line, env)
    assert not (tmp_path / "ran").exists()
    # as the shell reads the line that they are put on
    meant = bash(f"printf '%s\\n' {' '.join(offered)}", env)
    assert set(meant) - {"web"} == {*COMMANDS, *ODD}
    assert not (tmp_path / "ran").exists()


def test_bash_when_something_has_been_typed(env, tmp_path):
    for typed in ("$(", "\\$\\(", "`", "\\`", "'", "a"):
        offered = offered_by_bash(f"toxictl inspect {typed}", env)
        assert offered
        assert set(bash(f"printf '%s\\n' {' '.join(offered)}", env)) <= {
            *COMMANDS, *ODD}
    # nor what is on the line already
    for typed in ("$(touch${IFS}ran)", "`touch${IFS}ran`"):
        for line in (f"toxictl toxic remove {typed} -n ",
                     f"toxictl toxic add web -t {typed} -a "):
            assert offered_by_bash(line, env) == []
    assert not (tmp_path / "ran").exists()


def test_bash_and_files(env, tmp_path):
    (tmp_path / "$(touch${IFS}ran)").touch()
    for line in ("toxictl apply ", "toxictl with web -t noop -- ./"):
        offered = offered_by_bash(line, env)
        assert "\\$\\(touch\\$\\{IFS\\}ran\\)" in "".join(offered)
    assert not (tmp_path / "ran").exists()


def test_fish(env, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in ("toxictl inspect ", "toxictl toxic remove web -n "):
        assert {*COMMANDS, *ODD} <= set(fish(line, env))
    assert not (tmp_path / "ran").exists()


def test_zsh(env, tmp_path):
    z = Zsh(env)
    try:
        z.ask(f"cd {tmp_path}; print rea''dy\n", "ready")
        found = z.ask("toxictl inspect '`touch ra\t\x18", "<([^<>]*)>")
        assert found[1].strip() == "toxictl inspect '`touch ran`'"
    finally:
        z.close()
    assert not (tmp_path / "ran").exists()
