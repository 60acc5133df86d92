import { describe, expect, test } from "vitest";

import { errorCode } from "../../../test/support/vectors.ts";
import { atOnce, Turns } from "../../base/work/turns.ts";
import { parseJsonPage } from "./simple-json.ts";
import { parseSimplePage } from "./simple.ts";
import type { ProjectPage } from "./project-page.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

const PAGE_URL = "https://index.example/simple/a/";
const FILE = { filename: "a-1.0-py3-none-any.whl", url: "a-1.0-py3-none-any.whl", hashes: { sha256: "AB" } };

describe("parseJsonPage refuses", () => {
  test.each([
    ["no JSON", "{"],
    ["an array", "[]"],
    ["a list of projects", '{"meta":{"api-version":"1.0"},"projects":[]}'],
    ["files that are not a list", page({ files: {} })],
    ["an API of another major version", page({ meta: { "api-version": "2.0" } })],
    ["an invalid API version", page({ meta: { "api-version": "one" } })],
    ["versions that are not strings", page({ versions: [1] })],
    ["JSON that is nested too deeply to be a page", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
  ])("%s", (_name, body) => {
    expect(errorCode(() => readBody(body))).toBe("index/malformed-page");
  });
});

describe("parseJsonPage leaves out, and says where it is,", () => {
  test.each([
    ["a file that is not an object", null, "files[1]"],
    ["a file without a name", { ...FILE, filename: undefined }, "files[1].filename"],
    ["a file without a URL", { ...FILE, url: 7 }, "files[1].url"],
    ["hashes that are not an object", { ...FILE, hashes: "sha256=ab" }, "files[1].hashes"],
    ["a hash that is not a string", { ...FILE, hashes: { sha256: 7 } }, "files[1].hashes"],
    [
      "requires-python that is not a string",
      { ...FILE, "requires-python": [">=3"] },
      "files[1].requires-python",
    ],
    ["yanked that is a number", { ...FILE, yanked: 1 }, "files[1].yanked"],
    ["metadata that is a string", { ...FILE, "core-metadata": "true" }, "files[1].core-metadata"],
    ["upload-time that is a number", { ...FILE, "upload-time": 17 }, "files[1].upload-time"],
    ["an endless URL", { ...FILE, url: "a".repeat(16 * 1024 + 1) }, "files[1].url"],
    [
      "an endless requires-python",
      { ...FILE, "requires-python": `>=3${" ".repeat(4096)}` },
      "files[1].requires-python",
    ],
    ["an endless upload-time", { ...FILE, "upload-time": "2".repeat(4097) }, "files[1].upload-time"],
    // They would go on in another line of a requirements file, or draw in the next one.
    ["a hash with a line end", { ...FILE, hashes: { sha256: "ab\n--pre" } }, "files[1].hashes"],
    ["a hash with U+0085", { ...FILE, hashes: { md5: "ab\u0085--pre" } }, "files[1].hashes"],
    ["a hash with an option", { ...FILE, hashes: { sha256: "ab --pre" } }, "files[1].hashes"],
    ["a hash with a backslash", { ...FILE, hashes: { sha256: "ab\\" } }, "files[1].hashes"],
    ["an endless hash", { ...FILE, hashes: { sha256: "a".repeat(4097) } }, "files[1].hashes"],
  ])("%s", (_name, entry, where) => {
    const other = { ...FILE, filename: "a-2.0-py3-none-any.whl", url: "a-2.0-py3-none-any.whl" };
    const result = readBody(page({ files: [FILE, entry, other] }));
    expect(result.files.map(({ filename }) => filename)).toEqual([FILE.filename, other.filename]);
    expect([result.unreadable, result.skipped]).toEqual([{ count: 1, first: [where] }, 1]);
  });
});

describe("parseJsonPage", () => {
  test.each([
    ["a name with a separator", { filename: "../a-1.0-py3-none-any.whl" }],
    ["a name with a backslash", { filename: "..\\a-1.0-py3-none-any.whl" }],
    ["a name with a control character", { filename: "a\u001b[2J.whl" }],
    ["an endless name", { filename: `${"a".repeat(300)}.whl` }],
    ["a URL with another scheme", { url: "javascript:alert(1)//a.whl" }],
    ["a file of this machine", { url: "file:///etc/passwd" }],
    ["an invalid URL", { url: "https://[::1" }],
  ])("passes over %s", (_name, changes) => {
    const read = parse({ files: [{ ...FILE, ...changes }, FILE] });
    expect(read.files.map((file) => file.filename)).toEqual([FILE.filename]);
    const [key] = Object.keys(changes);
    expect([read.skipped, read.unreadable]).toEqual([1, { count: 1, first: [`files[0].${key}`] }]);
  });

  test("reads every field up to version 1.4 and passes over unknown keys", () => {
    const read = parse({
      meta: { "api-version": "1.4", tracks: ["https://other.example/simple/a/"], _note: {} },
      name: "a",
      versions: ["1.0", "2.0"],
      "project-status": { status: "archived", reason: "Use b" },
      "alternate-locations": ["https://third.example/simple/a/"],
      surprise: [[[]]],
      files: [
        {
          ...FILE,
          url: "../../files/a.whl#md5=CD",
          "requires-python": ">=3.8",
          yanked: "broken",
          size: 12,
          "upload-time": "2024-03-24T00:00:00.000000Z",
          "core-metadata": { sha256: "EF" },
          "gpg-sig": true,
          provenance: "https://index.example/attestation",
          surprise: true,
        },
      ],
    });
    expect(read).toEqual({
      name: "a",
      apiVersion: "1.4",
      versions: ["1.0", "2.0"],
      tracks: ["https://other.example/simple/a/"],
      alternateLocations: ["https://third.example/simple/a/"],
      projectStatus: { status: "archived", reason: "Use b" },
      skipped: 0,
      files: [
        {
          filename: FILE.filename,
          url: "https://index.example/files/a.whl",
          hashes: { sha256: "ab", md5: "cd" },
          requiresPython: ">=3.8",
          yanked: "broken",
          size: 12,
          uploadTime: "2024-03-24T00:00:00.000000Z",
          metadata: { sha256: "ef" },
          hasSignature: true,
          provenance: "https://index.example/attestation",
        },
      ],
    });
  });

  test.each([
    ["true", true, ""],
    ["false", false, false],
    ["null", null, false],
    ["an empty reason, which PEP 691 does not know", "", ""],
  ])("reads yanked: %s", (_name, yanked, expected) => {
    expect(parse({ files: [{ ...FILE, yanked }] }).files[0]?.yanked).toBe(expected);
  });

  test.each([
    [
      "core-metadata before dist-info-metadata (PEP 714)",
      { "core-metadata": { sha256: "aa" }, "dist-info-metadata": true },
      { sha256: "aa" },
    ],
    ["only dist-info-metadata", { "dist-info-metadata": { sha256: "bb" } }, { sha256: "bb" }],
    ["false", { "core-metadata": false, "dist-info-metadata": true }, false],
    ["no digest that this runtime knows", { "core-metadata": { crc: "1" } }, true],
  ])("reads metadata: %s", (_name, keys, expected) => {
    expect(parse({ files: [{ ...FILE, ...keys }] }).files[0]?.metadata).toEqual(expected);
  });

  test("takes no digest from the prototype of an object", () => {
    const body = page({}).replace('"sha256":"AB"', '"__proto__":"ab","constructor":"cd"');
    expect(readBody(body).files[0]?.hashes).toEqual({});
  });

  test("passes over an absurd size, which nothing relies on", () => {
    for (const size of [-1, 1.5, 1e300, "12"])
      expect(parse({ files: [{ ...FILE, size }] }).files[0]).not.toHaveProperty("size");
  });

  test("lists no file of a quarantined project, and knows no other status than the four", () => {
    expect(parse({ "project-status": { status: "quarantined" } }).files).toEqual([]);
    expect(parse({ "project-status": { status: "sold" } })).not.toHaveProperty("projectStatus");
  });

  // Promise: Ctrl-C ends a command within a second, and what a server sends cannot use up the memory
  // Attack: a page, small when compressed, of millions of entries that are not files
  test("keeps the first few malformed entries, and counts the others", () => {
    const read = parse({ files: [...Array.from({ length: 5000 }, () => 0), FILE] });
    expect(read.files).toHaveLength(1);
    expect(read.unreadable).toEqual({ count: 5000, first: ["files[0]", "files[1]", "files[2]"] });
  });

  test.each([
    [
      "5,001 malformed entries",
      5001,
      "more than 5000 of its entries cannot be read, the first is `files[0]`",
    ],
    ["300,001 entries", 300_001, "it has more than 300000 entries"],
  ])("refuses a page with %s", (_name, length, reason) => {
    const body = page({ files: Array.from({ length }, () => 0) });
    expect(() => readBody(body)).toThrow(`Cannot understand the page \`${PAGE_URL}\`: ${reason}`);
    expect(errorCode(() => readBody(body))).toBe("index/malformed-page");
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: an index redirects to a very long address, to which very many links of its page are relative
  test("refuses a page whose addresses are longer together than a page may be", () => {
    const url = `https://index.example/${"b".repeat(16 * 1024 - 100)}/`;
    const read = (count: number): ProjectPage => {
      const files = Array.from({ length: count }, () => ({ ...FILE, url: "a-1.whl" }));
      return atOnce(parseJsonPage(Buffer.from(page({ files })), { url }));
    };
    expect(read(8192).files).toHaveLength(8192);
    expect(() => read(8400)).toThrow("its addresses have more than 134217728 characters");
  });

  test("cuts the reason of a yanked file, and shows that it does", () => {
    const yanked = `${"a".repeat(4095)}\u{1F600}b`;
    expect(parse({ files: [{ ...FILE, yanked }] }).files[0]?.yanked).toBe(`${"a".repeat(4095)}…`);
  });

  test("pauses now and then", () => {
    const body = Buffer.from(page({ files: Array.from({ length: 10_000 }, () => FILE) }));
    const reading = parseJsonPage(body, { url: PAGE_URL });
    let pauses = 0;
    while (reading.next().done !== true) pauses += 1;
    expect(pauses).toBeGreaterThan(10_000 / 1000);
  });

  test("reads 10,000 files quickly", () => {
    const files = Array.from({ length: 10_000 }, (_, index) => ({
      ...FILE,
      filename: `a-1.${index}-py3-none-any.whl`,
    }));
    const body = page({ files });
    const start = processorMs();
    expect(readBody(body).files).toHaveLength(10_000);
    expect(processorMs() - start).toBeLessThan(10_000);
  });
});

describe("parseSimplePage", () => {
  const html = '<a href="a-1.0-py3-none-any.whl">a</a>';

  test.each([
    ["JSON by its type", "application/vnd.pypi.simple.v1+json; charset=utf-8", page({})],
    ["JSON by its type in capitals", "Application/VND.PyPI.Simple.V1+JSON", page({})],
    ["plain JSON", "application/json", page({})],
    ["HTML by its type", "text/html;charset=utf-8", html],
    ["JSON without a type", undefined, `\uFEFF \n${page({})}`],
    ["HTML without a type", undefined, `\n<!doctype html>${html}`],
    ["HTML as plain text", "text/plain", html],
    ["JSON as bytes", "application/octet-stream", page({})],
  ])("reads %s", async (_name, contentType, body) => {
    const read = await parseSimplePage(
      Buffer.from(body),
      { url: PAGE_URL, contentType },
      new Turns(undefined),
    );
    expect(read.files.map((file) => file.filename)).toEqual([FILE.filename]);
  });

  test.each([
    ["a picture", "image/png", "x"],
    ["text without a tag", "text/plain", "Not found, sorry"],
    ["nothing at all", undefined, ""],
    ["an API of the future", "application/vnd.pypi.simple.v2+json", page({})],
  ])("refuses %s", async (_name, contentType, body) => {
    await expect(
      parseSimplePage(Buffer.from(body), { url: PAGE_URL, contentType }, new Turns(undefined)),
    ).rejects.toMatchObject({
      code: "index/not-an-index",
    });
  });
});

function parse(changes: object): ProjectPage {
  return readBody(page(changes));
}

function readBody(body: string): ProjectPage {
  return atOnce(parseJsonPage(Buffer.from(body), { url: PAGE_URL }));
}

function page(changes: object): string {
  return JSON.stringify({ meta: { "api-version": "1.0" }, files: [FILE], ...changes });
}
