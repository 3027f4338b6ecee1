# SPDX-License-Identifier: ISC
"""What goes through proxies: GET /sessions, and those of one proxy; one of them,
and its end."""

import contextlib
import json
import os
import signal
import socket
import threading

import pytest
import rig
from peers import Echo, Scripted, ending
from rig import Toxid, wait_until


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


def page(t, path="/proxies/p/sessions"):
    r = t.request("GET", path)
    assert r.status == 200, r
    return r.json()


def pages(t, path="/proxies/p/sessions", query=""):
    """All sessions, page after page."""
    found, cursor = [], None
    while True:
        arguments = [query] * (query != "") + [f"cursor={cursor}"] * (
            cursor is not None)
        said = page(t, path + "?" * bool(arguments) + "&".join(arguments))
        found += said["sessions"]
        cursor = said["next"]
        if cursor is None:
            return found


def own(t, sock, path="/proxies/p/sessions"):
    """The session of that client; or None."""
    client = "{}:{}".format(*sock.getsockname())
    found = pages(t, path, f"client={client}")
    assert [s["client"] for s in found] in ([], [client])
    return found[0] if found else None


def state_of(t, sock):
    """... or None: it has not come yet, or is over."""
    s = own(t, sock)
    return None if s is None else s["state"]


def echoed(sock, data=b"hello"):
    sock.sendall(data)
    got = b""
    while len(got) < len(data):
        got += sock.recv(len(data) - len(got))
    assert got == data


def test_a_session_is_shown_as_it_is(p, echo):
    assert page(p) == {"sessions": [], "next": None}
    with p.connect("p") as c:
        echoed(c)
        s = own(p, c)
        assert s.pop("age_ms") < 1000 * rig.PATIENCE
        number = s.pop("id").split(".")
        assert number[1] == "0" and int(number[0]) >= 1
        assert s.pop("address") in (
            f"127.0.0.1:{echo.port}", f"[::1]:{echo.port}")
        assert s == {
            "proxy": "p", "client": "{}:{}".format(*c.getsockname()),
            "upstream": f"localhost:{echo.port}", "state": "open",
            "bytes": {"upstream": 5, "downstream": 5}, "held_bytes": 0}
        assert wait_until(lambda: page(p, "/sessions") == page(p) or
                          [{**x, "age_ms": 0}
                           for x in page(p, "/sessions")["sessions"]] ==
                          [{**x, "age_ms": 0} for x in page(p)["sessions"]])
    assert wait_until(lambda: page(p)["sessions"] == [])


def test_its_states(toxid):
    ends = threading.Event()

    def hold(sock):
        while sock.recv(65536):
            pass
        ends.wait(rig.PATIENCE)

    with Scripted(hold) as upstream:
        toxid.proxy("p", upstream=f"127.0.0.1:{upstream.port}")
        with toxid.connect("p") as c:
            assert wait_until(lambda: state_of(toxid, c) == "open")
            c.shutdown(socket.SHUT_WR)
            assert wait_until(lambda: state_of(toxid, c) == "half-closed")
            assert pages(toxid, query="state=open") == []
            assert len(pages(toxid, query="state=half-closed&state=open")) == 1
            ends.set()
            assert wait_until(lambda: own(toxid, c) is None)


def test_one_that_drains_and_what_is_held(p):
    p.toxic("p", "latency", "upstream", latency=60000, toxic_name="slow")
    with p.connect("p") as c:
        c.sendall(b"x" * 1000)
        assert wait_until(lambda: state_of(p, c) == "open")
        assert wait_until(lambda: own(p, c)["held_bytes"] >= 1000)
        s = own(p, c)
        c.close()
    def state():
        r = p.request("GET", f"/proxies/p/sessions/{s['id']}")
        assert r.status == 200
        return r.json()["state"]
    assert wait_until(lambda: state() in ("half-closed", "draining"))
    r = p.request("DELETE", f"/proxies/p/sessions/{s['id']}?mode=reset")
    assert r.status == 204
    assert page(p)["sessions"] == []


def works(t, session):
    r = t.request("GET", f"/proxies/p/sessions/{session}")
    assert r.status == 200, r
    said = r.json()
    assert said["id"] == session
    return {x.pop("name"): x for x in said["toxics"]}


def test_what_each_toxic_does_in_it(p):
    p.toxic("p", "latency", "upstream", toxic_name="held", latency=60000)
    p.toxic("p", "noop", toxic_name="spared", toxicity=0)
    p.toxic("p", "limit_data", toxic_name="unmet", bytes=1000)
    with p.connect("p") as c:
        assert wait_until(lambda: state_of(p, c) == "open")
        c.sendall(b"x" * 100)
        s = own(p, c)["id"]
        assert wait_until(
            lambda: works(p, s)["held"]["delayed_bytes"] == 100)
        nothing = {"hit": False, "delayed_bytes": 0, "dropped_bytes": 0, "slices": 0,
                   "cuts": 0}
        assert works(p, s) == {
            "held": {"type": "latency", "stream": "upstream", "active": True,
                     **nothing, "hit": True, "delayed_bytes": 100},
            "spared": {"type": "noop", "stream": "downstream",
                       "active": False, **nothing},
            "unmet": {"type": "limit_data", "stream": "downstream",
                      "active": True, **nothing}}


def test_dropped_bytes_slices_and_cuts(p):
    p.toxic("p", "slicer", "upstream", toxic_name="thin", average_size=10)
    p.toxic("p", "timeout", "downstream", toxic_name="hole", timeout=0)
    with p.connect("p") as c:
        c.sendall(b"x" * 400)
        assert wait_until(lambda: state_of(p, c) == "open")
        assert wait_until(lambda: own(p, c)["bytes"]["upstream"] == 400)
        s = own(p, c)["id"]
        assert wait_until(
            lambda: works(p, s)["hole"]["dropped_bytes"] == 400)
        assert 20 <= works(p, s)["thin"]["slices"] <= 80
        assert works(p, s)["thin"]["cuts"] == 0


@pytest.mark.parametrize("query, end", [
    ("", "fin"), ("?mode=close", "fin"), ("?mode=reset", "rst")])
def test_one_is_ended(p, query, end):
    with p.connect("p") as c, p.connect("p") as other:
        echoed(c)
        echoed(other)
        s = own(p, c)["id"]
        r = p.request("DELETE", f"/proxies/p/sessions/{s}{query}")
        assert r.status == 204 and r.body == b""
        assert ending(c, rig.PATIENCE) == end
        assert wait_until(lambda: own(p, c) is None)
        echoed(other)
        assert wait_until(lambda: p.request(
            "DELETE", f"/proxies/p/sessions/{s}").status == 404)
        assert p.request("GET", f"/proxies/p/sessions/{s}").status == 404
    why = "reset by a request" if end == "rst" else "closed by a request"
    assert wait_until(lambda: [line["session"] for line in p.log()
                               if line.get("why") == why] == [s])


@contextlib.contextmanager
def full():
    """A port where nobody is answered: there is no place in the backlog."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            c = stack.enter_context(socket.socket())
            c.setblocking(False)
            c.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_one_that_dials_is_ended(toxid):
    with full() as port:
        toxid.proxy("p", upstream=f"127.0.0.1:{port}")
        with toxid.connect("p") as c:
            assert wait_until(lambda: own(toxid, c) is not None)
            s = own(toxid, c)
            assert s["state"] == "dialling" and s["address"] is None
            assert len(pages(toxid, query="state=dialling")) == 1
            r = toxid.request("DELETE",
                              f"/proxies/p/sessions/{s['id']}?mode=reset")
            assert r.status == 204
            assert ending(c, rig.PATIENCE) == "rst"
            assert page(toxid)["sessions"] == []


@pytest.mark.parametrize("path, status, what", [
    ("/proxies/none/sessions", 404, "proxy not found"),
    (f"/proxies/{'n' * 300}/sessions", 404, "proxy not found"),
    ("/proxies/none/sessions/1.0", 404, "proxy not found"),
    ("/proxies/p/sessions/9999.0", 404, "session not found"),
    ("/proxies/p/sessions/x", 404, "session not found"),
    ("/proxies/p/sessions/1.", 404, "session not found"),
    ("/proxies/p/sessions/01.0", 404, "session not found"),
    ("/proxies/p/sessions/1.99999999999999999999", 404, "session not found"),
    ("/proxies/p/sessions?state=shut", 400, "state: expected dialling"),
    ("/proxies/p/sessions?client=localhost", 400, "client: expected"),
    ("/proxies/p/sessions?client=127.0.0.1:99999", 400, "client: expected"),
    ("/proxies/p/sessions?cursor=1.2.3", 400, "cursor: expected"),
    ("/proxies/p/sessions?cursor", 400, "cursor: expected"),
    ("/proxies/p/sessions?limit=3", 400, "no such argument here: limit"),
    ("/proxies/p/sessions?mode=close", 400, "no such argument here: mode"),
    ("/proxies/p/sessions/1.0?mode=close", 400, "no such argument"),
    ("/sessions?cursor=1.2", 400, "cursor: expected"),
    ("/sessions?cursor=1.2.x", 400, "cursor: expected")])
def test_what_is_wrong_is_said(p, path, status, what):
    r = p.request("GET", path)
    assert r.status == status, r
    assert what in r.json()["error"]


def test_a_wrong_mode_ends_nothing(p):
    with p.connect("p") as c:
        echoed(c)
        s = own(p, c)["id"]
        r = p.request("DELETE", f"/proxies/p/sessions/{s}?mode=gently")
        assert r.status == 400 and "close or reset" in r.json()["error"]
        echoed(c)
        assert p.request("POST", f"/proxies/p/sessions/{s}").status == 405


@pytest.mark.parametrize("client", ["127.0.0.2", "127.0.0.2:{}",
                                    "::ffff:127.0.0.2"])
def test_by_client(p, client):
    listen = rig.address_of(p.request("GET", "/proxies/p").json()["listen"])
    with socket.create_connection(listen, source_address=("127.0.0.2", 0)) as c, \
            p.connect("p") as other:
        echoed(c)
        echoed(other)
        port = c.getsockname()[1]
        found = pages(p, query="client=" + client.format(port))
        assert [s["client"] for s in found] == [f"127.0.0.2:{port}"]
        assert len(pages(p)) == 2


def test_a_disabled_proxy_has_none(p):
    with p.connect("p") as c:
        echoed(c)
        p.request("PATCH", "/proxies/p", {"enabled": False})
        assert page(p) == {"sessions": [], "next": None}
        assert page(p, "/sessions") == {"sessions": [], "next": None}
    p.request("PATCH", "/proxies/p", {"enabled": True})
    with p.connect("p") as c:
        echoed(c)
        assert len(pages(p)) == 1


def test_those_of_all_proxies(p, echo):
    names = [f"q{i}" for i in range(8)]
    for name in names:
        p.proxy(name, upstream=f"127.0.0.1:{echo.port}")
    with contextlib.ExitStack() as stack:
        for i in range(100):
            echoed(stack.enter_context(p.connect(names[i % 4])))
        assert wait_until(lambda: len(pages(p, "/sessions")) == 100)
        found = pages(p, "/sessions")
        assert len({s["id"] for s in found}) == 100
        assert [s["proxy"] for s in found] == [
            name for name in names[:4] for _ in range(25)]


@pytest.mark.normal_build
def test_those_of_hundreds_of_proxies(toxid, echo):
    """by an apid that may not do all that it takes to sort as many"""
    apid, names = toxid.child("apid"), [f"p{i}" for i in range(257)]
    for name in names:
        toxid.proxy(name, echo.address)
    with contextlib.ExitStack() as stack:
        for name in names:
            echoed(stack.enter_context(toxid.connect(name)))
        assert wait_until(lambda: [
            s["proxy"] for s in pages(toxid, "/sessions")] == names)
    assert toxid.child("apid") == apid


def test_a_worker_that_dies_has_none(p):
    for _ in range(5):
        with p.connect("p") as c:
            echoed(c)
            victim = p.worker("p")
            os.kill(victim, signal.SIGSTOP)  # so that it does not answer
            assert page(p) == {"sessions": [], "next": None}
            assert wait_until(lambda: p.worker("p") != victim)


def test_another_ctld_can_be_asked(p):
    with p.connect("p") as c:
        echoed(c)
        s = own(p, c)
        for _ in range(3):
            victim = p.ctld
            os.kill(victim, signal.SIGKILL)
            assert wait_until(lambda: p.ctld != victim)
            assert wait_until(
                lambda: p.request("GET", "/proxies/p/sessions").status == 200)
            assert own(p, c)["id"] == s["id"]
        r = p.request("DELETE", f"/proxies/p/sessions/{s['id']}")
        assert r.status == 204
        assert ending(c, rig.PATIENCE) == "fin"


class Comers:
    """Clients that come, and go again, until the end."""

    def __init__(self, address, n):
        self.address, self.ends, self.count = address, threading.Event(), 0
        self.threads = [threading.Thread(target=self.run, daemon=True)
                        for _ in range(n)]

    def run(self):
        while not self.ends.is_set():
            with socket.create_connection(self.address) as c:
                c.recv(1)
            self.count += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join(rig.PATIENCE)


def greets(sock):
    sock.sendall(b"x")
    sock.recv(1)


def stay(t, stack, n):
    """So many that are there from now on; their addresses"""
    address = rig.address_of(t.request("GET", "/proxies/p").json()["listen"])
    names = set()
    for _ in range(n):
        c = stack.enter_context(socket.create_connection(address))
        assert c.recv(1) == b"x"
        names.add("{}:{}".format(*c.getsockname()))
    return names


def each_is_listed_once(n, turns):
    with Scripted(greets) as upstream, Toxid() as t, \
            contextlib.ExitStack() as stack:
        t.proxy("p", upstream=f"127.0.0.1:{upstream.port}")
        address = rig.address_of(t.request("GET", "/proxies/p").json()["listen"])
        with Comers(address, 3) as comers:
            names = stay(t, stack, n)
            assert comers.count > 0
            for path in ("/proxies/p/sessions", "/sessions") * turns:
                found = pages(t, path)
                clients = [s["client"] for s in found if s["client"] in names]
                assert len(clients) == n and set(clients) == names
                ids = [s["id"] for s in found]
                assert len(set(ids)) == len(ids)


def test_each_that_stays_is_listed_once():
    each_is_listed_once(500, 3)


@pytest.mark.slow
def test_each_of_9000_that_stay_is_listed_once():
    import resource  # pylint: disable=import-outside-toplevel
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 20000:
        pytest.skip("there are not descriptors enough")
    each_is_listed_once(9000, 2)


def test_a_change_does_not_wait_for_pages(p):
    """Readers that ask without end, and changes between."""
    ends = threading.Event()

    def read():
        while not ends.is_set():
            pages(p)

    readers = [threading.Thread(target=read) for _ in range(4)]
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            echoed(stack.enter_context(p.connect("p")))
        for thread in readers:
            thread.start()
        try:
            for i in range(50):
                p.toxic("p", "noop", toxic_name="n")
                r = p.request("DELETE", "/proxies/p/toxics/n")
                assert r.status == 204, i
        finally:
            ends.set()
            for thread in readers:
                thread.join(rig.PATIENCE)
        assert len(pages(p)) == 200
    assert json.loads(p.request("GET", "/health").body)["ready"]
