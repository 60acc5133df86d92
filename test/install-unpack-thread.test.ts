// Unpacking on two threads: the worker has to be compiled, so the tests compile it.

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

import { beforeAll, describe, expect, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { snapshot, temporaryFolder } from "./install-environment.ts";
import { bundled } from "./support/bundled.ts";

let workerPath: string;

beforeAll(async () => {
  workerPath = await bundled("src/store/unpacking/unpack-worker.ts", temporaryFolder());
});

describe("Store.addWheel with a second thread", () => {
  const files: Record<string, Buffer> = {};
  for (let index = 0; index < 300; index += 1)
    files[`large/part${index % 7}/file${index}`] = randomBytes(40_000);
  const { filename, bytes } = makeWheel({ name: "large", version: "1", files });

  test("unpacks what one thread unpacks, from memory and from a file", async () => {
    const alone = newStore("/nowhere/worker.js");
    const helped = newStore(workerPath);
    const fromFile = newStore(workerPath);
    const path = join(temporaryFolder(), filename);
    writeFileSync(path, bytes);
    const wheels = await Promise.all([
      alone.addWheel(bytes, { filename }),
      helped.addWheel(bytes, { filename }),
      fromFile.addWheel({ path }, { filename }),
    ]);
    const [expected, ...others] = wheels.map(({ directory, manifest }) => ({
      tree: snapshot(directory),
      manifest,
    }));
    for (const other of others) expect(other).toEqual(expected);
    await Promise.all([alone, helped, fromFile].map((store) => store.rest()));
  });

  test("refuses a damaged member, whichever thread meets it, and goes on with the next wheel", async () => {
    const store = newStore(workerPath);
    for (const place of [0.1, 0.5, 0.9]) {
      const damaged = Buffer.from(bytes);
      damaged[Math.floor(damaged.length * place)]! ^= 0xff;
      await expect(store.addWheel(damaged, { filename })).rejects.toMatchObject({ code: "archive/invalid" });
    }
    expect(readdirSync(join(store.directory, "wheels-v1"))).toEqual([]);
    expect((await store.addWheel(bytes, { filename })).manifest).toHaveLength(303);
    await store.rest();
  });

  test("goes on by itself when the thread dies", async () => {
    const dying = join(temporaryFolder(), "dying.mjs");
    const marker = join(temporaryFolder(), "was-there");
    const lines = [
      'import { parentPort } from "node:worker_threads";',
      'import { writeFileSync } from "node:fs";',
      `parentPort.on("message", (task) => { Atomics.add(task.next, 0, 1); writeFileSync(${JSON.stringify(marker)}, ""); process.exit(1); });`,
    ];
    writeFileSync(dying, lines.join("\n"));
    const store = newStore(dying);
    expect((await store.addWheel(bytes, { filename })).manifest).toHaveLength(303);
    expect(existsSync(marker)).toBe(true);
    const next = makeWheel({ name: "next", version: "1", files });
    expect((await store.addWheel(next.bytes, { filename: next.filename })).manifest).toHaveLength(303);
    await store.rest();
  });

  test("is cancelled while both threads are at work", async () => {
    const folder = temporaryFolder();
    const [worker, begun, released] = ["slow.mjs", "begun", "released"].map((name) => join(folder, name));
    const lines = [
      'import { existsSync, writeFileSync } from "node:fs";',
      'import { parentPort } from "node:worker_threads";',
      'parentPort.on("message", (task) => {',
      "  Atomics.add(task.next, 0, 1);",
      `  writeFileSync(${JSON.stringify(begun)}, "");`,
      `  while (!existsSync(${JSON.stringify(released)}));`,
      '  parentPort.postMessage({ kind: "done", taken: new Int32Array(), digests: "" });',
      "});",
    ];
    writeFileSync(worker!, lines.join("\n"));
    const store = newStore(worker!);
    const controller = new AbortController();
    const adding = store.addWheel(bytes, { filename, signal: controller.signal });
    const refusal = expect(adding).rejects.toMatchObject({ code: "net/cancelled" });
    while (!existsSync(begun!)) await nextTurn();
    controller.abort();
    writeFileSync(released!, "");
    await refusal;
    expect(readdirSync(join(store.directory, "wheels-v1"))).toEqual([]);
    await store.rest();
  });
});

function newStore(worker: string): Store {
  return openStore(join(temporaryFolder(), "cache"), { workerPath: worker });
}
