# SPDX-License-Identifier: ISC
"""/metrics, as what reads it sees it."""

import os
import shutil
import socket
import subprocess

import pytest
from peers import Echo
from rig import address_of

# Each has to be escaped, or is what somebody's parser could stumble over.
NAMES = ("plain", 'quo"te', "back\\slash", "new\nline", "br{ace}", "a=b,c", "\u00e9")
PROMTOOL = shutil.which(os.environ.get("PROMTOOL", "promtool"))


@pytest.fixture
def exposition(toxid):
    with Echo() as echo:
        for name in NAMES:
            listen = toxid.proxy(name, echo.address)["listen"]
            with socket.create_connection(address_of(listen), 10) as sock:
                sock.sendall(b"x")
                assert sock.recv(1) == b"x"
    return toxid.request("GET", "/metrics").body.decode()


def families(text):
    """[(name, help, type, samples)], in the order of the text"""
    found = []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, *help_text = line.split(" ", 3)
            found.append([name, "".join(help_text), None, 0])
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == found[-1][0]
            found[-1][2] = line.split(" ")[3]
        else:
            assert line.split("{")[0].split(" ")[0] == found[-1][0], line
            found[-1][3] += 1
    return found


def test_every_family_says_what_it_is(exposition):
    found = families(exposition)
    assert len({name for name, *_ in found}) == len(found)
    for name, help_text, kind, samples in found:
        assert help_text, name
        assert (kind == "counter") == name.endswith("_total"), name
        assert samples, name


def test_it_says_which_toxid_it_is(toxid):
    version = toxid.request("GET", "/health").json()["version"]
    assert toxid.metrics()[f'toxid_build_info{{version="{version}"}}'] == 1


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool here")
def test_promtool_finds_no_fault(exposition):
    r = subprocess.run([PROMTOOL, "check", "metrics"], input=exposition,
                       capture_output=True, text=True)
    assert (r.returncode, r.stdout, r.stderr) == (0, "", "")
