# SPDX-License-Identifier: ISC
"""A real toxid for a test: started, asked, watched and ended."""

import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

TOXID = "build/toxid"
# A build with a sanitizer, or under valgrind, has so much more time.
SLOW = int(os.environ.get("TOXID_SLOW", 1))
# Nobody waits longer for what has to happen: a machine may stand still for
# seconds.
PATIENCE = 30 * SLOW


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body!r}"


def own_host():
    """A loopback address that no other test has: what refuses there is ours,
    and a port that was given back there is still free."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16) % 64}.{pid >> 8 & 255}.{pid & 255}"


def own_port():
    """For a program that has to be told one: free, and ours to give."""
    with socket.create_server((own_host(), 0)) as s:
        return s.getsockname()[1]


turns = itertools.count()


def wide_ports(n):
    """Such as may be bound at every address: below those that the kernel gives
    to clients, what is left of which would be in their way.  Each process has a
    hundred of its own, which are given out in turn."""
    first, ports = 15000 + os.getpid() % 150 * 100, []
    for port in (first + next(turns) % 100 for _ in range(100)):
        try:
            socket.create_server(("0.0.0.0", port)).close()
        except OSError:
            continue
        ports.append(port)
        if len(ports) == n:
            return ports
    raise AssertionError("no port is free")


def wide_port():
    return wide_ports(1)[0]


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")


class Nobody:
    """A port that refuses, and that nobody else can get meanwhile."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def descriptors_of(pid):
    """What each is, but of those that are closed while we look"""
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield os.readlink(fd)
        except FileNotFoundError:
            pass


def listening_ports(pid):
    """Of a process of ours, in order, whatever its log says"""
    inodes = {link[8:-1] for link in descriptors_of(pid)
              if link.startswith("socket:[")}
    rows = [line.split() for family in ("tcp", "tcp6") for line in
            pathlib.Path(f"/proc/net/{family}").read_text().splitlines()[1:]]
    return sorted(int(row[1].rpartition(":")[2], 16) for row in rows
                  if row[3] == "0A" and row[9] in inodes)


def parent_of(pid):
    """of a process that may be gone meanwhile: None"""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return None if state in "ZX" else int(parent)


def children_of(pid):
    """Those that live.  The kernel may leave one out while another ends: so it
    is asked until it says the same twice."""
    path, before = pathlib.Path(f"/proc/{pid}/task/{pid}/children"), None
    while True:
        try:
            now = path.read_text().split()
        except OSError:
            return []
        if now == before:
            return [int(p) for p in now if parent_of(p) == pid]
        before = now


def title_of(pid):
    """what ps(1) shows, without the blanks behind it"""
    try:
        text = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return text.replace(b"\0", b" ").decode(errors="replace").strip()


def worked(pid):
    """Seconds of a processor that it has had so far"""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")


def address_of(listen):
    """("127.0.0.1", 80) of "127.0.0.1:80", for socket.connect()"""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    return ("127.0.0.1" if host == "::" else host, int(port))


def reset(sock):
    """Close it by a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def one_that_was_reset():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    reset(server)
    return client


def connected(address, source=None):
    """What toxid resets as soon as it has come may be so before connect(2) has
    returned, on a busy machine: then another one stands for it."""
    try:
        return socket.create_connection(
            address, PATIENCE, source_address=source and (source, 0))
    except ConnectionResetError:
        return one_that_was_reset()


# By this test, and by others that have not ended them: see lastwords.py.
started = []


class Toxid:
    """The daemon, with these arguments; a context manager.  log_to: a path, for
    a test that times something: who reads a pipe would do so in its turn."""

    def __init__(self, *args, env=None, port=0, wait=True, log_to=None,
                 **popen):
        self.host = "127.0.0.1"
        if "-host" in args:
            self.host = args[args.index("-host") + 1]
        self.port = port  # 0: the kernel chooses, nobody else can be meant
        self.is_silent = (env or {}).get("LOG_LEVEL", "info") not in (
            "info", "debug", "trace")
        self.heard, self.log_to, self.parsed = [], log_to, []
        self.parsing = threading.Lock()
        program = os.environ.get("TOXID", TOXID)
        self.process = subprocess.Popen(
            [program, "-port", str(self.port), *args],
            stdin=subprocess.DEVNULL,
            stdout=log_to.open("wb") if log_to else subprocess.PIPE,
            env={**os.environ, **(env or {})}, **popen)
        self.pid = self.process.pid
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        started.append(self)
        if wait:
            self.wait_until_up()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout or ():
            self.lines.append(line)

    @property
    def lines(self):
        if self.log_to is None:
            return self.heard
        return self.log_to.read_bytes().splitlines(keepends=True)

    def wait_until_up(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, b"".join(self.lines).decode()
            self._learn_port()
            try:
                if self.port and self.request("GET", "/version").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.01)
        self.__exit__()
        raise TimeoutError(b"".join(self.lines).decode())

    def _learn_port(self):
        if self.port == 0 and self.is_silent:
            self.port = next(iter(listening_ports(self.pid)), 0)
        for line in list(self.lines) if self.port == 0 else ():
            if b"Starting Toxiproxy HTTP server" in line:
                self.port = int(re.search(rb":(\d+)[\" \n]", line)[1])

    def stop(self):
        """An orderly end; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ends()

    def ends(self, seconds=PATIENCE):
        """... by itself: the exit code; log() is then all that it has said."""
        code = self.process.wait(seconds)
        self.reader.join(PATIENCE)
        return code

    def log(self):
        """What has come of it: what it has said may be under way to us."""
        with self.parsing:  # no line twice, as many ask again and again
            self.parsed += map(json.loads, self.lines[len(self.parsed):])
            return list(self.parsed)

    def read_to_here(self):
        """What it has said until now is in log(): this call, too, or another
        one, where so much is said that lines are dropped."""
        asked = set()

        def is_here():
            asked.add(self.request("GET", "/version").headers[
                "X-Toxiproxy-Request-Id"])
            return wait_until(lambda: any(
                line.get("request_id") in asked for line in self.log()), 2)

        assert wait_until(is_here)

    def cut(self):
        """The whole tree at once, as a power cut: nobody has a last word."""
        pids = children_of(self.pid)
        self.process.kill()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        for pid in pids:  # what they hold is not free before
            assert wait_until(lambda: parent_of(pid) is None), title_of(pid)

    def request(self, method, path, body=None, headers=None, timeout=30):
        """body: dict or list as JSON, str or bytes as they are"""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection(
            self.host, self.port, timeout=timeout * SLOW)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def proxy(self, name, upstream, listen="127.0.0.1:0", **more):
        r = self.request("POST", "/proxies", {
            "name": name, "listen": listen, "upstream": upstream, **more})
        assert r.status == 201, r
        return r.json()

    def toxic(self, proxy, kind, stream="downstream", toxicity=1,
              toxic_name=None, **attributes):
        body = {"type": kind, "stream": stream, "toxicity": toxicity,
                "attributes": attributes}
        if toxic_name is not None:
            body["name"] = toxic_name
        r = self.request("POST", f"/proxies/{proxy}/toxics", body)
        assert r.status == 200, r
        return r.json()

    def connect(self, name):
        listen = self.request("GET", f"/proxies/{name}").json()["listen"]
        return connected(address_of(listen))

    def children(self):
        """{"relayd [web]": [pid], "relayd [spare]": [pid, ...], ...}"""
        if os.environ.get("TOXID_HIDES_TITLES"):
            pytest.skip("valgrind shows its own command line for a child")
        found = {}
        for pid in children_of(self.pid):
            title = title_of(pid)
            if title.startswith("toxid: "):
                found.setdefault(title[len("toxid: "):], []).append(pid)
        return found

    def child(self, title):
        """Its pid, as soon as there is exactly one."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            pids = self.children().get(title, [])
            if len(pids) == 1:
                return pids[0]
            time.sleep(0.005)
        raise TimeoutError(f"no {title} among {self.children()}")

    def worker(self, name):
        return self.child(f"relayd [{name}]")

    @property
    def ctld(self):
        return self.child("ctld")

    def metrics(self):
        """{"toxid_proxy_open_sessions{proxy=\"a\"}": 1.0, ...}"""
        text = self.request("GET", "/metrics").body.decode()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in text.splitlines() if not line.startswith("#")}


def second_now():
    """As time(2) says it from now on: its clock is up to a tick behind ours."""
    return int(time.time() - 0.05)


def wait_until(condition, seconds=PATIENCE):
    """True as soon as it is; False when it has not become so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
