# SPDX-License-Identifier: ISC
"""What build/toxics.json says of a toxic is so: at its defaults, at its ends,
and one beyond them, in the API and after a restart."""

import json
import os
import pathlib

import pytest
import rig
from rig import Toxid

TABLE = {toxic["name"]: toxic for toxic in json.loads(
    (pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent /
     "toxics.json").read_text())}
LARGEST = 2**63 - 1
# By which all values of the others that are taken alone are taken.
NEEDED = {"slicer": {"average_size": LARGEST}}


def text_of(size):
    """So many bytes, of characters that are not one."""
    return "\u20ac" * (size // 3) + "x" * (size % 3)


def least(a):
    return -LARGEST - 1 if a["min"] is None else a["min"]


def good(a):
    """Values that are taken, the one that takes most room at the end."""
    if a["kind"] == "integer":
        return [least(a), LARGEST]
    if a["kind"] == "fraction" and a["max"] is not None:
        return [a["min"], 5e-324, 1 / 3, a["max"]]
    if a["kind"] == "fraction":
        return [-1e300, 0, 5e-324, 1 / 3, 1e300]
    if a["kind"] == "enum":
        return sorted(a["words"], key=len)
    if a["kind"] == "text":
        return ["", text_of(a["bytes"])]
    element = LARGEST if a["kind"] == "integers" else text_of(a["bytes"])
    other = least(a) if a["kind"] == "integers" else ""
    return [[], [other], [other] * a["count"], [element, other],
            [element] * a["count"]]


def bad(a):
    """Values that are refused."""
    if a["kind"] == "integer":
        return [0.5, "0", [0], True, {}, LARGEST + 1, 1e19] + (
            [] if a["min"] is None else [a["min"] - 1])
    if a["kind"] == "fraction":
        return ["0", [0], True, {}] + (
            [] if a["max"] is None else
            [a["min"] - 1e-9, a["max"] + 1e-9, -1e300, 1e300])
    if a["kind"] == "enum":
        return ["", a["words"][0] + " ", a["words"][0].upper(), 0,
                a["words"][:1]]
    if a["kind"] == "text":
        return [text_of(a["bytes"] + 1), "x" * (a["bytes"] + 1), 0, [""]]
    if a["kind"] == "texts":
        return [[text_of(a["bytes"] + 1)], [""] * (a["count"] + 1), "", [0],
                ["", None], [[""]], {}]
    return [[LARGEST] * (a["count"] + 1), [0.5], [None], ["0"], [[0]], 0, {},
            [LARGEST + 1]] + ([] if a["min"] is None else [[a["min"] - 1]])


def taken_of(kind):
    """What such a toxic is given: nothing, one value, the longest of all."""
    attributes = [a for a in TABLE[kind]["attributes"]
                  if a["name"] not in NEEDED.get(kind, {})]
    yield {}
    yield {a["name"]: good(a)[-1] for a in attributes}
    for a in attributes:
        for value in good(a):
            if (kind, a["name"], value) != (
                    "slicer", "size_variation", -LARGEST - 1):
                yield {a["name"]: value}


def shown_of(kind, values):
    """What one is shown of a toxic that was given these"""
    standard = {a["name"]: a["default"] for a in TABLE[kind]["attributes"]}
    own = {a["name"] for a in TABLE[kind]["attributes"] if a["own"]}
    all_of = {**standard, **NEEDED.get(kind, {}), **values}
    return {name: value for name, value in all_of.items()
            if name not in own or value != standard[name]}


def add(t, kind, name, values):
    return t.request("POST", "/proxies/p/toxics", {
        "type": kind, "name": name,
        "attributes": {**NEEDED.get(kind, {}), **values}})


@pytest.mark.parametrize("kind", TABLE)
def test_a_row(tmp_path, kind):
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    taken = [shown_of(kind, values) for values in taken_of(kind)]
    with Toxid(*args) as t:
        can = t.request("GET", "/health").json()["capabilities"]
        if not can.get(kind, {"available": True})["available"]:
            pytest.skip(f"{kind}: it lacks {can[kind]['lacks']}")
        t.proxy("p", "127.0.0.1:1")
        for i, values in enumerate(taken_of(kind)):
            r = add(t, kind, str(i), values)
            assert r.status == 200, (values, r)
            assert r.json()["attributes"] == taken[i]
        for a in TABLE[kind]["attributes"]:
            for value in bad(a):
                r = add(t, kind, "bad", {a["name"]: value})
                assert r.status == 400, (a["name"], value, r)
                assert a["name"] in r.json()["error"], (value, r)
        assert t.stop() == 0
    with Toxid(*args) as t:
        shown = t.request("GET", "/proxies/p/toxics").json()
        assert [toxic["attributes"] for toxic in shown] == taken
