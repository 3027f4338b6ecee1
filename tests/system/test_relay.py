# SPDX-License-Identifier: ISC
"""Addresses, failing upstreams, limits, and much at once."""

import hashlib
import os
import re
import select
import socket
import subprocess
import threading

import pytest
import rig
from peers import Echo, ending
from rig import Nobody, address_of, needs_ipv6, own_host, wait_until
from test_relay_ends import (PATIENCE, Ends, Stopwatch, is_quiet, pass_byte,
                             receive)


FOUR, SIX = "127.0.0.1", "[::1]"


def serve_one(listener):
    """The first client's bytes go back to it."""
    sock, _ = listener.accept()
    with sock:
        while data := sock.recv(65536):
            sock.sendall(data)


def echo_at(host):
    """A port of that host that serves one client."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host.strip("[]"), 0), family=family)
    threading.Thread(target=serve_one, args=(listener,), daemon=True).start()
    return listener.getsockname()[1]


def echoes(address):
    with socket.create_connection(address, PATIENCE) as sock:
        sock.sendall(b"hello")
        return receive(sock, 5) == b"hello"


# ---- addresses


@needs_ipv6
@pytest.mark.parametrize("listen", [FOUR, SIX])
@pytest.mark.parametrize("upstream", [FOUR, SIX])
def test_either_family_on_either_side(toxid, listen, upstream):
    proxy = toxid.proxy("p", listen=f"{listen}:0",
                        upstream=f"{upstream}:{echo_at(upstream)}")
    assert proxy["listen"].startswith(f"{listen}:")
    assert echoes(address_of(proxy["listen"]))


@needs_ipv6
@pytest.mark.parametrize("host", [FOUR, SIX])
@pytest.mark.parametrize("listen", ["", ":0", "0.0.0.0:0", "[::]:0"])
def test_a_wildcard_is_both_families(toxid, listen, host):
    proxy = toxid.proxy("p", listen=listen,
                        upstream=f"127.0.0.1:{echo_at(FOUR)}")
    assert re.fullmatch(r"\[::\]:[1-9]\d*", proxy["listen"])
    port = address_of(proxy["listen"])[1]
    assert echoes((host.strip("[]"), port))


def test_names(toxid):
    proxy = toxid.proxy("p", listen="localhost:0",
                        upstream=f"localhost:{echo_at(FOUR)}")
    assert proxy["listen"].startswith("127.0.0.1:")
    assert proxy["upstream"].startswith("localhost:")
    assert echoes(address_of(proxy["listen"]))


def test_a_service_as_port(toxid):
    proxy = toxid.proxy("p", enabled=False, listen="127.0.0.1:http-alt",
                        upstream="127.0.0.1:1")
    assert proxy["listen"] == "127.0.0.1:http-alt"


def knows_services():
    try:
        return socket.getservbyname("http-alt") == 8080
    except OSError:
        return False


@pytest.mark.skipif(not knows_services(), reason="no /etc/services here")
def test_services_are_ports_on_both_sides(toxid):
    host = own_host()
    with Echo(host=host) as echo:
        toxid.proxy("out", echo.address, listen=f"{host}:http-alt")
        assert toxid.request("GET", "/proxies/out").json()[
            "listen"] == f"{host}:8080"
        proxy = toxid.proxy("in", f"{host}:http-alt")
        assert echoes(address_of(proxy["listen"]))


# ---- upstreams that are not there


def dial_errors(t):
    return [line for line in t.log()
            if line.get("message") == "Unable to open connection to upstream"]


@pytest.mark.parametrize("upstream, why", [
    ("127.0.0.1:{}", "connection refused"),
    ("localhost:{}", "connection refused"),
    ("nonsense", "missing port"),
    ("127.0.0.1:99999", "invalid port"),
])
def test_failed_dial_is_accept_then_fin(toxid, upstream, why):
    with Nobody() as nobody:
        toxid.proxy("p", upstream=upstream.format(nobody.port))
        with toxid.connect("p") as client:
            assert ending(client, PATIENCE) == "fin"
    assert wait_until(lambda: dial_errors(toxid))
    line = dial_errors(toxid)[0]
    assert line["level"] == "error"
    assert why in line["error"]
    assert toxid.request("GET", "/proxies/p").json()["enabled"] is True


def test_an_upstream_that_comes_up_later(toxid):
    with Nobody() as somebody:
        toxid.proxy("p", upstream=f"127.0.0.1:{somebody.port}")
        with toxid.connect("p") as client:
            assert ending(client, PATIENCE) == "fin"
        somebody.sock.settimeout(PATIENCE)
        somebody.sock.listen()
        with toxid.connect("p") as client:
            server, _ = somebody.sock.accept()
            with server:
                pass_byte(client, server)


def test_an_upstream_that_resets(toxid):
    ends = Ends(toxid)
    client, server = ends.open()
    server.close()
    assert ending(client, PATIENCE) == "fin"
    pass_byte(*ends.open())
    ends.close()


# ---- limits


def answered(socks):
    """Those on which something has come."""
    return select.select(socks, [], [], 0)[0]


@pytest.mark.normal_build
def test_no_descriptors_left_is_survived(limited):
    with Echo() as echo:
        limited.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        limit = f"/proc/{limited.worker('p')}/limits"
        assert re.search(r"open files +64 +64", open(limit).read())
        clients = [limited.connect("p") for _ in range(60)]
        for client in clients:
            client.sendall(b"hello")
        assert wait_until(lambda: 10 < len(answered(clients)) and is_quiet(
            *set(clients) - set(answered(clients))))
        assert len(answered(clients)) < 40
        while clients:  # room comes as others go
            client = clients.pop(0)
            assert receive(client, 5) == b"hello"
            client.close()
        with limited.connect("p") as client:
            client.sendall(b"again")
            assert receive(client, 5) == b"again"


def options_of(condition):
    """ss on the sockets that it selects, with timers"""
    return subprocess.run(["ss", "-tnoH", "state", "established"] + condition,
                          capture_output=True, text=True, check=True,
                          timeout=PATIENCE).stdout


def test_both_sockets_have_keep_alive(toxid):
    ends = Ends(toxid)
    pass_byte(*ends.open())
    for condition in (["sport", "=", f":{ends.address()[1]}"],
                      ["dport", "=", f":{ends.port}"]):
        found = re.search(r"keepalive,([\d.]+)(sec|ms)", options_of(condition))
        assert found, condition
        assert found.group(2) == "ms" or float(found.group(1)) <= 15
    ends.close()


def test_small_writes_are_not_delayed(toxid):
    """No Nagle: the second of two small writes waits for no ACK."""
    ends = Ends(toxid)
    client, server = ends.open()
    took = []
    for _ in range(100):
        watch = Stopwatch()
        for byte in (b"1", b"2"):
            client.sendall(byte)
            assert receive(server, 1) == byte
        server.sendall(b"3")
        assert receive(client, 1) == b"3"
        took.append(watch.seconds())
    # a delayed ACK is 40 ms in every turn but the first few
    assert sorted(took)[30] < 0.035 * rig.SLOW
    ends.close()


# ---- much


def test_200_clients_at_once(toxid):
    with Echo() as echo:
        toxid.proxy("p", upstream=f"127.0.0.1:{echo.port}")
        clients = [toxid.connect("p") for _ in range(200)]
        for turn in range(5):
            for i, client in enumerate(clients):
                client.sendall((b"%03d %d " % (i, turn)) * 200)
            for i, client in enumerate(clients):
                data = (b"%03d %d " % (i, turn)) * 200
                assert receive(client, len(data)) == data
        for client in clients:
            client.close()


def hash_all(sock, result):
    digest = hashlib.sha256()
    while data := sock.recv(1 << 18):
        digest.update(data)
    result.append(digest.digest())


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_200_megabytes_arrive_whole(toxid, stream):
    ends = Ends(toxid)
    source, destination = ends.open_for(stream)
    digest, result = hashlib.sha256(), []
    reader = threading.Thread(target=hash_all, args=(destination, result))
    reader.start()
    piece = os.urandom(1_000_003)
    for i in range(200):
        data = piece[i:] + piece[:i]
        digest.update(data)
        source.sendall(data)
    source.shutdown(socket.SHUT_WR)
    reader.join(60 * rig.SLOW)
    assert result == [digest.digest()]
    ends.close()


# ---- counters


def series(t):
    """What /metrics says of proxy p: by family, and direction if it has one"""
    found = {}
    for name, value in t.metrics().items():
        family, _, labels = name.partition("{")
        direction = re.findall(r'direction="(\w+)"', labels)
        if 'proxy="p"' in labels:
            found[(family, *direction)] = value
    return found


def test_counters_move_while_sessions_live(toxid):
    ends = Ends(toxid)
    client, server = ends.open()
    client.sendall(b"u" * 1000)
    receive(server, 1000)
    server.sendall(b"d" * 300)
    receive(client, 300)
    expected = {
        ("toxiproxy_proxy_received_bytes_total", "upstream"): 1000,
        ("toxiproxy_proxy_received_bytes_total", "downstream"): 300,
        ("toxiproxy_proxy_sent_bytes_total", "upstream"): 1000,
        ("toxiproxy_proxy_sent_bytes_total", "downstream"): 300,
        ("toxid_proxy_open_sessions",): 1,
        ("toxid_proxy_sessions_total",): 1,
        ("toxid_proxy_dial_failures_total",): 0,
    }
    assert wait_until(lambda: expected.items() <= series(toxid).items())
    client.close()
    server.close()
    expected[("toxid_proxy_open_sessions",)] = 0
    assert wait_until(lambda: expected.items() <= series(toxid).items())
    ends.close()


def test_counters_of_what_was_not_delivered(toxid):
    ends = Ends(toxid)
    ends.toxic("upstream", "timeout", timeout=0)
    client, _ = ends.open()
    client.sendall(b"s" * 500)
    expected = {
        ("toxiproxy_proxy_received_bytes_total", "upstream"): 500,
        ("toxiproxy_proxy_sent_bytes_total", "upstream"): 0,
    }
    assert wait_until(lambda: expected.items() <= series(toxid).items())
    ends.close()


def test_a_disabled_proxy_has_no_open_sessions(toxid):
    ends = Ends(toxid)
    pass_byte(*ends.open())
    key = ("toxid_proxy_open_sessions",)
    assert wait_until(lambda: series(toxid)[key] == 1)
    toxid.request("PATCH", "/proxies/p", {"enabled": False})
    assert series(toxid)[key] == 0
    ends.close()


def test_failed_dials_are_counted(toxid):
    with Nobody() as nobody:
        toxid.proxy("p", upstream=f"127.0.0.1:{nobody.port}")
        for _ in range(3):
            with toxid.connect("p") as client:
                assert ending(client, PATIENCE) == "fin"
    assert wait_until(lambda: series(toxid).get(
        ("toxid_proxy_dial_failures_total",)) == 3)


def test_series_go_with_their_proxy(toxid):
    ends = Ends(toxid)
    pass_byte(*ends.open())
    assert wait_until(lambda: series(toxid))
    toxid.request("DELETE", "/proxies/p")
    assert series(toxid) == {}
    ends.close()
