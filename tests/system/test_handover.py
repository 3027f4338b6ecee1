# SPDX-License-Identifier: ISC
"""An upgrade in which one process is late: what the others have said by then
is heard, and nobody waits for what will not come."""

import contextlib
import http.client
import os
import signal
import socket
import time

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until
from test_upgrade import count, talk, upgrade
from tracing import strace

pytestmark = pytest.mark.normal_build

PATIENCE = 20
HALF_A_SECOND = 500_000  # us


@contextlib.contextmanager
def late(pid, call, *options, us=HALF_A_SECOND):
    """Its next call of that name begins so much later."""
    trace = strace(pid, *options, "-o", "/dev/null", "-e", f"trace={call}",
                   "-e", f"inject={call}:delay_enter={us}:when=1")
    yield
    trace.send_signal(signal.SIGINT)
    trace.wait(PATIENCE)


def chat(sock, seconds):
    """through a proxy, whose counters change"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        talk(sock)
        time.sleep(0.01)


def kept_connection(t):
    """to the API; it asks again, and does not connect again"""
    api = http.client.HTTPConnection(t.host, t.port, timeout=PATIENCE)
    assert is_answered(api)
    api.auto_open = False
    return api


def is_answered(api):
    api.request("GET", "/version")
    return bool(api.getresponse().read())


def test_a_worker_that_hears_of_two_lines_at_once():
    """Of the old one's end from diald first, and then from ctld,
    which has given it another meanwhile: that one is used."""
    with Toxid() as t, Echo() as echo:
        t.proxy("p", echo.address)
        with t.connect("p") as first:
            talk(first)
        with late(t.worker("p"), "recvmsg", us=2 * HALF_A_SECOND):
            with t.connect("p") as waits:  # for diald's answer
                waits.settimeout(PATIENCE)
                upgrade(t)
                talk(waits)
            with t.connect("p") as new:
                new.settimeout(PATIENCE)
                talk(new)
        assert count(t, "Unable to open connection to upstream") == 0


def finish(t, apid, sock, before=0, meanwhile=0):
    """Upgrades, and apid gives its clients back and ends while ctld
    sees nothing; seconds of a chat before that, and meanwhile"""
    with late(apid, "sendmsg", us=2 * HALF_A_SECOND):
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: count(t, "Upgrade started"))
        time.sleep(0.2)  # until it has been asked to
        chat(sock, before)
        t.process.send_signal(signal.SIGSTOP)
        chat(sock, meanwhile)
        gone = wait_until(lambda: rig.parent_of(apid) is None)
        t.process.send_signal(signal.SIGCONT)
        assert gone and wait_until(lambda: count(t, "Upgraded"))


@pytest.mark.parametrize("when", [
    {"before": 0.5},     # it ends, and has not read what it was told
    {"meanwhile": 0.5},  # it cannot be told any more
])
def test_an_apid_that_counters_come_too_late_for(when):
    """Those of a worker, which ctld passes on: that it cannot is no
    reason not to hear apid's last words."""
    with Toxid() as t, Echo() as echo:
        t.proxy("p", echo.address)
        api = kept_connection(t)
        with t.connect("p") as sock:
            finish(t, t.child("apid"), sock, **when)
        assert is_answered(api)


def test_an_answer_that_takes_its_time_is_not_lost(tmp_path):
    """stored hangs at its disk, and is killed for it after 2 s: that is said to
    who has asked, though apid has been asked to finish before."""
    with Toxid("-state", str(tmp_path / "state"),
               "-durability", "full") as t:
        t.proxy("p", "127.0.0.1:1")
        stored = t.child("stored")
        with late(stored, "fdatasync", us=6 * HALF_A_SECOND):
            api = http.client.HTTPConnection(t.host, t.port, timeout=PATIENCE)
            api.request("POST", "/proxies/p/toxics", '{"type": "noop"}')
            upgrade(t)
            reply = api.getresponse()
            assert reply.status in (200, 500) and reply.read()


# ---- an apid that is not ready


def ask_in_part(t):
    """A connection that has sent the first half of a request"""
    sock = socket.create_connection((t.host, t.port), PATIENCE)
    sock.sendall(b"GET /version HTTP/1.1\r\n")
    return sock


def ask_the_rest(sock):
    sock.sendall(b"Host: localhost\r\n\r\n")
    return sock.recv(12) == b"HTTP/1.1 200"


def test_an_upgrade_that_is_asked_for_at_the_start():
    """apid does not serve yet, and clients wait for it: it is put off."""
    for pause in (0, 0.005, 0.01, 0.02, 0.04):
        with Toxid(wait=False) as t:
            assert wait_until(
                lambda: count(t, "Starting Toxiproxy HTTP server"))
            t._learn_port()
            with ask_in_part(t) as sock:
                time.sleep(pause)
                t.process.send_signal(signal.SIGUSR2)
                assert wait_until(lambda: count(t, "Upgraded"))
                assert ask_the_rest(sock)


def test_an_apid_that_is_to_finish_before_it_is_ready():
    """It has died in the trial, and the next one takes its time: who has come
    in meanwhile is served by the new program's."""
    with Toxid() as t, late(t.pid, "recvmsg", "-f"):
        t.process.send_signal(signal.SIGSTOP)
        os.kill(t.child("apid"), signal.SIGKILL)
        t.process.send_signal(signal.SIGUSR2)
        with ask_in_part(t) as sock:
            t.process.send_signal(signal.SIGCONT)
            assert wait_until(lambda: count(t, "Upgraded"))
            assert ask_the_rest(sock)
