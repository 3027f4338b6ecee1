# SPDX-License-Identifier: ISC
"""An end travels behind the bytes: what was let through before a reset, or
before a toxic's close, arrives, however slow the reader; and those who have
gone leave nothing behind."""

import fcntl
import os
import resource
import select
import signal
import socket
import struct
import termios
import threading
import time

import pytest
from peers import ending
from rig import Toxid, descriptors_of, reset, wait_until
from test_close_matrix import both_ways
from test_relay_ends import (PATIENCE, Ends, drain, expect, is_quiet,
                             pass_byte, receive, send_while_open)

LARGE = bytes(i * 7 % 251 for i in range(300000))


@pytest.fixture
def ends(toxid):
    e = Ends(toxid)
    yield e
    e.close()


def queued(sock):
    """bytes that the other side's kernel has not got"""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]


def drain_slowly(sock, step=16384, pause=0.005):
    """As drain(), by somebody who takes his time"""
    data = bytearray()
    while select.select([sock], [], [], PATIENCE)[0]:
        try:
            piece = sock.recv(step)
        except ConnectionResetError:
            return bytes(data), "rst"
        if not piece:
            return bytes(data), "fin"
        data += piece
        time.sleep(pause)
    return bytes(data), "open"


def narrow(ends, stream):
    """A pair whose destination takes little at once"""
    source, destination = ends.open_for(stream)
    destination.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 40000)
    return source, destination


def metric(ends, name):
    return sum(value for key, value in ends.toxid.metrics().items()
               if key.startswith(f"{name}{{") and f'"{ends.name}"' in key)


def open_sessions(ends):
    return metric(ends, "toxid_proxy_open_sessions")


def let_through(ends, source, destination, size):
    """So many bytes are with the worker, or behind it"""
    source.sendall(LARGE[:size])
    assert wait_until(lambda: metric(
        ends, "toxiproxy_proxy_sent_bytes_total") >= size)
    assert select.select([destination], [], [], PATIENCE)[0]


# ---- resets


@both_ways
@pytest.mark.parametrize("kind, attributes", [
    ("noop", {}),
    ("latency", {"latency": 300}),
    ("bandwidth", {"rate": 1000}),
    ("slicer", {"average_size": 2000}),
    ("slow_close", {"delay": 200}),
], ids=["noop", "latency", "bandwidth", "slicer", "slow_close"])
def test_large_answer_before_a_reset(ends, stream, kind, attributes):
    source, destination = narrow(ends, stream)
    if kind != "noop":
        ends.toxic(stream, kind, **attributes)
    sender = threading.Thread(target=source.sendall, args=(LARGE,))
    sender.start()

    def end():
        sender.join()
        assert wait_until(lambda: queued(source) == 0)
        reset(source)

    threading.Thread(target=end).start()
    data, how = drain_slowly(destination)
    assert (len(data), data == LARGE, how) == (len(LARGE), True, "rst")


@both_ways
def test_large_answer_before_a_failed_write(ends, stream):
    """... which says nothing of what can still be read."""
    source, destination = narrow(ends, stream)
    source.sendall(LARGE[:120000])
    assert wait_until(lambda: queued(source) == 0)
    reset(source)
    send_while_open(destination, b"for nobody")
    data, how = drain_slowly(destination)
    assert (len(data), data == LARGE[:120000], how) == (120000, True, "rst")


@pytest.mark.slow
@both_ways
def test_reader_that_never_reads_is_given_up(ends, stream):
    source, destination = narrow(ends, stream)
    source.settimeout(0.5)
    with pytest.raises(TimeoutError):
        while True:  # how much the kernel holds is its own affair
            source.sendall(LARGE)
    reset(source)
    assert not wait_until(lambda: open_sessions(ends) == 0, 3)
    assert wait_until(lambda: open_sessions(ends) == 0)
    assert drain(destination, PATIENCE)[1] == "rst"


@pytest.mark.parametrize("sent", [b"", b"before"])
def test_client_resets_while_its_upstream_is_dialled(toxid, sent):
    with socket.socket() as listener, socket.socket() as first:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        first.connect(listener.getsockname())  # there is no room for another
        toxid.proxy("p", "127.0.0.1:%d" % listener.getsockname()[1])
        client = toxid.connect("p")
        client.sendall(sent)
        count = 'toxid_proxy_open_sessions{proxy="p"}'
        assert wait_until(lambda: toxid.metrics()[count] == 1)
        reset(client)
        if not sent:
            # and not when its dial has failed
            assert wait_until(lambda: toxid.metrics()[count] == 0, 5)
            return
        listener.accept()[0].close()
        server, _ = listener.accept()
        with server:
            assert drain(server, PATIENCE) == (sent, "rst")
        assert wait_until(lambda: toxid.metrics()[count] == 0)


# ---- ends that toxics make


@both_ways
def test_limit_data_lets_its_bytes_through_to_a_slow_reader(ends, stream):
    source, destination = narrow(ends, stream)
    ends.toxic(stream, "limit_data", bytes=200000)
    other = "downstream" if stream == "upstream" else "upstream"
    ends.toxic(other, "bandwidth", rate=0)  # so that bytes stay unread
    talker = threading.Thread(target=send_while_open,
                              args=(destination, b"?" * 1000000))
    talker.start()
    sender = threading.Thread(target=send_while_open, args=(source, LARGE))
    sender.start()
    data, how = drain_slowly(destination)
    assert (len(data), data == LARGE[:200000]) == (200000, True)
    assert how == "fin"
    assert drain(source, PATIENCE)[1] in ("fin", "rst")
    sender.join()
    talker.join()
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
@pytest.mark.parametrize("kind, how", [("timeout", "fin"),
                                       ("reset_peer", "rst")])
def test_what_passed_before_a_toxic_arrives(ends, stream, kind, how):
    source, destination = narrow(ends, stream)
    let_through(ends, source, destination, 150000)
    ends.toxic(stream, kind, timeout=1)
    send_while_open(source, b"swallowed")
    assert drain_slowly(destination) == (LARGE[:150000], how)
    assert ending(source, PATIENCE) in (how, "rst")
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
@pytest.mark.parametrize("kind, how", [("timeout", "fin"),
                                       ("reset_peer", "rst")])
def test_what_the_other_way_let_through_arrives(ends, stream, kind, how):
    """A toxic's end is for both sides, and neither loses what was its own."""
    source, destination = ends.open_for(stream)
    source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 40000)
    let_through(ends, destination, source, 150000)
    ends.toxic(stream, kind, timeout=1)
    send_while_open(source, b"swallowed")
    assert drain_slowly(source) == (LARGE[:150000], how)
    assert ending(destination, PATIENCE) == how


# ---- those who have gone


def test_a_reset_that_comes_while_a_close_is_on_its_way(ends):
    """Each direction has an end of its own: the harder one is both's."""
    client, server = ends.open_for("upstream")
    ends.toxic("upstream", "limit_data", bytes=10)
    ends.toxic("upstream", "slow_close", delay=60 * 1000)
    ends.toxic("downstream", "reset_peer", timeout=0)
    client.sendall(b"0123456789abc")
    assert receive(server, 10) == b"0123456789"
    server.sendall(b"x")
    assert drain(server, PATIENCE) == (b"", "rst")
    assert drain(client, PATIENCE) == (b"", "rst")
    assert wait_until(lambda: open_sessions(ends) == 0)


def give_up(ends, count, request=b"GET /"):
    """Clients that ask, and are gone before there is an answer"""
    servers = []
    for _ in range(count):
        client = socket.create_connection(ends.address(), PATIENCE)
        server, _ = ends.listener.accept()
        client.sendall(request)
        servers.append(server)
        reset(client)
    return servers


@pytest.mark.skipif(os.geteuid() != 0,
                    reason="a worker shows its descriptors to root only")
@both_ways
@pytest.mark.parametrize("kind, attributes", [
    ("timeout", {"timeout": 0}), ("bandwidth", {"rate": 0})])
def test_the_thousand_that_give_up_leave_nothing(
        ends, stream, kind, attributes):
    pass_byte(*ends.open())
    worker = ends.toxid.worker(ends.name)
    before = len(list(descriptors_of(worker)))
    ends.toxic(stream, kind, **attributes)
    servers = give_up(ends, 1000)
    for server in servers:
        server.close()
    if (kind, stream) == ("bandwidth", "upstream"):
        assert wait_until(lambda: metric(
            ends, "toxiproxy_proxy_received_bytes_total") >= 5001)
        assert open_sessions(ends) == 1001
        # the dead ones' are closed
        assert wait_until(lambda: len(list(
            descriptors_of(worker))) == before + 1000)
        ends.remove(f"{kind}_{stream}")
    assert wait_until(lambda: open_sessions(ends) == 1)
    assert metric(ends, "toxid_proxy_held_bytes") == 0
    assert wait_until(
        lambda: len(list(descriptors_of(worker))) <= before)


def test_who_drains_gives_way_to_new_clients():
    few = 300  # descriptors: some 130 sessions

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))

    with Toxid("-proxy-metrics", preexec_fn=limit) as toxid:
        ends = Ends(toxid)
        client, server = ends.open()
        ends.toxic("upstream", "bandwidth", toxicity=1, rate=0)
        servers = give_up(ends, 200)
        expect(204, toxid.request(
            "DELETE", f"/proxies/{ends.name}/toxics/bandwidth_upstream"))
        pass_byte(client, server)
        # the oldest have gone, by reset; those that are left end as always
        ends_of = [drain(sock, PATIENCE) for sock in servers]
        assert wait_until(lambda: 50 < metric(
            ends, "toxid_proxy_sessions_gave_way_total") < 100)
        assert ends_of[:50] == [(b"", "rst")] * 50
        assert ends_of[-100:] == [(b"GET /", "rst")] * 100
        assert wait_until(lambda: any(
            line.get("why", "").startswith("one side had gone")
            for line in toxid.log()))
        for sock in servers:
            sock.close()
        ends.close()


def test_who_waits_to_be_let_in_has_no_place_of_the_living():
    few = 300

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))

    with Toxid("-proxy-metrics", preexec_fn=limit) as toxid:
        ends = Ends(toxid)
        client, server = ends.open()
        ends.toxic("upstream", "bandwidth", rate=0)
        drained, = give_up(ends, 1)
        assert wait_until(lambda: "draining" in [
            s["state"] for s in toxid.request(
                "GET", f"/proxies/{ends.name}/sessions").json()["sessions"]])
        ends.patch(connect={"mode": "accept_delay", "delay": 3600000})
        waiting = [socket.create_connection(ends.address(), PATIENCE)
                   for _ in range(200)]
        assert wait_until(lambda: metric(
            ends, "toxid_proxy_sessions_gave_way_total") == 1)
        assert drain(drained, PATIENCE) == (b"", "rst")
        ends.patch(connect=None)
        ends.remove("bandwidth_upstream")
        assert wait_until(lambda: open_sessions(ends) > 100)
        pass_byte(client, server)
        assert metric(ends, "toxid_proxy_sessions_gave_way_total") == 1
        assert not [line for line in toxid.log()
                    if line["message"].startswith("Error while accepting")]
        for sock in [drained, *waiting]:
            sock.close()
        ends.close()


def test_who_drains_gives_memory_to_the_living():
    with Toxid("-proxy-metrics", "-worker-buffer", "2000000",
               "-session-buffer", "100000") as toxid:
        ends = Ends(toxid)
        client, server = ends.open()
        ends.toxic("upstream", "bandwidth", rate=0)
        ends.toxic("downstream", "latency", latency=1)
        servers = give_up(ends, 100, b"x" * 60000)
        assert wait_until(lambda: metric(
            ends, "toxid_proxy_held_bytes") > 1900000)
        pass_byte(server, client)  # which needs some, too
        assert wait_until(lambda: metric(
            ends, "toxid_proxy_sessions_gave_way_total") > 0)
        for sock in servers:
            sock.close()
        ends.close()


# ---- why


def closed(toxid):
    return [line for line in toxid.log()
            if line["message"] == "Session closed" and line["level"] == "info"]


def test_the_log_says_why_a_session_ended(ends):
    client, server = ends.open()
    pass_byte(client, server)
    reset(server)
    assert ending(client, PATIENCE) == "rst"
    assert wait_until(lambda: len(closed(ends.toxid)) == 1)
    line = closed(ends.toxid)[0]
    assert line["why"] == "reset by the upstream"
    assert (line["bytes_upstream"], line["bytes_downstream"]) == (1, 0)
    assert line["client"] == "%s:%d" % client.getsockname()
    assert 0 <= line["age_ms"] < 1000 * PATIENCE


@pytest.mark.parametrize("kind, attributes, why", [
    ("limit_data", {"bytes": 3}, "closed by a toxic"),
    ("timeout", {"timeout": 1}, "closed by a toxic"),
    ("reset_peer", {"timeout": 1}, "reset by a toxic")])
def test_the_log_names_the_toxic(ends, kind, attributes, why):
    client, _ = ends.open()
    ends.toxic("upstream", kind, toxic_name="the one", **attributes)
    send_while_open(client, b"abcd")
    assert ending(client, PATIENCE) in ("fin", "rst")
    assert wait_until(lambda: len(closed(ends.toxid)) == 1)
    line = closed(ends.toxid)[0]
    assert (line["why"], line["toxic"]) == (why, "the one")


def test_ordinary_ends_are_no_news(ends):
    client, server = ends.open()
    client.close()
    assert ending(server, PATIENCE) == "fin"
    server.close()
    assert wait_until(lambda: open_sessions(ends) == 0)
    ends.toxid.read_to_here()
    assert closed(ends.toxid) == []


def test_a_thousand_ends_are_a_few_lines(ends):
    give_up(ends, 300)
    assert wait_until(lambda: open_sessions(ends) == 0)
    assert wait_until(lambda: any(
        line["message"] == "More sessions closed"
        for line in ends.toxid.log()))
    assert 0 < len(closed(ends.toxid)) < 200


def test_a_worker_that_dies_says_what_it_takes_along(ends):
    pairs = [ends.open() for _ in range(5)]
    assert wait_until(lambda: open_sessions(ends) == 5)
    os.kill(ends.toxid.worker(ends.name), 9)
    assert ending(pairs[0][0], PATIENCE) in ("fin", "rst")
    assert wait_until(lambda: any(
        line["message"] == "Sessions lost with their worker" and
        line["sessions"] == 5 and line["level"] == "warn"
        for line in ends.toxid.log()))


def test_a_proxy_that_is_disabled_says_what_it_closes(ends):
    client, _ = ends.open()
    assert wait_until(lambda: open_sessions(ends) == 1)
    ends.patch(enabled=False)
    assert ending(client, PATIENCE) in ("fin", "rst")
    assert wait_until(lambda: any(
        line["message"] == "Sessions closed with their proxy" and
        line["sessions"] == 1 and line["level"] == "info"
        for line in ends.toxid.log()))


# ---- workers that end with their sessions


def test_a_drain_does_not_wait_for_a_cut_link():
    """Nobody will let go of what it holds, and nobody sends any more."""
    with Toxid("-drain", "60") as toxid:
        ends = Ends(toxid)
        ends.toxic("upstream", "bandwidth", rate=0)
        gone, dead_end = ends.open()
        client, server = ends.open()
        gone.sendall(b"held")
        reset(gone)
        assert is_quiet(dead_end)
        toxid.process.send_signal(signal.SIGTERM)
        assert drain(dead_end, PATIENCE) == (b"", "rst")
        assert toxid.process.poll() is None  # the other one is alive
        server.sendall(b"answer")
        assert receive(client, 6) == b"answer"
        client.close()
        assert ending(server, PATIENCE) == "fin"
        server.close()
        assert toxid.process.wait(PATIENCE) == 0
        ends.close()
