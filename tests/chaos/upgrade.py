# SPDX-License-Identifier: ISC
"""The program is replaced in place, again and again, under load of which each
byte is checked, and a writer: no session fails, no client is refused, no call
is lost, and no change."""

import http.client
import json
import signal
import time

import frame
import rig

NAME = "upgrade"
STATES = True

PROXIES, SESSIONS = 8, 4  # a half of the sessions never ends
DONE_WITHIN = 30
UPGRADES = 3  # of a round of the others


KEPT = 50  # proxies that the writer has made and not taken away


class Calls:
    """On one connection that stays: a read, changes, and their end"""

    def __init__(self, t):
        self.api = http.client.HTTPConnection(
            "127.0.0.1", t.port, timeout=frame.PATIENCE)
        self.api.connect()
        self.sock = self.api.sock
        self.took, self.wrong, self.kept = [], [], []

    def call(self, method, path, body, status):
        start = time.monotonic()
        self.api.request(method, path, body and json.dumps(body))
        reply = self.api.getresponse()
        reply.read()
        self.took.append(time.monotonic() - start)
        if reply.status != status:
            self.wrong.append(f"{method} {path}: {reply.status}")
        if self.api.sock is not self.sock:
            self.wrong.append("the connection was closed")
            self.sock = self.api.sock

    def step(self):
        self.call("GET", "/proxies", None, 200)
        self.call("POST", "/proxies/p0/toxics",
                  {"name": "passing", "type": "noop"}, 200)
        self.call("DELETE", "/proxies/p0/toxics/passing", None, 204)
        name = f"w{len(self.took)}"
        self.call("POST", "/proxies", {
            "name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
            "toxics": [{"name": "n", "type": "noop"}]}, 201)
        self.kept.append(name)
        if len(self.kept) > KEPT:
            self.call("DELETE", f"/proxies/{self.kept.pop(0)}", None, 204)


def upgraded(t):
    return sum(line["message"] == "Upgraded" for line in t.log())


def upgrade(t):
    """How long it took, or None"""
    before, start = upgraded(t), time.monotonic()
    t.process.send_signal(signal.SIGUSR2)
    while upgraded(t) == before:
        if time.monotonic() > start + DONE_WITHIN:
            return None
        time.sleep(0.002)
    return time.monotonic() - start


def judge_truth(verdict, t, before, calls):
    """... and what the writer has left goes"""
    found = t.request("GET", "/proxies").json()
    made = {name: p for name, p in found.items() if name not in before}
    verdict.expect(made.keys() == set(calls.kept) and all(
        [x["name"] for x in p["toxics"]] == ["n"] for p in made.values()),
        f"{sorted(made)}, not {calls.kept}")
    verdict.expect({name: found.get(name) for name in before} == before,
                   "what nobody has changed is not as it was")
    for name in made:
        t.request("DELETE", f"/proxies/{name}")


def run(options):
    rounds = max(1, options.rounds // UPGRADES)
    upstreams = frame.upstreams(PROXIES)
    with frame.folder() as folder, \
            frame.start(options, *options.state(folder),
                        env={"LOG_LEVEL": "info"}) as t:
        listens = [t.proxy(f"p{i}", upstream)["listen"]
                   for i, upstream in enumerate(upstreams)]
        t.toxic("p1", "latency", latency=1)
        frame.settle(t, [f"p{i}" for i in range(PROXIES)])
        children = frame.counts(t)
        before = t.request("GET", "/proxies").json()
        descriptors = frame.descriptors(t.pid)
        with frame.Verified(
                options, listens, upstreams, bytes=64 * 1024, chunk=8192,
                pause=5, parallel=SESSIONS * PROXIES,
                endless=SESSIONS // 2 * PROXIES) as load:
            calls = Calls(t)
            background = frame.Background(calls.step)
            took = []
            for _ in range(rounds):
                took.append(upgrade(t))
                if took[-1] is None:
                    break
            failed = background.stop()
            total = load.stop()
        verdict = frame.Verdict(NAME, f"{len(took)} upgrades in place")
        verdict.expect(None not in took, "one did not come to its end")
        verdict.expect(failed is None, f"the API's user: {failed!r}")
        for wrong in (calls.wrong + load.events)[:20]:
            verdict.expect(False, str(wrong))
        verdict.expect(total["wrong"] == 0, f"wrong bytes: {total}")
        judge_truth(verdict, t, before, calls)
        verdict.expect(
            rig.wait_until(
                lambda: frame.descriptors(t.pid) == descriptors),
            f"descriptors: {frame.descriptors(t.pid)}, not {descriptors}; "
            f"children: {frame.counts(t)}, were {children}")
        verdict.expect(not frame.zombies(t.pid), "a zombie is left")
        verdict.note(
            f"sessions: {total['sessions']:,}; "
            f"{(total['bytes_up'] + total['bytes_down']) / 1e6:,.0f} MB "
            f"checked, {total['wrong']} wrong")
        verdict.note(f"an upgrade: {frame.told([x for x in took if x])}")
        verdict.note(f"calls meanwhile: {frame.told(calls.took)}")
    return verdict
