// From the files of a project to the versions that a target can use: per version the best wheel, or why there is none.
// Rules and their order follow uv (docs/reference/resolver-internals, "Wheel tags"; PEP 592, 503 `data-requires-python`).

import { append } from "../../base/values/group-by.ts";
import {
  tryParseLegacySdistFilename,
  tryParseSdistFilename,
  tryParseWheelFilename,
} from "../../pep/files/filename.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import { tryParseSpecifierSet } from "../../pep/versions/specifier.ts";
import type { SpecifierSet } from "../../pep/versions/specifier-set.ts";
import { wheelEnvironments } from "../../pep/tags/wheel-environments.ts";
import { compareVersions, type Version } from "../../pep/versions/version.ts";
import type { ListedVersion, Unusable } from "../../resolve/provider.ts";
import { isBuildForbidden } from "../../pep/name-set.ts";
import { Digest, versionsOf, type VersionFiles, type VersionList } from "../pages/condensed-page.ts";
import type { IndexSource, SdistSource } from "../../sources/source.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import {
  createJudgeContext,
  exclusionBy,
  exclusionOf,
  isBetter,
  judge,
  type JudgeContext,
  type SelectionPolicy,
  type Verdict,
} from "./judge-file.ts";
import { refusal, shownReason, type Candidate } from "./refuse-version.ts";
import type { DistributionFile } from "../pages/project-page.ts";
import { isSourceDistribution } from "../metadata/source-metadata.ts";

/** A file together with the index that lists it. */
export interface IndexedFile extends DistributionFile {
  readonly index: IndexLocation;
}

/** The file that was chosen for a version: what to download. */
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

/** A version with the file that was chosen for it. */
export interface SelectedVersion extends ListedVersion {
  /** Absent exactly if the version is unusable. */
  readonly chosen: ChosenFile | undefined;
  /** The file whose metadata is read: a wheel for other platforms rather than the source distribution that was chosen. */
  readonly described: ChosenFile | undefined;
  /** Every file but those that are too new, whether it fits or not. */
  readonly files: readonly IndexedFile[];
}

/** What there is of a project. */
export interface ProjectPages {
  /** Of folders and pages of links: their files stand beside those of every index. */
  readonly flat?: readonly VersionList[];
  /** Of each index. The files of a version are those of one of them, as in uv: what fits here best, or the earlier one. */
  readonly indexes: readonly VersionList[];
  /** Whether the earlier index counts in any case, and each version says which one it is of. */
  readonly isInOrder?: boolean;
}

export interface Selector {
  /** Joins what there is of a project, newest first; a version looks at its files when it is asked about them. */
  select(name: string, pages: ProjectPages): readonly SelectedVersion[];
}

/** Prepares the choice of files for a target and a policy. */
export function createSelector(policy: SelectionPolicy): Selector {
  const context = createJudgeContext(policy);
  return {
    select(name, { flat = [], indexes, isInOrder = false }) {
      const [only = [], another] = indexes;
      const isOne = another === undefined;
      const ways = isOne ? oneWay([...flat, only]) : severalWays(flat, indexes);
      const listed: ListedWays = { ...ways, name, isInOrder: isInOrder && !isOne, context };
      return Array.from({ length: ways.length }, (_, place) => new LazyVersion(listed, place));
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

/** What an index has of a version, with what is flat. */
interface Way {
  /** At least one. */
  readonly entries: readonly VersionFiles[];
  /** Of the index among several. */
  readonly place: number;
}

/** The versions of a project, newest first. */
interface Ways {
  readonly length: number;
  /** To a version, by the order of the indexes; at least one. */
  readonly waysTo: (place: number) => readonly Way[];
}

interface ListedWays extends Ways {
  readonly name: string;
  readonly isInOrder: boolean;
  readonly context: JudgeContext;
}

class LazyVersion implements SelectedVersion {
  readonly #listed: ListedWays;
  readonly #place: number;
  /** The way that counts, once it is known. */
  #way: Way | undefined;
  #choice: Choice | undefined;
  #version: Version | undefined;

  constructor(listed: ListedWays, place: number) {
    this.#listed = listed;
    this.#place = place;
  }

  /** As the name of the file that was chosen has it: `2.1` and `2.1.0` are one version. */
  get version(): Version {
    if (this.#version !== undefined) return this.#version;
    const entries = this.#ways.flatMap((way) => way.entries);
    const first = entries[0]!.version;
    const isAmbiguous = entries.length > 1 && entries.some(({ version }) => version.text !== first.text);
    this.#version = isAmbiguous ? (this.#choose().chosen?.version ?? first) : first;
    return this.#version;
  }

  get indexPlace(): number | undefined {
    if (!this.#listed.isInOrder) return undefined;
    this.#choose();
    return this.#way?.place;
  }

  get isExcludedNewer(): boolean {
    const { name, context } = this.#listed;
    const [first, ...others] = this.#ways
      .flatMap((way) => way.entries)
      .map(({ index, uploaded }) => exclusionBy(uploaded, { name, index }, context.policy));
    if (first !== "some" && others.every((other) => other === first)) return first === "all";
    return isLeftOut(this.#choose());
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
    const { name, context } = this.#listed;
    const [first, another] = this.#ways;
    if (another !== undefined) this.#choose();
    return (this.#way ?? first!).entries.flatMap(({ index, files }) =>
      files
        .filter((file) => exclusionOf(file, { name, index }, context.policy) === undefined)
        .map((file) => Object.assign({ index }, file)),
    );
  }

  get requiresPython(): SpecifierSet | undefined {
    const text = this.#listed.context.isUniversal ? this.chosen?.requiresPython : undefined;
    return text === undefined ? undefined : tryParseSpecifierSet(text);
  }

  get wheelTags(): readonly string[] | undefined {
    return this.#choose().tags;
  }

  get environments(): Marker | undefined {
    const { tags } = this.#choose();
    return tags === undefined ? undefined : wheelEnvironments(tags);
  }

  get #ways(): readonly Way[] {
    return this.#listed.waysTo(this.#place);
  }

  #choose(): Choice {
    this.#choice ??= this.#chooseWay();
    return this.#choice;
  }

  #chooseWay(): Choice {
    const { name, isInOrder, context } = this.#listed;
    const isFound = isInOrder ? (choice: Choice) => !isLeftOut(choice) : isUsable;
    const ways = this.#ways;
    let first: Choice | undefined;
    for (const way of ways) {
      const choice = chooseFile(name, way.entries, context);
      if (isFound(choice)) {
        this.#way = way;
        return choice;
      }
      first ??= choice;
    }
    this.#way = ways[0]!;
    return first!;
  }
}

/** What the user's date leaves out does not exist. */
function isLeftOut({ unusable }: Choice): boolean {
  return unusable?.kind === "excluded-newer";
}

/** uv: for which Pythons a file is, is looked at when the version was chosen. */
function isUsable({ chosen, yanked, unusable }: Choice): boolean {
  return yanked === false && (chosen !== undefined || unusable?.kind === "requires-python");
}

function chooseFile(name: string, entries: readonly VersionFiles[], context: JudgeContext): Choice {
  const candidates = entries.flatMap(({ index, version, files }) =>
    files.map((file) => ({
      index,
      version,
      file,
      verdict: judge(file, { name, index }, context),
    })),
  );
  const wheels = candidates.filter(({ verdict }) => verdict.kind === "wheel");
  // PEP 592: a release that is taken back in part is used through the files that remain.
  const unyanked = wheels.filter(({ file }) => file.yanked === false);
  const best = (unyanked.length > 0 ? unyanked : wheels).reduce<(typeof wheels)[number] | undefined>(
    (first, next) => (first === undefined || isBefore(next, first) ? next : first),
    undefined,
  );
  if (best !== undefined) {
    const chosen = chosenFile(name, best);
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
    const { file } = source;
    // uv: metadata is the same for all files of a version, and a wheel has it without a build.
    const wheel = candidates.find(
      (candidate) =>
        !isEarlyExclusion(candidate.verdict) && tryParseWheelFilename(candidate.file.filename) !== undefined,
    );
    return {
      chosen: chosenFile(name, source),
      described: wheel === undefined ? undefined : chosenFile(name, { ...wheel, version: source.version }),
      yanked: shownReason(file.yanked),
      unusable: undefined,
    };
  }
  return { chosen: undefined, ...refusal(name, candidates, context) };
}

/** By assignment: where a literal spreads a file and adds fields, the engine makes a hidden class for each object. */
function chosenFile(name: string, { file, index, version }: Candidate): ChosenFile {
  return Object.assign({ index, name, version }, file);
}

function isEarlyExclusion({ kind }: Verdict): boolean {
  return kind === "excluded-newer";
}

/** uv: of two that are as good, the one whose name comes first in the alphabet, wherever it stands on the page. */
function isBefore(next: Candidate, first: Candidate): boolean {
  if (isBetter(next.verdict, first.verdict)) return true;
  return !isBetter(first.verdict, next.verdict) && isNamedBefore(next, first);
}

function isNamedBefore(next: Candidate, first: Candidate): boolean {
  const areFlat = next.index.kind === "flat" && first.index.kind === "flat";
  if (!areFlat && next.index.url !== first.index.url) return false;
  if (next.file.filename !== first.file.filename) return next.file.filename < first.file.filename;
  return areFlat && next.index.url < first.index.url;
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
  return sources.toSorted(
    (one, other) =>
      rank(one) - rank(other) || Number(isNamedBefore(other, one)) - Number(isNamedBefore(one, other)),
  )[0];
}

/** The versions of one index and what is flat; where only one has any, none of them is looked at. */
function oneWay(lists: readonly VersionList[]): Ways {
  const [only, another] = lists.filter(({ length }) => length > 0);
  if (only instanceof Digest && another === undefined) {
    const starts = Array.from({ length: only.length }, (_, place) => place).filter(
      (place) => !only.isSameVersion(place),
    );
    return {
      length: starts.length,
      waysTo: (place) => [{ entries: versionsOf(only, starts[place], starts[place + 1]), place: 0 }],
    };
  }
  const groups = mergeVersions(lists);
  return { length: groups.length, waysTo: (place) => [{ entries: groups[place]!, place: 0 }] };
}

/** Of each version the indexes that have it, in their order. */
function severalWays(flat: readonly VersionList[], indexes: readonly VersionList[]): Ways {
  const byOrder = new Map<string, Way[]>();
  for (const [place, index] of indexes.entries())
    for (const entries of mergeVersions([...flat, index])) {
      const { order } = entries[0]!.version;
      append(byOrder, order, { entries, place });
    }
  const ways = [...byOrder].sort(([one], [other]) => (one < other ? 1 : -1)).map(([, found]) => found);
  return { length: ways.length, waysTo: (place) => ways[place]! };
}

/** Joins the versions of several pages, newest first; for one version the earlier page comes first. */
function mergeVersions(pages: readonly VersionList[]): readonly (readonly VersionFiles[])[] {
  const projects = pages.map((page) => versionsOf(page)).filter((page) => page.length > 0);
  const [only, another] = projects;
  if (only === undefined) return [];
  const groups: VersionFiles[][] = [];
  const sorted =
    another === undefined ? only : projects.flat().sort((a, b) => compareVersions(b.version, a.version));
  for (const entry of sorted) {
    const group = groups.at(-1);
    if (group?.[0]?.version.order === entry.version.order) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

// Best first: PEP 625's form, then those that it has ended.
const SOURCE_FORMATS: readonly string[] = [".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"];
