# SPDX-License-Identifier: ISC
"""Sessions are called ASSIGNMENT.NUMBER, and none is called so again; nor does
one draw what another has drawn, whichever process is killed in between."""

import os
import signal

from peers import Echo
from rig import Toxid, wait_until

DEBUG = {"LOG_LEVEL": "debug"}


def sessions(t):
    """Each session that the log knows, and what was drawn for it."""
    t.read_to_here()
    return [(line["session"], line["toxics"]) for line in t.log()
            if line.get("message") == "Setup connection"]


def drawn(t, n):
    """The draws of n sessions more, one after another."""
    before = len(sessions(t))
    for _ in range(n):
        with t.connect("p") as c:
            c.sendall(b"x")
            assert c.recv(1) == b"x"
    assert wait_until(lambda: len(sessions(t)) == before + n)
    return [toxics for _, toxics in sessions(t)[before:]]


def proxy(t, echo):
    t.proxy("p", upstream=f"127.0.0.1:{echo.port}")
    for i in range(32):  # bits of a number that is each session's own
        t.toxic("p", "noop", toxicity=0.5, toxic_name=f"t{i}")


def kill_worker(t):
    victim = t.worker("p")
    os.kill(victim, signal.SIGKILL)
    assert wait_until(lambda: t.worker("p") != victim)


def test_no_session_comes_again_when_its_worker_is_killed():
    with Toxid("-seed", "7", env=DEBUG) as t, Echo() as echo:
        proxy(t, echo)
        draws = []
        for _ in range(4):
            draws += drawn(t, 5)  # which ctld has not heard of, mostly
            kill_worker(t)
        names = [name for name, _ in sessions(t)]
        assert len(set(names)) == len(set(draws)) == 20
        assert len({name.split(".")[0] for name in names}) == 4


def test_no_session_comes_again_when_ctld_is_killed():
    with Toxid("-seed", "7", env=DEBUG) as t, Echo() as echo:
        proxy(t, echo)
        draws = drawn(t, 5)
        for _ in range(3):
            victim = t.ctld
            os.kill(victim, signal.SIGKILL)
            assert wait_until(lambda: t.ctld != victim)
            draws += drawn(t, 3)  # of the same worker
            kill_worker(t)
            draws += drawn(t, 3)
        assert len(set(draws)) == len(draws)
        names = [name for name, _ in sessions(t)]
        assert len(set(names)) == len(names)
        assert len({name.split(".")[0] for name in names}) == 4


def test_a_proxy_that_is_made_again_draws_as_before():
    with Toxid("-seed", "7", env=DEBUG) as t, Echo() as echo:
        proxy(t, echo)
        first = drawn(t, 5)
        t.request("DELETE", "/proxies/p")
        proxy(t, echo)
        assert drawn(t, 5) == first
        names = [name for name, _ in sessions(t)]
        assert len(set(names)) == len(names)


def test_no_session_comes_again_after_an_upgrade():
    with Toxid("-seed", "7", env=DEBUG) as t, Echo() as echo:
        proxy(t, echo)
        draws = drawn(t, 3)
        before = t.child("apid")
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: t.child("apid") != before)
        t.wait_until_up()
        draws += drawn(t, 3)
        kill_worker(t)
        draws += drawn(t, 3)
        names = [name for name, _ in sessions(t)]
        assert len(set(names)) == len(set(draws)) == 9
