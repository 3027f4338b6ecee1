# SPDX-License-Identifier: ISC
"""As test_listeners.py, of the API's Unix socket: nobody can make another in
its place, so one that was spoilt is none until the next start."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import tempfile

import pytest
import unixhttp
from conftest import NOBODY
from rig import wait_until
from test_listeners import (
    CHANGES, SIGSYS, SOCKET, block, end, faults, linger, listener_of, option,
    owner, shut_down, signal_number, signals)


@pytest.fixture
def local(start):
    """apid, and the socket that it has beside its port"""
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    if not start.is_root:
        os.chown(folder, NOBODY["user"], NOBODY["group"])
    v = lambda: None  # noqa: E731
    v.place = folder / "api.sock"
    v.start = lambda: start("-spares", "0", "-api-socket", str(v.place))
    v.daemon = v.start()
    v.pid = v.daemon.child("apid")
    v.number, v.listener = listener_of(v.pid, is_local=True)
    yield v
    v.listener.close()
    shutil.rmtree(folder)


def is_another(v):
    """... apid, which serves"""
    pids = v.daemon.children().get("apid", [])
    if len(pids) != 1 or pids == [v.pid]:
        return False
    v.daemon.wait_until_up()
    return True


def is_served(v):
    return unixhttp.request(v.place, "GET", "/version").status == 200


def is_spoilt(v):
    """It has been found, and nobody connects to it any more."""
    assert wait_until(lambda: any(
        line["message"].startswith("The API's socket was spoilt")
        for line in v.daemon.log()))
    with pytest.raises(ConnectionRefusedError):
        unixhttp.connect(v.place)


@pytest.mark.parametrize("upper", [0, 1 << 32], ids=["", "upper half"])
@pytest.mark.parametrize("change", CHANGES)
def test_nor_may_it_touch_the_socket(local, inject, change, upper):
    number, *args = CHANGES[change]
    assert inject(local.pid, number, local.number | upper, *args) == (
        "killed by", SIGSYS)
    assert wait_until(lambda: is_another(local))
    assert is_served(local)
    local.daemon.read_to_here()
    assert faults(local.daemon) == []


OF_LOCAL = [option(*o) for o in [
    ("credentials", SOCKET, socket.SO_PASSCRED, 1),
    ("labels", SOCKET, socket.SO_PASSSEC, 1),
    ("keep alive", SOCKET, socket.SO_KEEPALIVE, 1),
    ("room", SOCKET, socket.SO_SNDBUF, 4096)]]


@pytest.mark.parametrize("spoil", [
    linger, block, signals, owner, signal_number, shut_down, *OF_LOCAL],
    ids=lambda f: f.__name__)
def test_a_socket_that_was_spoilt_is_none(local, spoil):
    """... until the next start; the port is there, and says no less."""
    t = local.daemon
    t.proxy("r", "127.0.0.1:1")
    spoil(local.listener)
    end(local.pid)
    assert wait_until(lambda: is_another(local))
    is_spoilt(local)
    assert len(faults(t)) == 1
    apid = t.child("apid")
    os.kill(apid, signal.SIGKILL)  # the next one asks for it no more
    assert wait_until(lambda: t.children().get("apid", [apid]) != [apid])
    t.wait_until_up()
    assert "r" in t.request("GET", "/proxies").json()
    assert len(faults(t)) == 1
    assert t.stop() == 0
    local.daemon = local.start()
    assert is_served(local)


def test_who_waits_at_a_socket_that_was_not_spoilt_is_served(local):
    """... by the apid that follows"""
    os.kill(local.pid, signal.SIGSTOP)
    with contextlib.closing(unixhttp.Connection(
            unixhttp.connect(local.place))) as c:
        end(local.pid)
        assert c.ask("GET", "/version").status == 200
    local.daemon.read_to_here()
    assert faults(local.daemon) == []


def test_whose_socket_does_not_listen_is_replaced(local):
    shut_down(local.listener)
    assert wait_until(lambda: is_another(local))
    assert wait_until(lambda: "its listener does not listen" in [
        line.get("reason") for line in local.daemon.log()])
    is_spoilt(local)


def test_an_upgrade_takes_no_spoilt_socket(local):
    linger(local.listener)
    os.kill(local.daemon.pid, signal.SIGUSR2)
    assert wait_until(lambda: any(
        line["message"] == "Upgraded" for line in local.daemon.log()))
    assert wait_until(lambda: is_another(local))
    is_spoilt(local)
    assert faults(local.daemon) == ["SO_LINGER"]
