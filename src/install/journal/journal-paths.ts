// How a journal names files: relative to a folder of the environment or to a change folder, never absolute. A journal is
// read back from a folder that others may have written to, so everything that could lead elsewhere is refused
// (docs/transaction.md, "What a journal may name").

import { lstatSync } from "node:fs";

import type { Scheme } from "../../python/interpreters/scheme.ts";
import { hasReservedComponent, isOfRepository } from "../reserved-names.ts";

/** The folders that the paths of a journal are relative to: absolute, without links, with slashes. */
export interface JournalPlaces {
  readonly root: string;
  readonly scheme: Scheme;
  /** Not an environment: the folder may be part of a repository that was checked out. */
  readonly isFolder?: boolean | undefined;
  /** The change folder that holds the journal, then those on other file systems. */
  readonly changeFolders: readonly string[];
}

/** A path below the environment, as a journal names it; undefined for a path outside. */
export function encodePlace(path: string, places: JournalPlaces): string | undefined {
  for (const [key, folder] of basesOf(places)) {
    if (path === folder) return key;
    if (path.startsWith(`${folder}/`)) return `${key}/${path.slice(folder.length + 1)}`;
  }
  return undefined;
}

/** A path inside a change folder, as a journal names it; undefined for a path outside. */
export function encodeKept(path: string, { changeFolders }: JournalPlaces): string | undefined {
  const index = changeFolders.findIndex((folder) => path.startsWith(`${folder}/`));
  return index === -1 ? undefined : `${index}/${path.slice((changeFolders[index]?.length ?? 0) + 1)}`;
}

/** The path that {@link encodePlace} named; undefined for anything that it would not have written. */
export function decodePlace(text: string, places: JournalPlaces): string | undefined {
  const separator = text.indexOf("/");
  const key = separator === -1 ? text : text.slice(0, separator);
  const folder = basesOf(places).find(([base]) => base === key)?.[1];
  if (folder === undefined) return undefined;
  if (separator === -1) return folder;
  const rest = text.slice(separator + 1);
  const isUsable = isPlainPath(rest) && !hasReservedComponent(rest) && !isOfRepository(rest, places);
  return isUsable ? `${folder}/${rest}` : undefined;
}

/** The path that {@link encodeKept} named, if it is in this part of a change folder; undefined for anything else. */
export function decodeKept(text: string, part: string, { changeFolders }: JournalPlaces): string | undefined {
  const [, index, rest] = INDEXED.exec(text) ?? [];
  if (index === undefined || rest === undefined) return undefined;
  const folder = changeFolders[Number(index)];
  return folder !== undefined && rest.startsWith(`${part}/`) && isPlainPath(rest)
    ? `${folder}/${rest}`
    : undefined;
}

/** How links on the way to a path are judged. */
export interface LinkRules {
  /** Whether a link is out of the way by the time the path is used. */
  readonly isMoved?: ((folder: string) => boolean) | undefined;
  /** Folders that were looked at, with those above them; for as long as none of them changes. */
  readonly known?: Set<string> | undefined;
}

/**
 * Whether no folder between the base of a path and the path itself is a link. Each folder that is there is looked at once, since
 * a journal may name files in a thousand folders on top of each other.
 */
export function isWithoutLinks(
  path: string,
  base: string,
  { isMoved = () => false, known = new Set() }: LinkRules = {},
): boolean {
  const ends: number[] = [];
  for (let end = path.indexOf("/", base.length + 1); end !== -1; end = path.indexOf("/", end + 1))
    ends.push(end);
  for (const end of ends.slice(countKnown(path, ends, known))) {
    const folder = path.slice(0, end);
    const status = lstatSync(folder, { throwIfNoEntry: false });
    // Nothing is below it.
    if (status === undefined) return true;
    if (status.isSymbolicLink() && !isMoved(folder)) return false;
    known.add(folder);
  }
  return true;
}

/** How many of the folders of a path are known: where one is, so are those above it. */
function countKnown(path: string, ends: readonly number[], known: ReadonlySet<string>): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (known.has(path.slice(0, ends[middle - 1]))) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The base folder of a path of the environment. */
export function baseOf(path: string, places: JournalPlaces): string | undefined {
  return basesOf(places).find(([, folder]) => path === folder || path.startsWith(`${folder}/`))?.[1];
}

/** Whether a folder really is one, not a link to one, and belongs to the user that this process acts as. */
export function isOwnFolder(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  const self = process.geteuid?.();
  return status?.isDirectory() === true && (self === undefined || status.uid === self);
}

function basesOf({ root, scheme }: JournalPlaces): readonly (readonly [string, string])[] {
  // What is below the root is named by it, because two commands may see one root with different schemes (`--target`).
  const { purelib, platlib, scripts, data, headers } = scheme;
  return Object.entries({ root, purelib, platlib, scripts, data, headers });
}

/** Components separated by single slashes, none of which leads elsewhere on any system. */
function isPlainPath(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH || FOREIGN.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

const INDEXED = /^([0-9]{1,2})\/(.+)$/s;
// Backslashes and colons are ordinary characters in POSIX names, and separate or name drives on Windows.
const FOREIGN = process.platform === "win32" ? /[\0\\:]/ : /\0/;
/** Linux has paths of 4096 bytes; of much longer keys see `base/formats/nesting`. */
const MAX_PATH_LENGTH = 10_000;
