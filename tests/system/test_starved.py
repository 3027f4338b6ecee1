# SPDX-License-Identifier: ISC
"""A machine that has other things to do: nobody is killed for being slow."""

import contextlib
import os
import subprocess
import sys
import threading

import pytest
from rig import PATIENCE, Toxid
from test_http import KEYS

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
