# SPDX-License-Identifier: ISC
"""fleet: what is written to a real etcd, what is read there, and two who do
so at the same time."""

import json

import pytest
from conftest import Toxictl
from etcd import Between, Etcd, b64

PREFIX = "/toxid/lab1"
ALL = PREFIX + "/desired/all/proxies/"


@pytest.fixture(scope="module")
def shared():
    with Etcd() as e:
        yield e


@pytest.fixture
def etcd(shared):
    shared.ask("deleterange", key=b64("/"), range_end=b64("0"))
    return shared


class Fleet(Toxictl):
    def __init__(self, *urls):
        super().__init__("http://127.0.0.1:1")  # no server is asked
        self.place = ["--fleet", ",".join(urls) + PREFIX]

    def run(self, *args, **more):
        return super().run(*self.place, "fleet", *args, **more)

    def apply(self, document, *args, **more):
        return self("apply", "-", *args, input=json.dumps(document), **more)


@pytest.fixture
def fleet(etcd):
    return Fleet(etcd.url)


def proxy(upstream="h:1", **more):
    return {"upstream": upstream, "listen": "0.0.0.0:0", **more}


def proxies(n, upstream="h:1"):
    return {"proxies": {f"p{i}": proxy(upstream) for i in range(n)}}


# ---- apply

def test_a_proxy_is_a_key(fleet, etcd):
    said = fleet.apply({"proxies": [
        {"name": "web", **proxy()}, {"name": "a/b c", **proxy()}]})
    assert said.splitlines()[:2] == ["create proxy a/b c", "create proxy web"]
    kvs, revision = etcd.kvs(ALL)
    assert set(kvs) == {ALL + "web", ALL + "a%2Fb%20c"}
    assert kvs[ALL + "web"] == ({"name": "web", **proxy()}, revision)
    assert said.splitlines()[2] == (
        f"all: 2 changed, 0 unchanged, revision {revision}")


def test_only_what_changed_is_written(fleet, etcd):
    fleet.apply({"proxies": {"a": proxy(), "b": proxy(), "c": proxy()}})
    before, revision = etcd.kvs(ALL)
    assert fleet.apply({"proxies": {"c": proxy(), "b": proxy(), "a": proxy()}}
                       ) == "all is as it should be.\n"
    assert etcd.kvs()[1] == revision
    said = fleet.apply({"proxies": {"a": proxy(), "b": proxy("h:2"),
                                    "d": proxy()}})
    assert said.splitlines()[:3] == [
        "update proxy b", "create proxy d", "delete proxy c"]
    after, changed = etcd.kvs(ALL)
    assert changed == revision + 1  # all of it at once
    assert after[ALL + "a"] == before[ALL + "a"]
    assert after[ALL + "b"] == ({"name": "b", **proxy("h:2")}, changed)
    assert set(after) == {ALL + name for name in "abd"}


def test_dry_run_and_json(fleet, etcd):
    said = json.loads(fleet.apply(
        {"proxies": {"a": proxy()}, "scenarios": [
            {"name": "s", "proxy": "a", "steps": []}]},
        "--dry-run", "--json"))
    assert said["changes"] == [
        {"action": "create", "what": "proxy", "name": "a"},
        {"action": "create", "what": "scenario", "name": "s"}]
    assert said["transactions"] == 0 and etcd.kvs()[0] == {}


@pytest.mark.parametrize("scope", ["label/zone=a", "node/n1"])
def test_of_a_scope(fleet, etcd, scope):
    fleet.apply({"proxies": {"a": proxy()}})
    etcd.put(PREFIX + f"/desired/{scope}/other/x", {})  # no kind of ours
    fleet.apply({"proxies": {"b": proxy()}}, "--scope", scope)
    fleet.apply({"proxies": {}}, "--scope", scope)
    kvs = etcd.kvs(PREFIX + "/desired/")[0]
    assert set(kvs) == {ALL + "a", PREFIX + f"/desired/{scope}/other/x"}


def test_none_of_a_name(fleet, etcd):
    key = PREFIX + "/desired/node/n1/proxies/web"
    for document in ({"proxies": {"web": None, "a": proxy()}},
                     {"web": None, "a": proxy()}):
        said = fleet.apply(document, "--scope", "node/n1")
        assert "create proxy web: these nodes have none\n" in said
        assert etcd.kvs(key)[0][key][0] is None
        assert "as it should be" in fleet.apply(
            document, "--scope", "node/n1")
        fleet.apply({"proxies": {}}, "--scope", "node/n1")
        assert etcd.kvs(key)[0] == {}
    fleet.apply({"proxies": {"web": proxy()}}, "--scope", "node/n1")
    said = fleet.apply({"proxies": {"web": None}}, "--scope", "node/n1")
    assert said.startswith("update proxy web: these nodes have none\n")
    for document in '{"proxies": [null]}', '{"proxies": null}':
        r = fleet.run("apply", "-", input=document)
        assert r.returncode == 1 and "it is no object" in r.stderr


@pytest.mark.parametrize("scope", [
    "", "none", "label/zone", "label/=a", "node/", "node/a/b", "all/x"])
def test_no_scope(fleet, scope):
    r = fleet.run("apply", "-", "--scope", scope, input='{"proxies": []}')
    assert r.returncode == 1 and r.stderr.startswith("--scope "), r


@pytest.mark.parametrize("document, why", [
    ('{"proxies": [{"name": "a"}]}', "it has no upstream"),
    ('{"proxies": [{"name": "a", "upstream": "h:1", "listn": "x"}]}',
     'did you mean "listen"?'),
    ('{"proxies": [], "scenarios": [{}]}', "scenarios[0]: it has no name"),
    ('{"proxies": [], "scenarios": {}}', "no array of scenarios"),
    ('{"proxies": [], "tenants": []}', "from its own -config alone"),
    ("{", "1:1")])
def test_what_is_no_document(fleet, etcd, document, why):
    r = fleet.run("apply", "-", input=document)
    assert r.returncode == 1 and why in r.stderr, r
    assert etcd.kvs()[0] == {}


# ---- what is too large for one transaction

def test_several_transactions(fleet, etcd):
    said = fleet.apply(proxies(300))
    assert "It took 3 transactions" in said
    assert len(etcd.kvs(ALL)[0]) == 300
    revisions = {mod for _, mod in etcd.kvs(ALL)[0].values()}
    assert len(revisions) == 3
    # the last 150 go, and as many come: those first
    fleet.apply({"proxies": {
        **proxies(150)["proxies"],
        **{f"q{i}": proxy() for i in range(150)}}})
    kvs, last = etcd.kvs(ALL)
    assert len(kvs) == 300
    assert {mod for key, (_, mod) in kvs.items() if "/q" in key} < {
        last - 2, last - 1, last}
    before = etcd.ask("range", key=b64(ALL), range_end=b64(ALL[:-1] + "0"),
                      revision=str(last - 1), count_only=True)
    assert 300 < int(before["count"]) < 450


def test_large_proxies(fleet, etcd):
    big = {"type": "latency", "name": "x" * 20000}
    fleet.apply({"proxies": {
        f"p{i}": proxy(toxics=[big]) for i in range(60)}})
    assert len(etcd.kvs(ALL)[0]) == 60
    assert len({mod for _, mod in etcd.kvs(ALL)[0].values()}) > 1


# ---- two who write

def test_two_writers(fleet, etcd):
    other = Fleet(etcd.url)
    left = [lambda: other.apply({"proxies": {"theirs": proxy()}})]

    def before(path):
        if path.endswith("/txn") and left:
            left.pop()()

    with Between(etcd, before) as way:
        r = Fleet(way.url).run("apply", "-", input=json.dumps(
            {"proxies": {"ours": proxy()}}))
    assert r.returncode == 1 and r.stdout == ""
    assert "has written to all meanwhile" in r.stderr and "won" in r.stderr
    assert "nothing of this is written" in r.stderr
    assert set(etcd.kvs(ALL)[0]) == {ALL + "theirs"}
    fleet.apply({"proxies": {"ours": proxy()}})
    assert set(etcd.kvs(ALL)[0]) == {ALL + "ours"}


def test_another_between_two_parts(fleet, etcd):
    parts = []

    def before(path):
        if path.endswith("/txn"):
            parts.append(path)
            if len(parts) == 2:
                fleet.apply({"proxies": {"theirs": proxy()}})

    with Between(etcd, before) as way:
        r = Fleet(way.url).run("apply", "-", input=json.dumps(proxies(200)))
    assert r.returncode == 1 and "won: 127 of 200 changes" in r.stderr, r
    assert set(etcd.kvs(ALL)[0]) == {ALL + "theirs"}


def test_one_who_does_not_use_toxictl(fleet, etcd):
    fleet.apply({"proxies": {"a": proxy()}})
    left = [lambda: etcd.put(ALL + "a", {"upstream": "h:9"})]

    def before(path):
        if path.endswith("/txn") and left:
            left.pop()()

    with Between(etcd, before) as way:
        r = Fleet(way.url).run("apply", "-", input=json.dumps(
            {"proxies": {"a": proxy("h:2")}}))
    assert r.returncode == 1 and "not by toxictl" in r.stderr, r
    assert etcd.kvs(ALL)[0][ALL + "a"][0] == {"upstream": "h:9"}


def test_an_answer_that_is_lost(etcd):
    """It is asked again, of the next member, and not taken for another's."""
    lost = []

    def before(path):
        if path.endswith("/txn") and not lost:
            lost.append(path)
            return "lose"
        return None

    with Between(etcd, before) as way:
        said = Fleet(way.url, etcd.url).apply({"proxies": {"a": proxy()}})
    assert lost and "create proxy a" in said
    kvs, revision = etcd.kvs(ALL)
    assert kvs[ALL + "a"][1] == revision


# ---- status, addresses

def node(name, zone, applied, **more):
    return {"node": name, "labels": {"zone": zone}, "revision": applied,
            "applied": applied, "error": None, "health": "ok", "drain": None,
            "proxies": {"web": {"listen": f"{name}:80", "upstream": "h:1"}},
            **more}


@pytest.fixture
def three(fleet, etcd):
    """n1 is as it should be, n2 behind, and n3 away"""
    fleet.apply({"proxies": {"web": proxy()}})
    first = etcd.kvs()[1]
    fleet.apply({"proxies": {"more": proxy()}}, "--scope", "label/zone=b")
    for name, zone in ("n1", "a"), ("n2", "b"), ("n3", "a"):
        etcd.put(f"{PREFIX}/nodes/{name}", {"labels": {"zone": zone}})
    etcd.put(PREFIX + "/status/n1", node("n1", "a", first))
    etcd.put(PREFIX + "/status/n2", node("n2", "b", first, error={
        "revision": first + 1, "message": "more: in use", "faults": [{
            "item": "proxies[1]", "name": "more", "field": "listen",
            "error": "in use"}]}))
    return first


def test_status(fleet, three):
    assert [line.split("\t") for line in fleet("status").splitlines()] == [
        ["n1", "live", str(three), "0", "ok", "", "1", "zone=a", ""],
        ["n2", "live", str(three), "1", "ok", "", "1", "zone=b",
         "more: in use"],
        ["n3", "away", "", "", "", "", "0", "zone=a", ""]]
    said = json.loads(fleet("status", "--json"))["nodes"]
    assert [(n["node"], n["live"], n["lag"]) for n in said] == [
        ("n1", True, 0), ("n2", True, 1), ("n3", False, None)]
    assert said[1]["error"]["message"] == "more: in use"


def test_what_has_been_deleted_is_behind_too(fleet, etcd, three):
    fleet.apply({"proxies": {}})
    said = json.loads(fleet("status", "--json"))["nodes"]
    assert said[0]["lag"] == etcd.kvs()[1] - three


def test_on_a_terminal(fleet, three):
    shown, code = fleet.on_terminal(*fleet.place, "fleet", "status")
    assert code == 0
    for text in ("Node", "away", "n2 has not taken revision",
                 'proxies[1] "more", listen: in use'):
        assert text in shown
    shown, code = fleet.on_terminal(*fleet.place, "fleet", "addresses")
    assert code == 0 and "n1:80" in shown


def test_addresses(fleet, three):
    assert fleet("addresses") == fleet("addresses", "web") == (
        "web\tn1\tn1:80\th:1\nweb\tn2\tn2:80\th:1\n")
    assert json.loads(fleet("addresses", "web", "--json"))[0] == {
        "proxy": "web", "node": "n1", "listen": "n1:80", "upstream": "h:1"}
    r = fleet.run("addresses", "none")
    assert r.returncode == 1 and r.stderr == "No node has a proxy none\n"


def test_status_that_is_odd(fleet, etcd):
    for value in ([], 5, {"labels": 3, "error": 5, "proxies": [1]},
                  {"error": {}, "applied": "x", "health": 7,
                   "labels": {"a": 1, "b\x1b": "c\td"}}):
        etcd.put(PREFIX + "/status/n1", value)
        assert fleet("status").startswith("n1\tlive\t0\t0\t")
        assert fleet("addresses") == ""
        assert json.loads(fleet("status", "--json"))["nodes"][0]["live"]
        assert fleet.on_terminal(*fleet.place, "fleet", "status")[1] == 0


# ---- drain, forget

def test_drain(fleet, etcd, three):
    fleet("drain", "n1", "--within", "5")
    assert etcd.kvs(PREFIX + "/drain/")[0][PREFIX + "/drain/n1"][0] == {
        "within": 5}
    assert fleet("status").splitlines()[0].split("\t")[5] == "asked"
    etcd.put(PREFIX + "/status/n1", node("n1", "a", three, drain="draining"))
    assert fleet("status").splitlines()[0].split("\t")[5] == "draining"
    fleet("undrain", "n1")
    assert etcd.kvs(PREFIX + "/drain/")[0] == {}
    r = fleet.run("undrain", "n1")
    assert r.returncode == 1 and "is not to drain" in r.stderr
    for what in "drain", "undrain", "forget":
        r = fleet.run(what, "n9")
        assert r.returncode == 1
        assert r.stderr == "No node n9 has ever been there\n"
    assert fleet.run("drain", "n1", "--within", "3601").returncode == 2
    assert fleet.run("drain", "n/1").returncode == 1
    assert fleet.run("drain").returncode == 2


def test_forget(fleet, etcd, three):
    fleet("drain", "n3")
    fleet("forget", "n3")
    assert "n3" not in fleet("status")
    assert etcd.kvs(PREFIX + "/drain/")[0] == {}
    r = fleet.run("forget", "n1")
    assert r.returncode == 1 and "n1 is live" in r.stderr


# ---- who answers

def test_another_member(etcd):
    fleet = Fleet("http://127.0.0.1:1", etcd.url)
    assert fleet("status") == ""
    r = Fleet("http://127.0.0.1:1", "http://127.0.0.1:2").run("status")
    assert r.returncode == 1 and r.stderr.startswith("http://127.0.0.1:1: ")


@pytest.mark.parametrize("place", [
    "", "etcd:2379/toxid", "http://etcd:2379", "http://etcd:2379/",
    "http://a:1,b/toxid", "http://a:1/b/"])
def test_no_place(place):
    ctl = Toxictl("http://127.0.0.1:1")
    r = ctl.run("--fleet", place, "fleet", "status")
    assert r.returncode in (1, 2) and "fleet" in r.stderr, r


def test_where_it_is(etcd):
    ctl = Toxictl("http://127.0.0.1:1")
    assert ctl.run("fleet", "status").returncode == 2
    r = ctl.run("fleet", "status", env={"TOXICTL_FLEET": etcd.url + PREFIX})
    assert (r.returncode, r.stderr) == (0, "")
    r = ctl.run("--fleet", etcd.url + PREFIX, "list")
    assert r.returncode == 2 and "of the commands of `fleet`" in r.stderr


def test_a_server_that_is_no_etcd(toxid):
    r = Fleet(f"http://127.0.0.1:{toxid.port}").run("status")
    assert r.returncode == 1 and r.stderr.startswith("etcd: "), r


def test_user_and_password(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("sesame\n")
    bad.write_text("open\n")
    with Etcd() as etcd:
        etcd.ask("auth/user/add", name="root", password="sesame")
        etcd.ask("auth/role/add", name="root")
        etcd.ask("auth/user/grant", user="root", role="root")
        etcd.ask("auth/enable")
        fleet = Fleet(etcd.url)
        r = fleet.run("status")
        assert r.returncode == 1 and "--user" in r.stderr, r
        r = fleet.run("status", "--user", "root", "--password-file", str(bad))
        assert r.returncode == 1 and "does not take user root" in r.stderr
        me = ["--user", "root", "--password-file", str(good)]
        fleet.apply({"proxies": {"a": proxy()}}, *me)
        assert "as it should be" in fleet.apply(
            {"proxies": {"a": proxy()}}, *me)
        assert fleet.run("status", "--user", "root").returncode == 2
        r = fleet.run("status", "--user", "x", "--password-file", "/none")
        assert r.returncode == 1 and "/none: No such file" in r.stderr
