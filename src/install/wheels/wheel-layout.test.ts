import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  fakeEnvironment,
  snapshot,
  targetOf,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "../../../test/install-environment.ts";
import { readZip } from "../../archive/zip.ts";
import { makeWheel, type WheelSpec } from "../../lab/index/make-wheel.ts";
import { parseRecord } from "../../pep/files/record.ts";
import { targetFor } from "../../pep/tags/target.ts";
import type { LinkFallback } from "../linking/linker.ts";
import { createLinker } from "../linking/linker.ts";
import type { InstallTarget } from "../installation.ts";
import { applyChanges, type ChangeEvent } from "../transaction.ts";
import { layOutWheel } from "./wheel-layout.ts";

const TOOL: WheelSpec = { name: "tool", version: "1.0", files: { "tool/__init__.py": "" } };

async function layOut(
  spec: WheelSpec,
  target: InstallTarget = fakeEnvironment(),
): Promise<readonly string[]> {
  const { wheel } = await wanted(temporaryStore(), spec);
  const { files, scripts } = layOutWheel(wheel, "tool", target);
  return [...files, ...scripts].map(({ destination }) => destination.slice(target.root.length + 1));
}

describe("layOutWheel", () => {
  test("spreads the .data folder over the scheme, and leaves what the installer writes itself", async () => {
    const data = {
      "purelib/a.py": "",
      "platlib/b.so": "",
      "headers/h.h": "",
      "data/share/d": "",
      "scripts/s": "",
    };
    const site = "lib/python3.11/site-packages";
    expect(await layOut({ ...TOOL, data })).toEqual([
      "share/d",
      "include/site/python3.11/tool/h.h",
      `${site}/b.so`,
      `${site}/a.py`,
      `${site}/tool-1.0.dist-info/METADATA`,
      `${site}/tool-1.0.dist-info/WHEEL`,
      `${site}/tool/__init__.py`,
      "bin/s",
    ]);
  });

  test("lets a launcher win over a script of the same name", async () => {
    const spec = { ...TOOL, data: { "scripts/tool": "" }, consoleScripts: { tool: "tool:main" } };
    expect(await layOut(spec)).not.toContain("bin/tool");
  });

  // Promise: a project's file has nothing written outside of its own folder
  // Attack: a project's `target` holds a checked-out submodule, and a package brings files for its `.git`, which name programs
  test.for([
    ".git/config",
    "tool/sub/.git/hooks/post-checkout",
    "tool/sub/.git",
    "tool/.GIT/config",
    "tool/.git./config",
    "tool/GIT~1/config",
    "tool/.g\u200cit/config",
  ])("puts no part of a repository into a folder: %s", async (path) => {
    const root = temporaryFolder();
    const folder: InstallTarget = { ...targetOf(root, root), isFolder: true };
    const spec = { ...TOOL, files: { ...TOOL.files, [path]: "" } };
    await expect(layOut(spec, folder)).rejects.toMatchObject({ code: "wheel/invalid" });
    const data = { ...TOOL, data: { [`data/${path}`]: "" } };
    await expect(layOut(data, folder)).rejects.toMatchObject({ code: "wheel/invalid" });
    expect(await layOut(spec)).toContain(`lib/python3.11/site-packages/${path}`);
  });

  // Promise: a project's file has nothing written outside of its own folder
  // Attack: a project's `target` gets a wheel with a folder that is a bare repository, or completes one, in which git is called
  test("puts no bare repository into a folder", async () => {
    const root = temporaryFolder();
    const folder: InstallTarget = { ...targetOf(root, root), isFolder: true };
    const laidOut = (...paths: readonly string[]): Promise<unknown> => {
      const files = Object.fromEntries(paths.map((path) => [path, ""]));
      return layOut({ ...TOOL, files: { ...TOOL.files, ...files } }, folder);
    };
    for (const paths of [["tool/HEAD"], ["HEAD"], ["tool/head", "tool/refs/a"], ["head", "commondir"]])
      await expect(laidOut(...paths), paths.join()).rejects.toThrow("part of a Git repository");
    for (const paths of [["tool/head"], ["tool/head", "refs/a"], ["tool/refs/head.py", "tool/objects/a.py"]])
      await expect(laidOut(...paths), paths.join()).resolves.toBeDefined();
  });

  test("knows `.git` from names that only begin so", async () => {
    const root = temporaryFolder();
    const files = { ...TOOL.files, "tool/.gitignore": "", "tool/.github/a": "", "tool/x.git": "" };
    const folder: InstallTarget = { ...targetOf(root, root), isFolder: true };
    expect(await layOut({ ...TOOL, files }, folder)).toContain("tool/.gitignore");
  });

  const wheelFile = (text: string): WheelSpec => ({ ...TOOL, faults: { wheel: text } });
  const refused: readonly [string, WheelSpec, RegExp][] = [
    ["a newer format", wheelFile("Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"), /version 2.0/],
    ["no version of the format", wheelFile("Root-Is-Purelib: true\n"), /no version/],
    ["no WHEEL file", { ...TOOL, faults: { leaveOut: ["*.dist-info/WHEEL"] } }, /no WHEEL/],
    ["an unknown part of .data", { ...TOOL, data: { "evil/x": "" } }, /unknown part: `evil`/],
    ["a file in .data itself", { ...TOOL, data: { x: "" } }, /holds the file `x` itself/],
    ["a folder among the scripts", { ...TOOL, data: { "scripts/a/b": "" } }, /folder among its scripts/],
    [
      "the interpreter as a script",
      { ...TOOL, data: { "scripts/Python3": "" } },
      /would replace the interpreter/,
    ],
    [
      "the interpreter as data",
      { ...TOOL, data: { "data/bin/python": "" } },
      /would replace the interpreter/,
    ],
    [
      "the environment's own file",
      { ...TOOL, data: { "data/PyVenv.cfg": "" } },
      /belongs to the environment/,
    ],
    [
      "a journal at any depth",
      { ...TOOL, files: { "tool/.Pinion-Change/undo": "" } },
      /belongs to the environment/,
    ],
    ["a lock at any depth", { ...TOOL, files: { "tool/.pinion.lock": "" } }, /belongs to the environment/],
    [
      "an activation script as data",
      { ...TOOL, data: { "data/bin/Activate.fish": "" } },
      /would replace an activation script/,
    ],
    [
      "an activation script in a folder of another letter case",
      { ...TOOL, data: { "data/BIN/activate": "" } },
      /would replace an activation script/,
    ],
    [
      "two files for one path",
      { ...TOOL, files: { "tool/x.py": "1" }, data: { "purelib/tool/x.py": "2" } },
      /two of its files would be installed as `x.py`/,
    ],
    [
      "a file and a launcher for one path",
      { ...TOOL, consoleScripts: { tool: "tool:main" }, data: { "data/bin/tool": "" } },
      /two of its files would be installed as `tool`/,
    ],
    [
      "a file and a folder for one path",
      { ...TOOL, files: { "tool/x": "" }, data: { "platlib/tool/x/y.py": "" } },
      /a file and a folder as `x`/,
    ],
    [
      "a folder as a file of the installer",
      { ...TOOL, files: { "tool-1.0.dist-info/INSTALLER/x": "" } },
      /a folder where an installer writes a file/,
    ],
    [
      "a folder as a file of the installer in other letters",
      { ...TOOL, files: { "tool-1.0.dist-info/Direct_URL.json/x": "" } },
      /a folder where an installer writes a file/,
    ],
    ["our journal", { ...TOOL, data: { "data/.pinion-change/done": "" } }, /belongs to the environment/],
    [
      "another distribution",
      { ...TOOL, data: { "purelib/pip-99.dist-info/METADATA": "" } },
      /second distribution/,
    ],
    [
      "another distribution by its place",
      { ...TOOL, data: { "data/lib/python3.11/site-packages/pip-99.dist-info/METADATA": "" } },
      /second distribution/,
    ],
    [
      "another distribution through a link of the environment",
      { ...TOOL, data: { "data/lib64/python3.11/Site-Packages/pip.egg-info/PKG-INFO": "" } },
      /second distribution/,
    ],
    ["the interpreter as a command", { ...TOOL, consoleScripts: { python: "tool:main" } }, /would replace/],
    ["a command elsewhere", { ...TOOL, consoleScripts: { "../x": "tool:main" } }, /not a plain file name/],
  ];
  // Promise: a wheel's files are installed side by side, and never over the environment itself
  // Attack: a wheel brings a journal, a lock, an activation script, or two files for one path
  test.each(refused)("refuses %s", async (_what, spec, message) => {
    await expect(layOut(spec)).rejects.toThrow(message);
  });

  // Promise: no command of a wheel replaces an activation script
  // Attack: an entry point is called `activate`
  test("leaves out scripts that would replace those that activate an environment, with a warning", async () => {
    const spec = {
      ...TOOL,
      consoleScripts: { activate: "tool:main", tool: "tool:main" },
      data: { "scripts/activate.csh": "" },
    };
    const { wheel, name } = await wanted(temporaryStore(), spec);
    const { commands, scripts, warnings } = layOutWheel(wheel, name, fakeEnvironment());
    expect([...commands.keys()]).toEqual(["tool"]);
    expect(scripts).toEqual([]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("`activate` is reserved for virtual environment activation scripts");
  });

  // Promise: of warnings whose number others choose, only the first few are shown
  // Attack: a wheel has very many scripts that are called like activation scripts
  test("names the first of very many scripts that it leaves out", async () => {
    const data = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`scripts/activate.${at}`, ""] as const),
    );
    const { wheel, name } = await wanted(temporaryStore(), { ...TOOL, data });
    const { warnings } = layOutWheel(wheel, name, fakeEnvironment());
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe(
      "`tool-1.0-py3-none-any.whl` is installed without 80 more scripts of such names",
    );
  });

  test("refuses metadata that is not UTF-8 with the name of the wheel", async () => {
    const latin = "[console_scripts]\ncaf\u00e9 = tool:main\n";
    const spec = { ...TOOL, files: { "tool-1.0.dist-info/entry_points.txt": Buffer.from(latin, "latin1") } };
    await expect(layOut(spec)).rejects.toThrow(/tool-1\.0.*`entry_points.txt` is not UTF-8/);
  });

  test("refuses files of a --target folder that would be its interpreter or journal", async () => {
    const root = join(temporaryFolder(), "target");
    const target = {
      ...targetOf(root, root),
      scheme: { ...targetOf(root, root).scheme, scripts: `${root}/bin` },
    };
    const journal = { ...TOOL, files: { ".pinion-change/undo": "" } };
    await expect(layOut(journal, target)).rejects.toThrow("belongs to the environment");
    const python = { ...TOOL, files: { "bin/python3": "" } };
    await expect(layOut(python, target)).rejects.toThrow("would replace the interpreter");
  });
});

describe("an installed wheel", () => {
  test("has a sorted RECORD of exactly its files, with their digests, and what the installer says about it", async () => {
    const target = fakeEnvironment();
    const distribution = await wanted(temporaryStore(), {
      ...TOOL,
      consoleScripts: { tool: "tool:main" },
      data: { "scripts/run": "#!python\nprint()\n", "scripts/binary": "\x7fELF", "data/share/x": "x" },
    });
    const directUrl = { kind: "archive", url: "https://x.example/tool-1.0.whl" } as const;
    await applyChanges({ install: [{ ...distribution, directUrl }], remove: [] }, target);
    const distInfo = join(target.scheme.purelib, "tool-1.0.dist-info");
    const record = parseRecord(readFileSync(join(distInfo, "RECORD"), "utf8"));
    expect(record.map(({ path }) => path)).toEqual([
      "../../../bin/binary",
      "../../../bin/run",
      "../../../bin/tool",
      "../../../share/x",
      ...["INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL", "direct_url.json", "entry_points.txt"].map(
        (file) => `tool-1.0.dist-info/${file}`,
      ),
      "tool/__init__.py",
    ]);
    for (const { path, hash, size } of record.filter((row) => row.hash !== undefined)) {
      const contents = readFileSync(join(target.scheme.purelib, path));
      expect([path, hash, size]).toEqual([
        path,
        `sha256=${createHash("sha256").update(contents).digest("base64url")}`,
        contents.length,
      ]);
    }
    expect(readFileSync(join(distInfo, "INSTALLER"), "utf8")).toBe("pinion");
    expect(readFileSync(join(distInfo, "direct_url.json"), "utf8")).toContain(
      "https://x.example/tool-1.0.whl",
    );
    expect(readFileSync(join(target.scheme.scripts, "run"), "utf8")).toBe(
      `#!${target.executable}\nprint()\n`,
    );
    for (const script of ["run", "binary", "tool"]) {
      expect(statSync(join(target.scheme.scripts, script)).mode & 0o777).toBe(0o755);
    }
  });

  test("leaves out the name of the installer on request", async () => {
    const target = fakeEnvironment();
    const distribution = await wanted(temporaryStore(), TOOL);
    await applyChanges({ install: [distribution], remove: [] }, target, { installerMetadata: "omit" });
    const files = readdirSync(join(target.scheme.purelib, "tool-1.0.dist-info"));
    expect(files.sort()).toEqual(["METADATA", "RECORD", "WHEEL"]);
  });

  test("never shares with the cache what changes", async () => {
    const target = fakeEnvironment();
    const distribution = await wanted(temporaryStore(), { ...TOOL, data: { "scripts/run": "#!python\n" } });
    const before = snapshot(distribution.wheel.directory);
    await applyChanges({ install: [distribution], remove: [] }, target);
    const record = join(target.scheme.purelib, "tool-1.0.dist-info/RECORD");
    expect(statSync(record).nlink).toBe(1);
    expect(statSync(join(target.scheme.purelib, "tool/__init__.py")).nlink).toBe(2);
    expect(snapshot(distribution.wheel.directory)).toEqual(before);
  });

  test("has commands that find their Python beside themselves, where the environment may be moved", async () => {
    const target = fakeEnvironment();
    writeFileSync(join(target.root, "pyvenv.cfg"), "home = /usr/bin\nrelocatable = true\n");
    const distribution = await wanted(temporaryStore(), { ...TOOL, consoleScripts: { tool: "tool:main" } });
    await applyChanges({ install: [distribution], remove: [] }, target);
    expect(readFileSync(join(target.scheme.scripts, "tool"), "utf8")).toContain(
      `"$(dirname -- "$(realpath -- "$0")")"/'python' "$0"`,
    );
  });

  test("is a program on Windows, from the launcher of the target's own pip, or a batch file without one", async () => {
    const root = join(temporaryFolder(), "venv");
    const target: InstallTarget = {
      ...targetOf(root, join(root, "Lib/site-packages")),
      executable: "C:\\venv\\Scripts\\python.exe",
      target: targetFor({ platform: "windows", pythonVersion: "3.12" }),
    };
    const store = temporaryStore();
    const distribution = await wanted(store, { ...TOOL, consoleScripts: { tool: "tool:main" } });
    await applyChanges({ install: [distribution], remove: [] }, target);
    expect(readdirSync(target.scheme.scripts)).toEqual(["tool-script.py", "tool.cmd"]);
    const home = temporaryFolder();
    const bundled = join(home, "Lib/ensurepip/_bundled");
    mkdirSync(bundled, { recursive: true });
    const files = { "pip/_vendor/distlib/t64.exe": "MZ launcher " };
    const pip = makeWheel({ name: "pip", version: "1.0", files });
    writeFileSync(join(bundled, pip.filename), pip.bytes);
    writeFileSync(join(target.root, "pyvenv.cfg"), `home = ${home}\n`);
    await applyChanges({ install: [distribution], remove: [] }, target);
    expect(readdirSync(target.scheme.scripts)).toEqual(["tool.exe"]);
    const program = readFileSync(join(target.scheme.scripts, "tool.exe"), "latin1");
    expect(program).toMatch(/^MZ launcher #!C:\\venv\\Scripts\\python.exe\r\nPK\x03\x04/);
    const archive = readZip(Buffer.from(program.slice(program.indexOf("PK")), "latin1"));
    expect(archive.read(archive.entries[0]!).toString()).toContain("from tool import main");
  });
});

describe("createLinker", () => {
  test("falls back once for all files, and says so only when it becomes a copy", async () => {
    const { wheel } = await wanted(temporaryStore(), TOOL);
    const folder = temporaryFolder();
    const fallbacks: LinkFallback[] = [];
    const linker = createLinker("clone", (fallback) => fallbacks.push(fallback));
    const source = join(wheel.directory, "tool/__init__.py");
    expect(linker.link(source, join(folder, "a"), wheel)).toBe(false);
    expect(linker.link(source, join(folder, "a"), wheel)).toBe(true);
    expect(fallbacks).toEqual([]);
    expect(() => linker.link(`${source}x`, join(folder, "b"), wheel)).toThrow(
      expect.objectContaining({ code: "cache/damaged" }),
    );
  });

  test.each(["clone", "hardlink", "copy", "symlink"] as const)(
    "installs the same tree by %s",
    async (linkMode) => {
      const target = { ...fakeEnvironment(), linkMode };
      const distribution = await wanted(temporaryStore(), { ...TOOL, executables: ["tool/__init__.py"] });
      const events: ChangeEvent[] = [];
      await applyChanges({ install: [distribution], remove: [] }, target, {
        onEvent: (event) => events.push(event),
      });
      expect(events.map(({ kind }) => kind)).toEqual(["staged"]);
      const file = join(target.scheme.purelib, "tool/__init__.py");
      // A copy is the environment's own; a link shares its file, which is read-only, with the cache.
      const modes = { clone: [0o755, 0o555], copy: [0o755], hardlink: [0o555], symlink: [0o555] };
      expect(readFileSync(file, "utf8")).toBe("");
      expect(modes[linkMode]).toContain(statSync(file).mode & 0o777);
    },
  );
});
