// The registry over a real index on loopback: listing, metadata, wheels, and what is kept.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { keyUnder } from "../src/sources/fetching/provenance.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { parseRequirement, formatRequirement } from "../src/pep/requirements/requirement.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import type { ResolutionInput } from "../src/resolve/input.ts";
import type { DependencyAnswer } from "../src/resolve/provider.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { fetchVersion, registryStage, shown } from "./support/registry-stage.ts";

const TARGET = targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" });

describe("Registry.listing", () => {
  test.each(["json", "html"] as const)(
    "gives the versions of an index in %s, newest first",
    async (format) => {
      await using stage = await registryStage({ packages: sampleWheels(), formats: [format] });
      expect(shown(await stage.open().listing("greeter"))).toEqual(["2.0.0", "1.1.0", "1.0.0"]);
      expect(await stage.open().listing("nothing")).toEqual({ kind: "not-found", place: "registry" });
    },
  );

  test("asks each page once, however often it is wanted", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    const registry = stage.open();
    await Promise.all([
      registry.listing("greeter"),
      registry.listing("greeter"),
      registry.listing("greeter"),
    ]);
    expect(stage.index.requests).toHaveLength(1);
  });
});

describe("a page that was changed on its way", () => {
  test("is asked for again after it promised other bytes, although its server says that nothing is new", async () => {
    await using stage = await registryStage({ packages: sampleWheels(), cacheControl: "no-cache" });
    await fetchVersion(stage.open(), "paint", "1.2.0");
    const id = `${stage.index.url.replace(/\/$/, "")} paint`;
    const key = keyUnder("unverified", { project: "paint", id });
    const kept = stage.store.readEntry("pages", key)?.toString("latin1") ?? "";
    const digest = sampleWheels().find(({ filename }) => filename.startsWith("paint-1.2.0"))?.sha256 ?? "";
    expect(kept).toContain(digest);
    const other = digest.replace(/./g, (digit) => (digit === "0" ? "1" : "0"));
    stage.store.writeEntry("pages", key, Buffer.from(kept.replace(digest, other), "latin1"));
    await expect(fetchVersion(stage.open(), "paint", "1.2.0")).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
    expect((await fetchVersion(stage.open(), "paint", "1.2.0")).sha256).toBe(digest);
  });
});

describe("Registry.dependencies", () => {
  test("reads the metadata file of the index, and nothing else", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    const registry = stage.open();
    await registry.listing("greeter");
    const answer = await registry.dependencies("greeter", parseVersion("2.0"));
    expect(requires(answer)).toEqual(["wordlist>=2.0", 'paint>=1.0; extra == "color"']);
    expect(stage.index.requests.map(({ path }) => path)).toEqual([
      "/simple/greeter/",
      "/files/greeter/greeter-2.0.0-py3-none-any.whl.metadata",
    ]);
    // The next run finds it in the store.
    await stage.open().dependencies("greeter", parseVersion("2.0"));
    expect(stage.index.requests.filter(({ path }) => path.endsWith(".metadata"))).toHaveLength(1);
  });

  test("knows what is installed without a request", async () => {
    await using stage = await registryStage();
    const { parseMetadata } = await import("../src/pep/metadata/metadata.ts");
    const metadata = parseMetadata("Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b\n");
    const registry = stage.open({ installed: () => metadata });
    expect(requires(await registry.dependencies("a", parseVersion("1.0")))).toEqual(["b"]);
    expect(stage.index.requests).toEqual([]);
  });
});

describe("a registry under the resolver", () => {
  const input = (...requirements: readonly string[]): ResolutionInput => ({
    requirements: requirements.map((text) => ({ requirement: parseRequirement(text) })),
    environment: { kind: "specific", target: TARGET },
    prereleases: "if-necessary",
    resolution: "highest",
  });

  test("resolves from pages and metadata files only", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    const resolution = await resolve(input("greeter[color]", "fastcount"), stage.open());
    expect(resolution.packages.map(({ name, version }) => `${name}==${version.text}`).toSorted()).toEqual([
      "fastcount==1.4.0",
      "greeter==2.0.0",
      "paint==1.2.0",
      "wordlist==2.0.0",
    ]);
    expect(stage.index.requests.filter(({ path }) => path.endsWith(".whl"))).toEqual([]);
  });

  test("names what is wrong with the versions of the index", async () => {
    const foreign = makeWheel({ name: "a", version: "1.0", tag: "py3-none-win_amd64" });
    await using stage = await registryStage({ packages: [foreign] });
    await expect(resolve(input("a"), stage.open())).rejects.toMatchObject({
      code: "resolve/no-solution",
      details: { explanation: expect.stringContaining("a==1.0 has no wheels with a matching platform tag") },
      hints: [expect.stringContaining("`win_amd64`")],
    });
  });
});

describe("Registry.obtain", () => {
  test("brings a wheel into the store once, and then needs no network", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    const wheel = await fetchVersion(stage.open(), "greeter", "2.0.0");
    expect(wheel.distInfo).toBe("greeter-2.0.0.dist-info");
    expect(readFileSync(join(wheel.directory, wheel.distInfo, "METADATA"), "utf8")).toContain(
      "Name: greeter",
    );
    stage.index.misbehave({ kind: "status", status: 500, on: "files" });
    expect((await fetchVersion(stage.open(), "greeter", "2.0.0")).sha256).toBe(wheel.sha256);
    const offline = stage.open({ isOffline: true });
    expect((await fetchVersion(offline, "greeter", "2.0.0")).sha256).toBe(wheel.sha256);
  });

  test("reports its progress", async () => {
    await using stage = await registryStage({ packages: sampleWheels() });
    const events: string[] = [];
    const registry = stage.open({ onEvent: ({ kind }) => events.push(kind) });
    await fetchVersion(registry, "greeter", "2.0.0");
    expect(events[0]).toBe("download-started");
    expect(events.at(-1)).toBe("download-finished");
  });

  const promised = makeWheel({ name: "a", version: "1.0" });
  const other = makeWheel({ name: "a", version: "1.0", summary: "Changed on the way" });

  test.each([
    ["the page's digest in JSON", "json"],
    ["the fragment of an HTML page", "html"],
  ] as const)("checks %s, and keeps nothing of a file that differs", async (_name, format) => {
    await using stage = await registryStage({
      packages: [{ ...promised, bytes: other.bytes }],
      formats: [format],
    });
    const registry = stage.open();
    await expect(fetchVersion(registry, "a", "1.0")).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
      details: { expected: promised.sha256, actual: other.sha256 },
    });
    expect(stage.store.wheel(other.sha256)).toBeUndefined();
    expect(stage.store.wheel(promised.sha256)).toBeUndefined();
  });

  test("checks the digests of a requirement: one of them must fit", async () => {
    await using stage = await registryStage({ packages: [promised] });
    const registry = stage.open();
    await registry.listing("a");
    const file = registry.source("a", parseVersion("1.0"));
    const wrong = `sha256:${"0".repeat(64)}`;
    await expect(registry.obtain(file, { hashes: [wrong] })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
    expect(stage.store.wheel(promised.sha256)).toBeUndefined();
    const wheel = await registry.obtain(file, { hashes: [wrong, `sha256:${promised.sha256}`] });
    expect(wheel.sha256).toBe(promised.sha256);
    // Also where the wheel is in the store already.
    await expect(stage.open().obtain(file, { hashes: [wrong] })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
  });

  test("refuses a wheel that is another project inside", async () => {
    const { bytes, sha256 } = makeWheel({ name: "evil", version: "1.0" });
    await using stage = await registryStage({ packages: [{ ...promised, bytes, sha256 }] });
    await expect(fetchVersion(stage.open(), "a", "1.0")).rejects.toMatchObject({ code: "wheel/invalid" });
  });

  test("reports when the index's metadata is not that of the wheel", async () => {
    const metadata = promised.metadata.replace("Version: 1.0", "Version: 1.0\nRequires-Dist: evil");
    await using stage = await registryStage({ packages: [{ ...promised, metadata }] });
    const registry = stage.open();
    await registry.listing("a");
    expect(requires(await registry.dependencies("a", parseVersion("1.0")))).toEqual(["evil"]);
    await expect(fetchVersion(registry, "a", "1.0")).rejects.toMatchObject({
      code: "index/metadata-mismatch",
      details: { field: "Requires-Dist", stated: ["evil"], actual: [] },
    });
  });

  // Promise: no untrusted input makes a command hang
  // Attack: the metadata of an index differs from the wheel's by very many and very long requirements
  test("shows a few of the requirements that are not the wheel's, and none at full length", async () => {
    const same = Array.from({ length: 9 }, (_, at) => `Requires-Dist: same-${at}`);
    const long = Array.from(
      { length: 9 },
      (_, at) => `Requires-Dist: x${at} @ https://files.example/${"y".repeat(9_000)}`,
    );
    const metadata = promised.metadata.replace("Version: 1.0", ["Version: 1.0", ...same, ...long].join("\n"));
    await using stage = await registryStage({ packages: [{ ...promised, metadata }] });
    const registry = stage.open();
    await registry.listing("a");
    await registry.dependencies("a", parseVersion("1.0"));
    const error: unknown = await fetchVersion(registry, "a", "1.0").catch((caught: unknown) => caught);
    const { message } = error as Error;
    expect(message.length).toBeLessThan(2_000);
    expect(message).toMatch(/expected `same-0`.*`same-4` and 13 more, got nothing$/);
  });
});

function requires(answer: DependencyAnswer): readonly string[] | string {
  return answer.kind === "known" ? answer.requires.map(formatRequirement) : answer.reason.kind;
}
