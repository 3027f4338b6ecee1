# SPDX-License-Identifier: ISC
"""Leases, and a clock of the wall that somebody sets: in one life of toxid it
does not matter; over a restart it says what is still there."""

import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import pytest
import rig
from rig import SLOW, wait_until
from test_leases import (  # noqa: F401 (fixtures)
    add, ends, left, make, names, now, rows, start, toxics)
from test_takeover import is_followed
from test_upgrade import PROGRAMS, upgrade

pytestmark = pytest.mark.normal_build

HERE = pathlib.Path(__file__).parent
HOUR, DAY = 3600, 24 * 3600


class Wall:
    """The clock as ctld sees it: so many seconds from what it is"""

    def __init__(self, folder):
        self.file = folder / "wall"
        self.is_wrong_by(0)

    def is_wrong_by(self, seconds):
        with open(self.file, "r+b" if self.file.exists() else "wb") as f:
            f.write(struct.pack("=q", seconds * 10 ** 9))


def compiled(to, source, *args):
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror",
                    "-D_GNU_SOURCE", "-o", to, HERE / source, *args],
                   check=True)


@pytest.fixture(scope="module")
def programs():
    build = pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # each child is somebody else
        for program in PROGRAMS:
            shutil.copy(build / program, folder)
        (folder / "ctld").rename(folder / "ctld.honest")
        compiled(folder / "ctld", "preload.c")
        compiled(folder / "wall.so", "wall.c", "-shared", "-fPIC")
        yield folder


@pytest.fixture
def wall(programs, monkeypatch):
    monkeypatch.setenv("TOXID", str(programs / "toxid"))
    return Wall(programs)


def replace(t, title):
    old = t.child(title)
    os.kill(old, signal.SIGKILL)
    if title == "ctld":
        is_followed(t, old)
    assert wait_until(lambda: t.request("GET", "/version").status == 200)


@pytest.mark.parametrize("then", [
    lambda t: None, lambda t: replace(t, "ctld"),
    lambda t: replace(t, "stored"), upgrade],
    ids=["nothing", "ctld", "stored", "upgrade"])
@pytest.mark.parametrize("seconds", [DAY, -DAY])
def test_it_does_not_matter_in_a_life(start, wall, seconds, then):  # noqa: F811
    t = start()
    t.proxy("stays", "127.0.0.1:9")
    make(t, "long", HOUR * 1000)
    add(t, "stays", "long", HOUR * 1000)
    with ends(lambda: "p" in names(t), 4 * SLOW):
        make(t, "p", 4000 * SLOW)
        add(t, "stays", "x", 2000 * SLOW)
        wall.is_wrong_by(seconds)
        then(t)
        for path in ("/proxies/long", "/proxies/stays/toxics/long"):
            assert (HOUR - 60 * SLOW) * 1000 < left(t, path) <= HOUR * 1000
    assert names(t) == {"stays", "long"}
    assert toxics(t, "stays") == {"long"}
    with ends(lambda: "x" in toxics(t, "stays"), 0.3):
        add(t, "stays", "x", 300)


def test_it_is_what_counts_over_a_restart(start, wall, state):  # noqa: F811
    t = start()
    t.proxy("stays", "127.0.0.1:9")
    make(t, "hour", HOUR * 1000)
    make(t, "days", 2 * DAY * 1000)
    for name in ("hour", "days"):
        add(t, "stays", name, HOUR * 1000 if name == "hour" else
            2 * DAY * 1000)
    t.stop()
    wall.is_wrong_by(-DAY)  # all is there a day longer
    t = start()
    assert names(t) == {"stays", "hour", "days"}
    assert DAY * 1000 < left(t, "/proxies/hour") <= (DAY + HOUR) * 1000
    t.stop()
    wall.is_wrong_by(DAY)
    t = start()
    assert names(t) == {"stays", "days"}
    assert toxics(t, "stays") == {"days"}
    assert left(t, "/proxies/stays") is None
    assert 0 < left(t, "/proxies/days") <= DAY * 1000
    t.stop()
    assert rows(state, "toxics").keys() == {"days"}


def test_what_is_kept_is_by_the_clock_of_then(start, wall, state):  # noqa: F811
    """A lease that is given after it was set ends by it as it is."""
    t = start()
    wall.is_wrong_by(-DAY)
    began = now()
    make(t, "p", HOUR * 1000)
    t.stop()
    end = rows(state, "proxies")["p"] / 1000
    assert -60 * SLOW < end - (time.time() - DAY + HOUR) <= 1
    t = start()
    # the wall clock that is read may be a tick of the kernel's behind
    least = (HOUR - (now() - began)) * 1000 - 20
    assert least <= left(t, "/proxies/p") <= HOUR * 1000
