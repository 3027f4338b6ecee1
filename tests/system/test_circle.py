# SPDX-License-Identifier: ISC
"""A proxy that leads to itself would be a chain reaction: the connection that
would close the circle is refused.  What is no circle is none of our business."""

import ctypes
import os
import socket
import stat
import subprocess
import sys
import time

import pytest
import rig
from peers import Echo, ending
from rig import own_host, own_port, wait_until, wide_port, wide_ports
from test_relay_ends import PATIENCE, receive
from test_supervision import is_served

REASON = "would lead to itself"


def refusals(t):
    return [line for line in t.log() if REASON in line.get("error", "")]


def sessions(t, *names):
    """that were ever made, by all of them together"""
    metrics = t.metrics()
    return sum(metrics[f'toxid_proxy_sessions_total{{proxy="{name}"}}']
               for name in names)


def is_refused(t, name, *others):
    """... and few sessions were made of this one"""
    names = (name, *others)
    before, told = sessions(t, *names), len(refusals(t))
    with t.connect(name) as client:
        assert ending(client, PATIENCE) in ("fin", "rst")
    assert wait_until(lambda: len(refusals(t)) > told)
    time.sleep(0.3)
    assert sessions(t, *names) - before <= len(names)


def at(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def leads_to_itself(t, name, listen, upstream):
    """A proxy that listens at one address, and dials the other; its port"""
    made = t.proxy(name, "127.0.0.1:1", at(listen, 0))
    port = int(made["listen"].rpartition(":")[2])
    assert t.request("POST", f"/proxies/{name}", {
        "upstream": at(upstream, port)}).status == 200
    return port


def own_addresses():
    """Of this host, that are not loopback's"""
    found = subprocess.run(["hostname", "-I"], stdout=subprocess.PIPE)
    return found.stdout.decode().split()


@pytest.fixture
def toxid():
    with rig.Toxid("-proxy-metrics") as t:
        yield t


@pytest.mark.parametrize("listen, upstream", [
    (None, None), ("127.0.0.1", "localhost"), ("0.0.0.0", "127.0.0.1"),
    ("0.0.0.0", "127.7.7.7"), ("0.0.0.0", "0.0.0.0"), ("", "127.0.0.1"),
    ("0.0.0.0", "::ffff:127.0.0.1"), ("127.0.0.1", "::ffff:127.0.0.1"),
    ("0.0.0.0", "::ffff:0.0.0.0"), ("127.0.0.1", "::ffff:0.0.0.0"),
    pytest.param("::1", "::1%lo", marks=rig.needs_ipv6),
    pytest.param("::", "::1%lo", marks=rig.needs_ipv6),
    pytest.param("::", "127.0.0.1", marks=rig.needs_ipv6),
    pytest.param("::", "::1", marks=rig.needs_ipv6),
    pytest.param("::1", "::1", marks=rig.needs_ipv6),
    pytest.param("0.0.0.0", "::1", marks=rig.needs_ipv6),
    pytest.param("0.0.0.0", "::", marks=rig.needs_ipv6)])
def test_a_proxy_does_not_lead_to_itself(toxid, listen, upstream):
    port = leads_to_itself(
        toxid, "p", own_host() if listen is None else listen,
        upstream or own_host())
    is_refused(toxid, "p")
    assert REASON in refusals(toxid)[0]["error"]
    assert str(port) in refusals(toxid)[0]["error"]


@pytest.mark.skipif(not own_addresses(), reason="loopback is all there is")
def test_a_wildcard_is_at_every_address_of_the_host(toxid):
    for i, host in enumerate(own_addresses()):
        if "%" in host or host.startswith("fe80"):
            continue
        leads_to_itself(toxid, f"p{i}", "0.0.0.0", host)
        is_refused(toxid, f"p{i}")


@pytest.mark.parametrize("host", [None, "localhost"])
@pytest.mark.parametrize("n", [2, 3, 20])
def test_nor_through_others(toxid, n, host):
    """Whoever is asked first: one connection is refused, which closes all."""
    where = own_host() if host is None else "127.0.0.1"
    ports = wide_ports(n)
    names = [f"p{i}" for i in range(n)]
    for i, name in enumerate(names):
        toxid.proxy(name, at(host or where, ports[(i + 1) % n]),
                    at(where, ports[i]))
    for name in names[:3]:
        is_refused(toxid, name, *(set(names) - {name}))


def test_a_chain_is_no_circle(toxid):
    with Echo() as echo:
        upstream = f"127.0.0.1:{echo.port}"
        for i in range(20):
            upstream = toxid.proxy(f"p{i}", upstream)["listen"]
        assert is_served(toxid, "p19")
        # two that lead to the same one are none either
        toxid.proxy("fork", toxid.request("GET", "/proxies/p0")
                    .json()["listen"])
        assert is_served(toxid, "fork")
    toxid.read_to_here()
    assert not refusals(toxid)


def test_nor_is_a_proxy_to_the_api(toxid):
    toxid.proxy("api", f"127.0.0.1:{toxid.port}")
    with toxid.connect("api") as client:
        client.sendall(b"GET /version HTTP/1.0\r\n\r\n")
        assert b" 200 " in receive(client, 15)


def test_the_same_port_elsewhere_is_no_circle(toxid):
    with Echo(host=own_host(), port=wide_port()) as echo:
        toxid.proxy("p", echo.address, f"127.0.0.1:{echo.port}")
        assert is_served(toxid, "p")
    toxid.read_to_here()
    assert not refusals(toxid)


def test_a_circle_that_an_update_closes_while_sessions_live(toxid):
    with Echo() as echo:
        last = toxid.proxy("last", f"127.0.0.1:{echo.port}")
        first = toxid.proxy("first", last["listen"])
        with toxid.connect("first") as client:
            client.sendall(b"hello")
            assert receive(client, 5) == b"hello"
            assert toxid.request("POST", "/proxies/last", {
                "upstream": first["listen"]}).status == 200
            assert ending(client, PATIENCE) in ("fin", "rst")
        is_refused(toxid, "first", "last")
        is_refused(toxid, "last", "first")
        # ... and an update opens again
        assert toxid.request("POST", "/proxies/last", {
            "upstream": f"127.0.0.1:{echo.port}"}).status == 200
        assert is_served(toxid, "first")


def test_a_proxy_that_has_gone_is_not_on_the_way(toxid):
    """What listens at its address now is somebody else's."""
    with Echo(host=own_host()) as echo:
        port = own_port()
        second = toxid.proxy("second", echo.address, at(own_host(), port))
        first = toxid.proxy("first", second["listen"])
        for path, change in [("second", {"upstream": first["listen"]}),
                             ("second", {"enabled": False})]:
            assert toxid.request(
                "POST", f"/proxies/{path}", change).status == 200
        with Echo(host=own_host(), port=port):
            assert is_served(toxid, "first")
            # and one that was moved is where it is now
            assert toxid.request("POST", "/proxies/second", {
                "listen": at(own_host(), own_port()),
                "enabled": True}).status == 200
            assert is_served(toxid, "first")
            assert is_served(toxid, "second")
            assert toxid.request("DELETE", "/proxies/second").status == 204
            assert is_served(toxid, "first")
    toxid.read_to_here()
    assert not refusals(toxid)


def test_a_new_diald_knows_the_way(toxid):
    port = own_port()
    toxid.proxy("a", at(own_host(), port))
    toxid.proxy("b", toxid.request("GET", "/proxies/a").json()["listen"],
                at(own_host(), port))
    os.kill(toxid.child("diald"), 9)
    is_refused(toxid, "a", "b")


def test_a_circle_in_the_hands_of_many(toxid):
    """Two hundred clients of it are two hundred sessions of each, no more."""
    port = own_port()
    toxid.proxy("a", at(own_host(), port))
    toxid.proxy("b", toxid.request("GET", "/proxies/a").json()["listen"],
                at(own_host(), port))
    clients = [toxid.connect("a") for _ in range(200)]
    for client in clients:
        assert ending(client, PATIENCE) in ("fin", "rst")
    assert sessions(toxid, "a", "b") <= 400


FEW_PORTS = """
import fcntl, socket, struct, sys
with socket.socket() as s:  # loopback is down in a new namespace
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 1))
with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as f:
    f.write("40000 40031")
sys.path[:0] = ["tests/lib", "tests/system"]
import rig
from peers import ending
with rig.Toxid("-proxy-metrics", port=8474) as t:
    t.proxy("p", "127.0.0.1:40001", listen="127.0.0.1:80")
    t.proxy("q", "127.0.0.1:40002", listen="127.0.0.1:81")
    for port in [80, 81] * 100:
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert ending(client, 10) in ("fin", "rst")
"""


@pytest.mark.normal_build
@pytest.mark.skipif(os.geteuid() != 0, reason="needs a network namespace")
def test_a_port_that_is_down_refuses():
    """The kernel may give the caller the very port that it calls: TCP then
    connects the socket to itself."""
    if subprocess.run(["unshare", "-n", "true"]).returncode != 0:
        pytest.skip("there are no network namespaces here")
    subprocess.run(["unshare", "-n", sys.executable, "-c", FEW_PORTS],
                   check=True, timeout=60 * rig.SLOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="takes others' descriptors")
def test_the_sockets_that_ask_the_host_cannot_leave_it(toxid):
    """They are diald's only ones of UDP."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    pid, found = toxid.child("diald"), 0
    pidfd = os.pidfd_open(pid)
    for fd in os.listdir(f"/proc/{pid}/fd"):
        copy = call(438, pidfd, int(fd), 0)  # pidfd_getfd
        assert copy >= 0
        if not stat.S_ISSOCK(os.fstat(copy).st_mode):
            os.close(copy)
            continue
        with socket.socket(fileno=copy) as sock:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                assert sock.type == socket.SOCK_DGRAM
                assert sock.getsockopt(socket.SOL_SOCKET,
                                       socket.SO_BINDTODEVICE, 16) == b"lo\0"
                found += 1
    os.close(pidfd)
    assert found in (1, 2)  # of each family that there is
