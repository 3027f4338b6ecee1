# SPDX-License-Identifier: ISC
"""A toxid of a suite's own, which ends with it, however that ends."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest
from toxid import Client, NotStarted, Server, Unauthorized, Unreachable

from rig import PATIENCE, parent_of, wait_until

TOXID = os.path.abspath(os.environ.get("TOXID", "build/toxid"))


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def all_gone(pids):
    return wait_until(lambda: not any(map(parent_of, pids)))


def test_it_serves_and_is_stopped():
    with Server(TOXID, ["-proxy-metrics"], timeout=PATIENCE) as server:
        pids = [server.pid, *children(server.pid)]
        assert len(pids) > 3
        client = server.client()
        client.create_proxy("a", server.address)
        assert 'proxy="a"' in client.metrics()
        assert "Starting Toxiproxy HTTP server" in server.last_words
        assert server.url == f"http://{server.address}"
    assert not any(map(parent_of, pids))
    with pytest.raises(Unreachable):
        Client(server.url).version()


def test_two_at_once_and_one_again():
    one = Server(TOXID, timeout=PATIENCE)
    with one, Server(TOXID, timeout=PATIENCE) as other:
        assert one.url != other.url
        assert one.client().version() == other.client().version()
    with one:
        assert one.client().version()


def test_it_is_found_in_path(monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(TOXID), prepend=os.pathsep)
    with Server(timeout=PATIENCE) as server:
        assert server.client().version()
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NotStarted, match="toxid is not in PATH"):
        Server().start()


def test_its_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("LOG_LEVEL", "error")
    monkeypatch.setenv("TOXICTL_TENANT", "nobody")
    monkeypatch.setenv("TOXIPROXY_AUTH_TOKEN", "sesame")
    with Server(TOXID, timeout=PATIENCE) as server:
        assert server.client().version()
        monkeypatch.delenv("TOXIPROXY_AUTH_TOKEN")
        path = tmp_path / "toxictl" / "token"  # nobody's business there
        path.parent.mkdir()
        path.touch(0o644)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        with pytest.raises(Unauthorized):
            server.client().version()


@pytest.mark.parametrize("args, said", [
    (["-no-such-option"], "no-such-option"),
    (["-state", "/proc/none"], "/proc/none: No such file"),
    (["-port", "99999"], "port")])
def test_what_it_says_before_it_ends(args, said):
    with pytest.raises(NotStarted, match=said):
        Server(TOXID, args, timeout=PATIENCE).start()


def test_one_that_never_serves(tmp_path):
    program = tmp_path / "toxid"
    program.write_text("#!/bin/sh\nexec sleep 3600\n")
    program.chmod(0o755)
    server = Server(program, timeout=0.5)
    with pytest.raises(NotStarted, match="toxid does not serve"):
        server.start()
    assert not parent_of(server.pid)


def test_one_that_has_ended_is_stopped():
    with Server(TOXID, timeout=PATIENCE) as server:
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: parent_of(server.pid) is None)


SUITE = """
import os, sys, time
from toxid import Server

server = Server(sys.argv[1])
server.start()
print(server.pid, flush=True)
exec(sys.argv[2])
"""


def suite(then):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", SUITE, TOXID, then], env=env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.mark.parametrize("then, kill", [
    ("time.sleep(3600)", True), ("pass", False), ("os._exit(0)", False)])
def test_it_ends_with_the_suite(then, kill):
    with suite(then) as s:
        pid = int(s.stdout.readline())
        if kill:
            assert len(children(pid)) > 3
            s.kill()
        s.wait(PATIENCE)
        assert all_gone([pid])


def test_a_fork_does_not_keep_it_from_being_stopped():
    with suite("""
child = os.fork()
if not child:
    time.sleep(3600)
server.stop()
print("stopped", flush=True)
os.kill(child, 9)
""") as s:
        pid = int(s.stdout.readline())
        assert s.stdout.readline() == "stopped\n"
        assert not parent_of(pid)
