// Hashes besides SHA-256 that archives of the store turned out to have, so that a lock which states them needs no second
// download.

import { isRecord } from "../../base/values/record.ts";
import { parseWheelFilename } from "../../pep/files/filename.ts";
import { type Hashes } from "../../pep/hashes.ts";
import type { EntryKey, Store } from "../../store/store.ts";
import type { LinkedWheel } from "./linked-wheel.ts";

/** Whether every other stated hash was computed of this archive; one that never was is computed by downloading again. */
export function hasDigests(sha256: string, { filename, hashes }: LinkedWheel, store: Store): boolean {
  const others = otherHashes(hashes);
  if (others.length === 0) return true;
  const known = readDigests(store, digestKey(filename, sha256));
  return others.every(([algorithm, value]) => known[algorithm] === value.toLowerCase());
}

/** Keeps the stated hashes besides SHA-256 that an archive turned out to have. */
export function keepDigests(
  sha256: string,
  { filename, hashes }: Pick<LinkedWheel, "filename" | "hashes">,
  store: Store,
): void {
  const others = otherHashes(hashes);
  if (others.length === 0) return;
  const key = digestKey(filename, sha256);
  const stated = Object.fromEntries(others.map(([algorithm, value]) => [algorithm, value.toLowerCase()]));
  store.writeEntry("metadata", key, Buffer.from(JSON.stringify({ ...readDigests(store, key), ...stated })));
}

function otherHashes(hashes: Hashes): readonly (readonly [string, string])[] {
  return Object.entries(hashes).filter(([algorithm]) => algorithm !== "sha256");
}

function digestKey(filename: string, sha256: string): EntryKey {
  return { project: parseWheelFilename(filename).name, id: `digests ${sha256}` };
}

function readDigests(store: Store, key: EntryKey): Readonly<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(store.readEntry("metadata", key)?.toString("utf8") ?? "{}");
    return isRecord(kept) ? kept : {};
  } catch {
    return {};
  }
}
