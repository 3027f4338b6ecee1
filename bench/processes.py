# SPDX-License-Identifier: ISC
"""Processes that we start: what they have used, and their end."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
LISTEN = "0A"
START_WITHIN = 10
STOP_WITHIN = 5
started = set()


class Process:
    """A program of which nothing is left when it has been stopped."""

    def __init__(self, command, cpu=None, env=None, **popen):
        self.stderr = tempfile.TemporaryFile()
        self.name = os.path.basename(command[0])
        pinned = () if cpu is None else ("taskset", "-c", str(cpu))
        self.popen = subprocess.Popen(
            [*pinned, *command], start_new_session=True,
            stderr=self.stderr, env={**os.environ, **(env or {})}, **popen)
        self.pid = self.popen.pid
        started.add(self)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()
        started.discard(self)

    def wait_for_port(self, port):
        """until somebody listens there; no connection is made to see it"""
        wait_until(lambda: is_listening(port)
                   or self.popen.poll() is not None)
        if not is_listening(port):
            raise RuntimeError(
                f"{self.name} does not listen {self.last_words()}")

    def last_words(self):
        """of what it has written to stderr"""
        self.stderr.seek(0)
        return self.stderr.read()[-400:].decode(errors="replace").strip()

    def pids(self):
        """its own, and those of its children"""
        return [self.pid, *children(self.pid)]


def wait_until(condition, seconds=START_WITHIN):
    """or until it is hopeless: the caller sees which"""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)


def stop_all():
    for process in list(started):
        process.stop()


def is_listening(port):
    with open("/proc/self/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    return any(row[3] == LISTEN and row[1].endswith(f":{port:04X}")
               for row in rows[1:])


def children(pid):
    """those that live; each of our peers has one generation"""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return [int(child) for child in found]


def title(pid):
    """what ps(1) shows"""
    try:
        text = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return text.replace(b"\0", b" ").decode(errors="replace").strip()


def cpu_ns(pids):
    return sum(cpu_ns_of(pid) for pid in pids)


def cpu_ns_of(pid):
    process = pathlib.Path(f"/proc/{pid}")
    try:
        return sum(int((task / "schedstat").read_text().split()[0])
                   for task in (process / "task").iterdir())
    except FileNotFoundError:
        pass  # gone, or a kernel without
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return (int(fields[11]) + int(fields[12])) * TICK_NS


def uss_kb(pids):
    """memory that would be free without them"""
    return sum(uss_kb_of(pid) for pid in pids)


def uss_kb_of(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines()
               if line.startswith(("Private_Clean:", "Private_Dirty:")))
