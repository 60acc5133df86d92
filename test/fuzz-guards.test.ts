// The guards against inputs made by chance: some thousands here, 100,000 each by `npm run fuzz:guards`.

import { describe, expect, test } from "vitest";
import { fuzzPages, fuzzRedirects, fuzzSettings, type FuzzedGuard } from "./support/fuzz-guards.ts";
import { fuzzJournals } from "./support/fuzz-journals.ts";
import { fuzzRemoteFiles } from "./support/fuzz-remote-files.ts";

/** The breaches; also where all inputs were accepted or none, because such inputs show nothing. */
function tellBreaches({ broken, inputs, taken }: FuzzedGuard): readonly unknown[] {
  return taken > 0 && taken < inputs ? broken : [{ taken, inputs }];
}

describe("guards against inputs made by chance", () => {
  // Promise: whatever a journal says, nothing outside of its environment changes
  // Attack: 100,000 journals made by chance from good and hostile parts
  test.skipIf(process.platform === "win32")("let no journal reach out of its environment", () => {
    expect(tellBreaches(fuzzJournals({ inputs: 300, seed: 1 }))).toEqual([]);
  });

  // Promise: the files of a page from the network are on the network, under plain names
  // Attack: 100,000 pages made by chance, with bases and links of every scheme
  test("let no page name a local file", () => {
    expect(tellBreaches(fuzzPages({ inputs: 3_000, seed: 1 }))).toEqual([]);
  });

  // Promise: a settings file is read or refused, and nothing else happens
  // Attack: 100,000 settings files made by chance
  test("read or refuse every settings file", () => {
    expect(tellBreaches(fuzzSettings({ inputs: 3_000, seed: 1 }))).toEqual([]);
  });

  // Promise: credentials stay with their origin, and with TLS
  // Attack: 100,000 redirects made by chance
  test("let no redirect take credentials along", () => {
    expect(tellBreaches(fuzzRedirects({ inputs: 3_000, seed: 1 }))).toEqual([]);
  });

  // Promise: no file from the network, of any format, ends in a source of this machine
  // Attack: 100,000 requirements files, projects, scripts, setup.cfg and lock files made by chance
  test("let no file from the network name what is on this machine", async () => {
    expect(tellBreaches(await fuzzRemoteFiles({ inputs: 3_000, seed: 1 }))).toEqual([]);
  });
});
