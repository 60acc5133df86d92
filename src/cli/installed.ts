// What the commands that look at an environment share: reading it, leaving some out, checking that its needs are met.

import { fileURLToPath } from "node:url";
import { PinionError } from "../errors.ts";
import { evaluateMarker } from "../pep/marker-evaluate.ts";
import { normalizeName } from "../pep/name.ts";
import type { Requirement } from "../pep/requirement.ts";
import { satisfies } from "../pep/specifier.ts";
import type { Target } from "../pep/tags.ts";
import { compareVersions } from "../pep/version.ts";
import { listInstalled, type InstalledDistribution } from "../python/environment.ts";
import { sitePackagesOf, targetOf, type Destination } from "../api/destination.ts";
import { hasOption, listOption, type CommandContext } from "./command.ts";
import { findDestination } from "./environment.ts";

export interface Looked {
  readonly destination: Destination;
  /** Sorted by name, then version. */
  readonly distributions: readonly InstalledDistribution[];
}

/** Reads the environment that a command is about, without what `--exclude…` and `--editable` leave out. */
export async function lookAtInstalled(context: CommandContext): Promise<Looked> {
  if (hasOption(context, "editable") && hasOption(context, "excludeEditable")) {
    throw new PinionError(
      "usage/invalid-argument",
      "the argument '--editable' cannot be used with '--exclude-editable'\n\nFor more information, try '--help'.",
    );
  }
  const destination = await findDestination(context, "look");
  const paths = listOption(context, "path");
  const excluded = new Set(listOption(context, "exclude").map(normalizeName));
  const distributions = listInstalled(paths.length > 0 ? paths : sitePackagesOf(destination))
    .filter(({ name }) => !excluded.has(name))
    .filter(({ isEditable }) =>
      isEditable ? !hasOption(context, "excludeEditable") : !hasOption(context, "editable"),
    );
  return { destination, distributions: sorted(distributions) };
}

function sorted(distributions: readonly InstalledDistribution[]): readonly InstalledDistribution[] {
  return distributions.toSorted((a, b) =>
    a.name === b.name ? compareVersions(a.version, b.version) : a.name < b.name ? -1 : 1,
  );
}

/** The folder of an editable distribution; undefined for what is not editable or not local. */
export function editableFolder({ isEditable, directUrl }: InstalledDistribution): string | undefined {
  if (!isEditable || directUrl?.kind !== "directory") return undefined;
  try {
    return fileURLToPath(directUrl.url);
  } catch {
    return undefined;
  }
}

/** Everything that a destination holds. */
export function lookInto(destination: Destination): Looked {
  return { destination, distributions: sorted(listInstalled(sitePackagesOf(destination))) };
}

/**
 * What `--strict` warns of: distributions that are there twice, and needs that are not met.
 *
 * @param names the projects whose needs count; by default all
 */
export function strictWarnings(
  { destination, distributions }: Looked,
  names?: ReadonlySet<string>,
): readonly string[] {
  const target = targetOf(destination);
  const byName = new Map<string, readonly InstalledDistribution[]>();
  for (const distribution of distributions)
    byName.set(distribution.name, [...(byName.get(distribution.name) ?? []), distribution]);
  const twice = [...byName.values()]
    .filter((same) => same.length > 1)
    .map(
      (same) =>
        `The package \`${same[0]?.name}\` has multiple installed distributions:\n${same.map(({ directory }) => `  - ${directory}`).join("\n")}`,
    );
  const isJudged = (name: string): boolean => names?.has(name) ?? true;
  const unmet = distributions
    .flatMap((distribution) => unmetNeeds(distribution, { byName, target }))
    .filter(({ name, needed, version }) => isJudged(name) || (version !== undefined && isJudged(needed)));
  return [...twice, ...unmet.map(describeUnmet)];
}

interface UnmetNeed {
  /** The project that needs something, and the one that it needs. */
  readonly name: string;
  readonly needed: string;
  readonly text: string;
  /** What there is instead, where there is something. */
  readonly version: string | undefined;
}

function unmetNeeds(
  distribution: InstalledDistribution,
  {
    byName,
    target,
  }: { readonly byName: ReadonlyMap<string, readonly InstalledDistribution[]>; readonly target: Target },
): readonly UnmetNeed[] {
  return distribution
    .metadata()
    .requiresDist.filter(({ marker }) => marker === undefined || evaluateMarker(marker, target.markers))
    .flatMap((requirement) => {
      const version = byName.get(requirement.name)?.[0]?.version;
      if (version !== undefined && satisfies(version, requirement.specifiers, { prereleases: true }))
        return [];
      const { name } = distribution;
      return [{ name, needed: requirement.name, text: formatNeed(requirement), version: version?.text }];
    });
}

function describeUnmet({ name, text, version }: UnmetNeed): string {
  return `The package \`${name}\` requires \`${text}\`, but ${version === undefined ? "it's not" : `\`${version}\` is`} installed`;
}

/** As uv writes it: normalised, specifiers by their versions. */
function formatNeed({ name, extras, specifiers }: Requirement): string {
  const sortedSpecifiers = specifiers.specifiers.toSorted((a, b) =>
    a.version === undefined || b.version === undefined ? 0 : compareVersions(a.version, b.version),
  );
  const written = sortedSpecifiers.map(({ operator, text }) => `${operator}${text}`).join(",");
  return `${name}${extras.length === 0 ? "" : `[${extras.join(",")}]`}${written}`;
}
