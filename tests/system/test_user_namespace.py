# SPDX-License-Identifier: ISC
"""Root of a user namespace, as in a rootless container: it has capabilities,
and perhaps no other ids to give."""

import os
import pathlib
import subprocess

import pytest
import rig
from peers import Echo
from rig import Toxid

is_root = os.geteuid() == 0
ALL = 70000
# How many user ids there are, and groups; only root can give more than one.
NAMESPACES = {"one id": (1, 1)}
if is_root:
    NAMESPACES |= {"ten ids": (10, 10), "not the last": (62000, 62000),
                   "no groups": (ALL, 10), "all ids": (ALL, ALL)}

ONE_ID = """#!/bin/sh
exec unshare -r {program} "$@"
"""

# Whoever is outside says which ids there are; the shell's pid stays toxid's.
MANY_IDS = """#!/bin/sh
outside=$(readlink /proc/$$/ns/user)
(
    while test "$(readlink /proc/$$/ns/user)" = "$outside"; do
        sleep 0.01
    done
    echo "0 0 {users}" >/proc/$$/uid_map
    echo "0 0 {groups}" >/proc/$$/gid_map
) </dev/null >/dev/null 2>&1 &
exec unshare -U sh -c '
    until test "$(id -u)$(id -g)" = 00; do sleep 0.01; done
    exec {program} "$@"' sh "$@"
"""


@pytest.fixture(params=NAMESPACES)
def namespace(request, tmp_path, monkeypatch):
    """Its name; a toxid that is started is in it."""
    if subprocess.run(["unshare", "-r", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("this machine lets nobody make such a namespace")
    users, groups = NAMESPACES[request.param]
    target = os.path.abspath(os.environ.get("TOXID", rig.TOXID))
    program = tmp_path / "toxid"
    program.write_text((ONE_ID if users == 1 else MANY_IDS).format(
        program=target, users=users, groups=groups))
    program.chmod(0o755)
    monkeypatch.setenv("TOXID", str(program))
    return request.param


def status_of(pid, key):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return value.split()
    raise KeyError(key)


def restarts(t):
    return [line for line in t.log() if line["message"] in (
        "Child died", "Child restarts too often", "Killing a child")]


@pytest.mark.normal_build
def test_it_works_with_what_there_is(namespace, tmp_path):
    state = tmp_path / "state"
    with Echo() as upstream, \
            Toxid("-state", str(state), "-spares", "1") as t:
        t.proxy("p", f"127.0.0.1:{upstream.port}")
        with t.connect("p") as s:
            s.sendall(b"hello")
            assert s.recv(10) == b"hello"
        pids = [pid for found in t.children().values() for pid in found]
        assert len(pids) >= 5  # apid, diald, resolvd, stored, relayd
        for pid in pids:
            assert int(status_of(pid, "CapEff")[0], 16) == 0
            assert int(status_of(pid, "CapPrm")[0], 16) == 0
            assert int(status_of(pid, "CapBnd")[0], 16) == 0
        uids = {status_of(pid, "Uid")[0] for pid in pids}
        own = status_of(t.pid, "Uid")[0]
        if namespace == "all ids":
            assert len(uids) == len(pids) and own not in uids
        else:
            assert uids == {own}
        t.read_to_here()
        assert not restarts(t)
        t.cut()
    with Toxid("-state", str(state), "-spares", "1") as t:
        assert list(t.request("GET", "/proxies").json()) == ["p"]


@pytest.mark.skipif(not is_root, reason="only root has given it away")
@pytest.mark.normal_build
def test_a_state_of_other_ids(namespace, tmp_path, monkeypatch):
    """What a root with all ids has left: taken, or refused with the reason."""
    inside, state = os.environ["TOXID"], str(tmp_path / "state")
    monkeypatch.delenv("TOXID")
    with Toxid("-state", state, "-spares", "1") as t:
        t.proxy("p", "127.0.0.1:1")
    if namespace in ("one id", "ten ids", "no groups"):
        r = subprocess.run([inside, "-port", "0", "-state", state],
                           capture_output=True, timeout=60, check=False)
        assert r.returncode == 1
        assert f"state directory {state}" in r.stderr.decode()
        return
    monkeypatch.setenv("TOXID", inside)
    with Toxid("-state", state, "-spares", "1") as t:
        assert list(t.request("GET", "/proxies").json()) == ["p"]
        t.request("DELETE", "/proxies/p")
