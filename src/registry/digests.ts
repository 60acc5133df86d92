// Digests that somebody stated about a file, and the check that its bytes keep the promise.

import { createHash, getHashes, type Hash } from "node:crypto";

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";

/** A promise about a file's bytes. */
export interface StatedDigest {
  /** As `hashlib` names it: `sha256`, `blake2b`. */
  readonly algorithm: string;
  /** Lower-case hexadecimal. */
  readonly value: string;
  /** Who promised: "the index", "the requirement", "the address". */
  readonly statedBy: string;
}

/** What must hold for a file: every digest of `all`, and one of `anyOf` where it is not empty. */
export interface Promises {
  readonly all: readonly StatedDigest[];
  readonly anyOf: readonly StatedDigest[];
}

/** Which file, and where its bytes came from; for the message. */
export interface DigestSubject {
  readonly filename: string;
  readonly url: string;
}

/** Details of `wheel/hash-mismatch`. */
export interface HashMismatchDetails {
  readonly filename: string;
  readonly url: string;
  /** `sha256:ab…` */
  readonly expected: readonly string[];
  readonly computed: readonly string[];
  readonly statedBy: string;
}

/** The digests of a page or an address as promises. */
export function statedDigests(
  hashes: Readonly<Record<string, string>>,
  statedBy: string,
): readonly StatedDigest[] {
  return Object.entries(hashes).map(([algorithm, value]) => ({ algorithm, value, statedBy }));
}

/** The SHA-256 among stated digests, if it is one: what a page writes there is not yet fit for a path. */
export function statedSha256(hashes: Readonly<Record<string, string>>): string | undefined {
  const value = hashes["sha256"];
  return value !== undefined && SHA256.test(value) ? value : undefined;
}

/** Digests of one file, computed while its bytes pass by. */
export interface DigestCheck {
  update(chunk: Uint8Array): void;
  /** Compares at the end. @throws wheel/hash-mismatch */
  finish(): void;
}

/** Starts to check the bytes of a file against what was promised about it. */
export function startDigestCheck(promises: Promises, subject: DigestSubject): DigestCheck {
  const hashers = new Map<string, Hash>();
  for (const { algorithm } of [...promises.all, ...promises.anyOf]) {
    const name = engineName(algorithm);
    if (name !== undefined && !hashers.has(algorithm)) hashers.set(algorithm, createHash(name));
  }
  return {
    update(chunk) {
      for (const hasher of hashers.values()) hasher.update(chunk);
    },
    finish() {
      const computed = new Map([...hashers].map(([algorithm, hasher]) => [algorithm, hasher.digest("hex")]));
      comparePromises(promises, computed, subject);
    },
  };
}

/**
 * Compares computed digests, by algorithm, with what was promised.
 *
 * @throws wheel/hash-mismatch with {@link HashMismatchDetails}
 */
export function comparePromises(
  promises: Promises,
  computed: ReadonlyMap<string, string>,
  subject: DigestSubject,
): void {
  const broken = promises.all.find(({ algorithm, value }) => {
    const actual = computed.get(algorithm);
    return actual !== undefined && actual !== value;
  });
  if (broken !== undefined) throw hashMismatch([broken], computed, subject);
  const { anyOf } = promises;
  const isKept = anyOf.some(({ algorithm, value }) => computed.get(algorithm) === value);
  if (anyOf.length > 0 && !isKept) throw hashMismatch(anyOf, computed, subject);
}

/** Checks bytes that are in memory. @throws wheel/hash-mismatch */
export function checkDigests(bytes: Uint8Array, promises: Promises, subject: DigestSubject): void {
  const check = startDigestCheck(promises, subject);
  check.update(bytes);
  check.finish();
}

function hashMismatch(
  broken: readonly StatedDigest[],
  computed: ReadonlyMap<string, string>,
  { filename, url }: DigestSubject,
): PinionError {
  const expected = broken.map(({ algorithm, value }) => `${algorithm}:${value}`);
  const algorithms = new Set(broken.map(({ algorithm }) => algorithm));
  const actual = [...computed]
    .filter(([algorithm]) => algorithms.has(algorithm))
    .map((pair) => pair.join(":"));
  const statedBy = broken[0]?.statedBy ?? "";
  const shown = redactUrl(url);
  return new PinionError(
    "wheel/hash-mismatch",
    `The bytes of \`${filename}\` from \`${shown}\` are not those that ${statedBy} promised: expected ${expected.join(" or ")}, computed ${actual.join(", ")}`,
    {
      details: { filename, url: shown, expected, computed: actual, statedBy } satisfies HashMismatchDetails,
      hints: [
        "The file was changed after its digest was stated, or something between here and the server changes it; nothing of it was kept",
      ],
    },
  );
}

/** The engine's name for an algorithm of `hashlib`; undefined where this runtime lacks it (MD5 under FIPS). */
function engineName(algorithm: string): string | undefined {
  const name = ENGINE_NAMES.get(algorithm) ?? algorithm;
  return getHashes().includes(name) ? name : undefined;
}

const ENGINE_NAMES: ReadonlyMap<string, string> = new Map([
  ["blake2b", "blake2b512"],
  ["blake2s", "blake2s256"],
  ["sha3_224", "sha3-224"],
  ["sha3_256", "sha3-256"],
  ["sha3_384", "sha3-384"],
  ["sha3_512", "sha3-512"],
]);

const SHA256 = /^[0-9a-f]{64}$/;
