# SPDX-License-Identifier: ISC
"""limits.ports: where a tenant's proxies listen, and nobody else's."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import threading
import time

import pytest
from lab import Lab, standard, tenant, token
from peers import Echo
from rig import Toxid, needs_ipv6, wait_until
from test_config import check
from test_state import database
from test_tenant_limits import again, limits, replace
from test_upgrade import upgrade
from test_upstreams import reload

pytestmark = pytest.mark.normal_build

UPSTREAM = "127.0.0.1:9"
FAILED = "Reload failed, nothing has changed"
KERNEL = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port):
    """Of this host, at any address"""
    with socket.socket(socket.AF_INET6 if socket.has_ipv6 else
                       socket.AF_INET) as s:
        try:
            s.bind(("", port))
        except OSError:
            return False
    return True


@pytest.fixture
def free():
    """Ports below those of the kernel that nobody has, a range of n; those of
    tests beside this one are others"""
    nth = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    begin = 12000 + 1500 * (nth % 12)
    taken = [begin]

    def some(n):
        while not all(map(is_free, range(taken[0], taken[0] + n))):
            taken[0] += 1
        first = taken[0]
        taken[0] += n
        return first, first + n - 1
    return some


def text(ports):
    return f"{ports[0]}-{ports[1]}"


def ranged(a=None, b=None, **more):
    """Of the tenants a and b"""
    tenants = standard()
    for one, ports in zip(tenants, (a, b)):
        if ports:
            one["limits"] = {"ports": text(ports)}
    return {"tenants": tenants, **more}


def make(lab, who, name, listen="127.0.0.1:0", **more):
    return lab.ask(who, "POST", "/proxies", {
        "name": name, "listen": listen, "upstream": UPSTREAM, **more})


def port_of(r):
    body = r if isinstance(r, dict) else r.json()
    return int(body["listen"].rpartition(":")[2])


def port(lab, who, name):
    return port_of(lab.ask(who, "GET", f"/proxies/{name}"))


def set_enabled(lab, who, name, enabled):
    return lab.ask(who, "PATCH", f"/proxies/{name}", {"enabled": enabled})


def within(ports, n):
    return ports[0] <= n <= ports[1]


def refused(r, ports, why=""):
    assert (r.status, r.json()["error"]) == (
        403, f"limits.ports: the tenant may have {text(ports)}{why}"), r


def of_another(r, where):
    assert (r.status, r.json()["error"]) == (
        403, f"listen tcp {where}: the port is another tenant's, by "
             "limits.ports"), r


def listens(n, host="127.0.0.1"):
    try:
        socket.create_connection((host, n), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def can_bind(n, host="127.0.0.1", reuse=(), family=socket.AF_INET):
    """Another program, which does all that it can"""
    with socket.socket(family) as s:
        for option in reuse:
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            s.bind((host, n))
            s.listen()
        except OSError:
            return False
    return True


def comes_free(n):
    """Connections that there were may be in the way for a while."""
    return wait_until(lambda: can_bind(n, reuse=(socket.SO_REUSEADDR,)))


def is_held(n):
    """It does not listen, and nobody else can."""
    assert not listens(n)
    for reuse in ((), (socket.SO_REUSEADDR,), (socket.SO_REUSEPORT,),
                  (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
        assert not can_bind(n, reuse=reuse), reuse
        assert not can_bind(n, "0.0.0.0", reuse=reuse), reuse
    return True


# ---- where it listens

def test_port_0_is_one_of_its_own(tmp_path, free):
    a, b = free(8), free(3)
    with Lab(tmp_path, **ranged(a, b)) as lab:
        got = {port_of(make(lab, "a", f"p{i}")) for i in range(8)}
        assert got == set(range(a[0], a[1] + 1))
        refused(make(lab, "a", "p8"), a, ", and each is taken")
        refused(lab.ask("a", "POST", "/populate", [
            {"name": "p9", "upstream": UPSTREAM}]), a, ", and each is taken")
        assert limits(lab) == {"ports": {
            "limit": 8, "range": text(a), "used": 8, "refused": 2}}
        # nobody else feels it
        for i in range(3):
            assert within(b, port_of(make(lab, "b", f"p{i}", ":0")))
        refused(make(lab, "b", "p3"), b, ", and each is taken")
        # nor does what has no ports: it gets the kernel's
        r = lab.ask("admin", "POST", "/proxies", {
            "name": "p", "listen": "127.0.0.1:0", "upstream": UPSTREAM})
        assert r.status == 201
        assert not within(a, port_of(r)) and not within(b, port_of(r))
        # one that goes makes room for one more
        was = port(lab, "a", "p3")
        assert lab.ask("a", "DELETE", "/proxies/p3").status == 204
        assert port_of(make(lab, "a", "again")) == was
        assert listens(was)


def test_what_others_have_is_passed_over(tmp_path, free):
    a = free(4)
    with contextlib.ExitStack() as stack:
        for n in range(a[0], a[1]):
            s = stack.enter_context(socket.socket())
            s.bind(("127.0.0.1", n))
        with Lab(tmp_path, **ranged(a)) as lab:
            assert port_of(make(lab, "a", "p")) == a[1]
            refused(make(lab, "a", "q"), a, ", and each is taken")


def test_nowhere_else(tmp_path, free):
    a, b, other = free(3), free(3), free(1)[0]
    with Lab(tmp_path, **ranged(a, b)) as lab:
        for host in ("127.0.0.1", "127.0.0.2", "0.0.0.0", "[::]", "",
                     "localhost", "[::ffff:127.0.0.1]"):
            refused(make(lab, "a", "p", f"{host}:{other}"), a)
        refused(make(lab, "a", "p", f"127.0.0.1:{other}", enabled=False), a)
        assert make(lab, "a", "p").status == 201
        for body in ({"listen": f"127.0.0.1:{other}"},
                     {"listen": f":{other}", "enabled": False}):
            refused(lab.ask("a", "PATCH", "/proxies/p", body), a)
        refused(lab.ask("a", "POST", "/populate", [
            {"name": "p", "listen": f":{other}", "upstream": UPSTREAM}]), a)
        assert within(a, port(lab, "a", "p"))
        # an administrator has no more in it, and others have nothing there
        refused(lab.ask("admin", "POST", "/proxies", {
            "name": "q", "listen": f"127.0.0.1:{other}",
            "upstream": UPSTREAM}, of="a"), a)
        for who, where in (("b", "127.0.0.1"), ("b", "0.0.0.0"),
                           ("admin", "127.0.0.1")):
            of_another(make(lab, who, "p", f"{where}:{a[1]}"),
                       f"{where}:{a[1]}")
        assert not listens(other)
        for n in range(a[0], a[1] + 1):
            assert make(lab, "a", f"of-{n}", f"127.0.0.2:{n}").status == 201


@needs_ipv6
def test_at_every_address(tmp_path, free):
    a = free(2)
    with Lab(tmp_path, **ranged(a)) as lab:
        r = make(lab, "a", "p", ":0")
        assert within(a, port_of(r)) and r.json()["listen"].startswith("[::]")
        r = make(lab, "a", "q", "[::1]:0")
        assert within(a, port_of(r))
        assert listens(port_of(r), "::1")
        refused(make(lab, "a", "r", "[::1]:0"), a, ", and each is taken")


def test_it_is_the_same_the_next_time(tmp_path, free):
    """By its name, whoever came first, without a state directory."""
    a = free(50)
    names = [f"service-{i}" for i in range(6)]
    with Lab(tmp_path, **ranged(a)) as lab:
        was = {name: port_of(make(lab, "a", name)) for name in names}
        # what is replaced stays where it is
        r = lab.ask("a", "POST", "/populate", [
            {"name": names[0], "listen": "127.0.0.1:0",
             "upstream": "127.0.0.1:8"}])
        assert r.status == 201
        assert port(lab, "a", names[0]) == was[names[0]]
        r = lab.ask("a", "PATCH", f"/proxies/{names[1]}",
                    {"listen": "127.0.0.1:0"})
        assert r.status == 200 and port_of(r) == was[names[1]]
    with Lab(tmp_path, **ranged(a)) as lab:
        alone = port_of(make(lab, "a", names[3]))
        assert alone == was[names[3]]


# ---- one that is disabled

def test_a_disabled_proxy_keeps_its_port(tmp_path, free):
    a = free(2)
    with Lab(tmp_path, **ranged(a)) as lab:
        n = port_of(make(lab, "a", "p"))
        assert listens(n)
        for _ in range(3):
            assert set_enabled(lab, "a", "p", False).status == 200
            assert port(lab, "a", "p") == n and is_held(n)
            assert set_enabled(lab, "a", "p", True).status == 200
            assert listens(n)
        assert set_enabled(lab, "a", "p", False).status == 200
        assert lab.ask("a", "POST", "/reset").status == 204
        assert listens(n)
        # it counts, and nobody of the tenant gets it, either
        assert set_enabled(lab, "a", "p", False).status == 200
        m = port_of(make(lab, "a", "q"))
        assert m != n
        refused(make(lab, "a", "r"), a, ", and each is taken")
        r = make(lab, "a", "r", f"127.0.0.1:{n}")
        assert (r.status, r.json()["error"]) == (
            500, f"listen tcp 127.0.0.1:{n}: bind: address already in use")
        assert is_held(n)
        assert limits(lab)["ports"]["used"] == 2
        # it goes with the proxy
        assert lab.ask("a", "DELETE", "/proxies/p").status == 204
        assert comes_free(n)
        assert port_of(make(lab, "a", "r")) == n


def test_one_that_is_made_disabled_has_one(tmp_path, free):
    a = free(3)
    with Lab(tmp_path, **ranged(a)) as lab:
        n = port_of(make(lab, "a", "p", enabled=False))
        assert within(a, n) and is_held(n)
        # it moves, and is put in its own place
        m = a[0] if n != a[0] else a[1]
        r = lab.ask("a", "PATCH", "/proxies/p",
                    {"listen": f"127.0.0.1:{m}"})
        assert r.status == 200 and is_held(m) and comes_free(n)
        r = lab.ask("a", "POST", "/populate", [{
            "name": "p", "listen": f"127.0.0.1:{m}", "enabled": False,
            "upstream": "127.0.0.1:8"}])
        assert r.status == 201 and is_held(m)
        r = lab.ask("a", "POST", "/populate", [{
            "name": "p", "listen": f"127.0.0.1:{m}",
            "upstream": "127.0.0.1:7"}])
        assert r.status == 201 and listens(m)
        r = lab.ask("a", "PATCH", "/proxies/p",
                    {"enabled": False, "listen": f"127.0.0.1:{n}"})
        assert r.status == 200 and is_held(n) and comes_free(m)


def test_what_is_refused_leaves_it_held(tmp_path, free):
    a = free(2)
    with socket.socket() as other, Lab(tmp_path, **ranged(a)) as lab:
        n = port_of(make(lab, "a", "p", enabled=False))
        m = a[0] if n != a[0] else a[1]
        other.bind(("127.0.0.1", m))
        for body in ({"listen": f"127.0.0.1:{m}", "enabled": True},
                     {"listen": f"127.0.0.1:{m}"}):
            r = lab.ask("a", "PATCH", "/proxies/p", body)
            assert r.status == 500, r
            assert is_held(n)
        assert set_enabled(lab, "a", "p", True).status == 200
        assert listens(n)


def test_sessions_after_it(tmp_path, free):
    """A socket that was held is as any other, its sessions' ports, too."""
    a = free(1)
    with Echo() as echo, Lab(tmp_path, **ranged(a)) as lab:
        r = lab.ask("a", "POST", "/proxies", {
            "name": "p", "listen": "127.0.0.1:0", "upstream": echo.address})
        n = port_of(r)
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", n), 10) as s:
                s.settimeout(10)
                s.sendall(b"x")
                assert s.recv(1) == b"x"
                assert set_enabled(lab, "a", "p", False).status == 200
                with contextlib.suppress(ConnectionResetError):
                    assert s.recv(1) == b""
            assert is_held(n)
            assert set_enabled(lab, "a", "p", True).status == 200


def test_without_ports_nothing_is_held(tmp_path):
    with Lab(tmp_path) as lab:
        n = port_of(make(lab, "a", "p"))
        assert set_enabled(lab, "a", "p", False).status == 200
        assert comes_free(n)
        r = make(lab, "a", "q", enabled=False)
        assert r.json()["listen"] == "127.0.0.1:0"


# ---- deaths, and restarts

@pytest.mark.parametrize("who", ["ctld", "apid", None])
def test_over_a_death_and_an_upgrade(tmp_path, free, who):
    a = free(3)
    with Lab(tmp_path, **ranged(a)) as lab:
        on, off = (port_of(make(lab, "a", name)) for name in ("on", "off"))
        assert set_enabled(lab, "a", "off", False).status == 200
        if who is None:
            upgrade(lab)
        else:
            replace(lab, who)
        again(lab, "a", "GET", "/proxies")
        assert is_held(off) and listens(on)
        assert again(lab, "a", "PATCH", "/proxies/off",
                     {"enabled": True}).status == 200
        assert again(lab, "a", "PATCH", "/proxies/on",
                     {"enabled": False}).status == 200
        assert listens(off) and is_held(on)
        assert (port(lab, "a", "on"), port(lab, "a", "off")) == (on, off)


@pytest.mark.parametrize("ms", [0, 0.1, 0.3, 0.6, 1, 2])
def test_ctld_dies_while_it_changes(tmp_path, free, ms):
    """However far it has come: what is disabled is held, the rest listens."""
    a = free(2)
    with Lab(tmp_path, **ranged(a)) as lab:
        n = port_of(make(lab, "a", "p"))
        for is_on in (False, True):
            change = threading.Thread(target=lambda: again(
                lab, "a", "PATCH", "/proxies/p", {"enabled": is_on}))
            ctld = lab.ctld
            change.start()
            time.sleep(ms / 1000)
            os.kill(ctld, signal.SIGKILL)
            change.join()
            assert wait_until(lambda: lab.child("ctld") != ctld)
            shown = again(lab, "a", "GET", "/proxies/p").json()
            assert (port_of(shown), shown["enabled"]) == (n, is_on)
            assert wait_until(lambda: listens(n) == is_on)
            assert is_on or is_held(n)


def test_over_a_restart(tmp_path, free):
    a, state = free(4), ("-state", str(tmp_path / "state"))
    with Lab(tmp_path, *state, **ranged(a)) as lab:
        was = {name: port_of(make(lab, "a", name, enabled=enabled))
               for name, enabled in (("on", True), ("off", False))}
    with Lab(tmp_path, *state, **ranged(a)) as lab:
        assert wait_until(lambda: listens(was["on"]))
        assert {name: port(lab, "a", name) for name in was} == was
        assert wait_until(lambda: not can_bind(was["off"]) and
                          not listens(was["off"]))
        assert is_held(was["off"])
        assert set_enabled(lab, "a", "off", True).status == 200
        assert listens(was["off"])


def test_a_row_of_the_store_gets_no_further(tmp_path, free):
    """Of one who has written the database: 'p' listens elsewhere there."""
    a, other = free(2), free(1)[0]
    state = tmp_path / "state"
    with Lab(tmp_path, "-state", str(state), **ranged(a)) as lab:
        n = port_of(make(lab, "a", "p"))
        make(lab, "a", "q", enabled=False)
    with contextlib.closing(sqlite3.connect(database(state))) as db, db:
        changed = db.execute(
            "UPDATE proxies SET listen = ?, given = ? WHERE name = 'p'",
            (f"127.0.0.1:{other}",) * 2)
        assert changed.rowcount == 1
    with Lab(tmp_path, "-state", str(state), **ranged(a)) as lab:
        assert wait_until(lambda: any(
            line["message"] == "Proxy cannot listen: trying again" and
            "limits.ports" in line["error"] for line in lab.log()))
        assert not listens(other) and comes_free(other) and comes_free(n)
        # one that is disabled is not tried; nor is it enabled
        assert set_enabled(lab, "a", "p", False).status == 200
        refused(set_enabled(lab, "a", "p", True), a)
        refused(lab.ask("a", "POST", "/reset"), a)
        r = lab.ask("a", "PATCH", "/proxies/p",
                    {"listen": "127.0.0.1:0", "enabled": True})
        assert r.status == 200 and within(a, port_of(r))


# ---- a reload

def test_a_reload_gives_and_takes(tmp_path, free):
    a = free(4)
    with Lab(tmp_path) as lab:
        inside = f"127.0.0.1:{a[0]}"
        assert make(lab, "a", "in", inside, enabled=False).status == 201
        assert make(lab, "a", "out").status == 201
        assert comes_free(a[0])
        lab.say(**ranged(a))
        reload(lab, FAILED)  # "out" listens elsewhere
        assert wait_until(lambda: any(
            "limits.ports" in line.get("error", "") and
            "a/out" in line["error"] for line in lab.log()))
        assert set_enabled(lab, "a", "out", False).status == 200
        reload(lab)
        assert wait_until(lambda: not can_bind(a[0]) and not listens(a[0]))
        assert is_held(a[0])
        refused(set_enabled(lab, "a", "out", True), a)
        lab.say()
        reload(lab)
        assert comes_free(a[0])
        assert set_enabled(lab, "a", "out", True).status == 200


def test_the_files_own(tmp_path, free):
    a = free(3)
    said = ranged(a)
    entries = [{"name": "on", "listen": "127.0.0.1:0", "upstream": UPSTREAM},
               {"name": "off", "listen": "127.0.0.1:0", "upstream": UPSTREAM,
                "enabled": False}]
    said["tenants"][0]["proxies"] = entries
    with Lab(tmp_path, **said) as lab:
        on, off = port(lab, "a", "on"), port(lab, "a", "off")
        assert within(a, on) and within(a, off)
        assert listens(on) and is_held(off)
        for entry in entries:  # another upstream, at the same port
            entry["upstream"] = "127.0.0.1:8"
        lab.say(said["tenants"])
        reload(lab)
        assert wait_until(lambda: not listens(off) and not can_bind(off))
        assert is_held(off)
        assert listens(on)
        assert (port(lab, "a", "on"), port(lab, "a", "off")) == (on, off)
        entries[0]["enabled"], entries[1]["enabled"] = False, True
        lab.say(said["tenants"])
        reload(lab)
        assert wait_until(lambda: listens(off))
        assert wait_until(lambda: not listens(on) and not can_bind(on))
        assert is_held(on)
        assert (port(lab, "a", "on"), port(lab, "a", "off")) == (on, off)


class Other(threading.Thread):
    """A program that wants a port, at any time"""

    def __init__(self, n):
        super().__init__(daemon=True)
        self.n, self.has_got, self.stopping = n, False, threading.Event()
        self.start()

    def run(self):
        while not self.stopping.is_set():
            self.has_got = self.has_got or can_bind(self.n)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()


@pytest.mark.parametrize("states", ((False,), (True, False)))
def test_a_reload_keeps_it_all_the_time(tmp_path, free, states):
    """One that is disabled is replaced, and by one."""
    said = ranged(free(1))
    entry = {"name": "p", "listen": "127.0.0.1:0", "upstream": UPSTREAM,
             "enabled": states[-1]}
    said["tenants"][0]["proxies"] = [entry]
    with Lab(tmp_path, **said) as lab:
        n = port(lab, "a", "p")
        with Other(n) as other:
            for i in range(20):
                entry["enabled"] = states[i % len(states)]
                entry["upstream"] = f"127.0.0.1:{10 + i}"
                lab.say(said["tenants"])
                reload(lab)
                assert port(lab, "a", "p") == n
        assert not other.has_got
        assert is_held(n)
        lab.read_to_here()
        assert [line["message"] for line in lab.log() if line["message"] in (
            "Started proxy", "Terminated proxy")] == [
            "Started proxy", "Terminated proxy"] * (10 * (len(states) - 1))


def test_a_reload_that_fails_leaves_it_held(tmp_path, free):
    a = free(3)
    said = ranged(a)
    entries = [{"name": f"p{i}", "listen": f"127.0.0.1:{n}",
                "upstream": UPSTREAM, "enabled": False}
               for i, n in enumerate(range(a[0], a[1]))]
    said["tenants"][0]["proxies"] = entries
    with socket.socket() as taken, Lab(tmp_path, **said) as lab:
        taken.bind(("127.0.0.1", a[1]))
        entries[0]["upstream"] = "127.0.0.1:8"
        entries[1].update(upstream="127.0.0.1:8", enabled=True)
        entries.append({**entries[0], "name": "p2",
                        "listen": f"127.0.0.1:{a[1]}"})
        lab.say(said["tenants"])
        reload(lab, FAILED)
        assert is_held(a[0]) and is_held(a[0] + 1)
        assert lab.ask("a", "GET", "/proxies/p0").json()[
            "upstream"] == UPSTREAM


def test_an_entry_elsewhere_is_a_fault(tmp_path, free):
    a, other = free(2), free(1)[0]
    said = ranged(a)
    said["tenants"][0]["proxies"] = [
        {"name": "p", "listen": f":{other}", "upstream": UPSTREAM},
        {"name": "q", "listen": f":{a[0]}", "upstream": UPSTREAM}]
    said["tenants"][1]["proxies"] = [
        {"name": "p", "listen": f":{a[1]}", "upstream": UPSTREAM}]
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps(said))
    code, faults, _ = check(str(path))
    assert code == 1 and [f.partition(": ")[2] for f in faults] == [
        f'proxy "a/p": listen: limits.ports: the tenant may have {text(a)}',
        'proxy "b/p": listen: the port is another tenant\'s, by limits.ports']


def test_an_entry_elsewhere_fails_the_reload(tmp_path, free):
    a, other = free(2), free(1)[0]
    said = ranged(a)
    with Lab(tmp_path, **said) as lab:
        said["tenants"][0]["proxies"] = [
            {"name": "p", "listen": f"127.0.0.1:{other}",
             "upstream": UPSTREAM}]
        lab.say(said["tenants"])
        reload(lab, FAILED)
        assert wait_until(lambda: any(
            "limits.ports" in line.get("error", "") for line in lab.log()))
        assert not listens(other)


def test_a_range_that_comes_with_its_proxies(tmp_path, free):
    a = free(2)
    with Lab(tmp_path) as lab:
        said = ranged(a)
        said["tenants"][0]["proxies"] = [
            {"name": "p", "listen": "127.0.0.1:0", "upstream": UPSTREAM}]
        lab.say(said["tenants"])
        reload(lab)
        assert within(a, port(lab, "a", "p"))


# ---- without tenants

def test_without_tenants(tmp_path, free):
    a = free(2)
    file = tmp_path / "toxid.json"
    file.write_text(json.dumps({"limits": {"ports": text(a)}}))
    with Toxid("-config", str(file)) as t:
        def made(name):
            return t.request("POST", "/proxies", {
                "name": name, "listen": "127.0.0.1:0", "upstream": UPSTREAM})
        n = port_of(made("p"))
        assert within(a, n) and within(a, port_of(made("q")))
        refused(made("r"), a, ", and each is taken")
        t.request("POST", "/proxies/p", {"enabled": False})
        assert is_held(n)


# ---- the file

@pytest.mark.parametrize("ports, said", [
    ("", '"": expected the first and the last, from 1 to 65535, as '
         '"20000-20099"'),
    ("20000", None), ("20000-", None), ("-20000", None), ("0-5", None),
    ("65535-65536", None), ("20099-20000", None), ("20000-20099 ", None),
    ("20000-20099-20199", None), ("2e4-3e4", None), ("+1-5", None),
    ("000001-000005", None),
    (20000, 'expected a text, as "20000-20099", got an integer'),
    ([], 'expected a text, as "20000-20099", got an array'),
])
def test_what_is_wrong_with_it(tmp_path, ports, said):
    path = tmp_path / "toxid.json"
    path.write_text('{"tenants": [\n  {"name": "x", "limits": {"ports": %s}}'
                    ']}' % json.dumps(ports))
    said = said or (f'"{ports}": expected the first and the last, from 1 to '
                    '65535, as "20000-20099"')
    code, faults, _ = check(str(path))
    assert (code, faults) == (
        1, [f"2:28: tenants[0].limits.ports: {said}"])


@pytest.mark.parametrize("ports", ["1-1", "65535-65535", "1-8473",
                                   "8475-65535", None])
def test_what_is_right(tmp_path, ports):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps({"tenants": [
        {"name": "x", "limits": {"ports": ports}}]}))
    assert check(str(path))[0] == 0


@pytest.mark.parametrize("one, other, is_wrong", [
    ("20000-20099", "20100-20199", False), ("20000-20099", "20099-20199", True),
    ("20000-20099", "19000-20000", True), ("20000-20099", "20010-20020", True),
    ("20010-20020", "20000-20099", True), ("20000-20099", "19000-19999", False),
])
def test_two_do_not_overlap(tmp_path, one, other, is_wrong):
    path = tmp_path / "toxid.json"
    path.write_text(
        '{"tenants": [{"name": "x", "limits": {"ports": "%s"}},\n'
        ' {"name": "y", "limits": {"ports": "%s"}}]}' % (one, other))
    code, faults, _ = check(str(path))
    if is_wrong:
        assert (code, faults) == (1, [
            f'2:27: tenants[1].limits.ports: {other}: tenant "x" has {one}'])
    else:
        assert code == 0
    path.write_text(
        '{"limits": {"ports": "%s"}, "tenants": [\n'
        ' {"name": "y", "limits": {"ports": "%s"}}]}' % (one, other))
    code, faults, _ = check(str(path))
    if is_wrong:
        assert (code, faults) == (1, [
            f"2:27: tenants[0].limits.ports: {other}: the file's own are "
            f"{one}"])
    else:
        assert code == 0


def test_the_api_is_not_among_them(tmp_path, free):
    path = tmp_path / "toxid.json"
    path.write_text('{"limits": {"ports": "8000-9000"}}')
    code, faults, _ = check(str(path))
    assert (code, faults) == (1, [
        "1:13: limits.ports: 8000-9000: the API's own port, 8474, is among "
        "them"])
    # of a toxid that runs, too, whose port the kernel has chosen
    with Lab(tmp_path) as lab:
        n = lab.port
        lab.say(**ranged((n, n)))
        reload(lab, FAILED)
        assert wait_until(lambda: any(
            f"the API's own port, {n}, is among them" in line.get("error", "")
            for line in lab.log()))


def warnings(lab):
    return [line for line in lab.log()
            if "limits.ports are among those" in line["message"]]


def test_those_of_the_kernel_are_warned_of(tmp_path, free):
    first, last = map(int, KERNEL.read_text().split())
    a, b = (last - 5, last), free(2)
    with Lab(tmp_path, **ranged(a, b)) as lab:
        lab.read_to_here()
        line, = warnings(lab)
        assert (line["of_tenant"], line["ports"], line["kernel_ports"]) == (
            "a", text(a), f"{first}-{last}")
        assert line["level"] == "warn"
    with Lab(tmp_path, **ranged(None, b)) as lab:
        lab.read_to_here()
        assert warnings(lab) == []


def test_whoami_shows_them(tmp_path, free):
    """... as GET /tenant does."""
    a = free(3)
    tenants = [tenant("a", token("a"), limits={"ports": text(a)})]
    with Lab(tmp_path, tenants=tenants) as lab:
        assert make(lab, "a", "p").status == 201
        # one port at two addresses is one
        n = port(lab, "a", "p")
        assert make(lab, "a", "q", f"127.0.0.2:{n}").status == 201
        assert limits(lab) == {"ports": {
            "limit": 3, "range": text(a), "used": 1, "refused": 0}}


def test_a_worker_that_dies_is_followed(tmp_path, free):
    a = free(1)
    with Lab(tmp_path, **ranged(a)) as lab:
        n = port_of(make(lab, "a", "p"))
        assert set_enabled(lab, "a", "p", False).status == 200
        assert set_enabled(lab, "a", "p", True).status == 200
        pid = lab.child("relayd [a/p]")
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: listens(n))
        assert set_enabled(lab, "a", "p", False).status == 200
        assert is_held(n)
