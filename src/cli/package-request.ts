// What the settings of a command ask of a plan, whatever is done with it.

import type { RequirementInput } from "../api/read-inputs.ts";
import type { PlanRequest } from "../api/requests.ts";
import type { NameSet } from "../pep/name-set.ts";
import type { PrereleaseMode } from "../resolve/input.ts";
import type { Settings } from "../settings/settings.ts";
import { buildChoices } from "./build-request.ts";
import { listOption, type CommandContext } from "./command.ts";
import { conflictingArguments, nothingRequested } from "../settings/invalid-argument.ts";
import { readStdin } from "./stdin.ts";

/**
 * Reads the arguments and settings that choose packages.
 *
 * @throws usage/invalid-argument where nothing is requested, or two settings contradict each other
 */
export function packageRequest(
  context: CommandContext,
  { arguments: kind = "requirements" }: { readonly arguments?: "requirements" | "files" } = {},
): Omit<PlanRequest, "into"> {
  const { settings, signal } = context;
  const requirements: readonly RequirementInput[] = [
    ...context.arguments.map((text): RequirementInput =>
      kind === "files" ? { kind: "file", path: text } : { kind: "text", text },
    ),
    ...listOption(context, "editable").map((text) => ({ kind: "editable" as const, text })),
    ...filesOf(settings, "requirement"),
  ];
  const groups = settings.get("group");
  if (requirements.length === 0 && groups.length === 0) throw nothingRequested(context.words.join(" "));
  if (settings.get("offline") && settings.get("refresh"))
    throw conflictingArguments("--offline", "--refresh");
  return {
    requirements,
    constraints: filesOf(settings, "constraint"),
    overrides: filesOf(settings, "override"),
    excludes: filesOf(settings, "exclude"),
    extras: settings.get("all-extras") ? "all" : settings.get("extra"),
    groups,
    ignoresSources: settings.get("no-sources"),
    prereleases: prereleasesOf(settings),
    resolution: settings.get("resolution"),
    noDependencies: settings.get("no-deps"),
    requiresHashes: settings.get("require-hashes"),
    ...distributionRules(settings),
    excludeNewerMs: settings.get("exclude-newer"),
    excludeNewerPackages: settings.get("exclude-newer-package"),
    builds: buildChoices(settings),
    isPythonRequested: settings.get("python-version") !== undefined,
    readInput: readStdin,
    signal,
  };
}

/** Which kinds of distributions may be taken. */
export function distributionRules(settings: Settings): {
  readonly noBinary: NameSet;
  readonly onlyBinary: NameSet;
} {
  return {
    noBinary: settings.get("no-binary"),
    onlyBinary: settings.get("no-build") ? { isForAll: true, names: new Set() } : settings.get("only-binary"),
  };
}

function filesOf(
  settings: Settings,
  name: "requirement" | "constraint" | "override" | "exclude",
): readonly RequirementInput[] {
  return settings.get(name).map((path) => ({ kind: "file", path }));
}

function prereleasesOf(settings: Settings): PrereleaseMode | undefined {
  const named = settings.get("prerelease");
  if (named === "if-necessary-or-explicit") return "if-necessary";
  return named ?? (settings.get("pre") ? "allow" : undefined);
}
