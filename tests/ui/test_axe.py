# SPDX-License-Identifier: ISC
"""What axe-core finds on each page, light and dark, wide and narrow."""

import os
import pathlib

import pytest
from chromium import expect, origin_of
from doors import REFUSED, box, card, fault, is_live

AXE = os.environ.get("AXE")
PAGES = {"overview": "#/", "proxy": "#/proxy/web", "sessions": "#/sessions",
         "events": "#/events", "server": "#/server", "none": "#/nowhere"}

def run(page):
    """[(rule, impact, where)] of those that are serious"""
    # by evaluate(): a script tag is what the policy is there for
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(pathlib.Path(AXE).read_text() + "; undefined")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(one["id"], one["impact"], [node["html"][:160] + " " +
                                        (node.get("failureSummary") or "")
                                        for node in one["nodes"][:4]])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")]


def of_a_form(page, toxid):
    """One that was refused, of what somebody else has set meanwhile"""
    page.goto(f"{origin_of(toxid)}/ui/#/proxy/db")
    form = page.locator("#connect")
    box(form, "delay").fill("0")
    form.get_by_role("button", name="Apply").click()
    expect(fault(form, "delay")).not_to_be_empty()
    toxid.request("PATCH", "/proxies/db", {"connect": {"mode": "refuse"}})
    expect(form.locator(".meanwhile")).to_be_visible()
    return run(page)


def of_a_scenario(page):
    """A form that was refused, with a toxic in a step"""
    place = page.locator("#begin-scenario")
    place.locator("summary").first.click()
    box(place, "profile").select_option("toxics")
    box(place, "duration").fill("0")
    place.get_by_role("button", name="Begin", exact=True).click()
    expect(place.locator(".fault:not(:empty)").first).to_be_visible()
    return run(page)


def of_a_session(page, toxid):
    """... with a toxic of its own, beside the form for another"""
    page.goto(f"{origin_of(toxid)}/ui/#/sessions?proxy=web")
    page.locator(".sessions.live .cell.client button").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.locator("article.toxic")).to_be_visible()
    found = run(page)
    page.keyboard.press("Escape")
    return found


@pytest.mark.skipif(not AXE, reason="axe-core cannot be had")
@pytest.mark.parametrize("scheme, size", [
    ("light", (1280, 900)), ("dark", (390, 800))], ids=str)
def test_nothing_serious(toxid, echo, visit, scheme, size):
    toxid.proxy("web", echo.address, ttl=3600000)
    toxid.proxy("down", "127.0.0.1:1", enabled=False)
    toxid.proxy("db", "127.0.0.1:1")
    for i, kind in enumerate(("latency", "bandwidth", "reset_peer", "noop",
                              "packet_loss")):
        toxid.toxic("web", kind, ("upstream", "downstream")[i % 2],
                    0.5 if kind == "reset_peer" else 1,
                    **({"rate": 100} if kind == "bandwidth" else {}))
    toxid.request("POST", "/proxies/web/profile", {"name": "3g"})
    toxid.request("POST", "/scenarios", {
        "name": "flaky", "proxy": "web", "steps": [{"duration": 3600000}] * 2})
    toxid.request("PATCH", "/proxies/web/toxics/latency_upstream", {"wave": {
        "latency": {"shape": "saw", "period": 5, "amplitude": 5}}})
    toxid.connect("db").close()
    toxid.request("PATCH", "/proxies/db", {"connect": {
        "mode": "accept_delay", "delay": 500, "dial_fail": "timeout"}})
    with toxid.connect("web"):
        page = visit(toxid, allow=REFUSED, color_scheme=scheme, viewport={
            "width": size[0], "height": size[1]}, reduced_motion="reduce")
        is_live(page)
        found = {}
        for name, below in PAGES.items():
            page.goto(f"{origin_of(toxid)}/ui/{below}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            if name == "proxy":
                expect(card(page, "latency_upstream")).to_be_visible()
                expect(page.locator(".chart text").first).to_be_attached()
            found[name] = run(page)
        found["connect"] = of_a_form(page, toxid)
        found["scenario"] = of_a_scenario(page)
        found["session"] = of_a_session(page, toxid)
        page.goto(f"{origin_of(toxid)}/ui/#/")
        page.locator("#new-proxy").click()
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("dialog").locator(".field .fault").first
               ).not_to_be_empty()
        found["dialog"] = run(page)
    assert {name: one for name, one in found.items() if one} == {}
