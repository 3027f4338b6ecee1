# SPDX-License-Identifier: ISC
"""wait --hit, --sessions, --ended: did it hit?"""

import http.server
import json
import socket
import subprocess
import threading

import pytest
from conftest import Toxictl
from rig import PATIENCE, address_of

TOXIC = "s & t"


@pytest.fixture(name="slow")
def slow_web(toxid, web):
    toxid.toxic("web", "latency", toxic_name=TOXIC, latency=1)
    return address_of(web["listen"])


def rally(address):
    with socket.create_connection(address, PATIENCE) as s:
        s.sendall(b"x")
        assert s.recv(1) == b"x"


def test_hits(ctl, slow):
    waiting = ctl.start("wait", "web", "--hit", TOXIC, "2",
                        stdout=subprocess.PIPE)
    rally(slow)
    assert ctl("wait", "web", "--hit", TOXIC) == (
        f"{TOXIC} has hit 1 session of web\n")
    rally(slow)
    assert waiting.communicate(timeout=60)[0] == (
        f"{TOXIC} has hit 2 sessions of web\n")
    assert waiting.returncode == 0
    assert json.loads(ctl("wait", "web", "--hit", TOXIC, "2", "--json")) == {
        "proxy": "web", "reached": 2, "wanted": 2}


def test_sessions_and_ends(ctl, slow):
    with socket.create_connection(slow, PATIENCE):
        assert ctl("wait", "web", "--sessions", "1") == (
            "1 session of web is open\n")
    assert ctl("wait", "web", "--ended", "1") == "1 session of web has ended\n"


def test_in_vain(ctl, slow):
    r = ctl.run("wait", "web", "--hit", TOXIC, "3", "--timeout", "0.1")
    assert (r.returncode, r.stdout) == (1, "")
    assert r.stderr.startswith("Not so at web: HTTP 408: timeout: hits: 0 of 3")
    r = ctl.run("wait", "web", "--hit", "none")
    assert (r.returncode, r.stdout) == (1, "")
    assert "HTTP 404: toxic not found" in r.stderr


class Upgraded(http.server.BaseHTTPRequestHandler):
    """It breaks off, is busy, and then says so."""

    answers = [None, (503, {"error": "upgrade"}),
               (200, {"reached": 3, "wanted": 2})]

    def do_GET(self):
        if (answer := self.answers.pop(0)) is None:
            return
        body = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_asks_again():
    with http.server.HTTPServer(("127.0.0.1", 0), Upgraded) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert Toxictl(f"http://127.0.0.1:{server.server_port}")(
                "wait", "web", "--ended", "2") == "3 sessions of web have ended\n"
        finally:
            server.shutdown()
    assert not Upgraded.answers


@pytest.mark.parametrize("line, why", [
    ("--hit a --sessions 1", "one of --hit, --sessions and --ended is wanted"),
    ("--sessions x", "how many is a number from 1 on"),
    ("--ended 0", "how many is a number from 1 on"),
    ("--ended 1 --timeout 4000", "--timeout is an hour at most here"),
])
def test_mistakes(ctl, web, line, why):
    r = ctl.run("wait", "web", *line.split())
    assert (r.returncode, r.stdout) == (2, "")
    assert why in r.stderr
