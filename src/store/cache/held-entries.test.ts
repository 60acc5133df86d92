import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { temporaryStore } from "../../../test/install-environment.ts";
import type { HeldEntry, Store } from "../store.ts";

const KEY = { project: "flask", id: "page" };
const SMALL = Buffer.from("a small page");
const LARGE = Buffer.from("a large page, ".repeat(10_000));

// Windows does not replace a file that is open, so that all values stay in memory there.
describe.skipIf(process.platform === "win32")("Store.readHeldEntry", () => {
  test("gives each part of a value, small or large, whether it was written or read", () => {
    const part = fc.tuple(fc.nat(LARGE.length), fc.nat(LARGE.length), fc.nat(LARGE.length));
    for (const value of [SMALL, LARGE]) {
      const store = temporaryStore();
      const written = store.writeHeldEntry("pages", KEY, value);
      const read = store.readHeldEntry("pages", KEY)!;
      expect(read.contents.equals(value)).toBe(true);
      for (const held of [written, read.held])
        fc.assert(
          fc.property(part, (places) => {
            const [from = 0, start = 0, end = 0] = places
              .map((place) => place % value.length)
              .toSorted((a, b) => a - b);
            const rest = held.from(from);
            expect(rest.length).toBe(value.length - from);
            expect(rest.text(start - from, end - from)).toBe(value.toString("latin1", start, end));
            expect(rest.bytes().equals(value.subarray(from))).toBe(true);
          }),
          { numRuns: 20 },
        );
    }
  });

  test("gives what was there when it was read, whatever becomes of its file", () => {
    const store = temporaryStore();
    store.writeEntry("pages", KEY, LARGE);
    const held = heldIn(store);
    store.writeEntry("pages", KEY, Buffer.alloc(LARGE.length, "x"));
    expect(held.bytes().equals(LARGE)).toBe(true);
    store.removeEntry("pages", KEY);
    expect(held.bytes().equals(LARGE)).toBe(true);
    expect(store.readHeldEntry("pages", KEY)).toBeUndefined();
  });

  test("leaves a large value in its file", () => {
    const store = temporaryStore();
    const [small, large] = [SMALL, LARGE].map((value) => store.writeHeldEntry("pages", KEY, value));
    truncateSync(join(store.directory, store.entryFile("pages", KEY)), 0);
    expect(small!.bytes().equals(SMALL)).toBe(true);
    expect(large!.bytes()).toHaveLength(0);
    expect(large!.text(0, 10)).toBe("");
  });

  test("keeps as many files open as a process may have beside its other ones", () => {
    const store = temporaryStore();
    const held = Array.from({ length: 410 }, (_, place) => {
      store.writeEntry("pages", `page ${place}`, LARGE);
      return heldIn(store, `page ${place}`);
    });
    for (let place = 0; place < held.length; place += 1)
      truncateSync(join(store.directory, store.entryFile("pages", `page ${place}`)), 0);
    expect(held.filter((entry) => entry.bytes().length === 0)).toHaveLength(400);
    expect(held.filter((entry) => entry.bytes().equals(LARGE))).toHaveLength(10);
  });

  test("is read into the same memory as the large value before it", () => {
    const store = temporaryStore();
    const memory = ["one", "other"].map((key) => {
      store.writeEntry("pages", key, LARGE);
      return store.readHeldEntry("pages", key)!.contents.buffer;
    });
    expect(memory[1]).toBe(memory[0]);
  });

  test("ends with the store", async () => {
    const store = temporaryStore();
    store.writeEntry("pages", KEY, LARGE);
    const held = heldIn(store);
    await store.close();
    expect(() => held.bytes()).toThrow("closed");
  });

  test("is undefined where the value is damaged", () => {
    const store = temporaryStore();
    store.writeEntry("pages", KEY, LARGE);
    writeFileSync(join(store.directory, store.entryFile("pages", KEY)), "damaged");
    expect(store.readHeldEntry("pages", KEY)).toBeUndefined();
    rmSync(store.directory, { recursive: true });
    expect(store.readHeldEntry("pages", KEY)).toBeUndefined();
  });
});

function heldIn(store: Store, key: Parameters<Store["readHeldEntry"]>[1] = KEY): HeldEntry {
  return store.readHeldEntry("pages", key)!.held;
}
