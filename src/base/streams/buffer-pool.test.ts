import { expect, test } from "vitest";

import { BufferPool } from "./buffer-pool.ts";

test("memory that was given back is used again, for anything that needs as much", () => {
  const pool = new BufferPool();
  const first = pool.take(300_000);
  expect(first.length).toBe(512 * 1024);
  pool.give(first.subarray(0, 300_000));
  const second = pool.take(512 * 1024);
  expect(second.buffer).toBe(first.buffer);
  expect(pool.take(400_000).buffer).not.toBe(first.buffer);
});

test("the smallest that is large enough is used before any is made", () => {
  const pool = new BufferPool();
  const [small, large] = [pool.take(1_000_000), pool.take(2_000_000)];
  pool.give(large);
  pool.give(small);
  expect(pool.take(300_000).buffer).toBe(small.buffer);
  expect(pool.take(300_000).buffer).toBe(large.buffer);
  expect(pool.take(300_000).length).toBe(512 * 1024);
});

test("memory of other sizes is made, and not kept", () => {
  const pool = new BufferPool();
  const large = pool.take(9_000_000);
  expect(large.length).toBe(9_000_000);
  pool.give(large);
  expect(pool.take(9_000_000).buffer).not.toBe(large.buffer);
  const foreign = Buffer.allocUnsafeSlow(300_000);
  pool.give(foreign);
  expect(pool.take(300_000).buffer).not.toBe(foreign.buffer);
});

test("what is cleared is not handed out again", () => {
  const pool = new BufferPool();
  const first = pool.take(1);
  pool.give(first);
  pool.clear();
  expect(pool.take(1).buffer).not.toBe(first.buffer);
});
