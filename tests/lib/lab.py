# SPDX-License-Identifier: ISC
"""A toxid that several tenants share: a and b, with a reader in each, and ops,
whose token is an administrator's."""

import hashlib
import json

from rig import Toxid

# Who brings what; none of them can be guessed from another.
TOKENS = {who: hashlib.sha256(who.encode()).hexdigest()[:40]
          for who in ("a", "b", "a-reader", "b-reader", "admin", "expired")}
WRONG = "0123456789abcdef" * 2


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def token(who, role="tenant", **more):
    return {"name": who, "sha256": digest(TOKENS[who]), "role": role, **more}


def tenant(name, *tokens, **more):
    return {"name": name, "tokens": list(tokens),
            "upstreams": {"allow": ["loopback"]}, **more}


def standard():
    return [
        tenant("a", token("a"), token("a-reader", "reader"),
               token("expired", expires="2001-01-01T00:00:00Z")),
        tenant("b", token("b"), token("b-reader", "reader")),
        tenant("ops", token("admin", "admin"))]


def bearer(who, of=None):
    """who: of TOKENS; None: nobody.  of: whom he means to act for"""
    headers = {}
    if who is not None:
        headers["Authorization"] = f"Bearer {TOKENS.get(who, who)}"
    if of is not None:
        headers["X-Toxid-Tenant"] = of
    return headers


class Lab(Toxid):
    def __init__(self, folder, *args, tenants=None, more=None, **popen):
        self.file = folder / "lab.json"
        self.say(tenants, more)
        super().__init__("-config", str(self.file), *args, **popen)

    def say(self, tenants=None, more=None):
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({
            "tenants": standard() if tenants is None else tenants,
            **(more or {})}))
        new.rename(self.file)

    def ask(self, who, method, path, body=None, of=None, headers=None):
        return self.request(method, path, body,
                            {**bearer(who, of), **(headers or {})})

    def make(self, who, name, upstream="127.0.0.1:9", of=None, **more):
        r = self.ask(who, "POST", "/proxies", {
            "name": name, "listen": "127.0.0.1:0", "upstream": upstream,
            **more}, of)
        assert r.status == 201, r
        return r.json()

    def audit(self, **fields):
        return [line for line in self.log()
                if line.get("message") == "Audit" and
                all(line.get(k) == v for k, v in fields.items())]
