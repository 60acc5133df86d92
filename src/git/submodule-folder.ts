// Where a submodule is. What a tree calls two things can be one name of the file system, where it ignores case or takes several
// spellings for one: git would then run in the folder to which a link of the same tree leads.

import { lstatSync, realpathSync } from "node:fs";
import { join } from "node:path";

import { isWithin } from "../base/files/real-place.ts";
import { PinionError } from "../errors.ts";

/**
 * The folder of a submodule, by the path that a tree of a checkout has for it; undefined where none is there.
 *
 * @throws git/unsafe-submodule where a link is on the way, or it is elsewhere
 */
export function submoduleFolder(directory: string, path: string): string | undefined {
  let folder = directory;
  for (const name of path.split("/")) {
    folder = join(folder, name);
    const entry = lstatSync(folder, { throwIfNoEntry: false });
    if (entry?.isSymbolicLink() === true) throw unsafe(path);
    if (entry?.isDirectory() !== true) return undefined;
  }
  const root = realpathSync.native(directory);
  const place = realpathSync.native(folder);
  if (place === root || !isWithin(place, root)) throw unsafe(path);
  return folder;
}

function unsafe(path: string): PinionError {
  return new PinionError(
    "git/unsafe-submodule",
    `The submodule \`${path}\` is not in a folder of its checkout`,
    {
      details: { path },
    },
  );
}
