# SPDX-License-Identifier: ISC
"""A worker resets connections by an option that no filter sees: it is where
nobody can write, and nothing else can be put there."""

import errno

import pytest
from rig import wait_until

MMAP, MPROTECT, READ_WRITE, PRIVATE = 9, 10, 3, 0x22
MADVISE, DONTNEED = 28, 4
CONSTANT = 0x100000  # see lockdown.h
AT_ONCE = bytes([1, 0, 0, 0, 0, 0, 0, 0])


@pytest.fixture
def worker(start):
    t = start()
    t.proxy("p", "127.0.0.1:1")
    pid = t.child("relayd [p]")

    def is_locked():
        with open(f"/proc/{pid}/status") as f:
            return "\nSeccomp:\t2\n" in f.read()

    assert wait_until(is_locked)
    return pid


def constant(pid):
    with open(f"/proc/{pid}/mem", "rb") as f:
        f.seek(CONSTANT)
        return f.read(8)


def test_it_is_what_it_is_for(worker):
    assert constant(worker) == AT_ONCE


def test_it_cannot_be_made_writable(worker, inject):
    assert inject(worker, MPROTECT, CONSTANT, 4096, READ_WRITE) == (
        "returned", -errno.EACCES)


def test_nothing_takes_its_place(worker, inject):
    verb, address = inject(
        worker, MMAP, CONSTANT, 4096, READ_WRITE, PRIVATE, -1, 0)
    assert verb == "returned" and address != CONSTANT
    assert inject(worker, MADVISE, CONSTANT, 4096, DONTNEED) == ("returned", 0)
    assert constant(worker) == AT_ONCE
