# SPDX-License-Identifier: ISC
"""Which server is meant, and what it is told of us: as toxictl has it."""

import base64
import os
import pathlib
import subprocess
import threading

import pytest
from toxid import AsyncClient, Client, Unauthorized, Unreachable

from conftest import client_of
from lab import TOKENS, Lab
from rig import PATIENCE, Toxid
from secure import SecureToxid, certify, trusting


def headers_of(client):
    return dict(client._settings.headers)


def authorization(*args, **more):
    return headers_of(Client(*args, **more)).get("Authorization")


def keep(text, mode=0o600):
    """toxictl's, in $HOME"""
    path = pathlib.Path(os.environ["HOME"], ".config", "toxictl", "token")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(mode)
    return path


# ---- urls

@pytest.mark.parametrize("url, place", [
    ("localhost:8474", ("localhost", 8474, "", False)),
    ("http://lab.example", ("lab.example", 80, "", False)),
    ("https://lab.example/", ("lab.example", 443, "", True)),
    ("http://[::1]:80/below/it/", ("::1", 80, "/below/it", False)),
    ("http://:x@127.0.0.1:1", ("127.0.0.1", 1, "", False))])
def test_urls(url, place):
    at = Client(url)._settings.place
    assert (at.host, at.port, at.prefix, at.is_tls) == place
    assert at.path is None


@pytest.mark.parametrize("url", ["unix:/run/a.sock", "unix:///run/a.sock"])
def test_sockets(url):
    assert Client(url)._settings.place.path == "/run/a.sock"


@pytest.mark.parametrize("url", [
    "", "http://", "ftp://x", "http://:secret@host:port", "unix:",
    "http://u:secret@"])
def test_no_urls(url):
    with pytest.raises(ValueError) as error:
        Client(url)
    assert "secret" not in str(error.value)


def test_the_usual_one(monkeypatch):
    assert Client()._settings.place.port == 8474
    monkeypatch.setenv("TOXIPROXY_URL", "http://lab.example:1")
    monkeypatch.setenv("TOXICTL_TENANT", "b")
    assert Client()._settings.place.host == "lab.example"
    assert headers_of(Client())["X-Toxid-Tenant"] == "b"
    assert headers_of(Client(tenant=""))["X-Toxid-Tenant"] == ""
    assert Client("localhost:2")._settings.place.port == 2
    assert "X-Toxid-Tenant" not in headers_of(Client("localhost:2"))


def test_who_is_reached_from_elsewhere():
    assert Client()._settings.listen == "localhost:0"
    assert Client("127.1.2.3:1")._settings.listen == "localhost:0"
    assert Client("unix:/x")._settings.listen == "localhost:0"
    assert Client("lab.example:1")._settings.listen == ":0"


@pytest.mark.parametrize("tenant", ["a b", "a\nb", "x" * 201, "\u00fc"])
def test_no_tenants(tenant):
    with pytest.raises(ValueError, match="no tenant"):
        Client(tenant=tenant)


# ---- tokens

def test_the_first_that_there_is(monkeypatch):
    assert authorization() is None
    keep("of-the-file\n")
    assert authorization() == "Bearer of-the-file"
    monkeypatch.setenv("TOXIPROXY_AUTH_TOKEN", "of-the-environment")
    assert authorization() == "Bearer of-the-environment"
    both = base64.b64encode(b":of the url").decode()
    assert authorization("http://:of%20the%20url@x") == "Basic " + both
    assert authorization("http://:x@x", token="mine") == "Bearer mine"
    assert authorization("http://:x@x", token="") is None


def test_another_home_of_it(monkeypatch, tmp_path):
    (tmp_path / "toxictl").mkdir()
    path = tmp_path / "toxictl" / "token"
    path.write_text("elsewhere")
    path.chmod(0o600)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert authorization() == "Bearer elsewhere"
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/whole")
    assert authorization() is None
    monkeypatch.delenv("HOME")
    assert authorization() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_one_that_others_may_read_is_refused(mode):
    path = keep("x", mode)
    with pytest.raises(PermissionError, match=f"0{mode:o}.*chmod 600"):
        Client()
    assert authorization(token="mine") == "Bearer mine"
    path.chmod(0o400)
    assert authorization() == "Bearer x"


@pytest.mark.skipif(os.geteuid() != 0, reason="not root's to give away")
def test_somebody_elses_is_refused():
    path = keep("x")
    os.chown(path, 65534, 65534)
    with pytest.raises(PermissionError, match="somebody else's"):
        Client()


@pytest.mark.parametrize("text", ["", "two words", "x" * 512, "\u00fc"])
def test_what_is_no_token(text):
    keep(text)
    with pytest.raises(ValueError, match="token: a token is one word"):
        Client()
    if text:
        with pytest.raises(ValueError, match="the argument"):
            Client(token=text)


def test_it_is_the_one_that_toxictl_sends(tmp_path, monkeypatch):
    toxictl = os.path.abspath(os.path.join(
        os.path.dirname(os.environ["TOXID"]), "toxictl"))
    with Lab(tmp_path) as lab:
        keep(TOKENS["b"])
        monkeypatch.setenv("TOXIPROXY_URL", f"http://127.0.0.1:{lab.port}")
        caller = Client().whoami()
        assert caller.tenant == "b"
        said = subprocess.run([toxictl, "whoami"], check=True, text=True,
                              capture_output=True, timeout=PATIENCE).stdout
        assert f"token\t{caller.token}\n" in said
        monkeypatch.setenv("TOXIPROXY_AUTH_TOKEN", "wrong")
        with pytest.raises(Unauthorized, match="TOXIPROXY_AUTH_TOKEN"):
            Client().whoami()


# ---- ways

def test_by_a_socket(tmp_path, way):
    path = tmp_path / "api.sock"
    with Toxid("-api-socket", str(path)) as t:
        client = Client(f"unix:{path}")
        assert way(client).version() == client_of(t).version()
        proxy = client.create_proxy("a", "127.0.0.1:9")
        assert proxy.address[0] == "127.0.0.1"


def test_by_https(tmp_path, way, monkeypatch):
    with SecureToxid(certify(tmp_path)) as t:
        url = f"https://localhost:{t.port}"
        assert way(Client(url, cafile=t.pair[0])).version()
        with pytest.raises(Unreachable, match="certificate verify failed"):
            way(Client(url)).version()
        assert Client(url, context=trusting(t.pair[0])).version()
        monkeypatch.setenv("TOXICTL_CACERT", str(t.pair[0]))
        assert Client(url).version()
    with pytest.raises(FileNotFoundError):
        Client("https://x", cafile="/nonexistent")


def openssl(*words, **more):
    subprocess.run(["openssl", *words], check=True, capture_output=True,
                   timeout=PATIENCE, **more)


def test_a_certificate_of_an_authority_is_trusted_alone(tmp_path):
    """By itself, as toxictl does"""
    ca, ca_key = certify(tmp_path, "authority")
    leaf, key, ask = (tmp_path / name for name in ("leaf", "key", "ask"))
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
            ask, "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", ask, "-CA", ca, "-CAkey", ca_key,
            "-CAcreateserial", "-out", leaf, "-days", "2", "-extfile",
            "/dev/stdin", input=b"subjectAltName=DNS:localhost,IP:127.0.0.1")
    key.chmod(0o600)
    with SecureToxid((leaf, key), trusted=ca) as t:
        assert Client(f"https://localhost:{t.port}", cafile=leaf).version()


def test_what_asyncio_is_given():
    client = AsyncClient("localhost:1", token="x", tenant="t", timeout=5)
    assert headers_of(client.calls) == headers_of(
        Client("localhost:1", token="x", tenant="t"))
    assert client.calls._settings.timeout == 5


def test_many_threads(client):
    failed = []

    def work(n):
        try:
            for i in range(5):
                client.create_proxy(f"{n}-{i}", "127.0.0.1:9")
                client.delete_proxy(f"{n}-{i}")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and client.list_proxies() == {}
