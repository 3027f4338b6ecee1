# SPDX-License-Identifier: ISC
"""A crowd, in a process of its own: so many who read /events, half of whom read
nothing until they are told to; or some who change toxics as fast as they can.

    event_crowd.py readers HOST PORT N [NICE]
    event_crowd.py changers HOST PORT PROXY...

Each line of the standard input is a command; its answer is a line of JSON."""

import collections
import json
import os
import re
import selectors
import socket
import sys
import time

ADDRESSES = 16
PATIENCE = 30
EVENT = re.compile(rb"id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n")


class Reader:
    """One who comes back by the last id that it has heard of, and what is wrong
    with what it was told"""

    def __init__(self, host, port, number):
        self.address, self.number = (host, port), number
        self.is_stalled = number % 2 == 0
        self.is_careful = number % 32 == 1  # looks at what has changed, too
        self.at, self.events, self.missed, self.gaps = None, 0, 0, 0
        self.returns, self.wrong, self.values = 0, [], {}
        self.open()

    def open(self):
        self.text, self.has_head, self.has_state = b"", False, False
        self.sock = socket.socket()
        if self.is_stalled:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.sock.settimeout(PATIENCE)
        self.sock.bind((f"127.9.0.{1 + self.number % ADDRESSES}", 0))
        self.sock.connect(self.address)
        last = "" if self.at is None else f"Last-Event-ID: {self.at}\r\n"
        self.sock.sendall(f"GET /events HTTP/1.0\r\n{last}\r\n".encode())

    def come_back(self):
        self.sock.close()
        self.returns += 1
        self.open()

    def expect(self, is_so, *what):
        if not is_so:
            self.wrong.append([self.number, self.at, *map(str, what)])

    def take(self):
        """False: there is no more of this reply"""
        try:
            got = self.sock.recv(65536)
        except ConnectionError:
            return False
        self.text += got
        if not self.has_head:
            head, end, rest = self.text.partition(b"\r\n\r\n")
            if not end:
                return got != b""
            if not head.startswith(b"HTTP/1.0 200 "):
                self.expect(b" 503 " in head[:14], head)
                return False
            self.has_head, self.text = True, rest
        self.hear_all()
        return got != b""

    def hear_all(self):
        end = 0
        for m in EVENT.finditer(self.text):
            between = self.text[end:m.start()]
            self.expect(between.replace(b":\n\n", b"") == b"", between)
            self.hear(int(m[1]), m[2], m[3])
            end = m.end()
        self.text = self.text[end:]

    def hear(self, number, kind, data):
        if kind == b"state":
            self.expect(not self.has_state and self.at in (None, number), data)
            self.has_state, self.at = True, number
        elif kind == b"gap":
            self.hear_gap(number, json.loads(data)["missed"])
        else:
            self.expect(number == self.at + 1, number, data)
            self.at, self.events = number, self.events + 1
            if self.is_careful and kind == b"toxic_changed":
                self.look(json.loads(data))

    def hear_gap(self, number, missed):
        self.expect(number > self.at, "gap", number)
        self.expect(missed in (None, number - self.at), number, missed)
        self.at, self.gaps = number, self.gaps + 1
        self.missed += missed or 0
        self.values.clear()

    def look(self, event):
        """The same change is not there twice, and none is missing"""
        changed = event["changed"]["latency"]
        before = self.values.get(event["proxy"], changed["before"])
        self.expect(changed["before"] == before, event)
        self.expect(changed["after"] > before, event)
        self.values[event["proxy"]] = changed["after"]


class Readers:
    def __init__(self, host, port, n, nice=0):
        os.nice(int(nice))  # they are other machines: this one is toxid's first
        self.all = [Reader(host, port, i) for i in range(n)]
        self.selector = selectors.DefaultSelector()
        self.are_awake = False
        for r in self.all:
            self.listen(r)

    def listen(self, r):
        self.selector.register(r.sock, selectors.EVENT_READ, r)

    def turn(self):
        for key, _ in self.selector.select(0.05):
            r = key.data
            if r is None:
                return True
            is_over = not r.take()
            if is_over or self.sleeps(r):
                self.selector.unregister(key.fileobj)
            if is_over:
                r.come_back()
                self.listen(r)
        return False

    def sleeps(self, r):
        return r.is_stalled and r.has_state and not self.are_awake

    def wake(self):
        asleep = [r for r in self.all if self.sleeps(r)]
        self.are_awake = True
        for r in asleep:
            self.listen(r)

    def obey(self, command):
        if command == "wake":
            self.wake()
        return {
            "begun": sum(r.at is not None for r in self.all),
            "at": min(r.at or 0 for r in self.all),
            "at_of_those_who_read": min(
                (r.at or 0 for r in self.all if not r.is_stalled), default=0),
            "events": sum(r.events for r in self.all),
            "missed": sum(r.missed for r in self.all),
            "gaps": sum(r.gaps for r in self.all),
            "returns": sum(r.returns for r in self.all),
            "wrong": [w for r in self.all for w in r.wrong][:20]}


class Changer:
    def __init__(self, host, port, proxy):
        self.address, self.proxy, self.sock = (host, port), proxy, None
        self.n, self.done, self.failed = 1, 0, 0
        self.ask()

    def ask(self):
        """The next value, by another connection if that has ended"""
        self.n += 1
        body = b'{"attributes":{"latency":%d}}' % self.n
        self.text = b""
        try:
            if self.sock is None:
                self.sock = socket.create_connection(self.address, PATIENCE)
            self.sock.sendall(
                b"POST /proxies/%s/toxics/t HTTP/1.1\r\nHost: t\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (
                    self.proxy.encode(), len(body), body))
        except ConnectionError:
            self.sock = None
        return self.sock is not None

    def take(self):
        """False: the connection has ended"""
        try:
            got = self.sock.recv(65536)
        except ConnectionError:
            got = b""
        self.text += got
        head, end, body = self.text.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        if end and len(body) == int(length[1]):
            ok = self.text.startswith(b"HTTP/1.1 200 ")
            self.done, self.failed = self.done + ok, self.failed + (not ok)
            self.ask()
        return got != b""


class Changers:
    def __init__(self, host, port, *proxies):
        self.selector = selectors.DefaultSelector()
        self.all = [Changer(host, port, p) for p in proxies]
        self.began, self.before = time.monotonic(), 0
        for c in self.all:
            self.selector.register(c.sock, selectors.EVENT_READ, c)

    def turn(self):
        for key, _ in self.selector.select(0.05):
            c = key.data
            if c is None:
                return True
            was = c.sock
            if c.take() and c.sock is was:
                continue
            self.selector.unregister(was)
            was.close()
            c.sock, c.failed = None, c.failed + 1
            while not c.ask():
                time.sleep(0.05)
            self.selector.register(c.sock, selectors.EVENT_READ, c)
        return False

    def obey(self, _):
        done = sum(c.done for c in self.all)
        return {"done": done, "failed": sum(c.failed for c in self.all)}


def main():
    kind, host, port, *rest = sys.argv[1:]
    if kind == "readers":
        crowd = Readers(host, int(port), int(rest[0]), *rest[1:])
    else:
        crowd = Changers(host, int(port), *rest)
    crowd.selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
    commands, text = collections.deque(), b""
    while True:
        if crowd.turn():
            got = os.read(sys.stdin.fileno(), 4096)
            if not got:
                return
            *lines, text = (text + got).split(b"\n")
            commands.extend(lines)
        while commands:
            print(json.dumps(crowd.obey(commands.popleft().decode())),
                  flush=True)


if __name__ == "__main__":
    main()
