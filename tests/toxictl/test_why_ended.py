# SPDX-License-Identifier: ISC
"""toxictl why: why connections through a proxy are as they are."""

import http.server
import json
import pathlib
import re
import threading

import pytest
import rig
from conftest import Toxictl
from peers import ending
from rig import wait_until

# All that there are, as the server says them.
CAUSES = re.findall(r'X\(\w+,\s+"(\w+)"', pathlib.Path(
    "proto/session_end.h").read_text().replace("\\\n", ""))


def why(ctl, name="web"):
    return ctl("why", name).splitlines()


def cut(toxid, n, size=5):
    for _ in range(n):
        with toxid.connect("web") as c:
            c.sendall(b"x" * size)
            assert ending(c, rig.PATIENCE) in ("fin", "rst")


# ---- what holds now

def test_nobody_yet(ctl, toxid, web):
    listen = toxid.request("GET", "/proxies/web").json()
    assert why(ctl) == [
        f"web is enabled: connect to {listen['listen']}, which leads to "
        f"{listen['upstream']}",
        "it has no toxics, so what goes through is left alone",
        "nobody has connected yet"]


def test_one_that_is_disabled(ctl, toxid, web):
    toxid.request("POST", "/proxies/web", {"enabled": False})
    assert "web is disabled, so nobody can connect" in why(ctl)[0]


def test_toxics_that_are_halted(ctl, toxid, web):
    toxid.toxic("web", "noop")
    toxid.request("POST", "/halt")
    assert any("toxics are halted" in line for line in why(ctl))


def test_all_is_well(ctl, toxid, web):
    with toxid.connect("web") as c:
        c.sendall(b"x")
        assert c.recv(1) == b"x"
        assert wait_until(
            lambda: "1 connection is open now" in why(ctl))
    assert why(ctl)[-1] == "no connection has ended otherwise than by itself"


# ---- what has been

def test_a_toxic_of_so_many(ctl, toxid, web):
    for _ in range(2):
        with toxid.connect("web") as c:
            c.sendall(b"x")
            assert c.recv(1) == b"x"
    toxid.toxic("web", "limit_data", toxic_name="cut", stream="upstream",
                bytes=3)
    cut(toxid, 3)
    assert wait_until(lambda: why(ctl)[-1] == (
        "3 of the last 5 connections were closed by limit_data 'cut' after "
        "3 bytes"))
    toxid.request("DELETE", "/proxies/web/toxics/cut")
    assert "closed by toxic 'cut' after " in why(ctl)[-1]


def test_dials(ctl, toxid):
    at = f"{rig.own_host()}:{rig.own_port()}"
    toxid.proxy("web", upstream=at)
    cut(toxid, 1)
    assert wait_until(lambda: why(ctl)[-1] == (
        f"1 dial failed: connection refused ({at})"))
    cut(toxid, 1)
    assert wait_until(lambda: why(ctl)[-1] == (
        f"2 dials failed: connection refused ({at})"))


def test_json(ctl, toxid, web):
    toxid.toxic("web", "reset_peer", toxic_name="bang", timeout=0)
    cut(toxid, 1)
    said = {}

    def has_ended():  # the worker says so before it counts one less open
        said.update(json.loads(ctl("why", "web", "--json")))
        return said["ends"] and said["sentences"] == why(ctl)
    assert wait_until(has_ended)
    assert said["proxy"] == "web" and said["enabled"] is True
    assert said["ends"] == [{"cause": "toxic_reset", "connections": 1,
                             "toxic": "bang", "why": "reset by a toxic"}]


def test_no_such_proxy(ctl):
    r = ctl.run("why", "none")
    assert r.returncode == 1 and "proxy not found" in r.stderr
    assert ctl.run("why").returncode == 2


# ---- each cause

class Server(http.server.ThreadingHTTPServer):
    """A toxid whose connections ended as is wanted"""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ended = []

    def says(self, path):
        if "/sessions" in path:
            return {"sessions": self.ended, "next": None, "connections": 20}
        if path == "/proxies/web":
            return {"name": "web", "listen": "127.0.0.1:1", "enabled": True,
                    "upstream": "127.0.0.1:6379", "toxics": []}
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = self.server.says(self.path)
        body = json.dumps(said or {"error": "none", "status": 404}).encode()
        self.send_response(200 if said else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(name="server", scope="module")
def the_server():
    s = Server()
    thread = threading.Thread(target=s.serve_forever)
    thread.start()
    yield s
    s.shutdown()
    thread.join()
    s.server_close()


def ended(cause, n=1, size=0, **more):
    return {"id": "1.7" if n == 1 else None, "proxy": "web",
            "client": "127.0.0.1:2", "state": "ended", "age_ms": 1,
            "ended_ms": 1, "bytes": {"upstream": size, "downstream": 0},
            "sessions": n, "cause": cause, "why": "the server's words",
            "toxic": None, **more}


def last_of(server, *entries):
    server.ended = list(entries)
    return why(Toxictl(f"http://127.0.0.1:{server.server_port}"))[-1]


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_a_sentence(server, cause):
    one, two = (last_of(server, ended(cause, n)) for n in (1, 2))
    assert one != two
    assert one.startswith("1 ") and two.startswith("2 ")
    if cause == "no_upstream":
        assert two == "2 dials failed: the server's words"
        return
    assert "the server's words" not in one
    assert " was " in one and " were " in two
    assert re.match(r"1 (of the last 20 connections|connection) was ", one)
    assert two.replace(" were ", " was ")[2:].replace(
        "connections was", "connection was") == one[2:].replace(
            "connections was", "connection was")


def test_a_cause_that_is_not_known_here(server):
    assert last_of(server, ended("of_tomorrow")) == (
        "1 connection ended: the server's words")


def test_numbers(server):
    toxic = {"toxic": "cut"}
    assert last_of(server, ended("toxic_reset", size=1048576, **toxic)) == (
        "1 of the last 20 connections was reset by toxic 'cut' after "
        "1,048,576 bytes")
    assert last_of(server, ended("toxic_reset", size=1, **toxic)).endswith(
        "after 1 byte")
    assert last_of(
        server, ended("toxic_reset", size=9, **toxic),
        ended("toxic_reset", size=1000, **toxic)) == (
            "2 of the last 20 connections were reset by toxic 'cut' after "
            "9 to 1,000 bytes")


@pytest.mark.parametrize("said, shown", [
    ("dial tcp 127.0.0.1:1: connect: connection refused",
     "connection refused (127.0.0.1:1)"),
    ("dial tcp [::1]:1: not allowed by upstreams.deny[0]",
     "not allowed by upstreams.deny[0] ([::1]:1)"),
    ("dial tcp: lookup db: no such host", "lookup db: no such host"),
    ("something else", "something else")])
def test_dials_in_words(server, said, shown):
    assert last_of(server, ended("no_upstream", why=said)) == (
        f"1 dial failed: {shown}")


def test_the_newest_comes_first(server):
    server.ended = [ended("client_reset"), ended("stuck"),
                    ended("client_reset")]
    lines = why(Toxictl(f"http://127.0.0.1:{server.server_port}"))[-2:]
    assert "reset by the client" in lines[0]
    assert lines[0].startswith("2 of")


# ---- doctor and top say so, too

def test_doctor(ctl, toxid, web):
    toxid.toxic("web", "reset_peer", toxic_name="bang", timeout=0)
    cut(toxid, 2)
    assert wait_until(lambda: "2 of the last 2 connections" in why(ctl)[-1])
    found = [c for c in json.loads(ctl.run("doctor", "web", "--json").stdout)
             if c["what"] == "web"]
    assert found[0]["result"] == "note"
    assert found[0]["text"].startswith(
        "2 of the last 2 connections were reset by reset_peer 'bang' after")


def test_top(ctl, toxid):
    toxid.proxy("web", upstream=f"{rig.own_host()}:{rig.own_port()}")
    cut(toxid, 1)
    assert wait_until(lambda: "1 dial failed" in why(ctl)[-1])
    shown, = json.loads(ctl("top", "--json", "--interval", "0.3"))
    assert shown["dial_failures"] == 1
    top = ctl.terminal("top", "--interval", "0.3")
    top.wait_for("1 dial failed: connection refused")
    top.type("q")
    assert top.end() == 0
