// One warm store for many machines: the second machine asks the index for pages only, and a store that lies, stalls,
// refuses or fails costs a command at most two seconds and never a wrong byte.

import { execFileSync } from "node:child_process";
import { hash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { openConnections, openNetwork } from "../src/api/network.ts";
import type { InstallerOptions } from "../src/api/options.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";
import { canMount, mountDisk } from "./support/mounted-disk.ts";
import { S3_KEYS, startS3Server, type Misbehaviour, type S3Server } from "./support/s3-server.ts";
import { answer, startScript, tlsOptions } from "./support/scripted-server.ts";
import { World, type CliRun } from "./support/world.ts";

const corp = createAuthority("Corp Root");
const verified = { tls: corp.issue("localhost", { names: ["localhost"] }) };

/** Installs on a machine of its own: another cache, another folder. */
function installOn(
  machine: string,
  stage: CommandStage,
  store: S3Server,
  args: readonly string[] = [],
): Promise<CliRun> {
  return stage.world.cli(
    [
      "pip",
      "install",
      "greeter",
      "--index-url",
      stage.index.url,
      "--target",
      machine,
      "--shared-cache",
      store.location,
      ...args,
    ],
    {
      env: {
        ...S3_KEYS,
        SSL_CERT_FILE: stage.world.write("corp.pem", corp.root.pem),
        PINION_CACHE_DIR: `${stage.world.directory}/cache-${machine}`,
      },
    },
  );
}

/**
 * Installs on one machine after the other until the store holds that many objects: a command waits for its writes for a second
 * at most, and what a busy computer did not write by then, the next command writes.
 */
async function fill(
  store: S3Server,
  objects: number,
  install: (machine: string) => Promise<CliRun>,
): Promise<void> {
  for (let number = 1; store.objects.size < objects; number += 1)
    expect(await install(`filling-${number}`)).toMatchObject({ code: 0 });
}

/**
 * Installs on one machine after the other until the store's answers come within the second that a command waits for them. Where
 * the computer is too busy for that, the command says so and asks the index.
 */
async function readInTime(
  stage: CommandStage,
  store: S3Server,
): Promise<{ readonly run: CliRun; readonly wheels: number }> {
  for (let number = 1; ; number += 1) {
    const before = wheelsRequested(stage);
    const run = await installOn(`reading-${number}`, stage, store);
    if (!run.stderr.includes("timed out")) return { run, wheels: wheelsRequested(stage) - before };
  }
}

function wheelsRequested({ index }: CommandStage): number {
  return index.requests.filter(({ path }) => path.endsWith(".whl")).length;
}

describe("the trust of the shared cache", () => {
  // Promise: a project's file names no trust for what the user's own keys open
  // Attack: an index table of the project has the host of the shared cache, with a root of the attacker
  test("is the user's, whatever a project's index says of its host", async () => {
    await using world = await World.create({ commands: "called" });
    const hostile = createAuthority("Hostile Root");
    const tls = tlsOptions(hostile.issue("localhost", { names: ["localhost"] }));
    await using server = await startScript(() => answer("", [], "404 Not Found"), { tls, host: "localhost" });
    const cert = { value: world.write("hostile.pem", hostile.root.pem), origin: "pinion.toml" };
    const host = { host: "localhost", port: server.port, cert, origin: "pinion.toml" };
    const ask = async (isOfProject: true | undefined): Promise<boolean> => {
      const options: InstallerOptions = {
        cacheDirectory: world.cache,
        directory: world.project,
        env: S3_KEYS,
        trust: { hosts: [{ ...host, isOfProject }] },
        sharedCache: { url: `s3://wheels/pinion?endpoint=https://localhost:${server.port}` },
      };
      const connections = openConnections(options);
      const network = await openNetwork(options, { store: world.store, connections });
      const store = await network.openSharedStore();
      const key = { kind: "files", sha256: "0".repeat(64) } as const;
      try {
        return await store.has(key, new AbortController().signal);
      } finally {
        store.close();
        await network.close();
      }
    };
    await expect(ask(true)).rejects.toMatchObject({ code: "tls/unknown-issuer" });
    expect(server.requests).toEqual([]);
    expect(await ask(undefined)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });
});

describe("the shared cache", () => {
  test("serves the wheels of the first machine to the second, and never pages", async () => {
    await using stage = await commandStage({ ...verified, commands: "called" });
    await using store = await startS3Server();
    await fill(store, 4, (machine) => installOn(machine, stage, store));
    const kinds = [...store.objects.keys()].map(
      (path) => /^\/wheels\/pinion\/(files|metadata)\/[0-9a-f]{64}$/.exec(path)?.[1],
    );
    expect(kinds.filter((kind) => kind === "files")).toHaveLength(2);
    expect(kinds.filter((kind) => kind === "metadata")).toHaveLength(2);
    const { run, wheels } = await readInTime(stage, store);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("greeter==2.0.0") });
    expect(wheels).toBe(0);
  });

  // Promise: nothing that came without verified TLS is handed on to other machines
  // Attack: a machine installs over http, or under --allow-insecure-host, and shares what it got
  test.each([
    ["over http", {}, []],
    ["from an insecure host", verified, ["--allow-insecure-host", "localhost"]],
  ])("is not given what came %s", async (_how, options, args) => {
    await using stage = await commandStage({ ...options, commands: "called" });
    await using store = await startS3Server();
    expect(await installOn("one", stage, store, args)).toMatchObject({ code: 0 });
    expect([...store.objects.keys()]).toEqual([]);
  });

  // Promise: what only a project's own root vouches for is neither handed to other machines nor taken from them
  // Attack: the project's index table has a `cert`, and the machine has a shared cache
  test("neither gets nor gives what only a project's own root verifies", async () => {
    await using stage = await commandStage({ ...verified, commands: "called" });
    await using store = await startS3Server();
    const settings = `[[index]]\nurl = "${stage.index.url}"\ncert = "corp.pem"\n`;
    stage.world.write("project/corp.pem", corp.root.pem);
    stage.world.write("project/pinion.toml", settings);
    expect(await installOn("one", stage, store)).toMatchObject({ code: 0 });
    expect(store.requests).toEqual([]);
    stage.world.write("project/pinion.toml", "");
    expect(await installOn("two", stage, store)).toMatchObject({ code: 0 });
    expect(store.objects.size).toBe(4);
  });

  test("is given what came over http where the requirement says which bytes it is", async () => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    const wheels = sampleWheels().filter(({ filename }) => /^(greeter-2|wordlist-2)/.test(filename));
    const lines = wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`);
    const file = stage.world.write("requirements.txt", lines.join(""));
    await fill(store, 2, (machine) => installOn(machine, stage, store, ["-r", file]));
    expect(store.objects.size).toBe(2);
  });

  test("is not written to where it may only be read", async () => {
    await using stage = await commandStage({ ...verified, commands: "called" });
    await using store = await startS3Server();
    expect(await installOn("one", stage, store, ["--shared-cache-mode", "read"])).toMatchObject({ code: 0 });
    expect(store.requests.filter((line) => !line.startsWith("GET "))).toEqual([]);
  });

  test.each<[string, Misbehaviour, string]>([
    ["lies", (_, response) => Boolean(response.writeHead(200).end("not the wheel")), "sent other bytes"],
    ["stalls", () => true, "timed out"],
    ["stalls in the body", (_, response) => response.writeHead(200).write("x"), "timed out"],
    ["refuses", (_, response) => Boolean(response.writeHead(403).end()), ""],
    ["fails", (_, response) => Boolean(response.writeHead(500).end("oops")), ""],
    ["resets", (request) => Boolean(request.socket.resetAndDestroy()), ""],
    ["ends early", (_, response) => Boolean(response.writeHead(200).end("PK")), "sent other bytes"],
    [
      "breaks off",
      (request, response) => {
        response.writeHead(200, { "content-length": 4_000_000 });
        return response.write("PK", () => request.socket.resetAndDestroy());
      },
      "",
    ],
  ])("that %s costs the command nothing but a bounded wait", async (_what, misbehave, reason) => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    store.misbehave = misbehave;
    const { run, wheels } =
      reason === "timed out"
        ? { run: await installOn("one", stage, store), wheels: wheelsRequested(stage) }
        : await readInTime(stage, store);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("greeter==2.0.0") });
    expect(run.stderr).toContain(reason);
    expect(run.stderr).not.toContain(S3_KEYS.AWS_SECRET_ACCESS_KEY);
    expect(wheels).toBe(2);
  });

  // Credentials of a session run out while a command goes on.
  test("that refuses from the second request on gives what it gave, and the index the rest", async () => {
    await using stage = await commandStage({ ...verified, commands: "called" });
    await using store = await startS3Server();
    expect(await installOn("one", stage, store)).toMatchObject({ code: 0 });
    const before = wheelsRequested(stage);
    let asked = 0;
    store.misbehave = (_, response) => {
      asked += 1;
      return asked > 1 && Boolean(response.writeHead(403).end());
    };
    expect(await installOn("two", stage, store)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("greeter==2.0.0"),
    });
    expect(asked).toBeGreaterThan(1);
    expect(wheelsRequested(stage)).toBeGreaterThan(before);
  });

  test.each([
    ["full", 507],
    ["read-only", 403],
  ])("that is %s is asked to write once, and the command goes on", async (_what, status) => {
    await using stage = await commandStage({ ...verified, commands: "called" });
    await using store = await startS3Server();
    store.misbehave = ({ method }, response) =>
      method === "PUT" && Boolean(response.writeHead(status, { connection: "close" }).end());
    expect(await installOn("one", stage, store)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("greeter==2.0.0"),
    });
    // What was under way together, and nothing after the first refusal.
    expect(store.requests.filter((line) => line.startsWith("PUT ")).length).toBeLessThanOrEqual(4);
    expect([...store.objects.keys()]).toEqual([]);
  });

  test.skipIf(!canMount())(
    "gives nothing to a machine whose own disk is full, and all of it once there is space",
    async () => {
      const data = randomBytes(600_000);
      const large = makeWheel({ name: "greeter", version: "9.0", files: { "greeter/data.bin": data } });
      await using stage = await commandStage({ ...verified, commands: "called", packages: [large] });
      await using store = await startS3Server();
      store.objects.set(`/wheels/pinion/files/${large.sha256}`, Buffer.from(large.bytes));
      using disk = mountDisk(stage.world.directory, "size=300k");
      const onDisk = async (): Promise<CliRun> =>
        await installOn("small", stage, store, ["--cache-dir", join(disk.path, "cache")]);
      const full = await onDisk();
      expect([full.code, full.stderr]).toEqual([2, expect.stringMatching(/no space is left|ENOSPC/)]);
      expect(full.stderr).toContain("[WORLD]/disk/cache");
      expect(full.stderr).not.toContain("shared cache");
      expect(existsSync(join(stage.world.project, "small", "greeter"))).toBe(false);
      for (const [path, bytes] of store.objects) expect(path).toContain(hash("sha256", bytes, "hex"));
      execFileSync("mount", ["-o", "remount,size=64m", disk.path]);
      const requested = wheelsRequested(stage);
      const after = await onDisk();
      expect(after).toMatchObject({ code: 0, stderr: expect.stringContaining("greeter==9.0") });
      expect(readFileSync(join(stage.world.project, "small", "greeter", "data.bin"))).toEqual(data);
      if (!after.stderr.includes("timed out")) expect(wheelsRequested(stage)).toBe(requested);
    },
  );

  test("without credentials is not used, with a warning", async () => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    const run = await stage.install("greeter", "--shared-cache", store.location);
    expect(run).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("There are no credentials for the shared cache"),
    });
    expect(store.requests).toEqual([]);
  });

  test("that no program could speak with is a mistake in the settings", async () => {
    await using stage = await commandStage({ commands: "called" });
    const run = await stage.install("greeter", "--shared-cache", "ftp://ada:secret@store.example/x");
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("expected `s3://bucket/prefix` or `oci://host/repository`");
    expect(run.stderr).not.toContain("secret");
  });
});
