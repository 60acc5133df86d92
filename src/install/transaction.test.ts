import {
  cpSync,
  existsSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  fakeEnvironment,
  installed,
  memoryFolder,
  snapshot,
  targetOf,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "../../test/install-environment.ts";
import { prepareScenario } from "../../test/install-scenario.ts";
import { isPinionError } from "../errors.ts";
import { CHANGE_FOLDER, LOCK_FILE } from "./reserved-names.ts";
import type { InstallTarget } from "./installation.ts";
import {
  applyChanges,
  lockEnvironment,
  recoverEnvironment,
  type ChangeEvent,
  type Changes,
} from "./transaction.ts";

type Tree = Readonly<Record<string, string>>;

describe("a change that owns its process", () => {
  test.each(["clone", "hardlink", "copy", "symlink"] as const)(
    "comes to the same by %s, and leaves the working folder as it was",
    async (linkMode) => {
      const memory = memoryFolder();
      const root = join(memory, "venv");
      const target = { ...targetOf(root, join(root, "lib/python3.11/site-packages")), linkMode };
      const folder = process.cwd();
      fakeEnvironment(root);
      const changes = await prepareScenario(target, temporaryStore(memory));
      const template = join(memory, "template");
      cpSync(root, template, { recursive: true, verbatimSymlinks: true });
      await applyChanges(changes, target);
      const expected = snapshot(root);
      for (const isStopped of [true, false]) {
        rmSync(root, { recursive: true, force: true });
        cpSync(template, root, { recursive: true, verbatimSymlinks: true });
        const folders = new Set<string>();
        const change = applyChanges(changes, target, {
          ownsProcess: true,
          onStep: (step) => {
            if (step === "link") folders.add(process.cwd());
            if (isStopped && step === "write") throw new Error("stopped");
          },
        });
        if (isStopped) await expect(change).rejects.toThrow("stopped");
        else await change;
        expect(process.cwd()).toBe(folder);
        expect(snapshot(root)).toEqual(isStopped ? snapshot(template) : expected);
        if (!isStopped) expect(folders.size > 1).toBe(linkMode !== "symlink");
      }
      rmSync(memory, { recursive: true });
    },
  );
});

describe("a change that is stopped", () => {
  let template: string;
  let changes: Changes;
  let before: Tree;
  let after: Tree;
  let steps: readonly string[];
  let stops: readonly number[];
  const memory = memoryFolder();
  const root = join(memory, "venv");
  const target = targetOf(root, join(root, "lib/python3.11/site-packages"));

  afterAll(() => rmSync(memory, { recursive: true }));

  const reset = (): void => {
    rmSync(root, { recursive: true, force: true });
    cpSync(template, root, { recursive: true, verbatimSymlinks: true });
  };

  beforeAll(async () => {
    fakeEnvironment(root);
    changes = await prepareScenario(target, temporaryStore(memory));
    template = join(memory, "template");
    cpSync(root, template, { recursive: true, verbatimSymlinks: true });
    before = snapshot(root);
    const seen: string[] = [];
    await applyChanges(changes, target, { onStep: (step) => seen.push(step) });
    steps = seen;
    after = snapshot(root);
    // While files are prepared one step is like the next; from the journal on, every one counts.
    const begin = steps.indexOf("write-journal");
    stops = steps.map((_, index) => index).filter((index) => index >= begin || index % 6 === 0);
  });

  test("the scenario takes every kind of step", () => {
    expect(new Set(steps)).toEqual(
      new Set([
        "stage",
        "link",
        "write",
        "make-folder",
        "write-journal",
        "begin",
        "set-aside",
        "remove-folder",
        "place",
        "commit",
        "prune",
        "delete",
      ]),
    );
    expect(after).not.toEqual(before);
    expect(after["lib/python3.11/site-packages/paint/notes.txt"]).toContain("the user's own");
    expect(Object.keys(after).filter((path) => path.includes("__pycache__/"))).toEqual([]);
  });

  test("by the disk being full at any step leaves the environment as it was, or changed", async () => {
    const commit = steps.indexOf("commit");
    for (const stop of stops) {
      reset();
      let count = 0;
      const events: ChangeEvent[] = [];
      const change = applyChanges(changes, target, {
        onEvent: (event) => events.push(event),
        onStep: () => {
          count += 1;
          if (count === stop + 1) throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
        },
      });
      if (stop <= commit) {
        await expect(change, `step ${stop}`).rejects.toMatchObject({ code: "environment/unwritable" });
        expect(snapshot(root), `step ${stop}`).toEqual(before);
      } else {
        await change;
        expect(
          events.some(({ kind }) => kind === "warning"),
          `step ${stop}`,
        ).toBe(true);
        recoverEnvironment(target);
        expect(snapshot(root), `step ${stop}`).toEqual(after);
      }
    }
  });

  test("by dying at any step is finished or taken back, also when the recovery dies", async () => {
    const commit = steps.indexOf("commit");
    for (const stop of stops) {
      const recoverySteps = await dieAndRecover(target, changes, { reset, stop, dieAgainAt: Infinity });
      expect(snapshot(root), `step ${stop}`).toEqual(stop <= commit ? before : after);
      if (stop < steps.indexOf("begin")) continue;
      const again = (stop * 7) % recoverySteps;
      await dieAndRecover(target, changes, { reset, stop, dieAgainAt: again });
      expect(snapshot(root), `steps ${stop}, ${again}`).toEqual(stop <= commit ? before : after);
    }
  });

  test("by a cancelled signal leaves nothing", async () => {
    for (const step of ["stage", "link", "write"]) {
      reset();
      const controller = new AbortController();
      const change = applyChanges(changes, target, {
        signal: controller.signal,
        onStep: (taken) => {
          if (taken === step) controller.abort();
        },
      });
      await expect(change, step).rejects.toMatchObject({ code: "net/cancelled" });
      expect(snapshot(root), step).toEqual(before);
    }
  });
});

describe("installing very many files", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a wheel has as many files as it may have
  test.each(["copy", "hardlink"] as const)("is cancelled between two of one wheel: %s", async (linkMode) => {
    const target = { ...fakeEnvironment(), linkMode };
    const files = Object.fromEntries(Array.from({ length: 4_000 }, (_, at) => [`big/${at}.py`, ""]));
    const big = await wanted(temporaryStore(), { name: "big", version: "1.0", files });
    const before = snapshot(target.root);
    const controller = new AbortController();
    let links = 0;
    const change = applyChanges({ install: [big], remove: [] }, target, {
      signal: controller.signal,
      onStep: (step) => {
        if (step === "link") links += 1;
        controller.abort();
      },
    });
    await expect(change).rejects.toMatchObject({ code: "net/cancelled" });
    expect(links).toBeLessThan(4_000);
    expect(snapshot(target.root)).toEqual(before);
  });
});

describe("uninstalling very many files", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: an environment with a distribution of very many files is checked out
  test.each(["alone", "for another version"])("is cancelled while they are listed: %s", async (how) => {
    const target = fakeEnvironment();
    const site = target.scheme.purelib;
    const directory = join(site, "big-1.0.dist-info");
    mkdirSync(directory);
    writeFileSync(
      join(directory, "RECORD"),
      Array.from({ length: 200_000 }, (_, at) => `big/${at}.py,,\n`).join(""),
    );
    const big = { name: "big", version: "2.0", files: { "big/__init__.py": "" } };
    const install = how === "alone" ? [] : [await wanted(temporaryStore(), big)];
    const before = snapshot(target.root);
    const controller = new AbortController();
    const events: ChangeEvent[] = [];
    const lock = await lockEnvironment(target);
    setTimeout(() => controller.abort(), 1);
    const remove = [{ name: "big", kind: "dist-info", directory } as const];
    const change = applyChanges({ install, remove }, target, {
      lock,
      signal: controller.signal,
      onEvent: (event) => events.push(event),
    });
    await expect(change).rejects.toMatchObject({ code: "net/cancelled" });
    lock.release();
    expect(events).toEqual([]);
    expect(snapshot(target.root)).toEqual(before);
  });
});

describe("applyChanges", () => {
  test.each([
    ["`python -m venv`, which makes a folder for headers", "home = /usr/bin\n", true],
    ["uv, which makes none", "home = /usr/bin\nuv = 0.12.5\n", false],
  ])(
    "leaves a new environment of %s, as it was made once everything is uninstalled",
    async (_maker, config, hasHeaders) => {
      const target = fakeEnvironment();
      writeFileSync(join(target.root, "pyvenv.cfg"), config);
      if (!hasHeaders) rmdirSync(join(target.root, "include"));
      const made = snapshot(target.root);
      const store = temporaryStore();
      const tool = await wanted(store, {
        name: "Some.Tool",
        version: "1.0",
        files: { "some_tool/__init__.py": "", "some_tool/sub/x.py": "", "single.py": "" },
        consoleScripts: { "some-tool": "some_tool:main" },
        data: {
          "data/share/man/man1/tool.1": "",
          "data/etc/tool.conf": "",
          "headers/deep/tool.h": "",
          "scripts/raw": "x",
        },
      });
      await applyChanges({ install: [tool], remove: [] }, target);
      const site = target.scheme.purelib;
      for (const folder of ["some_tool", "some_tool/sub", "."]) mkdirSync(join(site, folder, "__pycache__"));
      writeFileSync(join(site, "some_tool/__pycache__/__init__.cpython-311.pyc"), "");
      writeFileSync(join(site, "some_tool/sub/__pycache__/x.cpython-311.opt-2.pyc"), "");
      writeFileSync(join(site, "__pycache__/single.cpython-311.pyc"), "");
      expect(existsSync(join(target.root, "include/site/python3.11/some-tool/deep/tool.h"))).toBe(true);
      await applyChanges({ install: [], remove: [installed(tool, target)] }, target);
      expect(snapshot(target.root)).toEqual(made);
    },
  );

  test("keeps the bytecode of modules that stay", async () => {
    const target = fakeEnvironment();
    const store = temporaryStore();
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => wanted(store, { name, version: "1", files: { [`${name}.py`]: "" } })),
    );
    await applyChanges({ install: [one!, two!], remove: [] }, target);
    const cacheFolder = join(target.scheme.purelib, "__pycache__");
    mkdirSync(cacheFolder);
    writeFileSync(join(cacheFolder, "one.cpython-311.pyc"), "");
    writeFileSync(join(cacheFolder, "two.cpython-311.pyc"), "");
    await applyChanges({ install: [], remove: [installed(one!, target)] }, target);
    expect(existsSync(join(cacheFolder, "one.cpython-311.pyc"))).toBe(false);
    expect(existsSync(join(cacheFolder, "two.cpython-311.pyc"))).toBe(true);
  });

  test("refuses to put a folder where a file or link of the user is, and changes nothing", async () => {
    const target = fakeEnvironment();
    const tool = await wanted(temporaryStore(), {
      name: "tool",
      version: "1",
      files: { "tool/__init__.py": "" },
    });
    const outside = temporaryFolder();
    symlinkSync(outside, join(target.scheme.purelib, "tool"));
    const before = snapshot(target.root);
    const change = applyChanges({ install: [tool], remove: [] }, target);
    await expect(change).rejects.toMatchObject({ code: "environment/conflict" });
    expect(snapshot(target.root)).toEqual(before);
    expect(snapshot(outside)).toEqual({});
  });

  // Promise: uninstalling deletes nothing outside of the environment, and nothing that it consists of
  // Attack: a RECORD names files elsewhere, the interpreter, activation scripts or the lock
  test("does not delete through a RECORD that leads out of the environment", async () => {
    const target = fakeEnvironment();
    const outside = temporaryFolder();
    writeFileSync(join(outside, "precious"), "");
    symlinkSync(outside, join(target.scheme.purelib, "link"));
    const distInfo = join(target.scheme.purelib, "evil-1.dist-info");
    mkdirSync(distInfo);
    const rows = [
      "evil-1.dist-info/RECORD,,",
      `${join(outside, "precious")},,`,
      "link/precious,,",
      "../../../../precious,,",
      "../../../bin/python,,",
      "../../../bin/activate.fish,,",
      "../../../pyvenv.cfg,,",
      "../../../.pinion.lock,,",
      "../../../.gitignore,,",
      "../../../CACHEDIR.TAG,,",
      "../../../lib64,,",
    ];
    const isOwn = (row: string): boolean => /bin|pyvenv|lock|gitignore|CACHEDIR|lib64/.test(row);
    writeFileSync(join(distInfo, "RECORD"), `${rows.join("\n")}\n`);
    const events: ChangeEvent[] = [];
    await applyChanges(
      { install: [], remove: [{ name: "evil", kind: "dist-info", directory: distInfo }] },
      target,
      {
        onEvent: (event) => events.push(event),
      },
    );
    expect(existsSync(join(outside, "precious"))).toBe(true);
    expect(existsSync(distInfo)).toBe(false);
    const reason = (row: string): string =>
      isOwn(row) ? "names a file of the environment itself" : "escapes the Python environment";
    expect(events).toEqual(
      rows.slice(1).map((row) => ({
        kind: "warning",
        message: `Invalid RECORD entry in evil that ${reason(row)}, skipping: ${row.slice(0, -2)}`,
      })),
    );
  });

  // Promise: no change follows a link out of the environment
  // Attack: `__pycache__` is a link to another project's bytecode
  test("does not touch bytecode behind a link", async () => {
    const target = fakeEnvironment();
    const store = temporaryStore();
    const one = await wanted(store, { name: "one", version: "1", files: { "one/a.py": "1" } });
    const outside = temporaryFolder();
    writeFileSync(join(outside, "a.cpython-311.pyc"), "");
    writeFileSync(join(outside, "other.cpython-311.pyc"), "");
    const before = snapshot(outside);
    await applyChanges({ install: [one], remove: [] }, target);
    symlinkSync(outside, join(target.scheme.purelib, "one/__pycache__"));
    const two = await wanted(store, { name: "two", version: "1", files: { "one/a.py": "2" } });
    await applyChanges({ install: [two], remove: [] }, target);
    expect(snapshot(outside)).toEqual(before);
    await applyChanges({ install: [], remove: [installed(two, target)] }, target);
    expect(snapshot(outside)).toEqual(before);
    expect(existsSync(join(target.scheme.purelib, "one/a.py"))).toBe(false);
  });

  test("says that a RECORD is not UTF-8", async () => {
    const target = fakeEnvironment();
    const distInfo = join(target.scheme.purelib, "x-1.dist-info");
    mkdirSync(distInfo);
    writeFileSync(join(distInfo, "RECORD"), Buffer.from("caf\u00e9.py,,\n", "latin1"));
    const change = applyChanges(
      { install: [], remove: [{ name: "x", kind: "dist-info", directory: distInfo }] },
      target,
    );
    await expect(change).rejects.toThrow(
      "Cannot uninstall `x`: its `RECORD` cannot be read, it is not UTF-8",
    );
  });

  test("replaces what another process installed under the same name since the plan was made", async () => {
    const target = fakeEnvironment();
    const store = temporaryStore();
    const first = await wanted(store, { name: "tool", version: "1", files: { "tool/old.py": "" } });
    const second = await wanted(store, { name: "tool", version: "2", files: { "tool/new.py": "" } });
    await applyChanges({ install: [first], remove: [] }, target);
    await applyChanges({ install: [second], remove: [] }, target);
    const paths = Object.keys(snapshot(target.scheme.purelib));
    expect(paths.filter((path) => path.endsWith(".dist-info/"))).toEqual(["tool-2.dist-info/"]);
    expect(paths).not.toContain("tool/old.py");
  });

  test("upgrades through a link to the environment, and through lib64", async () => {
    const real = fakeEnvironment();
    const link = join(temporaryFolder(), "link");
    symlinkSync(real.root, link);
    symlinkSync("lib", join(real.root, "lib64"));
    const linked = targetOf(link, join(link, "lib64/python3.11/site-packages"));
    const store = temporaryStore();
    const first = await wanted(store, { name: "tool", version: "1", files: { "tool/__init__.py": "1" } });
    const second = await wanted(store, { name: "tool", version: "2", files: { "tool/__init__.py": "2" } });
    await applyChanges({ install: [first], remove: [] }, linked);
    await applyChanges({ install: [second], remove: [installed(first, linked)] }, linked);
    const paths = Object.keys(snapshot(real.scheme.purelib));
    expect(paths.filter((path) => path.endsWith("/"))).toEqual(["tool/", "tool-2.dist-info/"]);
    await applyChanges({ install: [], remove: [installed(second, linked)] }, linked);
    expect(snapshot(real.scheme.purelib)).toEqual({});
  });

  test("does not remove what is in another environment, and replaces it only with a warning", async () => {
    const target = fakeEnvironment();
    const other = fakeEnvironment();
    const tool = await wanted(temporaryStore(), { name: "tool", version: "1" });
    await applyChanges({ install: [tool], remove: [] }, other);
    const there = installed(tool, other);
    await expect(applyChanges({ install: [], remove: [there] }, target)).rejects.toMatchObject({
      code: "environment/conflict",
    });
    await applyChanges({ install: [tool], remove: [there] }, target);
    expect(existsSync(there.directory)).toBe(true);
    expect(existsSync(installed(tool, target).directory)).toBe(true);
  });

  test("removes a distribution without RECORD only when it is replaced", async () => {
    const target = fakeEnvironment();
    const tool = await wanted(temporaryStore(), { name: "tool", version: "1" });
    await applyChanges({ install: [tool], remove: [] }, target);
    const present = installed(tool, target);
    rmSync(join(present.directory, "RECORD"));
    await expect(applyChanges({ install: [], remove: [present] }, target)).rejects.toThrow(
      `Cannot uninstall package; \`RECORD\` file not found at: ${join(present.directory, "RECORD")}`,
    );
    const events: ChangeEvent[] = [];
    await applyChanges({ install: [tool], remove: [present] }, target, {
      onEvent: (event) => events.push(event),
    });
    expect(events.some(({ kind }) => kind === "warning")).toBe(true);
    expect(existsSync(join(present.directory, "RECORD"))).toBe(true);
  });

  test("says that a cached wheel has lost files, changes nothing, and has it fetched again", async () => {
    const target = fakeEnvironment();
    const before = snapshot(target.root);
    const store = temporaryStore();
    for (const lost of ["tool/__init__.py", "tool-1.dist-info/WHEEL", "tool-1.data/scripts/run"]) {
      const tool = await wanted(store, { name: "tool", version: "1", data: { "scripts/run": "" } });
      rmSync(join(tool.wheel.directory, lost));
      const change = applyChanges({ install: [tool], remove: [] }, target);
      await expect(change).rejects.toMatchObject({
        code: "cache/damaged",
        details: { sha256: tool.wheel.sha256 },
      });
      expect(snapshot(target.root)).toEqual(before);
      expect(store.wheel(tool.wheel.sha256)).toBeUndefined();
    }
  });

  test("installs into a folder that does not exist, and removes it again when that fails", async () => {
    const root = join(temporaryFolder(), "new/target");
    const folderTarget: InstallTarget = {
      ...targetOf(root, root),
      executable: undefined,
      scheme: {
        purelib: root,
        platlib: root,
        scripts: `${root}/bin`,
        data: root,
        headers: `${root}/include`,
      },
    };
    const tool = await wanted(temporaryStore(), {
      name: "tool",
      version: "1",
      consoleScripts: { tool: "tool:main" },
    });
    const broken = {
      ...tool,
      wheel: { ...tool.wheel, manifest: tool.wheel.manifest, directory: `${root}/missing` },
    };
    await expect(applyChanges({ install: [broken], remove: [] }, folderTarget)).rejects.toMatchObject({
      code: "cache/damaged",
    });
    expect(existsSync(root)).toBe(false);
    await applyChanges({ install: [tool], remove: [] }, folderTarget);
    expect(readFileSync(join(root, "bin/tool"), "utf8").split("\n", 1)).toEqual(["#!/usr/bin/env python3"]);
    await applyChanges({ install: [], remove: [installed(tool, folderTarget)] }, folderTarget);
    expect(snapshot(root)).toEqual({});
  });

  test("explains an environment that cannot be written", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const tool = await wanted(temporaryStore(), { name: "tool", version: "1" });
    const change = applyChanges(
      { install: [tool], remove: [] },
      targetOf(join(file, "venv"), join(file, "venv/lib")),
    );
    await expect(change).rejects.toMatchObject({ code: "environment/unwritable" });
  });
});

describe("lockEnvironment", () => {
  test("keeps a second change waiting, and gives up after its time", async () => {
    const target = fakeEnvironment();
    const tool = await wanted(temporaryStore(), { name: "tool", version: "1" });
    const lock = await lockEnvironment(target);
    const events: string[] = [];
    const options = { lockTimeoutMs: 1, onEvent: ({ kind }: ChangeEvent) => events.push(kind) };
    await expect(applyChanges({ install: [tool], remove: [] }, target, options)).rejects.toMatchObject({
      code: "environment/locked",
      details: { pid: process.pid },
    });
    expect(events).toEqual(["waiting"]);
    await applyChanges({ install: [tool], remove: [] }, target, { lock });
    lock.release();
    expect(existsSync(join(target.root, LOCK_FILE))).toBe(false);
  });

  test("says which journal is damaged, and leaves everything as it is", async () => {
    const target = fakeEnvironment();
    const folder = join(target.root, CHANGE_FOLDER);
    mkdirSync(folder);
    writeFileSync(join(folder, "undo"), '{"format":1,"steps":[{"kind":"place","path":3}],"thinned":[]}');
    const error: unknown = await lockEnvironment(target).catch((thrown: unknown) => thrown);
    expect(isPinionError(error, "environment/damaged-journal")).toBe(true);
    expect(existsSync(join(target.root, LOCK_FILE))).toBe(false);
  });
});

class Death extends Error {}

/** From a step on nothing happens any more, as if the process were killed; then a new one recovers. */
async function dieAndRecover(
  target: InstallTarget,
  changes: Changes,
  { reset, stop, dieAgainAt }: { reset: () => void; stop: number; dieAgainAt: number },
): Promise<number> {
  reset();
  let count = 0;
  const onStep = (): void => {
    count += 1;
    if (count > stop) throw new Death();
  };
  await applyChanges(changes, target, { onStep }).catch((error: unknown) => {
    if (!(error instanceof Death)) throw error;
  });
  let recoverySteps = 0;
  try {
    recoverEnvironment(target, () => {
      if (recoverySteps === dieAgainAt) throw new Death();
      recoverySteps += 1;
    });
  } catch (error) {
    if (!(error instanceof Death)) throw error;
    recoverEnvironment(target);
  }
  return recoverySteps;
}
