# SPDX-License-Identifier: ISC
"""What the whole-program tests share."""

import os
import pathlib
import resource
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

from again import pytest_sessionfinish  # noqa: E402, F401
import rig  # noqa: E402
from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from peers import Echo  # noqa: E402
from privline import Stage  # noqa: E402
from rig import Toxid  # noqa: E402
from sample import pytest_collection_modifyitems  # noqa: E402, F401


def pytest_configure(config):
    # Many tests are both ends of many sessions.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    config.addinivalue_line("markers", "slow: takes long, or a calm machine")
    config.addinivalue_line(
        "markers", "waits: most of its time, so that many can be at once")
    config.addinivalue_line(
        "markers", "alone: timed against what is quiet, beside nothing else")
    config.addinivalue_line(
        "markers", "normal_build: not for sanitizers and valgrind")


@pytest.fixture
def echo():
    with Echo() as server:
        yield server


@pytest.fixture
def state(tmp_path):
    """Where a toxid of the test's may keep its proxies; it is not there yet."""
    return tmp_path / "state"


@pytest.fixture
def toxid():
    """A daemon of the test's own."""
    with Toxid("-proxy-metrics", "-runtime-metrics") as t:
        yield t


@pytest.fixture
def stage(monkeypatch):
    """The programs in a folder, where a test plays ctld."""
    s = Stage()
    monkeypatch.setenv("TOXID", str(s.folder / "toxid"))
    yield s
    s.close()


@pytest.fixture(scope="module")
def shared():
    """One daemon for a module: each test names its proxies differently."""
    with Toxid("-proxy-metrics", "-runtime-metrics") as t:
        yield t


@pytest.fixture
def limited(tmp_path, monkeypatch):
    """A daemon of few descriptors."""
    program = tmp_path / "toxid"
    target = os.path.abspath(os.environ.get("TOXID", rig.TOXID))
    program.write_text(f'#!/bin/sh\nulimit -n 64\nexec {target} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("TOXID", str(program))
    with Toxid() as t:
        yield t
