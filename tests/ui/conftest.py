# SPDX-License-Identifier: ISC
"""What the tests of the dashboard share; tests/ui/run.sh says with what."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "lib"))

from again import pytest_sessionfinish  # noqa: E402, F401
from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from peers import Echo  # noqa: E402
from rig import Toxid  # noqa: E402
from sample import pytest_collection_modifyitems  # noqa: E402, F401

from chromium import Visits, launch, sync_playwright  # noqa: E402


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """visit(toxid, "#/..."): a page, of which nothing is wrong at the end."""
    visits = Visits(browser)
    yield visits
    faults = visits.faults()
    visits.close()
    assert faults == []


@pytest.fixture
def toxid():
    """A daemon of the test's own."""
    with Toxid() as t:
        yield t


@pytest.fixture
def echo():
    with Echo() as server:
        yield server
