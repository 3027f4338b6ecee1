# SPDX-License-Identifier: ISC
"""-tls-cert, -tls-key: the API over HTTPS."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
from rig import PATIENCE, SLOW, Toxid, wait_until
from secure import SecureToxid, certify, hello, trusting


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return certify(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return certify(tmp_path_factory.mktemp("other"))


@pytest.fixture
def files(pair, tmp_path):
    """A copy, to be changed"""
    return tuple(shutil.copy(path, tmp_path / path.name) for path in pair)


@pytest.fixture(scope="module")
def toxid(pair):
    with SecureToxid(pair) as t:
        yield t


def messages(t, text):
    return [line for line in t.log() if text in line["message"]]


def put(pair, files):
    """Both anew, each at once: by rename(2)"""
    for new, path in zip(pair, files):
        shutil.copy(new, f"{path}.new")
        os.rename(f"{path}.new", path)


def shown(t):
    """The certificate that a new connection is shown"""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with t.secured(context) as s:
        return s.getpeercert(binary_form=True)


def der(certificate):
    return ssl.PEM_cert_to_DER_cert(open(certificate).read())


# ---- clients

def curl(t, *args, path="/version", **more):
    return subprocess.run(
        ["curl", "-sS", "--cacert", t.pair[0], *args,
         f"https://localhost:{t.port}{path}"],
        capture_output=True, text=True, timeout=PATIENCE, **more)


def test_curl(toxid):
    r = curl(toxid)
    assert (r.returncode, json.loads(r.stdout)["version"]) == (0, "2.12.0")
    r = curl(toxid, "-d", '{"name": "a", "listen": "127.0.0.1:0", '
             '"upstream": "127.0.0.1:1"}', path="/proxies")
    assert json.loads(r.stdout)["name"] == "a"
    r = curl(toxid, "-X", "DELETE", path="/proxies/a")
    assert (r.returncode, r.stdout) == (0, "")


@pytest.mark.parametrize("version", ["--tlsv1.2", "--tlsv1.3"])
def test_curl_by_either_version(toxid, version):
    r = curl(toxid, version, "--tls-max", version[-3:])
    assert r.returncode == 0, r


def test_a_stranger_is_not_believed(toxid, other):
    """who has no certificate that vouches for it"""
    r = subprocess.run(["curl", "-sS", "--cacert", str(other[0]),
                        f"https://localhost:{toxid.port}/"],
                       capture_output=True, timeout=PATIENCE)
    assert r.returncode == 60


def test_one_connection_for_many(toxid):
    c = toxid.connection()
    c.connect()
    s = c.sock
    for i in range(50):
        c.request("GET", "/version", headers={"X-Long": "x" * (i * 200)})
        assert c.getresponse().read()
    assert c.sock is s
    c.close()


def test_large_both_ways(toxid):
    """A body of a megabyte, in many records; a reply that is as long, to who
    begins late to read it"""
    proxies = [{"name": f"p{i}", "listen": "127.0.0.1:0", "enabled": False,
                "upstream": "127.0.0.1:1", "x": "y" * 3000}
               for i in range(300)]
    r = toxid.request("POST", "/populate", proxies)
    assert (r.status, len(r.json()["proxies"])) == (201, 300), r
    with toxid.secured() as s:
        s.sendall(b"GET /proxies HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40
                  + b"GET /proxies HTTP/1.1\r\nHost: localhost\r\n"
                  b"Connection: close\r\n\r\n")
        time.sleep(0.5)
        got = b""
        while data := s.recv(65536):
            got += data
    bodies = got.split(b"HTTP/1.1 200 OK\r\n")
    assert len(bodies) == 42
    for body in bodies[1:]:
        assert len(json.loads(body.partition(b"\r\n\r\n")[2])) == 300
    for i in range(300):
        toxid.request("DELETE", f"/proxies/p{i}")


def test_its_end_is_said(toxid):
    """close_notify comes before the end: nobody has cut the reply off."""
    with toxid.secured() as s:
        s.suppress_ragged_eofs = False
        s.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n"
                  b"Connection: close\r\n\r\n")
        got = b""
        while data := s.recv(65536):
            got += data
    assert b'"2.12.0"' in got


def test_who_ends_first_is_answered(toxid):
    """close_notify is half an end."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = toxid.trusted.wrap_bio(into, out, server_hostname="localhost")
    with toxid.plain() as s:
        def until(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    s.sendall(out.read())
                    into.write(s.recv(65536))
        until(tls.do_handshake)
        tls.write(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises(ssl.SSLWantReadError):
            tls.unwrap()
        assert b'"2.12.0"' in until(lambda: tls.read(65536))


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_keys(kind, tmp_path):
    with SecureToxid(certify(tmp_path, kind=kind)) as t:
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            context = trusting(t.pair[0], minimum_version=version,
                               maximum_version=version)
            with t.secured(context) as s:
                assert s.version() == version.name.replace("_", ".")
                assert s.cipher()[0].rpartition("_")[2] or True
                assert s.compression() is None


def test_browsers(toxid):
    """An https page of the API's own is at home there, another is not."""
    own = f"https://localhost:{toxid.port}"
    for origin, status in ((own, 200), ("https://evil.example", 403)):
        r = toxid.request("GET", "/version", headers={
            "Host": own.removeprefix("https://"), "Origin": origin})
        assert r.status == status, origin
    assert toxid.request("GET", "/version", headers={
        "User-Agent": "Mozilla/5.0"}).status == 403


def test_token(pair):
    with SecureToxid(pair, env={"TOXIPROXY_AUTH_TOKEN": "x" * 20},
                     wait=False) as t:
        assert wait_until(lambda: messages(t, "Starting Toxiproxy HTTP"))
        t._learn_port()

        def asks(*token):
            try:
                return t.request("GET", "/proxies",
                                 headers=dict(Authorization=token[0])
                                 if token else {}).status
            except OSError:
                return 0
        assert wait_until(lambda: asks() == 401)
        assert asks("Bearer " + "x" * 20) == 200


# ---- who speaks otherwise

def test_plain_http_is_told_so(toxid):
    c = http.client.HTTPConnection(toxid.host, toxid.port, timeout=PATIENCE)
    c.request("GET", "/version")
    r = c.getresponse()
    assert (r.status, b"HTTPS server" in r.read()) == (400, True)


RUBBISH = {
    "zeros": lambda: b"\0" * 100,
    "no letter": lambda: b"\xff" * 20000,
    "a long record": lambda: b"\x16\x03\x01\xff\xff" + b"\0" * 70000,
    "no message": lambda: b"\x16\x03\x01\0\x05hello",
    "SSL 2": lambda: b"\x80\x2e\x01\0\x02",
    "an alert": lambda: b"\x15\x03\x03\0\x02\1\0",
    "a long message": lambda: b"\x16\x03\x01\x40\0\x01\xff\0\0" + b"\0" * 40000,
    "a hello that is spoilt": lambda: hello()[:-5] + b"hello",
    "data, too early": lambda: hello() + b"\x17\x03\x03\0\x05hello",
    "many changes": lambda: hello() + b"\x14\x03\x03\0\x01\x01" * 200,
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish(toxid, name):
    with toxid.plain() as s:
        try:
            s.sendall(RUBBISH[name]())
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                continue
        except OSError:
            pass  # a reset is an end, too
    assert toxid.request("GET", "/version").status == 200


def s_client(t, *args, say=""):
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"{t.host}:{t.port}", *args],
        input=say, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_versions(toxid, version):
    r = s_client(toxid, version, "-cipher", "ALL:@SECLEVEL=0")
    assert r.returncode != 0
    assert "alert protocol version" in r.stderr, r


@pytest.mark.parametrize("cipher", [
    "AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
    "NULL", "aNULL", "3DES"])
def test_weak_ciphers(toxid, cipher):
    r = s_client(toxid, "-tls1_2", "-cipher", cipher + ":@SECLEVEL=0")
    assert r.returncode != 0, r
    assert "Cipher is (NONE)" in r.stdout or "no cipher match" in r.stderr


def test_renegotiation(toxid):
    """Whoever begins a second handshake has had the first."""
    p = subprocess.Popen(
        ["openssl", "s_client", "-tls1_2", "-connect",
         f"{toxid.host}:{toxid.port}"], stdin=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    p.stdin.write("R\n")
    p.stdin.flush()
    said, _ = p.communicate("", timeout=PATIENCE)
    assert "RENEGOTIATING" in said
    assert "error" in said or "alert" in said, said
    assert toxid.request("GET", "/version").status == 200


@pytest.mark.parametrize("version", list(ssl.TLSVersion)[-3:-1])
def test_nothing_is_resumed(toxid, version):
    context = trusting(toxid.pair[0], minimum_version=version,
                       maximum_version=version)
    with toxid.secured(context) as s:
        s.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert s.recv(65536)
        session = s.session
    assert session is None or not session.has_ticket
    if session is None:
        return
    with toxid.plain() as plain, context.wrap_socket(
            plain, server_hostname="localhost", session=session) as s:
        assert not s.session_reused


# ---- who does not come to an end

def test_half_handshakes_hold_up_nobody(toxid):
    """Hundreds of them, at every point that a client can stop at"""
    whole, crowd = hello(), []
    try:
        for i in range(400):
            s = toxid.plain()
            s.sendall(whole[:1 + i * len(whole) // 400])
            crowd.append(s)
        for _ in range(5):
            start = time.monotonic()
            assert toxid.request("GET", "/version").status == 200
            assert time.monotonic() - start < 5 * SLOW
    finally:
        for s in crowd:
            s.close()
    assert toxid.request("GET", "/version").status == 200


def test_a_flood_of_handshakes(toxid):
    """Connections that are there are answered in between."""
    c, over = toxid.connection(), threading.Event()

    def flood():
        while not over.is_set():
            try:
                toxid.secured().close()
            except OSError:
                pass
    crowd = [threading.Thread(target=flood) for _ in range(8)]
    for one in crowd:
        one.start()
    try:
        for _ in range(50):
            c.request("GET", "/version")
            assert c.getresponse().read()
    finally:
        over.set()
        for one in crowd:
            one.join()
    c.close()


@pytest.mark.slow
def test_a_handshake_has_its_time(toxid):
    """of 15 s, however slowly its bytes come"""
    with toxid.plain() as s:
        s.settimeout(60 * SLOW)
        start = time.monotonic()
        for byte in hello() * 2:
            try:
                s.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.1)
        assert 10 < time.monotonic() - start < 30 * SLOW


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: to see what "
                    "descriptors a child has")
def test_descriptors_go_back(pair):
    """and room is made, as for plain connections: who asks gets in"""
    with SecureToxid(pair) as t:
        apid = t.child("apid")
        count = lambda: len(os.listdir(f"/proc/{apid}/fd"))  # noqa: E731
        before = count()
        for _ in range(3):
            crowd = [t.plain() for _ in range(200)]
            for s in crowd[::2]:
                s.sendall(hello())
            for s in crowd:
                s.close()
        assert wait_until(lambda: count() <= before + 2, 20 * SLOW), count()


# ---- SIGHUP

def reload(t):
    """What became of it: the line of the log"""
    t.read_to_here()
    over = ("Reload failed, nothing has changed", "The API has a certificate",
            "The API keeps")
    before = len([x for x in t.log() if x["message"].startswith(over)])
    t.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: len(
        [x for x in t.log() if x["message"].startswith(over)]) > before)
    return [x for x in t.log() if x["message"].startswith(over)][-1]


def test_new_ones_under_load(pair, other, files, tmp_path):
    both = tmp_path / "both.pem"
    both.write_text(pair[0].read_text() + other[0].read_text())
    with SecureToxid(files, trusted=both) as t:
        over, failed = threading.Event(), []

        def load(anew):
            c = t.connection()
            while not over.is_set():
                try:
                    c.request("GET", "/version")
                    c.getresponse().read()
                except OSError as e:
                    failed.append(e)
                if anew:
                    c.close()
        crowd = [threading.Thread(target=load, args=[i % 2]) for i in range(4)]
        for one in crowd:
            one.start()
        kept = t.secured()
        for pair_now in (other, pair, other):
            put(pair_now, files)
            t.process.send_signal(signal.SIGHUP)  # the log may drop lines
            assert wait_until(lambda: shown(t) == der(pair_now[0]))
        over.set()
        for one in crowd:
            one.join()
        assert failed == []
        kept.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b'"2.12.0"' in kept.recv(65536)
        kept.close()


@pytest.mark.parametrize("what", ["key", "certificate", "both", "gone",
                                  "folder"])
def test_bad_ones_change_nothing(pair, other, files, what):
    config = os.path.join(os.path.dirname(files[0]), "config.json")
    with open(config, "w") as f:
        json.dump([], f)
    with SecureToxid(files, "-config", config, trusted=pair[0]) as t:
        named = files[1] if what in ("key", "folder") else files[0]
        if what == "both":
            shutil.copy(other[1], files[1])
        elif what == "gone":
            os.unlink(named)
        elif what == "folder":
            os.unlink(named)
            os.mkdir(named)
        else:
            open(named, "w").write("-----BEGIN RUBBISH-----\n")
        with open(config, "w") as f:
            json.dump([{"name": "late", "listen": "127.0.0.1:0",
                        "upstream": "127.0.0.1:1"}], f)
        said = reload(t)
        assert said["message"].startswith("Reload failed"), said
        assert str(named) in said["error"]
        assert said["error"].startswith(
            "-tls-key" if named == files[1] else "-tls-cert"), said
        assert shown(t) == der(pair[0])
        assert t.request("GET", "/proxies").json() == {}
        if what != "folder":
            put(pair, files)
            reload(t)
            assert list(t.request("GET", "/proxies").json()) == ["late"]


def test_a_bad_configuration_file_keeps_the_old_pair(pair, other, files,
                                                     tmp_path):
    config = tmp_path / "config.json"
    config.write_text("[]")
    with SecureToxid(files, "-config", str(config), trusted=pair[0]) as t:
        put(other, files)
        config.write_text("[")
        assert reload(t)["message"].startswith("Reload failed")
        assert shown(t) == der(pair[0])


def test_reload_says_how_it_went(pair, files):
    """-reload PID, without a configuration file"""
    program = os.environ.get("TOXID", "build/toxid")
    with SecureToxid(files) as t:
        ask = [program, "-reload", str(t.pid)]
        assert subprocess.run(ask, timeout=PATIENCE).returncode == 0
        os.unlink(files[1])
        assert subprocess.run(ask, timeout=PATIENCE,
                              capture_output=True).returncode == 1
        assert t.request("GET", "/version").status == 200


# ---- the start

def fails(*args):
    """What it says, and with which code it ends"""
    program = os.environ.get("TOXID", "build/toxid")
    r = subprocess.run([program, "-port", "0", *map(str, args)], text=True,
                       capture_output=True, timeout=PATIENCE)
    return r.returncode, r.stdout + r.stderr


def test_either_needs_the_other(pair):
    for option, path, lacks in (("-tls-cert", pair[0], "-tls-key"),
                                ("-tls-key", pair[1], "-tls-cert")):
        code, said = fails(option, path)
        assert code == 2
        assert f"there is no {lacks}" in said


def test_a_bad_pair_is_named(pair, other, tmp_path):
    locked, rubbish = tmp_path / "locked.key", tmp_path / "rubbish"
    subprocess.run(["openssl", "pkey", "-in", pair[1], "-aes256", "-passout",
                    "pass:secret", "-out", locked], check=True)
    rubbish.write_text("no certificate\n")
    long = tmp_path / "long"
    long.write_bytes(b"x" * 300000)
    for certificate, key, option, named in (
            (tmp_path / "none", pair[1], "-tls-cert", "none: No such file"),
            (pair[0], tmp_path / "none", "-tls-key", "none: No such file"),
            (rubbish, pair[1], "-tls-cert", "rubbish: "),
            (pair[1], pair[0], "-tls-cert", "localhost.key: "),
            (pair[0], rubbish, "-tls-key", "rubbish: "),
            (pair[0], locked, "-tls-key", "locked.key: it has a password"),
            (long, pair[1], "-tls-cert", "long: File too large"),
            (tmp_path, pair[1], "-tls-cert", "Is a directory"),
            ("/dev/null", pair[1], "-tls-cert", "/dev/null: "),
            (pair[0], other[1], "-tls-cert", f"{pair[0]}, -tls-key "
                                             f"{other[1]}: ")):
        code, said = fails("-tls-cert", certificate, "-tls-key", key)
        assert code == 1, said
        assert f"{option} {'' if named.startswith('/') else ''}" in said
        assert named in said, said


def test_one_that_has_expired_is_told_of(tmp_path):
    pair = certify(tmp_path, days=30)
    subprocess.run(
        ["openssl", "x509", "-in", pair[0], "-signkey", pair[1], "-days",
         "-1", "-out", tmp_path / "late.pem"], check=True,
        capture_output=True)
    with SecureToxid((tmp_path / "late.pem", pair[1]), wait=False) as t:
        assert wait_until(lambda: messages(t, "has expired"))


def test_it_is_none_of_the_files(tmp_path):
    for key in ("tls-cert", "tls-key"):
        path = tmp_path / "config.json"
        path.write_text(json.dumps({key: "/etc/x", "proxies": []}))
        code, said = fails("-config", path)
        assert (code, f"the option -{key}" in said) == (1, True), said


def test_the_file_can_insist_on_it(pair, tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"api": {"tls": true}, "proxies": []}')
    code, said = fails("-config", path)
    assert code == 1
    assert "-tls-cert" in said and "api.tls" in said, said
    with SecureToxid(pair, "-config", str(path)) as t:
        assert t.request("GET", "/version").status == 200
    path.write_text('{"api": {"tls": false}, "proxies": []}')
    with Toxid("-config", str(path)) as t:
        assert t.request("GET", "/version").status == 200
    code, said = fails("-config", path, "-tls-cert", pair[0], "-tls-key",
                       pair[1])
    assert (code, "say that it is on" in said) == (1, True), said


# ---- others come in its place

def test_an_apid_that_follows_has_the_same(pair, files):
    """whatever has become of the files since"""
    with SecureToxid(files, trusted=pair[0]) as t:
        for path in files:
            os.rename(path, f"{path}.old")
            open(path, "w").write("rubbish\n")
        for _ in range(2):
            apid = t.child("apid")
            os.kill(apid, signal.SIGKILL)
            assert wait_until(lambda: t.child("apid") != apid)
            assert wait_until(lambda: shown_or_none(t) == der(pair[0]))


def shown_or_none(t):
    try:
        return shown(t)
    except OSError:
        return None


def test_a_ctld_that_follows(pair, other, files, tmp_path):
    both = tmp_path / "both.pem"
    both.write_text(pair[0].read_text() + other[0].read_text())
    with SecureToxid(files, trusted=both) as t:
        kept = t.secured()
        ctld = t.ctld
        os.kill(ctld, signal.SIGKILL)
        assert wait_until(lambda: t.ctld != ctld)
        assert wait_until(lambda: shown_or_none(t) == der(pair[0]))
        put(other, files)
        assert "expires" in reload(t)
        assert wait_until(lambda: shown(t) == der(other[0]))
        apid = t.child("apid")
        os.kill(apid, signal.SIGKILL)
        assert wait_until(lambda: shown_or_none(t) == der(other[0]))
        kept.close()


def test_an_upgrade(pair, files):
    """Who is in the middle of something is answered; who is not connects
    anew, after an end that is said; nobody is refused."""
    with SecureToxid(files) as t:
        over, failed, done = threading.Event(), [], [0]

        def load():
            while not over.is_set():
                try:
                    assert t.request("GET", "/version").status == 200
                    done[0] += 1
                except OSError as e:
                    failed.append(e)
        crowd = [threading.Thread(target=load) for _ in range(3)]
        for one in crowd:
            one.start()
        idle, fresh = t.secured(), t.plain()
        idle.suppress_ragged_eofs = False
        for n in range(1, 3):
            t.process.send_signal(signal.SIGUSR2)
            assert wait_until(lambda: len(
                [x for x in t.log() if x["message"] == "Upgraded"]) == n)
            before = done[0]
            assert wait_until(lambda: done[0] > before + 5)
        over.set()
        for one in crowd:
            one.join()
        assert failed == []
        assert idle.recv(1) == b""
        with t.trusted.wrap_socket(fresh, server_hostname="localhost") as s:
            s.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b'"2.12.0"' in s.recv(65536)
        idle.close()


@pytest.mark.parametrize("what", ["key", "certificate", "both", "gone"])
def test_an_upgrade_with_bad_ones_does_not_happen(pair, other, files, what):
    """They are looked at first: the API goes on with what it has."""
    def outcomes():
        return [x for x in t.log() if x["message"].startswith(
            ("Upgraded", "Upgrade failed"))]

    def upgrade():
        before = len(outcomes())
        t.process.send_signal(signal.SIGUSR2)
        assert wait_until(lambda: len(outcomes()) > before)
        return outcomes()[-1]
    with SecureToxid(files, trusted=pair[0]) as t:
        named = files[1] if what == "key" else files[0]
        if what == "both":
            shutil.copy(other[1], files[1])
        elif what == "gone":
            os.unlink(named)
        else:
            open(named, "w").write("-----BEGIN RUBBISH-----\n")
        apid = t.child("apid")
        said = upgrade()
        assert said["message"].startswith("Upgrade failed"), said
        assert said["error"].startswith(
            "-tls-key" if what == "key" else "-tls-cert"), said
        assert str(named) in said["error"]
        assert t.child("apid") == apid
        assert shown(t) == der(pair[0])
        t.process.send_signal(signal.SIGHUP)  # a reload has its turn again
        assert wait_until(lambda: messages(t, "Reload failed"))
        put(other, files)
        assert upgrade()["message"] == "Upgraded"
        assert shown(t) == der(other[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: to see what "
                    "descriptors a child has")
def test_no_key_is_open_for_others(pair):
    """ctld and apid have its file, and nobody else; a worker has nothing"""
    with SecureToxid(pair) as t:
        t.proxy("p", "127.0.0.1:1")
        for role in ("diald", "resolvd", "relayd [p]"):
            links = {os.path.realpath(f"/proc/{t.child(role)}/fd/{fd}")
                     for fd in os.listdir(f"/proc/{t.child(role)}/fd")}
            assert str(pair[1]) not in links
        with open(f"/proc/{t.pid}/cmdline") as f:
            assert "PRIVATE" not in f.read()


def test_without_it_nothing_is_there():
    with Toxid() as t:
        c = http.client.HTTPSConnection(t.host, t.port, timeout=PATIENCE)
        with pytest.raises(OSError):
            c.request("GET", "/version")
        assert t.request("GET", "/version").status == 200
