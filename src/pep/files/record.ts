// `RECORD`: the files of an installed distribution or wheel with their digests, as CSV
// (packaging.python.org "Recording installed projects", PEP 376, 627).

import { recordRows, type RecordEntry } from "./record-rows.ts";

export { parseRecordRow, type RecordEntry } from "./record-rows.ts";

/**
 * Parses `RECORD`.
 *
 * @param maxRows how many rows it may have: more are refused as they are met
 * @throws PinionError `wheel/invalid`
 */
export function parseRecord(text: string, maxRows: number = Infinity): readonly RecordEntry[] {
  return [...recordRows(text, maxRows)];
}

/** Writes `RECORD`, one row per entry in the order given, as every installer does: `\n`, quotes where needed. */
export function formatRecord(entries: readonly RecordEntry[]): string {
  return entries
    .map((entry) => `${quote(entry.path)},${quote(entry.hash ?? "")},${entry.size ?? ""}\n`)
    .join("");
}

/** What a file's bytes turned out to be. */
export interface MeasuredFile {
  readonly size: number;
  /** The digest under an algorithm of `node:crypto` in base64 for URLs without padding. */
  readonly digest: (algorithm: string) => string;
}

/** Tells whether a file is what its row promises; a row without size and hash promises nothing. */
export function matchesRecord(entry: RecordEntry, file: MeasuredFile): boolean {
  if (entry.size !== undefined && entry.size !== file.size) return false;
  if (entry.hash === undefined) return true;
  const equals = entry.hash.indexOf("=");
  return file.digest(entry.hash.slice(0, equals)) === entry.hash.slice(equals + 1);
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
