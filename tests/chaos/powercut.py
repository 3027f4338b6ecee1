# SPDX-License-Identifier: ISC
"""All processes are killed at once, amid changes: what was acknowledged is back.

Or the one that keeps the state alone.  Of what was not acknowledged, at most the
one change that was under way may be there."""

import http.client
import os
import random
import signal
import threading
import time

import frame
import rig

NAME = "powercut"

CLIENTS = 3
NAMES = [f"p{i}" for i in range(8)]  # of each client
ROUND = 0.12  # seconds at most, from the first change to the cut
PORTS = 20101  # of own_host(), one for each name: no kernel gives them away
TOXICS = {
    "noop": {}, "latency": {"latency": 5, "jitter": 1}, "slow_close": {},
    "slicer": {"average_size": 3, "size_variation": 1, "delay": 4},
}


class Client:
    """Makes changes to proxies of its own, and knows what was acknowledged"""

    def __init__(self, number, known, dice):
        self.number, self.dice = number, dice
        self.now = known
        self.under_way = None  # the change that nobody has acknowledged
        self.done, self.wrong, self.thread = 0, None, None

    def name(self, name):
        return f"c{self.number}-{name}"

    def listen(self, i):
        """A port of its own: one that a disabled proxy has given back may be
        another's by the time that it is enabled"""
        return f"{rig.own_host()}:{PORTS + self.number * len(NAMES) + i}"

    def choose(self):
        """(method, path, body): what can be done to what there is"""
        i = self.dice.randrange(len(NAMES))
        name = self.name(NAMES[i])
        if name not in self.now:
            body = {"name": name, "listen": self.listen(i),
                    "upstream": "127.0.0.1:1",
                    "enabled": self.dice.random() < 0.3,
                    "toxics": self.some_toxics()}
            return "POST", "/proxies", body
        path = f"/proxies/{name}"
        kind = self.dice.choice(
            ["delete", "update", "add", "add", "remove", "change"])
        toxics = [t["name"] for t in self.now[name]["toxics"]]
        if kind == "delete":
            return "DELETE", path, None
        if kind == "update":
            return "POST", path, {
                "upstream": f"127.0.0.1:{self.dice.randrange(1, 9)}",
                "enabled": self.dice.random() < 0.3}
        if kind == "add" or not toxics:
            free = set(TOXICS) - set(toxics)
            if not free:
                return "DELETE", path, None
            what = self.dice.choice(sorted(free))
            return "POST", f"{path}/toxics", self.toxic(what)
        toxic = self.dice.choice(toxics)
        if kind == "remove":
            return "DELETE", f"{path}/toxics/{toxic}", None
        return "POST", f"{path}/toxics/{toxic}", {
            "toxicity": self.dice.choice([0, 0.25, 0.5, 1])}

    def toxic(self, kind):
        return {"name": kind, "type": kind, "attributes": TOXICS[kind],
                "stream": self.dice.choice(["upstream", "downstream"])}

    def some_toxics(self):
        kinds = self.dice.sample(sorted(TOXICS), self.dice.randrange(3))
        return [self.toxic(kind) for kind in kinds]

    def go_on(self, t):
        self.thread = threading.Thread(target=self.run, args=(t,))
        self.thread.start()

    def run(self, t):
        """until nobody answers"""
        while True:
            self.under_way = self.choose()
            try:
                reply = t.request(*self.under_way)
            except (OSError, http.client.HTTPException):
                return
            if reply.status not in (200, 201, 204):
                self.wrong = f"{self.under_way}: {reply}"
                return
            self.done += 1
            method, path, body = self.under_way
            self.under_way = None
            self.learn(method, path, body, reply)

    def learn(self, method, path, body, reply):
        """from the answer, which shows what there is now"""
        words = path.split("/")[2:]
        if not words:
            self.now[body["name"]] = reply.json()
        elif len(words) == 1 and method == "DELETE":
            del self.now[words[0]]
        elif len(words) == 1:
            self.now[words[0]] = reply.json()
        else:
            self.learn_toxic(method, words, reply)

    def learn_toxic(self, method, words, reply):
        toxics = self.now[words[0]]["toxics"]
        at = [i for i, t in enumerate(toxics) if t["name"] in words[2:]]
        if method == "DELETE":
            del toxics[at[0]]
        elif at:
            toxics[at[0]] = reply.json()
        else:
            toxics.append(reply.json())
        toxics.sort(key=lambda t: t["stream"] != "upstream")

    def differences(self, found):
        """names that are neither as acknowledged nor, for the one that was
        under way, as they would be after it"""
        mine = {n: p for n, p in found.items()
                if n.startswith(f"c{self.number}-")}
        changed = [n for n in self.now.keys() | mine.keys()
                   if self.now.get(n) != mine.get(n)]
        excused = set()
        if self.under_way:
            method, path, body = self.under_way
            words = path.split("/")[2:]
            excused = {words[0] if words else body["name"]}
            if set(changed) == excused and not self.is_done(
                    mine, *self.under_way):
                return changed
        self.now = mine
        return [n for n in changed if n not in excused]

    def is_done(self, mine, method, path, body):
        """is it that change, and nothing else?"""
        words = path.split("/")[2:]
        if not words:
            made = mine.get(body["name"])
            return made is not None and len(made["toxics"]) == len(
                body["toxics"]) and made["enabled"] == body["enabled"]
        before, after = self.now[words[0]], mine.get(words[0])
        if len(words) == 1 and method == "DELETE":
            return after is None
        if after is None:
            return False
        if len(words) == 1:
            return (after["toxics"] == before["toxics"]
                    and after["upstream"] == body["upstream"]
                    and after["enabled"] == body["enabled"])
        names = [{t["name"] for t in p["toxics"]} for p in (before, after)]
        if method == "DELETE":
            return names[0] - names[1] == {words[2]} and names[1] <= names[0]
        if len(words) == 3:
            return names[0] == names[1]
        return names[1] - names[0] == {body["name"]} and names[0] <= names[1]


def kill_stored(t):
    for pid in frame.children(t.pid):
        if rig.title_of(pid) == "toxid: stored":
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class StoredKiller:
    """Never twice with the same change in its hands, which toxid would hold to
    be what it dies of: what was under way when the death was seen, and what
    came until then, has its answer before the next."""

    def __init__(self, t, clients, dice):
        self.t, self.clients, self.dice = t, clients, dice
        self.kills = 0
        self.again_at = [0] * len(clients)  # so many changes done by each

    def step(self):
        if self.dice.random() >= 0.02 or any(
                client.done < at
                for client, at in zip(self.clients, self.again_at)):
            return
        kill_stored(self.t)
        self.kills += 1
        self.again_at = [client.done + 2 for client in self.clients]


def play_round(t, clients, dice):
    """until the cut; how often stored was killed before it"""
    killer = StoredKiller(t, clients, dice)
    for client in clients:
        client.go_on(t)
    end = time.monotonic() + dice.random() * ROUND
    while time.monotonic() < end:
        killer.step()
        time.sleep(0.002)
    t.cut()
    for client in clients:
        client.thread.join()
    return killer.kills


def judge_start(verdict, number, t, clients):
    """Is all there that was acknowledged before the cut?"""
    found = t.request("GET", "/proxies").json()
    for client in clients:
        lost = client.differences(found) if number else []
        verdict.expect(not lost,
                       f"round {number}: {lost}: {client.under_way}")
        client.under_way = None


def play_rounds(options, verdict, clients, folder, dice):
    """(how often stored was killed, how many changes nobody acknowledged)"""
    kills = under_way = 0
    for number in range(options.rounds):
        with frame.start(options, "-state", f"{folder}/state",
                         "-spares", "1") as t:
            judge_start(verdict, number, t, clients)
            kills += play_round(t, clients, dice)
        for client in clients:
            under_way += client.under_way is not None
            verdict.expect(client.wrong is None, client.wrong)
        if verdict.lost:
            break
    return kills, under_way


def run(options):
    dice = random.Random(options.seed)
    verdict = frame.Verdict(NAME, "")
    clients = [Client(i, {}, random.Random(dice.random()))
               for i in range(CLIENTS)]
    with frame.folder() as folder:
        kills, under_way = play_rounds(
            options, verdict, clients, folder, dice)
    done = sum(client.done for client in clients)
    verdict.expect(done > options.rounds, "hardly a change was made")
    verdict.done = (f"{options.rounds} cuts under {done:,} changes, and "
                    f"{kills} kills of stored alone")
    verdict.note(f"{done:,} changes acknowledged, {under_way} under way")
    return verdict
