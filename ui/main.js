// SPDX-License-Identifier: ISC
// What runs here, and how it is.

const API = new URL("..", import.meta.url);

const reply = await fetch(new URL("health", API), {
	cache: "no-store",
	headers: { "X-Toxid-UI": "1" },
});
const health = await reply.json();

document.getElementById("version").textContent = health.version ?
	`toxid ${health.version}, ${health.ready ? "ready" : "not ready: " +
		health.reasons.join(", ")}` : health.error;
