# SPDX-License-Identifier: ISC
"""/openapi.json: it has each route and each toxic, and what toxid answers is as
it says.  Of who may ask what, test_tenants_table.py holds it, too."""

import json
import os
import pathlib
import socket

import pytest
import rig
from contract import Contract
from lab import Lab
from test_tenants_table import actions

BUILD = pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent
TOXICS = [kind for kind in json.loads((BUILD / "toxics.json").read_text())
          if kind["whose"] != "debug"]
TTL_MAX = 31536000000
# They are ended by nobody but their client.
ENDLESS = {"application/x-ndjson", "text/event-stream"}


@pytest.fixture(scope="module")
def contract(shared):
    reply = shared.request("GET", "/openapi.json")
    assert (reply.status, reply.headers["Content-Type"]) == (
        200, "application/json")
    assert reply.body == (BUILD / "openapi.json").read_bytes()
    return Contract(reply.json())


def operations(contract):
    return {(method.upper(), path): operation
            for path, item in contract.document["paths"].items()
            for method, operation in item.items() if method != "parameters"}


def references(node):
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        yield from node.get("mapping", {}).values()
    for below in (node.values() if isinstance(node, dict) else
                  node if isinstance(node, list) else ()):
        yield from references(below)


def test_it_has_each_route(contract):
    """... and no other."""
    routes = {(a.method, a.path): a.name for a in actions()}
    found = operations(contract)
    for (method, path), name in routes.items():
        operation = contract.operation(method, path)
        assert operation["operationId"].partition("_")[0] == name
        assert operation["summary"]
    assert set(found) <= set(routes)
    ids = [operation["operationId"] for operation in found.values()]
    assert len(set(ids)) == len(ids)


def test_a_path_has_its_parameters(contract):
    for path, item in contract.document["paths"].items():
        names = [contract.resolved(p) for p in item.get("parameters", [])]
        assert [p["name"] for p in names] == [
            step[1:-1] for step in path.split("/") if step[:1] == "{"]
        assert all(p["in"] == "path" and p["required"] for p in names)


def test_what_it_refers_to_is_there(contract):
    """... and nothing that is there is of no use."""
    used = set(references(contract.document))
    parts = {f"#/components/{kind}/{name}"
             for kind, all_of in contract.document["components"].items()
             for name in all_of if kind != "securitySchemes"}
    assert used == parts


def test_it_has_each_toxic(contract):
    schemas = contract.document["components"]["schemas"]
    for any_toxic in ("Toxic", "ToxicNew"):
        mapping = schemas[any_toxic]["discriminator"]["mapping"]
        assert set(mapping) == {kind["name"] for kind in TOXICS}
        for kind in TOXICS:
            has = contract.resolved({"$ref": mapping[kind["name"]]})
            attributes = has["properties"]["attributes"]["properties"]
            assert list(attributes) == [a["name"] for a in kind["attributes"]]


# ---- what it says of replies is so

class Asker:
    """Asks, and holds what it is told against the document"""

    def __init__(self, toxid, contract, ask):
        self.toxid, self.contract, self.ask = toxid, contract, ask
        self.asked = set()

    def __call__(self, method, path, body=None, want=200, **names):
        reply = self.ask(method, path.format(**names), body)
        assert reply.status == want, reply
        self.contract.check(method, path, reply.status,
                            reply.headers["Content-Type"], reply.body)
        self.asked.add(
            self.contract.operation(method, path)["operationId"])
        return reply

    def takes(self, schema, body):
        self.contract.schema_fits(
            {"$ref": f"#/components/schemas/{schema}"}, body)
        return body


def ask_of_toxics(ask, p):
    """Each kind at its defaults, but for what a kind needs."""
    toxics = "/proxies/{proxy}/toxics"
    loss = ask("GET", "/health").json()["capabilities"]["tcp_loss"]
    for kind in TOXICS:
        if kind["name"] in ("tcp_loss", "unplug") and not loss["available"]:
            continue
        new = {"type": kind["name"], "name": "t", "attributes": {
            a["name"]: a["min"] for a in kind["attributes"]
            if a["kind"] == "integer" and a["min"] is not None and
            a["default"] < a["min"]}}
        ask("POST", toxics, ask.takes("ToxicNew", new), proxy=p)
        one = {"proxy": p, "toxic": "t"}
        ask("GET", toxics + "/{toxic}", **one)
        for method in ("PATCH", "POST"):
            ask(method, toxics + "/{toxic}",
                ask.takes("ToxicChange", {"toxicity": 0.3}), **one)
        ask("POST", toxics + "/{toxic}/lease",
            ask.takes("Lease", {"ttl": TTL_MAX}), **one)
        ask("GET", toxics, proxy=p)
        ask("POST", toxics, new, 409, proxy=p)
        ask("DELETE", toxics + "/{toxic}", None, 204, **one)
    ask("GET", toxics + "/{toxic}", None, 404, **one)
    ask("POST", toxics, {"type": "none"}, 400, proxy=p)


def ask_of_profiles(ask, p):
    one = "/proxies/{proxy}/profile"
    for method in ("GET", "DELETE"):
        ask(method, one, None, 404, proxy=p)
    for profile in ask("GET", "/profiles").json():
        wanted = {"name": profile["name"], "ttl": 60000}
        ask("POST", one, ask.takes("ProfileWanted", wanted), proxy=p)
        ask("GET", one, proxy=p)
    ask("DELETE", one, None, 204, proxy=p)
    ask("POST", one, {"name": "none"}, 400, proxy=p)
    ask("POST", "/proxies/{proxy}/toxics", {
        "type": "noop", "name": "profile_latency_up"}, proxy=p)
    ask("POST", one, {"name": "3g"}, 409, proxy=p)


def ask_of_scenarios(ask, p):
    one = "/scenarios/{scenario}"
    new = {"name": "s", "proxy": p, "loop": True, "ttl": 60000, "steps": [
        {"duration": 60000, "toxics": [{"type": "latency", "name": "s"}]},
        {"duration": 1, "profile": "3g"}, {"duration": 31536000000}]}
    for status in (201, 409):
        ask("POST", "/scenarios", ask.takes("ScenarioNew", new), status)
    ask("GET", "/scenarios")
    ask("GET", "/state")
    ask("GET", one, scenario="s")
    ask("DELETE", one, None, 204, scenario="s")
    for method in ("GET", "DELETE"):
        ask(method, one, None, 404, scenario="s")
    ask("POST", "/scenarios", {**new, "proxy": "none"}, 404)
    ask("POST", "/scenarios", {**new, "steps": []}, 400)


def ask_of_desired(ask):
    one, of = "/desired/{source}", {"source": "fleet"}
    new = {"generation": "1", "proxies": [
        {"name": "d", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
         "toxics": [{"type": "latency"}]}], "scenarios": [
        {"name": "d", "proxy": "d", "steps": [{"duration": 60000}]}]}
    ask("PUT", one, ask.takes("Document", new), **of)
    ask("PUT", one, {**new, "proxis": []}, 400, **of)
    ask("PUT", one, {**new, "proxies": [{"name": "d", "tenant": "b"}]}, 403,
        **of)
    ask("PUT", one, new, 409, source="other")
    ask("PUT", one, new, 409, source="config")
    ask("GET", one, **of)
    ask("GET", "/desired")
    ask("DELETE", one, None, 204, **of)
    for method in ("GET", "DELETE"):
        ask(method, one, None, 404, **of)


def ask_of_proxies(ask, upstream):
    new = {"name": "p", "listen": "127.0.0.1:0", "upstream": upstream,
           "toxics": [{"type": "latency"}], "ttl": 60000}
    ask("POST", "/proxies", ask.takes("ProxyNew", new), 201)
    ask("POST", "/proxies", new, 409)
    ask("POST", "/proxies", {"name": "q"}, 400)
    ask("POST", "/proxies", {**new, "name": "q", "listen": "192.0.2.1:1"}, 500)
    for method in ("PATCH", "POST"):
        ask(method, "/proxies/{proxy}",
            ask.takes("ProxyChange", {"enabled": True}), proxy="p")
    ask("POST", "/proxies/{proxy}/lease", {"ttl": 60000}, proxy="p")
    ask("POST", "/proxies/{proxy}/lease", {"ttl": TTL_MAX + 1}, 400, proxy="p")
    ask("POST", "/populate",
        ask.takes("ProxiesNew", [{**new, "name": "r", "scenario": {
            "name": "of-r", "steps": [{"duration": 1}]}}]), 201)
    ask("POST", "/populate", [{**new, "name": "s"}, {"name": "t"}], 400)
    ask("POST", "/populate", [{**new, "name": "s"}, {
        **new, "name": "t", "listen": "192.0.2.1:1"}], 500)
    ask_of_sessions(ask)
    ask_to_wait(ask)
    ask_of_toxics(ask, "p")
    ask_of_scenarios(ask, "p")
    ask_of_profiles(ask, "p")
    ask_of_desired(ask)
    ask_of_lists(ask)
    ask("DELETE", "/proxies/{proxy}", None, 204, proxy="p")
    ask("DELETE", "/proxies/{proxy}", None, 404, proxy="p")
    ask("GET", "/proxies/{proxy}", None, 301, proxy="..")


def ask_of_lists(ask):
    """with what there is, and while it is halted"""
    ask("PATCH", "/proxies/{proxy}", {"connect": {"dial_delay": 1}}, proxy="p")
    for halts in ("/halt", "/resume"):
        ask("POST", halts)
        ask("GET", "/halt")
        for path in ("/proxies", "/state", "/tenant", "/health",
                     "/health/live", "/health/ready", "/health/proxies",
                     "/metrics", "/version", "/openapi.json"):
            ask("GET", path)
        for path in ("/proxies/{proxy}", "/proxies/{proxy}/health",
                     "/proxies/{proxy}/stats"):
            ask("GET", path, proxy="p")
    ask("POST", "/reset", None, 204)


def ask_of_own_toxics(ask, one):
    toxics = "/proxies/{proxy}/sessions/{session}/toxics"
    new = {"type": "latency", "name": "own", "select": {"after_ms": 1}}
    ask("POST", toxics, ask.takes("OwnToxicNew", new), **one)
    ask("POST", toxics, new, 409, **one)
    ask("POST", toxics, {**new, "name": "q", "ttl": 1}, 400, **one)
    ask("GET", toxics, **one)
    for method in ("PATCH", "POST"):
        ask(method, toxics + "/{toxic}",
            ask.takes("OwnToxicChange", {"toxicity": 1}), toxic="own", **one)
    ask("GET", toxics + "/{toxic}", toxic="own", **one)
    ask("DELETE", toxics + "/{toxic}", None, 404, toxic="none", **one)


def ask_of_sessions(ask):
    """of one that lives, and when it has been ended"""
    listen = ask("GET", "/proxies/{proxy}", proxy="p").json()["listen"]
    with socket.create_connection(rig.address_of(listen), rig.PATIENCE) as s:
        s.sendall(b"x")
        assert s.recv(1) == b"x"
        (session,) = ask(
            "GET", "/proxies/{proxy}/sessions", proxy="p").json()["sessions"]
        one = {"proxy": "p", "session": session["id"]}
        ask_of_own_toxics(ask, one)
        ask("GET", "/proxies/{proxy}/sessions/{session}", **one)
        assert rig.wait_until(lambda: ask("GET", "/sessions").json()[
            "sessions"])
        ask("DELETE", "/proxies/{proxy}/sessions/{session}/toxics/{toxic}",
            None, 204, toxic="own", **one)
        ask("DELETE", "/proxies/{proxy}/sessions/{session}", None, 204, **one)
    assert rig.wait_until(lambda: not ask(
        "GET", "/proxies/{proxy}/sessions", proxy="p").json()["sessions"])
    ask("GET", "/proxies/{proxy}/sessions/{session}", None, 404, **one)
    reply = ask.ask("GET", "/proxies/p/sessions?state=ended", None)
    assert len(reply.json()["sessions"]) == 1
    ask.contract.check("GET", "/proxies/{proxy}/sessions", reply.status,
                       reply.headers["Content-Type"], reply.body)


def ask_to_wait(ask):
    for query, status in [("sessions=0", 200), ("ended=99&timeout=0", 408),
                          ("toxic=none", 404), ("", 400)]:
        reply = ask.ask("GET", f"/proxies/p/wait?{query}", None)
        assert reply.status == status
        ask.contract.check("GET", "/proxies/{proxy}/wait", status,
                           reply.headers["Content-Type"], reply.body)
    ask.asked.add("ProxyWait")


def ask_of_tokens(ask):
    ask("POST", "/tokens", ask.takes("TokenNew", {
        "name": "new", "expires": "2999-01-31T00:00:00Z"}), 201)
    ask("POST", "/tokens", {"name": "new"}, 409)
    ask("POST", "/tokens", {"name": "bad name"}, 400)
    ask("GET", "/tokens")
    ask("DELETE", "/tokens/{token}", None, 204, token="new")
    ask("DELETE", "/tokens/{token}", None, 404, token="new")


def is_endless(contract, operation):
    return any(ENDLESS & set(contract.resolved(r).get("content", {}))
               for r in operation["responses"].values())


def test_what_it_says_is_so(tmp_path, contract, echo):
    more = {"limits": {"proxies": 50, "sessions": 10}}
    with Lab(tmp_path, "-proxy-metrics", "-runtime-metrics", more=more) as t:
        ask = Asker(t, contract, lambda method, path, body: t.ask(
            "a", method, path, body))
        ask_of_proxies(ask, echo.address)
        ask_of_tokens(ask)
        refused = t.ask(None, "GET", "/proxies")
        contract.check("GET", "/proxies", 401,
                       refused.headers["Content-Type"], refused.body)
    assert ask.asked == {
        operation["operationId"] for operation in operations(contract).values()
        if not is_endless(contract, operation)}


def test_what_failed_to_connect_is_as_it_says(toxid, contract):
    with rig.Nobody() as nobody:
        toxid.proxy("p", f"127.0.0.1:{nobody.port}")
        with toxid.connect("p") as s:
            s.settimeout(rig.PATIENCE)
            try:
                assert s.recv(1) == b""
            except ConnectionResetError:
                pass
        ask = Asker(toxid, contract, toxid.request)

        def has_failed():
            reply = ask("GET", "/proxies/{proxy}/health", proxy="p")
            return reply.json()["last_dial_error"] is not None
        assert rig.wait_until(has_failed)


def test_what_metrics_are_off_for(contract):
    with rig.Toxid() as t:
        Asker(t, contract, t.request)("GET", "/metrics", None, 404)
