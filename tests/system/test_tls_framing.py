# SPDX-License-Identifier: ISC
"""What comes out of TLS is judged as what comes without: the same heads and
bodies as in test_framing.py, in records of every size."""

import time

import pytest
import rig
from secure import SecureToxid, certify
from test_framing import (BAD, GOOD, OTHERS, SMUGGLED, WELL, chunked, head,
                          statuses)


@pytest.fixture(scope="module")
def toxid(tmp_path_factory):
    with SecureToxid(certify(tmp_path_factory.mktemp("pair"))) as t:
        t.proxy("victim", "127.0.0.1:1")
        yield t


def say(t, *pieces):
    """A record for each; all that comes back, to the end."""
    got = b""
    with t.secured() as s:
        try:
            for piece in pieces:
                s.sendall(piece)
                time.sleep(0.001 if len(pieces) > 1 else 0)
        except OSError:
            pass  # it has heard enough
        try:
            while data := s.recv(65536):
                got += data
        except ConnectionResetError:
            pass
    return got


def is_there(t):
    return t.request("GET", "/proxies/victim").status == 200


@pytest.mark.parametrize("name", BAD)
def test_refused(toxid, name):
    got = say(toxid, BAD[name] + SMUGGLED)
    assert statuses(got) == [400], got
    assert b"connection: close" in got.lower()
    assert is_there(toxid)


@pytest.mark.parametrize("name", OTHERS)
def test_refused_otherwise(toxid, name):
    data, status = OTHERS[name]
    assert statuses(say(toxid, data + SMUGGLED)) == [status]
    assert is_there(toxid)


@pytest.mark.parametrize("name", ["blank before the colon", "two lengths",
                                  "chunk 0x2", "chunk longer than said"])
def test_refused_behind_others(toxid, name):
    got = say(toxid, GOOD + GOOD + BAD[name] + SMUGGLED)
    assert statuses(got) == [200, 200, 400]
    assert is_there(toxid)


@pytest.mark.parametrize("name", ["obs-fold", "two Hosts", "no Host", "gzip",
                                  "chunk +2", "chunk longer than said",
                                  "trailer of a Host", "long extension"])
def test_refused_in_pieces(toxid, name):
    data = BAD[name][:400] + SMUGGLED
    got = say(toxid, GOOD, *(data[i:i + 1] for i in range(len(data))),
              BAD[name][400:])
    assert statuses(got) == [200, 400]
    assert is_there(toxid)


@pytest.mark.parametrize("name", WELL)
def test_understood(toxid, name):
    close = head(b"Connection: close", line=b"GET /version HTTP/1.1\r\n")
    got = say(toxid, WELL[name] + GOOD + WELL[name] + close)
    assert statuses(got) == [204, 200, 204, 200]
    data = WELL[name] + close
    got = say(toxid, *(data[i:i + 1] for i in range(len(data))))
    assert statuses(got) == [204, 200]


@pytest.mark.parametrize("is_said", [0, 1])
def test_what_ends_early_is_no_request(toxid, is_said):
    """whether its end is said, or cut off"""
    for data in (SMUGGLED[:-1], SMUGGLED[:20], GOOD + SMUGGLED[:-2],
                 head(b"Content-Length: 3") + b"{}",
                 chunked(b"2\r\n{}"), chunked(b"2\r\n{}\r\n0\r\n")):
        with toxid.secured() as s:
            s.sendall(data)
            got = s.recv(65536) if data.startswith(GOOD) else b""
            s.setblocking(False)
            try:
                if is_said:
                    s.unwrap()
            except OSError:
                pass  # it does not wait for the server's end
        assert statuses(got) == [200] * data.startswith(GOOD)
    assert is_there(toxid)


def test_many_small_chunks(toxid):
    body = b'{"listen": "127.0.0.1:0", "x": "' + b"y" * 50000 + b'"}'
    chunks = b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n"
    data = head(b"Transfer-Encoding: chunked", b"Connection: close",
                line=b"POST /proxies/victim HTTP/1.1\r\n") + chunks
    start = time.monotonic()
    assert statuses(say(toxid, data)) == [200]
    assert time.monotonic() - start < 5 * rig.SLOW
