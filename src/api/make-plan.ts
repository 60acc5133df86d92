// Makes a plan of changes: asks the indexes, resolves, and holds the result against what is installed.

import { existsSync } from "node:fs";
import { PinionError } from "../errors.ts";
import type { InstalledDistribution } from "../python/environment.ts";
import { evaluateMarker } from "../pep/marker-evaluate.ts";
import { parseWheelFilename } from "../pep/filename.ts";
import { createTagRanking, type Target } from "../pep/tags.ts";
import { normalizeName } from "../pep/name.ts";
import type { RequirementsOptions } from "../pep/requirements-txt.ts";
import type { Version } from "../pep/version.ts";
import { planChanges } from "../install/plan.ts";
import type { DirectDistribution, Registry, RegistryPolicy } from "../registry/registry.ts";
import { parseNameSet } from "../registry/name-set.ts";
import type { NameSet } from "../registry/select.ts";
import { filePathOf } from "../sources/file-url.ts";
import type { Inputs, NamedInputs, NamedRequirement } from "../sources/requested.ts";
import { directUrlOf, isBuildable, type DirectSource, type Source } from "../sources/source.ts";
import { refusingBuilder } from "../sources/source-builder.ts";
import type { LinkedWheel } from "../sources/wheel-fetcher.ts";
import type { LocationSettings } from "../registry/locations.ts";
import type { ResolutionGraph, ResolvedPackage } from "../resolve/graph.ts";
import { resolve } from "../resolve/resolver.ts";
import type { Store, UnpackedWheel } from "../store/store.ts";
import { targetOf } from "./destination.ts";
import type { SavePlanned } from "./download.ts";
import { explainingMismatch, type Fetched } from "./fetch-failure.ts";
import { hashesOf, requireHashesOfAll, statedHashes } from "./hashes.ts";
import type { InstallerOptions } from "./options.ts";
import type { ChangePlan, PlannedInstall, PlanRequest } from "./plan.ts";
import { nameRequirement } from "./read-inputs.ts";
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
  const { request, installed, store, options } = given;
  const inputs = await nameInputs(given.inputs);
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
    const resolution = await resolveInputs({ ...given, inputs }, { registry: session.registry, direct });
    const hashes = statedHashes(inputs);
    const names = resolution.packages.map(({ name }) => name);
    if (inputs.requiresHashes) requireHashesOfAll(names, hashes);
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

/** What URLs and paths name is fetched first: only the wheel itself tells what it needs. */
async function fetchDirect(
  inputs: NamedInputs,
  { registry, request }: { readonly registry: Registry; readonly request: PlanRequest },
): Promise<DirectDistributions> {
  const { markers } = targetOf(request.into);
  const wanted = [...inputs.requirements, ...inputs.constraints, ...inputs.overrides].filter(
    ({ requirement }) => requirement.marker === undefined || evaluateMarker(requirement.marker, markers),
  );
  const found = await Promise.all(
    wanted.flatMap((requested) =>
      requested.source === undefined ? [] : [fetchOne(requested, requested.source, { registry, request })],
    ),
  );
  return new Map(found.map((distribution) => [distribution.name, distribution]));
}

async function fetchOne(
  requested: NamedRequirement,
  source: Source,
  { registry, request: { into, signal } }: { readonly registry: Registry; readonly request: PlanRequest },
): Promise<LinkedDistribution> {
  const { requirement, requestUrl } = requested;
  refuseMissing(source);
  if (source.kind !== "direct") throw await refusalOf(source);
  refuseUnfit(source, targetOf(into));
  const hashes = hashesOf(requested);
  const fetching = registry.directWheel(source, {
    requestUrl,
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(signal === undefined ? {} : { signal }),
  });
  const distribution = await explainingMismatch(fetching, () => ({
    subject: `${requirement.name} @ ${source.url}`,
    isLocal: source.url.startsWith("file:"),
  }));
  return { ...distribution, source, link: linkOf(distribution, { source, requestUrl }) };
}

/** What a URL or a path names, in the store, and where its archive is. */
interface LinkedDistribution extends DirectDistribution {
  readonly source: DirectSource;
  readonly link: LinkedWheel;
}

type DirectDistributions = ReadonlyMap<string, LinkedDistribution>;

function linkOf(
  { wheel }: DirectDistribution,
  { source, requestUrl }: { readonly source: DirectSource; readonly requestUrl: string | undefined },
): LinkedWheel {
  return {
    url: source.url,
    ...(requestUrl === undefined ? {} : { requestUrl }),
    filename: wheel.filename,
    hashes: { sha256: wheel.sha256 },
  };
}

async function refusalOf(source: Exclude<Source, DirectSource>): Promise<unknown> {
  if (!isBuildable(source)) return new Error(`a requirement does not name a file of an index: ${source.url}`);
  return await refusingBuilder.metadata(source).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The user named this file, so no other one of the version can stand for it. */
function refuseUnfit({ filename }: DirectSource, target: Target): void {
  const { tags } = parseWheelFilename(filename);
  const ranking = createTagRanking(target);
  if (ranking.rank(tags) !== undefined) return;
  const dimension = ranking.explain(tags);
  const shown = tags.slice(0, SHOWN_TAGS).map((tag) => `\`${tag}\``);
  throw new PinionError("wheel/incompatible", `\`${filename}\` is not a supported wheel on this platform`, {
    details: { filename, dimension, tags },
    hints: [
      `The wheel has the tags ${shown.join(", ")}; this target needs \`${ranking.example(dimension)}\``,
    ],
  });
}

function refuseMissing({ kind, url }: Source): void {
  if (kind === "git" || !url.startsWith("file:")) return;
  const path = filePathOf(url);
  if (existsSync(path)) return;
  throw new PinionError("wheel/not-found", `Distribution not found at: ${url}`, { details: { path } });
}

/** Finds the names of sources whose metadata has to tell them. */
async function nameInputs(inputs: Inputs): Promise<NamedInputs> {
  const requirements: NamedRequirement[] = [];
  for (const requested of inputs.requirements) {
    if (requested.kind === "named") {
      requirements.push(requested);
      continue;
    }
    const { source, extras, marker, kind: _, ...place } = requested;
    refuseMissing(source);
    const found = await refusingBuilder.metadata(source);
    const requirement = nameRequirement(found.metadata.name, { extras, url: source.url, marker });
    requirements.push({ ...place, kind: "named", requirement, source: found.source });
  }
  return { ...inputs, requirements };
}

async function resolveInputs(
  { request, inputs, installed, options }: MakePlanOptions & { readonly inputs: NamedInputs },
  { registry, direct }: { readonly registry: Registry; readonly direct: DirectDistributions },
): Promise<ResolutionGraph> {
  const root = (
    list: readonly NamedRequirement[],
  ): readonly { requirement: NamedRequirement["requirement"]; origin: string }[] =>
    list.map(({ requirement, origin }) => ({ requirement, origin }));
  return await resolve(
    {
      requirements: root(inputs.requirements),
      constraints: root(inputs.constraints),
      overrides: root(inputs.overrides),
      installed: keptVersions(request, installed),
      environment: {
        kind: "specific",
        target: targetOf(request.into),
        isPythonRequested: request.isPythonRequested === true,
      },
      prereleases: request.prereleases ?? (inputs.options.some(({ pre }) => pre) ? "allow" : "if-necessary"),
      resolution: request.resolution ?? "highest",
      noDependencies: request.noDependencies === true,
      direct: new Map([...direct].map(([name, { version, source }]) => [name, { version, url: source.url }])),
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
    directUrl: found === undefined ? undefined : directUrlOf(found.source, found.wheel.sha256),
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

/** A wheel may stand for hundreds of tags. */
const SHOWN_TAGS = 3;
