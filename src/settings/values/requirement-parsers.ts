// Parsers of settings that hold requirements and rules for packages, for the table.

import { isPinionError, PinionError } from "../../errors.ts";
import { shownValue } from "../../net/url.ts";
import { parseMarker } from "../../pep/markers/marker.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import { parseRequirement } from "../../pep/requirements/requirement.ts";
import { readStatedMetadata, type StatedMetadata } from "../../pep/metadata/stated-metadata.ts";
import { invalidValue } from "./invalid-argument.ts";
import { readJsonTable } from "../files/json-table.ts";
import { formatOrigin, type Sourced } from "../origin.ts";
import { projectName } from "./project-names.ts";

/** A requirement that a settings file holds itself; it can be parsed. */
export interface StatedRequirement {
  readonly text: string;
}

export const PRERELEASE_RULES = [
  "disallow",
  "allow",
  "if-necessary",
  "explicit",
  "if-necessary-or-explicit",
] as const;

export type PrereleaseRule = (typeof PRERELEASE_RULES)[number];

/** @throws settings/invalid with the place of what is not a requirement */
export function statedRequirements(entries: readonly Sourced<string>[]): readonly StatedRequirement[] {
  return eachOf(entries, "requirements", (text) => {
    parseRequirement(text);
    return { text };
  });
}

/** Names of projects only, as uv has them. @throws settings/invalid with the place of what is not a name */
export function excludedNames(entries: readonly Sourced<string>[]): readonly StatedRequirement[] {
  for (const said of entries) projectName(said.value, said);
  return entries.map(({ value }) => ({ text: value }));
}

/** Tables as JSON. @throws settings/invalid with the place of what cannot be read */
export function statedMetadata(entries: readonly Sourced<string>[]): readonly StatedMetadata[] {
  const read = (text: string): StatedMetadata => readStatedMetadata(readJsonTable(text));
  return eachOf(entries, "the metadata of packages", read, ({ message }) => message);
}

/** @throws settings/invalid with the place of what is not a marker */
export function statedMarkers(entries: readonly Sourced<string>[]): readonly Marker[] {
  return eachOf(entries, "markers", (text) => parseMarker(text));
}

/** `numpy=allow`. @throws usage/invalid-argument, settings/invalid */
export function packagePrereleases(entries: readonly Sourced<string>[]): ReadonlyMap<string, PrereleaseRule> {
  return new Map(
    entries.map((said) => {
      const { value } = said;
      const [name = "", written = ""] = value.split("=", 2);
      const rule = PRERELEASE_RULES.find((candidate) => candidate === written.trim());
      if (rule !== undefined && name.trim() !== "") {
        const kind = `Invalid \`prerelease-package\` package name \`${name}\``;
        return [projectName(name.trim(), said, kind), rule];
      }
      const rules = PRERELEASE_RULES.map((known) => `\`${known}\``);
      throw invalidValue(value, {
        option: "--prerelease-package <PRERELEASE_PACKAGE>",
        why:
          written === "" || name.trim() === ""
            ? `Invalid \`prerelease-package\` value \`${value}\`: expected format \`PACKAGE=MODE\``
            : `Invalid \`prerelease-package\` mode: expected one of ${rules.slice(0, -1).join(", ")}, or ${rules.at(-1)}, found \`${written.trim()}\``,
      });
    }),
  );
}

function eachOf<T>(
  entries: readonly Sourced<string>[],
  expected: string,
  parse: (text: string) => T,
  why: (error: PinionError, text: string) => string = (_, text) => `\`${shownValue(text)}\``,
): readonly T[] {
  return entries.map(({ value, origin }) => {
    try {
      return parse(value);
    } catch (error) {
      if (!isPinionError(error)) throw error;
      throw new PinionError(
        "settings/invalid",
        `\`${formatOrigin(origin)}\` must hold ${expected}: ${why(error, value)}`,
        { details: { origin }, cause: error },
      );
    }
  });
}
