# SPDX-License-Identifier: ISC
"""The scenario that runs on a proxy: at which step it is, and its end."""

import json
import os
import re

import pytest
from chromium import expect
from doors import (
    REFUSED, card, copied, open_proxy, run, toast, toxics, undo)
from lab import Lab
from losses import do_without
from rig import Toxid, wait_until
from test_server_page import visit_as

HOUR = 3600000
STEPS = [{"duration": HOUR, "toxics": [
    {"type": "latency", "attributes": {"latency": 70}}]},
    {"duration": 5000, "toxics": []}]


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def begin(toxid, steps=None, **more):
    r = toxid.request("POST", "/scenarios", {
        "name": "flaky", "proxy": "web", "steps": steps or STEPS, **more})
    assert r.status == 201, r


def scenarios(toxid):
    return toxid.request("GET", "/scenarios").json()


def place_of(page):
    return page.locator("#scenario")


def test_a_steps_connect_is_shown_and_kept_in_a_copy(web, visit):
    late = {"mode": "accept_delay", "delay": 500, "dial_fail": "timeout"}
    begin(web, [{**STEPS[0], "connect": {"mode": "refuse"}},
                {"duration": 5000, "connect": late}])
    page = open_proxy(visit, web, "web")
    expect(place_of(page).locator("li")).to_have_text([
        "1 h 0 min: connect refuse; ↓ latency 70 ms",
        "5.0 s: connect accept_delay 500 ms dial timeout"])
    place_of(page).get_by_role("button", name="Begin again").click()
    assert wait_until(lambda: [
        s.get("connect") for one in scenarios(web) for s in one["steps"]] == [
            {"mode": "refuse"}, late])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to do without it")
def test_what_a_step_is_without_is_said(visit):
    with Toxid(preexec_fn=do_without) as toxid:
        toxid.proxy("web", "127.0.0.1:1")
        begin(toxid, [{"duration": 5000}, {"duration": HOUR, "profile": "3g"}])
        page = open_proxy(visit, toxid, "web")
        steps = place_of(page).locator("li")
        expect(steps).to_have_text(
            ["5.0 s: clear", re.compile("; without tcp_loss$")])
        was = scenarios(toxid)[0]["id"]
        place_of(page).get_by_role("button", name="Begin again").click()
        expect(toast(page, "flaky has begun again.")).to_be_visible()
        assert scenarios(toxid)[0]["id"] != was


def test_where_it_may_not_begin_again_it_is_not_lost(web, visit):
    begin(web, loop=True)
    was, = scenarios(web)
    page = open_proxy(visit, web, "web", allow=REFUSED)

    def refuse(route):
        if route.request.method == "POST":
            route.fulfill(status=403, json={"error": "quota", "status": 403})
        else:
            route.continue_()

    page.context.route("**/scenarios", refuse)
    place_of(page).get_by_role("button", name="Begin again").click()
    text = "flaky is stopped, and has not begun again: quota"
    expect(toast(page, text)).to_be_visible()
    expect(place_of(page)).to_be_hidden()
    undo(page, text)
    expect(toast(page, "Not undone: quota")).to_be_visible()
    assert scenarios(web) == []
    page.context.unroute("**/scenarios")
    undo(page, "Not undone: quota")
    expect(toast(page, "flaky has begun anew.")).to_be_visible()
    now, = scenarios(web)
    assert (now["steps"], now["loop"]) == (was["steps"], True)


def test_where_there_is_none_nothing_is_shown(web, echo, visit):
    web.proxy("db", echo.address)
    begin(web)
    page = open_proxy(visit, web, "db")
    expect(page.locator("#profile")).to_be_visible()
    expect(place_of(page)).to_be_hidden()


def test_it_begins_and_is_seen(web, visit):
    page = open_proxy(visit, web, "web")
    expect(place_of(page)).to_be_hidden()
    begin(web, loop=True)
    expect(place_of(page).get_by_role("heading")).to_have_text(
        "Scenario flaky")
    expect(place_of(page)).to_contain_text(
        re.compile(r"Step 1 of 2, (1 h 0|59) min.* left, round 1\."))
    expect(place_of(page).locator("li")).to_have_text(
        ["1 h 0 min: ↓ latency 70 ms", "5.0 s: clear"])
    expect(place_of(page).locator('[aria-current="step"]')).to_have_text(
        re.compile("^1 h"))
    expect(card(page, "latency_downstream").locator(".owner")).to_have_text(
        re.compile("scenario flaky"))


def test_each_step_is_seen(web, visit):
    begin(web, [{"duration": 1000, "toxics": [
        {"type": "noop", "name": f"step-{i}"}]} for i in range(3)], loop=True)
    page = open_proxy(visit, web, "web")
    for i in (0, 1, 2, 0):
        expect(place_of(page).locator(
            f'li:nth-child({i + 1})[aria-current="step"]')).to_be_visible()
    expect(place_of(page)).to_contain_text(re.compile("round ([2-9]|1.)"))
    expect(page.locator(".changes")).to_contain_text("flaky scenario step")


def test_it_is_over_by_itself(web, visit):
    page = open_proxy(visit, web, "web")
    begin(web, [{"duration": 5000, "toxics": [{"type": "noop"}]}])
    expect(place_of(page)).to_be_visible()
    expect(card(page, "noop_downstream")).to_be_visible()
    expect(place_of(page)).to_be_hidden()
    expect(card(page, "noop_downstream")).to_have_count(0)
    expect(page.locator(".changes")).to_contain_text("flaky scenario ended")


def test_it_is_stopped_and_begins_anew(web, visit):
    begin(web, loop=True)
    page = open_proxy(visit, web, "web")
    place_of(page).get_by_role("button", name="Stop").click()
    expect(place_of(page)).to_be_hidden()
    assert scenarios(web) == [] and toxics(web, "web") == []
    undo(page, "flaky is stopped")
    expect(toast(page, "flaky has begun anew")).to_be_visible()
    expect(place_of(page)).to_be_visible()
    found, = scenarios(web)
    assert found["loop"] and [one["duration"] for one in found["steps"]] == [
        HOUR, 5000]
    assert [one["owner"] for one in toxics(web, "web")] == [
        "scenario:flaky:0"]


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_the_command_of_it(web, visit, how):
    begin(web, loop=True, ttl=HOUR)
    page = open_proxy(visit, web, "web")
    text = copied(page, place_of(page).get_by_role(
        "button", name=f"Copy as {how}"))
    before, = scenarios(web)
    web.request("DELETE", "/scenarios/flaky")
    run(text)
    after, = scenarios(web)
    for one in (before, after):
        assert 0 < one.pop("expires_in") <= HOUR
        for key in ("left", "began", "id"):
            del one[key]
    assert after == before


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_commands_of_its_proxy_have_not_its_toxics(web, visit, how):
    web.toxic("web", "noop", toxic_name="mine")
    begin(web)
    page = open_proxy(visit, web, "web")
    text = copied(page, page.locator(".page-head").get_by_role(
        "button", name=f"Copy as {how}"))
    assert "mine" in text and "latency" not in text


def test_all_clear_takes_it_and_gives_it_back(web, visit):
    web.toxic("web", "noop", toxic_name="mine")
    begin(web, loop=True)
    page = open_proxy(visit, web, "web")
    page.locator("#all-clear").click()
    expect(toast(page, "All clear: 1 toxic and 1 scenario gone")
           ).to_be_visible()
    expect(place_of(page)).to_be_hidden()
    page.locator("#undo-clear").click()
    expect(toast(page, "1 toxic and 1 scenario put back")).to_be_visible()
    expect(place_of(page)).to_be_visible()
    assert wait_until(lambda: sorted(
        one["name"] for one in toxics(web, "web")) == [
            "latency_downstream", "mine"])


def test_events_of_it(web, visit):
    begin(web, [{"duration": 300, "toxics": [{"type": "noop"}]}])
    page = visit(web, "#/events")
    for text in ("scenario flaky begins on web", "web is in step 1 of flaky",
                 "scenario flaky on web is over: over"):
        expect(page.locator("main")).to_contain_text(text)


def test_one_of_its_toxics_is_removed(web, visit):
    """... which its next step may make again."""
    begin(web)
    page = open_proxy(visit, web, "web")
    card(page, "latency_downstream").get_by_role(
        "button", name="Remove").click()
    expect(toast(page, "is removed")).to_be_visible()
    expect(toast(page, "is removed").get_by_role("button", name="Undo")
           ).to_have_count(0)
    assert toxics(web, "web") == []


def test_a_hostile_reply(web, visit):
    """A scenario's name has letters; a page does not count on that."""
    page = visit(web)
    page.context.route("**/scenarios", lambda route: route.fulfill(
        content_type="application/json", body=json.dumps([{
            "name": "<img src=x>", "proxy": "web", "loop": False, "step": 0,
            "left": 5000, "round": 0, "began": "", "steps": [{
                "duration": 5000, "toxics": []}]}])))
    page.get_by_role("link", name="web").click()
    expect(place_of(page).get_by_role("heading")).to_have_text(
        "Scenario <img src=x>")


def test_a_reader_sees_it(tmp_path, visit):
    with Lab(tmp_path) as lab:
        lab.make("a", "web")
        lab.ask("a", "POST", "/scenarios", {
            "name": "flaky", "proxy": "web", "steps": STEPS})
        page = visit_as(visit, lab, "a-reader", "#/proxy/web")
        expect(place_of(page)).to_contain_text("Step 1 of 2")
        expect(place_of(page).get_by_role("button")).to_have_text(
            ["Copy as curl", "Copy as toxictl"])
        expect(page.locator("#begin-scenario")).to_have_count(0)


def test_its_proxy_comes_back_without_it(web, visit):
    begin(web)
    page = open_proxy(visit, web, "web", allow=REFUSED)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No proxy yet")).to_be_visible()
    undo(page, "web is deleted")
    expect(toast(page, "web is back")).to_be_visible()
    assert toxics(web, "web") == []
