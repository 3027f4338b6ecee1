# SPDX-License-Identifier: ISC
"""Whatever becomes of etcd, each node comes to what etcd says, and meanwhile all
goes on as it was."""

import signal
import socket
import time

from conftest import LEASE, PREFIX, Sync, key, listed
from rig import Toxid, address_of, wait_until


class Client:
    """A session through a proxy: it is asked again and again."""

    def __init__(self, status, name="web"):
        self.sock = socket.create_connection(
            address_of(status["proxies"][name]["listen"]), 5)
        self.goes_on()

    def goes_on(self):
        self.sock.sendall(b"a")
        assert self.sock.recv(1) == b"a"


def test_a_member_is_killed(three, toxid, tmp_path, web):
    """Whichever it is that a node speaks with."""
    with Sync(three, toxid, tmp_path) as sync:
        client = Client(sync.applied(three.put(key("web"), web)))
        for i in range(3):
            three.kill(i)
            sync.applied(three.put(key(f"p{i}"), web))
            client.goes_on()
            three.start(i)
            assert wait_until(lambda: three.is_up(i))
        assert len(listed(toxid)) == 4


def test_a_member_stands_still(three, toxid, tmp_path, web):
    """It holds its connections, and answers nothing."""
    with Sync(three, toxid, tmp_path) as sync:
        sync.applied(three.put(key("web"), web))
        at = sync.process.pid
        three.processes[0].send_signal(signal.SIGSTOP)
        stopped, three.processes[0] = three.processes[0], None
        try:
            revision = three.put(key("more"), web)
            sync.applied(revision)
        finally:
            three.processes[0] = stopped
            stopped.send_signal(signal.SIGCONT)
        assert sync.process.pid == at and len(listed(toxid)) == 2


def test_etcd_is_away(etcd, tmp_path, web):
    """Sessions, the API and what toxid is told when it is restarted."""
    with Toxid("-spares", "0") as toxid:
        with Sync(etcd, toxid, tmp_path) as sync:
            client = Client(sync.applied(etcd.put(key("web"), web)))
            etcd.kill(0)
            assert wait_until(lambda: sync.said("Source lost"))
            client.goes_on()
            toxid.proxy("by-hand", "127.0.0.1:1")
            assert sorted(listed(toxid)) == ["by-hand", "web"]
            toxid.cut()
            with Toxid("-spares", "0", port=toxid.port) as again:
                assert wait_until(lambda: list(listed(again)) == ["web"])
                etcd.start(0)
                etcd.wait_until_up()
                sync.applied(etcd.put(key("more"), web))
                assert sorted(listed(again)) == ["more", "web"]


def test_an_end_does_not_wait_for_etcd(etcd, toxid, tmp_path):
    with Sync(etcd, toxid, tmp_path) as sync:
        sync.wait(lambda s: s["health"] == "ok")
        etcd.processes[0].send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert sync.stop() == 0
        assert time.monotonic() - began < 5


def test_a_node_is_cut_off(etcd, toxid, tmp_path, web):
    """Nothing goes through its network, and nothing says so."""
    with Toxid("-spares", "0") as network:
        way = network.proxy("etcd", etcd.urls[0].partition("//")[2])
        url = f"http://{way['listen']}"
        with Sync(etcd, toxid, tmp_path, url=url) as sync:
            client = Client(sync.applied(etcd.put(key("web"), web)))
            cut = network.request("POST", "/proxies/etcd/toxics", {
                "name": "up", "type": "timeout", "stream": "upstream",
                "attributes": {"timeout": 0}})
            assert cut.status == 200, cut
            network.request("POST", "/proxies/etcd/toxics", {
                "name": "down", "type": "timeout", "stream": "downstream",
                "attributes": {"timeout": 0}})
            revision = etcd.put(key("more"), web)
            etcd.delete(key("web"))
            revision = etcd.put(key("web"), web)
            assert wait_until(lambda: sync.status() is None)
            client.goes_on()
            assert list(listed(toxid)) == ["web"]
            network.request("DELETE", "/proxies/etcd/toxics/up")
            network.request("DELETE", "/proxies/etcd/toxics/down")
            sync.applied(revision)
            client.goes_on()
            assert sorted(listed(toxid)) == ["more", "web"]


def test_compaction_while_away(etcd, toxid, tmp_path, web):
    with Toxid("-spares", "0") as network:
        way = network.proxy("etcd", etcd.urls[0].partition("//")[2])
        with Sync(etcd, toxid, tmp_path,
                  url=f"http://{way['listen']}") as sync:
            sync.applied(etcd.put_all({key("web"): web, key("old"): web}))
            network.request("POST", "/proxies/etcd", {"enabled": False})
            assert wait_until(lambda: sync.said("Source lost"))
            etcd.delete(key("old"))
            revision = etcd.put(key("new"), web)
            etcd.compact(revision)
            network.request("POST", "/proxies/etcd", {"enabled": True})
            sync.applied(revision)
            assert sorted(listed(toxid)) == ["new", "web"]


def test_a_lease_is_lost(etcd, toxid, sync):
    """By whomever; its key goes with it, and comes back."""
    sync.wait(lambda s: s["health"] == "ok")
    before = etcd.get(f"{PREFIX}/status/n1", whole=True)["kvs"][0]
    etcd.ask("/v3/lease/revoke", {"ID": before["lease"]})
    assert sync.status() is None
    sync.wait(lambda s: s["health"] == "ok")
    after = etcd.get(f"{PREFIX}/status/n1", whole=True)["kvs"][0]
    assert after["lease"] != before["lease"]
    time.sleep(LEASE + 0.5)
    assert sync.status() is not None


def test_two_writers(etcd, toxid, sync, web):
    """Of the same keys, each in transactions: no node has a half of one."""
    for i in range(20):
        revision = etcd.put_all({
            key(name): {**web, "enabled": i % 2 == 0} for name in "abc"})
        seen = {p["enabled"] for p in
                toxid.request("GET", "/proxies").json().values()}
        assert len(seen) < 2, seen
    sync.applied(revision)
    assert [p["enabled"] for p in toxid.request(
        "GET", "/proxies").json().values()] == [False] * 3


def restored(cluster, toxid, tmp_path, web, more):
    """From a snapshot: revisions go back, and then on, by so many changes."""
    with Sync(cluster, toxid, tmp_path) as sync:
        client = Client(sync.applied(
            cluster.put_all({key("web"): web, key("kept"): web})))
        snapshot = cluster.save()
        for i in range(5):
            cluster.put(key(f"lost{i}"), web)
        revision = cluster.delete(key("kept"))
        sync.applied(revision)
        assert len(listed(toxid)) == 6
        cluster.restore(snapshot)
        for i in range(more):
            cluster.put("/elsewhere", str(i))
        assert wait_until(lambda: sorted(listed(toxid)) == ["kept", "web"])
        client.goes_on()
        status = sync.wait(lambda s: sorted(s["proxies"]) == ["kept", "web"])
        assert more or status["applied"] < revision
        assert status["revision"] == status["applied"]
        sync.applied(cluster.put(key("web"), {**web, "enabled": False}))


def test_a_restore_from_a_snapshot(etcd, toxid, tmp_path, web):
    restored(etcd, toxid, tmp_path, web, more=0)


def test_a_restore_that_has_overtaken(etcd, toxid, tmp_path, web):
    """Its revision is above what the node believed: that says nothing."""
    restored(etcd, toxid, tmp_path, web, more=40)


def test_a_restore_of_three(three, toxid, tmp_path, web):
    restored(three, toxid, tmp_path, web, more=0)
