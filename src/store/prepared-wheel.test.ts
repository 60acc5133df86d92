import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import type { ManifestEntry } from "./manifest.ts";
import { formatPreparedWheel, prepareWheel, readPreparedWheel } from "./prepared-wheel.ts";

const DIGEST = "A".repeat(43);
const WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n";

describe("prepareWheel()", () => {
  test("lists folders before what is in them, files as they are sorted, and their rows", () => {
    expect(
      prepareWheel(
        entries("a/b/c.py", "a/d.py", "a-1.dist-info/RECORD", "x.py"),
        "a-1.dist-info",
        own(WHEEL),
      ),
    ).toEqual({
      isPurelib: true,
      folders: ["a", "a/b"],
      files: ["a/b/c.py", "a/d.py", "x.py"],
      record: ["a/b/c.py", "a/d.py", "x.py"].map((path) => `${path},sha256=${DIGEST},7\n`).join(""),
      entryPoints: "",
    });
  });

  test.each([
    ["a `.data` folder", "a-1.data/scripts/run", WHEEL],
    ["a `.DATA` folder", "a-1.DATA/scripts/run", WHEEL],
    ["a comma in a path", "a/b,c.py", WHEEL],
    ["a quote in a path", 'a/b"c.py', WHEEL],
    ["a name of our own", "a/.pinion-change/new", WHEEL],
    ["a name of our own in other letters", ".PINION.lock", WHEEL],
    ["a folder as a file of the installer", "a-1.dist-info/REQUESTED/x", WHEEL],
    ["a newer version of the format", "a.py", "Wheel-Version: 1.1\n"],
    ["a version that is not known", "a.py", "Wheel-Version: 2.0\n"],
    ["no WHEEL", "a.py", undefined],
  ])("leaves a wheel to its layout that has %s", (_, path, wheelFile) => {
    expect(prepareWheel(entries(path), "a-1.dist-info", own(wheelFile))).toBeUndefined();
  });
});

test.each([
  ["are not UTF-8", Buffer.from([0x5b, 0xff, 0x5d])],
  ["are too long", Buffer.alloc(1024 * 1024 + 1, " ")],
])("prepareWheel() leaves a wheel to its layout whose entry points %s", (_, entryPoints) => {
  const ownFile = (file: string): Buffer => (file === "WHEEL" ? Buffer.from(WHEEL) : entryPoints);
  expect(prepareWheel(entries("a.py"), "a-1.dist-info", ownFile)).toBeUndefined();
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a wheel of half a million files
test("prepareWheel() leaves a wheel to its layout that has very many files", () => {
  const files = entries(...Array.from({ length: 100_001 }, (_, index) => `${index}.py`));
  expect(prepareWheel(files.slice(1), "a-1.dist-info", own(WHEEL))).toBeDefined();
  expect(prepareWheel(files, "a-1.dist-info", own(WHEEL))).toBeUndefined();
});

// Promise: an archive of a few bytes can fill neither the memory nor the disk
// Attack: a small wheel whose WHEEL, or whose entry points, become gigabytes
test("prepareWheel() leaves a wheel to its layout whose WHEEL is too long", () => {
  const wheelFile = `${WHEEL}${"\n".repeat(1024 * 1024)}`;
  expect(prepareWheel(entries("a.py"), "a-1.dist-info", own(wheelFile))).toBeUndefined();
});

describe("readPreparedWheel()", () => {
  const prepared = prepareWheel(entries("é/b.py", "é/c.py"), "a-1.dist-info", (file) =>
    Buffer.from(file === "WHEEL" ? WHEEL : "[console_scripts]\nrun = a:main\n"),
  );
  const text = prepared === undefined ? "" : formatPreparedWheel(prepared);

  test("reads what was written", () => {
    expect(prepared).toBeDefined();
    expect(readPreparedWheel(written(text))).toEqual(prepared);
  });

  test("takes nothing that is cut off, longer or of another format", () => {
    for (let length = 0; length < text.length; length += 1)
      expect(readPreparedWheel(written(text.slice(0, length))), String(length)).toBeUndefined();
    expect(readPreparedWheel(written(`${text}x`))).toBeUndefined();
    expect(readPreparedWheel(written(text.replace("prepared 2", "prepared 1")))).toBeUndefined();
    expect(readPreparedWheel(written("pinion-prepared 2\nnull\n"))).toBeUndefined();
    expect(readPreparedWheel(join(tmpdir(), "nothing-is-here"))).toBeUndefined();
  });
});

function entries(...paths: readonly string[]): readonly ManifestEntry[] {
  return paths.map((path) => ({ path, size: 7, sha256Base64Url: DIGEST, isExecutable: false }));
}

function own(wheelFile: string | undefined): (file: string) => Buffer | undefined {
  return (file) => (file === "WHEEL" && wheelFile !== undefined ? Buffer.from(wheelFile) : undefined);
}

function written(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "pinion-prepared-")), "prepared");
  writeFileSync(path, text);
  return path;
}
