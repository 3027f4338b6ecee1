# SPDX-License-Identifier: ISC
"""toxiproxy-python drives toxid in front of a real Redis."""

import os

from redis_command import command, ping
from toxiproxy import Toxiproxy
from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

UPSTREAM = os.environ["REDIS"]
NAME = "python_redis"
PONG = b"+PONG\r\n"


def raises(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError("no %s" % error.__name__)


def can_knock():
    """Both running() and version() look up what is before the port as a
    name, also where that begins with a password."""
    return "@" not in os.environ["TOXID"]


def create_and_errors(server):
    proxy = server.create(upstream=UPSTREAM, name=NAME)
    assert not can_knock() or b"version" in server.version()
    assert ping(proxy.listen).text == PONG

    # create() looks for the name itself; the daemon has to say it too.
    body = {"name": NAME, "listen": "127.0.0.1:0", "upstream": UPSTREAM}
    raises(ProxyExists, server.create, upstream=UPSTREAM, name=NAME)
    raises(ProxyExists, APIConsumer.post, "/proxies", json=body)
    raises(NotFound, APIConsumer.get, "/proxies/python_unknown")
    raises(NotFound, proxy.destroy_toxic, "none")
    raises(InvalidToxic, proxy.add_toxic, type="none")
    return proxy


def latency(proxy):
    proxy.add_toxic(type="latency", attributes={"latency": 100})
    assert ping(proxy.listen).last >= 0.1
    path = "/proxies/%s/toxics/latency_downstream" % NAME
    APIConsumer.post(path, json={"attributes": {"latency": 1000}})
    assert ping(proxy.listen).last >= 1
    toxic = proxy.get_toxic("latency_downstream")
    assert toxic.attributes == {"latency": 1000, "jitter": 0}
    proxy.destroy_toxic("latency_downstream")
    assert proxy.toxics() == {}
    assert ping(proxy.listen).last < 1


def with_toxic(proxy, kind, attributes, check):
    proxy.add_toxic(type=kind, attributes=attributes)
    check(proxy.listen)
    proxy.destroy_toxic(kind + "_downstream")
    assert ping(proxy.listen).text == PONG


def other_toxics(proxy):
    def bandwidth(listen):
        seen = command(listen, "ECHO " + "x" * 3000, 3009)
        assert len(seen.text) == 3009 and seen.last >= 0.25

    def timeout(listen):
        seen = ping(listen)
        assert (seen.text, seen.error) == (b"", None) and seen.end >= 0.1

    def reset_peer(listen):
        assert ping(listen).error is ConnectionResetError

    def limit_data(listen):
        assert ping(listen).text == b"+PO"

    def slicer(listen):
        seen = ping(listen)
        assert seen.text == PONG and seen.last >= 0.06

    def slow_close(listen):
        seen = command(listen, "QUIT")
        assert seen.text == b"+OK\r\n" and seen.end >= 0.2

    with_toxic(proxy, "bandwidth", {"rate": 10}, bandwidth)
    with_toxic(proxy, "timeout", {"timeout": 100}, timeout)
    with_toxic(proxy, "reset_peer", {"timeout": 0}, reset_peer)
    with_toxic(proxy, "limit_data", {"bytes": 3}, limit_data)
    with_toxic(proxy, "slicer", {"average_size": 1, "delay": 10000}, slicer)
    with_toxic(proxy, "slow_close", {"delay": 200}, slow_close)


def disable_and_enable(proxy):
    with proxy.down():
        assert ping(proxy.listen).error is ConnectionRefusedError
    assert ping(proxy.listen).text == PONG


def populate_reset_delete(server, proxy):
    body = {"listen": "127.0.0.1:0", "upstream": UPSTREAM}
    made = server.populate([dict(body, name=n) for n in ("py_a", "py_b")])
    assert [each.name for each in made] == ["py_a", "py_b"]
    listed = server.proxies()
    for name in (NAME, "py_a", "py_b"):
        assert ping(listed[name].listen).text == PONG

    proxy.add_toxic(type="timeout", attributes={"timeout": 0})
    made[0].disable()
    server.reset()
    assert ping(proxy.listen).text == PONG
    assert ping(made[0].listen).text == PONG

    for each in [proxy] + made:
        server.destroy(each)
    assert server.get_proxy(NAME) is None
    raises(NotFound, proxy.destroy)
    assert ping(proxy.listen).error is ConnectionRefusedError


def main():
    server = Toxiproxy()
    host, port = os.environ["TOXID"].rsplit(":", 1)
    server.update_api_consumer(host, int(port))
    assert not can_knock() or server.running()
    proxy = create_and_errors(server)
    latency(proxy)
    other_toxics(proxy)
    disable_and_enable(proxy)
    populate_reset_delete(server, proxy)


main()
