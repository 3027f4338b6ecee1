# SPDX-License-Identifier: ISC
"""The dashboard as a test sees it: by what a person reads and presses."""

import os
import pathlib
import re
import subprocess

from chromium import expect
from rig import PATIENCE

BUILD = pathlib.Path(os.environ.get("TOXID", "build/toxid")).parent


# What Chromium says of each answer that refuses something; a test that means
# to be refused allows it.
REFUSED = r"status of (4\d\d|500)"


def row(page, name):
    """A proxy's, of the overview"""
    return page.locator("#rows .row").filter(
        has=page.get_by_role("link", name=name, exact=True))


def open_proxy(visit, toxid, name, **options):
    page = visit(toxid, f"#/proxy/{name}", **options)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".wire svg")).to_be_visible()
    return page


def card(page, toxic):
    return page.locator(f'article[data-toxic="{toxic}"]')


def field(place, name):
    return place.locator(f'[data-field="{name}"]')


def box(place, name):
    """Where something is typed"""
    return field(place, name).locator("input:not([type=range]), select")


def fault(place, name):
    return field(place, name).locator(".fault")


def toast(page, text):
    return page.locator("#toasts .toast").filter(
        has_text=text if isinstance(text, re.Pattern) else re.compile(text))


def undo(page, text):
    toast(page, text).get_by_role("button", name="Undo").click()


def is_live(page):
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def copied(page, button):
    """What a button has put on the clipboard"""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button.click()
    expect(button).to_have_class(re.compile("copied"))
    return page.evaluate("navigator.clipboard.readText()")


def run(command):
    """... as somebody pastes it into a terminal"""
    path = f"{BUILD.resolve()}:{os.environ['PATH']}"
    subprocess.run(["sh", "-ec", command], check=True, timeout=PATIENCE,
                   env={**os.environ, "PATH": path},
                   stdout=subprocess.DEVNULL)


def lacks(toxid):
    """Why no segment can be lost; or None"""
    loss = toxid.request("GET", "/health").json()["capabilities"]["tcp_loss"]
    return None if loss["available"] else loss["lacks"]


def toxics(toxid, proxy):
    return toxid.request("GET", f"/proxies/{proxy}/toxics").json()
