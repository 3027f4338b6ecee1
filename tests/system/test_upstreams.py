# SPDX-License-Identifier: ISC
"""Whom proxies may reach: the rules of the configuration file, which no name, no
spelling and no process gets around."""

import json
import os
import signal
import subprocess

import pytest
import rig
from peers import Echo, ending
from rig import Toxid, has_ipv6, own_host, wait_until
from test_config_pipe import close_when_read
from test_dial import clogged, hang  # noqa: F401
from test_relay_ends import PATIENCE, receive
from test_upgrade import upgrade

pytestmark = pytest.mark.normal_build

FORBIDDEN = ["loopback:1-1023", "link-local", "multicast", "private",
             "[2001:db8::]/32:*", "198.51.100.0/24:80-81", "203.0.113.7",
             "177.0.0.1", "12.0.0.1"]  # 0177.0.0.1 and 012.0.0.1 are these

# Numbers, as somebody may spell them: each is an address for some program.
SPELLINGS = """
127.0.0.1:80 127.0.0.2:80 127.255.255.254:80 127.1:80 127.0.1:80 0x7f.1:80
0x7f.0.0.1:80 0x7f000001:80 0X7F000001:80 017700000001:80 0177.0.0.1:80
0177.0.0.01:80 00000177.0.0.1:80 2130706433:80 127.0x1:80 0x7f.0x1:80
127.000.000.001:80 127.0.0.1.:80 0.0.0.0:80 0:80 0.0:80 0x0:80 00.0.0.0:80
:80 [::]:80 [::1]:80 [0::1]:80 [0:0:0:0:0:0:0:1]:80 [0000::0001]:80
[::0.0.0.1]:80 [::1%lo]:80 [::1%1]:80 localhost:80 LOCALHOST:80 127.0.0.1:http
127.0.0.1:+80 127.0.0.1:0080 0x7f.1:http [::1]:http localhost:http
[::ffff:127.0.0.1]:80 [::ffff:7f00:1]:80 [::FFFF:127.0.0.1]:80
[0:0:0:0:0:ffff:7f00:0001]:80 [::ffff:0.0.0.0]:80 [::ffff:0:0]:80
[::127.0.0.1]:80 [::7f00:1]:80 [::ffff:0:127.0.0.1]:80 [::ffff:0:7f00:1]:80
[64:ff9b::127.0.0.1]:80 [64:ff9b::7f00:1]:80 [64:ff9b::0.0.0.0]:80
[64:ff9b:1:7f00:0:100::]:80 [64:ff9b:1:7f:0:1::]:80
[64:ff9b:1:0:7f:0:100:0]:80 [64:ff9b:1::127.0.0.1]:80
[2002:7f00:1::]:80 [2002:7f00:1::1]:80 [2002:7f00:0001:ffff::5]:80
[2001:0:7f00:1::]:80 [2001::80ff:fffe]:80
[2001:0:102:304:0:0:80ff:fffe]:80 [fe80::5efe:127.0.0.1]:80
[2a00::5efe:127.0.0.1]:80 [2a00::200:5efe:7f00:1]:80
169.254.169.254:80 169.254.0.1:8080 0xa9fea9fe:80 2852039166:80
0251.0376.0251.0376:80 0xa9.0xfe.0xa9.0xfe:80 169.16689662:80
[::ffff:169.254.169.254]:80 [::169.254.169.254]:80 [::ffff:a9fe:a9fe]:80
[64:ff9b::169.254.169.254]:80 [64:ff9b::a9fe:a9fe]:80 [2002:a9fe:a9fe::]:80
[2001:0:a9fe:a9fe::]:80 [2001::5601:5601]:80
[fe80::1%lo]:80 [fe80::1]:80 [fe80::a9fe:a9fe%1]:80 [febf::1%lo]:80
10.0.0.1:5432 10.255.255.255:80 012.0.0.1:80 0xa.1:80 167772161:80 10.1:80
172.16.0.1:80 172.31.255.255:80 0xac.0x10.1:80 192.168.0.1:80 192.168.1:80
0xc0a80001:80 3232235521:80 100.64.0.1:80 100.127.255.254:80
[::ffff:10.0.0.1]:80 [64:ff9b::10.0.0.1]:80 [2002:a00:1::]:80
[::192.168.0.1]:80 [fd00::1]:80 [fc00::1]:80 [FD12:3456::1]:80 [fdff::]:80
[fd00:ec2::254]:80 [fec0::1]:80
224.0.0.1:80 239.255.255.255:80 255.255.255.255:80 0xe0000001:80
0xffffffff:80 4294967295:80 [ff02::1%lo]:80 [ff02::1]:80 [ff0e::1]:80
[::ffff:224.0.0.1]:80 [2002:e000:1::]:80
198.51.100.7:80 198.51.100.255:81 0xc6.51.100.7:80 [::ffff:198.51.100.7]:81
[64:ff9b::198.51.100.7]:80 [2002:c633:6407::]:81 203.0.113.7:1
203.0.113.7:65535 3405803783:1 [::ffff:203.0.113.7]:5 [2001:db8::1]:80
[2001:db8:ffff::]:443 [2001:DB8::1]:1 [2001:0db8:0::0001]:80
""".split()

# What is no address here, whatever it is elsewhere, is not dialled at all.
NONE = ("lookup ", "address ", "unknown zone", "no such host")


def health(t, name):
    return t.request("GET", f"/proxies/{name}/health").json()


def why(t, name):
    """... the last dial of this proxy failed"""
    error = health(t, name)["last_dial_error"]
    return error["text"] if error else ""


def lead(t, name, upstream):
    reply = t.request("POST", f"/proxies/{name}", {"upstream": upstream})
    assert reply.status == 200, reply


def refusal(t, name):
    """What becomes of a client, and why"""
    before = health(t, name)["dial_failures"]
    with t.connect(name) as client:
        assert ending(client, PATIENCE) in ("fin", "rst")
    assert wait_until(lambda: health(t, name)["dial_failures"] > before)
    return why(t, name)


def is_served(t, name):
    with t.connect(name) as client:
        client.settimeout(PATIENCE)
        client.sendall(b"hello")
        return receive(client, 5) == b"hello"


def written(path, member):
    """What writes a configuration file with that member, or None: without"""
    def write(value, proxies=()):
        config = {"proxies": list(proxies)}
        if value is not None:
            config[member] = value
        path.write_text(json.dumps(config))
        return str(path)
    return write


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "toxid.json", "upstreams")


def count(t, message):
    return sum(line["message"] == message for line in t.log())


def reload(t, message="Reloaded configuration"):
    before = count(t, message)
    t.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: count(t, message) > before), t.log()


# ---- spellings

def test_there_are_many():
    assert len(SPELLINGS) >= 120 and len(set(SPELLINGS)) == len(SPELLINGS)


PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_spelling_gets_around(file, part):
    nruled = 0
    with Echo(host=own_host()) as echo, \
            Toxid("-config", file({"deny": FORBIDDEN})) as t:
        t.proxy("p", "127.0.0.1:80")
        for spelling in SPELLINGS[part::PARTS]:
            lead(t, "p", spelling)
            said = refusal(t, "p")
            is_ruled = "not allowed by upstreams.deny[" in said
            assert is_ruled or any(none in said for none in NONE), (
                spelling, said)
            nruled += is_ruled
        assert nruled >= 20  # 80 of all
        mapped = f"[::ffff:{own_host()}]:{echo.port}"
        for allowed in [echo.address, *[mapped] * has_ipv6()]:
            lead(t, "p", allowed)
            assert is_served(t, "p"), allowed


def test_a_refusal_names_its_rule(file):
    with Toxid("-config", file({"deny": ["10.0.0.0/8", "loopback:1-9"]}),
               "-proxy-metrics") as t:
        t.proxy("p", "127.0.0.1:7")
        said = "dial tcp 127.0.0.1:7: not allowed by upstreams.deny[1]"
        assert refusal(t, "p") == said
        assert wait_until(lambda: any(
            line.get("error") == said for line in t.log()))
        assert t.metrics()[
            'toxid_proxy_dial_failures_total{proxy="p"}'] == 1


# ---- what rules mean

@pytest.fixture
def two():
    """(allowed, forbidden): two servers on this host"""
    with Echo(host=own_host()) as one, Echo() as other:
        yield one, other


def test_only_what_is_allowed(file, two):
    with Toxid("-config", file({"allow": [
            f"{own_host()}/32:{two[0].port}", "10.0.0.0/8"]})) as t:
        t.proxy("p", two[0].address)
        assert is_served(t, "p")
        port = two[0].port
        for upstream in (two[1].address, f"127.0.0.1:{port}",
                         f"localhost:{port}", f"{own_host()}:{port - 1}",
                         f"[64:ff9b::{own_host()}]:{port}"):
            lead(t, "p", upstream)
            assert refusal(t, "p").endswith(
                ": not allowed: no address in upstreams.allow has it")


def test_what_denies_goes_first(file, two):
    with Toxid("-config", file({"allow": ["*", "loopback"],
                                "deny": [f"*:{two[1].port}"]})) as t:
        t.proxy("p", two[0].address)
        assert is_served(t, "p")
        lead(t, "p", two[1].address)
        assert refusal(t, "p").endswith("upstreams.deny[0]")


@pytest.mark.parametrize("rules, name, said", [
    ({"deny": ["localhost"]}, "localhost", "upstreams.deny[0]"),
    ({"deny": ["LocalHost."]}, "LOCALHOST", "upstreams.deny[0]"),
    ({"deny": ["*.example", "localhost:1-65535"]}, "localhost",
     "upstreams.deny[1]"),
    ({"allow": ["localhost"], "deny": ["loopback"]}, "localhost",
     "upstreams.deny[0]"),
    ({"allow": ["localhost", "10.0.0.0/8"]}, "localhost",
     "no address in upstreams.allow has it"),
    ({"allow": ["*.localhost"]}, "localhost",
     "no name in upstreams.allow is its own"),
    ({"allow": ["*.test.example", "loopback"]}, "localhost",
     "no name in upstreams.allow is its own"),
    ({"allow": ["localhost:1"]}, "localhost",
     "no name in upstreams.allow is its own"),
    # a number has no name that would be allowed
    ({"allow": ["localhost"]}, "127.0.0.1",
     "no address in upstreams.allow has it"),
    ({"allow": ["localhost", "loopback:1"]}, "127.0.0.1",
     "no address in upstreams.allow has it")])
def test_a_rule_about_names(file, two, rules, name, said):
    with Toxid("-config", file(rules)) as t:
        t.proxy("p", f"{name}:{two[1].port}")
        assert refusal(t, "p").endswith(said)


@pytest.mark.parametrize("rules, name", [
    ({"allow": ["localhost"]}, "localhost"),
    ({"allow": ["localhost", "loopback"]}, "LocalHost"),
    ({"allow": ["loopback"], "deny": ["*.localhost"]}, "localhost"),
    ({"deny": ["localhost"]}, "127.0.0.1"),
    ({"deny": [], "allow": ["127.0.0.0/8"]}, "localhost"), ({}, "localhost")])
def test_what_no_rule_is_about(file, two, rules, name):
    with Toxid("-config", file(rules)) as t:
        t.proxy("p", f"{name}:{two[1].port}")
        assert is_served(t, "p")


def another_port(t, echo):
    """Of a proxy "other": the kernel may choose at our address what it has chosen
    at the other's, and then that is one of toxid's own, too."""
    while True:
        listen = t.proxy("other", echo.address)["listen"]
        if listen.rpartition(":")[2] != str(echo.port):
            return listen
        assert t.request("DELETE", "/proxies/other").status == 204


def test_toxid_itself(file, two):
    with Toxid("-config", file({"deny": ["self"]})) as t:
        other = another_port(t, two[0])
        port = other.rpartition(":")[2]
        t.proxy("p", two[0].address)
        for upstream in (
                f"127.0.0.1:{t.port}", f"127.9.9.9:{t.port}", f":{t.port}",
                f"0.0.0.0:{t.port}", f"localhost:{t.port}",
                f"[::ffff:127.0.0.1]:{t.port}", f"[::1]:{t.port}",
                f"[64:ff9b::127.0.0.1]:{t.port}", other, f"127.0.0.2:{port}"):
            lead(t, "p", upstream)
            assert refusal(t, "p").endswith(
                "not allowed by upstreams.deny[0]"), upstream
        lead(t, "p", two[0].address)
        assert is_served(t, "p") and is_served(t, "other")
        # nobody of ours listens there any more
        assert t.request("DELETE", "/proxies/other").status == 204
        lead(t, "p", other)
        assert "not allowed" not in refusal(t, "p")


# ---- as time goes by

def rules_hold(t, two):
    lead(t, "p", two[1].address)
    assert refusal(t, "p").endswith("not allowed by upstreams.deny[0]")
    lead(t, "p", two[0].address)
    assert wait_until(lambda: is_served(t, "p"))


def test_a_reload_changes_them(file, two):
    with Toxid("-config", file(None)) as t:
        t.proxy("p", two[1].address)
        with t.connect("p") as old:
            old.sendall(b"hello")
            assert receive(old, 5) == b"hello"
            rules = {"deny": [f"127.0.0.1:{two[1].port}"]}
            file(rules)
            t.proxy("file", "x:1")  # the API's stay
            reload(t)
            assert refusal(t, "p").endswith("not allowed by upstreams.deny[0]")
            old.sendall(b"stays")
            assert receive(old, 5) == b"stays"
        # all or nothing
        for bad in ({"deny": ["10.0.0.0/33:*"]}, {"denny": []}, 5):
            path = file(bad)
            reload(t, "Reload failed, nothing has changed")
            error = [line["error"] for line in t.log()
                     if line["message"].startswith("Reload failed")][-1]
            assert error.startswith(f"{path}:1:") and "upstreams" in error
            rules_hold(t, two)
        taken = {"name": "taken", "listen": f"127.0.0.1:{t.port}",
                 "upstream": "x:1"}
        file(None, [taken])
        reload(t, "Reload failed, nothing has changed")
        rules_hold(t, two)
        file(None)
        reload(t)
        lead(t, "p", two[1].address)
        assert is_served(t, "p")


def test_a_reload_ends_dials_under_way(file, clogged):
    with Toxid("-config", file({"deny": ["10.0.0.1"]})) as t:
        clients = hang(t, clogged, 20)
        file({"deny": ["10.0.0.1", f"loopback:{clogged.port}"]})
        reload(t)
        for client in clients:
            assert ending(client, PATIENCE) in ("fin", "rst")
        assert wait_until(lambda: why(t, "p").endswith("upstreams.deny[1]"))


def test_they_outlive_their_keepers(file, two):
    with Toxid("-config", file({"deny": [f"127.0.0.1:{two[1].port}",
                                         "self"]})) as t:
        t.proxy("p", two[0].address)
        rules_hold(t, two)
        for _ in range(2):
            os.kill(t.child("diald"), signal.SIGKILL)
            rules_hold(t, two)
            ctld, diald = t.ctld, t.child("diald")
            os.kill(ctld, signal.SIGKILL)
            assert wait_until(lambda: count(t, "Control process was replaced"))
            assert wait_until(lambda: t.children().get("diald", [diald])
                              != [diald])
            rules_hold(t, two)
        upgrade(t)
        rules_hold(t, two)
        lead(t, "p", f"127.0.0.1:{t.port}")
        assert refusal(t, "p").endswith("not allowed by upstreams.deny[1]")


def test_they_are_the_files_and_not_the_stores(file, two, tmp_path):
    state = ["-state", str(tmp_path / "state")]
    with Toxid("-config", file(None), *state) as t:
        t.proxy("p", two[1].address)
        assert is_served(t, "p")
        t.stop()
    rules = {"deny": [f"127.0.0.1:{two[1].port}"]}
    with Toxid("-config", file(rules), *state) as t:
        assert refusal(t, "p").endswith("not allowed by upstreams.deny[0]")
        t.stop()
    with Toxid("-config", file(None), *state) as t:
        assert is_served(t, "p")


# ---- a file that is no good

BAD = [
    ({"upstreams": {"deny": ["10.0.0.0/8", "fd00::/8"]}},
     '1:39: upstreams.deny[1]: "fd00::/8": an IPv6 address is in brackets, '
     "with its prefix: [fd00::/8]:80"),
    ({"upstreams": {"allow": [5]}},
     "1:26: upstreams.allow[0]: expected a string, got an integer"),
    ({"upstreams": {"allow": {}}},
     "1:16: upstreams.allow: expected an array, got an object"),
    ({"upstreams": {"allow": []}},
     "1:16: upstreams.allow: nothing is in it: leave it out to allow all, or "
     'deny "*"'),
    ({"upstreams": []}, "1:2: upstreams: expected an object, got an array"),
    ({"upstreams": {"alow": [], "deny": ["loopback"]}},
     '1:16: upstreams.alow: unknown key: did you mean "allow"?'),
    ({"upstreams": {"deny": ["*"] * 257}},
     "1:16: upstreams.deny: there are more than 256"),
    ({"upstreams": {"deny": [], "DENY": ["loopback"]}},
     "1:2: upstreams.deny: it is there twice"),
    ({"upstream": {"deny": ["loopback"]}, "proxies": []},
     '1:2: "upstream": there is no such setting, did you mean "upstreams"?')]


@pytest.mark.parametrize("config, said", BAD)
def test_toxid_does_not_start_without_its_rules(tmp_path, config, said):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps(config))
    with Toxid("-config", str(path), wait=False) as t:
        assert t.ends() != 0
        assert any(line.get("error", "").endswith(f"{path}:{said}")
                   for line in t.log())
    program = os.environ.get("TOXID", rig.TOXID)
    r = subprocess.run([program, "-check", str(path)], capture_output=True,
                       text=True, timeout=60 * rig.SLOW)
    assert r.returncode == 1 and f"{path}:{said}" in r.stderr.splitlines()


def test_check_says_all_that_is_wrong(tmp_path):
    wrong = ["10.0.0.1/8", "1.2.3", "0x7f.1", "300.0.0.1:5", "a b", "*x.y",
             "a..b", "x.y:70000", "x:y", "[::1", "", "*.", "10.0.0.0/8:9-8",
             "[fe80::1%eth0]", "x:1:2", "-" * 64, "a." * 150 + "b"]
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps({"upstreams": {"deny": wrong},
                                "proxies": 5}))
    program = os.environ.get("TOXID", rig.TOXID)
    r = subprocess.run([program, "-check", str(path)], capture_output=True,
                       text=True, timeout=60 * rig.SLOW)
    lines = r.stderr.splitlines()
    assert r.returncode == 1 and len(lines) == len(wrong) + 1, lines
    for i in range(len(wrong)):
        assert f": upstreams.deny[{i}]: " in lines[i]


def test_what_can_be_read_once_has_none(tmp_path):
    """They would come too late: the API is served by then."""
    path = tmp_path / "config"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    os.write(held, json.dumps({"upstreams": {"deny": ["self"]},
                               "proxies": []}).encode())
    with Toxid("-config", str(path), wait=False) as t:
        close_when_read(held)
        assert t.ends() != 0
        assert f"{path}:1:2: upstreams: only a regular file may have them" \
            in b"".join(t.lines).decode()


@pytest.mark.parametrize("before", ["", " \n", "\ufeff"])
def test_nothing_before_it_hides_it(tmp_path, before):
    path = tmp_path / "toxid.json"
    path.write_text(before + '{"upstreams": 5}')
    with Toxid("-config", str(path), wait=False) as t:
        assert t.ends() != 0


def test_a_proxy_may_be_called_so(tmp_path):
    """... as GET /proxies gives it"""
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps({"upstreams": {
        "listen": "127.0.0.1:0", "upstream": "x:1"}}))
    with Toxid("-config", str(path)) as t:
        assert set(t.request("GET", "/proxies").json()) == {"upstreams"}
