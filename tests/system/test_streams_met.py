# SPDX-License-Identifier: ISC
"""Programs that meet faults of streams say what a bad network has them say."""

import shutil
import subprocess

import pytest
import rig
from peers import Server
from rig import wait_until

SIZE = 100000


class Http(Server):
    """One answer for each connection, whatever is asked."""

    def serve(self, sock):
        while b"\r\n\r\n" not in sock.recv(65536):
            pass
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
        sock.sendall(bytes(SIZE))
        sock.recv(1)


def said_by(*command):
    """(exit status, what it has written)"""
    done = subprocess.run(
        command, text=True, errors="replace", stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if command[0] == "curl" else
        subprocess.PIPE, stderr=subprocess.PIPE, timeout=5 * rig.PATIENCE)
    return done.returncode, (done.stdout or "") + done.stderr


def proxied(toxid, upstream, kind, **attributes):
    listen = toxid.proxy("p", upstream=upstream)["listen"]
    toxid.toxic("p", kind, **attributes)
    return listen


# What is in the way, what curl is to wait for it, and what it says.
CURL = [
    ("truncate", {"bytes": 5000}, rig.PATIENCE, 18, "transfer closed with "),
    ("close", {"after_bytes": 5000}, rig.PATIENCE, 18, "bytes remaining"),
    ("close", {"after_bytes": 5000, "mode": "reset"}, rig.PATIENCE, 56,
     "Connection reset by peer"),
    ("close", {"after_bytes": 5000, "mode": "hang"}, 1, 28, "timed out"),
    ("corrupt", {"rate": 1}, rig.PATIENCE, 1, "HTTP/0.9")]


@pytest.mark.parametrize("kind, attributes, seconds, status, said", CURL)
def test_curl(toxid, kind, attributes, seconds, status, said):
    with Http() as server:
        listen = proxied(toxid, server.address, kind, **attributes)
        code, text = said_by("curl", "-sS", "--noproxy", "*", "-m",
                             str(seconds), f"http://{listen}/")
    assert (code, said in text) == (status, True), (code, text)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    port = rig.own_port()
    with subprocess.Popen(
            ["redis-server", "--bind", rig.own_host(), "--port", str(port),
             "--protected-mode", "no", "--save", "", "--appendonly", "no"],
            cwd=tmp_path_factory.mktemp("redis"),
            stdout=subprocess.DEVNULL) as server:
        assert wait_until(lambda: said_by(
            "redis-cli", "-h", rig.own_host(), "-p", str(port),
            "ping") == (0, "PONG\n"))
        yield f"{rig.own_host()}:{port}"
        server.kill()


@pytest.mark.parametrize("kind, attributes, said", [
    ("corrupt", {"rate": 1}, "Protocol error, got"),
    ("truncate", {"bytes": 0}, "Server closed the connection"),
    ("truncate", {"bytes": 3}, "Server closed the connection"),
    ("close", {"after_bytes": 3}, "Server closed the connection"),
    ("close", {"after_bytes": 3, "mode": "reset"}, "reset by peer")])
def test_redis_cli(toxid, redis, kind, attributes, said):
    listen = proxied(toxid, redis, kind, **attributes)
    code, text = said_by("redis-cli", "-p", str(rig.address_of(listen)[1]),
                         "-h", "127.0.0.1", "ping")
    assert code == 1 and said in text, (code, text)


def test_redis_cli_behind_delays(toxid, redis):
    """They are only late."""
    listen = proxied(toxid, redis, "latency", latency=20, jitter=10,
                     distribution="paretonormal", correlation=0.9)
    assert said_by("redis-cli", "-p", str(rig.address_of(listen)[1]),
                   "ping") == (0, "PONG\n")
