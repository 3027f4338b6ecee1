# SPDX-License-Identifier: ISC
"""A cable that is pulled: nothing comes or goes, and only who asks notices."""

import errno
import os
import signal
import socket
import time

import pytest
from losses import counted, do_without
from rig import PATIENCE, Toxid, wait_until
from test_relay_ends import STREAMS, expect, receive
# pylint: disable-next=unused-import
from test_tcp_loss import able, flows, is_stuck, line

both_ways = pytest.mark.parametrize("stream", STREAMS)
EVERY = 1  # s, between two questions whether the other is there
USER_TIMEOUT = 1.5


def pull(line_, stream, **more):
    return line_.toxid.toxic(line_.name, "unplug", stream=stream, **more)


def plug_in(line_, stream):
    expect(204, line_.toxid.request(
        "DELETE", f"/proxies/{line_.name}/toxics/unplug_{stream}"))


def ask(sock):
    """Whether the other is there: after EVERY s, and twice more"""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, EVERY),
                          (socket.TCP_KEEPINTVL, EVERY),
                          (socket.TCP_KEEPCNT, 2)):
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def error_of(sock):
    """What it comes to, and after how many seconds"""
    began = time.monotonic()
    with pytest.raises(OSError) as e:
        while sock.recv(1):
            pass
    return e.value.errno, time.monotonic() - began


@both_ways
def test_keep_alive_notices(line, stream):
    source, destination = line.open(stream)
    for sock in (source, destination):
        ask(sock)
    pull(line, stream)
    error, after = error_of(source)
    assert error == errno.ETIMEDOUT
    assert EVERY < after, after
    # who has his cable is answered, and toxid has ended nothing
    destination.settimeout(0.2)
    with pytest.raises(TimeoutError):
        destination.recv(1)
    sessions = line.toxid.request("GET", "/proxies/p/sessions").json()
    assert len(sessions["sessions"]) == 1


@both_ways
def test_a_user_timeout_notices(line, stream):
    source, _ = line.open(stream)
    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT,
                      int(USER_TIMEOUT * 1000))
    pull(line, stream)
    source.sendall(b"x")
    error, after = error_of(source)
    assert error == errno.ETIMEDOUT
    assert USER_TIMEOUT - 0.1 < after, after


@both_ways
def test_plugged_in_it_goes_on_where_it_was(line, stream):
    source, destination = line.open(stream)
    pull(line, stream)
    source.sendall(b"there")
    destination.sendall(b"back")
    for sock in (source, destination):
        sock.settimeout(0.7)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.settimeout(PATIENCE)
    plug_in(line, stream)
    assert receive(source, 4) == b"back"
    assert receive(destination, 5) == b"there"


@both_ways
def test_no_end_gets_through_before_it_is_back(line, stream):
    source, destination = line.open(stream)
    pull(line, stream)
    destination.sendall(b"last")
    destination.shutdown(socket.SHUT_WR)
    source.settimeout(0.5)
    with pytest.raises(TimeoutError):
        source.recv(1)
    source.settimeout(PATIENCE)
    plug_in(line, stream)
    assert receive(source, 4) == b"last" and source.recv(1) == b""
    source.close()
    assert destination.recv(1) == b""


def test_a_halt_plugs_it_in(line):
    source, destination = line.open("upstream")
    pull(line, "upstream")
    assert is_stuck(source, destination)
    expect(200, line.toxid.request("POST", "/halt"))
    assert receive(destination, 1) == b"x"
    expect(200, line.toxid.request("POST", "/resume"))
    assert is_stuck(source, destination)


@both_ways
def test_tcp_loss_goes_on_behind_it(line, stream):
    source, destination = line.open(stream)

    def seen():
        return counted(line.toxid.pid)[stream][0]

    line.toxic(stream, loss=0)
    assert flows(source, destination)
    pull(line, stream)
    before = seen()
    assert is_stuck(source, destination)
    assert seen() == before > 0
    plug_in(line, stream)
    assert receive(destination, 1) == b"x"
    assert wait_until(lambda: seen() > before)
    expect(200, line.toxid.request(
        "PATCH", f"/proxies/p/toxics/tcp_loss_{stream}",
        {"attributes": {"loss": 1}}))
    assert is_stuck(source, destination)


def test_one_session_alone_is_unplugged(line):
    pulled, other = line.open("upstream"), line.open("upstream")
    port = pulled[0].getsockname()[1]
    path = "/proxies/p/sessions"
    found, = (s["id"] for s in line.toxid.request("GET", path).json()[
        "sessions"] if s["client"].endswith(f":{port}"))
    expect(200, line.toxid.request("POST", f"{path}/{found}/toxics", {
        "type": "unplug", "stream": "upstream"}))
    ask(pulled[0])
    assert flows(*other)
    assert error_of(pulled[0])[0] == errno.ETIMEDOUT


def test_a_worker_and_a_ctld_that_follow_go_on(line):
    pull(line, "upstream")
    worker = line.toxid.worker("p")
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: line.toxid.worker("p") != worker)
    assert is_stuck(*line.open("upstream"))
    os.kill(line.toxid.ctld, signal.SIGKILL)
    assert wait_until(lambda: any(
        entry["message"] == "Control process was replaced"
        for entry in line.toxid.log()))
    source, destination = line.open("upstream")
    assert is_stuck(source, destination)
    plug_in(line, "upstream")
    assert receive(destination, 1) == b"x"
    pull(line, "downstream")
    ask(destination)
    assert error_of(destination)[0] == errno.ETIMEDOUT


def test_without_the_capabilities_it_is_refused():
    if os.geteuid() != 0:
        pytest.skip("needs root, to do without what it may")
    with Toxid(preexec_fn=do_without) as toxid:
        toxid.proxy("p", "127.0.0.1:1")
        refused = toxid.request("POST", "/proxies/p/toxics",
                                {"type": "unplug"})
        assert refused.status == 400
        assert b"CAP_BPF and CAP_PERFMON" in refused.body
        assert toxid.request("GET", "/proxies/p/toxics").json() == []
