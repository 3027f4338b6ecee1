# SPDX-License-Identifier: ISC
"""From a telephone to a wall: nothing stands on something else, is cut where it
would mean another thing, or is wider than the window."""

import itertools
import json
import re

import pytest
from chromium import expect, origin_of
from doors import is_live, row

SIZES = {"telephone": (390, 844), "tablet": (820, 1100), "laptop": (1280, 800),
         "wall": (3840, 2160)}
PAGES = ["#/", "#/proxy/web", "#/proxy/late", "#/sessions", "#/events",
         "#/server"]
LONG = "a-service-with-a-long-name.of-some-team"

# What stands on something else in a row, or beside the table; and chips that
# show a part of a figure.
FAULTS = """() => {
    const found = [], is = (e) => e.getBoundingClientRect();
    const text = (e) => `${e.className} "${e.textContent}"`;
    const board = is(document.querySelector('.board'));
    for (const row of document.querySelectorAll('#rows .row')) {
        const all = [...row.querySelectorAll(
            '.power, .to, .addresses, .lease, .chip, .figure')]
            .filter((e) => is(e).width > 0 &&
                (e.textContent !== '' || e.matches('.power')));
        for (const [i, a] of all.entries()) {
            const x = is(a);
            if (x.left < board.left || x.right > board.right)
                found.push(`${text(a)} is outside`);
            for (const b of all.slice(i + 1)) {
                const y = is(b);
                if (x.left < y.right - 1 && y.left < x.right - 1 &&
                        x.top < y.bottom - 4 && y.top < x.bottom - 4)
                    found.push(`${text(a)} stands on ${text(b)}`);
            }
        }
    }
    for (const head of document.querySelectorAll('.head button')) {
        if (is(head).right > board.right || head.scrollWidth > head.clientWidth)
            found.push(`${text(head)} is cut`);
    }
    for (const part of document.querySelectorAll('.chip .says')) {
        const chip = is(part.closest('.chip')), x = is(part);
        if (x.top < chip.bottom - 2 && x.right > chip.right)
            found.push(`${text(part)} is cut`);
    }
    for (const part of document.querySelectorAll('.chip.connect .what'))
        if (part.scrollWidth > part.clientWidth + 1)
            found.push(`${text(part)} is cut`);
    return found;
}"""


def busy(page, toxid):
    """Figures as wide as they get"""
    asked = itertools.count(1)

    def answer(route):
        n = next(asked) * 999_000_000
        all_of_them = toxid.request("GET", "/health/proxies").json()
        for health in all_of_them.values():
            health.update(open_sessions=12345, dial_failures=1234,
                          worker_restarts=123, bytes={
                              way: {**health["bytes"][way], "sent": n}
                              for way in ("upstream", "downstream")})
        route.fulfill(content_type="application/json",
                      body=json.dumps(all_of_them))

    page.context.route("**/health/proxies", answer)


@pytest.fixture
def lab(toxid):
    for name, toxics in {"web": 1, "db": 3, LONG: 2}.items():
        toxid.proxy(name, "a-host-with-a-long-name.example:65535",
                    enabled=False, ttl=3600000)
        for i in range(toxics):
            toxid.toxic(name, "latency", ("upstream", "downstream")[i % 2], 0.5,
                        f"slow-{i}" if name == "db" else f"{LONG}-{i}",
                        latency=250, jitter=40)
    toxid.proxy("late", "127.0.0.1:9", connect={
        "mode": "accept_delay", "delay": 9999, "dial_delay": 9999,
        "dial_fail": "unreachable"})
    toxid.toxic("late", "latency", latency=250)
    toxid.toxic("late", "corrupt", rate=1e-6)
    return toxid


def test_all_proxies_at_each_size(lab, visit):
    page = visit(lab)
    busy(page, lab)
    expect(row(page, "web").locator(".cell.failures")).to_contain_text("1,234")
    expect(row(page, "web").locator(".figure.down")).to_contain_text("MB/s")
    told = {}
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        expect(row(page, "web")).to_be_visible()
        told[name] = page.evaluate(FAULTS)
    assert {name: all for name, all in told.items() if all} == {}
    # ... and where there is room, figures are
    expect(row(page, "db").locator(".says").first).to_have_text("250 ms")


def test_no_page_is_wider_than_its_window(lab, visit):
    page = visit(lab)
    is_live(page)
    for below in PAGES:
        page.goto(f"{origin_of(lab)}/ui/{below}")
        expect(page.locator("main")).to_contain_text(
            re.compile("web|late|Nobody is connected"))
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth"
                                 ) <= width, (below, width)
