# SPDX-License-Identifier: ISC
"""What an honest apid cannot say costs it its life, whatever it is, and nothing
else: each lie once, by a process that is all right but for that."""

import pathlib
import subprocess
import tempfile

import pytest
import rig
from rig import Toxid, wait_until
from test_hostile import Stage, deaths

pytestmark = pytest.mark.normal_build

# So many restarts are for nothing, with those of the first and the last.
AT_ONCE = 8
PARTS = 8


@pytest.fixture
def stage(monkeypatch):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # each child is somebody else
        s = Stage(folder, "apid")
        for name in ("next", "end", "survived"):
            (folder / name).write_text("")
            (folder / name).chmod(0o666)
        monkeypatch.setenv("TOXID", str(folder / "toxid"))
        yield s


def count(stage):
    stage.mode("count-lies")
    r = subprocess.run([stage.folder / "apid"], stdout=subprocess.PIPE,
                       check=True, timeout=rig.PATIENCE)
    stage.mode("honest")
    return int(r.stdout)


def truth(t):
    """But what a lie may say well before"""
    found = t.request("GET", "/proxies").json()
    found.pop("lie", None)
    return found


def tell(stage, first, end):
    """Each by an apid of its own; then there is an honest one again."""
    (stage.folder / "next").write_text(str(first))
    (stage.folder / "end").write_text(str(end))
    stage.mode("honest")
    with Toxid("-debug-toxics") as t:
        t.proxy("kept", "127.0.0.1:9")
        t.toxic("kept", "carry", toxic_name="t", note="note")
        before = truth(t)
        stage.change(t, "lies")
        assert wait_until(lambda: deaths(t, "apid") > end - first)
        t.wait_until_up()
        assert truth(t) == before
        reasons = [line["reason"] for line in t.log()
                   if line.get("message") == "Killing a child"]
        assert reasons == ["broke the protocol"] * (end - first)
        assert t.stop() == 0


@pytest.mark.parametrize("part", range(PARTS))
def test_an_apid_that_lies(stage, part):
    n = count(stage)
    assert n > 300
    for first in range(n * part // PARTS, n * (part + 1) // PARTS, AT_ONCE):
        tell(stage, first, min(first + AT_ONCE, n * (part + 1) // PARTS))
        assert (stage.folder / "survived").read_text() == ""
