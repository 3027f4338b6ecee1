# SPDX-License-Identifier: ISC
"""An IPv4 address in the clothes of an IPv6 one is that IPv4 address, as with
the original."""

import json
import signal
import socket

import pytest
import rig
from rig import Toxid, address_of, needs_ipv6, own_host, wait_until

pytestmark = needs_ipv6
HERE = own_host()
MAPPED = f"[::ffff:{HERE}]"


def is_there(address):
    with socket.create_connection(address_of(address), rig.PATIENCE) as s:
        s.sendall(b"x")
        return s.recv(1) == b"x"


def test_a_proxy_listens_at_the_ipv4_address(echo):
    with Toxid() as t:
        p = t.proxy("p", echo.address, MAPPED + ":0")
        assert p["listen"].startswith(HERE + ":")
        assert is_there(p["listen"])


def test_a_change_to_where_it_is_changes_nothing(echo):
    with Toxid() as t:
        p = t.proxy("p", echo.address, MAPPED + ":0")
        same = MAPPED + ":" + p["listen"].rpartition(":")[2]
        with t.connect("p") as s:
            s.sendall(b"a")
            assert s.recv(1) == b"a"
            assert t.request("POST", "/proxies/p",
                             {"listen": same}).json() == p
            assert t.request("POST", "/populate", [
                {"name": "p", "listen": same, "upstream": echo.address}
            ]).json()["proxies"] == [p]
            s.sendall(b"b")
            assert s.recv(1) == b"b"


def test_one_that_was_made_disabled(echo):
    with Toxid() as t:
        t.proxy("p", echo.address, MAPPED + ":0", enabled=False)
        r = t.request("POST", "/proxies/p", {"enabled": True})
        assert r.status == 200, r
        assert is_there(r.json()["listen"])


def test_any_ipv4_address_is_any_address(echo):
    port = rig.wide_port()
    with Toxid() as t:
        p = t.proxy("p", echo.address, f"[::ffff:0.0.0.0]:{port}")
        assert p["listen"] == f"[::]:{port}"
        assert is_there(f"[::1]:{port}") and is_there(f"{HERE}:{port}")


def test_a_file_and_its_reload(tmp_path, echo):
    path = tmp_path / "toxid.json"

    def write(*names):
        path.write_text(json.dumps([
            {"name": name, "listen": MAPPED + ":0", "upstream": echo.address}
            for name in names]))
    write("a")
    with Toxid("-config", str(path)) as t:
        write("a", "b")
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: any(
            line["message"] == "Reloaded configuration" for line in t.log()))
        for p in t.request("GET", "/proxies").json().values():
            assert p["listen"].startswith(HERE + ":")
            assert is_there(p["listen"])


def test_the_api():
    with Toxid("-host", f"::ffff:{HERE}", wait=False) as t:
        t.host = HERE
        t.wait_until_up()
