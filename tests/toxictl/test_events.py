# SPDX-License-Identifier: ISC
"""toxictl events: what has happened, and what does."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading

import pytest
from conftest import PATIENCE, Toxictl
from rig import Toxid, wait_until


class Follower:
    """toxictl events -f, whose lines are read as they come"""

    def __init__(self, ctl, *args):
        self.process = ctl.start("events", "-f", *args, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, word):
        """All lines up to the next with that word"""
        found = [self.lines.get(timeout=PATIENCE)]
        while word not in found[-1]:
            found.append(self.lines.get(timeout=PATIENCE))
        return found

    def end(self):
        """What it has said on stderr"""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.wait(PATIENCE), self.process.stderr.read()
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return said


def change(t, latency):
    r = t.request("POST", "/proxies/web/toxics/slow",
                  {"attributes": {"latency": latency}, "toxicity": 0.3})
    assert r.status == 200


def as_json(text):
    return [json.loads(line) for line in text.splitlines()]


def test_what_has_happened(ctl, toxid, web):
    toxid.toxic("web", "latency", toxic_name="slow", latency=100)
    change(toxid, 250)
    lines = ctl("events").splitlines()
    assert [line.split(" ")[1] for line in lines] == [
        "proxy_created", "toxic_created", "toxic_changed"]
    assert lines[-1].split(" ")[2:] == [
        "web", "slow", "toxicity=1->0.3", "latency=100->250"]
    assert " upstream=" in lines[0] and "->" not in lines[0]


def test_json_is_as_it_came(ctl, toxid, web):
    toxid.toxic("web", "latency", toxic_name="slow", latency=100)
    change(toxid, 250)
    came = toxid.request("GET", "/events?after=0").body.decode()
    lines = ctl("events", "--json").splitlines()
    assert len(lines) == 3 and all(line in came for line in lines)


def test_behind_an_id(ctl, toxid, web):
    first, = as_json(ctl("events", "--json"))
    after = str(first["id"])
    assert ctl("events", "--after", after) == ""
    ctl("disable", "web")
    found, = as_json(ctl("events", "--json", "--after", after))
    assert found["event"] == "proxy_changed"
    assert ctl("events", "--after", str(2**52)).split()[1:] == [
        "gap", "missed=unknown"]


def test_more_than_one_reply_has_room_for(ctl, toxid, web):
    toxid.toxic("web", "latency", toxic_name="slow", latency=1)
    for i in range(300):
        change(toxid, 2 + i)
    ids = [each["id"] for each in as_json(ctl("events", "--json"))]
    assert ids == list(range(ids[0], ids[0] + 302))


@pytest.mark.parametrize("after", ["", "x", "-1", "1x", "99999999999999999999",
                                   str(2**64 - 1)])
def test_what_is_no_id(ctl, after):
    r = ctl.run("events", f"--after={after}")
    assert r.returncode == 2 and "id of an event" in r.stderr


def test_a_name_that_is_no_word_is_in_quotes(ctl, toxid):
    toxid.proxy('a "b" c=d', "127.0.0.1:1")
    assert ' proxy_created "a \\"b\\" c=d" ' in ctl("events")


def test_what_happens(ctl, toxid, web):
    f = Follower(ctl)
    try:
        f.until(" state ")
        ctl("disable", "web")
        ctl("enable", "web")
        assert f.until("->true")[-1].endswith(
            " proxy_changed web enabled=false->true\n")
    finally:
        assert f.end() == ""


def test_it_goes_on_where_it_was(ctl, toxid, web):
    first, = as_json(ctl("events", "--json"))
    ctl("disable", "web")
    f = Follower(ctl, "--json", "--after", str(first["id"]))
    try:
        found = json.loads(f.until("proxy_changed")[0])
        assert found["id"] == first["id"] + 1
        ctl("enable", "web")
        found = json.loads(f.until("proxy_changed")[0])
        assert found["id"] == first["id"] + 2
    finally:
        f.end()


def test_who_is_not_there_is_not_waited_for():
    r = Toxictl("http://127.0.0.1:1").run("events", "-f")
    assert r.returncode == 1 and "Failed to read events" in r.stderr


# ---- over the ends of processes

def is_in_order(lines):
    """No event is there twice; where one is missing there is a gap."""
    ids = [json.loads(line)["id"] for line in lines]
    return ids == sorted(set(ids))


def test_over_a_restart(tmp_path):
    state = ("-state", str(tmp_path))
    with contextlib.ExitStack() as stack:
        t = stack.enter_context(Toxid(*state))
        ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        f = Follower(ctl, "--json")
        try:
            found = f.until("state")
            t.proxy("first", "127.0.0.1:1", enabled=False)
            found += f.until('"first"')
            assert t.stop() == 0
            t = stack.enter_context(Toxid(*state, port=t.port))
            t.proxy("second", "127.0.0.1:1", enabled=False)
            found += f.until('"second"')
            assert is_in_order(found[1:])
            # another process keeps them now
            assert [json.loads(line)["event"] for line in found[2:]] == [
                "gap", "proxy_created"]
        finally:
            said = f.end()
        assert said.count("Waiting for the server") == 1


def test_over_an_upgrade_and_a_death(toxid, web):
    ctl = Toxictl(f"http://127.0.0.1:{toxid.port}")
    f = Follower(ctl, "--json")
    try:
        found = f.until("state")
        toxid.process.send_signal(signal.SIGUSR2)
        found += f.until("upgraded")
        apid = toxid.child("apid")
        os.kill(apid, signal.SIGKILL)
        assert wait_until(lambda: toxid.child("apid") not in (apid, None))
        found += f.until("process_died")
        assert is_in_order(found[1:])
    finally:
        f.end()


def test_a_reader_that_has_gone(ctl, toxid, web):
    p = ctl.start("events", "-f", stdout=subprocess.PIPE)
    assert " state " in p.stdout.readline()
    p.stdout.close()
    ctl("disable", "web")
    assert p.wait(PATIENCE) == -signal.SIGPIPE
