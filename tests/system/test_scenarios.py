# SPDX-License-Identifier: ISC
"""/scenarios: steps in time, each with its toxics on a proxy, whatever dies
meanwhile."""

import contextlib
import os
import signal
import sqlite3
import time

import pytest
from lab import Lab, bearer
from rig import SLOW, Toxid, wait_until
from test_events import events as all_events
from test_state import database, run_until_exit
from test_takeover import is_followed
from test_truth import Later
from test_upgrade import upgrade
from tracing import strace

YEAR = 365 * 24 * 3600 * 1000


@pytest.fixture(name="p")
def the_proxy(toxid, echo):
    toxid.proxy("p", upstream=f"localhost:{echo.port}")
    return toxid


def ask(t, method, path, body=None, want=200):
    r = t.request(method, path, body)
    assert r.status == want, r
    return r.json() if r.body else None


def step(duration, *toxics, **more):
    return {"duration": duration, **more,
            **({"toxics": list(toxics)} if toxics else {})}


def noop(name, **more):
    return {"type": "noop", "name": name, **more}


def start(t, *steps, name="s", proxy="p", want=201, **more):
    return ask(t, "POST", "/scenarios", {
        "name": name, "proxy": proxy, "steps": list(steps), **more}, want)


def names(t, proxy="p"):
    return [toxic["name"] for toxic in ask(
        t, "GET", f"/proxies/{proxy}/toxics")]


def shown(t, name="s", want=200):
    return ask(t, "GET", f"/scenarios/{name}", want=want)


def events(t):
    """Of scenarios"""
    return [e for e in all_events(t) if e["event"].startswith("scenario")]


# ---- it comes, steps on, and goes

def test_its_first_step_is_at_work_when_it_is_answered(p):
    made = start(p, step(YEAR, noop("a"), noop("b")), step(YEAR, noop("a")))
    assert names(p) == ["a", "b"]
    assert {t["owner"] for t in ask(p, "GET", "/proxies/p/toxics")} == {
        "scenario:s:0"}
    assert (made["step"], made["round"], made["loop"]) == (0, 0, False)
    assert YEAR - 60000 < made["left"] <= YEAR
    assert [s["duration"] for s in made["steps"]] == [YEAR, YEAR]
    assert [[t["name"] for t in s["toxics"]] for s in made["steps"]] == [
        ["a", "b"], ["a"]]
    (listed,) = ask(p, "GET", "/scenarios")
    one = shown(p)
    assert 0 <= listed.pop("left") - one.pop("left") < 60000
    assert listed == one


def seen_of(p, *steps):
    """One after the other, the names that its proxy has: some may be over
    before anybody looks, on a machine that stands still"""
    start(p, *steps)
    seen = []
    until = time.monotonic() + 30 * SLOW
    while p.request("GET", "/scenarios/s").status == 200:
        assert time.monotonic() < until
        now = names(p)
        if seen[-1:] != [now]:
            seen.append(now)
    return seen


def test_steps_come_in_their_order_and_it_ends(p):
    for _ in range(3):
        before = len(events(p))
        seen = seen_of(p, step(800 * SLOW, noop("a")), step(800 * SLOW),
                       step(800 * SLOW, noop("b")))
        if seen[:3] == [["a"], [], ["b"]]:
            break
    assert seen[:3] == [["a"], [], ["b"]]
    assert names(p) == []
    shown(p, want=404)
    assert ask(p, "GET", "/scenarios") == []
    assert [(e["event"], e.get("step"), e.get("why"))
            for e in events(p)[before:]] == [
        ("scenario_started", None, None), ("scenario_step", 0, None),
        ("scenario_step", 1, None), ("scenario_step", 2, None),
        ("scenario_ended", None, "over")]
    assert {(e["proxy"], e["scenario"]) for e in events(p)} == {("p", "s")}


def test_it_loops_and_does_not_drift(p):
    made = start(p, step(40, noop("a")), step(60, noop("b")), loop=True)
    assert made["loop"]
    time.sleep(1)
    assert wait_until(lambda: shown(p)["round"] >= 9)
    assert names(p) in (["a"], ["b"])
    assert min(late(p, [40, 60])[-8:]) < 50 * SLOW
    steps = [e for e in events(p) if e["event"] == "scenario_step"]
    assert [(e["round"], e["step"]) for e in steps] == sorted(
        (e["round"], e["step"]) for e in steps)
    assert ask(p, "DELETE", "/scenarios/s", want=204) is None
    assert names(p) == []
    assert events(p)[-1]["why"] == "deleted"


def late(t, durations):
    """Of each step that came, ms behind its time; by ctld's own clock"""
    steps = [e for e in events(t) if e["event"] == "scenario_step"]
    at = [1000 * stamp(e) for e in steps]
    whole, found = sum(durations), []
    for e, when in zip(steps, at):
        due = at[0] + e["round"] * whole + sum(durations[:e["step"]])
        found.append(when - due)
    return found


def stamp(event):
    text, _, fraction = event["at"].rstrip("Z").partition(".")
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%S")) + float(
        "0." + (fraction or "0"))


def most(found, percent):
    return sorted(found)[len(found) * percent // 100]


def plainly_late(durations, seconds):
    """ms behind its time that a thread wakes up which does nothing else"""
    found, due = [], time.monotonic()
    end = due + seconds
    while due < end:
        for ms in durations:
            due += ms / 1000
            time.sleep(max(0, due - time.monotonic()))
            found.append(1000 * (time.monotonic() - due))
    return found


def step_and_thread(t, durations, seconds, percent):
    """How late either is, side by side, but for the latest"""
    made = start(t, *[step(ms, noop("a")) for ms in durations], loop=True)
    plain = most(plainly_late(durations, seconds), percent)
    ask(t, "DELETE", "/scenarios/s", want=204)
    steps = [e for e in events(t) if e["event"] != "scenario_ended"]
    last = max(i for i, e in enumerate(steps)
               if e["event"] == "scenario_started")
    found, nth, due = [], 0, None
    for e in steps[last + 1:]:  # one that was missed is as late as the next
        at = 1000 * stamp(e)
        due = at if due is None else due
        while nth <= e["round"] * len(durations) + e["step"]:
            found.append(at - due)
            due += durations[nth % len(durations)]
            nth += 1
    assert len(found) > 40 * seconds // SLOW and made["loop"]
    return most(found, percent), plain


@pytest.mark.normal_build
@pytest.mark.parametrize("bound, seconds, percent", [
    (50 * SLOW, 2, 90), pytest.param(10, 4, 99, marks=[
        pytest.mark.slow, pytest.mark.alone])])
def test_a_step_is_not_late(p, bound, seconds, percent):
    """10 ms at most of 99 in 100 where nothing else is done: than a thread that
    only sleeps, where something is, by as much at most; best of three"""
    tries = []
    for _ in range(3):
        found, plain = step_and_thread(p, [10, 15], seconds, percent)
        if found <= bound:
            return
        tries.append((found, plain))
    assert any(found <= plain + bound for found, plain in tries), tries


# ---- what is asked for is whole, or not at all

BAD = [
    ({"name": ""}, "name"),
    ({"name": "a b"}, "name"),
    ({"name": "n" * 64}, "name"),
    ({"proxy": ""}, "proxy"),
    ({"steps": []}, "steps"),
    ({"steps": None}, "steps"),
    ({"steps": [{"duration": 1}] * 257}, "steps"),
    ({"steps": [{"duration": 1}, {}]}, "steps[1].duration"),
    ({"steps": [{"duration": 0}]}, "steps[0].duration"),
    ({"steps": [{"duration": YEAR + 1}]}, "steps[0].duration"),
    ({"steps": [{"duration": 1.5}]}, "steps[0].duration"),
    ({"steps": [7]}, "steps[0]"),
    ({"steps": [{"duration": 1, "durration": 1}]}, "steps[0]"),
    ({"steps": [{"duration": 1, "toxics": {}}]}, "steps[0].toxics"),
    ({"steps": [step(1, noop("a")), step(1, noop("a"), noop("a"))]},
     "steps[1].toxics[1]"),
    ({"steps": [step(1, {"type": "none"})]}, "steps[0].toxics[0]"),
    ({"steps": [step(1, {"type": "latency", "attributes": {
        "latency": "x"}})]}, "steps[0].toxics[0]: "),
    ({"steps": [step(1, noop("a", ttl=5))]}, "steps[0].toxics[0].ttl"),
    ({"steps": [step(1, noop("a", owner="profile:x"))]},
     "steps[0].toxics[0].owner"),
    ({"steps": [step(1, noop("a"), profile="3g")]}, "steps[0]"),
    ({"steps": [{"duration": 1, "profile": "4g"}]}, "steps[0].profile"),
    ({"steps": [step(1), step(1, connect=7)]}, "steps[1].connect"),
    ({"steps": [step(1), step(1, connect={"mode": "refused"})]},
     "steps[1].connect.mode"),
    ({"steps": [step(1, connect={"mode": "accept_delay"})]},
     "steps[0].connect.delay"),
    ({"steps": [step(1, connect={"dial_delay": -1})]},
     "steps[0].connect.dial_delay"),
    ({"steps": [step(1, connect={"dail_delay": 1})]},
     'did you mean "dial_delay"?'),
    ({"steps": [step(1, connect={"dial_delay": i + 1}) for i in range(33)]},
     "steps[32].connect"),
    ({"steps": [step(1, *[noop(str(i)) for i in range(200)])] * 2},
     "steps[1].toxics[56]"),
    ({"loop": 1}, "loop"),
    ({"ttl": -1}, "ttl"),
    ({"lop": True}, "lop"),
    ({"id": ""}, "id"),
    ({"id": "a/b"}, "id"),
    ({"id": 7}, "id"),
]


@pytest.mark.parametrize("wrong,where", BAD)
def test_what_is_wrong_is_said(p, wrong, where):
    body = {"name": "s", "proxy": "p", "steps": [{"duration": 1}], **wrong}
    said = ask(p, "POST", "/scenarios", body, 400)
    assert where in said["error"], said
    assert ask(p, "GET", "/scenarios") == [] and names(p) == []


def test_a_profile_is_its_toxics(p):
    lacks = ask(p, "GET", "/profiles")[2].get("missing")
    made = start(p, step(YEAR, profile="3G"))
    assert made.get("missing") == shown(p).get("missing") == lacks
    assert all(n.startswith("profile_") for n in names(p))
    assert len(names(p)) == (4 if lacks else 6)
    assert ask(p, "GET", "/proxies/p/profile", want=404)
    ask(p, "POST", "/proxies/p/profile", {"name": "dsl"}, 409)


def test_a_proxy_has_one(p, echo):
    p.proxy("q", upstream=f"localhost:{echo.port}")
    start(p, step(YEAR, noop("a")))
    assert "s" in start(p, step(1), name="t", want=409)["error"]
    start(p, step(1), proxy="q", want=409)
    start(p, step(1), name="t", proxy="none", want=404)
    start(p, step(YEAR), name="t", proxy="q")
    assert [s["name"] for s in ask(p, "GET", "/scenarios")] == ["s", "t"]


def test_hundreds_are_listed_by_name(p):
    """by an apid that may not do all that it takes to sort as many"""
    apid, wanted = p.child("apid"), []
    for i in range(140):
        p.proxy(f"p{i}", "127.0.0.1:9")
        wanted.append(f"s{i * 37 % 140}")
        start(p, step(YEAR), name=wanted[-1], proxy=f"p{i}")
    assert [s["name"] for s in ask(p, "GET", "/scenarios")] == sorted(wanted)
    assert p.child("apid") == apid


def test_names_are_unique_on_the_proxy(p):
    ask(p, "POST", "/proxies/p/toxics", noop("mine"))
    said = start(p, step(YEAR), step(YEAR, noop("mine")), want=409)
    assert "mine" in said["error"]
    start(p, step(YEAR), step(YEAR, noop("later")))
    ask(p, "POST", "/proxies/p/toxics", noop("later"), 409)
    ask(p, "POST", "/proxies/p/toxics", noop("other"))


def test_there_is_room_for_each_step(p):
    """as long as it is there, whatever comes meanwhile"""
    for i in range(250):
        ask(p, "POST", "/proxies/p/toxics", noop(f"n{i}"))
    many = [noop(f"s{i}") for i in range(7)]
    start(p, step(YEAR), step(YEAR, *many), want=409)
    start(p, step(300 * SLOW), step(YEAR, *many[:6]))
    ask(p, "POST", "/proxies/p/toxics", noop("more"), 409)
    assert wait_until(lambda: len(names(p)) == 256)


def test_nobody_says_that_a_toxic_is_a_scenarios(p):
    ask(p, "POST", "/proxies/p/toxics",
        noop("a", owner="scenario:s:0"), 400)


def test_a_state_has_it(p):
    """... and not what it has made"""
    ask(p, "POST", "/proxies/p/toxics", noop("mine"))
    start(p, step(YEAR, noop("a"), noop("b")), step(7, profile="dsl"),
          loop=True)
    was = shown(p)
    (state,) = ask(p, "GET", "/state")
    assert [t["name"] for t in state["toxics"]] == ["mine"]
    ask(p, "POST", "/populate", [state], 201)  # it is in one
    assert len(names(p)) == 3
    ask(p, "DELETE", "/proxies/p", want=204)
    (made,) = ask(p, "POST", "/populate", [state], 201)["proxies"]
    assert [t["name"] for t in made["toxics"]] == ["mine", "a", "b"]
    for one in was, *was["steps"]:
        for changes in ("left", "began", "id", "missing"):
            one.pop(changes, None)
    assert was.items() <= shown(p).items()
    wrong = {**state, "scenario": {"name": "s", "steps": [{"duration": 0}]}}
    said = ask(p, "POST", "/populate", [wrong], 400)
    assert "scenario: steps[0].duration" in said["error"]
    other = {**state, "name": "q", "listen": "127.0.0.1:0"}
    said = ask(p, "POST", "/populate", [other], 409)  # s is p's
    assert [made["name"] for made in said["proxies"]] == ["q"]


# ---- others' changes

def test_a_toxic_of_it_is_as_any_until_the_next_step(p):
    latency = {"type": "latency", "name": "a", "attributes": {"latency": 1}}
    start(p, step(4000 * SLOW, latency, noop("b")), step(YEAR, latency))
    ask(p, "PATCH", "/proxies/p/toxics/a", {"attributes": {"latency": 7}})
    ask(p, "DELETE", "/proxies/p/toxics/b", want=204)
    assert names(p) == ["a"]
    assert wait_until(lambda: shown(p)["step"] == 1 and ask(
        p, "GET", "/proxies/p/toxics/a")["owner"] == "scenario:s:1")
    assert ask(p, "GET", "/proxies/p/toxics/a")["attributes"]["latency"] == 1


@pytest.mark.parametrize("path,method,why", [
    ("/reset", "POST", "reset"), ("/halt", "POST", "halted"),
    ("/proxies/p", "DELETE", "proxy_deleted")])
def test_it_ends_with(p, path, method, why):
    ask(p, "POST", "/proxies/p/toxics", noop("mine"))
    start(p, step(30, noop("a")), step(30, noop("b")), loop=True)
    r = p.request(method, path)
    assert r.status in (200, 204)
    assert wait_until(
        lambda: p.request("GET", "/scenarios/s").status == 404)
    assert [e["why"] for e in events(p)
            if e["event"] == "scenario_ended"] == [why]
    if why == "halted":
        assert wait_until(lambda: names(p) == ["mine"])
    if why == "reset":
        assert names(p) == []


def test_none_goes_on_while_toxics_are_halted(p):
    """... nor after a halt that came twice, or a death behind it"""
    ask(p, "POST", "/halt")
    start(p, step(YEAR, noop("a")))
    assert wait_until(
        lambda: p.request("GET", "/scenarios/s").status == 404)
    assert names(p) == [] and events(p)[-1]["why"] == "halted"
    ask(p, "POST", "/resume")
    start(p, step(YEAR, noop("a")))
    ask(p, "POST", "/halt")
    before = p.ctld
    os.kill(before, signal.SIGKILL)
    is_followed(p, before)
    assert wait_until(
        lambda: p.request("GET", "/scenarios/s").status == 404)


def test_a_halt_is_the_end_of_all_though_it_is_over_at_once(p, echo):
    """... of those, too, that were being changed when it came"""
    for i in range(20):
        p.proxy(f"p{i}", echo.address)
    for _ in range(8):
        for i in range(20):
            start(p, step(1, noop("a")), step(1, noop("b")), name=f"s{i}",
                  proxy=f"p{i}", loop=True)
        ask(p, "POST", "/halt")
        ask(p, "POST", "/resume")
        assert ask(p, "GET", "/scenarios") == []
    ended = [e["why"] for e in events(p) if e["event"] == "scenario_ended"]
    assert set(ended) == {"halted"}


@pytest.mark.normal_build
def test_who_waits_for_their_end_holds_up_no_other_tenant(tmp_path, echo):
    """a's toxics are on again when its worker has gone on; only a's new
    scenario waits for that"""
    with Lab(tmp_path) as t:
        def later(who, path, body=None):
            asked = Later(t, "POST", path, body, bearer(who))
            time.sleep(0.1)
            return asked

        def begin(who, name, proxy="p"):
            return later(who, "/scenarios", {
                "name": name, "proxy": proxy, "steps": [step(YEAR)]})

        for who, name in ("a", "p"), ("a", "q"), ("b", "p"):
            t.make(who, name, echo.address)
        assert begin("a", "s").status() == 201
        began = time.monotonic()
        slowly = strace(t.worker("a/p"), "-o", "/dev/null",
                        "-e", "trace=recvmsg", "-e",
                        "inject=recvmsg:delay_enter=1200000:when=1")
        waits = [later("a", "/proxies/p/toxics", noop("m")),
                 later("a", "/halt"), later("a", "/resume")]
        own = begin("a", "t", "q")
        assert begin("b", "s").status() == 201
        is_early = not any(each.is_answered() for each in [*waits, own])
        assert is_early or time.monotonic() - began > 1.1
        assert [each.status() for each in waits] == [200] * 3
        assert own.status() == 201
        assert [s["name"] for s in t.ask("a", "GET", "/scenarios").json()] \
            == ["t"]
        slowly.send_signal(signal.SIGINT)
        slowly.wait(20)


def test_one_and_no_other_of_its_name_ends(p):
    first = start(p, step(YEAR))
    ask(p, "DELETE", f"/scenarios/s?id={first['id']}", want=204)
    mine = start(p, step(YEAR, noop("a")), id="mine")
    assert mine["id"] == shown(p)["id"] == "mine" != first["id"]
    ask(p, "DELETE", f"/scenarios/s?id={first['id']}", want=404)
    assert names(p) == ["a"]
    for wrong in ("id=", "id=a:b", "id=" + "i" * 64, "name=s"):
        ask(p, "DELETE", f"/scenarios/s?{wrong}", want=400)
    ask(p, "DELETE", "/scenarios/s?id=mine", want=204)
    assert names(p) == []


@pytest.mark.normal_build
@pytest.mark.parametrize("waits", [False, True])
def test_it_ends_before_it_is_stored(tmp_path, echo, waits):
    """... or while it waits for another change of its proxy: there is none, or
    there is one, but never is none there that begins then"""
    asked = [("POST", "/proxies/p/toxics", noop("m"))] * waits + [
        ("POST", "/scenarios", {
            "name": "s", "proxy": "p", "steps": [step(YEAR, noop("a"))]}),
        ("DELETE", "/scenarios/s"), ("DELETE", "/scenarios/t")]
    with Toxid("-state", str(tmp_path)) as t:
        t.proxy("p", upstream=f"localhost:{echo.port}")
        slowly = strace(t.child("stored"), "-o", "/dev/null",
                        "-e", "trace=pwrite64", "-e",
                        "inject=pwrite64:delay_enter=1200000:when=1")
        answers, began = [], time.monotonic()
        for each in asked:
            answers.append(Later(t, *each))
            time.sleep(0.2)
        is_early = not answers[-2].is_answered()
        assert is_early or time.monotonic() - began > 1.1
        assert answers[-1].status() == 404
        assert answers[-2].status() == 204
        assert answers[-3].status() in (201, 404)  # it is gone again
        slowly.send_signal(signal.SIGINT)
        slowly.wait(20)
        shown(t, want=404)
        assert events(t)[-1]["why"] == "deleted"


def test_its_lease_ends(p):
    made = start(p, step(YEAR, noop("a")), ttl=200 * SLOW)
    assert 0 < made["expires_in"] <= 200 * SLOW
    assert wait_until(lambda: names(p) == [])
    assert wait_until(lambda: events(p)[-1].get("why") == "lease_ended")


# ---- it is in phase, whatever dies

def begin(t):
    """Two steps of a second; returns when the first of them began"""
    for _ in range(20):
        began = time.monotonic()
        start(t, step(1000, noop("a")), step(1000, noop("b")), loop=True)
        if time.monotonic() - began < 0.2:
            break
        ask(t, "DELETE", "/scenarios/s", want=204)  # it may have begun later
    return began


def is_in_phase(t, began):
    """Not near to where it changes, it is as it should be; where a machine has
    not had the time to change it, in one of the next seconds"""
    wrong = []
    for _ in range(300):
        at = (time.monotonic() - began) % 2
        is_sure = 0.4 < at % 1 < 0.8
        found = names(t), shown(t)["step"]
        took = (time.monotonic() - began) % 2 - at
        if is_sure and 0 <= took < 0.15:
            want = int(at > 1)
            if found == (["ab"[want]], want):
                return True
            wrong.append((at, found))
            assert len(wrong) < 4, wrong
            time.sleep(1 - at % 1)
        time.sleep(0.02)
    return False


@pytest.mark.normal_build
@pytest.mark.parametrize("role", ["apid", "relayd [p]", "ctld"])
def test_it_is_in_phase_after_the_death_of(p, role):
    began = begin(p)
    old = p.ctld if role == "ctld" else p.child(role)
    os.kill(old, signal.SIGKILL)
    if role == "ctld":
        is_followed(p, old)
    p.wait_until_up()
    assert wait_until(lambda: p.request("GET", "/scenarios/s").status == 200)
    assert is_in_phase(p, began)


@pytest.mark.normal_build
def test_it_is_in_phase_after_an_upgrade(p):
    began = begin(p)
    upgrade(p)
    assert is_in_phase(p, began)


@pytest.mark.normal_build
def test_an_upgrade_does_not_wait_for_steps(echo):
    """of which some worker always applies one"""
    with Toxid(env={"LOG_LEVEL": "info"}) as t:
        for i in range(150):
            t.proxy(f"p{i}", echo.address)
            start(t, *[step(1, noop(name)) for name in "abc"],
                  name=f"s{i}", proxy=f"p{i}", loop=True)
        upgrade(t)
        assert len(ask(t, "GET", "/scenarios")) == 150
        round_now = shown(t, "s7")["round"]
        assert wait_until(lambda: shown(t, "s7")["round"] > round_now)


@pytest.mark.normal_build
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_is_in_phase_after_a_restart(tmp_path, echo, how):
    state = str(tmp_path / "state")
    with Toxid("-state", state) as t:
        t.proxy("p", upstream=f"localhost:{echo.port}")
        t.proxy("q", upstream=f"localhost:{echo.port}")
        start(t, step(100 * SLOW, noop("a")), name="short", proxy="q")
        began = begin(t)
        which = shown(t)["id"]
        if how == signal.SIGKILL:
            os.kill(t.child("stored"), how)
            wait_until(lambda: t.request("GET", "/health").status == 200)
        ask(t, "POST", "/proxies/q/toxics", noop("mine"))
    with Toxid("-state", state) as t:
        assert is_in_phase(t, began) and shown(t)["id"] == which
        assert wait_until(
            lambda: t.request("GET", "/scenarios/short").status == 404)
        ask(t, "DELETE", "/scenarios/s", want=204)
    with Toxid("-state", state) as t:
        assert ask(t, "GET", "/scenarios") == [] and names(t) == []


@pytest.mark.normal_build
def test_a_database_with_one_that_may_not_be_is_refused(tmp_path):
    """Its toxic has the name of one of the proxy's own."""
    with Toxid("-state", str(tmp_path)) as t:
        t.proxy("p", upstream="127.0.0.1:1")
        ask(t, "POST", "/proxies/p/toxics", noop("m"))
        start(t, step(YEAR), step(YEAR, noop("s")))
        assert t.stop() == 0
    with contextlib.closing(sqlite3.connect(database(tmp_path))) as db, db:
        assert db.execute("UPDATE toxics SET name = 's'").rowcount == 1
    code, why = run_until_exit("-state", str(tmp_path))
    assert code == 1 and "the database cannot be read" in why, why


# ---- tenants

@pytest.mark.normal_build
def test_a_tenant_has_its_own(tmp_path, echo):
    with Lab(tmp_path) as lab:
        for who in ("a", "b"):
            lab.make(who, "p", echo.address)
        body = {"name": "s", "proxy": "p", "steps": [step(YEAR, noop("x"))]}
        for who in ("a", "b"):
            assert lab.ask(who, "POST", "/scenarios", body).status == 201
        assert lab.ask("a", "DELETE", "/scenarios/s").status == 204
        assert lab.ask("a", "GET", "/scenarios").json() == []
        assert [s["name"] for s in lab.ask(
            "b", "GET", "/scenarios").json()] == ["s"]
        assert [s["name"] for s in lab.ask(
            "admin", "GET", "/scenarios", of="*").json()] == ["b/s"]


@pytest.mark.normal_build
def test_it_counts_for_all_of_its_steps(tmp_path, echo):
    with Lab(tmp_path, more={"limits": {"toxics": 5}}) as lab:
        lab.make("a", "p", echo.address)
        body = {"name": "s", "proxy": "p", "steps": [
            step(YEAR, noop("x")), step(YEAR, noop("x"), noop("y"))]}
        assert lab.ask("a", "POST", "/scenarios", body).status == 201
        toxic = "/proxies/p/toxics", noop("z")
        assert lab.ask("a", "POST", *toxic).status == 403
        assert lab.ask("a", "DELETE", "/scenarios/s").status == 204
        assert lab.ask("a", "POST", *toxic).status == 200
