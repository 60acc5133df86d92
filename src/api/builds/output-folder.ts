// The folder that `build` writes into: emptied where that is requested, and kept out of Git, both as `uv build` does it.

import { lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { makeFolders } from "../../base/files/make-folders.ts";
import { isWithin, realPlace } from "../../base/files/real-place.ts";
import { removeLargeTree } from "../../base/files/remove-tree.ts";
import { PinionError, isPinionError, systemCode } from "../../errors.ts";

export interface OutputFolderOptions {
  /** What is built: folders of projects, or an archive. */
  readonly sources: readonly string[];
  /** The folder of the workspace that the projects belong to: links in it are theirs too. */
  readonly workspace?: string | undefined;
  /** Whether what an earlier build left there is removed. */
  readonly isCleared?: boolean | undefined;
  /** Whether it gets a `.gitignore`, unless it has one. */
  readonly isGitIgnored?: boolean | undefined;
}

/**
 * @param folder absolute; made where it is missing
 * @throws usage/invalid-argument where the folder to be cleared holds the source, or lies beyond a link of the
 * project's; environment/unwritable
 */
export async function prepareOutputFolder(
  folder: string,
  { sources: given, workspace, isCleared = false, isGitIgnored = false }: OutputFolderOptions,
): Promise<void> {
  const sources = given.map((path) => resolve(path));
  try {
    if (isCleared) await clear(folder, workspace === undefined ? sources : [...sources, resolve(workspace)]);
    // In the project's own folder it would hide the project.
    if (!isGitIgnored || sources.some((source) => isWithin(source, folder))) return;
    makeFolders(folder);
    writeFileSync(join(folder, ".gitignore"), "*", { flag: "wx" });
  } catch (cause) {
    if (isPinionError(cause)) throw cause;
    const code = systemCode(cause);
    if (code === "EEXIST") return;
    if (code === undefined) throw cause;
    const details = { path: folder, systemCode: code };
    throw new PinionError("environment/unwritable", `Cannot write into: \`${folder}\``, { details, cause });
  }
}

async function clear(folder: string, sources: readonly string[]): Promise<void> {
  // A link is removed itself, whatever it leads to.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true) return rmSync(folder);
  const place = realPlace(folder);
  for (const source of sources) {
    const project = realPlace(source);
    if (isWithin(source, folder) || isWithin(project, place))
      throw notCleared(folder, `it contains the build source \`${source}\``);
    // A project that was checked out may hold a link on the way there.
    if (isWithin(folder, source) && !isWithin(place, project))
      throw notCleared(folder, `it leads out of the project, to \`${place}\``);
  }
  if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return;
  for (const name of readdirSync(place)) await removeLargeTree(join(place, name));
}

function notCleared(folder: string, reason: string): PinionError {
  return new PinionError(
    "usage/invalid-argument",
    `Refusing to clear output directory \`${folder}\` because ${reason}`,
    { details: { path: folder } },
  );
}
