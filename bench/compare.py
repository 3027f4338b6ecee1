# SPDX-License-Identifier: ISC
"""toxid beside the toxid of another commit, in one run: both take turns in each
round, so that whatever happens on the machine meanwhile happens to both."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile

import report

ROUNDS_MIN = 4  # that all of them say the same by chance is one in eight
NOISE = 0.03    # of a median: less than that is not looked for

RULE = (f"within noise: not every round says the same, or they differ by less"
        f" than {NOISE:.0%}")


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, text=True,
                          capture_output=True).stdout.strip()


@contextlib.contextmanager
def built(revision):
    """The toxid of that commit, in a tree that goes again.  LookupError: there
    is none, or it does not build"""
    try:
        commit = git("rev-parse", "--verify", "--quiet",
                     revision + "^{commit}")
    except subprocess.CalledProcessError:
        raise LookupError(f"no commit {revision}") from None
    with tempfile.TemporaryDirectory(prefix="toxid-before-") as folder:
        os.chmod(folder, 0o755)  # toxid's processes are other users
        tree = pathlib.Path(folder, "tree")
        git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            make(tree)
            yield tree / "build/toxid"
        finally:
            git("worktree", "remove", "--force", str(tree))


def make(tree):
    done = subprocess.run(
        ["make", "-C", tree, f"-j{os.cpu_count()}", "daemon"],
        capture_output=True, text=True, check=False,
        env={key: value for key, value in os.environ.items()
             if not key.startswith("MAKE")})
    if done.returncode != 0:
        raise LookupError(f"it does not build: {done.stderr[-2000:]}")


def ratios(results, row, figure):
    """Now to before, of each round"""
    now = results.by_round(row, "toxid", figure.key)
    before = results.by_round(row, "before", figure.key)
    return [now[at] / before[at] for at in now if before.get(at)]


def verdict(found, more):
    """more: is better"""
    median = statistics.median(found)
    if len(found) < ROUNDS_MIN:
        return "too few rounds"
    if min(found) <= 1 <= max(found) or abs(median - 1) < NOISE:
        return "within noise"
    return "better" if (median > 1) == more else "worse"


def line(results, row, figure):
    """None: it has not been measured of both"""
    found = ratios(results, row, figure)
    if not found:
        return None
    return [row.name, figure.head,
            *(report.number(results.median(row, peer, figure.key),
                            figure.digits) for peer in ("before", "toxid")),
            f"{statistics.median(found):.3f}",
            f"{min(found):.3f} .. {max(found):.3f}",
            verdict(found, figure.more)]


def text(results, revision):
    cells = [["row", "figure", "before", "now", "ratio", "least .. most", ""]]
    for row in results.rows():
        cells += filter(None, (
            line(results, row, figure) for figure in row.figures))
    yield f"\n==== against {revision}\n"
    yield from ("  " + each for each in report.aligned(cells))
    verdicts = [cell[-1] for cell in cells[1:]]
    yield ""
    yield ", ".join(f"{verdicts.count(each)} {each}"
                    for each in dict.fromkeys(verdicts))
    yield RULE
    yield from results.data["notes"]
    yield report.where_and_when(results)
