# SPDX-License-Identifier: ISC
"""The tenants of a configuration file: what can be wrong with them, and what
becomes of those that are right."""

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import threading

import pytest
import rig
import unixhttp
from peers import Echo
from rig import Toxid, wait_until
from test_api_socket import place  # noqa: F401: a fixture
from test_config import check, logged
from test_config_pipe import close_when_read
from test_upstreams import reload

EXAMPLE = pathlib.Path("etc/toxid-lab.json")
FAILED = "Reload failed, nothing has changed"


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def token(name, **more):
    """One of that name, which is the token, too"""
    return {"name": name, "sha256": digest(name), **more}


def proxy(name, **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
            **more}


def tenant(name, *proxies, **more):
    return {"name": name, "tokens": [token(f"{name}-ci")],
            "proxies": list(proxies), **more}


OPS = token("ops", role="admin")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toxid.json"

    def write(*tenants, **more):
        path.write_text(json.dumps({"tenants": list(tenants), **more}))
        return str(path)
    return write


def ask(t, who, method, path, body=None, **headers):
    return t.request(method, path, body,
                     {"Authorization": f"Bearer {who}", **headers})


def seen(t, who, **headers):
    """The proxies that are shown to it"""
    r = ask(t, who, "GET", "/proxies", **headers)
    assert r.status == 200, r
    return r.json()


def is_served(listen):
    """By an echo behind it; or closed"""
    with rig.connected(rig.address_of(listen)) as c:
        try:
            c.sendall(b"x")
            return c.recv(1) == b"x"
        except ConnectionError:
            return False


def all_seen(t):
    return set(seen(t, "ops", **{"X-Toxid-Tenant": "*"}))


# ---- what is wrong

NAME = ("it has to be of letters, digits, '-', '_' and '.', with no dot "
        "first, and 63 at most")
DIGEST = ("expected 64 hexadecimal digits, as `toxictl token hash` prints "
          "them")
TIME = "expected a time in UTC, as 2027-01-31T00:00:00Z"
D = digest("x")


def of_token(**members):
    """A file with one token"""
    return {"tenants": [{"name": "a", "tokens": [members]}]}


# Each is a file, and what is said: of what stands where this text begins,
# which may be the second of its like in it, or the third.
BAD = [
    ({"tenants": 5}, [('"tenants"', "tenants: expected an array, got an "
                       "integer")]),
    ({"tenants": []}, [('"tenants"', "tenants: nothing is in it: leave it out "
                        "to ask nobody for a token")]),
    ({"tenants": [5, {}]},
     [("5", "tenants[0]: expected an object, got an integer"),
      ("{}", "tenants[1].name: it is missing")]),
    ({"tenants": [{"name": ".a"}, {"name": "a/b"}, {"name": ""},
                  {"name": "*"}, {"name": "ä"}, {"name": "a" * 64},
                  {"name": 5}]},
     [*((f'"name": "{name}"', f'tenants[{i}].name: "{name}": {NAME}')
        for i, name in enumerate([".a", "a/b", "", "*", "ä", "a" * 64])),
      ('"name": 5', "tenants[6].name: expected a string, got an integer")]),
    ({"tenants": [{"name": "a"}, {"name": "A"}, {"name": "a"}]},
     [(('"name": "a"', 2), 'tenants[2].name: "a": another tenant has it')]),
    ({"tenants": [{"name": "a", "Name": "b", "token": [], "x": 1}]},
     [('"token"', 'tenants[0].token: unknown key: did you mean "tokens"?'),
      ('"x"', "tenants[0].x: unknown key"),
      ('"Name"', "tenants[0].name: it is there twice")]),
    ({"tenants": [{"name": "a", "tokens": {}}]},
     [('"tokens"', "tenants[0].tokens: expected an array, got an object")]),
    ({"tenants": [{"name": "a", "tokens": [
        token(str(i)) for i in range(33)]}]},
     [('"tokens"', "tenants[0].tokens: there are more than 32")]),
    ({"tenants": [{"name": "a", "tokens": [[], {}]}]},
     [("[], ", "tenants[0].tokens[0]: expected an object, got an array"),
      ("{}", "tenants[0].tokens[1].name: it is missing"),
      ("{}", "tenants[0].tokens[1].sha256: it is missing")]),
    (of_token(nme="a", sha265=D),
     [('"nme"', 'tenants[0].tokens[0].nme: unknown key: did you mean "name"?'),
      ('"sha265"', 'tenants[0].tokens[0].sha265: unknown key: did you mean '
       '"sha256"?')]),
    (of_token(sha256=D, name="a/b"),
     [('"name": "a/b"', f'tenants[0].tokens[0].name: "a/b": {NAME}')]),
    *((of_token(sha256=value, name="a"),
       [('"sha256"', f"tenants[0].tokens[0].sha256: {DIGEST}")])
      for value in ("", D[1:], D + "0", "g" + D[1:], D[:-1] + "é",
                    "sha256:" + D)),
    (of_token(sha256=5, name="a"),
     [('"sha256"', "tenants[0].tokens[0].sha256: expected a string, got an "
       "integer")]),
    (of_token(role="Admin", name="a", sha256=D),
     [('"role"', 'tenants[0].tokens[0].role: "Admin": must be "admin", '
       '"tenant" or "reader"')]),
    (of_token(role=["admin"], name="a", sha256=D),
     [('"role"', "tenants[0].tokens[0].role: expected a string, got an "
       "array")]),
    *((of_token(expires=value, name="a", sha256=D),
       [('"expires"', f'tenants[0].tokens[0].expires: "{value}": {TIME}')])
      for value in (
          "", "never", "2027", "2027-01-31", "2027-01-31T00:00:00",
          "2027-01-31 00:00:00Z", "2027-01-31T00:00Z", "2027-1-31T00:00:00Z",
          "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z",
          "2027-01-31T24:00:00Z", "2027-01-31T00:60:00Z",
          "2027-01-31T00:00:61Z", "2027-01-31T00:00:00+01:00",
          "2027-01-31T00:00:00.Z", "2027-01-31T00:00:00ZZ",
          "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
          " 2027-01-31T00:00:0Z", "0000-00-00T00:00:00Z",
          "12027-01-31T00:00:00Z")),
    (of_token(expires=1801353600, name="a", sha256=D),
     [('"expires"', "tenants[0].tokens[0].expires: expected a string, got an "
       "integer")]),
    ({"tenants": [{"name": "a", "tokens": [token("x"), token("x")]}]},
     [(('"name": "x"', 2),
       'tenants[0].tokens[1].name: "x": another token of the tenant has it'),
      (('"sha256"', 2), "tenants[0].tokens[1].sha256: it is that of "
       "tenants[0].tokens[0], too")]),
    ({"tenants": [{"name": "a", "tokens": [token("x")]}, {
        "name": "b", "tokens": [{"name": "x", "sha256": D.upper()}]}]},
     [(('"sha256"', 2), "tenants[1].tokens[0].sha256: it is that of "
       "tenants[0].tokens[0], too")]),
    ({"tenants": [{"name": "a", "upstreams": {"alow": [], "deny": ["x:y"]},
                   "clients": []}]},
     [('"alow"', 'tenants[0].upstreams.alow: unknown key: did you mean '
       '"allow"?'),
      ('"x:y"', 'tenants[0].upstreams.deny[0]: "x:y": its ports are none: *, '
       '80 or 8000-8999'),
      ('"clients"', "tenants[0].clients: nothing is in it: leave it out to "
       "let all connect")]),
    ({"tenants": [{"name": "a", "upstreams": []}]},
     [('"upstreams"', "tenants[0].upstreams: expected an object, got an "
       "array")]),
    ({"tenants": [{"name": "a", "proxies": 5}]},
     [('"proxies"', "tenants[0].proxies: expected an array of proxies, got an "
       "integer")]),
    ({"tenants": [
        {"name": "a", "proxies": [{"name": "p", "upstrem": "x:1"}, 5]},
        {"name": "b", "proxies": {"q": {"upstream": 6}}}], "proxies": 7},
     [('"proxies": 7', "expected an array of proxies, got an integer"),
      ('"upstrem"', 'proxy "a/p": unknown key "upstrem": did you mean '
       '"upstream"?'),
      ("5", "proxy a/2: expected an object, got an integer"),
      ("6", 'proxy "b/q": upstream: expected a string, got an integer')]),
    # one address is one tenant's, whatever its proxies are called
    ({"tenants": [
        {"name": "a", "proxies": [proxy("p", listen="127.0.0.1:1")]},
        {"name": "b", "proxies": [proxy("p", listen=":1"), proxy("q"),
                                  {**proxy("q"), "name": "q"}]}],
      "proxies": [proxy("p", listen="127.0.0.1:1")]},
     [('"127.0.0.1:1", "u', 'proxy "a/p": listens at 127.0.0.1:1, as proxy '
       '"p"'),
      ('":1"', 'proxy "b/p": listens at :1, as proxy "p"'),
      (('"q"', 2), 'proxy "b/q": there is one of that name in line 1')]),
    # who has no name of his own has faults of his own
    ({"tenants": [{"name": "a", "proxies": [proxy("p")]},
                  {"name": "a", "proxies": [proxy("p"), {"name": "r"}]}]},
     [(('"name": "a"', 2), 'tenants[1].name: "a": another tenant has it'),
      ('{"name": "r"}', 'proxy "tenants[1]/r": missing required field: '
       'upstream')]),
    ({"tenants": [{"name": "a"}], "Tenants": [{"name": "b"}]},
     [('"Tenants"', "tenants: it is there twice")]),
    ({"tenants": [{"name": "a"}], "bind-policy": "127.0.0.1:*"},
     [('"bind-policy"', "bind-policy: it is said by the option -bind-policy, "
       "and not here")])]


def column(text, what):
    """In a file of one line"""
    what, n = what if isinstance(what, tuple) else (what, 1)
    at = -1
    for _ in range(n):
        at = text.index(what, at + 1)
    return at + 1


@pytest.mark.parametrize("config, faults", BAD)
def test_all_that_is_wrong(tmp_path, config, faults):
    path = tmp_path / "toxid.json"
    text = json.dumps(config, ensure_ascii=False)
    path.write_text(text)
    lines = [f"1:{column(text, what)}: {said}" for what, said in faults]
    assert check(str(path)) == (1, lines, "")


RIGHT = [
    ({"tenants": [{"name": "a"}]}, "0 proxies, 0 toxics"),
    ({"TENANTS": [{"NAME": "a", "Tokens": [{
        "NAME": "x", "SHA256": D.upper(), "Role": "reader",
        "EXPIRES": "2027-01-31T00:00:00Z"}], "Proxies": [proxy("p")]}],
      "proxies": [proxy("p")]}, "2 proxies, 0 toxics"),
    ({"tenants": [tenant("a", proxy("p")), tenant("A", proxy("p")),
                  {**tenant("b"), "proxies": {"p": proxy("p")}},
                  {"name": "-_.9" + 59 * "z", "tokens": [], "proxies": None,
                   "upstreams": None}]}, "3 proxies, 0 toxics"),
    (of_token(name="a", sha256=D, role=None, expires=None),
     "0 proxies, 0 toxics"),
    *((of_token(name="a", sha256=D, expires=value), "0 proxies, 0 toxics")
      for value in ("2028-02-29T23:59:59Z", "1970-01-01T00:00:01Z",
                    "9999-12-31T23:59:59Z", "2027-01-31T00:00:00.125z",
                    "2027-01-31T00:00:00+00:00")),
    # as GET /proxies gives it
    ({"tenants": proxy("tenants"), "bind-policy": {"upstream": "x:1"}},
     "2 proxies, 0 toxics")]


@pytest.mark.parametrize("config, said", RIGHT)
def test_all_that_is_right(tmp_path, config, said):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps(config))
    assert check(str(path)) == (0, [], f"{path}: {said}\n")


@pytest.mark.parametrize("config, said", [
    ({"tenant": [tenant("a")]},
     '1:2: "tenant": there is no such setting, did you mean "tenants"?'),
    ({"bind_policy": "127.0.0.1:*", "proxies": []},
     '1:2: "bind_policy": there is no such setting, did you mean '
     '"bind-policy"?'),
    ({"tenants": [{"name": "a", "upstream": {"deny": ["*"]}}]},
     '1:28: tenants[0].upstream: unknown key: did you mean "upstreams"?'),
    ({"tenants": []}, "1:2: tenants: nothing is in it: leave it out to ask "
                      "nobody for a token"),
    (of_token(name="a", sha256="a"),
     f"1:53: tenants[0].tokens[0].sha256: {DIGEST}")])
def test_toxid_does_not_start_without_its_tenants(tmp_path, config, said):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps(config))
    with Toxid("-config", str(path), wait=False) as t:
        assert t.ends() != 0
        assert any(line.get("error", "").endswith(f"{path}:{said}")
                   for line in t.log())


def many(n, tokens, rules=0):
    return [{"name": f"t{i}", "tokens": [
        {"name": f"k{k}", "sha256": f"{i * 32 + k:064x}"}
        for k in range(tokens)],
        "upstreams": {"deny": [f"10.0.0.{k}" for k in range(rules)]},
        "proxies": [proxy(f"p{k}") for k in range(4)]} for i in range(n)]


def test_as_many_as_there_may_be(file):
    """Tenants, their tokens, and rules"""
    path = file(*many(1000, 32, 16))
    assert check(path) == (0, [], f"{path}: 4000 proxies, 0 toxics\n")
    path = file(*many(1001, 1))
    assert check(path) == (1, ["1:2: tenants: there are more than 1000"], "")
    code, lines, _ = check(file(*many(65, 1, 256)))
    assert code == 1 and len(lines) == 256 and lines[0].endswith(
        "tenants[64].upstreams.deny[0]: there are more than 16384 rules in "
        "the file")


# ---- at the start

def test_each_has_its_own(file):
    with Toxid("-config", file(
            tenant("a", proxy("p"), proxy("q", toxics=[{"type": "noop"}])),
            {"name": "b", "tokens": [
                OPS, token("b-ci"), token("b-sees", role="reader"),
                token("b-old", expires="2020-01-01T00:00:00Z")],
             "proxies": {"p": proxy("p")}},
            proxies=[proxy("p")])) as t:
        assert wait_until(lambda: any(
            line["message"] == "Populated proxies from file"
            for line in t.log()))
        assert set(seen(t, "a-ci")) == {"p", "q"}
        assert set(seen(t, "b-ci")) == set(seen(t, "b-sees")) == {"p"}
        assert [len(seen(t, "a-ci")[p]["toxics"]) for p in "pq"] == [0, 1]
        assert all_seen(t) == {"/p", "a/p", "a/q", "b/p"}
        for who in ("b-old", "nobody", digest("a-ci")):
            assert ask(t, who, "GET", "/proxies").status == 401
        assert t.request("GET", "/proxies").status == 401
        me = ask(t, "b-sees", "GET", "/tenant").json()
        assert me == {"tenant": "b", "role": "reader", "token": "b-sees",
                      "expires": None, "proxies": 1, "toxics": 0}
        assert ask(t, "b-sees", "DELETE", "/proxies/p").status == 403
        assert ask(t, "a-ci", "DELETE", "/proxies/p").status == 204
        assert all_seen(t) == {"/p", "a/q", "b/p"}


def test_a_proxy_that_cannot_listen_is_named(file):
    port = rig.own_port()
    listen = f"{rig.own_host()}:{port}"
    path = file(tenant("a", proxy("p", listen=listen)),
                tenant("b", proxy("p", listen=f":{port}")))
    with Toxid("-config", path, wait=False) as t:
        error, = logged(t, "Failed to populate proxies from file")
        assert error.startswith(f'{path}:1:') and 'proxy "b/p": ' in error
        assert error.endswith('proxy "a/p" listens there')


def does_not_start(*args, said):
    with Toxid(*args, wait=False) as t:
        assert t.ends() == 1
        assert any(said in line.get("error", "") for line in t.log()), t.log()


ONE_TENANT = json.dumps({"tenants": [tenant("a", proxy("p"))]})
PIPES = {
    "tenants": (ONE_TENANT, ":1:2: tenants: only a regular file may have "
                "them: write it to one, and name that"),
    "cut": (ONE_TENANT[:-9], ":1:"),  # its writer died
    "upstreams": ('{"upstreams": {"deny": ["10.0.0.1"]}}',
                  ":1:2: upstreams: only"),
    "clients": ('{"clients": ["10.0.0.1"]}', ":1:2: clients: only"),
    "limits": ('{"limits": {"sessions": 1}}', ":1:2: limits: only"),
    "api": ('{"api": {"allow_hosts": ["x.example"]}}', ":1:2: api: only"),
    "nearly": ('{"tenant": []}', ":1:2: "),
    "wrong": (' {"tenants": 1}', ":1:3: "),
    "bom": ('\ufeff' + ONE_TENANT, ":1:1: "),
}


@pytest.mark.parametrize("what", PIPES)
@pytest.mark.parametrize("is_stored", [False, True], ids=["", "stored"])
def test_a_pipe_has_none(tmp_path, what, is_stored):
    """They would come too late: toxid would be open to everybody."""
    path, (text, said) = tmp_path / "config", PIPES[what]
    state = ["-state", str(tmp_path / "state")] if is_stored else []
    if is_stored:  # which says all else
        with Toxid(*state) as t:
            t.proxy("q", "127.0.0.1:9")
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    os.write(held, text.encode())
    threading.Thread(target=close_when_read, args=[held]).start()
    does_not_start("-config", str(path), *state, said=f"{path}{said}")


@pytest.mark.parametrize("now", [
    [tenant("a", clients=["10.0.0.1"]), tenant("b")], [tenant("a")], None],
    ids=["others", "fewer", "none"])
def test_what_changes_between_two_looks(file, now):
    """The first apid dies before it has populated: the next one finds another
    file, if not that one already."""
    many = [proxy(f"p{i}", enabled=False) for i in range(2000)]
    for _ in range(5):
        path = file(tenant("a"), tenant("b"), proxies=many)
        with Toxid("-config", path, wait=False) as t:
            assert wait_until(lambda: readers(t))
            if now is None:
                pathlib.Path(path).write_text("[]")
            else:
                file(*now, proxies=many)
            with contextlib.suppress(ProcessLookupError):
                os.kill(readers(t)[0], signal.SIGKILL)
            if wait_until(lambda: any(
                    line["message"] == "Populated proxies from file"
                    for line in t.log()) or t.process.poll() is not None) \
                    and t.process.poll() is None:
                continue  # too late
            assert t.ends() == 1
            assert any("it is not as it was when it was read before" in
                       line.get("error", "") for line in t.log()), t.log()
            return
    pytest.fail("it was never in time")


def readers(t):
    return [line["pid"] for line in t.log()
            if line["message"] == "Child ready" and line["child"] == "apid"]


def test_a_pipe_of_proxies_beside_what_is_stored(tmp_path):
    path, state = tmp_path / "config", ["-state", str(tmp_path / "state")]
    with Toxid(*state) as t:
        t.proxy("q", "127.0.0.1:9")
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    os.write(held, json.dumps([proxy("p")]).encode())
    threading.Timer(0.5, os.close, [held]).start()
    with Toxid("-config", str(path), *state) as t:
        assert list(t.request("GET", "/proxies").json()) == ["q"]


@pytest.mark.parametrize("what", ["proxies", "tokens"])
@pytest.mark.parametrize("now", [
    None, "", "[]", "{}", "directory", "no -config"])
def test_what_tenants_have_is_not_given_to_all(tmp_path, file, what, now):
    state = ["-state", str(tmp_path / "state")]
    with Toxid("-config", file({**tenant("a"), "tokens": [OPS]}), *state) as t:
        body = proxy("p") if what == "proxies" else {"name": "x"}
        r = ask(t, "ops", "POST", f"/{what}", body)
        assert r.status == 201, r
    path = tmp_path / "other"
    if now == "directory":
        path.mkdir()
    elif now is not None:
        path.write_text(now)
    args = [] if now == "no -config" else ["-config", str(path)]
    does_not_start(*args, *state, said=(
        f'it has {what} of tenant "a", and no configuration file says who '
        "that is: start with one that has tenants"))
    with Toxid("-config", file({**tenant("a"), "tokens": [OPS]}), *state) as t:
        there = ask(t, "ops", "GET", f"/{what}").json()
        assert len(there) == (1 if what == "proxies" else 2), there


# ---- again

def test_tenants_come_and_tokens_go(file):
    first = {**tenant("a", proxy("p")), "tokens": [OPS, token("a-ci")]}
    with Toxid("-config", file(first)) as t:
        assert all_seen(t) == {"a/p"}
        assert ask(t, "b-ci", "GET", "/proxies").status == 401
        file(tenant("b", proxy("p"), proxy("q")), first)
        reload(t)
        assert all_seen(t) == {"a/p", "b/p", "b/q"}
        assert set(seen(t, "b-ci")) == {"p", "q"}
        assert ask(t, "a-ci", "POST", "/proxies", proxy("mine")).status == 201
        file({**first, "tokens": [OPS]}, tenant("b", proxy("q")))
        reload(t)
        assert ask(t, "a-ci", "GET", "/proxies").status == 401
        assert all_seen(t) == {"a/p", "a/mine", "b/q"}
        # b has nothing but what is the file's, and goes with it
        file(first)
        reload(t)
        assert all_seen(t) == {"a/p", "a/mine"}
        assert ask(t, "b-ci", "GET", "/proxies").status == 401
        assert set(seen(t, "a-ci")) == {"p", "mine"}


def test_who_has_proxies_stays(file):
    ops = {"name": "ops", "tokens": [OPS]}
    with Toxid("-config", file(ops, tenant("a", proxy("p")),
                               tenant("b"))) as t:
        assert ask(t, "a-ci", "POST", "/proxies", proxy("mine")).status == 201
        assert ask(t, "a-ci", "POST", "/proxies", proxy("too")).status == 201
        path = file(ops)
        reload(t, FAILED)
        error = logged(t, FAILED)[-1]
        assert path in error and "a/mine" in error and "a/too" in error
        assert "a/p" not in error
        # all or nothing: not even b has gone, nor the file's own proxy
        assert all_seen(t) == {"a/p", "a/mine", "a/too"}
        assert seen(t, "b-ci") == {}
        for name in ("mine", "too"):
            assert ask(t, "a-ci", "DELETE", f"/proxies/{name}").status == 204
        reload(t)
        assert all_seen(t) == set()
        assert ask(t, "a-ci", "GET", "/proxies").status == 401


@pytest.mark.parametrize("bad, said", [
    ([tenant("a", proxy("p", listen="127.0.0.1:1")),
      tenant("b", proxy("p", listen="127.0.0.1:1"))],
     'proxy "b/p": listens at 127.0.0.1:1, as proxy "a/p"'),
    ([tenant("a", proxy("p", listen=5))],
     'proxy "a/p": listen: expected a string, got an integer'),
    ([tenant("a"), tenant("a")], 'tenants[1].name: "a": another tenant'),
    ([], "tenants: nothing is in it")])
def test_all_or_nothing(file, bad, said):
    first = {**tenant("a", proxy("p")), "tokens": [OPS]}
    with Toxid("-config", file(first)) as t:
        path = file(*bad)
        reload(t, FAILED)
        error = logged(t, FAILED)[-1]
        assert error.startswith(f"{path}:1:") and said in error
        assert all_seen(t) == {"a/p"}


def test_a_start_from_what_was_kept(file, tmp_path):
    """Proxies are the store's, tenants and tokens the file's."""
    state = ["-state", str(tmp_path / "state")]
    with Toxid("-config", file({**tenant("a", proxy("p")), "tokens": [
            OPS, token("a-ci")]}, proxies=[proxy("p")]), *state) as t:
        assert ask(t, "a-ci", "POST", "/proxies", proxy("mine")).status == 201
        assert ask(t, "ops", "DELETE", "/proxies/p").status == 204
        listen = seen(t, "a-ci")["mine"]["listen"]
        assert t.stop() == 0
    with Toxid("-config", file(tenant("b", proxy("p")), {
            **tenant("a"), "tokens": [OPS, token("a-new")]}), *state) as t:
        assert all_seen(t) == {"/p", "a/mine"}
        assert seen(t, "a-new")["mine"]["listen"] == listen
        assert ask(t, "a-ci", "GET", "/proxies").status == 401
        reload(t)
        assert all_seen(t) == {"a/mine", "b/p"}


def test_who_is_no_tenant_any_more(file, tmp_path):
    """... at the next start: an administrator sees what it has left, and may
    take it away; it reaches nobody."""
    state = ["-state", str(tmp_path / "state")]
    ops = {"name": "b", "tokens": [OPS]}
    reaches = {"upstreams": {"allow": ["loopback"]}}
    with Echo() as echo:
        with Toxid("-config", file(ops, tenant("a", **reaches)), *state) as t:
            assert ask(t, "a-ci", "POST", "/proxies", {
                **proxy("left"), "upstream": echo.address}).status == 201
            assert is_served(seen(t, "a-ci")["left"]["listen"])
            assert t.stop() == 0
        with Toxid("-config", file(ops), *state) as t:
            assert ask(t, "a-ci", "GET", "/proxies").status == 401
            left = seen(t, "ops", **{"X-Toxid-Tenant": "*"})["a/left"]
            assert not is_served(left["listen"])
            reload(t)  # it does not stand in the way
            of_a = {"X-Toxid-Tenant": "a"}
            assert ask(t, "ops", "POST", "/proxies", proxy("x"),
                       **of_a).status == 404
            assert ask(t, "ops", "DELETE", "/proxies/left",
                       **of_a).status == 204
            assert all_seen(t) == set()


def test_where_its_proxies_may_listen_is_the_command_lines(file):
    path = file(tenant("a", proxy("p", listen="127.0.0.1:1")))
    code, lines, _ = check(path, "-bind-policy", "127.0.0.1:2")
    assert code == 1 and len(lines) == 1
    assert 'proxy "a/p": listen 127.0.0.1:1: ' in lines[0]


# ---- the example

def test_the_example_is_right():
    assert check(str(EXAMPLE)) == (
        0, [], f"{EXAMPLE}: 2 proxies, 1 toxic\n")


def test_the_example_runs(place):  # noqa: F811
    """... at an address that is ours, with tokens that somebody has, and, for
    root, who runs it"""
    text = EXAMPLE.read_text().replace('"listen": "127.0.0.1:',
                                       f'"listen": "{rig.own_host()}:')
    config = json.loads(text)
    for of in config["tenants"]:
        for one in of["tokens"]:
            one["sha256"] = digest(f"{of['name']}-{one['name']}")
        for user in of["users"]:
            if user.get("uid") == 0:
                user["uid"] = os.getuid()
    path = place.parent / "toxid.json"
    path.write_text(json.dumps(config))
    with Toxid("-config", str(path), "-api-socket", str(place)) as t:
        assert set(seen(t, "payments-ci")) == {"redis"}
        assert seen(t, "search-ci")["redis"]["toxics"]
        assert seen(t, "search-dashboard") == seen(t, "search-ci")
        assert set(seen(t, "payments-ops", **{"X-Toxid-Tenant": "*"})) == {
            "payments/redis", "search/redis"}
        assert ask(t, "search-dashboard", "POST", "/reset").status == 403
        mine = unixhttp.request(place, "GET", "/tenant").json()
        assert (mine["tenant"], mine["role"]) == ("payments", "admin")
        if unixhttp.is_root():  # which can be others
            shown = unixhttp.request(place, "GET", "/tenant", uid=4321,
                                     gid=100).json()
            assert (shown["tenant"], shown["role"]) == ("search", "reader")
        assert t.stop() == 0


def test_the_examples_tokens_are_digests_of_its_own():
    """One that is a digest of nothing would be everybody's."""
    found = [one["sha256"] for of in json.loads(EXAMPLE.read_text())["tenants"]
             for one in of["tokens"]]
    assert len(set(found)) == len(found) == 4
    assert not {digest(x) for x in ("", "\n", "token", "secret")} & set(found)


def test_no_more_than_check_is_needed_to_know(tmp_path):
    """It starts nothing: also where the file is of somebody's else token."""
    r = subprocess.run(
        [os.environ.get("TOXID", rig.TOXID), "-check", str(EXAMPLE)],
        capture_output=True, text=True, timeout=30 * rig.SLOW,
        env={**os.environ, "TOXIPROXY_AUTH_TOKEN": "x"})
    assert r.returncode == 0, r.stderr
