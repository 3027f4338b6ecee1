#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""proto/PROTOCOL.md has something of each message, and for each table of
handlers the same messages in the same states as the source; so it has of what
ctld may ask toxid (proto/priv.h).

    protocol.py [FOLDER...]     of the processes; default: all of them
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROCESSES = ("ctld", "apid", "relayd", "diald", "resolvd", "stored")
TABLE = re.compile(r"struct handler (\w+)\[MSG_MAX\] = \{\n(.*?)\n\};", re.S)
ROW = re.compile(r"\[MSG_(\w+)\] = \{\s*\w+,\s*([\w\s|]+?)\s*\}")
HEAD = re.compile(r"\*\*`([\w/]+\.c)`, `(\w+)`")
LINE = re.compile(r"\|([^|]*`[^|]*)\|([^|]*`[^|]*)\|$")
WORD = re.compile(r"`(\w+)`")


def messages():
    text = (ROOT / "proto/msg.h").read_text()
    return re.findall(r"^\s+X\((\w+),", text, re.M)


def of_source(folders):
    """{(file, table): {(message, state)}}"""
    found = {}
    for path in sorted(p for f in folders for p in (ROOT / f).rglob("*.c")):
        for name, rows in TABLE.findall(path.read_text()):
            key = str(path.relative_to(ROOT)), name
            found[key] = {(message, state.strip())
                          for message, states in ROW.findall(rows)
                          for state in states.split("|")}
            if len(ROW.findall(rows)) != rows.count("[MSG_"):
                sys.exit(f"{key[0]}: {name} has a row that is not understood")
    return found


def of_priv():
    """The same, of the table that toxid has for ctld"""
    text = (ROOT / "proto/priv.h").read_text()
    return {(question, state.strip())
            for question, states in re.findall(
                r"^\tX\((\w+), ([\w |]+), [01]\)", text, re.M)
            for state in states.split("|")}


def of_priv_page(page):
    part = page.partition("\n## toxid and ctld\n")[2].partition("\n## ")[0]
    rows = filter(None, map(LINE.match, part.splitlines()))
    return {(question, state) for row in rows for state in WORD.findall(row[1])
            for question in WORD.findall(row[2])}


def of_page():
    found, rows = {}, None
    for line in (ROOT / "proto/PROTOCOL.md").read_text().splitlines():
        head, row = HEAD.match(line), LINE.match(line)
        if head:
            rows = found.setdefault(head.groups(), set())
        elif row and rows is not None:
            rows |= {(message, state) for state in WORD.findall(row[1])
                     for message in WORD.findall(row[2])}
    return found


def main():
    page = (ROOT / "proto/PROTOCOL.md").read_text()
    wrong = [f"nothing of {name}" for name in messages()
             if not re.search(rf"\b{name}\b", page)]
    wrong += [f"priv.h: {q} in {s} is here, or there, and not in both"
              for q, s in sorted(of_priv() ^ of_priv_page(page))]
    source, said = of_source(sys.argv[1:] or PROCESSES), of_page()
    if not source:
        sys.exit("no table of handlers is found")
    for key in sorted(source.keys() | said.keys()):
        here, there = source.get(key, set()), said.get(key, set())
        wrong += [f"{key[0]}, {key[1]}: says nothing of {m} in {s}"
                  for m, s in sorted(here - there)]
        wrong += [f"{key[0]}, {key[1]}: {m} is not legal in {s}"
                  for m, s in sorted(there - here)]
    for text in wrong:
        print(f"proto/PROTOCOL.md: {text}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
