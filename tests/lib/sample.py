# SPDX-License-Identifier: ISC
"""TOXID_EVERY=3: of the tests that were asked for each third, for a run that is
bounded.  Those that have many cases keep some of each."""

import os

import pytest


@pytest.hookimpl(trylast=True)  # of what -m and -k have left
def pytest_collection_modifyitems(config, items):
    every = int(os.environ.get("TOXID_EVERY", "1"))
    chosen = items[::every]
    if len(chosen) < len(items):
        kept = set(map(id, chosen))
        config.hook.pytest_deselected(
            items=[item for item in items if id(item) not in kept])
        items[:] = chosen
