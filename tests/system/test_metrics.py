# SPDX-License-Identifier: ISC
"""/metrics, as what reads it sees it."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
from peers import Echo
from rig import PATIENCE, Nobody, address_of, wait_until

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
            series = line.split("{")[0].split(" ")[0]
            if found[-1][2] == "histogram":
                series = re.sub("_(bucket|sum|count)$", "", series)
            assert series == found[-1][0], line
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


# ---- histograms

def buckets(t, name):
    """{bound: how many took as long or less}, in the order of the text"""
    text = t.request("GET", "/metrics").body.decode()
    return {float(bound): int(count) for bound, count in re.findall(
        rf'^toxid_proxy_{name}_seconds_bucket{{proxy="p",le="(.*)"}} (\d+)$',
        text, re.M)}


def one_of(t, name, least):
    """... that took so long, in s: nobody knows how slow this machine is"""
    def is_there():
        found = buckets(t, name)
        return found and list(found.values())[-1] == 1
    assert wait_until(is_there)
    found, metrics = buckets(t, name), t.metrics()
    series = f"toxid_proxy_{name}_seconds"
    total = metrics[f'{series}_sum{{proxy="p"}}']
    assert metrics[f'{series}_count{{proxy="p"}}'] == 1
    assert list(found) == sorted(found) and list(found)[-1] == float("inf")
    assert total >= least
    assert found == {bound: int(total <= bound) for bound in found}


def test_how_long_a_session_was(toxid, echo):
    toxid.proxy("p", echo.address)
    assert not buckets(toxid, "dial") and not buckets(toxid, "session")
    start = time.monotonic()
    with toxid.connect("p") as s:
        s.sendall(b"x")
        assert s.recv(1) == b"x"
        one_of(toxid, "dial", 0)
        assert not buckets(toxid, "session")
        lasted = time.monotonic() - start
    one_of(toxid, "session", lasted / 2)


def test_a_session_without_an_upstream_has_no_length(toxid, echo):
    with Nobody() as nobody:
        toxid.proxy("p", f"127.0.0.1:{nobody.port}")
        with toxid.connect("p") as s:
            s.settimeout(PATIENCE)
            with contextlib.suppress(ConnectionResetError):
                assert s.recv(1) == b""
    # what it failed at is said with what it had
    series = 'toxid_proxy_dial_failures_total{proxy="p"}'
    assert wait_until(lambda: toxid.metrics()[series] == 1)
    assert not buckets(toxid, "dial") and not buckets(toxid, "session")


def test_histograms_outlive_their_worker(toxid, echo):
    toxid.proxy("p", echo.address)
    with toxid.connect("p") as s:
        s.sendall(b"x")
        assert s.recv(1) == b"x"
    one_of(toxid, "session", 0)
    before = buckets(toxid, "dial"), buckets(toxid, "session")
    os.kill(toxid.worker("p"), signal.SIGKILL)
    series = 'toxid_proxy_worker_restarts_total{proxy="p"}'
    assert wait_until(lambda: toxid.metrics()[series] == 1)
    assert (buckets(toxid, "dial"), buckets(toxid, "session")) == before


# ---- others

@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool here")
def test_promtool_finds_no_fault(exposition):
    r = subprocess.run([PROMTOOL, "check", "metrics"], input=exposition,
                       capture_output=True, text=True)
    assert (r.returncode, r.stdout, r.stderr) == (0, "", "")
