// The few fields of an ELF file that show which C library and which processor a Linux Python was built for
// (System V ABI; packaging reads the same for musllinux and 32-bit manylinux).

import { closeSync, readSync } from "node:fs";

import { openRegularFile } from "../../base/files/small-file.ts";

/** What an executable says about itself. */
export interface ElfFile {
  readonly is32Bit: boolean;
  readonly machine: number;
  readonly flags: number;
  /** The program that loads it, such as `/lib/ld-musl-x86_64.so.1`; static programs have none. */
  readonly interpreter: string | undefined;
}

/** `e_machine` values (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html). */
export const ELF_MACHINE = { i386: 3, arm: 40 } as const;

/** Reads an executable's headers; undefined where it is not an ELF file or cannot be read. */
export function readElf(path: string): ElfFile | undefined {
  let file: number;
  try {
    file = openRegularFile(path);
  } catch {
    return undefined;
  }
  try {
    return parseElf((position, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, position));
    });
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Parses an ELF file through a function that reads a part of it; a part may come back short. */
export function parseElf(read: (position: number, length: number) => Buffer): ElfFile | undefined {
  const header = read(0, HEADER_LENGTH);
  const [bits, order] = [header[4], header[5]];
  if (header.toString("latin1", 0, 4) !== "\x7fELF" || header.length < HEADER_LENGTH) return undefined;
  if ((bits !== 1 && bits !== 2) || (order !== 1 && order !== 2)) return undefined;

  const is32Bit = bits === 1;
  const number = numberReader(order === 1);
  const tableStart = is32Bit ? number(header, 28, 4) : number(header, 32, 8);
  const entryLength = number(header, is32Bit ? 42 : 54, 2);
  const entryCount = Math.min(number(header, is32Bit ? 44 : 56, 2), MAX_PROGRAM_HEADERS);
  const elf = { is32Bit, machine: number(header, 18, 2), flags: number(header, is32Bit ? 36 : 48, 4) };

  for (let index = 0; index < entryCount; index += 1) {
    const entry = read(tableStart + index * entryLength, entryLength);
    if (entry.length < (is32Bit ? 32 : 56)) break;
    if (number(entry, 0, 4) !== PT_INTERP) continue;
    const start = is32Bit ? number(entry, 4, 4) : number(entry, 8, 8);
    const length = is32Bit ? number(entry, 16, 4) : number(entry, 32, 8);
    const text = read(start, Math.min(length, MAX_PATH_LENGTH)).toString("utf8");
    return { ...elf, interpreter: text.replace(/\0.*$/s, "") };
  }
  return { ...elf, interpreter: undefined };
}

function numberReader(isLittleEndian: boolean): (bytes: Buffer, offset: number, length: 2 | 4 | 8) => number {
  return (bytes, offset, length) => {
    if (length === 8)
      return Number(isLittleEndian ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
    return isLittleEndian ? bytes.readUIntLE(offset, length) : bytes.readUIntBE(offset, length);
  };
}

const PT_INTERP = 3;

/** Of the 64-bit form; the shorter 32-bit header of a file that small is not a Python. */
const HEADER_LENGTH = 64;

// A Python has about a dozen; Linux itself stops at 65,536 bytes of them.
const MAX_PROGRAM_HEADERS = 128;

// PATH_MAX of Linux.
const MAX_PATH_LENGTH = 4096;
