// How long it takes to install 91 packages with 15,500 files that are in the cache, beside `cp -al` of the same tree.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { WantedDistribution } from "../src/install/plan.ts";
import type { InstallTarget } from "../src/install/target.ts";
import { applyChanges } from "../src/install/transaction.ts";
import { makeWheel } from "../src/lab/wheels.ts";
import { targetFor } from "../src/pep/target.ts";
import { parseVersion } from "../src/pep/version.ts";
import { openStore } from "../src/store/store.ts";

/** Measures the median of interleaved rounds, as a ratio; every round writes to fresh folders. */
export async function run(): Promise<{ name: string; figure: number; target: number; isMet: boolean }> {
  const base = mkdtempSync(join(tmpdir(), "pinion-bench-link-"));
  try {
    const install = await samplePackages(join(base, "cache"));
    const ratios: number[] = [];
    const tree = join(base, "tree");
    await applyChanges({ install, remove: [] }, environmentAt(tree));
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = environmentAt(join(base, `environment-${round}`));
      const start = performance.now();
      await applyChanges({ install, remove: [] }, target);
      const installMs = performance.now() - start;
      const copyStart = performance.now();
      execFileSync("cp", ["-al", tree, join(base, `copy-${round}`)]);
      ratios.push(installMs / (performance.now() - copyStart));
    }
    ratios.sort((a, b) => a - b);
    const figure = Number((ratios[ROUNDS >> 1] ?? NaN).toFixed(2));
    const name = "Install 15,500 files from the cache, ratio to `cp -al`";
    return { name, figure, target: TARGET_RATIO, isMet: figure <= TARGET_RATIO };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function samplePackages(cache: string): Promise<readonly WantedDistribution[]> {
  const store = openStore(cache);
  const wanted: WantedDistribution[] = [];
  for (let index = 0; index < PACKAGES; index += 1) {
    const name = `package${index}`;
    const files: Record<string, string> = {};
    for (let file = 0; file < FILES_PER_PACKAGE; file += 1) {
      files[`${name}/part${file % FOLDERS_PER_PACKAGE}/module${file}.py`] =
        `VALUE = ${index * file}\n`.repeat(20);
    }
    const { filename, bytes, version } = makeWheel({
      name,
      version: "1.0",
      files,
      consoleScripts: { [name]: `${name}:main` },
    });
    const wheel = await store.addWheel(bytes, { filename });
    wanted.push({ name, version: parseVersion(version), wheel, isRequested: true });
  }
  await store.close();
  return wanted;
}

function environmentAt(root: string): InstallTarget {
  const site = join(root, "lib/python3.12/site-packages");
  mkdirSync(site, { recursive: true });
  return {
    root,
    executable: join(root, "bin/python"),
    linkMode: "clone",
    target: targetFor({ platform: "linux", pythonVersion: "3.12" }),
    scheme: {
      purelib: site,
      platlib: site,
      scripts: join(root, "bin"),
      data: root,
      headers: join(root, "include"),
    },
  };
}

const ROUNDS = 5;
const PACKAGES = 91;
const FILES_PER_PACKAGE = 165;
const FOLDERS_PER_PACKAGE = 24;
/** The design's row "warm install, 91 packages": not slower than `cp -al`. */
const TARGET_RATIO = 1.0;
