// Reads a project's page in JSON (PEP 691; API 1.0 to 1.4). Written by hand because a page may have
// thousands of files: keys that nobody knows are passed over, a known key of a wrong type refuses the page.

import { PinionError } from "../errors.ts";
import { HASH_ALGORITHMS, isSafeFilename, resolveLink } from "./link.ts";
import type { DistributionFile, PageSource, ProjectPage, ProjectStatus } from "./simple.ts";

/**
 * Reads a page in JSON.
 *
 * @throws index/malformed-page with {url, where}
 */
export function parseJsonPage(body: string, source: Pick<PageSource, "url">): ProjectPage {
  const refuse: Refuse = (where) => {
    throw malformedPage(source.url, where);
  };
  const page = parseObject(body, refuse);
  const meta = page["meta"] === undefined ? {} : asObject(page["meta"], "meta", refuse);
  const apiVersion = checkApiVersion(
    asText(meta["api-version"], "meta.api-version", refuse) ?? "1.0",
    source.url,
  );
  const name = asText(page["name"], "name", refuse);
  const versions = asTexts(page["versions"], "versions", refuse);
  const tracks = asTexts(meta["tracks"], "meta.tracks", refuse);
  const alternateLocations = asTexts(page["alternate-locations"], "alternate-locations", refuse);
  const projectStatus = decodeStatus(page["project-status"], refuse);
  const entries = asArray(page["files"], "files", refuse);
  // PEP 792: a quarantined project offers nothing to install, whatever its page lists.
  const listed = projectStatus?.status === "quarantined" ? [] : entries;
  const files: DistributionFile[] = [];
  for (let index = 0; index < listed.length; index++) {
    const file = decodeFile(asObject(listed[index], `files[${index}]`, refuse), `files[${index}]`, {
      url: source.url,
      refuse,
    });
    if (file !== undefined) files.push(file);
  }
  return {
    ...(name === undefined ? {} : { name }),
    files,
    ...(versions === undefined ? {} : { versions }),
    apiVersion,
    ...(projectStatus === undefined ? {} : { projectStatus }),
    ...(tracks === undefined ? {} : { tracks }),
    ...(alternateLocations === undefined ? {} : { alternateLocations }),
    skipped: listed.length - files.length,
  };
}

/**
 * Accepts every 1.x (PEP 629).
 *
 * @throws index/malformed-page
 */
export function checkApiVersion(version: string, url: string): string {
  const major = /^(\d{1,9})\.\d+$/.exec(version)?.[1];
  if (Number(major) === 1) return version;
  if (major === undefined) throw malformedPage(url, "api-version");
  throw new PinionError(
    "index/malformed-page",
    `The index speaks version ${version} of the index API: only 1.x is known`,
    {
      details: { url, where: "api-version", apiVersion: version },
      hints: ["A newer release of Pinion may know this version"],
    },
  );
}

/** PEP 792; a status that nobody knows counts as active. */
export function knownStatus(
  status: string | undefined,
  reason: string | undefined,
): ProjectStatus | undefined {
  if (status !== "active" && status !== "archived" && status !== "quarantined" && status !== "deprecated")
    return undefined;
  return reason === undefined ? { status } : { status, reason };
}

type Refuse = (where: string) => never;
type JsonObject = Readonly<Record<string, unknown>>;

function decodeFile(
  entry: JsonObject,
  where: string,
  context: { readonly url: string; readonly refuse: Refuse },
): DistributionFile | undefined {
  const { refuse } = context;
  const filename = asText(entry["filename"], `${where}.filename`, refuse) ?? refuse(`${where}.filename`);
  const address = asText(entry["url"], `${where}.url`, refuse) ?? refuse(`${where}.url`);
  const requiresPython = asText(entry["requires-python"], `${where}.requires-python`, refuse);
  const hashes = decodeHashes(entry["hashes"], `${where}.hashes`, refuse);
  const yanked = decodeYanked(entry["yanked"], `${where}.yanked`, refuse);
  const metadata = decodeMetadata(entry["core-metadata"] ?? entry["dist-info-metadata"], where, refuse);
  const uploadTime = asText(entry["upload-time"], `${where}.upload-time`, refuse);
  const size = entry["size"];
  const provenance = entry["provenance"];
  const link = resolveLink(address, context.url);
  if (link === undefined || !isSafeFilename(filename)) return undefined;
  return {
    filename,
    url: link.url,
    hashes: Object.keys(link.hashes).length === 0 ? hashes : { ...link.hashes, ...hashes },
    ...(requiresPython === undefined ? {} : { requiresPython }),
    yanked,
    ...(typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
    ...(uploadTime === undefined ? {} : { uploadTime }),
    metadata,
    ...(typeof entry["gpg-sig"] === "boolean" ? { hasSignature: entry["gpg-sig"] } : {}),
    ...(typeof provenance === "string" ? { provenance } : {}),
  };
}

// A digest that cannot be read must not turn into a file without digest, so a wrong type refuses the page.
function decodeHashes(value: unknown, where: string, refuse: Refuse): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const hashes: Record<string, string> = {};
  for (const [algorithm, digest] of Object.entries(asObject(value, where, refuse))) {
    if (typeof digest !== "string") return refuse(where);
    const known = algorithm.toLowerCase();
    if (HASH_ALGORITHMS.has(known)) hashes[known] = digest.toLowerCase();
  }
  return hashes;
}

// PEP 691: a boolean, or the reason as a text that is not empty.
function decodeYanked(value: unknown, where: string, refuse: Refuse): false | string {
  if (value === undefined || value === null || value === false) return false;
  if (value === true) return "";
  if (typeof value !== "string") return refuse(where);
  return value === "" ? false : value;
}

function decodeMetadata(value: unknown, where: string, refuse: Refuse): DistributionFile["metadata"] {
  if (value === undefined || value === null || value === false) return false;
  if (value === true) return true;
  const hashes = decodeHashes(value, `${where}.core-metadata`, refuse);
  return Object.keys(hashes).length === 0 ? true : hashes;
}

function decodeStatus(value: unknown, refuse: Refuse): ProjectStatus | undefined {
  if (value === undefined || value === null) return undefined;
  const status = asObject(value, "project-status", refuse);
  return knownStatus(
    asText(status["status"], "project-status.status", refuse),
    asText(status["reason"], "project-status.reason", refuse),
  );
}

function parseObject(body: string, refuse: Refuse): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.charCodeAt(0) === BYTE_ORDER_MARK ? body.slice(1) : body);
  } catch {
    return refuse("the JSON");
  }
  return asObject(value, "the JSON", refuse);
}

function asObject(value: unknown, where: string, refuse: Refuse): JsonObject {
  return isObject(value) ? value : refuse(where);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asArray(value: unknown, where: string, refuse: Refuse): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(where);
}

function asText(value: unknown, where: string, refuse: Refuse): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : refuse(where);
}

function asTexts(value: unknown, where: string, refuse: Refuse): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const items = asArray(value, where, refuse);
  return items.every((item): item is string => typeof item === "string") ? items : refuse(where);
}

function malformedPage(url: string, where: string): PinionError {
  return new PinionError(
    "index/malformed-page",
    `The index sent a page that cannot be understood: ${where}`,
    {
      details: { url, where },
    },
  );
}

const BYTE_ORDER_MARK = 0xfeff;
