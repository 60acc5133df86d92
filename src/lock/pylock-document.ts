// A lock as data for programs (JSON): the keys and values of `pylock.toml` (PEP 751), whatever the file's own format is.

import { formatInstant } from "../base/values/instant.ts";
import { readToml } from "../base/formats/toml.ts";
import type { Pylock } from "../pep/files/pylock.ts";
import { formatPylock } from "./write-pylock.ts";

/**
 * The document of a lock, made from the text that its file would have, so that both say the same. Times are strings
 * (RFC 3339) as in the file.
 */
export function pylockDocument(lock: Pylock): object {
  const reading = readToml(formatPylock(lock));
  if (reading.kind !== "read") throw new Error(`a lock that was written cannot be read: ${reading.reason}`);
  return Object.fromEntries(Object.entries(reading.table).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return formatInstant(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
