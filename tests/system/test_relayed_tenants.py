# SPDX-License-Identifier: ISC
"""Sessions through a tenant's proxies are his to see, and to end: no other
tenant's, and no reader ends one."""

import pytest
import rig
from lab import Lab
from peers import Echo, ending
from rig import wait_until


@pytest.fixture(name="lab")
def the_lab(tmp_path):
    with Lab(tmp_path, env={"LOG_LEVEL": "info"}) as t, Echo() as echo:
        for who in ("a", "b"):
            t.make(who, "p", f"127.0.0.1:{echo.port}")
        yield t


def connect(lab, who):
    listen = lab.ask(who, "GET", "/proxies/p").json()["listen"]
    c = rig.socket.create_connection(rig.address_of(listen), rig.PATIENCE)
    c.sendall(b"x")
    assert c.recv(1) == b"x"
    return c


def sessions(lab, who, path="/sessions", of=None):
    r = lab.ask(who, "GET", path, of=of)
    assert r.status == 200, r
    return [(s["proxy"], s["client"]) for s in r.json()["sessions"]]


def named(sock):
    return "{}:{}".format(*sock.getsockname())


def test_each_sees_his_own(lab):
    with connect(lab, "a") as of_a, connect(lab, "b") as of_b:
        assert wait_until(
            lambda: len(sessions(lab, "admin", of="*")) == 2)
        for who in ("a", "a-reader"):
            for path in ("/sessions", "/proxies/p/sessions"):
                assert sessions(lab, who, path) == [("p", named(of_a))]
        assert sessions(lab, "b") == [("p", named(of_b))]
        assert sessions(lab, "admin") == []
        assert sessions(lab, "admin", of="b") == [("p", named(of_b))]
        assert sessions(lab, "admin", of="*") == [
            ("a/p", named(of_a)), ("b/p", named(of_b))]
        assert lab.ask("admin", "GET", "/proxies/p/sessions").status == 404


def test_nobody_else_ends_one(lab):
    with connect(lab, "a") as of_a, connect(lab, "b") as of_b:
        s = lab.ask("a", "GET", "/proxies/p/sessions").json()["sessions"][0]
        path = f"/proxies/p/sessions/{s['id']}"
        assert lab.ask("a-reader", "GET", path).status == 200
        assert lab.ask("b", "GET", path).status == 404
        assert lab.ask("b", "DELETE", path).status == 404
        assert lab.ask("b", "DELETE", path, of="a").status == 403
        assert lab.ask("a-reader", "DELETE", path).status == 403
        of_a.sendall(b"y")
        assert of_a.recv(1) == b"y"
        r = lab.ask("a", "DELETE", path + "?mode=reset")
        assert r.status == 204
        assert ending(of_a, rig.PATIENCE) == "rst"
        of_b.sendall(b"y")
        assert of_b.recv(1) == b"y"
    assert wait_until(
        lambda: len(lab.audit(request="PROXY_SESSION_END")) == 2)
    said = [(line["proxy"], line["outcome"], line["mode"], line["tenant"],
             line["token"])
            for line in lab.audit(request="PROXY_SESSION_END",
                                  session=s["id"])]
    assert said == [
        ("b/p", "no such session of the proxy", "close", "b", "b"),
        ("a/p", "done", "reset", "a", "a")]
    assert lab.audit(request="PROXY_SESSIONS") == []
