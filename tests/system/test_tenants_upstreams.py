# SPDX-License-Identifier: ISC
"""Whom a tenant's proxies may reach, and who may connect to them: each by that
tenant's rules, and by what all tenants are denied."""

import itertools
import os
import signal
import time

import pytest
from lab import Lab, digest, tenant, token
from peers import Echo, ending
from rig import (
    Toxid, address_of, connected, own_host, wait_until, wide_port)
from test_dial import clogged, hang  # noqa: F401
from test_hostile import stage  # noqa: F401
from test_names import world_or_skip
from test_relay_ends import PATIENCE, is_quiet, receive
from test_upgrade import upgrade
from test_upstreams import (FORBIDDEN, NONE, SPELLINGS, count, is_served, lead,
                            refusal, reload, why)

pytestmark = pytest.mark.normal_build

# What all are denied needs no rule.
OTHERS = [rule for rule in FORBIDDEN
          if not rule.startswith(("loopback", "link-local", "multicast"))]


def is_denied(kind):
    return (f": not allowed: {kind} is denied to tenants, unless "
            "upstreams.allow names just that")


class Caller:
    """What a lab is to one of its callers"""

    def __init__(self, lab, who, of=None):
        self.lab, self.who, self.of = lab, who, of

    def request(self, method, path, body=None):
        return self.lab.ask(self.who, method, path, body, self.of)

    proxy, connect = Toxid.proxy, Toxid.connect


def tenants(a=None, b=None, **more):
    """Two, with these upstreams; more: what else a has"""
    def one(name, upstreams, **rest):
        if upstreams is not None:
            rest["upstreams"] = upstreams
        return {"name": name, "tokens": [token(name)], **rest}
    return [one("a", a, **more), one("b", b),
            tenant("ops", token("admin", "admin"))]


def calls(lab):
    return Caller(lab, "a"), Caller(lab, "b"), Caller(lab, "admin", "")


def lab_of(folder, *rules, **more):
    return Lab(folder, tenants=tenants(*rules, **more))


# ---- what all tenants are denied

PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_spelling_gets_around(tmp_path, part):
    rules = {"deny": OTHERS, "allow": ["*", "0.0.0.0/0:80", "[::]/0"]}
    said = {}
    with lab_of(tmp_path, rules) as lab:
        a, *_ = calls(lab)
        a.proxy("p", "192.168.0.1:80")
        for spelling in SPELLINGS[part::PARTS]:
            lead(a, "p", spelling)
            said[spelling] = refusal(a, "p")
    for spelling, text in said.items():
        assert "not allowed" in text or any(
            none in text for none in NONE), (spelling, text)
    assert sum("denied to tenants" in text for text in said.values()) >= 12
    assert not any("no address in" in text for text in said.values())


def test_each_has_rules_of_its_own(tmp_path, echo):
    with lab_of(tmp_path, {"allow": ["*", "loopback"]},
                {"deny": ["10.0.0.0/8"]}) as lab:
        a, b, nameless = calls(lab)
        for caller in (a, b, nameless):
            caller.proxy("p", echo.address)
        assert is_served(a, "p")
        assert is_served(nameless, "p")
        assert refusal(b, "p") == f"dial tcp {echo.address}" + is_denied(
            "loopback")
        for caller in (a, b):
            lead(caller, "p", "169.254.169.254:80")
            assert refusal(caller, "p").endswith(is_denied("link-local"))
        lead(b, "p", "10.0.0.1:80")
        assert refusal(b, "p").endswith("not allowed by upstreams.deny[0]")


def test_there_may_be_many(tmp_path, echo):
    rules = {"deny": [f"10.{i}.0.0/16:{i + 1}" for i in range(250)],
             "allow": ["*"] * 9 + [f"127.0.0.1:{echo.port}"] * 200}
    made = tenants(rules)
    for i in range(1, 32):
        for one in made:
            one["tokens"].append({"name": f"t{i}", "sha256": digest(
                f"{one['name']} {i}")})
    with Lab(tmp_path, tenants=made) as lab:
        a, *_ = calls(lab)
        a.proxy("p", echo.address)
        assert is_served(a, "p")
        lead(a, "p", "10.249.0.1:250")
        assert refusal(a, "p").endswith("not allowed by upstreams.deny[249]")
        lab.say(made[:2])
        reload(lab)
        os.kill(lab.ctld, signal.SIGKILL)
        assert wait_until(lambda: count(lab, "Control process was replaced"))
        lead(a, "p", echo.address)
        assert is_served(a, "p")


def test_the_log_says_it(tmp_path):
    with lab_of(tmp_path) as lab:
        a, *_ = calls(lab)
        a.proxy("p", "127.0.0.1:9")
        said = refusal(a, "p")
        assert wait_until(lambda: any(
            line.get("error") == said and line["proxy"] == "a/p"
            for line in lab.log())), lab.log()


@pytest.mark.parametrize("allow, host, said", [
    (["*"], "127.0.0.1", "loopback"),
    (["*:{port}", "0.0.0.0/0:{port}", "126.0.0.0/7"], "127.0.0.1",
     "loopback"),
    (["localhost"], "localhost", "loopback"),
    (["*", "127.0.0.1:1"], "127.0.0.1", "loopback"),
    (["*", "loopback:1", "private", "self"], "127.0.0.1", "loopback"),
    (["*", "loopback"], "127.0.0.1", None),
    (["loopback"], "localhost", None),
    (["*", "127.0.0.0/8"], "127.0.0.1", None),
    (["127.0.0.1:{port}"], "127.0.0.1", None)])
def test_what_lifts_it(tmp_path, echo, allow, host, said):
    rules = {"allow": [rule.format(port=echo.port) for rule in allow]}
    with lab_of(tmp_path, rules) as lab:
        a, *_ = calls(lab)
        a.proxy("p", f"{host}:{echo.port}")
        if said is None:
            assert is_served(a, "p")
        else:
            assert refusal(a, "p").endswith(is_denied(said))


def test_toxid_itself(tmp_path, echo):
    """Neither the API nor what others have, whoever may reach this host"""
    with lab_of(tmp_path, {"allow": ["*", "loopback"]},
                {"allow": ["*", "loopback", "self"]}) as lab:
        a, b, nameless = calls(lab)
        for caller in (a, b):
            caller.proxy("p", echo.address)
        others = nameless.proxy("p", echo.address)["listen"]
        for upstream in (f"127.0.0.1:{lab.port}", f":{lab.port}",
                         f"127.8.8.8:{lab.port}", f"localhost:{lab.port}",
                         f"[::ffff:127.0.0.1]:{lab.port}", others):
            lead(a, "p", upstream)
            assert refusal(a, "p").endswith(is_denied("self")), upstream
        lead(b, "p", others)
        assert is_served(b, "p")


# ---- as time goes by

def test_a_reload_is_for_whom_it_changes(tmp_path, clogged):  # noqa: F811
    loopback = {"allow": ["loopback"]}
    with lab_of(tmp_path, loopback, loopback) as lab:
        a, b, _ = calls(lab)
        ending_ones, staying = hang(a, clogged, 10), hang(b, clogged, 10)
        lab.say([*reversed(tenants({"allow": ["*"]}, loopback))])
        reload(lab)
        for client in ending_ones:
            assert ending(client, PATIENCE) in ("fin", "rst")
        assert wait_until(
            lambda: why(a, "p").endswith(is_denied("loopback")))
        assert is_quiet(*staying, seconds=0.3)
        assert why(b, "p") == ""


def rules_hold(lab, upstream):
    a, b, nameless = calls(lab)
    assert wait_until(lambda: is_served(a, "p"))
    assert wait_until(lambda: is_served(nameless, "p"))
    lead(b, "p", upstream)
    assert refusal(b, "p").endswith(is_denied("loopback"))


def test_they_outlive_their_keepers(tmp_path, echo):
    with lab_of(tmp_path, {"allow": ["loopback"]}) as lab:
        for caller in calls(lab):
            caller.proxy("p", echo.address)
        rules_hold(lab, echo.address)
        os.kill(lab.child("diald"), signal.SIGKILL)
        rules_hold(lab, echo.address)
        os.kill(lab.ctld, signal.SIGKILL)
        assert wait_until(lambda: count(lab, "Control process was replaced"))
        rules_hold(lab, echo.address)
        upgrade(lab)
        rules_hold(lab, echo.address)


def test_a_tenant_that_was_away(tmp_path, echo):
    """It may be in the file again: its proxies are in the store."""
    said = tenants({"allow": ["loopback"]})
    said[0]["clients"] = ["127.0.0.2"]
    state = ["-state", str(tmp_path / "state")]
    with Lab(tmp_path, *state, tenants=said) as lab:
        a, b, _ = calls(lab)
        for caller in (a, b):
            caller.proxy("p", echo.address)
        listen = a.request("GET", "/proxies/p").json()["listen"]
        assert connects(a, "127.0.0.2")
        lab.stop()
    with Lab(tmp_path, *state, tenants=said[1:]) as lab:
        a, b, _ = calls(lab)
        assert a.request("GET", "/proxies").status == 401
        with connected(address_of(listen)) as c:
            assert ending(c, PATIENCE) in ("fin", "rst")
        assert wait_until(lambda: any(
            line.get("error", "").endswith(
                "not allowed: its tenant is not in the configuration file")
            for line in lab.log()))
        lab.say(said)
        reload(lab)
        assert wait_until(lambda: connects(a, "127.0.0.2"))
        assert not connects(a, "127.0.0.1")
        assert refusal(b, "p").endswith(is_denied("loopback"))


# ---- names

@pytest.fixture
def world(tmp_path, monkeypatch):
    w = world_or_skip(tmp_path)
    monkeypatch.setenv("TOXID", str(w.program))
    yield w
    w.server.close()


def test_a_name_that_moves(world, tmp_path):
    """Between one look-up and the next, and between two of one answer."""
    turn, port = itertools.count(), wide_port()
    with Echo(host=own_host(), port=port), Echo(port=port) as forbidden:
        texts = [(own_host(),), ("169.254.169.254",), ("127.0.0.1",),
                 ("127.0.0.1", own_host()), ("::ffff:127.0.0.1",),
                 ("64:ff9b::7f00:1", "127.0.0.1"), ("::1", "fe80::1")]
        world.tell["moves.example"] = lambda q: q.addresses(
            *texts[next(turn) % len(texts)])
        rules = {"allow": ["*", "*.example", own_host()]}
        with lab_of(tmp_path, rules) as lab:
            a, *_ = calls(lab)
            a.proxy("p", f"moves.example:{port}")
            seen = set()

            def has_seen_all():
                seen.add(reaches(a))
                seen.update(kind for kind in ("loopback", "link-local")
                            if why(a, "p").endswith(is_denied(kind)))
                return {True, "loopback", "link-local"} <= seen and (
                    next(turn) > 30)
            assert wait_until(has_seen_all, PATIENCE), seen
        assert not forbidden.socks


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["resolvd"], indirect=True)
def test_a_resolvd_that_was_taken_over(stage, tmp_path):  # noqa: F811
    with Echo() as forbidden, lab_of(
            tmp_path, {"allow": ["*", "*.example"]},
            {"allow": ["loopback", "*.example"]}) as lab:
        stage.change(lab, "look-up-here")
        a, b, _ = calls(lab)
        for caller in (a, b):
            caller.proxy("p", f"db.example:{forbidden.port}")
        # that it was a resolvd which says so
        assert wait_until(lambda: reaches(b), PATIENCE)
        assert wait_until(
            lambda: refusal(a, "p").endswith(is_denied("loopback")), PATIENCE)
        assert not reaches(a)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
@pytest.mark.parametrize("mode", [
    "dial-churn", "dial-twice", "dial-garbage", "dial-fickle"])
def test_a_worker_that_was_taken_over(stage, tmp_path, mode):  # noqa: F811
    with Echo() as forbidden, lab_of(tmp_path) as lab:
        a, *_ = calls(lab)
        a.proxy("p", forbidden.address)
        assert refusal(a, "p").endswith(is_denied("loopback"))
        stage.mode(mode)
        for title, pids in lab.children().items():
            for pid in pids * title.startswith("relayd ["):
                os.kill(pid, signal.SIGKILL)
        time.sleep(2)
        assert not forbidden.socks
        stage.mode("honest")


def reaches(caller):
    try:
        with caller.connect("p") as client:
            client.settimeout(PATIENCE)
            client.sendall(b"x")
            return client.recv(1) == b"x"
    except ConnectionError:
        return False


# ---- clients

def connects(caller, source):
    """Is it served, from that address?"""
    listen = caller.request("GET", "/proxies/p").json()["listen"]
    with connected(address_of(listen), source) as c:
        c.settimeout(PATIENCE)
        try:
            c.sendall(b"hello")
            return receive(c, 5) == b"hello"
        except (ConnectionError, AssertionError):
            return False


SOURCES = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]


def who_connects(lab):
    """To a's, b's and the nameless one's"""
    return [[source for source in SOURCES if connects(caller, source)]
            for caller in calls(lab)]


def with_clients(a=None, b=None):
    found = tenants({"allow": ["loopback"]}, {"allow": ["loopback"]})
    for one, clients in zip(found, (a, b)):
        if clients is not None:
            one["clients"] = clients
    return found


def test_clients_are_each_ones_own(tmp_path, echo):
    with Lab(tmp_path, tenants=with_clients(["127.0.0.2"]),
             more={"clients": ["127.0.0.3"]}) as lab:
        for caller in calls(lab):
            caller.proxy("p", echo.address)
        expected = [["127.0.0.2"], SOURCES, ["127.0.0.3"]]
        assert who_connects(lab) == expected
        os.kill(lab.ctld, signal.SIGKILL)
        assert wait_until(lambda: count(lab, "Control process was replaced"))
        assert wait_until(lambda: who_connects(lab) == expected)
        # they change places, and one its rules
        lab.say([*reversed(with_clients(["127.0.0.2"], ["127.0.0.0/31"]))])
        reload(lab)
        assert who_connects(lab) == [["127.0.0.2"], ["127.0.0.1"], SOURCES]
        lab.say(with_clients())
        reload(lab)
        assert who_connects(lab) == [SOURCES] * 3
