// Parsers of the settings about builds that hold requirements, for the table.

import { append } from "../../base/values/group-by.ts";
import { madeOnce } from "../../base/work/once.ts";
import { isTextList } from "../../base/values/record.ts";
import { PinionError } from "../../errors.ts";
import type { ExtraBuildRequirement } from "../../pep/extra-build-requirement.ts";
import { readJsonTable } from "../files/json-table.ts";
import { formatOrigin, type Sourced } from "../origin.ts";
import { projectName } from "./project-names.ts";
import { statedRequirements, type StatedRequirement } from "./requirement-parsers.ts";

type Entries = readonly Sourced<string>[];

/**
 * Requirements, and tables `{ requirement = "…", hashes = ["sha256:…"] }` as JSON.
 *
 * @throws settings/invalid with the place of what is neither
 */
export function buildConstraints(entries: Entries): readonly StatedRequirement[] {
  return entries.map((said) => {
    const { requirement, hashes } = hashedRequirement(said);
    statedRequirements([{ ...said, value: requirement }]);
    return { text: [requirement, ...hashes.map((digest) => `--hash=${digest}`)].join(" ") };
  });
}

/**
 * `proj:setuptools<80`, and `proj:` with a table `{ requirement = "…", match-runtime = true }` as JSON.
 *
 * @throws settings/invalid with the place of what is neither
 */
export function extraBuildRequirements(
  entries: Entries,
): Readonly<Record<string, readonly ExtraBuildRequirement[]>> {
  const found = new Map<string, ExtraBuildRequirement[]>();
  for (const said of entries) {
    const [name, text] = ofPackage(said);
    const extra = extraRequirement({ ...said, value: text });
    statedRequirements([{ ...said, value: extra.text }]);
    append(found, name, extra);
  }
  return Object.fromEntries(found);
}

/** `proj:NAME=value`; what is said first counts. @throws settings/invalid with the place of what is not a variable */
export function buildVariables(entries: Entries): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const found = new Map<string, Map<string, string>>();
  for (const said of entries) {
    const [name, text] = ofPackage(said);
    const equals = text.indexOf("=");
    if (equals < 1 || text.includes("\0"))
      throw refused(said, "variables: a name, and a value without the character NUL");
    const variables = madeOnce(found, name, () => new Map());
    const variable = text.slice(0, equals);
    if (!variables.has(variable)) variables.set(variable, text.slice(equals + 1));
  }
  return Object.fromEntries([...found].map(([name, variables]) => [name, Object.fromEntries(variables)]));
}

/** The normalized name of a package, and what is said of it. */
function ofPackage(said: Sourced<string>): readonly [name: string, text: string] {
  const colon = said.value.indexOf(":");
  if (colon === -1) throw refused(said, "tables by the names of packages");
  return [
    projectName(said.value.slice(0, colon).trim(), said, "Invalid package name"),
    said.value.slice(colon + 1),
  ];
}

function extraRequirement(said: Sourced<string>): ExtraBuildRequirement {
  if (!said.value.startsWith("{")) return { text: said.value };
  const { requirement, "match-runtime": matchesRuntime } = readJsonTable(said.value) ?? {};
  if (typeof requirement === "string" && typeof matchesRuntime === "boolean")
    return { text: requirement, ...(matchesRuntime ? { matchesRuntime } : {}) };
  throw refused(said, "requirements, or tables with `requirement` and `match-runtime`");
}

/** Without the value: variables may be secret. */
function refused({ origin }: Sourced<string>, expected: string): PinionError {
  return new PinionError("settings/invalid", `\`${formatOrigin(origin)}\` must hold ${expected}`, {
    details: { origin },
  });
}

function hashedRequirement(said: Sourced<string>): {
  readonly requirement: string;
  readonly hashes: readonly string[];
} {
  const { value } = said;
  if (!value.startsWith("{")) return { requirement: value, hashes: [] };
  const { requirement, hashes } = readJsonTable(value) ?? {};
  if (typeof requirement === "string" && isTextList(hashes) && hashes.every((text) => HASH.test(text)))
    return { requirement, hashes };
  throw refused(said, "requirements, or tables with `requirement` and `hashes`");
}

/** As `--hash` has it: it becomes a part of a line. */
const HASH = /^[A-Za-z0-9_]+:[0-9A-Fa-f]+$/;
