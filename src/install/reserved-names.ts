// Our own names inside an environment: the lock, and the folder in which a change is prepared (docs/transaction.md).

import { isGitFolderName } from "../base/files/git-folder.ts";

/** Held while an environment changes. */
export const LOCK_FILE = ".pinion.lock";

/** Holds what comes, what went and the journal, while an environment changes. */
export const CHANGE_FOLDER = ".pinion-change";

/** Whether a top-level name of an environment is one that a wheel must not bring. */
export function isReservedName(name: string): boolean {
  return name.toLowerCase() === "pyvenv.cfg" || RESERVED_COMPONENT.test(name);
}

/** Whether a path with slashes holds, at any depth, a name that could be taken for a lock or a journal. */
export function hasReservedComponent(path: string): boolean {
  return RESERVED_COMPONENT.test(path);
}

/**
 * Whether a path with slashes leads, at any depth, into what git would take for a repository, on any system, in a folder that may
 * be a part of one: git runs the programs that its files name, also in a folder below the one in which it is called.
 *
 * @param path relative to the folder
 */
export function isOfRepository(
  path: string,
  { isFolder }: { readonly isFolder?: boolean | undefined },
): boolean {
  return isFolder === true && path.split("/").some(isGitFolderName);
}

/**
 * The file by which a folder of a wheel would be a bare repository, or would become one with what other wheels bring: git takes a
 * folder for one by a `HEAD` beside `objects` and `refs` (gitrepository-layout), and then runs the programs that its `config`
 * names. Where names differ by case only, any spelling is one.
 *
 * @param paths with slashes
 */
export function headOfRepository(paths: readonly string[]): string | undefined {
  const heads = paths.filter((path) => HEAD.test(path));
  const exact = heads.find((path) => path.endsWith("HEAD"));
  if (heads.length === 0 || exact !== undefined) return exact;
  const folders = new Set(
    paths.flatMap((path) => [...path.matchAll(REPOSITORY_PART)].map(({ index }) => path.slice(0, index))),
  );
  return heads.find((head) => folders.has(head.slice(0, -"HEAD".length)));
}

const HEAD = /(?:^|\/)HEAD$/i;
/** At the end or before a slash, as a whole component. */
const REPOSITORY_PART = /(?<=^|\/)(?:objects|refs|commondir)(?=\/|$)/gi;
const RESERVED_COMPONENT = /(?:^|\/)\.pinion(?:-change|\.lock)/i;
