# SPDX-License-Identifier: ISC
"""A proxy's connect: its form, its commands, and where else it is seen."""

import json
import re
import shlex
import subprocess

import pytest
from chromium import expect
from doors import (
    BUILD, REFUSED, box, card, copied, fault, field, is_live, lacks, open_proxy,
    row, run, toast, toxics, undo)
from lab import Lab
from rig import Toxid, wait_until
from test_keys import tab_to
from test_lives import GONE
from test_server_page import visit_as

ALL = {"mode": "accept_delay", "delay": 1500, "dial_delay": 2000,
       "dial_fail": "timeout"}


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def connect_of(toxid, name="web"):
    return toxid.request("GET", f"/proxies/{name}").json().get("connect")


def put(toxid, connect, name="web"):
    assert toxid.request("PATCH", f"/proxies/{name}",
                         {"connect": connect}).status == 200


def words(name):
    """Those that a member may be, but for the usual one"""
    file = BUILD / "connect.json"
    return [word for member in json.loads(file.read_text())
            if member["name"] == name
            for word in member["words"] if word] if file.exists() else []


def form_of(page):
    return page.locator("#connect")


def press(page, name="Apply"):
    form_of(page).get_by_role("button", name=name, exact=True).click()


def state(page, text):
    expect(form_of(page).locator("h2 small")).to_have_text(text)


def fill_in(page, connect):
    form = form_of(page)
    for name in ("mode", "dial_fail"):
        box(form, name).select_option(connect.get(name, ""))
    for name in ("delay", "dial_delay"):
        if name in connect or name == "dial_delay":
            box(form, name).fill(str(connect.get(name, "")))


# ---- it is set

def test_each_mode_is_set_and_undone(web, visit):
    page = open_proxy(visit, web, "web")
    state(page, "as usual")
    for mode in words("mode"):
        wanted = {"mode": mode}
        box(form_of(page), "mode").select_option(mode)
        delay = field(form_of(page), "delay")
        if mode == "accept_delay":
            box(form_of(page), "delay").fill("700")
            wanted["delay"] = 700
        else:
            expect(delay).to_be_hidden()
        assert connect_of(web) is None, "only what is sent is set"
        press(page)
        expect(toast(page, "web: connect as usual → ")).to_be_visible()
        assert connect_of(web) == wanted
        undo(page, "connect as usual → ")
        expect(toast(page, "as it was: as usual")).to_be_visible()
        assert connect_of(web) is None
        expect(box(form_of(page), "mode")).to_have_value("")
        toast(page, "as it was").get_by_role("button", name="Dismiss").click()


def test_each_way_a_dial_fails(web, visit):
    page = open_proxy(visit, web, "web")
    for i, how in enumerate(words("dial_fail")):
        fill_in(page, {"dial_fail": how, "dial_delay": 10 + i})
        press(page)
        assert wait_until(lambda how=how, i=i: connect_of(web) == {
            "dial_fail": how, "dial_delay": 10 + i})
    state(page, "the server does not answer, 12 ms late")


def test_all_at_once_and_as_usual_again(web, visit):
    page = open_proxy(visit, web, "web")
    fill_in(page, ALL)
    press(page)
    state(page, "clients are let in late: 1,500 ms; "
                "the server does not answer, 2,000 ms late")
    assert connect_of(web) == ALL
    press(page)
    expect(toast(page, "connect is so already")).to_be_visible()
    press(page, "As usual")
    state(page, "as usual")
    assert connect_of(web) is None
    expect(box(form_of(page), "mode")).to_have_value("")
    expect(field(form_of(page), "delay")).to_be_hidden()
    undo(page, "→ as usual")
    state(page, re.compile("^clients are let in late"))
    assert connect_of(web) == ALL
    expect(box(form_of(page), "delay")).to_have_value("1500")


def test_a_slider_of_it(web, visit):
    page = open_proxy(visit, web, "web")
    slider = form_of(page).get_by_label("dial_delay, slider")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    number = int(box(form_of(page), "dial_delay").input_value())
    assert number > 1
    expect(slider).to_have_attribute("aria-valuetext", f"{number} ms")
    assert connect_of(web) is None
    press(page)
    assert wait_until(lambda: connect_of(web) == {"dial_delay": number})


@pytest.mark.parametrize("name, connect, why", [
    ("delay", {"mode": "accept_delay"}, "the mode accept_delay needs one"),
    ("delay", {"mode": "accept_delay", "delay": "0"}, "from 1 to 86400000"),
    ("delay", {"mode": "accept_delay", "delay": "86400001"}, "1 to 86400000"),
    ("delay", {"mode": "accept_delay", "delay": "soon"}, "got a string"),
    ("dial_delay", {"dial_delay": "-1"}, "from 0 to 86400000"),
    ("dial_delay", {"dial_delay": "0.5"}, "dial_delay"),
    ("dial_delay", {"dial_delay": "9223372036854775808"}, "dial_delay"),
    ("dial_delay", {"mode": "refuse", "dial_delay": "<b>1"}, "got a string")])
def test_what_is_refused_stands_beside_its_field(web, visit, name, connect,
                                                 why):
    page = open_proxy(visit, web, "web", allow=REFUSED)
    fill_in(page, connect)
    press(page)
    expect(fault(form_of(page), name)).to_contain_text(why)
    expect(box(form_of(page), name)).to_be_focused()
    expect(form_of(page).locator(".fault:not(:empty)")).to_have_count(1)
    assert connect_of(web) is None
    fill_in(page, {"mode": "refuse"})
    press(page)
    state(page, "clients are refused")
    expect(form_of(page).locator(".fault:not(:empty)")).to_have_count(0)


def test_an_end_is_taken(web, visit):
    page = open_proxy(visit, web, "web")
    fill_in(page, {"mode": "accept_delay", "delay": 86400000,
                   "dial_delay": 86400000})
    press(page)
    assert wait_until(lambda: connect_of(web) == {
        "mode": "accept_delay", "delay": 86400000, "dial_delay": 86400000})


def test_what_is_set_is_shown_by_itself(web, visit):
    """... also where nobody can be asked how it is."""
    page = open_proxy(visit, web, "web", allow=GONE)
    asked = []

    def answer(route):
        is_asked = route.request.method == "GET"
        asked.append(is_asked)
        if is_asked and asked.count(True) > 1:
            route.abort()
        else:
            route.continue_()

    page.context.route("**/proxies/web", answer)
    fill_in(page, {"mode": "refuse"})
    press(page)
    state(page, "clients are refused")


# What a browser takes for a number, or its JSON for null
@pytest.mark.parametrize("text", [
    "Infinity", "1e400", "-1e400", "0x10", "0xffffffffffffffff", "0b1",
    "\uff11\uff10", "1_0", "1 0", "--1", "0" * 9 + "9" * 20, "NaN", "null"])
def test_a_number_that_is_none(web, visit, text):
    web.toxic("web", "latency", toxic_name="slow", latency=5)
    before = toxics(web, "web")
    page = open_proxy(visit, web, "web", allow=REFUSED)
    fill_in(page, {"dial_delay": text})
    press(page)
    expect(fault(form_of(page), "dial_delay")).to_contain_text("dial_delay")
    latency = box(card(page, "slow"), "latency")
    latency.fill(text)
    latency.press("Enter")
    expect(fault(card(page, "slow"), "latency")).to_contain_text("latency")
    assert connect_of(web) is None and toxics(web, "web") == before


# ---- toxid goes, and comes

def test_it_is_killed_while_it_is_filled_in(tmp_path, visit):
    """What was chosen is there still, and is sent when somebody answers."""
    how = ("-state", str(tmp_path / "state"))
    with Toxid(*how) as first:
        first.proxy("web", "127.0.0.1:9")
        page = open_proxy(visit, first, "web", allow=GONE)
        fill_in(page, {"mode": "accept_delay", "delay": 30})
        first.cut()
        press(page)
        expect(form_of(page).locator(".fault.all")).to_have_text(
            "toxid does not answer")
        press(page, "As usual")
        expect(toast(page, "toxid does not answer")).to_be_visible()
        with Toxid(*how, port=first.port) as second:
            is_live(page)
            expect(box(form_of(page), "delay")).to_have_value("30")
            press(page)
            state(page, "clients are let in late: 30 ms")
            assert connect_of(second) == {"mode": "accept_delay", "delay": 30}
            expect(form_of(page).locator(".fault:not(:empty)")
                   ).to_have_count(0)


def test_its_proxy_goes_while_it_is_filled_in(web, visit):
    page = open_proxy(visit, web, "web", allow=REFUSED)
    fill_in(page, {"mode": "reset"})
    page.context.route("**/events**", lambda route: route.abort())
    page.route("**/proxies/web", lambda route: route.fulfill(
        status=404, body='{"error": "proxy not found"}'))
    press(page)
    expect(form_of(page).locator(".fault.all")).to_have_text("proxy not found")
    assert connect_of(web) is None


# ---- somebody else sets it

def test_somebody_elses_is_seen(web, visit):
    page = open_proxy(visit, web, "web")
    put(web, ALL)
    state(page, re.compile("^clients are let in late"))
    expect(box(form_of(page), "mode")).to_have_value("accept_delay")
    expect(box(form_of(page), "delay")).to_have_value("1500")
    expect(page.locator(".changes")).to_contain_text("connect_mode")
    put(web, None)
    state(page, "as usual")
    expect(box(form_of(page), "mode")).to_have_value("")


def test_two_fill_it_in(web, visit):
    """Nothing that one has chosen is taken from under his hand, and he hears of
    the other; what has been set since is not undone."""
    mine, his = (open_proxy(visit, web, "web") for _ in range(2))
    box(form_of(mine), "mode").select_option("refuse")
    box(form_of(his), "mode").select_option("reset")
    press(his)
    meanwhile = form_of(mine).locator(".meanwhile")
    expect(meanwhile).to_contain_text(
        "Meanwhile it is: clients are accepted, and reset at once.")
    expect(box(form_of(mine), "mode")).to_have_value("refuse")
    press(mine)
    expect(toast(mine, "reset at once → clients are refused")).to_be_visible()
    expect(meanwhile).to_be_hidden()
    assert connect_of(web) == {"mode": "refuse"}
    expect(box(form_of(his), "mode")).to_have_value("refuse")
    undo(his, "as usual → ")
    expect(toast(his, "Not undone: it has been set since: clients are refused")
           ).to_be_visible()
    assert connect_of(web) == {"mode": "refuse"}
    undo(mine, "→ clients are refused")
    assert wait_until(lambda: connect_of(web) == {"mode": "reset"})


def test_what_is_there_meanwhile_is_shown(web, visit):
    page = open_proxy(visit, web, "web")
    fill_in(page, {"mode": "blackhole"})
    put(web, {"dial_fail": "refused"})
    form_of(page).get_by_role("button", name="Show that").click()
    expect(box(form_of(page), "mode")).to_have_value("")
    expect(box(form_of(page), "mode")).to_be_focused()
    expect(box(form_of(page), "dial_fail")).to_have_value("refused")
    expect(form_of(page).locator(".meanwhile")).to_be_hidden()


def test_what_is_taken_back_meanwhile_is_no_news(web, visit):
    page = open_proxy(visit, web, "web")
    meanwhile = form_of(page).locator(".meanwhile")
    fill_in(page, {"mode": "blackhole"})
    put(web, {"mode": "refuse"})
    expect(meanwhile).to_contain_text("clients are refused")
    put(web, None)
    state(page, "as usual")
    expect(meanwhile).to_be_hidden()
    expect(box(form_of(page), "mode")).to_have_value("blackhole")


def test_a_field_that_goes_leaves_the_focus(web, visit):
    put(web, ALL)
    page = open_proxy(visit, web, "web")
    box(form_of(page), "delay").focus()
    put(web, {"mode": "refuse"})
    expect(field(form_of(page), "delay")).to_be_hidden()
    expect(box(form_of(page), "mode")).to_be_focused()


# ---- where it is seen

def test_it_is_seen_on_the_overview(web, visit):
    put(web, {"mode": "accept_delay", "delay": 500, "dial_fail": "refused"})
    web.toxic("web", "latency", toxic_name="slow", latency=5)
    web.toxic("web", "noop", toxic_name="idle")
    page = visit(web)
    chips = row(page, "web").locator(".chip")
    expect(chips).to_have_count(3)
    expect(chips.first.locator(".what")).to_have_text("connect: accept_delay")
    expect(chips.first.locator(".says")).to_have_text(
        ["500 ms", "dial refused"])
    expect(chips.first).to_have_attribute(
        "title", "connect: clients are let in late: 500 ms; "
                 "the server refuses")
    expect(chips.nth(2)).to_have_text("+ 1")
    page.locator("#filter").fill("accept_delay")
    expect(row(page, "web")).to_be_visible()
    put(web, None)
    expect(page.get_by_text("+ 1")).to_have_count(0)
    expect(row(page, "web")).to_have_count(0)


def test_it_is_seen_on_the_wire(web, visit):
    put(web, {"mode": "refuse", "dial_fail": "timeout"})
    page = open_proxy(visit, web, "web")
    expect(page.locator(".wire .end.met")).to_have_count(2)
    expect(page.locator(".wire .end").first).to_contain_text("refuse")
    expect(page.locator(".wire .end").nth(1)).to_contain_text(
        "dial timeout")
    expect(page.locator(".caption")).to_have_text(
        "Connect: clients are refused; the server does not answer. "
        "Client to server: clear. Server to client: clear.")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".wire .end").first).to_contain_text("clients: refuse")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    put(web, None)
    expect(page.locator(".wire .end.met")).to_have_count(0)


def test_all_clear_puts_it_back(web, visit):
    """... but where somebody has set another meanwhile."""
    web.proxy("db", "127.0.0.1:9")
    for name in ("web", "db"):
        put(web, ALL, name)
    page = visit(web)
    page.get_by_role("button", name="All clear", exact=True).click()
    expect(toast(page, "All clear: 2 connects gone")).to_be_visible()
    assert connect_of(web) is None
    put(web, {"mode": "refuse"}, "db")
    page.locator("#undo-clear").click()
    expect(toast(page, "1 connect put back")).to_be_visible()
    assert connect_of(web) == ALL
    assert connect_of(web, "db") == {"mode": "refuse"}


# ---- commands

@pytest.mark.parametrize("how", ["curl", "toxictl"])
@pytest.mark.parametrize("connect", [
    {"mode": "refuse"}, {"mode": "reset", "dial_delay": 5},
    {"mode": "blackhole", "dial_fail": "unreachable"}, ALL,
    {"dial_fail": "refused"}, {}], ids=str)
def test_its_command(toxid, visit, how, connect):
    toxid.proxy("-it's", "127.0.0.1:9")
    put(toxid, {} if connect else {"mode": "refuse"}, "-it's")
    page = open_proxy(visit, toxid, "-it's")
    fill_in(page, connect)
    text = copied(page, form_of(page).get_by_role(
        "button", name=f"Copy as {how}: connect"))
    assert shlex.split(text)[0] == how
    run(text)
    assert connect_of(toxid, "-it's") == (connect or None)


def test_a_command_that_lacks_something_does_nothing(web, visit):
    """toxictl says what, as the API does."""
    put(web, {"mode": "refuse"})
    page = open_proxy(visit, web, "web")
    for dial_delay in "", "5":
        fill_in(page, {"mode": "accept_delay", "dial_delay": dial_delay})
        text = copied(page, form_of(page).get_by_role(
            "button", name="Copy as toxictl: connect"))
        with pytest.raises(subprocess.CalledProcessError):
            run(text)
        assert connect_of(web) == {"mode": "refuse"}


# ---- who has no mouse, and who may look

def test_by_keys(web, visit):
    page = open_proxy(visit, web, "web")
    tab_to(page, box(form_of(page), "mode"))
    page.keyboard.type("accept")
    page.keyboard.press("Tab")
    tab_to(page, box(form_of(page), "delay"))
    page.keyboard.type("250")
    page.keyboard.press("Enter")
    expect(toast(page, "clients are let in late: 250 ms")).to_be_visible()
    assert connect_of(web) == {"mode": "accept_delay", "delay": 250}
    expect(form_of(page)).to_have_accessible_name(re.compile(
        "Connect clients are let in late"))
    expect(box(form_of(page), "delay")).to_have_accessible_description(
        re.compile("how late .*in ms, 1 to 86,400,000"))
    tab_to(page, form_of(page).get_by_role("button", name="Apply"))
    page.keyboard.press("Control+z")
    assert wait_until(lambda: connect_of(web) is None)


def test_a_reader_sees_it(tmp_path, visit):
    with Lab(tmp_path) as lab:
        lab.make("a", "mine")
        lab.ask("a", "PATCH", "/proxies/mine", {"connect": {"mode": "reset"}})
        page = visit_as(visit, lab, "a-reader", "#/proxy/mine")
        state(page, "clients are accepted, and reset at once")
        expect(box(form_of(page), "mode")).to_have_value("reset")
        controls = form_of(page).locator("input, select")
        assert controls.count() > 4
        for i in range(controls.count()):
            expect(controls.nth(i)).to_be_disabled()
        expect(form_of(page).get_by_role("button")).to_have_text(
            ["Copy as curl", "Copy as toxictl"])


def test_first_packets_are_lost(web, visit):
    """... or the field says what is lacking."""
    page = open_proxy(visit, web, "web", allow=REFUSED)
    box(form_of(page), "syn_loss").fill("0.25")
    form_of(page).get_by_role("button", name="Apply").click()
    if lacks(web):
        expect(fault(form_of(page), "syn_loss")).to_contain_text("syn_loss")
        assert connect_of(web) is None
        return
    expect(toast(page, "first packets lost: 0.25")).to_be_visible()
    assert connect_of(web) == {"syn_loss": 0.25}
