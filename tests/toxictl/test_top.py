# SPDX-License-Identifier: ISC
"""top: what it shows, and its keys; and what it prints where no screen is."""

import http.server
import json
import os
import re
import signal
import socket
import threading
import time

import pytest
from conftest import PATIENCE
from rig import Toxid, address_of


class Top:
    """top on a terminal; each look draws the whole screen anew."""

    def __init__(self, ctl, *args, **env):
        self.t = ctl.terminal("top", "--interval", "0.3", *args,
                              **{"TERM": "vt220", "LC_ALL": "C.UTF-8", **env})
        self.t.wait_for("space: on/off")

    def look(self):
        self.t.shown = ""
        self.t.type("\f")
        shown = self.t.wait_for("space: on/off")
        shown = re.sub(r"\x1b\[[0-9;]*H", "\n", shown)
        shown = re.sub(r"\x1b\[(\d+)C", lambda m: " " * int(m[1]), shown)
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])|[\x0e\x0f]",
                      "", shown)

    def until(self, pattern):
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, shown := self.look())):
            assert time.monotonic() < end, (pattern, shown)
        return found

    def type(self, keys):
        self.t.type(keys)

    def quit(self):
        self.type("q")
        assert self.t.end() == 0


@pytest.fixture
def top(ctl, toxid, web):
    toxid.proxy("other", "127.0.0.1:1")
    t = Top(ctl)
    yield t
    t.quit()


def state(toxid, name):
    return toxid.request("GET", f"/proxies/{name}").json()


class Talk:
    """A client that talks all the time."""

    def __init__(self, proxy):
        self.sock = socket.create_connection(address_of(proxy["listen"]), 60)
        self.thread = threading.Thread(target=self._talk)
        self.is_over = False

    def _talk(self):
        while not self.is_over:
            self.sock.sendall(b"x" * 1000)
            assert self.sock.recv(4096)
            time.sleep(0.001)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        self.sock.close()


def test_it_shows_what_is_there(top, toxid, web):
    shown = top.look()
    assert "2 proxies" in shown and web["listen"] in shown
    assert "-other" not in shown
    toxid.request("PATCH", "/proxies/other", {"enabled": False})
    top.until("-other")
    toxid.request("DELETE", "/proxies/other")
    top.until("1 proxy")
    assert "other" not in top.look()
    toxid.toxic("web", "latency", toxicity=0.5, latency=7)
    top.until(r"latency_downstream: downstream latency on 50%, latency=7")


def test_it_shows_a_halt(top, toxid):
    toxid.toxic("web", "noop")
    assert "halted" not in top.look()
    toxid.request("POST", "/halt")
    top.until(r"(?s)2 proxies, toxics halted.*\(0\).*\(1\)")
    toxid.request("POST", "/resume")
    top.until(r"2 proxies(?!, toxics)")


def test_rates_and_sparks(top, web):
    with Talk(web):
        top.until(r"(?s)web.* 1 +[\d.]+ [KM]B +[\d.]+ [KM]B +0.*\u2588")


def test_keys(top, toxid):
    top.type(" ")  # other is the first
    top.until("disabled")
    assert not state(toxid, "other")["enabled"]
    top.type(" ")
    top.until("enabled")
    assert state(toxid, "other")["enabled"]
    top.type("\033[B")  # down
    top.type("a")
    top.t.wait_for("Toxic ")
    top.type("slicer average_size=9 upstream\r")
    top.until("slicer_upstream: upstream slicer on 100%, average_size=9")
    assert state(toxid, "web")["toxics"][0]["attributes"]["average_size"] == 9
    top.type("d")
    top.t.wait_for("Remove toxic ")
    top.type("\r")
    top.until("removed")
    assert state(toxid, "web")["toxics"] == []
    top.type("k ")
    top.until("-other")
    assert not state(toxid, "other")["enabled"]


@pytest.mark.parametrize("typed, said", [
    ("bogus", "invalid toxic type"), ("latency 5", "has no value"),
    ("latency lantency=5", "did you mean latency"), ("latncy", "mean latency"),
    ("latency latency=x", "latency")])
def test_a_toxic_that_is_none(top, toxid, typed, said):
    top.type("a")
    top.t.wait_for("Toxic ")
    top.type(typed + "\r")
    top.until(said)
    assert state(toxid, "other")["toxics"] == []


def test_no_server_for_a_while(ctl, toxid, web):
    top = Top(ctl)
    toxid.stop()
    top.until("onnect")
    assert "web" in top.look()  # what was known
    with Toxid(port=toxid.port):
        top.until("0 proxies")
    top.quit()


class Bare(http.server.BaseHTTPRequestHandler):
    """What there is of a Toxiproxy without -proxy-metrics"""

    def log_message(self, *_):
        pass

    def do_GET(self):
        is_list = self.path == "/proxies"
        body = json.dumps({"web": {
            "name": "web", "listen": "127.0.0.1:1", "upstream": "h:1",
            "enabled": True, "toxics": []}}) if is_list else "404 page not found"
        self.send_response(200 if is_list else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


def test_without_metrics(ctl):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bare) as bare:
        threading.Thread(target=bare.serve_forever, daemon=True).start()
        top = Top(ctl, "-h", f"127.0.0.1:{bare.server_port}")
        assert "no rates" in top.look() and "web" in top.look()
        top.quit()
        bare.shutdown()


def test_odd_names_and_a_small_screen(ctl, toxid):
    names = ["a\"b\\n\n", "x\033[31m", "\u00e4" * 60, "z"]
    for name in names:
        toxid.proxy(name, "127.0.0.1:1")
    for i in range(30):
        toxid.proxy(f"y{i:02}", "127.0.0.1:1")
    top = Top(ctl, COLUMNS="40", LINES="14")
    assert "y29" not in top.look()
    top.type("j" * 40)
    top.until("z")
    assert "\033[31m" not in top.t.shown
    top.quit()


def test_long_names_can_be_told_apart(ctl, toxid):
    for end in ("left", "right"):
        toxid.proxy("the-service-" + "\u00e4" * 60 + end, "127.0.0.1:1")
    top = Top(ctl, COLUMNS="80", LINES="14")
    shown = top.look()
    assert shown.count("the-service-") == 2
    assert "...\u00e4" in shown
    assert "\u00e4left" in shown and "\u00e4right" in shown
    top.quit()


def test_an_interrupt_leaves_the_terminal_as_it_was(ctl, web):
    top = Top(ctl, TERM="xterm")
    os.kill(top.t.pid, signal.SIGINT)
    top.t.end()
    assert "\033[?1049l" in top.t.shown  # the other screen is back


def test_on_a_pipe(ctl, toxid, web):
    toxid.toxic("web", "noop")
    line = ctl("top", "--interval", "0.3")
    assert line == "web\tenabled\t1\t0\t0\t0\t0\n"
    odd = "a\"b\\n\\\\n\n"
    other = toxid.proxy(odd, f"127.0.0.1:{address_of(web['listen'])[1]}")
    with Talk(other):
        shown = ctl("watch", "--json", "--interval", "1")
    rows = {row["name"]: row for row in json.loads(shown)}
    assert set(rows) == {"web", odd}
    for row in rows.values():
        assert row["rates"]["upstream"] > 0 and row["rates"]["downstream"] > 0
        assert row["restarts"] == 0


def test_an_interval_that_is_none(ctl):
    for interval in "x", "0", "0.2", "-1", "nan":
        assert ctl.run("top", "--interval", interval).returncode == 2
