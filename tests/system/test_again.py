# SPDX-License-Identifier: ISC
"""What .ci/run takes for chance, and what not: tests/lib/again.py."""

import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.normal_build

LIB = pathlib.Path(__file__).parent.parent / "lib"
CONFTEST = f"""
import sys
sys.path.insert(0, {str(LIB)!r})
from again import pytest_sessionfinish
"""
# Each run leaves a line; the first so many of them fail.
TESTS = """
import pathlib
import pytest

@pytest.mark.parametrize("which", range({count}))
def test_it(which):
    runs = pathlib.Path(__file__).parent / f"runs.{{which}}"
    with runs.open("a") as f:
        f.write("run\\n")
    assert len(runs.read_text().splitlines()) not in {fails}
"""


def run(folder, fails, count=1, again="1"):
    """Its exit status, and which it said are unsteady"""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_some.py").write_text(TESTS.format(fails=fails, count=count))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "-n", "2", str(folder)], check=False, capture_output=True, text=True,
        env={**os.environ, "TOXID_AGAIN": again})
    return done.returncode, [line.split()[1].rpartition("::")[2]
                             for line in done.stdout.splitlines()
                             if line.startswith("UNSTEADY")]


def test_what_fails_once_is_named(tmp_path):
    assert run(tmp_path, fails=[1]) == (0, ["test_it[0]:"])


@pytest.mark.parametrize("fails", ([1, 2], [1, 3], [1, 4], [1, 2, 3, 4]))
def test_what_fails_twice_fails(tmp_path, fails):
    assert run(tmp_path, fails) == (1, [])


def test_three_are_no_chance(tmp_path):
    assert run(tmp_path, fails=[1], count=6) == (1, [])


def test_a_developer_sees_each_failure(tmp_path):
    assert run(tmp_path, fails=[1], again="") == (1, [])
