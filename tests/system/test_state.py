# SPDX-License-Identifier: ISC
"""-state: what was acknowledged comes back, whoever was killed, and a disk that
fails costs changes and nothing else."""

import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
from rig import (PATIENCE, TOXID, Nobody, SLOW, Toxid, address_of, own_host, own_port,
                 needs_ipv6, wait_until)
from stalls import used
from tracing import strace

is_root = os.geteuid() == 0


@pytest.fixture
def start(state):
    """A toxid on that directory; all that were started are ended."""
    started = []

    def start_one(*args, **more):
        t = Toxid("-state", str(state), "-spares", "1", *args, **more)
        started.append(t)
        return t

    yield start_one
    for t in started:
        t.__exit__()


def proxies(t):
    return t.request("GET", "/proxies").json()


def database(state):
    return state / "stored" / "toxid.db"


def can_connect(t, name):
    """soon: its port may be in somebody's way for a moment, since any program
    of this machine may get it while toxid is down"""
    def try_it():
        try:
            t.connect(name).close()
        except ConnectionRefusedError:
            return False
        return True

    return wait_until(try_it)


def says(t, message):
    """how often"""
    return sum(line["message"] == message for line in t.log())


# ---- restart

def test_everything_comes_back(start):
    t = start()
    t.proxy("a", "127.0.0.1:1")
    t.proxy("b", "localhost:2", listen=f"{own_host()}:0", toxics=[
        {"type": "latency", "name": "slow", "toxicity": 0.3,
         "attributes": {"latency": 7, "jitter": 3}},
        {"type": "slicer", "name": "cut", "stream": "upstream",
         "attributes": {"average_size": 10, "size_variation": 3,
                        "delay": 5}}])
    t.proxy("off", "x", listen="local373", enabled=False)
    t.proxy("stopped", "127.0.0.1:1")
    t.request("POST", "/proxies/stopped", {"enabled": False})
    t.toxic("b", "timeout", toxic_name="wait", timeout=9)
    t.request("POST", "/proxies/b/toxics/slow", {
        "attributes": {"jitter": 0}})
    t.request("DELETE", "/proxies/b/toxics/cut")
    t.toxic("b", "noop", stream="upstream", toxic_name="cut")
    before = proxies(t)
    assert [x["name"] for x in before["b"]["toxics"]] == [
        "cut", "slow", "wait"]  # upstream is shown first
    t.cut()
    t = start()
    assert proxies(t) == before
    for name in ("a", "b"):
        assert can_connect(t, name)
    assert t.stop() == 0
    assert proxies(start()) == before


@pytest.mark.parametrize("what", ("delete", "reset", "update", "populate"))
def test_what_was_changed_comes_back_changed(start, what):
    t = start()
    with Nobody() as taken:
        t.proxy("p", "127.0.0.1:1", toxics=[{"type": "noop"}])
        t.proxy("q", "127.0.0.1:1", toxics=[{"type": "noop"}])
        if what == "delete":
            t.request("DELETE", "/proxies/p")
        elif what == "reset":
            t.request("POST", "/proxies/p", {"enabled": False})
            t.request("POST", "/reset")
        elif what == "update":
            t.request("POST", "/proxies/p", {
                "listen": f"{own_host()}:0",
                "upstream": f"127.0.0.1:{taken.port}"})
        else:
            t.request("POST", "/populate", [
                {"name": "p", "listen": f"{own_host()}:0",
                 "upstream": "127.0.0.1:3",
                 "toxics": [{"type": "latency"}]}])
    before = proxies(t)
    t.cut()
    assert proxies(start()) == before


def test_a_wildcard_comes_back_as_one(start):
    t = start()
    t.proxy("p", "127.0.0.1:1", listen=":0")
    before = proxies(t)
    t.cut()
    t = start()
    assert proxies(t) == before
    assert can_connect(t, "p")


@needs_ipv6
def test_an_address_with_a_zone_comes_back(start):
    t = start()
    t.proxy("p", "127.0.0.1:1", listen="[::1%lo]:0")
    before = proxies(t)
    t.cut()
    t = start()
    assert proxies(t) == before
    assert wait_until(lambda: says(t, "Started proxy"))


def test_without_state_nothing_is_kept():
    with Toxid() as t:
        t.proxy("p", "127.0.0.1:1")
        assert "stored" not in t.children()
    with Toxid() as t:
        assert proxies(t) == {}


def test_a_taken_port_is_reported_and_tried_again(start):
    t = start()
    listen = t.proxy("p", "127.0.0.1:1", listen=f"{own_host()}:0")["listen"]
    t.proxy("q", "127.0.0.1:1")
    before = proxies(t)
    assert t.stop() == 0
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(address_of(listen))
        other.listen()
        t = start()
        assert proxies(t) == before
        assert wait_until(
            lambda: says(t, "Proxy cannot listen: trying again"))
        assert can_connect(t, "q")
    assert can_connect(t, "p")
    assert t.request("POST", "/proxies/p", {"enabled": False}).status == 200


def test_a_taken_port_can_be_changed_disabled_and_deleted(start):
    t = start()
    for name in "abc":
        t.proxy(name, "127.0.0.1:1", listen=f"{own_host()}:0")
    taken = proxies(t)
    t.stop()
    others = []
    for p in taken.values():
        other = socket.socket()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(address_of(p["listen"]))
        other.listen()
        others.append(other)
    t = start()
    r = t.request("POST", "/proxies/a", {"listen": f"{own_host()}:0"})
    assert r.status == 200, r
    t.connect("a").close()
    r = t.request("POST", "/proxies/b", {"enabled": False})
    assert r.json()["enabled"] is False
    r = t.request("POST", "/proxies/c", {"upstream": "127.0.0.1:9"})
    assert r.status == 500 and "address already in use" in r.json()["error"]
    assert t.request("DELETE", "/proxies/c").status == 204
    for other in others:
        other.close()
    time.sleep(1.2)  # a retry of what is no more to be served
    assert wait_until(lambda: set(t.children()) == {
        "ctld", "apid", "diald", "resolvd", "stored", "relayd [a]", "relayd [spare]"})


def test_the_state_is_a_document_that_populate_takes(start, tmp_path):
    t = start()
    t.proxy("a", "127.0.0.1:1", listen=f"{own_host()}:0", toxics=[
        {"type": "latency", "attributes": {"latency": 7}},
        {"type": "noop", "stream": "upstream", "toxicity": 0.5}])
    t.proxy("b", "127.0.0.1:1", listen="127.0.0.1:0", enabled=False)
    before = proxies(t)
    r = t.request("GET", "/state")
    assert r.status == 200 and isinstance(r.json(), list)
    for name in before:
        t.request("DELETE", f"/proxies/{name}")
    assert t.request("POST", "/populate", r.body).status == 201
    assert proxies(t) == before
    t.stop()
    config = tmp_path / "config.json"
    config.write_bytes(r.body)
    with Toxid("-config", str(config)) as t:
        assert proxies(t) == before


def test_the_config_file_is_for_a_new_state(start, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps([
        {"name": "p", "listen": f"{own_host()}:0", "upstream": "x:1"}]))
    t = start("-config", str(config))
    assert "p" in proxies(t)
    t.request("DELETE", "/proxies/p")
    t.stop()
    t = start("-config", str(config))
    assert proxies(t) == {}
    assert wait_until(lambda: says(
        t, "Config file not read: the state directory has the truth"))


def test_a_reload_is_kept_and_loses_nothing(start, tmp_path):
    """Among changes of others, at any moment: what was acknowledged is there
    again, and the proxies of the file know that they are its."""
    config = tmp_path / "config.json"

    def write(names):
        config.write_text(json.dumps([
            {"name": n, "listen": "127.0.0.1:0", "upstream": "x:1",
             "toxics": [{"type": "noop"}]} for n in names]))

    write(["f0"])
    t = start("-config", str(config))
    stop = threading.Event()

    def client():
        i = 0
        while not stop.is_set():
            i += 1
            t.proxy(f"c{i}", "x:1")
            if i > 3:
                assert t.request(
                    "DELETE", f"/proxies/c{i - 3}").status == 204

    thread = threading.Thread(target=client)
    thread.start()
    for i in range(1, 8):
        write([f"f{i}", "kept"])
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: f"f{i}" in proxies(t))
    stop.set()
    thread.join()
    t.proxy("last", "x:1")  # nobody has been told that the reload is kept
    before = proxies(t)
    assert {n for n in before if n[0] in "fk"} == {"f7", "kept"}
    t.cut()
    t = start("-config", str(config))
    assert proxies(t) == before
    write(["kept"])
    t.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: "f7" not in proxies(t))
    assert set(before) - set(proxies(t)) == {"f7"}


def test_a_proxy_that_the_file_has_twice_is_as_the_file_again(start, tmp_path):
    """The second entry changes nothing but whose proxy it is: so after a
    restart, too."""
    config = tmp_path / "config.json"
    entry = {"name": "p", "listen": f"{own_host()}:{own_port()}",
             "upstream": "x:1"}
    config.write_text(json.dumps(
        [entry, {**entry, "toxics": [{"type": "noop"}]}]))
    start("-config", str(config)).stop()
    t = start("-config", str(config))
    t.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: says(t, "Reloaded configuration"))
    assert [line["unchanged"] for line in t.log()
            if line["message"] == "Reloaded configuration"] == [1]


# ---- the configuration file may say it

def config_of(tmp_path, what):
    path = tmp_path / "toxid.json"
    path.write_text(what if isinstance(what, str) else json.dumps(what))
    return str(path)


def test_settings_in_the_configuration_file(state, tmp_path):
    config = config_of(tmp_path, {
        "durability": "full", "proxies": [
            {"name": "p", "listen": "127.0.0.1:0", "upstream": "x:1"}]})
    with Toxid("-config", config, "-state", str(state)) as t:
        assert set(proxies(t)) == {"p"}
        t.proxy("q", "127.0.0.1:1")
        assert wait_until(lambda: "apid [config]" not in t.children())
        for i in range(2):
            trace = strace(t.child("stored"), "-e", "trace=fdatasync")
            t.toxic("q", "noop")
            t.request("DELETE", "/proxies/q/toxics/noop_downstream")
            trace.send_signal(signal.SIGINT)
            assert "fdatasync" in trace.communicate(timeout=20)[1].decode()
            t.process.send_signal(signal.SIGUSR2)
            assert wait_until(lambda i=i: says(t, "Upgraded") > i)
        before = proxies(t)
        t.cut()
    with Toxid("-config", config, "-state", str(state)) as t:
        assert proxies(t) == before
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: says(t, "Reloaded configuration"))
        assert set(proxies(t)) == {"p", "q"}


@pytest.mark.parametrize("what, why", (
    ({"state": "/x"}, "state: a directory is named by the option -state, and "
                      "not here"),
    ({"State": 1}, ":1:2: state: a directory is named by the option -state"),
    ({"durability": "half"}, 'durability: must be "process" or "full"'),
    ({"state": 1, "stat": "x"}, ":1:2: state: a directory is named"),
    ('{"state": "x"', ":1:13: unexpected EOF"),
))
def test_settings_that_are_wrong_are_fatal(tmp_path, what, why):
    config = config_of(tmp_path, what)
    code, text = run_until_exit("-config", config)
    assert code == 1
    assert text.startswith(f"toxid: config file {config}:1:"), text
    assert why in text


# ---- who may have it

def run_until_exit(*args):
    r = subprocess.run(
        [os.environ.get("TOXID", "build/toxid"), "-port", "0", *args],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return r.returncode, r.stderr.decode()


def test_a_second_toxid_is_refused(start, state):
    t = start()
    t.proxy("p", "127.0.0.1:1")
    code, why = run_until_exit("-state", str(state))
    assert code == 1
    assert f"state directory {state}: another toxid is using it" in why
    assert "p" in proxies(t)
    t.proxy("q", "127.0.0.1:1")


@pytest.mark.parametrize("pragma", (
    None, "application_id = 1", "user_version = 1000", "user_version = -1000000000"))
def test_a_database_that_cannot_be_read_is_left_alone(start, state, pragma):
    start().stop()
    path = database(state)
    if pragma is None:
        path.write_bytes(b"no database at all" * 1000)
    else:
        db = sqlite3.connect(path)
        db.execute(f"PRAGMA {pragma}")
        db.commit()
        db.close()
    was = path.read_bytes()
    code, why = run_until_exit("-state", str(state))
    assert code == 1
    assert "the database cannot be read" in why
    assert path.read_bytes() == was


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    code, why = run_until_exit("-state", str(tmp_path / "file"))
    assert code == 1 and "Not a directory" in why, why
    code, why = run_until_exit("-state", str(tmp_path / "no" / "where"))
    assert code == 1 and "No such file or directory" in why, why


def test_the_folder_is_storeds_alone(start, state):
    t = start()
    info = os.stat(state / "stored")
    assert info.st_mode & 0o777 == (0o750 if is_root else 0o700)
    assert info.st_gid == os.getegid()
    assert os.stat(database(state)).st_mode & 0o777 == 0o600
    status = pathlib.Path(f"/proc/{t.child('stored')}/status").read_text()
    uid = int(status.split("Uid:")[1].split()[0])
    assert info.st_uid == uid
    if is_root:
        assert uid != 0


@pytest.mark.skipif(not is_root, reason="an ordinary user has one uid")
def test_another_uid_base_finds_its_files(start):
    t = start()
    t.proxy("p", "127.0.0.1:1")
    t.stop()
    t = start("-uid-base", "70000")
    assert "p" in proxies(t)
    t.proxy("q", "127.0.0.1:1")


@pytest.mark.parametrize("value", ("", "half"))
def test_durability_is_one_of_two(value):
    code, why = run_until_exit("-durability", value)
    assert code == 2 and "for flag -durability: process or full" in why


@pytest.mark.parametrize("durability", ("process", "full"))
def test_a_commit_is_synced_when_it_is_to_be(start, durability):
    """fdatasync of the log, as /proc counts what a process waited to write"""
    t = start("-durability", durability)
    t.proxy("first", "127.0.0.1:1")
    trace = strace(t.child("stored"), "-e", "trace=fsync,fdatasync,pwrite64")
    t.proxy("second", "127.0.0.1:1")
    trace.send_signal(signal.SIGINT)
    calls = trace.communicate(timeout=20)[1].decode()
    assert "pwrite64" in calls
    assert ("sync(" in calls) == (durability == "full"), calls


@pytest.mark.normal_build
def test_changes_at_once_share_commits(start, tmp_path):
    """Each commit of a durable store is one fdatasync"""
    t = start("-durability", "full")
    clients, each = 16, 25
    for i in range(clients):
        t.proxy(f"p{i}", "x:1", enabled=False)
    log = tmp_path / "calls"
    # slower than a disk: the others come meanwhile, on a busy machine, too
    trace = strace(t.child("stored"), "-o", log, "-e", "trace=fdatasync", "-e",
                   "inject=fdatasync:delay_enter=50000")

    def client(i):
        for k in range(each):
            r = t.request("POST", f"/proxies/p{i}", {"upstream": f"x:{k}"})
            assert r.status == 200, r

    threads = [threading.Thread(target=client, args=(i,))
               for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trace.send_signal(signal.SIGINT)
    trace.wait(20)
    commits = log.read_text().count("fdatasync(")
    assert {p["upstream"] for p in proxies(t).values()} == {f"x:{each - 1}"}
    assert 0 < commits < clients * each / 2, commits


# ---- stored is killed, stopped, or does not answer

@pytest.mark.parametrize("sig", (
    signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM))
def test_stored_may_die_at_any_time(start, sig):
    t = start()
    stop = threading.Event()
    i = 0

    def killer():
        for _ in range(8):  # fewer than back-off allows at once
            victim = t.child("stored")
            os.kill(victim, sig)
            wait_until(lambda: t.child("stored") != victim)
            in_hand = i  # it would be refused after another death
            wait_until(lambda: i > in_hand or stop.is_set())
            time.sleep(0.05 * SLOW)
        stop.set()

    thread = threading.Thread(target=killer)
    thread.start()
    expected = {}
    try:
        while not stop.is_set() or i < 50:
            i += 1
            name = f"p{i % 20}"
            if name in expected:
                r = t.request("DELETE", f"/proxies/{name}")
                assert r.status == 204, r
                del expected[name]
            else:
                expected[name] = t.proxy(
                    name, "127.0.0.1:1", enabled=i % 4 == 0)
    finally:
        stop.set()
        thread.join()
    assert proxies(t) == expected
    t.cut()
    assert proxies(start()) == expected


@pytest.mark.normal_build
def test_a_disk_that_hangs_holds_up_nobody_for_long(start):
    """A write takes longer than anybody waits, and who waits for it cannot
    even be killed: the change is refused in time, reads go on, and when that
    is over, changes do."""
    t = start()
    t.proxy("p", "127.0.0.1:1")
    trace = strace(t.child("stored"), "-o", "/dev/null", "-e",
                   "inject=pwrite64:delay_enter=60s")
    began = time.monotonic()
    r = t.request("POST", "/proxies", {
        "name": "q", "listen": "127.0.0.1:0", "upstream": "x:1"})
    took = time.monotonic() - began
    assert r.status in (201, 500), r
    assert used(took) < 2.5 + 1, took
    began = time.monotonic()
    assert set(proxies(t)) - {"q"} == {"p"}
    assert used(time.monotonic() - began) < 1
    trace.kill()
    trace.wait()
    assert wait_until(lambda: t.request("POST", "/proxies", {
        "name": "r", "listen": "127.0.0.1:0",
        "upstream": "x:1"}).status == 201)
    before = proxies(t)
    assert ("q" in before) == (r.status == 201)
    t.cut()
    assert proxies(start()) == before


# ---- the disk

@pytest.fixture
def small_disk(state):
    if not is_root:
        pytest.skip("only root can mount a small disk")
    state.mkdir()
    r = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=384k,mode=755", "none", state],
        capture_output=True)
    if r.returncode != 0:
        pytest.skip("nothing can be mounted here")
    yield state
    subprocess.run(["umount", "-l", state], check=True)


def fill(directory):
    """until there is no room left at all"""
    with open(directory / "filler", "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass


def test_a_full_disk_costs_changes_only(start, small_disk):
    t = start()
    t.proxy("p", "127.0.0.1:1")
    fill(small_disk)
    for i in range(200):  # the log has room that it had before
        r = t.request("POST", "/proxies", {
            "name": f"x{i}", "listen": "127.0.0.1:0", "upstream": "x:1"})
        if r.status != 201:
            break
    assert r.status == 507, r
    assert "no space left" in r.json()["error"]
    before = proxies(t)
    assert f"x{i}" not in before
    for method, path, body in (
            ("DELETE", "/proxies/p", None),
            ("POST", "/proxies/p", {"enabled": False}),
            ("POST", "/proxies/p", {"listen": f"{own_host()}:0"}),
            ("POST", "/proxies/p/toxics", {"type": "noop"})):
        assert t.request(method, path, body).status == 507, path
    assert proxies(t) == before
    t.connect("p").close()
    assert wait_until(lambda: any(
        line["error"] for line in t.log()
        if line["message"] == "The state cannot be stored"))
    assert wait_until(lambda: t.request("GET", "/health").status == 503)
    health = t.request("GET", "/health")
    assert health.json()["reasons"] == ["the state cannot be stored"]
    assert health.json()["roles"]["stored"]["last_error"]["text"]
    (small_disk / "filler").unlink()
    assert wait_until(lambda: says(t, "The state is stored again"))
    assert wait_until(lambda: t.request("GET", "/health").status == 200)
    t.proxy("after", "127.0.0.1:1")
    before = proxies(t)
    t.cut()
    assert proxies(start()) == before


def test_a_reload_that_could_not_be_stored_is_none_that_failed(
        start, small_disk, tmp_path):
    config = tmp_path / "config.json"

    def write(n):
        config.write_text(json.dumps([
            {"name": f"p{i}", "listen": f"{own_host()}:0", "upstream": "x:1",
             "enabled": False} for i in range(n)]))

    def reload():
        return subprocess.run(
            [os.environ.get("TOXID", TOXID), "-reload", str(t.pid)],
            stderr=subprocess.PIPE, text=True, timeout=60)
    write(1)
    t = start("-config", str(config))
    fill(small_disk)
    write(3000)  # the log has room for some
    r = reload()
    assert (r.returncode, r.stderr) == (
        1, f"toxid: process {t.pid}: reloaded, but not stored yet: its log "
        "says why\n")
    assert wait_until(lambda: len(proxies(t)) == 3000)
    (small_disk / "filler").unlink()
    write(2)
    assert wait_until(lambda: reload().returncode == 0)
    assert wait_until(lambda: len(proxies(t)) == 2)


def test_a_database_that_cannot_be_written_costs_changes_only(start, state):
    t = start()
    t.proxy("p", "127.0.0.1:1")
    path = database(state)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    os.kill(t.child("stored"), signal.SIGKILL)

    def create(name):
        return t.request("POST", "/proxies", {
            "name": name, "listen": "127.0.0.1:0", "upstream": "x:1"})

    assert wait_until(lambda: create("q").status == 500)
    r = create("q2")
    assert r.status == 500 and "cannot be stored" in r.json()["error"]
    assert wait_until(lambda: t.request("GET", "/health").status == 503)
    before = proxies(t)
    assert "p" in before and "q2" not in before
    t.connect("p").close()
    path.parent.chmod(0o700)
    path.chmod(0o600)
    assert wait_until(lambda: create("r").status == 201)
    assert wait_until(lambda: t.request("GET", "/health").status == 200)
    before = proxies(t)
    t.cut()
    assert proxies(start()) == before


@pytest.mark.parametrize("what", ("removed", "replaced", "overwritten"))
def test_a_database_that_was_damaged_is_made_anew(start, state, what):
    t = start()
    t.proxy("p", "127.0.0.1:1", toxics=[{"type": "noop"}])
    path = database(state)
    if what == "removed":
        path.unlink()
    elif what == "replaced":
        path.unlink()
        path.write_bytes(b"something else")
    else:
        os.kill(t.child("stored"), signal.SIGKILL)
        path.write_bytes(b"something else" * 1000)

    def created():
        r = t.request("POST", "/proxies", {
            "name": "q", "listen": "127.0.0.1:0", "upstream": "x:1"})
        assert r.status in (201, 409, 500), r
        return r.status == 201
    assert wait_until(created)
    before = proxies(t)
    assert sorted(before) == ["p", "q"]
    t.cut()
    assert proxies(start()) == before


# ---- order

def test_many_changes_share_commits_and_keep_their_order(start):
    """From many clients at once, of which many are about the same proxies"""
    t = start()
    rng = random.Random(1)
    results = []

    def client(seed):
        r = random.Random(seed)
        for _ in range(40):
            name = f"p{r.randrange(3)}"
            kind = r.randrange(3)
            if kind == 0:
                reply = t.request("POST", "/proxies", {
                    "name": name, "listen": "127.0.0.1:0",
                    "upstream": "x:1", "enabled": r.random() < 0.3})
            elif kind == 1:
                reply = t.request("DELETE", f"/proxies/{name}")
            else:
                reply = t.request("POST", f"/proxies/{name}/toxics", {
                    "type": "noop", "name": f"t{r.randrange(3)}"})
            results.append(reply.status)

    clients = [threading.Thread(target=client, args=(rng.random(),))
               for _ in range(6)]
    for c in clients:
        c.start()
    for c in clients:
        c.join()
    assert set(results) <= {200, 201, 204, 404, 409}
    assert {200, 201, 204, 409} <= set(results)
    before = proxies(t)
    t.cut()
    assert proxies(start()) == before


@pytest.mark.slow
@pytest.mark.normal_build
def test_as_many_toxics_as_there_may_be(start):
    """A new apid and a new stored can still be told of all of them"""
    t = start()
    toxics = [{"name": f"t{i}", "type": "noop"} for i in range(250)]
    for i in range(0, 200, 20):
        r = t.request("POST", "/populate", [
            {"name": f"p{j}", "listen": "x:1", "upstream": "x:1",
             "enabled": False, "toxics": toxics} for j in range(i, i + 20)])
        assert r.status == 201, r
    for body in ({"type": "noop"}, {"type": "noop", "stream": "upstream"}):
        r = t.request("POST", "/proxies/p1/toxics", body)
        assert r.status == 507 and "50000 toxics" in r.json()["error"], r
    r = t.request("POST", "/proxies", {
        "name": "q", "upstream": "x:1", "toxics": [{"type": "noop"}]})
    assert r.status == 507, r
    t.proxy("q", "x:1")
    for role in ("apid", "stored"):
        pid = t.child(role)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: t.children().get(role, [pid]) != [pid])
    replies = []

    def is_deleted():
        replies.append(t.request("DELETE", "/proxies/p0/toxics/t0"))
        return replies[-1].status == 204

    # the next stored is told of all of them first
    assert wait_until(is_deleted, 4 * PATIENCE), (replies, t.log()[-10:])
    t.toxic("q", "noop")
    before = proxies(t)
    assert sum(len(p["toxics"]) for p in before.values()) == 50000
    t.cut()
    assert proxies(start()) == before
