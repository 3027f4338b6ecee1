# SPDX-License-Identifier: ISC
"""50,000 toxics with as much text as one may have: said to each process at
once, through queues that have a bound, and kept."""

import os
import pathlib
import signal
import time

import pytest
from rig import PATIENCE, Toxid, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.normal_build,
              pytest.mark.timeout(900)]

MAX, OF_ONE = 50000, 250
LONGEST = {"note": "n" * 100, "codes": [1 << 62] * 16, "hosts": ["h" * 20] * 8}


def proxy(n):
    return {"name": f"p{n}", "listen": "127.0.0.1:0", "upstream": "x:1",
            "enabled": n == 0, "toxics": [
                {"name": f"{i:03}" + "t" * 252, "type": "carry",
                 "attributes": LONGEST} for i in range(OF_ONE)]}


def all_are_there(t):
    r = t.request("GET", "/proxies", timeout=60)
    toxics = [toxic for p in r.json().values() for toxic in p["toxics"]]
    return len(toxics) == MAX and all(
        {name: toxic["attributes"][name] for name in LONGEST} == LONGEST
        for toxic in toxics)


def cpu_of(pid):
    """in ticks, its own and the kernel's for it"""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return sum(map(int, fields.split()[11:13]))


def is_idle(t, role):
    """... which stored is when it has been told everything."""
    pids = t.children().get(role, [])
    try:
        before = [cpu_of(pid) for pid in pids]
        time.sleep(2)
        return pids and before == [cpu_of(pid) for pid in pids]
    except FileNotFoundError:
        return False


def test_as_many_of_the_longest_as_there_may_be(tmp_path):
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        for n in range(MAX // OF_ONE):
            assert t.request("POST", "/proxies", proxy(n)).status == 201
        assert all_are_there(t)
        for role in "apid", "stored":
            old = t.child(role)
            os.kill(old, signal.SIGKILL)
            assert wait_until(lambda: t.children().get(role, [old]) != [old],
                              4 * PATIENCE)
            assert wait_until(lambda: is_idle(t, "apid"), 4 * PATIENCE)
        assert all_are_there(t)
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: any(
            line["message"] == "Upgraded" for line in t.log()),
            4 * PATIENCE)
        assert all_are_there(t)
        assert wait_until(lambda: is_idle(t, "stored"), 4 * PATIENCE)
        assert t.request("DELETE", "/proxies/p1").status == 204
        assert t.request("POST", "/proxies", proxy(1)).status == 201
        assert t.stop() == 0
    with Toxid(*args) as t:
        assert all_are_there(t)
