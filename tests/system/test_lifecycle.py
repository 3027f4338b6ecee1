# SPDX-License-Identifier: ISC
"""How toxid ends, what it says of its health, and to whom started it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
import rig
from rig import Toxid, wait_until

PATIENCE = rig.PATIENCE


def version():
    said = subprocess.run([os.environ.get("TOXID", rig.TOXID), "-version"],
                          check=True, capture_output=True, text=True)
    return said.stdout.split()[2]


def refuses(address):
    try:
        socket.create_connection(address, PATIENCE).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # in that very moment
    return False


def talks(sock, data=b"still there"):
    sock.sendall(data)
    return sock.recv(64) == data


def messages(t):
    return [line["message"] for line in t.log()]


@contextlib.contextmanager
def draining(echo, *args, seconds="60"):
    """a daemon with one session, that was told to end"""
    with Toxid("-drain", seconds, *args) as t:
        address = rig.address_of(t.proxy("web", echo.address)["listen"])
        with socket.create_connection(address, PATIENCE) as sock:
            assert talks(sock)
            t.process.send_signal(signal.SIGTERM)
            assert wait_until(lambda: refuses(address))
            yield t, sock


# ---- the drain

def test_without_a_drain_it_ends_at_once(echo):
    with Toxid() as t:
        t.proxy("web", echo.address)
        with t.connect("web") as sock:
            assert talks(sock)
            assert t.stop() == 0
            assert sock.recv(1) == b""


@pytest.mark.parametrize("args, text", [
    (["-drain", "-1"], "must be at least 0"),
    (["-drain", "31622401"], "must be at most 31622400"),
    (["-drain", "10s"], "parse error")])
def test_no_such_drain(args, text):
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), *args], capture_output=True,
        text=True, timeout=PATIENCE)
    assert r.returncode == 2
    assert text in r.stderr.splitlines()[0]


def test_sessions_live_on_until_they_end_themselves(echo):
    with draining(echo) as (t, sock):
        for _ in range(3):
            time.sleep(0.2)
            assert talks(sock)
        assert t.process.poll() is None
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""
        assert t.ends() == 0
        assert "All sessions have ended" in messages(t)


def test_a_session_with_toxics_gets_all_that_is_under_way(echo):
    with Toxid("-drain", "60") as t:
        t.proxy("web", echo.address)
        t.toxic("web", "latency", latency=1000)
        with t.connect("web") as sock:
            sock.sendall(b"late")
            sock.shutdown(socket.SHUT_WR)
            t.process.send_signal(signal.SIGTERM)
            assert sock.recv(64) == b"late"
            assert sock.recv(64) == b""
        assert t.ends() == 0


def test_without_sessions_a_drain_ends_at_once(echo):
    with Toxid("-drain", "3600") as t:
        t.proxy("web", echo.address)
        t.proxy("off", echo.address, enabled=False)
        with t.connect("web") as sock:
            assert talks(sock)
        assert t.stop() == 0


def test_a_client_that_came_in_just_before_is_not_forgotten(echo):
    """counters are up to 250 ms old: the drain must not believe them"""
    with Toxid("-drain", "60") as t:
        address = rig.address_of(t.proxy("web", echo.address)["listen"])
        with socket.create_connection(address) as first:
            assert talks(first)
        assert wait_until(
            lambda: health(t).json()["proxies"]["open_sessions"] == 0)
        with socket.create_connection(address) as sock:
            assert talks(sock)
            t.process.send_signal(signal.SIGTERM)
            assert wait_until(lambda: refuses(address))
            time.sleep(0.5)
            assert talks(sock)
        assert t.ends() == 0


@pytest.mark.parametrize("name", ["web", "spare"])
def test_a_proxy_that_was_just_made_is_drained_too(echo, name):
    with Toxid("-drain", "60", "-spares", "0") as t:
        address = rig.address_of(t.proxy(name, echo.address)["listen"])
        with socket.create_connection(address) as sock:
            assert talks(sock)
            t.process.send_signal(signal.SIGTERM)
            assert wait_until(lambda: refuses(address))
            assert talks(sock)
        assert t.ends() == 0


def test_who_has_come_in_by_then_is_served(echo):
    """also where ctld hears of the end and of a death at once"""
    with Toxid("-drain", "60") as t, contextlib.ExitStack() as stack:
        address = rig.address_of(t.proxy("web", echo.address)["listen"])
        worker = t.worker("web")
        os.kill(t.pid, signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        assert wait_until(lambda: rig.parent_of(worker) is None)
        socks = [stack.enter_context(socket.create_connection(address))
                 for _ in range(200)]
        t.process.send_signal(signal.SIGTERM)
        t.process.send_signal(signal.SIGCONT)
        for sock in socks:
            sock.settimeout(PATIENCE)
            assert talks(sock)
            sock.close()
        assert t.ends() == 0


def test_a_worker_that_hangs_does_not_keep_the_port(echo):
    with Toxid("-drain", "60", "-debug-toxics") as t:
        address = rig.address_of(t.proxy("web", echo.address)["listen"])
        t.toxic("web", "spin")
        with socket.create_connection(address) as sock:
            sock.sendall(b"x")
            t.process.send_signal(signal.SIGTERM)
            assert wait_until(lambda: refuses(address), PATIENCE)


def test_the_time_of_a_drain_is_a_bound(echo):
    with draining(echo, seconds="1") as (t, sock):
        assert t.ends() == 0
        assert sock.recv(1) == b""
        assert "Sessions are cut off" in messages(t)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_drain(echo, second):
    with draining(echo, seconds="3600") as (t, sock):
        assert talks(sock)
        t.process.send_signal(second)
        assert t.ends() == 0
        assert sock.recv(1) == b""
        assert "Shutdown without a drain" in messages(t)


def test_reads_are_answered_while_it_drains_and_changes_refused(echo):
    with draining(echo) as (t, sock):
        r = t.request("GET", "/proxies/web")
        assert r.status == 200
        assert r.json()["enabled"] is True
        for method, path, body in (
                ("POST", "/proxies", {"name": "b", "listen": "127.0.0.1:0",
                                      "upstream": echo.address}),
                ("PATCH", "/proxies/web", {"enabled": False}),
                ("POST", "/proxies/web/toxics", {"type": "noop"}),
                ("DELETE", "/proxies/web", None),
                ("POST", "/reset", None)):
            r = t.request(method, path, body)
            assert r.status == 503, (method, path, r)
            assert r.json() == {"error": "shutting down", "status": 503}
        r = t.request("POST", "/populate", [
            {"name": "b", "listen": "127.0.0.1:0", "upstream": echo.address}])
        assert r.status == 503
        assert list(t.request("GET", "/proxies").json()) == ["web"]
        assert talks(sock)


def test_a_dial_in_progress_is_waited_for():
    """the upstream's backlog is full: its connect hangs until it accepts"""
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(
            socket.create_server((rig.own_host(), 0), backlog=0))
        upstream = slow.getsockname()
        for _ in range(2):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(upstream)
        t = stack.enter_context(Toxid("-drain", "60"))
        address = rig.address_of(
            t.proxy("web", "%s:%d" % upstream)["listen"])
        sock = stack.enter_context(socket.create_connection(address))
        sock.sendall(b"hello")
        time.sleep(0.1)
        t.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: refuses(address))
        time.sleep(0.3)
        assert t.process.poll() is None
        slow.settimeout(PATIENCE)
        while True:
            peer = stack.enter_context(slow.accept()[0])
            peer.settimeout(1 * rig.SLOW)
            with contextlib.suppress(TimeoutError):
                if peer.recv(16) == b"hello":
                    break
        peer.sendall(b"welcome")
        peer.close()
        slow.close()  # for those that refuses() has let in
        assert sock.recv(16) == b"welcome"
        sock.close()
        assert t.ends() == 0


def test_a_worker_that_dies_in_a_drain_is_not_replaced(echo):
    with draining(echo) as (t, _):
        os.kill(t.worker("web"), signal.SIGKILL)
        assert t.ends() == 0


def test_a_worker_that_hangs_does_not_hold_a_drain_up(echo):
    with Toxid("-drain", "3600", "-debug-toxics") as t:
        t.proxy("web", echo.address)
        t.toxic("web", "spin")
        with t.connect("web") as sock:
            sock.sendall(b"x")
            time.sleep(0.2)
            t.process.send_signal(signal.SIGTERM)
            assert t.ends() == 0  # the heartbeat has found it


def test_control_processes_come_back_in_a_drain(echo):
    with draining(echo) as (t, sock):
        for title in ("apid", "diald", "resolvd"):
            pid = t.child(title)
            os.kill(pid, signal.SIGKILL)
            assert wait_until(
                lambda p=pid, n=title: t.children().get(n, [p]) != [p])
        assert wait_until(lambda: health(t).status == 503)
        assert talks(sock)


def test_the_port_can_be_had_by_the_next_one_while_this_one_drains(echo):
    with draining(echo) as (t, sock):
        listen = t.request("GET", "/proxies/web").json()["listen"]
        with Toxid() as successor:
            successor.proxy("web", echo.address, listen=listen)
            with successor.connect("web") as new:
                assert talks(new)
                assert talks(sock)


# ---- health

def health(t, path="/health"):
    """... 0, when there is nobody for now"""
    try:
        return t.request("GET", path)
    except OSError:
        return rig.Reply(0, {}, b"{}")


def test_health(toxid, echo):
    toxid.proxy("on", echo.address)
    toxid.proxy("off", echo.address, enabled=False)
    with toxid.connect("on") as sock:
        assert talks(sock)
        assert wait_until(lambda: health(toxid).json()["proxies"] == {
            "total": 2, "enabled": 1, "open_sessions": 1})
    r = health(toxid)
    assert r.status == 200
    assert r.headers["Content-Type"] == "application/json"
    said = r.json()
    assert said["live"] is True and said["ready"] is True
    assert said["reasons"] == []
    assert said["version"] == version()
    assert 0 <= said["uptime_s"] < 3600
    assert wait_until(
        lambda: health(toxid).json()["roles"]["apid"]["running"] == 1)
    said = health(toxid).json()
    for role in ("ctld", "apid", "diald", "resolvd"):
        assert said["roles"][role] == {
            "running": 1, "starting": 0, "backing_off": 0, "retry_ms": 0,
            "restarts": 0, "last_error": None}
    assert said["roles"]["relayd"]["running"] >= 1


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes(toxid, path):
    assert health(toxid, path).status == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health_is_for_reading_and_not_for_browsers(shared, path):
    r = shared.request("POST", path, {})
    assert r.status == 405 and r.headers["Allow"] == "GET"
    for headers in ({"User-Agent": "Mozilla/5.0"},
                    {"Host": "evil.example", "Sec-Fetch-Site": "none"},
                    {"Origin": "http://evil.example"}):
        assert shared.request("GET", path, headers=headers).status == 403


def test_health_tells_of_a_worker_that_died(toxid, echo):
    toxid.proxy("web", echo.address)
    os.kill(toxid.worker("web"), signal.SIGKILL)
    assert wait_until(
        lambda: health(toxid).json()["roles"]["relayd"]["last_error"])
    r = health(toxid)
    assert r.status == 200  # the others are none the worse for it
    relayd = r.json()["roles"]["relayd"]
    assert relayd["last_error"]["text"] == "died of signal 9"
    assert relayd["last_error"]["proxy"] == "web"
    stamp = time.strptime(
        relayd["last_error"]["time"], "%Y-%m-%dT%H:%M:%SZ")
    assert stamp.tm_year >= 2024
    assert relayd["restarts"] == 1


def test_health_tells_why_a_child_was_killed(toxid):
    os.kill(toxid.child("diald"), signal.SIGSTOP)
    assert wait_until(
        lambda: health(toxid).json()["roles"]["diald"]["last_error"])
    diald = health(toxid).json()["roles"]["diald"]
    assert diald["last_error"]["text"] == "was stopped"


def test_a_proxy_that_is_dismissed_is_no_error(toxid, echo):
    toxid.proxy("web", echo.address)
    assert toxid.request("DELETE", "/proxies/web").status == 204
    time.sleep(0.2)
    assert health(toxid).json()["roles"]["relayd"]["last_error"] is None


def kill_until_it_backs_off(t, role, title, for_ms=0):
    """each is killed as it comes"""
    while True:
        said = health(t).json().get("roles", {}).get(role, {})
        if said.get("backing_off") and said["retry_ms"] > for_ms:
            return said
        for pid in t.children().get(title, []):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def test_without_diald_it_is_not_ready(toxid):
    said = kill_until_it_backs_off(toxid, "diald", "diald")
    assert said["restarts"] >= 10
    replies = []

    def is_not_ready():
        replies.append(health(toxid))
        if replies[-1].status == 200:
            kill_until_it_backs_off(toxid, "diald", "diald")
        return replies[-1].status == 503

    assert wait_until(is_not_ready)
    assert "diald is not running" in replies[-1].json()["reasons"]
    assert replies[-1].json()["live"] is True
    assert wait_until(lambda: health(toxid).status == 200)


def test_a_proxy_that_backs_off_makes_nobody_unready(toxid, echo):
    toxid.proxy("web", echo.address)
    said = kill_until_it_backs_off(toxid, "relayd", "relayd [web]")
    assert 0 < said["retry_ms"] <= 5000
    assert health(toxid, "/health/ready").status == 200


def test_health_while_it_drains(echo):
    with draining(echo) as (t, _):
        assert wait_until(lambda: health(t).status == 503)
        said = health(t).json()
        assert said["live"] is True and said["ready"] is False
        assert said["reasons"] == ["shutting down"]
        assert health(t, "/health/ready").status == 503
        assert health(t, "/health/live").status == 200


def test_a_ctld_that_hangs_is_found_out(toxid):
    ctld = toxid.ctld
    os.kill(ctld, signal.SIGSTOP)
    try:
        assert wait_until(
            lambda: health(toxid, "/health/live").status == 503, PATIENCE)
        said = health(toxid).json()
        assert said["live"] is False and said["ready"] is False
        assert said["reasons"] == ["ctld does not answer"]
    finally:
        os.kill(ctld, signal.SIGCONT)
    assert wait_until(lambda: health(toxid).status == 200, PATIENCE)


# ---- sd_notify

class Manager:
    """What systemd is to a service: a datagram socket that is told things."""

    def __init__(self, kind):
        self.dir = tempfile.mkdtemp()
        if kind == "abstract":
            self.name = f"@toxid-test-{os.getpid()}-{id(self)}"
        else:
            self.name = f"{self.dir}/notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.name.replace("@", "\0"))
        os.chmod(self.dir, 0o755)
        self.sock.setblocking(False)
        self.said = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        shutil.rmtree(self.dir)

    def heard(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.said.append(self.sock.recv(4096).decode())
        return self.said

    def hears(self, what):
        return wait_until(lambda: what in self.heard())


@pytest.fixture(params=["path", "abstract"])
def manager(request):
    with Manager(request.param) as m:
        yield m


def test_ready_is_said_when_it_serves(manager, echo, tmp_path):
    config = tmp_path / "config.json"
    config.write_text('[{"name": "web", "listen": "127.0.0.1:0", '
                      '"upstream": "%s"}]' % echo.address)
    with Toxid("-config", str(config), env={"NOTIFY_SOCKET": manager.name},
               wait=False) as t:
        assert manager.hears("READY=1")
        t.wait_until_up()
        assert list(t.request("GET", "/proxies").json()) == ["web"]
        assert manager.hears("STATUS=serving: 1 proxies, 0 sessions")
        with t.connect("web"):
            assert manager.hears("STATUS=serving: 1 proxies, 1 sessions")
        assert t.stop() == 0
        assert manager.heard()[-1] == "STOPPING=1"
        assert manager.said.count("READY=1") == 1


def test_ready_is_not_said_when_it_cannot_start():
    with Manager("path") as m, socket.create_server(("127.0.0.1", 0)) as s:
        t = Toxid(port=s.getsockname()[1], wait=False,
                  env={"NOTIFY_SOCKET": m.name}, stderr=subprocess.DEVNULL)
        assert t.process.wait(PATIENCE) == 1
        t.__exit__()
        assert "READY=1" not in m.heard()


def test_a_drain_is_told(echo):
    with Manager("path") as m, Toxid(
            "-drain", "60", env={"NOTIFY_SOCKET": m.name}) as t:
        t.proxy("web", echo.address)
        with t.connect("web") as sock:
            assert talks(sock)
            t.process.send_signal(signal.SIGTERM)
            assert m.hears("STOPPING=1")
            assert m.hears("STATUS=draining: 1 sessions")
        assert t.ends() == 0


def count_watchdogs(m, seconds):
    start = len(m.heard())
    time.sleep(seconds)
    return m.heard()[start:].count("WATCHDOG=1")


@contextlib.contextmanager
def watched(every="400000", **env):
    with Manager("path") as m, Toxid(env={
            "NOTIFY_SOCKET": m.name, "WATCHDOG_USEC": every, **env}) as t:
        assert m.hears("READY=1")
        yield m, t


def test_the_watchdog_is_fed_while_the_control_plane_lives():
    with watched() as (m, t):
        assert m.hears("WATCHDOG=1")
        assert count_watchdogs(m, 2) <= 11
        assert wait_until(lambda: count_watchdogs(m, 2) >= 4)
        kill_until_it_backs_off(t, "diald", "diald", 2500)
        assert count_watchdogs(m, 2) == 0
        assert "STATUS=control plane is restarting" in m.said
        m.said.clear()
        assert m.hears("WATCHDOG=1")


@pytest.mark.parametrize("env", [
    {"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"},
    {"WATCHDOG_USEC": "-5"}])
def test_a_watchdog_that_is_not_meant(env):
    with watched(**env) as (m, _):
        assert count_watchdogs(m, 0.5) == 0


@pytest.mark.parametrize("name", [
    "/nowhere/at/all", "@", "relative", "vsock:2:1234", "/" + "x" * 200])
def test_a_manager_that_is_not_there_is_no_reason_to_fail(name):
    with Toxid(env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"}) as t:
        assert health(t).status == 200
        assert t.stop() == 0
        assert any("NOTIFY_SOCKET" in m for m in messages(t))


def test_a_manager_that_does_not_read_holds_nobody_up():
    with watched("20000") as (m, t):
        end = time.monotonic() + 3
        while time.monotonic() < end:  # far more than a queue holds
            assert health(t).status == 200
        m.heard()
        assert m.hears("WATCHDOG=1")


def test_children_do_not_get_the_managers_variables():
    with watched(WATCHDOG_PID="1") as (_, t):
        for title in ("apid", "diald"):
            environ = pathlib.Path(f"/proc/{t.child(title)}/environ")
            try:
                text = environ.read_bytes()
            except PermissionError:
                pytest.skip("children cannot be looked at by this user")
            assert b"NOTIFY_SOCKET" not in text
            assert b"WATCHDOG" not in text


# ---- SIGHUP

class Config:
    """A configuration file, and the daemon that has read it."""

    def __init__(self, path, *args, **more):
        self.path = path
        self.args = ("-config", str(path), *args)
        self.more = more

    def start(self, entries):
        self.write(entries)
        self.t = Toxid(*self.args, **self.more)
        return self.t

    def write(self, entries):
        self.path.write_text(
            entries if isinstance(entries, str) else json.dumps(entries))

    def lines(self, message):
        return [r for r in self.t.log() if r["message"] == message]

    def hup(self, message):
        before = len(self.lines(message))
        self.t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: len(self.lines(message)) > before), \
            messages(self.t)[-5:]
        return self.lines(message)[-1]

    def reload(self, entries):
        """what was done: (made, replaced, deleted, unchanged)"""
        self.write(entries)
        r = self.hup("Reloaded configuration")
        return r["made"], r["replaced"], r["deleted"], r["unchanged"]

    def refused(self, entries):
        """why: and nothing has happened"""
        self.write(entries)
        before = self.t.request("GET", "/proxies").json()
        r = self.hup("Reload failed, nothing has changed")
        assert self.t.request("GET", "/proxies").json() == before
        return r["error"]


@pytest.fixture
def config(tmp_path):
    return Config(tmp_path / "config.json")


def entry(name, upstream, listen=None, **more):
    return {"name": name, "upstream": upstream, **more,
            "listen": listen or f"{rig.own_host()}:{rig.own_port()}"}


def names(t):
    return sorted(t.request("GET", "/proxies").json())


def test_the_difference_is_applied(config, echo):
    a, b, c = (entry(n, echo.address) for n in "abc")
    with config.start([a, b]) as t:
        t.proxy("own", echo.address)
        with t.connect("a") as sock, t.connect("own") as own:
            assert talks(sock) and talks(own)
            assert config.reload([a, c]) == (1, 0, 1, 1)
            assert names(t) == ["a", "c", "own"]
            assert talks(sock) and talks(own)  # nobody else's are touched
        with t.connect("c") as sock:
            assert talks(sock)
        assert refuses(rig.address_of(b["listen"]))


def test_an_entry_that_has_changed_is_replaced(config, echo):
    a = entry("a", "127.0.0.1:1")
    with config.start([a]) as t:
        assert config.reload([{**a, "upstream": echo.address}]) == (0, 1, 0, 0)
        with t.connect("a") as sock:
            assert talks(sock)
        toxics = [{"type": "limit_data", "attributes": {"bytes": 3}}]
        assert config.reload([{**a, "upstream": echo.address,
                               "toxics": toxics}]) == (0, 1, 0, 0)
        with t.connect("a") as sock:
            sock.sendall(b"hello")
            assert sock.recv(16) == b"hel"
        assert config.reload([{**a, "enabled": False}]) == (0, 1, 0, 0)
        assert refuses(rig.address_of(a["listen"]))
        assert config.reload([a]) == (0, 1, 0, 0)
        assert not refuses(rig.address_of(a["listen"]))


def test_an_entry_that_has_not_is_left_alone(config, echo):
    """the API has the last word on a proxy whose entry stays"""
    a = entry("a", echo.address)
    with config.start([a]) as t:
        t.toxic("a", "latency", latency=1)
        assert config.reload([a]) == (0, 0, 0, 1)
        assert len(t.request("GET", "/proxies/a/toxics").json()) == 1
        assert t.request("DELETE", "/proxies/a").status == 204
        assert config.reload([a]) == (1, 0, 0, 0)
        assert t.request("GET", "/proxies/a/toxics").json() == []


def test_a_proxy_of_the_api_can_be_written_down_later(config, echo):
    with config.start([]) as t:
        a = t.proxy("a", echo.address)
        own = entry("a", echo.address, a["listen"])
        with t.connect("a") as sock:
            assert talks(sock)
            assert config.reload([own]) == (0, 0, 0, 1)
            assert talks(sock)
        assert config.reload([]) == (0, 0, 1, 0)
        assert names(t) == []


def test_two_proxies_change_places(config, echo):
    a, b = entry("a", echo.address), entry("b", "127.0.0.1:1")
    with config.start([a, b]) as t:
        assert config.reload([{**a, "listen": b["listen"]},
                              {**b, "listen": a["listen"]}]) == (0, 2, 0, 0)
        for name, listen in (("a", b["listen"]), ("b", a["listen"])):
            assert t.request(
                "GET", f"/proxies/{name}").json()["listen"] == listen
        with t.connect("a") as sock:
            assert sock.getpeername()[1] == int(b["listen"].split(":")[1])
            assert talks(sock)
        # and on to a third, which leaves
        c = {**a, "name": "c", "listen": b["listen"]}
        assert config.reload([c]) == (1, 0, 2, 0)
        with t.connect("c") as sock:
            assert talks(sock)
        assert refuses(rig.address_of(a["listen"]))


def test_an_address_that_is_in_its_own_way(config, echo):
    a = entry("a", echo.address, f"127.0.0.1:{rig.wide_port()}")
    with config.start([a]) as t:
        everywhere = "0.0.0.0:" + a["listen"].split(":")[1]
        assert config.reload([{**a, "listen": everywhere}]) == (0, 1, 0, 0)
        with t.connect("a") as sock:
            assert talks(sock)


def test_all_or_nothing(config, echo):
    a, b, c = (entry(n, echo.address) for n in "abc")
    a["listen"] = f"127.0.0.1:{rig.wide_port()}"
    with config.start([a, b]) as t, socket.create_server(
            (rig.own_host(), 0)) as taken, t.connect("a") as sock:
        assert talks(sock)
        bad = entry("z", echo.address, "%s:%d" % taken.getsockname())
        why = config.refused([{**a, "upstream": "127.0.0.1:1"}, c, bad])
        assert why.endswith(f': proxy "z": listen {bad["listen"]}: '
                            "Address already in use")
        # one that would have stopped for a moment listens as before
        everywhere = "0.0.0.0:" + a["listen"].split(":")[1]
        config.refused([{**a, "listen": everywhere}, bad])
        config.refused([a, c, {**b, "listen": c["listen"]}])
        config.refused([{**a, "listen": b["listen"]},
                        {**b, "upstream": "127.0.0.1:1"}])
        assert talks(sock)
        for name in "ab":
            with t.connect(name) as new:
                assert talks(new)
        assert refuses(rig.address_of(c["listen"]))
        last = lambda: health(t).json()["roles"]["config"]["last_error"]
        assert wait_until(last)
        assert f'{config.path}:1:' in last()["text"]


@pytest.mark.parametrize("text, why", [
    ("", "EOF"), ("[{]", ":1:3: "),
    ('[{"name": "x"}]', "missing required field"),
    ('[{"name": "x", "listen": "no.such.name.invalid:1", '
     '"upstream": "u:1"}]', "lookup no.such.name.invalid: "),
    ('[{"name": "x", "listen": "nonsense", "upstream": "u:1"}]',
     "missing port")])
def test_a_file_that_is_wrong_changes_nothing(config, echo, text, why):
    with config.start([entry("a", echo.address)]) as t:
        assert why in config.refused(text)
        assert talks(t.connect("a"))


def test_a_file_that_is_missing_changes_nothing(config, echo):
    with config.start([entry("a", echo.address)]):
        config.path.unlink()
        os.mkfifo(config.path)  # nobody will ever write to it
        config.hup("Reload failed, nothing has changed")
        config.path.unlink()
        config.hup("Reload failed, nothing has changed")
        assert config.reload([]) == (0, 0, 1, 0)


def test_a_name_to_listen_on_is_looked_up(config, echo):
    port = rig.wide_port()
    with config.start([]) as t:
        a = entry("a", echo.address, f"localhost:{port}")
        assert config.reload([a]) == (1, 0, 0, 0)
        with t.connect("a") as sock:
            assert talks(sock)
        assert config.reload([a]) == (0, 0, 0, 1)


def test_the_last_of_two_of_one_name_counts(config, echo):
    with config.start([]) as t:
        listen = entry("", "")["listen"]
        assert config.reload([entry("a", "127.0.0.1:1", listen),
                              entry("a", echo.address, listen)]) == (1, 0, 0, 0)
        with t.connect("a") as sock:
            assert talks(sock)


def test_without_a_file_a_hangup_is_survived(toxid):
    toxid.process.send_signal(signal.SIGHUP)
    assert wait_until(
        lambda: any("no configuration file" in m for m in messages(toxid)))
    assert health(toxid).status == 200


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_a_reader_that_does_not_end_its_work_is_given_up(config, echo, how):
    """and the next one does it"""
    with config.start([]) as t:
        config.write([entry(f"p{i}", echo.address, "127.0.0.1:0",
                            enabled=False) for i in range(5000)])

        def was_caught():
            t.process.send_signal(signal.SIGHUP)
            for pid in t.children().get("apid [config]", []):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            return any(r["error"] == "its reader died" for r in config.lines(
                "Reload failed, nothing has changed"))

        assert wait_until(was_caught, PATIENCE)
        config.reload([])
        assert wait_until(lambda: names(t) == [])
        assert wait_until(lambda: "apid [config]" not in t.children())


def test_many_hangups_come_to_the_last_file(config, echo):
    a, b = entry("a", echo.address), entry("b", echo.address)
    with config.start([a]) as t:
        for i in range(50):
            config.write([b] if i % 2 else [a])
            t.process.send_signal(signal.SIGHUP)
            time.sleep(0.002)
        assert wait_until(lambda: names(t) == ["b"])
        time.sleep(0.3)
        # one may have been there that had read the file before the last
        assert wait_until(lambda: names(t) == ["b"])


def test_a_reload_is_told(config, echo):
    with Manager("path") as m:
        config.more = {"env": {"NOTIFY_SOCKET": m.name}}
        with config.start([]):
            assert m.hears("READY=1")
            m.said.clear()
            config.reload([entry("a", echo.address)])
            assert m.hears("READY=1")
            said = [s for s in m.said if not s.startswith("STATUS")]
            assert re.fullmatch(
                r"RELOADING=1\nMONOTONIC_USEC=\d+", said[0])
            assert said[1] == "READY=1"
            now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            assert 0 <= now - int(said[0].rpartition("=")[2]) < 60_000_000


def seen(t):
    """ctld shows its descriptors to root alone"""
    return (t.pid, t.ctld) if os.geteuid() == 0 else (t.pid,)


def test_no_descriptor_is_lost_in_reloads(config, echo):
    a, b = entry("a", echo.address), entry("b", echo.address)
    with config.start([a, b]) as t, socket.create_server(
            (rig.own_host(), 0)) as taken:
        bad = entry("z", echo.address, "%s:%d" % taken.getsockname())

        def round_trip():
            config.refused([entry("c", echo.address), bad])
            config.reload([{**a, "listen": b["listen"]},
                           {**b, "listen": a["listen"]}])
            config.reload([a, b])
            assert wait_until(lambda: len(t.children().get(
                "relayd [spare]", [])) == 4)
            found = []
            # of who goes or comes some may be under way still
            assert wait_until(lambda: found.append(sum(
                len(list(rig.descriptors_of(pid))) for pid in seen(t))) or (
                    len(found) >= 20 and len(set(found[-20:])) == 1))
            return found[-1]

        before = round_trip()
        assert wait_until(lambda: round_trip() == before)


@pytest.mark.slow
@pytest.mark.normal_build
def test_many_proxies_at_once_hold_nobody_up(config, echo):
    """a change is answered while most of them have no worker yet"""
    with config.start([]) as t:
        t.proxy("own", echo.address)

        def is_answered_while_they_wait():
            r = t.request("PATCH", "/proxies/own", {"upstream": echo.address})
            assert r.status == 200
            return health(t).json()["roles"]["relayd"]["backing_off"] > 0

        config.write([entry(f"p{i}", echo.address, "127.0.0.1:0")
                      for i in range(1000)])
        t.process.send_signal(signal.SIGHUP)
        # of 32 workers there are 50 ms between the first and the next
        assert wait_until(is_answered_while_they_wait, PATIENCE)
        for name in ("own", "p0", "p999"):  # whoever calls waits, no more
            with t.connect(name) as sock:
                sock.settimeout(60)
                assert talks(sock)
        assert wait_until(lambda: [
            r["made"] for r in config.lines("Reloaded configuration")
        ] == [1000])
        assert wait_until(
            lambda: health(t).json()["roles"]["relayd"]["running"] > 1000, 60)
        assert config.reload([]) == (0, 0, 1000, 0)
