import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, test } from "vitest";

import { Limit } from "../../base/work/limit.ts";
import { makeWheel } from "../../lab/index/make-wheel.ts";
import type { Client, RequestOptions } from "../../net/client.ts";
import { openStore, type Store } from "../../store/store.ts";
import { download } from "./download-wheel.ts";
import { archiveMemory, withArchive, type ArchiveTools } from "./fetch-archive.ts";
import type { FetchContext } from "./linked-wheel.ts";
import { MAX_WHEEL_BYTES } from "./local-file.ts";
import { saveWheel, type SaveOptions } from "./save.ts";
import { addLocalWheel, MAX_BYTES_IN_MEMORY } from "./local-wheel.ts";

const WHEELS = new Map<string, Buffer>();

/** A wheel that is not held in memory; made once. */
function largeWheel(text: string): Buffer {
  const known = WHEELS.get(text);
  if (known !== undefined) return known;
  const noise = createHash("shake256", { outputLength: MAX_BYTES_IN_MEMORY + 1 })
    .update(text)
    .digest();
  const { bytes } = makeWheel({ name: "tool", version: "1.0", files: { "tool.bin": noise } });
  WHEELS.set(text, bytes);
  return bytes;
}

// Promise: an archive of a few bytes can fill neither the memory nor the disk
// Attack: a shared folder has a wheel that states terabytes and takes no space (a sparse file), of which a copy would be made
test.skipIf(process.platform === "win32")("a wheel that is larger than wheels are is not read", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pinion-local-wheel-")));
  chmodSync(folder, 0o777);
  const path = join(folder, "tool-1.0-py3-none-any.whl");
  writeFileSync(path, "PK");
  truncateSync(path, MAX_WHEEL_BYTES + 1);
  const wheel = { url: pathToFileURL(path).href, filename: "tool-1.0-py3-none-any.whl", hashes: {} };
  const unreadable = { code: "wheel/not-found" };
  const order = { wheel, alternatives: [], signal: undefined, refresh: undefined };
  const cache = join(folder, "cache");
  const context = { store: openStore(cache) } as FetchContext;
  await expect(addLocalWheel(order, context)).rejects.toMatchObject(unreadable);
  expect(existsSync(cache)).toBe(false);
  const options = { path: join(folder, "copy"), hashes: [] } as unknown as SaveOptions;
  await expect(saveWheel(wheel, options)).rejects.toMatchObject(unreadable);
  expect(existsSync(options.path)).toBe(false);
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a shared folder has an archive of many megabytes, which is copied and hashed
test.skipIf(process.platform === "win32").each(["copied", "hashed", "saved", "built"] as const)(
  "a signal is heard while a large local archive is %s",
  async (step) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "pinion-local-wheel-")));
    chmodSync(folder, step === "copied" ? 0o777 : 0o700);
    const path = join(folder, step === "built" ? "tool-1.0.tar.gz" : "tool-1.0-py3-none-any.whl");
    writeFileSync(path, "");
    truncateSync(path, 200 * 1024 ** 2);
    const controller = new AbortController();
    const { signal } = controller;
    const wheel = { url: pathToFileURL(path).href, filename: basename(path), hashes: { sha256: "00" } };
    const store = openStore(join(folder, "cache"));
    const work = {
      copied: () =>
        addLocalWheel({ wheel, alternatives: [], signal, refresh: undefined }, { store } as FetchContext),
      hashed: () =>
        addLocalWheel({ wheel, alternatives: [], signal, refresh: undefined }, { store } as FetchContext),
      saved: () =>
        saveWheel(wheel, { path: join(folder, "copy"), hashes: [], signal } as unknown as SaveOptions),
      built: () =>
        withArchive(
          { ...wheel, name: "tool" },
          { store, memory: archiveMemory() } as unknown as ArchiveTools,
          { signal },
          () => Promise.resolve(),
        ),
    }[step]();
    setImmediate(() => controller.abort());
    await expect(work).rejects.toMatchObject({ code: "net/cancelled" });
    expect(readdirSync(folder).filter((name) => name === "cache")).toEqual(
      step === "copied" ? ["cache"] : [],
    );
    if (step === "copied") expect(readdirSync(join(folder, "cache"))).toEqual([]);
  },
);

// Promise: an archive of a few bytes can fill neither the memory nor the disk
// Attack: an index states a size of petabytes for a wheel, or none, and its answer does not end
test.each([2 ** 50, undefined])("a download has a bound where the index states %s bytes", async (size) => {
  const bounds: unknown[] = [];
  const client = {
    request: (_url: URL, options: RequestOptions) => {
      bounds.push(options.maxBytes);
      return Promise.reject(new Error("asked"));
    },
  } as unknown as Client;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pinion-download-bound-")));
  const filename = "tool-1.0-py3-none-any.whl";
  const wheel = { url: `https://index.example/${filename}`, filename, hashes: {}, size };
  const order = { wheel, alternatives: [], signal: undefined, refresh: undefined };
  const context = { client, store: openStore(folder), downloads: new Limit(1) } as unknown as FetchContext;
  await expect(download(order, context)).rejects.toThrow("asked");
  await expect(saveWheel(wheel, { client, path: join(folder, "a"), hashes: [] })).rejects.toThrow("asked");
  expect(bounds).toEqual([MAX_WHEEL_BYTES, MAX_WHEEL_BYTES]);
});

test.skipIf(process.platform === "win32").each([
  ["the file", 0o666, 0o755],
  ["its folder", 0o644, 0o777],
])(
  "a large wheel is checked and unpacked from one copy where others can write to %s",
  async (_what, fileMode, folderMode) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "pinion-local-wheel-")));
    const shared = join(folder, "shared");
    mkdirSync(shared);
    const path = join(shared, "tool-1.0-py3-none-any.whl");
    writeFileSync(path, largeWheel("checked"));
    chmodSync(path, fileMode);
    chmodSync(shared, folderMode);
    const store = openStore(join(folder, "cache"));
    const exchanging: Store = {
      ...store,
      directory: store.directory,
      addWheel: async (source, options) => {
        writeFileSync(path, largeWheel("another"));
        return await store.addWheel(source, options);
      },
    };
    const order = {
      wheel: { url: pathToFileURL(path).href, filename: "tool-1.0-py3-none-any.whl", hashes: {} },
      alternatives: [],
      signal: undefined,
      refresh: undefined,
    };
    const wheel = await addLocalWheel(order, { store: exchanging } as FetchContext);
    const { manifest } = wheel;
    const checked = await store.addWheel(largeWheel("checked"), { filename: "tool-1.0-py3-none-any.whl" });
    expect(wheel.sha256).toBe(checked.sha256);
    expect(manifest).toEqual(checked.manifest);
    expect(readdirSync(store.directory).filter((name) => name.endsWith(".whl"))).toEqual([]);
  },
);
