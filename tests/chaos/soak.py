# SPDX-License-Identifier: ISC
"""Very many short connections beside long ones, while toxics come and go."""

import random
import time

import frame
import rig

NAME = "soak"

SHORT, LONG, ROUGH = 3, 2, 1  # proxies
LONG_SESSIONS = 1000
PARALLEL = 48
ROUNDS = 20

# What spares every byte, and what does not.
WEATHER = [
    ("latency", {"latency": 1, "jitter": 1}),
    ("latency", {"latency": 1, "jitter": 1, "distribution": "pareto",
                 "correlation": 0.5}),
    ("corrupt", {"rate": 0}),
    ("truncate", {"bytes": 1 << 60}),
    ("close", {"after_bytes": 1 << 60, "mode": "hang"}),
    ("bandwidth", {"rate": 100_000}),
    ("slicer", {"average_size": 500, "size_variation": 200, "delay": 0}),
    ("slow_close", {"delay": 1}),
    ("noop", {}),
]
STORM = WEATHER + [
    ("reset_peer", {"timeout": 0}),
    ("limit_data", {"bytes": 1000}),
    ("timeout", {"timeout": 5}),
    ("truncate", {"bytes": 1000}),
    ("close", {"after_ms": 5, "after_bytes": 1000, "mode": "reset"}),
    ("close", {"after_bytes": 100}),
]

# Over the second half of the rounds, by the slope: what pages here and there
# may come to, and less than a leak of two bytes of each of a million.
GROWTH_KB = 512
GROWTH_DESCRIPTORS = 2

# What ctld keeps for GET /events of each change, with the ends of sessions that
# come beside it, and of all together.
EVENT_KB, EVENTS_KB = 0.5, 32 * 1024


class Weather:
    """A toxic that comes, or changes, or goes: one after another"""

    def __init__(self, t, names, kinds, dice):
        self.t, self.names, self.kinds, self.dice = t, names, kinds, dice
        self.changed = 0

    def step(self):
        name, (kind, attributes) = (
            self.dice.choice(self.names), self.dice.choice(self.kinds))
        stream = self.dice.choice(["upstream", "downstream"])
        path, title = f"/proxies/{name}/toxics", f"{kind}_{stream}"
        body = {"type": kind, "stream": stream, "attributes": attributes,
                "toxicity": self.dice.choice([0.5, 1])}
        reply = self.t.request("POST", path, body)
        if reply.status == 409:
            act = self.dice.choice(["POST", "DELETE", "DELETE"])
            reply = self.t.request(act, f"{path}/{title}",
                                   body if act == "POST" else None)
        assert reply.status in (200, 204), reply
        self.changed += 1
        time.sleep(0.005)

    def calm(self):
        for name in self.names:
            for toxic in self.t.request("GET", f"/proxies/{name}/toxics") \
                    .json():
                self.t.request(
                    "DELETE", f"/proxies/{name}/toxics/{toxic['name']}")


class Gauges:
    """RSS and descriptors of every process, looked at between rounds"""

    def __init__(self, t):
        self.pids = {"toxid": t.pid}
        for title, pids in t.children().items():
            self.pids[title] = pids[0]
        self.rss = {title: [] for title in self.pids}
        self.descriptors = {title: [] for title in self.pids}
        self.changes = []

    def read(self, connections, changes):
        self.changes.append((connections, changes))
        for title, pid in self.pids.items():
            self.rss[title].append((connections, frame.rss_kb(pid)))
            self.descriptors[title].append(
                (connections, frame.descriptors(pid)))

    def kept_kb(self, title):
        """of what grows, what is meant to"""
        changes = growth(self.changes)[1] if title == "ctld" else 0
        return min(changes * EVENT_KB, EVENTS_KB)

    def judge(self, verdict):
        if 0 in (points[-1][1] for points in self.descriptors.values()):
            verdict.note("descriptors of 0: only root could tell")
        for title in self.pids:
            rss, descriptors = self.rss[title], self.descriptors[title]
            kb, fds = growth(rss), growth(descriptors)
            verdict.note(f"{title}: {rss[-1][1]:,} KB, "
                         f"{kb[0] * 1e6:+,.1f} KB a million connections; "
                         f"{descriptors[-1][1]:,} descriptors, "
                         f"{fds[0] * 1e6:+.1f} a million")
            verdict.expect(kb[1] - self.kept_kb(title) < GROWTH_KB,
                           f"{title}: RSS in KB: {rss}")
            verdict.expect(fds[1] < GROWTH_DESCRIPTORS,
                           f"{title}: descriptors: {descriptors}")


def growth(points):
    """over the second half: of one connection, and of all"""
    half = points[len(points) // 2:]
    a_connection = frame.slope(half)
    return a_connection, a_connection * (half[-1][0] - half[0][0])


def is_at_rest(t, names):
    """Nothing short is open, and counters have had the time to say so."""
    metrics = t.metrics()
    return not any(metrics[f'toxid_proxy_open_sessions{{proxy="{name}"}}']
                   for name in names)


def play_round(options, listens, upstreams, sessions, number):
    """Short sessions; what they have lost, and how many they were"""
    seed = options.seed + number
    with frame.Verified(
            options, listens, upstreams, bytes=3000, parallel=PARALLEL,
            sessions=sessions, seed=seed) as load:
        total = load.wait(sessions / 100 + frame.PATIENCE)
    # The last proxies are rough: there only wrong bytes are wrong.
    return total, [e for e in load.events
                   if e["event"] != "cut" or e["proxy"] < SHORT]


def soak(options, t, verdict):
    upstreams = frame.upstreams(SHORT + ROUGH + LONG)
    names = [f"short{i}" for i in range(SHORT)] + ["rough"] * ROUGH + \
        [f"long{i}" for i in range(LONG)]
    listens = [t.proxy(name, upstream)["listen"]
               for name, upstream in zip(names, upstreams)]
    shorts = SHORT + ROUGH
    dice = random.Random(options.seed)
    fair = Weather(t, names[:SHORT] + names[shorts:], WEATHER, dice)
    rough = Weather(t, ["rough"], STORM, dice)
    done, checked = 0, 0
    rig.wait_until(lambda: len(t.children()) == SHORT + ROUGH + LONG + 3)
    gauges = Gauges(t)
    with frame.Verified(
            options, listens[shorts:], upstreams[shorts:], bytes=1, chunk=500,
            parallel=LONG_SESSIONS, endless=LONG_SESSIONS,
            pause=1000) as long:
        for number in range(ROUNDS):
            weather = [frame.Background(w.step) for w in (fair, rough)]
            total, lost = play_round(
                options, listens[:shorts], upstreams[:shorts],
                options.connections // ROUNDS, number)
            for failed in [w.stop() for w in weather]:
                verdict.expect(failed is None, f"a toxic: {failed!r}")
            for event in lost[:5]:
                verdict.expect(False, f"short session: {event}")
            fair.calm()
            rough.calm()
            verdict.expect(
                rig.wait_until(lambda: is_at_rest(t, names[:shorts])),
                "short sessions are still open")
            time.sleep(0.3)
            done += total["sessions"]
            checked += total["bytes_up"] + total["bytes_down"]
            gauges.read(done, fair.changed + rough.changed)
        total = long.stop()
        checked += total["bytes_up"] + total["bytes_down"]
        for event in long.events[:5]:
            verdict.expect(False, f"long session: {event}")
        verdict.expect(total["whole"] == LONG_SESSIONS, f"long: {total}")
    verdict.done = (f"{done:,} short connections, {LONG_SESSIONS:,} long, "
                    f"{fair.changed + rough.changed:,} changes of toxics")
    verdict.note(f"{checked / 1e6:,.0f} MB checked")
    gauges.judge(verdict)


def run(options):
    verdict = frame.Verdict(NAME, "")
    with frame.start(options, env={"LOG_LEVEL": "warn"}) as t:
        soak(options, t, verdict)
        for line in t.log():
            verdict.expect(line.get("message") not in
                           ("Child died", "Killing a child"), str(line))
    return verdict
