# SPDX-License-Identifier: ISC
"""Who sends many whole requests at once has them in his own way: another's,
that comes with them, is not behind them all."""

import contextlib
import json
import os
import signal
import socket

import pytest
from lab import TOKENS, Lab
from rig import PATIENCE

MANY = 300
BODY = json.dumps({"enabled": False})


def request(who):
    return (f"POST /proxies/{who} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {TOKENS[who]}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n{BODY}").encode()


def reply(s):
    with s.makefile("rb") as f:
        status = f.readline().split()[1]
        length = 0
        while (line := f.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        f.read(length)
    return int(status)


@contextlib.contextmanager
def stopped(lab):
    """apid; and toxid, which would see that"""
    pids = [lab.pid, lab.child("apid")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("last", [True, False], ids=["last", "amid"])
def test_another_is_not_behind_a_crowd(tmp_path, last):
    with Lab(tmp_path) as lab, contextlib.ExitStack() as stack:
        def connected(who, address):
            s = stack.enter_context(socket.create_connection(
                (lab.host, lab.port), PATIENCE, (address, 0)))
            s.sendall(request(who))
            assert reply(s) == 200
            return s

        for who in "ab":
            lab.make(who, who, "127.0.0.1:9")
        crowd = [connected("a", "127.7.7.7") for _ in range(MANY)]
        other = connected("b", "127.0.0.1")
        lab.read_to_here()
        before = len(lab.audit(request="PROXY_UPDATE"))
        sent = crowd + [other] if last else crowd[:150] + [other] + crowd[150:]
        with stopped(lab):
            for s in sent:
                s.sendall(request("b" if s is other else "a"))
        assert {reply(s) for s in sent} == {200}  # nobody is forgotten
        lab.read_to_here()
        tenants = [line["tenant"] for line in
                   lab.audit(request="PROXY_UPDATE")[before:]]
        assert tenants.count("a") == MANY and tenants.count("b") == 1
        assert tenants.index("b") < MANY // 4
