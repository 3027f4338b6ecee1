# SPDX-License-Identifier: ISC
"""What toxid's programs have counted: by bpf(2), as root."""

import contextlib
import ctypes
import os
import struct

BPF, LOOKUP, FD_BY_ID = 321, 1, 14  # of x86-64; commands
SIZE, WAY, COUNTS = 4096, 176, 160  # see proto/loss_map.h
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, form, *values):
    attr = ctypes.create_string_buffer(
        struct.pack(form, *values).ljust(128, b"\0"))
    done = libc.syscall(BPF, command, attr, 128)
    if done == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def maps_of(pid):
    """Ids of those that a process has descriptors of"""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        with contextlib.suppress(OSError), \
                open(f"/proc/{pid}/fdinfo/{fd}") as file:
            found |= {int(line.split()[1]) for line in file
                      if line.startswith("map_id:")}
    return sorted(found)


def counts_of(map_id):
    """{stream: (segments that were drawn for, lost)}"""
    fd = bpf(FD_BY_ID, "<III", map_id, 0, 0)
    try:
        key, value = ctypes.c_uint32(), ctypes.create_string_buffer(SIZE)
        bpf(LOOKUP, "<IIQQQ", fd, 0, ctypes.addressof(key),
            ctypes.addressof(value), 0)
    finally:
        os.close(fd)
    return {stream: struct.unpack_from("<QQ", value, 16 + WAY * i + COUNTS)
            for i, stream in enumerate(("upstream", "downstream"))}


def counted(pid):
    """The same, of all that this toxid has"""
    total = {"upstream": (0, 0), "downstream": (0, 0)}
    for map_id in maps_of(pid):
        for stream, (seen, lost) in counts_of(map_id).items():
            total[stream] = (total[stream][0] + seen, total[stream][1] + lost)
    return total
