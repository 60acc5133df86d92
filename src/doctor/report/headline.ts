// The first sentence of a report that found no fault: what was looked at answers, but not always as an index.

import type { Examination } from "../examine/examination.ts";

/** What can be said of a URL where nothing is wrong with the way there; not good where the page is not an index's. */
export function headlineOf({ http, target }: Pick<Examination, "http" | "target">): {
  readonly text: string;
  readonly isGood: boolean;
} {
  if (target.kind !== "address" || http === undefined || http.index !== undefined)
    return { text: "All is well", isGood: true };
  const page = http.title === undefined ? "" : `: it is the page \`${http.title}\``;
  return {
    text: `The server answers, but not with a page of a package index${page}`,
    isGood: false,
  };
}
