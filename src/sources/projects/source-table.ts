// The table `[tool.uv.sources]`, held against its rules: each of its entries must be one that uv reads, whether or not something
// requires that project, and whether or not sources count.

import { isTomlTable, tomlTable, type TomlTable } from "../../base/formats/toml-table.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import {
  areDisjointMarkers,
  formatSimplifiedMarker,
  isAlwaysFalse,
  negateMarker,
  simplifyMarker,
} from "../../pep/markers/algebra.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import { andMarkers, parseMarker } from "../../pep/markers/marker.ts";
import { invalidNameWords, isValidName, normalizeName } from "../../pep/name.ts";

/** One source of a project. */
export interface SourceEntry {
  readonly fields: TomlTable;
  /** Where it counts; absent for everywhere. */
  readonly marker: Marker | undefined;
}

/** Takes comparisons of markers from what one file may have. @throws requirement/invalid-file where that is used up */
export type Spend = (comparisons: number, name: string) => void;

/**
 * The sources that a file has for each project, by normalized name.
 *
 * @param file as messages name it
 * @throws requirement/invalid-file
 */
export function readSourceTable(
  document: unknown,
  file: string,
): ReadonlyMap<string, readonly SourceEntry[]> {
  const table = (isTomlTable(document) ? tomlTable(document, "tool", "uv")?.["sources"] : undefined) ?? {};
  const spend = comparisonBudget(file);
  const found = new Map<string, readonly SourceEntry[]>();
  try {
    if (!isTomlTable(table)) throw invalid("`tool.uv.sources` is not a table");
    for (const [written, stated] of Object.entries(table)) {
      if (!isValidName(written)) throw invalid(invalidNameWords(written));
      const name = normalizeName(written);
      if (found.has(name)) throw invalid(`\`tool.uv.sources\` has more than one entry for \`${name}\``);
      found.set(name, readEntries(stated, name, spend));
    }
  } catch (cause) {
    if (!isPinionError(cause)) throw cause;
    throw new PinionError("requirement/invalid-file", `Failed to parse: ${file}`, {
      details: { ...cause.details, file },
      hints: cause.hints,
      cause,
    });
  }
  return found;
}

/** What the markers of one file's sources may be compared. */
export function comparisonBudget(file: string): Spend {
  let left = MAX_COMPARISONS;
  return (comparisons, name) => {
    left -= comparisons;
    if (left >= 0) return;
    throw new PinionError(
      "requirement/invalid-file",
      `\`${name}\` has more sources in \`tool.uv.sources\` of \`${file}\` than can be distinguished`,
      { details: { file, name } },
    );
  };
}

/** How many comparisons it takes to ask anything of a marker. */
export function comparisonsFor(...markers: readonly (Marker | undefined)[]): number {
  return markers.reduce((sum, marker) => sum + comparisonsOf(marker), COMPARISONS_A_QUESTION);
}

function comparisonsOf(marker: Marker | undefined): number {
  if (marker === undefined) return 0;
  if (marker.kind === "comparison") return 1;
  return marker.operands.reduce((sum, operand) => sum + comparisonsOf(operand), 0);
}

function readEntries(stated: unknown, name: string, spend: Spend): readonly SourceEntry[] {
  if (isTomlTable(stated)) return [readEntry(stated, name)];
  if (!Array.isArray(stated)) throw invalid(`The source of \`${name}\` is not a table, nor a list of tables`);
  if (stated.length === 0) throw invalid(`The list of sources of \`${name}\` is empty`);
  const entries = stated.map((entry: unknown) => {
    if (!isTomlTable(entry)) throw invalid(`A source of \`${name}\` is not a table`);
    return readEntry(entry, name);
  });
  for (const [position, entry] of entries.entries()) {
    const next = entries[position + 1];
    // As in uv, each is compared with the one after it, and only those of one extra or group.
    if (next !== undefined && ["extra", "group"].every((key) => entry.fields[key] === next.fields[key]))
      refuseOverlap([entry.marker, next.marker], name, spend);
  }
  return entries;
}

function refuseOverlap(
  [first, second]: readonly [Marker | undefined, Marker | undefined],
  name: string,
  spend: Spend,
): void {
  spend(comparisonsFor(first, second), name);
  if (first === undefined || second === undefined) {
    const only = first ?? second;
    if (only !== undefined && isAlwaysFalse(only)) return;
    throw invalid(
      `Each of several sources of \`${name}\` needs a marker (such as \`marker = "sys_platform == 'linux'"\`)`,
    );
  }
  if (areDisjointMarkers(first, second)) return;
  const [former = "", latter = ""] = [first, second].map((marker) =>
    formatSimplifiedMarker(simplifyMarker(marker)),
  );
  if (former.length + latter.length > MAX_SHOWN_LENGTH)
    throw invalid(`The markers of two sources of \`${name}\` overlap`);
  const others = negateMarker(first);
  const rest = typeof others === "boolean" ? others : simplifyMarker(andMarkers([second, others]));
  const isLeft = rest !== false && rest !== true;
  throw invalid(
    `The markers of two sources of \`${name}\` overlap: \`${former}\` and \`${latter}\``,
    isLeft ? [`Replace \`${latter}\` with \`${formatSimplifiedMarker(rest)}\``] : [],
  );
}

function readEntry(fields: TomlTable, name: string): SourceEntry {
  for (const [key, value] of Object.entries(fields)) {
    const type = FIELDS.get(key);
    if (type === undefined)
      throw invalid(
        `The source of \`${name}\` has the unknown field \`${key}\`; known are ${listed([...FIELDS.keys()])}`,
      );
    if (typeof value !== type) throw invalid(`\`${key}\` of the source of \`${name}\` is not a ${type}`);
  }
  const { marker, extra, group, index } = fields;
  for (const written of [extra, group])
    if (typeof written === "string" && !isValidName(written)) throw invalid(invalidNameWords(written));
  if (extra !== undefined && group !== undefined) throw both(name, "extra", "group");
  if (typeof index === "string" && !INDEX_NAME.test(index))
    throw invalid(`The index of the source of \`${name}\` has a name that no index can have`);
  const kind = Object.keys(EXCLUDED).find((key) => fields[key] !== undefined);
  if (kind === undefined)
    throw invalid(`The source of \`${name}\` has none of ${listed(Object.keys(EXCLUDED))}`);
  const excluded = EXCLUDED[kind]?.find((key) => fields[key] !== undefined);
  if (excluded !== undefined) throw both(name, kind, excluded);
  const references = REFERENCES.filter((key) => fields[key] !== undefined);
  if (references.length > 1)
    throw invalid(`The source of \`${name}\` has more than one of ${listed(REFERENCES)}`);
  if (kind === "path" && fields["editable"] === true && fields["package"] === false)
    throw both(name, "editable = true", "package = false");
  for (const key of ["git", "url"])
    if (typeof fields[key] === "string" && !URL.canParse(fields[key]))
      throw invalid(`\`${key}\` of the source of \`${name}\` is not a URL`);
  return { fields, marker: typeof marker === "string" ? parseMarker(marker) : undefined };
}

function both(name: string, one: string, other: string): PinionError {
  return invalid(`The source of \`${name}\` has both \`${one}\` and \`${other}\``);
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function invalid(message: string, hints: readonly string[] = []): PinionError {
  return new PinionError("requirement/invalid-file", message, { hints });
}

const FIELDS: ReadonlyMap<string, "string" | "boolean"> = new Map([
  ...["git", "subdirectory", "rev", "tag", "branch", "url", "path", "index", "marker", "extra", "group"].map(
    (key) => [key, "string"] as const,
  ),
  ...["lfs", "editable", "package", "workspace"].map((key) => [key, "boolean"] as const),
]);

const REFERENCES = ["rev", "tag", "branch"];

/** The kinds of sources, and what each cannot have beside it. With `git`, `path` is of the repository. */
const EXCLUDED: Readonly<Record<string, readonly string[]>> = {
  git: ["index", "workspace", "url", "editable", "package"],
  url: ["index", "workspace", "path", ...REFERENCES, "editable", "package"],
  path: ["index", "workspace", ...REFERENCES],
  index: ["workspace", ...REFERENCES, "editable", "package"],
  workspace: [...REFERENCES, "package"],
};

const INDEX_NAME = /^[A-Za-z0-9._-]+$/;

/** Of the markers of one file's sources, for each requirement: two seconds. A project with ten sources for one has some hundred. */
const MAX_COMPARISONS = 20_000;
const COMPARISONS_A_QUESTION = 10;
/** Of two markers in a message: longer ones would hide what is said of them. */
const MAX_SHOWN_LENGTH = 1000;
