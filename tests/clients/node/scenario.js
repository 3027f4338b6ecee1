// SPDX-License-Identifier: ISC
// toxiproxy-node-client drives toxid in front of a real Redis.

import assert from "node:assert/strict";
import { Toxiproxy } from "toxiproxy-node-client";
import { command, ping } from "./redis.js";

const upstream = process.env.REDIS;
const toxiproxy = new Toxiproxy(`http://${process.env.TOXID}`);
const name = "node_redis";

async function withToxic(proxy, type, attributes, check) {
  const toxic = await proxy.addToxic({ type, attributes });
  assert.equal(toxic.name, `${type}_downstream`);
  await check(toxic);
  await toxic.remove();
  assert.equal((await ping(proxy.listen)).text, "+PONG\r\n", type);
}

async function createAndErrors() {
  const body = { name, listen: "127.0.0.1:0", upstream };
  const proxy = await toxiproxy.createProxy(body);

  assert.match(await toxiproxy.getVersion(), /version/);
  assert.equal((await ping(proxy.listen)).text, "+PONG\r\n");
  await assert.rejects(toxiproxy.createProxy(body), /status code 409/);
  await assert.rejects(toxiproxy.get("node_unknown"), /status code 404/);
  await assert.rejects(proxy.getToxic("none"), /status code 404/);
  await assert.rejects(proxy.addToxic({ type: "none" }), /status code 400/);
  return proxy;
}

async function latency(proxy) {
  await withToxic(proxy, "latency", { latency: 100 }, async (toxic) => {
    assert.ok((await ping(proxy.listen)).last >= 100);
    const body = { ...toxic.toJson(), attributes: { latency: 1000 } };
    const updated = await toxic.update(body);
    assert.deepEqual(updated.attributes, { latency: 1000, jitter: 0 });
    assert.ok((await ping(proxy.listen)).last >= 1000);
    const found = await proxy.getToxic("latency_downstream");
    assert.equal(found.attributes.latency, 1000);
  });
  await assert.rejects(proxy.getToxic("latency_downstream"), /404/);
  assert.ok((await ping(proxy.listen)).last < 1000);
}

async function otherToxics(proxy) {
  await withToxic(proxy, "bandwidth", { rate: 10 }, async () => {
    const got = await command(proxy.listen, `ECHO ${"x".repeat(3000)}`, 3009);
    assert.equal(got.text.length, 3009);
    assert.ok(got.last >= 250, `3009 bytes in ${got.last} ms`);
  });
  await withToxic(proxy, "timeout", { timeout: 100 }, async () => {
    const got = await ping(proxy.listen);
    assert.deepEqual([got.text, got.code], ["", null]);
    assert.ok(got.end >= 100);
  });
  await withToxic(proxy, "reset_peer", { timeout: 0 }, async () => {
    assert.equal((await ping(proxy.listen)).code, "ECONNRESET");
  });
  await withToxic(proxy, "limit_data", { bytes: 3 }, async () => {
    assert.equal((await ping(proxy.listen)).text, "+PO");
  });
  const slicer = { average_size: 1, size_variation: 0, delay: 10000 };
  await withToxic(proxy, "slicer", slicer, async () => {
    const got = await ping(proxy.listen);
    assert.equal(got.text, "+PONG\r\n");
    assert.ok(got.last >= 60, `7 slices in ${got.last} ms`);
  });
  await withToxic(proxy, "slow_close", { delay: 200 }, async () => {
    const got = await command(proxy.listen, "QUIT");
    assert.equal(got.text, "+OK\r\n");
    assert.ok(got.end >= 200, `closed after ${got.end} ms`);
  });
}

async function disableAndEnable(proxy) {
  const { listen } = proxy;
  const down = await proxy.update({ enabled: false });
  assert.equal(down.enabled, false);
  assert.equal((await ping(listen)).code, "ECONNREFUSED");
  const up = await proxy.update({ enabled: true });
  assert.equal(up.listen, listen);
  assert.equal((await ping(listen)).text, "+PONG\r\n");
}

async function populateResetDelete(proxy) {
  const others = ["node_a", "node_b"];
  const made = await toxiproxy.populate(others.map((name) =>
    ({ name, listen: "127.0.0.1:0", upstream })));
  assert.deepEqual(Object.keys(made), others);
  const all = await toxiproxy.getAll();
  for (const each of [name, ...others])
    assert.equal((await ping(all[each].listen)).text, "+PONG\r\n");

  await proxy.addToxic({ type: "timeout", attributes: { timeout: 0 } });
  await made.node_a.update({ enabled: false });
  await toxiproxy.reset();
  assert.equal((await ping(proxy.listen)).text, "+PONG\r\n");
  assert.equal((await ping(made.node_a.listen)).text, "+PONG\r\n");

  for (const each of [proxy, made.node_a, made.node_b])
    await each.remove();
  await assert.rejects(toxiproxy.get(name), /status code 404/);
  assert.equal((await ping(proxy.listen)).code, "ECONNREFUSED");
}

const proxy = await createAndErrors();
await latency(proxy);
await otherToxics(proxy);
await disableAndEnable(proxy);
await populateResetDelete(proxy);
