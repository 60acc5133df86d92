// What a hostile archive leaves behind may be very much: it is removed while everything else goes on, so that Ctrl-C is heard.

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { removeLargeAtomically } from "../src/base/files/remove-tree.ts";
import { openWorkFolder, removeAbandonedWork } from "../src/build/trees/work-folder.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { readPackageInfo } from "../src/registry/metadata/source-metadata.ts";
import { temporaryFolder, temporaryStore } from "./install-environment.ts";
import { packSdist } from "./support/source-trees.ts";
import { turnsOf } from "./support/turns-of.ts";

/** Scaled down: an archive may stand for a hundred thousand folders. */
const FOLDERS = 40;
const DEEP = "a/".repeat(FOLDERS);

describe("removing what is large", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a source distribution or wheel of a few bytes stands for very many folders, and is refused or built
  test.for<[string, (cache: string) => Promise<() => Promise<unknown>>]>([
    [
      "an entry of the cache",
      (cache) => {
        mkdirSync(join(cache, DEEP), { recursive: true });
        return Promise.resolve(() => removeLargeAtomically(join(cache, "a")));
      },
    ],
    [
      "the folder of a run",
      (cache) => {
        const folder = openWorkFolder(cache);
        mkdirSync(join(folder.newPath("x"), DEEP), { recursive: true });
        return Promise.resolve(() => folder.close());
      },
    ],
    [
      "the folder of a run that was killed",
      (cache) => {
        mkdirSync(join(cache, "builds-v1", DEEP), { recursive: true });
        return Promise.resolve(() => removeAbandonedWork(cache));
      },
    ],
    [
      "a source distribution that was unpacked for its metadata",
      (cache) => {
        const archive = packSdist("alpha-1.0", { [`${DEEP}x`]: "" });
        const workFolder = join(cache, "x");
        const options = { filename: "alpha-1.0.tar.gz", workFolder, signal: undefined };
        return Promise.resolve(() => readPackageInfo(archive, options));
      },
    ],
  ])("lets everything else go on: %s", async ([, prepare]) => {
    const cache = temporaryFolder();
    const remove = await prepare(cache);
    expect(await turnsOf(remove)).toBeGreaterThanOrEqual(2 * FOLDERS);
    expect(readdirSync(cache, { recursive: true, encoding: "utf8" }).filter(isRemnant)).toEqual([]);
  });

  test("lets everything else go on: a wheel that is refused", async () => {
    const store = temporaryStore();
    const { filename, bytes } = makeWheel({
      name: "paint",
      version: "1.0",
      files: { [`${DEEP}x.py`]: "" },
      faults: { metadata: "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n" },
    });
    const turns = await turnsOf(() => store.addWheel(bytes, { filename }));
    expect(turns).toBeGreaterThanOrEqual(2 * FOLDERS);
    expect(readdirSync(join(store.directory, "wheels-v1"))).toEqual([]);
  });

  test("is done in one way by the whole program", () => {
    const root = join(import.meta.dirname, "../src");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
    const others = files.filter((path) => REMOVAL_AT_ONCE.test(readFileSync(join(root, path), "utf8")));
    expect(others.toSorted()).toEqual([...ONLY_OF_THE_USER, "base/files/remove-tree.ts"].toSorted());
  });
});

function isRemnant(path: string): boolean {
  return path.endsWith("a") || path.endsWith("x");
}

const REMOVAL_AT_ONCE = /\brm(?:Sync)?\([^()]*(?:\([^()]*\)[^()]*)*recursive: true/;
/** What they remove, no archive has filled. */
const ONLY_OF_THE_USER = ["cli/commands/demo.ts", "lab/servers/serve.ts"];
