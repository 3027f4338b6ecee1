# SPDX-License-Identifier: ISC
"""Proxies and toxics are leased while a process of toxid is killed, or all are
replaced, and then all die at once: each goes in its time, never before, and
nothing goes with it."""

import http.client
import os
import random
import signal
import threading
import time

import frame
import rig
import upgrade

NAME = "leases"

CLIENTS = 3
VICTIMS = ["apid", "ctld", "stored", "diald", "resolvd", "relayd [stays]",
           "relayd [c", "an upgrade"]
ROUND = 0.3        # seconds at most, until something dies
TTLS = (50, 3000)  # ms
FULL = b"a proxy has at most "
EARLY = 0.002      # s: over a start, it is rounded to one ms
LATE = 5           # s, on a busy machine; how exact a lease is others tell
FOR_GOOD = {"stays", ("stays", "kept"), ("stays", "kept too")}


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """What has one is there until a time, and not behind another."""

    def __init__(self):
        self.least, self.most = 0, 0

    def begins(self, asked, answered, ttl, is_sure):
        least, most = asked + ttl - EARLY, answered + ttl + LATE
        if is_sure:
            self.least, self.most = least, most
        else:
            self.least = min(self.least, least)
            self.most = max(self.most, most)


class Client:
    """Leases things, and knows when each of them may go, and has to"""

    def __init__(self, number, dice):
        self.name, self.dice = f"c{number}", dice
        self.leases, self.numbers = {}, 0
        self.done, self.wrong = 0, None
        self.is_over, self.thread = threading.Event(), None

    def go_on(self, t):
        self.is_over.clear()
        self.thread = threading.Thread(target=self.run, args=(t,))
        self.thread.start()

    def end(self):
        self.is_over.set()
        self.thread.join()

    def run(self, t):
        """until nobody answers, or who does cannot tell"""
        while not self.is_over.is_set() and self.wrong is None:
            ttl = self.dice.randrange(*TTLS)
            if not self.turn(t, ttl):
                return

    def choose(self, ttl):
        """(what it is about, path, body, what is good)"""
        kind = self.dice.choice(["proxy", "toxic", "renewal", "renewal"])
        mine = sorted(self.leases, key=str)
        if kind == "renewal" and mine:
            what = self.dice.choice(mine)
            path = f"/proxies/{what}" if isinstance(what, str) else \
                "/proxies/{}/toxics/{}".format(*what)
            return what, f"{path}/lease", {"ttl": ttl}, 200
        self.numbers += 1
        name = f"{self.name}-{self.numbers}"
        if kind == "proxy":
            return name, "/proxies", {
                "name": name, "listen": "127.0.0.1:0", "upstream": "x:1",
                "ttl": ttl}, 201
        return ("stays", name), "/proxies/stays/toxics", {
            "name": name, "type": "noop", "ttl": ttl}, 200

    def turn(self, t, ttl):
        """False: nobody has answered, it may have happened or not"""
        what, path, body, good = self.choose(ttl)
        lease, asked = self.leases.setdefault(what, Lease()), now()
        try:
            reply = t.request("POST", path, body)
            status = reply.status
        except (OSError, http.client.HTTPException):
            status = 503
        answered = now()
        if status in (good, 503):
            lease.begins(asked, answered, ttl / 1000, status == good)
        elif status == 409 and FULL in reply.body:
            pass  # the others are yet to end
        elif status != 404 or answered < lease.least:
            self.wrong = f"{path}: {reply}, {lease.least - answered:.3f} s " \
                "before it may go"
        self.done += status == good
        return status != 503

    def faults(self, found, asked, answered):
        early = [what for what, lease in self.leases.items()
                 if what not in found and answered < lease.least]
        late = [what for what, lease in self.leases.items()
                if what in found and lease.most < asked]
        for what in self.leases.keys() - found:
            if self.leases[what].most < asked:
                del self.leases[what]
        return [f"too early: {early[:3]}"] * bool(early) + \
            [f"too late: {late[:3]}"] * bool(late)


def there(t):
    """all proxies, and (proxy, toxic)"""
    proxies = t.request("GET", "/proxies").json()
    return set(proxies) | {(name, toxic["name"]) for name, p in
                           proxies.items() for toxic in p["toxics"]}


def judge(verdict, when, t, clients):
    asked, found, answered = now(), there(t), now()
    known = FOR_GOOD.union(*(client.leases for client in clients))
    verdict.expect(FOR_GOOD <= found <= known,
                   f"{when}: gone {FOR_GOOD - found}, new {found - known}")
    for client in clients:
        faults = client.faults(found, asked, answered) + \
            [client.wrong] * bool(client.wrong)
        verdict.expect(not faults, f"{when}: {faults}")


def strike(t, victim):
    if victim == "an upgrade":
        upgrade.upgrade(t)
        return
    for pid in frame.children(t.pid):
        if rig.title_of(pid).startswith(f"toxid: {victim}"):
            os.kill(pid, signal.SIGKILL)
            return


def serves(t):
    try:
        return t.request("GET", "/proxies").status == 200
    except (OSError, http.client.HTTPException):
        return False


def all_go_on(clients, t, seconds):
    for client in clients:
        client.go_on(t)
    time.sleep(seconds)


def all_end(clients):
    for client in clients:
        client.end()


def play_round(verdict, number, t, clients, dice):
    victim = dice.choice(VICTIMS)
    judge(verdict, f"round {number}, started", t, clients)
    all_go_on(clients, t, dice.random() * ROUND)
    strike(t, victim)
    time.sleep(dice.random() * ROUND / 4)
    all_end(clients)
    verdict.expect(rig.wait_until(lambda: serves(t)),
                   f"round {number}: does not serve")
    judge(verdict, f"round {number}, after {victim}", t, clients)
    all_go_on(clients, t, dice.random() * ROUND)
    t.cut()
    all_end(clients)


def make_what_stays(t):
    t.proxy("stays", "127.0.0.1:1")
    t.toxic("stays", "noop", toxic_name="kept")
    t.toxic("stays", "latency", toxic_name="kept too", latency=1)


def all_goes(verdict, t, clients):
    """... but for what stays, in its time"""
    begun = now()
    while there(t) != FOR_GOOD and now() < begun + TTLS[1] / 1000 + LATE:
        judge(verdict, "at the end", t, clients)
    judge(verdict, "at the end", t, clients)
    left = there(t) - FOR_GOOD
    verdict.expect(not left, f"left: {left}")


def run(options):
    rounds, dice = max(1, options.rounds // 3), random.Random(options.seed)
    verdict = frame.Verdict(NAME, "")
    clients = [Client(i, random.Random(dice.random()))
               for i in range(CLIENTS)]
    with frame.folder() as folder:
        for number in range(rounds + 1):
            with frame.start(options, "-state", f"{folder}/state", "-spares",
                             "1") as t:
                if number == 0:
                    make_what_stays(t)
                if number < rounds:
                    play_round(verdict, number, t, clients, dice)
                else:
                    all_goes(verdict, t, clients)
            if verdict.lost:
                break
    done = sum(client.done for client in clients)
    verdict.expect(done > rounds, "hardly a lease was made")
    verdict.done = (f"{rounds} kills of one process, and as many cuts, "
                    f"under {done:,} leases made and renewed")
    return verdict
