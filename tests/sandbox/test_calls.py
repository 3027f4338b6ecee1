# SPDX-License-Identifier: ISC
"""Which process may make which system call, and with what arguments: every
cell of the table is tried on the running processes of the normal build.

What is not for a process kills it.  Where it is allowed, it is made with a bad
descriptor or a harmless value, and answers with that.

A copy of the process does the call, with the same locks: to start all anew after
each death would take a hundred times as long.  That the process itself dies no
less is seen of each by one call.
"""

import errno

import pytest
from calls import (
    CELLS, DEAD, EFAULT, EXECVE, GETRUSAGE, OK, REFUSED, ROLES, SIGSYS, TABLE)
from rig import wait_until


def test_no_row_is_there_twice():
    names = [name for name, *_ in TABLE]
    assert len(names) == len(set(names))


def is_locked(pid):
    with open(f"/proc/{pid}/status") as f:
        return "\nSeccomp:\t2\n" in f.read()


class Victims:
    """Processes to do calls: for all tests the same, or where there are no
    copies of them new ones for each"""

    def __init__(self, start, may_stay):
        self.start, self.may_stay, self.pids = start, may_stay, None

    def set_up(self):
        self.start.end()
        self.t = self.start("-spares", "1")
        self.t.proxy("p", "127.0.0.1:1")
        self.pids = {}
        for role in sorted(ROLES, key="worker".__ne__):  # no spare any more
            self.pids[role] = self.t.child(ROLES[role])
        for pid in self.pids.values():
            assert wait_until(lambda: is_locked(pid))

    def pid(self, role):
        if self.pids is None or not self.may_stay:
            self.set_up()
        return self.pids[role]

    def did_not_notice(self):
        assert self.pids == {
            role: self.t.child(title) for role, title in ROLES.items()}


@pytest.fixture(scope="module")
def victims(start_once, inject_in_copy):
    v = Victims(start_once, inject_in_copy is not None)
    yield v
    if v.may_stay:
        v.did_not_notice()


def is_expected(outcome, expected):
    verb, value = outcome
    if expected == DEAD:
        return outcome == ("killed by", SIGSYS)
    if expected == OK:
        return verb == "returned" and value >= 0
    if expected == REFUSED:
        return verb == "returned" and -value in (errno.ENOENT, errno.EACCES)
    return outcome == ("returned", -expected)


@pytest.mark.parametrize("role, name, number, args, expected", CELLS,
                         ids=[f"{c[0]}: {c[1]}" for c in CELLS])
def test_call(victims, inject, inject_in_copy, role, name, number, args,
              expected):
    do = inject_in_copy or inject
    outcome = do(victims.pid(role), number, *args)
    assert is_expected(outcome, expected), outcome


@pytest.mark.parametrize("role", ROLES)
def test_the_process_itself_dies_no_less(start, inject, inject_in_copy, role):
    """... also once it has had a copy, for which its filter was suspended"""
    t = start("-spares", "1")
    if role == "worker":
        t.proxy("p", "127.0.0.1:1")
    pid = t.child(ROLES[role])
    assert wait_until(lambda: is_locked(pid))
    if inject_in_copy is not None:
        assert inject_in_copy(pid, *EXECVE) == ("killed by", SIGSYS)
    assert inject(pid, *GETRUSAGE) == ("returned", -EFAULT)
    assert t.child(ROLES[role]) == pid
    assert inject(pid, *EXECVE) == ("killed by", SIGSYS)
