# SPDX-License-Identifier: ISC
"""Every decoder, and ctld among hostile children, are given rubbish."""

import os
import re
import subprocess

import frame

NAME = "fuzz"
AT_LENGTH_ONLY = True  # there is a gate of its own for it

NO_FUZZER = 77


def run(options):
    verdict = frame.Verdict(NAME, "nothing: there is no libFuzzer here")
    done = subprocess.run(
        ["tests/fuzz/run.sh"], text=True, stdout=subprocess.PIPE,
        env={**os.environ, "FUZZ_SECONDS": str(int(options.seconds))})
    if done.returncode == NO_FUZZER:
        verdict.note(verdict.done)
        return verdict
    print(done.stdout)
    verdict.expect(done.returncode == 0, "a harness has found something")
    total = re.search(r"^total +([\d,]+)", done.stdout, re.MULTILINE)
    verdict.done = f"{total[1]} executions" if total else "no table"
    verdict.expect(total, "there is no table")
    return verdict
