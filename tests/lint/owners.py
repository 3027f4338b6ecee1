#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a file of ctld/ shows of its state, others read; only its owner writes
it: NAME.c, of the header in which `extern struct NAME` stands, or a file whose
name begins so, as store_load.c.

    owners.py FOLDER
"""

import pathlib
import re
import sys

SHOWN = re.compile(r"^extern struct \w+ \{.*?^\} (\w+);", re.M | re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
WRITES = (r"(?:\+\+|--)\s*{0}\.[\w.\[\]]+|"
          r"(?<![\w.>]){0}\.[\w.]+(?:\[[^]]*\])?\s*"
          r"(?:\+\+|--|(?:[-+*/|&^]|<<|>>)?=(?!=))|"
          r"TAILQ_(?:INIT|REMOVE|INSERT_\w+)\(&{0}\.|"
          r"(?:memset|memcpy)\(&?{0}\b")
# What is known at the start, and no more: see state.h.
SAYS_AT_START = {"ctld": {"main.c", "settings.c", "truth_load.c"}}


def owners(folder):
    """{variable: the stem of its header}"""
    return {name: header.stem
            for header in sorted(folder.glob("*.h"))
            for name in SHOWN.findall(header.read_text())}


def writes(text, name):
    """Line numbers; a local of that name would be -Wshadow's."""
    text = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    for match in re.finditer(WRITES.format(re.escape(name)), text):
        yield text.count("\n", 0, match.start()) + 1


def main():
    folder, failed = pathlib.Path(sys.argv[1]), 0
    shown = owners(folder)
    if not shown:
        sys.exit(f"{folder}: nothing is shown: it is not understood")
    for path in sorted(folder.glob("*.c")):
        for name, stem in shown.items():
            if (path.name.startswith(stem) or
                    path.name in SAYS_AT_START.get(name, ())):
                continue
            for line in writes(path.read_text(), name):
                failed = 1
                print(f"{path}:{line}: {name} is {stem}.c's to write",
                      file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
