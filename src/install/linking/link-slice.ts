// The links of a part of one prepared wheel, which either of the two threads makes (see `stage-by-two.ts`).

import { lstatSync, mkdirSync } from "node:fs";

import { STEPS_PER_PAUSE, type Pausing } from "../../base/work/turns.ts";
import { systemCode } from "../../errors.ts";
import type { PreparedWheel } from "../../store/prepared-wheel.ts";
import { isLong, place } from "./copy-file.ts";
import type { LinkMode } from "../installation.ts";

/** A part of a wheel's files, by their places in {@link PreparedWheel.files}. */
export interface Slice {
  /** Index of the wheel. */
  readonly wheel: number;
  readonly from: number;
  /** The first that is not part of it; the last part of a wheel has no end. */
  readonly to: number | undefined;
}

/** Where the files of a wheel are, and where they go: folders, with a slash at the end. */
export interface LinkPlace {
  readonly source: string;
  readonly purelib: string;
  readonly platlib: string;
  /** When the wheel was unpacked, in milliseconds since 1970: a file that is newer has been written to. */
  readonly unpackedMs: number;
}

export interface SliceOutcome {
  /** The first link that was not made, because the file changed, is copied and large, or the system refuses it; the part's end where all were. */
  readonly stopped: number;
  /** Files of whose name there is one already. */
  readonly conflicts: readonly number[];
}

/** Makes links, and the folders that they need. */
export class SliceLinker {
  readonly #made = new Set<string>();
  readonly #mode: LinkMode;

  constructor(mode: LinkMode) {
    this.#mode = mode;
  }

  *link(
    prepared: PreparedWheel,
    { from, to }: Pick<Slice, "from" | "to">,
    at: LinkPlace,
  ): Pausing<SliceOutcome> {
    const { files } = prepared;
    const inside = prepared.isPurelib ? at.purelib : at.platlib;
    const end = Math.min(to ?? files.length, files.length);
    const conflicts: number[] = [];
    let index = from;
    try {
      for (; index < end; index += 1) {
        if (index % STEPS_PER_PAUSE === 0) yield;
        const file = files[index] ?? "";
        const source = at.source + file;
        // A program may have written to a file that its environment shares with the cache.
        const status = lstatSync(source, NO_THROW);
        if (status === undefined || status.mtimeMs > at.unpackedMs) break;
        if (isLong(this.#mode, source)) break;
        this.#makeFolder(inside + file.slice(0, Math.max(0, file.lastIndexOf("/"))));
        try {
          place(this.#mode, source, inside + file);
        } catch (error) {
          if (systemCode(error) !== "EEXIST") throw error;
          conflicts.push(index);
        }
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      // The thread that has the linker knows another way, or can say what is wrong.
    }
    return { stopped: index, conflicts };
  }

  #makeFolder(folder: string): void {
    if (this.#made.has(folder)) return;
    try {
      mkdirSync(folder);
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT") {
        this.#makeFolder(folder.slice(0, folder.lastIndexOf("/")));
        return this.#makeFolder(folder);
      }
      // The other thread, or another wheel.
      if (code !== "EEXIST") throw error;
    }
    this.#made.add(folder);
  }
}

const NO_THROW = { throwIfNoEntry: false } as const;
