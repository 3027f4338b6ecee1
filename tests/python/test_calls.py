# SPDX-License-Identifier: ISC
"""Each call, blocking and by asyncio, and what comes of it."""

import inspect
import pathlib
import socket
import time

import pytest
from toxid import (
    AsyncCalls, BadRequest, Bandwidth, Calls, Conflict, Connect, Latency,
    LimitData, NotFound, Other, Proxy, Select, Slicer, Step, Toxic,
    Unsupported, Wave)

from conftest import client_of
from lab import TOKENS, Lab
from rig import PATIENCE, Toxid, wait_until

NOBODY = "127.0.0.1:9"


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def test_both_ways_have_the_same_calls():
    assert public(Calls) == public(AsyncCalls)
    for name in public(Calls):
        assert list(inspect.signature(getattr(Calls, name)).parameters) == \
            list(inspect.signature(getattr(AsyncCalls, name)).parameters)


def test_each_call_is_called_here():
    here = pathlib.Path(__file__)
    text = "".join(here.with_name(name).read_text() for name in (
        "test_calls.py", "test_watched.py", "test_waits.py"))
    assert [name for name in public(Calls) if f".{name}(" not in text] == []


def rally(address, data=b"hello"):
    """Seconds until it has come back"""
    start = time.monotonic()
    with socket.create_connection(address, PATIENCE) as s:
        s.sendall(data)
        got = b""
        while len(got) < len(data):
            got += s.recv(65536) or b"!"  # at its end it is another
    assert got == data
    return time.monotonic() - start


# ---- the server

def test_version(calls):
    assert calls.version() == "2.12.0"


def test_metrics(calls):
    calls.create_proxy("counted", NOBODY)
    assert 'proxy="counted"' in calls.metrics()


def test_no_metrics(way):
    with Toxid() as t, pytest.raises(Unsupported, match="without metrics"):
        way(client_of(t)).metrics()


def test_health(calls):
    calls.create_proxy("a", NOBODY)
    calls.create_proxy("b", NOBODY, enabled=False)
    assert wait_until(lambda: calls.health().ready)
    health = calls.health()
    assert (health.live, health.reasons) == (True, ())
    assert (health.proxies, health.enabled) == (2, 1)
    assert health.roles["diald"].running == 1
    assert health.roles["relayd"].last_error is None


def test_health_of_one_that_is_not_ready(way):
    with Toxid("-drain", "60") as t, socket.socket() as held:
        client = client_of(t)
        held.connect(client.create_proxy("a", f"{t.host}:{t.port}").address)
        assert wait_until(lambda: client.proxy_health("a").open_sessions)
        t.process.terminate()
        assert wait_until(lambda: not client.health().ready)
        assert "shutting down" in way(client).health().reasons


def test_state_and_populate(calls):
    calls.create_proxy("a", NOBODY, toxics=[
        Toxic(Latency(5, 2), "upstream", 0.5), Slicer(10)])
    calls.create_proxy("b", NOBODY, enabled=False)
    state = calls.state()
    for name in calls.list_proxies():
        calls.delete_proxy(name)
    assert calls.populate(state) == state
    assert calls.state() == state
    assert calls.populate([]) == []


def test_reset(calls):
    calls.create_proxy("a", NOBODY, enabled=False, toxics=[Latency(1)])
    calls.reset()
    there = calls.get_proxy("a")
    assert there.enabled and there.toxics == ()


def test_halt(way, echo):
    with Toxid() as t:
        calls = way(client_of(t))
        proxy = calls.create_proxy("a", echo.address, toxics=[
            Latency(3600 * 1000)])
        assert not calls.halts().halted and not proxy.halted
        assert calls.halt().all
        assert calls.halts().halted and calls.get_proxy("a").halted
        rally(proxy.address)
        assert not calls.resume().halted
        assert not calls.get_proxy("a").halted


def test_profiles(calls):
    there = {p.name: p for p in calls.list_profiles()}
    assert there["gprs"].source and there["gprs"].loss_percent == 2
    calls.create_proxy("a", NOBODY)
    with pytest.raises(NotFound):
        calls.get_profile("a")
    made = calls.apply_profile("a", "3G", ttl_ms=60000)
    assert (made.name, made.source) == ("3g", None)
    assert made.missing == there["3g"].missing
    has_loss = "tcp_loss" in [t.kind.type for t in made.toxics]
    assert made.missing == (() if has_loss else ("tcp_loss",))
    assert [t.name for t in made.toxics] == [
        t.name for t in there["3g"].toxics]
    assert all(t.expires_in_ms for t in made.toxics)
    assert {t.owner for t in made.toxics} == {"profile:3g"}
    saved = calls.state()
    calls.delete_proxy("a")
    calls.populate(saved)
    assert calls.get_profile("a").name == "3g"
    assert calls.apply_profile("a", "slow-4g").missing == ()
    assert calls.get_profile("a").name == "slow-4g"
    calls.remove_profile("a")
    assert calls.get_proxy("a").toxics == ()
    with pytest.raises(NotFound):
        calls.remove_profile("a")
    with pytest.raises(BadRequest):
        calls.apply_profile("a", "none")


def test_scenarios(calls):
    hour = 3600000
    calls.create_proxy("a", NOBODY)
    made = calls.start_scenario("s", "a", [
        Step(hour, (Latency(100), Toxic(Latency(5), "upstream", name="up"))),
        Step(hour, profile="slow-4g", connect=Connect("refuse")),
        Step(hour, connect=Connect()),
        Step(hour, profile="3g")], loop=True, ttl_ms=hour)
    assert (made.name, made.proxy, made.loop) == ("s", "a", True)
    assert (made.step, made.round) == (0, 0)
    assert {made.missing, made.steps[3].missing} == {
        {p.name: p for p in calls.list_profiles()}["3g"].missing}
    assert not any(each.missing for each in made.steps[:3])
    assert 0 < made.left_ms <= hour and 0 < made.expires_in_ms <= hour
    assert [len(each.toxics) for each in made.steps] == [
        2, 4, 0, 4 if made.missing else 6]
    assert [each.connect for each in made.steps] == [
        None, Connect("refuse"), None, None]
    assert {t.name for t in calls.list_toxics("a")} == {
        "latency_downstream", "up"}
    assert {t.owner for t in calls.list_toxics("a")} == {"scenario:s:0"}
    assert calls.get_scenario("s").steps == made.steps
    assert [each.name for each in calls.list_scenarios()] == ["s"]
    with pytest.raises(Conflict):
        calls.start_scenario("t", "a", [Step(hour)])
    calls.stop_scenario("s")
    assert calls.get_proxy("a").toxics == () and calls.list_scenarios() == []
    for call in calls.stop_scenario, calls.get_scenario:
        with pytest.raises(NotFound):
            call("s")
    with pytest.raises(BadRequest):
        calls.start_scenario("s", "a", [Step(0)])
    with pytest.raises(NotFound):
        calls.start_scenario("s", "none", [Step(1)])


def test_desired(calls):
    here = {"listen": "127.0.0.1:0", "upstream": NOBODY}
    two = {"proxies": [{"name": "a", **here}, {"name": "b", **here}]}
    made = calls.put_desired("lab", two, "1")
    assert (made.source, made.generation) == ("lab", "1")
    assert made.changes["made"] == 2 and set(made.listens) == {"a", "b"}
    assert made.listens["a"] == calls.get_proxy("a").listen
    one = {"proxies": two["proxies"][:1]}
    with pytest.raises(Conflict) as caught:
        calls.put_desired("lab", one, "2", if_match="0")
    assert caught.value.reply["generation"] == "1"
    with pytest.raises(Conflict):
        calls.put_desired("other", one, "1")
    calls.put_desired("lab", one, "2", if_match="1")
    with pytest.raises(NotFound):
        calls.get_proxy("b")
    with pytest.raises(BadRequest) as caught:
        calls.put_desired("lab", {"proxies": [{"name": "a"}, {}]}, "3")
    assert {each["item"] for each in caught.value.reply["faults"]} == {
        "proxies[0]", "proxies[1]"}
    there = calls.get_desired("lab")
    assert there.generation == "2"
    assert there.document["proxies"][0]["name"] == "a"
    assert [(d.source, d.generation) for d in calls.list_desired()] == [
        ("lab", "2")]
    calls.delete_desired("lab")
    assert calls.list_proxies() == {} and calls.list_desired() == []
    for call in calls.get_desired, calls.delete_desired:
        with pytest.raises(NotFound):
            call("lab")


# ---- proxies

def test_a_proxy(calls, echo):
    made = calls.create_proxy("a", echo.address)
    host, port = made.address
    assert made == Proxy("a", f"{host}:{port}", echo.address)
    assert calls.get_proxy("a") == made
    assert calls.list_proxies() == {"a": made}
    rally(made.address)
    assert not calls.disable_proxy("a").enabled
    with pytest.raises(ConnectionRefusedError):
        rally(made.address)
    assert calls.enable_proxy("a").enabled
    rally(made.address)
    calls.delete_proxy("a")
    assert calls.list_proxies() == {}
    with pytest.raises(NotFound):
        calls.get_proxy("a")


def test_a_proxy_is_changed(calls, echo):
    made = calls.create_proxy("a", NOBODY, listen="127.0.0.1:0")
    moved = calls.update_proxy("a", upstream=echo.address)
    assert (moved.upstream, moved.listen) == (echo.address, made.listen)
    rally(moved.address)
    elsewhere = calls.update_proxy("a", listen="127.0.0.2:0")
    assert elsewhere.address[0] == "127.0.0.2"
    assert calls.update_proxy("a") == elsewhere


@pytest.mark.parametrize("name", ["a/b", "..", "a b?#%", "\u00fc", "x" * 255])
def test_a_name_is_one_step_of_a_path(calls, name):
    calls.create_proxy(name, NOBODY, toxics=[
        Toxic(Latency(1), name=name[:200])])
    assert calls.get_toxic(name, name[:200]).kind == Latency(1)
    calls.remove_toxic(name, name[:200])
    calls.delete_proxy(name)
    assert calls.list_proxies() == {}


def test_where_clients_connect(client):
    everywhere = client.create_proxy("a", NOBODY, listen=":0")
    assert everywhere.address == (
        "127.0.0.1", int(everywhere.listen.rpartition(":")[2]))
    assert everywhere.listen not in "%s:%s" % everywhere.address


def test_how_a_proxy_is(calls, echo):
    proxy = calls.create_proxy("a", echo.address)
    calls.create_proxy("b", NOBODY)
    rally(proxy.address)
    assert wait_until(lambda: calls.proxy_health("a").downstream.sent == 5)
    health = calls.proxy_health("a")
    assert (health.name, health.enabled, health.sessions) == ("a", True, 1)
    assert (health.upstream.received, health.dial_failures) == (5, 0)
    assert health.last_dial_error is None
    with socket.create_connection(calls.get_proxy("b").address, PATIENCE) as s:
        s.settimeout(PATIENCE)
        try:
            assert s.recv(1) == b""
        except ConnectionResetError:
            pass
    assert wait_until(lambda: calls.list_health()["b"].dial_failures == 1)
    assert "refused" in calls.list_health()["b"].last_dial_error.text


# ---- toxics

def test_a_toxic(calls, echo):
    proxy = calls.create_proxy("a", echo.address)
    made = calls.add_toxic("a", Latency(100))
    assert made == Toxic(Latency(100), name="latency_downstream")
    assert rally(proxy.address) >= 0.1
    late = Toxic(Latency(7, 3), "upstream", 0.25, "late")
    assert calls.add_toxic("a", late) == late
    assert calls.list_toxics("a") == [late, made]
    assert calls.get_toxic("a", "late") == late
    with pytest.raises(Conflict):
        calls.add_toxic("a", late)
    calls.remove_toxic("a", "late")
    calls.remove_toxic("a", "latency_downstream")
    with pytest.raises(NotFound):
        calls.remove_toxic("a", "latency_downstream")
    assert calls.list_toxics("a") == []


def test_a_toxic_is_changed(calls):
    calls.create_proxy("a", NOBODY, toxics=[Toxic(Latency(7, 3), name="x")])
    assert calls.update_toxic("a", "x", {"latency": 8}).kind == Latency(8, 3)
    assert calls.update_toxic("a", "x", Latency(9)).kind == Latency(9, 0)
    made = calls.update_toxic("a", "x", toxicity=0.5)
    assert (made.kind, made.toxicity) == (Latency(9), 0.5)
    assert calls.update_toxic("a", "x") == made


def test_on_which_connections(calls, client, echo):
    proxy = calls.create_proxy("a", echo.address)
    first = Toxic(Latency(1), name="x", select=Select(first=1))
    assert calls.add_toxic("a", first) == first
    with socket.create_connection(proxy.address, PATIENCE), \
            socket.create_connection(proxy.address, PATIENCE):
        # of one that dials nothing has been decided
        assert wait_until(lambda: {
            (work.decided, work.index, work.active)
            for each in client.list_sessions("a")
            for work in calls.get_session("a", each.id).toxics} == {
                ("chosen", 0, True), ("index", 1, False)})
    full = Select(5, 2, 1, ("127.0.0.0/8", "::1/128"), 1, 2)
    assert calls.update_toxic("a", "x", select=full).select == full
    assert calls.update_toxic("a", "x", toxicity=0.5).select == full
    assert calls.update_toxic("a", "x", select=Select()).select is None


def test_numbers_that_rise_and_fall(calls):
    wave = {"latency": Wave("sine", 60000, 50), "jitter": Wave("saw", 500, 5)}
    waving = Toxic(Latency(100, 10), name="x", wave=wave)
    calls.create_proxy("a", NOBODY)
    assert calls.add_toxic("a", waving) == waving
    assert calls.list_toxics("a") == [waving]
    state = calls.state()
    calls.delete_proxy("a")
    assert calls.populate(state)[0].toxics == (waving,)
    only = {"jitter": Wave("square", 2147483647, 1)}
    assert calls.update_toxic("a", "x", wave=only).wave == only
    assert calls.update_toxic("a", "x", {"latency": 3}).wave == only
    with pytest.raises(BadRequest, match="sine, square or saw") as refused:
        calls.update_toxic("a", "x", wave={"jitter": Wave("round", 1, 1)})
    assert refused.value.field == "wave.jitter.shape"
    assert calls.get_toxic("a", "x").wave == only
    assert calls.update_toxic("a", "x", wave={}).wave is None
    assert len({waving, calls.get_toxic("a", "x")}) == 2


def test_a_type_that_is_not_known_here(way):
    given = {"number": 7, "share": 0.5, "way": "hang", "note": "x",
             "codes": (404, 500), "hosts": ("a", "b"), "rate": "fast"}
    with Toxid("-debug-toxics") as t:
        calls = way(client_of(t))
        calls.create_proxy("a", NOBODY)
        assert calls.add_toxic("a", Other("carry", given)).kind == Other(
            "carry", given)
        changed = calls.update_toxic("a", "carry_downstream", {"codes": []})
        assert changed.kind.attributes() == {**given, "codes": ()}


def test_as_long_as_the_with_is(calls, client, echo):
    proxy = calls.create_proxy("a", echo.address)
    with calls.toxics("a", Latency(100), Toxic(LimitData(9), "upstream")) as t:
        assert [each.name for each in t] == [
            "latency_downstream", "limit_data_upstream"]
        assert set(client.list_toxics("a")) == set(t)
        assert rally(proxy.address) >= 0.1
        calls.remove_toxic("a", t[0].name)  # that is no failure
    assert calls.list_toxics("a") == []


def test_one_of_them_is_no_good(calls):
    calls.create_proxy("a", NOBODY, toxics=[Bandwidth(1)])
    with pytest.raises(Conflict):
        with calls.toxics("a", Latency(1), Bandwidth(1)):
            raise AssertionError("it is not entered")
    assert [t.kind for t in calls.list_toxics("a")] == [Bandwidth(1)]


def test_a_tunnel(calls, echo):
    with calls.tunnel(echo.address, Latency(100)) as tunnel:
        assert tunnel.toxics[0].kind == Latency(100)
        assert rally(tunnel.address) >= 0.1
        with calls.tunnel(echo.address) as another:
            rally(another.address)
            assert set(calls.list_proxies()) == {tunnel.name, another.name}
    assert calls.list_proxies() == {}


# ---- leases

HOUR = 3600 * 1000


def test_leases(calls):
    made = calls.create_proxy("a", NOBODY, ttl_ms=HOUR)
    assert 0 < made.expires_in_ms <= HOUR
    assert HOUR < calls.renew_proxy("a", 2 * HOUR).expires_in_ms <= 2 * HOUR
    assert calls.renew_proxy("a", 0).expires_in_ms is None
    assert calls.update_proxy("a", ttl_ms=HOUR).expires_in_ms <= HOUR
    toxic = calls.add_toxic("a", Toxic(Latency(1), ttl_ms=HOUR))
    assert 0 < toxic.expires_in_ms <= HOUR
    assert calls.renew_toxic(
        "a", toxic.name, 2 * HOUR).expires_in_ms > HOUR
    assert calls.update_toxic(
        "a", toxic.name, ttl_ms=0).expires_in_ms is None


def test_a_lease_ends(calls):
    calls.create_proxy("a", NOBODY)
    calls.add_toxic("a", Toxic(Latency(1), ttl_ms=1))
    assert wait_until(lambda: calls.list_toxics("a") == [])
    with pytest.raises(NotFound):
        calls.renew_toxic("a", "latency_downstream", 1)


# ---- what clients meet

def test_connect(calls):
    late = Connect("accept_delay", 5, dial_delay_ms=7, dial_fail="timeout")
    assert calls.create_proxy("a", NOBODY, connect=late).connect == late
    assert calls.proxy_health("a").connect == late
    assert calls.disable_proxy("a").connect == late
    refuse = Connect("refuse")
    assert calls.update_proxy("a", connect=refuse).connect == refuse
    assert calls.update_proxy("a", connect=Connect()).connect is None
    assert calls.create_proxy("b", NOBODY).connect is None
    with pytest.raises(BadRequest) as e:
        calls.update_proxy("a", connect=Connect("refuse", 5))
    assert "connect.delay" in str(e.value)


# ---- tenants

@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab"), more={
            "limits": {"proxies": 50}}) as t:
        yield t


def test_without_tenants(calls):
    caller = calls.whoami()
    assert (caller.tenant, caller.role, caller.token) == ("", "admin", None)
    assert (caller.limits, caller.halted) == ({}, False)


def test_whoami(lab, way):
    caller = way(client_of(lab, token=TOKENS["a-reader"])).whoami()
    assert (caller.tenant, caller.role, caller.token, caller.expires) == (
        "a", "reader", "a-reader", None)
    assert caller.limits["proxies"].limit == 50
    assert caller.limits["proxies"].used == caller.proxies == 0


def test_an_administrator_acts_in_a_tenant(lab, way):
    tenant = client_of(lab, token=TOKENS["b"])
    tenant.create_proxy("x", NOBODY)
    admin = way(client_of(lab, token=TOKENS["admin"], tenant="b"))
    assert set(admin.list_proxies()) == {"x"}
    everybody = way(client_of(lab, token=TOKENS["admin"], tenant="*"))
    assert everybody.list_proxies()["b/x"].name == "b/x"
    assert everybody.list_health()["b/x"].name == "b/x"
    admin.halt()
    assert tenant.whoami().halted and everybody.halts().tenants == ("b",)
    admin.resume()
    admin.delete_proxy("x")


def test_tokens(lab, way):
    calls = way(client_of(lab, token=TOKENS["a"]))
    made = calls.create_token(
        "new", role="reader", expires="2999-01-31T00:00:00Z")
    assert (made.role, made.expires) == ("reader", "2999-01-31T00:00:00Z")
    assert made.secret.startswith("toxid_") and made.secret not in repr(made)
    assert client_of(lab, token=made.secret).whoami().token == "new"
    listed = {token.name: token for token in calls.list_tokens()}
    assert listed["a"].of_file and not listed["new"].of_file
    assert listed["new"].secret is None
    with pytest.raises(Conflict):
        calls.create_token("new")
    calls.revoke_token("new")
    with pytest.raises(NotFound):
        calls.revoke_token("new")


def test_no_tokens_without_tenants(calls):
    with pytest.raises(Unsupported):
        calls.create_token("x")
