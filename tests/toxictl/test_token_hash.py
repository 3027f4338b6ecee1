# SPDX-License-Identifier: ISC
"""toxictl token hash: what a server's file has of a token."""

import hashlib
import json
import os
import re
import termios
import time

import pytest
import rig
from conftest import Toxictl

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def alone(tmp_path):
    """With no server, and a home in which nothing is written."""
    ctl = Toxictl(NOWHERE)
    run = ctl.run

    def run_there(*args, **more):
        more.setdefault("env", {"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""})
        r = run(*args, cwd=tmp_path, **more)
        assert os.listdir(tmp_path) == []
        return r
    ctl.run = run_there
    return ctl


def sha256(token):
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("typed", ["sesame", "sesame\n", "sesame\r\n"])
def test_a_token(alone, typed):
    r = alone.run("token", "hash", input=typed)
    assert (r.returncode, r.stderr) == (0, "")
    digest, line = r.stdout.splitlines()
    assert digest == sha256("sesame")
    assert line == f'{{ "name": "NAME", "sha256": "{digest}" }}'
    r = alone.run("token", "hash", "--name", "ci", "--json", input=typed)
    assert json.loads(r.stdout) == {"name": "ci", "sha256": digest}
    assert "sesame" not in r.stdout + r.stderr


def test_a_new_one(alone):
    tokens = set()
    for _ in range(20):
        token, digest, line = alone(
            "token", "hash", "--new", "--name", "ci").splitlines()
        # 32 bytes: 43 characters, of which the last has two of them
        assert re.fullmatch("toxid_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", token)
        assert digest == sha256(token)
        assert json.loads(line) == {"name": "ci", "sha256": digest}
        tokens.add(token)
    assert len(tokens) == 20
    assert all(len({t[i] for t in tokens}) > 3 for i in range(6, 48))
    one = json.loads(alone("token", "hash", "--new", "--json"))
    assert one["sha256"] == sha256(one["token"]) and one["name"] == "NAME"
    # it is one by our own rules
    assert alone("token", "hash", input=one["token"]).split()[0] == (
        one["sha256"])


@pytest.mark.parametrize("typed, why", [
    ("", "there is no token"), ("\n", "there is no token"),
    ("two words", "one word of visible ASCII"), ("a\nb", "one word"),
    ("a\0", "one word"), ("\u00e9", "one word"), ("x" * 512, "too long")])
def test_no_token(alone, typed, why):
    r = alone.run("token", "hash", input=typed)
    assert (r.returncode, r.stdout) == (1, "") and why in r.stderr


@pytest.mark.parametrize("name", [
    "", ".ci", "a/b", "a b", "\u00e9", "x" * 64, "a\"b", "a\n"])
def test_names_that_are_none(alone, name):
    r = alone.run("token", "hash", "--new", "--name", name)
    assert (r.returncode, r.stdout) == (2, "")
    assert "--name is at most 63 letters" in r.stderr


def test_the_group(alone):
    assert alone("token") == alone("help", "token") == alone("token", "-h")
    assert "   hash " in alone("token") and "latency" not in alone("token")
    r = alone.run("token", "hsah")
    assert (r.returncode, r.stdout) == (3, "")
    assert r.stderr.endswith("Did you mean 'token hash'?\n")
    # those of another group are none of this
    assert alone.run("token", "add").returncode == 3
    assert alone.run("toxic", "hash").returncode == 3


# ---- on a terminal

def test_it_is_not_shown(alone):
    t = alone.terminal("token", "hash", "--name", "ci")
    t.wait_for("Token: ")
    t.type("sesame\n")
    code = t.end()
    assert code == 0 and "sesame" not in t.shown
    assert sha256("sesame") in t.shown and '{ "name": "ci"' in t.shown


def test_nothing_typed(alone):
    t = alone.terminal("token", "hash")
    t.wait_for("Token: ")
    t.type("\n")
    assert t.end() == 1 and "there is no token" in t.shown


def has_ended(t):
    """A Ctrl-C between the prompt and the wait for keys is lost: one more."""
    t.type("\x03")
    time.sleep(0.2)
    return os.waitid(os.P_PID, t.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def test_an_interrupt_leaves_the_terminal_as_it_was(alone):
    t = alone.terminal("token", "hash")
    fd = os.dup(t.fd)
    t.wait_for("Token: ")
    assert not termios.tcgetattr(fd)[3] & termios.ECHO
    t.type("ses")
    assert rig.wait_until(lambda: has_ended(t))
    assert termios.tcgetattr(fd)[3] & termios.ECHO
    assert t.end() != 0 and "ses" not in t.shown
    os.close(fd)


def test_a_new_one_is_shown_to_people(alone):
    shown, code = alone.on_terminal("token", "hash", "--new")
    assert code == 0
    token = re.search("toxid_[A-Za-z0-9_-]{43}", shown)[0]
    assert shown.count(token) == 1 and sha256(token) in shown
    assert 'For "tokens" of a tenant' in shown
