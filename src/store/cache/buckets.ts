// The layout of the cache folder: one subfolder per bucket and version of its format, and the two marks that tell backup
// tools and git to leave it alone.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { writeFileAtomically } from "../../base/files/atomic-file.ts";

/** Buckets of small values, one file each. */
export type EntryBucket =
  | "pages"
  | "metadata"
  | "resolutions"
  | "interpreters"
  | "built"
  | "archives"
  | "packed";

/** Buckets of files: unpacked wheels, bare Git repositories, environments for builds, and what builds work in. */
export type FileBucket = "wheels" | "git" | "environments" | "builds";

/** Every bucket with the version of its format: a change of format is a new number, and `prune` drops the old folder. */
export const BUCKET_VERSIONS: Readonly<Record<EntryBucket | FileBucket | "answers", number>> = {
  pages: 4,
  metadata: 2,
  resolutions: 1,
  interpreters: 1,
  built: 1,
  archives: 1,
  /** Compressed members of wheels, for archives. */
  packed: 1,
  wheels: 1,
  /** Read by only `bin/pinion.cjs`, and written by `bin/record-answer.cjs`. */
  answers: 1,
  git: 1,
  environments: 1,
  builds: 1,
};

/** The folder of a bucket. */
export function bucketDirectory(cacheDirectory: string, bucket: EntryBucket | FileBucket): string {
  return join(cacheDirectory, `${bucket}-v${BUCKET_VERSIONS[bucket]}`);
}

/** Makes the cache folder with its marks, if it is not there. */
export function createCacheDirectory(cacheDirectory: string): void {
  const tag = join(cacheDirectory, CACHE_TAG);
  if (existsSync(tag)) return;
  makeFolders(cacheDirectory, { mode: FOLDER_MODE });
  writeFileAtomically(join(cacheDirectory, IGNORE_FILE), "*\n");
  writeFileAtomically(tag, CACHE_TAG_CONTENTS);
}

/** Never writable by every user, whatever the umask: such a cache is refused. */
const FOLDER_MODE = 0o775;
export const CACHE_TAG = "CACHEDIR.TAG";
export const IGNORE_FILE = ".gitignore";
/** The first line is the signature of bford.info/cachedir. */
const CACHE_TAG_CONTENTS = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is the cache of \`pinion\`; it can be removed at any time.
`;
