# SPDX-License-Identifier: ISC
"""Puts a result where a reader sees it: bench/results, and README.md."""

import pathlib
import shutil

import plot
import report

FOLDER = pathlib.Path("bench/results")
README = pathlib.Path("README.md")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def publish(results, picture):
    """README has the rows that are in its table, bench.md all"""
    plot.write(results, FOLDER / "bench.svg", results.main_rows())
    shutil.copyfile(picture, FOLDER / "all.svg")
    write(FOLDER / "bench.md", report.markdown(results))
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    write(README, [before + BEGIN, "", *shown(results), "", END + after],
          last="")
    print(f"{FOLDER} and {README} show it")


def shown(results):
    yield "![a panel for each row of the table](bench/results/bench.svg)"
    yield ""
    yield from report.summary(results)
    yield ""
    yield (f"{report.where_and_when(results)}; the best of the relays is bold."
           " All figures, and what they were meant to be, are in"
           " [bench/results/bench.md](bench/results/bench.md).")
    yield from (f"{note[0].upper()}{note[1:]}."
                for note in results.data["notes"])


def write(path, lines, last="\n"):
    path.write_text("\n".join(lines) + last, encoding="utf-8")
