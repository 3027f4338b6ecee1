# SPDX-License-Identifier: ISC
"""A dial that nobody answers: the kernel gives it up, and that is said.  It
does so after two minutes, and in a network of the test's own after a second or
three."""

import os
import subprocess
import sys

import pytest
import rig

INSIDE = """
import socket, subprocess, sys, threading, time
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
with open("/proc/sys/net/ipv4/tcp_syn_retries", "w") as f:
    f.write("1")
sys.path[:0] = ["tests/lib", "tests/system"]
import rig
from peers import Echo, ending
from test_dial import Clogged
clogged = Clogged()
with rig.Toxid("-proxy-metrics") as t, Echo() as echo:
    t.proxy("p", f"127.0.0.1:{clogged.port}")
    t.proxy("other", echo.address)
    start = time.monotonic()
    with t.connect("p") as client, t.connect("other") as other:
        client.sendall(b"hello")
        while True:
            other.sendall(b"x")
            assert other.recv(1) == b"x"
            health = t.request("GET", "/proxies/p/health").json()
            if health["dial_failures"]:
                break
            assert time.monotonic() - start < 60, health
            time.sleep(0.05)
        assert time.monotonic() - start > 1, "it was refused, not given up"
        assert health["last_dial_error"]["text"] == (
            f"dial tcp 127.0.0.1:{clogged.port}: connect: "
            "connection timed out"), health
        assert ending(client, 10) in ("fin", "rst")
        assert health["open_sessions"] == 0 or rig.wait_until(
            lambda: t.request("GET", "/proxies/p/health").json()[
                "open_sessions"] == 0)
        assert rig.wait_until(lambda: any(
            "timed out" in str(line) for line in t.log()))
    clogged.open()
    with t.connect("p") as client:
        client.sendall(b"again")
        assert client.recv(5) == b"again"
clogged.close()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a network namespace")
def test_a_dial_that_times_out():
    if subprocess.run(["unshare", "-n", "true"], check=False).returncode != 0:
        pytest.skip("there are no network namespaces here")
    subprocess.run(["unshare", "-n", sys.executable, "-c", INSIDE],
                   check=True, timeout=100 * rig.SLOW)
