# SPDX-License-Identifier: ISC
"""ctld is killed at each system call that it makes for a change, one by one,
and at each of its start: what was answered is so, what was not is whole or was
never there, and no session notices.  Some of them at random, or with EVERY_CALL
in the environment all."""

import contextlib
import http.client
import json
import os
import random
import signal

import pytest
import rig
from doom import Doom
from rig import PATIENCE, Toxid, wait_until

pytestmark = pytest.mark.normal_build
REPLACED = b"the control process was replaced"
MOMENTS = "before", "after"
DEATHS = 7      # of ctld in a row; of one more toxid would have enough
CALLS_MAX = 400  # no change makes as many
QUICK = 3  # so many of its calls are tried by a test that is not slow
STEP = 5   # and so far are they apart; a fourth of it in a slow one
EVERY = "EVERY_CALL" in os.environ  # all, then, which takes minutes

TOXIC = {"name": "t", "type": "latency", "attributes": {"latency": 1}}
NOOP = {"name": "n", "type": "noop"}
NOWHERE = "127.0.0.1:1"


def kept(upstream):
    """What nobody changes"""
    return {"name": "kept", "listen": "127.0.0.1:0", "upstream": upstream,
            "toxics": [TOXIC, NOOP]}


def proxy(name, upstream, **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": upstream,
            **more}


class World:
    """A toxid, its truth, and a session that has to live"""

    def __init__(self, stack, args, echo, config):
        self.config, self.echo, self.args = config, echo, args
        self.t = stack.enter_context(Toxid(
            *args, "-config", str(config), env={"LOG_LEVEL": "info"}))
        self.t.request("POST", "/proxies", kept(echo.address))
        self.session = stack.enter_context(self.t.connect("kept"))
        self.says()

    def says(self):
        data = os.urandom(3000)
        self.session.settimeout(PATIENCE)
        self.session.sendall(data)
        got = b""
        while len(got) < len(data):
            more = self.session.recv(65536)
            assert more, "the session has ended"
            got += more
        assert got == data

    def truth(self):
        return self.t.request("GET", "/proxies").json()

    def without_ports(self):
        """{name: (enabled, upstream, toxics)}"""
        return {name: (p["enabled"], p["upstream"], tuple(
            (x["name"], x["stream"], x["toxicity"],
             json.dumps(x["attributes"], sort_keys=True))
            for x in p["toxics"])) for name, p in self.truth().items()}

    def call(self, method, path, body=None):
        """Whatever became of it, again until it has an answer"""
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                reply = self.t.request(method, path, body)
                if reply.status != 503 or REPLACED not in reply.body:
                    return reply

    def furnish(self):
        """What changes are tried on, as it was"""
        for name in list(self.truth()):
            if name != "kept":
                self.call("DELETE", f"/proxies/{name}")
        self.call("POST", "/proxies", proxy("a", self.echo.address,
                                            toxics=[TOXIC]))
        self.call("POST", "/proxies", proxy("b", self.echo.address))
        for toxic in self.truth()["kept"]["toxics"]:
            self.call("DELETE", f"/proxies/kept/toxics/{toxic['name']}")
        for toxic in (TOXIC, NOOP):
            self.call("POST", "/proxies/kept/toxics", toxic)
        before = self.without_ports()
        assert set(before) == {"a", "b", "kept"}
        return before

    def serves(self, name):
        with contextlib.suppress(OSError), self.t.connect(name) as s:
            s.settimeout(PATIENCE)
            s.sendall(b"x")
            return s.recv(1) == b"x"

    def all_serve(self):
        for name, p in self.truth().items():
            if p["enabled"] and p["upstream"] != NOWHERE:
                assert wait_until(lambda name=name: self.serves(name)), name


def rows(upstream):
    return [proxy(name, upstream, toxics=[NOOP]) for name in ("x", "y", "a")]


def call(*words):
    def change(world):
        method, path, body = (words[i](world) if callable(words[i])
                              else words[i] for i in range(3))
        return world.t.request(method, path, body)
    return change


CHANGES = {
    "create": call("POST", "/proxies", lambda w: proxy(
        "new", w.echo.address, toxics=[TOXIC, NOOP])),
    "update": call("POST", "/proxies/a", {"upstream": NOWHERE}),
    "disable": call("POST", "/proxies/a", {"enabled": False}),
    "delete": call("DELETE", "/proxies/a", None),
    "toxic": call("POST", "/proxies/kept/toxics", {
        "name": "late", "type": "latency", "attributes": {"latency": 2}}),
    "toxic_update": call("POST", "/proxies/kept/toxics/t", {
        "attributes": {"latency": 3}}),
    "toxic_delete": call("DELETE", "/proxies/kept/toxics/t", None),
    "reset": call("POST", "/reset", None),
    "populate": call("POST", "/populate", lambda w: rows(w.echo.address)),
}


def subset(found, before, after):
    """Each proxy is as before, or as after; nothing is between"""
    for name in found.keys() | before.keys() | after.keys():
        assert found.get(name) in (before.get(name), after.get(name)), name


def whole(found, before, after):
    assert found in (before, after)


BY_ENTRY = {"reset", "populate"}  # each proxy by itself is whole


def try_it(world, name, n, after):
    """1: it was done before ctld came to its nth call"""
    before, alive = world.furnish(), world.t.worker("kept")
    was = world.t.ctld
    with Doom(world.t, n, when=random.choice(MOMENTS)) as doom:
        reply = None
        with contextlib.suppress(OSError, http.client.HTTPException):
            reply = CHANGES[name](world)
    is_over = not doom.has_struck()
    assert reply is not None, "its client got no answer"
    assert wait_until(lambda: world.t.children().get("ctld", [was]) != [was]
                      or is_over)
    found = world.without_ports()
    if reply.status == 503 and REPLACED in reply.body:
        (subset if name in BY_ENTRY else whole)(found, before, after)
    else:
        assert reply.status < 300, reply
        assert found == after, reply
    world.says()
    assert world.t.worker("kept") == alive
    world.all_serve()
    assert world.call("POST", "/proxies/b/toxics", NOOP).status in (200, 409)
    return is_over


def without_a_death(world, name):
    world.furnish()
    reply = CHANGES[name](world)
    assert reply.status < 300, reply
    return world.without_ports()


@pytest.fixture(params=["memory", "state"])
def worlds(request, tmp_path, echo):
    """One toxid after another, of which each bears so many deaths"""
    config = tmp_path / "config.json"
    config.write_text("[]")
    args = () if request.param == "memory" else (
        "-state", str(tmp_path / "state"))

    def each():
        while True:
            with contextlib.ExitStack() as stack:
                world = World(stack, args, echo, config)
                yield world
                world.truth()
                left = world.without_ports()
                world.session.close()
                assert world.t.stop() == 0
            if args:
                with Toxid(*args) as t:
                    world.t = t
                    assert world.without_ports() == left, "on the disk"
                    for name in left:
                        t.request("DELETE", f"/proxies/{name}")
    return each


def numbers(quick, step):
    """which calls, in order"""
    step = step if quick else 1 if EVERY else step // 4 + 1
    n = random.randrange(step) + 1
    while n < CALLS_MAX:
        yield n
        n += random.randrange(step) + step if step > 1 else 1


def at_each(worlds, quick, once, step=STEP, deaths=1):
    """once(world, n) until it says 1; so many ctlds die of it each time"""
    calls, tried = numbers(quick, step), 0
    for world in worlds():
        for _ in range(DEATHS // deaths):
            n = next(calls, None)
            if n is None or once(world, n) or (quick and tried == QUICK):
                return
            tried += 1


SPEEDS = [pytest.param(True, id="some"),
          pytest.param(False, id="many", marks=pytest.mark.slow)]


@pytest.mark.parametrize("quick", SPEEDS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_change(worlds, name, quick):
    after = {}

    def once(world, n):
        after.setdefault("is", without_a_death(world, name))
        return try_it(world, name, n, after["is"])
    at_each(worlds, quick, once)


# ---- while another takes over

@pytest.mark.parametrize("quick", SPEEDS)
def test_a_start(worlds, quick):
    """The next one dies at its start, too, and the one after that is well."""
    def once(world, n):
        before, alive = world.furnish(), world.t.worker("kept")
        with Doom(world.t, n, when=random.choice(MOMENTS),
                  starts=True) as doom:
            os.kill(world.t.ctld, signal.SIGKILL)
            assert world.call("GET", "/version").status == 200
            assert world.call("POST", "/proxies/b/toxics", NOOP
                              ).status in (200, 409)
        world.call("DELETE", "/proxies/b/toxics/n")
        assert world.without_ports() == before
        world.says()
        assert world.t.worker("kept") == alive
        world.all_serve()
        return not doom.has_struck()
    at_each(worlds, quick, once, step=25, deaths=2)


# ---- what toxid is asked for by a signal

def said(t, message):
    return sum(line["message"] == message for line in t.log())


CLIENTS = 5


def is_kept(client):
    """on the same connection"""
    client.auto_open = client.sock is None
    with contextlib.suppress(OSError, http.client.HTTPException):
        client.request("GET", "/version")
        return bool(client.getresponse().read())
    client.auto_open = 0
    return False


@pytest.mark.parametrize("quick", SPEEDS)
def test_an_upgrade(worlds, quick):
    """The next one does it, and clients that are kept alive are not lost, but
    for the one that the dead one had in hand."""
    def once(world, n):
        t, before, alive = world.t, world.furnish(), world.t.worker("kept")
        done = said(t, "Upgraded")
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(contextlib.closing(
                http.client.HTTPConnection(t.host, t.port, timeout=PATIENCE)))
                for _ in range(CLIENTS)]
            assert all(map(is_kept, clients))
            with Doom(t, n, when=random.choice(MOMENTS)) as doom:
                os.kill(t.pid, signal.SIGUSR2)
                assert wait_until(lambda: said(t, "Upgraded") > done)
            lost = CLIENTS - sum(map(is_kept, clients))
        assert lost <= doom.has_struck()
        assert world.without_ports() == before
        world.says()
        assert t.worker("kept") == alive
        world.all_serve()
        return not doom.has_struck()
    at_each(worlds, quick, once, step=15)


@pytest.mark.parametrize("quick", SPEEDS)
def test_a_start_of_the_next_program(worlds, quick):
    def once(world, n):
        t, before, alive = world.t, world.furnish(), world.t.worker("kept")
        with Doom(t, n, when=random.choice(MOMENTS), starts=True) as doom:
            was = t.ctld
            os.kill(t.pid, signal.SIGUSR2)
            assert wait_until(
                lambda: t.children().get("ctld", [was]) != [was])
            assert world.call("POST", "/proxies/b/toxics", NOOP
                              ).status in (200, 409)
        world.call("DELETE", "/proxies/b/toxics/n")
        assert world.without_ports() == before
        world.says()
        assert t.worker("kept") == alive
        world.all_serve()
        return not doom.has_struck()
    at_each(worlds, quick, once, step=25)


def entries(upstream, n):
    return [proxy(f"r{i}", upstream, toxics=[
        {"name": "t", "type": "latency", "attributes": {"latency": n}}])
        for i in range(n % 2, n % 2 + 2)]


@pytest.mark.parametrize("quick", SPEEDS)
def test_a_reload(worlds, quick):
    """The next one does it: all of it is there, or none is yet."""
    def once(world, n):
        before, alive = world.furnish(), world.t.worker("kept")
        rows = entries(world.echo.address, n)
        world.config.write_text(json.dumps(rows))

        def is_done():
            found = world.without_ports()
            new = {name: p for name, p in found.items() if name[0] == "r"}
            old = {name: p for name, p in found.items() if name[0] != "r"}
            assert old == before
            return new.keys() == {row["name"] for row in rows} and all(
                f'"latency": {n}' in str(p) for p in new.values())
        with Doom(world.t, n, when=random.choice(MOMENTS)) as doom:
            os.kill(world.t.pid, signal.SIGHUP)
            assert wait_until(is_done)
        world.says()
        assert world.t.worker("kept") == alive
        world.all_serve()
        return not doom.has_struck()
    at_each(worlds, quick, once)
