// Writes a lock as a requirements file, line for line as `uv pip compile` does: pins sorted by name, with their hashes and
// with comments that say what needs them.

import { compareText } from "../base/values/compare-text.ts";
import { append } from "../base/values/group-by.ts";
import { oneLine } from "../base/text/printable.ts";
import type { Declaration } from "../pep/declaration.ts";
import { compareVersionStrings } from "./version-order.ts";
import type { ChosenDeclaration, ChosenPackage, Lock } from "./lock.ts";

/** How the file looks. */
export interface RequirementsTxtStyle {
  /** Lines before everything else, each with its `#`. */
  readonly header?: readonly string[];
  /** Lines of options such as `--index-url …`; an empty line separates them from the pins. */
  readonly options?: readonly string[];
  /** Normalized names of packages to leave out; those that were chosen are listed at the end. */
  readonly omits?: readonly string[];
  readonly showsHashes?: boolean;
  /** `flask[async]==3` instead of `flask==3`. */
  readonly showsExtras?: boolean;
  readonly showsMarkers?: boolean;
  /** Comments that say what needs each package: on a line each, or all on one. */
  readonly annotations?: "split" | "line" | "none";
  /** Comments that name the index of each package. */
  readonly showsIndexes?: boolean;
}

/** Writes a requirements file. */
export function formatRequirementsTxt(lock: Lock, style: RequirementsTxtStyle = {}): string {
  const { header = [], options = [], omits = [], annotations = "split" } = style;
  const omitted = new Set(omits);
  const packages = lock.packages.filter(({ name }) => !omitted.has(name)).toSorted(byPlace);
  const lines = [
    ...header,
    ...options,
    ...(options.length === 0 ? [] : [""]),
    ...packages.flatMap((chosen) => pinsOf(chosen, style)).flatMap((chosen) => packageLines(chosen, style)),
    ...(annotations === "none" ? [] : omissionLines(lock, omits)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Where a requirement was declared, as an annotation names it: `-r requirements.in`, `my-project (pyproject.toml)`. */
function formatDeclaration({ role, declaredIn }: ChosenDeclaration): string {
  switch (role) {
    case "constraint":
      return `-c ${declaredIn.path}`;
    case "override":
      return declaredIn.kind === "file"
        ? `--override ${declaredIn.path}`
        : `--override ${formatProject(declaredIn)}`;
    case "requirement":
      return declaredIn.kind === "file" ? `-r ${declaredIn.path}` : formatProject(declaredIn);
  }
}

function formatProject(declared: Exclude<Declaration, { readonly kind: "file" }>): string {
  const place = declared.kind === "group" ? `(${declared.path}:${declared.group})` : `(${declared.path})`;
  return declared.project === undefined ? place : `${declared.project} ${place}`;
}

/** A package and its extras as pins of their own, where they are not all needed under one marker. */
function pinsOf(chosen: ChosenPackage, { showsExtras }: RequirementsTxtStyle): readonly ChosenPackage[] {
  const { extras, extraMarkers, extraDependents, dependents, marker } = chosen;
  if (showsExtras !== true || extraMarkers === undefined) return [chosen];
  const byMarker = new Map<string | undefined, string[]>([[marker, []]]);
  for (const extra of extras) append(byMarker, extraMarkers[extra] ?? marker, extra);
  return [...byMarker]
    .map(([own, some]) => ({
      ...chosen,
      extras: some,
      marker: own,
      dependents:
        own === marker
          ? dependents
          : dependents.filter((name) =>
              some.some((extra) => extraDependents?.[extra]?.includes(name) === true),
            ),
    }))
    .toSorted((a, b) => compareText(a.extras.join(), b.extras.join()));
}

function packageLines(chosen: ChosenPackage, style: RequirementsTxtStyle): readonly string[] {
  const hashes = style.showsHashes === true ? chosen.hashes : [];
  const pin = [pinOf(chosen, style), ...hashes.map((hash) => `    --hash=${hash}`)].join(" \\\n");
  const annotated = annotate(pin, chosen, { style, hasHashes: hashes.length > 0 });
  const index =
    style.showsIndexes === true && chosen.index !== undefined ? [`    # from ${oneLine(chosen.index)}`] : [];
  return [...annotated.split("\n").map((line) => line.trimEnd()), ...index];
}

function pinOf(chosen: ChosenPackage, { showsExtras, showsMarkers }: RequirementsTxtStyle): string {
  const { name, version, marker, source } = chosen;
  const written =
    chosen.written === undefined
      ? undefined
      : { ...chosen.written, text: chosen.written.text.replace(RELATIVE_FILE, "") };
  const isLocal = source.kind === "directory" || (source.kind === "archive" && source.path !== undefined);
  if (written?.isEditable === true) return `-e ${written.text}`;
  const condition = showsMarkers === true && marker !== undefined ? ` ; ${literalMarker(marker)}` : "";
  if (written !== undefined && isLocal && !HAS_SCHEME.test(written.text))
    return `${written.text}${condition}`;
  const extras = showsExtras === true && chosen.extras.length > 0 ? `[${chosen.extras.join(", ")}]` : "";
  const pin = written === undefined ? `==${version ?? ""}` : ` @ ${written.text}`;
  return `${name}${extras}${pin}${condition}`;
}

/** Strings of a marker come from distributions too: `${NAME}` would stand for a variable, and no environment has one in its values. */
function literalMarker(marker: string): string {
  return marker.replaceAll("${", "$ {");
}

function annotate(
  pin: string,
  { dependents, declarations }: ChosenPackage,
  { style, hasHashes }: { readonly style: RequirementsTxtStyle; readonly hasHashes: boolean },
): string {
  const sources = sourcesOf(declarations);
  if (style.annotations === "none" || sources.length + dependents.length === 0) return pin;
  if (style.annotations === "line") {
    const separator = hasHashes ? "\n    " : "  ";
    return `${pin.padEnd(LINE_WIDTH)}${separator}# via ${[...dependents, ...sources].join(", ")}`;
  }
  const reasons = [...sources, ...dependents];
  return reasons.length === 1
    ? `${pin}\n    # via ${reasons.join("")}`
    : [pin, "    # via", ...reasons.map((reason) => `    #   ${reason}`)].join("\n");
}

/** Each place once; uv tells files by the paths by which they were reached, and so lists one that was named and included twice. */
function sourcesOf(declarations: readonly ChosenDeclaration[]): readonly string[] {
  const byPath = new Map(
    declarations.toSorted(byRole).map((declaration) => {
      const line = oneLine(formatDeclaration(declaration));
      return [`${isAbsolute(declaration.declaredIn)} ${line}`, line] as const;
    }),
  );
  return [...byPath.values()];
}

function omissionLines(lock: Lock, omits: readonly string[]): readonly string[] {
  const excluded = omits.filter((omitted) => lock.packages.some(({ name }) => name === omitted));
  if (excluded.length === 0) return [];
  return [
    "",
    "# The following packages were excluded from the output:",
    ...excluded.map((name) => `# ${name}`),
  ];
}

/** Editable folders come first, then everything by name and version. */
function byPlace(a: ChosenPackage, b: ChosenPackage): number {
  const editableA = a.written?.isEditable === true;
  const editableB = b.written?.isEditable === true;
  if (editableA !== editableB) return editableA ? -1 : 1;
  if (editableA) return compareText(a.written?.text ?? "", b.written?.text ?? "");
  return compareText(a.name, b.name) || compareVersionStrings(a.version ?? "", b.version ?? "");
}

/** Constraints, overrides, requirements; of each, files before projects before groups before settings, by path, whole paths first. */
function byRole(a: ChosenDeclaration, b: ChosenDeclaration): number {
  return (
    ROLES.indexOf(a.role) - ROLES.indexOf(b.role) ||
    Number(isOfSettings(a.declaredIn)) - Number(isOfSettings(b.declaredIn)) ||
    KINDS.indexOf(a.declaredIn.kind) - KINDS.indexOf(b.declaredIn.kind) ||
    Number(isAbsolute(b.declaredIn)) - Number(isAbsolute(a.declaredIn)) ||
    comparePaths(a.declaredIn.path, b.declaredIn.path) ||
    compareText(JSON.stringify(a.declaredIn), JSON.stringify(b.declaredIn))
  );
}

function isOfSettings(declared: Declaration): boolean {
  return declared.kind === "file" && declared.isOfSettings === true;
}

function isAbsolute(declared: Declaration): boolean {
  return declared.kind === "file" && declared.isAbsolute === true;
}

/** Part by part: `a/b` stands before `a-b`, and `./c` and `../c` before both. */
function comparePaths(a: string, b: string): number {
  const first = pathParts(a);
  const second = pathParts(b);
  for (let index = 0; index < Math.min(first.length, second.length); index += 1) {
    const [one, other] = [first[index]!, second[index]!];
    const order = partRank(one) - partRank(other) || compareText(one, other);
    if (order !== 0) return order;
  }
  return first.length - second.length;
}

function pathParts(path: string): readonly string[] {
  return path.split("/").filter((part, index) => index === 0 || (part !== "." && part !== ""));
}

/** The root, then this folder, then the one above, then names. */
function partRank(part: string): number {
  const rank = ["", ".", ".."].indexOf(part);
  return rank === -1 ? 3 : rank;
}

const ROLES: readonly ChosenDeclaration["role"][] = ["constraint", "override", "requirement"];
const KINDS: readonly Declaration["kind"][] = ["file", "project", "group"];

/** `https:`, `file:`; a single letter is a drive. */
const HAS_SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;

/** `file://./project`, which names a path relative to the working folder. */
const RELATIVE_FILE = /^file:\/\/(?=\.{1,2}(?:\/|$))/;

/** The column in which uv's one-line annotations begin, less their two blanks. */
const LINE_WIDTH = 24;
