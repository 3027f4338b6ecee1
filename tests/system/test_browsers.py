# SPDX-License-Identifier: ISC
"""Web pages that would reach the API through somebody's browser, and people
who are none; on every address, whatever it is called by."""

import os
import socket
import subprocess

import pytest
import rig

ALLOWED = ("-allow-host", "Toxid.Example.NET", "-allow-host", "ci-relay")


@pytest.fixture(scope="module", params=["127.0.0.1", "0.0.0.0", "localhost"])
def api(request):
    with rig.Toxid("-host", request.param, *ALLOWED) as t:
        yield t


def ask(t, *fields, target="/proxies", method="GET"):
    """The status, and why"""
    lines = [f"{method} {target} HTTP/1.1", *fields, "Connection: close"]
    with socket.create_connection(("127.0.0.1", t.port), 5 * rig.SLOW) as s:
        s.sendall("\r\n".join([*lines, "", ""]).encode())
        got = b""
        while data := s.recv(65536):
            got += data
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


NAMES = ["toxiproxy:8474", "toxid.default.svc.cluster.local", "evil.example",
         "localhost", "127.0.0.1:1", ""]


@pytest.mark.parametrize("host", NAMES)
@pytest.mark.parametrize("more", [(), ("Origin: null",),
                                  ("User-Agent: Ruby", "Accept: */*")])
def test_who_is_no_browser_may_call_it_anything(api, host, more):
    assert ask(api, f"Host: {host}", *more)[0] == 200


HOSTS = {
    "localhost": 200, "LOCALHOST:8474": 200, "localhost.": 200,
    "localhost.:8474": 200, "a.localhost": 200,
    "127.0.0.1": 200, "10.1.2.3:80": 200, "[::1]": 200, "[::1]:8474": 200,
    "[fe80::1]:1": 200, "127.0.0.1.": 200,
    "toxid.example.net": 200, "TOXID.example.net.:8474": 200,
    "ci-relay:8474": 200,
    "evil.example": 403, "evil.example:8474": 403, "toxiproxy": 403,
    "localhost.evil.example": 403, "evillocalhost": 403, "": 403,
    "127.0.0.1.evil.example": 403, "example.net": 403,
    "a.toxid.example.net": 403, "::1": 403, "[localhost]": 403,
    "[::1]evil": 403, "[::1]:x": 403, "[::1": 403, "localhost:80:80": 403,
    "localhost:evil": 403, "localhost..": 403, ".": 403,
    "127.0.0.1,evil.example": 403, "0x7f.1": 403, "localhost:123456": 403,
}
MARKS = [("Sec-Fetch-Site: none",), ("sec-fetch-site: Same-Origin",),
         ("Origin: http://localhost:3000",),
         ("Origin: null", "Sec-Fetch-Site: same-origin")]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("marks", MARKS)
def test_a_browser_has_to_call_it_by_its_name(api, host, marks):
    status, body = ask(api, f"Host: {host}", *marks)
    assert status == HOSTS[host], body
    if status == 403:
        assert body == b'{"error":"host not allowed","status":403}\n'


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site",
                                  "", "rubbish", "none, cross-site"])
def test_other_sites(api, site):
    for host in ("localhost", "127.0.0.1", "ci-relay"):
        status, body = ask(api, f"Host: {host}", f"Sec-Fetch-Site: {site}")
        assert (status, body) == (
            403, b'{"error":"site not allowed","status":403}\n')


ORIGINS = {
    "http://localhost:3000": 200, "https://127.1.2.3": 200,
    "http://[::1]:80": 200, "http://ci-relay": 200, "http://10.0.0.5": 200,
    "http://10.0.0.5:3000": 200, "http://LocalHost.": 200,
    "http://evil.example": 403, "http://6.6.6.6": 403, "rubbish": 403,
    "": 403, "NULL": 403, "null x": 403, "http://": 403, "file://": 403,
    "http://localhost@evil.example": 403, "http://localhost evil": 403,
    "http://localhost http://evil.example": 403, "http://[::2]": 403,
    "chrome-extension://abcdef": 403, "http://localhost/": 403,
    "http://evil.example#localhost": 403, "http://localhost.evil.org": 403,
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_origins(api, origin):
    status, body = ask(api, "Host: 10.0.0.5:8474", f"Origin: {origin}",
                       target="/reset", method="POST")
    assert status == {200: 204}.get(ORIGINS[origin], 403), body


@pytest.mark.parametrize("fields", [
    ("Origin: null", "Origin: http://evil.example"),
    ("Origin: http://evil.example", "Origin: null"),
    ("Origin: http://localhost", "Origin: http://localhost"),
    ("Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"),
    ("Sec-Fetch-Site: same-origin", "Origin: http://evil.example"),
    ("Sec-Fetch-Site: cross-site", "Origin: null"),
    ("Sec-Fetch-Site: cross-site", "Origin: http://localhost")])
def test_marks_that_contradict_each_other(api, fields):
    assert ask(api, "Host: localhost", *fields)[0] == 403


def test_the_target_has_a_name_too(api):
    for name, status in (("evil.example", 403), ("localhost:1", 200)):
        assert ask(api, "Host: localhost", "Sec-Fetch-Site: none",
                   target=f"http://{name}/proxies")[0] == status
    assert ask(api, "Host: localhost",
               target="http://toxiproxy/proxies")[0] == 200


def test_the_agent_is_looked_at_first(api):
    for fields in (("Host: localhost",), ("Host: x", "Origin: http://x")):
        status, body = ask(api, *fields, "User-Agent: Mozilla/5.0")
        assert (status, body) == (403, b"User agent not allowed\n")


def test_the_name_of_host():
    """What -host says is one of the names."""
    name = next((n for line in open("/etc/hosts", encoding="ascii")
                 for n in line.partition("#")[0].split()[1:]
                 if line.startswith("127.") and "localhost" not in n), None)
    if name is None:
        pytest.skip("this machine has no other name for itself")
    with rig.Toxid("-host", name) as t:
        t.host = "127.0.0.1"
        assert ask(t, f"Host: {name}", "Sec-Fetch-Site: none")[0] == 200


@pytest.mark.parametrize("name", [
    "", "a:8474", "a b", "http://a", "[::1]", "*.a", ".a", ".", "a..b", "a..",
    "a" * 256])
def test_names_that_are_none(name):
    program = os.environ.get("TOXID", rig.TOXID)
    r = subprocess.run([program, "-allow-host", name], timeout=rig.PATIENCE,
                       capture_output=True, text=True)
    assert r.returncode == 2
    assert f'invalid value "{name}" for flag -allow-host' in r.stderr
