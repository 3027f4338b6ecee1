# SPDX-License-Identifier: ISC
"""What the tests of the Python client share.  It is the one that is installed,
as scripts/check-python.sh does; where there is none, tests are only found."""

import asyncio
import contextlib
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "lib"))
try:
    import toxid  # noqa: F401
except ImportError:
    sys.path.append(str(HERE.parent.parent / "clients" / "python"))

from toxid import AsyncCalls, Client  # noqa: E402

from again import pytest_sessionfinish  # noqa: E402, F401
from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from peers import Echo  # noqa: E402
from rig import PATIENCE, Toxid  # noqa: E402


class Awaited:
    """AsyncCalls, each call awaited: to be used as Calls are."""

    def __init__(self, calls):
        self.calls = calls

    def __getattr__(self, name):
        return lambda *args, **more: self._do(
            getattr(self.calls, name)(*args, **more))

    def _do(self, made):
        if hasattr(made, "__aiter__"):
            return made
        if hasattr(made, "__aenter__"):
            return self._within(made)
        return asyncio.run(made)

    @contextlib.contextmanager
    def _within(self, manager):
        loop = asyncio.new_event_loop()
        try:
            with contextlib.ExitStack() as stack:
                value = loop.run_until_complete(manager.__aenter__())
                stack.callback(lambda: loop.run_until_complete(
                    manager.__aexit__(None, None, None)))
                yield value
        finally:
            loop.close()


WAYS = {"blocking": lambda calls: calls,
        "asyncio": lambda calls: Awaited(AsyncCalls(calls))}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.fixture(autouse=True)
def nothing_of_ours(monkeypatch, tmp_path):
    """Who runs the tests may have a server of his own."""
    for name in ("TOXIPROXY_URL", "TOXIPROXY_AUTH_TOKEN", "TOXICTL_TENANT",
                 "TOXICTL_CACERT", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def daemon():
    with Toxid("-proxy-metrics") as t:
        yield t


def client_of(t, url=None, **more):
    return Client(url or f"http://{t.host}:{t.port}", timeout=PATIENCE, **more)


@pytest.fixture
def client(daemon):
    made = client_of(daemon)
    yield made
    for name in made.list_proxies():
        made.delete_proxy(name)


@pytest.fixture
def calls(client, way):
    """Every call, both ways"""
    return way(client)


@pytest.fixture(scope="module")
def echo():
    with Echo() as server:
        yield server
