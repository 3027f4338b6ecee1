# SPDX-License-Identifier: ISC
"""Mistakes in configuration files: where they are, and what was meant."""

import json
import os
import signal
import subprocess

import pytest
import rig
from peers import Echo

GOOD = [{"name": "a", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toxid.json"

    def write(what):
        path.write_text(what if isinstance(what, str) else json.dumps(what))
        return str(path)
    return write


def check(path, *options):
    """The exit status, what is wrong, and what is said of one that is right"""
    r = subprocess.run([os.environ.get("TOXID", rig.TOXID), *options,
                        "-check", path], capture_output=True, text=True,
                       timeout=30 * rig.SLOW)
    prefix = path + ":"
    assert all(line.startswith(prefix) for line in r.stderr.splitlines())
    return r.returncode, [line[len(prefix):] for line
                          in r.stderr.splitlines()], r.stdout


BAD = """[
  {"name": "web", "listen": "127.0.0.1:7001", "upstrem": "u:1"},
  {"name": "db", "listen": "localhost:7001", "upstream": "u:1",
   "enabled": "yes", "toxics": [
     {"type": "latency", "attributes": {"lantency": 5, "jitter": "x"}},
     {"typ": "bandwidth", "stream": "sideways", "attributes": {"rate": -1}},
     {"type": "nop"}, 7, {"type": "noop", "attributes": {"a": 1}}
   ]},
  {"listen": 5, "upstream": 6},
  {"näme": "é", "upstream": "nonsense", "listen": "nonsense"},
  17,
  {"name": "db", "upstream": "x:1", "listen": ":7001", "colour": 1}
]
"""
WRONG = {
    '2:47: proxy "web": unknown key "upstrem": did you mean "upstream"?',
    '4:15: proxy "db": enabled: expected a boolean, got a string',
    '5:41: proxy "db": latency has no attribute "lantency": '
    'did you mean "latency"?',
    '5:66: proxy "db": toxics[0].attributes.jitter: expected an integer, '
    'got a string',
    '6:7: proxy "db": unknown key "typ": did you mean "type"?',
    '6:37: proxy "db": stream was invalid, can be either upstream or '
    'downstream',
    '6:72: proxy "db": invalid attribute rate: must be at least 0',
    '7:15: proxy "db": invalid toxic type: did you mean "noop"?',
    '7:23: proxy "db": toxics[3]: expected an object, got an integer',
    '7:58: proxy "db": noop has no attribute "a"',
    '3:28: proxy "db": listens at localhost:7001, as proxy "web"',
    '9:14: proxy 3: listen: expected a string, got an integer',
    '9:29: proxy 3: upstream: expected a string, got an integer',
    '9:3: proxy 3: missing required field: name',
    '10:4: proxy 4: unknown key "näme"',
    '10:3: proxy 4: missing required field: name',
    '10:29: proxy 4: upstream: address nonsense: missing port in address',
    '10:51: proxy 4: listen: address nonsense: missing port in address',
    '11:3: proxy 5: expected an object, got an integer',
    '12:56: proxy "db": unknown key "colour"',
    '12:12: proxy "db": there is one of that name in line 3',
}


def test_all_that_is_wrong(file):
    code, lines, said = check(file(BAD))
    assert code == 1 and said == ""
    assert sorted(lines) == sorted(WRONG)


@pytest.mark.parametrize("what, lines", [
    ("", [" EOF"]), ('[{"name": "a",,', ["1:15: string or '}' expected "
                                         "near ','"]),
    ('"x"', ["1:1: expected an array of proxies, got a string"]),
    ('{"proxys": [],\n "state": 5, "durability": "half", "x": 1}', [
        '1:2: "proxys": there is no such setting, did you mean "proxies"?',
        '2:36: "x": there is no such setting',
        "2:2: state: a directory is named by the option -state, and not here",
        '2:14: durability: must be "process" or "full"']),
    ({"proxies": 5}, ["1:2: expected an array of proxies, got an integer"]),
    ({"proxies": [{"name": "a"}]},
     ['1:14: proxy "a": missing required field: upstream']),
    ({"a": {"upstream": "x:1", "listne": ":0"}},
     ['1:27: proxy "a": unknown key "listne": did you mean "listen"?']),
    ({"a": {"listen": ":0", "upstrem": "x:1"}},
     ['1:24: proxy "a": unknown key "upstrem": did you mean "upstream"?']),
    ({"a": {"listen": ":0"}, "b": 5, "proxies": {"upstream": "x:1"}},
     ['1:7: proxy "a": missing required field: upstream',
      '1:30: proxy "b": expected an object, got an integer']),
    ({"proxies": {"a": GOOD[0]}, "b": GOOD[0]},
     ['1:87: "b": there is no such setting']),
    ({"Proxies": GOOD, "STATE": 5, "Durability": 6},
     ['1:82: state: a directory is named by the option -state, and not here',
      '1:94: durability: must be "process" or "full"']),
    ([{"NAME": "a", "Upstrem": "x:1"}],
     ['1:16: proxy "a": unknown key "Upstrem": did you mean "upstream"?']),
    ([{**GOOD[0], "TOXICS": [{"Type": "latncy"}, {"type": "gone"}]}],
     ['1:88: proxy "a": invalid toxic type: did you mean "latency"?',
      '1:108: proxy "a": invalid toxic type'])])
def test_files_that_are_wrong(file, what, lines):
    assert check(file(what)) == (1, lines, "")


@pytest.mark.parametrize("what, said", [
    ([], "0 proxies, 0 toxics"), ("null", "0 proxies, 0 toxics"),
    (GOOD, "1 proxy, 0 toxics"), (json.dumps(GOOD) + " and so on",
                                  "1 proxy, 0 toxics"),
    ([{"NAME": "a", "Upstream": "x:1", "TOXICS": [
        {"type": "latency", "attributes": {"LATENCY": 5.0}}]}],
     "1 proxy, 1 toxic"),
    ({"a": GOOD[0], "b": {"upstream": "x:1"}}, "2 proxies, 0 toxics"),
    ({"proxies": GOOD, "durability": "full"}, "1 proxy, 0 toxics"),
    ({"proxies": {"a": GOOD[0]}}, "1 proxy, 0 toxics"),
    ({"Proxies": GOOD, "Durability": "full"}, "1 proxy, 0 toxics"),
    ({"PROXIES": {"a": {"LISTEN": ":0", "UpStream": "x:1"}}},
     "1 proxy, 0 toxics"),
    ({"a": {"Listen": ":0", "Upstream": "x:1"}}, "1 proxy, 0 toxics")])
def test_files_that_are_right(file, what, said):
    path = file(what)
    assert check(path) == (0, [], f"{path}: {said}\n")


def test_a_file_that_cannot_be_read(tmp_path):
    path = str(tmp_path / "none")
    assert check(path) == (1, [" No such file or directory"], "")


def test_many_faults(file):
    code, lines, _ = check(file([{"name": str(i)} for i in range(2000)]))
    assert (code, len(lines)) == (1, 2000)


# ---- at the start

def logged(t, message, n=1):
    assert rig.wait_until(lambda: n <= sum(
        line["message"] == message for line in t.log())), t.log()
    return [line["error"] for line in t.log() if line["message"] == message]


FAILED = "Failed to populate proxies from file"


@pytest.mark.parametrize("what, error", [
    ('[{"name": "web",\n "upstrem": "u:1"}]',
     '2:2: proxy "web": missing required field: upstream: "upstrem": did '
     'you mean "upstream"?'),
    ([*GOOD, {"name": "b", "upstream": 5}],
     '1:95: proxy "b": upstream: expected a string, got an integer'),
    ({"proxys": [], "x": 1},
     '1:2: "proxys": there is no such setting, did you mean "proxies"?; '
     '"x": there is no such setting'),
    ({"web": {"upstrem": "x:1"}},
     '1:10: proxy "web": missing required field: upstream: "upstrem": did '
     'you mean "upstream"?'),
    ({"web": {"address": "x:1"}}, '1:2: "web": there is no such setting'),
    ([{**GOOD[0], "toxics": [{"type": "bandwith"}]}],
     '1:88: proxy "a": invalid toxic type: did you mean "bandwidth"?'),
    ("[{]", "1:3: string or '}' expected near ']'")])
def test_an_error_says_where(file, what, error):
    path = file(what)
    with rig.Toxid("-config", path) as t:
        assert logged(t, FAILED) == [f"{path}:{error}"]
        assert t.request("GET", "/proxies").json() == {}


def test_a_port_that_two_want(file):
    port = rig.own_port()
    first = {"name": "a", "listen": f"{rig.own_host()}:{port}",
             "upstream": "x:1"}
    path = file([first, {**first, "name": "b", "listen": f":{port}"}])
    with rig.Toxid("-config", path) as t:
        error, = logged(t, FAILED)
        assert error.startswith(f'{path}:1:')
        assert 'proxy "b": listen tcp' in error
        assert error.endswith('address already in use: '
                              'proxy "a" listens there')
        assert set(t.request("GET", "/proxies").json()) == {"a"}
    code, lines, _ = check(path)
    assert code == 1 and 'proxy "b": listens at' in lines[0]
    assert lines[0].endswith('as proxy "a"')


def test_keys_without_a_meaning_are_warned_of(file):
    path = file([{**GOOD[0], "enbled": False, "toxics": [
        {"type": "latency", "attributes": {"lantency": 5}}]}])
    with rig.Toxid("-config", path) as t:
        errors = logged(
            t, "Part of the configuration file has no meaning", 2)
        assert len(errors) == 2
        assert 'proxy "a": unknown key "enbled": did you mean "enabled"?' \
            in errors[0]
        assert 'no attribute "lantency": did you mean "latency"?' in errors[1]
        assert t.request("GET", "/proxies/a").json()["enabled"] is True


def test_proxies_by_name(file):
    """What GET /proxies gives can be read again."""
    with rig.Toxid("-config", file(GOOD)) as t:
        t.toxic("a", "latency", latency=7)
        given = t.request("GET", "/proxies").json()
        given["a"]["listen"] = "127.0.0.1:0"
    with rig.Toxid("-config", file({**given, "b": {"upstream": "x:1"}})) as t:
        proxies = t.request("GET", "/proxies").json()
        assert set(proxies) == {"a", "b"}
        assert proxies["a"]["toxics"] == given["a"]["toxics"]


# ---- again

def reload(t):
    return subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-reload", str(t.pid)],
        capture_output=True, text=True, timeout=60)


def test_a_reload_says_how_it_went(file):
    with rig.Toxid("-config", file(GOOD)) as t:
        file([*GOOD, {**GOOD[0], "name": "b"}])
        assert reload(t).returncode == 0
        assert set(t.request("GET", "/proxies").json()) == {"a", "b"}
        path = file('[\n{"name": "b", "listen": "x"}]')
        for _ in range(2):
            r = reload(t)
            assert (r.returncode, r.stderr) == (
                1, f"toxid: process {t.pid}: the reload failed, nothing has "
                "changed: its log says why\n")
        assert logged(t, "Reload failed, nothing has changed")[0] == (
            f'{path}:2:1: proxy "b": missing required field: upstream')
        file(GOOD)
        assert reload(t).returncode == 0
        assert set(t.request("GET", "/proxies").json()) == {"a"}


def test_a_reload_that_cannot_listen_names_the_proxy(file):
    with rig.Toxid("-config", file(GOOD)) as t:
        path = file('[\n{"name": "b", "upstream": "u:1",\n'
                    f'"listen": "127.0.0.1:{t.port}"}}]')
        assert reload(t).returncode == 1
        error, = logged(t, "Reload failed, nothing has changed")
        assert error.startswith(f'{path}:3:11: proxy "b": listen 127.0.0.1:')
        first = {"name": "c", "listen": "127.0.0.1:1", "upstream": "u:1"}
        file([first, {**first, "name": "d"}])
        assert reload(t).returncode == 1
        assert 'proxy "d": listens at 127.0.0.1:1, as proxy "c"' in logged(
            t, "Reload failed, nothing has changed", 2)[1]


def test_a_reload_of_nothing(file):
    with rig.Toxid() as t:
        assert reload(t).returncode == 1  # it has no file
        t.process.send_signal(signal.SIGHUP)
        assert t.request("GET", "/version").status == 200
    r = reload(t)
    assert r.returncode == 1
    assert r.stderr == f"toxid: process {t.pid}: No such process\n"


def test_a_reload_during_the_end_is_refused_at_once(file):
    with Echo() as echo, rig.Toxid("-drain", "60", "-config", file([])) as t:
        t.proxy("p", echo.address)
        with t.connect("p") as s:
            s.sendall(b"x")
            assert s.recv(1) == b"x"
            t.process.send_signal(signal.SIGTERM)
            assert rig.wait_until(lambda: any(
                line["message"] == "Shutdown started" for line in t.log()))
            r = reload(t)
            assert (r.returncode, "the reload failed" in r.stderr) == (1, True)
            s.sendall(b"y")
            assert s.recv(1) == b"y"


def test_a_reload_of_something_else():
    """... which a SIGHUP would end"""
    with subprocess.Popen(["sleep", "60"]) as other:
        r = subprocess.run(
            [os.environ.get("TOXID", rig.TOXID), "-reload", str(other.pid)],
            capture_output=True, text=True, timeout=30 * rig.SLOW)
        assert other.poll() is None
        other.kill()
    assert (r.returncode, r.stderr) == (
        1, f"toxid: process {other.pid}: it is no toxid\n")


# ---- toxics of the API

@pytest.mark.parametrize("kind, known", [("crash", {}), ("leak", {})])
def test_attributes_that_no_toxic_has(kind, known):
    """As the original for its own; of those that it lacks, 400"""
    with rig.Toxid("-debug-toxics") as t:
        t.proxy("p", "127.0.0.1:1", enabled=False)
        body = {"type": "latency", "name": "x",
                "attributes": {"lantency": 5, "latency": 1}}
        path = "/proxies/p/toxics"
        assert t.request("POST", path, body).status == 200
        body = {"type": kind, "attributes": {**known, "speed": 1}}
        for r in (t.request("POST", path, body),
                  t.request("POST", "/populate", [
                      {"name": "q", "upstream": "x:1", "toxics": [body]}])):
            assert r.status == 400
            assert f'{kind} has no attribute \\"speed\\"' in r.body.decode()
        body = {"type": kind, "name": "y", "attributes": known}
        assert t.request("POST", path, body).status == 200
        assert t.request("PATCH", f"{path}/y", {
            "attributes": {"speed": 1}}).status == 400
        assert t.request("PATCH", f"{path}/x", {
            "attributes": {"speed": 1}}).status == 200
