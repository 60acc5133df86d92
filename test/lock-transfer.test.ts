// What a lock needs, moved as a whole: to the shared cache and from there, into an archive and out of one. Each machine is
// a command of its own with a cache of its own.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { commandStage, installedIn, type CommandStage } from "./support/command-stage.ts";
import { S3_KEYS, startS3Server } from "./support/s3-server.ts";
import type { CliRun } from "./support/world.ts";

/** Runs a command on a machine with a cache of its own. */
function on(machine: string, stage: CommandStage, args: readonly string[]): Promise<CliRun> {
  return stage.pinion(args, {
    env: { ...S3_KEYS, PINION_CACHE_DIR: join(stage.world.directory, `cache-${machine}`) },
  });
}

async function lockOf(stage: CommandStage, ...requirements: readonly string[]): Promise<string> {
  stage.world.write("project/requirements.in", requirements.join("\n"));
  const args = ["pip", "compile", "requirements.in", "-o", "pylock.toml", "--index-url", stage.index.url];
  expect(await on("locker", stage, args)).toMatchObject({ code: 0 });
  return "pylock.toml";
}

function files({ index }: CommandStage): number {
  return index.requests.filter(({ path }) => path.endsWith(".whl")).length;
}

describe("cache push and pull", () => {
  test("let a second machine install without a file from the index", async () => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    const lock = await lockOf(stage, "greeter");
    const shared = ["--lock", lock, "--shared-cache", store.location];
    expect(await on("ci", stage, ["cache", "push", ...shared])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Pushed 2 files"),
    });
    const again = await on("other", stage, ["cache", "push", ...shared]);
    expect(again.stderr).toContain("The shared cache holds 2 files already");

    const before = files(stage);
    const pulled = await on("two", stage, ["cache", "pull", "--json", ...shared]);
    expect(JSON.parse(pulled.stdout)).toEqual({ files: 2, present: 0, shared: 2, skipped: [] });
    expect(files(stage)).toBe(before);
    await stage.index.close();
    expect(await on("two", stage, ["pip", "sync", lock])).toMatchObject({ code: 0 });
    expect(stage.installed()).toEqual(["greeter==2.0.0", "wordlist==2.0.0"]);
  });

  test("report a store that refuses, and one that is not configured", async () => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    const lock = await lockOf(stage, "wordlist");
    store.misbehave = (_, response) => Boolean(response.writeHead(403).end());
    const refused = await on("ci", stage, [
      "cache",
      "push",
      "--lock",
      lock,
      "--shared-cache",
      store.location,
    ]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("answered 403");
    const without = await on("ci", stage, ["cache", "push", "--lock", lock]);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("No shared cache is configured");
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: the store takes as long to refuse each of very many files as it may take to answer at all
  test("ask a store that has refused one file for no other one", async () => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    const packages = Array.from({ length: 40 }, (_, at) => {
      const sha256 = createHash("sha256").update(String(at)).digest("hex");
      const url = `${stage.index.url}p${at}-1.0-py3-none-any.whl`;
      return `[[packages]]\nname = "p${at}"\nversion = "1.0"\nwheels = [{ url = "${url}", hashes = { sha256 = "${sha256}" } }]`;
    });
    const head = 'lock-version = "1.0"\ncreated-by = "pinion"';
    stage.world.write("project/pylock.toml", [head, ...packages].join("\n\n"));
    store.misbehave = (_, response) => Boolean(response.writeHead(403).end());
    const shared = ["--lock", "pylock.toml", "--shared-cache", store.location];
    const refused = await on("ci", stage, ["cache", "push", ...shared]);
    expect(refused.stderr).toContain("answered 403");
    expect(store.requests.length).toBeLessThanOrEqual(8);
  });

  test("--all-platforms moves every wheel of a universal lock", async () => {
    await using stage = await commandStage({ commands: "called" });
    await using store = await startS3Server();
    stage.world.write("project/requirements.in", "fastcount");
    const compile = ["pip", "compile", "requirements.in", "--universal", "-o", "pylock.toml"];
    await stage.pinion([...compile, "--index-url", stage.index.url]);
    const lock = readFileSync(join(stage.world.project, "pylock.toml"), "utf8");
    const wheels = lock.match(/\.whl"/g)?.length ?? 0;
    const shared = ["--lock", "pylock.toml", "--shared-cache", store.location];
    expect(await on("ci", stage, ["cache", "push", "--all-platforms", ...shared])).toMatchObject({ code: 0 });
    expect(store.objects.size).toBeGreaterThan(1);
    expect(store.objects.size).toBeLessThanOrEqual(wheels);
  });
});

describe("cache export and import", () => {
  test("carry a lock to a machine without a network, and give the same bytes each time", async () => {
    await using stage = await commandStage({ commands: "called" });
    const lock = await lockOf(stage, "greeter[color]");
    expect(await on("ci", stage, ["cache", "export", "--lock", lock, "-o", "one.tar"])).toMatchObject({
      code: 0,
    });
    expect(await on("other", stage, ["cache", "export", "--lock", lock, "-o", "two.tar"])).toMatchObject({
      code: 0,
    });
    const archive = readFileSync(join(stage.world.project, "one.tar"));
    expect(archive.equals(readFileSync(join(stage.world.project, "two.tar")))).toBe(true);
    // What other programs list.
    const listed = await stage.world.program("tar", ["-tf", join(stage.world.project, "one.tar")]);
    expect(listed.stdout.split("\n")[0]).toBe("pinion-files.json");

    const imported = await on("sealed", stage, ["cache", "import", "one.tar", "--json"]);
    expect(JSON.parse(imported.stdout)).toMatchObject({ files: 3, present: 0 });
    await stage.index.close();
    expect(await on("sealed", stage, ["pip", "sync", lock, "--offline"])).toMatchObject({ code: 0 });
    expect(installedIn(stage.venv)).toEqual(["greeter==2.0.0", "paint==1.2.0", "wordlist==2.0.0"]);
  });

  test("carry a lock with other hashes than SHA-256 too", async () => {
    await using stage = await commandStage({ commands: "called" });
    const lock = await lockOf(stage, "wordlist");
    const path = join(stage.world.project, lock);
    const { bytes } = sampleWheels().find(
      ({ name, version }) => name === "wordlist" && version === "2.0.0",
    ) ?? {
      bytes: new Uint8Array(),
    };
    const sha512 = createHash("sha512").update(bytes).digest("hex");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replaceAll("{ sha256 =", `{ sha512 = "${sha512}", sha256 =`),
    );
    expect(readFileSync(path, "utf8")).toContain(sha512);
    expect(await on("ci", stage, ["cache", "export", "--lock", lock, "-o", "files.tar"])).toMatchObject({
      code: 0,
    });
    expect(await on("sealed", stage, ["cache", "import", "files.tar"])).toMatchObject({ code: 0 });
    await stage.index.close();
    expect(await on("sealed", stage, ["pip", "sync", lock, "--offline"])).toMatchObject({ code: 0 });
    expect(installedIn(stage.venv)).toEqual(["wordlist==2.0.0"]);
  });

  test("refuse what the lock file has no hash for, where hashes are required", async () => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write(
      "project/pylock.toml",
      'lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "here"\ndirectory = { path = "here" }\n',
    );
    for (const words of [["export", "-o", "files.tar"], ["pull"]]) {
      const args = ["cache", ...words, "--lock", "pylock.toml"];
      expect((await on("ci", stage, args)).code).toBe(0);
      const refused = await stage.pinion(args, { env: { PIP_REQUIRE_HASHES: "1" } });
      expect([refused.code, refused.stderr]).toEqual([
        expect.any(Number),
        expect.stringContaining("`--require-hashes` mode"),
      ]);
      expect(refused.code).not.toBe(0);
    }
  });

  test("refuse an archive that was changed, is cut off or is another one", async () => {
    await using stage = await commandStage({ commands: "called" });
    const lock = await lockOf(stage, "wordlist");
    await on("ci", stage, ["cache", "export", "--lock", lock, "-o", "files.tar"]);
    const archive = readFileSync(join(stage.world.project, "files.tar"));
    const damaged = Buffer.from(archive);
    // In the middle of the only wheel.
    damaged.writeUInt8(damaged.readUInt8(2000) ^ 1, 2000);
    const attempts: readonly (readonly [Buffer, string])[] = [
      [damaged, "does not match the hash given by the archive"],
      [archive.subarray(0, archive.length - 1024), "it is cut off"],
      [archive.subarray(0, 2100), "it is cut off"],
      [Buffer.concat([archive, Buffer.from("more")]), "there are bytes after its end"],
      [Buffer.alloc(10_240), "it does not begin with a list of its files"],
    ];
    for (const [bytes, reason] of attempts) {
      writeFileSync(join(stage.world.project, "bad.tar"), bytes);
      const run = await on("sealed", stage, ["cache", "import", "bad.tar"]);
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(reason);
    }
    expect(await on("sealed", stage, ["cache", "import", "no.tar"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("File not found"),
    });
  });
});

// Attack: the SHA-256 of a file that the cache or the shared cache holds, beside another SHA-512 than the file's
test("what is held already must have each digest that the lock states", async () => {
  await using stage = await commandStage({ commands: "called" });
  await using store = await startS3Server();
  const lock = await lockOf(stage, "wordlist");
  const shared = ["--shared-cache", store.location];
  expect(await on("ci", stage, ["cache", "push", "--lock", lock, ...shared])).toMatchObject({ code: 0 });
  expect(await on("ci", stage, ["cache", "pull", "--lock", lock])).toMatchObject({ code: 0 });

  const text = readFileSync(join(stage.world.project, lock), "utf8");
  const other = text.replaceAll("sha256 = ", `sha512 = "${"0".repeat(128)}", sha256 = `);
  stage.world.write("project/pylock.other.toml", other);
  for (const args of [["pull"], ["export", "-o", "files.tar", ...shared]])
    expect(await on("ci", stage, ["cache", ...args, "--lock", "pylock.other.toml"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not match the hash given by the lock file"),
    });
});

describe("metadata", () => {
  test("of wheels comes from the shared cache too, where the index gives its hash", async () => {
    await using stage = await commandStage({ commands: "called" });
    const root = stage.world.authority("Corp Root");
    const index = await stage.world.index({ packages: sampleWheels(), tls: root.issue("localhost") });
    await using store = await startS3Server();
    // What came without verified TLS is not shared.
    const settings = ["--index-url", index.url, "--ca", root.writePem(), "--shared-cache", store.location];
    const metadata = (): number => index.requests.filter(({ path }) => path.endsWith(".metadata")).length;
    const shared = (): number =>
      [...store.objects.keys()].filter((path) => path.startsWith("/wheels/pinion/metadata/")).length;
    let machines = 0;
    const install = async (): Promise<CliRun> => {
      machines += 1;
      const machine = `machine-${machines}`;
      const args = ["pip", "install", "greeter", "--target", machine, ...settings];
      const run = await on(machine, stage, args);
      expect(run.code, run.stderr).toBe(0);
      return run;
    };
    // A command waits for the store for a second in all: where this machine is too busy for that, the next one finds less.
    while (shared() < 2) await install();
    expect(metadata()).toBeGreaterThan(0);
    let before = 0;
    let run: CliRun;
    do {
      before = metadata();
      run = await install();
    } while (run.stderr.includes("timed out"));
    expect(metadata()).toBe(before);
  });
});
