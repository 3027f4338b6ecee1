# SPDX-License-Identifier: ISC
"""Attributes that rise and fall by themselves, with the time of day: "wave"."""

import os
import signal
import time

import pytest
from rig import Toxid, wait_until
from test_relayed import echoed
from test_select import add as add_with
from test_select import change
from test_upgrade import upgrade

SQUARE = {"shape": "square", "period": 1000, "amplitude": 100}
FULL = {"latency": {"shape": "sine", "period": 2147483647, "amplitude": 1},
        "jitter": {"shape": "saw", "period": 1, "amplitude": 2147483647}}


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


def add(t, wave, kind="latency", attributes=None, name="x"):
    return add_with(t, None, name, kind, wave=wave,
                    attributes=attributes or {"latency": 100})


def is_in_phase(t):
    """Of a wave of SQUARE around 100 ms, in both halves of its period"""
    seen = set()
    with t.connect("p") as s:
        end = time.monotonic() + 20
        while seen != {"top", "bottom"} and time.monotonic() < end:
            phase = time.time() % 1
            begun = time.monotonic()
            echoed(s)
            took = time.monotonic() - begun
            if 0.02 < phase < 0.4 and (took > 0.19 or phase + took < 0.49):
                assert took > 0.19  # it had not come as late as the bottom
                seen.add("top")
            elif 0.52 < phase < 0.7 and took < 0.15:
                seen.add("bottom")
            time.sleep(0.01)
    return seen == {"top", "bottom"}


def test_latency_is_where_the_time_of_day_has_it(p):
    assert add(p, {"latency": SQUARE})["wave"] == {"latency": SQUARE}
    assert is_in_phase(p)


def test_it_goes_on_in_phase_after_a_death_and_an_upgrade(p):
    add(p, {"latency": SQUARE})
    before = p.worker("p")
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: p.worker("p") != before)
    assert is_in_phase(p)
    upgrade(p)
    assert is_in_phase(p)


def test_a_rate_that_falls_to_0_rises_again(p):
    """... and who waited for it is served."""
    add(p, {"rate": {"shape": "square", "period": 400, "amplitude": 200}},
        "bandwidth", {"rate": 200})
    with p.connect("p") as s:
        s.settimeout(20)
        sent, begun = os.urandom(100_000), time.monotonic()
        s.sendall(sent)
        got = b""
        while len(got) < len(sent):
            got += s.recv(65536)
        assert got == sent
        assert time.monotonic() - begun > 0.2


def test_of_a_change(p):
    add(p, FULL)
    assert change(p, {"attributes": {"latency": 3}})["wave"] == FULL
    only = {"jitter": {"shape": "sine", "period": 7, "amplitude": 3}}
    assert change(p, {"wave": {"jitter": {"period": 7, "amplitude": 3}}})[
        "wave"] == only
    assert change(p, {"wave": None})["wave"] == only
    assert "wave" not in change(p, {"wave": {}})
    with p.connect("p") as s:
        echoed(s)


def test_the_tables_say_what_is_taken(p):
    """The dashboard's, and that of /openapi.json"""
    table = p.request("GET", "/ui/wave.json").json()
    schema = p.request("GET", "/openapi.json").json()[
        "components"]["schemas"]["Wave"]["properties"]
    assert table["most"] == 4
    assert [one["name"] for one in table["members"]] == list(schema)
    add(p, {"latency": SQUARE})
    for one in table["members"]:
        has = schema[one["name"]]
        if one["kind"] == "enum":
            assert one["words"] == has["enum"]
            assert len(one["says"]) == len(one["words"])
            taken, refused = one["words"], ["", "x"]
        else:
            ends = one["least"], one["most"]
            assert ends == (has["minimum"], has["maximum"])
            assert one["default"] < one["min"] == one["least"]
            taken, refused = ends, (ends[0] - 1, ends[1] + 1)
        for value in taken:
            wave = {**SQUARE, one["name"]: value}
            assert change(p, {"wave": {"latency": wave}})["wave"] == {
                "latency": wave}
        for value in refused:
            r = p.request("POST", "/proxies/p/toxics/x", {
                "wave": {"latency": {**SQUARE, one["name"]: value}}})
            assert r.status == 400 and one["name"] in r.json()["error"], r


def test_it_is_kept(tmp_path, echo):
    with Toxid("-state", str(tmp_path / "state")) as t:
        t.proxy("p", f"localhost:{echo.port}")
        add(t, FULL)
        change(t, {"select": {"first": 3}})
        before = t.request("GET", "/proxies").json()
        assert before["p"]["toxics"][0]["wave"] == FULL
        assert t.request("GET", "/state").json()[0]["toxics"][0][
            "wave"] == FULL
        t.stop()
    with Toxid("-state", str(tmp_path / "state")) as t:
        assert t.request("GET", "/proxies").json() == before


@pytest.mark.parametrize("wave, why", [
    (3, "wave: expected an object"),
    ({"latency": 3}, "wave.latency: expected an object"),
    ({"latency": {}}, "wave.latency.period: must be from 1 to 2147483647"),
    ({"latency": {"period": 1}},
     "wave.latency.amplitude: must be from 1 to 2147483647"),
    ({"latency": {"period": 0, "amplitude": 1}}, "wave.latency.period"),
    ({"latency": {"period": 1.5, "amplitude": 1}}, "wave.latency.period"),
    ({"latency": {"period": 1, "amplitude": 2147483648}},
     "wave.latency.amplitude"),
    ({"latency": {"period": 1, "amplitude": 1, "shape": "round"}},
     "wave.latency.shape: must be sine, square or saw"),
    ({"latency": {"period": 1, "amplitude": 1, "phase": 1}},
     'a wave has no "phase"'),
    ({"latncy": {"period": 1, "amplitude": 1}}, 'did you mean "latency"?'),
    ({"distribution": {"period": 1, "amplitude": 1}}, '"distribution"'),
    ({"correlation": {"period": 1, "amplitude": 1}}, '"correlation"'),
])
def test_what_it_may_not_be(p, wave, why):
    p.toxic("p", "latency", toxic_name="x", latency=1)
    for method, path in (("POST", "/proxies/p/toxics"),
                         ("PATCH", "/proxies/p/toxics/x")):
        r = p.request(method, path, {
            "type": "latency", "name": "y", "wave": wave,
            "attributes": {"latency": 1}})
        assert r.status == 400 and why in r.json()["error"], r
    assert "wave" not in p.request("GET", "/proxies/p/toxics").body.decode()


def test_events_and_the_log_say_it(p):
    add(p, {"latency": SQUARE})
    change(p, {"wave": {}})
    text = "latency=square:1000:100"
    said = [e["changed"]["wave"] for e in
            p.request("GET", "/events?after=0").json()["events"]
            if e["event"].startswith("toxic_")]
    assert said == [{"after": text}, {"before": text, "after": ""}]
    p.read_to_here()
    lines = [line for line in p.log() if line.get("toxic") == "x"]
    assert f"wave=[{text}]" in lines[0]["values"]


def test_of_a_file_it_is_a_change(tmp_path, echo):
    config = tmp_path / "c.json"

    def write(wave):
        config.write_text(str([{
            "name": "p", "upstream": f"localhost:{echo.port}",
            "listen": "127.0.0.1:0", "toxics": [{
                "type": "latency", "name": "x", "wave": wave,
                "attributes": {"latency": 5}}]}]).replace("'", '"'))

    def shows(wave):
        t.process.send_signal(signal.SIGHUP)
        return wait_until(lambda: t.request(
            "GET", "/proxies/p/toxics/x").json().get("wave") == wave)

    write({})
    with Toxid("-config", str(config)) as t:
        write({"latency": SQUARE})
        assert shows({"latency": SQUARE})
        write({})
        assert shows(None)
