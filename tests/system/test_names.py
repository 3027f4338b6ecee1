# SPDX-License-Identifier: ISC
"""Names: whatever a name server answers, and whatever it kills, only those who
ask for that name notice."""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest
import rig
from nameserver import (AAAA, CNAME, REFUSED, SERVFAIL, NameServer, Query,
                        address, alias, encode_name, record)
from peers import Echo, ending
from rig import Toxid, needs_ipv6, own_host, wait_until
from test_dial import takes_about
from test_relay_ends import PATIENCE, Stopwatch, is_quiet, receive, within

pytestmark = pytest.mark.normal_build

WRAPPER = """#!/bin/sh
if [ -n "$INSIDE" ]; then
	mount --bind {etc} /etc
	exec {target} "$@"
fi
export INSIDE=1
exec unshare -m "$0" "$@"
"""


class World:
    """A daemon with an /etc of its own, and the name server in it."""

    def __init__(self, folder, server):
        self.etc = folder / "etc"
        self.etc.mkdir()
        for name in ("passwd", "group", "nsswitch.conf", "services"):
            if os.path.exists(f"/etc/{name}"):
                shutil.copy(f"/etc/{name}", self.etc / name)
        self.write("nsswitch.conf", "hosts: files dns\n")
        self.write("hosts", "127.0.0.1 localhost\n")
        self.host = own_host()
        self.write("resolv.conf", f"nameserver {self.host}\n"
                                  "options timeout:1 attempts:2\n")
        self.program = folder / "toxid"
        target = os.path.abspath(os.environ.get("TOXID", rig.TOXID))
        self.program.write_text(WRAPPER.format(etc=self.etc, target=target))
        self.program.chmod(0o755)
        self.server = server(self.host)
        self.tell = self.server.tell
        self.toxid = None

    def write(self, name, text):
        """In its place, as an editor that keeps the file does."""
        (self.etc / name).write_text(text)

    def replace(self, name, text):
        """By another file, as most programs do."""
        (self.etc / "new").write_text(text)
        (self.etc / "new").rename(self.etc / name)

    def no_deaths(self):
        self.toxid.read_to_here()
        return self.deaths() == self.deaths("diald") == 0

    def deaths(self, child="resolvd"):
        return sum(line.get("message") == "Child died"
                   and line["child"] == child for line in self.toxid.log())

    def proxy(self, name, upstream):
        self.toxid.proxy(name, upstream)

    def ends(self, upstream, seconds=PATIENCE):
        """The client of such a proxy has nobody to talk to."""
        name = upstream.replace(":", "-").replace("%", "-")
        self.proxy(name, upstream)
        with self.toxid.connect(name) as client:
            assert ending(client, seconds) in ("fin", "rst")

    def listen(self, host):
        reply = self.toxid.request("POST", "/proxies", {
            "name": f"at {host}", "listen": f"{host}:0", "upstream": "x:1"})
        return reply


def speaks(toxid, name, seconds=PATIENCE):
    with toxid.connect(name) as client:
        client.settimeout(seconds)
        client.sendall(b"hello")
        return receive(client, 5) == b"hello"


def world_or_skip(folder, server=NameServer):
    if os.geteuid() != 0:
        pytest.skip("needs root: to give it an /etc of its own, and port 53")
    if subprocess.run(["unshare", "-m", "true"]).returncode != 0:
        pytest.skip("there are no mount namespaces here")
    return World(folder, server)


@pytest.fixture
def world(tmp_path, monkeypatch):
    w = world_or_skip(tmp_path)
    monkeypatch.setenv("TOXID", str(w.program))
    try:
        with Toxid("-proxy-metrics") as w.toxid:
            yield w
    finally:
        w.server.close()


def addresses(*texts):
    return lambda query: query.addresses(*texts)


def check(world, echo):
    """A name as it should be still is one, and nobody has died."""
    world.tell["good.test"] = addresses("127.0.0.1")
    world.proxy("check", f"good.test:{echo.port}")
    assert speaks(world.toxid, "check")
    assert world.no_deaths()


# ---- every shape of answer


@pytest.mark.parametrize("count", [1, 2, 31, 60, 200, 1500])
def test_a_name_with_many_addresses(world, echo, count):
    world.tell["many.test"] = addresses("127.0.0.1", *(
        f"127.1.{i >> 8}.{i & 255}" for i in range(1, count)))
    world.proxy("p", f"many.test:{echo.port}")
    assert speaks(world.toxid, "p")
    assert any(is_tcp for *_, is_tcp in world.server.seen) == (count >= 31)
    assert world.listen("many.test").status == 201
    check(world, echo)


@needs_ipv6
def test_many_addresses_leave_room_for_the_other_family(world):
    with Echo("::1", socket.AF_INET6) as six:
        world.tell["many.test"] = addresses("::1", *(
            f"127.1.0.{i}" for i in range(200)))
        world.proxy("p", f"many.test:{six.port}")
        assert speaks(world.toxid, "p")


@needs_ipv6
def test_a_name_with_ipv6_alone(world):
    with Echo("::1", socket.AF_INET6) as six:
        world.tell["six.test"] = addresses("::1")
        world.proxy("p", f"six.test:{six.port}")
        assert speaks(world.toxid, "p")
        assert world.listen("six.test").json()["listen"].startswith("[::1]:")


def test_a_chain_of_aliases(world, echo):
    names = ["chain.test", *(f"link{i}.test" for i in range(9))]
    links = [alias(a, b) for a, b in zip(names, names[1:])]
    world.tell["chain.test"] = lambda q: q.reply(*links, *(
        [(encode_name(names[-1]), 1, bytes([127, 0, 0, 1]))]
        if q.kind != AAAA else []))
    world.proxy("p", f"chain.test:{echo.port}")
    assert speaks(world.toxid, "p")


@pytest.mark.parametrize("links", [
    [("loop.test", "loop.test")],
    [("loop.test", "pool.test"), ("pool.test", "loop.test")],
    [("loop.test", "nowhere.test")]])
def test_a_loop_of_aliases(world, echo, links):
    world.tell["loop.test"] = lambda q: q.reply(*(
        alias(*link) for link in links))
    world.ends("loop.test:80")
    assert "no such host" in world.listen("loop.test").json()["error"]
    check(world, echo)


@pytest.mark.parametrize("rcode", [SERVFAIL, REFUSED])
def test_a_server_that_fails(world, echo, rcode):
    world.tell["bad.test"] = lambda q: q.reply(rcode=rcode)
    world.ends("bad.test:80")
    reply = world.listen("bad.test")
    assert reply.status == 500
    assert reply.json()["error"] == (
        "listen tcp: lookup bad.test: server misbehaving")
    check(world, echo)


def test_a_name_that_does_not_exist(world, echo):
    world.ends("nowhere.test:80")
    reply = world.listen("nowhere.test")
    assert reply.status == 500
    assert reply.json()["error"] == (
        "listen tcp: lookup nowhere.test: no such host")
    check(world, echo)


def test_silence(world, echo):
    world.tell["silent.test"] = lambda q: None
    world.proxy("silent", "silent.test:80")
    client = world.toxid.connect("silent")
    check(world, echo)
    watch = Stopwatch()
    reply = world.listen("silent.test")
    takes_about(watch.seconds(), 2)
    assert reply.json()["error"].endswith("silent.test: i/o timeout")
    assert ending(client, PATIENCE) in ("fin", "rst")  # 1 s, then 2 s
    client.close()


def test_one_server_of_two_is_dead(world, echo):
    with socket.socket(type=socket.SOCK_DGRAM) as dead:
        host = re.sub(r"^127\.(\d+)", lambda m: f"127.{int(m[1]) - 63}",
                      world.host)
        dead.bind((host, 53))
        world.write("resolv.conf", f"nameserver {host}\nnameserver "
                    f"{world.host}\noptions timeout:1\n")
        world.tell["late.test"] = addresses("127.0.0.1")
        world.proxy("p", f"late.test:{echo.port}")
        watch = Stopwatch()
        assert speaks(world.toxid, "p")
        takes_about(watch.seconds(), 1)
        assert world.listen("late.test").status == 201
    assert speaks(world.toxid, "p")  # ... and one that refuses


LIES = {
    "nothing": lambda q: b"",
    "one byte": lambda q: q.packet[:1],
    "half a head": lambda q: q.packet[:6],
    "a head alone": lambda q: q.reply()[:12],
    "more answers than there are": lambda q: q.reply(
        address("127.0.0.1"), count=65535),
    "no question": lambda q: q.packet[:2] + struct.pack(
        ">HHHHH", 0x8180, 0, 1, 0, 0) + record(*address("127.0.0.1")),
    "a record that ends early": lambda q: q.reply(record(
        b"\xc0\x0c", 1, b"\x7f\0", 4)),
    "a record of 65535 bytes": lambda q: q.reply(record(
        b"\xc0\x0c", 1, bytes([127, 0, 0, 1]), 65535)),
    "an address of no bytes": lambda q: q.reply((b"\xc0\x0c", q.kind, b"")),
    "an address of one byte": lambda q: q.reply((b"\xc0\x0c", q.kind, b"1")),
    "an address of 17 bytes": lambda q: q.reply(
        (b"\xc0\x0c", q.kind, b"1" * 17)),
    "a pointer to itself": lambda q: q.reply(
        (struct.pack(">H", 0xc000 | 12 + len(q.question)), 1, b"1234")),
    "a pointer beyond the end": lambda q: q.reply(
        (b"\xff\xff", 1, b"1234")),
    "a label beyond the end": lambda q: q.reply((b"\x3fabc", 1, b"1234")),
    "an alias without a name": lambda q: q.reply((b"\xc0\x0c", CNAME, b"")),
    "an alias to nowhere": lambda q: q.reply(
        (b"\xc0\x0c", CNAME, b"\xc0\xff")),
    "another question": lambda q: Query(
        q.packet[:12] + encode_name("other.test") + q.question[-4:],
        q.is_tcp).reply(address("127.0.0.1")),
    "a question as answer": lambda q: q.packet,
    "noise": lambda q: q.packet[:2] + os.urandom(200),
}
TCP_LIES = {
    "cut over TCP, too": lambda q: q.reply(is_cut=True),
    "a length of nothing": lambda q: (0, b"") if q.is_tcp else q.reply(
        is_cut=True),
    "a length of one": lambda q: (1, b"x") if q.is_tcp else q.reply(
        is_cut=True),
    "a length beyond the end": lambda q: (65535, q.reply(address(
        "127.0.0.1"))) if q.is_tcp else q.reply(is_cut=True),
    "a length within": lambda q: (20, q.reply(address(
        "127.0.0.1"))) if q.is_tcp else q.reply(is_cut=True),
    "silence over TCP": lambda q: None if q.is_tcp else q.reply(is_cut=True),
}


@pytest.mark.parametrize("what", [*LIES, *TCP_LIES])
def test_a_server_that_lies(world, echo, what):
    world.tell["liar.test"] = {**LIES, **TCP_LIES}[what]
    world.proxy("liar", "liar.test:80")
    client = world.toxid.connect("liar")
    # Others are served meanwhile, over TCP, too.
    world.tell["cut.test"] = addresses("127.0.0.1", *(
        f"127.1.0.{i}" for i in range(100)))
    world.proxy("cut", f"cut.test:{echo.port}")
    watch = Stopwatch()
    assert speaks(world.toxid, "cut")
    within(watch.seconds(), 0, late=1)
    assert ending(client, PATIENCE) in ("fin", "rst")
    client.close()
    assert world.listen("liar.test").status == 500
    check(world, echo)


def test_answers_with_other_ids(world, echo):
    def strangers(query):
        mine = struct.unpack(">H", query.packet[:2])[0]
        return [*(query.reply(address("127.9.9.9"), id=(mine + i) % 65536)
                  for i in range(1, 100)), query.addresses("127.0.0.1")]

    world.tell["spoofed.test"] = strangers
    assert world.listen("spoofed.test").json()["listen"].startswith(
        "127.0.0.1:")
    check(world, echo)


# ---- files


def test_a_search_list(world, echo):
    world.write("resolv.conf", f"nameserver {world.host}\n"
                "search first.test second.test\n")
    world.tell["short.second.test"] = addresses("127.0.0.1")
    world.proxy("p", f"short:{echo.port}")
    assert speaks(world.toxid, "p")
    asked = [name for name, *_ in world.server.seen]
    assert asked.index("short.first.test") < asked.index("short.second.test")


def test_dots_before_the_search_list(world, echo):
    world.write("resolv.conf", f"nameserver {world.host}\n"
                "search svc.test\noptions ndots:5\n")
    world.tell["a.b.svc.test"] = addresses("127.0.0.1")
    world.tell["a.b"] = addresses("127.9.9.9")
    world.proxy("p", f"a.b:{echo.port}")
    assert speaks(world.toxid, "p")
    assert "a.b" not in [name for name, *_ in world.server.seen]


def test_hosts_may_change(world, echo):
    world.proxy("p", f"changing:{echo.port}")
    with world.toxid.connect("p") as client:
        assert ending(client, PATIENCE) in ("fin", "rst")
    for write in (world.write, world.replace):
        write("hosts", "127.0.0.1 localhost changing\n")
        assert speaks(world.toxid, "p")
        write("hosts", "127.0.0.1 localhost\n")
        with world.toxid.connect("p") as client:
            assert ending(client, PATIENCE) in ("fin", "rst")


def test_resolv_conf_may_change(world, echo):
    world.tell["moved.test"] = addresses("127.0.0.1")
    world.proxy("p", f"moved.test:{echo.port}")
    good = f"nameserver {world.host}\n"
    bad = "nameserver 127.0.0.254\noptions timeout:1 attempts:1\n"

    def by_link(name, text):
        (world.etc / "elsewhere").mkdir(exist_ok=True)
        (world.etc / "elsewhere" / name).write_text(text)
        (world.etc / name).unlink()
        (world.etc / name).symlink_to(f"elsewhere/{name}")

    for write in (world.write, world.replace, by_link):
        write("resolv.conf", bad)
        with world.toxid.connect("p") as client:
            assert ending(client, PATIENCE) in ("fin", "rst")
        write("resolv.conf", good)
        assert speaks(world.toxid, "p")


def test_the_order_of_hosts_and_dns(world):
    world.write("hosts", "127.0.0.1 localhost\n127.1.1.1 both.test\n")
    world.tell["both.test"] = addresses("127.2.2.2")
    assert world.listen("both.test").json()["listen"].startswith("127.1.1.1:")
    assert world.toxid.request(
        "DELETE", "/proxies/at%20both.test").status == 204
    world.write("nsswitch.conf", "hosts: mdns4 dns [NOTFOUND=return] files\n")
    assert world.listen("both.test").json()["listen"].startswith("127.2.2.2:")


def test_tcp_where_resolv_conf_says_so(world, echo):
    world.write("resolv.conf", f"nameserver {world.host}\noptions use-vc\n")
    check(world, echo)
    assert all(is_tcp for *_, is_tcp in world.server.seen)


def test_servers_take_turns(world, echo):
    host = re.sub(r"^127\.(\d+)", lambda m: f"127.{int(m[1]) - 63}",
                  world.host)
    other = NameServer(host)
    try:
        other.tell["turn.test"] = addresses("127.0.0.1")
        world.tell["turn.test"] = addresses("127.0.0.1")
        world.write("resolv.conf", f"nameserver {world.host}\nnameserver "
                    f"{host}\noptions rotate\n")
        world.proxy("p", f"turn.test:{echo.port}")
        for _ in range(6):
            assert speaks(world.toxid, "p")
    finally:
        other.close()
    assert len(other.seen) == len(world.server.seen) == 6  # A and AAAA


def test_a_port_by_its_name(world, echo):
    world.write("services", f"echoes {echo.port}/tcp parrot # a comment\n"
                            f"echoes {echo.port + 1}/udp\n")
    for i, upstream in enumerate(["localhost:echoes", "127.0.0.1:parrot"]):
        world.proxy(f"p{i}", upstream)
        assert speaks(world.toxid, f"p{i}")
    reply = world.toxid.request("POST", "/proxies", {
        "name": "x", "listen": "localhost:nonsuch", "upstream": "x:1"})
    assert reply.json()["error"].endswith("tcp/nonsuch: unknown port")


# ---- what resolvd dies of


def poison(world):
    def kill(query):
        if query.kind == AAAA:
            return  # the other question kills the one that asked both
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            os.kill(world.toxid.child("resolvd"), signal.SIGKILL)

    world.tell["poison.test"] = kill


def says_why(world):
    """... once; diald may say it later than ctld that it has died"""
    return wait_until(lambda: sum(
        line.get("message", "").startswith("A name is refused")
        for line in world.toxid.log()) == 1)


def test_a_name_that_kills_is_refused(world, echo):
    poison(world)
    world.proxy("number", f"127.0.0.1:{echo.port}")
    world.proxy("poison", "poison.test:80")
    with world.toxid.connect("poison") as client:
        assert speaks(world.toxid, "number")
        assert ending(client, PATIENCE) in ("fin", "rst")
    assert wait_until(lambda: world.deaths() == 2)
    assert says_why(world)
    for _ in range(5):  # nobody has it looked up again, for a while
        with world.toxid.connect("poison") as client:
            assert ending(client, PATIENCE) in ("fin", "rst")
    time.sleep(0.3)
    assert world.deaths() == 2
    world.tell["good.test"] = addresses("127.0.0.1")
    world.proxy("good", f"good.test:{echo.port}")
    assert speaks(world.toxid, "good")


def test_a_listen_name_that_kills_is_refused(world, echo):
    poison(world)
    reply = world.listen("poison.test")
    assert reply.status == 500
    assert reply.json()["error"].endswith(
        "lookup poison.test: resolvd has died of it")
    assert wait_until(lambda: world.deaths() == 2)
    assert says_why(world)
    world.listen("poison.test")
    assert world.deaths() == 2


@pytest.mark.parametrize("seconds", [0.2, 1])
def test_who_was_there_at_the_same_time_gets_through(world, echo, seconds):
    poison(world)

    def slow(query):
        time.sleep(seconds)
        return query.addresses("127.0.0.1")

    clients = []
    for i in range(8):
        world.tell[f"slow{i}.test"] = slow
        world.proxy(f"slow{i}", f"slow{i}.test:{echo.port}")
        clients.append(world.toxid.connect(f"slow{i}"))
    world.proxy("poison", "poison.test:80")
    with world.toxid.connect("poison") as client:
        assert ending(client, PATIENCE) in ("fin", "rst")
    for client in clients:
        client.settimeout(PATIENCE)
        client.sendall(b"hello")
        assert receive(client, 5) == b"hello"
        client.close()
    assert wait_until(lambda: world.deaths() == 2)
    assert says_why(world)


def test_the_environment(world, echo):
    world.tell["short.env.test"] = addresses("127.0.0.1")
    with Toxid(env={"LOCALDOMAIN": "env.test", "RES_OPTIONS": "use-vc"}) as t:
        t.proxy("p", f"short:{echo.port}")
        assert speaks(t, "p")
    assert world.server.seen and all(tcp for *_, tcp in world.server.seen)


# ---- shares


def hold_up_nobody(world, echo, count):
    def silence(query):
        return None

    names = [f"dead{i}.test" for i in range(count)]
    world.write("resolv.conf", f"nameserver {world.host}\n")  # 5 s, then 10
    for name in names:
        world.tell[name] = silence
    assert world.toxid.request("POST", "/populate", [
        {"name": name, "listen": "127.0.0.1:0", "upstream": f"{name}:80",
         "enabled": True} for name in names]).status == 201
    world.proxy("number", f"127.0.0.1:{echo.port}")
    world.tell["good.test"] = addresses("127.0.0.1")
    world.proxy("name", f"good.test:{echo.port}")
    world.proxy("localhost", f"localhost:{echo.port}")
    listens = world.toxid.request("GET", "/proxies").json()
    waiting = [socket.create_connection(rig.address_of(
        listens[name]["listen"])) for name in names]
    assert wait_until(lambda: len({
        name for name, *_ in world.server.seen}) >= count)
    assert is_quiet(*waiting[:50], seconds=0.3)
    for name in ("number", "name", "localhost") * 3:
        watch = Stopwatch()
        assert speaks(world.toxid, name)
        within(watch.seconds(), 0, late=0.5)
    assert world.listen("good.test").status == 201
    for client in waiting:
        client.close()
    assert world.no_deaths()


def test_names_that_never_resolve_hold_up_nobody_else(world, echo):
    hold_up_nobody(world, echo, 60)


@pytest.mark.slow
def test_very_many_names_that_never_resolve(world, echo):
    hold_up_nobody(world, echo, 700)


def test_nobody_waits_any_more(world, echo):
    """A proxy that is given one dead name after the other has one look-up"""
    world.tell.update({f"dead{i}.test": lambda q: None for i in range(50)})
    world.proxy("p", "dead0.test:80")
    for i in range(1, 50):
        with world.toxid.connect("p"):
            world.toxid.request("PATCH", "/proxies/p",
                                {"upstream": f"dead{i}.test:80"})
    resolvd = world.toxid.child("resolvd")
    assert wait_until(lambda: len(list(rig.descriptors_of(resolvd))) < 16)


# ---- zones


@needs_ipv6
@pytest.mark.parametrize("zone", ["lo", "1"])
def test_a_zone_in_an_upstream(world, zone):
    with Echo("::1", socket.AF_INET6) as six:
        world.proxy("p", f"[::1%{zone}]:{six.port}")
        assert speaks(world.toxid, "p")
        assert world.no_deaths()


@needs_ipv6
def test_a_zone_in_a_listen(world, echo):
    shown = world.toxid.proxy("p", f"127.0.0.1:{echo.port}", "[::1%lo]:0")
    assert shown["listen"].startswith("[::1]:")
    assert speaks(world.toxid, "p")


def test_a_zone_that_there_is_not(world, echo):
    for zone in ("nosuch", "9999999", "a" * 40, "-1", "l%o"):
        reply = world.toxid.request("POST", "/proxies", {
            "name": zone, "listen": f"[fe80::1%{zone}]:0", "upstream": "x:1"})
        assert reply.status == 500
        assert reply.json()["error"].endswith(
            f"address fe80::1%{zone}: unknown zone")
    world.ends("[fe80::1%nosuch]:80")
    check(world, echo)
