// Plans are values that can be stored and applied later, and sessions may be used by several callers at once.

import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { createInstaller, parsePlan } from "../../index.ts";
import type { ChangePlan, InstallationPlan, InstallerOptions, PlanRequest } from "../../index.ts";
import type { RunningIndex } from "../../lab/index/index-server.ts";
import { makeWheel } from "../../lab/index/make-wheel.ts";
import { sampleWheels } from "../../lab/index/sample-wheels.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { listInstalled } from "../../python/environments/environment.ts";
import { World } from "../../../test/support/world.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.12" });

function optionsFor(world: World, index: RunningIndex, cache = "cache-of-the-test"): InstallerOptions {
  return {
    cacheDirectory: join(world.directory, cache),
    directory: world.directory,
    indexes: { defaultIndex: { value: index.url, origin: "the test" } },
    network: { retries: 0 },
  };
}

function requestFor(texts: readonly string[], path: string, more: Partial<PlanRequest> = {}): PlanRequest {
  return {
    requirements: texts.map((text) => ({ kind: "text", text })),
    constraints: [],
    overrides: [],
    into: { kind: "directory", path, target },
    ...more,
  };
}

function namesIn(folder: string): readonly string[] {
  return listInstalled([folder]).map(({ name, version }) => `${name} ${version.text}`);
}

function expectChanges(plan: InstallationPlan): ChangePlan {
  if (plan.kind !== "changes") throw new Error("the plan changes nothing");
  return plan;
}

const throughJson = (plan: InstallationPlan): InstallationPlan => parsePlan(JSON.parse(JSON.stringify(plan)));

describe.skipIf(process.platform === "win32")("an installer", () => {
  // Promise: nothing that another user can change is linked into an environment
  // Attack: a program of the library with a cache of mode 0777, where another user adds to it
  test("uses no cache that every user can write", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const options = optionsFor(world, index);
    mkdirSync(options.cacheDirectory);
    writeFileSync(join(options.cacheDirectory, "something"), "");
    chmodSync(options.cacheDirectory, 0o777);
    const installer = createInstaller(options);
    const planning = installer.plan(requestFor(["greeter"], join(world.directory, "into")));
    await expect(planning).rejects.toMatchObject({ code: "cache/unusable" });
    await installer.close();
    expect(readdirSync(options.cacheDirectory)).toEqual(["something"]);
  });
});

describe("a request with what was read before", () => {
  // Promise: where a program requires hashes, nothing without one is installed, downloaded or locked
  // Attack: it reads the requirements first, to look at them, and says only then that hashes are required
  test("requires hashes where either of both does", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const installer = createInstaller(optionsFor(world, index));
    const folder = join(world.directory, "packages");
    const request = requestFor(["wordlist==2.0.0"], folder);
    const read = await installer.read(request);
    const requiring = { ...request, inputs: read, requiresHashes: true };
    const refusal = { code: "requirement/hash-required" };
    await expect(installer.plan(requiring)).rejects.toMatchObject(refusal);
    await expect(installer.download({ ...requiring, folder, target })).rejects.toMatchObject(refusal);
    await expect(installer.lock({ ...requiring, target, requiresPython: ">=3.12" })).rejects.toMatchObject(
      refusal,
    );
    await expect(
      installer.plan({ ...request, inputs: { ...read, requiresHashes: true }, requiresHashes: false }),
    ).rejects.toMatchObject({ code: "requirement/unhashed-dependency" });
    const plan = expectChanges(await installer.plan({ ...request, inputs: read }));
    await installer.close();
    expect(plan.install.map(({ name }) => name)).toEqual(["wordlist"]);
  });
});

describe("a plan", () => {
  test("survives JSON and is applied by another installer, with another cache", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const folder = join(world.directory, "packages");
    const first = createInstaller(optionsFor(world, index));
    const plan = await first.plan(requestFor(["greeter[color]"], folder));
    await first.close();
    const read = throughJson(plan);
    expect(read).toEqual(plan);

    const second = createInstaller(optionsFor(world, index, "another-cache"));
    const changes = await second.apply(read);
    await second.close();
    expect(changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      "added greeter",
      "added paint",
      "added wordlist",
    ]);
    expect(namesIn(folder)).toEqual(["greeter 2.0.0", "paint 1.2.0", "wordlist 2.0.0"]);
  });

  test("survives JSON also where it removes, reinstalls, and takes a wheel from a URL", async () => {
    await using world = await World.create();
    const wheels = sampleWheels();
    const index = await world.index({ packages: wheels });
    const folder = join(world.directory, "packages");
    const installer = createInstaller(optionsFor(world, index));
    await installer.apply(await installer.plan(requestFor(["greeter", "paint"], folder)));
    const { filename } = wheels.find(({ name, version }) => name === "wordlist" && version === "1.0.0")!;
    const url = `${index.origin}/files/wordlist/${filename}`;
    const request = requestFor([`wordlist @ ${url}`], folder, { isExact: true, reinstall: ["wordlist"] });
    const plan = expectChanges(throughJson(await installer.plan(request)));
    const [install] = plan.install;
    expect(install).toMatchObject({
      source: { kind: "direct", url },
      directUrl: { kind: "archive", url },
    });
    const changes = await installer.apply(plan);
    await installer.close();
    expect(changes.map(({ action, name, version }) => `${action} ${name} ${version}`)).toEqual([
      "removed greeter 2.0.0",
      "removed paint 1.2.0",
      "removed wordlist 2.0.0",
      "added wordlist 1.0.0",
    ]);
    expect(listInstalled([folder])[0]?.directUrl).toMatchObject({ kind: "archive", url });
  });

  test("holds no credentials, and its session still sends them", async () => {
    await using world = await World.create();
    const basic = { username: "ada", password: "lovelace-secret" };
    const index = await world.index({ packages: sampleWheels(), auth: basic });
    const withLogin = index.url.replace("://", "://ada:lovelace-secret@");
    const folder = join(world.directory, "packages");
    const installer = createInstaller({
      ...optionsFor(world, index),
      indexes: { defaultIndex: { value: withLogin, origin: "the test" } },
    });
    const plan = await installer.plan(requestFor(["wordlist"], folder));
    expect(JSON.stringify(plan)).not.toContain("lovelace-secret");
    await installer.apply(throughJson(plan));
    await installer.close();
    expect(namesIn(folder)).toEqual(["wordlist 2.0.0"]);
  });

  test.each([
    ["adds a distribution", "paint"],
    ["replaces one by another version", "wordlist==1.0.0"],
  ])("is refused where another change %s in between", async (_, other) => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const folder = join(world.directory, "packages");
    const installer = createInstaller(optionsFor(world, index));
    await installer.apply(await installer.plan(requestFor(["wordlist==2.0.0"], folder)));
    const plan = await installer.plan(requestFor(["greeter"], folder));
    await installer.apply(await installer.plan(requestFor([other], folder)));
    const before = readdirSync(folder).toSorted();
    await expect(installer.apply(plan)).rejects.toMatchObject({
      code: "environment/changed",
      details: { root: folder },
    });
    expect(readdirSync(folder).toSorted()).toEqual(before);
    // What the refusal hints at.
    await installer.apply(await installer.plan(requestFor(["greeter"], folder)));
    await installer.close();
    expect(namesIn(folder)).toContain("greeter 2.0.0");
  });

  test("is applied once: the second time its environment is another one", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const folder = join(world.directory, "packages");
    const installer = createInstaller(optionsFor(world, index));
    const plan = await installer.plan(requestFor(["wordlist"], folder));
    await installer.apply(plan);
    await expect(installer.apply(plan)).rejects.toMatchObject({ code: "environment/changed" });
    await installer.close();
  });

  test.each([
    ["nothing", undefined],
    ["another format", { kind: "satisfied", format: 2, requirements: 1, warnings: [] }],
    ["a list", []],
    ["changes without a fingerprint", { kind: "changes", format: 1, warnings: [], install: [] }],
  ])("is not read from %s", (_, value) => {
    expect(() => parsePlan(value)).toThrow(expect.objectContaining({ code: "plan/invalid" }));
  });
});

describe("a session", () => {
  test("takes a relative folder from its `directory`, and has the whole path in the plan", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const installer = createInstaller(optionsFor(world, index));
    const { into } = requestFor([], "packages");
    const plan = expectChanges(await installer.plan(requestFor(["greeter==1.0.0"], "packages")));
    expect(plan.destination).toMatchObject({ path: join(world.directory, "packages") });
    await installer.apply(plan);
    expect(installer.list(into).map(({ name }) => name)).toContain("greeter");
    expect(installer.why(into, "greeter").name).toBe("greeter");
    await installer.uninstall({ names: ["greeter"], from: into });
    expect(namesIn(join(world.directory, "packages")).join()).not.toContain("greeter");
    await installer.close();
  });

  test("has two plans alive at once, made together and applied in the other order", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const [one, two] = [join(world.directory, "one"), join(world.directory, "two")];
    const installer = createInstaller(optionsFor(world, index));
    const [first, second] = await Promise.all([
      installer.plan(requestFor(["greeter==1.0.0"], one)),
      installer.plan(requestFor(["greeter"], two)),
    ]);
    await installer.apply(second);
    await installer.apply(first);
    await installer.close();
    expect(namesIn(one)[0]).toBe("greeter 1.0.0");
    expect(namesIn(two)[0]).toBe("greeter 2.0.0");
  });

  test("applies two plans at the same time", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const folders = ["one", "two", "three"].map((name) => join(world.directory, name));
    const installer = createInstaller(optionsFor(world, index));
    const plans = await Promise.all(folders.map((path) => installer.plan(requestFor(["greeter"], path))));
    await Promise.all(plans.map((plan) => installer.apply(plan)));
    await installer.close();
    for (const folder of folders) expect(namesIn(folder)).toEqual(["greeter 2.0.0", "wordlist 2.0.0"]);
    const downloads = index.requests.filter(({ path }) => path.endsWith(".whl")).map(({ path }) => path);
    expect(new Set(downloads).size).toBe(downloads.length);
  });

  // Promise: what an index says of a wheel before it is there is compared with the wheel before that is installed
  // Attack: the index has told the installer that made a plan that the wheel requires nothing; another one applies the plan
  test.each(["the same cache", "another cache"])(
    "holds what the index said against the wheel where another one made the plan, with %s",
    async (cache) => {
      await using world = await World.create();
      const honest = makeWheel({ name: "outer", version: "1.0", requires: ["inner>=1"] });
      const lie = honest.metadata.replace(/^Requires-Dist: .*\n/m, "");
      const index = await world.index({ packages: [...sampleWheels(), { ...honest, metadata: lie }] });
      const into = join(world.directory, "into");
      const planning = createInstaller(optionsFor(world, index));
      const text = JSON.stringify(await planning.plan(requestFor(["outer", "greeter"], into)));
      await planning.close();
      const options = optionsFor(world, index, cache === "the same cache" ? undefined : "another-cache");
      const applying = createInstaller(options);
      const applied = applying.apply(parsePlan(JSON.parse(text)));
      await expect(applied).rejects.toMatchObject({
        code: "index/metadata-mismatch",
        details: { field: "Requires-Dist", stated: [], actual: ["inner>=1"] },
      });
      await applying.close();
      expect(existsSync(into)).toBe(false);
    },
  );

  test("plans while another plan of it fails", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const installer = createInstaller(optionsFor(world, index));
    const [failed, made] = await Promise.allSettled([
      installer.plan(requestFor(["greeter==9"], join(world.directory, "one"))),
      installer.plan(requestFor(["greeter"], join(world.directory, "two"))),
    ]);
    await installer.close();
    expect(failed).toMatchObject({ status: "rejected", reason: { code: "resolve/no-solution" } });
    expect(made.status).toBe("fulfilled");
  });

  test("refuses a folder that is not there by a code", async () => {
    await using world = await World.create();
    const index = await world.index();
    const installer = createInstaller(optionsFor(world, index));
    const missing = requestFor(["./nowhere"], join(world.directory, "packages"));
    await expect(installer.plan(missing)).rejects.toMatchObject({ code: "wheel/not-found" });
    await installer.close();
  });
});
