# SPDX-License-Identifier: ISC
"""What a network does to two proxies, by toxics that one has made by hand:
under the first whole streams go on, through the second nothing comes."""

import socket

import frame
import losses
import rig

LOSSY, CABLE = "lossy", "cable"
LOST = 0.02       # of the segments, each way
SESSIONS = 6      # of which a half never ends
NOTHING_IN = 0.3  # s
STREAMS = ("upstream", "downstream")


def lacks(t):
    """Why no segment can be lost here, or None"""
    can = t.request("GET", "/health").json()["capabilities"]["tcp_loss"]
    return None if can["available"] else can["lacks"]


class Weather:
    """Both proxies, of which this toxid has acknowledged all toxics"""

    def __init__(self, t, echo):
        self.upstream, = frame.upstreams(1)
        t.proxy(LOSSY, self.upstream)
        t.proxy(CABLE, echo.address)
        for stream in STREAMS:
            t.toxic(LOSSY, "tcp_loss", stream=stream, loss=LOST)
            t.toxic(CABLE, "unplug", stream=stream)

    def load(self, options, t):
        listen = t.request("GET", f"/proxies/{LOSSY}").json()["listen"]
        return frame.Verified(
            options, [listen], [self.upstream], bytes=64 * 1024, pause=10,
            chunk=8192, parallel=SESSIONS, endless=SESSIONS // 2)

    def faults(self, t):
        found = t.request("GET", "/proxies").json()
        kinds = {name: sorted(x["type"] for x in found[name]["toxics"])
                 for name in (LOSSY, CABLE)}
        faults = [f"toxics: {kinds}"] * (kinds != {
            LOSSY: ["tcp_loss"] * 2, CABLE: ["unplug"] * 2})
        return faults + unplugged(found[CABLE]["listen"]) + losing(t)


def unplugged(listen):
    """It is not, for a client that comes now"""
    with socket.create_connection(rig.address_of(listen)) as sock:
        sock.settimeout(NOTHING_IN)
        sock.sendall(b"x")
        try:
            return [f"through no cable came {sock.recv(1)}"]
        except TimeoutError:
            return []


def losing(t):
    """It is not, under a load"""
    def lost():
        return {stream: n for stream, (_, n) in losses.counted(t.pid).items()}

    before = lost()
    more = rig.wait_until(lambda: all(
        n > before[stream] for stream, n in lost().items()))
    return [f"lost are {before}, and then {lost()}"] * (not more)


def judge(verdict, when, load, victim):
    """What the death of a worker explains is that its sessions are cut."""
    total = load.stop()
    for event in load.events[:20]:
        verdict.expect(
            victim == f"relayd [{LOSSY}" and event["event"] == "cut" and
            "refused" not in event["why"], f"{when}: {event}")
    verdict.expect(total["wrong"] == 0, f"{when}: {total}")
    return total["bytes_up"] + total["bytes_down"]
