# SPDX-License-Identifier: ISC
"""What each tenant may have: to the unit, whatever dies meanwhile, and nobody
else has less for it."""

import bisect
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import time

import pytest
from lab import Lab, standard
from rig import Toxid, wait_until
from test_config import check
from test_upgrade import upgrade
from test_upstreams import reload

pytestmark = pytest.mark.normal_build

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"X\([A-Z_]+, (\w+), (\w+), (\w+), (\w+),\s*\"([^\"]+)\"\)")


def limited(limits, **of_all):
    """Of the tenant a; of_all: of each that says nothing else"""
    tenants = standard()
    tenants[0]["limits"] = limits
    return {"tenants": tenants, "more": {"limits": of_all} if of_all else {}}


def limits(lab, who="a", of=None):
    return lab.ask(who, "GET", "/tenant", of=of).json().get("limits")


def refused(r, name, value, status=403):
    unit = " in a second" if name.endswith("_per_s") else ""
    assert (r.status, r.json()["error"]) == (
        status, f"limits.{name}: the tenant may have {value}{unit}"), r


def make(lab, who, name, **more):
    return lab.ask(who, "POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
        **more})


def add_toxic(lab, who, proxy, name):
    return lab.ask(who, "POST", f"/proxies/{proxy}/toxics",
                   {"name": name, "type": "noop"})


def replace(lab, title):
    """kill -9; another is there."""
    old = lab.child(title)
    os.kill(old, signal.SIGKILL)
    assert wait_until(lambda: lab.child(title) != old)


def again(lab, *args, **more):
    """As a client would who met a process that was being replaced"""
    r = None

    def answered():
        nonlocal r
        try:
            r = lab.ask(*args, **more)
        except OSError:
            return False
        return r.status not in (500, 503)
    assert wait_until(answered), r
    return r


# ---- proxies and toxics

def test_proxies(tmp_path):
    with Lab(tmp_path, **limited({"proxies": 3})) as lab:
        for i in range(3):
            assert make(lab, "a", f"p{i}").status == 201
        refused(make(lab, "a", "p3"), "proxies", 3)
        refused(lab.ask("a", "POST", "/populate", [
            {"name": "p4", "listen": "127.0.0.1:0",
             "upstream": "127.0.0.1:9"}]), "proxies", 3)
        refused(make(lab, "a", "p3", enabled=False), "proxies", 3)
        assert limits(lab) == {
            "proxies": {"limit": 3, "used": 3, "refused": 3}}
        assert limits(lab, "b") is None
        for i in range(5):
            assert make(lab, "b", f"p{i}").status == 201
        # an administrator who acts for it has no more
        r = lab.ask("admin", "POST", "/proxies", {
            "name": "q", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"},
            of="a")
        refused(r, "proxies", 3)
        assert limits(lab, "admin") is None
        assert limits(lab, "admin", of="*") is None
        assert limits(lab, "admin", of="a")["proxies"]["refused"] == 4
        # what is there may be put in its own place
        for _ in range(2):
            assert lab.ask("a", "POST", "/populate", [
                {"name": "p0", "listen": "127.0.0.1:0",
                 "upstream": "127.0.0.1:9"}]).status == 201
        assert lab.ask("a", "DELETE", "/proxies/p1").status == 204
        assert make(lab, "a", "p3").status == 201
        lab.read_to_here()
        assert any(line["outcome"] == "refused: a limit of the tenant"
                   for line in lab.audit(tenant="a"))


def test_toxics(tmp_path):
    with Lab(tmp_path, **limited({"toxics": 3})) as lab:
        assert make(lab, "a", "p").status == 201
        assert make(lab, "a", "q").status == 201
        assert add_toxic(lab, "a", "p", "t0").status == 200
        for name in ("t0", "t1"):
            assert add_toxic(lab, "a", "q", name).status == 200
        refused(add_toxic(lab, "a", "p", "t2"), "toxics", 3)
        noop = {"type": "noop"}
        refused(make(lab, "a", "r", toxics=[noop]), "toxics", 3)
        assert lab.ask("a", "GET", "/proxies/r").status == 404
        entry = {"name": "q", "listen": "127.0.0.1:0",
                 "upstream": "127.0.0.1:9",
                 "toxics": [{"name": "x", **noop}, {"name": "y", **noop}]}
        # two go, and two come
        assert lab.ask("a", "POST", "/populate", [entry]).status == 201
        entry["toxics"].append({"name": "z", **noop})
        refused(lab.ask("a", "POST", "/populate", [entry]), "toxics", 3)
        assert limits(lab) == {
            "toxics": {"limit": 3, "used": 3, "refused": 3}}
        assert make(lab, "b", "p", toxics=[
            {"name": str(i), **noop} for i in range(9)]).status == 201
        assert lab.ask("a", "POST", "/reset").status == 204
        assert limits(lab)["toxics"]["used"] == 0
        assert add_toxic(lab, "a", "p", "t0").status == 200


def test_many_at_once_are_no_more(tmp_path):
    """Those that are being kept count, too."""
    with Lab(tmp_path, "-state", str(tmp_path / "state"),
             **limited({"proxies": 10})) as lab:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            said = list(pool.map(lambda i: make(lab, "a", f"p{i}").status,
                                 range(40)))
        assert sorted(said) == [201] * 10 + [403] * 30
        assert limits(lab)["proxies"] == {
            "limit": 10, "used": 10, "refused": 30}


@pytest.mark.parametrize("who", [None, "ctld"])
def test_what_goes_by_itself_makes_room(tmp_path, who):
    with Lab(tmp_path, **limited({"proxies": 3, "toxics": 2})) as lab:
        assert make(lab, "a", "stays").status == 201
        for _ in range(3):
            for name in ("p", "q"):
                assert make(lab, "a", name, ttl=500).status == 201
            for name in ("s", "t"):
                assert lab.ask("a", "POST", "/proxies/stays/toxics", {
                    "name": name, "type": "noop", "ttl": 500}).status == 200
            if who is not None:
                replace(lab, who)
            assert wait_until(lambda: {
                name: each["used"] for name, each in limits(lab).items()
            } == {"proxies": 1, "toxics": 0}), limits(lab)


@pytest.mark.parametrize("who", ["ctld", "apid"])
def test_a_death_changes_nothing_of_it(tmp_path, who):
    with Lab(tmp_path, **limited({"proxies": 2, "toxics": 1})) as lab:
        assert make(lab, "a", "p").status == 201
        assert add_toxic(lab, "a", "p", "t").status == 200
        replace(lab, who)
        assert again(lab, "a", "POST", "/proxies", {
            "name": "q", "listen": "127.0.0.1:0",
            "upstream": "127.0.0.1:9"}).status in (201, 409)
        refused(make(lab, "a", "r"), "proxies", 2)
        refused(add_toxic(lab, "a", "q", "t"), "toxics", 1)
        assert limits(lab)["proxies"]["used"] == 2


def test_an_upgrade_changes_nothing_of_it(tmp_path):
    with Lab(tmp_path, **limited({"proxies": 2})) as lab:
        assert make(lab, "a", "p").status == 201
        upgrade(lab)
        assert make(lab, "a", "q").status == 201
        refused(make(lab, "a", "r"), "proxies", 2)
        assert make(lab, "b", "p").status == 201


def test_a_reload(tmp_path):
    """Below what there is: nothing goes, and nothing comes."""
    with Lab(tmp_path) as lab:
        for i in range(4):
            assert make(lab, "a", f"p{i}").status == 201
        lab.say(**limited({"proxies": 2}))
        reload(lab)
        assert len(lab.ask("a", "GET", "/proxies").json()) == 4
        refused(make(lab, "a", "p4"), "proxies", 2)
        assert limits(lab)["proxies"] == {
            "limit": 2, "used": 4, "refused": 1}
        # it may still be changed, and go
        assert lab.ask("a", "PATCH", "/proxies/p0",
                       {"enabled": False}).status == 200
        for i in range(3):
            assert lab.ask("a", "DELETE", f"/proxies/p{i}").status == 204
        assert make(lab, "a", "p0").status == 201
        refused(make(lab, "a", "p1"), "proxies", 2)
        lab.say(**limited({"proxies": 3}))
        reload(lab)
        assert make(lab, "a", "p1").status == 201
        assert limits(lab)["proxies"] == {
            "limit": 3, "used": 3, "refused": 2}
        lab.say()
        reload(lab)
        assert limits(lab) is None
        assert make(lab, "a", "p2").status == 201


def test_the_files_own_are_counted_and_not_refused(tmp_path):
    proxies = [{"name": f"f{i}", "listen": "127.0.0.1:0",
                "upstream": "127.0.0.1:9"} for i in range(3)]
    tenants = standard()
    tenants[0] |= {"limits": {"proxies": 2}, "proxies": proxies}
    with Lab(tmp_path, tenants=tenants) as lab:
        assert limits(lab)["proxies"]["used"] == 3
        refused(make(lab, "a", "p"), "proxies", 2)
        tenants[0]["proxies"].append({**proxies[0], "name": "f3"})
        lab.say(tenants)
        reload(lab)
        assert limits(lab)["proxies"]["used"] == 4


def test_the_default_and_what_lifts_it(tmp_path):
    with Lab(tmp_path, **limited({"PROXIES": None, "toxics": 1},
                                 proxies=1)) as lab:
        for name in ("p", "q"):
            assert make(lab, "a", name).status == 201
        assert make(lab, "b", "p").status == 201
        refused(make(lab, "b", "q"), "proxies", 1)
        assert set(limits(lab)) == {"toxics"}
        assert set(limits(lab, "b")) == {"proxies"}
        # and the one that has no name
        r = lab.ask("admin", "POST", "/proxies", {
            "name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"},
            of="")
        assert r.status == 201
        assert limits(lab, "admin", of="")["proxies"]["used"] == 1


def test_without_tenants(tmp_path):
    file = tmp_path / "toxid.json"
    file.write_text('{"limits": {"toxics": 1}}')
    with Toxid("-config", str(file)) as t:
        t.proxy("p", "127.0.0.1:9")
        t.toxic("p", "noop")
        r = t.request("POST", "/proxies/p/toxics", {"type": "latency"})
        refused(r, "toxics", 1)
        assert t.request("GET", "/tenant").json()["limits"] == {
            "toxics": {"limit": 1, "used": 1, "refused": 1}}


def test_a_proxy_may_be_called_limits(tmp_path):
    file = tmp_path / "toxid.json"
    file.write_text('{"limits": {"upstream": "127.0.0.1:9", "toxics": [],'
                    ' "listen": "127.0.0.1:0"}}')
    with Toxid("-config", str(file)) as t:
        assert set(t.request("GET", "/proxies").json()) == {"limits"}
        assert "limits" not in t.request("GET", "/tenant").json()


# ---- calls

def flood(lab, who, seconds, n=4, path="/version"):
    """[(when it was answered, its status)]"""
    end = time.monotonic() + seconds

    def call(_):
        said = []
        while time.monotonic() < end:
            began = time.monotonic()
            r = lab.ask(who, "GET", path)
            said.append((began, time.monotonic(), r.status))
        return said
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return sorted(one for of_one in pool.map(call, range(n))
                      for one in of_one)


def most_in_a_second(said, status):
    """Of those that were begun and answered within one"""
    done = sorted((began, ended) for began, ended, s in said if s == status)
    begins = [began for began, _ in done]
    return max(sum(ended < begin + 1 for _, ended in
                   done[i:bisect.bisect_left(begins, begin + 1)])
               for i, begin in enumerate(begins))


def refusals(lab, who):
    """Of so many at once that a second's are too few, however slow they are"""
    def call(_):
        return lab.ask(who, "GET", "/version")
    said = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert wait_until(lambda: said.extend(
            r for r in pool.map(call, range(32)) if r.status == 429) or said)
    return said


def test_calls(tmp_path):
    with Lab(tmp_path, **limited({"api_calls_per_s": 5})) as lab:
        said = flood(lab, "a", 3)
        assert {status for _, _, status in said} == {200, 429}
        assert most_in_a_second(said, 200) <= 5
        good = sum(status == 200 for _, _, status in said)
        took = max(ended for _, ended, _ in said) - said[0][0]
        assert 5 <= good <= 5 * (1 + took)
        no = refusals(lab, "a-reader")  # of the same tenant
        assert no[0].headers["Retry-After"] == "1"
        refused(no[0], "api_calls_per_s", 5, 429)
        # nobody else feels it, and who is nobody is told so
        for _ in range(50):
            assert lab.ask("b", "GET", "/proxies").status == 200
        assert lab.ask(None, "GET", "/health/live").status == 200
        assert lab.ask(None, "GET", "/proxies").status == 401
        bad = sum(status == 429 for _, _, status in said) + len(no)
        shown = limits(lab, "admin", of="a")["api_calls_per_s"]
        assert (shown["limit"], shown["refused"]) == (5, bad)
        assert wait_until(lambda: limits(lab, "admin", of="a")[
            "api_calls_per_s"]["used"] == 0)
        shown = limits(lab)["api_calls_per_s"]
        assert shown["used"] == 1


def test_a_call_that_is_refused_does_nothing(tmp_path):
    with Lab(tmp_path, **limited({"api_calls_per_s": 1})) as lab:
        def made():
            return make(lab, "a", "p").status
        said = {made() for _ in range(20)}
        assert said <= {201, 409, 429} and 429 in said
        assert len(lab.ask("admin", "GET", "/proxies", of="a").json()) == 1


def test_calls_over_a_death_and_a_reload(tmp_path):
    with Lab(tmp_path, **limited({"api_calls_per_s": 5})) as lab:
        replace(lab, "apid")
        again(lab, "b", "GET", "/version")
        said = flood(lab, "a", 2)
        assert most_in_a_second(said, 200) <= 5
        assert any(status == 429 for _, _, status in said)
        # what was counted goes on over a reload
        lab.say(**limited({"api_calls_per_s": 4}))
        reload(lab)
        assert limits(lab, "admin", of="a")["api_calls_per_s"][
            "refused"] > 0
        replace(lab, "ctld")
        said = flood(lab, "a", 2)
        assert most_in_a_second(said, 200) <= 4
        lab.say()
        reload(lab)
        assert {status for _, _, status in flood(lab, "a", 1)} == {200}


# ---- the file

@pytest.mark.parametrize("of_all, of_one, said", [
    ({"proxis": 1}, None, '2:13: limits.proxis: unknown key: did you mean '
                          '"proxies"?'),
    ({"proxies": 0}, None, "2:13: limits.proxies: 0: must be from 1 to 4000, "
                           "or null for no limit"),
    ({"proxies": 4001}, None, "2:13: limits.proxies: 4001: must be from 1 to "
                              "4000, or null for no limit"),
    ({"proxies": -1}, None, "2:13: limits.proxies: -1: must be from 1 to "
                            "4000, or null for no limit"),
    ({"proxies": "4"}, None, "2:13: limits.proxies: expected a whole number, "
                             "or null for no limit, got a string"),
    ({"proxies": 4.0}, None, "2:13: limits.proxies: expected a whole number, "
                             "or null for no limit, got a fraction"),
    ([], None, "2:2: limits: expected an object, got an array"),
    (None, {"toxics": True}, "3:54: tenants[1].limits.toxics: expected a "
                             "whole number, or null for no limit, got a "
                             "boolean"),
    (None, 5, "3:43: tenants[1].limits: expected an object, got an integer"),
])
def test_what_is_wrong_with_it(tmp_path, of_all, of_one, said):
    path = tmp_path / "toxid.json"
    tenants = [{"name": "x"}, {"name": "y", "limits": of_one}]
    path.write_text('{"proxies": [],\n "limits": %s,\n "tenants": %s}' % (
        json.dumps(of_all), json.dumps(tenants)))
    code, faults, _ = check(str(path))
    assert (code, faults) == (1, [said])


def test_one_that_is_there_twice(tmp_path):
    path = tmp_path / "toxid.json"
    path.write_text('{"limits": {"toxics": 1, "Toxics": 2}}')
    code, faults, _ = check(str(path))
    assert code == 1 and "limits.Toxics: it is there twice" in faults[0]


def test_a_misspelt_one_stops_the_start(tmp_path):
    path = tmp_path / "toxid.json"
    path.write_text('{"limit": {"proxies": 1}}')
    code, faults, _ = check(str(path))
    assert code == 1 and 'did you mean "limits"?' in faults[0]


# ---- the manual

def rows():
    """(name, kind, min, max, help) of each limit"""
    found = ROW.findall((ROOT / "proto/limit.h").read_text().replace(
        "\\\n", " "))
    assert found
    numbers = dict(re.findall(r"#define (\w+) (\d+)$", (
        ROOT / "proto/agreed.h").read_text(), re.M))
    return [(name, kind, int(numbers.get(least, least)),
             int(numbers.get(most, most)), text)
            for name, kind, least, most, text in found]


def test_the_manual_has_each():
    page = (ROOT / "apid/toxid.conf.5").read_text()
    part = page.partition(".Sh LIMITS\n")[2].partition(".Sh ")[0]
    said = re.findall(r"^\.It Cm (\w+)\n(\d+) to (\d+) (.*)\.$", part, re.M)
    assert said == [(name, str(least), str(most), text)
                    for name, _, least, most, text in rows()]


def test_each_is_held_at_both_ends(tmp_path):
    path = tmp_path / "toxid.json"
    for name, kind, least, most, _ in rows():
        if kind == "RANGE":
            continue  # test_ports.py
        for value, is_good in [(least, True), (most, True),
                               (least - 1, False), (most + 1, False)]:
            path.write_text(json.dumps({"limits": {name: value}}))
            assert (check(str(path))[0] == 0) == is_good, (name, value)
