// Hashes of files: as pages, URL fragments, lock files and `--hash` state them (PEP 503, 691; pip's hash-checking mode).

/** The hashes of one file by algorithm, in lower-case hexadecimal: `{sha256: "ab…"}`. All of them must match. */
export type Hashes = Readonly<Record<string, string>>;

/** One hash as `--hash` writes it, in lower case: `sha256:ab…`. A list of them means that one must match. */
export type Hash = string;

/** The hashes in a fragment such as `#sha256=ab&egg=x`; `egg` and `subdirectory` are not hashes. */
export function hashesOfFragment(fragment: string): Hashes {
  const hashes: Record<string, string> = {};
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const equals = part.indexOf("=");
    const algorithm = part.slice(0, Math.max(equals, 0)).toLowerCase();
    if (HASH_ALGORITHMS.has(algorithm)) hashes[algorithm] = part.slice(equals + 1).toLowerCase();
  }
  return hashes;
}

/** The same hashes one by one: `{sha256: "ab…"}` gives `["sha256:ab…"]`. */
export function listHashes(hashes: Hashes): readonly Hash[] {
  return Object.entries(hashes).map(([algorithm, value]) => `${algorithm}:${value}`);
}

/** The algorithm and the digits of `sha256:ab…`, in lower case; pip also takes `sha256=ab…`. */
export function splitHash(hash: Hash): { readonly algorithm: string; readonly value: string } {
  const [algorithm = "", value = ""] = hash.toLowerCase().split(/[:=]/, 2);
  return { algorithm, value };
}

/** Whether a string can be a digest: any other fits no file, and where `--hash` is written it could add a line or an option. */
export function isDigest(value: string): boolean {
  return DIGEST.test(value);
}

/** The SHA-256, if it has the form of one: what a page states is not yet safe in a path. */
export function sha256Of(hashes: Hashes): string | undefined {
  const value = hashes["sha256"];
  return value !== undefined && SHA256.test(value) ? value : undefined;
}

/** The names that Python's `hashlib` guarantees, which are those that indexes use (PEP 503, 691). */
export const HASH_ALGORITHMS: ReadonlySet<string> = new Set([
  "sha256",
  "sha512",
  "sha384",
  "sha224",
  "blake2b",
  "blake2s",
  "sha3_224",
  "sha3_256",
  "sha3_384",
  "sha3_512",
  "sha1",
  "md5",
]);

/** In hexadecimal, which is not insisted on, or in base64. */
const DIGEST = /^[A-Za-z0-9+/=_-]*$/;
const SHA256 = /^[0-9a-f]{64}$/;
