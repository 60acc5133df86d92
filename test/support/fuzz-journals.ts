// Journals of interrupted changes that are made by chance from good and hostile parts. Whatever a journal says, nothing
// outside of its environment may change.

import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPinionError } from "../../src/errors.ts";
import { recoverEnvironment } from "../../src/install/transaction.ts";
import { memoryFolder, targetOf } from "../install-environment.ts";
import type { FuzzedGuard } from "./fuzz-guards.ts";
import { seededRandom, type Random } from "./random.ts";

/** Recovers environments whose change folder was made by chance. */
export function fuzzJournals({ inputs, seed }: { inputs: number; seed: number }): FuzzedGuard {
  const folder = memoryFolder();
  const random = seededRandom(seed);
  const broken: { input: string; why: string }[] = [];
  let taken = 0;
  try {
    makeOutside(folder);
    const before = outsideOf(folder);
    for (let index = 0; index < inputs; index += 1) {
      const input = makeEnvironment(folder, random);
      try {
        recoverEnvironment(targetOf(join(folder, "env"), join(folder, "env/lib/site")));
        taken += 1;
      } catch (error) {
        if (
          !isPinionError(error, "environment/damaged-journal") &&
          !isPinionError(error, "environment/unwritable")
        )
          broken.push({ input, why: String(error) });
      }
      if (outsideOf(folder) === before) continue;
      broken.push({ input, why: "something outside of the environment changed" });
      makeOutside(folder);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { name: "journals", inputs, taken, broken };
}

function makeOutside(folder: string): void {
  for (const name of ["canary", "canary/.pinion-change", "canary/new", "canary/old"])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of [
    "canary/file",
    "canary/.pinion-change/undo",
    "canary/new/0",
    "canary/old/1",
    "precious",
  ])
    writeFileSync(join(folder, name), name);
}

function outsideOf(folder: string): string {
  const files: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (inner === "env") continue;
      files.push(entry.isDirectory() ? `${inner}/` : `${inner}=${readFileSync(join(folder, inner), "utf8")}`);
      if (entry.isDirectory()) visit(inner);
    }
  };
  visit("");
  return files.toSorted().join("\n");
}

/** Makes the environment again, with a change folder by chance; gives what its journal says. */
function makeEnvironment(folder: string, random: Random): string {
  const root = join(folder, "env");
  rmSync(root, { recursive: true, force: true });
  for (const path of ["bin", "lib/site/pkg", ".pinion-change/new/0/pkg", ".pinion-change/old"])
    mkdirSync(join(root, path), { recursive: true });
  for (const path of [
    "bin/tool",
    "lib/site/pkg/a.py",
    ".pinion-change/new/0/pkg/b.py",
    ".pinion-change/old/1",
  ])
    writeFileSync(join(root, path), path);
  symlinkSync("../canary", join(root, "link"));
  symlinkSync("../../../canary", join(root, "lib/site/out"));
  symlinkSync("../../../canary", join(root, ".pinion-change/new/out"));
  const journal = JSON.stringify(journalBy(random, folder));
  const text = random.below(20) === 0 ? journal.slice(0, random.below(journal.length)) : journal;
  writeFileSync(join(root, ".pinion-change", random.pick(["undo", "undo", "done"])), text);
  let others = "";
  if (random.below(3) === 0) {
    others = JSON.stringify({
      token: random.pick(["0123456789abcdef", "../../canary", "", 3, null]),
      folders: Array.from({ length: random.below(3) }, () => pathBy(random, folder)),
    });
    writeFileSync(join(root, ".pinion-change/others"), others);
  }
  const replaced = random.pick(["", "", "", "new", "old", "undo", "others", "."]);
  if (replaced !== "") {
    const path = join(root, ".pinion-change", replaced);
    rmSync(path, { recursive: true, force: true });
    symlinkSync(
      random.pick([join(folder, "canary"), join(folder, "canary/.pinion-change"), join(folder, "precious")]),
      path,
    );
  }
  return `${text}\n${others}\n${replaced}`;
}

function journalBy(random: Random, folder: string): unknown {
  const step = (): unknown => ({
    kind: random.pick(["set-aside", "place", "remove-folder", "remove-folder", "copy"]),
    path: pathBy(random, folder),
    kept: keptBy(random, folder),
    staged: keptBy(random, folder),
  });
  return {
    format: random.pick([2, 2, 2, 2, 2, 2, 1]),
    steps: Array.from({ length: random.below(4) }, () => (random.below(30) === 0 ? 7 : step())),
    thinned: Array.from({ length: random.below(3) }, () => pathBy(random, folder)),
  };
}

function pathBy(random: Random, folder: string): unknown {
  const base = random.pick(["root", "root", "purelib", "scripts", "data", "headers", "platlib"]);
  if (random.below(3) > 0)
    return `${base}/${random.pick(["pkg", "pkg/a.py", "lib/site/pkg/a.py", "bin", "tool", "lib/site/new.py", "lib"])}`;
  return random.pick([
    join(folder, "canary/file"),
    join(folder, "precious"),
    `${base}/../canary/file`,
    `${base}/../../../../precious`,
    `${base}/./../../canary`,
    `${base}//${folder}/precious`,
    `${base}/link/file`,
    `${base}/link`,
    `${base}/out/file`,
    `${base}/out/new/0`,
    `${base}/.pinion-change/undo`,
    `${base}/.PINION-CHANGE/old`,
    `${base}\0/../precious`,
    `${base}/`,
    base,
    "",
    "..",
    "canary/file",
    "__proto__/file",
    random.below(99),
    null,
    { toString: "root/pkg" },
  ]);
}

function keptBy(random: Random, folder: string): unknown {
  if (random.below(3) > 0)
    return random.pick(["0/old/1", "0/new/0/pkg", "0/new/0/pkg/b.py", "0/old/9", "0/new/0/x"]);
  return random.pick([
    join(folder, "canary/file"),
    join(folder, "precious"),
    "0/new/../../../precious",
    "0/../../precious",
    "0/new/out/file",
    "0/old/out/file",
    "0/undo",
    "0/old",
    "1/new/0",
    "-1/old/1",
    "00/old/1",
    "0//old/1",
    "root/pkg",
    "",
    random.below(99),
    null,
  ]);
}
