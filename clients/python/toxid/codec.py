# SPDX-License-Identifier: ISC
"""The JSON of what is given to a server, and of what comes from it."""

from __future__ import annotations

import typing
from dataclasses import replace
from typing import Any, Mapping

from .errors import BadAnswer
from .kinds import kind_of
from .values import (
    Bytes, Caller, Connect, Desired, DialFail, Halts, Happened, Health, Limit, Mode,
    Profile, Proxy, ProxyHealth, Role, Scenario, Select, Shape, Step, Stream,
    Token, Toxic, Wave, toxic_of)

# ---- to a server

def given(**members: Any) -> dict[str, Any]:
    """Without those that are None: nothing that Toxiproxy does not know, where
    it is not asked for"""
    return {key: value for key, value in members.items() if value is not None}


def select_json(select: Select | None) -> dict[str, Any] | None:
    return None if select is None else given(
        first=select.first, every=select.every, offset=select.offset,
        clients=list(select.clients) or None, after_ms=select.after_ms,
        duration_ms=select.duration_ms)


def wave_json(wave: Mapping[str, Wave] | None) -> dict[str, Any] | None:
    return None if wave is None else {
        attribute: {"shape": each.shape, "period": each.period,
                    "amplitude": each.amplitude}
        for attribute, each in wave.items()}


def toxic_json(toxic: Toxic) -> dict[str, Any]:
    return given(
        name=toxic.name, type=toxic.kind.type, stream=toxic.stream,
        toxicity=toxic.toxicity, attributes=toxic.kind.attributes(),
        ttl=toxic.ttl_ms, select=select_json(toxic.select), owner=toxic.owner,
        wave=wave_json(toxic.wave))


def step_json(step: Step) -> dict[str, Any]:
    return given(
        duration=step.duration_ms, profile=step.profile,
        toxics=[toxic_json(toxic_of(each)) for each in step.toxics] or None,
        connect=step.connect and connect_json(step.connect))


def connect_json(connect: Connect) -> dict[str, Any]:
    return given(
        mode=connect.mode, delay=connect.delay_ms,
        dial_delay=connect.dial_delay_ms, dial_fail=connect.dial_fail,
        syn_loss=connect.syn_loss)


def proxy_json(proxy: Proxy) -> dict[str, Any]:
    return given(
        name=proxy.name, listen=proxy.listen, upstream=proxy.upstream,
        enabled=proxy.enabled, ttl=proxy.ttl_ms,
        toxics=[toxic_json(each) for each in proxy.toxics] or None,
        connect=proxy.connect and connect_json(proxy.connect))


# ---- from a server

class Reader:
    """A JSON value that should be an object, and its members."""

    def __init__(self, value: Any, what: str = "the answer") -> None:
        if not isinstance(value, dict):
            raise BadAnswer(f"{what} is no JSON object")
        self.value, self.what = value, what

    def _get(self, key: str, *kinds: type) -> Any:
        value = self.value.get(key)
        if type(value) not in kinds:
            raise BadAnswer(f"{self.what} has no {key} that would do")
        return value

    def text(self, key: str) -> str:
        return str(self._get(key, str))

    def maybe_text(self, key: str) -> str | None:
        return None if self.value.get(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        return bool(self._get(key, bool))

    def number(self, key: str) -> int:
        return int(self._get(key, int))

    def real(self, key: str) -> float:
        return float(self._get(key, int, float))

    def maybe_real(self, key: str) -> float | None:
        return None if self.value.get(key) is None else self.real(key)

    def maybe_number(self, key: str) -> int | None:
        return None if self.value.get(key) is None else self.number(key)

    def inside(self, key: str) -> Reader:
        return Reader(self.value.get(key), key)

    def each(self, key: str) -> dict[str, Reader]:
        """Of an object of objects; of none there are none"""
        if self.value.get(key) is None:
            return {}
        return {name: Reader(value, name)
                for name, value in self.inside(key).value.items()}

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(map(str, self._get(key, list)))

    def maybe_texts(self, key: str) -> tuple[str, ...]:
        """Where there is no such list there are none"""
        return self.texts(key) if key in self.value else ()


def listed(value: Any, what: str) -> list[Any]:
    """null is as good as an empty one"""
    if value is not None and not isinstance(value, list):
        raise BadAnswer(f"the answer is no list of {what}")
    return value or []


def read_select(toxic: Reader) -> Select | None:
    if toxic.value.get("select") is None:
        return None
    select = toxic.inside("select")
    return Select(
        first=select.maybe_number("first"), every=select.maybe_number("every"),
        offset=select.maybe_number("offset"),
        clients=select.maybe_texts("clients"),
        after_ms=select.maybe_number("after_ms"),
        duration_ms=select.maybe_number("duration_ms"))


def read_wave(toxic: Reader) -> dict[str, Wave] | None:
    return {attribute: Wave(
        shape=typing.cast(Shape, each.text("shape")),
        period=each.number("period"), amplitude=each.number("amplitude"))
        for attribute, each in toxic.each("wave").items()} or None


def read_toxic(value: Any) -> Toxic:
    toxic = Reader(value, "a toxic")
    stream = toxic.text("stream").lower()
    if stream not in ("downstream", "upstream"):
        raise BadAnswer(f"a toxic has a stream {stream!r}")
    attributes = toxic.inside("attributes").value
    return Toxic(
        kind=kind_of(toxic.text("type"), attributes),
        stream=typing.cast(Stream, stream),
        toxicity=toxic.real("toxicity"),
        name=toxic.text("name"),
        expires_in_ms=toxic.maybe_number("expires_in"),
        select=read_select(toxic),
        owner=toxic.maybe_text("owner"),
        wave=read_wave(toxic))


def read_toxics(value: Any) -> tuple[Toxic, ...]:
    return tuple(map(read_toxic, listed(value, "toxics")))


def read_connect(value: Any) -> Connect | None:
    if value.get("connect") is None:
        return None
    connect = Reader(value["connect"], "connect")
    return Connect(
        mode=typing.cast("Mode | None", connect.maybe_text("mode")),
        delay_ms=connect.maybe_number("delay"),
        dial_delay_ms=connect.maybe_number("dial_delay"),
        dial_fail=typing.cast(
            "DialFail | None", connect.maybe_text("dial_fail")),
        syn_loss=connect.maybe_real("syn_loss"))


def read_proxy(value: Any, server: str) -> Proxy:
    proxy = Reader(value, "a proxy")
    return Proxy(
        name=proxy.text("name"), listen=proxy.text("listen"),
        upstream=proxy.text("upstream"), enabled=proxy.flag("enabled"),
        toxics=read_toxics(value.get("toxics")),
        expires_in_ms=proxy.maybe_number("expires_in"),
        halted=value.get("halted") is True, connect=read_connect(value),
        server=server)


def read_proxies(value: Any, server: str) -> list[Proxy]:
    return [read_proxy(each, server) for each in listed(value, "proxies")]


def read_named(value: Any, server: str) -> dict[str, Proxy]:
    """Of all tenants' proxies the name in front says whose each is, as in
    "payments/redis"."""
    return {name: replace(read_proxy(each, server), name=name)
            for name, each in Reader(value).value.items()}


def read_happened(reader: Reader, key: str) -> Happened | None:
    if reader.value.get(key) is None:
        return None
    error = reader.inside(key)
    return Happened(error.text("time"), error.text("text"),
                    error.maybe_text("proxy"))


def read_bytes(reader: Reader) -> Bytes:
    return Bytes(reader.number("received"), reader.number("sent"))


def read_proxy_health(value: Any) -> ProxyHealth:
    proxy = Reader(value)
    both = proxy.inside("bytes")
    return ProxyHealth(
        name=proxy.text("name"), enabled=proxy.flag("enabled"),
        open_sessions=proxy.number("open_sessions"),
        sessions=proxy.number("sessions"),
        upstream=read_bytes(both.inside("upstream")),
        downstream=read_bytes(both.inside("downstream")),
        held_bytes=proxy.number("held_bytes"),
        dial_failures=proxy.number("dial_failures"),
        last_dial_error=read_happened(proxy, "last_dial_error"),
        worker_restarts=proxy.number("worker_restarts"),
        connect=read_connect(value))


def read_healths(value: Any) -> dict[str, ProxyHealth]:
    return {name: replace(read_proxy_health(each), name=name)
            for name, each in Reader(value).value.items()}


def read_role(role: Reader) -> Role:
    return Role(
        running=role.number("running"), starting=role.number("starting"),
        backing_off=role.number("backing_off"),
        retry_ms=role.number("retry_ms"), restarts=role.number("restarts"),
        last_error=read_happened(role, "last_error"))


def read_health(value: Any) -> Health:
    health = Reader(value)
    proxies = health.inside("proxies")
    return Health(
        live=health.flag("live"), ready=health.flag("ready"),
        reasons=health.texts("reasons"), version=health.text("version"),
        uptime_s=health.number("uptime_s"), proxies=proxies.number("total"),
        enabled=proxies.number("enabled"),
        open_sessions=proxies.number("open_sessions"),
        roles={name: read_role(role)
               for name, role in health.each("roles").items()})


def read_limit(limit: Reader) -> Limit:
    return Limit(
        limit=limit.number("limit"), used=limit.maybe_number("used"),
        refused=limit.number("refused"), range=limit.maybe_text("range"))


def read_caller(value: Any) -> Caller:
    caller = Reader(value)
    return Caller(
        tenant=caller.text("tenant"), role=caller.text("role"),
        token=caller.maybe_text("token"),
        expires=caller.maybe_text("expires"),
        proxies=caller.number("proxies"), toxics=caller.number("toxics"),
        limits={name: read_limit(limit)
                for name, limit in caller.each("limits").items()},
        halted="halted" in value)


def read_token(value: Any) -> Token:
    token = Reader(value, "a token")
    return Token(
        name=token.text("name"), role=token.text("role"),
        expires=token.maybe_text("expires"),
        last_used=token.maybe_text("last_used"),
        of_file=value.get("of_file") is True,
        secret=token.maybe_text("token"))


def read_tokens(value: Any) -> list[Token]:
    return [read_token(each) for each in listed(value, "tokens")]


def read_profile(value: Any) -> Profile:
    profile = Reader(value, "a profile")
    return Profile(
        name=profile.text("name"),
        toxics=read_toxics(profile.value.get("toxics")),
        missing=profile.maybe_texts("missing"),
        description=profile.maybe_text("description"),
        source=profile.maybe_text("source"),
        loss_percent=profile.maybe_real("loss_percent"))


def read_step(value: Any) -> Step:
    step = Reader(value, "a step")
    return Step(step.number("duration"), read_toxics(step.value.get("toxics")),
                connect=read_connect(step.value),
                missing=step.maybe_texts("missing"))


def read_scenario(value: Any) -> Scenario:
    scenario = Reader(value, "a scenario")
    return Scenario(
        name=scenario.text("name"), proxy=scenario.text("proxy"),
        steps=tuple(map(read_step, listed(value.get("steps"), "steps"))),
        loop=scenario.flag("loop"), step=scenario.number("step"),
        left_ms=scenario.number("left"), round=scenario.number("round"),
        began=scenario.text("began"),
        expires_in_ms=scenario.maybe_number("expires_in"),
        missing=scenario.maybe_texts("missing"),
        id=scenario.maybe_text("id"))


def read_desired(value: Any) -> Desired:
    desired = Reader(value, "a source")
    proxies = [Reader(each, "a proxy") for each in listed(
        value.get("proxies", []), "proxies")]
    changes = Reader(value.get("changes", {}), "changes")
    document = value.get("document")
    return Desired(
        source=desired.text("source"), generation=desired.text("generation"),
        applied_at=desired.maybe_text("applied_at"),
        listens={each.text("name"): each.text("listen") for each in proxies},
        document=None if document is None else Reader(
            document, "the document").value,
        changes={key: changes.number(key) for key in changes.value})


def read_halts(value: Any) -> Halts:
    halts = Reader(value)
    return Halts(halted=halts.flag("halted"), all=halts.flag("all"),
                 tenants=halts.texts("tenants"))
