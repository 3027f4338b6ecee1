# SPDX-License-Identifier: ISC
"""SIGUSR2: the program on the disk takes over, and nobody notices."""

import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest
from peers import ending
from rig import PATIENCE, SLOW, Toxid, address_of, wait_until
from test_dial import all_get_through, clogged, hang  # noqa: F401 (a fixture)

BUILD = pathlib.Path(os.environ.get("TOXID", "build/toxid")).parent
PROGRAMS = ("toxid", "supervisor", "ctld", "apid", "relayd", "diald", "resolvd", "stored")
SERVANTS = ("apid", "diald", "resolvd", "stored")


@pytest.fixture
def programs(monkeypatch):
    """A copy, where everybody may run it, to be changed"""
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for name in PROGRAMS:
        shutil.copy(BUILD / name, folder / name)
    monkeypatch.setenv("TOXID", str(folder / "toxid"))
    yield folder
    shutil.rmtree(folder)


def count(t, message):
    return sum(line["message"] == message for line in t.log())


def upgrade(t, message="Upgraded"):
    before = count(t, message)
    t.process.send_signal(signal.SIGUSR2)
    assert wait_until(lambda: count(t, message) > before), [
        line for line in t.log() if line["role"] == "ctld"][-9:]


def talk(s, data=b"hello"):
    s.sendall(data)
    got = b""
    while len(got) < len(data):
        part = s.recv(65536)
        assert part, "closed"
        got += part
    assert got == data


@pytest.mark.normal_build
def test_dials_under_way_are_nobodys_fault(clogged):
    """diald is ended each time, with all of them in its hands."""
    with Toxid() as t:
        clients = hang(t, clogged, 20)
        for _ in range(3):
            upgrade(t)
            time.sleep(1)  # until diald has been asked again
        clogged.open()
        all_get_through(clients)
        t.read_to_here()
        assert count(t, "Unable to open connection to upstream") == 0


@pytest.mark.normal_build
def test_all_that_apid_gives_back_is_taken():
    """A crowd of connections, and apid has ended before they are read."""
    with Toxid() as t:
        crowd = [http.client.HTTPConnection(t.host, t.port, timeout=30)
                 for _ in range(300)]
        for _ in range(3):
            for c in crowd:
                c.request("GET", "/version")
            assert all(c.getresponse().read() for c in crowd)
            socks = [c.sock for c in crowd]
            upgrade(t)
            assert [c.sock for c in crowd] == socks
        for c in crowd:
            c.auto_open = False
            c.request("GET", "/version")
        assert all(c.getresponse().read() for c in crowd)


def test_everything_lives_on(echo, tmp_path):
    with Toxid("-state", str(tmp_path / "state"), "-proxy-metrics") as t:
        t.proxy("p", echo.address, toxics=[
            {"type": "latency", "attributes": {"latency": 1}}])
        t.proxy("off", "x:1", listen="local", enabled=False)
        t.proxy("q", echo.address)
        s = t.connect("p")
        talk(s)
        workers = [t.worker("p"), t.worker("q")]
        others = [t.child(r) for r in SERVANTS]
        before = t.request("GET", "/proxies").json()
        for _ in range(3):
            upgrade(t)
            talk(s)
            assert t.request("GET", "/proxies").json() == before
            assert [t.worker("p"), t.worker("q")] == workers
        for role, pid in zip(SERVANTS, others):
            assert t.child(role) != pid, "it is of the old program"
        t.toxic("p", "latency", stream="upstream", latency=200)
        began = time.monotonic()
        talk(s)
        assert time.monotonic() - began > 0.2
        with t.connect("p") as new:
            talk(new)
        t.request("DELETE", "/proxies/q")
        assert wait_until(lambda: t.metrics()[
            'toxid_proxy_sessions_total{proxy="p"}'] == 2)
        assert wait_until(lambda: t.request("GET", "/health").status == 200)
        before = t.request("GET", "/proxies").json()
        s.close()
        assert t.stop() == 0
    with Toxid("-state", str(tmp_path / "state")) as t:
        assert t.request("GET", "/proxies").json() == before


def test_a_worker_that_dies_after_it_is_replaced(echo):
    with Toxid() as t:
        t.proxy("p", echo.address)
        old = t.worker("p")
        upgrade(t)
        os.kill(old, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("relayd [p]", [old])
                          != [old])
        with t.connect("p") as s:
            talk(s)


class Load(threading.Thread):
    """Calls something until it is told to stop; keeps what went wrong"""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.wrong, self.n = call, None, 0
        self.stop = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.stop.is_set():
                self.call()
                self.n += 1
        except Exception as e:  # whatever it is, it is wrong
            self.wrong = repr(e)

    def end(self):
        self.stop.set()
        self.join(60)
        assert self.wrong is None and self.n > 0, self.wrong


def test_under_load_nothing_fails(echo, tmp_path):
    """Clients that stay, clients that come, calls on connections that stay
    and on new ones, reads and changes"""
    with Toxid("-state", str(tmp_path / "state")) as t:
        listen = t.proxy("p", echo.address)["listen"]
        session = t.connect("p")
        api = http.client.HTTPConnection("127.0.0.1", t.port, timeout=30)
        api.request("GET", "/version")
        assert api.getresponse().read()
        sock = api.sock
        toxics = [0]

        def connects():
            with socket.create_connection(
                    address_of(listen), 30 * SLOW) as s:
                s.settimeout(30 * SLOW)
                talk(s)

        def reads():
            api.request("GET", "/proxies")
            r = api.getresponse()
            assert r.status == 200 and r.read()
            assert api.sock is sock, "the connection was closed"

        def changes():
            toxics[0] += 1
            t.toxic("p", "noop", toxic_name=f"t{toxics[0]}")
            assert t.request(
                "DELETE", f"/proxies/p/toxics/t{toxics[0]}").status == 204

        loads = [Load(f) for f in (
            lambda: talk(session, os.urandom(20000)), connects, reads,
            changes)]
        for _ in range(10):
            upgrade(t)
            time.sleep(0.05)
        t.read_to_here()
        assert [line for line in t.log() if "fault" in line] == []
        for load in loads:
            load.end()
        assert t.request(
            "GET", "/proxies/p").json()["toxics"] == []


@pytest.mark.parametrize("what", ("gone", "garbage", "other", "no helper"))
def test_a_program_that_does_not_come_up_is_not_used(echo, programs, what):
    with Toxid() as t:
        t.proxy("p", echo.address)
        s = t.connect("p")
        talk(s)
        pids = [t.child(r) for r in ("apid", "diald", "relayd [p]")]
        if what == "no helper":
            (programs / "diald").unlink()
        else:
            (programs / "toxid").unlink()
        if what == "garbage":
            (programs / "toxid").write_bytes(b"\x7fELF garbage")
            (programs / "toxid").chmod(0o755)
        elif what == "other":
            shutil.copy("/bin/true", programs / "toxid")
        upgrade(t, "Upgrade failed: the running program goes on")
        talk(s)
        assert pids == [t.child(r) for r in ("apid", "diald", "relayd [p]")]
        t.proxy("q", echo.address)
        for name in PROGRAMS:
            if not (programs / name).exists() or name == "toxid":
                (programs / name).unlink(missing_ok=True)
                shutil.copy(BUILD / name, programs / name)
        upgrade(t)
        talk(s)
        with t.connect("q") as new:
            talk(new)


def test_the_program_on_the_disk_is_the_one(echo, programs):
    """It is put in the place of the old one as a package does it"""
    with Toxid() as t:
        t.proxy("p", echo.address)
        for name in PROGRAMS:
            shutil.copy(programs / name, programs / "new")
            os.rename(programs / "new", programs / name)
        assert "(deleted)" in os.readlink(f"/proc/{t.pid}/exe")
        upgrade(t)
        assert os.readlink(f"/proc/{t.pid}/exe") == str(
            programs / "supervisor")


def test_not_while_it_ends(echo):
    with Toxid("-drain", "60") as t:
        t.proxy("p", echo.address)
        s = t.connect("p")
        talk(s)
        t.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: count(t, "Shutdown started"))
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: count(t, "SIGUSR2: shutting down"))
        talk(s)
        s.close()
        assert t.process.wait(30 * SLOW) == 0


def test_an_apid_that_does_not_finish_is_killed(echo):
    """A request that takes longer than it may: the upgrade goes on"""
    with Toxid() as t:
        t.proxy("p", echo.address)
        with socket.create_connection(("127.0.0.1", t.port)) as slow:
            slow.sendall(b"POST /proxies HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Length: 100\r\n\r\n{")
            time.sleep(0.2)
            upgrade(t)
        t.proxy("q", echo.address)


@pytest.mark.slow
@pytest.mark.normal_build
def test_another_version_keeps_sessions_and_takes_clients(
        echo, clogged, programs, tmp_path):  # noqa: F811
    subprocess.run(
        ["make", f"B={tmp_path}/next", "DEFINES=-DMSG_VERSION=1000", "-j2",
         "CFLAGS=-O1", "all"], check=True, stdout=subprocess.DEVNULL)
    with Toxid("-drain", "60") as t:
        t.proxy("p", echo.address)
        t.proxy("q", echo.address)
        t.proxy("late", f"127.0.0.1:{clogged.port}", connect={
            "dial_delay": 3600000})
        s, gone = t.connect("p"), t.connect("q")
        talk(s)
        talk(gone)
        dialled = hang(t, clogged, 2, "dialled")
        late = hang(t, clogged, 2, "late", is_there=True)
        old = t.worker("p")
        for name in PROGRAMS:
            (programs / name).unlink()
            shutil.copy(tmp_path / "next" / name, programs / name)
        upgrade(t)
        talk(s)
        # their dials end with the diald that was asked
        assert all(ending(w, PATIENCE) != "open" for w in dialled + late)
        assert wait_until(lambda: [
            len(t.children().get(f"relayd [{name}]", []))
            for name in ("dialled", "late")] == [1, 1])
        assert wait_until(lambda: len(t.children()["relayd [p]"]) == 2)
        with t.connect("p") as new:
            talk(new)
        for _ in range(2):  # each ctld says it in a journal of its own
            ctld = t.ctld
            os.kill(ctld, signal.SIGKILL)
            assert wait_until(
                lambda: t.children().get("ctld", [ctld]) != [ctld])
            with t.connect("p") as new:
                talk(new)
            talk(s)
        assert os.path.exists(f"/proc/{old}")
        t.request("DELETE", "/proxies/q")
        try:
            assert gone.recv(1) == b""
        except ConnectionResetError:
            pass
        assert wait_until(lambda: "relayd [q]" not in t.children())
        s.close()
        assert wait_until(lambda: old not in t.children()["relayd [p]"])
        assert len(t.children()["relayd [p]"]) == 1
        assert t.stop() == 0
