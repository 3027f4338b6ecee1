# SPDX-License-Identifier: ISC
"""A value of each kind a toxic may have is the same in all places that it
passes: the API, the configuration file, the store, a worker, an upgrade."""

import json
import os
import re
import signal
import sqlite3
import subprocess

import pytest
import rig
from peers import Echo
from rig import Toxid, wait_until

GIVEN = {"number": -(1 << 62) - 1, "share": 0.1, "way": "reset",
         "note": "Gr\u00fc\u00dfe \"<&>\" \u2028\n", "codes": [500, 0, 1 << 62],
         "hosts": ["a", "", "\u20ac" * 6], "rate": "7"}
LONG = "a_word_that_is_longer_than_all_others"
STANDARD = {"number": 2**53 + 1, "share": 0.1, "way": LONG,
            "note": "none, \"\\\" yet", "codes": [], "hosts": [],
            "rate": ""}
LISTS = {"note": GIVEN["note"], "codes": "500,100,599",
         "hosts": ",".join(GIVEN["hosts"]), "rate": "7"}  # as a worker has them
BODY = {"type": "carry", "name": "c", "attributes": GIVEN}


def values(t, proxy="p", name="c"):
    r = t.request("GET", f"/proxies/{proxy}/toxics/{name}")
    assert r.status == 200, r
    return r.json()["attributes"]


def carried(t):
    """What workers have said that they have, one after another."""
    return [(line["number"], line["share"], line["way"]) for line in t.log()
            if line["message"] == "Carrying"]


def carried_lists(t):
    return [{name: line[name] for name in LISTS} for line in t.log()
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
            (number, "0.1", "reset"), (2**53 + 1, "0.1", LONG)]), carried(t)
        assert carried_lists(t) == [
            LISTS, {"note": STANDARD["note"], "codes": "", "hosts": "",
                    "rate": ""}]
        # one is given, and the others stay
        r = t.request("POST", "/proxies/p/toxics/c",
                      {"attributes": {"way": "hang"}})
        assert r.json()["attributes"] == {**GIVEN, "way": "hang"}
        r = t.request("PATCH", "/proxies/p/toxics/c",
                      {"attributes": {"share": 1}})
        changed = {**GIVEN, "way": "hang", "share": 1}
        assert r.json()["attributes"] == changed == values(t)
        t.read_to_here()
        updated = [line for line in t.log()
                   if line["message"] == "Toxic updated"]
        assert "way=hang" in updated[0]["values"]
        assert "way=reset" in updated[0]["values_were"]
        # a list is another as a whole, and the texts behind it stay
        for codes in [], [1], list(range(16)), [1], GIVEN["codes"]:
            r = t.request("POST", "/proxies/p/toxics/c",
                          {"attributes": {"codes": codes}})
            assert r.json()["attributes"] == {**changed, "codes": codes}
            assert values(t) == {**changed, "codes": codes}
        # what is no word changes nothing
        r = t.request("POST", "/proxies/p/toxics/c",
                      {"attributes": {"share": 0.5, "way": "nowhere"}})
        assert (r.status, r.json()["error"]) == (
            400, "invalid attribute way: must be one of fin, reset, hang, "
            + LONG)
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


def test_the_log_says_all_or_where_it_ends():
    whole = {**GIVEN, "note": "\u20ac" * 33, "codes": [2**63 - 1] * 13,
             "hosts": ["\u20ac" * 6] * 8}
    for begin in range(3):  # wherever it is cut, it is behind a character
        with Toxid("-debug-toxics") as t:
            t.proxy("p", "127.0.0.1:1")
            assert t.request("POST", "/proxies/p/toxics", {
                **BODY, "attributes": {
                    **whole, "number": 10**begin}}).status == 200
            t.request("PATCH", "/proxies/p/toxics/c", {
                "attributes": {"rate": "q", "hosts": ["a"]}})
            assert t.stop() == 0
        said = {line["message"]: line for line in t.log()}
        values = said["Toxic created"]["values"]
        assert values.startswith(f"toxicity=1 number={10**begin} share=0.1 ")
        assert f'note="{whole["note"]}" codes=[{2**63 - 1},' in values
        assert values.endswith("...") and "\ufffd" not in values
        assert said["Toxic updated"]["values"] == 'hosts=["a"] rate="q"'
        hosts = ",".join(f'"{host}"' for host in whole["hosts"])
        assert said["Toxic updated"]["values_were"] == (
            f'hosts=[{hosts}] rate="7"')


def test_the_store_has_what_nobody_gave(tmp_path):
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        t.proxy("p", "127.0.0.1:1", toxics=[{"type": "carry", "name": "c"}])
        assert t.stop() == 0
    with Toxid(*args) as t:
        assert values(t) == STANDARD


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
    assert rows == {**GIVEN, "way": "hang",
                    "codes": ",".join(map(str, GIVEN["codes"])),
                    "hosts": b"".join(host.encode() + b"\0"
                                      for host in GIVEN["hosts"])}
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


@pytest.mark.parametrize("name, value", (
    ("codes", "1,"), ("codes", ",1"), ("codes", "1 2"), ("codes", "x"),
    ("codes", b"1"), ("codes", 1), ("codes", "1," * 16 + "1"),
    ("codes", "9223372036854775808"), ("codes", "-1"), ("codes", "1, 2"),
    ("codes", "+1"), ("codes", " 1"), ("way", "fin\0"), ("way", b"fin"),
    ("way", "FIN"), ("way", 0), ("share", 1), ("share", "1"), ("number", 1.5),
    ("hosts", "a"), ("hosts", b"a"), ("hosts", b"\xff\0"),
    ("hosts", b"a\0" * 9), ("hosts", b"a" * 21 + b"\0"), ("hosts", 1),
    ("note", 1), ("note", b"a"), ("note", "a" * 101), ("note", "a\0b")))
def test_what_cannot_have_been_kept(tmp_path, name, value):
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        t.proxy("p", "127.0.0.1:1", toxics=[BODY])
        assert t.stop() == 0
    with sqlite3.connect(tmp_path / "state/stored/toxid.db") as db:
        db.execute("UPDATE toxic_values SET value = ? WHERE name = ?",
                   (value, name))
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
        assert carried_lists(t) == [LISTS]


def test_the_store_after_its_death(tmp_path):
    """All is said anew, from the truth."""
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        t.proxy("p", "127.0.0.1:1", toxics=[BODY])
        old = t.child("stored")
        os.kill(old, signal.SIGKILL)
        assert wait_until(lambda: t.children().get("stored", [old]) != [old])
        assert wait_until(lambda: t.request(
            "POST", "/proxies/p/toxics",
            {"type": "carry", "name": "d"}).status == 200)
        assert t.stop() == 0
    with Toxid(*args) as t:
        assert values(t) == GIVEN and values(t, name="d") == STANDARD


def test_a_list_of_another_length_is_kept(tmp_path):
    """No element of the longer one is left behind."""
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        t.proxy("p", "127.0.0.1:1", toxics=[BODY])
        t.request("PATCH", "/proxies/p/toxics/c", {
            "attributes": {"codes": [1], "hosts": [], "note": ""}})
        assert t.stop() == 0
    with Toxid(*args) as t:
        assert values(t) == {**GIVEN, "codes": [1], "hosts": [], "note": ""}


def test_populate_and_the_dump(tmp_path):
    entry = {"name": "p", "listen": "127.0.0.1:0",
             "upstream": "127.0.0.1:1", "toxics": [BODY]}
    with Toxid("-debug-toxics", "-state", str(tmp_path / "state")) as t:
        assert t.request("POST", "/populate", [entry]).status == 201
        assert values(t) == GIVEN
        dump = t.request("GET", "/state")
        assert dump.status == 200
        config = tmp_path / "c.json"
        config.write_bytes(dump.body)
    with Toxid("-debug-toxics", "-config", str(config)) as t:
        assert values(t) == GIVEN


def test_a_bad_element_is_found_in_the_file(tmp_path):
    config = tmp_path / "c.json"
    config.write_text('[{"name": "p", "upstream": "x:1", "toxics": [\n'
                      '{"type": "carry", "attributes": {"codes": [1,\n'
                      '"two"]}}]}]')
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-debug-toxics", "-check",
         str(config)], capture_output=True, text=True, timeout=60)
    assert r.returncode == 1
    assert f"{config}:3:1: " in r.stdout + r.stderr
    assert "attributes.codes[1]" in r.stdout + r.stderr


def test_all_that_is_wrong_is_said(tmp_path):
    """... and where: what is wrong with a list hides nothing behind it."""
    config = tmp_path / "c.json"
    config.write_text("""[{"name": "p", "upstream": "x:1", "toxics": [{
"type": "carry", "attributes": {
"number": 1.5,
"share": 1e400,
"way": "nowhere",
"note": ["a"],
"codes": [1, "x"],
"hosts": ["a", 1],
"rate": "123456789012345678901"}}, {
"type": "carry", "name": "c", "attributes": {
"codes": [-1],
"hosts": ["123456789012345678901"],
"note": 1,
"way": 0}}]}]""")
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-debug-toxics", "-check",
         str(config)], capture_output=True, text=True, timeout=60)
    assert r.returncode == 1
    said = dict(re.findall(rf"^{config}:(\d+):\d+: (.*)", r.stderr, re.M))
    for line, words in {
            3: "number: expected an integer", 4: "share: the number is too",
            5: "way: must be one of", 6: "note: expected a string",
            7: "codes[1]: expected an integer", 8: "hosts[1]: expected a",
            9: "rate: must be at most 12 bytes", 11: "codes: must be at most",
            12: "hosts: must be at most 8 texts", 13: "note: expected a",
            14: "way: expected a string"}.items():
        assert words in said[str(line)], (line, r.stderr)
    assert len(said) == len(r.stderr.splitlines()) == 11, r.stderr


def test_the_power_is_cut(tmp_path):
    args = "-debug-toxics", "-state", str(tmp_path / "state")
    with Toxid(*args) as t:
        t.proxy("p", "127.0.0.1:1", toxics=[BODY])
        t.cut()
    with Toxid(*args) as t:
        assert values(t) == GIVEN
