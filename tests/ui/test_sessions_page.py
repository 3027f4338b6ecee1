# SPDX-License-Identifier: ISC
"""Who is connected, how it has ended, and ending it."""

import socket

import pytest
from chromium import expect
from doors import REFUSED, copied, toast
from peers import ending
from rig import PATIENCE, Toxid, address_of


@pytest.fixture
def web(toxid, echo):
    toxid.proxy("web", echo.address)
    return toxid


def client(toxid, name="web"):
    s = toxid.connect(name)
    s.settimeout(PATIENCE)
    s.sendall(b"hello")
    assert s.recv(5) == b"hello"
    return s


def named(s):
    return "%s:%d" % s.getsockname()[:2]


def live(page, s):
    return page.locator(".sessions.live .row").filter(has_text=named(s))


def test_nobody_is_connected(web, visit):
    page = visit(web, "#/sessions?proxy=web")
    expect(page.get_by_text("Nobody is connected")).to_be_visible()
    listen = web.request("GET", "/proxies/web").json()["listen"]
    assert copied(page, page.get_by_role(
        "button", name=f"Copy {listen}")) == listen
    with socket.create_connection(address_of(listen), PATIENCE) as s:
        expect(live(page, s)).to_be_visible()
        expect(page.get_by_text("Nobody is connected")).to_be_hidden()


def test_where_there_is_no_proxy(toxid, visit):
    page = visit(toxid, "#/sessions")
    page.get_by_role("link", name="make a proxy").click()
    expect(page.get_by_text("No proxy yet")).to_be_visible()


def test_one_that_is_there(web, visit):
    with client(web) as s:
        page = visit(web, "#/sessions")
        row = live(page, s)
        expect(row.locator("span.state")).to_have_text("open")
        expect(row.locator(".bytes")).to_have_text("↑ 5 B  ↓ 5 B")
        row.get_by_role("link", name="web").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("web")


@pytest.mark.parametrize("how, seen", [("Close", "fin"), ("Reset", "rst")])
def test_it_is_ended(web, visit, how, seen):
    with client(web) as s, client(web) as other:
        page = visit(web, "#/sessions?proxy=web")
        live(page, s).get_by_role("button", name=f"{how} the session").click()
        assert ending(s, PATIENCE) == seen
        expect(toast(page, f"is {how.lower().rstrip('e')}")).to_be_visible()
        expect(live(page, s)).to_have_count(0)
        expect(live(page, other)).to_be_visible()
        gone = page.locator(".sessions.ended .row").filter(
            has_text=named(s))
        expect(gone).to_contain_text("by a request")


@pytest.mark.parametrize("of", ["", "?proxy=web"])
def test_why_and_which_toxic(web, visit, of):
    web.toxic("web", "reset_peer", toxic_name="bang")
    page = visit(web, f"#/sessions{of}")
    with web.connect("web") as s:
        s.sendall(b"x")
        assert ending(s, PATIENCE) == "rst"
        row = page.locator(".sessions.ended .row").filter(
            has_text=named(s))
    expect(row.locator(".why")).to_contain_text("bang")
    row.get_by_role("link", name="bang").click()
    expect(page.locator('article[data-toxic="bang"] h3')).to_be_focused()


def test_what_toxics_do_in_it(web, visit):
    web.toxic("web", "latency", toxic_name="slow", latency=5)
    with client(web) as s:
        page = visit(web, "#/sessions", allow=REFUSED)
        live(page, s).get_by_role("button", name=named(s), exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("row").filter(has_text="slow")
               ).to_contain_text("5 B delayed")
    expect(dialog).to_contain_text("It is over.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_they_are_chosen_in_the_address(web, echo, visit):
    web.proxy("db", echo.address)
    with client(web) as s, client(web, "db") as other:
        page = visit(web, "#/sessions", allow=REFUSED)
        expect(live(page, other)).to_be_visible()
        page.get_by_label("Proxy").fill("web")
        page.get_by_label("Proxy").press("Enter")
        expect(live(page, other)).to_have_count(0)
        expect(live(page, s)).to_be_visible()
        assert page.url.endswith("#/sessions?proxy=web")
        page.get_by_label("Client").fill("127.9.9.9")
        page.get_by_label("Client").press("Enter")
        expect(page.get_by_text("Nobody is connected")).to_be_visible()
        page.get_by_label("Client").fill("127.0.0.1")
        page.get_by_label("Client").press("Enter")
        expect(live(page, s)).to_be_visible()
        page.get_by_label("State").select_option("dialling")
        expect(page.get_by_text("Nobody is connected")).to_be_visible()
        page.goto(page.url.partition("#")[0] + "#/sessions?proxy=none")
        expect(page.locator(".fault.all")).to_have_text("proxy not found")


def test_hundreds(web, visit):
    """No more rows than are seen."""
    with Toxid() as toxid:
        toxid.proxy("web", web.request("GET", "/proxies/web").json()["listen"])
        all_of_them = [toxid.connect("web") for _ in range(200)]
        page = visit(toxid, "#/sessions")
        expect(page.locator("section h2").first).to_contain_text(
            "200 sessions")
        assert page.locator(".sessions.live .row:not(.head)").count() < 100
        for s in all_of_them:
            s.close()
