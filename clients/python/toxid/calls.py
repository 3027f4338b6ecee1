# SPDX-License-Identifier: ISC
"""All that a server can be asked."""

from __future__ import annotations

import contextlib
import secrets
import urllib.parse
from typing import Any, Iterable, Iterator, Mapping

from . import codec, waits, watched
from .errors import NotFound, Unsupported
from .events import NO_EVENTS, Events
from .kinds import Kind, Value
from .settings import Settings
from .values import (
    AnyToxic, Caller, Connect, Desired, Halts, Health, Profile, Proxy, ProxyHealth,
    Scenario, Select, Step, Token, Toxic, Wave, toxic_of)
from .watched import EndedSession, Event, ProxySession, ProxyStats, State
from .wire import Request, ask, parse, path_of

NO_HEALTH = "the server does not say how it is"
NO_LEASES = "the server has no leases"
NO_CONNECT = "the server does not change what clients meet"
NO_METRICS = "the server was started without metrics"
NO_HALTS = "the server has no way to hold its toxics off"
NO_TOKENS = "the server has no tokens to tell of"
NO_SESSIONS = "the server does not say what goes through its proxies"
NO_PROFILES = "the server has no profiles"
NO_SCENARIOS = "the server has no scenarios"
NO_DESIRED = "the server takes no documents of what it is to be"
NO_SELECT = "the server's toxics are on all connections"
NO_WAVE = "the server's toxics do not rise and fall by themselves"
NO_TENANTS = "the server does not say who asks it"


class Calls:
    """What a Client, and a Session of one, can do.

    Proxies and toxics are given by their names.  Each call asks once, and can
    raise an Error: Refused says why not, in the server's words.  What names an
    error below is what to expect besides those of any call.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    # ---- for Session: what is made is of one

    def _making(self) -> Mapping[str, str]:
        """More headers"""
        return {}

    def _has_made(self, proxy: str, toxic: str | None = None) -> None:
        pass

    def _has_removed(self, proxy: str, toxic: str | None = None) -> None:
        pass

    def _starting(self, scenario: str, id: str | None
                  ) -> contextlib.AbstractContextManager[str | None]:
        """As it is asked for; its id"""
        return contextlib.nullcontext(id)

    def _has_stopped(self, scenario: str) -> None:
        pass

    def _has_profile(self, proxy: str, name: str | None) -> None:
        """By us; None: it has none any more"""

    # ---- asking

    def _ask(self, method: str, *steps: str, body: Any = None,
             lack: str = "", good: tuple[int, ...] = ()) -> Any:
        said = ask(self._settings, Request(
            method, path_of(*steps), body, lack=lack), good)
        return parse(said) if said else None

    def _make(self, *steps: str, body: Any, lack: str = "") -> Any:
        return parse(ask(self._settings, Request(
            "POST", path_of(*steps), body, self._making(), lack=lack)))

    def _proxy(self, value: Any) -> Proxy:
        return codec.read_proxy(value, self._settings.place.host)

    # ---- the server

    def version(self) -> str:
        """The release of Toxiproxy whose API it has, as "2.12.0"."""
        return codec.Reader(self._ask("GET", "version")).text("version")

    def metrics(self) -> str:
        """The text for Prometheus.  Unsupported"""
        return ask(self._settings, Request(
            "GET", "/metrics", lack=NO_METRICS)).decode()

    def health(self) -> Health:
        """Also of one that is not ready.  Unsupported"""
        return codec.read_health(self._ask(
            "GET", "health", lack=NO_HEALTH, good=(503,)))

    def whoami(self) -> Caller:
        """For whom it takes us.  Unsupported"""
        return codec.read_caller(self._ask("GET", "tenant", lack=NO_TENANTS))

    def state(self) -> list[Proxy]:
        """All proxies with their toxics, as populate() takes them.
        Unsupported"""
        return codec.read_proxies(
            self._ask("GET", "state", lack="the server has no /state"),
            self._settings.place.host)

    def reset(self) -> None:
        """Enables all proxies and removes all toxics."""
        self._ask("POST", "reset")

    # ---- the big red button

    def halt(self) -> Halts:
        """All toxics are off, and held off, those to come, too, until
        resume(): of the tenant that we act in; an administrator's who names
        none, everybody's.  Unsupported"""
        return self._halts("POST", "halt")

    def resume(self) -> Halts:
        """They are on again, but for those that somebody else has halted."""
        return self._halts("POST", "resume")

    def halts(self) -> Halts:
        """Whose are off"""
        return self._halts("GET", "halt")

    def _halts(self, method: str, path: str) -> Halts:
        return codec.read_halts(self._ask(method, path, lack=NO_HALTS))

    # ---- tokens of the tenant

    def list_tokens(self) -> list[Token]:
        """By name.  Unsupported; so of the two below"""
        return codec.read_tokens(self._ask("GET", "tokens", lack=NO_TOKENS))

    def create_token(self, name: str, *, role: str | None = None,
                     expires: str | None = None) -> Token:
        """role: "reader", "tenant", which it is by itself, or "admin".
        expires: as "2027-01-31T00:00:00Z".  The result has its secret, which
        is shown this once.  Conflict"""
        return codec.read_token(self._ask(
            "POST", "tokens", lack=NO_TOKENS, body=codec.given(
                name=name, role=role, expires=expires)))

    def revoke_token(self, name: str) -> None:
        """NotFound; Conflict: it is the file's"""
        self._ask("DELETE", "tokens", name, lack=NO_TOKENS)

    # ---- proxies

    def list_proxies(self) -> dict[str, Proxy]:
        """By name"""
        return codec.read_named(
            self._ask("GET", "proxies"), self._settings.place.host)

    def get_proxy(self, name: str) -> Proxy:
        """NotFound"""
        return self._proxy(self._ask("GET", "proxies", name))

    def create_proxy(self, name: str, upstream: str, *,
                     listen: str | None = None, enabled: bool = True,
                     toxics: Iterable[AnyToxic] = (),
                     ttl_ms: int | None = None,
                     connect: Connect | None = None) -> Proxy:
        """listen: by itself where it can be reached from here, at a port that
        is free, see Proxy.address.  Conflict; Unsupported: the server knows
        neither toxics of a new proxy, nor a ttl, nor a connect, and has
        nothing then"""
        asked = Proxy(
            name, self._settings.listen if listen is None else listen,
            upstream, enabled, tuple(map(toxic_of, toxics)), ttl_ms,
            connect=connect)
        made = self._proxy(self._make("proxies", body=codec.proxy_json(asked)))
        self._has_made(made.name)
        if asked.toxics and not made.toxics:
            self._take_away(made.name)
            raise Unsupported("the server makes no proxies with toxics")
        if ttl_ms and made.expires_in_ms is None:
            self._take_away(made.name)
            raise Unsupported(NO_LEASES)
        if connect not in (None, Connect()) and made.connect is None:
            self._take_away(made.name)
            raise Unsupported(NO_CONNECT)
        return made

    def update_proxy(self, name: str, *, listen: str | None = None,
                     upstream: str | None = None, enabled: bool | None = None,
                     ttl_ms: int | None = None,
                     connect: Connect | None = None) -> Proxy:
        """What is given is changed, connect as a whole: Connect() is as usual.
        A new address ends all connections.  NotFound; Unsupported: the server
        does not know of a connect, and leaves it out"""
        changed = self._proxy(self._ask(
            "POST", "proxies", name, body=codec.given(
                listen=listen, upstream=upstream, enabled=enabled,
                ttl=ttl_ms, connect=connect and codec.connect_json(connect))))
        if connect not in (None, Connect()) and changed.connect is None:
            raise Unsupported(NO_CONNECT)
        return changed

    def enable_proxy(self, name: str) -> Proxy:
        """NotFound"""
        return self.update_proxy(name, enabled=True)

    def disable_proxy(self, name: str) -> Proxy:
        """Its connections end, new ones are refused.  NotFound"""
        return self.update_proxy(name, enabled=False)

    def delete_proxy(self, name: str) -> None:
        """NotFound"""
        self._ask("DELETE", "proxies", name)
        self._has_removed(name)

    def renew_proxy(self, name: str, ttl_ms: int) -> Proxy:
        """From now on it is there for so long; 0: for good.  NotFound,
        Unsupported"""
        return self._proxy(self._ask(
            "POST", "proxies", name, "lease", body={"ttl": ttl_ms},
            lack=NO_LEASES))

    def proxy_health(self, name: str) -> ProxyHealth:
        """NotFound, Unsupported"""
        return codec.read_proxy_health(self._ask(
            "GET", "proxies", name, "health", lack=NO_HEALTH))

    def list_health(self) -> dict[str, ProxyHealth]:
        """Of all proxies, by name.  Unsupported"""
        return codec.read_healths(self._ask(
            "GET", "health", "proxies", lack=NO_HEALTH))

    def populate(self, proxies: Iterable[Proxy]) -> list[Proxy]:
        """Makes each, or replaces it if its addresses differ.  The first
        failure ends it: those before it stay, see Refused.reply."""
        said = codec.Reader(self._make(
            "populate", body=[codec.proxy_json(each) for each in proxies]))
        return codec.read_proxies(
            said.value.get("proxies"), self._settings.place.host)

    # ---- toxics

    # With a session, whose id get_session() takes, all but renew_toxic() are
    # about toxics that are that session's own: they go with it, and have no
    # ttl, and of a select its times alone.  NotFound: it is over; Unsupported

    def list_toxics(self, proxy: str, *,
                    session: str | None = None) -> list[Toxic]:
        """Upstream first, each direction in the order of its chain; of a
        session in the order of their making.  NotFound"""
        return list(codec.read_toxics(
            self._toxics("GET", proxy, session)))

    def get_toxic(self, proxy: str, name: str, *,
                  session: str | None = None) -> Toxic:
        """NotFound"""
        return codec.read_toxic(self._toxics("GET", proxy, session, name))

    def _toxics(self, method: str, proxy: str, session: str | None,
                *name: str, body: Any = None) -> Any:
        """Those of a proxy, or of one session's own"""
        if session is None:
            return self._ask(
                method, "proxies", proxy, "toxics", *name, body=body)
        return self._ask(method, "proxies", proxy, "sessions", session,
                         "toxics", *name, body=body, lack=NO_SESSIONS)

    def add_toxic(self, proxy: str, toxic: AnyToxic, *,
                  session: str | None = None) -> Toxic:
        """At the end of its chain; of one connection, where its session is
        named: that toxic goes with the connection, and not with a Session of
        the API, even where it is that which adds it.  NotFound, Conflict;
        Unsupported: the server knows no ttl, select or wave, and has nothing
        then"""
        asked = toxic_of(toxic)
        if session is not None:
            return codec.read_toxic(self._toxics(
                "POST", proxy, session, body=codec.toxic_json(asked)))
        made = codec.read_toxic(self._make(
            "proxies", proxy, "toxics", body=codec.toxic_json(asked)))
        self._has_made(proxy, made.name)
        if asked.ttl_ms and made.expires_in_ms is None:
            self._take_away(proxy, made.name)
            raise Unsupported(NO_LEASES)
        if codec.select_json(asked.select) and made.select is None:
            self._take_away(proxy, made.name)
            raise Unsupported(NO_SELECT)
        if asked.wave and made.wave is None:
            self._take_away(proxy, made.name)
            raise Unsupported(NO_WAVE)
        return made

    def update_toxic(self, proxy: str, name: str,
                     attributes: Kind | Mapping[str, Value] | None = None, *,
                     toxicity: float | None = None,
                     ttl_ms: int | None = None,
                     select: Select | None = None,
                     wave: Mapping[str, Wave] | None = None,
                     session: str | None = None) -> Toxic:
        """What is given is changed: of a Kind all its attributes; a select,
        and a wave, as a whole: Select() and {} take one away.  NotFound"""
        if isinstance(attributes, Kind):
            attributes = attributes.attributes()
        return codec.read_toxic(self._toxics(
            "POST", proxy, session, name, body=codec.given(
                attributes=attributes, toxicity=toxicity, ttl=ttl_ms,
                select=codec.select_json(select),
                wave=codec.wave_json(wave))))

    def remove_toxic(self, proxy: str, name: str, *,
                     session: str | None = None) -> None:
        """NotFound"""
        self._toxics("DELETE", proxy, session, name)
        if session is None:
            self._has_removed(proxy, name)

    def renew_toxic(self, proxy: str, name: str, ttl_ms: int) -> Toxic:
        """As renew_proxy()"""
        return codec.read_toxic(self._ask(
            "POST", "proxies", proxy, "toxics", name, "lease",
            body={"ttl": ttl_ms}, lack=NO_LEASES))

    # ---- networks by name

    def list_profiles(self) -> list[Profile]:
        """Which there are.  Unsupported; so of those below"""
        return [codec.read_profile(each) for each in codec.listed(
            self._ask("GET", "profiles", lack=NO_PROFILES), "profiles")]

    def get_profile(self, proxy: str) -> Profile:
        """Of a proxy.  NotFound: it has none"""
        return codec.read_profile(self._ask(
            "GET", "proxies", proxy, "profile", lack=NO_PROFILES))

    def apply_profile(self, proxy: str, name: str, *,
                      ttl_ms: int | None = None) -> Profile:
        """It is as that network is, in place of another profile.  BadRequest:
        there is none of that name; NotFound; Conflict: a toxic that stays has
        the name of one that would come"""
        profile = codec.read_profile(self._make(
            "proxies", proxy, "profile", lack=NO_PROFILES,
            body=codec.given(name=name, ttl=ttl_ms)))
        self._has_profile(proxy, profile.name)
        return profile

    def remove_profile(self, proxy: str) -> None:
        """All that a profile has made of it.  NotFound: nothing"""
        self._ask("DELETE", "proxies", proxy, "profile", lack=NO_PROFILES)
        self._has_profile(proxy, None)

    # ---- scenarios: a proxy is so for so long, and then so

    def start_scenario(self, name: str, proxy: str, steps: Iterable[Step], *,
                       loop: bool = False, ttl_ms: int | None = None,
                       id: str | None = None) -> Scenario:
        """From now on; without a loop it is over, and its toxics are gone,
        behind the last step, and in any case after ttl_ms.  BadRequest: a step
        is none; NotFound; Conflict: the proxy has one, or another has that
        name, or a toxic has one of theirs; Unsupported; so of those below.

        An id, by which stop_scenario() stops that one, is made where none is
        given.  A Session stops it at its end, or at once where no answer says
        that it has begun; a toxid whose client is killed does not: that is what
        ttl_ms is for."""
        with self._starting(name, id) as own:
            return codec.read_scenario(self._ask(
                "POST", "scenarios", lack=NO_SCENARIOS, body=codec.given(
                    name=name, proxy=proxy, loop=loop, ttl=ttl_ms, id=own,
                    steps=[codec.step_json(each) for each in steps])))

    def get_scenario(self, name: str) -> Scenario:
        """How far it is.  NotFound: it is over, or has never been"""
        return codec.read_scenario(self._ask(
            "GET", "scenarios", name, lack=NO_SCENARIOS))

    def list_scenarios(self) -> list[Scenario]:
        """Those under way"""
        return [codec.read_scenario(each) for each in codec.listed(
            self._ask("GET", "scenarios", lack=NO_SCENARIOS), "scenarios")]

    def stop_scenario(self, name: str, *, id: str | None = None) -> None:
        """Its toxics go.  With an id only if it is that one: another that has
        begun since stays.  NotFound"""
        ask(self._settings, Request(
            "DELETE", path_of("scenarios", name) + (
                "" if id is None else "?" + urllib.parse.urlencode({"id": id})),
            lack=NO_SCENARIOS))
        self._has_stopped(name)

    # ---- what a server is to be, as a source says it

    def put_desired(self, source: str, document: Mapping[str, Any],
                    generation: str, *, if_match: str | None = None,
                    force: bool = False) -> Desired:
        """document: its "proxies", as populate() takes them as JSON, and its
        "scenarios".  From now on the source has all of that there, and nothing
        else, or all is as before.  if_match: only where that generation is
        applied, "*": where any is; force: all the same.  BadRequest: what is
        wrong is all in error.reply["faults"]; Conflict: another generation is
        applied, error.reply["generation"], or a name is another source's;
        Unsupported; so of those below"""
        if if_match is not None and if_match != "*":
            if_match = f'"{if_match}"'
        said = ask(self._settings, Request(
            "PUT", path_of("desired", source) + ("?force" if force else ""),
            {**document, "generation": generation}, codec.given(
                **{"If-Match": if_match}), lack=NO_DESIRED))
        return codec.read_desired(parse(said))

    def get_desired(self, source: str) -> Desired:
        """The last document that was applied.  NotFound"""
        return codec.read_desired(self._ask(
            "GET", "desired", source, lack=NO_DESIRED))

    def list_desired(self) -> list[Desired]:
        """Of which sources there is one"""
        return [codec.read_desired(each) for each in codec.listed(
            self._ask("GET", "desired", lack=NO_DESIRED), "sources")]

    def delete_desired(self, source: str) -> None:
        """All that it owns goes, and it.  NotFound; Conflict: it is the
        configuration file's"""
        self._ask("DELETE", "desired", source, lack=NO_DESIRED)

    # ---- sessions: what goes through proxies

    def list_sessions(self, proxy: str | None = None, *,
                      states: Iterable[State] = (),
                      client: str | None = None) -> Iterator[ProxySession]:
        """Of a proxy, or of all; in these states, of that client, which is an
        address, or that with a port.  They are asked for as they are wanted,
        some at a time: each that is there all the time is there once.
        NotFound, Unsupported"""
        query: list[tuple[str, str]] = [("state", each) for each in states]
        if client is not None:
            query.append(("client", client))
        return map(watched.read_session, self._sessions(proxy, query))

    def get_session(self, proxy: str, session: str) -> ProxySession:
        """By its id, and what each toxic has done in it.  NotFound: it is
        over; Unsupported"""
        return watched.read_session(self._ask(
            "GET", "proxies", proxy, "sessions", session, lack=NO_SESSIONS))

    def end_session(self, proxy: str, session: str, *,
                    reset: bool = False) -> None:
        """reset: both peers see one; else what its toxics have let through is
        still sent.  NotFound, Unsupported"""
        ask(self._settings, Request(
            "DELETE", path_of("proxies", proxy, "sessions", session)
            + ("?mode=reset" if reset else ""), lack=NO_SESSIONS))

    def list_ended(self, proxy: str) -> list[EndedSession]:
        """The last 256 that have not ended by the FIN of both sides, the
        oldest first.  NotFound, Unsupported"""
        return list(map(watched.read_ended, self._sessions(
            proxy, [("state", "ended")])))

    def _sessions(self, proxy: str | None,
                  query: list[tuple[str, str]]) -> Iterator[Any]:
        """Page by page"""
        path = path_of(
            *([] if proxy is None else ["proxies", proxy]), "sessions")
        cursor: list[tuple[str, str]] = []
        while True:
            page = codec.Reader(parse(ask(self._settings, Request(
                "GET", f"{path}?{urllib.parse.urlencode(query + cursor)}",
                lack=NO_SESSIONS))))
            yield from codec.listed(page.value.get("sessions"), "sessions")
            after = page.maybe_text("next")
            if after is None:
                return
            cursor = [("cursor", after)]

    # ---- what is counted: did it hit?

    def proxy_stats(self, name: str) -> ProxyStats:
        """What has gone through it, and what its toxics did to that.
        NotFound, Unsupported"""
        return watched.read_stats(self._ask(
            "GET", "proxies", name, "stats", lack=waits.NO_STATS))

    def wait(self, proxy: str, *, toxic: str | None = None,
             hits: int | None = None, sessions: int | None = None,
             ended: int | None = None, timeout: float = 30) -> int:
        """Until the toxic has hit so many sessions since it was made, 1 by
        itself; or so many are open; or have ended since the proxy was made.
        timeout: s, an hour at most.  The result is how many there are.
        NotYet; NotFound, also when it goes meanwhile; Unsupported"""
        return self._waiting(
            proxy, waits.wish(toxic, hits, sessions, ended), timeout).run()

    def _waiting(self, proxy: str, query: dict[str, str],
                 timeout: float) -> waits.Wait:
        return waits.Wait(self._settings, proxy, query, timeout)

    # ---- events: what has happened, and what does

    def events(self, after: int | None = None, *,
               patience: float = 60) -> Events:
        """What happens from now on; or behind the event of that id.  patience:
        s, for which the server may be away.  Unsupported"""
        return Events(self._settings, after, patience)

    def list_events(self, after: int = 0) -> list[Event]:
        """What has happened, as far as the server knows it still, behind the
        event of that id, the oldest first.  Unsupported"""
        found: list[Event] = []
        last = self._history("wait=0").number("last")
        while after < last:
            page = self._history(f"after={after}")
            events = codec.listed(page.value.get("events"), "events")
            found += map(watched.read_event, events)
            if not events:
                break
            after = page.number("last")
        return found

    def _history(self, query: str) -> codec.Reader:
        return codec.Reader(parse(ask(self._settings, Request(
            "GET", f"/events?{query}", lack=NO_EVENTS))))

    # ---- for tests

    def _take_away(self, proxy: str, toxic: str | None = None) -> None:
        """That it has gone already is no failure."""
        with contextlib.suppress(NotFound):
            if toxic is None:
                self.delete_proxy(proxy)
            else:
                self.remove_toxic(proxy, toxic)

    def _take_scenario_away(self, name: str, id: str | None) -> None:
        with contextlib.suppress(NotFound):
            self.stop_scenario(name, id=id)

    def _take_profile_away(self, proxy: str, name: str) -> None:
        """Unless there is another in its place"""
        with contextlib.suppress(NotFound):
            if self.get_profile(proxy).name == name:
                self.remove_profile(proxy)

    @contextlib.contextmanager
    def toxics(self, proxy: str, *toxics: AnyToxic
               ) -> Iterator[tuple[Toxic, ...]]:
        """They are there as long as the `with` is, and go in any case: the
        last first, so that the chain is never in another order."""
        with contextlib.ExitStack() as stack:
            added = []
            for each in toxics:
                added.append(self.add_toxic(proxy, each))
                stack.callback(self._take_away, proxy, added[-1].name)
            yield tuple(added)

    @contextlib.contextmanager
    def tunnel(self, upstream: str, *toxics: AnyToxic) -> Iterator[Proxy]:
        """A proxy with a name and a port that nobody else has, as long as the
        `with` is."""
        made = self.create_proxy(
            "tunnel-" + secrets.token_hex(8), upstream)
        try:
            for each in toxics:
                self.add_toxic(made.name, each)
            yield self.get_proxy(made.name) if toxics else made
        finally:
            self._take_away(made.name)
