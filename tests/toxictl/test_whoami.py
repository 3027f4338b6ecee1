# SPDX-License-Identifier: ISC
"""toxictl whoami: for whom a server takes us."""

import json
import subprocess

import pytest
import rig
from conftest import PATIENCE, Toxictl
from test_original import GET

NOBODY = {"tenant": "", "role": "admin", "token": None, "expires": None}


def test_where_there_are_no_tenants(ctl, toxid, web):
    toxid.toxic("web", "noop")
    assert json.loads(ctl("whoami", "--json")) == {
        **NOBODY, "proxies": 1, "toxics": 1}
    assert ctl("whoami") == ("tenant\t\nrole\tadmin\ntoken\t\nexpires\t\n"
                             "proxies\t1\ntoxics\t1\n")
    shown, code = ctl.on_terminal("whoami")
    assert code == 0 and "tenant   (the one without a name)\n" in shown
    assert "expires  (never)\n" in shown and "toxics   1\n" in shown


@pytest.fixture
def original():
    found = subprocess.run([GET], capture_output=True, text=True)
    if found.returncode == 77:
        pytest.skip(found.stdout)
    port = rig.own_port()
    server = subprocess.Popen(
        [found.stdout.strip(), "-host", "127.0.0.1", "-port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ctl = Toxictl(f"http://127.0.0.1:{port}")
    assert rig.wait_until(lambda: ctl.run("list").returncode == 0, PATIENCE)
    yield ctl
    server.kill()
    server.wait()


def test_toxiproxy(original):
    r = original.run("whoami")
    assert (r.returncode, r.stdout) == (1, "")
    assert r.stderr == (f"{original.url} has no tenants, as Toxiproxy has "
                        "none: all who reach it are the same to it\n")
    said = json.loads(original.run("whoami", "--json").stderr)
    assert "has no tenants" in said["error"]
    # which is nothing that doctor would find wrong, and stops nobody
    assert "token" not in original("doctor")
    assert original("list", "--tenant", "payments") == ""
