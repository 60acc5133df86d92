// The shapes of what the library's single functions take beside the values of others.

import type { ChangePlan } from "../../api/plan/value.ts";
import type { TreeOptions } from "../../inspect/dependency-tree.ts";
import type { PylockSource } from "../../lock/read-pylock.ts";
import type { SelectOptions } from "../../lock/select.ts";
import type { ToPylockOptions } from "../../lock/to-pylock.ts";
import type { RequirementsTxtStyle } from "../../lock/write-requirements-txt.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { TargetOptions } from "../../pep/tags/target.ts";
import type { DiscoverOptions } from "../../python/interpreters/discover.ts";
import type { InterpreterCache } from "../../python/interpreters/interpreter.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { ScannedDistribution } from "../../python/environments/scan.ts";
import type { VenvOptions } from "../../python/venv/venv.ts";
import type { ClearingOptions, CleanOptions, PruneOptions } from "../../store/cache/clean.ts";
import { platform } from "./connections.ts";
import {
  absolutePath,
  amount,
  bytes,
  callable,
  choice,
  either,
  flag,
  list,
  methods,
  options,
  optional,
  path,
  setOf,
  signal,
  text,
  known,
  without,
  type Fields,
  type Shape,
} from "./shape.ts";
import {
  allOrTexts,
  interpreter,
  markerEnvironment,
  plannedInstall,
  plannedRemoval,
  target,
  texts,
  variables,
} from "./values.ts";

/** Of the pins of an earlier lock. */
interface PinsInput {
  readonly file: string;
  readonly dropped: ReadonlySet<string>;
}

export const textOrBytes: Shape<string | Uint8Array> = either(text, bytes);
export const pinsInput: Shape<PinsInput> = options<PinsInput>({ file: text, dropped: setOf(text) });
export const pylockSource: Shape<PylockSource> = options<PylockSource>({ file: text });
export const pylockStyle: Shape<{ readonly header?: readonly string[] }> = options<{
  readonly header?: readonly string[];
}>({ header: optional(texts) });

export const requirementsTxtStyle: Shape<RequirementsTxtStyle> = options<RequirementsTxtStyle>({
  header: optional(texts),
  options: optional(texts),
  omits: optional(texts),
  showsHashes: flag,
  showsExtras: flag,
  showsMarkers: flag,
  annotations: optional(choice("split", "line", "none")),
  showsIndexes: flag,
});

export const toPylockOptions: Shape<ToPylockOptions> = options<ToPylockOptions>({
  omits: optional(texts),
  isReachable: optional(callable()),
  relativePath: optional(callable()),
  refusesWheels: optional(callable()),
  refusesBuilds: optional(callable()),
});

export const selectOptions: Shape<SelectOptions> = options<SelectOptions>({
  environment: markerEnvironment,
  tags: methods<SelectOptions["tags"]>("rank"),
  extras: optional(allOrTexts),
  excludedExtras: optional(texts),
  groups: optional(texts),
  refusesWheels: optional(callable()),
  refusesBuilds: optional(callable()),
});

/** Any depth, also none. */
type GraphChoice = Pick<TreeOptions, "depth" | "pruned" | "roots" | "isInverted">;
const graphFields: Fields<Partial<GraphChoice>> = {
  depth: optional(either(amount, choice(Number.POSITIVE_INFINITY))),
  pruned: optional(setOf(text)),
  roots: optional(texts),
  isInverted: flag,
};

export const graphOptions: Shape<Partial<GraphChoice>> = options<Partial<GraphChoice>>(graphFields);
export const treeOptions: Shape<Partial<TreeOptions>> = options<Partial<TreeOptions>>({
  ...graphFields,
  repeats: flag,
  showsSpecifiers: flag,
  suffixOf: optional(callable()),
});

export const inDirectory: Shape<Pick<InstalledDistribution, "directory">> = known(
  "a distribution, as list() gives it",
  { directory: path },
);
export const scanned: Shape<Pick<ScannedDistribution, "name" | "directory">> = known(
  "a distribution, as scanEnvironment() gives it",
  { name: text, directory: path },
);

interface LatestVersionInput {
  readonly target: Target;
  readonly allowsPrereleases?: boolean;
}
export const latestVersionInput: Shape<LatestVersionInput> = options<LatestVersionInput>({
  target,
  allowsPrereleases: flag,
});

/** The parts of a plan that say what changes; of a plan, or by themselves. */
export const planChanges: Shape<Pick<ChangePlan, "install" | "remove">> = known("a plan, or a part of it", {
  install: list(plannedInstall),
  remove: list(plannedRemoval),
});

export const targetOptions: Shape<TargetOptions> = options<TargetOptions>({
  platform: optional(text),
  otherPlatforms: optional(texts),
  abis: optional(texts),
  pythonVersion: optional(text),
  implementation: optional(text),
  base: optional(target),
  env: optional(variables),
});

const discovering: Fields<DiscoverOptions> = {
  env: variables,
  cwd: path,
  platform: optional(platform),
  python: optional(text),
  isSystem: flag,
  isReadOnly: flag,
  cache: optional(methods<InterpreterCache>("read", "write")),
  signal: optional(signal),
  onStarted: optional(callable()),
};
const finding = without(without(discovering, "isSystem"), "isReadOnly");

export const discoverOptions: Shape<DiscoverOptions> = options<DiscoverOptions>(discovering);
export const findOptions: Shape<Omit<DiscoverOptions, "isSystem" | "isReadOnly">> =
  options<Omit<DiscoverOptions, "isSystem" | "isReadOnly">>(finding);

export const venvOptions: Shape<VenvOptions> = options<VenvOptions>({
  path: absolutePath,
  shownPath: optional(text),
  base: interpreter,
  existing: optional(choice("fail", "allow", "clear", "clear-anything")),
  prompt: optional(text),
  usesSystemSitePackages: flag,
  isRelocatable: flag,
  isSeeded: flag,
  platform: optional(platform),
});

const clearing: Fields<ClearingOptions> = {
  timeoutMs: optional(amount),
  signal: optional(signal),
  onWait: optional(callable()),
  isForced: flag,
};
export const cleanOptions: Shape<CleanOptions> = options<CleanOptions>({
  ...clearing,
  names: optional(texts),
});
export const pruneOptions: Shape<PruneOptions> = options<PruneOptions>({ ...clearing, isCi: flag });
