# SPDX-License-Identifier: ISC
"""The memory files of toxid: its tables, which it has mapped, are nobody's but
its own, so that nobody can write there, or cut them off under it; of those
that outlive a ctld, ctld has the journal open, and no child any."""

import os
import pathlib

import pytest
from peers import Echo
from privline import all_below
from rig import Toxid, wait_until
from test_upgrade import upgrade

pytestmark = pytest.mark.normal_build
JOURNALS = 2


def files_of(pid):
    """numbers of memory files that it has open"""
    found = set()
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        if os.readlink(fd).startswith("/memfd:"):
            found.add(fd.stat().st_ino)
    return found


def mapped_by(pid):
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    return {int(line.split()[4]) for line in maps.splitlines()
            if "/memfd:" in line}


def has_its_own(t, pid, tables, kept):
    """kept: those of toxid, of which ctld has the journal, and has mapped what
    it has in hand"""
    is_ctld = pid == t.ctld
    open_ones, mapped = files_of(pid) & kept, mapped_by(pid) & kept
    return not (open_ones | mapped) & tables and \
        len(open_ones) == JOURNALS * is_ctld and len(mapped) == is_ctld


def are_apart(t):
    """... but for one that is only just being started, which has all."""
    kept, tables = files_of(t.pid), mapped_by(t.pid)
    assert len(tables) == 1 and tables < kept
    everyone = all_below(t.pid)
    try:
        return t.ctld in everyone and len(everyone) > 4 and all(
            has_its_own(t, pid, tables, kept) for pid in everyone)
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_who_has_toxids_memory_files():
    if os.geteuid() != 0:
        pytest.skip("only root sees what others have open")
    with Toxid() as t, Echo() as echo:
        t.proxy("p", f"127.0.0.1:{echo.port}")
        assert wait_until(lambda: are_apart(t))
        upgrade(t)
        t.wait_until_up()
        assert wait_until(lambda: are_apart(t))
