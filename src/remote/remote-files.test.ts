// A shared store that works, and every way in which it does not: never a wrong byte, and a bounded loss of time.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { PinionError } from "../errors.ts";
import { RemoteFiles, type RemoteFilesOptions } from "./remote-files.ts";
import type { RemoteKey, RemoteObject, RemoteStore } from "./remote-store.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-remote-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONTENT = Buffer.from("the bytes of a wheel");
const KEY: RemoteKey = { kind: "files", sha256: sha256Of(CONTENT) };
const REQUEST = { size: CONTENT.length, maxBytes: 1000 };

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

interface Fake extends RemoteStore {
  readonly written: Map<string, Buffer>;
  reads: number;
}

function fakeStore(
  read: (signal: AbortSignal) => Promise<RemoteObject | undefined>,
  write?: () => Promise<void>,
): Fake {
  const written = new Map<string, Buffer>();
  return {
    name: "s3://bucket/cache",
    written,
    reads: 0,
    async read(_key, signal) {
      this.reads++;
      return await read(signal);
    },
    has: (key) => Promise.resolve(written.has(key.sha256)),
    async write(key, body) {
      await write?.();
      written.set(key.sha256, Buffer.isBuffer(body) ? body : readFileSync(body.path));
    },
    close: () => undefined,
  };
}

function objectOf(bytes: Buffer, size: number | undefined = bytes.length): RemoteObject {
  return {
    async pour(take) {
      for (const piece of [bytes.subarray(0, 5), bytes.subarray(5)]) {
        await Promise.resolve();
        take(piece);
      }
    },
    discard: () => Promise.resolve(),
    size,
  };
}

function open(
  store: RemoteStore,
  options: Partial<RemoteFilesOptions> = {},
): RemoteFiles & { troubles: string[] } {
  const troubles: string[] = [];
  return Object.assign(new RemoteFiles({ store, onTrouble: (reason) => troubles.push(reason), ...options }), {
    troubles,
  });
}

/** Never answers; fails when it is cancelled, as a connection does. */
function stall(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(new PinionError("net/cancelled", "cancelled")), {
      once: true,
    }),
  );
}

describe("reading", () => {
  test("gives verified bytes, in memory and as a file", async () => {
    const files = open(fakeStore(() => Promise.resolve(objectOf(CONTENT))));
    const path = join(folder, "read.whl");
    expect(await files.read(KEY, REQUEST)).toEqual(CONTENT);
    expect(await files.readToFile(KEY, path, REQUEST)).toBe(CONTENT.length);
    expect(readFileSync(path)).toEqual(CONTENT);
    expect(files.counts).toMatchObject({ hits: 2, misses: 0, bytesRead: 2 * CONTENT.length });
  });

  test("misses what the store does not have", async () => {
    const files = open(fakeStore(() => Promise.resolve(undefined)));
    expect(await files.read(KEY, REQUEST)).toBeUndefined();
    expect(files.counts.misses).toBe(1);
    expect(files.troubles).toEqual([]);
  });

  test.each<[string, () => Promise<RemoteObject | undefined>]>([
    ["other bytes of the same length", () => Promise.resolve(objectOf(Buffer.alloc(CONTENT.length, "x")))],
    ["fewer bytes", () => Promise.resolve(objectOf(CONTENT.subarray(1), undefined))],
    ["more bytes", () => Promise.resolve(objectOf(Buffer.concat([CONTENT, CONTENT]), undefined))],
    ["another length than the index gives", () => Promise.resolve(objectOf(CONTENT, CONTENT.length + 1))],
  ])("gives the store up after %s, and leaves no file", async (_what, read) => {
    const store = fakeStore(read);
    const files = open(store);
    const path = join(folder, "lie.whl");
    expect(await files.readToFile(KEY, path, REQUEST)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    expect(files.troubles).toEqual(["it sent other bytes than the hash promises"]);
    expect(await files.read(KEY, REQUEST)).toBeUndefined();
    expect(store.reads).toBe(1);
  });

  test("gives the store up after three failures in a row, with the reason", async () => {
    const store = fakeStore(() =>
      Promise.reject(new PinionError("cache/remote", "The shared cache answered 500")),
    );
    const files = open(store);
    for (let run = 0; run < 5; run++) expect(await files.read(KEY, REQUEST)).toBeUndefined();
    expect(store.reads).toBe(3);
    expect(files.troubles).toEqual(["The shared cache answered 500"]);
  });

  test("gives up a store that stalls, for everything that waits for it", async () => {
    const store = fakeStore(stall);
    const files = open(store);
    const results = await Promise.all([files.read(KEY, REQUEST), files.read(KEY, REQUEST)]);
    expect(results).toEqual([undefined, undefined]);
    expect(await files.read(KEY, REQUEST)).toBeUndefined();
    expect(store.reads).toBe(2);
    expect(files.troubles).toEqual(["it is too slow (timed out)"]);
  });

  test("counts slow misses once where they overlap, and gives the store up after a second", async () => {
    let now = 0;
    const store = fakeStore(() => {
      now += 300;
      return Promise.resolve(undefined);
    });
    const files = open(store, { now: () => now });
    for (let run = 0; run < 6; run++) await files.read(KEY, REQUEST);
    expect(store.reads).toBe(4);
    expect(files.troubles).toEqual(["it is too slow (timed out)"]);
  });

  test("ends with the command, as a cancellation", async () => {
    const files = open(fakeStore(stall));
    const controller = new AbortController();
    const reading = files.read(KEY, { ...REQUEST, signal: controller.signal });
    controller.abort(new PinionError("net/cancelled", "cancelled"));
    await expect(reading).rejects.toMatchObject({ code: "net/cancelled" });
    expect(files.troubles).toEqual([]);
  });
});

describe("writing", () => {
  test("happens while the command goes on, from memory and from a file that is removed meanwhile", async () => {
    const store = fakeStore(() => Promise.resolve(undefined));
    const files = open(store);
    const path = join(folder, "offered.whl");
    const other = Buffer.from("another wheel");
    writeFileSync(path, other);
    files.offer(KEY, CONTENT);
    files.offer({ kind: "files", sha256: sha256Of(other) }, { path, size: other.length });
    rmSync(path);
    await files.settle();
    expect(store.written.get(KEY.sha256)).toEqual(CONTENT);
    expect(store.written.get(sha256Of(other))).toEqual(other);
    expect(existsSync(`${path}.shared`)).toBe(false);
    expect(files.counts).toMatchObject({ bytesWritten: CONTENT.length + other.length, dropped: 0 });
  });

  test("writes nothing that the store has, and nothing where it may only read", async () => {
    const store = fakeStore(() => Promise.resolve(undefined));
    store.written.set(KEY.sha256, CONTENT);
    const files = open(store);
    files.offer(KEY, CONTENT);
    await files.settle();
    expect(files.counts.bytesWritten).toBe(0);
    const reader = open(
      fakeStore(() => Promise.resolve(undefined)),
      { mode: "read" },
    );
    reader.offer(KEY, CONTENT);
    await reader.settle();
    expect(reader.counts.bytesWritten).toBe(0);
  });

  test("stops at the first refusal: a full store is asked once", async () => {
    let writes = 0;
    const store = fakeStore(
      () => Promise.resolve(undefined),
      () => {
        writes++;
        return Promise.reject(new PinionError("cache/remote", "507"));
      },
    );
    const files = open(store);
    for (const text of ["a", "b", "c", "d", "e", "f", "g"]) {
      const bytes = Buffer.from(text);
      files.offer({ kind: "files", sha256: sha256Of(bytes) }, bytes);
    }
    await files.settle();
    expect(writes).toBeLessThanOrEqual(4);
    expect(files.counts).toMatchObject({ bytesWritten: 0, dropped: 7 });
  });

  test("holds a bounded number of bytes", async () => {
    const files = open(
      fakeStore(
        () => Promise.resolve(undefined),
        () => new Promise<void>((resolve) => setImmediate(resolve)),
      ),
    );
    const large = Buffer.alloc(40 * 1024 ** 2);
    files.offer({ kind: "files", sha256: sha256Of(large) }, large);
    files.offer({ kind: "files", sha256: "0".repeat(64) }, large);
    await files.settle();
    expect(files.counts).toMatchObject({ bytesWritten: large.length, dropped: 1 });
  });
});
