# SPDX-License-Identifier: ISC
"""A machine that has other things to do: nobody is killed for being slow."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest
from rig import PATIENCE, Toxid, worked
from test_http import KEYS
from test_takeover import is_followed
from tracing import strace

pytestmark = pytest.mark.normal_build


@pytest.fixture
def starve():
    """starve(pid): somebody wants its processor, and gets ten times as much."""
    others = []

    def starve(pid):
        processor = {min(os.sched_getaffinity(0))}
        others.append(subprocess.Popen(
            [sys.executable, "-c", "while True: pass"]))
        for each in (pid, others[0].pid):
            os.sched_setaffinity(each, processor)
        os.setpriority(os.PRIO_PROCESS, pid, 10)

    yield starve
    for other in others:
        other.kill()
        other.wait()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="moves another's process")
def test_an_apid_with_much_to_do_lives(starve):
    """Of each body it has for a tenth of a second to read; some may come too
    late for it by then."""
    replies = []

    def ask():
        with contextlib.suppress(OSError):
            replies.append(t.request(
                "POST", "/populate", KEYS, timeout=4 * PATIENCE).status)

    with Toxid() as t:
        apid = t.child("apid")
        starve(apid)
        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert t.child("apid") == apid
    assert 400 in replies


@pytest.mark.slow
def test_an_apid_that_has_worked_lives_over_the_death_of_ctld():
    """The next one asks whether it is there.  It gets no processor to say so
    for some seconds: what it has used in its life is not held against it."""
    with Toxid() as t:
        apid = t.child("apid")
        while worked(apid) < 1.5:
            t.request("POST", "/populate", KEYS)
        trace = strace(apid, "-e", "trace=recvmsg", "-e",
                       "inject=recvmsg:delay_enter=8000000:when=1")
        ctld = t.ctld
        os.kill(ctld, signal.SIGKILL)
        is_followed(t, ctld)
        assert t.request("GET", "/version").status == 200
        t.proxy("p", "127.0.0.1:9")  # by the channel that it has read by now
        trace.kill()
        trace.communicate()
        assert t.child("apid") == apid
