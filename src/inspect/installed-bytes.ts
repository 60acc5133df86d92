// How much disk space an installed distribution takes, by its own account: the sizes in its `RECORD`.

import { isPinionError, systemCode } from "../errors.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import { readRecord } from "../python/installed-record.ts";

/** The bytes of its files; undefined where it has no `RECORD` that can be read, as an egg. */
export function installedBytes({ directory }: Pick<InstalledDistribution, "directory">): number | undefined {
  try {
    return readRecord(directory).reduce((sum, { size = 0 }) => sum + size, 0);
  } catch (error) {
    if (systemCode(error) === undefined && !isPinionError(error, "wheel/invalid")) throw error;
    return undefined;
  }
}
