// Counts what a commit's trees would become as files, as `git ls-tree -r -t -l -z` lists them, within the bounds of an archive.

import {
  MAX_NAME_COMPONENTS,
  MAX_UNPACKED_BYTES,
  MAX_UNPACKED_FILES,
  MAX_UNPACKED_FOLDERS,
} from "../base/files/unpack-bounds.ts";
import { PinionError } from "../errors.ts";

export interface TreeBounds {
  readonly files: number;
  readonly folders: number;
  /** Of a path. */
  readonly components: number;
  readonly bytes: number;
  readonly submodules: number;
}

/** A commit of another repository that a tree names (a gitlink). */
export interface Submodule {
  readonly path: string;
  readonly commit: string;
}

/** The count of one checkout. */
export class TreeCount {
  readonly #bounds: TreeBounds;
  #files = 0;
  #folders = 0;
  #bytes = 0;
  #submodules = 0;
  /** An entry whose end has not come. */
  #rest = "";

  constructor(bounds: TreeBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /**
   * Counts the entries in the next piece of a listing, and gives back the submodules among them.
   *
   * @throws git/too-large
   */
  add(text: string): readonly Submodule[] {
    const entries = (this.#rest + text).split("\0");
    this.#rest = entries.pop() ?? "";
    const submodules = entries.flatMap((entry) => this.#count(entry) ?? []);
    // A tree may have a name of any length, and what has come of it is looked at with each piece.
    if (this.#rest.length > MAX_ENTRY_LENGTH) throw tooLarge("has a path that is too long");
    return submodules;
  }

  /** Whether the files may come to more than the bound once each byte becomes as many as `times`. */
  mayOutgrow(times: number): boolean {
    return this.#bytes * times > this.#bounds.bytes;
  }

  #count(entry: string): Submodule | undefined {
    const tab = entry.indexOf("\t");
    const [, type, object = "", size = ""] = entry.slice(0, tab).split(/ +/);
    const bounds = this.#bounds;
    if (type === "commit") this.#submodules += 1;
    if (type === "tree") this.#folders += 1;
    else this.#files += 1;
    this.#bytes += type === "blob" ? Number(size) : 0;
    if (this.#files > bounds.files) throw tooLarge(`has more than ${bounds.files} files`);
    if (this.#submodules > bounds.submodules) throw tooLarge(`has more than ${bounds.submodules} submodules`);
    if (this.#folders > bounds.folders) throw tooLarge(`has more than ${bounds.folders} folders`);
    if (this.#bytes > bounds.bytes) throw tooLarge(`has files of more than ${bounds.bytes} bytes`);
    if (entry.slice(tab).split("/", bounds.components + 1).length > bounds.components)
      throw tooLarge("has a path that is nested too deeply");
    return type === "commit" ? { path: entry.slice(tab + 1), commit: object } : undefined;
  }
}

function tooLarge(reason: string): PinionError {
  return new PinionError("git/too-large", `The commit ${reason}`, { details: { reason } });
}

/** No system takes longer paths: PATH_MAX of Linux is 4,096 bytes, Windows has 32,767 characters. */
const MAX_ENTRY_LENGTH = 40_000;
const BOUNDS: TreeBounds = {
  files: MAX_UNPACKED_FILES,
  folders: MAX_UNPACKED_FOLDERS,
  components: MAX_NAME_COMPONENTS,
  bytes: MAX_UNPACKED_BYTES,
  // Each is a repository of its own that is fetched.
  submodules: 1000,
};
