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

BUSY = 9


@pytest.fixture
def crowd_of():
    """crowd_of(pid): its processor is wanted by others, too."""
    crowd = []

    def crowd_of(pid):
        processor = min(os.sched_getaffinity(0))
        os.sched_setaffinity(pid, {processor})
        for _ in range(BUSY):
            crowd.append(subprocess.Popen(
                [sys.executable, "-c", "while True: pass"]))
            os.sched_setaffinity(crowd[-1].pid, {processor})

    yield crowd_of
    for one in crowd:
        one.kill()
        one.wait()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="moves another's process")
def test_an_apid_with_much_to_do_lives(crowd_of):
    """Of each body it has for a tenth of a second to read; some may come too
    late for it by then."""
    replies = []

    def ask():
        with contextlib.suppress(OSError):
            replies.append(t.request(
                "POST", "/populate", KEYS, timeout=4 * PATIENCE).status)

    with Toxid() as t:
        apid = t.child("apid")
        crowd_of(apid)
        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert t.child("apid") == apid
    assert 400 in replies
