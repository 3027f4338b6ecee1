# SPDX-License-Identifier: ISC
"""A reload for which there is not enough memory: all of it, or nothing."""

import contextlib
import http.client
import json
import os
import resource
import signal
import threading

import pytest
from address_space import EXACT, limit, size
from rig import Toxid, wait_until

pytestmark = pytest.mark.normal_build

STEP = 1 << 17
FEW, MANY = 3, 600
FAILED, DONE = "Reload failed, nothing has changed", "Reloaded configuration"


def entries(n):
    """None listens: what is looked at is what ctld has in memory."""
    return [{"name": f"p{i}", "listen": "127.0.0.1:0", "upstream": f"u:{n}",
             "enabled": False} for i in range(n)]


def write(fd, what):
    with contextlib.suppress(BrokenPipeError), open(fd, "w") as f:
        json.dump(what, f)  # who reads it may be ended before


class Reloads:
    def __init__(self, t, fifo):
        self.t, self.fifo, self.n = t, fifo, 0

    def outcomes(self):
        return [line for line in self.t.log()
                if line["message"] in (FAILED, DONE)]

    def readers(self):
        return set(self.t.children().get("apid [config]", []))

    def one(self, n, spare=None):
        """With so many bytes of address space to spare, or all there are: the
        line that says what came of it.  They are taken when it has begun: who
        reads the file is no part of it."""
        self.n += 1
        earlier = self.readers()
        held = os.open(self.fifo, os.O_RDWR)  # its reader sees no end yet
        self.t.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: self.readers() - earlier)
        if spare is not None:
            limit(self.t.ctld, size(self.t.ctld) + spare)
        writer = threading.Thread(target=write, args=[
            os.open(self.fifo, os.O_WRONLY), entries(n)])
        os.close(held)
        writer.start()
        assert wait_until(lambda: len(self.outcomes()) == self.n)
        limit(self.t.ctld, resource.RLIM_INFINITY)
        writer.join()
        return self.outcomes()[-1]

    def shows(self, n):
        """also an apid that has died of it, and one that is being told"""
        wanted = {e["name"]: e["upstream"] for e in entries(n)}

        def is_shown():
            try:
                r = self.t.request("GET", "/proxies")
            except (OSError, http.client.HTTPException):
                return False
            return r.status == 200 and wanted == {
                name: p["upstream"] for name, p in r.json().items()}
        return wait_until(is_shown)


def test_memory_that_ends_midway_changes_nothing(tmp_path):
    path = tmp_path / "toxid.json"
    path.write_text(json.dumps(entries(FEW)))
    with Toxid("-config", str(path), "-spares", "0", env=EXACT) as t:
        path.unlink()
        os.mkfifo(path)
        reloads, outcomes = Reloads(t, path), []
        for n in range(1, 100):
            line = reloads.one(MANY, n * STEP)
            outcomes.append(line["message"])
            if line["message"] == DONE:
                assert reloads.shows(MANY)
                break
            assert line["error"] == "out of memory"
            assert reloads.shows(FEW)
        assert outcomes[0] == FAILED and outcomes[-1] == DONE
        assert reloads.one(FEW)["message"] == DONE
        assert reloads.shows(FEW)
