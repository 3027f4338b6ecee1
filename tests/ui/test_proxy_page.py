# SPDX-License-Identifier: ISC
"""One proxy: its wire, forms for each kind of toxic, charts, and commands."""

import json
import re
import shlex

import pytest
from chromium import expect
from doors import (
    BUILD, REFUSED, box, card, copied, fault, field, lacks, open_proxy, run,
    toast, toxics, undo)
from rig import wait_until

UPSTREAM = "127.0.0.1:9"


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def kinds():
    """Those that are offered; none where nothing is built yet"""
    file = BUILD / "toxics.json"
    return [kind for kind in json.loads(file.read_text())
            if kind["whose"] != "debug"] if file.exists() else []


def choose(form, kind):
    form.locator(".tile label").get_by_text(kind, exact=True).click()


# ---- the wire

def test_the_wire_in_order(web, visit):
    for name, stream in (("d1", "downstream"), ("u1", "upstream"),
                         ("d2", "downstream"), ("u2", "upstream")):
        web.toxic("web", "latency", stream, toxic_name=name, latency=5)
    page = open_proxy(visit, web, "web")
    stations = page.locator(".wire .station")
    expect(stations).to_have_count(4)
    at = page.evaluate("""() => Object.fromEntries(
        [...document.querySelectorAll('.wire .station')].map((e) => [
            e.dataset.toxic, +e.querySelector('circle').getAttribute('cx')]))
    """)
    assert at["u1"] < at["u2"] and at["d1"] > at["d2"], at
    expect(page.locator(".caption")).to_have_text(
        "Client to server: u1 (latency, 5 ms), then u2 (latency, 5 ms). "
        "Server to client: d1 (latency, 5 ms), then d2 (latency, 5 ms).")
    page.locator('.station[data-toxic="u2"]').focus()
    page.keyboard.press("Enter")
    expect(card(page, "u2").get_by_role("heading")).to_be_focused()


def test_a_wire_that_stands(web, visit):
    web.toxic("web", "latency", latency=5)
    page = open_proxy(visit, web, "web",
                      viewport={"width": 390, "height": 800})
    expect(page.locator(".wire .station")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# ---- toxics are added

def fill_in(form, table):
    """Its attributes, each with something else than the default"""
    wanted = {}
    for i, attribute in enumerate(table["attributes"]):
        one = field(form, attribute["name"])
        expect(one.locator(".hint")).to_contain_text(attribute["help"])
        control = box(form, attribute["name"])
        if attribute["kind"] == "enum":
            wanted[attribute["name"]] = attribute["words"][-1]
            control.select_option(attribute["words"][-1])
            continue
        expect(one.locator(".unit")).to_have_text(attribute["unit"])
        wanted[attribute["name"]] = 0.5 if (
            attribute["kind"] == "fraction") else 7 - i
        control.fill(str(wanted[attribute["name"]]))
    return wanted


def test_each_kind_has_its_form(web, visit):
    page = open_proxy(visit, web, "web")
    form = page.locator(".add-toxic")
    form.get_by_text("client to server").click()
    for table in kinds():
        kind = table["name"]
        if kind in ("tcp_loss", "unplug") and lacks(web):
            continue
        choose(form, kind)
        wanted = fill_in(form, table)
        form.get_by_role("button", name="Add", exact=True).click()
        expect(card(page, f"{kind}_upstream")).to_be_visible()
        assert toxics(web, "web") == [{
            "attributes": wanted, "name": f"{kind}_upstream", "type": kind,
            "stream": "upstream", "toxicity": 1}]
        undo(page, f"{kind}_upstream is at work")
        expect(card(page, f"{kind}_upstream")).to_have_count(0)
        assert toxics(web, "web") == []


def test_all_that_may_be_said_of_one(web, visit):
    page = open_proxy(visit, web, "web")
    form = page.locator(".add-toxic")
    choose(form, "latency")
    box(form, "name").fill("a <b> c")
    box(form, "latency").fill("9007199254740993")
    box(form, "toxicity").fill("0.5")
    box(form, "ttl").select_option("600000")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(card(page, "a <b> c").locator(".lease")).to_contain_text("gone in")
    found, = toxics(web, "web")
    assert 0 < found.pop("expires_in") <= 600000
    assert found == {
        "attributes": {"latency": 9007199254740993, "jitter": 0},
        "name": "a <b> c", "type": "latency", "stream": "downstream",
        "toxicity": 0.5}
    expect(box(card(page, "a <b> c"), "latency")).to_have_value(
        "9007199254740993")


def test_on_which_connections_it_is(web, visit):
    page = open_proxy(visit, web, "web", allow=REFUSED)
    form = page.locator(".add-toxic")
    choose(form, "latency")
    box(form, "name").fill("slow")
    box(form, "select").fill("clients=10.0.0.0/8, fd00::/8 first=3 after=5s")
    form.get_by_role("button", name="Add", exact=True).click()
    select = box(card(page, "slow"), "select")
    expect(select).to_have_value(
        "first=3,clients=10.0.0.0/8,fd00::/8,after=5s")
    before = toxics(web, "web")
    assert before[0]["select"] == {
        "first": 3, "clients": ["10.0.0.0/8", "fd00::/8"], "after_ms": 5000}
    expect(page.locator(".caption")).to_contain_text(
        "the first 3, from 10.0.0.0/8, fd00::/8")
    select.fill("first=some")
    select.press("Enter")
    expect(fault(card(page, "slow"), "select")).to_contain_text("first")
    select.fill("")
    select.press("Enter")
    expect(toast(page, "slow: select the first 3.* → all")).to_be_visible()
    assert "select" not in toxics(web, "web")[0]
    undo(page, "slow: select the first 3")
    expect(select).to_have_value(
        "first=3,clients=10.0.0.0/8,fd00::/8,after=5s")
    assert toxics(web, "web") == before


def test_what_is_refused_stands_beside_its_field(web, visit):
    page = open_proxy(visit, web, "web", allow=REFUSED)
    form = page.locator(".add-toxic")
    add = form.get_by_role("button", name="Add", exact=True)
    choose(form, "bandwidth")
    box(form, "rate").fill("-1")
    add.click()
    expect(fault(form, "rate")).to_contain_text("invalid attribute rate")
    box(form, "rate").fill("fast")
    add.click()
    expect(fault(form, "rate")).to_contain_text("got a string")
    choose(form, "slicer")
    add.click()
    expect(fault(form, "average_size")).to_contain_text("average_size")
    assert toxics(web, "web") == []


def test_one_that_is_there_is_changed_instead(web, visit):
    before = web.toxic("web", "latency", latency=5, jitter=3)
    page = open_proxy(visit, web, "web", allow=REFUSED)
    form = page.locator(".add-toxic")
    choose(form, "latency")
    box(form, "latency").fill("70")
    box(form, "ttl").select_option("3600000")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(fault(form, "name")).to_have_text("toxic already exists")
    form.get_by_role("button", name="Change it instead").click()
    expect(toast(page, "latency_downstream is changed")).to_be_visible()
    changed, = toxics(web, "web")
    assert changed["attributes"] == {"latency": 70, "jitter": 0}
    assert changed["expires_in"] > 0
    undo(page, "is changed")
    assert wait_until(lambda: toxics(web, "web") == [before])


# ---- toxics are changed

def drag(page, slider, part):
    place = slider.bounding_box()
    y = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 9, y)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * part, y, steps=5)


@pytest.mark.parametrize("kind, name, numbers", [
    ("latency", "latency", [1, 2, 3]), ("corrupt", "rate", [1e-6, 1.1e-6,
                                                            1.2e-6])])
def test_each_press_is_another_number(web, visit, kind, name, numbers):
    """... also where many places of the slider are of one."""
    web.toxic("web", kind, toxic_name="slow")
    page = open_proxy(visit, web, "web")
    slider = card(page, "slow").get_by_label(f"{name}, slider")
    number = box(card(page, "slow"), name)
    slider.focus()
    found = []
    for key in ["ArrowRight"] * 3 + ["ArrowLeft"] * 3:
        page.keyboard.press(key)
        found.append(float(number.input_value()))
    assert found == [*numbers, *numbers[1::-1], 0]
    number.fill("109" if kind == "latency" else "0.0109")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert float(number.input_value()) < (109 if kind == "latency" else 0.0109)


def test_a_slider_is_applied_on_release(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=0)
    page = open_proxy(visit, web, "web")
    slider = card(page, "slow").get_by_label("latency, slider")
    drag(page, slider, 0.6)
    moved = int(box(card(page, "slow"), "latency").input_value())
    assert moved > 10
    assert toxics(web, "web")[0]["attributes"]["latency"] == 0
    page.mouse.up()
    expect(toast(page, "latency 0 ms → ")).to_be_visible()
    assert toxics(web, "web")[0]["attributes"]["latency"] == moved
    undo(page, "latency 0 ms → ")
    expect(box(card(page, "slow"), "latency")).to_have_value("0")
    assert toxics(web, "web")[0]["attributes"]["latency"] == 0


def test_a_slider_by_keys(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=100)
    page = open_proxy(visit, web, "web")
    slider = card(page, "slow").get_by_label("latency, slider")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(toast(page, "latency 100 ms → ")).to_have_count(1)
    after = toxics(web, "web")[0]["attributes"]["latency"]
    assert after > 100
    page.keyboard.press("Control+z")
    expect(box(card(page, "slow"), "latency")).to_have_value("100")


@pytest.mark.parametrize("kind, name", [
    (kind["name"], attribute["name"]) for kind in kinds()
    for attribute in kind["attributes"] if attribute.get("rare")])
def test_a_rate_of_one_in_a_million(web, visit, kind, name):
    """... is one step from none, and as far from a tenth as that is from all;
    a share of connections has steps that are all as long."""
    if kind == "tcp_loss" and (why := lacks(web)):
        pytest.skip(f"tcp_loss: {why}")
    web.toxic("web", kind, toxic_name="rare")
    page = open_proxy(visit, web, "web")
    slider = card(page, "rare").get_by_label(f"{name}, slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.0001 %")
    expect(toast(page, f"{name} 0 % → 0.0001 %")).to_be_visible()
    assert toxics(web, "web")[0]["attributes"][name] == 1e-6
    at = slider.evaluate("""(e) => [151, 250, 299, 300, 0].map((step) => {
        e.value = step;
        e.dispatchEvent(new Event('input'));
        return [e.parentElement.querySelector('.number').value,
            Number(e.value) === step];
    })""")
    assert at == [["0.001", True], ["0.099", True], ["0.95", True],
                  ["1", True], ["0", True]]
    undo(page, f"{name} 0 % → ")
    expect(box(card(page, "rare"), name)).to_have_value("0")
    share = card(page, "rare").get_by_label("toxicity, slider")
    share.focus()
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    expect(box(card(page, "rare"), "toxicity")).to_have_value("0.9")


def test_what_is_typed(web, visit):
    web.toxic("web", "bandwidth", toxic_name="thin", rate=100)
    page = open_proxy(visit, web, "web", allow=REFUSED)
    rate = box(card(page, "thin"), "rate")
    rate.fill("-5")
    rate.press("Enter")
    expect(fault(card(page, "thin"), "rate")).to_contain_text(
        "invalid attribute rate")
    assert toxics(web, "web")[0]["attributes"]["rate"] == 100
    rate.fill("250")
    rate.press("Enter")
    expect(toast(page, "rate 100 KB/s → 250 KB/s")).to_be_visible()
    expect(fault(card(page, "thin"), "rate")).to_have_text("")
    share = box(card(page, "thin"), "toxicity")
    share.fill("0.25")
    share.press("Tab")
    expect(toast(page, "toxicity 100 % → 25 %")).to_be_visible()
    assert toxics(web, "web")[0]["toxicity"] == 0.25


def test_somebody_elses_change_is_seen(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=100)
    page = open_proxy(visit, web, "web")
    web.request("PATCH", "/proxies/web/toxics/slow",
                {"attributes": {"latency": 321}})
    expect(box(card(page, "slow"), "latency")).to_have_value("321")
    expect(page.locator(".changes")).to_contain_text("latency 100 → 321")
    expect(page.locator(".chart .flag").first).to_have_attribute(
        "d", re.compile("M"))
    chart = page.locator(".chart svg").first
    place = chart.bounding_box()
    chart.hover(position={"x": place["width"] - 12, "y": 40})
    expect(chart.locator(".note")).to_contain_text("slow changed")


def test_one_is_removed_and_put_back(web, visit):
    made = web.toxic("web", "latency", toxic_name="slow", latency=100)
    page = open_proxy(visit, web, "web")
    card(page, "slow").get_by_role("button", name="Remove slow").click()
    expect(card(page, "slow")).to_have_count(0)
    assert toxics(web, "web") == []
    undo(page, "slow is removed")
    expect(card(page, "slow")).to_be_visible()
    assert toxics(web, "web") == [made]


# ---- figures

def test_nothing_moves_when_figures_come(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=5)
    page = visit(web, "#/")
    is_held = True

    def answer(route):
        if is_held:
            route.fulfill(status=503, body="busy")
        else:
            route.continue_()

    page.context.route("**/proxies/web/stats", answer)
    page.get_by_role("link", name="web").click()
    slider = card(page, "slow").get_by_label("latency, slider")
    expect(slider).to_be_visible()
    expect(page.locator(".chart text").first).to_be_attached()
    before = slider.bounding_box()["y"]
    is_held = False
    expect(card(page, "slow").locator(".hits")).to_have_text(
        "hit 0 sessions")
    assert abs(slider.bounding_box()["y"] - before) < 1


def test_what_a_toxic_has_done(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=5)
    page = open_proxy(visit, web, "web")
    with web.connect("web") as s:
        s.sendall(b"hello")
        assert s.recv(5) == b"hello"
        expect(card(page, "slow").locator(".hits")).to_contain_text(
            "hit 1 session, 5 B delayed")
        expect(page.locator(".facts .sessions")).to_contain_text("1 of 1")


def test_charts_move(web, visit):
    page = open_proxy(visit, web, "web")
    with web.connect("web"):
        expect(page.locator(".chart").nth(1)).to_contain_text("open 1")
        expect(page.locator(".chart").nth(1).locator(".series")
               ).to_have_attribute("d", re.compile("L"))
        expect(page.locator(".chart").nth(1).locator("svg")
               ).to_have_attribute("aria-label", "Sessions: open 1")


def test_the_last_dial_error_in_words(toxid, visit):
    toxid.proxy("web", "127.0.0.1:1")
    toxid.connect("web").close()
    page = open_proxy(visit, toxid, "web")
    expect(page.locator(".dial")).to_contain_text(
        "dial tcp 127.0.0.1:1: connect: connection refused")


# ---- the proxy

def test_other_addresses(web, visit):
    before = web.request("GET", "/proxies/web").json()
    page = open_proxy(visit, web, "web", allow=REFUSED)
    page.get_by_role("button", name="Addresses").click()
    dialog = page.get_by_role("dialog")
    box(dialog, "listen").fill("256.1.1.1:x")
    dialog.get_by_role("button", name="Change").click()
    expect(fault(dialog, "listen")).to_have_text(
        "lookup tcp/x: unknown port")
    box(dialog, "listen").fill(before["listen"])
    box(dialog, "upstream").fill("127.0.0.3:9")
    dialog.get_by_role("button", name="Change").click()
    expect(page.locator(".facts .upstream")).to_contain_text("127.0.0.3:9")
    undo(page, "has other addresses")
    expect(page.locator(".facts .upstream")).to_contain_text(
        before["upstream"])
    assert web.request("GET", "/proxies/web").json() == before


def test_it_is_switched(web, visit):
    page = open_proxy(visit, web, "web")
    switch = page.get_by_role("switch", name="web")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert not web.request("GET", "/proxies/web").json()["enabled"]
    undo(page, "web is off")
    expect(switch).to_have_attribute("aria-checked", "true")
    toast(page, "web is on").get_by_role("button", name="Dismiss").click()
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_it_is_deleted_and_comes_back(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=5)
    web.request("PATCH", "/proxies/web", {"connect": {"mode": "refuse"}})
    before = web.request("GET", "/proxies/web").json()
    page = open_proxy(visit, web, "web", allow=REFUSED)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No proxy yet")).to_be_visible()
    assert web.request("GET", "/proxies").json() == {}
    undo(page, "web is deleted")
    assert wait_until(lambda: web.request(
        "GET", "/proxies").json() == {"web": before})


def test_one_that_somebody_deletes(web, visit):
    page = open_proxy(visit, web, "web", allow=REFUSED)
    web.request("DELETE", "/proxies/web")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "There is no proxy web")
    web.proxy("web", UPSTREAM)
    expect(page.get_by_role("heading", level=1)).to_have_text("web")


# ---- commands

def shown(toxid):
    """How all is, but for leases"""
    return toxid.request("GET", "/proxies").json()


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_commands_make_the_same(web, visit, how):
    web.toxic("web", "slicer", "upstream", 0.5, "it's $1", average_size=64,
              delay=2**53 + 1)
    web.toxic("web", "corrupt", rate=1e-7)
    web.request("PATCH", "/proxies/web", {"connect": {
        "mode": "accept_delay", "delay": 1500, "dial_fail": "timeout"}})
    web.request("PATCH", "/proxies/web/toxics/it%27s%20%241", {"select": {
        "every": 10, "offset": 9, "clients": ["::1/128"], "duration_ms": 1500}})
    before = shown(web)
    page = open_proxy(visit, web, "web", allow=REFUSED)
    text = copied(page, page.locator(".page-head").get_by_role(
        "button", name=f"Copy as {how}"))
    web.request("DELETE", "/proxies/web")
    run(text)
    assert shown(web) == before


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_the_command_of_a_toxic(web, visit, how):
    made = web.toxic("web", "latency", toxic_name="-slow", latency=5)
    page = open_proxy(visit, web, "web")
    text = copied(page, card(page, "-slow").get_by_role(
        "button", name=f"Copy -slow as {how}"))
    assert shlex.split(text)[0] == how
    web.request("DELETE", "/proxies/web/toxics/-slow")
    run(text)
    assert toxics(web, "web") == [made]


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_the_command_of_one_that_is_not_there_yet(web, visit, how):
    page = open_proxy(visit, web, "web")
    form = page.locator(".add-toxic")
    choose(form, "slicer")
    box(form, "average_size").fill("64")
    box(form, "toxicity").fill("0.5")
    run(copied(page, form.get_by_role("button", name=f"Copy as {how}")))
    expect(card(page, "slicer_downstream")).to_be_visible()
    assert [(one["attributes"]["average_size"], one["toxicity"])
            for one in toxics(web, "web")] == [(64, 0.5)]


def test_where_it_listens_is_copied(web, visit):
    page = open_proxy(visit, web, "web")
    assert copied(page, page.get_by_role("button", name="Copy the address")
                  ) == web.request("GET", "/proxies/web").json()["listen"]
