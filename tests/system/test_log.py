# SPDX-License-Identifier: ISC
"""What the log says of what happens, and for whom."""

import os
import signal
import socket
import subprocess
import time

import pytest
import rig
from rig import Toxid, wide_port, wait_until


def lines_of(t, *messages):
    return [line for line in t.log() if line["message"] in messages]


def without(line, *keys):
    return {k: v for k, v in line.items()
            if k not in ("time", "role", "level", *keys)}


# ---- changes

def test_what_has_changed_is_said():
    with Toxid(env={"LOG_LEVEL": "info"}) as t:
        listen = t.proxy("p", "127.0.0.1:1", toxics=[
            {"type": "noop"}])["listen"]
        t.request("POST", "/proxies/p", {"upstream": "127.0.0.1:2"})
        t.request("POST", "/proxies/p", {"upstream": "127.0.0.1:2"})
        t.request("POST", "/proxies/p", {"enabled": False})
        t.toxic("p", "latency", latency=5, jitter=1, toxicity=0.5)
        t.request("POST", "/proxies/p/toxics/latency_downstream",
                  {"attributes": {"latency": 7}})
        t.request("DELETE", "/proxies/p/toxics/latency_downstream")
        t.request("POST", "/reset")
        t.request("POST", "/reset")
        t.request("DELETE", "/proxies/p")
        assert t.stop() == 0
    said = [without(line) for line in t.log()
            if line["message"].split()[0] in ("Proxy", "Toxic")]
    toxic = {"proxy": "p", "toxic": "latency_downstream", "type": "latency",
             "stream": "downstream"}
    assert said == [
        {"message": "Proxy created", "proxy": "p", "listen": listen,
         "upstream": "127.0.0.1:1", "enabled": 1, "toxics": 1},
        {"message": "Proxy updated", "proxy": "p", "upstream": "127.0.0.1:2",
         "upstream_was": "127.0.0.1:1"},
        {"message": "Proxy updated", "proxy": "p", "enabled": 0},
        {"message": "Toxic created", **toxic,
         "values": "toxicity=0.5 latency=5 jitter=1"},
        {"message": "Toxic updated", "proxy": "p",
         "toxic": "latency_downstream",
         "values": "latency=7", "values_were": "latency=5"},
        {"message": "Toxic deleted", **toxic,
         "values": "toxicity=0.5 latency=7 jitter=1"},
        {"message": "Proxy reset", "proxy": "p", "toxics_removed": 1,
         "was_enabled": 0},
        {"message": "Proxy deleted", "proxy": "p", "listen": listen,
         "upstream": "127.0.0.1:2", "toxics": 0}]


def test_what_was_refused_is_not_said():
    with Toxid(env={"LOG_LEVEL": "info"}) as t:
        t.proxy("p", "127.0.0.1:1")
        t.request("POST", "/proxies", {"name": "p", "upstream": "x:1"})
        t.request("DELETE", "/proxies/q")
        t.request("DELETE", "/proxies/p/toxics/t")
    assert len(lines_of(t, "Proxy created")) == 1
    assert not lines_of(t, "Proxy deleted", "Toxic deleted")


# ---- children

@pytest.mark.normal_build
def test_spares_make_no_noise_at_info():
    with Toxid(env={"LOG_LEVEL": "info"}) as t:
        assert wait_until(lambda: t.children().get("relayd [spare]"))
        pid = t.children()["relayd [spare]"][0]
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not os.path.exists(f"/proc/{pid}"))
        os.kill(t.child("diald"), signal.SIGKILL)
        assert wait_until(lambda: lines_of(t, "Child died"))
    assert [line["child"] for line in lines_of(t, "Child died")] == ["diald"]
    assert not lines_of(t, "Child ready")


# ---- signals

@pytest.mark.parametrize("signo", (
    signal.SIGUSR1, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF,
    signal.SIGIO, signal.SIGPWR))
def test_a_signal_that_means_nothing_ends_nobody(signo):
    with Toxid("-spares", "1") as t:
        children = t.children()
        os.kill(t.pid, signo)
        for pids in children.values():
            os.kill(pids[0], signo)
        time.sleep(0.2)
        t.proxy("p", "127.0.0.1:1")
        assert t.children()["apid"] == children["apid"]
        assert t.stop() == 0


@pytest.mark.parametrize("signo", (signal.SIGTERM, signal.SIGINT))
def test_a_signal_to_the_whole_group(signo):
    """What Ctrl-C is: toxid ends all the others, in order."""
    with Toxid(start_new_session=True) as t:
        t.proxy("p", "127.0.0.1:1")
        t.worker("p")
        os.killpg(t.pid, signo)
        assert t.ends() == 0
    assert not [line for line in t.log()
                if line["level"] in ("warn", "error", "fatal")]


@pytest.mark.parametrize("signo", (signal.SIGHUP, signal.SIGUSR1))
def test_a_signal_to_the_group_that_is_no_end(signo):
    with Toxid(start_new_session=True) as t:
        assert wait_until(lambda: t.children().get("relayd [spare]"))
        before = t.child("apid"), t.child("diald")
        os.killpg(t.pid, signo)
        time.sleep(0.2)
        assert (t.child("apid"), t.child("diald")) == before
        assert t.stop() == 0


# ---- where it listens

@pytest.mark.parametrize("host", ("localhost", "127.0.0.1"))
def test_the_address_as_it_was_given(host):
    port = wide_port()
    with Toxid("-host", host, port=port) as t:
        assert wait_until(
            lambda: lines_of(t, "Starting Toxiproxy HTTP server"))
        started, = lines_of(t, "Starting Toxiproxy HTTP server")
        assert started["address"] == f"{host}:{port}"
    with Toxid("-host", host) as t:
        started, = lines_of(t, "Starting Toxiproxy HTTP server")
        assert started["address"] == f"{host}:{t.port}" and t.port != 0


# ---- under systemd

def journal_lines(is_ours, *args):
    """stdout is a socket, as the journal's is; what comes through it"""
    ours, its = socket.socketpair()
    info = os.fstat(its.fileno())
    stream = f"{info.st_dev}:{info.st_ino if is_ours else info.st_ino + 1}"
    program = os.environ.get("TOXID", rig.TOXID)
    with subprocess.Popen(
            [program, "-port", "0", "-host", "127.0.0.1", *args],
            stdin=subprocess.DEVNULL, stdout=its,
            env={**os.environ, "JOURNAL_STREAM": stream}) as p:
        its.close()
        text = b""
        while b"Starting Toxiproxy HTTP server" not in text:
            text += ours.recv(65536)
        p.send_signal(signal.SIGHUP)  # a warning: there is no file
        while b"SIGHUP" not in text:
            text += ours.recv(65536)
        p.send_signal(signal.SIGTERM)
        while data := ours.recv(65536):
            text += data
    ours.close()
    return text.decode().splitlines()


@pytest.mark.parametrize("format", ("json", "logfmt"))
def test_the_journal_is_told_priorities(format):
    lines = journal_lines(True, "-log-format", format)
    levels = {"debug": "7", "info": "6", "warn": "4"}
    seen = set()
    for line in lines:
        assert line[0] == "<" and line[2] == ">", line
        assert line[3] == ("{" if format == "json" else "t")
        level, = (k for k in levels if
                  f'"level":"{k}"' in line or f" level={k} " in line)
        assert line[1] == levels[level], line
        seen.add(level)
    assert seen == set(levels)


def test_who_is_not_the_journal_gets_plain_lines():
    assert all(line.startswith("{") for line in journal_lines(False))
