# SPDX-License-Identifier: ISC
"""toxictl scenario: a proxy is so for so long, and then so."""

import contextlib
import json
import os
import signal
import subprocess

import pytest
from conftest import PATIENCE, Toxictl
from losses import do_without
from peers import losing
from rig import Toxid, wait_until

LONG = 3600000
FLAKY = {"name": "flaky", "proxy": "web", "loop": True, "ttl": LONG, "steps": [
    {"duration": LONG, "toxics": [
        {"type": "latency", "attributes": {"latency": 100}},
        {"type": "noop", "name": "n", "stream": "upstream"}]},
    {"duration": LONG, "profile": "slow-4g"}, {"duration": LONG}]}
SHORT = {"name": "short", "proxy": "web", "steps": [
    {"duration": 1000, "toxics": [{"type": "noop"}]}, {"duration": 1000},
    {"duration": 1000, "toxics": [
        {"type": "latency", "attributes": {"latency": 1}}]}]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "flaky.json"

    def write(what):
        path.write_text(what if isinstance(what, str) else json.dumps(what))
        return str(path)
    return write


def names(toxid):
    return [t["name"] for t in toxid.request(
        "GET", "/proxies/web/toxics").json()]


def scenarios(toxid):
    return toxid.request("GET", "/scenarios").json()


def test_it_is_run_shown_and_stopped(ctl, toxid, web, file):
    assert ctl("scenario", "list") == ""
    assert ctl("scenario", "run", file(FLAKY)) == (
        "Proxy web goes through flaky: 3 steps, again and again\n")
    assert names(toxid) == ["n", "latency_downstream"]
    name, proxy, place, left, how = ctl("scenario", "list").strip().split("\t")
    assert (name, proxy, place, how) == ("flaky", "web", "1/3", "loop")
    assert left.endswith("ms") and 0 < int(left[:-2]) <= LONG
    head, *steps = ctl("scenario", "show", "flaky").splitlines()
    assert head.startswith("flaky\tweb\tround 1\t")
    assert steps[0] == (
        f">\t{LONG}ms\tlatency_downstream latency=100 jitter=0; n")
    assert "profile_latency_up" in steps[1] and steps[1].startswith("\t")
    assert steps[2] == f"\t{LONG}ms\tnothing is wrong"
    shown = json.loads(ctl("scenario", "show", "flaky", "--json"))
    assert shown["steps"] == scenarios(toxid)[0]["steps"]
    assert [s["name"] for s in json.loads(
        ctl("scenario", "list", "--json"))] == ["flaky"]
    assert "flaky" in ctl.on_terminal("scenario", "list")[0]
    assert ctl("scenario", "stop", "flaky") == "Stopped scenario flaky\n"
    assert names(toxid) == [] and scenarios(toxid) == []
    for command in "show", "stop":
        r = ctl.run("scenario", command, "flaky")
        assert r.returncode == 1 and "scenario not found" in r.stderr


def test_a_steps_connect_goes_with_it(ctl, toxid, web, file):
    """... which it was left out of in silence"""
    connect = {"mode": "accept_delay", "delay": 5, "dial_fail": "timeout"}
    steps = [{"duration": LONG, "connect": {"mode": "refuse"}},
             {"duration": LONG, "connect": connect, "toxics": [
                 {"type": "noop", "name": "n"}]},
             {"duration": LONG, "connect": None}]
    ctl("scenario", "run", file({**FLAKY, "steps": steps}))
    kept = [s.get("connect") for s in scenarios(toxid)[0]["steps"]]
    assert kept == [{"mode": "refuse"}, connect, None]
    _, *lines = ctl("scenario", "show", "flaky").splitlines()
    assert lines[0].endswith("\tconnect refuse")
    assert lines[1].endswith("\tconnect accept_delay 5ms, dial timeout; n")
    assert lines[2].endswith("\tnothing is wrong")
    saved = ctl("scenario", "show", "flaky", "--json")
    ctl("scenario", "stop", "flaky")
    ctl("scenario", "run", file(saved))
    assert kept == [s.get("connect") for s in scenarios(toxid)[0]["steps"]]
    ctl("scenario", "stop", "flaky")
    for wrong in 7, {"mode": "refused"}, {"delay": "x"}:
        r = ctl.run("scenario", "run", file({**FLAKY, "steps": [
            {"duration": LONG, "connect": wrong}]}))
        assert r.returncode != 0 and "step" in r.stderr, r
    assert scenarios(toxid) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to do without it")
def test_what_a_step_is_without_is_said(file):
    lossy = {**FLAKY, "steps": [
        *FLAKY["steps"], {"duration": LONG, "profile": "3g"}]}
    with Toxid(preexec_fn=do_without) as t:
        t.proxy("web", "127.0.0.1:1")
        ctl = Toxictl(f"http://127.0.0.1:{t.port}")
        assert ctl("scenario", "run", file(lossy)) == (
            "Proxy web goes through flaky: 4 steps, again and again\n"
            "It is applied without tcp_loss\n")
        *others, last = ctl("scenario", "show", "flaky").splitlines()
        assert last.endswith("; without tcp_loss")
        assert "without" not in "".join(others)
        saved = ctl("scenario", "show", "flaky", "--json")
        shown, there = json.loads(saved), scenarios(t)[0]
        assert (shown["steps"], shown["missing"]) == (
            there["steps"], ["tcp_loss"])
        assert there["steps"][3]["missing"] == ["tcp_loss"]
        ctl("scenario", "stop", "flaky")
        ctl("scenario", "run", file(saved))


def test_what_is_shown_can_be_run_again(ctl, toxid, web, file):
    ctl("scenario", "run", file(FLAKY))
    saved = ctl("scenario", "show", "flaky", "--json")
    ctl("scenario", "stop", "flaky")
    ctl("scenario", "run", file(saved))
    again = scenarios(toxid)[0]
    was = json.loads(saved)
    assert [[t["name"] for t in s["toxics"]] for s in again["steps"]] == [
        [t["name"] for t in s["toxics"]] for s in was["steps"]]


def test_from_standard_input(ctl, toxid, web):
    ctl("scenario", "run", "-", input=json.dumps(FLAKY))
    assert scenarios(toxid)[0]["name"] == "flaky"


def test_it_is_watched_to_its_end(ctl, toxid, web, file):
    shown = ctl("scenario", "run", file(SHORT), "--watch").splitlines()
    assert shown[0] == "Proxy web goes through short: 3 steps"
    assert [line.split(" ", 1)[1] for line in shown[1:4]] == [
        "step 1/3 1s noop_downstream", "step 2/3 1s nothing is wrong",
        "step 3/3 1s latency_downstream latency=1 jitter=0"]
    assert shown[4:] == ["Scenario short has ended: over"]
    assert names(toxid) == [] and scenarios(toxid) == []


def test_with_json_it_is_its_events(ctl, web, file):
    lines = ctl("scenario", "run", file(SHORT), "-w", "--json").splitlines()
    events = [json.loads(line) for line in lines]
    assert [(e["event"], e.get("step")) for e in events] == [
        ("scenario_started", None), ("scenario_step", 0), ("scenario_step", 1),
        ("scenario_step", 2), ("scenario_ended", None)]


def watching(ctl, file):
    process = ctl.start("scenario", "run", file(FLAKY), "--watch",
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline().startswith("Proxy web goes through")
    assert " step 1/3 " in process.stdout.readline()
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_it(ctl, toxid, web, file, number):
    with watching(ctl, file) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
        assert (out, err) == ("Stopped scenario flaky\n", "")
        assert process.returncode == 128 + number
    assert names(toxid) == [] and scenarios(toxid) == []


def test_who_reads_no_more_stops_it(ctl, toxid, web, file):
    short = {**FLAKY, "steps": [{"duration": 300}, {"duration": 300}]}
    with ctl.start("scenario", "run", file(short), "--watch",
                   stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 1
    assert scenarios(toxid) == []


def test_somebody_else_stops_it(ctl, toxid, web, file):
    with watching(ctl, file) as process:
        ctl("scenario", "stop", "flaky")
        out, _ = process.communicate(timeout=PATIENCE)
        assert out == "Scenario flaky has ended: deleted\n"
        assert process.returncode == 1


def test_the_server_is_away_meanwhile(ctl, toxid, web, file):
    with watching(ctl, file) as process:
        before = toxid.child("apid")
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: toxid.child("apid") not in (None, before))
        toxid.wait_until_up()
        ctl("scenario", "stop", "flaky")
        out, _ = process.communicate(timeout=PATIENCE)
        assert out.startswith("Scenario flaky has ended: ")


@contextlib.contextmanager
def lossy(toxid, before_it_is_lost):
    """A toxictl whose server is behind a network that loses the answer to what
    begins a scenario; libcurl may ask again"""
    left = [before_it_is_lost]

    def of_these(request):
        begins = request.startswith(b"POST /scenarios ")
        return left.pop() if begins and left else None

    with losing((toxid.host, toxid.port), of_these) as (_, port):
        yield Toxictl(f"http://127.0.0.1:{port}")


either_way = pytest.mark.parametrize("how", [[], ["--watch"]])


@either_way
def test_an_answer_that_is_lost_leaves_nothing(toxid, web, file, how):
    begun = []
    with lossy(toxid, lambda: begun.extend(scenarios(toxid))) as ctl:
        r = ctl.run("scenario", "run", file(FLAKY), *how)
    assert r.returncode == 1 and "Failed to start scenario flaky" in r.stderr
    assert [s["name"] for s in begun] == ["flaky"]
    assert scenarios(toxid) == [] and names(toxid) == []


@either_way
def test_it_leaves_anothers_of_that_name_where_its_answer_is_lost(
        toxid, web, file, how):
    def anothers():
        toxid.request("DELETE", "/scenarios/flaky")
        assert toxid.request("POST", "/scenarios", FLAKY).status == 201
    with lossy(toxid, anothers) as ctl:
        r = ctl.run("scenario", "run", file(FLAKY), *how)
    assert r.returncode == 1 and "stop" not in r.stderr, r
    assert [s["name"] for s in scenarios(toxid)] == ["flaky"]


def test_an_interrupt_leaves_anothers_of_that_name(ctl, toxid, web, file):
    with watching(ctl, file) as process:
        process.send_signal(signal.SIGSTOP)
        toxid.request("DELETE", "/scenarios/flaky")
        toxid.request("POST", "/scenarios", FLAKY)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=PATIENCE)
    assert [s["name"] for s in scenarios(toxid)] == ["flaky"]


@pytest.mark.parametrize("change, why", [
    ({"name": None}, "1:1: a scenario has a name and a proxy"),
    ({"proxy": 5}, "\"proxy\" is no text"),
    ({"stpes": []}, "unknown key \"stpes\": did you mean \"steps\"?"),
    ({"steps": []}, "no array of one or more"),
    ({"steps": None}, "no array of one or more"),
    ({"loop": 1}, "neither true nor false"),
    ({"ttl": "1h"}, "is a number of milliseconds"),
    ({"steps": [7]}, "step 1: it is no object"),
    ({"steps": [{}]}, "step 1: it has no duration"),
    ({"steps": [{"duration": 1}, {"duration": 0}]}, "step 2: a duration is"),
    ({"steps": [{"duration": 1, "profil": "3g"}]}, "did you mean"),
    ({"steps": [{"duration": 1, "profile": "3g", "toxics": []}]},
     "toxics, and a profile"),
    ({"steps": [{"duration": 1, "toxics": [{"type": "latency", "attributes": {
        "latancy": 5}}]}]}, "step 1: latency has no attribute \"latancy\""),
    ({"steps": [{"duration": 1, "toxics": [{}]}]}, "a toxic has no type")])
def test_what_is_wrong_with_a_file(ctl, toxid, web, file, change, why):
    path = file({**FLAKY, **change})
    r = ctl.run("scenario", "run", path)
    assert r.returncode == 1 and why in r.stderr, r
    assert f"{path}:1:" in r.stderr
    assert scenarios(toxid) == []


def test_where_it_is(ctl, web, file):
    path = file("""{"name": "x", "proxy": "web", "steps": [
  {"duration": 5},
  {"duration": 5, "toxics": [{"type": "noop"},
    {"type": "noop", "straem": "upstream"}]}]}""")
    r = ctl.run("scenario", "run", path)
    assert f"{path}:4:22: step 2: unknown key \"straem\"" in r.stderr, r


def test_what_the_server_refuses(ctl, toxid, web, file):
    r = ctl.run("scenario", "run", file({**FLAKY, "proxy": "none"}))
    assert r.returncode == 1 and "proxy not found" in r.stderr, r
    r = ctl.run("scenario", "run", file({
        **FLAKY, "steps": [{"duration": 1, "profile": "9g"}]}), "--watch")
    assert r.returncode == 1 and "no profile" in r.stderr, r
    assert names(toxid) == []


@pytest.mark.parametrize("words, why", [
    (["run"], "a FILE is wanted"), (["show"], "a NAME is wanted"),
    (["stop"], "a NAME is wanted")])
def test_mistakes(ctl, words, why):
    r = ctl.run("scenario", *words)
    assert r.returncode == 2 and why in r.stderr, r
