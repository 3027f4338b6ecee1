# SPDX-License-Identifier: ISC
"""A real name server, over UDP and TCP, that a test tells what to answer."""

import socket
import struct
import threading

import rig

A, CNAME, AAAA = 1, 5, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
UDP_MAX = 512
SO_RCVBUFFORCE = 33


def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in name.split(".")) + b"\0"


def address(text):
    """An answer: for the name that was asked for."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return (b"\xc0\x0c", AAAA if ":" in text else A,
            socket.inet_pton(family, text))


def alias(owner, name):
    return (b"\xc0\x0c" if owner is None else encode_name(owner), CNAME,
            encode_name(name))


def record(owner, kind, data, length=None):
    return owner + struct.pack(">HHIH", kind, 1, 0, len(data)
                               if length is None else length) + data


class Query:
    def __init__(self, packet, is_tcp):
        self.packet, self.is_tcp = packet, is_tcp
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode())
            at += packet[at] + 1
        self.name = ".".join(labels).lower()
        self.kind = struct.unpack(">H", packet[at + 1:at + 3])[0]
        self.question = packet[12:at + 5]

    def reply(self, *records, rcode=NOERROR, count=None, id=None,
              is_cut=False):
        """Whole, or over UDP cut where it does not fit."""
        body = self.question + b"".join(
            r if isinstance(r, bytes) else record(*r) for r in records)
        n = len(records) if count is None else count
        if not self.is_tcp and (is_cut or 12 + len(body) > UDP_MAX):
            body, n, is_cut = self.question, 0, True
        return (self.packet[:2] if id is None else struct.pack(">H", id)) + (
            struct.pack(">HHHHH", 0x8180 | is_cut << 9 | rcode, 1, n, 0, 0)
            + body)

    def addresses(self, *texts):
        """Those of the family that was asked for."""
        return self.reply(*(a for a in map(address, texts)
                            if a[1] == self.kind))


class Silent:
    """One that has port 53, and never says anything, nor reads what comes: so
    it takes no time from whoever measures beside it."""

    def __init__(self, host):
        self.host, self.tell = host, {}
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind((host, 53))

    def close(self):
        self.udp.close()


class NameServer:
    """tell[name] is called with each Query for it, and returns a packet, None
    for silence, or many of them.  What it was not told of does not exist."""

    def __init__(self, host):
        self.host, self.tell, self.seen = host, {}, []
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        # Hundreds may ask at once: whoever has port 53 may have this, too.
        self.udp.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        self.udp.bind((host, 53))
        self.tcp = socket.create_server((host, 53), backlog=256)
        self.threads = [threading.Thread(target=run, daemon=True)
                        for run in (self._packets, self._connections)]
        for thread in self.threads:
            thread.start()

    def _answer(self, packet, is_tcp):
        try:
            query = Query(packet, is_tcp)
        except (IndexError, struct.error):
            return []
        self.seen.append((query.name, query.kind, is_tcp))
        answer = self.tell.get(
            query.name, lambda q: q.reply(rcode=NXDOMAIN))(query)
        is_one = answer is None or isinstance(answer, (bytes, tuple))
        return [answer] if is_one else answer

    def _send_later(self, packet, peer):
        try:
            for answer in self._answer(packet, False):
                if answer is not None:
                    self.udp.sendto(answer, peer)
        except OSError:
            pass  # closed meanwhile

    def _packets(self):
        while True:
            try:
                packet, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            if peer == self.udp.getsockname():
                return
            threading.Thread(target=self._send_later, args=(packet, peer),
                             daemon=True).start()

    def _connections(self):
        while True:
            try:
                sock, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(sock,),
                             daemon=True).start()

    def _converse(self, sock):
        with sock:
            sock.settimeout(rig.PATIENCE)
            try:
                while len(head := sock.recv(2, socket.MSG_WAITALL)) == 2:
                    size = struct.unpack(">H", head)[0]
                    packet = sock.recv(size, socket.MSG_WAITALL)
                    for answer in self._answer(packet, True):
                        if answer is not None:
                            # what is a tuple lies about its length
                            size, answer = answer if isinstance(
                                answer, tuple) else (len(answer), answer)
                            sock.sendall(struct.pack(">H", size) + answer)
            except OSError:
                pass

    def close(self):
        self.tcp.shutdown(socket.SHUT_RDWR)
        self.tcp.close()
        self.udp.sendto(b"", self.udp.getsockname())
        self.threads[0].join(5)
        self.udp.close()
