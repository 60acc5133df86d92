// What real package servers do, each strangeness by its name: the registry copes, or says what is wrong.

import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { keyUnder } from "../src/sources/fetching/provenance.ts";
import { startIndex, type Oddity } from "../src/lab/index/index-server.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { formatRequirement } from "../src/pep/requirements/requirement.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import type { RefreshPolicy } from "../src/sources/fetching/refresh.ts";
import type { Registry } from "../src/registry/registry.ts";
import { trusting } from "./support/test-client.ts";
import {
  fetchDirect,
  fetchVersion,
  registryStage,
  shown,
  type RegistryStage,
} from "./support/registry-stage.ts";

const GREETER = ["2.0.0", "1.1.0", "1.0.0"];
const STALE: Oddity = { kind: "headers", headers: { "cache-control": "no-cache" } };

describe("a page is read although the server", () => {
  test.each<[string, readonly Oddity[]]>([
    ["names no content type", [{ kind: "content-type", value: undefined }]],
    ["calls it plain text", [{ kind: "content-type", value: "text/plain" }]],
    ["calls it bytes", [{ kind: "content-type", value: "application/octet-stream" }]],
    ["compresses it", [{ kind: "gzip" }]],
    ["sends many megabytes", [{ kind: "padding", octets: 8 * 1024 ** 2 }]],
    ["is busy for a moment", [{ kind: "status", status: 503, times: 1 }]],
    ["cuts it once", [{ kind: "cut", after: 100, times: 1 }]],
    ["answers 304 to the first question", [{ kind: "not-modified", times: 1 }]],
  ])("%s", async (_name, oddities) => {
    await using stage = await registryStage({ packages: sampleWheels(), oddities });
    expect(shown(await stage.open().listing("greeter"))).toEqual(GREETER);
  });

  test("redirects it to another host, to which its links are relative", async () => {
    await using other = await startIndex({ packages: sampleWheels(), host: "localhost" });
    await using stage = await registryStage({
      oddities: [{ kind: "redirect", to: other.origin, on: "pages" }],
    });
    const registry = stage.open();
    const wheel = await fetchVersion(registry, "greeter", "2.0.0");
    expect(wheel.distInfo).toBe("greeter-2.0.0.dist-info");
    expect(registry.source("greeter", parseVersion("2.0.0")).url).toContain(other.origin);
    expect(stage.index.requests.every(({ path }) => path.startsWith("/simple/"))).toBe(true);
  });
});

describe("a page is refused, and never a shorter one taken, when the server", () => {
  test.each<[string, readonly Oddity[], string]>([
    ["cuts it each time", [{ kind: "cut", after: 400 }], "net/malformed-response"],
    ["cuts its compression", [{ kind: "gzip", damaged: true }], "net/malformed-response"],
    [
      "sends something else",
      [
        { kind: "body", body: "<!doctype" },
        { kind: "content-type", value: "application/vnd.pypi.simple.v1+json" },
      ],
      "index/malformed-page",
    ],
    ["sends a picture", [{ kind: "content-type", value: "image/png" }], "index/not-an-index"],
    [
      "sends half of the JSON",
      [{ kind: "body", body: '{"meta":{"api-version":"1.0"},"files":[' }],
      "index/malformed-page",
    ],
    ["answers 304 to everything", [{ kind: "not-modified" }], "index/not-an-index"],
    ["fails", [{ kind: "status", status: 500 }], "net/http-status"],
    ["answers 204", [{ kind: "status", status: 204 }], "index/not-an-index"],
    ["wants credentials", [{ kind: "status", status: 401 }], "index/auth-required"],
    ["forbids", [{ kind: "status", status: 403 }], "index/forbidden"],
    [
      "speaks an API of the future",
      [{ kind: "body", body: '{"meta":{"api-version":"2.0"},"files":[]}' }],
      "index/malformed-page",
    ],
  ])("%s", async (_name, oddities, code) => {
    await using stage = await registryStage({ packages: sampleWheels(), oddities, formats: ["json"] });
    const registry = stage.open({ network: { retries: 0 } });
    await expect(registry.listing("greeter")).rejects.toMatchObject({ code });
    expect(
      stage.store.readEntry("pages", { project: "greeter", id: `${stage.index.url.slice(0, -1)} greeter` }),
    ).toBeUndefined();
  });
});

test("a page in which the server falls silent is refused", async () => {
  await using stage = await registryStage({
    packages: sampleWheels(),
    oddities: [{ kind: "stall", after: 400 }],
    formats: ["json"],
  });
  // However slow the machine is, an early end is the same end.
  const registry = stage.open({ network: { silenceTimeoutMs: 300, retries: 0 } });
  await expect(registry.listing("greeter")).rejects.toMatchObject({ code: "net/timeout" });
});

describe("a page that is kept", () => {
  test.each([
    // Whoever changed a page on its way did not change what names it.
    ["asked for whole again with --refresh where nothing protected it", false, [200, 200, 200]],
    ["confirmed with --refresh where TLS protected it", true, [200, 304, 304]],
  ])("is used while it is fresh, and %s", async (_what, isProtected, statuses) => {
    const packages = sampleWheels();
    const authority = createAuthority("Corp Root");
    await using stage = await registryStage({
      packages,
      cacheControl: "max-age=600",
      host: "localhost",
      ...(isProtected ? { tls: authority.issue("localhost") } : {}),
    });
    const network = { trust: trusting(authority) };
    await stage.open({ network }).listing("greeter");
    expect(shown(await stage.open({ network }).listing("greeter"))).toEqual(GREETER);
    expect(stage.index.requests).toHaveLength(1);
    const refreshing = (...names: string[]): RefreshPolicy => ({ kind: "projects", names: new Set(names) });
    await stage.open({ network, refresh: refreshing("other") }).listing("greeter");
    expect(stage.index.requests).toHaveLength(1);
    await stage.open({ network, refresh: refreshing("greeter") }).listing("greeter");
    await stage.open({ network, refresh: { kind: "all" } }).listing("greeter");
    expect(stage.index.requests.map(({ status }) => status)).toEqual(statuses);
  });

  test.each<[string, readonly Oddity[], readonly number[]]>([
    ["by its entity tag", [], [200, 304]],
    ["by a weak one", [{ kind: "validators", form: "weak" }], [200, 304]],
    ["in full where it has no validator", [{ kind: "validators", form: "none" }], [200, 200]],
    ["in full where the server never says 304", [{ kind: "never-not-modified" }], [200, 200]],
  ])("is asked for again %s once it is stale", async (_name, oddities, statuses) => {
    await using stage = await registryStage({ packages: sampleWheels(), oddities });
    await stage.open().listing("greeter");
    expect(shown(await stage.open().listing("greeter"))).toEqual(GREETER);
    expect(stage.index.requests.map(({ status }) => status)).toEqual(statuses);
  });

  test("without validators is read again only where it has changed", async () => {
    const oddities: readonly Oddity[] = [{ kind: "validators", form: "none" }];
    await using stage = await registryStage({ packages: sampleWheels(), oddities });
    const entry = (): number | undefined => {
      const paths = readdirSync(stage.store.directory, { recursive: true, withFileTypes: true });
      const page = paths.find((path) => path.isFile() && path.parentPath.endsWith("p-greeter"));
      return page === undefined ? undefined : statSync(join(page.parentPath, page.name)).ino;
    };
    await stage.open().listing("greeter");
    const first = entry();
    expect(first).toEqual(expect.any(Number));
    expect(shown(await stage.open().listing("greeter"))).toEqual(GREETER);
    expect(entry()).toBe(first);
    stage.index.add(makeWheel({ name: "greeter", version: "3.0.0" }));
    expect(shown(await stage.open().listing("greeter"))).toEqual(["3.0.0", ...GREETER]);
    expect(entry()).not.toBe(first);
  });

  test("that was damaged on the disk is fetched again", async () => {
    await using stage = await registryStage({ packages: sampleWheels(), cacheControl: "max-age=600" });
    await stage.open().listing("greeter");
    const key = { project: "greeter", id: `${stage.index.url.slice(0, -1)} greeter` };
    for (const damaged of [
      "",
      "{}",
      "{}\n1.0\tx",
      '{"storedAtMs":0,"freshUntilMs":9e99,"headers":{}}\n1.0\t[]',
    ]) {
      stage.store.writeEntry("pages", key, Buffer.from(damaged));
      expect(shown(await stage.open().listing("greeter"))).toEqual(GREETER);
    }
  });

  test("gives way to a version that came since", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    await stage.open().listing("greeter");
    stage.index.add(makeWheel({ name: "greeter", version: "3.0" }));
    expect(shown(await stage.open().listing("greeter"))).toEqual(["3.0", ...GREETER]);
  });

  test("is served offline however old it is, and without it nothing is", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    await stage.open().listing("greeter");
    const offline = stage.open({ isOffline: true });
    expect(shown(await offline.listing("greeter"))).toEqual(GREETER);
    expect(await offline.listing("wordlist")).toEqual({ kind: "not-found", place: "cache" });
    expect(await offline.dependencies("greeter", parseVersion("2.0.0"))).toEqual({
      kind: "unusable",
      reason: { kind: "offline" },
    });
    await expect(fetchVersion(offline, "greeter", "2.0.0")).rejects.toMatchObject({ code: "net/offline" });
    expect(stage.index.requests).toHaveLength(1);
  });

  test("holds as long as the index's own cache-control setting says", async () => {
    await using stage = await registryStage({ packages: sampleWheels(), cacheControl: "no-store" });
    const locations = {
      defaultIndex: { value: stage.index.url, origin: "test", cacheControl: { api: "max-age=600" } },
    };
    await stage.open({ locations }).listing("greeter");
    await stage.open({ locations }).listing("greeter");
    expect(stage.index.requests).toHaveLength(1);
    await using strict = await registryStage({ packages: sampleWheels(), cacheControl: "no-store" });
    await strict.open().listing("greeter");
    expect(await strict.open({ isOffline: true }).listing("greeter")).toMatchObject({ kind: "not-found" });
  });

  test("is forgotten, however fresh, once the index says that it has the project no more", async () => {
    await using stage = await registryStage({ packages: sampleWheels(), cacheControl: "max-age=600" });
    await stage.open().listing("greeter");
    stage.index.misbehave({ kind: "status", status: 404 });
    await stage.open({ refresh: { kind: "all" } }).listing("greeter");
    expect(await stage.open().listing("greeter")).toMatchObject({ kind: "not-found" });
    expect(await stage.open({ isOffline: true }).listing("greeter")).toMatchObject({ kind: "not-found" });
  });

  test("is forgotten once nothing may be kept", async () => {
    await using stage = await registryStage({ packages: sampleWheels(), cacheControl: "max-age=600" });
    await stage.open().listing("greeter");
    const defaultIndex = { value: stage.index.url, origin: "test", cacheControl: { api: "no-store" } };
    await stage.open({ locations: { defaultIndex }, refresh: { kind: "all" } }).listing("greeter");
    expect(await stage.open({ isOffline: true }).listing("greeter")).toMatchObject({ kind: "not-found" });
  });

  test("holds no credentials", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    const secretUrl = stage.index.url.replace("http://", "http://ada:secret@");
    const registry = stage.open({ locations: { defaultIndex: { value: secretUrl, origin: "test" } } });
    await registry.listing("greeter");
    const id = `${stage.index.url.slice(0, -1)} greeter`;
    const kept = stage.store.readEntry("pages", keyUnder("unverified", { project: "greeter", id }));
    expect(kept?.toString()).toContain("greeter-2.0.0-py3-none-any.whl");
    expect(kept?.toString()).not.toContain("secret");
  });
});

describe("a wheel whose URL has no digest", () => {
  const wheel = makeWheel({ name: "a", version: "1.0" });
  const changed = makeWheel({ name: "a", version: "1.0", summary: "Another one" });
  const target = (stage: RegistryStage): string => `${stage.index.origin}/files/a/${wheel.filename}`;
  const downloads = (stage: RegistryStage): number =>
    stage.index.requests.filter(({ method, status }) => method === "GET" && status === 200).length;

  test.each<[string, readonly Oddity[], number]>([
    ["is downloaded once while it is fresh", [], 1],
    ["is downloaded once where the server says that it is the same", [STALE], 1],
    [
      "is downloaded once where the server never says 304, but shows its entity tag",
      [STALE, { kind: "never-not-modified" }],
      1,
    ],
    [
      "is downloaded again where nothing tells whether it changed",
      [STALE, { kind: "validators", form: "none" }],
      2,
    ],
    ["is downloaded again where the server refuses HEAD", [{ kind: "head-refused" }], 2],
  ])("%s", async (_name, oddities, expected) => {
    await using stage = await registryStage({ packages: [wheel], oddities });
    await fetchDirect(stage.open(), target(stage));
    expect(await fetchDirect(stage.open(), target(stage))).toMatchObject(holding(wheel));
    expect(downloads(stage)).toBe(expected);
  });

  test("is downloaded again when it changed, and served offline as it was", async () => {
    await using stage = await registryStage({ packages: [wheel], oddities: [STALE] });
    await fetchDirect(stage.open(), target(stage));
    expect(await fetchDirect(stage.open({ isOffline: true }), target(stage))).toMatchObject(holding(wheel));
    stage.index.misbehave(
      { kind: "body", body: changed.bytes },
      { kind: "headers", headers: { etag: '"other"' } },
    );
    expect(await fetchDirect(stage.open(), target(stage))).toMatchObject(holding(changed));
  });
});

describe("metadata comes", () => {
  const large = makeWheel({
    name: "large",
    version: "1.0",
    requires: ["wordlist"],
    files: { "large/data.bin": incompressible(4000) },
  });
  const withoutMetadata = { ...large, metadata: undefined };

  test("by one range where the index has no metadata file", async () => {
    await using stage = await registryStage({ packages: [withoutMetadata] });
    expect(await requires(stage.open(), "large")).toEqual(["wordlist"]);
    const files = stage.index.requests.filter(({ path }) => path.startsWith("/files/"));
    expect(files.map(({ status }) => status)).toEqual([206]);
    expect(files[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("by ranges where the page states no size", async () => {
    await using stage = await registryStage({ packages: [withoutMetadata], formats: ["html"] });
    expect(await requires(stage.open(), "large")).toEqual(["wordlist"]);
    expect(stage.index.requests.at(-1)?.headers.range).toMatch(/^bytes=-\d+$/);
  });

  test("by three ranges where the directory and METADATA lie before the end", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [`many/module_${index}_${"x".repeat(40)}.py`, ""]),
    );
    const many = makeWheel({ name: "large", version: "1.0", requires: ["wordlist"], files });
    await using stage = await registryStage({ packages: [{ ...many, metadata: undefined }] });
    expect(await requires(stage.open(), "large")).toEqual(["wordlist"]);
    const ranges = stage.index.requests.filter(({ headers }) => headers.range !== undefined);
    expect(ranges.length).toBeGreaterThan(1);
    expect(ranges.length).toBeLessThanOrEqual(3);
    expect(ranges.every(({ status }) => status === 206)).toBe(true);
  });

  test.each<[string, Oddity]>([
    ["ignores ranges", { kind: "range", answer: "ignored", on: "files" }],
    ["refuses ranges", { kind: "range", answer: "refused", on: "files" }],
    ["answers other ranges", { kind: "range", answer: "wrong-offset", on: "files" }],
    ["compresses wheels", { kind: "gzip", on: "files" }],
  ])("from the whole wheel where the server %s, which is asked once", async (_name, oddity) => {
    const second = makeWheel({ name: "second", version: "1.0", requires: ["paint"] });
    await using stage = await registryStage({
      packages: [withoutMetadata, { ...second, metadata: undefined }],
      oddities: [oddity],
    });
    const registry = stage.open();
    expect(await requires(registry, "large")).toEqual(["wordlist"]);
    expect(await requires(registry, "second")).toEqual(["paint"]);
    const ranges = stage.index.requests.filter(({ headers }) => headers.range !== undefined);
    expect(ranges).toHaveLength(1);
    expect(stage.store.wheel(large.sha256)).toBeDefined();
  });

  test("ahead of time where the index has no metadata files, once ranges have worked", async () => {
    const versions = ["1.0", "2.0", "3.0"];
    await using stage = await registryStage({
      packages: versions.map((version) => ({
        ...makeWheel({ name: "busy", version, requires: [`wordlist==${version}`] }),
        metadata: undefined,
      })),
    });
    const registry = stage.open();
    const askedFiles = (): number =>
      stage.index.requests.filter(({ path }) => path.startsWith("/files/")).length;
    await registry.listing("busy");
    registry.prefetchVersions("busy", [parseVersion("2.0")]);
    expect(await requires(registry, "busy")).toEqual(["wordlist==1.0"]);
    expect(askedFiles(), "a wheel whose server may not do ranges could be large").toBe(1);
    registry.prefetchVersions("busy", [parseVersion("3.0"), parseVersion("2.0")]);
    await expect.poll(askedFiles).toBe(3);
    await Promise.all(versions.map((version) => registry.dependencies("busy", parseVersion(version))));
    expect(askedFiles()).toBe(3);
  });

  test("by ranges still, after one file that is not an archive", async () => {
    const wheels = ["1.0", "2.0"].map((version) => makeWheel({ name: "busy", version }));
    const bytes = Buffer.alloc(100_000);
    const broken = { ...withoutMetadata, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
    await using stage = await registryStage({
      packages: [broken, ...wheels.map((wheel) => ({ ...wheel, metadata: undefined }))],
    });
    const registry = stage.open();
    expect(await requires(registry, "busy")).toEqual([]);
    await requires(registry, "large");
    await registry.dependencies("busy", parseVersion("2.0"));
    expect(stage.index.requests.at(-1)).toMatchObject({ status: 206 });
  });

  test("without the file that the page promises, where the server forgot it", async () => {
    await using stage = await registryStage({
      packages: [large],
      oddities: [{ kind: "status", status: 404, on: "metadata" }],
    });
    expect(await requires(stage.open(), "large")).toEqual(["wordlist"]);
  });

  test("never from a file that is not the promised one", async () => {
    const forged = large.metadata.replace("wordlist", "evil");
    await using stage = await registryStage({
      packages: [large],
      oddities: [{ kind: "body", body: forged, on: "metadata" }],
    });
    await expect(requires(stage.open(), "large")).rejects.toMatchObject({ code: "wheel/hash-mismatch" });
  });

  test.each([
    ["of another project", large.metadata.replace("Name: large", "Name: other")],
    ["of another version", large.metadata.replace("Version: 1.0", "Version: 2.0")],
    ["that cannot be read", large.metadata.replace("Requires-Dist: wordlist", "Requires-Dist: !!!")],
    ["that is invalid", "\u0000"],
  ])("never silently when it is metadata %s", async (_name, metadata) => {
    await using stage = await registryStage({ packages: [{ ...large, metadata }] });
    expect(await requires(stage.open(), "large")).toBe("invalid-metadata");
  });
});

async function requires(registry: Registry, name: string): Promise<readonly string[] | string> {
  await registry.listing(name);
  const answer = await registry.dependencies(name, parseVersion("1.0"));
  return answer.kind === "known" ? answer.requires.map(formatRequirement) : answer.reason.kind;
}

/** Bytes that stay as many in a ZIP archive: digests of numbers. */
function incompressible(blocks: number): Buffer {
  return Buffer.concat(
    Array.from({ length: blocks }, (_, block) => createHash("sha256").update(`${block}`).digest()),
  );
}

/** What is known of a direct source with the bytes of a wheel. */
function holding({ sha256 }: { readonly sha256: string }): object {
  return { source: { hashes: { sha256 } } };
}
