# SPDX-License-Identifier: ISC
"""The tests of the client library: marks."""


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "valgrind: takes long, is part of make check-valgrind")
