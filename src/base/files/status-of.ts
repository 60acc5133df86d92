// What is at a path, where the system may refuse to look: a folder on the way that cannot be searched, a name that is too long.

import { statSync, type Stats } from "node:fs";

import { systemCode, type PinionError } from "../../errors.ts";
import { systemReason } from "../text/system-reasons.ts";

/**
 * What a path leads to; undefined where nothing is.
 *
 * @param refused the error for what the system refuses, by the reason as the end of a sentence
 */
export function statusOf(
  path: string,
  refused: (reason: string, cause: unknown) => PinionError,
): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    const code = systemCode(cause);
    throw code === undefined ? cause : refused(systemReason(code), cause);
  }
}

/** What is at a path; undefined too where the system refuses to look. `look` says whether links are followed. */
export function tryStatusOf(path: string, look: typeof statSync = statSync): Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
