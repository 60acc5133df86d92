// Reads a project's page in JSON (PEP 691; API 1.0 to 1.4). Written by hand because a page may have
// thousands of files: unknown keys are passed over. A known key of a wrong type costs its file, or, outside of the files, refuses the page.

import { PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import { HASH_ALGORITHMS, isDigest } from "../../pep/hashes.ts";
import { parseJsonInSlices } from "../../base/formats/json-slices.ts";
import type { Pausing } from "../../base/work/turns.ts";
import { isSafeFilename } from "../../pep/files/safe-filename.ts";
import {
  AddressRoom,
  checkEntryCount,
  malformedPage,
  MAX_ADDRESS_LENGTH,
  MAX_TEXT_LENGTH,
  shortReason,
  UnreadableEntries,
} from "./page-bounds.ts";
import { PageLinks } from "./page-link.ts";
import type { DistributionFile, PageSource, ProjectPage, ProjectStatus } from "./project-page.ts";

/**
 * Reads a page in JSON.
 *
 * @throws index/malformed-page with {url, where}
 */
export function* parseJsonPage(body: Buffer, source: Pick<PageSource, "url">): Pausing<ProjectPage> {
  const refuse: Refuse = (where) => {
    throw malformedJson(source.url, where);
  };
  const page = yield* parseObject(body, source.url, refuse);
  const meta = optional(page, "meta", (value) => asObject(value, "meta", refuse)) ?? {};
  const apiVersion = checkApiVersion(textOf(meta, "api-version", refuse) ?? "1.0", source.url);
  const projectStatus = statusOf(page, refuse);
  const entries = asArray(page["files"], "files", refuse);
  // PEP 792: a quarantined project offers nothing to install, whatever its page lists.
  const listed = projectStatus?.status === "quarantined" ? [] : entries;
  checkEntryCount(listed.length, source.url);
  const files: DistributionFile[] = [];
  const unreadable = new UnreadableEntries(source.url);
  for (let index = 0; index < listed.length; index++) {
    const entry = listed[index];
    if (isFile(entry)) files.push(entry);
    else unreadable.add(`files[${index}]${entry instanceof Unreadable ? entry.where : ""}`);
  }
  const name = textOf(page, "name", refuse);
  const versions = textsOf(page, "versions", refuse);
  const tracks = textsOf(meta, "tracks", refuse);
  const alternateLocations = textsOf(page, "alternate-locations", refuse);
  return {
    ...(name === undefined ? {} : { name }),
    files,
    ...(versions === undefined ? {} : { versions }),
    apiVersion,
    ...(projectStatus === undefined ? {} : { projectStatus }),
    ...(tracks === undefined ? {} : { tracks }),
    ...(alternateLocations === undefined ? {} : { alternateLocations }),
    skipped: listed.length - files.length,
    ...unreadable.found,
  };
}

/**
 * Accepts every 1.x (PEP 629).
 *
 * @throws index/malformed-page
 */
export function checkApiVersion(version: string, url: string): string {
  const major = /^(\d{1,9})\.\d{1,9}$/.exec(version)?.[1];
  if (Number(major) === 1) return version;
  if (major === undefined) throw malformedJson(url, "api-version");
  throw new PinionError(
    "index/malformed-page",
    `\`${redactUrl(url)}\` uses version ${version} of the index API: only 1.x is supported`,
    {
      details: { url: redactUrl(url), where: "api-version", apiVersion: version },
      hints: ["A newer release of Pinion may know this version"],
    },
  );
}

/** PEP 792; an unknown status counts as active. */
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

/** Stands for a file that cannot be read, and says where. */
class Unreadable {
  readonly where: string;

  constructor(where: string) {
    this.where = where;
  }
}

/** Of the items of the lists of a page, the objects have become files. */
function isFile(item: unknown): item is DistributionFile {
  return isObject(item) && !(item instanceof Unreadable);
}

/**
 * A file that cannot be read is left out as a whole: half of what the index says about it may be the half that matters.
 * Thousands of files pass here: no object is made that does not stay.
 */
function decodeFile(entry: JsonObject, links: PageLinks): DistributionFile | Unreadable {
  const filename = optionalText(entry["filename"]);
  if (typeof filename !== "string") return new Unreadable(".filename");
  const address = optionalText(entry["url"], MAX_ADDRESS_LENGTH);
  if (typeof address !== "string") return new Unreadable(".url");
  const requiresPython = optionalText(entry["requires-python"]);
  if (requiresPython === MALFORMED) return new Unreadable(".requires-python");
  const uploadTime = optionalText(entry["upload-time"]);
  if (uploadTime === MALFORMED) return new Unreadable(".upload-time");
  const hashes = decodeHashes(entry["hashes"]);
  if (hashes === MALFORMED) return new Unreadable(".hashes");
  const yanked = decodeYanked(entry["yanked"]);
  if (yanked === MALFORMED) return new Unreadable(".yanked");
  const metadata = decodeMetadata(entry["core-metadata"] ?? entry["dist-info-metadata"]);
  if (metadata === MALFORMED) return new Unreadable(".core-metadata");
  const { size, "gpg-sig": signature, provenance } = entry;
  const link = links.resolve(address);
  if (link === undefined) return new Unreadable(".url");
  if (!isSafeFilename(filename)) return new Unreadable(".filename");
  const file: Changeable<DistributionFile> = {
    filename,
    url: link.url,
    hashes: isEmpty(link.hashes) ? hashes : { ...link.hashes, ...hashes },
    yanked,
    metadata,
  };
  if (requiresPython !== undefined) file.requiresPython = requiresPython;
  if (uploadTime !== undefined) file.uploadTime = uploadTime;
  if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) file.size = size;
  if (typeof signature === "boolean") file.hasSignature = signature;
  if (typeof provenance === "string" && provenance.length <= MAX_ADDRESS_LENGTH) file.provenance = provenance;
  return file;
}

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] };

// A hash that cannot be read must not turn into a file without hash, so a wrong type refuses the file.
function decodeHashes(value: unknown): Readonly<Record<string, string>> | Malformed {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) return MALFORMED;
  const hashes: Record<string, string> = {};
  for (const algorithm in value) {
    const digest = value[algorithm];
    if (typeof digest !== "string" || digest.length > MAX_TEXT_LENGTH || !isDigest(digest)) return MALFORMED;
    const known = algorithm.toLowerCase();
    if (HASH_ALGORITHMS.has(known)) hashes[known] = digest.toLowerCase();
  }
  return hashes;
}

// PEP 691: a boolean, or the reason as a string that is not empty; one that is empty is a reason for uv and pip too.
function decodeYanked(value: unknown): false | string | Malformed {
  if (value === undefined || value === null || value === false) return false;
  if (value === true) return "";
  return typeof value === "string" ? shortReason(value) : MALFORMED;
}

function decodeMetadata(value: unknown): DistributionFile["metadata"] | Malformed {
  if (value === undefined || value === null || value === false) return false;
  if (value === true) return true;
  const hashes = decodeHashes(value);
  if (hashes === MALFORMED) return MALFORMED;
  return isEmpty(hashes) ? true : hashes;
}

function statusOf(page: JsonObject, refuse: Refuse): ProjectStatus | undefined {
  return optional(page, "project-status", (value) => {
    const status = asObject(value, "project-status", refuse);
    return knownStatus(textOf(status, "status", refuse), textOf(status, "reason", refuse));
  });
}

/** Reads a page, of whose files only what is decoded stays. */
function* parseObject(body: Buffer, url: string, refuse: Refuse): Pausing<JsonObject> {
  const room = new AddressRoom(url);
  const links = new PageLinks(url);
  const parsed = yield* parseJsonInSlices(body, (item) => {
    if (!isObject(item)) return item;
    const file = decodeFile(item, links);
    if (!(file instanceof Unreadable)) room.add(file);
    return file;
  });
  if (parsed.fault !== undefined) return refuse(parsed.fault === "syntax" ? "" : parsed.fault);
  return asObject(parsed.value, "", refuse);
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

function optional<T>(object: JsonObject, key: string, decode: (value: unknown) => T): T | undefined {
  const value = object[key];
  return value === undefined || value === null ? undefined : decode(value);
}

function textOf(object: JsonObject, key: string, refuse: Refuse): string | undefined {
  const text = optionalText(object[key]);
  return text === MALFORMED ? refuse(key) : text;
}

function optionalText(value: unknown, maxLength = MAX_TEXT_LENGTH): string | undefined | Malformed {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" && value.length <= maxLength ? value : MALFORMED;
}

function textsOf(object: JsonObject, key: string, refuse: Refuse): readonly string[] | undefined {
  return optional(object, key, (value) => {
    const items = asArray(value, key, refuse);
    return items.every((item): item is string => typeof item === "string") ? items : refuse(key);
  });
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

function malformedJson(url: string, where: string): PinionError {
  const reason = where === "" ? "it is not a JSON object" : `\`${where}\` is not what the index API says`;
  return malformedPage(url, where, reason);
}

/** Stands for a value of a wrong type, and for one that is too long. */
const MALFORMED = Symbol("malformed");
type Malformed = typeof MALFORMED;
