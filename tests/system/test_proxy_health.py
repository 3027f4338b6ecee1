# SPDX-License-Identifier: ISC
"""GET /proxies/{proxy}/health and GET /health/proxies: what is counted of a
proxy on a server without options, and why its last dial failed."""

import os
import re
import signal
import socket
import time

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until
from test_upgrade import upgrade


@pytest.fixture
def toxid():
    with Toxid() as t:
        yield t


def health(toxid, name):
    return toxid.request("GET", f"/proxies/{name}/health").json()


def fail_to_dial(toxid, name):
    with toxid.connect(name) as client:
        assert client.recv(1) == b""


def test_a_new_one(toxid):
    toxid.proxy("web", "127.0.0.1:1")
    assert health(toxid, "web") == {
        "name": "web", "enabled": True, "open_sessions": 0, "sessions": 0,
        "bytes": {"upstream": {"received": 0, "sent": 0},
                  "downstream": {"received": 0, "sent": 0}},
        "held_bytes": 0, "dial_failures": 0, "last_dial_error": None,
        "worker_restarts": 0}
    r = toxid.request("GET", "/proxies/none/health")
    assert (r.status, r.json()["error"]) == (404, "proxy not found")
    assert toxid.request("POST", "/proxies/web/health").status == 405


def test_it_is_of_no_proxy_object(toxid):
    toxid.proxy("web", "127.0.0.1:1")
    fail_to_dial(toxid, "web")
    assert set(toxid.request("GET", "/proxies/web").json()) == {
        "name", "listen", "upstream", "enabled", "toxics"}


def test_figures_need_no_option(toxid):
    with Echo() as echo:
        toxid.proxy("web", echo.address)
        with toxid.connect("web") as client:
            client.sendall(b"x" * 1000)
            assert len(client.recv(1000, socket.MSG_WAITALL)) == 1000
            assert wait_until(lambda: health(toxid, "web")["bytes"] == {
                "upstream": {"received": 1000, "sent": 1000},
                "downstream": {"received": 1000, "sent": 1000}})
            assert health(toxid, "web")["open_sessions"] == 1
    assert toxid.request("GET", "/metrics").status == 404


@pytest.mark.parametrize("upstream, text", [
    ("127.0.0.1:1", "dial tcp 127.0.0.1:1: connect: connection refused"),
    ("name.invalid:80", "dial tcp: lookup name.invalid: .+"),
    ("nonsense", "dial tcp: address nonsense: missing port in address")])
def test_why_a_dial_failed(toxid, upstream, text):
    toxid.proxy("web", upstream)
    before = rig.second_now()
    fail_to_dial(toxid, "web")
    assert wait_until(lambda: health(toxid, "web")["dial_failures"] == 1)
    error = health(toxid, "web")["last_dial_error"]
    assert re.fullmatch(text, error["text"]), error
    at = time.mktime(time.strptime(error["time"], "%Y-%m-%dT%H:%M:%SZ"))
    assert before <= at - time.timezone <= time.time() + 1


@pytest.mark.parametrize("method", ["PATCH", "POST"])
@pytest.mark.parametrize("enabled", [True, False])
def test_another_upstream_has_not_failed_yet(toxid, method, enabled):
    toxid.proxy("web", "name.invalid:80")
    fail_to_dial(toxid, "web")
    assert wait_until(lambda: health(toxid, "web")["last_dial_error"])
    path = "/proxies/web"
    assert toxid.request(method, path, {"enabled": enabled}).status == 200
    assert "name.invalid" in health(toxid, "web")["last_dial_error"]["text"]
    another = {"upstream": "127.0.0.1:1", "enabled": True}
    assert toxid.request(method, path, another).status == 200
    shown = health(toxid, "web")
    assert (shown["dial_failures"], shown["last_dial_error"]) == (1, None)
    fail_to_dial(toxid, "web")
    assert wait_until(lambda: health(toxid, "web")["dial_failures"] == 2)
    assert health(toxid, "web")["last_dial_error"]["text"] == (
        "dial tcp 127.0.0.1:1: connect: connection refused")


def test_it_would_lead_to_itself(toxid):
    address = f"{rig.own_host()}:{rig.own_port()}"
    toxid.proxy("loop", address, listen=address)
    fail_to_dial(toxid, "loop")
    assert wait_until(lambda: health(toxid, "loop")["last_dial_error"])
    assert "would lead to itself" in health(toxid, "loop")[
        "last_dial_error"]["text"]


def test_it_outlives_the_worker_and_apid(toxid):
    toxid.proxy("web", "127.0.0.1:1")
    fail_to_dial(toxid, "web")
    assert wait_until(lambda: health(toxid, "web")["dial_failures"] == 1)
    before = health(toxid, "web")
    os.kill(toxid.worker("web"), signal.SIGKILL)
    assert wait_until(lambda: health(toxid, "web")["worker_restarts"] == 1)
    assert health(toxid, "web") == {**before, "worker_restarts": 1}
    fail_to_dial(toxid, "web")
    assert wait_until(lambda: health(toxid, "web")["dial_failures"] == 2)


def test_all_of_them(toxid):
    for name in ("b", "a", "c/d"):
        toxid.proxy(name, "127.0.0.1:1")
    shown = toxid.request("GET", "/health/proxies").json()
    assert list(shown) == ["a", "b", "c/d"]
    assert shown["a"] == health(toxid, "a")


def test_it_is_there_after_an_upgrade(toxid):
    toxid.proxy("web", "127.0.0.1:1")
    fail_to_dial(toxid, "web")
    assert wait_until(lambda: health(toxid, "web")["dial_failures"] == 1)
    before = health(toxid, "web")
    upgrade(toxid)
    assert health(toxid, "web") == before
