// Requirements files through the real command: nested, with constraints and options, from standard input, from URLs.

import { describe, test } from "vitest";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { commandStage } from "./support/command-stage.ts";

describe.concurrent("pinion pip install -r", () => {
  test("reads nested files, constraints, comments and markers", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write(
      "project/requirements.txt",
      "# all\n-r sub/base.txt\n-c limits.txt\npaint  # colours\n",
    );
    stage.world.write(
      "project/sub/base.txt",
      "greeter ; python_version >= '3'\nnothing ; sys_platform == 'nowhere'\n",
    );
    stage.world.write("project/limits.txt", "wordlist<2\n");
    await stage.install("-r", "requirements.txt");
    expect(stage.installed()).toEqual(["greeter==1.1.0", "paint==1.2.0", "wordlist==1.1.0"]);
  });

  test("takes the options of a file: indexes, links, hashes", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const { sha256 } = sampleWheels().find(({ name }) => name === "paint") ?? { sha256: "" };
    const text = `--index-url ${stage.index.url}\n--require-hashes\npaint==1.2.0 \\\n    --hash=sha256:${sha256}\n`;
    stage.world.write("project/requirements.txt", text);
    expect(await stage.pinion(["pip", "install", "-r", "requirements.txt"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 1 package in [TIME]
      Prepared 1 package in [TIME]
      Installed 1 package in [TIME]
       + paint==1.2.0
      ",
        "stdout": "",
      }
    `);
    stage.world.write("project/links.txt", `--no-index\n--find-links ${stage.index.flatUrl}\nwordlist\n`);
    expect((await stage.pinion(["pip", "install", "-r", "links.txt"])).code).toBe(0);
    expect(stage.installed()).toEqual(["paint==1.2.0", "wordlist==2.0.0"]);
  });

  test.for([
    ["an invalid requirement", ["paint=="], "Failed to parse: `paint==`"],
    ["a file that is not there", ["-r", "nowhere.txt"], "File not found: nowhere.txt"],
  ] as const)("tells %s before it looks for an environment", async ([, words, message], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const { code, stderr } = await stage.pinion(["pip", "install", "--python", "nowhere/python", ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain("environment");
  });

  test("reports what it ignores in a file, and what is wrong in it, by its line", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/options.txt", "--trusted-host localhost\n--prefer-binary\npaint\n");
    expect(await stage.install("-r", "options.txt")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: Ignoring unsupported option in \`options.txt\`: \`--trusted-host\` (hint: pass \`--trusted-host\` on the command line instead)
      warning: Ignoring unsupported option in \`options.txt\`: \`--prefer-binary\`
      Resolved 1 package in [TIME]
      Prepared 1 package in [TIME]
      Installed 1 package in [TIME]
       + paint==1.2.0
      ",
        "stdout": "",
      }
    `);
    stage.world.write("project/bad.txt", "paint\nwordlist ==\n");
    expect(await stage.install("-r", "bad.txt")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: Couldn't parse requirement in \`bad.txt\` at position 6
        cause: Unexpected end of version specifier, expected version
               wordlist ==
                        ^^

      hint: \`bad.txt\` names it in line 2
      ",
        "stdout": "",
      }
    `);
    stage.world.write("project/unknown.txt", "paint\n\n--frobnicate\n");
    expect(await stage.install("-r", "unknown.txt")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement: unknown.txt:3:1

      hint: \`unknown.txt\`, line 3: unknown option \`--frobnicate\`
      ",
        "stdout": "",
      }
    `);
    stage.world.write("project/nested.txt", "paint\n-r missing.txt\n");
    expect(await stage.install("-r", "nested.txt")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: Error parsing included file in \`nested.txt\` at position 6
        cause: failed to read from file \`[WORLD]/project/missing.txt\`: No such file or directory (os error 2)

      hint: \`nested.txt\` names it in line 2
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("-r", "missing.txt")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: File not found: missing.txt
      ",
        "stdout": "",
      }
    `);
    stage.world.write("project/empty.txt", "# nothing\n");
    expect(await stage.install("-r", "empty.txt")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: Requirements file \`empty.txt\` does not contain any dependencies
      Checked in [TIME]
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("-r", "environment.yml")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: Conda environment files (i.e., \`environment.yml\`) are not supported
      ",
        "stdout": "",
      }
    `);
    expect(stage.installed()).toEqual(["paint==1.2.0"]);
  });

  test("reads standard input and URLs, behind credentials too", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const args = ["pip", "install", "--index-url", stage.index.url, "-r", "-"];
    expect((await stage.pinion(args, { input: "paint\n" })).code).toBe(0);
    const remote = await stage.world.index({
      auth: { username: "ada", password: "s3cret" },
      oddities: [{ kind: "status", status: 200, body: "wordlist==1.1.0\n" }],
    });
    const url = `http://ada:s3cret@localhost:${remote.port}/requirements.txt`;
    const run = await stage.install("-r", url);
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining("s3cret")]);
    expect(stage.installed()).toEqual(["paint==1.2.0", "wordlist==1.1.0"]);
    const missing = await stage.install("-r", `${stage.index.origin}/nothing/requirements.txt`);
    expect(missing).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "error: \`http://localhost:[PORT]/nothing/requirements.txt\` answered: 404 Not Found (Nothing here: /nothing/requirements.txt)
      ",
        "stdout": "",
      }
    `);
  });

  test("-c and --override narrow and replace", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/c.txt", "wordlist<1.1\npaint<1\n");
    await stage.install("greeter", "-c", "c.txt");
    expect(stage.installed()).toEqual(["greeter==1.0.0", "wordlist==1.0.0"]);
    stage.world.write("project/o.txt", "wordlist==1.1.0\n");
    await stage.install("greeter==2.0.0", "--override", "o.txt");
    expect(stage.installed()).toEqual(["greeter==2.0.0", "wordlist==1.1.0"]);
  });
});
