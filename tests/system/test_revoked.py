# SPDX-License-Identifier: ISC
"""Whoever may ask may not any more: by a reload, or as time is over, while a
request of theirs is under way.  Nothing is shown or done for it from then on."""

import base64
import contextlib
import datetime
import hashlib
import http.client
import itertools
import json
import socket
import threading
import time

import pytest
from lab import TOKENS, Lab, bearer, standard, tenant, token
from rig import PATIENCE, Toxid, wait_until
from test_names import world_or_skip
from test_tenants import reload

pytestmark = pytest.mark.normal_build

NEW = {"name": "new", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}


def without(who):
    """The standard tenants, but for that token"""
    tenants = standard()
    for t in tenants:
        t["tokens"] = [k for k in t["tokens"] if k["name"] != who]
    return tenants


ELSEWHERE = itertools.count(1)


class Halted:
    """A request whose head has come in, and whose body has not"""

    def __init__(self, t, who, method, path, body=b"{}", more=""):
        # who brings many wrong ones from one address has to wait
        self.body, self.sock = body, socket.create_connection(
            (t.host, t.port), PATIENCE, (f"127.9.8.{next(ELSEWHERE)}", 0))
        self.sock.sendall((
            f"{method} {path} HTTP/1.1\r\nHost: {t.host}\r\n{more}"
            f"Authorization: Bearer {TOKENS[who]}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body[:1])

    def goes_on(self):
        self.sock.sendall(self.body[1:])
        reply = http.client.HTTPResponse(self.sock)
        reply.begin()
        with contextlib.closing(self.sock):
            return reply.status, reply.read()


HALTED = [("GET", "/proxies"), ("GET", "/state"), ("GET", "/proxies/secret"),
          ("GET", "/tenant"), ("GET", "/health/proxies"),
          ("POST", "/proxies"), ("POST", "/populate"), ("POST", "/reset"),
          ("DELETE", "/proxies/secret"), ("PATCH", "/proxies/secret")]


def halt_all(t, who, more=""):
    return [Halted(t, who, method, path, json.dumps(
        [NEW] if path == "/populate" else NEW).encode(), more)
        for method, path in HALTED]


def are_refused(halted):
    for request, (method, path) in zip(halted, HALTED):
        status, body = request.goes_on()
        assert status == 401, (method, path, body)
        assert b"secret" not in body


def test_a_body_that_comes_after_a_reload(tmp_path):
    with Lab(tmp_path) as lab:
        lab.make("a", "secret")
        before = lab.ask("admin", "GET", "/state", of="*").json()
        halted = halt_all(lab, "a")
        halted_admin = halt_all(lab, "admin", "X-Toxid-Tenant: a\r\n")
        lab.say(without("a"))
        reload(lab)
        are_refused(halted)
        assert lab.ask("admin", "GET", "/state", of="*").json() == before
        lab.say(without("admin"))
        reload(lab)
        are_refused(halted_admin)
        assert lab.ask("a", "GET", "/state").json() == before


def test_a_public_path_shows_no_more_than_to_anybody(tmp_path):
    with Lab(tmp_path) as lab:
        halted = Halted(lab, "a", "GET", "/health")
        lab.say(without("a"))
        reload(lab)
        status, body = halted.goes_on()
        assert status == 200 and b'"ready":true' in body


def test_a_body_that_comes_when_time_is_over(tmp_path):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
        seconds=4)
    tenants = without("a")
    tenants[0]["tokens"].append(
        token("a", expires=end.strftime("%Y-%m-%dT%H:%M:%SZ")))
    with Lab(tmp_path, tenants=tenants) as lab:
        if lab.ask("a", "POST", "/proxies", {
                **NEW, "name": "secret"}).status == 401:
            pytest.skip("it took too long to start")
        halted = halt_all(lab, "a")
        assert wait_until(lambda: lab.ask("a", "GET", "/tenant").status == 401)
        are_refused(halted)
        assert list(lab.ask("admin", "GET", "/proxies", of="a").json()) == [
            "secret"]


def test_a_look_up_that_outlives_its_token(tmp_path, monkeypatch):
    """What was asked for in time is not done in time."""
    world = world_or_skip(tmp_path)
    monkeypatch.setenv("TOXID", str(world.program))
    goes_on, asked = threading.Event(), threading.Event()

    def answer(query):
        asked.set()
        goes_on.wait(PATIENCE)
        return query.addresses("127.0.0.1")

    world.tell["slow.example"] = answer
    replies = {}
    with contextlib.closing(world.server), Lab(tmp_path) as lab:
        lab.make("a", "secret", enabled=False)
        before = lab.ask("admin", "GET", "/state", of="*").json()

        def ask(name, *args):
            replies[name] = lab.ask("a", *args).status

        calls = [("create", "POST", "/proxies",
                  {**NEW, "listen": "slow.example:0"}),
                 ("update", "PATCH", "/proxies/secret",
                  {"listen": "slow.example:0"}),
                 ("populate", "POST", "/populate",
                  [{**NEW, "name": "x", "listen": "slow.example:0"}])]
        threads = [threading.Thread(target=ask, args=args) for args in calls]
        for thread in threads:
            thread.start()
        assert asked.wait(PATIENCE)
        time.sleep(0.2)  # the others ask for the same name
        lab.say(without("a"))
        reload(lab)
        goes_on.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert replies == dict.fromkeys(("create", "update", "populate"), 401)
        assert lab.ask("admin", "GET", "/state", of="*").json() == before
        assert wait_until(lambda: len(lab.audit(
            outcome="refused: token unknown or expired", tenant="a")) == 3)


class Both(Toxid):
    """With tenants, and without, as its file says"""

    def __init__(self, file):
        self.file = file
        self.say(False)
        super().__init__("-config", str(file))

    def say(self, has_tenants):
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({
            **({"tenants": standard()} if has_tenants else {}),
            "proxies": [{**NEW, "name": "of-the-file"}]}))
        new.rename(self.file)


def test_no_apid_dies_of_what_it_cannot_know_yet(tmp_path):
    """Requests cross the news that there are tenants now, and that there are
    none any more."""
    with Both(tmp_path / "both.json") as t:
        t.proxy("p", "127.0.0.1:9")
        apid, is_over, seen = t.child("apid"), threading.Event(), []

        def call(headers):
            while not is_over.is_set():
                seen.append(t.request("PATCH", "/proxies/p",
                                      {"enabled": False}, headers).status)

        threads = [threading.Thread(target=call, args=(h,), daemon=True)
                   for h in 3 * [{}, bearer("admin", "")]]
        for thread in threads:
            thread.start()
        for i in range(10):
            t.say(i % 2 == 0)
            reload(t)
        is_over.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert t.child("apid") == apid
        assert {200, 401} == set(seen)
        t.read_to_here()
        assert not [line for line in t.log()
                    if line.get("message") == "Killing a child"]


@pytest.mark.parametrize("secret", [
    b"", b"\xff\xfe", b"x\xc0\x80", b"y" * 600],
    ids=["empty", "bytes", "overlong", "long"])
def test_a_token_that_no_apid_could_pass_on(tmp_path, secret):
    """Whose digest a tenant has given to whoever writes the file."""
    tenants = standard() + [tenant("c", {
        "name": "odd", "sha256": hashlib.sha256(secret).hexdigest()})]
    with Lab(tmp_path, tenants=tenants) as lab:
        apid = lab.child("apid")
        for value in (b"Bearer " + secret,
                      b"Basic " + base64.b64encode(b"c:" + secret)):
            for method, path, body in [("GET", "/proxies", None),
                                       ("POST", "/proxies", NEW)]:
                r = lab.request(method, path, body,
                                {"Authorization": value})
                assert r.status == 401
        assert lab.child("apid") == apid
