# SPDX-License-Identifier: ISC
"""strace at work on a process of toxid: to see its calls, or to delay them."""

import pathlib
import shutil
import subprocess

import pytest
from rig import wait_until


def is_traced(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return "TracerPid:\t0" not in status


def strace(pid, *options):
    """It traces when this returns; what it says is at its stderr.  The test is
    skipped where it may not: the processes are locked up, and show themselves
    to root alone."""
    if shutil.which("strace") is None:
        pytest.skip("there is no strace here")
    trace = subprocess.Popen(["strace", "-qq", *options, "-p", str(pid)],
                             stderr=subprocess.PIPE)
    assert wait_until(
        lambda: trace.poll() is not None or is_traced(pid)), options
    if trace.poll() is None:
        return trace
    why = trace.stderr.read().decode()
    assert "Operation not permitted" in why, why
    pytest.skip("only root may trace a process that is locked up")
