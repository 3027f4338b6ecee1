# SPDX-License-Identifier: ISC
"""Every command on a pipe: what it prints, what it does, how it exits."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from conftest import TOXICTL, TYPES
from rig import SLOW, Nobody, own_host, own_port, wait_until


VERSION = subprocess.run(
    [pathlib.Path(__file__).parent.parent.parent / "scripts/version.sh"],
    check=True, capture_output=True, text=True).stdout.strip()


def toxics(toxid, proxy="web"):
    return toxid.request("GET", f"/proxies/{proxy}/toxics").json()


def proxies(toxid):
    return toxid.request("GET", "/proxies").json()


# ---- proxies

def test_list(ctl, toxid):
    assert ctl("list") == ""
    toxid.proxy("b", "127.0.0.1:1", enabled=False)
    a = toxid.proxy("a", "127.0.0.1:2")
    toxid.toxic("a", "latency", latency=5)
    assert ctl("ls") == (f"a\t{a['listen']}\t127.0.0.1:2\tenabled\t1\n"
                         "b\t127.0.0.1:0\t127.0.0.1:1\tdisabled\t0\n")
    listed = json.loads(ctl("list", "--json"))
    assert [p["name"] for p in listed] == ["a", "b"]
    assert listed[0]["toxics"][0]["attributes"]["latency"] == 5


def test_inspect(ctl, toxid, web):
    assert ctl("inspect", "web") == ""
    toxid.toxic("web", "latency", "upstream", 0.2, latency=1000000, jitter=7)
    toxid.toxic("web", "bandwidth", rate=123456789)
    assert ctl("i", "web") == (
        "latency_upstream\ttype=latency\tstream=upstream\ttoxicity=0.20\t"
        "attributes=[\tjitter=7\tlatency=1e+06\t]\n"
        "bandwidth_downstream\ttype=bandwidth\tstream=downstream\t"
        "toxicity=1.00\tattributes=[\trate=1.23456789e+08\t]\n")
    shown = ctl("inspect", "web", "--json")
    assert '"toxicity": 0.2,' in shown
    assert json.loads(shown)["name"] == "web"


def test_create(ctl, toxid):
    assert ctl("create", "--listen", "127.0.0.1:0", "--upstream=127.0.0.1:1",
               "new") == "Created new proxy new\n"
    assert proxies(toxid)["new"]["upstream"] == "127.0.0.1:1"
    made = json.loads(ctl("c", "flags", "-l=127.0.0.1:0", "-u", "h:2",
                          "--json"))
    assert made["name"] == "flags" and made["enabled"]


@pytest.mark.parametrize("args, text", [
    (["create"], "Proxy name is required as the first argument."),
    (["create", "x", "-u", "h:1"], "Required argument 'listen' was empty."),
    (["create", "x", "-l", "h:1"], "Required argument 'upstream' was empty."),
    (["inspect"], "Proxy name is required as the first argument."),
    (["toxic", "add"], "Proxy name is missing."),
    (["toxic", "add", "x"], "Required argument 'type' was empty."),
])
def test_what_is_missing(ctl, args, text):
    r = ctl.run(*args)
    assert (r.returncode, r.stderr) == (1, text + "\n\n")
    assert r.stdout.startswith("NAME:\n   toxictl " + args[0])


def test_toggle_enable_disable(ctl, toxid, web):
    assert ctl("toggle", "web") == "Proxy web is now disabled\n"
    assert not proxies(toxid)["web"]["enabled"]
    assert ctl("tog", "web") == "Proxy web is now enabled\n"
    assert proxies(toxid)["web"]["enabled"]
    assert ctl("disable", "web") == "Proxy web is now disabled\n"
    assert json.loads(ctl("enable", "web", "--json")) == {
        "name": "web", "enabled": True}
    assert proxies(toxid)["web"]["enabled"]


def test_delete(ctl, toxid, web):
    assert ctl("d", "web") == "Deleted proxy web\n"
    assert proxies(toxid) == {}
    toxid.proxy("a/b c", "127.0.0.1:1")
    assert json.loads(ctl("delete", "--json", "a/b c")) == {
        "deleted": "a/b c"}
    assert proxies(toxid) == {}


def test_reset(ctl, toxid, web):
    toxid.toxic("web", "latency", latency=5)
    ctl("disable", "web")
    ctl("reset")
    assert proxies(toxid)["web"]["enabled"] and toxics(toxid) == []


# ---- toxics

def test_toxic_add(ctl, toxid, web):
    assert ctl("toxic", "add", "-t", "latency", "-a", "latency=1e3,jitter=5",
               "web") == ("Added downstream latency toxic "
                          "'latency_downstream' on proxy 'web'\n")
    assert ctl("t", "a", "web", "--type=bandwidth", "--toxicName", "slow",
               "-u", "--tox", "0.5", "-a", "rate=7", "-a", "rate=8") == (
        "Added upstream bandwidth toxic 'slow' on proxy 'web'\n")
    slow, late = toxics(toxid)
    assert late["attributes"] == {"latency": 1000, "jitter": 5}
    assert (slow["name"], slow["toxicity"], slow["attributes"]) == (
        "slow", 0.5, {"rate": 8})
    assert json.loads(ctl("toxic", "add", "web", "-t", "noop", "--json")) == {
        "name": "noop_downstream", "type": "noop", "stream": "downstream",
        "toxicity": 1.0, "attributes": {}}


def test_attribute_that_is_text(ctl, web):
    r = ctl.run("toxic", "add", "web", "-t", "latency", "-a", "latency=x")
    assert r.returncode == 1 and "HTTP 400: " in r.stderr


def test_toxic_update(ctl, toxid, web):
    toxid.toxic("web", "latency", toxicity=0.5, latency=5, jitter=1)
    assert ctl("toxic", "update", "web", "-n", "latency_downstream", "-a",
               "latency=9") == (
        "Updated toxic 'latency_downstream' on proxy 'web'\n")
    toxic, = toxics(toxid)
    assert toxic["attributes"] == {"latency": 9, "jitter": 1}
    assert toxic["toxicity"] == 0.5  # where toxiproxy-cli makes it 1
    shown = json.loads(ctl("t", "u", "web", "-n", "latency_downstream",
                           "--toxicity", "0.25", "--json"))
    assert shown["toxicity"] == toxics(toxid)[0]["toxicity"] == 0.25


def test_toxic_remove(ctl, toxid, web):
    for alias in "remove", "r", "delete", "d":
        toxid.toxic("web", "noop", toxic_name="x")
        assert ctl("toxic", alias, "web", "-n", "x") == (
            "Removed toxic 'x' on proxy 'web'\n")
        assert toxics(toxid) == []
    toxid.toxic("web", "noop", toxic_name="x")
    assert json.loads(ctl("toxic", "remove", "web", "-n", "x", "--json")) == {
        "proxy": "web", "removed": "x"}


# ---- what goes wrong

def test_failures(ctl, toxid, web):
    for args, text in [
        (["inspect", "no"],
         "Failed to retrieve proxy no: HTTP 404: proxy not found\n\n"),
        (["create", "web", "-l", "127.0.0.1:0", "-u", "h:1"],
         "Failed to create proxy: Create: HTTP 409: proxy already exists\n\n"),
        (["toxic", "add", "web", "-t", "latency", "--toxicity", "1.5"],
         "toxicity should be a float between 0 and 1.\n\n"),
        (["toxic", "add", "web", "-t", "latency", "-u", "-d"],
         "Only one should be specified: upstream or downstream.\n\n"),
        (["enable", "no"],
         "Failed to enable proxy no: HTTP 404: proxy not found\n"),
    ]:
        r = ctl.run(*args)
        assert (r.returncode, r.stdout, r.stderr) == (1, "", text)


def test_failure_as_json(ctl):
    r = ctl.run("inspect", "no", "--json")
    assert (r.returncode, r.stdout) == (1, "")
    assert json.loads(r.stderr) == {
        "error": "Failed to retrieve proxy no: HTTP 404: proxy not found",
        "status": 404}


def test_no_server(ctl):
    with Nobody() as nobody:
        r = ctl.run("list", "-h", f"127.0.0.1:{nobody.port}")
    assert r.returncode == 1 and r.stdout == ""
    assert r.stderr.startswith("Failed to retrieve proxies: ")
    assert r.stderr.count("\n") == 1


def test_full_disk(ctl, web):
    r = subprocess.run([TOXICTL, "-h", ctl.url, "list"], text=True,
                       stdout=open("/dev/full", "w"), stderr=subprocess.PIPE)
    assert r.returncode == 1 and "No space left" in r.stderr


# ---- the command line

@pytest.mark.parametrize("args, text", [
    (["list", "--foo"], "flag provided but not defined: -foo"),
    (["--listen", "x", "list"], "flag provided but not defined: -listen"),
    (["create", "-l"], "flag needs an argument: -l"),
    (["list", "--json=maybe"], "invalid boolean value \"maybe\" for -json"),
    (["apply"], "one FILE is wanted, or -"),
    (["with", "web", "-t", "noop"], "a -- and a COMMAND are wanted"),
    (["with", "web", "--", "true"], "a --type, or a --profile, is wanted"),
    (["with", "web", "-a", "x=1", "-t", "noop", "--", "true"],
     "a --type has to come first"),
    (["wait", "web", "--timeout", "x"], "--timeout is a number of seconds"),
])
def test_usage_errors_are_2(ctl, args, text):
    r = ctl.run(*args)
    assert (r.returncode, r.stdout) == (2, "")
    assert r.stderr.startswith(f"Incorrect Usage: {text}\n")


def test_unknown_commands_are_3(ctl):
    for args in ["bogus"], ["toxic", "bogus"], ["help", "bogus"]:
        r = ctl.run(*args)
        assert (r.returncode, r.stdout, r.stderr) == (
            3, "", "No help topic for 'bogus'\n")


def test_flags_are_anywhere(ctl, web):
    plain = ctl("list")
    url = ctl.url
    nobody = {"env": {"TOXIPROXY_URL": "http://127.0.0.1:1"}}
    for args in (["-h", url, "list"], ["list", "-h", url],
                 ["--host=" + url, "ls"], ["list", f"-host={url[7:]}"]):
        assert ctl(*args, **nobody) == plain
    assert json.loads(ctl("--json", "list")) == json.loads(
        ctl("list", "--json"))
    assert ctl("list", "--json=false") == plain


def test_a_name_like_a_flag(ctl, toxid):
    toxid.proxy("-x", "127.0.0.1:1")
    assert ctl("delete", "--", "-x") == "Deleted proxy -x\n"


def test_help(ctl):
    for args in [], ["help"], ["--help"], ["h"]:
        shown = ctl(*args)
        assert "toxictl - Simulate network and system conditions" in shown
        assert "inspect, i, ins" in shown and "toxic, t" in shown
    assert ctl("toxic") == ctl("t", "--help") == ctl("help", "toxic")
    assert "limit_data" in ctl("toxic")
    assert ctl("help", "create") == ctl("create", "--help")
    assert "--upstream, -u ADDRESS" in ctl("help", "create")
    assert ctl("toxic", "help", "add") == ctl("help", "t", "add")
    assert "toxic add PROXY" in ctl("help", "toxic", "add")


def test_version(ctl):
    assert ctl("-v") == ctl("--version") == f"toxictl version {VERSION}\n"


def test_json_of_what_is_not_asked(ctl):
    assert json.loads(ctl("--json", "--version")) == {"version": VERSION}
    r = ctl.run("list", "--json", "--foo")
    assert (r.returncode, r.stdout) == (2, "")
    assert json.loads(r.stderr) == {
        "error": "flag provided but not defined: -foo"}


def test_it_is_called_what_it_is_called(ctl, tmp_path):
    (tmp_path / "toxiproxy-cli").symlink_to(TOXICTL)
    shown = ctl("help", program=tmp_path / "toxiproxy-cli")
    assert shown.startswith("NAME:\n   toxiproxy-cli - ")


# ---- apply, export

WANTED = [
    {"name": "a", "listen": "localhost:0", "upstream": "localhost:1",
     "toxics": [{"type": "latency", "attributes": {"latency": 5}},
                {"type": "bandwidth", "name": "slow", "stream": "upstream",
                 "toxicity": 0.5, "attributes": {"rate": 10}}]},
    {"name": "b", "upstream": "localhost:2", "enabled": False},
]
CREATED = """\
create proxy a, listen localhost:0, upstream localhost:1
add toxic latency_downstream on a: downstream latency 1 latency=5
add toxic slow on a: upstream bandwidth 0.5 rate=10
create proxy b, listen localhost:0, upstream localhost:2, disabled
"""


def test_apply(ctl, toxid):
    wanted = json.dumps(WANTED)
    assert ctl("apply", "-", "--dry-run", input=wanted) == CREATED
    assert proxies(toxid) == {}
    assert ctl("apply", "-", input=wanted) == CREATED
    made = proxies(toxid)
    assert [t["name"] for t in made["a"]["toxics"]] == [
        "slow", "latency_downstream"]
    assert not made["b"]["enabled"]
    assert ctl("apply", "-", input=wanted) == ""  # is as it should be
    assert proxies(toxid) == made


def test_apply_changes(ctl, toxid, tmp_path):
    ctl("apply", "-", input=json.dumps(WANTED))
    toxid.proxy("stranger", "localhost:9")
    file = tmp_path / "wanted.json"
    port = own_port()
    file.write_text(json.dumps({"proxies": [
        {"name": "a", "listen": f"{own_host()}:{port}",
         "upstream": "localhost:3",
         "toxics": [{"type": "latency", "attributes": {"jitter": 6}},
                    {"type": "latency", "name": "slow"}]},
        {"name": "b", "upstream": "localhost:2"}]}))
    before = proxies(toxid)
    told = ctl("apply", str(file), "--prune", "--dry-run")
    assert proxies(toxid) == before
    assert ctl("apply", "--prune", str(file)) == told == (
        "delete proxy stranger\n"
        f"update proxy a, listen {before['a']['listen']} -> "
        f"{own_host()}:{port}, upstream localhost:1 -> localhost:3\n"
        "remove toxic slow on a\n"
        "update toxic latency_downstream on a: downstream latency 1 jitter=6\n"
        "add toxic slow on a: downstream latency 1\n"
        "update proxy b, enabled\n")
    after = proxies(toxid)
    assert sorted(after) == ["a", "b"]
    assert after["a"]["listen"] == f"{own_host()}:{port}"
    assert after["a"]["toxics"][0]["attributes"] == {"latency": 0, "jitter": 6}
    assert ctl("apply", "--prune", str(file)) == ""


def test_apply_leaves_what_it_is_not_told(ctl, toxid, web):
    toxid.toxic("web", "noop")
    toxid.proxy("stranger", "localhost:9")
    told = ctl("apply", "-", "--json", input=json.dumps(
        [{"name": "web", "upstream": "localhost:1"}]))
    assert json.loads(told) == [
        {"action": "update", "what": "proxy", "proxy": "web"}]
    after = proxies(toxid)
    assert after["web"]["listen"] == web["listen"]
    assert len(after["web"]["toxics"]) == 1 and "stranger" in after


A = '"name": "a", "upstream": "h:1"'


@pytest.mark.parametrize("text, error", [
    ("", " there is nothing in it\n"),
    ("[", "1:1: "),
    ("7", "1:1: no array of proxies, and no object of them"),
    ('[\n7]', "2:1: proxy 1: it is no object"),
    ('{"name": "a", "upstream": "h:1"}',
     '1:10: proxy "name": it is no object'),
    ('[{"name": "a"}]', '1:2: proxy "a": it has no upstream'),
    ('[{%s}, {"upstream": "h:1"}]' % A, "1:36: proxy 2: a proxy has no name"),
    ('[{%s, "lisen": "h:2"}]' % A,
     '1:35: proxy "a": unknown key "lisen": did you mean "listen"?'),
    ('{"b": {\n"upstrem": "h:1"}}',
     '2:1: proxy "b": unknown key "upstrem": did you mean "upstream"?'),
    ('{"proxies": {"b": {"Name": "c", "upstrem": "h:1"}}}',
     '1:33: proxy "c": unknown key "upstrem": did you mean "upstream"?'),
    ('{"proxies": [{%s}], "sate": "/"}' % A,
     '1:49: "sate": there is no such setting, did you mean "state"?'),
    ('{"proxies": [{%s}], "tennants": []}' % A, '1:49: "tennants": there is no '
     'such setting, did you mean "tenants"?'),
    ('{"upstreams": {}, "tenants": []}', '1:19: there are no "proxies" beside '
     'it: those of tenants are the server\'s to read'),
    ('{"proxies": [{%s}], "web": {%s}}' % (A, A),
     '1:49: "web": there is no such setting'),
    ('[{%s, "toxics": [{"type": "noop"},\n{"type": "latency",'
     '"attributes": {"latncy": 5}}]}]' % A,
     '2:35: proxy "a": latency has no attribute "latncy": '
     'did you mean "latency"?'),
    ('[{%s, "toxics": [{"type": "latency",'
     '"attributes": {"LATENCY": 0.5}}]}]' % A,
     '1:91: proxy "a": attribute "latency" is no integer'),
    ('[{"name": "a", "upstream": 1}]',
     '1:28: proxy "a": "upstream" is no text'),
    ('[{%s, "enabled": "no"}]' % A,
     '1:46: proxy "a": "enabled" is neither true nor false'),
    ('[{%s, "toxics": [{}]}]' % A, '1:46: proxy "a": a toxic has no type'),
    ('[{%s, "toxics": [{"tpye": "noop"}]}]' % A,
     '1:47: proxy "a": unknown key "tpye": did you mean "type"?'),
    ('[{%s, "toxics": [{"type": "noop"},{"type": "noop"}]}]' % A,
     '1:63: proxy "a": toxic "noop_downstream" is there twice'),
    ('[{%s},\n{"upstream": "h:1", "name": "a"}]' % A,
     '2:29: proxy "a": there is one of that name before'),
    ('[{%s, "toxics": [{"type": "noop","toxicity": "2"}]}]' % A,
     '1:74: proxy "a": a toxicity is a number'),
    ('[{%s, "toxics": [{"type": "noop","stream": "up"}]}]' % A,
     '1:72: proxy "a": a stream is upstream or downstream, not "up"')])
def test_apply_takes_no_nonsense(ctl, toxid, text, error):
    r = ctl.run("apply", "-", input=text)
    assert r.returncode == 1 and r.stderr.startswith(f"-:{error}"), r
    assert proxies(toxid) == {}


def settings():
    """What a file of toxid's may have beside its proxies"""
    rows = re.findall(r'\tX\("([a-z-]+)", (\w+)',
                      pathlib.Path("apid/settings.c").read_text())
    # those of the command line are what toxid does not take, either
    members = [name for name, read in rows if name != "proxies"
               and (name == "state" or not read.startswith("refuse_"))]
    assert {"tenants", "upstreams", "clients", "limits"} < set(members)
    return members


PROXY = {"name": "a", "upstream": "h:1", "listen": "127.0.0.1:0"}


def test_apply_refuses_what_only_toxid_takes(ctl, toxid):
    """Most of it guards something, and would not: it is named."""
    for name in settings():
        r = ctl.run("apply", "-", input=json.dumps(
            {"proxies": [PROXY], name: 5}))
        assert r.returncode == 1 and r.stderr == (
            f'-:1:74: "{name}": a server takes that from its own -config '
            "alone; --proxies-only leaves it out\n"), r
    r = ctl.run("apply", "-", "--dry-run", input=json.dumps(
        {"a": {**PROXY, "Clients": ["10.0.0.0/8"]}}))
    assert r.returncode == 1 and 'proxy "a": "Clients": a server' in r.stderr
    assert proxies(toxid) == {}


def test_apply_of_proxies_only(ctl, toxid):
    file = {**dict.fromkeys(settings(), 5),
            "proxies": [{**PROXY, "clients": ["10.0.0.0/8"]}]}
    r = ctl.run("apply", "-", "--proxies-only", input=json.dumps(file))
    assert r.returncode == 0, r
    assert set(proxies(toxid)) == {"a"}


def test_apply_takes_null_for_nothing(ctl, toxid):
    ctl("apply", "-", input=json.dumps(
        {"proxies": [{**PROXY, "clients": None}], "upstreams": None}))
    assert set(proxies(toxid)) == {"a"}


def test_apply_makes_leases(ctl, toxid):
    wanted = [{**PROXY, "ttl": 3600000, "toxics": [
        {"type": "noop", "name": "t", "ttl": 1800000.0}, {"type": "noop"}]}]
    ctl("apply", "-", input=json.dumps(wanted))
    made = proxies(toxid)["a"]
    assert 3500000 < made["expires_in"] <= 3600000
    left = {t["name"]: t.get("expires_in") for t in made["toxics"]}
    assert 1700000 < left["t"] <= 1800000 and left["noop_downstream"] is None
    assert ctl("apply", "-", input=json.dumps(wanted)) == ""
    for bad in ("5s", -1, 0.5, [5]):
        r = ctl.run("apply", "-", input=json.dumps([{**PROXY, "ttl": bad}]))
        assert r.returncode == 1 and "milliseconds" in r.stderr, r


def test_apply_says_what_failed(ctl, toxid):
    r = ctl.run("apply", "-", input=json.dumps(
        [{"name": "a", "upstream": "h:1", "toxics": [{"type": "bogus"}]}]))
    assert r.returncode == 1
    assert r.stdout.startswith("create proxy a, ")
    assert r.stderr == ("Failed to add toxic bogus_downstream on a: HTTP 400: "
                        "invalid toxic type.  There are: "
                        + ", ".join(TYPES) + "\n")


def test_export(ctl, toxid):
    assert json.loads(ctl("export")) == []
    ctl("apply", "-", input=json.dumps(WANTED))
    before = proxies(toxid)
    exported = ctl("export")
    assert [p["name"] for p in json.loads(ctl("export", "b"))] == ["b"]
    for name in before:
        ctl("delete", name)
    ctl("apply", "-", input=exported)
    assert proxies(toxid) == before
    assert ctl.run("export", "no").returncode == 1


# ---- wait, doctor

def test_wait(ctl, toxid, echo, web):
    assert ctl("wait", "web") == "web answers\n"
    assert json.loads(ctl("wait", "web", "--json"))["proxy"] == "web"


@pytest.mark.parametrize("disturb, reason", [
    (lambda t: t.proxy("x", f"{own_host()}:1"), "closed"),
    (lambda t: t.proxy("x", f"{own_host()}:1", enabled=False), "disabled"),
    (lambda t: None, "proxy not found"),
])
def test_wait_in_vain(ctl, toxid, disturb, reason):
    disturb(toxid)
    r = ctl.run("wait", "x", "--timeout", "2")
    assert (r.returncode, r.stdout) == (1, "")
    assert r.stderr.startswith("x does not answer: ") and reason in r.stderr


def test_wait_for_what_comes(ctl, toxid):
    port = own_port()
    toxid.proxy("x", f"{own_host()}:{port}")
    waiting = ctl.start("wait", "x", stdout=subprocess.PIPE)
    failures = 'toxid_proxy_dial_failures_total{proxy="x"}'
    assert wait_until(lambda: toxid.metrics()[failures] > 0)
    assert waiting.poll() is None
    with socket.create_server((own_host(), port)):
        assert waiting.communicate(timeout=60)[0] == "x answers\n"
    assert waiting.returncode == 0


def test_doctor(ctl, toxid, web):
    toxid.proxy("off", "127.0.0.1:1", enabled=False)
    lines = [line.split("\t") for line in ctl("doctor").splitlines()]
    assert [line[0] for line in lines] == ["ok", "ok", "note", "ok"]
    assert "version 2.12.0" in lines[0][2]
    assert lines[2][1:] == ["off", "disabled"]
    assert lines[3][1] == "web" and "held" in lines[3][2]
    answered = ctl("doctor", "web", "--send", "hello\\r\\n").splitlines()
    assert "answered, after" in answered[2]


def test_doctor_finds(ctl, toxid):
    toxid.proxy("dead", f"{own_host()}:1")
    r = ctl.run("doctor", "dead", "none", "--json")
    assert r.returncode == 1
    checks = {c["what"]: c for c in json.loads(r.stdout)}
    assert checks["dead"]["result"] == checks["none"]["result"] == "FAIL"
    assert "closed" in checks["dead"]["text"]
    assert checks["none"]["text"] == "proxy not found"


def test_doctor_without_a_server(ctl):
    with Nobody() as nobody:
        r = ctl.run("doctor", "-h", f"127.0.0.1:{nobody.port}")
    assert r.returncode == 1 and r.stdout.startswith("FAIL\t")


# ---- with

WITH = ["with", "web", "-t", "latency", "-a", "latency=200", "--"]
READ = "import sys; print('up', flush=True); sys.stdin.read()"


def test_with(ctl, toxid, web):
    toxid.toxic("web", "latency", latency=1)  # not ours, in nobody's way
    shown = ctl("with", "web", "-t", "latency", "-a", "latency=200", "-t",
                "bandwidth", "-u", "--tox", "0.5", "-a", "rate=9", "-n", "bw",
                "--", TOXICTL, "export", "web")
    up, there, ours = json.loads(shown)[0]["toxics"]
    assert (up["name"], up["stream"], up["toxicity"], up["attributes"]) == (
        "bw", "upstream", 0.5, {"rate": 9})
    assert there["name"] == "latency_downstream"
    assert (ours["type"], ours["toxicity"]) == ("latency", 1)
    assert ours["attributes"]["latency"] == 200
    assert [t["name"] for t in toxics(toxid)] == ["latency_downstream"]


@pytest.mark.parametrize("command, code", [
    (["true"], 0), (["sh", "-c", "exit 7"], 7),
    (["sh", "-c", "kill -9 $$"], 128 + 9), (["/no/such/command"], 127),
    (["/dev/null"], 126),
])
def test_with_exits_as_the_command(ctl, toxid, web, command, code):
    assert ctl.run(*WITH, *command).returncode == code
    assert toxics(toxid) == []


def test_with_nothing_half(ctl, toxid, web, tmp_path):
    file = tmp_path / "ran"
    r = ctl.run("with", "web", "-t", "noop", "-t", "bogus", "--", "touch",
                str(file))
    assert r.returncode == 1 and "HTTP 400: invalid toxic type" in r.stderr
    assert toxics(toxid) == [] and not file.exists()


def start_with(ctl, code):
    p = ctl.start(*WITH, sys.executable, "-c", code, stdin=subprocess.PIPE,
                  stdout=subprocess.PIPE, start_new_session=True)
    assert p.stdout.readline() == "up\n"
    return p


@pytest.mark.parametrize("number", [
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_with_passes_signals_on(ctl, toxid, web, number):
    p = start_with(ctl, "import signal, sys, time\n"
                   f"signal.signal({int(number)}, lambda *_: sys.exit(42))\n"
                   "print('up', flush=True)\n"
                   "while True: time.sleep(1)")
    assert len(toxics(toxid)) == 1
    p.send_signal(number)
    assert p.wait(60) == 42
    p.communicate()
    assert toxics(toxid) == []


def test_with_dies_of_what_the_command_dies_of(ctl, toxid, web):
    p = start_with(ctl, READ)
    p.terminate()
    assert p.wait(60) == 128 + signal.SIGTERM
    p.communicate()
    assert toxics(toxid) == []


def test_with_where_children_are_ignored(ctl, toxid, web):
    ignore = (signal.SIGCHLD, signal.SIG_IGN)
    r = ctl.run(*WITH, "sh", "-c", "exit 7",
                preexec_fn=lambda: signal.signal(*ignore))
    assert r.returncode == 7
    assert toxics(toxid) == []


def test_with_killed(ctl, toxid, web):
    p = start_with(ctl, READ)
    assert len(toxics(toxid)) == 1
    os.kill(p.pid, signal.SIGKILL)
    p.wait(60)
    assert wait_until(lambda: toxics(toxid) == [])
    p.communicate()


def test_with_killed_as_a_group(ctl, toxid, web):
    p = start_with(ctl, READ)
    os.killpg(p.pid, signal.SIGKILL)
    p.wait(60)
    assert wait_until(lambda: toxics(toxid) == [])
    p.communicate()


def test_with_comes_back(ctl, toxid, web):
    """... where apid has died, and in an upgrade"""
    with start_with(ctl, READ) as p:
        for number in (signal.SIGKILL, signal.SIGUSR2):
            apid = toxid.child("apid")
            os.kill(apid if number == signal.SIGKILL else toxid.pid, number)
            assert wait_until(
                lambda: toxid.children().get("apid", [apid]) != [apid])
            toxid.wait_until_up()
        time.sleep(1)
        assert len(toxics(toxid)) == 1
        os.kill(p.pid, signal.SIGKILL)
        assert wait_until(lambda: toxics(toxid) == [], 10 * SLOW)


def test_with_of_what_is_gone(ctl, toxid, web):
    assert ctl(*WITH, TOXICTL, "delete", "web") == "Deleted proxy web\n"
