# SPDX-License-Identifier: ISC
"""A test in the place of ctld: it asks toxid what it likes (proto/priv.h)."""

import array
import errno
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import tempfile
import time

import rig
from rig import PATIENCE

HEADER = pathlib.Path(__file__).resolve().parents[2] / "proto/priv.h"
QUESTION = struct.Struct("=6I 2BHI16s16s 2Q")
ANSWER_HEAD = struct.Struct("=2i")
GREETING = struct.Struct("=4I")
VERSION = 1


def numbers_of(text, first, pattern):
    """{name: number}, of an enum or a table of that header"""
    return {name: i for i, name in enumerate(
        re.findall(pattern, text, re.M), first)}


TEXT = HEADER.read_text()


def body(head):
    return TEXT.partition(head)[2].partition("};")[0]


def table(name):
    return TEXT.partition(f"#define {name}(X)")[2].partition("\n\n")[0]


TYPES = numbers_of(table("PRIV_QUESTIONS"), 1, r"^\tX\((\w+),")
NONE, MAX = 0, len(TYPES) + 1
HERITAGE = numbers_of(body("enum priv_heritage"), 0, r"^\tPRIV_(\w+)")
REMARKS = numbers_of(table("PRIV_REMARKS"), 0, r"^\tX\((\w+),")
EVENTS = numbers_of(body("enum priv_event"), 0, r"^\tPRIV_EVENT_(\w+)")
ROLES = {name: i for i, name in enumerate(
    ("ctld", "apid", "diald", "relayd", "stored", "config", "resolvd"))}


def address(ip, port, family=None, scope=0, rest=b"", zone=b""):
    """As struct address: of text, or of bytes that are none"""
    if isinstance(ip, str):
        family = family if family is not None else 6 if ":" in ip else 4
        ip = socket.inet_pton(
            socket.AF_INET6 if ":" in ip else socket.AF_INET, ip)
    return (family, 0, port, scope, (ip + rest).ljust(16, b"\0"), zone)


NOWHERE = (0, 0, 0, 0, b"", b"")


def question(kind, id=0, what=0, instead=0, is_api=0, address=NOWHERE,
             proxies=0, sessions=0):
    kind = TYPES[kind] if isinstance(kind, str) else kind
    return QUESTION.pack(kind, id, what, instead, is_api, 0, *address,
                         proxies, sessions)


class Answer:
    def __init__(self, packet, fds):
        self.error, _ = ANSWER_HEAD.unpack_from(packet)
        self.rest = packet[ANSWER_HEAD.size:]
        assert len(fds) <= 1
        self.fd = fds[0] if fds else None

    def words(self, layout):
        return struct.unpack_from("=" + layout, self.rest)

    @property
    def id(self):
        return self.words("I")[0]

    @property
    def row(self):
        """Of what was taken"""
        return self.words("5I")[4]

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


class Ctld:
    """One that toxid has started: its line and its bell are ours."""

    def __init__(self, stage):
        packet, fds, _, _ = socket.recv_fds(stage, GREETING.size, 2)
        version, asked, self.answered, self.is_trial = GREETING.unpack(packet)
        assert (version, asked) == (
            VERSION, QUESTION.size), "priv.h is another one"
        self.stage, self.fds = stage, fds
        self.pid = struct.unpack("=3i", stage.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        self.line = None
        if not self.is_trial:
            self.line = socket.socket(fileno=fds[0])
            self.line.settimeout(PATIENCE)

    def say(self, packet, *fds, flags=0):
        """Raw, so that nothing is put right; descriptors once there is room:
        those of all tests of a user count until they are taken"""
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                    array.array("i", fds))] if fds else []
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.line.sendmsg([packet], control, flags)
                return
            except OSError as e:
                if e.errno != errno.ETOOMANYREFS or time.monotonic() > until:
                    raise
                time.sleep(0.001)

    def hear(self):
        packet, fds, _, _ = socket.recv_fds(self.line, 4096, 4)
        if not packet:
            raise EOFError
        assert len(packet) == self.answered
        return Answer(packet, fds)

    def ask(self, kind, fd=None, **words):
        self.say(question(kind, **words), *([] if fd is None else [fd]))
        return self.hear()

    def start(self):
        answer = self.ask("START", what=VERSION)
        assert answer.error == 0
        return answer

    def is_cut_off(self):
        """toxid has closed its end"""
        try:
            while True:
                self.hear().close()
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return True
        except TimeoutError:
            return False

    def exit(self, status):
        self.stage.send(bytes([status]))

    def close(self):
        if self.line is not None:
            self.line.close()
        for fd in self.fds[self.line is not None:]:
            os.close(fd)
        self.stage.close()


class Played(rig.Toxid):
    """Whose ctld does not see to an orderly end"""

    def __init__(self, stage, *args, **more):
        self.stage = stage
        super().__init__(*args, wait=False, **more)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.cut()
        super().__exit__()


class Stage:
    """A folder with toxid and its programs, ctld's place being the test's"""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.folder.chmod(0o755)  # each child is somebody else
        self.build = pathlib.Path(
            os.environ.get("TOXID", rig.TOXID)).resolve().parent
        for name in ("toxid", "supervisor"):
            shutil.copy(self.build / name, self.folder)
        for name in ("apid", "relayd", "diald", "resolvd", "stored"):
            (self.folder / name).symlink_to(self.build / name)
        self.put("hostile_ctld")
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.folder / "ctld.sock"))
        (self.folder / "ctld.sock").chmod(0o777)
        self.listening.listen()
        self.listening.settimeout(PATIENCE)
        self.ctlds = []

    def toxid(self, *args, **more):
        return Played(self, *args, **more)

    def put(self, name):
        """From now on, in ctld's place"""
        new = self.folder / "ctld.new"
        shutil.copy(self.build / name, new)
        new.rename(self.folder / "ctld")

    def ctld(self):
        """The next one that toxid starts"""
        self.ctlds.append(Ctld(self.listening.accept()[0]))
        return self.ctlds[-1]

    def forget(self):
        for ctld in self.ctlds:
            ctld.close()
        self.ctlds = []

    def close(self):
        self.forget()
        self.listening.close()
        self.temporary.cleanup()


def all_below(pid):
    """Every process that it has started, and those of these"""
    found, parents = [], {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            parents.setdefault(rig.parent_of(entry), []).append(int(entry))
    todo = [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found
