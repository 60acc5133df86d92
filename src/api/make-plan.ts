// Makes a plan of changes: asks the indexes, resolves, and holds the result against what is installed.

import { existsSync } from "node:fs";
import { PinionError } from "../errors.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import { evaluateMarker } from "../pep/marker-evaluate.ts";
import { normalizeName } from "../pep/name.ts";
import type { RequirementsOptions } from "../pep/requirements-txt.ts";
import type { Version } from "../pep/version.ts";
import { planChanges } from "../install/plan.ts";
import type { DirectWheel } from "../registry/direct.ts";
import type { DirectDistribution, Registry, RegistryPolicy } from "../registry/registry.ts";
import { parseNameSet } from "../registry/name-set.ts";
import type { NameSet } from "../registry/select.ts";
import type { LinkedWheel } from "../registry/wheel-fetcher.ts";
import type { LocationSettings } from "../registry/locations.ts";
import { resolve, type Resolution, type ResolvedPackage } from "../resolve/resolver.ts";
import type { Store, UnpackedWheel } from "../store/store.ts";
import { targetOf } from "./destination.ts";
import type { SavePlanned } from "./download.ts";
import { explainingMismatch, type Fetched } from "./fetch-failure.ts";
import { requireHashesOfAll, statedHashes } from "./hashes.ts";
import type { Inputs, RequestedRequirement } from "./inputs.ts";
import type { InstallerOptions } from "./options.ts";
import type { ChangePlan, PlannedInstall, PlanRequest } from "./plan.ts";
import { openSession } from "./session.ts";

export interface MakePlanOptions {
  readonly request: PlanRequest;
  readonly inputs: Inputs;
  readonly installed: readonly InstalledDistribution[];
  readonly store: Store;
  readonly options: InstallerOptions;
}

export interface MadePlan {
  readonly plan: ChangePlan;
  readonly fetch: (install: PlannedInstall, signal: AbortSignal | undefined) => Promise<UnpackedWheel>;
  readonly save: SavePlanned;
  /** Closes the connections that the plan's downloads may still use. */
  readonly close: () => void;
}

/** @throws resolve/no-solution, requirement/hash-required, index/…, net/…, tls/…, wheel/… */
export async function makePlan(given: MakePlanOptions): Promise<MadePlan> {
  const { request, inputs, installed, store, options } = given;
  const started = performance.now();
  const target = targetOf(request.into);
  const session = openSession(options, {
    store,
    target,
    indexes: withFileOptions(options.indexes ?? {}, inputs.options),
    policy: policyOf(request, { options, inputs }),
    installed: (name, version) =>
      installed
        .find((distribution) => distribution.name === name && distribution.version.order === version.order)
        ?.metadata(),
    refresh: refreshOf(request, options),
    signal: request.signal,
  });
  try {
    const direct = await fetchDirect(inputs, { registry: session.registry, request });
    const resolution = await resolveInputs(given, { registry: session.registry, direct });
    const hashes = statedHashes(inputs);
    const names = resolution.packages.map(({ name }) => name);
    if (request.requiresHashes === true || inputs.options.some(({ requireHashes }) => requireHashes === true))
      requireHashesOfAll(names, hashes);
    options.onEvent?.({ kind: "resolved", count: names.length, milliseconds: performance.now() - started });
    const requested = new Set(inputs.requirements.map(({ requirement }) => requirement.name));
    const wanted = resolution.packages.map((found) =>
      toPlanned(found, { registry: session.registry, direct, requested, hashes }),
    );
    const planOptions = { reinstall: reinstallOf(request), isExact: request.isExact };
    const plan: ChangePlan = {
      kind: "changes",
      into: request.into,
      linkMode: request.linkMode ?? "clone",
      ...planChanges(wanted, installed, planOptions),
      wanted,
      planOptions,
      warnings: [...inputs.warnings, ...resolution.warnings],
    };
    return {
      plan,
      fetch: (install, signal) => fetchPlanned(session.registry, install, signal),
      save: (install, path, signal) => savePlanned(session.registry, install, { path, signal }),
      close: () => session.close(),
    };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** What addresses and paths name is fetched first: only the wheel itself tells its version and needs. */
async function fetchDirect(
  inputs: Inputs,
  { registry, request }: { readonly registry: Registry; readonly request: PlanRequest },
): Promise<DirectDistributions> {
  const { markers } = targetOf(request.into);
  const wanted = [...inputs.requirements, ...inputs.constraints, ...inputs.overrides].filter(
    ({ direct, requirement }) =>
      direct !== undefined &&
      (requirement.marker === undefined || evaluateMarker(requirement.marker, markers)),
  );
  const found = await Promise.all(
    wanted.map(async (requested) => {
      const { direct, requirement } = requested;
      refuseMissing(direct);
      const hashes = hashesFor(requested);
      const fetching = registry.directWheel(direct?.requestUrl ?? "", {
        ...(hashes.length === 0 ? {} : { hashes }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      const distribution = await explainingMismatch(fetching, () => ({
        subject: `${requirement.name} @ ${direct?.url ?? ""}`,
        isLocal: direct?.path !== undefined,
      }));
      return { ...distribution, link: linkOf(distribution, direct) };
    }),
  );
  return new Map(found.map((distribution) => [distribution.name, distribution]));
}

/** What an address or a path names, in the store, and where its archive is. */
interface LinkedDistribution extends DirectDistribution {
  readonly link: LinkedWheel;
}

type DirectDistributions = ReadonlyMap<string, LinkedDistribution>;

function linkOf({ wheel, directUrl }: DirectDistribution, direct: DirectWheel | undefined): LinkedWheel {
  return {
    url: directUrl.url,
    ...(direct === undefined ? {} : { requestUrl: direct.requestUrl }),
    filename: wheel.filename,
    hashes: { sha256: wheel.sha256 },
  };
}

function refuseMissing(direct: DirectWheel | undefined): void {
  if (direct?.path === undefined || existsSync(direct.path)) return;
  throw new PinionError("wheel/not-found", `Distribution not found at: ${direct.url}`, {
    details: { path: direct.path },
  });
}

/** A digest in the address's fragment is a promise like any other. */
function hashesFor({ direct, hashes }: RequestedRequirement): readonly string[] {
  return [
    ...hashes,
    ...Object.entries(direct?.hashes ?? {}).map(([algorithm, digest]) => `${algorithm}:${digest}`),
  ];
}

async function resolveInputs(
  { request, inputs, installed, options }: MakePlanOptions,
  { registry, direct }: { readonly registry: Registry; readonly direct: DirectDistributions },
): Promise<Resolution> {
  const root = (
    list: readonly RequestedRequirement[],
  ): readonly { requirement: RequestedRequirement["requirement"]; origin: string }[] =>
    list.map(({ requirement, origin }) => ({ requirement, origin }));
  return await resolve(
    {
      requirements: root(inputs.requirements),
      constraints: root(inputs.constraints),
      overrides: root(inputs.overrides),
      installed: keptVersions(request, installed),
      target: targetOf(request.into),
      isPythonRequested: request.isPythonRequested === true,
      prereleases: request.prereleases ?? (inputs.options.some(({ pre }) => pre) ? "allow" : "if-necessary"),
      resolution: request.resolution ?? "highest",
      noDependencies: request.noDependencies === true,
      direct: new Map(
        [...direct].map(([name, { version, directUrl }]) => [name, { version, url: directUrl.url }]),
      ),
    },
    registry,
    {
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      onEvent: (event) => options.onEvent?.(event),
    },
  );
}

/** Who asks for the newest, or for an installation anew, wants to hear what the indexes have now. */
function refreshOf(
  { upgrade = [], reinstall = [] }: PlanRequest,
  { refresh = [] }: InstallerOptions,
): "all" | readonly string[] {
  if (refresh === "all" || upgrade === "all" || reinstall === "all") return "all";
  return [...refresh, ...upgrade, ...reinstall].map(normalizeName);
}

/** Installed versions are preferred, unless something newer or anew is asked for. */
function keptVersions(
  { upgrade, reinstall }: PlanRequest,
  installed: readonly InstalledDistribution[],
): ReadonlyMap<string, Version> {
  if (upgrade === "all" || reinstall === "all") return new Map();
  const dropped = new Set([...(upgrade ?? []), ...(reinstall ?? [])].map(normalizeName));
  return new Map(
    installed
      .filter(({ name, directUrl }) => !dropped.has(name) && directUrl === undefined)
      .map(({ name, version }) => [name, version]),
  );
}

function reinstallOf({ reinstall }: PlanRequest): "all" | ReadonlySet<string> {
  return reinstall === "all" ? "all" : new Set((reinstall ?? []).map(normalizeName));
}

function toPlanned(
  { name, version }: ResolvedPackage,
  { registry, direct, requested, hashes }: PlannedContext,
): PlannedInstall {
  const found = direct.get(name);
  return {
    name,
    version,
    isRequested: requested.has(name),
    directUrl: found?.directUrl,
    // An installed version that is kept need not be on any index: its file is looked up when it has to be installed.
    source:
      found === undefined
        ? { kind: "index", file: () => registry.distribution(name, version) }
        : { kind: "direct", wheel: found.wheel, link: found.link },
    hashes: hashes.get(name) ?? [],
  };
}

interface PlannedContext {
  readonly registry: Registry;
  readonly direct: DirectDistributions;
  readonly requested: ReadonlySet<string>;
  readonly hashes: ReadonlyMap<string, readonly string[]>;
}

async function fetchPlanned(
  registry: Registry,
  planned: PlannedInstall,
  signal: AbortSignal | undefined,
): Promise<UnpackedWheel> {
  const { source, hashes } = planned;
  if (source.kind === "direct") return source.wheel;
  const file = source.file();
  const fetching = registry.fetchWheel(file, {
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(signal === undefined ? {} : { signal }),
  });
  return await explainingMismatch(fetching, () => subjectOf(planned, file.url));
}

async function savePlanned(
  registry: Registry,
  planned: PlannedInstall,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { source, hashes } = planned;
  const file = source.kind === "direct" ? source.link : source.file();
  const saving = registry.saveWheel(file, { path, hashes, ...(signal === undefined ? {} : { signal }) });
  await explainingMismatch(saving, () => subjectOf(planned, file.url));
}

function subjectOf({ name, version }: PlannedInstall, url: string): Fetched {
  return { subject: `${name}==${version.text}`, isLocal: url.startsWith("file:") };
}

/** The options that requirements files give, behind those of the command line, as uv orders them. */
function withFileOptions(
  indexes: Omit<LocationSettings, "directory">,
  files: readonly RequirementsOptions[],
): Omit<LocationSettings, "directory"> {
  const indexUrl = files.map((file) => file.indexUrl).find((url) => url !== undefined);
  const settings = (
    values: readonly { readonly value: string; readonly file: string; readonly line: number }[],
  ): readonly { value: string; origin: string }[] =>
    values.map(({ value, file, line }) => ({ value, origin: `${file}:${line}` }));
  return {
    ...indexes,
    extraIndexUrls: [
      ...(indexes.extraIndexUrls ?? []),
      ...settings(files.flatMap((file) => file.extraIndexUrls)),
    ],
    findLinks: [...(indexes.findLinks ?? []), ...settings(files.flatMap((file) => file.findLinks))],
    ...(indexes.defaultIndex === undefined && indexUrl !== undefined
      ? { defaultIndex: { value: indexUrl.value, origin: `${indexUrl.file}:${indexUrl.line}` } }
      : {}),
    isIndexOff: indexes.isIndexOff === true || files.some(({ noIndex }) => noIndex),
  };
}

function policyOf(
  { noBinary, onlyBinary, sourceDistributions, excludeNewerMs, excludeNewerPackages }: PlanRequest,
  { options, inputs }: { readonly options: InstallerOptions; readonly inputs: Inputs },
): RegistryPolicy {
  return {
    ...(options.indexStrategy === undefined ? {} : { strategy: options.indexStrategy }),
    noBinary: mergeNames(
      noBinary,
      inputs.options.flatMap((file) => file.noBinary.map(({ value }) => value)),
    ),
    onlyBinary: mergeNames(
      onlyBinary,
      inputs.options.flatMap((file) => file.onlyBinary.map(({ value }) => value)),
    ),
    ...(sourceDistributions === undefined ? {} : { sourceDistributions }),
    ...(excludeNewerMs === undefined ? {} : { excludeNewerMs }),
    // Of a version's wheels, one whose digest was stated is taken before a better one that nobody vouched for.
    ...(excludeNewerPackages === undefined ? {} : { excludeNewerPackages }),
    hashes: statedHashes(inputs),
  };
}

function mergeNames(given: NameSet | undefined, values: readonly string[]): NameSet {
  const fromFiles = parseNameSet(values);
  if (given === undefined) return fromFiles;
  return {
    isForAll: given.isForAll || fromFiles.isForAll,
    names: new Set([...given.names, ...fromFiles.names]),
  };
}
