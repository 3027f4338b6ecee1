# SPDX-License-Identifier: ISC
"""What toxid's programs have counted: by bpf(2), as root; and a toxid without
them."""

import contextlib
import ctypes
import os
import struct

from constants import constant

BPF, LOOKUP, FD_BY_ID = 321, 1, 14  # of x86-64; commands
SIZE, WAYS, WAY, COUNTS = 2440, 40, 176, 160  # see proto/loss_row.h
ROWS = 2  # BPF_MAP_TYPE_ARRAY
PR_CAPBSET_DROP = 24
CAPABILITIES = 39, 38, 21  # CAP_BPF, CAP_PERFMON; CAP_SYS_ADMIN is both
libc = ctypes.CDLL(None, use_errno=True)


def do_without():
    """Of root's, before it becomes toxid"""
    for capability in CAPABILITIES:
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def bpf(command, form, *values):
    attr = ctypes.create_string_buffer(
        struct.pack(form, *values).ljust(128, b"\0"))
    done = libc.syscall(BPF, command, attr, 128)
    if done == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def maps_of(pid):
    """{id: type} of those that a process has descriptors of"""
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        with contextlib.suppress(OSError), \
                open(f"/proc/{pid}/fdinfo/{fd}") as file:
            says = dict(line.split(":", 1) for line in file if ":" in line)
            if "map_id" in says:
                found[int(says["map_id"])] = int(says["map_type"])
    return found


def rows_of(map_id):
    """[a struct loss_row]"""
    fd = bpf(FD_BY_ID, "<III", map_id, 0, 0)
    try:
        for row in range(constant("LOSS_POOL", "proto/agreed.h")):
            key = ctypes.c_uint32(row)
            value = ctypes.create_string_buffer(SIZE)
            bpf(LOOKUP, "<IIQQQ", fd, 0, ctypes.addressof(key),
                ctypes.addressof(value), 0)
            yield value
    finally:
        os.close(fd)


def counted(pid):
    """{stream: [segments that were drawn for, lost]}, by all of a toxid's"""
    total = {"upstream": [0, 0], "downstream": [0, 0]}
    map_id, = (at for at, kind in maps_of(pid).items() if kind == ROWS)
    for row in rows_of(map_id):
        for i, counts in enumerate(total.values()):
            for j, n in enumerate(struct.unpack_from(
                    "<QQ", row, WAYS + WAY * i + COUNTS)):
                counts[j] += n
    return total
