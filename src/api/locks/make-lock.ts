// From a resolution to a lock: for every chosen version the files that it can be installed from, and why it is there.

import { append } from "../../base/values/group-by.ts";
import { formatInstant } from "../../base/values/instant.ts";
import { decodePercent } from "../../base/text/percent-encoding.ts";
import type { Declaration } from "../../pep/declaration.ts";
import { listHashes, type Hashes } from "../../pep/hashes.ts";
import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import type { MarkerEnvironment } from "../../pep/markers/expression.ts";
import { formatSimplifiedMarker } from "../../pep/markers/algebra.ts";
import { tryParseWheelFilename } from "../../pep/files/filename.ts";
import type { LockedFile } from "../../pep/files/pylock.ts";
import { tryParseRequirement } from "../../pep/requirements/requirement.ts";
import { literalPath, literalUrl, oneWord } from "../../pep/requirements/literal-url.ts";
import type { ChosenDeclaration, ChosenPackage, ChosenSource, Lock } from "../../lock/lock.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { Registry } from "../../registry/registry.ts";
import type { IndexedFile } from "../../registry/candidates/select.ts";
import type { ResolutionGraph, ResolvedPackage } from "../../resolve/graph.ts";
import { filePathOf } from "../../sources/file-url.ts";
import type { NamedInputs, NamedRequirement } from "../../sources/requested.ts";

export interface MakeLockOptions {
  readonly inputs: NamedInputs;
  readonly graph: ResolutionGraph;
  readonly registry: Pick<Registry, "files" | "described" | "sourcedPath">;
  /** `>=3.11.7`. */
  readonly requiresPython: string;
  /** The one environment; undefined for all. */
  readonly environment: MarkerEnvironment | undefined;
  /** When each package of the graph is needed, where the graph itself does not say. */
  readonly reach?: Reach | undefined;
  /** Whether markers of forks also say which Pythons the lock is for. */
  readonly hasWholeMarkers?: boolean | undefined;
  /** Hashes of an earlier lock for `name==version`, which are kept. */
  readonly kept?: ReadonlyMap<string, readonly string[]> | undefined;
  /** By URL: hashes of files for which the index states none. */
  readonly hashes?: ReadonlyMap<string, Hashes> | undefined;
}

/** The marker of each package of a graph, and those of its extras. */
interface Reach {
  readonly markers: readonly (string | undefined)[];
  extraNode(place: number, extra: string): number | undefined;
}

/** Makes the lock of a resolution. */
export function makeLock(options: MakeLockOptions): Lock {
  const { graph, requiresPython } = options;
  const declarations = declarationsOf(options);
  const written = new Map(
    options.inputs.requirements.flatMap((requested) => {
      const text = writtenSource(requested);
      return text === undefined ? [] : [[requested.requirement.name, text] as const];
    }),
  );
  // Several requirements may name places of one project, each for environments of its own; what is required wins.
  const { constraints, overrides, requirements } = options.inputs;
  const places = new Map(
    [...constraints, ...overrides, ...requirements].flatMap((requested) => {
      const { name, url } = requested.requirement;
      const text = url === undefined ? undefined : writtenSource(requested);
      return text === undefined ? [] : [[`${name} ${url}`, text] as const];
    }),
  );
  const required = new Set(requirements.map(({ requirement: { name, url } }) => `${name} ${url}`));
  return {
    requiresPython,
    packages: graph.packages.map((found, index) => {
      const { name, version, extras, url } = found;
      const marker = markerOf(found, { options, index });
      const files = url === undefined ? filesOf(found, options) : [];
      const place =
        url === undefined
          ? undefined
          : ((required.has(`${name} ${url}`) ? places.get(`${name} ${url}`) : undefined) ??
            written.get(name) ??
            places.get(`${name} ${url}`) ??
            placeOf(url, options.registry));
      const source =
        place === undefined ? indexSource(files) : asRequested(namedSource(found, options.registry), place);
      const kept = options.kept?.get(`${name}==${version.text}`) ?? [];
      return {
        name,
        ...(source.kind === "directory" ? {} : { version: version.text }),
        extras,
        ...extraMarkersOf(found, { marker, options, index }),
        ...(marker === undefined ? {} : { marker }),
        ...(place === undefined
          ? {}
          : { written: pinned({ ...place, isEditable: isInPlace(source) }, source) }),
        ...(files[0] === undefined ? {} : { index: addressOf(files[0].index) }),
        hashes: kept.length > 0 ? kept : hashesOf(source, files),
        source,
        dependents: found.namedBy,
        ...(found.extrasNamedBy === undefined ? {} : { extraDependents: found.extrasNamedBy }),
        declarations: declarations.get(name) ?? [],
      } satisfies ChosenPackage;
    }),
  };
}

/** As it was given; a path as its URL, as uv shows it. */
function addressOf({ written, url, withVariables }: IndexLocation): string {
  if (withVariables !== undefined) return withVariables;
  const isPath = written !== undefined && FILE.test(url) && !FILE.test(written);
  return isPath ? url : (written ?? url);
}

/** For extras that not all that need the package need. */
function extraMarkersOf(
  { extras, extraMarkers }: ResolvedPackage,
  given: { readonly marker: string | undefined; readonly options: MakeLockOptions; readonly index: number },
): Pick<ChosenPackage, "extraMarkers"> {
  const { marker, options, index } = given;
  const { reach } = options;
  const entries =
    reach === undefined
      ? Object.entries(extraMarkers ?? {}).map(
          ([extra, own]) => [extra, formatSimplifiedMarker(own)] as const,
        )
      : extras.flatMap((extra) => {
          const own = reach.markers[reach.extraNode(index, extra) ?? index];
          return own === undefined || own === marker ? [] : [[extra, own] as const];
        });
  return entries.length === 0 ? {} : { extraMarkers: Object.fromEntries(entries) };
}

function filesOf(
  { name, version }: ResolvedPackage,
  { registry, hashes }: MakeLockOptions,
): readonly IndexedFile[] {
  const files = registry.files(name, version);
  return hashes === undefined || hashes.size === 0
    ? files
    : files.map((file) => ({ ...file, hashes: hashes.get(file.url) ?? file.hashes }));
}

/**
 * uv: the markers of a `pylock.toml` for all environments say what the forks and the requirements do, even where its
 * `requires-python` implies it; in requirements files they leave that out.
 */
function markerOf(
  { marker, wholeMarker }: ResolvedPackage,
  { options, index }: { readonly options: MakeLockOptions; readonly index: number },
): string | undefined {
  const { environment } = options;
  if (environment === undefined && options.hasWholeMarkers === true)
    return wholeMarker === undefined ? undefined : formatSimplifiedMarker(wholeMarker);
  return marker === undefined ? options.reach?.markers[index] : formatSimplifiedMarker(marker);
}

function declarationsOf({
  inputs,
  environment,
}: MakeLockOptions): ReadonlyMap<string, readonly ChosenDeclaration[]> {
  const declarations = new Map<string, ChosenDeclaration[]>();
  const add = (role: ChosenDeclaration["role"], requested: readonly NamedRequirement[]): void => {
    for (const { requirement, declaredIn } of requested) {
      if (declaredIn === undefined || !applies(requirement, environment)) continue;
      append(declarations, requirement.name, { role, declaredIn: portable(declaredIn) });
    }
  };
  add("requirement", inputs.requirements);
  // uv: a constraint that narrows nothing is not one.
  add(
    "constraint",
    inputs.constraints.filter(
      ({ requirement: { url, specifiers } }) => url !== undefined || specifiers.specifiers.length > 0,
    ),
  );
  add("override", inputs.overrides);
  return declarations;
}

function applies(
  { marker }: NamedRequirement["requirement"],
  environment: MarkerEnvironment | undefined,
): boolean {
  return marker === undefined || environment === undefined || evaluateMarker(marker, environment);
}

function portable(declaredIn: Declaration): Declaration {
  return { ...declaredIn, path: declaredIn.path.replaceAll("\\", "/") };
}

function isInPlace(source: ChosenSource): boolean {
  return source.kind === "directory" && source.isEditable === true;
}

type Written = NonNullable<ChosenPackage["written"]>;

/** What a requirement named, as it was written: the URL, or the path of one without a name. */
function writtenSource(requested: NamedRequirement): Written | undefined {
  const { source, isSourcedPath } = requested;
  const text = requested.written ?? requested.text;
  if (source === undefined) return undefined;
  const isEditable = source.kind === "directory" && source.isEditable;
  const rest = { isEditable, ...(isSourcedPath === true ? { isSourcedPath } : {}) };
  const url = tryParseRequirement(text)?.url;
  const isOwn = mayNameVariables(requested);
  if (url !== undefined && !HAS_SCHEME.test(url) && !(isOwn && url.includes("${")))
    return { text: literalPath(url, { isEditable }) ?? oneWord(source.url), ...rest };
  if (url !== undefined && isOwn) return { text: url, ...rest };
  // A path of this machine tells no server what a variable holds.
  if (url !== undefined) return { text: FILE.test(url) ? oneWord(url) : literalUrl(url), ...rest };
  const marker = text.search(/\s;/);
  const place = marker === -1 ? text : text.slice(0, marker).trimEnd();
  return { text: place.replace(/\[[A-Za-z0-9._, -]*\]$/, ""), ...rest };
}

/** What another project requires. */
function placeOf(url: string, registry: Pick<Registry, "sourcedPath">): Written {
  const isEditable = registry.sourcedPath(url);
  return isEditable === undefined
    ? { text: literalUrl(url), isEditable: false }
    : { text: url, isEditable, isSourcedPath: true };
}

/** The user's own lines of requirements may; those of settings, and of projects and scripts, which say so to everyone, name none. */
function mayNameVariables({ declaredIn, isOfMetadata }: NamedRequirement): boolean {
  if (isOfMetadata === true) return false;
  return declaredIn === undefined || (declaredIn.kind === "file" && declaredIn.isOfSettings !== true);
}

/** A repository is pinned to its commit; the folder in it stays. */
function pinned(
  written: NonNullable<ChosenPackage["written"]>,
  source: ChosenSource,
): NonNullable<ChosenPackage["written"]> {
  if (source.kind !== "vcs") return written;
  const hash = written.text.indexOf("#");
  const fragment = hash === -1 ? "" : written.text.slice(hash);
  return {
    ...written,
    text: `git+${literalUrl(source.url ?? source.path ?? "")}@${source.commitId}${fragment}`,
  };
}

function indexSource(files: readonly IndexedFile[]): ChosenSource {
  const sorted = files.toSorted((a, b) => (a.filename < b.filename ? -1 : 1));
  const sdists = sorted.filter(({ filename }) => tryParseWheelFilename(filename) === undefined);
  const sdist = sdists.find(({ filename }) => filename.endsWith(".tar.gz")) ?? sdists[0];
  return {
    kind: "index",
    ...(sdist === undefined ? {} : { sdist: lockedFile(sdist) }),
    wheels: sorted.filter(({ filename }) => tryParseWheelFilename(filename) !== undefined).map(lockedFile),
  };
}

function lockedFile({ filename, url, hashes, size, uploadTime }: IndexedFile): LockedFile {
  const isNamed = url.endsWith(`/${filename}`) || decodePercent(url).endsWith(`/${filename}`);
  const time = uploadTime === undefined ? undefined : Date.parse(uploadTime);
  return {
    ...(isNamed ? {} : { name: filename }),
    url,
    ...(time === undefined || Number.isNaN(time) ? {} : { uploadTime: formatInstant(new Date(time)) }),
    ...(size === undefined ? {} : { size }),
    hashes,
  };
}

function namedSource(
  { name, url = "" }: ResolvedPackage,
  registry: Pick<Registry, "described">,
): ChosenSource {
  const source = registry.described(name)?.source;
  if (source === undefined) throw new Error(`a URL was resolved and not looked at: ${url}`);
  switch (source.kind) {
    case "direct":
    case "sdist": {
      const { size, hashes, subdirectory } = source;
      return {
        kind: "archive",
        ...(isLocal(source.url) ? { path: filePathOf(source.url) } : { url: source.url }),
        ...(size === undefined ? {} : { size }),
        ...(subdirectory === undefined ? {} : { subdirectory }),
        hashes,
      };
    }
    case "git":
      return {
        kind: "vcs",
        type: "git",
        url: source.url,
        ...(source.reference === undefined ? {} : { requestedRevision: source.reference }),
        commitId: source.commit ?? "",
        ...(source.subdirectory === undefined ? {} : { subdirectory: source.subdirectory }),
      };
    case "directory":
      return {
        kind: "directory",
        path: filePathOf(source.url),
        ...(source.isEditable ? { isEditable: true } : {}),
        ...(source.subdirectory === undefined ? {} : { subdirectory: source.subdirectory }),
      };
  }
}

/** For all environments, a folder is found again by its URL, which does not say that it is editable. */
function asRequested(source: ChosenSource, { isEditable, isSourcedPath }: Written): ChosenSource {
  if (source.kind !== "directory") return source;
  if (isEditable) return { ...source, isEditable };
  // Which of both it is, a project's sources say in any case.
  return isSourcedPath === true ? { ...source, isEditable: source.isEditable ?? false } : source;
}

function isLocal(url: string): boolean {
  return url.startsWith("file:");
}

/** Those of all files; as in uv, of several source distributions without a wheel only those of the one that is built. */
function hashesOf(source: ChosenSource, files: readonly IndexedFile[]): readonly string[] {
  if (source.kind === "archive") return listHashes(source.hashes).toSorted();
  const isBuilt = source.kind === "index" && source.wheels.length === 0 && source.sdist !== undefined;
  const hashes = (isBuilt ? [source.sdist] : files).flatMap((file) => listHashes(file.hashes));
  return [...new Set(hashes)].toSorted();
}

const FILE = /^file:/i;
/** A single letter is a drive. */
const HAS_SCHEME = /^[A-Za-z][A-Za-z0-9+.-]+:/;
