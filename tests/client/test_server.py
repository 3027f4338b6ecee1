# SPDX-License-Identifier: ISC
"""toxi_server_start(): a server that ends with its suite, however that ends."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

from rig import SLOW, descriptors_of, wait_until  # noqa: E402

BUILD = pathlib.Path(os.environ.get("CLIENT", "build"))
TOXID = os.path.abspath(os.environ.get("TOXID", "build/toxid"))


class Suite:
    def __init__(self, *args, **popen):
        self.process = subprocess.Popen(
            [BUILD / "client_server", *(args or (TOXID,))], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, **popen)
        self.first = self.process.stdout.readline().strip()
        if self.first.startswith("http"):
            self.url, pid = self.first.split()
            self.pid = int(pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()  # not to its end: who has it may stay
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def tell(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def ask(self, order):
        self.tell(order)
        return self.process.stdout.readline().strip()


def is_there(pid):
    """A zombie is not: who has no parent any more is init's to reap."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def tree(pid):
    """toxid, what it has started, and who watches over it."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    parent = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(
        ")")[2].split()[1]
    return [pid, int(parent), *map(int, children.split())]


def all_gone(pids):
    return wait_until(lambda: not any(map(is_there, pids)))


def test_it_serves_and_is_stopped():
    with Suite() as s:
        pids = tree(s.pid)
        assert len(pids) > 3
        with urllib.request.urlopen(s.url + "/version", timeout=60) as r:
            assert r.status == 200
        assert s.ask("use") == "used"
        assert s.ask("stop") == "stopped"
        assert not is_there(s.pid) and all_gone(pids)


def test_it_is_none_of_our_children():
    with Suite() as s:
        assert s.ask("children") == "1"  # ECHILD


@pytest.mark.parametrize("how", [
    lambda s: s.process.kill(), lambda s: s.process.terminate(),
    lambda s: s.process.stdin.close(), lambda s: s.tell("crash")])
def test_it_ends_with_the_suite(how):
    with Suite() as s:
        pids = tree(s.pid)
        how(s)
        assert all_gone(pids)


def test_what_was_forked_does_not_keep_it():
    with Suite() as s:
        pids = tree(s.pid)
        s.tell("fork")
        time.sleep(0.1 * SLOW)
        s.process.kill()
        assert all_gone(pids)
    # nor does it keep it when it is stopped in order
    with Suite() as s:
        s.tell("fork")
        assert s.ask("stop") == "stopped"
        assert not is_there(s.pid)


def test_the_watcher_is_killed():
    with Suite() as s:
        pids = tree(s.pid)
        os.kill(pids[1], signal.SIGKILL)
        assert all_gone(pids)


def test_the_terminal_interrupts_the_suite_only():
    with Suite(start_new_session=True) as s:
        assert os.getpgid(s.pid) != os.getpgid(s.process.pid)
        pids = tree(s.pid)
        os.killpg(s.process.pid, signal.SIGINT)
        assert all_gone(pids)


def test_it_holds_nothing_of_ours():
    """Whoever waits for the end of our pipes does not wait for it."""
    ours, theirs = os.pipe()
    with Suite(pass_fds=(theirs,)) as s:
        os.close(theirs)
        for pid in tree(s.pid)[:2]:
            assert os.readlink(f"/proc/self/fd/{ours}") not in list(
                descriptors_of(pid))
    os.close(ours)


def test_many_at_once():
    suites = [Suite() for _ in range(4)]
    try:
        assert len({s.url for s in suites}) == 4
        assert all(s.ask("use") == "used" for s in suites)
    finally:
        for s in suites:
            s.__exit__()


def test_arguments(tmp_path):
    with Suite(TOXID, "-proxy-metrics") as s:
        with urllib.request.urlopen(s.url + "/metrics", timeout=60) as r:
            assert r.status == 200


def test_from_path(tmp_path):
    os.symlink(TOXID, tmp_path / "toxid")
    with Suite("-", env={**os.environ, "PATH": str(tmp_path)}) as s:
        assert s.ask("use") == "used"


def test_it_is_not_there(tmp_path):
    for args, env, said in (
            (("-",), {"PATH": str(tmp_path)}, "toxid is not in PATH"),
            (("/no/toxid",), {}, "/no/toxid: No such file or directory"),
            (("/",), {}, "/: Permission denied")):
        with Suite(*args, env={**os.environ, **env}) as s:
            assert s.first.startswith(
                "TOXI_ERR_SYSTEM: toxi_server_start: " + said), s.first
            assert s.process.wait(60) == 1


def test_it_does_not_start():
    """What it said last is what the caller hears."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with Suite(TOXID, "-port", port) as s:
            assert "address already in use" in s.first, s.first
    with Suite(TOXID, "-no-such-option") as s:
        assert s.first.startswith("TOXI_ERR_SYSTEM: "), s.first


def test_it_never_serves(tmp_path):
    with Suite("/bin/sh", "-c", "exit 3") as s:
        assert "TOXI_ERR_SYSTEM: " in s.first, s.first


def test_it_has_ended_before():
    with Suite() as s:
        pids = tree(s.pid)
        os.kill(s.pid, signal.SIGKILL)
        assert all_gone(pids)  # also who watches, who has said so
        assert "ended by signal 9" in s.ask("stop")
