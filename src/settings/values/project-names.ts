// Names of projects in the values of settings, refused in uv's words where they are not names.

import { PinionError } from "../../errors.ts";
import { shownValue } from "../../net/url.ts";
import { invalidNameWords, isValidName, normalizeName } from "../../pep/name.ts";
import { invalidValue } from "./invalid-argument.ts";
import { formatOrigin, type Sourced } from "../origin.ts";

/**
 * Normalizes a name that a value is or holds.
 *
 * @param said the whole value, for the error
 * @param kind what precedes the reason where a name is a part of the value: ``Invalid package name``
 * @throws usage/invalid-argument, settings/invalid
 */
export function projectName(name: string, said: Sourced<string>, kind?: string): string {
  if (isValidName(name)) return normalizeName(name);
  const { value, origin } = said;
  const words = invalidNameWords(shownValue(name));
  const why = kind === undefined ? words : `${kind}: ${words}`;
  if (origin.kind === "flag")
    throw invalidValue(shownValue(value), { option: withPlaceholder(origin.flag), why });
  throw new PinionError("settings/invalid", `\`${formatOrigin(origin)}\`: ${why}`, { details: { origin } });
}

/** `--no-binary <NO_BINARY>`, as clap writes an option. */
function withPlaceholder(flag: string): string {
  return flag.startsWith("--") ? `${flag} <${flag.slice(2).toUpperCase().replaceAll("-", "_")}>` : flag;
}
