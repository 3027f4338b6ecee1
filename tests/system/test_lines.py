# SPDX-License-Identifier: ISC
"""Between workers and diald: who breaks the protocol is named and killed, who
takes all there is has its share, and what diald dies of is not asked on."""

import resource
import socket
import time

import pytest
import rig
from peers import Echo, ending
from rig import Nobody, Toxid, address_of, wait_until
from stalls import used
from test_dial import Clogged, dials_to, hang
from test_hostile import deaths, stage  # noqa: F401: a fixture
from test_relay_ends import PATIENCE, Stopwatch, expect
from test_supervision import Bystander, is_served

pytestmark = pytest.mark.normal_build
REASON = "the dialer died of it"


def logged(t, message, **fields):
    return [line for line in t.log() if line.get("message") == message
            and fields.items() <= line.items()]


class Full:
    """An upstream whose connections stay in its backlog, and then hang."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def make_bad(t, upstream, name="bad"):
    """A proxy that has a hostile worker; it need not live to say so."""
    assert t.request("POST", "/proxies", {
        "name": name, "listen": "127.0.0.1:0",
        "upstream": f"127.0.0.1:{upstream.port}"}).status == 201


# ---- a worker


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
@pytest.mark.parametrize("mode", [
    "dial-flood", "dial-cancel", "dial-twice", "dial-garbage"])
def test_a_worker_that_breaks_the_protocol_is_named_and_killed(stage, mode):
    with Toxid() as t, Echo() as echo, Nobody() as nobody:
        bystander = Bystander(t, echo)
        broker = t.child("diald")
        stage.change(t, mode)
        make_bad(t, nobody)
        assert wait_until(lambda: logged(
            t, "Killing a child", child="relayd", proxy="bad",
            reason="broke the protocol towards diald"))
        assert wait_until(lambda: logged(
            t, "A worker broke the protocol", offender="bad"))
        assert is_served(t, "bystander")
        bystander.did_not_notice()
        assert t.child("diald") == broker
        t.read_to_here()
        assert not logged(t, "Killing a child", proxy="bystander")


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))


@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
@pytest.mark.parametrize("mode, upstream", [
    ("dial-hoard", Full), ("dial-hoard", Nobody), ("dial-churn", Nobody)])
def test_who_takes_all_there_is_has_a_share(stage, mode, upstream):
    """More dials than descriptors, by 8 of them: nobody else waits."""
    with Toxid(preexec_fn=few_descriptors) as t, Echo() as echo, \
            upstream() as wanted:
        t.proxy("good", f"127.0.0.1:{echo.port}")
        assert is_served(t, "good")
        stage.change(t, mode)
        for i in range(8):
            make_bad(t, wanted, f"bad {i}")
        end = time.monotonic() + 2
        slowest = served = 0
        while time.monotonic() < end:
            watch = Stopwatch()
            assert is_served(t, "good")
            slowest = max(slowest, used(watch.seconds()))
            served += 1
        assert slowest < 0.9 * rig.SLOW  # a SYN that was lost: 1 s
        assert served > 10
        t.read_to_here()
        assert not logged(t, "Unable to open connection to upstream")


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_who_does_not_read_its_answers_dies(stage):
    with Toxid() as t, Nobody() as nobody:
        stage.change(t, "dial-hoard")
        make_bad(t, nobody)
        assert wait_until(lambda: logged(
            t, "A worker broke the protocol", offender="bad",
            reason="does not read its answers"), 30 * rig.SLOW)
        assert wait_until(lambda: logged(t, "Killing a child", proxy="bad"))


def test_more_clients_than_dials_wait():
    """Of an upstream that does not answer: they all get through when it does,
    and diald has nothing to say against their worker."""
    clogged, clients = Clogged(), []
    with Toxid() as t:
        address = address_of(t.proxy(
            "p", f"127.0.0.1:{clogged.port}")["listen"])
        try:
            for i in range(1300):
                clients.append(socket.create_connection(address, PATIENCE))
                clients[i].sendall(b"client %04d" % i)
            assert wait_until(lambda: dials_to(clogged.port) > 900)
            for client in clients[::3]:
                client.close()
            clogged.open()
            for i in (1, 500, 1025, 1298):
                assert clients[i].recv(100) == b"client %04d" % i
            t.read_to_here()
            assert not logged(t, "A worker broke the protocol")
        finally:
            for client in clients:
                client.close()
            clogged.close()


# ---- diald


def clients_end(clients):
    for client in clients:
        assert ending(client, PATIENCE) in ("fin", "rst")


def are_refused(t, clients):
    clients_end(clients)
    assert wait_until(lambda: [
        line for line in t.log() if REASON in line.get("error", "")])


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
@pytest.mark.parametrize("mode", ["die-of-dials", "die-late-of-dials"])
def test_what_diald_dies_of_twice_is_refused(stage, mode):
    """One dies with all of them in its hands; then each has one of them: four
    at most, and not one for each of the clients."""
    clogged = Clogged()
    with Toxid() as t, Echo() as echo:
        try:
            bystander = Bystander(t, echo)
            clients = hang(t, clogged, 100)
            before = deaths(t, "diald")
            stage.change(t, mode)
            are_refused(t, clients)
            t.read_to_here()
            assert deaths(t, "diald") - before <= 1 + 4
            bystander.did_not_notice()
            stage.change(t, "honest")
            clogged.open()
            assert wait_until(lambda: is_served(t, "p"), PATIENCE)
        finally:
            clogged.close()


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
def test_who_comes_while_diald_dies_is_refused(stage):
    """How many are there when it dies, the machine says."""
    with Toxid() as t, Echo() as echo:
        bystander = Bystander(t, echo)
        t.proxy("p", f"127.0.0.1:{echo.port}")
        before = deaths(t, "diald") + stage.change(t, "die-of-dials")
        address = address_of(
            t.request("GET", "/proxies/p").json()["listen"])
        clients = [socket.create_connection(address) for _ in range(100)]
        are_refused(t, clients)
        assert deaths(t, "diald") - before < len(clients) / 2
        bystander.did_not_notice()
        stage.change(t, "honest")
        assert wait_until(lambda: is_served(t, "p"), PATIENCE)
        expect(200, t.request("GET", "/version"))


def gets_through(client):
    try:
        return bool(client.recv(100))
    except ConnectionResetError:
        return False


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
def test_who_only_waits_meanwhile_is_not_to_blame(stage):
    """One diald dies with all of them in its hands: they are asked again."""
    with Toxid() as t:
        clogged = Clogged()
        try:
            clients = hang(t, clogged, 50)
            for _ in range(3):
                stage.change(t, "honest")
                time.sleep(0.3)
            clogged.open()
            served = sum(map(gets_through, clients))
            assert served >= len(clients) - 3
        finally:
            for client in clients:
                client.close()
            clogged.close()


@pytest.mark.parametrize("stage", ["diald"], indirect=True)
@pytest.mark.parametrize("mode, reason", [
    ("answer-garbage", "broke the protocol towards workers"),
    ("blame-all", "blames too many workers")])
def test_a_diald_that_breaks_the_protocol_is_named_and_killed(
        stage, mode, reason):
    with Toxid() as t, Echo() as echo:
        for i in range(10):
            t.proxy(f"p{i}", f"127.0.0.1:{echo.port}")
        bystander = Bystander(t, echo, "p")
        workers = {t.worker(f"p{i}") for i in range(10)}
        stage.change(t, mode)
        assert wait_until(lambda: logged(
            t, "Killing a child", child="diald", reason=reason))
        if mode == "answer-garbage":  # it can make no worker die
            bystander.did_not_notice()
            assert {t.worker(f"p{i}") for i in range(10)} == workers
        stage.change(t, "honest")
        assert wait_until(lambda: is_served(t, "p3"), PATIENCE)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["relayd"], indirect=True)
def test_a_worker_that_wants_lines_has_one(stage):
    with Toxid() as t, Echo() as echo, Nobody() as nobody:
        for i in range(3):
            t.proxy(f"good {i}", f"127.0.0.1:{echo.port}")
        stage.change(t, "dial-lines")
        make_bad(t, nobody)
        lines = lambda: logged(t, "A line to diald is of no use", proxy="bad")
        assert wait_until(lines)
        before = len(list(rig.descriptors_of(t.child("diald"))))
        assert wait_until(lambda: len(lines()) >= 5, 20 * rig.SLOW)
        assert len(list(rig.descriptors_of(t.child("diald")))) <= before + 1
        assert is_served(t, "good%201")
