# SPDX-License-Identifier: ISC
"""What a process that was taken over makes of its listening socket: it gets no
further by it, and who comes after it does not inherit it.

A test has the same socket by pidfd_getfd(2), and does to it what the process
itself may not."""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import socket
import struct
import tempfile

import pytest
from peers import Echo
from rig import address_of, needs_ipv6, own_host, own_port, wait_until

SHUTDOWN, SENDTO, SENDMSG, SETSOCKOPT, FCNTL, DUP3 = 48, 44, 46, 54, 72, 292
PIDFD_OPEN, PIDFD_GETFD = 434, 438
FASTOPEN, NOSIGNAL = 0x20000000, 0x4000
TCP_MD5SIG = 14
SIGSYS = 31
LINGER = struct.pack("ii", 1, 0)
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *args):
    r = libc.syscall(number, *args)
    if r == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return r


def listener_of(pid, is_local=False):
    """(its number there, a copy of the only one of such that it has)"""
    pidfd = call(PIDFD_OPEN, pid, 0)
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
                continue
            s = socket.socket(fileno=call(PIDFD_GETFD, pidfd, int(name), 0))
        except OSError as error:  # of a session that has just ended
            if error.errno not in (errno.ENOENT, errno.EBADF):
                raise
            continue
        if (s.family == socket.AF_UNIX) == is_local and s.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            found.append((int(name), s))
        else:
            s.close()
    os.close(pidfd)
    assert len(found) == 1
    return found[0]


@pytest.fixture
def echo():
    with Echo() as e:
        yield e


@pytest.fixture
def daemon(start, echo):
    t = start("-spares", "1")
    t.proxy("p", echo.address)
    t.proxy("q", echo.address)
    return t


@pytest.fixture
def secret():
    """Whom nobody is to reach but who is told so"""
    with socket.create_server(("127.0.0.1", 0)) as s:
        yield s


def hex_address(sock):
    ip, port = sock.getsockname()
    return struct.pack("!HH", 0x0200, port).hex() + \
        socket.inet_aton(ip).hex() + "00" * 8


# Whose listener, which process, and how to see that it serves
CHILDREN = {"worker": "relayd [p]", "apid": "apid"}


@pytest.fixture(params=CHILDREN)
def victim(request, daemon):
    v = lambda: None  # noqa: E731
    v.daemon, v.title = daemon, CHILDREN[request.param]
    v.pid = daemon.child(v.title)
    v.number, v.listener = listener_of(v.pid)
    yield v
    v.listener.close()


def proxy_works(t, name):
    with t.connect(name) as s:
        s.sendall(b"x")
        return s.recv(1) == b"x"


def works(v):
    """By another process than the victim"""
    try:
        return proxy_works(v.daemon, "p") and \
            v.pid not in v.daemon.children().get(v.title, [])
    except OSError:
        return False


# ---- the way out

REACHES = {
    "sendto": lambda a: (SENDTO, "@x", 1, FASTOPEN, f"#{a}", 16),
    "sendmsg": lambda a: (SENDMSG, f"!{a}", FASTOPEN),
    "sendmsg, no signal": lambda a: (SENDMSG, f"!{a}", FASTOPEN | NOSIGNAL),
    "sendmsg, upper half": lambda a: (SENDMSG, f"!{a}", FASTOPEN | 1 << 32),
    "sendto, no flags": lambda a: (SENDTO, "@x", 1, 0, f"#{a}", 16),
    "sendmsg, no flags": lambda a: (SENDMSG, f"!{a}", 0),
}


def lives(v):
    return os.path.exists(f"/proc/{v.pid}/fd/{v.number}")


@pytest.mark.parametrize("way", REACHES)
def test_it_reaches_nobody(victim, inject, secret, way):
    """... by a listener that does not listen any more, whoever has ended it"""
    shut_down(victim.listener)
    number, *args = REACHES[way](hex_address(secret))
    try:
        verb, value = inject(victim.pid, number, victim.number, *args)
        assert verb == "killed by" or value < 0
    except AssertionError:
        assert wait_until(lambda: not lives(victim)), \
            "it was not ctld's doing"
    assert not select.select([secret], [], [], 0.05)[0]
    assert wait_until(lambda: works(victim))


# All that its filter may let it do to others: with the number as it is, and
# with more above what the kernel looks at.
CHANGES = {
    "shutdown, reading": (SHUTDOWN, 0),
    "shutdown, writing": (SHUTDOWN, 1),
    "shutdown, both": (SHUTDOWN, 2),
    "linger": (SETSOCKOPT, socket.SOL_SOCKET, socket.SO_LINGER,
               "#" + LINGER.hex(), 8),
    "no delay": (SETSOCKOPT, socket.IPPROTO_TCP, socket.TCP_NODELAY,
                 "#00000000", 4),
    "cork": (SETSOCKOPT, socket.IPPROTO_TCP, socket.TCP_CORK, "#01000000", 4),
    "to block": (FCNTL, fcntl.F_SETFL, 0),
    "a copy": (FCNTL, fcntl.F_DUPFD, 0),
    "another copy": (DUP3, 20, os.O_CLOEXEC),
}


@pytest.mark.parametrize("upper", [0, 1 << 32], ids=["", "upper half"])
@pytest.mark.parametrize("change", CHANGES)
def test_it_may_not_touch_its_own(victim, inject, change, upper):
    number, *args = CHANGES[change]
    assert inject(victim.pid, number, victim.number | upper, *args) == (
        "killed by", SIGSYS)
    assert is_as_new(victim.listener)
    assert wait_until(lambda: works(victim))
    victim.daemon.read_to_here()
    assert faults(victim.daemon) == []


def test_a_worker_that_drains_can_end_its_sessions(start, echo):
    """None of them has got the number that its listener had."""
    t = start("-drain", "60")
    t.proxy("p", echo.address)
    t.toxic("p", "reset_peer", timeout=300)
    sessions = [t.connect("p")]
    t.process.send_signal(signal.SIGTERM)
    sessions[0].sendall(b"x")
    with pytest.raises(ConnectionResetError):
        while sessions[0].recv(1):
            pass
    assert t.ends(60) == 0
    assert SIGSYS not in [line.get("signal") for line in t.log()]


def test_the_way_is_there_for_who_may(secret):
    """... or nothing would have been shown"""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        s.shutdown(socket.SHUT_RDWR)
        s.sendto(b"x", FASTOPEN, secret.getsockname())
        assert select.select([secret], [], [], 5)[0]


# ---- what is left behind

def shut_down(s):
    s.shutdown(socket.SHUT_RDWR)


def linger(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)


def block(s):
    fcntl.fcntl(s, fcntl.F_SETFL, 0)


def signals(s):
    fcntl.fcntl(s, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)


def cork(s):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)


def no_reuse(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)


def owner(s):
    fcntl.fcntl(s, fcntl.F_SETOWN, os.getpid())


def signal_number(s):
    fcntl.fcntl(s, fcntl.F_SETSIG, signal.SIGKILL)


def option(name, level, number, value):
    def spoil(s):
        s.setsockopt(level, number, value)

    spoil.__name__ = name
    return spoil


# Some of those that no child may set
SOCKET, TCP, IP = socket.SOL_SOCKET, socket.IPPROTO_TCP, socket.IPPROTO_IP
OTHERS = [option(*o) for o in [
    ("receive buffer", SOCKET, socket.SO_RCVBUF, 4096),
    ("low water", SOCKET, socket.SO_RCVLOWAT, 100000),
    ("debug", SOCKET, socket.SO_DEBUG, 1),
    ("out of band", SOCKET, socket.SO_OOBINLINE, 1),
    ("not routed", SOCKET, socket.SO_DONTROUTE, 1),
    ("mark", SOCKET, socket.SO_MARK, 7),
    ("drops", SOCKET, 40, 1),
    ("error queue", SOCKET, 45, 1),
    ("deferred", TCP, socket.TCP_DEFER_ACCEPT, 60),
    ("segments", TCP, socket.TCP_MAXSEG, 100),
    ("fast open", TCP, socket.TCP_FASTOPEN, 5),
    ("no cookie", TCP, 34, 1),
    ("delay", TCP, 37, 100000),
    ("options", IP, socket.IP_OPTIONS, bytes([1, 1, 1, 0])),
    ("free bind", IP, 15, 1),
    ("packets", IP, 8, 1),
    ("hops", IP, 21, 200)]]


def everything(s):
    for spoil in SPOILS:
        spoil(s)


SPOILS = [linger, block, signals, cork, no_reuse, shut_down]


def is_as_new(s):
    return (s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1 and
            s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[:4] ==
            bytes(4) and
            s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1 and
            s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CORK) == 0 and
            fcntl.fcntl(s, fcntl.F_GETFL) == os.O_RDWR | os.O_NONBLOCK)


def end(pid):
    """... unless ctld was faster"""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def faults(t):
    return [line["fault"] for line in t.log() if "fault" in line]


@pytest.mark.parametrize("spoil", [
    *SPOILS, everything, owner, signal_number, *OTHERS],
    ids=lambda f: f.__name__)
def test_the_next_one_gets_it_as_new(victim, spoil):
    address = victim.listener.getsockname()
    with victim.daemon.connect("q") as other:
        spoil(victim.listener)
        end(victim.pid)
        assert wait_until(lambda: works(victim))
        other.sendall(b"x")
        assert other.recv(1) == b"x"
    assert wait_until(lambda: len(faults(victim.daemon)) == 1)
    _, now = listener_of(victim.daemon.child(victim.title))
    with now:
        assert now.getsockname() == address
        assert is_as_new(now)
    victim.listener.close()


@pytest.mark.parametrize("spoil", [linger, shut_down, everything],
                         ids=lambda f: f.__name__)
@pytest.mark.parametrize("listen", [
    ":0", "0.0.0.0:0", "localhost:0", *(
        pytest.param(six, marks=needs_ipv6) for six in (
            "[::]:0", "[::1]:0", "[::1%lo]:0"))])
def test_at_any_address(start, echo, listen, spoil):
    """... while a session that came in there goes on"""
    t = start("-spares", "1")
    shown = t.proxy("p", echo.address, listen)["listen"]
    t.proxy("q", echo.address)
    pid = t.child("relayd [p]")
    _, listener = listener_of(pid)
    address = listener.getsockname()
    with listener, t.connect("p") as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        spoil(listener)
        end(pid)
        assert wait_until(lambda: t.children().get("relayd [p]", [pid]) != [
            pid] and proxy_works_now(t, "p"))
    assert wait_until(lambda: len(faults(t)) == 1)
    assert t.request("GET", "/proxies/p").json()["listen"] == shown
    _, now = listener_of(t.child("relayd [p]"))
    with now:
        assert now.getsockname() == address
        assert is_as_new(now)


def backlog_of(s):
    """tcpi_sacked, of a socket that listens"""
    return struct.unpack("28xI", s.getsockopt(TCP, socket.TCP_INFO, 32))[0]


def test_its_backlog_is_what_it_was(victim):
    """... which is no option"""
    before = victim.listener
    tall = backlog_of(before)
    before.listen(1)
    assert backlog_of(before) == 1 < tall
    os.kill(victim.pid, signal.SIGKILL)
    assert wait_until(lambda: works(victim))
    _, now = listener_of(victim.daemon.child(victim.title))
    with now:
        assert backlog_of(now) == tall


def test_one_that_was_not_spoilt_is_kept(victim):
    """... with who waits in its backlog"""
    inode = os.fstat(victim.listener.fileno()).st_ino
    waiting = socket.create_connection(
        address_of("127.0.0.1:%d" % victim.listener.getsockname()[1]))
    os.kill(victim.pid, signal.SIGKILL)
    assert wait_until(lambda: works(victim))
    waiting.close()
    victim.daemon.read_to_here()
    assert faults(victim.daemon) == []
    _, now = listener_of(victim.daemon.child(victim.title))
    with now:
        assert os.fstat(now.fileno()).st_ino == inode


def test_a_key_for_its_clients_kills_it(victim, inject):
    """TCP_MD5SIG cannot be read, and so not be found afterwards."""
    key = "02000000" + "00" * 12 + "00" * 112 + "00000400" + "00" * 84
    assert inject(victim.pid, SETSOCKOPT, victim.number, socket.IPPROTO_TCP,
                  TCP_MD5SIG, f"#{key}", 216) == ("killed by", SIGSYS)
    assert wait_until(lambda: works(victim))
    victim.daemon.read_to_here()
    assert faults(victim.daemon) == []


# ---- one that lives

def test_whose_listener_does_not_listen_is_replaced(victim):
    shut_down(victim.listener)
    assert wait_until(lambda: works(victim))
    assert wait_until(lambda: "its listener does not listen" in [
        line.get("reason") for line in victim.daemon.log()])
    assert wait_until(
        lambda: faults(victim.daemon) == ["it does not listen"])


def test_where_it_was_stolen_it_is_tried_again(daemon):
    pid = daemon.child("relayd [p]")
    _, listener = listener_of(pid)
    with listener:
        address = listener.getsockname()
        # or toxid would have it back before it is stolen
        os.kill(daemon.pid, signal.SIGSTOP)
        shut_down(listener)
        with socket.create_server(address):
            end(pid)
            os.kill(daemon.pid, signal.SIGCONT)
            assert wait_until(lambda: any(
                line["message"] == "Listener cannot be replaced: trying again"
                for line in daemon.log()))
            assert proxy_works(daemon, "q")
    assert wait_until(lambda: proxy_works_now(daemon, "p"))


def proxy_works_now(t, name):
    try:
        return proxy_works(t, name)
    except OSError:
        return False


def test_an_upgrade_takes_no_spoilt_one(daemon):
    """What apid had goes to an apid of the next program."""
    pid = daemon.child("apid")
    _, listener = listener_of(pid)
    with listener:
        linger(listener)
    os.kill(daemon.pid, signal.SIGUSR2)
    assert wait_until(lambda: any(
        line["message"] == "Upgraded" for line in daemon.log()))
    assert wait_until(lambda: pid != daemon.child("apid"))
    daemon.wait_until_up()
    _, now = listener_of(daemon.child("apid"))
    with now:
        assert is_as_new(now)
    assert wait_until(lambda: faults(daemon) == ["SO_LINGER"])


def test_who_takes_a_place_by_a_reload_gets_it_as_new(start, echo):
    """... which the one before it has had until then."""
    def say(file, upstream):
        file.write(json.dumps([{
            "name": "p", "listen": f"{own_host()}:{port}",
            "upstream": upstream}]).encode())
        file.flush()
    port = own_port()
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o644)
        say(file, "127.0.0.1:9")
        t = start("-config", file.name)
        pid = t.child("relayd [p]")
        _, listener = listener_of(pid)
        with listener:
            linger(listener)
        file.seek(0)
        file.truncate()
        say(file, echo.address)
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: proxy_works_now(t, "p"))
        assert t.child("relayd [p]") != pid
        _, now = listener_of(t.child("relayd [p]"))
        with now:
            assert is_as_new(now)
        assert wait_until(lambda: faults(t) == ["SO_LINGER"])
