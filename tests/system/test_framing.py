# SPDX-License-Identifier: ISC
"""Heads and bodies that two parsers could read in two ways: one 400, and the
connection's end.  What follows them is never taken for a request."""

import json
import random
import socket
import time

import pytest
import rig

SMUGGLED = b"DELETE /proxies/victim HTTP/1.1\r\nHost: localhost\r\n\r\n"
GOOD = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
LINE = b"POST /reset HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"


def head(*fields, line=LINE, host=HOST):
    return line + host + b"".join(f + b"\r\n" for f in fields) + b"\r\n"


def chunked(body):
    return head(b"Transfer-Encoding: chunked") + body


# name: (bytes, status); each is followed by SMUGGLED
BAD = {
    "blank before the colon": head(b"Content-Length : 2") + b"{}",
    "tab before the colon": head(b"Content-Length\t: 2") + b"{}",
    "blank before the name": head(b" Content-Length: 2") + b"{}",
    "blank before the first name": head(host=b" Host: localhost\r\n"),
    "obs-fold": head(b"X: a", b" b"),
    "obs-fold, by a tab": head(b"X: a", b"\tb"),
    "no colon": head(b"Content-Length 2"),
    "no name": head(b": x"),
    "name of Latin-1": head(b"Content-L\xe4nge: 2"),
    "name with a separator": head(b"X(y): 2"),
    "two Hosts": head(HOST[:-2]),
    "two Hosts that differ": head(b"host: example.org"),
    "no Host": head(host=b""),
    "Host of two": head(host=b"Host: a b\r\n"),
    "Host with a path": head(host=b"Host: a/b\r\n"),
    "NUL in a value": head(b"X: a\0b"),
    "NUL in a name": head(b"X\0: a"),
    "NUL in the line": b"GET /ver\0sion HTTP/1.1\r\n" + HOST + b"\r\n",
    "bare CR": head(b"X: a\rb"),
    "bare CR for an end": head(b"X: a\rContent-Length: 2"),
    "bare LF": LINE + HOST + b"X: a\nY: b\r\n\r\n",
    "bare LF at the line": LINE[:-2] + b"\n" + HOST + b"\r\n",
    "bare LF at the end": LINE + HOST + b"\n",
    "only LF": b"POST /reset HTTP/1.1\nHost: a\n\n",
    "CR CR LF": LINE + HOST[:-2] + b"\r\r\n\r\n",
    "control character": head(b"X: a\x01b"),
    "DEL": head(b"X: a\x7fb"),
    "length +2": head(b"Content-Length: +2") + b"{}",
    "length -2": head(b"Content-Length: -2") + b"{}",
    "length 0x2": head(b"Content-Length: 0x2") + b"{}",
    "length of a list": head(b"Content-Length: 2, 2") + b"{}",
    "length 2 2": head(b"Content-Length: 2 2") + b"{}",
    "length with a blank behind": head(b"Content-Length: 2 ") + b"{}",
    "length of nothing": head(b"Content-Length:"),
    "length of a word": head(b"Content-Length: two") + b"{}",
    "length 2.0": head(b"Content-Length: 2.0") + b"{}",
    "length of 2^64": head(b"Content-Length: 18446744073709551616"),
    "length of 2^64 + 2": head(b"Content-Length: 18446744073709551618"),
    "length, later an unknown one": head(b"Content-Length: 2",
                                         b"Content-Length: x") + b"{}",
    "two lengths": head(b"Content-Length: 2", b"Content-Length: 2") + b"{}",
    "two that differ": head(b"Content-Length: 2", b"content-length: 0"),
    "length and chunked": head(b"Content-Length: 2",
                               b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "chunked and length": head(b"Transfer-Encoding: chunked",
                               b"Content-Length: 2") + b"0\r\n\r\n",
    "chunked twice": head(*[b"Transfer-Encoding: chunked"] * 2)
    + b"0\r\n\r\n",
    "chunked, chunked": head(b"Transfer-Encoding: chunked, chunked"),
    "chunked, identity": head(b"Transfer-Encoding: chunked, identity"),
    "identity": head(b"Transfer-Encoding: identity"),
    "gzip": head(b"Transfer-Encoding: gzip"),
    "gzip, chunked": head(b"Transfer-Encoding: gzip, chunked"),
    "xchunked": head(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunked;x": head(b"Transfer-Encoding: chunked;x") + b"0\r\n\r\n",
    "quoted chunked": head(b'Transfer-Encoding: "chunked"'),
    "vertical tab": head(b"Transfer-Encoding: \x0bchunked"),
    "encoding of nothing": head(b"Transfer-Encoding:"),
    "chunked on 1.0": head(b"Transfer-Encoding: chunked",
                           line=b"POST /reset HTTP/1.0\r\n") + b"0\r\n\r\n",
    "chunk 0x2": chunked(b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk +2": chunked(b"+2\r\n{}\r\n0\r\n\r\n"),
    "chunk -2": chunked(b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk of nothing": chunked(b"\r\n0\r\n\r\n"),
    "chunk with a blank": chunked(b"2 \r\n{}\r\n0\r\n\r\n"),
    "chunk behind a blank": chunked(b" 2\r\n{}\r\n0\r\n\r\n"),
    "chunk of 2^64 + 2": chunked(b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    "chunk without CR": chunked(b"2\n{}\n0\n\n"),
    "chunk longer than said": chunked(b"2\r\n{}}\r\n0\r\n\r\n"),
    "chunk shorter than said": chunked(b"3\r\n{}\r\n0\r\n\r\n"),
    "chunk's end without CR": chunked(b"2\r\n{}\n0\r\n\r\n"),
    "long extension": chunked(b"2;" + b"x" * 2000 + b"\r\n{}\r\n0\r\n\r\n"),
    "NUL in an extension": chunked(b"2;\0\r\n{}\r\n0\r\n\r\n"),
    "trailer that says a length": chunked(
        b"0\r\nContent-Length: 50\r\n\r\n"),
    "trailer of a Host": chunked(b"0\r\nHost: x\r\n\r\n"),
    "trailer without a name": chunked(b"0\r\nx\r\n\r\n"),
    "trailer with a bare LF": chunked(b"0\r\nx: y\n\r\n"),
    "two blanks in the line": head(line=b"POST  /reset HTTP/1.1\r\n"),
    "tab in the line": head(line=b"POST\t/reset HTTP/1.1\r\n"),
    "blank behind the line": head(line=b"POST /reset HTTP/1.1 \r\n"),
    "blank before the line": head(line=b" POST /reset HTTP/1.1\r\n"),
    "blank in the target": head(line=b"POST /re set HTTP/1.1\r\n"),
    "no version": head(line=b"GET /version\r\n"),
    "no target": head(line=b"GET HTTP/1.1\r\n"),
    "method with a colon": head(line=b"GE:T /version HTTP/1.1\r\n"),
    "lower-case version": head(line=b"GET /version http/1.1\r\n"),
    "version 1.10": head(line=b"GET /version HTTP/1.10\r\n"),
    "no slash": head(line=b"GET version HTTP/1.1\r\n"),
    "CONNECT": head(line=b"CONNECT localhost:80 HTTP/1.1\r\n"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}

OTHERS = {
    "version 2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "version 1.2": (head(line=b"GET /version HTTP/1.2\r\n"), 505),
    "long target": (b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n", 414),
    "many arguments": (head(line=b"GET /version?" + b"&" * 5000
                            + b" HTTP/1.1\r\n"), 414),
    "long field": (head(b"X: " + b"x" * 70000), 431),
    "many fields": (head(*[b"X: y"] * 2000), 431),
}

WELL = {
    "a length": head(b"Content-Length: 2") + b"{}",
    "a length without a blank": head(b"Content-Length:2") + b"{}",
    "a length behind tabs": head(b"Content-Length:\t 002") + b"{}",
    "a length of 0": head(b"Content-Length: 0"),
    "no body": head(),
    "chunks": chunked(b"1\r\n{\r\n00001\r\n}\r\n0\r\n\r\n"),
    "Chunked": head(b"transfer-encoding: Chunked") + b"2\r\n{}\r\n0\r\n\r\n",
    "extensions": chunked(b'2;a=b;c="d e"\r\n{}\r\n0;x\r\n\r\n'),
    "a trailer": chunked(b"2\r\n{}\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n"),
    "an empty line first": b"\r\n" + head(),
    "no blanks": head(host=b"Host:localhost\r\n"),
    "an empty Host": head(host=b"Host:\r\n"),
    "an absolute target": head(line=b"POST http://a:1/reset HTTP/1.1\r\n"),
    "a value of UTF-8": head("X: ä".encode()),
    "a value with a tab": head(b"X: a\tb"),
    "two agents": head(b"User-Agent: a", b"User-Agent: b"),
}


@pytest.fixture
def victim(shared):
    shared.proxy("victim", "127.0.0.1:1")
    yield shared
    shared.request("DELETE", "/proxies/victim")


def say(t, *pieces, seconds=5):
    """All that comes back, to the end; how long it took."""
    start = time.monotonic()
    address = (t.host, t.port)
    with socket.create_connection(address, seconds * rig.SLOW) as s:
        got = b""
        try:
            for piece in pieces:
                s.sendall(piece)
                time.sleep(0.001 if len(pieces) > 1 else 0)
        except (ConnectionResetError, BrokenPipeError):
            pass  # it has heard enough
        try:
            while data := s.recv(65536):
                got += data
        except ConnectionResetError:
            pass
    return got, time.monotonic() - start


def statuses(got):
    """Of each reply; all of them have to be whole."""
    found = []
    while got:
        top, _, got = got.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1)
                      for line in top.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", 0))
        assert len(got) >= length
        found.append(int(top.split(b" ")[1]))
        got = got[length:]
    return found


def refused(t, data, status):
    got, seconds = say(t, data + SMUGGLED)
    assert statuses(got) == [status], got
    assert b"connection: close" in got.lower()
    assert seconds < 4 * rig.SLOW
    assert t.request("GET", "/proxies/victim").status == 200


@pytest.mark.parametrize("name", BAD)
def test_refused(victim, name):
    refused(victim, BAD[name], 400)


@pytest.mark.parametrize("name", OTHERS)
def test_refused_otherwise(victim, name):
    refused(victim, *OTHERS[name])


@pytest.mark.parametrize("name", ["blank before the colon", "two lengths",
                                  "chunk 0x2", "chunk longer than said",
                                  "bare LF at the end", "NUL in a value"])
def test_refused_behind_others(victim, name):
    """Not only the first request of a connection is looked at: those before
    it are answered, in their order."""
    got, _ = say(victim, GOOD + GOOD + BAD[name] + SMUGGLED)
    assert statuses(got) == [200, 200, 400]
    assert victim.request("GET", "/proxies/victim").status == 200


@pytest.mark.parametrize("name", ["obs-fold", "two Hosts", "no Host", "gzip",
                                  "chunk +2", "chunk longer than said",
                                  "trailer of a Host", "long extension"])
def test_refused_in_pieces(victim, name):
    """Byte by byte, as a slow network brings them"""
    data = BAD[name][:400] + SMUGGLED
    got, _ = say(victim, GOOD, *(data[i:i + 1] for i in range(len(data))),
                 BAD[name][400:])
    assert statuses(got) == [200, 400]
    assert victim.request("GET", "/proxies/victim").status == 200


@pytest.mark.parametrize("name", WELL)
def test_understood(victim, name):
    close = head(b"Connection: close", line=b"GET /version HTTP/1.1\r\n")
    got, _ = say(victim, WELL[name] + GOOD + WELL[name] + close)
    assert statuses(got) == [204, 200, 204, 200]
    data = WELL[name] + close
    got, _ = say(victim, *(data[i:i + 1] for i in range(len(data))))
    assert statuses(got) == [204, 200]


def test_kept_by_1_0(victim):
    """keep-alive is asked for there, and no Host is needed"""
    line = b"GET /version HTTP/1.0\r\n"
    keep = head(b"Connection: keep-alive", line=line, host=b"")
    got, _ = say(victim, keep + head(line=line, host=b"") + SMUGGLED)
    assert statuses(got) == [200, 200]
    assert victim.request("GET", "/proxies/victim").status == 200


def test_what_ends_early_is_no_request(victim):
    """A head or a body that is cut off by its client's end"""
    for data in (SMUGGLED[:-1], SMUGGLED[:20], GOOD + SMUGGLED[:-2],
                 head(b"Content-Length: 3") + b"{}",
                 chunked(b"2\r\n{}"), chunked(b"2\r\n{}\r\n0\r\n")):
        with socket.create_connection((victim.host, victim.port), 5) as s:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            got = b""
            while more := s.recv(65536):
                got += more
        assert statuses(got) == [200] * data.startswith(GOOD)
    assert victim.request("GET", "/proxies/victim").status == 200


def test_many_small_chunks(victim):
    """Each is looked at, and nobody else waits for it."""
    body = json.dumps({"listen": "127.0.0.1:0", "x": "y" * 100000}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n"
    data = head(b"Transfer-Encoding: chunked", b"Connection: close",
                line=b"POST /proxies/victim HTTP/1.1\r\n") + chunks
    got, seconds = say(victim, data)
    assert statuses(got) == [200]
    assert seconds < 3 * rig.SLOW


def cut_anywhere(data, chance):
    """In pieces of up to 20,000 bytes"""
    at = 0
    while at < len(data):
        n = chance.randint(1, 20000)
        yield data[at:at + n]
        at += n


@pytest.mark.parametrize("seed", range(12))
def test_cut_anywhere(victim, seed):
    """A few bytes that are not whole hold a large segment's room: the client
    is never told to wait for ever, in a body and between two requests."""
    body = json.dumps({"x": "y" * 60000}).encode()
    small = b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n"
    line = b"POST /proxies/victim HTTP/1.1\r\n"
    in_chunks = head(b"Transfer-Encoding: chunked", line=line) + small
    whole = head(b"Content-Length: %d" % len(body),
                 b"X-Long: " + b"x" * 12000, line=line) + body
    last = head(b"Connection: close", line=b"GET /version HTTP/1.1\r\n")
    data = (whole + in_chunks + whole * 6) * 2 + last
    chance = random.Random(seed)
    with socket.create_connection((victim.host, victim.port),
                                  5 * rig.SLOW) as s:
        for piece in cut_anywhere(data, chance):
            s.sendall(piece)
            time.sleep(0.002 if chance.random() < 0.05 else 0)
        got = b""
        while more := s.recv(65536):
            got += more
    assert statuses(got) == [200] * 17
