# SPDX-License-Identifier: ISC
"""The benchmark itself: that it measures, tells and draws.  Not what."""

import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

import pytest

sys.path.insert(0, "bench")

import bench as bench_main  # noqa: E402
import compare  # noqa: E402
import peers  # noqa: E402
import results  # noqa: E402
import rows  # noqa: E402

BENCH = "bench/bench.py"
SVG = "{http://www.w3.org/2000/svg}"
TOXID = os.environ.get("TOXID", "build/toxid")
ROWS = {"bulk1": "gbit_s", "bulk1-w16-r256-up": "gbit_s",
        "messages64": "per_s", "latency100": "p50_ms"}
PEERS = ("direct", "toxid")


def bench(*arguments):
    return subprocess.run(
        [sys.executable, "-B", BENCH, *arguments], capture_output=True,
        text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """a short run: what it said, and where its results are"""
    result = tmp_path_factory.mktemp("bench") / "bench.json"
    done = bench("--quick", "--row", ",".join(ROWS), "--peer",
                 ",".join(PEERS), "--seconds", "0.3", "--rounds", "1",
                 "--toxid", TOXID, "--json", str(result))
    assert done.returncode == 0, done.stderr
    return done, result


def test_every_sample_is_there_and_says_something(measured):
    found = json.loads(measured[1].read_text())
    for row, figure in ROWS.items():
        assert set(found["rows"][row]) == set(PEERS)
        for peer in PEERS:
            [sample] = found["rows"][row][peer]
            assert sample[figure] > 0
            assert found["medians"][row][peer][figure]["median"] > 0
    assert found["rows"]["messages64"]["toxid"][0]["cpu_us"] > 0
    assert found["rows"]["messages64"]["toxid"][0]["worker_us"] > 0


def test_it_says_where_and_when(measured):
    found = json.loads(measured[1].read_text())
    assert found["date"].startswith("20")
    for key in ("cpu", "cores", "kernel", "congestion_control"):
        assert found["machine"][key]
    assert found["machine"]["congestion_control"] in measured[0].stderr


def test_the_table_names_peers_ratios_and_targets(measured):
    out = measured[0].stdout
    assert "x direct" in out
    assert "met: Gbit/s >= 0.8 x direct" in out
    assert "bulk1-w16-r256-up: one stream up: writes of 16 KiB" in out
    for name in (*ROWS, *PEERS):
        assert name in out


def test_the_plot_has_a_bar_for_each_peer_and_row(measured):
    root = xml.etree.ElementTree.parse(measured[1].with_suffix(".svg"))
    for peer in PEERS:
        bars = [bar for bar in root.iter(SVG + "rect")
                if bar.get("class") == peer]
        assert len(bars) == len(ROWS)
        assert all(float(bar.get("width")) > 0 for bar in bars)


def test_shown_again_it_is_the_same_and_nothing_has_changed(measured):
    done, result = measured
    again = bench("--show", "--json", str(result), "--compare", str(result))
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(done.stdout.rpartition("\n20")[0])
    changes = [line.split()[-1] for line in again.stdout.splitlines()
               if line.startswith(tuple(f"  {row} " for row in ROWS))]
    assert changes and set(changes) <= {"+0", "-"}


def test_a_target_with_two_bounds_is_met_by_either():
    """1.1 of HAProxy, or 0.9 of what there is without a relay"""
    def said(direct, haproxy):
        peers = {"direct": direct, "toxid": 10, "haproxy-splice": haproxy}
        found = results.Results({"rows": {"bulk1-w16-r256-up": {
            name: [{"round": 0, "gbit_s": value}]
            for name, value in peers.items()}}})
        row = rows.BY_NAME["bulk1-w16-r256-up"]
        return {str(target): met for target, _, met in found.targets(row)}

    either = "Gbit/s >= 1.1 x haproxy-splice or Gbit/s >= 0.9 x direct"
    assert said(direct=10, haproxy=20)[either]
    assert said(direct=20, haproxy=9)[either]
    assert not said(direct=20, haproxy=20)[either]


def test_all_rows_are_meant_unless_some_are_named():
    assert rows.chosen([]) == list(rows.ROWS)
    assert {row.family for row in rows.chosen(["writes", "resting"])} == {
        "writes", "resting"}
    assert [row.name for row in rows.chosen(["bulk1"])] == ["bulk1"]


def test_list_names_every_row():
    listed = bench("--list").stdout
    for row in (*ROWS, "bulk8-w1024-r16-down", "noop-nothing8", "rtt1cpu",
                "connect32", "connect32-rules", "idle5000", "latency1000",
                "bandwidth1000000", "latency0-bulk", "latency1000-1gbit",
                "sessions30000", "proxies", "api", "growth1000", "resting2000",
                "toxics1000"):
        assert f"{row} " in listed


def test_a_peer_that_cannot_be_had_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(peers, "TRIXTER_CACHE", tmp_path)
    assert "not installed" in peers.Trixter.lacks(None)


@pytest.mark.parametrize("kind", ["row", "peer"])
def test_what_is_unknown_is_refused_with_what_there_is(kind):
    done = bench(f"--{kind}", "unheard-of")
    assert done.returncode == 1
    assert f"no {kind} unheard-of" in done.stderr
    assert ("bulk1" if kind == "row" else "toxiproxy") in done.stderr


def test_a_row_that_does_not_run_is_told_and_counts(tmp_path):
    done = bench("--quick", "--row", "bulk1", "--peer", "direct",
                 "--load", "/bin/false", "--json", str(tmp_path / "b.json"))
    assert done.returncode == 1
    assert "did not run: bulk1 direct" in done.stdout


def descendants(pid):
    found = []
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += [int(child), *descendants(child)]
    return found


def is_alive(pid):
    return os.path.exists(f"/proc/{pid}")


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def heed_interrupts():
    """A shell's job in the background has them ignored, and hands that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nobody_behind(tmp_path, ending):
    run = subprocess.Popen(
        [sys.executable, "-B", BENCH, "--row", "messages64", "--peer", "toxid",
         "--seconds", "60", "--toxid", TOXID, "--json", tmp_path / "b.json"],
        preexec_fn=heed_interrupts,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    # toxid, its children, the load generator's two
    assert wait_until(lambda: len(descendants(run.pid)) >= 9)
    started = descendants(run.pid)
    run.send_signal(ending)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 1
    assert "ended before its time" in err
    assert wait_until(lambda: not any(map(is_alive, started)))


# ---- beside the toxid of another commit

def verdicts(*ratios):
    """Of a figure of which more is better, and of one of which less is"""
    return tuple(compare.verdict(ratios, more) for more in (True, False))


def test_what_is_noise_and_what_is_not():
    assert verdicts(1.2, 1.3, 1.1, 1.2) == ("better", "worse")
    assert verdicts(0.8, 0.7, 0.9, 0.8) == ("worse", "better")
    assert set(verdicts(1.2, 1.3, 0.99, 1.2)) == {"within noise"}
    assert set(verdicts(1.01, 1.02, 1.03, 1.01)) == {"within noise"}
    assert set(verdicts(2, 2, 2)) == {"too few rounds"}


def test_beside_another_commit(tmp_path, monkeypatch):
    """Another that is the same: what is built is another's test"""
    @contextlib.contextmanager
    def built(revision):
        assert revision == "HEAD~1"
        yield pathlib.Path(TOXID).resolve()

    monkeypatch.setattr(compare, "built", built)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", [
        BENCH, "--quick", "--row", "messages64,latency100", "--rounds", "1",
        "--seconds", "0.3", "--compare", "HEAD~1", "--toxid", TOXID, "--json",
        str(tmp_path / "c.json")])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert bench_main.main() == 0
    found = json.loads((tmp_path / "c.json").read_text())["rows"]
    assert set(found["messages64"]) == {"toxid", "before"}
    assert set(found["latency100"]) >= {"toxid", "before"}
    assert "==== against HEAD~1" in out.getvalue()
    assert "too few rounds" in out.getvalue()


def test_each_row_has_rounds_enough_to_be_told():
    steps = bench_main.plan(rows.ROWS, ["toxid", "before"], 5)
    for row in rows.ROWS:
        assert "toxid" not in row.peers or sum(
            step[1:] == (row, "before") for step in steps) >= (
                compare.ROUNDS_MIN)


def test_a_commit_that_is_none():
    done = bench("--compare", "no-such-commit", "--row", "bulk1")
    assert done.returncode == 1
    assert "no commit no-such-commit" in done.stderr


def test_the_tree_of_a_commit_goes_again(tmp_path, monkeypatch):
    (tmp_path / "Makefile").write_text(
        "daemon:\n\tmkdir -p build && echo $$V >build/toxid\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("V", "built")
    for line in ("init -q", "add Makefile",
                 "-c user.name=t -c user.email=t@t commit -qm t"):
        subprocess.run(["git", *line.split()], check=True)
    with compare.built("HEAD") as toxid:
        assert toxid.read_text() == "built\n"
    assert not toxid.parent.exists()
    assert len(compare.git("worktree", "list").splitlines()) == 1
