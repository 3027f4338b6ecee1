# SPDX-License-Identifier: ISC
"""Names that are more than text: no line, column or colour of their own."""

import json

import pytest

ODD = "a\nb\tc\033[31m\u009b1m\r\x7f"
PLAIN = "a?b?c?[31m??1m??"
PATH = ("/proxies/a%0Ab%09c%1B%5B31m%C2%9B1m%0D%7F")


@pytest.fixture
def odd(toxid):
    toxid.proxy(ODD, "127.0.0.1:1")
    r = toxid.request("POST", PATH + "/toxics", {
        "type": "latency", "name": ODD})
    assert r.status == 200
    return toxid


def is_clean(text):
    return not set("\033\u009b\r\x7f") & set(text)


@pytest.mark.parametrize("line", [
    ["list"], ["inspect", ODD], ["toggle", ODD], ["disable", ODD],
    ["enable", ODD], ["doctor"], ["doctor", ODD], ["top", "--interval", "0.3"],
    ["toxic", "update", ODD, "-n", ODD, "-a", "latency=5"],
    ["toxic", "remove", ODD, "-n", ODD], ["delete", ODD],
    ["wait", ODD, "--timeout", "0"], ["create", ODD + "2", "-l",
                                      "localhost:0", "-u", "x:1"],
    ["inspect", ODD + "3"], ["wait", ODD + "3", "--timeout", "0"],
    ["toxic", "add", ODD, "-t", "noop", "-n", ODD + "4"],
    ["list", ODD], [ODD], ["list", "--" + ODD]])
def test_on_a_pipe(ctl, odd, line):
    r = ctl.run(*line)
    said = r.stdout + r.stderr
    assert is_clean(said), said
    assert "a\n" not in said and "\tc" not in said
    assert PLAIN in said


def test_apply(ctl, toxid):
    file = json.dumps([{"name": ODD, "upstream": "127.0.0.1:1", "toxics": [
        {"type": "noop", "name": ODD}]}])
    said = ctl("apply", "-", input=file)
    assert is_clean(said) and said.count("\n") == 2


def test_json_has_it_all(ctl, odd):
    assert [p["name"] for p in json.loads(ctl("list", "--json"))] == [ODD]
    assert json.loads(ctl("inspect", ODD, "--json"))["toxics"][0][
        "name"] == ODD
