# SPDX-License-Identifier: ISC
"""What the three shells offer, asked of the shells."""

import os
import pathlib
import pty
import re
import select
import shlex
import subprocess
import time

import pytest
from conftest import PATIENCE, TOXICTL, TYPES, environment

FOLDER = (pathlib.Path(__file__).parent.parent.parent /
          "toxictl/completion").resolve()

# Where there is nothing to be typed any more, all that there is.
OFFERED = [
    ("toxictl ins", ["inspect"]),
    ("toxictl toxic ", ["add", "update", "remove"]),
    ("toxictl inspect ", ["web", "other"]),
    ("toxictl toxic add w", ["web"]),
    ("toxictl with ot", ["other"]),
    ("toxictl toxic add web -t lat", ["latency"]),
    ("toxictl toxic add web --type ", TYPES),
    ("toxictl toxic remove web -n ", ["mine", "slow"]),
    ("toxictl toxic add web -t latency -a jit", ["jitter="]),
    ("toxictl wait web --hit ", ["mine", "slow"]),
    ("toxictl who", ["whoami"]),
    ("toxictl tok", ["token"]),
    ("toxictl flee", ["fleet"]),
    ("toxictl fleet d", ["drain"]),
    ("toxictl prof", ["profile"]),
    ("toxictl profile ", ["list", "show", "apply", "remove"]),
    ("toxictl profile apply ot", ["other"]),
    ("toxictl profile apply web sat", ["satellite"]),
    ("toxictl with web --profile star", ["starlink"]),
    ("toxictl scen", ["scenario"]),
    ("toxictl scenario ", ["run", "list", "show", "stop"]),
    ("toxictl scenario stop ", ["flaky"]),
    ("toxictl token h", ["hash"]),
    ("toxictl token ", ["new", "list", "revoke", "hash"]),
]


@pytest.fixture
def env(ctl, toxid, web, tmp_path):
    toxid.proxy("other", "127.0.0.1:1")
    toxid.toxic("web", "latency", toxic_name="mine")
    toxid.toxic("web", "noop", toxic_name="slow")
    assert toxid.request("POST", "/scenarios", {
        "name": "flaky", "proxy": "other", "steps": [{"duration": 3600000}]
    }).status == 201
    path = os.path.dirname(TOXICTL) + ":" + os.environ["PATH"]
    # the server is on the line: it is asked
    return environment("http://127.0.0.1:1", PATH=path, HOME=str(tmp_path),
                       XDG_DATA_HOME=str(tmp_path), URL=ctl.url)


def with_host(line, env):
    return line.replace("toxictl ", f"toxictl -h {env['URL']} ", 1)


def bash(line, env):
    script = (f"source {FOLDER}/toxictl.bash; COMP_LINE={shlex.quote(line)}; "
              "COMP_POINT=${#COMP_LINE}; _toxictl; "
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "--norc", "-c", script], env=env, text=True,
                          capture_output=True, timeout=PATIENCE).stdout.split()


def fish(line, env):
    script = (f"source {FOLDER}/toxictl.fish; complete -C "
              + "'" + line + "'")
    r = subprocess.run(["fish", "--no-config", "-c", script], env=env,
                       text=True, capture_output=True, timeout=PATIENCE)
    return [row.split("\t")[0] for row in r.stdout.splitlines()]


@pytest.mark.parametrize("shell", [bash, fish])
@pytest.mark.parametrize("line, offered", OFFERED)
def test_offers(env, shell, line, offered):
    assert sorted(shell(with_host(line, env), env)) == sorted(offered)


@pytest.mark.parametrize("line, flag", [
    ("toxictl create --l", "--listen"), ("toxictl apply --d", "--dry-run"),
    ("toxictl with --tox", "--toxicity"), ("toxictl list --js", "--json"),
    ("toxictl list --tok", "--token-file"), ("toxictl list --ten", "--tenant"),
    ("toxictl list --cac", "--cacert"),
    ("toxictl sessions --wa", "--watch"), ("toxictl sessions --en", "--ended"),
    ("toxictl scenario run --wa", "--watch"),
    ("toxictl wait --hi", "--hit"), ("toxictl wait web --en", "--ended"),
    ("toxictl --fleet http://e/x fleet apply --sc", "--scope"),
    ("toxictl apply --sour", "--source"),
    ("toxictl fleet drain --wi", "--within"),
    ("toxictl events --fo", "--follow"), ("toxictl events --af", "--after"),
    ("toxictl token hash --na", "--name"), ("toxictl token hash --ne", "--new"),
])
@pytest.mark.parametrize("shell", [bash, fish])
def test_offers_flags(env, shell, line, flag):
    assert flag in shell(line, env)


def test_a_number_is_not_offered(env):
    assert bash(with_host("toxictl wait web --ended ", env), env) == []
    assert bash(with_host("toxictl sessions --ended w", env), env) == ["web"]


def test_bash_knows_the_command_behind_it(env, tmp_path):
    offered = bash("toxictl with web -t latency -- prin", env)
    assert "printf" in offered


class Zsh:
    """An interactive one; what a Tab makes of a line."""

    def __init__(self, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], env)
        self.ask(f"fpath=({FOLDER} $fpath); PS1=; PROMPT_EOL_MARK=; "
                 "unsetopt zle_bracketed_paste; autoload -Uz compinit; "
                 "compinit -u -D; bindkey '^I' complete-word; "
                 "show() { print -r -- \"<$BUFFER>\"; BUFFER=; }; zle -N show; "
                 "bindkey '^X' show; print rea''dy\n", "ready")

    def ask(self, keys, pattern):
        os.write(self.fd, keys.encode())
        shown, end = "", time.monotonic() + PATIENCE
        while not (found := re.search(pattern, shown)):
            assert time.monotonic() < end, shown
            if select.select([self.fd], [], [], 0.1)[0]:
                shown += os.read(self.fd, 65536).decode(errors="replace")
        return found

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


@pytest.fixture
def zsh(env):
    z = Zsh(env)
    yield z
    z.close()


@pytest.mark.parametrize("line, offered", [
    case for case in OFFERED if len(case[1]) == 1])
def test_zsh_completes(env, zsh, line, offered):
    line = with_host(line, env)
    whole = line.rpartition(" ")[0] + " " + offered[0]
    found = zsh.ask(line + "\t\x18", r"<(toxictl [^<>]*)>")
    assert found[1].rstrip() == whole


def test_zsh_lists(env, zsh):
    line = with_host("toxictl toxic remove web -n ", env)
    zsh.ask(line + "\t\t", r"mine\W+slow")
