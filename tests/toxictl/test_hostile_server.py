# SPDX-License-Identifier: ISC
"""A server that says what it likes: a terminal shows it and does nothing, who
reads lines gets one, and --json is JSON."""

import http.server
import json
import re
import threading

import pytest
from conftest import Toxictl

# Commands to a terminal, in one byte and in two, ends of line, turns of
# direction.
EVIL = ("\x1b]0;owned\x07\x9b31m\r\n\t\x7f\x85\u061c\u200e\u200f\u202a\u202e"
        "\u2028\u2029\u2066\u2069\ufeff")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f"
                       "\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def toxic():
    return {"name": "t" + EVIL, "type": "ty" + EVIL, "stream": "downstream",
            "toxicity": 1, "attributes": {"a" + EVIL: EVIL, "b": [EVIL]}}


def proxy(name):
    return {"name": name, "listen": "127.0.0.1:1" + EVIL, "enabled": True,
            "upstream": "u:1" + EVIL, "toxics": [toxic()]}


def as_asked(path):
    if path == "/version":
        return {"version": "2.12.0" + EVIL}
    if path == "/tenant":
        return {"tenant": "t" + EVIL, "role": "r" + EVIL, "token": "k" + EVIL,
                "expires": "e" + EVIL, "proxies": 3, "toxics": 7}
    if path.startswith("/events"):
        return {"last": 7, "events": [{
            "id": 7, "event": "ev" + EVIL, "at": "at" + EVIL, "proxy": EVIL,
            "tenant": "t" + EVIL, "toxic": 7, "k" + EVIL: [EVIL], "n": None,
            "changed": {"a" + EVIL: {"before": EVIL, "after": {EVIL: 0.1}}}}]}
    if path.endswith("state=ended"):
        return {"next": None, "connections": 3, "sessions": [{
            "id": "i" + EVIL, "proxy": "p" + EVIL, "client": "c" + EVIL,
            "state": "ended", "why": "w" + EVIL, "toxic": "t" + EVIL,
            "cause": cause, "sessions": 1}
            for cause in ("toxic_reset", "no_upstream", "c" + EVIL)]}
    if "/wait?" in path:
        return {"reached": -2 ** 63, "wanted": 1}
    if "/sessions" in path:
        return {"next": None, "sessions": [{
            "id": "i" + EVIL, "proxy": "p" + EVIL, "client": "c" + EVIL,
            "upstream": "u" + EVIL, "address": "a" + EVIL, "state": "open"}]}
    if path == "/proxies":
        return {"p" + EVIL: proxy("p" + EVIL), "web": proxy("web")}
    return toxic() if "/toxics" in path else proxy("web")


def as_json(value):
    return json.dumps(value, ensure_ascii=False).encode()


SAYS = {
    "all of it": lambda path: (200, as_json(as_asked(path))),
    "an error": lambda path: (500, as_json({"error": "e" + EVIL})),
    "no JSON": lambda path: (500, b"e \x9b31m \xff\xfe \xe2\x80\xae" +
                             EVIL.encode()),
    "no UTF-8": lambda path: (404, b'{"error": "e \x9b31m \xff"}'),
    "a refusal": lambda path: (401, as_json({"error": "e" + EVIL})),
    "another refusal": lambda path: (403, as_json({"error": "e" + EVIL})),
    "too much": lambda path: (400, as_json({"error": "\u00e9" * 100000})),
    "too much more": lambda path: (400, as_json({"error": "e" + "\u00e9" *
                                                 100000})),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = self.server.says(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_PATCH = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=s.serve_forever)
    thread.start()
    yield s
    s.shutdown()
    thread.join()
    s.server_close()


@pytest.fixture(params=SAYS)
def hostile(server, request):
    server.says = SAYS[request.param]
    return Toxictl(f"http://127.0.0.1:{server.server_port}")


LINES = [
    "list", "inspect web", "toggle web", "enable web", "disable web",
    "delete web", "create web -l localhost:0 -u x:1", "reset", "export",
    "toxic add web -t noop", "toxic update web -n t -a latency=5",
    "toxic remove web -n t", "wait web --timeout 0", "doctor",
    "wait web --hit t\x1b[31m --timeout 0", "wait web\x85 --ended 1",
    "with web -t noop -- true", "top --interval 0.3", "version", "whoami",
    "halt", "resume", "events", "events --after 5", "sessions",
    "sessions web --ended", "sessions web --close 1.1", "why web",
    "whoami --tenant t\x1b[31m"]


@pytest.mark.parametrize("line", LINES)
def test_on_a_pipe(hostile, line):
    r = hostile.run(*line.split(), errors="surrogateescape")
    if line == "export":  # which is JSON
        assert "\x1b" not in r.stdout
        assert not FORBIDDEN.findall(r.stderr)
    else:
        assert not FORBIDDEN.findall(r.stdout + r.stderr)


@pytest.mark.parametrize("line", [
    line for line in LINES if not line.startswith(("export", "top"))])
def test_on_a_terminal(hostile, line):
    shown, _ = hostile.on_terminal(*line.split(), NO_COLOR="1",
                                   LC_ALL="C.UTF-8")
    shown = shown.replace("\r\033[K", "")  # of "wait": ours
    assert not FORBIDDEN.findall(shown), shown


def test_on_the_screen_of_top(server):
    server.says = SAYS["all of it"]
    t = Toxictl(f"http://127.0.0.1:{server.server_port}").terminal(
        "top", "--interval", "0.3", NO_COLOR="1", LC_ALL="C.UTF-8",
        COLUMNS="250")
    shown = t.wait_for("downstream ty")  # its toxic, the last that is drawn
    t.type("d")
    shown += t.wait_for("Remove toxic .*: ")
    t.type("\rq")
    assert t.end() == 0
    shown += t.shown
    assert "owned" in shown and "]0;owned\x07" not in shown
    assert not set(EVIL[EVIL.index("\x85"):]) & set(shown)


@pytest.mark.parametrize("line", [
    "list", "inspect web", "delete web", "wait web --timeout 0", "doctor",
    "top --interval 0.3", "with web -t noop -- true"])
def test_as_json(hostile, line):
    before, dashes, command = line.partition(" --")
    is_command = dashes and command.startswith(" ")
    words = before.split() if is_command else line.split()
    r = hostile.run(*words, "--json",
                    *(["--", *command.split()] if is_command else []))
    for text in (r.stdout, r.stderr):
        assert text == "" or json.loads(text)
    assert r.stdout or r.stderr or line.startswith("with")


def test_no_utf8_on_the_command_line(ctl):
    r = ctl.run("inspect", b"a\xff\x9b", "--json")
    assert "a??" in json.loads(r.stderr)["error"]
    r = ctl.run("inspect", b"a\xff\x9b")
    assert "a??" in r.stderr
