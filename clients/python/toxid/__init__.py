# SPDX-License-Identifier: ISC
"""toxid and Toxiproxy, told what to do from Python.

    from toxid import Client, Latency

    client = Client()  # localhost:8474
    proxy = client.create_proxy("redis", "localhost:6379")
    with client.toxics("redis", Latency(1000, jitter=100)):
        ...  # what connects to proxy.address has a slow Redis
"""

from . import kinds
from .aio import AsyncCalls, AsyncClient, AsyncSession
from .calls import Calls
from .client import Client
from .errors import (
    BadAnswer, BadRequest, Conflict, Error, Forbidden, NoAnswer, NotFound,
    NotStarted, Refused, TooManyRequests, Unauthorized, Unreachable,
    Unsupported)
from .kinds import *
from .server import Server
from .session import Session
from .values import (
    Bytes, Caller, Halts, Happened, Health, Limit, Proxy, ProxyHealth, Role,
    Token, Toxic)

__all__ = [
    "AsyncCalls", "AsyncClient", "AsyncSession", "BadAnswer", "BadRequest",
    "Bytes", "Caller", "Calls", "Client", "Conflict", "Error", "Forbidden",
    "Halts", "Happened", "Health", "Limit", "NoAnswer", "NotFound",
    "NotStarted", "Proxy", "ProxyHealth", "Refused", "Role", "Server",
    "Session", "Token", "TooManyRequests", "Toxic", "Unauthorized",
    "Unreachable", "Unsupported",
]
__all__ += kinds.__all__
