# SPDX-License-Identifier: ISC
"""Children are killed, stopped, broken: who notices, and for how long."""

import fcntl
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time

import pytest
import rig
from peers import Echo, ending
from rig import Toxid, address_of, own_host, wait_until
from test_relay_ends import (EARLY, LATE, PATIENCE, Stopwatch, expect, receive,
                             within)
from stalls import used
from tracing import strace

SIGNALS = [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP, signal.SIGTERM]
CHILDREN = ["relayd [p]", "relayd [spare]", "apid", "diald", "resolvd"]

# 50 ms, and looking for it takes some too.
REPLACED = 0.05 + 0.1 * rig.SLOW

every_child = pytest.mark.parametrize("title", CHILDREN)
# A sanitizer takes this one for a fault of the program, and reports it.
NOT_SANITIZED = {signal.SIGSEGV: pytest.mark.normal_build}
every_signal = pytest.mark.parametrize("signo", [
    pytest.param(s, id=s.name, marks=NOT_SANITIZED.get(s, ())) for s in SIGNALS])


def state_of(pid):
    """One letter, as ps shows it; None: there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return None


def ticks(pid):
    """Of 10 ms, that it has spent in its own code"""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return int(f.read().rsplit(")", 1)[1].split()[11])


def is_alive(pid):
    return state_of(pid) not in (None, "Z", "X")


def is_served(t, name="p"):
    with t.connect(name) as client:
        client.sendall(b"hello")
        return receive(client, 5) == b"hello"


class Bystander:
    """Somebody else's session on another proxy, who must not notice."""

    def __init__(self, t, echo, name="bystander"):
        t.proxy(name, upstream=f"127.0.0.1:{echo.port}")
        self.sock, self.turns = t.connect(name), 0
        self.slowest, self.failed = 0, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                self.turn()
                time.sleep(0.005)
        except (OSError, AssertionError) as error:
            self.failed = error

    def turn(self):
        data, watch = b"turn %08d" % self.turns, Stopwatch()
        self.sock.sendall(data)
        assert receive(self.sock, len(data)) == data
        self.slowest = max(self.slowest, used(watch.seconds()))
        self.turns += 1

    def did_not_notice(self):
        before = self.turns
        wait_until(lambda: self.failed or self.turns > before + 3)
        self.stopping.set()
        self.thread.join()
        assert self.failed is None
        assert self.turns > before
        assert self.slowest < 3 * rig.SLOW
        self.sock.close()


def set_up(t, echo):
    """A proxy p with toxics in both directions"""
    t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
    t.toxic("p", "latency", stream="upstream", latency=100)
    t.toxic("p", "latency", stream="downstream", latency=100, jitter=0)
    t.toxic("p", "limit_data", stream="downstream", bytes=10)


def is_as_set_up(t):
    """The toxics of set_up() are at work on a new session."""
    with t.connect("p") as client:
        watch = Stopwatch()
        client.sendall(b"0123456789abcdef")
        assert receive(client, 100) == b"0123456789"
        within(watch.seconds(), 0.2)


def pids(t, title):
    return set(t.children().get(title, []))


def replace(t, title, signo):
    """Sends it to one child; seconds until there are as many without it."""
    assert wait_until(lambda: pids(t, title))
    before = pids(t, title)
    victim = min(before)
    watch = Stopwatch()
    os.kill(victim, signo)
    assert wait_until(lambda: len(pids(t, title) - {victim}) >= len(before))
    return watch.seconds()


@every_child
@every_signal
def test_a_child_is_replaced(toxid, title, signo):
    with Echo() as echo:
        set_up(toxid, echo)
        bystander = Bystander(toxid, echo)
        before = toxid.request("GET", "/proxies").body
        took = []
        # as often as restarts come at once: a busy machine may be slow
        while len(took) < 3 or (min(took) > REPLACED and len(took) < 10):
            took.append(used(replace(toxid, title, signo)))
        assert min(took) < REPLACED
        assert max(took) < 5 * rig.SLOW
        assert toxid.request("GET", "/proxies").body == before
        is_as_set_up(toxid)
        bystander.did_not_notice()


def began(pid):
    """When it was forked, by the clock that runs from the boot on; the kernel
    tells it in parts of 10 ms, so it is up to that much later."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        parts = int(f.read().rsplit(")", 1)[1].split()[19])
    return parts / os.sysconf("SC_CLK_TCK")


@pytest.mark.normal_build
def test_a_spare_does_not_wait_for_the_next_tick():
    """Which may be 50 ms later."""
    with Toxid("-spares", "1") as t:
        took = []
        while len(took) < 10 and min(took, default=1) > 0.03:
            victim = t.child("relayd [spare]")
            killed = time.clock_gettime(time.CLOCK_BOOTTIME)
            os.kill(victim, signal.SIGKILL)
            assert wait_until(lambda: pids(t, "relayd [spare]") - {victim})
            took.append(began(t.child("relayd [spare]")) - killed)
        assert min(took) <= 0.03, took


def counts(t):
    return {title: len(found) for title, found in t.children().items()}


@every_child
def test_nobody_is_left_behind(toxid, title):
    with Echo() as echo:
        set_up(toxid, echo)
        assert wait_until(lambda: len(pids(toxid, "relayd [spare]")) == 4)
        for _ in range(5):
            replace(toxid, title, signal.SIGKILL)
        assert wait_until(lambda: counts(toxid) == {
            "ctld": 1, "apid": 1, "diald": 1, "resolvd": 1, "relayd [p]": 1,
            "relayd [spare]": 4})


# ---- the port of a worker that dies


@pytest.mark.normal_build  # see NOT_SANITIZED
def test_a_port_never_refuses(toxid):
    with Echo() as echo:
        proxy = toxid.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        address, done, errors = address_of(proxy["listen"]), [], []
        stopping = threading.Event()

        def connect_on():
            while not stopping.is_set():
                try:
                    socket.create_connection(address, PATIENCE).close()
                    done.append(1)
                except OSError as error:
                    errors.append(error)

        thread = threading.Thread(target=connect_on)
        thread.start()
        for signo in SIGNALS * 2:
            replace(toxid, "relayd [p]", signo)
        stopping.set()
        thread.join()
        assert errors == []
        assert len(done) > 50
        assert is_served(toxid)


def test_clients_in_the_backlog_are_served(toxid):
    with Echo() as echo:
        toxid.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        worker = toxid.worker("p")
        os.kill(toxid.ctld, signal.SIGSTOP)
        try:
            os.kill(worker, signal.SIGKILL)
            assert wait_until(lambda: not is_alive(worker))
            clients = [toxid.connect("p") for _ in range(50)]
            for client in clients:
                client.sendall(b"hello")
        finally:
            os.kill(toxid.ctld, signal.SIGCONT)
        for client in clients:
            assert receive(client, 5) == b"hello"
            client.close()


# ---- apid


def test_the_api_comes_back(toxid):
    with Echo() as echo:
        set_up(toxid, echo)
        toxid.proxy("off", upstream="127.0.0.1:1", enabled=False)
        for path in ("/proxies", "/proxies/p/toxics", "/proxies/off"):
            before = toxid.request("GET", path).body
            replace(toxid, "apid", signal.SIGKILL)
            assert toxid.request("GET", path).body == before
        expect(204, toxid.request("DELETE", "/proxies/off"))
        toxid.proxy("after", upstream="127.0.0.1:1")


@pytest.mark.normal_build  # see NOT_SANITIZED
def test_sessions_do_not_need_the_api(toxid):
    with Echo() as echo:
        bystander = Bystander(toxid, echo)
        for signo in SIGNALS:
            replace(toxid, "apid", signo)
        bystander.did_not_notice()


def address_space(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def limit_memory(pid, limit):
    """As its own user: root may lack the capability for others' limits."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        uid = int(re.search(r"^Uid:\t(\d+)", f.read(), re.M)[1])
    user = {} if uid == os.geteuid() else {
        "user": uid, "group": uid, "extra_groups": []}
    subprocess.run(["prlimit", f"--pid={pid}", f"--as={limit}"], check=True,
                   **user)


@pytest.mark.normal_build  # the others have no limit: this one is lowered
@pytest.mark.parametrize("mib", [4, 12])  # in the JSON library, and after
def test_an_api_that_runs_out_of_memory_ends_alone(toxid, mib):
    big = [{"name": "big", "upstream": "127.0.0.1:1"}] * 10000
    with Echo() as echo:
        set_up(toxid, echo)
        bystander = Bystander(toxid, echo)
        before = toxid.request("GET", "/proxies").body
        old = toxid.child("apid")
        limit_memory(old, address_space(old) + (mib << 20))
        with pytest.raises((OSError, http.client.HTTPException)):
            toxid.request("POST", "/populate", big)
        assert wait_until(lambda: pids(toxid, "apid") - {old})
        assert toxid.request("GET", "/proxies").body == before
        is_as_set_up(toxid)
        bystander.did_not_notice()


# ---- a machine that has no descriptors left


def fill_up(t, upstream):
    """As many proxies as there are descriptors for; their names"""
    names = []
    while len(names) < 100:
        name = f"p{len(names)}"
        reply = t.request("POST", "/proxies", {
            "name": name, "listen": "127.0.0.1:0", "upstream": upstream})
        if reply.status != 201:
            break
        names.append(name)
    assert reply.status == 500
    assert "too many open files" in reply.json()["error"]
    return names


@pytest.mark.normal_build
def test_what_is_there_comes_back_without_descriptors_to_spare(limited):
    with Echo() as echo:
        names = fill_up(limited, echo.address)
        assert len(names) > 5
        assert all(is_served(limited, name) for name in names)
        for title in ("diald", f"relayd [{names[0]}]", "apid",
                      f"relayd [{names[-1]}]"):
            replace(limited, title, signal.SIGKILL)
            assert all(is_served(limited, name) for name in names)
        expect(204, limited.request("DELETE", f"/proxies/{names[0]}"))
        limited.proxy("again", echo.address)
        assert is_served(limited, "again")


# ---- debug toxics


def new_worker(t, name, old):
    return wait_until(lambda: pids(t, f"relayd [{name}]") - {old})


@pytest.mark.normal_build
@pytest.mark.parametrize("stream", ["upstream", "downstream"])
@pytest.mark.parametrize("kind", ["crash", "spin", "leak"])
def test_a_harmful_toxic_hurts_its_own_worker_only(kind, stream):
    flags = ["-debug-toxics", "-worker-memory", str(128 << 20)]
    with Toxid(*flags) as t, Echo() as echo:
        t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        bystander = Bystander(t, echo)
        victim = t.connect("p")
        t.toxic("p", kind, stream=stream)
        old = t.worker("p")
        victim.sendall(b"hello")
        watch = Stopwatch()
        assert new_worker(t, "p", old), "it was not replaced"
        # one that spins may have had a part of the processor only
        assert used(watch.seconds()) < 12 * rig.SLOW + LATE
        assert ending(victim, PATIENCE) in ("fin", "rst")
        toxics = t.request("GET", "/proxies/p/toxics").json()
        assert [toxic["type"] for toxic in toxics] == [kind]
        expect(204, t.request("DELETE", f"/proxies/p/toxics/{kind}_{stream}"))
        assert is_served(t)
        bystander.did_not_notice()


@pytest.mark.normal_build
def test_the_api_answers_while_a_worker_spins():
    with Toxid("-debug-toxics") as t, Echo() as echo:
        t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        t.toxic("p", "spin")
        with t.connect("p") as client:
            client.sendall(b"hello")
            assert wait_until(lambda: ticks(t.worker("p")) > 5)
            watch = Stopwatch()
            assert len(t.request("GET", "/proxies").json()) == 1
            t.proxy("q", upstream="127.0.0.1:1")
            t.toxic("q", "latency", latency=1)
            within(watch.seconds(), 0, late=1)
            # the change waits for the worker, and then for the next one
            expect(204, t.request("DELETE", "/proxies/p/toxics/"
                                            "spin_downstream"))
            within(watch.seconds(), 0, late=4 * rig.SLOW)
        assert is_served(t)


@pytest.mark.parametrize("kind", ["crash", "spin", "leak"])
def test_debug_toxics_are_not_there_unasked(toxid, kind):
    toxid.proxy("p", upstream="127.0.0.1:1")
    reply = toxid.request("POST", "/proxies/p/toxics", {"type": kind})
    assert (reply.status, reply.json()) == (
        400, {"error": "invalid toxic type", "status": 400})


# ---- restarts too often


def complaints(t):
    return [line for line in t.log()
            if line.get("message") == "Worker restarts too often"]


@pytest.mark.normal_build
def test_restarts_are_slowed_down_after_ten():
    with Toxid("-proxy-metrics") as t, Echo() as echo:
        t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        took = []
        # one more for each second that a worker has lived: on a busy machine
        while len(took) < 40 and not complaints(t):
            took.append(replace(t, "relayd [p]", signal.SIGKILL))
        first = complaints(t)[0]
        assert (first["proxy"], first["delay_ms"]) == ("p", 100)
        assert 11 <= first["restarts"] <= len(took)
        assert took[first["restarts"] - 1] >= 0.1 - EARLY
        assert wait_until(lambda: t.metrics()[
            'toxid_proxy_worker_restarts_total{proxy="p"}'] == len(took))
        assert is_served(t)


@pytest.mark.normal_build
def test_clients_wait_while_a_restart_is_held_off():
    with Toxid() as t, Echo() as echo:
        t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        for _ in range(60):
            said, watch = len(complaints(t)), Stopwatch()
            os.kill(t.worker("p"), signal.SIGKILL)
            assert is_served(t)  # accepted by the port at once, served later
            took = watch.seconds()
            t.read_to_here()
            if len(complaints(t)) > said:
                break
        assert took >= complaints(t)[-1]["delay_ms"] / 1000 - EARLY


def hold_off(t, ms):
    """Kills workers of p until the next one has so long to wait, or longer;
    what the log says of that."""
    for _ in range(60):
        said, victim = complaints(t), t.worker("p")
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: len(complaints(t)) > len(said)
                          or pids(t, "relayd [p]") - {victim})
        said = complaints(t)
        if said and said[-1]["delay_ms"] >= ms:
            return said[-1]
        assert wait_until(lambda: pids(t, "relayd [p]") - {victim})
    raise AssertionError(said)


def delay_of(t, name="p"):
    return t.metrics()[
        f'toxid_proxy_worker_restart_delay_seconds{{proxy="{name}"}}']


@pytest.mark.normal_build
def test_a_restart_that_is_held_off_shows(toxid):
    with Echo() as echo:
        toxid.proxy("p", echo.address)
        toxid.proxy("other", echo.address)
        assert delay_of(toxid) == 0
        for _ in range(4):  # on a busy machine it may be over by then
            delay = hold_off(toxid, 1600)["delay_ms"] / 1000
            seen = [delay_of(toxid)]
            assert delay_of(toxid, "other") == 0
            replace(toxid, "apid", signal.SIGKILL)
            seen.append(delay_of(toxid))  # the next apid knows it, too
            assert set(seen) <= {delay, 0}
            if seen == [delay, delay]:
                break
        assert seen == [delay, delay]
        assert wait_until(lambda: delay_of(toxid) == 0)
        assert is_served(toxid)


@pytest.mark.normal_build
def test_a_disabled_proxy_waits_for_no_worker(toxid):
    toxid.proxy("p", "127.0.0.1:1")
    hold_off(toxid, 400)
    toxid.request("PATCH", "/proxies/p", {"enabled": False})
    assert delay_of(toxid) == 0


@pytest.mark.normal_build
def test_a_broker_that_is_held_off_shows(toxid):
    key = 'toxid_role_restart_delay_seconds{role="diald"}'
    assert toxid.metrics()[key] == 0
    seen, kills = [], 0
    while kills < 60 and not any(seen):
        victim, kills = toxid.child("diald"), kills + 1
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: seen.append(toxid.metrics()[key])
                          or seen[-1] or pids(toxid, "diald") - {victim})
    assert seen[-1] in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5)
    assert wait_until(lambda: any(
        line["message"] == "Child restarts too often"
        and line["child"] == "diald" for line in toxid.log()))
    assert wait_until(lambda: toxid.metrics()[key] == 0)
    assert toxid.child("diald")


# ---- a log that nobody reads


class Mute:
    """A daemon whose stdout is a pipe that is full."""

    def __init__(self, *flags):
        self.read_fd, write_fd = os.pipe()
        fcntl.fcntl(write_fd, fcntl.F_SETPIPE_SZ, 4096)
        program = os.environ.get("TOXID", rig.TOXID)
        self.process = subprocess.Popen(
            [program, "-port", "0", *flags], stdout=write_fd)
        os.close(write_fd)

    def start(self):
        self.started = self.lines_until("Starting Toxiproxy HTTP server")
        [address] = [line["address"] for line in self.started
                     if "address" in line]
        self.port = address_of(address)[1]

    def get(self, path):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        body = connection.getresponse().read()
        connection.close()
        return body

    def get_often(self, path, count):
        """On one connection; seconds that the slowest took."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE)
        slowest = 0
        for _ in range(count):
            watch = Stopwatch()
            connection.request("GET", path)
            connection.getresponse().read()
            slowest = max(slowest, used(watch.seconds()))
        connection.close()
        return slowest

    def dropped(self):
        found = re.search(rb"^toxid_log_lines_dropped_total (\d+)$",
                          self.get("/metrics"), re.M)
        return int(found.group(1))

    def lines_until(self, message):
        """The log, read at last, up to a line of that message"""
        text, until = b"", time.monotonic() + PATIENCE
        while message.encode() not in text or not text.endswith(b"\n"):
            left = max(0, until - time.monotonic())
            assert select.select([self.read_fd], [], [], left)[0], text
            text += os.read(self.read_fd, 4096)
        return [json.loads(line) for line in text.splitlines()]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.read_fd)


@pytest.fixture
def mute():
    m = Mute("-runtime-metrics")
    try:
        m.start()
        yield m
    finally:
        m.close()


def test_a_full_stdout_blocks_nobody(mute):
    assert mute.get_often("/proxies", 2000) < 5 * rig.SLOW
    assert wait_until(lambda: mute.dropped() > 0)
    mute.process.send_signal(signal.SIGTERM)
    assert mute.process.wait(PATIENCE) == 0


def test_dropped_lines_are_told_of(mute):
    mute.get_often("/proxies", 2000)
    assert wait_until(lambda: mute.dropped() > 0)
    lines = mute.lines_until("Log lines dropped")
    assert mute.started[0]["message"] == "Starting Toxiproxy"
    told = [line for line in lines if line["message"] == "Log lines dropped"]
    assert told and told[0]["lines"] > 0


def test_a_closed_stdout_ends_nobody(mute):
    read_fd, write_fd = os.pipe()
    os.dup2(read_fd, mute.read_fd)  # the pipe has no reader any more
    os.close(read_fd)
    os.close(write_fd)
    mute.get_often("/proxies", 500)
    assert mute.process.poll() is None


# ---- the end


def everybody(t):
    return [pid for group in t.children().values() for pid in group]


def all_end(children):
    return wait_until(lambda: not any(map(is_alive, children)))


def end_rest(children):
    for pid in filter(is_alive, children):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end(signo):
    with Toxid("-host", own_host()) as t, Echo() as echo:
        listen = t.proxy("p", echo.address, listen=f"{own_host()}:0")["listen"]
        client, children = t.connect("p"), everybody(t)
        assert len(children) >= 4
        watch = Stopwatch()
        os.kill(t.pid, signo)
        assert ending(client, PATIENCE) in ("fin", "rst")
        assert t.stop() == 0
        within(watch.seconds(), 0, late=4 * rig.SLOW)
        assert not any(is_alive(pid) for pid in children)
        for address in (address_of(listen), (t.host, t.port)):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address, PATIENCE)
        assert any(line.get("message") == "Shutdown started"
                   for line in t.log())


def test_a_killed_toxid_takes_all_with_it(toxid):
    with Echo() as echo:
        set_up(toxid, echo)
        client, children = toxid.connect("p"), everybody(toxid)
        os.kill(toxid.pid, signal.SIGKILL)
        try:
            assert all_end(children)
            assert ending(client, PATIENCE) in ("fin", "rst")
        finally:
            end_rest(children)


@pytest.mark.normal_build
def test_a_killed_toxid_takes_a_spinning_worker_with_it():
    with Toxid("-debug-toxics") as t, Echo() as echo:
        t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        t.toxic("p", "spin")
        client, children = t.connect("p"), everybody(t)
        client.sendall(b"hello")
        assert wait_until(lambda: ticks(t.worker("p")) > 5)
        os.kill(t.pid, signal.SIGKILL)
        try:
            assert all_end(children)
        finally:
            end_rest(children)
            client.close()


@pytest.mark.slow
@pytest.mark.normal_build
def test_a_worker_that_gets_no_processor_is_given_time():
    """It answers seconds late, through no fault of its own"""
    with Echo() as echo, Toxid() as t:
        t.proxy("p", echo.address)
        worker = t.worker("p")
        trace = strace(worker, "-o", "/dev/null", "-e", "trace=epoll_wait",
                       "-e", "inject=epoll_wait:delay_enter=6000000:when=2")
        time.sleep(9)  # it is asked every 1.5 s
        trace.send_signal(signal.SIGINT)
        trace.wait(PATIENCE)
        assert t.worker("p") == worker
        with t.connect("p") as sock:
            sock.sendall(b"x")
            assert receive(sock, 1) == b"x"
