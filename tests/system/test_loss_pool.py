# SPDX-License-Identifier: ISC
"""Programs that lose segments, where there are few: an eighth of descriptors"""

import contextlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from address_space import prlimit
from losses import ROWS, do_without, maps_of, rows_of
from rig import Toxid, address_of, wait_until
from test_relay_ends import expect
from test_syn_loss import lose, seconds
from test_tcp_loss import Line, flows, is_stuck, lacks, sent_again

DESCRIPTORS, PROGRAMS = 128, 13
NOT_YET = "No segment is lost yet: all programs are in use"
LOST = "a program was lost on its way: no segment is"
FOUND = "a program that was lost has come: segments are lost"
FAILED = "Reload failed, nothing has changed"
OWNER = 8  # see proto/loss_row.h
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
        expect(200, add(toxid, i))


def said(toxid):
    return [entry["message"] for entry in toxid.log()]


def ctld_dies(toxid):
    os.kill(toxid.ctld, signal.SIGKILL)
    assert wait_until(lambda: "Control process was replaced" in said(toxid))


def add(toxid, i):
    if f"p{i}" not in toxid.request("GET", "/proxies").json():
        toxid.proxy(f"p{i}", "127.0.0.1:1")
    return toxid.request("POST", f"/proxies/p{i}/toxics", LOSES)


def expect_full(reply):
    assert reply.status == 400
    assert f"all {PROGRAMS} programs".encode() in reply.body


# ---- no more than there are


def test_a_worker_has_its_own_whoever_dies(able):
    """Also when its toxic has gone, and with it the ctld that knew"""
    use(able, 1)
    expect(204, able.request("DELETE", "/proxies/p0/toxics/tcp_loss_downstream"))
    ctld_dies(able)
    for i in range(1, PROGRAMS):
        expect(200, add(able, i))
    expect_full(add(able, PROGRAMS))
    expect(200, add(able, 0))
    assert NOT_YET not in said(able)


def test_who_needs_two_has_two_or_none(able):
    use(able, PROGRAMS - 1)
    both = {"name": "both", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
            "connect": {"syn_loss": 0.1}, "toxics": [LOSES]}
    expect_full(able.request("POST", "/proxies", both))
    expect_full(able.request("POST", "/populate", [both]))
    assert "both" not in able.request("GET", "/proxies").json()
    expect(204, able.request("DELETE", "/proxies/p0"))
    assert wait_until(lambda: able.request(
        "POST", "/proxies", both).status == 201)
    assert NOT_YET not in said(able)


def test_a_reload_says_whose_there_is_none_for(tmp_path):
    config = tmp_path / "c.json"

    def entries(name, n, **more):
        config.write_text(json.dumps({"proxies": {f"{name}{i}": {
            "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
            "toxics": [LOSES], **more} for i in range(n)}}))

    def reload(toxid, message):
        n = said(toxid).count(message)
        toxid.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: said(toxid).count(message) > n)
        return set(toxid.request("GET", "/proxies").json())

    entries("p", PROGRAMS)
    with Toxid("-config", str(config), preexec_fn=few) as toxid:
        if why := lacks(toxid):
            pytest.skip(f"tcp_loss: {why}")
        had = set(toxid.request("GET", "/proxies").json())
        for n, more in ((PROGRAMS + 1, {}),
                        (PROGRAMS // 2 + 1, {"connect": {"syn_loss": 0.1}})):
            entries("q", n, **more)
            assert reload(toxid, FAILED) == had
            error = [entry["error"] for entry in toxid.log()
                     if entry["message"] == FAILED][-1]
            assert f'proxy "q{n - 1}": there would be more' in error
        # what leaves gives back what it has
        entries("q", PROGRAMS)
        assert reload(toxid, "Reloaded configuration").isdisjoint(had)


def test_a_reload_says_what_cannot_be_had(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root, to do without what it may")
    config = tmp_path / "c.json"
    config.write_text("{}")
    with Toxid("-config", str(config), preexec_fn=do_without) as toxid:
        config.write_text(json.dumps({"proxies": {"p": {
            "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
            "connect": {"syn_loss": 0.1}}}}))
        toxid.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: any(
            'proxy "p": tcp_loss, syn_loss' in entry.get("error", "")
            for entry in toxid.log()))
        assert toxid.request("GET", "/proxies").json() == {}


def test_whose_turn_is_over_is_disturbed_last(able):
    """What a dead worker's sockets have in the kernel goes on by its row"""
    line = Line(able)
    line.toxic("upstream", loss=1)
    assert is_stuck(*line.open("upstream"))
    worker = able.worker("p")
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: able.worker("p") not in (None, worker))
    map_id, = (at for at, kind in maps_of(able.pid).items() if kind == ROWS)
    assert wait_until(lambda: sum(
        struct.unpack_from("<I", row, OWNER)[0] != 0
        for row in rows_of(map_id)) == 2)
    line.close()


# ---- a descriptor that is lost


@pytest.mark.parametrize("kind, attributes", [
    ("tcp_loss", {"loss": 1}), ("unplug", {})])
def test_who_had_no_descriptor_left_gets_it_again(able, kind, attributes):
    """... once there is one"""
    line = Line(able)
    (source, _), worker = line.open("upstream"), able.worker("p")
    had = {int(fd) for fd in os.listdir(f"/proc/{worker}/fd")}
    prlimit(worker, resource.RLIMIT_NOFILE,
            min(set(range(len(had) + 1)) - had))
    able.toxic("p", kind, stream="upstream", **attributes)
    assert wait_until(lambda: LOST in said(able))
    source.sendall(b"x")
    time.sleep(2.5)  # it is sent twice more
    assert sent_again(source) == 0 and said(able).count(LOST) == 1
    prlimit(worker, resource.RLIMIT_NOFILE, DESCRIPTORS)
    assert wait_until(lambda: FOUND in said(able))
    source.sendall(b"x")
    assert wait_until(lambda: sent_again(source) > 0)
    assert able.worker("p") == worker
    line.close()


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
    assert flows(*ends)
    assert seconds(address) is not None
    for i in range(2):
        expect(204, toxid.request("DELETE", f"/proxies/p{i}"))
    assert wait_until(lambda: is_stuck(*ends))
    assert wait_until(lambda: seconds(address, 1.5) is None)
    assert not [m for m in said(toxid) if m.startswith("Listener was spoilt")]
