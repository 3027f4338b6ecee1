# SPDX-License-Identifier: ISC
"""What a release is made of: one version, said everywhere, and a tarball."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import rig

ROOT = pathlib.Path(__file__).parent.parent.parent
AUTHOR = {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER")
          for what in ("NAME", "EMAIL")}

needs_git = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(),
    reason="this is no git clone")


def run(*words, cwd, check=True):
    r = subprocess.run([str(word) for word in words], cwd=cwd, text=True,
                       capture_output=True, env={**os.environ, **AUTHOR})
    assert not check or r.returncode == 0, r.stderr
    return r.stdout.strip() if check else r


@pytest.fixture
def clone(tmp_path):
    """The last commit alone, with the scripts as they are now."""
    there = tmp_path / "clone"
    run("git", "-c", f"safe.directory={ROOT}", "clone", "-q", "--no-tags",
        "--depth", "1", f"file://{ROOT}", there, cwd=tmp_path)
    for name in ("scripts", "Makefile"):
        run("cp", "-r", ROOT / name, there, cwd=tmp_path)
    commit(there)
    return there


def commit(clone):
    run("git", "add", "-A", cwd=clone)
    run("git", "commit", "-q", "--allow-empty", "-m", "one more", cwd=clone)


def version(tree):
    return run(tree / "scripts/version.sh", cwd="/")


def dist(clone, folder):
    run(clone / "scripts/dist.sh", folder, cwd=clone)
    tarball, = folder.iterdir()
    return tarball


def release(clone, number):
    """As CONTRIBUTING.md has it"""
    for name, line in (("CHANGELOG.md", f"# Changelog\n\n## {number}, 2026-01-02\n"),
                       ("debian/changelog", f"toxid ({number}) unstable;\n")):
        path = clone / name
        path.write_text(line + path.read_text())
    commit(clone)
    run("git", "tag", f"v{number}", cwd=clone)


@needs_git
def test_the_tag_is_the_version(clone):
    assert re.fullmatch(r"\d+\.\d+\.\d+~dev", version(clone))
    run("git", "tag", "v7.8.9", cwd=clone)
    run("git", "tag", "deployed", cwd=clone)
    assert version(clone) == "7.8.9"
    commit(clone)
    assert re.fullmatch(r"7\.8\.9\+1\.g[0-9a-f]+", version(clone))


@needs_git
def test_a_tarball_is_the_same_when_made_twice(clone, tmp_path):
    release(clone, "7.8.9")
    os.umask(0o077)
    first = dist(clone, tmp_path / "first")
    os.umask(0o022)
    for path in clone.rglob("*.md"):
        path.touch()
    (clone / "not-committed").write_text("x")
    second = dist(clone, tmp_path / "second")
    assert first.name == second.name == "toxid-7.8.9.tar.gz"
    assert hashlib.sha256(first.read_bytes()).digest() == \
        hashlib.sha256(second.read_bytes()).digest()


@needs_git
def test_a_tarball_is_the_commit_and_knows_its_version(clone, tmp_path):
    release(clone, "7.8.9")
    run("tar", "-xf", dist(clone, tmp_path / "dist"), cwd=tmp_path)
    tree = tmp_path / "toxid-7.8.9"
    assert version(tree) == "7.8.9"
    packed = {str(path.relative_to(tree)) for path in tree.rglob("*")
              if not path.is_dir()}
    assert packed == {*run("git", "ls-files", cwd=clone).split("\n"), "VERSION"}
    # In a folder of another repository, it is still itself.
    run("git", "init", "-q", cwd=tmp_path)
    assert version(tree) == "7.8.9"
    (tree / "VERSION").unlink()
    assert version(tree) == "7.8.9~dev"
    run(tree / "scripts/export.sh", tmp_path / "copy", cwd="/")
    assert (tmp_path / "copy/VERSION").read_text() == "7.8.9~dev\n"


@needs_git
@pytest.mark.parametrize("name", ["CHANGELOG.md", "debian/changelog"])
def test_a_release_that_nobody_has_written_down_is_not_packed(clone, name):
    before = (clone / name).read_text()
    release(clone, "7.8.9")
    (clone / name).write_text(before)
    commit(clone)
    run("git", "tag", "-f", "v7.8.9", cwd=clone)
    r = run(clone / "scripts/dist.sh", cwd=clone, check=False)
    assert r.returncode == 1 and name in r.stderr


def test_what_is_built_says_it():
    words = [os.environ.get("TOXID", rig.TOXID), "-version"]
    said = run(*words, cwd=ROOT).split()
    assert said[:3] == ["toxid", "version", version(ROOT)]


def test_make_help_has_a_line_for_everything():
    makefile = (ROOT / "Makefile").read_text()
    phony = makefile[makefile.index("\n.PHONY: ") + 9:]
    inner = {"FORCE", "client-tests", "fuzzers", "fuzzers-list"}
    goals = {word for word in phony.split() if word != "\\"} - inner
    said = run("make", "-s", "help", cwd=ROOT)
    assert goals <= {line.split()[1] for line in said.splitlines()}
    assert max(len(line) for line in said.splitlines()) <= 80
