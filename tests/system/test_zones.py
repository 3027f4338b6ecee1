# SPDX-License-Identifier: ISC
"""Link-local addresses, which are none without a zone: in a network of the
test's own, whose loopback has one."""

import os
import socket
import subprocess
import sys

import pytest
from peers import Echo
from rig import Toxid, wait_until
from test_relay_ends import PATIENCE, receive

IS_INSIDE = os.environ.get("IN_A_NETWORK_OF_ITS_OWN") == "1"
NETWORK = ["unshare", "-n", "sh", "-c", 'ip addr add fe80::1/64 dev lo && '
           'ip link set lo up && exec "$@"', "sh"]
inside = pytest.mark.skipif(not IS_INSIDE, reason="is run from the one below")

pytestmark = pytest.mark.normal_build


@pytest.mark.skipif(IS_INSIDE, reason="it is inside")
def test_all_of_it_in_a_network_of_its_own():
    if subprocess.run([*NETWORK, "true"], capture_output=True).returncode:
        pytest.skip("there are no network namespaces here")
    r = subprocess.run(
        [*NETWORK, sys.executable, "-m", "pytest", "-q", "-p",
         "no:cacheprovider", "-p", "no:xdist", __file__],
        env={**os.environ, "IN_A_NETWORK_OF_ITS_OWN": "1"},
        capture_output=True, text=True)
    assert r.returncode == 0 and " passed" in r.stdout, r.stdout


class LinkLocal(Echo):
    def __init__(self):
        super().__init__("::", socket.AF_INET6)


def says_hello(listen):
    host, _, port = listen.rpartition(":")
    where = socket.getaddrinfo(host.strip("[]"), int(port))[0][4]
    with socket.socket(socket.AF_INET6) as client:
        client.settimeout(PATIENCE)
        client.connect(where)
        client.sendall(b"hello")
        return receive(client, 5) == b"hello"


@inside
@pytest.mark.parametrize("zone", ["lo", "1"])
def test_a_proxy_from_there_to_there(zone):
    with LinkLocal() as echo, Toxid() as t:
        shown = t.proxy("p", f"[fe80::1%{zone}]:{echo.port}",
                        f"[fe80::1%{zone}]:0")
        assert shown["listen"].startswith("[fe80::1%lo]:")
        assert says_hello(shown["listen"])


@inside
def test_without_a_zone_it_is_no_address():
    with Toxid() as t:
        r = t.request("POST", "/proxies", {
            "name": "p", "listen": "[fe80::1]:0", "upstream": "x:1"})
        assert r.json()["error"].endswith("bind: invalid argument")


@inside
def test_it_is_there_again_after_a_restart(tmp_path):
    with LinkLocal() as echo:
        with Toxid("-state", str(tmp_path)) as t:
            shown = t.proxy("p", f"[fe80::1%lo]:{echo.port}",
                            "[fe80::1%1]:0")
        with Toxid("-state", str(tmp_path)) as t:
            assert wait_until(lambda: any(
                line.get("message") == "Started proxy" for line in t.log()))
            assert t.request("GET", "/proxies/p").json() == shown
            assert says_hello(shown["listen"])
            r = t.request("PATCH", "/proxies/p", {"enabled": False})
            assert r.json()["listen"] == shown["listen"]
        with Toxid("-state", str(tmp_path)) as t:
            t.request("PATCH", "/proxies/p", {"enabled": True})
            assert says_hello(shown["listen"])


@inside
def test_the_api_has_such_an_address():
    with Toxid("-host", "fe80::1%lo", wait=False) as t:
        assert wait_until(lambda: t.lines and any(
            "Starting Toxiproxy HTTP server" in line["message"]
            for line in t.log()))
