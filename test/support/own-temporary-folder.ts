// Gives a run of the tests a folder for temporary files of its own, and removes it with whatever tests left there.

import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Vitest calls it once, before the first test file, and what it returns after the last. */
export default function ownTemporaryFolder(): () => void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pinion-")));
  // Servers that give up their rights read what tests wrote for them.
  chmodSync(folder, 0o755);
  for (const name of ["TMPDIR", "TEMP", "TMP"]) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
