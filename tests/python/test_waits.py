# SPDX-License-Identifier: ISC
"""What is counted of a proxy, and waiting for it."""

import asyncio
import http.server
import json
import socket
import threading
import time
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from toxid import (
    AsyncClient, BadAnswer, BadRequest, Client, Latency, NotFound, NotYet,
    Refused, Toxic)

from rig import PATIENCE, own_host, wait_until
from test_calls import rally
from test_errors import at, pages  # noqa: F401

NOBODY = "127.0.0.1:9"
HOUR = 3600


def test_did_it_hit(calls, echo):
    name = "s & t"
    proxy = calls.create_proxy("a", echo.address, toxics=[
        Toxic(Latency(1), name=name)])
    with pytest.raises(NotYet, match="hits: 0 of 1") as late:
        calls.wait("a", toxic=name, timeout=0)
    assert late.value.reached == 0
    rally(proxy.address)
    assert calls.wait("a", toxic=name, timeout=PATIENCE) == 1
    with pytest.raises(NotYet) as late:
        calls.wait("a", toxic=name, hits=2, timeout=0.01)
    assert late.value.reached == 1
    rally(proxy.address)
    assert calls.wait("a", toxic=name, hits=2, timeout=PATIENCE) == 2
    assert wait_until(lambda: calls.proxy_stats(
        "a").toxics[name].delayed_bytes == 10)
    toxic = calls.proxy_stats("a").toxics[name]
    assert (toxic.name, toxic.type, toxic.stream) == (
        name, "latency", "downstream")
    assert (toxic.hits, toxic.dropped_bytes) == (2, 0)


def test_connections_and_their_ends(calls, echo):
    proxy = calls.create_proxy("a", echo.address)
    with socket.create_connection(proxy.address, PATIENCE):
        assert calls.wait("a", sessions=1, timeout=PATIENCE) == 1
        stats = calls.proxy_stats("a")
        assert (stats.name, stats.sessions, stats.open_sessions) == ("a", 1, 1)
        assert (stats.ended_sessions, stats.toxics) == (0, {})
    assert calls.wait("a", ended=1, timeout=PATIENCE) == 1
    stats = calls.proxy_stats("a")
    assert (stats.open_sessions, stats.ended_sessions) == (0, 1)
    assert stats.dial_failures == 0


def test_who_waits_hears_of_it(calls, client, echo):
    proxy = client.create_proxy("a", echo.address)
    said = []
    waits = threading.Thread(target=lambda: said.append(
        calls.wait("a", ended=1, timeout=PATIENCE)))
    waits.start()
    rally(proxy.address)
    waits.join(2 * PATIENCE)
    assert said == [1]


def test_what_is_not_there(calls):
    with pytest.raises(NotFound, match="proxy not found"):
        calls.wait("a", sessions=1)
    with pytest.raises(NotFound):
        calls.proxy_stats("a")
    calls.create_proxy("a", NOBODY)
    with pytest.raises(NotFound, match="toxic not found"):
        calls.wait("a", toxic="x")


@pytest.mark.parametrize("wish", [
    {}, {"hits": 1}, {"sessions": 1, "hits": 1}, {"toxic": "x", "ended": 1},
    {"sessions": 1, "ended": 1}])
def test_what_cannot_be_waited_for(calls, wish):
    with pytest.raises(ValueError):
        calls.wait("a", **wish)


def test_too_long_for_the_server(calls):
    calls.create_proxy("a", NOBODY)
    with pytest.raises(BadRequest) as error:
        calls.wait("a", sessions=1, timeout=HOUR + 1)
    assert error.value.field == "timeout"


# ---- a server that is replaced meanwhile

class Replaced(http.server.BaseHTTPRequestHandler):
    """Says the next of the server's answers; None: goes without one"""

    def do_GET(self):
        self.server.asked.append(parse_qs(urlsplit(self.path).query))
        answer = self.server.answers.pop(0)
        if answer is None:
            return
        status, reply = answer
        body = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def replaced():
    server = http.server.HTTPServer((own_host(), 0), Replaced)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def client_of_it(server):
    return Client("http://{}:{}".format(*server.server_address),
                  timeout=PATIENCE)


AGAIN = (503, {"error": "ask again", "status": 503})


def test_it_asks_again_for_what_is_left(replaced, way):
    replaced.answers = [AGAIN, None, (200, {"reached": 3, "wanted": 2})]
    assert way(client_of_it(replaced)).wait(
        "a", toxic="x", hits=2, timeout=HOUR) == 3
    assert [(q["toxic"], q["hits"]) for q in replaced.asked] == [
        (["x"], ["2"])] * 3
    left = [int(q["timeout"][0]) for q in replaced.asked]
    assert HOUR * 1000 >= left[0] > left[1] > left[2]


def test_nobody_asks_again_when_the_time_is_over(replaced, way):
    replaced.answers = [AGAIN]
    with pytest.raises(Refused, match="HTTP 503: ask again"):
        way(client_of_it(replaced)).wait("a", sessions=1, timeout=0)


# ---- cancelled

@pytest.mark.parametrize("after", [0, 0.05])
def test_a_loop_ends_where_somebody_waits(daemon, client, after):
    """... and does not hang for its thread."""
    async def run():
        own = AsyncClient(f"http://{daemon.host}:{daemon.port}")
        waits = asyncio.ensure_future(
            own.wait("a", sessions=1, timeout=HOUR))
        await asyncio.sleep(after)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits

    client.create_proxy("a", NOBODY)
    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < PATIENCE


# ---- who says what is none

@pytest.mark.parametrize("what", [
    "5", "{}", '{"name": "a", "sessions": 0, "open_sessions": 0, '
    '"ended_sessions": 0, "dial_failures": 0, "toxics": [{"name": "x"}]}'])
def test_numbers_that_are_none(pages, what):  # noqa: F811
    with pytest.raises(BadAnswer):
        at(pages, "say/" + quote(what)).proxy_stats("a")


@pytest.mark.parametrize("what", ["5", "{}", '{"reached": "1"}'])
def test_answers_that_are_none(pages, what):  # noqa: F811
    with pytest.raises(BadAnswer):
        at(pages, "say/" + quote(what)).wait("a", sessions=1)
