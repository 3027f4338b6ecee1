#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Modules of the dashboard: what one imports another exports, and somebody
uses; none needs one that needs it; none is too long; none has a way by
which a text becomes markup or a script.

	tests/lint/ui.py [FOLDER]"""

import pathlib
import re
import sys

LINES, COLUMNS = 400, 80
IMPORT = re.compile(
    r"^import (?:(\* as \w+)|\{([^}]*)\})\s+from\s+'\./([\w.]+)';", re.M)
EXPORT = re.compile(
    r"^export (?:async )?(?:function|class|const|let) (\w+)", re.M)
EXPORTS = re.compile(r"^export \{([^}]*)\};", re.M)
# The policy refuses some of them in a browser, and a test would have to get
# there first.
FORBIDDEN = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function"
    r"|DOMParser|createContextualFragment|localStorage|document\.cookie"
    r"|setHTML\w*|srcdoc)\b|['\"](?:style|javascript:|https?://)|\bimport\(")


def names(text):
    return [one.strip() for one in text.split(",") if one.strip()]


def imports(text):
    """[(name there, name here, file)]; None for all of it"""
    for whole, some, file in IMPORT.findall(text):
        if whole:
            yield None, whole.rpartition(" ")[2], file
        for one in names(some):
            there, _, here = one.partition(" as ")
            yield there, here or there, file


def exports(text):
    return set(EXPORT.findall(text)).union(
        *map(names, EXPORTS.findall(text)))


def circle(of, path):
    """Files each of which needs the next, and the last the first; or []"""
    for file in of[path[-1]]:
        if file in path:
            return path[path.index(file):] + [file]
        if found := circle(of, path + [file]):
            return found
    return []


def faults(texts):
    for name, text in texts.items():
        rest = IMPORT.sub("", text)
        for there, here, file in imports(text):
            if file not in texts or (
                    there and there not in exports(texts[file])):
                yield f"{name}: {file} has no {there}"
            if not re.search(rf"\b{re.escape(here)}\b", rest):
                yield f"{name}: {here} is not used"
            for member in re.findall(rf"\b{re.escape(here)}\.(\w+)\(", rest):
                if there is None and member not in exports(texts[file]):
                    yield f"{name}: {file} has no {member}"
        for i, line in enumerate(text.splitlines(), 1):
            if len(line) > COLUMNS:
                yield f"{name}:{i}: longer than {COLUMNS} columns"
            if found := FORBIDDEN.search(line.partition("//")[0]):
                yield f"{name}:{i}: {found[0]}"
        if text.count("\n") > LINES:
            yield f"{name}: longer than {LINES} lines"
    of = {name: {file for *_, file in imports(text)} & set(texts)
          for name, text in texts.items()}
    for name in texts:
        if found := circle(of, [name]):
            yield "a circle: " + ", ".join(found)
            return


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "ui")
    texts = {path.name: path.read_text(encoding="utf-8")
             for path in sorted(folder.glob("*.js"))}
    found = list(faults(texts))
    for one in found:
        print(one)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
