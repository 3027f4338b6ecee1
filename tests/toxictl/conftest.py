# SPDX-License-Identifier: ISC
"""What the tests of toxictl share: it, and a server of each test's own."""

import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

from again import pytest_sessionfinish  # noqa: E402, F401
from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from peers import Echo  # noqa: E402
from rig import SLOW, Toxid  # noqa: E402

# A job in the background has it ignored, and so would all that we start.
signal.signal(signal.SIGINT, signal.default_int_handler)

TOXICTL = os.path.abspath(os.environ.get("TOXICTL", "build/toxictl"))
PATIENCE = 60 * SLOW

# What the table of toxics offers, in its order.
TYPES = [toxic["name"] for toxic in json.loads(
    pathlib.Path("build/toxics.json").read_text())
    if toxic["whose"] != "debug"]


def environment(url, **more):
    clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    return {**clean, "TOXIPROXY_URL": url, "TERM": "xterm", "LINES": "24",
            "COLUMNS": "100", **more}


class Terminal:
    """toxictl on a pseudo-terminal: its keys, and what it shows."""

    def __init__(self, url, *args, **env):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(TOXICTL, [TOXICTL, *args], environment(url, **env))

    def _read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # it has closed its side
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, pattern):
        """What is shown from now on has it; it is forgotten then."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.shown):
            assert time.monotonic() < end, (pattern, self.shown)
            assert self._read(0.1), (pattern, self.shown)
        shown, self.shown = self.shown, ""
        return shown

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """The exit code, when it has ended by itself."""
        end = time.monotonic() + PATIENCE
        while self._read(0.1):
            assert time.monotonic() < end, self.shown
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Toxictl:
    """toxictl on pipes; called, it has to succeed, and says what it printed."""

    def __init__(self, url):
        self.url = url

    def run(self, *args, **more):
        env = environment(self.url, **more.pop("env", {}))
        return subprocess.run(
            [more.pop("program", TOXICTL), *args], env=env, text=True,
            stdin=more.pop("stdin", subprocess.DEVNULL) if "input" not in more
            else None, capture_output=True, timeout=PATIENCE, **more)

    def start(self, *args, **popen):
        env = environment(self.url, **popen.pop("env", {}))
        return subprocess.Popen([TOXICTL, *args], env=env, text=True, **popen)

    def __call__(self, *args, **more):
        r = self.run(*args, **more)
        assert (r.returncode, r.stderr) == (0, ""), r
        return r.stdout

    def on_terminal(self, *args, **env):
        """What is shown, and the exit code."""
        t = Terminal(self.url, *args, **env)
        code = t.end()
        return t.shown.replace("\r\n", "\n"), code

    def terminal(self, *args, **env):
        return Terminal(self.url, *args, **env)


@pytest.fixture
def toxid():
    with Toxid("-proxy-metrics") as t:
        yield t


@pytest.fixture
def ctl(toxid):
    return Toxictl(f"http://127.0.0.1:{toxid.port}")


@pytest.fixture
def echo():
    with Echo() as e:
        yield e


@pytest.fixture
def web(toxid, echo):
    """A proxy named web, in front of an echo."""
    return toxid.proxy("web", f"127.0.0.1:{echo.port}")
