# SPDX-License-Identifier: ISC
"""Who may connect to proxies: the configuration file's "clients"."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest
import rig
from lab import Lab, standard
from peers import ending
from rig import Toxid, has_ipv6, wait_until
from test_relay_ends import PATIENCE, receive
from test_upgrade import upgrade
from test_upstreams import count, reload, written

pytestmark = pytest.mark.normal_build

ONLY_2 = ["127.0.0.2"]


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "toxid.json", "clients")


def connect(t, name, source):
    """From that address"""
    listen = t.request("GET", f"/proxies/{name}").json()["listen"]
    return rig.connected(rig.address_of(listen), source)


def is_served(t, source, name="p"):
    listen = t.request("GET", f"/proxies/{name}").json()["listen"]
    return speaks_from(rig.address_of(listen), source)


def speaks_from(address, source):
    """... or is closed, before the upstream hears of it"""
    with rig.connected(address, source) as client:
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
            with rig.connected((target, int(port)), source) as client:
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


def test_a_reload_changes_them_for_who_is_not_let_in_yet(file, echo):
    late = {"connect": {"mode": "accept_delay", "delay": 3600000}}
    with Toxid("-config", file(None)) as t:
        t.proxy("p", echo.address)
        assert t.request("POST", "/proxies/p", late).status == 200
        waiting = [connect(t, "p", f"127.0.0.{i}") for i in (1, 2)]
        for s in waiting:
            s.settimeout(PATIENCE)
            s.sendall(b"x")
        time.sleep(0.2)  # they have come in
        file(ONLY_2)
        reload(t)
        assert t.request(
            "POST", "/proxies/p", {"connect": {}}).status == 200
        assert waiting[1].recv(1) == b"x"
        with pytest.raises(ConnectionError):
            waiting[0].recv(1)
        assert wait_until(
            lambda: count(t, 'Clients refused: not among "clients"') == 1)


@pytest.mark.parametrize("key", ["client", "Clients", "cleints"])
def test_a_misspelt_one_is_no_trifle(file, tmp_path, key):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps({key: ONLY_2, "proxies": []}))
    with Toxid("-config", str(path), wait=False) as t:
        if key.lower() == "clients":  # as other members, in any case
            t.wait_until_up()
            return
        assert t.ends() != 0
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


# ---- a proxy's own

def proxy(echo, name="p", **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": echo.address,
            **more}


def served(t, name="p"):
    return [i for i in (1, 2, 3) if is_served(t, f"127.0.0.{i}", name)]


def test_a_proxy_has_its_own(file, echo):
    """Whoever is in one of both lists only is in neither."""
    with Toxid("-config", file(["127.0.0.2", "127.0.0.3"], [
            proxy(echo, clients=["127.0.0.1", "127.0.0.2"]),
            proxy(echo, "q")])) as t:
        assert wait_until(lambda: served(t) == [2])
        assert served(t, "q") == [2, 3]
        assert t.request("GET", "/proxies/p").json().keys() == \
            t.request("GET", "/proxies/q").json().keys()


def test_by_name(tmp_path, echo):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps({"p": proxy(echo, clients=ONLY_2)}))
    with Toxid("-config", str(path)) as t:
        assert served(t) == [2]


def test_a_reload_changes_a_proxys_own(file, echo):
    with Toxid("-config", file(None, [proxy(echo)])) as t:
        worker = t.worker("p")
        with connect(t, "p", "127.0.0.1") as old:
            old.sendall(b"hello")
            assert receive(old, 5) == b"hello"
            for clients in (ONLY_2, ["127.0.0.3"]):
                file(None, [proxy(echo, clients=clients)])
                reload(t)
                assert wait_until(lambda: served(t) == [
                    int(clients[0][-1])])
            assert count(t, "Rules of upstreams and clients are in force: "
                            "open sessions stay") == 2
            old.sendall(b"stays")
            assert receive(old, 5) == b"stays"
        file(None, [proxy(echo)])
        reload(t)
        assert wait_until(lambda: served(t) == [1, 2, 3])
        assert t.worker("p") == worker


def test_a_proxys_own_is_of_its_name(file, echo):
    with Toxid("-config", file(None, [proxy(echo, clients=ONLY_2)])) as t:
        assert t.request("DELETE", "/proxies/p").status == 204
        assert t.request("POST", "/proxies", proxy(
            echo, clients=["127.0.0.1"])).status == 201
        assert served(t) == [2]
        t.proxy("q", echo.address)
        assert served(t, "q") == [1, 2, 3]


def test_a_proxys_own_outlives_its_keepers(file, echo, tmp_path):
    state = ["-state", str(tmp_path / "state")]
    config = ["-config", file(None, [proxy(echo, clients=ONLY_2)])]
    with Toxid(*config, *state) as t:
        def holds():
            assert wait_until(lambda: served(t) == [2])

        holds()
        os.kill(t.worker("p"), signal.SIGKILL)
        holds()
        for _ in range(2):
            replaced = count(t, "Control process was replaced")
            os.kill(t.ctld, signal.SIGKILL)
            assert wait_until(lambda: count(
                t, "Control process was replaced") > replaced)
            holds()
            os.kill(t.worker("p"), signal.SIGKILL)
            holds()
        upgrade(t)
        holds()
        t.stop()
    with Toxid(*config, *state) as t:
        holds()
        file(None, [proxy(echo)])  # one that is taken away stays so
        reload(t)
        assert wait_until(lambda: served(t) == [1, 2, 3])
        replaced = count(t, "Control process was replaced")
        os.kill(t.ctld, signal.SIGKILL)
        assert wait_until(lambda: count(
            t, "Control process was replaced") > replaced)
        os.kill(t.worker("p"), signal.SIGKILL)
        assert wait_until(lambda: served(t) == [1, 2, 3])


@pytest.mark.parametrize("clients, error", [
    (["a"], 'proxies[1].clients[0]: "a": '),
    (["127.0.0.1", 5], "proxies[1].clients[1]: expected a string, got "),
    (["127.0.0.1:80"], 'proxies[1].clients[0]: "127.0.0.1:80": a client has '
                       "no port to be known by"),
    ([], "proxies[1].clients: nothing is in it: leave it out to let all "
         "connect"),
    (["127.0.0.1"] * 65, "proxies[1].clients: there are more than 64"),
    ({}, "proxies[1].clients: expected an array, got an object")])
def test_what_a_proxys_own_may_be(file, echo, clients, error):
    entries = [proxy(echo, "q"), proxy(echo, clients=clients)]
    path = file(None, entries)
    with Toxid("-config", path, wait=False) as t:
        assert t.ends() != 0
        said = b"".join(t.lines).decode()
        assert error in json.loads(said.splitlines()[-1])["error"]
    checked = subprocess.run([os.environ.get("TOXID", rig.TOXID), "-check",
                              path], capture_output=True, text=True)
    assert checked.returncode != 0 and f":1:" in checked.stderr
    assert error in checked.stderr
    file(None, [proxy(echo, "q"), proxy(echo, clients=ONLY_2)])
    with Toxid("-config", path) as t:
        file(None, entries)
        reload(t, "Reload failed, nothing has changed")
        assert served(t) == [2]


@pytest.mark.parametrize("key", ["client", "cleints"])
def test_a_misspelt_one_of_a_proxy_is_no_trifle(file, echo, key):
    path = file(None, [proxy(echo, **{key: ONLY_2})])
    with Toxid("-config", path, wait=False) as t:
        assert t.ends() != 0
        assert 'did you mean \\"clients\\"?' in b"".join(t.lines).decode()
    with Toxid("-config", file(None, [proxy(echo, clients=ONLY_2)])) as t:
        file(None, [proxy(echo, **{key: ONLY_2})])
        reload(t, "Reload failed, nothing has changed")
        assert served(t) == [2]


def test_two_of_one_name(file, echo):
    path = file(None, [proxy(echo, clients=ONLY_2),
                       proxy(echo, clients=["127.0.0.1"])])
    with Toxid("-config", path, wait=False) as t:
        assert t.ends() != 0
        assert "proxies[1].clients: another proxy of that name has such a " \
            "list" in b"".join(t.lines).decode()


def test_an_array_has_none(tmp_path, echo):
    """It is not read before all else: so its proxies are not made."""
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps([proxy(echo, clients=ONLY_2)]))
    with Toxid("-config", str(path)) as t:
        assert wait_until(lambda: any(
            "only a file that is an object may have them" in
            line.get("error", "") for line in t.log()))
        assert t.request("GET", "/proxies").json() == {}


def test_of_a_tenant(tmp_path, echo):
    tenants = standard()
    tenants[0]["clients"] = ["127.0.0.2", "127.0.0.3"]
    for one, clients in zip(tenants, (["127.0.0.1", "127.0.0.3"], None)):
        one["proxies"] = [proxy(echo)]
        if clients is not None:
            one["proxies"][0]["clients"] = clients
    with Lab(tmp_path, tenants=tenants) as lab:
        def served_of(who):
            at = rig.address_of(lab.ask(who, "GET", "/proxies/p").json()[
                "listen"])
            return [i for i in (1, 2, 3) if speaks_from(at, f"127.0.0.{i}")]

        assert wait_until(lambda: served_of("a") == [3])
        assert served_of("b") == [1, 2, 3]
        lab.say([*reversed(tenants)])
        reload(lab)
        assert served_of("a") == [3] and served_of("b") == [1, 2, 3]


def test_in_a_pipe_there_are_none(tmp_path, echo):
    """Nobody has read it before all else: toxid does not start."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    text = json.dumps({"proxies": [proxy(echo, clients=ONLY_2)]})
    writer = threading.Thread(target=path.write_text, args=(text,))
    writer.start()
    with Toxid("-config", str(path), wait=False) as t:
        assert t.ends() != 0
        assert "clients: only a regular file may have them" in \
            b"".join(t.lines).decode()
    writer.join()
