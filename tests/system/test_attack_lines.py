# SPDX-License-Identifier: ISC
"""What one worker in bad hands can do to the dials and look-ups of others: less
than it takes for anybody to notice."""

import contextlib
import time

import pytest
import rig
from peers import Echo
from rig import Nobody, Toxid, wait_until
from stalls import used
from test_hostile import stage  # noqa: F401: a fixture
from test_lines import logged, make_bad
from test_names import addresses, speaks, world_or_skip  # noqa: F401
from test_relay_ends import PATIENCE, Stopwatch
from test_supervision import Bystander, is_served

pytestmark = pytest.mark.normal_build


@pytest.fixture
def world(stage, tmp_path, monkeypatch):  # noqa: F811
    """... with programs that can be exchanged"""
    folder = tmp_path / "world"
    folder.mkdir()
    w = world_or_skip(folder)
    monkeypatch.setenv("TOXID", str(w.program))
    try:
        with Toxid() as w.toxid:
            yield w
    finally:
        w.server.close()


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_who_changes_its_mind_asks_no_more_often(
        stage, world, echo):  # noqa: F811
    """Of a name that does not answer: each dial is called off as soon as it has
    begun, thousands of times."""
    world.tell["dead.test"] = lambda query: None
    world.tell["good.test"] = addresses("127.0.0.1")
    world.proxy("good", f"good.test:{echo.port}")
    assert speaks(world.toxid, "good")
    stage.change(world.toxid, "dial-fickle")
    assert world.toxid.request("POST", "/proxies", {
        "name": "bad", "listen": "127.0.0.1:0",
        "upstream": "dead.test:80"}).status == 201

    def asked():
        return sum(name == "dead.test" for name, *_ in world.server.seen)

    assert wait_until(asked)
    end = time.monotonic() + 2
    slowest = 0
    while time.monotonic() < end:
        watch = Stopwatch()
        assert speaks(world.toxid, "good")
        slowest = max(slowest, used(watch.seconds()))
    assert slowest < 1 * rig.SLOW
    # two questions, twice each, every 3 s; and the first workers died
    assert asked() < 60
    assert world.deaths() == world.deaths("diald") == 0


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_a_worker_that_dies_and_comes_back_has_one_voice(stage):  # noqa: F811
    """... against diald: it takes most proxies to have it replaced."""
    with Toxid() as t, Echo() as echo, Nobody() as nobody:  # noqa: F811
        for i in range(2):
            t.proxy(f"p{i}", f"127.0.0.1:{echo.port}")
        bystander = Bystander(t, echo)
        broker = t.child("diald")
        stage.change(t, "accuse")
        make_bad(t, nobody)
        assert wait_until(lambda: len(logged(
            t, "A line to diald is of no use", proxy="bad")) >= 3, PATIENCE)
        assert is_served(t, "bystander")
        bystander.did_not_notice()
        assert t.child("diald") == broker
        assert not logged(t, "Killing a child", child="diald")


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
def test_no_descriptor_of_dialds_hurts_a_worker(stage):  # noqa: F811
    """... whatever it is: the session with it ends, or hangs."""
    with Toxid() as t, Echo() as echo:  # noqa: F811
        bystander = Bystander(t, echo, "p")
        t.proxy("q", f"127.0.0.1:{echo.port}")
        workers = [t.worker("p"), t.worker("q")]
        stage.change(t, "answer-odd")
        clients = []
        for _ in range(20):
            for name in ("p", "q"):
                clients.append(t.connect(name))
                with contextlib.suppress(ConnectionError):  # it has ended
                    clients[-1].sendall(b"hello")
        time.sleep(3)  # a worker that hangs is missed after 2 s
        for client in clients:
            client.close()
        assert [t.worker("p"), t.worker("q")] == workers
        assert not logged(t, "Killing a child", child="relayd")
        bystander.did_not_notice()
        stage.change(t, "honest")
        assert wait_until(lambda: is_served(t, "q"), PATIENCE)


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
def test_a_resolvd_that_diald_denounces_has_died_of_no_name(
        stage, world, echo):  # noqa: F811
    world.tell["slow.test"] = lambda query: None
    world.tell["good.test"] = addresses("127.0.0.1")
    stage.change(world.toxid, "denounce")
    error = world.listen("slow.test").json()["error"]
    assert error.endswith("lookup slow.test: i/o timeout")
    assert world.deaths() >= 2
    assert not logged(world.toxid, "A name is refused: resolvd has died of it")
    assert world.listen("good.test").status == 201
