# SPDX-License-Identifier: ISC
"""A write asks the truth: what the API shows may not have a change yet that is
under way."""

import contextlib
import http.client
import json
import select
import time

import pytest
from peers import Echo
from rig import Toxid, wait_until
from test_hostile import TITLES, stage  # noqa: F401 a fixture
from test_supervision import pids

pytestmark = pytest.mark.normal_build

RESOLVER = "resolvd" if "resolvd" in TITLES else "diald"


class Later:
    """A request that has been sent, whose reply is waited for later"""

    def __init__(self, t, method, path, body=None, headers=None):
        self.connection = http.client.HTTPConnection(t.host, t.port)
        self.connection.request(method, path, body and json.dumps(body),
                                headers or {})

    def is_answered(self):
        return select.select([self.connection.sock], [], [], 0)[0] != []

    def status(self):
        with contextlib.closing(self.connection) as connection:
            return connection.getresponse().status


def silence(stage, t):  # noqa: F811
    """Whoever looks names up now answers nobody, and is there."""
    before = pids(t, TITLES[RESOLVER])
    stage.change(t, "mute")
    assert wait_until(lambda: pids(t, TITLES[RESOLVER]) - before)


@pytest.mark.parametrize("stage", [RESOLVER], indirect=True)
@pytest.mark.parametrize("method, path, body, status, remains", (
    ("DELETE", "/proxies/p", None, 204, False),
    ("POST", "/proxies/p", {"enabled": False}, 200, True),
    ("POST", "/proxies/p/toxics", {"type": "noop"}, 200, True),
    ("POST", "/proxies/p/toxics/t", {"toxicity": 0}, 200, True),
    ("DELETE", "/proxies/p/toxics/t", None, 204, True)))
def test_a_write_waits_for_a_proxy_that_is_being_made(
        stage, method, path, body, status, remains):  # noqa: F811
    with Toxid() as t, Echo() as echo:
        assert wait_until(lambda: t.children().get(TITLES[RESOLVER]))
        silence(stage, t)
        made = Later(t, "POST", "/proxies", {
            "name": "p", "listen": "localhost:0", "upstream": echo.address,
            "toxics": [{"name": "t", "type": "noop"}]})
        time.sleep(0.2)
        asked = Later(t, method, path, body)
        time.sleep(0.2)
        assert not made.is_answered() and not asked.is_answered()
        stage.change(t, "honest")
        assert made.status() == 201
        assert asked.status() == status
        there = t.request("GET", "/proxies/p").status == 200
        assert there == remains


@pytest.mark.parametrize("stage", [RESOLVER], indirect=True)
def test_a_write_about_a_proxy_that_could_not_be_made(stage):  # noqa: F811
    with Toxid() as t:
        assert wait_until(lambda: t.children().get(TITLES[RESOLVER]))
        silence(stage, t)
        made = Later(t, "POST", "/proxies", {
            "name": "p", "listen": "nowhere.invalid:0", "upstream": "x:1"})
        time.sleep(0.2)
        asked = Later(t, "DELETE", "/proxies/p")
        stage.change(t, "honest")
        assert made.status() == 500
        assert asked.status() == 404


@pytest.mark.parametrize("name", ("x" * 256, "x" * 3000))
def test_a_name_that_nobody_has(toxid, name):
    """The truth would not understand it."""
    toxid.proxy("p", "127.0.0.1:1")
    for method, path in (("DELETE", f"/proxies/{name}"),
                         ("POST", f"/proxies/{name}"),
                         ("POST", f"/proxies/{name}/toxics"),
                         ("DELETE", f"/proxies/{name}/toxics/t"),
                         ("POST", f"/proxies/p/toxics/{name}"),
                         ("DELETE", f"/proxies/p/toxics/{name}")):
        body = "{}" if method == "POST" else None
        assert toxid.request(method, path, body).status == 404
    toxid.read_to_here()
    assert all(line["message"] != "Child died" for line in toxid.log())


def test_the_original_looks_for_the_proxy_first(toxid):
    """... and then at the body."""
    for path in ("/proxies/none", "/proxies/none/toxics",
                 "/proxies/none/toxics/t"):
        reply = toxid.request("POST", path, "rubbish")
        assert reply.status == 404
        assert reply.json()["error"] == "proxy not found"
    toxid.proxy("p", "127.0.0.1:1")
    assert toxid.request("POST", "/proxies/p", "rubbish").status == 400
    assert toxid.request("POST", "/proxies/p/toxics", "x").status == 400
    reply = toxid.request("POST", "/proxies/p/toxics/t", "rubbish")
    assert reply.status == 404 and reply.json()["error"] == "toxic not found"
