# SPDX-License-Identifier: ISC
"""A scenario is begun on its proxy's page, step by step."""

import re

import pytest
from chromium import expect
from doors import (
    REFUSED, box, copied, fault, field, open_proxy, run, toast, toxics, undo)
from rig import wait_until
from test_keys import tab_to
from test_scenario_card import HOUR, begin, place_of, scenarios


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def form_of(page):
    return page.locator("#begin-scenario")


def open_form(visit, toxid, name="web", **options):
    page = open_proxy(visit, toxid, name, **options)
    form_of(page).locator("summary").first.click()
    return page


def press(page, name):
    form_of(page).get_by_role("button", name=name, exact=True).click()


def step(page, n):
    return form_of(page).locator(f".scenario-steps > li:nth-child({n})")


def what(page, n):
    return field(step(page, n), "profile").locator("select")


def own_toxic(page, n, nth=0):
    return step(page, n).locator(".step-toxic").nth(nth)


def fill_in(page):
    """3G for an hour, then two toxics, then nothing"""
    box(form_of(page), "name").first.fill("flaky")
    for _ in range(2):
        press(page, "Add a step")
    what(page, 1).select_option("profile:3g")
    box(step(page, 1), "duration").fill(str(HOUR))
    what(page, 2).select_option("toxics")
    press(page, "Add a toxic to step 2")
    box(own_toxic(page, 2), "latency").fill("70")
    box(own_toxic(page, 2, 1), "type").select_option("bandwidth")
    box(own_toxic(page, 2, 1), "stream").select_option("upstream")
    box(own_toxic(page, 2, 1), "rate").fill("900")
    box(step(page, 3), "duration").fill("1500")


def durations(page):
    return [box(step(page, i), "duration").input_value()
            for i in range(1, 1 + form_of(page).locator(
                ".scenario-steps > li").count())]


def is_as_filled_in(found):
    assert [one["duration"] for one in found["steps"]] == [HOUR, 5000, 1500]
    assert {one["type"] for one in found["steps"][0]["toxics"]} >= {"latency"}
    assert [(one["type"], one["stream"]) for one in found["steps"][1]["toxics"]
            ] == [("latency", "downstream"), ("bandwidth", "upstream")]
    assert found["steps"][1]["toxics"][0]["attributes"]["latency"] == 70
    assert found["steps"][2]["toxics"] == []


def test_it_begins_and_is_undone(web, visit):
    page = open_form(visit, web)
    fill_in(page)
    box(form_of(page), "loop").check()
    box(form_of(page), "ttl").select_option("3600000")
    press(page, "Begin")
    expect(place_of(page).get_by_role("heading")).to_have_text(
        "Scenario flaky")
    found, = scenarios(web)
    is_as_filled_in(found)
    assert found["loop"] and 0 < found["expires_in"] <= HOUR
    undo(page, "flaky has begun")
    expect(toast(page, "flaky is gone again")).to_be_visible()
    assert scenarios(web) == []


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_its_command(toxid, visit, how):
    toxid.proxy("-it's <b>", "127.0.0.1:9")
    page = visit(toxid, "#/proxy/-it's%20%3Cb%3E")
    form_of(page).locator("summary").first.click()
    fill_in(page)
    run(copied(page, form_of(page).get_by_role(
        "button", name=f"Copy as {how}: new scenario")))
    found, = scenarios(toxid)
    is_as_filled_in(found)
    assert found["proxy"] == "-it's <b>" and not found["loop"]


def test_steps_change_places_and_go(web, visit):
    """... and who moves one by keys has it still."""
    page = open_form(visit, web)
    for _ in range(2):
        press(page, "Add a step")
    for i in (1, 2, 3):
        box(step(page, i), "duration").fill(str(i))
    down = form_of(page).get_by_role("button", name="Move down: step 1")
    tab_to(page, down)
    page.keyboard.press("Enter")
    expect(form_of(page).get_by_role("button", name="Move down: step 2")
           ).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # it is the last
    assert durations(page) == ["2", "3", "1"]
    press(page, "Move up: step 2")
    assert durations(page) == ["3", "2", "1"]
    press(page, "Remove: step 1")
    expect(box(step(page, 1), "duration")).to_be_focused()
    assert durations(page) == ["2", "1"]
    undo(page, "Step 1 is removed")
    assert durations(page) == ["3", "2", "1"]


def test_a_toxic_goes_and_comes_back(web, visit):
    page = open_form(visit, web)
    what(page, 1).select_option("toxics")
    box(own_toxic(page, 1), "latency").fill("33")
    press(page, "Remove Toxic 1 of step 1")
    expect(own_toxic(page, 1)).to_have_count(0)
    expect(form_of(page).get_by_role("button", name="Add a toxic to step 1")
           ).to_be_focused()
    undo(page, "A toxic of step 1 is removed")
    expect(box(own_toxic(page, 1), "latency")).to_have_value("33")


@pytest.mark.parametrize("name, text", [
    ("latency", "1.5"), ("jitter", "x"), ("select", "first=x")])
def test_what_is_wrong_is_said_in_its_place(web, visit, name, text):
    page = open_form(visit, web, allow=REFUSED)
    fill_in(page)
    box(own_toxic(page, 2), name).fill(text)
    press(page, "Begin")
    expect(fault(own_toxic(page, 2), name)).to_contain_text(
        "steps[1].toxics[0]")
    expect(box(own_toxic(page, 2), name)).to_be_focused()
    expect(form_of(page).locator(".fault:not(:empty)")).to_have_count(1)
    assert scenarios(web) == []
    box(step(page, 2), "duration").fill("")
    box(own_toxic(page, 2), name).fill("1")
    press(page, "Begin")
    expect(fault(step(page, 2), "duration")).to_contain_text(
        "steps[1].duration")
    expect(form_of(page).locator(".fault:not(:empty)")).to_have_count(1)


@pytest.mark.parametrize("name", ["", "<img src=x>", "a/b", "x" * 70])
def test_a_name_that_is_none(web, visit, name):
    page = open_form(visit, web, allow=REFUSED)
    box(form_of(page), "name").first.fill(name)
    press(page, "Begin")
    expect(fault(form_of(page), "name").first).to_contain_text("name")
    assert scenarios(web) == []


def test_what_clients_meet_in_a_step(web, visit):
    """... is in its fields, which are those of a proxy's own, folded away"""
    page = open_form(visit, web, allow=REFUSED)
    box(form_of(page), "name").first.fill("door")
    meets = step(page, 1).locator(".step-connect")
    meets.locator("summary").click()
    expect(field(meets, "delay")).to_be_hidden()
    box(meets, "mode").select_option("accept_delay")
    box(meets, "delay").fill("1.5")
    meets.locator("summary").click()
    press(page, "Begin")
    expect(fault(meets, "delay")).to_contain_text("steps[0].connect")
    expect(box(meets, "delay")).to_be_focused()
    box(meets, "delay").fill("300")
    press(page, "Begin")
    expect(place_of(page).get_by_role("heading")).to_have_text("Scenario door")
    found, = scenarios(web)
    assert found["steps"][0]["connect"] == {
        "mode": "accept_delay", "delay": 300}


def test_in_place_of_another(web, visit):
    begin(web)
    page = open_form(visit, web, allow=REFUSED)
    box(form_of(page), "name").first.fill("other")
    press(page, "Begin")
    press(page, "End that, and begin this one")
    expect(place_of(page).get_by_role("heading")).to_have_text(
        "Scenario other")
    undo(page, "other has begun")
    expect(toast(page, "flaky has begun anew")).to_be_visible()
    assert [one["name"] for one in scenarios(web)] == ["flaky"]


@pytest.mark.parametrize("comes_back", [True, False])
def test_where_it_may_not_the_other_is_not_lost(web, visit, comes_back):
    begin(web)
    page = open_form(visit, web, allow=REFUSED)
    box(form_of(page), "name").first.fill("other")
    press(page, "Begin")

    def refuse(route):
        body = route.request.post_data_json
        if body and (body["name"] == "other" or not comes_back):
            route.fulfill(status=403, json={"error": "quota", "status": 403})
        else:
            route.continue_()

    page.context.route("**/scenarios", refuse)
    press(page, "End that, and begin this one")
    expect(form_of(page).get_by_text("quota")).to_be_visible()
    if not comes_back:
        text = "flaky is stopped, and has not begun again: quota"
        expect(toast(page, text)).to_be_visible()
        assert scenarios(web) == []
        page.context.unroute("**/scenarios")
        undo(page, text)
    expect(toast(page, "flaky has begun anew.")).to_be_visible()
    assert [one["name"] for one in scenarios(web)] == ["flaky"]


def test_undo_leaves_another_of_its_name(web, visit):
    page = open_form(visit, web, allow=REFUSED)
    fill_in(page)
    press(page, "Begin")
    expect(place_of(page)).to_be_visible()
    web.request("DELETE", "/scenarios/flaky")
    begin(web)
    undo(page, "flaky has begun")
    expect(toast(page, "Not undone: scenario not found")).to_be_visible()
    assert len(scenarios(web)) == 1


def test_a_toxic_of_that_name_is_not_its(web, visit):
    web.toxic("web", "noop", toxic_name="latency_downstream")
    page = open_form(visit, web, allow=REFUSED)
    fill_in(page)
    press(page, "Begin")
    expect(form_of(page).get_by_text("already exists")).to_be_visible()
    expect(form_of(page).get_by_role("button", name=re.compile("instead|End"))
           ).to_have_count(0)
    assert [one["type"] for one in toxics(web, "web")] == ["noop"]


def test_a_copy_is_edited(web, visit):
    """... with all that it has"""
    steps = [{"duration": HOUR, "toxics": [{
        "type": "latency", "name": "late", "stream": "upstream",
        "toxicity": 0.5, "select": {"first": 3},
        "wave": {"latency": {"shape": "saw", "period": 500, "amplitude": 5}},
        "attributes": {"latency": 70, "jitter": 5, "distribution": "normal",
                       "correlation": 0.25}},
        {"type": "unplug", "attributes": {}}]},
        {"duration": 7, "connect": {"mode": "accept_delay", "delay": 20}}]
    if "tcp_loss" in lacking(web):
        del steps[0]["toxics"][1]
    begin(web, steps, loop=True)
    before, = scenarios(web)
    page = open_proxy(visit, web, "web", allow=REFUSED)
    place_of(page).get_by_role("button", name="Edit a copy").click()
    expect(box(form_of(page), "name").first).to_be_focused()
    press(page, "Begin")
    press(page, "End that, and begin this one")
    assert wait_until(lambda: [one["began"] for one in scenarios(web)] not in (
        [], [before["began"]]))
    after, = scenarios(web)
    for key in ("steps", "loop", "name"):
        assert after[key] == before[key]


def lacking(toxid):
    all_of_them = toxid.request("GET", "/health").json()["capabilities"]
    return [name for name, one in all_of_them.items()
            if not one.get("available", True)]


def test_it_begins_again(web, visit):
    begin(web, loop=True)
    before, = scenarios(web)
    page = open_proxy(visit, web, "web")
    place_of(page).get_by_role("button", name="Begin again").click()
    expect(toast(page, "flaky has begun again")).to_be_visible()
    after, = scenarios(web)
    assert after["began"] > before["began"]
    assert after["steps"] == before["steps"] and after["loop"]


def test_a_hostile_toxic_name(web, visit):
    """... in a step is a text, and stays what it is."""
    name = "<img src=x>\u202e"
    begin(web, [{"duration": HOUR, "toxics": [
        {"type": "noop", "name": name}]}])
    page = open_proxy(visit, web, "web")
    place_of(page).get_by_role("button", name="Edit a copy").click()
    expect(box(own_toxic(page, 1), "name")).to_have_value(name)
    expect(form_of(page).locator("img")).to_have_count(0)


def test_on_a_telephone(web, visit):
    page = open_form(visit, web, viewport={"width": 390, "height": 844})
    fill_in(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
