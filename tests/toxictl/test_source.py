# SPDX-License-Identifier: ISC
"""apply --source: a file is all that a source wants there, or nothing is."""

import json

import pytest


def proxy(name, upstream="127.0.0.1:1", **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": upstream,
            **more}


def apply(ctl, document, *args, source="lab"):
    return ctl.run("apply", "-", "--source", source, *args,
                   input=json.dumps(document))


def there(toxid):
    return json.loads(toxid.request("GET", "/proxies").body)


def generation(toxid, source="lab"):
    return json.loads(toxid.request("GET", "/desired/" + source).body)[
        "generation"]


def test_made_replaced_removed(ctl, toxid):
    r = apply(ctl, [proxy("a"), proxy("b"), proxy("c")])
    assert (r.returncode, r.stderr) == (0, "")
    first, *lines = r.stdout.splitlines()
    assert first == (f"Source lab is at generation {generation(toxid)}: "
                     "made 3, replaced 0, removed 0, unchanged 0")
    listens = {name: p["listen"] for name, p in there(toxid).items()}
    assert sorted(lines) == [
        f"{n}\t{listens[n]}\t127.0.0.1:1" for n in "abc"]
    toxid.proxy("by_hand", "127.0.0.1:2")
    r = apply(ctl, {"proxies": {
        "a": proxy("a"), "b": proxy("b", "127.0.0.1:3"),
        "d": proxy("d", toxics=[{"type": "noop"}])}, "scenarios": [
            {"name": "s", "proxy": "a", "steps": [{"duration": 3600000}]}]},
        "--generation", "second")
    assert r.stdout.startswith(
        "Source lab is at generation second: made 1, replaced 1, removed 1, "
        "unchanged 1\n"), r
    assert set(there(toxid)) == {"a", "b", "d", "by_hand"}
    assert there(toxid)["a"]["listen"] == listens["a"]
    r = apply(ctl, {}, "--json")
    assert json.loads(r.stdout)["changes"] == {
        "made": 0, "replaced": 0, "removed": 3, "unchanged": 0}
    assert set(there(toxid)) == {"by_hand"}


def test_a_generation_is_a_digest(ctl, toxid):
    apply(ctl, [proxy("a"), {"upstream": "127.0.0.1:1", "name": "b",
                             "listen": "127.0.0.1:0"}])
    first = generation(toxid)
    apply(ctl, {"proxies": [proxy("a"), proxy("b")]})
    assert generation(toxid) == first
    apply(ctl, {"proxies": [proxy("a")]})
    assert generation(toxid) != first


def test_if_match_and_force(ctl, toxid):
    assert apply(ctl, [proxy("a")], "--if-match", "*").returncode == 1
    assert there(toxid) == {}
    apply(ctl, [proxy("a")], "--generation", "1")
    r = apply(ctl, [proxy("b")], "--if-match", "0")
    assert r.returncode == 1 and "HTTP 409: " in r.stderr, r
    assert set(there(toxid)) == {"a"}
    r = apply(ctl, [proxy("b")], "--if-match", "0", "--json")
    assert json.loads(r.stderr)["generation"] == "1"
    for args in (["--if-match", "1"], ["--if-match", "*"],
                 ["--if-match", "0", "--force"]):
        r = apply(ctl, [proxy("b")], *args, "--generation", "1")
        assert r.returncode == 0, r
    assert set(there(toxid)) == {"b"}


def test_every_fault_on_a_line(ctl, toxid):
    apply(ctl, [proxy("other's")], source="other")
    apply(ctl, [proxy("a")])
    r = apply(ctl, [proxy("a"), {"name": "b"},
                    proxy("c", toxics=[{"type": "none"}])])
    assert r.returncode == 1 and r.stdout == ""
    first, *faults = r.stderr.splitlines()
    assert first.startswith("Failed to apply the document of source lab: ")
    assert [line.split(":")[0] for line in faults] == [
        'proxies[1] "b", upstream', 'proxies[2] "c", toxics[0].type']
    assert set(there(toxid)) == {"other's", "a"}
    r = apply(ctl, [proxy("other's")])
    assert r.returncode == 1
    assert '(it is of source "other")' in r.stderr.splitlines()[1], r
    r = apply(ctl, [{"name": "b"}], "--json")
    assert json.loads(r.stderr)["faults"][0]["item"] == "proxies[0]"


def test_what_it_does_not_go_with(ctl):
    for args in ["--dry-run"], ["--prune"]:
        r = apply(ctl, [], *args)
        assert r.returncode == 2 and args[0] in r.stderr, r
    for args in ["--generation", "x"], ["--if-match", "x"], ["--force"]:
        r = ctl.run("apply", "-", *args, input="[]")
        assert r.returncode == 2 and "go with --source" in r.stderr, r


@pytest.mark.parametrize("document, why", [
    ("{", "-:1:1: "), ("[5]", "-:1:2: proxy 1: it is no object"),
    ('{"proxies": 5}', "no array of proxies"),
    ('{"proxies": [], "tenants": []}', "from its own -config alone"),
    ('{"proxies": [{"name": "a", "clients": []}]}', '1:28: proxy "a": '),
    ('{"proxies": [], "scenarios": {}}', "no array of scenarios")])
def test_what_is_no_document(ctl, toxid, document, why):
    r = ctl.run("apply", "-", "--source", "lab", input=document)
    assert r.returncode == 1 and why in r.stderr, r
    assert json.loads(toxid.request("GET", "/desired").body) == []
