// Specifiers as a project's own file has to write them: metadata of distributions is read more leniently.

import type { SpecifierSet } from "./specifier-set.ts";
import { tryParseSpecifierSet } from "./specifier.ts";

/** As `tryParseSpecifierSet`, but a part between commas may not be empty; the whole text may. */
export function tryParseStrictSpecifierSet(text: string): SpecifierSet | undefined {
  const hasEmptyPart = text !== "" && text.split(",").some((part) => part.trim() === "");
  return hasEmptyPart ? undefined : tryParseSpecifierSet(text);
}
