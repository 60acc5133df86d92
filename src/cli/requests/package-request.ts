// What the settings of a command ask of a plan, whatever is done with it.

import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { PinionError } from "../../errors.ts";
import type { RequirementInput } from "../../api/inputs/read-inputs.ts";
import type { PlanRequest } from "../../api/requests.ts";
import { isValidName } from "../../pep/name.ts";
import type { Settings } from "../../settings/settings.ts";
import { packageRules } from "./package-rules.ts";
import { prereleaseRules } from "./prerelease-rules.ts";
import { statedIn } from "./stated-requirements.ts";
import { listOption, type CommandContext } from "../grammar/command.ts";
import { conflictingArguments, nothingRequested } from "../../settings/values/invalid-argument.ts";

/**
 * Reads the arguments and settings that choose packages.
 *
 * @throws usage/invalid-argument where nothing is requested, or two settings contradict each other
 */
export function packageRequest(
  context: CommandContext,
  { arguments: kind = "requirements" }: { readonly arguments?: "requirements" | "files" } = {},
): Omit<PlanRequest, "into"> {
  const { settings } = context;
  const requirements: readonly RequirementInput[] = [
    ...context.arguments.map((text): RequirementInput =>
      kind === "files" ? { kind: "file", path: text } : { kind: "text", text },
    ),
    ...listOption(context, "editable").map((text) => ({ kind: "editable" as const, text })),
    ...filesOf(settings, "requirement"),
  ];
  const groups = settings.get("group");
  if (requirements.length === 0 && groups.length === 0) throw nothingRequested(context.words.join(" "), kind);
  if (settings.get("offline") && settings.get("refresh"))
    throw conflictingArguments("--offline", "--refresh");
  if (settings.get("only-deps")) refuseOnlyDependencies(settings);
  refuseMissingConstraints(context);
  return {
    requirements,
    constraints: [
      ...filesOf(settings, "constraint"),
      ...statedIn(context, "constraint-dependencies"),
      ...upgradeConstraints(settings),
    ],
    overrides: [...filesOf(settings, "override"), ...statedIn(context, "override-dependencies")],
    excludes: [...filesOf(settings, "exclude"), ...statedIn(context, "exclude-dependencies")],
    extras: settings.get("all-extras") ? "all" : settings.get("extra"),
    excludedExtras: settings.get("no-extra"),
    groups,
    ignoresEditable: settings.get("no-editable") ? "all" : settings.get("no-editable-package"),
    ...prereleaseRules(settings),
    resolution: settings.get("resolution"),
    noDependencies: settings.get("no-deps"),
    onlyDependencies: settings.get("only-deps"),
    dependencyMetadata: settings.get("dependency-metadata"),
    ignoresRequiresPython: settings.get("ignore-requires-python"),
    ...packageRules(context),
    isPythonRequested: settings.get("python-version") !== undefined,
  };
}

/** uv: a file of constraints on builds must be there, also where nothing is built. */
function refuseMissingConstraints({ settings, cwd }: CommandContext): void {
  const missing = settings
    .get("build-constraint")
    .find((path) => !/^(?:https?|file):/i.test(path) && path !== "-" && !existsSync(resolve(cwd, path)));
  if (missing === undefined) return;
  throw new PinionError("requirement/file-not-found", `File not found: ${missing}`, {
    details: { file: missing },
  });
}

function filesOf(
  settings: Settings,
  name: "requirement" | "constraint" | "override" | "exclude",
): readonly RequirementInput[] {
  return settings.get(name).map((path) => ({ kind: "file", path }));
}

/** pip's rules for `--only-deps`: beside a file it would not be clear which packages are meant. */
function refuseOnlyDependencies(settings: Settings): void {
  if (settings.get("no-deps")) throw conflictingArguments("--only-deps", "--no-deps");
  if (settings.get("requirement").length > 0) throw conflictingArguments("--only-deps", "--requirement");
}

/** `-P six==1.16` upgrades to what it names. */
function upgradeConstraints(settings: Settings): readonly RequirementInput[] {
  return settings
    .entries("upgrade-package")
    .filter(({ value }) => !isValidName(value.trim()))
    .map(({ value }) => ({ kind: "text", text: value }));
}
