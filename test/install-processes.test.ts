// Changes in processes that are killed, and in several at once: what crosses a process cannot be shown inside one.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { WantedDistribution } from "../src/install/plan.ts";
import { CHANGE_FOLDER } from "../src/install/reserved-names.ts";
import { lockEnvironment, type Changes } from "../src/install/transaction.ts";
import type { Store } from "../src/store/store.ts";
import {
  fakeEnvironment,
  installed,
  memoryFolder,
  snapshot,
  targetOf,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "./install-environment.ts";
import { bundled } from "./support/bundled.ts";
import type { RunnerJob } from "./install-runner.ts";
import { prepareScenario } from "./install-scenario.ts";

let runner: string;

beforeAll(async () => {
  runner = await bundled("test/install-runner.ts", temporaryFolder());
});

describe("a change whose process is killed", () => {
  const memory = memoryFolder();
  const root = join(memory, "venv");
  const target = targetOf(root, join(root, "lib/python3.11/site-packages"));
  const template = join(memory, "template");
  let before: ReturnType<typeof snapshot>;
  let after: ReturnType<typeof snapshot>;
  let job: RunnerJob;
  let steps: number;

  const reset = (): void => {
    rmSync(root, { recursive: true, force: true });
    cpSync(template, root, { recursive: true, verbatimSymlinks: true });
  };

  beforeAll(async () => {
    const store = temporaryStore(memory);
    fakeEnvironment(root);
    job = jobOf(await prepareScenario(target, store), target, store);
    before = snapshot(root);
    cpSync(root, template, { recursive: true, verbatimSymlinks: true });
    steps = Number(await runToEnd(job));
    after = snapshot(root);
  });

  afterAll(() => rmSync(memory, { recursive: true }));

  test("by itself before any kind of step is finished or taken back by the next command", async () => {
    const outcomes = new Set<string>();
    for (let run = 0; run < KILLED_RUNS; run += 1) {
      reset();
      await expect(
        runToEnd({ ...job, dieAtStep: Math.floor((run * steps) / KILLED_RUNS) }),
      ).rejects.toMatchObject({
        signal: "SIGKILL",
      });
      outcomes.add(await recoveredState());
    }
    expect(outcomes).toEqual(new Set(["before", "after"]));
  });

  test("from outside, at a growing size of its journal, is finished or taken back by the next command", async () => {
    for (let run = 0; run < KILLED_RUNS; run += 1) {
      reset();
      const child = spawn(process.execPath, [runner, JSON.stringify(job)], { stdio: "ignore" });
      const ended = once(child, "exit");
      while (child.exitCode === null && changeFolderSize(root) < run) await setImmediate();
      child.kill("SIGKILL");
      await ended;
      expect(["before", "after"]).toContain(await recoveredState());
    }
  });

  async function recoveredState(): Promise<string> {
    const lock = await lockEnvironment(target);
    lock.release();
    const state = JSON.stringify(snapshot(root));
    if (state === JSON.stringify(before)) return "before";
    return state === JSON.stringify(after) ? "after" : state;
  }
});

describe("several processes at once", () => {
  test("change one environment one after the other: one version of each project is left, whole", async () => {
    const target = fakeEnvironment();
    const store = temporaryStore();
    const versions = await Promise.all(
      ["1", "2", "3"].map((version) =>
        wanted(store, {
          name: "tool",
          version,
          files: { [`tool/only_${version}.py`]: "", "tool/__init__.py": version },
        }),
      ),
    );
    const jobs = versions.map((version) => jobOf({ install: [version], remove: [] }, target, store));
    await Promise.all([...jobs, ...jobs].map(runToEnd));
    const paths = Object.keys(snapshot(target.scheme.purelib));
    const winners = versions.filter(({ wheel }) => paths.includes(`${wheel.distInfo}/RECORD`));
    expect(winners).toHaveLength(1);
    expect(paths.filter((path) => path.startsWith("tool/only_"))).toEqual([
      `tool/only_${winners[0]?.version.text}.py`,
    ]);
    await runToEnd(
      jobOf({ install: [], remove: winners.map((winner) => installed(winner, target)) }, target, store),
    );
    expect(readdirSync(target.scheme.purelib)).toEqual([]);
  });
});

/** How many entries a change in progress has written beside the environment. */
function changeFolderSize(root: string): number {
  const folder = join(root, CHANGE_FOLDER);
  try {
    return readdirSync(folder, { recursive: true }).length;
  } catch {
    // The change has not begun, or its folder is being removed.
    return 0;
  }
}

/** Runs of each kind; each costs the start of a process. */
const KILLED_RUNS = 10;

function jobOf(changes: Changes, target: ReturnType<typeof targetOf>, store: Store): RunnerJob {
  return {
    root: target.root,
    site: target.scheme.purelib,
    cache: store.directory,
    install: changes.install.map(({ name, version, wheel }: WantedDistribution) => ({
      name,
      version: version.text,
      sha256: wheel.sha256,
    })),
    remove: changes.remove.map(({ name, kind, directory }) => ({ name, kind, directory })),
  };
}

async function runToEnd(job: RunnerJob): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [runner, JSON.stringify(job)]);
  return stdout;
}
