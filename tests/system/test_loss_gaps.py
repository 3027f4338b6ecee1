# SPDX-License-Identifier: ISC
"""How many segments pass between two that tcp_loss loses: of the program in the
kernel, run there on trains of segments that nobody has sent."""

import ctypes
import os
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


# Of less, some trains of the 8,415 that are drawn for at once lose none.
@pytest.mark.parametrize("loss", (0.01, 0.1, 0.5))
def test_they_are_geometric(loss):
    if os.geteuid() != 0:
        pytest.skip("needs root, to run a program that is in the kernel")
    with Toxid("-seed", "1") as toxid:
        if why := lacks(toxid):
            pytest.skip(f"tcp_loss: {why}")
        line = Line(toxid)
        for stream in ("upstream", "downstream"):
            line.toxic(stream, loss=loss)
        line.open("upstream")
        program = program_of(toxid.worker("p"))
        trains = Trains(program)
        gaps = [trains.gap() for _ in range(DRAWS)]
        os.close(program)
        line.close()
    gaps.sort()
    far = max(abs(at / DRAWS - (1 - (1 - loss) ** (gap + 1)))
              for at, (gap, after) in enumerate(zip(gaps, gaps[1:]), 1)
              if gap != after)
    assert far * DRAWS ** 0.5 <= KS_MOST
    assert abs(sum(gaps) / DRAWS * loss / (1 - loss) - 1) < 0.02
