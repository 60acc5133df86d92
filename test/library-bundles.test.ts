// The library inside a program that is bundled into one file, as command-line tools, extensions of editors and functions are:
// nothing of its package stands beside that file. docs/library.md, "In a bundle"

import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { outsideProject, type OutsideProject } from "./support/outside-project.ts";
import { World } from "./support/world.ts";

let project: OutsideProject;
beforeAll(() => {
  project = outsideProject();
});
afterAll(() => project[Symbol.dispose]());

const PROGRAM = `
import { createInstaller, targetFor } from "pinion";
const installer = createInstaller({
  cacheDirectory: "cache",
  directory: process.cwd(),
  env: process.env,
  home: process.cwd(),
  indexes: { defaultIndex: { value: process.env.INDEX, origin: "the program" } },
  network: process.env.SCRIPT && { proxy: { all: { value: process.env.SCRIPT, origin: "the program" } } },
});
const target = targetFor({ platform: "linux", pythonVersion: "3.12" });
const into = { kind: "directory", path: "/no/such/folder", target };
installer
  .plan({ requirements: [{ kind: "text", text: "greeter" }], into })
  .then(async (plan) => console.log((await installer.files(plan)).size > 0))
  .catch(({ code, message }) => console.log(code, message))
  .finally(() => installer.close());
`;

describe.each([
  ["cjs", "program.cjs"],
  ["esm", "program.mjs"],
] as const)("a bundle in the format %s", (format, name) => {
  /** Runs it in a folder that has nothing else; `beside` has packages installed there. */
  const run = async (
    world: World,
    { env, beside }: { readonly env?: Readonly<Record<string, string>>; readonly beside?: string },
  ): ReturnType<World["program"]> => {
    const folder = join(world.directory, "application");
    mkdirSync(folder);
    if (beside !== undefined) symlinkSync(beside, join(folder, "node_modules"));
    await build({
      entryPoints: [project.write("program.mjs", PROGRAM)],
      outfile: join(folder, name),
      bundle: true,
      platform: "node",
      format,
      target: "node20.19",
      logLevel: "silent",
    });
    const index = await world.index({ packages: sampleWheels() });
    const all = { INDEX: index.url, ...env };
    return await world.program(process.execPath, [join(folder, name)], { env: all });
  };

  test("installs from an index", async () => {
    await using world = await World.create();
    expect(await run(world, {})).toMatchObject({ code: 0, stdout: "true\n", stderr: "" });
  });

  test("runs a proxy script where its packages are installed, and says which is not", async () => {
    await using world = await World.create();
    await using other = await World.create();
    const script = world.write("proxy.pac", "function FindProxyForURL() { return 'DIRECT'; }");
    const env = { SCRIPT: `pac+file://${script}` };
    const beside = join(project.directory, "node_modules", "pinion", "node_modules");
    expect(await run(world, { env, beside })).toMatchObject({ code: 0, stdout: "true\n" });
    expect((await run(other, { env })).stdout).toBe(
      "settings/invalid The proxy script of `the program` fails: the package `pac-resolver` is not installed beside the program\n",
    );
  });
});
