# SPDX-License-Identifier: ISC
"""A toxid is asked by schemathesis what its /openapi.json offers, as it says and
otherwise, and all that it replies has to be as it says; once without tenants,
once with.

usage: check.py VENV EXAMPLES (of each operation)"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

from lab import Lab, bearer  # noqa: E402
from rig import Toxid  # noqa: E402

# Proxies are on loopback, whatever is asked for, and not many.
ARGS = ("-proxy-metrics", "-runtime-metrics", "-max-proxies", "50",
        "-bind-policy", "127.0.0.1:*")
# Their reply is over when their client goes.
ENDLESS = re.compile("ndjson|event-stream")
ONLY_OF_TENANTS = "TokenIndex TokenCreate TokenDelete"
# Nobody connects to the proxies.
WITHOUT_CLIENTS = ("ProxySessionShow ProxySessionEnd OwnToxicIndex "
                   "OwnToxicShow OwnToxicCreate OwnToxicUpdate "
                   "OwnToxicUpdate_POST OwnToxicDelete")
TIMEOUT = 900  # s; of what takes 20 on a machine that has nothing else to do


def document_of(toxid, headers):
    reply = toxid.request("GET", "/openapi.json", headers=headers)
    assert reply.status == 200, reply
    return reply.json()


def endless(document):
    for item in document["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            for reply in operation["responses"].values():
                name = reply["$ref"].rpartition("/")[2]
                content = document["components"]["responses"][name]
                if ENDLESS.search(str(list(content.get("content", ())))):
                    yield operation["operationId"]


def ask(venv, toxid, headers, examples, not_there):
    skipped = sorted(set(endless(document_of(toxid, headers))))
    command = [
        venv / "bin/st", "--no-color", "--config-file",
        HERE / "schemathesis.toml", "run", "--max-examples", str(examples),
        f"http://{toxid.host}:{toxid.port}/openapi.json"]
    for name in skipped:
        command += ["--exclude-operation-id", name]
    for key, value in headers.items():
        command += ["--header", f"{key}: {value}"]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
           "NOT_THERE": not_there,
           "URL": f"http://{toxid.host}:{toxid.port}",
           "AUTHORIZATION": headers.get("Authorization", "")}
    with tempfile.TemporaryDirectory() as folder:
        r = subprocess.run(command, env=env, cwd=folder,
                           stdin=subprocess.DEVNULL, timeout=TIMEOUT)
    assert r.returncode == 0, f"schemathesis ends with {r.returncode}"
    # ... and it is as well as it was
    health = toxid.request("GET", "/health", headers=headers).json()
    assert health["ready"], health
    assert not sum(role["restarts"] for role in health["roles"].values()), (
        health, last_words(toxid))


def last_words(toxid):
    return [line for line in toxid.log()
            if line["level"] not in ("trace", "debug", "info") or
            line["message"] == "Child died"]


def main(venv, examples):
    with Toxid(*ARGS) as toxid:
        subprocess.run([venv / "bin/openapi-spec-validator", "-"],
                       input=json.dumps(document_of(toxid, {})), text=True,
                       check=True)
        ask(venv, toxid, {}, examples,
            f"{WITHOUT_CLIENTS} {ONLY_OF_TENANTS}")
    with tempfile.TemporaryDirectory() as folder, Lab(
            pathlib.Path(folder), *ARGS) as lab:
        ask(venv, lab, bearer("admin"), examples, WITHOUT_CLIENTS)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]))
