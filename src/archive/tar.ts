// A strict reader of tar archives, as source distributions are: PEP 706's data filter, but refusing where that repairs.
// Own, because the `tar` library (7.5, strict) extracts 30 of the 43 archives that must be refused (the conformance data,
// test/vectors/malformed-archives.json), most by header differentials that no filter on top of it can see.

import { closeSync, mkdirSync, openSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { createGunzip } from "node:zlib";

import { throwIfCancelled } from "../base/work/cancelled.ts";
import { piecesOfBytes, piecesOfFile } from "../base/files/file-pieces.ts";
import { Turns } from "../base/work/turns.ts";
import { MAX_UNPACKED_BYTES, MAX_UNPACKED_FILES, MAX_UNPACKED_FOLDERS } from "../base/files/unpack-bounds.ts";
import { writeAllSync } from "../base/files/write-all.ts";
import { systemCode } from "../errors.ts";
import { checkMemberName, foldedName, isNestedTooDeeply } from "./member-name.ts";
import {
  checkGlobalRecords,
  malformedTar,
  parseLongName,
  parsePaxRecords,
  parseTarHeader,
  type PaxRecords,
  type TarHeader,
} from "./tar-header.ts";
import { TarPieces, tooLargeTar } from "./tar-pieces.ts";

export interface ExtractOptions {
  /** How many bytes the archive may have without its compression. Default: {@link unpackLimit} of an archive in memory. */
  readonly maxUnpackedBytes?: number | undefined;
  /** How many folders may only be implied by the names of members. Default: 100,000. */
  readonly maxImpliedFolders?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was extracted, by safe relative POSIX paths. */
export interface ExtractedTar {
  readonly files: readonly string[];
  /** The names at the top: a source distribution has exactly one. */
  readonly topLevel: readonly string[];
}

/**
 * Extracts a tar archive into an empty folder: in memory, compressed by gzip or not at all, or in pieces without compression.
 *
 * @throws archive/invalid where it is malformed, ambiguous or leads out of the folder; archive/too-large; net/cancelled
 *
 * @example
 * await extractTar(await readFile("flask-3.0.0.tar.gz"), "/tmp/source");
 */
export async function extractTar(
  archive: Buffer | AsyncIterable<Buffer>,
  directory: string,
  options: ExtractOptions = {},
): Promise<ExtractedTar> {
  const size = Buffer.isBuffer(archive) ? archive.length : Infinity;
  const { maxUnpackedBytes: maxBytes = unpackLimit(size), maxImpliedFolders, signal } = options;
  throwIfCancelled(signal, CANCELLED);
  const turns = new Turns(signal, CANCELLED);
  const extraction = new Extraction(directory, { maxBytes, maxImpliedFolders, turns });
  const blocks = new TarPieces(piecesOf(archive, turns), { maxBytes, turns });
  try {
    while (await extractMember(blocks, extraction));
    await blocks.expectZeros();
  } finally {
    await blocks.close();
  }
  return extraction.finish();
}

/** How many bytes an archive of this many compressed bytes may unpack to: so that a few bytes cannot fill a disk. */
export function unpackLimit(compressedBytes: number): number {
  return Math.min(MAX_UNPACKED_BYTES, Math.max(MIN_UNPACKED_BYTES, MAX_RATIO * compressedBytes));
}

function piecesOf(archive: Buffer | AsyncIterable<Buffer>, turns: Turns): AsyncIterable<Buffer> {
  if (!Buffer.isBuffer(archive)) return archive;
  return archive[0] === 0x1f && archive[1] === 0x8b ? gunzipped(archive) : piecesOfBytes(archive, turns);
}

/** Extracts one member with the records before it; false at the end of the archive. */
async function extractMember(pieces: TarPieces, extraction: Extraction): Promise<boolean> {
  let pax: PaxRecords | undefined;
  let longName: string | undefined;
  for (;;) {
    const header = parseTarHeader(await pieces.block());
    if (header === undefined) {
      if (pax !== undefined || longName !== undefined)
        throw malformedTar("records for a member come without it");
      return false;
    }
    switch (header.kind) {
      case "global-pax":
        if (pax !== undefined || longName !== undefined)
          throw malformedTar("global records are between others");
        checkGlobalRecords(await pieces.padded(boundedSize(header)));
        continue;
      case "pax":
        // Readers differ in which of two sets of records, or of a record and a long name, they follow.
        if (pax !== undefined || longName !== undefined) throw malformedTar("a member has records twice");
        pax = parsePaxRecords(await pieces.padded(boundedSize(header)));
        continue;
      case "long-name":
        if (pax !== undefined || longName !== undefined) throw malformedTar("a member has a long name twice");
        longName = parseLongName(await pieces.padded(boundedSize(header)));
        continue;
      case "file":
      case "directory":
      case "symlink":
      case "hardlink":
        await extraction.add(
          header,
          { path: longName, linkPath: undefined, size: undefined, ...pax },
          pieces,
        );
        return true;
    }
  }
}

function boundedSize({ size }: TarHeader): number {
  if (size > MAX_RECORDS_BYTES) throw malformedTar("the records of a member are too long");
  return size;
}

/** Owns the folder that is filled, and what is in it. */
class Extraction {
  readonly #directory: string;
  /** By name in normal form. */
  readonly #members = new Map<string, TarHeader["kind"]>();
  readonly #files: string[] = [];
  readonly #links: { readonly name: string; readonly target: string }[] = [];

  readonly #turns: Turns;
  readonly #maxBytes: number;
  readonly #maxImpliedFolders: number;
  #fileBytes = 0;
  #impliedFolders = 0;

  constructor(
    directory: string,
    {
      maxBytes,
      maxImpliedFolders = MAX_UNPACKED_FOLDERS,
      turns,
    }: {
      readonly maxBytes: number;
      readonly maxImpliedFolders: number | undefined;
      readonly turns: Turns;
    },
  ) {
    this.#directory = directory;
    this.#turns = turns;
    this.#maxBytes = maxBytes;
    this.#maxImpliedFolders = maxImpliedFolders;
  }

  async add(header: TarHeader, records: PaxRecords, pieces: TarPieces): Promise<void> {
    if (this.#members.size >= MAX_UNPACKED_FILES)
      throw malformedTar(`it has more than ${MAX_UNPACKED_FILES} members`);
    if (records.size !== undefined && records.size !== header.size)
      throw malformedTar("a member has two sizes");
    const name = memberName(header, records.path);
    const linkName = linkNameOf(header, records.linkPath);
    this.#enter(name, header.kind);
    const path = join(this.#directory, name);
    if (header.kind === "directory") return makeFolder(path);
    if (header.kind === "symlink") {
      this.#links.push({ name, target: linkName });
      return;
    }
    this.#files.push(name);
    if (header.kind === "hardlink") await this.#copy(linkName, path);
    else await this.#write(path, header, pieces);
  }

  /** Links are made last, so that nothing is ever written through one. */
  async finish(): Promise<ExtractedTar> {
    const links = await this.#foldedLinks();
    for (const { name, target } of this.#links) {
      if (this.#turns.isDue) await this.#turns.give();
      this.#checkLink(name, target, links);
      makeFolder(dirname(join(this.#directory, name)));
      symlinkSync(target, join(this.#directory, name));
    }
    const topLevel = new Set([...this.#members.keys()].map((name) => name.split("/", 1)[0] ?? ""));
    return { files: this.#files, topLevel: [...topLevel] };
  }

  #enter(name: string, kind: TarHeader["kind"]): void {
    const key = name.normalize("NFC");
    const known = this.#members.get(key);
    if (known !== undefined && !(known === "directory" && kind === "directory")) {
      throw malformedTar(`\`${name}\` occurs twice`);
    }
    this.#members.set(key, kind);
    for (let folder = posix.dirname(key); folder !== "."; folder = posix.dirname(folder)) {
      const above = this.#members.get(folder);
      if (above !== undefined && above !== "directory")
        throw malformedTar(`\`${name}\` is inside a file or link`);
      if (above !== undefined) break;
      this.#members.set(folder, "directory");
      this.#impliedFolders += 1;
      if (this.#impliedFolders > this.#maxImpliedFolders)
        throw malformedTar(`the names of its members imply more than ${this.#maxImpliedFolders} folders`);
    }
  }

  /** The names of the links, as any file system understands them: none of them may stand for something else too. */
  async #foldedLinks(): Promise<ReadonlySet<string>> {
    const links = new Set<string>();
    if (this.#links.length === 0) return links;
    for (const { name } of this.#links) {
      if (this.#turns.isDue) await this.#turns.give();
      links.add(foldedName(name));
    }
    let left = this.#links.length;
    for (const name of this.#members.keys()) {
      if (this.#turns.isDue) await this.#turns.give();
      if (links.has(foldedName(name)) && --left < 0) throw twoNames(name);
    }
    return links;
  }

  /** A link leads to a place inside, by real folders only: one link through another could lead anywhere (CVE-2025-8869). */
  #checkLink(name: string, target: string, links: ReadonlySet<string>): void {
    if (Buffer.byteLength(target) > MAX_TARGET_BYTES)
      throw malformedTar(`the target of the link \`${name}\` is too long`);
    const parts = target.split("/");
    const firstBelow = parts.findIndex((part) => part !== "..");
    const below = firstBelow === -1 ? [] : parts.slice(firstBelow);
    // Up first, then down: `a/../b` is another place where `a` is a link.
    const isPlain = below.every((part) => part !== "" && part !== "." && part !== "..");
    const resolved = posix.join(posix.dirname(name), target);
    const isInside = isPlain && resolved !== ".." && !resolved.startsWith("../") && !resolved.startsWith("/");
    if (isNestedTooDeeply(resolved))
      throw malformedTar(`the link \`${name}\` leads to a place that is nested too deeply`);
    if (!isInside) throw malformedTar(`the link \`${name}\` leads out of the archive`);
    // Folded once for all folders: what a component folds to does not depend on what follows its slash.
    const folded = foldedName(resolved);
    for (let end = folded.lastIndexOf("/"); end > 0; end = folded.lastIndexOf("/", end - 1)) {
      if (links.has(folded.slice(0, end)))
        throw malformedTar(`the link \`${name}\` leads through another link`);
    }
  }

  /** A hard link becomes a copy of a file that came before it. */
  async #copy(linkName: string, path: string): Promise<void> {
    checkMemberName(linkName);
    const kind = this.#members.get(linkName.normalize("NFC"));
    if (kind !== "file" && kind !== "hardlink") throw malformedTar("a hard link leads to no earlier file");
    const original = join(this.#directory, linkName);
    const { size, mode } = statSync(original);
    this.#count(size);
    makeFolder(dirname(path));
    const descriptor = openSync(path, "wx", mode & 0o777);
    try {
      for await (const piece of piecesOfFile(original, this.#turns)) writeAllSync(descriptor, piece);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Copies count too: a link of one block gives a file of any size. */
  #count(size: number): void {
    this.#fileBytes += size;
    if (this.#fileBytes > this.#maxBytes) throw tooLargeTar(this.#maxBytes);
  }

  async #write(path: string, { size, isExecutable }: TarHeader, pieces: TarPieces): Promise<void> {
    this.#count(size);
    makeFolder(dirname(path));
    const descriptor = openSync(path, "wx", isExecutable ? 0o777 : 0o666);
    try {
      await pieces.each(size, (piece) => {
        writeAllSync(descriptor, piece);
      });
    } finally {
      closeSync(descriptor);
    }
  }
}

function twoNames(name: string): Error {
  return malformedTar(`on some file systems, \`${name}\` and a link have the same name`);
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
}

/** The name in force. The one of the header block, which may be cut off then, must be harmless too: some readers take it. */
function memberName(header: TarHeader, path: string | undefined): string {
  if (path !== undefined && header.name !== "") checkMemberName(withoutSlash(header.name));
  const name = path ?? header.name;
  const plain = header.kind === "directory" ? withoutSlash(name) : name;
  checkMemberName(plain);
  return plain;
}

function withoutSlash(name: string): string {
  return name.endsWith("/") ? name.slice(0, -1) : name;
}

function linkNameOf(header: TarHeader, linkPath: string | undefined): string {
  if (header.kind !== "symlink" && header.kind !== "hardlink") {
    if (header.linkName !== "" || linkPath !== undefined)
      throw malformedTar("a member that is not a link has a target");
    return "";
  }
  const isCut = linkPath?.startsWith(header.linkName) === true;
  if (linkPath !== undefined && !isCut) throw malformedTar("a link has two targets");
  return linkPath ?? header.linkName;
}

async function* gunzipped(archive: Buffer): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  gunzip.end(archive);
  try {
    for await (const piece of gunzip) if (Buffer.isBuffer(piece)) yield piece;
  } catch (cause) {
    if (systemCode(cause)?.startsWith("Z_") === true) throw malformedTar("its compression is damaged", cause);
    throw cause;
  }
  // Bytes after the compressed data could be an archive of another kind (CVE-2026-3219).
  if (gunzip.bytesWritten !== archive.length) throw malformedTar("there are bytes after its compressed data");
}

const PIECE_BYTES = 256 * 1024;
/** PATH_MAX of Linux. */
const MAX_TARGET_BYTES = 4096;
/** The longest path that a system takes, with room for other records. */
const MAX_RECORDS_BYTES = 1024 ** 2;
/** Source text is compressed some 5 times, and xz takes a whole tree of generated text to some 50. */
const MAX_RATIO = 100;
/** A small archive may hold test data that are compressed a thousandfold; this much, any machine that builds can take. */
const MIN_UNPACKED_BYTES = 256 * 1024 ** 2;
const CANCELLED = "Extracting was cancelled";
