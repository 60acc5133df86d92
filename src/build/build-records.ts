// What is kept of builds: which wheel of the store a source became, and what its metadata was. The key holds everything
// that a build depends on but the versions of what built it, as uv's does: `--refresh` builds again.

import { hash } from "node:crypto";

import type { Protection } from "../net/protection.ts";
import { parseMetadata, type Metadata } from "../pep/metadata/metadata.ts";
import { isPinionError } from "../errors.ts";
import type { Interpreter } from "../python/interpreters/interpreter.ts";
import { keyUnder } from "../sources/fetching/provenance.ts";
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
  readonly notAfterMs?: UploadLimits | undefined;
}

/**
 * Files that were uploaded later built nothing (`--exclude-newer`): a limit in milliseconds since 1970, by what it holds for. What was
 * built under an earlier limit keeps to a later one too: a limit such as `1 week` is another moment in each run.
 */
export type UploadLimits = Readonly<Record<string, number>>;

export class BuildRecords {
  readonly #store: Store;
  readonly #name: string | undefined;
  readonly #digest: string;
  readonly #protection: () => Protection;
  /** In the order of what they hold for, which the key tells. */
  readonly #notAfterMs: readonly number[];

  constructor({ store, name, identity, python, protection, notAfterMs = {} }: RecordsOptions) {
    const { implementation, isFreeThreaded, markers, target } = python;
    const machine = [implementation, markers.python_version, isFreeThreaded, target.isDebug, target.platform];
    this.#store = store;
    this.#name = name;
    this.#protection = protection;
    const limited = Object.keys(notAfterMs).toSorted();
    this.#notAfterMs = limited.map((what) => notAfterMs[what] ?? 0);
    const limits = limited.length === 0 ? [] : [{ limited }];
    this.#digest = hash("sha256", JSON.stringify([identity, machine, ...limits]), "hex");
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
    const limit = this.#notAfterMs.length === 0 ? "" : `${this.#notAfterMs.join(" ")}\n`;
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

  /** What was kept, without the line of its limits; undefined where one of them is later than this run's. */
  #withinLimit(kept: string | undefined): string | undefined {
    if (kept === undefined || this.#notAfterMs.length === 0) return kept;
    const end = kept.indexOf("\n");
    const limits = kept.slice(0, Math.max(end, 0)).split(" ").map(Number);
    const isWithin = this.#notAfterMs.every((limitMs, position) => (limits[position] ?? Infinity) <= limitMs);
    return isWithin ? kept.slice(end + 1) : undefined;
  }

  #key(what: "wheel" | "metadata"): EntryKey {
    const id = `${what} ${this.#digest}`;
    return this.#name === undefined ? id : { project: this.#name, id };
  }
}
