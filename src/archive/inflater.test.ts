import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";

import { archiveCases } from "../../test/archive-vectors.ts";
import { fuzzInflate } from "../../test/support/fuzz-inflate.ts";
import { compileInflate, createInflater, openInflateMachine, type Inflater } from "./inflater.ts";
import { inflateMember, readZip, type ZipEntry } from "./zip.ts";

let module: WebAssembly.Module;
let inflater: Inflater;

beforeAll(() => {
  // Every build, and so every run of the tests, compiles it.
  const compiled = compileInflate(readFileSync(new URL("../../dist/inflate.wasm", import.meta.url)));
  const made = compiled === undefined ? undefined : createInflater(compiled);
  if (compiled === undefined || made === undefined) throw new Error("`npm run build` has made no inflater");
  module = compiled;
  inflater = made;
});

describe("inflate", () => {
  test("gives the bytes of node:zlib, or refuses as it does", async () => {
    const { taken, refused, differences } = await fuzzInflate({ module, streams: 6000, seed: 1 });
    expect(differences).toEqual([]);
    expect(taken).toBeGreaterThan(500);
    for (const reason of ["-1", "-2", "-3"]) expect(refused[reason]).toBeGreaterThan(100);
  });

  test("takes every stream of two bytes as node:zlib does", () => {
    const machine = openInflateMachine(module, 4);
    if (machine === undefined) throw new Error("there is no memory");
    let empty = 0;
    let refused = 0;
    for (let value = 0; value < 0x10000; value += 1) {
      machine.bytes.writeUInt16LE(value, machine.start);
      const written = machine.inflate(machine.start, 2, machine.start + 64, 64);
      if (written === 0) empty += 1;
      if (written < 0) refused += 1;
    }
    // A last block of the fixed codes that holds nothing but its end: ten bits of sixteen.
    expect(empty).toBe(2 ** 6);
    expect(refused).toBe(2 ** 16 - 2 ** 6);
  });
});

describe("an inflater", () => {
  const contents = Buffer.from("contents ".repeat(500));
  const stored = deflateRawSync(contents);
  const source = (bytes: Buffer): { size: number; read: (offset: number, length: number) => Buffer } => ({
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  });
  const entry = (changes: Partial<ZipEntry> = {}): ZipEntry => ({
    name: "a.txt",
    isDirectory: false,
    isExecutable: false,
    isDeflated: true,
    size: contents.length,
    compressedSize: stored.length,
    crc32: 0,
    offset: 0,
    ...changes,
  });

  test("gives the contents of one member after the other from the same memory", () => {
    const first = inflater.inflate(entry(), source(stored));
    expect(first.equals(contents)).toBe(true);
    const second = inflater.inflate(entry({ name: "b.txt" }), source(stored));
    expect(second.equals(contents)).toBe(true);
    expect(second.buffer).toBe(first.buffer);
  });

  test.each([
    ["a size that is too small", { size: contents.length - 1 }, stored],
    ["a size that is too large", { size: contents.length + 1 }, stored],
    ["a stream that is cut off", { compressedSize: stored.length - 1 }, stored],
    [
      "bytes after the stream",
      { compressedSize: stored.length + 1 },
      Buffer.concat([stored, Buffer.alloc(1)]),
    ],
  ])("refuses %s", (_, changes, bytes) => {
    expect(() => inflater.inflate(entry(changes), source(bytes))).toThrow(/`a.txt`/);
  });

  test("says what does not fit, and does not try it", () => {
    const huge = entry({ size: 40 * 1024 ** 2 });
    expect(inflater.fits(entry())).toBe(true);
    expect(inflater.fits(huge)).toBe(false);
    expect(inflater.fits(entry({ compressedSize: 40 * 1024 ** 2 }))).toBe(false);
    expect(() => inflater.inflate(huge, source(stored))).toThrow(RangeError);
  });

  test("agrees with node:zlib on every member of the malformed archives", () => {
    let members = 0;
    for (const { bytes } of archiveCases("zip")) {
      let archive;
      try {
        archive = readZip(bytes);
      } catch {
        continue;
      }
      for (const member of archive.entries) {
        if (member.isDirectory || !member.isDeflated) continue;
        members += 1;
        expect(outcome(() => inflater.inflate({ ...member }, archive.source))).toEqual(
          outcome(() => inflateMember(member, archive.source.read(member.offset, member.compressedSize))),
        );
      }
    }
    expect(members).toBeGreaterThan(10);
  });

  test("is not made from something else", () => {
    const empty = compileInflate(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    expect(empty === undefined ? undefined : createInflater(empty)).toBeUndefined();
    expect(compileInflate(Buffer.from("nothing"))).toBeUndefined();
  });
});

/** The bytes, or that there are none. */
function outcome(work: () => Buffer): string {
  try {
    return work().toString("hex");
  } catch {
    return "refused";
  }
}
