// What a page says about one file, made safe: an absolute address, a file name without tricks, digests by algorithm.

import { fileURLToPath } from "node:url";

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";

export interface Link {
  /** Absolute; without fragment and credentials. */
  readonly url: string;
  /** Digests from the fragment (`#sha256=…`), PEP 503. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The last segment of the path, decoded once; undefined when no file can have that name. */
  readonly filename: string | undefined;
}

/** Resolves an address of a page; undefined for what no installer may follow (`javascript:`, `data:`, `ftp:` …). */
export function resolveLink(href: string, base: string): Link | undefined {
  if (PLAIN_ADDRESS.test(href) && !href.includes("/.")) {
    return { url: href, hashes: NO_HASHES, filename: lastSegment(href) };
  }
  const url = tryParseUrl(href.trim(), base);
  if (url === undefined || !isFollowed(url, base)) return undefined;
  const hashes = url.hash === "" ? NO_HASHES : fragmentHashes(url.hash);
  url.hash = "";
  url.username = "";
  url.password = "";
  return { url: url.href, hashes, filename: lastSegment(url.pathname) };
}

/** Tells whether a text can be the name of a distribution's file: one path segment, no control character. */
export function isSafeFilename(filename: string): boolean {
  return (
    filename.length <= MAX_FILENAME && filename !== "." && filename !== ".." && SAFE_FILENAME.test(filename)
  );
}

/** The file name that an address ends in, decoded once. */
export function lastSegment(pathname: string): string | undefined {
  const segment = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    const filename = segment.includes("%") ? decodeURIComponent(segment) : segment;
    return isSafeFilename(filename) ? filename : undefined;
  } catch {
    return undefined;
  }
}

/** The path behind a `file:` address. @throws net/invalid-url where it is none, such as one on another machine */
export function filePathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const shown = redactUrl(url);
    throw new PinionError("net/invalid-url", `Cannot read \`${shown}\`: the address is no path`, {
      details: { url: shown },
      cause,
    });
  }
}

/** The digests in a fragment such as `#sha256=ab&egg=x`; several may stand there, `egg` and `subdirectory` are no digests. */
export function fragmentHashes(fragment: string): Readonly<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const equals = part.indexOf("=");
    const algorithm = part.slice(0, Math.max(equals, 0)).toLowerCase();
    if (HASH_ALGORITHMS.has(algorithm)) hashes[algorithm] = part.slice(equals + 1).toLowerCase();
  }
  return hashes;
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

function tryParseUrl(href: string, base: string): URL | undefined {
  return URL.canParse(href, base) ? new URL(href, base) : undefined;
}

// A page from the network must not make an installer read this machine's files.
function isFollowed(url: URL, base: string): boolean {
  if (url.protocol === "https:" || url.protocol === "http:") return true;
  return url.protocol === "file:" && base.startsWith("file:");
}

const NO_HASHES: Readonly<Record<string, string>> = {};

// An address that parsing would leave as it is, which spares most pages thousands of parsed addresses.
const PLAIN_ADDRESS = /^https:\/\/[a-z0-9][a-z0-9.-]*[a-z]\/[A-Za-z0-9._~+%/-]+$/;

// NAME_MAX of Linux, macOS and Windows.
const MAX_FILENAME = 255;

// Neither separators nor what moves a cursor or reorders a line (CVE-2021-42574).
const SAFE_FILENAME = /^[^/\\:\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+$/;
