// A ring that has the keys that take seconds to make.

import { readFileSync } from "node:fs";
import { KeyRing } from "../../src/lab/mint.ts";

/** A ring of its own for a test file: RSA 4096 and 8192 are read from `throw-away-keys.json`. */
export function createKeyRing(): KeyRing {
  const path = new URL("throw-away-keys.json", import.meta.url);
  const keys: Readonly<Record<string, string>> = JSON.parse(readFileSync(path, "utf8"));
  return new KeyRing(keys);
}
