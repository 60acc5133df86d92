// `pinion pip show`: what is known of installed packages.

import { targetOf } from "../../api/destination.ts";
import { systemCode } from "../../errors.ts";
import { normalizeName } from "../../pep/name.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { InstalledDistribution } from "../../python/environment.ts";
import { readRecord } from "../../python/installed-record.ts";
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
  const packages = shown.map((distribution) => describe(distribution, { all: looked.distributions, target }));
  const hasFiles = hasOption(context, "files");
  if (output.isJson)
    output.json(hasFiles ? packages : packages.map((found) => ({ ...found, files: undefined })));
  else if (packages.length > 0)
    output.print(packages.map((found) => toText(found, hasFiles)).join("\n---\n"));
  await warnIfStrict(context, looked);
  return shown.length > 0 ? 0 : 1;
}

interface Description {
  readonly name: string;
  readonly version: string;
  readonly location: string;
  readonly editableLocation: string | undefined;
  readonly requires: readonly string[];
  readonly requiredBy: readonly string[];
  readonly files: readonly string[];
}

function describe(
  distribution: InstalledDistribution,
  { all, target }: { readonly all: readonly InstalledDistribution[]; readonly target: Target },
): Description {
  const needs = (other: InstalledDistribution): readonly string[] => requiredNames(other, target);
  return {
    name: distribution.name,
    version: distribution.version.text,
    location: distribution.location,
    editableLocation: distribution.editableLocation,
    requires: needs(distribution),
    requiredBy: all.filter((other) => needs(other).includes(distribution.name)).map(({ name }) => name),
    files: filesOf(distribution),
  };
}

function filesOf({ directory }: InstalledDistribution): readonly string[] {
  try {
    return readRecord(directory).map(({ path }) => path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EINVAL", "EFBIG"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

function toText(described: Description, hasFiles: boolean): string {
  const { name, version, location, editableLocation, requires, requiredBy, files } = described;
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    `Location: ${location}`,
    ...(editableLocation === undefined ? [] : [`Editable project location: ${editableLocation}`]),
    `Requires: ${requires.join(", ")}`.trimEnd(),
    `Required-by: ${requiredBy.join(", ")}`.trimEnd(),
    ...(hasFiles ? ["Files:", ...files.map((file) => `  ${file}`)] : []),
  ].join("\n");
}
