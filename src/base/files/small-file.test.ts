import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { readSmallFile } from "./small-file.ts";

const folder = mkdtempSync(join(tmpdir(), "small-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("readSmallFile()", () => {
  test("reads a regular file up to its bound, also through a link", () => {
    writeFileSync(join(folder, "a"), "text");
    symlinkSync("a", join(folder, "link"));
    expect(readSmallFile(join(folder, "link"), 4)).toMatchObject({
      kind: "read",
      bytes: Buffer.from("text"),
    });
    expect(readSmallFile(join(folder, "a"), 3)).toEqual({ kind: "too-large", size: 4 });
  });

  test.skipIf(process.platform === "win32")("reads no folder, pipe or device, and waits for none", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const path of [folder, pipe, "/dev/zero"])
      expect(readSmallFile(path, 100)).toEqual({ kind: "not-a-file" });
  });

  // Promise: a file that a command did not write itself is read only if it is a file, up to a bound
  // Attack: a checked-out folder has a link to a file of the system that says it is empty, and has no end
  test.skipIf(process.platform !== "linux")("reads a file up to its bound whatever size it states", () => {
    symlinkSync("/proc/self/pagemap", join(folder, "pagemap"));
    symlinkSync("/proc/self/status", join(folder, "status"));
    expect(readSmallFile(join(folder, "pagemap"), 100_000)).toMatchObject({ kind: "too-large" });
    const status = readSmallFile(join(folder, "status"), 100_000);
    expect(status.kind === "read" && status.bytes.toString()).toContain("Pid:");
  });

  test("takes the null device as an empty file, and reports a missing one as the system does", () => {
    expect(readSmallFile(devNull, 1)).toEqual({ kind: "read", bytes: Buffer.alloc(0) });
    if (process.platform !== "win32") {
      symlinkSync(devNull, join(folder, "masked"));
      expect(readSmallFile(join(folder, "masked"), 1)).toEqual({ kind: "read", bytes: Buffer.alloc(0) });
    }
    expect(() => readSmallFile(join(folder, "missing"), 1)).toThrow(
      expect.objectContaining({ code: "ENOENT" }),
    );
  });
});
