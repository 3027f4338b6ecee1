# SPDX-License-Identifier: ISC
"""Whole numbers of a toxic that rise and fall by themselves: their fields,
drawn, and as commands."""

import json
import re

import pytest
from chromium import expect
from doors import (
    BUILD, REFUSED, box, card, copied, fault, open_proxy, run, toast, toxics,
    undo)

SAW = {"shape": "saw", "period": 700, "amplitude": 20}


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def table(name):
    """None where nothing is built yet"""
    file = BUILD / name
    return json.loads(file.read_text()) if file.exists() else None


def kinds():
    return [kind for kind in table("toxics.json") or []
            if kind["whose"] != "debug"]


def shapes():
    members = (table("wave.json") or {"members": []})["members"]
    return [word for one in members for word in one.get("words", [])]


def wave(place, attribute):
    return place.locator(f'[data-wave="{attribute}"]')


def turn(place, attribute):
    wave(place, attribute).get_by_role("checkbox").click()


def part(place, attribute, member):
    return box(place, f"wave.{attribute}.{member}")


def form_of(page, kind):
    form = page.locator(".add-toxic")
    form.locator(".tile label").get_by_text(kind, exact=True).click()
    return form


def add(form):
    form.get_by_role("button", name="Add", exact=True).click()


# ---- a new one

def test_whole_numbers_have_one_and_nothing_else(web, visit):
    page = open_proxy(visit, web, "web")
    for kind in kinds():
        form = form_of(page, kind["name"])
        found = form.locator("[data-wave]").evaluate_all(
            "all => all.map((e) => e.dataset.wave)")
        assert found == [one["name"] for one in kind["attributes"]
                         if one["kind"] == "integer"], kind["name"]


def test_a_new_one_has_two(web, visit):
    page = open_proxy(visit, web, "web")
    form = form_of(page, "latency")
    box(form, "latency").fill("100")
    expect(part(form, "latency", "period")).to_be_hidden()
    turn(form, "latency")
    expect(part(form, "latency", "amplitude")).to_have_value("50")
    expect(wave(form, "latency")).to_contain_text("50 ms to 150 ms, in 10 s")
    part(form, "latency", "period").fill("60000")
    turn(form, "jitter")
    part(form, "jitter", "shape").select_option("saw")
    part(form, "jitter", "period").fill("700")
    part(form, "jitter", "amplitude").fill("20")
    assert toxics(web, "web") == []
    add(form)
    expect(card(page, "latency_downstream")).to_be_visible()
    waves = {"latency": {"shape": "sine", "period": 60000, "amplitude": 50},
             "jitter": SAW}
    assert toxics(web, "web")[0]["wave"] == waves
    place = card(page, "latency_downstream")
    expect(part(place, "jitter", "shape")).to_have_value("saw")
    expect(part(place, "latency", "period")).to_have_value("60000")
    expect(page.locator(".caption")).to_contain_text(
        "(latency, 100 ms, sine ± 50 ms in 1 min 0 s, "
        "jitter saw ± 20 ms in 700 ms)")


def test_one_that_is_turned_off_is_not_asked_for(web, visit):
    page = open_proxy(visit, web, "web")
    form = form_of(page, "latency")
    turn(form, "latency")
    turn(form, "latency")
    expect(part(form, "latency", "period")).to_be_hidden()
    add(form)
    expect(card(page, "latency_downstream")).to_be_visible()
    assert "wave" not in toxics(web, "web")[0]


@pytest.mark.parametrize("member, text, why", [
    ("period", "0", "must be from 1 to 2147483647"),
    ("amplitude", "2147483648", "must be from 1 to 2147483647"),
    ("period", "", "must be from 1 to 2147483647"),
    ("amplitude", "soon", "got a string")])
def test_what_is_refused_stands_beside_its_field(web, visit, member, text,
                                                 why):
    page = open_proxy(visit, web, "web", allow=REFUSED)
    form = form_of(page, "latency")
    turn(form, "latency")
    part(form, "latency", member).fill(text)
    add(form)
    expect(fault(form, f"wave.latency.{member}")).to_contain_text(why)
    expect(part(form, "latency", member)).to_be_focused()
    expect(form.locator(".fault:not(:empty)")).to_have_count(1)
    assert toxics(web, "web") == []


# ---- one that is there

def test_it_is_applied_changed_and_taken_away(web, visit):
    made = web.toxic("web", "latency", toxic_name="slow", latency=100,
                     jitter=4)
    web.request("PATCH", "/proxies/web/toxics/slow", {"wave": {"jitter": SAW}})
    page = open_proxy(visit, web, "web")
    place = card(page, "slow")
    turn(place, "latency")
    expect(toast(page, "wave.latency none → sine ± 50 ms in 10 s")
           ).to_be_visible()
    sine = {"shape": "sine", "period": 10000, "amplitude": 50}
    assert toxics(web, "web")[0]["wave"] == {"latency": sine, "jitter": SAW}
    part(place, "latency", "shape").select_option("square")
    expect(toast(page, "→ square ± 50 ms in 10 s")).to_be_visible()
    part(place, "latency", "period").fill("500")
    part(place, "latency", "period").press("Enter")
    expect(toast(page, "in 10 s → square ± 50 ms in 500 ms")).to_be_visible()
    assert toxics(web, "web")[0]["wave"] == {"latency": {
        **sine, "shape": "square", "period": 500}, "jitter": SAW}
    undo(page, "in 10 s → square ± 50 ms in 500 ms")
    expect(part(place, "latency", "period")).to_have_value("10000")
    turn(place, "latency")
    expect(toast(page, "wave.latency square.* → none")).to_be_visible()
    assert toxics(web, "web")[0]["wave"] == {"jitter": SAW}
    turn(place, "jitter")
    expect(toast(page, "wave.jitter saw.* → none")).to_be_visible()
    assert toxics(web, "web") == [made]
    undo(page, "wave.jitter saw")
    expect(part(place, "jitter", "amplitude")).to_have_value("20")
    assert toxics(web, "web")[0]["wave"] == {"jitter": SAW}


def test_by_keys_and_a_slider(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=100)
    page = open_proxy(visit, web, "web")
    place = card(page, "slow")
    wave(place, "latency").get_by_role("checkbox").focus()
    page.keyboard.press(" ")
    expect(toast(page, "wave.latency none →")).to_be_visible()
    page.keyboard.press("Tab")
    expect(part(place, "latency", "shape")).to_be_focused()
    slider = wave(place, "latency").get_by_label("amplitude, slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(toast(page, "sine ± 50 ms.* → sine ± ")).to_be_visible()
    assert toxics(web, "web")[0]["wave"]["latency"]["amplitude"] > 50
    page.keyboard.press("Control+z")
    expect(part(place, "latency", "amplitude")).to_have_value("50")


def test_what_is_refused_of_one_that_is_there(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=100)
    page = open_proxy(visit, web, "web", allow=REFUSED)
    place = card(page, "slow")
    turn(place, "latency")
    expect(toast(page, "wave.latency none →")).to_be_visible()
    part(place, "latency", "period").fill("0")
    part(place, "latency", "period").press("Enter")
    expect(fault(place, "wave.latency.period")).to_contain_text(
        "must be from 1")
    assert toxics(web, "web")[0]["wave"]["latency"]["period"] == 10000
    part(place, "latency", "period").fill("9")
    part(place, "latency", "period").press("Enter")
    expect(fault(place, "wave.latency.period")).to_have_text("")
    expect(toast(page, "in 10 s → sine ± 50 ms in 9 ms")).to_be_visible()


def test_somebody_elses_is_seen(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=100)
    page = open_proxy(visit, web, "web")
    place = card(page, "slow")
    expect(wave(place, "latency").get_by_role("checkbox")).not_to_be_checked()
    for is_on in (True, False):
        web.request("PATCH", "/proxies/web/toxics/slow",
                    {"wave": {"latency": SAW} if is_on else {}})
        expect(wave(place, "latency").get_by_role("checkbox")
               ).to_be_checked(checked=is_on)
    expect(page.locator(".changes")).to_contain_text("latency=saw:700:20")


def test_one_that_is_there_is_changed_instead(web, visit):
    web.toxic("web", "latency", latency=100)
    web.request("PATCH", "/proxies/web/toxics/latency_downstream",
                {"wave": {"jitter": SAW}})
    before = toxics(web, "web")
    page = open_proxy(visit, web, "web", allow=REFUSED)
    form = form_of(page, "latency")
    turn(form, "latency")
    add(form)
    form.get_by_role("button", name="Change it instead").click()
    expect(toast(page, "latency_downstream is changed")).to_be_visible()
    assert list(toxics(web, "web")[0]["wave"]) == ["latency"]
    undo(page, "latency_downstream is changed")
    expect(toast(page, "is as it was")).to_be_visible()
    assert toxics(web, "web") == before


# ---- drawn, and as commands

def test_each_shape_is_drawn(web, visit):
    page = open_proxy(visit, web, "web")
    form = form_of(page, "latency")
    box(form, "latency").fill("100")
    turn(form, "latency")
    line = wave(form, "latency").locator("svg .series")
    drawn = {}
    for shape in shapes():
        part(form, "latency", "shape").select_option(shape)
        drawn[shape] = line.get_attribute("d")
    assert len(set(drawn.values())) == len(drawn) > 0
    for d in drawn.values():
        heights = [float(y) for y in re.findall(r" ([\d.]+)", d)]
        assert min(heights) < 4 and max(heights) > 24, d
    # what is below 0 is cut off
    box(form, "latency").fill("0")
    expect(wave(form, "latency")).to_contain_text("0 ms to 50 ms, in 10 s")
    heights = [float(y) for y in
               re.findall(r" ([\d.]+)", line.get_attribute("d"))]
    assert min(heights) < 4 and max(heights) == 14
    part(form, "latency", "amplitude").fill("some")
    expect(line).to_have_attribute("d", "")


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_commands_have_them(web, visit, how):
    page = open_proxy(visit, web, "web")
    form = form_of(page, "latency")
    box(form, "latency").fill("100")
    turn(form, "latency")
    turn(form, "jitter")
    part(form, "jitter", "period").fill("2147483647")
    run(copied(page, form.get_by_role("button", name=f"Copy as {how}")))
    expect(card(page, "latency_downstream")).to_be_visible()
    before = toxics(web, "web")
    assert before[0]["wave"] == {
        "latency": {"shape": "sine", "period": 10000, "amplitude": 50},
        "jitter": {"shape": "sine", "period": 2147483647, "amplitude": 1}}
    text = copied(page, card(page, "latency_downstream").get_by_role(
        "button", name=f"Copy latency_downstream as {how}"))
    web.request("DELETE", "/proxies/web/toxics/latency_downstream")
    run(text)
    assert toxics(web, "web") == before


def test_on_a_telephone(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=100)
    web.request("PATCH", "/proxies/web/toxics/slow",
                {"wave": {"latency": SAW, "jitter": SAW}})
    page = open_proxy(visit, web, "web",
                      viewport={"width": 390, "height": 800})
    expect(part(card(page, "slow"), "jitter", "period")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
