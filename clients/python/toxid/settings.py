# SPDX-License-Identifier: ISC
"""Which server, and what it is told of us."""

from __future__ import annotations

import base64
import http.client
import os
import re
import socket
import ssl
import urllib.parse
from dataclasses import dataclass
from typing import Mapping

from .credentials import Given, find_token

DEFAULT_URL = "http://localhost:8474"
DEFAULT_PORT = {"http": 80, "https": 443}
LOOPBACK = re.compile(r"localhost$|::1$|127\.")
# With it a certificate that is trusted need not be an authority's.
PARTIAL_CHAIN = ssl.VerifyFlags(0x80000)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self.path)
        except BaseException:
            self.sock.close()
            raise


@dataclass(frozen=True)
class Place:
    """Where a server is: at a Unix socket if path is not None."""

    host: str = "localhost"
    port: int = 0
    prefix: str = ""
    path: str | None = None
    is_tls: bool = False

    @property
    def is_local(self) -> bool:
        return self.path is not None or bool(LOOPBACK.match(self.host))


def without_password(url: str) -> str:
    before, at, behind = url.rpartition("@")
    return "..." + at + behind if at else url


def basic(parts: urllib.parse.SplitResult) -> str | None:
    """What is before the "@" of a URL, as a header has it"""
    if parts.username is None and parts.password is None:
        return None
    both = ":".join(urllib.parse.unquote(part or "")
                    for part in (parts.username, parts.password))
    return "Basic " + base64.b64encode(both.encode()).decode()


def parse(url: str) -> tuple[Place, str | None]:
    """The place, and the Authorization that the URL has; ValueError.
    "localhost:8474" is as good as "http://localhost:8474"."""
    if url.startswith("unix:"):
        path = url[len("unix:"):]
        path = path[2:] if path.startswith("//") else path
        if not path:
            raise ValueError("url: unix: has no path")
        return Place(path=path), None
    try:
        parts = urllib.parse.urlsplit(
            url if "://" in url else "http://" + url)
        port = parts.port or DEFAULT_PORT[parts.scheme]
    except (KeyError, ValueError):
        parts = urllib.parse.SplitResult("", "", "", "", "")
    if not parts.hostname:
        raise ValueError(f"url: not of http, https or unix, or it has no "
                         f"host: {without_password(url)!r}")
    return Place(parts.hostname, port, parts.path.rstrip("/"),
                 is_tls=parts.scheme == "https"), basic(parts)


def trusting(cafile: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags |= PARTIAL_CHAIN
    return context


@dataclass(frozen=True)
class Settings:
    place: Place
    headers: Mapping[str, str]
    credential: Given
    timeout: float
    context: ssl.SSLContext | None

    def connection(self) -> http.client.HTTPConnection:
        """Not yet made"""
        at = self.place
        if at.path is not None:
            return UnixConnection(at.path, self.timeout)
        if at.is_tls:
            return http.client.HTTPSConnection(
                at.host, at.port, timeout=self.timeout, context=self.context)
        return http.client.HTTPConnection(
            at.host, at.port, timeout=self.timeout)

    @property
    def listen(self) -> str:
        """For a proxy that is to be reached from here, at a port that is
        free"""
        return "localhost:0" if self.place.is_local else ":0"


def tenant_header(tenant: str) -> dict[str, str]:
    if not re.fullmatch(r"[!-~]{0,200}", tenant):
        raise ValueError(
            "no tenant has such a name: it has blanks, or is too long")
    return {"X-Toxid-Tenant": tenant}


def find(url: str | None, token: str | None, tenant: str | None,
         cafile: str | None, context: ssl.SSLContext | None,
         timeout: float) -> Settings:
    """What is None is looked for where toxictl looks for it."""
    environment = os.environ.get
    if url is None:
        url = environment("TOXIPROXY_URL") or DEFAULT_URL
        if tenant is None:  # of that server
            tenant = environment("TOXICTL_TENANT") or None
    place, authorization = parse(url)
    given = find_token(token, authorization)
    headers = {"Content-Type": "application/json",
               "User-Agent": "toxid-python"}
    if given.authorization:
        headers["Authorization"] = given.authorization
    if tenant is not None:
        headers.update(tenant_header(tenant))
    if place.is_tls and context is None:
        context = trusting(cafile or environment("TOXICTL_CACERT") or None)
    return Settings(place, headers, given, timeout, context)
