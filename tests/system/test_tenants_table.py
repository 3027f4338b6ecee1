# SPDX-License-Identifier: ISC
"""Each endpoint, asked by each role, for each tenant, about what is its own,
another's, and nobody's: what it answers is one rule, and as /openapi.json has
it, and of another tenant nothing shows in it, and nothing changes."""

import collections
import http.client
import itertools
import json
import pathlib
import re

import pytest
import rig
from contract import Contract
from lab import Lab, bearer

pytestmark = pytest.mark.normal_build

Action = collections.namedtuple("Action", "path method name flags")


def actions():
    """All that the table of routes has; "*" is any method."""
    text = pathlib.Path("apid/routes.h").read_text()
    table = text[text.index("routes[] = {"):text.index("\n};")]
    rows = re.findall(
        r'\{ "(/[^"]*)",|\{\s*"([A-Z*]+)",\s*"(\w+)",\s*RUN\(\w+\),'
        r"\s*([A-Z_| 0\n\t]+?)\s*,", table)
    path, found = None, []
    for route, method, name, flags in rows:
        path = route or path
        for one in [] if route else ["GET", "POST"] if method == "*" else [
                method]:
            found.append(Action(path, one, name, flags))
    assert table.count('{ "/') == len({a.path for a in found})
    assert table.count("RUN(") == len({
        (a.path, a.name, a.method if a.name != "Metrics" else "*")
        for a in found}) > 15
    return found


PROXY = {"listen": "127.0.0.1:0", "upstream": "127.0.0.7:9", "enabled": False}
# Of each name there is in the table: what it answers whoever may, and to what.
ROWS = {
    "ProxyIndex": (200, None),
    "ProxyCreate": (201, {**PROXY, "name": "new"}),
    "ProxyDelete": (204, None),
    "ProxyShow": (200, None),
    "ProxyUpdate": (200, {"upstream": "127.0.0.8:9"}),
    "ProxyHealth": (200, None),
    "ProxyStats": (200, None),
    "ProxyWait": (200, None),
    "ProxySessions": (200, None),  # which nobody has, as they are disabled
    "ProxySessionShow": (404, None),
    "ProxySessionEnd": (404, None),
    "OwnToxicIndex": (404, None),
    "OwnToxicCreate": (404, {"name": "new", "type": "latency"}),
    "OwnToxicDelete": (404, None),
    "OwnToxicShow": (404, None),
    "OwnToxicUpdate": (404, {"toxicity": 0.5}),
    "SessionIndex": (200, None),
    "ToxicIndex": (200, None),
    "ToxicCreate": (200, {"name": "new", "type": "latency"}),
    "ToxicDelete": (204, None),
    "ToxicShow": (200, None),
    "ToxicUpdate": (200, {"toxicity": 0.5}),
    "ProfileIndex": (200, None),
    "ProfileShow": (200, None),
    "ProfileApply": (200, {"name": "3g"}),
    "ProfileRemove": (204, None),
    "ScenarioIndex": (200, None),
    "ScenarioCreate": (201, {
        "name": "new", "proxy": "both", "steps": [
            {"duration": 31536000000, "toxics": [{"type": "noop"}]}]}),
    "ScenarioShow": (200, None),
    "ScenarioDelete": (204, None),
    "ProxyLease": (200, {"ttl": 60000}),
    "ToxicLease": (200, {"ttl": 60000}),
    "Populate": (201, [{**PROXY, "name": "new"}, {**PROXY, "name": "both"}]),
    "ResetState": (204, None),
    "SessionOpen": (201, None),
    "State": (200, None),
    "Events": (200, None),
    "HaltShow": (200, None),
    "Halt": (200, None),
    "Resume": (200, None),
    "TenantShow": (200, None),
    "SourceIndex": (200, None),
    "SourceShow": (200, None),
    "SourcePut": (200, {"generation": "new", "proxies": [
        {**PROXY, "name": "new"}]}),
    "SourceDelete": (204, None),
    "TokenIndex": (200, None),
    "TokenCreate": (201, {"name": "new"}),
    "TokenDelete": (204, None),
    "Version": (200, None),
    "Health": (200, None),
    "HealthLive": (200, None),
    "HealthReady": (200, None),
    "HealthProxies": (200, None),
    "Metrics": (200, None),
    "OpenApi": (200, None),
}

# Who brings what: their tenant, and what they may.
ROLES = {"a-reader": ("a", "reader"), "a": ("a", "tenant"),
         "admin": ("ops", "admin"), None: None, "wrong": None,
         "expired": None}
NAMED = [None, "a", "b", "ops", "", "*", "no.such", "../b", "B"]
# Everybody has one of one name; b has one more, and a toxic that is secret.
HAVE = {"a": {"both"}, "b": {"both", "other-of-b"}, "ops": {"both"},
        "": {"both"}}
# ... and b one more token that the API has made.
TOKENS = ["both-ci", "ci-of-b", "none"]
PROXIES, TOXICS = ["both", "other-of-b", "none"], ["t", "secret-of-b", "none"]
SCENARIOS = ["scenario-of-b", "none"]
SOURCES = ["source-of-b", "none"]
SECRETS = [b"other-of-b", b"scenario-of-b", b"generation-of-b", b"ci-of-b", b"secret-of-b", b"127.0.0.99", b':4711"']


def toxics_of(tenant):
    return ["t"] + ["secret-of-b"] * (tenant == "b")


def tokens_of(tenant):
    """Those that the API makes"""
    return {"a": ["both-ci"], "b": ["both-ci", "ci-of-b"],
            "ops": ["both-ci"]}.get(tenant, [])


def entries(tenant):
    upstream = "127.0.0.99:4711" if tenant == "b" else "127.0.0.7:9"
    return [{**PROXY, "name": name, "upstream": upstream, "toxics": [
        {"name": toxic, "type": "latency", "owner": "profile:mine"}
        for toxic in toxics_of(tenant)]}
        for name in sorted(HAVE[tenant])]


class Cell(collections.namedtuple(
        "Cell", "action who of proxy toxic token scenario source")):
    @property
    def target(self):
        return self.action.path.replace(
            "{proxy}", self.proxy or "").replace(
                "{toxic}", self.toxic or "").replace(
                "{session}", "1.0").replace(
                "{token}", self.token or "").replace(
                "{scenario}", self.scenario or "").replace(
                "{source}", self.source or "") + {
                    "Events": "?after=0", "ProxyWait": "?sessions=0",
                }.get(self.action.name, "")

    @property
    def tenant(self):
        """For which it acts"""
        if self.of is None and self.who == "admin" and self.is_of_all:
            return "*"
        return ROLES[self.who][0] if self.of is None else self.of

    @property
    def changes(self):
        return "ACTION_CHANGES" in self.action.flags

    @property
    def is_of_all(self):
        return "ACTION_OF_ALL" in self.action.flags

    def changed(self):
        """Whose; nobody is halted before it"""
        if self.action.name == "Resume":
            return set()
        return set(HAVE) if self.tenant == "*" else {self.tenant} & set(HAVE)

    def refusal(self):
        """By who asks for whom; or None"""
        if ROLES[self.who] is None:
            is_open = re.search("ACTION_(OPEN|PUBLIC)", self.action.flags)
            return None if is_open else 401
        own, role = ROLES[self.who]
        if self.of == "*" and role == "admin":
            return 400 if (self.changes and not self.is_of_all) or (
                "{" in self.action.path) else None
        if self.of in ("*", "../b"):
            return 400
        if role != "admin" and self.of not in (None, own):
            return 403
        return 403 if role == "reader" and self.changes else None

    def status(self):
        if self.refusal() is not None:
            return self.refusal()
        if ROLES[self.who] is not None:
            is_there = (self.proxy is None or
                        self.proxy in HAVE.get(self.tenant, ())) and (
                self.toxic is None or self.toxic in toxics_of(
                    self.tenant)) and (
                self.token is None or self.token in tokens_of(
                    self.tenant)) and (
                self.scenario is None or (
                    self.tenant, self.scenario) == ("b", "scenario-of-b")) and (
                self.source is None or self.action.name == "SourcePut" or (
                    self.tenant, self.source) == ("b", "source-of-b"))
            is_made = self.action.name in (
                "ProxyCreate", "Populate", "SessionOpen",
                "ScenarioCreate", "SourcePut") or (
                self.action.name == "TokenCreate" and self.tenant != "") or (
                self.action.name in ("Halt", "Resume") and
                self.tenant != "*")
            if self.action.name == "TokenCreate" and self.tenant == "":
                return 404
            if not is_there or (is_made and self.tenant not in HAVE):
                return 404
        return ROWS[self.action.name][0]

    def may_see_b(self):
        return ROLES[self.who] is not None and self.refusal() is None and (
            self.tenant in ("b", "*"))


def cells(action):
    scenarios = SCENARIOS if "{scenario}" in action.path else [None]
    proxies = PROXIES if "{proxy}" in action.path else [None]
    toxics = TOXICS if "{toxic}" in action.path else [None]
    tokens = TOKENS if "{token}" in action.path else [None]
    sources = SOURCES if "{source}" in action.path else [None]
    return [Cell(action, *cell) for cell in itertools.product(
        ROLES, NAMED, proxies, toxics, tokens, scenarios, sources)]


class Table(Lab):
    turns = itertools.count(1)

    def fill(self, tenant):
        for of in (tenant, "*"):
            assert self.ask("admin", "POST", "/resume", of=of).status == 200
        for one in self.ask("admin", "GET", "/desired", of=tenant).json():
            r = self.ask("admin", "DELETE", f"/desired/{one['source']}",
                         of=tenant)
            assert r.status == 204
        for name in self.ask("admin", "GET", "/proxies", of=tenant).json():
            r = self.ask("admin", "DELETE", f"/proxies/{name}", of=tenant)
            assert r.status == 204
        r = self.ask("admin", "POST", "/populate", entries(tenant), of=tenant)
        assert r.status == 201, r
        if tenant == "b":
            r = self.ask("admin", "POST", "/scenarios", {
                **ROWS["ScenarioCreate"][1], "name": "scenario-of-b",
                "proxy": "other-of-b"}, of=tenant)
            assert r.status == 201, r
            r = self.ask("admin", "PUT", "/desired/source-of-b", {
                "generation": "generation-of-b"}, of=tenant)
            assert r.status == 200, r
        if tenant != "":
            self.fill_tokens(tenant)

    def fill_tokens(self, tenant):
        for one in self.ask("admin", "GET", "/tokens", of=tenant).json():
            assert one["of_file"] or self.ask(
                "admin", "DELETE", f"/tokens/{one['name']}",
                of=tenant).status == 204
        for name in tokens_of(tenant):
            assert self.ask("admin", "POST", "/tokens", {"name": name},
                            of=tenant).status == 201

    def seen(self):
        """{tenant: {name: proxy, source, or token}}"""
        found = collections.defaultdict(dict)
        for one in self.ask("admin", "GET", "/desired", of="*").json():
            tenant, _, name = one["source"].partition("/")
            found[tenant]["source " + name] = one["generation"]
        for one in self.ask("admin", "GET", "/tokens", of="*").json():
            tenant, _, name = one["name"].partition("/")
            del one["last_used"]
            found[tenant]["token " + name] = one
        for key, proxy in self.ask(
                "admin", "GET", "/proxies", of="*").json().items():
            tenant, _, name = key.partition("/")
            found[tenant][name] = proxy
        return found

    def try_cell(self, cell):
        """The reply, and all bytes of it: each time by somebody who has not
        brought a wrong token before"""
        turn = next(self.turns)
        connection = http.client.HTTPConnection(
            self.host, self.port, rig.PATIENCE, source_address=(
                f"127.8.{turn >> 8 & 255}.{turn & 255}", 0))
        _, body = ROWS[cell.action.name]
        connection.request(
            cell.action.method, cell.target,
            None if body is None else json.dumps(body),
            bearer(cell.who, cell.of))
        reply = connection.getresponse()
        is_kept = cell.action.name == "SessionOpen" and reply.status == 201
        said = reply.readline() if is_kept else reply.read()
        connection.close()
        self.contract.check(
            cell.action.method, cell.action.path, reply.status,
            reply.headers["Content-Type"], said)
        return reply.status, str(reply.headers).encode() + said


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    with Table(tmp_path_factory.mktemp("lab"), "-proxy-metrics",
               "-runtime-metrics", env={"LOG_LEVEL": "info"}) as t:
        for tenant in HAVE:
            t.fill(tenant)
        t.contract = Contract(t.ask("admin", "GET", "/openapi.json").json())
        yield t


def name_of(action):
    return f"{action.method}-{action.path}"


@pytest.mark.parametrize("action", actions(), ids=name_of)
def test_each_cell(table, action):
    before = table.seen()
    for cell in cells(action):
        status, said = table.try_cell(cell)
        assert status == cell.status(), (cell, said)
        if not cell.may_see_b():
            assert not [s for s in SECRETS if s in said], (cell, said)
        if not cell.changes:
            continue
        after = table.seen()
        if status >= 400 or action.name == "SessionOpen":
            assert after == before, cell
        else:
            changed = {t for t in HAVE if after[t] != before[t]}
            assert changed == cell.changed(), cell
            for tenant in changed:
                table.fill(tenant)
            before = table.seen()
    assert table.seen() == before


def test_the_table_has_its_rows():
    """... and no row is of nothing."""
    assert {action.name for action in actions()} == set(ROWS)
