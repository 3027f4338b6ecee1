# SPDX-License-Identifier: ISC
"""What a test has made, and how it is taken away: by us, or by the server when
we are not there any more."""

from __future__ import annotations

import contextlib
import secrets
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Iterable, Iterator, Mapping, NamedTuple

from .calls import Calls
from .errors import BadAnswer, Error, NoAnswer, Refused, Unsupported
from .hold import HEADER, Hold
from .values import Proxy


class Made(NamedTuple):
    """A toxic, a profile, or (none of them) a proxy; or a scenario"""
    proxy: str
    toxic: str | None = None
    profile: str | None = None
    scenario: str | None = None
    id: str | None = None  # the scenario's

    @property
    def is_on_proxy(self) -> bool:
        return (self.toxic, self.profile, self.scenario) != (None,) * 3


class Session(Calls):
    """A client whose proxies and toxics go with it:

        with Session(client) as session:
            session.create_proxy("redis", "localhost:6379")

    They are taken away at the end of the `with`, the last made first.  Where
    the process crashes or is killed, a toxid does that within a second; with a
    Toxiproxy they stay then.  What is changed or removed stays so.
    """

    def __init__(self, client: Calls) -> None:
        super().__init__(client._settings)
        self._lock = threading.Lock()  # over what follows
        self._made: list[Made] = []
        self._hold: Hold | None = None  # None: none yet, or no toxid
        self._is_open = False

    def open(self) -> None:
        """Refused, if the server has too many"""
        try:
            self._hold = Hold(self._settings)
        except Unsupported:
            pass
        self._is_open = True

    def close(self) -> None:
        """All is tried: the first failure is raised, with others behind it."""
        with self._lock:
            self._is_open = False
            made, self._made = self._made, []
        with ExitStack() as stack:
            if self._hold is not None:
                stack.callback(self._hold.close)
            for each in made:
                stack.callback(self._take_made_away, each)

    def __enter__(self) -> Session:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    @property
    def id(self) -> str | None:
        """The server's number for it; None: it has no sessions"""
        return None if self._hold is None else self._hold.id

    def _making(self) -> Mapping[str, str]:
        if not self._is_open:
            raise RuntimeError("the session is not open")
        return {} if self._hold is None else {HEADER: self._hold.id}

    def _has_made(self, proxy: str, toxic: str | None = None) -> None:
        self._remember(Made(proxy, toxic))

    def _remember(self, made: Made) -> None:
        with self._lock:
            if self._is_open:
                self._made.append(made)
                return
        self._take_made_away(made)  # another thread has closed it meanwhile

    # What somebody else makes of that name is not ours.

    def _has_removed(self, proxy: str, toxic: str | None = None) -> None:
        self._forget([each for each in self._made if each.proxy == proxy and (
            toxic is None or each.toxic == toxic)])

    def _has_profile(self, proxy: str, name: str | None) -> None:
        """One at a time"""
        self._forget([each for each in self._made if each.proxy == proxy and
                      each.profile is not None])
        if name is not None:
            self._remember(Made(proxy, profile=name))

    @contextlib.contextmanager
    def _starting(self, scenario: str, id: str | None) -> Iterator[str]:
        """Whether it has begun, an answer says; by its id it ends in any case:
        at once, or at the end of the session."""
        own = id or secrets.token_hex(16)
        made = Made("", scenario=scenario, id=own)
        self._making()
        self._remember(made)
        try:
            yield own
        except Error as error:
            with contextlib.suppress(Error):
                if may_be_done(error):
                    self._take_made_away(made)
                self._forget([made])
            raise
        if not self._is_open:  # another thread has closed it meanwhile
            self._take_made_away(made)

    def _has_stopped(self, scenario: str) -> None:
        self._forget([each for each in self._made
                      if each.scenario == scenario])

    def _forget(self, gone: list[Made]) -> None:
        with self._lock:
            self._made = [each for each in self._made if each not in gone]

    def _take_made_away(self, made: Made) -> None:
        if made.scenario is not None:
            self._take_scenario_away(made.scenario, made.id)
        elif made.profile is not None:
            self._take_profile_away(made.proxy, made.profile)
        else:
            self._take_away(made.proxy, made.toxic)

    def reset(self) -> None:
        before = [each for each in self._made if each.is_on_proxy]
        super().reset()
        self._forget(before)

    def populate(self, proxies: Iterable[Proxy]) -> list[Proxy]:
        """What is left as it is is not of the session."""
        before = self.list_proxies()
        wanted = list(proxies)
        try:
            return super().populate(wanted)
        finally:
            there = self.list_proxies()
            for name in (each.name for each in wanted):
                if name in there and is_another(
                        there[name], before.get(name)):
                    self._has_made(name)


def may_be_done(error: Error) -> bool:
    if isinstance(error, Refused):
        return error.status >= 500
    return isinstance(error, (NoAnswer, BadAnswer))


def is_another(proxy: Proxy, before: Proxy | None) -> bool:
    return before is None or (proxy.listen, proxy.upstream) != (
        before.listen, before.upstream)
