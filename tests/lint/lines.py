#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""toxid is short enough to be read: the lines of supervisor/, and with them
those of all that the linker takes for it from proto/ and shared/, with their
headers, are no more than SECURITY.md says.

    lines.py MAP SECURITY.md     e.g. build/obj/supervisor.map SECURITY.md
"""

import pathlib
import re
import sys

ROOM = pathlib.Path("supervisor")
TAKEN = re.compile(r"^LOAD \S*?/((?:\w+/)*\w+)\.o$", re.M)
SAID = re.compile(r"`supervisor/` has at most ([\d,]+)\s+lines,\s+and with"
                  r"[^.]*?at most\s+([\d,]+)")


def linked(text):
    """The files of proto/ and shared/ whose objects are in a linker's map"""
    found = set()
    for name in TAKEN.findall(text):
        stem = pathlib.Path(*pathlib.Path(name).parts[-2:])
        if stem.parts[0] in ("proto", "shared"):
            found |= {path for path in (stem.with_suffix(".c"),
                                        stem.with_suffix(".h"))
                      if path.exists()}
    return found


def lines(paths):
    return sum(path.read_bytes().count(b"\n") for path in paths)


def main():
    read, document = map(pathlib.Path, sys.argv[1:])
    room, others = set(ROOM.glob("*.[ch]")), linked(read.read_text())
    said = SAID.search(document.read_text())
    if not room or not others or not said:
        sys.exit(f"{read}, {document}: not understood")
    failed = False
    for what, has, may in zip(
            (f"{ROOM}/", "toxid"), (lines(room), lines(room | others)),
            (int(n.replace(",", "")) for n in said.groups())):
        print(f"        {what}: {has:,} lines, at most {may:,}")
        failed = failed or has > may
    sys.exit(failed)


if __name__ == "__main__":
    main()
