# SPDX-License-Identifier: ISC
"""TOXID_AGAIN=1, in .ci/run: what fails beside five other tests is asked again,
alone.  Who passes three times of three is named as unsteady, and refuses no
change that has nothing to do with it; more than two of a run are no chance."""

import os
import subprocess
import sys

import pytest

MOST = 2
TIMES = 3


def passes(config, name):
    """Three times, with nothing beside it"""
    env = {k: v for k, v in os.environ.items() if k != "TOXID_AGAIN"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
               str(config.rootpath / name)]
    return all(subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, check=False,
                              timeout=900).returncode == 0
               for _ in range(TIMES))


def failures(config):
    """Names of those that failed, or whose fixtures did"""
    stats = config.pluginmanager.get_plugin("terminalreporter").stats
    return sorted({report.nodeid for kind in ("failed", "error")
                   for report in stats.get(kind, ())})


@pytest.hookimpl(trylast=True)  # when those who ran them have ended
def pytest_sessionfinish(session):
    config = session.config
    if os.environ.get("TOXID_AGAIN") != "1" or hasattr(config, "workerinput"):
        return
    failed = failures(config)
    if session.exitstatus != pytest.ExitCode.TESTS_FAILED or len(failed) > MOST:
        return
    if all(passes(config, name) for name in failed):
        session.exitstatus = pytest.ExitCode.OK
        for name in failed:
            print(f"\nUNSTEADY {name}: failed, then passed {TIMES} times alone")
