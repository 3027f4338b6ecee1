# SPDX-License-Identifier: ISC
"""A proxy's profile: which there are, what each does, and how it comes and
goes."""

import json
import os
import re
import shlex
import signal

import pytest
from chromium import expect
from doors import (
    REFUSED, box, card, copied, fault, open_proxy, row, run, toast, toxics,
    undo)
from lab import Lab
from losses import do_without
from rig import Toxid, wait_until
from test_server_page import visit_as

UPSTREAM = "127.0.0.1:9"


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def profiles(toxid):
    return toxid.request("GET", "/profiles").json()


def apply(toxid, name):
    r = toxid.request("POST", "/proxies/web/profile", {"name": name})
    assert r.status == 200, r
    return r.json()["toxics"]


def form_of(page):
    return page.locator("#profile")


def choose(page, name):
    box(form_of(page), "name").select_option(name)


def press(page, name="Apply"):
    form_of(page).get_by_role("button", name=name, exact=True).click()


def state(page, text):
    expect(form_of(page).locator("h2 small")).to_have_text(text)


# ---- which there are

def test_each_says_what_it_does_and_who_says_so(web, visit):
    page = open_proxy(visit, web, "web")
    about = form_of(page).locator(".about")
    there = profiles(web)
    expect(box(form_of(page), "name").locator("option")).to_have_text(
        [f"{one['name']}: {one['description']}" for one in there])
    for one in there:
        choose(page, one["name"])
        expect(about).to_contain_text(f"Source: {one['source']}.")
        for way, words in (("upstream", "To the server"),
                           ("downstream", "To the client")):
            said = about.locator("p").filter(has_text=words)
            for toxic in one["toxics"]:
                if toxic["stream"] == way:
                    expect(said).to_contain_text(toxic["type"])
                    number, = [v for k, v in toxic["attributes"].items()
                               if k in ("latency", "rate", "loss")]
                    if toxic["type"] == "tcp_loss":
                        number = round(100 * number, 4)
                    expect(said).to_contain_text(f"{number:,g}")
        missing = about.locator("p").filter(has_text="without")
        expect(missing).to_have_text(
            [f"It is applied without {', '.join(one['missing'])}."]
            if "missing" in one else [])
        if "loss_percent" in one:
            expect(about).to_contain_text(f"loses {one['loss_percent']} %")
    assert toxics(web, "web") == []


def test_more_of_the_configuration_file(tmp_path, visit):
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"proxies": {}}))
    tram = {"tram": [{"type": "latency", "attributes": {"latency": 321}}]}
    with Toxid("-config", str(config)) as toxid:
        toxid.proxy("web", UPSTREAM)
        page = open_proxy(visit, toxid, "web")
        choose(page, "dsl")
        config.write_text(json.dumps({"proxies": {}, "profiles": tram}))
        toxid.process.send_signal(signal.SIGHUP)
        expect(box(form_of(page), "name").locator("option").filter(
            has_text="tram")).to_have_count(1)
        expect(box(form_of(page), "name")).to_have_value("dsl")
        choose(page, "tram")
        expect(form_of(page).locator(".about")).to_contain_text("321 ms")
        press(page)
        state(page, "tram")


# ---- it comes and goes

def test_it_is_applied_and_undone(web, visit):
    web.toxic("web", "noop", toxic_name="mine")
    before = toxics(web, "web")
    page = open_proxy(visit, web, "web")
    state(page, "none")
    choose(page, "3g")
    assert toxics(web, "web") == before, "what is only chosen changes nothing"
    press(page)
    expect(toast(page, "web is as 3g is")).to_be_visible()
    state(page, re.compile("^3g"))
    made = [one for one in toxics(web, "web") if "owner" in one]
    assert {one["owner"] for one in made} == {"profile:3g"}
    for one in made:
        expect(card(page, one["name"]).locator(".owner")).to_have_text(
            "profile 3g")
    expect(card(page, "mine").locator(".owner")).to_have_text("")
    undo(page, "web is as 3g is")
    expect(toast(page, "web has no profile again")).to_be_visible()
    state(page, "none")
    assert toxics(web, "web") == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to do without it")
def test_what_it_is_applied_without_is_said(visit):
    with Toxid(preexec_fn=do_without) as toxid:
        toxid.proxy("web", UPSTREAM)
        page = open_proxy(visit, toxid, "web")
        choose(page, "slow-4g")
        about = form_of(page).locator(".about")
        expect(about).not_to_contain_text("without")
        choose(page, "3g")
        expect(about).to_contain_text("It is applied without tcp_loss.")
        press(page)
        expect(toast(page, "web is as 3g is, without tcp_loss.")
               ).to_be_visible()
        state(page, "3g, without tcp_loss")
        choose(page, "slow-4g")
        press(page)
        state(page, "slow-4g")


def test_what_one_proxy_lacks_is_said(web, visit):
    """... though others have it."""
    apply(web, "3g")
    page = visit(web)

    def answer(route):
        route.fulfill(json={**web.request(
            "GET", "/proxies/web/profile").json(), "missing": ["tcp_loss"]})

    page.context.route("**/proxies/web/profile", answer)
    row(page, "web").get_by_role("link", name="web").click()
    state(page, "3g, without tcp_loss")


def test_another_takes_its_place_and_it_comes_back(web, visit):
    """... with what had been changed of it."""
    apply(web, "satellite")
    web.request("PATCH", "/proxies/web/toxics/profile_latency_up",
                {"attributes": {"latency": 7}})
    before = toxics(web, "web")
    page = open_proxy(visit, web, "web")
    expect(box(form_of(page), "name")).to_have_value("satellite")
    choose(page, "slow-4g")
    press(page)
    expect(toast(page, "web is as slow-4g is.")).to_be_visible()
    state(page, "slow-4g")
    undo(page, "web is as slow-4g is")
    expect(toast(page, "web is as satellite is again")).to_be_visible()
    assert toxics(web, "web") == before
    expect(box(form_of(page), "name")).to_have_value("satellite")


def test_it_is_removed_as_one_and_put_back(web, visit):
    apply(web, "3g")
    web.toxic("web", "noop", toxic_name="mine")
    page = open_proxy(visit, web, "web")
    state(page, re.compile("^3g"))
    theirs = [one for one in toxics(web, "web") if "owner" in one]
    press(page, "Remove")
    state(page, "none")
    expect(form_of(page).get_by_role("button", name="Remove")).to_be_hidden()
    expect(box(form_of(page), "name")).to_be_focused()
    assert [one["name"] for one in toxics(web, "web")] == ["mine"]
    undo(page, "The profile of web is removed")
    expect(toast(page, "web is as 3g is again")).to_be_visible()
    assert [one for one in toxics(web, "web") if "owner" in one] == theirs


def test_what_somebody_has_done_since_is_his(web, visit):
    page = open_proxy(visit, web, "web")
    choose(page, "3g")
    press(page)
    state(page, re.compile("^3g"))
    apply(web, "dsl")
    state(page, re.compile("^dsl"))
    undo(page, "web is as 3g is")
    expect(toast(page, "Not undone: the profile is another")).to_be_visible()
    state(page, re.compile("^dsl"))


def test_what_is_chosen_stays_so(web, visit):
    page = open_proxy(visit, web, "web")
    choose(page, "dsl")
    apply(web, "3g")
    state(page, re.compile("^3g"))
    expect(box(form_of(page), "name")).to_have_value("dsl")


def test_a_name_that_is_taken_is_said(web, visit):
    web.toxic("web", "noop", toxic_name="profile_latency_up")
    page = open_proxy(visit, web, "web", allow=REFUSED)
    choose(page, "3g")
    press(page)
    expect(fault(form_of(page), "name")).to_have_text(
        "toxic already exists: profile_latency_up")
    expect(box(form_of(page), "name")).to_be_focused()


def test_by_keys(web, visit):
    page = open_proxy(visit, web, "web")
    box(form_of(page), "name").focus()
    page.keyboard.type("star")
    expect(form_of(page).locator(".about")).to_contain_text("jitter 3 ms")
    page.keyboard.press("Tab")
    while not form_of(page).get_by_role("button", name="Apply").evaluate(
            "e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    state(page, re.compile("^starlink"))
    page.keyboard.press("Control+z")
    state(page, "none")


# ---- where else it is seen

def test_chips_say_whose_they_are(web, visit):
    made = apply(web, "satellite")
    page = visit(web)
    chips = row(page, "web").locator(".chip")
    expect(chips.first).to_be_visible()
    for chip, toxic in zip(chips.all()[:2], made):
        expect(chip).to_contain_text(toxic["name"])
        expect(chip).to_contain_text("profile satellite")
        expect(chip).to_have_attribute("title", re.compile("profile satellite"))
    page.locator("#filter").fill("profile:sat")
    expect(row(page, "web")).to_be_visible()
    page.locator("#filter").fill("profile:3g")
    expect(row(page, "web")).to_have_count(0)


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_the_command_of_it(web, visit, how):
    page = open_proxy(visit, web, "web")
    choose(page, "edge")
    text = copied(page, form_of(page).get_by_role(
        "button", name=f"Copy as {how}"))
    assert shlex.split(text)[0] == how
    run(text)
    state(page, re.compile("^edge"))
    made = toxics(web, "web")
    assert apply(web, "edge") == made


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_the_command_of_a_proxy_that_has_one(web, visit, how):
    web.toxic("web", "noop", toxic_name="mine")
    apply(web, "edge")
    before = web.request("GET", "/proxies").json()
    page = open_proxy(visit, web, "web", allow=REFUSED)
    text = copied(page, page.locator(".page-head").get_by_role(
        "button", name=f"Copy as {how}"))
    web.request("DELETE", "/proxies/web")
    run(text)
    assert web.request("GET", "/proxies").json() == before


def test_a_reader_sees_it(tmp_path, visit):
    with Lab(tmp_path) as lab:
        lab.make("a", "mine")
        lab.ask("a", "POST", "/proxies/mine/profile", {"name": "dsl"})
        page = visit_as(visit, lab, "a-reader", "#/proxy/mine")
        state(page, re.compile("^dsl"))
        expect(box(form_of(page), "name")).to_have_value("dsl")
        expect(box(form_of(page), "name")).to_be_disabled()
        expect(form_of(page).locator(".about")).to_contain_text("Source:")
        expect(form_of(page).get_by_role("button")).to_have_text(
            ["Copy as curl", "Copy as toxictl"])


def test_all_clear_takes_it_and_gives_it_back(web, visit):
    apply(web, "3g")
    before = toxics(web, "web")
    page = open_proxy(visit, web, "web")
    page.locator("#all-clear").click()
    state(page, "none")
    page.locator("#undo-clear").click()
    state(page, re.compile("^3g"))
    assert wait_until(lambda: toxics(web, "web") == before)
