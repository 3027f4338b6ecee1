# SPDX-License-Identifier: ISC
"""Where there are many proxies, nobody waits for what has to be said to all of
their workers: a ctld that follows another greets them, and gives them lines to
a new diald, some at a time."""

import os
import pathlib
import re
import signal
import threading
import time

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until
from test_takeover import asks, is_followed, says
from tracing import strace

pytestmark = [pytest.mark.normal_build, pytest.mark.skipif(
    os.geteuid() != 0, reason="strace shows nobody but root what ctld sends")]

MANY = 300
# With each message that ctld sends it sleeps: what it does between two turns of
# its loop takes long enough for an answer to come meanwhile.
DELAY_US = 3000
TEXT = (pathlib.Path(__file__).resolve().parents[2] /
        "proto/msg.h").read_text()
TYPES = {name: i for i, name in enumerate(re.findall(
    r"^\tX\((\w+),", TEXT.partition("#define MSG_TYPES(X)")[2].partition(
        "\n\n")[0], re.M), 1)}
SENT = re.compile(rb'send(?:to|msg)\(.*?"((?:\\x[0-9a-f]{2}){4})')


@pytest.fixture(scope="module")
def echo():
    with Echo() as server:
        yield server


def populate(t, upstream, many):
    for base in range(0, many, 500):
        reply = t.request("POST", "/populate", [
            {"name": f"p{i}", "listen": "127.0.0.1:0", "upstream": upstream}
            for i in range(base, min(many, base + 500))], timeout=120)
        assert reply.status == 201, reply
    assert wait_until(lambda: sum(
        title.startswith("relayd [p") for title in t.children()) == many,
        4 * rig.PATIENCE)


@pytest.fixture
def crowded(echo):
    with Toxid(env={"LOG_LEVEL": "warn"}) as t:
        populate(t, echo.address, MANY)
        yield t


class Trace:
    """The types of what a process, or its next children, send"""

    def __init__(self, pid, *options):
        self.types = []
        self.trace = strace(
            pid, "-xx", "-s", "8", "-e", "trace=sendto,sendmsg", "-e",
            f"inject=sendto,sendmsg:delay_exit={DELAY_US}", *options)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.trace.stderr:
            if found := SENT.search(line):
                number = bytes.fromhex(
                    found[1].decode().replace("\\x", ""))
                self.types.append(int.from_bytes(number, "little"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.trace.terminate()
        self.trace.wait(rig.PATIENCE)
        self.reader.join(rig.PATIENCE)
        self.trace.stderr.close()

    def count(self, name, before=None):
        if before is not None:  # strace may not have said so yet
            assert wait_until(lambda: TYPES[before] in self.types)
        types = list(self.types)
        if before is not None:
            types = types[:types.index(TYPES[before])]
        return types.count(TYPES[name])


def test_a_change_is_answered_before_all_workers_are_greeted(crowded):
    t, ctld, replies = crowded, crowded.ctld, []
    last = f"p{MANY - 1}"
    with t.connect(last) as s, t.connect("p0") as first:
        says(s)
        os.kill(ctld, signal.SIGSTOP)  # it does not read what comes now
        thread = asks(t, "POST", f"/proxies/{last}/toxics", {
            "name": "here", "type": "noop"}, replies)
        time.sleep(0.3)
        with Trace(t.pid, "-f") as trace:
            os.kill(ctld, signal.SIGKILL)
            thread.join(rig.PATIENCE)
            assert [r.status for r in replies] == [200]
            assert wait_until(lambda: trace.count("HELLO") > MANY)
            assert trace.count("HELLO", before="ANSWER") < MANY
        is_followed(t, ctld)
        says(s)
        says(first)
        found = t.request("GET", f"/proxies/{last}/toxics").json()
        assert [x["name"] for x in found] == ["here"]


def test_a_change_is_answered_before_all_workers_have_a_line(crowded):
    with Trace(crowded.ctld) as trace:
        os.kill(crowded.child("diald"), signal.SIGKILL)
        assert wait_until(lambda: trace.count("DIAL_POLICY") > 0)
        assert crowded.request("POST", "/proxies/p0/toxics", {
            "type": "noop"}).status == 200
        assert trace.count("DIAL_POLICY", before="ANSWER") < MANY
        assert wait_until(lambda: trace.count("DIAL_POLICY") == MANY)
    with crowded.connect(f"p{MANY - 1}") as s:
        says(s)
