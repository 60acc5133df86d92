// The folders of an environment beside their mirrors, in which a change is prepared on the same file system; renames
// across file systems do not exist (docs/transaction.md).

import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { readPyvenvConfig } from "../python/pyvenv-config.ts";
import { NEW, noteOtherFolders, OLD } from "./journal.ts";
import { CHANGE_FOLDER } from "./reserved-names.ts";
import type { InstallTarget } from "./installation.ts";

/** A folder of the environment and the one where what is to come into it is prepared. */
export interface Mirror {
  readonly folder: string;
  readonly staged: string;
}

/** Paths without links, with slashes: what is compared with paths from the disk has to look like them. */
export function withRealFolders(target: InstallTarget): InstallTarget {
  const { scheme } = target;
  return {
    ...target,
    root: realFolder(target.root),
    scheme: {
      purelib: realFolder(scheme.purelib),
      platlib: realFolder(scheme.platlib),
      scripts: realFolder(scheme.scripts),
      data: realFolder(scheme.data),
      headers: realFolder(scheme.headers),
    },
  };
}

/** An absolute path without links; what does not exist yet stays as it is. */
export function realFolder(path: string): string {
  const ancestor = existingAncestor(resolve(path));
  const rest = resolve(path).slice(ancestor.length);
  return slashed(realpathSync(ancestor) + rest).replace(/(?<=.)\/$/, "");
}

/** The folders of an environment, each with its place in a change folder of the same file system. */
export function createMirrors({ root, scheme }: InstallTarget, folder: string): readonly Mirror[] {
  const rootDevice = statSync(root).dev;
  const mirrors = new Map<string, string>([[root, folder]]);
  const folders = [scheme.purelib, scheme.platlib, scheme.scripts, scheme.data, scheme.headers];
  for (const other of folders.toSorted((a, b) => a.length - b.length)) {
    const ancestor = existingAncestor(other);
    const isElsewhere = statSync(ancestor).dev !== rootDevice;
    if (isElsewhere) mirrors.set(other, `${ancestor}/${CHANGE_FOLDER}`);
    else if (![...mirrors.keys()].some((known) => isWithin(other, known))) mirrors.set(other, folder);
  }
  mkdirSync(folder);
  noteOtherFolders(
    folder,
    [...new Set(mirrors.values())].filter((changeFolder) => changeFolder !== folder),
  );
  const created = [...mirrors].map(([path, changeFolder], index): Mirror => {
    mkdirSync(`${changeFolder}/${OLD}`, { recursive: true });
    return { folder: path, staged: `${changeFolder}/${NEW}/${index}` };
  });
  // The innermost folder of a file decides where it is prepared.
  return created.sort((a, b) => b.folder.length - a.folder.length);
}

/** A mirror that something was prepared in; its folder is made only then. */
export function isUsed({ folder, staged }: Mirror): boolean {
  if (readdirSync(staged).length === 0) return false;
  mkdirSync(folder, { recursive: true });
  return true;
}

/** Names the places of old files: numbered, on the file system that they are on. */
export function keeper(mirrors: readonly Mirror[]): (path: string) => string {
  let count = 0;
  return (path) => {
    const mirror = mirrors.find(({ folder }) => isWithin(path, folder)) ?? mirrors.at(-1);
    count += 1;
    return `${dirname(dirname(mirror?.staged ?? ""))}/${OLD}/${count}`;
  };
}

/** What a new environment has stays even when it is empty; so do the folders of a Python that is no environment. */
export function lastingFolders({ root, scheme }: InstallTarget): ReadonlySet<string> {
  const lasting = new Set([root, scheme.data]);
  if (!isMadeWithoutHeaders(root)) lasting.add(`${root}/include`).add(`${root}/Include`);
  for (const folder of [scheme.purelib, scheme.platlib]) {
    for (let path = folder; path.length > 1 && !lasting.has(path); path = parentOf(path)) lasting.add(path);
  }
  // In a `--target` folder the scripts are a part of what was installed.
  if (!isWithin(scheme.scripts, scheme.purelib)) lasting.add(scheme.scripts);
  return lasting;
}

/** `python -m venv` makes a folder for headers, and these programs none. */
function isMadeWithoutHeaders(root: string): boolean {
  const config = readPyvenvConfig(root);
  return ["pinion", "uv", "virtualenv"].some((program) => config?.has(program) === true);
}

function existingAncestor(path: string): string {
  let ancestor = path;
  while (!existsSync(ancestor)) ancestor = dirname(ancestor);
  return ancestor;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** With slashes on Windows too. */
export function slashed(path: string): string {
  return process.platform === "win32" ? path.replaceAll("\\", "/") : path;
}
