# SPDX-License-Identifier: ISC
"""An upgrade in place to a toxid that has another program for tcp_loss: who has
the earlier one goes on by it, and nobody is told that its rate is another."""

import os
import re
import struct

import pytest
from constants import ROOT
from losses import do_without
from rig import Toxid
from test_relay_ends import expect
from test_tcp_loss import Line, flows, is_stuck, lacks
from test_upgrade import (  # noqa: F401  pylint: disable=unused-import
    programs, upgrade)

TOXIC = "/proxies/p/toxics/tcp_loss_upstream"


def instructions():
    """Its first ones, as they are in toxid: see struct bpf_insn"""
    with open(ROOT / "start" / "loss_program.h") as header:
        found = re.findall(r"\t{ 0x(..), (\d+), (\d+), (-?\d+), (-?\d+) },",
                           header.read())
    return b"".join(
        struct.pack("<BBhi", int(code, 16), int(to) | int(of) << 4, int(off),
                    int(number)) for code, to, of, off, number in found[:64])


def become_another(toxid):
    """... by a number of an instruction's, which no kernel comes to see"""
    had, whole = instructions(), toxid.read_bytes()
    assert whole.count(had) == 1
    toxid.unlink()  # it is executed
    toxid.write_bytes(whole.replace(had, had[:-1] + b"\1"))
    toxid.chmod(0o755)


def update(toxid, **what):
    return toxid.request("PATCH", TOXIC, what)


def refused(toxid, why, **attributes):
    answer = update(toxid, attributes=attributes)
    assert answer.status == 400 and why in answer.body.decode(), answer.body


@pytest.fixture(name="line")
def all_is_lost(programs):  # noqa: F811
    with Toxid() as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        line = Line(t)
        line.toxic("upstream", loss=1)
        yield line
        line.close()


def test_a_rate_stays_as_it_is_and_so_it_is_said(line, programs):  # noqa: F811
    t = line.toxid
    ends, worker = line.open("upstream"), t.worker("p")
    assert is_stuck(*ends)
    become_another(programs / "toxid")
    upgrade(t)
    assert "restart" in lacks(t) and t.worker("p") == worker
    for attributes in {"loss": 0}, {"loss": 0.5, "p": 0.1}, {"k": 0.5}:
        refused(t, "a restart: an earlier toxid was upgraded",
                **attributes)
    assert t.request("GET", TOXIC).json()["attributes"]["loss"] == 1
    assert is_stuck(*line.open("upstream"))
    # what is the worker's to do is done
    expect(200, update(t, attributes={"loss": 1}, toxicity=0))
    assert flows(*line.open("upstream"))
    expect(204, t.request("DELETE", TOXIC))
    assert flows(*line.open("upstream"))


def test_the_same_program_goes_on_at_another_rate(line):
    t = line.toxid
    upgrade(t)
    assert lacks(t) is None
    assert is_stuck(*line.open("upstream"))
    expect(200, update(t, attributes={"loss": 0}))
    assert flows(*line.open("upstream"))


def test_one_that_was_kept_has_no_other_rate_without_a_program(state):
    if os.geteuid() != 0:
        pytest.skip("needs root, to do without what it may")
    with Toxid("-state", str(state)) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        t.proxy("p", "127.0.0.1:1")
        t.toxic("p", "tcp_loss", stream="upstream", loss=0.5)
    with Toxid("-state", str(state), preexec_fn=do_without) as t:
        refused(t, "CAP_BPF and CAP_PERFMON", loss=0.1)
        expect(200, update(t, attributes={"loss": 0.5}, toxicity=0.5))
        kept = t.request("GET", TOXIC).json()
        assert kept["attributes"]["loss"] == kept["toxicity"] == 0.5
