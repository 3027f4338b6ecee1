# SPDX-License-Identifier: ISC
"""What is measured: toxid, and what else relays TCP on this machine.

A peer is a class here.  An instance is one at work, with a proxy in front of
each upstream; `fronts` are the addresses to connect to.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import api
import processes

ORIGINAL = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
ORIGINAL_CACHE = pathlib.Path("build/oracle").resolve()
TRIXTER = "trixter@0.1.1"
TRIXTER_CACHE = pathlib.Path("build/trixter").resolve()
NGINX_STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"
# For peers that would take as many as there are cores.
WORKERS = 2
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}


class Direct:
    """No relay at all: what the machine and the load generator can do."""
    name = "direct"
    process = None

    def __init__(self, rig, upstreams, cpu=None, flags=()):
        self.fronts = list(upstreams)

    @staticmethod
    def lacks(paths):
        """why it cannot be measured here, or None"""

    def pids(self):
        return self.process.pids() if self.process else []

    def worker_pids(self):
        """of the proxies alone, where they have processes of their own"""
        return []

    def stop(self):
        if self.process:
            self.process.stop()


class Toxiproxy(Direct):
    """The original: as we do, it makes proxies when it is told to."""
    name = "toxiproxy"
    env = {"LOG_LEVEL": "disabled", "GOMAXPROCS": str(WORKERS)}

    def __init__(self, rig, upstreams, cpu=None, flags=()):
        [port, *fronts] = rig.network.ports(1 + len(upstreams))
        self.fronts = [f"127.0.0.1:{front}" for front in fronts]
        self.process = processes.Process(
            [self.program(rig.paths), "-port", str(port), *flags],
            cpu=cpu, env=self.env, **QUIET)
        self.process.wait_for_port(port)
        self.api = api.Api(port)
        self.start_proxies(upstreams)

    def start_proxies(self, upstreams):
        for i, upstream in enumerate(upstreams):
            self.api.add_proxy(f"bench{i}", self.fronts[i], upstream)

    @staticmethod
    def program(paths):
        return ORIGINAL_CACHE / "server"

    @staticmethod
    def lacks(paths):
        if (ORIGINAL_CACHE / "server").exists():
            return None
        return install_original()

    def stop(self):
        self.process.stop()


class Toxid(Toxiproxy):
    name = "toxid"
    env = {"LOG_LEVEL": "disabled"}

    @staticmethod
    def program(paths):
        return paths.toxid

    @staticmethod
    def lacks(paths):
        if not os.access(paths.toxid, os.X_OK):
            return f"its program {paths.toxid.name}: make all"
        return None

    def worker_pids(self):
        return [pid for pid in self.process.pids()
                if processes.title(pid).startswith("toxid: relayd [")
                and "[spare]" not in processes.title(pid)]

    def start_proxies(self, upstreams):
        super().start_proxies(upstreams)
        # A worker is not called so before it has been told.
        processes.wait_until(
            lambda: len(self.worker_pids()) == len(upstreams))


class Before(Toxid):
    """That of another commit: see compare.py."""
    name = "before"

    @staticmethod
    def program(paths):
        return paths.before


class Configured(Direct):
    """A peer that reads its proxies from a file."""

    def __init__(self, rig, upstreams, cpu=None, flags=()):
        ports = rig.network.ports(len(upstreams))
        self.fronts = [f"127.0.0.1:{port}" for port in ports]
        self.connections = rig.most_connections()
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        file = pathlib.Path(self.folder.name, "config")
        file.write_text(self.config(zip(self.fronts, upstreams)))
        self.process = processes.Process(
            self.command(self.folder.name, file), cpu=cpu, **QUIET)
        for port in ports:
            self.process.wait_for_port(port)

    def stop(self):
        self.process.stop()
        self.folder.cleanup()


class Haproxy(Configured):
    name = "haproxy"
    options = ()

    @staticmethod
    def lacks(paths):
        return None if program("haproxy") else "Debian's haproxy"

    def command(self, folder, file):
        return [program("haproxy"), "-db", "-f", file]

    def config(self, proxies):
        most = f"maxconn {self.connections}"
        lines = ["global", f"nbthread {WORKERS}", most, "maxpipes 256",
                 "defaults", "mode tcp", most, "retries 0",
                 "timeout connect 10s", "timeout client 1h",
                 "timeout server 1h", *self.options]
        for i, (front, upstream) in enumerate(proxies):
            lines += [f"listen bench{i}", f"bind {front}",
                      f"server upstream {upstream}"]
        return "\n".join(lines) + "\n"


class HaproxySplice(Haproxy):
    name = "haproxy-splice"
    options = ("option splice-auto", "option splice-request",
               "option splice-response")


class Nginx(Configured):
    name = "nginx"

    @staticmethod
    def lacks(paths):
        if program("nginx") and os.path.exists(NGINX_STREAM):
            return None
        return "Debian's nginx-light and libnginx-mod-stream"

    def command(self, folder, file):
        return [program("nginx"), "-p", folder, "-e", "stderr", "-c", file]

    def config(self, proxies):
        user = "user root;\n" if os.geteuid() == 0 else ""
        most = 2 * self.connections + 100
        servers = "".join(
            f"server {{ listen {front} backlog=4096; proxy_timeout 1h;"
            f" proxy_pass {upstream}; }}\n" for front, upstream in proxies)
        return (f"{user}load_module {NGINX_STREAM};\n"
                "daemon off;\npid nginx.pid;\nerror_log stderr crit;\n"
                f"worker_processes {WORKERS};\n"
                f"events {{ worker_connections {most}; }}\n"
                f"stream {{\n{servers}}}\n")


class Trixter(Direct):
    """It has one upstream: a process for each."""
    name = "trixter"
    env = {"RUST_LOG": "off", "TOKIO_WORKER_THREADS": str(WORKERS)}

    def __init__(self, rig, upstreams, cpu=None, flags=()):
        ports = rig.network.ports(2 * len(upstreams))
        fronts, apis = ports[::2], ports[1::2]
        self.fronts = [f"127.0.0.1:{port}" for port in fronts]
        self.processes = [
            processes.Process(
                [trixter(), "--listen", f"127.0.0.1:{front}", "--upstream",
                 upstream, "--api", f"127.0.0.1:{api_port}"],
                cpu=cpu, env=self.env, **QUIET)
            for front, api_port, upstream in zip(fronts, apis, upstreams)]
        for process, port in zip(self.processes, fronts):
            process.wait_for_port(port)

    @staticmethod
    def lacks(paths):
        return None if trixter() else install_trixter()

    def pids(self):
        return [pid for process in self.processes for pid in process.pids()]

    def stop(self):
        for process in self.processes:
            process.stop()


PEERS = {peer.name: peer for peer in (
    Direct, Toxid, Before, Toxiproxy, Haproxy, HaproxySplice, Nginx, Trixter)}


def program(name):
    """that are for root may be missing in another's PATH"""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def install_original():
    """why it could not be, or None"""
    if not program("go"):
        return "a Go toolchain to build it"
    print(f"bench: go install {ORIGINAL}", file=sys.stderr)
    ORIGINAL_CACHE.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["go", "install", ORIGINAL], capture_output=True, text=True,
        env={**os.environ, "GOBIN": str(ORIGINAL_CACHE)}, check=False)
    if done.returncode == 0:
        return None
    return f"Go's module proxy, or what it has of {ORIGINAL}"


def trixter():
    """its program, or None"""
    return program("trixter") or shutil.which(TRIXTER_CACHE / "bin/trixter")


def install_trixter():
    """why it could not be, or None"""
    if not program("cargo"):
        return f"cargo to build it: {TRIXTER} is not installed"
    print(f"bench: cargo install {TRIXTER}: some minutes", file=sys.stderr)
    done = subprocess.run(
        ["cargo", "install", "--quiet", "--root", TRIXTER_CACHE, TRIXTER],
        capture_output=True, check=False)
    if done.returncode == 0:
        return None
    return f"crates.io, or what that has: {TRIXTER} is not installed"
