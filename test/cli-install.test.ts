// `pinion pip install` as a person sees it: the real command against an index on loopback.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, installedIn } from "./support/command-stage.ts";

describe.concurrent("pinion pip install", () => {
  test("installs what is asked for and what that needs, and says so", async ({ expect }) => {
    await using stage = await commandStage();
    expect(await stage.install("greeter")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Prepared 2 packages in [TIME]
      Installed 2 packages in [TIME]
       + greeter==2.0.0
       + wordlist==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(stage.python("import greeter; print(greeter.greet('Ada'))")).toBe("Hello, Ada!");
    expect(await stage.install("greeter")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Checked 1 package in [TIME]
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("greeter<2", "--dry-run")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Would download 1 package
      Would uninstall 1 package
      Would install 1 package
       - greeter==2.0.0
       + greeter==1.1.0
      ",
        "stdout": "",
      }
    `);
    expect(stage.installed()).toEqual(["greeter==2.0.0", "wordlist==2.0.0"]);
  });

  test("--check warns of an extra that a project does not have only where nothing would change, as uv", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const warning = "does not have an extra named `nope`";
    expect((await stage.install("wordlist[nope]", "--dry-run")).stderr).toContain(warning);
    const checked = await stage.install("wordlist[nope]", "--check");
    expect([checked.code, checked.stderr.includes(warning)]).toEqual([1, false]);
  });

  test("--dry-run counts for download what the cache does not hold, as uv", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("wordlist", "--target", "elsewhere");
    const would = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await stage.install(...args, "--dry-run")).stderr
        .split("\n")
        .filter((line) => line.startsWith("Would"));
    expect(await would("wordlist")).toEqual(["Would install 1 package"]);
    expect(await would("greeter")).toEqual(["Would download 1 package", "Would install 2 packages"]);
    for (const again of ["--refresh", "--no-cache"])
      expect(await would("wordlist", again)).toEqual(["Would download 1 package", "Would install 1 package"]);
  });

  test("keeps what came from a URL where something else needs it, also where no index lists it", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const file = (name: string, version: string, requires: readonly string[] = []): string => {
      const { filename, bytes } = makeWheel({ name, version, requires });
      return stage.world.write(`project/${filename}`, bytes);
    };
    const own = file("wordlist", "1.5");
    const unlisted = file("unlisted", "1.0");
    await stage.install(own, unlisted);
    const { code, stderr } = await stage.install("greeter<2", file("plugin", "1.0", ["unlisted>=1"]));
    expect(code).toBe(0);
    expect(stderr).not.toContain("wordlist");
    const added = [" + greeter==1.1.0", expect.stringMatching(/^ \+ plugin==1\.0 /)];
    expect(stderr.split("\n").filter((line) => line.startsWith(" "))).toEqual(added);
    expect((await stage.install("--upgrade", "unlisted", "greeter<2")).code).toBe(0);
    expect(stage.installed()).toContain("unlisted==1.0");
    expect(stage.installed()).toContain("wordlist==2.0.0");
  });

  test("a dry run names what a URL pins by its URL, as it has not been fetched", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const folder = join(stage.world.project, "proj");
    mkdirSync(folder);
    writeFileSync(join(folder, "pyproject.toml"), '[project]\nname = "proj"\nversion = "1.0"\n');
    const { code, stderr } = await stage.pinion([
      "pip",
      "install",
      "--dry-run",
      "--index-url",
      stage.index.url,
      "./proj",
    ]);
    expect({ code, last: stderr.trimEnd().split("\n").at(-1) }).toEqual({
      code: 0,
      last: " + proj @ file://[WORLD]/project/proj",
    });
  });

  test("-q prints nothing but a failure, -qq not even that", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect(await stage.install("paint", "-q")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await stage.install("nobody-has-this", "-qq")).toEqual({ code: 1, stdout: "", stderr: "" });
    expect(await stage.install("nobody-has-this", "-q")).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "error: No solution found when resolving dependencies
        cause: Because nobody-has-this was not found in the package registry and you require nobody-has-this, we can conclude that your requirements are unsatisfiable.
      ",
        "stdout": "",
      }
    `);
  });

  test("-v tells each request and how long it took", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const { code, stderr } = await stage.install("paint", "-v");
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("DEBUG GET http://localhost:[PORT]/simple/paint/"),
    ]);
    expect(stderr).toContain("DEBUG 200 http://localhost:[PORT]/simple/paint/ in [TIME]");
    expect(stderr).toContain("DEBUG Downloading paint-1.2.0-py3-none-any.whl");
  });

  test("--json prints one document and nothing else", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const run = await stage.install("greeter[sound]", "--json");
    expect({ ...run, stdout: JSON.parse(run.stdout) as unknown }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: The package \`greeter==2.0.0\` does not have an extra named \`sound\`
      ",
        "stdout": {
          "changes": [
            {
              "action": "added",
              "file": {
                "hashes": {
                  "sha256": "c8b800aaaa0a61264015ca39a7920ea040cb6d7cd64f1403320137f14a5a9cf9",
                },
                "url": "http://localhost:[PORT]/files/greeter/greeter-2.0.0-py3-none-any.whl",
              },
              "name": "greeter",
              "version": "2.0.0",
            },
            {
              "action": "added",
              "file": {
                "hashes": {
                  "sha256": "63fe96297fabbc63127fe6af51bf40cd3c62ad7f4a0e84b53431529f78a4fec6",
                },
                "url": "http://localhost:[PORT]/files/wordlist/wordlist-2.0.0-py3-none-any.whl",
              },
              "name": "wordlist",
              "version": "2.0.0",
            },
          ],
          "satisfied": false,
          "warnings": [
            "The package \`greeter==2.0.0\` does not have an extra named \`sound\`",
          ],
        },
      }
    `);
    const failed = await stage.install("nobody-has-this", "--json");
    expect({ code: failed.code, ...(JSON.parse(failed.stdout) as object) }).toMatchInlineSnapshot(`
      {
        "code": 1,
        "error": {
          "advice": [],
          "causes": [
            "Because nobody-has-this was not found in the package registry and you require nobody-has-this, we can conclude that your requirements are unsatisfiable.",
          ],
          "code": "resolve/no-solution",
          "details": {
            "explanation": "Because nobody-has-this was not found in the package registry and you require nobody-has-this, we can conclude that your requirements are unsatisfiable.",
            "packages": [
              "nobody-has-this",
            ],
            "requirements": [
              {
                "origin": "the command line",
                "text": "nobody-has-this",
              },
            ],
          },
          "hints": [],
          "message": "No solution found when resolving dependencies",
        },
      }
    `);
  });

  test("--color always dresses, NO_COLOR and a pipe do not", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const escape = "\u001B[";
    const coloured = await stage.install("paint", "--color", "always");
    expect(coloured.stderr).toContain(`${escape}32m+${escape}39m`);
    const args = ["pip", "install", "--index-url", stage.index.url, "--reinstall", "paint"];
    const forced = await stage.pinion(args, { env: { FORCE_COLOR: "1" } });
    expect(forced.stderr).toContain(escape);
    const plain = await stage.pinion(args, { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(plain.stderr).not.toContain(escape);
    expect((await stage.pinion(args)).stderr).not.toContain(escape);
  });

  test("-U, -P and --reinstall change what they name", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter==1.1.0", "wordlist==1.1.0");
    expect(await stage.install("-P", "wordlist", "greeter")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Prepared 1 package in [TIME]
      Uninstalled 1 package in [TIME]
      Installed 1 package in [TIME]
       - wordlist==1.1.0
       + wordlist==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("-U", "greeter")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Prepared 1 package in [TIME]
      Uninstalled 1 package in [TIME]
      Installed 1 package in [TIME]
       - greeter==1.1.0
       + greeter==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("--reinstall-package", "greeter", "greeter")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Uninstalled 1 package in [TIME]
      Installed 1 package in [TIME]
       ~ greeter==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("--reinstall", "greeter")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Uninstalled 2 packages in [TIME]
      Installed 2 packages in [TIME]
       ~ greeter==2.0.0
       ~ wordlist==2.0.0
      ",
        "stdout": "",
      }
    `);
  });

  test("-U sees what was published since, although the page may still be used", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", cacheControl: "max-age=600" });
    await stage.install("paint");
    stage.index.add(makeWheel({ name: "paint", version: "2.0" }));
    await stage.install("paint>=1", "--reinstall-package", "wordlist");
    expect(stage.installed()).toEqual(["paint==1.2.0"]);
    await stage.install("-U", "paint");
    expect(stage.installed()).toEqual(["paint==2.0"]);
  });

  test("--exact removes the rest, --strict tells what does not fit", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("paint", "greeter");
    expect(await stage.install("wordlist==1.0.0", "--strict")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 1 package in [TIME]
      Prepared 1 package in [TIME]
      Uninstalled 1 package in [TIME]
      Installed 1 package in [TIME]
       - wordlist==2.0.0
       + wordlist==1.0.0
      warning: The package \`greeter\` requires \`wordlist>=2.0\`, but \`1.0.0\` is installed
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("wordlist==1.0.0", "--exact")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 1 package in [TIME]
      Uninstalled 2 packages in [TIME]
       - greeter==2.0.0
       - paint==1.2.0
      ",
        "stdout": "",
      }
    `);
    expect(stage.installed()).toEqual(["wordlist==1.0.0"]);
  });

  test("--no-deps, --prerelease, --resolution and --exclude-newer choose", async ({ expect }) => {
    const old = { ...makeWheel({ name: "aging", version: "1.0" }), uploadTime: "2024-01-01T00:00:00Z" };
    const young = { ...makeWheel({ name: "aging", version: "2.0" }), uploadTime: "2025-01-01T00:00:00Z" };
    await using stage = await commandStage({ commands: "called" });
    stage.index.add(old, young);
    const chosen = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { stderr } = await stage.install(...args, "--dry-run", "--reinstall");
      return stderr.split("\n").flatMap((line) => /^ \+ (.*)$/.exec(line)?.[1] ?? []);
    };
    expect(await chosen("greeter", "--no-deps")).toEqual(["greeter==2.0.0"]);
    expect(await chosen("wordlist", "--prerelease", "allow")).toEqual(["wordlist==3.0.0b1"]);
    expect(await chosen("wordlist>=3.0.0b1")).toEqual(["wordlist==3.0.0b1"]);
    expect(await chosen("greeter>=1.1", "--resolution", "lowest")).toEqual([
      "greeter==1.1.0",
      "wordlist==1.1.0",
    ]);
    expect(await chosen("greeter>=1.1", "--resolution", "lowest-direct")).toEqual([
      "greeter==1.1.0",
      "wordlist==2.0.0",
    ]);
    expect(await chosen("aging", "--exclude-newer", "2024-06-01")).toEqual(["aging==1.0"]);
    expect(await chosen("aging", "--exclude-newer-package", "aging=2024-06-01")).toEqual(["aging==1.0"]);
    expect(
      await chosen("aging", "--exclude-newer", "2024-06-01", "--exclude-newer-package", "aging=false"),
    ).toEqual(["aging==2.0"]);
  });

  test("--no-binary and --only-binary leave wheels out and in", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect((await stage.install("paint", "--only-binary", ":all:")).code).toBe(0);
    expect(await stage.install("wordlist", "--no-binary", "wordlist")).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "error: No solution found when resolving dependencies
        cause: Because all versions of wordlist have no source distribution and you require wordlist, we can conclude that your requirements are unsatisfiable.

      hint: A source distribution is required for \`wordlist\` because using pre-built wheels is disabled for \`wordlist\` (i.e., with \`--no-binary-package wordlist\`)
      ",
        "stdout": "",
      }
    `);
  });

  // As uv; pip installs it
  test("--no-binary refuses to install a wheel that is named by its path or URL, each time", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const { filename, bytes } = makeWheel({ name: "local-thing", version: "1.0" });
    const path = pathToFileURL(stage.world.write(`elsewhere/${filename}`, bytes)).href;
    const url = `${stage.index.origin}/files/paint/paint-1.2.0-py3-none-any.whl`;
    const shown = "http://localhost:[PORT]/files/paint/paint-1.2.0-py3-none-any.whl";
    stage.world.write("project/path.txt", `local-thing @ ${path}\n`);
    stage.world.write("project/url.txt", `paint @ ${url}\n`);
    stage.world.write("project/told.txt", `--no-binary paint\npaint @ ${url}\n`);
    const refused = async (words: string): Promise<unknown> => {
      const args = ["pip", ...words.split(" "), "--index-url", stage.index.url];
      const { code, stderr } = await stage.pinion(args);
      return [code, stderr.replace(/^Resolved .*\n/, "")];
    };
    const about = (kind: string, where: string): readonly unknown[] => [
      2,
      `error: Failed to determine installation plan\n  cause: A ${kind} dependency points to a wheel which conflicts with \`--no-binary\`: ${where}\n`,
    ];
    for (const command of ["install -r", "sync", "install --dry-run -r"]) {
      expect(await refused(`${command} path.txt --no-binary :all:`)).toEqual(
        about("path", `file://[WORLD]/elsewhere/${filename}`),
      );
      expect(await refused(`${command} url.txt --no-binary paint`)).toEqual(about("URL", shown));
      // From what is remembered, too.
      for (const _ of [1, 2]) expect(await refused(`${command} told.txt`)).toEqual(about("URL", shown));
    }
    expect(await refused("compile path.txt --no-binary :all:")).toEqual([0, ""]);
    expect(await refused("install -r path.txt --no-binary paint")).toEqual([0, expect.anything()]);
    expect(await refused("install -r url.txt --no-binary :all: --only-binary paint")).toEqual([
      0,
      expect.anything(),
    ]);
    expect(await refused("install -r url.txt --no-binary paint")).toEqual([0, expect.anything()]);
  });

  test("--compile-bytecode compiles what came, before the changes are reported", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect(await stage.install("paint", "--compile-bytecode")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 1 package in [TIME]
      Prepared 1 package in [TIME]
      Installed 1 package in [TIME]
      Bytecode compiled 1 file in [TIME]
       + paint==1.2.0
      ",
        "stdout": "",
      }
    `);
    expect(
      stage.python(
        "import importlib.util, paint, os; print(os.path.exists(importlib.util.cache_from_source(paint.__file__)))",
      ),
    ).toBe("True");
  });

  test("flags stand before the command too, and the last of a flag and its opposite counts", async ({
    expect,
  }) => {
    await using stage = await commandStage({ commands: "called" });
    const args = ["pip", "install", "--index-url", stage.index.url, "paint"];
    expect((await stage.pinion(["--offline", ...args])).stderr).toContain("was not found in the cache");
    expect((await stage.pinion(["-q", "pip", "--offline", ...args.slice(1), "--no-offline"])).code).toBe(0);
    const env = { UV_OFFLINE: "1" };
    expect((await stage.pinion([...args, "greeter"], { env })).code).toBe(1);
    expect((await stage.pinion([...args, "greeter", "--no-offline"], { env })).code).toBe(0);
  });
});

describe.concurrent("pinion pip install asks", () => {
  test("every index in its turn, and stops at the first that has the project", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const own = await stage.world.index({ packages: [makeWheel({ name: "paint", version: "0.1" })] });
    const run = await stage.install("paint", "wordlist", "--index", own.url);
    expect(stage.installed()).toEqual(["paint==0.1", "wordlist==2.0.0"]);
    expect(run.code).toBe(0);
    expect(stage.index.requests.map(({ path }) => path)).not.toContain("/simple/paint/");
    const refused = await stage.install("paint>1", "--extra-index-url", own.url);
    expect(refused).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "error: No solution found when resolving dependencies
        cause: Because only paint==0.1 is available and you require paint>1, we can conclude that your requirements are unsatisfiable.

      hint: \`paint\` was found on http://localhost:[PORT]/simple, but not at the requested version (paint>1). A compatible version may be available on a subsequent index (e.g., http://localhost:[PORT]/simple). By default, only versions that are published on the first index that contains a given package are considered, to avoid dependency confusion attacks. If all indexes are equally trusted, use \`--index-strategy unsafe-best-match\` to consider all versions from all indexes, regardless of the order in which they were defined.

      hint: There is a solution without the version limits of the requirement \`paint>1\`: \`paint==0.1\`
      ",
        "stdout": "",
      }
    `);
    const best = ["--extra-index-url", own.url, "--index-strategy", "unsafe-best-match"];
    await stage.install("paint>1", ...best);
    expect(stage.installed()).toContain("paint==1.2.0");
  });

  test("folders and pages of links, and with --no-index nothing else", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const folder = stage.world.write(
      "wheels/paint-3.0-py3-none-any.whl",
      makeWheel({ name: "paint", version: "3.0" }).bytes,
    );
    const links = folder.slice(0, folder.lastIndexOf("/"));
    expect(await stage.pinion(["pip", "install", "--no-index", "--find-links", links, "paint"]))
      .toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 1 package in [TIME]
      Prepared 1 package in [TIME]
      Installed 1 package in [TIME]
       + paint==3.0
      ",
        "stdout": "",
      }
    `);
    expect(stage.index.requests).toEqual([]);
    await stage.pinion(["pip", "install", "--no-index", "-f", stage.index.flatUrl, "greeter"]);
    expect(stage.installed()).toEqual(["greeter==2.0.0", "paint==3.0", "wordlist==2.0.0"]);
  });

  test("no server with --offline, and reports what the cache lacks", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter==1.1.0");
    await stage.pinion(["pip", "uninstall", "greeter", "wordlist"]);
    const before = stage.index.requests.length;
    expect(await stage.install("greeter==1.1.0", "--offline")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Resolved 2 packages in [TIME]
      Installed 2 packages in [TIME]
       + greeter==1.1.0
       + wordlist==2.0.0
      ",
        "stdout": "",
      }
    `);
    expect(await stage.install("paint", "--offline")).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "error: No solution found when resolving dependencies
        cause: Because paint was not found in the cache and you require paint, we can conclude that your requirements are unsatisfiable.

      hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
      ",
        "stdout": "",
      }
    `);
    expect(stage.index.requests.length).toBe(before);
  });

  test("again with --no-cache, and leaves nothing behind", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called", cache: "empty" });
    expect((await stage.install("paint", "--no-cache")).code).toBe(0);
    expect(installedIn(stage.venv)).toEqual(["paint==1.2.0"]);
    const { stderr } = await stage.pinion(["cache", "clean"]);
    expect(stderr).toBe("No cache found at: [CACHE]\n");
  });
});
