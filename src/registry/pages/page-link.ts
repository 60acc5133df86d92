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

/** The URLs of one page. Most of them differ from each other only in their ends, and a page may have 100,000. */
export class PageLinks {
  readonly #pageUrl: string;
  readonly #base: string;
  /** Where steps up from the page lead (`../../`); undefined where no installer may follow. */
  readonly #places = new Map<string, string | undefined>();

  /** @param base what the page says that its links are relative to; what they may name is decided by the page's own URL */
  constructor(pageUrl: string, base: string = pageUrl) {
    this.#pageUrl = pageUrl;
    this.#base = base;
  }

  /**
   * Resolves a URL of the page; undefined for what no installer may follow (`javascript:`, `data:`, `ftp:` …), and for a
   * file whose stated digest cannot be one: without it the file would not be checked.
   */
  resolve(href: string): Link | undefined {
    if (PLAIN_ADDRESS.test(href) && !href.includes("/.")) {
      return { url: href, hashes: NO_HASHES, filename: lastSegment(href) };
    }
    const [, steps, path = ""] = PLAIN_PATH.exec(href) ?? [];
    const place = steps === undefined ? undefined : this.#placeAt(steps);
    if (place !== undefined) return { url: place + path, hashes: NO_HASHES, filename: lastSegment(path) };
    const url = tryParseUrl(href.trim(), this.#base);
    if (url === undefined || !isFollowed(url, this.#pageUrl)) return undefined;
    const hashes = url.hash === "" ? NO_HASHES : hashesOfFragment(url.hash);
    if (!Object.values(hashes).every(isDigest)) return undefined;
    withoutMore(url);
    return { url: url.href, hashes, filename: lastSegment(url.pathname) };
  }

  #placeAt(steps: string): string | undefined {
    if (!this.#places.has(steps)) {
      const url = tryParseUrl(`${steps}./`, this.#base);
      const isRemote = url?.protocol === "https:" || url?.protocol === "http:";
      this.#places.set(steps, url !== undefined && isRemote ? withoutMore(url).href : undefined);
    }
    return this.#places.get(steps);
  }
}

/** Takes the fragment and the credentials away. */
function withoutMore(url: URL): URL {
  url.hash = "";
  url.username = "";
  url.password = "";
  return url;
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

/** A path that is relative to a folder, which parsing would leave as it is behind that: no segment is `.` or `..`, in any spelling. */
const PLAIN_PATH =
  /^((?:\.\.\/){0,8})([A-Za-z0-9_~+-][A-Za-z0-9._~+%-]*(?:\/[A-Za-z0-9_~+-][A-Za-z0-9._~+%-]*)*)$/;
