# SPDX-License-Identifier: ISC
"""/ui/, the dashboard: its files, to any browser and without a token; and its
calls, which say that they are its own and from where."""

import email.parser
import hashlib
import itertools
import os
import pathlib
import socket

import pytest
import rig
import unixhttp
from lab import Lab, bearer
from secure import SecureToxid, certify

BUILD = pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent
FILES = {path.name: path for path in pathlib.Path("ui").iterdir()}
FILES.update({name: BUILD / name for name in (
    "toxics.json", "connect.json", "wave.json")})
TYPES = {".css": "text/css; charset=utf-8",
         ".html": "text/html; charset=utf-8",
         ".js": "text/javascript; charset=utf-8",
         ".json": "application/json", ".svg": "image/svg+xml"}
# What a browser is told with each reply.
STRICT = {
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'",
    "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache"}
AGENT = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0"
UI = "X-Toxid-UI: 1"
HERE = "Host: localhost:8474"


@pytest.fixture(scope="module", params=["127.0.0.1", "0.0.0.0"])
def api(request):
    with rig.Toxid("-host", request.param, "-allow-host", "toxid.example.net",
                   "-proxy-metrics") as t:
        yield t


class Said:
    """A reply as it was sent"""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        line, _, fields = head.decode("latin-1").partition("\r\n")
        self.status = int(line.split()[1])
        self.headers = email.parser.HeaderParser().parsestr(fields)
        # of no reply whatever
        for name in self.headers:
            assert name.lower() not in ("set-cookie", "vary")
            assert not name.lower().startswith("access-control-")

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"

    def is_strict(self):
        return all(self.headers.get_all(name) == [value]
                   for name, value in STRICT.items())


def talk(t, method, target, *fields, body=b""):
    lines = [f"{method} {target} HTTP/1.1", *fields, "Connection: close",
             f"Content-Length: {len(body)}", "", ""]
    with socket.create_connection(("127.0.0.1", t.port), rig.PATIENCE) as s:
        s.sendall("\r\n".join(lines).encode("latin-1") + body)
        got = b""
        while data := s.recv(65536):
            got += data
    return Said(got)


# ---- files

@pytest.mark.parametrize("name", sorted(FILES))
def test_each_file(api, name):
    said = talk(api, "GET", f"/ui/{name}", HERE, AGENT)
    assert said.status == 200
    assert said.body == FILES[name].read_bytes()
    assert said.headers["Content-Type"] == TYPES[FILES[name].suffix]
    digest = hashlib.sha256(said.body).hexdigest()
    assert said.headers["ETag"] == f'"{digest[:32]}"'
    assert said.is_strict()

    head = talk(api, "HEAD", f"/ui/{name}", HERE, AGENT)
    changing = ("Date", "X-Toxiproxy-Request-Id")
    assert (head.status, head.body) == (200, b"")
    assert [h for h in head.headers.items() if h[0] not in changing] == [
        h for h in said.headers.items() if h[0] not in changing]


def test_the_folder_is_its_first_page(api):
    said = talk(api, "GET", "/ui/", HERE, AGENT)
    assert (said.status, said.body) == (200, FILES["index.html"].read_bytes())
    assert said.headers["Content-Type"] == TYPES[".html"]
    assert said.is_strict()


@pytest.mark.parametrize("query", ["", "?", "?filter=a&b=//evil.example"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_folder_without_its_slash(api, method, query):
    """Relative: another path may stand before it, of who is in front of us."""
    said = talk(api, method, f"/ui{query}", HERE, AGENT)
    assert (said.status, said.headers["Location"]) == (308, f"ui/{query}")
    assert said.is_strict()


KEPT = {"{tag}": 304, "W/{tag}": 304, "*": 304, '"x", {tag}': 304,
        '"x",W/{tag},"y"': 304, " \t{tag}": 304,
        "{part}": 200, '{part}"': 200, '"x"': 200, "": 200, '"': 200, "W/": 200, "{tag}x": 200,
        '"x{tag}"': 200, "**": 200, ",": 200}


@pytest.mark.parametrize("field", KEPT)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_browser_has_already(api, method, field):
    tag = talk(api, "HEAD", "/ui/", HERE).headers["ETag"]
    said = talk(api, method, "/ui/", HERE,
                "If-None-Match: " + field.format(tag=tag, part=tag[:-2]))
    assert said.status == KEPT[field]
    assert said.headers["ETag"] == tag and said.is_strict()
    assert (said.body == b"") == (said.status == 304 or method == "HEAD")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE",
                                    "OPTIONS"])
@pytest.mark.parametrize("target", ["/ui/", "/ui", "/ui/index.html",
                                    "/ui/none"])
def test_they_are_only_read(api, method, target):
    said = talk(api, method, target, HERE, AGENT, UI)
    assert (said.status, said.headers["Allow"]) == (405, "GET, HEAD")
    assert said.body == b""


# What is no name of ours: none is a file's, of this folder or any other.
TRICKS = {
    "/ui/none.js": 404, "/ui/index.html/": 404, "/ui/INDEX.html": 404,
    "/ui/index.htm": 404, "/ui/index.htmlx": 404, "/ui/.": 301,
    "/ui/..": 301, "/ui/../proxies": 301, "/ui/../../etc/passwd": 301,
    "/ui/./index.html": 301, "/ui//index.html": 301, "//ui/index.html": 301,
    "/ui/%2e%2e/proxies": 404, "/ui/..%2fproxies": 404, "/ui/%2e": 404,
    "/ui/%2e%2e": 404, "/ui/%2e%2e%2f%2e%2e%2fetc%2fpasswd": 404,
    "/ui/%69ndex.html": 404, "/%75i/index.html": 404, "/UI/": 404,
    "/ui%2findex.html": 404, "/uix": 404, "/u": 404, "/ui/ui/index.html": 404,
    "/ui/..\\index.html": 404, "/ui/ui.c": 404, "/ui/*": 404,
    "/ui/%00": 400, "/ui/index.html%00": 400, "/ui/%00/../index.html": 301,
    "/ui/index.html%00.js": 400, "/ui/%": 400, "/ui/%zz": 400, "/ui/%ff": 400,
    "/ui/index.html\0": 400, "/ui/index.html;x": 404,
    "/ui/index.html?%00": 200, "/ui/index.html?../": 200, "/ui/?x": 200,
}


@pytest.mark.parametrize("target", TRICKS)
def test_paths_that_lead_nowhere_else(api, target):
    said = talk(api, "GET", target, HERE, AGENT)
    assert said.status == TRICKS[target], said
    if said.status == 200:
        assert said.body == FILES["index.html"].read_bytes()
    elif said.status == 301:
        assert said.headers["Location"].startswith("/")
        assert not said.headers["Location"].startswith("//")
    assert b"root:" not in said.body


@pytest.mark.parametrize("target", ["/ui/none", "/ui/%00", "/ui/a/b"])
def test_what_is_not_there_is_as_strict(api, target):
    assert talk(api, "GET", target, HERE, AGENT).is_strict()


# ---- who may have them

# A link to it may stand on any page; that is no secret.
CAME_FROM = [(), ("Sec-Fetch-Site: none",),
             ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"),
             ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: script"),
             ("Origin: http://localhost:8474",), ("Origin: null",)]
HOSTS = {"localhost": 200, "localhost:8474": 200, "127.0.0.1:1": 200,
         "10.1.2.3": 200, "[::1]:8474": 200, "a.localhost": 200,
         "toxid.example.net:80": 200, "TOXID.example.NET.": 200,
         "evil.example": 403, "evil.example:8474": 403, "toxiproxy:8474": 403,
         "localhost.evil.example": 403, "127.0.0.1.evil.example": 403, "": 403}


@pytest.mark.parametrize("marks", CAME_FROM)
@pytest.mark.parametrize("host", HOSTS)
def test_they_are_had_by_a_name_that_is_allowed(api, host, marks):
    for agent in (AGENT, "User-Agent: curl/7.88.1"):
        said = talk(api, "GET", "/ui/", f"Host: {host}", agent, *marks)
        assert said.status == HOSTS[host]
        assert said.is_strict()
        if said.status == 403:
            assert b"-allow-host" in said.body


def test_they_need_no_token(monkeypatch):
    with rig.Toxid(env={"TOXIPROXY_AUTH_TOKEN": "t" * 40}, wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        for fields in ((), ("Authorization: Bearer wrong",)):
            for name in ("", *FILES):
                assert talk(t, "GET", f"/ui/{name}", HERE, AGENT,
                            *fields).status == 200
            assert talk(t, "GET", "/proxies", HERE, AGENT, UI,
                        *fields).status == 401
        assert talk(t, "GET", "/proxies", HERE, AGENT, UI,
                    "Authorization: Bearer " + "t" * 40).status == 200


def test_they_need_none_where_there_are_tenants(tmp_path):
    with Lab(tmp_path) as lab:
        for fields in ((), ("Authorization: Bearer wrong",),
                       ("X-Toxid-Tenant: none",)):
            assert talk(lab, "GET", "/ui/", HERE, AGENT, *fields).status == 200
            assert talk(lab, "GET", "/ui/toxics.json", HERE, AGENT,
                        *fields).status == 200
        assert talk(lab, "GET", "/tenant", HERE, AGENT, UI).status == 401
        token = bearer("a-reader")["Authorization"]
        assert talk(lab, "GET", "/tenant", HERE, AGENT, UI,
                    f"Authorization: {token}").status == 200
        assert talk(lab, "POST", "/reset", HERE, AGENT, UI,
                    f"Authorization: {token}").status == 403


# ---- calls of its own

GOOD_SITES = [None, "same-origin", "none", "Same-Origin"]
BAD_SITES = ["same-site", "cross-site", "", "rubbish", "none, cross-site"]
CALLED = {"localhost:8474": True, "127.0.0.1": True, "[::1]:80": True,
          "toxid.example.net": True, "evil.example:8474": False,
          "toxiproxy": False}


def origins(host):
    """Those that are the host's own, and those that are not"""
    return ([None, f"http://{host}", f"https://{host}"],
            ["null", "", "http://localhost", "http://localhost:3000",
             "http://127.0.0.1:8474", f"http://{host}:1", f"ftp://{host}",
             f"http://{host}/", host, f"http://x@{host}",
             "http://evil.example", f"http://{host}, http://{host}"])


def call(t, host, origin=None, site=None, *fields, method="GET",
         target="/proxies", agent=AGENT):
    marks = [f"Host: {host}", *([f"Origin: {origin}"] * (origin is not None)),
             *([f"Sec-Fetch-Site: {site}"] * (site is not None))]
    return talk(t, method, target, *marks, agent, UI, *fields)


@pytest.mark.parametrize("host", CALLED)
def test_calls_that_say_they_are_its_own(api, host):
    own, others = origins(host)
    for origin, site in itertools.product(
            own + others, GOOD_SITES + BAD_SITES):
        may = CALLED[host] and origin in own and site in GOOD_SITES
        said = call(api, host, origin, site)
        assert said.status == (200 if may else 403), (host, origin, site)
        if not CALLED[host]:
            assert said.body == b'{"error":"host not allowed","status":403}\n'


@pytest.mark.parametrize("fields", [
    ("Origin: http://localhost:8474",) * 2, ("Sec-Fetch-Site: none",) * 2,
    ("Origin: http://localhost:8474", "Origin: http://evil.example"),
    ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin")])
def test_what_is_there_twice_is_no_browsers(api, fields):
    assert talk(api, "GET", "/proxies", HERE, AGENT, UI,
                *fields).status == 403


@pytest.mark.parametrize("value", ["0", "2", "", "01", "true", "1, 1", "1 1",
                                   "1x", "yes"])
def test_another_value_is_none(api, value):
    for target in ("/proxies", "/version", "/health"):
        said = talk(api, "GET", target, HERE, AGENT, f"X-Toxid-UI: {value}")
        assert (said.status, said.body) == (403, b"User agent not allowed\n")
    # nor is it in anybody's way
    assert talk(api, "GET", "/proxies", "Host: toxiproxy", "User-Agent: x",
                f"X-Toxid-UI: {value}").status == 200


def test_it_is_said_once(api):
    for more in (UI, "X-Toxid-UI: 0"):
        said = talk(api, "GET", "/proxies", HERE, AGENT, UI, more)
        assert (said.status, said.body) == (403, b"User agent not allowed\n")


def test_who_says_so_names_an_allowed_host_whoever_it_is(api):
    """A page of a name that was bound to our address can send any field, and
    has no mark where it is from plain HTTP."""
    for agent in (AGENT, "User-Agent: curl/7.88.1", "Accept: */*"):
        for host in ("toxiproxy", "evil.example:8474", ""):
            assert call(api, host, agent=agent).status == 403
        assert call(api, "localhost", agent=agent).status == 200
    # and so does its target
    assert call(api, "localhost", target="http://evil.example/proxies"
                ).status == 403


def test_a_rebound_page_changes_nothing(api):
    body = b'{"name":"r","listen":"127.0.0.1:0","upstream":"h:1"}'
    for fields in ((), ("Origin: http://evil.example:8474",),
                   ("Sec-Fetch-Site: same-origin",)):
        assert talk(api, "POST", "/proxies", "Host: evil.example:8474", AGENT,
                    UI, *fields, body=body).status == 403
    assert "r" not in api.request("GET", "/proxies").json()


def test_all_that_the_api_has_is_there_for_it(api):
    body = b'{"name":"own","listen":"127.0.0.1:0","upstream":"h:1"}'
    own = ("Origin: http://localhost:8474", "Sec-Fetch-Site: same-origin")
    assert talk(api, "POST", "/proxies", HERE, AGENT, UI, *own,
                body=body).status == 201
    for target in ("/proxies/own", "/proxies/own/stats", "/health", "/state",
                   "/health/proxies", "/sessions", "/openapi.json",
                   "/tenant", "/events?after=0&wait=0"):
        assert talk(api, "GET", target, HERE, AGENT, UI,
                    own[1]).status == 200, target
    assert talk(api, "DELETE", "/proxies/own", HERE, AGENT, UI,
                *own).status == 204
    # but not to a page that does not say so
    assert talk(api, "GET", "/health", HERE, AGENT, *own).status == 403


def test_events_as_they_come(api):
    """... by fetch(), which can say it: EventSource cannot."""
    with socket.create_connection(("127.0.0.1", api.port), rig.PATIENCE) as s:
        lines = ["GET /events HTTP/1.1", HERE, AGENT, UI,
                 "Accept: text/event-stream", "", ""]
        s.sendall("\r\n".join(lines).encode())
        got = b""
        while b"event: state" not in got:
            data = s.recv(65536)
            assert data, got
            got += data
    assert got.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("target", ["/proxies", "/metrics", "/events",
                                    "/health", "/ui/"])
@pytest.mark.parametrize("agent", [AGENT, "User-Agent: x"])
def test_no_page_of_another_origin_is_told_that_it_may(api, target, agent):
    """What a browser asks first, of who wants to say X-Toxid-UI."""
    first = ("Origin: http://evil.example",
             "Access-Control-Request-Method: GET",
             "Access-Control-Request-Headers: x-toxid-ui",
             "Access-Control-Request-Private-Network: true")
    for fields in (first, (*first, UI)):
        assert talk(api, "OPTIONS", target, HERE, agent,
                    *fields).status in (403, 405)
    assert talk(api, "OPTIONS", target, HERE, AGENT, UI,
                "Origin: http://localhost:8474").status in (403, 405)


def test_over_tls(tmp_path):
    with SecureToxid(certify(tmp_path)) as t:
        for name in ("", *FILES):
            reply = t.request("GET", f"/ui/{name}", headers={
                "User-Agent": AGENT.partition(" ")[2]})
            assert reply.status == 200
            assert all(reply.headers[key] == value
                       for key, value in STRICT.items())
        host = f"localhost:{t.port}"
        for origin, status in ((f"https://{host}", 200), (None, 200),
                               (f"http://{host}", 403),
                               ("https://localhost", 403)):
            headers = {"Host": host, "X-Toxid-UI": "1",
                       "User-Agent": "Mozilla/5.0"}
            if origin:
                headers["Origin"] = origin
            assert t.request("GET", "/proxies",
                             headers=headers).status == status


def test_by_the_socket(tmp_path):
    """... to who puts a proxy of his own before it."""
    path = tmp_path / "api.sock"
    with rig.Toxid("-api-socket", str(path)):
        headers = {"User-Agent": "Mozilla/5.0", "Host": "localhost"}
        assert unixhttp.request(path, "GET", "/ui/", headers=headers).status == 200
        assert unixhttp.request(path, "GET", "/proxies",
                            headers=headers).status == 403
        headers["X-Toxid-UI"] = "1"
        assert unixhttp.request(path, "GET", "/proxies",
                            headers=headers).status == 200
        headers["Host"] = "evil.example"
        assert unixhttp.request(path, "GET", "/proxies",
                            headers=headers).status == 403
