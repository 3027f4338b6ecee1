# SPDX-License-Identifier: ISC
"""The C client library: its tests against toxid, Toxiproxy and servers that
are neither, in the builds that look closer; its ABI; its examples."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from fake import Fakes  # noqa: E402
from rig import Toxid, own_port, wait_until  # noqa: E402

BUILD = pathlib.Path(os.environ.get("CLIENT", "build"))
ORIGINAL = HERE.parent / "oracle/get.sh"
LIMITS = {
    "asan": {"ASAN_OPTIONS": "detect_stack_use_after_return=1",
             "UBSAN_OPTIONS": "print_stacktrace=1"},
    "tsan": {"TSAN_OPTIONS": "halt_on_error=1"},
}
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--error-exitcode=99",
            "--show-leak-kinds=definite", "--vgdb=no",
            f"--suppressions={HERE.parent}/valgrind.supp"]


@pytest.fixture(scope="session")
def fakes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fake")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    servers = Fakes(folder, cert, key)
    yield servers.env
    servers.stop()


@pytest.fixture(scope="session")
def bare():
    with Toxid("-max-proxies", "1") as t:
        yield t


def is_known(url, token):
    asked = urllib.request.Request(
        url + "/tenant", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as r:
            return r.status == 200
    except (urllib.error.HTTPError, OSError):
        return False


@pytest.fixture
def lab(tmp_path):
    """A toxid of one tenant's, whose token is in its URL"""
    file = tmp_path / "lab.json"
    file.write_text(json.dumps({"tenants": [{"name": "lab", "tokens": [
        {"name": "ours", "sha256": hashlib.sha256(b"sesame").hexdigest()}]}]}))
    with Toxid("-config", str(file)) as t:
        url = f"http://127.0.0.1:{t.port}"
        assert wait_until(lambda: is_known(url, "sesame"))
        yield url.replace("//", "//:sesame@")


@pytest.fixture
def toxid():
    """of each test's own, so that they may run at once"""
    with Toxid("-proxy-metrics", "-debug-toxics") as t:
        yield {"TOXI_URL": f"http://127.0.0.1:{t.port}"}


@pytest.fixture
def original():
    found = subprocess.run([ORIGINAL], capture_output=True, text=True,
                           check=False)
    if found.returncode == 77:
        pytest.skip(found.stdout)
    assert found.returncode == 0, found.stderr
    port = own_port()
    server = subprocess.Popen(
        [found.stdout.strip(), "-host", "127.0.0.1", "-port", str(port),
         "-proxy-metrics"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    yield {"TOXI_URL": f"http://127.0.0.1:{port}", "TOXI_ORIGINAL": "1"}
    server.kill()
    server.wait()


def run(command, env, **more):
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=280, check=False, **more)
    assert done.returncode == 0, (
        f"{command}: {done.returncode}\n{done.stdout[-8000:]}"
        f"{done.stderr[-20000:]}")
    return done


def environment(server, fakes, bare, lab):
    return {**server, **fakes, "TOXI_LAB": lab,
            "TOXI_BARE": f"http://127.0.0.1:{bare.port}"}


CRITERION = ["-j1", "--timeout", "60"]


def test_against_toxid(toxid, fakes, bare, lab):
    run([BUILD / "client_test", *CRITERION], environment(toxid, fakes, bare, lab))


def test_against_toxiproxy(original, fakes, bare, lab):
    # It says so later than it listens.
    program = [BUILD / "client_test", *CRITERION]
    env = environment(original, fakes, bare, lab)
    assert wait_until(lambda: subprocess.run(
        [*program, "--filter", "calls/version"], env={**os.environ, **env},
        capture_output=True, check=False).returncode == 0)
    run([*program, "--filter", "!(errors/*|caller/*|proxy_session/*)"], env)


# ---- in the builds that look closer: made by the Makefile's check-client

def test_with_address_sanitizer(toxid, fakes, bare, lab):
    run([f"{BUILD}-client-asan/client_test", *CRITERION],
        {**environment(toxid, fakes, bare, lab), **LIMITS["asan"]})


def test_with_thread_sanitizer(toxid):
    run([f"{BUILD}-client-tsan/client_threads"], {**toxid, **LIMITS["tsan"]})


@pytest.mark.valgrind
@pytest.mark.parametrize("suite", [
    "caller", "calls", "desired", "errors", "event", "halts", "history", "kinds",
    "profiles", "proxy_session", "scenarios", "stats", "suites", "tokens"])
def test_under_valgrind(suite, toxid, fakes, bare, lab):
    """Criterion runs each test in a process of its own."""
    run([*VALGRIND, "--trace-children=yes", BUILD / "client_test", "-j1",
         "--filter", f"{suite}/*", "--timeout", "120"],
        environment(toxid, fakes, bare, lab))


@pytest.mark.valgrind
def test_threads_under_valgrind(toxid):
    run([*VALGRIND, BUILD / "client_threads"], toxid)


def test_every_allocation_fails_once(lab, fakes):
    said = urllib.parse.quote(
        '{"last":2,"events":[{"id":2,"event":"gap","missed":0.1}]}', safe="")
    out = run([BUILD / "client_nomem"], {
        "TOXI_URL": lab.replace("//:", "//me:"),
        "TOXI_EVENTS": f"{fakes['TOXI_FAKE']}/say/{said}"}).stdout
    assert "blocking: " in out and "in a loop: " in out


# ---- what is promised to programs

def test_abi():
    """abi.txt is what programs that are installed rely on.  A line more is a
    new minor version: write it there, with

        tests/client/abi.sh build >tests/client/abi.txt

    One that changes or goes breaks them: then the soname has to change."""
    found = run([HERE / "abi.sh", BUILD], {}).stdout
    assert found == (HERE / "abi.txt").read_text(), test_abi.__doc__


def exported(library):
    text = pathlib.Path(f"client/{library}.map").read_text()
    return set(re.findall(r"^\t(toxi_\w+);", text, re.MULTILINE))


def test_manual_has_every_call():
    page = pathlib.Path("client/toxi.3").read_text()
    named = set(re.findall(r"^\.F[no] (toxi_\w+)", page, re.MULTILINE))
    assert exported("libtoxi") <= named
    # Those that the page only tells how to name.
    assert ({name.replace("toxi_event_", "toxi_") for name in
             exported("libtoxi-event")} - {"toxi_cancel"} <= named)


@pytest.mark.parametrize("archive", ["libtoxi", "libtoxi-event"])
def test_archives_show_what_the_shared_ones_do(archive):
    def names(*options):
        out = run(["nm", "--defined-only", *options], {}).stdout
        return {line.split()[-1].partition("@")[0] for line in
                out.splitlines() if line.split()[1:2] in (["T"], ["D"])}
    assert (names("-g", BUILD / f"{archive}.a") ==
            names("-D", BUILD / f"{archive}.so.0") != set())


@pytest.mark.parametrize("compiler", [
    ["gcc", "-std=c99"], ["gcc", "-std=c17"], ["clang", "-std=c11"],
    ["g++", "-x", "c++", "-std=c++98", "-Wno-long-long"],
    ["clang++", "-x", "c++", "-std=c++20"]])
def test_headers_stand_alone(compiler, tmp_path):
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no {compiler[0]}")
    for header in ("toxi.h", "toxi_event.h", "toxi_watch.h"):
        source = tmp_path / "user.c"
        source.write_text(f"#include <{header}>\n" * 2)
        run([*compiler, "-Wall", "-Wextra", "-Werror", "-pedantic",
             "-Wundef", "-Ishared-is-not-here", "-Iclient", "-fsyntax-only",
             source], {})


def test_exceptions(toxid):
    assert run([BUILD / "client_exceptions"], toxid).stdout == (
        "caught 1, left 0\n")


# ---- the examples are what they say

def proxies(server):
    out = run(["curl", "-fsS", "--noproxy", "*",
               server["TOXI_URL"] + "/proxies"], {}).stdout
    return out.strip()


@pytest.mark.parametrize("example", ["blocking", "event"])
def test_example_of_latency(example, toxid):
    out = run([BUILD / "examples" / example, toxid["TOXI_URL"]], {}).stdout
    before, after = (float(line.split(": ")[1].split()[0])
                     for line in out.splitlines())
    assert 280 <= after and before < after
    assert proxies(toxid) == "{}"


@pytest.mark.parametrize("example", ["blocking", "event", "retry"])
def test_examples_start_their_own(example, tmp_path):
    """With nothing started by hand"""
    program = os.path.abspath(os.environ.get("TOXID", "build/toxid"))
    (tmp_path / "toxid").symlink_to(program)
    out = run([BUILD / "examples" / example], {"PATH": str(tmp_path)}).stdout
    assert len(out.splitlines()) == {"retry": 3}.get(example, 2)


def test_example_of_a_fixture(toxid):
    out = run([BUILD / "examples/fixture", "-j1"], toxid).stderr
    assert "Tested: 4 | Passing: 4" in out
    assert proxies(toxid) == "{}"


def test_example_of_retries(toxid):
    out = run([BUILD / "examples/retry", toxid["TOXI_URL"]], {}).stdout
    assert out.count("greeted at attempt") == 3
    assert proxies(toxid) == "{}"
