# SPDX-License-Identifier: ISC
"""What toxid keeps for a ctld that follows another: an upgrade, or a reload,
that it dies of is done by the next one, and tried by no third; what there is to
be taken is all there, whatever dies meanwhile.  A ctld of the test says when."""

import os
import signal

import pytest
import rig
from privline import EVENTS, HERITAGE, REMARKS, ROLES
from rig import wait_until
from test_hostile_ctld import descriptors, heritage

WORDS = {number: word for word, number in REMARKS.items()}
SIGNALS = {"UPGRADE": signal.SIGUSR2, "RELOAD": signal.SIGHUP}


def following(stage):
    ctld = stage.ctld()
    ctld.start()
    return ctld


class News:
    """All that there are now, by their names; what toxid remarks is apart"""

    NAMES = {number: name for name, number in EVENTS.items()}

    def __init__(self, ctld):
        self.ctld, self.remarks = ctld, []

    def all(self):
        found = []
        while True:
            a = self.ctld.ask("NEWS")
            event = self.NAMES[a.words("I")[0]]
            if event == "NONE":
                return found
            if event == "REMARK":
                self.remarks.append(WORDS[a.words("4I2QqIi")[7]])
            else:
                found.append(event)


def news(ctld):
    return News(ctld).all()


def hears(ctld, event):
    """... and nothing else"""
    heard = []
    assert wait_until(lambda: heard.extend(news(ctld)) or heard)
    assert heard == [event]


@pytest.mark.parametrize("event", SIGNALS)
def test_two_try_it_and_no_third(stage, event):
    with stage.toxid(env={"LOG_LEVEL": "warn"}) as t:
        ctld = following(stage)
        os.kill(t.pid, SIGNALS[event])
        for _ in range(2):
            hears(ctld, event)
            said = News(ctld)
            assert said.all() == [], "it is told once"
            assert event not in said.remarks
            ctld.exit(1)
            ctld = following(stage)
        said = News(ctld)
        assert said.all() == []
        assert event in said.remarks
        os.kill(t.pid, SIGNALS[event])
        hears(ctld, event)
        ctld.exit(1)
        hears(following(stage), event)


def test_one_that_was_given_up_is_not_tried_again(stage):
    with stage.toxid() as t:
        ctld = following(stage)
        os.kill(t.pid, signal.SIGUSR2)
        hears(ctld, "UPGRADE")
        ctld.ask("END_TRIAL")
        ctld.exit(1)
        ctld = following(stage)
        assert news(ctld) == []
        os.kill(t.pid, signal.SIGUSR2)
        hears(ctld, "UPGRADE")


def test_the_trial_of_a_dead_one_is_over_before_it_is_tried_again(stage):
    with stage.toxid() as t:
        ctld = following(stage)
        for _ in range(2):
            os.kill(t.pid, signal.SIGUSR2)
            hears(ctld, "UPGRADE")
            assert ctld.ask("TRY").error == 0
            assert stage.ctld().is_trial
            ctld.exit(1)
            ctld, heard = following(stage), []
            assert wait_until(lambda: heard.extend(news(ctld)) or
                              "UPGRADE" in heard)
            assert heard in (["TRIAL", "UPGRADE"], ["UPGRADE"])
            assert ctld.ask("TRY").error == 0
            assert stage.ctld().is_trial
            ctld.ask("END_TRIAL")
            hears(ctld, "TRIAL")


def test_what_was_asked_for_meanwhile_is_another(stage):
    """It is told when the trial has come to its end, and nobody spins."""
    with stage.toxid() as t:
        ctld = following(stage)
        os.kill(t.pid, signal.SIGUSR2)
        hears(ctld, "UPGRADE")
        assert ctld.ask("TRY").error == 0
        assert stage.ctld().is_trial
        os.kill(t.pid, signal.SIGUSR2)
        assert news(ctld) == []
        ctld.ask("END_TRIAL")
        heard = []
        assert wait_until(lambda: heard.extend(news(ctld)) or
                          "UPGRADE" in heard)
        assert heard == ["TRIAL", "UPGRADE"]


def test_clients_are_kept_for_whoever_follows(stage):
    """... by an exec or by a death, and no longer than there is an upgrade"""
    with stage.toxid() as t:
        ctld = following(stage)
        before = descriptors(t)
        for gives_up in (False, True):
            r, w = os.pipe()
            assert ctld.ask("KEEP", fd=r).error == 0
            if gives_up:
                ctld.ask("END_TRIAL")
            ctld.exit(1)
            ctld = following(stage)
            assert len(heritage(ctld, "CLIENT")) == (0 if gives_up else 1)
            os.close(r)
            os.close(w)
            assert descriptors(t) == before


@pytest.mark.parametrize("dies", range(3))
def test_no_child_is_missed_because_another_dies(stage, dies):
    with stage.toxid() as t:
        ctld = following(stage)
        ids, pids = [], []
        for _ in range(5):
            a = ctld.ask("SPAWN", what=ROLES["relayd"])
            ids.append(a.id)
            pids.append(a.words("Ii")[1])
            a.close()
        ctld.exit(1)
        ctld, found, rows = following(stage), [], [-1]

        def take():
            a = ctld.ask("TAKE", what=HERITAGE["CHILD"], id=rows[-1] + 1)
            assert a.fd is not None
            found.append(a.id)
            rows.append(a.row)
            a.close()
        for _ in range(dies):
            take()
        pid = pids[max(dies - 1, 0)]
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: rig.parent_of(pid) is None)
        while len(found) < len(ids):
            take()
        assert found == ids
        assert news(ctld) == ["DIED"]


def test_what_a_dead_one_said_last_is_for_whoever_follows(stage):
    """... until a ctld that was told of the death has asked for more."""
    with stage.toxid() as t:
        ctld = following(stage)
        child = ctld.ask("SPAWN", what=ROLES["relayd"])
        os.kill(child.words("Ii")[1], signal.SIGKILL)
        for _ in range(2):
            assert wait_until(lambda: ctld.ask("NEWS").words("2I") == (
                EVENTS["DIED"], child.id))
            ctld.exit(1)
            ctld = following(stage)
            assert heritage(ctld, "CHILD") == [child.id]
        child.close()
        hears(ctld, "DIED")
        ctld.exit(1)
        assert heritage(following(stage), "CHILD") == []
