#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a document of many proxies costs, and others who call meanwhile.

    bench/desired.py --toxid build/toxid --proxies 3999 --json build/desired.json

One toxid with -state.  Each step is one PUT /desired/bench, but for the last, a
DELETE; meanwhile clients read and change a proxy that is none of the document's,
one call behind the other, as they do for some seconds before, when it is quiet.
Between two steps it is waited for that all workers are there: what is put costs
its workers' start, besides, which comes after the answer.
"""

import argparse
import http.client
import json
import pathlib
import subprocess
import tempfile
import threading
import time

QUIET = 3  # s
READERS, WRITERS = 2, 2


def share(values, part):
    values = sorted(values)
    return values[min(int(len(values) * part), len(values) - 1)] \
        if values else float("nan")


class Client:
    """One connection, kept."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None, refusal=300):
        self.http.request(method, path,
                          None if body is None else json.dumps(body),
                          {"Content-Type": "application/json"})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status >= refusal:
            raise SystemExit(f"{method} {path}: {answer.status} "
                             f"{text[:300].decode()}")
        return json.loads(text) if text else None


class Others:
    """Who calls without pause; what each call took, in ms."""

    def __init__(self, port):
        self.port, self.over = port, threading.Event()
        self.took = {"reads": [], "changes": []}
        self.threads = [threading.Thread(target=self.go_on, args=(what,))
                        for what, n in (("reads", READERS),
                                        ("changes", WRITERS))
                        for _ in range(n)]

    def go_on(self, what):
        client, n = Client(self.port), 0
        while not self.over.is_set():
            begun = time.monotonic()
            if what == "reads":
                client.call("GET", "/proxies/others")
            else:
                n += 1
                client.call("POST", "/proxies/others/toxics/l",
                            {"attributes": {"latency": n % 7}})
            self.took[what].append((time.monotonic() - begun) * 1000)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for t in self.threads:
            t.join()


def document(generation, n, upstream="127.0.0.1:9", latency=10):
    return {"generation": generation, "proxies": [
        {"name": f"p{i}", "listen": "127.0.0.1:0", "upstream": upstream,
         "toxics": [{"name": "l", "type": "latency",
                     "attributes": {"latency": latency}}]}
        for i in range(n)]}


def one_toxic(n):
    d = document("2", n)
    d["proxies"][n // 2]["toxics"][0]["attributes"]["latency"] = 20
    return d


STEPS = (
    ("all are made", "PUT", lambda n: document("1", n)),
    ("one toxic changes", "PUT", one_toxic),
    ("all toxics change", "PUT", lambda n: document("3", n, latency=30)),
    ("nothing changes", "PUT", lambda n: document("4", n, latency=30)),
    ("all are made anew", "PUT", lambda n: document("5", n, "127.0.0.1:10")),
    ("all go", "DELETE", lambda n: None),
)


def row(name, seconds, others):
    r = {"step": name, "s": round(seconds, 3)}
    for what, took in others.took.items():
        r[what] = {"n": len(took), "p50": round(share(took, 0.5), 2),
                   "p99": round(share(took, 0.99), 2),
                   "max": round(max(took, default=0), 1)}
    return r


def settle(client):
    """All that are to have a worker have one, and it is quiet."""
    was = None
    while True:
        now = client.call("GET", "/health", refusal=504)  # ready, or not yet
        now = json.dumps({key: now[key] for key in now
                          if "uptime" not in key}, sort_keys=True)
        time.sleep(1.5)
        if now == was and '"ready": true' in now:
            return
        was = now


def run(port, n):
    client = Client(port)
    client.call("POST", "/proxies", {"name": "others", "enabled": False,
                                     "listen": "127.0.0.1:0",
                                     "upstream": "127.0.0.1:9"})
    client.call("POST", "/proxies/others/toxics",
                {"name": "l", "type": "latency"})
    with Others(port) as others:
        time.sleep(QUIET)
    yield row("quiet", QUIET, others)
    for name, method, made in STEPS:
        body = made(n)
        with Others(port) as others:
            time.sleep(0.2)
            for took in others.took.values():
                took.clear()
            begun = time.monotonic()
            client.call(method, "/desired/bench", body)
            seconds = time.monotonic() - begun
        yield row(name, seconds, others)
        settle(client)


def show(r):
    print(f"{r['step']:<20} {r['s']:7.3f} s", *(
        f"  {what}: {r[what]['n']:6} p50 {r[what]['p50']:7.2f} "
        f"p99 {r[what]['p99']:8.2f} max {r[what]['max']:7.1f} ms"
        for what in ("reads", "changes")), flush=True)


def wait(port, process):
    while True:
        try:
            Client(port).call("GET", "/version")
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("toxid has ended") from None
            time.sleep(0.05)


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--toxid", default="build/toxid")
    a.add_argument("--port", type=int, default=18999)
    a.add_argument("--proxies", type=int, default=3999)
    a.add_argument("--json", type=pathlib.Path)
    args = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [args.toxid, "-port", str(args.port), "-state", f"{folder}/state",
             "-max-proxies", str(args.proxies + 1), "-spares", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"LOG_LEVEL": "warn"})
        try:
            wait(args.port, process)
            rows = []
            for r in run(args.port, args.proxies):
                show(r)
                rows.append(r)
        finally:
            process.terminate()
            process.wait()
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
