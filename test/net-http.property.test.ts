// Laws of the HTTP reader over real sockets: whatever a server sends, in whatever pieces, the answer is the same or an
// error that explains itself.

import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { isPinionError } from "../src/errors.ts";
import { answer, startScript } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";

const pieces = fc.constantFrom(
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.0 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 302 Found\r\nLocation: /\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Content-Encoding: gzip\r\n",
  "Content-Encoding: br\r\n",
  "Connection: close\r\n",
  "Retry-After: Fri, 99 Nov 2026\r\n",
  "X: \u0000\r\n",
  " folded\r\n",
  ": nameless\r\n",
  "\r\n",
  "\n",
  "5\r\nhello\r\n",
  "0\r\n\r\n",
  "ffffffffffff\r\n",
  "hello",
  gzipSync("hello").toString("latin1"),
);

test("fails only in words, whatever comes", async () => {
  let bytes = Buffer.alloc(0);
  await using server = await startScript((_, socket) => void socket.end(bytes));
  using client = openClient({ retries: 0, silenceTimeoutMs: 20_000 });
  const law = fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), fc.boolean(), async (parts, isStream) => {
    bytes = Buffer.from(parts.join(""), "latin1");
    try {
      const response = await client.request(server.origin, {
        body: isStream ? "stream" : "whole",
        maxBytes: 10_000,
      });
      await response.bytes();
    } catch (error) {
      expect(isPinionError(error), String(error)).toBe(true);
    }
  });
  await fc.assert(law, { numRuns: 250 });
});

test("reads the same from any pieces", async () => {
  const body = gzipSync("hello ".repeat(500));
  const chunked = Buffer.concat([
    Buffer.from(
      "HTTP/1.1 103 Early\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    Buffer.from(`${body.length.toString(16)};a=b\r\n`),
    body,
    Buffer.from("\r\n0\r\nTrailer: x\r\n\r\n"),
  ]);
  let cuts: readonly number[] = [];
  await using server = await startScript((_, socket) => {
    const ends = [...cuts.map((cut) => cut % chunked.length).toSorted((a, b) => a - b), chunked.length];
    let from = 0;
    const send = (): void => {
      const end = ends.shift();
      if (end === undefined) return;
      socket.write(chunked.subarray(from, end));
      from = end;
      setImmediate(send);
    };
    send();
  });
  using client = openClient({ retries: 0 });
  const law = fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), async (where) => {
    cuts = where;
    expect(await (await client.request(server.origin)).text()).toBe("hello ".repeat(500));
  });
  await fc.assert(law, { numRuns: 60 });
  expect(server.connections).toBe(1);
});

test("an answer that is cut anywhere is never a shorter one", async () => {
  const whole = answer(gzipSync("hello"), ["Content-Encoding: gzip"]);
  let length = 0;
  await using server = await startScript((_, socket) => void socket.end(whole.subarray(0, length)));
  using client = openClient({ retries: 0 });
  for (length = 0; length < whole.length; length++) {
    await expect(client.request(server.origin)).rejects.toSatisfy(isPinionError);
  }
});
