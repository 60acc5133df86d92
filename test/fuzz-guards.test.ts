// The guards against inputs made by chance: some thousands here, 100,000 each by `npm run fuzz:guards`.

import { describe, expect, test } from "vitest";
import { fuzzPages, fuzzRedirects, fuzzSettings, type FuzzedGuard } from "./support/fuzz-guards.ts";
import { fuzzJournals } from "./support/fuzz-journals.ts";

function expectUnbroken({ broken, inputs, taken }: FuzzedGuard): void {
  expect(broken).toEqual([]);
  // Both happen, or the inputs are not worth much.
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(inputs);
}

describe("guards against inputs made by chance", () => {
  // Promise: whatever a journal says, nothing outside of its environment changes
  // Attack: 100,000 journals made by chance from good and hostile parts
  test.skipIf(process.platform === "win32")("let no journal reach out of its environment", () => {
    expectUnbroken(fuzzJournals({ inputs: 300, seed: 1 }));
  });

  // Promise: the files of a page from the network are on the network, under plain names
  // Attack: 100,000 pages made by chance, with bases and links of every scheme
  test("let no page name a local file", () => {
    expectUnbroken(fuzzPages({ inputs: 3_000, seed: 1 }));
  });

  // Promise: a settings file is read or refused, and nothing else happens
  // Attack: 100,000 settings files made by chance
  test("read or refuse every settings file", () => {
    expectUnbroken(fuzzSettings({ inputs: 3_000, seed: 1 }));
  });

  // Promise: credentials stay with their origin, and with TLS
  // Attack: 100,000 redirects made by chance
  test("let no redirect take credentials along", () => {
    expectUnbroken(fuzzRedirects({ inputs: 3_000, seed: 1 }));
  });
});
