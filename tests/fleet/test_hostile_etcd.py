# SPDX-License-Identifier: ISC
"""An etcd that lies: what it says is noticed or does no harm, and the node comes
back to one that tells the truth."""

import base64
import http.server
import json
import threading

import pytest

from conftest import PREFIX, Sync, key, listed
from etcd import b64
from rig import wait_until

HEADER = {"cluster_id": "7", "member_id": "1", "revision": "40",
          "raft_term": "2"}


class Liar:
    """Lists one proxy, and says lines to who watches; counts lists."""

    def __init__(self, web):
        self.lists, self.lines, self.status = 0, [], None
        self.value = json.dumps(web)
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                getattr(liar, "on_" + self.path.rpartition("/")[2],
                        liar.on_other)(self, body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.urls = [f"http://127.0.0.1:{self.server.server_port}"]
        self.all_urls, self.over = self.urls[0], threading.Event()
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def get(self, _):
        return self.status

    @staticmethod
    def reply(h, what, status=200):
        data = what if isinstance(what, bytes) else json.dumps(what).encode()
        h.send_response(status)
        h.send_header("Content-Length", str(len(data)))
        h.end_headers()
        h.wfile.write(data)

    def on_range(self, h, body):
        at = base64.b64decode(json.loads(body)["key"]).decode()
        kvs = []
        if at == f"{PREFIX}/desired/all/":
            self.lists += 1
            kvs = [{"key": b64(key("web")), "mod_revision": "39",
                    "value": b64(self.value)}]
        self.reply(h, {"header": HEADER, "kvs": kvs})

    def on_grant(self, h, _):
        self.reply(h, {"header": HEADER, "ID": "5", "TTL": "3"})

    def on_keepalive(self, h, _):
        self.reply(h, {"result": {"header": HEADER, "ID": "5", "TTL": "3"}})

    def on_put(self, h, body):
        asked = json.loads(body)
        if base64.b64decode(asked["key"]).decode().startswith(
                f"{PREFIX}/status/"):
            self.status = json.loads(base64.b64decode(asked["value"]))
        self.reply(h, {"header": HEADER})

    def on_other(self, h, _):
        self.reply(h, {"header": HEADER})

    def on_watch(self, h, _):
        h.send_response(200)
        h.send_header("Transfer-Encoding", "chunked")
        h.end_headers()
        for line in self.lines:
            data = line if isinstance(line, bytes) else (
                json.dumps(line).encode() + b"\n")
            h.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            h.wfile.flush()
        self.over.wait(20)
        h.close_connection = True


def told(**what):
    return {"result": {"header": HEADER, "watch_id": "1", **what}}


def event(name, value, **more):
    return {"kv": {"key": b64(key(name)), "mod_revision": "41",
                   "value": b64(json.dumps(value))}, **more}


LIES = {
    "a revision that is lower": told(header={**HEADER, "revision": "39"}),
    "another cluster": told(header={**HEADER, "cluster_id": "8"}),
    "a watch that nobody asked for": told(watch_id="77"),
    "canceled": told(canceled=True),
    "compacted": told(canceled=True, compact_revision="50",
                      header={"cluster_id": "7"}),
    "no base64": told(events=[{"kv": {"key": "*"}}]),
    "no JSON": b"what?\n",
    "an array": b"[]\n",
    "an error": {"error": {"grpc_code": 14, "message": "no leader"}},
    "too long a line": b"a" * (33 << 20),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_a_reason_to_list_again(toxid, tmp_path, web, lie):
    with Liar(web) as liar:
        liar.lines = [told(created=True), LIES[lie]]
        with Sync(liar, toxid, tmp_path) as sync:
            assert wait_until(lambda: liar.lists > 2)
            assert list(listed(toxid)) == ["web"]
            liar.lines = [told(created=True), told(
                header={**HEADER, "revision": "41"},
                events=[event("more", web)])]
            sync.applied(41)
            assert sorted(listed(toxid)) == ["more", "web"]


def test_what_comes_in_parts_counts_when_it_is_whole(toxid, tmp_path, web):
    with Liar(web) as liar:
        part = told(header={**HEADER, "revision": "41"},
                    events=[event("a", web)], fragment=True)
        liar.lines = [told(created=True), part]
        with Sync(liar, toxid, tmp_path) as sync:
            sync.applied(40)
            assert not wait_until(lambda: "a" in listed(toxid), 0.5)
    with Liar(web) as liar:
        liar.lines = [told(created=True), part, told(
            header={**HEADER, "revision": "41"}, events=[event("b", web)])]
        with Sync(liar, toxid, tmp_path) as sync:
            sync.applied(41)
            assert sorted(listed(toxid)) == ["a", "b", "web"]


ANSWERS = {
    "nothing": b"", "bytes": b"\0" * 100, "deep": b"[[[[" * 1000,
    "no key": b'{"kvs": [{}]}', "no array": b'{"kvs": 7}',
    "a key of no fleet": b'{"kvs": [{"key": "AA=="}]}',
    "no numbers": b'{"header": {"revision": "x"}, "count": []}',
    "more of the same": b'{"header": 7, "more": true, "kvs": [{"key": "AAAA"}]}',
    "more of nothing": b'{"more": true}',
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_list_that_is_none_does_no_harm(toxid, tmp_path, web, answer):
    """It may be of nothing: then the node has nothing.  It never ends it."""
    with Liar(web) as liar:
        honest, asked = liar.on_range, []
        liar.lines = [b"what?\n"]  # so that it lists again

        def lie(h, body):
            asked.append(body)
            liar.reply(h, ANSWERS[answer])

        liar.on_range = lie
        with Sync(liar, toxid, tmp_path) as sync:
            assert wait_until(lambda: len(asked) > 3)
            assert sync.process.poll() is None
            liar.on_range = honest
            assert wait_until(lambda: list(listed(toxid)) == ["web"])
