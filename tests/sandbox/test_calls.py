# SPDX-License-Identifier: ISC
"""Which process may make which system call: every cell of the table is tried
on the running processes of the normal build.

A call that is not for a process kills it.  Where it is allowed, it is made
with a bad descriptor or a harmless value, and answers with that.
"""

import errno
import subprocess

import pytest
from rig import wait_until

DEAD = "dead"
OK = "ok"
REFUSED = "refused"  # not there, or forbidden: no root, or no privilege
EBADF, ENOSYS = errno.EBADF, errno.ENOSYS
ROLES = ("apid", "relayd [spare]", "diald")
SIGSYS = 31

LOOPBACK = "#0200000a7f0000010000000000000000"  # 127.0.0.1:10
ANYWHERE = "#02000000000000000000000000000000"
RW, RWX, RX = 3, 7, 5
PRIVATE = 0x22  # MAP_PRIVATE | MAP_ANONYMOUS
SOL_SOCKET, SO_REUSEADDR, SO_LINGER, SO_ERROR = 1, 2, 13, 4

# call, number, arguments: apid, relayd, diald
TABLE = [
    ("open for reading", 257, [-100, "@/etc/passwd", 0], DEAD, DEAD, OK),
    ("open for writing", 257, [-100, "@/tmp/x", 1], DEAD, DEAD, DEAD),
    ("open for both", 257, [-100, "@/dev/null", 2], DEAD, DEAD, DEAD),
    ("create", 257, [-100, "@/tmp/x", 0o100, 0o600], DEAD, DEAD, DEAD),
    ("open(2) itself", 2, ["@/etc/passwd", 0], DEAD, DEAD, DEAD),
    ("openat2", 437, [-100, "@/etc/passwd", 0, 0], DEAD, DEAD, DEAD),
    ("socket, IPv4", 41, [2, 1, 0], DEAD, DEAD, OK),
    ("socket, IPv6", 41, [10, 1, 0], DEAD, DEAD, OK),
    ("socket, packets", 41, [17, 3, 0], DEAD, DEAD, DEAD),
    ("socket, vsock", 41, [40, 1, 0], DEAD, DEAD, DEAD),
    ("socketpair", 53, [1, 1, 0, "#0000000000000000"], DEAD, DEAD, DEAD),
    ("connect", 42, [-1, LOOPBACK, 16], DEAD, DEAD, EBADF),
    ("bind, IPv4", 49, [-1, ANYWHERE, 16], DEAD, DEAD, DEAD),
    ("bind, IPv6", 49, [-1, ANYWHERE, 28], DEAD, DEAD, DEAD),
    ("bind, netlink", 49, [-1, "#10000000" + "00" * 8, 12], DEAD, DEAD,
     EBADF),
    ("listen", 50, [-1, 1], DEAD, DEAD, DEAD),
    ("accept", 43, [-1, 0, 0], DEAD, DEAD, DEAD),
    ("accept4", 288, [-1, 0, 0, 0], EBADF, EBADF, DEAD),
    ("execve", 59, ["@/bin/true", 0, 0], DEAD, DEAD, DEAD),
    ("execveat", 322, [-100, "@/bin/true", 0, 0, 0], DEAD, DEAD, DEAD),
    ("fork", 57, [], DEAD, DEAD, DEAD),
    ("vfork", 58, [], DEAD, DEAD, DEAD),
    ("clone, a process", 56, [17, 0, 0, 0, 0], DEAD, DEAD, DEAD),
    ("clone3", 435, [0, 0], DEAD, DEAD, ENOSYS),
    ("ptrace", 101, [16, 1, 0, 0], DEAD, DEAD, DEAD),
    ("process_vm_readv", 310, [1, 0, 0, 0, 0, 0], DEAD, DEAD, DEAD),
    ("kill", 62, [1, 0], DEAD, DEAD, DEAD),
    ("tkill", 200, [1, 0], DEAD, DEAD, DEAD),
    ("tgkill, other than abort", 234, [1, 1, 9], DEAD, DEAD, DEAD),
    ("pidfd_open", 434, [1, 0], DEAD, DEAD, DEAD),
    ("pidfd_getfd", 438, [-1, 0, 0], DEAD, DEAD, DEAD),
    ("mmap, to write", 9, [0, 4096, RW, PRIVATE, -1, 0], OK, OK, OK),
    ("mmap, to execute", 9, [0, 4096, RX, PRIVATE, -1, 0], DEAD, DEAD, DEAD),
    ("mmap, to do both", 9, [0, 4096, RWX, PRIVATE, -1, 0], DEAD, DEAD, DEAD),
    ("mprotect, to execute", 10, [0, 4096, RX], DEAD, DEAD, DEAD),
    ("memfd_create", 319, ["@x", 0], DEAD, DEAD, DEAD),
    ("setuid", 105, [0], DEAD, DEAD, DEAD),
    ("setresuid", 117, [0, 0, 0], DEAD, DEAD, DEAD),
    ("capset", 126, [0, 0], DEAD, DEAD, DEAD),
    ("prctl", 157, [15, "@other", 0, 0, 0], DEAD, DEAD, DEAD),
    ("seccomp", 317, [0, 0, 0], DEAD, DEAD, DEAD),
    ("chroot", 161, ["@/"], DEAD, DEAD, DEAD),
    ("chdir", 80, ["@/"], DEAD, DEAD, DEAD),
    ("mount", 165, ["@x", "@/", "@proc", 0, 0], DEAD, DEAD, DEAD),
    ("unshare", 272, [0x10000000], DEAD, DEAD, DEAD),
    ("setns", 308, [-1, 0], DEAD, DEAD, DEAD),
    ("unlink", 87, ["@/tmp/x"], DEAD, DEAD, DEAD),
    ("unlinkat", 263, [-100, "@/tmp/x", 0], DEAD, DEAD, DEAD),
    ("rename", 82, ["@/tmp/x", "@/tmp/y"], DEAD, DEAD, DEAD),
    ("mkdir", 83, ["@/tmp/x", 0o700], DEAD, DEAD, DEAD),
    ("chmod", 90, ["@/tmp/x", 0], DEAD, DEAD, DEAD),
    ("symlink", 88, ["@/x", "@/tmp/y"], DEAD, DEAD, DEAD),
    ("truncate", 76, ["@/tmp/x", 0], DEAD, DEAD, DEAD),
    ("prlimit64", 302, [0, 7, 0, 0], DEAD, DEAD, DEAD),
    ("setrlimit", 160, [7, 0], DEAD, DEAD, DEAD),
    ("bpf", 321, [0, 0, 0], DEAD, DEAD, DEAD),
    ("io_uring_setup", 425, [1, 0], DEAD, DEAD, DEAD),
    ("perf_event_open", 298, [0, 0, 0, 0, 0], DEAD, DEAD, DEAD),
    ("userfaultfd", 323, [0], DEAD, DEAD, DEAD),
    ("keyctl", 250, [0, 0], DEAD, DEAD, DEAD),
    ("init_module", 175, [0, 0, 0], DEAD, DEAD, DEAD),
    ("dup", 32, [-1], DEAD, DEAD, DEAD),
    ("fcntl, dup", 72, [-1, 0, 0], DEAD, DEAD, DEAD),
    ("fcntl, size of a pipe", 72, [-1, 1031, 4096], DEAD, EBADF, DEAD),
    ("pipe2", 293, ["#0000000000000000", 0], DEAD, OK, DEAD),
    ("pipe", 22, ["#0000000000000000"], DEAD, DEAD, DEAD),
    ("splice", 275, [-1, 0, -1, 0, 0, 0], DEAD, OK, DEAD),
    ("tee", 276, [-1, -1, 0, 0], DEAD, DEAD, DEAD),
    ("vmsplice", 278, [-1, 0, 0, 0], DEAD, DEAD, DEAD),
    ("ioctl, to type", 16, [0, 0x5412, 0], DEAD, DEAD, DEAD),
    ("ioctl, what is queued", 16, [-1, 0x5411, 0], DEAD, EBADF, DEAD),
    ("setsockopt, re-use", 54, [-1, SOL_SOCKET, SO_REUSEADDR, "#01000000", 4],
     DEAD, DEAD, EBADF),
    ("setsockopt, linger", 54, [-1, SOL_SOCKET, SO_LINGER,
                                "#0100000000000000", 8], DEAD, EBADF, EBADF),
    ("setsockopt, TCP", 54, [-1, 6, 1, "#01000000", 4], EBADF, DEAD, EBADF),
    ("getsockopt, error", 55, [-1, SOL_SOCKET, SO_ERROR, 0, 0], DEAD, EBADF,
     EBADF),
    ("read", 0, [-1, 0, 0], EBADF, DEAD, EBADF),
    ("write", 1, [-1, 0, 0], EBADF, DEAD, EBADF),
    ("recvfrom", 45, [-1, 0, 0, 0, 0, 0], EBADF, EBADF, EBADF),
    ("recvfrom, to look", 45, [-1, 0, 0, 2, 0, 0], EBADF, EBADF, EBADF),
    ("recvfrom, out of band", 45, [-1, 0, 0, 1, 0, 0], DEAD, DEAD, EBADF),
    ("getsockname", 51, [-1, 0, 0], DEAD, DEAD, EBADF),
    ("sendto", 44, [-1, 0, 0, 0, 0, 0], EBADF, EBADF, EBADF),
    ("sendto, end of a piece", 44, [-1, 0, 0, 0x80, 0, 0], DEAD, EBADF, DEAD),
    ("sendto, an address", 44, [-1, 0, 0, 0, LOOPBACK, 16], DEAD, DEAD, DEAD),
    ("sendmsg", 46, [-1, 0, 0], EBADF, DEAD, EBADF),
    ("getpid", 39, [], DEAD, DEAD, DEAD),
    ("gettid by the x32 table", 0x40000000 + 186, [], DEAD, DEAD, DEAD),
    ("a number that is no call", 1000, [], DEAD, DEAD, DEAD),
]
# stored; every other call of the table kills it
STORED = {
    "open for reading": REFUSED, "open for writing": REFUSED,
    "open for both": REFUSED, "create": REFUSED, "unlink": REFUSED,
    "rename": REFUSED, "mmap, to write": OK, "read": EBADF, "write": EBADF,
    "recvfrom": DEAD, "sendto": EBADF, "getpid": OK,
}
assert STORED.keys() <= {row[0] for row in TABLE}
CELLS = [(role, name, number, args, expected)
         for name, number, args, *row in TABLE
         for role, expected in zip(
             ROLES + ("stored",), row + [STORED.get(name, DEAD)])]


def is_locked(pid):
    with open(f"/proc/{pid}/status") as f:
        return "\nSeccomp:\t2\n" in f.read()


@pytest.mark.parametrize("role, name, number, args, expected", CELLS,
                         ids=[f"{c[0].split()[0]}: {c[1]}" for c in CELLS])
def test_call(start, injector, role, name, number, args, expected):
    t = start("-spares", "1")
    pid = t.child(role)
    assert wait_until(lambda: is_locked(pid))
    r = subprocess.run([injector, str(pid), str(number), *map(str, args)],
                       capture_output=True, text=True, timeout=30)
    assert r.returncode == 0, r.stderr
    verb, value = r.stdout.rsplit(maxsplit=1)
    if expected == DEAD:
        assert (verb, int(value)) == ("killed by", SIGSYS)
    elif expected == OK:
        assert verb == "returned" and int(value) >= 0
    elif expected == REFUSED:
        assert verb == "returned" and -int(value) in (
            errno.ENOENT, errno.EACCES)
    else:
        assert (verb, -int(value)) == ("returned", expected)
