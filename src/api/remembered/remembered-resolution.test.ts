// The law of remembered resolutions: one is recalled exactly as long as the same is requested, and everything that it was
// derived from is the same and fresh.

import { PinionError } from "../../errors.ts";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { createInstaller, parsePlan } from "../../index.ts";
import type {
  ChangePlan,
  Compiled,
  InstallationPlan,
  Installer,
  InstallerOptions,
  PlanRequest,
} from "../../index.ts";
import type { RunningIndex } from "../../lab/index/index-server.ts";
import { makeWheel } from "../../lab/index/make-wheel.ts";
import { sampleWheels } from "../../lab/index/sample-wheels.ts";
import { parseMarker } from "../../pep/markers/marker.ts";
import { parseNameSet } from "../../pep/name-set.ts";
import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import { Witness } from "../../registry/witness.ts";
import type { SdistSource } from "../../sources/source.ts";
import type { EntryKey } from "../../store/store.ts";
import { openStore, type Store } from "../../store/store.ts";
import { World } from "../../../test/support/world.ts";
import { readInputs } from "../inputs/read-inputs.ts";
import type { CompileRequest } from "../locks/lock-request.ts";
import {
  lockKey,
  recallPreview,
  recallResolution,
  rememberPreview,
  rememberResolution,
  resolutionKey,
  type RememberedSolution,
  type ResolutionContext,
} from "./remembered-resolution.ts";
import { FILE_CHANGES } from "../../../test/support/file-changes.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.12" });

const solution: RememberedSolution = {
  resolution: { warnings: ["`flask==3.0.0` is yanked"] },
  distributions: [
    {
      name: "flask",
      version: parseVersion("3.0.0"),
      isRequested: true,
      directUrl: undefined,
      hashes: [],
      configSettings: {},
      source: () => ({
        kind: "index",
        name: "flask",
        version: "3.0.0",
        filename: "flask-3.0.0-py3-none-any.whl",
        url: "https://index.example/flask-3.0.0-py3-none-any.whl",
        hashes: { sha256: "ab".repeat(32) },
        index: { url: "https://index.example/simple", kind: "simple" },
        metadata: true,
        yanked: false,
      }),
    },
  ],
};

describe("what a resolution was derived from", () => {
  test("is the same for as long as it is recalled", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.tuple(fc.constantFrom("pages", "metadata", "built"), fc.constantFrom("a", "b", "c")),
          {
            minLength: 1,
            maxLength: 6,
            selector: ([bucket, name]) => `${bucket} ${name}`,
          },
        ),
        fc.constantFrom(...(Object.keys(FILE_CHANGES) as (keyof typeof FILE_CHANGES)[])),
        fc.nat(),
        (entries, change, pick) => {
          using cache = openCache();
          const { store } = cache;
          const witness = cache.witnessOf(
            entries.filter(([bucket]) => bucket === "pages").map(([, name]) => name),
          );
          for (const [bucket, name] of entries) store.writeEntry(bucket, keyFor(name), Buffer.from(name));
          for (const [bucket, name] of entries)
            if (bucket === "metadata")
              witness.metadata({ kind: "entry", key: keyFor(name), sha256: "cd".repeat(32) });
            else if (bucket === "built") witness.record(keyFor(name));
          rememberResolution("key", solution, { store, witness, startedMs: LATER, protection: "verified" });
          const recalled = recallResolution("key", store);
          expect(recalled?.value.resolution).toEqual(solution.resolution);
          expect(
            recalled?.value.distributions.map(({ source, ...rest }) => ({ ...rest, source: source() })),
          ).toEqual(solution.distributions.map(({ source, ...rest }) => ({ ...rest, source: source() })));
          expect(recallResolution("another key", store)).toBeUndefined();
          const [bucket, name] = entries[pick % entries.length] ?? ["pages", "a"];
          FILE_CHANGES[change](join(store.directory, store.entryFile(bucket, keyFor(name))));
          expect(recallResolution("key", store)).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  test("may be a source distribution that an index lists, and no other", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("built", keyFor("a"), Buffer.from("a"));
    const listing = {
      index: { url: "https://index.example/simple", kind: "simple" },
      metadata: false,
      yanked: false,
    } as const;
    const base = {
      kind: "sdist",
      name: "flask",
      version: "3.0.0",
      filename: "flask-3.0.0.tar.gz",
      url: "https://index.example/flask-3.0.0.tar.gz",
    } as const;
    const hashes = { sha256: "ab".repeat(32) };
    const of = (source: SdistSource): RememberedSolution => ({
      ...solution,
      distributions: solution.distributions.map((entry) => ({ ...entry, source: () => source })),
    });
    for (const [source, isKept] of [
      [{ ...base, hashes, listing }, true],
      [{ ...base, hashes: {}, listing }, false],
      [{ ...base, hashes }, false],
    ] as const) {
      const witness = cache.witnessOf([]);
      witness.record(keyFor("a"));
      rememberResolution(JSON.stringify(source), of(source), {
        store,
        witness,
        startedMs: LATER,
        protection: "verified",
      });
      const recalled = recallResolution(JSON.stringify(source), store);
      expect(recalled?.value.distributions.map((entry) => entry.source())).toEqual(
        isKept ? [source] : undefined,
      );
      const unverified = { store, witness, startedMs: LATER, protection: "unverified" } as const;
      rememberResolution("unverified", of(source), unverified);
      expect(recallResolution("unverified", store)).toBeUndefined();
    }
    const withoutFile = (): never => {
      throw new PinionError("index/not-found", "what stays has no file");
    };
    const kept = {
      ...solution,
      distributions: solution.distributions.map((entry) => ({ ...entry, source: withoutFile })),
    };
    const witness = cache.witnessOf([]);
    rememberResolution("kept", kept, { store, witness, startedMs: LATER, protection: "verified" });
    expect(recallResolution("kept", store)).toBeUndefined();
  });

  test("is fresh: neither expired, nor stored by a clock that was ahead", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("pages", keyFor("a"), Buffer.from("a"));
    for (const [storedAtMs, freshUntilMs] of [
      [0, Date.now()],
      [Date.now() + 60_000, Date.now() + 120_000],
    ] as const) {
      const witness = new Witness();
      witness.page(keyFor("b"), { storedAtMs: 0, freshUntilMs: Number.MAX_SAFE_INTEGER, headers: {} });
      witness.page(keyFor("a"), { storedAtMs, freshUntilMs, headers: {} });
      store.writeEntry("pages", keyFor("b"), Buffer.from("b"));
      rememberResolution("key", solution, { store, witness, startedMs: LATER, protection: "verified" });
      expect(recallResolution("key", store)).toBeUndefined();
    }
  });

  test("is not a wheel that was absent and is in the store now", () => {
    using cache = openCache();
    const { store } = cache;
    const sha256 = "cd".repeat(32);
    store.writeEntry("metadata", keyFor("a"), Buffer.from("a"));
    const witness = cache.witnessOf([]);
    witness.metadata({ kind: "entry", key: keyFor("a"), sha256 });
    rememberResolution("key", solution, { store, witness, startedMs: LATER, protection: "verified" });
    expect(recallResolution("key", store)).toBeDefined();
    expect(
      recallResolution("key", { ...store, hasAnyWheel: (wanted) => wanted.includes(sha256) }),
    ).toBeUndefined();
  });

  // Promise: what an index says of a wheel before it is there is compared with the wheel before that is installed
  // Attack: a run that installs nothing reads the metadata of an index, and the next run recalls what came of it
  test("is not kept of a chosen wheel whose metadata came without it", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("metadata", keyFor("a"), Buffer.from("a"));
    const witness = cache.witnessOf([]);
    witness.metadata({ kind: "entry", key: keyFor("a"), sha256: "ab".repeat(32) });
    const derivation = { store, witness, startedMs: LATER, protection: "verified" } as const;
    rememberResolution("key", solution, derivation);
    rememberPreview("shown", solution, derivation);
    for (const key of ["key", "shown"]) expect(recallResolution(key, store)).toBeUndefined();
    expect(recallPreview("key", store)).toBeUndefined();
    expect(recallPreview("shown", store)?.value.distributions.map(({ name }) => name)).toEqual(["flask"]);
    // Once the wheel is there, its own metadata counts.
    expect(recallPreview("shown", { ...store, hasAnyWheel: () => true })).toBeUndefined();
  });

  test("is kept for every run by one that installs nothing, where all that was chosen is there", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("pages", keyFor("a"), Buffer.from("a"));
    const witness = cache.witnessOf(["a"]);
    rememberPreview("key", solution, { store, witness, startedMs: LATER, protection: "verified" });
    expect(recallResolution("key", store)).toBeDefined();
    expect(recallPreview("key", store)).toBeUndefined();
  });

  test("is not kept where a project's proxy or root is part of what answered", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("pages", keyFor("a"), Buffer.from("a"));
    for (const protection of ["unverified 00", "project 00"] as const) {
      const witness = cache.witnessOf(["a"]);
      const derivation = { store, witness, startedMs: LATER, protection };
      rememberResolution("key", solution, derivation);
      rememberPreview("key", solution, derivation);
      expect(recallResolution("key", store)).toBeUndefined();
      expect(recallPreview("key", store)).toBeUndefined();
    }
  });

  test("is not kept where it may have changed while it was read, or is not all in the cache", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("pages", keyFor("a"), Buffer.from("a"));
    rememberResolution("key", solution, {
      store,
      witness: cache.witnessOf(["a"]),
      startedMs: Date.now(),
      protection: "verified",
    });
    expect(recallResolution("key", store)).toBeUndefined();
    const doubtful = [
      (witness: Witness) => witness.other(),
      (witness: Witness) => witness.metadata({ kind: "other" }),
      (witness: Witness) => witness.metadata({ kind: "wheel", sha256: "ef".repeat(32) }),
    ];
    for (const doubt of doubtful) {
      const witness = cache.witnessOf(["a"]);
      doubt(witness);
      rememberResolution("key", solution, { store, witness, startedMs: LATER, protection: "verified" });
      expect(recallResolution("key", store), String(doubt)).toBeUndefined();
    }
  });

  test("is kept of the newest resolutions only", () => {
    using cache = openCache();
    const { store } = cache;
    store.writeEntry("pages", keyFor("a"), Buffer.from("a"));
    for (let index = 0; index < 140; index += 1)
      rememberResolution(`key ${index}`, solution, {
        store,
        witness: cache.witnessOf(["a"]),
        startedMs: LATER,
        protection: "verified",
      });
    expect(readdirSync(join(store.directory, "resolutions-v1")).length).toBeLessThanOrEqual(128);
    expect(recallResolution("key 139", store)).toBeDefined();
  });
});

describe("the name of a resolution", () => {
  test("is another one, or none, whatever is requested otherwise", async () => {
    const base = await situation();
    const name = resolutionKey(...base);
    expect(name).toBeDefined();
    expect(resolutionKey(...(await situation()))).toBe(name);
    for (const [what, change] of Object.entries(REQUESTS)) {
      const changed = await situation(change);
      expect(resolutionKey(...changed), what).not.toBe(name);
    }
  });

  test("does not depend on where it goes, nor on what is reported meanwhile", async () => {
    const name = resolutionKey(...(await situation()));
    for (const change of [
      { request: { into: { kind: "directory", path: "/elsewhere", target } } },
      { request: { isDryRun: true, linkMode: "copy", signal: new AbortController().signal } },
      { options: { onEvent: () => undefined, home: "/home/ada", env: { TERM: "dumb" } } },
    ] satisfies readonly Change[])
      expect(resolutionKey(...(await situation(change)))).toBe(name);
  });
});

describe("the name of a lock", () => {
  test("is not that of a resolution, and is another one whatever the lock says besides", async () => {
    const [asked, context] = await situation();
    const request: CompileRequest = { ...asked, target, requiresPython: ">=3.12" };
    const name = lockKey(request, context);
    expect(name).toBeDefined();
    expect(name).not.toBe(resolutionKey(asked, context));
    const version = parseVersion("8.0");
    const pins = { versions: new Map([["click", [{ version }]]]), hashes: new Map() };
    const others: Readonly<Record<string, CompileRequest>> = {
      "its Pythons": { ...request, requiresPython: ">=3.11" },
      "with markers": { ...request, hasMarkers: true },
      "with a marker expression": { ...request, hasMarkerExpression: true },
      "all environments": {
        ...request,
        universal: { requiresPython: parseSpecifierSet(">=3.12,<99999999999999999999") },
      },
      "a pin": { ...request, pins },
      "a pin of another version": {
        ...request,
        pins: { ...pins, versions: new Map([["click", [{ version: parseVersion("8.1") }]]]) },
      },
      "a pin for some environments": {
        ...request,
        pins: {
          ...pins,
          versions: new Map([["click", [{ version, marker: parseMarker("os_name == 'nt'") }]]]),
        },
      },
      "hashes of a pin": { ...request, pins: { ...pins, hashes: new Map([["click==8.0", ["sha256:00"]]]) } },
    };
    const names = Object.entries(others).map(([what, other]) => {
      const found = lockKey(other, context);
      expect(found, what).toBeDefined();
      return found;
    });
    expect(new Set([name, ...names]).size).toBe(names.length + 1);
  });

  test("is another one where another file declares a requirement", async () => {
    const names = ["requirements.in", "base.in"].map(async (path) => {
      const [asked, context] = await situation();
      const requirements = context.inputs.requirements.map((requirement) => ({
        ...requirement,
        declaredIn: { kind: "file", path } as const,
      }));
      return lockKey(
        { ...asked, target, requiresPython: ">=3.12" },
        { ...context, inputs: { ...context.inputs, requirements } },
      );
    });
    const [one, other] = await Promise.all(names);
    expect(one).toBeDefined();
    expect(other).not.toBe(one);
  });
});

interface Change {
  readonly texts?: readonly string[];
  readonly constraints?: readonly string[];
  readonly overrides?: readonly string[];
  readonly inputs?: Partial<ResolutionContext["inputs"]>;
  readonly request?: Partial<PlanRequest>;
  readonly options?: Partial<InstallerOptions>;
  readonly context?: Partial<ResolutionContext>;
}

const INDEX = {
  url: "https://index.example/simple",
  kind: "simple",
  isDefault: true,
  isExplicit: false,
  origin: "the test",
} as const;

const REQUESTS: Readonly<Record<string, Change>> = {
  "another requirement": { texts: ["flask>=2"] },
  "an extra": { texts: ["flask[async]"] },
  "a marker": { texts: ["flask ; python_version > '3'"] },
  "one requirement more": { texts: ["flask", "click"] },
  "a hash": { texts: [`flask==3 --hash=sha256:${"ab".repeat(32)}`] },
  "a URL": { texts: ["flask @ https://example.org/flask-3.0.0-py3-none-any.whl"] },
  "a constraint": { constraints: ["click<8"] },
  "an override": { overrides: ["click<8"] },
  "an exclusion": { inputs: { excludes: ["click"] } },
  "required hashes": { inputs: { requiresHashes: true } },
  upgrade: { request: { upgrade: "all" } },
  "upgrade of one": { request: { upgrade: ["click"] } },
  reinstall: { request: { reinstall: "all" } },
  "reinstall of one": { request: { reinstall: ["click"] } },
  refresh: { options: { refresh: "all" } },
  "refresh of one": { options: { refresh: ["click"] } },
  prereleases: { request: { prereleases: "allow" } },
  "prereleases of one": { request: { prereleasesOf: new Map([["click", "allow"]]) } },
  "lowest versions": { request: { resolution: "lowest" } },
  "no dependencies": { request: { noDependencies: true } },
  "only dependencies": { request: { onlyDependencies: true } },
  "no binary": { request: { noBinary: parseNameSet(["click"]) } },
  "only binary": { request: { onlyBinary: parseNameSet([":all:"]) } },
  "source distributions": { request: { sourceDistributions: "take" } },
  "exclude newer": { request: { excludeNewerMs: 1 } },
  "exclude newer for one": { request: { excludeNewerPackages: new Map([["click", 1]]) } },
  preferences: { request: { preferences: new Map() } },
  universal: { request: { universal: { requiresPython: target.pythonVersion } as never } },
  "configuration of builds": { request: { builds: { withoutIsolation: "all" } } },
  "what builds require": { request: { builds: { extraRequirements: { flask: [{ text: "click" }] } } } },
  "variables of builds": { options: { builds: { variables: { flask: { DEBUG: "1" } } } } },
  "another index": { context: { indexes: [{ ...INDEX, url: "https://other.example/simple" }] } },
  "an index more": { context: { indexes: [INDEX, { ...INDEX, url: "https://other.example/simple" }] } },
  "a folder of wheels": { context: { indexes: [INDEX, { ...INDEX, url: "file:///wheels", kind: "flat" }] } },
  "an index's cutoff": { context: { indexes: [{ ...INDEX, excludeNewer: 1 }] } },
  "an index's caching": { context: { indexes: [{ ...INDEX, cacheControl: { api: "no-store" } }] } },
  "the order of indexes": { options: { indexStrategy: "unsafe-best-match" } },
  "no verification": {
    options: {
      network: { insecureHosts: [{ host: "index.example", port: 443, scheme: "https", origin: "the test" }] },
    },
  },
  "a project's own root": {
    options: {
      trust: { hosts: [{ host: "index.example", port: 443, isOfProject: true, origin: "pinion.toml" }] },
    },
  },
  offline: { options: { network: { isOffline: true } } },
  "a client certificate": { options: { network: { clientCertificate: { cert: "client.pem" } } } },
  "a shared cache": { options: { sharedCache: { url: "s3://bucket/prefix" } } },
  "another Python": { context: { target: targetFor({ platform: "linux", pythonVersion: "3.11" }) } },
  "another platform": { context: { target: targetFor({ platform: "windows", pythonVersion: "3.12" }) } },
  "an installed version": { context: { kept: new Map([["click", parseVersion("8.0")]]) } },
};

async function situation({
  texts = ["flask"],
  constraints = [],
  overrides = [],
  inputs: given = {},
  request = {},
  options = {},
  context = {},
}: Change = {}): Promise<[PlanRequest, ResolutionContext]> {
  const asked = (values: readonly string[]) => values.map((text) => ({ kind: "text", text }) as const);
  const sources = {
    requirements: asked(texts),
    constraints: asked(constraints),
    overrides: asked(overrides),
  };
  const inputs = await readInputs(sources, {
    directory: "/project",
    env: {},
    readInput: () => Promise.resolve(""),
    fetch: () => Promise.reject(new Error("nothing is fetched")),
  });
  const into = { kind: "directory", path: "/packages", target } as const;
  return [
    { ...sources, into, ...request },
    {
      options: { cacheDirectory: "/cache", directory: "/project", ...options },
      inputs: { ...inputs, ...given },
      indexes: [INDEX],
      target,
      kept: new Map(),
      ...context,
    },
  ];
}

describe("a plan, and a lock", () => {
  let world: World;
  let index: RunningIndex;
  let whole: ChangePlan;
  let locks: readonly Compiled[];

  // The index is closed and a wheel has left the cache: whatever is resolved now needs a request, and fails.
  beforeAll(async () => {
    world = await World.create();
    index = await world.index({ packages: sampleWheels(), cacheControl: "max-age=600" });
    const installer = createInstaller(optionsFor(world, index));
    const plan = await installer.plan(requestFor(world, "first"));
    await installer.apply(plan);
    await installer.close();
    await sleep(2100);
    whole = expectChanges(await planWith());
    locks = [await lockWith(), await lockWith(UNIVERSAL)];
    const bucket = join(world.directory, "cache", "wheels-v1");
    const wheel = whole.install.find(({ name }) => name === "greeter")?.source;
    if (wheel?.kind !== "index") throw new Error("the plan has no wheel");
    rmSync(join(bucket, wheel.hashes["sha256"] ?? ""), { recursive: true });
    rmSync(join(world.directory, "cache", "metadata-v2"), { recursive: true, force: true });
    await index.close();
  });

  afterEach(() => vi.useRealTimers());
  afterAll(async () => await world[Symbol.asyncDispose]());

  async function planWith(
    request: Partial<PlanRequest> = {},
    options: Partial<InstallerOptions> = {},
  ): Promise<InstallationPlan> {
    const installer = createInstaller({ ...optionsFor(world, index), ...options });
    try {
      return await installer.plan({ ...requestFor(world, "second"), ...request });
    } finally {
      await installer.close();
    }
  }

  async function lockWith(request: Partial<CompileRequest> = {}): Promise<Compiled> {
    const installer = createInstaller(optionsFor(world, index));
    try {
      return await installer.lock({
        ...requestFor(world, "unused"),
        target,
        requiresPython: ">=3.12",
        ...request,
      });
    } finally {
      await installer.close();
    }
  }

  test("is made from memory where nothing else is requested", async () => {
    expect(await planWith()).toEqual(whole);
    const into = { kind: "directory", path: join(world.directory, "third"), target } as const;
    expect(expectChanges(await planWith({ into })).install).toEqual(whole.install);
  });

  test("is not made from memory where anything is", async () => {
    const others: readonly Parameters<typeof planWith>[] = [
      [{ upgrade: "all" }],
      [{ reinstall: "all" }],
      [{ constraints: [{ kind: "text", text: "greeter<99" }] }],
      [{ overrides: [{ kind: "text", text: "wordlist>0" }] }],
      [{ resolution: "lowest" }],
      [{}, { refresh: "all" }],
      [{}, { indexStrategy: "unsafe-best-match" }],
      [{}, { cacheDirectory: join(world.directory, "another-cache") }],
    ];
    for (const other of others)
      await expect(planWith(...other), JSON.stringify(other)).rejects.toMatchObject({
        code: expect.stringMatching(/^net\//),
      });
  });

  test("of all packages is recalled as it was locked", async () => {
    expect([await lockWith(), await lockWith(UNIVERSAL)]).toEqual(locks);
    expect(locks[0]?.lock.packages.map(({ name }) => name)).toContain("greeter");
    const version = parseVersion("0.1");
    for (const other of [
      { hasMarkers: true },
      { requiresPython: ">=3.11" },
      { pins: { versions: new Map([["greeter", [{ version }]]]), hashes: new Map() } },
    ])
      await expect(lockWith(other), JSON.stringify(other)).rejects.toMatchObject({
        code: expect.stringMatching(/^net\//),
      });
  });

  test("is not made from memory once the pages have expired", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    await expect(planWith()).rejects.toMatchObject({ code: expect.stringMatching(/^net\//) });
  });
});

// Promise: what an index says of a wheel is compared with the wheel before that is installed
// Attack: a run that installs nothing believes the index, and what it came to is remembered
describe("what was resolved for a run that installs nothing", () => {
  let shops: readonly Awaited<ReturnType<typeof openShop>>[];

  beforeAll(async () => {
    shops = await Promise.all((["true", "true", "false", "false", "false"] as const).map(openShop));
    for (const shop of shops) await shop.plan({ isDryRun: true });
    // Late enough after what the first run has written.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3000 });
    for (const shop of shops) await shop.plan({ isDryRun: true });
    vi.useRealTimers();
  });

  afterAll(async () => {
    for (const { world } of shops) await world[Symbol.asyncDispose]();
  });

  test("is recalled for another one, and not for one that installs", async () => {
    for (const shop of shops) {
      const shown = await shop.plan({ isDryRun: true });
      const planned = await shop.plan({});
      expect([shown, planned]).toMatchObject([
        { isResolved: false, requests: 0 },
        { isResolved: true, requests: 0 },
      ]);
      expect(shown.changes).toEqual(planned.changes);
    }
  });

  test("is not installed where the index has lied, whatever was planned", async () => {
    for (const [shop, isDryRun] of [
      [shops[2]!, true],
      [shops[3]!, false],
    ] as const) {
      const applied = shop.plan({ isDryRun }, "apply");
      await expect(applied).rejects.toMatchObject({ code: "index/metadata-mismatch" });
      expect(existsSync(shop.folder)).toBe(false);
    }
  });

  test("is not installed where the index has lied, from a plan that was stored", async () => {
    const [shop] = shops.slice(4);
    const applied = shop!.plan({ isDryRun: true }, async (installer, plan) => {
      await installer.apply(parsePlan(JSON.parse(JSON.stringify(plan))));
    });
    await expect(applied).rejects.toMatchObject({ code: "index/metadata-mismatch" });
    expect(existsSync(shop!.folder)).toBe(false);
  });

  test("is resolved again where its plan is carried out after all", async () => {
    const [shop] = shops;
    await shop!.plan({ isDryRun: true }, "apply");
    expect(readdirSync(shop!.folder)).toContain("inner-1.0.dist-info");
    const into = { kind: "directory", path: "/another", target } as const;
    expect(await shop!.plan({ isDryRun: true, into })).toMatchObject({ isResolved: true, requests: 0 });
  });

  test("is not installed where another set would be resolved now", async () => {
    const [, shop] = shops;
    const applied = shop!.plan({ isDryRun: true }, async (installer, plan) => {
      shop!.index.add(makeWheel({ name: "outer", version: "2.0" }));
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
      try {
        await installer.apply(plan);
      } finally {
        vi.useRealTimers();
      }
    });
    await expect(applied).rejects.toMatchObject({ code: "environment/changed" });
    expect(existsSync(shop!.folder)).toBe(false);
  });
});

/** An index whose metadata of `outer` says that it needs `inner`, as the wheel says or not. */
async function openShop(metadata: "true" | "false") {
  const world = await World.create();
  const inner = makeWheel({ name: "inner", version: "1.0" });
  const requires = metadata === "true" ? ["inner"] : [];
  const outer = makeWheel({ name: "outer", version: "1.0", requires });
  const stated = makeWheel({ name: "outer", version: "1.0", requires: ["inner"] }).metadata;
  const index = await world.index({
    packages: [{ ...outer, metadata: stated }, inner],
    cacheControl: "max-age=600",
  });
  const folder = join(world.directory, "packages");
  /** Plans in a run of its own; tells whether it has resolved, which announces that the cache is used. */
  const plan = async (
    request: Partial<PlanRequest>,
    then?: "apply" | ((installer: Installer, plan: ChangePlan) => Promise<void>),
  ) => {
    const installer = createInstaller(optionsFor(world, index));
    const before = index.requests.length;
    try {
      const changes = expectChanges(
        await installer.plan({
          requirements: [{ kind: "text", text: "outer" }],
          constraints: [],
          overrides: [],
          into: { kind: "directory", path: folder, target },
          ...request,
        }),
      );
      const isResolved = existsSync(users) && readdirSync(users).length > 0;
      const requests = index.requests.length - before;
      if (then === "apply") await installer.apply(changes);
      else await then?.(installer, changes);
      return { changes, isResolved, requests };
    } finally {
      await installer.close();
    }
  };
  const users = join(world.directory, "cache", ".users");
  return { world, index, folder, plan };
}

const UNIVERSAL = { universal: { requiresPython: parseSpecifierSet(">=3.12") } };

function optionsFor(world: World, index: RunningIndex): InstallerOptions {
  return {
    cacheDirectory: join(world.directory, "cache"),
    directory: world.directory,
    indexes: { defaultIndex: { value: index.url, origin: "the test" } },
    network: { retries: 0 },
  };
}

function requestFor(world: World, folder: string): PlanRequest {
  return {
    requirements: [{ kind: "text", text: "greeter" }],
    constraints: [],
    overrides: [],
    into: { kind: "directory", path: join(world.directory, folder), target },
  };
}

function expectChanges(plan: InstallationPlan): ChangePlan {
  if (plan.kind !== "changes") throw new Error("the plan changes nothing");
  return plan;
}

function keyFor(name: string): EntryKey {
  return { project: name, id: `page of ${name}` };
}

interface Cache extends Disposable {
  readonly store: Store;
  witnessOf(pages: readonly string[]): Witness;
}

function openCache(): Cache {
  const directory = mkdtempSync(join(tmpdir(), "pinion-remembered-"));
  return {
    store: openStore(directory),
    witnessOf(pages) {
      const witness = new Witness();
      for (const name of pages)
        witness.page(keyFor(name), { storedAtMs: 0, freshUntilMs: Number.MAX_SAFE_INTEGER, headers: {} });
      return witness;
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** So much after everything that a test writes that none of it counts as new. */
const LATER = Date.now() + 3_600_000;
