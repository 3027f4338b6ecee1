# SPDX-License-Identifier: ISC
"""Routes, methods, headers and what HTTP itself may look like."""

from cases import (
    A, LATENCY, LIST, MAKE_A, MAKE_TOXIC, SHOW, TOXIC, TOXICS, group, raw,
    req)

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS",
           "FOO", "get", "TRACE")
PATHS = ("/version", "/reset", "/populate", "/proxies", "/proxies/a",
         "/proxies/a/toxics", TOXIC, "/metrics", "/")

for path in PATHS:
    group("methods", *(req("%s %s" % (method, path))
                       for method in METHODS))
    group("methods, there", MAKE_A, MAKE_TOXIC,
          *(req("%s %s" % (method, path)) for method in METHODS
            if method not in ("POST", "PATCH")))

group("version", req("GET /version"), req("GET /version?a=b"),
      req("GET /version", '{"a":1}'))
group("no such path", MAKE_A, *(req("GET " + path) for path in (
    "/nothing", "/version/", "/VERSION", "/Proxies", "/proxies/",
    "/proxies/a/", "/proxies/a/toxics/", "/proxies/a/toxics/x/",
    "/proxies/a/nothing", "/proxies/a/toxics/x/y", "/reset/", "/populate/",
    "/version%20", "/version%00", "/%20", "/index.html")))
group("encoded paths", MAKE_A, MAKE_TOXIC, *(req("GET " + path) for path in (
    "/%76ersion", "/proxies/%61", "/prox%69es", "/proxies/a%20",
    "/proxies/%61/toxics/latency%5Fdownstream", "/proxies/a?b#c",
    "/proxies/a+b", "/proxies?", "/proxies/a?toxics=1")))
group("unclean paths", MAKE_A, *(req("GET " + path) for path in (
    "//", "//version", "/version//", "/proxies//a", "/./version",
    "/proxies/./a", "/proxies/../version", "/..", "/../version", "/.",
    "/proxies/a/..", "/proxies/a/../b", "//proxies?x=1&y=//",
    "/proxies/a//toxics")),
      req("POST //proxies", A))
group("encoded dots", MAKE_A,
      req("GET /proxies/%2E", key="M29", want="404 .*proxy not found"),
      req("GET /proxies/%2e%2E", key="M29", want="404 .*proxy not found"),
      req("GET /%2E%2E/version", key="M29", want="404 "),
      req("GET /proxies/..%2Fversion", key="M29", want="404 "),
      req("GET /proxies/%2Fa", key="M29", want="404 .*proxy not found"))

MOZILLA = "User-Agent: Mozilla/5.0 (X11)"
group("browsers", MAKE_A, MAKE_TOXIC,
      *(req(line, None, MOZILLA) for line in (
          "GET /version", "GET /proxies", "POST /proxies", "GET /proxies/a",
          "DELETE /proxies/a", "POST /reset", "POST /populate",
          "GET /nothing", "PUT /proxies", "GET /metrics", "GET " + TOXIC)),
      SHOW)
group("no browsers", *(req("GET /version", None, *headers) for headers in (
    ("User-Agent: mozilla/5.0",), ("User-Agent: Mozilla",),
    ("User-Agent: Mozilla5/",), ("User-Agent: xMozilla/5.0",),
    ("User-Agent:",), ("User-Agent:    Mozilla/5.0",),
    ("User-Agent: curl/8", MOZILLA), (MOZILLA, "User-Agent: curl/8"),
    ("user-agent: toxiproxy-cli", "User-Agent: curl/7.54.0"))))

group("headers that do not matter", MAKE_A,
      *(req(TOXICS, '{"type":"noop","name":"%d"}' % i, header)
        for i, header in enumerate((
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Type: text/plain", "Content-Type:", "Accept: text/html",
            "Accept-Encoding: gzip", "Connection: close",
            "Origin: null", "X-Toxiproxy-Request-Id: mine",
            "X-HTTP-Method-Override: DELETE", "Cookie: a=b"))),
      req("GET /proxies", None, "Accept-Encoding: gzip"),
      req("GET /proxies", None, "If-None-Match: *"),
      req("GET /proxies", None, "Range: bytes=0-3"))
group("foreign pages",
      req("GET /proxies", None, "Origin: http://example.org", key="M36",
          want="403 "),
      req("POST /reset", None, "Origin: http://example.org", key="M36",
          want="403 "),
      req("POST /reset", None, "Origin: null",
          "Accept-Encoding: gzip, deflate", "Accept-Language: *", key="M36",
          want="403 "),
      req("GET /proxies", None, "Host: example.org"),
      req("GET /proxies", None, "Host: example.org", "Sec-Fetch-Site: none",
          key="M36", want="403 "),
      req("GET /proxies", None, "Sec-Fetch-Site: cross-site", key="M36",
          want="403 "),
      req("GET /proxies", None, "Host: localhost:@API@"),
      req("GET /proxies", None, "Host: 127.0.0.1"),
      req("GET /proxies", None, "Host: [::1]:@API@"))


def text(*lines, body=b""):
    return "\r\n".join([*lines, "", ""]).encode() + body


def post(*headers, body):
    return text("POST /proxies HTTP/1.1", "Host: localhost", *headers,
                body=body)


BODY = A.encode()
SIZE = "Content-Length: @SIZE@"

group("HTTP/1.0",
      req("GET /version", version="HTTP/1.0"),
      req("GET /proxies", None, "Connection: keep-alive",
          version="HTTP/1.0"),
      req("POST /proxies", A, version="HTTP/1.0"),
      req("GET /nothing", version="HTTP/1.0"),
      req("PUT /proxies", version="HTTP/1.0"),
      raw(text("GET /version HTTP/1.0")),
      req("DELETE /proxies/a", "", "Host: localhost", version="HTTP/1.0"))
group("p2pd's requests",
      raw(text("GET /version HTTP/1.0", "Host: 127.0.0.1",
               "user-agent: toxiproxy-cli", "User-Agent: curl/7.54.0",
               "Origin: null", "Accept: */*", "Content-Length: 0")),
      req("POST /proxies", '{"name": "a", "listen": "127.0.0.1:0", '
          '"upstream": "127.0.0.1:1", "proto": 1, "enabled": true}',
          "Origin: null", "Accept: */*", version="HTTP/1.0"),
      req("POST /proxies/a", '{"enabled": false}', version="HTTP/1.0"),
      req(TOXICS, '{"type": "reset", "attributes": {"timeout": 2000}, '
          '"name": "x", "stream": "downstream", "toxicity": 1.0}',
          version="HTTP/1.0", key="D1",
          want='200 {"attributes":{"timeout":2000},"name":"x",'
          '"type":"reset_peer","stream":"downstream","toxicity":1}'))
group("chunked",
      raw(post("Transfer-Encoding: chunked",
               body=b"@HEX@\r\n" + BODY + b"\r\n0\r\n\r\n")),
      LIST)
group("chunked in two",
      raw(post("Transfer-Encoding: chunked",
               body=b"1\r\n{\r\n@HEX-1@\r\n" + BODY[1:] + b"\r\n0\r\n\r\n")),
      LIST)
group("expect", raw(post(SIZE, "Expect: 100-continue", body=BODY)), LIST)
group("absolute form",
      raw(text("GET http://localhost/version HTTP/1.1", "Host: localhost")),
      raw(text("GET http://localhost/nothing HTTP/1.1", "Host: localhost")))
group("bare line feeds",
      raw(b"GET /version HTTP/1.1\nHost: localhost\n\n", key="D10",
          want="400 "))
group("length and chunks",
      raw(post("Content-Length: 5", "Transfer-Encoding: chunked",
               body=b"@HEX@\r\n" + BODY + b"\r\n0\r\n\r\n"),
          key="D10", want="400 "))
group("length twice",
      raw(post(SIZE, SIZE, body=BODY), key="D10", want="400 "))
group("lengths that differ",
      raw(post(SIZE, "Content-Length: 1", body=BODY), key="D10",
          want="400 "))
group("malformed",
      raw(text("GET /version HTTP/1.1")),
      raw(text("GET /proxies/%zz HTTP/1.1", "Host: localhost")),
      raw(text("GET /proxies/a%2 HTTP/1.1", "Host: localhost")),
      raw(text("GET  HTTP/1.1", "Host: localhost"), key="D10", want="400 "),
      raw(text("GET /version HTTP/9.9", "Host: localhost"), key="D10",
          want="(400|505) "),
      raw(post("Content-Length: -1", body=b""), key="D10", want="400 "),
      raw(post("Content-Length: x", body=b""), key="D10", want="400 "))
group("too large", raw(post("Content-Length: 9000000",
                            body=b'{"x":"' + b"x" * 8999994),
                       key="D10", want="413 "), LIST)
group("latency with a body in GET and DELETE", MAKE_A, MAKE_TOXIC,
      req("GET " + TOXIC, "rubbish"), req("DELETE " + TOXIC, "rubbish"),
      req("GET " + TOXIC), req(TOXICS, LATENCY),
      req("POST /reset", "rubbish"), req("DELETE /proxies/a", "{"))
