// What changed between two lock files: packages, versions, files under the same version, indexes.

import { lockedFilename, type LockedFile, type LockedPackage, type Pylock } from "../pep/files/pylock.ts";
import { compareVersions, tryParseVersion } from "../pep/versions/version.ts";

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
  const old = byName(before.packages);
  const current = byName(after.packages);
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
  const current = new Map<string | undefined, LockedPackage>();
  for (const entry of after) if (!current.has(entry.version)) current.set(entry.version, entry);
  for (const was of before) {
    const is = current.get(was.version);
    if (is !== undefined) changes.push(...diffEntry(was, is));
  }
  return changes;
}

function diffEntry(was: LockedPackage, is: LockedPackage): readonly LockChange[] {
  const { name, version = "" } = was;
  const changes: LockChange[] = [];
  const [oldSource, newSource] = [placeOf(was), placeOf(is)];
  if (oldSource !== newSource)
    changes.push({ kind: "source", name, version, old: oldSource, new: newSource });
  // Not every tool writes the index: what only one of the two says is not a change.
  if (was.index !== undefined && is.index !== undefined && was.index !== is.index)
    changes.push({ kind: "index", name, version, old: was.index, new: is.index });
  const files = diffFiles(was, is);
  if (files !== undefined) changes.push(files);
  if (was.marker !== is.marker)
    changes.push({ kind: "marker", name, version, old: was.marker ?? "", new: is.marker ?? "" });
  return changes;
}

function diffFiles(was: LockedPackage, is: LockedPackage): LockChange | undefined {
  const before = hashesByFile(was);
  const after = hashesByFile(is);
  const added = [...after.keys()].filter((filename) => !before.has(filename)).toSorted();
  const removed = [...before.keys()].filter((filename) => !after.has(filename)).toSorted();
  const changed = [...before].flatMap(([filename, old]) => {
    const current = after.get(filename);
    const [oldHash, newHash] = current === undefined ? [] : contradiction(old, current);
    return oldHash === undefined || newHash === undefined ? [] : [{ filename, old: oldHash, new: newHash }];
  });
  if (added.length + removed.length + changed.length === 0) return undefined;
  return { kind: "files", name: was.name, version: was.version ?? "", added, removed, changed };
}

/** The first algorithm that both state, with different values. */
function contradiction(
  old: LockedFile["hashes"],
  current: LockedFile["hashes"],
): readonly [string, string] | readonly [] {
  for (const [algorithm, value] of Object.entries(old)) {
    const other = current[algorithm];
    if (other !== undefined && other !== value) return [`${algorithm}:${value}`, `${algorithm}:${other}`];
  }
  return [];
}

function hashesByFile({ source }: LockedPackage): ReadonlyMap<string, LockedFile["hashes"]> {
  if (source.kind === "archive") return new Map([[source.url ?? source.path ?? "", source.hashes]]);
  if (source.kind !== "files") return new Map();
  const files = [...(source.sdist === undefined ? [] : [source.sdist]), ...(source.wheels ?? [])];
  return new Map(files.map((file) => [lockedFilename(file), file.hashes]));
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

function byName(packages: readonly LockedPackage[]): ReadonlyMap<string, readonly LockedPackage[]> {
  const groups = new Map<string, LockedPackage[]>();
  for (const locked of packages) {
    const group = groups.get(locked.name);
    if (group === undefined) groups.set(locked.name, [locked]);
    else group.push(locked);
  }
  return groups;
}

function versionsOf(packages: readonly LockedPackage[]): readonly string[] {
  return [...new Set(packages.map(({ version = "" }) => version))].toSorted(compareTexts);
}

function directionOf(old: readonly string[], current: readonly string[]): "upgrade" | "downgrade" | "other" {
  const [from, another] = old;
  const [to, further] = current;
  if (from === undefined || to === undefined || another !== undefined || further !== undefined)
    return "other";
  const order = compareTexts(from, to);
  return order === 0 ? "other" : order < 0 ? "upgrade" : "downgrade";
}

function compareTexts(a: string, b: string): number {
  const first = tryParseVersion(a);
  const second = tryParseVersion(b);
  if (first !== undefined && second !== undefined) return compareVersions(first, second);
  return a === b ? 0 : a < b ? -1 : 1;
}
