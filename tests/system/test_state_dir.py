# SPDX-License-Identifier: ISC
"""Whose the state directory may be: who can write there decides what the next
start begins with."""

import fcntl
import os
import subprocess

import pytest
import rig
from rig import Toxid

is_root = os.geteuid() == 0
needs_root = pytest.mark.skipif(not is_root, reason="only root gives it away")
SOMEBODY = 61234


def refused(*args):
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-port", "0", *args],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert r.returncode == 1, r
    return r.stderr.decode()


def works(path):
    with Toxid("-state", str(path), "-spares", "1") as t:
        t.request("DELETE", "/proxies/p")
        t.proxy("p", "127.0.0.1:1")
        return t.stop() == 0


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "above" / "state"
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize("mode", (0o700, 0o755, 0o770, 0o2775))
def test_a_group_may_write(state, mode):
    """What a Kubernetes volume is"""
    state.chmod(mode)
    assert works(state)
    assert works(state)


@pytest.mark.parametrize("mode", (0o777, 0o1777, 0o702))
def test_everybody_may_not_write(state, mode):
    state.chmod(mode)
    why = refused("-state", str(state))
    assert f"state directory {state}: everybody may write in it" in why
    assert not list(state.iterdir())


@needs_root
def test_it_is_not_somebody_elses(state):
    os.chown(state, SOMEBODY, -1)
    assert f"it belongs to user {SOMEBODY}" in refused("-state", str(state))


@needs_root
def test_a_link_of_somebody_elses(state):
    link = state.parent.parent / "link"
    link.symlink_to(state)
    assert works(link)
    os.chown(link, SOMEBODY, -1, follow_symlinks=False)
    assert "somebody else's symbolic link" in refused("-state", str(link))


@needs_root
@pytest.mark.parametrize("way", ("link/state", "link/", "far/link/./state",
                                 "link//state/", "ours/state"))
def test_a_link_of_somebody_elses_on_the_way(state, way):
    """Wherever it is, and however it is written"""
    root = state.parent.parent
    (root / "link").symlink_to(state if way == "link/" else state.parent)
    (root / "far").symlink_to(root)
    (root / "ours").symlink_to("far/link")
    assert works(f"{root}/{way}")
    os.chown(root / "link", SOMEBODY, -1, follow_symlinks=False)
    assert "somebody else's symbolic link" in refused(
        "-state", f"{root}/{way}")


def test_links_that_go_round(state):
    (state / "a").symlink_to("b/x")
    (state / "b").symlink_to("a/x")
    assert "Too many levels" in refused("-state", f"{state}/a/b/c")


@needs_root
def test_who_calls_sudo_may_own_what_is_above_it(state, monkeypatch):
    """`sudo toxid -state DIR` in one's own home; that user has the power."""
    os.chown(state.parent, SOMEBODY, -1)
    for uid, is_fine in ((SOMEBODY, True), (SOMEBODY + 1, False)):
        monkeypatch.setenv("SUDO_UID", str(uid))
        if is_fine:
            assert works(state)
        else:
            assert "belongs to somebody else" in refused("-state", str(state))


@needs_root
@pytest.mark.parametrize("mode", (0o755, 0o700, 0o1777))
def test_who_owns_what_is_above_it(state, mode):
    """They can rename it, whatever its mode is."""
    assert works(state)
    state.parent.chmod(mode)
    os.chown(state.parent, SOMEBODY, -1)
    why = "a directory above it belongs to somebody else"
    assert why in refused("-state", str(state))
    link = state.parent.parent / "link"
    link.symlink_to(state)
    assert why in refused("-state", str(link))
    r = subprocess.run(
        [os.path.abspath(os.environ.get("TOXID", rig.TOXID)), "-port", "0",
         "-state", "."], cwd=state, capture_output=True, timeout=60)
    assert why in r.stderr.decode()


@needs_root
def test_a_link_in_a_directory_of_somebody_elses(state):
    """It can be made anew, whosever it is."""
    middle = state.parent.parent / "middle"
    middle.mkdir()
    (middle / "link").symlink_to(state)
    assert works(middle / "link")
    os.chown(middle, SOMEBODY, -1)
    assert "a directory above it belongs to somebody else" in refused(
        "-state", str(middle / "link"))
    os.chown(middle, 0, -1)
    middle.chmod(0o777)
    assert "in a directory above it" in refused("-state", f"{middle}/link/")


@pytest.mark.parametrize("kind", ("file", "fifo", "link to nothing"))
def test_what_is_no_directory(state, kind):
    path = state / "other"
    if kind == "file":
        path.write_text("")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/nonexistent/x")
    assert f"state directory {path}: " in refused("-state", str(path))


def test_what_is_above_it(state):
    state.parent.chmod(0o1777)  # as /tmp
    assert works(state)
    state.parent.chmod(0o777)
    assert "in a directory above it" in refused("-state", str(state))


def test_the_folder_is_no_link(state):
    other = state.parent / "other"
    other.mkdir()
    (state / "stored").symlink_to(other)
    assert "stored: " in refused("-state", str(state))


@pytest.mark.parametrize("name", ("toxid.db", "toxid.db-wal"))
@pytest.mark.parametrize("kind", ("link", "hard link", "folder", "fifo"))
def test_the_files_are_files(state, name, kind):
    folder = state / "stored"
    folder.mkdir(mode=0o700)
    victim = state.parent / "victim"
    victim.write_text("precious")
    if kind == "link":
        (folder / name).symlink_to(victim)
    elif kind == "hard link":
        (folder / name).hardlink_to(victim)
    elif kind == "folder":
        (folder / name).mkdir()
    else:
        os.mkfifo(folder / name)
    owner = victim.stat().st_uid
    why = refused("-state", str(state))
    assert f"{name}: it is a link, or no file" in why
    assert victim.read_text() == "precious"
    assert victim.stat().st_uid == owner


@needs_root
def test_the_files_are_not_somebody_elses(state):
    assert works(state)
    os.chown(state / "stored" / "toxid.db", SOMEBODY, -1)
    assert "toxid.db: it belongs to somebody else" in refused(
        "-state", str(state))


def test_nobody_else_can_hold_it(state):
    """The lock is on what others cannot open."""
    state.chmod(0o755)
    assert works(state)
    assert (state / "stored").stat().st_mode & 0o007 == 0
    fd = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        assert works(state)
    finally:
        os.close(fd)
