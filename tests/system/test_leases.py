# SPDX-License-Identifier: ISC
"""A proxy, or a toxic, with a ttl goes by itself: in time, never before, and
nothing goes with it, whatever dies meanwhile."""

import contextlib
import os
import signal
import sqlite3
import threading
import time

import pytest
from lab import Lab
from rig import SLOW, Toxid, wait_until
from test_state import database, fill, small_disk  # noqa: F401 (a fixture)
from test_takeover import is_followed
from test_upgrade import upgrade

BAD = (-1, 365 * 24 * 3600 * 1000 + 1, 1.5, "1s", True, [], {})


@pytest.fixture
def t(echo):
    with Toxid() as t:
        t.proxy("stays", echo.address)
        yield t


@pytest.fixture
def start(state):
    started = []

    def one(*args, **more):
        t = Toxid("-state", str(state), *args, **more)
        started.append(t)
        return t
    yield one
    for t in started:
        t.__exit__()


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def make(t, name, ttl, upstream="127.0.0.1:9", **more):
    r = t.request("POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0", "upstream": upstream,
        "ttl": ttl, **more})
    assert r.status == 201, r
    return r.json()


def add(t, proxy, name, ttl, kind="noop", **attributes):
    r = t.request("POST", f"/proxies/{proxy}/toxics", {
        "name": name, "type": kind, "attributes": attributes, "ttl": ttl})
    assert r.status == 200, r
    return r.json()


def names(t):
    return set(t.request("GET", "/proxies").json())


def toxics(t, proxy):
    return {each["name"] for each in
            t.request("GET", f"/proxies/{proxy}/toxics").json()}


def left(t, path):
    """None: it has no lease; or it is not there"""
    return t.request("GET", path).json().get("expires_in")


@contextlib.contextmanager
def ends(there, seconds):
    """What is made in here is there until then, and soon after it is not."""
    began = now()
    yield
    made = now()
    while now() < began + seconds - 0.001:
        seen = there()
        if now() < began + seconds:
            assert seen
    assert wait_until(lambda: not there())
    assert now() < made + seconds + 2 * SLOW


def answers(t, name):
    with t.connect(name) as s:
        s.sendall(b"x")
        return s.recv(1) == b"x"


# ---- what is seen of one

def test_a_proxy_goes_by_itself(t):
    with ends(lambda: "p" in names(t), 0.5):
        made = make(t, "p", 500)
        assert 0 < made["expires_in"] <= 500
    assert t.request("GET", "/proxies/p").status == 404
    assert names(t) == {"stays"}
    assert "expires_in" not in t.request("GET", "/proxies/stays").json()
    assert answers(t, "stays")
    assert wait_until(lambda: any(
        line["message"] == "Lease over: proxy deleted" and
        line["proxy"] == "p" for line in t.log()))
    t.proxy("p", "127.0.0.1:9", listen=made["listen"])  # the port is free


def test_a_toxic_goes_by_itself_and_is_off(t):
    add(t, "stays", "kept", 0)
    with ends(lambda: "slow" in toxics(t, "stays"), 0.5):
        assert 0 < add(t, "stays", "slow", 500, "timeout",
                       timeout=0)["expires_in"] <= 500
    assert toxics(t, "stays") == {"kept"}
    assert answers(t, "stays")
    assert "expires_in" not in t.request(
        "GET", "/proxies/stays/toxics/kept").json()


def test_one_that_is_over_before_its_reply_had_it(t):
    for i in range(300):
        assert add(t, "stays", f"x{i}", 1)["expires_in"] in (0, 1)


def test_it_is_exact_when_nothing_else_is_on(t):
    """Of some, the one that this machine has held up least"""
    best = 9.0
    for _ in range(5):
        began = now()
        add(t, "stays", "x", 100)
        with t.connect("stays") as s:
            while "x" in toxics(t, "stays"):
                assert now() < began + 5 * SLOW
            best = min(best, now() - began - 0.1)
            assert s is not None
    assert 0 <= best < 0.05 * SLOW


def test_an_update_gives_and_takes_it(t):
    def update(path, **body):
        r = t.request("PATCH", path, body)
        assert r.status == 200, r
        return r.json().get("expires_in")
    assert 0 < update("/proxies/stays", ttl=60000) <= 60000
    assert 0 < update("/proxies/stays", enabled=True) <= 60000  # as it was
    assert update("/proxies/stays", ttl=0) is None
    add(t, "stays", "l", 0, "latency", latency=1)
    assert 0 < update("/proxies/stays/toxics/l", ttl=60000) <= 60000
    assert 0 < update("/proxies/stays/toxics/l",
                      attributes={"latency": 2}) <= 60000
    assert update("/proxies/stays/toxics/l", ttl=0) is None
    with ends(lambda: "l" in toxics(t, "stays"), 0.3):
        update("/proxies/stays/toxics/l", ttl=300)


def test_it_is_renewed(t):
    make(t, "p", 60000)
    add(t, "p", "x", 60000)
    for path in ("/proxies/p", "/proxies/p/toxics/x"):
        r = t.request("POST", f"{path}/lease", {"ttl": 90000})
        assert r.status == 200 and 60000 < r.json()["expires_in"] <= 90000
        assert 60000 < left(t, path) <= 90000
        r = t.request("POST", f"{path}/lease", {"ttl": 0})
        assert r.status == 200 and "expires_in" not in r.json()
        assert left(t, path) is None
    with ends(lambda: "x" in toxics(t, "p"), 0.3):
        t.request("POST", "/proxies/p/toxics/x/lease", {"ttl": 300})
    with ends(lambda: "p" in names(t), 0.3):
        t.request("POST", "/proxies/p/lease", {"ttl": 300})


def test_it_is_kept_alive_by_renewals(t):
    make(t, "p", 400)
    end = now() + 2
    while now() < end:
        asked = now()
        r = t.request("POST", "/proxies/p/lease", {"ttl": 400})
        assert r.status == 200 or now() - asked > 0.3, r
        if r.status != 200:
            return  # this machine had no time for it
        time.sleep(0.02)
    assert wait_until(lambda: "p" not in names(t))


@pytest.mark.parametrize("path", ("/proxies/{}", "/proxies/stays/toxics/{}"))
def test_what_is_not_there_has_none(t, path):
    r = t.request("POST", path.format("no") + "/lease", {"ttl": 1000})
    assert r.status == 404, r


def test_what_is_no_ttl_is_refused(t):
    for ttl in BAD:
        for path, body in (
                ("/proxies", {"name": "n", "upstream": "x:1"}),
                ("/proxies/stays/toxics", {"type": "noop"}),
                ("/proxies/stays", {}), ("/proxies/stays/lease", {})):
            r = t.request("POST", path, {**body, "ttl": ttl})
            assert r.status == 400 and "ttl" in r.json()["error"], (path, ttl)
    r = t.request("POST", "/proxies/stays/lease", {})
    assert r.json()["error"] == "missing required field: ttl", r
    assert names(t) == {"stays"} and not toxics(t, "stays")
    assert left(t, "/proxies/stays") is None


def test_populate_takes_it(t):
    with ends(lambda: "p" in names(t), 0.5):
        r = t.request("POST", "/populate", [
            {"name": "p", "listen": "127.0.0.1:0", "upstream": "x:1",
             "ttl": 500},
            {"name": "q", "listen": "127.0.0.1:0", "upstream": "x:1",
             "toxics": [{"type": "noop", "ttl": 400}, {"type": "latency"}]}])
        assert r.status == 201, r
    assert wait_until(lambda: toxics(t, "q") == {"latency_downstream"})
    assert names(t) == {"stays", "q"}


def test_state_can_be_given_back(t):
    make(t, "p", 60000)
    add(t, "p", "x", 60000)
    r = t.request("POST", "/populate", t.request("GET", "/state").json())
    assert r.status == 201, r


def test_a_file_may_have_one(tmp_path):
    file = tmp_path / "toxid.json"
    file.write_text("""{"proxies": [
        {"name": "p", "listen": "127.0.0.1:0", "upstream": "x:1",
         "ttl": 60000, "toxics": [{"type": "noop", "ttl": 50000}]}]}""")
    with Toxid("-config", str(file)) as t:
        assert 50000 < left(t, "/proxies/p") <= 60000
        assert 0 < left(t, "/proxies/p/toxics/noop_downstream") <= 50000


# ---- races

def test_changes_under_way_when_it_ends(t):
    """... are done, or are about nothing; never half, and it goes."""
    for _ in range(5):
        make(t, "p", 300)
        end, seen = now() + 5 * SLOW, set()

        def change(body):
            while now() < end:
                status = t.request("POST", "/proxies/p", body).status
                seen.add(status)
                if status != 200:
                    break
        threads = [threading.Thread(target=change, args=({"enabled": on},))
                   for on in (True, False)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert seen == {200, 404}
        assert names(t) == {"stays"}


def test_it_is_deleted_before_it_ends(t):
    for _ in range(20):
        make(t, "p", 40)
        time.sleep(0.03)
        assert t.request("DELETE", "/proxies/p").status in (204, 404)
        t.proxy("p", "127.0.0.1:9")
        time.sleep(0.02)
        assert t.request("DELETE", "/proxies/p").status == 204


# ---- deaths

@pytest.mark.normal_build
@pytest.mark.parametrize("args", ((), ("-state",)))
def test_whoever_dies_it_ends_in_time(echo, state, args):
    with Toxid(*(args and (*args, str(state)))) as t:
        t.proxy("stays", echo.address)
        add(t, "stays", "kept", 0)
        for title in ("ctld", "apid", "stored", "diald", "resolvd",
                      "relayd [stays]"):
            if title == "stored" and not args:
                continue
            with ends(lambda: t.request(
                    "GET", "/proxies/p").status == 200, 2 * SLOW):
                make(t, "p", 2000 * SLOW)
                add(t, "stays", "x", 1000 * SLOW)
                pid = t.ctld if title == "ctld" else t.child(title)
                os.kill(pid, signal.SIGKILL)
                if title == "ctld":
                    is_followed(t, pid)
                assert wait_until(lambda: t.request(
                    "GET", "/version").status == 200)
            assert toxics(t, "stays") == {"kept"}
            assert names(t) == {"stays"}
        assert wait_until(lambda: answers(t, "stays"))


@pytest.mark.normal_build
def test_ctld_dies_when_it_ends(t):
    for i in range(4):
        make(t, "p", 100)
        time.sleep(0.09 + 0.005 * i)
        was = t.ctld
        os.kill(was, signal.SIGKILL)
        is_followed(t, was)
        assert wait_until(lambda: names(t) == {"stays"})
        time.sleep(1)  # so many deaths are none too many


@pytest.mark.normal_build
def test_an_upgrade_goes_on_with_it(t):
    with ends(lambda: "p" in names(t), 4 * SLOW):
        make(t, "p", 4000 * SLOW)
        add(t, "stays", "x", 4000 * SLOW)
        upgrade(t)
        assert 0 < left(t, "/proxies/p") < 4000 * SLOW
    assert wait_until(lambda: not toxics(t, "stays"))
    assert names(t) == {"stays"}


# ---- what is kept

def rows(state, table):
    with contextlib.closing(sqlite3.connect(database(state))) as db:
        return {name: ends for name, ends in
                db.execute(f"SELECT name, ends FROM {table}")}


def test_it_outlives_a_restart(start, state):
    t = start()
    t.proxy("stays", "127.0.0.1:9")
    add(t, "stays", "long", 600000)
    make(t, "p", 600000)
    make(t, "short", 1500)
    add(t, "stays", "x", 1500)
    t.stop()
    kept = rows(state, "proxies")
    assert kept["stays"] == 0
    assert 0 < kept["p"] / 1000 - time.time() <= 600
    time.sleep(1.5)
    t = start()
    assert names(t) == {"stays", "p"} and toxics(t, "stays") == {"long"}
    assert 0 < left(t, "/proxies/p") <= 600000
    assert 0 < left(t, "/proxies/stays/toxics/long") <= 600000
    assert left(t, "/proxies/stays") is None
    t.request("POST", "/proxies/stays", {"enabled": True})  # it is told
    t.stop()
    assert rows(state, "proxies").keys() == {"stays", "p"}
    assert rows(state, "toxics").keys() == {"long"}


def test_it_ends_after_a_restart(start):
    t = start()
    make(t, "p", 4000 * SLOW)
    t.stop()
    t = start()
    assert wait_until(lambda: not names(t))


def test_the_wall_says_when_over_a_restart(start, state):
    """A row that is over by its clock is not there, whoever wrote it."""
    t = start()
    make(t, "p", 600000)
    make(t, "q", 600000)
    t.stop()
    with contextlib.closing(sqlite3.connect(database(state))) as db:
        db.execute("UPDATE proxies SET ends = 1 WHERE name = 'p'")
        db.commit()
    t = start()
    assert names(t) == {"q"}


def test_what_has_ended_leaves_no_row(start, state):
    t = start()
    make(t, "p", 200, toxics=[{"type": "latency"}])
    assert wait_until(lambda: not names(t))
    t.proxy("p", "127.0.0.1:9")
    t.cut()
    assert rows(state, "toxics") == {}
    t = start()
    assert names(t) == {"p"} and not toxics(t, "p")


@pytest.mark.normal_build
@pytest.mark.parametrize("title", [None, "ctld", "stored"])
def test_a_full_disk_keeps_none_alive(start, small_disk, title):  # noqa: F811
    t = start()
    t.proxy("stays", "127.0.0.1:9")
    add(t, "stays", "long", 600000)
    with ends(lambda: "p" in names(t), 2 * SLOW):
        make(t, "p", 2000 * SLOW)
        add(t, "stays", "x", 1000 * SLOW)
        fill(small_disk)
        if title is not None:
            was = t.child(title)
            os.kill(was, signal.SIGKILL)
            assert wait_until(lambda: t.child(title) != was)
    assert names(t) == {"stays"} and toxics(t, "stays") == {"long"}
    t.cut()
    t = start()
    assert names(t) == {"stays"} and toxics(t, "stays") == {"long"}
    (small_disk / "filler").unlink()
    assert wait_until(lambda: t.request(
        "POST", "/proxies/stays", {"enabled": True}).status == 200)


# ---- many

def test_ten_thousand_at_once(t):
    """... hold up nobody's calls, and leave what has none."""
    listed = [{"type": "noop", "name": f"x{i}", "ttl": 6000 * SLOW}
              for i in range(250)]
    listed.append({"type": "noop", "name": "kept"})
    r = t.request("POST", "/populate", [
        {"name": f"p{i}", "upstream": "x:1", "enabled": False,
         "toxics": listed} for i in range(40)])
    assert r.status == 201, r
    worst, began, counts = 0, now(), set()
    while now() < began + 30 * SLOW:
        asked = now()
        assert t.request("POST", "/proxies/stays", {
            "enabled": True}).status == 200
        worst = max(worst, now() - asked)
        counts.add(len(toxics(t, "p39")))
        if counts >= {1} and len(toxics(t, "p0")) == 1:
            break
    assert counts == {251, 1} or counts == {251, 1} | counts
    assert worst < 5 * SLOW
    assert all(toxics(t, f"p{i}") == {"kept"} for i in range(40))


# ---- tenants

def test_nobody_elses(tmp_path):
    with Lab(tmp_path) as lab:
        lab.make("a", "p")
        for who, status in (("b", 404), ("a-reader", 403), ("a", 200)):
            r = lab.ask(who, "POST", "/proxies/p/lease", {"ttl": 500})
            assert r.status == status, (who, r)
        assert wait_until(lambda: lab.ask(
            "a", "GET", "/proxies/p").status == 404)
        lab.read_to_here()
        assert [line["proxy"] for line in lab.audit(
            request="LEASE_END")] == ["a/p"]
        assert len(lab.audit(request="LEASE_RENEW", outcome="done")) == 1


def test_a_reload_makes_again_what_has_gone(tmp_path):
    file = tmp_path / "toxid.json"

    def say(ttl):
        file.write_text(f"""{{"proxies": [
            {{"name": "p", "listen": "127.0.0.1:0", "upstream": "x:1",
              "ttl": {ttl}}}]}}""")
    say(200)
    with Toxid("-config", str(file)) as t:
        assert wait_until(lambda: not names(t))
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: names(t) == {"p"})
        assert wait_until(lambda: not names(t))
        say(60000)
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: names(t) == {"p"})
        assert 0 < left(t, "/proxies/p") <= 60000
