# SPDX-License-Identifier: ISC
"""The command line, the configuration file, metrics, logs, and the end."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until

UP = "127.0.0.1:1"


def run(*args, env=None):
    return subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), *args], capture_output=True,
        text=True, timeout=30 * rig.SLOW, env={**os.environ, **(env or {})})


# ---- flags

def test_version():
    r = run("-version")
    assert r.returncode == 0
    assert r.stdout.startswith("toxid version ")


@pytest.mark.parametrize("flag", ["-h", "-help", "--help"])
def test_help(flag):
    r = run(flag)
    assert r.returncode == 0
    assert r.stderr.startswith("Usage of ")
    for name in ("config", "host", "port", "proxy-metrics",
                 "runtime-metrics", "seed", "version", "debug-toxics",
                 "drain"):
        assert f"  -{name}" in r.stderr


@pytest.mark.parametrize("args, text", [
    (["-badflag"], "flag provided but not defined: -badflag"),
    (["-port"], "flag needs an argument: -port"),
    (["-uid-base", "0"],
     'invalid value "0" for flag -uid-base: must be at least 1'),
    (["-uid-base", "4294967295"], 'invalid value "4294967295" for flag '
     '-uid-base: must be at most 4294962959'),
    (["-max-proxies", "4001"],
     'invalid value "4001" for flag -max-proxies: must be at most 4000'),
    (["-spares", "257"],
     'invalid value "257" for flag -spares: must be at most 256'),
    (["-seed", "abc"], 'invalid value "abc" for flag -seed: parse error'),
    (["-proxy-metrics=maybe"],
     'invalid boolean value "maybe" for -proxy-metrics: parse error')])
def test_wrong_flags(args, text):
    r = run(*args)
    assert r.returncode == 2
    assert r.stderr == f"toxid: {text}; see toxid -h\n"


@pytest.mark.parametrize("args", [
    ["foo"], ["-port", "0", "foo"], ["--", "foo"], ["-proxy-metrics", "true"],
    ["-"], [""]])
def test_words_that_are_no_flags(args):
    r = run(*args)
    assert r.returncode == 2
    assert r.stderr == f'toxid: "{args[-1]}" is no flag; see toxid -h\n'


def test_help_shows_what_is_so_without_it():
    defaults = run("-h").stderr
    assert '(default "8474")' in defaults and "(default 30" not in defaults
    assert run("-port", "9", "-drain", "30", "-spares=7", "-h",
               ).stderr == defaults


@pytest.mark.parametrize("port", ["65536", "-1", "nosuchport"])
def test_no_such_port(port):
    r = run("-port", port)
    assert r.returncode == 1
    assert f"{port}: " in r.stderr or "unknown port" in r.stderr


def test_the_api_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as s:
        r = run("-port", str(s.getsockname()[1]))
    assert r.returncode == 1
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    assert any("address already in use" in line.get("error", "")
               for line in lines), lines


@rig.needs_ipv6
def test_host_may_be_ipv6():
    with Toxid("-host", "::1", wait=False) as t:
        assert wait_until(lambda: any(
            line["message"] == "Starting Toxiproxy HTTP server"
            and line["address"].startswith("[::1]:") for line in t.log()))


# ---- configuration file

def test_config(tmp_path):
    path = tmp_path / "proxies.json"
    path.write_text(json.dumps([
        {"name": "a", "listen": "127.0.0.1:0", "upstream": UP,
         "toxics": [{"type": "latency", "attributes": {"latency": 5}}]},
        {"name": "b", "listen": "127.0.0.1:0", "upstream": UP,
         "enabled": False}]))
    with Toxid("-config", str(path)) as t:
        proxies = t.request("GET", "/proxies").json()
        assert proxies["a"]["toxics"][0]["attributes"]["latency"] == 5
        assert proxies["b"]["enabled"] is False
        assert wait_until(lambda: any(
            line["message"] == "Populated proxies from file"
            and line["proxies"] == 2 for line in t.log()))


@pytest.mark.parametrize("text, message", [
    (None, "Error reading config file"),
    ("rubbish", "Failed to populate proxies from file"),
    ('[{"name": "a"}]', "Failed to populate proxies from file"),
    ("[" * 100000, "Failed to populate proxies from file")])
def test_a_bad_config_is_not_fatal(tmp_path, text, message):
    path = tmp_path / "proxies.json"
    if text is not None:
        path.write_text(text)
    with Toxid("-config", str(path)) as t:
        assert t.request("GET", "/proxies").body == b"{}"
        assert wait_until(lambda: any(
            line["message"] == message and line["level"] == "error"
            for line in t.log())), t.log()


# ---- metrics

def test_metrics_are_asked_for():
    with Toxid() as t:
        assert t.request("GET", "/metrics").status == 404


def test_metrics_move_while_a_connection_lives(shared):
    with Echo() as echo:
        shared.proxy("m\\\"", echo.address)
        listen = [p["listen"] for p in shared.request(
            "GET", "/proxies").json().values() if p["name"] == "m\\\""][0]
        with socket.create_connection(
                rig.address_of(listen), rig.PATIENCE) as s:
            s.sendall(b"x" * 1000)
            got = 0
            while got < 1000:
                got += len(s.recv(1000))
            labels = (f'listener="{listen}",proxy="m\\\\\\"",'
                      f'upstream="{echo.address}"')
            for direction in ("upstream", "downstream"):
                for what in ("received", "sent"):
                    key = (f"toxiproxy_proxy_{what}_bytes_total"
                           f'{{direction="{direction}",{labels}}}')
                    assert wait_until(
                        lambda: shared.metrics().get(key) == 1000), key
            key = 'toxid_proxy_open_sessions{proxy="m\\\\\\""}'
            assert shared.metrics()[key] == 1
        assert wait_until(lambda: shared.metrics()[key] == 0)
        shared.request("DELETE", "/proxies/m%5C%22")
        assert not [k for k in shared.metrics() if "m\\" in k]


def test_metrics_of_failed_dials(shared):
    shared.proxy("nowhere", UP)
    with shared.connect("nowhere") as s:
        assert s.recv(1) == b""
    key = 'toxid_proxy_dial_failures_total{proxy="nowhere"}'
    assert wait_until(lambda: shared.metrics()[key] == 1)


def test_metrics_of_roles(shared):
    m = shared.metrics()
    for role in ("apid", "diald", "relayd", "resolvd", "ctld"):
        for name in ("cpu_seconds_total", "processes", "restarts_total",
                     "resident_max_bytes", "restart_delay_seconds"):
            assert f'toxid_role_{name}{{role="{role}"}}' in m
    assert m['toxid_role_processes{role="apid"}'] == 1
    started = m["process_start_time_seconds"]
    assert 0 <= time.time() - started < 600 * rig.SLOW


# ---- logs

@pytest.mark.parametrize("level, has, has_not", [
    ("info", "info", "debug"), ("error", None, "info"), ("", None, "error")])
def test_log_level(level, has, has_not):
    with Toxid(env={"LOG_LEVEL": level}) as t:
        t.proxy("a", UP)
        t.stop()
        levels = {line["level"] for line in t.log()}
    assert has_not not in levels
    assert has is None or has in levels


def test_log_lines_are_json_with_a_time_and_a_message():
    with Toxid() as t:
        t.proxy('odd "name"\n', UP)
        assert t.stop() == 0
        for line in t.log():
            assert {"level", "time", "message"} <= set(line)
        assert any(line.get("name") == 'odd "name"\n' for line in t.log())


def test_what_a_client_sends_does_not_break_the_log():
    with Toxid() as t:
        for agent in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xe2\x82(",
                      b"\xf4\x90\x80\x80", "\u20ac".encode()):
            with socket.create_connection((t.host, t.port), rig.PATIENCE) as s:
                s.sendall(b"GET /version HTTP/1.0\r\nUser-Agent: <" + agent
                          + b">\r\n\r\n")
                while s.recv(1000):
                    pass
        assert t.stop() == 0
        agents = [line["user_agent"] for line in t.log()
                  if line["message"] == "Version" and line["user_agent"]]
    assert agents == ["<\ufffd>", "<a\ufffd>", "<\ufffd\ufffd\ufffd>",
                      "<\ufffd\ufffd(>", "<\ufffd\ufffd\ufffd\ufffd>",
                      "<\u20ac>"]


def test_logfmt():
    with Toxid("-log-format", "logfmt") as t:
        t.stop()
        assert b'level=info' in b"".join(t.lines)


# ---- the end

@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end(signo):
    with Toxid() as t:
        t.proxy("a", UP)
        pids = [p for pids in t.children().values() for p in pids]
        t.process.send_signal(signo)
        assert t.process.wait(rig.PATIENCE) == 0
        assert not any(os.path.exists(f"/proc/{p}") for p in pids)
