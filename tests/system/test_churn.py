# SPDX-License-Identifier: ISC
"""Who has workers started for nothing, again and again, waits for new ones;
nobody else does."""

import math
import socket
import time

from lab import Lab
from peers import Echo
from rig import address_of, wait_until

AT_ONCE, A_SECOND = 128, 32  # ctld/churn.c's
SPARES = 4
TURNS = 500


def serves(proxy):
    with socket.create_connection(address_of(proxy["listen"]), 30) as s:
        s.sendall(b"hello")
        return s.recv(5, socket.MSG_WAITALL) == b"hello"


def started(lab):
    lab.read_to_here()
    return sum(line.get("child") == "relayd" for line in lab.log()
               if line["message"] == "Child ready")


def test_who_has_workers_end_waits_for_others(tmp_path):
    with Echo() as echo, Lab(tmp_path) as lab:
        upstream = f"127.0.0.1:{echo.port}"
        mine = lab.make("a", "mine", upstream)
        assert serves(mine)
        began = time.monotonic()
        for i in range(TURNS):
            for enabled in False, True:
                assert lab.ask("a", "PATCH", "/proxies/mine", {
                    "enabled": enabled}).status == 200
            if i % 100 == 99:
                assert serves(lab.make("b", f"other{i}", upstream))
        assert serves(mine)  # which waits, a second at most, and serves
        seconds = math.ceil(time.monotonic() - began)
        others = TURNS // 100
        assert started(lab) <= \
            1 + AT_ONCE + A_SECOND * seconds + others + SPARES
        assert lab.stop() == 0


def test_many_at_once_wait_for_nothing(tmp_path):
    """... of those that stay"""
    n = 2 * AT_ONCE
    with Echo() as echo, Lab(tmp_path) as lab:
        made = [lab.make("a", f"p{i}", f"127.0.0.1:{echo.port}")
                for i in range(n)]
        assert all(serves(proxy) for proxy in made)
        assert wait_until(lambda: started(lab) >= n)
