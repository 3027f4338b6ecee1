# SPDX-License-Identifier: ISC
"""A real etcd, of one member or more, whose members are killed, and restored
from snapshots; in a folder of its test's."""

import base64
import json
import os
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from etcd import b64
from rig import PATIENCE, own_host, own_port


class Cluster:
    """A context manager: its members run.  tls: (ca, cert, key) of the server,
    who asks clients for a certificate, too."""

    def __init__(self, folder, members=1, tls=None):
        self.folder, self.tls, self.token = folder, tls, None
        self.host = own_host()
        self.ports = [own_port() for _ in range(members)]
        self.peers = [f"http://{self.host}:{own_port()}"
                      for _ in range(members)]
        self.scheme = "https" if tls else "http"
        self.urls = [f"{self.scheme}://{self.host}:{port}"
                     for port in self.ports]
        self.processes = [None] * members
        self.generation = 0  # of its data: another after a restore

    def __enter__(self):
        for i in range(len(self.processes)):
            self.start(i)
        self.wait_until_up()
        return self

    def __exit__(self, *_):
        for i in range(len(self.processes)):
            self.kill(i)

    @property
    def all_urls(self):
        return ",".join(self.urls)

    def data(self, i):
        return self.folder / f"m{i}.{self.generation}"

    @property
    def cluster(self):
        return ",".join(f"m{i}={url}" for i, url in enumerate(self.peers))

    def start(self, i):
        ca, cert, key = self.tls or (None, None, None)
        secure = ["--client-cert-auth", "--trusted-ca-file", ca,
                  "--cert-file", cert, "--key-file", key] if ca else []
        with (self.folder / f"m{i}.log").open("ab") as log:
            self.processes[i] = subprocess.Popen(
                ["etcd", "--name", f"m{i}", "--data-dir", self.data(i),
                 "--listen-client-urls", self.urls[i],
                 "--advertise-client-urls", self.urls[i],
                 "--listen-peer-urls", self.peers[i],
                 "--initial-advertise-peer-urls", self.peers[i],
                 "--initial-cluster", self.cluster,
                 "--heartbeat-interval", "50", "--election-timeout", "500",
                 *secure],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self, i):
        process, self.processes[i] = self.processes[i], None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def wait_until_up(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.get("/up", whole=True) is not None:
                    return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError((self.folder / "m0.log").read_text()[-2000:])

    def is_up(self, i):
        """It answers, with the others' consent."""
        try:
            return bool(self.ask("/v3/kv/range", {"key": b64("/up")}, i))
        except OSError:
            return False

    # ---- as a client

    def _context(self):
        if self.tls is None:
            return None
        context = ssl.create_default_context(cafile=self.tls[0])
        context.load_cert_chain(*self.tls[1:])
        return context

    def ask(self, path, body, of=None):
        """Of the first that answers, or of that member"""
        failed = OSError("no member runs")
        for i, process in enumerate(self.processes):
            if process is None or of not in (None, i):
                continue
            request = urllib.request.Request(
                self.urls[i] + path, json.dumps(body).encode(),
                {"Authorization": self.token} if self.token else {})
            try:
                with urllib.request.urlopen(
                        request, timeout=5, context=self._context()) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError as error:
                failed = OSError(error.read())
            except OSError as error:
                failed = error
        raise failed

    def log_in(self, user, password):
        self.token = None  # with one that it does not know it answers nothing
        self.token = self.ask("/v3/auth/authenticate", {
            "name": user, "password": password})["token"]

    def put(self, key, value, lease=0):
        """value: a text, or what is JSON; the revision"""
        text = value if isinstance(value, str) else json.dumps(value)
        return self._revision(self.ask("/v3/kv/put", {
            "key": b64(key), "value": b64(text), "lease": lease}))

    def put_all(self, values):
        """{key: value}, in one transaction"""
        return self._revision(self.ask("/v3/kv/txn", {"success": [
            {"request_put": {"key": b64(k), "value": b64(json.dumps(v))}}
            for k, v in values.items()]}))

    def delete(self, key):
        return self._revision(
            self.ask("/v3/kv/deleterange", {"key": b64(key)}))

    @staticmethod
    def _revision(answer):
        return int(answer["header"]["revision"])

    def get(self, key, whole=False):
        """Its value as JSON, or None; whole: etcd's answer"""
        answer = self.ask("/v3/kv/range", {"key": b64(key)})
        if whole:
            return answer
        for kv in answer.get("kvs", []):
            return json.loads(base64.b64decode(kv.get("value", "")))
        return None

    def revision(self):
        return self._revision(self.get("/", whole=True))

    def compact(self, revision):
        self.ask("/v3/kv/compaction", {"revision": revision})

    # ---- by its own tool

    def ctl(self, *args, i=0):
        return subprocess.run(
            ["etcdctl", *args], check=True, capture_output=True, text=True,
            timeout=PATIENCE, env={
                **os.environ, "ETCDCTL_API": "3",
                "ETCDCTL_ENDPOINTS": self.urls[i]}).stdout

    def save(self):
        path = self.folder / "snapshot"
        self.ctl("snapshot", "save", str(path))
        return path

    def restore(self, snapshot):
        """All members begin anew, with what it has."""
        for i in range(len(self.processes)):
            self.kill(i)
            shutil.rmtree(self.data(i))
        self.generation += 1
        for i, peer in enumerate(self.peers):
            self.ctl("snapshot", "restore", str(snapshot), "--name", f"m{i}",
                     "--initial-cluster", self.cluster,
                     "--initial-advertise-peer-urls", peer,
                     "--data-dir", str(self.data(i)))
            self.start(i)
        self.wait_until_up()
