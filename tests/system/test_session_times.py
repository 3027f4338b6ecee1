# SPDX-License-Identifier: ISC
"""How long there is to come back to a session, after the death of apid, an
upgrade, and where its client cannot be reached any more; and what becomes of
one whose token is revoked.  To the ns is tests/unit/api_sessions_test.c."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from lab import Lab, bearer
from peers import Echo
from rig import PATIENCE, SLOW, Toxid, wait_until
from test_sessions import (
    BACK, LEASE, LINE, Session, comes_back, keep, make, names, plain, session,
    tied)
from test_tokens import new
from test_upgrade import upgrade

pytestmark = [pytest.mark.normal_build, pytest.mark.slow]

LATE = 5 * SLOW  # s


def wait_for(moment):
    time.sleep(max(0, moment - time.monotonic()))


def kill_apid(t):
    os.kill(t.child("apid"), signal.SIGKILL)


@pytest.mark.parametrize("interrupt", (kill_apid, upgrade))
def test_there_are_15_s_to_come_back(interrupt):
    """Who comes after 14 has it.  What nobody comes back to is there for as
    long, and no longer than its lease."""
    with Echo() as echo, Toxid() as t, contextlib.ExitStack() as stack:
        keep(t, echo.address)
        comes, never = [stack.enter_context(session(t)) for _ in range(2)]
        make(t, "comes", comes)
        make(t, "never", never)
        interrupt(t)
        interrupted = time.monotonic()  # not before
        assert comes.has_ended() and never.has_ended()
        while time.monotonic() < interrupted + BACK - 1:
            assert names(t) == {"stays", "comes", "never"}
            time.sleep(0.5)
        with comes_back(t, comes.id):
            asked = time.monotonic()
            is_there = "never" in names(t)
            assert is_there or asked > interrupted + BACK
            assert wait_until(lambda: names(t) == {"stays", "comes"},
                              interrupted + LEASE + LATE - time.monotonic())
            wait_for(interrupted + LEASE + LATE)
            assert names(t) == {"stays", "comes"}
        assert wait_until(lambda: names(t) == {"stays"}, LATE)


# ---- whose token is revoked

def test_one_whose_token_is_revoked(tmp_path):
    """Nothing is done with it from then on.  The connection ends with its next
    line, and all that is of the session within its lease, unless another of the
    tenant's comes back to it."""
    with Lab(tmp_path) as lab:
        secret = new(lab, "a", "ci")

        def proxy(name, of, who=secret):
            return lab.ask(who, "POST", "/proxies", {
                "name": name, "listen": "127.0.0.1:0",
                "upstream": "127.0.0.1:9"}, headers=tied(of)).status

        def there():
            return set(lab.ask("a", "GET", "/proxies").json())
        with Session(plain(lab), bearer(secret)) as goes, \
                Session(plain(lab), bearer(secret)) as stays:
            assert proxy("goes", goes) == proxy("stays", stays) == 201
            assert lab.ask("a", "DELETE", "/tokens/ci").status == 204
            revoked = time.monotonic()
            assert proxy("more", goes) == 401
            with Session(plain(lab), bearer(secret), goes.id) as again:
                assert again.status == 401
            assert proxy("of-another", goes, "a") == 201  # it is there still
            assert goes.has_ended() and stays.has_ended()
            assert time.monotonic() < revoked + LINE + LATE
            with Session(plain(lab), bearer("a"), stays.id) as again:
                assert again.status == 200
                assert there() == {"goes", "stays", "of-another"}
                assert wait_until(lambda: there() == {"stays"},
                                  revoked + LEASE + LATE - time.monotonic())
        assert wait_until(lambda: there() == set())


# ---- that cannot be reached any more

HERE, ADDRESS = "10.77.0.1", "10.77.0.{}"
WITHOUT_A_LINE = 30  # s that the kernel waits for what was not acknowledged

# In a network of its own, on a line whose end it can pull out: it says the
# number of its session, and at the end how many lines there were.
CLIENT = """
import http.client, json, subprocess, sys
name, address, host, port = sys.argv[1:]
ip = lambda *args: subprocess.run(["ip", *args], check=True)
print(flush=True)
for line in sys.stdin:
    if line == "begin\\n":
        ip("addr", "add", address + "/24", "dev", name)
        ip("link", "set", name, "up")
        c = http.client.HTTPConnection(host, int(port), 30)
        c.request("POST", "/session")
        r = c.getresponse()
        print(json.loads(r.readline())["id"], flush=True)
    elif line == "lines\\n":
        c.sock.settimeout(float(20))
        print(sum(len(r.readline()) > 0 for _ in range(2)), flush=True)
    else:
        ip("link", "set", name, line.strip())
        print(flush=True)
"""

INSIDE = """
import sys
sys.path[:0] = ["tests/lib", "tests/system"]
import test_session_times
test_session_times.pull_the_line()
"""


class Client:
    def __init__(self, t, nth):
        name, self.address = f"line{nth}", ADDRESS.format(nth)
        self.process = subprocess.Popen(
            ["unshare", "-n", sys.executable, "-c", CLIENT, name, self.address,
             HERE, str(t.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "\n"
        ip("link", "add", f"here{nth}", "type", "veth", "peer", "name", name,
           "netns", str(self.process.pid))
        ip("link", "set", f"here{nth}", "master", "here", "up")
        self.id = self.say("begin")

    def say(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def ip(*args):
    subprocess.run(["ip", *args], check=True)


def pull_the_line():
    """In a network of our own: of three clients one never hears again, one
    only after 10 s, and one comes back by another connection after 14."""
    ip("link", "set", "lo", "up")
    ip("link", "add", "here", "type", "bridge")
    ip("addr", "add", HERE + "/24", "dev", "here")
    ip("link", "set", "here", "up")
    with Toxid("-host", HERE) as t, Client(t, 2) as never, \
            Client(t, 3) as soon, Client(t, 4) as other:
        clients = {"never": never, "soon": soon, "other": other}
        for name, client in clients.items():
            make(t, name, client.id)
        for client in clients.values():
            client.say("down")
        pulled = time.monotonic()
        wait_for(pulled + LINE)
        soon.say("up")
        wait_for(pulled + BACK - 1)
        with session(t, back=other.id) as again:
            assert again.status == 200
            assert names(t) == set(clients)
            assert soon.say("lines") == "2"
            # the last line that it has had, what was not acknowledged, and
            # what it is given then
            assert wait_until(
                lambda: names(t) == {"soon", "other"},
                pulled + LINE + WITHOUT_A_LINE + LEASE + LATE -
                time.monotonic())
            assert time.monotonic() > pulled + WITHOUT_A_LINE
            assert soon.say("lines") == "2"
        never.process.kill()
        soon.process.kill()
        assert wait_until(lambda: names(t) == set())


@pytest.mark.timeout(40 + 2 * PATIENCE + 80 * SLOW)
@pytest.mark.skipif(os.geteuid() != 0, reason="needs a network namespace")
def test_a_client_that_vanishes():
    """No FIN says so, and no RST."""
    probe = "ip link add here type bridge && ip link add x type veth"
    if subprocess.run(["unshare", "-n", "sh", "-c", probe],
                      capture_output=True).returncode:
        pytest.skip("there are no network namespaces here, or no bridges")
    r = subprocess.run(["unshare", "-n", sys.executable, "-c", INSIDE],
                       capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
