# SPDX-License-Identifier: ISC
"""Tenants make and revoke tokens while a process of toxid is killed, and then
all at once: what was acknowledged is kept, and what was revoked stays away."""

import hashlib
import http.client
import json
import os
import pathlib
import random
import signal
import threading
import time

import frame
import rig

NAME = "tokens"

CLIENTS = 3
NAMES = [f"k{i}" for i in range(6)]  # of each tenant, beside the file's
VICTIMS = ["apid", "ctld", "stored"]
ROUND = 0.15   # seconds at most, until something dies
REVOKED_MAX = 5  # of the last ones of each: that they are nobody's


class Client:
    """Has a tenant to itself, and knows what was acknowledged"""

    turns = 0

    def __init__(self, number, dice):
        self.tenant, self.dice = f"c{number}", dice
        self.root = hashlib.sha256(self.tenant.encode()).hexdigest()
        self.now, self.revoked = {}, []
        self.under_way = None  # what nobody has acknowledged
        self.done, self.wrong = 0, None
        self.is_over, self.thread = threading.Event(), None

    def entry(self):
        return {"name": self.tenant, "tokens": [{
            "name": "root", "sha256": hashlib.sha256(
                self.root.encode()).hexdigest()}]}

    def ask(self, t, method, path, body=None, secret=None):
        """Each time from another address: who brings a token that is nobody's
        has to wait."""
        Client.turns += 1
        api = http.client.HTTPConnection(
            t.host, t.port, rig.PATIENCE, source_address=(
                f"127.9.{Client.turns >> 8 & 255}.{Client.turns & 255}", 0))
        try:
            api.request(method, path, body and json.dumps(body), {
                "Authorization": f"Bearer {secret or self.root}"})
            reply = api.getresponse()
            return reply.status, reply.read()
        finally:
            api.close()

    def choose(self):
        name = self.dice.choice(NAMES)
        if name in self.now:
            return "DELETE", f"/tokens/{name}", None
        return "POST", "/tokens", {"name": name}

    def go_on(self, t):
        self.is_over.clear()
        self.thread = threading.Thread(target=self.run, args=(t,))
        self.thread.start()

    def end(self):
        self.is_over.set()
        self.thread.join()

    def run(self, t):
        """until nobody answers, or who does cannot tell"""
        while not self.is_over.is_set():
            self.under_way = self.choose()
            try:
                status, body = self.ask(t, *self.under_way)
            except (OSError, http.client.HTTPException):
                return
            if status == 503:
                return
            if status not in (201, 204):
                self.wrong = f"{self.under_way}: {status} {body}"
                return
            self.learn(*self.under_way, body)
            self.under_way = None
            self.done += 1

    def learn(self, method, path, asked, body):
        if method == "POST":
            self.now[asked["name"]] = json.loads(body)["token"]
        else:
            self.revoke(path.rpartition("/")[2])

    def revoke(self, name):
        self.revoked.append(self.now.pop(name))

    # ---- whether that is so

    def settle(self, t, listed):
        """What nobody has acknowledged may be so or not, or be about to: ctld
        does what it has of an apid that has died.  One that is revoked behind
        it is gone."""
        if self.under_way is None:
            return
        method, path, asked = self.under_way
        self.under_way = None
        name = asked["name"] if method == "POST" else path.rpartition("/")[2]
        status, body = self.ask(t, "DELETE", f"/tokens/{name}")
        assert status in (204, 404), (status, body)
        listed.discard(name)
        if name in self.now:
            self.revoke(name)

    def faults(self, t):
        status, body = self.ask(t, "GET", "/tokens")
        if status != 200:
            return [f"{self.tenant}: {status} {body}"]
        listed = {k["name"] for k in json.loads(body)} - {"root"}
        self.settle(t, listed)
        found = [f"{self.tenant}/{name} is there, or not"
                 for name in listed ^ self.now.keys()]
        for secrets, right in ((self.now.values(), 200),
                               (self.revoked[-REVOKED_MAX:], 401)):
            found += [f"{self.tenant}: {status} for {secret}, not {right}"
                      for secret in secrets
                      if (status := self.ask(t, "GET", "/tenant",
                                             secret=secret)[0]) != right]
        return found


def judge(verdict, when, t, clients):
    for client in clients:
        faults = client.faults(t) + [client.wrong] * bool(client.wrong)
        verdict.expect(not faults, f"{when}: {faults}")


def kill_one(t, victim):
    for pid in frame.children(t.pid):
        if rig.title_of(pid) == f"toxid: {victim}":
            os.kill(pid, signal.SIGKILL)


def serves(t, clients):
    try:
        return clients[0].ask(t, "GET", "/tokens")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def play_round(verdict, number, t, clients, dice):
    victim = dice.choice(VICTIMS)
    judge(verdict, f"round {number}, started", t, clients)
    for client in clients:
        client.go_on(t)
    time.sleep(dice.random() * ROUND)
    kill_one(t, victim)
    time.sleep(dice.random() * ROUND / 4)
    for client in clients:
        client.end()
    verdict.expect(rig.wait_until(lambda: serves(t, clients)),
                   f"round {number}: does not serve")
    judge(verdict, f"round {number}, without {victim}", t, clients)
    for client in clients:
        client.go_on(t)
    time.sleep(dice.random() * ROUND)
    t.cut()
    for client in clients:
        client.end()


def run(options):
    dice = random.Random(options.seed)
    verdict = frame.Verdict(NAME, "")
    clients = [Client(i, random.Random(dice.random()))
               for i in range(CLIENTS)]
    with frame.folder() as folder:
        config = pathlib.Path(folder) / "lab.json"
        config.write_text(json.dumps(
            {"tenants": [client.entry() for client in clients]}))
        for number in range(options.rounds):
            with frame.start(options, "-config", str(config), "-state",
                             f"{folder}/state", "-spares", "1") as t:
                play_round(verdict, number, t, clients, dice)
            if verdict.lost:
                break
    done = sum(client.done for client in clients)
    verdict.expect(done > options.rounds, "hardly a token was made")
    verdict.done = (f"{options.rounds} kills of one process, and as many cuts, "
                    f"under {done:,} tokens made and revoked")
    return verdict
