// What is read of an environment has bounds that do not depend on who wrote it.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listInstalled, type InstalledDistribution } from "./environment.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinion-metadata-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const MIB = 1024 ** 2;
/** Shorter than the other inputs; what is made of requirements takes far more than their text. */
const MANY_REQUIREMENTS = `Metadata-Version: 2.1\nName: tool\nVersion: 1\n${"Requires-Dist: a; os_name == 'a'\n".repeat(8_000)}`;
const HEAD = "Metadata-Version: 2.1\nName: tool\nVersion: 1\n";

/** Distributions that all have the same file, by a link. */
function distributions(
  count: number,
  file: string,
  contents: string,
): { readonly path: string; readonly list: () => readonly InstalledDistribution[] } {
  const path = join(folder, "shared");
  const site = join(folder, "site-packages");
  writeFileSync(path, contents);
  for (let at = 0; at < count; at += 1) {
    mkdirSync(join(site, `tool${at}-1.dist-info`), { recursive: true });
    symlinkSync(path, join(site, `tool${at}-1.dist-info`, file));
  }
  return { path, list: () => listInstalled([site]) };
}

describe.skipIf(process.platform === "win32")("the metadata of an environment", () => {
  // Promise: no untrusted input makes a command hang, and Ctrl-C ends every command
  // Attack: an environment of others has thousands of distributions, each with a link to the same long file
  test.each<readonly [string, string, (distribution: InstalledDistribution) => unknown]>([
    [
      "direct_url.json",
      JSON.stringify({ url: "https://example.com/a.zip", archive_info: {}, more: "x".repeat(MIB - 100) }),
      ({ directUrl }) => directUrl,
    ],
    ["INSTALLER", "x".repeat(MIB), ({ installer }) => installer],
    ["WHEEL", `Tag: ${"x".repeat(MIB - 100)}`, ({ wheelTags }) => wheelTags],
    ["METADATA", `${HEAD}Keywords: ${"x".repeat(MIB)}\n`, (distribution) => distribution.metadata()],
    ["METADATA", `${HEAD}Keywords: ${"x".repeat(MIB)}\n`, (distribution) => distribution.requirements()],
    ["METADATA", MANY_REQUIREMENTS, (distribution) => distribution.metadata()],
  ])("is refused where it is too long together: %s", (file, contents, read) => {
    const { list } = distributions(70, file, contents);
    expect(() => list().map(read)).toThrowError(expect.objectContaining({ code: "environment/too-large" }));
  });

  test("is refused where its requirements are too many together, also where only they are read", () => {
    const { list } = distributions(1_000, "METADATA", `${MANY_REQUIREMENTS.slice(0, 15_000)}\n\n`);
    expect(() => list().map((distribution) => distribution.requirements())).toThrowError(
      expect.objectContaining({ code: "environment/too-large" }),
    );
  });

  test.each<readonly [string, (distribution: InstalledDistribution) => unknown]>([
    ["direct_url.json", ({ directUrl }) => directUrl],
    ["INSTALLER", ({ installer }) => installer],
  ])("has no file without an end: %s", (file, read) => {
    const { list } = distributions(
      1,
      file,
      `{"url": "https://example.com/a.zip", "archive_info": {}}${" ".repeat(MIB)}`,
    );
    expect(list().map(read)).toEqual([undefined]);
  });

  test("is refused where the header of one distribution is too long", () => {
    const { list } = distributions(1, "METADATA", `${HEAD}Keywords: ${"x".repeat(8 * MIB)}\n`);
    expect(() => list()[0]?.metadata()).toThrowError(
      expect.objectContaining({ code: "index/invalid-metadata" }),
    );
  });

  test("is read up to its description, however long that is", () => {
    const { path, list } = distributions(100, "METADATA", `${HEAD}Keywords: ${"x".repeat(65_490)}\n\nText`);
    truncateSync(path, 1024 * MIB);
    expect(new Set(list().map((distribution) => distribution.metadata().version.text))).toEqual(
      new Set(["1"]),
    );
  });

  test("is read whole where an empty line is on the border of two pieces", () => {
    for (const end of ["\n\n", "\r\n\r\n"]) {
      for (let length = 65_470; length < 65_500; length += 1) {
        const { list } = distributions(
          1,
          "METADATA",
          `${HEAD}Keywords: ${"x".repeat(length)}${end}Name: other\n`,
        );
        expect(
          list()[0]
            ?.metadata()
            .headers.map(([name]) => name),
        ).toEqual(["Metadata-Version", "Name", "Version", "Keywords"]);
        rmSync(join(folder, "site-packages"), { recursive: true });
      }
    }
  });
});
