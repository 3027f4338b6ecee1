# SPDX-License-Identifier: ISC
"""toxictl by the API's Unix socket: unix:PATH in place of a URL."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from conftest import PATIENCE, TOXICTL, Toxictl
from rig import Toxid


@pytest.fixture(params=["api.sock", "a@b:c d"])
def served(request):
    folder = pathlib.Path(tempfile.mkdtemp())
    path = folder / request.param
    config = folder / "toxid.json"
    config.write_text(json.dumps({"tenants": [
        {"name": "a", "users": [{"uid": os.getuid()}]}]}))
    with Toxid("-api-socket", str(path), "-config", str(config)) as t:
        yield t, path
    shutil.rmtree(folder)


@pytest.mark.parametrize("slashes", ["", "//"])
def test_by_the_environment(served, slashes):
    ctl = Toxictl(f"unix:{slashes}{served[1]}")
    said = json.loads(ctl("whoami", "--json"))
    assert (said["tenant"], said["token"]) == ("a", f"uid {os.getuid()}")
    ctl("create", "web", "-l", "localhost:0", "-u", "localhost:1")
    assert ctl("list").startswith("web\t")


def test_by_the_command_line(served):
    r = subprocess.run(
        [TOXICTL, "--host", f"unix:{served[1]}", "whoami"],
        capture_output=True, text=True, timeout=PATIENCE)
    assert r.returncode == 0 and f"uid {os.getuid()}" in r.stdout, r.stderr


def test_where_there_is_none(tmp_path):
    r = Toxictl(f"unix:{tmp_path}/x").run("list")
    assert r.returncode != 0 and f"unix:{tmp_path}/x" in r.stderr
    r = Toxictl("unix:").run("list")
    assert r.returncode != 0 and "unix: has no path" in r.stderr
