# SPDX-License-Identifier: ISC
"""A child that has been taken over says and does what it likes: ctld
lives, grows by nothing, and all others are served."""

import json
import os
import pathlib
import shutil
import signal
import tempfile
import time

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until
from stalls import used
from test_supervision import Bystander, is_served, pids

pytestmark = [pytest.mark.normal_build, pytest.mark.slow, pytest.mark.waits]

# They die only when they have been waited for.
slowly = pytest.mark.slow
MODES = ["leave", "hang-up", "stop", "empty", "descriptors", "noise", "echo",
         "flood-log", *(pytest.param(mode, marks=slowly) for mode in (
             "silent", "pong-first", "mute"))]
PATIENCE = 40 * rig.SLOW
# These may live as long as they like.
PATIENT = ("flood-log", "flood-requests")
TITLES = {"apid": "apid", "diald": "diald", "resolvd": "resolvd",
          "relayd": "relayd [spare]",
          "stored": "stored"}
SPARES = 4  # workers that wait for a proxy, unless toxid is told otherwise
# Of ctld, on top of what it had: 96 MiB for each of three, the
# requests under way and two queues of messages that are not read.
GROWTH_MAX = 320 << 20


def spares_of(t):
    args = t.process.args
    return int(args[args.index("-spares") + 1]) if "-spares" in args else SPARES


def all_work(t):
    """A worker that has not yet heard of its proxy looks like a spare one, and
    what comes in its place would be hostile; a spare one that has only begun
    looks like none, and would stay honest."""
    titles = t.children()
    return len(titles.get(TITLES["relayd"], [])) == spares_of(t) and all(
        f"relayd [{name}]" in titles
        for name, proxy in t.request("GET", "/proxies").json().items()
        if proxy["enabled"])


def said_dead(t):
    """Whom ctld knows to be dead: of a spare worker it says so at level debug"""
    return {line["pid"] for line in t.log()
            if line.get("message") == "Child died"}


class Stage:
    """A toxid one of whose programs can be exchanged while it runs"""

    def __init__(self, folder, role):
        self.folder, self.title = folder, TITLES[role]
        self.args = ["-state", str(folder / "state")] * (role == "stored")
        build = pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent
        for name in ("toxid", "supervisor", "ctld", *TITLES):
            true = name + ".honest" if name == role else name
            shutil.copy(build / name, folder / true)
        shutil.copy(build / "hostile", folder / role)
        self.mode("honest")

    def mode(self, name):
        new = self.folder / "mode.new"
        new.write_text(name)
        new.rename(self.folder / "mode")
        self.is_honest = name == "honest"

    def change(self, t, mode):
        """From now on each one that is started is so; how many were not.  ctld
        knows that they are dead: it gives none of them to a proxy."""
        if self.title == TITLES["relayd"] and self.is_honest:
            assert wait_until(lambda: all_work(t), PATIENCE)
        self.mode(mode)
        killed = self.kill(t)
        assert wait_until(lambda: killed <= said_dead(t), PATIENCE), killed
        return len(killed)

    def kill(self, t):
        """All that there are; what they were ctld may not know yet."""
        killed = pids(t, self.title)
        for pid in killed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return killed


@pytest.fixture
def stage(monkeypatch, request):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # each child is somebody else
        s = Stage(folder, request.param)
        monkeypatch.setenv("TOXID", str(folder / "toxid"))
        yield s


def rss(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0


def descriptors(pid):
    return len(list(rig.descriptors_of(pid)))


def grown(t):
    """what both have that no child is to make grow"""
    return rss(t.ctld) + rss(t.pid)


def deaths(t, role):
    return sum(line.get("message") == "Child died" and line["child"] == role
               for line in list(t.log()))


def survives(stage, t, role, mode, seconds=2):
    """They come, and most of them go, and ctld does not care."""
    before, expected = grown(t), deaths(t, role)
    expected += stage.change(t, mode) + (mode not in PATIENT)
    end = time.monotonic() + seconds
    assert wait_until(lambda: deaths(t, role) >= expected, PATIENCE)
    while time.monotonic() < end:
        assert t.process.poll() is None
        assert grown(t) - before < GROWTH_MAX
        time.sleep(0.05)


def settled(t):
    """As many descriptors as when all is quiet; None: it is not."""
    counted = {title: len(found) for title, found in t.children().items()}
    counted.pop("stored", None)
    if counted != {"ctld": 1, "apid": 1, "diald": 1, "resolvd": 1, "relayd [spare]": 4,
                   "relayd [bystander]": 1}:
        return None
    return descriptors(t.ctld) + descriptors(t.pid)


def at_rest(t):
    """... and it stays so: of a child that has just come, descriptors may still
    be under way"""
    found = []
    assert wait_until(lambda: found.append(settled(t)) or (
        None not in found[-20:] and len(set(found[-20:])) == 1
        and len(found) >= 20))
    return found[-1]


def makes_a_proxy(t, role, echo):
    """... which a stored that is no good can refuse."""
    reply = t.request("POST", "/proxies", json.dumps({
        "name": "bad", "listen": "127.0.0.1:0",
        "upstream": f"127.0.0.1:{echo.port}"}))
    assert reply.status in ((201, 500, 507) if role == "stored" else (201,))
    return reply.status == 201


def on_stage(function):
    return pytest.mark.parametrize(
        "stage, role", [(role, role) for role in TITLES],
        indirect=["stage"], ids=list(TITLES))(function)


@on_stage
@pytest.mark.parametrize("mode", MODES)
def test_a_hostile_child(stage, role, mode):
    with Toxid(*stage.args) as t, Echo() as echo:
        bystander = Bystander(t, echo)
        before, is_there = at_rest(t), False
        survives(stage, t, role, mode)
        if role != "apid":
            t.request("GET", "/proxies")
            is_there = makes_a_proxy(t, role, echo)
        bystander.did_not_notice()
        stage.change(t, "honest")
        t.wait_until_up()
        assert wait_until(lambda: t.request("DELETE", "/proxies/bad").status
                          == (204 if is_there else 404), PATIENCE)
        assert wait_until(lambda: is_served(t, "bystander"), PATIENCE)
        assert wait_until(lambda: settled(t) == before, PATIENCE)
        assert t.stop() == 0
    if role == "stored":
        with Toxid(*stage.args) as t: # all that was acknowledged came back
            assert list(t.request("GET", "/proxies").json()) == ["bystander"]


@pytest.mark.parametrize("stage", ["apid"], indirect=True)
def test_an_apid_that_asks_without_end(stage):
    with Toxid() as t, Echo() as echo:
        bystander = Bystander(t, echo)
        t.proxy("bad", upstream=f"127.0.0.1:{echo.port}")
        survives(stage, t, "apid", "flood-requests", seconds=6)
        bystander.did_not_notice()
        stage.change(t, "honest")
        t.wait_until_up()
        assert t.stop() == 0


@pytest.mark.parametrize("stage", ["apid"], indirect=True)
def test_an_apid_that_says_documents_without_end(stage, state):
    """... while none can be stored"""
    with Toxid("-state", str(state)) as t, Echo() as echo:
        bystander = Bystander(t, echo)
        before, died = grown(t), deaths(t, "apid")
        died += stage.change(t, "flood-documents")
        assert wait_until(lambda: deaths(t, "apid") >= died, PATIENCE)
        end, most = time.monotonic() + 4, 0
        while time.monotonic() < end:
            for pid in pids(t, "stored"):
                os.kill(pid, signal.SIGSTOP)
            most = max(most, grown(t) - before)
            time.sleep(0.05)
        assert most < GROWTH_MAX, most >> 20
        bystander.did_not_notice()
        stage.change(t, "honest")
        t.wait_until_up()
        assert t.stop() == 0


@pytest.mark.parametrize("stage", ["apid"], indirect=True)
def test_an_apid_that_gives_back_what_is_no_client(stage):
    """Once there has been an upgrade, too: none is on."""
    with Toxid() as t, Echo() as echo:
        bystander = Bystander(t, echo)
        before = t.child("apid")
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: before not in pids(t, "apid"))
        t.wait_until_up()
        kept = at_rest(t)
        survives(stage, t, "apid", "give-back")
        assert wait_until(lambda: any(
            line.get("message") == "Killing a child"
            and line["reason"] == "broke the protocol" for line in t.log()))
        stage.change(t, "honest")
        t.wait_until_up()
        assert wait_until(lambda: descriptors(t.ctld) + descriptors(t.pid) <= kept)
        bystander.did_not_notice()
        assert t.stop() == 0


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_a_worker_that_counts_without_end(stage):
    with Toxid() as t, Echo() as echo:
        bystander = Bystander(t, echo)
        stage.change(t, "flood-counters")
        before = grown(t), deaths(t, "apid")
        t.proxy("bad", upstream=f"127.0.0.1:{echo.port}")
        end = time.monotonic() + 3
        slowest = 0
        while time.monotonic() < end:
            began = time.monotonic()
            assert t.request("GET", "/version").status == 200
            slowest = max(slowest, used(time.monotonic() - began))
        assert slowest < 2 * rig.SLOW
        t.read_to_here()
        assert deaths(t, "apid") == before[1]
        assert grown(t) - before[0] < GROWTH_MAX
        bystander.did_not_notice()
        assert t.request("DELETE", "/proxies/bad").status == 204
        assert t.stop() == 0


@pytest.mark.parametrize("stage", ["resolvd"], indirect=True)
def test_a_resolvd_that_answers_diald_what_was_not_asked(stage):
    with Toxid() as t, Echo() as echo:
        bystander = Bystander(t, echo)
        stage.change(t, "answer-nobody")
        assert wait_until(lambda: any(
            line.get("reason") == "broke the protocol towards diald"
            for line in list(t.log())), PATIENCE)
        bystander.did_not_notice()
        stage.change(t, "honest")
        t.proxy("named", f"localhost:{echo.port}")
        assert wait_until(lambda: is_served(t, "named"), PATIENCE)
        assert t.stop() == 0
