# SPDX-License-Identifier: ISC
"""Whom the API refuses, before anybody looks at what he wants, is a line of the
log, too, and a flood of them is a few."""

import base64
import concurrent.futures
import http.client
import os
import signal
import socket
import time

import pytest
import test_token
from lab import TOKENS, WRONG, Lab, standard
from rig import PATIENCE, Toxid, wait_until
from test_api_users import (  # noqa: F401 (a fixture)
    A, NOBODY, READER, ask, lab_of, needs_root, place)

pytestmark = pytest.mark.normal_build


@pytest.fixture(name="lab")
def the_lab(tmp_path):
    with Lab(tmp_path) as lab:
        yield lab


def refusals(t):
    """By apid; what it has asked ctld for has a name."""
    return [line for line in t.log() if line.get("message") == "Audit" and
            (line["request"] == "" or " /" in line["request"])]


def written(t, r):
    """The line of that reply"""
    t.read_to_here()
    line, = [line for line in refusals(t) if line["request_id"] ==
             r.headers["X-Toxiproxy-Request-Id"]]
    return line


def elsewhere(t, n):
    """From an address of its own"""
    c = http.client.HTTPConnection(
        t.host, t.port, PATIENCE, source_address=(f"127.8.8.{n + 1}", 0))
    c.request("GET", "/proxies")
    r = c.getresponse()
    r.read()
    c.close()
    return r.status


def count(lines):
    return sum(line.get("times", 1) for line in lines)


# ---- who has no good token

def basic(password):
    return "Basic " + base64.b64encode(f"x:{password}".encode()).decode()


WORDS = [
    (None, "no token", "", ""),
    (f"Bearer {WRONG}", "token unknown", "", ""),
    (basic(WRONG), "token unknown", "", ""),
    (f"Bearer {TOKENS['expired']}", "token expired", "a", "expired"),
    (basic(TOKENS["expired"]), "token expired", "a", "expired"),
    ("Bearer ", "malformed token", "", ""),
    (f"Digest {TOKENS['a']}", "malformed token", "", ""),
    ("Bearer " + "x" * 600, "malformed token", "", ""),
    ("Bearer \xff", "malformed token", "", ""),
]


@pytest.mark.parametrize("value, outcome, tenant, token", WORDS)
def test_a_wrong_credential(lab, value, outcome, tenant, token):
    headers = {} if value is None else {"Authorization": value}
    r = lab.request("DELETE", "/proxies/p?token=secret", headers=headers)
    assert r.status == 401
    line = written(lab, r)
    assert (line["request"], line["outcome"]) == (
        "DELETE /proxies/p", "refused: " + outcome)
    assert (line["tenant"], line["token"]) == (tenant, token)
    assert line["client"].startswith("127.0.0.1:") and "times" not in line
    assert "secret" not in str(line)
    for secret in (*TOKENS.values(), WRONG):
        assert secret.encode() not in b"".join(lab.lines)


def test_two_tokens_are_none(lab):
    with socket.create_connection((lab.host, lab.port), PATIENCE) as s:
        s.sendall(b"GET /proxies HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
                  2 * f"Authorization: Bearer {TOKENS['a']}\r\n".encode() +
                  b"\r\n")
        assert b" 401 " in s.recv(4096)
    lab.read_to_here()
    line, = refusals(lab)
    assert (line["outcome"], line["tenant"]) == (
        "refused: malformed token", "")


def test_where_there_is_one_token():
    with test_token.Guarded() as t:
        r = t.request("GET", "/proxies", headers={
            "Authorization": "Bearer wrong"})
        assert r.status == 401
        assert wait_until(lambda: refusals(t))
        line, = refusals(t)
        assert line["outcome"] == "refused: token unknown"
        assert line["request_id"] == r.headers["X-Toxiproxy-Request-Id"]
        # a probe is not refused
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            assert t.request("GET", "/health/live",
                             headers=headers).status == 200
        t.request("GET", "/version", headers=test_token.GOOD)
        assert wait_until(lambda: t.request(
            "POST", "/reset", headers=test_token.GOOD).status == 204)
        assert refusals(t) == [line]


def test_where_all_may_ask_nobody_is_told_of():
    with Toxid() as t:
        assert t.request("GET", "/proxies", headers={
            "User-Agent": "Mozilla/5.0"}).status == 403
        t.read_to_here()
        assert not [line for line in t.log() if line["message"] == "Audit"]


# ---- who has one, and may not

def test_what_a_role_may_not(lab):
    r = lab.ask("a-reader", "POST", "/proxies", {"name": "p"})
    assert r.status == 403
    line = written(lab, r)
    assert (line["request"], line["outcome"], line["tenant"],
            line["token"]) == ("POST /proxies", "refused: token may only read",
                               "a", "a-reader")
    r = lab.ask("a", "GET", "/proxies/p", of="b")
    assert r.status == 403
    line = written(lab, r)
    assert (line["for"], line["outcome"], line["tenant"], line["token"]) == (
        "b", "refused: for another tenant", "a", "a")


def test_calls_beyond_a_limit(tmp_path):
    tenants = standard()
    tenants[0]["limits"] = {"api_calls_per_s": 5}
    with Lab(tmp_path, tenants=tenants) as lab:
        statuses = []

        def is_over():
            statuses.append(lab.ask("a", "GET", "/proxies").status)
            return statuses[-1] == 429
        assert wait_until(is_over)
        lab.read_to_here()
        line = refusals(lab)[0]
        assert (line["outcome"], line["tenant"], line["token"]) == (
            "refused: limits.api_calls_per_s", "a", "a")


@pytest.mark.parametrize("headers, why", [
    ({"User-Agent": "Mozilla/5.0"}, "a browser"),
    ({"Origin": "http://evil.example", "Host": "evil.example"}, "host"),
    ({"X-Toxid-UI": "1", "Host": "evil.example"}, "host"),
    ({"Origin": "http://evil.example"}, "origin"),
    ({"Sec-Fetch-Site": "cross-site"}, "site")])
def test_web_pages(lab, headers, why):
    """Whoever's browser it is, his token is not looked at"""
    r = lab.ask("a", "GET", "/proxies", headers=headers)
    assert r.status == 403
    line = written(lab, r)
    assert (line["outcome"], line["tenant"], line["token"]) == (
        "refused: " + why, "", "")


def test_what_nobody_may_is_none(lab):
    """It would be refused to anybody."""
    for method, path, of, status in [
            ("GET", "/nothing", None, 404), ("PUT", "/proxies", None, 405),
            ("GET", "/proxies", "..", 400), ("POST", "/proxies", None, 400)]:
        assert lab.ask("a", method, path, of=of).status == status
    lab.read_to_here()
    assert refusals(lab) == []


@needs_root
def test_users_of_the_socket(place):  # noqa: F811
    with lab_of(place) as lab:
        for uid, method, status, outcome, who in [
                (NOBODY, "GET", 401, "no token", ("", "")),
                (READER, "POST", 403, "token may only read",
                 ("a", f"uid {READER}"))]:
            r = ask(place, method, "/proxies", uid=uid)
            assert r.status == status
            line = written(lab, r)
            assert (line["client"], line["outcome"]) == (
                f"uid {uid}", "refused: " + outcome)
            assert (line["tenant"], line["token"]) == who
        r = ask(place, "GET", "/proxies", None, {"X-Toxid-Tenant": "b"}, uid=A)
        assert written(lab, r)["token"] == f"uid {A}"


# ---- when

def test_it_is_written_before_the_answer(lab):
    """So long as ctld writes nothing, he hears nothing; but not for ever."""
    os.kill(lab.ctld, signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as other:
            r = other.submit(lab.ask, None, "GET", "/proxies")
            with pytest.raises(concurrent.futures.TimeoutError):
                r.result(0.3)
            os.kill(lab.ctld, signal.SIGCONT)
            assert r.result(PATIENCE).status == 401
    finally:
        os.kill(lab.ctld, signal.SIGCONT)


def test_he_is_answered_whatever_becomes_of_ctld(lab):
    apid, ctld = lab.child("apid"), lab.ctld
    os.kill(ctld, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        r = other.submit(lab.ask, None, "GET", "/proxies")
        time.sleep(0.1)  # it waits, most of the time
        os.kill(ctld, signal.SIGKILL)
        assert r.result(PATIENCE).status == 401
    assert wait_until(lambda: lab.ctld not in (None, ctld))
    assert lab.ask("a", "GET", "/proxies").status == 200
    r = lab.ask(WRONG, "GET", "/proxies")
    assert written(lab, r)["outcome"] == "refused: token unknown"
    assert lab.child("apid") == apid


# ---- how many

MANY = 2000


def flood(lab, n=MANY):
    """The first one's id"""
    c = http.client.HTTPConnection(lab.host, lab.port, timeout=PATIENCE)
    ids = []
    for _ in range(n):
        c.request("GET", "/proxies")
        r = c.getresponse()
        r.read()
        assert r.status == 401
        ids.append(r.headers["X-Toxiproxy-Request-Id"])
    c.close()
    return ids


def test_a_flood_is_a_line_in_a_second(lab):
    start = time.monotonic()
    ids = flood(lab)
    seconds = time.monotonic() - start
    assert wait_until(lambda: count(refusals(lab)) == MANY)
    lines = refusals(lab)
    assert lines[0]["request_id"] == ids[0] and "times" not in lines[0]
    assert len(lines) <= seconds + 3
    assert {line["like"] for line in lines[1:]} <= {
        line["request_id"] for line in lines if "times" not in line}
    assert lines[-1]["request_id"] == ids[-1] or "times" not in lines[-1]


def test_of_many_addresses_so_many_are_told_apart(lab):
    start = time.monotonic()
    for n in range(200):
        assert elsewhere(lab, n) == 401
    seconds = time.monotonic() - start
    assert wait_until(lambda: count(refusals(lab)) == 200)
    lines = refusals(lab)
    assert len(lines) <= 65 * (seconds + 1)
    crowd = [line for line in lines if line["request"] == ""]
    assert all("times" in line and "more kinds" in line["outcome"]
               for line in crowd)
    if seconds < 1:
        assert count(crowd) == 200 - 64


def test_an_upgrade_loses_no_count(lab):
    flood(lab)
    lab.process.send_signal(signal.SIGUSR2)
    assert wait_until(lambda: [line for line in lab.log()
                               if line["message"] == "Upgraded"])
    assert wait_until(lambda: count(refusals(lab)) == MANY), len(
        refusals(lab))


def test_who_has_a_good_token_is_told_apart(lab):
    """... from who has none, from the same address."""
    flood(lab, 10)
    r = lab.ask("a-reader", "POST", "/reset")
    assert written(lab, r)["token"] == "a-reader"
    r = lab.ask("b-reader", "POST", "/reset")
    assert written(lab, r)["token"] == "b-reader"
