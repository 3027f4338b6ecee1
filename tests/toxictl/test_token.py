# SPDX-License-Identifier: ISC
"""Who toxictl is to a server: where its token is from, what is said when that
is refused, and that nobody else sees it."""

import json
import os
import re

import pytest
import rig
from conftest import Toxictl
from rig import Toxid

GOOD = "sesame"
NAME = "TOXIPROXY_AUTH_TOKEN"


@pytest.fixture(scope="module")
def server():
    with Toxid(env={NAME: GOOD}, wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        assert rig.wait_until(
            lambda: ctl.run("list", env={NAME: GOOD}).returncode == 0)
        yield ctl


class Home:
    """A home of the test's own, with a token in its place if it is put there;
    and toxictl, run there."""

    def __init__(self, ctl, folder):
        self.ctl, self.folder, self.more = ctl, folder, []
        self.env = {"HOME": str(folder), "XDG_CONFIG_HOME": "", NAME: ""}
        self.path = folder / ".config/toxictl/token"

    def put(self, text, mode=0o600, path=None):
        path = path or self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return path

    def run(self, *args, **more):
        env = {**self.env, **more.pop("env", {})}
        return self.ctl.run(*args, *self.more, env=env, **more)

    def set(self, source, token):
        if source == "--token-file":
            self.more = [source, str(self.put(token, path=self.folder / "f"))]
        elif source == "TOXIPROXY_URL":
            self.env[source] = self.ctl.url.replace("//", f"//:{token}@")
        elif source == NAME:
            self.env[source] = token
        else:
            self.put(token)


@pytest.fixture
def home(server, tmp_path):
    return Home(server, tmp_path)


# Nearest first.
SOURCES = ["--token-file", "TOXIPROXY_URL", NAME, "toxictl/token"]


@pytest.mark.parametrize("n", range(len(SOURCES)))
def test_the_nearest_counts(home, n):
    for source in SOURCES[n + 1:]:
        home.set(source, "wrong")
    home.set(SOURCES[n], GOOD)
    r = home.run("list")
    assert (r.returncode, r.stdout, r.stderr) == (0, "", "")
    for source in SOURCES[n + 1:]:
        home.set(source, GOOD)
    home.set(SOURCES[n], "wrong")
    r = home.run("list")
    assert r.returncode == 1 and "HTTP 401: missing or invalid" in r.stderr
    said = str(home.folder / "f") if n == 0 else SOURCES[n]
    assert re.search(f"sent is that of [^ ]*{said}, the first", r.stderr), r
    assert GOOD not in r.stderr and "wrong" not in r.stderr


def test_no_token(home):
    r = home.run("list")
    assert r.returncode == 1
    for source in ("--token-file", NAME, f"there is no {home.path}."):
        assert source in r.stderr, r
    r = home.run("list", "--json")
    said = json.loads(r.stderr)
    assert said["status"] == 401 and str(home.path) in said["hint"]
    assert "missing or invalid auth token" in said["error"]
    # where it is no error of one command
    for line in (["doctor"], ["doctor", "--json"]):
        r = home.run(*line)
        assert r.returncode == 1 and str(home.path) in r.stdout, r
    r = home.run("top", "--interval", "0.3")
    assert r.returncode == 1 and str(home.path) in r.stderr, r
    r = home.run("wait", "web", "--timeout", "10000")
    assert r.returncode == 1 and str(home.path) in r.stderr, r
    assert r.stderr.startswith("web does not answer: HTTP 401: "), r


def test_commands_for_which_there_need_be_no_token(home):
    home.put(GOOD, 0o644)
    for line in (["version"], ["completion", "bash"], ["help"],
                 ["token", "hash", "--new"]):
        r = home.run(*line, env={"TOXIPROXY_URL": "none:at:all"})
        assert (r.returncode, r.stderr) == (0, ""), r


# ---- the file at home

def test_where_it_is(home):
    other = home.folder / "other"
    home.put(GOOD, path=other / "toxictl/token")
    assert home.run("list", env={"XDG_CONFIG_HOME": str(other)}
                    ).returncode == 0
    # by the rules of XDG, such a path is not looked at
    assert home.run("list", env={"XDG_CONFIG_HOME": "other"}, cwd=home.folder
                    ).returncode == 1
    home.put(GOOD)
    assert home.run("list", env={"XDG_CONFIG_HOME": "other"}, cwd=home.folder
                    ).returncode == 0
    assert home.run("list", env={"XDG_CONFIG_HOME": str(other / "none")}
                    ).returncode == 1
    r = home.run("list", env={"HOME": ""})
    assert r.returncode == 1 and "~/.config/toxictl/token" in r.stderr


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_one_that_is_ours_alone(home, mode):
    home.put(GOOD + "\n", mode)
    assert home.run("list").returncode == 0


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o622, 0o601,
                                  0o610, 0o666])
def test_one_that_others_may_read_or_change(home, mode):
    home.put(GOOD, mode)
    r = home.run("list")
    assert (r.returncode, r.stdout) == (1, "")
    assert r.stderr == (
        f"{home.path}: others may read or change it, its mode is {mode:04o}: "
        "'chmod 600' makes it yours alone\n\n"[:-1])
    said = json.loads(home.run("list", "--json").stderr)
    assert f"{mode:04o}" in said["error"]
    # it is not looked at where there is another
    assert home.run("list", env={NAME: GOOD}).returncode == 0


def test_one_of_somebody_else(home):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(home.put(GOOD), 1234, 1234)
    r = home.run("list")
    assert (r.returncode, r.stdout) == (1, "")
    assert "it is somebody else's" in r.stderr


def test_one_that_cannot_be_read(home):
    home.path.mkdir(parents=True, mode=0o700)
    r = home.run("list")
    assert r.returncode == 1 and "Is a directory" in r.stderr


def test_a_home_of_somebody_else_has_none(home):
    """As a container's /root has for who is not root there: see check-oci.sh."""
    if os.geteuid() == 0:
        pytest.skip("root is denied nothing")
    home.put(GOOD)
    home.path.parent.chmod(0)
    try:
        r = home.run("list")
    finally:
        home.path.parent.chmod(0o700)
    assert r.returncode == 1 and "No token was found" in r.stderr
    assert "denied" not in r.stderr


# ---- what is in a file

@pytest.mark.parametrize("text", [
    GOOD, GOOD + "\n", GOOD + "\r\n", GOOD + " \t\n\n"])
def test_texts(home, text):
    home.put(text)
    assert home.run("list").returncode == 0
    home.put(text, 0o644, home.folder / "named")
    home.path.unlink()
    assert home.run("list", "--token-file", home.folder / "named"
                    ).returncode == 0


ODD = ["", "\n", "  \n", "two words", GOOD + "\nX-Evil: yes", " " + GOOD,
       GOOD + "\0", "\0", GOOD + "\0\n", "\x1b[31m", "\u00e9", "x" * 512,
       "x" * 100000, GOOD + " " * 1000, b"\xff"]


@pytest.mark.parametrize("text", ODD)
def test_texts_that_are_no_token(home, text):
    home.put(text)
    for more in ([], ["--token-file", str(home.path)]):
        r = home.run("list", *more)
        assert (r.returncode, r.stdout) == (1, ""), r
        assert re.search("/token: (there is no token|a token is one word of "
                         "visible ASCII characters|it is too long for a "
                         "token)$", r.stderr, re.MULTILINE), r
        assert GOOD not in r.stderr and "HTTP" not in r.stderr


def test_the_longest(home):
    home.put("x" * 511)
    assert "HTTP 401" in home.run("list").stderr


def test_a_named_file(home):
    r = home.run("list", "--token-file", home.folder / "none")
    assert r.returncode == 1 and "none: No such file" in r.stderr
    r = home.run("list", "--token-file", "")
    assert r.returncode == 1 and "No such file" in r.stderr
    r = home.run("list", "--token-file", "/dev/stdin", input=GOOD + "\n")
    assert r.returncode == 0, r
    home.put(GOOD, 0o644, home.folder / "mounted")  # as secrets often are
    assert home.run("--token-file", home.folder / "mounted", "list"
                    ).returncode == 0


def test_a_name_that_a_terminal_would_obey(home):
    for text, why in (("wrong", "HTTP 401"), ("", "there is no token")):
        odd = home.put(text, path=home.folder / "t\x1b[31m\n")
        r = home.run("list", "--token-file", odd)
        assert r.returncode == 1 and why in r.stderr, r
        assert "/t?[31m?" in r.stderr and "\x1b" not in r.stderr


# ---- nobody else sees it

@pytest.mark.parametrize("line", [
    ["--token", GOOD, "list"], ["list", "--token", GOOD],
    ["list", f"--token={GOOD}"], ["-token", GOOD, "list"],
    ["list", "-token=" + GOOD], ["list", "--json", "--token", GOOD],
    ["--json", f"--token={GOOD}", "list"], ["version", "--token", GOOD],
    ["-h", f"http://:{GOOD}@HOST", "list"], ["list", "-h", f":{GOOD}@HOST"],
    ["list", f"--host=http://{GOOD}@HOST"],
    ["list", "--json", "-h", f"http://me:{GOOD}@HOST/"],
    ["-h", f"http://:{GOOD}@HOST", "version"],
    ["token", "hash", GOOD], ["token", "hash", "--json", GOOD],
    ["token", "hash", "--name", GOOD + "/"]])
def test_not_on_a_command_line(home, line):
    host = home.ctl.url.partition("//")[2]
    r = home.run(*(word.replace("HOST", host) for word in line))
    assert (r.returncode, r.stdout) == (2, ""), r
    assert GOOD not in r.stderr
    if "--json" in line:
        assert json.loads(r.stderr)["error"]
    if line[0] != "token":
        assert "others can see" in r.stderr


@pytest.mark.parametrize("url", [
    "http://:{}@127.0.0.1:1", "http://{}@127.0.0.1:1", ":{}@127.0.0.1:1",
    "http://:{}@127.0.0.1:x", "http://:a/{}@127.0.0.1:1", "http://:{}@[::",
    "ftp://:{}@127.0.0.1"])
@pytest.mark.parametrize("line", [
    "list", "doctor", "wait web --timeout 0", "top --interval 0.3", "whoami",
    "with web -t noop -- true", "list --json", "doctor --json"])
def test_not_in_what_is_said_of_a_url(home, url, line):
    r = home.run(*line.split(), env={"TOXIPROXY_URL": url.format(GOOD)})
    assert r.returncode == 1 and "GOOD" not in r.stdout + r.stderr
    assert GOOD not in r.stdout + r.stderr, r


def test_not_on_the_screen_of_top(home):
    home.set("TOXIPROXY_URL", GOOD)
    t = home.ctl.terminal("top", "--interval", "0.3", NO_COLOR="1",
                          **home.env)
    shown = t.wait_for("0 proxies|no proxies")
    t.type("q")
    assert t.end() == 0
    assert GOOD not in shown + t.shown and "127.0.0.1" in shown + t.shown


def test_a_secret_is_not_held_by_who_runs_a_command(home):
    """toxictl with: what it runs has no more of it than its environment."""
    home.env["TOXIPROXY_URL"] = home.ctl.url
    home.put(GOOD)
    assert home.run("create", "web", "-l", "localhost:0", "-u",
                    "127.0.0.1:1").returncode == 0
    r = home.run("with", "web", "-t", "noop", "--", "sh", "-c",
                 "cat /proc/$PPID/cmdline /proc/$$/environ; ls -l /proc/$$/fd")
    assert r.returncode == 0 and GOOD not in r.stdout, r
    assert home.run("delete", "web").returncode == 0
