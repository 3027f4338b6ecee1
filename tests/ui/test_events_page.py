# SPDX-License-Identifier: ISC
"""What happens: seen, filtered, paused, and a link to what it speaks of."""

from chromium import expect
from doors import is_live

UPSTREAM = "127.0.0.1:9"


def texts(page):
    return page.locator(".events .row .text").all_inner_texts()


def test_what_has_happened_and_what_does(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    page = visit(toxid, "#/events")
    expect(page.locator(".events .row")).to_have_count(1)
    toxid.toxic("web", "latency", toxic_name="slow", latency=100)
    toxid.request("PATCH", "/proxies/web/toxics/slow",
                  {"attributes": {"latency": 250}})
    expect(page.locator(".events .row")).to_have_count(3)
    assert texts(page) == ["slow on web was changed", "slow was added to web",
                           "web was made"]
    expect(page.locator(".events .more").first).to_contain_text(
        "latency 100 → 250")
    page.locator(".events .row").first.get_by_role(
        "link", name="slow").click()
    expect(page.locator('article[data-toxic="slow"] h3')).to_be_focused()


def test_nothing_has(toxid, visit):
    page = visit(toxid, "#/events")
    is_live(page)
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()


def test_a_dial_that_failed(toxid, visit):
    toxid.proxy("web", "127.0.0.1:1")
    page = visit(toxid, "#/events?kinds=dials")
    toxid.connect("web").close()
    expect(page.locator(".events .row.bad .text")).to_contain_text(
        "web does not reach its server")
    expect(page.locator(".events .row .text")).to_contain_text("refused")


def test_they_are_filtered_in_the_address(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    toxid.proxy("db", UPSTREAM)
    toxid.toxic("db", "latency", toxic_name="slow", latency=100)
    page = visit(toxid, "#/events")
    expect(page.locator(".events .row")).to_have_count(3)
    page.locator("#event-filter").fill("db made")
    expect(page.locator(".found")).to_have_text("1 of 3")
    page.get_by_role("button", name="Sessions", exact=True).click()
    expect(page.get_by_text("No event is like that.")).to_be_visible()
    page.get_by_role("button", name="Changes", exact=True).click()
    expect(page.locator(".found")).to_have_text("1 of 3")
    page.reload()
    expect(page.locator(".found")).to_have_text("1 of 3")
    assert texts(page) == ["db was made"]
    expect(page.locator('[data-kind="changes"]')).to_have_attribute(
        "aria-pressed", "true")


def test_they_are_paused(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    page = visit(toxid, "#/events")
    expect(page.locator(".events .row")).to_have_count(1)
    page.locator("#pause").click()
    toxid.toxic("web", "latency", latency=100)
    expect(page.locator("#pause")).to_have_text("Go on (1 new)")
    assert len(texts(page)) == 1
    page.locator("#pause").click()
    expect(page.locator(".events .row")).to_have_count(2)


def test_a_crowd_of_them(toxid, visit):
    """No more rows than are seen; who reads further down stays there."""
    toxid.proxy("web", UPSTREAM)
    toxid.toxic("web", "latency", toxic_name="slow", latency=0)

    def change(first, n):
        for i in range(first, first + n):
            assert toxid.request("PATCH", "/proxies/web/toxics/slow", {
                "attributes": {"latency": i}}).status == 200

    page = visit(toxid, "#/events")
    change(1, 250)
    expect(page.locator(".found")).to_have_text("252 events")
    assert page.locator(".events .row").count() <= 100
    page.evaluate("scrollTo(0, 1500)")
    reads = page.locator(".events .row").filter(has_text="200 → 201")
    expect(reads).to_have_count(1)
    top = reads.bounding_box()["y"]
    change(251, 5)
    expect(page.locator(".found")).to_have_text("257 events")
    expect(reads).to_have_count(1)
    assert abs(reads.bounding_box()["y"] - top) < 2
