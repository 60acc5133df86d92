// `direct_url.json`: where a distribution came from that no index gave
// (packaging.python.org "Direct URL data structure", PEP 610).

import { isRecord } from "../../base/values/record.ts";
import { PinionError } from "../../errors.ts";

/** Where a distribution came from; the URL carries no credentials but names of variables. */
export type DirectUrl = ArchiveUrl | RepositoryUrl | DirectoryUrl;

export interface ArchiveUrl {
  readonly kind: "archive";
  readonly url: string;
  readonly subdirectory?: string;
  /** Digests in hexadecimal by algorithm: `{sha256: "…"}`. */
  readonly hashes?: Readonly<Record<string, string>>;
}

export interface RepositoryUrl {
  readonly kind: "vcs";
  readonly url: string;
  readonly subdirectory?: string;
  readonly vcs: string;
  readonly commitId: string;
  readonly requestedRevision?: string;
  /** It was checked out with its large files (Git LFS); uv's `git_lfs`, which no standard has. */
  readonly hasLargeFiles?: boolean;
}

export interface DirectoryUrl {
  readonly kind: "directory";
  /** Always a `file:` address with an absolute path. */
  readonly url: string;
  readonly subdirectory?: string;
  readonly isEditable?: boolean;
}

/** What a requirement would name: the URL, for a repository `git+https://…@COMMIT#subdirectory=…`. */
export function requirementUrl(directUrl: DirectUrl): string {
  if (directUrl.kind !== "vcs") return directUrl.url;
  const { vcs, url, commitId, subdirectory, hasLargeFiles } = directUrl;
  const fragment = urlFragment({ subdirectory, lfs: hasLargeFiles === true ? "true" : undefined });
  return `${vcs}+${url}@${commitId}${fragment}`;
}

/** The fragment of a URL with its `#`, percent-encoded as by the URL standard; empty without parts. */
export function urlFragment(parts: Readonly<Record<string, string | undefined>>): string {
  const said = Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined);
  if (said.length === 0) return "";
  return `#${said.map(([key, value]) => `${key}=${value.replaceAll(ENCODED_IN_FRAGMENTS, encodeURIComponent)}`).join("&")}`;
}

/**
 * Parses `direct_url.json`, or a value that was parsed from it.
 *
 * @throws PinionError `wheel/invalid`
 */
export function parseDirectUrl(json: unknown): DirectUrl {
  const document = record(typeof json === "string" ? parseJson(json) : json, "the document");
  const url = requiredText(document, "url");
  const subdirectory = optionalText(document, "subdirectory");
  const common = { url: normalizeUrl(url), ...(subdirectory === undefined ? {} : { subdirectory }) };

  const kinds = (["archive_info", "vcs_info", "dir_info"] as const).filter((key) => isPresent(document[key]));
  if (kinds.length !== 1)
    throw invalid("exactly one of `archive_info`, `vcs_info` and `dir_info` must be there");
  const [kind = "archive_info"] = kinds;
  const info = record(document[kind], `\`${kind}\``);
  switch (kind) {
    case "archive_info": {
      const hashes = archiveHashes(info);
      return { kind: "archive", ...common, ...(hashes === undefined ? {} : { hashes }) };
    }
    case "vcs_info": {
      const requestedRevision = optionalText(info, "requested_revision");
      return {
        kind: "vcs",
        ...common,
        vcs: requiredText(info, "vcs"),
        commitId: requiredText(info, "commit_id"),
        ...(requestedRevision === undefined ? {} : { requestedRevision }),
        ...(info["git_lfs"] === true ? { hasLargeFiles: true } : {}),
      };
    }
    case "dir_info": {
      if (!common.url.startsWith("file:")) throw invalid("the URL of a directory must begin with `file://`");
      if (!/^file:\/\/[^/]*\//.test(common.url)) throw invalid("the URL of a directory must be absolute");
      const editable = info["editable"];
      if (isPresent(editable) && typeof editable !== "boolean")
        throw invalid("`dir_info.editable` is neither true nor false");
      return {
        kind: "directory",
        ...common,
        ...(typeof editable === "boolean" ? { isEditable: editable } : {}),
      };
    }
  }
}

/** Writes `direct_url.json`: one line, credentials left out unless they are variables (PEP 610). */
export function formatDirectUrl(directUrl: DirectUrl): string {
  return JSON.stringify(directUrlDocument(directUrl));
}

/** The document of `direct_url.json` as a value. */
export function directUrlDocument(directUrl: DirectUrl): Readonly<Record<string, unknown>> {
  const url = withoutCredentials(directUrl.url);
  const subdirectory = directUrl.subdirectory === undefined ? {} : { subdirectory: directUrl.subdirectory };
  switch (directUrl.kind) {
    case "archive":
      return {
        url,
        archive_info: directUrl.hashes === undefined ? {} : { hashes: directUrl.hashes },
        ...subdirectory,
      };
    case "vcs":
      return {
        url,
        vcs_info: {
          vcs: directUrl.vcs,
          commit_id: directUrl.commitId,
          ...(directUrl.requestedRevision === undefined
            ? {}
            : { requested_revision: directUrl.requestedRevision }),
          ...(directUrl.hasLargeFiles === true ? { git_lfs: true } : {}),
        },
        ...subdirectory,
      };
    case "directory":
      return {
        url,
        dir_info: directUrl.isEditable === undefined ? {} : { editable: directUrl.isEditable },
        ...subdirectory,
      };
  }
}

/** The hashes, with the older form `hash: "sha256=…"` taken for one of them; both must agree. */
function archiveHashes(
  info: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | undefined {
  const listed = isPresent(info["hashes"]) ? record(info["hashes"], "`archive_info.hashes`") : undefined;
  const hashes = new Map<string, string>();
  for (const [algorithm, digest] of Object.entries(listed ?? {})) {
    if (typeof digest !== "string")
      throw invalid("`archive_info.hashes` holds something that is not a string");
    hashes.set(oneLine(algorithm, "hashes"), oneLine(digest, "hashes"));
  }
  const legacy = optionalText(info, "hash");
  if (legacy !== undefined) {
    const equals = legacy.indexOf("=");
    if (equals === -1) throw invalid("`archive_info.hash` is not of the form `<algorithm>=<hash>`");
    const algorithm = legacy.slice(0, equals);
    const digest = legacy.slice(equals + 1);
    if (listed === undefined) hashes.set(algorithm, digest);
    else if (hashes.get(algorithm) !== digest)
      throw invalid("`archive_info.hash` is not among `archive_info.hashes`");
  }
  return listed === undefined && legacy === undefined ? undefined : Object.fromEntries(hashes);
}

/** Lower-cases the scheme and writes `file:/path` as `file:///path`; everything else stays as it is. */
function normalizeUrl(url: string): string {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(url);
  if (match === null) return url;
  const [, scheme = "", rest = ""] = match;
  const needsAuthority = scheme.toLowerCase() === "file" && rest.startsWith("/") && !rest.startsWith("//");
  return `${scheme.toLowerCase()}:${needsAuthority ? "//" : ""}${rest}`;
}

function withoutCredentials(url: string): string {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/s.exec(url);
  if (match === null) return url;
  const [, scheme = "", authority = "", rest = ""] = match;
  const at = authority.lastIndexOf("@");
  const credentials = authority.slice(0, Math.max(at, 0));
  if (at === -1 || credentials === "git" || VARIABLES.test(credentials)) return url;
  return `${scheme}${authority.slice(at + 1)}${rest}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid("it is not JSON", error);
  }
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw invalid(`${what} is not an object`);
  return value;
}

function requiredText(object: Readonly<Record<string, unknown>>, key: string): string {
  const value = optionalText(object, key);
  if (value === undefined) throw invalid(`\`${key}\` is missing`);
  return value;
}

function optionalText(object: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = object[key];
  if (!isPresent(value)) return undefined;
  if (typeof value !== "string") throw invalid(`\`${key}\` is not a string`);
  return oneLine(value, key);
}

/** What is recorded ends up in requirements files: none of it begins a line of its own there, for whichever tool reads them. */
function oneLine(value: string, key: string): string {
  if (ENDS_LINES.test(value)) throw invalid(`\`${key}\` has control characters`);
  // JSON can state half of a character by an escape; neither UTF-8 nor a URL can.
  if (/\p{Surrogate}/u.test(value)) throw invalid(`\`${key}\` is not Unicode text`);
  return value;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function invalid(reason: string, cause?: unknown): PinionError {
  return new PinionError("wheel/invalid", `\`direct_url.json\` cannot be understood: ${reason}`, {
    details: { reason },
    cause,
  });
}

/** Python's `str.splitlines()`, by which pip reads requirements files, ends lines at all of these. */
const ENDS_LINES = /[\p{Cc}\p{Zl}\p{Zp}]/u;

// https://url.spec.whatwg.org/#fragment-percent-encode-set
const ENCODED_IN_FRAGMENTS = /[^\u{21}\u{23}-\u{3b}\u{3d}\u{3f}-\u{5f}\u{61}-\u{7e}]/gu;

// PEP 610: credentials may stay where they are `${VARIABLE}` or `${USER}:${PASSWORD}`.
const VARIABLES = /^\$\{[A-Za-z0-9_-]+\}(?::\$\{[A-Za-z0-9_-]+\})?$/;
