// The private folder in which one run builds. A run that was killed leaves its folder behind; the next one that plans
// a change removes it, once its holder is gone.

import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { removeLargeTree } from "../../base/files/remove-tree.ts";
import { bucketDirectory } from "../../store/cache/buckets.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import { announce, isHeld } from "../../base/files/lock.ts";

export interface WorkFolder {
  /** A new path in it, at which nothing is. */
  newPath(hint: string): string;
  close(): Promise<void>;
}

/** Makes the folder of this run. */
export function openWorkFolder(cacheDirectory: string): WorkFolder {
  const bucket = bucketDirectory(cacheDirectory, "builds");
  makeFolders(bucket);
  const directory = join(bucket, temporaryName());
  const lock = announce(`${directory}${IN_USE}`);
  mkdirSync(directory);
  let count = 0;
  return {
    newPath(hint) {
      count += 1;
      return join(
        directory,
        `${count}-${hint.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, MAX_HINT_LENGTH)}`,
      );
    },
    async close() {
      try {
        await removeLargeTree(directory);
      } finally {
        lock.release();
      }
    },
  };
}

/** Removes the folders that killed runs left. */
export async function removeAbandonedWork(cacheDirectory: string): Promise<void> {
  const bucket = bucketDirectory(cacheDirectory, "builds");
  if (!existsSync(bucket)) return;
  for (const name of readdirSync(bucket)) {
    if (name.endsWith(IN_USE)) {
      const folder = join(bucket, name.slice(0, -IN_USE.length));
      if (!isHeld(join(bucket, name))) await removeLargeTree(folder);
    } else if (!existsSync(join(bucket, `${name}${IN_USE}`))) {
      await removeLargeTree(join(bucket, name));
    }
  }
}

const IN_USE = ".in-use";
const MAX_HINT_LENGTH = 60;
