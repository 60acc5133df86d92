// Every folder of examples/ as its users run it: in a project of their own, against an index on loopback.

import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { readZip } from "../src/archive/zip.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { outsideProject, type OutsideProject } from "./support/outside-project.ts";
import { World, type CliRun } from "./support/world.ts";

let project: OutsideProject;
beforeAll(() => {
  project = outsideProject();
  cpSync(fileURLToPath(new URL("../examples", import.meta.url)), join(project.directory, "examples"), {
    recursive: true,
  });
});
afterAll(() => project[Symbol.dispose]());

interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly env: Readonly<Record<string, string>>;
  readonly run: (example: string, ...args: readonly string[]) => Promise<CliRun>;
}

async function stage(): Promise<Stage> {
  const world = await World.create();
  const index = await world.index({ packages: [...sampleWheels(), MCP_SERVER] });
  world.write("project/requirements.txt", "greeter\n");
  world.write("project/handler.py", "import greeter\n");
  const env = { INDEX_URL: index.url };
  return {
    world,
    env,
    run: (example, ...args) =>
      world.program(process.execPath, [join(project.directory, "examples", example), ...args], { env }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** A server in the fewest lines that speak the protocol. */
const MCP_SERVER = makeWheel({
  name: "echo-mcp",
  version: "1.4.0",
  requires: ["wordlist"],
  files: {
    "echo_mcp/__init__.py": "",
    "echo_mcp/__main__.py": `import json, os, sys, wordlist
assert os.path.exists(os.environ["SSL_CERT_FILE"])
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = {"serverInfo": {"name": "echo", "version": "1.4.0"}} if request["method"] == "initialize" else {"tools": [{"name": word} for word in wordlist.words()[:1]]}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
`,
  },
});

describe("examples/lambda-zip", () => {
  test.each(["arm64", "x86_64"])("packs for %s what its Python imports", async (arch) => {
    await using place = await stage();
    const { world, run } = place;
    world.write("project/requirements.txt", "greeter\nfastcount\n");
    const words = ["requirements.txt", "one.zip", "--arch", arch, "--handler", "handler.py"];
    const first = await run("lambda-zip/build.mjs", ...words);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const archive = readFileSync(join(world.project, "one.zip"));
    if (arch === "arm64") {
      await run("lambda-zip/build.mjs", ...words.with(1, "two.zip"));
      // The same bytes each time.
      expect(archive.equals(readFileSync(join(world.project, "two.zip")))).toBe(true);
    }
    expect(readZip(archive).entries.map(({ name }) => name)).toContain("handler.py");
    const imported = await world.program(
      "python3",
      ["-c", "import handler; print(handler.greeter.__file__)"],
      {
        env: { PYTHONPATH: join(world.project, "one.zip"), PYTHONDONTWRITEBYTECODE: "1" },
      },
    );
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining("one.zip/greeter") });
  });
});

describe("examples/mcp-host", () => {
  test("starts a server from a requirement, and again without the network", async () => {
    await using place = await stage();
    const first = await place.run("mcp-host/host.mjs", "echo-mcp", "echo_mcp");
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Connected to echo 1\.4\.0\n\w+\n$/),
    });
    expect(first.stderr).toContain("Downloading echo_mcp-1.4.0");
    const args = [join(project.directory, "examples", "mcp-host", "host.mjs"), "echo-mcp", "echo_mcp"];
    const env = { INDEX_URL: "http://127.0.0.1:9/simple" };
    expect(await place.world.program(process.execPath, args, { env })).toMatchObject({
      code: 0,
      stderr: "",
      stdout: first.stdout,
    });
  });

  test("shows why a server cannot be had", async () => {
    await using place = await stage();
    expect(await place.run("mcp-host/host.mjs", "no-such-server", "nothing")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^(index|resolve)\/[a-z-]+: /),
    });
  });
});

describe("examples/newer-versions", () => {
  test("lists what is newer than a lock, with hashes", async () => {
    await using place = await stage();
    const { world, env } = place;
    world.write("project/requirements.in", "wordlist<2\n");
    const compile = [
      "pip",
      "compile",
      "requirements.in",
      "-o",
      "pylock.toml",
      "--index-url",
      env["INDEX_URL"] ?? "",
    ];
    expect(await world.run(compile)).toMatchObject({ code: 0 });
    const { stdout, code } = await place.run("newer-versions/query.mjs", "pylock.toml");
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as { readonly newer: readonly { readonly version: string }[] };
    expect(found).toMatchObject({ name: "wordlist", newer: expect.any(Array) });
    expect(found.newer[0]).toMatchObject({
      version: expect.stringMatching(/^2\./),
      files: [{ filename: expect.any(String), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
  });
});

describe("examples/serverless-plugin", () => {
  test("installs for the architecture and the Python of each function, by the plugin API", async () => {
    await using place = await stage();
    const { world, env } = place;
    // The API hands these to a plugin's constructor, and calls its hooks in the order of the lifecycle.
    const driver = world.write(
      "driver.cjs",
      `const Plugin = require(${JSON.stringify(join(project.directory, "examples", "serverless-plugin", "index.cjs"))});
       const { existsSync } = require("node:fs");
       const functions = { api: { handler: "a.b" }, job: { handler: "c.d", architecture: "arm64" }, web: { runtime: "nodejs22.x" } };
       const service = { provider: { runtime: "python3.12" }, functions, custom: {} };
       class ServerlessError extends Error {}
       const serverless = { service, serviceDir: process.cwd(), classes: { Error: ServerlessError } };
       const plugin = new Plugin(serverless, {}, { log: { notice: (text) => console.log(text), warning: () => {} } });
       (async () => {
         await plugin.hooks["before:package:createDeploymentArtifacts"]();
         console.log(["x86_64-3.12", "arm64-3.12"].map((name) => existsSync(".pinion/" + name + "/greeter/__init__.py")));
         console.log(JSON.stringify(functions.job.package.patterns), functions.web.package);
         await plugin.hooks["after:package:createDeploymentArtifacts"]();
         console.log(existsSync(".pinion/arm64-3.12"));
       })().catch((error) => { console.log(error.name, error.message); process.exitCode = 1; });`,
    );
    const run = await world.program(process.execPath, [driver], { env });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout.split("\n")).toEqual([
      "Installed 2 packages for x86_64, Python 3.12",
      "Installed 2 packages for arm64, Python 3.12",
      "[ true, true ]",
      '["!.pinion/**",".pinion/arm64-3.12/**"] undefined',
      "false",
      "",
    ]);
    expect(existsSync(join(world.project, "requirements.txt"))).toBe(true);
  });
});

test("no example has more than a hundred lines", () => {
  const root = fileURLToPath(new URL("../examples", import.meta.url));
  for (const path of [
    "lambda-zip/build.mjs",
    "oci-layer/push.mjs",
    "mcp-host/host.mjs",
    "newer-versions/query.mjs",
    "serverless-plugin/index.cjs",
  ])
    expect([path, readFileSync(join(root, path), "utf8").split("\n").length <= 105]).toEqual([path, true]);
});
