// From requirements to the set of distributions that fits them, for one target: names of sources first, then what the
// sources need, then the solver.

import { existsSync } from "node:fs";

import { nowMs } from "../../base/work/clock.ts";
import { Turns } from "../../base/work/turns.ts";
import { otherProject } from "../../sources/other-project.ts";
import { PinionError } from "../../errors.ts";
import type { DirectUrl } from "../../pep/files/direct-url.ts";
import type { FolderState } from "../../pep/folder-state.ts";
import type { Hash } from "../../pep/hashes.ts";
import { placedAt } from "../../pep/file-place.ts";
import { parseWheelFilename } from "../../pep/files/filename.ts";
import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import { createTagRanking, type Target } from "../../pep/tags/tags.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { DirectDistribution, Registry } from "../../registry/registry.ts";
import type { RootRequirement } from "../../resolve/input.ts";
import type { ResolutionGraph, ResolvedPackage } from "../../resolve/graph.ts";
import { resolve } from "../../resolve/resolver.ts";
import { filePathOf } from "../../sources/file-url.ts";
import type { NamedSource } from "../../sources/parse-source.ts";
import { namesOf } from "../../sources/requested.ts";
import type { Inputs, NamedInputs, NamedRequirement, RequestedRequirement } from "../../sources/requested.ts";
import {
  directUrlOf,
  unchangedState,
  type DirectorySource,
  type DirectSource,
  type Source,
} from "../../sources/source.ts";
import type { OnEvent } from "../events.ts";
import { explainingMismatch } from "../../sources/fetching/fetch-failure.ts";
import { hashesOf, isFile, requireHashesOfAll, statedHashes, type HashesByName } from "./hashes.ts";
import { nameRequirement } from "./to-requested.ts";
import type { ResolveRequest } from "../requests.ts";

export interface ResolveTools {
  readonly registry: Registry;
  readonly target: Target;
  /** Installed versions to keep while they fit. */
  readonly kept: ReadonlyMap<string, Version>;
  /** Installed versions of what is to be upgraded. */
  readonly upgraded: ReadonlyMap<string, Version>;
  readonly onEvent: OnEvent;
}

export interface ResolvedInputs {
  readonly inputs: NamedInputs;
  readonly resolution: ResolutionGraph;
  /** Sorted by name. */
  readonly distributions: readonly ResolvedDistribution[];
}

/** One distribution of a resolution. */
export interface ResolvedDistribution {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  /** Named by the user; not a dependency only. */
  readonly isRequested: boolean;
  readonly directUrl: DirectUrl | undefined;
  /** Of a folder that need not be built again where it is unchanged. */
  readonly folderState?: FolderState | undefined;
  readonly hashes: readonly Hash[];
  readonly configSettings: NamedRequirement["configSettings"];
  /** Looked up when it is needed: an installed version that is kept need not be on any index. */
  readonly source: () => Source;
}

/** @throws resolve/no-solution, requirement/…, index/…, build/…, wheel/…, net/…, tls/… */
export async function resolveInputs(
  given: Inputs,
  request: ResolveRequest,
  tools: ResolveTools,
): Promise<ResolvedInputs> {
  const started = nowMs();
  const { registry, target, onEvent } = tools;
  const turns = new Turns(request.signal);
  await turns.give();
  const inputs = await nameInputs(given, registry);
  const hashes = statedHashes(inputs, request.universal === undefined ? target.markers : undefined);
  registry.declared(inputs.statedIndexes ?? []);
  for (const { requirement, index } of inputs.requirements)
    if (index !== undefined) registry.pin(requirement, index);
  const direct = await describeSources(inputs, request, { ...tools, hashes });
  await turns.give();
  const roots = (list: readonly NamedRequirement[]): readonly RootRequirement[] =>
    list.map(({ requirement, origin }) => ({ requirement, origin }));
  const resolution = await resolve(
    {
      requirements: roots(inputs.requirements),
      constraints: roots(inputs.constraints),
      overrides: roots(inputs.overrides),
      installed: tools.kept,
      upgraded: tools.upgraded,
      excludes: inputs.excludes,
      project: soleProject(inputs),
      environment:
        request.universal === undefined
          ? { kind: "specific", target, isPythonRequested: request.isPythonRequested === true }
          : { kind: "universal", ...request.universal },
      ...(request.preferences === undefined ? {} : { preferences: request.preferences }),
      ...(request.prereleasesOf === undefined ? {} : { prereleasesOf: request.prereleasesOf }),
      prereleases: request.prereleases ?? (inputs.options.some(({ pre }) => pre) ? "allow" : "if-necessary"),
      resolution: request.resolution ?? "highest",
      noDependencies: request.noDependencies === true,
      direct: new Map(direct.map(({ name, version, source }) => [name, { version, url: source.url }])),
    },
    registry,
    { signal: request.signal, onEvent, suggestionsMs: SUGGESTIONS_MS },
  );
  if (inputs.requiresHashes)
    requireHashesOfAll(
      resolution.packages.map(({ name }) => name),
      hashes,
      (name) => {
        const source = registry.described(name)?.source;
        return source === undefined || isFile(source);
      },
    );
  onEvent({
    kind: "resolved",
    count: resolution.packages.length,
    milliseconds: nowMs() - started,
  });
  const requested = new Map(inputs.requirements.map((entry) => [entry.requirement.name, entry]));
  const distributions = resolution.packages
    .filter(({ name }) => request.onlyDependencies !== true || !requested.has(name))
    .map((found) => toDistribution(found, { registry, requested, hashes }));
  return { inputs, resolution, distributions };
}

/** The project whose requirements were requested, where there is one only. */
function soleProject({ requirements }: NamedInputs): string | undefined {
  const projects = requirements.flatMap(({ declaredIn }) =>
    declaredIn?.kind === "project" ? [declaredIn.project] : [],
  );
  const [project, another] = new Set(projects);
  return another === undefined ? project : undefined;
}

/** Finds the names of sources whose metadata has to be read for them. */
async function nameInputs(inputs: Inputs, registry: Registry): Promise<NamedInputs> {
  const requirements = await Promise.all(
    inputs.requirements.map(async (requested): Promise<NamedRequirement> => {
      if (requested.kind === "named") return requested;
      const { source: given, extras, marker, kind: _, ...place } = requested;
      const { name } = await placing(requested, () =>
        describe(requested, given, { registry, hashes: hashesOf(requested) }),
      );
      const requirement = nameRequirement(name, { extras, url: given.url, marker });
      return { ...place, kind: "named", requirement, source: given };
    }),
  );
  return { ...inputs, requirements };
}

/** What reads sources, and the hashes that are stated for them. */
interface DescribeTools {
  readonly registry: Registry;
  readonly hashes: HashesByName;
}

/**
 * Distributions that URLs and paths name are read first: only they know their dependencies. Those of constraints and overrides, only
 * where their project is requested; whether others are wanted shows while versions are chosen.
 */
async function describeSources(
  inputs: NamedInputs,
  { takesForeignWheels = false }: Pick<ResolveRequest, "takesForeignWheels">,
  tools: DescribeTools & Pick<ResolveTools, "target">,
): Promise<readonly DirectDistribution[]> {
  const { target, registry } = tools;
  const requested = namesOf(inputs.requirements);
  const overridden = namesOf(inputs.overrides);
  const excluded = new Set(inputs.excludes);
  const all = [
    ...inputs.requirements.filter(({ requirement: { name } }) => !overridden.has(name)),
    ...inputs.constraints,
    ...inputs.overrides,
  ];
  const described: Promise<DirectDistribution>[] = [];
  for (const entry of all) {
    const { source, requirement } = entry;
    const { name, marker, url } = requirement;
    const applies = marker === undefined || evaluateMarker(marker, target.markers);
    if (source === undefined || source.kind === "index" || !applies || excluded.has(name)) continue;
    const describing = async (): Promise<DirectDistribution> => {
      if (source.kind === "direct" && !takesForeignWheels)
        await placing(entry, async () => refuseUnfit(source, target));
      return await describeAs(entry, source, tools);
    };
    if (requested.has(name)) described.push(describing());
    else if (url !== undefined) registry.describeLater(url, describing);
  }
  return await Promise.all(described);
}

/** @throws wheel/invalid where the URL leads to another project than the requirement names */
async function describeAs(
  requested: NamedRequirement,
  source: NamedSource,
  { registry, hashes }: DescribeTools,
): Promise<DirectDistribution> {
  const { name } = requested.requirement;
  return await placing(requested, async () => {
    const stated = isFile(source) ? (hashes.get(name) ?? []) : hashesOf(requested);
    const found = await describe(requested, source, { registry, hashes: stated });
    if (found.name !== name) throw otherProject(name, { found: found.name, url: found.source.url });
    return found;
  });
}

/** A failure names the line of the file that holds the requirement. */
async function placing<T>({ place }: RequestedRequirement, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw placedAt(error, place);
  }
}

async function describe(
  requested: RequestedRequirement,
  given: NamedSource,
  { registry, hashes }: { readonly registry: Registry; readonly hashes: readonly Hash[] },
): Promise<DirectDistribution> {
  const { requestUrl, configSettings, text } = requested;
  const source = isNamedDirectly(requested, given) ? { ...given, isAlwaysBuilt: true as const } : given;
  refuseMissing(source);
  const describing = registry.describe(source, { requestUrl, configSettings, hashes });
  return await explainingMismatch(describing, () => ({
    subject: requested.kind === "named" ? `${requested.requirement.name} @ ${source.url}` : text,
    isLocal: source.url.startsWith("file:"),
  }));
}

/** A folder on the command line is built each time, as in pip and uv: naming it there asks for that. */
function isNamedDirectly(
  { place, declaredIn }: RequestedRequirement,
  source: NamedSource,
): source is DirectorySource {
  return source.kind === "directory" && place === undefined && declaredIn === undefined;
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

function refuseMissing({ kind, url }: NamedSource): void {
  if (kind === "git" || !url.startsWith("file:")) return;
  const path = filePathOf(url);
  if (existsSync(path)) return;
  throw new PinionError("wheel/not-found", `Distribution not found at: ${url}`, { details: { path } });
}

function toDistribution(
  { name, version, url }: ResolvedPackage,
  {
    registry,
    requested,
    hashes,
  }: {
    readonly registry: Registry;
    readonly requested: ReadonlyMap<string, NamedRequirement>;
    readonly hashes: HashesByName;
  },
): ResolvedDistribution {
  const found = url === undefined ? undefined : registry.described(name);
  return {
    name,
    version,
    isRequested: requested.has(name),
    directUrl: found === undefined ? undefined : directUrlOf(found.source),
    folderState: found === undefined ? undefined : unchangedState(found.source),
    // The hashes of what was looked at have been checked; the source holds that of the bytes.
    hashes: found === undefined ? (hashes.get(name) ?? []) : [],
    configSettings: requested.get(name)?.configSettings ?? {},
    source: () => found?.source ?? registry.source(name, version),
  };
}

/** A wheel may stand for hundreds of tags. */
const SHOWN_TAGS = 3;

/** A person waits for the explanation; what it can say in this time is worth the wait. */
const SUGGESTIONS_MS = 1500;
