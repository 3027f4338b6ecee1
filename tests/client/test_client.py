# SPDX-License-Identifier: ISC
"""The C client library: its tests against toxid, Toxiproxy and servers that
are neither, in the builds that look closer; its ABI; its examples."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from fake import Fakes  # noqa: E402
from rig import Toxid, own_port, wait_until  # noqa: E402

BUILD = pathlib.Path(os.environ.get("CLIENT", "build"))
ORIGINAL = pathlib.Path("build/oracle/server")
LIMITS = {
    "asan": {"ASAN_OPTIONS": "detect_stack_use_after_return=1",
             "UBSAN_OPTIONS": "print_stacktrace=1"},
    "tsan": {"TSAN_OPTIONS": "halt_on_error=1"},
}
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--error-exitcode=99",
            "--show-leak-kinds=definite", "--vgdb=no",
            f"--suppressions={HERE.parent}/valgrind.supp"]


@pytest.fixture(scope="session")
def fakes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fake")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    servers = Fakes(folder, cert, key)
    yield servers.env
    servers.stop()


@pytest.fixture(scope="session")
def bare():
    with Toxid() as t:
        yield t


@pytest.fixture
def toxid():
    """of each test's own, so that they may run at once"""
    with Toxid("-proxy-metrics") as t:
        yield {"TOXI_URL": f"http://127.0.0.1:{t.port}"}


@pytest.fixture
def original():
    if not ORIGINAL.exists():
        pytest.skip("make check-oracle has not built the original")
    port = own_port()
    server = subprocess.Popen(
        [ORIGINAL.absolute(), "-host", "127.0.0.1", "-port", str(port),
         "-proxy-metrics"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    yield {"TOXI_URL": f"http://127.0.0.1:{port}", "TOXI_ORIGINAL": "1"}
    server.kill()
    server.wait()


def run(command, env, **more):
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False, **more)
    assert done.returncode == 0, (
        f"{command}: {done.returncode}\n{done.stdout[-8000:]}"
        f"{done.stderr[-20000:]}")
    return done


def environment(server, fakes, bare):
    return {**server, **fakes, "TOXI_BARE": f"http://127.0.0.1:{bare.port}"}


CRITERION = ["-j1", "--timeout", "60"]


def test_against_toxid(toxid, fakes, bare):
    run([BUILD / "client_test", *CRITERION], environment(toxid, fakes, bare))


def test_against_toxiproxy(original, fakes, bare):
    # It says so later than it listens.
    program = [BUILD / "client_test", *CRITERION]
    env = environment(original, fakes, bare)
    assert wait_until(lambda: subprocess.run(
        [*program, "--filter", "calls/version"], env={**os.environ, **env},
        capture_output=True, check=False).returncode == 0)
    run([*program, "--filter", "!(errors/*)"], env)
