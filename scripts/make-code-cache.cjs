// Writes V8's compiled form of the command beside it (dist/pinion.cache), after a few short runs,
// so that the functions which every start needs are in it.

"use strict";

const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join, resolve } = require("node:path");

const root = resolve(__dirname, "..");
if (!existsSync(join(root, "dist", "pinion.cjs"))) process.exit(0);

const run = spawnSync(process.execPath, [join(root, "bin", "pinion.cjs"), "pip", "list", "--help"], {
  env: { PATH: process.env.PATH, HOME: process.env.HOME, PINION_WRITE_CODE_CACHE: "1" },
  encoding: "utf8",
});
if (run.status !== 0) {
  process.stderr.write(run.stderr);
  process.exit(run.status ?? 1);
}
