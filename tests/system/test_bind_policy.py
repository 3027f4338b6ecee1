# SPDX-License-Identifier: ISC
"""-bind-policy: where proxies may listen, whoever says that they shall."""

import json
import os
import signal
import socket
import subprocess

import pytest
import rig
from rig import Toxid, needs_ipv6, own_host, wait_until

HERE = own_host()
# Nobody else's either.
ELSEWHERE = ".".join(str(int(n) + 128 * (i == 1))
                     for i, n in enumerate(HERE.split(".")))
ONLY_HERE = ("-bind-policy", f"{HERE}:*")
NOT_ALLOWED = "not allowed by -bind-policy"
EVERYWHERE = NOT_ALLOWED + ": it is every address, of IPv4 and of IPv6"
UPSTREAM = "127.0.0.1:1"


def entry(name, listen, **more):
    return {"name": name, "listen": listen, "upstream": UPSTREAM, **more}


def create(t, name, listen, **more):
    return t.request("POST", "/proxies", entry(name, listen, **more))


def assert_denied(r, where, why=NOT_ALLOWED):
    assert r.status == 403, r
    assert r.json()["error"] == f"listen tcp {where}: {why}"


def lines(t, message):
    return [line for line in t.log() if line["message"] == message]


def only_line(t, message):
    assert wait_until(lambda: lines(t, message))
    line, = lines(t, message)
    return line


def listens(address):
    try:
        socket.create_connection(rig.address_of(address), 5).close()
    except ConnectionRefusedError:
        return False
    return True


# ---- the API

def test_a_proxy_elsewhere_is_not_made():
    with Toxid(*ONLY_HERE) as t:
        assert_denied(create(t, "bad", "127.0.0.1:8123"), "127.0.0.1:8123")
        assert t.request("GET", "/proxies").json() == {}
        line = only_line(t, "Proxy may not listen there: see -bind-policy")
        assert line["level"] == "warn"
        assert line["proxy"] == "bad"
        assert line["address"] == "127.0.0.1:8123"
        assert listens(t.proxy("good", UPSTREAM, f"{HERE}:0")["listen"])


def test_without_a_policy_all_is_allowed():
    with Toxid() as t:
        assert listens(t.proxy("p", UPSTREAM, f"{HERE}:0")["listen"])
        assert create(t, "any", f"0.0.0.0:{rig.wide_port()}").status == 201


def test_a_range_of_ports():
    first, second = sorted(rig.wide_ports(2))
    with Toxid("-bind-policy", f"{HERE}:{first}-{first},127.0.0.0/9:1",
               "-bind-policy", f"[::1]:*,{HERE}:{second}") as t:
        for port in (first, second):
            assert create(t, f"p{port}", f"{HERE}:{port}").status == 201
        for port in (first - 1, second + 1):
            assert_denied(create(t, "x", f"{HERE}:{port}"), f"{HERE}:{port}")


@pytest.mark.parametrize("listen", ["0.0.0.0:8123", "[::]:8123", ":8123",
                                    "[::ffff:0.0.0.0]:8123"])
def test_a_wildcard_is_more_than_half_of_all_addresses(listen):
    with Toxid("-bind-policy", "0.0.0.0/1:*,128.0.0.0/1:*",
               "-bind-policy", "[::/1]:*,[8000::/1]:*") as t:
        assert_denied(create(t, "any", listen), listen, EVERYWHERE)
        assert create(t, "one", f"{HERE}:0").status == 201


@needs_ipv6
def test_a_wildcard_is_not_ipv4_alone():
    port = rig.wide_port()
    with Toxid("-bind-policy", f"0.0.0.0/0:{port}") as t:
        assert_denied(create(t, "any", f"0.0.0.0:{port}"), f"0.0.0.0:{port}",
                      EVERYWHERE)
    with Toxid("-bind-policy", f"*:{port}") as t:
        assert create(t, "any", f"0.0.0.0:{port}").status == 201


@needs_ipv6
@pytest.mark.parametrize("listen, where", [
    ("[::1]:0", "[::1]:0"),
    ("[::ffff:127.0.0.1]:0", "127.0.0.1:0"),
    ("[::FFFF:7f00:1]:0", "127.0.0.1:0"),
    ("[0:0:0:0:0:ffff:7f00:1]:0", "127.0.0.1:0")])
def test_no_spelling_is_a_way_around(listen, where):
    with Toxid(*ONLY_HERE) as t:
        assert_denied(create(t, "p", listen), where)


def test_a_name_is_what_it_stands_for():
    with Toxid("-bind-policy", "127.0.0.1:*") as t:
        assert create(t, "p", "localhost:0").status == 201
    with Toxid(*ONLY_HERE) as t:
        assert_denied(create(t, "p", "localhost:0"), "127.0.0.1:0")


def test_port_0_needs_leave_for_what_it_becomes():
    with Toxid("-bind-policy", f"{HERE}:1-65535") as t:
        assert_denied(create(t, "p", f"{HERE}:0"), f"{HERE}:0")
    with Toxid("-bind-policy", f"{HERE}:0-1") as t:
        r = create(t, "p", f"{HERE}:0")
        assert r.status == 403
        assert r.json()["error"].startswith(f"listen tcp {HERE}:")
        assert f"{HERE}:0" not in r.json()["error"]
        assert t.request("GET", "/proxies").json() == {}


def test_a_disabled_proxy_is_bound_when_it_is_enabled():
    with Toxid(*ONLY_HERE) as t:
        where = f"{ELSEWHERE}:8123"
        assert create(t, "p", where, enabled=False).status == 201
        assert_denied(t.request("POST", "/proxies/p", {"enabled": True}),
                      where)
        assert not t.request("GET", "/proxies/p").json()["enabled"]
        assert_denied(t.request("POST", "/reset"), where)
        assert not listens(where)


def test_a_proxy_stays_where_it_is_when_it_may_not_move():
    with Toxid(*ONLY_HERE) as t:
        p = t.proxy("p", UPSTREAM, f"{HERE}:0")
        port = p["listen"].rpartition(":")[2]
        for listen in ("127.0.0.1:8123", f"0.0.0.0:{port}"):
            r = t.request("POST", "/proxies/p", {"listen": listen})
            assert r.status == 403
            assert t.request("GET", "/proxies/p").json() == p
            assert listens(p["listen"])


def test_populate():
    with Toxid(*ONLY_HERE) as t:
        r = t.request("POST", "/populate", [
            entry("good", f"{HERE}:0"), entry("bad", "127.0.0.1:8123")])
        assert r.status == 403
        assert NOT_ALLOWED in r.json()["error"]
        assert set(t.request("GET", "/proxies").json()) == {"good"}


def test_the_api_listens_where_the_command_line_says():
    with Toxid("-bind-policy", f"{HERE}:1") as t:
        assert t.request("GET", "/version").status == 200


# ---- the configuration file

@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toxid.json"

    def write(entries):
        path.write_text("[" + ",\n".join(map(json.dumps, entries)) + "]")
        return str(path)
    return write


def test_the_first_configuration(file):
    path = file([entry("good", f"{HERE}:0"), entry("bad", "127.0.0.1:8123")])
    with Toxid("-config", path, *ONLY_HERE) as t:
        assert set(t.request("GET", "/proxies").json()) == {"good"}
        line = only_line(t, "Failed to populate proxies from file")
        assert line["error"] == (
            f'{path}:2:27: proxy "bad": listen tcp 127.0.0.1:8123: '
            + NOT_ALLOWED)


def test_a_reload_is_all_or_nothing(file):
    path = file([entry("old", f"{HERE}:0")])
    with Toxid("-config", path, *ONLY_HERE) as t:
        before = t.request("GET", "/proxies").json()
        file([entry("new", f"{HERE}:0"), entry("bad", "0.0.0.0:8123")])
        r = subprocess.run([os.environ.get("TOXID", rig.TOXID), "-reload",
                            str(t.pid)], timeout=rig.PATIENCE, check=False)
        assert r.returncode == 1
        assert t.request("GET", "/proxies").json() == before
        line = only_line(t, "Reload failed, nothing has changed")
        assert line["error"] == (
            f'{path}:2:27: proxy "bad": listen 0.0.0.0:8123: ' + EVERYWHERE)


def test_check(file):
    path = file([
        entry("a", "localhost:80"), entry("b", f"{HERE}:80"),
        entry("c", ":80"), entry("d", "127.0.0.1:80", enabled=False),
        entry("e", "no.such.name:80")])

    def check(*args):
        r = subprocess.run(
            [os.environ.get("TOXID", rig.TOXID), *args, "-check", path],
            capture_output=True, text=True, timeout=rig.PATIENCE)
        return r.returncode, [line for line in r.stderr.splitlines()
                              if NOT_ALLOWED in line], r.stdout
    status, wrong, said = check(*ONLY_HERE)
    assert (status, said) == (1, "")
    assert wrong == [
        f'{path}:1:26: proxy "a": listen 127.0.0.1:80: ' + NOT_ALLOWED,
        f'{path}:3:25: proxy "c": listen :80: ' + EVERYWHERE]
    assert check()[1] == []


# ---- what was there before

def test_a_state_directory_that_has_more(tmp_path):
    """A proxy that is not allowed any more is there, and does not listen"""
    state = ("-state", str(tmp_path / "state"))
    with Toxid(*state) as t:
        bad = t.proxy("bad", UPSTREAM, f"{ELSEWHERE}:0")["listen"]
        good = t.proxy("good", UPSTREAM, f"{HERE}:0")["listen"]
    with Toxid(*state, *ONLY_HERE) as t:
        assert wait_until(lambda: listens(good))
        line = only_line(t, "Proxy cannot listen: trying again")
        assert line["level"] == "error"
        assert (line["proxy"], line["error"]) == ("bad", NOT_ALLOWED)
        assert not listens(bad)
        assert t.request("GET", "/proxies/bad").json()["listen"] == bad
        assert_denied(t.request("POST", "/proxies/bad", {"enabled": True}),
                      bad)
    with Toxid(*state) as t:
        assert wait_until(lambda: listens(bad))


def test_an_upgrade_keeps_it():
    with Toxid(*ONLY_HERE) as t:
        p = t.proxy("p", UPSTREAM, f"{HERE}:0")
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: lines(t, "Upgraded"))
        assert listens(p["listen"])
        assert_denied(create(t, "bad", "127.0.0.1:8123"), "127.0.0.1:8123")
        assert create(t, "good", f"{HERE}:0").status == 201


# ---- a policy that is none

@pytest.mark.parametrize("policy, why", [
    ("127.0.0.1", '"127.0.0.1": it has no ports'),
    ("127.0.0.1:*,localhost:80", '"localhost:80": it begins with no IPv4'),
    ("127.0.0.1/8:*", '"127.0.0.1/8:*": its address goes on'),
    ("", '"": it has no ports')])
def test_a_mistake_is_named(policy, why):
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-bind-policy", policy],
        capture_output=True, text=True, timeout=rig.PATIENCE)
    assert r.returncode == 2
    assert r.stderr.startswith(
        f'toxid: invalid value "{policy}" for flag -bind-policy: {why}')
    assert len(r.stderr.splitlines()) == 1
