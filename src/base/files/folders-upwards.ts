// Where what counts for a folder is looked for: there, and in the folders above.

import { dirname } from "node:path";

/** A folder and those above it, up to the root. */
export function* foldersUpwards(from: string): Generator<string, undefined, undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    yield folder;
    if (dirname(folder) === folder) return undefined;
  }
}
