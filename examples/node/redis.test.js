import assert from "node:assert/strict";
import { test } from "node:test";
import Redis from "ioredis";
import { Toxiproxy } from "toxiproxy-node-client";

test("a slow Redis is given up", async (t) => {
  const toxiproxy = new Toxiproxy("http://localhost:8474");
  const proxy = await toxiproxy.createProxy({
    name: "redis", listen: "localhost:26379", upstream: "localhost:6379",
  });
  const client = new Redis({ port: 26379, commandTimeout: 200 });
  t.after(async () => {
    client.disconnect();
    await proxy.remove();
  });
  assert.equal(await client.ping(), "PONG");

  const toxic = await proxy.addToxic({
    type: "latency", attributes: { latency: 1000 },
  });
  await assert.rejects(client.ping(), /timed out/);

  await toxic.remove();
  assert.equal(await client.ping(), "PONG");
});
