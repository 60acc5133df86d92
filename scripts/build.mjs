// Builds what `npm ci` leaves behind: the library (dist/lib) and the command (dist/command-…, see `bundle-command.mjs`).
//
// node scripts/build.mjs [--command-only]

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { publishBuild, readModules } from "./bundle-command.mjs";
import { compileCommand } from "./make-code-cache.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const isCommandOnly = process.argv.includes("--command-only");

if (!isCommandOnly) rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const command = await compileCommand(await readModules(root), { root, dist });
publishBuild(dist, command);

if (!isCommandOnly) {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
}
