import { constants, copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import { copyInPieces, isLong } from "./copy-file.ts";

describe("copying a large file", () => {
  test("pauses for each piece, and leaves the copy to its owner to write", () => {
    const folder = temporaryFolder();
    const source = join(folder, "source");
    writeFileSync(source, Buffer.alloc(33 * 1024 ** 2, "large"), { mode: 0o555 });
    expect(isLong("copy", source)).toBe(true);
    expect(isLong("hardlink", source)).toBe(false);
    const copy = join(folder, "copy");
    const pauses = [...copyInPieces(source, copy)].length;
    expect(pauses).toBe(sharesBlocks(source, join(folder, "clone")) ? 0 : 33);
    expect(readFileSync(copy).equals(readFileSync(source))).toBe(true);
    if (process.platform !== "win32") expect(statSync(copy).mode & 0o777).toBe(0o755);
    expect(() => [...copyInPieces(source, copy)]).toThrow(expect.objectContaining({ code: "EEXIST" }));
  });
});

function sharesBlocks(source: string, clone: string): boolean {
  try {
    copyFileSync(source, clone, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  }
}
