# SPDX-License-Identifier: ISC
"""toxid and Toxiproxy, told what to do from Python.

    from toxid import Client, Latency

    client = Client()  # localhost:8474
    proxy = client.create_proxy("redis", "localhost:6379")
    with client.toxics("redis", Latency(1000, jitter=100)):
        ...  # what connects to proxy.address has a slow Redis
"""

from . import kinds
from .aio import AsyncCalls, AsyncClient, AsyncEvents, AsyncSession
from .calls import Calls
from .client import Client
from .errors import (
    BadAnswer, BadRequest, Conflict, Error, Forbidden, NoAnswer, NotFound,
    NotStarted, NotYet, Refused, TooManyRequests, Unauthorized, Unreachable,
    Unsupported)
from .events import Events
from .kinds import *
from .server import Server
from .session import Session
from .values import (
    Bytes, Caller, Connect, Desired, Halts, Happened, Health, Limit, Profile, Proxy,
    ProxyHealth, Role, Scenario, Select, Step, Token, Toxic, Wave)
from .watched import (
    Change, EndedSession, Event, ProxySession, ProxyStats, ToxicStats,
    ToxicWork)

__all__ = [
    "AsyncCalls", "AsyncClient", "AsyncEvents", "AsyncSession", "BadAnswer",
    "BadRequest", "Bytes", "Caller", "Calls", "Change", "Client", "Conflict",
    "Connect", "Desired", "EndedSession", "Error", "Event", "Events", "Forbidden",
    "Halts", "Happened", "Health", "Limit", "NoAnswer", "NotFound", "NotStarted",
    "NotYet", "Profile", "Proxy", "ProxyHealth", "ProxySession", "ProxyStats", "Refused",
    "Role", "Scenario", "Select", "Server", "Session", "Step", "Token",
    "TooManyRequests", "Toxic",
    "ToxicStats", "ToxicWork", "Unauthorized", "Unreachable", "Unsupported",
    "Wave",
]
__all__ += kinds.__all__
