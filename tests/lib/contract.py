# SPDX-License-Identifier: ISC
"""What a toxid says at /openapi.json of its own replies, held against them."""

import json

import jsonschema


class Contract:
    def __init__(self, document):
        self.document = document

    def resolved(self, node):
        """... where it stands, or what it refers to"""
        if "$ref" not in node:
            return node
        found = self.document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found

    def operation(self, method, path):
        """Of a path as it is in the table; what answers any method has GET."""
        item = self.document["paths"][path]
        return item[method.lower() if method.lower() in item else "get"]

    def reply(self, method, path, status):
        replies = self.operation(method, path)["responses"]
        assert str(status) in replies, (method, path, status)
        return self.resolved(replies[str(status)])

    def schema_fits(self, schema, value):
        jsonschema.Draft202012Validator(
            {**schema, "components": self.document["components"]},
        ).validate(value)

    def check(self, method, path, status, kind, body):
        """kind: its Content-Type, or None; body: bytes"""
        content = self.reply(method, path, status).get("content")
        if content is None:
            assert (kind, body) == (None, b""), (method, path, status)
            return
        kind = (kind or "none").partition(";")[0]
        assert kind in content, (method, path, status, kind)
        if kind == "application/json":
            self.schema_fits(content[kind]["schema"], json.loads(body))
