# SPDX-License-Identifier: ISC
"""There are 50,000 toxics at most, whoever makes them, and however many at
once: a state with more would not be loaded again."""

import json
import signal
import threading

import pytest
import rig
from rig import Toxid, wait_until
from test_session_toxics import session

pytestmark = [pytest.mark.slow, pytest.mark.normal_build]

MAX, OF_ONE = 50000, 256


def proxy(name, ntoxics):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": "x:1",
            "enabled": False, "toxics": [
                {"name": f"t{i}", "type": "noop"} for i in range(ntoxics)]}


def fill(t, ntoxics):
    n = 0
    while n < ntoxics:
        some = min(OF_ONE, ntoxics - n)
        assert t.request("POST", "/proxies",
                         proxy(f"p{n}", some)).status == 201
        n += some


def apply(t, name, profile):
    return t.request("POST", f"/proxies/{name}/profile",
                     {"name": profile}).status


def add(t, name, toxic="more"):
    return t.request("POST", f"/proxies/{name}/toxics", {
        "type": "noop", "name": toxic}).status


def count(t):
    return sum(len(p["toxics"])
               for p in t.request("GET", "/proxies").json().values())


def test_as_many_as_there_may_be_come_back(tmp_path):
    with Toxid("-state", str(tmp_path / "state")) as t:
        fill(t, MAX - 100)
        statuses = []

        def client(i):
            statuses.append(t.request(
                "POST", "/proxies", proxy(f"c{i}", 60)).status)

        clients = [threading.Thread(target=client, args=(i,))
                   for i in range(16)]
        for c in clients:
            c.start()
        for c in clients:
            c.join()
        assert sorted(statuses) == [201] + 15 * [507]
        assert count(t) == MAX - 40
        t.cut()
    with Toxid("-state", str(tmp_path / "state")) as t:
        assert count(t) == MAX - 40


@pytest.mark.parametrize("in_file", (MAX + 100, 200))
def test_a_reload_that_would_make_too_many(tmp_path, in_file):
    config = tmp_path / "config.json"
    config.write_text("[]")
    with Toxid("-config", str(config)) as t:
        if in_file < MAX:
            fill(t, MAX - 100)
        before = count(t)
        config.write_text(json.dumps(
            [proxy(f"f{n}", min(OF_ONE, in_file - n))
             for n in range(0, in_file, OF_ONE)]))
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: [
            line for line in t.log()
            if line["message"] == "Reload failed, nothing has changed"
            and "toxics" in line["error"]], 30 * rig.SLOW)
        assert count(t) == before


def test_a_profile_that_makes_no_more_is_not_refused():
    with Toxid() as t:
        assert t.request("POST", "/proxies", proxy("p", 0)).status == 201
        assert t.request("POST", "/proxies", proxy("q", 0)).status == 201
        assert apply(t, "p", "3g") == apply(t, "q", "3g") == 200
        n = count(t) // 2  # with tcp_loss, or without
        fill(t, MAX - 2 * n)
        assert add(t, "q") == 507
        assert apply(t, "p", "edge") == apply(t, "p", "satellite") == 200
        assert count(t) == MAX - 2
        assert add(t, "q") == add(t, "q", "another") == 200
        assert apply(t, "p", "3g") == 507
        assert t.request("DELETE", "/proxies/q/profile").status == 204
        assert apply(t, "p", "3g") == 200
        assert count(t) == MAX - n + 2


def test_a_reload_counts_toxics_of_sessions(tmp_path, echo):
    config = tmp_path / "config.json"
    config.write_text("[]")
    with Toxid("-config", str(config)) as t:
        t.proxy("p", f"localhost:{echo.port}")
        fill(t, MAX - 10)
        with session(t) as (_, path):
            for i in range(5):
                assert t.request("POST", path + "/toxics", {
                    "name": f"o{i}", "type": "noop"}).status == 200
            config.write_text(json.dumps([proxy("f", 6)]))
            t.process.send_signal(signal.SIGHUP)
            assert wait_until(lambda: [
                line for line in t.log()
                if line["message"] == "Reload failed, nothing has changed"
                and "toxics" in line["error"]], 30 * rig.SLOW)
            config.write_text(json.dumps([proxy("f", 5)]))
            t.process.send_signal(signal.SIGHUP)
            assert wait_until(lambda: count(t) == MAX - 5, 30 * rig.SLOW)
