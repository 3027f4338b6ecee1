#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a fleet costs: one etcd, or three, and so many nodes, each a toxid and
a toxid-sync, all on this machine.

    bench/fleet.py --build build --nodes 50,100,200 --json build/fleet.json

Each node has one proxy.  What is measured, for each number of nodes:

    one change    a key of all nodes is put; until each node's status in etcd
                  says that it is applied, and until the last one's does
    a busy hour   10,000 changes an hour, for --seconds: the same
    at etcd       requests and bytes, of its /metrics: for each node and
                  change, and for each node and minute in which none is
    a node        memory that nobody shares with it (USS), and its processor
                  time, while nothing changes and in the busy hour

As root: a toxid's processes belong to several users, and their memory is seen
by nobody else.
"""

import argparse
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PREFIX = "/toxid/bench"
PER_HOUR = 10000
TICK = os.sysconf("SC_CLK_TCK")


def b64(text):
    return base64.b64encode(text.encode()).decode()


def end_of(prefix):
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def share(values, part):
    """p50 of these is share(values, 0.5)"""
    values = sorted(values)
    return values[min(int(len(values) * part), len(values) - 1)] \
        if values else float("nan")


# ---- etcd

class Etcd:
    def __init__(self, folder, members):
        self.processes, self.ports = [], []
        ports = [(free_port(), free_port()) for _ in range(members)]
        cluster = ",".join(f"m{i}=http://127.0.0.1:{peer}"
                           for i, (_, peer) in enumerate(ports))
        for i, (port, peer) in enumerate(ports):
            own = f"http://127.0.0.1:{port}"
            log = open(folder / f"etcd{i}.log", "wb")
            self.processes.append(subprocess.Popen(
                ["etcd", "--name", f"m{i}", "--data-dir",
                 folder / f"etcd{i}", "--log-level", "error",
                 "--listen-client-urls", own, "--advertise-client-urls", own,
                 "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                 "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                 "--initial-cluster", cluster], stdout=log, stderr=log))
            self.ports.append(port)
        self.urls = [f"http://127.0.0.1:{port}" for port in self.ports]
        waiting(30, "etcd to answer", self.answers)

    def answers(self):
        try:
            return "header" in self.ask("kv/range", key=b64("/"))
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def ask(self, path, **body):
        c = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=30)
        try:
            c.request("POST", "/v3/" + path, json.dumps(body))
            return json.loads(c.getresponse().read())
        finally:
            c.close()

    def put(self, key, value):
        """The revision that it made"""
        said = self.ask("kv/put", key=b64(key), value=b64(json.dumps(value)))
        return int(said["header"]["revision"])

    def metrics(self):
        """{name: the sum of all that has that name}, of all members"""
        found = {}
        for port in self.ports:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            c.request("GET", "/metrics")
            for line in c.getresponse().read().decode().splitlines():
                match = re.match(r"(\w+)(\{.*\})? (\S+)$", line)
                if match:
                    found[match[1]] = found.get(match[1], 0) + float(match[3])
            c.close()
        return found

    def seconds(self):
        return sum(cpu_seconds(p.pid) for p in self.processes)

    def stop(self):
        for p in self.processes:
            p.kill()
            p.wait()


class Statuses(threading.Thread):
    """What nodes say in etcd, by a watch: when each had applied what.  bytes:
    of what it is sent itself, about, which is no node's."""

    def __init__(self, etcd):
        super().__init__(daemon=True)
        self.known = threading.Condition()
        self.applied = {}  # node: [(revision, when)]
        self.bytes = 0
        c = http.client.HTTPConnection("127.0.0.1", etcd.ports[0])
        prefix = PREFIX + "/status/"
        c.request("POST", "/v3/watch", json.dumps({"create_request": {
            "key": b64(prefix), "range_end": b64(end_of(prefix)),
            "start_revision": "1"}}))
        self.answer = c.getresponse()
        self.start()

    def run(self):
        for line in self.answer:
            now = time.monotonic()
            for event in json.loads(line)["result"].get("events", []):
                self.take(event["kv"], now)

    def take(self, kv, now):
        key, value = (base64.b64decode(kv.get(each, ""))
                      for each in ("key", "value"))
        self.bytes += len(key) + len(value) + 40  # of numbers, and its frame
        if value:
            self.note(json.loads(value), now)

    def note(self, status, now):
        with self.known:
            self.applied.setdefault(status["node"], []).append(
                (status.get("applied") or 0, now))
            self.known.notify_all()

    def when(self, node, revision):
        """... it had that one, or a later; None: not yet"""
        first = None
        for applied, at in reversed(self.applied.get(node, [])):
            if applied < revision:
                break
            first = at
        return first

    def all_have(self, nodes, revision, timeout):
        """When each had: [s]; or what there is after so long"""
        end = time.monotonic() + timeout
        with self.known:
            while True:
                times = [self.when(n, revision) for n in nodes]
                left = end - time.monotonic()
                if None not in times or left <= 0:
                    return [t for t in times if t is not None]
                self.known.wait(left)


# ---- a node

def cpu_seconds(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(
            ")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICK


def uss_kib(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(n) for n in re.findall(
        r"^Private_(?:Clean|Dirty): +(\d+)", text, re.MULTILINE))


def parents():
    """{pid: those that it has made}"""
    made = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(
                    ")", 1)[1].split()[1])
            except OSError:
                continue
            made.setdefault(parent, []).append(int(entry.name))
    return made


def family(pid, made):
    return [pid] + [p for child in made.get(pid, [])
                    for p in family(child, made)]


class Node:
    def __init__(self, build, folder, name, etcd):
        self.name = name
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.toxid = subprocess.Popen(
                [build / "toxid", "-port", "0", "-spares", "0"],
                stdout=log, stderr=log)
        waiting(60, f"{name} to serve", lambda: self.port() is not None)
        with open(folder / f"{name}-sync.log", "wb") as log:
            self.sync = subprocess.Popen(
                [build / "toxid-sync", "--etcd", ",".join(etcd.urls),
                 "--prefix", PREFIX, "--node", name, "--lease", "60",
                 "--toxid", f"http://127.0.0.1:{self.port()}"],
                stdout=log, stderr=log)

    def port(self):
        match = re.search(
            rb'"Starting Toxiproxy HTTP server".*?"address":"[^"]*:(\d+)"|'
            rb'"address":"[^"]*:(\d+)"[^\n]*"Starting Toxiproxy HTTP server"',
            self.log.read_bytes())
        return int(match[1] or match[2]) if match else None

    def stop(self):
        self.sync.terminate()
        self.toxid.terminate()

    def ended(self):
        for p in self.sync, self.toxid:
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL)
                p.wait()


class Cost:
    """Of all nodes, by what they are; and since when"""

    def __init__(self, nodes):
        made = parents()
        toxids = [p for n in nodes for p in family(n.toxid.pid, made)]
        syncs = [p for n in nodes for p in family(n.sync.pid, made)]
        self.at = time.monotonic()
        self.cpu = {"toxid": sum(map(cpu_seconds, toxids)),
                    "sync": sum(map(cpu_seconds, syncs))}
        self.uss = {"toxid": sum(map(uss_kib, toxids)) / len(nodes),
                    "sync": sum(map(uss_kib, syncs)) / len(nodes)}
        self.processes = (len(toxids) + len(syncs)) / len(nodes)


def waiting(timeout, what, is_so):
    end = time.monotonic() + timeout
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(f"waited {timeout} s in vain for {what}")
        time.sleep(0.05)


# ---- what is measured

WATCHED = {"sent": "etcd_network_client_grpc_sent_bytes_total",
           "received": "etcd_network_client_grpc_received_bytes_total",
           "requests": "grpc_server_started_total",
           "events": "grpc_server_msg_sent_total"}


def change(etcd, i):
    began = time.monotonic()
    return began, etcd.put(PREFIX + "/desired/all/proxies/web", {
        "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "toxics": [
            {"type": "latency", "attributes": {"latency": 1 + i % 1000}}]})


class Traffic:
    """At etcd, since it was made; but for what this program does itself."""

    def __init__(self, etcd, statuses):
        self.etcd, self.statuses = etcd, statuses
        self.before, self.bytes = etcd.metrics(), statuses.bytes

    def each(self, divisor, changes=0):
        after = self.etcd.metrics()
        ours = {"requests": changes,
                "sent": self.statuses.bytes - self.bytes}
        return {name: (after.get(metric, 0) - self.before.get(metric, 0) -
                       ours.get(name, 0)) / divisor
                for name, metric in WATCHED.items()}


def cpu_percent(before, after, n):
    wall = after.at - before.at
    return {what: 100 * (after.cpu[what] - before.cpu[what]) / wall / n
            for what in after.cpu}


def quiet(etcd, statuses, nodes, seconds):
    """Nothing changes."""
    traffic, cost = Traffic(etcd, statuses), Cost(nodes)
    etcd_cpu = etcd.seconds()
    time.sleep(seconds)
    now = Cost(nodes)
    minutes = (now.at - cost.at) / 60
    return {"per_node_minute": traffic.each(len(nodes) * minutes),
            "cpu_percent": cpu_percent(cost, now, len(nodes)),
            "etcd_cpu_percent": 100 * (etcd.seconds() - etcd_cpu) /
            (now.at - cost.at),
            "uss_kib": now.uss, "processes": now.processes}


def times_of(etcd, statuses, names, i):
    began, revision = change(etcd, i)
    return [at - began for at in statuses.all_have(names, revision, 60)]


def one_by_one(etcd, statuses, nodes, changes):
    """A change, and the next when all have it."""
    names = [n.name for n in nodes]
    each, last, missing = [], [], 0
    traffic = Traffic(etcd, statuses)
    for i in range(changes):
        times = times_of(etcd, statuses, names, i)
        missing += len(names) - len(times)
        each += times
        last.append(max(times, default=60))
    return {"each_ms": ms(each), "last_ms": ms(last), "missing": missing,
            "per_node_change": traffic.each(len(nodes) * changes, changes)}


def ms(seconds):
    return {name: round(1000 * share(seconds, part), 1) for name, part in (
        ("p50", 0.5), ("p99", 0.99), ("max", 1))}


def busy(etcd, statuses, nodes, seconds):
    """10,000 an hour, whoever has which."""
    names = [n.name for n in nodes]
    done, cost, etcd_cpu = [], Cost(nodes), etcd.seconds()
    traffic, began = Traffic(etcd, statuses), time.monotonic()
    while time.monotonic() - began < seconds:
        due = began + len(done) * 3600 / PER_HOUR
        time.sleep(max(0, due - time.monotonic()))
        done.append(change(etcd, len(done)))
    now, spent = Cost(nodes), etcd.seconds() - etcd_cpu
    last, missing = [], 0
    for at, revision in done:
        times = statuses.all_have(names, revision, 60)
        missing += len(names) - len(times)
        last.append(max(times, default=at + 60) - at)
    return {"changes": len(done), "last_ms": ms(last), "missing": missing,
            "per_node_change": traffic.each(
                len(nodes) * len(done), len(done)),
            "cpu_percent": cpu_percent(cost, now, len(nodes)),
            "etcd_cpu_percent": 100 * spent / (now.at - cost.at)}


def measure(args, n):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fleet-"))
    etcd, nodes = Etcd(folder, args.members), []
    try:
        statuses = Statuses(etcd)
        _, revision = change(etcd, 0)
        began = time.monotonic()
        for i in range(n):
            nodes.append(Node(args.build, folder, f"n{i}", etcd))
        names = [node.name for node in nodes]
        there = statuses.all_have(names, revision, 120)
        if len(there) < n:
            raise SystemExit(f"only {len(there)} of {n} nodes have come")
        result = {"nodes": n, "members": args.members,
                  "start_s": round(time.monotonic() - began, 1)}
        time.sleep(5)
        result["one"] = one_by_one(etcd, statuses, nodes, args.changes)
        result["quiet"] = quiet(etcd, statuses, nodes, args.quiet)
        result["busy"] = busy(etcd, statuses, nodes, args.seconds)
        return result
    finally:
        for node in nodes:
            node.stop()
        for node in nodes:
            node.ended()
        etcd.stop()
        shutil.rmtree(folder, ignore_errors=True)


# ---- what is said

ROWS = [
    ("one change to all, each node: p50, ms", "one", "each_ms", "p50"),
    ("... p99, ms", "one", "each_ms", "p99"),
    ("... until the last has it: p50, ms", "one", "last_ms", "p50"),
    ("... p99, ms", "one", "last_ms", "p99"),
    ("10,000 an hour, until the last: p50, ms", "busy", "last_ms", "p50"),
    ("... p99, ms", "busy", "last_ms", "p99"),
    ("requests at etcd, a node and change", "one", "per_node_change",
     "requests"),
    ("bytes to a node, a change", "one", "per_node_change", "sent"),
    ("bytes from a node, a change", "one", "per_node_change", "received"),
    ("requests, a node and quiet minute", "quiet", "per_node_minute",
     "requests"),
    ("bytes to a node, a quiet minute", "quiet", "per_node_minute", "sent"),
    ("bytes from a node, a quiet minute", "quiet", "per_node_minute",
     "received"),
    ("USS of a toxid, KiB", "quiet", "uss_kib", "toxid"),
    ("USS of a toxid-sync, KiB", "quiet", "uss_kib", "sync"),
    ("CPU of a toxid, quiet, % of a core", "quiet", "cpu_percent", "toxid"),
    ("CPU of a toxid-sync, quiet", "quiet", "cpu_percent", "sync"),
    ("CPU of a toxid, 10,000 an hour", "busy", "cpu_percent", "toxid"),
    ("CPU of a toxid-sync, 10,000 an hour", "busy", "cpu_percent", "sync"),
    ("CPU of etcd, quiet", "quiet", "etcd_cpu_percent"),
    ("CPU of etcd, 10,000 an hour", "busy", "etcd_cpu_percent"),
]


def table(results):
    yield "| nodes | " + " | ".join(str(r["nodes"]) for r in results) + " |"
    yield "|---|" + "---:|" * len(results)
    for words, *way in ROWS:
        cells = []
        for value in results:
            for step in way:
                value = value[step]
            cells.append(f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
        yield f"| {words} | " + " | ".join(cells) + " |"


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--build", type=pathlib.Path, default="build")
    p.add_argument("--nodes", default="50,100,200")
    p.add_argument("--members", type=int, choices=(1, 3), default=1,
                   help="of etcd")
    p.add_argument("--changes", type=int, default=50)
    p.add_argument("--quiet", type=float, default=30, help="seconds")
    p.add_argument("--seconds", type=float, default=60,
                   help="of the busy hour")
    p.add_argument("--json", type=pathlib.Path)
    args = p.parse_args()
    args.build = args.build.absolute()
    results = []
    for n in map(int, args.nodes.split(",")):
        results.append(measure(args, n))
        print(f"{n} nodes: done", file=sys.stderr)
        if args.json:
            args.json.write_text(json.dumps(results, indent=2) + "\n")
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
