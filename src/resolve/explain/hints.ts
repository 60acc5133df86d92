// What a person can do about an unsatisfiable set of requirements, as values; the words of the command line are uv's.

import type { Hint } from "../../advice.ts";
import { exactVersion, formatRange, rangeContains } from "../../pep/versions/version-range.ts";
import type { VersionRange } from "../../pep/versions/interval.ts";
import { isPrerelease } from "../../pep/versions/version.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { Derivation, Statement } from "./derivation.ts";
import { statementsOf } from "./derivation.ts";
import { freshCandidate } from "../search/candidates.ts";
import type { CandidateRules } from "../search/candidates.ts";
import { projectName, projectPackage } from "../package.ts";
import { isPluralSubject, wordRange } from "./phrases.ts";
import type { PhraseContext } from "./phrases.ts";
import { compareTags } from "./tag-order.ts";
import type { ListedVersion, PackageListing, UnavailableVersion, Unusable } from "../provider.ts";
import { releaseOf } from "../requires-python.ts";

/** What hints depend on, beside the derivation. */
export interface HintContext extends PhraseContext {
  /** Set where the current environment is not among those for which there is no solution. */
  readonly elsewhere?: Elsewhere | undefined;
  listingOf(name: string): PackageListing | undefined;
  rulesOf(name: string): CandidateRules;
  /** Whether the resolution is for all environments of a range of Pythons. */
  readonly isUniversal?: boolean;
  /** Why the needs of a version cannot be known, where that is so. */
  metadataReasonOf(name: string, version: Version): Unusable | undefined;
}

/** That the current environment is not among those for which there is no solution. */
export interface Elsewhere {
  /** The version of its Python, where that tells them apart. */
  readonly python: string | undefined;
}

/** The hints of a derivation, each once, in the order in which an explanation comes to their causes. */
export function hintsOf(derivation: Derivation, context: HintContext): readonly Hint[] {
  const statements = statementsOf(derivation);
  // A Python that is too old is reported once, for the first project that says so.
  const isAboutPython = (statement: Statement): boolean =>
    statement.kind === "dependency" && statement.dependency.kind === "python";
  const firstAboutPython = statements.find(
    (statement) => isAboutPython(statement) && hintsOfStatement(statement, statements, context).length > 0,
  );
  const telling = statements.filter(
    (statement) => !isAboutPython(statement) || statement === firstAboutPython,
  );
  const hints = telling.flatMap((statement) => hintsOfStatement(statement, statements, context));
  const first = new Map<string, Hint>();
  for (const { hint, subject } of hints) if (!first.has(subject)) first.set(subject, hint);
  return [...elsewhereHints(context.elsewhere), ...first.values()];
}

/** A hint, and its subject: of those that differ only in the versions they name, the first is shown, as in uv. */
interface Told {
  readonly hint: Hint;
  readonly subject: string;
}

function told(hints: readonly Hint[], subject?: string): readonly Told[] {
  return hints.map((hint) => ({ hint, subject: subject ?? JSON.stringify(hint) }));
}

function elsewhereHints(elsewhere: Elsewhere | undefined): readonly Hint[] {
  if (elsewhere === undefined) return [];
  return [
    elsewhere.python === undefined
      ? "The resolution failed for an environment that is not the current one, consider limiting the environments with `tool.uv.environments`."
      : `While the active Python version is ${elsewhere.python}, the resolution failed for other Python versions supported by your project. Consider limiting your project's supported Python versions using \`requires-python\`.`,
  ];
}

function hintsOfStatement(
  statement: Statement,
  statements: readonly Statement[],
  context: HintContext,
): readonly Told[] {
  const name = projectName(statement.package);
  if (name === undefined) return [];
  switch (statement.kind) {
    case "root":
      return [];
    case "dependency":
      return statement.dependency.kind === "python" && context.requestedPython !== undefined
        ? told([pythonHint(statement, context)])
        : [];
    case "no-versions":
      return [
        ...prereleaseHints(name, statement.range, statements, context),
        ...listingHints(name, statement.range, context),
        ...told(excludedNewerHints(name, statement.range, context), `exclude-newer for ${name}`),
      ];
    case "unavailable": {
      if (statement.reason.kind === "package") return listingHints(name, statement.range, context);
      return [
        ...prereleaseHints(name, statement.range, statements, context),
        ...listingHints(name, statement.range, context),
        ...versionHints(name, statement.range, statement.reason.reason, context),
      ];
    }
  }
}

function pythonHint(
  statement: Extract<Statement, { readonly kind: "dependency" }>,
  context: HintContext,
): Hint {
  return {
    kind: "raise-python-version",
    stated: context.isUniversal === true ? "requires-python" : "python-version",
    python: releaseOf(context.python).text,
    example: wordRange(statement.package, statement.range, "subject"),
    isExamplePlural: isPluralSubject(statement.range),
    supported: formatRange(statement.dependencyRange).join(", "),
  };
}

function prereleaseHints(
  name: string,
  range: VersionRange,
  statements: readonly Statement[],
  context: HintContext,
): readonly Told[] {
  if (context.rulesOf(name).prereleases !== "disallow") return [];
  const requested = statements.find(
    (entry) =>
      entry.kind === "dependency" &&
      projectName(entry.dependency) === name &&
      namesPrerelease(entry.dependencyRange),
  );
  if (requested?.kind === "dependency") {
    const example = wordRange(projectPackage(name), requested.dependencyRange, "subject");
    const hint: Hint = { kind: "enable-prereleases", package: name, reason: "requested", example };
    return told([hint], `requested pre-releases of ${name}`);
  }
  const available = context
    .versionsOf(name)
    ?.findLast((version) => isPrerelease(version) && rangeContains(range, version));
  if (available === undefined) return [];
  const hint: Hint = {
    kind: "enable-prereleases",
    package: name,
    reason: "available",
    example: available.text,
  };
  return told([hint], `available pre-releases of ${name}`);
}

function listingHints(name: string, range: VersionRange, context: HintContext): readonly Told[] {
  const listing = context.listingOf(name);
  switch (listing?.kind) {
    case undefined:
    case "unreachable":
      return [];
    case "not-found":
      return told([...(listing.place === "cache" ? [OFFLINE_HINT] : []), ...(listing.hints ?? [])]);
    case "found": {
      const { nextIndex } = listing;
      if (listing.versions.length === 0) return told(listing.hints ?? []);
      if (nextIndex === undefined) return [];
      const wanted = wordRange(projectPackage(name), range, "subject");
      const hint: Hint = { kind: "compare-all-indexes", package: name, wanted, ...nextIndex };
      return told([hint], `other indexes for ${name}`);
    }
  }
}

function versionHints(
  name: string,
  range: VersionRange,
  reason: UnavailableVersion,
  context: HintContext,
): readonly Told[] {
  const version = candidateIn(name, range, context);
  if (version === undefined) return [];
  const unusable =
    version.unusable ??
    version.unusableUnlessYanked ??
    context.metadataReasonOf(name, version.version) ??
    // What was seen only when its requirements were looked at.
    (reason.kind === "invalid-metadata" ? reason : undefined);
  if (unusable === undefined || unusable.kind !== reason.kind) return [];
  const subject = unusable.kind === "no-matching-tag" ? `tags of ${name}: ${unusable.dimension}` : undefined;
  return told(unusableHints(name, version, unusable), subject);
}

function unusableHints(name: string, listed: ListedVersion, unusable: Unusable): readonly Hint[] {
  const version = `\`${name}\` (v${listed.version.text})`;
  switch (unusable.kind) {
    case "no-build":
      return [{ kind: "allow-builds", package: name, isForAll: unusable.isForAll === true }];
    case "no-binary":
      return [{ kind: "allow-wheels", package: name, isForAll: unusable.isForAll === true }];
    case "no-matching-tag": {
      // The Pythons of a universal resolution are a range: no tag is that of the one which is required.
      const isAboutAbi = unusable.dimension === "abi" || unusable.dimension === "python-version";
      const tags = (unusable.available ?? [])
        .filter((tag) => !isAboutAbi || tag !== "none")
        .toSorted(compareTags);
      if (tags.length === 0) return [];
      const list = tags.map((tag) => `\`${tag}\``).join(", ");
      const plural = tags.length === 1 ? "" : "s";
      if (unusable.dimension === "platform") {
        return [`Wheels are available for ${version} on the following platform${plural}: ${list}`];
      }
      const kind = isAboutAbi ? "Python ABI" : "Python implementation";
      const opening =
        unusable.example === undefined || unusable.dimension === "python-version"
          ? `Wheels are available for ${version}`
          : `You require ${wordTag(unusable.example)}, but we only found wheels for ${version}`;
      return [`${opening} with the following ${kind} tag${plural}: ${list}`];
    }
    case "invalid-metadata":
      return [`Metadata for ${version} could not be parsed:\n  ${unusable.message.replaceAll("\n", "\n  ")}`];
    case "offline":
      return [OFFLINE_HINT];
    case "no-usable-wheels":
      return unusable.hasOnlySources === true
        ? [
            `Only source distributions are available for ${version}, and they are not built for another target than a Python of this machine`,
          ]
        : [];
    case "excluded-newer":
    case "unsupported-variant":
    case "requires-python":
      return [];
  }
}

function excludedNewerHints(name: string, range: VersionRange, context: HintContext): readonly Hint[] {
  const listing = context.listingOf(name);
  const included = context.versionsOf(name) ?? [];
  if (listing?.kind !== "found" || included.some((version) => rangeContains(range, version))) return [];
  const latest = listing.versions.find(
    (entry) => entry.unusable?.kind === "excluded-newer" && rangeContains(range, entry.version),
  );
  if (latest?.unusable?.kind !== "excluded-newer" || latest.unusable.cutoff === undefined) return [];
  const { cutoff, cutoffFor = "all", published } = latest.unusable;
  const { setting, advice } = CUTOFFS[cutoffFor];
  const isExact = exactVersion(range) !== undefined;
  const subject = isExact
    ? `The requested version, v${latest.version.text}, was`
    : `The latest version satisfying the requirement is v${latest.version.text},`;
  const when =
    published === undefined
      ? ` Its index gives no upload time for v${latest.version.text}, and files without one are left out.`
      : ` ${subject} published at ${published}.`;
  return [
    `\`${name}\` was filtered by ${setting} to only include packages uploaded before ${cutoff}.${when} ${advice}`,
  ];
}

// The advice never names the setting that is in force already.
const CUTOFFS = {
  all: {
    setting: "`exclude-newer`",
    advice: "Consider using `exclude-newer-package` to override the cutoff for this package.",
  },
  index: {
    setting: "`exclude-newer` of its index",
    advice: "Consider using `exclude-newer-package` to override the cutoff for this package.",
  },
  package: {
    setting: "`exclude-newer-package`",
    advice: "Consider removing the setting or updating it to a later date.",
  },
} as const;

/** The version that the search would have taken from a range, were it usable. */
function candidateIn(name: string, range: VersionRange, context: HintContext): ListedVersion | undefined {
  const listing = context.listingOf(name);
  if (listing?.kind !== "found") return undefined;
  const candidate = freshCandidate(listing.versions, range, context.rulesOf(name));
  return listing.versions.find((entry) => entry.version === candidate?.version);
}

function namesPrerelease(range: VersionRange): boolean {
  return range.intervals.some(({ lower, upper }) =>
    [lower, upper].some(
      (bound) => bound !== undefined && isPrerelease(bound.version) && !isPrefixBound(bound.version),
    ),
  );
}

/** `2.dev0`, the first version of `==2.*`, which was not written. */
function isPrefixBound({ pre, post, dev }: Version): boolean {
  return dev === 0 && pre === undefined && post === undefined;
}

/** `cp312` as people say it: CPython 3.12 (`cp312`). */
function wordTag(tag: string): string {
  const parts = /^(cp|pp|graalpy)(\d)(\d+)$/u.exec(tag);
  if (parts === null) return tag;
  return `${IMPLEMENTATIONS[parts[1]!]} ${parts[2]}.${parts[3]} (\`${tag}\`)`;
}

const IMPLEMENTATIONS: Readonly<Record<string, string>> = { cp: "CPython", pp: "PyPy", graalpy: "GraalPy" };
const OFFLINE_HINT =
  "Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.";
