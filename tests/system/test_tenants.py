# SPDX-License-Identifier: ISC
"""Tenants that share one toxid: each has its own names, sees its own proxies,
and changes nothing else; an administrator does for others, if he says so."""

import concurrent.futures
import http.client
import os
import signal
import socket
import time

import pytest
from lab import TOKENS, Lab, digest, standard, tenant
from peers import Echo
from rig import Toxid, address_of, wait_until
from test_relay_ends import PATIENCE

pytestmark = pytest.mark.normal_build


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as t:
        yield t


def test_two_have_one_name(lab):
    mine, yours = lab.make("a", "redis"), lab.make("b", "redis")
    assert mine["name"] == yours["name"] == "redis"
    assert mine["listen"] != yours["listen"]
    assert lab.ask("a", "GET", "/proxies").json() == {"redis": mine}
    assert lab.ask("b", "GET", "/proxies").json() == {"redis": yours}
    assert lab.ask("a", "DELETE", "/proxies/redis").status == 204
    assert lab.ask("a", "GET", "/proxies/redis").status == 404
    assert lab.ask("b", "GET", "/proxies/redis").json() == yours


def test_what_is_anothers_is_not_there(lab):
    lab.make("a", "p")
    before = lab.ask("a", "GET", "/state").json()
    nothing = lab.ask("b", "GET", "/proxies/never")
    for method, path, body in [
            ("GET", "/proxies/p", None), ("DELETE", "/proxies/p", None),
            ("PATCH", "/proxies/p", {"enabled": False}),
            ("GET", "/proxies/p/health", None),
            ("GET", "/proxies/p/toxics", None),
            ("POST", "/proxies/p/toxics", {"type": "latency"}),
            ("PATCH", "/proxies/p/toxics/t", {"attributes": {}})]:
        r = lab.ask("b", method, path, body)
        assert (r.status, r.body) == (nothing.status, nothing.body)
    assert lab.ask("b", "POST", "/reset").status == 204
    assert lab.ask("b", "GET", "/proxies").json() == {}
    assert lab.ask("b", "GET", "/state").json() == []
    assert lab.ask("b", "GET", "/health/proxies").json() == {}
    assert lab.ask("a", "GET", "/state").json() == before


def test_populate_and_reset_are_for_ones_own(lab):
    entries = [{"name": n, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}
               for n in ("x", "y")]
    for who in ("a", "b"):
        assert lab.ask(who, "POST", "/populate", entries).status == 201
        for name in ("x", "y"):
            r = lab.ask(who, "POST", f"/proxies/{name}/toxics",
                        {"type": "latency"})
            assert r.status == 200
    assert lab.ask("a", "POST", "/reset").status == 204

    def toxics(who):
        return [p["toxics"] for p in lab.ask(who, "GET", "/state").json()]

    assert toxics("a") == [[], []]
    assert all(len(of_one) == 1 for of_one in toxics("b"))


def test_a_session_goes_through(lab):
    with Echo() as echo:
        for who in ("a", "b"):
            lab.make(who, "echo", f"127.0.0.1:{echo.port}")
        for who in ("a", "b"):
            p = lab.ask(who, "GET", "/proxies/echo").json()
            with socket.create_connection(address_of(p["listen"]),
                                          PATIENCE) as s:
                s.sendall(b"hello")
                assert s.recv(5) == b"hello"


@pytest.mark.parametrize("who", ["wrong", "expired", None])
def test_who_is_nobody(lab, who):
    lab.make("a", "p")
    for method, path in [("GET", "/proxies"), ("GET", "/proxies/p"),
                         ("DELETE", "/proxies/p"), ("POST", "/reset"),
                         ("GET", "/state"), ("GET", "/tenant"),
                         ("GET", "/health/proxies")]:
        r = lab.ask(who, method, path)
        assert r.status == 401
    for path in ("/version", "/health", "/health/live", "/health/ready"):
        r = lab.ask(who, "GET", path)
        assert r.status == 200 and b'"p"' not in r.body
    assert lab.ask("a", "GET", "/proxies/p").status == 200


def test_a_reader_reads(lab):
    p = lab.make("a", "p")
    assert lab.ask("a-reader", "GET", "/proxies").json() == {"p": p}
    for method, path, body in [
            ("POST", "/proxies", {"name": "q", "upstream": "127.0.0.1:9"}),
            ("DELETE", "/proxies/p", None), ("POST", "/reset", None),
            ("PATCH", "/proxies/p", {"enabled": False}),
            ("POST", "/populate", []),
            ("POST", "/proxies/p/toxics", {"type": "latency"})]:
        r = lab.ask("a-reader", method, path, body)
        assert r.status == 403, (method, path)
        assert r.json()["error"] == "this token may only read"
    assert lab.ask("a", "GET", "/proxies").json() == {"p": p}
    assert lab.ask("b-reader", "GET", "/proxies/p").status == 404


def test_an_administrator_names_another(lab):
    mine = lab.make("a", "p")
    assert lab.ask("admin", "GET", "/proxies").json() == {}
    assert lab.ask("admin", "GET", "/proxies", of="a").json() == {"p": mine}
    assert lab.ask("admin", "DELETE", "/proxies/p", of="b").status == 404
    made = lab.make("admin", "q", of="b")
    assert lab.ask("b", "GET", "/proxies").json() == {"q": made}
    assert lab.ask("admin", "GET", "/proxies", of="*").json() == {
        "a/p": mine, "b/q": made}
    assert lab.ask("admin", "GET", "/proxies", of="").json() == {}
    assert lab.ask("admin", "DELETE", "/proxies/p", of="a").status == 204
    r = lab.ask("admin", "POST", "/proxies", {
        "name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"},
        of="nobody")
    assert r.status == 404 and r.json()["error"] == "tenant not found"


def test_names_of_all_are_told_apart(tmp_path):
    """The nameless tenant may have a proxy "a/p", and a one "p"."""
    with Lab(tmp_path, "-proxy-metrics") as lab:
        mine = lab.make("a", "p")
        nameless = lab.make("admin", "a/p", of="")
        assert lab.ask("admin", "GET", "/proxies", of="*").json() == {
            "/a/p": nameless, "a/p": mine}
        assert set(lab.ask("admin", "GET", "/health/proxies",
                           of="*").json()) == {"/a/p", "a/p"}
        text = lab.ask("admin", "GET", "/metrics", of="*").body.decode()
        series = [line.rpartition(" ")[0] for line in text.splitlines()
                  if not line.startswith("#")]
        assert len(series) == len(set(series))
        assert any('proxy="/a/p"' in one for one in series)


def test_tenants_come_and_go(tmp_path):
    """... while requests are under way, and no process dies of it."""
    with Lab(tmp_path) as lab:
        apid = lab.child("apid")
        for turn in range(6):
            lab.say([] if turn % 2 == 0 else None)
            os.kill(lab.pid, signal.SIGHUP)
            for _ in range(40):
                assert lab.ask("a", "POST", "/reset").status in (204, 401)
                assert lab.ask(None, "POST", "/reset").status in (204, 401)
        reload(lab)
        assert lab.child("apid") == apid
        lab.read_to_here()
        assert not [line for line in lab.log()
                    if line.get("message") == "Killing a child"]


def test_what_may_be_named(lab):
    lab.make("a", "p")
    for who, of, status in [
            ("a", "a", 200), ("a", "b", 403), ("a", "", 403), ("a", "*", 400),
            ("a", "A", 403), ("a-reader", "b", 403), ("admin", "../a", 400),
            ("admin", "a/b", 400), ("admin", ".a", 400),
            ("admin", "x" * 64, 400), ("admin", "nobody", 200)]:
        r = lab.ask(who, "GET", "/proxies", of=of)
        assert r.status == status, (who, of)
    for method, path in [("POST", "/reset"), ("GET", "/proxies/p"),
                         ("POST", "/populate"), ("DELETE", "/proxies/p")]:
        assert lab.ask("admin", method, path, of="*").status == 400


def test_a_header_that_is_there_twice(lab):
    c = http.client.HTTPConnection(lab.host, lab.port, timeout=PATIENCE)
    c.putrequest("GET", "/proxies")
    c.putheader("Authorization", f"Bearer {TOKENS['admin']}")
    c.putheader("X-Toxid-Tenant", "a")
    c.putheader("X-Toxid-Tenant", "b")
    c.endheaders()
    assert c.getresponse().status == 400
    c.close()


def test_who_am_i(lab):
    lab.make("a", "p")
    lab.ask("a", "POST", "/proxies/p/toxics", {"type": "latency"})
    assert lab.ask("a", "GET", "/tenant").json() == {
        "tenant": "a", "role": "tenant", "token": "a", "expires": None,
        "proxies": 1, "toxics": 1}
    assert lab.ask("b-reader", "GET", "/tenant").json() == {
        "tenant": "b", "role": "reader", "token": "b-reader",
        "expires": None, "proxies": 0, "toxics": 0}
    assert lab.ask("admin", "GET", "/tenant", of="a").json()["proxies"] == 1
    assert lab.ask("admin", "GET", "/tenant", of="*").json()["tenant"] == "*"


def test_without_tenants_everybody_is_an_administrator():
    with Toxid() as t:
        t.proxy("p", "127.0.0.1:9")
        assert t.request("GET", "/tenant").json() == {
            "tenant": "", "role": "admin", "token": None, "expires": None,
            "proxies": 1, "toxics": 0}
        assert t.request("GET", "/proxies",
                         headers={"X-Toxid-Tenant": "a"}).json() == {}


def test_one_token_for_all_and_tenants(tmp_path):
    t = Lab(tmp_path, env={"TOXIPROXY_AUTH_TOKEN": "x"}, wait=False)
    assert t.ends() != 0
    assert any("TOXIPROXY_AUTH_TOKEN" in line.get("message", "") +
               str(line.get("error", "")) for line in t.log())
    t.process.stdout.close()


def test_metrics_are_of_ones_own(tmp_path):
    with Lab(tmp_path, "-proxy-metrics", "-runtime-metrics") as lab:
        lab.make("a", "mine")
        lab.make("b", "yours")
        text = lab.ask("a", "GET", "/metrics").body.decode()
        assert 'proxy="a/mine"' in text and "yours" not in text
        assert "toxid_role_" not in text
        text = lab.ask("admin", "GET", "/metrics", of="*").body.decode()
        assert 'proxy="a/mine"' in text and 'proxy="b/yours"' in text
        assert "toxid_role_" in text


def test_each_change_and_refusal_is_in_the_log(lab):
    lab.make("a", "p")
    lab.ask("admin", "DELETE", "/proxies/p", of="b")
    r = lab.ask("admin", "DELETE", "/proxies/p", of="a")
    lab.read_to_here()
    line, = lab.audit(request="PROXY_CREATE")
    assert line["proxy"] == "a/p" and line["outcome"] == "done"
    assert line["tenant"] == line["token"] == "a"
    assert line["client"].startswith("127.0.0.1:")
    gone, done = lab.audit(request="PROXY_DELETE")
    assert (gone["outcome"], gone["proxy"]) == ("no such proxy", "b/p")
    assert (done["outcome"], done["proxy"]) == ("done", "a/p")
    assert done["tenant"] == "ops" and done["token"] == "admin"
    assert done["request_id"] == r.headers["X-Toxiproxy-Request-Id"]
    for secret in TOKENS.values():
        assert secret.encode() not in b"".join(lab.lines)


def reload(t):
    n = sum(line.get("message") == "Reload started" for line in t.log())
    os.kill(t.pid, signal.SIGHUP)

    def is_over():
        seen = [line.get("message", "") for line in t.log()]
        return seen.count("Reload started") > n and any(
            m.startswith(("Reloaded", "Reload failed"))
            for m in seen[len(seen) - seen[::-1].index("Reload started"):])

    assert wait_until(is_over, PATIENCE)


def test_a_reload_changes_who_may(lab):
    mine = lab.make("a", "p")
    changed = standard()
    changed[0]["tokens"] = [{"name": "new", "sha256": digest("another one")}]
    lab.say(changed + [tenant("c")])
    reload(lab)
    assert lab.ask("a", "GET", "/proxies").status == 401
    assert lab.ask("another one", "GET", "/proxies").json() == {"p": mine}
    assert lab.make("admin", "p", of="c")["name"] == "p"


def test_a_tenant_that_has_proxies_stays(lab):
    mine = lab.make("a", "p")
    lab.say(standard()[1:])
    reload(lab)
    errors = [line["error"] for line in lab.log()
              if line.get("message", "").startswith("Reload failed")]
    assert len(errors) == 1 and "a/p" in errors[0]
    assert lab.ask("a", "GET", "/proxies").json() == {"p": mine}
    assert lab.ask("a", "DELETE", "/proxies/p").status == 204
    reload(lab)
    assert lab.ask("a", "GET", "/proxies").status == 401
    assert lab.ask("b", "GET", "/proxies").status == 200


def test_another_ctld_knows_them(lab):
    mine = lab.make("a", "p")
    was = lab.ctld
    os.kill(was, signal.SIGKILL)
    assert lab.ask("a", "GET", "/proxies/p").json() == mine
    assert wait_until(lambda: lab.ctld not in (None, was), PATIENCE)
    lab.make("b", "p")
    assert lab.ask("b", "DELETE", "/proxies/p").status == 204
    assert lab.ask("a-reader", "DELETE", "/proxies/p").status == 403
    assert lab.ask("wrong", "DELETE", "/proxies/p").status == 401
    assert lab.ask("a", "DELETE", "/proxies/p").status == 204


def test_what_a_ctld_has_not_read_the_next_one_does(lab):
    """A request by a token, and that a token was used for the first time."""
    lab.make("a", "p")
    apid, was = lab.child("apid"), lab.ctld
    os.kill(was, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        gone = pool.submit(lab.ask, "a", "DELETE", "/proxies/p")
        assert lab.ask("a-reader", "GET", "/proxies").status == 200
        time.sleep(0.2)
        os.kill(was, signal.SIGKILL)
        assert gone.result(PATIENCE).status == 204
    assert lab.ask("b", "GET", "/proxies").json() == {}
    assert lab.child("apid") == apid


def test_another_apid_knows_them(lab):
    mine = lab.make("a", "p")
    was = lab.child("apid")
    os.kill(was, signal.SIGKILL)
    assert wait_until(lambda: lab.child("apid") != was, PATIENCE)
    lab.wait_until_up()
    assert lab.ask("a", "GET", "/proxies").json() == {"p": mine}
    assert lab.ask("b", "GET", "/proxies").json() == {}
    assert lab.ask(None, "GET", "/proxies").status == 401


def test_a_restart_knows_whose_they_are(tmp_path):
    state = str(tmp_path / "state")
    with Lab(tmp_path, "-state", state) as lab:
        mine = lab.make("a", "p")
        lab.make("b", "p")
        lab.stop()
    with Lab(tmp_path, "-state", state) as lab:
        assert lab.ask("a", "GET", "/proxies").json() == {"p": mine}
        assert list(lab.ask("admin", "GET", "/proxies", of="*").json()) == [
            "a/p", "b/p"]


def test_one_leaves_room_for_the_others(tmp_path):
    """Three tenants and the nameless one: each has one of 12 for itself."""
    def fill(t, who):
        for n in range(20):
            r = t.ask(who, "POST", "/proxies", {
                "name": f"p{n}", "listen": "127.0.0.1:0",
                "upstream": "127.0.0.1:9"})
            if r.status != 201:
                return n, r
        raise AssertionError("all of them")

    with Lab(tmp_path, "-max-proxies", "12") as t:
        n, r = fill(t, "a")
        assert n == 9 and r.status == 507 and "share" in r.json()["error"]
        t.read_to_here()
        assert t.audit(outcome="too many proxies of the tenant")
        assert fill(t, "b")[0] == fill(t, "admin")[0] == 1
        assert t.ask("a", "DELETE", "/proxies/p0").status == 204
        t.make("b", "more")


def test_ps_says_whose_a_worker_is(lab):
    lab.make("a", "p")
    assert lab.child("relayd [a/p]")
