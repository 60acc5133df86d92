// Linking on two threads: the worker has to be compiled, so the tests compile it.

import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
import { bundled } from "./support/bundled.ts";

let workerPath: string;
const FILES = 2000;

describe("applyChanges() with a second thread", () => {
  let install: readonly WantedDistribution[];

  beforeAll(async () => {
    workerPath = await bundled("src/install/linking/link-worker.ts", temporaryFolder());
    const files: Record<string, string> = {};
    for (let index = 0; index < FILES; index += 1)
      files[`many/part${index % 40}/file${index}.py`] = `${index}\n`;
    const store = temporaryStore();
    install = [
      // Laid out file by file, and before the others in order.
      await wanted(store, {
        name: "early",
        version: "1",
        files: {
          "many/part2/file2.py": "of the early one\n",
          "early-1.data/data/bin/part1": "of the early one\n",
        },
      }),
      await wanted(store, { name: "many", version: "1", files }),
      await wanted(store, {
        name: "rival",
        version: "1",
        files: {
          "many/part0/file0.py": "of the rival\n",
          "many/part1/file1.py": "of the rival\n",
          "rival-1.data/scripts/part1": "of the rival\n",
        },
      }),
      await wanted(store, {
        name: "third",
        version: "1",
        files: { "many/part0/file0.py": "of the third\n", "third/__init__.py": "" },
      }),
    ];
  });

  const installInto = async (options: ChangeOptions): Promise<Record<string, unknown>> => {
    const root = join(temporaryFolder(), "venv");
    fakeEnvironment(root);
    const before = snapshot(root);
    const warnings: string[] = [];
    const onEvent: ChangeOptions["onEvent"] = (event) => {
      if (event.kind === "warning") warnings.push(event.message.replaceAll(root, ""));
    };
    try {
      await applyChanges(
        { install, remove: [] },
        targetOf(root, join(root, "lib/python3.11/site-packages")),
        { linksForTwo: FILES, onEvent, ...options },
      );
    } catch (error) {
      expect(snapshot(root)).toEqual(before);
      throw error;
    }
    return { ...snapshot(root), warnings: warnings.toSorted() };
  };

  test("makes what one thread makes, the later wheel's file where two have one", async () => {
    const alone = await installInto({});
    for (let round = 0; round < 3; round += 1)
      expect(await installInto({ linkWorker: workerPath })).toEqual(alone);
    const inSite = (file: string): unknown => alone[`lib/python3.11/site-packages/many/${file}`];
    expect(inSite("part0/file0.py")).toContain("of the third");
    expect(inSite("part1/file1.py")).toContain("of the rival");
    expect(inSite("part2/file2.py")).toContain("2\n");
    expect(alone["warnings"]).toHaveLength(3);
    expect(alone["bin/part1"]).toContain("of the rival");
    expect(Object.keys(alone).length).toBeGreaterThan(FILES);
  });

  test.each([
    ["dies", "process.exit(1)"],
    [
      "can do nothing",
      `parentPort.postMessage(Array.from({ length: 3 }, () => Atomics.add(task.next, 0, 1))
         .filter((index) => index < task.slices.length)
         .map((index) => ({ index, stopped: task.slices[index].from, conflicts: [] })))`,
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
      onStep: () => cancellation.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: "net/cancelled" });
  });

  test("notices a file that changed in the cache, whichever thread comes to it", async () => {
    const [, many] = install;
    const path = join(many?.wheel.directory ?? "", "many/part39/file39.py");
    const { mtimeMs } = statSync(path);
    const contents = readFileSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, "x".repeat(contents.length));
    utimesSync(path, new Date(), new Date(mtimeMs + 60_000));
    const change = installInto({ linkWorker: workerPath });
    await expect(change).rejects.toMatchObject({ code: "cache/damaged" });
  });
});
