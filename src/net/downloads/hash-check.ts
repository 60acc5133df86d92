// Expected hashes, computed while the bytes pass and compared at the end.

import { createHash, getHashes, type Hash } from "node:crypto";

import { PinionError } from "../../errors.ts";
import { excerpt, redactUrl } from "../url.ts";

/** An expected hash, and where it was given. */
export interface StatedDigest {
  /** As pip, uv and index pages write it: `sha256`, `sha512`, `blake2b`. */
  readonly algorithm: string;
  /** Hexadecimal digits. */
  readonly value: string;
  /** Who said so, for people: "the page `https://…`", "`requirements.txt:3`". */
  readonly origin: string;
}

/** Computes SHA-256 and every expected hash in one pass. */
export class DigestCheck {
  readonly #stated: readonly StatedDigest[];
  #hashes: Map<string, Hash>;

  /** @throws `wheel/hash-mismatch` for an algorithm that this runtime lacks: what cannot be checked is not used */
  constructor(stated: readonly StatedDigest[]) {
    this.#stated = stated;
    this.#hashes = this.#fresh();
  }

  update(chunk: Buffer): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  restart(): void {
    this.#hashes = this.#fresh();
  }

  /** What does not fit; empty where all is well. Ends the computation. */
  finish(): {
    readonly sha256: string;
    readonly mismatches: readonly (StatedDigest & { readonly actual: string })[];
  } {
    const actual = new Map(Array.from(this.#hashes, ([algorithm, hash]) => [algorithm, hash.digest("hex")]));
    const mismatches = this.#stated.flatMap((digest) => {
      const value = actual.get(digest.algorithm.toLowerCase()) ?? "";
      return value === digest.value.toLowerCase() ? [] : [{ ...digest, actual: value }];
    });
    return { sha256: actual.get("sha256") ?? "", mismatches };
  }

  #fresh(): Map<string, Hash> {
    const algorithms = new Set(["sha256", ...this.#stated.map(({ algorithm }) => algorithm.toLowerCase())]);
    return new Map(Array.from(algorithms, (algorithm) => [algorithm, this.#create(algorithm)]));
  }

  #create(algorithm: string): Hash {
    const name = OPENSSL_NAMES.get(algorithm) ?? algorithm;
    if (getHashes().includes(name)) return createHash(name);
    const digest = this.#stated.find((stated) => stated.algorithm.toLowerCase() === algorithm);
    throw new PinionError(
      "wheel/hash-mismatch",
      `Cannot check the hash given by ${digest?.origin ?? "the source"}: this runtime has no \`${excerpt(algorithm)}\``,
      { details: { algorithm: excerpt(algorithm), origin: digest?.origin } },
    );
  }
}

/** The error of bytes that do not match an expected hash. */
export function digestMismatch(
  mismatch: StatedDigest & { readonly actual: string },
  received: { readonly url: string; readonly size: number },
): PinionError {
  const url = redactUrl(received.url);
  const { algorithm, origin, actual } = mismatch;
  const expected = excerpt(mismatch.value);
  return new PinionError(
    "wheel/hash-mismatch",
    `\`${url}\` does not match the hash given by ${origin}: expected ${excerpt(algorithm)} ${expected}, got ${actual}`,
    {
      details: { url, size: received.size, algorithm, expected, actual, origin },
      hints: [
        "nothing of the file was kept; if both are right, the file was replaced after its digest was written down",
      ],
    },
  );
}

// hashlib's names, which PEP 503 refers to, where OpenSSL's differ.
const OPENSSL_NAMES: ReadonlyMap<string, string> = new Map([
  ["blake2b", "blake2b512"],
  ["blake2s", "blake2s256"],
  ["sha3_224", "sha3-224"],
  ["sha3_256", "sha3-256"],
  ["sha3_384", "sha3-384"],
  ["sha3_512", "sha3-512"],
]);
