// The shapes of what functions of the library give and others take: targets, interpreters, locks, plans, inputs. A value may have
// gone through JSON and may be of a later version, so that fields which are not listed may be there.

import type { Destination } from "../../api/destination.ts";
import type { ProjectVersion } from "../../api/list-versions.ts";
import type { Pins } from "../../api/locks/lock-request.ts";
import type {
  ChangePlan,
  InstallationPlan,
  PlannedInstall,
  PlannedRemoval,
  SatisfiedPlan,
} from "../../api/plan/value.ts";
import type { CheckedDistribution, Problem } from "../../inspect/problems.ts";
import type { LinkMode } from "../../install/installation.ts";
import type { ChosenPackage, Lock } from "../../lock/lock.ts";
import type { LockedPackage, Pylock } from "../../pep/files/pylock.ts";
import type { Marker, MarkerEnvironment } from "../../pep/markers/expression.ts";
import type { Requirement } from "../../pep/requirements/requirement.ts";
import type { Platform } from "../../pep/tags/platform.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import type { Scheme } from "../../python/interpreters/scheme.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { PreferredVersion } from "../../resolve/input.ts";
import type { Inputs, RequestedRequirement } from "../../sources/requested.ts";
import type { Source } from "../../sources/source.ts";
import {
  byName,
  callable,
  choice,
  either,
  list,
  mapOf,
  options,
  optional,
  path,
  text,
  truth,
  known,
  variants,
  whole,
  type Shape,
} from "./shape.ts";

export const texts: Shape<readonly string[]> = list(text);
export const allOrTexts: Shape<"all" | readonly string[]> = either(choice("all"), texts);
export const variables: Shape<Readonly<Record<string, string | undefined>>> = byName(optional(text));
export const linkMode: Shape<LinkMode> = choice("clone", "hardlink", "copy", "symlink");

export const version: Shape<Version> = known("a version, as parseVersion() gives it", { text, order: text });
export const specifiers: Shape<SpecifierSet> = known("specifiers, as parseSpecifierSet() gives them", {
  text,
  specifiers: list(known<SpecifierSet["specifiers"][number]>("a specifier", {})),
});
export const marker: Shape<Marker> = known("a marker, as parseMarker() gives it", { kind: text });
export const requirement: Shape<Requirement> = known("a requirement, as parseRequirement() gives it", {
  name: text,
  extras: texts,
  specifiers,
  url: optional(text),
  marker: optional(marker),
});

export const markerEnvironment: Shape<MarkerEnvironment> = known("the values of environment markers", {
  implementation_name: text,
  implementation_version: text,
  os_name: text,
  platform_machine: text,
  platform_release: text,
  platform_system: text,
  platform_version: text,
  python_full_version: text,
  platform_python_implementation: text,
  python_version: text,
  sys_platform: text,
});

const platform: Shape<Platform> = known("a platform", { kind: text });

export const target: Shape<Target> = known("a target, as targetFor() gives it", {
  implementation: text,
  isFreeThreaded: truth,
  markers: markerEnvironment,
  platform,
  pythonVersion: version,
  otherPlatforms: optional(list(platform)),
  abis: optional(texts),
});

export const scheme: Shape<Scheme> = known("the folders of an interpreter", {
  purelib: text,
  platlib: text,
  scripts: text,
  data: text,
  headers: text,
});

export const interpreter: Shape<Interpreter> = known(
  "an interpreter, as findInterpreter() or discoverEnvironment() gives it",
  {
    executable: path,
    prefix: path,
    implementation: text,
    isVirtual: truth,
    markers: markerEnvironment,
    scheme,
    virtualScheme: scheme,
    sitePackages: texts,
    target,
    version,
  },
);

export const destination: Shape<Destination> = variants<Destination>({
  environment: options<Extract<Destination, { readonly kind: "environment" }>>({
    kind: choice("environment"),
    interpreter,
    target: optional(target),
  }),
  prefix: options<Extract<Destination, { readonly kind: "prefix" }>>({
    kind: choice("prefix"),
    path,
    interpreter,
    target: optional(target),
  }),
  directory: options<Extract<Destination, { readonly kind: "directory" }>>({
    kind: choice("directory"),
    path,
    target,
    interpreter: optional(interpreter),
  }),
});

export const source: Shape<Source> = variants<Source>({
  index: known("a source", {
    url: text,
    filename: text,
    hashes: byName(text),
    name: text,
    version: text,
    index: known<{ url: string; kind: string }>("an index", { url: text, kind: text }),
  }),
  direct: known("a source", { url: text, filename: text, hashes: byName(text), name: text, version: text }),
  sdist: known("a source", { url: text, filename: text, hashes: byName(text) }),
  git: known("a source", { url: text }),
  directory: known("a source", { url: text, isEditable: truth }),
});

const requested: Shape<RequestedRequirement> = variants<RequestedRequirement>({
  named: known("a requirement", {
    text,
    origin: text,
    requirement,
    source: optional(source),
    hashes: texts,
  }),
  unnamed: known("a requirement", { text, origin: text, source, extras: texts, hashes: texts }),
});

export const inputs: Shape<Inputs> = known("what read() gives", {
  requirements: list(requested),
  constraints: list(requested),
  overrides: list(requested),
  excludes: texts,
  requiresHashes: truth,
  options: list(known<Inputs["options"][number]>("the options of a file", {})),
  warnings: texts,
});

export const indexLocation: Shape<IndexLocation> = known("an index", {
  name: optional(text),
  url: text,
  kind: choice("simple", "flat"),
  isDefault: truth,
  isExplicit: truth,
  origin: text,
});

export const plannedInstall: Shape<PlannedInstall> = known("what is installed", {
  name: text,
  version: text,
  isRequested: truth,
  source,
  hashes: texts,
});

export const plannedRemoval: Shape<PlannedRemoval> = known("what is removed", {
  name: text,
  version: text,
  kind: choice("dist-info", "egg-info", "egg-link"),
  directory: path,
});

const nameList = either(choice("all"), texts);

export const changePlan: Shape<ChangePlan> = known("a plan, as plan() or planLock() gives it", {
  kind: choice("changes"),
  format: choice(1),
  destination,
  linkMode,
  install: list(plannedInstall),
  remove: list(plannedRemoval),
  keep: list(known<{ name: string; version: string }>("what is kept", { name: text, version: text })),
  fingerprint: text,
  indexes: list(indexLocation),
  refresh: allOrTexts,
  builds: optional(
    known<NonNullable<ChangePlan["builds"]>>("how sources are built", {
      choices: known<NonNullable<ChangePlan["builds"]>["choices"]>("choices", {}),
      noBinary: nameList,
      onlyBinary: nameList,
    }),
  ),
  metadata: optional(byName(text)),
  warnings: texts,
});

export const plan: Shape<InstallationPlan> = variants<InstallationPlan>({
  changes: changePlan,
  satisfied: known<SatisfiedPlan>("a plan", { format: choice(1), requirements: whole, warnings: texts }),
});

const lockedPackage: Shape<LockedPackage> = known("a package of a lock file", {
  name: text,
  version: optional(text),
  marker: optional(text),
  source: known<LockedPackage["source"]>("where a package comes from", { kind: text }),
});

export const pylock: Shape<Pylock> = known("a lock file, as readPylock() or toPylock() gives it", {
  lockVersion: text,
  createdBy: text,
  packages: list(lockedPackage),
});

const chosenPackage: Shape<ChosenPackage> = known("a package of a lock", {
  name: text,
  version: optional(text),
  extras: texts,
  hashes: texts,
  dependents: texts,
  source: known<ChosenPackage["source"]>("where a package comes from", { kind: text }),
  declarations: list(known<ChosenPackage["declarations"][number]>("a declaration", { role: text })),
});

export const lock: Shape<Lock> = known("a lock, as lock() gives it", {
  requiresPython: text,
  packages: list(chosenPackage),
});

export const preferences: Shape<ReadonlyMap<string, readonly PreferredVersion[]>> = mapOf(
  list(known<PreferredVersion>("a preferred version", { version, marker: optional(marker) })),
);

export const pins: Shape<Pins> = options<Pins>({ versions: preferences, hashes: mapOf(texts) });

const distributionFields = { name: text, version, directory: path, metadata: callable() };

export const installed: Shape<readonly InstalledDistribution[]> = list(
  known<InstalledDistribution>("a distribution, as list() gives it", {
    ...distributionFields,
    requirements: callable(),
  }),
);

export const checked: Shape<readonly CheckedDistribution[]> = list(
  known<CheckedDistribution>("a distribution, as list() gives it", distributionFields),
);

export const problem: Shape<Problem> = known("a problem, as findProblems() gives it", {
  kind: choice("duplicate", "unreadable", "python", "platform", "missing", "other-version"),
  name: text,
});

export const projectVersions: Shape<readonly ProjectVersion[]> = list(
  known<ProjectVersion>("a version, as listVersions() gives it", {
    version: text,
    isPrerelease: truth,
    isUsable: truth,
    files: list(
      known<ProjectVersion["files"][number]>("a file", {
        filename: text,
        kind: choice("wheel", "sdist"),
        url: text,
      }),
    ),
  }),
);
