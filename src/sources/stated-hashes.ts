// Digests that pages, addresses and requirements state about a file. `net/downloads/hash-check` computes and compares them.

import { DigestCheck, digestMismatch, type StatedDigest } from "../net/downloads/hash-check.ts";
import { HASH_ALGORITHMS, splitHash, type Hash, type Hashes } from "../pep/hashes.ts";

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

/**
 * Checks that one of several hashes matches, as a requirement with hashes for each of its files demands.
 *
 * @throws wheel/hash-mismatch
 */
export function checkAlternatives(
  digests: readonly StatedDigest[],
  bytes: Iterable<Buffer>,
  received: { readonly url: string; readonly size: number },
): void {
  if (digests.length === 0) return;
  const check = new DigestCheck(digests);
  for (const chunk of bytes) check.update(chunk);
  const { mismatches } = check.finish();
  const [first] = mismatches;
  if (first === undefined || mismatches.length < digests.length) return;
  const value = mismatches.map((mismatch) => mismatch.value).join(" or ");
  throw digestMismatch({ ...first, value }, received);
}

/** Checks bytes that are in memory: all of the digests must fit. @throws wheel/hash-mismatch */
export function checkDigests(digests: readonly StatedDigest[], bytes: Buffer, url: string): void {
  const check = new DigestCheck(digests);
  check.update(bytes);
  const [mismatch] = check.finish().mismatches;
  if (mismatch !== undefined) throw digestMismatch(mismatch, { url, size: bytes.length });
}
