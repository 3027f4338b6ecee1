# SPDX-License-Identifier: ISC
"""Scale: sessions, proxies, and the API while there are many."""

import functools
import statistics
import time

import processes
import rows_traffic
from rig import settle
from row import TOXICS, Figure, Row

GROUP = "scale"
SPARES = 4  # that toxid keeps, unless told otherwise
NOWHERE = "127.0.0.1:1"
TOXIC = '{"name": "t", "type": "latency", "attributes": {"latency": 0}}'
MANY = 30_000


def create(name):
    return (f'POST /proxies {{"name": "{name}", "listen": "127.0.0.1:0",'
            f' "upstream": "{NOWHERE}"}}')


def sessions(rig, peer, proxies=1):
    most = proxies * rig.most_connections()
    with rig.relay(peer, proxies=proxies) as relay:
        before = rows_traffic.memory(relay)
        with rig.idle(relay, min(most, MANY)) as opened:
            grown = rows_traffic.memory(relay) - before
    return {"sessions": opened["connections"], "open_s": opened["open_s"],
            "kb": grown / opened["connections"]}


def proxies(rig, peer):
    """1, then 100, then 1,000 of them, and the list with each."""
    with rig.relay(peer) as relay:
        before = rows_traffic.memory(relay)
        figures = {"list1_us": list_us(rig, relay), "create_s": 0}
        for total, more in ((100, 99), (1000, 900)):
            start = time.monotonic()
            rig.calls(relay, more, create=create(f"of{total}-%d"))
            figures["create_s"] += time.monotonic() - start
            figures[f"list{total}_us"] = list_us(rig, relay)
        each = (rows_traffic.memory(relay) - before) / 999
        workers = [processes.uss_kb_of(pid) for pid in relay.worker_pids()]
    figures["kb"] = each
    if workers:
        figures["worker_kb"] = statistics.median(workers)
    return figures


def resting(rig, peer, n):
    """what all processes use while nobody asks anything of anyone: over a
    minute, in which each worker is asked once how it is"""
    with rig.relay(peer) as relay:
        empty = rows_traffic.memory(relay)
        rig.calls(relay, n - 1, create=create("more%d"))
        time.sleep(2 if rig.quick else 10)  # until all is as it will be
        pids = relay.pids()
        before, began = processes.cpu_ns(pids), time.monotonic()
        time.sleep(2 if rig.quick else 60)
        used = processes.cpu_ns(pids) - before
        percent = used / (time.monotonic() - began) / 1e7
        each = (rows_traffic.memory(relay) - empty) / (n - 1)
    return {"percent": percent, "kb": each}


def list_us(rig, relay):
    count = 50 if rig.quick else 200
    return rig.calls(relay, count, list="GET /proxies")["list"]["p50_us"]


def api(rig, peer):
    with rig.relay(peer) as relay:
        figures = {"create_us": create_us(rig, relay)}
        figures |= changes(rig, relay, "0")
        with rig.idle(relay, 1000):
            figures |= changes(rig, relay, "1000")
    return figures


def create_us(rig, relay):
    """while a spare worker waits for each"""
    found = []
    for batch in range(5 if rig.quick else 20):
        settle(relay)
        found.append(rig.calls(relay, SPARES, create=create(f"{batch}-%d")))
    return statistics.median(calls["create"]["p50_us"] for calls in found)


def changes(rig, relay, suffix, count=100):
    path = "/proxies/bench0/toxics"
    calls = rig.calls(relay, count, add=f"POST {path} {TOXIC}",
                       update=f"POST {path}/t {TOXIC}",
                       remove=f"DELETE {path}/t")
    return {f"{name}{suffix}_us": call["p50_us"]
            for name, call in calls.items()}


def growth(rig, peer, n):
    """n sessions, then n proxies"""
    with rig.relay(peer) as relay:
        figures = rows_traffic.messages_through(rig, relay, n)
        with rig.idle(relay, n):
            slowest = max(changes(rig, relay, "", 50).values())
        made = rig.calls(relay, n, create=create("more%d"))["create"]
        listed = list_us(rig, relay)
    return {"cpu_us": figures["cpu_us"], "change_us": slowest,
            "create_us": made["p50_us"], "list_us": listed}


SESSIONS = (Figure("kb", "KB each", 2),
            Figure("sessions", "sessions", 0, more=True),
            Figure("open_s", "s to open", 2))
PROXIES = (Figure("create_s", "s to create", 2), Figure("kb", "KB each"),
           Figure("worker_kb", "KB of a worker"),
           *(Figure(f"list{n}_us", f"list of {n:,} us", 0)
             for n in (1, 100, 1000)))
RESTING = (Figure("percent", "% of a core", 3), Figure("kb", "KB each"))
API = (Figure("create_us", "create us", 0),
       *(Figure(f"{name}{n}_us", f"{name}, {n:,} sessions", 0)
         for n in (0, 1000) for name in ("add", "update", "remove")))
GROWTH = (Figure("cpu_us", "CPU us/message"),
          Figure("change_us", "toxic change us", 0),
          Figure("create_us", "create us", 0),
          Figure("list_us", "list us", 0))

ROWS = (
    Row("sessions", "silent sessions on one proxy", GROUP, SESSIONS,
        sessions, peers=TOXICS, share=0.2, cost=(4, 0)),
    # The original has no descriptors for that many.
    Row("sessions30000", f"{MANY:,} silent sessions on four proxies", GROUP,
        SESSIONS, functools.partial(sessions, proxies=4), peers=("toxid",),
        family="sessions", share=0.2, cost=(8, 0)),
    Row("proxies", "1,000 proxies", GROUP, PROXIES, proxies, peers=TOXICS,
        share=0.4, cost=(5, 0)),
    *(Row(f"resting{n}", f"so many proxies without clients: {n:,}", GROUP,
          RESTING, functools.partial(resting, n=n), peers=("toxid",),
          family="resting", share=0.2, cost=(75 + n / 300, 0))
      for n in (10, 100, 1000, 2000, 4000)),
    Row("api", "calls, p50", GROUP, API, api, peers=TOXICS, share=0.4,
        cost=(8, 0)),
    *(Row(f"growth{n}", f"so many sessions, then proxies: {n:,}", GROUP,
          GROWTH, functools.partial(growth, n=n), peers=TOXICS, family="growth",
          share=0.4, cost=(2 + n / 300, 1))
      for n in (1, 10, 100, 1000)),
)
