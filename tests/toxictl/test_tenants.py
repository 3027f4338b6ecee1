# SPDX-License-Identifier: ISC
"""A server with tenants: what toxictl makes a token for, what that is good
for, and in which tenant an admin acts."""

import json

import pytest
import rig
from conftest import Toxictl
from rig import Toxid

NAME = "TOXIPROXY_AUTH_TOKEN"
UNTIL = "2199-01-31T00:00:00Z"


def proxy(name):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}


def new_token(name, **more):
    """One out of `token hash --new`, and what the file has of it"""
    token, _, line = Toxictl("http://127.0.0.1:1")(
        "token", "hash", "--new", "--name", name).splitlines()
    return token, {**json.loads(line), **more}


class Lab:
    """Two tenants, and who has which token"""

    def __init__(self, folder):
        made = {"ops": new_token("ops", role="admin"),
                "ci": new_token("ci", expires=UNTIL),
                "dashboard": new_token("dashboard", role="reader"),
                "other": new_token("ci"),
                "late": new_token("late", expires="2001-01-31T00:00:00Z")}
        self.tokens = {who: token for who, (token, _) in made.items()}
        rows = {who: row for who, (_, row) in made.items()}
        self.file = folder / "toxid.json"
        self.file.write_text(json.dumps({"tenants": [
            {"name": "payments", "proxies": [proxy("redis"), proxy("db")],
             "tokens": [rows[who] for who in
                        ("ops", "ci", "dashboard", "late")]},
            {"name": "search", "proxies": [proxy("redis")],
             "tokens": [rows["other"]]}]}))

    def as_(self, who, *args, **env):
        return self.ctl.run(*args, env={NAME: self.tokens[who], **env})


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("lab"))
    with Toxid("-config", str(made.file), wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        made.ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        assert rig.wait_until(
            lambda: made.as_("ops", "list").stdout.count("\n") == 2)
        yield made


WHO = [
    ("ops", ["payments", "admin", "ops", None, 2]),
    ("ci", ["payments", "tenant", "ci", UNTIL, 2]),
    ("dashboard", ["payments", "reader", "dashboard", None, 2]),
    ("other", ["search", "tenant", "ci", None, 1]),
]
KEYS = ["tenant", "role", "token", "expires", "proxies"]


@pytest.mark.parametrize("who, is_", WHO)
def test_whoami(lab, who, is_):
    r = lab.as_(who, "whoami", "--json")
    assert (r.returncode, r.stderr) == (0, "")
    assert json.loads(r.stdout) == {**dict(zip(KEYS, is_)), "toxics": 0}
    assert lab.as_(who, "whoami").stdout == "".join(
        f"{key}\t{value or ''}\n" for key, value in zip(KEYS, is_)
    ) + "toxics\t0\n"
    shown, code = lab.ctl.on_terminal("whoami", **{NAME: lab.tokens[who]})
    assert code == 0
    assert f"tenant   {is_[0]}\n" in shown and f"token    {is_[2]}\n" in shown
    r = lab.as_(who, "doctor")
    assert f"token\t{is_[2]} of tenant \"{is_[0]}\", {is_[1]}, " in r.stdout
    assert f"until {UNTIL}" in r.stdout or "for ever" in r.stdout


def test_in_another_tenant(lab):
    def said(*args, **env):
        r = lab.as_("ops", "whoami", "--json", *args, **env)
        assert r.returncode == 0, r
        return json.loads(r.stdout)
    assert said("--tenant", "search")["proxies"] == 1
    assert said("--tenant", "search")["tenant"] == "search"
    assert said(TOXICTL_TENANT="search")["tenant"] == "search"
    assert said(TOXICTL_TENANT="")["tenant"] == "payments"
    # the flag is nearer
    assert said("--tenant", "payments", TOXICTL_TENANT="search")["tenant"] == (
        "payments")
    # the one without a name
    assert said("--tenant", "")["tenant"] == ""
    assert lab.as_("ops", "list", "--tenant", "").stdout == ""


def test_all_tenants(lab):
    def names(*args):
        return [line.split("\t")[0] for line in
                lab.as_("ops", "list", *args).stdout.splitlines()]
    assert names() == ["db", "redis"]
    assert names("--tenant", "search") == ["redis"]
    assert names("--tenant", "*") == [
        "payments/db", "payments/redis", "search/redis"]
    r = lab.as_("ops", "reset", "--tenant", "*")
    assert r.returncode == 1 and "HTTP 400" in r.stderr


def test_halts(lab):
    def said(who, *args):
        r = lab.as_(who, *args)
        assert r.returncode == 0, r
        return r.stdout
    try:
        assert said("ci", "halt") == "The toxics of payments are off\n"
        assert said("other", "resume") == "Toxics are on\n"
        assert said("ops", "halt", "--tenant", "search") == (
            "The toxics of search are off\n")
        assert said("ops", "halt") == (
            "All toxics are off\nThe toxics of payments are off\n"
            "The toxics of search are off\n")
        assert said("ci", "resume") == "All toxics are off\n"
        assert json.loads(said("other", "resume", "--json")) == {
            "halted": True, "all": True, "tenants": []}
        assert said("ops", "halt", "--tenant", "") == (
            "All toxics are off\nThe toxics of the tenant without a name are "
            "off\n")
        assert lab.as_("dashboard", "halt").returncode == 1

        def halted(who, *args):
            return json.loads(said(who, "whoami", "--json", *args)).get(
                "halted")
        both = {"all": True, "tenant": True}
        assert halted("other") == {"all": True, "tenant": False}
        assert halted("ops", "--tenant", "search") == halted("other")
        assert halted("ops", "--tenant", "") == both
        assert "halted\tall, tenant\n" in said(
            "ops", "whoami", "--tenant", "")
        said("ops", "resume", "--tenant", "*")
        assert halted("other") is None
        assert said("ops", "whoami", "--tenant", "").count(
            "halted\ttenant\n") == 1
    finally:
        said("ops", "resume", "--tenant", "")
        assert said("ops", "resume", "--tenant", "*") == "Toxics are on\n"


def test_a_change_is_in_that_tenant(lab):
    r = lab.as_("ops", "toxic", "add", "redis", "-t", "noop", "--tenant",
                "search")
    assert r.returncode == 0, r
    try:
        assert "noop" in lab.as_("other", "inspect", "redis").stdout
        assert "noop" not in lab.as_("ci", "inspect", "redis").stdout
    finally:
        assert lab.as_("other", "reset").returncode == 0


# ---- what is refused, and what is said of it then

def test_who_is_not_known(lab):
    for r in (lab.ctl.run("list", env={NAME: ""}),
              lab.ctl.run("list", env={NAME: "toxid_wrong"}),
              lab.as_("late", "list"), lab.as_("late", "whoami")):
        assert r.returncode == 1 and "HTTP 401: " in r.stderr, r
        assert NAME in r.stderr and "toxid_" not in r.stderr
    r = lab.as_("late", "doctor", "--json")
    assert r.returncode == 1
    assert "HTTP" not in r.stdout and NAME in json.loads(r.stdout)[-1]["text"]


def test_what_it_may_not(lab):
    for line in (["reset"], ["toggle", "redis"],
                 ["toxic", "add", "redis", "-t", "noop"],
                 ["with", "redis", "-t", "noop", "--", "true"]):
        r = lab.as_("dashboard", *line)
        assert r.returncode == 1, r
        assert "HTTP 403: this token may only read\n" in r.stderr, r
        assert f"is that of {NAME}; 'whoami' says" in r.stderr
    assert lab.as_("dashboard", "list").returncode == 0


def test_tenants_of_others(lab):
    for who in ("ci", "dashboard"):
        for tenant in ("search", "none", ""):
            r = lab.as_(who, "list", "--tenant", tenant)
            assert r.returncode == 1 and "HTTP 403: " in r.stderr, r
            assert f'Tenant "{tenant}" was asked for, by --tenant' in r.stderr
        assert lab.as_(who, "list", "--tenant", "payments").returncode == 0
    r = lab.as_("ci", "list", "--json", TOXICTL_TENANT="search")
    assert 'Tenant "search"' in json.loads(r.stderr)["hint"]


def test_a_tenant_that_there_is_not(lab):
    r = lab.as_("ops", "create", "x", "-l", "localhost:0", "-u", "localhost:1",
                "--tenant", "none")
    assert r.returncode == 1 and "HTTP 404: tenant not found" in r.stderr
    for name in ("a/b", ".x", "x" * 64):
        r = lab.as_("ops", "list", "--tenant", name)
        assert r.returncode == 1 and "HTTP 400" in r.stderr, r
    for name in (" ", "a b", "\u00e9", "a\nX-Evil: yes", "x" * 1000):
        r = lab.as_("ops", "list", "--tenant", name)
        assert r.returncode == 1 and "no tenant has such a name" in r.stderr, r


def test_the_example_of_a_file(lab):
    """It is nothing that a server is told by `apply`."""
    r = lab.as_("ci", "apply", str(lab.file))
    assert r.returncode == 1 and "those of tenants" in r.stderr
    assert lab.as_("ci", "list").stdout.count("\n") == 2
