# SPDX-License-Identifier: ISC
"""When things happen: every toxic, both ways, on old sessions and new ones."""

import select
import socket
import struct
import threading
import time

import pytest
from peers import ending
from rig import Toxid, wait_until
from stalls import stalled, used
from test_relay_ends import (AGES, EARLY, LATE, PATIENCE, PROMPT, STREAMS,
                             Ends, Stopwatch, drain, is_quiet, pass_byte,
                             receive, send_while_open, within)

both_ways = pytest.mark.parametrize("stream", STREAMS)
both_ages = pytest.mark.parametrize("age", AGES)


@pytest.fixture
def ends(toxid):
    e = Ends(toxid)
    yield e
    e.close()


def delay_of(source, destination, data=b"."):
    """Seconds that these bytes take."""
    watch = Stopwatch()
    source.sendall(data)
    assert receive(destination, len(data)) == data
    return watch.seconds()


def delays_of(pairs):
    """Seconds that one byte takes on each of many sessions at once."""
    sent, took = {}, {}
    for i, (source, destination) in enumerate(pairs):
        sent[destination] = (i, time.monotonic())
        source.sendall(b".")
    while sent:
        ready = select.select(list(sent), [], [], PATIENCE)[0]
        assert ready, "bytes are lost"
        now = time.monotonic()
        for destination in ready:
            assert destination.recv(10) == b"."
            i, then = sent.pop(destination)
            took[i] = now - then
    return [took[i] for i in range(len(pairs))]


# ---- latency


def on_time(measure, nominal, tries=12):
    """Never early, and on a busy machine at least once as good as prompt, but
    for when it stood still."""
    took, late = [], []
    while not late or (min(late) > PROMPT and len(late) < tries):
        took.append(measure())
        late.append(used(took[-1]) - nominal)
        assert took[-1] >= nominal - EARLY, took
    assert min(late) <= PROMPT, (took, late)


@both_ways
@both_ages
def test_latency(ends, stream, age):
    source, destination = ends.aged(stream, age, "latency", latency=200)
    on_time(lambda: delay_of(source, destination), 0.2)
    on_time(lambda: delay_of(destination, source), 0)


@both_ways
def test_latency_does_not_delay_the_connect(ends, stream):
    ends.toxic(stream, "latency", latency=2000)
    watch = Stopwatch()
    ends.open()
    within(watch.seconds(), 0)


@both_ways
def test_latency_of_a_bulk_counts_once(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=200)
    within(delay_of(source, destination, b"b" * 2000000), 0.2)


@both_ways
def test_jitter_keeps_its_bounds(ends, stream):
    ends.toxic(stream, "latency", latency=500, jitter=400)
    took = delays_of([ends.open_for(stream) for _ in range(40)])
    assert min(took) >= 0.1 - EARLY
    assert max(took) <= 0.9 + LATE + stalled(max(took))
    assert min(took) < 0.5 < max(took)  # of 40, both are next to certain


@both_ways
def test_jitter_above_latency_never_reorders(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=10, jitter=50)
    sent = b""
    for i in range(100):
        message = b"%04d" % i
        source.sendall(message)
        sent += message
        time.sleep(0.002)
    assert receive(destination, len(sent)) == sent


STAMP = struct.Struct("!d")


def stamps_late(destination, count, late):
    """Each message is the time at which it was sent."""
    for _ in range(count):
        message = receive(destination, STAMP.size)
        late.append(time.monotonic() - STAMP.unpack(message)[0])


def paced_delays(source, destination, count=30, pause=0.03):
    late = []
    reader = threading.Thread(target=stamps_late,
                              args=(destination, count, late))
    reader.start()
    for _ in range(count):
        source.sendall(STAMP.pack(time.monotonic()))
        time.sleep(pause)
    reader.join()
    assert len(late) == count
    return late


def are_on_time(delays, nominal):
    """Not one is early; the machine may be busy for some of them."""
    for late in delays:
        within(late, nominal, late=LATE + stalled(5))
    within(sorted(delays)[len(delays) // 4], nominal, late=PROMPT)


@both_ways
@both_ages
def test_two_latencies_add_up_for_every_message(ends, stream, age):
    ends.toxic(stream, "latency", toxic_name="one", latency=200)
    source, destination = ends.aged(stream, age, "latency", latency=200)
    are_on_time(paced_delays(source, destination), 0.4)


@both_ways
def test_latency_keeps_the_pace_of_a_stream(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=200)
    are_on_time(paced_delays(source, destination), 0.2)


@both_ways
def test_latency_of_each_direction_is_its_own(ends, stream):
    source, destination = ends.open_for(stream)
    other = STREAMS[1 - STREAMS.index(stream)]
    ends.toxic(stream, "latency", latency=300)
    ends.toxic(other, "latency", latency=100)
    on_time(lambda: delay_of(source, destination), 0.3)
    on_time(lambda: delay_of(destination, source), 0.1)


# ---- bandwidth


def arrivals(destination, size, watch):
    """(seconds, bytes so far) of each receive; the watch has been running"""
    got, seen = 0, []
    while got < size:
        piece = destination.recv(65536)
        assert piece, "the stream has ended early"
        got += len(piece)
        seen.append((watch.seconds(), got))
    return seen


RATES = pytest.mark.parametrize("rate, size", [
    (10, 5000), (100, 50000), (1000, 500000), (20000, 10000000)])


def seconds_at_rate(source, destination, rate, size):
    """Not one byte comes before its time."""
    sender = threading.Thread(target=source.sendall, args=(b"b" * size,))
    watch = Stopwatch()
    sender.start()
    seen = arrivals(destination, size, watch)
    sender.join()
    for seconds, got in seen:
        assert got <= rate * 1000 * (seconds + EARLY) + 1
    return seen[-1][0]


@both_ways
@both_ages
@RATES
def test_bandwidth_keeps_its_rate(ends, stream, age, rate, size):
    pair = ends.aged(stream, age, "bandwidth", rate=rate)
    took = seconds_at_rate(*pair, rate, size)
    within(took, size / (rate * 1000), late=5 * LATE)


@both_ways
@RATES
def test_bandwidth_makes_use_of_its_rate(ends, stream, rate, size):
    ends.toxic(stream, "bandwidth", rate=rate)
    on_time(lambda: seconds_at_rate(*ends.open_for(stream), rate, size),
            size / (rate * 1000))


def receive_pieces(destination, size):
    """The sizes of what is received, until it is so much."""
    sizes = []
    while sum(sizes) < size:
        sizes.append(len(destination.recv(65536)))
        assert sizes[-1], "the stream has ended early"
    return sizes


@both_ways
def test_bandwidth_portions_are_small(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "bandwidth", rate=100)
    source.sendall(b"b" * 200000)
    receive(destination, 1)
    # a busy reader meets some together, but not all the time
    assert any(len(receive_pieces(destination, 40000)) > 40
               for _ in range(4))


@both_ways
def test_bandwidth_earns_nothing_while_idle(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "bandwidth", rate=10)
    for _ in range(2):
        within(delay_of(source, destination, b"b" * 3000), 0.3)
        time.sleep(0.5)


@both_ways
def test_bandwidth_is_for_each_session(ends, stream):
    ends.toxic(stream, "bandwidth", rate=10)
    pairs = [ends.open_for(stream) for _ in range(5)]
    watch = Stopwatch()
    for source, _ in pairs:
        source.sendall(b"b" * 3000)
    for _, destination in pairs:
        assert len(receive(destination, 3000)) == 3000
    within(watch.seconds(), 0.3)


@both_ways
def test_bandwidth_0_stops_all(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "bandwidth", rate=0)
    source.sendall(b"b" * 1000)
    assert is_quiet(destination, seconds=0.5)
    pass_byte(destination, source)
    watch = Stopwatch()
    ends.update(f"bandwidth_{stream}", attributes={"rate": 10})
    assert receive(destination, 1000) == b"b" * 1000
    within(watch.seconds(), 0.1)


# ---- slow_close: its other cells are in the close matrix


@both_ways
def test_slow_close_updated_while_it_waits_starts_anew(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slow_close", delay=60000)
    source.shutdown(socket.SHUT_WR)
    assert is_quiet(destination)
    watch = Stopwatch()
    ends.update(f"slow_close_{stream}", attributes={"delay": 300})
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0.3)


@both_ways
def test_slow_close_removed_while_it_waits_closes(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slow_close", delay=60000)
    source.shutdown(socket.SHUT_WR)
    assert is_quiet(destination)
    watch = Stopwatch()
    ends.remove(f"slow_close_{stream}")
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0)


# ---- timeout


@both_ways
def test_timeout_of_an_idle_new_session(ends, stream):
    ends.toxic(stream, "timeout", timeout=300)
    watch = Stopwatch()
    source, destination = ends.open_for(stream)
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0.3)
    assert ending(source, PATIENCE) == "fin"
    within(watch.seconds(), 0.3)


@both_ways
def test_timeout_of_an_old_session_counts_from_the_toxic(ends, stream):
    source, destination = ends.open_for(stream)
    time.sleep(0.3)
    watch = Stopwatch()
    ends.toxic(stream, "timeout", timeout=300)
    assert ending(destination, PATIENCE) == "fin"
    within(watch.seconds(), 0.3)
    assert ending(source, PATIENCE) == "fin"


@both_ways
@both_ages
def test_timeout_starts_again_with_traffic(ends, stream, age):
    source, destination = ends.aged(stream, age, "timeout", timeout=800)
    for _ in range(10):
        time.sleep(0.1)
        watch = Stopwatch()
        source.sendall(b"swallowed")
    assert drain(destination, PATIENCE) == (b"", "fin")
    within(watch.seconds(), 0.8)


@both_ways
def test_timeout_is_not_held_off_by_the_other_direction(ends, stream):
    ends.toxic(stream, "timeout", timeout=500)
    watch = Stopwatch()
    source, destination = ends.open_for(stream)
    while is_quiet(destination, seconds=0.05):
        send_while_open(destination, b".")
        assert watch.seconds() < PATIENCE, "it is held off"
    assert ending(destination, PATIENCE) in ("fin", "rst")
    within(watch.seconds(), 0.5)
    assert ending(source, PATIENCE) == "fin"


@both_ways
@both_ages
def test_timeout_0_swallows_for_ever(ends, stream, age):
    source, destination = ends.aged(stream, age, "timeout", timeout=0)
    source.sendall(b"s" * 20000000)
    assert is_quiet(source, destination, seconds=0.5)
    pass_byte(destination, source)
    watch = Stopwatch()
    ends.update(f"timeout_{stream}", attributes={"timeout": 200})
    assert drain(destination, PATIENCE) == (b"", "fin")
    within(watch.seconds(), 0.2)


# ---- reset_peer


def is_reset_while_it_sends(sock):
    watch = Stopwatch()
    try:
        while is_quiet(sock, seconds=0.05):
            sock.sendall(b"more")
            if watch.seconds() > PATIENCE:
                return False
        return ending(sock, PATIENCE) == "rst"
    except ConnectionResetError:
        return True


@both_ways
@both_ages
def test_reset_peer_counts_from_the_first_byte(ends, stream, age):
    source, destination = ends.aged(stream, age, "reset_peer", timeout=400)
    assert is_quiet(source, destination, seconds=0.6)
    watch = Stopwatch()
    source.sendall(b"first")
    pass_byte(destination, source)
    assert is_reset_while_it_sends(source)
    within(watch.seconds(), 0.4)
    assert drain(destination, PATIENCE) == (b"", "rst")
    within(watch.seconds(), 0.4)


@both_ways
def test_reset_peer_removed_while_it_waits_lets_go(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "reset_peer", timeout=60000)
    source.sendall(b"held")
    assert is_quiet(source, destination)
    watch = Stopwatch()
    ends.remove(f"reset_peer_{stream}")
    assert receive(destination, 4) == b"held"
    within(watch.seconds(), 0)
    pass_byte(source, destination)


@both_ways
def test_reset_peer_updated_while_it_waits(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "reset_peer", timeout=60000)
    watch = Stopwatch()
    source.sendall(b"held")
    assert is_quiet(source, destination)
    ends.update(f"reset_peer_{stream}", attributes={"timeout": 500})
    assert ending(source, PATIENCE) == "rst"
    assert ending(destination, PATIENCE) == "rst"
    within(watch.seconds(), 0.5)


# ---- slicer


@both_ways
@both_ages
def test_slices_are_separate_and_paced(ends, stream, age):
    source, destination = ends.aged(stream, age, "slicer", average_size=64,
                                    size_variation=0, delay=20000)
    for _ in range(5):  # some meet on the way to a busy reader
        watch = Stopwatch()
        source.sendall(b"s" * 1000)
        sizes = receive_pieces(destination, 1000)
        within(watch.seconds(), 15 * 0.02, late=2 * LATE)
        assert len(sizes) <= 16
        if sizes.count(62) + sizes.count(63) >= 12:
            return
    pytest.fail(f"16 slices of 62 or 63 were due: {sizes}")


@both_ways
def test_slices_of_one_byte(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=1, size_variation=0,
               delay=10000)
    data = bytes(range(24))
    within(delay_of(source, destination, data), 23 * 0.01, late=2 * LATE)


@both_ways
def test_slices_vary_within_bounds(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=1000, size_variation=500,
               delay=20000)
    for _ in range(5):
        source.sendall(b"s" * 10000)
        sizes = receive_pieces(destination, 10000)
        if max(sizes) <= 1500:
            break  # no two met on the way to a busy reader
    assert max(sizes) <= 1500
    assert min(sizes) >= 250  # half of what was too much, less the variation
    assert len(set(sizes)) > 3


@both_ways
def test_slicer_loses_nothing_at_speed(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "slicer", average_size=100, size_variation=50,
               delay=0)
    data = bytes(i * 31 % 253 for i in range(200000))
    delay_of(source, destination, data)


# ---- limit_data


@both_ways
@both_ages
@pytest.mark.parametrize("limit", [1, 1000, 100000, 1000000])
def test_limit_data_is_exact(ends, stream, age, limit):
    source, destination = ends.aged(stream, age, "limit_data", bytes=limit)
    data = bytes(i * 13 % 241 for i in range(limit + 500))
    sender = threading.Thread(target=send_while_open, args=(source, data))
    sender.start()
    assert drain(destination, PATIENCE) == (data[:limit], "fin")
    sender.join()


@both_ways
def test_limit_data_counts_over_many_messages(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "limit_data", bytes=100)
    for _ in range(9):
        source.sendall(b"1234567890")
        assert receive(destination, 10) == b"1234567890"
    source.sendall(b"1234567890")
    assert drain(destination, PATIENCE) == (b"1234567890", "fin")


@both_ways
def test_limit_data_does_not_count_the_other_direction(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "limit_data", bytes=10)
    delay_of(destination, source, b"o" * 10000)
    pass_byte(source, destination)


@both_ways
def test_limit_data_raised_goes_on_counting(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "limit_data", bytes=100)
    delay_of(source, destination, b"1" * 60)
    ends.update(f"limit_data_{stream}", attributes={"bytes": 200})
    source.sendall(b"2" * 500)
    assert drain(destination, PATIENCE) == (b"2" * 140, "fin")


@both_ways
def test_limit_data_lowered_acts_on_the_next_byte(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "limit_data", bytes=100)
    delay_of(source, destination, b"1" * 60)
    ends.update(f"limit_data_{stream}", attributes={"bytes": 50})
    assert is_quiet(source, destination)
    source.sendall(b"2")
    assert drain(destination, PATIENCE) == (b"", "fin")


# ---- noop


@both_ways
@both_ages
def test_noop(ends, stream, age):
    source, destination = ends.aged(stream, age, "noop")
    within(delay_of(source, destination), 0)
    within(delay_of(source, destination, b"n" * 1000000), 0, late=2 * LATE)
    source.shutdown(socket.SHUT_WR)
    assert ending(destination, PATIENCE) == "fin"


# ---- the order of a chain


@both_ways
def test_chain_runs_in_the_order_of_creation(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=300)
    ends.toxic(stream, "reset_peer", timeout=0)
    watch = Stopwatch()
    source.sendall(b"late, then reset")
    assert ending(source, PATIENCE) == "rst"
    within(watch.seconds(), 0.3)


@both_ways
def test_chain_the_other_way_round(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "reset_peer", timeout=0)
    ends.toxic(stream, "latency", latency=3000)
    watch = Stopwatch()
    source.sendall(b"reset at once")
    assert ending(source, PATIENCE) == "rst"
    within(watch.seconds(), 0)
    assert ending(destination, PATIENCE) == "rst"


@both_ways
def test_update_keeps_the_place_in_the_chain(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "latency", latency=100)
    ends.toxic(stream, "reset_peer", timeout=0)
    ends.update(f"latency_{stream}", attributes={"latency": 300})
    watch = Stopwatch()
    source.sendall(b"late, then reset")
    assert ending(source, PATIENCE) == "rst"
    within(watch.seconds(), 0.3)


@both_ways
def test_limit_data_before_latency_still_delivers(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "limit_data", bytes=5)
    ends.toxic(stream, "latency", latency=300)
    watch = Stopwatch()
    source.sendall(b"1234567890")
    assert drain(destination, PATIENCE) == (b"12345", "fin")
    within(watch.seconds(), 0.3)


# ---- toxicity


def delayed(pairs, nominal=0.3):
    """Which sessions the latency is at work on: each of three times, as a
    machine that stands still delays others, too"""
    found = range(len(pairs))
    for _ in range(3):
        took = delays_of([pairs[i] for i in found])
        found = [i for i, s in zip(found, took) if s >= nominal - EARLY]
    return [i in found for i in range(len(pairs))]


@both_ways
@pytest.mark.parametrize("toxicity", [0, 1])
def test_toxicity_none_and_all(ends, stream, toxicity):
    old = [ends.open_for(stream) for _ in range(10)]
    ends.toxic(stream, "latency", toxicity=toxicity, latency=300)
    new = [ends.open_for(stream) for _ in range(10)]
    assert delayed(old + new) == [bool(toxicity)] * 20


def draws(seed, stream, name="p"):
    """Old sessions, then new ones, under a toxic at work on half of them."""
    with Toxid("-seed", str(seed)) as t:
        ends = Ends(t, name)
        old = [ends.open_for(stream) for _ in range(30)]
        ends.toxic(stream, "latency", toxicity=0.5, latency=300)
        new = [ends.open_for(stream) for _ in range(30)]
        result = delayed(old + new)
        ends.close()
    return result


@both_ways
def test_toxicity_of_a_half_repeats_with_its_seed(stream):
    first = draws(42, stream)
    assert 6 <= sum(first[:30]) <= 24
    assert 6 <= sum(first[30:]) <= 24
    assert draws(42, stream) == first
    assert draws(43, stream) != first
    assert draws(42, stream, name="other") != first


def connected_draws(t):
    """The draws that the log shows, by the number of the session."""
    return {int(line["session"].split(".")[1]): line["toxics"] for line in t.log()
            if line.get("message") == "Setup connection"}


@both_ways
def test_what_was_drawn_is_visible(stream):
    with Toxid("-seed", "7", env={"LOG_LEVEL": "debug"}) as t:
        ends = Ends(t)
        ends.toxic(stream, "latency", toxicity=0.5, toxic_name="half",
                   latency=300)
        seen = delayed([ends.open_for(stream) for _ in range(20)])
        assert wait_until(lambda: len(connected_draws(t)) == 20)
        logged = connected_draws(t)
        ends.close()
    assert [logged[i] for i in sorted(logged)] == [
        "half=1" if is_delayed else "half=0" for is_delayed in seen]


@both_ways
def test_a_draw_stays_until_the_toxicity_changes(ends, stream):
    ends.toxic(stream, "latency", toxicity=0.5, latency=300)
    pairs = [ends.open_for(stream) for _ in range(24)]
    first = delayed(pairs)
    ends.toxic(stream, "noop")
    assert delayed(pairs) == first
    ends.update(f"latency_{stream}", attributes={"latency": 400})
    assert delayed(pairs, 0.4) == first
    ends.update(f"latency_{stream}", toxicity=0.5)
    ends.remove(f"noop_{stream}")
    assert delayed(pairs, 0.4) == first
    ends.update(f"latency_{stream}", toxicity=1)
    assert delayed(pairs, 0.4) == [True] * 24
    ends.update(f"latency_{stream}", toxicity=0)
    assert delayed(pairs, 0.4) == [False] * 24
