# SPDX-License-Identifier: ISC
"""An apid that has been taken over, where there are tenants: it changes what
those may change whose tokens it has seen, and nothing else; and others change
nothing."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import tempfile
import time

import pytest
from lab import TOKENS, WRONG, Lab, standard
from peers import Echo
from rig import PATIENCE, address_of, wait_until
from test_hostile import Stage
from test_tenants import reload

pytestmark = pytest.mark.normal_build

NEW = {"listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "enabled": False}
TYPES = ["PROXY_CREATE", "PROXY_POPULATE", "PROXY_UPDATE", "PROXY_DELETE",
         "PROXY_RESET", "PROXY_AWAIT", "PROXY_PROFILE", "SCENARIO_CREATE",
         "SCENARIO_DELETE", "TOXIC_CREATE", "TOXIC_UPDATE",
         "TOXIC_DELETE", "LEASE_RENEW", "SESSION_OPEN", "SESSION_RENEW",
         "SESSION_GONE", "DESIRED_PUT", "DESIRED_OF_A", "DESIRED_SHOW",
         "HALT", "RESUME"]
SECRETS = {**TOKENS, "wrong": WRONG, "nobody": "-"}


def codes():
    """The words of enum answer_code, by their numbers"""
    text = pathlib.Path("proto/payload_api.h").read_text()
    text = text[text.index("enum answer_code {"):]
    return re.findall(r"\bANSWER_(\w+),", text[:text.index("};")])


class Script:
    """What it is to ask, and what ctld has to answer"""

    def __init__(self):
        self.lines, self.wanted = [], []

    def ask(self, who, kind, tenant, name, wanted, later=0):
        self.lines.append(
            f"{SECRETS[who]} {later} {kind} {tenant or '-'} {name}\n")
        self.wanted.append((wanted, who, kind, tenant, later))

    def refused(self):
        for kind in TYPES:
            name = "new" if kind == "PROXY_CREATE" else "p"
            is_read = kind in ("PROXY_AWAIT", "DESIRED_SHOW")
            for tenant in ("a", "b", "ops", "", "not.there"):
                for who in ("nobody", "wrong", "expired"):
                    self.ask(who, kind, tenant, name, "UNKNOWN")
                if tenant != "a":
                    self.ask("a", kind, tenant, name, "NOT_ITS_OWN")
                    self.ask("a-reader", kind, tenant, name, "READS_ONLY"
                             if kind == "DESIRED_OF_A" else "NOT_ITS_OWN")
            for who in ("a", "a-reader") if kind in ("HALT", "RESUME") else ():
                self.ask(who, kind, "*", name, "NOT_ITS_OWN")
            if not is_read:
                self.ask("a-reader", kind, "a", name, "READS_ONLY")
            # one that was named for another request
            self.ask("a", kind, "a", name, "UNKNOWN", later=-1)
            self.ask("a", kind, "a", name, "UNKNOWN", later=5)

    def allowed(self):
        self.ask("a-reader", "PROXY_AWAIT", "a", "p", "OK")
        self.ask("a", "PROXY_UPDATE", "a", "p", "OK")
        self.ask("a", "TOXIC_DELETE", "a", "p", "OK")
        self.ask("a", "PROXY_PROFILE", "a", "p", "OK")


    def lies_of(self, who, tenant, name="p"):
        """That it has refused him, as whoever's token it has seen"""
        self.ask(who, "API_REFUSED", tenant, name, "OK")


class Captive:
    def __init__(self, folder):
        self.folder, self.stage = folder, Stage(folder, "apid")
        self.answers = folder / "answers"

    def write(self, name, text):
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o666)

    def play(self, t, script):
        """What it is answered; it is not killed, and then there is an honest
        one again."""
        self.write("says", "".join(script.lines))
        self.write("answers", "")
        self.stage.change(t, "act-for-others")
        assert wait_until(
            lambda: self.answers.read_text().endswith("end\n"), PATIENCE)
        self.stage.change(t, "honest")
        t.wait_until_up()
        words = codes()
        return [words[int(n)] for n in self.answers.read_text().split()[:-1]]


@pytest.fixture
def captive(monkeypatch):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # each child is somebody else
        made = Captive(folder)
        monkeypatch.setenv("TOXID", str(folder / "toxid"))
        yield made


def fill(lab):
    for tenant in ("a", "b", "ops", ""):
        lab.make("admin", "p", of=tenant, enabled=False)
        r = lab.ask("admin", "POST", "/proxies/p/toxics",
                    {"name": "t", "type": "latency"}, of=tenant)
        assert r.status == 200


def seen(lab):
    return lab.ask("admin", "GET", "/proxies", of="*").json()


def test_it_grants_nothing(captive, tmp_path):
    script = Script()
    script.refused()
    with Lab(tmp_path) as lab:
        fill(lab)
        before = seen(lab)
        answers = captive.play(lab, script)
        assert list(zip(answers, script.wanted)) == [
            (wanted[0], wanted) for wanted in script.wanted]
        assert seen(lab) == before
        lab.read_to_here()
        assert not [line for line in lab.log()
                    if line.get("reason") == "broke the protocol"]
        # whoever it has named is in the log, whatever became of it
        assert wait_until(lambda: lab.audit(
            tenant="a", proxy="b/p", request="PROXY_DELETE",
            outcome="refused: proxy of another tenant"))
        # ... as is who has asked for something to be read, and nobody
        assert lab.audit(tenant="a", proxy="b/p", request="PROXY_AWAIT",
                         outcome="refused: proxy of another tenant")
        assert lab.audit(tenant="", proxy="b/p", request="PROXY_DELETE",
                         outcome="refused: token unknown or expired")
        print(len(answers), "asked, none granted")


def test_whom_it_says_to_have_refused(captive, tmp_path):
    """Only he is named whose token it has, and the log is not full of it."""
    script = Script()
    for tenant in ("a", "b", ""):
        for who in ("a", "expired", "wrong", "nobody"):
            script.lies_of(who, tenant)
    for i in range(1000):
        script.lies_of("nobody", "", f"flood{i}")
    with Lab(tmp_path) as lab:
        assert set(captive.play(lab, script)) == {"OK"}
        lab.read_to_here()
        lines = [line for line in lab.audit()
                 if line["request"].startswith("GET /proxies/")]
        named = [(line["tenant"], line["token"], line["outcome"])
                 for line in lines[:12]]
        unknown = "refused: token unknown"
        assert named == [("a", "a", unknown),
                         ("a", "expired", "refused: token expired"),
                         ("", "", unknown), ("", "", unknown)] * 3
        assert {line["tenant"] for line in lines[12:]} == {""}
        assert len(lines) < 1000

        def untold():
            assert lab.ask("wrong", "GET", "/proxies").status == 401
            return sum(line.get("untold", 0) for line in lab.audit())
        assert wait_until(lambda: untold() >= 1012 - len(lines))


def test_what_it_has_seen_it_can_use(captive, tmp_path):
    """... of whoever has brought it, as SECURITY.md says."""
    script = Script()
    script.allowed()
    with Lab(tmp_path) as lab:
        fill(lab)
        before = seen(lab)
        assert captive.play(lab, script) == [w[0] for w in script.wanted]
        after = seen(lab)
        assert {k for k in before if before[k] != after[k]} == {"a/p"}
        assert after["a/p"]["upstream"] == "127.0.0.66:6"
        assert [t["owner"] for t in after["a/p"]["toxics"]] == [
            "profile:bad"]


def test_a_token_that_it_kept_may_go(captive, tmp_path):
    """Then it is worth as little to it as to anybody."""
    script = Script()
    script.ask("a", "PROXY_UPDATE", "a", "p", "UNKNOWN")
    script.ask("a", "PROXY_DELETE", "a", "p", "UNKNOWN")
    with Lab(tmp_path) as lab:
        fill(lab)
        before = seen(lab)
        tenants = [dict(t) for t in standard()]
        tenants[0]["tokens"] = tenants[0]["tokens"][1:]
        lab.say(tenants)
        reload(lab)
        assert captive.play(lab, script) == [w[0] for w in script.wanted]
        assert seen(lab) == before


def test_rows_of_nobody(tmp_path):
    """A tenant that the file does not have, but stored: what its proxies are is
    for an administrator to see, they reach nobody, and they can be deleted."""
    state = str(tmp_path / "state")
    with Echo() as echo:
        with Lab(tmp_path, "-state", state) as lab:
            mine = lab.make("a", "p", f"127.0.0.1:{echo.port}")
            yours = lab.make("b", "p", f"127.0.0.1:{echo.port}")
            assert lab.stop() == 0
        with Lab(tmp_path, "-state", state, tenants=standard()[1:]) as lab:
            assert lab.ask("a", "GET", "/proxies").status == 401
            assert lab.ask("b", "GET", "/proxies").json() == {"p": yours}
            assert seen(lab) == {"a/p": mine, "b/p": yours}
            said = b""
            with contextlib.suppress(ConnectionError), \
                    socket.create_connection(
                        address_of(mine["listen"]), PATIENCE) as s:
                s.sendall(b"hello")
                said = s.recv(5)
            assert said == b""
            for method, path, status in [("POST", "/proxies/p", 200),
                                         ("POST", "/reset", 204),
                                         ("DELETE", "/proxies/p", 204)]:
                r = lab.ask("b", method, path, {} if status == 200 else None,
                            of="a")
                assert r.status == 403
                r = lab.ask("admin", method, path,
                            {} if status == 200 else None, of="a")
                assert r.status == status
            r = lab.ask("admin", "POST", "/proxies",
                        {**NEW, "name": "p"}, of="a")
            assert r.status == 404
            assert seen(lab) == {"b/p": yours}


MODES = [("relayd", "noise"), ("relayd", "dial-flood"), ("relayd", "echo"),
         ("relayd", "accuse"), ("relayd", "flood-counters"),
         ("diald", "noise"), ("diald", "denounce"), ("diald", "blame-all"),
         ("diald", "answer-nobody"), ("resolvd", "noise"),
         ("resolvd", "answer-odd"), ("stored", "noise"),
         ("stored", "die-of-changes")]


@pytest.mark.slow
@pytest.mark.parametrize("role, mode", MODES, ids=map("-".join, MODES))
def test_none_of_the_others_speaks_for_a_tenant(
        monkeypatch, tmp_path, role, mode):
    """Whatever they say, no proxy is another, and nobody is said to have asked
    for anything."""
    with tempfile.TemporaryDirectory() as name, Echo() as echo:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # each child is somebody else
        stage = Stage(folder, role)
        monkeypatch.setenv("TOXID", str(folder / "toxid"))
        with Lab(tmp_path, *stage.args) as lab:
            fill(lab)
            lab.make("a", "worked", f"localhost:{echo.port}")
            lab.read_to_here()
            before, asked = seen(lab), len(lab.audit())
            worker = lab.worker("a/worked")
            stage.mode(mode)
            stage.change(lab, mode)
            if role == "relayd":
                os.kill(worker, signal.SIGKILL)
            end = time.monotonic() + 3
            while time.monotonic() < end:
                with contextlib.suppress(OSError), socket.create_connection(
                        address_of(before["a/worked"]["listen"]), 1) as s:
                    s.sendall(b"hello")
                assert lab.ask("b", "GET", "/proxies").json() == {
                    "p": before["b/p"]}
                time.sleep(0.05)
            stage.change(lab, "honest")
            assert seen(lab) == before
            lab.read_to_here()
            assert len(lab.audit()) == asked
