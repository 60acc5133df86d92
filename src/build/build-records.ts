// What is kept of builds: which wheel of the store a source became, and what its metadata was. The key holds everything
// that a build depends on but the versions of what built it, as uv's does: `--refresh` builds again.

import { hash } from "node:crypto";

import type { Protection } from "../net/protection.ts";
import { parseMetadata, type Metadata } from "../pep/metadata/metadata.ts";
import { isPinionError } from "../errors.ts";
import type { Interpreter } from "../python/interpreter.ts";
import { keyUnder } from "../sources/provenance.ts";
import type { EntryKey, Store, UnpackedWheel } from "../store/store.ts";

export interface RecordsOptions {
  readonly store: Store;
  /** Normalised, where it is known before the build. */
  readonly name: string | undefined;
  /** The source's contents, and the settings of its build. */
  readonly identity: string;
  readonly python: Interpreter;
  /**
   * Of what the run has used until now. The source may be the same, but what built it came over the network too: what an
   * unverified run built is never used by a verified one.
   */
  readonly protection: () => Protection;
  /**
   * Files that were uploaded later built nothing (`--exclude-newer`), in milliseconds since 1970. What was built under an earlier
   * limit keeps to a later one too: a limit such as `1 week` is another moment in each run.
   */
  readonly notAfterMs?: number | undefined;
}

export class BuildRecords {
  readonly #store: Store;
  readonly #name: string | undefined;
  readonly #digest: string;
  readonly #protection: () => Protection;
  readonly #notAfterMs: number | undefined;

  constructor({ store, name, identity, python, protection, notAfterMs }: RecordsOptions) {
    const { implementation, isFreeThreaded, markers, target } = python;
    const machine = [implementation, markers.python_version, isFreeThreaded, target.isDebug, target.platform];
    this.#store = store;
    this.#name = name;
    this.#protection = protection;
    this.#notAfterMs = notAfterMs;
    const limited = notAfterMs === undefined ? [] : ["limited"];
    this.#digest = hash("sha256", JSON.stringify([identity, machine, ...limited]), "hex");
  }

  readWheel(): UnpackedWheel | undefined {
    const record = this.#read("wheel");
    return record === undefined ? undefined : this.#store.wheel(record.text);
  }

  writeWheel({ sha256 }: UnpackedWheel): void {
    this.#write("wheel", sha256);
  }

  /** With the key of the entry in the cache that holds it. */
  readMetadata(): { readonly metadata: Metadata; readonly key: EntryKey } | undefined {
    const record = this.#read("metadata");
    if (record === undefined) return undefined;
    try {
      return { metadata: parseMetadata(record.text), key: record.key };
    } catch (error) {
      if (isPinionError(error)) return undefined;
      throw error;
    }
  }

  writeMetadata({ headers }: Metadata): void {
    const text = headers
      .map(([field, value]) => `${field}: ${value.replaceAll(/\r?\n[ \t]*/g, "\n  ")}\n`)
      .join("");
    this.#write("metadata", text);
  }

  #write(what: "wheel" | "metadata", text: string): void {
    const limit = this.#notAfterMs === undefined ? "" : `${this.#notAfterMs}\n`;
    this.#store.writeEntry("built", keyUnder(this.#protection(), this.#key(what)), Buffer.from(limit + text));
  }

  /** What a verified run kept serves every run. */
  #read(what: "wheel" | "metadata"): { readonly text: string; readonly key: EntryKey } | undefined {
    const verified = this.#key(what);
    for (const key of [keyUnder(this.#protection(), verified), verified]) {
      const text = this.#withinLimit(this.#store.readEntry("built", key)?.toString("utf8"));
      if (text !== undefined) return { text, key };
    }
    return undefined;
  }

  /** What was kept, without the line of its limit; undefined where that is later than this run's. */
  #withinLimit(kept: string | undefined): string | undefined {
    if (kept === undefined || this.#notAfterMs === undefined) return kept;
    const end = kept.indexOf("\n");
    return end > 0 && Number(kept.slice(0, end)) <= this.#notAfterMs ? kept.slice(end + 1) : undefined;
  }

  #key(what: "wheel" | "metadata"): EntryKey {
    const id = `${what} ${this.#digest}`;
    return this.#name === undefined ? id : { project: this.#name, id };
  }
}
