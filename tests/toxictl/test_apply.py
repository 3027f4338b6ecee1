# SPDX-License-Identifier: ISC
"""apply takes what POST /populate takes, and what GET /proxies shows."""

import json

import pytest
from rig import Toxid

HEAD = '"name": "a", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"'


def proxies(toxid):
    shown = json.loads(toxid.request("GET", "/proxies").body)
    for proxy in shown.values():
        if proxy["enabled"]:  # the port is another one each time
            proxy["listen"] = "127.0.0.1:0"
    return shown


TOXIC = ('[{%s, "toxics": [{"type": "latency", "name": "t", %%s}]}]' % HEAD)


@pytest.mark.parametrize("body", [
    "[{%s}]" % HEAD,
    '[{"Name": "a", "LISTEN": "127.0.0.1:0", "upStream": "127.0.0.1:1"}]',
    "[{%s}]\n// remember: 3 brokers\n" % HEAD,
    "[{%s}] ]" % HEAD,
    "[]", "null",
    '[{%s, "comment": "ours", "owner": {"team": 5}}]' % HEAD,
    '[{%s, "enabled": null, "toxics": null}]' % HEAD,
    '[{%s, "ENABLED": false}]' % HEAD,
    '[{"name": "b", %s}]' % HEAD,
    '[{"NAME": "b", %s}]' % HEAD,
    TOXIC % '"attributes": {"latency": 100.0, "JITTER": 1e1}',
    TOXIC % '"attributes": {"latency": null, "else": "x"}',
    TOXIC % '"attributes": null, "stream": null, "toxicity": null',
    TOXIC % '"Toxicity": 80, "Stream": "UpStream"',
    TOXIC % '"toxicity": -1, "attributes": {"latency": -5}',
    TOXIC % '"toxicity": 1e21',
    TOXIC % '"toxicity": 100000000000000000000',
    TOXIC % '"attributes": {"latency": 9007199254740993}, "x": 1e400',
    TOXIC % '"note": 99999999999999999999, "more": -1e400',
    '[{%s, "toxics": [{"type": "reset"}, {"type": "noop", "name": ""}]}]'
    % HEAD])
def test_takes_what_populate_takes(ctl, toxid, body, tmp_path):
    with Toxid() as other:
        assert other.request("POST", "/populate", body).status == 201
        wanted = proxies(other)
    file = tmp_path / "proxies.json"
    file.write_text(body)
    ctl("apply", str(file))
    assert proxies(toxid) == wanted
    assert ctl("apply", str(file)) == ""  # all is as it should be


def test_takes_what_a_server_shows(ctl, toxid, tmp_path):
    toxid.proxy("a", "127.0.0.1:1")
    toxid.proxy("b/c", "127.0.0.1:2")
    toxid.proxy("proxies", "127.0.0.1:3")
    toxid.toxic("a", "latency", toxicity=-1, latency=5)
    toxid.toxic("a", "noop", toxicity=1e20)  # 100000000000000000000
    toxid.toxic("b%2Fc", "slicer", stream="upstream", average_size=7)
    file = tmp_path / "shown.json"
    file.write_bytes(toxid.request("GET", "/proxies").body)
    assert ctl("apply", str(file)) == ""
    before = proxies(toxid)
    for name in ("a", "b%2Fc", "proxies"):
        toxid.request("DELETE", "/proxies/" + name)
    ctl("apply", str(file))
    assert proxies(toxid) == before


def test_by_name_and_prune(ctl, toxid):
    toxid.proxy("old", "127.0.0.1:1")
    ctl("apply", "-", "--prune", input='{"new": {"upstream": "127.0.0.1:2"}}')
    assert list(proxies(toxid)) == ["new"]
    ctl("apply", "-", input='{"proxies": {"more": {"upstream": "h:1"}}}')
    assert sorted(proxies(toxid)) == ["more", "new"]
    ctl("apply", "-", "--prune", input="{}")  # as an empty server shows it
    assert proxies(toxid) == {}


def test_a_toxicity_of_minus_1(ctl, toxid):
    """libtoxi's TOXI_KEEP is that number."""
    toxid.proxy("a", "127.0.0.1:1")
    toxid.toxic("a", "noop")
    file = [{"name": "a", "upstream": "127.0.0.1:1", "toxics": [
        {"type": "noop", "toxicity": -1}]}]
    assert "update" in ctl("apply", "-", input=json.dumps(file))
    assert proxies(toxid)["a"]["toxics"][0]["toxicity"] == -1
    assert ctl("apply", "-", input=json.dumps(file)) == ""
