# SPDX-License-Identifier: ISC
"""Fixtures: a toxid of the test run's own, and what a test makes there.

    def test_a_slow_redis_is_given_up(toxid):
        proxy = toxid.create_proxy("redis", "localhost:6379")
        with toxid.toxics("redis", Latency(1000)):
            ...
"""

from __future__ import annotations

from typing import Any, Generator, Iterator

import pytest

from .client import Client
from .errors import NotStarted
from .server import Server
from .session import Session

started: list[Server] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("toxid")
    group.addoption(
        "--toxid", metavar="PROGRAM", default="toxid",
        help="the toxid that is started; by itself it is looked for in PATH")
    group.addoption(
        "--toxid-url", metavar="URL",
        help="a toxid that is there already, in place of one that is started")


@pytest.fixture(scope="session")
def toxid_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """A toxid of this test run's own, which ends with it."""
    server = Server(pytestconfig.getoption("--toxid"))
    try:
        server.start()
    except NotStarted as error:
        pytest.fail(f"{error} (--toxid PROGRAM)", pytrace=False)
    started.append(server)
    yield server
    started.remove(server)
    server.stop()


@pytest.fixture(scope="session")
def toxid_client(pytestconfig: pytest.Config,
                 request: pytest.FixtureRequest) -> Client:
    """A client of that, or of --toxid-url: what it makes stays until the end
    of toxid."""
    url = pytestconfig.getoption("--toxid-url")
    if url is not None:
        return Client(url)
    server: Server = request.getfixturevalue("toxid_server")
    return server.client()


@pytest.fixture
def toxid(toxid_client: Client) -> Iterator[Session]:
    """The same, but what is made through it goes at the end of the test."""
    with Session(toxid_client) as session:
        yield session


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    """A test that fails shows what toxid has said last."""
    report = (yield).get_result()
    for server in started if report.failed else ():
        report.sections.append(("toxid said last", server.last_words))
