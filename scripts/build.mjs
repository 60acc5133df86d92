// Builds what `npm ci` leaves behind: the library (dist/lib) and the command (dist/command-…, see `bundle-command.mjs`).
//
// node scripts/build.mjs [--command-only]

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { publishBuild, readModules } from "./bundle-command.mjs";
import { compileInflate } from "./compile-inflate.mjs";
import { compileCommand } from "./make-code-cache.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const isCommandOnly = process.argv.includes("--command-only");

if (!isCommandOnly) rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const extras = [];
try {
  extras.push(["inflate.wasm", await compileInflate()]);
} catch (error) {
  // Without it, `node:zlib` unpacks, which takes half as long again.
  console.warn(`The inflater was not compiled: ${error.message}`);
}
for (const [name, contents] of extras) writeFileSync(join(dist, name), contents);
const command = await compileCommand(await readModules(root, { extras }), { root, dist });
publishBuild(dist, command);

if (!isCommandOnly) {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
}
