// The readers of trust against inputs made by chance: a few thousand here, a million by `npm run fuzz:trust`.

import { describe, expect, test } from "vitest";
import { fuzzTrust } from "./support/fuzz-trust.ts";

describe("readers of trust", () => {
  const results = fuzzTrust({ inputs: 4_000, seed: 1 });

  test.each(results)(
    "$name: end in a value or in a refusal of their own",
    ({ name, inputs, taken, broken }) => {
      expect(broken).toEqual([]);
      // Both happen, or the inputs are not worth much; but a chain that was touched is a forged one.
      if (name !== "chains") expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(inputs);
    },
  );

  test.each(results)("$name: take no input much time", ({ slowestMs }) => {
    expect(slowestMs).toBeLessThan(SLOWEST_MS);
  });
});

/** A search may take 250 ms; twice that for machines under load, and more. */
const SLOWEST_MS = 10_000;
