# SPDX-License-Identifier: ISC
"""A tenant with a good token of its own, who wants what is another's: nothing of
it is in any byte that comes back, nothing of it changes, and the other does
not have to wait for him."""

import base64
import collections
import contextlib
import itertools
import json
import os
import re
import resource
import signal
import socket
import threading
import time

import pytest
from lab import TOKENS, WRONG, Lab, digest
from peers import Echo
from rig import PATIENCE, address_of, wait_until
from test_names import world_or_skip

pytestmark = pytest.mark.normal_build

NAME, TOXIC, HOST = "vault-7f3a", "poison-7f3a", "127.0.0.99"
NEW = {"listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "enabled": False}
MINE = b"Authorization: Bearer " + TOKENS["a"].encode()
counts = collections.Counter()


class Victim(threading.Thread):
    """Goes on with its calls and its session, and says how long each took."""

    def __init__(self, lab, listen):
        super().__init__(daemon=True)
        self.lab, self.times, self.wrong = lab, [], []
        self.is_over = threading.Event()
        self.sock = socket.create_connection(address_of(listen), PATIENCE)

    def call(self, *args, status=200):
        start = time.monotonic()
        r = self.lab.ask("b", *args)
        self.times.append(time.monotonic() - start)
        if r.status != status:
            self.wrong.append((args, r))

    def run(self):
        for i in itertools.count():
            if self.is_over.is_set():
                return
            name = f"t{i}"
            self.call("POST", "/proxies/busy/toxics",
                      {"name": name, "type": "noop"})
            self.call("GET", f"/proxies/busy/toxics/{name}")
            self.call("DELETE", f"/proxies/busy/toxics/{name}", status=204)
            self.sock.sendall(name.encode())
            if self.sock.recv(64) != name.encode():
                self.wrong.append(name)
            time.sleep(0.002)

    def end(self):
        self.is_over.set()
        self.join(PATIENCE)
        self.sock.close()
        assert not self.is_alive() and not self.wrong and self.times
        return sorted(self.times)[len(self.times) * 99 // 100]


class Hostile(Lab):
    turns = itertools.count(1)

    def prepare(self, echo):
        """What b has; it is theirs alone to know."""
        self.secret = self.make("b", NAME, f"{HOST}:{echo.port}")
        self.make("b", "busy", f"{HOST}:{echo.port}")
        r = self.ask("b", "POST", f"/proxies/{NAME}/toxics",
                     {"name": TOXIC, "type": "latency"})
        assert r.status == 200
        self.secrets = [s.encode() for s in (
            NAME, TOXIC, HOST, self.secret["listen"], TOKENS["b"],
            TOKENS["admin"])]
        self.make("a", "own", enabled=False)
        self.before = self.of_b()

    def of_b(self):
        found = self.ask("b", "GET", "/proxies").json()
        found.pop("busy")
        return found

    def send(self, request, known=()):
        """Each time from another address, as who guesses has to wait.  What of
        b he knows already, as he says it himself, may come back."""
        turn, said = next(self.turns), b""
        with socket.create_connection(
                (self.host, self.port), PATIENCE,
                (f"127.7.{turn >> 8 & 255}.{turn & 255}", 0)) as s:
            with contextlib.suppress(ConnectionError):
                s.sendall(request)
            with contextlib.suppress(ConnectionError):
                while data := s.recv(65536):
                    said += data
        return self.judge(said, known)

    def judge(self, said, known=()):
        status = int(said.split()[1]) if said[:5] == b"HTTP/" else 0
        counts["tried"] += 1
        counts["refused"] += status == 0 or status >= 300
        leaked = [s for s in self.secrets if s in said and s not in known]
        counts["leaked"] += len(leaked)
        assert not leaked, said
        return status, said.partition(b"\r\n\r\n")[2]

    def try_to(self, method, target, body=None, heads=(MINE,), known=()):
        if isinstance(target, str):
            target = target.encode()
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            heads = [*heads, b"Content-Length: %d" % len(body)]
        return self.send(b"\r\n".join([
            b"%s %s HTTP/1.1" % (method.encode(), target),
            b"Host: " + self.host.encode(), *heads, b"Connection: close",
            b"", body or b""]), known)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Echo(host=HOST) as echo, Hostile(
            tmp_path_factory.mktemp("lab"), "-proxy-metrics",
            "-runtime-metrics", "-debug-toxics") as t:
        t.prepare(echo)
        quiet = Victim(t, t.ask("b", "GET", "/proxies/busy").json()["listen"])
        quiet.start()
        time.sleep(0.5)
        t.quiet = quiet.end()
        yield t
        print(dict(counts))
        assert counts["leaked"] == 0


@pytest.fixture(autouse=True)
def victim(request):
    """It goes on meanwhile, and all it has is as it was."""
    if "lab" not in request.fixturenames:
        yield None
        return
    lab = request.getfixturevalue("lab")
    busy = lab.ask("b", "GET", "/proxies/busy").json()
    v = Victim(lab, busy["listen"])
    v.start()
    yield v
    p99 = v.end()
    print(f"p99 of b: {p99 * 1e3:.1f} ms, {p99 / lab.quiet:.1f} times what it "
          f"is when it is quiet")
    assert lab.of_b() == lab.before


def quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


NAMES = [
    NAME, quoted(NAME), f"b%2F{NAME}", f"b%2f{NAME}", f"b/{NAME}",
    f"/b/{NAME}", f"%62%2F{NAME}", f"..%2F{NAME}", f"..%2fb%2f{NAME}",
    f"../{NAME}", f"../../b/proxies/{NAME}", f"%2e%2e%2fb%2f{NAME}",
    f"%2e%2e/{NAME}", f"own/../{NAME}", f"own%2f..%2f{NAME}",
    f"..%2f..%2fb%2f{NAME}", f"b%5C{NAME}", f"b:{NAME}", f"b.{NAME}",
    f"{NAME}%00", f"%00{NAME}", f"own%00{NAME}", f"{NAME}%00own",
    NAME.upper(), NAME.title(), f"{NAME}%20", f"%20{NAME}", f"{NAME}%0A",
    f"{NAME}%0D%0AX-Toxid-Tenant:%20b", f"{NAME}.", f"{NAME};tenant=b",
    f"{NAME}?tenant=b", f"{NAME}?X-Toxid-Tenant=b", f"{NAME}%3Ftenant=b",
    f"{NAME}/", f"{NAME}//", f"./{NAME}", "*", "%2A", "b%2F*", "%25", "%",
    "%zz", "%c0%af" + NAME, "%ed%a0%80", "%ff", "%", "..", ".", "%2e%2e",
    quoted("vault-7f3\u0430"),  # a Cyrillic letter
    quoted("\uff56ault-7f3a"), quoted("vault\u20107f3a"),
    quoted("vault-7f3a\u200b"), quoted("vault-7f3a\u0301"),
    "x" * 255, "x" * 256, "x" * 5000, NAME + "x" * 245, NAME[:-1],
    f"{NAME}%2ftoxics%2f{TOXIC}", "{proxy}", "%7Bproxy%7D", f"'%20or%20'1'='1"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH", "POST"])
def test_names_in_paths(lab, method):
    body = {"enabled": False} if method in ("PATCH", "POST") else None
    for name in NAMES:
        for target in (f"/proxies/{name}", f"/proxies/{name}/toxics",
                       f"/proxies/{name}/toxics/{TOXIC}",
                       f"/proxies/{name}/health",
                       f"http://b/proxies/{name}", f"//b/proxies/{name}"):
            # what he says himself comes back where he is sent elsewhere
            status, _ = lab.try_to(method, target, body,
                                   known=(NAME.encode(), TOXIC.encode()))
            is_own_list = "/.." in target or "%2e%2e" in target
            assert status >= 300 or status == 0 or is_own_list, target


def test_queries_are_nothing(lab):
    for query in ("tenant=b", "X-Toxid-Tenant=b", "token=x", "tenant=*",
                  f"Authorization=Bearer%20{TOKENS['admin']}"):
        status, body = lab.try_to("GET", f"/proxies?{query}")
        assert status == 200 and list(json.loads(body)) == ["own"]


def test_names_that_he_gives(lab):
    """They are his, whatever they look like."""
    names = [NAME, NAME.upper(), f"b/{NAME}", f"b%2F{NAME}", f"../b/{NAME}",
             f"/{NAME}", "*", "b", "a", "b/", "/", "..", "ops/own", "\u200b",
             "vault-7f3\u0430", "x" * 255, "b/" + "x" * 253, '"', "\\", "\n",
             'x"} 1\ntoxid_proxy_sessions_total{proxy="b/' + NAME]
    known = (NAME.encode(), )
    for name in names:
        status, _ = lab.try_to("POST", "/proxies", {**NEW, "name": name},
                               known=known)
        assert status == 201, name
        status, _ = lab.try_to("POST", "/proxies", {**NEW, "name": name},
                               known=known)
        assert status == 409, name
    status, _ = lab.try_to("POST", "/proxies", {**NEW, "name": "x" * 256})
    assert status == 400
    _, body = lab.try_to("GET", "/proxies", known=known)
    assert sorted(json.loads(body)) == sorted([*names, "own"])
    everything = lab.ask("admin", "GET", "/proxies", of="*")
    keys = json.loads(everything.body,
                      object_pairs_hook=lambda pairs: [k for k, _ in pairs])
    assert len(keys) == len(set(keys)) == len(names) + 3
    assert f"b/{NAME}" in keys and f"a/b/{NAME}" in keys
    status, body = lab.try_to("GET", "/metrics", known=known)
    assert status == 200 and b'proxy="b/' not in body
    for line in body.splitlines():
        assert not re.match(rb"\w+\{.*proxy=\"(?!a/)", line)
    for name in names:
        status, _ = lab.try_to("DELETE", f"/proxies/{quoted(name)}",
                               known=known)
        assert status == 204, name


TENANT = b"X-Toxid-Tenant"
HEADS = [
    [TENANT + b": b"], [TENANT.lower() + b": b"], [TENANT.upper() + b": b"],
    [TENANT + b":b"], [TENANT + b":\tb\t"], [TENANT + b":    b   "],
    [TENANT + b": \"b\""], [TENANT + b": b, a"], [TENANT + b": a, b"],
    [TENANT + b": a;b"], [TENANT + b": B"], [TENANT + b": *"],
    [TENANT + b": "], [TENANT + b":"], [TENANT + b": ."],
    [TENANT + b": ../b"], [TENANT + b": b/"], [TENANT + b": a/../b"],
    [TENANT + b": a\0b"], [TENANT + b": b\0"], [TENANT + b": %62"],
    [TENANT + b": \xd0\xb0"], [TENANT + b": " + b"b" * 63],
    [TENANT + b": " + b"b" * 64], [TENANT + b": " + b"b" * 9000],
    [TENANT + b": a", TENANT + b": b"], [TENANT + b": b", TENANT + b": a"],
    [TENANT + b": a", TENANT.lower() + b": a"],
    [TENANT + b": a\r\n b"], [TENANT + b": a\r\n\tb"], [TENANT + b":\r\n b"],
    [TENANT + b" : b"], [b" " + TENANT + b": b"], [TENANT + b"\t: b"],
    [TENANT + b": ops"], [TENANT + b": nobody"],
]


@pytest.mark.parametrize("method, target", [
    ("GET", "/proxies"), ("GET", f"/proxies/{NAME}"), ("GET", "/state"),
    ("GET", "/metrics"), ("GET", "/health/proxies"), ("GET", "/health"),
    ("GET", "/tenant"), ("POST", "/reset"), ("DELETE", f"/proxies/{NAME}")])
def test_headers_that_name_another(lab, method, target):
    for heads in HEADS:
        status, body = lab.try_to(method, target, heads=[MINE, *heads])
        assert status in (0, 400, 403, 431), (heads, body)
        status, body = lab.try_to(method, target, heads=[*heads, MINE])
        assert status in (0, 400, 403, 431), (heads, body)


def test_headers_that_are_others(lab):
    """What only looks like it is nothing."""
    for head in (b"X_Toxid_Tenant: b", b"X-Toxid-Tenants: b", b"Tenant: b",
                 b"Cookie: X-Toxid-Tenant=b", b"X-Forwarded-User: b",
                 b"X-Toxid-Tenant-: b", b"Connection: X-Toxid-Tenant",
                 b"X-HTTP-Method-Override: DELETE",
                 b"Proxy-Authorization: Bearer " + TOKENS["admin"].encode(),
                 b"Cookie: Authorization=Bearer " + TOKENS["admin"].encode()):
        status, body = lab.try_to("GET", "/proxies", heads=[MINE, head])
        assert status == 200 and list(json.loads(body)) == ["own"]


def basic(text):
    return b"Authorization: Basic " + base64.b64encode(text)


A, B = TOKENS["a"].encode(), TOKENS["b"].encode()
NOBODYS = [
    # of one that is good
    A[:-1], A[1:], A + b"x", A + A, b"x" + A, A.upper(), A[::-1], A + b"\0",
    A + b"\0x", b"\0" + A, A + b" x", A + b",", A + b"=", b'"' + A + b'"',
    A[:20] + b" " + A[20:], A + b"\xc3\xa4", A + b"\xff",
    # of b's, which he does not have
    digest(TOKENS["b"]).encode(), digest(TOKENS["a"]).encode(),
    B[:-1], B[:20] + A[20:], bytes(B[:-1]) + b"%" + b"%02x" % B[-1],
    TOKENS["expired"].encode(), WRONG.encode(), b"", b"*", b"b", b"admin",
    b"x" * 511, b"x" * 512, b"x" * 9000]


def test_tokens_that_are_nobodys(lab):
    for secret in NOBODYS:
        for head in (b"Authorization: Bearer " + secret,
                     b"Authorization: bearer " + secret,
                     basic(b"b:" + secret), basic(b":" + secret)):
            for method, target in (("GET", "/proxies"), ("POST", "/reset"),
                                   ("GET", f"/proxies/{NAME}")):
                status, _ = lab.try_to(method, target, heads=[head])
                # a NUL ends what of it was a password
                is_mine = b"Basic" in head and secret.startswith(A + b"\0")
                assert status in ((200, 204, 404) if is_mine else
                                  (0, 400, 401, 431)), (secret, head)


@pytest.mark.parametrize("second", [
    MINE, b"Authorization: Bearer x", b"authorization: Basic eDp4",
    b"AUTHORIZATION: ", basic(b"b:" + A), basic(b"b:" + B)],
    ids=["same", "wrong", "basic", "empty", "own-basic", "other"])
def test_two_authorizations(lab, second):
    """Whoever stands between may take the other one for what counts."""
    for heads in ([MINE, second], [second, MINE]):
        for method, target in (("GET", "/proxies"), ("POST", "/reset"),
                               ("GET", "/tenant")):
            status, _ = lab.try_to(method, target, heads=heads)
            assert status == 401


def test_who_he_says_he_is_is_nothing(lab):
    """The user of Basic credentials"""
    for user in (b"b", b"admin", b"ops", b"", b"b:x", b"*"):
        status, body = lab.try_to("GET", "/tenant",
                                  heads=[basic(user + b":" + A)])
        if b":" in user:
            assert status == 401
        else:
            assert status == 200 and json.loads(body)["tenant"] == "a"


BODIES = [
    '{"name": "x", "name": "%s", "listen": "127.0.0.1:0", '
    '"upstream": "127.0.0.1:9"}' % NAME,
    '{"name": "%s", "tenant": "b", "listen": "127.0.0.1:0", '
    '"upstream": "127.0.0.1:9"}' % NAME,
    '{"tenant": "b", "key": {"tenant": "b"}, "name": "%s", '
    '"listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}' % NAME,
    '{"name": "b/%s", "X-Toxid-Tenant": "b", "listen": "127.0.0.1:0", '
    '"upstream": "127.0.0.1:9"}' % NAME,
    '{"name": "%s\\u0000", "upstream": "127.0.0.1:9"}' % NAME,
    '{"name": ["%s"], "upstream": "127.0.0.1:9"}' % NAME,
]


@pytest.mark.parametrize("method, target", [
    ("POST", "/proxies"), ("POST", "/populate"),
    ("PATCH", f"/proxies/{NAME}"), ("POST", f"/proxies/{NAME}/toxics"),
    ("PATCH", f"/proxies/{NAME}/toxics/{TOXIC}")])
def test_bodies_that_name_another(lab, method, target):
    known = (NAME.encode(),)
    for body in BODIES:
        for text in (body, f"[{body}]", f"[{body},{body}]",
                     '{"tenants": [{"name": "b", "proxies": [%s]}]}' % body):
            lab.try_to(method, target, text, known=known)
    _, body = lab.try_to("GET", "/proxies", known=known)
    for name in set(json.loads(body)) - {"own"}:
        status, _ = lab.try_to("DELETE", f"/proxies/{quoted(name)}",
                               known=known)
        assert status == 204


def chunked(lab, method, target, heads, body, trailers):
    return lab.send(b"\r\n".join([
        b"%s %s HTTP/1.1" % (method, target), b"Host: x", *heads,
        b"Transfer-Encoding: chunked", b"Connection: close", b"",
        b"%x" % len(body), body, b"0", *trailers, b"", b""]))


def test_trailers_count_for_nothing(lab):
    """Not even a token that is an administrator's"""
    admin = b"Authorization: Bearer " + TOKENS["admin"].encode()
    body = json.dumps({**NEW, "name": "trailed"}).encode()
    for method, target in ((b"POST", b"/proxies"), (b"POST", b"/reset"),
                           (b"GET", b"/proxies"), (b"POST", b"/populate"),
                           (b"DELETE", b"/proxies/" + NAME.encode())):
        for trailers in ([admin], [admin, b"X-Toxid-Tenant: b"],
                         [MINE], [b"X-Toxid-Tenant: a", admin]):
            status, _ = chunked(lab, method, target, [], body, trailers)
            assert status in (0, 400, 401)
        for trailers in ([b"X-Toxid-Tenant: b"],
                         [admin, b"X-Toxid-Tenant: b"]):
            chunked(lab, method, target, [MINE], body, trailers)
            chunked(lab, method, target,
                    [MINE, b"Trailer: X-Toxid-Tenant"], body, trailers)
    assert lab.ask("b", "GET", "/proxies/trailed").status == 404
    assert lab.ask("admin", "GET", "/proxies/trailed").status == 404
    lab.try_to("DELETE", "/proxies/trailed")


def test_two_requests_in_one_packet(lab):
    """The second has to bring its own."""
    first = b"GET /version HTTP/1.1\r\nHost: x\r\n" + MINE + b"\r\n\r\n"
    for second in (b"GET /proxies HTTP/1.1\r\nHost: x\r\n\r\n",
                   b"GET /state HTTP/1.1\r\nHost: x\r\n"
                   b"X-Toxid-Tenant: b\r\n\r\n"):
        _, said = lab.send(first + second.replace(
            b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert said.count(b"HTTP/1.1 401") == 1


def test_an_address_that_is_taken(lab):
    """That it is, is all that can be learnt of it."""
    listen = lab.secret["listen"]
    for target, body in (("/proxies", {**NEW, "name": "x", "enabled": True}),
                         ("/populate", [{**NEW, "name": "x",
                                         "enabled": True}])):
        entry = body[0] if isinstance(body, list) else body
        entry["listen"] = listen
        status, said = lab.try_to("POST", target, body,
                                  known=(listen.encode(),))
        assert status == 500
        assert json.loads(said)["error"] == (
            f"listen tcp {listen}: bind: address already in use")
    status, _ = lab.try_to("PATCH", "/proxies/own", {
        "listen": listen, "enabled": True}, known=(listen.encode(),))
    assert status == 500


def test_populate_that_fails_half_way(lab):
    listen = lab.secret["listen"]
    entries = [{**NEW, "name": "first"}, {**NEW, "name": NAME,
               "listen": listen, "enabled": True}, {**NEW, "name": "third"}]
    status, said = lab.try_to("POST", "/populate", entries, known=(
        listen.encode(),))
    assert status == 500
    assert [p["name"] for p in json.loads(said)["proxies"]] == ["first"]
    status, _ = lab.try_to("DELETE", "/proxies/first")
    assert status == 204


def test_what_is_said_of_deaths(lab):
    """Whose worker dies is the business of whoever's it is."""
    was = lab.worker(f"b/{NAME}")
    os.kill(was, signal.SIGKILL)

    def error(who):
        relayd = lab.ask(who, "GET", "/health").json()["roles"]["relayd"]
        return relayd["last_error"] or {}

    assert wait_until(lambda: error("b").get("proxy") == NAME)
    assert error("b")["text"]
    for who in ("a", "a-reader"):
        assert error(who)["text"] == "" and "proxy" not in error(who)
    for target in ("/health", "/health/live", "/health/ready", "/metrics",
                   "/health/proxies", "/state", "/proxies", "/tenant"):
        for heads in ([MINE], [], [b"Authorization: Bearer x"]):
            lab.try_to("GET", target, heads=heads)
            lab.try_to("POST", target, heads=heads, body="{}")
            lab.try_to("HEAD", target, heads=heads)


def test_requests_that_are_held_open(lab):
    """Hundreds, at each point of one."""
    whole = (b"POST /proxies HTTP/1.1\r\nHost: x\r\n" + MINE +
             b"\r\nContent-Length: 9\r\n\r\n{\"name\":")
    held = []
    with contextlib.ExitStack() as stack:
        for i in range(400):
            s = stack.enter_context(socket.create_connection(
                (lab.host, lab.port), PATIENCE))
            s.sendall(whole[:1 + i * len(whole) // 400])
            held.append(s)
        for _ in range(50):
            assert lab.ask("b", "GET", f"/proxies/{NAME}").status == 200
        for s in held:
            said = b""
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                said = s.recv(65536)
            lab.judge(said)


@pytest.mark.parametrize("what", ["proxies", "toxics"])
def test_what_he_uses_up_is_his(tmp_path, what):
    """Another still has his share."""
    with Lab(tmp_path, "-max-proxies", "24") as lab:
        def create(who, i):
            if what == "proxies":
                return lab.ask(who, "POST", "/proxies",
                               {**NEW, "name": f"p{i}"})
            return lab.ask(who, "POST", "/populate", [{
                **NEW, "name": f"p{i}", "toxics": [
                    {"name": f"t{k}", "type": "noop"} for k in range(64)]}])

        seen = [create("a", i).status for i in range(30)]
        for i in range(2):
            assert create("b", i).status == 201
        assert 201 in seen and (what == "toxics" or 507 in seen)
        assert len(lab.ask("b", "GET", "/proxies").json()) == 2


def statuses(sockets):
    """Of those that have been answered by now"""
    said = []
    for s in sockets:
        s.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            said.append(int(s.recv(65536, socket.MSG_PEEK).split()[1]))
    return said


def test_names_that_nobody_answers(tmp_path, monkeypatch):
    """More of them than are looked up at once: another's has its turn."""
    world = world_or_skip(tmp_path)
    monkeypatch.setenv("TOXID", str(world.program))
    world.write("resolv.conf", f"nameserver {world.host}\n"
                               "options timeout:30 attempts:1\n")
    few, n = 1024, 300  # a quarter are looked up at once
    for i in range(n):
        world.tell[f"{i}.slow.example"] = lambda q: None
    world.tell["good.example"] = lambda q: q.addresses("127.0.0.1")
    try:
        with contextlib.ExitStack() as stack:
            lab = stack.enter_context(Lab(
                tmp_path, preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_NOFILE, (few, few))))
            asked = [stack.enter_context(socket.create_connection(
                (lab.host, lab.port), PATIENCE)) for _ in range(n)]
            for i, s in enumerate(asked):
                body = json.dumps({**NEW, "name": f"p{i}", "enabled": True,
                                   "listen": f"{i}.slow.example:0"}).encode()
                s.sendall(b"POST /proxies HTTP/1.1\r\nHost: x\r\n" + MINE +
                          b"\r\nContent-Length: %d\r\n\r\n" % len(body) +
                          body)
            assert wait_until(lambda: statuses(asked))
            made = lab.ask("b", "POST", "/proxies", {
                **NEW, "name": "p", "listen": "good.example:0"})
            assert made.status == 201, made
            assert 503 in statuses(asked)
            assert wait_until(lambda: len(statuses(asked)) == n)
            assert set(statuses(asked)) == {500, 503}  # late, or too many
            assert lab.ask("a", "POST", "/proxies", {
                **NEW, "name": "p", "listen": "good.example:0"}).status == 201
    finally:
        world.server.close()
