# SPDX-License-Identifier: ISC
"""Servers for the tests of the client library: they behave as the path says,
or badly."""

import http.server
import json
import os
import socket
import socketserver
import ssl
import threading
import urllib.parse

VERSION = b'{"version":"2.12.0"}'
PROXY = {"name": "one", "listen": "127.0.0.1:1", "upstream": "u:1",
         "enabled": True, "toxics": []}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):  # there is none on a UNIX socket
        return "somebody"

    def answer(self):
        # As the upstream of a proxy too, which gives the whole URL.
        path = urllib.parse.urlsplit(self.path).path
        self.body = self.rfile.read(
            int(self.headers.get("Content-Length") or 0))
        what, *rest = path.strip("/").split("/")
        getattr(self, "do_" + what)(
            *map(urllib.parse.unquote_to_bytes, rest))

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_say(self, body, *_):
        self.reply(200, body)

    def do_status(self, status, *rest):
        self.reply(int(status), rest[0] if len(rest) > 1 else b"")

    def do_ok(self, *_):
        self.reply(200, VERSION)

    def do_token(self, *_):
        good = self.headers.get("X-Token") == "sesame"
        self.reply(200 if good else 401, VERSION if good else b"")

    def do_caller(self, *_):
        said = {"tenant": "t", "role": "tenant", "proxies": 3, "toxics": 7,
                "token": self.headers.get("Authorization"),
                "expires": self.headers.get("X-Toxid-Tenant")}
        self.reply(200, json.dumps(said).encode())

    def do_stuck(self, *rest):
        if rest == (b"session",):
            self.reply(404, b"404 page not found\n")
        elif self.command == "POST":
            self.reply(201, json.dumps(PROXY).encode())
        else:
            self.reply(500, b'{"error":"stuck","status":500}')

    def do_mirror(self, *_):
        asked = json.loads(self.body or b"{}")
        self.reply(201, json.dumps({"toxics": [], **asked}).encode())

    def do_cut(self, *_):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"{")
        self.close_connection = True

    def do_drop(self, *_):
        self.close_connection = True

    def do_ssh(self, *_):
        self.wfile.write(b"SSH-2.0-none\r\n")
        self.close_connection = True

    def do_huge(self, *_):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(80):
                self.wfile.write(b" " * (1 << 20))
        except OSError:
            pass

    def do_hang(self, *_):
        self.rfile.read(1)  # until it goes
        self.close_connection = True


class OnceHandler(Handler):
    """says nothing of it, but closes after each answer"""

    def do_GET(self):
        self.reply(200, VERSION)
        self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


class UnixServer(Server):
    address_family = socket.AF_UNIX

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)


class TLSServer(Server):
    """the hand-shake is the business of a request's own thread"""

    def finish_request(self, request, address):
        with self.context.wrap_socket(request, server_side=True) as tls:
            super().finish_request(tls, address)


def start(server):
    threading.Thread(target=server.serve_forever, args=(0.05,),
                     daemon=True).start()
    return server


class Fakes:
    """All of them; env is what the tests have to know."""

    def __init__(self, folder, cert, key):
        self.servers = [start(Server(("127.0.0.1", 0), Handler))]
        path = os.path.join(folder, "socket")
        self.servers.append(start(UnixServer(path, Handler)))
        tls = TLSServer(("127.0.0.1", 0), OnceHandler)
        tls.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.context.load_cert_chain(cert, key)
        tls.context.load_verify_locations(cert)
        tls.context.verify_mode = ssl.CERT_REQUIRED
        self.servers.append(start(tls))
        port, tls_port = (self.servers[i].server_address[1] for i in (0, 2))
        self.env = {"TOXI_FAKE": f"http://127.0.0.1:{port}",
                    "TOXI_FAKE_UNIX": path,
                    "TOXI_FAKE_TLS": f"https://127.0.0.1:{tls_port}",
                    "TOXI_CERT": str(cert), "TOXI_KEY": str(key)}

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()
