# SPDX-License-Identifier: ISC
"""p2pd's ToxiClient drives toxid in front of a real Redis."""

import asyncio
import json
import os
import time

from p2pd import (
    BLACK_HOLE_IPS, IP4, SUB_ALL, Interface, IPRange, Route, RoutePool,
    ToxiClient, ToxiToxic, async_test, fstr)

REDIS_HOST, REDIS_PORT = os.environ["REDIS"].rsplit(":", 1)
PONG = b"+PONG\r\n"


def loopback():
    """Interface() finds out about itself from STUN servers; we know."""
    nic = Interface("lo", stack=IP4)
    inside, outside = IPRange("127.0.0.1"), IPRange(BLACK_HOLE_IPS[IP4])
    nic.rp[IP4] = RoutePool([Route(IP4, [inside], [outside], interface=nic)])
    nic.id = nic.name
    nic.netiface_index = 0
    nic.is_default = lambda af, gws=None: True
    nic.resolved = True
    return nic


async def command(tunnel, line, want):
    """What came of a command's answer, and the seconds to its end."""
    pipe, _ = await tunnel.get_pipe()
    start = time.monotonic()
    await pipe.send(line + b"\r\n")
    text = b""
    while len(text) < want:
        data = await pipe.recv(SUB_ALL, timeout=1)
        if not data:
            break
        text += data
    took = time.monotonic() - start
    await pipe.close()
    return text, took


async def ping(tunnel):
    return await command(tunnel, b"PING", len(PONG))


async def toxics(tunnel):
    return json.loads(await tunnel.test_list())["toxics"]


async def with_toxic(tunnel, toxic, line, want):
    await tunnel.new_toxic(toxic)
    assert len(await toxics(tunnel)) == 1
    seen = await command(tunnel, line, want)
    await tunnel.remove_toxic(toxic)
    assert await toxics(tunnel) == []
    assert (await ping(tunnel))[0] == PONG
    return seen


async def all_toxics(tunnel):
    down, up = ToxiToxic().downstream(), ToxiToxic().upstream()

    text, took = await with_toxic(tunnel, down.add_latency(100), b"PING", 7)
    assert text == PONG and took >= 0.1
    text, took = await with_toxic(tunnel, up.add_latency(100), b"PING", 7)
    assert text == PONG and took >= 0.1
    echo = b"ECHO " + b"x" * 3000
    limit = down.add_bandwidth_limit(10)
    text, took = await with_toxic(tunnel, limit, echo, 3009)
    assert len(text) == 3009 and took >= 0.25
    slicer = down.add_slicer(1, 0, 10000)
    text, took = await with_toxic(tunnel, slicer, b"PING", 7)
    assert text == PONG and took >= 0.06
    text, _ = await with_toxic(tunnel, down.add_limit_data(3), b"PING", 7)
    assert text == b"+PO"
    text, _ = await with_toxic(tunnel, down.add_timeout(100), b"PING", 7)
    assert text == b""
    text, _ = await with_toxic(tunnel, down.add_slow_close(200), b"PING", 7)
    assert text == PONG
    return down.add_reset_peer(0)


async def reset_peer(tunnel, toxic):
    """Its type is sent as "reset", which is not toxiproxy-server's name."""
    text, _ = await with_toxic(tunnel, toxic, b"PING", 7)
    assert text == b""


async def refused(tunnel):
    try:
        await asyncio.open_connection(tunnel.ip, tunnel.port)
    except ConnectionRefusedError:
        return True
    return False


async def main():
    host, port = os.environ["TOXID"].rsplit(":", 1)
    address = (host, int(port))
    client = await ToxiClient(address, loopback().route(IP4))
    assert b"version" in await client.version()

    redis = (REDIS_HOST, int(REDIS_PORT))
    tunnel = await client.new_tunnel(redis, name="p2pd_redis")
    assert (await ping(tunnel))[0] == PONG
    try:
        await client.new_tunnel(redis, name="p2pd_redis")
        raise RuntimeError("a second tunnel of one name")
    except AssertionError:
        pass

    reset = await all_toxics(tunnel)
    await reset_peer(tunnel, reset)
    await tunnel.close()
    assert await refused(tunnel)
    path = fstr("/proxies/{0}", (tunnel.name,))
    assert (await client.curl.vars().delete(path)).out == b""


async_test(main)
