# SPDX-License-Identifier: ISC
"""The normal build, and one as for an older kernel, copied to where everybody
may run them; and the injector."""

import fcntl
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "lib"))

from again import pytest_sessionfinish  # noqa: E402, F401
from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from rig import Toxid  # noqa: E402

PROGRAMS = ("toxid", "supervisor", "ctld", "apid", "relayd", "diald", "resolvd", "stored")
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
CANNOT = 77  # of inject.c
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


def injected(injector, *words):
    r = subprocess.run([injector, *map(str, words)],
                       capture_output=True, text=True, timeout=30)
    assert r.returncode == 0, r.stderr
    verb, value = r.stdout.rsplit(maxsplit=1)
    return verb, int(value)


@pytest.fixture(scope="session")
def inject(injector):
    """inject(pid, number, argument ...): that process does it.  ("returned",
    what) or ("killed by", signal)"""
    return functools.partial(injected, injector)


@pytest.fixture(scope="session")
def inject_in_copy(injector):
    """... a copy of that process does it, and the process goes on.  None: none
    can be made here, see inject.c."""
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        tried = subprocess.run([injector, "-c", str(sleeping.pid), "39"],
                               capture_output=True, text=True, timeout=30)
        sleeping.kill()
    if tried.returncode == CANNOT:
        return None
    assert tried.returncode == 0, tried.stderr
    return functools.partial(injected, injector, "-c")


# As root, as an ordinary user, and as a user on an older kernel
WHO = ("root", "user", "old")


class Starter:
    """start(*flags): a daemon with all its children, as one of these"""

    def __init__(self, who, request):
        if os.getuid() != 0:
            pytest.skip("needs root: to be root, and to trace")
        self.is_root, self.started = who == "root", []
        self.programs = request.getfixturevalue(
            "old_programs" if who == "old" else "programs")
        self.state = tempfile.mkdtemp()
        if not self.is_root:
            os.chown(self.state, NOBODY["user"], NOBODY["group"])

    def __call__(self, *flags):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TOXID", str(self.programs / "toxid"))
            self.started.append(Toxid("-state", self.state, *flags, **(
                {} if self.is_root else NOBODY)))
        return self.started[-1]

    def end(self):
        for t in self.started:
            t.__exit__()
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.state)


@pytest.fixture(params=WHO)
def start(request):
    with Starter(request.param, request) as starter:
        yield starter


@pytest.fixture(scope="module", params=WHO)
def start_once(request):
    """start() for all tests of a module"""
    with Starter(request.param, request) as starter:
        yield starter
