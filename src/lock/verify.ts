// Whether an index still stands by what a lock file states: files that vanished, were yanked, or have another hash.

import { lockedFilename, type LockedFile, type LockedPackage } from "../pep/files/pylock.ts";

/** What an index answers about a project now. */
export interface IndexAnswer {
  /** Without credentials. */
  readonly index: string;
  /** Undefined where the index does not have the project. */
  readonly page:
    | {
        /** PEP 792. */
        readonly status?: string | undefined;
        readonly files: readonly ListedFile[];
      }
    | undefined;
}

export interface ListedFile {
  readonly filename: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly yanked: false | string;
}

/** Something that is not as the lock file states. */
export type LockFinding = {
  readonly name: string;
  readonly version: string;
  readonly index: string;
} & (
  | { readonly kind: "project-missing" }
  | { readonly kind: "quarantined" }
  | { readonly kind: "file-missing"; readonly filename: string }
  | { readonly kind: "yanked"; readonly filenames: readonly string[]; readonly reason: string }
  | {
      readonly kind: "hash-changed";
      readonly filename: string;
      readonly locked: string;
      readonly listed: string;
    }
);

/** Compares a locked package with the answer of its index; nothing where it does not come from an index. */
export function verifyPackage(locked: LockedPackage, { index, page }: IndexAnswer): readonly LockFinding[] {
  const { name, version = "", source } = locked;
  if (source.kind !== "files") return [];
  const about = { name, version, index };
  if (page === undefined) return [{ ...about, kind: "project-missing" }];
  if (page.status === "quarantined") return [{ ...about, kind: "quarantined" }];
  const listed = new Map(page.files.map((file) => [file.filename, file]));
  const files = [...(source.sdist === undefined ? [] : [source.sdist]), ...(source.wheels ?? [])];
  const findings: LockFinding[] = [];
  const yanked: ListedFile[] = [];
  for (const file of files) {
    const filename = lockedFilename(file);
    const found = listed.get(filename);
    if (found === undefined) {
      findings.push({ ...about, kind: "file-missing", filename });
      continue;
    }
    if (found.yanked !== false) yanked.push(found);
    const changed = contradiction(file, found);
    if (changed !== undefined) findings.push({ ...about, kind: "hash-changed", filename, ...changed });
  }
  const [first] = yanked;
  if (first !== undefined)
    findings.push({
      ...about,
      kind: "yanked",
      filenames: yanked.map(({ filename }) => filename),
      reason: first.yanked === false ? "" : first.yanked,
    });
  return findings;
}

/** The first algorithm that both state, with different values. */
function contradiction(
  { hashes }: LockedFile,
  listed: ListedFile,
): { readonly locked: string; readonly listed: string } | undefined {
  for (const [algorithm, value] of Object.entries(hashes)) {
    const other = listed.hashes[algorithm];
    if (other !== undefined && other.toLowerCase() !== value)
      return { locked: `${algorithm}:${value}`, listed: `${algorithm}:${other.toLowerCase()}` };
  }
  return undefined;
}
