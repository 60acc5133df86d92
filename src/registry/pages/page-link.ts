// What a page says about one file, made safe: an absolute URL, a file name without tricks, digests by algorithm.

import { hashesOfFragment, isDigest, type Hashes } from "../../pep/hashes.ts";
import { lastSegment } from "../../pep/files/safe-filename.ts";

export interface Link {
  /** Absolute; without fragment and credentials. */
  readonly url: string;
  /** Digests from the fragment (`#sha256=…`), PEP 503. */
  readonly hashes: Hashes;
  /** The last segment of the path, decoded once; undefined when no file can have that name. */
  readonly filename: string | undefined;
}

/**
 * Resolves a URL of a page; undefined for what no installer may follow (`javascript:`, `data:`, `ftp:` …), and for a
 * file whose stated digest cannot be one: without it the file would not be checked.
 *
 * @param base what the page says that its links are relative to; what they may name is decided by the page's own URL
 */
export function resolveLink(href: string, pageUrl: string, base: string = pageUrl): Link | undefined {
  if (PLAIN_ADDRESS.test(href) && !href.includes("/.")) {
    return { url: href, hashes: NO_HASHES, filename: lastSegment(href) };
  }
  const url = tryParseUrl(href.trim(), base);
  if (url === undefined || !isFollowed(url, pageUrl)) return undefined;
  const hashes = url.hash === "" ? NO_HASHES : hashesOfFragment(url.hash);
  if (!Object.values(hashes).every(isDigest)) return undefined;
  url.hash = "";
  url.username = "";
  url.password = "";
  return { url: url.href, hashes, filename: lastSegment(url.pathname) };
}

function tryParseUrl(href: string, base: string): URL | undefined {
  return URL.canParse(href, base) ? new URL(href, base) : undefined;
}

// A page from the network must not make an installer read this machine's files, and no page another machine's: a host in
// a `file:` URL is a Windows share, which is sent the user's credentials.
function isFollowed(url: URL, pageUrl: string): boolean {
  if (url.protocol === "https:" || url.protocol === "http:") return true;
  return (
    url.protocol === "file:" &&
    url.host === "" &&
    !url.pathname.startsWith("//") &&
    pageUrl.startsWith("file:")
  );
}

const NO_HASHES: Hashes = {};

// A URL that parsing would leave as it is, which spares most pages thousands of parsed addresses.
const PLAIN_ADDRESS = /^https:\/\/[a-z0-9][a-z0-9.-]*[a-z]\/[A-Za-z0-9._~+%/-]+$/;
