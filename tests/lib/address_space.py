# SPDX-License-Identifier: ISC
"""What a process may have, while it runs: its memory, RLIMIT_AS, above all."""

import os
import pathlib
import re
import resource
import subprocess

# What has been freed is no more there to be had: the limits are exact.
EXACT = {"MALLOC_TRIM_THRESHOLD_": "4096", "MALLOC_TOP_PAD_": "4096"}


def size(pid):
    """bytes of address space"""
    pages = pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def prlimit(pid, what, soft=None):
    """(soft, hard) of before; as that process's own user, whom it lets"""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(errors="replace")
    ids = {name: int(re.search(rf"{line}:\s+(\d+)", status)[1])
           for name, line in (("user", "Uid"), ("group", "Gid"))}
    code = (f"import resource as r\nb = r.prlimit({pid}, {what})"
            f"\nr.prlimit({pid}, {what}, "
            f"({'b[0]' if soft is None else soft}, b[1]))\nprint(*b)")
    out = subprocess.run(
        ["/usr/bin/python3", "-c", code], text=True, check=True,
        stdout=subprocess.PIPE,
        **({} if ids["user"] == os.geteuid() else ids))
    return tuple(map(int, out.stdout.split()))


def limit(pid, soft):
    prlimit(pid, resource.RLIMIT_AS, soft)
