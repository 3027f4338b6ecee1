# SPDX-License-Identifier: ISC
"""Every row of the API, to the byte: proxies, toxics, populate, reset."""

import concurrent.futures
import os
import re
import signal
import socket
import time

import pytest
import rig
from peers import Echo
from rig import Toxid

UP = "127.0.0.1:1"
OWN = rig.own_host()


def busy_port(host=OWN):
    """Held; on our own address it is still free when it is given back."""
    s = socket.create_server((host, 0))
    return s, s.getsockname()[1]


def error(status, text):
    body = f'{{"error":"{text}","status":{status}}}\n'
    return (status, body.encode())


def is_error(reply, status, text):
    assert (reply.status, reply.body) == error(status, text)
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def entry(name, upstream=UP, enabled=True):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": upstream,
            "enabled": enabled}


@pytest.fixture
def api(shared):
    """The module's daemon, without a proxy."""
    yield shared
    for name in shared.request("GET", "/proxies").json():
        shared.request("DELETE", f"/proxies/{name}")


# ---- proxies

def test_create(api):
    r = api.request("POST", "/proxies", {"name": "a", "upstream": UP,
                                         "listen": "localhost:0"})
    port = re.search(rb'"listen":"127\.0\.0\.1:(\d+)"', r.body)[1].decode()
    assert r.status == 201
    assert r.headers["Content-Type"] == "application/json"
    assert r.headers["Content-Length"] == str(len(r.body))
    assert len(r.headers["X-Toxiproxy-Request-Id"]) == 20
    shown = (f'{{"name":"a","listen":"127.0.0.1:{port}","upstream":"{UP}",'
             f'"enabled":true,"toxics":[]}}')
    assert r.body.decode() == shown
    assert api.request("GET", "/proxies/a").body.decode() == shown
    listed = api.request("GET", "/proxies").body.decode()
    assert listed == f'{{"a":{shown}}}'
    is_error(api.request("POST", "/proxies", {"name": "a", "upstream": UP}),
             409, "proxy already exists")


@pytest.mark.parametrize("body, text", [
    ("", "bad request body: EOF"),
    ("{", "bad request body: unexpected EOF"),
    ("[]", "bad request body: expected an object, got an array"),
    ({}, "missing required field: name"),
    ({"name": "a"}, "missing required field: upstream"),
    ({"name": "", "upstream": ""}, "missing required field: name"),
    ({"name": 1}, "bad request body: name: expected a string, got an integer"),
    ({"name": "a", "upstream": UP, "enabled": "true"},
     "bad request body: enabled: expected a boolean, got a string"),
    ({"name": "a", "upstream": UP, "listen": {}},
     "bad request body: listen: expected a string, got an object"),
    ({"name": "n" * 256, "upstream": UP},
     "bad request body: name: longer than 255 bytes"),
    ({"name": "a", "upstream": "u" * 262},
     "bad request body: upstream: longer than 261 bytes"),
    ({"name": "a", "upstream": UP, "toxics": [{"type": "noop",
                                               "toxicity": 1e39}]},
     "bad request body: toxics[0].toxicity: the number is too large"),
    ({"name": "a", "upstream": UP, "toxics": [{"type": "slicer"}]},
     "invalid attribute average_size: must be at least 1"),
])
def test_create_refused(api, body, text):
    is_error(api.request("POST", "/proxies", body), 400, text)
    assert api.request("GET", "/proxies").body == b"{}"


@pytest.mark.parametrize("body", [
    b'{"name":"a\xff","upstream":"u"}', b'{"name":"a\\u0000","upstream":"u"}',
    b'{"name":"\\ud800","upstream":"u"}', b'{"name":"a\x00","upstream":"u"}'])
def test_text_that_is_none(api, body):
    r = api.request("POST", "/proxies", body)
    assert r.status == 400
    assert r.json()["error"].startswith("bad request body: ")
    assert api.request("GET", "/proxies").body == b"{}"


@pytest.mark.parametrize("listen, text", [
    ("local373", "address local373: missing port in address"),
    ("::1:80", "address ::1:80: too many colons in address"),
    ("127.0.0.1:99999", "address 99999: invalid port"),
    ("127.0.0.1:-1", "address -1: invalid port"),
    ("127.0.0.1:nosuchport", "lookup tcp/nosuchport: unknown port")])
def test_bad_listen(api, listen, text):
    is_error(api.request("POST", "/proxies", {
        "name": "a", "upstream": UP, "listen": listen}),
        500, f"listen tcp: {text}")
    assert api.request("GET", "/proxies").body == b"{}"


def test_address_in_use(api):
    held, port = busy_port("127.0.0.1")
    with held:
        for host in ("127.0.0.1", "localhost"):
            is_error(api.request("POST", "/proxies", {
                "name": "a", "upstream": UP, "listen": f"{host}:{port}"}),
                500, f"listen tcp 127.0.0.1:{port}: bind: address already in "
                "use")
        is_error(api.request("POST", "/proxies", {
            "name": "a", "upstream": UP, "listen": f"0.0.0.0:{port}"}),
            500, f"listen tcp 0.0.0.0:{port}: bind: address already in use")


@pytest.mark.parametrize("listen", ["", ":0", "0.0.0.0:0", "[::]:0"])
def test_wildcards_are_dual_stack(api, listen):
    p = api.proxy("a", UP, listen=listen)
    assert re.fullmatch(r"\[::\]:\d+", p["listen"])
    port = int(p["listen"].rpartition(":")[2])
    for host in ("127.0.0.1", "::1") if rig.has_ipv6() else ("127.0.0.1",):
        socket.create_connection((host, port), 5 * rig.SLOW).close()


def test_disabled_listen_is_verbatim(api):
    p = api.proxy("a", UP, listen="localhost:0", enabled=False)
    assert (p["listen"], p["enabled"]) == ("localhost:0", False)
    on = api.request("PATCH", "/proxies/a", {"enabled": True}).json()
    assert re.fullmatch(r"127\.0\.0\.1:\d+", on["listen"])
    off = api.request("PATCH", "/proxies/a", {"enabled": False}).json()
    again = api.request("POST", "/proxies/a", {"enabled": True}).json()
    assert off["listen"] == again["listen"] == on["listen"]


def test_update_keeps_what_is_absent(api):
    made = api.proxy("a", UP)
    api.toxic("a", "latency", latency=1)
    r = api.request("PATCH", "/proxies/a", {"upstream": "127.0.0.1:2",
                                            "name": "z", "toxics": 1})
    assert r.status == 200
    assert r.json()["listen"] == made["listen"]
    assert r.json()["upstream"] == "127.0.0.1:2"
    assert r.json()["name"] == "a"
    assert len(r.json()["toxics"]) == 1
    assert api.request("PATCH", "/proxies/a", {}).body == r.body
    assert api.request("POST", "/proxies/a", "null").body == r.body


def test_update_is_all_or_nothing(api):
    api.proxy("a", UP)
    before = api.request("GET", "/proxies/a").body
    held, port = busy_port()
    with held:
        r = api.request("PATCH", "/proxies/a", {
            "listen": f"{OWN}:{port}", "upstream": "other",
            "enabled": True})
    assert r.status == 500
    assert api.request("GET", "/proxies/a").body == before
    api.connect("a").close()


def test_an_address_in_its_own_way(api):
    """The old one stops listening while the new one is tried, and goes on."""
    with Echo() as echo:
        port = rig.wide_port()
        api.proxy("a", echo.address, listen=f"127.0.0.1:{port}")
        with socket.create_server((OWN, port)):
            for _ in range(20):
                is_error(api.request("PATCH", "/proxies/a", {
                    "listen": f"0.0.0.0:{port}"}), 500,
                    f"listen tcp 0.0.0.0:{port}: bind: address already in "
                    "use")
                with api.connect("a") as client:
                    client.sendall(b"x")
                    assert client.recv(1) == b"x"
        r = api.request("PATCH", "/proxies/a", {"listen": f"0.0.0.0:{port}"})
        assert r.json()["listen"] == f"[::]:{port}"
        with api.connect("a") as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"


def test_delete(api):
    listen = api.proxy("a", UP, listen=f"{OWN}:0")["listen"]
    r = api.request("DELETE", "/proxies/a")
    assert (r.status, r.body) == (204, b"")
    assert "Content-Type" not in r.headers
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(rig.address_of(listen), 5)
    for method in ("GET", "PATCH", "POST", "DELETE"):
        is_error(api.request(method, "/proxies/a", "{"), 404,
                 "proxy not found")


def test_names_of_any_kind(api):
    name = 'ü ?#+%<&>"\\\n/..\u2028'
    api.proxy(name, UP)
    path = "".join(f"%{b:02x}" for b in name.encode())
    r = api.request("GET", f"/proxies/{path}")
    assert r.json()["name"] == name
    assert b'"\xc3\xbc ?#+%\\u003c\\u0026\\u003e\\"\\\\\\n/..\\u2028"' \
        in r.body
    assert api.request("DELETE", f"/proxies/{path}").status == 204


def test_toxics_with_a_proxy(api):
    p = api.proxy("a", UP, toxics=[
        {"type": "latency", "attributes": {"latency": 5}},
        {"type": "noop", "stream": "upstream", "name": "n"}])
    assert [t["name"] for t in p["toxics"]] == ["n", "latency_downstream"]
    r = api.request("POST", "/proxies", {"name": "b", "upstream": UP,
                                         "toxics": [{"type": "nothing"}]})
    is_error(r, 400, "invalid toxic type")
    is_error(api.request("GET", "/proxies/b"), 404, "proxy not found")


# ---- toxics

TOXICS = [
    ("latency", {"latency": 0, "jitter": 0}),
    ("bandwidth", {"rate": 0}),
    ("slow_close", {"delay": 0}),
    ("timeout", {"timeout": 0}),
    ("reset_peer", {"timeout": 0}),
    ("limit_data", {"bytes": 0}),
    ("noop", {}),
]


@pytest.mark.parametrize("kind, attributes", TOXICS)
def test_a_toxic_has_its_defaults(api, kind, attributes):
    api.proxy("a", UP)
    r = api.request("POST", "/proxies/a/toxics", {"type": kind})
    shown = ",".join(f'"{k}":{v}' for k, v in attributes.items())
    assert (r.status, r.body.decode()) == (200, (
        f'{{"attributes":{{{shown}}},"name":"{kind}_downstream",'
        f'"type":"{kind}","stream":"downstream","toxicity":1}}'))
    assert api.request("GET", f"/proxies/a/toxics/{kind}_downstream"
                       ).body == r.body


def test_slicer_and_reset(api):
    api.proxy("a", UP)
    t = api.toxic("a", "slicer", stream="UpStream", average_size=5)
    assert t == {"attributes": {"average_size": 5, "size_variation": 0,
                                "delay": 0}, "name": "slicer_upstream",
                 "type": "slicer", "stream": "upstream", "toxicity": 1}
    assert api.toxic("a", "reset", timeout=1)["type"] == "reset_peer"


@pytest.mark.parametrize("body, text", [
    ("", "bad request body: EOF"),
    ({"type": "latency", "stream": ""},
     "stream was invalid, can be either upstream or downstream"),
    ({"type": "x", "stream": "x"},
     "stream was invalid, can be either upstream or downstream"),
    ({"type": "x"}, "invalid toxic type"),
    ({}, "invalid toxic type"),
    ({"type": "Latency"}, "invalid toxic type"),
    ({"type": "crash"}, "invalid toxic type"),
    ({"type": "latency", "attributes": 1},
     "bad request body: attributes: expected an object, got an integer"),
    ({"type": "latency", "attributes": {"jitter": "x"}},
     "bad request body: attributes.jitter: expected an integer, got a "
     "string"),
    ({"type": "bandwidth", "attributes": {"rate": -1}},
     "invalid attribute rate: must be at least 0"),
    ('{"type":"limit_data","attributes":{"bytes":9223372036854775808}}',
     "bad request body: attributes.bytes: the number is too large"),
    ({"type": "slicer", "attributes": {"average_size": 1,
                                       "size_variation": 2}},
     "invalid attribute size_variation: must not be above average_size"),
    ({"type": "noop", "toxicity": 1e40},
     "bad request body: toxicity: the number is too large"),
    ({"type": "noop", "name": "n" * 256},
     "bad request body: name: longer than 255 bytes"),
])
def test_toxic_refused(api, body, text):
    api.proxy("a", UP)
    is_error(api.request("POST", "/proxies/a/toxics", body), 400, text)
    assert api.request("GET", "/proxies/a/toxics").body == b"[]"


@pytest.mark.parametrize("given, shown", [
    ("1", "1"), ("0", "0"), ("0.5", "0.5"), ("1.0", "1"),
    ("0.3333333333", "0.33333334"), ("1e-9", "1e-9"), ("9e-7", "9e-7"),
    ("0.000001", "0.000001"), ("null", "1"), ("80", "80"), ("-0.5", "-0.5"),
    ("123456789", "123456790"), ("1e20", "1" + 20 * "0"),
    ("1" + 21 * "0", "1e+21"), ("3e38", "3e+38")])
def test_toxicity(api, given, shown):
    api.proxy("a", UP)
    r = api.request("POST", "/proxies/a/toxics",
                    f'{{"type":"noop","toxicity":{given}}}')
    assert r.body.endswith(f'"toxicity":{shown}}}'.encode())


def test_integral_floats(api):
    api.proxy("a", UP)
    t = api.toxic("a", "latency", latency=100.0, jitter=1e1)
    assert t["attributes"] == {"latency": 100, "jitter": 10}


def test_toxic_names_are_of_the_proxy(api):
    api.proxy("a", UP)
    api.toxic("a", "noop", stream="upstream", toxic_name="x")
    is_error(api.request("POST", "/proxies/a/toxics", {
        "type": "latency", "name": "x", "attributes": {"latency": "bad"}}),
        409, "toxic already exists")
    for method in ("GET", "PATCH", "POST", "DELETE"):
        is_error(api.request(method, "/proxies/a/toxics/y", "{"), 404,
                 "toxic not found")


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_toxic_update(api, method):
    api.proxy("a", UP)
    api.toxic("a", "latency", latency=100, jitter=10)
    path = "/proxies/a/toxics/latency_downstream"
    r = api.request(method, path, {"attributes": {"jitter": 5},
                                   "toxicity": 0.5, "type": "noop"})
    assert (r.status, r.body) == (200, (
        b'{"attributes":{"latency":100,"jitter":5},"name":'
        b'"latency_downstream","type":"latency","stream":"downstream",'
        b'"toxicity":0.5}'))
    for bad in ({"attributes": {"latency": 1, "jitter": "x"}},
                {"attributes": {"latency": 2 ** 63}}, {"toxicity": 1e40}, ""):
        assert api.request(method, path, bad).status == 400
    assert api.request("GET", path).body == r.body
    assert api.request(method, path, {"attributes": None}).body == r.body


def test_toxics_are_in_order_of_their_chain(api):
    api.proxy("a", UP)
    for name, stream in (("z", "downstream"), ("y", "upstream"),
                         ("a", "downstream"), ("b", "upstream")):
        api.toxic("a", "noop", stream=stream, toxic_name=name)
    names = [t["name"] for t in api.request("GET", "/proxies/a/toxics").json()]
    assert names == ["y", "b", "z", "a"]
    r = api.request("DELETE", "/proxies/a/toxics/b")
    assert (r.status, r.body) == (204, b"")
    shown = api.request("GET", "/proxies/a").json()["toxics"]
    assert [t["name"] for t in shown] == ["y", "z", "a"]


def test_a_proxy_has_room_for_256_toxics(api):
    api.proxy("a", UP)
    for i in range(256):
        api.toxic("a", "noop", toxic_name=str(i))
    is_error(api.request("POST", "/proxies/a/toxics",
                         {"type": "noop", "name": "more"}),
             409, "a proxy has at most 256 toxics")


# ---- populate and reset

def test_populate(api):
    entries = [{"name": "a", "listen": "127.0.0.1:0", "upstream": UP},
               {"name": "b", "listen": "127.0.0.1:0", "upstream": UP,
                "enabled": False}]
    r = api.request("POST", "/populate", entries)
    assert r.status == 201
    made = r.json()["proxies"]
    assert [(p["name"], p["enabled"]) for p in made] == [
        ("a", True), ("b", False)]
    assert api.request("POST", "/populate", []).body == b'{"proxies":[]}'
    api.toxic("a", "noop")
    listen = made[0]["listen"].replace("127.0.0.1", "localhost")
    same = api.request("POST", "/populate", [
        {"name": "a", "listen": listen, "upstream": UP}])
    assert same.json()["proxies"][0]["toxics"] != []
    other = api.request("POST", "/populate", [
        {"name": "a", "listen": listen, "upstream": "127.0.0.1:2"}])
    assert other.json()["proxies"][0]["toxics"] == []


@pytest.mark.parametrize("body, text", [
    ("", "bad request body: EOF"),
    ({}, "bad request body: expected an array of proxies, got an object"),
    ([{"name": "a", "upstream": UP}, {}],
     "missing required field: name at proxy 2"),
    ([{"name": "a", "upstream": UP}, {"name": "b"}],
     "missing required field: upstream at proxy 2"),
    ([{"name": "a", "upstream": UP}, {"name": 1}],
     "bad request body: name: expected a string, got an integer at proxy 2"),
])
def test_populate_refused(api, body, text):
    r = api.request("POST", "/populate", body)
    assert (r.status, r.body.decode()) == (
        400, f'{{"error":"{text}","status":400,"proxies":[]}}')
    assert api.request("GET", "/proxies").body == b"{}"


def test_populate_stops_at_the_first_failure(api):
    held, port = busy_port()
    with held:
        r = api.request("POST", "/populate", [
            {"name": "a", "listen": "127.0.0.1:0", "upstream": UP},
            {"name": "b", "listen": f"{OWN}:{port}", "upstream": UP},
            {"name": "c", "listen": "127.0.0.1:0", "upstream": UP}])
    assert r.status == 500
    assert [p["name"] for p in r.json()["proxies"]] == ["a"]
    assert list(api.request("GET", "/proxies").json()) == ["a"]


def stop_all(t):
    """of the control plane: toxid, too, which would replace ctld"""
    for pid in (t.pid, t.ctld):
        os.kill(pid, signal.SIGSTOP)


def go_on(t):
    for pid in (t.ctld, t.pid):
        os.kill(pid, signal.SIGCONT)


@pytest.mark.slow
def test_populate_that_takes_too_long_says_what_was_made(toxid):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        stop_all(toxid)
        try:
            two, one = (pool.submit(
                toxid.request, "POST", "/populate", list(map(entry, names)),
                timeout=60) for names in ("ab", "c"))
            time.sleep(27)  # its time is over after 25 s
            assert not two.done() and not one.done()
        finally:
            go_on(toxid)
        reply = two.result()
        assert (reply.status, reply.json()["error"]) == (
            503, "no time for 1 of 2 proxies")
        assert [p["name"] for p in reply.json()["proxies"]] == ["a"]
        assert one.result().status == 201  # there was nothing left to do
        assert list(toxid.request("GET", "/proxies").json()) == ["a", "c"]


@pytest.mark.slow
def test_populate_gives_up_on_a_ctld_that_is_not_there(toxid):
    stop_all(toxid)
    try:
        reply = toxid.request("POST", "/populate", [entry("a")], timeout=60)
    finally:
        go_on(toxid)
    assert reply.status == 503
    assert b"Timeout" in reply.body


def test_reset(api):
    api.proxy("a", UP)
    api.proxy("b", UP)
    api.toxic("a", "latency", latency=10)
    api.toxic("a", "noop", stream="upstream")
    api.request("PATCH", "/proxies/b", {"enabled": False})
    r = api.request("POST", "/reset")
    assert (r.status, r.body) == (204, b"")
    for p in api.request("GET", "/proxies").json().values():
        assert p["enabled"] and p["toxics"] == []


def test_reset_does_all_and_reports_the_first_failure(api):
    held, port = busy_port()
    api.proxy("a", UP, listen=f"{OWN}:{port}", enabled=False)
    api.proxy("z", UP)
    api.toxic("z", "noop")
    with held:
        is_error(api.request("POST", "/reset"), 500,
                 f"listen tcp {OWN}:{port}: bind: address already in use")
    assert api.request("GET", "/proxies/z").json()["toxics"] == []
    assert api.request("POST", "/reset").status == 204


# ---- as many proxies as there may be

FULL = "there are 3 proxies already: no more are allowed"


def test_no_more_proxies_than_are_allowed():
    with Toxid("-max-proxies", "3") as t:
        t.proxy("a", UP)
        t.proxy("b", UP, enabled=False)  # counts too: it may be enabled
        r = t.request("POST", "/populate", list(map(entry, "abcd")))
        assert (r.status, r.json()["error"]) == (507, FULL)
        assert [p["name"] for p in r.json()["proxies"]] == ["a", "b", "c"]
        is_error(t.request("POST", "/proxies", entry("d")), 507, FULL)
        is_error(t.request("POST", "/proxies", entry("d", enabled=False)),
                 507, FULL)
        is_error(t.request("POST", "/proxies", entry("a")),
                 409, "proxy already exists")
        assert list(t.request("GET", "/proxies").json()) == ["a", "b", "c"]
        # what is there can be changed and replaced; who goes makes room
        other = entry("a", upstream="127.0.0.1:2")
        assert t.request("POST", "/populate", [other]).status == 201
        assert t.request("PATCH", "/proxies/b",
                         {"enabled": True}).status == 200
        t.request("DELETE", "/proxies/c")
        t.proxy("d", UP)
        is_error(t.request("POST", "/proxies", entry("c")), 507, FULL)


def test_a_crowd_makes_no_more_proxies_than_are_allowed():
    with Toxid("-max-proxies", "3") as t, \
            concurrent.futures.ThreadPoolExecutor(20) as crowd:
        replies = list(crowd.map(lambda i: t.request(
            "POST", "/proxies", {"name": f"p{i}", "listen": "localhost:0",
                                 "upstream": UP}).status, range(20)))
        assert sorted(replies) == [201] * 3 + [507] * 17
        assert len(t.request("GET", "/proxies").json()) == 3
