# SPDX-License-Identifier: ISC
"""A process of ours that gets no descriptor, or no memory, any more: what was
there goes on, and all is well again when there are some."""

import os
import re
import resource
import signal
import time
import socket

import pytest
from address_space import prlimit
from peers import Echo
from rig import Toxid, wait_until
from test_dial import Clogged, clogged  # noqa: F401 (a fixture)
from test_relay_ends import PATIENCE, expect
from test_supervision import Bystander, is_alive, is_served, replace

pytestmark = pytest.mark.normal_build

DESCRIPTORS, MEMORY = resource.RLIMIT_NOFILE, resource.RLIMIT_AS


class Short:
    """A process that gets nothing more than what it has"""

    def __init__(self, pid, what, spare=0):
        self.pid, self.what = pid, what
        self.before = self.limit()
        soft = self.size() if what == MEMORY else self.with_free(spare)
        self.limit(soft)

    def limit(self, soft=None):
        return prlimit(self.pid, self.what, soft)

    def status(self, pattern):
        with open(f"/proc/{self.pid}/status", encoding="ascii",
                  errors="replace") as f:
            return re.search(pattern, f.read())[1]

    def with_free(self, count):
        """the limit below which so many are free"""
        used = {int(fd) for fd in os.listdir(f"/proc/{self.pid}/fd")}
        free = [fd for fd in range(len(used) + count + 1) if fd not in used]
        return free[count]

    def size(self):
        return int(self.status(r"VmSize:\s+(\d+) kB")) * 1024

    def end(self):
        if is_alive(self.pid):  # else replaced by one without
            self.limit(self.before[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


@pytest.fixture
def pair(toxid):
    """A daemon with a proxy p, and a session on another that must not notice"""
    if os.geteuid() != 0:
        pytest.skip("needs root: to see how much a child has")
    with Echo() as echo:
        toxid.proxy("p", echo.address)
        bystander = Bystander(toxid, echo)
        assert is_served(toxid)
        yield toxid, echo
        bystander.did_not_notice()


def everything_works(t, echo):
    """New proxies, restarts, and all that was there"""
    name = f"new {os.urandom(4).hex()}"
    assert wait_until(lambda: t.request("POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0",
        "upstream": echo.address}).status == 201)
    path = name.replace(" ", "%20")
    assert is_served(t, path)
    assert is_served(t)
    replace(t, "relayd [p]", signal.SIGKILL)
    assert is_served(t)
    expect(204, t.request("DELETE", f"/proxies/{path}"))


@pytest.mark.parametrize("title", ["relayd [p]", "diald", "apid"])
@pytest.mark.parametrize("what", [DESCRIPTORS, MEMORY],
                         ids=["descriptors", "memory"])
def test_a_child_without(pair, title, what):
    t, echo = pair
    with Short(t.child(title), what):
        for i in range(5):  # it may fail them, or die of it
            try:
                t.request("POST", "/proxies/p/toxics", {
                    "type": "noop", "name": f"{i}" * 50}, timeout=1)
                t.request("POST", "/populate", [{
                    "name": f"more {j}", "listen": "127.0.0.1:0",
                    "upstream": "localhost:1"} for j in range(20)],
                    timeout=1)
                with t.connect("p") as client:
                    client.settimeout(1)
                    client.sendall(bytes(100_000))
                    client.recv(65536)
            except OSError:
                pass
    everything_works(t, echo)


TOXICS = [[], [{"type": "noop", "name": f"t{i}"} for i in range(30)]]


def request_or_nothing(t, *request):
    """An apid that needed replacing may be held off meanwhile."""
    try:
        return t.request(*request, timeout=1)
    except OSError:
        return None


@pytest.mark.parametrize("which, what", [
    ("toxid", DESCRIPTORS), ("ctld", DESCRIPTORS), ("ctld", MEMORY)],
    ids=["toxid-descriptors", "ctld-descriptors", "ctld-memory"])
def test_a_control_plane_without(pair, which, what):
    t, echo = pair
    with Short(t.pid if which == "toxid" else t.ctld, what):
        apid, why = t.child("apid"), {
            DESCRIPTORS: "too many open files", MEMORY: "out of memory"}
        replies = [t.request("POST", "/proxies", {
            "name": f"more {i}", "listen": "127.0.0.1:0",
            "upstream": echo.address, "toxics": TOXICS[i % 2]})
            for i in range(200)]
        refused = [r for r in replies if r.status != 201]
        assert refused
        assert all(r.status == 500 and why[what] in r.json()["error"]
                   for r in refused)
        assert t.child("apid") == apid
        assert t.request("GET", "/proxies/p").json()["enabled"]
        assert is_served(t)
        for title in ("relayd [p]", "diald", "apid"):
            for pid in t.children().get(title, []):
                os.kill(pid, signal.SIGKILL)
                assert wait_until(lambda: not is_alive(pid))
        request_or_nothing(t, "GET", "/proxies")
        assert t.process.poll() is None
    assert wait_until(lambda: request_or_nothing(t, "GET", "/version"))
    for i, reply in enumerate(replies):
        path = f"/proxies/more%20{i}"
        expect(200 if reply.status == 201 else 404, t.request("GET", path))
        if reply.status == 201:
            expect(204, t.request("DELETE", path))
    everything_works(t, echo)


# ---- a broker whose descriptors are all in use: for dials that hang


def test_dials_leave_room_for_new_proxies(limited, clogged):  # noqa: F811
    """And for the names of other proxies, and for their dials."""
    broker, waiting = limited.child("diald"), []
    for i in range(4):
        limited.proxy(f"hangs{i}", f"127.0.0.1:{clogged.port}")
        waiting += [limited.connect(f"hangs{i}") for _ in range(24)]
    with Echo() as echo:
        for i in range(3):
            limited.proxy(f"p{i}", f"localhost:{echo.port}",
                          listen="localhost:0")
            assert is_served(limited, f"p{i}")
        assert limited.child("diald") == broker
        for sock in waiting:
            sock.close()


@pytest.mark.parametrize("spare", [1, 2, 3])
def test_sessions_live_on_when_a_new_broker_cannot_be_reached(pair, spare):
    """There is no descriptor for their workers' channels to it: later."""
    t, _ = pair
    worker, broker = t.worker("p"), t.child("diald")
    with Short(t.ctld, DESCRIPTORS, spare):
        os.kill(broker, signal.SIGKILL)
        assert wait_until(lambda: not is_alive(broker))
        time.sleep(0.3)
    assert is_served(t)
    assert t.worker("p") == worker


@pytest.fixture
def of_descriptors(tmp_path, monkeypatch):
    """Starts a daemon that may have so many"""
    target = os.path.abspath(os.environ.get("TOXID", "build/toxid"))
    program = tmp_path / "toxid"
    monkeypatch.setenv("TOXID", str(program))

    def start(limit, **popen):
        program.write_text(f'#!/bin/sh\nulimit -n {limit}\n'
                           f'exec {target} "$@"\n')
        program.chmod(0o755)
        return Toxid(**popen)

    return start


@pytest.mark.parametrize("limit", [48, 52, 64])
def test_few_descriptors_from_the_start(of_descriptors, limit):
    with of_descriptors(limit) as t, Echo() as echo:
        t.proxy("p", echo.address)
        assert is_served(t)


@pytest.mark.parametrize("limit", [8, 20, 47])
def test_too_few_descriptors_are_refused(of_descriptors, limit):
    with of_descriptors(limit, wait=False) as t:
        assert t.process.wait(PATIENCE) == 1
    if limit > 8:  # else it is no program at all
        assert "descriptors are too few" in t.log()[-1]["message"]
