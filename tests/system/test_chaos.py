# SPDX-License-Identifier: ISC
"""What `make chaos` stands on: that it would see what it looks for."""

import contextlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading

import pytest
import rig
from peers import Scripted
from test_relay_ends import PATIENCE

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "chaos"))

import chaos  # noqa: E402
import frame  # noqa: E402
import killer  # noqa: E402
import powercut  # noqa: E402
import soak  # noqa: E402
import tokens  # noqa: E402

LOAD = os.environ.get("LOAD", "build/load")


def pass_on(source, sink, change):
    """change(bytes, how many came before); None: an end there"""
    count = 0
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            changed = change(data, count)
            if changed is None:
                break
            count += len(data)
            sink.sendall(changed)
        sink.shutdown(socket.SHUT_WR)


def relay(upstream, change):
    def script(sock):
        with socket.create_connection(rig.address_of(upstream)) as up:
            back = threading.Thread(
                target=pass_on, args=(up, sock, lambda data, _: data))
            back.start()
            pass_on(sock, up, change)
            back.join(PATIENCE)
    return Scripted(script)


def flip(data, before):
    """the byte at 5000"""
    at = 5000 - before
    if not 0 <= at < len(data):
        return data
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def repeat(data, before):
    return data * 2 if before > 5000 else data


def cut(data, before):
    return None if before > 5000 else data


def swallow(data, before):
    return b"" if before > 5000 else data


@pytest.mark.parametrize("change, event", [
    (lambda data, _: data, None), (flip, "wrong"), (repeat, "wrong"),
    (cut, "cut"), (swallow, "cut")], ids=[
        "honest", "flip", "repeat", "cut", "swallow"])
def test_verified_load_sees(change, event):
    upstream = f"{rig.own_host()}:{rig.own_port()}"
    with relay(upstream, change) as middle:
        out = subprocess.run(
            [LOAD, "verify", "-listen", upstream, "-connect", middle.address,
             "-sessions", "20", "-parallel", "4", "-bytes", "100000",
             "-chunk", "2000", "-patience", "2" if event else "20"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
            timeout=60 * rig.SLOW).stdout.splitlines()
    total = json.loads(out[-1])
    seen = {json.loads(line)["event"] for line in out[:-1]}
    if event is None:
        assert not seen and total["whole"] == total["sessions"] == 20
        assert total["bytes_up"] > 50_000 and total["bytes_down"] > 50_000
    else:
        assert event in seen and total[event] > 0


def event(kind, proxy, opened, now, why="ends too soon"):
    return {"event": kind, "proxy": proxy, "opened": int(opened * frame.NS),
            "now": int(now * frame.NS), "why": why}


@pytest.mark.parametrize("found, is_excused", [
    (event("cut", 3, 9, 10.5), True),
    (event("cut", 3, 9, 9.9), False),        # before the kill
    (event("cut", 3, 10.5, 11), False),      # a new worker's
    (event("cut", 4, 9, 10.5), False),       # another's
    (event("cut", 5, 9, 10.5), True),        # its title was not yet there
    (event("cut", killer.HIT, 9, 10.5), False),
    (event("cut", 3, 9, 10.5, "Connection refused"), False),
    (event("refused", 3, 9, 10.5), False),
    (event("stuck", 3, 9, 10.5), False),
    (event("wrong", 3, 9, 10.5), False)])
def test_only_who_was_hit_is_excused(found, is_excused):
    kills = [(10, 100, "relayd [p3]"), (10, 101, "relayd [spare]"),
             (10, 102, "apid")]
    deaths = {100: "p3", 101: "p5"}
    left = killer.unexcused([found], kills, deaths)
    assert left == ([] if is_excused else [found])


@pytest.mark.parametrize("spared, took, is_late", [
    (0.005, 0.050, False), (0.005, 0.060, True), (0.120, 0.230, False),
    (0.120, 0.250, True)])
def test_a_restart_that_takes_too_long_is_seen(spared, took, is_late):
    """... by what others take, where the machine is busy"""
    hit = killer.Killer(None, {}, None)
    hit.kills = [(at, at, "relayd [p0]") for at in range(20)]
    hit.served = {at: ("p0", took) for at in range(20)}
    hit.spared = {at: ("spared20", spared) for at in range(20)}
    verdict = frame.Verdict("killer", "something")
    killer.judge_served(verdict, hit, [])
    assert bool(verdict.lost) == is_late


@pytest.mark.parametrize("a_round, leaks", [(0, False), (1, True)])
def test_a_leak_is_seen(a_round, leaks):
    """of one descriptor a round"""
    rounds = range(soak.ROUNDS)
    _, all_ = soak.growth([(i * 2000, 30 + i * a_round) for i in rounds])
    assert (all_ >= soak.GROWTH_DESCRIPTORS) == leaks


def test_scenarios_are_called_as_their_files_are():
    """A word each, so that it is typed as it stands: --only powercut."""
    for scenario in chaos.SCENARIOS:
        assert scenario.NAME == scenario.__name__
        assert scenario.NAME.isidentifier()


def test_tokens_that_are_lost_or_come_back_are_seen(tmp_path):
    client = tokens.Client(0, random.Random(1))
    path, new = tmp_path / "lab.json", ("POST", "/tokens", {"name": "k0"})
    path.write_text(json.dumps({"tenants": [client.entry()]}))
    with rig.Toxid("-config", str(path)) as t:
        client.learn(*new, client.ask(t, *new)[1])
        assert not client.faults(t)
        assert client.ask(t, "DELETE", "/tokens/k0")[0] == 204
        assert client.faults(t)
        client.revoke("k0")
        assert not client.faults(t)
        client.revoked.append(client.root)
        assert client.faults(t)


class Broken:
    """It finds something, or comes to no end, and toxid has a log."""

    NAME = "broken"

    @staticmethod
    def run(options):
        with frame.start(options):
            verdict = frame.Verdict(Broken.NAME, "something")
            verdict.expect(options.seconds, "the reason is time")
            assert options.rounds, "the reason is rounds"
            return verdict


@pytest.mark.parametrize("seconds, rounds, why", [
    (0, 1, "the reason is time"), (1, 0, "the reason is rounds"),
    (1, 1, None)])
def test_what_is_lost_is_said_at_the_end(capsys, seconds, rounds, why):
    """with the end of the log, as the rest of the output may be cut off"""
    toxid = os.environ.get("TOXID", rig.TOXID)
    options = frame.Options(toxid, LOAD, seconds, 1, rounds, 1234, True)
    verdict = chaos.play(Broken, options)
    capsys.readouterr()
    assert bool(verdict.lost) == (why is not None)
    if why is None:
        return
    chaos.show_lost(verdict, options)
    said = capsys.readouterr().out
    assert "seed 1234" in said and "Starting Toxiproxy" in said
    assert why in said.split("LOST")[-1]


class Client:
    """of the powercut scenario, with so many changes done"""

    def __init__(self):
        self.done = 0


class Always:
    @staticmethod
    def random():
        return 0


def test_stored_does_not_die_twice_of_one_change(monkeypatch):
    monkeypatch.setattr(powercut, "kill_stored", lambda t: None)
    clients = [Client(), Client()]
    killer_of_stored = powercut.StoredKiller(None, clients, Always)
    killer_of_stored.step()
    clients[0].done, clients[1].done = 5, 1
    killer_of_stored.step()
    assert killer_of_stored.kills == 1, "one may still have the same in hand"
    clients[1].done = 2
    killer_of_stored.step()
    assert killer_of_stored.kills == 2
