# SPDX-License-Identifier: ISC
"""Whatever troubles one proxy: every call answers within its deadline, with
the right answer, and calls about other proxies at their normal speed."""

import contextlib
import os
import signal
import socket
import threading

import pytest
import rig
from peers import Echo
from rig import Toxid, address_of, wait_until
from stalls import used
from test_dial import Clogged, deaf, hang  # noqa: F401 (a fixture)
from test_relay_ends import PATIENCE, Stopwatch, expect, receive
from test_supervision import is_served, ticks

# The promise; and what is asked of a machine that may be busy.
READ_WITHIN = 0.050
CHANGED_WITHIN = 2.5
BUSY = 2 * rig.SLOW

LATENCY = {"type": "latency", "attributes": {"latency": 1}}


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


class Calls:
    """Seconds that calls of one kind took"""

    def __init__(self, t):
        self.t, self.reads, self.changes = t, [], []

    def read(self, path, check):
        watch = Stopwatch()
        reply = self.t.request("GET", path)
        self.reads.append(used(watch.seconds()))
        expect(200, reply)
        assert check(reply), reply

    def change(self, status, method, path, body=None):
        watch = Stopwatch()
        reply = self.t.request(method, path, body)
        self.changes.append(used(watch.seconds()))
        expect(status, reply)

    def read_all(self, names):
        self.read("/proxies", lambda r: r.json().keys() == names)
        self.read("/version", lambda r: r.json()["version"])
        for name in names:
            self.read(f"/proxies/{name}", lambda r: r.json()["enabled"])

    def change_one(self, name):
        path = f"/proxies/{name}/toxics"
        self.change(200, "POST", path, LATENCY)
        self.change(200, "PATCH", f"{path}/latency_downstream",
                    {"attributes": {"latency": 2}})
        self.read(path, lambda r: 2 in [
            toxic["attributes"].get("latency") for toxic in r.json()])
        self.change(204, "DELETE", f"{path}/latency_downstream")

    def told(self, what):
        return (f"{what}: reads p50 {quantile(self.reads, 0.5) * 1000:.2f}, "
                f"p99 {quantile(self.reads, 0.99) * 1000:.2f} ms; changes "
                f"p50 {quantile(self.changes, 0.5) * 1000:.2f}, "
                f"max {max(self.changes) * 1000:.2f} ms")


def about_others(t, names):
    calls, watch = Calls(t), Stopwatch()
    while len(calls.changes) < 60 or watch.seconds() < 0.5:
        calls.read_all(names)
        calls.change_one("other")
    return calls


def serves(t, name):
    """Not whom a diald that is stopped again and again seems to die of"""
    with contextlib.suppress(ConnectionError):
        return is_served(t, name)


def is_bounded(t, trouble):
    """trouble: a context manager that makes it, and lasts; for proxy p"""
    with Echo() as echo:
        t.proxy("other", echo.address)
        names = {"p", "other"}
        calm = about_others(t, names)
        with trouble():
            troubled = about_others(t, names)
            own = Calls(t)
            own.change_one("p")
            own.change(200, "PATCH", "/proxies/p", {"enabled": False})
            own.change(200, "PATCH", "/proxies/p", {"enabled": True})
            after = about_others(t, names)
            assert wait_until(lambda: serves(t, "other"))
    for calls, what in ((calm, "calm"), (troubled, "troubled"),
                        (own, "of the troubled"), (after, "after")):
        print(calls.told(what))
    for calls in (troubled, after):
        assert quantile(calls.reads, 0.5) < max(
            READ_WITHIN, 3 * quantile(calm.reads, 0.5)) * BUSY
        assert quantile(calls.changes, 0.5) < max(
            READ_WITHIN, 3 * quantile(calm.changes, 0.5)) * BUSY
    for calls in (troubled, own, after):
        assert max(calls.reads) < CHANGED_WITHIN * BUSY
        assert max(calls.changes) < CHANGED_WITHIN * BUSY


# ---- receivers that never read


class Unread:
    """Sessions full to the brim, in both directions: nobody reads"""

    def __init__(self, t, name, listener, count):
        address = address_of(t.request(
            "GET", f"/proxies/{name}").json()["listen"])
        self.socks = []
        for _ in range(count):
            client = socket.create_connection(address, PATIENCE)
            server, _ = listener.accept()
            self.socks += [client, server]
        self.full = sum(self.fill(sock) for sock in self.socks)

    @staticmethod
    def fill(sock):
        """256 KB, or what fits: 1 if that is less"""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sock.setblocking(False)
        try:
            for _ in range(16):
                sock.send(bytes(16384))
        except BlockingIOError:
            return 1
        return 0

    def close(self):
        for sock in self.socks:
            sock.close()


@pytest.mark.normal_build
@pytest.mark.parametrize("toxics", [[], ["latency", "bandwidth"]])
def test_1000_sessions_whose_receivers_never_read(toxid, toxics):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.settimeout(PATIENCE)

    @contextlib.contextmanager
    def trouble():
        unread = Unread(toxid, "p", listener, 1000)
        assert unread.full > 1000
        yield
        unread.close()

    with listener:
        toxid.proxy("p", f"127.0.0.1:{listener.getsockname()[1]}")
        for kind in toxics:
            toxid.toxic("p", kind, toxic_name=kind,
                        **{"latency": {"latency": 10_000},
                           "bandwidth": {"rate": 1}}[kind])
        is_bounded(toxid, trouble)


# ---- workers


@pytest.mark.normal_build
def test_a_worker_that_spins():
    with Toxid("-debug-toxics", "-proxy-metrics", "-runtime-metrics") as t, \
            Echo() as echo:
        t.proxy("p", echo.address)

        @contextlib.contextmanager
        def trouble():
            t.toxic("p", "spin")
            with t.connect("p") as client:
                client.sendall(b"hello")
                assert wait_until(lambda: ticks(t.worker("p")) > 5)
                yield
            expect(204, t.request("DELETE",
                                  "/proxies/p/toxics/spin_downstream"))

        is_bounded(t, trouble)
        assert is_served(t)


@pytest.mark.normal_build
@pytest.mark.parametrize("title", ["relayd [p]", "diald", "resolvd",
                                   "relayd [spare]"])
def test_one_that_is_stopped_again_and_again(toxid, title):
    with Echo() as echo:
        toxid.proxy("p", echo.address)
        stopping = threading.Event()

        def stop_on():
            while not stopping.wait(0.05):
                for pid in toxid.children().get(title, [])[:1]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP)

        @contextlib.contextmanager
        def trouble():
            thread = threading.Thread(target=stop_on)
            thread.start()
            yield
            stopping.set()
            thread.join()

        is_bounded(toxid, trouble)
        assert is_served(toxid)


# ---- upstreams, names


def test_an_upstream_that_black_holes_connects(toxid):
    clogged = Clogged()
    toxid.proxy("p", f"127.0.0.1:{clogged.port}")

    @contextlib.contextmanager
    def trouble():
        clients = hang(toxid, clogged, 200, is_there=True)
        yield
        for client in clients:
            client.close()

    try:
        is_bounded(toxid, trouble)
    finally:
        clogged.close()


@pytest.mark.normal_build
def test_a_resolver_that_never_answers(deaf):  # noqa: F811
    deaf.proxy("p", "upstream.example:80")
    stopping, late, replies = threading.Event(), Calls(deaf), []

    def ask_on(i):
        while not stopping.is_set():
            watch = Stopwatch()
            replies.append(deaf.request("POST", "/proxies", {
                "name": f"n{i}", "listen": f"host{i}.example:0",
                "upstream": "127.0.0.1:1"}))
            late.changes.append(watch.seconds())

    @contextlib.contextmanager
    def trouble():
        clients = [deaf.connect("p") for _ in range(100)]
        threads = [threading.Thread(target=ask_on, args=(i,))
                   for i in range(20)]
        for thread in threads:
            thread.start()
        yield
        stopping.set()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()

    is_bounded(deaf, trouble)
    print(f"names: max {max(late.changes):.2f} s")
    assert {reply.status for reply in replies} == {500}
    assert max(late.changes) < CHANGED_WITHIN * BUSY


# ---- the API itself


class Flood:
    """Clients of the API that ask without end, or never to the end"""

    def __init__(self, t, askers, silent):
        self.address = (t.host, t.port)
        self.stopping = threading.Event()
        self.silent = [socket.create_connection(self.address, PATIENCE)
                       for _ in range(silent)]
        for sock in self.silent:
            sock.sendall(b"POST /proxies HTTP/1.1\r\nHost: x\r\n"
                         b"Content-Length: 100\r\n\r\n{")
        self.asked = 0
        self.threads = [threading.Thread(target=self.ask_on)
                        for _ in range(askers)]
        for thread in self.threads:
            thread.start()

    def ask_on(self):
        request = b"GET /proxies HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.create_connection(self.address, PATIENCE) as sock:
            while not self.stopping.is_set():
                sock.sendall(request * 20)
                self.asked += sock.recv(65536).count(b"HTTP/1.1 200")

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        for sock in self.silent:
            sock.close()


@pytest.mark.normal_build
def test_an_api_that_is_flooded(toxid):
    toxid.proxy("p", "127.0.0.1:1")

    @contextlib.contextmanager
    def trouble():
        flood = Flood(toxid, askers=4, silent=200)
        yield
        flood.stop()
        assert flood.asked > 100

    is_bounded(toxid, trouble)


# ---- all are there at the end


@pytest.mark.normal_build
def test_an_answer_is_not_lost_with_the_worker_that_owes_it(toxid):
    """A change is asked, its worker dies at that moment: it is answered."""
    with Echo() as echo:
        toxid.proxy("p", echo.address)
        calls = Calls(toxid)
        for _ in range(10):
            worker = toxid.worker("p")
            thread = threading.Thread(target=calls.change_one, args=("p",))
            thread.start()
            with contextlib.suppress(ProcessLookupError):  # the last one
                os.kill(worker, signal.SIGSTOP)
            thread.join()
        assert max(calls.changes) < CHANGED_WITHIN * BUSY
        with toxid.connect("p") as client:
            client.sendall(b"hello")
            assert receive(client, 5) == b"hello"
