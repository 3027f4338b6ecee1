# SPDX-License-Identifier: ISC
"""As many tenants as there may be: it starts with them, others take over with
them, and what one of them asks costs no more than with few."""

import http.client
import json
import os
import signal

from lab import digest
from rig import Toxid, wait_until

MOST = 1000
TOKENS = 2


def many(path, n, nproxies=0, has=MOST):
    """A file of n tenants, the first of which have proxies"""
    path.write_text(json.dumps({"tenants": [
        {"name": f"t{i}",
         "tokens": [{"name": f"k{k}", "sha256": digest(f"t{i} {k}")}
                    for k in range(TOKENS)],
         "proxies": [{"name": f"p{j}", "listen": "127.0.0.1:0",
                      "upstream": "127.0.0.1:1", "enabled": False}
                     for j in range(nproxies if i < has else 0)]}
        for i in range(n)]}))
    return str(path)


def whoami(t, token):
    """The tenant that this token is one of; None: none, or nobody is there"""
    try:
        r = t.request("GET", "/tenant", None,
                      {"Authorization": f"Bearer {token}"})
    except (OSError, http.client.HTTPException):
        return None
    return r.json()["tenant"] if r.status == 200 else None


def everybody_is_known(t):
    some = range(0, MOST, MOST // 10)
    return all(whoami(t, f"t{i} {k}") == f"t{i}"
               for i in some for k in range(TOKENS))


def test_there_may_be_that_many(tmp_path):
    """... each of whose tokens every apid and ctld is told."""
    with Toxid("-config", many(tmp_path / "toxid.json", MOST)) as t:
        assert wait_until(lambda: everybody_is_known(t))
        for role in ("ctld", "apid"):
            pid = t.child(role)
            os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: t.child(role) != pid)
            assert wait_until(lambda: everybody_is_known(t))
        assert not [e for e in t.log() if e.get("signal") == signal.SIGSYS]


def test_a_reload_brings_as_many(tmp_path):
    path = tmp_path / "toxid.json"
    with Toxid("-config", many(path, 1)) as t:
        assert whoami(t, "t0 0") == "t0"
        many(path, MOST)
        t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: whoami(t, f"t{MOST - 1} 1") == f"t{MOST - 1}")
        assert everybody_is_known(t)
