# SPDX-License-Identifier: ISC
"""What is seen of a toxid while it works: sessions, and events."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from urllib.parse import quote

import pytest
from toxid import (
    AsyncClient, BadAnswer, BadRequest, Change, Conflict, Latency, LimitData,
    NotFound, Toxic, Unauthorized, Unreachable, Unsupported)

from conftest import client_of
from lab import TOKENS, Lab
from rig import PATIENCE, Toxid, wait_until
from test_calls import rally
from test_errors import at, pages  # noqa: F401

NOBODY = "127.0.0.1:9"
HERE = "127.0.0.1"


def listed(calls, *args, **more):
    """However they come"""
    found = calls.list_sessions(*args, **more)
    if not hasattr(found, "__aiter__"):
        return list(found)

    async def collect():
        return [each async for each in found]

    return asyncio.run(collect())


@contextlib.contextmanager
def clients(address, n):
    """So many who have got through, and stay"""
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(n):
            s = stack.enter_context(socket.create_connection(
                address, PATIENCE))
            s.sendall(b"hello")
            got = b""
            while len(got) < 5:
                got += s.recv(5)
            made.append(s)
        yield made


def name_of(s):
    return "%s:%d" % s.getsockname()


# ---- sessions

def test_sessions(calls, echo):
    proxy = calls.create_proxy("a", echo.address)
    with clients(proxy.address, 2) as (first, second):
        one, two = listed(calls, "a")
        assert (one.client, two.client) == (name_of(first), name_of(second))
        assert (one.proxy, one.upstream, one.address, one.state) == (
            "a", echo.address, echo.address, "open")
        assert (one.upstream_bytes, one.downstream_bytes) == (5, 5)
        assert one.held_bytes == 0 and one.toxics == () and one.age_ms >= 0
        assert wait_until(lambda: len(listed(calls)) == 2)
        assert [each.id for each in listed(
            calls, "a", client=name_of(second))] == [two.id]
        assert listed(calls, "a", states=["dialling", "draining"]) == []
        assert len(listed(calls, "a", states=["open"], client=HERE)) == 2


def test_more_sessions_than_a_page_has(calls, echo):
    proxy = calls.create_proxy("a", echo.address)
    with clients(proxy.address, 70) as made:
        found = listed(calls, "a")
        assert [each.client for each in found] == list(map(name_of, made))


def test_pages_are_asked_for_as_they_are_wanted(client, echo):
    proxy = client.create_proxy("a", echo.address)
    with clients(proxy.address, 65):
        found = client.list_sessions("a")
        next(found)
        client.delete_proxy("a")
        with pytest.raises(NotFound):
            list(found)


def test_a_session_and_its_toxics(calls, echo):
    proxy = calls.create_proxy("a", echo.address, toxics=[
        Latency(1), Toxic(LimitData(9), "upstream", 0, "never")])
    with clients(proxy.address, 1):
        one, = listed(calls, "a")
        toxics = {each.name: each for each in calls.get_session(
            "a", one.id).toxics}
        never, slow = toxics["never"], toxics["latency_downstream"]
        assert (never.type, never.stream, never.active) == (
            "limit_data", "upstream", False)
        assert slow.active and slow.delayed_bytes == 5 and slow.cuts == 0


def test_toxics_of_a_sessions_own(calls, echo):
    proxy = calls.create_proxy("a", echo.address)
    with clients(proxy.address, 2):
        one, two = (each.id for each in listed(calls, "a"))
        made = calls.add_toxic("a", Latency(1), session=one)
        assert calls.list_toxics("a", session=one) == [made]
        assert calls.list_toxics("a", session=two) == []
        assert calls.list_toxics("a") == []
        with pytest.raises(Conflict):
            calls.add_toxic("a", Latency(1), session=one)
        changed = calls.update_toxic(
            "a", made.name, {"latency": 2}, session=one)
        assert calls.get_toxic("a", made.name, session=one) == changed
        work, = calls.get_session("a", one).toxics
        assert work.own and work.active
        calls.remove_toxic("a", made.name, session=one)
        with pytest.raises(NotFound):
            calls.get_toxic("a", made.name, session=one)
    with pytest.raises(NotFound):
        calls.list_toxics("a", session="0.0")


@pytest.mark.parametrize("reset", [False, True])
def test_a_session_is_ended(calls, echo, reset):
    proxy = calls.create_proxy("a", echo.address)
    with clients(proxy.address, 1) as (s,):
        one, = listed(calls, "a")
        calls.end_session("a", one.id, reset=reset)
        if reset:
            with pytest.raises(ConnectionResetError):
                s.recv(1)
        else:
            assert s.recv(1) == b""
        assert wait_until(lambda: listed(calls, "a") == [])
        with pytest.raises(NotFound):
            calls.get_session("a", one.id)
        with pytest.raises(NotFound):
            calls.end_session("a", one.id)


def test_why_sessions_have_ended(calls, echo):
    proxy = calls.create_proxy("a", echo.address, toxics=[
        Toxic(LimitData(1), name="cut")])
    assert calls.list_ended("a") == []
    with pytest.raises(AssertionError):
        rally(proxy.address)
    assert wait_until(lambda: calls.list_ended("a"))
    ended, = calls.list_ended("a")
    assert (ended.toxic, ended.sessions, ended.proxy) == ("cut", 1, "a")
    assert ended.id and ended.client and ended.why
    assert ended.cause == "toxic_close"


def test_sessions_that_are_not_there(calls):
    with pytest.raises(NotFound):
        listed(calls, "none")
    calls.create_proxy("a", NOBODY)
    assert listed(calls, "a") == []
    with pytest.raises(BadRequest):
        listed(calls, "a", client="nobody & nothing")


# ---- events: what has happened

def test_what_has_happened(calls):
    before = calls.list_events()
    after = before[-1].id if before else 0
    calls.create_proxy("a", NOBODY, toxics=[Toxic(Latency(1), name="slow")])
    calls.update_toxic("a", "slow", {"latency": 2})
    created, toxic, changed = calls.list_events(after)
    assert (created.kind, created.proxy, created.toxic) == (
        "proxy_created", "a", None)
    assert created.changed["upstream"] == Change(None, NOBODY)
    assert (toxic.kind, toxic.toxic) == ("toxic_created", "slow")
    assert changed.changed == {"latency": Change(1, 2)}
    assert changed.data["event"] == "toxic_changed" and changed.at
    assert calls.list_events(changed.id) == []


def test_more_has_happened_than_a_reply_has_room_for(client):
    client.create_proxy("a", NOBODY)
    after = client.list_events()[-1].id
    for i in range(300):
        client.update_proxy("a", enabled=i % 2 == 1)
    assert [each.id for each in client.list_events(after)] == list(
        range(after + 1, after + 301))


def test_an_id_of_another_toxid(client):
    client.create_proxy("a", NOBODY)
    assert client.list_events(2 ** 52) == []
    with client.events(2 ** 52) as events:
        assert next(events).kind == "state"
        gap = next(events)
    assert gap.is_gap and gap.missed is None and gap.at is None


# ---- and what does

def until(events, kind, proxy=None):
    """All up to the next of that kind"""
    found = []
    for event in events:
        found.append(event)
        if event.kind == kind and proxy in (None, event.proxy):
            return found
    raise AssertionError(found)


def test_what_happens(client):
    with client.events() as events:
        state = next(events)
        assert state.kind == "state" and state.data["proxies"] == 0
        client.create_proxy("a", NOBODY)
        client.delete_proxy("a")
        made, gone = next(events), next(events)
        assert (made.kind, gone.kind) == ("proxy_created", "proxy_deleted")
        assert events.last == gone.id == made.id + 1
    with pytest.raises(StopIteration):
        next(events)


def test_behind_an_id(client):
    client.create_proxy("a", NOBODY)
    after = client.list_events()[-1].id
    client.create_proxy("b", NOBODY)
    with client.events(after) as events:
        assert next(events).kind == "state"
        assert next(events).proxy == "b"


def test_another_thread_ends_it(client):
    events = client.events()
    next(events)
    ends = threading.Timer(0.1, events.close)
    ends.start()
    assert list(events) == []
    ends.join()


def in_order(events):
    ids = [each.id for each in events if each.kind != "state"]
    return ids == sorted(set(ids))


def test_over_a_restart(tmp_path):
    with contextlib.ExitStack() as stack:
        t = stack.enter_context(Toxid("-state", str(tmp_path)))
        client = client_of(t)
        events = stack.enter_context(client.events(patience=PATIENCE))
        client.create_proxy("a", NOBODY, enabled=False)
        found = until(events, "proxy_created", "a")
        assert t.stop() == 0
        stack.enter_context(Toxid("-state", str(tmp_path), port=t.port))
        client.create_proxy("b", NOBODY, enabled=False)
        found += until(events, "proxy_created", "b")
        assert in_order(found)
        # one says how all is, and another process keeps events now
        assert [each.kind for each in found].count("state") == 1
        assert found[-2].is_gap and found[-2].missed is None


def test_over_an_upgrade_and_a_death():
    with Toxid() as t:
        client = client_of(t)
        with client.events(patience=PATIENCE) as events:
            found = [next(events)]
            t.process.send_signal(signal.SIGUSR2)
            found += until(events, "upgraded")
            os.kill(t.child("apid"), signal.SIGKILL)
            found += until(events, "process_died")
            client.create_proxy("a", NOBODY, enabled=False)
            found += until(events, "proxy_created", "a")
            assert in_order(found)


def test_one_that_does_not_come_back():
    with Toxid() as t:
        events = client_of(t).events(patience=0)
        next(events)
        t.stop()
        with pytest.raises(Unreachable):
            list(events)


def test_who_may_not_any_more(tmp_path):
    with Lab(tmp_path) as lab:
        own = client_of(lab, token=TOKENS["a"])
        made = own.create_token("new")
        events = client_of(lab, token=made.secret).events(patience=PATIENCE)
        until(events, "state")
        own.revoke_token("new")
        own.create_proxy("x", NOBODY)  # it ends with the next event
        with pytest.raises(Unauthorized):
            list(events)


# ---- by asyncio

def at_once(t):
    return AsyncClient(f"http://{t.host}:{t.port}", timeout=PATIENCE)


def test_events_by_asyncio(daemon, client):
    async def run():
        own, kinds = at_once(daemon), []
        async with own.events() as events:
            await own.create_proxy("a", NOBODY)
            async for event in events:
                kinds.append(event.kind)
                if event.kind == "proxy_created":
                    break
            assert kinds == ["state", "proxy_created"]
        with pytest.raises(StopAsyncIteration):
            await events.__anext__()

    asyncio.run(run())


def test_who_is_cancelled_loses_none(daemon, client):
    async def run():
        own = at_once(daemon)
        async with own.events() as events:
            assert (await events.__anext__()).kind == "state"
            for i in range(20):
                waits = asyncio.ensure_future(events.__anext__())
                await asyncio.sleep(0.002 * (i % 3))
                await own.create_proxy(f"a{i}", NOBODY, enabled=False)
                waits.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    assert (await waits).proxy == f"a{i}"
                    continue
                assert (await events.__anext__()).proxy == f"a{i}"

    asyncio.run(run())


def test_a_loop_ends_where_somebody_waits(daemon, client):
    """... and does not hang for its thread."""
    async def run():
        events = at_once(daemon).events()
        await events.__anext__()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(events.__anext__(), 0.05)

    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < PATIENCE


# ---- who cannot say, and who says what is none

def test_a_server_that_has_none_of_it(pages):  # noqa: F811
    calls = at(pages, "old")
    for asks in (calls.list_events, calls.events,
                 lambda: list(calls.list_sessions()),
                 lambda: calls.list_ended("a"),
                 lambda: calls.get_session("a", "1.1")):
        with pytest.raises(Unsupported):
            asks()


@pytest.mark.parametrize("what", [
    "data: {}", "data: x", 'data: {"id": "1", "event": "x"}',
    'data: {"id": 1, "event": "x", "changed": 5}'])
def test_events_that_are_none(pages, what):  # noqa: F811
    events = at(pages, "say/" + quote(what + "\n\n")).events(patience=0)
    with pytest.raises(BadAnswer):
        next(events)


@pytest.mark.parametrize("what", [
    "5", '{"sessions": 5}', '{"sessions": [5], "next": null}',
    '{"sessions": [{"id": "1.1"}], "next": null}',
    '{"sessions": [], "next": 5}'])
def test_sessions_that_are_none(pages, what):  # noqa: F811
    with pytest.raises(BadAnswer):
        list(at(pages, "say/" + quote(what)).list_sessions())


@pytest.mark.parametrize("what", [
    "{}", '{"last": 5, "events": 5}', '{"last": 5, "events": [5]}'])
def test_histories_that_are_none(pages, what):  # noqa: F811
    with pytest.raises(BadAnswer):
        at(pages, "say/" + quote(what)).list_events()
