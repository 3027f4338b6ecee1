# SPDX-License-Identifier: ISC
"""The fixtures, as a suite has them that has installed the client."""

import os
import pathlib
import re

import pytest
from rig import Toxid, parent_of

from conftest import client_of

TOXID = os.path.abspath(os.environ.get("TOXID", "build/toxid"))
EXAMPLES = pathlib.Path(__file__).parent.parent.parent / \
    "clients" / "python" / "examples"


@pytest.fixture
def run(pytester):
    """A suite, in a process of its own"""
    def run(text, *args):
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", "-n", "0", *args)

    return run


def test_what_a_test_makes_goes_at_its_end(run):
    run("""
        from toxid import Latency

        def test_one(toxid, toxid_client):
            toxid_client.create_proxy("stays", "127.0.0.1:9")
            toxid.create_proxy("goes", "127.0.0.1:9")
            toxid.add_toxic("stays", Latency(1))

        def test_two(toxid):
            assert set(toxid.list_proxies()) == {"stays"}
            assert toxid.list_toxics("stays") == []
        """, "--toxid", TOXID).assert_outcomes(passed=2)


def test_the_server_ends_with_the_run(run):
    result = run("""
        def test_it(toxid_server, toxid):
            print("pid", toxid_server.pid)
            assert toxid.version() == toxid_server.client().version()
        """, "--toxid", TOXID, "-s")
    result.assert_outcomes(passed=1)
    pid = re.search(r"pid (\d+)", result.stdout.str())[1]
    assert not parent_of(pid)


def test_asyncio(run):
    run("""
        import asyncio
        from toxid import AsyncCalls

        def test_it(toxid):
            made = asyncio.run(
                AsyncCalls(toxid).create_proxy("a", "127.0.0.1:9"))
            assert toxid.get_proxy("a") == made
        """, "--toxid", TOXID).assert_outcomes(passed=1)


def test_one_that_is_there_already(run):
    with Toxid() as t:
        client = client_of(t)
        client.create_proxy("theirs", "127.0.0.1:9")
        run("""
            def test_it(toxid):
                assert set(toxid.list_proxies()) == {"theirs"}
                toxid.create_proxy("ours", "127.0.0.1:9")
            """, "--toxid-url", f"http://127.0.0.1:{t.port}"
            ).assert_outcomes(passed=1)
        assert set(client.list_proxies()) == {"theirs"}


def test_one_that_fails_shows_what_toxid_has_said(run):
    result = run("""
        def test_it(toxid):
            toxid.create_proxy("a", "127.0.0.1:9")
            assert False
        """, "--toxid", TOXID)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*toxid said last*"])


def test_there_is_no_toxid(run):
    result = run("def test_it(toxid): pass", "--toxid", "/nonexistent/toxid")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*/nonexistent/toxid is not in PATH*"])


def test_nothing_is_started_where_nothing_is_asked_for(run):
    run("def test_it(): pass", "--toxid", "/nonexistent/toxid"
        ).assert_outcomes(passed=1)


def test_the_example_of_the_readme(run):
    run((EXAMPLES / "test_slow.py").read_text(), "--toxid", TOXID
        ).assert_outcomes(passed=1)
