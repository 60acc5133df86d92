// Names of projects, extras and dependency groups.
// https://packaging.python.org/en/latest/specifications/name-normalization/ (PEP 503), core metadata `Name`.
import { PinionError } from "../errors.ts";

/** Brings any name into the form in which names are compared; `Foo__Bar.baz` becomes `foo-bar-baz` (PEP 503). */
export function normalizeName(name: string): string {
  return isNormalizedName(name) ? name : name.replace(SEPARATORS, "-").toLowerCase();
}

/**
 * Checks a project's or extra's name and normalises it.
 *
 * @throws PinionError `requirement/invalid-name`
 */
export function parseName(name: string): string {
  if (isValidName(name)) return normalizeName(name);
  throw new PinionError(
    "requirement/invalid-name",
    `Not a valid name: ${JSON.stringify(name.slice(0, MAX_QUOTED_LENGTH))}`,
    {
      details: { name: name.slice(0, MAX_QUOTED_LENGTH) },
      hints: [
        "A name starts and ends with an ASCII letter or digit and has only letters, digits, `-`, `_` and `.` between",
      ],
    },
  );
}

/** Whether a string may be a project's name (core metadata: ASCII letters and digits at both ends). */
export function isValidName(name: string): boolean {
  return VALID_NAME.test(name);
}

/** What uv says of a name that is not valid. */
export function invalidNameWords(name: string): string {
  return `Not a valid package or extra name: "${name}". Names must start and end with a letter or digit and may only contain -, _, ., and alphanumeric characters.`;
}

/** Tells whether a name is in its normal form already. */
export function isNormalizedName(name: string): boolean {
  return NORMALIZED_NAME.test(name);
}

const SEPARATORS = /[-_.]+/g;
const VALID_NAME = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;
const NORMALIZED_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** Enough to recognise what is wrong, and no more of a hostile text than a line. */
const MAX_QUOTED_LENGTH = 80;
