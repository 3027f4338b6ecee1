# SPDX-License-Identifier: ISC
"""What goes wrong is said in the API's words, with the field that it means."""

import http.server
import json
import os
import socket
import threading
import time
import urllib.parse

import pytest
from toxid import (
    BadAnswer, BadRequest, Client, Conflict, Error, Forbidden, Latency,
    NoAnswer, NotFound, Other, PacketLoss, Proxy, Refused, Select, Server,
    Slicer, TooManyRequests, Toxic, Unauthorized, Unreachable, Unsupported,
    Wave)

from conftest import client_of
from lab import TOKENS, Lab
from rig import PATIENCE, TOXID, Nobody, own_host

TOXID = os.path.abspath(os.environ.get("TOXID", TOXID))
NOBODY = "127.0.0.1:9"


@pytest.mark.parametrize("ask, kind, field, text", [
    (lambda c: c.create_proxy("", NOBODY), BadRequest, "name",
     "missing required field: name"),
    (lambda c: c.create_proxy("b", ""), BadRequest, "upstream",
     "missing required field: upstream"),
    (lambda c: c.populate([Proxy("b", ":0", NOBODY), Proxy("c", ":0", "")]),
     BadRequest, "upstream", "missing required field: upstream at proxy 2"),
    (lambda c: c.create_proxy("b", 5), BadRequest, "upstream",
     "bad request body: upstream: expected a string, got an integer"),
    (lambda c: c.add_toxic("a", Slicer(0)), BadRequest,
     "attributes.average_size",
     "invalid attribute average_size: must be at least 1"),
    (lambda c: c.add_toxic("a", Other("latency", {"latency": "x"})),
     BadRequest, "attributes.latency",
     "bad request body: attributes.latency: expected an integer, got a "
     "string"),
    (lambda c: c.create_proxy("b", NOBODY, toxics=[Latency(1), Other("x")]),
     BadRequest, "type", "invalid toxic type"),
    (lambda c: c.add_toxic("a", Toxic(Latency(1), "sideways")), BadRequest,
     "stream", "stream was invalid, can be either upstream or downstream"),
    (lambda c: c.add_toxic("a", Toxic(Latency(1), ttl_ms=-1)), BadRequest,
     "ttl", "ttl: must be from 0 to 31536000000 (ms)"),
    (lambda c: c.create_proxy("b", NOBODY, listen="192.0.2.1:80"), Refused,
     "listen", "listen tcp 192.0.2.1:80: bind: cannot assign requested "
     "address"),
    (lambda c: c.create_proxy("a", NOBODY), Conflict, None,
     "proxy already exists"),
    (lambda c: c.get_toxic("a", "x"), NotFound, None, "toxic not found"),
    (lambda c: c.list_toxics("b"), NotFound, None, "proxy not found"),
])
def test_the_words_and_the_field(client, way, ask, kind, field, text):
    client.create_proxy("a", NOBODY)
    with pytest.raises(kind) as error:
        ask(way(client))
    assert (error.value.text, error.value.field) == (text, field)
    assert f"HTTP {error.value.status}: {text}" in str(error.value)
    assert isinstance(error.value, Error)


def test_what_was_made_before_the_failure(client):
    with pytest.raises(Refused) as error:
        client.populate([Proxy("a", "127.0.0.1:0", NOBODY),
                         Proxy("b", "192.0.2.1:80", NOBODY)])
    assert [each["name"] for each in error.value.reply["proxies"]] == ["a"]


def test_limits_of_a_tenant(tmp_path):
    with Lab(tmp_path, more={"limits": {
            "proxies": 1, "api_calls_per_s": 20}}) as lab:
        client = client_of(lab, token=TOKENS["a"])
        client.create_proxy("a", NOBODY)
        with pytest.raises(Forbidden) as error:
            client.create_proxy("b", NOBODY)
        assert error.value.field == "limits.proxies"
        with pytest.raises(TooManyRequests) as error:
            for _ in range(10000):
                client.whoami()
        assert error.value.field == "limits.api_calls_per_s"
        assert error.value.retry_after == 1


def test_what_is_not_asked(client):
    with pytest.raises(ValueError, match="a name is empty"):
        client.get_proxy("")
    client.create_proxy("a", NOBODY)
    with pytest.raises(ValueError):
        client.add_toxic("a", PacketLoss(float("nan")))
    with pytest.raises(TypeError):
        Slicer()


def test_a_body_that_is_too_large_to_be_read(client):
    """It is answered before it has all come."""
    with pytest.raises(Refused) as error:
        client.create_proxy("a" * (9 << 20), NOBODY)
    assert error.value.status == 413


def test_the_rest_is_not_read(tmp_path):
    """What has been answered before that counts."""
    path = tmp_path / "api.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        over = threading.Event()

        def answer():
            with listener.accept()[0] as s:
                s.recv(1)
                s.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 1\r\n"
                          b"\r\n?")
                s.shutdown(socket.SHUT_RDWR)
                over.wait(PATIENCE)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Refused, match="HTTP 413"):
            Client(f"unix:{path}").create_proxy("a" * (9 << 20), NOBODY)
        over.set()
        thread.join()


# ---- a server that is none, or another

def test_nobody_is_there(way):
    with Nobody() as nobody:
        with pytest.raises(Unreachable, match="GET /version: .*refused"):
            way(Client(f"127.0.0.1:{nobody.port}")).version()
    with pytest.raises(Unreachable):
        Client("unix:/nonexistent/socket").version()
    with pytest.raises(Unreachable):
        Client("http://no.such.host.invalid").version()


class Page(http.server.BaseHTTPRequestHandler):
    """Answers as the path of its URL says"""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(length) or b"null")
        self.server.asked.append((self.command, self.path, asked))
        what = self.path.split("/")[1]
        getattr(self, what)(asked)

    do_GET = do_POST = do_DELETE = answer

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, _):
        self.reply(200, urllib.parse.unquote(
            self.path.split("/")[2]).encode())

    def page(self, _):
        self.reply(200, b"<html>")

    def other(self, _):
        self.reply(200, b'{"no": "proxy"}')

    def number(self, _):
        self.reply(200, b"7")

    def teapot(self, _):
        self.reply(418, b"I am a teapot\nand more")

    def silent(self, _):
        self.reply(502, b"")

    def cut(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.close_connection = True

    def nothing(self, _):
        self.close_connection = True

    def garbage(self, _):
        self.wfile.write(b"\0\n")
        self.close_connection = True

    def slow(self, _):
        self.server.over.wait(60)

    def old(self, asked):
        """A Toxiproxy: it knows no ttl, no toxics of a proxy and no more"""
        steps = self.path.split("/")[2:]
        if self.command == "DELETE":
            self.reply(204, b"")
        elif steps == ["proxies"]:
            self.reply(201, json.dumps({
                "name": asked["name"], "listen": "127.0.0.1:1",
                "upstream": asked["upstream"], "enabled": True,
                "toxics": []}).encode())
        elif steps[0] == "proxies" and steps[-1] == "toxics":
            self.reply(200, json.dumps({
                key: asked[key] for key in (
                    "name", "type", "stream", "toxicity", "attributes")
            }).encode())
        else:
            self.reply(404, b"404 page not found\n")


@pytest.fixture(scope="module")
def pages():
    server = http.server.ThreadingHTTPServer((own_host(), 0), Page)
    server.daemon_threads = True
    server.asked, server.over = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def at(pages, what, **more):
    return Client("http://{}:{}/{}".format(*pages.server_address, what),
                  **more)


@pytest.mark.parametrize("what, kind, text", [
    ("page", BadAnswer, "no JSON"), ("other", BadAnswer, "has no name"),
    ("number", BadAnswer, "no JSON object"), ("garbage", BadAnswer, ""),
    ("cut", NoAnswer, "IncompleteRead"), ("nothing", NoAnswer, "closed"),
    ("teapot", Refused, "HTTP 418: I am a teapot$"),
    ("silent", Refused, "HTTP 502: it does not say why")])
def test_what_is_no_toxiproxy(pages, way, what, kind, text):
    with pytest.raises(kind, match=text) as error:
        way(at(pages, what)).get_proxy("a")
    assert isinstance(error.value, Error)


def test_no_answer_in_time(pages, way):
    start = time.monotonic()
    with pytest.raises(NoAnswer, match="timed out"):
        way(at(pages, "slow", timeout=0.1)).version()
    assert time.monotonic() - start >= 0.1


@pytest.mark.parametrize("ask", [
    lambda c: c.halt(), lambda c: c.halts(), lambda c: c.whoami(),
    lambda c: c.health(), lambda c: c.list_health(), lambda c: c.state(),
    lambda c: c.proxy_health("a"), lambda c: c.list_tokens(),
    lambda c: c.renew_proxy("a", 1), lambda c: c.renew_toxic("a", "x", 1),
    lambda c: c.proxy_stats("a"), lambda c: c.wait("a", sessions=1)])
def test_what_a_toxiproxy_cannot_do(pages, way, ask):
    with pytest.raises(Unsupported):
        ask(way(at(pages, "old")))


@pytest.mark.parametrize("ask, undone", [
    (lambda c: c.create_proxy("a", "b:1", ttl_ms=5), "/old/proxies/a"),
    (lambda c: c.create_proxy("a", "b:1", toxics=[Latency(1)]),
     "/old/proxies/a"),
    (lambda c: c.add_toxic("a", Toxic(Latency(1), name="x", ttl_ms=5)),
     "/old/proxies/a/toxics/x"),
    (lambda c: c.add_toxic("a", Toxic(
        Latency(1), name="x", select=Select(first=1))),
     "/old/proxies/a/toxics/x"),
    (lambda c: c.add_toxic("a", Toxic(
        Latency(1), name="x", wave={"latency": Wave("sine", 1, 1)})),
     "/old/proxies/a/toxics/x")])
def test_what_a_toxiproxy_makes_otherwise_goes_again(pages, way, ask, undone):
    with pytest.raises(Unsupported):
        ask(way(at(pages, "old")))
    assert pages.asked[-1][:2] == ("DELETE", undone)


def test_a_toxiproxy_is_told_nothing_that_it_does_not_know(pages):
    at(pages, "old").create_proxy("a", "b:1", listen="c:1")
    assert pages.asked[-1][2] == {
        "name": "a", "listen": "c:1", "upstream": "b:1", "enabled": True}


def test_who_asks_is_not_known(monkeypatch):
    monkeypatch.setenv("TOXIPROXY_AUTH_TOKEN", "sesame")
    with Server(TOXID, timeout=PATIENCE) as server:
        monkeypatch.delenv("TOXIPROXY_AUTH_TOKEN")
        with pytest.raises(Unauthorized, match="no token was given") as error:
            server.client().version()
        assert error.value.text == "missing or invalid auth token"
        with pytest.raises(Unauthorized, match="that of the argument"):
            server.client(token="wrong").version()
        assert server.client(token="sesame").version()
