# SPDX-License-Identifier: ISC
"""What the tests of a fleet share: a real etcd, and nodes: a toxid each, and
its toxid-sync."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "lib"))

from again import pytest_sessionfinish  # noqa: E402, F401
from cluster import Cluster  # noqa: E402
from lastwords import (  # noqa: E402, F401
    pytest_runtest_makereport, pytest_runtest_setup)
from peers import Echo  # noqa: E402
from rig import PATIENCE, Toxid, wait_until  # noqa: E402
from sample import pytest_collection_modifyitems  # noqa: E402, F401

SYNC = os.path.abspath(os.environ.get("SYNC", "build/toxid-sync"))
PREFIX = "/t/lab"
LEASE = 3  # s


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes long, or a calm machine")


class Sync:
    """toxid-sync of a node; a context manager."""

    def __init__(self, etcd, toxid, folder, *args, node="n1", url=None):
        self.etcd, self.node = etcd, node
        self.path = folder / f"{node}.{time.monotonic_ns()}.log"
        with self.path.open("wb") as log:
            self.process = subprocess.Popen(
                [SYNC, "--etcd", url or etcd.all_urls, "--prefix", PREFIX,
                 "--node", node, "--lease", str(LEASE),
                 "--toxid", f"http://127.0.0.1:{toxid.port}", *args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "LOG_LEVEL": "debug"})

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is not None:
            print(self.path.read_text())

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def log(self):
        return [json.loads(line)
                for line in self.path.read_text().splitlines()]

    def said(self, message):
        return [line for line in self.log() if line["message"] == message]

    def status(self):
        return self.etcd.get(f"{PREFIX}/status/{self.node}")

    def wait(self, predicate, seconds=PATIENCE):
        """For a status of which that is true: it"""
        seen = []

        def is_so():
            try:
                status = self.status()
            except OSError:  # etcd is away
                return False
            seen[:] = [status]
            return status is not None and predicate(status)

        assert wait_until(is_so, seconds), (seen, self.log())
        return seen[0]

    def applied(self, revision):
        return self.wait(lambda s: s["applied"] >= revision)


def key(name, scope="all", kind="proxies"):
    return f"{PREFIX}/desired/{scope}/{kind}/{name}"


def listed(toxid):
    """{name: upstream}"""
    return {name: p["upstream"] for name, p in
            toxid.request("GET", "/proxies").json().items()}


@pytest.fixture
def etcd(tmp_path):
    with Cluster(tmp_path) as e:
        yield e


@pytest.fixture
def three(tmp_path):
    with Cluster(tmp_path, 3) as e:
        yield e


@pytest.fixture
def toxid():
    with Toxid("-spares", "0") as t:
        yield t


@pytest.fixture
def echo():
    with Echo() as e:
        yield e


@pytest.fixture
def sync(etcd, toxid, tmp_path):
    with Sync(etcd, toxid, tmp_path, "--label", "zone=a") as s:
        yield s


@pytest.fixture
def web(echo):
    """A proxy in front of an echo, as a value"""
    return {"listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{echo.port}"}
