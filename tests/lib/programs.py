# SPDX-License-Identifier: ISC
"""PostgreSQL, Redis and a web server of a test's own, and how psql, redis-cli
and curl are asked for all that there is: WHOLE."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import pytest
import rig
from peers import Server
from rig import wait_until

WHOLE = "weather" * 15000


def said(command, stdin=subprocess.DEVNULL):
    """(exit status, answer, what else it says)"""
    done = subprocess.run(command, text=True, errors="replace", stdin=stdin,
                          capture_output=True, timeout=5 * rig.PATIENCE)
    return done.returncode, done.stdout, done.stderr


# ---- clients: their commands


def psql(address, asks="select repeat('weather', 15000)", **options):
    """options: of the connection, as libpq has them"""
    host, port = rig.address_of(address)
    options = {"host": host, "port": port, "user": "lab", "dbname": "postgres",
               "sslmode": "disable", "gssencmode": "disable",
               "connect_timeout": rig.PATIENCE, **options}
    return ["psql", "-X", "-A", "-t", *(["-c", asks] if asks else []),
            " ".join(f"{name}='{value}'" for name, value in options.items())]


def redis_cli(address, *asks):
    host, port = rig.address_of(address)
    return ["redis-cli", "-h", host, "-p", str(port),
            *(asks or ("get", "weather"))]


def curl(address, path="", **options):
    options = {"max-time": rig.PATIENCE, **options}
    return ["curl", "-sS", "--noproxy", "*", f"http://{address}/{path}",
            *(word for name, value in options.items()
              for word in (f"--{name}", str(value)))]


# ---- servers


class Postgres:
    """... of nobody's where root tries, as it refuses to be root's"""

    def __init__(self):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            pytest.skip("no PostgreSQL on this machine")
        self.programs, self.folder = programs[-1], tempfile.mkdtemp()
        self.user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid,
                         "extra_groups": []}
        port = rig.own_port()
        self.address = f"{rig.own_host()}:{port}"
        data = f"{self.folder}/data"
        self.start("initdb", "-D", data, "-A", "trust", "-U", "lab",
                   "--no-sync", "--no-locale").wait()
        self.process = self.start(
            "postgres", "-D", data, "-k", self.folder, "-h", rig.own_host(),
            "-p", str(port), "-F")
        assert wait_until(lambda: self.tells("select 1") == "1")

    def start(self, program, *args):
        return subprocess.Popen(
            [self.programs / program, *args], cwd="/", **self.user,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def tells(self, sql):
        return said(psql(self.address, sql))[1].strip()

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(rig.PATIENCE)
        shutil.rmtree(self.folder)


class Redis:
    """It asks in 1 s whether a client is there, and gives up after 4 s."""

    def __init__(self):
        if shutil.which("redis-server") is None:
            pytest.skip("no redis-server on this machine")
        port = rig.own_port()
        self.address = f"{rig.own_host()}:{port}"
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            ["redis-server", "--bind", rig.own_host(), "--port", str(port),
             "--protected-mode", "no", "--save", "", "--appendonly", "no",
             "--tcp-keepalive", "1"],
            cwd=self.folder, stdout=subprocess.DEVNULL)
        assert wait_until(lambda: self.tells("ping") == "PONG")
        assert self.tells("set", "weather", WHOLE) == "OK"

    def tells(self, *asks):
        return said(redis_cli(self.address, *asks))[1].strip()

    def stop(self):
        self.process.kill()
        self.process.wait(rig.PATIENCE)
        shutil.rmtree(self.folder)


class Web(Server):
    """One answer for each connection, but of /wait, which has none."""

    def __init__(self):
        self.waiting = 0
        super().__init__()

    def serve(self, sock):
        asked = b""
        while b"\r\n\r\n" not in asked:
            more = sock.recv(65536)
            if not more:
                return
            asked += more
        if asked.startswith(b"GET /wait "):
            self.waiting += 1
        else:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" %
                         len(WHOLE) + WHOLE.encode())
        while sock.recv(65536):
            pass

    def stop(self):
        self.__exit__()
