# SPDX-License-Identifier: ISC
"""Who has no mouse comes everywhere, and knows where he is."""

import re

from chromium import expect
from doors import box, card, is_live, toast, toxics

FAR = 80  # steps by which all of a page is reached


def has_focus(place):
    return place.count() == 1 and place.evaluate(
        "e => e === document.activeElement")


def tab_to(page, place):
    for _ in range(FAR):
        if has_focus(place):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way leads to {place}")


def test_the_way_past_the_bar(toxid, visit):
    toxid.proxy("web", "127.0.0.1:9")
    page = visit(toxid, "#/?sort=-name")
    is_live(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proxies")
    assert page.url.endswith("#/?sort=-name")


def test_from_nothing_to_a_toxic_and_back(toxid, visit):
    page = visit(toxid)
    form = page.locator(".empty.card")
    tab_to(page, box(form, "listen"))
    page.keyboard.press("Control+a")
    page.keyboard.type("127.0.0.1:0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("redis")
    tab_to(page, page.locator(".tile input:checked"))
    page.keyboard.press("ArrowRight")
    tab_to(page, page.locator(".ways input:checked"))
    page.keyboard.press("ArrowRight")
    tab_to(page, box(page.locator(".add-toxic"), "rate"))
    page.keyboard.press("Control+a")
    page.keyboard.type("70")
    page.keyboard.press("Enter")
    added = card(page, "bandwidth_upstream")
    expect(added).to_be_visible()
    tab_to(page, added.get_by_role("button", name=re.compile("^Remove")))
    page.keyboard.press("Enter")
    expect(added).to_have_count(0)
    expect(page.locator(".chain.upstream h2")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(toast(page, "is back")).to_be_visible()
    assert [one["attributes"] for one in toxics(toxid, "redis")] == [
        {"rate": 70}]


def test_a_dialog_keeps_it_and_gives_it_back(toxid, visit):
    toxid.proxy("web", "127.0.0.1:9")
    page = visit(toxid)
    is_live(page)
    tab_to(page, page.locator("#new-proxy"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(box(dialog, "name")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("""() => document.activeElement === document.body
            || document.activeElement.closest('dialog') !== null""")
    page.keyboard.press("Escape")
    expect(page.locator("#new-proxy")).to_be_focused()


def test_a_button_keeps_it(toxid, visit):
    """... while it is at work, and behind that"""
    toxid.proxy("web", "127.0.0.1:9")
    page = visit(toxid)
    is_live(page)
    switch = page.get_by_role("switch", name="web")
    tab_to(page, switch)
    page.keyboard.press(" ")
    expect(toast(page, "web is off")).to_be_visible()
    expect(switch).to_be_focused()
    tab_to(page, page.locator("#all-clear"))
    page.keyboard.press("Enter")
    expect(toast(page, "1 disabled proxy gone")).to_be_visible()
    expect(page.locator("#all-clear")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(toast(page, "1 disabled proxy put back")).to_be_visible()
    expect(page.locator("#all-clear")).to_be_focused()
