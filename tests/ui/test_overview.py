# SPDX-License-Identifier: ISC
"""All proxies: what is shown, found, sorted, switched, made and cleared."""

import os
import signal

import pytest
from chromium import expect
from doors import REFUSED, box, copied, fault, is_live, row, run, toast, undo
from rig import Toxid, wait_until

UPSTREAM = "127.0.0.1:9"


def names(page):
    return page.locator("#rows .row .to").all_inner_texts()


# ---- nothing yet

def test_nothing_yet(toxid, visit):
    """A form that is filled in, and the curl for it, which does the same."""
    page = visit(toxid)
    empty = page.locator(".empty.card")
    expect(empty.get_by_role("heading")).to_have_text("No proxy yet")
    assert [box(empty, one).input_value() for one in (
        "name", "listen", "upstream")] == [
        "redis", "127.0.0.1:26379", "127.0.0.1:6379"]
    box(empty, "name").fill("it's mine")
    box(empty, "listen").fill("127.0.0.1:0")
    command = empty.locator(".command").inner_text()
    run(f"{command} -sSf")
    assert toxid.request("GET", "/proxies/it%27s%20mine").json()[
        "upstream"] == "127.0.0.1:6379"
    expect(row(page, "it's mine")).to_be_visible()
    expect(empty).to_have_count(0)


def test_the_first_proxy(toxid, visit):
    page = visit(toxid, allow=REFUSED)
    box(page, "listen").fill("127.0.0.1:0")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("redis")
    listen = toxid.request("GET", "/proxies/redis").json()["listen"]
    expect(page.locator(".facts .listen")).to_contain_text(listen)
    undo(page, "listens at")
    assert wait_until(
        lambda: toxid.request("GET", "/proxies").json() == {})
    expect(page.get_by_text("No proxy yet")).to_be_visible()


# ---- one more

def new_proxy(page, **values):
    page.locator("#new-proxy").click()
    dialog = page.get_by_role("dialog")
    for name, value in values.items():
        box(dialog, name).fill(value)
    dialog.get_by_role("button", name="Make it").click()
    return dialog


def test_errors_stand_beside_their_field(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    taken = toxid.request("GET", "/proxies/web").json()["listen"]
    page = visit(toxid, allow=REFUSED)
    dialog = new_proxy(page, name="x", upstream="")
    expect(fault(dialog, "upstream")).to_have_text(
        "missing required field: upstream")
    expect(box(dialog, "upstream")).to_be_focused()
    expect(box(dialog, "upstream")).to_have_attribute("aria-invalid", "true")
    box(dialog, "upstream").fill(UPSTREAM)
    box(dialog, "listen").fill(taken)
    dialog.get_by_role("button", name="Make it").click()
    expect(fault(dialog, "listen")).to_have_text(
        f"listen tcp {taken}: bind: address already in use")
    expect(fault(dialog, "upstream")).to_have_text("")
    page.keyboard.press("Escape")
    expect(page.locator("#new-proxy")).to_be_focused()


def test_a_press_beside_a_dialog_ends_it(toxid, visit):
    """... but one on its scroll bar does not."""
    page = visit(toxid, viewport={"width": 700, "height": 300})
    page.locator("#new-proxy").click()
    dialog = page.get_by_role("dialog")
    place = dialog.bounding_box()
    page.mouse.click(place["x"] + place["width"] - 5, place["y"] + 60)
    expect(dialog).to_be_visible()
    page.mouse.click(place["x"] - 5, place["y"] + 60)
    expect(dialog).to_have_count(0)


def test_a_dialog_goes_with_its_page(toxid, visit):
    page = visit(toxid, "#/events")
    page.get_by_role("link", name="Overview").click()
    page.locator("#new-proxy").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Events")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_one_that_is_there_is_changed_instead(toxid, visit):
    before = toxid.proxy("web", UPSTREAM)
    page = visit(toxid, allow=REFUSED)
    dialog = new_proxy(page, name="web", upstream="127.0.0.2:9")
    expect(fault(dialog, "name")).to_have_text("proxy already exists")
    dialog.get_by_role("button", name="Change it instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("web")
    assert toxid.request("GET", "/proxies/web").json()[
        "upstream"] == "127.0.0.2:9"
    undo(page, "web is changed")
    assert wait_until(lambda: toxid.request(
        "GET", "/proxies/web").json() == before)


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_the_command_that_makes_one(toxid, visit, how):
    page = visit(toxid)
    page.locator("#new-proxy").click()
    dialog = page.get_by_role("dialog")
    box(dialog, "name").fill("-web")
    box(dialog, "upstream").fill(UPSTREAM)
    run(copied(page, dialog.get_by_role("button", name=f"Copy as {how}")))
    assert toxid.request("GET", "/proxies/-web").json()["upstream"] == UPSTREAM
    dialog.get_by_role("button", name="Close").click()
    expect(row(page, "-web")).to_be_visible()


# ---- what is shown

def test_a_proxy_in_a_line(toxid, echo, visit):
    made = toxid.proxy("web", echo.address)
    toxid.toxic("web", "latency", toxic_name="slow", latency=500)
    with toxid.connect("web") as s:
        s.sendall(b"x")
        page = visit(toxid)
        one = row(page, "web")
        expect(one.locator(".addresses")).to_have_text(
            f"{made['listen']} → {echo.address}")
        expect(one.locator(".chip")).to_contain_text("slow")
        expect(one.locator(".chip")).to_contain_text("500 ms")
        expect(one.locator(".cell.sessions")).to_have_text("1")
        expect(page.locator(".summary .sessions")).to_contain_text("1")
    expect(one.locator(".cell.sessions")).to_have_text("0")


def test_dial_failures_and_restarts(toxid, visit):
    toxid.proxy("web", "127.0.0.1:1")
    page = visit(toxid)
    toxid.connect("web").close()
    expect(row(page, "web").locator(".cell.failures")).to_have_text("1")
    os.kill(toxid.worker("web"), signal.SIGKILL)
    expect(row(page, "web").locator(".cell.restarts")).to_have_text("1")


def test_what_others_do_is_seen(toxid, visit):
    page = visit(toxid)
    is_live(page)
    toxid.proxy("b", UPSTREAM)
    expect(row(page, "b")).to_be_visible()
    toxid.proxy("a", UPSTREAM, enabled=False)
    toxid.toxic("b", "latency", latency=5)
    expect(row(page, "b").locator(".chip")).to_have_count(1)
    assert names(page) == ["a", "b"]
    toxid.request("DELETE", "/proxies/a")
    expect(row(page, "a")).to_have_count(0)
    toxid.request("PATCH", "/proxies/b", {"enabled": False})
    expect(row(page, "b").get_by_role("switch")).to_have_attribute(
        "aria-checked", "false")


# ---- found and sorted, as a link has it

def several(toxid):
    for name, more in {"web-1": {}, "web-2": {"enabled": False},
                       "db": {"enabled": False}, "web-10": {}}.items():
        toxid.proxy(name, UPSTREAM, **more)
    toxid.toxic("web-10", "latency", latency=5)
    toxid.toxic("web-10", "noop")
    toxid.toxic("db", "slicer", average_size=5)


def test_it_is_filtered_and_sorted_in_the_address(toxid, visit):
    several(toxid)
    page = visit(toxid)
    expect(row(page, "db")).to_be_visible()
    assert names(page) == ["db", "web-1", "web-2", "web-10"]
    page.keyboard.press("/")
    page.keyboard.type("web")
    expect(page.locator(".found")).to_have_text("3 of 4")
    heads = page.locator(".board .head")
    heads.get_by_role("button", name="Proxy", exact=True).click()
    expect(page.locator("#rows .to").first).to_have_text("web-10")
    assert names(page) == ["web-10", "web-2", "web-1"]
    assert page.url.endswith("#/?filter=web&sort=-name")
    page.reload()
    expect(page.locator(".found")).to_have_text("3 of 4")
    assert names(page) == ["web-10", "web-2", "web-1"]
    expect(page.locator("#filter")).to_have_value("web")
    heads.get_by_role("button", name="Toxics", exact=True).click()
    expect(page.locator("#rows .to").first).to_have_text("web-10")
    page.get_by_role("button", name="Off", exact=True).click()
    expect(page.locator(".found")).to_have_text("1 of 4")
    page.locator("#filter").fill("slicer")
    expect(row(page, "db")).to_be_visible()
    page.locator("#filter").fill("nothing like it")
    expect(page.get_by_text("None of the proxies is like that.")
           ).to_be_visible()


def test_by_the_keyboard(toxid, visit):
    several(toxid)
    page = visit(toxid)
    expect(row(page, "db")).to_be_visible()
    page.locator("#rows .to").first.focus()
    for name in ("web-1", "web-2", "web-10", "web-10"):
        page.keyboard.press("ArrowDown")
        expect(row(page, name).locator(".to")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("web-10")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.go_back()
    expect(row(page, "db")).to_be_visible()


# ---- switched, and cleared

def test_the_switch(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    page = visit(toxid)
    switch = row(page, "web").get_by_role("switch")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert not toxid.request("GET", "/proxies/web").json()["enabled"]
    undo(page, "web is off")
    expect(switch).to_have_attribute("aria-checked", "true")
    assert toxid.request("GET", "/proxies/web").json()["enabled"]


def weather(toxid):
    toxid.proxy("a", UPSTREAM)
    toxid.proxy("b", UPSTREAM)  # its port is one that was chosen
    toxid.request("PATCH", "/proxies/b", {"enabled": False})
    toxid.toxic("a", "latency", toxic_name="z", latency=2**53 + 1)
    toxid.toxic("a", "slicer", toxic_name="y", average_size=9, delay=-3)
    toxid.toxic("a", "timeout", "upstream", 0.25, "x")
    toxid.toxic("b", "noop", toxic_name="n")
    return toxid.request("GET", "/proxies").json()


def test_all_clear_and_back(toxid, visit):
    """To the bit, and in the order of the chains."""
    before = weather(toxid)
    page = visit(toxid)
    page.get_by_role("button", name="All clear", exact=True).click()
    expect(toast(page, "All clear: 4 toxics and 1 disabled proxy gone")
           ).to_be_visible()
    after = toxid.request("GET", "/proxies").json()
    assert all(p["enabled"] and p["toxics"] == [] for p in after.values())
    expect(page.locator("#rows .chip")).to_have_count(0)
    page.get_by_role("button", name="Undo all clear").click()
    expect(toast(page, "4 toxics and 1 disabled proxy put back")
           ).to_be_visible()
    assert toxid.request("GET", "/proxies").json() == before
    expect(page.locator("#undo-clear")).to_be_hidden()


def test_all_clear_is_undone_after_a_reload(toxid, visit):
    before = weather(toxid)
    page = visit(toxid)
    page.get_by_role("button", name="All clear", exact=True).click()
    expect(page.locator("#undo-clear")).to_be_visible()
    page.reload()
    page.locator("#undo-clear").click()
    expect(toast(page, "4 toxics and 1 disabled proxy put back")
           ).to_be_visible()
    assert toxid.request("GET", "/proxies").json() == before
    page.reload()
    is_live(page)
    expect(page.locator("#undo-clear")).to_be_hidden()


def test_all_clear_where_it_is(toxid, visit):
    toxid.proxy("a", UPSTREAM)
    page = visit(toxid)
    page.get_by_role("button", name="All clear", exact=True).click()
    expect(toast(page, "clear already")).to_be_visible()
    expect(page.locator("#undo-clear")).to_be_hidden()


def test_what_is_undone_meanwhile_stays(toxid, visit):
    """Somebody has made another toxic of that name: it is his; and a proxy that
    is gone stays so."""
    weather(toxid)
    page = visit(toxid, allow=REFUSED)
    page.get_by_role("button", name="All clear", exact=True).click()
    expect(page.locator("#undo-clear")).to_be_visible()
    his = toxid.toxic("a", "noop", toxic_name="z")
    toxid.request("DELETE", "/proxies/b")
    page.locator("#undo-clear").click()
    expect(toast(page, "2 toxics put back")).to_be_visible()
    found = toxid.request("GET", "/proxies/a/toxics").json()
    assert his in found and len(found) == 3


def test_a_halt_is_told_on_each_page(toxid, visit):
    weather(toxid)
    page = visit(toxid, "#/events")
    toxid.request("POST", "/halt")
    notice = page.locator(".notice.halted")
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="Resume").click()
    expect(notice).to_have_count(0)
    assert not toxid.request("GET", "/halt").json()["halted"]


def test_it_is_on_any_host(visit):
    with Toxid("-host", "localhost") as toxid:
        toxid.proxy("web", UPSTREAM)
        expect(row(visit(toxid), "web")).to_be_visible()
