// What packing has compressed is kept by wheel, so that the next archive that holds the wheel copies it: most of the time of
// an archive is compression. docs/cache.md

import { packingName, type MemberMemory, type PackedContents } from "../archive/zip-stream.ts";
import { isRecord } from "../base/values/record.ts";
import { isPinionError } from "../errors.ts";
import type { EntryKey } from "../store/cache/entries.ts";
import type { Store } from "../store/store.ts";
import type { UnpackedWheel } from "../store/unpacked-wheels.ts";

/** The packed members of the wheels of one archive. */
export class PackedWheels {
  readonly #store: Store;
  readonly #wheels = new Map<string, PackedWheel>();
  #bytes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Looks for what was packed before, and returns whether there is something. */
  open(project: string, wheel: UnpackedWheel): boolean {
    const size = wheel.manifest.reduce((sum, entry) => sum + entry.size, 0);
    if (this.#bytes + size > MAX_BYTES) return false;
    this.#bytes += size;
    const opened = new PackedWheel(this.#store, { project, id: `${wheel.sha256} ${packingName()}` });
    this.#wheels.set(wheel.sha256, opened);
    return opened.isKnown;
  }

  /** The memory of one member, requested before the first is packed; undefined if its wheel does not fit. */
  memoryOf({ sha256 }: UnpackedWheel, path: string): MemberMemory | undefined {
    return this.#wheels.get(sha256)?.memoryOf(path);
  }
}

class PackedWheel {
  readonly isKnown: boolean;
  readonly #store: Store;
  readonly #key: EntryKey;
  readonly #members: Map<string, PackedContents>;
  #expected = 0;

  constructor(store: Store, key: EntryKey) {
    this.#store = store;
    this.#key = key;
    const kept = store.readEntry("packed", key);
    this.#members = kept === undefined ? new Map() : readMembers(kept);
    this.isKnown = this.#members.size > 0;
  }

  memoryOf(path: string): MemberMemory {
    this.#expected += 1;
    return {
      recall: () => (this.isKnown ? this.#members.get(path) : undefined),
      keep: (packed) => this.#keep(path, packed),
    };
  }

  #keep(path: string, packed: PackedContents): void {
    this.#members.set(path, packed);
    if (this.#members.size < this.#expected) return;
    try {
      this.#store.writeEntry("packed", this.#key, formatMembers(this.#members));
    } catch (error) {
      // What cannot be kept is compressed again.
      if (!isPinionError(error)) throw error;
    }
    if (!this.isKnown) this.#members.clear();
  }
}

/** A line of JSON with a row for each member, and their data one after another. */
function formatMembers(members: ReadonlyMap<string, PackedContents>): Uint8Array {
  const rows = [...members].map(([path, { method, checksum, size, data }]) => ({
    path,
    method,
    checksum,
    size,
    length: data.length,
  }));
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(rows)}\n`),
    ...[...members.values()].map(({ data }) => data),
  ]);
}

/** Nothing where the value is not one of {@link formatMembers}: its checksum says that it is whole. */
function readMembers(bytes: Buffer): Map<string, PackedContents> {
  const members = new Map<string, PackedContents>();
  const end = bytes.indexOf(NEWLINE);
  const rows: unknown = JSON.parse(bytes.toString("utf8", 0, end));
  if (!Array.isArray(rows)) return members;
  let at = end + 1;
  for (const row of rows as readonly unknown[]) {
    if (!isRecord(row)) return new Map();
    const { path, method, checksum, size, length } = row;
    if (
      typeof path !== "string" ||
      typeof method !== "number" ||
      typeof checksum !== "number" ||
      typeof size !== "number" ||
      typeof length !== "number"
    )
      return new Map();
    members.set(path, { method, checksum, size, data: bytes.subarray(at, at + length) });
    at += length;
  }
  return members;
}

const NEWLINE = 0x0a;
/**
 * Of unpacked files; what is beyond is compressed each time, because the compressed ones are held in memory. A function of
 * Lambda has 250 MB at most.
 */
const MAX_BYTES = 256 * 1024 ** 2;
