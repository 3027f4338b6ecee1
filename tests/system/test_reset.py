# SPDX-License-Identifier: ISC
"""POST /reset is of all proxies that somebody has been told of, and of what was
done to them: its list is the one that the API shows."""

import os
import signal
import socket
import threading

import peers
import pytest
import rig

ROUNDS, CLIENTS = 15, 4
TOXIC = {"name": "t", "type": "noop"}


def is_reset(t, name):
    p = t.request("GET", f"/proxies/{name}").json()
    return p["enabled"] and p["toxics"] == []


def make(t, name):
    t.proxy(name, "127.0.0.1:1", enabled=False, toxics=[TOXIC])


def spoil(t, name):
    r = t.request("PATCH", f"/proxies/{name}", {"enabled": False})
    assert r.status == 200
    assert t.request("POST", f"/proxies/{name}/toxics", TOXIC).status == 200


def reset(t):
    assert t.request("POST", "/reset").status == 204


def test_whoever_is_connected_stays():
    """... whatever the toxics that go are called"""
    with peers.Echo() as echo, rig.Toxid() as t:
        t.proxy("a", echo.address, toxics=[TOXIC | {"name": name} for name in (
            "of a longer name", "short", "x" * 255, "é", "")])
        with t.connect("a") as s:
            for _ in range(2):
                s.sendall(b"hello")
                assert s.recv(5, socket.MSG_WAITALL) == b"hello"
                reset(t)
        assert is_reset(t, "a")
        assert not t.request("GET", "/health").json()[
            "roles"]["relayd"]["restarts"]


@pytest.mark.parametrize("args", [(), ("-state",)], ids=["bare", "stored"])
def test_what_was_acknowledged_is_reset(tmp_path, args):
    """Each client's own, amid the others' changes"""
    faults = []

    def client(i):
        name = f"p{i}"
        for _ in range(ROUNDS):
            make(t, name)
            reset(t)
            ok = is_reset(t, name)
            t.request("POST", f"/proxies/{name}/toxics", TOXIC)
            reset(t)
            if not ok or not is_reset(t, name):
                faults.append(name)
            t.request("DELETE", f"/proxies/{name}")

    with rig.Toxid(*args, *[str(tmp_path / "state")] * len(args)) as t:
        threads = [threading.Thread(target=client, args=(i,))
                   for i in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults


def asks(t):
    try:
        return t.request("POST", "/reset").status == 204
    except OSError:
        return False


@pytest.mark.normal_build
def test_a_new_apid_knows_all_of_them(toxid):
    """It answers nobody before it does."""
    for i in range(200):
        make(toxid, f"p{i}")
    for _ in range(3):
        os.kill(toxid.child("apid"), signal.SIGKILL)
        assert rig.wait_until(lambda: asks(toxid))
        shown = toxid.request("GET", "/proxies").json()
        assert len(shown) == 200
        assert all(p["enabled"] and not p["toxics"] for p in shown.values())
        for i in range(0, 200, 20):
            spoil(toxid, f"p{i}")
