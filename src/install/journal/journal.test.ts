import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  fakeEnvironment,
  snapshot,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "../../../test/install-environment.ts";
import { processorMs } from "../../../test/support/processor-time.ts";
import type { InstallTarget } from "../installation.ts";
import { MAX_REMOVED_FOLDERS } from "./journal-bounds.ts";
import { CHANGE_FOLDER } from "../reserved-names.ts";
import { applyChanges, lockEnvironment, recoverEnvironment } from "../transaction.ts";

const GOOD = {
  place: { kind: "place", path: "purelib/tool", staged: "0/new/0/tool" },
  "set-aside": { kind: "set-aside", path: "purelib/old.py", kept: "0/old/1" },
  "remove-folder": { kind: "remove-folder", path: "purelib/empty" },
} as const;

const FIELDS = [
  ["path of a placed file", "place", "path"],
  ["staged file", "place", "staged"],
  ["path of an old file", "set-aside", "path"],
  ["kept file", "set-aside", "kept"],
  ["removed folder", "remove-folder", "path"],
] as const;

interface Interrupted {
  readonly target: InstallTarget;
  readonly outside: string;
}

/** An environment beside a canary, with a journal of a change that was interrupted. */
function interrupted(steps: readonly object[], more: Readonly<Record<string, unknown>> = {}): Interrupted {
  const target = fakeEnvironment();
  const outside = join(dirname(target.root), "outside");
  mkdirSync(join(outside, "empty"), { recursive: true });
  writeFileSync(join(outside, "canary"), "alive");
  symlinkSync(outside, join(target.scheme.purelib, "link"));
  const folder = join(target.root, CHANGE_FOLDER);
  mkdirSync(join(folder, "new/0"), { recursive: true });
  mkdirSync(join(folder, "old"));
  writeFileSync(join(folder, "undo"), JSON.stringify({ format: 2, steps, thinned: [], ...more }));
  return { target, outside };
}

const ELSEWHERE: readonly ((outside: string) => string)[] = [
  (outside) => `${outside}/canary`,
  (outside) => `root/${outside}/canary`,
  () => "root/../outside/canary",
  () => "purelib/../../../../outside/canary",
  () => "purelib/link/canary",
  () => "0/../../outside/canary",
  () => "0/new/../../../outside/canary",
  () => "0/old/../../../outside/canary",
  () => "1/old/1",
  () => "root",
  () => "",
];

describe("a journal that names a path outside of its environment", () => {
  // Promise: recovering an environment changes nothing outside of it
  // Attack: a journal in a shared or checked-out folder names the user's other files
  test.each(FIELDS)("is refused, and the canary stays: %s", (_name, kind, field) => {
    for (const elsewhere of ELSEWHERE) {
      const probe = interrupted([]);
      const { target, outside } = interrupted([{ ...GOOD[kind], [field]: elsewhere(probe.outside) }]);
      const before = snapshot(outside);
      expect(() => recoverEnvironment(target), elsewhere(outside)).toThrow(
        expect.objectContaining({ code: "environment/damaged-journal" }),
      );
      expect(snapshot(outside)).toEqual(before);
    }
  });

  test("is refused for the folders that may be empty", () => {
    for (const elsewhere of ELSEWHERE) {
      const { target, outside } = interrupted([], { thinned: [elsewhere("/nowhere")] });
      expect(() => recoverEnvironment(target)).toThrow(
        expect.objectContaining({ code: "environment/damaged-journal" }),
      );
      expect(existsSync(join(outside, "empty"))).toBe(true);
    }
  });

  test("is refused for change folders on other file systems", () => {
    const token = "0123456789abcdef";
    const lists = [
      { token, folders: ["purelib/link"] },
      { token, folders: ["/"] },
      { token, folders: ["root/../outside"] },
      { token: "../../outside", folders: ["root"] },
      { token, folders: 3 },
      { token, folders: Array.from({ length: 11 }, () => "purelib") },
    ];
    for (const list of lists) {
      const { target, outside } = interrupted([]);
      mkdirSync(join(outside, `${CHANGE_FOLDER}-${token}`));
      const before = snapshot(outside);
      writeFileSync(join(target.root, CHANGE_FOLDER, "others"), JSON.stringify(list));
      expect(() => recoverEnvironment(target), JSON.stringify(list)).toThrow(
        expect.objectContaining({ code: "environment/damaged-journal" }),
      );
      expect(snapshot(outside)).toEqual(before);
    }
  });
});

describe("a journal in a folder that is not an environment", () => {
  // Promise: a project's file has nothing written outside of its own folder
  // Attack: a project's `target` was checked out with a submodule and with a journal that exchanges the submodule's `.git`
  test.each([GOOD.place, GOOD["set-aside"], GOOD["remove-folder"]])(
    "changes no part of a repository: $kind",
    (step) => {
      const path = "root/sub/.git";
      const { target } = interrupted([{ ...step, path }]);
      const repository = join(target.root, "sub/.git");
      mkdirSync(dirname(repository), { recursive: true });
      writeFileSync(repository, "gitdir: ../.git/modules/sub\n");
      const before = snapshot(dirname(repository));
      expect(() => recoverEnvironment({ ...target, isFolder: true })).toThrow(
        expect.objectContaining({ code: "environment/damaged-journal" }),
      );
      expect(snapshot(dirname(repository))).toEqual(before);
    },
  );

  // Promise: a project's file has nothing written outside of its own folder
  // Attack: a project's `target` was checked out with a journal that moves the folder of a submodule, with its `.git`
  test("moves no folder in which there is a repository", () => {
    const { target } = interrupted([{ ...GOOD.place, path: "root/sub", staged: "0/new/sub" }]);
    const repository = join(target.root, "sub/deep/.git");
    mkdirSync(dirname(repository), { recursive: true });
    writeFileSync(repository, "gitdir: ../../.git/modules/sub\n");
    expect(() => recoverEnvironment({ ...target, isFolder: true })).toThrow("it would move a Git repository");
    expect(readFileSync(repository, "utf8")).toContain("gitdir");
    expect(recoverEnvironment(target)).toBe("taken-back");
    expect(existsSync(repository)).toBe(false);
  });
});

describe("a change folder", () => {
  test.skipIf(process.geteuid?.() !== 0)(
    "of another user is refused, and the error says whose it is and what to do",
    () => {
      const { target } = interrupted([]);
      const folder = join(target.root, CHANGE_FOLDER);
      chownSync(folder, 12_345, 12_345);
      let error: unknown;
      try {
        recoverEnvironment(target);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({
        code: "environment/damaged-journal",
        message: `The journal of an interrupted change cannot be used, it belongs to the user with the number 12345: ${folder}`,
        details: { folder, uid: 12_345 },
        hints: [{ kind: "run-as-owner", uid: 12345 }, { kind: "reinstall-all" }],
      });
    },
  );

  // Promise: only a change folder of the user's own is recovered
  // Attack: the change folder, or a file in it, is a link to a folder that the attacker prepared
  test("that is a link is refused", () => {
    for (const name of ["", "undo"]) {
      const { target, outside } = interrupted([]);
      const other = fakeEnvironment();
      writeFileSync(join(outside, "undo"), readFileSync(join(target.root, CHANGE_FOLDER, "undo")));
      symlinkSync(name === "" ? outside : join(outside, "undo"), join(prepared(other, name), name));
      expect(() => recoverEnvironment(other)).toThrow(
        expect.objectContaining({ code: "environment/damaged-journal" }),
      );
      expect(readFileSync(join(outside, "canary"), "utf8")).toBe("alive");
    }
  });

  test.skipIf(process.geteuid?.() !== 0)("of another user is refused", () => {
    const { target } = interrupted([]);
    chownSync(join(target.root, CHANGE_FOLDER), 12_345, 12_345);
    expect(() => recoverEnvironment(target)).toThrow(
      expect.objectContaining({ code: "environment/damaged-journal" }),
    );
  });

  function prepared({ root }: InstallTarget, name: string): string {
    const folder = join(root, CHANGE_FOLDER);
    if (name === "") return folder;
    mkdirSync(folder);
    return folder;
  }
});

describe("a change with its journal", () => {
  test("can be taken back after the environment was moved", async () => {
    const target = fakeEnvironment();
    const tool = await wanted(temporaryStore(), { name: "tool", version: "1", files: { "tool/x.py": "" } });
    const before = snapshot(target.root);
    const lock = await lockEnvironment(target);
    const stop = applyChanges({ install: [tool], remove: [] }, target, {
      lock,
      onStep: (step) => {
        if (step === "commit" || step.startsWith("undo")) throw new Error("stopped");
      },
    });
    await expect(stop).rejects.toThrow("stopped");
    lock.release();
    expect(existsSync(join(target.scheme.purelib, "tool"))).toBe(true);
    const { renameSync } = await import("node:fs");
    const moved = join(temporaryFolder(), "moved");
    renameSync(target.root, moved);
    const { targetOf } = await import("../../../test/install-environment.ts");
    expect(recoverEnvironment(targetOf(moved, join(moved, "lib/python3.11/site-packages")))).toBe(
      "taken-back",
    );
    expect(snapshot(moved)).toEqual(before);
  });
});

describe("a journal that holds more than a change does", () => {
  // Promise: no untrusted input makes a command hang
  // Attack: a journal in a shared folder removes folders that never were, so that taking them back makes them
  test.each([
    ["whose parent is missing", ["a/b"]],
    ["of which none is in the other's order", ["a/b", "a/b/c", "a"]],
    ["below a file", ["file/a"]],
    ["twice", ["a", "a"]],
  ])("is refused where it makes folders %s, and makes none", (_, paths) => {
    const { target } = interrupted(paths.map((path) => ({ kind: "remove-folder", path: `root/${path}` })));
    writeFileSync(join(target.root, "file"), "");
    expect(() => recoverEnvironment(target)).toThrow("it would make folders that no change has removed");
    expect(existsSync(join(target.root, "a"))).toBe(false);
  });

  test("is refused where it makes more folders than one distribution can have", () => {
    const steps = Array.from({ length: MAX_REMOVED_FOLDERS + 1 }, (_, index) => ({
      kind: "remove-folder",
      path: `root/${index}`,
    }));
    const { target } = interrupted(steps);
    expect(() => recoverEnvironment(target)).toThrow("it would make folders that no change has removed");
    expect(existsSync(join(target.root, String(MAX_REMOVED_FOLDERS)))).toBe(false);
  });

  test("is taken back where each folder is in one that is there or comes back before it", () => {
    const { target } = interrupted([
      { kind: "remove-folder", path: "root/a/b/c" },
      { kind: "remove-folder", path: "root/a/b" },
      { kind: "remove-folder", path: "root/a/d" },
      { kind: "remove-folder", path: "root/a" },
    ]);
    expect(recoverEnvironment(target)).toBe("taken-back");
    expect(existsSync(join(target.root, "a/b/c"))).toBe(true);
    expect(existsSync(join(target.root, "a/d"))).toBe(true);
  });

  // Promise: no untrusted input makes a command hang
  // Attack: a journal places each of many nested folders, so that each is searched for repositories with all below it
  test("has each of its folders searched once", () => {
    const depth = 900;
    const nested = Array.from({ length: depth }, () => "d").join("/");
    const { target } = interrupted(
      Array.from({ length: depth }, (_, index) => ({
        kind: "place",
        path: `root/${nested.slice(0, 2 * index + 1)}`,
        staged: "0/new/0",
      })),
    );
    mkdirSync(join(target.root, nested), { recursive: true });
    const started = processorMs();
    expect(recoverEnvironment({ ...target, isFolder: true })).toBe("taken-back");
    expect(processorMs() - started).toBeLessThan(10_000);
  });
});

describe("recovering a change of very many files", () => {
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a journal in a shared folder of as many steps as it may hold
  test("can be interrupted, and goes on with the next command", async () => {
    const steps = Array.from({ length: 100_000 }, (_, index) => ({
      kind: "set-aside",
      path: `root/some/${index}`,
      kept: `0/old/${index}`,
    }));
    const { target } = interrupted(steps);
    const old = join(target.root, CHANGE_FOLDER, "old/7");
    writeFileSync(old, "");
    mkdirSync(join(target.root, "some"));
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 1);
    await expect(lockEnvironment(target, { signal: interruption.signal })).rejects.toMatchObject({
      code: "net/cancelled",
    });
    expect(existsSync(old)).toBe(true);
    (await lockEnvironment(target)).release();
    expect(existsSync(join(target.root, "some/7"))).toBe(true);
    expect(existsSync(join(target.root, CHANGE_FOLDER))).toBe(false);
  });
});
