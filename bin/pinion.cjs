#!/usr/bin/env node
// The command's entry: answers `--version` by itself and otherwise runs the bundle from V8's compiled form.

"use strict";

const path = require("node:path");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: Pinion needs Node 20.19 or newer, and this is Node ${process.versions.node}\n`);
  process.exit(2);
}

if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  process.stdout.write(`pinion ${require("../package.json").version}\n`);
} else {
  loadBundle(path.join(__dirname, "..", "dist", "pinion.cjs")).main();
}

function loadBundle(file) {
  const fs = require("node:fs");
  const vm = require("node:vm");
  let source;
  try {
    source = fs.readFileSync(file, "utf8");
  } catch {
    process.stderr.write(`error: \`${file}\` is missing: run \`npm ci\` in the checkout, which builds it\n`);
    process.exit(2);
  }
  const cacheFile = file.replace(/\.cjs$/, ".cache");
  let cachedData;
  try {
    cachedData = fs.readFileSync(cacheFile);
  } catch {
    // Without its compiled form the command starts some milliseconds later, no more.
  }
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source}\n})`;
  const script = new vm.Script(wrapped, cachedData ? { filename: file, cachedData } : { filename: file });
  const bundle = { exports: {} };
  script.runInThisContext()(bundle.exports, require("node:module").createRequire(file), bundle, file, path.dirname(file));
  if (process.env.PINION_WRITE_CODE_CACHE === "1") {
    process.on("exit", () => fs.writeFileSync(cacheFile, script.createCachedData()));
  }
  return bundle.exports;
}
