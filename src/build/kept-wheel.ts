// What earlier builds left of a source, found without unpacking it: by its hash or commit, and the settings of its build.

import { hash } from "node:crypto";

import { mergeConfigSettings, type ConfigSettings } from "../pep/config-settings.ts";
import type { ExtraBuildRequirement } from "../pep/extra-build-requirement.ts";
import { sha256Of, type Hash } from "../pep/hashes.ts";
import { normalizeName } from "../pep/name.ts";
import { tryParseVersion } from "../pep/versions/version.ts";
import type { BuildableSource } from "../sources/source.ts";
import type { UnpackedWheel } from "../store/store.ts";
import { BuildRecords, type RecordsOptions } from "./build-records.ts";
import type { BuildPolicy } from "./tools.ts";

/** What decides which build is the same as an earlier one. */
export interface KeptContext extends Pick<RecordsOptions, "store" | "python" | "protection"> {
  readonly policy: Pick<
    BuildPolicy,
    | "withoutIsolation"
    | "configSettings"
    | "configSettingsPackages"
    | "extraRequirements"
    | "variables"
    | "fetchesLargeFiles"
    | "ignoresSources"
    | "origins"
    | "notAfterMs"
  >;
}

export interface KeptRequest {
  /** Tells the contents of the source; undefined where nothing is known of them. */
  readonly identity: string | undefined;
  /** Of the requirement. */
  readonly configSettings?: ConfigSettings | undefined;
}

/** The records of a source's builds; undefined where they could be outdated, or nothing identifies the build. */
export function recordsOf(
  source: BuildableSource,
  { identity, configSettings }: KeptRequest,
  { store, python, protection, policy }: KeptContext,
): BuildRecords | undefined {
  // What is installed beside the project may change between two builds without isolation.
  if (identity === undefined || !isIsolated(source, policy)) return undefined;
  const settings = settingsOf(source, { configSettings, policy });
  const isEditable = source.kind === "directory" && source.isEditable;
  const further = digestOfChoices(source, policy);
  const choices = [
    ...(source.kind === "git" && policy.fetchesLargeFiles === true ? ["large files"] : []),
    // What such a run kept says nothing of where the project's own sources lead; released distributions have none.
    ...(source.kind === "sdist" || (policy.ignoresSources ?? []).length === 0
      ? []
      : [{ withoutSources: policy.ignoresSources }]),
    ...(further === undefined ? [] : [{ further }]),
    ...(policy.origins === undefined ? [] : [{ origins: policy.origins }]),
  ];
  return new BuildRecords({
    store,
    name: source.name,
    identity: JSON.stringify([identity, isEditable, settings, ...choices]),
    python,
    protection,
    notAfterMs: policy.notAfterMs,
  });
}

/** What identifies a source's contents without reading them. */
export function identityBefore(source: BuildableSource): string | undefined {
  if (source.kind === "sdist") {
    const sha256 = source.hashes["sha256"];
    return sha256 === undefined ? undefined : JSON.stringify(["sdist", sha256, source.subdirectory]);
  }
  if (source.kind === "git" && source.commit !== undefined)
    return JSON.stringify(["git", source.url, source.commit, source.subdirectory]);
  if (source.kind === "directory" && source.state !== undefined && source.isAlwaysBuilt !== true)
    return JSON.stringify(["directory", source.url, source.subdirectory, source.state]);
  return undefined;
}

/** The wheel that was built of a source before, without a builder; undefined where only a builder knows. */
export function findBuiltWheel(
  source: BuildableSource,
  request: { readonly hashes: readonly Hash[]; readonly configSettings?: ConfigSettings | undefined },
  context: KeptContext,
): UnpackedWheel | undefined {
  const { hashes, configSettings } = request;
  if (!isAllowedBy(hashes, source)) return undefined;
  const wheel = recordsOf(source, { identity: identityBefore(source), configSettings }, context)?.readWheel();
  return wheel !== undefined && isOf(wheel, source) ? wheel : undefined;
}

/**
 * Whether the hash by which a source is known before it is fetched says enough: it is one of those that are required, if any are, and
 * no other one is stated, which only the bytes can show.
 */
export function isAllowedBy(hashes: readonly Hash[], source: BuildableSource): boolean {
  const stated = "hashes" in source ? source.hashes : {};
  if (Object.keys(stated).some((algorithm) => algorithm !== "sha256")) return false;
  return hashes.length === 0 || hashes.includes(`sha256:${sha256Of(stated)}`);
}

/** Whether a project is built in an environment of its own. */
export function isIsolated(
  { name }: BuildableSource,
  { withoutIsolation }: Pick<BuildPolicy, "withoutIsolation">,
): boolean {
  return withoutIsolation !== "all" && (name === undefined || !withoutIsolation.has(name));
}

/** What settings say of the build of one project, beside those for its backend. */
export function choicesOf(
  { name }: BuildableSource,
  { extraRequirements, variables }: Pick<BuildPolicy, "extraRequirements" | "variables">,
): {
  readonly extraRequirements: readonly ExtraBuildRequirement[];
  readonly variables: Readonly<Record<string, string>>;
} {
  return {
    extraRequirements: (name === undefined ? undefined : extraRequirements?.get(name)) ?? [],
    variables: (name === undefined ? undefined : variables?.get(name)) ?? {},
  };
}

/** The same as a digest, since variables may be secret; undefined where settings say nothing of the project. */
export function digestOfChoices(
  source: BuildableSource,
  policy: Pick<BuildPolicy, "extraRequirements" | "variables">,
): string | undefined {
  const { extraRequirements, variables } = choicesOf(source, policy);
  const names = Object.keys(variables).toSorted();
  if (extraRequirements.length === 0 && names.length === 0) return undefined;
  return hash(
    "sha256",
    JSON.stringify([extraRequirements, names.map((name) => [name, variables[name]])]),
    "hex",
  );
}

/** Whether there are choices that count for single projects only. */
export function hasChoicesByName({
  withoutIsolation,
  configSettingsPackages,
  extraRequirements,
  variables,
}: KeptContext["policy"]): boolean {
  const isSomeWithoutIsolation = withoutIsolation !== "all" && withoutIsolation.size > 0;
  return (
    isSomeWithoutIsolation ||
    [configSettingsPackages, extraRequirements, variables].some((choices) => (choices?.size ?? 0) > 0)
  );
}

/** The settings that a backend is handed. */
export function settingsOf(
  { name }: BuildableSource,
  {
    configSettings = {},
    policy,
  }: {
    readonly configSettings?: ConfigSettings | undefined;
    readonly policy: Pick<BuildPolicy, "configSettings" | "configSettingsPackages">;
  },
): ConfigSettings {
  const named = name === undefined ? undefined : policy.configSettingsPackages.get(name);
  return mergeConfigSettings([policy.configSettings, named ?? {}, configSettings]);
}

function isOf({ distInfo }: UnpackedWheel, { name, version = "" }: BuildableSource): boolean {
  const [, foundName = "", foundVersion = ""] = /^(.*)-([^-]*)\.dist-info$/.exec(distInfo) ?? [];
  const order = tryParseVersion(version)?.order;
  return (
    normalizeName(foundName) === name && order !== undefined && tryParseVersion(foundVersion)?.order === order
  );
}
