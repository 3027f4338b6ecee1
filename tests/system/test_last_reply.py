# SPDX-License-Identifier: ISC
"""The reply that is a connection's last: who is still sending then reads it
all the same, but holds nobody up by that."""

import socket
import time

import pytest
import rig
from stalls import used
from test_framing import GOOD, HOST, head, statuses

HUGE = b"Content-Length: 900000000"
POPULATE = b"POST /populate HTTP/1.1\r\n"
CLOSE = head(b"Connection: close", line=b"GET /version HTTP/1.1\r\n")

# name: (bytes, statuses)
LAST = {
    "bad head": (b"GET /version HTTP/1.1\r\n\r\n", [400]),
    "bad head behind others": (GOOD + GOOD + head(HOST[:-2]), [200, 200, 400]),
    "bad chunk": (head(b"Transfer-Encoding: chunked") + b"x\r\n", [400]),
    "long target": (b"GET /" + b"x" * 20000, [414]),
    "too large": (head(HUGE, line=POPULATE), [413]),
    "told before it comes": (
        head(b"Content-Length: 9000000", b"Expect: 100-continue",
             line=POPULATE), [413]),
    "cannot be met": (head(b"Expect: 200-ok"), [417]),
    "the client's wish": (CLOSE + GOOD, [200]),
}


def read_to_the_end(s):
    """ConnectionResetError: it was not the end, but a reset."""
    got = b""
    while data := s.recv(65536):
        got += data
    return got


@pytest.mark.parametrize("name", LAST)
def test_who_goes_on_sending_reads_it(shared, name):
    data, expected = LAST[name]
    address = (shared.host, shared.port)
    with socket.create_connection(address, 10 * rig.SLOW) as s:
        s.sendall(data)
        for _ in range(20):
            s.sendall(b"x" * 20000)
            time.sleep(0.01)
        got = read_to_the_end(s)
    assert statuses(got) == expected


def is_closed(s):
    """What is sent to a socket that is no more is answered by a reset."""
    try:
        s.sendall(b"x")
        return False
    except (ConnectionResetError, BrokenPipeError):
        return True


def test_it_is_not_read_for_ever(shared):
    address = (shared.host, shared.port)
    with socket.create_connection(address, 10 * rig.SLOW) as s:
        s.sendall(LAST["bad head"][0])
        begun = time.monotonic()
        assert statuses(read_to_the_end(s)) == [400]
        assert rig.wait_until(lambda: is_closed(s), 15 * rig.SLOW)
        assert time.monotonic() - begun > 1


def test_a_crowd_of_them_takes_nobodys_place(limited):
    """Of 64 descriptors; each goes on sending, and never ends."""
    crowd = [socket.create_connection((limited.host, limited.port), 5)
             for _ in range(100)]
    for s in crowd:
        s.sendall(LAST["bad head"][0] + b"x" * 10000)
        begun = time.monotonic()
        assert limited.request("GET", "/version").status == 200
        assert used(time.monotonic() - begun) < 2 * rig.SLOW
    for s in crowd:
        s.close()


@pytest.mark.parametrize("separator", [b";", b",", b"; a=b; "])
@pytest.mark.parametrize("fields", [1, 90])
def test_more_cookies_than_there_is_memory_for(shared, separator, fields):
    many = b"Cookie: a" + separator * (12000 // len(separator) // fields)
    address = (shared.host, shared.port)
    with socket.create_connection(address, 10 * rig.SLOW) as s:
        s.sendall(head(*[many] * fields))
        assert statuses(read_to_the_end(s)) == [431]


def test_as_many_lists_as_may_be(shared):
    """Of arguments, of cookies, and of fields, all at their bounds"""
    line = b"GET /version?" + b"&" * 127 + b" HTTP/1.1\r\n"
    fields = [b"Cookie: " + b"a=b; " * 126 + b"x=" + b"y" * 14500,
              *[b"X: y"] * 97, b"Connection: close"]
    address = (shared.host, shared.port)
    with socket.create_connection(address, 10 * rig.SLOW) as s:
        s.sendall(head(*fields, line=line))
        assert statuses(read_to_the_end(s)) == [200]


@pytest.mark.parametrize("value, status", [
    (b"100-continue", 204), (b"100-Continue ", 204), (b"", 204),
    (b"continue", 417), (b"100-continue, x", 417), (b"x=y", 417)])
def test_what_can_be_expected(shared, value, status):
    fields = (b"Expect: " + value, b"Content-Length: 2", b"Connection: close")
    address = (shared.host, shared.port)
    with socket.create_connection(address, 10 * rig.SLOW) as s:
        s.sendall(head(*fields) + b"{}")
        got = read_to_the_end(s).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert statuses(got) == [status]
