// Digests that pages, addresses and requirements state about a file. `net/downloads/hash-check` computes and compares them.

import { PinionError } from "../../errors.ts";
import { DigestCheck, digestMismatch, type StatedDigest } from "../../net/downloads/hash-check.ts";
import { HASH_ALGORITHMS, splitHash, type Hash, type Hashes } from "../../pep/hashes.ts";

/** The digests of a page or a URL, with who states them: "the index `https://…`". */
export function statedDigests(hashes: Hashes, origin: string): readonly StatedDigest[] {
  return Object.entries(hashes).map(([algorithm, value]) => ({ algorithm, value, origin }));
}

/** The digests of a requirement, as pip's `--hash` writes them: `sha256:ab…`. */
export function requiredDigests(hashes: readonly Hash[]): readonly StatedDigest[] {
  return hashes.flatMap((hash) => {
    const { algorithm, value } = splitHash(hash);
    return HASH_ALGORITHMS.has(algorithm) ? [{ algorithm, value, origin: "the requirement" }] : [];
  });
}

/** The refusal of a project that others require and that has no hash, where each one needs one. */
export function unhashedDependency(name: string): PinionError {
  return new PinionError(
    "requirement/unhashed-dependency",
    `Hash-checking is required, but no trusted hash was provided for: \`${name}\``,
    { details: { requirement: name } },
  );
}

/** What bytes must match: of each list, one. */
export type WantedDigests = readonly (readonly StatedDigest[])[];

/** Every one of some digests. */
export function eachOf(digests: readonly StatedDigest[]): WantedDigests {
  return digests.map((digest) => [digest]);
}

/**
 * Checks hashes, all in one pass: of each list one must match, as a requirement with hashes for each of its files demands.
 *
 * @param pieces the bytes; not read where nothing is to be checked
 * @throws wheel/hash-mismatch, and what reading throws
 */
export async function checkHashes(
  wanted: WantedDigests,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  received: { readonly url: string; readonly size: number },
): Promise<void> {
  if (wanted.every((digests) => digests.length === 0)) return;
  const check = new DigestCheck(wanted.flat());
  for await (const piece of pieces) check.update(piece);
  const { mismatches } = check.finish();
  const actual = new Map(mismatches.map((mismatch) => [keyOf(mismatch), mismatch.actual]));
  for (const digests of wanted) {
    const [first] = digests;
    if (first === undefined || !digests.every((digest) => actual.has(keyOf(digest)))) continue;
    const value = digests.map((digest) => digest.value).join(" or ");
    throw digestMismatch({ ...first, value, actual: actual.get(keyOf(first)) ?? "" }, received);
  }
}

function keyOf({ algorithm, value }: StatedDigest): string {
  return `${algorithm}:${value}`;
}

/** Checks a few bytes that are in memory: all of the digests must fit. @throws wheel/hash-mismatch */
export function checkDigests(digests: readonly StatedDigest[], bytes: Buffer, url: string): void {
  const check = new DigestCheck(digests);
  check.update(bytes);
  const [mismatch] = check.finish().mismatches;
  if (mismatch !== undefined) throw digestMismatch(mismatch, { url, size: bytes.length });
}
