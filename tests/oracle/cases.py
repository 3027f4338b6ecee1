# SPDX-License-Identifier: ISC
"""What is asked of both programs.

A group starts without any proxy.  @A@ to @C@ are free ports, of each
program its own; @API@ is its API's, @BUSY@ one that nobody can have.
"""

from dataclasses import dataclass, field


@dataclass
class Step:
    """One request.  `key` names the rule under which ours may differ in
    everything; it has to, and then "STATUS BODY" has to match `want`."""

    method: str
    path: str
    body: str | None = None
    headers: tuple = ()
    version: str = "HTTP/1.1"
    raw: bytes | None = None
    key: str | None = None
    want: str = ""

    def title(self):
        if self.raw is not None:
            return repr(self.raw[:70])
        body = "" if self.body is None else " " + self.body[:60]
        return "%s %s%s" % (self.method, self.path, body)


@dataclass
class Group:
    name: str
    steps: list = field(default_factory=list)
    # What the original cannot delete again: both are started anew after it.
    leaves_rubbish: bool = False


GROUPS = []


def req(line, body=None, *headers, **other):
    method, path = line.split(" ", 1)
    return Step(method, path, body, headers, **other)


def raw(data, **other):
    return Step("", "", raw=data, **other)


def group(name, *steps, leaves_rubbish=False):
    GROUPS.append(Group(name, list(steps), leaves_rubbish))


def each(name, line, bodies, before=(), after=()):
    """A group for each body: `before`, the request with it, `after`; but
    where it is answered differently, what comes after it is too."""
    for body in bodies:
        if isinstance(body, str):
            body = (body,)
        text, key, want = (*body, None, "")[:3]
        step = req(line, text, key=key, want=want)
        GROUPS.append(Group(name, [*before, step, *(() if key else after)]))


def different(key, want, text):
    """For each(): this body is answered differently, under rule `key`."""
    return text, key, want


UP = '"upstream":"127.0.0.1:1"'
A = '{"name":"a","listen":"127.0.0.1:@A@",%s}' % UP
B = '{"name":"b","listen":"127.0.0.1:@B@",%s}' % UP
OFF = '{"name":"a","listen":"127.0.0.1:@A@",%s,"enabled":false}' % UP
MAKE_A = req("POST /proxies", A)
MAKE_B = req("POST /proxies", B)
MAKE_OFF = req("POST /proxies", OFF)
LIST = req("GET /proxies")
SHOW = req("GET /proxies/a")
TOXICS = "POST /proxies/a/toxics"
TOXIC = "/proxies/a/toxics/latency_downstream"
LATENCY = '{"type":"latency","attributes":{"latency":100,"jitter":10}}'
MAKE_TOXIC = req(TOXICS, LATENCY)
SHOW_TOXICS = req("GET /proxies/a/toxics")
