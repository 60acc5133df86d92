import { expect, test } from "vitest";

import { GatheredBytes } from "./gathered-bytes.ts";

test("gives pieces of any size as one, in order", () => {
  const sizes = [0, 1, 1023, 1024, 1, 40_000, 0, 7, 16_000, 900, 900, 5000];
  const gathered = new GatheredBytes();
  const pieces = sizes.map((size, index) => Buffer.alloc(size, index));
  for (const piece of pieces) gathered.add(piece);
  expect(gathered.bytes()).toEqual(Buffer.concat(pieces));
});

test("copies small pieces, whose memory may be used again, and gives nothing for nothing", () => {
  const gathered = new GatheredBytes();
  expect(gathered.bytes()).toHaveLength(0);
  const piece = Buffer.from("a");
  gathered.add(piece);
  piece.write("b");
  gathered.add(piece);
  expect(gathered.bytes().toString()).toBe("ab");
});

// Promise: untrusted input cannot exhaust memory or time
// Attack: a body of which each byte comes as a piece of its own
test("keeps no object for each of very many pieces", () => {
  const gathered = new GatheredBytes();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 1_000_000; index += 1) gathered.add(Buffer.from([index & 0xff]));
  // A million views would keep some hundred megabytes.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 1024 ** 2);
  expect(gathered.bytes()[999_999]).toBe(999_999 & 0xff);
});
