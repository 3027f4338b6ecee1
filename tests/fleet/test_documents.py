# SPDX-License-Identifier: ISC
"""What etcd says of a node is what its toxid has, whole or not at all, and etcd
hears of it."""

import socket
import time

from conftest import LEASE, PREFIX, Sync, key, listed
from rig import Toxid, address_of, wait_until


def fault_of(sync):
    """As soon as there is one: the first, and the status"""
    status = sync.wait(lambda s: s["error"] is not None)
    return status["error"]["faults"][0], status


def test_later_scopes_win_and_null_is_none(etcd, toxid, sync):
    def upstream(port):
        return {"listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{port}"}

    revision = etcd.put_all({
        key("a"): upstream(1), key("b"): upstream(1), key("c"): upstream(1),
        key("b", "label/zone=a"): upstream(2),
        key("c", "label/zone=a"): upstream(2),
        key("c", "node/n1"): upstream(3), key("d", "node/n1"): upstream(3),
        key("e", "label/zone=b"): upstream(4),
        key("f", "node/n2"): upstream(5)})
    status = sync.applied(revision)
    assert listed(toxid) == {"a": "127.0.0.1:1", "b": "127.0.0.1:2",
                             "c": "127.0.0.1:3", "d": "127.0.0.1:3"}
    assert status["labels"] == {"zone": "a"}
    assert status["health"] == "ok" and status["error"] is None
    proxies = toxid.request("GET", "/proxies").json()
    assert status["proxies"] == {
        name: {"listen": p["listen"], "upstream": p["upstream"]}
        for name, p in proxies.items()}
    etcd.put(key("a", "node/n1"), "null")
    sync.applied(etcd.delete(key("c", "node/n1")))
    assert listed(toxid) == {"b": "127.0.0.1:2", "c": "127.0.0.1:2",
                             "d": "127.0.0.1:3"}


def test_what_has_not_changed_keeps_its_sessions(etcd, toxid, sync, web):
    status = sync.applied(etcd.put(key("web"), web))
    with socket.create_connection(
            address_of(status["proxies"]["web"]["listen"])) as s:
        s.sendall(b"a")
        assert s.recv(1) == b"a"
        for i in range(3):
            status = sync.applied(etcd.put(key(f"p{i}"), {
                **web, "toxics": [{"type": "latency"}]}))
        s.sendall(b"b")
        assert s.recv(1) == b"b"
    assert len(status["proxies"]) == 4


def test_what_the_api_made_is_left_alone(etcd, toxid, sync, web):
    toxid.proxy("mine", "127.0.0.1:1")
    sync.applied(etcd.put(key("web"), web))
    sync.applied(etcd.delete(key("web")))
    assert listed(toxid) == {"mine": "127.0.0.1:1"}


def test_a_scenario_is_one_of_a_document(etcd, toxid, sync, web):
    sync.applied(etcd.put_all({
        key("web"): web, key("flaky", kind="scenarios"): {
            "proxy": "web", "loop": True,
            "steps": [{"duration": 1000, "toxics": [{"type": "latency"}]},
                      {"duration": 1000}]}}))
    assert [s["name"] for s in toxid.request(
        "GET", "/scenarios").json()] == ["flaky"]
    sync.applied(etcd.delete(key("flaky", kind="scenarios")))
    assert not toxid.request("GET", "/scenarios").json()


def test_names_are_percent_encoded(etcd, toxid, sync, web):
    sync.applied(etcd.put(key("a%20b"), web))
    assert list(listed(toxid)) == ["a b"]


def test_a_burst_is_one_document(etcd, toxid, sync, web):
    sync.applied(etcd.put(key("web"), web))
    before = len(sync.said("Document applied"))
    for i in range(50):
        revision = etcd.put(key("web"), {**web, "enabled": i % 2 == 1})
    sync.applied(revision)
    assert len(sync.said("Document applied")) - before < 20
    assert toxid.request("GET", "/proxies/web").json()["enabled"]


# ---- what is wrong

def test_a_value_that_is_none_is_refused_by_its_key(etcd, toxid, sync, web):
    good = etcd.put(key("web"), web)
    sync.applied(good)
    for value, error in (("{", "it is no JSON"),
                         ("[]", "it is neither an object nor null"),
                         ('{"name": "c"}', "its name is not that of its key")):
        revision = etcd.put_all({key("new"): web})
        sync.applied(revision)
        bad = etcd.put(key("b"), value)
        etcd.delete(key("new"))  # which comes together with what is wrong
        status = sync.wait(lambda s: s["revision"] > bad)
        fault = status["error"]["faults"][0]
        assert fault["key"] == key("b") and fault["error"].startswith(error)
        assert status["applied"] == revision
        assert sorted(listed(toxid)) == ["new", "web"]
        status = sync.applied(etcd.delete(key("b")))
        assert status["error"] is None and list(listed(toxid)) == ["web"]


def test_a_key_that_nobody_knows_is_refused(etcd, sync, web):
    etcd.put(key("web", kind="proxie"), web)
    fault, _ = fault_of(sync)
    assert fault["key"] == key("web", kind="proxie")


def test_what_toxid_refuses_is_told_with_its_keys(etcd, toxid, sync, web):
    good = sync.applied(etcd.put(key("web"), web))["applied"]
    bad = etcd.put_all({
        key("a"): web, key("b", "node/n1"): {**web, "upstream": 7},
        key("web", "label/zone=a"): {**web, "toxics": [{"type": "none"}]}})
    status = sync.wait(lambda s: s["error"] is not None)
    assert status["error"]["revision"] == bad and status["applied"] == good
    keys = [fault["key"] for fault in status["error"]["faults"]]
    assert not any("" in fault.values()
                   for fault in status["error"]["faults"])
    assert sorted(keys) == [key("web", "label/zone=a"), key("b", "node/n1")]
    assert list(listed(toxid)) == ["web"]
    etcd.delete(key("web", "label/zone=a"))
    assert sync.applied(etcd.delete(key("b", "node/n1")))["error"] is None
    assert sorted(listed(toxid)) == ["a", "web"]


def test_a_name_of_another_source_is_refused(etcd, toxid, sync, web):
    other = toxid.request("PUT", "/desired/other", {
        "generation": "1", "proxies": [{"name": "web", **web}]})
    assert other.status == 200, other
    etcd.put(key("web"), web)
    fault, status = fault_of(sync)
    assert fault["source"] == "other" and fault["key"] == key("web")
    assert status["proxies"] == {}


# ---- toxid, away or another

def test_a_toxid_that_was_restarted_is_told_again(etcd, tmp_path, web):
    with Toxid("-spares", "0") as first:
        with Sync(etcd, first, tmp_path) as sync:
            revision = etcd.put(key("web"), web)
            sync.applied(revision)
            first.cut()
            sync.wait(lambda s: s["health"] == "unreachable")
            with Toxid("-spares", "0", port=first.port) as second:
                sync.wait(lambda s: s["health"] == "ok")
                assert wait_until(lambda: list(listed(second)) == ["web"])
                assert sync.applied(revision)["error"] is None


def test_another_generation_is_replaced(etcd, toxid, sync, web):
    sync.applied(etcd.put(key("web"), web))
    r = toxid.request("PUT", "/desired/fleet",
                      {"generation": "other", "proxies": []})
    assert r.status == 200 and not listed(toxid)
    assert wait_until(lambda: list(listed(toxid)) == ["web"])


# ---- a node that is to go

def test_a_drained_node_waits_for_its_sessions(etcd, toxid, sync, web):
    status = sync.applied(etcd.put(key("web"), web))
    address = address_of(status["proxies"]["web"]["listen"])
    with socket.create_connection(address) as s:
        s.sendall(b"a")
        assert s.recv(1) == b"a"
        etcd.put(f"{PREFIX}/drain/n1", {"within": 60})
        status = sync.wait(lambda s: s["drain"] == "draining")
        assert status["proxies"] == {}
        time.sleep(0.7)  # it looks each half of a second
        s.sendall(b"b")
        assert s.recv(1) == b"b"
        assert list(listed(toxid)) == ["web"]
    sync.wait(lambda s: s["drain"] == "drained")
    assert not listed(toxid)
    sync.applied(etcd.delete(f"{PREFIX}/drain/n1"))
    status = sync.wait(lambda s: s["drain"] is None)
    assert list(listed(toxid)) == ["web"] and list(status["proxies"]) == ["web"]


def test_a_drain_ends_with_its_time(etcd, toxid, sync, web):
    status = sync.applied(etcd.put(key("web"), web))
    address = address_of(status["proxies"]["web"]["listen"])
    with socket.create_connection(address) as s:
        s.sendall(b"a")
        assert s.recv(1) == b"a"
        began = time.monotonic()
        etcd.put(f"{PREFIX}/drain/n1", {"within": 1})
        sync.wait(lambda s: s["drain"] == "drained")
        assert time.monotonic() - began >= 0.9
        assert s.recv(1) == b""


def test_a_drain_within_no_time_is_at_once(etcd, sync, web):
    sync.applied(etcd.put(key("web"), web))
    began = time.monotonic()
    etcd.put(f"{PREFIX}/drain/n1", {"within": 0})
    sync.wait(lambda s: s["drain"] == "drained", 0.9)
    assert time.monotonic() - began < 0.9


# ---- who is there

def test_a_status_goes_with_its_node(etcd, toxid, tmp_path):
    with Sync(etcd, toxid, tmp_path, "--label", "zone=a") as sync:
        sync.wait(lambda s: s["health"] == "ok")
        assert sync.stop() == 0
        assert sync.status() is None  # at once
    known = etcd.get(f"{PREFIX}/nodes/n1")
    assert known["labels"] == {"zone": "a"}
    with Sync(etcd, toxid, tmp_path, "--label", "zone=b") as sync:
        sync.wait(lambda s: s["health"] == "ok")
        assert wait_until(lambda: etcd.get(f"{PREFIX}/nodes/n1") == {
            **known, "labels": {"zone": "b"}})
        sync.process.kill()
        began = time.monotonic()
        assert wait_until(lambda: sync.status() is None)
        assert time.monotonic() - began > LEASE / 3


def test_a_status_is_written_when_it_changes_and_only_then(etcd, sync, web):
    sync.applied(etcd.put(key("web"), web))
    time.sleep(0.5)
    before = etcd.revision()
    time.sleep(LEASE + 0.5)
    assert etcd.revision() == before and sync.status() is not None


def test_more_keys_than_a_page_has(etcd, toxid, tmp_path):
    names = [f"p{i:04}" for i in range(1100)]
    for n in range(0, len(names), 100):
        revision = etcd.put_all({
            key(name): {"listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
                        "enabled": False} for name in names[n:n + 100]})
    with Sync(etcd, toxid, tmp_path) as sync:
        assert sorted(sync.applied(revision)["proxies"]) == names
        assert sorted(listed(toxid)) == names


def test_keys_that_are_larger_than_an_answer_may_be(etcd, toxid, tmp_path):
    """A page of them has as many as fit."""
    blanks = " " * 1_000_000
    for i in range(14):
        revision = etcd.put(key(f"p{i:02}"), "null" + blanks)
    revision = etcd.put(key("web"), {"listen": "127.0.0.1:0", "upstream":
                                     "127.0.0.1:1", "enabled": False})
    with Sync(etcd, toxid, tmp_path) as sync:
        assert list(sync.applied(revision)["proxies"]) == ["web"]
        assert not sync.said("Source lost")
