// A ring that has the keys that take seconds to make.

import { readFileSync } from "node:fs";
import { KeyRing } from "../../src/lab/certificates/mint.ts";

/** The ring of a process of tests: RSA keys from 2048 bits on are read from `throw-away-keys.json`, the others made once. */
export function createKeyRing(): KeyRing {
  if (ring === undefined) {
    const path = new URL("throw-away-keys.json", import.meta.url);
    const keys: Readonly<Record<string, string>> = JSON.parse(readFileSync(path, "utf8"));
    ring = new KeyRing(keys);
  }
  return ring;
}

let ring: KeyRing | undefined;
