# SPDX-License-Identifier: ISC
"""Traffic without a toxic: what it costs that somebody is in between."""

import functools
import json
import os
import tempfile
import time

import processes
from rig import LoadFailed, settle
from row import BULK as BULK_PEERS
from row import RELAYS, Figure, Row

GIB = 2 ** 30
KIB = 2 ** 10
GROUP = "traffic without toxics"
RULES = 250


def bulk(rig, peer, streams, direction="down", ends=()):
    with rig.relay(peer) as relay:
        return bulk_through(rig, relay, streams, direction, ends)


def bulk_through(rig, relay, streams, direction="down", ends=()):
    result, cpu = rig.measure(relay, "bulk", "-streams", streams,
                              "-direction", direction, *ends)
    gib = result["total_bytes"] / GIB
    return {"gbit_s": result["gbit_s"]} | {
        key.replace("_us", "_s_gib"): us / 1e6
        for key, us in cpu.each(gib).items()}


def messages(rig, peer):
    with rig.relay(peer) as relay:
        return messages_through(rig, relay, 64)


def messages_through(rig, relay, connections):
    result, cpu = rig.measure(
        relay, "messages", "-connections", connections, "-size", 64)
    return with_cpu(result, cpu, result["total_messages"])


def rtt(rig, peer, cpu=None):
    """Apart: where the ends run is not left to chance, the relay may choose"""
    pinned = ("-cpu", 0, "-server-cpu", (os.cpu_count() or 1) - 1)
    if cpu is not None:
        pinned = ("-cpu", cpu)
    with rig.relay(peer, cpu=cpu) as relay:
        result, used = rig.measure(relay, "rtt", *pinned)
    return with_cpu(result, used, result["total_messages"])


def connect(rig, peer, flags=()):
    with rig.relay(peer, flags=flags) as relay:
        result, cpu = rig.measure(relay, "connect", "-parallel", 32)
    if result["errors"]:
        raise LoadFailed(f"{result['errors']} connections failed")
    return with_cpu(result, cpu, result["total_connections"])


def connect_by_rules(rig, peer):
    """None of them is about the upstream: each is looked at"""
    rules = [f"10.{i}.0.0/16:5432-5439" for i in range(RULES)]
    with tempfile.NamedTemporaryFile("w", prefix="bench-") as file:
        json.dump({"upstreams": {"deny": rules}, "proxies": []}, file)
        file.flush()
        return connect(rig, peer, ("-config", file.name))


def with_cpu(result, cpu, units):
    wanted = ("per_s", "p50_us", "p99_us", "p999_us")
    return {key: result[key] for key in wanted if key in result} | (
        cpu.each(units))


def idle(rig, peer, connections):
    """Fresh processes: what one has freed earlier would hide what it takes."""
    with rig.relay(peer) as relay:
        before = memory(relay)
        with rig.idle(relay, connections) as opened:
            silent = memory(relay) - before
    with rig.relay(peer) as relay:
        before = memory(relay)
        with rig.idle(relay, connections, touch=True):
            touched = memory(relay) - before
        time.sleep(0.5)
        after = memory(relay) - before
    return {"before_kb": before, "open_kb": silent / connections,
            "touched_kb": touched / connections,
            "after_kb": after / connections, "open_s": opened["open_s"]}


def memory(relay):
    settle(relay)
    return processes.uss_kb(relay.pids())


def bulk_row(streams, write, read, direction):
    """A writer that writes so many KiB at a time; a reader that reads once
    when there is something."""
    ends = ("-write", write * KIB, "-read", read * KIB, "-reads", 1)
    return Row(
        f"bulk{streams}-w{write}-r{read}-{direction}",
        f"{STREAMS[streams]} {direction}: writes of {write:,} KiB,"
        f" reads of {read} KiB", GROUP, BULK,
        functools.partial(bulk, streams=streams, direction=direction,
                          ends=ends),
        peers=BULK_PEERS, family="writes", share=0.6,
        aside=streams != 1 or read != READS[0])


STREAMS = {1: "one stream", 8: "eight streams"}
WRITES = (16, 64, 256, 1024)  # KiB
READS = (256, 16)
BULK = (Figure("gbit_s", "Gbit/s", more=True),
        Figure("cpu_s_gib", "CPU s/GiB", 3),
        Figure("worker_s_gib", "of it workers", 3))
CPU_EACH = (Figure("cpu_us", "CPU us each"),
            Figure("worker_us", "of it workers"))
LATE = (Figure("p50_us", "p50 us"), Figure("p99_us", "p99 us"))
RTT = (*LATE, Figure("p999_us", "p99.9 us"), Figure("added_us", "added p50"),
       Figure("added_p99_us", "added p99"), *CPU_EACH)
ADDED = {"added_us": "p50_us", "added_p99_us": "p99_us"}
CONNECT = (Figure("per_s", "connections/s", 0, more=True), *LATE, *CPU_EACH)
IDLE = (Figure("touched_kb", "KB each, touched", 2),
        Figure("open_kb", "open", 2), Figure("after_kb", "after close", 2),
        Figure("before_kb", "KB in all before", 0),
        Figure("open_s", "s to open", 2))

ROWS = (
    Row("bulk1", "one stream, writes of 512 KiB, from the upstream", GROUP,
        BULK, functools.partial(bulk, streams=1)),
    Row("bulk8", "eight streams at once, writes of 512 KiB", GROUP, BULK,
        functools.partial(bulk, streams=8)),
    *(bulk_row(streams, write, read, direction)
      for streams in STREAMS for read in READS
      for direction in ("down", "up") for write in WRITES),
    Row("messages64", "64 bytes there and back, on 64 connections", GROUP,
        (Figure("per_s", "messages/s", 0, more=True), *LATE, *CPU_EACH),
        messages),
    Row("rtt", "64 bytes there and back, ends on two CPUs", GROUP, RTT, rtt,
        above_direct=ADDED, ratios="added_us"),
    Row("rtt1cpu", "the same, all of it on one CPU", GROUP, RTT,
        functools.partial(rtt, cpu=0), above_direct=ADDED,
        ratios="added_us"),
    Row("connect32", "new connections, 32 under way", GROUP,
        CONNECT, connect),
    Row("connect32-rules",
        f"new connections, 32 under way, {RULES} rules of whom it may reach",
        GROUP, CONNECT, connect_by_rules, peers=("toxid",),
        family="connect32", aside=True),
    *(Row(f"idle{n}", f"private memory of {n:,} silent connections", GROUP,
          IDLE, functools.partial(idle, connections=n), peers=RELAYS,
          family="idle", share=0.4, cost=(2 + n / 2000, 0))
      for n in (1000, 5000)),
)
