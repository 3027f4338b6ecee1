#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Pictures of each page, in light and dark, of a lab with some life in it.

        tests/ui/shots.py FOLDER [SECONDS]

SECONDS: so long it lives before they are taken, that charts have something."""

import pathlib
import random
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from chromium import expect, launch, origin_of, sync_playwright  # noqa: E402
from peers import Echo  # noqa: E402
from rig import Toxid, own_host  # noqa: E402

SIZES = {"": (1280, 860), "-phone": (390, 844), "-4k": (2560, 1440)}
PAGES = {"overview": "#/", "proxy": "#/proxy/checkout-db",
         "sessions": "#/sessions", "events": "#/events",
         "server": "#/server"}

PROXIES = {
    "auth": [], "checkout-db": [
        ("latency", "upstream", "far-away", 1, {"latency": 40, "jitter": 5}),
        ("latency", "downstream", "slow-disk", 1,
         {"latency": 250, "jitter": 40}),
        ("bandwidth", "downstream", "thin-line", 0.5, {"rate": 900})],
    "images": [("slicer", "downstream", "small-pieces", 1,
                {"average_size": 1400, "size_variation": 200, "delay": 50})],
    "mail": [], "metrics": [],
    "orders": [("packet_loss", "downstream", "bad-wifi", 1,
                {"loss_rate": 0.02, "correlation": 0})],
    "payments": [("reset_peer", "downstream", "drops", 0.1,
                  {"timeout": 800})],
    "queue": [], "redis": [("latency", "downstream", "hiccups", 0.3,
                            {"latency": 90, "jitter": 30})],
    "search": [], "sessions-cache": [], "webhooks": [
        ("timeout", "upstream", "black-hole", 0.05, {"timeout": 3000})]}
OFF = {"mail"}


def fill(toxid, upstream):
    for i, (name, toxics) in enumerate(PROXIES.items()):
        toxid.proxy(name, "127.0.0.1:1" if name == "search" else upstream,
                    f"{own_host()}:{21000 + i}", enabled=name not in OFF,
                    **({"ttl": 5400000} if name == "webhooks" else {}))
        for kind, stream, label, share, attributes in toxics:
            toxid.toxic(name, kind, stream, share, label, **attributes)
    toxid.request("POST", "/proxies/orders/toxics/bad-wifi/lease",
                  {"ttl": 1260000})


def talk(toxid, name, size, pause, is_over):
    """A client that asks, waits, and sometimes comes anew."""
    rest = random.Random(name)
    while not is_over.is_set():
        try:
            with toxid.connect(name) as s:
                s.settimeout(2)
                for _ in range(rest.randrange(20, 60)):
                    wave = 1 + rest.random() * (3 if time.time() % 17 < 6
                                                else 1)
                    s.sendall(b"x" * int(size * wave))
                    got = 0
                    while got < size // 2:
                        got += len(s.recv(65536)) or size
                    if is_over.wait(pause * (0.5 + rest.random())):
                        return
        except OSError:
            is_over.wait(1)


def live(toxid, is_over):
    sizes = {"checkout-db": 30000, "images": 90000, "redis": 4000,
             "payments": 2500, "auth": 1500, "orders": 9000, "queue": 14000,
             "metrics": 700, "sessions-cache": 5200, "webhooks": 800}
    for i, (name, size) in enumerate(sizes.items()):
        for k in range(1 + i % 3):
            threading.Thread(target=talk, daemon=True, args=(
                toxid, name, size, 0.1 + 0.05 * k, is_over)).start()
    for _ in range(3):
        toxid.connect("search").close()


def change(toxid, is_over, seconds):
    """Somebody turns the knobs meanwhile."""
    for latency in (120, 600, 250):
        if is_over.wait(seconds / 4):
            return
        toxid.request("PATCH", "/proxies/checkout-db/toxics/slow-disk",
                      {"attributes": {"latency": latency}})


def look(browser, toxid, scheme, size):
    """Pages that are open while the lab lives: charts begin with them."""
    context = browser.new_context(
        color_scheme=scheme, reduced_motion="reduce",
        viewport=dict(zip(("width", "height"), size)))
    pages = {}
    for name in ("overview", "proxy"):
        pages[name] = context.new_page()
        pages[name].goto(f"{origin_of(toxid)}/ui/{PAGES[name]}")
    return context, pages


def shoot(toxid, context, pages, folder, label):
    other = context.new_page()
    for name, below in PAGES.items():
        page = pages.get(name, other)
        if page is other:
            page.goto(f"{origin_of(toxid)}/ui/{below}")
            page.wait_for_timeout(2500)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.screenshot(path=folder / f"{name}-{label}.png")
        if name in ("proxy", "server"):
            page.screenshot(path=folder / f"{name}-{label}-whole.png",
                            full_page=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    folder.mkdir(parents=True, exist_ok=True)
    is_over = threading.Event()
    with Toxid() as toxid, Echo() as echo, sync_playwright() as playwright:
        fill(toxid, echo.address)
        live(toxid, is_over)
        browser = launch(playwright)
        looks = {f"{scheme}{label}": look(browser, toxid, scheme, size)
                 for scheme in ("light", "dark")
                 for label, size in SIZES.items()}
        change(toxid, is_over, seconds)
        is_over.wait(seconds / 4)
        for label, (context, pages) in looks.items():
            shoot(toxid, context, pages, folder, label)
        is_over.set()
        browser.close()


if __name__ == "__main__":
    main()
