# SPDX-License-Identifier: ISC
"""Where a sample is taken: a peer at work, and the load generator at it."""

import contextlib
import dataclasses
import json
import pathlib
import select
import subprocess
import tempfile
import time

import peers
import processes

PATIENCE = 60  # s, above what a load says that it takes

OTHER_FILES = 2000  # descriptors, generously


@dataclasses.dataclass
class Paths:
    toxid: pathlib.Path
    load: pathlib.Path
    before: pathlib.Path = None  # toxid of another commit


@dataclasses.dataclass
class Cpu:
    """that the peer took during a load, warm-up and all; us"""
    all: float
    workers: float  # None: it has none of a proxy's own

    def each(self, units):
        """us, by the names of figures"""
        figures = {"cpu_us": self.all / units}
        if self.workers is not None:
            figures["worker_us"] = self.workers / units
        return figures


class LoadFailed(RuntimeError):
    pass


@dataclasses.dataclass
class Rig:
    paths: Paths
    network: object
    open_files: int  # RLIMIT_NOFILE
    seconds: float
    warmup: float
    quick: bool

    @contextlib.contextmanager
    def relay(self, peer, proxies=1, cpu=None, flags=()):
        upstreams = [f"127.0.0.1:{port}"
                     for port in self.network.ports(proxies)]
        relay = peers.PEERS[peer](self, upstreams, cpu, flags)
        relay.upstreams = upstreams
        try:
            yield relay
        finally:
            relay.stop()

    def load(self, relay, mode, *options, seconds=None, warmup=None):
        """What the load generator found."""
        seconds = self.seconds if seconds is None else seconds
        warmup = self.warmup if warmup is None else warmup
        return self.generate(
            seconds + warmup, mode, *ends(relay), "-seconds", seconds,
            "-warmup", warmup, *options)

    def most_connections(self):
        """through one process, which has two descriptors for each"""
        return max(1, min(9000, (self.open_files - OTHER_FILES) // 2))

    def measure(self, relay, mode, *options, **times):
        """The same, and the CPU time that the peer took for it."""
        pids, workers = relay.pids(), relay.worker_pids()
        all_before = processes.cpu_ns(pids)
        workers_before = processes.cpu_ns(workers)
        result = self.load(relay, mode, *options, **times)
        all_us = (processes.cpu_ns(pids) - all_before) / 1000
        workers_us = (processes.cpu_ns(workers) - workers_before) / 1000
        return result, Cpu(all_us, workers_us if workers else None)

    def calls(self, relay, count, **requests):
        """{name: {"p50_us": ...}} of name="METHOD PATH BODY", count times

        In turn, on one connection; %d is which time it is."""
        with tempfile.NamedTemporaryFile("w", prefix="bench-") as file:
            for name, request in requests.items():
                print(f"{name}: {request}", file=file)
            file.flush()
            result = self.generate(
                0, "http", "-connect", f"127.0.0.1:{relay.api.port}",
                "-requests", file.name, "-count", count)
        for name, call in result["calls"].items():
            if call["errors"]:
                raise LoadFailed(f"{call['errors']} errors: {name}")
        return result["calls"]

    def generate(self, seconds, *words):
        command = [str(word) for word in (self.paths.load, *words)]
        load = processes.Process(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True)
        try:
            out, _ = load.popen.communicate(timeout=seconds + PATIENCE)
        except subprocess.TimeoutExpired:
            raise LoadFailed(f"{words[0]}: no end") from None
        finally:
            load.stop()
        if load.popen.returncode != 0:
            raise LoadFailed(load.last_words()
                             or f"{words[0]}: no reason given")
        return json.loads(out)

    @contextlib.contextmanager
    def idle(self, relay, connections, touch=False):
        """So many over all proxies, open and silent meanwhile."""
        command = [self.paths.load, "idle", *ends(relay),
                   "-connections", str(connections)]
        load = processes.Process(
            command + ["-touch"] * touch, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        try:
            yield opened(load)
            load.popen.stdin.close()
            load.popen.wait(PATIENCE)
        finally:
            load.stop()


def ends(relay):
    """where a load has its server and its client"""
    return ("-listen", ",".join(relay.upstreams),
            "-connect", ",".join(relay.fronts))


def opened(load):
    """its line, as soon as it has opened all"""
    ready, _, _ = select.select([load.popen.stdout], [], [], PATIENCE)
    line = load.popen.stdout.readline() if ready else ""
    if not line:
        load.stop()
        raise LoadFailed(load.last_words()
                         or "idle: not all connections opened")
    return json.loads(line)


def settle(relay, seconds=2):
    """until the peer rests"""
    end = time.monotonic() + seconds
    before = None
    while (now := processes.cpu_ns(relay.pids())) != before:
        before = now
        time.sleep(0.1)
        if time.monotonic() > end:
            break
