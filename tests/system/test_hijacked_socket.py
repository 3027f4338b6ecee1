# SPDX-License-Identifier: ISC
"""An apid that has been taken over, and the API's Unix socket: it acts as who
has a connection to it, and as nobody else."""

import contextlib
import os
import pathlib
import shutil
import tempfile
import threading
import time

import pytest
import unixhttp
from lab import Lab, standard
from test_hijacked_tenants import (  # noqa: F401
    SECRETS, TYPES, Script, captive, fill, seen)

pytestmark = pytest.mark.normal_build

OURS = os.getuid() or 4321
SECRETS.update({name: f"fd:{name}" for name in (
    "channel", "listener", "socket", "client", "left", "stream", "packets",
    "null", "none")})


@pytest.fixture
def place():
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder / "api.sock"
    shutil.rmtree(folder)


def lab_of(tmp_path, place):
    """Whoever starts it, root too, may do all, were it his connection."""
    tenants = [dict(t) for t in standard()]
    tenants[2]["users"] = [{"uid": 0, "role": "admin"}]
    tenants[0]["users"] = [{"uid": OURS}]
    return Lab(tmp_path, "-api-socket", str(place), tenants=tenants)


def ours(place):
    return unixhttp.connect(
        place, uid=OURS if unixhttp.is_root() else None)


def play(captive, lab, script, meanwhile):  # noqa: F811
    """A client comes as soon as somebody else would have it"""
    thread = threading.Thread(target=meanwhile)
    thread.start()
    answers = captive.play(lab, script)
    thread.join()
    return answers


def test_what_it_has_is_nobody(captive, place, tmp_path):  # noqa: F811
    script = Script()
    for kind in TYPES:
        for tenant in ("a", "b", "ops", ""):
            for what in ("channel", "listener", "socket", "stream", "packets",
                         "null", "none"):
                script.ask(what, kind, tenant, "p", "UNKNOWN")
    with lab_of(tmp_path, place) as lab:
        fill(lab)
        before = seen(lab)
        assert captive.play(lab, script) == ["UNKNOWN"] * len(script.wanted)
        assert seen(lab) == before


def test_a_connection_is_its_clients(captive, place, tmp_path):  # noqa: F811
    script = Script()
    script.ask("client", "PROXY_UPDATE", "b", "p", "NOT_ITS_OWN")
    script.ask("client", "PROXY_DELETE", "ops", "p", "NOT_ITS_OWN")
    script.ask("client", "PROXY_UPDATE", "a", "p", "OK")
    script.ask("client", "PROXY_UPDATE", "a", "p", "UNKNOWN", later=5)
    script.ask("left", "PROXY_DELETE", "a", "p", "UNKNOWN")
    with lab_of(tmp_path, place) as lab:
        fill(lab)
        before = seen(lab)
        done = captive.folder / "answers"

        def client():
            """... until it has been used"""
            end = time.monotonic() + 60
            while time.monotonic() < end:
                if "act" in (captive.folder / "mode").read_text():
                    break
                time.sleep(0.01)
            held = []  # the honest one may take the first
            while time.monotonic() < end and len(
                    done.read_text().split()) < 4:
                with contextlib.suppress(OSError):
                    held.append(ours(place))
                time.sleep(0.1)
            for s in held:
                s.close()

        answers = play(captive, lab, script, client)
        assert answers == [w[0] for w in script.wanted]
        after = seen(lab)
        assert {k for k in before if before[k] != after.get(k)} == {"a/p"}
        assert after["a/p"]["upstream"] == "127.0.0.66:6"
        lab.read_to_here()
        assert lab.audit(request="PROXY_UPDATE", outcome="done",
                         client=f"uid {OURS}", token=f"uid {OURS}",
                         tenant="a")
