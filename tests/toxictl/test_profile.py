# SPDX-License-Identifier: ISC
"""toxictl profile, and with --profile: a proxy is as a network is."""

import json

import pytest
from conftest import TOXICTL


def names(toxid, proxy="web"):
    return [t["name"] for t in toxid.request(
        "GET", f"/proxies/{proxy}/toxics").json()]


def missing(toxid):
    """... of a network that loses segments, where those cannot be lost"""
    can = toxid.request("GET", "/health").json()["capabilities"]["tcp_loss"]
    return [] if can["available"] else ["tcp_loss"]


def without(toxid):
    return "".join(
        f"It is applied without {kind}\n" for kind in missing(toxid))


def test_which_there_are(ctl, toxid):
    there = toxid.request("GET", "/profiles").json()
    rows = [line.split("\t") for line in ctl("profile", "list").splitlines()]
    assert rows == [[p["name"], p["description"], p["source"]] for p in there]
    shown = json.loads(ctl("profile", "list", "--json"))
    assert [p["name"] for p in shown] == [p["name"] for p in there]
    gprs = shown[0]
    assert (gprs["loss_percent"], gprs.get("missing", [])) == (
        2, missing(toxid))
    assert "satellite" in ctl.on_terminal("profile", "list")[0]


def test_comes_and_goes(ctl, toxid, web):
    assert ctl("profile", "apply", "web", "3g") == (
        "Proxy web is now as 3g\n" + without(toxid))
    shown = ctl("profile", "show", "web").splitlines()
    assert shown[0] == "3g"
    assert "profile_latency_up\tlatency\tupstream\tlatency=125" in shown[2]
    assert json.loads(ctl("profile", "show", "web", "--json"))["name"] == "3g"
    assert ctl("profile", "apply", "web", "slow-4g") == (
        "Proxy web is now as slow-4g\n")
    assert len(names(toxid)) == 4
    assert ctl("profile", "remove", "web") == (
        "Removed the profile of proxy web\n")
    assert names(toxid) == []
    for command in ("show", "remove"):
        r = ctl.run("profile", command, "web")
        assert r.returncode == 1 and "has no profile" in r.stderr


def test_what_is_exported_is_a_profile_again(ctl, toxid, web, tmp_path):
    ctl("profile", "apply", "web", "3g")
    file = tmp_path / "web.json"
    file.write_text(ctl("export"))
    ctl("delete", "web")
    ctl("apply", str(file))
    assert ctl("profile", "show", "web").startswith("3g\n")
    ctl("reset")
    ctl("apply", str(file))
    ctl("profile", "remove", "web")
    assert names(toxid) == []


@pytest.mark.parametrize("words, code, why", [
    (["apply", "web"], 2, "a PROXY and a PROFILE are wanted"),
    (["apply"], 2, "a PROXY and a PROFILE are wanted"),
    (["show"], 2, "a PROXY is wanted"), (["remove"], 2, "a PROXY is wanted"),
    (["apply", "web", "4g"], 1, "no profile"),
    (["apply", "none", "3g"], 1, "proxy not found"),
    (["aply", "web", "3g"], 3, "Did you mean")])
def test_mistakes(ctl, toxid, web, words, code, why):
    r = ctl.run("profile", *words)
    assert r.returncode == code and why in r.stderr, r
    assert names(toxid) == []


def test_with(ctl, toxid, web):
    asks = ("profile", "show", "web", "--json")
    shown = ctl("with", "web", "--profile", "slow-4g", "-t", "noop", "-n",
                "more", "--", TOXICTL, *asks)
    assert json.loads(shown)["name"] == "slow-4g"
    assert names(toxid) == []
    r = ctl.run("with", "web", "--profile", "none", "--", "true")
    assert r.returncode == 1 and "no profile" in r.stderr
    r = ctl.run("with", "web", "--", "true")
    assert r.returncode == 2 and "--profile" in r.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_with_says_what_it_is_applied_without(ctl, toxid, web, more):
    r = ctl.run("with", "web", "--profile", "3g", *more, "--", "true")
    assert (r.returncode, r.stdout, r.stderr) == (
        0, "", "" if more else without(toxid))
