import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { World, hasProgram } from "./world.ts";

describe("World", () => {
  test("runs the command in a clean environment and gives back its exit code", async () => {
    await using world = await World.create();
    const { code, stdout, stderr } = await world.cli(["--version"]);
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^pinion \d+\.\d+\.\d+/), ""]);
    expect(Object.keys(world.environment()).filter((name) => /^(SSL|UV|REQUESTS)/.test(name))).toEqual([]);
    expect(world.environment({ PATH: undefined })["PATH"]).toBeUndefined();
  });

  test("hands input, folder and variables to what it runs", async () => {
    await using world = await World.create();
    const code = "process.stdin.pipe(process.stdout);process.stderr.write(process.cwd()+process.env.X)";
    const run = await world.program(process.execPath, ["-e", code], { input: "in", env: { X: "x" } });
    expect(run).toEqual({ code: 0, stdout: "in", stderr: `${world.project}x` });
  });

  test("replaces what changes from run to run", async () => {
    await using world = await World.create();
    const index = await world.index();
    const text = `Fetched ${index.url} in 1.23s into ${world.cache}/a and ${world.home}/b, ${world.directory}/c; 5 sets`;
    expect(world.filter(text)).toBe(
      "Fetched http://localhost:[PORT]/simple/ in [TIME] into [CACHE]/a and [HOME]/b, [WORLD]/c; 5 sets",
    );
  });

  test("kills what does not end", async () => {
    await using world = await World.create();
    const run = world.program(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { timeoutMs: 300 });
    await expect(run).rejects.toThrow("did not end in time");
  });

  test("leaves nothing behind", async () => {
    const world = await World.create();
    const index = await world.index({ tls: world.authority().issue("localhost") });
    const child = world.start(["lab", "serve", "plain"]);
    const ended = new Promise((resolve) => child.on("exit", resolve));
    await world[Symbol.asyncDispose]();
    await ended;
    expect(existsSync(world.directory)).toBe(false);
    await expect(fetch(index.url)).rejects.toThrow("fetch failed");
  });

  test.skipIf(!hasProgram("python3"))("makes a virtual environment", async () => {
    await using world = await World.create();
    const venv = world.venv();
    expect(venv.evaluate("import sys; print(sys.prefix)")).toBe(venv.path);
    expect(existsSync(join(venv.path, "pyvenv.cfg"))).toBe(true);
    expect(world.filter(venv.python)).toMatch(/^\[VENV\]/);
  });
});
