# SPDX-License-Identifier: ISC
"""The REST API that toxid and the original share."""

import http.client
import json

TIMEOUT = 30


class Api:
    def __init__(self, port):
        self.port = port

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, json.dumps(body) if body else None)
            reply = connection.getresponse()
            text = reply.read()
        finally:
            connection.close()
        if reply.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {text!r}")
        return json.loads(text) if text else None

    def add_proxy(self, name, listen, upstream):
        self.request("POST", "/proxies", {
            "name": name, "listen": listen, "upstream": upstream})

    def add_toxic(self, proxy, kind, **attributes):
        self.request("POST", f"/proxies/{proxy}/toxics", {
            "type": kind, "attributes": attributes})
