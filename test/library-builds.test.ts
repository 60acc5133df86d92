// Builds through the library: sources as values, events, and a guard.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

import { createInstaller, type InstallerEvent, type InstallerOptions, type Source } from "../src/index.ts";
import { inspectInterpreter } from "../src/python/interpreters/interpreter.ts";
import { createVenvSync } from "../src/python/venv/venv.ts";
import { smallBackend, treeWithBackend } from "./support/source-trees.ts";
import { World } from "./support/world.ts";

async function stage(options: Partial<InstallerOptions> = {}): Promise<{
  readonly world: World;
  readonly source: Source;
  readonly install: () => Promise<readonly string[]>;
}> {
  const world = await World.create();
  const folder = world.tree("project/alpha", treeWithBackend(smallBackend("alpha", "1.0")));
  const base = await inspectInterpreter("python3", { env: process.env });
  const { interpreter } = createVenvSync({ path: join(world.directory, "environment"), base });
  const source: Source = { kind: "directory", url: pathToFileURL(folder).href, isEditable: false };
  const installer = createInstaller({
    cacheDirectory: world.cache,
    directory: world.project,
    env: world.environment(),
    indexes: { isIndexOff: true },
    ...options,
  });
  const install = async (): Promise<readonly string[]> => {
    try {
      const into = { kind: "environment", interpreter } as const;
      const request = {
        requirements: [{ kind: "source", source }] as const,
        constraints: [],
        overrides: [],
        into,
      };
      const plan = await installer.plan(request);
      const stored: typeof plan = JSON.parse(JSON.stringify(plan));
      await installer.apply(stored);
      return readdirSync(interpreter.scheme.purelib).toSorted();
    } finally {
      await installer.close();
    }
  };
  return { world, source, install };
}

test("an installer builds a source that is given as a value, by a plan that went through JSON", async () => {
  const events: InstallerEvent[] = [];
  const { world, install } = await stage({ onEvent: (event) => events.push(event) });
  await using _ = world;
  expect(await install()).toEqual(["alpha-1.0.dist-info", "alpha.py"]);
  const kinds = events.map(({ kind }) => kind);
  expect(kinds).toEqual(
    expect.arrayContaining(["build-started", "build-hook", "build-finished", "installed"]),
  );
});

test("a guard forbids every build of an installer", async () => {
  const guard = (): never => {
    throw new Error("no builds here");
  };
  const { world, install } = await stage({ builds: { guard } });
  await using _ = world;
  await expect(install()).rejects.toThrow("no builds here");
});
