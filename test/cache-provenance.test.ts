// What is kept in the cache knows how it came: what came without verified TLS is never used by a verified run, nor asked
// about by its validators (docs/cache.md, "Provenance").

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";

import { createAuthority } from "../src/lab/certificates/mint.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import { createMetadataReader } from "../src/registry/metadata/metadata.ts";
import { parseInsecureHost } from "../src/net/connections/insecure-hosts.ts";
import type { IndexLocation } from "../src/registry/indexes/locations.ts";
import { versionsOf } from "../src/registry/pages/condensed-page.ts";
import { createPages } from "../src/registry/pages/pages.ts";
import { createWheelFetcher } from "../src/sources/fetching/wheel-fetcher.ts";
import type { Store } from "../src/store/store.ts";
import { loadTrust, type TrustStore } from "../src/trust/store.ts";
import { answer, redirect, startScript, tlsOptions, type ScriptedServer } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";
import { World } from "./support/world.ts";

const corp = createAuthority("Corp Root");
const certificate = tlsOptions(corp.issue("localhost", { names: ["localhost"] }));

/** How a run reaches the index. */
type Level = "verified" | "project" | "insecure" | "http" | "https→http";
const LEVELS: readonly Level[] = ["verified", "project", "insecure", "http", "https→http"];

const VERSIONS = {
  verified: "1.0",
  project: "65.0",
  insecure: "66.0",
  http: "67.0",
  "https→http": "68.0",
} as const;

interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly tls: ScriptedServer;
  readonly store: Store;
  /** The versions that a run gets, and the validators that it sent. */
  run(level: Level, refresh?: "all"): Promise<{ versions: readonly string[]; validators: readonly string[] }>;
}

/** An index that says something else at each level, and wants all of it to be kept for a year. */
async function openScene(): Promise<Scene> {
  let level: Level = "verified";
  const page = (): Buffer => {
    const filename = `tool-${VERSIONS[level]}-py3-none-any.whl`;
    return answer(`<a href="https://files.example/${filename}">${filename}</a>`, [
      "Content-Type: text/html",
      "Cache-Control: max-age=31536000, immutable",
      'ETag: "planted"',
    ]);
  };
  const plain = await startScript(({ headers }) =>
    headers["if-none-match"] === undefined ? page() : answer("", ['ETag: "planted"'], "304 Not Modified"),
  );
  const tls = await startScript(
    ({ headers }) => {
      if (level === "https→http") return redirect(`${plain.origin}/simple/tool/`);
      return headers["if-none-match"] === undefined
        ? page()
        : answer("", ['ETag: "planted"'], "304 Not Modified");
    },
    { tls: certificate, host: "localhost" },
  );
  const world = await World.create();
  const { store } = world;
  return {
    world,
    tls,
    store,
    async run(next, refresh) {
      level = next;
      const seen = tls.requests.length + plain.requests.length;
      const isInsecure = next === "insecure";
      using client = openClient(
        {
          ...(isInsecure ? { insecureHosts: [parseInsecureHost("localhost", "--allow-insecure-host")] } : {}),
          ...(next === "project" ? { trust: trustOfProject(world, tls.port) } : {}),
        },
        isInsecure ? [] : [corp],
      );
      const origin = next === "http" ? plain.origin : tls.origin;
      const pages = createPages({
        client,
        store,
        now: () => NOW,
        ...(refresh === undefined ? {} : { refresh: { kind: "all" as const } }),
      });
      const files = await pages.project(indexAt(`${origin}/simple/`), "tool");
      const requests = [...tls.requests, ...plain.requests].slice(seen);
      return {
        versions: versionsOf(files ?? []).map(({ version }) => version.text),
        validators: requests.flatMap(({ headers }) => headers["if-none-match"] ?? []),
      };
    },
    async [Symbol.asyncDispose]() {
      await tls[Symbol.asyncDispose]();
      await plain[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** The trust of a run in a project whose index table has `cert`. */
function trustOfProject(world: World, port: number, more: readonly string[] = []): TrustStore {
  const path = world.write("own.pem", [corp.root.pem, ...more].join(""));
  const cert = { value: path, origin: "pinion.toml" };
  const hosts = [{ host: "localhost", port, cert, isOfProject: true, origin: "pinion.toml" } as const];
  return loadTrust({ env: {}, home: "/nonexistent", hosts });
}

function indexAt(url: string): IndexLocation {
  return { kind: "simple", url, origin: "test", isDefault: true, isExplicit: false };
}

const CASES = LEVELS.filter((level) => level !== "verified").flatMap((planted) =>
  (["first", "warm", "refresh"] as const).map((when) => [planted, when] as const),
);

describe("a verified run", () => {
  // Promise: a verified run uses nothing that came without verified TLS, whatever the cache holds
  // Attack: a page with a year to live and an entity tag is planted over http, under --allow-insecure-host, or by a project's own root
  test.each(CASES)("gets nothing of what came by %s: %s", async (planted, when) => {
    await using scene = await openScene();
    // A warm cache holds the verified page beside.
    if (when !== "first") await scene.run("verified");
    expect((await scene.run(planted, "all")).versions).toEqual([VERSIONS[planted]]);
    const refresh = when === "refresh" ? "all" : undefined;
    expect((await scene.run("verified", refresh)).versions).toEqual(["1.0"]);
    // And once more, from what it kept itself.
    expect((await scene.run("verified")).versions).toEqual(["1.0"]);
  });

  test.each(["project", "insecure", "http", "https→http"] as const)(
    "sends no validators that came by %s",
    async (planted) => {
      await using scene = await openScene();
      await scene.run(planted);
      for (const refresh of [undefined, "all"] as const) {
        await using fresh = await openScene();
        await fresh.run(planted);
        expect(await fresh.run("verified", refresh)).toEqual({ versions: ["1.0"], validators: [] });
      }
    },
  );

  test("does not keep what a redirect to http gave, and says so", async () => {
    await using scene = await openScene();
    await scene.run("https→http");
    using client = openClient({}, [corp]);
    await client.request(`${scene.tls.origin}/simple/tool/`);
    expect(client.events).toContainEqual(
      expect.objectContaining({ kind: "downgrade", from: scene.tls.origin }),
    );
    expect(scene.store.readEntry("pages", { project: "tool", id: `${scene.tls.origin}/simple/ tool` })).toBe(
      undefined,
    );
  });
});

describe("a run with a project's own trust", () => {
  // Promise: what one project's root verified is used by runs with that very trust only
  // Attack: another project, with a root of its own for the same index
  test("uses nothing of another project, and sends no validators of it", async () => {
    await using scene = await openScene();
    await scene.run("project");
    const trust = trustOfProject(scene.world, scene.tls.port, [createAuthority("Other Root").root.pem]);
    using client = openClient({ trust });
    const before = scene.tls.requests.length;
    const pages = createPages({ client, store: scene.store, now: () => NOW });
    await pages.project(indexAt(`${scene.tls.origin}/simple/`), "tool");
    expect(scene.tls.requests.slice(before).map(({ headers }) => headers["if-none-match"])).toEqual([
      undefined,
    ]);
    expect(client.weakest).toMatch(/^project [0-9a-f]{64}$/);
  });
});

describe("a run without verification", () => {
  test.each(["project", "insecure", "http"] as const)(
    "keeps what came by %s for runs like it",
    async (level) => {
      await using scene = await openScene();
      await scene.run(level);
      const before = scene.tls.requests.length;
      expect((await scene.run(level)).versions).toEqual([VERSIONS[level]]);
      expect(scene.tls.requests.length).toBe(before);
    },
  );
});

describe("an index over plain HTTP", () => {
  // Promise: what came past a project's proxy in clear is used by runs with that very proxy only
  // Attack: a project names a proxy for the user's own index without TLS, whose page wants to be kept for a year
  test("says in other projects, and without one, only what it says itself", async () => {
    const page = (version: string) => (): Buffer =>
      answer(`<a href="https://files.example/tool-${version}-py3-none-any.whl">tool</a>`, [
        "Content-Type: text/html",
        "Cache-Control: max-age=31536000, immutable",
        `ETag: "${version}"`,
      ]);
    await using index = await startScript(page("1.0"));
    await using hostile = await startScript(page("99.0"));
    await using other = await startScript(page("98.0"));
    await using world = await World.create();
    const run = async (proxy: string | undefined, refresh?: "all"): Promise<readonly string[]> => {
      const http = { value: proxy ?? "", origin: "pinion.toml", isOfProject: true } as const;
      using client = openClient(proxy === undefined ? {} : { proxy: { http } });
      const pages = createPages({
        client,
        store: world.store,
        now: () => NOW,
        ...(refresh === undefined ? {} : { refresh: { kind: "all" as const } }),
      });
      const files = await pages.project(indexAt(`${index.origin}/simple/`), "tool");
      return versionsOf(files ?? []).map(({ version }) => version.text);
    };
    expect(await run(hostile.origin)).toEqual(["99.0"]);
    expect(await run(undefined)).toEqual(["1.0"]);
    expect(await run(other.origin)).toEqual(["98.0"]);
    expect(await run(undefined, "all")).toEqual(["1.0"]);
    expect(await run(hostile.origin)).toEqual(["99.0"]);
    expect(hostile.requests).toHaveLength(1);
    const validators = [...index.requests, ...other.requests].map(({ headers }) => headers["if-none-match"]);
    expect(validators).toEqual([undefined, undefined, undefined]);
  });

  test("weakens what is built with it for the same runs only", () => {
    const { hostname } = new URL("http://pypi.example/simple/");
    const http = {
      value: `http://ada:secret@${hostname}`,
      origin: "pinion.toml",
      isOfProject: true,
    } as const;
    using client = openClient({ proxy: { http } });
    expect(client.protectionOf("http://pypi.example/simple/")).toMatch(/^unverified [0-9a-f]{64}$/);
    expect(client.weakest).toBe(client.protectionOf("http://pypi.example/simple/"));
    using own = openClient({ proxy: { http: { value: http.value, origin: "--proxy" } } });
    expect(own.protectionOf("http://pypi.example/simple/")).toBe("unverified");
  });
});

describe("metadata that a shared cache gave", () => {
  // Promise: a verified run uses what an index says of a file for the pages only that say the same of it
  // Attack: another index lists the file with the hash of metadata of its own, which it has put into the shared cache before
  test("does not stand for that of the same file on a page with another hash", async () => {
    const wheel = makeWheel({ name: "tool", version: "1.0" });
    const head = (requires: string): string => `Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n${requires}`;
    const [honest, planted] = [head(""), head("Requires-Dist: attacker\n")];
    await using server = await startScript(() => answer(honest), { tls: certificate, host: "localhost" });
    await using world = await World.create();
    using client = openClient({}, [corp]);
    const shared = new Map([[sha256Of(planted), Buffer.from(planted)]]);
    const requiresOf = async (metadata: string | boolean): Promise<number> => {
      const reader = createMetadataReader({
        client,
        store: world.store,
        isOffline: false,
        shared: {
          read: ({ sha256 }) => Promise.resolve(shared.get(sha256)),
          readToFile: () => Promise.resolve(undefined),
          offer: () => undefined,
        },
        fetchWheel: () => Promise.reject(new Error("not asked")),
      });
      const read = await reader.read({
        name: "tool",
        version: parseVersion("1.0"),
        filename: wheel.filename,
        url: `${server.origin}/${wheel.filename}`,
        hashes: { sha256: wheel.sha256 },
        metadata: typeof metadata === "string" ? { sha256: sha256Of(metadata) } : metadata,
        yanked: false,
        index: indexAt(`${server.origin}/simple/`),
      });
      return read.requiresDist.length;
    };
    expect(await requiresOf(planted)).toBe(1);
    expect(await requiresOf(honest)).toBe(0);
    expect(await requiresOf(true)).toBe(0);
  });
});

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe("a wheel whose URL comes without a hash", () => {
  test.each(["insecure", "https→http"] as const)("is fetched again where it came by %s", async (planted) => {
    const [good, bad] = ["good", "bad"].map((text) =>
      makeWheel({ name: "tool", version: "1.0", files: { "tool.py": text } }),
    );
    let isPlanted = true;
    const file = (): Buffer =>
      answer(isPlanted ? bad!.bytes : good!.bytes, ["Cache-Control: max-age=31536000", 'ETag: "planted"']);
    await using plain = await startScript(() => file());
    await using tls = await startScript(
      () => (isPlanted && planted === "https→http" ? redirect(plain.origin) : file()),
      { tls: certificate, host: "localhost" },
    );
    await using world = await World.create();
    const { store } = world;
    const fetch = async (isInsecure: boolean): Promise<string> => {
      using client = openClient(
        isInsecure ? { insecureHosts: [parseInsecureHost("localhost", "--allow-insecure-host")] } : {},
        isInsecure ? [] : [corp],
      );
      const fetcher = createWheelFetcher({ client, store });
      const wheel = await fetcher.fetch({
        url: `${tls.origin}/${good!.filename}`,
        filename: good!.filename,
        hashes: {},
      });
      return wheel.sha256;
    };
    const first = await fetch(planted === "insecure");
    isPlanted = false;
    expect(await fetch(false)).not.toBe(first);
  });
});

describe("a stated hash besides SHA-256", () => {
  // Promise: every hash that was given is checked, also of a wheel that is cached
  // Attack: the cache has the wheel by its SHA-256, and a wrong sha512 is stated beside
  test("counts for a cached wheel, and is remembered", async () => {
    const wheel = makeWheel({ name: "tool", version: "1.0" });
    const hex = (algorithm: string): string => createHash(algorithm).update(wheel.bytes).digest("hex");
    await using server = await startScript(() => answer(wheel.bytes));
    await using world = await World.create();
    const { store } = world;
    const fetch = async (hashes: Readonly<Record<string, string>>): Promise<number> => {
      using client = openClient();
      const before = server.requests.length;
      const url = `${server.origin}/${wheel.filename}`;
      await createWheelFetcher({ client, store }).fetch({ url, filename: wheel.filename, hashes });
      return server.requests.length - before;
    };
    const sha256 = hex("sha256");
    expect(await fetch({ sha256 })).toBe(1);
    expect(await fetch({ sha256 })).toBe(0);
    await expect(fetch({ sha256, sha512: "0".repeat(128) })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
    expect(await fetch({ sha256, sha512: hex("sha512") })).toBe(1);
    expect(await fetch({ sha256, sha512: hex("sha512") })).toBe(0);
    await expect(fetch({ sha256, sha512: "0".repeat(128) })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
  });
});

const NOW = Date.UTC(2026, 10, 20);
