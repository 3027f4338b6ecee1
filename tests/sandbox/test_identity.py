# SPDX-License-Identifier: ISC
"""Who a child is when its program begins: before main(), and before the first
library could have done anything."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from conftest import HERE, NOBODY, PROGRAMS, copied
from constants import constant
from rig import Toxid, wait_until

CHROOT = 1 << 18
# What each may still do until it is locked up; first.c needs ld.so, in relayd's
# place, too.
CAPABILITIES = {
    "toxid: ctld": CHROOT,
    "toxid: apid": CHROOT, "toxid: apid [config]": CHROOT,
    "toxid: diald": CHROOT, "toxid: relayd [spare]": CHROOT,
    "toxid: stored": CHROOT, "toxid: resolvd": 0}
UID_BASE = 70000
UIDS = constant("UIDS")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root: to be root, and somebody else")


ROOTS = ("toxid", "supervisor")  # the start, and who takes its place


def compiled(source, *libraries):
    program = source.with_suffix("")
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror",
                    "-D_GNU_SOURCE", "-o", program, HERE / source.name,
                    *libraries], check=True)
    return program


@pytest.fixture(scope="module")
def staged(programs, tmp_path_factory):
    """The programs, each behind one that says what it finds"""
    first = compiled(tmp_path_factory.mktemp("first") / "first.c")
    folder = copied(programs)
    for name in PROGRAMS:
        if name in ROOTS:
            continue
        (folder / name).rename(folder / f"{name}.honest")
        shutil.copy(first, folder / name)
    yield folder
    shutil.rmtree(folder)


def read(path):
    """{key: its words}, or None: it is not there, or not whole yet"""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    said = {key: value.split() for key, value in
            re.findall(r"^(\w+):\t?(.*)$", text, re.MULTILINE)}
    return said if "write" in said else None


# Who starts toxid, and by what.  An ordinary user may have been given a power
# to pass on, as by a service's AmbientCapabilities=; root may lack one.
ENVOY = "setpriv --inh-caps=+net_bind_service --ambient-caps=+net_bind_service"
STARTS = {"root": (0, ""), "user": (65534, ""), "envoy": (65534, ENVOY),
          "root without kill": (0, "setpriv --bounding-set=-kill")}


def started_by(folder, prefix, uid):
    program = folder / "started"
    program.write_text(f'#!/bin/sh\nexec {prefix} {folder}/toxid "$@"\n')
    program.chmod(0o755)
    if uid == 0 or not prefix:
        return program, NOBODY if uid else {}
    program.write_text(
        f'#!/bin/sh\nexec {prefix} --reuid={uid} --regid={uid} '
        f'--clear-groups {folder}/toxid "$@"\n')
    return program, {}


class Said:
    """What each child has said, by its title"""

    def __init__(self, by, uid):
        self.found = {}
        self.is_root = by == "root"
        self.uid = uid

    def __getitem__(self, title):
        return self.found[title]


@pytest.fixture(scope="module", params=STARTS)
def said(request, staged):
    folder, state = staged / "said", staged / "state"
    config = staged / "config.json"
    config.write_text("[]")
    uid, prefix = STARTS[request.param]
    for made in folder, state:
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        os.chown(made, uid, uid)
        made.chmod(0o1777 if made == folder else 0o700)
    program, who = started_by(staged, prefix, uid)
    args = "-uid-base", str(UID_BASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOXID", str(program))
        with Toxid(*args, "-state", str(state), "-spares", "1", **who):
            subprocess.run([program, *args, "-check", config],
                           check=True, stdout=subprocess.DEVNULL, **who)
            assert wait_until(lambda: all(
                read(folder / title) for title in CAPABILITIES))
    s = Said(request.param, uid)
    s.found = {title: read(folder / title) for title in CAPABILITIES}
    yield s
    shutil.rmtree(folder)
    shutil.rmtree(state)


@pytest.mark.parametrize("title", CAPABILITIES)
def test_its_ids_are_its_own(said, title):
    found = said[title]
    for key in "Uid", "Gid":
        assert len(set(found[key])) == 1, "real, effective, saved and files'"
    uid = int(found["Uid"][0])
    assert int(found["Gid"][0]) == uid
    if said.is_root:
        assert UID_BASE <= uid < UID_BASE + UIDS
        assert found["Groups"] == []
    else:
        assert uid == said.uid


def test_no_two_have_the_same(said):
    uids = [said[title]["Uid"][0] for title in CAPABILITIES]
    assert len(set(uids)) == (len(uids) if said.is_root else 1)


@pytest.mark.parametrize("title", CAPABILITIES)
def test_one_capability_and_no_other(said, title):
    found = said[title]
    expected = CAPABILITIES[title] if said.is_root else 0
    for key in "CapInh", "CapPrm", "CapEff", "CapAmb":
        assert int(found[key][0], 16) == expected, key
    if said.uid == 0:
        assert int(found["CapBnd"][0], 16) == 0
    assert found["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("title", CAPABILITIES)
def test_it_cannot_become_root_or_act_as_root(said, title):
    found = said[title]
    if not said.is_root and said.uid == 0:
        pytest.skip("it is root, and can do as much as any other user")
    for key in "setuid", "setgid", "setgroups":
        assert found[key] == ["EPERM"], key
    # a child of an ordinary user is the same user
    assert found["kill"] == ["EPERM" if said.is_root else "done"]
    assert found["shadow"] == ["EACCES"]
    assert found["write"] == ["EACCES"]


# ---- a program that needs no file

def needs_a_file(program):
    r = subprocess.run(["readelf", "-lW", program], check=True,
                       stdout=subprocess.PIPE, text=True)
    return "INTERP" in r.stdout


def status(pid):
    return dict(re.findall(r"^(\w+):\t?(.*)$", pathlib.Path(
        f"/proc/{pid}/status").read_text(), re.MULTILINE))


def test_relayd_has_no_capability_from_its_first_instruction_on(
        programs, tmp_path):
    assert not needs_a_file(programs / "relayd")
    still, folder = compiled(tmp_path / "still.c", "-static-pie"), copied(
        programs)
    assert not needs_a_file(still)
    shutil.copy(still, folder / "relayd")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TOXID", str(folder / "toxid"))
            with Toxid("-spares", "1") as t:
                worker = t.child("relayd [spare]")
                assert wait_until(lambda: os.readlink(
                    f"/proc/{worker}/exe") == f"{folder}/relayd")
                found = status(worker)
                root = os.listdir(f"/proc/{worker}/root")
    finally:
        shutil.rmtree(folder)
    for key in "CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd":
        assert int(found[key], 16) == 0, key
    assert found["Uid"].split()[0] not in ("0", str(NOBODY["user"]))
    assert root == []


# ---- where it cannot be so, it is said, and nobody runs as root instead

def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def start_of(folder, *before, **who):
    return subprocess.run(
        [*map(str, before), str(folder / "toxid"), "-port", "0"],
        capture_output=True, text=True, timeout=60, check=False, **who)


@pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in ROOTS])
@pytest.mark.parametrize("mode", [0o700, 0o750])
def test_a_program_for_root_alone(programs, name, mode):
    folder = copied(programs)
    try:
        (folder / name).chmod(mode)
        r = start_of(folder)
        checked = subprocess.run(
            [folder / "toxid", "-check", "/dev/null"], check=False,
            capture_output=True, text=True, timeout=60)
    finally:
        shutil.rmtree(folder)
    for result in r, checked:
        assert result.returncode == 1
        assert f"{folder}/{name}: user 61184 and up, as whom it is to run, " \
            f"may not execute it: its mode is {mode:04o} (chmod a+rx)\n" \
            in result.stderr


def test_a_program_that_its_owner_may_not_execute(programs):
    folder = copied(programs)
    for path in folder.iterdir():
        os.chown(path, NOBODY["user"], NOBODY["group"])
    (folder / "apid").chmod(0o655)
    try:
        r = start_of(folder, **NOBODY)
    finally:
        shutil.rmtree(folder)
    assert r.returncode == 1
    assert f"{folder}/apid: user 65534, as whom it is to run, may not " \
        "execute it: its mode is 0655 (chmod a+rx)\n" in r.stderr


def test_a_program_for_root_alone_as_its_owner(programs):
    """Who changes to nobody needs no other's leave."""
    folder = copied(programs)
    for path in folder.iterdir():
        os.chown(path, NOBODY["user"], NOBODY["group"])
        path.chmod(0o700)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TOXID", str(folder / "toxid"))
            with Toxid(**NOBODY) as t:
                assert t.proxy("p", "127.0.0.1:1")["name"] == "p"
    finally:
        shutil.rmtree(folder)


def test_a_program_that_becomes_one_for_root_alone(programs):
    """It is said which, and all is well when it is one for all again."""
    folder, said = copied(programs), "relayd cannot be executed as its user"
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TOXID", str(folder / "toxid"))
            with Toxid("-spares", "1") as t:
                t.proxy("p", "127.0.0.1:1")
                (folder / "relayd").chmod(0o700)
                while not any(said in line["message"] for line in t.log()):
                    for title in "relayd [p]", "relayd [spare]":
                        for pid in t.children().get(title, []):
                            kill(pid)
                (folder / "relayd").chmod(0o755)
                assert wait_until(lambda: "relayd [p]" in t.children())
    finally:
        shutil.rmtree(folder)


def test_a_filter_that_forbids_capset(programs, tmp_path):
    without = compiled(tmp_path / "without.c", "-lseccomp")
    r = start_of(programs, without, "capset")
    assert r.returncode == 1
    assert "toxid: children cannot be given user ids of their own: is " \
        "capset(2) forbidden, by a filter of system calls?\n" in r.stderr


def test_a_limit_of_one_process_for_a_user(programs):
    """Each child is its user's only process: it need have no more."""
    with pytest.MonkeyPatch.context() as patch:
        wrapper = pathlib.Path(programs) / "limited"
        wrapper.write_text(
            f'#!/bin/sh\nexec prlimit --nproc=1 {programs}/toxid "$@"\n')
        wrapper.chmod(0o755)
        patch.setenv("TOXID", str(wrapper))
        with Toxid("-uid-base", "80000", "-spares", "1") as t:
            assert t.proxy("p", "127.0.0.1:1")["name"] == "p"
            assert wait_until(lambda: "relayd [p]" in t.children())
