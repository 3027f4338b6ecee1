# SPDX-License-Identifier: ISC
"""Where ctld dies, and there is no room for the next one: no descriptor, no
process, no byte in the journal or on stored's disk.  Who is there goes on, the
truth waits, and the API is back when there is some room again."""

import contextlib
import os
import resource
import signal
import subprocess
import time

import pytest
from address_space import prlimit
from rig import PATIENCE, Toxid, wait_until
from test_state import fill, small_disk  # noqa: F401 (a fixture)
from test_takeover import called, is_followed, others, says, truth
from tracing import strace

pytestmark = pytest.mark.normal_build

MANY = 40
# Longer than toxid would bear it if each try were a death.
LASTS = 13
REPLACED = b"Control process was replaced"


def populate(t, echo, n=MANY):
    reply = t.request("POST", "/populate", [
        {"name": f"p{i}", "listen": "127.0.0.1:0", "upstream": echo.address}
        for i in range(n)])
    assert reply.status == 201, reply
    t.toxic("p7", "latency", latency=1)
    assert wait_until(lambda: sum(
        title.startswith("relayd [p") for title in t.children()) == n)


@pytest.fixture
def full(echo):
    with Toxid("-spares", "0") as t:
        populate(t, echo)
        yield t


@contextlib.contextmanager
def nothing_is_lost(t):
    """What is there when it is over is what there was, with its sessions"""
    before, alive = truth(t), others(t)
    with t.connect("p7") as s, t.connect("p8") as another:
        sessions = [s, another]
        for each in sessions:
            says(each)
        yield sessions
        for each in sessions:
            says(each)
        assert truth(t) == before
        for name in ("p7", "p8"):
            assert called(t, "POST", f"/proxies/{name}/toxics", {
                "type": "noop"}).status == 200
            with t.connect(name) as new:
                says(new)
        assert others(t) == alive


def go_on_for(seconds, t, sessions):
    """... and toxid lives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for s in sessions:
            says(s)
        assert t.process.poll() is None
        time.sleep(0.1)


def is_replaced(t):
    return any(REPLACED in line for line in list(t.lines))


def cannot_be_started(t):
    return any(b"ctld cannot be started" in line for line in list(t.lines))


# ---- descriptors

def limit(t, descriptors):
    return prlimit(t.pid, resource.RLIMIT_NOFILE, descriptors)[0]


# toxid's line to it is at numbers that are free again: 3 and 4.  So it has no
# pair; or no place for the copies that it starts with; or it has not enough
# to take over with, and gives up, again and again.
@pytest.mark.parametrize("few", (
    4, pytest.param(16, marks=pytest.mark.slow),
    pytest.param(30, marks=pytest.mark.slow)))
def test_no_descriptors(full, few):
    with nothing_is_lost(full) as sessions:
        was, before = full.ctld, limit(full, few)
        os.kill(was, signal.SIGKILL)
        go_on_for(3 if few == 4 else LASTS, full, sessions)
        assert not is_replaced(full)
        limit(full, before)
        assert wait_until(lambda: is_replaced(full))
        is_followed(full, was)
    assert few > 4 or wait_until(lambda: cannot_be_started(full))


@pytest.mark.parametrize("few", (4, 16))
def test_an_end_that_is_asked_for_without_any(full, few):
    """... does not wait for a ctld that could see to it."""
    limit(full, few)
    os.kill(full.ctld, signal.SIGKILL)
    go_on_for(0.5, full, [])
    full.process.send_signal(signal.SIGTERM)
    assert full.ends() == 1


# ---- what the machine has none of

@pytest.mark.parametrize("call, error", (
    ("eventfd2", "ENFILE"), ("socketpair", "ENFILE"), ("clone", "EAGAIN")))
def test_toxid_cannot_start_it(full, call, error):
    with nothing_is_lost(full) as sessions:
        was = full.ctld
        trace = strace(full.pid, "-e", f"trace={call}", "-e",
                       f"inject={call}:error={error}")
        os.kill(was, signal.SIGKILL)
        go_on_for(2.5, full, sessions)
        assert not is_replaced(full)
        trace.terminate()
        trace.communicate(timeout=PATIENCE)
        is_followed(full, was)
    assert wait_until(lambda: cannot_be_started(full))


# ---- a journal that may not grow

def file_size(pid, size):
    return prlimit(pid, resource.RLIMIT_FSIZE, size)[0]


def make_until_refused(t, most):
    for i in range(most):
        reply = t.request("POST", "/proxies", {
            "name": f"off{i}", "listen": "127.0.0.1:0",
            "upstream": "127.0.0.1:1", "enabled": False})
        if reply.status != 201:
            return i, reply
    return most, reply


def test_a_change_that_has_no_room_is_refused(echo):
    """... and those that make room are not; ctld does not die of it."""
    with Toxid("-spares", "0") as t:
        populate(t, echo, 9)
        ctld = t.ctld
        with nothing_is_lost(t) as sessions:
            before = truth(t)
            unlimited = file_size(ctld, 256 << 10)
            made, reply = make_until_refused(t, 1000)
            assert reply.status == 500, reply
            assert reply.json()["error"] == "out of memory"
            assert 5 < made < 1000
            assert t.request("POST", "/proxies/p7/toxics", {
                "type": "noop"}).status == 500
            assert truth(t).keys() == before.keys() | {
                f"off{i}" for i in range(made)}
            go_on_for(0.2, t, sessions)
            for i in range(made):
                assert t.request(
                    "DELETE", f"/proxies/off{i}").status == 204
            assert t.request("POST", "/proxies/p7/toxics", {
                "type": "noop"}).status == 200
            assert t.request("DELETE", "/proxies/p7/toxics/noop_downstream"
                             ).status == 204
            file_size(ctld, unlimited)
            assert t.ctld == ctld


@pytest.mark.slow
def test_what_was_acknowledged_is_taken_over_when_it_fits(full):
    """The next ctld, and those after it, may not write as much as there is."""
    with nothing_is_lost(full) as sessions:
        was, unlimited = full.ctld, file_size(full.pid, 4096)
        os.kill(was, signal.SIGKILL)
        go_on_for(LASTS, full, sessions)
        assert not is_replaced(full)
        file_size(full.pid, unlimited)
        assert wait_until(lambda: is_replaced(full))
        is_followed(full, was)


# ---- stored's disk

def test_a_disk_is_full_while_ctld_dies(echo, small_disk):  # noqa: F811
    with Toxid("-spares", "0", "-state", str(small_disk)) as t:
        populate(t, echo, 9)
        with nothing_is_lost(t) as sessions:
            before = truth(t)
            fill(small_disk)
            made, reply = make_until_refused(t, 1000)
            assert reply.status == 507, reply
            names = before.keys() | {f"off{i}" for i in range(made)}
            for _ in range(3):
                was = t.ctld
                os.kill(was, signal.SIGKILL)
                is_followed(t, was)
                assert truth(t).keys() == names
                assert called(t, "POST", "/proxies/p7/toxics", {
                    "type": "noop"}).status in (500, 507)
                go_on_for(0.2, t, sessions)
            (small_disk / "filler").unlink()
            assert wait_until(lambda: called(
                t, "POST", "/proxies/p7", {"enabled": True}).status == 200)
            for i in range(made):
                assert wait_until(lambda i=i: called(
                    t, "DELETE", f"/proxies/off{i}").status in (204, 404))
        before = truth(t)
        t.cut()
    with Toxid("-state", str(small_disk)) as t:
        found = truth(t)
        assert {name: p["toxics"] for name, p in found.items()} == {
            name: p["toxics"] for name, p in before.items()}
