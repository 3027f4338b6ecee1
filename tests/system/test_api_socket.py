# SPDX-License-Identifier: ISC
"""-api-socket: the API by a Unix socket, from its birth to what is left of
it."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading

import pytest
import rig
import unixhttp
from rig import Toxid, wait_until
from test_config import check

ROLES = ["apid", "ctld"]


@pytest.fixture
def place():
    """Where other users can go, too, and only we write"""
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder / "api.sock"
    shutil.rmtree(folder)


def serve(place, *args, **popen):
    return Toxid("-api-socket", str(place), *args, **popen)


def version(place, **who):
    return unixhttp.request(place, "GET", "/version", **who).status


def is_refused(place):
    try:
        return version(place) is None
    except (ConnectionRefusedError, FileNotFoundError):
        return True


def refusal(*args):
    """What is said by a toxid that does not start"""
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-port", "0", *args],
        capture_output=True, text=True, timeout=rig.PATIENCE)
    assert r.returncode == 1, r
    return r.stdout + r.stderr


# ---- it is served

def test_it_is_the_same_api(place):
    with serve(place) as t:
        assert stat.S_IMODE(place.stat().st_mode) == 0o666
        made = {"name": "p", "listen": "127.0.0.1:0", "upstream": "a:1"}
        r = unixhttp.request(place, "POST", "/proxies", made)
        assert r.status == 201
        assert t.request("GET", "/proxies/p").json() == r.json()
        assert unixhttp.request(
            place, "DELETE", "/proxies/p").status == 204
        assert t.request("GET", "/proxies").json() == {}


def test_many_requests_of_one_connection(place):
    with serve(place), \
            contextlib.closing(
                unixhttp.Connection(unixhttp.connect(place))) as c:
        body = {"name": "p", "listen": "127.0.0.1:0", "upstream": "a:1"}
        assert c.ask("POST", "/proxies", body).status == 201
        for i in range(100):
            r = c.ask("POST", "/proxies/p", {"upstream": f"a:{i + 1}"})
            assert r.json()["upstream"] == f"a:{i + 1}"
        big = {"name": "x" * 200, "listen": "127.0.0.1:0", "upstream": "a:1"}
        r = c.ask("POST", "/populate", [
            {**big, "name": f"{i}", "enabled": False} for i in range(200)])
        assert r.status == 201 and len(r.json()["proxies"]) == 200


@pytest.mark.skipif(not unixhttp.is_root(), reason="needs other users")
def test_every_user_may_connect(place):
    with serve(place):
        assert version(place, uid=4321) == 200


def test_a_token_is_needed_here_too(place):
    env = {**os.environ, "TOXIPROXY_AUTH_TOKEN": "secret"}
    with serve(place, env=env, wait=False) as t:
        assert wait_until(lambda: not is_refused(place))
        assert t.process.poll() is None
        assert unixhttp.request(place, "GET", "/proxies").status == 401
        auth = {"Authorization": "Bearer secret"}
        for method, path, status in [("GET", "/proxies", 200),
                                     ("POST", "/reset", 204)]:
            r = unixhttp.request(place, method, path, headers=auth)
            assert r.status == status


def test_browsers_are_no_better_here(place):
    """As there may be a proxy before it."""
    with serve(place):
        for headers in ({"User-Agent": "Mozilla/5.0"},
                        {"Origin": "http://evil.example"}):
            assert unixhttp.request(
                place, "GET", "/proxies", headers=headers).status == 403


# ---- its place

def test_what_is_left_is_removed(place):
    with serve(place) as t:
        t.cut()
    assert place.exists()
    with serve(place) as t:
        assert version(place) == 200
        assert t.stop() == 0
    assert place.exists() and is_refused(place)
    with serve(place):
        assert version(place) == 200


def test_nothing_else_is(place):
    place.write_text("mine")
    assert "no socket" in refusal("-api-socket", str(place))
    assert place.read_text() == "mine"
    place.unlink()
    place.symlink_to("elsewhere")
    assert "no socket" in refusal("-api-socket", str(place))
    assert place.is_symlink()
    place.unlink()
    with serve(place):
        assert "another program listens there" in refusal(
            "-api-socket", str(place))
        assert version(place) == 200
    place.unlink()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(place))
        s.listen(0)
        with socket.socket(socket.AF_UNIX) as full:
            full.connect(str(place))
            assert "another program listens there" in refusal(
                "-api-socket", str(place))


def test_a_place_that_is_none(place):
    assert "No such file" in refusal("-api-socket", str(place / "x"))
    for path in (str(place) + "x" * 108, "/" + "x/" * 3000):
        assert "too long" in refusal("-api-socket", path)


def test_everybody_may_write_there(place):
    place.parent.chmod(0o777)
    assert "everybody may write" in refusal("-api-socket", str(place))
    place.parent.chmod(0o1777)
    with serve(place):
        assert version(place) == 200


@pytest.mark.skipif(not unixhttp.is_root(), reason="needs other users")
def test_somebody_elses(place):
    os.chown(place.parent, 4321, -1)
    assert "belongs to somebody else" in refusal("-api-socket", str(place))
    os.chown(place.parent, 0, -1)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(place))
    os.chown(place, 4321, -1)
    assert "belongs to somebody else" in refusal("-api-socket", str(place))


def test_two_that_start_at_once(place):
    """One of them has it, and it is that one's."""
    with serve(place) as t:
        t.cut()
    said = []

    def start():
        try:
            with serve(place):
                said.append(version(place))
                started.wait(rig.PATIENCE)
        except AssertionError:
            said.append(None)
            started.set()

    started = threading.Event()
    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said, key=str) == [200, None]


def test_a_relative_path(place, monkeypatch):
    monkeypatch.setenv("TOXID", os.path.abspath(
        os.environ.get("TOXID", rig.TOXID)))
    with Toxid("-api-socket", place.name, cwd=place.parent) as t:
        assert version(place) == 200
        assert t.stop() == 0


# ---- it outlives its processes

@pytest.mark.parametrize("roles", [["apid"], ["ctld"], ["ctld", "apid"]])
def test_who_is_killed_is_followed(place, roles):
    with serve(place) as t:
        for _ in range(2):
            pids = {role: t.child(role) for role in roles}
            for pid in pids.values():
                os.kill(pid, signal.SIGKILL)
            for role, pid in pids.items():
                assert wait_until(
                    lambda: t.children().get(role, [pid]) != [pid])
            assert version(place) == 200
            assert unixhttp.request(place, "POST", "/reset").status == 204


def test_a_ctld_that_follows_hears_who_asks(place):
    with serve(place) as t, \
            contextlib.closing(
                unixhttp.Connection(unixhttp.connect(place))) as c:
        assert c.ask("POST", "/reset").status == 204
        ctld = t.ctld
        os.kill(ctld, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("ctld", [ctld]) != [ctld])
        assert wait_until(lambda: c.ask("POST", "/reset").status == 204)


def test_an_upgrade_keeps_it_and_its_clients(place):
    with serve(place) as t, \
            contextlib.closing(
                unixhttp.Connection(unixhttp.connect(place))) as c:
        inode = place.stat().st_ino
        assert c.ask("POST", "/reset").status == 204
        for n in (1, 2):
            t.process.send_signal(signal.SIGUSR2)
            assert wait_until(lambda: n == sum(
                line["message"] == "Upgraded" for line in t.log()))
            assert c.ask("POST", "/reset").status == 204
            assert version(place) == 200
        assert place.stat().st_ino == inode


# ---- "api": {"unix": ...}

@pytest.fixture
def file(place):
    def write(unix):
        path = place.parent / "toxid.json"
        path.write_text('{"api": {"unix": %s}}' % unix)
        return str(path)
    return write


NO_SOCKET = ("api.unix: there is no socket: the option -api-socket says where "
             "it is to be, at the start")


def reload(t, path):
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-reload", str(t.pid)],
        capture_output=True, timeout=rig.PATIENCE)
    return r.returncode


def test_it_says_that_there_is_to_be_one(place, file):
    assert NO_SOCKET in refusal("-config", file("true"))
    assert check(file("true"))[:2] == (0, [])
    assert check(file("5"))[:2] == (
        1, ["1:10: api.unix: expected a boolean, got an integer"])
    with serve(place, "-config", file("true")):
        assert version(place) == 200
    with Toxid("-config", file("false")):
        pass
    with Toxid("-config", file("null")):
        pass


def test_it_turns_it_off(place, file):
    with serve(place, "-config", file("false")) as t:
        assert is_refused(place)
        assert t.request("GET", "/version").status == 200
        file("true")  # it would have to be made
        assert reload(t, file("true")) == 1
        assert is_refused(place)


@pytest.mark.parametrize("role", ROLES)
def test_a_reload_turns_it_off_for_good(place, file, role):
    with serve(place, "-config", file("true")) as t:
        assert version(place) == 200
        assert reload(t, file("false")) == 0
        assert is_refused(place)
        pid = t.child(role)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: t.children().get(role, [pid]) != [pid])
        t.wait_until_up()
        assert is_refused(place)
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: any(
            line["message"] == "Upgraded" for line in t.log()))
        assert is_refused(place)
        assert not [line for line in t.log() if "pauses" in line["message"]]
