import { createHash } from "node:crypto";
import { expect, test } from "vitest";

import { Turns } from "../../base/work/turns.ts";
import { turnsOf } from "../../../test/support/turns-of.ts";
import { checkRecord } from "./wheel-contents.ts";

// Promise: untrusted input cannot make a command hang
// Attack: a RECORD that repeats the SHA-512 of a large file in ten thousand rows
test("a file is read once for an algorithm, however many rows RECORD has for it", async () => {
  const contents = Buffer.from("large");
  const digest = createHash("sha512").update(contents).digest("base64url");
  const sha256Base64Url = createHash("sha256").update(contents).digest("base64url");
  const entry = { path: "a.py", size: contents.length, sha256Base64Url, isExecutable: false };
  let readCount = 0;
  const check = {
    filename: "a-1-py3-none-any.whl",
    distInfo: "a-1.dist-info",
    turns: new Turns(undefined),
    record: `a.py,sha512=${digest},5\na.py,SHA512=${digest}==,5\n./a.py,sha512=${digest},\n`,
    digestOf: () => {
      readCount += 1;
      return Promise.resolve(digest);
    },
    checkChecksum: () => Promise.resolve(),
  };
  await checkRecord([entry], check);
  expect(readCount).toBe(1);
  const other = { ...check, record: `${check.record}a.py,sha512=AAAA,5\n` };
  await expect(checkRecord([entry], other)).rejects.toThrow("does not match its RECORD");
});

// Promise: untrusted input cannot make a command hang
// Attack: a digest of a million `=` and a letter
test("the padding of a digest is taken off in one pass", async () => {
  const entry = { path: "a.py", size: 0, sha256Base64Url: "abc", isExecutable: false };
  const check = {
    filename: "a-1-py3-none-any.whl",
    distInfo: "a-1.dist-info",
    turns: new Turns(undefined),
    record: `a.py,sha256=${"=".repeat(1_000_000)}x,0\n`,
    digestOf: () => Promise.resolve(""),
    checkChecksum: () => Promise.resolve(),
  };
  const started = process.cpuUsage();
  await expect(checkRecord([entry], check)).rejects.toThrow("does not match its RECORD");
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(5_000);
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a RECORD of half a million rows, plain ones or others
test.for([
  ["plain", "", 4],
  ["others", "./", 1_000],
] as const)("everything else goes on while rows are compared: %s", async ([, prefix, turns]) => {
  const entries = Array.from({ length: 1_100 }, (_, index) => ({
    path: `a${index}.py`,
    size: 0,
    sha256Base64Url: "abc",
    isExecutable: false,
  }));
  const check = {
    filename: "a-1-py3-none-any.whl",
    distInfo: "a-1.dist-info",
    record: entries.map(({ path }) => `${prefix}${path},sha256=abc,0\n`).join(""),
    turns: new Turns(undefined),
    digestOf: () => Promise.resolve(""),
    checkChecksum: () => Promise.resolve(),
  };
  expect(await turnsOf(() => checkRecord(entries, check))).toBeGreaterThanOrEqual(turns);
});
