# SPDX-License-Identifier: ISC
"""What an honest child cannot say costs it its life, whatever it is, and nothing
else: each lie once, by a process that is all right but for that."""

import pathlib
import subprocess
import tempfile

import pytest
import rig
from rig import Toxid, wait_until
from test_hostile import Stage, deaths

pytestmark = pytest.mark.normal_build

# So many restarts are for nothing, with those of the first and the last; after
# the third death at a load toxid gives up.
AT_ONCE, AT_LOAD = 8, 2
PARTS = 8


class Liars:
    """The program of one role, which lies when it is told to"""

    def __init__(self, folder, role, mode):
        self.folder, self.role, self.mode = folder, role, mode
        self.stage = Stage(folder, role)
        self.args = ["-debug-toxics", "-state", str(folder / "state")]
        for name in ("next", "end", "survived"):
            self.write(name, "")
            (folder / name).chmod(0o666)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def count(self):
        self.stage.mode("count-" + self.mode)
        r = subprocess.run([self.folder / self.role], stdout=subprocess.PIPE,
                           check=True, timeout=rig.PATIENCE)
        self.stage.mode("honest")
        return int(r.stdout)

    def parts(self, part, size):
        """(first, end) of so many lies at once, of a part of them all"""
        n = self.count()
        assert n > 100
        begin, end = n * part // PARTS, n * (part + 1) // PARTS
        for first in range(begin, end, size):
            yield first, min(first + size, end)

    def are_to_tell(self, first, end):
        """Each by a process of its own; then there is an honest one again."""
        self.write("next", str(first))
        self.write("end", str(end))

    def were_killed(self, t, first, end):
        def reasons():
            return [line["reason"] for line in t.log()
                    if line.get("message") == "Killing a child"]
        # The log may be read later than what has come of it is seen.
        assert wait_until(lambda: len(reasons()) >= end - first), reasons()
        assert reasons() == ["broke the protocol"] * (end - first)
        assert (self.folder / "survived").read_text() == ""


@pytest.fixture
def liars(monkeypatch, request):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # each child is somebody else
        made = Liars(folder, *request.param)
        monkeypatch.setenv("TOXID", str(folder / "toxid"))
        yield made


def who(*param):
    return pytest.mark.parametrize("liars", [param], indirect=True,
                                   ids=[param[1]])


def make(t):
    t.proxy("kept", "127.0.0.1:9")
    t.toxic("kept", "carry", toxic_name="t", note="note")


def truth(t):
    """But what a lie may say well before"""
    found = t.request("GET", "/proxies").json()
    found.pop("lie", None)
    return found


def tell(liars, first, end, toxid=Toxid):
    liars.stage.mode("honest")
    liars.are_to_tell(first, end)
    with toxid(*liars.args) as t:
        if not truth(t):
            make(t)
        before = truth(t)
        liars.stage.change(t, liars.mode)
        assert wait_until(lambda: deaths(t, liars.role) > end - first)
        t.wait_until_up()
        assert truth(t) == before
        liars.were_killed(t, first, end)
        assert t.stop() == 0


@who("apid", "lies")
@pytest.mark.parametrize("part", range(PARTS))
def test_an_apid_that_lies(liars, part):
    for first, end in liars.parts(part, AT_ONCE):
        tell(liars, first, end)


class Authorized(Toxid):
    """Where a token is needed, and always brought"""

    TOKEN = "s3cret"

    def __init__(self, *args):
        super().__init__(*args, env={"TOXIPROXY_AUTH_TOKEN": self.TOKEN})

    def request(self, *args, **more):
        return super().request(*args, **more, headers={
            "Authorization": f"Bearer {self.TOKEN}"})


@who("apid", "lies-for-others")
@pytest.mark.parametrize("part", range(2))
def test_an_apid_that_asks_for_others(liars, part):
    """It grants nothing: who brings no token changes nothing by it."""
    liars.write("token", Authorized.TOKEN)
    n = liars.count()
    assert n > 20
    for first in range(n * part // 2, n * (part + 1) // 2, AT_ONCE):
        tell(liars, first, min(first + AT_ONCE, n * (part + 1) // 2),
             Authorized)


@pytest.mark.slow
@who("apid", "lies-too-early")
@pytest.mark.parametrize("part", range(PARTS))
def test_an_apid_that_says_it_too_early(liars, part):
    for first, end in liars.parts(part, AT_ONCE):
        tell(liars, first, end)


@pytest.mark.slow
@who("stored", "lies-at-sync")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_stored_that_lies(liars, part):
    for first, end in liars.parts(part, AT_ONCE):
        tell(liars, first, end)


@pytest.mark.slow
@who("stored", "lies-at-load")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_stored_that_lies_of_what_it_has(liars, part):
    with Toxid(*liars.args) as t:
        make(t)
        before = truth(t)
        assert t.stop() == 0
    for first, end in liars.parts(part, AT_LOAD):
        liars.are_to_tell(first, end)
        liars.stage.mode(liars.mode)
        with Toxid(*liars.args) as t:
            assert truth(t) == before
            liars.were_killed(t, first, end)
            assert t.stop() == 0
