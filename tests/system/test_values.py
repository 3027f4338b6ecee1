# SPDX-License-Identifier: ISC
"""A value of each kind a toxic may have is the same in all places that it
passes: the API, the configuration file, the store, a worker, an upgrade."""

import json
import os
import signal
import sqlite3
import subprocess

import rig
from peers import Echo
from rig import Toxid, wait_until

GIVEN = {"number": -(1 << 62) - 1, "share": 0.1, "way": "reset"}
STANDARD = {"number": 0, "share": 0, "way": "fin"}
BODY = {"type": "carry", "name": "c", "attributes": GIVEN}


def values(t, proxy="p", name="c"):
    r = t.request("GET", f"/proxies/{proxy}/toxics/{name}")
    assert r.status == 200, r
    return r.json()["attributes"]


def carried(t):
    """What workers have said that they have, one after another."""
    return [(line["number"], line["share"], line["way"]) for line in t.log()
            if line["message"] == "Carrying"]


def talk(t, proxy):
    with t.connect(proxy) as s:
        s.sendall(b"x")
        assert s.recv(1) == b"x"


def debugging():
    return Toxid("-debug-toxics", env={**os.environ, "LOG_LEVEL": "debug"})


def test_the_api_and_a_worker(tmp_path):
    with debugging() as t, Echo() as echo:
        t.proxy("p", echo.address, toxics=[BODY])
        assert t.request("POST", "/proxies/p/toxics",
                         {"type": "carry", "name": "d"}).status == 200
        assert values(t) == GIVEN and values(t, name="d") == STANDARD
        talk(t, "p")
        number = GIVEN["number"]
        assert wait_until(lambda: carried(t) == [
            (number, "0.1", "reset"), (0, "0", "fin")]), carried(t)
        # one is given, and the others stay
        r = t.request("POST", "/proxies/p/toxics/c",
                      {"attributes": {"way": "hang"}})
        assert r.json()["attributes"] == {**GIVEN, "way": "hang"}
        r = t.request("PATCH", "/proxies/p/toxics/c",
                      {"attributes": {"share": 1}})
        changed = {**GIVEN, "way": "hang", "share": 1}
        assert r.json()["attributes"] == changed == values(t)
        updated = [line for line in t.log()
                   if line["message"] == "Toxic updated"]
        assert "way=hang" in updated[0]["values"]
        assert "way=reset" in updated[0]["values_were"]
        # what is no word changes nothing
        r = t.request("POST", "/proxies/p/toxics/c",
                      {"attributes": {"share": 0.5, "way": "nowhere"}})
        assert (r.status, r.json()["error"]) == (
            400, "invalid attribute way: must be one of fin, reset, hang")
        assert values(t) == changed
        # the next worker has them, too, and the next apid
        old = t.worker("p")
        os.kill(old, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("relayd [p]", [old])
                          != [old])
        talk(t, "p")
        assert wait_until(lambda: (number, "1", "hang") in carried(t))
        apid = t.child("apid")
        os.kill(apid, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("apid", [apid]) != [apid])
        assert wait_until(lambda: t.request("GET", "/version").status == 200)
        assert values(t) == changed


def test_the_store_has_words(tmp_path):
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        t.proxy("p", "127.0.0.1:1", toxics=[BODY])
        t.request("POST", "/proxies/p/toxics/c",
                  {"attributes": {"way": "hang"}})
        assert t.stop() == 0
    path = tmp_path / "state/stored/toxid.db"
    with sqlite3.connect(path) as db:
        rows = dict(db.execute("SELECT name, value FROM toxic_values"))
    db.close()
    assert rows == {**GIVEN, "way": "hang"}
    with Toxid(*args) as t:
        assert values(t) == {**GIVEN, "way": "hang"}
        assert t.stop() == 0
    # what is no word of it cannot have been kept
    with sqlite3.connect(path) as db:
        db.execute("UPDATE toxic_values SET value = 'x' WHERE name = 'way'")
    db.close()
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-port", "0", *args],
        capture_output=True, text=True, timeout=60)
    assert r.returncode == 1
    assert "a toxic in it is none" in r.stdout + r.stderr


def test_the_configuration_file(tmp_path):
    path = tmp_path / "c.json"
    entry = {"name": "p", "listen": "127.0.0.1:0",
             "upstream": "127.0.0.1:1", "toxics": [BODY]}

    def write(way):
        path.write_text(json.dumps([{**entry, "toxics": [
            {**BODY, "attributes": {**GIVEN, "way": way}}]}]))

    def reload(t):
        return subprocess.run(
            [os.environ.get("TOXID", rig.TOXID), "-reload", str(t.pid)],
            timeout=60, check=False, capture_output=True).returncode

    write("reset")
    with Toxid("-debug-toxics", "-config", str(path)) as t:
        assert values(t) == GIVEN
        worker = t.worker("p")
        assert reload(t) == 0 and t.worker("p") == worker  # as it was
        write("hang")
        assert reload(t) == 0 and values(t) == {**GIVEN, "way": "hang"}
        write("nowhere")
        assert reload(t) == 1 and values(t) == {**GIVEN, "way": "hang"}


def test_an_upgrade(tmp_path):
    def upgrades():
        return sum(line["message"] == "Upgraded" for line in t.log())

    with debugging() as t, Echo() as echo:
        t.proxy("p", echo.address, toxics=[BODY])
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(upgrades)
        assert values(t) == GIVEN
        talk(t, "p")
        assert wait_until(lambda: carried(t) == [
            (GIVEN["number"], "0.1", "reset")])
