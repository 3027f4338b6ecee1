# SPDX-License-Identifier: ISC
"""Pages of another origin, and one of a name that was bound to toxid's address
meanwhile, try the API, and the dashboard: in a browser, as a user has it."""

import functools
import http.server
import pathlib
import threading

import pytest
from chromium import expect, origin_of
from rig import Toxid

pytestmark = pytest.mark.xdist_group("foreign")  # they share a toxid

PROXY = '{"name":"p","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}'
FOREIGN = b"<!doctype html><title>foreign</title><p>Nothing to see here"

# Each way that fetch() has; what can be read of the reply.
TRIES = """async ([api, body]) => {
    const ui = {'X-Toxid-UI': '1'}, told = {};
    const ways = {
        get: {}, ui: {headers: ui},
        post: {method: 'POST', body}, 'ui post': {method: 'POST', body,
            headers: ui},
        blind: {method: 'POST', body, mode: 'no-cors'},
        'blind ui': {method: 'POST', body, mode: 'no-cors', headers: ui},
        'with all': {method: 'POST', body, credentials: 'include'},
        'no referrer': {method: 'POST', body, referrerPolicy: 'no-referrer'},
        json: {method: 'POST', body, headers: {'Content-Type':
            'application/json'}},
        delete: {path: '/proxies/p', method: 'DELETE', headers: ui},
        patch: {path: '/proxies/p', method: 'PATCH', body, headers: ui},
        reset: {path: '/reset', method: 'POST', mode: 'no-cors'},
        health: {path: '/health', headers: ui},
        events: {path: '/events', headers: ui},
    };
    for (const [way, {path = '/proxies', ...options}] of
            Object.entries(ways)) {
        try {
            const reply = await fetch(api + path, options);
            told[way] = reply.type === 'opaque' ? 'opaque' :
                `${reply.status} ${await reply.text()}`;
        } catch (e) {
            told[way] = e.name;
        }
    }
    return told;
}"""

# Files of the dashboard, as parts of somebody's page.
PARTS = [("script", "src", "*.js"), ("img", "src", "*.svg"),
         ("link", "href", "*.css")]
EMBED = """async ([api, files]) => {
    const told = {};
    for (const [tag, from, file] of files) {
        const e = document.createElement(tag);
        if (tag === 'link')
            e.rel = 'stylesheet';
        told[tag] = await new Promise((done) => {
            e.onload = () => done('loaded');
            e.onerror = () => done('refused');
            e[from] = `${api}/ui/${file}`;
            document.head.append(e);
        });
    }
    return told;
}"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(FOREIGN)))
        self.end_headers()
        self.wfile.write(FOREIGN)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def port():
    """Of somebody else's web server"""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def toxid():
    """One for all: nothing of what is tried changes it."""
    with Toxid() as t:
        yield t
        assert t.request("GET", "/proxies").body == b"{}"


@pytest.fixture(params=["127.0.0.1", "localhost", "evil.test"])
def foreign(request, visit, port):
    page = visit.blank()
    page.goto(f"http://{request.param}:{port}/")
    expect(page).to_have_title("foreign")
    return page


def test_pages_of_another_origin(toxid, foreign):
    told = foreign.evaluate(TRIES, [origin_of(toxid), PROXY])
    assert {way: said for way, said in told.items()
            if said not in ("TypeError", "opaque")} == {}
    assert toxid.request("GET", "/proxies").body == b"{}"


def test_it_is_no_part_of_another_page(toxid, foreign):
    files = [[tag, how, sorted(pathlib.Path("ui").glob(kind))[0].name]
             for tag, how, kind in PARTS]
    told = foreign.evaluate(EMBED, [origin_of(toxid), files])
    assert told == {"script": "refused", "img": "refused", "link": "refused"}


def test_it_is_in_no_frame(toxid, foreign):
    with foreign.expect_event("console", lambda m: m.type == "error"):
        foreign.evaluate("""(url) => {
            const frame = document.createElement('iframe');
            frame.src = url;
            document.body.append(frame);
        }""", f"{origin_of(toxid)}/ui/")
    assert not any(frame.title() == "toxid" for frame in foreign.frames[1:])


def test_a_form_that_leads_to_it(toxid, foreign):
    """... is a click away, and has no field of its choice."""
    with foreign.expect_navigation():
        foreign.evaluate("""([url, body]) => {
            const form = document.createElement('form');
            form.method = 'post';
            form.enctype = 'text/plain';
            form.action = url;
            const field = document.createElement('input');
            [field.name, field.value] = body.split('=');
            form.append(field);
            document.body.append(form);
            form.submit();
        }""", [f"{origin_of(toxid)}/proxies",
               PROXY.replace("}", ',"x":"="}')])
    assert toxid.request("GET", "/proxies").body == b"{}"


def test_a_link_that_leads_to_it(toxid, foreign):
    """... from anywhere, shows it."""
    foreign.evaluate("""(url) => {
        const link = document.createElement('a');
        [link.href, link.textContent] = [url, 'there'];
        document.body.append(link);
    }""", f"{origin_of(toxid)}/ui/")
    foreign.get_by_text("there").click()
    expect(foreign).to_have_title("toxid")


@pytest.mark.parametrize("path", ["/ui/", "/proxies", "/nothing"])
def test_a_name_that_was_bound_again(toxid, visit, path):
    """Its page is of the very origin that toxid has by that name: no check of
    a browser's is in its way."""
    origin = origin_of(toxid, "evil.test")
    page = visit.blank()
    page.goto(f"{origin}{path}")
    told = page.evaluate(TRIES, [origin, PROXY])
    read = functools.partial(filter, lambda said: not said.startswith("403 "))
    assert list(read(told.values())) == [], told
    assert toxid.request("GET", "/proxies").body == b"{}"
