// The folders of an environment beside their mirrors, in which a change is prepared on the same file system; renames
// across file systems do not exist (docs/transaction.md).

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";

import { makeFolders } from "../base/files/make-folders.ts";
import { restBelow } from "../base/files/real-place.ts";
import { PinionError } from "../errors.ts";
import { readPyvenvConfig } from "../python/environments/pyvenv-config.ts";
import { noteOtherFolders, otherFolderName } from "./journal/journal.ts";
import { NEW, OLD } from "./journal/journal-text.ts";
import { baseOf, type JournalPlaces } from "./journal/journal-paths.ts";
import type { InstallTarget } from "./installation.ts";
import type { EnvironmentPlace } from "./journal/state-folder.ts";

/** A folder of the environment and the one where what is to come into it is prepared. */
export interface Mirror {
  readonly folder: string;
  readonly staged: string;
}

/**
 * Paths without links, with slashes: what is compared with paths from the disk has to look like them.
 *
 * A folder of the environment has to be inside it when links are followed, too: a folder that others have made, such as
 * a checked-out `vendor`, could lead everything that is written and deleted elsewhere.
 *
 * @throws environment/linked-outside
 */
export function withRealFolders<T extends EnvironmentPlace>(target: T): T {
  const root = realFolder(target.root);
  const real = (folder: string): string => {
    const path = realFolder(folder);
    if (target.isInstallation !== true && isBelow(folder, target.root) && restBelow(path, root) === undefined)
      throw linkedOutside(folder, path);
    return path;
  };
  const { purelib, platlib, scripts, data, headers } = target.scheme;
  return {
    ...target,
    root,
    scheme: {
      purelib: real(purelib),
      platlib: real(platlib),
      scripts: real(scripts),
      data: real(data),
      headers: real(headers),
    },
  };
}

/** Whether a path is named below a folder, wherever links lead. */
function isBelow(path: string, folder: string): boolean {
  return resolve(path).startsWith(resolve(folder) + sep);
}

function linkedOutside(folder: string, path: string): PinionError {
  return new PinionError(
    "environment/linked-outside",
    `\`${folder}\` leads out of the environment, to \`${path}\`: nothing was changed`,
    { details: { folder, path }, hints: ["Replace the link with a folder"] },
  );
}

/** An absolute path without links; what does not exist yet stays as it is. */
export function realFolder(path: string): string {
  const ancestor = existingAncestor(resolve(path));
  const rest = resolve(path).slice(ancestor.length);
  return slashed(realpathSync.native(ancestor) + rest).replace(/(?<=.)\/$/, "");
}

/** The mirrors of a change, and the folders that its journal is relative to. */
export interface PreparedFolders {
  readonly mirrors: readonly Mirror[];
  readonly places: JournalPlaces;
}

/** Makes the change folder, and one on every other file system that a folder of the environment is on. */
export function createMirrors({ root, scheme, isFolder }: InstallTarget, folder: string): PreparedFolders {
  const device = statSync(dirname(folder)).dev;
  const name = otherFolderName(randomBytes(8).toString("hex"));
  const mirrors = new Map<string, string>([[root, folder]]);
  const parents = new Set<string>();
  const folders = [scheme.purelib, scheme.platlib, scheme.scripts, scheme.data, scheme.headers];
  for (const other of folders.toSorted((a, b) => a.length - b.length)) {
    const ancestor = existingAncestor(other);
    if (other !== root && statSync(ancestor).dev !== device) {
      const parent = baseOf(ancestor, { root, scheme, changeFolders: [] }) === undefined ? other : ancestor;
      parents.add(parent);
      mirrors.set(other, `${parent}/${name}`);
    } else if (![...mirrors.keys()].some((known) => restBelow(other, known) !== undefined))
      mirrors.set(other, folder);
  }
  const changeFolders = [folder, ...[...parents].map((parent) => `${parent}/${name}`)];
  const places: JournalPlaces = { root, scheme, isFolder, changeFolders };
  mkdirSync(folder, PRIVATE);
  noteOtherFolders(places);
  for (const changeFolder of changeFolders.slice(1)) {
    makeFolders(dirname(changeFolder));
    mkdirSync(changeFolder, PRIVATE);
  }
  for (const changeFolder of changeFolders) mkdirSync(`${changeFolder}/${OLD}`);
  const created = [...mirrors].map(([path, changeFolder], index): Mirror => ({
    folder: path,
    staged: `${changeFolder}/${NEW}/${index}`,
  }));
  // The innermost folder of a file decides where it is prepared.
  return { mirrors: created.sort((a, b) => b.folder.length - a.folder.length), places };
}

/** A mirror that something was prepared in; its folder is made only then. */
export function isUsed({ folder, staged }: Mirror): boolean {
  if (readdirSync(staged).length === 0) return false;
  makeFolders(folder);
  return true;
}

/** Names the places of old files: numbered, on the file system that they are on. */
export function keeper(mirrors: readonly Mirror[]): (path: string) => string {
  let count = 0;
  return (path) => {
    const mirror = mirrors.find(({ folder }) => restBelow(path, folder) !== undefined) ?? mirrors.at(-1);
    count += 1;
    return `${dirname(dirname(mirror?.staged ?? ""))}/${OLD}/${count}`;
  };
}

/** What a new environment has stays even when it is empty; so do the folders of a Python that is not an environment. */
export function lastingFolders({ root, scheme }: InstallTarget): ReadonlySet<string> {
  const lasting = new Set([root, scheme.data]);
  if (!isMadeWithoutHeaders(root)) lasting.add(`${root}/include`).add(`${root}/Include`);
  for (const folder of [scheme.purelib, scheme.platlib]) {
    for (let path = folder; path.length > 1 && !lasting.has(path); path = parentOf(path)) lasting.add(path);
  }
  // In a `--target` folder the scripts are a part of what was installed.
  if (restBelow(scheme.scripts, scheme.purelib) === undefined) lasting.add(scheme.scripts);
  return lasting;
}

/** `python -m venv` makes a folder for headers, and these programs none. */
function isMadeWithoutHeaders(root: string): boolean {
  const config = readPyvenvConfig(root);
  return ["pinion", "uv", "virtualenv"].some((program) => config?.has(program) === true);
}

/** A path, or the nearest folder above it that exists. */
export function existingAncestor(path: string): string {
  let ancestor = path;
  while (!existsSync(ancestor) && dirname(ancestor) !== ancestor) ancestor = dirname(ancestor);
  return ancestor;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** With slashes on Windows too. */
export function slashed(path: string): string {
  return process.platform === "win32" ? path.replaceAll("\\", "/") : path;
}

/** No other user has a reason to look into a change folder. */
const PRIVATE = { mode: 0o700 };
