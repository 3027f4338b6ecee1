# SPDX-License-Identifier: ISC
"""A hosts file of 10 MB, as those are that keep advertisers away: it is read
when it has changed, and not for each name."""

import os
import re
import signal
import socket
import time

import pytest
import rig
from peers import Echo, ending
from rig import needs_ipv6, own_host, wait_until
from test_names import addresses, speaks, world  # noqa: F401
from test_relay_ends import PATIENCE
from tracing import strace

pytestmark = pytest.mark.normal_build

HERE = own_host()
LINES = 300_000
LONG = "".join(f"0.0.0.0 advertiser-{n:06}.example\n" for n in range(LINES))


def long_hosts(more, replace=None):
    """in the middle of it"""
    half = len(LONG) // 2
    return LONG[:half] + LONG[half:].replace(
        "0.0.0.0 advertiser-250000.example\n", more)


def age(path):
    """It was not written just now."""
    then = time.time() - 3600
    os.utime(path, (then, then))


@pytest.fixture
def hosts(world):  # noqa: F811
    def write(more, how=world.write):
        how("hosts", long_hosts("127.0.0.1 localhost\n" + more))
        age(world.etc / "hosts")
    return write


def looked_up(world, name):  # noqa: F811
    """... at last: a busy machine may take longer to read all of it than the
    API waits"""
    replies = []
    assert wait_until(lambda: replies.append(world.listen(name)) or
                      b"i/o timeout" not in replies[-1].body)
    return replies[-1]


def listens(world, name):  # noqa: F811
    r = looked_up(world, name)
    assert r.status == 201, r
    listen = r.json()["listen"].rpartition(":")[0]
    assert world.toxid.request("DELETE", f"/proxies/at%20{name}").status == 204
    return listen


def test_names_of_a_long_file(world, hosts):  # noqa: F811
    world.tell["dns.test"] = addresses(HERE)
    hosts(f"{HERE} One\tother # none\n#{HERE} comment\n"
          "127.0.0.1%lo bad.test\nno.address bad.test\n")
    for name in ("One", "one", "OTHER", "dns.test"):
        assert listens(world, name) == HERE
    assert listens(world, "localhost") == "127.0.0.1"
    for name in ("comment", "none", "bad.test", "127.0.0.1x", "on", "one.x"):
        r = looked_up(world, name)
        assert r.status == 500 and "no such host" in r.json()["error"], r


def test_the_last_line_needs_no_end(world, hosts):  # noqa: F811
    world.write("hosts", LONG + f"{HERE} last")
    assert listens(world, "last") == HERE


def test_it_may_change(world, hosts, echo):  # noqa: F811
    world.proxy("p", f"changing:{echo.port}")
    for how in (world.write, world.replace):
        hosts("127.0.0.1 other___\n", how)
        with world.toxid.connect("p") as client:
            assert ending(client, PATIENCE) in ("fin", "rst")
        hosts("127.0.0.1 changing\n", how)
        assert speaks(world.toxid, "p")
    world.write("hosts", "127.0.0.1 localhost\n")  # a short one
    with world.toxid.connect("p") as client:
        assert ending(client, PATIENCE) in ("fin", "rst")


def test_it_may_change_twice_in_one_moment(world):  # noqa: F811
    """to as many bytes: nothing but the text says so"""
    for n in range(1, 6):
        world.write("hosts", long_hosts(f"127.0.0.{n} here\n"))
        assert listens(world, "here") == f"127.0.0.{n}"


def test_the_order_of_hosts_and_dns(world, hosts):  # noqa: F811
    hosts("127.1.1.1 both.test\n")
    world.tell["both.test"] = addresses("127.2.2.2")
    assert listens(world, "both.test") == "127.1.1.1"
    world.write("nsswitch.conf", "hosts: dns files\n")
    assert listens(world, "both.test") == "127.2.2.2"
    world.write("nsswitch.conf", "hosts: files\n")
    assert listens(world, "both.test") == "127.1.1.1"
    assert looked_up(world, "dns.test").status == 500


@needs_ipv6
@pytest.mark.parametrize("is_long", [False, True])
def test_which_address_comes_first(world, hosts, is_long):  # noqa: F811
    """the same, whoever reads the file"""
    lines = ("127.0.0.1 v4.test two.test\n::1 two.test v6.test\n"
             "2001:db8::1 three.test\n127.0.0.1 three.test\n")
    if is_long:
        hosts(lines)
    else:
        world.write("hosts", lines)
    with Echo("::1", family=socket.AF_INET6) as six, Echo() as four:
        for name, echo in (("v4", four), ("v6", six), ("two", six),
                           ("three", four)):
            world.proxy(name, f"{name}.test:{echo.port}")
            assert speaks(world.toxid, name)


def test_it_is_read_once(world, hosts, tmp_path):  # noqa: F811
    hosts(f"{HERE} here\n")
    assert listens(world, "here") == HERE
    calls = tmp_path / "calls"
    trace = strace(world.toxid.child("resolvd"), "-o", str(calls),
                   "-e", "trace=openat")
    world.tell["dns.test"] = addresses(HERE)
    for _ in range(5):
        for name in ("here", "localhost", "dns.test"):
            listens(world, name)
    trace.send_signal(signal.SIGINT)
    trace.wait(rig.PATIENCE)
    opened = re.findall(r'openat\(.*?"(.*?)"', calls.read_text())
    assert "/etc/resolv.conf" in opened
    assert "/etc/hosts" not in opened
