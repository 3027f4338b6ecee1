# SPDX-License-Identifier: ISC
"""The table of which process may make which system call, and with what
arguments."""

import errno

OK = "ok"
DEAD = "dead"
REFUSED = "refused"  # not there, or forbidden: no root, or no privilege
EBADF, EFAULT, EINVAL, ENOSYS = (
    errno.EBADF, errno.EFAULT, errno.EINVAL, errno.ENOSYS)
SIGSYS = 31

# Each column, and the title of its process
ROLES = {
    "ctld": "ctld",
    "apid": "apid",
    "spare": "relayd [spare]",
    "worker": "relayd [p]",
    "diald": "diald",
    "resolvd": "resolvd",
    "stored": "stored",
}
COLUMNS = {"relayd": ("spare", "worker"), "all": tuple(ROLES)}

LOOPBACK = "#0200000a7f0000010000000000000000"  # 127.0.0.1:10
MESSAGE = "!" + LOOPBACK[1:]
ANYWHERE = "#02000000000000000000000000000000"
ONE, NOTHING = "#01000000", "#" + "00" * 16
RW, RWX, RX = 3, 7, 5
PRIVATE = 0x22  # MAP_PRIVATE | MAP_ANONYMOUS
CONSTANT, ABOVE = 0x100000, 0x110000  # see lockdown.h; nothing is there
UPPER = 1 << 32  # above what the kernel looks at of an int
ALL_BITS = 0xffffffff

DONTWAIT, NOSIGNAL, MORE, EOR, OOB, PEEK, ERRQUEUE, CLOEXEC, FASTOPEN = (
    0x40, 0x4000, 0x8000, 0x80, 1, 2, 0x2000, 0x40000000, 0x20000000)
ZEROCOPY, CONFIRM, WAITALL, TRUNC = 0x4000000, 0x800, 0x100, 0x20
O_CREAT, O_TRUNC, O_NONBLOCK, O_ASYNC, O_DIRECT, O_PATH, O_CLOEXEC = (
    0o100, 0o1000, 0o4000, 0o20000, 0o40000, 0o10000000, 0o2000000)
O_TMPFILE, O_APPEND = 0o20200000, 0o2000
STREAM, DGRAM, RAW = (kind | O_NONBLOCK | O_CLOEXEC for kind in (1, 2, 3))
SOL_SOCKET, IP, TCP, IPV6, TLS = 1, 0, 6, 41, 282


def row(name, number, args, **allowed):
    """Of the table; whom it is not allowed to, it kills."""
    cells = dict.fromkeys(ROLES, DEAD)
    for column, expected in allowed.items():
        for role in COLUMNS.get(column, (column,)):
            cells[role] = expected
    return name, number, args, cells


def rows(call, number, arguments, **allowed):
    """One for each of arguments: {what it is: [argument, ...]}"""
    return [row(f"{call}, {name}", number, args, **allowed)
            for name, args in arguments.items()]


def sendmsg(**flags):
    return {name: [-1, MESSAGE, value] for name, value in flags.items()}


def sendto(**flags):
    return {name: [-1, "@x", 1, value, 0, 0] for name, value in flags.items()}


def recvmsg(**flags):
    return {name: [-1, MESSAGE, value] for name, value in flags.items()}


def recvfrom(**flags):
    return {name: [-1, 0, 0, value, 0, 0] for name, value in flags.items()}


def option(level, number, value=ONE, size=4):
    return [-1, level, number, value, size]


# Each way to say it: alone, with what is allowed, with half the register full
FAST = {"fast open": FASTOPEN, "fast open among others":
        FASTOPEN | NOSIGNAL | DONTWAIT, "fast open, upper half":
        FASTOPEN | UPPER, "all flags": ALL_BITS, "all bits": -1,
        "fast open, all else above": FASTOPEN | ALL_BITS << 32}

FILES = [
    row("open for reading", 257, [-100, "@/etc/passwd", 0], resolvd=OK,
        stored=REFUSED),
    row("open, close on exec", 257, [-100, "@/etc/passwd", O_CLOEXEC],
        resolvd=OK, stored=REFUSED),
    row("open a path", 257, [-100, "@/etc/passwd", O_PATH]),
    row("open for writing", 257, [-100, "@/tmp/x", 1], stored=REFUSED),
    row("open for both", 257, [-100, "@/dev/null", 2], stored=REFUSED),
    row("create", 257, [-100, "@/tmp/x", O_CREAT, 0o600], stored=REFUSED),
    row("create, set user id", 257, [-100, "@/tmp/x", O_CREAT, 0o4700]),
    row("create without a name", 257, [-100, "@/tmp", O_TMPFILE | 2, 0o600]),
    row("open and empty", 257, [-100, "@/tmp/x", 2 | O_TRUNC]),
    row("open past the cache", 257, [-100, "@/tmp/x", 2 | O_DIRECT]),
    row("open for signals", 257, [-100, "@/tmp/x", 2 | O_ASYNC]),
    row("open(2) itself", 2, ["@/etc/passwd", 0]),
    row("openat2", 437, [-100, "@/etc/passwd", 0, 0]),
    row("unlink", 87, ["@/tmp/x"], stored=REFUSED),
    row("unlinkat", 263, [-100, "@/tmp/x", 0]),
    row("rename", 82, ["@/tmp/x", "@/tmp/y"], stored=REFUSED),
    row("mkdir", 83, ["@/tmp/x", 0o700]),
    row("chmod", 90, ["@/tmp/x", 0]),
    row("fchmod", 91, [-1, 0o600], stored=EBADF),
    row("fchmod, set user id", 91, [-1, 0o4700]),
    row("fchmod, set group id", 91, [-1, 0o2700]),
    row("fchmodat", 268, [-100, "@/tmp/x", 0]),
    row("chown", 92, ["@/tmp/x", 0, 0]),
    row("fchown", 93, [-1, 0, 0]),
    row("utime", 132, ["@/tmp/x", 0]),
    row("utimes", 235, ["@/tmp/x", 0]),
    row("utimensat", 280, [-100, "@/tmp/x", 0, 0]),
    row("utimensat, a descriptor's", 280, [-1, 0, 0, 0]),
    row("setxattr", 188, ["@/tmp/x", "@user.x", "@x", 1, 0]),
    row("flock", 73, [-1, 2]),
    row("link", 86, ["@/tmp/x", "@/tmp/y"]),
    row("mknod", 133, ["@/tmp/x", 0o10600, 0]),
    row("symlink", 88, ["@/x", "@/tmp/y"]),
    row("truncate", 76, ["@/tmp/x", 0]),
    row("ftruncate", 77, [-1, 0], ctld=EBADF, stored=EBADF),
    row("chroot", 161, ["@/"]),
    row("chdir", 80, ["@/"]),
    row("mount", 165, ["@x", "@/", "@proc", 0, 0]),
    row("memfd_create", 319, ["@x", 0]),
    row("read", 0, [-1, 0, 0], ctld=EBADF, apid=EBADF, resolvd=EBADF,
        stored=EBADF),
    row("pread64", 17, [-1, 0, 0, 0], ctld=EBADF, apid=EBADF, stored=EBADF),
    row("write", 1, [-1, 0, 0], ctld=EBADF, apid=EBADF, stored=EBADF),
    row("writev", 20, [-1, 0, 0], relayd=EBADF),
    row("pwritev2", 328, [-1, 0, 0, 0, 0, 0]),
    row("sendfile", 40, [-1, -1, 0, 0]),
    row("copy_file_range", 326, [-1, 0, -1, 0, 0, 0]),
]

SOCKETS = [
    row("socket, packets", 41, [17, 3, 0]),
    row("socket, vsock", 41, [40, 1, 0]),
    row("socketpair", 53, [1, 1, 0, NOTHING]),
    row("socketpair, packets", 53,
        [1, 5 | O_NONBLOCK | O_CLOEXEC, 0, NOTHING], ctld=OK),
    row("socketpair, packets that block", 53, [1, 5, 0, NOTHING]),
    *rows("socket", 41, {
        "TCP": [2, STREAM, 0], "TCP over IPv6": [10, STREAM, 0]},
        diald=OK, resolvd=OK),
    *rows("socket", 41, {
        "UDP": [2, DGRAM, 0], "UDP over IPv6": [10, DGRAM, 0]}, resolvd=OK),
    *rows("socket", 41, {
        "TCP that blocks": [2, 1, 0], "UDP that blocks": [2, 2, 0],
        "TCP by its number": [2, STREAM, 6], "MPTCP": [2, STREAM, 262],
        "SCTP": [2, STREAM, 132], "ping": [2, DGRAM, 1],
        "raw": [2, RAW, 1], "Unix": [1, STREAM, 0],
        "Unix packets": [1, DGRAM, 0], "netlink": [16, RAW, 0],
        "algorithms": [38, RAW, 0], "Bluetooth": [31, RAW, 0]}),
    row("connect", 42, [-1, LOOPBACK, 16], diald=EBADF, resolvd=EBADF),
    row("bind, IPv4", 49, [-1, ANYWHERE, 16]),
    row("bind, IPv6", 49, [-1, ANYWHERE, 28]),
    row("listen", 50, [-1, 1]),
    row("listen, to one", 50, [-1, 0], ctld=EBADF),
    row("listen, to all", 50, [-1, ALL_BITS]),
    row("accept", 43, [-1, 0, 0]),
    *rows("accept4", 288, {
        "no flags": [-1, 0, 0, 0],
        "non-blocking": [-1, 0, 0, O_NONBLOCK | O_CLOEXEC]},
        apid=EBADF, relayd=EBADF),
    *rows("accept4", 288, {
        "others": [-1, 0, 0, 1], "all": [-1, 0, 0, ALL_BITS],
        "one more": [-1, 0, 0, O_NONBLOCK | O_CLOEXEC | O_ASYNC]}),

    *rows("sendto", 44, sendto(**{"no flags": 0, "no signal": NOSIGNAL,
                                  "no waiting": NOSIGNAL | DONTWAIT}),
          all=EBADF),
    *rows("sendto", 44, sendto(**FAST, **{
        "urgent": OOB, "zero copy": ZEROCOPY, "confirm": CONFIRM})),
    *rows("sendto", 44, {
        "an address": [-1, "@x", 1, 0, LOOPBACK, 16],
        "an address without a length": [-1, "@x", 1, 0, LOOPBACK, 0],
        "a length without an address": [-1, "@x", 1, 0, 0, 16],
        "an address above 4 GiB": [-1, "@x", 1, 0, 1 << 40, 0],
        "fast open to an address": [-1, "@x", 1, FASTOPEN, LOOPBACK, 16],
        "fast open to IPv6": [-1, "@x", 1, FASTOPEN, ANYWHERE, 28]}),
    *rows("sendmsg", 46, sendmsg(**{"no flags": 0, "no signal": NOSIGNAL}),
          ctld=EBADF, apid=EBADF, diald=EBADF),
    row("sendmsg, more", 46, [-1, MESSAGE, NOSIGNAL | MORE], apid=EBADF),
    *rows("sendmsg", 46, sendmsg(**FAST, **{
        "urgent": OOB, "zero copy": ZEROCOPY, "confirm": CONFIRM})),
    row("sendto, end of record", 44, [-1, "@x", 1, EOR | NOSIGNAL, 0, 0],
        relayd=EBADF),
    row("sendmmsg, fast open", 307, [-1, MESSAGE, 1, FASTOPEN]),
    *rows("recvmsg", 47, recvmsg(**{"no flags": 0, "close on exec": CLOEXEC}),
          all=EBADF),
    *rows("recvmsg", 47, recvmsg(**{
        "peek": PEEK, "errors": ERRQUEUE, "urgent": OOB, "all": ALL_BITS})),
    row("recvmmsg", 299, [-1, 0, 0, 0, 0]),
    row("recvfrom, no flags", 45, [-1, 0, 0, 0, 0, 0], apid=EBADF,
        relayd=EBADF),
    row("recvfrom, peek", 45, [-1, 0, 0, PEEK, 0, 0], apid=EBADF,
        relayd=EBADF),
    row("recvfrom, no waiting", 45, [-1, 0, 0, DONTWAIT | PEEK, 0, 0],
        relayd=EBADF),
    *rows("recvfrom", 45, recvfrom(**{
        "errors": ERRQUEUE, "urgent": OOB, "all": ALL_BITS})),
    row("shutdown, reading", 48, [-1, 0], apid=EBADF),
    row("shutdown, writing", 48, [-1, 1], apid=EBADF, relayd=EBADF),
    row("shutdown, writing, upper half", 48, [-1, 1 | UPPER], apid=EBADF,
        relayd=EBADF),
    row("shutdown, both", 48, [-1, 2], ctld=EBADF, apid=EBADF),
    row("shutdown, neither", 48, [-1, 3]),
    row("getsockname", 51, [-1, 0, 0], ctld=EBADF, diald=EBADF,
        resolvd=EBADF),
    row("getpeername", 52, [-1, 0, 0], apid=EBADF, diald=EBADF),
]

OPTIONS = [
    row("setsockopt, linger", 54, option(SOL_SOCKET, 13, CONSTANT, 8),
        relayd=EBADF),
    *rows("setsockopt", 54, {
        "linger, for longer": option(SOL_SOCKET, 13, "#0100000058020000", 8),
        "linger, as it is": option(SOL_SOCKET, 13, "#0100000000000000", 8),
        "linger, beside it": option(SOL_SOCKET, 13, CONSTANT + 4, 8),
        "linger, above it": option(SOL_SOCKET, 13, CONSTANT | 1 << 32, 8)}),
    row("setsockopt, program", 54, option(SOL_SOCKET, 50), relayd=EBADF,
        ctld=EBADF),
    row("setsockopt, no program", 54, option(SOL_SOCKET, 27), relayd=EBADF,
        ctld=EBADF),
    row("setsockopt, no delay", 54, option(TCP, 1), apid=EBADF, diald=EBADF),
    row("setsockopt, cork", 54, option(TCP, 3), apid=EBADF),
    row("setsockopt, user timeout", 54, option(TCP, 18), apid=EBADF),
    *rows("setsockopt", 54, {
        "keep-alive": option(SOL_SOCKET, 9), "keep-alive, idle":
        option(TCP, 4), "keep-alive, interval": option(TCP, 5),
        "keep-alive, probes": option(TCP, 6)}, diald=EBADF),
    row("setsockopt, re-use", 54, option(SOL_SOCKET, 2), ctld=EBADF),
    row("setsockopt, hops", 54, option(IP, 21), ctld=EBADF),
    row("setsockopt, hops of IPv6", 54, option(IPV6, 73), ctld=EBADF),
    row("setsockopt, keep-alive, too short", 54,
        option(SOL_SOCKET, 9, ONE, 1)),
    *rows("setsockopt", 54, {
        "linger, too short": option(SOL_SOCKET, 13, CONSTANT, 4),
        "linger, another level": option(TCP, 13, CONSTANT, 8),
        "no delay, another level": option(SOL_SOCKET, 1),
        "no delay, too long": option(TCP, 1, NOTHING, 8),
        "re-use, too short": option(SOL_SOCKET, 2, ONE, 1),
        "re-use, another level": option(TCP, 2), "re-use of ports":
        option(SOL_SOCKET, 15), "filter": option(SOL_SOCKET, 26, NOTHING, 16),
        "program, too long": option(SOL_SOCKET, 50, NOTHING, 16),
        "program, another level": option(TCP, 50), "group filter":
        option(SOL_SOCKET, 51, NOTHING, 16), "busy poll":
        option(SOL_SOCKET, 46), "mark": option(SOL_SOCKET, 36), "device":
        option(SOL_SOCKET, 25, "@lo", 3), "receive buffer":
        option(SOL_SOCKET, 8), "credentials": option(SOL_SOCKET, 16),
        "zero copy": option(SOL_SOCKET, 60), "TCP MD5":
        option(TCP, 14, NOTHING, 16), "TCP MD5, extended":
        option(TCP, 32, NOTHING, 16), "TCP AO": option(TCP, 38, NOTHING, 16),
        "TCP ULP": option(TCP, 31, "@tls", 3), "TCP fast open":
        option(TCP, 23), "TCP fast open, key": option(TCP, 33, NOTHING, 16),
        "TCP fast open, connect": option(TCP, 30), "TCP fast open, no cookie":
        option(TCP, 34), "TCP repair": option(TCP, 19), "TCP congestion":
        option(TCP, 13, "@cubic", 5), "TCP defer": option(TCP, 9),
        "TCP window": option(TCP, 10), "TCP save SYN": option(TCP, 27), "TLS":
        option(TLS, 1, NOTHING, 16), "IP options": option(IP, 4),
        "IP transparent": option(IP, 19), "IP free bind": option(IP, 15),
        "hops, too short": option(IP, 21, ONE, 1), "hops, another level":
        option(IPV6, 21), "IPv6 only": option(IPV6, 26), "any": option(-1, -1)}),
    row("getsockopt, credentials", 55, [-1, SOL_SOCKET, 17, 0, 0],
        ctld=EBADF, apid=EBADF),
    row("getsockopt, error", 55, [-1, SOL_SOCKET, 4, 0, 0], ctld=EBADF,
        relayd=EBADF, diald=EBADF),
    row("getsockopt, hops", 55, [-1, IP, 21, 0, 0], ctld=EBADF,
        relayd=EBADF),
    *rows("getsockopt", 55, {
        "credentials, of the security module": [-1, SOL_SOCKET, 31, 0, 0],
        "groups": [-1, SOL_SOCKET, 59, 0, 0],
        "credentials, of TCP": [-1, TCP, 17, 0, 0],
        "zero copy": [-1, TCP, 35, 0, 0], "any": [-1, -1, -1, 0, 0]},
        ctld=EBADF),
]

PROCESSES = [
    row("execve", 59, ["@/bin/true", 0, 0]),
    row("execveat", 322, [-100, "@/bin/true", 0, 0, 0]),
    row("fork", 57, []),
    row("vfork", 58, []),
    row("clone, a process", 56, [17, 0, 0, 0, 0]),
    row("clone, a namespace", 56, [0x10000000, 0, 0, 0, 0]),
    row("ptrace", 101, [16, 1, 0, 0]),
    row("process_vm_readv", 310, [1, 0, 0, 0, 0, 0]),
    row("process_vm_writev", 311, [1, 0, 0, 0, 0, 0]),
    row("process_madvise", 440, [-1, 0, 0, 0, 0]),
    row("kill", 62, [1, 0]),
    row("kill itself", 62, [0, 9]),
    row("tkill", 200, [1, 0]),
    row("tgkill", 234, [1, 1, 9]),
    row("tgkill, abort", 234, [1, 1, 6]),
    row("tgkill, no signal", 234, [1, 1, 0]),
    row("rt_sigqueueinfo", 129, [1, 0, 0]),
    row("pidfd_open", 434, [1, 0]),
    row("pidfd_getfd", 438, [-1, 0, 0]),
    row("pidfd_send_signal", 424, [-1, 9, 0, 0]),
    row("getpid", 39, [], stored=OK),
    row("getppid", 110, []),
    row("gettid", 186, []),
    row("rt_sigreturn", 15, []),
    row("setuid", 105, [0]),
    row("setresuid", 117, [0, 0, 0]),
    row("capset", 126, [0, 0]),
    *rows("prctl", 157, {
        "name": [15, "@other", 0, 0, 0], "dumpable": [4, 1, 0, 0, 0],
        "death signal": [1, 0, 0, 0, 0], "tracer": [0x59616d61, -1, 0, 0, 0],
        "read only": [28, 0, 0, 0, 0]}),
    row("arch_prctl", 158, [0x1001, 0]),
    row("seccomp", 317, [0, 0, 0]),
    row("unshare", 272, [0x10000000]),
    row("setns", 308, [-1, 0]),
    row("prlimit64", 302, [0, 7, 0, 0], ctld=OK),
    row("prlimit64, to set", 302, [0, 7, NOTHING, 0]),
    row("prlimit64, another's", 302, [1, 7, 0, 0]),
    row("setrlimit", 160, [7, 0]),
    row("sched_setaffinity", 203, [1, 8, NOTHING]),
    row("setpriority", 141, [0, 0, 0]),
    row("sched_yield", 24, [], ctld=OK, diald=OK),
    row("bpf", 321, [0, 0, 0]),
    row("io_uring_setup", 425, [1, 0]),
    row("perf_event_open", 298, [0, 0, 0, 0, 0]),
    row("userfaultfd", 323, [0]),
    row("keyctl", 250, [0, 0]),
    row("uname", 63, ["#" + "00" * 390], resolvd=OK),
    row("sysinfo", 99, ["#" + "00" * 112], resolvd=OK, ctld=OK),
    row("init_module", 175, [0, 0, 0]),
    row("getrusage, its own", 98, [0, 0], all=EFAULT),
    row("getrusage, children's", 98, [-1, 0]),
    row("gettid by the x32 table", 0x40000000 + 186, []),
    row("sendto by the x32 table", 0x40000000 + 44, [-1, 0, 0, 0, 0, 0]),
    row("getpid by the i386 table", "i386:20", []),
    row("sendto by the i386 table", "i386:369", [-1, 0, 0, 0, 0, 0]),
    row("clone by the i386 table", "i386:120", [17, 0, 0, 0, 0]),
    row("a number that is no call", 1000, []),
]

MEMORY = [
    row("mmap, to write", 9, [0, 4096, RW, PRIVATE, -1, 0], all=OK),
    row("mmap, for later", 9, [0, 4096, 0, PRIVATE | 0x4000, -1, 0], all=OK),
    row("mmap, what is shared", 9, [0, 4096, RW, 1, -1, 0]),
    *rows("mmap", 9, {
        "what is shared, more of it": [0, 8192, RW, 1, -1, 0],
        "what is shared, to read": [0, 4096, 1, 1, -1, 0],
        "what is shared, at an address": [4096, 4096, RW, 0x11, -1, 0],
        "to execute": [0, 4096, RX, PRIVATE, -1, 0],
        "to do both": [0, 4096, RWX, PRIVATE, -1, 0],
        "to execute, upper half": [0, 4096, RX | UPPER, PRIVATE, -1, 0],
        "shared": [0, 4096, RW, 0x21, -1, 0],
        "at an address": [4096, 4096, RW, PRIVATE | 0x10, -1, 0],
        "a file": [0, 4096, 1, 2, 3, 0],
        "huge": [0, 4096, RW, PRIVATE | 0x40000, -1, 0],
        "locked": [0, 4096, RW, PRIVATE | 0x2000, -1, 0],
        "growing down": [0, 4096, RW, PRIVATE | 0x100, -1, 0]}),
    row("mprotect, to write", 10, [0, 0, RW], all=OK),
    *rows("mprotect", 10, {
        "to execute": [0, 4096, RX], "growing": [0, 4096, RW | 0x1000000],
        "to do both": [0, 4096, RWX]}),
    row("pkey_mprotect", 329, [0, 4096, RX, -1]),
    row("mremap", 25, [ABOVE, 0, 0, 1, 0], all=EINVAL),
    *rows("mremap", 25, {"to an address": [ABOVE, 0, 0, 3, 0],
                         "a copy": [ABOVE, 0, 0, 5, 0],
                         "the constant": [CONSTANT, 4096, 8192, 1, 0]}),
    row("munmap", 11, [ABOVE, 4096], all=OK),
    *rows("munmap", 11, {"the constant": [CONSTANT, 4096],
                         "from below it": [0, CONSTANT + 4096],
                         "all": [0, 1 << 46]}),
    row("madvise, free", 28, [0, 0, 4], all=OK),
    *rows("madvise", 28, {
        "shared pages": [0, 0, 12], "poison": [0, 0, 100],
        "off line": [0, 0, 101], "huge": [0, 0, 14], "remove": [0, 0, 9],
        "kept by a fork": [0, 0, 11]}),
    row("brk", 12, [0], all=OK),
    row("futex, wakes nobody", 202, [NOTHING, 129, 1, 0, 0, 0], apid=OK),
    row("futex, waits", 202, [NOTHING, 128, 1, 0, 0, 0]),
]

DESCRIPTORS = [
    row("dup", 32, [-1], apid=EBADF),
    *rows("dup", 32, {"what it accepts on": [5], "the socket": [6]}),
    row("dup2", 33, [-1, 5]),
    row("dup3", 292, [-1, 7, O_CLOEXEC]),
    row("dup3, the socket", 292, [-1, 6, O_CLOEXEC], apid=EBADF),
    row("dup3, the listener", 292, [-1, 5, O_CLOEXEC], apid=EBADF,
        relayd=EBADF),
    row("dup3, inherited", 292, [-1, 5, 0]),
    row("fcntl, flags", 72, [-1, 3, 0], ctld=EBADF, apid=EBADF),
    *rows("fcntl", 72, {
        "whose, of more kinds": [-1, 16, NOTHING], "which signal":
        [-1, 11, 0]}, ctld=EBADF),
    row("fcntl, size of a pipe", 72, [-1, 1031, 4096], relayd=EBADF),
    row("fcntl, lock", 72, [-1, 6, 0], stored=EBADF),
    row("fcntl, is there a lock", 72, [-1, 5, 0], stored=EBADF),
    *rows("fcntl", 72, {
        "dup": [-1, 0, 0],
        "to block": [-1, 4, 0], "to block, for both": [-1, 4, 2],
        "for signals": [-1, 4, O_ASYNC | O_NONBLOCK],
        "to append": [-1, 4, O_APPEND | O_NONBLOCK],
        "past the cache": [-1, 4, O_DIRECT | O_NONBLOCK],
        "inherited": [-1, 2, 0], "close on exec": [-1, 2, 1]}),
    row("fcntl, dup, close on exec", 72, [-1, 1030, 0], ctld=EBADF),
    row("fcntl, not to block", 72, [-1, 4, O_NONBLOCK]),
    *rows("fcntl", 72, {
        "owner": [-1, 8, 1], "signal": [-1, 10, 9], "whose": [-1, 9, 0],
        "owner, of more kinds": [-1, 15, NOTHING], "lease": [-1, 1024, 0],
        "notify": [-1, 1026, 0], "seals": [-1, 1033, 0],
        "open file lock": [-1, 37, 0]}),
    *rows("pipe2", 293, {"plain": [NOTHING, 0], "not to block":
                         [NOTHING, O_NONBLOCK | O_CLOEXEC]}, relayd=OK),
    *rows("pipe2", 293, {"packets": [NOTHING, O_DIRECT],
                         "notices": [NOTHING, 0o200]}),
    row("pipe", 22, [NOTHING]),
    *rows("splice", 275, {"no flags": [-1, 0, -1, 0, 1, 0],
                          "not to block": [-1, 0, -1, 0, 1, 3]},
          relayd=EBADF),
    *rows("splice", 275, {"gift": [-1, 0, -1, 0, 1, 8],
                          "from a place": [-1, NOTHING, -1, 0, 1, 0],
                          "to a place": [-1, 0, -1, NOTHING, 1, 0]}),
    row("tee", 276, [-1, -1, 0, 0]),
    row("vmsplice", 278, [-1, 0, 0, 0]),
    row("ioctl, to type", 16, [0, 0x5412, 0]),
    row("ioctl, unsent", 16, [-1, 0x5411, 0], relayd=EBADF, diald=EBADF),
    *rows("ioctl", 16, {"for signals": [-1, 0x5452, ONE],
                        "owner": [-1, 0x8902, ONE], "not to block":
                        [-1, 0x5421, ONE], "an interface's address":
                        [-1, 0x8915, 0]}),
    *rows("ioctl", 16, {"an interface": [-1, 0x8933, 0],
                        "an interface's name": [-1, 0x8910, 0]},
          resolvd=EBADF),
    *rows("epoll_ctl", 233, {"add": [-1, 1, -1, NOTHING], "change":
                             [-1, 3, -1, NOTHING], "remove": [-1, 2, -1, 0]},
          ctld=EBADF, apid=EBADF, relayd=EBADF, diald=EBADF, resolvd=EBADF),
    row("epoll_create1", 291, [0]),
    row("timerfd_create", 283, [1, 0]),
    row("timerfd_settime", 286, [-1, 1, "#" + "00" * 32, 0], ctld=EBADF,
        relayd=EBADF),
    *rows("timerfd_settime", 286, {
        "relative": [-1, 0, "#" + "00" * 32, 0],
        "cancelled": [-1, 3, "#" + "00" * 32, 0]}),
    row("inotify_init1", 294, [0]),
    row("signalfd4", 289, [-1, NOTHING, 8, 0]),
]

TIME = [
    row("clock_gettime", 228, [1, 0], all=EFAULT),
    row("clock_gettime, another process's", 228, [~1 << 3 | 2, 0],
        ctld=EFAULT),
    *rows("clock_gettime", 228, {
        "another thread's": [~1 << 3 | 6, 0],
        "a device's": [~3 << 3 | 3, 0]}),
    row("getrandom", 318, [0, 0, 1], all=OK),
    row("getrandom, to wait", 318, [0, 0, 2]),
]

EXECVE, GETRUSAGE = (59, "@/bin/true", 0, 0), (98, 0, 0)

TABLE = [*FILES, *SOCKETS, *OPTIONS, *PROCESSES, *MEMORY, *DESCRIPTORS, *TIME]
CELLS = [(role, name, number, args, expected)
         for name, number, args, cells in TABLE
         for role, expected in cells.items() if expected is not None]
