# SPDX-License-Identifier: ISC
"""Tokens that the API makes: who may make one for whom, that one works at once
and is refused at once, and that they outlive whoever keeps them."""

import datetime
import os
import re
import signal
import sqlite3

import pytest
from lab import TOKENS, Lab, standard, tenant, token
from rig import Toxid, wait_until
from test_state import strace

LATER = "2099-01-31T00:00:00Z"


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as t:
        yield t


@pytest.fixture
def start(tmp_path):
    started = []

    def one(*args, **more):
        t = Lab(tmp_path, "-state", str(tmp_path / "state"), *args, **more)
        started.append(t)
        return t
    yield one
    for t in started:
        t.stop()


def new(t, who, name, of=None, **more):
    """What the API shows once"""
    r = t.ask(who, "POST", "/tokens", {"name": name, **more}, of)
    assert r.status == 201, r
    return r.json()["token"]


def refused(r, status, why):
    assert (r.status, r.json()["error"]) == (status, why), r


def tokens(t, who, of=None):
    r = t.ask(who, "GET", "/tokens", of=of)
    assert r.status == 200, r
    return {each["name"]: each for each in r.json()}


def works(t, secret):
    """It may see, and change"""
    status = t.ask(secret, "GET", "/proxies").status
    changed = t.ask(secret, "POST", "/reset").status
    assert (status, changed) in [(200, 204), (401, 401)], (status, changed)
    return status == 200


# ---- made and taken back

def test_one_is_made_shown_once_and_works_at_once(lab):
    r = lab.ask("a", "POST", "/tokens", {"name": "ci"})
    assert r.status == 201 and r.headers["Cache-Control"] == "no-store", r
    made = r.json()
    secret = made.pop("token")
    # as `toxictl token hash --new` makes them
    assert re.fullmatch("toxid_[A-Za-z0-9_-]{43}", secret)
    assert len(secret) == 49
    assert made == {"name": "ci", "role": "tenant", "expires": None}
    assert works(lab, secret)
    r = lab.ask("a", "GET", "/tokens")
    assert secret not in str(r.body)
    assert r.json()[1]["name"] == "a-reader"
    shown = tokens(lab, "a")["ci"]
    used = datetime.datetime.fromisoformat(shown.pop("last_used")[:-1])
    age = datetime.datetime.utcnow() - used
    assert 0 <= age.total_seconds() < 300 and used.second == 0
    assert shown == {**made, "of_file": False}


def test_one_that_is_revoked_is_refused_at_once(lab):
    for _ in range(2):  # who comes with a wrong one is slowed down
        secret = new(lab, "a", "ci")
        assert works(lab, secret)
        assert lab.ask("a", "DELETE", "/tokens/ci").status == 204
        assert lab.ask(secret, "GET", "/proxies").status == 401
        assert lab.ask(secret, "POST", "/reset").status == 401
    refused(lab.ask("a", "DELETE", "/tokens/ci"), 404, "token not found")


def test_one_may_revoke_itself(lab):
    secret = new(lab, "a", "ci")
    assert lab.ask(secret, "DELETE", "/tokens/ci").status == 204
    assert lab.ask(secret, "GET", "/proxies").status == 401


def test_no_two_are_the_same(lab):
    made = [new(lab, "a", f"t{i}") for i in range(20)]
    assert len(set(made)) == 20


def test_one_expires(lab):
    soon = datetime.datetime.utcnow() + datetime.timedelta(seconds=5)
    secret = new(lab, "a", "ci", expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert works(lab, secret)
    assert wait_until(lambda: lab.ask(
        secret, "GET", "/proxies").status == 401, 30)
    assert not works(lab, secret)
    assert "ci" in tokens(lab, "a")


def test_the_list_has_the_files_too(lab):
    shown = tokens(lab, "a")
    assert list(shown) == ["a", "a-reader", "expired"]
    assert shown["a-reader"] == {"name": "a-reader", "role": "reader",
                                 "expires": None, "last_used": None,
                                 "of_file": True}
    assert shown["expired"]["expires"] == "2001-01-01T00:00:00Z"
    assert shown["a"]["last_used"] is not None


def test_what_is_the_files_no_request_takes_away(lab):
    r = lab.ask("a", "DELETE", "/tokens/a-reader")
    assert r.status == 409 and "file" in r.json()["error"]
    assert lab.ask("a-reader", "GET", "/proxies").status == 200


# ---- who may

ROLES = ["reader", "tenant", "admin"]


@pytest.mark.parametrize("who,of,may", [
    ("a", None, ["reader", "tenant"]),
    ("a", "a", ["reader", "tenant"]),
    ("a", "b", []),
    ("a", "ops", []),
    ("a", "", []),
    ("a-reader", None, []),
    ("expired", None, []),
    (None, None, []),
    ("admin", None, ROLES),
    ("admin", "a", ROLES),
    ("admin", "nobody", []),
    ("admin", "", []),
    ("admin", "*", []),
])
def test_who_may_make_one_of_which_role_for_whom(lab, who, of, may):
    before = tokens(lab, "admin", of="*")
    made = [role for role in ROLES if lab.ask(
        who, "POST", "/tokens", {"name": f"as-{role}", "role": role},
        of).status == 201]
    assert made == may
    after = tokens(lab, "admin", of="*")
    tenant_of = of or {"a": "a", "admin": "ops"}.get(who)
    assert set(after) - set(before) == {
        f"{tenant_of}/as-{r}" for r in may}
    for role in made:
        gone = lab.ask(who, "DELETE", f"/tokens/as-{role}", of=of)
        assert gone.status == 204, gone


def test_nobody_revokes_what_is_above_him_or_anothers(lab):
    new(lab, "admin", "root", of="a", role="admin")
    new(lab, "b", "theirs")
    for who in ("a", "a-reader"):
        assert lab.ask(who, "DELETE", "/tokens/root").status == 403
    for of in (None, "a", "b", "ops", ""):
        r = lab.ask("a", "DELETE", "/tokens/theirs", of=of)
        assert r.status in (403, 404), r
    assert set(tokens(lab, "b")) == {"b", "b-reader", "theirs"}
    assert "root" in tokens(lab, "a")


def test_a_lesser_one_can_be_no_more_than_it_is(lab):
    reader = new(lab, "a", "r", role="reader")
    assert lab.ask(reader, "GET", "/tokens").status == 200
    for path in ("POST /tokens", "DELETE /tokens/r", "POST /reset"):
        r = lab.ask(reader, *path.split(), {"name": "x"})
        refused(r, 403, "this token may only read")
    mine = new(lab, "a", "t")
    r = lab.ask(mine, "POST", "/tokens", {"name": "x", "role": "admin"})
    refused(r, 403, "this token makes and revokes none of a role above its "
            "own")


def test_two_tenants_have_one_of_a_name(lab):
    ours, theirs = new(lab, "a", "ci"), new(lab, "b", "ci")
    assert lab.ask("a", "DELETE", "/tokens/ci").status == 204
    assert not works(lab, ours) and works(lab, theirs)


@pytest.mark.parametrize("body,why", [
    ({}, "bad request body: name: it has to be of letters, digits, '-', '_' "
     "and '.', with no dot first"),
    ({"name": "a/b"}, "bad request body: name: it has to be of letters, "
     "digits, '-', '_' and '.', with no dot first"),
    ({"name": "x" * 64}, "bad request body: name: longer than 63 bytes"),
    ({"name": "x", "role": "root"},
     'bad request body: role: must be "admin", "tenant" or "reader"'),
    ({"name": "x", "expires": "tomorrow"}, "bad request body: expires: "
     "expected a time in UTC, as 2027-01-31T00:00:00Z"),
    ({"name": "x", "expires": "2001-01-01T00:00:00Z"},
     "bad request body: expires: that time is over"),
    ({"name": "x", "expire": LATER}, "bad request body: expire: unknown key"),
    ({"name": "x", "token": "mine"}, "bad request body: token: unknown key"),
])
def test_what_is_no_token(lab, body, why):
    refused(lab.ask("a", "POST", "/tokens", body), 400, why)


def test_a_name_is_had_once(lab):
    new(lab, "a", "ci")
    for name in ("ci", "a"):
        refused(lab.ask("a", "POST", "/tokens", {"name": name}), 409,
                "token already exists")


def test_a_tenant_has_so_many_and_no_more(lab):
    for i in range(32 - 3):
        new(lab, "a", f"t{i}")
    assert list(tokens(lab, "a")) == sorted(tokens(lab, "a"))
    assert len(tokens(lab, "a")) == 32
    reload(lab)
    assert len(tokens(lab, "a")) == 32
    refused(lab.ask("a", "POST", "/tokens", {"name": "more"}), 409,
            "a tenant has at most 32 tokens")
    new(lab, "b", "more")
    assert lab.ask("a", "DELETE", "/tokens/t3").status == 204
    new(lab, "a", "more")


def test_without_tenants_there_is_no_such_path():
    with Toxid() as t:
        for method, path in (("GET", "/tokens"), ("POST", "/tokens"),
                             ("DELETE", "/tokens/x")):
            r = t.request(method, path)
            assert (r.status, r.body) == (404, b"404 page not found\n"), r


def test_each_is_audited(lab):
    lab.ask("a", "POST", "/tokens", {"name": "ci"})
    lab.ask("a", "POST", "/tokens", {"name": "no", "role": "admin"})
    lab.ask("admin", "DELETE", "/tokens/ci", of="a")

    def lines():
        return [(line["request"], line["changed_token"], line["tenant"],
                 line["outcome"]) for line in lab.audit()]
    assert wait_until(lambda: len(lines()) == 3), lines()
    assert lines() == [
        ("TOKEN_CREATE", "a/ci", "a", "done"),
        ("TOKEN_CREATE", "a/no", "a",
         "refused: role above the token's own"),
        ("TOKEN_DELETE", "a/ci", "ops", "done")]


# ---- they outlive

@pytest.mark.parametrize("has_state", [False, True])
@pytest.mark.parametrize("who", ["ctld", "apid"])
def test_the_next_one_has_them(tmp_path, start, who, has_state):
    t = start() if has_state else Lab(tmp_path)
    try:
        kept, gone = new(t, "a", "ci", expires=LATER), new(t, "a", "gone")
        assert works(t, kept) and works(t, gone)
        assert t.ask("a", "DELETE", "/tokens/gone").status == 204
        before = tokens(t, "a")["ci"]
        for _ in range(2):
            pid = t.ctld if who == "ctld" else t.child("apid")
            os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: is_up(t)), t.log()
            assert wait_until(lambda: works(t, kept))
            assert not works(t, gone)
        after = tokens(t, "a")["ci"]
        assert after["last_used"] >= before["last_used"]
        assert after["expires"] == LATER
    finally:
        t.stop()


def is_up(t):
    try:
        return t.request("GET", "/version").status == 200
    except OSError:
        return False


def test_a_restart_has_those_of_the_state(start):
    t = start()
    kept, gone = new(t, "a", "ci", expires=LATER), new(t, "a", "gone")
    assert works(t, kept) and works(t, gone)
    assert t.ask("a", "DELETE", "/tokens/gone").status == 204
    before = tokens(t, "a")
    t.stop()
    t = start()
    assert tokens(t, "a")["ci"] == before["ci"]
    assert works(t, kept) and not works(t, gone)
    assert t.ask("a", "DELETE", "/tokens/ci").status == 204
    t.stop()
    t = start()
    assert not works(t, kept)


def test_what_was_answered_is_kept_whatever_comes(start, tmp_path):
    """All processes die at once, as in a power cut"""
    t = start("-durability", "full")
    made = {f"t{i}": new(t, "a", f"t{i}") for i in range(12)}
    for i in range(0, 12, 3):
        assert t.ask("a", "DELETE", f"/tokens/t{i}").status == 204
        del made[f"t{i}"]
    t.process.kill()
    t.process.wait()
    t = start("-durability", "full")
    assert set(tokens(t, "a")) == {"a", "a-reader", "expired", *made}
    assert all(works(t, secret) for secret in made.values())


def test_what_was_used_and_revoked_does_not_come_back(start):
    """That it was used waits behind another's use, and comes too late"""
    t = start()
    kept, gone = new(t, "a", "kept"), new(t, "a", "gone")
    trace = strace(t.child("stored"), "-o", "/dev/null", "-e",
                   "inject=pwrite64:delay_enter=100ms")
    for secret in (kept, gone):
        assert t.ask(secret, "GET", "/proxies").status == 200
    assert t.ask("a", "DELETE", "/tokens/gone").status == 204
    trace.kill()
    trace.wait()
    t.stop()
    assert set(tokens(start(), "a")) == {"a", "a-reader", "expired", "kept"}


def test_stored_may_die(start):
    t = start()
    kept = new(t, "a", "ci")
    os.kill(t.child("stored"), signal.SIGKILL)
    later = new(t, "a", "later")
    assert t.ask("a", "DELETE", "/tokens/ci").status == 204
    t.stop()
    t = start()
    assert works(t, later) and not works(t, kept)


def test_the_database_has_digests_alone(start, tmp_path):
    t = start()
    secret = new(t, "a", "ci")
    assert works(t, secret)
    t.stop()
    for path in (tmp_path / "state").rglob("*"):
        assert not path.is_file() or \
            secret.encode() not in path.read_bytes(), path
    db = sqlite3.connect(tmp_path / "state" / "stored" / "toxid.db")
    assert db.execute("SELECT tenant, name, role, length(sha256), last_used > "
                      "0 FROM tokens").fetchall() == [
        ("a", "ci", "tenant", 32, 1)]
    db.close()


# ---- and the file

def reload(t):
    def count():
        return sum(line.get("message") == "Reloaded configuration"
                   for line in t.log())
    before = count()
    t.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: count() > before), t.log()


def test_a_reload_leaves_them(lab):
    secret = new(lab, "a", "ci")
    assert works(lab, secret)
    before = tokens(lab, "a")
    lab.say([*standard(), tenant("c")])
    reload(lab)
    assert works(lab, secret)
    assert tokens(lab, "a") == before
    new(lab, "admin", "first", of="c")


def test_a_tenant_that_goes_takes_them_along(start):
    t = start()
    secret = new(t, "b", "ci")
    assert works(t, secret)
    t.say([each for each in standard() if each["name"] != "b"])
    reload(t)
    assert not works(t, secret)
    t.say()
    reload(t)
    assert not works(t, secret) and set(tokens(t, "b")) == {"b", "b-reader"}
    t.stop()
    assert not works(start(), secret)


def test_a_tenant_that_is_gone_at_the_start(start):
    t = start()
    secret = new(t, "b", "ci")
    t.stop()
    t = start(tenants=[e for e in standard() if e["name"] != "b"])
    assert not works(t, secret)
    t.stop()
    assert not works(start(), secret)


def test_what_the_file_names_is_the_files(start):
    t = start()
    secret = new(t, "a", "ci")
    mine = standard()
    mine[0]["tokens"].append({**token("a"), "name": "ci",
                              "sha256": "0" * 64})
    t.say(mine)
    reload(t)
    assert not works(t, secret)
    assert tokens(t, "a")["ci"]["of_file"] is True
