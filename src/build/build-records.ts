// What is kept of builds: which wheel of the store a source became, and what its metadata was. The key holds everything
// that a build depends on but the versions of what built it, as uv's does: `--refresh` builds again.

import { hash } from "node:crypto";

import { parseMetadata, type Metadata } from "../pep/metadata.ts";
import { isPinionError } from "../errors.ts";
import type { Interpreter } from "../python/interpreter.ts";
import type { EntryKey, Store, UnpackedWheel } from "../store/store.ts";

export interface RecordsOptions {
  readonly store: Store;
  /** Normalised, where it is known before the build. */
  readonly name: string | undefined;
  /** The source's contents, and the settings of its build. */
  readonly identity: string;
  readonly python: Interpreter;
}

export class BuildRecords {
  readonly #store: Store;
  readonly #name: string | undefined;
  readonly #digest: string;

  constructor({ store, name, identity, python }: RecordsOptions) {
    const { implementation, isFreeThreaded, markers, target } = python;
    const machine = [implementation, markers.python_version, isFreeThreaded, target.isDebug, target.platform];
    this.#store = store;
    this.#name = name;
    this.#digest = hash("sha256", JSON.stringify([identity, machine]), "hex");
  }

  readWheel(): UnpackedWheel | undefined {
    const sha256 = this.#store.readEntry("built", this.#key("wheel"))?.toString("utf8");
    return sha256 === undefined ? undefined : this.#store.wheel(sha256);
  }

  writeWheel({ sha256 }: UnpackedWheel): void {
    this.#store.writeEntry("built", this.#key("wheel"), Buffer.from(sha256));
  }

  readMetadata(): Metadata | undefined {
    const text = this.#store.readEntry("built", this.#key("metadata"))?.toString("utf8");
    if (text === undefined) return undefined;
    try {
      return parseMetadata(text);
    } catch (error) {
      if (isPinionError(error)) return undefined;
      throw error;
    }
  }

  writeMetadata({ headers }: Metadata): void {
    const text = headers
      .map(([field, value]) => `${field}: ${value.replaceAll(/\r?\n[ \t]*/g, "\n  ")}\n`)
      .join("");
    this.#store.writeEntry("built", this.#key("metadata"), Buffer.from(text));
  }

  #key(what: "wheel" | "metadata"): EntryKey {
    const id = `${what} ${this.#digest}`;
    return this.#name === undefined ? id : { project: this.#name, id };
  }
}
