// `pinion pip show`: what is known of installed packages.

import { dirname } from "node:path";
import { targetOf } from "../../api/destination.ts";
import { isPinionError, systemCode } from "../../errors.ts";
import { normalizeName } from "../../pep/name.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import { readRecord } from "../../python/environments/installed-record.ts";
import { requiredNames } from "../../inspect/dependency-tree.ts";
import { hasOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { tellLookedAt } from "../requests/find-destination.ts";
import { lookAtInstalled, warnIfStrict } from "../installed.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  if (context.arguments.length === 0) {
    output.warn("Please provide a package name or names.");
    return 1;
  }
  const looked = await lookAtInstalled(context);
  tellLookedAt(looked.destination, context);
  const names = new Set(context.arguments.map(normalizeName));
  const shown = looked.distributions.filter(({ name }) => names.has(name));
  const missing = [...names].filter((name) => !shown.some((distribution) => distribution.name === name));
  if (missing.length > 0) output.warn(`Package(s) not found for: ${missing.toSorted().join(", ")}`);
  const target = targetOf(looked.destination);
  const hasFiles = hasOption(context, "files");
  const packages = shown.map((distribution) =>
    describe(distribution, { all: looked.distributions, target, hasFiles }),
  );
  if (output.isJson) output.json(packages);
  else if (packages.length > 0) output.print(packages.map(toText).join("\n---\n"));
  await warnIfStrict(context, looked);
  return shown.length > 0 ? 0 : 1;
}

interface Description {
  readonly name: string;
  readonly version: string;
  readonly location: string;
  readonly editableLocation: string | undefined;
  /** As `requiredBy`, undefined where the metadata cannot be read: nothing can be said about it then, as in uv. */
  readonly requires: readonly string[] | undefined;
  readonly requiredBy: readonly string[] | undefined;
  /** undefined where they were not asked for. */
  readonly files: readonly string[] | undefined;
}

interface Surroundings {
  readonly all: readonly InstalledDistribution[];
  readonly target: Target;
  readonly hasFiles: boolean;
}

function describe(distribution: InstalledDistribution, { all, target, hasFiles }: Surroundings): Description {
  const needs = (other: InstalledDistribution): readonly string[] => needsOf(other, target) ?? [];
  const requires = needsOf(distribution, target);
  const { name } = distribution;
  return {
    name,
    version: distribution.version.text,
    // As pip and uv have it: of a project that setuptools linked, the project.
    location: distribution.kind === "egg-link" ? dirname(distribution.directory) : distribution.location,
    editableLocation: distribution.editableLocation,
    requires,
    requiredBy:
      requires === undefined
        ? undefined
        : all
            .filter((other) => other.name !== name && needs(other).includes(name))
            .map((other) => other.name),
    files: hasFiles ? filesOf(distribution) : undefined,
  };
}

/** Of metadata that cannot be read: undefined. */
function needsOf(distribution: InstalledDistribution, target: Target): readonly string[] | undefined {
  try {
    return requiredNames(distribution, target);
  } catch (error) {
    if (isPinionError(error, "index/invalid-metadata")) return undefined;
    throw error;
  }
}

function filesOf({ directory }: InstalledDistribution): readonly string[] {
  try {
    return readRecord(directory).map(({ path }) => path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EINVAL", "EFBIG"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

function toText(described: Description): string {
  const { name, version, location, editableLocation, requires, requiredBy, files } = described;
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    `Location: ${location}`,
    ...(editableLocation === undefined ? [] : [`Editable project location: ${editableLocation}`]),
    ...(requires === undefined ? [] : [`Requires: ${requires.join(", ")}`.trimEnd()]),
    ...(requiredBy === undefined ? [] : [`Required-by: ${requiredBy.join(", ")}`.trimEnd()]),
    ...(files === undefined ? [] : ["Files:", ...files.map((file) => `  ${file}`)]),
  ].join("\n");
}
