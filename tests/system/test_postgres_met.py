# SPDX-License-Identifier: ISC
"""A real PostgreSQL behind each kind of fault: psql says what a bad network has
it say, or has all of the answer, late."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import pytest
import rig
from rig import wait_until

ANSWER = "weather" * 20000


class Postgres:
    """... of nobody's where root tries, as it refuses to be root's"""

    def __init__(self, programs):
        self.programs, self.folder = programs, tempfile.mkdtemp()
        self.user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid,
                         "extra_groups": []}
        self.port = rig.own_port()
        self.address = f"{rig.own_host()}:{self.port}"
        data = f"{self.folder}/data"
        self.start("initdb", "-D", data, "-A", "trust", "-U", "lab",
                   "--no-sync", "--no-locale").wait()
        self.process = self.start(
            "postgres", "-D", data, "-k", self.folder, "-h", rig.own_host(),
            "-p", str(self.port), "-F")

    def start(self, program, *args):
        return subprocess.Popen(
            [self.programs / program, *args], cwd="/", **self.user,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(rig.PATIENCE)
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def postgres():
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("no PostgreSQL on this machine")
    server = Postgres(programs[-1])
    try:
        assert wait_until(lambda: psql(server.address)[0] == 0)
        yield server.address
    finally:
        server.stop()


def psql(address, patience=rig.PATIENCE):
    """(exit status, answer, what else it says)"""
    host, port = rig.address_of(address)
    done = subprocess.run(
        ["psql", "-X", "-A", "-t", "-c", "select repeat('weather', 20000)",
         f"host={host} port={port} user=lab dbname=postgres sslmode=disable "
         f"gssencmode=disable connect_timeout={patience}"],
        text=True, errors="replace", stdin=subprocess.DEVNULL,
        capture_output=True, timeout=5 * rig.PATIENCE)
    return done.returncode, done.stdout, done.stderr


GONE = "server closed the connection unexpectedly"  # by FIN or RST: libpq's word
RESET = "Connection reset by peer"  # before anything was sent


@pytest.mark.parametrize("kind, attributes, says", [
    ("corrupt", {"rate": 1}, "expected authentication request"),
    ("truncate", {"bytes": 0}, GONE),
    ("truncate", {"bytes": 5000}, GONE),
    ("limit_data", {"bytes": 5000}, GONE),
    ("close", {"after_bytes": 5000}, GONE),
    ("close", {"after_bytes": 5000, "mode": "reset"}, GONE),
    ("timeout", {"timeout": 1}, GONE),
    ("reset_peer", {"timeout": 0}, GONE)])
def test_what_ends_a_session(toxid, postgres, kind, attributes, says):
    listen = toxid.proxy("p", upstream=postgres)["listen"]
    toxid.toxic("p", kind, **attributes)
    status, answer, said = psql(listen)
    assert status != 0 and answer == "" and says in said, said


def test_a_server_that_hangs_is_waited_for(toxid, postgres):
    listen = toxid.proxy("p", upstream=postgres)["listen"]
    toxid.toxic("p", "close", mode="hang")
    status, _, said = psql(listen, patience=2)
    assert status == 2 and "timeout expired" in said


@pytest.mark.parametrize("connect, says", [
    ({"mode": "refuse"}, ["Connection refused"]),
    ({"mode": "reset"}, [RESET, GONE]),
    ({"mode": "blackhole"}, ["timeout expired"]),
    ({"mode": "accept_delay", "delay": 10000}, ["timeout expired"]),
    ({"dial_fail": "refused"}, [RESET, GONE])])
def test_a_server_that_is_not_reached(toxid, postgres, connect, says):
    listen = toxid.proxy("p", upstream=postgres, connect=connect)["listen"]
    status, _, said = psql(listen, patience=2)
    assert status == 2 and any(text in said for text in says), said


@pytest.mark.parametrize("kind, attributes", [
    ("latency", {"latency": 50, "jitter": 20, "distribution": "normal"}),
    ("bandwidth", {"rate": 2000, "scope": "proxy", "burst": 5000}),
    ("slicer", {"average_size": 1000, "size_variation": 500, "delay": 10}),
    ("slow_close", {"delay": 10}), ("noop", {})])
def test_what_is_late_is_whole(toxid, postgres, kind, attributes):
    listen = toxid.proxy("p", upstream=postgres)["listen"]
    toxid.toxic("p", kind, **attributes)
    assert psql(listen) == (0, ANSWER + "\n", "")


def test_every_other_session_is_chosen(toxid, postgres):
    listen = toxid.proxy("p", upstream=postgres)["listen"]
    assert toxid.request("POST", "/proxies/p/toxics", {
        "type": "close", "attributes": {"after_bytes": 5000},
        "select": {"every": 2}}).status == 200
    seen = [psql(listen)[0] == 0 for _ in range(6)]
    assert seen in ([True, False] * 3, [False, True] * 3)
