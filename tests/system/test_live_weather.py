# SPDX-License-Identifier: ISC
"""All that a network may do by itself comes, changes and goes under streams of
which every byte is checked: TOXID_CHURNS changes, by hand more of them."""

import os
import random
import socket
import time

import pytest
import rig
from test_live_changes import LOSSLESS, Changer, ends, lines  # noqa: F401
from test_relay_ends import STREAMS

CHANGES = int(os.environ.get("TOXID_CHURNS", 120))
WAVES = [{"latency": {"shape": "sine", "period": 200, "amplitude": 20}},
         {"latency": {"shape": "square", "period": 50, "amplitude": 10},
          "jitter": {"shape": "saw", "period": 70, "amplitude": 5}}, None]
SELECTS = [{"every": 2}, {"first": 2, "every": 3, "offset": 1},
           {"clients": ["127.0.0.0/8"]}, {"clients": ["10.0.0.0/8"]}, {"after_ms": 50, "duration_ms": 100},
           None]
CONNECTS = [{"mode": "refuse"}, {"mode": "reset"},
            {"mode": "accept_delay", "delay": 20}, {"dial_delay": 10},
            {"dial_fail": "refused"}, None]
PROFILES = ["3g", "dsl", "wifi"]
LOSSES = [{"loss": 0.01}, {"p": 0.01, "r": 0.5, "h": 0.5, "k": 0.99},
          {"loss": 0}]


class Weather:
    """What there is, and a next change of it."""

    def __init__(self, ends, seed):
        self.draw, self.changer = random.Random(seed), Changer(ends)
        self.toxid, self.ends, self.count = ends.toxid, ends, 0
        self.toxics, self.own = {}, {}
        self.sessions = [session["id"] for session in self.call(
            [200], "GET", "/sessions").json()["sessions"]]
        health = self.toxid.request("GET", "/health").json()
        self.loses = health["capabilities"]["tcp_loss"]["available"]

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def more(self, waves):
        """select, and wave where it may have one"""
        return {"select": self.draw.choice(SELECTS),
                **({"wave": self.draw.choice(WAVES)} if waves else {})}

    def kind(self):
        kind = self.draw.choice([*LOSSLESS, *["latency"] * 3,
                                 *["tcp_loss"] * 3 * self.loses])
        values = LOSSES if kind == "tcp_loss" else LOSSLESS[kind]
        return kind, self.draw.choice(values), values

    def toxic(self):
        if len(self.toxics) < 6:
            name, (kind, attributes, values) = self.name(), self.kind()
            self.changer.call(200, "POST", "", {
                "name": name, "type": kind, "attributes": attributes,
                "stream": self.draw.choice(STREAMS),
                **self.more(kind == "latency")})
            self.toxics[name] = kind, values

    def change(self):
        if self.toxics:
            name = self.draw.choice(list(self.toxics))
            kind, values = self.toxics[name]
            self.changer.call(200, "PATCH", f"/{name}", {
                "attributes": self.draw.choice(values),
                **self.more(kind == "latency")})

    def remove(self):
        if self.toxics:
            name = self.draw.choice(list(self.toxics))
            del self.toxics[name]
            self.changer.remove(name)

    def call(self, statuses, method, path="", body=None):
        reply = self.toxid.request(
            method, f"/proxies/{self.ends.name}{path}", body)
        assert reply.status in statuses, (method, path, body, reply)
        return reply

    def one_sessions(self):
        """A toxic of its own comes to a session, or what it has goes."""
        session = self.draw.choice(self.sessions)
        at = f"/sessions/{session}/toxics"
        if session in self.own:
            name, values = self.own.pop(session)
            self.call([200], "PATCH", f"{at}/{name}",
                      {"attributes": self.draw.choice(values)})
            self.call([204], "DELETE", f"{at}/{name}")
            return
        name, kind = self.name(), self.draw.choice(list(LOSSLESS))
        self.call([200], "POST", at, {
            "name": name, "type": kind,
            "stream": self.draw.choice(STREAMS),
            "attributes": self.draw.choice(LOSSLESS[kind])})
        self.own[session] = name, LOSSLESS[kind]

    def profile(self):
        self.call([200], "POST", "/profile",
                  {"name": self.draw.choice(PROFILES)})

    def no_profile(self):
        self.call([204, 404], "DELETE", "/profile")

    def cable(self):
        """It is out for a moment: what is sent then comes later."""
        if not self.loses:
            return
        name = self.name()
        self.changer.call(200, "POST", "", {
            "name": name, "type": "unplug", "stream": self.draw.choice(STREAMS),
            "select": self.draw.choice(SELECTS)})
        time.sleep(self.draw.choice([0, 0.01]))
        self.changer.remove(name)

    def step(self, n):
        kind, attributes, _ = self.kind()
        return {"duration": self.draw.choice([5, 10, 30]), "toxics": [{
            "name": f"s{n}", "type": kind, "attributes": attributes,
            "stream": self.draw.choice(STREAMS)}],
            "connect": self.draw.choice(CONNECTS)}

    def scenario(self):
        """One begins, round and round, or what there is ends."""
        r = self.toxid.request("DELETE", "/scenarios/s")
        assert r.status in (204, 404), r
        if r.status == 404:
            r = self.toxid.request("POST", "/scenarios", {
                "name": "s", "proxy": self.ends.name, "loop": True,
                "steps": [*map(self.step, range(3)), {"duration": 5}]})
            assert r.status == 201, r

    def connect(self):
        """... and somebody comes, whatever becomes of him."""
        self.call([200], "PATCH", body={"connect": self.draw.choice(CONNECTS)})
        try:
            with socket.create_connection(
                    rig.address_of(self.ends.proxy["listen"]), 5) as s:
                s.sendall(b"x")
        except OSError:
            pass

    def churn(self, changes):
        kinds = [self.toxic, self.change, self.change, self.remove,
                 self.one_sessions, self.profile, self.no_profile, self.connect,
                 self.cable, self.scenario]
        for _ in range(changes):
            self.draw.choice(kinds)()
            time.sleep(self.draw.choice([0, 0, 0.01, 0.03]))

    def clears(self):
        self.call([200], "PATCH", body={"connect": None})
        self.toxid.request("DELETE", "/scenarios/s")
        self.no_profile()
        for name in self.toxics:
            self.changer.remove(name)
        for session, (name, _) in self.own.items():
            self.call([204], "DELETE", f"/sessions/{session}/toxics/{name}")


@pytest.mark.timeout(120 + CHANGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_all_weather_under_whole_streams(ends, seed):  # noqa: F811
    live = [line for i in range(3) for line in lines(ends, (seed, i))]
    weather, worker = Weather(ends, seed), ends.toxid.worker(ends.name)
    weather.churn(CHANGES)
    weather.clears()
    assert ends.toxid.worker(ends.name) == worker, "it has died of something"
    for line in live:
        line.finish()
