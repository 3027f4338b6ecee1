# SPDX-License-Identifier: ISC
"""--select, and what else toxictl makes of it."""

import json

import pytest

FULL = {"first": 5, "every": 2, "offset": 1,
        "clients": ["127.0.0.0/8", "fd00::/8"],
        "after_ms": 500, "duration_ms": 60000}


def select_of(toxid, name="noop_downstream"):
    return toxid.request("GET", f"/proxies/web/toxics/{name}").json().get(
        "select")


def test_it_is_added_changed_shown_and_taken_away(ctl, toxid, web):
    ctl("toxic", "add", "web", "-t", "noop", "--select",
        "first=5,every=2,offset=1,clients=127.0.0.0/8,fd00::/8,"
        "after=500ms,duration=1m")
    assert select_of(toxid) == FULL
    assert ctl("inspect", "web").endswith(
        "attributes=[\t]\tselect=[first=5,every=2,offset=1,after=500ms,"
        "duration=60000ms,clients=127.0.0.0/8,fd00::/8]\n")
    shown = json.loads(ctl("inspect", "web", "--json"))
    assert shown["toxics"][0]["select"] == FULL
    ctl("toxic", "update", "web", "-n", "noop_downstream", "--tox", "0.5")
    assert select_of(toxid) == FULL
    ctl("toxic", "update", "web", "-n", "noop_downstream",
        "--select", "first=3")
    assert select_of(toxid) == {"first": 3}
    ctl("toxic", "update", "web", "-n", "noop_downstream", "--select", "")
    assert select_of(toxid) is None


def test_what_selects_nothing(ctl, toxid, web):
    for which in ("x=1", "first", "first=x", "after=5", "10.0.0.0/8",
                  "first=1,10.0.0.0/8"):
        r = ctl.run("toxic", "add", "web", "-t", "noop", "--select", which)
        assert r.returncode == 2 and "selects nothing" in r.stderr, r
    r = ctl.run("toxic", "add", "web", "-t", "noop", "--select", "first=-1")
    assert r.returncode == 1 and "select.first" in r.stderr, r
    assert toxid.request("GET", "/proxies/web/toxics").json() == []


def write(path, web, select):
    toxic = {"type": "noop"}
    if select:
        toxic["select"] = select
    path.write_text(json.dumps([{
        "name": "web", "listen": web["listen"],
        "upstream": web["upstream"], "toxics": [toxic]}]))
    return str(path)


def test_a_file_has_it(ctl, toxid, web, tmp_path):
    def apply(select):
        return ctl("apply", write(tmp_path / "c.json", web, select))

    apply(FULL)
    assert select_of(toxid) == FULL
    assert "update" not in apply(FULL)
    apply({"clients": ["10.1.2.3"]})
    assert select_of(toxid) == {"clients": ["10.1.2.3/32"]}
    assert "update" not in apply({"clients": ["10.1.2.3"]})
    assert "update" in apply(None)
    assert select_of(toxid) is None


def test_a_file_may_have_its_integers_as_floats(ctl, toxid, web, tmp_path):
    path = write(tmp_path / "c.json", web, {
        "first": 5.0, "duration_ms": 60000.0})
    ctl("apply", path)
    assert select_of(toxid) == {"first": 5, "duration_ms": 60000}
    assert "update" not in ctl("apply", path)


@pytest.mark.parametrize("select, why", [
    ({"first": "x"}, "select.first is no integer"),
    ({"After_ms": 1.5}, "select.after_ms is no integer"),
    ({"clients": "10.0.0.1"}, "select.clients is no list of texts"),
    ({"clients": [1]}, "select.clients is no list of texts"),
    ({"evry": 2}, "select has no \"evry\": did you mean \"every\"?"),
    ({"colour": 2}, "select has no \"colour\"\n"), (7, "is no object")])
def test_a_file_with_a_bad_one(ctl, toxid, web, tmp_path, select, why):
    r = ctl.run("apply", write(tmp_path / "c.json", web, select))
    assert r.returncode != 0 and why in r.stderr, r
    assert toxid.request("GET", "/proxies/web/toxics").json() == []


def test_a_file_has_it_in_other_letters(ctl, web, tmp_path):
    """The server says what is wrong with so many, and not malloc(3)."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps([{
        "name": "web", "listen": web["listen"], "upstream": web["upstream"],
        "toxics": [{"type": "noop",
                    "select": {"Clients": ["10.0.0.0/8"] * 30000}}]}]))
    r = ctl.run("apply", str(path))
    assert r.returncode == 1 and "select.clients" in r.stderr, r
