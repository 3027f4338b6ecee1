# SPDX-License-Identifier: ISC
"""The way to a server."""

from __future__ import annotations

import ssl

from . import settings
from .calls import Calls


class Client(Calls):
    """A server, and who we are to it.  Nothing is sent yet.

    url      "http://localhost:8474", "https://lab.example:8474",
             "unix:/run/toxid/api.sock"; None: $TOXIPROXY_URL, or the first of
             these.  What is before an "@" in it is a user and a password, as
             which a token does.
    token    None: the URL's, $TOXIPROXY_AUTH_TOKEN, or what toxictl keeps in
             ~/.config/toxictl/token; "": none
    tenant   in which to act, of an administrator: "" is the one without a
             name, "*" all of them; None: the token's own, or, where url is
             None, too, $TOXICTL_TENANT
    cafile   certificates by one of which that of https is to be signed, or its
             own; None: $TOXICTL_CACERT, or those of the system
    context  all else of TLS, as a certificate of ours
    timeout  s, for which a call waits for the next byte

    ValueError, OSError: a URL, a token or a file that is no good.  Any number
    of threads may use one.
    """

    def __init__(self, url: str | None = None, *, token: str | None = None,
                 tenant: str | None = None, cafile: str | None = None,
                 context: ssl.SSLContext | None = None,
                 timeout: float = 30) -> None:
        super().__init__(settings.find(
            url, token, tenant, cafile, context, timeout))
