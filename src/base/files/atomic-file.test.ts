import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, test } from "vitest";

import { isTemporaryName, replaceFile, temporaryName, writeFileAtomically } from "./atomic-file.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "pinion-atomic-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("writeFileAtomically", () => {
  it("makes missing folders and leaves nothing beside the file", () => {
    const path = join(folder, "a", "b", "file");
    writeFileAtomically(path, "first");
    writeFileAtomically(path, "second");
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(readdirSync(join(folder, "a", "b"))).toEqual(["file"]);
  });

  it("leaves nothing behind where the file cannot be put into its place", () => {
    const path = join(folder, "taken");
    writeFileAtomically(join(path, "inside"), "x");
    expect(() => writeFileAtomically(path, "y")).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^E[A-Z]+$/) }),
    );
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});

describe.skipIf(process.platform === "win32")("replaceFile", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: an unpacked folder has a pipe under the name of the file that a command writes
  test("waits for no reader of a pipe, and writes to one that is read", () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    expect(() => replaceFile(path, "x")).toThrow(expect.objectContaining({ code: "ENXIO" }));
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    replaceFile(path, "text");
    expect(readFileSync(reader, "utf8")).toBe("text");
    closeSync(reader);
  });

  it("keeps the permissions of an existing file, and sets those that are asked for", () => {
    const path = join(folder, "file");
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    replaceFile(path, "new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    replaceFile(path, "newer", { mode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe("newer");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("writes the target of a link, whether it exists or not", () => {
    symlinkSync("target", join(folder, "link"));
    symlinkSync("link", join(folder, "outer"));
    replaceFile(join(folder, "outer"), "first");
    replaceFile(join(folder, "outer"), "second");
    expect(lstatSync(join(folder, "outer")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "target"), "utf8")).toBe("second");
  });

  it("writes into a device instead of replacing it", () => {
    replaceFile("/dev/null", "gone");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(existsSync(join(folder, "null"))).toBe(false);
  });

  it("does not follow links in a circle", () => {
    symlinkSync("b", join(folder, "a"));
    symlinkSync("a", join(folder, "b"));
    expect(() => replaceFile(join(folder, "a"), "x")).toThrow(expect.objectContaining({ code: "ELOOP" }));
  });
});

it("temporary names are recognised", () => {
  expect(isTemporaryName(temporaryName(".whl"))).toBe(true);
  expect(isTemporaryName("file")).toBe(false);
});
