// How much disk space an installed distribution takes, by its own account: the sizes in its `RECORD`.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { isPinionError, systemCode } from "../errors.ts";
import { parseRecord } from "../pep/record.ts";
import type { InstalledDistribution } from "../python/environment.ts";

/** The bytes of its files; undefined where it has no `RECORD` that can be read, as an egg. */
export function installedBytes({ directory }: Pick<InstalledDistribution, "directory">): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, "RECORD"), "utf8");
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
  try {
    return parseRecord(text).reduce((sum, { size = 0 }) => sum + size, 0);
  } catch (error) {
    if (!isPinionError(error, "wheel/invalid")) throw error;
    return undefined;
  }
}
