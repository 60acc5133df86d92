import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readPackageFolder } from "./package-folder.ts";
import { makeWheel } from "./make-wheel.ts";

describe("readPackageFolder()", () => {
  test("takes distributions and the metadata beside them, and nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "pinion-folder-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const wheel = makeWheel({ name: "Some.Thing", version: "1.0" });
    writeFileSync(join(folder, wheel.filename), wheel.bytes);
    writeFileSync(join(folder, `${wheel.filename}.metadata`), wheel.metadata);
    writeFileSync(join(folder, "other-2.0.tar.gz"), "not looked into");
    writeFileSync(join(folder, "README.md"), "");

    const files = readPackageFolder(folder);
    expect(files.map(({ name, version, metadata }) => [name, version, metadata])).toEqual([
      ["other", "2.0", undefined],
      ["some-thing", "1.0", wheel.metadata],
    ]);
    expect(files[1]?.sha256).toBe(wheel.sha256);
  });

  test("says which folder cannot be read", () => {
    expect(() => readPackageFolder("/nonexistent")).toThrow(
      expect.objectContaining({
        code: "index/unreadable-directory",
        message: expect.stringContaining("/nonexistent"),
      }),
    );
  });
});
