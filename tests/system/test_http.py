# SPDX-License-Identifier: ISC
"""HTTP itself: routes, methods, framing, browsers, what is too large."""

import json
import socket
import threading
import time

import pytest
import rig
from peers import ending

BODY_MAX = 8 * 1024 * 1024
PROXY = {"name": "a", "upstream": "127.0.0.1:1", "listen": "127.0.0.1:0"}


def talk(t, data, timeout=rig.PATIENCE):
    """Sends bytes, half-closes nothing, reads to the end."""
    with socket.create_connection(("127.0.0.1", t.port), timeout) as s:
        s.sendall(data)
        return read_all(s)


def read_all(s):
    got = b""
    try:
        while data := s.recv(65536):
            got += data
    except ConnectionResetError:
        pass
    return got


def post(path, *headers, body=b""):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


CLOSE = "Connection: close"


@pytest.fixture
def api(shared):
    yield shared
    for name in shared.request("GET", "/proxies").json():
        shared.request("DELETE", f"/proxies/{name}")


def test_version(api):
    r = api.request("GET", "/version?a=b")
    assert r.status == 200
    assert r.headers["Content-Type"] == "application/json;charset=utf-8"
    assert r.body == b'{"version": "2.12.0"}\n'


@pytest.mark.parametrize("path, allow", [
    ("/version", "GET"), ("/reset", "POST"), ("/populate", "POST"),
    ("/proxies", "GET, POST"), ("/proxies/x", "DELETE, GET, PATCH, POST"),
    ("/proxies/x/toxics", "GET, POST"),
    ("/proxies/x/toxics/y", "DELETE, GET, PATCH, POST")])
@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS", "get"])
def test_methods(api, path, allow, method):
    r = api.request(method, path)
    assert (r.status, r.body) == (405, b"")
    assert r.headers["Allow"] == allow
    assert "X-Toxiproxy-Request-Id" not in r.headers


@pytest.mark.parametrize("path", [
    "/", "/nothing", "/version/", "/proxies/", "/proxies/a/",
    "/proxies/a/toxics/", "/Proxies", "/version%00"])
def test_no_such_path(api, path):
    r = api.request("GET", path)
    assert (r.status, r.body) == (404, b"404 page not found\n")
    assert r.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path, location", [
    ("//version", "/version"), ("/./version?x=1", "/version?x=1"),
    ("/proxies/../version", "/version"), ("/..", "/"), ("//", "/"),
    ("/proxies//a/", "/proxies/a/")])
def test_unclean_paths(api, path, location):
    r = api.request("GET", path)
    assert (r.status, r.headers["Location"]) == (301, location)


def test_bad_escapes(api):
    for path in ("/proxies/%zz", "/proxies/a%2"):
        r = api.request("GET", path)
        assert (r.status, r.body) == (400, b"400 Bad Request")
    for path in ("/proxies/%00", "/proxies/%ff"):
        assert api.request("GET", path).status == 400


@pytest.mark.parametrize("agent, status", [
    ("Mozilla/5.0", 403), ("mozilla/5.0", 200), ("Mozilla", 200),
    ("xMozilla/5.0", 200)])
def test_browsers(api, agent, status):
    r = api.request("GET", "/proxies", headers={"User-Agent": agent})
    assert r.status == status
    if status == 403:
        assert r.body == b"User agent not allowed\n"


def test_http_1_0(api):
    got = talk(api, b"GET /proxies HTTP/1.0\r\n\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 ")
    assert b"content-length: 2" in head.lower()
    assert body == b"{}"


def test_pipelining(api):
    one = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = one[:-2] + CLOSE.encode() + b"\r\n\r\n"
    create = post("/proxies", f"Content-Length: {len(json.dumps(PROXY))}",
                  body=json.dumps(PROXY).encode())
    got = talk(api, one + create + one + last)
    assert got.count(b'{"version": "2.12.0"}') == 3
    assert got.count(b"HTTP/1.1 201") == 1


def test_chunked_and_expect(api):
    body = json.dumps(PROXY).encode()
    chunks = b"1\r\n{\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body) - 1, body[1:])
    got = talk(api, post("/proxies", "Transfer-Encoding: chunked", CLOSE,
                         body=chunks))
    assert b"HTTP/1.1 201" in got
    api.request("DELETE", "/proxies/a")
    got = talk(api, post("/proxies", f"Content-Length: {len(body)}", CLOSE,
                         "Expect: 100-continue", body=body))
    assert got.startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 201" in got


@pytest.mark.parametrize("size", [BODY_MAX + 1, 3 * BODY_MAX])
def test_a_body_too_large_is_told_so(api, size):
    for framing, body in (
            (f"Content-Length: {size}", b"x" * size),
            ("Transfer-Encoding: chunked",
             b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size))):
        got = talk(api, post("/proxies", framing, CLOSE, body=body))
        assert got.startswith(b"HTTP/1.1 413 "), got[:100]
        assert b'"status":413}' in got


def test_a_body_far_too_large_is_not_waited_for(api):
    got = talk(api, post("/proxies", f"Content-Length: {1 << 40}"))
    assert got.startswith(b"HTTP/1.1 413 ")


@pytest.mark.normal_build  # under valgrind it takes longer than a heartbeat
def test_a_body_just_small_enough(api):
    body = json.dumps({**PROXY, "x": ""}).encode()
    body = body[:-2] + b"x" * (BODY_MAX - len(body)) + body[-2:]
    assert len(body) == BODY_MAX
    assert api.request("POST", "/proxies", body).status == 201


ZEROS = b"[" + b"0," * (BODY_MAX // 2 - 2) + b"0]"
KEYS = b"{" + b",".join(b'"%x":0' % i for i in range(200000)) + b"}"
PROXIES = (b"[" + b'{"name":"a","upstream":"u"},' * 10000
           + b'{"name":"a","upstream":"u"}]')


@pytest.mark.parametrize("body, text", [
    (ZEROS, "bad request body: more than 262144 values"),
    (KEYS, "bad request body: expected an array of proxies, got an object"),
    (PROXIES, "bad request body: more than 10000 proxies at once")],
    ids=["zeros", "keys", "proxies"])
def test_bodies_that_are_all_work(toxid, body, text):
    """Many at once, and nobody waits for long; apid lives."""
    apid, replies = toxid.child("apid"), []

    def send():
        replies.append(toxid.request("POST", "/populate", body, timeout=60))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    first, longest = rig.worked(apid), 0
    while any(thread.is_alive() for thread in threads):
        before = rig.worked(apid)
        assert toxid.request("GET", "/version", timeout=60).status == 200
        longest = max(longest, rig.worked(apid) - before)
    assert longest <= (rig.worked(apid) - first) / 2 + 0.05
    assert [r.status for r in replies] == [400] * 8
    assert {r.json()["error"] for r in replies} == {text}
    assert toxid.child("apid") == apid


def test_rubbish_does_not_hurt(api):
    for data in (b"\0" * 1000, b"GET\r\n\r\n", b"\r\n" * 100 + b"x\r\n\r\n",
                 b"GET / HTTP/9.9\r\n\r\n", b"x" * 200000 + b"\r\n\r\n",
                 b"GET /version HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", api.port), 10) as s:
            try:
                s.sendall(data)
                s.settimeout(0.2)
                read_all(s)
            except OSError:
                pass  # closed on us, or waits for more
    assert api.request("GET", "/version").status == 200


def test_clients_that_say_nothing_hold_nobody_up(api):
    idle = [socket.create_connection(("127.0.0.1", api.port), 10)
            for _ in range(200)]
    for s in idle[:100]:
        s.sendall(b"POST /proxies HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 100\r\n\r\n{")
    assert api.request("GET", "/version", timeout=12).status == 200
    for s in idle:
        s.close()


@pytest.mark.normal_build
def test_idle_clients_make_room(limited):
    """Who has nothing to ask, for those who have: longest idle first."""
    address = (limited.host, limited.port)
    idle = [socket.create_connection(address, 10) for _ in range(100)]
    idle[0].sendall(b"GET /ver")
    assert limited.request("GET", "/version", timeout=12).status == 200
    assert ending(idle[0], rig.PATIENCE) in ("fin", "rst")
    assert ending(idle[99], 0) == "open"
    for s in idle:
        s.close()


@pytest.mark.slow
def test_a_head_has_to_come_in_time(api):
    """15 s from its first byte, however slowly the others come; before it
    there is time."""
    with socket.create_connection((api.host, api.port), 2) as s:
        time.sleep(17)
        start = time.monotonic()
        s.sendall(b"GET /")
        while ending(s, 2) == "open" and time.monotonic() - start < 100:
            s.sendall(b"x")
    assert 14 < time.monotonic() - start < 30


def test_many_at_once(api):
    """Every creation is answered, and all are there afterwards."""
    statuses = []

    def create(i):
        for j in range(10):
            statuses.append(api.request("POST", "/proxies", {
                **PROXY, "name": f"{i}-{j}", "enabled": False}).status)

    threads = [threading.Thread(target=create, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 80
    assert len(api.request("GET", "/proxies").json()) == 80
