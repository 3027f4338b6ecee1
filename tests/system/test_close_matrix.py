# SPDX-License-Identifier: ISC
"""What each end sees of every way in which a session can end.

One test a row of the close matrix; source and destination are those of the
direction in question, so that each row is tried both ways.
"""

import os
import signal
import socket

import pytest
from peers import ending
from rig import own_host, reset, wait_until
from test_relay_ends import (AGES, PATIENCE, STREAMS, Ends, Stopwatch, drain,
                             expect, is_quiet, is_reset, pass_byte, receive,
                             send_while_open, within)

both_ways = pytest.mark.parametrize("stream", STREAMS)
both_ages = pytest.mark.parametrize("age", AGES)

CLOSED = ("fin", "rst")


@pytest.fixture
def ends(toxid):
    e = Ends(toxid, listen=f"{own_host()}:0")
    yield e
    e.close()


def proxy_sockets(port):
    """The sockets of that port of ours that are not just memories."""
    listen, time_wait = "0A", "06"
    ours = f"{socket.inet_aton(own_host())[::-1].hex().upper()}:{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    # A set: while others come and go the kernel may list one twice, or not.
    return {(row[2], row[3]) for row in rows if row[1] == ours
            and row[3] not in (listen, time_wait)}


def other_way_works(source, destination):
    """... while the source has ended its own direction."""
    destination.sendall(b"answer")
    assert receive(source, 6) == b"answer"


# ---- the ends of the peers


@both_ways
def test_fin_is_passed_on_after_the_data(ends, stream):
    source, destination = ends.open_for(stream)
    source.sendall(b"last words")
    source.shutdown(socket.SHUT_WR)
    assert drain(destination, PATIENCE) == (b"last words", "fin")
    assert is_quiet(source)


@both_ways
def test_half_closed_session_goes_on(ends, stream):
    source, destination = ends.open_for(stream)
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    for _ in range(3):
        other_way_works(source, destination)
    destination.sendall(b"z" * 300000)
    destination.shutdown(socket.SHUT_WR)
    assert drain(source, PATIENCE) == (b"z" * 300000, "fin")


@both_ways
def test_both_fins_end_the_session(ends, stream):
    source, destination = ends.open_for(stream)
    port = ends.address()[1]
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    assert wait_until(lambda: len(proxy_sockets(port)) == 1)
    destination.shutdown(socket.SHUT_WR)
    assert ending(source, PATIENCE) == "fin"
    assert wait_until(lambda: not proxy_sockets(port))


@both_ways
def test_fin_waits_for_latency(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=300)
    watch = Stopwatch()
    source.sendall(b"late")
    source.shutdown(socket.SHUT_WR)
    assert receive(destination, 4) == b"late"
    within(watch.seconds(), 0.3)
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0.3)
    other_way_works(source, destination)


@both_ways
def test_fin_without_data_passes_latency_at_once(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=2000)
    watch = Stopwatch()
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0)


@both_ways
@both_ages
def test_slow_close_delays_the_fin_only(ends, stream, age):
    source, destination = ends.aged(stream, age, "slow_close", delay=1000)
    watch = Stopwatch()
    source.sendall(b"prompt")
    source.shutdown(socket.SHUT_WR)
    assert receive(destination, 6) == b"prompt"
    assert is_quiet(destination)
    other_way_works(source, destination)
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 1.0)
    other_way_works(source, destination)


@both_ways
def test_slow_close_leaves_the_other_direction_alone(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slow_close", delay=60000)
    destination.shutdown(socket.SHUT_WR)
    assert ending(source, PATIENCE) == "fin"
    ends.update(f"slow_close_{stream}", attributes={"delay": 400})
    watch = Stopwatch()
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0.4)


@both_ways
def test_reset_is_passed_on(ends, stream):
    source, destination = ends.open_for(stream)
    pass_byte(source, destination)
    watch = Stopwatch()
    reset(source)
    assert ending(destination, PATIENCE) == "rst"
    within(watch.seconds(), 0)


@both_ways
def test_reset_follows_what_latency_holds(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=500)
    watch = Stopwatch()
    source.sendall(b"held")
    reset(source)
    assert receive(destination, 4) == b"held"
    within(watch.seconds(), 0.5)
    assert ending(destination, PATIENCE) == "rst"
    within(watch.seconds(), 0.5)


@both_ways
@pytest.mark.parametrize("end", ["rst", "fin and rst"])
def test_slow_close_delays_the_reset(ends, stream, end):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slow_close", delay=500)
    source.sendall(b"prompt")
    assert receive(destination, 6) == b"prompt"
    watch = Stopwatch()
    if end != "rst":
        source.shutdown(socket.SHUT_WR)
        assert is_quiet(destination, seconds=0.1)
    reset(source)
    assert drain(destination, PATIENCE) == (b"", "rst")
    within(watch.seconds(), 0.5)


@both_ways
@pytest.mark.parametrize("let_go", ["update", "remove"])
def test_reset_does_not_pass_a_cut_link(ends, stream, let_go):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "bandwidth", rate=0)
    source.sendall(b"h" * 5000)
    reset(source)
    assert is_quiet(destination, seconds=0.5)
    if let_go == "update":
        ends.update(f"bandwidth_{stream}", attributes={"rate": 1000})
    else:
        ends.remove(f"bandwidth_{stream}")
    assert drain(destination, PATIENCE) == (b"h" * 5000, "rst")


@both_ways
def test_reset_at_a_timeout_is_its_end(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "timeout", timeout=0)
    source.sendall(b"swallowed")
    assert is_quiet(destination)
    watch = Stopwatch()
    reset(source)
    assert drain(destination, PATIENCE) == (b"", "fin")
    within(watch.seconds(), 0)


@both_ways
def test_what_is_held_for_the_dead_is_dropped(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "bandwidth", rate=0)
    source.sendall(b"for nobody")
    assert is_quiet(destination)
    reset(destination)
    assert is_reset(source)
    assert wait_until(lambda: not proxy_sockets(ends.address()[1]))


@both_ways
def test_reset_after_a_fin_is_passed_on(ends, stream):
    source, destination = ends.open_for(stream)
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    reset(source)
    assert is_reset(destination)


@both_ways
def test_failed_write_resets_the_source(ends, stream):
    source, destination = ends.open_for(stream)
    destination.close()
    assert ending(source, PATIENCE) == "fin"
    source.sendall(b"to nobody")
    assert is_reset(source)


@both_ways
def test_what_was_said_before_a_failed_write_arrives(ends, stream):
    source, destination = ends.open_for(stream)
    other = "downstream" if stream == "upstream" else "upstream"
    ends.toxic(other, "latency", latency=500)
    source.sendall(b"request")
    assert receive(destination, 7) == b"request"
    watch = Stopwatch()
    destination.sendall(b"too large")
    reset(destination)
    send_while_open(source, b"more" * 1000)
    assert receive(source, 9) == b"too large"
    within(watch.seconds(), 0.5)
    assert ending(source, PATIENCE) == "rst"


@both_ways
def test_failed_write_of_held_data_resets_the_source(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=300)
    source.sendall(b"to nobody" * 500000)
    destination.close()
    assert ending(source, PATIENCE) == "fin"
    assert is_reset(source)


@both_ways
def test_failed_write_to_a_full_destination_resets_the_source(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=500)
    source.sendall(b"f" * 20000000)  # more than the destination's kernel takes
    assert receive(destination, 1) == b"f"
    destination.shutdown(socket.SHUT_WR)
    assert ending(source, PATIENCE) == "fin"
    reset(destination)
    assert is_reset(source)


# ---- the ends that toxics make


@both_ways
@both_ages
def test_timeout_closes_both_sides(ends, stream, age):
    watch = Stopwatch()
    source, destination = ends.aged(stream, age, "timeout", timeout=500)
    source.sendall(b"swallowed")
    assert drain(destination, PATIENCE) == (b"", "fin")
    assert ending(source, PATIENCE) == "fin"
    assert watch.seconds() >= 0.5


@both_ways
@both_ages
def test_removed_timeout_closes_both_sides(ends, stream, age):
    source, destination = ends.aged(stream, age, "timeout", timeout=0)
    source.sendall(b"swallowed")
    assert is_quiet(source, destination)
    watch = Stopwatch()
    ends.remove(f"timeout_{stream}")
    assert drain(destination, PATIENCE) == (b"", "fin")
    assert ending(source, PATIENCE) == "fin"
    within(watch.seconds(), 0)


@both_ways
def test_reset_of_all_closes_where_timeout_was(ends, stream):
    source, destination = ends.open_for(stream)
    pass_byte(source, destination)  # else it may still be connecting
    ends.toxic(stream, "timeout", timeout=0)
    expect(204, ends.toxid.request("POST", "/reset"))
    assert ending(destination, PATIENCE) == "fin"
    assert ending(source, PATIENCE) == "fin"


@both_ways
def test_removed_timeout_spares_where_it_was_not_at_work(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "timeout", toxicity=0, timeout=100)
    assert is_quiet(source, destination)
    ends.remove(f"timeout_{stream}")
    assert is_quiet(source, destination)
    pass_byte(source, destination)
    pass_byte(destination, source)


@both_ways
def test_fin_ends_a_session_under_timeout(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "timeout", timeout=0)
    source.sendall(b"swallowed")
    source.shutdown(socket.SHUT_WR)
    assert drain(destination, PATIENCE) == (b"", "fin")
    assert ending(source, PATIENCE) == "fin"


@both_ways
@pytest.mark.parametrize("sent", [1000, 1001, 200000])
def test_limit_data_closes_after_its_bytes(ends, stream, sent):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "limit_data", bytes=1000)
    send_while_open(source, b"d" * sent)
    assert drain(destination, PATIENCE) == (b"d" * 1000, "fin")
    assert ending(source, PATIENCE) in CLOSED


@both_ways
@both_ages
def test_limit_data_of_nothing_waits_for_a_byte(ends, stream, age):
    source, destination = ends.aged(stream, age, "limit_data", bytes=0)
    assert is_quiet(source, destination)
    source.sendall(b"d")
    assert drain(destination, PATIENCE) == (b"", "fin")
    assert ending(source, PATIENCE) in CLOSED


@both_ways
@both_ages
def test_reset_peer_resets_both(ends, stream, age):
    source, destination = ends.aged(stream, age, "reset_peer", timeout=0)
    assert is_quiet(source, destination)
    source.sendall(b"never seen")
    assert drain(destination, PATIENCE) == (b"", "rst")
    assert ending(source, PATIENCE) == "rst"


@both_ways
@both_ages
def test_reset_peer_fires_on_a_fin(ends, stream, age):
    source, destination = ends.aged(stream, age, "reset_peer", timeout=300)
    watch = Stopwatch()
    source.shutdown(socket.SHUT_WR)
    assert drain(destination, PATIENCE) == (b"", "rst")
    within(watch.seconds(), 0.3)
    assert ending(source, PATIENCE) == "rst"


@both_ways
@both_ages
def test_reset_peer_that_was_not_drawn_resets_nobody(ends, stream, age):
    source, destination = ends.aged(stream, age, "reset_peer", toxicity=0,
                                    timeout=0)
    pass_byte(source, destination)
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    destination.shutdown(socket.SHUT_WR)
    assert ending(source, PATIENCE) == "fin"


@both_ways
def test_removed_reset_peer_leaves_ordinary_ends(ends, stream):
    ends.toxic(stream, "reset_peer", timeout=0)
    source, destination = ends.open_for(stream)
    ends.remove(f"reset_peer_{stream}")
    pass_byte(source, destination)
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"
    destination.shutdown(socket.SHUT_WR)
    assert ending(source, PATIENCE) == "fin"


def hold_with_fin(ends, stream, age):
    """bandwidth 0 holds bytes, and the FIN behind them."""
    source, destination = ends.aged(stream, age, "bandwidth", rate=0)
    source.sendall(b"h" * 5000)
    source.shutdown(socket.SHUT_WR)
    assert is_quiet(source, destination, seconds=0.5)
    other_way_works(source, destination)
    return source, destination


@both_ways
@both_ages
def test_bandwidth_0_holds_until_an_update(ends, stream, age):
    source, destination = hold_with_fin(ends, stream, age)
    ends.update(f"bandwidth_{stream}", attributes={"rate": 1000})
    assert drain(destination, PATIENCE) == (b"h" * 5000, "fin")
    other_way_works(source, destination)


@both_ways
@both_ages
def test_bandwidth_0_holds_until_it_is_removed(ends, stream, age):
    source, destination = hold_with_fin(ends, stream, age)
    watch = Stopwatch()
    ends.remove(f"bandwidth_{stream}")
    assert drain(destination, PATIENCE) == (b"h" * 5000, "fin")
    within(watch.seconds(), 0)
    other_way_works(source, destination)


@both_ways
def test_bandwidth_0_with_nothing_held_passes_a_fin(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "bandwidth", rate=0)
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"


# ---- the ends that the proxy makes


def disable(ends):
    ends.patch(enabled=False)


def delete(ends):
    expect(204, ends.toxid.request("DELETE", f"/proxies/{ends.name}"))


def change_upstream(ends):
    ends.patch(upstream="127.0.0.1:1")


def change_listen(ends):
    ends.patch(listen="127.0.0.1:0")


def replace(ends):
    expect(201, ends.toxid.request("POST", "/populate", [
        {"name": ends.name, "listen": "127.0.0.1:0",
         "upstream": "127.0.0.1:1"}]))


def kill_worker(ends):
    os.kill(ends.toxid.worker(ends.name), signal.SIGKILL)


stops = pytest.mark.parametrize("stop", [
    disable, delete, change_upstream, change_listen, replace, kill_worker])


@stops
def test_stop_of_the_proxy_closes_at_once(ends, stop):
    client, server = ends.open()
    pass_byte(client, server)
    watch = Stopwatch()
    stop(ends)
    assert ending(client, PATIENCE) in CLOSED
    assert ending(server, PATIENCE) in CLOSED
    within(watch.seconds(), 0, late=1)


@stops
@both_ways
@pytest.mark.parametrize("kind, attributes", [
    ("latency", {"latency": 5000}),
    ("bandwidth", {"rate": 0}),
    ("slow_close", {"delay": 5000}),
    ("timeout", {"timeout": 0}),
])
def test_stop_does_not_wait_for_toxics(ends, stop, stream, kind, attributes):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, kind, **attributes)
    source.sendall(b"held")
    if kind == "slow_close":
        assert receive(destination, 4) == b"held"
    watch = Stopwatch()
    stop(ends)
    data, end = drain(destination, PATIENCE)
    assert (data, end in CLOSED) == (b"", True)
    assert ending(source, PATIENCE) in CLOSED
    within(watch.seconds(), 0, late=1)


@pytest.mark.parametrize("stop", [disable, delete, change_listen])
def test_a_stopped_port_refuses(ends, stop):
    stop(ends)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(ends.address(), PATIENCE)


def test_a_killed_worker_is_followed_by_another(ends):
    ends.open()
    kill_worker(ends)
    client, server = ends.open()
    pass_byte(client, server)
    pass_byte(server, client)
