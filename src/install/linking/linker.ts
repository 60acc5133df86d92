// Files from the cache into the staging folder: cloned, hard-linked, or copied. Synchronous calls, one per file: the
// promise API costs several times as much (docs/cache.md).

import { rmSync } from "node:fs";

import type { Pausing } from "../../base/work/turns.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { forgetWheel, type UnpackedWheel } from "../../store/unpacked-wheels.ts";
import { copyInPieces, isLong, place } from "./copy-file.ts";
import type { LinkMode } from "../installation.ts";

/** What the file system could not do, reported once. */
export interface LinkFallback {
  readonly wanted: LinkMode;
  readonly used: LinkMode;
  readonly systemCode: string;
}

export interface Linker {
  /** The way in use: the wanted one, until the file system refuses it. */
  readonly mode: LinkMode;
  /**
   * Makes `destination`, whose folder exists, from a file of a wheel; replaces an existing file, and returns whether there was one:
   * work to be done, with pauses, where a large file is copied.
   */
  link(source: string, destination: string, wheel: UnpackedWheel): boolean | Pausing<boolean>;
}

/** Links in the wanted way, and in the next best from the first file on that the file system refuses. */
export function createLinker(mode: LinkMode, onFallback: (fallback: LinkFallback) => void): Linker {
  let used = mode;
  const linkOnce = (source: string, destination: string): void => {
    for (;;) {
      try {
        place(used, source, destination);
        return;
      } catch (error) {
        const code = systemCode(error);
        const next = code !== undefined && NOT_POSSIBLE.has(code) ? NEXT[used] : undefined;
        if (next === undefined || code === undefined) throw error;
        // Too many links is the matter of one file (an empty `__init__.py` of many environments), not of the file system.
        if (code === "EMLINK") return place("copy", source, destination);
        used = next;
        if (next === "copy") onFallback({ wanted: mode, used, systemCode: code });
      }
    }
  };
  const linkAtOnce = (source: string, destination: string, wheel: UnpackedWheel): boolean => {
    try {
      linkOnce(source, destination);
      return false;
    } catch (error) {
      replaceable(error, wheel);
      rmSync(destination);
      linkOnce(source, destination);
      return true;
    }
  };
  return {
    get mode() {
      return used;
    },
    link: (source, destination, wheel) =>
      isLong(used, source) ? copyLarge(source, destination, wheel) : linkAtOnce(source, destination, wheel),
  };
}

function* copyLarge(source: string, destination: string, wheel: UnpackedWheel): Pausing<boolean> {
  try {
    yield* copyInPieces(source, destination);
    return false;
  } catch (error) {
    replaceable(error, wheel);
    rmSync(destination);
    yield* copyInPieces(source, destination);
    return true;
  }
}

/** Throws where the reason is not that there is a file of that name. */
function replaceable(error: unknown, wheel: UnpackedWheel): void {
  const code = systemCode(error);
  if (code === "ENOENT") throw damaged(wheel, error);
  if (code !== "EEXIST") throw error;
}

/** The error for a cached wheel whose files are gone. It is dropped, so that it is fetched again. */
export function damaged(wheel: UnpackedWheel, cause: unknown): PinionError {
  forgetWheel(wheel);
  return new PinionError("cache/damaged", `The cache has lost or changed files of \`${wheel.filename}\``, {
    details: { sha256: wheel.sha256, filename: wheel.filename },
    hints: ["Run the command again: the wheel is downloaded again"],
    cause,
  });
}

const NEXT: Readonly<Partial<Record<LinkMode, LinkMode>>> = {
  clone: "hardlink",
  hardlink: "copy",
  symlink: "copy",
};
/** What systems answer where a way of linking does not exist, or not between these two folders. */
const NOT_POSSIBLE: ReadonlySet<string> = new Set([
  "EXDEV",
  "EPERM",
  "EACCES",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EINVAL",
  "ENOTTY",
  "EMLINK",
  "UNKNOWN",
]);
