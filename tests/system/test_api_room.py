# SPDX-License-Identifier: ISC
"""When all connections to the API are taken, whoever has most of them makes
room: nobody is kept out by somebody else."""

import contextlib
import http.client
import os
import resource
import select
import signal
import socket
import time

import pytest
import rig
from constants import constant
from stalls import used

CLIENTS_MAX = constant("API_CLIENTS_MAX")
MORE = CLIENTS_MAX + 104
HALF = b"GET /version HT"
BODY = (b"POST /proxies HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
ASKED = b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n"


def connect(t, address=None, receive=None):
    s = socket.socket()
    s.settimeout(rig.PATIENCE)
    if receive is not None:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    if address is not None:
        s.bind((address, 0))
    s.connect((t.host, t.port))
    return s


@contextlib.contextmanager
def crowd(t, n, data=b"", address=None, receive=None):
    socks = []
    try:
        for _ in range(n):
            socks.append(connect(t, address, receive))
            with contextlib.suppress(OSError):
                socks[-1].sendall(data)
        yield socks
    finally:
        for s in socks:
            s.close()


def ended(s):
    """It has come to its end, whatever came before it."""
    poll = select.poll()  # select(2) has no room for so many
    poll.register(s, select.POLLIN)
    try:
        while poll.poll(0):
            if not s.recv(65536):
                return True
    except OSError:
        return True
    return False


def get(t, address=None):
    """How long one takes to be served, as far as this machine lets it"""
    start = time.monotonic()
    with connect(t, address) as s:
        s.sendall(ASKED)
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
    return used(time.monotonic() - start)


@pytest.fixture
def api():
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 3 * CLIENTS_MAX:
        pytest.skip("too few descriptors")
    with rig.Toxid() as t:
        yield t


@pytest.mark.normal_build
@pytest.mark.parametrize("data", [
    pytest.param(data, id=name, marks=marks) for name, data, marks in (
        ("idle", b"", pytest.mark.slow), ("byte", b"G", pytest.mark.slow),
        ("head", HALF, pytest.mark.slow), ("body", BODY, ()),
        ("kept", ASKED, pytest.mark.slow))])
def test_a_full_house_lets_others_in(api, data):
    """From another address, and from theirs."""
    apid = api.child("apid")
    with crowd(api, MORE, data, "127.0.0.2"):
        took = sorted(get(api, f"127.0.0.{3 + i % 5}") for i in range(20))
        assert took[5] < 0.1 * rig.SLOW and took[15] < 1 * rig.SLOW, took
        took = sorted(get(api, "127.0.0.2") for i in range(20))
        assert took[5] < 0.1 * rig.SLOW and took[15] < 1 * rig.SLOW, took
    assert api.child("apid") == apid


@pytest.mark.normal_build
def test_slow_readers_make_room(limited):
    """A long reply that nobody reads.  A turn of each, before who comes behind
    them, would cost 4 s of work; how long it takes is the machine's affair."""
    for i in range(200):
        limited.proxy(f"{i:03}" + "x" * 250, "127.0.0.1:1", enabled=False)
    with crowd(limited, 300,
               b"GET /proxies HTTP/1.1\r\nHost: a\r\n\r\n" * 20,
               "127.0.0.2", receive=4096):
        apid = limited.child("apid")
        before = rig.worked(apid)
        get(limited)
        assert rig.worked(apid) - before < 2


@pytest.mark.normal_build
def test_requests_that_wait_for_us_make_room(limited):
    """Changes that ctld does not come to hold up no reads."""
    body = b'{"name":"%d","upstream":"a:1","listen":"127.0.0.1:0"}'
    os.kill(limited.pid, signal.SIGSTOP)
    with crowd(limited, 0) as socks:
        for i in range(80):
            data = body % i
            socks.append(connect(limited, "127.0.0.2"))
            with contextlib.suppress(OSError):
                socks[-1].sendall(
                    b"POST /proxies HTTP/1.1\r\nHost: a\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        try:
            assert get(limited) < 1 * rig.SLOW
        finally:
            os.kill(limited.pid, signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.normal_build
def test_replies_that_nobody_reads_have_a_bound(api):
    """Of all together: apid does not die of them."""
    apid, long = api.child("apid"), "x" * 240
    for base in range(0, 4000, 1000):
        assert api.request("POST", "/populate", [
            {"name": f"{base + i}{long}", "listen": f"{long}:1",
             "upstream": f"{long}:1", "enabled": False}
            for i in range(1000)]).status == 201
    with crowd(api, 800, b"GET /proxies HTTP/1.1\r\nHost: a\r\n\r\n",
               "127.0.0.2", receive=4096):
        before = rig.worked(apid)
        get(api)  # one at a time is worked on: all would be a minute's work
        assert rig.worked(apid) - before < 4
        assert len(api.request("GET", "/proxies", timeout=30).json()) == 4000
        time.sleep(5)  # all of them have had their turn
        before = rig.worked(apid)
        get(api)
        assert rig.worked(apid) - before < 4
    assert api.child("apid") == apid


@pytest.mark.normal_build
def test_only_the_one_with_most_pays(api):
    """Another's connections stay, whatever they are at; of the one with most
    the oldest that is not at its end goes first."""
    with crowd(api, 10, ASKED, "127.0.0.2") as kept, \
            crowd(api, 10, HALF, "127.0.0.2") as oldest:
        time.sleep(1.5)
        # others last: on a busy machine they might be late with their head
        with crowd(api, CLIENTS_MAX - 70, BODY, "127.0.0.2") as rest, \
                crowd(api, 50, HALF, "127.0.0.3") as others:
            time.sleep(1.1)  # before they are as old, kept ones might go
            took = sorted(get(api, "127.0.0.4") for _ in range(10))
            assert took[5] < 1 * rig.SLOW, took
            assert not any(ended(s) for s in others)
            assert not any(ended(s) for s in kept)
            assert ended(oldest[0])
            assert not ended(rest[-1])


def test_there_is_no_bound_for_one_address(api):
    with crowd(api, 2000, ASKED) as socks:
        assert get(api) < 5 * rig.SLOW
        assert not any(ended(s) for s in socks)


@rig.needs_ipv6
@pytest.mark.normal_build
@pytest.mark.skipif(os.geteuid() != 0, reason="makes a network")
def test_addresses_of_one_network_are_one(tmp_path):
    """Each address of an IPv6 /64 is its owner's; IPv4 is told apart on a
    socket for both."""
    script = tmp_path / "in_a_network"
    script.write_text(NETWORK)
    code = os.spawnlp(os.P_WAIT, "unshare", "unshare", "-n", "-m", "sh", "-e",
                      str(script), os.path.abspath(os.path.dirname(__file__)))
    assert code == 0


NETWORK = """
ip link set lo up
ip addr add fd00:0:0:1::/64 dev lo nodad
ip addr add fd00:0:0:2::1/64 dev lo nodad
for i in $(seq 1 64); do
	ip addr add fd00:0:0:1::$i/128 dev lo nodad
done
exec /usr/bin/python3 -c '
import socket, sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/../lib"]
import rig
from test_api_room import *
def dial(address):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.settimeout(rig.PATIENCE)
    s.bind((address, 0))
    s.connect(("::1" if ":" in address else "127.0.0.1", t.port))
    s.sendall(HALF)
    return s
with rig.Toxid("-host", "::", wait=False) as t:
    assert rig.wait_until(lambda: t._learn_port() or t.port)
    assert rig.wait_until(lambda: t.children().get("apid"))
    v4 = [dial("127.0.0.9") for _ in range(1300)]
    other = [dial("fd00:0:0:2::1") for _ in range(1300)]
    net = [dial(f"fd00:0:0:1::{1 + i % 64}") for i in range(1510)]
    with dial("127.0.0.7") as s:
        s.sendall(ASKED[len(HALF):])
        assert s.recv(99).startswith(b"HTTP/1.1 200")
    assert rig.wait_until(lambda: any(map(ended, net)))
    assert not any(map(ended, v4)) and not any(map(ended, other))
' "$1"
"""


@pytest.mark.slow
@pytest.mark.normal_build
def test_an_upgrade_keeps_them_all(api):
    """As many clients as there may be, with half a head each"""
    n = 3000
    with crowd(api, n, ASKED[:9]) as socks:
        kept = http.client.HTTPConnection(api.host, api.port, timeout=20)
        kept.request("GET", "/version")
        assert kept.getresponse().read()
        api.process.send_signal(signal.SIGUSR2)
        assert rig.wait_until(
            lambda: b"Upgraded" in b"".join(api.lines))
        sock = kept.sock
        kept.request("GET", "/version")
        assert kept.getresponse().read()
        assert kept.sock is sock
        for s in socks:
            s.sendall(ASKED[9:])
        for s in socks:
            assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
