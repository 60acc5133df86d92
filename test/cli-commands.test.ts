// The other commands through a real process: what they print, where, and how they end.

import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { commandStage, treeOf } from "./support/command-stage.ts";
import { packSdist, smallBackend, treeWithBackend } from "./support/source-trees.ts";
import { World } from "./support/world.ts";

describe.concurrent("pinion pip uninstall", () => {
  test("removes what is named, and skips what is not there", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter[color]");
    expect(await stage.pinion(["pip", "uninstall", "greeter", "--dry-run"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Would uninstall 1 package
       - greeter==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(await stage.pinion(["pip", "uninstall", "Greeter==9", "nothing"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: Skipping nothing as it is not installed
      Uninstalled 1 package in [TIME]
       - greeter==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(await stage.pinion(["pip", "uninstall", "nothing"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: Skipping nothing as it is not installed
      warning: No packages to uninstall
      ",
        "stdout": "",
      }
    `);
    const { code, stderr } = await stage.pinion(["pip", "uninstall", "./nowhere"]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^warning: Skipping `file:.*\/nowhere` as it is not installed\nwarning: No packages to uninstall\n$/,
      ),
    ]);
    const several = await stage.pinion(["pip", "uninstall", "./nowhere", "zzz", "aaa", "zzz"]);
    expect(several.stderr.replaceAll(/file:\S*/g, "URL`")).toBe(
      "warning: Skipping aaa as it is not installed\nwarning: Skipping zzz as it is not installed\nwarning: Skipping `URL` as it is not installed\nwarning: No packages to uninstall\n",
    );
    stage.world.write("project/gone.txt", "paint>7\nwordlist\n");
    expect(await stage.pinion(["pip", "uninstall", "-y", "-r", "gone.txt", "--json"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: \`--yes\` has no effect (Pinion never asks for confirmation)
      ",
        "stdout": "{"changes":[{"action":"removed","name":"paint","version":"1.2.0"},{"action":"removed","name":"wordlist","version":"2.0.0"}],"missing":[]}
      ",
      }
    `);
  });

  test("leaves the environment as it was made, what Python compiled included", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const before = treeOf(stage.venv);
    await stage.install("greeter[color]", "fastcount");
    await stage.install("legacy-tool", "--no-deps");
    stage.python("import greeter.command, paint, fastcount, wordlist");
    expect(Object.keys(treeOf(stage.venv)).some((path) => path.includes("greeter/__pycache__"))).toBe(true);
    await stage.pinion(["pip", "uninstall", "greeter", "paint", "fastcount", "legacy-tool", "wordlist"]);
    expect(treeOf(stage.venv)).toEqual(before);
  });
});

describe.concurrent("pinion pip list and freeze", () => {
  test("show what is installed, in each form", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect(await stage.pinion(["pip", "list"])).toEqual({ code: 0, stdout: "", stderr: "" });
    await stage.install("greeter==1.1.0", "--no-deps");
    const wheel = `${stage.index.origin}/files/paint/paint-1.2.0-py3-none-any.whl`;
    await stage.install(`paint @ ${wheel}`);
    expect(await stage.pinion(["pip", "list"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Package Version
      ------- -------
      greeter 1.1.0
      paint   1.2.0
      ",
      }
    `);
    expect(await stage.pinion(["pip", "list", "--format", "json", "--exclude", "Paint"]))
      .toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "[{"name":"greeter","version":"1.1.0"}]
      ",
      }
    `);
    expect(await stage.pinion(["pip", "list", "--format", "freeze", "-q"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "greeter==1.1.0
      paint==1.2.0
      ",
      }
    `);
    expect(await stage.pinion(["pip", "list", "-qq"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await stage.pinion(["pip", "ls", "--strict"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: The package \`greeter\` requires \`wordlist>=1.1,<3\`, but it's not installed
      ",
        "stdout": "Package Version
      ------- -------
      greeter 1.1.0
      paint   1.2.0
      ",
      }
    `);
    expect(await stage.pinion(["pip", "freeze"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "greeter==1.1.0
      paint @ http://localhost:[PORT]/files/paint/paint-1.2.0-py3-none-any.whl#sha256=e3ebe54a502001348da9e6f218085e88dcdbfdd2def201603b3d6250c7c95134
      ",
      }
    `);
    expect(await stage.pinion(["pip", "freeze", "--json"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "["greeter==1.1.0","paint @ http://localhost:[PORT]/files/paint/paint-1.2.0-py3-none-any.whl#sha256=e3ebe54a502001348da9e6f218085e88dcdbfdd2def201603b3d6250c7c95134"]
      ",
      }
    `);
    for (const command of ["list", "freeze"]) {
      const outside = await stage.pinion(["pip", command], {
        cwd: stage.world.home,
        env: { VIRTUAL_ENV: stage.venv },
      });
      expect(outside.stderr).toMatch(/^Using Python \d.* environment at: \[WORLD\]\/project\/\.venv\n$/);
    }
  });
});

describe.concurrent("pinion venv", () => {
  test("makes an environment, and takes away no other unasked", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const venv = (...args: readonly string[]) =>
      stage.pinion(["venv", ...args], { env: { SHELL: "/bin/zsh" } });
    const made = await venv("my env");
    expect({ ...made, stderr: made.stderr.replace(/^Using .*\n/, "[USING]\n") }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "[USING]
      Creating virtual environment at: my env
      Activate with: source 'my env/bin/activate'
      ",
        "stdout": "",
      }
    `);
    expect((await venv("my env")).stderr).toMatch(
      /already exists at: my env\n\nhint: Use the `--clear` flag/,
    );
    expect((await venv("my env", "--clear")).code).toBe(0);
    const env = { PINION_VENV_CLEAR: "1" };
    expect((await stage.pinion(["venv", "my env"], { env })).code).toBe(0);
    expect((await stage.pinion(["venv", "my env", "--no-clear"], { env })).code).toBe(2);
    stage.world.write("project/precious/file.txt", "kept");
    expect((await venv("precious", "--clear")).stderr).toContain(
      "will not clear a directory that is not a virtual",
    );
    expect(readdirSync(join(stage.world.project, "precious"))).toEqual(["file.txt"]);
    const json = await venv("other", "--json", "--prompt", "mine");
    expect(JSON.parse(json.stdout)).toMatchObject({ path: "[WORLD]/project/other" });
  });

  // Promise: `--no-build` refuses to run the code of sources, and making an environment never runs it
  // Attack: an index has source distributions only of what an environment is seeded with
  test("--seed builds nothing", async ({ expect }) => {
    await using world = await World.create({ commands: "called" });
    const mark = join(world.directory, "mark");
    const packages = ["pip", "setuptools", "wheel"].map((name) => {
      const backend = `open(${JSON.stringify(mark)}, "w").close()\n${smallBackend(name, "1.0")}`;
      const bytes = packSdist(`${name}-1.0`, treeWithBackend(backend));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { name, version: "1.0", filename: `${name}-1.0.tar.gz`, bytes, sha256 };
    });
    const index = await world.index({ packages });
    const run = await world.cli(["venv", "seeded", "--seed", "--index-url", index.url]);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("Failed to install seed packages")]);
    expect(existsSync(mark)).toBe(false);
  });

  test("--seed installs pip from the index, below Python 3.12 setuptools and wheel too", async ({
    expect,
  }) => {
    const { makeWheel } = await import("../src/lab/index/make-wheel.ts");
    await using stage = await commandStage({
      commands: "called",
      packages: ["pip", "setuptools", "wheel"].map((name) => makeWheel({ name, version: "99.0" })),
    });
    const run = await stage.pinion(["venv", "seeded", "--seed", "--index-url", stage.index.url]);
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(" + pip==99.0")]);
    expect(run.stderr).toContain("Creating virtual environment with seed packages at: seeded");
    const isOld = stage.python("import sys; print(sys.version_info < (3, 12))") === "True";
    expect(run.stderr.includes(" + setuptools==99.0")).toBe(isOld);
    expect(run.stderr.includes(" + wheel==99.0")).toBe(isOld);
  });
});

describe.concurrent("pinion cache", () => {
  test("prints its folder and its size, and clears what is named, or everything", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", cache: "empty" });
    expect(await stage.pinion(["cache", "dir"])).toEqual({ code: 0, stdout: "[CACHE]\n", stderr: "" });
    expect(await stage.pinion(["cache", "clean"])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "No cache found at: [CACHE]
      ",
        "stdout": "",
      }
    `);
    await stage.install("greeter", "paint");
    const { stdout } = await stage.pinion(["cache", "size"]);
    expect(Number(stdout)).toBeGreaterThan(1000);
    const asJson = await stage.pinion(["cache", "size", "--output-format", "json"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ directory: "[CACHE]", bytes: Number(stdout) });
    expect((await stage.pinion(["cache", "size", "--human"])).stdout).toMatch(/^\d+(\.\d)?(KiB|MiB)\n$/);
    expect((await stage.pinion(["cache", "clean", "paint"])).stderr).toMatch(/^Removed \d+ files \(.*\)\n$/);
    expect((await stage.pinion(["cache", "clean", "paint"])).stderr).toBe("No cache entries found\n");
    expect((await stage.pinion(["cache", "prune"])).stderr).toBe(
      "Pruning cache at: [CACHE]\nNo unused entries found\n",
    );
    expect((await stage.pinion(["cache", "prune", "--ci"])).stderr).toMatch(
      /^Pruning cache at: \[CACHE\]\nRemoved \d+ files/,
    );
    expect((await stage.pinion(["cache", "clean"])).stderr).toMatch(
      /^Clearing cache at: \[CACHE\]\nRemoved \d+ files/,
    );
    expect(readdirSync(stage.world.cache).filter((name) => !name.startsWith("."))).toEqual([]);
  });
});

describe.concurrent("pinion config", () => {
  test("names each value, its place and what it hides, without a secret", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write(
      "project/uv.toml",
      'index-url = "https://ada:s3cret@uv.example/simple"\n[pip]\nno-deps = true\n',
    );
    stage.world.write(
      "project/pinion.toml",
      '[[index]]\nname = "corp"\nurl = "https://corp.example/simple"\n',
    );
    const env = {
      PIP_INDEX_URL: "https://pip.example/simple",
      PIP_TIMEOUT: "7",
      PINION_CACHE_DIR: undefined,
    };
    expect(await stage.pinion(["config", "-U"], { env })).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "index-url: https://pip.example/simple  PIP_INDEX_URL
        hides https://ada:****@uv.example/simple  [WORLD]/project/uv.toml:1 (index-url)
      no-deps: true  [WORLD]/project/uv.toml:3 (pip.no-deps)
      upgrade: true  --upgrade
      http-timeout: 7  PIP_TIMEOUT
      index: corp=https://corp.example/simple  [WORLD]/project/pinion.toml:3 (index)
      ",
      }
    `);
    const { stdout } = await stage.pinion(["config", "--json"], { env });
    expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
      {
        "indexes": [
          {
            "authenticate": "auto",
            "cacheControl": {},
            "distance": "project",
            "format": "simple",
            "ignoreErrorCodes": [],
            "isDefault": false,
            "isExplicit": false,
            "isInsecure": false,
            "name": "corp",
            "origin": "[WORLD]/project/pinion.toml:3 (index)",
            "pins": [],
            "url": "https://corp.example/simple",
          },
        ],
        "settings": {
          "http-timeout": {
            "inForce": [
              {
                "kind": "variable",
                "origin": "PIP_TIMEOUT",
                "value": 7,
              },
            ],
            "shadowed": [],
          },
          "index-url": {
            "inForce": [
              {
                "kind": "variable",
                "origin": "PIP_INDEX_URL",
                "value": "https://pip.example/simple",
              },
            ],
            "shadowed": [
              {
                "kind": "file",
                "origin": "[WORLD]/project/uv.toml:1 (index-url)",
                "value": "https://ada:****@uv.example/simple",
              },
            ],
          },
          "json": {
            "inForce": [
              {
                "kind": "flag",
                "origin": "--json",
                "value": true,
              },
            ],
            "shadowed": [],
          },
          "no-deps": {
            "inForce": [
              {
                "kind": "file",
                "origin": "[WORLD]/project/uv.toml:3 (pip.no-deps)",
                "value": true,
              },
            ],
            "shadowed": [],
          },
        },
      }
    `);
  });

  test("reports the line of what cannot be read", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.write("project/pinion.toml", "retries = 3\nindex-ulr = 'x'\n");
    expect(await stage.pinion(["config"])).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: \`[WORLD]/project/pinion.toml\`:2: there is no setting \`index-ulr\`

      hint: The nearest name is \`index-url\`
      ",
        "stdout": "",
      }
    `);
    stage.world.write("project/pinion.toml", "retries = [\n");
    expect((await stage.pinion(["pip", "list"])).stderr).toContain("pinion.toml`:");
    expect((await stage.pinion(["pip", "list", "--no-config"])).code).toBe(0);
  });
});

describe.concurrent("pinion demo and lab", () => {
  test("demo installs through the chain that broke uv, and refuses it untrusted", async ({ expect }) => {
    await using world = await World.create();
    const { code, stdout, stderr } = await world.cli(["demo"]);
    expect(code).toBe(0);
    expect(stdout).toContain("signed with ecdsa-with-SHA512");
    expect(stdout).toContain("Refused with an explanation");
    expect(stderr).toContain(" + greeter==2.0.0");
    expect(stderr).toMatch(/^error: .*(localhost|127\.0\.0\.1)/m);
    expect(readdirSync(join(world.directory, "tmp"))).toEqual([]);
  });

  test("lab list names every shape with its outcome", async ({ expect }) => {
    await using world = await World.create({ commands: "called" });
    const { stdout } = await world.cli(["lab", "list", "--json"]);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ name: "ec-p384-sha512", expected: "accept" }),
    );
    expect((await world.cli(["lab", "serve", "no-such-shape"])).code).not.toBe(0);
  });
});

describe.concurrent("pinion trust", () => {
  test("adds by fingerprint, lists, lets pip through, and removes", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const root = stage.world.authority("Lonely Root");
    const secure = await stage.world.index({ packages: [], tls: root.issue("localhost") });
    const host = `localhost:${secure.port}`;
    const blind = await stage.pinion(["trust", "add", host]);
    expect([blind.code, blind.stderr]).toEqual([2, expect.stringContaining("--fingerprint sha256:")]);
    const fingerprint = /certificate sha256:([0-9a-f]{64})/.exec(blind.stderr)?.[1] ?? "";
    expect((await stage.pinion(["trust", "add", host, "--fingerprint", "sha256:00"])).code).toBe(1);
    expect((await stage.pinion(["trust", "add", host, "--fingerprint", fingerprint])).code).toBe(0);
    expect((await stage.pinion(["trust", "list"])).stdout).toContain(`sha256:${fingerprint}`);
    const install = ["pip", "install", "--index-url", secure.url, "nothing-here"];
    expect((await stage.pinion(install)).stderr).toContain(
      "nothing-here was not found in the package registry",
    );
    expect((await stage.pinion(["trust", "remove", host])).code).toBe(0);
    expect((await stage.pinion(["trust", "remove", host])).code).toBe(1);
    expect((await stage.pinion(install)).stderr).toContain("Lonely Root");
  });
});

describe.concurrent("pinion explains its usage", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["no command", []],
    ["a group without a command", ["pip"]],
    ["an unknown command", ["instal"]],
    ["an unknown command of a group", ["pip", "instal"]],
    ["an unknown flag of a command without its group", ["install", "--reinstal", "flask"]],
    ["an unknown flag", ["pip", "install", "--reinstal", "flask"]],
    ["a flag of no command", ["--frobnicate", "pip", "list"]],
    ["a missing value", ["pip", "install", "flask", "--index-url"]],
    ["a missing argument", ["trust", "add"]],
    ["an argument too many", ["venv", "one", "two"]],
    ["a wrong choice", ["pip", "install", "flask", "--resolution", "middle"]],
    ["an invalid number", ["pip", "install", "flask", "--retries", "often"]],
    ["an option of pip that is not supported", ["pip", "install", "--user", "flask"]],
    ["the same option of pip-sync", ["pip", "sync", "--user", "requirements.txt"]],
    ["an editable that is not a folder", ["pip", "install", "-e", "https://files.example/a-1.0.tar.gz"]],
    [
      "what has no effect",
      ["pip", "install", "--no-build-isolation", "-C", "a=b", "--no-verify-hashes", "--build-isolation"],
    ],
    ["flags that exclude each other", ["pip", "list", "--editable", "--exclude-editable"]],
    ["nothing to install", ["pip", "install"]],
    ["an invalid date", ["pip", "install", "flask", "--exclude-newer", "someday"]],
  ];
  test.for(cases)("%s", async ([, args], { expect }) => {
    await using world = await World.create({ commands: "called" });
    const { code, stdout, stderr } = await world.cli(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatchSnapshot();
  });

  test("help and version on stdout", async ({ expect }) => {
    await using world = await World.create();
    expect((await world.cli(["--version"])).stdout).toMatch(/^pinion \d+\.\d+\.\d+\n$/);
    const help = await world.cli(["pip", "install", "--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect((await world.cli(["help", "pip", "install"])).stdout).toBe(help.stdout);
    expect(help.stdout).toContain("--index-url <INDEX_URL>");
    expect(help.stdout).toMatch(/^ {2}-h, --help +Print help$/m);
    expect((await world.cli(["--help"])).stdout).toContain("venv");
  });
});
