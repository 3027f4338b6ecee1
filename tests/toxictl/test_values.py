# SPDX-License-Identifier: ISC
"""An attribute of each kind, as it is written on the command line and in a
file: of carry, which has one."""

import json

import pytest
from conftest import Toxictl
from rig import Toxid


@pytest.fixture
def toxid():
    with Toxid("-debug-toxics") as t:
        yield t


@pytest.fixture
def ctl(toxid):
    return Toxictl(f"http://127.0.0.1:{toxid.port}")


def attributes(toxid, name="c"):
    return toxid.request("GET", f"/proxies/web/toxics/{name}").json()[
        "attributes"]


@pytest.mark.parametrize("given, is_", [
    (["codes=1,2,3"], {"codes": [1, 2, 3]}),
    (["codes=1", "codes=2,3"], {"codes": [1, 2, 3]}),
    (["codes=500,number=7,hosts=a,b"],
     {"codes": [500], "number": 7, "hosts": ["a", "b"]}),
    (["codes="], {"codes": []}), (["codes=1e3"], {"codes": [1000]}),
    (["hosts=1,2"], {"hosts": ["1", "2"]}),
    (["hosts=a=b", "hosts=c"], {"hosts": ["a=b", "c"]}),
    (["hosts=a,"], {"hosts": ["a", ""]}),
    (["note=17"], {"note": "17"}), (["note="], {"note": ""}),
    (["note=one, two,number=3"], {"note": "one, two", "number": 3}),
    (["rate=1,2"], {"rate": "1,2"}),  # a number of another type
    (["way=hang,share=0.5"], {"way": "hang", "share": 0.5}),
])
def test_words(ctl, toxid, web, given, is_):
    """... in a new toxic, and in an update, which is told no type."""
    flags = [word for pair in given for word in ("-a", pair)]
    ctl("toxic", "add", "web", "-t", "carry", "-n", "c", *flags)
    assert attributes(toxid).items() >= is_.items()
    ctl("toxic", "add", "web", "-t", "carry", "-n", "d")
    ctl("toxic", "update", "web", "-n", "d", *flags)
    assert attributes(toxid, "d") == attributes(toxid)


@pytest.mark.parametrize("given, said", [
    ("way=fine", "invalid attribute way: must be one of fin, reset, hang, "
                 "a_word_that_is_longer_than_all_others"),
    ("codes=1,x", "attributes.codes[1]: expected an integer, got a string"),
    ("codes=-1", "invalid attribute codes: must be at most 16 integers of at "
                 "least 0"),
    ("way=fin,reset", 'attribute "reset" has no value'),
    ("number=1,2", 'attribute "2" has no value')])
def test_what_is_none(ctl, toxid, web, given, said):
    r = ctl.run("toxic", "add", "web", "-t", "carry", "-a", given)
    assert r.returncode != 0 and said in r.stderr, r


def test_apply_and_export(ctl, toxid, web, tmp_path):
    """What is not said is as in a new one; what is the same is left alone."""
    given = {"note": "n", "codes": [1, 2], "hosts": ["a"], "way": "hang",
             "share": 0.5, "number": 3, "rate": "r"}
    ctl("toxic", "add", "web", "-t", "carry", "-n", "c")
    standard = attributes(toxid)
    proxy = toxid.request("GET", "/proxies/web").json()
    path = tmp_path / "c.json"
    for values in given, {**given, "codes": [2, 1]}, {"hosts": ["b"]}, {}:
        proxy["toxics"][0]["attributes"] = values
        path.write_text(json.dumps([proxy]))
        ctl("apply", str(path))
        assert attributes(toxid) == {**standard, **values}
        assert "carry" not in ctl("apply", "--dry-run", str(path))
    proxy["toxics"][0]["attributes"] = given
    path.write_text(json.dumps([proxy]))
    ctl("apply", str(path))
    path.write_text(ctl("export"))
    ctl("toxic", "update", "web", "-n", "c", "-a", "note=x,hosts=x")
    ctl("apply", str(path))
    assert attributes(toxid) == given
    shown = ctl("inspect", "web")
    assert 'hosts=["a"]' in shown and "codes=[1,2]" in shown


def wants(toxid, path, **values):
    proxy = toxid.request("GET", "/proxies/web").json()
    proxy["toxics"] = [{"type": "carry", "name": "c", "attributes": values}]
    path.write_text(json.dumps([proxy]))
    return str(path)


def test_apply_knows_what_is_the_same(ctl, toxid, web, tmp_path):
    """However it is written; and what is next to it is another."""
    path = tmp_path / "c.json"
    ctl("apply", wants(toxid, path, number=2**53, share=1 / 3, codes=[1000]))
    for same in ({"number": 2**53, "share": 1 / 3, "codes": [1000.0]},
                 {"number": float(2**53), "share": 1 / 3, "codes": [1e3]}):
        said = ctl("apply", "--dry-run", wants(toxid, path, **same))
        assert "carry" not in said, said
    for other in ({"number": 2**53 + 1, "share": 1 / 3, "codes": [1000]},
                  {"number": 2**53, "share": 1 / 3, "codes": [1000, 1]},
                  {"number": 2**53, "share": 0.333333333333333,
                   "codes": [1000]}):
        ctl("apply", wants(toxid, path, **other))
        assert attributes(toxid).items() >= other.items()


@pytest.mark.parametrize("share", [1e19, -1e20, 1e21, 1e300, 5e-324])
def test_shares_of_any_size(ctl, toxid, web, tmp_path, share):
    """A server shows 1e19 as 10000000000000000000, which is no integer."""
    path = tmp_path / "c.json"
    ctl("toxic", "add", "web", "-t", "carry", "-n", "c", "-a",
        f"share={share!r}")
    assert attributes(toxid)["share"] == share
    path.write_bytes(toxid.request("GET", "/proxies").body)
    ctl("toxic", "update", "web", "-n", "c", "-a", "share=1")
    ctl("apply", str(path))
    assert attributes(toxid)["share"] == share
    assert "carry" not in ctl("apply", "--dry-run", str(path))


def test_export_loses_no_digit(ctl, toxid, web, tmp_path):
    path = tmp_path / "c.json"
    ctl("apply", wants(toxid, path, share=1 / 3, number=2**63 - 1))
    assert "0.2," in wants_text(ctl, 0.2) and "0.25" in wants_text(ctl, 0.25)
    ctl("toxic", "update", "web", "-n", "c", "-a", f"share={1 / 3!r}")
    path.write_text(ctl("export"))
    ctl("toxic", "update", "web", "-n", "c", "-a", "share=1,number=1")
    ctl("apply", str(path))
    assert attributes(toxid)["share"] == 1 / 3
    assert attributes(toxid)["number"] == 2**63 - 1


def wants_text(ctl, share):
    ctl("toxic", "update", "web", "-n", "c", "-a", f"share={share}")
    return ctl("export")


@pytest.mark.parametrize("name, value, kind", [
    ("number", "1", "integer"), ("number", 1.5, "integer"),
    ("number", 1e300, "integer"), ("number", True, "integer"),
    ("share", "1", "number"), ("share", [1], "number"),
    ("way", 1, "text"), ("note", 1, "text"), ("note", 1.0, "text"),
    ("note", ["a"], "text"), ("rate", 5, "text"),
    ("codes", 1, "list of integers"), ("codes", "1", "list of integers"),
    ("codes", [1, "2"], "list of integers"),
    ("codes", [1.5], "list of integers"),
    ("codes", [None], "list of integers"),
    ("codes", {"a": 1}, "list of integers"),
    ("hosts", 1, "list of texts"), ("hosts", ["a", 1], "list of texts"),
    ("hosts", [["a"]], "list of texts")])
def test_a_file_is_refused_before_anything_is_done(
        ctl, toxid, web, tmp_path, name, value, kind):
    r = ctl.run("apply", wants(toxid, tmp_path / "c.json", **{name: value}))
    assert r.returncode != 0
    assert f'attribute "{name}" is no {kind}' in r.stderr, r
    assert toxid.request("GET", "/proxies/web/toxics").json() == []
