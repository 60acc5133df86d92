import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Limit } from "./limit.ts";

describe("Limit.run", () => {
  test("never gives out more than there is, and lets everything through in the order of asking", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(30), { maxLength: 40 }),
        async (capacity, wants) => {
          const limit = new Limit(capacity);
          const started: number[] = [];
          let used = 0;
          const work = wants.map((want, number) =>
            limit.run(want, async () => {
              used += Math.min(want, capacity);
              started.push(number);
              expect(used).toBeLessThanOrEqual(capacity);
              await Promise.resolve();
              used -= Math.min(want, capacity);
            }),
          );
          await Promise.all(work);
          expect(started).toEqual(wants.map((_, number) => number));
        },
      ),
    );
  });

  test("takes its units back from work that fails", async () => {
    const limit = new Limit(1);
    await expect(limit.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await limit.run(1, () => Promise.resolve("yes"))).toBe("yes");
  });
});
