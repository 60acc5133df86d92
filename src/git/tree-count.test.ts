import { describe, expect, test } from "vitest";
import { TreeCount } from "./tree-count.ts";

const ENTRY = `100644 blob ${"0".repeat(40)}       0\t`;

describe("TreeCount", () => {
  // Promise: untrusted input cannot make a command hang
  // Attack: a commit, small when compressed, has a file whose name is hundreds of megabytes long
  test("refuses a name without an end at once, in whatever pieces it comes", () => {
    const count = new TreeCount();
    const piece = "a".repeat(1024);
    count.add(ENTRY);
    const taken: number[] = [];
    expect(() => {
      for (let at = 0; at < 1000; at += 1) {
        count.add(piece);
        taken.push(at);
      }
    }).toThrow("has a path that is too long");
    expect(taken.length).toBeLessThan(50);
  });

  test("takes entries that are cut anywhere", () => {
    const count = new TreeCount({ files: 2, folders: 0, components: 3, bytes: 0, submodules: 0 });
    for (const character of `${ENTRY}one\0${ENTRY}two\0`) count.add(character);
    expect(() => count.add(`${ENTRY}three\0`)).toThrow("has more than 2 files");
  });
});
