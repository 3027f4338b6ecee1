# SPDX-License-Identifier: ISC
"""A worker that is asked for its sessions, and has been taken over."""

import pathlib
import tempfile
import time

import pytest
from peers import Echo
from rig import Toxid, wait_until
from test_hostile import Stage

pytestmark = pytest.mark.normal_build


@pytest.fixture(name="stage")
def the_stage(monkeypatch):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        stage = Stage(folder, "relayd")
        monkeypatch.setenv("TOXID", str(folder / "toxid"))
        yield stage


def killed(t):
    t.read_to_here()
    return [line["reason"] for line in t.log()
            if line.get("message") == "Killing a child"
            and line.get("proxy") == "bad"]


def make(stage, t, echo, mode):
    """A proxy whose worker is like that, and one beside it"""
    t.proxy("good", upstream=f"127.0.0.1:{echo.port}")
    stage.change(t, mode)
    t.proxy("bad", upstream=f"127.0.0.1:{echo.port}")


def ask(t, cursor=None, name="bad"):
    query = "" if cursor is None else f"?cursor={cursor}"
    return t.request("GET", f"/proxies/{name}/sessions{query}")


def test_one_that_never_answers_lives_and_keeps_nobody(stage):
    with Toxid() as t, Echo() as echo:
        make(stage, t, echo, "idle")
        # until it has a worker it has no sessions
        assert wait_until(lambda: ask(t).status == 503)
        for _ in range(3):
            began = time.monotonic()
            assert ask(t).status == 503
            assert time.monotonic() - began >= 0.9
            assert wait_until(lambda: ask(t, name="good").status == 200)
        assert killed(t) == []
        assert t.request("DELETE", "/proxies/bad").status == 204


def test_one_that_has_no_end_of_them_is_killed(stage):
    with Toxid() as t, Echo() as echo:
        make(stage, t, echo, "page-without-end")
        # until it has a worker it has no sessions, and no next page
        assert wait_until(lambda: ask(t).json().get("next") is not None)
        first = ask(t).json()["next"]
        assert first.endswith(".1")
        stage.mode("honest")
        assert ask(t, first).json() == {"sessions": [], "next": None}
        assert killed(t) == ["broke the protocol"]


def test_one_that_was_not_asked_is_killed(stage):
    with Toxid() as t, Echo() as echo:
        make(stage, t, echo, "page-unasked")
        assert wait_until(lambda: "broke the protocol" in killed(t))
        stage.mode("honest")
        assert wait_until(lambda: ask(t).status == 200)
