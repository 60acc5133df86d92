// The RECORD of an installed wheel: its files under their installed paths, with the digests that were verified when the
// wheel was unpacked, and those of what the installer wrote itself. PEP 376, 627.

import { hash } from "node:crypto";
import { posix } from "node:path";

import { formatRecord, type RecordEntry } from "../pep/record.ts";

/** A file that the installer wrote. */
export interface WrittenFile {
  /** Absolute, where it will be. */
  readonly destination: string;
  readonly contents: string | Buffer;
}

/** The rows of one RECORD; paths are relative to the wheel's site folder. */
export class RecordWriter {
  readonly #site: string;
  readonly #rows: RecordEntry[] = [];

  constructor(site: string) {
    this.#site = site;
  }

  /** Adds a file whose digest is known. */
  add(destination: string, size: number, sha256Base64Url: string): void {
    this.#rows.push({ path: this.#relative(destination), hash: `sha256=${sha256Base64Url}`, size });
  }

  /** Adds a file that was written here. */
  addWritten({ destination, contents }: WrittenFile): void {
    this.add(destination, Buffer.byteLength(contents), hash("sha256", contents, "base64url"));
  }

  /** The text, sorted by path; RECORD itself comes without digest, since it cannot hold its own. */
  format(distInfo: string): string {
    const rows = [...this.#rows, { path: `${distInfo}/RECORD`, hash: undefined, size: undefined }];
    return formatRecord(rows.sort((a, b) => (a.path < b.path ? -1 : 1)));
  }

  #relative(destination: string): string {
    const inside = `${this.#site}/`;
    if (destination.startsWith(inside)) return destination.slice(inside.length);
    return posix.relative(this.#site, destination);
  }
}
