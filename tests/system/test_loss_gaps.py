# SPDX-License-Identifier: ISC
"""How many segments pass between two that tcp_loss loses, and how many are lost
in a row: of the program in the kernel, run there on trains of segments that
nobody has sent, and at a socket of this test's."""

import contextlib
import ctypes
import itertools
import os
import socket
import struct

import pytest
from losses import BPF, bpf, libc
from rig import Toxid
from test_tcp_loss import Line, lacks

DRAWS = 100_000
KS_MOST = 2.23  # chance is farther off once in 10,000 times
TEST_RUN, PROGRAM_BY_ID = 10, 13
GSO_SEGS, GSO_SIZE, SK_BUFF = 164, 176, 192  # of struct __sk_buff
SEGMENTS = 0xffff  # as many as a train may have
HEADER = 20
ALL = 0xffffffff
SO_ATTACH_BPF = 50


def program_of(worker):
    """Descriptor of the one that it has for what is lost by chance: that which
    knows a map"""
    for fd in os.listdir(f"/proc/{worker}/fdinfo"):
        with open(f"/proc/{worker}/fdinfo/{fd}") as file:
            says = dict(line.split(":", 1) for line in file if ":" in line)
        if "prog_id" in says and int(says["verified_insns"]) > 2:
            return bpf(PROGRAM_BY_ID, "<III", int(says["prog_id"]), 0, 0)
    raise AssertionError("the worker has no program")


class Trains:
    """Each of as many segments of a byte as there may be, at a socket of its
    own"""

    def __init__(self, program):
        # where an Ethernet's header was, and what is looked at of TCP's
        self.packet = ctypes.create_string_buffer(
            bytes(14 + 12) + bytes([HEADER // 4 << 4]) + bytes(64))
        self.context = ctypes.create_string_buffer(SK_BUFF)
        struct.pack_into("<I", self.context, GSO_SEGS, SEGMENTS)
        struct.pack_into("<I", self.context, GSO_SIZE, 1)
        self.asks = ctypes.create_string_buffer(struct.pack(
            "<IIIIQQIIIIQQ", program, 0, len(self.packet), 0,
            ctypes.addressof(self.packet), 0, 1, 0, SK_BUFF, 0,
            ctypes.addressof(self.context), 0).ljust(128, b"\0"))

    def gap(self):
        """How many come through before the first that does not"""
        if libc.syscall(BPF, TEST_RUN, self.asks, 128) == -1:
            raise OSError(ctypes.get_errno(), "BPF_PROG_TEST_RUN")
        came, = struct.unpack_from("<I", self.asks, 4)
        assert came != ALL, "none is lost"
        return max(came - HEADER, 0)


def comes(source, sink):
    """Does a packet, of which the program takes the beginning for TCP's?"""
    source.send(bytes(64))
    try:
        return len(sink.recv(64)) == 64
    except BlockingIOError:
        return False


@contextlib.contextmanager
def program(**attributes):
    if os.geteuid() != 0:
        pytest.skip("needs root, to run a program that is in the kernel")
    with Toxid("-seed", "1") as toxid:
        if why := lacks(toxid):
            pytest.skip(f"tcp_loss: {why}")
        line = Line(toxid)
        for stream in ("upstream", "downstream"):
            line.toxic(stream, **attributes)
        line.open("upstream")
        fd = program_of(toxid.worker("p"))
        yield fd
        os.close(fd)
        line.close()


def are_geometric(found, share, least):
    """By Kolmogorov and Smirnov"""
    found.sort()
    count = len(found)
    far = max(abs(at / count - (1 - (1 - share) ** (n + 1 - least)))
              for at, (n, after) in enumerate(itertools.pairwise(found), 1)
              if n != after)
    return far * count ** 0.5 <= KS_MOST


# Of less, some trains of the 8,415 that are drawn for at once lose none.
@pytest.mark.parametrize("loss", (0.01, 0.1, 0.5))
def test_they_are_geometric(loss):
    with program(loss=loss) as fd:
        trains = Trains(fd)
        gaps = [trains.gap() for _ in range(DRAWS)]
    assert are_geometric(gaps, loss, 0)
    assert abs(sum(gaps) / DRAWS * loss / (1 - loss) - 1) < 0.02


def test_bursts_and_what_is_between_them_are_geometric():
    """Gilbert and Elliott's, of segments one by one, where good is what comes
    and bad is what does not"""
    p, r = 0.5, 0.4
    with program(p=p, r=r, h=0, k=1) as fd:
        source, sink = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        sink.setsockopt(socket.SOL_SOCKET, SO_ATTACH_BPF, fd)
        sink.setblocking(False)
        runs = {True: [], False: []}
        for came, run in itertools.groupby(
                comes(source, sink) for _ in range(int(DRAWS * (1/p + 1/r)))):
            runs[came].append(sum(1 for _ in run))
        source.close()
        sink.close()
    assert min(map(len, runs.values())) > 0.98 * DRAWS
    lost = sum(runs[False])
    assert abs(lost / (lost + sum(runs[True])) - p / (p + r)) < 0.005
    assert are_geometric(runs[False], r, 1)
    assert are_geometric(runs[True], p, 1)
