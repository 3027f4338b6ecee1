#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""No file needs one that needs it, directly or through others: by what the
linker sees, so that a room can be read from its ground up.

    circles.py OBJECTS FOLDER...     e.g. build/obj supervisor relayd
"""

import collections
import pathlib
import subprocess
import sys

OURS = "TDBRCV"  # nm(1): what a file gives to others


def symbols(obj):
    """What it gives, and what it needs"""
    gives, needs = set(), set()
    listed = subprocess.run(["nm", obj], check=True, capture_output=True,
                            text=True).stdout
    for line in listed.splitlines():
        kind, name = line.split()[-2:]
        if kind == "U":
            needs.add(name)
        elif kind in OURS:
            gives.add(name)
    return gives, needs


def source(obj, objects):
    return obj.relative_to(objects).with_suffix(".c")


def edges(objects, folder):
    """{file: {file that it needs: by such a symbol}}"""
    read = {source(path, objects): symbols(path)
            for path in sorted((objects / folder).rglob("*.o"))
            if source(path, objects).exists()}  # a build may be older
    home = {name: path for path, (gives, _) in read.items() for name in gives}
    found = {path: {} for path in read}
    for path, (_, needs) in read.items():
        for name in sorted(needs):
            if home.get(name, path) != path:
                found[path].setdefault(home[name], name)
    return found


def circle_from(start, graph):
    """The shortest way from start to itself, or None"""
    before, queue = {}, collections.deque([start])
    while queue:
        at = queue.popleft()
        for following in graph[at]:
            if following == start:
                way = [at]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if following not in before:
                before[following] = at
                queue.append(following)
    return None


def shortest(graph):
    ways = [way for way in (circle_from(at, graph) for at in graph) if way]
    return min(ways, key=len, default=None)


def main():
    objects, failed = pathlib.Path(sys.argv[1]), 0
    for folder in sys.argv[2:]:
        graph = edges(objects, folder)
        if not graph:
            sys.exit(f"{objects / folder}: no objects: it is not built")
        way = shortest(graph)
        if way is None:
            continue
        failed = 1
        print(f"{folder}: a circle:", file=sys.stderr)
        for at, following in zip(way, way[1:] + way[:1]):
            print(f"    {at} needs {following}: {graph[at][following]}",
                  file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
