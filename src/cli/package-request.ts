// What the settings of a command ask of a plan, whatever is done with it.

import type { GroupInput, RequirementInput } from "../api/read-inputs.ts";
import type { PlanRequest } from "../api/requests.ts";
import { normalizeName } from "../pep/name.ts";
import { parseNameSet } from "../registry/name-set.ts";
import type { PrereleaseMode } from "../resolve/input.ts";
import type { Sourced } from "../settings/origin.ts";
import type { Settings } from "../settings/settings.ts";
import { buildChoices } from "./build-request.ts";
import { listOption, type CommandContext } from "./command.ts";
import { conflictingArguments, nothingRequested } from "./invalid-argument.ts";
import { parseInstant } from "./instant.ts";
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
  const groups = groupsOf(settings);
  if (requirements.length === 0 && groups.length === 0) throw nothingRequested(context.words.join(" "));
  if (settings.flag("offline") && settings.flag("refresh"))
    throw conflictingArguments("--offline", "--refresh");
  return {
    requirements,
    constraints: filesOf(settings, "constraint"),
    overrides: filesOf(settings, "override"),
    excludes: filesOf(settings, "exclude"),
    extras: extrasOf(settings),
    groups,
    ignoresSources: settings.flag("no-sources"),
    ...prereleaseOf(settings),
    resolution: resolutionOf(settings),
    noDependencies: settings.flag("no-deps"),
    requiresHashes: settings.flag("require-hashes"),
    noBinary: parseNameSet(settings.list("no-binary").map(({ value }) => value)),
    onlyBinary: settings.flag("no-build")
      ? { isForAll: true, names: new Set() }
      : parseNameSet(settings.list("only-binary").map(({ value }) => value)),
    ...exclusionsOf(settings),
    builds: buildChoices(settings),
    isPythonRequested: settings.text("python-version") !== undefined,
    readInput: readStdin,
    signal,
  };
}

function exclusionsOf(settings: Settings): Pick<PlanRequest, "excludeNewerMs" | "excludeNewerPackages"> {
  const all = settings.text("exclude-newer");
  return {
    ...(all === undefined ? {} : { excludeNewerMs: parseInstant(all, "--exclude-newer <date>") }),
    excludeNewerPackages: new Map(settings.list("exclude-newer-package").map(packageInstant)),
  };
}

/** `numpy=2024-01-01`, or `numpy=false`. */
function packageInstant({ value, origin }: Sourced<string>): readonly [string, number | undefined] {
  const [name = "", ...rest] = value.split("=");
  const text = rest.join("=");
  const instant =
    text === "false"
      ? undefined
      : parseInstant({ value: text, origin }, "--exclude-newer-package <name=date>");
  return [normalizeName(name.trim()), instant];
}

function filesOf(
  settings: Settings,
  name: "requirement" | "constraint" | "override" | "exclude",
): readonly RequirementInput[] {
  return settings.list(name).map(({ value }) => ({ kind: "file", path: value }));
}

function extrasOf(settings: Settings): "all" | readonly string[] {
  if (settings.flag("all-extras")) return "all";
  return settings
    .list("extra")
    .flatMap(({ value }) => value.split(","))
    .map((name) => normalizeName(name.trim()));
}

/** `dev`, or `path/to/pyproject.toml:dev`. */
function groupsOf(settings: Settings): readonly GroupInput[] {
  return settings.list("group").map(({ value }) => {
    const colon = value.lastIndexOf(":");
    return colon === -1
      ? { name: value, path: "pyproject.toml" }
      : { name: value.slice(colon + 1), path: value.slice(0, colon) };
  });
}

function prereleaseOf(settings: Settings): { readonly prereleases?: PrereleaseMode } {
  const named = settings.text("prerelease")?.value;
  switch (named) {
    case "allow":
    case "disallow":
    case "explicit":
    case "if-necessary":
      return { prereleases: named };
    case "if-necessary-or-explicit":
      return { prereleases: "if-necessary" };
    case undefined:
      return settings.flag("pre") ? { prereleases: "allow" } : {};
    default:
      return {};
  }
}

function resolutionOf(settings: Settings): "highest" | "lowest" | "lowest-direct" {
  const named = settings.text("resolution")?.value;
  return named === "lowest" || named === "lowest-direct" ? named : "highest";
}
