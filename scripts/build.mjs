// Builds what `npm ci` leaves behind: the library (dist/lib), the command (one file and V8's compiled form of it)
// and the worker that unpacks wheels.
//
// node scripts/build.mjs [--command-only]

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const isCommandOnly = process.argv.includes("--command-only");

const bundle = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  minify: true,
  keepNames: true,
  legalComments: "linked",
  logLevel: "warning",
  // Holds an interpreter for proxy scripts as large as all the rest together; loaded from node_modules by the few who need it.
  external: ["pac-resolver", "quickjs-wasi"],
  // Code that runs from V8's compiled form has no loader behind `import()`; `require` serves the same lazy modules.
  supported: { "dynamic-import": false },
  banner: { js: 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "__moduleUrl" },
};

// commander asks for child_process at once, which costs every start some 5 ms, and needs it only for
// subcommands that are programs of their own; Pinion has none.
const lazyChildProcess = {
  name: "lazy-child-process",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("commander") ? { path: "child_process", namespace: "lazy" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "lazy" }, () => ({
      contents: "exports.spawn = (...given) => require('node:child_process').spawn(...given);",
    }));
  },
};

if (!isCommandOnly) rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const entries = {
  pinion: "src/cli/main.ts",
  "unpack-worker": "src/store/unpack-worker.ts",
};
await Promise.all(
  Object.entries(entries)
    .filter(([, entry]) => existsSync(join(root, entry)))
    .map(([name, entry]) =>
      build({ ...bundle, plugins: [lazyChildProcess], entryPoints: [join(root, entry)], outfile: join(dist, `${name}.cjs`) }),
    ),
);
execFileSync(process.execPath, [join(root, "scripts", "make-code-cache.cjs")], { stdio: "inherit" });

if (!isCommandOnly) {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
}
