# SPDX-License-Identifier: ISC
"""Who is connected, how it has ended, and ending it."""

import socket

import pytest
from chromium import expect
from doors import (
    REFUSED, box, card, copied, fault, field, run, toast, toxics, undo)
from lab import Lab
from peers import ending
from rig import PATIENCE, Toxid, address_of
from test_server_page import visit_as


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


# ---- toxics of its own

def open_session(page, s):
    live(page, s).get_by_role("button", name=named(s), exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(named(s))
    return dialog


def path_of(toxid, s):
    found, = [one for one in toxid.request(
        "GET", "/proxies/web/sessions").json()["sessions"]
        if one["client"] == named(s)]
    return f"/proxies/web/sessions/{found['id']}"


def own(toxid, s):
    return toxid.request("GET", path_of(toxid, s) + "/toxics").json()


def add(dialog):
    dialog.get_by_role("button", name="Add", exact=True).click()


def test_one_session_has_toxics_of_its_own(web, visit):
    with client(web) as s, client(web) as other:
        page = visit(web, "#/sessions")
        dialog = open_session(page, s)
        box(dialog, "latency").fill("7")
        box(dialog, "select").fill("after=1s")
        add(dialog)
        slow = card(dialog, "latency_downstream")
        expect(slow).to_be_visible()
        made = {"attributes": {"latency": 7, "jitter": 0}, "type": "latency",
                "name": "latency_downstream", "stream": "downstream",
                "toxicity": 1, "select": {"after_ms": 1000}}
        assert own(web, s) == [made] and own(web, other) == []
        assert toxics(web, "web") == []
        expect(dialog.get_by_role("row").filter(
            has_text="latency_downstream its own")).to_be_visible()
        box(slow, "latency").fill("9")
        box(slow, "latency").press("Enter")
        expect(toast(page, "latency 7 ms → 9 ms")).to_be_visible()
        assert own(web, s)[0]["attributes"]["latency"] == 9
        undo(page, "latency 7 ms → 9 ms")
        expect(box(slow, "latency")).to_have_value("7")
        slow.get_by_role("button", name="Remove").click()
        expect(slow).to_have_count(0)
        expect(dialog.get_by_role("heading", name="Toxics of its own")
               ).to_be_focused()
        assert own(web, s) == []
        undo(page, "latency_downstream is removed")
        expect(slow).to_be_visible()
        assert own(web, s) == [made]


def test_one_that_is_added_is_undone(web, visit):
    with client(web) as s:
        page = visit(web, "#/sessions")
        dialog = open_session(page, s)
        add(dialog)
        expect(card(dialog, "latency_downstream")).to_be_visible()
        page.get_by_role("button", name="Dismiss").focus()
        page.keyboard.press("Control+z")
        expect(card(dialog, "latency_downstream")).to_have_count(0)
        assert own(web, s) == []
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(toast(page, "is gone again")).to_be_visible()


def test_what_is_refused_of_one_session(web, visit):
    web.toxic("web", "noop", toxic_name="mine")
    with client(web) as s:
        page = visit(web, "#/sessions", allow=REFUSED)
        dialog = open_session(page, s)
        expect(field(dialog, "ttl")).to_have_count(0)
        expect(dialog.locator(".tile").filter(has_text="tcp_loss")
               ).to_have_count(0)
        box(dialog, "select").fill("first=3")
        add(dialog)
        expect(fault(dialog, "select")).to_have_text(
            "invalid attribute select.first: "
            "a toxic of one session's own has none")
        box(dialog, "select").fill("")
        box(dialog, "latency").fill("soon")
        add(dialog)
        expect(fault(dialog, "latency")).to_contain_text("got a string")
        box(dialog, "latency").fill("1")
        box(dialog, "name").fill("mine")
        add(dialog)
        expect(fault(dialog, "name")).to_have_text("toxic already exists")
        dialog.get_by_role("button", name="Change it instead").click()
        expect(fault(dialog, "name")).to_have_text(
            "name: mine is a toxic of the whole proxy")
        assert own(web, s) == []


def test_one_of_the_session_is_changed_instead(web, visit):
    with client(web) as s:
        web.request("POST", path_of(web, s) + "/toxics", {
            "type": "latency", "attributes": {"latency": 5}})
        page = visit(web, "#/sessions", allow=REFUSED)
        dialog = open_session(page, s)
        box(dialog.locator(".add-toxic"), "latency").fill("8")
        add(dialog)
        dialog.get_by_role("button", name="Change it instead").click()
        expect(toast(page, "latency_downstream is changed")).to_be_visible()
        assert own(web, s)[0]["attributes"]["latency"] == 8
        undo(page, "latency_downstream is changed")
        expect(toast(page, "is as it was")).to_be_visible()
        assert own(web, s)[0]["attributes"]["latency"] == 5


def test_what_somebody_else_does_to_it_is_seen(web, visit):
    with client(web) as s:
        page = visit(web, "#/sessions")
        dialog = open_session(page, s)
        path = path_of(web, s) + "/toxics"
        web.request("POST", path, {"type": "latency", "name": "slow",
                                   "attributes": {"latency": 5}})
        expect(box(card(dialog, "slow"), "latency")).to_have_value("5")
        typed = box(dialog.locator(".add-toxic"), "latency")
        typed.fill("77")
        web.request("PATCH", path + "/slow", {"attributes": {"latency": 6}})
        expect(box(card(dialog, "slow"), "latency")).to_have_value("6")
        expect(typed).to_have_value("77")
        s.sendall(b"hello")
        assert s.recv(5) == b"hello"
        expect(card(dialog, "slow").locator(".hits")).to_have_text(
            "5 B delayed")
        web.request("DELETE", path + "/slow")
        expect(card(dialog, "slow")).to_have_count(0)


def test_they_go_with_the_session(web, visit):
    with client(web) as s:
        page = visit(web, "#/sessions", allow=REFUSED)
        dialog = open_session(page, s)
        add(dialog)
        expect(card(dialog, "latency_downstream")).to_be_visible()
        box(dialog.locator(".add-toxic"), "latency").focus()
    expect(dialog.get_by_role("status")).to_have_text(
        "It is over. Its own toxics are gone with it.")
    expect(card(dialog, "latency_downstream")).to_have_count(0)
    expect(dialog.locator(".add-toxic")).to_have_count(0)
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()


@pytest.mark.parametrize("how", ["curl", "toxictl"])
def test_commands_of_one_session(web, visit, how):
    with client(web) as s:
        page = visit(web, "#/sessions")
        dialog = open_session(page, s)
        box(dialog, "latency").fill("7")
        form = dialog.locator(".add-toxic")
        run(copied(page, form.get_by_role("button", name=f"Copy as {how}")))
        slow = card(dialog, "latency_downstream")
        expect(slow).to_be_visible()
        made = own(web, s)
        text = copied(page, slow.get_by_role(
            "button", name=f"Copy latency_downstream as {how}"))
        web.request("DELETE",
                    path_of(web, s) + "/toxics/latency_downstream")
        run(text)
        assert own(web, s) == made


def test_a_reader_sees_toxics_of_its_own(tmp_path, echo, visit):
    with Lab(tmp_path) as lab:
        listen = lab.make("a", "web", echo.address)["listen"]
        with socket.create_connection(address_of(listen), PATIENCE) as s:
            s.sendall(b"hello")
            assert s.recv(5) == b"hello"
            found, = lab.ask("a", "GET", "/proxies/web/sessions").json()[
                "sessions"]
            lab.ask("a", "POST",
                    f"/proxies/web/sessions/{found['id']}/toxics",
                    {"type": "latency", "name": "slow"})
            page = visit_as(visit, lab, "a-reader", "#/sessions")
            dialog = open_session(page, s)
            expect(box(card(dialog, "slow"), "latency")).to_be_disabled()
            expect(dialog.locator(".add-toxic")).to_have_count(0)
            expect(dialog.get_by_role("button", name="Remove")
                   ).to_have_count(0)


def test_a_session_on_a_telephone(web, visit):
    with client(web) as s:
        page = visit(web, "#/sessions", viewport={"width": 390, "height": 800})
        dialog = open_session(page, s)
        add(dialog)
        expect(card(dialog, "latency_downstream")).to_be_visible()
        assert dialog.evaluate("e => e.scrollWidth <= e.clientWidth")


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
