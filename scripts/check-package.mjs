// Checks the package that goes to npm: its size, that nothing is in it that nobody needs, what publint and
// arethetypeswrong say about it, and that installing it runs nothing. Reads `dist`, so build first.
//
// node scripts/check-package.mjs

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePackage } from "./make-package.mjs";

// The packed size in bytes: what `npx pinion` downloads besides its dependencies.
const BUDGET_BYTES = 1_800_000;

const UNWANTED =
  /\.(map|png|tsbuildinfo|cache)$|\.test\.(js|d\.ts)$|^(test|src|bench|scripts|findings)\/|^docs\/data\//;
const WANTED = [
  "bin/pinion.cjs",
  "dist/command",
  "dist/lib/index.js",
  "dist/lib/index.d.ts",
  "man/pinion.1",
  "README.md",
];

const folder = mkdtempSync(join(tmpdir(), "pinion-check-package-"));
const problems = [];
try {
  const { path, size, files } = makePackage(folder);
  const names = new Set(files.map((file) => file.path));
  if (size > BUDGET_BYTES) problems.push(`The package has ${size} bytes: its budget is ${BUDGET_BYTES}`);
  for (const name of names) if (UNWANTED.test(name)) problems.push(`The package must not hold ${name}`);
  const build = readFileSync(join(import.meta.dirname, "..", "dist", "command"), "utf8").trim();
  const command = ["pinion.cjs", "pinion-more.cjs", "unpack-worker.cjs", "link-worker.cjs"];
  for (const name of [...WANTED, ...command.map((file) => `dist/${build}/${file}`)])
    if (!names.has(name)) problems.push(`The package lacks ${name}`);
  run("publint", ["run", path, "--strict"]);
  run("attw", [path, "--profile", "esm-only", "--format", "ascii"]);
  console.log(`${names.size} files, ${(size / 1e6).toFixed(2)} MB packed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function run(tool, options) {
  try {
    execFileSync("npx", ["--no-install", tool, ...options], { encoding: "utf8" });
  } catch (error) {
    problems.push(`${tool}:\n${error.stdout ?? ""}${error.stderr ?? error.message}`);
  }
}
