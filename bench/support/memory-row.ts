// Rows about memory.

import { median, type Row } from "./row.ts";

/** The median of some peaks, in bytes, held against a bound. */
export function memoryRow(name: string, peaks: readonly (number | undefined)[], atMost: number): Row {
  const known = peaks.filter((bytes) => bytes !== undefined);
  if (known.length === 0) return { name, figure: "measured on Linux alone" };
  const bytes = median(known);
  const spread =
    known.length === 1
      ? ""
      : `, ${formatMegabytes(Math.min(...known))} to ${formatMegabytes(Math.max(...known))}`;
  return {
    name,
    figure: `${formatMegabytes(bytes)}${spread}`,
    target: `≤ ${formatMegabytes(atMost)}`,
    isMet: bytes <= atMost,
  };
}

export function formatMegabytes(bytes: number | undefined): string {
  return bytes === undefined ? "?" : `${(bytes / 1e6).toFixed(0)} MB`;
}
