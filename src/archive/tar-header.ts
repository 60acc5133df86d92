// The records of a tar archive: header blocks and PAX records, read so that no other reader can understand them
// differently. POSIX.1-2024 "pax", with the long names of GNU tar that older source distributions have.

import { isUtf8 } from "node:buffer";

import { PinionError } from "../errors.ts";

export const BLOCK_BYTES = 512;
const ZEROS = Buffer.alloc(16 * BLOCK_BYTES);

/** What a header block says; names are still the archive's own. */
export interface TarHeader {
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "pax" | "global-pax" | "long-name";
  /** Bytes of what follows. */
  readonly size: number;
  readonly isExecutable: boolean;
  readonly name: string;
  readonly linkName: string;
}

/** The PAX records that count here. */
export interface PaxRecords {
  readonly path: string | undefined;
  readonly linkPath: string | undefined;
  readonly size: number | undefined;
}

/** The error for an archive that cannot be trusted; `reason` ends a sentence. */
export function malformedTar(reason: string, cause?: unknown): PinionError {
  return new PinionError("archive/invalid", `The tar archive is malformed or ambiguous: ${reason}`, {
    details: { reason },
    cause,
  });
}

/** Whether all bytes are zero. */
export function isZeros(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; start += ZEROS.length) {
    const piece = bytes.subarray(start, start + ZEROS.length);
    if (!piece.equals(ZEROS.subarray(0, piece.length))) return false;
  }
  return true;
}

/** Reads a header block; undefined for a block of zeros. @throws archive/invalid */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (isZeros(block)) return undefined;
  checkChecksum(block);
  const magic = block.toString("latin1", 257, 265);
  if (magic !== POSIX_MAGIC && magic !== GNU_MAGIC)
    throw malformedTar("a header is in a form older than POSIX");
  const kind = KINDS[block.toString("latin1", 156, 157)];
  if (kind === undefined) throw malformedTar("a member is not a file, folder or link");
  const size = octal(block.subarray(124, 136), "size");
  const hasData = kind !== "directory" && kind !== "symlink" && kind !== "hardlink";
  // Readers disagree about whether these have data: what is skipped by one is a header to another.
  if (size > 0 && !hasData) throw malformedTar("a folder or link has contents");
  const name = text(block.subarray(0, 100));
  const prefix = magic === POSIX_MAGIC ? text(block.subarray(345, 500)) : "";
  return {
    kind,
    size,
    isExecutable: (octal(block.subarray(100, 108), "mode") & OWNER_EXECUTE) !== 0,
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: text(block.subarray(157, 257)),
  };
}

/** Reads the records before one member. @throws archive/invalid where one is malformed, there twice, or means another character set or a sparse file */
export function parsePaxRecords(data: Buffer): PaxRecords {
  const records = readRecords(data);
  for (const key of records.keys()) {
    if (SPARSE_KEY.test(key)) throw malformedTar("a member is sparse");
  }
  const charset = records.get("hdrcharset");
  if (charset !== undefined && charset !== UTF8_CHARSET)
    throw malformedTar("a name is in another character set");
  return { path: records.get("path"), linkPath: records.get("linkpath"), size: paxSize(records.get("size")) };
}

/** Checks the records for all members: those that would give every member the same name or size are refused. @throws archive/invalid */
export function checkGlobalRecords(data: Buffer): void {
  for (const key of readRecords(data).keys()) {
    if (PER_MEMBER_KEYS.has(key) || SPARSE_KEY.test(key))
      throw malformedTar(`a global record sets \`${key}\``);
  }
}

/** The long name that GNU tar writes before a member. @throws archive/invalid */
export function parseLongName(data: Buffer): string {
  if (data.at(-1) !== 0) throw malformedTar("a long name does not end");
  return text(data);
}

/** `<length> <key>=<value>\n`, one after the other, filling all of the data. */
function readRecords(data: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let position = 0;
  while (position < data.length) {
    const length = /^([1-9][0-9]{0,7}) /.exec(data.toString("latin1", position, position + 10))?.[1];
    const end = position + Number(length ?? 0);
    if (length === undefined || end > data.length || data[end - 1] !== LINE_FEED) {
      throw malformedTar("a PAX record is damaged");
    }
    const record = data.subarray(position + length.length + 1, end - 1);
    const equals = record.indexOf("=");
    if (equals < 1 || record.includes(0) || !isUtf8(record)) throw malformedTar("a PAX record is damaged");
    const key = record.toString("utf8", 0, equals);
    if (records.has(key)) throw malformedTar("a PAX record is there twice");
    records.set(key, record.toString("utf8", equals + 1));
    position = end;
  }
  return records;
}

function paxSize(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^(0|[1-9][0-9]{0,14})$/.test(value)) throw malformedTar("a size is not a number");
  return Number(value);
}

/** The sum of all bytes, those of the sum itself counted as spaces. */
function checkChecksum(block: Buffer): void {
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  if (octal(block.subarray(148, 156), "checksum") !== sum)
    throw malformedTar("the checksum of a header is wrong");
}

function octal(field: Buffer, what: string): number {
  const match = /^ *([0-7]*)[ \0]*$/.exec(field.toString("latin1"));
  if (match === null) throw malformedTar(`the ${what} of a member is not an octal number`);
  return Number.parseInt(match[1] === "" ? "0" : match[1]!, 8);
}

/** Up to the first NUL; after it must be nothing else. */
function text(field: Buffer): string {
  const end = field.indexOf(0);
  const used = end === -1 ? field : field.subarray(0, end);
  if (end !== -1 && !isZeros(field.subarray(end))) throw malformedTar("a name goes on after its end");
  if (!isUtf8(used)) throw malformedTar("a name is not UTF-8");
  return used.toString("utf8");
}

const KINDS: Readonly<Record<string, TarHeader["kind"]>> = {
  "0": "file",
  "\0": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "directory",
  x: "pax",
  g: "global-pax",
  L: "long-name",
};
const POSIX_MAGIC = "ustar\x0000";
const GNU_MAGIC = "ustar  \0";
const OWNER_EXECUTE = 0o100;
const LINE_FEED = 0x0a;
const UTF8_CHARSET = "ISO-IR 10646 2000 UTF-8";
const SPARSE_KEY = /^GNU\.sparse\.|^SCHILY\.(realsize|offset|holesdata|filetype)$/;
const PER_MEMBER_KEYS: ReadonlySet<string> = new Set(["path", "linkpath", "size", "hdrcharset"]);
