# SPDX-License-Identifier: ISC
"""toxictl token new, list, revoke: who may call, by those who may say so."""

import datetime
import http.server
import json
import os
import re
import subprocess
import threading

import pytest
import rig
from conftest import PATIENCE, TOXICTL, Toxictl, environment
from rig import Toxid
from test_completion import Zsh, bash, fish
from test_tenants import NAME, UNTIL, Lab

SECRET = "toxid_[A-Za-z0-9_-]{43}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("lab"))
    with Toxid("-config", str(made.file), wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        made.ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        assert rig.wait_until(
            lambda: made.as_("ops", "list").stdout.count("\n") == 2)
        yield made


def new(lab, who, *args):
    """The secret, and what is said of it to people"""
    r = lab.as_(who, "token", "new", *args)
    assert r.returncode == 0, r
    assert re.fullmatch(SECRET + "\n", r.stdout), r
    return r.stdout.strip(), r.stderr


def listed(lab, who, *args):
    r = lab.as_(who, "token", "list", "--json", *args)
    assert (r.returncode, r.stderr) == (0, ""), r
    return {t["name"]: t for t in json.loads(r.stdout)}


def revoke(lab, who, name, *args):
    r = lab.as_(who, "token", "revoke", name, *args)
    assert (r.returncode, r.stderr) == (0, ""), r
    return r.stdout


# ---- made, seen and taken back

def test_the_secret_alone_is_on_stdout(lab):
    secret, said = new(lab, "ci", "made")
    assert said == ("Token made of tenant payments: role tenant, "
                    "expires never.  It is shown this once.\n")
    r = lab.ctl.run("whoami", "--json", env={NAME: secret})
    assert json.loads(r.stdout)["token"] == "made"
    assert revoke(lab, "ci", "made") == "Revoked token made\n"
    r = lab.ctl.run("whoami", env={NAME: secret})
    assert r.returncode == 1 and "HTTP 401" in r.stderr
    assert "made" not in listed(lab, "ci")


def test_as_json(lab):
    r = lab.as_("ci", "token", "new", "made", "--role", "reader", "--expires",
                UNTIL, "--json")
    assert (r.returncode, r.stderr) == (0, "")
    made = json.loads(r.stdout)
    assert re.fullmatch(SECRET, made.pop("token"))
    assert made == {"name": "made", "role": "reader", "expires": UNTIL,
                    "tenant": "payments"}
    assert listed(lab, "ci")["made"] == {
        "name": "made", "role": "reader", "expires": UNTIL, "last_used": None,
        "of_file": False}
    assert json.loads(revoke(lab, "ci", "made", "--json")) == {
        "revoked": "made"}


def test_list(lab):
    new(lab, "ci", "zebra", "--role", "reader", "--expires", UNTIL)
    rows = [line.split("\t") for line in
            lab.as_("ci", "token", "list").stdout.splitlines()]
    assert [row[0] for row in rows] == [
        "ci", "dashboard", "late", "ops", "zebra"]
    assert rows[-1] == ["zebra", "reader", UNTIL, "", "API"]
    assert rows[0][:3] == ["ci", "tenant", UNTIL] and rows[0][4] == "file"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:00Z", rows[0][3])
    assert lab.as_("ci", "token", "ls").stdout.count("\n") == 5
    # a reader sees them, and changes nothing
    assert set(listed(lab, "dashboard")) == {row[0] for row in rows}
    for line in (["new", "x"], ["revoke", "zebra"]):
        r = lab.as_("dashboard", "token", *line)
        assert r.returncode == 1, r
        assert "HTTP 403: this token may only read\n" in r.stderr
    shown, code = lab.ctl.on_terminal(
        "token", "list", **{NAME: lab.tokens["ci"]}, NO_COLOR="1")
    assert code == 0
    assert re.search(r"Name +Role +Expires +Last used +Kept by\n", shown)
    assert re.search(rf"zebra +reader +{UNTIL} +not yet +API\n", shown)
    assert re.search(r"ops +admin +never +\S+ +file\n", shown)
    revoke(lab, "ci", "zebra")


def test_on_a_terminal(lab):
    shown, code = lab.ctl.on_terminal(
        "token", "new", "shown", **{NAME: lab.tokens["ci"]})
    assert code == 0
    assert re.fullmatch(SECRET + "\nToken shown of tenant payments: .*\n",
                        shown)
    revoke(lab, "ci", "shown")


def test_in_another_tenant(lab):
    _, said = new(lab, "ops", "theirs", "--tenant", "search")
    assert "Token theirs of tenant search: " in said
    assert "theirs" in listed(lab, "other")
    assert "theirs" not in listed(lab, "ops")
    assert {"payments/ci", "search/ci", "search/theirs"} <= set(
        listed(lab, "ops", "--tenant", "*"))
    revoke(lab, "ops", "theirs", "--tenant", "search")
    r = lab.as_("ci", "token", "list", "--tenant", "search")
    assert r.returncode == 1 and "HTTP 403" in r.stderr
    shown, code = lab.ctl.on_terminal(
        "token", "list", "--tenant", "", **{NAME: lab.tokens["ops"]})
    assert code == 0 and shown.startswith("no tokens\n")


# ---- when it ends

@pytest.mark.parametrize("said, seconds", [
    ("30d", 30 * 86400), ("12h", 12 * 3600), ("90m", 5400), ("3600s", 3600),
    ("2w", 14 * 86400)])
def test_so_long_from_now_on(lab, said, seconds):
    before = datetime.datetime.now(datetime.timezone.utc)
    new(lab, "ci", "while", "--expires", said)
    after = datetime.datetime.now(datetime.timezone.utc)
    ends = datetime.datetime.fromisoformat(
        listed(lab, "ci")["while"]["expires"].replace("Z", "+00:00"))
    revoke(lab, "ci", "while")
    second = datetime.timedelta(seconds=1)
    assert before - second <= ends - seconds * second <= after + second


@pytest.mark.parametrize("said", [
    UNTIL, "2199-01-31T01:30:00+01:30", "2199-01-30T19:00:00-05:00",
    "2199-01-31T00:00:00.5Z", "2199-01-31T00:00:00z"])
def test_times(lab, said):
    new(lab, "ci", "until", f"--expires={said}")
    assert listed(lab, "ci")["until"]["expires"] == UNTIL
    revoke(lab, "ci", "until")


@pytest.mark.parametrize("said", [
    "", "30", "d", "0d", "-1d", "1.5h", "30 d", "30days", "99999999999w",
    "99999999999999999999d", "9999999d", "tomorrow", "2199-01-31",
    "2199-02-30T00:00:00Z", "2199-01-31T00:00:00", "2199-01-31T00:00:00 Z",
    "2199-01-31T00:00:00.Z", "2199-01-31T00:00:00Zx", "1960-01-01T00:00:00Z"])
def test_times_that_are_none(lab, said):
    r = lab.as_("ci", "token", "new", "x", f"--expires={said}")
    assert (r.returncode, r.stdout) == (2, "")
    assert "--expires is a time, as 2027-01-31T00:00:00Z, or how" in r.stderr
    assert "See 'toxictl help token new'.\n" in r.stderr


# ---- what is refused

@pytest.mark.parametrize("args, why", [
    (["x", "--role", "root"], "HTTP 400: bad request body: role: must be"),
    (["x", "--expires", "2001-01-31T00:00:00Z"],
     "HTTP 400: bad request body: expires: that time is over"),
    (["a/b"], "HTTP 400: bad request body: name: "),
    (["x" * 64], "HTTP 400: "),
    (["ci"], "HTTP 409: token already exists"),
    (["x", "--role", "admin"], "HTTP 403: this token makes and revokes none"),
    (["\udcff"], "name is not UTF-8")])
def test_none_is_made(lab, args, why):
    r = lab.as_("ci", "token", "new", *args)
    assert (r.returncode, r.stdout) == (1, "")
    assert r.stderr.startswith("Failed to make token ") and why in r.stderr, r
    assert "x" not in listed(lab, "ci")


@pytest.mark.parametrize("name, why", [
    ("none", "HTTP 404: token not found"), ("..", "HTTP 404"),
    ("a/b", "HTTP 404"), ("late", "HTTP 409: the token is the conf"),
    ("ops", "HTTP 40"), ("", "no name of a token")])
def test_none_is_revoked(lab, name, why):
    r = lab.as_("ci", "token", "revoke", name)
    assert (r.returncode, r.stdout) == (1, "")
    assert r.stderr.startswith(f"Failed to revoke token {name}: ")
    assert why in r.stderr, r


def test_usage(lab):
    for line in (["new"], ["revoke"]):
        r = lab.as_("ci", "token", *line)
        assert (r.returncode, r.stdout) == (2, "")
        assert "Token name is required as the first argument." in r.stderr
    for line in (["new", "a", "b"], ["list", "a"], ["revoke", "a", "b"],
                 ["revoke", "a", "--role", "reader"]):
        assert lab.as_("ci", "token", *line).returncode == 2
    r = lab.as_("ci", "token", "new", "--json")
    assert "Token name" in json.loads(r.stderr)["error"]
    shown = lab.ctl("help", "token", "new")
    assert "--expires WHEN" in shown and "--role ROLE" in shown
    assert "EXAMPLE:\n   toxictl token new ci --expires 30d\n" in shown
    for word in ("new", "list, ls", "revoke", "hash"):
        assert f"   {word} " in lab.ctl("token")


def test_who_is_not_known(lab):
    for line in (["new", "x"], ["list"], ["revoke", "ci"]):
        r = lab.as_("late", "token", *line)
        assert (r.returncode, r.stdout) == (1, "") and "HTTP 401" in r.stderr
        assert NAME in r.stderr


def test_where_there_are_no_tenants(ctl):
    for line in (["new", "x"], ["list"], ["revoke", "x"]):
        r = ctl.run("token", *line)
        assert (r.returncode, r.stdout) == (1, "")
        assert r.stderr == (f"{ctl.url} has no tenants, and so no tokens of "
                            "one\n")


# ---- one that could not be shown is in nobody's way

def new_unseen(lab, stdout):
    """What is said of it"""
    p = lab.ctl.start("token", "new", "unseen", env={NAME: lab.tokens["ci"]},
                      stdin=subprocess.DEVNULL, stdout=stdout,
                      stderr=subprocess.PIPE)
    said = p.communicate(timeout=PATIENCE)[1]
    assert p.returncode == 1
    return said


def test_nowhere_to_show_it(lab):
    with open("/dev/full", "w") as full:
        said = new_unseen(lab, full)
    assert "Token unseen could not be shown, and is revoked again" in said
    assert "unseen" not in listed(lab, "ci")


def test_nobody_reads_it(lab):
    ours, theirs = os.pipe()
    os.close(ours)
    assert "is revoked again" in new_unseen(lab, theirs)
    os.close(theirs)
    assert "unseen" not in listed(lab, "ci")


# ---- a server that says odd things

class Odd(http.server.BaseHTTPRequestHandler):
    TOKEN = {"name": "a\x1b[2Jb\tc\u202e", "role": "reader\nx",
             "expires": None, "last_used": None, "of_file": False}

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.say(200, [self.TOKEN] if self.path == "/tokens" else {
            "tenant": "t\x1b]0;x\x07", "role": "tenant"})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say(201, {**self.TOKEN, "token": "s\x1b[2J"})

    def say(self, status, what):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def odd():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Toxictl(f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()


def test_names_are_plain(odd):
    r = odd.run("token", "list")
    assert r.stdout == "a?[2Jb?c???\treader?x\t\t\tAPI\n"
    shown, _ = odd.on_terminal("token", "list", NO_COLOR="1")
    assert "\x1b" not in shown and "a?[2Jb?c???" in shown
    r = odd.run("token", "new", "x")
    assert r.stdout == "s?[2J\n"
    assert r.stderr.startswith("Token a?[2Jb?c??? of tenant t?]0;x?: ")
    assert json.loads(odd.run("token", "list", "--json").stdout)[0]["name"] \
        == Odd.TOKEN["name"]


# ---- in a shell

@pytest.fixture
def env(lab, tmp_path):
    path = os.path.dirname(TOXICTL) + ":" + os.environ["PATH"]
    return environment(lab.ctl.url, PATH=path, HOME=str(tmp_path),
                       XDG_DATA_HOME=str(tmp_path), XDG_CONFIG_HOME="",
                       **{NAME: lab.tokens["ci"]})


@pytest.mark.parametrize("shell", [bash, fish])
@pytest.mark.parametrize("line, offered", [
    ("toxictl token ", ["new", "list", "revoke", "hash"]),
    ("toxictl token r", ["revoke"]),
    ("toxictl token revoke ", ["ci", "dashboard", "late", "ops"]),
    ("toxictl token revoke da", ["dashboard"]),
    ("toxictl token new x --role ", ["reader", "tenant", "admin"])])
def test_completion(env, shell, line, offered):
    assert sorted(shell(line, env)) == sorted(offered)


@pytest.mark.parametrize("shell", [bash, fish])
def test_flags_are_completed(env, shell):
    assert "--role" in shell("toxictl token new --ro", env)
    assert "--expires" in shell("toxictl token new --ex", env)
    # the name of a new one is nobody's yet
    assert "ci" not in shell("toxictl token new ", env)


def test_zsh(env):
    z = Zsh(env)
    try:
        for line, whole in (("token rev", "token revoke"),
                            ("token revoke dash", "token revoke dashboard"),
                            ("token new x --role rea",
                             "token new x --role reader")):
            found = z.ask(f"toxictl {line}\t\x18", r"<(toxictl [^<>]*)>")
            assert found[1].rstrip() == f"toxictl {whole}"
    finally:
        z.close()
