# SPDX-License-Identifier: ISC
"""PUT /desired while somebody dies of it: what is there is the old document or
the new one, whole, and the new one where that was acknowledged.

TOXID_DESIRED_CRASHES: so many, of 4,000 proxies."""

import http.client
import json
import os
import random
import signal
import threading
import time

import pytest
from rig import SLOW, Toxid, wait_until

CRASHES = int(os.environ.get("TOXID_DESIRED_CRASHES", 12))
PROXIES = 4000 if "TOXID_DESIRED_CRASHES" in os.environ else 200
PATH = "/desired/fleet"
WHO = ("ctld", "apid", "stored", "all of it")


def document(n):
    """Each is unlike the one before in all of its proxies: odd ones replace
    them, even ones change their toxics; and some come and go."""
    return {"generation": f"g{n}", "proxies": [
        {"name": f"p{i}", "listen": "127.0.0.1:0", "enabled": i % 50 == 0,
         "upstream": f"127.0.0.1:{1000 + n // 2}",
         "toxics": [{"type": "latency", "name": "l",
                     "attributes": {"latency": n}}]}
        for i in range(10 * (n % 2), PROXIES - 10 * (1 - n % 2))]}


class Lab:
    def __init__(self, state):
        self.args = ("-state", str(state), "-spares", "0")
        self.t = Toxid(*self.args)

    def put(self, n):
        """Its status; None: nobody knows."""
        try:
            return self.t.request("PUT", PATH, document(n)).status
        except (OSError, http.client.HTTPException):
            return None

    def kill(self, who):
        if who == "all of it":
            self.t.cut()
            return
        for pid in self.t.children().get(who, ()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def is_well(self):
        try:
            return self.t.request("GET", "/health").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def recover(self, who):
        if who == "all of it":
            self.t.__exit__()
            self.t = Toxid(*self.args)
        assert wait_until(self.is_well, 30 * SLOW), self.t.log()[-5:]

    def applied(self):
        """The number of the document that all agree on.  One that nobody waits
        for any more, as its apid has died, may be applied meanwhile."""
        while True:
            n, is_so = self.look()
            if is_so or n == self.look()[0]:
                assert is_so, n
                return n

    def look(self):
        """The number of the document, and is what is there as it says?"""
        r = self.t.request("GET", PATH)
        assert r.status == 200, r
        shown = r.json()
        n = int(shown["generation"][1:])
        wanted = document(n)
        assert shown["document"]["generation"] == wanted["generation"]
        assert len(shown["document"]["proxies"]) == len(wanted["proxies"])
        there = self.t.request("GET", "/proxies").json()
        return n, {p["name"]: (p["upstream"], p["enabled"], p["toxics"])
                   for p in wanted["proxies"]} == {
            name: (p["upstream"], p["enabled"], [
                {key: toxic[key] for key in ("type", "name")} | {
                    "attributes": {"latency": toxic["attributes"]["latency"]}}
                for toxic in p["toxics"]])
            for name, p in there.items()}


@pytest.fixture
def lab(state):
    made = Lab(state)
    yield made
    made.t.__exit__()


def test_the_old_one_or_the_new_one(lab):
    rng = random.Random(int(os.environ.get("TOXID_DESIRED_SEED", "19")))
    began = time.monotonic()
    assert lab.put(0) == 200
    within = 1.2 * (time.monotonic() - began)
    there, seen = 0, {"old": 0, "new": 0, "said": 0}
    for n in range(1, CRASHES + 1):
        who = WHO[n % len(WHO)]
        said = []
        putting = threading.Thread(target=lambda: said.append(lab.put(n)))
        putting.start()
        time.sleep(rng.uniform(0, within))
        lab.kill(who)
        putting.join()
        lab.recover(who)
        now = lab.applied()
        assert now in (there, n), (who, said)
        assert said[0] != 200 or now == n, (who, said)
        seen["said"] += said[0] == 200
        seen["new" if now == n else "old"] += 1
        there = now
    print(json.dumps(seen), f"within {within:.2f} s")
    lab.t.cut()
    lab.recover("all of it")
    assert lab.applied() == there
