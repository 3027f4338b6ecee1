# SPDX-License-Identifier: ISC
"""A page that stays open: whatever becomes of toxid, whoever else looks, and
whatever a proxy is called."""

import os
import re
import signal
import threading

import pytest
from chromium import expect
from doors import REFUSED, is_live, open_proxy, row
from rig import PATIENCE, Toxid, wait_until

UPSTREAM = "127.0.0.1:9"
# What a page says of a toxid that is not there
GONE = ("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|"
        "ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_SOCKET_NOT_CONNECTED|503|"
        "ERR_ABORTED|ERR_FAILED|ERR_NETWORK_CHANGED|ERR_CONNECTION_CLOSED")
HEAP_SECONDS = int(os.environ.get("UI_HEAP_SECONDS", 8))


# ---- toxid goes, and comes

def test_killed_and_started_again(tmp_path, visit):
    """It says since when, tries again, and has what there is then."""
    state = ("-state", str(tmp_path / "state"))
    with Toxid(*state) as first:
        first.proxy("web", UPSTREAM)
        page = visit(first, allow=GONE)
        expect(row(page, "web")).to_be_visible()
        is_live(page)
        first.cut()
        expect(page.locator("#connection")).to_have_text(re.compile(
            r"last seen .* ago, trying again"))
        expect(row(page, "web")).to_be_visible()  # as it was last seen
        with Toxid(*state, port=first.port) as second:
            is_live(page)
            second.proxy("db", UPSTREAM)
            expect(row(page, "db")).to_be_visible()
            expect(row(page, "web")).to_be_visible()


def test_without_a_state_nothing_is_left(visit):
    with Toxid() as first:
        first.proxy("web", UPSTREAM)
        page = open_proxy(visit, first, "web", allow=f"{GONE}|{REFUSED}")
        first.cut()
        with Toxid(port=first.port):
            expect(page.get_by_role("heading", level=1)).to_have_text(
                "There is no proxy web")


def test_one_that_is_away_is_not_pressed(visit):
    """However many pages look at it: each tries by its stream alone, and that
    ever more seldom."""
    with Toxid() as first:
        first.proxy("web", UPSTREAM)
        page = open_proxy(visit, first, "web", allow=f"{GONE}|{REFUSED}")
        is_live(page)
        first.cut()
        expect(page.locator("#connection")).to_have_attribute(
            "data-state", "lost")
        page.wait_for_timeout(2000)  # what was asked before has its end
        asked = []
        page.on("request", lambda r: asked.append(r.url.rpartition("/")[2]))
        page.wait_for_timeout(6000)
        assert set(asked) <= {"events"} and len(asked) <= 8, asked
        with Toxid(port=first.port):
            is_live(page)


def test_upgraded_beneath_it(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    page = visit(toxid, allow=GONE)
    expect(row(page, "web")).to_be_visible()
    is_live(page)
    before = toxid.ctld
    toxid.process.send_signal(signal.SIGUSR2)
    assert wait_until(lambda: [
        p for p in toxid.children().get("ctld", []) if p != before])
    toxid.proxy("db", UPSTREAM)
    expect(row(page, "db")).to_be_visible()
    is_live(page)
    page.goto(page.url.partition("#")[0] + "#/events")
    expect(page.locator(".events .row").filter(has_text="db was made")
           ).to_have_count(1)


def test_apid_dies_beneath_it(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    page = visit(toxid, allow=GONE)
    expect(row(page, "web")).to_be_visible()
    os.kill(toxid.child("apid"), signal.SIGKILL)
    assert wait_until(lambda: is_answered(toxid))
    toxid.proxy("db", UPSTREAM)
    expect(row(page, "db")).to_be_visible()
    is_live(page)


def is_answered(toxid):
    try:
        return toxid.request("GET", "/version").status == 200
    except OSError:
        return False


def test_who_comes_before_it(visit):
    """The page is there, and toxid not yet."""
    with Toxid() as first:
        page = visit(first, allow=GONE)
        is_live(page)
        page.context.route("**/tenant", lambda route: route.abort())
        page.reload()
        expect(page.locator("#connection")).to_have_attribute(
            "data-state", "lost")
        page.context.unroute("**/tenant")
        expect(page.get_by_text("No proxy yet")).to_be_visible()


# ---- two at once

def test_two_browsers(toxid, visit):
    toxid.proxy("web", UPSTREAM)
    toxid.toxic("web", "latency", toxic_name="slow", latency=100)
    one = open_proxy(visit, toxid, "web")
    other = open_proxy(visit, toxid, "web")
    box = 'article[data-toxic="slow"] [data-field="latency"] .number'
    one.locator(box).fill("250")
    one.locator(box).press("Enter")
    expect(other.locator(box)).to_have_value("250")
    other.locator(box).fill("9")  # he is not done
    one.locator(box).fill("300")
    one.locator(box).press("Enter")
    expect(other.locator(".changes")).to_contain_text("250 → 300")
    expect(other.locator(box)).to_have_value("9")
    other.locator(box).press("Enter")
    expect(one.locator(box)).to_have_value("9")
    one.get_by_role("button", name="All clear", exact=True).click()
    expect(other.locator("article.toxic")).to_have_count(0)
    one.get_by_role("button", name="Undo all clear").click()
    expect(other.locator(box)).to_have_value("9")


# ---- names

HOSTILE = {
    "markup": '<img src=x onerror="alert(1)"><script>alert(1)</script>',
    "quotes": "\"'`${1+1}{{2}}&lt;&amp;",
    "rtl": "\u202egnp.exe\u202c \u05d0\u05d1\u05d2",
    "long": "W" * 255,
    "path": "a/b?c#d%2Fe",
    "control": "a\u0001\u007f\u0085b\nc",
    "emoji": "\U0001f469\u200d\U0001f4bb",
    "proto": "__proto__",
    "blank": " ",
    "dots": "..",
}


@pytest.fixture(scope="module")
def hostile():
    with Toxid() as toxid:
        r = toxid.request("POST", "/populate", [
            {"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
             "ttl": 3600000, "toxics": [{"type": "latency", "name": name}]}
            for name in HOSTILE.values()])
        assert r.status == 201, r
        yield toxid


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def nothing_has_run(page):
    return page.locator("img, iframe, object, main script").count() == 0


@pytest.mark.xdist_group("hostile")
@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_names(hostile, visit, width):
    """On each page they are text, beside others, and nothing of it runs."""
    page = visit(hostile, viewport={"width": width, "height": 900})
    page.on("dialog", lambda dialog: page.faults.append("it has run"))
    for link, rows in (("Overview", "#rows .row"), ("Events", ".events .row"),
                       ("Server", "[aria-label=Leases] tbody tr"),
                       ("Sessions", ".empty li")):
        page.get_by_role("link", name=link, exact=True).click()
        expect(page.locator(rows).first).to_be_visible()
        assert fits(page) and nothing_has_run(page), link
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.locator("#rows .to")).to_have_count(len(HOSTILE))
    assert sorted(page.locator("#rows .to").all_inner_texts()) == sorted(
        map(seen, HOSTILE.values()))


@pytest.mark.xdist_group("hostile")
def test_the_page_of_a_hostile_name(hostile, visit):
    # a browser cannot ask for "..", and says that it was not found
    page = visit(hostile, allow=REFUSED)
    page.on("dialog", lambda dialog: page.faults.append("it has run"))
    for name in HOSTILE.values():
        page.locator("#rows").get_by_role(
            "link", name=seen(name), exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(seen(name))
        expect(page.locator("article.toxic h3")).to_have_text(seen(name))
        assert fits(page) and nothing_has_run(page), name
        page.go_back()


def seen(name):
    """What would not be seen is"""
    hidden = re.compile("[\0-\x1f\x7f-\xa0\u200b\u200e\u200f\u202a-\u202e]")
    text = hidden.sub(lambda m: f"‹{ord(m[0]):04X}›", name)
    return re.sub("^ +| +$", lambda m: "␣" * len(m[0]), text)


# ---- long

def test_the_heap_is_flat(toxid, echo, visit):
    """UI_HEAP_SECONDS=600 is for who has the time."""
    toxid.proxy("web", echo.address)
    toxid.toxic("web", "latency", toxic_name="slow", latency=1)
    is_over = threading.Event()

    def load():
        i = 0
        while not is_over.is_set():
            with toxid.connect("web") as s:
                s.sendall(b"x" * 1000)
                s.recv(1000)
            i += 1
            toxid.request("PATCH", "/proxies/web/toxics/slow",
                          {"attributes": {"latency": i % 9}})

    thread = threading.Thread(target=load)
    page = open_proxy(visit, toxid, "web")
    devtools = page.context.new_cdp_session(page)

    def heap():
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"]

    def nodes():
        return devtools.send("Memory.getDOMCounters")["nodes"]

    thread.start()
    try:
        page.wait_for_timeout(250 * HEAP_SECONDS)
        before, had = heap(), nodes()
        page.wait_for_timeout(750 * HEAP_SECONDS)
        after, has = heap(), nodes()
    finally:
        is_over.set()
        thread.join(PATIENCE)
    print(f"heap {before} {after}, nodes {had} {has}")
    # 2000 events are kept, each some hundred bytes
    assert after - before < 4e6, (before, after)
    assert has - had < 3000, (had, has)


# What is said above the page of a machine that stands still may move it.
SHIFTS = """() => {
    document.getElementById('notices').hidden = true;
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const one of list.getEntries())
            shifts.push([one.value, one.sources.map((s) =>
                s.node?.outerHTML?.slice(0, 200))]);
    }).observe({type: 'layout-shift'});
}"""


# Of each page what is there when its figures have come, and none will be new.
MOVING = {"#/": "#rows .figure.up:not(:text('–'))",
          "#/proxy/web": ".chart .series[d*=L]",
          "#/sessions": ".sessions.live .row .figure"}


def test_nothing_shifts_when_figures_move(toxid, echo, visit):
    toxid.proxy("web", echo.address)
    toxid.toxic("web", "latency", toxic_name="slow", latency=1)
    with toxid.connect("web") as s:
        s.settimeout(PATIENCE)
        pages = [visit(toxid, below, allow="503") for below in MOVING]
        for page, place in zip(pages, MOVING.values()):
            is_live(page)
            expect(page.locator(place).first).to_be_attached()
            page.evaluate(SHIFTS)
        for i in range(5):
            s.sendall(b"x" * 9 ** i)
            got = 0
            while got < 9 ** i:
                got += len(s.recv(65536))
            pages[0].wait_for_timeout(700)
        assert [page.evaluate("shifts") for page in pages] == [[]] * len(pages)
