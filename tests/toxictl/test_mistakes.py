# SPDX-License-Identifier: ISC
"""What is nearly right: refused, with what was meant and what there is."""

import json

import pytest
from conftest import TYPES

ALL = ", ".join(TYPES)


def proxies(toxid):
    return json.loads(toxid.request("GET", "/proxies").body)


@pytest.mark.parametrize("given, said", [
    ("lantency=1", 'latency has no attribute "lantency", did you mean '
                   "latency?  It has: latency, jitter"),
    ("jiter=1", "did you mean jitter?"),
    ("latency=1,jtter=2", "did you mean jitter?"),
    ("rate=1", 'latency has no attribute "rate".  It has: latency, jitter'),
    ("latency", 'attribute "latency" has no value, did you mean '
                "latency=VALUE?"),
    ("latncy", "did you mean latency=VALUE?"),
    ("latency=1,jitter", "did you mean jitter=VALUE?")])
def test_attributes(ctl, toxid, web, given, said):
    toxid.toxic("web", "latency", toxic_name="slow", latency=5)
    before = proxies(toxid)
    for line in (["toxic", "add", "web", "-t", "latency", "-a", given],
                 ["toxic", "add", "-a", given, "web", "-t", "latency"],
                 ["with", "web", "-t", "latency", "-a", given, "--", "true"]):
        r = ctl.run(*line)
        assert r.returncode == 2 and said in r.stderr, (line, r)
    r = ctl.run("toxic", "update", "web", "-n", "slow", "-a", given)
    assert r.returncode == 2 and "attribute" in r.stderr, r
    r = ctl.run("toxic", "add", "web", "-t", "latency", "-a", given, "--json")
    assert said in json.loads(r.stderr)["error"]
    assert proxies(toxid) == before


@pytest.mark.parametrize("value", ["0x10", "1e", "inf", "nan", " 5", "1_000"])
def test_numbers_that_are_none(ctl, toxid, web, value):
    """As in the original they are text, which no attribute is."""
    r = ctl.run("toxic", "add", "web", "-t", "latency", "-a",
                "latency=" + value)
    assert r.returncode == 1
    assert "HTTP 400: bad request body: attributes.latency: " in r.stderr
    assert proxies(toxid)["web"]["toxics"] == []


@pytest.mark.parametrize("value, is_", [
    ("9223372036854775807", 2 ** 63 - 1), ("-5", -5), ("1e3", 1000),
    ("+7", 7), ("9007199254740993", 2 ** 53 + 1)])
def test_numbers(ctl, toxid, web, value, is_):
    ctl("toxic", "add", "web", "-t", "limit_data", "-a", "bytes=" + value)
    toxic, = proxies(toxid)["web"]["toxics"]
    assert toxic["attributes"] == {"bytes": is_}


@pytest.mark.parametrize("given, said", [
    ("latncy", f", did you mean latency?  There are: {ALL}"),
    ("resetpeer", f", did you mean reset_peer?  There are: {ALL}"),
    ("bogus", f".  There are: {ALL}")])
def test_types(ctl, toxid, web, given, said):
    for line in (["toxic", "add", "web", "-t", given],
                 ["with", "web", "-t", given, "--", "true"]):
        r = ctl.run(*line)
        assert r.returncode == 1, r
        assert "HTTP 400: invalid toxic type" + said in r.stderr
    assert proxies(toxid)["web"]["toxics"] == []


@pytest.mark.parametrize("line", [
    "list extra", "inspect web extra", "create web extra -l :0 -u localhost:1",
    "toggle web extra", "delete web extra", "toxic add web extra -t noop",
    "toxic update web extra -n x", "toxic remove web extra -n x",
    "enable web extra", "disable web extra", "reset extra", "top extra",
    "halt extra", "resume extra", "events extra", "sessions web extra",
    "why web extra",
    "wait web extra", "version extra", "completion bash extra",
    "whoami extra",
    "apply file extra", "help list extra", "help toxic add extra"])
def test_one_argument_too_many(ctl, toxid, web, line):
    before = proxies(toxid)
    r = ctl.run(*line.split())
    assert (r.returncode, r.stdout) == (2, "")
    assert "one argument too many: extra" in r.stderr or "FILE" in r.stderr
    assert r.stderr.count("extra") == 1
    assert proxies(toxid) == before


@pytest.mark.parametrize("line, meant", [
    ("lsit", "list"), ("inspct web", "inspect"), ("toxc add web", "toxic"),
    ("toxic ad web", "toxic add"), ("toxic updte web", "toxic update"),
    ("docter", "doctor"), ("help insepct", "inspect"), ("hlep", "help")])
def test_commands(ctl, line, meant):
    r = ctl.run(*line.split())
    assert (r.returncode, r.stdout) == (3, "")
    assert r.stderr.endswith(f"\nDid you mean '{meant}'?\n"), r


@pytest.mark.parametrize("line, meant", [
    ("list --jsn", "json"), ("create web --listn x", "listen"),
    ("toxic add web --typ latency", "type"), ("apply x --prun", "prune"),
    ("top --intervall 2", "interval"), ("list --hots x", "host")])
def test_flags(ctl, line, meant):
    r = ctl.run(*line.split())
    assert (r.returncode, r.stdout) == (2, "")
    assert f", did you mean --{meant}?" in r.stderr


@pytest.mark.parametrize("line", [
    "list", "inspect", "create", "toggle", "delete", "toxic add",
    "toxic update", "toxic remove", "enable", "disable", "reset", "halt",
    "resume", "events", "sessions", "why", "apply",
    "export", "with", "wait", "doctor", "top", "whoami", "token hash",
    "completion", "version"])
def test_help_of_each_command(ctl, line):
    shown = ctl(*line.split(), "-h")
    assert shown.startswith(f"NAME:\n   toxictl {line} - ")
    assert f"\nEXAMPLE:\n   toxictl {line}" in shown
    assert ctl(*line.split(), "--help") == ctl("help", *line.split()) == shown


def test_help_of_all(ctl):
    assert ctl("-h") == ctl("--help") == ctl("help") == ctl()
    assert "\nEXAMPLES:\n" in ctl("-h")
    assert ctl("toxic", "-h") == ctl("help", "toxic")


def test_version(ctl):
    assert ctl("version") == ctl("--version")
    assert json.loads(ctl("version", "--json"))["version"]


@pytest.mark.parametrize("shell, file", [
    ("bash", "toxictl.bash"), ("zsh", "_toxictl"), ("fish", "toxictl.fish")])
def test_completion_scripts(ctl, shell, file):
    with open("toxictl/completion/" + file) as f:
        assert ctl("completion", shell) == f.read()


def test_completion_of_no_shell(ctl):
    for line in (["completion"], ["completion", "csh"]):
        r = ctl.run(*line)
        assert (r.returncode, r.stdout) == (2, "")
        assert "bash, zsh or fish" in r.stderr


def test_create_disabled(ctl, toxid):
    ctl("create", "off", "-l", "localhost:0", "-u", "localhost:1",
        "--disabled")
    assert proxies(toxid)["off"]["enabled"] is False
    assert proxies(toxid)["off"]["listen"] == "localhost:0"
    assert ctl("list") == "off\tlocalhost:0\tlocalhost:1\tdisabled\t0\n"
