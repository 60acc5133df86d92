import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";

import { temporaryStore } from "../../../test/install-environment.ts";
import type { Client } from "../../net/client.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import { measureCache } from "../../store/cache/clean.ts";
import type { Store } from "../../store/store.ts";
import { createMetadataReader, type MetadataReader } from "./metadata.ts";
import type { ChosenFile } from "../candidates/select.ts";

const URL = "https://files.example/a-1-py3-none-any.whl";
const METADATA = "Metadata-Version: 2.1\nName: a\nVersion: 1\n";

function listed(index: string, metadata: ChosenFile["metadata"]): ChosenFile {
  const url = `https://${index}.example/simple`;
  return {
    name: "a",
    version: parseVersion("1"),
    filename: "a-1-py3-none-any.whl",
    url: URL,
    hashes: {},
    yanked: false,
    metadata,
    index: { url, kind: "simple", isDefault: false, isExplicit: false, origin: index },
  };
}

function reader(
  listers: (string | undefined)[],
  { text = METADATA, store = temporaryStore() }: { readonly text?: string; readonly store?: Store } = {},
): MetadataReader {
  const client = {
    protectionOf: () => "verified",
    request(url: string, { listedBy }: { readonly listedBy?: string }) {
      listers.push(listedBy);
      const bytes = (): Promise<Buffer> => Promise.resolve(Buffer.from(text));
      return Promise.resolve({ status: 200, url, protection: "verified", bytes });
    },
  } as unknown as Client;
  const fetchWheel = (): Promise<never> => Promise.reject(new Error("no wheel is fetched"));
  return createMetadataReader({ client, store, isOffline: false, fetchWheel });
}

// Promise: what an index says of a file is believed only of what that index lists
// Attack: an index names a file of another index, whose page states the hash of its metadata, and states none
test("metadata is checked for each index that lists its file", async () => {
  const listers: (string | undefined)[] = [];
  const metadata = reader(listers);
  const right = { sha256: hash("sha256", METADATA) };
  const wrong = { sha256: "ab".repeat(32) };
  await metadata.read(listed("open", true));
  await expect(metadata.read(listed("strict", wrong))).rejects.toMatchObject({ code: "wheel/hash-mismatch" });
  await expect(metadata.read(listed("right", right))).resolves.toMatchObject({ name: "a" });
  expect(listers).toEqual(["open", "strict", "right"].map((name) => `https://${name}.example/simple`));
});

test("metadata of one index is read once", async () => {
  const listers: (string | undefined)[] = [];
  const metadata = reader(listers);
  await Promise.all([metadata.read(listed("open", true)), metadata.read(listed("open", true))]);
  expect(listers).toHaveLength(1);
});

// Promise: what a server sends cannot use up the memory
// Attack: the metadata of each version of a project is as long as it may be
test("of metadata with a long header, only the fields that decide are kept", async () => {
  const store = temporaryStore();
  const text = `${METADATA}License: ${"x".repeat(1024 ** 2)}\n`;
  await reader([], { text, store }).read(listed("open", true));
  expect((await measureCache(store.directory)).bytes).toBeLessThan(10_000);
});

// Promise: what a server sends cannot use up the memory
// Attack: an index says of many source distributions that their metadata is beside them, where nothing is, and they are half a gigabyte
test("source distributions are read for their metadata while there is room for them", async () => {
  let held = 0;
  let most = 0;
  const client = {
    protectionOf: () => "verified",
    async request(requested: string | URL) {
      const url = String(requested);
      if (url.endsWith(".metadata"))
        return { status: 404, url, bytes: () => Promise.resolve(Buffer.alloc(0)) };
      held += 1;
      most = Math.max(most, held);
      await setImmediate();
      const pour = async (take: (chunk: Buffer) => void): Promise<void> => {
        await setImmediate();
        held -= 1;
        take(Buffer.from("no archive"));
      };
      return { status: 200, url, headers: {}, protection: "verified", pour, discard: () => undefined };
    },
  } as unknown as Client;
  const fetchWheel = (): Promise<never> => Promise.reject(new Error("no wheel is fetched"));
  const metadata = createMetadataReader({ client, store: temporaryStore(), isOffline: false, fetchWheel });
  const sizes = [300, 300, 300].map((mebibytes) => mebibytes * 1024 ** 2);
  const reads = sizes.map((size, at) => {
    const filename = `a-${at}.tar.gz`;
    const url = `https://files.example/${filename}`;
    return metadata.read({ ...listed("open", true), version: parseVersion(String(at)), filename, url, size });
  });
  const ends = await Promise.allSettled(reads);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(most).toBe(1);
});
