# SPDX-License-Identifier: ISC
"""What resolvd may read, and to which port it may connect, is Landlock's to
know: the calls are made inside the running process."""

import ctypes
import errno
import socket
import struct

import pytest
from rig import wait_until

OPENAT, SOCKET, CONNECT = 257, 41, 42
STREAM = 0o2004001  # SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
LANDLOCK_CREATE_RULESET, VERSION = 444, 1


def landlock_abi():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, VERSION)


@pytest.fixture
def resolvd(start):
    t = start()
    pid = t.child("resolvd")

    def is_locked():
        with open(f"/proc/{pid}/status") as f:
            return "\nSeccomp:\t2\n" in f.read()

    assert wait_until(is_locked)
    return pid


@pytest.mark.skipif(landlock_abi() < 1, reason="there is no Landlock here")
@pytest.mark.parametrize("path, expected", [
    ("/etc/hosts", 0), ("/etc/resolv.conf", 0), ("/etc/services", 0),
    ("/dev/urandom", 0), ("/usr/bin/env", -errno.EACCES),
    ("/proc/self/maps", -errno.EACCES), ("/dev/zero", -errno.EACCES)])
def test_it_reads_no_other_file(resolvd, inject, path, expected):
    verb, value = inject(resolvd, OPENAT, -100, f"@{path}", 0)
    assert verb == "returned"
    assert value >= 0 if expected == 0 else value == expected


@pytest.mark.skipif(landlock_abi() < 4, reason="Landlock knows no ports here")
@pytest.mark.parametrize("port, is_allowed", [(53, True), (54, False)])
def test_it_connects_to_no_other_port(
        request, resolvd, inject, port, is_allowed):
    if request.node.callspec.params["start"] == "old":
        pytest.skip("Landlock knows no ports on an older kernel")
    verb, fd = inject(resolvd, SOCKET, socket.AF_INET, STREAM, 0)
    assert verb == "returned" and fd >= 0
    address = struct.pack("=H", socket.AF_INET) + struct.pack(
        ">H4s8s", port, bytes([127, 0, 0, 1]), b"")
    verb, value = inject(resolvd, CONNECT, fd, "#" + address.hex(), 16)
    assert verb == "returned"
    assert (value == -errno.EACCES) != is_allowed
