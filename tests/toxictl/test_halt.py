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
