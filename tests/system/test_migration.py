# SPDX-License-Identifier: ISC
"""-state: what an earlier toxid has kept is there in this one, as it was."""

import os
import sqlite3

from rig import Toxid

# The first schema, as it was released: user_version 1.
FIRST = """
CREATE TABLE proxies (
 name TEXT PRIMARY KEY, listen TEXT NOT NULL, given TEXT NOT NULL,
 upstream TEXT NOT NULL, enabled INTEGER NOT NULL,
 config_print INTEGER NOT NULL) STRICT;
CREATE TABLE toxics (
 position INTEGER PRIMARY KEY AUTOINCREMENT,
 proxy TEXT NOT NULL REFERENCES proxies ON DELETE CASCADE,
 name TEXT NOT NULL, type TEXT NOT NULL, stream TEXT NOT NULL,
 toxicity REAL NOT NULL, value1 INTEGER NOT NULL, value2 INTEGER NOT NULL,
 value3 INTEGER NOT NULL, UNIQUE (proxy, name)) STRICT;
PRAGMA application_id = 0x746f7869;
PRAGMA user_version = 1;
"""

# type, its three values, and what the API says of them
TOXICS = [
    ("latency", (100, 7, 0), {"latency": 100, "jitter": 7}),
    ("bandwidth", (25, 0, 0), {"rate": 25}),
    ("slow_close", (300, 0, 0), {"delay": 300}),
    ("timeout", (4000, 0, 0), {"timeout": 4000}),
    ("reset_peer", (500, 0, 0), {"timeout": 500}),
    ("slicer", (60, 6, 600), {"average_size": 60, "size_variation": 6,
                              "delay": 600}),
    ("limit_data", (1 << 40, 0, 0), {"bytes": 1 << 40}),
    ("noop", (0, 0, 0), {}),
]


def write_first(state):
    """The state directory of a toxid of the first schema."""
    folder = state / "stored"
    folder.mkdir(parents=True, mode=0o700)
    db = sqlite3.connect(folder / "toxid.db")
    db.executescript(FIRST)
    db.execute("INSERT INTO proxies VALUES ('old', '127.0.0.1:0',"
               " '127.0.0.1:0', '127.0.0.1:1', 0, 0)")
    for kind, values, _ in TOXICS:
        db.execute("INSERT INTO toxics (proxy, name, type, stream, toxicity,"
                   " value1, value2, value3)"
                   " VALUES ('old', ?, ?, 'downstream', 0.5, ?, ?, ?)",
                   (kind, kind, *values))
    db.commit()
    db.close()


def test_what_was_of_the_file_is_of_the_source_config(tmp_path):
    path = tmp_path / "state" / "stored" / "toxid.db"
    write_first(tmp_path / "state")
    db = sqlite3.connect(path)
    db.executemany(
        "INSERT INTO proxies VALUES (?, '127.0.0.1:0', '127.0.0.1:0',"
        " '127.0.0.1:1', 0, ?)", [("of_file", 12345), ("negative", -1)])
    db.commit()
    db.close()
    for _ in range(2):  # ... and the proxies of it are no other's later
        with Toxid("-state", str(tmp_path / "state")):
            pass
        db = sqlite3.connect(path)
        assert dict(db.execute("SELECT name, source FROM proxies")) == {
            "old": 0, "of_file": 1, "negative": 1}
        db.close()


def toxics(t):
    return {toxic["type"]: toxic["attributes"]
            for toxic in t.request("GET", "/proxies/old/toxics").json()}


def test_the_toxics_of_the_first_schema(tmp_path):
    expected = {kind: attributes for kind, _, attributes in TOXICS}
    write_first(tmp_path / "state")
    with Toxid("-state", str(tmp_path / "state")) as t:
        assert toxics(t) == expected
        t.request("POST", "/proxies/old/toxics/latency",
                  {"attributes": {"jitter": 9}})
        expected["latency"]["jitter"] = 9
    with Toxid("-state", str(tmp_path / "state")) as t:
        assert toxics(t) == expected
