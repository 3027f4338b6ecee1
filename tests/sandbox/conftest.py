# SPDX-License-Identifier: ISC
"""The normal build, and one as for an older kernel, copied to where everybody
may run them; and the injector."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "lib"))

from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from rig import Toxid  # noqa: E402

PROGRAMS = ("toxid", "supervisor", "ctld", "apid", "relayd", "diald", "resolvd", "stored")
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
# What Linux 6.1 has: no rule for ports, none for sockets and signals.
OLD = "-DLANDLOCK_ABI_MAX=2"


def copied(built):
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for name in PROGRAMS:
        shutil.copy(built / name, folder / name)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def programs():
    built = pathlib.Path(os.environ.get("TOXID", "build/toxid")).parent
    folder = copied(built)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def old_programs(tmp_path_factory):
    """Built by the first of those who want it, while the others wait."""
    built = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        built = built.parent
    with open(built / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(
            ["make", "-j2", f"B={built}/old", f"DEFINES={OLD}", "CFLAGS=-O1",
             *(f"{built}/old/{name}" for name in PROGRAMS)],
            check=True, stdout=subprocess.DEVNULL, cwd=HERE.parent.parent)
        folder = copied(built / "old")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def injector(tmp_path_factory):
    program = tmp_path_factory.mktemp("injector") / "inject"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-o", program,
                    HERE / "inject.c"], check=True)
    return program


@pytest.fixture
def inject(injector):
    """inject(pid, number, argument ...): that process does it.  ("returned",
    what) or ("killed by", signal)"""
    def inject(pid, number, *args):
        r = subprocess.run([injector, str(pid), str(number), *map(str, args)],
                           capture_output=True, text=True, timeout=30)
        assert r.returncode == 0, r.stderr
        verb, value = r.stdout.rsplit(maxsplit=1)
        return verb, int(value)

    return inject


@pytest.fixture(params=["root", "user", "old"])
def start(request, monkeypatch):
    """start(*flags): a daemon with all its children, as root and as an
    ordinary user, and as a user on an older kernel."""
    if os.getuid() != 0:
        pytest.skip("needs root: to be root, and to trace")
    programs = request.getfixturevalue(
        "old_programs" if request.param == "old" else "programs")
    monkeypatch.setenv("TOXID", str(programs / "toxid"))
    started = []
    state = tempfile.mkdtemp()
    if request.param != "root":
        os.chown(state, NOBODY["user"], NOBODY["group"])

    def start(*flags):
        t = Toxid("-state", state, *flags,
                  **({} if request.param == "root" else NOBODY))
        started.append(t)
        return t

    start.is_root = request.param == "root"
    yield start
    for t in started:
        t.__exit__()
    shutil.rmtree(state)
