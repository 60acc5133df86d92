// The records of a ZIP archive: end records, central directory, and each member's local record held against it.
// PKWARE APPNOTE 6.3.10; the section numbers below are its.

import type { Pausing } from "../base/work/turns.ts";
import { MAX_UNPACKED_FILES } from "../base/files/unpack-bounds.ts";
import { PinionError } from "../errors.ts";

/** Where the bytes of an archive are: in memory, or in an open file. `read` returns exactly `length` bytes. */
export interface ZipSource {
  readonly size: number;
  read(offset: number, length: number): Buffer;
  /** Fills memory of the caller, where the source can do so without allocating. */
  readInto?(target: Buffer, offset: number): void;
}

/** A row of the central directory with its ZIP64 values put in. */
export interface ZipDirectoryEntry {
  readonly rawName: Buffer;
  readonly isUtf8: boolean;
  readonly isDeflated: boolean;
  readonly size: number;
  readonly compressedSize: number;
  readonly crc32: number;
  /** Mode bits of a Unix writer, 0 where there are none. */
  readonly unixMode: number;
  readonly localOffset: number;
}

export interface ZipDirectory {
  readonly entries: readonly ZipDirectoryEntry[];
  /** Where the directory begins: the members must fill everything before it. */
  readonly offset: number;
}

/** The error for an archive that cannot be trusted; `reason` ends a sentence. */
export function malformed(reason: string, cause?: unknown): PinionError {
  return new PinionError("archive/invalid", `The ZIP archive is malformed or ambiguous: ${reason}`, {
    details: { reason },
    cause,
  });
}

/** Reads the end records and the central directory, which must end exactly where the end records begin. @throws archive/invalid */
export function* zipDirectoryOf(source: ZipSource): Pausing<ZipDirectory> {
  const { entryCount, size, offset, endOffset } = readEndRecords(source);
  if (offset + size !== endOffset) throw malformed("its central directory is not where its end record says");
  if (entryCount > MAX_UNPACKED_FILES) throw malformed(`it has more than ${MAX_UNPACKED_FILES} members`);
  if (size > MAX_DIRECTORY_BYTES) throw malformed("its central directory is too large");
  const bytes = source.read(offset, size);
  const entries: ZipDirectoryEntry[] = [];
  let position = 0;
  while (position < bytes.length) {
    if (entries.length === entryCount)
      throw malformed("its central directory has more rows than its end record says");
    if (entries.length % MEMBERS_PER_PAUSE === 0) yield;
    const next = position + rowLength(bytes, position);
    entries.push(readRow(bytes, position, next));
    position = next;
  }
  if (entries.length !== entryCount)
    throw malformed("its central directory has fewer rows than its end record says");
  return { entries, offset };
}

/**
 * Holds the local record of a member against its row of the directory: name, method, sizes, CRC-32, and the data
 * descriptor where there is one (4.3.7, 4.3.9).
 *
 * @param end where the next record begins: header, data and descriptor must fill everything up to it
 * @returns where the member's data begins
 * @throws archive/invalid
 */
export function checkLocalRecord(source: ZipSource, entry: ZipDirectoryEntry, end: number): number {
  const start = entry.localOffset;
  if (end - start < LOCAL_BYTES) throw malformed("a member overlaps the next one");
  // Nearly always the whole record, since its name is that of the directory: one read for each of thousands of members.
  const likely = source.read(
    start,
    Math.min(LOCAL_BYTES + entry.rawName.length + LIKELY_EXTRA_BYTES, end - start),
  );
  if (likely.readUInt32LE(0) !== LOCAL_SIGNATURE) throw malformed("a member has no local header");
  const nameEnd = LOCAL_BYTES + likely.readUInt16LE(26);
  const dataOffset = start + nameEnd + likely.readUInt16LE(28);
  if (dataOffset + entry.compressedSize > end) throw malformed("a member overlaps the next one");
  const length = dataOffset - start;
  const record = length <= likely.length ? likely : source.read(start, length);
  if (!isNameAt(record, nameEnd, entry.rawName))
    throw malformed("a name in the directory is another one in the local header");
  const flags = record.readUInt16LE(6);
  checkFlags(flags);
  if (isUtf8Flag(flags) !== entry.isUtf8) throw malformed("a member's local header has other flags");
  if (isDeflatedMethod(record.readUInt16LE(8)) !== entry.isDeflated) {
    throw malformed("a member's local header has another method");
  }
  const descriptorBytes = end - dataOffset - entry.compressedSize;
  const zip64 =
    nameEnd === length ? undefined : readExtraFields(record.subarray(nameEnd, length), entry.rawName);
  const hasDescriptor = (flags & DESCRIPTOR_FLAG) !== 0;
  const descriptor =
    hasDescriptor && descriptorBytes <= MAX_DESCRIPTOR_BYTES
      ? source.read(end - descriptorBytes, descriptorBytes)
      : undefined;
  checkLocalSizes(record, zip64, entry, { hasDescriptor, descriptor, descriptorBytes });
  return dataOffset;
}

/** Whether the name of a local record, which ends there, is that of the directory. */
function isNameAt(record: Buffer, nameEnd: number, name: Buffer): boolean {
  if (nameEnd - LOCAL_BYTES !== name.length) return false;
  for (let index = 0; index < name.length; index += 1)
    if (record[LOCAL_BYTES + index] !== name[index]) return false;
  return true;
}

interface EndRecords {
  readonly entryCount: number;
  readonly size: number;
  readonly offset: number;
  /** Where the first of the end records begins. */
  readonly endOffset: number;
}

/**
 * Finds the end record (4.3.16). Its comment must hold no ZIP record and reach to the end of the file, but for NUL bytes:
 * registries pad files to whole blocks.
 */
function readEndRecords(source: ZipSource): EndRecords {
  const tailOffset = Math.max(0, source.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = source.read(tailOffset, source.size - tailOffset);
  const found = tail.lastIndexOf(END_SIGNATURE_BYTES);
  if (found === -1 || found + END_BYTES > tail.length)
    throw malformed("it is truncated, or not a ZIP archive: it has no end record");
  if (!reachesEnd(tail, found)) throw malformed("there are bytes after its end record");
  // Some readers search from the front: a second end record whose comment fits as well would be another archive.
  for (
    let other = tail.indexOf(END_SIGNATURE_BYTES);
    other < found;
    other = tail.indexOf(END_SIGNATURE_BYTES, other + 1)
  ) {
    if (reachesEnd(tail, other)) throw malformed("it has two end records");
  }
  if (
    tail.indexOf("PK", found + END_BYTES) !== -1 &&
    RECORD_IN_TEXT.test(tail.toString("latin1", found + END_BYTES))
  ) {
    throw malformed("its comment holds a ZIP record");
  }
  const end = tail.subarray(found, found + END_BYTES);
  if (end.readUInt16LE(4) !== 0 || end.readUInt16LE(6) !== 0) throw malformed("it is one part of several");
  if (end.readUInt16LE(8) !== end.readUInt16LE(10)) throw malformed("its end record contradicts itself");
  const records: EndRecords = {
    entryCount: end.readUInt16LE(10),
    size: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
    endOffset: tailOffset + found,
  };
  return readZip64EndRecords(source, records) ?? records;
}

function reachesEnd(tail: Buffer, found: number): boolean {
  if (found + END_BYTES > tail.length) return false;
  const end = found + END_BYTES + tail.readUInt16LE(found + 20);
  return end <= tail.length && isPadding(tail.subarray(end));
}

function isPadding(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The ZIP64 end record and its locator (4.3.14, 4.3.15), back to back before the end record, without extensible data. */
function readZip64EndRecords(source: ZipSource, records: EndRecords): EndRecords | undefined {
  const locatorOffset = records.endOffset - LOCATOR_BYTES;
  if (locatorOffset < 0) return undefined;
  const locator = source.read(locatorOffset, LOCATOR_BYTES);
  if (locator.readUInt32LE(0) !== LOCATOR_SIGNATURE) return undefined;
  const endOffset = locatorOffset - END64_BYTES;
  if (endOffset < 0 || readUint64(locator, 8) !== endOffset)
    throw malformed("its ZIP64 end record is somewhere else");
  const end = source.read(endOffset, END64_BYTES);
  if (end.readUInt32LE(0) !== END64_SIGNATURE) throw malformed("its ZIP64 end record is missing");
  if (readUint64(end, 4) !== END64_BYTES - 12) throw malformed("its ZIP64 end record has extensible data");
  const isWhole =
    locator.readUInt32LE(4) === 0 && locator.readUInt32LE(16) <= 1 && end.readUInt32LE(16) === 0;
  if (!isWhole || end.readUInt32LE(20) !== 0) throw malformed("it is one part of several");
  const entryCount = readUint64(end, 32);
  const size = readUint64(end, 40);
  const offset = readUint64(end, 48);
  const isSame =
    readUint64(end, 24) === entryCount &&
    agrees(records.entryCount, entryCount, MAX_UINT16) &&
    agrees(records.size, size, MAX_UINT32) &&
    agrees(records.offset, offset, MAX_UINT32);
  if (!isSame) throw malformed("its ZIP64 end record contradicts its end record");
  return { entryCount, size, offset, endOffset };
}

function agrees(small: number, large: number, sentinel: number): boolean {
  return small === large || small === sentinel;
}

function rowLength(bytes: Buffer, position: number): number {
  if (bytes.length - position < ROW_BYTES || bytes.readUInt32LE(position) !== ROW_SIGNATURE) {
    throw malformed("its central directory is damaged");
  }
  const variable =
    bytes.readUInt16LE(position + 28) + bytes.readUInt16LE(position + 30) + bytes.readUInt16LE(position + 32);
  if (position + ROW_BYTES + variable > bytes.length) throw malformed("its central directory is damaged");
  return ROW_BYTES + variable;
}

/** One central directory header (4.3.12): the bytes from `start` to `end`. */
function readRow(bytes: Buffer, start: number, end: number): ZipDirectoryEntry {
  const flags = bytes.readUInt16LE(start + 8);
  checkFlags(flags);
  if (bytes.readUInt16LE(start + 34) !== 0) throw malformed("it is one part of several");
  const nameEnd = start + ROW_BYTES + bytes.readUInt16LE(start + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(start + 30);
  const rawName = bytes.subarray(start + ROW_BYTES, nameEnd);
  if (extraEnd < end && RECORD_IN_TEXT.test(bytes.toString("latin1", extraEnd, end)))
    throw malformed("a comment holds a ZIP record");
  let size = bytes.readUInt32LE(start + 24);
  let compressedSize = bytes.readUInt32LE(start + 20);
  let localOffset = bytes.readUInt32LE(start + 42);
  if (extraEnd > nameEnd) {
    const zip64 = readExtraFields(bytes.subarray(nameEnd, extraEnd), rawName);
    [size = 0, compressedSize = 0, localOffset = 0] = widen(zip64, [size, compressedSize, localOffset]);
  }
  const isDeflated = isDeflatedMethod(bytes.readUInt16LE(start + 10));
  if (!isDeflated && size !== compressedSize) throw malformed("a stored member has two sizes");
  return {
    rawName,
    isUtf8: isUtf8Flag(flags),
    isDeflated,
    size,
    compressedSize,
    crc32: bytes.readUInt32LE(start + 16),
    unixMode: bytes.readUInt16LE(start + 40),
    localOffset,
  };
}

/**
 * Whether a ZIP64 extra field repeats values that have their own place, in their order. No value asks for it then, and it is
 * no second reading; a field that holds anything else is.
 */
function isRepetition(field: Buffer, values: readonly number[]): boolean {
  const count = field.length / 8;
  return (
    Number.isInteger(count) &&
    count <= values.length &&
    values.every(
      (value, index) => value !== MAX_UINT32 && (index >= count || readUint64(field, 8 * index) === value),
    )
  );
}

/** Puts in what the ZIP64 extra field holds: in a fixed order, the values whose own place is full of ones, and no others (4.5.3). */
function widen(field: Buffer | undefined, values: readonly number[]): readonly number[] {
  if (field === undefined || isRepetition(field, values)) return values;
  let position = 0;
  const widened = values.map((value) => {
    if (value !== MAX_UINT32) return value;
    if (position + 8 > field.length) throw malformed("a ZIP64 extra field is too short");
    position += 8;
    return readUint64(field, position - 8);
  });
  if (position !== field.length) throw malformed("a ZIP64 extra field is too long");
  return widened;
}

interface DescriptorBytes {
  readonly hasDescriptor: boolean;
  /** What is between the data and the next record; undefined without one, and where that is longer than any. */
  readonly descriptor: Buffer | undefined;
  /** How much there is. */
  readonly descriptorBytes: number;
}

function checkLocalSizes(
  fixed: Buffer,
  zip64: Buffer | undefined,
  entry: ZipDirectoryEntry,
  { hasDescriptor, descriptor, descriptorBytes }: DescriptorBytes,
): void {
  const crc = fixed.readUInt32LE(14);
  let size = fixed.readUInt32LE(22);
  let compressedSize = fixed.readUInt32LE(18);
  if (zip64 !== undefined) [size = 0, compressedSize = 0] = widen(zip64, [size, compressedSize]);
  const isSame = crc === entry.crc32 && size === entry.size && compressedSize === entry.compressedSize;
  if (!hasDescriptor) {
    if (!isSame) throw malformed("a member's local header has another size or checksum");
    if (descriptorBytes !== 0) throw malformed("there are bytes between two members");
    return;
  }
  if (!isSame && !(crc === 0 && size === 0 && compressedSize === 0)) {
    throw malformed("a member's local header has another size or checksum");
  }
  const isZip64 = zip64 !== undefined || Math.max(entry.size, entry.compressedSize) >= MAX_UINT32;
  if (descriptor === undefined || !isDescriptorOf(entry, descriptor, isZip64)) {
    throw malformed("a member's data descriptor disagrees with the directory");
  }
}

/** A data descriptor comes with or without signature, with sizes of 4 or 8 bytes (4.3.9): its length shows which. */
function isDescriptorOf(entry: ZipDirectoryEntry, descriptor: Buffer, isZip64: boolean): boolean {
  const isWide = descriptor.length === 20 || descriptor.length === 24;
  if (!isWide && descriptor.length !== 12 && descriptor.length !== 16) return false;
  if (isWide && !isZip64) return false;
  const isSigned = descriptor.length === 16 || descriptor.length === 24;
  if (isSigned && descriptor.readUInt32LE(0) !== DESCRIPTOR_SIGNATURE) return false;
  const values = descriptor.subarray(isSigned ? 4 : 0);
  const compressedSize = isWide ? readUint64(values, 4) : values.readUInt32LE(4);
  const size = isWide ? readUint64(values, 12) : values.readUInt32LE(8);
  return (
    values.readUInt32LE(0) === entry.crc32 && compressedSize === entry.compressedSize && size === entry.size
  );
}

/** Walks the extra fields (4.5.1), which must fill their space, each at most once; returns the one for ZIP64. */
function readExtraFields(extra: Buffer, rawName: Buffer): Buffer | undefined {
  const fields = new Map<number, Buffer>();
  let position = 0;
  while (position < extra.length) {
    if (position + 4 > extra.length) throw malformed("an extra field is cut off");
    const id = extra.readUInt16LE(position);
    const end = position + 4 + extra.readUInt16LE(position + 2);
    if (end > extra.length) throw malformed("an extra field is cut off");
    if (fields.has(id)) throw malformed("an extra field is there twice");
    fields.set(id, extra.subarray(position + 4, end));
    position = end;
  }
  const unicodeName = fields.get(UNICODE_PATH_ID);
  // Half of the readers would take this name (4.6.9), the other half the one of the header.
  if (unicodeName !== undefined && !unicodeName.subarray(5).equals(rawName))
    throw malformed("a member has two names");
  return fields.get(ZIP64_ID);
}

/** Encrypted, patched and masked members (4.4.4) have no place in a package. */
function checkFlags(flags: number): void {
  if ((flags & ~KNOWN_FLAGS) !== 0) throw malformed("a member is encrypted or has unknown flags");
}

function isUtf8Flag(flags: number): boolean {
  return (flags & UTF8_FLAG) !== 0;
}

function isDeflatedMethod(method: number): boolean {
  if (method !== STORED && method !== DEFLATED) throw malformed(`a member is compressed by method ${method}`);
  return method === DEFLATED;
}

function readUint64(bytes: Buffer, offset: number): number {
  const value = bytes.readBigUInt64LE(offset);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed("a size is absurd");
  return Number(value);
}

/** Read in a fraction of a millisecond, and enough that a pause costs nothing beside them. */
export const MEMBERS_PER_PAUSE = 256;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
/** Times of Info-ZIP's form, or sizes of ZIP64. */
const LIKELY_EXTRA_BYTES = 32;
const ROW_SIGNATURE = 0x02014b50;
const ROW_BYTES = 46;
const END_SIGNATURE_BYTES = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const END_BYTES = 22;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const MAX_DESCRIPTOR_BYTES = 24;
const RECORD_IN_TEXT = /PK(\x01\x02|\x03\x04|\x05\x06|\x06\x06|\x06\x07|\x07\x08)/;
const MAX_COMMENT_BYTES = 0xffff;
const MAX_UINT16 = 0xffff;
const MAX_UINT32 = 0xffffffff;
const ZIP64_ID = 0x0001;
const UNICODE_PATH_ID = 0x7075;
const STORED = 0;
const DEFLATED = 8;
const DESCRIPTOR_FLAG = 1 << 3;
const UTF8_FLAG = 1 << 11;
/** Bits 1 and 2 give the writer's compression level. */
const KNOWN_FLAGS = 0b110 | DESCRIPTOR_FLAG | UTF8_FLAG;
/** MAX_UNPACKED_FILES rows with names of usual length. */
const MAX_DIRECTORY_BYTES = 128 * 1024 ** 2;
