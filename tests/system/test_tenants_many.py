# SPDX-License-Identifier: ISC
"""As many tenants as there may be: it starts with them, others take over with
them, and what one of them asks costs no more than with few."""

import http.client
import json
import os
import signal
import statistics
import time

import pytest
from lab import digest
from rig import Toxid, wait_until

MOST = 1000
TOKENS = 2
PROXIES = 4  # of each but the last: one more is to be made
ROUNDS = 100
TRIES = 3
TIMES = 2  # as long, at most: it is as long, and no machine is calm


def many(path, n, nproxies=0, has=MOST):
    """A file of n tenants, the first of which have proxies"""
    path.write_text(json.dumps({"tenants": [
        {"name": f"t{i}",
         "tokens": [{"name": f"k{k}", "sha256": digest(f"t{i} {k}")}
                    for k in range(TOKENS)],
         "proxies": [{"name": f"p{j}", "listen": "127.0.0.1:0",
                      "upstream": "127.0.0.1:1", "enabled": False}
                     for j in range(nproxies if i < has else 0)]}
        for i in range(n)]}))
    return str(path)


def whoami(t, token):
    """The tenant that this token is one of; None: none, or nobody is there"""
    try:
        r = t.request("GET", "/tenant", None,
                      {"Authorization": f"Bearer {token}"})
    except (OSError, http.client.HTTPException):
        return None
    return r.json()["tenant"] if r.status == 200 else None


def everybody_is_known(t):
    some = range(0, MOST, MOST // 10)
    return all(whoami(t, f"t{i} {k}") == f"t{i}"
               for i in some for k in range(TOKENS))


def test_there_may_be_that_many(tmp_path):
    """... each of whose tokens every apid and ctld is told."""
    with Toxid("-config", many(tmp_path / "toxid.json", MOST)) as t:
        assert wait_until(lambda: everybody_is_known(t))
        for role in ("ctld", "apid"):
            pid = t.child(role)
            os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: t.child(role) != pid)
            assert wait_until(lambda: everybody_is_known(t))
        t.read_to_here()
        assert not [e for e in t.log() if e.get("signal") == signal.SIGSYS]


def test_a_reload_brings_as_many(tmp_path):
    path = tmp_path / "toxid.json"
    with Toxid("-config", many(path, 1)) as t:
        assert whoami(t, "t0 0") == "t0"
        many(path, MOST)
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: whoami(t, f"t{MOST - 1} 1") == f"t{MOST - 1}")
        assert everybody_is_known(t)


# ---- what a call costs


class Caller:
    """A connection that one tenant has"""

    def __init__(self, t, token):
        self.connection = http.client.HTTPConnection(t.host, t.port)
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method, path, body=None):
        """s"""
        body = None if body is None else json.dumps(body)
        began = time.perf_counter()
        self.connection.request(method, path, body, self.headers)
        reply = self.connection.getresponse()
        text = reply.read()
        took = time.perf_counter() - began
        assert reply.status < 300, text
        return took


CALLS = [
    ("GET", "/proxies"), ("GET", "/proxies/p0"), ("GET", "/tenant"),
    ("POST", "/proxies", {"name": "new", "listen": "127.0.0.1:0",
                          "upstream": "127.0.0.1:1", "enabled": False}),
    ("POST", "/proxies/new/toxics", {"type": "latency", "name": "slow"}),
    ("POST", "/proxies/new/toxics/slow", {"attributes": {"latency": 1}}),
    ("DELETE", "/proxies/new/toxics/slow"), ("DELETE", "/proxies/new"),
    ("POST", "/reset")]


def medians(one, another):
    """{call: (s, s)}: whoever is first in a round is last in the next."""
    took = {call[:2]: ([], []) for call in CALLS}
    for i in range(ROUNDS):
        for call in CALLS:
            for k in (0, 1) if i % 2 else (1, 0):
                took[call[:2]][k].append((one, another)[k](*call))
    return {call: tuple(map(statistics.median, both))
            for call, both in took.items()}


@pytest.mark.slow
@pytest.mark.normal_build
def test_a_call_takes_one_of_many_as_long_as_it_takes_the_only_one(tmp_path):
    with (Toxid("-config", many(tmp_path / "one", 1, PROXIES)) as one,
          Toxid("-config", many(tmp_path / "all", MOST, PROXIES, MOST - 1)
                ) as crowd):
        callers = Caller(one, "t0 0"), Caller(crowd, f"t{MOST // 2} 0")
        for _ in range(TRIES):  # a machine that is busy may be the cause
            took = medians(*callers)
            for (method, path), (of_one, of_many) in took.items():
                print(f"{method} {path}: {of_one * 1e6:.0f} us, with {MOST} "
                      f"tenants {of_many * 1e6:.0f}")
            if all(b < TIMES * a for a, b in took.values()):
                return
    raise AssertionError(took)
