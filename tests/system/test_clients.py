# SPDX-License-Identifier: ISC
"""Who may connect to proxies: the configuration file's "clients"."""

import json
import os
import signal
import socket
import time

import pytest
import rig
from peers import Echo, ending
from rig import Toxid, has_ipv6, wait_until
from test_relay_ends import PATIENCE, receive
from test_upgrade import upgrade
from test_upstreams import count, reload, written

pytestmark = pytest.mark.normal_build

ONLY_2 = ["127.0.0.2"]


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "toxid.json", "clients")


@pytest.fixture
def echo():
    with Echo() as made:
        yield made


def connect(t, name, source):
    """From that address"""
    listen = t.request("GET", f"/proxies/{name}").json()["listen"]
    return socket.create_connection(
        rig.address_of(listen), PATIENCE, source_address=(source, 0))


def is_served(t, source, name="p"):
    """... or closed, before the upstream hears of it"""
    with connect(t, name, source) as client:
        client.settimeout(PATIENCE)
        try:
            client.sendall(b"hello")
            return receive(client, 5) == b"hello"
        except (ConnectionError, AssertionError):
            return False


def rules_hold(t):
    assert wait_until(lambda: is_served(t, "127.0.0.2"))
    assert not is_served(t, "127.0.0.1")
    assert not is_served(t, "127.0.0.3")


@pytest.mark.parametrize("clients, served, refused", [
    (None, ["127.0.0.1", "127.9.9.9"], []),
    (ONLY_2, ["127.0.0.2"], ["127.0.0.1", "127.0.0.3", "127.0.1.2"]),
    (["127.0.0.2/32:*"], ["127.0.0.2"], ["127.0.0.1"]),
    (["127.0.0.8/30"], ["127.0.0.8", "127.0.0.11"],
     ["127.0.0.7", "127.0.0.12"]),
    (["10.0.0.0/8", "127.1.0.0/16"], ["127.1.2.3"], ["127.0.0.1"]),
    (["[::1]", "127.0.0.5"], ["127.0.0.5"], ["127.0.0.1"]),
    (["*"], ["127.0.0.1"], []),
    (["[::]/0"], [], ["127.0.0.1"])])
def test_addresses(file, echo, clients, served, refused):
    with Toxid("-config", file(clients)) as t:
        t.proxy("p", echo.address)
        for source in served:
            assert is_served(t, source), source
        for source in refused:
            assert not is_served(t, source), source
        listed = t.request("GET", "/proxies").json()
        assert set(listed["p"]) == {
            "name", "listen", "upstream", "enabled", "toxics"}


@pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 here")
def test_both_families_at_one_listener(file, echo):
    """IPv4 in IPv6's clothes is that IPv4 address."""
    with Toxid("-config", file(ONLY_2)) as t:
        port = t.proxy("p", echo.address, "[::]:0")[
            "listen"].rpartition(":")[2]
        for source, target, expected in (
                ("127.0.0.2", "127.0.0.1", True),
                ("127.0.0.1", "127.0.0.1", False),
                ("::1", "::1", False)):
            with socket.create_connection(
                    (target, int(port)), PATIENCE,
                    source_address=(source, 0)) as client:
                if expected:
                    client.sendall(b"hello")
                    assert receive(client, 5) == b"hello"
                else:
                    assert ending(client, PATIENCE) in ("fin", "rst")


def test_the_upstream_hears_nothing(file):
    """Nor is a session opened: nothing else is done before."""
    with socket.create_server(("127.0.0.1", 0)) as upstream, \
            Toxid("-config", file(ONLY_2), "-proxy-metrics") as t:
        upstream.settimeout(0.5)
        t.proxy("p", f"127.0.0.1:{upstream.getsockname()[1]}")
        clients = [connect(t, "p", "127.0.0.1") for _ in range(20)]
        for client in clients:
            assert ending(client, PATIENCE) in ("fin", "rst")
            client.close()
        with pytest.raises(TimeoutError):
            upstream.accept()
        assert wait_until(lambda: any(
            line.get("message", "").startswith("Clients refused")
            for line in t.log()))
        said = [line for line in t.log()
                if line.get("message", "").startswith("Clients refused")]
        assert sum(line["refused"] for line in said) <= 20
        assert said[0]["proxy"] == "p"
        assert said[0]["client"].startswith("127.0.0.1:")


def test_a_crowd_that_is_refused_costs_little_log(file, echo):
    with Toxid("-config", file(ONLY_2)) as t:
        t.proxy("p", echo.address)
        start = time.monotonic()
        for _ in range(300):
            connect(t, "p", "127.0.0.1").close()
        seconds = time.monotonic() - start
        assert is_served(t, "127.0.0.2")
        assert count(t, 'Clients refused: not among "clients"') <= seconds + 2


def test_a_reload_changes_them(file, echo):
    with Toxid("-config", file(None)) as t:
        t.proxy("p", echo.address)
        with connect(t, "p", "127.0.0.1") as old:
            old.sendall(b"hello")
            assert receive(old, 5) == b"hello"
            file(ONLY_2)
            reload(t)
            rules_hold(t)
            old.sendall(b"stays")
            assert receive(old, 5) == b"stays"
        # all or nothing
        for bad in (["10.0.0.0/33"], [], {}, ["a"], [5], ["10.0.0.0/8:80"],
                    ["loopback"], ["10.0.0.0/8"] * 65, "127.0.0.2"):
            path = file(bad)
            reload(t, "Reload failed, nothing has changed")
            error = [line["error"] for line in t.log()
                     if line["message"].startswith("Reload failed")][-1]
            assert error.startswith(f"{path}:1:") and "clients" in error
            rules_hold(t)
        file(None)
        reload(t)
        assert is_served(t, "127.0.0.1")


@pytest.mark.parametrize("key", ["client", "Clients", "cleints"])
def test_a_misspelt_one_is_no_trifle(file, tmp_path, key):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps({key: ONLY_2, "proxies": []}))
    with Toxid("-config", str(path), wait=False) as t:
        if key.lower() == "clients":  # as other members, in any case
            t.wait_until_up()
            return
        assert t.process.wait(PATIENCE) != 0
        assert key in b"".join(t.lines).decode()


def test_they_outlive_their_keepers(file, echo):
    with Toxid("-config", file(ONLY_2)) as t:
        t.proxy("p", echo.address)
        rules_hold(t)
        os.kill(t.worker("p"), signal.SIGKILL)
        rules_hold(t)
        os.kill(t.ctld, signal.SIGKILL)
        assert wait_until(lambda: count(t, "Control process was replaced"))
        rules_hold(t)
        t.proxy("q", echo.address)
        assert not is_served(t, "127.0.0.1", "q")
        os.kill(t.worker("p"), signal.SIGKILL)
        rules_hold(t)
        upgrade(t)
        rules_hold(t)


def test_they_are_the_files_and_not_the_stores(file, echo, tmp_path):
    state = ["-state", str(tmp_path / "state")]
    with Toxid("-config", file(None), *state) as t:
        t.proxy("p", echo.address)
        assert is_served(t, "127.0.0.1")
        t.stop()
    with Toxid("-config", file(ONLY_2), *state) as t:
        rules_hold(t)
        t.stop()
    with Toxid("-config", file(None), *state) as t:
        assert is_served(t, "127.0.0.1")
        t.stop()
