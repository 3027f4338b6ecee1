# SPDX-License-Identifier: ISC
"""Upstreams that do not answer: only their own clients wait for them."""

import os
import selectors
import signal
import socket
import subprocess
import threading
import time

import pytest
import rig
from peers import Echo, ending
from rig import Toxid, own_host, reset, wait_until
from test_relay_ends import (LATE, PATIENCE, Stopwatch, drain, expect, is_quiet,
                             receive, within)
from tracing import strace


class Clogged:
    """An upstream to which connects hang: its backlog is full.

    The kernel drops the SYN of who comes then, and the SYN comes again after
    1 s, 3 s, 7 s: open() makes room, accepts and echoes.
    """

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fillers, self.is_open = [], False
        while self._fits_one():
            pass

    def _fits_one(self):
        sock = socket.socket()
        sock.settimeout(0.2)
        self.fillers.append(sock)
        try:
            sock.connect(("127.0.0.1", self.port))
        except TimeoutError:
            return False
        return True

    def open(self):
        for sock in self.fillers:
            sock.close()
        self.is_open = True
        self.listener.listen(512)
        self.listener.setblocking(False)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with selectors.DefaultSelector() as ready:
            ready.register(self.listener, selectors.EVENT_READ)
            while self.is_open:
                for key, _ in ready.select(0.1):
                    self._serve_one(ready, key.fileobj)

    def _serve_one(self, ready, sock):
        if sock is self.listener:
            client, _ = sock.accept()
            ready.register(client, selectors.EVENT_READ)
            return
        try:
            data = sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if data:
            sock.sendall(data)
            return
        ready.unregister(sock)
        sock.close()

    def close(self):
        if self.is_open:
            self.is_open = False
            self.thread.join()
        for sock in self.fillers + [self.listener]:
            sock.close()


@pytest.fixture
def clogged():
    c = Clogged()
    yield c
    c.close()


def hang(t, clogged, count, name="p", is_there=False):
    """So many clients, whose dials hang, and who have spoken already."""
    if not is_there:
        t.proxy(name, upstream=f"127.0.0.1:{clogged.port}")
    clients = [t.connect(name) for _ in range(count)]
    for i, client in enumerate(clients):
        client.settimeout(30 * rig.SLOW)
        client.sendall(b"client %03d" % i)
    assert is_quiet(*clients, seconds=0.3)
    return clients


def all_get_through(clients):
    for i, client in enumerate(clients):
        assert receive(client, 10) == b"client %03d" % i


def test_clients_wait_for_a_slow_upstream(toxid, clogged):
    clients = hang(toxid, clogged, 20)
    clogged.open()
    all_get_through(clients)


def test_other_proxies_do_not_wait(toxid, clogged):
    hang(toxid, clogged, 50)
    with Echo() as echo:
        watch = Stopwatch()
        toxid.proxy("other", upstream=f"127.0.0.1:{echo.port}")
        with toxid.connect("other") as client:
            client.sendall(b"hello")
            assert receive(client, 5) == b"hello"
        within(watch.seconds(), 0, late=1)


def test_the_api_does_not_wait(toxid, clogged):
    hang(toxid, clogged, 50)
    toxic = {"type": "latency", "attributes": {"latency": 1}}
    for status, method, path, body in [
            (200, "GET", "/proxies", None),
            (200, "POST", "/proxies/p/toxics", toxic),
            (200, "PATCH", "/proxies/p/toxics/latency_downstream", toxic),
            (204, "DELETE", "/proxies/p/toxics/latency_downstream", None),
            (204, "POST", "/reset", None)]:
        watch = Stopwatch()
        expect(status, toxid.request(method, path, body))
        within(watch.seconds(), 0, late=1)


@pytest.mark.parametrize("method, body", [
    ("DELETE", None), ("PATCH", {"enabled": False}),
    ("PATCH", {"upstream": "127.0.0.1:1"})])
def test_a_stop_ends_waiting_clients(toxid, clogged, method, body):
    clients = hang(toxid, clogged, 20)
    watch = Stopwatch()
    assert toxid.request(method, "/proxies/p", body).status < 300
    for client in clients:
        assert ending(client, PATIENCE) in ("fin", "rst")
    within(watch.seconds(), 0, late=1)


def test_a_client_that_leaves_while_it_waits(toxid, clogged):
    clients = hang(toxid, clogged, 20)
    for client in clients[1::2]:
        client.close()
    clogged.open()
    for i in range(0, 20, 2):
        assert receive(clients[i], 10) == b"client %03d" % i


def test_a_toxic_made_meanwhile_is_at_work(toxid, clogged):
    clients = hang(toxid, clogged, 3)
    toxid.toxic("p", "limit_data", stream="downstream", bytes=6)
    clogged.open()
    for client in clients:
        assert receive(client, 100) == b"client"


def replace_broker(t):
    broker = t.child("diald")
    os.kill(broker, signal.SIGKILL)
    assert wait_until(lambda: t.children().get("diald", [broker]) != [broker])


def test_a_broker_that_dies_loses_no_dial(toxid, clogged):
    clients = hang(toxid, clogged, 100)
    replace_broker(toxid)
    assert is_quiet(*clients, seconds=0.5)
    clogged.open()
    all_get_through(clients)


@pytest.fixture
def drowsy_broker(toxid):
    """It runs when this test sleeps: whoever accepts is faster than it."""
    broker, cpus = toxid.child("diald"), os.sched_getaffinity(0)
    for pid in (0, broker):
        os.sched_setaffinity(pid, {min(cpus)})
    os.sched_setscheduler(broker, os.SCHED_IDLE, os.sched_param(0))
    yield broker
    os.sched_setaffinity(0, cpus)


@pytest.mark.parametrize("said", [b"", b"u" * 10000], ids=["mute", "talks"])
def test_an_upstream_that_resets_at_once(toxid, drowsy_broker, said):
    """What it has said until then arrives: a reset travels behind it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        toxid.proxy("p", upstream="127.0.0.1:%d" % listener.getsockname()[1])
        for _ in range(20):
            client = toxid.connect("p")
            upstream, _ = listener.accept()
            upstream.sendall(said)
            reset(upstream)
            data, end = drain(client, PATIENCE)
            assert data == said
            assert end == "rst" or not said
            client.close()


@pytest.mark.normal_build
@pytest.mark.parametrize("call, nth, pause", [
    ("connect", 2, 0.1), ("getsockopt", 1, 0), ("getpeername", 1, 0)])
def test_an_upstream_that_resets_in_between(toxid, call, nth, pause):
    """diald is late for whatever it asks after its connect."""
    said = b"u" * 10000
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        toxid.proxy("p", upstream="127.0.0.1:%d" % listener.getsockname()[1])
        trace = strace(
            toxid.child("diald"), "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:delay_enter=500000:when={nth}")
        client = toxid.connect("p")
        upstream, _ = listener.accept()
        upstream.sendall(said)
        time.sleep(pause)
        reset(upstream)
        assert drain(client, PATIENCE) == (said, "rst")
        trace.send_signal(signal.SIGINT)
        trace.wait(PATIENCE)


def test_a_broker_that_dies_spares_sessions(toxid):
    with Echo() as echo:
        toxid.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        old = toxid.connect("p")
        old.sendall(b"before")
        assert receive(old, 6) == b"before"
        for _ in range(3):
            broker = toxid.child("diald")
            os.kill(broker, signal.SIGKILL)
            with toxid.connect("p") as client:
                client.sendall(b"hello")
                assert receive(client, 5) == b"hello"
            assert toxid.child("diald") != broker
        old.sendall(b"after")
        assert receive(old, 5) == b"after"


def dials_to(port):
    """How many connections to it are being made just now."""
    syn_sent = "02"
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return len({row[1] for row in rows if row[3] == syn_sent
                and row[2].endswith(f":{port:04X}")})


def test_dials_of_many_clients_go_side_by_side(toxid, clogged):
    before = dials_to(clogged.port)
    clients = hang(toxid, clogged, 150)
    assert wait_until(lambda: dials_to(clogged.port) >= before + 150)
    clogged.open()
    all_get_through(clients)


# ---- names


@pytest.fixture
def deaf(tmp_path, monkeypatch):
    """A daemon whose name server never answers."""
    if os.geteuid() != 0:
        pytest.skip("needs root: to give it a resolv.conf of its own")
    conf, program = tmp_path / "resolv.conf", tmp_path / "toxid"
    conf.write_text(f"nameserver {own_host()}\n")
    target = os.path.abspath(os.environ.get("TOXID", rig.TOXID))
    program.write_text(
        "#!/bin/sh\n"
        'if [ -n "$INSIDE" ]; then\n'
        f"mount --bind {conf} $(readlink -f /etc/resolv.conf)\n"
        f'exec {target} "$@"\nfi\n'
        f'export INSIDE=1; exec unshare -m "$0" "$@"\n')
    program.chmod(0o755)
    if subprocess.run(["unshare", "-m", "true"]).returncode != 0:
        pytest.skip("there are no mount namespaces here")
    monkeypatch.setenv("TOXID", str(program))
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind((own_host(), 53))
        with Toxid() as t:
            yield t


def takes_about(seconds, nominal):
    """Of who looks names up: it reads its clock once in a turn, which is long
    on a busy machine, and counts from there."""
    within(seconds, 0.9 * nominal, late=LATE + 0.1 * nominal)


def is_served_soon(t, name):
    watch = Stopwatch()
    with t.connect(name) as client:
        client.sendall(b"hello")
        assert receive(client, 5) == b"hello"
    within(watch.seconds(), 0, late=1.5)


@pytest.mark.normal_build
def test_names_of_dead_upstreams_hold_up_their_own_clients(deaf):
    with Echo() as echo:
        deaf.proxy("alive", f"localhost:{echo.port}")
        waiting = []
        for i in range(40):
            deaf.proxy(f"dead {i}", f"host-{i}.example:80")
            path = f"dead%20{i}"
            waiting.append(deaf.connect(path))
        assert is_quiet(*waiting)
        is_served_soon(deaf, "alive")
        deaf.proxy("new", f"localhost:{echo.port}", listen="localhost:0")
        is_served_soon(deaf, "new")


def listen_at(t, host, replies):
    watch = Stopwatch()
    reply = t.request("POST", "/proxies", {
        "name": host, "listen": f"{host}:0", "upstream": "127.0.0.1:1"})
    replies.append((watch.seconds(), reply))


@pytest.mark.normal_build
def test_a_listen_name_that_is_not_found_takes_2_s(deaf):
    replies = []
    threads = [threading.Thread(target=listen_at, args=(
        deaf, f"host-{i}.example", replies)) for i in range(40)]
    for thread in threads:
        thread.start()
    with Echo() as echo:
        watch = Stopwatch()
        deaf.proxy("p", f"localhost:{echo.port}", listen="localhost:0")
        within(watch.seconds(), 0, late=1.5)
        is_served_soon(deaf, "p")
    for thread in threads:
        thread.join(PATIENCE)
    assert len(replies) == 40
    for seconds, reply in replies:
        takes_about(seconds, 2)
        assert reply.status == 500
        assert reply.json()["error"].endswith(".example: i/o timeout")
