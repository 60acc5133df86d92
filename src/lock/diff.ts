// What changed between two lock files: packages, versions, files under the same version, indexes.

import { groupBy } from "../base/values/group-by.ts";
import { madeOnce } from "../base/work/once.ts";
import { lockedFilename, type LockedFile, type LockedPackage, type Pylock } from "../pep/files/pylock.ts";
import { compareVersionStrings } from "./version-order.ts";

/** One difference. Packages are compared by name; of one with several entries, versions are compared as a set. */
export type LockChange =
  | { readonly kind: "added"; readonly name: string; readonly versions: readonly string[] }
  | { readonly kind: "removed"; readonly name: string; readonly versions: readonly string[] }
  | {
      readonly kind: "version";
      readonly name: string;
      readonly old: readonly string[];
      readonly new: readonly string[];
      readonly direction: "upgrade" | "downgrade" | "other";
    }
  /** The same version from another kind of place, such as a repository instead of an index. */
  | {
      readonly kind: "source";
      readonly name: string;
      readonly version: string;
      readonly old: string;
      readonly new: string;
    }
  | {
      readonly kind: "index";
      readonly name: string;
      readonly version: string;
      readonly old: string;
      readonly new: string;
    }
  | {
      readonly kind: "files";
      readonly name: string;
      readonly version: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
      /** The same file name with other hashes: what an index must never do. */
      readonly changed: readonly { readonly filename: string; readonly old: string; readonly new: string }[];
    }
  | {
      readonly kind: "marker";
      readonly name: string;
      readonly version: string;
      readonly old: string;
      readonly new: string;
    };

/** Compares two lock files; sorted by name, changes of one package in the order of {@link LockChange}. */
export function diffLocks(before: Pylock, after: Pylock): readonly LockChange[] {
  const old = groupBy(before.packages, ({ name }) => name);
  const current = groupBy(after.packages, ({ name }) => name);
  const names = [...new Set([...old.keys(), ...current.keys()])].toSorted();
  return names.flatMap((name) => diffPackage(name, old.get(name) ?? [], current.get(name) ?? []));
}

function diffPackage(
  name: string,
  before: readonly LockedPackage[],
  after: readonly LockedPackage[],
): readonly LockChange[] {
  if (before.length === 0) return [{ kind: "added", name, versions: versionsOf(after) }];
  if (after.length === 0) return [{ kind: "removed", name, versions: versionsOf(before) }];
  const oldVersions = versionsOf(before);
  const newVersions = versionsOf(after);
  const changes: LockChange[] = [];
  if (oldVersions.join(" ") !== newVersions.join(" ")) {
    const direction = directionOf(oldVersions, newVersions);
    changes.push({ kind: "version", name, old: oldVersions, new: newVersions, direction });
  }
  const current = groupBy(after, versionOf);
  for (const [version, was] of groupBy(before, versionOf)) {
    const is = current.get(version);
    if (is === undefined) continue;
    for (const change of diffEntries({ name, version }, was, is)) changes.push(change);
  }
  return changes;
}

/** What the entries of one version say together: a version may be divided by markers, and each entry has files. */
function diffEntries(
  { name, version }: { readonly name: string; readonly version: string },
  was: readonly LockedPackage[],
  is: readonly LockedPackage[],
): readonly LockChange[] {
  const about = { name, version };
  const changes: LockChange[] = [];
  const [oldSource, newSource] = [together(was.map(placeOf)), together(is.map(placeOf))];
  if (oldSource !== newSource) changes.push({ kind: "source", ...about, old: oldSource, new: newSource });
  // Not every tool writes the index: what only one of the two says is not a change.
  const [oldIndex, newIndex] = [indexOf(was), indexOf(is)];
  if (oldIndex !== "" && newIndex !== "" && oldIndex !== newIndex)
    changes.push({ kind: "index", ...about, old: oldIndex, new: newIndex });
  const files = diffFiles(about, hashesByFile(was), hashesByFile(is));
  if (files !== undefined) changes.push(files);
  const [oldMarker, newMarker] = [markerOf(was), markerOf(is)];
  if (oldMarker !== newMarker) changes.push({ kind: "marker", ...about, old: oldMarker, new: newMarker });
  return changes;
}

function diffFiles(
  about: { readonly name: string; readonly version: string },
  before: FileHashes,
  after: FileHashes,
): LockChange | undefined {
  const added = [...after.keys()].filter((filename) => !before.has(filename)).toSorted();
  const removed = [...before.keys()].filter((filename) => !after.has(filename)).toSorted();
  const changed = [...before].flatMap(([filename, old]) => {
    const current = after.get(filename);
    const [oldHash, newHash] = current === undefined ? [] : contradiction(old, current);
    return oldHash === undefined || newHash === undefined ? [] : [{ filename, old: oldHash, new: newHash }];
  });
  if (added.length + removed.length + changed.length === 0) return undefined;
  return { kind: "files", ...about, added, removed, changed };
}

/** By file name, then by algorithm: all hashes that some entry states. */
type FileHashes = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** The first algorithm that both state, where the second has a value that the first does not. */
function contradiction(
  old: ReadonlyMap<string, ReadonlySet<string>>,
  current: ReadonlyMap<string, ReadonlySet<string>>,
): readonly [string, string] | readonly [] {
  const shown = (algorithm: string, values: ReadonlySet<string>): string =>
    together([...values].map((value) => `${algorithm}:${value}`));
  for (const [algorithm, values] of old) {
    const others = current.get(algorithm);
    if (others !== undefined && [...others].some((value) => !values.has(value)))
      return [shown(algorithm, values), shown(algorithm, others)];
  }
  return [];
}

function hashesByFile(entries: readonly LockedPackage[]): FileHashes {
  const files = new Map<string, Map<string, Set<string>>>();
  for (const { source } of entries) {
    for (const [filename, hashes] of filesOf(source)) {
      const known = madeOnce(files, filename, () => new Map());
      for (const [algorithm, value] of Object.entries(hashes))
        madeOnce(known, algorithm, () => new Set()).add(value);
    }
  }
  return files;
}

function filesOf(source: LockedPackage["source"]): readonly (readonly [string, LockedFile["hashes"]])[] {
  if (source.kind === "archive") return [[source.url ?? source.path ?? "", source.hashes]];
  if (source.kind !== "files") return [];
  const files = [...(source.sdist === undefined ? [] : [source.sdist]), ...(source.wheels ?? [])];
  return files.map((file) => [lockedFilename(file), file.hashes]);
}

function indexOf(entries: readonly LockedPackage[]): string {
  return together(entries.flatMap(({ index }) => index ?? []));
}

/** Where some entry is needed; empty for everywhere. */
function markerOf(entries: readonly LockedPackage[]): string {
  const markers = [...new Set(entries.map(({ marker = "" }) => marker))].toSorted();
  if (markers.length < 2 || markers.includes("")) return markers[0] ?? "";
  return markers.map((marker) => `(${marker})`).join(" or ");
}

/** Each once, in an order of their own. */
function together(texts: readonly string[]): string {
  return [...new Set(texts)].toSorted().join(", ");
}

/** Where a package comes from, as far as that is not a matter of single files. */
function placeOf({ source }: LockedPackage): string {
  switch (source.kind) {
    case "files":
      return "index";
    case "archive":
      return source.url ?? source.path ?? "";
    case "directory":
      return source.path;
    case "vcs":
      return `${source.type}+${source.url ?? source.path ?? ""}@${source.commitId}`;
  }
}

function versionsOf(packages: readonly LockedPackage[]): readonly string[] {
  return [...new Set(packages.map(versionOf))].toSorted(compareVersionStrings);
}

function versionOf({ version = "" }: LockedPackage): string {
  return version;
}

function directionOf(old: readonly string[], current: readonly string[]): "upgrade" | "downgrade" | "other" {
  const [from, another] = old;
  const [to, further] = current;
  if (from === undefined || to === undefined || another !== undefined || further !== undefined)
    return "other";
  const order = compareVersionStrings(from, to);
  return order === 0 ? "other" : order < 0 ? "upgrade" : "downgrade";
}
