# SPDX-License-Identifier: ISC
"""With toxics: how well delay and rate are kept, and what they cost."""

import functools

import rows_traffic
from rig import ends
from row import TOXICS, Figure, Row

GROUP = "with toxics"
PROXY = "bench0"
MESSAGES_PER_S = 2000
RATES = (1, 100, 1000, 100_000, 1_000_000)  # KB/s
GIGABIT = 125_000  # KB/s
CROWD = 1000  # sessions
CROWDS_MS = 100
MIB = 2 ** 20
# At values that change nothing: what is left is what they cost.
DO_NOTHING = {
    "noop": {}, "latency": {"latency": 0}, "bandwidth": {"rate": 10 ** 9},
    "slicer": {"average_size": 10 ** 9, "size_variation": 0, "delay": 0},
    "limit_data": {"bytes": 10 ** 15}}
# Of toxid alone:
OWN_DO_NOTHING = {
    "corrupt": {"rate": 0}, "truncate": {"bytes": 10 ** 15},
    "close": {"after_bytes": 10 ** 15},
    "shared": {"rate": 10 ** 9, "scope": "proxy"},
    "tcp_loss": {"loss": 0}}
KIND = {"shared": "bandwidth"}  # of those that are called otherwise here
# Room for what a second at 1 Gbit/s is, and for what the sender is ahead.
ROOMY = {"toxid": ("-session-buffer", str(512 * MIB),
                   "-worker-buffer", str(1024 * MIB),
                   "-worker-memory", str(4096 * MIB))}


def latency(rig, peer, ms):
    with rig.relay(peer) as relay:
        if peer == "direct":
            ms = 0  # what there is without any
        else:
            relay.api.add_toxic(PROXY, "latency", latency=ms)
        return rig.load(
            relay, "delay", "-direction", "down", "-rate", MESSAGES_PER_S,
            "-size", 64, "-connections", 1, "-nominal-ms", ms,
            warmup=rig.warmup + ms / 1000)


def bandwidth(rig, peer, rate):
    with rig.relay(peer) as relay:
        relay.api.add_toxic(PROXY, "bandwidth", rate=rate)
        seconds, skip = (2, 0.5) if rig.quick else (5, 1)
        result = rig.generate(
            seconds + skip, "rate", *ends(relay), "-direction", "down",
            "-nominal", rate, "-seconds", seconds, "-skip", skip)
    return result | {"error_percent": abs(result["error_percent"])}


def latency0_bulk(rig, peer):
    """And as a share of what the same process does before and after."""
    def gbit_s():
        return rig.load(relay, "bulk", "-streams", 1,
                        "-direction", "down")["gbit_s"]

    with rig.relay(peer) as relay:
        before = gbit_s()
        relay.api.add_toxic(PROXY, "latency", name="t", latency=0)
        delayed = gbit_s()
        relay.api.remove_toxic(PROXY, "t")
        passed = (before + gbit_s()) / 2
    return {"gbit_s": delayed, "passed": passed, "share": delayed / passed}


def nothing_bulk(rig, peer, toxic, streams):
    with rig.relay(peer) as relay:
        if peer != "direct":
            relay.api.add_toxic(PROXY, KIND.get(toxic, toxic),
                                **(DO_NOTHING | OWN_DO_NOTHING)[toxic])
        return rows_traffic.bulk_through(rig, relay, streams)


def crowd(rig, peer, rate):
    """rate messages/s in all; each meets three toxics, and one delays it"""
    with rig.relay(peer) as relay:
        ms = 0 if peer == "direct" else CROWDS_MS
        if ms:
            relay.api.add_toxic(PROXY, "slicer", average_size=1000,
                                size_variation=100, delay=0)
            relay.api.add_toxic(PROXY, "latency", latency=ms)
            relay.api.add_toxic(PROXY, "limit_data", bytes=10 ** 15)
        result, cpu = rig.measure(
            relay, "delay", "-direction", "down", "-rate", rate,
            "-size", 64, "-connections", CROWD, "-nominal-ms", ms,
            warmup=rig.warmup + ms / 1000)
    return result | cpu.each(result["total_messages"])


def gigabit_second(rig, peer):
    """A sender at 1 Gbit/s, a second away."""
    with rig.relay(peer, flags=ROOMY.get(peer, ())) as relay:
        relay.api.add_toxic(PROXY, "bandwidth", rate=GIGABIT)
        relay.api.add_toxic(PROXY, "latency", latency=1000)
        return rig.load(relay, "bulk", "-streams", 1, "-direction", "down",
                         seconds=rig.seconds + 1, warmup=2.5)


LATE = tuple(Figure(f"p{key}_ms", f"{head} ms late", 3)
             for key, head in (("99", "p99"), ("50", "p50"), ("90", "p90"),
                               ("999", "p99.9")))
RATE = (Figure("error_percent", "error %", 2),
        Figure("kb_s", "KB/s", 1, more=True),
        Figure("max_10ms_ratio", "most in 10 ms", 2),
        Figure("max_10ms_bytes", "bytes", 0),
        Figure("max_100ms_ratio", "in 100 ms", 2),
        Figure("largest_gap_ms", "longest gap ms"),
        Figure("first_byte_ms", "first byte ms"))
GBIT = Figure("gbit_s", "Gbit/s", 2, more=True)

ROWS = (
    *(Row(f"latency{ms}", f"latency {ms} ms, {MESSAGES_PER_S:,} messages/s:"
          " how late", GROUP, LATE, functools.partial(latency, ms=ms),
          peers=("direct", *TOXICS), family="latency", share=0.6,
          cost=(0.6 + 2 * ms / 1000, 1))
      for ms in (100, 1000)),
    *(Row(name, f"{CROWD:,} sessions with three toxics, 100 messages/s {of}:"
          " how late", GROUP, (*LATE, *rows_traffic.CPU_EACH),
          functools.partial(crowd, rate=rate), peers=("direct", *TOXICS),
          family="crowd", share=0.6, cost=(1, 1))
      for name, of, rate in (("toxics1000", "each", 100 * CROWD),
                             ("toxics1000-slow", "in all", 100))),
    *(Row(f"bandwidth{rate}", f"bandwidth {rate:,} KB/s: how exact", GROUP,
          RATE, functools.partial(bandwidth, rate=rate), peers=TOXICS,
          family="bandwidth", share=0.4, cost=(5.5, 0))
      for rate in RATES),
    Row("latency0-bulk", "latency 0 ms, one stream", GROUP,
        (GBIT, Figure("passed", "without", 2, more=True),
         Figure("share", "share of that", 2, more=True)),
        latency0_bulk, peers=TOXICS, share=0.6, cost=(0.6, 3)),
    *(Row(f"{toxic}-nothing{streams}",
          f"{toxic} that does nothing, {rows_traffic.STREAMS[streams]}",
          GROUP, rows_traffic.BULK,
          functools.partial(nothing_bulk, toxic=toxic, streams=streams),
          peers=("direct", *TOXICS), family="nothing", share=0.6,
          aside=streams != 1)
      for streams in rows_traffic.STREAMS for toxic in DO_NOTHING),
    *(Row(f"{toxic}-nothing1",
          f"{toxic} that does nothing, {rows_traffic.STREAMS[1]}",
          GROUP, rows_traffic.BULK,
          functools.partial(nothing_bulk, toxic=toxic, streams=1),
          peers=("direct", "toxid"), family="nothing", share=0.6, aside=True,
          programs=toxic == "tcp_loss")
      for toxic in OWN_DO_NOTHING),
    Row("latency1000-1gbit", "latency 1000 ms, a sender at 1 Gbit/s", GROUP,
        (GBIT,), gigabit_second, peers=TOXICS, share=0.4, cost=(4, 1)),
)
