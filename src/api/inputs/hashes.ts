// `--require-hashes`: everything is pinned and everything has a digest, also what others require.
// https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode

import { dirname } from "node:path";

import { append } from "../../base/values/group-by.ts";
import { PinionError } from "../../errors.ts";
import { placedAt, type FilePlace } from "../../pep/file-place.ts";
import { listHashes, splitHash, type Hash } from "../../pep/hashes.ts";
import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import type { MarkerEnvironment } from "../../pep/markers/expression.ts";
import { pinnedVersionOf } from "../../resolve/requirements.ts";
import { namesOf } from "../../sources/requested.ts";
import type { Inputs, NamedRequirement, RequestedRequirement } from "../../sources/requested.ts";
import type { DirectorySource, GitSource, Source } from "../../sources/source.ts";
import { unhashedDependency } from "../../sources/fetching/stated-hashes.ts";

/** The hashes of projects, by name: the bytes of a project's file must have one of them. */
export type HashesByName = ReadonlyMap<string, readonly Hash[]>;

/**
 * The hashes that requirements, overrides and constraints state for an environment. A file must be allowed by each of them that
 * states some: none widens what another one allows. For all environments, where two may be about different files, by one of them.
 *
 * @throws requirement/hash-required where they allow no hash in common
 */
export function statedHashes(inputs: Inputs, environment: MarkerEnvironment | undefined): HashesByName {
  const statements = new Map<string, Statement[]>();
  const { requirements, overrides, constraints } = inputs;
  const pins = new Map(
    requirements.flatMap((requested) =>
      requested.kind === "unnamed"
        ? []
        : [[requested.requirement.name, pinnedVersionOf(requested.requirement)] as const],
    ),
  );
  const replaced = namesOf(overrides.filter((override) => replaces(override, pins, environment)));
  const all = [
    ...requirements.filter((requested) => requested.kind === "unnamed" || !isIn(replaced, requested)),
    ...overrides,
    ...constraints,
  ];
  for (const requested of all) {
    const hashes = hashesOf(requested);
    if (requested.kind !== "named" || hashes.length === 0 || !applies(requested, environment)) continue;
    const { name } = requested.requirement;
    append(statements, name, { requested, hashes });
  }
  return new Map(
    [...statements].map(([name, stated]) => [
      name,
      environment === undefined ? stated.flatMap(({ hashes }) => hashes) : inCommon(stated),
    ]),
  );
}

interface Statement {
  readonly requested: NamedRequirement;
  readonly hashes: readonly Hash[];
}

function inCommon([first, ...others]: readonly Statement[]): readonly Hash[] {
  if (first === undefined) return [];
  const sets = others.map(({ hashes }) => new Set(hashes.map(plainly)));
  const common = first.hashes.filter((hash) => sets.every((set) => set.has(plainly(hash))));
  if (common.length > 0) return common;
  const { text, place } = first.requested;
  throw placedAt(
    new PinionError(
      "requirement/hash-required",
      `There are no overlapping hashes between the requirements and constraints for: ${text}`,
      { details: { requirement: text } },
    ),
    place,
  );
}

function plainly(hash: Hash): string {
  const { algorithm, value } = splitHash(hash);
  return `${algorithm}:${value}`;
}

/** An override that has hashes, leads elsewhere, or pins another version, is about another file than what it replaces. */
function replaces(
  override: NamedRequirement,
  pins: ReadonlyMap<string, string | undefined>,
  environment: MarkerEnvironment | undefined,
): boolean {
  const [pin, replaced] = [pinnedVersionOf(override.requirement), pins.get(override.requirement.name)];
  const isOtherVersion = pin !== undefined && replaced !== undefined && pin !== replaced;
  const isOther = override.source !== undefined || hashesOf(override).length > 0 || isOtherVersion;
  return environment !== undefined && isOther && applies(override, environment);
}

function applies(
  { requirement: { marker } }: NamedRequirement,
  environment: MarkerEnvironment | undefined,
): boolean {
  return marker === undefined || environment === undefined || evaluateMarker(marker, environment);
}

function isIn(names: ReadonlySet<string>, { requirement }: NamedRequirement): boolean {
  return names.has(requirement.name);
}

/**
 * Refuses requirements that are not pinned, or have no digest that protects, and projects that would have to be built before
 * it is known what they require.
 *
 * @throws requirement/hash-required
 */
export function requireHashes(inputs: Inputs): void {
  const [project] = inputs.unread?.projects ?? [];
  if (project !== undefined) throw withoutHash(project.path);
  const stated = statedHashes(inputs, undefined);
  for (const requested of [...inputs.requirements, ...inputs.overrides]) {
    const { text, place } = requested;
    if (requested.kind === "unnamed") {
      if (ownHashesOf(requested).length === 0)
        throw refusal("must have a hash, but none were provided for", text, place);
      continue;
    }
    const { requirement, source } = requested;
    const isPinned =
      source !== undefined ||
      requirement.specifiers.specifiers.some(
        ({ operator, isPrefix }) => (operator === "==" && !isPrefix) || operator === "===",
      );
    if (!isPinned) throw refusal("must have their versions pinned with `==`, but found", text, place);
    // What a URL leads to is none of the files whose hashes are stated for a version.
    const hashes = source === undefined ? (stated.get(requirement.name) ?? []) : ownHashesOf(requested);
    if (hashes.length === 0) throw refusal("must have a hash, but none were provided for", text, place);
    if (!hashes.some(isSecure)) throw refusal(ONLY_WEAK, text, place);
  }
}

/** The same for what a lock file selects. @throws requirement/hash-required */
export function requireHashOfSource(
  source: Source,
  { name, place }: { readonly name: string; readonly place: FilePlace | undefined },
): void {
  const hashes = isFile(source) ? listHashes(source.hashes) : [];
  if (hashes.length === 0) throw refusal("must have a hash, but none were provided for", name, place);
  if (!hashes.some(isSecure)) throw refusal(ONLY_WEAK, name, place);
}

/**
 * Refuses what the resolution added without a pin.
 *
 * @throws requirement/unhashed-dependency
 */
export function requireHashesOfAll(
  names: readonly string[],
  stated: HashesByName,
  hasFile: (name: string) => boolean,
): void {
  const missing = names.find((name) => !stated.has(name) || !hasFile(name));
  if (missing !== undefined) throw unhashedDependency(missing);
}

/**
 * The hashes of a requirement, with those in the fragment of its URL, which are a promise like any other. Where some are of a
 * secure algorithm, only these: a file that has the weak hash only would not be the one that was meant.
 */
export function hashesOf({ hashes, source }: RequestedRequirement): readonly Hash[] {
  const all = source !== undefined && isFile(source) ? [...hashes, ...listHashes(source.hashes)] : hashes;
  const secure = all.filter(isSecure);
  return secure.length === 0 ? all : secure;
}

/** Those that can be checked: a repository and a folder have none. */
function ownHashesOf(requested: RequestedRequirement): readonly Hash[] {
  return requested.source === undefined || isFile(requested.source) ? hashesOf(requested) : [];
}

/** Whether what a source leads to is a file, which has a hash. */
export function isFile(source: Source): source is Exclude<Source, GitSource | DirectorySource> {
  return source.kind !== "git" && source.kind !== "directory";
}

function isSecure(hash: Hash): boolean {
  return SECURE.has(splitHash(hash).algorithm);
}

function withoutHash(path: string): PinionError {
  return new PinionError(
    "requirement/hash-required",
    `Hash-checking is not supported for local directories: ${dirname(path)}`,
    { details: { requirement: path } },
  );
}

function refusal(rule: string, found: string, place: FilePlace | undefined): unknown {
  return placedAt(
    new PinionError(
      "requirement/hash-required",
      `In \`--require-hashes\` mode, all requirements ${rule}: ${found}`,
      { details: { requirement: found } },
    ),
    place,
  );
}

const ONLY_WEAK = "must have a hash of a secure algorithm (SHA-256 or better), but found only weak ones for";

// What pip takes: the FAVORITE and STRONG hashes.
const SECURE: ReadonlySet<string> = new Set(["sha256", "sha384", "sha512", "blake2b"]);
