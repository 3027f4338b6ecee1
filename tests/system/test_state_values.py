# SPDX-License-Identifier: ISC
"""Whatever the API takes can be kept: stored dies of nothing that a client may
say, and the next start has it."""

import os
import signal
import urllib.parse

import pytest
from rig import Toxid, wait_until

LONG = "\u00e9" * 127
UPSTREAMS = ["", "x", LONG + ":" + "1" * 6, "a" + LONG, "[::1%lo]:0",
             "h:" + LONG, " \n\u202e:http"]
LISTENS = ["", "x", LONG + ":99999", "[::", "[fe80::1%nowhere]:0", "h:" + LONG]
NAMES = [LONG, "a/b%2F", " ", "\n", "..", "\u202e\x01", "\U0001f600"]


def deaths(t):
    return [line for line in t.log() if line.get("message") == "Child died"
            and line["child"] == "stored"]


@pytest.fixture
def kept(tmp_path):
    return "-state", str(tmp_path / "state")


def test_endpoints_are_kept(kept):
    with Toxid(*kept) as t:
        for i, upstream in enumerate(UPSTREAMS):
            t.proxy(f"u{i}", "127.0.0.1:1")
            r = t.request("PATCH", f"/proxies/u{i}", {"upstream": upstream})
            assert r.status == 200 and r.json()["upstream"] == upstream, r
        for i, listen in enumerate(LISTENS):
            made = t.proxy(f"l{i}", "127.0.0.1:1", listen, enabled=False)
            assert made["listen"] == listen
        before = t.request("GET", "/proxies").json()
        t.read_to_here()
        assert not deaths(t)
        t.cut()
    with Toxid(*kept) as t:
        assert t.request("GET", "/proxies").json() == before
        t.read_to_here()
        assert not deaths(t)


def test_names_are_kept(kept):
    with Toxid(*kept) as t:
        for name in NAMES:
            t.proxy(name, "127.0.0.1:1")
            path = urllib.parse.quote(name, safe="").replace(".", "%2E")
            r = t.request("POST", f"/proxies/{path}/toxics",
                          {"type": "noop", "name": name})
            assert r.status == 200, (name, r)
        before = t.request("GET", "/proxies").json()
        t.read_to_here()
        assert not deaths(t)
        t.cut()
    with Toxid(*kept) as t:
        assert t.request("GET", "/proxies").json() == before
        t.read_to_here()
        assert not deaths(t)


def test_one_without_an_upstream_is_told_anew(kept):
    """... to the next stored, and to the next program."""
    with Toxid(*kept) as t:
        t.proxy("p", "127.0.0.1:1")
        assert t.request("PATCH", "/proxies/p", {"upstream": ""}).status == 200
        before = t.child("stored")
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: t.child("stored") != before)
        t.proxy("q", "127.0.0.1:1")
        t.read_to_here()
        assert len(deaths(t)) == 1
        t.cut()
    with Toxid(*kept) as t:
        assert t.request("GET", "/proxies/p").json()["upstream"] == ""
        assert t.request("GET", "/proxies/q").status == 200
