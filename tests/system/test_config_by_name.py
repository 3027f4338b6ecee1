# SPDX-License-Identifier: ISC
"""A configuration file may be what a server shows at /proxies."""

import json

import pytest
from rig import Toxid

PROXY = {"listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}


@pytest.mark.parametrize("text", [
    {"a": {"name": "a", **PROXY}, "b": PROXY},
    {"proxies": {"a": PROXY, "b": PROXY}, "durability": "process"},
    {"a": PROXY, "proxies": PROXY},
    {"a": {"Listen": "127.0.0.1:0", "UPSTREAM": "127.0.0.1:1"}}])
def test_by_name(tmp_path, text):
    file = tmp_path / "config.json"
    file.write_text(json.dumps(text))
    with Toxid("-config", str(file)) as t:
        shown = json.loads(t.request("GET", "/proxies").body)
        assert sorted(shown) == sorted(
            text["proxies"] if "durability" in text else text)
        assert all(p["enabled"] for p in shown.values())


def test_the_name_that_is_said_counts(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"a": {"Name": "b", **PROXY}}))
    with Toxid("-config", str(file)) as t:
        assert list(json.loads(t.request("GET", "/proxies").body)) == ["b"]


def test_what_one_shows_another_takes(tmp_path):
    file = tmp_path / "config.json"
    with Toxid() as t:
        t.proxy("a", "127.0.0.1:1")
        t.toxic("a", "latency", latency=5)
        shown = t.request("GET", "/proxies").body
    file.write_bytes(shown)
    with Toxid("-config", str(file)) as t:
        assert t.request("GET", "/proxies").body == shown
