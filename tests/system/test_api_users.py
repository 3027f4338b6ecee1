# SPDX-License-Identifier: ISC
"""Users of the API's Unix socket: whom the kernel knows needs no token."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import pytest
import unixhttp
from lab import WRONG, Lab, bearer, tenant, token
from rig import wait_until
from test_config import check
from test_upstreams import reload

ME, MINE = os.getuid(), os.getgid()
needs_root = pytest.mark.skipif(ME != 0, reason="needs other users")
PROXY = {"name": "p", "listen": "127.0.0.1:0", "upstream": "a:1",
         "enabled": False}
# What the kernel says of others: users, and those of a group.
A, B, READER, OPS, NOBODY, OVERFLOW = 4001, 4002, 4003, 4004, 4005, 65534
GROUP = 4100


@pytest.fixture
def place():
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder / "api.sock"
    shutil.rmtree(folder)


def tenants():
    return [
        tenant("a", token("a"), users=[
            {"uid": A}, {"uid": READER, "role": "reader"}]),
        tenant("b", token("b"), users=[{"uid": B}, {"gid": GROUP}]),
        tenant("ops", token("admin", "admin"),
               users=[{"uid": OPS, "role": "admin"}])]


def lab_of(place, *args, all_of=None):
    return Lab(place.parent, "-api-socket", str(place), *args,
               tenants=tenants() if all_of is None else all_of)


def ask(place, method, path, body=None, headers=None, **who):
    return unixhttp.request(place, method, path, body, headers, **who)


# ---- the file

def users(*all_of):
    return {"tenants": [{"name": "a", "users": list(all_of)},
                        {"name": "b", "users": [{"uid": 7}]}]}


NOT_A_NUMBER = "expected a number (names are not looked up), got"
BAD = [
    ({"tenants": [{"name": "a", "users": {}}]},
     ['tenants[0].users: expected an array, got an object']),
    (users(5), ["tenants[0].users[0]: expected an object, got an integer"]),
    (users({}), ["tenants[0].users[0].uid: it is missing, and there is no "
                 "gid"]),
    (users({"uid": "root"}),
     [f"tenants[0].users[0].uid: {NOT_A_NUMBER} a string"]),
    (users({"uid": 1.5}),
     [f"tenants[0].users[0].uid: {NOT_A_NUMBER} a fraction"]),
    (users({"gid": True}),
     [f"tenants[0].users[0].gid: {NOT_A_NUMBER} a boolean"]),
    (users({"uid": -1}, {"gid": 2**32 - 1}, {"uid": 2**32}),
     ["tenants[0].users[0].uid: there is no such number",
      "tenants[0].users[1].gid: there is no such number",
      "tenants[0].users[2].uid: there is no such number"]),
    (users({"uid": 65534}),
     ["tenants[0].users[0].uid: 65534 is whoever the kernel has no number "
      "for"]),
    (users({"uid": 1, "gid": 1}),
     ["tenants[0].users[0].gid: there is a uid, too: which of them?"]),
    (users({"uid": 1, "role": "root"}),
     ['tenants[0].users[0].role: "root": must be "admin", "tenant" or '
      '"reader"']),
    (users({"uid": 1, "name": "me"}),
     ["tenants[0].users[0].name: unknown key"]),
    (users({"uid": 7}),
     ["tenants[1].users[0].uid: it is that of tenants[0].users[0], too"]),
    (users({"uid": 1}, {"gid": 1}, {"uid": 1}),
     ["tenants[0].users[2].uid: it is that of tenants[0].users[0], too"]),
    (users(*({"uid": i} for i in range(100, 133))),
     ["tenants[0].users: there are more than 32"]),
]


@pytest.mark.parametrize("file, wrong", BAD)
def test_what_is_wrong_is_said(tmp_path, file, wrong):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps(file))
    status, said, _ = check(str(path))
    assert (status, [line.split(": ", 1)[1] for line in said]) == (1, wrong)


def test_a_token_is_nobodys_user(tmp_path):
    """As whom it would be known: no text has that digest."""
    path = tmp_path / "toxid.json"
    for kind in (b"uid", b"gid"):
        digest = (kind + bytes(25) + (7).to_bytes(4, sys.byteorder)).hex()
        path.write_text(json.dumps({"tenants": [{"name": "a", "tokens": [
            {"name": "x", "sha256": digest}]}]}))
        status, said, _ = check(str(path))
        assert status == 1 and "expected 64 hexadecimal digits" in said[0]


# ---- this user, whoever he is

def mine(role="tenant", kind="uid"):
    of_me = {"uid": ME} if kind == "uid" else {"gid": MINE}
    return [tenant("a", token("a"), users=[{**of_me, "role": role}]),
            tenant("b", token("b"))]


@pytest.mark.parametrize("kind", ["uid", "gid"])
def test_one_acts_for_ones_tenant(place, kind):
    who = f"{kind} {ME if kind == 'uid' else MINE}"
    with lab_of(place, all_of=mine(kind=kind)) as lab:
        me = ask(place, "GET", "/tenant").json()
        assert (me["tenant"], me["role"], me["token"]) == ("a", "tenant", who)
        assert ask(place, "POST", "/proxies", PROXY).status == 201
        assert list(lab.ask("a", "GET", "/proxies").json()) == ["p"]
        assert lab.ask("b", "GET", "/proxies").json() == {}
        assert ask(place, "POST", "/proxies", PROXY,
                   {"X-Toxid-Tenant": "b"}).status == 403
        listed, others = (
            [{**token, "last_used": None} for token in r.json()]
            for r in (ask(place, "GET", "/tokens"),
                      lab.ask("a", "GET", "/tokens")))
        assert listed == others
        lab.read_to_here()
        line, = lab.audit(request="PROXY_CREATE")
        assert (line["client"], line["token"], line["tenant"]) == (
            f"uid {ME}", who, "a")
        # by the port he is nobody
        assert lab.ask(None, "GET", "/proxies").status == 401


def test_a_reader_changes_nothing(place):
    with lab_of(place, all_of=mine("reader")):
        assert ask(place, "GET", "/proxies").status == 200
        assert ask(place, "POST", "/proxies", PROXY).status == 403


def test_a_token_counts_instead(place):
    with lab_of(place, all_of=mine()) as lab:
        b = bearer("b")
        assert ask(place, "GET", "/tenant", None, b).json()["tenant"] == "b"
        assert ask(place, "POST", "/proxies", PROXY, b).status == 201
        assert list(lab.ask("b", "GET", "/proxies").json()) == ["p"]
        lab.read_to_here()
        line, = lab.audit(request="PROXY_CREATE")
        assert (line["client"], line["token"], line["tenant"]) == (
            f"uid {ME}", "b", "b")
        for wrong in (f"Bearer {WRONG}", "Bearer ", "Basic eDp5", "Basic x",
                      "Digest x", ""):
            assert ask(place, "GET", "/proxies", None,
                       {"Authorization": wrong}).status == 401, wrong


def test_wrong_tokens_are_slowed_by_user(place):
    with lab_of(place, all_of=mine()) as lab:
        for _ in range(5):
            assert ask(place, "GET", "/proxies", None,
                       {"Authorization": f"Bearer {WRONG}"}).status == 401
        assert wait_until(lambda: any(
            line.get("address") == f"uid {ME}" for line in lab.log()
            if line["message"] == "Wrong tokens"))
        assert ask(place, "GET", "/proxies").status == 200


def test_a_user_makes_tokens(place):
    with lab_of(place, all_of=mine()) as lab:
        made = ask(place, "POST", "/tokens", {"name": "x"})
        assert made.status == 201
        assert lab.ask(made.json()["token"], "GET",
                       "/tenant").json()["token"] == "x"
        assert ask(place, "POST", "/tokens",
                   {"name": "y", "role": "admin"}).status == 403
        assert ask(place, "DELETE", f"/tokens/uid%20{ME}").status == 404


def test_who_is_in_no_file(place):
    with lab_of(place, all_of=mine()[1:]) as lab:
        assert ask(place, "GET", "/proxies").status == 401
        assert ask(place, "POST", "/proxies", PROXY).status == 401
        assert ask(place, "GET", "/version").status == 200
        lab.read_to_here()
        assert not [line for line in lab.log()
                    if line["message"] == "Wrong tokens"]


def test_a_reload_is_for_connections_that_are_there(place):
    with lab_of(place, all_of=mine()) as lab, \
            contextlib.closing(
                unixhttp.Connection(unixhttp.connect(place))) as c:
        assert c.ask("POST", "/proxies", PROXY).status == 201
        lab.say(mine("reader"))
        reload(lab)
        assert wait_until(
            lambda: c.ask("DELETE", "/proxies/p").status == 403)
        lab.say([{**mine()[0], "users": []}, mine()[1]])
        reload(lab)
        assert wait_until(lambda: c.ask("GET", "/proxies").status == 401)
        lab.say(mine())
        reload(lab)
        assert wait_until(
            lambda: c.ask("DELETE", "/proxies/p").status == 204)


@pytest.mark.parametrize("roles", [["apid"], ["ctld"], ["ctld", "apid"]])
def test_whoever_follows_knows_him(place, roles):
    with lab_of(place, all_of=mine()) as lab:
        assert ask(place, "POST", "/proxies", PROXY).status == 201
        pids = {role: lab.child(role) for role in roles}
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        for role, pid in pids.items():
            assert wait_until(
                lambda: lab.children().get(role, [pid]) != [pid])
        lab.wait_until_up()
        assert ask(place, "DELETE", "/proxies/p").status == 204
        assert ask(place, "GET", "/tenant").json()["tenant"] == "a"


def test_an_upgrade_knows_him(place):
    with lab_of(place, all_of=mine()) as lab, \
            contextlib.closing(
                unixhttp.Connection(unixhttp.connect(place))) as c:
        assert c.ask("POST", "/proxies", PROXY).status == 201
        lab.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: any(
            line["message"] == "Upgraded" for line in lab.log()))
        assert c.ask("DELETE", "/proxies/p").status == 204


# ---- several

@needs_root
def test_each_is_its_own(place):
    with lab_of(place) as lab:
        for uid, name in ((A, "a"), (B, "b")):
            assert ask(place, "POST", "/proxies",
                       {**PROXY, "upstream": f"{name}:1"},
                       uid=uid).status == 201
            p = ask(place, "GET", "/proxies/p", uid=uid).json()
            assert p["upstream"] == f"{name}:1"
            assert lab.ask(name, "GET", "/proxies/p").json() == p
        assert ask(place, "GET", "/proxies/p",
                   uid=READER).json()["upstream"] == "a:1"
        assert ask(place, "DELETE", "/proxies/p", uid=READER).status == 403
        every = ask(place, "GET", "/proxies", None,
                    {"X-Toxid-Tenant": "*"}, uid=OPS).json()
        assert set(every) == {"a/p", "b/p"}
        for uid in (0, NOBODY, OVERFLOW):
            assert ask(place, "GET", "/proxies", uid=uid).status == 401
            assert ask(place, "DELETE", "/proxies/p", uid=uid).status == 401


@needs_root
def test_a_group_is_that_of_the_process(place):
    with lab_of(place):
        me = ask(place, "GET", "/tenant", uid=NOBODY, gid=GROUP).json()
        assert (me["tenant"], me["token"]) == ("b", f"gid {GROUP}")
        # a uid goes first, and other groups do not count
        assert ask(place, "GET", "/tenant", uid=A,
                   gid=GROUP).json()["tenant"] == "a"
        assert ask(place, "GET", "/tenant", uid=NOBODY,
                   groups=[GROUP]).status == 401
        assert ask(place, "GET", "/tenant", uid=OVERFLOW,
                   gid=GROUP).status == 401


@needs_root
def test_whoever_has_connected_is_who_asks(place):
    """... also if another process has the connection by then: this one."""
    with lab_of(place), contextlib.closing(unixhttp.Connection(
            unixhttp.connect(place, uid=A))) as c:
        assert c.ask("GET", "/tenant").json()["token"] == f"uid {A}"
        assert c.ask("POST", "/proxies", PROXY).status == 201
