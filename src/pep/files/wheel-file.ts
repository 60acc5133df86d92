// `WHEEL`: what a wheel says about itself (packaging.python.org "Binary distribution format").

import { PinionError } from "../../errors.ts";
import { readHeaders } from "../metadata/core-metadata-fields.ts";
import { expandTagSet } from "../tags/tag-set.ts";

/** What decides how a wheel is installed. */
export interface WheelFile {
  /** `[1, 0]`. */
  readonly version: readonly [number, number];
  readonly isPurelib: boolean;
  /** Expanded. */
  readonly tags: readonly string[];
}

/**
 * Parses `WHEEL`; a newer minor version is taken, a newer major one is not.
 *
 * @throws PinionError `wheel/invalid`
 */
export function parseWheelFile(text: string): WheelFile {
  const values = new Map(
    readHeaders(text).headers.map(([name, value]) => [name.toLowerCase(), value.trim()]),
  );
  const written = values.get("wheel-version") ?? "";
  const match = /^([0-9]{1,4})\.([0-9]{1,4})$/.exec(written);
  if (match === null) throw invalid("its WHEEL file names no version of the format");
  const version: readonly [number, number] = [Number(match[1]), Number(match[2])];
  // 0.1 was the version before the standard, and is the same.
  if (version[0] !== 1 && written !== "0.1")
    throw invalid(`it has version ${written} of the wheel format, and only 1 is known`);
  return {
    version,
    isPurelib: values.get("root-is-purelib")?.toLowerCase() === "true",
    tags: parseWheelTags(text),
  };
}

/** The expanded tags of a `WHEEL` file, in its order; lines that make no sense are left out. */
export function parseWheelTags(text: string): readonly string[] {
  const tags = readHeaders(text).headers.filter(([name]) => name.toLowerCase() === "tag");
  return tags.slice(0, MAX_TAG_LINES).flatMap(([, value]) => {
    const expanded = expandTagSet(value.trim());
    return typeof expanded === "string" ? [] : expanded;
  });
}

function invalid(reason: string): PinionError {
  return new PinionError("wheel/invalid", `Invalid \`WHEEL\` file: ${reason}`, {
    details: { reason },
  });
}

// One line per tag; the widest wheels have some twenty.
const MAX_TAG_LINES = 1000;
