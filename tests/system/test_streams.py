# SPDX-License-Identifier: ISC
"""Faults of streams that only toxid has: what both ends see of each."""

import contextlib
import threading

import pytest
from peers import ending
from rig import reset, wait_until
from test_relay_ends import (AGES, PATIENCE, STREAMS, Ends, Stopwatch, drain,
                             is_quiet, pass_byte, receive, send_while_open,
                             within)

both_ways = pytest.mark.parametrize("stream", STREAMS)
both_ages = pytest.mark.parametrize("age", AGES)

MIB = 1 << 20


@pytest.fixture
def ends(toxid):
    e = Ends(toxid)
    yield e
    e.close()


def data_of(size):
    return bytes(i * 13 % 241 for i in range(size))


def done(ends, name):
    toxics = ends.toxid.request("GET", "/proxies/p/stats").json()["toxics"]
    return next(t for t in toxics if t["name"] == name)


def open_sessions(ends):
    return ends.toxid.request("GET", "/proxies/p/stats").json()["open_sessions"]


def end_of_last(ends):
    """(why, toxic) of the session that has ended"""
    page = "/proxies/p/sessions?state=ended"
    assert wait_until(
        lambda: ends.toxid.request("GET", page).json()["sessions"])
    last = ends.toxid.request("GET", page).json()["sessions"][-1]
    return last["why"], last["toxic"]


def works_both_ways(source, destination):
    pass_byte(source, destination)
    pass_byte(destination, source)


# ---- corrupt


@both_ways
@both_ages
def test_corrupt_flips_bits(ends, stream, age):
    source, destination = ends.aged(stream, age, "corrupt", rate=1)
    data = data_of(MIB)
    sender = threading.Thread(target=source.sendall, args=(data,))
    sender.start()
    assert receive(destination, MIB) == bytes(0xff ^ b for b in data)
    sender.join()
    pass_byte(destination, source)
    ends.update(f"corrupt_{stream}", attributes={"rate": 0})
    source.sendall(data[:100000])
    assert receive(destination, 100000) == data[:100000]


@both_ways
def test_corrupt_flips_as_many_as_it_says(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "corrupt", rate=0.001)
    sender = threading.Thread(target=source.sendall, args=(bytes(MIB),))
    sender.start()
    flipped = int.from_bytes(receive(destination, MIB), "big")
    sender.join()
    assert 7400 < bin(flipped).count("1") < 9400  # 10 sigmas of 8389


# ---- truncate


def truncated(source, destination, size, passes):
    """All is taken of the source, and only so many bytes pass."""
    data = data_of(size)
    source.sendall(data)  # who is not read from, waits here
    assert drain(destination, PATIENCE) == (data[:passes], "fin")


@both_ways
@both_ages
@pytest.mark.parametrize("size", [1, 1000, 300000])
def test_truncate_is_exact_and_the_other_way_goes_on(ends, stream, age, size):
    source, destination = ends.aged(stream, age, "truncate", bytes=size)
    truncated(source, destination, 16 * MIB, size)
    destination.sendall(b"answer" * 100000)
    assert receive(source, 600000) == b"answer" * 100000
    assert is_quiet(source)
    assert wait_until(lambda: done(
        ends, f"truncate_{stream}")["dropped_bytes"] == 16 * MIB - size)


@both_ways
@both_ages
def test_truncate_0_is_an_end_at_once(ends, stream, age):
    source, destination = ends.aged(stream, age, "truncate", bytes=0)
    assert ending(destination, PATIENCE) == "fin"
    pass_byte(destination, source)
    source.sendall(bytes(MIB))
    pass_byte(destination, source)


@both_ways
def test_truncated_session_ends_by_both_ends(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "truncate", bytes=10)
    truncated(source, destination, MIB, 10)
    destination.shutdown(1)
    assert ending(source, PATIENCE) == "fin"
    source.sendall(bytes(MIB))
    assert open_sessions(ends) == 1
    source.close()
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
def test_truncate_taken_away_brings_nothing_back(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "truncate", bytes=10)
    truncated(source, destination, MIB, 10)
    ends.remove(f"truncate_{stream}")
    truncated(source, destination, 16 * MIB, 0)
    pass_byte(destination, source)
    ends.toxic(stream, "latency", latency=1)  # it begins anew, for nobody
    truncated(source, destination, 16 * MIB, 0)
    pass_byte(destination, source)
    source.close()
    destination.close()
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
def test_truncate_and_then_a_reset(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "truncate", bytes=10)
    truncated(source, destination, MIB, 10)
    reset(source)
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
def test_truncate_before_latency_ends_late(ends, stream):
    source, destination = ends.open_for(stream)
    ends.toxic(stream, "truncate", bytes=5)
    ends.toxic(stream, "latency", latency=300)
    watch = Stopwatch()
    source.sendall(b"1234567890")
    assert drain(destination, PATIENCE) == (b"12345", "fin")
    within(watch.seconds(), 0.3)


# ---- close


@both_ways
@both_ages
@pytest.mark.parametrize("mode, end", [("fin", "fin"), ("reset", "rst")])
def test_close_by_bytes(ends, stream, age, mode, end):
    source, destination = ends.aged(stream, age, "close", after_bytes=1000,
                                    mode=mode)
    pass_byte(destination, source)  # which does not count
    data = data_of(200000)
    send_while_open(source, data)
    assert drain(destination, PATIENCE) == (data[:1000], end)
    assert ending(source, PATIENCE) in ("fin", "rst")
    assert end_of_last(ends)[1] == f"close_{stream}"


@both_ways
@both_ages
@pytest.mark.parametrize("mode, end, why", [
    ("fin", "fin", "closed by a toxic"), ("reset", "rst", "reset by a toxic")])
def test_close_by_time(ends, stream, age, mode, end, why):
    watch = Stopwatch()
    source, destination = ends.aged(stream, age, "close", toxic_name="late",
                                    after_ms=500, after_bytes=10 ** 9,
                                    mode=mode)
    assert ending(destination, PATIENCE) == end
    assert watch.seconds() >= 0.5
    assert ending(source, PATIENCE) == end
    assert end_of_last(ends) == (why, "late")


@both_ways
@both_ages
def test_close_of_nothing_is_at_once(ends, stream, age):
    source, destination = ends.aged(stream, age, "close")
    assert ending(destination, PATIENCE) == "fin"
    assert ending(source, PATIENCE) == "fin"


# ---- close, by hanging


def hung(ends, stream, passes=10, size=5000):
    """(source, destination, what is held of the source)"""
    source, destination = ends.open_for(stream)
    works_both_ways(source, destination)
    ends.toxic(stream, "close", toxic_name="hang", after_bytes=passes,
               mode="hang")
    data = data_of(size)
    source.sendall(data)
    assert receive(destination, passes) == data[:passes]
    return source, destination, data[passes:]


def is_hung(*socks):
    return is_quiet(*socks)


@both_ways
def test_hang_lets_nothing_pass_either_way(ends, stream):
    source, destination, held = hung(ends, stream)
    destination.sendall(b"answer" * 1000)
    assert is_hung(source, destination)
    ends.remove("hang")
    assert receive(destination, len(held)) == held
    assert receive(source, 6000) == b"answer" * 1000
    works_both_ways(source, destination)


@both_ways
@both_ages
def test_hang_by_time(ends, stream, age):
    source, destination = ends.aged(stream, age, "close", toxic_name="hang",
                                    after_ms=1, mode="hang")
    assert wait_until(lambda: done(ends, "hang")["hits"] == 1)
    source.sendall(b"to there")
    destination.sendall(b"and back")
    assert is_hung(source, destination)
    ends.update("hang", attributes={"after_ms": 3600000})
    assert receive(destination, 8) == b"to there"
    assert receive(source, 8) == b"and back"


@both_ways
def test_hang_holds_both_ends_of_streams(ends, stream):
    source, destination, held = hung(ends, stream)
    source.shutdown(1)
    destination.shutdown(1)
    assert is_hung(source, destination)
    ends.remove("hang")
    assert drain(destination, PATIENCE) == (held, "fin")
    assert drain(source, PATIENCE) == (b"", "fin")
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
@pytest.mark.parametrize("who", ["source", "destination"])
def test_hang_holds_a_reset(ends, stream, who):
    source, destination, _ = hung(ends, stream)
    gone, left = (source, destination) if who == "source" else (
        destination, source)
    reset(gone)
    assert is_hung(left)
    assert open_sessions(ends) == 1
    ends.remove("hang")
    assert drain(left, PATIENCE)[1] == "rst"
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
@pytest.mark.parametrize("first", [0, 1])
def test_hang_ends_when_both_have_gone(ends, stream, first):
    pair = hung(ends, stream)[:2]
    reset(pair[first])
    assert is_hung(pair[not first])
    reset(pair[not first])
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
def test_hang_for_a_while_holds_the_other_way_no_longer(ends, stream):
    reply = ends.toxid.request("POST", "/proxies/p/toxics", {
        "type": "close", "name": "hang", "stream": stream,
        "attributes": {"mode": "hang"}, "select": {"duration_ms": 1000}})
    assert reply.status == 200, reply
    watch = Stopwatch()
    source, destination = ends.open_for(stream)
    assert wait_until(lambda: done(ends, "hang")["hits"] == 1)
    destination.sendall(b"answer")
    assert receive(source, 6) == b"answer"
    assert watch.seconds() >= 1
    works_both_ways(source, destination)


@both_ways
@pytest.mark.parametrize("who", [0, 1])
def test_hang_for_a_while_is_over_though_one_has_gone(ends, stream, who):
    reply = ends.toxid.request("POST", "/proxies/p/toxics", {
        "type": "close", "name": "hang", "stream": stream,
        "attributes": {"mode": "hang"}, "select": {"duration_ms": 1500}})
    assert reply.status == 200, reply
    watch = Stopwatch()
    pair = ends.open_for(stream)
    assert wait_until(lambda: done(ends, "hang")["hits"] == 1)
    reset(pair[who])
    assert is_hung(pair[not who])
    assert drain(pair[not who], PATIENCE)[1] == "rst"
    assert watch.seconds() >= 1.5
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
def test_hang_goes_on_as_far_as_a_change_lets_it_though_one_has_gone(
        ends, stream):
    source, destination, _ = hung(ends, stream)
    reset(destination)
    assert is_hung(source)
    ends.update("hang", attributes={"after_bytes": 1})
    assert is_hung(source)
    ends.update("hang", attributes={"after_bytes": 1 << 40})
    assert drain(source, PATIENCE)[1] == "rst"
    assert wait_until(lambda: open_sessions(ends) == 0)


@both_ways
def test_hang_goes_on_behind_an_end_that_it_let_through(ends, stream):
    ends.toxic(stream, "close", toxic_name="hang", mode="hang",
               after_ms=3600000)
    ends.toxic(stream, "slow_close", toxic_name="slow", delay=3600000)
    source, destination = ends.open_for(stream)
    source.shutdown(1)
    assert wait_until(lambda: done(ends, "slow")["hits"] == 1)
    ends.update("hang", attributes={"after_ms": 0})
    ends.update("slow", attributes={"delay": 0})
    assert ending(destination, PATIENCE) == "fin"
    destination.sendall(b"answer")
    assert is_hung(source)
    ends.remove("hang")
    assert receive(source, 6) == b"answer"


@both_ways
def test_an_end_that_a_hang_holds_is_no_less_for_its_toxic_gone(ends, stream):
    source, destination = ends.open_for(stream)
    other = next(s for s in STREAMS if s != stream)
    ends.toxic(other, "close", toxic_name="hang", mode="hang")
    assert wait_until(lambda: done(ends, "hang")["hits"] == 1)
    ends.toxic(stream, "truncate", toxic_name="cut", bytes=0)
    assert wait_until(lambda: done(ends, "cut")["hits"] == 1)
    ends.remove("cut")
    source.sendall(b"more")
    ends.remove("hang")
    assert drain(destination, PATIENCE) == (b"", "fin")


@both_ways
def test_hang_spares_other_sessions(ends, stream):
    other = ends.open_for(stream)
    source, destination, _ = hung(ends, stream)
    works_both_ways(*other)
    assert is_hung(source, destination)


@both_ways
@pytest.mark.parametrize("mode, end", [("fin", "fin"), ("reset", "rst")])
def test_hang_ends_by_another_toxic(ends, stream, mode, end):
    """... of the direction that is held"""
    source, destination, _ = hung(ends, stream)
    other = next(s for s in STREAMS if s != stream)
    ends.toxic(other, "close", toxic_name="last", after_ms=1, mode=mode)
    assert drain(source, PATIENCE) == (b"", end)
    assert drain(destination, PATIENCE) == (b"", end)
    assert end_of_last(ends)[1] == "last"


@both_ways
def test_hang_ends_as_one_asks(ends, stream):
    source, destination, _ = hung(ends, stream)
    session, = ends.toxid.request(
        "GET", "/proxies/p/sessions").json()["sessions"]
    reply = ends.toxid.request(
        "DELETE", f"/proxies/p/sessions/{session['id']}")
    assert reply.status == 204, reply
    assert ending(destination, PATIENCE) in ("fin", "rst")
    assert ending(source, PATIENCE) in ("fin", "rst")


@both_ways
def test_hang_goes_on_in_a_halt(ends, stream):
    source, destination, held = hung(ends, stream)
    destination.sendall(b"answer")
    assert ends.toxid.request("POST", "/halt").status == 200
    assert receive(destination, len(held)) == held
    assert receive(source, 6) == b"answer"


@both_ways
def test_hang_ends_with_its_proxy(ends, stream):
    source, destination, _ = hung(ends, stream)
    assert ends.toxid.request("DELETE", "/proxies/p").status == 204
    assert ending(destination, PATIENCE) in ("fin", "rst")
    assert ending(source, PATIENCE) in ("fin", "rst")


# ---- latency


@both_ways
@pytest.mark.parametrize("distribution", ["normal", "pareto", "paretonormal"])
def test_latency_has_its_distribution(ends, stream, distribution):
    source, destination = ends.open_for(stream)
    made = ends.toxic(stream, "latency", latency=200, jitter=10,
                      distribution=distribution, correlation=0.5)
    assert made["attributes"] == {
        "latency": 200, "jitter": 10, "distribution": distribution,
        "correlation": 0.5}
    watch = Stopwatch()
    pass_byte(source, destination)
    assert watch.seconds() > 0.1  # 8 sigmas


# ---- bandwidth


SHARED = 2000  # KB/s
CLIENTS = 8


def passed(ends, stream):
    """Bytes of each session"""
    page = ends.toxid.request("GET", "/proxies/p/sessions").json()
    return [each["bytes"][stream] for each in page["sessions"]]


@both_ways
def test_bandwidth_of_all_is_shared(ends, stream):
    """Exact it is in tests/unit/line_test.c; no machine makes it too much."""
    pairs = [ends.open_for(stream) for _ in range(CLIENTS)]
    until, watch = threading.Event(), Stopwatch()
    ends.toxic(stream, "bandwidth", rate=SHARED, scope="proxy")

    def send(source):
        while not until.is_set():
            send_while_open(source, bytes(65536))

    def swallow(destination):
        try:
            while destination.recv(1 << 20):
                pass
        except OSError:
            pass  # it is over

    threads = [threading.Thread(target=of, args=(sock,), daemon=True)
               for pair in pairs for of, sock in zip((send, swallow), pair)]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: sum(passed(ends, stream)) > SHARED * 2000)
    shares, seconds = passed(ends, stream), watch.seconds()
    until.set()
    for sock in [sock for pair in pairs for sock in pair]:
        with contextlib.suppress(OSError):  # by the other end of the session
            sock.shutdown(2)
    for thread in threads:
        thread.join()
    assert sum(shares) <= SHARED * 1000 * (seconds + 0.1) * 1.0625
    assert max(shares) < 1.5 * sum(shares) / CLIENTS
    assert min(shares) > 0.5 * sum(shares) / CLIENTS


def test_bandwidth_is_shown_as_toxiproxy_shows_it(toxid):
    toxid.proxy("p", upstream="127.0.0.1:1")
    said = toxid.request("POST", "/proxies/p/toxics", {
        "type": "bandwidth", "attributes": {"rate": 1}})
    assert b'"attributes":{"rate":1},' in said.body
    toxic = "/proxies/p/toxics/bandwidth_downstream"
    said = toxid.request("PATCH", toxic, {
        "attributes": {"burst": 5, "scope": "proxy"}})
    assert b'"attributes":{"rate":1,"scope":"proxy","burst":5},' in said.body


def test_latency_is_shown_as_toxiproxy_shows_it(toxid):
    toxid.proxy("p", upstream="127.0.0.1:1")
    said = toxid.request("POST", "/proxies/p/toxics", {
        "type": "latency", "attributes": {
            "latency": 1, "distribution": "uniform", "correlation": 0}})
    assert b'"attributes":{"latency":1,"jitter":0},' in said.body
    toxic = "/proxies/p/toxics/latency_downstream"
    said = toxid.request("PATCH", toxic, {
        "attributes": {"correlation": 0.25}})
    assert b'"attributes":{"latency":1,"jitter":0,"correlation":0.25},' in \
        said.body


@pytest.mark.parametrize("kind, attributes, why", [
    ("corrupt", {"rate": 1.5}, "rate: must be between 0 and 1"),
    ("corrupt", {"rate": -0.1}, "rate: must be between 0 and 1"),
    ("truncate", {"bytes": -1}, "bytes: must be at least 0"),
    ("close", {"after_ms": -1}, "after_ms: must be at least 0"),
    ("close", {"after_bytes": -1}, "after_bytes: must be at least 0"),
    ("close", {"mode": "rst"}, "mode: must be one of fin, reset, hang"),
    ("latency", {"distribution": "gauss"}, "distribution: must be one of "
     "uniform, normal, pareto, paretonormal"),
    ("latency", {"correlation": 2}, "correlation: must be between 0 and 1")])
def test_what_is_refused_says_why(toxid, kind, attributes, why):
    toxid.proxy("p", upstream="127.0.0.1:1")
    r = toxid.request("POST", "/proxies/p/toxics",
                      {"type": kind, "attributes": attributes})
    assert r.status == 400
    assert r.json()["error"] == f"invalid attribute {why}"


@pytest.mark.parametrize("kind", ["corrupt", "truncate", "close"])
def test_what_is_misspelt_is_refused(toxid, kind):
    toxid.proxy("p", upstream="127.0.0.1:1")
    r = toxid.request("POST", "/proxies/p/toxics",
                      {"type": kind, "attributes": {"afterbytes": 1}})
    assert r.status == 400 and "has no attribute" in r.json()["error"]
