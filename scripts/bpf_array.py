#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The instructions of start/bpf/loss.c as a C array, as start/loss_program.h
has them: a build needs no clang for it.

    scripts/bpf_array.py [CLANG] > start/loss_program.h
"""

import pathlib
import platform
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "start/bpf/loss.c"
WIDE = 0x18  # the first half of a 64-bit constant
MAP = 1  # what such a one means, as in linux/bpf.h
MAPS = "rows", "code"  # as enum loss_shared has them

HEAD = """\
/* SPDX-License-Identifier: ISC */
#ifndef LOSS_PROGRAM_H
#define LOSS_PROGRAM_H

#include <linux/bpf.h>

/*
 * start/bpf/loss.c, by scripts/bpf_array.py: made, not written; `make lint`
 * makes it anew and compares.  Where src_reg is BPF_PSEUDO_MAP_FD, imm is an
 * enum loss_shared, and to be its descriptor.
 */
static const struct bpf_insn loss_program[] = {
"""
TAIL = """\
};

#endif
"""


def compiled(clang):
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder, "loss.o")
        subprocess.run(
            [clang, "-target", "bpf", "-mcpu=v3", "-O2", "-ffreestanding",
             "-Wall", "-Wextra", "-Werror",
             f"-I/usr/include/{platform.machine()}-linux-gnu",
             f"-I{ROOT}/proto", "-c", SOURCE, "-o", made], check=True)
        return made.read_bytes()


def sections(elf):
    """[(name, type, link, content)], of a little-endian ELF of 64 bits"""
    start, = struct.unpack_from("<Q", elf, 40)
    size, n, names = struct.unpack_from("<HHH", elf, 58)
    rows = [struct.unpack_from("<IIQQQQII", elf, start + size * i)
            for i in range(n)]
    text = elf[rows[names][4]:]
    return [(text[r[0]:text.index(b"\0", r[0])].decode(), r[1], r[6],
             elf[r[4]:r[4] + r[5]]) for r in rows]


def instructions(elf):
    parts = sections(elf)
    code = next(p[3] for p in parts if p[0] == "program")
    rows = [list(struct.unpack_from("<BBhi", code, at))
            for at in range(0, len(code), 8)]
    symbols = next(p for p in parts if p[1] == 2)
    names = parts[symbols[2]][3]
    for at, info in (struct.unpack_from("<QQ", p[3], i)
                     for p in parts if p[0] == ".relprogram"
                     for i in range(0, len(p[3]), 16)):
        name, = struct.unpack_from("<I", symbols[3], 24 * (info >> 32))
        i = at // 8
        assert rows[i][0] == WIDE, f"instruction {i} refers to something"
        rows[i][1] |= MAP << 4
        rows[i][3] = MAPS.index(
            names[name:names.index(b"\0", name)].decode())
    return rows


def main():
    clang = sys.argv[1] if len(sys.argv) > 1 else "clang"
    print(HEAD, end="")
    for code, registers, offset, number in instructions(compiled(clang)):
        print(f"\t{{ 0x{code:02x}, {registers & 15}, {registers >> 4},"
              f" {offset}, {number if number != -2**31 else '-0x7fffffff - 1'} }},")
    print(TAIL, end="")


if __name__ == "__main__":
    main()
