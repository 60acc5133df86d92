// Which extras of the projects among the inputs count.

/** Normalized names. */
export interface ExtraChoice {
  readonly extras: "all" | readonly string[];
  /** Those of them that do not count. */
  readonly excludedExtras?: readonly string[] | undefined;
}

/** The extras that count of a project that has these. */
export function chosenExtras(
  known: Iterable<string>,
  { extras, excludedExtras = [] }: ExtraChoice,
): readonly string[] {
  const excluded = new Set(excludedExtras);
  return (extras === "all" ? [...known] : extras).filter((extra) => !excluded.has(extra));
}

/** Those that are named: some project must have each. */
export function namedExtras({ extras, excludedExtras = [] }: ExtraChoice): readonly string[] {
  return [...(extras === "all" ? [] : extras), ...excludedExtras];
}
