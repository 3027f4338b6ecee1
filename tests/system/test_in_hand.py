# SPDX-License-Identifier: ISC
"""What two ctlds have died of is not heard by a third: who said it is ended, and
nobody else notices."""

import contextlib
import http.client
import pathlib
import threading

import pytest
import rig
from doom import Doom
from peers import Echo
from rig import Nobody, Toxid, wait_until
from test_hostile import stage  # noqa: F401: a fixture
from test_lines import logged, make_bad
from test_relay_ends import receive
from test_supervision import pids

pytestmark = pytest.mark.normal_build
MESSAGES = 30  # of one child, by then: no other says as much
UNHEARD = "A child is not heard any more"


def dies(t, when):
    """ctld, with a message in hand of whom it hears most from"""
    ctld = t.ctld
    with Doom(t, MESSAGES, "message", when) as doom:
        doom.wait()
    assert doom.has_struck()
    assert wait_until(lambda: is_another(t, ctld))


def is_another(t, ctld):
    found = t.children().get("ctld", [])
    return len(found) == 1 and found[0] != ctld


def time_used(pid):
    """of a processor, in ns; 0: it has ended, as what had not begun yet does
    when its ctld dies"""
    try:
        stat = pathlib.Path(f"/proc/{pid}/schedstat").read_text(
            encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(stat.split()[0])


def flooder(t):
    """Of those that have no title of their own, who has done something"""
    return max(pids(t, "relayd [spare]"), key=time_used)


@contextlib.contextmanager
def a_bystander(t, echo):
    t.proxy("good", f"127.0.0.1:{echo.port}")
    with t.connect("good") as client:
        yield client
        client.sendall(b"hello")
        assert receive(client, 5) == b"hello"
    assert t.process.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_a_worker_that_two_died_of_is_ended(stage):
    with Toxid() as t, Echo() as echo, Nobody() as nobody, \
            a_bystander(t, echo):
        stage.change(t, "flood-counters")
        make_bad(t, nobody)
        dies(t, "fault")
        worker = flooder(t)
        assert not logged(t, UNHEARD)
        dies(t, "fault")
        assert wait_until(lambda: logged(
            t, UNHEARD, child="relayd", proxy="bad",
            reason="control processes died of what it said"))
        assert wait_until(lambda: rig.parent_of(worker) is None)
        stage.mode("honest")
        stage.kill(t)  # some of them are an earlier ctld's, which nobody knows
        assert t.worker("bad")
        assert not logged(t, UNHEARD, proxy="good")


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
@pytest.mark.parametrize("when", ["after", "signal"])
def test_who_is_killed_by_others_did_not_die_of_it(stage, when):
    with Toxid() as t, Echo() as echo, Nobody() as nobody, \
            a_bystander(t, echo):
        stage.change(t, "flood-counters")
        make_bad(t, nobody)
        dies(t, when)
        worker = flooder(t)
        for _ in range(2):
            dies(t, when)
        assert flooder(t) == worker
        assert not logged(t, UNHEARD)


class Writer(threading.Thread):
    """Asks for one change after the other, whatever becomes of it."""

    def __init__(self, t):
        super().__init__(daemon=True)
        self.t, self.stopping = t, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()

    def run(self):
        while not self.stopping.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.t.request("POST", "/proxies/good", {"enabled": True})


@pytest.mark.slow
def test_requests_that_ctlds_die_of_are_not_the_end_of_all():
    """They are toxid's end if there are eight of them, none of which has
    lived: so whoever asks has to wait."""
    with Toxid() as t, Echo() as echo, a_bystander(t, echo), Writer(t):
        for n in range(5):
            for _ in range(2):
                dies(t, "fault")
            assert wait_until(lambda n=n: len(
                logged(t, UNHEARD, child="apid")) == n + 1)
        assert wait_until(lambda: is_answered(t), 30 * rig.SLOW)


def is_answered(t):
    try:
        return t.request("GET", "/proxies").status == 200
    except OSError:
        return False
