// The words for statements and conclusions, as uv says them (crates/uv-resolver/src/pubgrub/report.rs).

import {
  complementRange,
  equalRanges,
  exactVersion,
  formatRange,
  isEmptyRange,
  isFullRange,
} from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import type { Version } from "../../pep/versions/version.ts";
import { makeVersion } from "../../pep/versions/version.ts";
import type { Statement } from "./derivation.ts";
import { availableRange } from "../search/known-versions.ts";
import { comparePackages, formatPackage, projectName } from "../package.ts";
import type { SolverPackage } from "../package.ts";
import { releaseOf } from "../requires-python.ts";
import type { VersionsOf } from "./restate.ts";
import type { Term } from "../search/term.ts";
import { describeUnavailable } from "../unavailable.ts";

/** What the words depend on, beside the derivation. */
export interface PhraseContext {
  readonly versionsOf: VersionsOf;
  readonly python: Version;
  /** The Python that was requested rather than found, as it is written. */
  readonly requestedPython: string | undefined;
  /** The one project whose requirements are those of the user. */
  readonly project?: string | undefined;
}

/** A statement as a clause: `a==1.0.0 depends on b`. */
export function phraseStatement(statement: Statement, context: PhraseContext): string {
  switch (statement.kind) {
    case "root":
      return "we are solving your requirements";
    case "no-versions":
      return statement.package.kind === "python"
        ? phrasePython(statement.range, context)
        : phraseNoVersions(statement.package, statement.range, context);
    case "unavailable":
      return phraseUnavailable(statement, context);
    case "dependency":
      return phraseDependency(statement, context);
  }
}

/** Two statements as clauses joined by "and", without saying their common subject twice. */
export function phraseStatements(first: Statement, second: Statement, context: PhraseContext): string {
  const isSameSubject =
    first.kind === "dependency" &&
    second.kind === "dependency" &&
    first.package === second.package &&
    equalRanges(first.range, second.range);
  if (!isSameSubject) {
    return joined(phraseStatement(first, context), " and ", phraseStatement(second, context));
  }
  return joined(
    phraseDependency(first, context),
    " and ",
    wordRange(second.dependency, second.dependencyRange, "dependency"),
  );
}

/** What follows from the terms that cannot all hold: `all versions of a cannot be used`. */
export function phraseTerms(terms: ReadonlyMap<SolverPackage, Term>, context: PhraseContext): string {
  const entries = [...terms].sort(([first], [second]) => comparePackages(first, second));
  const [one, two, three] = entries;
  if (one === undefined) return "the requirements are unsatisfiable";
  if (two === undefined) return phraseTerm(...one);
  if (three === undefined && one[1].isPositive !== two[1].isPositive) {
    const [[dependent, { range }], [dependency, { range: dependencyRange }]] = one[1].isPositive
      ? [one, two]
      : [two, one];
    return phraseDependency(
      { kind: "dependency", package: dependent, range, dependency, dependencyRange },
      context,
    );
  }
  const words = entries.map(([packageValue, term]) => wordTerm(packageValue, term));
  return `${words.join(three === undefined ? " and " : ", ")} are incompatible`;
}

/** Joins two parts; a part that ends with a list on its own lines takes no separator but its own break. */
export function joined(first: string, separator: string, second: string): string {
  return first.endsWith("\n")
    ? `${first}${separator.trimStart().replace(/^, /u, "")}${second}`
    : `${first}${separator}${second}`;
}

/** A package with versions of it, as the subject of a sentence or as what is depended on. */
export function wordRange(packageValue: SolverPackage, range: VersionRange, role: RangeRole): string {
  if (packageValue.kind === "root") return "your requirements";
  const name = formatPackage(packageValue);
  const parts = formatRange(range);
  const [only, another] = parts;
  if (only === undefined) return `${name} ∅`;
  if (another !== undefined)
    return `${ROLE_LISTS[role]}\n${parts.map((part) => `    ${name}${part}\n`).join("")}`;
  if (!isFullRange(range)) return `${name}${only}`;
  return role === "subject" ? `all versions of ${name}` : name;
}

/** Whether the verb after {@link wordRange} as a subject is in the plural. */
export function isPluralSubject(range: VersionRange): boolean {
  return isFullRange(range) || range.intervals.length > 1;
}

/** A Python as "the current Python version" names it: `3.13` for 3.13.0. */
function wordPython(python: Version): string {
  return makeVersion({ ...python, release: releaseOf(python).release }).text;
}

function phrasePython(range: VersionRange, context: PhraseContext): string {
  const which =
    context.requestedPython !== undefined
      ? `the requested Python version (>=${context.requestedPython})`
      : `the current Python version (${wordPython(context.python)})`;
  return `${which} does not satisfy ${wordRange(PYTHON, range, "subject")}`;
}

function phraseNoVersions(
  packageValue: SolverPackage,
  range: VersionRange,
  { versionsOf }: PhraseContext,
): string {
  const name = formatPackage(packageValue);
  if (isFullRange(range)) return `there are no versions of ${name}`;
  if (exactVersion(range) !== undefined) return `there is no version of ${name}${formatRange(range)[0]}`;
  const project = projectName(packageValue);
  const known = project === undefined ? undefined : versionsOf(project);
  const others = complementRange(range);
  const existing = known === undefined ? others : availableRange(others, known);
  if (isEmptyRange(existing)) return `there are no versions of ${name}`;
  const words = wordRange(packageValue, existing, "available");
  return existing.intervals.length === 1
    ? `only ${words} is available`
    : `only the following versions of ${name} ${words}`;
}

function phraseUnavailable(
  statement: Extract<Statement, { readonly kind: "unavailable" }>,
  context: PhraseContext,
): string {
  const { package: packageValue, range, reason } = statement;
  if (packageValue.kind === "root") {
    return reason.kind === "version" && reason.reason.kind === "unsatisfiable-requirement"
      ? `${rootRequires(context)} ${reason.reason.text}`
      : `your requirements cannot be used because it ${describeUnavailable(reason, "singular")}`;
  }
  if (reason.kind === "package")
    return `${formatPackage(packageValue)} ${describeUnavailable(reason, "singular")}`;
  const number = isPluralSubject(range) ? "plural" : "singular";
  return `${wordRange(packageValue, range, "subject")} ${describeUnavailable(reason, number)}`;
}

/** Who requires what the user requires. */
function rootRequires({ project }: PhraseContext): string {
  return project === undefined ? "you require" : `${project} depends on`;
}

function phraseDependency(
  statement: Extract<Statement, { readonly kind: "dependency" }>,
  context: PhraseContext,
): string {
  const { package: packageValue, range, dependency, dependencyRange } = statement;
  const words = wordRange(dependency, dependencyRange, "dependency");
  if (packageValue.kind === "root") {
    return isEmptyRange(dependencyRange)
      ? `your requirements for ${formatPackage(dependency)} cannot be satisfied`
      : `${rootRequires(context)} ${words}`;
  }
  const verb = isPluralSubject(range) ? "depend on" : "depends on";
  return `${joined(wordRange(packageValue, range, "subject"), " ", verb)} ${words}`;
}

function phraseTerm(packageValue: SolverPackage, term: Term): string {
  if (packageValue.kind === "root") return "your requirements are unsatisfiable";
  if (packageValue.kind === "project" && !term.isPositive) {
    return `${wordRange(packageValue, term.range, "subject")} must be used`;
  }
  return `${wordTerm(packageValue, term)} cannot be used`;
}

function wordTerm(packageValue: SolverPackage, term: Term): string {
  if (term.isPositive) return wordRange(packageValue, term.range, "subject");
  const excluded = exactVersion(term.range);
  if (excluded !== undefined) return `${formatPackage(packageValue)}!=${excluded.text}`;
  return wordRange(packageValue, complementRange(term.range), "subject");
}

/** What a range is in its sentence. */
export type RangeRole = "subject" | "dependency" | "available";

const ROLE_LISTS = { subject: "all of:", dependency: "one of:", available: "are available:" } as const;
const PYTHON: SolverPackage = { kind: "python" };
