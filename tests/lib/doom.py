# SPDX-License-Identifier: ISC
"""Of a ctld, that it dies at a system call of its own: at each, one by one."""

import platform
import subprocess
import sys

import ptracing
import pytest
from rig import PATIENCE


class Doom:
    """A ctld that is to die; with `with`, until the end of which it may live.
    t: a toxid.  The test is skipped where it may not be traced."""

    def __init__(self, t, n, what="call", when="before", starts=False):
        if ptracing.SENDMSG is None or \
                (when == "fault" and platform.machine() != "x86_64"):
            pytest.skip("the numbers of this machine's calls are not known")
        self.process = subprocess.Popen(
            [sys.executable, ptracing.__file__, str(t.pid),
             "0" if starts else str(t.ctld), str(n), what, when],
            stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().strip()
        if said == "forbidden":
            pytest.skip("only root may trace a process that is locked up")
        assert said == "ready"
        self.said = None

    def has_struck(self):
        """what is known when it has come to its end"""
        return self.said == "killed"

    def wait(self):
        assert self.process.wait(PATIENCE) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.said = self.process.stdout.read().strip()
        self.process.wait()
        self.process.stdout.close()
