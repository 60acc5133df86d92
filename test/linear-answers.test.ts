// A server may send every byte of an answer by itself, as TLS records of one byte do: twice the bytes take about twice the time.

import { Socket } from "node:net";
import { expect, test } from "vitest";

import { Http1Connection } from "../src/net/http/http1.ts";
import { bestTimes, isLinear } from "./linear-time.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// Promise: untrusted input cannot make a command hang
// Attack: a server sends the head of its answer, or what is between its chunks, one byte at a time
test.each([
  ["a head of many short lines", "HTTP/1.1 200 OK\r\n", "a: b\r\n"],
  ["a head that folds its lines", "HTTP/1.1 200 OK\r\nA: b\r\n", " \n"],
  ["a head of one long line", "HTTP/1.1 200 OK\r\nA: ", "a"],
  ["many chunks", CHUNKED, "1\r\na\r\n"],
  ["long extensions of chunks", CHUNKED, `1;${"a".repeat(1000)}\r\na\r\n`],
  ["trailers", `${CHUNKED}0\r\n`, "a: b\r\n"],
])(
  "reads %s in time proportional to its length",
  async (_what, head, unit) => {
    // Four times as much is still below the bound of a head.
    const inputs = [1, 2, 4].map((times) => head + unit.repeat(Math.ceil((times * 15 * 1024) / unit.length)));
    const best = await bestTimes(inputs, readByteByByte);
    expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  },
  240_000,
);

/** The answer is read to its end, or to its first fault. */
async function readByteByByte(text: string): Promise<void> {
  const socket = new SilentSocket();
  const endpoint = { host: "index.example", port: 80, isTls: false };
  const connection = new Http1Connection(socket, endpoint, { silenceTimeoutMs: 600_000 });
  const read = async (): Promise<void> => {
    const { pour } = await connection.exchange({ method: "GET", target: "/", headers: {} });
    await pour(() => undefined);
  };
  const end = read().catch(() => undefined);
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += 1) {
    socket.emit("data", bytes.subarray(at, at + 1));
    await Promise.resolve();
  }
  socket.emit("end");
  await end;
  connection.close();
}

class SilentSocket extends Socket {
  override write(): boolean {
    return true;
  }
}
