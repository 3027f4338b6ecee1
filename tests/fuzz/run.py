#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs all harnesses at once, each for so many seconds, and says what came of
it.  What they learn is kept beside them, in the build folder, for the next
time; what they find is there too, in findings/.

    tests/fuzz/run.py BUILD [--seconds N] [--publish] [HARNESS ...]
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DICTIONARIES = {"http": "http.dict", "decode": "json.dict",
                "config": "json.dict"}
MAX_LENGTHS = {"http": 8192, "chain": 2048, "relayd": 1024, "apid": 1024,
               "ctld": 1024, "stored": 1024, "journal": 1024,
               "database": 1024}
# Of a corpus in the tree: of all sizes, and not too many.
FILES_MAX, FILE_BYTES_MAX = 64, 1024
# What has another name is a fault that was found once, and stays.
LEARNED = re.compile("[0-9a-f]{12}")


class Harness:
    def __init__(self, build, name):
        self.name = name
        self.program = build / "fuzz" / name
        self.seeds = HERE / "corpus" / name
        self.corpus = build / "fuzz" / "corpus" / name
        self.findings = build / "fuzz" / "findings" / name
        self.log = build / "fuzz" / f"{name}.log"
        self.corpus.mkdir(parents=True, exist_ok=True)
        self.findings.mkdir(parents=True, exist_ok=True)

    def command(self, *flags):
        command = [str(self.program), *flags, "-print_final_stats=1",
                   "-print_funcs=0", "-timeout=60", "-rss_limit_mb=2048",
                   f"-artifact_prefix={self.findings}/"]
        if self.name in DICTIONARIES:
            command.append(f"-dict={HERE / DICTIONARIES[self.name]}")
        if self.name in MAX_LENGTHS:
            command.append(f"-max_len={MAX_LENGTHS[self.name]}")
        return command

    def start(self, seconds):
        folders = [str(self.corpus)]
        if self.seeds.is_dir():
            folders.append(str(self.seeds))
        environment = {
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "ASAN_OPTIONS": "allocator_may_return_null=1", **os.environ}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command(f"-max_total_time={seconds}") + folders,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment)

    def stat(self, pattern):
        found = re.findall(pattern, self.log.read_text(errors="replace"))
        return int(found[-1]) if found else 0

    def row(self):
        """Of the table, as soon as it has ended; its rc is not 0 for a find"""
        rc = self.process.wait()
        return [self.name, self.stat(r"number_of_executed_units: (\d+)"),
                self.stat(r"average_exec_per_sec: +(\d+)"), int(rc != 0),
                self.stat(r"corp: (\d+)/"), self.stat(r" cov: (\d+)")]

    def tell(self):
        """What it found: the end of its log, without the stack of libFuzzer"""
        text = self.log.read_text(errors="replace")
        lines = [line for line in text.splitlines()
                 if not line.startswith("#")]
        print(f"\n--- {self.name}: see {self.findings} and {self.log}")
        print("\n".join(lines[-60:]))

    def publish(self):
        """The least that covers as much, into the tree, as far as it fits"""
        self.seeds.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as least:
            subprocess.run(
                self.command("-set_cover_merge=1") +
                [least, str(self.corpus), str(self.seeds)], check=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            for file in self.seeds.iterdir():
                if LEARNED.fullmatch(file.name):
                    file.unlink()
            files = sorted((file for file in pathlib.Path(least).iterdir()
                            if file.stat().st_size <= FILE_BYTES_MAX),
                           key=lambda file: file.stat().st_size)
            step = max(1, len(files) / FILES_MAX)
            for i in range(int(len(files) / step)):
                file = files[int(i * step)]
                shutil.copy(file, self.seeds / file.name[:12])


def show(rows):
    head = ["harness", "executions", "exec/s", "crashes", "corpus", "covered"]
    total = ["total"] + [sum(column) for column in list(zip(*rows))[1:]]
    for name, *numbers in [head, *rows, total]:
        print(f"{name:<12}" + "".join(
            f"{n:>14,}" if isinstance(n, int) else f"{n:>14}"
            for n in numbers))


def run(args):
    build = args.build.resolve()  # some change their folder
    harnesses = [Harness(build, name) for name in args.harnesses]
    if args.publish:
        for harness in harnesses:
            harness.publish()
        return 0
    for harness in harnesses:
        harness.start(args.seconds)
    try:
        rows = [harness.row() for harness in harnesses]
    except KeyboardInterrupt:
        for harness in harnesses:
            harness.process.kill()
        return 1
    failed = [h for h in harnesses if h.process.returncode != 0]
    for harness in failed:
        harness.tell()
    print()
    show(rows)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--publish", action="store_true",
                        help="put what was learned into the tree, minimised")
    parser.add_argument("harnesses", nargs="+")
    args = parser.parse_args()
    # Their files are in memory; one that ends in a find leaves them.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        os.environ["TMPDIR"] = folder
        return run(args)


if __name__ == "__main__":
    sys.exit(main())
