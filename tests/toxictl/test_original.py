# SPDX-License-Identifier: ISC
"""toxictl beside toxiproxy-cli: the same command lines, the same bytes."""

import itertools
import pathlib
import subprocess

import pytest
from rig import Toxid

GET = pathlib.Path(__file__).parent.parent / "oracle/get.sh"

# Flags first, as the original wants it; {} is a name that is there.
SCRIPT = """
list
create -l 127.0.0.1:0 -u 127.0.0.1:1 web
create -l 127.0.0.1:0 -u 127.0.0.1:1 web
create --listen=bad --upstream 127.0.0.1:1 b
new --listen 127.0.0.1:0 --upstream=127.0.0.1:1 b-c
toxic add -t latency -a latency=1000000 -a jitter=5,latency=7 web
toxic add -t latency -a latency=1 web
t a --type slicer --toxicName n2 --tox 0.555 -u -a average_size=123456 web
t a -type limit_data -toxicName n3 -toxicity=0.2 -d -a bytes=1234567890 web
t a -t bandwidth -n n4 -a rate=1e3 web
t a -t bandwidth -n n5 -a rate=0 web
t a -t noop web
t a -t latency none
t a -t latency -u -d web
t a -t latency --tox 2 web
t a -t latency --tox x web
inspect web
i b-c
ins none
toxic update -n n2 --tox 0.555 -a average_size=5 web
toxic u -n none -a delay=5 web
toxic update -n none -a delay=5 none
toxic update --toxicity 7 -n n2 web
inspect web
toxic remove -n n2 web
toxic r -n n2 web
toxic d -n n2 none
toggle web
tog web
toggle none
delete b-c
d none
bogus
toxic bogus
help bogus
""".strip().splitlines()
# The errors; there the help is on stdout, of its own making.
MISSING = ["create", "create web", "create -l x web", "inspect", "toggle",
           "delete", "toxic add", "toxic add web", "toxic update",
           "toxic remove"]


@pytest.fixture(scope="module")
def cli():
    r = subprocess.run([GET, "cli"], capture_output=True, text=True)
    if r.returncode == 77:
        pytest.skip(r.stdout)
    assert r.returncode == 0, r
    return r.stdout.strip()


def run(program, url, line):
    r = subprocess.run([program, "-h", url, *line.split()], text=True,
                       stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=60)
    return r.returncode, r.stdout, r.stderr


def test_the_same_bytes(cli):
    from conftest import TOXICTL
    with Toxid() as one, Toxid() as other:
        urls = [f"http://127.0.0.1:{t.port}" for t in (one, other)]
        for line in SCRIPT:
            theirs, ours = (run(program, url, line) for program, url in
                            zip((cli, TOXICTL), urls))
            assert ours == theirs, line
        theirs, ours = (run(program, urls[0], "list")
                        for program in (cli, TOXICTL))
        assert ours == theirs and "web\t" in ours[1]
        for line in MISSING:
            theirs, ours = (run(program, url, line) for program, url in
                            zip((cli, TOXICTL), itertools.repeat(urls[0])))
            assert (ours[0], ours[2]) == (theirs[0], theirs[2]), line
            assert ours[1] and theirs[1]
