// Linking on two threads: the worker has to be compiled, so the tests compile it.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";

import { applyChanges, type ChangeOptions } from "../src/install/transaction.ts";
import type { WantedDistribution } from "../src/install/plan.ts";
import {
  fakeEnvironment,
  snapshot,
  targetOf,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "./install-environment.ts";

const workerPath = join(temporaryFolder(), "link-worker.mjs");
const FILES = 6000;

describe("applyChanges() with a second thread", () => {
  let install: readonly WantedDistribution[];

  beforeAll(async () => {
    const entry = new URL("../src/install/link-worker.ts", import.meta.url).pathname;
    await build({
      entryPoints: [entry],
      outfile: workerPath,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
    });
    const files: Record<string, string> = {};
    for (let index = 0; index < FILES; index += 1)
      files[`many/part${index % 40}/file${index}.py`] = `${index}\n`;
    // A link where a later wheel has a script, which is written and not linked.
    files["many-1.data/data/bin/part1"] = "of the first\n";
    const store = temporaryStore();
    install = [
      await wanted(store, { name: "many", version: "1", files }),
      await wanted(store, {
        name: "rival",
        version: "1",
        files: {
          "many/part0/file0.py": "of the rival\n",
          "rival-1.data/scripts/part1": "of the rival\n",
        },
      }),
      await wanted(store, {
        name: "third",
        version: "1",
        files: { "many/part0/file0.py": "of the third\n" },
      }),
    ];
  });

  const installInto = async (options: ChangeOptions): Promise<Record<string, string>> => {
    const root = join(temporaryFolder(), "venv");
    fakeEnvironment(root);
    const before = snapshot(root);
    try {
      await applyChanges(
        { install, remove: [] },
        targetOf(root, join(root, "lib/python3.11/site-packages")),
        { linksForTwo: FILES, ...options },
      );
    } catch (error) {
      expect(snapshot(root)).toEqual(before);
      throw error;
    }
    return snapshot(root);
  };

  test("makes what one thread makes, the later wheel's file where two have one", async () => {
    const alone = await installInto({});
    for (let round = 0; round < 5; round += 1)
      expect(await installInto({ linkWorker: workerPath })).toEqual(alone);
    expect(alone["lib/python3.11/site-packages/many/part0/file0.py"]).toContain("of the third");
    expect(alone["bin/part1"]).toContain("of the rival");
    expect(Object.keys(alone).length).toBeGreaterThan(FILES);
  });

  test.each([
    ["dies", "process.exit(1)"],
    [
      "can do nothing",
      "parentPort.postMessage(Array.from({ length: 70 }, () => Atomics.add(task.next, 0, 1)))",
    ],
  ])("makes all of it when the thread %s", async (_, does) => {
    const path = join(temporaryFolder(), "failing.mjs");
    const marker = join(temporaryFolder(), "was-there");
    writeFileSync(
      path,
      `import { parentPort } from "node:worker_threads";
       import { writeFileSync } from "node:fs";
       parentPort.on("message", (task) => { writeFileSync(${JSON.stringify(marker)}, ""); ${does}; });`,
    );
    expect(await installInto({ linkWorker: path })).toEqual(await installInto({}));
    expect(existsSync(marker)).toBe(true);
  });

  test("is cancelled while both threads are at work, and leaves nothing", async () => {
    const cancellation = new AbortController();
    const cancelled = installInto({
      linkWorker: workerPath,
      signal: cancellation.signal,
      onStep: (step) => {
        if (step === "link") cancellation.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: "net/cancelled" });
  });
});
