# SPDX-License-Identifier: ISC
"""A test that fails shows what each daemon said last: what happens once in a
thousand runs has to be understood from that."""

import pytest

import rig

LINES = 40


def pytest_runtest_setup():
    """Those that are a module's live on."""
    rig.started[:] = [t for t in rig.started if t.process.poll() is None]


def last_words(toxid):
    said = list(toxid.lines)
    left_out = [b"...\n"] if len(said) > LINES else []
    return b"".join(left_out + said[-LINES:]).decode(errors="replace")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    report = (yield).get_result()
    for toxid in rig.started if report.failed else ():
        report.sections.append(
            (f"toxid {toxid.pid} said last", last_words(toxid)))
