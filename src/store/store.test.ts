import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { snapshot, temporaryFolder, temporaryStore } from "../../test/install-environment.ts";
import { turnsOf } from "../../test/support/turns-of.ts";
import { makeWheel, type WheelFaults, type WheelSpec } from "../lab/index/make-wheel.ts";
import { cleanCache, measureCache, pruneCache } from "./cache/clean.ts";
import { openStore, type Store, type UnpackedWheel } from "./store.ts";

const SAMPLE: WheelSpec = {
  name: "paint",
  version: "1.0",
  files: { "paint/__init__.py": "", "paint/run.sh": "#!" },
  executables: ["paint/run.sh"],
};

describe("Store.addWheel", () => {
  test("unpacks a wheel once under its digest, from memory and from a file", async () => {
    const store = temporaryStore();
    const { filename, bytes, sha256 } = makeWheel(SAMPLE);
    const added = await store.addWheel(bytes, { filename });
    expect(added).toMatchObject({ sha256, filename, distInfo: "paint-1.0.dist-info" });
    expect(added.manifest.map(({ path, isExecutable }) => (isExecutable ? `${path}*` : path))).toEqual([
      "paint-1.0.dist-info/METADATA",
      "paint-1.0.dist-info/RECORD",
      "paint-1.0.dist-info/WHEEL",
      "paint/__init__.py",
      "paint/run.sh*",
    ]);
    expect(statSync(join(added.directory, "paint/run.sh")).mode & 0o111).not.toBe(0);
    const path = join(temporaryFolder(), filename);
    writeFileSync(path, bytes);
    const other = temporaryStore();
    const again = await other.addWheel({ path }, { filename });
    expect(again.manifest).toEqual(added.manifest);
    expect(snapshot(again.directory)).toEqual(snapshot(added.directory));
    expect(other.wheel(sha256)?.manifest).toEqual(added.manifest);
  });

  test("lets several add the same wheel at once", async () => {
    const store = temporaryStore();
    const { filename, bytes, sha256 } = makeWheel(SAMPLE);
    const stores = [store, openStore(store.directory), openStore(store.directory)];
    const added = await Promise.all(stores.map((each) => each.addWheel(bytes, { filename })));
    expect(new Set(added.map(({ directory }) => directory)).size).toBe(1);
    expect(readdirSync(join(store.directory, "wheels-v1"))).toEqual([sha256]);
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: wheels with rows in RECORD for files that are not there, and with METADATA above 8 MiB
  test("refuses RECORD with many more rows than files, and METADATA that is too long", async () => {
    const addSample = async (faults: WheelFaults): Promise<UnpackedWheel> => {
      const { filename, bytes } = makeWheel({ ...SAMPLE, faults });
      return temporaryStore().addWheel(bytes, { filename });
    };
    const rows = (count: number): WheelFaults => ({
      rewriteRecord: (text) => text + "gone.py,,\n".repeat(count),
    });
    const added = await addSample(rows(10_000));
    expect(added.fileCount).toBe(5);
    await expect(addSample(rows(10_001))).rejects.toMatchObject({ code: "wheel/invalid" });
    const metadata = `Metadata-Version: 2.1\nName: paint\nVersion: 1.0\n\n`.padEnd(
      8 * 1024 ** 2 + 1,
      "text\n",
    );
    await expect(addSample({ metadata })).rejects.toMatchObject({
      code: "wheel/invalid",
      details: { reason: "its METADATA is too large" },
    });
  });

  const record = (rewriteRecord: (text: string) => string): WheelFaults => ({ rewriteRecord });
  const refused: readonly [string, WheelFaults, RegExp][] = [
    [
      "a hash that does not fit",
      record((text) => text.replace(/__init__.py,sha256=./, "__init__.py,sha256=!")),
      /does not match its RECORD/,
    ],
    [
      "a size that does not fit",
      record((text) => text.replace(/(__init__.py,[^,]*),0/, "$1,1")),
      /does not match its RECORD/,
    ],
    ["a weak hash", record((text) => text.replace(/__init__.py,sha256=/, "__init__.py,md5=")), /`md5`/],
    ["no RECORD", { leaveOut: ["*.dist-info/RECORD"] }, /no RECORD/],
    ["no METADATA", { leaveOut: ["*.dist-info/METADATA"] }, /no METADATA/],
    [
      "a second .dist-info",
      { strangers: [{ path: "other-1.dist-info/METADATA", content: "" }] },
      /two `.dist-info`/,
    ],
    [
      "another name",
      { metadata: "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n" },
      /METADATA is that of `other`/,
    ],
    ["another version", { metadata: "Metadata-Version: 2.1\nName: paint\nVersion: 1.1\n" }, /version `1.1`/],
    ["another .dist-info", { distInfo: "other-1.0" }, /folder is that of `other`/],
    [
      "a path out of the folder",
      { strangers: [{ path: "../evil.py", content: "" }] },
      /`paint-.*whl` is a malformed .*component `..`/,
    ],
    ["a link", { strangers: [{ path: "link", content: "/etc", mode: 0o120777 }] }, /symbolic link/],
  ];
  for (const [what, faults, message] of refused) {
    test(`refuses ${what}, and leaves nothing behind`, async () => {
      const parent = temporaryFolder();
      const store = openStore(join(parent, "cache"));
      const { filename, bytes } = makeWheel({ ...SAMPLE, faults });
      await expect(store.addWheel(bytes, { filename })).rejects.toThrow(message);
      expect(readdirSync(parent)).toEqual(["cache"]);
      const bucket = join(store.directory, "wheels-v1");
      expect(existsSync(bucket) ? readdirSync(bucket) : []).toEqual([]);
    });
  }

  test("heals RECORD: rows without a file go, files without a row are taken in", async () => {
    const store = temporaryStore();
    const { filename, bytes } = makeWheel({
      ...SAMPLE,
      faults: {
        rewriteRecord: (text) =>
          `${text.replace(/^paint\/run.sh.*\n/m, "")}../../evil,sha256=x,1\nghost.py,sha256=x,1\n`,
      },
    });
    const { manifest } = await store.addWheel(bytes, { filename });
    expect(manifest.map(({ path }) => path)).toContain("paint/run.sh");
    expect(manifest.map(({ path }) => path)).not.toContain("ghost.py");
  });

  test("takes a stronger hash than SHA-256, and METADATA without the local version of the file name", async () => {
    const store = temporaryStore();
    const empty = "OLBgp1GsljhM2TJ-sbHjaiH9txEUvgdDTAzHv2P24donTt6_529l-9Ua0vFImLlb";
    const { bytes } = makeWheel({
      ...SAMPLE,
      faults: {
        rewriteRecord: (text) => text.replace(/__init__.py,sha256=[^,]*/, `__init__.py,sha384=${empty}`),
      },
    });
    const wheel = await store.addWheel(bytes, { filename: "paint-1.0+repaired-py3-none-any.whl" });
    expect(wheel.filename).toBe("paint-1.0+repaired-py3-none-any.whl");
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a wheel of very many files, each list of which takes long to make
  test("lets everything else go on between the lists that it makes of a wheel's files", async () => {
    const { filename, bytes } = makeWheel(SAMPLE);
    const turns = await turnsOf(() => temporaryStore().addWheel(bytes, { filename }));
    // Seven while its records are read and its staging folder is removed, and one after each list.
    expect(turns).toBeGreaterThanOrEqual(7 + 3);
  });

  test("is cancelled without remains", async () => {
    const store = temporaryStore();
    const { filename, bytes } = makeWheel(SAMPLE);
    const added = store.addWheel(bytes, { filename, signal: AbortSignal.abort() });
    await expect(added).rejects.toMatchObject({ code: "net/cancelled" });
    const bucket = join(store.directory, "wheels-v1");
    expect(existsSync(bucket) ? readdirSync(bucket) : []).toEqual([]);
  });

  test("says that a wheel is not there, and that a cache cannot be used", async () => {
    const missing = temporaryStore().addWheel(
      { path: "/nowhere/x.whl" },
      { filename: "x-1-py3-none-any.whl" },
    );
    await expect(missing).rejects.toMatchObject({ code: "wheel/not-found" });
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const { filename, bytes } = makeWheel(SAMPLE);
    const unusable = openStore(file).addWheel(bytes, { filename });
    await expect(unusable).rejects.toMatchObject({ code: "cache/unusable" });
  });
});

describe("Store.wheel", () => {
  test("drops an entry whose manifest is cut off", async () => {
    const store = temporaryStore();
    const { filename, bytes, sha256 } = makeWheel(SAMPLE);
    const { directory } = await store.addWheel(bytes, { filename });
    const manifest = join(directory, "../manifest");
    writeFileSync(manifest, readFileSync(manifest, "utf8").slice(0, -10));
    expect(store.wheel(sha256)).toBeUndefined();
    expect(existsSync(directory)).toBe(false);
    await store.addWheel(bytes, { filename });
    expect(store.wheel(sha256)).toBeDefined();
  });

  test("explains a damaged row when the manifest is read", async () => {
    const store = temporaryStore();
    const { filename, bytes, sha256 } = makeWheel(SAMPLE);
    const { directory } = await store.addWheel(bytes, { filename });
    const manifest = join(directory, "../manifest");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace("paint/run.sh", "paint/run.sh\t"));
    expect(() => store.wheel(sha256)?.manifest).toThrow(expect.objectContaining({ code: "cache/damaged" }));
  });
});

describe("Store entries", () => {
  test("come back as they were written, also empty ones, and are apart by bucket and project", () => {
    const store = temporaryStore();
    expect(store.readEntry("pages", "key")).toBeUndefined();
    store.writeEntry("pages", "key", Buffer.from("page"));
    store.writeEntry("metadata", "key", Buffer.alloc(0));
    store.writeEntry("pages", { project: "flask", id: "key" }, Buffer.from("flask's"));
    expect(store.readEntry("pages", "key")?.toString()).toBe("page");
    expect(store.readEntry("metadata", "key")).toEqual(Buffer.alloc(0));
    expect(store.readEntry("pages", { project: "flask", id: "key" })?.toString()).toBe("flask's");
    store.removeEntry("pages", "key");
    expect(store.readEntry("pages", "key")).toBeUndefined();
  });

  test("are dropped when a byte of them changed or is missing", () => {
    const store = temporaryStore();
    store.writeEntry("pages", "key", Buffer.from("some page"));
    const folder = join(store.directory, "pages-v4");
    const path = join(folder, readdirSync(folder)[0]!);
    const whole = readFileSync(path);
    for (const damaged of [
      whole.subarray(1),
      whole.subarray(0, -1),
      Buffer.alloc(whole.length),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, damaged);
      expect(store.readEntry("pages", "key")).toBeUndefined();
      expect(existsSync(path)).toBe(false);
    }
  });
});

describe("cleanCache and pruneCache", () => {
  test("remove what belongs to a project, however its name is written, and nothing else", async () => {
    const store = await filledStore();
    const removed = await cleanCache(store.directory, { names: ["Paint"] });
    expect(removed.files).toBe(8);
    expect(readdirSync(join(store.directory, "wheels-v1"))).toHaveLength(1);
    expect(store.readEntry("pages", { project: "paint", id: "x" })).toBeUndefined();
    expect(store.readEntry("pages", { project: "brush", id: "x" })).toBeDefined();
    expect(await cleanCache(store.directory, { names: ["unknown"] })).toEqual({
      files: 0,
      folders: 0,
      bytes: 0,
    });
  });

  test("remove everything, and count it", async () => {
    const store = await filledStore();
    const before = await measureCache(store.directory);
    expect(await cleanCache(store.directory)).toMatchObject({ files: before.files, bytes: before.bytes });
    expect((await measureCache(store.directory)).files).toBe(0);
    const { filename, bytes } = makeWheel(SAMPLE);
    await store.addWheel(bytes, { filename });
    expect(readdirSync(store.directory)).toContain("CACHEDIR.TAG");
  });

  test("remove what is of no use: other versions, remains, damaged wheels", async () => {
    const store = await filledStore();
    mkdirSync(join(store.directory, "pages-v0"));
    writeFileSync(join(store.directory, "pages-v0/old"), "");
    writeFileSync(join(store.directory, "pages-v4/.tmp-1-abc"), "");
    mkdirSync(join(store.directory, "wheels-v1/damaged/files"), { recursive: true });
    expect(await pruneCache(store.directory)).toMatchObject({ files: 2 });
    expect(await pruneCache(store.directory)).toEqual({ files: 0, folders: 0, bytes: 0 });
    expect(readdirSync(join(store.directory, "wheels-v1"))).toHaveLength(2);
    await pruneCache(store.directory, { isCi: true });
    expect(readdirSync(join(store.directory, "wheels-v1"))).toHaveLength(1);
  });

  test("wait for those who use the cache, unless forced", async () => {
    const store = await filledStore();
    const use = await store.use();
    const holders: (number | undefined)[] = [];
    const options = {
      timeoutMs: 1,
      onWait: (holder: { pid: number } | undefined) => holders.push(holder?.pid),
    };
    await expect(cleanCache(store.directory, options)).rejects.toMatchObject({ code: "cache/locked" });
    expect(holders).toEqual([process.pid]);
    expect((await pruneCache(store.directory, { isForced: true })).files).toBe(0);
    use.release();
    expect((await cleanCache(store.directory, options)).files).toBeGreaterThan(0);
  });

  test("do nothing to a cache that does not exist", async () => {
    const directory = join(temporaryFolder(), "none");
    expect((await cleanCache(directory)).files).toBe(0);
    expect(existsSync(directory)).toBe(false);
  });
});

async function filledStore(): Promise<Store> {
  const store = temporaryStore();
  const paint = makeWheel(SAMPLE);
  const brush = makeWheel({ name: "brush", version: "2" });
  await store.addWheel(paint.bytes, { filename: paint.filename });
  await store.addWheel(brush.bytes, { filename: brush.filename, origin: "built" });
  store.writeEntry("pages", { project: "paint", id: "x" }, Buffer.from("page"));
  store.writeEntry("pages", { project: "brush", id: "x" }, Buffer.from("page"));
  return store;
}
