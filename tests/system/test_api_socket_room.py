# SPDX-License-Identifier: ISC
"""As test_api_room.py, by the Unix socket: there a user is what an address is
at the port, and both are of one house."""

import contextlib
import resource
import time

import pytest
import rig
import unixhttp
from rig import Toxid
from stalls import used
from test_api_room import ASKED, BODY, CLIENTS_MAX, HALF, MORE, crowd, ended, get
from test_api_socket import place  # noqa: F401: a fixture

pytestmark = pytest.mark.normal_build

OTHER = 4321


@pytest.fixture
def api(place):  # noqa: F811
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 3 * CLIENTS_MAX:
        pytest.skip("too few descriptors")
    with Toxid("-api-socket", str(place)) as t:
        t.place = place
        yield t


@contextlib.contextmanager
def crowd_of_ours(t, n, data=b""):
    """This user's"""
    socks = []
    try:
        for _ in range(n):
            socks.append(unixhttp.connect(t.place))
            with contextlib.suppress(OSError):
                socks[-1].sendall(data)
        yield socks
    finally:
        for s in socks:
            s.close()


def get_as(t, uid=None):
    """How long one takes to be served, once it has connected"""
    with unixhttp.connect(t.place, uid) as s:
        start = time.monotonic()
        s.sendall(ASKED)
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
    return used(time.monotonic() - start)


@pytest.mark.parametrize("data", [
    pytest.param(data, id=name, marks=marks) for name, data, marks in (
        ("idle", b"", pytest.mark.slow), ("head", HALF, pytest.mark.slow),
        ("body", BODY, ()), ("kept", ASKED, pytest.mark.slow))])
def test_a_full_house_lets_others_in(api, data):
    """By the port, by the socket, and those who have filled it."""
    apid = api.child("apid")
    with crowd_of_ours(api, MORE, data):
        took = sorted(get(api, f"127.0.0.{3 + i % 5}") for i in range(20))
        assert took[5] < 0.1 * rig.SLOW and took[15] < 1 * rig.SLOW, took
        took = sorted(get_as(api) for _ in range(20))
        assert took[5] < 0.1 * rig.SLOW and took[15] < 1 * rig.SLOW, took
        if unixhttp.is_root():
            took = sorted(get_as(api, OTHER) for _ in range(6))
            assert took[2] < 0.1 * rig.SLOW, took
    assert api.child("apid") == apid


@pytest.mark.parametrize("of_ours", [True, False],
                         ids=["a user", "an address"])
def test_only_the_one_with_most_pays(api, of_ours):
    """... be it a user or an address; of it the oldest that is not at its end
    goes first."""
    def many(n, data):
        return crowd_of_ours(api, n, data) if of_ours else crowd(
            api, n, data, "127.0.0.2")

    def few(n, data):
        return crowd(api, n, data, "127.0.0.2") if of_ours else \
            crowd_of_ours(api, n, data)

    with many(10, HALF) as oldest:
        time.sleep(1.5)  # one that is younger may be about to be whole
        with many(CLIENTS_MAX - 60, BODY) as rest, few(50, HALF) as others:
            get_as(api)  # they have all been let in before it
            took = sorted(get(api, "127.0.0.4") for _ in range(10))
            assert took[5] < 1 * rig.SLOW, took
            assert not any(ended(s) for s in others)
            assert ended(oldest[0])
            assert not ended(rest[-1])


@pytest.mark.skipif(not unixhttp.is_root(), reason="needs other users")
def test_another_users_stay(api):
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(unixhttp.connect(api.place, OTHER))
                  for _ in range(3)]
        with crowd_of_ours(api, MORE, BODY):
            get_as(api)  # they have all been let in before it
            took = sorted(get_as(api) for _ in range(10))
            assert took[5] < 1 * rig.SLOW, took
            for s in others:
                s.sendall(ASKED)
                assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
