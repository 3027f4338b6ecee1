# SPDX-License-Identifier: ISC
"""What the scenarios share: verified load, a look at processes, a verdict."""

import dataclasses
import json
import os
import pathlib
import resource
import socket
import struct
import subprocess
import tempfile
import threading
import time

import rig

PATIENCE = 60
NS = 1_000_000_000


@dataclasses.dataclass
class Options:
    toxid: str
    load: str
    seconds: float
    connections: int
    rounds: int
    seed: int
    bounded: bool
    kills: int = 0
    has_state: bool = True  # of those that are played with it and without

    def state(self, folder):
        """what toxid's command line has of it"""
        return ("-state", f"{folder}/state") if self.has_state else ()


@dataclasses.dataclass
class Verdict:
    """A row of the table at the end"""
    name: str
    done: str
    notes: list = dataclasses.field(default_factory=list)
    lost: list = dataclasses.field(default_factory=list)
    log: list = dataclasses.field(default_factory=list)  # its end, if any is

    def expect(self, is_so, otherwise):
        if not is_so:
            self.lost.append(otherwise)

    def note(self, text):
        self.notes.append(text)
        print(f"  {text}", flush=True)


def folder():
    """For a state; with `with` it goes away.  In memory, where it may: a disk
    that hangs for seconds would be taken for the program's fault."""
    memory = "/dev/shm"
    return tempfile.TemporaryDirectory(
        prefix="toxid-chaos.",
        dir=memory if os.access(memory, os.W_OK) else None)


started = []  # by the scenario that is played


def start(options, *flags, **more):
    """toxid, quiet but for its warnings"""
    os.environ["TOXID"] = options.toxid
    t = rig.Toxid("-proxy-metrics", "-runtime-metrics",
                  "-seed", str(options.seed), *flags, **more)
    started.append(t)
    return t


def last_words(count):
    """What the one that was started last has logged last, but for what it
    says of each client"""
    lines = [line.decode(errors="replace").rstrip()
             for t in started[-1:] for line in list(t.lines)]
    return [line for line in lines if '"client":"' not in line][-count:]


def raise_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# ---- load


class Verified:
    """`load verify` between these proxies and upstreams of its own

    What is not as it has to be is in events, a dict each; see bench/verify.c.
    """

    def __init__(self, options, proxies, upstreams, **more):
        words = [options.load, "verify", "-listen", ",".join(upstreams),
                 "-connect", ",".join(proxies), "-seed", str(options.seed)]
        for name, value in more.items():
            words += [f"-{name}", str(value)]
        self.events, self.total = [], None
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            found = json.loads(line)
            if "event" in found:
                self.events.append(found)
            else:
                self.total = found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def wait(self, seconds):
        """until it has had all its sessions"""
        self.process.wait(seconds)
        self.reader.join(PATIENCE)
        assert self.total is not None, "load verify has failed"
        return self.total

    def stop(self):
        """until its sessions have come to an end"""
        self.process.stdin.close()
        return self.wait(PATIENCE)


def upstreams(count):
    """addresses for servers of ours; nobody else binds there"""
    host = rig.own_host()
    return [f"{host}:{port}" for port in range(20001, 20001 + count)]


PROBE = struct.Struct("=QQ")


def probe(address, until):
    """The time at which a new session is served there: its bytes came back.

    A worker that is about to die may have taken one: then it is another's."""
    while time.monotonic() < until:
        message = PROBE.pack(0, time.monotonic_ns())
        try:
            with socket.create_connection(address, until - time.monotonic()) \
                    as sock:
                sock.sendall(message)
                if sock.recv(PROBE.size, socket.MSG_WAITALL) == message:
                    return time.monotonic()
        except ConnectionRefusedError:
            raise
        except OSError:
            pass
        time.sleep(0.001)
    return None


# ---- processes


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def state(pid):
    """a letter, as ps(1) shows it"""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return "gone"
    return text.rpartition(")")[2].split()[0]


def zombies(pid):
    return [child for child in children(pid) if state(child) == "Z"]


def rss_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def descriptors(pid):
    """0: only root could tell"""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        return 0


def counts(t):
    """How many children there are of each title"""
    return {title: len(pids) for title, pids in t.children().items()}


def settle(t, names):
    """All spares have come, and none is a worker that says so still"""
    def is_settled():
        there = counts(t)  # once: a spare may become a proxy's meanwhile
        return there.get("relayd [spare]") == 4 and all(
            f"relayd [{name}]" in there for name in names)

    rig.wait_until(is_settled)


# ---- numbers


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def told(values, unit="ms", scale=1000):
    if not values:
        return "none"
    return (f"p50 {quantile(values, 0.5) * scale:.1f}, "
            f"p99 {quantile(values, 0.99) * scale:.1f}, "
            f"max {max(values) * scale:.1f} {unit} of {len(values)}")


def slope(points):
    """of (x, y), by least squares"""
    n = len(points)
    mx = sum(x for x, _ in points) / n
    my = sum(y for _, y in points) / n
    spread = sum((x - mx) ** 2 for x, _ in points)
    return sum((x - mx) * (y - my) for x, y in points) / spread


class Background:
    """A thread that does something again and again; what it raises is told"""

    def __init__(self, step):
        self.step, self.failed = step, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.stopping.is_set():
                self.step()
        except Exception as error:  # it is the verdict's
            self.failed = error

    def stop(self):
        self.stopping.set()
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            self.failed = TimeoutError("it does not come back")
        return self.failed


class Pulse(Background):
    """How late the machine is for somebody who wants to run each 5 ms: what
    is not the program's fault"""

    def __init__(self):
        self.late = []  # (when, seconds)
        super().__init__(self.beat)

    def beat(self):
        start = time.monotonic()
        time.sleep(0.005)
        now = time.monotonic()
        self.late.append((now, now - start - 0.005))
