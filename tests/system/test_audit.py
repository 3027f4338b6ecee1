# SPDX-License-Identifier: ISC
"""Who has changed what is in the log, whoever reads that, and however slowly:
tests/unit/output_test.c has how much waits."""

import http.client
import signal
import threading

import pytest
from lab import Lab, bearer
from rig import PATIENCE, SLOW, wait_until

# Some 300 bytes of log each: more than a pipe has room for, and ctld's buffer.
MANY = 1000


class Reader(Lab):
    """Its log is read while .reads is set."""

    def __init__(self, *args, **popen):
        self.reads = threading.Event()
        self.reads.set()
        super().__init__(*args, **popen)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self.reads.wait()

    def __exit__(self, *error):
        self.reads.set()
        super().__exit__(*error)

    def refused(self):
        return [line["request_id"]
                for line in self.audit(outcome="no such proxy")]


def ask_many(lab, who="a"):
    """The request ids of so many changes that are refused"""
    ids = []
    connection = http.client.HTTPConnection(
        lab.host, lab.port, timeout=30 * SLOW)
    for _ in range(MANY):
        connection.request("DELETE", "/proxies/none", headers=bearer(who))
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 404
        ids.append(reply.headers["X-Toxiproxy-Request-Id"])
    connection.close()
    return ids


@pytest.fixture(name="lab")
def the_lab(tmp_path):
    with Reader(tmp_path, env={"LOG_LEVEL": "info"}) as lab:
        yield lab


def test_nobody_waits_for_who_reads_slowly_and_nothing_is_lost(lab):
    lab.reads.clear()
    ids = ask_many(lab)  # each is answered
    assert len(lab.refused()) < MANY
    lab.reads.set()
    assert wait_until(lambda: len(lab.refused()) == MANY)
    assert lab.refused() == ids  # in their order
    assert not [line for line in lab.log() if line.get("audit_lines")]


def test_an_end_has_its_last_lines_read(lab):
    lab.reads.clear()
    ids = ask_many(lab)
    lab.process.send_signal(signal.SIGTERM)
    lab.reads.set()
    assert lab.process.wait(PATIENCE) == 0
    lab.reader.join(PATIENCE)
    assert lab.refused() == ids


def test_an_upgrade_loses_none(lab):
    lab.reads.clear()
    ids = ask_many(lab)
    lab.process.send_signal(signal.SIGUSR2)
    lab.reads.set()
    assert wait_until(lambda: [line for line in lab.log()
                               if line["message"] == "Upgraded"])
    assert lab.refused() == ids
