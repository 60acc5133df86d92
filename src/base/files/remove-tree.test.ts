import { chmodSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { atOnce } from "../work/turns.ts";
import { removeTree } from "./remove-tree.ts";

describe("removeTree", () => {
  test("takes everything inside, and nothing that a link leads to", () => {
    const root = mkdtempSync(join(tmpdir(), "pinion-remove-"));
    const outside = join(root, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "kept"), "");
    const doomed = join(root, "doomed");
    mkdirSync(join(doomed, "a/b/c"), { recursive: true });
    writeFileSync(join(doomed, "a/b/file"), "");
    symlinkSync(outside, join(doomed, "a/link"));
    symlinkSync("nowhere", join(doomed, "a/dangling"));
    chmodSync(join(doomed, "a/b/file"), 0o400);
    atOnce(removeTree(doomed));
    expect(existsSync(doomed)).toBe(false);
    expect(existsSync(join(outside, "kept"))).toBe(true);
    atOnce(removeTree(root));
  });

  test("takes a link itself, and minds nothing that is not there", () => {
    const root = mkdtempSync(join(tmpdir(), "pinion-remove-"));
    mkdirSync(join(root, "target"));
    symlinkSync(join(root, "target"), join(root, "link"));
    atOnce(removeTree(join(root, "link")));
    atOnce(removeTree(join(root, "nothing")));
    expect(existsSync(join(root, "target"))).toBe(true);
    atOnce(removeTree(root));
    expect(existsSync(root)).toBe(false);
  });
});
