// Digests that pages, addresses and requirements state about a file. `net/hash-check` computes and compares them.

import { DigestCheck, digestMismatch, type StatedDigest } from "../net/hash-check.ts";
import { HASH_ALGORITHMS } from "./page-link.ts";

/** The digests of a page or an address, with who states them: "the index `https://…`". */
export function statedDigests(
  hashes: Readonly<Record<string, string>>,
  origin: string,
): readonly StatedDigest[] {
  return Object.entries(hashes).map(([algorithm, value]) => ({ algorithm, value, origin }));
}

/** The digests of a requirement, as pip's `--hash` writes them: `sha256:ab…`. */
export function requiredDigests(hashes: readonly string[]): readonly StatedDigest[] {
  return hashes.flatMap((hash) => {
    const [algorithm = "", value = ""] = hash.toLowerCase().split(/[:=]/, 2);
    return HASH_ALGORITHMS.has(algorithm) ? [{ algorithm, value, origin: "the requirement" }] : [];
  });
}

/** The SHA-256 among stated digests, if it is one: what a page writes there is not yet fit for a path. */
export function statedSha256(hashes: Readonly<Record<string, string>>): string | undefined {
  const value = hashes["sha256"];
  return value !== undefined && SHA256.test(value) ? value : undefined;
}

/**
 * Checks that one of several digests fits, as a requirement with hashes for each of its files wants it.
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

const SHA256 = /^[0-9a-f]{64}$/;
