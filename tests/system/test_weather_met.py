# SPDX-License-Identifier: ISC
"""Real PostgreSQL, Redis and curl behind each kind of fault: they say what a
bad network has them say, or have all of the answer, late."""

import itertools
import subprocess
import time

import pytest
import rig
from programs import WHOLE, Postgres, Redis, Web, curl, psql, redis_cli, said
from rig import wait_until
from test_relay_ends import STREAMS, expect
from test_tcp_loss import lacks

PROGRAMS = {"psql": psql, "redis-cli": redis_cli, "curl": curl}
SERVERS = {"psql": Postgres, "redis-cli": Redis, "curl": Web}
by_program = pytest.mark.parametrize("program", PROGRAMS)
BY_EBPF = "tcp_loss", "unplug", "syn_loss"
MANY = rig.PATIENCE * 2
numbers = itertools.count()


@pytest.fixture(scope="module")
def servers():
    """Each is there from when it is asked for: its address, by its client"""
    class Servers(dict):
        def __missing__(self, name):
            self[name] = SERVERS[name]()
            return self[name]

    found = Servers()
    yield found
    for server in found.values():
        server.stop()


def connect_of(fault):
    """Of a proxy; what is none is a toxic"""
    return fault if isinstance(fault, dict) else None


def proxied(toxid, upstream, fault):
    """(name, address) of a new proxy with it"""
    if any(word in fault for word in BY_EBPF) and lacks(toxid):
        pytest.skip(f"no {BY_EBPF}: {lacks(toxid)}")
    name, connect = f"met{next(numbers)}", connect_of(fault)
    listen = toxid.proxy(name, upstream, **(
        {"connect": connect} if connect else {}))["listen"]
    if connect is None:
        toxid.toxic(name, fault[0], toxic_name="fault", **fault[1])
    return name, listen


def cleared(toxid, name, fault):
    if connect_of(fault):
        expect(200, toxid.request("PATCH", f"/proxies/{name}",
                                  {"connect": None}))
    else:
        expect(204, toxid.request(
            "DELETE", f"/proxies/{name}/toxics/fault"))


def told(fault):
    return " ".join(map(str, (fault.items() if connect_of(fault) else fault)))


def rows(table):
    return [pytest.param(*row, id=told(row[0])) for row in table]


# ---- what ends it, or that it is in vain

# What each says of what others do, too.
GONE = "server closed the connection unexpectedly"
CLOSED = "Server closed the connection"
RESET = "Connection reset by peer"
REFUSED = "Connection refused"
EXPIRED = ["timeout expired", "Connection timed out"]
LATE = "(28) "  # curl's: it has timed out
EMPTY = "(52) Empty reply from server"
SHORT = "(18) transfer closed with "
# As much of it as curl reads at once has no status line; or a line that has no
# end, for which there is no memory
NO_HTTP = ["(1) Received HTTP/0.9", "(27) Out of memory"]
# Reset, or ended, before they have sent anything, or then
CUT = ([GONE, RESET, "Broken pipe"], [CLOSED, RESET, "Broken pipe"],
       ["(7) ", EMPTY, "(55) ", "(56) "])
# It has no patience that ends, and waits for as long as a network has it wait.
WAITS = None

PATIENT = PROGRAMS
IMPATIENT = {
    "psql": lambda address: psql(address, connect_timeout=2,
                                 tcp_user_timeout=3000),
    "redis-cli": lambda address: ["timeout", "1", *redis_cli(address)],
    "curl": lambda address: curl(address, **{"max-time": 1})}

# A toxic or a connect; what psql, redis-cli and curl say: one of these, where
# it is chance whether they have sent anything before.
FAULTS = [
    (("corrupt", {"rate": 1}), ("expected authentication request",
     "Protocol error, got", NO_HTTP)),
    (("truncate", {"bytes": 0}), (GONE, CLOSED, EMPTY)),
    (("truncate", {"bytes": 5000}), (GONE, CLOSED, SHORT)),
    (("limit_data", {"bytes": 5000}), (GONE, CLOSED, SHORT)),
    (("close", {"after_bytes": 5000}), (GONE, CLOSED, SHORT)),
    (("close", {"after_bytes": 5000, "mode": "reset"}), (GONE, RESET, RESET)),
    (("close", {"mode": "hang"}), (EXPIRED, WAITS, LATE)),
    (("timeout", {"timeout": 1}), CUT), (("reset_peer", {"timeout": 0}), CUT),
    (("tcp_loss", {"loss": 1}), (EXPIRED, WAITS, LATE)),
    (("tcp_loss", {"loss": 1, "stream": "upstream"}), (EXPIRED, WAITS, LATE)),
    (("unplug", {}), (EXPIRED, WAITS, LATE)),
    (("unplug", {"stream": "upstream"}), (EXPIRED, WAITS, LATE)),
    ({"mode": "refuse"}, (REFUSED, REFUSED, "(7) ")),
    ({"mode": "reset"}, CUT),
    ({"mode": "blackhole"}, (EXPIRED, WAITS, LATE)),
    ({"mode": "accept_delay", "delay": 100000}, (EXPIRED, WAITS, LATE)),
    ({"syn_loss": 1}, (EXPIRED, WAITS, LATE)),
    *(({"dial_fail": why}, CUT) for why in ("refused", "unreachable",
                                            "timeout"))]


@by_program
@pytest.mark.parametrize("fault, says", rows(FAULTS))
def test_what_it_says(shared, servers, program, fault, says):
    ask = IMPATIENT if WAITS in says else PATIENT
    words = dict(zip(PROGRAMS, says))[program]
    _, listen = proxied(shared, servers[program].address, fault)
    status, answer, text = said(ask[program](listen))
    if words is WAITS:
        assert (status, answer, text) == (124, "", ""), "timeout(1) ended it"
        return
    assert status not in (0, 124) and answer.strip() != WHOLE
    assert any(one in text for one in (
        words if isinstance(words, list) else [words])), text


# ---- what is late, and whole

LATER = [
    ("latency", {"latency": 50, "jitter": 20, "correlation": 0.9,
                 "distribution": "paretonormal"}),
    ("bandwidth", {"rate": 2000, "scope": "proxy", "burst": 5000}),
    ("slicer", {"average_size": 1000, "size_variation": 500, "delay": 10}),
    ("slow_close", {"delay": 10}), ("noop", {}),
    ("tcp_loss", {"loss": 0.2}),
    ("tcp_loss", {"p": 0.2, "r": 0.5, "h": 0.5, "k": 1,
                  "stream": "upstream"}),
    {"mode": "accept_delay", "delay": 300}, {"dial_delay": 300},
    {"syn_loss": 0.4}]


def has_all(done):
    return done[0] == 0 and done[1].strip() == WHOLE and done[2] == ""


@by_program
@pytest.mark.parametrize("fault", LATER, ids=told)
def test_what_is_late_is_whole(shared, servers, program, fault):
    _, listen = proxied(shared, servers[program].address, fault)
    done = said(PATIENT[program](listen))
    assert has_all(done), done[::2]


OVER = [("unplug", {"stream": stream}) for stream in STREAMS] + [
    ("tcp_loss", {"loss": 1}), ("close", {"mode": "hang"}), {"syn_loss": 1},
    {"mode": "blackhole"}, {"mode": "accept_delay", "delay": 100000}]


@pytest.mark.slow
@pytest.mark.waits
@by_program
@pytest.mark.parametrize("fault", OVER, ids=told)
def test_when_it_is_over_all_goes_on(shared, servers, program, fault):
    name, listen = proxied(shared, servers[program].address, fault)
    with subprocess.Popen(PATIENT[program](listen), text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as asks:
        time.sleep(0.7)
        assert asks.poll() is None
        cleared(shared, name, fault)
        answer, text = asks.communicate(timeout=MANY)
        assert has_all((asks.returncode, answer, text)), text


# ---- who is chosen


@by_program
def test_every_other_session_is_chosen(shared, servers, program):
    fault = "close", {"after_bytes": 5000}
    name, listen = proxied(shared, servers[program].address, fault)
    expect(200, shared.request("PATCH", f"/proxies/{name}/toxics/fault",
                               {"select": {"every": 2}}))
    seen = [has_all(said(PATIENT[program](listen))) for _ in range(6)]
    assert seen in ([True, False] * 3, [False, True] * 3)


def test_one_client_is_chosen(shared, servers):
    """... and another has all of it"""
    fault = "close", {"after_bytes": 5000}
    name, listen = proxied(shared, servers["curl"].address, fault)
    expect(200, shared.request("PATCH", f"/proxies/{name}/toxics/fault",
                               {"select": {"clients": ["127.0.0.2/32"]}}))
    chosen, other = (said(curl(listen, interface=f"127.0.0.{i}"))
                     for i in (2, 3))
    assert SHORT in chosen[2] and has_all(other)


# ---- a cable that is pulled while an answer is waited for

# Who waits, whether it does, and what it says when nobody answers its
# keep-alive: psql asks thrice in 3 s, redis-cli four times in 30 s, curl ten
# times in 10 s.
QUESTIONS = {
    "psql": (lambda address: psql(
        address, "select pg_sleep(1000)", keepalives_idle=1,
        keepalives_interval=1, keepalives_count=2),
        lambda server: server.tells(
            "select count(*) from pg_stat_activity where state = 'active' and "
            "query = 'select pg_sleep(1000)'") == "1",
        "could not receive data from server: Connection timed out"),
    "redis-cli": (
        lambda address: redis_cli(address, "blpop", "nothing", "0"),
        lambda server: "cmd=blpop" in server.tells("client", "list"),
        "recv timeout"),  # hiredis: ETIMEDOUT
    "curl": (
        lambda address: curl(address, "wait", **{"keepalive-time": 1}),
        lambda server: server.waiting,
        "(56) Recv failure: Connection timed out")}


@pytest.mark.slow
@pytest.mark.waits
@by_program
def test_who_asks_whether_the_other_is_there(shared, servers, program):
    fault, server = ("unplug", {"stream": "upstream"}), servers[program]
    question, waits, says = QUESTIONS[program]
    name, listen = proxied(shared, server.address, ("noop", {}))
    proxied(shared, server.address, fault)  # or it is skipped
    with subprocess.Popen(question(listen), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as asks:
        assert wait_until(lambda: waits(server))
        shared.toxic(name, fault[0], **fault[1])
        answer, text = asks.communicate(timeout=MANY + 30)
        assert asks.returncode != 0 and answer == "" and says in text, text


def test_a_user_timeout_notices(shared, servers):
    """... whether it is its question or its keep-alive that is lost"""
    _, listen = proxied(shared, servers["psql"].address,
                        ("unplug", {"stream": "upstream"}))
    status, _, text = said(psql(
        listen, keepalives_idle=1, keepalives_interval=1,
        tcp_user_timeout=1500))
    assert status == 2 and "Connection timed out" in text, text


# What is told to wait for more, and whether the server knows of anybody, who
# has a keep-alive of his own: see programs.py.
IDLE = {
    "psql": (lambda address: psql(
        address, None, application_name="idle",
        options="-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 "
        "-c tcp_keepalives_count=2"),
        "select 1;\n", "1\n",
        lambda server: server.tells(
            "select count(*) from pg_stat_activity where "
            "application_name = 'idle'") != "0"),
    "redis-cli": (lambda address: redis_cli(address, "")[:-1],
                  "ping\n", "PONG\n", lambda server: "cmd=ping" in server.tells(
                      "client", "list"))}


@pytest.mark.parametrize("program", IDLE)
def test_a_server_forgets_who_is_unplugged(shared, servers, program):
    fault, server = ("unplug", {"stream": "downstream"}), servers[program]
    command, word, answer, knows = IDLE[program]
    name, listen = proxied(shared, server.address, ("noop", {}))
    proxied(shared, server.address, fault)  # or it is skipped
    with subprocess.Popen(command(listen), text=True, bufsize=1,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as asks:
        asks.stdin.write(word)
        assert asks.stdout.readline() == answer
        assert knows(server)
        shared.toxic(name, fault[0], **fault[1])
        assert wait_until(lambda: not knows(server))
        assert asks.poll() is None, "its own side is answered"
        asks.kill()
