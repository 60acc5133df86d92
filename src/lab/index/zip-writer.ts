// Writes ZIP archives (PKWARE APPNOTE 6.3), also such that lie about what they hold.

import { crc32, deflateRawSync } from "node:zlib";

export interface ZipMember {
  /** As written in the archive: `/` separates, a trailing one makes a folder; octets for names that are not UTF-8. */
  readonly path: string | Uint8Array;
  readonly content: string | Uint8Array;
  /** Unix file type and permissions. Default: 0o100644. */
  readonly mode?: number;
  /** Default: `deflate`. */
  readonly method?: "store" | "deflate";
  /** What the headers claim instead of the truth; `local` claims stand only in the local header. */
  readonly claims?: ZipClaims & { readonly local?: ZipClaims };
}

export interface ZipClaims {
  readonly path?: string | Uint8Array;
  readonly crc32?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly method?: number;
  readonly flags?: number;
  /** Extra fields (APPNOTE 4.5). Default: none. */
  readonly extra?: Uint8Array;
}

export interface ZipOptions {
  readonly comment?: string;
  /** Octets before the first local header, as self-extracting archives have them; offsets count them. */
  readonly prefix?: Uint8Array;
}

/** The archive's octets; the same members give the same octets. */
export function writeZip(members: readonly ZipMember[], options: ZipOptions = {}): Buffer {
  const prefix = Buffer.from(options.prefix ?? "");
  const parts: Buffer[] = [prefix];
  const directory: Buffer[] = [];
  let offset = prefix.length;
  for (const member of members) {
    const content = Buffer.from(member.content);
    const data = member.method === "store" ? content : deflateRawSync(content);
    const facts: Required<ZipClaims> = {
      path: member.path,
      crc32: crc32(content),
      size: content.length,
      compressedSize: data.length,
      method: member.method === "store" ? METHOD_STORE : METHOD_DEFLATE,
      flags: FLAG_UTF8,
      extra: new Uint8Array(),
    };
    const { local: localClaims, ...claims } = member.claims ?? {};
    const local = localHeader({ ...facts, ...claims, ...localClaims });
    parts.push(local, data);
    directory.push(directoryHeader({ ...facts, ...claims }, offset, member.mode ?? FILE_MODE));
    offset += local.length + data.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([
    ...parts,
    central,
    endRecord(members.length, central.length, offset, options.comment ?? ""),
  ]);
}

/** Local file header (APPNOTE 4.3.7). */
function localHeader(facts: Required<ZipClaims>): Buffer {
  const name = Buffer.from(facts.path);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  writeCommon(header, 6, facts, name.length);
  return Buffer.concat([header, name, facts.extra]);
}

/** Central directory file header (APPNOTE 4.3.12). */
function directoryHeader(facts: Required<ZipClaims>, offset: number, mode: number): Buffer {
  const name = Buffer.from(facts.path);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  writeCommon(header, 8, facts, name.length);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, facts.extra]);
}

/** The members that both headers share, from the flags to the length of the name. */
function writeCommon(header: Buffer, at: number, facts: Required<ZipClaims>, nameLength: number): void {
  header.writeUInt16LE(facts.flags, at);
  header.writeUInt16LE(facts.method, at + 2);
  header.writeUInt16LE(0, at + 4);
  header.writeUInt16LE(DOS_DATE_1980_01_01, at + 6);
  header.writeUInt32LE(facts.crc32 >>> 0, at + 8);
  header.writeUInt32LE(facts.compressedSize, at + 12);
  header.writeUInt32LE(facts.size, at + 16);
  header.writeUInt16LE(nameLength, at + 20);
  header.writeUInt16LE(facts.extra.length, at + 22);
}

/** End of central directory record (APPNOTE 4.3.16). */
function endRecord(count: number, size: number, offset: number, comment: string): Buffer {
  const text = Buffer.from(comment);
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset, 16);
  record.writeUInt16LE(text.length, 20);
  return Buffer.concat([record, text]);
}

const METHOD_STORE = 0;
const METHOD_DEFLATE = 8;
const FLAG_UTF8 = 0x0800;
const VERSION_NEEDED = 20;
const MADE_BY_UNIX = (3 << 8) | 20;
const DOS_DATE_1980_01_01 = 0x0021;
const FILE_MODE = 0o100644;
