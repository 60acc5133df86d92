// The library's smaller functions as an embedding program uses them: versions of a project, archives and files in memory,
// scans of environments, and why a package is installed.

import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { readZip } from "../src/archive/zip.ts";
import {
  createInstaller,
  isPinionError,
  readInstalledFiles,
  scanEnvironment,
  targetFor,
  type InstallationPlan,
  type Installer,
  type InstallerEvent,
} from "../src/index.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { World } from "./support/world.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.12" });

interface Prepared extends AsyncDisposable {
  readonly installer: Installer;
  readonly directory: string;
  readonly events: InstallerEvent[];
  plan(text: string, folder?: string): Promise<InstallationPlan>;
}

async function prepare(): Promise<Prepared> {
  const world = await World.create();
  const index = await world.index({ packages: [...sampleWheels(), TOOLS, PORTAL] });
  const events: InstallerEvent[] = [];
  const installer = createInstaller({
    cacheDirectory: join(world.directory, "library-cache"),
    directory: world.directory,
    indexes: { defaultIndex: { value: index.url, origin: "the test" } },
    onEvent: (event) => events.push(event),
  });
  return {
    installer,
    directory: world.directory,
    events,
    plan: (text, folder = "nowhere") =>
      installer.plan({
        requirements: [{ kind: "text", text }],
        constraints: [],
        overrides: [],
        into: { kind: "directory", path: join(world.directory, folder), target },
      }),
    [Symbol.asyncDispose]: async () => {
      await installer.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** A wheel with everything that goes elsewhere than into site-packages. */
const TOOLS = makeWheel({
  name: "tools",
  version: "1.0",
  consoleScripts: { "run-tools": "tools:main" },
  files: {
    "tools/__init__.py": "def main():\n    print('tools')\n",
    "tools-1.0.data/scripts/old-tool": "#!python\nprint('old')\n",
    "tools-1.0.data/data/share/tools.txt": "data\n",
  },
});

const PORTAL = makeWheel({
  name: "portal",
  version: "1.0",
  requires: ["greeter[color]"],
  files: { "portal.py": "" },
});

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("zip() and files()", () => {
  test("hold what an installation into a folder writes, and the same bytes each time", async () => {
    await using world = await prepare();
    const plan = await world.plan("greeter");
    const first = await collect(world.installer.zip(plan));
    const second = await collect(world.installer.zip(JSON.parse(JSON.stringify(plan)) as InstallationPlan));
    expect(sha256(second)).toBe(sha256(first));
    expect(existsSync(join(world.directory, "nowhere"))).toBe(false);

    const folder = join(world.directory, "installed");
    await world.installer.apply(await world.plan("greeter", "installed"));
    const zip = readZip(first);
    const names = zip.entries.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    for (const entry of zip.entries)
      expect([entry.name, zip.read(entry).toString()]).toEqual([
        entry.name,
        readFileSync(join(folder, entry.name), "utf8"),
      ]);
    const listed = scanEnvironment(folder).distributions.flatMap(readInstalledFiles);
    expect(names).toEqual(listed.map(({ path }) => path).toSorted());
  });

  test("put scripts, launchers and data in their places, with the modes of programs", async () => {
    await using world = await prepare();
    const plan = await world.plan("tools");
    const files = await world.installer.files(plan, { prefix: "python" });
    expect([...files].filter(([, file]) => file.isExecutable).map(([path]) => path)).toEqual([
      "python/bin/old-tool",
      "python/bin/run-tools",
    ]);
    const text = (path: string): string => Buffer.from(files.get(path)?.contents ?? "").toString();
    expect(text("python/bin/old-tool")).toBe("#!/usr/bin/env python3\nprint('old')\n");
    expect(text("python/share/tools.txt")).toBe("data\n");
    expect(text("python/tools-1.0.dist-info/INSTALLER")).toBe("pinion");
    expect(files.has("python/tools-1.0.dist-info/REQUESTED")).toBe(true);
  });

  test("take files of one's own, and report the totals before the work", async () => {
    await using world = await prepare();
    const plan = await world.plan("wordlist");
    const handler = Buffer.from("import wordlist\n");
    const bytes = await collect(
      world.installer.zip(plan, { files: new Map([["handler.py", handler]]), compression: "store" }),
    );
    const zip = readZip(bytes);
    expect(zip.entries.find(({ name }) => name === "handler.py")).toMatchObject({ size: handler.length });
    expect(world.events).toContainEqual({ kind: "preparing", count: 1, bytes: expect.any(Number) });
    expect(world.events).toContainEqual({
      kind: "packing",
      count: zip.entries.length,
      bytes: zip.entries.reduce((sum, { size }) => sum + size, 0),
    });
  });

  test("report the totals of files in memory too", async () => {
    await using world = await prepare();
    const files = [...(await world.installer.files(await world.plan("wordlist"))).values()];
    const bytes = files.reduce((sum, { contents }) => sum + contents.length, 0);
    expect(world.events).toContainEqual({ kind: "packing", count: files.length, bytes });
    expect(world.events).toContainEqual(expect.objectContaining({ kind: "packed", count: files.length }));
  });

  test.each(["../evil.py", "/evil.py", "a//b", "a\\b"])("refuse the path %j", async (path) => {
    await using world = await prepare();
    const plan = await world.plan("wordlist");
    const error: unknown = await world.installer
      .files(plan, { files: new Map([[path, Buffer.from("")]]) })
      .catch((reason: unknown) => reason);
    expect(isPinionError(error, "usage/invalid-argument")).toBe(true);
  });

  test("refuse a plan that is not for an empty folder, and stop where they are cancelled", async () => {
    await using world = await prepare();
    await world.installer.apply(await world.plan("wordlist", "some"));
    const refused: unknown = await world.installer
      .files(await world.plan("greeter", "some"))
      .catch((reason: unknown) => reason);
    expect(isPinionError(refused, "plan/invalid")).toBe(true);
    const plan = await world.plan("greeter");
    const stopped: unknown = await collect(world.installer.zip(plan, { signal: AbortSignal.abort() })).catch(
      (reason: unknown) => reason,
    );
    expect(isPinionError(stopped, "net/cancelled")).toBe(true);
  });

  test("fetch a wheel again whose cached files were changed", async () => {
    await using world = await prepare();
    const plan = await world.plan("wordlist");
    const store = { compression: "store" } as const;
    const before = await collect(world.installer.zip(plan, store));
    changeCached(world, "words.txt");
    expect(sha256(await collect(world.installer.zip(plan, store)))).toBe(sha256(before));
  });

  test("copy what was compressed before, the same bytes, and compress again what is damaged", async () => {
    await using world = await prepare();
    const plan = await world.plan("greeter");
    const before = await collect(world.installer.zip(plan));
    const packed = join(world.directory, "library-cache", "packed-v1");
    const kept = readdirSync(packed, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(kept).toHaveLength(2);
    // Nothing is read of the unpacked files: what was compressed was verified before.
    changeCached(world, "words.txt");
    expect(sha256(await collect(world.installer.zip(plan)))).toBe(sha256(before));
    for (const { parentPath, name } of kept) writeFileSync(join(parentPath, name), "damaged");
    expect(sha256(await collect(world.installer.zip(plan)))).toBe(sha256(before));
  });
});

/** As a program would that writes to a file which its environment shares with the cache. */
function changeCached({ directory }: Prepared, name: string): void {
  const wheels = join(directory, "library-cache", "wheels-v1");
  const changed =
    readdirSync(wheels, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(name)) ?? "";
  chmodSync(join(wheels, changed), 0o644);
  writeFileSync(join(wheels, changed), "changed\n");
  // Later than the cache was written: its clock moves by some milliseconds only.
  const later = new Date(Date.now() + 1000);
  utimesSync(join(wheels, changed), later, later);
}

describe("listVersions()", () => {
  test("lists versions, newest first, with files, hashes and what the target can use", async () => {
    await using world = await prepare();
    const versions = await world.installer.listVersions({ name: "WordList", target });
    expect(versions[0]).toMatchObject({
      version: "3.0.0b1",
      isPrerelease: true,
      yanked: false,
      isUsable: true,
    });
    const [file] = versions[0]?.files ?? [];
    expect(file).toMatchObject({
      kind: "wheel",
      filename: "wordlist-3.0.0b1-py3-none-any.whl",
      yanked: false,
    });
    expect(file?.hashes["sha256"]).toMatch(/^[0-9a-f]{64}$/);
    const old = await world.installer.listVersions({
      name: "wordlist",
      target: targetFor({ platform: "linux", pythonVersion: "3.7" }),
    });
    expect(old.map(({ isUsable }) => isUsable)).toEqual(versions.map(() => false));
  });

  test("reports a project that no index has", async () => {
    await using world = await prepare();
    const error: unknown = await world.installer
      .listVersions({ name: "no-such-project" })
      .catch((reason: unknown) => reason);
    expect(isPinionError(error, "index/not-found")).toBe(true);
    expect(error).toMatchObject({ details: { name: "no-such-project", place: "registry" } });
  });
});

describe("scanEnvironment() and why()", () => {
  test("reads an environment's folders by their layout, without its Python", async () => {
    await using world = await prepare();
    const root = join(world.directory, "env");
    const site = join(root, "lib", "python3.12", "site-packages");
    mkdirSync(site, { recursive: true });
    await world.installer.apply(await world.plan("greeter", "env/lib/python3.12/site-packages"));
    const scan = scanEnvironment(root);
    expect(scan.sitePackages).toEqual([site]);
    expect(scan.distributions).toEqual([
      expect.objectContaining({ name: "greeter", installer: "pinion", isRequested: true, kind: "dist-info" }),
      expect.objectContaining({ name: "wordlist", installer: "pinion", isRequested: false }),
    ]);
    expect(JSON.parse(JSON.stringify(scan))).toEqual(scan);
    const [first] = scan.distributions;
    expect(first === undefined ? [] : readInstalledFiles(first).map(({ path }) => path)).toContain(
      "greeter/__init__.py",
    );
    expect(scanEnvironment(site).distributions).toEqual(scan.distributions);
  });

  test("fails where there is no folder, and where a distribution has no RECORD", () => {
    expect(() => scanEnvironment("/no/such/environment")).toThrow(
      expect.objectContaining({ code: "environment/not-found" }),
    );
    expect(() => readInstalledFiles({ name: "x", directory: "/no/such.dist-info" })).toThrow(
      expect.objectContaining({ code: "environment/no-record" }),
    );
  });

  test("reports which requirements need a package, those of extras too", async () => {
    await using world = await prepare();
    await world.installer.apply(await world.plan("portal", "some"));
    const into = { kind: "directory", path: join(world.directory, "some"), target } as const;
    const why = world.installer.why(into, "Wordlist");
    expect(why).toMatchObject({ name: "wordlist", isRequested: false });
    expect(why.chains.map((chain) => chain.map(({ name }) => name))).toEqual([
      ["portal", "greeter", "wordlist"],
    ]);
    expect(world.installer.why(into, "paint").chains).toEqual([
      [
        { name: "portal", version: "1.0", requirement: undefined },
        { name: "greeter", version: expect.any(String), requirement: "greeter[color]" },
        { name: "paint", version: expect.any(String), requirement: "paint>=1.0" },
      ],
    ]);
    expect(world.installer.why(into, "portal")).toMatchObject({ isRequested: true, chains: [] });
    expect(world.installer.why(into, "absent")).toMatchObject({ version: undefined, chains: [] });
  });
});
