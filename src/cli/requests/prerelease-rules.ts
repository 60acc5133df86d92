// What the settings of a command say about pre-releases: uv's modes, and pip's three options.

import type { PlanRequest } from "../../api/requests.ts";
import type { PrereleaseMode } from "../../resolve/input.ts";
import { conflictingArguments } from "../../settings/values/invalid-argument.ts";
import type { PrereleaseRule } from "../../settings/values/requirement-parsers.ts";
import type { Settings } from "../../settings/settings.ts";

/** @throws usage/invalid-argument where two of pip's options contradict each other */
export function prereleaseRules(
  settings: Settings,
): Required<Pick<PlanRequest, "prereleases" | "prereleasesOf">> {
  return { prereleases: prereleasesOf(settings), prereleasesOf: prereleasesOfPackages(settings) };
}

/** Whether those of a project count although it has final versions. */
export function allowsPrereleases(settings: Settings, name: string): boolean {
  const { prereleases, prereleasesOf: ofPackages } = prereleaseRules(settings);
  return (ofPackages?.get(name) ?? prereleases) === "allow";
}

function prereleasesOf(settings: Settings): PrereleaseMode | undefined {
  const named = settings.get("prerelease");
  if (named !== undefined) return modeOf(named);
  // pip's two options say more than its `--pre`, and exclude it.
  for (const name of ["all-releases", "only-final"] as const) {
    const { isForAll, names } = settings.get(name);
    if (settings.get("pre") && (isForAll || names.size > 0)) throw conflictingArguments(`--${name}`, "--pre");
  }
  if (settings.get("only-final").isForAll) return "disallow";
  return settings.get("pre") || settings.get("all-releases").isForAll ? "allow" : undefined;
}

/** Of single projects; what forbids pre-releases counts before what allows them. */
function prereleasesOfPackages(settings: Settings): ReadonlyMap<string, PrereleaseMode> {
  return new Map<string, PrereleaseMode>([
    ...[...settings.get("all-releases").names].map((name) => [name, "allow"] as const),
    ...[...settings.get("only-final").names].map((name) => [name, "disallow"] as const),
    ...[...settings.get("prerelease-package")].map(([name, rule]) => [name, modeOf(rule)] as const),
  ]);
}

function modeOf(rule: PrereleaseRule): PrereleaseMode {
  return rule === "if-necessary-or-explicit" ? "if-necessary" : rule;
}
