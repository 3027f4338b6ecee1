# SPDX-License-Identifier: ISC
"""What /proc says of each process: ids, capabilities, root, descriptors."""

import os
import re

import pytest
from constants import constant
from rig import wait_until

ROLES = ("ctld", "apid", "diald", "resolvd", "relayd [p]", "relayd [spare]",
         "stored")
EVENTS = {"/dev/null", "socket", "anon_inode:[eventpoll]"}
FD_KINDS = {
    # the doorbell, the journal, and the log
    "ctld": EVENTS | {"anon_inode:[eventfd]", "anon_inode:[timerfd]",
                      "/memfd:toxid (deleted)"},
    "apid": EVENTS | {"anon_inode:[eventfd]"},
    # the pipe is libevent's, for signals
    "diald": EVENTS | {"pipe"},
    "resolvd": EVENTS | {"pipe"},
    "relayd [p]": EVENTS | {"anon_inode:[timerfd]", "pipe"},
    "relayd [spare]": EVENTS | {"anon_inode:[timerfd]", "pipe"},
    "stored": {"/dev/null", "socket", "file"},
}


@pytest.fixture
def daemon(start):
    t = start("-spares", "1")
    t.is_root = start.is_root
    t.proxy("p", "127.0.0.1:1")
    assert wait_until(lambda: all(
        status(t.child(role)).get("Seccomp") == "2" for role in ROLES))
    return t


def status(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(re.findall(r"^(\w+):\t?(.*)$", f.read(), re.MULTILINE))


@pytest.mark.parametrize("role", ROLES)
def test_no_power_is_left(daemon, role):
    s = status(daemon.child(role))
    assert s["NoNewPrivs"] == "1"
    assert s["Seccomp"] == "2"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(s[name], 16) == 0, name
    if daemon.is_root:
        assert int(s["CapBnd"], 16) == 0
    assert s["Groups"].split() == []


def test_each_has_its_own_uid(daemon):
    uids = [status(daemon.child(role))["Uid"].split() for role in ROLES]
    gids = [status(daemon.child(role))["Gid"].split() for role in ROLES]
    for ids in uids + gids:
        assert len(set(ids)) == 1, "real, effective, saved and file system"
    if daemon.is_root:
        assert len({u[0] for u in uids}) == len(ROLES)
        assert "0" not in {u[0] for u in uids}
    else:
        assert {u[0] for u in uids} == {"65534"}


@pytest.mark.parametrize("role", ROLES)
def test_no_other_process_of_its_user_may_look_into_it(daemon, role):
    folder = f"/proc/{daemon.child(role)}"
    assert {os.stat(f"{folder}/{name}").st_uid
            for name in ("maps", "fd", "environ")} == {0}


@pytest.mark.parametrize("role", ("ctld", "apid", "diald", "relayd [p]",
                                  "relayd [spare]"))
def test_the_root_is_empty(daemon, role):
    if not daemon.is_root:
        pytest.skip("an ordinary user has no chroot")
    assert os.listdir(f"/proc/{daemon.child(role)}/root") == []


def test_the_root_of_stored_has_the_database(daemon):
    if not daemon.is_root:
        pytest.skip("an ordinary user has no chroot")
    files = os.listdir(f"/proc/{daemon.child('stored')}/root")
    assert set(files) <= {"toxid.db", "toxid.db-wal"}
    assert "toxid.db" in files


@pytest.mark.parametrize("role", ROLES)
def test_descriptors_are_few_and_known(daemon, role):
    folder = f"/proc/{daemon.child(role)}/fd"
    fds = {fd: os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)}
    kinds = {re.sub(r"^(socket|pipe):.*", r"\1", target)
             for target in fds.values()}
    if role == "stored":
        kinds = {re.sub(r".*/toxid\.db(-wal)?$", "file", k) for k in kinds}
    if role == "ctld":
        kinds -= {re.sub(r"^(socket|pipe):.*", r"\1", fds[fd]) for fd in "12"}
    assert kinds <= FD_KINDS[role], fds
    assert len(fds) <= (24 if role == "ctld" else 12), fds


def test_every_worker_has_an_address_layout_of_its_own(daemon):
    def code(role):
        with open(f"/proc/{daemon.child(role)}/maps") as f:
            return {line.split("-")[0] for line in f if " r-xp " in line}

    assert code("relayd [p]") and code("relayd [spare]")
    assert not code("relayd [p]") & code("relayd [spare]")


@pytest.mark.parametrize("role", ROLES)
def test_limits(daemon, role):
    with open(f"/proc/{daemon.child(role)}/limits") as f:
        limits = {line[:26].strip(): line[26:].split()[:2] for line in f}
    assert limits["Max core file size"] == ["0", "0"]
    if role not in ("ctld", "stored"):
        assert limits["Max file size"] == ["0", "0"]
    if role == "ctld":  # what it keeps is what there is
        return
    memory = (1 << 30 if role.startswith("relayd") else  # an option
              constant(f"{role.upper()}_MEMORY", "ctld/roles.c"))
    assert limits["Max address space"] == [str(memory)] * 2


@pytest.mark.parametrize("role", ROLES)
def test_no_memory_is_writable_and_executable(daemon, role):
    with open(f"/proc/{daemon.child(role)}/maps") as f:
        assert not [line for line in f if "wx" in line.split()[1]]
