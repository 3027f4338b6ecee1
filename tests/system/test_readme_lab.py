# SPDX-License-Identifier: ISC
"""What README.md says of one toxid for many teams, pasted."""

import os
import pathlib
import re
import subprocess

import pytest
import rig

pytestmark = pytest.mark.normal_build

README = pathlib.Path(__file__).parents[2] / "README.md"
HEADING = "## One toxid for many teams\n"


def test_the_commands_do_what_is_said(tmp_path):
    text = README.read_text().partition(HEADING)[2].partition("\n## ")[0]
    script = re.search(r"```sh\n(.*?)```", text, re.S)[1]
    for port, free in zip(("8475", "26379"), rig.wide_ports(2)):
        assert port in script
        script = script.replace(port, str(free))
    programs = pathlib.Path(os.environ.get("TOXID", rig.TOXID)).parent
    r = subprocess.run(
        ["sh", "-euc", "trap 'kill $!' EXIT\n" + script], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
        env={**os.environ, "HOME": str(tmp_path),
             "PATH": f"{programs.resolve()}:{os.environ['PATH']}"})
    assert r.returncode == 0, r.stderr
    said = r.stdout.splitlines()
    assert "tenant\tpayments" in said and "role\ttenant" in said
    # by the team's token, and by the reader's that it has made
    assert sum(line.startswith("redis\t127.0.0.1:") for line in said) == 2
    assert any(line.startswith("dashboard\treader\t20") for line in said)
    assert "Revoked token dashboard" in said
    assert "Token dashboard of tenant payments: role reader" in r.stderr
