# SPDX-License-Identifier: ISC
"""The machine that is measured on: its network, its limits, its name."""

import ctypes
import os
import pathlib
import resource
import socket
import subprocess

CLONE_NEWNET = 0x40000000
# Below the ports that the kernel gives to clients in our own namespace.
FIRST_PORT, FIRST_CLIENT_PORT = 2000, 10000
CONGESTION = "cubic"
SETTINGS = {
    "net/ipv4/ip_local_port_range": f"{FIRST_CLIENT_PORT} 65535",
    "net/ipv4/tcp_max_syn_backlog": "16384",
    "net/core/somaxconn": "16384",
}


# CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN, which is both
PROGRAMS, ADMIN = 1 << 38 | 1 << 39, 1 << 21


def may_load_programs():
    """what tcp_loss takes"""
    with open("/proc/self/status", encoding="ascii") as status:
        held = next(int(line.split()[1], 16) for line in status
                    if line.startswith("CapEff:"))
    return held & PROGRAMS == PROGRAMS or held & ADMIN != 0


class Network:
    """Loopback: one of our own as root, else the one that there is."""

    def __init__(self):
        self.own = os.geteuid() == 0 and enter_namespace()
        self.next_port = FIRST_PORT
        self.congestion = congestion_control()

    def ports(self, n=1):
        """n ports that nobody listens on; each time others"""
        if not self.own:
            return free_ports(n)
        if self.next_port + n > FIRST_CLIENT_PORT:
            self.next_port = FIRST_PORT
        first = self.next_port
        self.next_port += n
        return list(range(first, first + n))

    def __str__(self):
        where = ("a network namespace of its own" if self.own
                 else "the network of the machine, as it is")
        return f"{where}, congestion control {self.congestion}"


def enter_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        return False  # root of a container that may not
    ip("link", "set", "lo", "up")
    for where in ("127.0.0.0/8", "127.0.0.1"):
        # The setting of this name may be for the whole machine only.
        ip("route", "replace", "local", where, "dev", "lo", "table", "local",
           "proto", "kernel", "scope", "host", "src", "127.0.0.1",
           "congctl", CONGESTION)
    for name, value in SETTINGS.items():
        try:
            (pathlib.Path("/proc/sys") / name).write_text(value)
        except OSError:
            pass  # what holds instead is said
    return True


def ip(*words):
    subprocess.run(["ip", *words], check=False, stderr=subprocess.DEVNULL)


def congestion_control():
    """what a connection has"""
    with (socket.create_server(("127.0.0.1", 0)) as server,
          socket.create_connection(server.getsockname()) as client):
        name = client.getsockopt(
            socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    return name.rstrip(b"\0").decode()


def free_ports(n):
    """all at once, so that each is another"""
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


def raise_limits():
    """as many descriptors as this user may have; that number"""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def describe(network):
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": os.uname().release,
        "congestion_control": network.congestion,
        "own_network": network.own,
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    }


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine


def in_words(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores,"
            f" Linux {machine['kernel']}, {machine['congestion_control']}")
