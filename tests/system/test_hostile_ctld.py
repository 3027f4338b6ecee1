# SPDX-License-Identifier: ISC
"""A ctld that has been taken over asks what it may not, and as often as it
likes: toxid lives and answers, or ends it; what it gains is what SECURITY.md
says, and no more."""

import contextlib
import errno
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import time

import pytest
import rig
from privline import (
    EVENTS,
    HERITAGE,
    MAX,
    NOWHERE,
    QUESTION,
    ROLES,
    TYPES,
    VERSION,
    address,
    all_below,
    question,
)
from rig import PATIENCE, wait_until

WITH_FD = ("KEEP",)
UPGRADED, DIED = 1, 2
POLICY = "127.0.0.0/8:20000-29999,[::1]:20000-29999"


def descriptors(t):
    return len(list(rig.descriptors_of(t.pid)))


def ends(t, status=1, seconds=PATIENCE):
    """All of it has gone"""
    below = all_below(t.pid)
    assert t.process.wait(seconds) == status
    assert wait_until(lambda: not any(map(rig.parent_of, below)))


def is_followed(stage, t, *left, of=(DIED,)):
    """It is killed, another begins, and has what it had."""
    following = stage.ctld()
    assert following.start().words("4I")[3] in of
    assert heritage(following, "CHILD") == [child.id for child in left]
    for was in stage.ctlds[:-1]:
        assert wait_until(lambda: rig.parent_of(was.pid) is None)
    assert is_alive(t, following)


def is_alive(t, ctld):
    """It answers, and nothing has died meanwhile."""
    assert t.process.poll() is None
    return ctld.ask("NEWS").error == 0


def news(ctld, event, id):
    """of that child, whatever else there is to hear"""
    def heard():
        a = ctld.ask("NEWS")
        return a.words("2I") == (EVENTS[event], id)
    return wait_until(heard)


@pytest.fixture
def memory():
    fd = os.memfd_create("truth")
    os.write(fd, b"rubbish")
    yield fd
    os.close(fd)


# ---- what is its end

def illegal():
    """(name, has it started, what it says: packets with descriptors)"""
    for kind in TYPES:
        fds = (0,) if kind in WITH_FD else ()
        if kind not in ("START", "END"):
            yield f"{kind} before START", 0, [(question(kind), *fds)]
        yield f"{kind} after END", 1, [(question("END", what=1),),
                                       (question(kind), *fds)]
        wrong = () if fds else (0,)
        state = kind not in ("START",)
        yield f"{kind} with{'' if wrong else 'out'} one", state, [
            (question(kind), *wrong)]
        yield f"{kind} with two", state, [(question(kind), 0, 0)]
    yield "START twice", 1, [(question("START", what=VERSION),)]
    for kind in (0, MAX, 1 << 31, (1 << 32) - 1):
        yield f"type {kind}", 1, [(question(kind),)]
    for size in (1, 4, QUESTION.size - 1):
        yield f"{size} bytes", 1, [(question("NEWS")[:size],)]
    for more in (1, QUESTION.size, 60000):
        yield f"{more} bytes more", 1, [(question("NEWS") + bytes(more),)]
    yield "many descriptors", 1, [(question("NEWS"), *[0] * 200)]
    yield "nothing", 1, [(b"",)]


@pytest.mark.parametrize("name, starts, packets", illegal(),
                         ids=[row[0].replace(" ", "-") for row in illegal()])
def test_what_it_may_not_ask_is_its_end(stage, name, starts, packets):
    with stage.toxid() as t:
        ctld, left = stage.ctld(), []
        if starts:
            ctld.start()
            left = [ctld.ask("SPAWN", what=ROLES["relayd"])]
        for packet, *fds in packets:
            try:
                ctld.say(packet, *fds)
            except BrokenPipeError:
                break
        if "after END" in name:
            ends(t)
        else:
            is_followed(stage, t, *left)
        for child in left:
            child.close()


@pytest.mark.parametrize("starts", (0, 1))
def test_it_is_followed(stage, starts):
    for end in (lambda c: c.line.close(), lambda c: c.exit(0),
                lambda c: os.kill(c.pid, signal.SIGKILL)):
        with stage.toxid() as t:
            ctld, left = stage.ctld(), []
            if starts:
                ctld.start()
                left = [ctld.ask("SPAWN", what=ROLES["relayd"])]
            end(ctld)
            is_followed(stage, t, *left)
            for child in left:
                child.close()
        stage.forget()


def test_one_after_another_is_the_end(stage):
    with stage.toxid() as t:
        for _ in range(9):
            stage.ctld().exit(0)
        ends(t)


def test_questions_without_answers_are_its_end(stage):
    """toxid waits for nobody who does not read."""
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        ctld.line.setblocking(False)
        end = time.monotonic() + PATIENCE
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() < end:
                try:
                    ctld.say(question("NEWS"))
                except BlockingIOError:
                    time.sleep(0.001)
        is_followed(stage, t)


# ---- what it does not get

def test_no_role_but_those_that_there_are(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        for role in (ROLES["ctld"], len(ROLES), 99, 1 << 31, (1 << 32) - 1):
            assert ctld.ask("SPAWN", what=role).error == errno.EINVAL
        first = ctld.ask("SPAWN", what=ROLES["apid"])
        assert first.error == 0
        for _ in range(3):
            again = ctld.ask("SPAWN", what=ROLES["apid"])
            assert (again.error, again.fd) == (errno.EBUSY, None)
        assert len(all_below(t.pid)) == 2
        assert ctld.ask("KILL", id=first.id).error == 0
        first.close()
        assert news(ctld, "DIED", first.id)
        assert ctld.ask("KILL", id=first.id).error == errno.ENOENT
        again = ctld.ask("SPAWN", what=ROLES["apid"])
        assert again.error == 0 and again.id > first.id
        again.close()


def test_spawns_are_bounded(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        ctld.ask("SPAWN", what=ROLES["apid"]).close()
        assert is_alive(t, ctld)  # toxid has closed what it gave away, too
        before, start, errors = descriptors(t), time.monotonic(), []
        while len(errors) < 5000:
            errors.append(ctld.ask("SPAWN", what=ROLES["apid"]).error)
        seconds = time.monotonic() - start
        assert set(errors) <= {errno.EBUSY, errno.EAGAIN}
        assert errors.count(errno.EBUSY) <= 2000 * (int(seconds) + 2)
        assert is_alive(t, ctld) and descriptors(t) == before


def test_it_kills_nobody_but_its_children(stage):
    with stage.toxid() as t, \
            subprocess.Popen(["sleep", "600"]) as stranger:
        ctld = stage.ctld()
        ctld.start()
        child = ctld.ask("SPAWN", what=ROLES["relayd"])
        pid = child.words("Ii")[1]
        for id in (0, 1 << 31, (1 << 32) - 1, t.pid, os.getpid(), ctld.pid,
                   stranger.pid, child.id + 1):
            if id != child.id:
                assert ctld.ask("KILL", id=id).error == errno.ENOENT
        assert is_alive(t, ctld) and stranger.poll() is None
        assert rig.parent_of(pid) == t.pid
        stranger.kill()
        child.close()


BOUND_NOWHERE = [
    *(address(ip, 80) for ip in ("127.0.0.1", "::1")),
    address("127.0.0.1", 30000), address("127.0.0.1", 0),
    address("10.0.0.1", 20001), address("0.0.0.0", 20001),
    address("::", 20001), address("::ffff:0.0.0.0", 20001),
    address("::ffff:10.0.0.1", 20001), address("fe80::1", 20001, scope=1),
    # no addresses at all
    NOWHERE, address("0.0.0.0", 20001, family=5),
    address("127.0.0.1", 20001, family=0),
    address("127.0.0.1", 20001, family=6),
    address("127.0.0.1", 20001, family=255),
    address("127.0.0.1", 20001, rest=b"x"),
    address("127.0.0.1", 20001, scope=1),
    address("127.0.0.1", 20001, zone=b"lo"),
    address("0.0.0.0", 20001, rest=b"\0x"),
    address("::1", 20001, zone=b"x" * 16),
    address("::1", 20001, zone=b"lo"),
    address("::1", 20001, scope=1, zone=b"l\0o"),
]


@pytest.mark.parametrize("args", (("-bind-policy", POLICY), ()))
def test_it_binds_nothing_that_the_command_line_forbids(stage, args):
    addresses = BOUND_NOWHERE if args else BOUND_NOWHERE[10:]
    with stage.toxid(*args) as t:
        ctld = stage.ctld()
        ctld.start()
        mine = ctld.ask("BIND", address=address(*own_address()))
        assert mine.error == 0 and is_alive(t, ctld)
        before, ports = descriptors(t), rig.listening_ports(t.pid)
        for where in addresses:
            for instead in (0, mine.id, mine.id + 1):
                for is_api in (0, 1):
                    if is_api and where[2] == 0:
                        continue  # -port 0
                    a = ctld.ask("BIND", address=where, instead=instead,
                                 is_api=is_api)
                    assert a.error != 0, where
                    assert a.fd is None, where
        assert is_alive(t, ctld)
        assert descriptors(t) == before
        assert rig.listening_ports(t.pid) == ports
        mine.close()


def own_address():
    port = next(p for p in range(20000 + os.getpid() % 9000, 29999)
                if is_free(p))
    return "127.0.0.1", port


def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_the_apis_listener_is_bound_at_one_address(stage):
    port = rig.wide_port()
    with stage.toxid("-bind-policy", "127.0.0.1:1", port=port) as t:
        ctld = stage.ctld()
        ctld.start()

        def bind(port):
            a = ctld.ask("BIND", address=address("127.0.0.1", port), is_api=1)
            a.close()
            return a
        for other in (0, 80, port ^ 1):
            assert bind(other).error == errno.EPERM
        first = bind(port)
        assert first.error == 0
        assert bind(port).error == errno.EADDRINUSE
        for where in (address("127.0.0.2", port), address("::1", port),
                      address("0.0.0.0", port)):
            a = ctld.ask("BIND", address=where, is_api=1, instead=first.id)
            assert (a.error, a.fd) == (errno.EPERM, None)
        again = ctld.ask("BIND", address=address("127.0.0.1", port),
                         is_api=1, instead=first.id)
        assert again.error == 0, "one takes the place of a spoilt one"
        again.close()
        assert ctld.ask("UNBIND", id=again.id).error == 0
        assert ctld.ask("UNBIND", id=first.id).error == 0
        for other in (0, port ^ 1):
            assert bind(other).error == errno.EPERM
        again = bind(port)
        assert again.error == 0, "where it was"
        assert ctld.ask("UNBIND", id=again.id).error == 0
        assert rig.listening_ports(t.pid) == []


def test_listeners_are_known_by_their_ids(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        mine = ctld.ask("BIND", address=address("127.0.0.1", 0))
        assert is_alive(t, ctld)
        before = descriptors(t)
        for kind in ("UNBIND", "RELISTEN"):
            for id in (0, mine.id + 1, t.pid, (1 << 32) - 1):
                a = ctld.ask(kind, id=id)
                assert (a.error, a.fd) == (errno.ENOENT, None)
        assert ctld.ask("RELISTEN", id=mine.id).error == 0
        listener = socket.socket(fileno=mine.fd)
        for error in (0, errno.ENOENT):
            assert ctld.ask("UNBIND", id=mine.id).error == error
        listener.close()
        assert is_alive(t, ctld) and descriptors(t) == before - 1


def test_what_makes_way_is_in_the_way(stage):
    """... or the next one would be beside another program's, by SO_REUSEPORT.
    What stopped listening is nobody else's, and can go on."""
    host, port = rig.own_host(), rig.wide_port()
    with stage.toxid() as t, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((host, port))
        other.listen()
        ctld = stage.ctld()
        ctld.start()
        mine = ctld.ask("BIND", address=address("127.0.0.1", port))
        assert mine.error == 0
        for where in (address(host, port), address("127.0.0.1", port + 1),
                      address("127.0.0.1", 0)):
            a = ctld.ask("BIND", address=where, instead=mine.id)
            assert (a.error, a.fd) == (errno.EADDRINUSE, None)
        socket.create_connection(("127.0.0.1", port)).close()
        new = ctld.ask("BIND", address=address("127.0.0.1", port),
                       instead=mine.id)
        assert new.error == 0 and rig.listening_ports(t.pid) == [port]
        assert ctld.ask("RELISTEN", id=mine.id).error == errno.EADDRINUSE
        assert ctld.ask("UNBIND", id=new.id).error == 0
        new.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with pytest.raises(OSError):
            socket.create_server(("127.0.0.1", port))
        assert ctld.ask("RELISTEN", id=mine.id).error == 0
        socket.create_connection(("127.0.0.1", port)).close()
        mine.close()


def test_a_reference_is_bound_nowhere(stage):
    """... and like a listener, whatever address is said; toxid keeps none."""
    with stage.toxid("-bind-policy", POLICY) as t:
        ctld = stage.ctld()
        ctld.start()
        before = descriptors(t)
        for where, family in ((address("10.0.0.1", 80), socket.AF_INET),
                              (address("::", 80), socket.AF_INET6)):
            a = ctld.ask("REFERENCE", address=where)
            assert a.error == 0
            with socket.socket(fileno=a.fd) as s:
                assert s.family == family and s.getsockname()[1] == 0
                assert s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for where in BOUND_NOWHERE[10:]:
            if where == address("127.0.0.1", 20001, family=6):
                continue  # it is one, of IPv6
            a = ctld.ask("REFERENCE", address=where)
            assert (a.error, a.fd) == (errno.EINVAL, None), where
        assert rig.listening_ports(t.pid) == []
        assert is_alive(t, ctld) and descriptors(t) == before


def test_listeners_are_bounded(stage):
    """Of descriptors some are left for what has to come back."""
    with stage.toxid(preexec_fn=lambda: limit(256)) as t:
        ctld = stage.ctld()
        ctld.start()
        got = []
        for _ in range(400):
            a = ctld.ask("BIND", address=address("127.0.0.1", 0))
            if a.error == 0:
                got.append(a.id)
            a.close()
        assert 100 < len(got) < 256
        child = ctld.ask("SPAWN", what=ROLES["relayd"])
        assert child.error == 0, "what is there comes back"
        child.close()
        for id in got:
            assert ctld.ask("UNBIND", id=id).error == 0
        assert is_alive(t, ctld) and rig.listening_ports(t.pid) == []


@pytest.mark.parametrize("many", range(60, 63))
def test_children_leave_descriptors_for_the_next_ctld(stage, many):
    """... which has to begin with some, whatever the one before it had."""
    with stage.toxid(preexec_fn=lambda: limit(many)) as t:
        ctld = stage.ctld()
        ctld.start()
        while (a := ctld.ask("SPAWN", what=ROLES["relayd"])).error == 0:
            a.close()
        assert a.error == errno.EAGAIN
        ctld.exit(0)
        following = stage.ctld()
        following.start()
        assert following.ask(
            "TAKE", what=HERITAGE["CHILD"], id=0).error == 0
        assert is_alive(t, following)


def limit(n):
    resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


# ---- files

def test_it_opens_no_file_but_those_of_the_command_line(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        for what in (0, 1, 2, 99, (1 << 32) - 1):
            a = ctld.ask("OPEN", what=what)
            assert (a.error, a.fd) == (errno.EINVAL, None)
        assert is_alive(t, ctld)


def test_a_file_is_opened_to_be_read_and_nobody_waits(stage, tmp_path):
    plain, fifo = tmp_path / "plain", tmp_path / "fifo"
    plain.write_text("[]")
    os.mkfifo(fifo)
    for path, error in ((plain, 0), (fifo, 0), (tmp_path / "none", 2)):
        with stage.toxid("-config", str(path)) as t:
            ctld = stage.ctld()
            ctld.start()
            before = descriptors(t)
            for _ in range(50):
                a = ctld.ask("OPEN", what=0)
                assert a.error == error
                assert (a.fd is None) == (error != 0)
                if a.fd is not None:
                    with pytest.raises(OSError):
                        os.write(a.fd, b"x")
                a.close()
            assert is_alive(t, ctld) and descriptors(t) == before


# ---- what an earlier one had, systemd, and people

def test_there_is_nothing_to_take(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        for kind, first in (("MEMORY", 3), ("LISTENER", 0), ("CHILD", 0),
                            ("CLIENT", 0)):
            for nth in (first, first + 1, (1 << 32) - 1):
                a = ctld.ask("TAKE", what=HERITAGE[kind], id=nth)
                assert (a.error, a.fd) == (errno.ENOENT, None)
        for kind in (len(HERITAGE), 99, (1 << 32) - 1):
            assert ctld.ask("TAKE", what=kind).error == errno.EINVAL
        assert is_alive(t, ctld)


def test_systemd_is_told_what_there_are_words_for(stage, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        with stage.toxid(env={"NOTIFY_SOCKET": str(path)}) as t:
            ctld = stage.ctld()
            ctld.start()
            for what in (9, 99, (1 << 32) - 1):
                assert ctld.ask("NOTIFY", what=what).error == errno.EINVAL
            errors = {ctld.ask("NOTIFY", what=7, proxies=(1 << 64) - 1,
                               sessions=(1 << 64) - 1).error
                      for _ in range(2000)}
            assert errors == {0, errno.EAGAIN}, "systemd reads none"
            assert re.fullmatch(
                rb"STATUS=serving: (\d+) proxies, \1 sessions",
                systemd.recv(4096))
            assert is_alive(t, ctld)


def test_nobody_who_has_not_asked_is_told_of_a_reload(stage):
    with stage.toxid() as t, contextlib.ExitStack() as stack:
        ctld = stage.ctld()
        ctld.start()
        asks = stack.enter_context(subprocess.Popen(
            [str(stage.folder / "toxid"), "-reload", str(t.pid)],
            stderr=subprocess.PIPE))
        for id in (0, 99, t.pid, (1 << 32) - 1):
            ctld.ask("RELOADED", id=id, what=1)

        def heard():
            event, who = ctld.ask("NEWS").words("2I")
            return who if event == EVENTS["RELOAD"] else None
        found = []
        assert wait_until(lambda: found.append(heard()) or found[-1])
        for what in (3, 1 << 31, (1 << 32) - 1):
            a = ctld.ask("RELOADED", id=found[-1], what=what)
            assert a.error == errno.EINVAL
        assert asks.poll() is None
        assert ctld.ask("RELOADED", id=found[-1], what=0).error == 0
        assert asks.wait(PATIENCE) == 1
        assert b"nothing has changed" in asks.stderr.read()
        assert is_alive(t, ctld)


# ---- the next program

def test_what_is_kept_is_bounded(stage):
    """... and given back where there will be no next program."""
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        before, errors = descriptors(t), []
        r, w = os.pipe()
        for _ in range(4200):
            errors.append(ctld.ask("KEEP", fd=r).error)
        kept = errors.count(0)
        assert kept <= 4096 and set(errors) <= {0, errno.ENOSPC, errno.EMFILE}
        assert errors == sorted(errors, key=bool), "no more, from then on"
        (stage.folder / "toxid").unlink()
        assert ctld.ask("REPLACE").error == errno.ENOENT
        os.close(r)
        with pytest.raises(BrokenPipeError):
            os.write(w, b"x")
        os.close(w)
        assert is_alive(t, ctld) and descriptors(t) == before


def test_a_descriptor_without_room_is_an_error_and_not_the_end(stage, memory):
    with stage.toxid(preexec_fn=lambda: limit(64)) as t:
        ctld = stage.ctld()
        ctld.start()
        errors = [ctld.ask("KEEP", fd=memory).error for _ in range(80)]
        assert set(errors) == {0, errno.EMFILE}
        assert is_alive(t, ctld)
        # there are some left for who comes next
        assert ctld.ask("TRY").error == 0
        assert stage.ctld().is_trial
        ctld.ask("END_TRIAL")
        ctld.say(question("REPLACE"))
        following = stage.ctld()
        assert following.start().words("4I")[3] == UPGRADED
        assert is_alive(t, following)


def test_one_trial_at_a_time(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        ctld.ask("END_TRIAL")
        before = descriptors(t)
        for _ in range(3):
            assert ctld.ask("TRY").error == 0
            for _ in range(20):
                assert ctld.ask("TRY").error == errno.EBUSY
            trial = stage.ctld()
            assert trial.is_trial
            assert ctld.ask("END_TRIAL").error == 0
            assert wait_until(lambda: ctld.ask("NEWS").words("2Ii") == (
                EVENTS["TRIAL"], 0, signal.SIGKILL))
        assert is_alive(t, ctld) and descriptors(t) == before


def test_a_trial_ends_with_its_ctld(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        assert ctld.ask("TRY").error == 0
        trial = stage.ctld()
        ctld.say(question(0))
        is_followed(stage, t)
        assert wait_until(lambda: rig.parent_of(trial.pid) is None)


def heritage(ctld, kind):
    found, row = [], 0
    while True:
        a = ctld.ask("TAKE", what=HERITAGE[kind], id=row)
        if a.error == errno.ENOENT:
            return found
        assert a.error == 0 and a.fd is not None
        a.close()
        found.append(a.id)
        row = a.row + 1


def test_the_next_program_has_what_this_one_had(stage):
    """... whatever this ctld has written into the journal."""
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        child = ctld.ask("SPAWN", what=ROLES["relayd"])
        listener = ctld.ask("BIND", address=address("127.0.0.1", 0))
        journal = ctld.ask("TAKE", what=HERITAGE["MEMORY"])
        os.pwrite(journal.fd, b"rubbish", 0)
        journal.close()
        assert ctld.ask("KEEP", fd=0).error == 0
        ctld.say(question("REPLACE"))
        for answer in (child, listener):
            answer.close()
        following = stage.ctld()
        assert following.start().words("4I")[3] == UPGRADED
        assert heritage(following, "CHILD") == [child.id]
        assert heritage(following, "LISTENER") == [listener.id]
        journal = following.ask("TAKE", what=HERITAGE["MEMORY"])
        assert os.pread(journal.fd, 9, 0) == b"rubbish"
        journal.close()
        assert len(heritage(following, "CLIENT")) == 1
        new = following.ask("BIND", address=address("127.0.0.1", 0))
        assert new.id > max(child.id, listener.id)
        new.close()
        assert is_alive(t, following)
        assert not rig.parent_of(ctld.pid)


def test_a_client_that_is_handed_on_is_nobody_elses(stage):
    """Its end is seen when the next ctld's apid closes it."""
    ours, theirs = socket.socketpair()
    with stage.toxid() as t, ours:
        ctld = stage.ctld()
        ctld.start()
        assert ctld.ask("KEEP", fd=theirs.fileno()).error == 0
        theirs.close()
        ctld.say(question("REPLACE"))
        following = stage.ctld()
        following.start()
        a = following.ask("TAKE", what=HERITAGE["CLIENT"])
        assert a.error == 0
        a.close()
        ours.settimeout(PATIENCE)
        assert ours.recv(1) == b""
        assert t.process.poll() is None


def test_one_that_dies_of_its_last_question(stage):
    """Whom toxid ends then is nobody else."""
    with subprocess.Popen(["sleep", "600"]) as neighbour, \
            stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        os.kill(t.pid, signal.SIGSTOP)
        stat = pathlib.Path(f"/proc/{t.pid}/stat")
        assert wait_until(lambda: stat.read_text().split()[2] == "T")
        ctld.say(question("REPLACE"))
        ctld.exit(0)
        assert wait_until(lambda: rig.parent_of(ctld.pid) is None)
        os.kill(t.pid, signal.SIGCONT)
        # toxid hears of its death before that question, or after
        is_followed(stage, t, of=(UPGRADED, DIED))
        assert neighbour.poll() is None
        neighbour.kill()


# ---- one that does nothing

@pytest.mark.slow
@pytest.mark.parametrize("how", (
    "never starts", "starts", "has asked for news", "is stopped"))
def test_one_that_does_nothing_is_followed(stage, how):
    with stage.toxid() as t:
        ctld, left = stage.ctld(), []
        if how != "never starts":
            ctld.start()
            left = [ctld.ask("SPAWN", what=ROLES["relayd"])]
        if how in ("has asked for news", "is stopped"):
            ctld.ask("NEWS")
        if how == "is stopped":
            os.kill(ctld.pid, signal.SIGSTOP)
        is_followed(stage, t, *left)
        for child in left:
            child.close()


@pytest.mark.slow
def test_one_that_does_not_go_is_ended(stage):
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        ctld.ask("SPAWN", what=ROLES["relayd"]).close()
        ctld.ask("END", what=1)
        ends(t)


@pytest.mark.slow
@pytest.mark.parametrize("asked", (0, 1))
def test_no_life_is_forgiven_once_the_end_is_asked_for(stage, asked):
    """Nobody is replaced for ever by ctlds that do not see to it."""
    with stage.toxid() as t:
        ctld = stage.ctld()
        ctld.start()
        if asked:
            t.process.send_signal(signal.SIGTERM)
            assert news(ctld, "QUIT", 0)
        for _ in range(8):
            ctld.exit(0)
            ctld = stage.ctld()
        time.sleep(5.5)  # a life
        ctld.exit(0)
        if asked:
            ends(t)
        else:
            is_followed(stage, t)


def test_noise(stage):
    """Each is answered, or its end."""
    with stage.toxid("-bind-policy", POLICY) as t:
        ctld = stage.ctld()
        ctld.start()
        before = descriptors(t)
        end = time.monotonic() + 2
        harmless = [k for k in TYPES
                    if k not in ("START", "END", "KEEP", "TRY", "REPLACE",
                                  "SPAWN", "BIND")]
        n = 0
        while time.monotonic() < end:
            kind = harmless[n % len(harmless)]
            n += 1
            a = ctld.ask(kind, id=n * 7919 % 1000, what=n * 104729 % 20,
                         instead=n, is_api=n, proxies=n, sessions=n)
            a.close()
        assert is_alive(t, ctld) and descriptors(t) == before
