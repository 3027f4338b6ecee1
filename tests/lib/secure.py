# SPDX-License-Identifier: ISC
"""A toxid whose API speaks HTTPS, with certificates of the test's own."""

import http.client
import json
import pathlib
import socket
import ssl
import subprocess
import tempfile

from rig import PATIENCE, SLOW, Reply, Toxid


def certify(folder, name="localhost", kind="ec", days=30):
    """(certificate, key): for localhost and 127.0.0.1, signed by itself"""
    made = {"ec": ["-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1"],
            "rsa": ["-newkey", "rsa:2048"]}[kind]
    pair = pathlib.Path(folder) / f"{name}.pem", \
        pathlib.Path(folder) / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", *made, "-nodes", "-days", str(days),
         "-subj", f"/CN={name}", "-keyout", pair[1], "-out", pair[0],
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    pair[1].chmod(0o600)
    return pair


def trusting(certificate, **more):
    context = ssl.create_default_context(cafile=certificate)
    for name, value in more.items():
        setattr(context, name, value)
    return context


class SecureToxid(Toxid):
    """trusted: what its clients know of it; by default its certificate"""

    def __init__(self, pair, *args, trusted=None, **more):
        self.pair = pair
        self.trusted = trusting(trusted or pair[0])
        super().__init__("-tls-cert", str(pair[0]), "-tls-key", str(pair[1]),
                         *args, **more)

    def connection(self, timeout=PATIENCE):
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout, context=self.trusted)

    def request(self, method, path, body=None, headers=None, timeout=30):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection = self.connection(timeout * SLOW)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def plain(self):
        return socket.create_connection((self.host, self.port), PATIENCE)

    def secured(self, context=None):
        """through its handshake"""
        context = context or self.trusted
        s = self.plain()
        try:
            return context.wrap_socket(s, server_hostname=self.host)
        except BaseException:
            s.close()
            raise


def hello():
    """The first that a client says"""
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out,
                         server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def folder_for_all():
    """that other users may look into"""
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    return folder
