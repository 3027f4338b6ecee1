# SPDX-License-Identifier: ISC
"""The normal build, copied to where everybody may run it, and the injector."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "lib"))

from rig import Toxid  # noqa: E402

PROGRAMS = ("toxid", "apid", "relayd", "diald", "stored")
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


@pytest.fixture(scope="session")
def programs():
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    built = pathlib.Path(os.environ.get("TOXID", "build/toxid")).parent
    for name in PROGRAMS:
        shutil.copy(built / name, folder / name)
        (folder / name).chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def injector(tmp_path_factory):
    program = tmp_path_factory.mktemp("injector") / "inject"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-o", program,
                    HERE / "inject.c"], check=True)
    return program


@pytest.fixture(params=["root", "user"])
def start(request, programs, monkeypatch):
    """start(*flags): a daemon with all its children, as root and as an
    ordinary user."""
    if os.getuid() != 0:
        pytest.skip("needs root: to be root, and to trace")
    monkeypatch.setenv("TOXID", str(programs / "toxid"))
    started = []
    state = tempfile.mkdtemp()
    if request.param == "user":
        os.chown(state, NOBODY["user"], NOBODY["group"])

    def start(*flags):
        t = Toxid("-state", state, *flags, **(NOBODY if request.param == "user" else {}))
        started.append(t)
        return t

    start.is_root = request.param == "root"
    yield start
    for t in started:
        t.__exit__()
    shutil.rmtree(state)
