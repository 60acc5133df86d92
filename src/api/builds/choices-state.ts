// What the constraints of builds say, and where what settings require for builds leads: files are read, and paths followed, so that
// what was built before is found again only where all of that is the same, in whatever project.

import { hash, randomUUID } from "node:crypto";
import { statSync } from "node:fs";

import { formatRequirement } from "../../pep/requirements/requirement.ts";
import { filePathOf } from "../../sources/file-url.ts";
import type { Inputs, RequestedRequirement } from "../../sources/requested.ts";
import type { Source } from "../../sources/source.ts";
import type { InputSources } from "../inputs/read-inputs.ts";
import type { BuildChoices } from "./build-choices.ts";

/**
 * A digest of them; undefined where there are none.
 *
 * @throws what reading throws
 */
export async function stateOfChoices(
  { constraints = [], extraRequirements = {} }: BuildChoices,
  read: (sources: InputSources) => Promise<Inputs>,
): Promise<string | undefined> {
  const requirements = Object.values(extraRequirements)
    .flat()
    // Without a URL or a path, the text says everything.
    .flatMap(({ text }) => (text.includes("@") ? [{ kind: "text" as const, text }] : []));
  if (constraints.length + requirements.length === 0) return undefined;
  const inputs = await read({ requirements, constraints, overrides: [] });
  const rows = [...inputs.requirements, ...inputs.constraints].map(rowOf);
  const changing = rows.some(({ contents }) => contents === UNKNOWN);
  return `${changing ? `${ONCE}${randomUUID()} ` : ""}${hash("sha256", JSON.stringify(rows), "hex")}`;
}

/** Whether two looks saw the same; a folder may have changed in between, which is not known. */
export function isSameState(one: string | undefined, other: string | undefined): boolean {
  return one === other || (one?.startsWith(ONCE) === true && other?.startsWith(ONCE) === true);
}

function rowOf(requested: RequestedRequirement): { readonly contents: unknown } & Record<string, unknown> {
  const { kind, text, hashes, source } = requested;
  return {
    text: kind === "named" ? formatRequirement(requested.requirement) : text,
    hashes,
    source,
    contents: source && contentsOf(source),
  };
}

/** Tells the contents of a local file. */
function contentsOf({ url }: Source): unknown {
  if (!url.startsWith("file:")) return undefined;
  const status = statSync(filePathOf(url), { throwIfNoEntry: false });
  if (status?.isFile() !== true) return UNKNOWN;
  const { ino, size, mtimeMs, ctimeMs } = status;
  return [ino, size, mtimeMs, ctimeMs];
}

const UNKNOWN = "unknown";
/** Before the state of what may change at any time: it is like no other. */
const ONCE = "once ";
