// Makes the package that goes to npm, from what is built: the files that package.json lists, with a package.json that has
// neither scripts nor development dependencies, so that installing it runs and warns about nothing. The checkout is not touched.
//
// node scripts/make-package.mjs [FOLDER]

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transformSync } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Packs into a folder and says what is in it: `{ path, size, files }`, size in bytes of the archive. */
export function makePackage(folder) {
  const stage = mkdtempSync(join(tmpdir(), "pinion-package-"));
  try {
    const newest = readFileSync(join(root, "dist", "command"), "utf8").trim();
    const types = declarationsOf(["index", "pep/index", "tls", "wheel"]);
    for (const { path } of npmPack(root, ["--dry-run"]).files) {
      // An earlier build may still be there for commands that run.
      if (path.startsWith("dist/command-") && !path.startsWith(`dist/${newest}/`)) continue;
      if (path.endsWith(".d.ts") && !types.has(path)) continue;
      mkdirSync(dirname(join(stage, path)), { recursive: true });
      if (/^dist\/lib\/.*\.js$/.test(path)) writeFileSync(join(stage, path), compact(path));
      else cpSync(join(root, path), join(stage, path));
    }
    const {
      scripts: _scripts,
      devDependencies: _development,
      ...manifest
    } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    mkdirSync(join(stage, "man"));
    writeFileSync(join(stage, "man", "pinion.1"), manualPage());
    manifest.files.push("man");
    manifest.man = "./man/pinion.1";
    writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    mkdirSync(folder, { recursive: true });
    const { filename, size, files } = npmPack(stage, ["--pack-destination", resolve(folder)]);
    return { path: join(resolve(folder), filename), size, files };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The declarations that those of the entries need: others say nothing that a program can use. */
function declarationsOf(entries) {
  const found = new Set();
  const waiting = entries.map((entry) => `dist/lib/${entry}.d.ts`);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const [, name] of readFileSync(join(root, path), "utf8").matchAll(
      /\b(?:from |import\()"(\.[^"]+)"/g,
    ))
      waiting.push(posix.join(posix.dirname(path), name.replace(/\.[jt]s$/, ".d.ts")));
  }
  return found;
}

/** A third of the package would be comments and indentation; what programs are to know stands in the types. */
function compact(path) {
  const source = readFileSync(join(root, path), "utf8");
  return transformSync(source, { target: "node20.19", minifyWhitespace: true, minifySyntax: true }).code;
}

/** From the command's own table of options. */
function manualPage() {
  return execFileSync(process.execPath, [join(root, "bin", "pinion.cjs"), "generate-man-page"]);
}

function npmPack(folder, options) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const output = execFileSync(npm, ["pack", "--json", "--ignore-scripts", ...options], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const answer = JSON.parse(output);
  // npm 12 gives an object by package name in place of a list.
  return Array.isArray(answer) ? answer[0] : Object.values(answer)[0];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { path, size } = makePackage(process.argv[2] ?? ".");
  console.log(`${path} (${(size / 1e6).toFixed(2)} MB)`);
}
