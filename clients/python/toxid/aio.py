# SPDX-License-Identifier: ISC
"""The same for asyncio: each call is one of Calls, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from types import TracebackType
from typing import (
    TYPE_CHECKING, Any, AsyncIterator, Callable, ContextManager, Coroutine,
    Iterable, Iterator, TypeVar)

from .calls import Calls
from .client import Client
from .events import Events
from .session import Session
from .values import AnyToxic, Proxy, Toxic
from .waits import wish
from .watched import Event, ProxySession, State

T = TypeVar("T")
if TYPE_CHECKING:  # typing has them from 3.10 on
    from typing_extensions import Concatenate, ParamSpec
    P = ParamSpec("P")


def in_thread(call: Callable[Concatenate[Any, P], T]
              ) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    @functools.wraps(call)
    async def threaded(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(
            functools.partial(call, self.calls, *args, **kwargs))

    return threaded


async def enter(manager: ContextManager[T]) -> T:
    """A thread cannot be cancelled: where we are, what it has made goes."""
    entering = asyncio.ensure_future(asyncio.to_thread(manager.__enter__))
    try:
        return await asyncio.shield(entering)
    except asyncio.CancelledError:
        await asyncio.wait([entering])
        if not entering.cancelled() and entering.exception() is None:
            await leave(manager)
        raise


async def leave(manager: ContextManager[Any]) -> None:
    """It does so in any case: who is cancelled only does not wait."""
    await asyncio.shield(asyncio.ensure_future(
        asyncio.to_thread(manager.__exit__, None, None, None)))


@contextlib.asynccontextmanager
async def entered(manager: ContextManager[T]) -> AsyncIterator[T]:
    value = await enter(manager)
    try:
        yield value
    finally:
        await leave(manager)


async def each_in_thread(iterator: Iterator[T]) -> AsyncIterator[T]:
    """It waits for whom it asks, somewhere else."""
    end = object()
    while True:
        value: Any = await asyncio.to_thread(
            functools.partial(next, iterator, end))
        if value is end:
            return
        yield value


class AsyncEvents(AsyncIterator[Event]):
    """As Events, for `async with`, from which on it hears, and `async for`.
    Where a task that waits is cancelled, nothing is lost: who asks next goes on
    there."""

    def __init__(self, opening: Callable[[], Events]) -> None:
        self._opening = opening
        self._events: Events | None = None
        self._waits: asyncio.Future[Event | None] | None = None
        self._is_cancelled = False
        self._is_over = False

    def _take(self) -> Event | None:
        if self._events is None:
            self._events = self._opening()
        if self._is_cancelled or self._is_over:
            return None  # there was nobody to be interrupted before
        return self._events.take()

    async def __anext__(self) -> Event:
        while not self._is_over:
            if self._waits is None:
                self._is_cancelled = False
                self._waits = asyncio.ensure_future(
                    asyncio.to_thread(self._take))
            try:
                event = await asyncio.shield(self._waits)
            except asyncio.CancelledError:
                self._interrupt()  # the loop cannot end while a thread waits
                raise
            except BaseException:
                self._waits = None
                raise
            self._waits = None
            if event is not None:
                return event
        raise StopAsyncIteration

    def _interrupt(self) -> None:
        self._is_cancelled = True
        if self._events is not None:
            self._events.interrupt()

    async def aclose(self) -> None:
        self._is_over = True
        if self._events is not None:
            self._events.close()
        if self._waits is not None:
            await asyncio.wait([self._waits])
        if self._events is not None:
            self._events.__exit__(None, None, None)

    async def __aenter__(self) -> AsyncEvents:
        self._events = await asyncio.to_thread(self._opening)
        return self

    async def __aexit__(self, kind: type[BaseException] | None,
                        error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.aclose()


class AsyncCalls:
    """What Calls has, to be awaited.  A call that is cancelled goes on in its
    thread: maybe it is done, maybe not."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    version = in_thread(Calls.version)
    metrics = in_thread(Calls.metrics)
    health = in_thread(Calls.health)
    whoami = in_thread(Calls.whoami)
    state = in_thread(Calls.state)
    reset = in_thread(Calls.reset)
    halt = in_thread(Calls.halt)
    resume = in_thread(Calls.resume)
    halts = in_thread(Calls.halts)
    list_tokens = in_thread(Calls.list_tokens)
    create_token = in_thread(Calls.create_token)
    revoke_token = in_thread(Calls.revoke_token)
    list_proxies = in_thread(Calls.list_proxies)
    get_proxy = in_thread(Calls.get_proxy)
    create_proxy = in_thread(Calls.create_proxy)
    update_proxy = in_thread(Calls.update_proxy)
    enable_proxy = in_thread(Calls.enable_proxy)
    disable_proxy = in_thread(Calls.disable_proxy)
    delete_proxy = in_thread(Calls.delete_proxy)
    renew_proxy = in_thread(Calls.renew_proxy)
    proxy_health = in_thread(Calls.proxy_health)
    list_health = in_thread(Calls.list_health)
    list_toxics = in_thread(Calls.list_toxics)
    get_toxic = in_thread(Calls.get_toxic)
    add_toxic = in_thread(Calls.add_toxic)
    update_toxic = in_thread(Calls.update_toxic)
    remove_toxic = in_thread(Calls.remove_toxic)
    renew_toxic = in_thread(Calls.renew_toxic)
    list_profiles = in_thread(Calls.list_profiles)
    get_profile = in_thread(Calls.get_profile)
    apply_profile = in_thread(Calls.apply_profile)
    remove_profile = in_thread(Calls.remove_profile)
    start_scenario = in_thread(Calls.start_scenario)
    get_scenario = in_thread(Calls.get_scenario)
    list_scenarios = in_thread(Calls.list_scenarios)
    stop_scenario = in_thread(Calls.stop_scenario)
    put_desired = in_thread(Calls.put_desired)
    get_desired = in_thread(Calls.get_desired)
    list_desired = in_thread(Calls.list_desired)
    delete_desired = in_thread(Calls.delete_desired)
    populate = in_thread(Calls.populate)
    get_session = in_thread(Calls.get_session)
    end_session = in_thread(Calls.end_session)
    list_ended = in_thread(Calls.list_ended)
    proxy_stats = in_thread(Calls.proxy_stats)
    list_events = in_thread(Calls.list_events)

    def list_sessions(self, proxy: str | None = None, *,
                      states: Iterable[State] = (),
                      client: str | None = None
                      ) -> AsyncIterator[ProxySession]:
        """For `async for`"""
        return each_in_thread(self.calls.list_sessions(
            proxy, states=states, client=client))

    async def wait(self, proxy: str, *, toxic: str | None = None,
                   hits: int | None = None, sessions: int | None = None,
                   ended: int | None = None, timeout: float = 30) -> int:
        """As Calls.wait(); one that is cancelled ends in its thread, too."""
        waiting = self.calls._waiting(
            proxy, wish(toxic, hits, sessions, ended), timeout)
        try:
            return await asyncio.to_thread(waiting.run)
        except asyncio.CancelledError:
            waiting.end()  # the loop cannot end while a thread waits
            raise

    def events(self, after: int | None = None, *,
               patience: float = 60) -> AsyncEvents:
        """For `async with`, and `async for`"""
        return AsyncEvents(functools.partial(
            self.calls.events, after, patience=patience))

    def toxics(self, proxy: str, *toxics: AnyToxic
               ) -> contextlib.AbstractAsyncContextManager[tuple[Toxic, ...]]:
        """For `async with`"""
        return entered(self.calls.toxics(proxy, *toxics))

    def tunnel(self, upstream: str, *toxics: AnyToxic
               ) -> contextlib.AbstractAsyncContextManager[Proxy]:
        """For `async with`"""
        return entered(self.calls.tunnel(upstream, *toxics))


class AsyncClient(AsyncCalls):
    """As Client; what it is given is looked at at once."""

    def __init__(self, url: str | None = None, *, token: str | None = None,
                 tenant: str | None = None, cafile: str | None = None,
                 context: ssl.SSLContext | None = None,
                 timeout: float = 30) -> None:
        super().__init__(Client(
            url, token=token, tenant=tenant, cafile=cafile, context=context,
            timeout=timeout))


class AsyncSession(AsyncCalls):
    """As Session, for `async with`"""

    calls: Session

    def __init__(self, client: AsyncCalls) -> None:
        super().__init__(Session(client.calls))

    async def open(self) -> None:
        await enter(self.calls)

    async def close(self) -> None:
        await leave(self.calls)

    async def __aenter__(self) -> AsyncSession:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None,
                        error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.close()

    @property
    def id(self) -> str | None:
        return self.calls.id
