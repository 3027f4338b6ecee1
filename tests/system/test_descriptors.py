# SPDX-License-Identifier: ISC
"""ctld is as careful with descriptors as toxid, which has more, has to be."""

import os
import socket

import pytest
from constants import constant
from rig import Toxid, descriptors_of, wait_until


def programs_and_maps(pid):
    """Which ctld counts by themselves: see loss_descriptors()"""
    return sum("bpf" in link for link in descriptors_of(pid))


@pytest.mark.skipif(
    os.geteuid() != 0, reason="ctld shows its own user nothing")
def test_toxid_has_no_more_of_its_own_than_ctld_takes_it(tmp_path):
    """With all that it can have: for systemd, and for what is kept"""
    notified = str(tmp_path / "notified")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(notified)
        with Toxid("-state", str(tmp_path / "state"),
                   env={"NOTIFY_SOCKET": notified}) as t:
            def more():
                toxid, ctld = (len(list(descriptors_of(pid)))
                               for pid in (t.pid, t.child("ctld")))
                toxid -= programs_and_maps(t.pid)
                return toxid - ctld

            # and one more while a child starts
            most = constant("TOXIDS_MORE", "ctld/spares.c") - 1
            assert wait_until(lambda: 0 < more() <= most), more()
