#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Test suites that are killed -9 in the middle, in four languages: by plain
HTTP, with leases and in a session, by libtoxi, under `toxictl with`, and those
of other people's clients, who know nothing of leases.  After its time nothing
of them is left, none of it has gone before, and nothing of their neighbours'
is touched.

    killed.py toxid OUT [--kills N] [--seed N]

OUT is the folder of ../run.sh, with what had to be compiled or fetched; a
client that is not there is left out.  There has to be a Redis at $REDIS."""

import argparse
import contextlib
import copy
import glob
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).parent
for tests in ("lib", "chaos"):
    sys.path.insert(0, str(HERE.parent.parent / tests))

import frame  # noqa: E402
from lab import TOKENS, Lab  # noqa: E402
from peers import Echo  # noqa: E402
from rig import PATIENCE, Toxid, address_of, wait_until  # noqa: E402
from stalls import stalled  # noqa: E402

SHARED = "shared"   # of the same tenant, and for longer than any suite
TTL = 2000          # ms
DEFAULT_TTL = 4000  # ... of who does not say any
LIVES = (0, 1.5)    # s, from when it has made something
LATE = 5            # s; how exact a lease is others tell
HOUR = 3600 * 1000
QUIET = {"LOG_LEVEL": "info"}
USUAL = ("Request failed",  # who asks is told
         "Log lines lost: the channel was full")


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Row(threading.Thread):
    """A suite that is started and killed, again and again"""

    ttl, where = TTL, ""

    def __init__(self, t, name, command, number, options):
        super().__init__(daemon=True)
        self.t, self.name, self.command = t, name, command
        self.number, self.options = number, options
        self.dice = random.Random(options.seed + number)
        self.done, self.late, self.faults = 0, [], []

    def run(self):
        try:
            for k in range(self.options.kills):
                self.turn(self.prefix(k))
                self.done += 1
        except Exception:
            self.faults.append(traceback.format_exc())

    def turn(self, prefix):
        began = now()
        with subprocess.Popen(
                self.whole_command(prefix),
                env={**os.environ, "TOXID": f"{self.t.host}:{self.t.port}",
                     **self.environment(prefix)},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True) as suite:
            try:
                if has_begun := self.has_begun(suite, prefix):
                    time.sleep(self.dice.uniform(*LIVES))
                assert has_begun and (suite.poll() is None or self.may_fail(
                    began)), suite.stdout.read()
            finally:
                self.kill(suite, prefix)
        self.watch(prefix, now())

    def may_fail(self, began):
        return False

    def kill(self, suite, prefix):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(suite.pid, signal.SIGKILL)

    def watch(self, prefix, killed):
        """... until nothing of it is left"""
        asked, end = now(), killed + self.ttl / 1000
        promised = {what: asked + ms / 1000 - 0.002 for what, ms in
                    self.left(prefix).items() if ms is not None}
        while True:
            there, seen = self.left(prefix), now()
            for what in promised.keys() - there.keys():
                if seen < promised.pop(what) and not self.was_deleted(what):
                    self.faults.append(f"{what} has gone too early")
            if not there:
                break
            if seen > end + PATIENCE:
                self.faults.append(f"left of it: {there}")
                return
            time.sleep(0.05)
        late = seen - end
        self.late.append(late - stalled(max(0, late)))
        if self.late[-1] > LATE:
            self.faults.append(f"{self.late[-1]:.1f} s late")

    def was_deleted(self, what):
        """by the suite itself: it was on its way as it was killed"""
        if isinstance(what, str):
            wanted = {"message": "Proxy deleted", "proxy": self.where + what}
        else:
            wanted = {"message": "Toxic deleted", "toxic": what[1]}
        return wait_until(lambda: any(
            wanted.items() <= line.items() for line in self.t.log()), LATE)


class Suite(Row):
    """One of ours, with a name of its own each time, of tenant a"""

    where = "a/"

    def prefix(self, k):
        return f"s{self.number}-{k}-"

    def environment(self, prefix):
        return {"TOKEN": TOKENS["a"], "PREFIX": prefix, "SHARED": SHARED,
                "TTL": str(self.ttl), "UPSTREAM": self.t.echo.address}

    def whole_command(self, prefix):
        return self.command

    def has_begun(self, suite, prefix):
        return suite.stdout.readline().strip().isdigit()

    def left(self, prefix):
        """{proxy, or (proxy, toxic): ms that are left}"""
        all_there_are = self.t.ask("a", "GET", "/proxies").json()
        found = {name: p.get("expires_in")
                 for name, p in all_there_are.items()
                 if name.startswith(prefix)}
        for toxic in all_there_are[SHARED]["toxics"]:
            if toxic["name"].startswith(prefix):
                found[SHARED, toxic["name"]] = toxic.get("expires_in")
        return found


class InSession(Suite):
    """... that stays connected, and whose things go with its connection"""

    ttl = 0

    def environment(self, prefix):
        return {"SESSION": "1", **super().environment(prefix)}

    def left(self, prefix):
        """None of it before it is killed, and all of it soon after"""
        return dict.fromkeys(super().left(prefix))


class With(Suite):
    """... under toxictl, which is killed with it, or before: what it has made
    does not wait for the suite."""

    def environment(self, prefix):
        return {"TOXIPROXY_AUTH_TOKEN": TOKENS["a"],
                **super().environment(prefix)}

    def whole_command(self, prefix):
        toxictl = pathlib.Path(self.options.toxid).parent / "toxictl"
        return [toxictl, "-h", f"http://{self.t.host}:{self.t.port}", "with",
                SHARED, "-t", "latency", "-n", f"{prefix}with",
                "-a", "latency=1", "--", *self.command]

    def kill(self, suite, prefix):
        if self.dice.random() < 0.5:
            suite.kill()
            if not wait_until(lambda: (SHARED, f"{prefix}with") not in
                              self.left(prefix)):
                self.faults.append("its toxic is there without it")
        super().kill(suite, prefix)


class Client(Row):
    """One of others', as ../run.sh drives it, which calls what it makes after
    its language."""

    ttl = DEFAULT_TTL

    def prefix(self, k):
        return self.name.partition(" ")[0]

    def environment(self, prefix):
        return {}

    def whole_command(self, prefix):
        return self.command

    def may_fail(self, began):
        """On a slow machine its things were gone before it was killed."""
        return now() - began > DEFAULT_TTL / 1000

    def has_begun(self, suite, prefix):
        return wait_until(lambda: self.left(prefix) or
                          suite.poll() is not None, 4 * PATIENCE)

    def left(self, prefix):
        short = prefix[:2] + "_"  # also py_a
        return {name: p.get("expires_in") for name, p in
                self.t.request("GET", "/proxies").json().items()
                if name.startswith((prefix + "_", short))}


def suites(out):
    return {"Python": [sys.executable, f"{HERE}/suite.py"],
            "Node": ["node", f"{HERE}/suite.mjs"],
            "Ruby": ["ruby", f"{HERE}/suite.rb"],
            "Go": [f"{out}/killed/suite_go"]}


def clients(out):
    """Those that are there"""
    clients = HERE.parent
    found = {
        "python": [f"{out}/python/bin/python",
                   f"{clients}/python/scenario.py"],
        "node": ["node", f"{out}/node/scenario.js"],
        "go": [f"{out}/go/scenario"],
        "java": ["java", "-cp", f"{out}/java/*",
                 f"{clients}/java/Scenario.java"]}
    return {name: command for name, command in found.items() if all(
        glob.glob(word) for word in command if "/" in word)}


# ---- the neighbours

def make_neighbours(lab):
    lab.echo = Echo()
    for who in ("a", "b"):
        lab.make(who, SHARED, lab.echo.address, toxics=[
            {"name": "kept", "type": "latency"},
            {"name": "long", "type": "noop", "ttl": HOUR}])
        lab.make(who, "long", lab.echo.address, ttl=HOUR)
        lab.make(who, "off", lab.echo.address, enabled=False)


def without_time(things):
    things = copy.deepcopy(things)
    for proxy in things.values():
        for each in (proxy, *proxy["toxics"]):
            if "expires_in" in each:
                assert 0 < each["expires_in"] <= HOUR
                each["expires_in"] = True
    return things


class Neighbours:
    """All that is there, and a session through each proxy that is on"""

    def __init__(self, t, ask):
        self.t, self.ask = t, ask
        self.before = self.things()
        # A spare one has its title a moment after it has its proxy.
        assert wait_until(lambda: len(self.relayds()) == sum(
            p["enabled"] for one in self.before for p in one.values()))
        self.workers = self.relayds()
        self.sessions = [
            socket.create_connection(address_of(p["listen"]), PATIENCE)
            for one in self.before for p in one.values() if p["enabled"]]
        self.talk()

    def things(self):
        return [without_time(one("GET", "/proxies").json())
                for one in self.ask]

    def talk(self):
        for s in self.sessions:
            s.sendall(b"hello")
            assert s.recv(5, socket.MSG_WAITALL) == b"hello"

    def relayds(self):
        return {title: pids for title, pids in self.t.children().items()
                if title.startswith("relayd [") and "spare" not in title}

    def are_untouched(self):
        assert self.things() == self.before, (self.things(), self.before)
        self.talk()
        assert wait_until(lambda: self.relayds() == self.workers), \
            (self.relayds(), self.workers)
        bad = [line for line in self.t.log()
               if line["level"] not in ("debug", "info") and
               line["message"] not in USUAL]
        assert not bad, bad[:9]


def kept(state):
    """What is there for the next start"""
    with contextlib.closing(
            sqlite3.connect(state / "stored" / "toxid.db")) as db:
        return sorted(name for name, in db.execute(
            "SELECT name FROM proxies UNION ALL SELECT name FROM toxics"))


def killed(rows):
    """... all at once; what went wrong"""
    for row in rows:
        row.start()
    for row in rows:
        row.join()
        late = f"; nothing was left {min(row.late):.2f} to " \
            f"{max(row.late):.2f} s after its time" if row.late else ""
        print(f"{row.name}: {row.done} killed{late}", flush=True)
    return [f"{row.name}: {fault}" for row in rows for fault in row.faults]


def suites_of_tenants(options, folder):
    """What went wrong"""
    state = folder / "state"
    with Lab(folder, "-state", str(state), env=QUIET) as lab:
        make_neighbours(lab)
        neighbours = Neighbours(lab, [
            lambda *args: lab.ask("a", *args),
            lambda *args: lab.ask("b", *args)])
        found = [(kind, f"{what}, {name}", command)
                 for what, kind in (("HTTP", Suite), ("session", InSession),
                                    ("toxictl with", With))
                 for name, command in suites(options.out).items()]
        library = [f"{options.out}/killed/suite_c"]
        found += [(Suite, "libtoxi, leases", library),
                  (InSession, "libtoxi, session", library)]
        faults = killed([kind(lab, name, command, i, options) for
                         i, (kind, name, command) in enumerate(found)])
        if not faults:
            neighbours.are_untouched()
            assert lab.stop() == 0
            names = 2 * ["kept", "long", "long", "off", SHARED]
            assert kept(state) == sorted(names), kept(state)
    return faults


def clients_of_others(options, folder):
    """With what is in the file for who does not say how long"""
    file = folder / "toxid.json"
    with Echo() as echo:
        file.write_text(json.dumps({
            "limits": {"lease_default_ms": DEFAULT_TTL},
            "proxies": [{"name": "of the file", "listen": "127.0.0.1:0",
                         "upstream": echo.address}]}))
        with Toxid("-config", str(file), env=QUIET) as t:
            t.proxy("for good", echo.address, ttl=0)
            neighbours = Neighbours(t, [t.request])
            faults = killed([
                Client(t, f"{name} client", command, i, options)
                for i, (name, command) in enumerate(
                    clients(options.out).items())])
            if not faults:
                neighbours.are_untouched()
    return faults


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("toxid")
    parser.add_argument("out")
    parser.add_argument("--kills", type=int, default=100, help="of each")
    parser.add_argument("--seed", type=int, default=random.randrange(10 ** 6),
                        help="of the moments (it is printed)")
    return parser.parse_args()


def main():
    options = parse()
    print(f"seed {options.seed}", flush=True)
    os.environ["TOXID"] = options.toxid
    faults = []
    for part in (suites_of_tenants, clients_of_others):
        with frame.folder() as folder:
            faults += part(options, pathlib.Path(folder))
    for fault in faults:
        print(f"LOST, {fault}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
