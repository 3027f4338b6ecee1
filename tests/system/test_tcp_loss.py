# SPDX-License-Identifier: ISC
"""Segments that the network loses, and TCP sends again."""

import contextlib
import hashlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import threading

import pytest
from constants import constant
from losses import CAPABILITIES, counted, do_without, maps_of
from rig import PATIENCE, Toxid, address_of, wait_until
from test_relay_ends import STREAMS, expect, receive
from tracing import strace

MSS = 1448
PROGRAMS = constant("LOSS_POOL")
RETRANSMITTED = 100  # of struct tcp_info: tcpi_total_retrans
both_ways = pytest.mark.parametrize("stream", STREAMS)


def lacks(toxid):
    loss = toxid.request("GET", "/health").json()["capabilities"]["tcp_loss"]
    return None if loss["available"] else loss["lacks"]


@pytest.fixture
def able(toxid):
    if why := lacks(toxid):
        pytest.skip(f"tcp_loss: {why}")
    return toxid


def small(sock):
    """Of loopback's segments, which are 64 KB: as on a wire"""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, MSS)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    sock.settimeout(PATIENCE)


class Line:
    """A proxy, and sessions through it whose segments are short"""

    def __init__(self, toxid, name="p"):
        self.toxid, self.name, self.socks = toxid, name, []
        self.listener = socket.socket()
        small(self.listener)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        port = self.listener.getsockname()[1]
        self.address = address_of(
            toxid.proxy(name, f"127.0.0.1:{port}")["listen"])

    def open(self, stream):
        """(source, destination)"""
        client = socket.socket()
        small(client)
        client.connect(self.address)
        server, _ = self.listener.accept()
        server.settimeout(PATIENCE)
        self.socks += [client, server]
        # what has come before the worker knows of its upstream is there
        assert wait_until(lambda: not self.toxid.request(
            "GET", f"/proxies/{self.name}/sessions?state=dialling").json()[
                "sessions"])
        return (client, server) if stream == "upstream" else (server, client)

    def toxic(self, stream, toxicity=1, **attributes):
        return self.toxid.toxic(self.name, "tcp_loss", stream=stream,
                                toxicity=toxicity, **attributes)

    def close(self):
        for sock in [self.listener, *self.socks]:
            sock.close()


@pytest.fixture
def line(able):
    line = Line(able)
    yield line
    line.close()


def sent_again(sock):
    """Packets, by its kernel"""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("<I", info, RETRANSMITTED)[0]


def send_all(source, destination, size):
    """It arrives whole; how many segments were sent again"""
    data, came = os.urandom(1 << 20) * (size >> 20), hashlib.sha256()

    def send():
        source.sendall(data)
        source.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    while piece := destination.recv(1 << 20):
        came.update(piece)
    sender.join()
    assert came.digest() == hashlib.sha256(data).digest()
    return sent_again(source)


# ---- how much


@both_ways
@pytest.mark.parametrize("loss, mib", [
    pytest.param(0.001, 1000, marks=pytest.mark.slow),
    (0.01, 150), (0.05, 32),
    pytest.param(0.1, 12, marks=pytest.mark.slow)])
def test_the_share_is_lost_and_nothing_is_missing(line, stream, loss, mib):
    """Within a tenth, and five standard deviations more for what chance may
    do; and what is lost is sent again."""
    line.toxic(stream, loss=loss)
    seen = lost = again = 0
    for _ in range(4):
        again += send_all(*line.open(stream), mib // 4 << 20)
    seen, lost = counted(line.toxid.pid)[stream]
    expected = seen * loss
    assert abs(lost - expected) <= 0.1 * expected + 5 * expected ** 0.5, (
        seen, lost)
    assert again >= lost * 0.5
    other = next(s for s in STREAMS if s != stream)
    assert counted(line.toxid.pid)[other][1] == 0


@both_ways
def test_bursts_lose_their_share(line, stream):
    """Gilbert and Elliott's: p / (p + r) of all segments are in a burst"""
    line.toxic(stream, p=0.01, r=0.5, h=0.2, k=1)
    for _ in range(3):
        send_all(*line.open(stream), 12 << 20)
    seen, lost = counted(line.toxid.pid)[stream]
    expected = seen * 0.8 * 0.01 / 0.51
    # five standard deviations: what a burst loses has a mean of 1.6 and a mean
    # square of 4.2
    assert abs(lost - expected) <= 5 * (2.6 * expected) ** 0.5, (seen, lost)


def test_what_is_good_may_lose_too(line):
    line.toxic("upstream", p=0.5, r=0.5, h=0.98, k=0.98)
    send_all(*line.open("upstream"), 40 << 20)
    seen, lost = counted(line.toxid.pid)["upstream"]
    assert 0.75 * 0.02 < lost / seen < 1.25 * 0.02


def test_a_rate_of_none_loses_none(line):
    line.toxic("upstream", loss=0)
    send_all(*line.open("upstream"), 64 << 20)
    seen, lost = counted(line.toxid.pid)["upstream"]
    assert seen > 0 and lost == 0


# ---- live


def is_stuck(source, destination):
    source.sendall(b"x")
    destination.settimeout(0.5)
    try:
        return destination.recv(1) == b""
    except TimeoutError:
        return True
    finally:
        destination.settimeout(PATIENCE)


def flows(source, destination):
    """... however long this machine takes over it"""
    source.sendall(b"x")
    return receive(destination, 1) == b"x"


def test_an_answer_is_lost_however_soon_it_comes(line):
    """... to what the client had said before there was an upstream, by a
    worker that is slow to say which are lost"""
    line.toxic("downstream", loss=1)
    slow = subprocess.Popen(
        ["strace", "-e", "inject=setsockopt:delay_enter=300000",
         "-p", str(line.toxid.worker("p"))],
        stderr=subprocess.PIPE, text=True)
    assert "attached" in slow.stderr.readline()
    with socket.create_connection(line.address) as client:
        client.sendall(b"x")
        server, _ = line.listener.accept()
        with server:
            assert receive(server, 1) == b"x"
            server.sendall(b"y")
            client.settimeout(1)
            with pytest.raises(TimeoutError):
                client.recv(1)
    slow.kill()
    slow.communicate(timeout=PATIENCE)


@both_ways
def test_it_begins_and_ends_on_an_open_session(line, stream):
    source, destination = line.open(stream)
    assert flows(source, destination)
    line.toxic(stream, loss=1)
    assert is_stuck(source, destination)
    expect(204, line.toxid.request(
        "DELETE", f"/proxies/p/toxics/tcp_loss_{stream}"))
    assert receive(destination, 1) == b"x"  # the kernel has it still
    assert flows(source, destination)


def test_a_new_rate_counts_at_once(line):
    source, destination = line.open("upstream")
    line.toxic("upstream", loss=1)
    assert is_stuck(source, destination)
    expect(200, line.toxid.request(
        "PATCH", "/proxies/p/toxics/tcp_loss_upstream",
        {"attributes": {"loss": 0}}))
    assert receive(destination, 1) == b"x"


def test_toxicity_is_drawn_for_each_session(line):
    line.toxic("upstream", toxicity=0.5, loss=1)
    stuck = sum(is_stuck(*line.open("upstream")) for _ in range(24))
    assert 2 <= stuck <= 22


def test_halted_it_loses_nothing(line):
    line.toxic("upstream", loss=1)
    source, destination = line.open("upstream")
    assert is_stuck(source, destination)
    expect(200, line.toxid.request("POST", "/halt"))
    assert receive(destination, 1) == b"x"
    expect(200, line.toxid.request("POST", "/resume"))
    assert is_stuck(source, destination)


def test_bulk_goes_on_without_a_copy(line):
    """No byte is read by the worker while segments are lost."""
    line.toxic("upstream", loss=0.001)
    worker = line.toxid.worker("p")
    pair = line.open("upstream")
    trace = strace(worker, "-f", "-c")
    send_all(*pair, 64 << 20)
    trace.send_signal(signal.SIGINT)
    assert b"splice" in trace.communicate(timeout=PATIENCE)[1]


# ---- whose the programs are


def test_a_worker_that_follows_goes_on(line):
    line.toxic("upstream", loss=1)
    assert is_stuck(*line.open("upstream"))
    worker = line.toxid.worker("p")
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: line.toxid.worker("p") != worker)
    assert is_stuck(*line.open("upstream"))


def test_a_ctld_that_follows_goes_on(line):
    line.toxic("upstream", loss=1)
    os.kill(line.toxid.ctld, signal.SIGKILL)
    assert wait_until(lambda: any(
        entry["message"] == "Control process was replaced"
        for entry in line.toxid.log()))
    assert is_stuck(*line.open("upstream"))
    other = Line(line.toxid, "other")
    other.toxic("upstream", loss=1)
    assert is_stuck(*other.open("upstream"))
    other.close()


def test_they_are_kept_over_an_upgrade(line):
    had = maps_of(line.toxid.pid)
    line.toxic("upstream", loss=1)
    os.kill(line.toxid.pid, signal.SIGUSR2)
    assert wait_until(lambda: any(
        entry["message"] == "Upgraded" for entry in line.toxid.log()))
    assert lacks(line.toxid) is None
    assert maps_of(line.toxid.pid) == had
    assert is_stuck(*line.open("upstream"))


def test_what_a_profile_loses_is_lost_at_once(tmp_path):
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"proxies": {}, "profiles": {"none": [
        {"type": "tcp_loss", "stream": "upstream",
         "attributes": {"loss": 1}}]}}))
    with Toxid("-config", str(config)) as t:
        if why := lacks(t):
            pytest.skip(f"tcp_loss: {why}")
        line = Line(t)
        ends = line.open("upstream")
        assert flows(*ends)
        expect(200, t.request(
            "POST", "/proxies/p/profile", {"name": "none"}))
        assert is_stuck(*ends)
        line.close()


def test_there_is_one_for_each_of_so_many_proxies(able):
    """Of which one that is free again is another's"""
    expect(201, able.request("POST", "/populate", [
        {"name": f"p{i}", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}
        for i in range(PROGRAMS + 1)]))
    ask = {"type": "tcp_loss", "attributes": {"loss": 0.1}}
    for i in range(PROGRAMS):
        expect(200, able.request("POST", f"/proxies/p{i}/toxics", ask))
    one_more = f"/proxies/p{PROGRAMS}/toxics"
    refused = able.request("POST", one_more, ask)
    assert refused.status == 400
    assert f"all {PROGRAMS} programs".encode() in refused.body
    # its worker has what it takes still, and nobody can take it back
    expect(204, able.request("DELETE", "/proxies/p7/toxics/tcp_loss_downstream"))
    assert able.request("POST", one_more, ask).status == 400
    expect(200, able.request("POST", "/proxies/p7/toxics", ask))
    expect(204, able.request("DELETE", "/proxies/p7"))
    assert wait_until(
        lambda: able.request("POST", one_more, ask).status == 200)
    assert "No segment can be lost: see /health" not in [
        entry["message"] for entry in able.log()]


def test_where_descriptors_are_few_there_are_fewer(tmp_path):
    """An eighth of them, and none of what is not enough for all else"""
    def fewer():
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    with Toxid(preexec_fn=fewer) as toxid:
        if why := lacks(toxid):
            pytest.skip(f"tcp_loss: {why}")
        ask = {"type": "tcp_loss", "attributes": {"loss": 0.1}}
        for i in range(13):
            toxid.proxy(f"p{i}", "127.0.0.1:1")
            expect(200, toxid.request("POST", f"/proxies/p{i}/toxics", ask))
        toxid.proxy("last", "127.0.0.1:1")
        refused = toxid.request("POST", "/proxies/last/toxics", ask)
        assert refused.status == 400 and b"all 13 programs" in refused.body


# ---- where they cannot be had


def test_without_the_capabilities_it_is_refused():
    if os.geteuid() != 0:
        pytest.skip("needs root, to do without what it may")
    with Toxid(preexec_fn=do_without) as toxid:
        assert "CAP_BPF" in lacks(toxid)
        toxid.proxy("p", "127.0.0.1:1")
        refused = toxid.request("POST", "/proxies/p/toxics", {
            "type": "tcp_loss", "attributes": {"loss": 0.1}})
        assert refused.status == 400
        assert b"CAP_BPF and CAP_PERFMON" in refused.body
        assert toxid.request("GET", "/proxies/p/toxics").json() == []
        expect(200, toxid.request("POST", "/proxies/p/toxics",
                                  {"type": "noop"}))


def test_nobody_has_the_capabilities_afterwards(toxid):
    for pid in [toxid.pid, *sum(toxid.children().values(), [])]:
        with open(f"/proc/{pid}/status") as status:
            sets = {line.split()[0]: int(line.split()[1], 16)
                    for line in status if line.startswith("Cap")}
        # what a user could be given by an exec, no_new_privs keeps away
        if os.geteuid() != 0:
            del sets["CapBnd:"]
        for name, has in sets.items():
            assert has >> CAPABILITIES[1] & 3 == 0, (pid, name)
