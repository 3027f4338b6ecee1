# SPDX-License-Identifier: ISC
"""What toxics have done: GET /proxies/{p}/stats, and /metrics."""

import os
import signal

import pytest
from peers import Echo
from rig import Toxid, wait_until


@pytest.fixture(name="echo_port", scope="module")
def echo_for_all():
    with Echo() as echo:
        yield echo.port


@pytest.fixture(name="p")
def the_proxy(toxid, echo_port):
    toxid.proxy("p", upstream=f"localhost:{echo_port}")
    return toxid


def stats(t, name="p"):
    r = t.request("GET", f"/proxies/{name}/stats")
    assert r.status == 200, r
    return r.json()


def done(t, toxic):
    return next(x for x in stats(t)["toxics"] if x["name"] == toxic)


def hits(t, toxic):
    return done(t, toxic)["hits"]


def echoed(t, name="p", data=b"hello"):
    with t.connect(name) as c:
        c.sendall(data)
        assert c.recv(len(data), 0x100) == data  # MSG_WAITALL


def test_whatever_toxics_are_called(p):
    """They are told of one after the other."""
    apid, names = p.child("apid"), ("of a longer name", "short", "é")
    for name in names:
        p.toxic("p", "latency", "upstream", toxic_name=name, latency=1)
    echoed(p)
    assert wait_until(lambda: all(hits(p, name) == 1 for name in names))
    assert p.child("apid") == apid


def test_sessions_and_toxics(p):
    p.toxic("p", "latency", "upstream", toxic_name="slow", latency=1)
    p.toxic("p", "limit_data", toxic_name="unmet", bytes=1000)
    assert stats(p) == {
        "name": "p", "sessions": 0, "open_sessions": 0, "ended_sessions": 0,
        "dial_failures": 0, "toxics": [
            {"name": name, "type": kind, "stream": stream, "hits": 0,
             "delayed_bytes": 0, "dropped_bytes": 0}
            for name, kind, stream in [("slow", "latency", "upstream"),
                                       ("unmet", "limit_data", "downstream")]]}
    for n in range(3):
        echoed(p)
        assert wait_until(lambda: hits(p, "slow") == n + 1)
    assert done(p, "slow")["delayed_bytes"] == 15
    assert wait_until(lambda: stats(p)["ended_sessions"] == 3)
    assert stats(p)["sessions"] == 3 and stats(p)["open_sessions"] == 0
    assert hits(p, "unmet") == 0
    assert p.request("GET", "/proxies/none/stats").status == 404


def test_a_toxic_made_anew_has_done_nothing(p):
    p.toxic("p", "latency", toxic_name="slow", latency=1)
    echoed(p)
    assert wait_until(lambda: hits(p, "slow") == 1)
    assert p.request("PATCH", "/proxies/p/toxics/slow",
                     {"attributes": {"latency": 2}}).status == 200
    assert hits(p, "slow") == 1
    assert p.request("DELETE", "/proxies/p/toxics/slow").status == 204
    p.toxic("p", "latency", toxic_name="slow", latency=1)
    assert hits(p, "slow") == 0


@pytest.mark.parametrize("who", ["worker", "ctld", "apid"])
def test_what_was_counted_survives(p, who):
    p.toxic("p", "latency", toxic_name="slow", latency=1)
    echoed(p)
    assert wait_until(lambda: hits(p, "slow") == 1)
    os.kill(p.child({"worker": "relayd [p]"}.get(who, who)), signal.SIGKILL)

    def goes_on():
        try:
            return hits(p, "slow") == 1
        except (OSError, AssertionError):
            return False
    assert wait_until(goes_on)
    echoed(p)
    assert wait_until(lambda: hits(p, "slow") == 2)


def test_metrics(echo_port):
    with Toxid("-proxy-metrics") as t:
        t.proxy("p", upstream=f"localhost:{echo_port}")
        assert not [m for m in t.metrics() if "toxid_toxic" in m]
        t.toxic("p", "timeout", "upstream", toxic_name='a"b', timeout=0)
        with t.connect("p") as c:
            c.sendall(b"gone")
            labels = '{proxy="p",toxic="a\\"b",type="timeout"}'
            assert wait_until(
                lambda: t.metrics()[f"toxid_toxic_hits_total{labels}"] == 1)
            m = t.metrics()
            assert m[f"toxid_toxic_dropped_bytes_total{labels}"] == 4
            assert m[f"toxid_toxic_delayed_bytes_total{labels}"] == 0
        t.request("DELETE", "/proxies/p/toxics/a%22b")
        assert not [m for m in t.metrics() if "toxid_toxic" in m]
