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


def test_each_thing_that_changes_is_named(lab):
    """... whatever it is, and how many go with it."""
    def ask(method, path, body=None, status=200):
        r = lab.ask("a", method, path, body)
        assert r.status == status, r
    lab.make("a", "p", enabled=False)
    toxic = "/proxies/p/toxics/slow"
    ask("POST", "/proxies/p/toxics", {"name": "slow", "type": "latency"})
    ask("POST", toxic, {"toxicity": 0.5})
    ask("POST", toxic + "/lease", {"ttl": 3600000})
    ask("POST", "/proxies/p/lease", {"ttl": 3600000})
    ask("DELETE", toxic, status=204)
    ask("DELETE", toxic, status=404)
    for name in ("one", "two"):
        ask("POST", "/proxies/p/toxics", {"name": name, "type": "noop"})
    ask("POST", "/proxies/p", {"enabled": True})
    ask("POST", "/reset", status=204)
    ask("POST", "/populate", [{
        "name": "q", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
        "toxics": [{"name": "t", "type": "noop"}]}], status=201)
    ask("DELETE", "/proxies/q", status=204)
    ask("POST", "/tokens", {"name": "ci", "role": "reader"}, status=201)
    ask("DELETE", "/tokens/ci", status=204)
    assert wait_until(lambda: lab.audit(request="TOKEN_DELETE"))
    who = {"level", "role", "outcome", "tenant", "token", "client", "time",
           "request_id", "message"}
    assert [{k: v for k, v in line.items() if k not in who}
            for line in lab.audit(tenant="a")] == [
        {"request": "PROXY_CREATE", "proxy": "a/p", "toxics": 0},
        {"request": "TOXIC_CREATE", "proxy": "a/p", "toxic": "slow"},
        {"request": "TOXIC_UPDATE", "proxy": "a/p", "toxic": "slow"},
        {"request": "LEASE_RENEW", "proxy": "a/p", "toxic": "slow"},
        {"request": "LEASE_RENEW", "proxy": "a/p"},
        {"request": "TOXIC_DELETE", "proxy": "a/p", "toxic": "slow"},
        {"request": "TOXIC_DELETE", "proxy": "a/p", "toxic": "slow"},
        {"request": "TOXIC_CREATE", "proxy": "a/p", "toxic": "one"},
        {"request": "TOXIC_CREATE", "proxy": "a/p", "toxic": "two"},
        {"request": "PROXY_UPDATE", "proxy": "a/p"},
        {"request": "PROXY_RESET", "proxy": "a/p", "toxics": 2},
        {"request": "PROXY_POPULATE", "proxy": "a/q", "toxics": 1},
        {"request": "PROXY_DELETE", "proxy": "a/q", "toxics": 1},
        {"request": "TOKEN_CREATE", "changed_token": "a/ci",
         "token_role": "reader"},
        {"request": "TOKEN_DELETE", "changed_token": "a/ci",
         "token_role": "reader"}]
