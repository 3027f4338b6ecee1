# SPDX-License-Identifier: ISC
"""How long what a tenant makes is there: by default, and at most."""

import json

import pytest
from lab import Lab, standard
from rig import Toxid, wait_until
from test_config import check
from test_tenant_limits import again, limited, limits, make, refused, replace
from test_upgrade import upgrade
from test_upstreams import reload

pytestmark = pytest.mark.normal_build

HOUR = 3600 * 1000


def entry(name, **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
            **more}


def toxic(lab, who, proxy, name, **more):
    return lab.ask(who, "POST", f"/proxies/{proxy}/toxics",
                   {"name": name, "type": "noop", **more})


def left(r):
    """ms, of what it shows; None: it has no lease"""
    return r.json().get("expires_in")


def about(ms):
    """A lease that began a moment ago"""
    return lambda left: left is not None and ms - 30_000 < left <= ms


def too_long(r, most):
    assert (r.status, r.json()["error"]) == (
        400, f"limits.lease_max_ms: the tenant may have {most} ms at a time"), r


# ---- the default

def test_what_is_made_without_a_ttl_has_the_default(tmp_path):
    is_default = about(HOUR)
    with Lab(tmp_path, **limited({"lease_default_ms": HOUR})) as lab:
        r = make(lab, "a", "p", toxics=[{"name": "t", "type": "noop"}])
        assert r.status == 201 and is_default(left(r))
        assert is_default(r.json()["toxics"][0]["expires_in"])
        r = toxic(lab, "a", "p", "u")
        assert r.status == 200 and is_default(left(r))
        r = lab.ask("a", "POST", "/populate", [
            entry("q", toxics=[{"name": "t", "type": "noop"}]), entry("p")])
        assert r.status == 201
        for one in r.json()["proxies"]:
            assert is_default(one["expires_in"])
        assert limits(lab) == {
            "lease_default_ms": {"limit": HOUR, "refused": 0}}
        # whoever says for how long has that, for good, too
        for ttl, is_right in ((0, lambda left: left is None),
                              (60_000, about(60_000)),
                              (2 * HOUR, about(2 * HOUR))):
            r = make(lab, "a", f"of-{ttl}", ttl=ttl)
            assert r.status == 201 and is_right(left(r))
            r = toxic(lab, "a", "p", f"of-{ttl}", ttl=ttl)
            assert r.status == 200 and is_right(left(r))
        # what is changed without one keeps what it has
        r = lab.ask("a", "PATCH", "/proxies/of-0", {"enabled": False})
        assert r.status == 200 and left(r) is None
        r = lab.ask("a", "POST", "/proxies/p/lease", {"ttl": 0})
        assert r.status == 200 and left(r) is None
        assert left(make(lab, "b", "p")) is None


def test_it_goes_by_itself(tmp_path):
    with Lab(tmp_path, **limited({"lease_default_ms": 500})) as lab:
        assert make(lab, "b", "stays").status == 201
        assert lab.ask("a", "POST", "/populate", [entry("p")]).status == 201
        assert make(lab, "a", "q", ttl=0).status == 201
        assert toxic(lab, "a", "q", "t").status == 200
        assert wait_until(lambda: set(lab.ask(
            "a", "GET", "/proxies").json()) == {"q"})
        assert wait_until(lambda: lab.ask(
            "a", "GET", "/proxies/q/toxics").json() == [])
        assert lab.ask("b", "GET", "/proxies/stays").status == 200


def test_the_files_own_is_for_good(tmp_path):
    tenants = standard()
    tenants[0] |= {"limits": {"lease_default_ms": HOUR, "lease_max_ms": HOUR},
                   "proxies": [entry("f", toxics=[{"type": "noop"}]),
                               entry("g", ttl=2 * HOUR)]}
    with Lab(tmp_path, tenants=tenants) as lab:
        def is_as_the_file_says():
            r = lab.ask("a", "GET", "/proxies/f")
            assert left(r) is None
            assert "expires_in" not in r.json()["toxics"][0]
            assert about(2 * HOUR)(left(lab.ask("a", "GET", "/proxies/g")))
        is_as_the_file_says()
        tenants[0]["proxies"].append(entry("h"))
        lab.say(tenants)
        reload(lab)
        is_as_the_file_says()
        assert left(lab.ask("a", "GET", "/proxies/h")) is None
        # but not what the API adds to it
        assert about(HOUR)(left(toxic(lab, "a", "f", "t")))


def test_without_tenants(tmp_path):
    file = tmp_path / "toxid.json"
    file.write_text(json.dumps({"limits": {"lease_default_ms": HOUR},
                                "proxies": [entry("f")]}))
    with Toxid("-config", str(file)) as t:
        assert left(t.request("GET", "/proxies/f")) is None
        assert about(HOUR)(left(t.request("POST", "/proxies", entry("p"))))


# ---- the maximum

def test_nothing_is_longer_than_the_maximum(tmp_path):
    with Lab(tmp_path, **limited({"lease_max_ms": HOUR})) as lab:
        for ttl in (HOUR + 1, 0):
            too_long(make(lab, "a", "p", ttl=ttl), HOUR)
            too_long(lab.ask("a", "POST", "/populate",
                             [entry("p", ttl=ttl)]), HOUR)
            too_long(make(lab, "a", "p", toxics=[
                {"type": "noop", "ttl": ttl}]), HOUR)
        assert lab.ask("a", "GET", "/proxies").json() == {}
        r = make(lab, "a", "p", ttl=HOUR, toxics=[
            {"name": "t", "type": "noop", "ttl": 60_000}])
        assert r.status == 201
        for ttl in (HOUR + 1, 0):
            body = {"ttl": ttl}
            too_long(toxic(lab, "a", "p", "u", ttl=ttl), HOUR)
            too_long(lab.ask("a", "PATCH", "/proxies/p", body), HOUR)
            too_long(lab.ask("a", "PATCH", "/proxies/p/toxics/t", body), HOUR)
            too_long(lab.ask("a", "POST", "/proxies/p/lease", body), HOUR)
            too_long(lab.ask("a", "POST", "/proxies/p/toxics/t/lease", body),
                     HOUR)
        # nor by who acts for it
        too_long(lab.ask("admin", "POST", "/proxies/p/lease", {"ttl": 0},
                         of="a"), HOUR)
        # each is as it was
        r = lab.ask("a", "GET", "/proxies/p")
        assert about(HOUR)(left(r)) and len(r.json()["toxics"]) == 1
        assert about(60_000)(r.json()["toxics"][0]["expires_in"])
        assert limits(lab) == {"lease_max_ms": {"limit": HOUR, "refused": 17}}
        for ttl in (1000, HOUR):
            assert lab.ask("a", "POST", "/proxies/p/lease",
                           {"ttl": ttl}).status == 200
        assert make(lab, "b", "p", ttl=2 * HOUR).status == 201
        lab.read_to_here()
        assert len(lab.audit(
            tenant="a", outcome="refused: a limit of the tenant")) == 16
        assert len(lab.audit(
            outcome="refused: a limit of the tenant")) == 17


def test_what_is_refused_takes_no_address(tmp_path):
    """It is refused before anything is bound, or an old one makes way."""
    with Lab(tmp_path, **limited({"lease_max_ms": HOUR})) as lab:
        address = make(lab, "a", "p").json()["listen"]
        for ttl in (0, HOUR + 1):
            too_long(lab.ask("a", "POST", "/populate", [
                {**entry("p", ttl=ttl), "listen": address,
                 "upstream": "127.0.0.1:8"}]), HOUR)
        r = lab.ask("a", "GET", "/proxies/p").json()
        assert (r["listen"], r["upstream"]) == (address, "127.0.0.1:9")


def test_without_a_default_it_is_that(tmp_path):
    with Lab(tmp_path, **limited({"lease_max_ms": HOUR})) as lab:
        r = make(lab, "a", "p")
        assert about(HOUR)(left(r))
        assert about(HOUR)(left(toxic(lab, "a", "p", "t")))


def test_what_is_there_stays(tmp_path):
    """Over a reload that says less, as of the other limits"""
    with Lab(tmp_path) as lab:
        assert make(lab, "a", "p").status == 201
        assert make(lab, "a", "q", ttl=2 * HOUR).status == 201
        lab.say(**limited({"lease_max_ms": HOUR}))
        reload(lab)
        assert left(lab.ask("a", "GET", "/proxies/p")) is None
        assert about(2 * HOUR)(left(lab.ask("a", "GET", "/proxies/q")))
        r = lab.ask("a", "PATCH", "/proxies/p", {"enabled": False})
        assert r.status == 200 and left(r) is None
        assert lab.ask("a", "POST", "/reset").status == 204
        assert left(lab.ask("a", "GET", "/proxies/p")) is None
        too_long(lab.ask("a", "POST", "/proxies/q/lease",
                         {"ttl": 2 * HOUR}), HOUR)
        assert about(HOUR)(left(make(lab, "a", "r")))


@pytest.mark.parametrize("who", ["ctld", "apid", None])
def test_over_a_death_and_an_upgrade(tmp_path, who):
    with Lab(tmp_path, **limited({"lease_default_ms": HOUR,
                                  "lease_max_ms": 2 * HOUR})) as lab:
        assert make(lab, "a", "p").status == 201
        if who is None:
            upgrade(lab)
        else:
            replace(lab, who)
        r = again(lab, "a", "POST", "/proxies", entry("q"))
        assert r.status in (201, 409)
        for name in ("p", "q"):
            r = lab.ask("a", "GET", f"/proxies/{name}")
            assert about(HOUR)(left(r))
        too_long(make(lab, "a", "r", ttl=0), 2 * HOUR)


# ---- the file

@pytest.mark.parametrize("of_all, of_one, said", [
    ({"lease_default_ms": 2, "lease_max_ms": 1}, {},
     "2:2: limits: lease_default_ms, 2, is more than lease_max_ms, 1"),
    ({"lease_default_ms": 2}, {"lease_max_ms": 1},
     "3:3: tenants[0].limits: lease_default_ms, 2, is more than "
     "lease_max_ms, 1"),
    ({"lease_max_ms": 1}, {"Lease_Default_ms": 2},
     "3:3: tenants[0].limits: lease_default_ms, 2, is more than "
     "lease_max_ms, 1"),
])
def test_a_default_that_is_too_long(tmp_path, of_all, of_one, said):
    path = tmp_path / "toxid.json"
    path.write_text('{"proxies": [],\n "limits": %s, "tenants": [{"name": "x",'
                    '\n  "limits": %s}]}' % (
                        json.dumps(of_all),
                        json.dumps(of_one if of_one else of_all)))
    code, faults, _ = check(str(path))
    assert code == 1 and said in faults


def test_null_lifts_it(tmp_path):
    with Lab(tmp_path, **limited({"lease_max_ms": None}, lease_max_ms=1000,
                                 lease_default_ms=500)) as lab:
        assert make(lab, "a", "p", ttl=0).status == 201
        assert about(500)(left(make(lab, "a", "q")))
        refused_of_b = make(lab, "b", "p", ttl=0)
        too_long(refused_of_b, 1000)


def test_it_is_no_count(tmp_path):
    """A tenant that may have one proxy may have it for as long."""
    with Lab(tmp_path, **limited({"proxies": 1, "lease_max_ms": HOUR})) as lab:
        assert make(lab, "a", "p").status == 201
        refused(make(lab, "a", "q", ttl=0), "proxies", 1)
