# SPDX-License-Identifier: ISC
"""First packets of clients that are lost: connects take whole seconds."""

import os
import signal
import socket
import struct
import threading
import time

import pytest
from losses import ROWS, do_without, maps_of, rows_of
from rig import PATIENCE, Toxid, wait_until
from test_relay_ends import expect
# pylint: disable-next=unused-import
from test_tcp_loss import able, line, sent_again

SYNS = 24  # see proto/loss_row.h: syns, syns_lost


def lose(toxid, share, name="p"):
    return toxid.request("PATCH", f"/proxies/{name}", {
        "connect": {"syn_loss": share} if share else {}})


def counted(toxid):
    map_id, = (at for at, kind in maps_of(toxid.pid).items() if kind == ROWS)
    return [sum(n) for n in zip(*(struct.unpack_from("<QQ", row, SYNS)
                                  for row in rows_of(map_id)))]


def connect(address, patience=PATIENCE):
    """Seconds that it takes, and packets that were sent again for it; None: more
    than one has patience for"""
    began = time.monotonic()
    with socket.socket() as sock:
        sock.settimeout(patience)
        try:
            sock.connect(address)
        except TimeoutError:
            return None
        return time.monotonic() - began, sent_again(sock)


def seconds(address, patience=PATIENCE):
    took = connect(address, patience)
    return took and took[0]


def loses_none(line):
    lost = counted(line.toxid)[1]
    return seconds(line.address) is not None and \
        counted(line.toxid)[1] == lost


def of_many(address, n):
    took = []
    threads = [threading.Thread(
        target=lambda: took.append(connect(address))) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def test_connects_take_whole_seconds(line):
    shown = expect(200, lose(line.toxid, 0.4)).json()
    assert shown["connect"] == {"syn_loss": 0.4}
    took = of_many(line.address, 80)
    # so many whole seconds, and what the machine took over it besides
    assert all(t >= 0.9 * again for t, again in filter(None, took)), took
    late = [t for t in took if t is None or t[1] > 0]
    assert 8 < len(late) < 60, took
    syns, lost = counted(line.toxid)
    assert abs(lost - 0.4 * syns) <= 0.1 * syns + 5 * (0.24 * syns) ** 0.5, (
        syns, lost)


def test_all_are_lost_until_none_is(line):
    client, server = line.open("upstream")
    expect(200, lose(line.toxid, 1))
    assert seconds(line.address, 1.5) is None
    # who is there has his packets
    client.sendall(b"x")
    assert server.recv(1) == b"x"
    took = []
    waits = threading.Thread(target=lambda: took.append(seconds(line.address)))
    lost = counted(line.toxid)[1]
    waits.start()
    assert wait_until(lambda: counted(line.toxid)[1] > lost)
    answer = expect(200, lose(line.toxid, 0)).json()
    assert "connect" not in answer
    waits.join()
    assert 0.9 < took[0]
    assert loses_none(line)


def test_a_halt_loses_none(line):
    expect(200, lose(line.toxid, 1))
    expect(200, line.toxid.request("POST", "/halt"))
    assert loses_none(line)
    expect(200, line.toxid.request("POST", "/resume"))
    assert seconds(line.address, 1.5) is None


def test_it_goes_on_whoever_dies(line):
    expect(200, lose(line.toxid, 1))
    worker = line.toxid.worker("p")
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: line.toxid.worker("p") not in (None, worker))
    os.kill(line.toxid.ctld, signal.SIGKILL)
    assert wait_until(lambda: any(
        entry["message"] == "Control process was replaced"
        for entry in line.toxid.log()))
    assert seconds(line.address, 1.5) is None
    expect(200, lose(line.toxid, 0))
    assert loses_none(line)
    assert not [entry for entry in line.toxid.log()
                if entry["message"].startswith("Listener was spoilt")]


def test_it_is_kept(tmp_path):
    with Toxid("-state", str(tmp_path)) as toxid:
        toxid.proxy("p", "127.0.0.1:1")
        if lose(toxid, 0.1).status == 400:
            pytest.skip("tcp_loss cannot be had")
    with Toxid("-state", str(tmp_path)) as toxid:
        assert toxid.request("GET", "/proxies/p").json()["connect"] == {
            "syn_loss": 0.1}


def test_without_the_capabilities_it_is_refused():
    if os.geteuid() != 0:
        pytest.skip("needs root, to do without what it may")
    with Toxid(preexec_fn=do_without) as toxid:
        toxid.proxy("p", "127.0.0.1:1")
        refused = lose(toxid, 0.1)
        assert refused.status == 400
        assert b"CAP_BPF and CAP_PERFMON" in refused.body
        assert "connect" not in toxid.request("GET", "/proxies/p").json()
        assert toxid.request("POST", "/proxies", {
            "name": "new", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
            "connect": {"syn_loss": 0.1}}).status == 400
