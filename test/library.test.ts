// The library as an embedding program uses it: in this process, without a Python, into a folder for another platform.

import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { createInstaller, isPinionError, targetFor } from "../src/index.ts";
import type { InstallerEvent, InstallerOptions, PlanRequest } from "../src/index.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { World } from "./support/world.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.12" });

function asksFor(text: string, path: string): PlanRequest {
  return {
    requirements: [{ kind: "text", text }],
    constraints: [],
    overrides: [],
    into: { kind: "directory", path, target },
  };
}

describe("createInstaller()", () => {
  test("plans and applies into a folder for another platform, and reports what happens", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const events: InstallerEvent[] = [];
    const folder = join(world.directory, "packages");
    const installer = createInstaller({
      cacheDirectory: join(world.directory, "library-cache"),
      directory: world.directory,
      indexes: { defaultIndex: { value: index.url, origin: "the test" } },
      onEvent: (event) => events.push(event),
    });
    const plan = await installer.plan(asksFor("greeter", folder));
    expect(plan).toMatchObject({ kind: "changes", remove: [] });
    const changes = await installer.apply(plan);
    await installer.close();

    expect(changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      "added greeter",
      "added wordlist",
    ]);
    expect(readFileSync(join(folder, "greeter", "__init__.py"), "utf8")).toContain("wordlist");
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["resolved", "prepared", "installed"]),
    );
  });

  test("takes relative paths of its options and requests from its folder, wherever the process is", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const installer = createInstaller({
      cacheDirectory: "library-cache",
      directory: world.directory,
      indexes: { defaultIndex: { value: index.url, origin: "the test" } },
    });
    const { requirements } = asksFor("greeter", "");
    await installer.download({ requirements, folder: "files", target });
    await installer.close();
    expect(readdirSync(join(world.directory, "library-cache"))).not.toEqual([]);
    expect(readdirSync(join(world.directory, "files"))).toContain("greeter-2.0.0-py3-none-any.whl");
  });

  test("answers only from the folder when everything is there", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const folder = join(world.directory, "packages");
    const options: InstallerOptions = {
      cacheDirectory: join(world.directory, "library-cache"),
      directory: world.directory,
      indexes: { defaultIndex: { value: index.url, origin: "the test" } },
    };
    const first = createInstaller(options);
    await first.apply(await first.plan(asksFor("greeter", folder)));
    await first.close();
    await index.close();

    const second = createInstaller(options);
    expect(await second.plan(asksFor("greeter", folder))).toMatchObject({
      kind: "satisfied",
      requirements: 1,
    });
    const { changes, missing } = await second.uninstall({
      names: ["Greeter", "wordlist", "nothing"],
      from: { kind: "directory", path: folder, target },
    });
    await second.close();
    expect(changes).toHaveLength(2);
    expect(missing).toEqual(["nothing"]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("keeps the trust of two installers apart in one process", async () => {
    await using world = await World.create();
    const served = await world.shape("ec-p384-sha512");
    const make = (env: Record<string, string>, name: string) =>
      createInstaller({
        cacheDirectory: join(world.directory, `cache-${name}`),
        directory: world.directory,
        env,
        indexes: { defaultIndex: { value: served.url, origin: "the test" } },
        network: { retries: 0 },
      });
    const trusting = make({ SSL_CERT_FILE: served.bundlePath }, "trusting");
    const other = make({}, "other");
    const [accepted, refused] = await Promise.allSettled([
      trusting.plan(asksFor("greeter", join(world.directory, "one"))),
      other.plan(asksFor("greeter", join(world.directory, "two"))),
    ]);
    await Promise.all([trusting.close(), other.close()]);

    expect(accepted.status).toBe("fulfilled");
    const error = refused.status === "rejected" ? (refused.reason as unknown) : undefined;
    expect(isPinionError(error, "tls/unknown-issuer")).toBe(true);
    expect(error).toMatchObject({ details: { host: "localhost" } });
    expect(isPinionError(error) && error.hints.length > 0).toBe(true);
  });

  test("stops where its signal is aborted, and changes nothing", async () => {
    await using world = await World.create();
    const index = await world.index({ packages: sampleWheels() });
    const folder = join(world.directory, "packages");
    const installer = createInstaller({
      cacheDirectory: join(world.directory, "library-cache"),
      directory: world.directory,
      indexes: { defaultIndex: { value: index.url, origin: "the test" } },
    });
    const plan = await installer.plan(asksFor("greeter", folder));
    const error: unknown = await installer
      .apply(plan, { signal: AbortSignal.abort() })
      .catch((reason: unknown) => reason);
    await installer.close();
    expect(isPinionError(error, "net/cancelled")).toBe(true);
    expect(() => readdirSync(folder)).toThrow("ENOENT");
  });
});

test("createInstaller() mends a cache that has lost a file, in the same run", async () => {
  await using world = await World.create();
  const index = await world.index({ packages: sampleWheels() });
  const options: InstallerOptions = {
    cacheDirectory: join(world.directory, "library-cache"),
    directory: world.directory,
    indexes: { defaultIndex: { value: index.url, origin: "the test" } },
  };
  const installInto = async (folder: string): Promise<void> => {
    const installer = createInstaller(options);
    try {
      await installer.apply(await installer.plan(asksFor("wordlist", join(world.directory, folder))));
    } finally {
      await installer.close();
    }
  };
  await installInto("one");
  const wheels = join(options.cacheDirectory, "wheels-v1");
  const lost = readdirSync(wheels, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("words.txt"),
  );
  expect(lost).toHaveLength(1);
  for (const path of lost) rmSync(join(wheels, path));

  await installInto("two");
  expect(readFileSync(join(world.directory, "two", "wordlist", "words.txt"), "utf8")).not.toBe("");
});
