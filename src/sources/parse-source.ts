// Distributions that a URL or a path names instead of an index (PEP 508 `name @ url`, `-e`, pip's VCS URLs): the string
// becomes a source once, here.

import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { decodePercent } from "../base/text/percent-encoding.ts";
import { PinionError } from "../errors.ts";
import { bareUrl, redactUrl } from "../net/url.ts";
import { readWrittenUrl } from "../net/written-url.ts";
import { parseWheelFilename, tryParseSdistFilename } from "../pep/files/filename.ts";
import { hashesOfFragment } from "../pep/hashes.ts";
import { lastSegment } from "../pep/files/safe-filename.ts";
import {
  refuseLineEnds,
  type DirectorySource,
  type DirectSource,
  type GitSource,
  type SdistSource,
} from "./source.ts";

/** What a string names outright. */
export type NamedSource = DirectSource | SdistSource | GitSource | DirectorySource;

export interface ParsedSource<S extends NamedSource = NamedSource> {
  readonly source: S;
  /** The source's URL with the credentials that were given, where there were any. */
  readonly requestUrl?: string;
}

/**
 * Reads a URL or a path: of a wheel, a source distribution, a Git repository or a folder. Nothing is looked up.
 *
 * @param options `directory` is what relative paths are relative to
 * @throws requirement/unsupported, requirement/invalid, net/invalid-url, wheel/invalid-filename
 *
 * @example
 * parseSource("https://files.example/flask-3.0.0-py3-none-any.whl#sha256=ab…", { directory: "/home/ada" })
 */
export function parseSource(text: string, options: { readonly directory: string }): ParsedSource {
  const trimmed = text.trim();
  const scheme = isAbsolute(trimmed) ? undefined : SCHEME.exec(trimmed)?.[1]?.toLowerCase();
  if (/^git(\+|:)/i.test(trimmed)) return parseGit(trimmed);
  if (scheme !== undefined && OTHER_REPOSITORY.test(scheme))
    throw unsupported(trimmed, "only Git repositories are supported");
  const url = parseLocation(trimmed, scheme, options.directory);
  const subdirectory = subdirectoryOf(url.hash, trimmed);
  const requestUrl = new URL(url);
  requestUrl.hash = "";
  const shown = bareUrl(requestUrl);
  const filename = lastSegment(url.pathname) ?? "";
  const request = shown.href === requestUrl.href ? {} : { requestUrl: requestUrl.href };
  const file = { filename, url: shown.href, hashes: hashesOfFragment(url.hash), ...subdirectory };
  if (filename.endsWith(".whl")) {
    const { name, version } = parseWheelFilename(filename);
    return { source: { kind: "direct", name, version: version.text, ...file }, ...request };
  }
  if (SOURCE_ARCHIVE.test(filename)) {
    const known = tryParseSdistFilename(filename);
    const named = known === undefined ? {} : { name: known.name, version: known.version.text };
    return { source: { kind: "sdist", ...named, ...file }, ...request };
  }
  if (url.protocol !== "file:") throw unsupportedFile(url.href);
  return { source: { kind: "directory", url: shown.href, isEditable: false, ...subdirectory } };
}

/** Whether what a URL names is a wheel or a source distribution, by its file name. */
export function namesDistribution(url: string): boolean {
  const filename = lastSegment(new URL(url).pathname) ?? "";
  return filename.endsWith(".whl") || SOURCE_ARCHIVE.test(filename);
}

/** What is named is a file, and neither a wheel nor a source distribution. */
export function unsupportedFile(text: string): PinionError {
  return unsupported(text, "its file name does not end in `.whl`, `.tar.gz` or `.zip`");
}

/**
 * Reads the value of `-e`: the folder of a project.
 *
 * @throws requirement/unsupported for anything else, and as {@link parseSource}
 */
export function parseEditable(
  text: string,
  options: { readonly directory: string },
): ParsedSource<DirectorySource> {
  const { source } = parseSource(text, options);
  if (source.kind === "directory") return { source: { ...source, isEditable: true } };
  throw new PinionError(
    "requirement/unsupported",
    `Cannot install \`${redactUrl(withoutFragment(text))}\` as editable: an editable requirement must name a local directory`,
    { details: { text: redactUrl(withoutFragment(text)) } },
  );
}

/**
 * Reads the URL of a Git repository itself: without `git+`, reference and fragment, as lock files have it.
 *
 * @throws net/invalid-url where git is not to be sent there
 */
export function parseRepository(text: string): ParsedSource<GitSource> {
  const url = repositoryUrl(text.trim());
  url.hash = "";
  return repositoryAt(url, {});
}

/** `git+https://host/repository@reference#subdirectory=path`, as pip writes it. */
function parseGit(text: string): ParsedSource<GitSource> {
  const url = repositoryUrl(text.replace(/^git\+/i, ""));
  const subdirectory = subdirectoryOf(url.hash, text);
  url.hash = "";
  const at = url.pathname.lastIndexOf("@");
  const reference = at === -1 ? "" : decodePercent(url.pathname.slice(at + 1));
  if (at !== -1) url.pathname = url.pathname.slice(0, at);
  // Git would take it for an option.
  if (reference.startsWith("-")) throw invalidUrl(text, "A Git reference does not start with a dash");
  return repositoryAt(url, { ...(reference === "" ? {} : { reference }), ...subdirectory });
}

function repositoryUrl(text: string): URL {
  if (URL.canParse(text) && GIT_TRANSPORTS.has(new URL(text).protocol)) return new URL(text);
  throw invalidUrl(text, "A Git repository is named as `git+https://`, `git+ssh://` or `git+file://`");
}

function repositoryAt(
  url: URL,
  rest: Pick<GitSource, "reference" | "subdirectory">,
): ParsedSource<GitSource> {
  // The user of an SSH URL is the account to connect as, not a secret.
  const shown = url.protocol === "ssh:" && url.password === "" ? url : bareUrl(url);
  return {
    source: { kind: "git", url: shown.href, ...rest },
    ...(shown.href === url.href ? {} : { requestUrl: url.href }),
  };
}

function parseLocation(written: string, scheme: string | undefined, directory: string): URL {
  if (scheme === undefined) return parsePath(written, directory);
  if (RELATIVE_AUTHORITY.test(written))
    return parsePath(decodePercent(written.slice("file://".length)), directory);
  const text = scheme === "file" ? written : readWrittenUrl(written);
  if (!SUPPORTED.has(scheme) || !URL.canParse(text))
    throw invalidUrl(text, "Name an `https://` or `file://` URL, or a path");
  // RFC 8089 has no relative URLs, but people write them.
  if (RELATIVE_FILE.test(text)) {
    const path = text.slice("file:".length);
    const base = `${pathToFileURL(directory).href}/`;
    if (SCHEME.test(path) || !URL.canParse(path, base))
      throw invalidUrl(text, "Name an `https://` or `file://` URL, or a path");
    return new URL(path, base);
  }
  const url = new URL(text);
  if (scheme === "file" && url.host !== "") throw unsupported(text, "it is on another machine");
  return url;
}

/** `file://./project`, as people write what is relative to the working folder; no host is called `.`. */
const RELATIVE_AUTHORITY = /^file:\/\/\.{1,2}(?:\/|$)/i;

/** A fragment may follow a path too, as in `./project#subdirectory=core`. */
function parsePath(text: string, directory: string): URL {
  const hash = text.search(/#(?:egg|subdirectory|sha\d+|md5)=/);
  const url = pathToFileURL(resolve(directory, hash === -1 ? text : text.slice(0, hash)));
  if (hash !== -1) url.hash = text.slice(hash);
  return url;
}

function subdirectoryOf(fragment: string, text: string): { readonly subdirectory?: string } {
  const subdirectory = new URLSearchParams(fragment.slice(1)).get("subdirectory") ?? "";
  if (subdirectory === "") return {};
  const isInside = !/^[/\\]|^[A-Za-z]:|\0/.test(subdirectory) && !subdirectory.split(/[/\\]/).includes("..");
  refuseLineEnds(subdirectory, withoutFragment(text));
  if (isInside) return { subdirectory };
  throw new PinionError(
    "requirement/invalid",
    `The subdirectory of \`${redactUrl(withoutFragment(text))}\` is outside of it`,
    { details: { text: redactUrl(withoutFragment(text)) } },
  );
}

function invalidUrl(text: string, hint: string): PinionError {
  return new PinionError(
    "net/invalid-url",
    `Cannot install from \`${redactUrl(withoutFragment(text))}\`: the URL is not usable`,
    { details: { url: redactUrl(withoutFragment(text)) }, hints: [hint] },
  );
}

function unsupported(text: string, reason: string): PinionError {
  const url = redactUrl(withoutFragment(text));
  return new PinionError("requirement/unsupported", `Cannot install from \`${url}\`: ${reason}`, {
    details: { url, reason },
  });
}

function withoutFragment(text: string): string {
  return text.split("#", 1)[0]!;
}

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;
const RELATIVE_FILE = /^file:[^/\\]/i;
const SUPPORTED: ReadonlySet<string> = new Set(["http", "https", "file"]);
const GIT_TRANSPORTS: ReadonlySet<string> = new Set(["http:", "https:", "ssh:", "file:", "git:"]);
// pip's `vcs+scheme`, and bare schemes that only repositories have.
const OTHER_REPOSITORY = /^(hg|svn|bzr)(\+|$)/;
const SOURCE_ARCHIVE = /\.(tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz|tar\.zst|tar|zip)$/i;
