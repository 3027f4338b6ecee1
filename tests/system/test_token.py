# SPDX-License-Identifier: ISC
"""TOXIPROXY_AUTH_TOKEN: who has to have it, who must not see it."""

import base64
import concurrent.futures
import contextlib
import ctypes
import http.client
import itertools
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.parse

import pytest
import rig
from stalls import used

TOKEN = "s3cret-t0ken/+=~"
ENV = {"TOXIPROXY_AUTH_TOKEN": TOKEN}
GOOD = {"Authorization": f"Bearer {TOKEN}"}
WARNING = ("HTTP API is unauthenticated and not bound to loopback; set "
           "TOXIPROXY_AUTH_TOKEN to require a token")

ENDPOINTS = [
    ("GET", "/proxies"), ("POST", "/proxies"), ("GET", "/proxies/a"),
    ("DELETE", "/proxies/a"), ("PATCH", "/proxies/a"),
    ("GET", "/proxies/a/toxics"), ("POST", "/proxies/a/toxics"),
    ("GET", "/proxies/a/toxics/b"), ("PATCH", "/proxies/a/toxics/b"),
    ("DELETE", "/proxies/a/toxics/b"), ("POST", "/populate"),
    ("POST", "/reset"), ("GET", "/state"), ("GET", "/version"),
    ("GET", "/health"), ("GET", "/metrics"), ("POST", "/metrics")]


def is_up(t):
    t._learn_port()
    try:
        return t.port and t.request("GET", "/health/ready").status == 200
    except OSError:
        return False


class Guarded(rig.Toxid):
    def __init__(self, *args, **more):
        super().__init__(*args, env=ENV, wait=False, **more)
        assert rig.wait_until(lambda: is_up(self))


@pytest.fixture(scope="module")
def api():
    with Guarded("-proxy-metrics") as t:
        yield t


@pytest.mark.parametrize("method, path", ENDPOINTS)
def test_every_endpoint(api, method, path):
    r = api.request(method, path)
    assert r.status == 401
    assert r.body == (b'{"error":"missing or invalid auth token",'
                      b'"status":401}\n')
    assert r.headers["WWW-Authenticate"] == "Bearer"
    assert r.headers["Content-Type"] == "application/json"
    assert r.headers["X-Toxiproxy-Request-Id"]
    assert api.request(method, path, headers=GOOD).status != 401


def ask_from(address, api, headers, method="GET", path="/version"):
    connection = http.client.HTTPConnection(
        api.host, api.port, rig.PATIENCE, source_address=(address, 0))
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers)
        return connection.getresponse()


ELSEWHERE = itertools.count(1)


def from_elsewhere(api, headers):
    """By somebody who has not failed before"""
    return ask_from(f"127.9.9.{next(ELSEWHERE)}", api, headers)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_need_none(api, path):
    assert api.request("GET", path).status == 200
    wrong = {"Authorization": "Bearer x"}
    assert api.request("GET", path, headers=wrong).status == 200


@pytest.mark.parametrize("value", [
    "", "Bearer", "Bearer ", TOKEN, f"Bearer{TOKEN}", f"Basic {TOKEN}",
    f"Bearer\t{TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
    f"Bearer x{TOKEN}", f"Bearer {TOKEN.upper()}", f"Bearer {TOKEN} x",
    "Bearer " + "x" * 600, f"Token {TOKEN}", f"Bearer,{TOKEN}"])
def test_wrong_ones(api, value):
    assert from_elsewhere(api, {"Authorization": value}).status == 401


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "bEaReR ",
                                    "Bearer   "])
def test_the_scheme_has_no_case(api, scheme):
    """RFC 9110: nor does it matter how many blanks are behind it."""
    headers = {"Authorization": scheme + TOKEN}
    assert api.request("GET", "/version", headers=headers).status == 200


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(
        text.encode()).decode()}


@pytest.mark.parametrize("user", ["", "ci", "a b", "ü"])
def test_as_a_password(api, user):
    """That is how it comes in a URL."""
    headers = basic(f"{user}:{TOKEN}")
    assert api.request("GET", "/version", headers=headers).status == 200
    body = {"name": "y", "upstream": "127.0.0.1:1", "listen": "127.0.0.1:0"}
    assert api.request("POST", "/proxies", body, headers).status == 201
    assert api.request("DELETE", "/proxies/y", headers=headers).status == 204


@pytest.mark.parametrize("text", [
    "", ":", TOKEN, f"{TOKEN}:", f"ci:{TOKEN}x", f"ci:x{TOKEN}", "ci:",
    f"ci: {TOKEN}", "x" * 6000, "ci:" + "x" * 600])
def test_no_password(api, text):
    r = from_elsewhere(api, basic(text))
    assert r.status == 401
    assert r.headers["WWW-Authenticate"] == "Bearer"


def test_a_client_with_no_more_than_a_url(api):
    url = (f"http://ci:{urllib.parse.quote(TOKEN, '')}@"
           f"{api.host}:{api.port}/version")
    r = subprocess.run(["curl", "-sf", url], stdout=subprocess.PIPE,
                       timeout=rig.PATIENCE)
    assert r.returncode == 0
    assert b"version" in r.stdout


@pytest.mark.slow
def test_who_guesses_has_to_wait():
    """... wherever it is told so, and by address: nobody else does."""
    def tries(address, n, headers, method="GET"):
        start = time.monotonic()
        for _ in range(n):
            status = ask_from(address, api, headers, method, "/proxies").status
            yield status, time.monotonic() - start
    wrong = {"Authorization": "Bearer wrong"}
    with Guarded() as api:
        mistyped = list(tries("127.0.0.2", 3, wrong))
        assert [status for status, _ in mistyped] == [401] * 3
        guessed = list(tries("127.0.0.2", 4, wrong))
        assert [status for status, _ in guessed] == [401] * 4
        assert guessed[-1][1] > 0.1 + 0.2 + 0.4 + 0.8
        expects = {**wrong, "Expect": "100-continue", "Content-Length": "2"}
        assert list(tries("127.0.0.2", 1, expects, "POST"))[0][1] > 1.6
        assert rig.wait_until(lambda: [
            line["failures"] for line in api.log()
            if line.get("message") == "Wrong tokens"] == [4, 8])
        said = [line for line in api.log()
                if line.get("message") == "Wrong tokens"]
        assert said[0]["address"] == "::ffff:127.0.0.2"
        # in less than the next one there would wait
        for address, headers in (("127.0.0.2", GOOD), ("127.0.0.3", wrong),
                                 ("127.0.0.2", {})):
            (_, seconds), = tries(address, 1, headers)
            assert used(seconds) < 3.2


def test_a_change_without_it_is_none(api):
    body = {"name": "x", "upstream": "127.0.0.1:1", "listen": "127.0.0.1:0"}
    assert api.request("POST", "/proxies", body).status == 401
    assert api.request("GET", "/proxies", headers=GOOD).json() == {}


def test_browsers_are_refused_before(api):
    agent = {"User-Agent": "Mozilla/5.0"}
    assert api.request("GET", "/proxies", headers=agent).status == 403
    assert api.request("GET", "/proxies", headers={
        **agent, **GOOD}).status == 403
    assert api.request("GET", "/proxies/a/b/c").status == 404
    assert api.request("PUT", "/proxies").status == 405


def test_nobody_else_sees_it(api):
    """Not in what of a process others can read, nor in the log

    toxid's own is what a child has that has not begun its program yet.
    """
    seen = set()
    for title, pids in [*api.children().items(), ("toxid", [api.pid])]:
        for path in (pathlib.Path(f"/proc/{pid}/{name}") for pid in pids
                     for name in ("environ", "cmdline")):
            # what is not shown is as good; a spare may be gone by now
            with contextlib.suppress(PermissionError, FileNotFoundError,
                                     ProcessLookupError):
                # what pytest says of the test that started it is no leak
                said = re.sub(rb"PYTEST_CURRENT_TEST=[^\0]*", b"",
                              path.read_bytes())
                assert TOKEN.encode() not in said
                seen.add(title)
    assert {"apid", "diald", "resolvd", "toxid"} <= seen
    api.read_to_here()
    assert TOKEN.encode() not in b"".join(api.lines)


def test_the_next_apid_wants_it_too():
    with Guarded() as t:
        pid = t.child("apid")
        os.kill(pid, rig.signal.SIGKILL)
        assert rig.wait_until(lambda: is_up(t) and t.child("apid") != pid)
        assert t.request("GET", "/proxies").status == 401
        assert t.request("GET", "/proxies", headers=GOOD).status == 200


def test_after_an_upgrade_too():
    with Guarded() as t:
        t.process.send_signal(rig.signal.SIGUSR2)
        assert rig.wait_until(lambda: b"Upgraded" in b"".join(t.lines))
        assert rig.wait_until(lambda: is_up(t))
        assert t.request("GET", "/proxies").status == 401
        assert t.request("GET", "/proxies", headers=GOOD).status == 200
        own = pathlib.Path(f"/proc/{t.pid}/environ").read_bytes()
        assert TOKEN.encode() not in own


@pytest.mark.parametrize("host, env, warns", [
    ("0.0.0.0", {}, True), ("::", {}, True), ("127.0.0.1", {}, False),
    ("127.9.9.9", {}, False), ("::1", {}, False), ("0.0.0.0", ENV, False),
    ("0.0.0.0", {"TOXIPROXY_AUTH_TOKEN": ""}, True)])
def test_an_open_door_is_warned_of(host, env, warns):
    if ":" in host and not rig.has_ipv6():
        pytest.skip("no IPv6 here")
    with rig.Toxid("-host", host, env=env, wait=False) as t:
        assert rig.wait_until(lambda: any(
            line["message"] == "Starting Toxiproxy HTTP server"
            for line in t.log()))
        assert rig.wait_until(lambda: t.children().get("apid"))
        assert t.stop() == 0
        found = [line for line in t.log() if line["message"] == WARNING]
        assert [line["level"] for line in found] == ["warn"] * warns


@pytest.mark.parametrize("token", ["a b", "a\tb", "a\nb", "ä", "x" * 512])
def test_one_that_no_header_can_carry(token):
    program = os.environ.get("TOXID", rig.TOXID)
    r = subprocess.run([program, "-port", "0"], timeout=rig.PATIENCE,
                       capture_output=True, text=True,
                       env={"TOXIPROXY_AUTH_TOKEN": token})
    assert r.returncode == 1
    assert "TOXIPROXY_AUTH_TOKEN: must be" in r.stderr


def descriptor_of(pid, fd):
    """A copy of another process's, as pidfd_getfd(2)"""
    handle = os.pidfd_open(pid)
    copy = ctypes.CDLL(None, use_errno=True).syscall(438, handle, fd, 0)
    os.close(handle)
    if copy == -1:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return copy


SO_PEEK_OFF = 42  # socket(7), which Python has no name for


def waits_there(s, text):
    """Of what waits in a socket, whether any packet has the text: each is looked
    at where it is, as others may be before it."""
    s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 0)
    try:
        while packet := s.recv(65536, socket.MSG_PEEK | socket.MSG_DONTWAIT):
            if text in packet:
                return True
    except OSError:
        pass
    finally:
        s.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
    return False


def take_packet(pid, text):
    """Out of a socket of that process: one that text is in, with those before
    it; or None"""
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        if not os.readlink(entry).startswith("socket:"):
            continue
        with socket.socket(fileno=descriptor_of(pid, int(entry.name))) as s:
            if s.family != socket.AF_UNIX or not waits_there(s, text):
                continue
            while text not in (packet := s.recv(65536)):
                pass
            return packet
    return None


@pytest.mark.skipif(os.getuid() != 0, reason="ctld is of another user")
def test_a_request_whose_caller_is_lost(api):
    """ctld dies between the two: nobody can say who asked for it, so that it is
    not done; and no apid is to blame."""
    new = {"name": "a", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}
    assert api.request("POST", "/proxies", new, GOOD).status == 201
    apid, ctld, taken = api.child("apid"), api.ctld, []
    os.kill(ctld, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        reply = other.submit(
            api.request, "DELETE", "/proxies/a", headers=GOOD)
        assert rig.wait_until(lambda: taken.append(take_packet(
            ctld, TOKEN.encode())) or taken[-1] is not None)
        os.kill(ctld, signal.SIGKILL)
        assert reply.result(rig.PATIENCE).status == 503
    assert api.request("GET", "/proxies/a", headers=GOOD).status == 200
    assert api.request("DELETE", "/proxies/a", headers=GOOD).status == 204
    assert api.child("apid") == apid
