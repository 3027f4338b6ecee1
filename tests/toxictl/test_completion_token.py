# SPDX-License-Identifier: ISC
"""A server that wants to know who asks: it is asked for names with what is on
the line that is being typed."""

import os

import pytest
import rig
from conftest import TOXICTL, Toxictl, environment
from rig import Toxid
from test_completion import Zsh, bash, fish

TOKEN = {"TOXIPROXY_AUTH_TOKEN": "sesame"}


@pytest.fixture
def env(tmp_path):
    with Toxid(env=TOKEN, wait=False) as t:
        assert rig.wait_until(lambda: t._learn_port() or t.port)
        ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        assert rig.wait_until(lambda: ctl.run(
            "create", "web", "-l", "localhost:0", "-u", "localhost:1",
            env=TOKEN).returncode == 0)
        (tmp_path / "good").write_text("sesame\n")
        (tmp_path / "bad").write_text("wrong\n")
        path = os.path.dirname(TOXICTL) + ":" + os.environ["PATH"]
        yield environment(ctl.url, PATH=path, HOME=str(tmp_path),
                          XDG_DATA_HOME=str(tmp_path), XDG_CONFIG_HOME="")


@pytest.mark.parametrize("shell", [bash, fish])
def test_names_need_a_token(env, shell):
    home = env["HOME"]
    for file in (f"{home}/good", "~/good"):
        assert shell(f"toxictl --token-file {file} inspect ", env) == ["web"]
        assert shell(f"toxictl inspect --token-file {file} w", env) == ["web"]
    assert shell(f"toxictl --token-file {home}/bad inspect ", env) == []
    assert shell("toxictl inspect ", env) == []
    # what is typed is for the shell, not for who is asked
    assert shell("toxictl --token-file /dev/stdin inspect ", env) == []
    # no admin's, so that there is none but its own
    line = f"toxictl --token-file {home}/good --tenant"
    assert shell(line + " \"a b\" inspect ", env) == []


@pytest.mark.parametrize("shell", [bash, fish])
def test_the_file_is_completed(env, shell):
    offered = shell(f"toxictl --token-file {env['HOME']}/g", env)
    assert offered == [f"{env['HOME']}/good"]


def test_zsh(env):
    z = Zsh(env)
    try:
        for file in (f"{env['HOME']}/good", "~/good"):
            line = f"toxictl --token-file {file} inspect "
            found = z.ask(line + "\t\x18", r"<(toxictl [^<>]*)>")
            assert found[1].rstrip() == line + "web"
    finally:
        z.close()
