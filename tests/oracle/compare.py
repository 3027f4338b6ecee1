# SPDX-License-Identifier: ISC
"""Asks the original and toxid the same, and holds every difference against
COMPATIBILITY.md.

    compare.py ORIGINAL TOXID
"""

import collections
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import time

import cases
import cases_api  # noqa: F401  adds its groups
import cases_http  # noqa: F401
import wire

HEADERS = ("Content-Type", "Location", "X-Content-Type-Options")
PORTS = ("A", "B", "C")
START_WITHIN = 10


def free_port(given=set()):
    """One that nobody gets by chance: below those that the kernel chooses."""
    while True:
        port = random.randrange(20000, 32000)
        try:
            socket.create_server(("", port)).close()
        except OSError:
            continue
        if port not in given:
            given.add(port)
            return port


class Program:
    """One of the two, and the ports that its requests speak of."""

    def __init__(self, path, busy):
        self.path = path
        self.ports = {name: free_port() for name in PORTS}
        self.ports["BUSY"] = busy
        self.start()

    def start(self):
        self.ports["API"] = free_port()
        self.process = subprocess.Popen(
            [self.path, "-port", str(self.ports["API"]), "-proxy-metrics"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, env={**os.environ,
                                           "LOG_LEVEL": "error"})
        end = time.monotonic() + START_WITHIN
        while time.monotonic() < end:
            try:
                socket.create_connection(
                    ("127.0.0.1", self.ports["API"]), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        sys.exit(f"{self.path} does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def put_ports(self, text):
        for name, port in self.ports.items():
            text = text.replace(f"@{name}@", str(port))
        return text

    def hide_ports(self, text):
        for name, port in self.ports.items():
            text = re.sub(rf"(?<!\d){port}(?!\d)", f"@{name}@", text)
        # What the kernel chose is another number each time.
        return re.sub(r'((?:127\.0\.0\.1|\[::\]|localhost):)\d{4,5}(?=")',
                      r"\1@CHOSEN@", text)

    def ask(self, step):
        data = step.raw
        if data is None:
            data = plain(step)
        data = fill(data, self)
        return wire.exchange(self.ports["API"], data, step.method != "HEAD")

    def clear(self):
        """All proxies gone; False if one cannot be."""
        names = json.loads(self.ask(cases.LIST).body)
        gone = True
        for name in names:
            path = "".join(f"%{b:02X}" for b in name.encode())
            gone &= self.ask(cases.req(f"DELETE /proxies/{path}")
                             ).status == 204
        return gone


def plain(step):
    body = b"" if step.body is None else step.body.encode()
    names = [h.split(":")[0].lower() for h in step.headers]
    lines = [f"{step.method} {step.path} {step.version}", *step.headers]
    if "host" not in names:
        lines.append("Host: localhost:@API@")
    if step.body is not None:
        lines.append("Content-Length: @SIZE@")
    return "\r\n".join([*lines, "", ""]).encode() + body


def fill(data, program):
    """The ports, and then the length of the body that they make."""
    head, end, body = data.partition(b"\r\n\r\n")
    if len(body) < 100000:  # no ports in larger ones
        body = program.put_ports(body.decode("latin-1")).encode("latin-1")
    text = program.put_ports(head.decode())
    json_size = len(re.sub(rb"@HEX(-1)?@\r\n|^1\r\n{\r\n|\r\n0\r\n\r\n", b"",
                           body))
    body = body.replace(b"@HEX-1@", b"%x" % json_size)
    body = body.replace(b"@HEX@", b"%x" % json_size)
    return text.replace("@SIZE@", str(len(body))).encode() + end + body


class Seen:
    """A reply as it is compared."""

    def __init__(self, program, reply):
        self.status = reply.status if reply else 0
        self.body = ""
        self.headers = {}
        if reply is None:
            return
        self.body = program.hide_ports(reply.body.decode("utf-8", "replace"))
        self.headers = {name: reply.header(name) for name in HEADERS}
        self.headers["request id"] = (
            reply.header("X-Toxiproxy-Request-Id") is not None)
        self.allow = reply.header("Allow")
        if reply.framing == "cut short":
            self.body += " (cut short)"

    def lines(self):
        return [f"status: {self.status}",
                *(f"{k}: {v}" for k, v in self.headers.items()),
                f"body: {self.body!r}"]


# ---- what differs in many cases: each makes the original look like ours

def no_logger(step, theirs, ours):
    return re.sub(r'"Logger":\{\},', "", theirs.body)


def bad_body_text(step, theirs, ours):
    """Only the words after the prefix are ours."""
    words = r'(?<="bad request body: ).*(?=","status")'
    own = re.search(words, ours.body)
    if own is None:
        return theirs.body
    return re.sub(words, lambda _: own.group(), theirs.body)


def lookup_text(step, theirs, ours):
    return re.sub(r"(lookup \S+) on \S+: ", r"\1: ", theirs.body)


def proxies_null(step, theirs, ours):
    return theirs.body.replace('"proxies":null', '"proxies":[]')


def version_text(step, theirs, ours):
    """What is built from Go's module proxy calls itself git."""
    return theirs.body.replace('{"version": "git"}', '{"version": "2.12.0"}')


def more_metrics(step, theirs, ours):
    """All that the original says has to be there; where it has no help for a
    family, any will do."""
    if not step.path.startswith("/metrics"):
        return theirs.body
    lines = ours.body.splitlines()
    lines += [" ".join(line.split(" ", 3)[:3]) + " " for line in lines
              if line.startswith("# HELP")]
    is_there = all(line in lines for line in theirs.body.splitlines())
    return ours.body if is_there else theirs.body


BODY_RULES = (("D1", no_logger), ("O1", bad_body_text),
              ("O2", lookup_text), ("D1", proxies_null),
              ("O6", version_text), ("O8", more_metrics))


def apply_rules(step, theirs, ours, used):
    for key, rule in BODY_RULES:
        body = rule(step, theirs, ours)
        if body != theirs.body:
            used[key] += 1
            theirs.body = body
    kind = theirs.headers.get("Content-Type") or ""
    if kind.startswith("text/plain") and theirs.body.startswith('{"error"'):
        used["M25"] += 1
        theirs.headers["Content-Type"] = "application/json"
    if theirs.status == ours.status == 405 and ours.allow:
        used["D12"] += 1


def is_expected(step, theirs, ours, used):
    """Of a step that has a rule of its own: is it as the rule says?"""
    used[step.key] += 1
    text = f"{ours.status} {ours.body}"
    return (theirs.lines() != ours.lines()
            and re.match(step.want, text, re.DOTALL) is not None)


class Comparison:
    def __init__(self, original, toxid):
        self.original, self.toxid = original, toxid
        self.used = collections.Counter()
        self.same = self.listed = 0
        self.unexplained = []

    def step(self, group, step):
        theirs = Seen(self.original, self.original.ask(step))
        ours = Seen(self.toxid, self.toxid.ask(step))
        plain_same = theirs.lines() == ours.lines()
        if step.key is not None:
            fine = is_expected(step, theirs, ours, self.used)
        else:
            apply_rules(step, theirs, ours, self.used)
            fine = theirs.lines() == ours.lines()
        if not fine:
            self.unexplained.append((group, step, theirs, ours))
        elif plain_same:
            self.same += 1
        else:
            self.listed += 1

    def group(self, group):
        for step in group.steps:
            self.step(group, step)
        for program in (self.original, self.toxid):
            if group.leaves_rubbish or not program.clear():
                program.stop()
                program.start()

    def report(self):
        for group, step, theirs, ours in self.unexplained:
            print(f"\n{group.name}: {step.title()}")
            if step.key:
                print(f"    rule {step.key} wants {step.want!r}")
            for t, o in zip(theirs.lines(), ours.lines()):
                print(f"    {t}" if t == o else f"  - {t}\n  + {o}")
        keys = sorted(self.used, key=lambda k: (k[0], int(k[1:])))
        print("\nrules that were needed: "
              + ", ".join(f"{k} ({self.used[k]})" for k in keys))
        n = self.same + self.listed + len(self.unexplained)
        print(f"{n} requests, {self.same} the same, {self.listed} differ as "
              f"listed, {len(self.unexplained)} unexplained")


def listed_keys():
    root = pathlib.Path(__file__).parent.parent.parent
    text = (root / "COMPATIBILITY.md").read_text()
    return set(re.findall(r"^\| ([DMKO]\d+) \|", text, re.MULTILINE))


def main(original, toxid):
    with socket.create_server(("", 0)) as taken:  # so that nobody has it
        busy = taken.getsockname()[1]
        comparison = Comparison(Program(original, busy),
                                Program(toxid, busy))
        try:
            for group in cases.GROUPS:
                comparison.group(group)
        finally:
            comparison.original.stop()
            comparison.toxid.stop()
    comparison.report()
    unknown = set(comparison.used) - listed_keys()
    if unknown:
        print("not in COMPATIBILITY.md: " + ", ".join(sorted(unknown)))
    return 1 if comparison.unexplained or unknown else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
