# SPDX-License-Identifier: ISC
"""Does the dashboard come up in a real browser, by all ways?  That nothing is
wrong with a page, visit() sees."""

from chromium import expect, origin_of
from rig import Toxid
from secure import SecureToxid, certify

# Of an origin that is neither TLS nor this machine's, which browsers trust less
UNTRUSTED = "Cross-Origin-Opener-Policy"


def is_up(toxid, page):
    version = toxid.request("GET", "/health").json()["version"]
    expect(page).to_have_title("toxid")
    expect(page.locator("body")).to_contain_text(version)


def test_it_comes_up(toxid, visit):
    is_up(toxid, visit(toxid))


def test_it_comes_up_over_tls(tmp_path, visit):
    with SecureToxid(certify(tmp_path)) as toxid:
        is_up(toxid, visit(toxid))


def test_it_comes_up_by_a_name_that_is_allowed(visit):
    with Toxid("-allow-host", "lab.test") as toxid:
        is_up(toxid, visit(toxid, name="lab.test", allow=UNTRUSTED))


def test_a_folder_without_its_slash(toxid, visit):
    page = visit(toxid)
    page.goto(f"{origin_of(toxid)}/ui?x=1")
    assert page.url.startswith(f"{origin_of(toxid)}/ui/?x=1")
    is_up(toxid, page)


def test_a_second_look_asks_for_nothing_again(toxid, visit):
    page = visit(toxid)
    is_up(toxid, page)
    with page.expect_response(lambda r: r.url.endswith("/ui/")) as reply:
        page.reload()
    assert reply.value.status in (200, 304)
    is_up(toxid, page)


def test_no_text_becomes_markup(toxid, visit):
    """... whatever a page's programs do with it; nor does a style of its own."""
    page = visit(toxid, allow="^policy: |Trusted|Content Security Policy")
    is_up(toxid, page)
    assert page.evaluate("""() => {
        try {
            document.body.insertAdjacentHTML('beforeend', '<b id=b>b</b>');
        } catch (e) {
            return e.name;
        }
    }""") == "TypeError"
    assert page.locator("#b").count() == 0
    assert page.evaluate("""() => {
        document.body.setAttribute('style', 'outline: 9px solid red');
        return getComputedStyle(document.body).outlineWidth;
    }""") != "9px"
