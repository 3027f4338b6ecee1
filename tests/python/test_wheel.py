# SPDX-License-Identifier: ISC
"""What is installed: by the wheel, with its types; and the table of toxics."""

import ast
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys

import pytest
import toxid
from toxid.kinds import kind_of, names_of

ROOT = pathlib.Path(__file__).parent.parent.parent
TOXICS = {each["name"]: each for each in json.loads(
    pathlib.Path("build/toxics.json").read_text())}


def test_it_is_the_wheel_that_is_tested():
    assert ROOT / "clients" not in pathlib.Path(toxid.__file__).parents
    version = subprocess.run(
        [ROOT / "scripts" / "version.sh"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.strip()
    assert importlib.metadata.version("toxid") == re.sub(
        "~dev$", ".dev0", version)


def test_it_is_python_of_3_9():
    for path in pathlib.Path(toxid.__file__).parent.glob("*.py"):
        ast.parse(path.read_text(), path.name, feature_version=(3, 9))


def test_what_is_in_it():
    files = {str(path) for path in importlib.metadata.files("toxid")
             if path.parts[0] == "toxid" and path.suffix != ".pyc"}
    package = ROOT / "clients" / "python" / "toxid"
    assert files == {f"toxid/{path.name}" for path in package.iterdir()
                     if path.is_file()}
    assert importlib.metadata.requires("toxid") is None


USER = """
import asyncio
from toxid import AsyncClient, Client, Latency, Proxy, Session, Slicer, Toxic

client = Client()
made: Proxy = client.create_proxy("a", "b:1", toxics=[Latency(1)])
with Session(client) as session, session.toxics("a", Slicer(1)) as toxics:
    toxic: Toxic = toxics[0]
client.create_proxy("a")  # wrong
client.add_toxic("a", "latency")  # wrong
Latency("1")  # wrong
Slicer()  # wrong
Toxic(Latency(1), "sideways")  # wrong

async def run() -> None:
    client = AsyncClient()
    made: Proxy = await client.create_proxy("a", "b:1", ttl_ms=5)
    async with client.tunnel("b:1") as tunnel:
        port: int = tunnel.address[1]
    await client.create_proxy("a", "b:1", ttl=5)  # wrong
    text: str = await client.get_proxy("a")  # wrong

asyncio.run(run())
"""


def test_its_types_are_seen(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    said = subprocess.run(
        ["mypy", "--strict", "--cache-dir", tmp_path / "cache",
         "--python-executable", sys.executable, "user.py"],
        cwd=tmp_path, text=True, capture_output=True).stdout
    assert {int(line.split(":")[1]) for line in said.splitlines()
            if ": error:" in line} == {
                n for n, line in enumerate(USER.splitlines(), 1)
                if "# wrong" in line}, said


# ---- toxics

def public():
    return {name: each for name, each in TOXICS.items()
            if each["whose"] != "debug"}


def test_each_type_is_there():
    assert set(toxid.KINDS) == set(public())
    for name, kind in toxid.KINDS.items():
        assert getattr(toxid, kind.__name__) is kind
        assert names_of(kind) == [
            each["name"] for each in TOXICS[name]["attributes"]]


def test_a_type_that_has_become_another():
    assert kind_of("latency", {"latency": 1, "jitter": 2, "more": [3]}) == \
        toxid.Other("latency", {"latency": 1, "jitter": 2, "more": (3,)})
    assert kind_of("latency", {"jitter": 2}) == toxid.Other(
        "latency", {"jitter": 2})


@pytest.mark.parametrize("name", public())
def test_a_server_has_the_same_defaults(client, name):
    """... and takes each: what has none of it is what it means"""
    attributes = TOXICS[name]["attributes"]
    needed = {each["name"]: each["min"] for each in attributes
              if (each.get("min") or 0) > 0}
    kind = toxid.KINDS[name](**needed)
    client.create_proxy("a", "127.0.0.1:9")
    assert client.add_toxic("a", kind).kind == kind
    client.remove_toxic("a", f"{name}_downstream")
    said = client.add_toxic("a", toxid.Other(name, needed)).kind
    assert said == kind == kind_of(name, kind.attributes())
