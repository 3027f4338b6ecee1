# SPDX-License-Identifier: ISC
"""The memory that a process may have: RLIMIT_AS, while it runs."""

import os
import pathlib
import resource

# What has been freed is no more there to be had: the limits are exact.
EXACT = {"MALLOC_TRIM_THRESHOLD_": "4096", "MALLOC_TOP_PAD_": "4096"}


def size(pid):
    """bytes of address space"""
    pages = pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def limit(pid, soft):
    hard = resource.prlimit(pid, resource.RLIMIT_AS)[1]
    resource.prlimit(pid, resource.RLIMIT_AS, (soft, hard))
