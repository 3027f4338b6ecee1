# SPDX-License-Identifier: ISC
"""The examples for Grafana and Prometheus are of what /metrics has, and what
promtool would find fault with it does not."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest
from lab import Lab
from peers import Echo
from rig import PATIENCE, address_of, wait_until

PROMTOOL = shutil.which(os.environ.get("PROMTOOL", "promtool"))
RULES = pathlib.Path("etc/toxid-rules.yml")
DASHBOARD = pathlib.Path("etc/toxid-grafana.json")
METRIC = re.compile(r"\b(?:toxid|toxiproxy|process|promhttp)_\w+")
# Prometheus has it of what it scrapes.
NOT_OURS = {"up"}

needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="there is no promtool here")


def dashboard():
    return json.loads(DASHBOARD.read_text())


def targets():
    return [(panel["title"], target["expr"])
            for panel in dashboard()["panels"]
            for target in panel.get("targets", ())]


def variables():
    return [v["query"]["query"] for v in dashboard()["templating"]["list"]
            if v["type"] == "query"]


def rules():
    """their expressions, each on one line"""
    text = re.sub(r">-\n\s+", "", RULES.read_text())
    text = re.sub(r"\n\s+(?=[>]|or )", " ", text)
    return re.findall(r"^\s+expr: (.*)$", text, re.M)


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    """The names of all series of a toxid that has each family: its tenants
    have limits, are halted, and somebody has come and gone."""
    with Lab(tmp_path_factory.mktemp("lab"), "-proxy-metrics",
             "-runtime-metrics", more={"limits": {"sessions": 9}}) as t, \
            Echo() as echo:
        listen = t.make("admin", "p", echo.address)["listen"]
        with socket.create_connection(address_of(listen), PATIENCE) as s:
            s.settimeout(PATIENCE)
            s.sendall(b"x")
            assert s.recv(1) == b"x"
        assert t.ask("admin", "POST", "/halt").status == 200

        def names():
            text = t.ask("admin", "GET", "/metrics", of="*").body.decode()
            return {re.split("[{ ]", line)[0] for line in text.splitlines()
                    if line[0] != "#"}
        assert wait_until(
            lambda: "toxid_proxy_session_seconds_count" in names())
        return names()


def test_what_is_shown_is_there(scraped):
    for title, expr in targets():
        assert METRIC.findall(expr), title
    shown = {name for expr in [e for _, e in targets()] + variables()
             for name in METRIC.findall(expr)}
    assert shown <= scraped, shown - scraped


def test_what_rules_look_at_is_there(scraped):
    assert len(rules()) == RULES.read_text().count("- alert:") > 5
    looked_at = {name for expr in rules() for name in METRIC.findall(expr)}
    assert looked_at <= scraped, looked_at - scraped
    assert all(METRIC.search(expr) or expr.split("{")[0] in NOT_OURS
               for expr in rules())


def test_panels_are_beside_each_other():
    taken, ids = set(), set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["id"] not in ids
        ids.add(panel["id"])


def run_promtool(*args, **more):
    r = subprocess.run([PROMTOOL, *args], capture_output=True, text=True,
                       **more)
    assert r.returncode == 0, r.stdout + r.stderr


@pytest.mark.slow
@needs_promtool
def test_rules_are_rules():
    run_promtool("check", "rules", str(RULES))


@pytest.mark.slow
@needs_promtool
def test_alerts_are_there_when_they_have_to_be():
    run_promtool("test", "rules", "tests/prometheus/rules_test.yml")


@pytest.mark.slow
@needs_promtool
def test_what_is_shown_can_be_asked(tmp_path):
    """as Grafana asks it"""
    def filled(expr):
        return re.sub(r"\$(job|instance|proxy)", ".*", expr.replace(
            "$__rate_interval", "1m"))
    file = tmp_path / "shown.yml"
    file.write_text(json.dumps({"groups": [{"name": "shown", "rules": [
        {"record": f"shown:{i}", "expr": filled(expr)}
        for i, (_, expr) in enumerate(targets())]}]}))
    run_promtool("check", "rules", str(file))
