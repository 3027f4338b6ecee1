# SPDX-License-Identifier: ISC
"""What is made in a session goes with it, and nothing else does."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from toxid import (
    AsyncClient, AsyncSession, Client, Conflict, Latency, NoAnswer, NotFound,
    Proxy, Session, Step, Toxic)

from conftest import client_of
from peers import CUT, losing
from rig import Toxid, wait_until
from secure import SecureToxid, certify
from test_errors import at, pages  # noqa: F401

NOBODY = "127.0.0.1:9"


def kept(client):
    """What others have"""
    client.create_proxy("stays", NOBODY, toxics=[Toxic(Latency(1), name="k")])
    return client


def names(client):
    return set(client.list_proxies())


def toxics(client):
    return {each.name for each in client.list_toxics("stays")}


def fill(session):
    session.create_proxy("p", NOBODY, toxics=[Latency(1)])
    session.add_toxic("p", Toxic(Latency(1), name="of it"))
    session.add_toxic("stays", Toxic(Latency(1), name="x"))


def is_gone(client):
    return names(client) == {"stays"} and toxics(client) == {"k"}


def test_it_goes_at_the_end_of_the_with(client):
    kept(client)
    with Session(client) as session:
        fill(session)
        assert names(client) == {"stays", "p"}
        assert toxics(client) == {"k", "x"} and session.id
    assert is_gone(client)


def test_and_by_asyncio(daemon, client):
    kept(client)

    async def run():
        own = AsyncClient(f"http://127.0.0.1:{daemon.port}")
        async with AsyncSession(own) as session:
            await session.create_proxy("p", NOBODY)
            await session.add_toxic("stays", Toxic(Latency(1), name="x"))
            assert session.id and await session.version()
        assert set(await own.list_proxies()) == {"stays"}

    asyncio.run(run())
    assert is_gone(client)


def test_it_goes_when_the_with_is_left_by_an_error(client):
    kept(client)
    with pytest.raises(ZeroDivisionError):
        with Session(client) as session:
            fill(session)
            1 / 0
    assert is_gone(client)


def test_what_has_gone_already_is_no_failure(client):
    with Session(kept(client)) as session:
        fill(session)
        client.delete_proxy("p")
        client.remove_toxic("stays", "x")
    assert is_gone(client)


def test_what_somebody_else_makes_of_that_name_stays(client):
    with Session(kept(client)) as session:
        fill(session)
        session.add_toxic("stays", Toxic(Latency(1), name="y"))
        session.delete_proxy("p")
        session.remove_toxic("stays", "x")
        client.create_proxy("p", NOBODY)
        client.add_toxic("stays", Toxic(Latency(1), name="x"))
    assert names(client) == {"stays", "p"} and toxics(client) == {"k", "x"}


def test_a_profile_goes_with_it(client):
    with Session(kept(client)) as session:
        session.apply_profile("stays", "3g")
        session.apply_profile("stays", "satellite")
        assert client.get_profile("stays").name == "satellite"
    assert is_gone(client)


@pytest.mark.parametrize("is_removed", [True, False])
def test_somebody_elses_profile_stays(client, is_removed):
    with Session(kept(client)) as session:
        session.apply_profile("stays", "3g")
        if is_removed:
            session.remove_profile("stays")
        theirs = client.apply_profile("stays", "edge")
    assert client.get_profile("stays") == theirs


def test_what_a_profile_had_is_not_remembered(client):
    """... when another is in its place"""
    with Session(kept(client)) as session:
        session.apply_profile("stays", "3g")
        session.apply_profile("stays", "satellite")
        client.add_toxic("stays", Toxic(
            Latency(1), name="profile_bandwidth_up"))
    assert toxics(client) == {"k", "profile_bandwidth_up"}


def test_what_reset_took_is_not_remembered(client):
    with Session(kept(client)) as session:
        session.add_toxic("stays", Toxic(Latency(1), name="x"))
        session.apply_profile("stays", "3g")
        session.reset()
        client.add_toxic("stays", Toxic(Latency(1), name="x"))
        client.apply_profile("stays", "3g")
        theirs = client.list_toxics("stays")
    assert client.list_toxics("stays") == theirs


def test_a_scenario_goes_with_it(client):
    steps = [Step(3600000, (Toxic(Latency(1), name="x"),))]
    with Session(kept(client)) as session:
        session.start_scenario("s", "stays", steps)
        assert toxics(client) == {"k", "x"}
    assert is_gone(client) and client.list_scenarios() == []
    with Session(client) as session:
        session.start_scenario("s", "stays", steps)
        session.stop_scenario("s")
        client.start_scenario("s", "stays", steps)  # which is not the session's
    assert [each.name for each in client.list_scenarios()] == ["s"]


@contextlib.contextmanager
def cutting(daemon, *lost):
    """A client whose connection ends with each of the first of what it asks of
    scenarios: before its answer, or where that is CUT before it is asked."""
    left = list(lost)

    def of_these(request):
        return left.pop(0) if b" /scenarios" in request and left else None

    with losing((daemon.host, daemon.port), of_these) as (_, port):
        yield Client(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("is_at_end", [False, True])
def test_a_scenario_whose_answer_is_lost_ends(daemon, client, is_at_end):
    """... though nobody has been told which it is: at once, or as soon as the
    server can be asked"""
    begun = []
    lost = [lambda: begun.extend(client.list_scenarios()), CUT][:1 + is_at_end]
    kept(client)
    with cutting(daemon, *lost) as far:
        with Session(far) as session:
            with pytest.raises(NoAnswer):
                session.start_scenario("s", "stays", [
                    Step(3600000, (Toxic(Latency(1), name="x"),))])
            assert len(client.list_scenarios()) == is_at_end
        assert [each.name for each in begun] == ["s"]
        assert is_gone(client) and client.list_scenarios() == []


def test_one_whose_answer_is_lost_leaves_anothers(daemon, client):
    def anothers():
        client.stop_scenario("s")
        client.start_scenario("s", "stays", [Step(3600000)], id="theirs")
    kept(client)
    with cutting(daemon, anothers) as far, Session(far) as session:
        with pytest.raises(NoAnswer):
            session.start_scenario("s", "stays", [Step(3600000)])
    assert client.get_scenario("s").id == "theirs"


def test_one_is_started_by_its_id(client):
    with Session(kept(client)) as session:
        made = session.start_scenario("s", "stays", [Step(3600000)], id="mine")
        assert made.id == "mine"
        with pytest.raises(Conflict):  # it is that one, and stays
            session.start_scenario("s", "stays", [Step(1)])
        assert client.get_scenario("s").id == "mine"
        session.stop_scenario("s", id="mine")
    with pytest.raises(RuntimeError):
        session.start_scenario("s", "stays", [Step(1)])
    assert client.list_scenarios() == []


def test_anothers_scenario_of_that_name_stays(client):
    with Session(kept(client)) as session:
        mine = session.start_scenario("s", "stays", [Step(1)])
        assert wait_until(lambda: client.list_scenarios() == [])
        theirs = client.start_scenario("s", "stays", [Step(3600000)])
        with pytest.raises(NotFound):
            client.stop_scenario("s", id=mine.id)
    assert [each.id for each in client.list_scenarios()] == [theirs.id]
    client.stop_scenario("s", id=theirs.id)
    assert client.list_scenarios() == []


def test_populate(client):
    there = kept(client).create_proxy("changes", NOBODY)
    with Session(client) as session:
        session.populate([client.get_proxy("stays"), Proxy(
            "new", "127.0.0.1:0", NOBODY), Proxy(
            "changes", there.listen, "127.0.0.1:8")])
        assert names(client) == {"stays", "changes", "new"}
    assert is_gone(client)


def test_one_after_another(client):
    session = Session(client)
    with pytest.raises(RuntimeError, match="not open"):
        session.create_proxy("a", NOBODY)
    numbers = set()
    for _ in range(2):
        with session:
            session.create_proxy("a", NOBODY)
            numbers.add(session.id)
    assert len(numbers) == 2 and names(client) == set()


def test_no_thread_is_left(client):
    before = threading.active_count()
    with Session(client):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_one_that_is_over_is_followed_by_another(client):
    """The end of our half is that of the session: what comes back to it is
    told so."""
    with Session(client) as session:
        session.create_proxy("before", NOBODY)
        first = session.id
        session._hold._line.end()
        assert wait_until(lambda: session.id != first)
        session.create_proxy("a", NOBODY)
        assert wait_until(lambda: names(client) == {"a"})
    assert names(client) == set()


def test_apid_dies(echo):
    with Toxid() as t:
        client = kept(client_of(t))
        with Session(client) as session:
            fill(session)
            number = session.id
            line = session._hold._line
            os.kill(t.child("apid"), signal.SIGKILL)
            assert wait_until(lambda: session._hold._line is not line)
            assert session.id == number
            assert "p" in names(client)
        assert is_gone(client)


def test_the_server_is_not_there_for_a_while(tmp_path):
    """It is asked again and again"""
    path = tmp_path / "api.sock"
    with Toxid("-api-socket", str(path)) as t:
        with Session(client_of(t, url=f"unix:{path}")) as session:
            held = session._hold
            path.rename(tmp_path / "away")
            held._line.end()
            line = held._line
            assert wait_until(line.response.isclosed)
            time.sleep(0.3)  # it may come in vain once and again
            (tmp_path / "away").rename(path)
            assert wait_until(lambda: held._line is not line)
            assert session.id


def test_by_https(tmp_path):
    with SecureToxid(certify(tmp_path)) as t:
        client = kept(client_of(t, url=f"https://localhost:{t.port}",
                                cafile=t.pair[0]))
        with Session(client) as session:
            fill(session)
        assert is_gone(client)


def test_by_a_socket(tmp_path):
    path = tmp_path / "api.sock"
    with Toxid("-api-socket", str(path)) as t:
        client = kept(client_of(t, url=f"unix:{path}"))
        with Session(client) as session:
            fill(session)
        assert is_gone(client)


KILLED = """
import sys, time
from test_session import fill
from toxid import Client, Session

session = Session(Client(sys.argv[1]))
session.open()
fill(session)
print("made", flush=True)
time.sleep(3600)
"""


def test_its_process_is_killed(daemon, client):
    kept(client)
    with subprocess.Popen(
            [sys.executable, "-c", KILLED, f"127.0.0.1:{daemon.port}"],
            stdout=subprocess.PIPE, text=True, env={
                **os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as p:
        assert p.stdout.readline() == "made\n"
        assert names(client) == {"stays", "p"}
        p.kill()
    assert wait_until(lambda: is_gone(client))


def test_a_call_is_cancelled(daemon, client):
    """What it has made meanwhile goes all the same"""
    async def run():
        own = AsyncClient(f"http://127.0.0.1:{daemon.port}")
        for delay in (0, 0.001, 0.003, 0.01):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(in_session(own), delay)

    async def in_session(own):
        async with AsyncSession(own) as session:
            async with own.tunnel(NOBODY, Latency(1)):
                for i in range(1000):
                    await session.create_proxy(f"{i}", NOBODY)

    asyncio.run(run())
    assert wait_until(lambda: names(client) == set())


def test_a_toxiproxy_has_none(pages):  # noqa: F811
    """What is made is taken away all the same, if we are there"""
    with Session(at(pages, "old")) as session:
        session.create_proxy("a", "b:1")
        session.add_toxic("a", Toxic(Latency(1), name="x"))
        session.add_toxic("a", Toxic(Latency(1), name="y"))
        session.remove_toxic("a", "y")
        assert session.id is None
    assert [each[:2] for each in pages.asked[-3:]] == [
        ("DELETE", "/old/proxies/a/toxics/y"),
        ("DELETE", "/old/proxies/a/toxics/x"), ("DELETE", "/old/proxies/a")]


def test_the_first_failure_is_said_and_all_are_tried(client, monkeypatch):
    kept(client)
    with pytest.raises(OSError, match="no x"):
        with Session(client) as session:
            fill(session)
            remove = session.remove_toxic

            def fails(proxy, name):
                if name == "x":
                    raise OSError("no x")
                remove(proxy, name)

            monkeypatch.setattr(session, "remove_toxic", fails)
    assert names(client) == {"stays"}
    assert wait_until(lambda: is_gone(client))  # by the server
    with pytest.raises(NotFound):
        client.get_proxy("p")


def test_an_unknown_session(client):
    with Session(client) as session:
        monkey = {"X-Toxid-Session": "0" * 32}
        session._making = lambda: monkey
        with pytest.raises(NotFound, match="session not found"):
            session.create_proxy("a", NOBODY)
    assert names(client) == set()
