# SPDX-License-Identifier: ISC
"""Programs that lose segments, where there are few: an eighth of descriptors"""

import contextlib
import os
import resource
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from rig import Toxid, address_of, wait_until
from test_relay_ends import expect
from test_syn_loss import lose, seconds
from test_tcp_loss import Line, is_stuck, lacks

DESCRIPTORS, PROGRAMS = 128, 13
NOT_YET = "No segment is lost yet: all programs are in use"
LOSES = {"type": "tcp_loss", "attributes": {"loss": 0.1}}


def few():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


@pytest.fixture
def able():
    with Toxid(preexec_fn=few) as toxid:
        if why := lacks(toxid):
            pytest.skip(f"tcp_loss: {why}")
        yield toxid


def use(toxid, n):
    """So many programs"""
    for i in range(n):
        toxid.proxy(f"p{i}", "127.0.0.1:1")
        expect(200, toxid.request("POST", f"/proxies/p{i}/toxics", LOSES))


def said(toxid):
    return [entry["message"] for entry in toxid.log()]


# ---- a turn that comes late


@contextlib.contextmanager
def dying(pid):
    """Whoever traces it has not heard yet that it is dead, nor has its parent"""
    tracer = subprocess.Popen(["strace", "-qq", "-o", "/dev/null", "-p", str(pid)])
    assert wait_until(lambda: "TracerPid:\t0\n" not in open(
        f"/proc/{pid}/status").read())
    os.kill(tracer.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        tracer.kill()
        tracer.wait()


def test_the_worker_that_follows_has_the_last_one(able):
    """Which the one before it keeps until it has ended"""
    use(able, PROGRAMS - 1)
    line = Line(able)
    line.toxic("upstream", loss=1)
    earlier, line.listener = line.listener, socket.create_server(
        ("127.0.0.1", 0))
    with ThreadPoolExecutor(1) as pool, dying(able.worker("p")):
        answer = pool.submit(able.request, "PATCH", "/proxies/p", {
            "upstream": "127.0.0.1:%d" % line.listener.getsockname()[1]})
        assert wait_until(lambda: NOT_YET in said(able))
        assert not answer.done()
    expect(200, answer.result())
    assert is_stuck(*line.open("upstream"))
    earlier.close()
    line.close()


@pytest.fixture
def short(tmp_path):
    """Its store has two proxies that lose more than there are programs for"""
    with Toxid("-state", str(tmp_path)) as toxid:
        if why := lacks(toxid):
            pytest.skip(f"tcp_loss: {why}")
        line = Line(toxid, "z")
        use(toxid, PROGRAMS)
        line.toxic("upstream", loss=1)
        toxid.proxy("zz", "127.0.0.1:1")
        expect(200, lose(toxid, 1, "zz"))
    with Toxid("-state", str(tmp_path), preexec_fn=few) as toxid:
        line.toxid = toxid
        assert wait_until(lambda: {
            entry.get("proxy") for entry in toxid.log()
            if "all programs are in use" in entry["message"]} == {"z", "zz"})
        yield line
    line.close()


def test_a_program_that_is_free_is_for_who_has_none(short):
    """For sessions that there are, and for first packets"""
    toxid = short.toxid
    ends = short.open("upstream")
    address = address_of(toxid.request("GET", "/proxies/zz").json()["listen"])
    assert not is_stuck(*ends)
    assert seconds(address) is not None
    for i in range(2):
        expect(204, toxid.request("DELETE", f"/proxies/p{i}"))
    assert wait_until(lambda: is_stuck(*ends))
    assert wait_until(lambda: seconds(address, 1.5) is None)
    assert not [m for m in said(toxid) if m.startswith("Listener was spoilt")]
