# SPDX-License-Identifier: ISC
"""What pages get their browsers to say, word for word as these say it, and what
clients say that are none but look like one."""

import shutil
import socket
import subprocess

import pytest
import rig

REBOUND = "evil.example:8474"
FORM = b'{"name":"p","listen":"127.0.0.1:0","upstream":"h:1","x":"="}'

# Firefox, of a page that has set its agent and sends no referrer, at an address
# that is not trustworthy to it: there are no Sec-Fetch-*.
FIREFOX = ("User-Agent: x", "Accept: */*", "Accept-Language: *",
           "Accept-Encoding: gzip, deflate", "Origin: null",
           "Content-Type: text/plain;charset=UTF-8",
           "Connection: keep-alive", "Priority: u=4")
NODE = ("connection: keep-alive", "content-type: text/plain;charset=UTF-8",
        "accept: */*", "accept-language: *", "sec-fetch-mode: cors",
        "user-agent: node", "accept-encoding: gzip, deflate")
P2PD = ("user-agent: toxiproxy-cli", "User-Agent: curl/7.54.0",
        "Origin: null", "Accept: */*")


@pytest.fixture(scope="module", params=["127.0.0.1", "0.0.0.0", "::1"])
def api(request):
    if request.param == "::1" and not rig.has_ipv6():
        pytest.skip("no IPv6 here")
    args = ("-host", request.param, "-allow-host", "dot.example.",
            "-proxy-metrics")
    with rig.Toxid(*args, wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        t.address = (t.host.replace("0.0.0.0", "127.0.0.1"), t.port)
        yield t


def talk(t, *requests):
    """All that is answered, until the end"""
    with socket.create_connection(t.address, rig.PATIENCE) as s:
        for head, body in requests:
            s.sendall("\r\n".join([*head, "", ""]).encode() + body)
        s.shutdown(socket.SHUT_WR)
        got = b""
        while data := s.recv(65536):
            got += data
    return got


def ask(t, fields, host, target="/proxies", method="GET", body=b"",
        version="1.1"):
    head = [f"{method} {target} HTTP/{version}", f"Host: {host}", *fields,
            f"Content-Length: {len(body)}"]
    got = talk(t, (head, body))
    return int(got.split()[1]), got.partition(b"\r\n\r\n")[2]


def proxies(t):
    return ask(t, (), "x")[1]


@pytest.mark.parametrize("method, target", [
    ("POST", "/proxies"), ("POST", "/populate"), ("POST", "/reset"),
    ("PATCH", "/proxies/p"), ("DELETE", "/proxies/p"),
    ("POST", "/proxies/p/toxics"), ("DELETE", "/proxies/p/toxics/t")])
def test_a_page_that_names_no_origin(api, method, target):
    """... of a name that was bound to our address meanwhile."""
    status, why = ask(api, FIREFOX, REBOUND, target, method, FORM)
    assert (status, why) == (
        403, b'{"error":"host not allowed","status":403}\n')
    assert proxies(api) == b"{}"


@pytest.mark.parametrize("host", ["127.0.0.1:8474", "10.0.0.5:8474",
                                  "localhost:8474", "dot.example"])
def test_a_form_that_names_no_origin(api, host):
    """... and goes to the true address: it is from anywhere."""
    status, why = ask(api, FIREFOX, host, method="POST", body=FORM)
    assert (status, why) == (
        403, b'{"error":"origin not allowed","status":403}\n')
    # unless the browser says from where
    for site, status in (("same-origin", 204), ("cross-site", 403)):
        assert ask(api, (*FIREFOX, f"Sec-Fetch-Site: {site}"), host,
                   "/reset", "POST")[0] == status
    assert proxies(api) == b"{}"


def test_a_page_that_leaves_its_language_empty(api):
    fields = [field.replace("Language: *", "Language:") for field in FIREFOX]
    assert ask(api, fields, REBOUND, "/reset", "POST")[0] == 403


@pytest.mark.parametrize("encoding", ["gzip", "br, GZIP;q=0.5", "x, gzip"])
def test_the_mark_in_other_words(api, encoding):
    fields = ("Origin: null", "Accept-Language:",
              f"Accept-Encoding: {encoding}")
    assert ask(api, fields, REBOUND, "/reset", "POST")[0] == 403


@pytest.mark.parametrize("fields, version", [
    (NODE, "1.1"), (P2PD, "1.0"), (P2PD, "1.1"),
    (("Origin: null", "Accept-Encoding: identity"), "1.1"),
    (("Origin: null", "Accept-Encoding: gzip, deflate"), "1.1"),
    (("Accept-Encoding: gzip, deflate", "User-Agent: python-requests"),
     "1.1")])
@pytest.mark.parametrize("host", ["toxiproxy:8474", "toxiproxy", "[::1]"])
def test_who_looks_like_a_page(api, fields, version, host):
    assert ask(api, fields, host, "/reset", "POST", version=version)[0] == 204


@pytest.mark.parametrize("target", [
    "/version", "/health", "/health/live", "/health/ready", "/health/proxies",
    "/metrics", "/state", "/proxies", "/proxies/p", "/proxies/p/health",
    "/proxies/p/toxics"])
def test_what_is_only_read_is_no_pages_either(api, target):
    assert ask(api, ("Sec-Fetch-Site: same-origin",), REBOUND,
               target)[0] == 403


@pytest.mark.parametrize("host, status", [
    ("dot.example", 200), ("DOT.example.:8474", 200), ("dot.example..", 403),
    ("a.dot.example", 403)])
def test_a_name_that_was_allowed_with_its_last_dot(api, host, status):
    assert ask(api, ("Sec-Fetch-Site: none",), host)[0] == status


def test_the_second_request_of_a_connection(api):
    first = (["GET /version HTTP/1.1", "Host: x"], b"")
    page = (["POST /proxies HTTP/1.1", f"Host: {REBOUND}",
             f"Origin: http://{REBOUND}", f"Content-Length: {len(FORM)}"],
            FORM)
    got = talk(api, first, page, first)
    assert [line.split()[1] for line in got.splitlines()
            if line.startswith(b"HTTP/")] == [b"200", b"403", b"200"]
    assert proxies(api) == b"{}"


@pytest.mark.parametrize("origin", ["http://evil.example",
                                    "http://localhost:3000"])
def test_nobody_is_told_that_other_origins_may(api, origin):
    head = ["OPTIONS /proxies HTTP/1.1", "Host: localhost",
            f"Origin: {origin}", "Access-Control-Request-Method: POST",
            "Access-Control-Request-Private-Network: true"]
    got = talk(api, (head, b""))
    assert got.split()[1] in (b"403", b"405")
    assert b"access-control" not in got.lower()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_a_name_that_was_bound_again(api):
    host, port = api.address
    to = f"evil.example:{port}:{f'[{host}]' if ':' in host else host}"
    call = ["curl", "-sS", "--noproxy", "*", "--resolve", to, "-d", FORM,
            f"http://evil.example:{port}/proxies"]
    for field in (f"Origin: http://evil.example:{port}",
                  "Sec-Fetch-Site: same-origin"):
        said = subprocess.run([*call, "-H", field], timeout=rig.PATIENCE,
                              stdout=subprocess.PIPE, check=True)
        assert b"host not allowed" in said.stdout
    assert proxies(api) == b"{}"
