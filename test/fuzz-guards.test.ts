// The guards against inputs made by chance: some hundreds here, 100,000 each by `npm run fuzz:guards`.

import { describe, expect, test } from "vitest";
import { fuzzJournals } from "./support/fuzz-journals.ts";

describe("guards", () => {
  // Promise: whatever a journal says, nothing outside of its environment changes
  // Attack: 100,000 journals made by chance from good and hostile parts
  test.skipIf(process.platform === "win32")("let no journal reach out of its environment", () => {
    const { broken, inputs, taken } = fuzzJournals({ inputs: 600, seed: 1 });
    expect(broken).toEqual([]);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(inputs);
  });
});
