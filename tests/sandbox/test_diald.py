# SPDX-License-Identifier: ISC
"""What diald could do with the sockets that it has from its start."""

import ctypes
import os
import socket

import pytest
from rig import wait_until

PIDFD_OPEN, PIDFD_GETFD = 434, 438
SENDTO, CONNECT, RECVMSG = 44, 42, 47
NOSIGNAL = 0x4000
EPIPE = 32
libc = ctypes.CDLL(None, use_errno=True)


def copies(pid):
    """(its number there, a copy) of each of UDP"""
    pidfd = libc.syscall(PIDFD_OPEN, pid, 0)
    for name in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
            continue
        s = socket.socket(fileno=libc.syscall(
            PIDFD_GETFD, pidfd, int(name), 0))
        if s.family != socket.AF_UNIX and s.type == socket.SOCK_DGRAM:
            yield int(name), s
        else:
            s.close()
    os.close(pidfd)


@pytest.fixture
def diald(start):
    t = start()
    pid = t.child("diald")

    def is_locked():
        with open(f"/proc/{pid}/status") as f:
            return "\nSeccomp:\t2\n" in f.read()

    assert wait_until(is_locked)
    return pid


@pytest.fixture
def service():
    """Of UDP, on this host: a name server, say"""
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(0.1)
        yield s


def sockaddr(s):
    ip, port = s.getsockname()
    return "#0200" + port.to_bytes(2, "big").hex() + \
        socket.inet_aton(ip).hex() + "00" * 8


def test_it_says_nothing_by_udp(diald, inject, service):
    numbers = [n for n, s in copies(diald) if s.family == socket.AF_INET]
    assert len(numbers) == 1
    to = sockaddr(service)
    assert inject(diald, CONNECT, numbers[0], to, 16) == ("returned", 0)
    assert inject(diald, SENDTO, numbers[0], "@x", 1, NOSIGNAL, 0, 0) == (
        "returned", -EPIPE)
    with pytest.raises(TimeoutError):
        service.recv(10)


def test_nobody_waits_on_what_it_has(diald):
    """... though it be handed to a worker as a connection."""
    found = list(copies(diald))
    assert found
    for _, s in found:
        with s:
            assert not os.get_blocking(s.fileno())
            service = socket.socket(s.family, socket.SOCK_DGRAM)
            with service:
                service.bind(("127.0.0.1" if s.family == socket.AF_INET
                              else "::1", 0))
                s.connect(service.getsockname())
                with pytest.raises(BrokenPipeError):
                    s.send(b"x")
