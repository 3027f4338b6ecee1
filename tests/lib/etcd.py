# SPDX-License-Identifier: ISC
"""A real etcd of a test's own, and what toxictl says to it on its way."""

import base64
import http.client
import http.server
import json
import shutil
import socketserver
import subprocess
import tempfile
import threading

from rig import own_host, own_port, wait_until


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Etcd:
    """One member, in a folder that goes with it."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp()
        self.host, self.port = own_host(), own_port()
        self.url = f"http://{self.host}:{self.port}"
        peer = f"http://{self.host}:{own_port()}"
        self.process = subprocess.Popen(
            ["etcd", "--data-dir", self.folder + "/data",
             "--listen-client-urls", self.url,
             "--advertise-client-urls", self.url,
             "--listen-peer-urls", peer,
             "--initial-advertise-peer-urls", peer,
             "--initial-cluster", f"default={peer}",
             *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert wait_until(self.is_ready)

    def is_ready(self):
        try:
            return "header" in self.ask("range", key=b64("/"))
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def ask(self, what, **body):
        c = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            path = what if "/" in what else "kv/" + what
            c.request("POST", "/v3/" + path, json.dumps(body))
            return json.loads(c.getresponse().read())
        finally:
            c.close()

    def put(self, key, value):
        self.ask("put", key=b64(key), value=b64(json.dumps(value)))

    def delete(self, key):
        self.ask("deleterange", key=b64(key))

    def kvs(self, prefix="/"):
        """{key: (value, mod_revision)}, and the revision of all"""
        said = self.ask("range", key=b64(prefix), range_end=b64(
            prefix[:-1] + chr(ord(prefix[-1]) + 1)))
        return {base64.b64decode(kv["key"]).decode(): (
            json.loads(base64.b64decode(kv["value"])),
            int(kv["mod_revision"])) for kv in said.get("kvs", [])}, int(
                said["header"]["revision"])

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Between(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """On the way to an etcd.  before(path): is called first; what it returns
    is done in place of it: "lose" its answer, or nothing."""

    daemon_threads = True

    def __init__(self, etcd, before):
        super().__init__(("127.0.0.1", 0), Passing)
        self.etcd, self.before = etcd, before
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        done = self.server.before(self.path)
        etcd = self.server.etcd
        c = http.client.HTTPConnection(etcd.host, etcd.port, timeout=30)
        c.request("POST", self.path, body)
        answer = c.getresponse()
        said = answer.read()
        c.close()
        if done == "lose":
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
