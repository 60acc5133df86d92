// How the sources of a plan are built: a plain JSON value, so that a plan can be applied by another installer.

import { randomUUID } from "node:crypto";

import { normalizeName } from "../../pep/name.ts";
import type { NamedFormats, NameSet } from "../../pep/name-set.ts";
import type { UploadLimits } from "../../build/build-records.ts";
import type { KeptContext } from "../../build/kept-wheel.ts";
import type { IndexCutoff, IndexLocation } from "../../registry/indexes/locations.ts";
import type { BuildOptions, InstallerOptions } from "../options.ts";
import type { BuildChoices } from "./build-choices.ts";
import type { PackageRules, ReadRequest } from "../requests.ts";

/** The choices with the rules about files that builds share with their plan. */
export interface PlannedBuilds {
  readonly choices: BuildChoices;
  /** Projects whose `tool.uv.sources` do not count; absent where all do. */
  readonly ignoresSources?: NameList;
  readonly noBinary: NameList;
  readonly onlyBinary: NameList;
  /** Milliseconds since 1970. */
  readonly excludeNewerMs?: number;
  /** Null exempts a project. */
  readonly excludeNewerPackages: Readonly<Record<string, number | null>>;
}

/** A set of names as JSON. */
export type NameList = "all" | readonly string[];

/** The rules of a request that hold for its builds too. */
type BuildRules = Omit<PackageRules, "requiresHashes" | "readInput" | "signal">;

export function planBuilds({
  builds = {},
  ignoresSources = [],
  noBinary,
  onlyBinary,
  excludeNewerMs,
  excludeNewerPackages = new Map<string, number | undefined>(),
}: BuildRules): PlannedBuilds {
  return {
    choices: builds,
    ...(ignoresSources.length === 0 ? {} : { ignoresSources }),
    noBinary: nameList(noBinary),
    onlyBinary: nameList(onlyBinary),
    ...(excludeNewerMs === undefined ? {} : { excludeNewerMs }),
    excludeNewerPackages: Object.fromEntries(
      [...excludeNewerPackages].map(([name, limitMs]) => [name, limitMs ?? null]),
    ),
  };
}

/** The rules of a plan for what its builds require. */
export function requestForBuilds(
  builds: PlannedBuilds,
): Required<BuildRules> & Pick<ReadRequest, "constraints" | "overrides" | "requiresHashes"> {
  const { choices, noBinary, onlyBinary, excludeNewerMs, excludeNewerPackages } = builds;
  return {
    constraints: choices.constraints ?? [],
    overrides: [],
    requiresHashes: choices.requiresHashes,
    builds: choices,
    ignoresSources: builds.ignoresSources,
    noBinary: nameSet(noBinary),
    onlyBinary: nameSet(onlyBinary),
    excludeNewerMs,
    excludeNewerPackages: new Map(
      Object.entries(excludeNewerPackages).map(([name, limitMs]) => [name, limitMs ?? undefined]),
    ),
  };
}

/** What of the choices, and of the session's variables and indexes, decides what a build makes. */
export function settingsOfBuilds(
  { choices, ignoresSources, noBinary, onlyBinary, excludeNewerMs, excludeNewerPackages }: PlannedBuilds,
  {
    indexes,
    indexStrategy,
    builds: { variables = {} } = {},
  }: { readonly indexes: readonly IndexLocation[] } & Pick<InstallerOptions, "indexStrategy"> & {
      readonly builds?: Pick<BuildOptions, "variables"> | undefined;
    },
): Omit<KeptContext["policy"], "fetchesLargeFiles"> {
  const {
    withoutIsolation = [],
    configSettings = {},
    configSettingsPackages = {},
    extraRequirements = {},
  } = choices;
  return {
    withoutIsolation: withoutIsolation === "all" ? "all" : new Set(withoutIsolation.map(normalizeName)),
    ignoresSources,
    origins: JSON.stringify([
      indexes.map(({ name, url, isDefault, isExplicit, excludeNewer, ignoreErrorCodes }) => [
        name,
        url,
        isDefault,
        isExplicit,
        limitKind(excludeNewer),
        ignoreErrorCodes,
      ]),
      indexStrategy,
      // Files and paths say nothing by their names: without a state, nothing else was built by the same.
      choices.state ?? ((choices.constraints ?? []).length > 0 ? randomUUID() : undefined),
      choices.requiresHashes,
      // Which files of what builds require count.
      noBinary,
      onlyBinary,
      Object.keys(excludeNewerPackages)
        .toSorted()
        .map((name) => [name, limitKind(excludeNewerPackages[name])]),
    ]),
    notAfterMs: uploadLimits([
      ["all", excludeNewerMs],
      ...Object.entries(excludeNewerPackages).map(([name, limit]) => [`package ${name}`, limit] as const),
      ...indexes.map(({ excludeNewer }, position) => [`index ${position}`, excludeNewer] as const),
    ]),
    configSettings,
    configSettingsPackages: byName(configSettingsPackages),
    extraRequirements: byName(extraRequirements),
    variables: byName(variables),
  };
}

/** The moments are compared apart from what else decides a build, since those of durations differ in each run. */
function uploadLimits(limits: readonly (readonly [what: string, limit: UploadLimit])[]): UploadLimits {
  return Object.fromEntries(
    limits.flatMap(([what, limit]) => (typeof limit === "number" ? [[what, limit]] : [])),
  );
}

function limitKind(limit: UploadLimit): UploadLimit | "limited" {
  return typeof limit === "number" ? "limited" : limit;
}

/** A moment, none for what is exempt ("never", null), or what holds for all (undefined). */
type UploadLimit = IndexCutoff | null | undefined;

function byName<T>(values: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(values).map(([name, value]) => [normalizeName(name), value]));
}

/** Whether `--no-build` or `--only-binary` rules a build out; `--no-binary NAME` takes a project out of `:all:`. */
export function isBuildForbidden({ noBinary, onlyBinary }: PlannedBuilds, name: string | undefined): boolean {
  if (onlyBinary !== "all") return name !== undefined && onlyBinary.includes(name);
  return !(noBinary !== "all" && name !== undefined && noBinary.includes(name));
}

/** `--no-binary` and `--only-binary` of a plan. */
export function formatsOf({ noBinary, onlyBinary }: PlannedBuilds): NamedFormats {
  return { noBinary: nameSet(noBinary), onlyBinary: nameSet(onlyBinary) };
}

function nameList(set: NameSet | undefined): NameList {
  if (set === undefined) return [];
  return set.isForAll ? "all" : [...set.names].toSorted();
}

function nameSet(list: NameList): NameSet {
  return list === "all" ? { isForAll: true, names: new Set() } : { isForAll: false, names: new Set(list) };
}
