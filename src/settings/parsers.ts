// Parsers of single settings, for the table.

import { mergeConfigSettings, parseConfigSettings, type ConfigSettings } from "../pep/config-settings.ts";
import { PinionError } from "../errors.ts";
import { parseInsecureHost, type InsecureHost } from "../net/connections/insecure-hosts.ts";
import { normalizeName } from "../pep/name.ts";
import { parseNameSet } from "../pep/name-set.ts";
import type { NameSet } from "../pep/name-set.ts";
import { invalidValue } from "./invalid-argument.ts";
import { parseInstant } from "./instant.ts";
import { formatOrigin, type Sourced } from "./origin.ts";

type Entries = readonly Sourced<string>[];

/** A dependency group and the project that it is of. */
export interface GroupPlace {
  readonly name: string;
  readonly path: string;
}

/** Normalized names; `--upgrade-package` and its like also take `name==version`. */
export function projectNames(entries: Entries): readonly string[] {
  return entries.map(({ value }) => normalizeName(/^[A-Za-z0-9._-]+/.exec(value)?.[0] ?? value));
}

export function namesIn(entries: Entries): NameSet {
  return parseNameSet(textsOf(entries));
}

export function extraNames(entries: Entries): readonly string[] {
  return entries.flatMap(({ value }) => value.split(",")).map((name) => normalizeName(name.trim()));
}

/** `dev`, or `path/to/pyproject.toml:dev`. */
export function groupPlaces(entries: Entries): readonly GroupPlace[] {
  return entries.map(({ value }) => {
    const colon = value.lastIndexOf(":");
    return colon === -1
      ? { name: value, path: "pyproject.toml" }
      : { name: value.slice(colon + 1), path: value.slice(0, colon) };
  });
}

/** @throws settings/invalid */
export function insecureHosts(entries: Entries): readonly InsecureHost[] {
  return entries.map(({ value, origin }) => parseInsecureHost(value, formatOrigin(origin)));
}

/** Milliseconds since 1970. @throws usage/invalid-argument, settings/invalid */
export function dateOf(said: Sourced<string>): number {
  return parseInstant(said, "--exclude-newer <EXCLUDE_NEWER>");
}

/** `numpy=2024-01-01`, or `numpy=false`. @throws usage/invalid-argument, settings/invalid */
export function packageDates(entries: Entries): ReadonlyMap<string, number | undefined> {
  return new Map(
    entries.map(({ value, origin }) => {
      const [name = "", ...rest] = value.split("=");
      const text = rest.join("=");
      if (rest.length === 0)
        throw invalidValue(value, {
          option: "--exclude-newer-package <EXCLUDE_NEWER_PACKAGE>",
          why: `Invalid \`exclude-newer-package\` value \`${value}\`: expected format \`PACKAGE=DATE\` or \`PACKAGE=false\``,
        });
      const date =
        text === "false"
          ? undefined
          : parseInstant({ value: text, origin }, "--exclude-newer-package <EXCLUDE_NEWER_PACKAGE>");
      return [normalizeName(name.trim()), date];
    }),
  );
}

/** @throws usage/invalid-argument */
export function configSettings(entries: Entries): ConfigSettings {
  return parseConfigSettings(textsOf(entries));
}

/** `numpy:setup-args=-Dallow-noblas=true`. @throws usage/invalid-argument */
export function packageConfigSettings(entries: Entries): Readonly<Record<string, ConfigSettings>> {
  const settings = new Map<string, ConfigSettings>();
  for (const { value } of entries) {
    const colon = value.indexOf(":");
    if (colon < 1) {
      throw new PinionError(
        "usage/invalid-argument",
        `Invalid config setting: \`${value}\` (expected \`PACKAGE:KEY=VALUE\`)`,
        { details: { value } },
      );
    }
    const name = normalizeName(value.slice(0, colon).trim());
    const setting = parseConfigSettings([value.slice(colon + 1)]);
    settings.set(name, mergeConfigSettings([settings.get(name) ?? {}, setting]));
  }
  return Object.fromEntries(settings);
}

function textsOf(entries: Entries): readonly string[] {
  return entries.map(({ value }) => value);
}
