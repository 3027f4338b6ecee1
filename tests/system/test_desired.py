# SPDX-License-Identifier: ISC
"""PUT /desired/{source}: all that a source wants to be there, or nothing; it
owns that, and whoever made the rest keeps it."""

import json
import os
import re
import signal
import socket
import threading
import time

import pytest
from lab import Lab
from peers import ending
from rig import PATIENCE, Toxid, children_of, title_of, wait_until

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def proxy(name, upstream="127.0.0.1:9", **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": upstream,
            **more}


def latency(ms, **more):
    return {"type": "latency", "name": "l", "attributes": {"latency": ms},
            **more}


def scenario(name, on, *durations, **more):
    return {"name": name, "proxy": on,
            "steps": [{"duration": d} for d in durations or (60000,)], **more}


def put(t, document, want=200, source="fleet", query="", **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    r = t.request("PUT", f"/desired/{source}{query}", document, headers)
    assert r.status == want, r
    return r.json()


def say(t, generation, *proxies, want=200, scenarios=None, **more):
    document = {"generation": generation, "proxies": list(proxies)}
    if scenarios is not None:
        document["scenarios"] = scenarios
    return put(t, document, want, **more)


def get(t, path="/desired/fleet", want=200):
    r = t.request("GET", path)
    assert r.status == want, r
    return r.json()


def delete(t, want=204, source="fleet", query="", **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    r = t.request("DELETE", f"/desired/{source}{query}", None, headers)
    assert r.status == want, r
    return r.json() if r.body else None


def names(t):
    return sorted(get(t, "/proxies"))


def changes(**n):
    return {**dict.fromkeys(("made", "changed", "replaced", "removed",
                             "unchanged"), 0), **n}


def places(reply):
    return {(f["item"], f["field"]) for f in reply["faults"]}


def address(listen):
    host, port = listen.rsplit(":", 1)
    return host, int(port)


def talk(s, data=b"x"):
    s.sendall(data)
    return s.recv(100)


# ---- what is there then

def test_all_of_it_is_there_and_where(toxid):
    document = {
        "generation": "g 1", "proxies": [
            proxy("a", toxics=[latency(5, toxicity=0.1)]),
            proxy("b", connect={"mode": "refuse"})],
        "scenarios": [scenario("s", "a", loop=True)]}
    said = put(toxid, document)
    assert said["source"] == "fleet" and said["generation"] == "g 1"
    assert TIME.fullmatch(said["applied_at"])
    assert said["changes"] == changes(made=2)
    there = get(toxid, "/proxies")
    assert sorted(there) == ["a", "b"]
    assert said["proxies"] == [
        {key: there[name][key] for key in ("name", "listen", "upstream")}
        for name in "ab"]
    assert [s["name"] for s in get(toxid, "/scenarios")] == ["s"]
    r = toxid.request("GET", "/desired/fleet")
    assert r.headers["ETag"] == '"g 1"'
    assert r.json() == {
        "source": "fleet", "generation": "g 1",
        "applied_at": said["applied_at"], "document": document,
        "proxies": said["proxies"]}
    assert get(toxid, "/desired") == [{
        key: said[key] for key in ("source", "generation", "applied_at")}]


def test_what_is_unchanged_is_not_touched(toxid, echo):
    upstream = f"127.0.0.1:{echo.port}"
    said = say(toxid, "1", proxy("a", upstream), proxy("b", upstream))
    where = {p["name"]: p["listen"] for p in said["proxies"]}
    toxid.request("POST", "/proxies/a/toxics", latency(1))
    with socket.create_connection(address(where["a"]), PATIENCE) as a, \
            socket.create_connection(address(where["b"]), PATIENCE) as b:
        assert talk(a) == talk(b) == b"x"
        said = say(toxid, "2", proxy("a", upstream),
                   proxy("b", upstream, toxics=[latency(2)]), proxy("c"))
        assert said["changes"] == changes(made=1, changed=1, unchanged=1)
        assert said["proxies"][0]["listen"] == where["a"]
        assert talk(a) == talk(b) == b"x"
        for name, ms in ("a", 1), ("b", 2):  # a's is the API's
            assert [x["attributes"]["latency"] for x in get(
                toxid, f"/proxies/{name}/toxics")] == [ms]
        said = say(toxid, "3", proxy("a", upstream), proxy("b"), proxy(
            "c", connect={"mode": "refuse"}))
        assert said["changes"] == changes(
            replaced=1, changed=1, unchanged=1)
        assert said["proxies"][1]["listen"] == where["b"]
        assert ending(b, PATIENCE) != "open" and talk(a) == b"x"
    said = say(toxid, "4", proxy("c"))
    assert said["changes"] == changes(removed=2, changed=1)
    assert names(toxid) == ["c"]


def test_an_empty_document_wants_nothing(toxid):
    say(toxid, "1", proxy("a"))
    assert put(toxid, {"generation": "2"})["changes"] == changes(removed=1)
    assert get(toxid)["document"] == {"generation": "2"}
    assert names(toxid) == []


def test_what_the_api_made_stays(toxid):
    toxid.proxy("mine", "127.0.0.1:9")
    say(toxid, "1", proxy("a"))
    say(toxid, "2", proxy("b"))
    assert names(toxid) == ["b", "mine"]
    delete(toxid)
    assert names(toxid) == ["mine"]


def test_delete_takes_all_that_it_owns(toxid):
    say(toxid, "1", proxy("a"), scenarios=[scenario("s", "a")])
    say(toxid, "1", proxy("b"), source="other")
    delete(toxid)
    assert names(toxid) == ["b"]
    assert get(toxid, "/scenarios") == []
    assert [s["source"] for s in get(toxid, "/desired")] == ["other"]
    get(toxid, want=404)
    assert delete(toxid, 404)["error"] == "source not found"


def test_a_state_can_be_put(toxid):
    toxid.proxy("a", "127.0.0.1:9", toxics=[latency(1)],
                connect={"mode": "accept_delay", "delay": 5})
    toxid.request("POST", "/scenarios", scenario("s", "a", 600000))
    state = get(toxid, "/state")
    toxid.request("DELETE", "/proxies/a")
    put(toxid, {"generation": "1", "proxies": state})
    assert get(toxid, "/state") == state
    put(toxid, {"generation": "2",
                "proxies": [get(toxid, "/proxies")["a"]]})
    assert get(toxid, "/scenarios") == []


def test_a_scenario_goes_on_as_long_as_it_is_the_same(toxid):
    def said():
        return [(s["name"], s["id"]) for s in get(toxid, "/scenarios")]

    say(toxid, "1", proxy("a"), scenarios=[scenario("s", "a")])
    first = said()
    say(toxid, "2", proxy("a"), proxy("b"), scenarios=[scenario("s", "a")])
    assert said() == first
    say(toxid, "3", proxy("a"), scenarios=[scenario("s", "a", 70000)])
    assert said() != first and said()[0][0] == "s"
    say(toxid, "4", proxy("a"))
    assert said() == []


# ---- generations

def test_if_match(toxid):
    error = say(toxid, "1", proxy("a"), want=409, If_Match="*")
    assert "generation" not in error and error["faults"] == []
    say(toxid, "1", proxy("a"))
    for wrong in ('"2"', "2"):
        assert say(toxid, "3", proxy("b"), want=409,
                   If_Match=wrong)["generation"] == "1"
    assert names(toxid) == ["a"]
    for right in ('"1"', "1", "*"):
        say(toxid, "1", proxy("a"), If_Match=right)
    for forced in ("?force", "?force=true", "?force="):
        say(toxid, "1", proxy("a"), If_Match="2", query=forced)
    say(toxid, "1", proxy("a"), want=409, If_Match="2", query="?force=false")
    assert delete(toxid, 409, If_Match='"2"')["generation"] == "1"
    delete(toxid, If_Match='"1"')


def test_a_generation_has_any_characters(toxid):
    for generation in ('a "b"', "revisión", "*", "x" * 127, "1, 2"):
        say(toxid, generation, proxy("a"))
        assert get(toxid)["generation"] == generation
        tag = toxid.request("GET", "/desired/fleet").headers["ETag"]
        say(toxid, generation, If_Match=tag.encode("latin-1"))
        say(toxid, generation, want=409, If_Match='"y"')


@pytest.mark.parametrize("value", ['""', "x" * 128, '"' + "x" * 128 + '"'])
def test_what_is_no_generation_is_not_believed(toxid, value):
    assert "If-Match" in say(toxid, "1", want=400, If_Match=value)["error"]


# ---- what is refused, and changes nothing

def test_all_faults_at_once(toxid):
    say(toxid, "1", proxy("a"))
    error = put(toxid, {
        "generation": "2", "proxies": [
            proxy("b"), proxy("a", listen=5), proxy("b"), {"name": "c"},
            proxy("d", toxic=[]), proxy("e", ttl=5), proxy("f", toxics=[
                {"type": "x"},
                {"type": "latency", "attributes": {"latency": "y"}}])],
        "scenarios": [scenario("s", "z"), scenario("t", "b", 0)]}, 400)
    assert error["status"] == 400
    assert error["error"].startswith("proxies[1]")
    assert places(error) == {
        ("proxies[1]", "listen"), ("proxies[2]", "name"),
        ("proxies[3]", "upstream"), ("proxies[4]", "toxic"),
        ("proxies[5]", "ttl"), ("proxies[6]", "toxics[0].type"),
        ("proxies[6]", "toxics[1].attributes.latency"),
        ("scenarios[0]", "proxy"), ("scenarios[1]", "steps[0].duration")}
    assert error["faults"][0]["name"] == "a"
    assert names(toxid) == ["a"] and get(toxid)["generation"] == "1"


def test_addresses_are_tried_ahead(toxid):
    say(toxid, "1", proxy("a"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = say(toxid, "2", proxy("b"),
                    proxy("c", listen=f"127.0.0.1:{port}"),
                    proxy("d", listen="192.0.2.1:0"), want=400)
    assert places(error) == {("proxies[1]", "listen"),
                             ("proxies[2]", "listen")}
    assert names(toxid) == ["a"] and get(toxid)["generation"] == "1"


def test_another_source_owns_the_name(toxid):
    say(toxid, "1", proxy("a"), proxy("b"), source="other")
    error = say(toxid, "1", proxy("c"), proxy("a"), want=409)
    assert places(error) == {("proxies[1]", "name")}
    assert error["faults"][0]["source"] == "other"
    say(toxid, "1", proxy("a"), want=409, query="?force")
    assert names(toxid) == ["a", "b"]
    say(toxid, "2", proxy("b"), source="other")
    say(toxid, "1", proxy("c"), proxy("a"))
    assert names(toxid) == ["a", "b", "c"]


def test_more_faults_than_are_listed(toxid):
    error = say(toxid, "1", *[{"name": f"p{i}"} for i in range(1200)],
                want=400)
    assert len(error["faults"]) == 1000 and error["more"] == 200


def test_what_is_no_document(toxid):
    for body, status in (
            ("", 400), ("{", 400), ("[]", 400), ("{}", 400),
            ('{"generation": "g", "proxies": [%s1]}' % ("1," * 262145), 400),
            ('{"generation": "%s"}' % ("x" * (8 << 20)), 413)):
        assert put(toxid, body, status)["error"]
    get(toxid, want=404)


def test_the_file_is_a_source_that_nobody_puts(toxid):
    for r in (put(toxid, {"generation": "1"}, 409, "config"),
              delete(toxid, 409, "config"),
              get(toxid, "/desired/config", 404)):
        assert "configuration file" in r["error"]


def test_arguments_and_names_are_looked_at(toxid):
    document = {"generation": "1"}
    put(toxid, document, 400, query="?froce")
    put(toxid, document, 400, query="?force=1")
    put(toxid, document, 400, source="a%20b")
    put(toxid, document, 400, source="x" * 64)
    put(toxid, document, source="x" * 63)
    put(toxid, document, source="a.b_c-D9")
    get(toxid, "/desired?x", 400)
    get(toxid, "/desired/fleet?force", 400)
    get(toxid, "/desired/a%20b", 404)
    delete(toxid, 404, "a%20b")
    assert toxid.request("POST", "/desired/x", document).status == 405


# ---- whose it is

def test_tenants_have_sources_of_their_own(tmp_path):
    with Lab(tmp_path) as t:
        def ask(who, method, path="/desired/fleet", body=None, want=200, **m):
            r = t.ask(who, method, path, body, **m)
            assert r.status == want, r
            return r.json() if r.body else None

        for who in "ab":
            ask(who, "PUT", body={"generation": who, "proxies": [
                proxy("p")]})
        assert ask("a-reader", "GET")["generation"] == "a"
        ask("a-reader", "PUT", body={"generation": "x"}, want=403)
        ask("a-reader", "DELETE", want=403)
        ask(None, "GET", want=401)
        ask("a", "GET", of="b", want=403)
        assert ask("admin", "GET", of="b")["generation"] == "b"
        assert [s["source"] for s in ask(
            "admin", "GET", "/desired", of="*")] == ["a/fleet", "b/fleet"]
        assert [s["source"] for s in ask("a", "GET", "/desired")] == ["fleet"]
        ask("a", "DELETE", want=204)
        assert ask("b", "GET")["generation"] == "b"


def test_an_administrator_s_document_names_tenants(tmp_path):
    with Lab(tmp_path) as t:
        def ask(who, *proxies, want=200, of=None, scenarios=()):
            r = t.ask(who, "PUT", "/desired/fleet", {
                "generation": "1", "proxies": list(proxies),
                "scenarios": list(scenarios)}, of)
            assert r.status == want, r
            return r.json()

        both = (proxy("p", tenant="a"), proxy("p", tenant="b"))
        error = ask("a", *both, want=403)
        assert places(error) == {("proxies[1]", "tenant")}
        assert places(ask("admin", *both, of="b", want=403)) == {
            ("proxies[0]", "tenant")}
        assert places(ask("admin", proxy("p", tenant="nobody"), want=400)
                      ) == {("proxies[0]", "tenant")}
        said = ask("admin", *both, scenarios=[
            scenario("s", "p", tenant="b")])
        assert [p["tenant"] for p in said["proxies"]] == ["a", "b"]
        for who in "ab":
            assert list(t.ask(who, "GET", "/proxies").json()) == ["p"]
        assert [p["tenant"] for p in t.ask(
            "admin", "GET", "/desired/fleet").json()["proxies"]] == ["a", "b"]
        assert t.ask("a", "GET", "/desired").json() == []


# ---- beside others, and whatever ends

def many(n, generation, ms):
    return {"generation": generation, "proxies": [
        proxy(f"p{i}", toxics=[latency(ms)]) for i in range(n)]}


def test_documents_are_taken_one_after_the_other(toxid):
    replies = {}

    def ask(i):
        replies[i] = put(toxid, many(40, str(i), i))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(replies[i]["generation"] == str(i) for i in range(6))
    said = get(toxid)
    ms = {t["attributes"]["latency"] for p in get(toxid, "/proxies").values()
          for t in p["toxics"]}
    assert ms == {int(said["generation"])}


def begin(t, document):
    body = json.dumps(document).encode()
    s = socket.create_connection((t.host, t.port), PATIENCE)
    s.sendall(b"PUT /desired/fleet HTTP/1.1\r\nHost: localhost\r\n"
              b"Content-Length: %d\r\n\r\n" % len(body) + body)
    return s


def test_a_client_that_goes_away_holds_up_nobody(toxid):
    for i in range(20):
        begin(toxid, many(100, f"x{i}", i)).close()
    said = say(toxid, "last", proxy("a"))
    assert names(toxid) == ["a"] and said["generation"] == "last"
    assert get(toxid)["generation"] == "last"


def child(t, role):
    return next(pid for pid in children_of(t.pid) if role in title_of(pid))


@pytest.mark.parametrize("role", ["ctld", "apid", "stored"])
def test_it_is_old_or_new_whoever_dies(toxid, role):
    old = many(60, "old", 1)
    put(toxid, old)
    for i in range(4):
        try:
            begin(toxid, many(60, f"new{i}", i + 2)).close()
            time.sleep(0.002 * i)
            os.kill(child(toxid, role), signal.SIGKILL)
        except (OSError, StopIteration):
            pass
        assert wait_until(lambda: is_whole(toxid))
    say(toxid, "end", proxy("a"))
    assert names(toxid) == ["a"]


def is_whole(t):
    try:
        before, there = get(t), get(t, "/proxies")
        after = get(t)
    except (OSError, AssertionError):
        return False
    want = before["document"]["proxies"][0]["toxics"][0]["attributes"]
    return before == after and len(there) == 60 and all(
        p["toxics"][0]["attributes"]["latency"] == want["latency"]
        for p in there.values())


def test_it_is_stored(state):
    with Toxid("-state", str(state)) as t:
        said = say(t, "1", proxy("a", toxics=[latency(7)]),
                   scenarios=[scenario("s", "a", 60000, loop=True)])
        document = get(t)["document"]
        t.cut()
    with Toxid("-state", str(state)) as t:
        again = get(t)
        assert again["document"] == document
        assert again["applied_at"] == said["applied_at"]
        assert names(t) == ["a"]
        assert say(t, "2", proxy("a", toxics=[latency(7)]), scenarios=[
            scenario("s", "a", 60000, loop=True)])["changes"]["made"] == 0
        delete(t)
    with Toxid("-state", str(state)) as t:
        assert names(t) == [] and get(t, "/desired") == []


def test_a_long_document_is_got_as_it_was_put(toxid):
    document = {"generation": "1", "proxies": [
        proxy("a", toxics=[{"type": "noop", "name": "é" * 20 + str(i)}
                           for i in range(200)])]}
    put(toxid, document)
    assert get(toxid)["document"] == document
