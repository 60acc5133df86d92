// Writes a ZIP archive as a stream (PKWARE APPNOTE 6.3.10): the same members give the same bytes. A member is compressed as a
// whole before it is written, so sizes and checksums stand in front of it and any reader can stream the archive.

import { promisify } from "node:util";
import { crc32, deflateRaw, type ZlibOptions } from "node:zlib";

import { PinionError } from "../errors.ts";
import { throwIfCancelled } from "../base/work/cancelled.ts";

/** A file of an archive; its contents are read when its turn comes. */
export interface StreamedMember {
  /** With `/`, relative. */
  readonly path: string;
  readonly isExecutable: boolean;
  /** Bytes; how much is read ahead depends on it. */
  readonly size: number;
  readonly read: () => Promise<Uint8Array>;
  /** Where what was compressed before is kept. */
  readonly memory?: MemberMemory | undefined;
}

/** Contents as they stand in an archive. */
export interface PackedContents {
  /** APPNOTE 4.4.5: 0 is stored, 8 deflated. */
  readonly method: number;
  /** CRC-32 of the contents. */
  readonly checksum: number;
  /** Bytes of the contents. */
  readonly size: number;
  readonly data: Uint8Array;
}

export interface MemberMemory {
  /** What {@link keep} was handed for the same contents and the same {@link packingName}. */
  recall(): PackedContents | undefined;
  keep(packed: PackedContents): void;
}

/** Names what the compressed bytes depend on besides the contents. */
export function packingName(): string {
  return `deflate ${DEFLATE_LEVEL}, zlib ${process.versions.zlib}, ${process.arch}`;
}

export interface ZipStreamOptions {
  /** Default: `deflate`. `store` gives the same bytes on every machine, whatever its version of zlib. */
  readonly compression?: "deflate" | "store" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The archive in pieces. Members come in the order given, dated 1980-01-01, with modes 644 and 755.
 *
 * @throws archive/too-large, net/cancelled, and what reading a member throws
 */
export async function* streamZip(
  members: readonly StreamedMember[],
  { compression = "deflate", signal }: ZipStreamOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const directory: Buffer[] = [];
  let offset = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const packed of packAhead(members, compression)) {
    throwIfCancelled(signal);
    const local = localHeader(packed);
    directory.push(directoryHeader(packed, offset));
    const length = local.length + packed.data.length;
    offset += length;
    if (offset > MAX_UINT32) throw tooLarge(packed.path);
    pending.push(local, packed.data);
    pendingBytes += length;
    if (pendingBytes < PIECE_BYTES) continue;
    yield Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
  }
  yield Buffer.concat(pending, pendingBytes);
  const central = Buffer.concat(directory);
  yield central;
  yield endRecords(members.length, central.length, offset);
}

interface PackedMember extends PackedContents {
  readonly path: string;
  readonly isExecutable: boolean;
}

/** Compresses the next members while one is written: zlib works in the threads of the runtime. */
async function* packAhead(
  members: readonly StreamedMember[],
  compression: "deflate" | "store",
): AsyncGenerator<PackedMember, void, void> {
  const ahead: { readonly size: number; readonly packing: Promise<PackedMember> }[] = [];
  let bytes = 0;
  let next = 0;
  while (ahead.length > 0 || next < members.length) {
    for (
      let member = members[next];
      member !== undefined && ahead.length < MAX_AHEAD && (ahead.length === 0 || bytes < MAX_AHEAD_BYTES);
      member = members[next]
    ) {
      const packing = pack(member, compression);
      // One that is never waited for, because an earlier one failed, is not an unhandled rejection.
      packing.catch(() => undefined);
      ahead.push({ size: member.size, packing });
      bytes += member.size;
      next += 1;
    }
    const first = ahead.shift();
    if (first === undefined) return;
    bytes -= first.size;
    yield await first.packing;
  }
}

async function pack(member: StreamedMember, compression: "deflate" | "store"): Promise<PackedMember> {
  const { path, isExecutable, memory } = member;
  if (member.size > MAX_UINT32) throw tooLarge(path);
  const known = compression === "deflate" ? memory?.recall() : undefined;
  if (known !== undefined) return { path, isExecutable, ...known };
  const packed = await packContents(await member.read(), compression);
  if (compression === "deflate") memory?.keep(packed);
  return { path, isExecutable, ...packed };
}

async function packContents(contents: Uint8Array, compression: "deflate" | "store"): Promise<PackedContents> {
  const deflated =
    compression === "deflate" && contents.length > 0 ? await deflateRawAsync(contents) : undefined;
  const isSmaller = deflated !== undefined && deflated.length < contents.length;
  return {
    method: isSmaller ? METHOD_DEFLATE : METHOD_STORE,
    checksum: crc32(contents),
    size: contents.length,
    data: isSmaller ? deflated : contents,
  };
}

/** Local file header (APPNOTE 4.3.7). */
function localHeader(member: PackedMember): Buffer {
  const name = Buffer.from(member.path);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  writeCommon(header, 6, { member, nameLength: name.length });
  return Buffer.concat([header, name]);
}

/** Central directory file header (APPNOTE 4.3.12). */
function directoryHeader(member: PackedMember, offset: number): Buffer {
  const name = Buffer.from(member.path);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  writeCommon(header, 8, { member, nameLength: name.length });
  header.writeUInt32LE(((member.isExecutable ? EXECUTABLE_MODE : FILE_MODE) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

/** The fields that both headers share, from the flags to the length of the name. */
function writeCommon(
  header: Buffer,
  at: number,
  { member, nameLength }: { readonly member: PackedMember; readonly nameLength: number },
): void {
  header.writeUInt16LE(FLAG_UTF8, at);
  header.writeUInt16LE(member.method, at + 2);
  header.writeUInt16LE(0, at + 4);
  header.writeUInt16LE(DATE_1980_01_01, at + 6);
  header.writeUInt32LE(member.checksum, at + 8);
  header.writeUInt32LE(member.data.length, at + 12);
  header.writeUInt32LE(member.size, at + 16);
  header.writeUInt16LE(nameLength, at + 20);
}

/** The end of the central directory (4.3.16), with the ZIP64 records (4.3.14, 4.3.15) where the count needs them. */
function endRecords(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_UINT16), 8);
  end.writeUInt16LE(Math.min(count, MAX_UINT16), 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  if (count < MAX_UINT16) return end;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY_UNIX_ZIP64, 12);
  record.writeUInt16LE(VERSION_ZIP64, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}

function tooLarge(path: string): PinionError {
  return new PinionError(
    "archive/too-large",
    `The archive does not fit into 4 GiB: \`${path}\` is too large`,
    {
      details: { path, limit: MAX_UINT32 },
    },
  );
}

const deflateRawAsync: (contents: Uint8Array) => Promise<Buffer> = promisify(
  (contents: Uint8Array, done: (error: Error | null, result: Buffer) => void) =>
    deflateRaw(contents, deflateOptions(contents.length), done),
);

/**
 * What zlib makes ready for a member, 268 KB by default, is cleared for each: most of the time of a short one. A window that
 * holds the whole member finds every repetition in it.
 */
function deflateOptions(size: number): ZlibOptions {
  const windowBits = Math.min(
    MAX_WINDOW_BITS,
    Math.max(MIN_WINDOW_BITS, Math.ceil(Math.log2(size + LOOKAHEAD))),
  );
  return {
    level: DEFLATE_LEVEL,
    windowBits,
    memLevel: Math.min(DEFAULT_MEMORY_LEVEL, windowBits - 6),
    // The whole result at once: deflate grows what it cannot compress by less than this.
    chunkSize: Math.min(Math.max(size + (size >> 8) + 64, MIN_CHUNK), MAX_CHUNK),
  };
}

// zlib's own default: 9 takes twice the time for one byte in a hundred.
const DEFLATE_LEVEL = 6;
/** A piece at least, but the last: every write of a stream costs a trip to a thread. */
const PIECE_BYTES = 256 * 1024;
/** Enough for the four threads that Node gives to zlib. */
const MAX_AHEAD = 16;
const MAX_AHEAD_BYTES = 64 * 1024 ** 2;

// zlib.h: 8 does not exist for raw deflate; 15 is the most, and the default.
const MIN_WINDOW_BITS = 9;
const MAX_WINDOW_BITS = 15;
/** zlib looks this far ahead of the window (MIN_LOOKAHEAD). */
const LOOKAHEAD = 262;
const DEFAULT_MEMORY_LEVEL = 8;
const MIN_CHUNK = 64;
const MAX_CHUNK = 1024 ** 2;

const METHOD_STORE = 0;
const METHOD_DEFLATE = 8;
const FLAG_UTF8 = 1 << 11;
const VERSION_NEEDED = 20;
const VERSION_ZIP64 = 45;
const MADE_BY_UNIX = (3 << 8) | VERSION_NEEDED;
const MADE_BY_UNIX_ZIP64 = (3 << 8) | VERSION_ZIP64;
// The earliest date that the format has.
const DATE_1980_01_01 = (1 << 5) | 1;
const FILE_MODE = 0o100644;
const EXECUTABLE_MODE = 0o100755;
const MAX_UINT16 = 0xffff;
const MAX_UINT32 = 0xffffffff;
