# SPDX-License-Identifier: ISC
"""toxid itself: its processes, limits, leases, tenants; and who may what."""

import json
import os
import re
import signal

from chromium import expect, origin_of
from doors import REFUSED, box, card, is_live, row, toast
from lab import TOKENS, WRONG, Lab, standard
from rig import Toxid, wait_until

UPSTREAM = "127.0.0.1:9"


# ---- how it is

def test_how_it_is(toxid, visit):
    page = visit(toxid, "#/server")
    health = toxid.request("GET", "/health").json()
    expect(page.locator(".health")).to_have_text("Ready: it takes work.")
    for part in (health["version"], "there are none", "No limits are set."):
        expect(page.locator("main")).to_contain_text(part)
    roles = page.locator(".roles")
    for role in ("ctld", "apid", "relayd", "diald"):
        expect(roles).to_contain_text(role)
    os.kill(toxid.child("diald"), signal.SIGKILL)
    diald = roles.locator("tr").filter(has_text="diald")
    expect(diald).to_contain_text("died of signal 9")
    expect(diald.locator(".bad")).to_have_text("1")


def test_why_it_is_not_ready(toxid, visit):
    page = visit(toxid, "#/server", allow="503")
    expect(page.locator(".health")).to_have_attribute("data-is", "ready")

    def answer(route):
        health = toxid.request("GET", "/health").json()
        route.fulfill(status=503, content_type="application/json",
                      body=json.dumps({**health, "ready": False, "reasons": [
                          "the state cannot be stored"]}))

    page.context.route("**/health", answer)
    expect(page.locator(".reasons")).to_have_text("the state cannot be stored")
    expect(page.locator(".notice.ill")).to_contain_text(
        "Not ready: the state cannot be stored")
    page.context.unroute("**/health")
    expect(page.locator(".notice.ill")).to_have_count(0)


def test_the_big_red_button(toxid, visit):
    page = visit(toxid, "#/server")
    page.get_by_role("button", name="Halt all toxics").click()
    expect(page.locator(".notice.halted")).to_be_visible()
    assert toxid.request("GET", "/halt").json()["halted"]
    page.locator("main").get_by_role("button", name="Resume").click()
    expect(page.locator(".notice.halted")).to_have_count(0)
    assert not toxid.request("GET", "/halt").json()["halted"]


# ---- leases

def test_leases(toxid, visit):
    toxid.proxy("web", UPSTREAM, ttl=3600000)
    toxid.request("POST", "/proxies/web/toxics", {
        "type": "latency", "name": "slow", "ttl": 600000})
    page = visit(toxid, "#/server")
    table = page.get_by_role("group", name="Leases")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.locator("tbody tr").first).to_contain_text("slow on web")
    expect(table.locator("tbody tr").first).to_contain_text("min")
    table.get_by_role("button", name="Keep slow for good").click()
    expect(table.locator("tbody tr")).to_have_count(1)
    assert "expires_in" not in toxid.request(
        "GET", "/proxies/web/toxics/slow").json()
    table.get_by_role("button", name="Keep web for 10 min").click()
    assert wait_until(lambda: toxid.request("GET", "/proxies/web").json()[
        "expires_in"] <= 600000)


# ---- who may what

def sign_in(page, who):
    page.get_by_label("Token").fill(TOKENS.get(who, who))
    page.get_by_role("button", name="Sign in").click()


def visit_as(visit, lab, who, below="", **options):
    # a stream ends with its token
    page = visit(lab, below, allow=f"{REFUSED}|INCOMPLETE_CHUNKED",
                 **options)
    sign_in(page, who)
    is_live(page)
    return page


def test_signing_in(tmp_path, visit):
    with Lab(tmp_path) as lab:
        lab.make("a", "mine")
        lab.make("b", "theirs")
        page = visit(lab, allow=REFUSED)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page.locator("#all-clear")).to_be_hidden()
        sign_in(page, WRONG)
        expect(page.locator(".fault[role=alert]")).to_have_text(
            "missing or invalid auth token")
        sign_in(page, "a")
        expect(row(page, "mine")).to_be_visible()
        expect(row(page, "theirs")).to_have_count(0)
        expect(page.locator("#who")).to_contain_text("a")
        # nothing of it is where another port of the host would be sent it
        assert page.context.cookies() == []
        assert page.evaluate("document.cookie + localStorage.length") == "0"
        page.reload()
        expect(row(page, "mine")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert page.evaluate("sessionStorage.length") == 0


def is_ready(toxid):
    toxid._learn_port()
    try:
        return toxid.port and toxid.request(
            "GET", "/health/ready").status == 200
    except OSError:
        return False


def test_a_token_for_all(visit):
    with Toxid(env={"TOXIPROXY_AUTH_TOKEN": WRONG}, wait=False) as toxid:
        assert wait_until(lambda: is_ready(toxid))
        page = visit_as(visit, toxid, WRONG)
        expect(page.get_by_text("No proxy yet")).to_be_visible()


def test_a_token_that_is_revoked(tmp_path, visit):
    with Lab(tmp_path) as lab:
        made = lab.ask("a", "POST", "/tokens", {"name": "short"}).json()
        lab.make("a", "mine")
        page = visit_as(visit, lab, made["token"])
        expect(row(page, "mine")).to_be_visible()
        page.locator("#new-proxy").click()
        assert lab.ask("a", "DELETE", "/tokens/short").status == 204
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(row(page, "mine")).to_have_count(0)
        expect(page.get_by_role("dialog")).to_have_count(0)
        sign_in(page, "a")
        expect(row(page, "mine")).to_be_visible()


CHANGES = re.compile("^(New proxy|All clear|Delete|Addresses|Remove|Add|Close|"
                     "Reset|Halt all toxics|Keep|Apply|As usual)\\b")


def test_a_reader_looks(tmp_path, visit):
    with Lab(tmp_path) as lab:
        lab.make("a", "mine", ttl=3600000)
        lab.ask("a", "POST", "/proxies/mine/toxics",
                {"type": "latency", "name": "slow"})
        page = visit_as(visit, lab, "a-reader")
        expect(page.locator("#who")).to_contain_text("reader: may look")
        for below in ("#/", "#/proxy/mine", "#/sessions", "#/events",
                      "#/server"):
            page.goto(f"{origin_of(lab)}/ui/{below}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            if below == "#/proxy/mine":
                expect(card(page, "slow")).to_be_visible()
            expect(page.locator("main")).not_to_contain_text("false")
            found = page.get_by_role("button", name=CHANGES)
            for i in range(found.count()):
                expect(found.nth(i)).to_be_disabled()
            controls = page.locator(
                "main [role=switch], main input[type=range], .boxed input, "
                "main article select, #connect select")
            for i in range(controls.count()):
                expect(controls.nth(i)).to_be_disabled()


def test_limits(tmp_path, visit):
    tenants = standard()
    tenants[0]["limits"] = {"proxies": 2, "sessions": 5}
    with Lab(tmp_path, tenants=tenants) as lab:
        lab.make("a", "mine")
        page = visit_as(visit, lab, "a", "#/server")
        limits = page.get_by_role("group", name="Limits")
        expect(limits.locator("tr").filter(has_text="proxies")
               ).to_contain_text("1")
        lab.make("a", "other")
        page.goto(f"{origin_of(lab)}/ui/#/")
        page.locator("#new-proxy").click()
        dialog = page.get_by_role("dialog")
        box(dialog, "name").fill("third")
        box(dialog, "upstream").fill(UPSTREAM)
        dialog.get_by_role("button", name="Make it").click()
        expect(dialog.locator(".fault").filter(
            has_text="limits.proxies: the tenant may have 2")).to_be_visible()


def test_an_administrator_acts_for_another(tmp_path, visit):
    with Lab(tmp_path) as lab:
        lab.make("a", "mine")
        page = visit_as(visit, lab, "admin", "#/server")
        tenants = page.get_by_role("group", name="Tenants")
        expect(tenants.locator("tr").filter(has_text="ops")
               ).to_contain_text("shown here")
        tenants.locator("tr").filter(has_text="a").get_by_role(
            "button", name="Act for it").first.click()
        expect(page.locator("#who")).to_contain_text("a")
        page.get_by_role("link", name="Overview").click()
        row(page, "mine").get_by_role("switch").click()
        expect(toast(page, "mine is off")).to_be_visible()
        assert not lab.ask("a", "GET", "/proxies/mine").json()["enabled"]
        page.get_by_role("link", name="Server").click()
        page.get_by_label("Another").fill("b")
        page.locator(".other").get_by_role("button").click()
        expect(page.locator("#who")).to_contain_text("b")
        page.get_by_role("link", name="Overview").click()
        expect(page.get_by_text("No proxy yet")).to_be_visible()


def test_acting_for_a_name_that_is_none(tmp_path, visit):
    """... says so, and leaves him where he was."""
    with Lab(tmp_path) as lab:
        lab.make("admin", "mine")
        page = visit_as(visit, lab, "admin", "#/server")
        page.get_by_label("Another").fill("no/such")
        page.locator(".other").get_by_role("button").click()
        expect(page.locator(".other .fault").filter(
            has_text="tenant")).to_be_visible()
        is_live(page)
        page.get_by_role("link", name="Overview").click()
        row(page, "mine").get_by_role("switch").click()
        expect(toast(page, "mine is off")).to_be_visible()


def test_what_is_undone_is_of_the_same_tenant(tmp_path, visit):
    """Each may have a proxy of that name."""
    with Lab(tmp_path) as lab:
        for who in ("admin", "a"):
            lab.make(who, "mine")
            lab.ask(who, "POST", "/proxies/mine/toxics", {"type": "latency"})
        page = visit_as(visit, lab, "admin", "#/server")
        page.get_by_role("button", name="All clear", exact=True).click()
        expect(page.locator("#undo-clear")).to_be_visible()
        page.get_by_label("Another").fill("a")
        page.locator(".other").get_by_role("button").click()
        expect(page.locator("#who")).to_have_text(re.compile("^a "))
        expect(page.locator("#undo-clear")).to_be_hidden()
        expect(page.locator("#toasts .toast")).to_have_count(0)
        page.get_by_label("Another").fill("ops")
        page.locator(".other").get_by_role("button").click()
        page.locator("#undo-clear").click()
        expect(toast(page, "1 toxic put back")).to_be_visible()
        assert [len(lab.ask(who, "GET", "/proxies/mine").json()["toxics"])
                for who in ("admin", "a")] == [1, 1]
