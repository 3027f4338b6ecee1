# SPDX-License-Identifier: ISC
"""A proxy's connect: what clients meet before there is a session, and what
becomes of the dial."""

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import time

import pytest
from lab import Lab, standard
from peers import ending, meets
from rig import (PATIENCE, Nobody, Toxid, address_of, needs_ipv6, own_host,
                 reset, wait_until)
from test_takeover import is_followed
from test_upgrade import upgrade

REFUSE, BLACKHOLE, RESET = (
    {"mode": mode} for mode in ("refuse", "blackhole", "reset"))
LATE = {"mode": "accept_delay", "delay": 400}
MODES = {"usual": {}, "refuse": REFUSE, "blackhole": BLACKHOLE,
         "accept_delay": LATE, "reset": RESET}
by_mode = pytest.mark.parametrize("mode", list(MODES))


@pytest.fixture
def t(echo):
    with Toxid() as t:
        t.proxy("p", echo.address, f"{own_host()}:0")
        yield t


def put(t, connect, name="p"):
    r = t.request("POST", f"/proxies/{name}", {"connect": connect})
    assert r.status == 200, r
    return r.json()


def get(t, name="p"):
    return t.request("GET", f"/proxies/{name}").json()


def listen(t, name="p"):
    return address_of(get(t, name)["listen"])


def talk(s):
    s.settimeout(PATIENCE)
    s.sendall(b"x")
    assert s.recv(1) == b"x"


def is_in(t, mode, name="p"):
    """Of the kernel, whose SYN is lost on nobody: a client that comes in, in
    a mode that is not to let it, fails at once."""
    word, took = meets(listen(t, name))
    if mode == "accept_delay":
        return word == "usual" and took >= LATE["delay"] / 1000 - 0.01
    return word == mode


def thief(address):
    """Whoever wants the port: why not, or None."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(address)
            s.listen()
        except OSError as e:
            return e.errno
    return None


# ---- the API

@pytest.mark.parametrize("connect", [
    REFUSE, BLACKHOLE, RESET, LATE, {"dial_delay": 5},
    {"dial_fail": "timeout"}, {**LATE, "dial_delay": 7,
                               "dial_fail": "unreachable"}])
def test_it_is_shown_as_it_was_given(t, connect):
    assert put(t, connect)["connect"] == connect == get(t)["connect"]
    assert t.request("GET", "/proxies/p/health").json()["connect"] == connect
    assert t.request("GET", "/state").json()[0]["connect"] == connect


@pytest.mark.parametrize("connect", [{}, None, {"mode": None}])
def test_nothing_shows_of_what_is_usual(t, connect):
    plain = t.request("GET", "/proxies/p").body
    health = t.request("GET", "/proxies/p/health").json()
    put(t, REFUSE)
    put(t, connect)
    assert t.request("GET", "/proxies/p").body == plain
    assert t.request("GET", "/proxies/p/health").json() == health
    assert is_in(t, "usual")


def test_it_is_put_whole_or_left_alone(t, echo):
    put(t, {**LATE, "dial_delay": 7})
    assert put(t, {"dial_delay": 8})["connect"] == {"dial_delay": 8}
    r = t.request("POST", "/proxies/p", {"enabled": True})
    assert r.json()["connect"] == {"dial_delay": 8}
    r = t.request("POST", "/proxies/p", {"listen": "127.0.0.1:0"})
    assert r.json()["connect"] == {"dial_delay": 8}
    r = t.request("POST", "/populate", [{
        "name": "p", "listen": r.json()["listen"],
        "upstream": echo.address, "connect": REFUSE}])
    assert r.json()["proxies"][0]["connect"] == {"dial_delay": 8}, \
        "one that is as asked stays as it is"


@pytest.mark.parametrize("connect, at", [
    ({"mode": "refused"}, "connect.mode"), ({"mode": 1}, "connect.mode"),
    ({"mode": ""}, "connect.mode"),
    ({"mode": "accept_delay"}, "connect.delay"),
    ({"mode": "accept_delay", "delay": 0}, "connect.delay"),
    ({"mode": "accept_delay", "delay": 86400001}, "connect.delay"),
    ({"mode": "refuse", "delay": 1}, "connect.delay"),
    ({"delay": 1}, "connect.delay"), ({"dial_delay": -1},
                                      "connect.dial_delay"),
    ({"dial_delay": 1.5}, "connect.dial_delay"),
    ({"dial_delay": 1e300}, "connect.dial_delay"),
    ({"dial_fail": "unreached"}, "connect.dial_fail"),
    ({"dail_delay": 3}, 'did you mean "dial_delay"?'), ([], "connect"),
    ("refuse", "connect"), (7, "connect")])
def test_what_is_wrong_is_named(t, echo, connect, at):
    for method, path, body in (
            ("POST", "/proxies/p", {}),
            ("POST", "/proxies", {"name": "q", "upstream": echo.address})):
        r = t.request(method, path, {**body, "connect": connect})
        assert r.status == 400 and at in r.json()["error"], r
    assert "connect" not in get(t)


def test_the_tables_say_what_is_taken(t):
    """The dashboard's, and that of /openapi.json"""
    table = t.request("GET", "/ui/connect.json").json()
    schema = t.request("GET", "/openapi.json").json()[
        "components"]["schemas"]["Connect"]["properties"]
    assert [one["name"] for one in table] == list(schema)
    for one in table:
        has = schema[one["name"]]
        mode = {"mode": one["only"]} if "only" in one else {}
        if one["kind"] == "enum":
            assert one["words"] == ["", *has["enum"]]
            assert len(one["says"]) == len(one["words"])
            taken, refused = one["words"][1:], ["", "x"]
        else:
            ends = one["least"], one["most"]
            assert ends == (has["minimum"], has["maximum"])
            taken, refused = ends, (ends[0] - 1, ends[1] + 1)
        for value in taken:
            late = {"delay": 5} if value == "accept_delay" else {}
            put(t, {**mode, **late, one["name"]: value})
        for value in refused:
            r = t.request("POST", "/proxies/p", {
                "connect": {**mode, one["name"]: value}})
            assert r.status == 400, (one, value)


def test_reset_is_the_end_of_it(t):
    t.toxic("p", "noop")
    put(t, BLACKHOLE)
    assert t.request("POST", "/reset").status == 204
    assert "connect" not in get(t) and is_in(t, "usual")
    put(t, {**REFUSE, "dial_fail": "timeout"})
    assert t.request("POST", "/reset").status == 204
    assert "connect" not in get(t) and is_in(t, "usual")
    assert t.request("POST", "/proxies/p", {
        "enabled": False, "connect": RESET}).status == 200
    assert t.request("POST", "/reset").status == 204
    assert get(t)["enabled"] and "connect" not in get(t)
    assert is_in(t, "usual")


def test_a_halt_lifts_it(t):
    put(t, REFUSE)
    assert t.request("POST", "/halt").status == 200
    assert is_in(t, "usual") and get(t)["connect"] == REFUSE
    put(t, BLACKHOLE)
    assert is_in(t, "usual")
    assert t.request("POST", "/resume").status == 200
    assert is_in(t, "blackhole")


def test_events_say_it(t):
    put(t, LATE)
    put(t, {"dial_fail": "refused"})
    assert t.request("POST", "/reset").status == 204
    events = [e["changed"] for e in t.request(
        "GET", "/events?after=0").json()["events"]
        if e["event"] == "proxy_changed"]
    assert events == [
        {"connect_mode": {"after": "accept_delay"},
         "connect_delay": {"after": 400}},
        {"connect_mode": {"before": "accept_delay"},
         "connect_delay": {"before": 400},
         "connect_dial_fail": {"after": "refused"}},
        {"connect_dial_fail": {"before": "refused"}}]


def test_whose_it_is(tmp_path, echo):
    with Lab(tmp_path, tenants=standard()) as lab:
        lab.make("a", "p", echo.address)
        for who, status in (("a", 200), ("a-reader", 403), ("b", 404)):
            r = lab.ask(who, "POST", "/proxies/p", {"connect": REFUSE})
            assert r.status == status, r


# ---- each mode

@by_mode
def test_a_mode_is_what_it_says(t, mode):
    with t.connect("p") as before:
        talk(before)
        put(t, MODES[mode])
        for _ in range(2):
            assert is_in(t, mode)
        assert thief(listen(t)) == errno.EADDRINUSE
        assert get(t)["enabled"] is True
        talk(before)
    put(t, {})
    assert is_in(t, "usual")


@by_mode
def test_from_each_to_each(t, mode):
    for other in MODES:
        put(t, MODES[mode])
        put(t, MODES[other])
        assert is_in(t, other), (mode, other)


@pytest.mark.parametrize("mode", ["refuse", "blackhole"])
def test_where_it_cannot_listen_it_does_not_try_to(t, mode):
    """It stops for a moment for what another has, and is as it was."""
    put(t, MODES[mode])
    host, port = listen(t)
    nobodys = "127.200." + host.split(".", 2)[2]  # no other test's, either
    with socket.create_server((nobodys, port)):
        r = t.request("POST", "/proxies/p", {"listen": f"0.0.0.0:{port}"})
        assert r.status != 200, r
    assert is_in(t, mode) and thief((host, port)) == errno.EADDRINUSE
    put(t, {})
    assert is_in(t, "usual")


@by_mode
@pytest.mark.parametrize("where", [
    ":0", "0.0.0.0:0", *(pytest.param(six, marks=needs_ipv6)
                         for six in ("[::]:0", "[::1]:0"))])
def test_wherever_it_listens(echo, where, mode):
    with Toxid() as t:
        t.proxy("p", echo.address, where, connect=MODES[mode])
        host, port = listen(t)
        hosts = [host, "::1"] if where == "[::]:0" else [host]
        for h in hosts:
            word, _ = meets((h, port))
            assert word == {"accept_delay": "usual"}.get(mode, mode), h
        put(t, {})
        for h in hosts:
            assert meets((h, port))[0] == "usual"


@by_mode
def test_one_that_was_disabled(t, mode):
    put(t, MODES[mode])
    for enabled in (False, True):
        r = t.request("POST", "/proxies/p", {"enabled": enabled})
        assert r.status == 200 and r.json().get("connect", {}) == MODES[mode]
        assert is_in(t, mode if enabled else "refuse")


def test_who_comes_again_gets_in_when_the_hole_ends(t):
    put(t, BLACKHOLE)
    with socket.socket() as s:
        s.setblocking(False)
        assert s.connect_ex(listen(t)) == errno.EINPROGRESS
        s.settimeout(PATIENCE)
        time.sleep(0.3)
        put(t, {})
        talk(s)


def test_a_client_that_is_nearer_than_a_hole_can_tell(t):
    """One whose packets have the largest time to live: it may come in, alone,
    and is reset when it is over."""
    put(t, BLACKHOLE)
    near = socket.socket()
    near.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    near.settimeout(PATIENCE)
    near.connect(listen(t))
    with near, socket.socket() as second:
        second.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        second.settimeout(0.5)
        with pytest.raises(TimeoutError):
            second.connect(listen(t))
        assert is_in(t, "blackhole")
        put(t, {})
        assert is_in(t, "usual")
        assert ending(near, PATIENCE) == "rst"


def test_who_waits_for_an_accept_is_let_in_when_it_ends(t):
    put(t, {"mode": "accept_delay", "delay": 3600000})
    with t.connect("p") as waits:
        waits.sendall(b"x")
        assert not get_sessions(t)
        put(t, REFUSE)
        assert waits.recv(1) == b"x"
        assert len(get_sessions(t)) == 1


def get_sessions(t, query=""):
    return t.request(
        "GET", f"/proxies/p/sessions{query}").json()["sessions"]


def test_what_is_reset_is_no_session(t):
    put(t, RESET)
    assert is_in(t, "reset")
    assert t.request("GET", "/proxies/p/health").json()["sessions"] == 0
    ended = get_sessions(t, "?state=ended")
    assert [e["cause"] for e in ended] == ["connect_reset"]
    assert ended[0]["id"] is None and ended[0]["sessions"] == 1


# ---- the dial

def test_a_dial_is_made_late(t):
    put(t, {"dial_delay": 1500})
    began = time.monotonic()
    with t.connect("p") as s:
        s.sendall(b"x")
        assert wait_until(lambda: [
            row["state"] for row in get_sessions(t)] == ["dialling"] or
            time.monotonic() - began > 1.4)
        assert s.recv(1) == b"x"
        assert time.monotonic() - began >= 1.49


def test_a_delay_that_is_taken_away_is_over(t):
    put(t, {"dial_delay": 3600000})
    with t.connect("p") as s, t.connect("p") as goes:
        s.sendall(b"x")
        assert wait_until(lambda: len(get_sessions(t)) == 2)
        reset(goes)
        assert wait_until(lambda: len(get_sessions(t)) == 1)
        put(t, {})
        assert s.recv(1) == b"x"


FAILS = {"refused": "connection refused", "unreachable": "no route to host",
         "timeout": "connection timed out"}


@pytest.mark.parametrize("fail", FAILS)
def test_a_dial_fails_as_asked(t, echo, fail):
    put(t, {"dial_fail": fail})
    with t.connect("p") as s:
        assert ending(s, PATIENCE) == "fin"
    why = (f"dial tcp {echo.address}: connect: {FAILS[fail]} "
           "(by the proxy's dial_fail)")
    assert wait_until(lambda: t.request(
        "GET", "/proxies/p/health").json()["dial_failures"] == 1)
    assert t.request("GET", "/proxies/p/health").json()[
        "last_dial_error"]["text"] == why
    [ended] = get_sessions(t, "?state=ended")
    assert (ended["cause"], ended["why"]) == ("no_upstream", why)
    put(t, {})
    assert is_in(t, "usual")


def test_what_fails_looks_as_what_does_fail(t):
    with Nobody() as nobody:
        t.proxy("nobody", f"127.0.0.1:{nobody.port}")
        put(t, {"dial_fail": "refused"})
        ends = []
        for name in "p", "nobody":
            with t.connect(name) as s:
                ends.append(ending(s, PATIENCE))
        assert ends[0] == ends[1]


def test_a_dial_fails_late(t):
    put(t, {"dial_fail": "refused", "dial_delay": 1000})
    began = time.monotonic()
    with t.connect("p") as s:
        assert ending(s, PATIENCE) == "fin"
    assert time.monotonic() - began >= 0.99


# ---- deaths, upgrades, restarts

@contextlib.contextmanager
def flood(address):
    """Clients, one after the other, and what they have met."""
    met = subprocess.Popen(
        ["/usr/bin/python3", "-c", FLOOD, *map(str, address)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    words = []
    assert met.stdout.readline() == "ready\n"
    yield words
    words += met.communicate("end\n", PATIENCE)[0].split()


FLOOD = """
import errno, select, socket, sys
address = (sys.argv[1], int(sys.argv[2]))
print("ready", flush=True)
met = set()
while not select.select([sys.stdin], [], [], 0.001)[0]:
    s = socket.socket()
    s.settimeout(0.02)
    try:
        s.connect(address)
        s.settimeout(30)
        s.sendall(b"x")
        met.add("usual" if s.recv(1) == b"x" else "closed")
    except ConnectionRefusedError:
        met.add("refuse")
    except (ConnectionResetError, BrokenPipeError):
        met.add("reset")
    except TimeoutError:
        met.add("blackhole")
    s.close()
print(*sorted(met))
"""


def kill_worker(t):
    pid = t.worker("p")
    os.kill(pid, signal.SIGKILL)
    assert wait_until(
        lambda: t.children().get("relayd [p]", [pid]) not in ([pid], []))


def kill_ctld(t):
    pid = t.ctld
    os.kill(pid, signal.SIGKILL)
    is_followed(t, pid)


@pytest.mark.parametrize("end", [kill_worker, kill_ctld, upgrade],
                         ids=lambda f: f.__name__)
@pytest.mark.parametrize("mode", ["refuse", "blackhole", "reset"])
def test_nobody_slips_through(t, mode, end):
    put(t, MODES[mode])
    assert is_in(t, mode)
    with flood(listen(t)) as met:
        for _ in range(2):
            end(t)
    # who had been accepted when a worker died may have seen a FIN
    assert set(met) - {"closed"} == {mode}
    assert "closed" not in met or mode == "reset"
    assert is_in(t, mode) and thief(listen(t)) == errno.EADDRINUSE
    put(t, {})
    assert is_in(t, "usual")


@pytest.mark.parametrize("end", [kill_worker, kill_ctld, upgrade],
                         ids=lambda f: f.__name__)
def test_an_accept_is_late_as_before(t, end):
    put(t, LATE)
    end(t)
    assert is_in(t, "accept_delay")


def test_a_ctld_that_dies_before_its_worker_knows(t):
    """The journal has it, and the next ctld says it."""
    worker = t.worker("p")
    os.kill(worker, signal.SIGSTOP)
    ctld = t.ctld
    r = None
    try:
        r = subprocess.Popen(
            ["curl", "-s", "-d", '{"connect": {"dial_fail": "refused"}}',
             f"http://{t.host}:{t.port}/proxies/p"],
            stdout=subprocess.DEVNULL)
        assert wait_until(lambda: "connect" in get(t))
        os.kill(ctld, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("ctld", [ctld]) != [ctld])
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGCONT)
        r.wait(PATIENCE)
    assert wait_until(lambda: meets(listen(t))[0] == "closed")


@by_mode
def test_it_is_kept_over_a_restart(state, echo, mode):
    port = None
    for _ in range(2):
        with Toxid("-state", str(state)) as t:
            if port is None:
                t.proxy("p", echo.address, f"{own_host()}:0", connect={
                    **MODES[mode], "dial_delay": 1})
                port = listen(t)
            assert get(t)["connect"] == {**MODES[mode], "dial_delay": 1}
            assert listen(t) == port
            assert is_in(t, mode)


def test_a_file_has_it(tmp_path, echo):
    file = tmp_path / "toxid.json"
    entry = {"name": "p", "listen": "127.0.0.1:0", "upstream": echo.address}

    def say(t, message, **more):
        file.write_text(json.dumps([{**entry, **more}]))
        if t:
            before = sum(line["message"] == message for line in t.log())
            t.process.send_signal(signal.SIGHUP)
            assert wait_until(lambda: sum(
                line["message"] == message for line in t.log()) > before)
    say(None, None)
    with Toxid("-config", str(file)) as t:
        with t.connect("p") as s:
            talk(s)
            say(t, "Reloaded configuration", connect={})
            talk(s)  # as it was
        say(t, "Reloaded configuration", connect=REFUSE)
        assert is_in(t, "refuse")
        say(t, "Reload failed, nothing has changed", connect={"mode": "refuse", "delay": 3})
        assert get(t)["connect"] == REFUSE
        say(t, "Reloaded configuration")
        assert is_in(t, "usual")


def test_a_worker_is_no_worse_for_it(t):
    """It does not look again and again at what is not there."""
    put(t, REFUSE)
    time.sleep(0.3)
    pid = t.worker("p")

    def used():
        with open(f"/proc/{pid}/stat") as f:
            return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))
    before = used()
    time.sleep(1)
    assert used() - before <= 2  # of a hundred
