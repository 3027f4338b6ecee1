# SPDX-License-Identifier: ISC
"""toxictl halt and resume."""

import json


def test_off_and_on(ctl, toxid, web):
    toxid.toxic("web", "timeout", timeout=0)
    assert ctl("halt") == ctl("halt") == "All toxics are off\n"
    assert toxid.request("GET", "/halt").json()["halted"]
    assert json.loads(ctl("halt", "--json")) == {
        "halted": True, "all": True, "tenants": []}
    assert ctl("resume") == ctl("resume") == "Toxics are on\n"
    assert json.loads(ctl("resume", "--json")) == {
        "halted": False, "all": False, "tenants": []}
    assert not toxid.request("GET", "/halt").json()["halted"]


def test_it_shows(ctl, toxid, web):
    toxid.toxic("web", "noop", toxic_name="t")
    commands = [("list",), ("inspect", "web"), ("whoami",)]

    def shown():
        return [ctl.on_terminal(*c)[0] for c in commands]

    def json_of(*command):
        return json.loads(ctl(*command, "--json"))
    before = shown(), ctl("list"), ctl("inspect", "web"), ctl("whoami")
    exported = ctl("export"), ctl("export", "web")
    assert "halted" not in str(before)
    assert not any("halted" in json_of(*c) for c in commands[1:])
    ctl("halt")
    inventory, proxy, caller = shown()
    assert "1, halted" in inventory and "  Toxics: " in proxy
    assert "halted" in proxy and "halted   all\n" in caller
    assert json_of("list")[0]["halted"] and json_of("inspect", "web")["halted"]
    assert json_of("whoami")["halted"] == {"all": True, "tenant": False}
    # as toxiproxy-cli's; but that has nobody to tell us
    assert (ctl("list"), ctl("inspect", "web")) == before[1:3]
    assert (ctl("export"), ctl("export", "web")) == exported
    assert ctl("whoami") == before[3] + "halted\tall\n"
    ctl("toxic", "remove", "web", "-n", "t")
    assert "None, halted" in ctl.on_terminal("list")[0]
    ctl("toxic", "add", "web", "-t", "noop", "-n", "t")
    ctl("resume")
    assert (shown(), ctl("list"), ctl("inspect", "web"),
            ctl("whoami")) == before
