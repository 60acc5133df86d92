// Requirements of many distributions. Their markers and specifiers repeat, so that each is parsed once and shared: an
// environment of a hundred packages has thousands of requirements, most of them `…; extra == "test"`.

import { isPinionError } from "../../errors.ts";
import { parseLenientRequirement } from "../lenient.ts";
import { normalizeName } from "../name.ts";
import { parseRequirement, type Requirement } from "./requirement.ts";

/** As `parseLenientRequirement`; equal markers are one object. */
export type RequirementReader = (text: string) => Requirement;

/** Makes a reader, which remembers what it has parsed for as long as it lives. */
export function createRequirementReader(): RequirementReader {
  const specifiers = remembering((text) => parseRequirement(`x${text}`).specifiers);
  const markers = remembering((text) => parseRequirement(`x;${text}`).marker);
  return (text) => {
    const match = text.length > MAX_LENGTH ? null : SIMPLE.exec(text);
    if (match === null) return parseLenientRequirement(text);
    const [, writtenName = "", specifierText = "", markerText] = match;
    try {
      return {
        name: normalizeName(writtenName),
        writtenName,
        extras: [],
        writtenExtras: [],
        specifiers: specifiers(specifierText),
        url: undefined,
        marker: markerText === undefined ? undefined : markers(markerText),
      };
    } catch (error) {
      // The whole text may be one that can be repaired, and an error must give a place in it.
      if (isPinionError(error)) return parseLenientRequirement(text);
      throw error;
    }
  };
}

/**
 * Whether a requirement can only concern those who ask for an extra, judged only from its text: its marker ends with
 * `extra == "…"` and has no `or`. Most of what an environment's distributions require is of this form.
 */
export function isForExtra(text: string): boolean {
  const marker = text.lastIndexOf(";");
  return marker !== -1 && text.length <= MAX_LENGTH && FOR_EXTRA.test(text.slice(marker));
}

function remembering<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) known.set(text, (found = { value: parse(text) }));
    return found.value;
  };
}

/**
 * A name, specifiers and a marker, without extras and address; what comes between is judged by the parser itself. No two
 * parts can hold the same blanks, so that a string which does not match costs no more than one that does.
 */
const SIMPLE = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)([ \t(]*[<>=!~][^@;[]*|[ \t]*)(?:;(.*))?$/s;
const FOR_EXTRA = /^;(?:(?!\bor\b)[^;@])*\bextra[ \t]*==[ \t]*(?:"[\w.-]+"|'[\w.-]+')[ \t]*$/;
/** Longer ones are left to the parser and its bound. */
const MAX_LENGTH = 4096;
