// `--require-hashes`: everything is pinned and everything has a digest, also what others require.
// https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode

import { dirname } from "node:path";

import { PinionError } from "../../errors.ts";
import { placedAt, type FilePlace } from "../../pep/file-place.ts";
import { listHashes, splitHash, type Hash } from "../../pep/hashes.ts";
import type { Inputs, RequestedRequirement } from "../../sources/requested.ts";

/** Digests by project: what the bytes of its wheel must be one of. */
export type HashesByName = ReadonlyMap<string, readonly Hash[]>;

/** The digests that requirements and constraints state. */
export function statedHashes(inputs: Inputs): HashesByName {
  const byName = new Map<string, Hash[]>();
  for (const requested of [...inputs.requirements, ...inputs.constraints]) {
    const hashes = hashesOf(requested);
    if (requested.kind !== "named" || hashes.length === 0) continue;
    const { name } = requested.requirement;
    const stated = byName.get(name) ?? [];
    for (const hash of hashes) stated.push(hash);
    byName.set(name, stated);
  }
  return byName;
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
  const stated = statedHashes(inputs);
  for (const requested of [...inputs.requirements, ...inputs.overrides]) {
    const { text, place } = requested;
    if (requested.kind === "unnamed") {
      if (hashesOf(requested).length === 0)
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
    const hashes = stated.get(requirement.name) ?? [];
    if (hashes.length === 0) throw refusal("must have a hash, but none were provided for", text, place);
    if (!hashes.some(isSecure))
      throw refusal(
        "must have a hash of a secure algorithm (SHA-256 or better), but found only weak ones for",
        text,
        place,
      );
  }
}

/**
 * Refuses what the resolution added without a pin.
 *
 * @throws requirement/unhashed-dependency
 */
export function requireHashesOfAll(names: readonly string[], stated: HashesByName): void {
  const missing = names.find((name) => !stated.has(name));
  if (missing === undefined) return;
  throw new PinionError(
    "requirement/unhashed-dependency",
    `Hash-checking is required, but no trusted hash was provided for: \`${missing}\``,
    { details: { requirement: missing } },
  );
}

/** The hashes of a requirement, with those in the fragment of its URL, which are a promise like any other. */
export function hashesOf({ hashes, source }: RequestedRequirement): readonly Hash[] {
  const isFile = source !== undefined && source.kind !== "git" && source.kind !== "directory";
  return isFile ? [...hashes, ...listHashes(source.hashes)] : hashes;
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

// What pip takes: the FAVORITE and STRONG hashes.
const SECURE: ReadonlySet<string> = new Set(["sha256", "sha384", "sha512", "blake2b"]);
