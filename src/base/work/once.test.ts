import { expect, test } from "vitest";

import { madeOnce, once } from "./once.ts";

test("a value is made for each key once, also one that counts as false", () => {
  const known = new Map<string, number>();
  let made = 0;
  const ask = (key: string): number => madeOnce(known, key, () => made++);
  expect(["a", "a", "b", "a"].map(ask)).toEqual([0, 0, 1, 0]);
});

test("work that failed is started again by the next caller", async () => {
  const known = new Map<string, Promise<string>>();
  await expect(once(known, "a", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await once(known, "a", () => Promise.resolve("done"))).toBe("done");
  expect(await once(known, "a", () => Promise.resolve("again"))).toBe("done");
});
