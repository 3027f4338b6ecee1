# SPDX-License-Identifier: ISC
"""Dials under way: what many proxies of one tenant have leaves another one's
as many as are its own part."""

import contextlib
import resource
import socket

import pytest
from lab import Lab, standard
from peers import Echo
from rig import address_of, wait_until
from test_dial import Clogged, dials_to
from test_relay_ends import PATIENCE, receive

pytestmark = pytest.mark.normal_build

DESCRIPTORS = 1024
PROXIES = 60  # of one tenant, ...
CLIENTS = 12  # each of which waits for an upstream for so many
MANY = 40     # who wait for the other one's


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


def part():
    """diald has three quarters of its descriptors for dials, and half of these
    in equal parts for each of the lab's tenants and the nameless one."""
    return (DESCRIPTORS // 4 * 3 - 2 * PROXIES) // 2 // (len(standard()) + 1)


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path, preexec_fn=few_descriptors) as t:
        yield t


@pytest.fixture
def clients():
    with contextlib.ExitStack() as stack:
        def connect(proxy, n):
            for _ in range(n):
                stack.enter_context(socket.create_connection(
                    address_of(proxy["listen"]), PATIENCE))
        yield connect


def test_a_crowd_leaves_another_tenants_dials_a_part(lab, clients):
    with (contextlib.closing(Clogged()) as theirs,
          contextlib.closing(Clogged()) as ours, Echo() as echo):
        mine = lab.make("b", "p", f"127.0.0.1:{ours.port}")
        quick = lab.make("b", "quick", f"127.0.0.1:{echo.port}")
        for i in range(PROXIES):
            clients(lab.make("a", f"p{i}", f"127.0.0.1:{theirs.port}"), CLIENTS)
        assert wait_until(lambda: dials_to(theirs.port) > 3 * part())
        clients(mine, MANY)
        assert wait_until(lambda: dials_to(ours.port) > part() // 5)
        with socket.create_connection(
                address_of(quick["listen"]), PATIENCE) as client:
            client.sendall(b"hello")
            assert receive(client, 5) == b"hello"
