// Parsers of single settings, for the table.

import { basename } from "node:path";

import { append } from "../../base/values/group-by.ts";
import { mergeConfigSettings, parseConfigSettings, type ConfigSettings } from "../../pep/config-settings.ts";
import { PinionError } from "../../errors.ts";
import { parseInsecureHost, type InsecureHost } from "../../net/connections/insecure-hosts.ts";
import { shownValue } from "../../net/url.ts";
import { normalizeName } from "../../pep/name.ts";
import { parseNameSet } from "../../pep/name-set.ts";
import type { NameSet } from "../../pep/name-set.ts";
import { invalidValue } from "./invalid-argument.ts";
import { parseInstant } from "./instant.ts";
import { formatOrigin, type Sourced } from "../origin.ts";
import { projectName } from "./project-names.ts";

type Entries = readonly Sourced<string>[];

/** A dependency group and the project that it is of. */
export interface GroupPlace {
  readonly name: string;
  readonly path: string;
}

/** Normalized names. @throws usage/invalid-argument, settings/invalid */
export function projectNames(entries: Entries): readonly string[] {
  return entries.map((said) => projectName(said.value, said));
}

/** The normalized names of requirements: `name==version` says what to upgrade to. @throws usage/invalid-argument, settings/invalid */
export function requiredNames(entries: Entries): readonly string[] {
  return entries.map((said) => projectName(/^[A-Za-z0-9._-]+/.exec(said.value)?.[0] ?? said.value, said));
}

/** Names, `:all:` and `:none:`. @throws usage/invalid-argument, settings/invalid */
export function namesIn(entries: Entries): NameSet {
  for (const said of entries) {
    // uv: a name on the command line is a name, without blanks and not empty.
    const isFlag = said.origin.kind === "flag";
    const parts = said.value.split(",").map((text) => (isFlag ? text : text.trim()));
    for (const part of parts)
      if ((part !== "" || isFlag) && part !== ":all:" && part !== ":none:")
        projectName(part, isFlag ? { ...said, value: part } : said);
  }
  return parseNameSet(textsOf(entries));
}

export function extraNames(entries: Entries): readonly string[] {
  return entries.flatMap(({ value }) => value.split(",")).map((name) => normalizeName(name.trim()));
}

/** `dev`, or `path/to/pyproject.toml:dev`. @throws usage/invalid-argument, settings/invalid */
export function groupPlaces(entries: Entries): readonly GroupPlace[] {
  return entries.map(({ value, origin }) => {
    const colon = value.lastIndexOf(":");
    if (colon === -1) return { name: value, path: "pyproject.toml" };
    const [name, path] = [value.slice(colon + 1), value.slice(0, colon)];
    if (basename(path) === "pyproject.toml") return { name, path };
    const why = `The \`--group\` path is required to end in \`pyproject.toml\` for compatibility with pip; got: ${shownValue(path)}`;
    if (origin.kind === "flag") throw invalidValue(shownValue(value), { option: "--group <GROUP>", why });
    throw new PinionError("settings/invalid", `\`${formatOrigin(origin)}\`: ${why}`, { details: { origin } });
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
    entries.map((said) => {
      const { value, origin } = said;
      const [name = "", ...rest] = value.split("=");
      const text = rest.join("=");
      if (rest.length === 0)
        throw invalidValue(value, {
          option: "--exclude-newer-package <EXCLUDE_NEWER_PACKAGE>",
          why: `Invalid \`exclude-newer-package\` value \`${value}\`: expected format \`PACKAGE=DATE\` or \`PACKAGE=false\``,
        });
      const project = projectName(
        name.trim(),
        said,
        `Invalid \`exclude-newer-package\` package name \`${name}\``,
      );
      const date =
        text === "false"
          ? undefined
          : parseInstant({ value: text, origin }, "--exclude-newer-package <EXCLUDE_NEWER_PACKAGE>");
      return [project, date];
    }),
  );
}

/** @throws usage/invalid-argument */
export function configSettings(entries: Entries): ConfigSettings {
  return parseConfigSettings(textsOf(entries));
}

/** `numpy:setup-args=-Dallow-noblas=true`. @throws usage/invalid-argument */
export function packageConfigSettings(entries: Entries): Readonly<Record<string, ConfigSettings>> {
  const settings = new Map<string, ConfigSettings[]>();
  for (const said of entries) {
    const { value } = said;
    const colon = value.indexOf(":");
    if (colon < 1) {
      throw new PinionError(
        "usage/invalid-argument",
        `Invalid config setting: \`${value}\` (expected \`PACKAGE:KEY=VALUE\`)`,
        { details: { value } },
      );
    }
    const name = projectName(value.slice(0, colon).trim(), said, "Invalid package name");
    append(settings, name, parseConfigSettings([value.slice(colon + 1)]));
  }
  return Object.fromEntries([...settings].map(([name, stated]) => [name, mergeConfigSettings(stated)]));
}

function textsOf(entries: Entries): readonly string[] {
  return entries.map(({ value }) => value);
}
