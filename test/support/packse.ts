// Turns packse scenarios (test/vectors/packse-scenarios.json) into what the resolver is asked and answered.

import { parseMarker } from "../../src/pep/markers/marker.ts";
import { parseRequirement } from "../../src/pep/requirements/requirement.ts";
import { parseSpecifierSet } from "../../src/pep/versions/specifier.ts";
import { createTagRanking } from "../../src/pep/tags/tags.ts";
import type { TagMismatch, TagRanking, Target } from "../../src/pep/tags/tags.ts";
import { targetFor } from "../../src/pep/tags/target.ts";
import { createUniversalTagRanking, wheelEnvironments } from "../../src/pep/tags/wheel-environments.ts";
import { normalizeName } from "../../src/pep/name.ts";
import { compareVersions, parseVersion } from "../../src/pep/versions/version.ts";
import type { ResolutionInput } from "../../src/resolve/input.ts";
import type { ListedVersion, Provider, Unusable } from "../../src/resolve/provider.ts";
import { isPythonNewEnough } from "../../src/resolve/requires-python.ts";

export interface PacksePackage {
  readonly name: string;
  readonly version: string;
  readonly requires_python: string | null;
  readonly requires: readonly string[];
  readonly extras: Readonly<Record<string, readonly string[]>>;
  readonly sdist: boolean;
  readonly wheel: boolean;
  readonly yanked: boolean;
  readonly wheel_tags: readonly string[];
}

export interface PackseScenario {
  readonly name: string;
  readonly root: { readonly requires: readonly string[]; readonly requires_python: string };
  readonly environment: { readonly python: string };
  readonly options: {
    readonly universal: boolean;
    readonly prereleases: boolean;
    readonly python: string | null;
    readonly python_platform: string | null;
    readonly no_build: readonly string[];
    readonly no_binary: readonly string[];
    readonly required_environments: readonly string[];
    readonly resolution: "highest" | "lowest" | "lowest-direct" | null;
  };
  readonly packages: readonly PacksePackage[];
  readonly expected: { readonly satisfiable: boolean; readonly packages: Readonly<Record<string, string>> };
  readonly uv_snapshots: readonly {
    readonly kind: string;
    readonly exit_code: number;
    readonly stderr?: string;
    readonly installed: Readonly<Record<string, string>>;
    readonly uv_lock?: UvLock | null;
  }[];
}

/** What of uv.lock says which versions were chosen, and when. */
export interface UvLock {
  readonly resolution_markers: readonly string[];
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly resolution_markers: readonly string[];
    readonly dependencies: readonly UvDependency[];
    readonly optional_dependencies: Readonly<Record<string, readonly UvDependency[]>>;
  }[];
}

export interface UvDependency {
  readonly name: string;
  readonly version?: string;
  readonly marker?: string;
  readonly extra?: readonly string[];
}

/** The question of a scenario for all environments. */
export function universalInputOf(scenario: PackseScenario, requiresPython: string): ResolutionInput {
  const { options } = scenario;
  return {
    ...inputOf(scenario),
    environment: {
      kind: "universal",
      requiresPython: parseSpecifierSet(requiresPython),
      requiredEnvironments: options.required_environments.map(parseMarker),
    },
  };
}

/** The question of a scenario. */
export function inputOf(scenario: PackseScenario): ResolutionInput {
  const { options } = scenario;
  return {
    requirements: scenario.root.requires.map((text) => ({ requirement: parseRequirement(text) })),
    environment: {
      kind: "specific",
      target: targetOf(scenario),
      isPythonRequested: options.python !== null,
    },
    prereleases: options.prereleases ? "allow" : "if-necessary",
    resolution: options.resolution ?? "highest",
  };
}

/**
 * A provider whose index holds the packages of a scenario.
 *
 * @param options.delay Puts the answers in another order.
 * @param options.requiresPython Answers for all environments of these Pythons.
 */
export function providerOf(
  scenario: PackseScenario,
  options: { readonly delay?: () => Promise<void>; readonly requiresPython?: string } = {},
): Provider {
  const { delay = async () => {}, requiresPython } = options;
  const target = targetOf(scenario);
  const ranking =
    requiresPython === undefined
      ? createTagRanking(target)
      : createUniversalTagRanking(parseSpecifierSet(requiresPython));
  const listed = (entry: PacksePackage): ListedVersion =>
    requiresPython === undefined
      ? listedVersion(entry, scenario, target, ranking)
      : listedForAll(entry, scenario, ranking);
  const byName = new Map<string, PacksePackage[]>();
  for (const entry of scenario.packages) {
    const name = normalizeName(entry.name);
    byName.set(name, [...(byName.get(name) ?? []), entry]);
  }
  return {
    async listing(name) {
      await delay();
      const entries = byName.get(name);
      if (entries === undefined) return { kind: "not-found" };
      const versions = entries.map(listed);
      return { kind: "found", versions: versions.sort((a, b) => compareVersions(b.version, a.version)) };
    },
    async dependencies(name, version) {
      await delay();
      const entry = byName
        .get(name)
        ?.find((candidate) => parseVersion(candidate.version).order === version.order);
      if (entry === undefined) throw new Error(`No ${name} ${version.text}`);
      const optional = Object.entries(entry.extras).flatMap(([extra, requires]) =>
        requires.map((text) => parseRequirement(withExtra(text, extra))),
      );
      return {
        kind: "known",
        requires: [...entry.requires.map(parseRequirement), ...optional],
        providesExtra: Object.keys(entry.extras).map(normalizeName),
        ...(entry.requires_python === null
          ? {}
          : { requiresPython: parseSpecifierSet(entry.requires_python) }),
      };
    },
  };
}

/** Where a scenario says `3.12`, uv's tests take a release of it and print `3.12.[X]`. */
export function withoutPatch(text: string): string {
  return text.replaceAll(new RegExp(`\\b(3\\.\\d+)\\.${UNNAMED_PATCH}\\b`, "gu"), "$1.[X]");
}

function targetOf({ environment, options }: PackseScenario): Target {
  const isShort = environment.python.split(".").length === 2;
  return targetFor({
    platform: options.python_platform ?? "linux",
    pythonVersion:
      options.python ?? (isShort ? `${environment.python}.${UNNAMED_PATCH}` : environment.python),
  });
}

function listedVersion(
  entry: PacksePackage,
  scenario: PackseScenario,
  target: Target,
  ranking: TagRanking,
): ListedVersion {
  const unusable = requiresPythonReason(entry, target) ?? fileReason(entry, scenario, ranking);
  return {
    version: parseVersion(entry.version),
    yanked: entry.yanked ? "" : false,
    ...(unusable === undefined ? {} : { unusable }),
  };
}

function listedForAll(entry: PacksePackage, scenario: PackseScenario, ranking: TagRanking): ListedVersion {
  const unusable = fileReason(entry, scenario, ranking);
  const tags = entry.wheel ? entry.wheel_tags.flatMap(expandTags) : [];
  const environments = entry.sdist ? undefined : wheelEnvironments(tags);
  return {
    version: parseVersion(entry.version),
    yanked: entry.yanked ? "" : false,
    ...(entry.requires_python === null ? {} : { requiresPython: parseSpecifierSet(entry.requires_python) }),
    ...(environments === undefined ? {} : { environments }),
    ...(unusable === undefined ? {} : { unusable }),
  };
}

function requiresPythonReason({ requires_python }: PacksePackage, target: Target): Unusable | undefined {
  if (requires_python === null) return undefined;
  const specifiers = parseSpecifierSet(requires_python);
  return isPythonNewEnough(target.pythonVersion, specifiers)
    ? undefined
    : { kind: "requires-python", specifiers };
}

/** As uv: any wheel that fits, else a source distribution that may be built, else the reason of the wheels. */
function fileReason(
  entry: PacksePackage,
  { options }: PackseScenario,
  ranking: TagRanking,
): Unusable | undefined {
  const tags = entry.wheel ? entry.wheel_tags.flatMap(expandTags) : [];
  const mayBuild = !options.no_build.includes(entry.name);
  const mayUseWheels = !options.no_binary.includes(entry.name);
  if (mayUseWheels && ranking.rank(tags) !== undefined) return undefined;
  if (entry.sdist && mayBuild) return undefined;
  if (tags.length === 0) return { kind: "no-build" };
  if (!mayUseWheels) return { kind: "no-binary" };
  const dimension = ranking.explain(tags);
  return {
    kind: "no-matching-tag",
    dimension,
    example: ranking.example(dimension),
    available: [...new Set(tags.map((tag) => partOf(tag, dimension)))],
  };
}

function partOf(tag: string, dimension: TagMismatch): string {
  const [python = "", abi = "", platform = ""] = tag.split("-");
  if (dimension === "platform") return platform;
  return dimension === "abi" ? abi : python;
}

function expandTags(tag: string): readonly string[] {
  const [pythons = "", abis = "", platforms = ""] = tag.split("-");
  return pythons
    .split(".")
    .flatMap((python) =>
      abis
        .split(".")
        .flatMap((abi) => platforms.split(".").map((platform) => `${python}-${abi}-${platform}`)),
    );
}

function withExtra(requirement: string, extra: string): string {
  const [bare, marker] = requirement.split(";", 2);
  return marker === undefined
    ? `${requirement}; extra == "${extra}"`
    : `${bare}; (${marker}) and extra == "${extra}"`;
}

const UNNAMED_PATCH = 20;
