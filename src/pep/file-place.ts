// The line of a file that a failure is about: whatever goes wrong with a requirement, its line is named.

import { PinionError, isPinionError } from "../errors.ts";

export interface FilePlace {
  /** As it was named, joined with the folder of the file that includes it; `-` is standard input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The same failure with the line that led to it, as `place` of its details and as a hint; what is placed stays so. */
export function placedAt(error: unknown, place: FilePlace | undefined): unknown {
  if (place === undefined || !isPinionError(error) || error.code === "net/cancelled") return error;
  const { code, message, details, hints, cause } = error;
  if ("place" in details || "line" in details || "namedBy" in details) return error;
  const { file, line } = place;
  return new PinionError(code, message, {
    details: { ...details, place: { file, line } },
    hints: [...hints, `\`${file}\` names it in line ${line}`],
    cause,
  });
}
