# SPDX-License-Identifier: ISC
"""What a failing test shows of its daemons."""

import os
import pathlib
import subprocess
import sys

import pytest

LIB = pathlib.Path(__file__).parent.parent / "lib"
TEST = """
import pytest, rig

@pytest.fixture(scope="module")
def shared():
    with rig.Toxid() as t:
        t.proxy("old", "127.0.0.1:1")
        yield t

def test_good():
    with rig.Toxid() as t:
        t.proxy("good", "127.0.0.1:1")

def test_bad(shared):
    with rig.Toxid() as t:
        for i in range(30):
            t.proxy(f"early{i}", "127.0.0.1:1")
        t.proxy("late", "127.0.0.1:1")
        END
"""


def shown(folder, end):
    """of a run with the hooks, where the last test comes to that end"""
    test = folder / "test_one.py"
    test.write_text(TEST.replace("END", end))
    r = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p",
         "lastwords", test], env={**os.environ, "PYTHONPATH": str(LIB)},
        stdout=subprocess.PIPE, text=True)
    return r.stdout


@pytest.mark.parametrize("end", ("assert False", "t.cut(); assert False"))
def test_one_that_fails(tmp_path, end):
    text = shown(tmp_path, end)
    assert "1 failed, 1 passed" in text
    for name in ("old", "late"):
        assert f'"proxy":"{name}"' in text
    for name in ("good", "early0"):
        assert f'"proxy":"{name}"' not in text


def test_one_that_does_not(tmp_path):
    text = shown(tmp_path, "pass")
    assert "2 passed" in text and "said last" not in text
