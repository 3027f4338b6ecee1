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
    ("way=fine", "invalid attribute way: must be one of fin, reset, hang"),
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
             "share": 0.5, "number": 3}
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
