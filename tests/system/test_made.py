# SPDX-License-Identifier: ISC
"""What is done before a new proxy is answered, and what after it."""

import signal
import time

import pytest
from peers import Echo
from rig import PATIENCE, Toxid
from stalls import used
from test_upgrade import talk
from tracing import strace

pytestmark = pytest.mark.normal_build

LATE = 3  # s


def ask_for(t, how, upstream):
    """the reply; the proxy is one that has no worker until then"""
    if how == "create":
        return t.request("POST", "/proxies", {
            "name": "new", "listen": "127.0.0.1:0", "upstream": upstream})
    if how == "enable":
        return t.request("POST", "/proxies/off", {"enabled": True})
    return t.request("POST", "/reset")


@pytest.mark.parametrize("how", ["create", "enable", "reset"])
def test_it_is_there_before_its_worker(how):
    """... where there is no spare one, and toxid is slow to fork it: clients
    wait for that, and not who has asked for the proxy."""
    with Toxid("-spares", "0") as t, Echo() as echo:
        t.proxy("off", echo.address, enabled=False)
        trace = strace(t.pid, "-o", "/dev/null", "-e", "trace=clone,clone3",
                       "-e", f"inject=clone,clone3:delay_enter={LATE}s")
        start = time.monotonic()
        reply = ask_for(t, how, echo.address)
        took = used(time.monotonic() - start)
        trace.kill()
        trace.wait(PATIENCE)
        assert reply.status < 300 and took < LATE, reply
        with t.connect("new" if how == "create" else "off") as client:
            talk(client)


def test_nobody_looks_for_the_dead_where_none_has_died(tmp_path):
    """That costs the more, the more workers there are."""
    calls = tmp_path / "calls"
    with Toxid() as t:
        trace = strace(t.pid, "-o", str(calls), "-e", "trace=wait4,bind")
        for i in range(10):
            t.proxy(f"p{i}", "127.0.0.1:1")
        trace.send_signal(signal.SIGINT)
        trace.wait(PATIENCE)
        made = calls.read_text()
        assert made.count("bind(") == 20 and "wait4(" not in made
