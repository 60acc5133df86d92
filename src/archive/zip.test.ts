import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { archiveCases } from "../../test/archive-vectors.ts";
import { temporaryFolder } from "../../test/install-environment.ts";
import { isPinionError } from "../errors.ts";
import { writeZip } from "../lab/index/zip-writer.ts";
import { atOnce, Turns } from "../base/work/turns.ts";
import { unpackArchive } from "../store/unpacking/unpack.ts";
import { turnsOf } from "../../test/support/turns-of.ts";
import { checkMemberName } from "./member-name.ts";
import { checkTree, readZip, readZipInTurns } from "./zip.ts";

describe("readZip and unpackArchive, on malformed archives", () => {
  test.each(archiveCases("zip"))("$verdict $title", async ({ bytes, verdict }) => {
    const parent = temporaryFolder();
    mkdirSync(join(parent, "staging"));
    const outcome = await outcomeOf(() => unpackArchive(readZip(bytes), join(parent, "staging")));
    expect(outcome).toBe(
      verdict === undefined ? outcome : { accept: "done", refuse: "archive/invalid" }[verdict],
    );
    expect(outcome).toMatch(/^(done|archive\/invalid)$/);
    expect(readdirSync(parent)).toEqual(["staging"]);
  });
});

describe("readZip", () => {
  test("refuses what could leave the folder, and names that readers understand differently", () => {
    const names = [
      "../x",
      "a/../../x",
      "/etc/passwd",
      "a\\b",
      "C:/x",
      "a//b",
      "./a",
      "a/./b",
      "",
      "a/..",
      "..",
      "a\0b",
      "a\nb",
      "a\u202eb",
      "a\u0085b",
      "x".repeat(256),
      `${"d/".repeat(2100)}x`,
    ];
    for (const name of names) {
      expect(() => readZip(writeZip([{ path: name, content: "" }])), JSON.stringify(name)).toThrow(/name/);
    }
  });

  test("refuses links, devices, and types that do not fit the name", () => {
    for (const mode of [0o120777, 0o060644, 0o020644, 0o010644, 0o140644, 0o040755]) {
      expect(() => readZip(writeZip([{ path: "x", content: "target", mode }])), mode.toString(8)).toThrow(
        /symbolic link|type/,
      );
    }
  });

  test("refuses a name twice, in two normal forms too, and a file that is also a folder", () => {
    expect(() => readZip(zipOf("a", "a"))).toThrow("occurs twice");
    expect(() => readZip(zipOf("caf\u00e9", "cafe\u0301"))).toThrow("occurs twice");
    expect(() => readZip(zipOf("a", "a/b"))).toThrow("a file and a folder");
    expect(() => readZip(zipOf("a/b/c", "a/b"))).toThrow("a file and a folder");
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: short names that imply a million folders
  test("refuses names that are nested too deeply, and more folders than a package has", () => {
    expect(() => readZip(zipOf(`${"d/".repeat(100)}x`))).toThrow("nested too deeply");
    expect(readZip(zipOf(`${"d/".repeat(99)}x`)).entries).toHaveLength(1);
    const entries = ["a/b/c/x", "a/b/c/y", "d/e/x"].map((name) => ({ name, isDirectory: false }));
    expect(() => atOnce(checkTree(entries, 4))).toThrow("imply more than 4 folders");
    atOnce(checkTree(entries, 5));
    atOnce(checkTree([...entries, { name: "a/b", isDirectory: true }], 4));
    const many = Array.from({ length: 1011 }, (_, at) => ({
      name: `${`${at}/`.repeat(99)}x`,
      isDirectory: false,
    }));
    expect(() => atOnce(checkTree(many))).toThrow("imply more than 100000 folders");
    atOnce(checkTree(many.slice(0, 1010)));
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: an archive of half a million members
  test("lets everything else go on while the records of members are read and compared", async () => {
    const archive = zipOf(...Array.from({ length: 1024 }, (_, at) => `${at}`));
    // Directory, local records, names and folders.
    const turns = await turnsOf(() => readZipInTurns(archive, new Turns(undefined)));
    expect(turns).toBeGreaterThanOrEqual(4 * 4);
  });

  test("refuses bytes before, between and after the members", () => {
    const bytes = zipOf("a", "b");
    expect(() => readZip(Buffer.concat([Buffer.from("#!/bin/sh\n"), bytes]))).toThrow("ambiguous");
    expect(() => readZip(Buffer.concat([bytes, Buffer.from("\n")]))).toThrow("after its end record");
    expect(() => readZip(Buffer.concat([bytes, bytes]))).toThrow("ambiguous");
    expect(() => readZip(Buffer.alloc(0))).toThrow("no end record");
  });

  test("takes NUL bytes after the end record, which registries pad files with, and nothing else there", () => {
    const bytes = zipOf("a", "b");
    for (const length of [1, 511, 4096])
      expect(readAll(Buffer.concat([bytes, Buffer.alloc(length)]))).toEqual(readAll(bytes));
    const padded = Buffer.concat([
      writeZip([{ path: "a", content: "" }], { comment: "padded" }),
      Buffer.alloc(9),
    ]);
    expect(readZip(padded).entries).toHaveLength(1);
    const hidden = Buffer.concat([bytes, Buffer.alloc(9), Buffer.from("x"), Buffer.alloc(9)]);
    expect(() => readZip(hidden)).toThrow("after its end record");
    expect(() => readZip(Buffer.concat([bytes, Buffer.alloc(9), bytes]))).toThrow("ambiguous");
    expect(() => readZip(Buffer.concat([bytes, Buffer.alloc(70_000)]))).toThrow("no end record");
  });

  // The wheels of Google's projects on PyPI have them in local records.
  test("takes a ZIP64 field that repeats values which need none, and no other that is not needed", () => {
    const content = "all work and no play ".repeat(20);
    const compressed = deflateRawSync(content).length;
    const withField = (where: "local" | "directory", values: readonly number[]): Buffer => {
      const extra = Buffer.alloc(4 + 8 * values.length);
      extra.writeUInt16LE(0x0001, 0);
      extra.writeUInt16LE(8 * values.length, 2);
      values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index));
      const claims = where === "local" ? { local: { extra } } : { extra, local: { extra: new Uint8Array() } };
      return writeZip([{ path: "x", content, claims }]);
    };
    const plain = readAll(writeZip([{ path: "x", content }]));
    for (const where of ["local", "directory"] as const) {
      expect(readAll(withField(where, [content.length]))).toEqual(plain);
      expect(readAll(withField(where, [content.length, compressed]))).toEqual(plain);
    }
    expect(readAll(withField("directory", [content.length, compressed, 0]))).toEqual(plain);
    for (const values of [
      [0, 0],
      [content.length - 1],
      [content.length, compressed - 1],
      [content.length + 1, compressed],
      [compressed, content.length],
      [content.length, compressed, 0],
    ])
      expect(() => readZip(withField("local", values)), JSON.stringify(values)).toThrow("ZIP64");
    for (const values of [[compressed], [content.length, content.length], [content.length, compressed, 1]])
      expect(() => readZip(withField("directory", values)), JSON.stringify(values)).toThrow("ZIP64");
  });

  test("refuses more than the ratio of any package", () => {
    const bomb = writeZip([{ path: "zeros", content: Buffer.alloc(65 * 1024 ** 2) }]);
    expect(() => readZip(bomb)).toThrow(expect.objectContaining({ code: "archive/too-large" }));
  });

  test("reads the same names and contents or refuses, whatever byte of an archive changes", async () => {
    const bytes = zipOf("pkg/__init__.py", "pkg/data", "pkg-1.dist-info/RECORD");
    const contents = readAll(bytes);
    const outcomes = new Set<string>();
    const cutOutcomes = new Set<string>();
    for (let position = 0; position < bytes.length; position += 1) {
      for (const value of [0x00, 0xff, bytes[position]! ^ 0x01, bytes[position]! ^ 0x80]) {
        const changed = Buffer.from(bytes);
        changed[position] = value;
        outcomes.add(await outcomeOf(() => expect(readAll(changed)).toEqual(contents)));
      }
      cutOutcomes.add(await outcomeOf(() => readAll(bytes.subarray(0, position))));
    }
    expect(outcomes).toEqual(new Set(["done", "archive/invalid", "archive/too-large"]));
    expect(cutOutcomes).toEqual(new Set(["archive/invalid"]));
  });

  test("refuses bytes after the compressed data of a member", () => {
    const content = Buffer.from("content that is compressed, compressed, compressed");
    const compressed = deflateRawSync(content);
    const bytes = writeZip([{ path: "x", content }]);
    const start = bytes.indexOf(compressed);
    expect(start).toBeGreaterThan(0);
    // One byte more between the data and the directory, and every size and offset right for it.
    const longer = Buffer.concat([
      bytes.subarray(0, start + compressed.length),
      Buffer.from([0]),
      bytes.subarray(start + compressed.length),
    ]);
    longer.writeUInt32LE(compressed.length + 1, 18);
    const row = longer.indexOf(Buffer.from("PK\x01\x02"));
    longer.writeUInt32LE(compressed.length + 1, row + 20);
    const end = longer.indexOf(Buffer.from("PK\x05\x06"));
    longer.writeUInt32LE(row, end + 16);
    const archive = readZip(longer);
    expect(() => archive.read(archive.entries[0]!)).toThrow("after its compressed data");
  });
});

describe("unpackArchive", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a small archive that needs twenty thousand folders
  test("is cancelled while it makes folders", async () => {
    const directory = temporaryFolder();
    const archive = readZip(zipOf(...Array.from({ length: 200 }, (_, at) => `f${at}/${"d/".repeat(98)}x`)));
    const cancelling = new AbortController();
    const unpacked = unpackArchive(archive, directory, { signal: cancelling.signal });
    setImmediate(() => cancelling.abort());
    await expect(unpacked).rejects.toMatchObject({ code: "net/cancelled" });
    expect(readdirSync(directory).length).toBeLessThan(200);
  });
});

describe("checkMemberName", () => {
  test("refuses on Windows what means something else there", () => {
    for (const name of [
      "ab:c",
      "con",
      "x/NUL.txt",
      "nul .txt",
      "COM1",
      "dir./x",
      "python.exe ",
      "a?b",
      "lpt\u00b9.c",
    ]) {
      expect(() => checkMemberName(name, "win32"), name).toThrow("Windows");
      expect(() => checkMemberName(name, "linux"), name).not.toThrow();
    }
  });
});

function zipOf(...names: readonly string[]): Buffer {
  return writeZip(names.map((path) => ({ path, content: `${path} is here, is here, is here` })));
}

function readAll(bytes: Buffer): Readonly<Record<string, string>> {
  const archive = readZip(bytes);
  return Object.fromEntries(archive.entries.map((entry) => [entry.name, archive.read(entry).toString()]));
}

/** `done`, the code of an explained error, or the whole of any other. */
async function outcomeOf(action: () => unknown): Promise<string> {
  try {
    await action();
    return "done";
  } catch (error) {
    return isPinionError(error) ? error.code : String(error);
  }
}
