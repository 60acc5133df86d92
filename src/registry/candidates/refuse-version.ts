// Why a version has no file that can be used: the most telling of all its files' reasons, as uv ranks them.

import { excerpt } from "../../net/url.ts";
import { tryParseWheelFilename } from "../../pep/files/filename.ts";
import { isBuildForbidden, type NameSet } from "../../pep/name-set.ts";
import type { TagMismatch, TagRanking } from "../../pep/tags/tags.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { Unusable } from "../../resolve/provider.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import type { DistributionFile } from "../pages/project-page.ts";
import { isVariant, type JudgeContext, type Verdict } from "./judge-file.ts";

/** A file with what {@link judge} says of it. */
export interface Candidate {
  readonly index: IndexLocation;
  /** As its name has it. */
  readonly version: Version;
  readonly file: DistributionFile;
  readonly verdict: Verdict;
}

export interface Refusal {
  readonly yanked: false | string;
  readonly unusable: Unusable;
}

/**
 * Why a version has no file to choose, as uv ranks reasons: a wheel that wants another Python; then, where there are
 * source distributions, what speaks against those, which could have been built. Files that were taken back count only
 * where there are no others.
 */
export function refusal(
  name: string,
  candidates: readonly Candidate[],
  { policy, ranking }: JudgeContext,
): Refusal {
  const excluded = candidates.flatMap(({ verdict }) => (verdict.kind === "excluded-newer" ? [verdict] : []));
  // uv: a version that is too new as a whole does not exist, whatever else speaks against its files.
  if (excluded.length === candidates.length && excluded[0] !== undefined)
    return { yanked: false, unusable: firstPublished([excluded[0], ...excluded]) };
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
  const isUnbuilt =
    unusable.kind === "no-usable-wheels" && wheels.length === 0 && policy.sourceDistributions === undefined;
  return {
    yanked: counting.length > 0 ? false : shownReason(deciding[0]?.file.yanked ?? false),
    unusable: isUnbuilt ? { ...unusable, hasOnlySources: true } : unusable,
  };
}

type Exclusion = Extract<Verdict, { readonly kind: "excluded-newer" }>;

function firstPublished([first, ...others]: readonly [Exclusion, ...Exclusion[]]): Exclusion {
  return others.reduce(
    (earliest, next) =>
      next.published !== undefined &&
      (earliest.published === undefined || Date.parse(next.published) < Date.parse(earliest.published))
        ? next
        : earliest,
    first,
  );
}

/** The reason is a string from an index, and is shown to people. */
export function shownReason(yanked: false | string): false | string {
  return yanked === false ? false : excerpt(yanked);
}

/** What the user rules out is not even looked at, taken back or not. */
function isEarly({ kind }: Verdict): boolean {
  return kind === "no-binary" || kind === "excluded-newer";
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
  return dimension === "python-implementation" ? python : abi;
}

// Closest first, as uv's `IncompatibleTag` orders them.
const DIMENSIONS: readonly TagMismatch[] = ["platform", "python-version", "abi", "python-implementation"];
