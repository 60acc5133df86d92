// Parsers of the settings about builds that hold requirements, for the table.

import { isTextList } from "../base/record.ts";
import { PinionError } from "../errors.ts";
import { shownValue } from "../net/url.ts";
import { readJsonTable } from "./json-table.ts";
import { formatOrigin, type Sourced } from "./origin.ts";
import { statedRequirements, type StatedRequirement } from "./requirement-parsers.ts";

/**
 * Requirements, and tables `{ requirement = "…", hashes = ["sha256:…"] }` as JSON.
 *
 * @throws settings/invalid with the place of what is neither
 */
export function buildConstraints(entries: readonly Sourced<string>[]): readonly StatedRequirement[] {
  return entries.map((said) => {
    const { requirement, hashes } = hashedRequirement(said);
    statedRequirements([{ ...said, value: requirement }]);
    return { text: [requirement, ...hashes.map((digest) => `--hash=${digest}`)].join(" ") };
  });
}

function hashedRequirement({ value, origin }: Sourced<string>): {
  readonly requirement: string;
  readonly hashes: readonly string[];
} {
  if (!value.startsWith("{")) return { requirement: value, hashes: [] };
  const { requirement, hashes } = readJsonTable(value) ?? {};
  if (typeof requirement === "string" && isTextList(hashes) && hashes.every((text) => HASH.test(text)))
    return { requirement, hashes };
  throw new PinionError(
    "settings/invalid",
    `\`${formatOrigin(origin)}\` must hold requirements, or tables with \`requirement\` and \`hashes\`: \`${shownValue(value)}\``,
    { details: { origin } },
  );
}

/** As `--hash` has it: it becomes a part of a line. */
const HASH = /^[A-Za-z0-9_]+:[0-9A-Fa-f]+$/;
