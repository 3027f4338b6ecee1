# SPDX-License-Identifier: ISC
"""A real Chromium, and what it has to say of a page.  Where there is no
playwright, tests are only found."""

import os
import re

try:
    from playwright.sync_api import (
        Error, TimeoutError, expect, sync_playwright)
except ImportError:
    Error = TimeoutError = expect = sync_playwright = None

from rig import PATIENCE

PROGRAM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Root's has no sandbox, nor has one in a container.  Each name in .test is this
# machine's.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage",
             "--host-resolver-rules=MAP *.test 127.0.0.1"]
# Of which a page may not know in advance: what it breaks.
TELL = """addEventListener('securitypolicyviolation', e =>
    console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`))"""


def launch(playwright):
    expect.set_options(timeout=1000 * PATIENCE)
    return playwright.chromium.launch(
        executable_path=PROGRAM, args=ARGUMENTS, timeout=1000 * PATIENCE)


def origin_of(toxid, name=None):
    scheme = "https" if hasattr(toxid, "pair") else "http"
    return f"{scheme}://{name or toxid.host}:{toxid.port}"


class Visits:
    """Pages that one test looks at, each in a context of its own: whatever is
    wrong with one of them, and not allowed, is in its faults."""

    def __init__(self, browser):
        self.browser, self.contexts, self.pages = browser, [], []

    def __call__(self, toxid, below="", allow=None, name=None, **options):
        """below: what is behind /ui/; allow: a pattern of faults that are
        none; name: what toxid is called by; options: of the context, as
        viewport or color_scheme"""
        origin = origin_of(toxid, name)
        page = self.blank(**options)
        self.watch(page, origin, allow)
        page.goto(f"{origin}/ui/{below}")
        return page

    def blank(self, **options):
        """One that nobody watches yet"""
        context = self.browser.new_context(ignore_https_errors=True, **options)
        context.set_default_timeout(1000 * PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.faults = []
        self.pages.append(page)
        return page

    @staticmethod
    def watch(page, origin, allow):
        def fault(what, text):
            # a machine that stands still is not ready, and a page asks it
            if "status of 503" in text:
                return
            if allow is None or not re.search(allow, text):
                page.faults.append(f"{what}: {text}")

        def said(message):
            if message.type in ("error", "warning"):
                fault("console", message.text)

        def asked(request):
            if not request.url.startswith((f"{origin}/", "blob:")):
                fault("request", request.url)

        page.on("console", said)
        page.on("pageerror", lambda error: fault("error", str(error)))
        page.on("request", asked)
        page.add_init_script(TELL)

    def faults(self):
        return [fault for page in self.pages for fault in page.faults]

    def close(self):
        for context in self.contexts:
            context.close()
