// Several indexes, folders and URLs: who is asked about a project, in which order, and who is not.

import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, test } from "vitest";

import { startIndex, type IndexFile, type RunningIndex } from "../src/lab/index/index-server.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import type { LocationSettings } from "../src/registry/indexes/locations.ts";
import { fetchDirect, fetchVersion, registryStage, shown } from "./support/registry-stage.ts";

const A1 = makeWheel({ name: "a", version: "1.0", requires: ["b"] });
const A2 = makeWheel({ name: "a", version: "2.0" });
const FOREIGN = makeWheel({ name: "a", version: "3.0", tag: "py3-none-win32" });

describe("strategy", () => {
  test("first-index stops at the first index that has the name, and sends the later ones nothing", async () => {
    await using stage = await registryStage({ packages: [A1] });
    await using later = await startIndex({ packages: [A2], host: "127.0.0.1" });
    const registry = stage.open({ locations: order(stage.index, later) });
    const listing = await registry.listing("a");
    expect(shown(listing)).toEqual(["1.0"]);
    expect(listing).toMatchObject({
      nextIndex: { found: stage.index.url.slice(0, -1), next: later.url.slice(0, -1) },
    });
    expect(later.requests).toEqual([]);
  });

  test("first-index goes on where an index lacks the name", async () => {
    await using stage = await registryStage();
    await using later = await startIndex({ packages: [A2], host: "127.0.0.1" });
    const registry = stage.open({ locations: order(stage.index, later) });
    expect(shown(await registry.listing("a"))).toEqual(["2.0"]);
  });

  test("unsafe-best-match joins the versions of all", async () => {
    await using stage = await registryStage({ packages: [A1] });
    await using later = await startIndex({ packages: [A1, A2], host: "127.0.0.1" });
    const registry = stage.open({
      locations: order(stage.index, later),
      policy: { strategy: "unsafe-best-match" },
    });
    expect(shown(await registry.listing("a"))).toEqual(["2.0", "1.0"]);
    expect(registry.source("a", parseVersion("1.0")).url).toContain(stage.index.origin);
  });

  test("unsafe-first-match joins them too, each with its index", async () => {
    await using stage = await registryStage({ packages: [FOREIGN] });
    await using later = await startIndex({ packages: [A2], host: "127.0.0.1" });
    const locations = order(stage.index, later);
    expect(shown(await stage.open({ locations }).listing("a"))).toEqual(["3.0!"]);
    const registry = stage.open({ locations, policy: { strategy: "unsafe-first-match" } });
    const listing = await registry.listing("a");
    expect(shown(listing)).toEqual(["3.0!", "2.0"]);
    expect(listing.kind === "found" && listing.versions.map(({ indexPlace }) => indexPlace)).toEqual([0, 1]);
  });
});

describe("an index that fails", () => {
  test.each([
    [401, "index/auth-required"],
    [403, "index/forbidden"],
    [500, "net/http-status"],
  ])("with %i stops the search, so that no other index can answer in its place", async (status, code) => {
    await using stage = await registryStage({ oddities: [{ kind: "status", status }] });
    await using later = await startIndex({ packages: [A2], host: "127.0.0.1" });
    const registry = stage.open({ locations: order(stage.index, later) });
    await expect(registry.listing("a")).rejects.toMatchObject({ code, details: { status } });
    expect(later.requests).toEqual([]);
  });

  test.each([401, 403, 500])("with %i is passed over where its ignore-error-codes say so", async (status) => {
    await using stage = await registryStage({ oddities: [{ kind: "status", status }] });
    await using later = await startIndex({ packages: [A2], host: "127.0.0.1" });
    const registry = stage.open({
      locations: {
        indexes: [{ value: stage.index.url, origin: "test", ignoreErrorCodes: [401, 403, 500] }],
        defaultIndex: { value: later.url, origin: "test" },
      },
    });
    expect(shown(await registry.listing("a"))).toEqual(["2.0"]);
  });
});

describe("AWS CodeArtifact", () => {
  test("answers 404 to a token that has expired, which a hint says", async () => {
    await using stage = await registryStage();
    const host = "corp-1234.d.codeartifact.eu-west-1.amazonaws.example";
    const address = { address: "127.0.0.1", family: 4 } as const;
    const registry = stage.open({
      locations: { defaultIndex: { value: stage.index.url.replace("127.0.0.1", host), origin: "test" } },
      network: { lookup: () => Promise.resolve([address]) },
    });
    expect(await registry.listing("a")).toMatchObject({
      kind: "not-found",
      hints: [expect.stringContaining("log in")],
    });
    expect(stage.index.requests[0]?.headers.host).toContain(host);
  });
});

describe("an explicit index", () => {
  test("is not asked by default", async () => {
    await using stage = await registryStage({ packages: [A1] });
    await using special = await startIndex({
      packages: [A2, makeWheel({ name: "b", version: "1.0" })],
      host: "127.0.0.1",
    });
    const registry = stage.open({
      locations: {
        indexes: [{ value: `special=${special.url}`, origin: "test", isExplicit: true }],
        defaultIndex: { value: stage.index.url, origin: "test" },
      },
    });
    expect(shown(await registry.listing("a"))).toEqual(["1.0"]);
    expect(shown(await registry.listing("b"))).toBe("not-found");
    expect(special.requests).toEqual([]);
  });

  test("with the URL of another one does not hide that", async () => {
    await using stage = await registryStage({ packages: [A1] });
    const registry = stage.open({
      locations: {
        indexes: [{ value: `special=${stage.index.url}`, origin: "test", isExplicit: true }],
        defaultIndex: { value: stage.index.url, origin: "test" },
      },
    });
    expect(shown(await registry.listing("a"))).toEqual(["1.0"]);
  });
});

describe("--find-links", () => {
  test("joins a folder to the index, and prefers its files", async () => {
    await using stage = await registryStage({ packages: [A1, A2] });
    const folder = folderOf(stage.world.directory, [A1, makeWheel({ name: "other", version: "1.0" })]);
    writeFileSync(join(folder, "notes.txt"), "not a wheel");
    const registry = stage.open({
      locations: {
        findLinks: [{ value: folder, origin: "--find-links" }],
        defaultIndex: { value: stage.index.url, origin: "test" },
      },
    });
    expect(shown(await registry.listing("a"))).toEqual(["2.0", "1.0"]);
    expect(registry.source("a", parseVersion("1.0")).url).toMatch(/^file:/);
    expect(await registry.dependencies("a", parseVersion("1.0"))).toMatchObject({
      requires: [{ name: "b" }],
    });
    expect((await fetchVersion(registry, "a", "1.0")).sha256).toBe(A1.sha256);
    expect(shown(await registry.listing("other"))).toEqual(["1.0"]);
  });

  test("by themselves, without any index, says where it looked", async () => {
    await using stage = await registryStage();
    const locations = {
      isIndexOff: true,
      findLinks: [{ value: folderOf(stage.world.directory, [A1]), origin: "-f" }],
    };
    expect(shown(await stage.open({ locations }).listing("a"))).toEqual(["1.0"]);
    expect(await stage.open({ locations }).listing("b")).toEqual({ kind: "not-found", place: "locations" });
    expect(stage.index.requests).toEqual([]);
  });

  test("reads a page with the files of many projects once, and keeps it", async () => {
    await using stage = await registryStage({
      packages: [A1, makeWheel({ name: "b", version: "1.0" })],
      cacheControl: "max-age=60",
    });
    const locations = { isIndexOff: true, findLinks: [{ value: stage.index.flatUrl, origin: "-f" }] };
    const registry = stage.open({ locations });
    expect(shown(await registry.listing("a"))).toEqual(["1.0"]);
    expect(shown(await registry.listing("b"))).toEqual(["1.0"]);
    expect(shown(await stage.open({ locations }).listing("a"))).toEqual(["1.0"]);
    expect(stage.index.requests).toHaveLength(1);
    expect((await fetchVersion(registry, "a", "1.0")).sha256).toBe(A1.sha256);
  });

  test("says when a folder or a page is not there", async () => {
    await using stage = await registryStage();
    const missing = { isIndexOff: true, findLinks: [{ value: "./missing", origin: "--find-links" }] };
    await expect(stage.open({ locations: missing }).listing("a")).rejects.toMatchObject({
      code: "index/unreadable-directory",
      details: { origin: "--find-links" },
    });
    const page = { isIndexOff: true, findLinks: [{ value: stage.index.flatUrl, origin: "-f" }] };
    await expect(stage.open({ locations: page }).listing("a")).rejects.toMatchObject({
      code: "index/unreadable-directory",
    });
  });
});

describe("a file:// index", () => {
  test("serves its pages, and folders of files without one", async () => {
    await using stage = await registryStage();
    const root = join(stage.world.directory, "static");
    mkdirSync(join(root, "a"), { recursive: true });
    mkdirSync(join(root, "files"));
    writeFileSync(join(root, "files", A1.filename), A1.bytes);
    writeFileSync(
      join(root, "a", "index.html"),
      `<a href="../files/${A1.filename}#sha256=${A1.sha256}">a</a>`,
    );
    folderOf(join(root, "b"), [makeWheel({ name: "b", version: "1.0" })], "");
    const locations = { defaultIndex: { value: pathToFileURL(root).href, origin: "test" } };
    const registry = stage.open({ locations, isOffline: true });
    expect(shown(await registry.listing("a"))).toEqual(["1.0"]);
    expect(shown(await registry.listing("b"))).toEqual(["1.0"]);
    expect(shown(await registry.listing("c"))).toBe("not-found");
    expect((await fetchVersion(registry, "a", "1.0")).sha256).toBe(A1.sha256);
  });

  test("keeps nothing of a file that its page does not promise", async () => {
    await using stage = await registryStage();
    const root = join(stage.world.directory, "static");
    mkdirSync(join(root, "a"), { recursive: true });
    writeFileSync(join(root, "a", A1.filename), A1.bytes);
    writeFileSync(join(root, "a", "index.html"), `<a href="${A1.filename}#sha256=${"0".repeat(64)}">a</a>`);
    const registry = stage.open({ locations: { defaultIndex: { value: root, origin: "test" } } });
    await expect(fetchVersion(registry, "a", "1.0")).rejects.toMatchObject({ code: "wheel/hash-mismatch" });
    expect(stage.store.wheel(A1.sha256)).toBeUndefined();
  });

  test("that is not there has no projects, as for uv", async () => {
    await using stage = await registryStage();
    const registry = stage.open({
      locations: { defaultIndex: { value: "/nothing/here", origin: "--index-url" } },
    });
    await expect(registry.listing("a")).resolves.toMatchObject({ kind: "not-found" });
  });
});

describe("a direct wheel", () => {
  const urlOf = (index: RunningIndex): string => `${index.origin}/files/a/${A1.filename}`;

  test("from a URL answers for its version", async () => {
    await using stage = await registryStage({ packages: [A1] });
    const registry = stage.open();
    const target = `${urlOf(stage.index).replace("http://", "http://ada:secret@")}#sha256=${A1.sha256}&egg=a`;
    const found = await fetchDirect(registry, target);
    expect(found).toMatchObject({
      name: "a",
      version: { text: "1.0" },
      source: { hashes: { sha256: A1.sha256 } },
    });
    expect(await registry.dependencies("a", found.version)).toMatchObject({ requires: [{ name: "b" }] });
    expect(await registry.direct("A", target)).toEqual(found.version);
    expect(stage.index.requests.map(({ path }) => path)).toEqual([`/files/a/${A1.filename}`]);
  });

  test("from a path", async () => {
    await using stage = await registryStage();
    const folder = folderOf(stage.world.directory, [A1]);
    const { directory } = stage.world;
    const found = await fetchDirect(stage.open(), `./${basename(folder)}/${A1.filename}`, { directory });
    expect(found.source).toMatchObject({ hashes: { sha256: A1.sha256 } });
    await expect(
      fetchDirect(stage.open(), `./${basename(folder)}/b-1.0-py3-none-any.whl`, { directory }),
    ).rejects.toMatchObject({
      code: "wheel/not-found",
    });
  });

  test.each([
    ["its fragment", `#sha256=${"0".repeat(64)}`, []],
    ["another digest of its fragment", `#sha256=${A1.sha256}&md5=${"0".repeat(32)}`, []],
    ["the requirement", "", [`sha512:${"0".repeat(128)}`]],
  ])("is refused where %s promises other bytes", async (_name, fragment, hashes) => {
    await using stage = await registryStage({ packages: [A1] });
    await expect(
      fetchDirect(stage.open(), `${urlOf(stage.index)}${fragment}`, { hashes }),
    ).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
    expect(stage.store.wheel(A1.sha256)).toBeUndefined();
  });

  test("must be of the project that asks for it", async () => {
    await using stage = await registryStage({ packages: [A1] });
    await expect(stage.open().direct("b", urlOf(stage.index))).rejects.toMatchObject({
      code: "wheel/invalid",
    });
  });
});

function order(first: RunningIndex, second: RunningIndex): Partial<LocationSettings> {
  return {
    indexes: [{ value: first.url, origin: "--index" }],
    defaultIndex: { value: second.url, origin: "--default-index" },
  };
}

function folderOf(directory: string, files: readonly IndexFile[], name = "wheels"): string {
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(join(folder, file.filename), file.bytes);
  return folder;
}
