// The shapes of what callers request of an installer: one for each type of `api/requests.ts` and its neighbours.

import type { BuildChoices } from "../../api/builds/build-choices.ts";
import type { GroupInput, InputSources, RequirementInput } from "../../api/inputs/read-inputs.ts";
import type { LockFilesRequest } from "../../api/locks/lock-files.ts";
import type { CompileRequest } from "../../api/locks/lock-request.ts";
import type { PackOptions, ZipOptions } from "../../api/pack.ts";
import type {
  ApplyOptions,
  BuildAllRequest,
  BuildRequest,
  DownloadRequest,
  ListVersionsRequest,
  LockPlanRequest,
  PackageRules,
  PlanRequest,
  ProjectFolder,
  ReadRequest,
  ResolveRequest,
  UninstallRequest,
  WheelsRequest,
} from "../../api/requests.ts";
import type { ConfigSettings } from "../../pep/config-settings.ts";
import type { Declaration } from "../../pep/declaration.ts";
import type { ExtraBuildRequirement } from "../../pep/extra-build-requirement.ts";
import type { StatedMetadata } from "../../pep/metadata/stated-metadata.ts";
import type { NameSet } from "../../pep/name-set.ts";
import type { NamedIndex } from "../../pep/requirements/requirement-entry.ts";
import type { UniversalEnvironment } from "../../resolve/environment.ts";
import type { PrereleaseMode } from "../../resolve/input.ts";
import {
  byName,
  bytes,
  callable,
  choice,
  either,
  flag,
  instant,
  list,
  mapOf,
  options,
  optional,
  path,
  setOf,
  signal,
  text,
  truth,
  known,
  variants,
  without,
  type Fields,
  type Shape,
} from "./shape.ts";
import {
  allOrTexts,
  destination,
  inputs,
  interpreter,
  linkMode,
  marker,
  markerEnvironment,
  pins,
  preferences,
  requirement,
  source,
  specifiers,
  target,
  texts,
  version,
} from "./values.ts";

type RequirementOf<K> = Extract<RequirementInput, { readonly kind: K }>;

export const requirements: Shape<readonly RequirementInput[]> = list(
  variants<RequirementInput>({
    text: options<RequirementOf<"text">>({
      kind: choice("text"),
      text,
      declaredIn: optional(known<Declaration>("a declaration", { kind: text, path: text })),
      fromNetwork: optional(text),
      index: optional(known<NamedIndex>("an index", { name: text, url: optional(text), file: text })),
    }),
    editable: options<RequirementOf<"editable">>({ kind: choice("editable"), text }),
    source: options<RequirementOf<"source">>({ kind: choice("source"), source }),
    file: options<RequirementOf<"file">>({ kind: choice("file"), path }),
  }),
);

const nameSet: Shape<NameSet> = options<NameSet>({ isForAll: truth, names: setOf(text) });

const configSettings: Shape<ConfigSettings> = byName(either(text, texts));

const buildChoices: Shape<BuildChoices> = options<BuildChoices>({
  withoutIsolation: optional(allOrTexts),
  configSettings: optional(configSettings),
  configSettingsPackages: optional(byName(configSettings)),
  extraRequirements: optional(
    byName(list(options<ExtraBuildRequirement>({ text, matchesRuntime: optional(choice(true)) }))),
  ),
  constraints: optional(requirements),
  requiresHashes: flag,
  state: optional(text),
});

const sources: Fields<InputSources> = {
  requirements,
  constraints: optional(requirements),
  overrides: optional(requirements),
  excludes: optional(requirements),
  ignoresHashes: flag,
  requiresHashes: flag,
  extras: optional(allOrTexts),
  excludedExtras: optional(texts),
  groups: optional(list(options<GroupInput>({ name: text, path }))),
  ignoresEditable: optional(allOrTexts),
  ignoresSources: optional(allOrTexts),
};

const reading: Fields<ReadRequest> = {
  ...sources,
  readInput: optional(callable()),
  signal: optional(signal),
};

const rules: Fields<PackageRules> = {
  ignoresSources: reading.ignoresSources,
  requiresHashes: reading.requiresHashes,
  readInput: reading.readInput,
  signal: reading.signal,
  noBinary: optional(nameSet),
  onlyBinary: optional(nameSet),
  excludeNewerMs: optional(instant),
  excludeNewerPackages: optional(mapOf(optional(instant))),
  builds: optional(buildChoices),
};

const prereleases: Shape<PrereleaseMode> = choice("if-necessary", "allow", "disallow", "explicit");

const resolving: Fields<ResolveRequest> = {
  ...reading,
  ...rules,
  inputs: optional(inputs),
  upgrade: optional(allOrTexts),
  reinstall: optional(allOrTexts),
  prereleases: optional(prereleases),
  prereleasesOf: optional(mapOf(prereleases)),
  preferences: optional(preferences),
  universal: optional(
    options<Omit<UniversalEnvironment, "kind">>({
      requiresPython: specifiers,
      environments: optional(list(marker)),
      requiredEnvironments: optional(list(marker)),
      forkStrategy: optional(choice("requires-python", "fewest")),
      current: optional(markerEnvironment),
    }),
  ),
  resolution: optional(choice("highest", "lowest", "lowest-direct")),
  noDependencies: flag,
  onlyDependencies: flag,
  ignoresRequiresPython: flag,
  takesForeignWheels: flag,
  sourceDistributions: optional(choice("take")),
  dependencyMetadata: optional(
    list(
      options<StatedMetadata>({
        name: text,
        version: optional(version),
        requiresDist: list(requirement),
        requiresPython: optional(specifiers),
        providesExtra: texts,
      }),
    ),
  ),
  isPythonRequested: flag,
};

export const readRequest: Shape<ReadRequest> = options<ReadRequest>(reading);

const locking = without(resolving, "onlyDependencies");
const gathering = without(resolving, "sourceDistributions");
const building = without(rules, "requiresHashes");

export const planRequest: Shape<PlanRequest> = options<PlanRequest>({
  ...resolving,
  into: destination,
  isExact: flag,
  linkMode: optional(linkMode),
  isDryRun: flag,
});

export const compileRequest: Shape<CompileRequest> = options<CompileRequest>({
  ...locking,
  target,
  python: optional(interpreter),
  requiresPython: text,
  hasMarkers: flag,
  needsHashes: flag,
  omitsImpliedPythons: flag,
  hasMarkerExpression: flag,
  pins: optional(pins),
});

export const lockPlanRequest: Shape<LockPlanRequest> = options<LockPlanRequest>({
  ...rules,
  file: path,
  extras: optional(allOrTexts),
  excludedExtras: optional(texts),
  groups: optional(texts),
  into: destination,
  reinstall: optional(allOrTexts),
  isExact: flag,
  linkMode: optional(linkMode),
  isDryRun: flag,
});

export const lockFilesRequest: Shape<LockFilesRequest> = options<LockFilesRequest>({
  file: path,
  extras: optional(allOrTexts),
  groups: optional(texts),
  noBinary: optional(nameSet),
  onlyBinary: optional(nameSet),
  requiresHashes: flag,
  target: optional(target),
  signal: optional(signal),
});

export const applyOptions: Shape<ApplyOptions> = options<ApplyOptions>({ signal: optional(signal) });

export const downloadRequest: Shape<DownloadRequest> = options<DownloadRequest>({
  ...gathering,
  folder: path,
  target,
});

export const wheelsRequest: Shape<WheelsRequest> = options<WheelsRequest>({
  ...gathering,
  folder: path,
  python: interpreter,
});

const buildFields: Fields<BuildRequest> = {
  ...building,
  directory: path,
  folder: path,
  formats: optional(choice("both", "separate", "sdist", "wheel")),
  isCleared: flag,
  workspace: optional(path),
  isGitIgnored: flag,
  python: interpreter,
  isOutputShown: flag,
};
const buildAllFields = without(buildFields, "directory");

export const buildRequest: Shape<BuildRequest> = options<BuildRequest>(buildFields);

export const buildAllRequest: Shape<BuildAllRequest> = options<BuildAllRequest>({
  ...buildAllFields,
  projects: list(options<ProjectFolder>({ name: text, directory: path })),
});

export const listVersionsRequest: Shape<ListVersionsRequest> = options<ListVersionsRequest>({
  name: text,
  target: optional(target),
  noBinary: optional(nameSet),
  onlyBinary: optional(nameSet),
  excludeNewerMs: optional(instant),
  excludeNewerPackages: optional(mapOf(optional(instant))),
  signal: optional(signal),
});

export const uninstallRequest: Shape<UninstallRequest> = options<UninstallRequest>({
  names: texts,
  from: destination,
  isDryRun: flag,
  signal: optional(signal),
});

const packing: Fields<PackOptions> = {
  prefix: optional(text),
  files: optional(mapOf(bytes)),
  signal: optional(signal),
};

export const packOptions: Shape<PackOptions> = options<PackOptions>(packing);
export const zipOptions: Shape<ZipOptions> = options<ZipOptions>({
  ...packing,
  compression: optional(choice("deflate", "store")),
});
