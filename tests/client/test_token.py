# SPDX-License-Identifier: ISC
"""What a server wants to be told: libtoxi sends it."""

import urllib.error
import urllib.request

import os
import pytest
from test_server import TOXID, Suite

ENV = {**os.environ, "TOXIPROXY_AUTH_TOKEN": "sesame"}


def ask(url, headers):
    request = urllib.request.Request(url + "/proxies", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as r:
        return r.status


def test_out_of_the_environment():
    """The server that libtoxi starts has it from there, too."""
    with Suite(env=ENV) as s:
        assert s.ask("use") == "used"
        with pytest.raises(urllib.error.HTTPError):
            ask(s.url, {})
        assert ask(s.url, {"Authorization": "Bearer sesame"}) == 200


@pytest.mark.parametrize("options, said", [
    ("token sesame", "token: 0"), ("token wrong", "token: 401"),
    ("token", "token: 401"), ("header Bearer sesame", "token: 0"),
    ("header Bearer wrong", "token: 401"), ("url sesame", "token: 0"),
    ("url wrong", "token: 401")])
def test_as_an_option(options, said):
    with Suite(env=ENV) as s:
        assert s.ask(options) == said
        assert TOXID
