# SPDX-License-Identifier: ISC
"""For schemathesis: what it makes up listens on loopback alone, and is about
proxies and toxics that there are, mostly."""

import collections
import itertools
import os
import urllib.parse
import zlib

import requests
import schemathesis

URL, HEADERS = os.environ["URL"], {
    "Authorization": os.environ["AUTHORIZATION"]}
LISTEN = "127.0.0.1:0"
NAMES = "p", "p", "p", "q"
NEW = "abcdefgh"
PROFILE = "3g"
# What requests about something by name find there.
HAVE = {
    "proxy": ("/proxies", {"name": "p", "listen": LISTEN, "upstream": ":1"}),
    "toxic": ("/proxies/p/toxics", {"name": "p", "type": "noop"}),
    "token": ("/tokens", {"name": "p"}),
    "scenario": ("/scenarios", {"name": "p", "proxy": "p", "steps": [
        {"duration": 1000}]}),
    "source": ("/desired/p", {"generation": "1"}),
}
ABOUT = "X-Toxid-Tenant", "X-Toxid-Session", "If-Match"
TURNS, CALLS = itertools.count(), collections.Counter()
# Operations that this toxid does not do.
NOT_THERE = set(os.environ["NOT_THERE"].split())


def is_one_in(n, text):
    """... of all texts, and always the same ones"""
    return zlib.crc32(str(text).encode(errors="replace")) % n == 0


def name_like(text, names):
    """Not the same for the same text: of an operation it may be the only one."""
    if not isinstance(text, str) or is_one_in(8, text):
        return text
    turn = f"{next(TURNS)}{text}".encode(errors="replace")
    return names[zlib.crc32(turn) // 8 % len(names)]


def tame(proxy, is_new):
    """Keys may be written in any case."""
    if not isinstance(proxy, dict):
        return
    for key, value in proxy.items():
        if key.lower() == "listen" and isinstance(value, str):
            proxy[key] = LISTEN
        elif key.lower() == "name":
            proxy[key] = name_like(value, NEW if is_new else NAMES)
        elif key.lower() == "upstream":
            proxy[key] = name_like(value, [":1"])
    if is_new and not any(key.lower() == "listen" for key in proxy):
        proxy["listen"] = LISTEN


def has_one(proxy, body):
    """It has a profile, and is asked for one that there is, mostly"""
    requests.post(f"{URL}/proxies/{proxy}/profile", json={"name": PROFILE},
                  headers=HEADERS, timeout=30)
    if isinstance(body, dict) and "name" in body:
        body["name"] = name_like(body["name"], [PROFILE])


def can_begin(body):
    """It is about a proxy that is in no other, and of steps that may be, mostly"""
    requests.delete(f"{URL}/proxies/n", headers=HEADERS, timeout=30)
    requests.post(f"{URL}/proxies", headers=HEADERS, timeout=30,
                  json={"name": "n", "listen": LISTEN, "upstream": ":1"})
    if isinstance(body, dict) and not is_one_in(4, sorted(map(str, body))):
        body |= {"name": "n", "proxy": "n", "steps": [{"duration": 1000}]}


def is_free(body):
    """Nobody has its name, mostly"""
    if isinstance(body, dict) and isinstance(body.get("name"), str) and (
            not is_one_in(4, body)):
        name = urllib.parse.quote(body["name"], "")
        requests.delete(f"{URL}/proxies/{name}", headers=HEADERS, timeout=30)


def can_be_applied(body):
    """Of what no other source has, mostly"""
    if isinstance(body, dict) and not is_one_in(4, sorted(map(str, body))):
        body |= {"generation": "1", "scenarios": [], "proxies": [
            {"name": "d", "listen": LISTEN, "upstream": ":1"}]}
    elif isinstance(body, dict) and isinstance(body.get("proxies"), list):
        for proxy in body["proxies"]:
            tame(proxy, True)


def can_be_waited_for(query):
    """... mostly, and not for long"""
    if not is_one_in(4, sorted(query)):
        query.clear()
        query["ended"] = 0
    query["timeout"] = 0


def is_to_be_reached(case):
    """The first, second, fourth, eighth ... of an operation"""
    name = case.operation.definition.raw["operationId"]
    CALLS[name] += 1
    return CALLS[name] & (CALLS[name] - 1) == 0


def make(name):
    """There is what a path may name so.  How it is called"""
    path, body = HAVE.get(name, HAVE["proxy"])
    requests.request("PUT" if name == "source" else "POST", URL + path,
                     json=body, headers=HEADERS, timeout=30)
    return body.get("name", "p")


def has_all(case):
    """What its path names is there, as new, and its body alone says more."""
    requests.delete(f"{URL}/proxies/p", headers=HEADERS, timeout=30)
    for name in ("proxy", *case.path_parameters):
        made = make(name)
        if name in case.path_parameters:
            case.path_parameters[name] = made
    case.query = {}
    for name in ABOUT:
        case.headers.pop(name, None)


def has_most(case):
    """... is there, mostly"""
    for name in case.path_parameters or ():
        made = make(name)
        case.path_parameters[name] = name_like(
            case.path_parameters[name], NAMES if name == "proxy" else made)
    for name in ABOUT:
        if name in case.headers and not is_one_in(4, case.headers[name]):
            del case.headers[name]


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if case.path_parameters and is_to_be_reached(case):
        has_all(case)
    else:
        has_most(case)
    if case.operation.path.endswith("/wait"):
        can_be_waited_for(case.query)
    if case.operation.path.endswith("/profile"):
        has_one(NAMES[0], case.body)
        return
    if case.operation.path == "/scenarios" and case.method == "POST":
        can_begin(case.body)
        return
    if case.operation.path == "/desired/{source}" and case.method == "PUT":
        can_be_applied(case.body)
        return
    for proxy in case.body if isinstance(case.body, list) else [case.body]:
        tame(proxy, case.operation.path in ("/proxies", "/populate"))
    if case.operation.path == "/proxies" and case.method == "POST":
        is_free(case.body)


@schemathesis.check
def only_a_bind_fails(_context, response, _case):
    if response.status_code == 500:
        assert response.json()["error"].startswith("listen tcp"), response.text


@schemathesis.check
class EachIsReached:
    """What is only ever refused has not been looked at."""

    def __init__(self):
        self.asked, self.done = set(), set()

    def after_response(self, _context, response, case):
        name = case.operation.definition.raw["operationId"]
        self.asked.add(name)
        if response.status_code < 300:
            self.done.add(name)

    def after_run(self, _context):
        assert self.asked - self.done <= NOT_THERE, self.asked - self.done
