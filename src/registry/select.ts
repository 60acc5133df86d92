// From the files of a project to the versions that a target can use: per version the best wheel, or why there is none.
// Rules and their order follow uv (docs/reference/resolver-internals, "Wheel tags"; PEP 592, 503 `data-requires-python`).

import { excerpt } from "../net/url.ts";
import {
  compareBuilds,
  tryParseLegacySdistFilename,
  tryParseSdistFilename,
  tryParseWheelFilename,
  tryParseWheelVariant,
  type WheelFilename,
} from "../pep/filename.ts";
import { isInNames, type NameSet } from "../pep/name-set.ts";
import type { Marker } from "../pep/marker-expression.ts";
import { tryParseSpecifierSet } from "../pep/specifier.ts";
import type { SpecifierSet } from "../pep/specifier-set.ts";
import { createTagRanking, type TagMismatch, type TagRanking, type Target } from "../pep/tags.ts";
import { createUniversalTagRanking, wheelEnvironments } from "../pep/wheel-environments.ts";
import { compareVersions, type Version } from "../pep/version.ts";
import type { ListedVersion, Unusable } from "../resolve/provider.ts";
import { isPythonNewEnough } from "../resolve/requires-python.ts";
import type { VersionFiles } from "./condensed-page.ts";
import type { IndexSource, SdistSource } from "../sources/source.ts";
import type { IndexLocation } from "./locations.ts";
import type { DistributionFile } from "./project-page.ts";
import { isSourceDistribution } from "./source-metadata.ts";

/** A file together with the index that lists it. */
export interface IndexedFile extends DistributionFile {
  readonly index: IndexLocation;
}

/** The file that stands for a version: what to download. */
export interface ChosenFile extends IndexedFile {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
}

/** The file as a source: a plain value that plans and locks can hold. */
export function sourceOf(file: ChosenFile): IndexSource | SdistSource {
  const { name, version, filename, url, hashes, size, index } = file;
  const listing = {
    index: { url: index.url, kind: index.kind },
    metadata: file.metadata,
    yanked: file.yanked,
    ...(file.requiresPython === undefined ? {} : { requiresPython: file.requiresPython }),
    ...(file.uploadTime === undefined ? {} : { uploadTime: file.uploadTime }),
  };
  const common = {
    name,
    version: version.text,
    filename,
    url,
    hashes,
    ...(size === undefined ? {} : { size }),
  };
  return isSourceDistribution(filename)
    ? { kind: "sdist", ...common, listing }
    : { kind: "index", ...common, ...listing };
}

/** Every platform, and every Python of a range. */
export interface UniversalTarget {
  readonly requiresPython: SpecifierSet;
}

export interface SelectionPolicy {
  readonly target: Target | UniversalTarget;
  /** `--no-binary`: no wheel of an index counts. */
  readonly noBinary?: NameSet | undefined;
  /** `--only-binary`, `--no-build`: no source distribution counts. */
  readonly onlyBinary?: NameSet | undefined;
  /** What of a version has no wheel that fits: by default nothing, as nothing is built. */
  readonly sourceDistributions?: "take" | undefined;
  /** `--exclude-newer`: only files uploaded before this count, as milliseconds since 1970. */
  readonly excludeNewerMs?: number | undefined;
  /** Digests that requirements state (`sha256:ab…`), by project: files that have one of them come first. */
  readonly hashes?: ReadonlyMap<string, readonly string[]>;
  /** `--exclude-newer-package`; undefined takes the project out of {@link excludeNewerMs}. */
  readonly excludeNewerPackages?: ReadonlyMap<string, number | undefined> | undefined;
}

/** A version with the file that was chosen for it. */
export interface SelectedVersion extends ListedVersion {
  /** Absent exactly if the version is unusable. */
  readonly chosen: ChosenFile | undefined;
  /** The file whose metadata is read: a wheel for other platforms rather than the source distribution that was chosen. */
  readonly described: ChosenFile | undefined;
  /** Every file but those that are too new, whether it fits or not. */
  readonly files: readonly IndexedFile[];
}

export interface Selector {
  /** Joins what the indexes have of a project, newest first; a version looks at its files when it is asked about them. */
  select(name: string, projects: readonly (readonly VersionFiles[])[]): readonly SelectedVersion[];
}

/** Prepares the choice of files for a target and a policy. */
export function createSelector(policy: SelectionPolicy): Selector {
  const context = {
    policy,
    ranking: rankingOf(policy.target),
    refusesPython: createPythonCheck(policy.target),
    isUniversal: isUniversal(policy.target),
  };
  return {
    select(name, projects) {
      return mergeVersions(projects).map((entries) => new LazyVersion(name, entries, context));
    },
  };
}

/** A version among those that {@link Selector.select} gave; found by halves, so that most are never read. */
export function findVersion(
  versions: readonly SelectedVersion[],
  version: Version,
): SelectedVersion | undefined {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (versions[middle]!.version.order > version.order) low = middle + 1;
    else high = middle;
  }
  const found = versions[low];
  return found?.version.order === version.order ? found : undefined;
}

function isUniversal(target: Target | UniversalTarget): target is UniversalTarget {
  return "requiresPython" in target;
}

function rankingOf(target: Target | UniversalTarget): TagRanking {
  return isUniversal(target) ? createUniversalTagRanking(target.requiresPython) : createTagRanking(target);
}

/** What a file wants of Python, where the target does not have it; the files of a project share a handful of values. */
function createPythonCheck(
  target: Target | UniversalTarget,
): (requiresPython: string) => SpecifierSet | undefined {
  // For all Pythons, the resolver decides: a file may be good for some of them.
  if (isUniversal(target)) return () => undefined;
  const answers = new Map<string, SpecifierSet | undefined>();
  return (requiresPython) => {
    if (answers.has(requiresPython)) return answers.get(requiresPython);
    // What cannot be read cannot forbid: old releases have such values, and pip takes them.
    const specifiers = tryParseSpecifierSet(requiresPython);
    const isRefused = specifiers !== undefined && !isPythonNewEnough(target.pythonVersion, specifiers);
    answers.set(requiresPython, isRefused ? specifiers : undefined);
    return answers.get(requiresPython);
  };
}

interface Context {
  readonly policy: SelectionPolicy;
  readonly ranking: TagRanking;
  readonly refusesPython: (requiresPython: string) => SpecifierSet | undefined;
  readonly isUniversal: boolean;
}

interface Choice {
  /** For all environments, the tags of every wheel; undefined where a source distribution serves them all. */
  readonly tags?: readonly string[] | undefined;
  readonly chosen: ChosenFile | undefined;
  /** Where it is another one than `chosen`. */
  readonly described?: ChosenFile | undefined;
  readonly yanked: false | string;
  readonly unusable: Unusable | undefined;
  readonly unusableUnlessYanked?: Unusable | undefined;
}

class LazyVersion implements SelectedVersion {
  readonly #name: string;
  /** Of each index that has the version; at least one. */
  readonly #entries: readonly VersionFiles[];
  readonly #context: Context;
  #choice: Choice | undefined;

  constructor(name: string, entries: readonly VersionFiles[], context: Context) {
    this.#name = name;
    this.#entries = entries;
    this.#context = context;
  }

  get version(): Version {
    return this.#entries[0]!.version;
  }

  get yanked(): false | string {
    return this.#choose().yanked;
  }

  // A getter cannot be absent; a reader that tests for undefined sees the same.
  get unusable(): Unusable {
    return this.#choose().unusable!;
  }

  get unusableUnlessYanked(): Unusable {
    return this.#choose().unusableUnlessYanked!;
  }

  get chosen(): ChosenFile | undefined {
    return this.#choose().chosen;
  }

  get described(): ChosenFile | undefined {
    const { chosen, described } = this.#choose();
    return described ?? chosen;
  }

  get files(): readonly IndexedFile[] {
    const { policy } = this.#context;
    return this.#entries.flatMap(({ index, files }) =>
      files
        .filter((file) => exclusionOf(file, { name: this.#name, index }, policy) === undefined)
        .map((file) => ({ ...file, index })),
    );
  }

  get requiresPython(): SpecifierSet | undefined {
    const text = this.#context.isUniversal ? this.chosen?.requiresPython : undefined;
    return text === undefined ? undefined : tryParseSpecifierSet(text);
  }

  get environments(): Marker | undefined {
    const { tags } = this.#choose();
    return tags === undefined ? undefined : wheelEnvironments(tags);
  }

  #choose(): Choice {
    this.#choice ??= chooseFile(this.#name, this.#entries, this.#context);
    return this.#choice;
  }
}

function chooseFile(name: string, entries: readonly VersionFiles[], context: Context): Choice {
  const candidates = entries.flatMap(({ index, files }) =>
    files.map((file) => ({
      index,
      file,
      verdict: judge(file, { name, index }, context),
    })),
  );
  const wheels = candidates.filter(({ verdict }) => verdict.kind === "wheel");
  // PEP 592: a release that is taken back in part is used through the files that remain.
  const unyanked = wheels.filter(({ file }) => file.yanked === false);
  const best = (unyanked.length > 0 ? unyanked : wheels).reduce<(typeof wheels)[number] | undefined>(
    (first, next) => (first === undefined || isBetter(next.verdict, first.verdict) ? next : first),
    undefined,
  );
  if (best !== undefined) {
    const chosen = { ...best.file, index: best.index, name, version: entries[0]!.version };
    const yanked = shownReason(best.file.yanked);
    const others = yanked === false ? undefined : refusal(name, candidates, context);
    const hasSource = !context.isUniversal || chooseSource(name, candidates, context.policy) !== undefined;
    const tagsOf = ({ file }: Candidate): readonly string[] =>
      tryParseWheelFilename(file.filename)?.tags ?? [];
    return {
      tags: hasSource ? undefined : wheels.flatMap(tagsOf),
      chosen,
      yanked,
      unusable: undefined,
      unusableUnlessYanked: others?.yanked === false ? others.unusable : undefined,
    };
  }
  const source = chooseSource(name, candidates, context.policy);
  if (source !== undefined) {
    const { file, index } = source;
    const { version } = entries[0]!;
    // uv: metadata is the same for all files of a version, and a wheel tells it without a build.
    const wheel = candidates.find(
      (candidate) =>
        !isEarlyExclusion(candidate.verdict) && tryParseWheelFilename(candidate.file.filename) !== undefined,
    );
    return {
      chosen: { ...file, index, name, version },
      described: wheel === undefined ? undefined : { ...wheel.file, index: wheel.index, name, version },
      yanked: shownReason(file.yanked),
      unusable: undefined,
    };
  }
  return { chosen: undefined, ...refusal(name, candidates, context) };
}

/**
 * Why a version has no file to choose, as uv ranks reasons: a wheel that wants another Python; then, where there are
 * source distributions, what speaks against those, which could have been built. Files that were taken back count only
 * where there are no others.
 */
function refusal(name: string, candidates: readonly Candidate[], { policy, ranking }: Context): Refusal {
  const isSource = ({ file }: Candidate): boolean =>
    tryParseWheelFilename(file.filename) === undefined && !isVariant(file);
  const sources = candidates.filter(isSource);
  const wheels = candidates.filter((candidate) => !isSource(candidate));
  const isNear = ({ file, verdict }: Candidate): boolean =>
    file.yanked === false && verdict.kind === "requires-python";
  const deciding = wheels.some(isNear) || sources.length === 0 ? wheels : sources;
  if (deciding === sources && isBuildForbidden(policy, name))
    return { yanked: false, unusable: { kind: "no-build", isForAll: policy.onlyBinary?.isForAll === true } };
  const counting = deciding.filter(({ file, verdict }) => file.yanked === false || isEarly(verdict));
  const unusable = mostTelling(counting.length > 0 ? counting : deciding, {
    wheels,
    ranking,
    noBinary: candidates.some(({ verdict }) => verdict.kind === "no-binary") ? policy.noBinary : undefined,
  });
  return { yanked: counting.length > 0 ? false : shownReason(deciding[0]?.file.yanked ?? false), unusable };
}

interface Refusal {
  readonly yanked: false | string;
  readonly unusable: Unusable;
}

function isEarlyExclusion({ kind }: Verdict): boolean {
  return kind === "excluded-newer";
}

/** What the user rules out is not even looked at, taken back or not. */
function isEarly({ kind }: Verdict): boolean {
  return kind === "no-binary" || kind === "excluded-newer";
}

interface Candidate {
  readonly index: IndexLocation;
  readonly file: DistributionFile;
  readonly verdict: Verdict;
}

/** PEP 625's form before the older ones. */
function chooseSource(
  name: string,
  candidates: readonly Candidate[],
  policy: SelectionPolicy,
): Candidate | undefined {
  const { sourceDistributions } = policy;
  if (sourceDistributions === undefined || isBuildForbidden(policy, name)) return undefined;
  const sources = candidates.filter(
    ({ file, verdict }) =>
      verdict.kind === "source" &&
      (tryParseSdistFilename(file.filename) ?? tryParseLegacySdistFilename(file.filename)) !== undefined,
  );
  const rank = ({ file }: Candidate): number =>
    (file.yanked === false ? 0 : SOURCE_FORMATS.length + 1) +
    SOURCE_FORMATS.findIndex((extension) => file.filename.endsWith(extension));
  return sources.toSorted((one, other) => rank(one) - rank(other))[0];
}

/** The reason is an index's text, and is shown to people. */
function shownReason(yanked: false | string): false | string {
  return yanked === false ? false : excerpt(yanked);
}

type Verdict =
  | {
      readonly kind: "wheel";
      /** Lower is better, as `rank`. */
      readonly promise: number;
      readonly rank: number;
      readonly build: WheelFilename["build"];
    }
  | { readonly kind: "source" }
  | { readonly kind: "variant" }
  | { readonly kind: "excluded-newer"; readonly cutoff: string; readonly published?: string }
  | { readonly kind: "no-binary" }
  | { readonly kind: "requires-python"; readonly specifiers: SpecifierSet }
  | { readonly kind: "mismatch"; readonly dimension: TagMismatch; readonly tags: readonly string[] };

/** Of which project and on which index a file is listed. */
interface ListedIn {
  readonly name: string;
  readonly index: IndexLocation;
}

function judge(
  file: DistributionFile,
  origin: ListedIn,
  { policy, ranking, refusesPython }: Context,
): Verdict {
  const exclusion = exclusionOf(file, origin, policy);
  if (exclusion !== undefined) return exclusion;
  const wheel = tryParseWheelFilename(file.filename);
  const rank = wheel === undefined ? undefined : ranking.rank(wheel.tags);
  if (wheel !== undefined && isInNames(policy.noBinary, origin.name)) return { kind: "no-binary" };
  if (wheel !== undefined && rank === undefined)
    return { kind: "mismatch", dimension: ranking.explain(wheel.tags), tags: wheel.tags };
  const specifiers = file.requiresPython === undefined ? undefined : refusesPython(file.requiresPython);
  if (specifiers !== undefined) return { kind: "requires-python", specifiers };
  if (wheel === undefined || rank === undefined) return { kind: isVariant(file) ? "variant" : "source" };
  return {
    kind: "wheel",
    promise: promiseOf(file, policy.hashes?.get(origin.name)),
    rank,
    build: wheel.build,
  };
}

function isVariant({ filename }: DistributionFile): boolean {
  return tryParseWheelVariant(filename) !== undefined;
}

/** 0 for a file that has one of the required digests, 1 where the index does not tell, 2 for a file that has others. */
function promiseOf({ hashes }: DistributionFile, required: readonly string[] = []): number {
  if (required.length === 0) return 0;
  const stated = Object.entries(hashes).map(([algorithm, value]) => `${algorithm}:${value}`);
  if (stated.some((hash) => required.includes(hash))) return 0;
  const algorithms = new Set(required.map((hash) => hash.slice(0, hash.indexOf(":"))));
  return Object.keys(hashes).some((algorithm) => algorithms.has(algorithm)) ? 2 : 1;
}

function exclusionOf(
  file: DistributionFile,
  { name, index }: ListedIn,
  policy: SelectionPolicy,
): Extract<Verdict, { kind: "excluded-newer" }> | undefined {
  // Folders and flat pages state no upload times, and the user picked them by hand.
  if (index.kind === "flat") return undefined;
  const limitMs = limitFor(name, index, policy);
  if (limitMs === undefined) return undefined;
  // PEP 700 made the time optional; a file without one cannot be shown to be old enough.
  const uploadedMs = file.uploadTime === undefined ? NaN : Date.parse(file.uploadTime);
  if (uploadedMs < limitMs) return undefined;
  return {
    kind: "excluded-newer",
    cutoff: formatInstant(limitMs),
    ...(Number.isNaN(uploadedMs) ? {} : { published: formatInstant(uploadedMs) }),
  };
}

/** What is said of the project counts before what is said of the index. */
function limitFor(
  name: string,
  { excludeNewer }: IndexLocation,
  { excludeNewerMs, excludeNewerPackages }: SelectionPolicy,
): number | undefined {
  if (excludeNewerPackages?.has(name) === true) return excludeNewerPackages.get(name);
  if (excludeNewer === "never") return undefined;
  return excludeNewer ?? excludeNewerMs;
}

/** RFC 3339, without a fraction that says nothing. */
function formatInstant(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(".000Z", "Z");
}

function isBetter(next: Verdict, first: Verdict): boolean {
  if (next.kind !== "wheel" || first.kind !== "wheel") return false;
  if (next.promise !== first.promise) return next.promise < first.promise;
  if (next.rank !== first.rank) return next.rank < first.rank;
  return compareBuilds(next.build, first.build) > 0;
}

/** Of all reasons the one that came closest to a usable file, as uv ranks them. */
function mostTelling(
  candidates: readonly Candidate[],
  about: {
    readonly wheels: readonly Candidate[];
    readonly ranking: TagRanking;
    readonly noBinary: NameSet | undefined;
  },
): Unusable {
  const verdicts = candidates.map(({ verdict }) => verdict);
  const wanting = verdicts.find((verdict) => verdict.kind === "requires-python");
  if (wanting !== undefined) return { kind: "requires-python", specifiers: wanting.specifiers };
  const excluded = verdicts.find((verdict) => verdict.kind === "excluded-newer");
  if (excluded !== undefined) return excluded;
  const closest = DIMENSIONS.find((dimension) =>
    verdicts.some((verdict) => verdict.kind === "mismatch" && verdict.dimension === dimension),
  );
  if (closest !== undefined) {
    return {
      kind: "no-matching-tag",
      dimension: closest,
      example: about.ranking.example(closest),
      available: availableTags(closest, about.wheels),
    };
  }
  if (verdicts.some(({ kind }) => kind === "variant")) return { kind: "unsupported-variant" };
  if (about.noBinary !== undefined) return { kind: "no-binary", isForAll: about.noBinary.isForAll };
  return { kind: "no-usable-wheels" };
}

/** What the wheels have instead; as to platforms, those wheels which would fit but for that. */
function availableTags(dimension: TagMismatch, wheels: readonly Candidate[]): readonly string[] {
  const parts = wheels.flatMap(({ file, verdict }) =>
    dimension === "platform" && (verdict.kind !== "mismatch" || verdict.dimension !== dimension)
      ? []
      : (tryParseWheelFilename(file.filename)?.tags ?? []).map((tag) => partOfTag(tag, dimension)),
  );
  return [...new Set(parts)];
}

function partOfTag(tag: string, dimension: TagMismatch): string {
  const [python = "", abi = "", platform = ""] = tag.split("-");
  if (dimension === "platform") return platform;
  return dimension === "abi" ? abi : python;
}

/** `--no-binary NAME` takes a project out of `--only-binary :all:`, as in pip and uv. */
function isBuildForbidden({ onlyBinary, noBinary }: SelectionPolicy, name: string): boolean {
  if (onlyBinary?.isForAll === true && noBinary?.isForAll !== true && noBinary?.names.has(name) === true)
    return false;
  return isInNames(onlyBinary, name);
}

/** Joins the versions of several indexes, newest first; for one version the earlier index comes first. */
function mergeVersions(projects: readonly (readonly VersionFiles[])[]): readonly (readonly VersionFiles[])[] {
  const [only, another] = projects;
  if (only !== undefined && another === undefined) return only.map((entry) => [entry]);
  const groups: VersionFiles[][] = [];
  for (const entry of projects.flat().sort((a, b) => compareVersions(b.version, a.version))) {
    const group = groups.at(-1);
    if (group?.[0]?.version.order === entry.version.order) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

// Best first: PEP 625's form, then those that it has ended.
const SOURCE_FORMATS: readonly string[] = [".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"];

// Closest first, as uv's `IncompatibleTag` orders them.
const DIMENSIONS: readonly TagMismatch[] = ["platform", "python-version", "abi", "python-implementation"];
