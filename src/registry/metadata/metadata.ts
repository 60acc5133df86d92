// What a wheel needs, without the wheel where that is possible: the index's metadata file (PEP 658, 714), then ranges
// of the wheel, then the whole wheel. What was read early is compared with the wheel once that is there.

import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Limit } from "../../base/work/limit.ts";
import { archiveMemory, inMemory } from "../../sources/fetching/fetch-archive.ts";
import { readLocalArchive, unreadableFile } from "../../sources/fetching/local-file.ts";
import { notCached } from "../../net/not-cached.ts";
import { once } from "../../base/work/once.ts";
import { inTurns, Turns } from "../../base/work/turns.ts";
import { openRegularFile } from "../../base/files/small-file.ts";
import { PinionError, isPinionError } from "../../errors.ts";
import type { Client } from "../../net/client.ts";
import { downloadToBuffer } from "../../net/downloads/download.ts";
import { isByProject, weakestOf, type Protection } from "../../net/protection.ts";
import { redactUrl } from "../../net/url.ts";
import { parseMetadata, type Metadata } from "../../pep/metadata/metadata.ts";
import {
  createRequirementReader,
  type RequirementReader,
} from "../../pep/requirements/requirement-reader.ts";
import { formatRequirement } from "../../pep/requirements/requirement.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import type { EntryKey, Store, UnpackedWheel } from "../../store/store.ts";
import { fileSource } from "../../store/unpacking/unpack.ts";
import { listHashes, sha256Of, type Hashes } from "../../pep/hashes.ts";
import { filePathOf } from "../../sources/file-url.ts";
import { isAsPromised, keyUnder } from "../../sources/fetching/provenance.ts";
import type { SharedFiles } from "../../sources/fetching/shared-files.ts";
import { checkDigests, statedDigests } from "../../sources/fetching/stated-hashes.ts";
import { MAX_METADATA_BYTES } from "../../store/unpacking/wheel-contents.ts";
import { findMetadataMember, readMetadataMember } from "./metadata-member.ts";
import { headOf, MetadataRoom, type HeldMetadata } from "./metadata-room.ts";
import { rangeRoom, readRemoteMetadata } from "./range-source.ts";
import type { ChosenFile } from "../candidates/select.ts";
import { isSourceDistribution, readPackageInfo, requireStatic } from "./source-metadata.ts";

export interface MetadataReader {
  /**
   * The metadata of a wheel.
   *
   * @throws index/invalid-metadata, net/offline, wheel/hash-mismatch, and what the client and the archive reader throw
   */
  read(file: ChosenFile, signal?: AbortSignal): Promise<Metadata>;
  /** Reads ahead where that costs one small file; a failure shows when the answer is needed. */
  prefetch(file: ChosenFile, signal?: AbortSignal): void;
  /**
   * Compares what was read early with the wheel itself.
   *
   * @throws index/metadata-mismatch with {@link MetadataMismatchDetails}
   */
  check(file: { readonly url: string; readonly filename: string }, wheel: UnpackedWheel): void;
  /** What was read early of a wheel, as far as it is compared; undefined where nothing was. */
  statedOf(file: { readonly url: string }): string | undefined;
  /** Takes what another reader has stated of a wheel for what was read early, unless this one has read it itself. */
  expect(url: string, stated: string): void;
  /** Where the metadata of a file that was read came from. */
  originOf(file: ChosenFile): MetadataOrigin;
}

/** Where metadata came from: its wheel in the store, a value kept by this key while that is absent, or elsewhere. */
export type MetadataOrigin =
  | { readonly kind: "wheel"; readonly sha256: string }
  | { readonly kind: "entry"; readonly key: EntryKey; readonly sha256: string }
  | { readonly kind: "other" };

/** Details of `index/metadata-mismatch`. */
export interface MetadataMismatchDetails {
  readonly filename: string;
  readonly url: string;
  readonly field: string;
  readonly stated: readonly string[];
  readonly actual: readonly string[];
}

export interface MetadataSources {
  readonly client: Client;
  readonly store: Store;
  readonly isOffline: boolean;
  /** Asked before an index for metadata files whose SHA-256 the index gives, and offered what an index gave. */
  readonly shared?: SharedFiles | undefined;
  /** Downloads a wheel where nothing smaller has its metadata. */
  readonly fetchWheel: (file: ChosenFile, signal: AbortSignal | undefined) => Promise<UnpackedWheel>;
}

/** Reads metadata through the cache; each wheel is asked about once. */
export function createMetadataReader(sources: MetadataSources): MetadataReader {
  const reads = new Map<string, Promise<Metadata>>();
  const rangesByHost = new Map<string, boolean>();
  const early = new Map<string, EarlyMetadata[]>();
  const context: Context = {
    ...sources,
    rangesByHost,
    early,
    room: new MetadataRoom(),
    archives: archiveMemory(),
    ranges: rangeRoom(),
    readRequirement: createRequirementReader(),
  };
  const read: MetadataReader["read"] = (file, signal) =>
    once(reads, readKey(file), () => readMetadata(file, context, signal));
  return {
    read,
    prefetch(file, signal) {
      if (isSmallToRead(file, context)) read(file, signal).catch(() => {});
    },
    check(file, wheel) {
      const all = early.get(file.url);
      if (all === undefined) return;
      const head = readUnpackedHead(wheel);
      // Nearly always the same bytes, which say the same.
      for (const stated of all)
        if (!stated.head.equals(Buffer.from(head)))
          compareMetadata(stated.metadata, parseMetadata(head), file);
    },
    statedOf({ url }) {
      const [first] = early.get(url) ?? [];
      return first === undefined ? undefined : formatCompared(first.metadata);
    },
    expect(url, stated) {
      if (early.has(url)) return;
      early.set(url, [{ metadata: parseMetadata(stated), readKey: "", head: Buffer.from(stated) }]);
    },
    originOf(file) {
      const sha256 = sha256Of(file.hashes);
      if (sha256 === undefined || isSourceDistribution(file.filename) || file.url.startsWith("file:"))
        return { kind: "other" };
      const isEarly = early.get(file.url)?.some(({ readKey: key }) => key === readKey(file));
      if (isEarly !== true) return { kind: "wheel", sha256 };
      return { kind: "entry", key: keyUnder(sources.client.protectionOf(file.url), entryKey(file)), sha256 };
    },
  };
}

/** METADATA of an unpacked wheel. @throws index/invalid-metadata */
export function readUnpackedMetadata(wheel: UnpackedWheel, readRequirement?: RequirementReader): Metadata {
  return parseMetadata(readUnpackedHead(wheel), readRequirement);
}

function readUnpackedHead(wheel: UnpackedWheel): string {
  return headOf(readFileSync(join(wheel.directory, wheel.distInfo, "METADATA"), "utf8"));
}

interface Context extends MetadataSources {
  /** Whether a host serves ranges, as far as it was tried in this run. */
  readonly rangesByHost: Map<string, boolean>;
  /** What was read before the wheel was downloaded, by the wheel's URL. */
  /** By URL, which several indexes may list. */
  readonly early: Map<string, EarlyMetadata[]>;
  readonly room: MetadataRoom;
  readonly archives: Limit;
  readonly ranges: Limit;
  readonly readRequirement: RequirementReader;
}

interface EarlyMetadata extends HeldMetadata {
  readonly readKey: string;
}

function isSmallToRead({ metadata, filename, url }: ChosenFile, { rangesByHost }: Context): boolean {
  if (metadata !== false) return true;
  return !isSourceDistribution(filename) && rangesByHost.get(new URL(url).host) === true;
}

async function readMetadata(file: ChosenFile, context: Context, signal?: AbortSignal): Promise<Metadata> {
  if (isSourceDistribution(file.filename)) return await readSourceMetadata(file, context, signal);
  const sha256 = sha256Of(file.hashes);
  const unpacked = sha256 === undefined ? undefined : context.store.wheel(sha256);
  const hold = (text: string): HeldMetadata => holdMetadata(text, file, context);
  if (unpacked !== undefined) return hold(readUnpackedHead(unpacked)).metadata;
  if (file.url.startsWith("file:")) return hold(await readLocalMetadata(file, signal)).metadata;
  const kept = keptMetadata(file, context);
  const cached = kept.read();
  if (cached !== undefined) return remember(hold(cached), { file, context });
  if (context.isOffline) throw notCached(file.url, `the metadata of \`${file.filename}\``);
  const fetch: Fetch = { file, context, signal, onProtection: kept.onProtection };
  const text = (await fetchMetadataFile(fetch)) ?? (await fetchByRanges(fetch));
  if (text === undefined) return hold(readUnpackedHead(await context.fetchWheel(file, signal))).metadata;
  const held = hold(text);
  kept.write(held.head);
  return remember(held, { file, context });
}

/** @throws index/invalid-metadata where it is that of something else, net/too-large */
function holdMetadata(
  text: string,
  file: ChosenFile,
  { room, readRequirement }: Pick<Context, "room" | "readRequirement">,
): HeldMetadata {
  const held = room.read(text, file.url, readRequirement);
  requireMetadataOf(held.metadata, file);
  return held;
}

async function readSourceMetadata(
  file: ChosenFile,
  context: Context,
  signal: AbortSignal | undefined,
): Promise<Metadata> {
  const { isOffline } = context;
  const kept = keptMetadata(file, context);
  const fetch: Fetch = { file, context, signal, onProtection: kept.onProtection };
  const isLocal = file.url.startsWith("file:");
  let text = kept.read();
  if (text === undefined) {
    if (isOffline && !isLocal) throw notCached(file.url, `the metadata of \`${file.filename}\``);
    text = (isLocal ? undefined : await fetchMetadataFile(fetch)) ?? (await readSourceInfo(fetch));
    if (!isLocal) kept.write(Buffer.from(headOf(text)));
  }
  return requireStatic(holdMetadata(text, file, context).metadata, file.filename);
}

interface Fetch {
  readonly file: ChosenFile;
  readonly context: Context;
  readonly signal: AbortSignal | undefined;
  /** Called with how each answer came. */
  readonly onProtection: (protection: Protection) => void;
}

/** What is kept of a file's metadata, apart for what came without verified TLS. */
function keptMetadata(
  file: ChosenFile,
  { client, store }: Context,
): {
  readonly read: () => string | undefined;
  readonly write: (head: Buffer) => void;
  readonly onProtection: (protection: Protection) => void;
} {
  const promised = client.protectionOf(file.url);
  const key = keyUnder(promised, entryKey(file));
  const steps: Protection[] = [];
  return {
    read: () => store.readEntry("metadata", key)?.toString("utf8"),
    write(head) {
      if (isAsPromised(promised, weakestOf(steps))) store.writeEntry("metadata", key, head);
    },
    onProtection: (protection) => void steps.push(protection),
  };
}

/** Of an archive that is in memory no longer than that takes: an index may say of many that metadata is beside them. */
function readSourceInfo(fetch: Fetch): Promise<string> {
  const { file, context, signal } = fetch;
  const { filename } = file;
  const getting = {
    source: file,
    memory: context.archives,
    fetch: (maxBytes: number) => sourceBytes(fetch, maxBytes),
  };
  return inMemory(getting, (bytes) => {
    const workFolder = join(context.store.directory, temporaryName());
    return readPackageInfo(bytes, { filename, workFolder, signal });
  });
}

async function sourceBytes(
  { file, context: { client }, signal, onProtection }: Fetch,
  maxBytes: number,
): Promise<Buffer> {
  const digests = statedDigests(file.hashes, `the index \`${redactUrl(file.index.url)}\``);
  if (file.url.startsWith("file:")) {
    const { bytes } = await readLocalArchive(file.url, digests, signal);
    return bytes;
  }
  const options = { digests, listedBy: file.index.url, maxBytes, signal };
  const { bytes, protection } = await downloadToBuffer(client, file.url, options);
  onProtection(protection);
  return bytes;
}

function remember(
  held: HeldMetadata,
  { file, context }: { readonly file: ChosenFile; readonly context: Context },
): Metadata {
  const found = { ...held, readKey: readKey(file) };
  context.early.set(file.url, [...(context.early.get(file.url) ?? []), found]);
  return held.metadata;
}

async function fetchMetadataFile({
  file,
  context: { client, shared },
  signal,
  onProtection,
}: Fetch): Promise<string | undefined> {
  if (file.metadata === false) return undefined;
  const url = `${file.url}.metadata`;
  const hashes: Hashes = file.metadata === true ? {} : file.metadata;
  const digests = statedDigests(hashes, `the index \`${redactUrl(file.index.url)}\``);
  const sha256 = sha256Of(hashes);
  const key = sha256 === undefined ? undefined : ({ kind: "metadata", sha256 } as const);
  const mayAskShared = !isByProject(client.protectionOf(file.url));
  const found =
    key !== undefined && mayAskShared
      ? await shared?.read(key, { maxBytes: MAX_METADATA_BYTES, signal })
      : undefined;
  if (found !== undefined) {
    checkDigests(digests, found, url);
    // The index promised its hash, so it is as good as the page that gave it.
    onProtection(client.protectionOf(file.url));
    return found.toString("utf8");
  }
  const response = await client.request(url, {
    encoding: "identity",
    maxBytes: MAX_METADATA_BYTES,
    listedBy: file.index.url,
    // Some mirrors copy the page and forget the file; object stores call what is missing forbidden.
    accept: [403, 404, 410],
    signal,
  });
  const bytes = await response.bytes();
  if (response.status !== 200) return undefined;
  onProtection(response.protection);
  checkDigests(digests, bytes, response.url);
  if (key !== undefined && response.protection === "verified") shared?.offer(key, bytes);
  return bytes.toString("utf8");
}

async function fetchByRanges({
  file,
  context: { client, rangesByHost, ranges },
  signal,
  onProtection,
}: Fetch): Promise<string | undefined> {
  const { host } = new URL(file.url);
  if (rangesByHost.get(host) === false) return undefined;
  const { url, filename, size } = file;
  const listedBy = file.index.url;
  let text: string | undefined;
  try {
    text = await readRemoteMetadata({
      client,
      url,
      filename,
      size,
      signal,
      onProtection,
      listedBy,
      room: ranges,
    });
  } catch (error) {
    // An archive that is not an archive by ranges may be one as a whole, and if not, the whole says so better.
    if (!isPinionError(error, "archive/invalid")) throw error;
  }
  // One file that fails is the file's own fault where others did well.
  if (text !== undefined || !rangesByHost.has(host)) rangesByHost.set(host, text !== undefined);
  return text;
}

async function readLocalMetadata(file: ChosenFile, signal: AbortSignal | undefined): Promise<string> {
  const path = filePathOf(file.url);
  let descriptor: number;
  try {
    descriptor = openRegularFile(path);
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
  try {
    const source = fileSource(descriptor);
    const member = await inTurns(findMetadataMember(source, file.filename), new Turns(signal));
    return readMetadataMember(source, member);
  } finally {
    closeSync(descriptor);
  }
}

/** The metadata must be that of the file: a name or version of something else is a mistake or an attack. */
function requireMetadataOf(metadata: Metadata, file: ChosenFile): void {
  const isSame = metadata.name === file.name && metadata.version.order === file.version.order;
  if (isSame) return;
  throw new PinionError(
    "index/invalid-metadata",
    `The metadata of \`${file.filename}\` is for \`${metadata.name}\` ${metadata.version.text}`,
    { details: { filename: file.filename, name: metadata.name, version: metadata.version.text } },
  );
}

function compareMetadata(
  stated: Metadata,
  actual: Metadata,
  file: { readonly url: string; readonly filename: string },
): void {
  const actualFields = comparedFields(actual);
  for (const [field, values] of comparedFields(stated)) {
    const others = actualFields.get(field) ?? [];
    if (values.join("\n") === others.join("\n")) continue;
    const url = redactUrl(file.url);
    throw new PinionError(
      "index/metadata-mismatch",
      `The \`${field}\` given by the index for \`${file.filename}\` does not match the wheel: expected ${list(values, others)}, got ${list(others, values)}`,
      {
        details: {
          filename: file.filename,
          url,
          field,
          stated: values,
          actual: others,
        } satisfies MetadataMismatchDetails,
        hints: [
          "What was resolved does not fit what would be installed; tell the index's administrator, or use another index",
        ],
      },
    );
  }
}

/** The fields that decide a resolution, in a form in which equal values are equal strings. */
function comparedFields(metadata: Metadata): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ["Name", [metadata.name]],
    ["Version", [metadata.version.text]],
    ["Requires-Python", metadata.requiresPython === undefined ? [] : [metadata.requiresPython.text]],
    ["Requires-Dist", metadata.requiresDist.map(formatRequirement).toSorted()],
    ["Provides-Extra", metadata.providesExtra.toSorted()],
  ]);
}

/** Those fields, as METADATA has them. */
function formatCompared(metadata: Metadata): string {
  const lines = [...comparedFields(metadata)].flatMap(([field, values]) =>
    values.map((value) => `${field}: ${value}\n`),
  );
  return `Metadata-Version: 2.1\n${lines.join("")}`;
}

/** A few of them: where there are many, those that the other side lacks. */
function list(values: readonly string[], others: readonly string[]): string {
  if (values.length === 0) return "nothing";
  const known = new Set(others);
  const own = values.length > MAX_SHOWN ? values.filter((value) => !known.has(value)) : values;
  const shown = (own.length === 0 ? values : own).slice(0, MAX_SHOWN);
  const more = values.length > shown.length ? ` and ${values.length - shown.length} more` : "";
  return shown.map((value) => `\`${shortened(value)}\``).join(", ") + more;
}

function shortened(value: string): string {
  return value.length > MAX_SHOWN_LENGTH ? `${value.slice(0, MAX_SHOWN_LENGTH)}…` : value;
}

/**
 * The URL is part of the key: an index that states another's digest must not answer in that one's place. So is the hash that the page
 * states of the metadata, under which a shared cache may have given what never was at that URL.
 */
function entryKey({ name, url, hashes, metadata }: ChosenFile): {
  readonly project: string;
  readonly id: string;
} {
  const stated = typeof metadata === "boolean" ? "" : ` ${listHashes(metadata).toSorted().join(" ")}`;
  return { project: name, id: `${sha256Of(hashes) ?? ""} ${url}${stated}` };
}

/** What an answer depends on: also the index that lists the file, whose credentials and hashes count, and the project. */
function readKey(file: ChosenFile): string {
  const { project, id } = entryKey(file);
  return JSON.stringify([file.index.url, project, file.version.text, id, file.metadata]);
}

/** Values of one field. */
const MAX_SHOWN = 5;
/** Longer than any requirement that a person writes. */
const MAX_SHOWN_LENGTH = 200;
