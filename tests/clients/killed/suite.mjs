// SPDX-License-Identifier: ISC
// A suite that makes things until it is killed; see killed.py.

import assert from "node:assert/strict";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const env = process.env;
const ttl = Number(env.TTL);

const headers = {
  "Authorization": `Bearer ${env.TOKEN}`,
  "Content-Type": "application/json",
};

// What was made then need not be there any more.
function isOver(since) {
  return ttl > 0 && performance.now() - since > ttl;
}

function ask(method, path, body) {
  return fetch(`http://${env.TOXID}${path}`, { method, headers, body });
}

async function call(method, path, body, good, since) {
  const reply = await ask(method, path, body && JSON.stringify(body));
  const said = await reply.text();
  if (reply.status === 404 && isOver(since))
    return {};
  assert.equal(reply.status, good, `${path} ${reply.status} ${said}`);
  return JSON.parse(said || "{}");
}

function ping(listen, since) {
  const [host, port] = listen.split(":");
  return new Promise((resolve, reject) => {
    const s = net.connect(Number(port), host, () => s.write("hello"));
    let got = "";
    s.on("data", (data) => {
      got += data;
      if (got === "hello")
        s.end();
    });
    s.on("error", (error) => got = error.message);
    s.on("close", () => got === "hello" || isOver(since) ? resolve()
      : reject(new Error(`it says "${got}"`)));
  });
}

async function turn(n) {
  const name = `${env.PREFIX}${n}`;
  const mine = `/proxies/${name}`;
  const shared = `/proxies/${env.SHARED}/toxics`;
  const since = performance.now();
  const toxic = { name, type: "latency", ttl, attributes: { latency: 1 } };
  const made = await call("POST", "/proxies", {
    name, listen: "127.0.0.1:0", upstream: env.UPSTREAM, ttl,
  }, 201, since);
  await call("POST", `${mine}/toxics`, toxic, 200, since);
  await call("POST", shared, toxic, 200, since);
  if (made.listen)
    await ping(made.listen, since);
  await call("POST", `${mine}/lease`, { ttl }, 200, since);
  if (n % 4 !== 0) {
    await call("DELETE", mine, null, 204, since);
    await call("DELETE", `${shared}/${name}`, null, 204, since);
  }
}

if (env.SESSION) {
  const session = await ask("POST", "/session"); // it stays open
  globalThis.lines = session.body.getReader();
  const { value } = await globalThis.lines.read();
  const { id } = JSON.parse(new TextDecoder().decode(value));
  headers["X-Toxid-Session"] = id;
}
for (let n = 0; ; n++) {
  await turn(n);
  console.log(n);
  await sleep(50);
}
