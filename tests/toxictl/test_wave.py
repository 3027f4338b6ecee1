# SPDX-License-Identifier: ISC
"""--wave, and what else toxictl makes of it."""

import json

import pytest

FULL = {"latency": {"shape": "saw", "period": 60000, "amplitude": 50},
        "jitter": {"shape": "sine", "period": 500, "amplitude": 5}}


def wave_of(toxid):
    return toxid.request(
        "GET", "/proxies/web/toxics/latency_downstream").json().get("wave")


def update(ctl, *args):
    ctl("toxic", "update", "web", "-n", "latency_downstream", *args)


def test_it_is_added_changed_shown_and_taken_away(ctl, toxid, web):
    ctl("toxic", "add", "web", "-t", "latency", "-a", "latency=100", "--wave",
        "latency=saw:1m:50,jitter=sine:500ms:5")
    assert wave_of(toxid) == FULL
    assert ctl("inspect", "web").endswith(
        "\twave=[latency=saw:60000ms:50,jitter=sine:500ms:5]\n")
    shown = json.loads(ctl("inspect", "web", "--json"))
    assert shown["toxics"][0]["wave"] == FULL
    update(ctl, "--tox", "0.5")
    assert wave_of(toxid) == FULL
    update(ctl, "--wave", "jitter=square:2s:1")
    assert wave_of(toxid) == {
        "jitter": {"shape": "square", "period": 2000, "amplitude": 1}}
    update(ctl, "--wave", "")
    assert wave_of(toxid) is None
    assert "wave" not in ctl("inspect", "web")
    assert "wave" not in ctl("inspect", "web", "--json")


@pytest.mark.parametrize("waves", [
    "latency", "latency=sine", "latency=sine:1s", "latency=sine:1:50",
    "latency=sine:1s:x", "latency=sine:1s:5:6", "latency=:1s:5",
    "=sine:1s:5", "latency=sine:0:5", "latency=sine:1s:5,"])
def test_what_is_no_wave(ctl, toxid, web, waves):
    r = ctl.run("toxic", "add", "web", "-t", "latency", "--wave", waves)
    assert r.returncode == 2 and "is no wave" in r.stderr, r
    assert toxid.request("GET", "/proxies/web/toxics").json() == []


def test_the_server_says_what_is_wrong_with_one(ctl, web):
    r = ctl.run(
        "toxic", "add", "web", "-t", "latency", "--wave", "latency=v:1s:5")
    assert r.returncode == 1 and "wave.latency.shape" in r.stderr, r


def apply(ctl, web, path, wave):
    toxic = {"type": "latency"}
    if wave is not None:
        toxic["wave"] = wave
    path.write_text(json.dumps([{
        "name": "web", "listen": web["listen"],
        "upstream": web["upstream"], "toxics": [toxic]}]))
    return ctl.run("apply", str(path))


def test_a_file_has_it(ctl, toxid, web, tmp_path):
    path = tmp_path / "c.json"
    apply(ctl, web, path, FULL)
    assert wave_of(toxid) == FULL
    assert "update" not in apply(ctl, web, path, FULL).stdout
    usual = {"Latency": {"Period": 10, "amplitude": 1}}
    assert "update" in apply(ctl, web, path, usual).stdout
    assert wave_of(toxid) == {
        "latency": {"shape": "sine", "period": 10, "amplitude": 1}}
    assert "update" not in apply(ctl, web, path, usual).stdout
    assert "update" in apply(ctl, web, path, None).stdout
    assert wave_of(toxid) is None


def test_a_file_may_have_its_integers_as_floats(ctl, toxid, web, tmp_path):
    as_floats = {"latency": {"period": 60000.0, "amplitude": 5e1}}
    apply(ctl, web, tmp_path / "c.json", as_floats)
    assert wave_of(toxid) == {
        "latency": {"shape": "sine", "period": 60000, "amplitude": 50}}
    assert "update" not in apply(
        ctl, web, tmp_path / "c.json", as_floats).stdout


@pytest.mark.parametrize("wave, why", [
    (5, "\"wave\" is no object"),
    ({"latency": 5}, "wave.latency is no object"),
    ({"latency": {"size": 5}}, "wave.latency has no \"size\""),
    ({"latency": {"perod": 5}}, "did you mean \"period\"?"),
    ({"latency": {"period": "x"}}, "wave.latency.period is no integer"),
    ({"latency": {"period": 1.5}}, "wave.latency.period is no integer"),
    ({"latency": {"shape": 5}}, "wave.latency.shape is no text")])
def test_a_file_with_a_bad_one(ctl, toxid, web, tmp_path, wave, why):
    r = apply(ctl, web, tmp_path / "c.json", wave)
    assert r.returncode != 0 and why in r.stderr, r
    assert toxid.request("GET", "/proxies/web/toxics").json() == []


def test_what_is_exported_waves_again(ctl, toxid, web, tmp_path):
    ctl("toxic", "add", "web", "-t", "latency", "--wave", "latency=sine:1s:5")
    was = wave_of(toxid)
    path = tmp_path / "c.json"
    path.write_text(ctl("export"))
    ctl("delete", "web")
    ctl("apply", str(path))
    assert wave_of(toxid) == was is not None
