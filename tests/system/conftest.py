# SPDX-License-Identifier: ISC
"""What the whole-program tests share."""

import pathlib
import resource
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

from rig import Toxid  # noqa: E402


def pytest_configure(config):
    # Many tests are both ends of many sessions.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    config.addinivalue_line("markers", "slow: takes long, or a calm machine")
    config.addinivalue_line(
        "markers", "normal_build: not for sanitizers and valgrind")


@pytest.fixture
def toxid():
    """A daemon of the test's own."""
    with Toxid("-proxy-metrics", "-runtime-metrics") as t:
        yield t


@pytest.fixture(scope="module")
def shared():
    """One daemon for a module: each test names its proxies differently."""
    with Toxid("-proxy-metrics", "-runtime-metrics") as t:
        yield t
