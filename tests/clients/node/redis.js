// SPDX-License-Identifier: ISC
// The program under test: sends one Redis command and says how it ended.

import net from "node:net";

// Resolves to the bytes that came, the milliseconds to the last of them and
// to the end, and the code of a socket error.  Stops reading at `want` bytes.
export function command(address, line, want = Infinity) {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const start = performance.now();
    const seen = { text: "", last: 0, end: 0, code: null };
    const socket = net.connect(Number(port), host, () =>
      socket.write(`${line}\r\n`));
    socket.setTimeout(10000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (data) => {
      seen.text += data;
      seen.last = performance.now() - start;
      if (seen.text.length >= want)
        socket.end();
    });
    socket.on("error", (error) => {
      seen.code = error.code ?? error.message;
    });
    socket.on("close", () => {
      seen.end = performance.now() - start;
      resolve(seen);
    });
  });
}

export const ping = (address) => command(address, "PING", 7);
