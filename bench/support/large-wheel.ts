// A wheel of gigabytes, written piece by piece: members of half a gigabyte each, of bytes that do not compress. A piece is
// compressed once and repeated: a stream may be continued behind a flush (RFC 1951 section 3.2.4), and an empty last block
// ends it.

import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { constants, crc32, deflateRawSync } from "node:zlib";

import { randomFrom } from "./contents.ts";

interface Member {
  readonly name: string;
  readonly pieces: number;
  readonly contents: Buffer;
  readonly isDeflated: boolean;
}

/** Writes a wheel of about so many bytes; gives its path. */
export function writeLargeWheel(folder: string, bytes: number): string {
  const random = randomFrom(3);
  const contents = Buffer.from(Array.from({ length: PIECE_BYTES }, () => random(256)));
  const packed = deflateRawSync(contents, { finishFlush: constants.Z_SYNC_FLUSH });
  const pieces = Math.ceil(bytes / MEMBERS / packed.length);
  const members: Member[] = Array.from({ length: MEMBERS }, (_, index) => ({
    name: `large/part${index}.bin`,
    pieces,
    contents,
    isDeflated: true,
  }));
  const texts = new Map([
    ["large-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: large\nVersion: 1.0\n"],
    ["large-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"],
  ]);
  for (const [name, text] of texts)
    members.push({ name, pieces: 1, contents: Buffer.from(text), isDeflated: false });
  const rows = members.map((member) => `${member.name},sha256=${digestOf(member)},${sizeOf(member)}\n`);
  const record = Buffer.from(`${rows.join("")}large-1.0.dist-info/RECORD,,\n`);
  members.push({ name: "large-1.0.dist-info/RECORD", pieces: 1, contents: record, isDeflated: false });
  const path = join(folder, "large-1.0-py3-none-any.whl");
  const descriptor = openSync(path, "w");
  try {
    writeArchive(descriptor, members, packed);
  } finally {
    closeSync(descriptor);
  }
  return path;
}

function writeArchive(descriptor: number, members: readonly Member[], packed: Buffer): void {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const { name, contents, isDeflated, pieces } = member;
    const compressed = isDeflated ? pieces * packed.length + END.length : contents.length;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(isDeflated ? 8 : 0, 4);
    fields.writeUInt32LE(checksumOf(member), 10);
    fields.writeUInt32LE(compressed, 14);
    fields.writeUInt32LE(sizeOf(member), 18);
    fields.writeUInt16LE(name.length, 22);
    const head = Buffer.concat([Buffer.from("PK\u0003\u0004"), fields, Buffer.from(name)]);
    writeSync(descriptor, head);
    for (let piece = 0; piece < pieces; piece += 1) writeSync(descriptor, isDeflated ? packed : contents);
    if (isDeflated) writeSync(descriptor, END);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\u0001\u0002\u0014\0"), fields, more, Buffer.from(name));
    offset += head.length + compressed;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  writeSync(descriptor, entries);
  writeSync(descriptor, Buffer.concat([Buffer.from("PK\u0005\u0006"), end]));
}

function sizeOf({ contents, pieces }: Member): number {
  return contents.length * pieces;
}

function digestOf({ contents, pieces }: Member): string {
  const digest = createHash("sha256");
  for (let piece = 0; piece < pieces; piece += 1) digest.update(contents);
  return digest.digest("base64url");
}

function checksumOf({ contents, pieces }: Member): number {
  let checksum = 0;
  for (let piece = 0; piece < pieces; piece += 1) checksum = crc32(contents, checksum);
  return checksum;
}

const MEMBERS = 4;
const PIECE_BYTES = 1_000_000;
/** An empty last block of the fixed codes. */
const END = Buffer.from([0x03, 0x00]);
