// Where packages go: awkward paths, folders, prefixes, foreign platforms, other Pythons, places that cannot be written.

import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, installedIn, treeOf } from "./support/command-stage.ts";
import { canMount, mountDisk } from "./support/mounted-disk.ts";
import type { CliRun } from "./support/world.ts";

describe.concurrent("pinion pip install", () => {
  test("works in folders with blanks, quotes and letters of all kinds", async ({ expect }) => {
    await using stage = await commandStage({
      commands: "called",
      project: "prøject 'ünd' \"Ordner\" 日本 $HOME",
    });
    const run = await stage.install("greeter[color]");
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(" + greeter==2.0.0")]);
    const greet = execFileSync(join(stage.venv, "bin", "greet"), ["Ada"], { encoding: "utf8" });
    expect(greet).toContain("Hello, Ada!");
    expect((await stage.pinion(["pip", "uninstall", "greeter", "paint", "wordlist"])).code).toBe(0);
    expect(stage.installed()).toEqual([]);
  });

  test("refuses a wheel for another platform that is named by its path or URL", async ({ expect }) => {
    const wheel = makeWheel({ name: "other", version: "1.0", tag: "cp27-cp27m-win32" });
    await using stage = await commandStage({ commands: "called", packages: [wheel] });
    writeFileSync(join(stage.world.project, wheel.filename), wheel.bytes);
    for (const named of [
      `./${wheel.filename}`,
      `other @ ${stage.index.url.replace(/simple\/?$/, "files/")}${wheel.filename}`,
    ]) {
      const run = await stage.install(named);
      expect(run.stderr).toContain(
        "`other-1.0-cp27-cp27m-win32.whl` is not a supported wheel on this platform",
      );
      expect([run.code, stage.installed()]).toEqual([1, []]);
    }
  });

  test("--target makes a folder, and changes it again", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const run = await stage.install("greeter==1.1.0", "--target", "out");
    expect(run.stderr).toMatch(/^Using CPython .* interpreter at: \.venv\/bin\/python\nResolved/);
    expect(installedIn(join(stage.world.project, "out"))).toEqual(["greeter==1.1.0", "wordlist==2.0.0"]);
    expect((await stage.install("-U", "greeter", "--target", "out")).stderr).toContain(
      " - greeter==1.1.0\n + greeter==2.0.0",
    );
    expect((await stage.pinion(["pip", "list", "--target", "out", "--format", "freeze"])).stdout).toBe(
      "greeter==2.0.0\nwordlist==2.0.0\n",
    );
    const removal = await stage.pinion(["pip", "uninstall", "greeter", "wordlist", "--target", "out"]);
    // As uv: it names an environment only, and not that of `.venv`.
    expect([removal.code, removal.stderr.split("\n")[0]]).toEqual([
      0,
      expect.stringMatching(/^Uninstalled 2/),
    ]);
    expect((await stage.pinion(["pip", "uninstall", "greeter", "--target", "out", "--dry-run"])).stderr).toBe(
      "Would make no changes\n",
    );
    expect(installedIn(join(stage.world.project, "out"))).toEqual([]);
  });

  test("`uninstall --target` and `--prefix` need an environment, as in uv", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter", "--target", "out");
    rmSync(join(stage.world.project, ".venv"), { recursive: true });
    for (const place of ["--target", "--prefix"]) {
      const refused = await stage.pinion(["pip", "uninstall", "greeter", place, "out"]);
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringContaining("No virtual environment found"),
      ]);
    }
    expect(installedIn(join(stage.world.project, "out"))).toContain("greeter==2.0.0");
    expect((await stage.pinion(["pip", "uninstall", "greeter", "--target", "out", "--system"])).code).toBe(0);
  });

  test("--prefix lays out an environment", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    expect((await stage.install("greeter", "--prefix", "out")).code).toBe(0);
    expect(existsSync(join(stage.world.project, "out", "bin", "greet"))).toBe(true);
    expect(installedIn(join(stage.world.project, "out"))).toEqual(["greeter==2.0.0", "wordlist==2.0.0"]);
    expect(stage.installed()).toEqual([]);
  });

  test("installs for another platform on a machine without any Python", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    mkdirSync(join(stage.world.directory, "no-programs"));
    const env = { PATH: join(stage.world.directory, "no-programs"), VIRTUAL_ENV: undefined };
    for (const [platform, tag] of [
      ["windows", "win_amd64"],
      ["aarch64-apple-darwin", "macosx_11_0_arm64"],
      ["aarch64-manylinux_2_28", "manylinux_2_17_aarch64"],
    ] as const) {
      const args = [
        "pip",
        "install",
        "--index-url",
        stage.index.url,
        "fastcount",
        "greeter",
        "--target",
        platform,
      ];
      const run = await stage.pinion([...args, "--python-platform", platform, "--python-version", "3.11"], {
        env,
        cwd: stage.world.home,
      });
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(" + fastcount==1.4.0")]);
      const folder = join(stage.world.home, platform);
      expect(readFileSync(join(folder, "fastcount", "__init__.py"), "utf8")).toContain(tag);
      expect(readdirSync(join(folder, "bin")).join(" ")).toContain("greet");
    }
  });

  test("-p takes an environment that is named", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const other = stage.world.venv("other");
    expect((await stage.install("paint", "-p", other.path)).stderr).toMatch(
      /^Using Python .* environment at: \[VENV\]\n/,
    );
    expect(installedIn(other.path)).toEqual(["paint==1.2.0"]);
    expect(stage.installed()).toEqual([]);
  });

  test("a Python that another package manager owns is changed only by force", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const scripts = managedPython(join(stage.world.directory, "system"));
    const env = { PATH: `${scripts}:${process.env["PATH"]}` };
    const args = ["--index-url", stage.index.url, "paint"];
    const pip = async (...words: readonly string[]): Promise<CliRun> => {
      const run = await stage.pinion(["pip", ...words], { env, cwd: stage.world.home });
      return { ...run, stderr: run.stderr.replaceAll(/Python \d[\d.]+/g, "Python [VERSION]") };
    };
    expect(await pip("install", "--system", ...args)).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "Using Python [VERSION] environment at: [WORLD]/system
      error: The interpreter at \`[WORLD]/system\` is externally managed, and indicates the following:

        Ask your package manager.

      hint: Virtual environments were not considered due to the \`--system\` flag
      ",
        "stdout": "",
      }
    `);
    expect(await pip("uninstall", "-p", join(scripts, "python3"), "paint")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "Using Python [VERSION] environment at: [WORLD]/system
      error: The interpreter at \`[WORLD]/system\` is externally managed, and indicates the following:

        Ask your package manager.

      hint: Consider creating a virtual environment with \`pinion venv\`
      ",
        "stdout": "",
      }
    `);
    expect(await pip("install", "--system", "--break-system-packages", ...args)).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Using Python [VERSION] environment at: [WORLD]/system
      Resolved 1 package in [TIME]
      Prepared 1 package in [TIME]
      Installed 1 package in [TIME]
       + paint==1.2.0
      ",
        "stdout": "",
      }
    `);
    expect((await pip("list", "--system", "--format", "freeze")).stdout).toBe("paint==1.2.0\n");
    expect((await pip("uninstall", "--system", "--break-system-packages", "paint")).code).toBe(0);
  });

  test("says what is missing where there is no environment", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const elsewhere = { cwd: stage.world.home };
    const args = ["pip", "install", "--index-url", stage.index.url, "paint"];
    expect(await stage.pinion(args, elsewhere)).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: No virtual environment found; run \`pinion venv\` to create an environment, or pass \`--system\` to install into a non-virtual environment
      ",
        "stdout": "",
      }
    `);
    expect(await stage.pinion([...args, "-p", "3.99"], elsewhere)).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: No virtual environment found for Python 3.99; run \`pinion venv\` to create an environment, or pass \`--system\` to install into a non-virtual environment
      ",
        "stdout": "",
      }
    `);
    expect(await stage.pinion([...args, "-p", "nowhere/python"], elsewhere)).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: No virtual environment or system Python installation found for path \`nowhere/python\`; run \`pinion venv\` to create an environment
      ",
        "stdout": "",
      }
    `);
    const env = { VIRTUAL_ENV: "/nonexistent" };
    expect((await stage.pinion(args, { ...elsewhere, env })).code).toBe(2);
  });

  test("installs many packages of many files, and removes them without a trace", async ({ expect }) => {
    const packages = Array.from({ length: 60 }, (_, number) =>
      makeWheel({
        name: `part-${number}`,
        version: "1.0",
        requires: number === 0 ? Array.from({ length: 59 }, (__, other) => `part-${other + 1}`) : [],
        files: Object.fromEntries(
          Array.from({ length: 20 }, (__, file) => [`part_${number}/module_${file}.py`, `X = ${file}\n`]),
        ),
      }),
    );
    await using stage = await commandStage({ commands: "called", packages });
    const before = treeOf(stage.venv);
    const run = await stage.install("part-0");
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("Installed 60 packages in [TIME]")]);
    expect(stage.python("import part_59.module_19 as last; print(last.X)")).toBe("19");
    await stage.pinion(["pip", "uninstall", ...packages.map(({ name }) => name)]);
    expect(treeOf(stage.venv)).toEqual(before);
  });
});

describe.skipIf(!canMount())("pinion pip install, where it cannot write", () => {
  test("reports a full disk and leaves the environment as it was", async ({ expect }) => {
    const big = makeWheel({
      name: "big",
      version: "1.0",
      files: { "big/data.bin": Buffer.alloc(3_000_000, "x") },
    });
    await using stage = await commandStage({
      commands: "called",
      packages: [big, makeWheel({ name: "paint", version: "1.2.0" })],
    });
    using mounted = mountDisk(stage.world.directory, "size=1m");
    const disk = mounted.path;
    execFileSync("python3", ["-m", "venv", "--without-pip", "--symlinks", join(disk, "venv")]);
    const before = treeOf(join(disk, "venv"));
    const run = await stage.install("big", "-p", join(disk, "venv"), "--link-mode", "copy");
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining("ENOSPC")]);
    expect(treeOf(join(disk, "venv"))).toEqual(before);
    const small = await stage.install("paint", "-p", join(disk, "venv"));
    expect([small.code, small.stderr]).toEqual([0, expect.stringContaining(" + paint==1.2.0")]);
    const full = await stage.install(
      "big",
      "--reinstall",
      "--target",
      "out",
      "--cache-dir",
      join(disk, "cache"),
    );
    expect([full.code, full.stderr]).toEqual([2, expect.stringContaining(join("[WORLD]", "disk", "cache"))]);
  });

  test.for(["filled", "empty"])(
    "uses a temporary cache, with one warning, where the cache is read-only and %s",
    async (state, { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      using mounted = mountDisk(stage.world.directory, "size=4m");
      const cache = join(mounted.path, "cache");
      mkdirSync(cache);
      const target = ["--target", "out", "--cache-dir", cache];
      if (state === "filled") await stage.install("greeter", ...target);
      execFileSync("mount", ["-o", "remount,ro", mounted.path]);
      const before = treeOf(cache);
      const run = await stage.install("paint", "--cache-dir", cache);
      expect([run.code, run.stderr.match(/^warning: .*$/gm)]).toEqual([
        0,
        [
          "warning: The cache folder `[WORLD]/disk/cache` cannot be written: a temporary cache is used for this run",
        ],
      ]);
      expect(stage.installed()).toEqual(["paint==1.2.0"]);
      expect(treeOf(cache)).toEqual(before);
    },
  );

  test("reports an environment that cannot be written", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    using mounted = mountDisk(stage.world.directory, "size=4m");
    const disk = mounted.path;
    execFileSync("python3", ["-m", "venv", "--without-pip", "--symlinks", join(disk, "venv")]);
    execFileSync("mount", ["-o", "remount,ro", disk]);
    const run = await stage.install("paint", "-p", join(disk, "venv"));
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^error: .*\[WORLD\]\/disk\/venv/m);
    const listed = await stage.pinion([
      "pip",
      "list",
      "-p",
      join(disk, "venv"),
      "--cache-dir",
      join(disk, "cache"),
    ]);
    expect([listed.code, listed.stdout]).toEqual([0, ""]);
  });
});

/** A Python of its own, as Debian ships it: its standard library says that it is managed. The folder of its program. */
function managedPython(root: string): string {
  const code =
    "import os, sys, sysconfig; print(os.path.realpath(sys.executable)); print(sysconfig.get_path('stdlib'))";
  const [executable = "", library = ""] = execFileSync("python3", ["-I", "-c", code], {
    encoding: "utf8",
  }).split("\n");
  const own = join(root, "lib", basename(library));
  mkdirSync(join(root, "bin"), { recursive: true });
  mkdirSync(join(own, "site-packages"), { recursive: true });
  copyFileSync(executable, join(root, "bin", "python3"));
  for (const name of readdirSync(library))
    if (name !== "site-packages") symlinkSync(join(library, name), join(own, name));
  writeFileSync(join(own, "EXTERNALLY-MANAGED"), "[externally-managed]\nError=Ask your package manager.\n");
  return join(root, "bin");
}
