#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Kills a ctld at one of its system calls, by ptrace(2), which sees them one by
one.

    ptracing.py TOXID CTLD N WHAT WHEN

The Nth call of the process CTLD, from now on; or, if that is 0, of the next one
that the process TOXID starts.  WHAT is `call`, or `question`: one to toxid, or
`message`: the Nth of one child, whose it is that has said most.
WHEN is `before` or `after` it, or `fault`: after it, by one of its own, or `signal`: by
what looks like one.  Says `ready`, then `killed` or, where that one
came to its end before, `gone`.  SIGTERM: it lets go of all."""

import collections
import ctypes
import os
import platform
import signal
import struct
import sys

INSTRUCTION = 16 * 8  # where x86_64 has its address
LINE = 3  # the descriptor of ctld's line to toxid
SENDMSG = {"x86_64": 46, "aarch64": 211}.get(platform.machine())
RECVMSG = {"x86_64": 47, "aarch64": 212}.get(platform.machine())

POKEUSER, CONT, DETACH, SYSCALL, SET_OPTIONS = 6, 7, 17, 24, 0x4200
SEIZE, INTERRUPT, LISTEN, GET_SYSCALL_INFO = 0x4206, 0x4207, 0x4208, 0x420E
SYSGOOD, FORK, VFORK, EXEC = 1, 2, 4, 16
EVENT_EXEC, EVENT_STOP = 4, 128
WALL = 0x40000000
ENTRY = 1
INFO = struct.Struct("=B3xIQQ7Q")  # op, arch, ip, sp; number, six arguments

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p,
                        ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, address=0, data=0):
    if libc.ptrace(request, pid, address, data) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def call_of(pid):
    """(is it its begin, its number, its first argument)"""
    info = ctypes.create_string_buffer(INFO.size)
    ptrace(GET_SYSCALL_INFO, pid, INFO.size, ctypes.addressof(info))
    words = INFO.unpack(info.raw)
    return words[0] == ENTRY, words[4], words[5]


class Tracer:
    def __init__(self, toxid, ctld, n, what, when):
        self.toxid, self.ctld = toxid, ctld
        self.left, self.what, self.when = n, what, when
        self.is_in_it = False
        self.read = collections.Counter()  # by descriptor

    def begin(self):
        if self.ctld == 0:
            ptrace(SEIZE, self.toxid, 0, FORK | VFORK | EXEC)
            return
        ptrace(SEIZE, self.ctld, 0, SYSGOOD)
        ptrace(INTERRUPT, self.ctld)
        os.waitpid(self.ctld, WALL)
        ptrace(SYSCALL, self.ctld)

    def is_it(self, number, first):
        if self.what == "message":
            return self.is_next_of_one(number, first)
        return self.what == "call" or number == SENDMSG and first == LINE

    def is_next_of_one(self, number, first):
        """Has nobody been read more often?"""
        if number != RECVMSG or first == LINE:
            return False
        self.read[first] += 1
        return self.read[first] > self.read.total() - self.read[first] and \
            self.read[first] == max(self.read.values())

    def on_call(self, pid):
        """1: this is where it dies"""
        is_begin, number, first = call_of(pid)
        if not is_begin:
            return self.is_in_it
        if not self.is_it(number, first):
            return False
        self.left -= 1
        self.is_in_it = self.left == 0
        return self.is_in_it and self.when == "before"

    def is_ctld(self, pid):
        try:
            return os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "ctld"
        except OSError:
            return False

    def on_stop(self, pid, status):
        """1: it is to be killed"""
        number, event = os.WSTOPSIG(status), status >> 16
        if pid == self.ctld and number == signal.SIGTRAP | 0x80:
            if self.on_call(pid):
                return True
            ptrace(SYSCALL, pid)
        elif event == EVENT_EXEC and pid != self.toxid:
            if self.ctld == 0 and self.is_ctld(pid):
                self.ctld = pid
                ptrace(SET_OPTIONS, pid, 0, SYSGOOD)
                ptrace(SYSCALL, pid)
            else:
                ptrace(DETACH, pid)
        elif event == EVENT_STOP and number != signal.SIGTRAP:
            ptrace(LISTEN, pid)  # of a group: it stays as it is
        else:
            ptrace(SYSCALL if pid == self.ctld else CONT, pid, 0,
                   0 if event else number)
        return False

    def strike(self, pid):
        if self.when == "fault":
            ptrace(POKEUSER, pid, INSTRUCTION, 0)  # where nothing is
            ptrace(DETACH, pid)
        elif self.when == "signal":
            os.kill(pid, signal.SIGSEGV)
            ptrace(DETACH, pid)
        else:
            os.kill(pid, signal.SIGKILL)

    def run(self):
        while True:
            pid, status = os.waitpid(-1, WALL)
            if not os.WIFSTOPPED(status):
                if pid in (self.ctld, self.toxid):
                    return "gone"
                continue
            try:
                if self.on_stop(pid, status):
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    self.strike(pid)
                    return "killed"
            except ProcessLookupError:
                pass  # it is being killed by somebody else


def main():
    toxid, ctld, n = map(int, sys.argv[1:4])
    tracer = Tracer(toxid, ctld, n, *sys.argv[4:6])
    try:
        tracer.begin()
    except PermissionError:
        return print("forbidden")
    print("ready", flush=True)
    print(tracer.run(), flush=True)


if __name__ == "__main__":
    main()
