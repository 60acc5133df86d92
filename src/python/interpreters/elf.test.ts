import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { assert, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { parseElf, readElf } from "./elf.ts";

/** An ELF file of a header, one program header and the path that it names. */
function elfFile({
  is32Bit,
  isLittleEndian,
  machine = 62,
}: {
  is32Bit: boolean;
  isLittleEndian: boolean;
  machine?: number;
}): Buffer {
  const file = Buffer.alloc(256);
  const write = (value: number, offset: number, length: 2 | 4 | 8): void => {
    if (length === 8) {
      if (isLittleEndian) file.writeBigUInt64LE(BigInt(value), offset);
      else file.writeBigUInt64BE(BigInt(value), offset);
    } else if (isLittleEndian) file.writeUIntLE(value, offset, length);
    else file.writeUIntBE(value, offset, length);
  };
  file.write("\x7fELF", "latin1");
  file[4] = is32Bit ? 1 : 2;
  file[5] = isLittleEndian ? 1 : 2;
  write(machine, 18, 2);
  const word = is32Bit ? 4 : 8;
  write(64, is32Bit ? 28 : 32, word);
  write(0x05000400, is32Bit ? 36 : 48, 4);
  write(is32Bit ? 32 : 56, is32Bit ? 42 : 54, 2);
  write(1, is32Bit ? 44 : 56, 2);
  write(3, 64, 4);
  write(128, 64 + (is32Bit ? 4 : 8), word);
  write(26, 64 + (is32Bit ? 16 : 32), word);
  file.write("/lib/ld-musl-x86_64.so.1\0\0", 128);
  return file;
}

const reader = (file: Buffer) => (position: number, length: number) =>
  file.subarray(position, position + length);

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])("parseElf() finds the loader, 32 bit %s, little endian %s", (is32Bit, isLittleEndian) => {
  expect(parseElf(reader(elfFile({ is32Bit, isLittleEndian })))).toEqual({
    is32Bit,
    machine: 62,
    flags: 0x05000400,
    interpreter: "/lib/ld-musl-x86_64.so.1",
  });
});

test("parseElf() takes a file that ends early for what it is", () => {
  const file = elfFile({ is32Bit: false, isLittleEndian: true });
  expect(parseElf(reader(file.subarray(0, 40)))).toBeUndefined();
  expect(parseElf(reader(file.subarray(0, 80)))?.interpreter).toBeUndefined();
});

test("parseElf() survives any bytes", () => {
  assert(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      const file = elfFile({ is32Bit: false, isLittleEndian: true });
      file.set(bytes.subarray(0, 200), 6);
      expect(() => parseElf(reader(file))).not.toThrow();
    }),
  );
});

test("readElf() knows no ELF in other files", () => {
  expect(readElf(new URL(import.meta.url).pathname)).toBeUndefined();
  expect(readElf("/does/not/exist")).toBeUndefined();
});

// Promise: no untrusted input makes a command hang
// Attack: the `python` of an environment of others is a pipe to which nothing writes
test.skipIf(process.platform === "win32")("readElf() does not wait for a pipe", () => {
  const folder = mkdtempSync(join(tmpdir(), "pinion-elf-"));
  const pipe = join(folder, "python");
  execFileSync("mkfifo", [pipe]);
  // Ends the wait, where there is one.
  const mark = join(folder, "waited");
  const writer = spawn("sh", ["-c", `sleep 10; : > '${mark}'; : > '${pipe}'`], { stdio: "ignore" });
  expect(readElf(pipe)).toBeUndefined();
  expect(existsSync(mark)).toBe(false);
  writer.kill();
  rmSync(folder, { recursive: true });
});
