# SPDX-License-Identifier: ISC
"""Who lets whom in: etcd's users, TLS, toxid's token; and the locks of
toxid-sync."""

import pathlib
import subprocess

import pytest

from cluster import Cluster
from conftest import PREFIX, SYNC, Sync, key, listed
from rig import Toxid, own_host, wait_until

PASSWORD = "a secret"


def permit(etcd, *beginnings):
    for mode, beginning in beginnings:
        etcd.ctl("role", "grant-permission", "node", mode, "--prefix=true",
                 PREFIX + beginning)


@pytest.fixture
def guarded(etcd):
    """An etcd with users: root, and n1 with what a node needs."""
    etcd.ctl("user", "add", f"root:{PASSWORD}")
    etcd.ctl("user", "grant-role", "root", "root")
    etcd.ctl("role", "add", "node")
    permit(etcd, ("read", "/desired/all/"), ("read", "/desired/node/n1/"),
           ("read", "/drain/n1"), ("readwrite", "/status/n1"),
           ("readwrite", "/nodes/n1"))
    etcd.ctl("user", "add", f"n1:{PASSWORD}")
    etcd.ctl("user", "grant-role", "n1", "node")
    etcd.ctl("auth", "enable")
    etcd.log_in("root", PASSWORD)
    return etcd


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    return str(path)


def test_a_token_that_is_none_any_more_is_replaced(
        guarded, toxid, tmp_path, password, web):
    """Tokens are in etcd's memory: after a restart it knows none."""
    with Sync(guarded, toxid, tmp_path, "--user", "n1",
              "--password-file", password) as sync:
        status = sync.applied(guarded.put(key("web"), web))
        guarded.kill(0)
        guarded.start(0)
        assert wait_until(lambda: logged_in(guarded))
        status = sync.applied(guarded.put(key("more"), web))
        assert sorted(status["proxies"]) == ["more", "web"]
        # ... and each of them was a token of the same user's
        assert not sync.said("Status cannot be written")


def logged_in(etcd):
    try:
        etcd.log_in("root", PASSWORD)
    except OSError:
        return False
    return True


def test_what_a_user_may_changes_and_the_token_is_asked_for_again(
        guarded, toxid, tmp_path, password, web):
    with Sync(guarded, toxid, tmp_path, "--user", "n1",
              "--password-file", password) as sync:
        sync.applied(guarded.put(key("web"), web))
        guarded.ask("/v3/auth/role/add", {"name": "other"})
        assert wait_until(lambda: logged_in(guarded))
        sync.applied(guarded.put(key("more"), web))


def test_a_wrong_password_is_said(guarded, toxid, tmp_path, web):
    path = tmp_path / "wrong"
    path.write_text("no\n")
    guarded.put(key("web"), web)
    with Sync(guarded, toxid, tmp_path, "--user", "n1",
              "--password-file", str(path)) as sync:
        assert wait_until(lambda: sync.said("Source lost"))
        assert "authentication failed" in sync.said("Source lost")[0]["error"]
        path.write_text(PASSWORD + "\n")
        assert wait_until(lambda: list(listed(toxid)) == ["web"])


def test_a_watch_that_is_not_let_in_lists_again(
        guarded, toxid, tmp_path, password, web):
    """It is answered 200, and canceled."""
    with Sync(guarded, toxid, tmp_path) as sync:
        assert wait_until(lambda: len(sync.said("Source lost")) > 2)
        assert not listed(toxid) and guarded.get(
            f"{PREFIX}/status/n1") is None


# ---- TLS

@pytest.fixture
def certificates(tmp_path):
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True,
                       cwd=tmp_path)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca")
    for name in ("server", "client"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (tmp_path / "names").write_text(
            f"subjectAltName=IP:{own_host()}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem",
                "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem",
                "-days", "2", "-extfile", "names")
    return tmp_path


def test_tls_with_certificates_of_both(certificates, toxid, tmp_path, web):
    ca, cert, own_key = (str(certificates / name) for name in (
        "ca.pem", "client.pem", "client.key"))
    with Cluster(tmp_path, tls=(ca, str(certificates / "server.pem"),
                                str(certificates / "server.key"))) as etcd:
        with Sync(etcd, toxid, tmp_path, "--cacert", ca, "--cert", cert,
                  "--key", own_key, node="n1") as sync:
            sync.applied(etcd.put(key("web"), web))
        with Sync(etcd, toxid, tmp_path, node="n2") as stranger:
            assert wait_until(lambda: stranger.said("Source lost"))
            assert "certificate" in stranger.said("Source lost")[0]["error"]


# ---- toxid's token

def test_a_toxid_with_a_token(etcd, tmp_path, web):
    path = tmp_path / "token"
    path.write_text("wrong\n")
    with Toxid("-spares", "0",
               env={"TOXIPROXY_AUTH_TOKEN": "right"}, wait=False) as toxid:
        assert wait_until(lambda: toxid._learn_port() or toxid.port)
        with Sync(etcd, toxid, tmp_path, "--token-file", str(path)) as sync:
            revision = etcd.put(key("web"), web)
            status = sync.wait(lambda s: s["error"] is not None)
            assert "401" in status["error"]["message"]
            path.write_text("right\n")
            etcd.put(key("more"), web)
            assert sync.applied(revision)["error"] is None


# ---- what it may do

def test_it_is_locked_up(sync):
    """No privilege, no other thread, and a filter of system calls."""
    sync.wait(lambda s: s["health"] == "ok")
    said = dict(line.split(":\t", 1) for line in pathlib.Path(
        f"/proc/{sync.process.pid}/status").read_text().splitlines()
        if ":\t" in line)
    assert (said["NoNewPrivs"], said["Seccomp"], said["Threads"]) == (
        "1", "2", "1")
    assert {said[name].strip("0") for name in (
        "CapInh", "CapPrm", "CapEff", "CapAmb")} == {""}


def test_check_says_what_is_wrong(etcd, toxid, web):
    def check(*args, etcd_url=etcd.urls[0], port=toxid.port):
        r = subprocess.run(
            [SYNC, "--check", "--etcd", etcd_url, "--prefix", PREFIX,
             "--node", "n1", "--toxid", f"http://127.0.0.1:{port}", *args],
            capture_output=True, text=True, timeout=30)
        return r.returncode, r.stdout

    etcd.put_all({key("web"): web, key("b", "node/n1"): web,
                  key("c", "node/n2"): web})
    before = etcd.revision()
    code, said = check()
    assert code == 0 and f"ok: 2 keys below {PREFIX} concern n1" in said
    assert "ok: version" in said and "fleet is not there" in said
    assert etcd.revision() == before
    code, said = check(etcd_url=f"http://127.0.0.1:1,{etcd.urls[0]}")
    assert code == 0 and "http://127.0.0.1:1: " in said
    code, said = check(etcd_url="http://no.such.host.invalid:1")
    assert code == 1 and "no.such.host.invalid" in said
    code, said = check(port=1)
    assert code == 1 and "toxid: http://127.0.0.1:1: " in said


@pytest.mark.parametrize("args, complaint", [
    (["--etcd", "a:1"], "--etcd a:1: a URL does not begin with"),
    (["--node", "a/b"], "--node a/b: has other characters"),
    (["--label", "zone"], "--label zone: is not KEY=VALUE"),
    (["--prefix", "/a/"], "--prefix /a/: may not end with a slash"),
    (["--lease", "2"], "--lease 2: it is a number of seconds"),
    (["--source", "config"], "--source config: that is"),
    (["--user", "n1"], "--user and --password-file belong together"),
    (["--cert", "n1"], "--cert and --key belong together"),
    (["--toxid", "http://a,http://b"], "there is one"),
    (["--none"], "there is no --none"),
    (["--node"], "--node needs a value"),
    (["more"], "more: what is it?"),
])
def test_a_wrong_command_line_is_said(args, complaint):
    r = subprocess.run(
        [SYNC, "--etcd", "http://a:1", "--prefix", "/t", "--node", "n1",
         *args], capture_output=True, text=True, timeout=30)
    assert r.returncode == 2 and r.stdout == ""
    assert complaint in r.stderr and r.stderr.endswith(
        "; see toxid-sync --help\n")
