# SPDX-License-Identifier: ISC
"""A suite that makes things until it is killed; see killed.py."""

import http.client
import json
import os
import socket
import time

ENV, TTL = os.environ, int(os.environ["TTL"])
HEADERS = {"Authorization": "Bearer " + ENV["TOKEN"],
           "Content-Type": "application/json"}


def is_over(since):
    """What was made then need not be there any more."""
    return 0 < TTL < (time.monotonic() - since) * 1000


def ask(method, path, body=None):
    api = http.client.HTTPConnection(ENV["TOXID"], timeout=60)
    api.request(method, path, body, HEADERS)
    return api.getresponse()


def call(method, path, body, good, since):
    reply = ask(method, path, json.dumps(body))
    said = reply.read()
    if reply.status == 404 and is_over(since):
        return {}
    assert reply.status == good, (path, reply.status, said)
    return json.loads(said or "{}")


def ping(listen, since):
    host, port = listen.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), 60) as s:
            s.sendall(b"hello")
            said = s.recv(5, socket.MSG_WAITALL)
    except OSError as error:
        said = error
    assert said == b"hello" or is_over(since), said


def turn(n):
    name, shared = f"{ENV['PREFIX']}{n}", f"/proxies/{ENV['SHARED']}/toxics"
    mine, since = f"/proxies/{name}", time.monotonic()
    toxic = {"name": name, "type": "latency", "ttl": TTL,
             "attributes": {"latency": 1}}
    made = call("POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0", "upstream": ENV["UPSTREAM"],
        "ttl": TTL}, 201, since)
    call("POST", f"{mine}/toxics", toxic, 200, since)
    call("POST", shared, toxic, 200, since)
    if made:
        ping(made["listen"], since)
    call("POST", f"{mine}/lease", {"ttl": TTL}, 200, since)
    if n % 4 != 0:
        call("DELETE", mine, None, 204, since)
        call("DELETE", f"{shared}/{name}", None, 204, since)


if "SESSION" in ENV:
    session = ask("POST", "/session")  # it stays open
    HEADERS["X-Toxid-Session"] = json.loads(session.readline())["id"]
n = 0
while True:
    turn(n)
    n += 1
    print(n, flush=True)
    time.sleep(0.05)
