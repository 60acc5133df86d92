// The order of strings that no language decides.

/** Compares by UTF-16 code units, as `sort` does without a function. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
