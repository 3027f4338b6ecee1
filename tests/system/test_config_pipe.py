# SPDX-License-Identifier: ISC
"""A configuration file that is a pipe, or begins late: nobody waits for it but
who reads it."""

import fcntl
import json
import os
import signal
import struct
import subprocess
import termios
import threading
import time

import pytest
import rig
from rig import Toxid, wait_until
from stalls import used

PROXIES = [{"name": "p", "listen": "127.0.0.1:0", "upstream": "x:1"}]


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "config"
    os.mkfifo(path)
    return str(path)


def unread(fd):
    """Bytes of a pipe"""
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]


def close_when_read(fd):
    """What nobody has read ends with who has written it."""
    assert wait_until(lambda: unread(fd) == 0)
    os.close(fd)


def names(t):
    return set(t.request("GET", "/proxies").json())


def test_a_pipe_that_nobody_writes_to(pipe):
    with Toxid("-config", pipe) as t:
        assert names(t) == set()
        assert wait_until(lambda: any(
            line.get("error") == f"{pipe}: EOF" for line in t.log()))
        assert t.stop() == 0


def test_a_pipe_with_a_writer(pipe):
    """as the shell's <(...) is"""
    held = os.open(pipe, os.O_RDWR)

    def write():
        time.sleep(0.3)
        os.write(held, json.dumps(PROXIES).encode())
        close_when_read(held)

    writer = threading.Thread(target=write)
    writer.start()
    with Toxid("-config", pipe) as t:
        writer.join()
        assert wait_until(lambda: names(t) == {"p"})
        assert t.stop() == 0


def test_a_pipe_whose_writer_says_nothing(pipe):
    """apid waits for it, and for nobody else does ctld"""
    held = os.open(pipe, os.O_RDWR)
    with Toxid("-config", pipe, wait=False) as t:
        assert wait_until(lambda: t.children().get("apid"))
        began = time.monotonic()
        assert t.stop() == 0
        assert used(time.monotonic() - began) < 20 * rig.SLOW
    os.close(held)


def test_blanks_before_it_cost_no_time(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(" " * (20 << 20) + json.dumps({"proxies": PROXIES}))
    began = time.monotonic()
    with Toxid("-config", str(path)) as t:
        assert names(t) == {"p"}
        assert used(time.monotonic() - began) < 20 * rig.SLOW


@pytest.mark.normal_build  # valgrind hides titles
@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM])
def test_a_check_of_a_pipe_can_be_ended(pipe, what):
    held = os.open(pipe, os.O_RDWR)
    process = subprocess.Popen(
        [os.environ.get("TOXID", rig.TOXID), "-check", pipe],
        stderr=subprocess.PIPE, text=True)
    assert wait_until(lambda: any(
        rig.parent_of(pid) == process.pid
        and rig.title_of(pid) == "toxid: apid [config]"
        for pid in os.listdir("/proc") if pid.isdigit()))
    process.send_signal(what)
    assert process.communicate(timeout=rig.PATIENCE)[1] == (
        f"{pipe}: told to end before it was read\n")
    assert process.returncode == 1
    os.close(held)
