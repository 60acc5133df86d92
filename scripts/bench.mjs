// Runs the benchmarks: every bench/NAME.ts, or those named, each in a process of its own.
//
// node scripts/bench.mjs [--write] [NAME...]
//
// `--write` puts the figures into docs/performance.md and docs/fleet.md, into each where all of its modules have run: give it a
// quiet machine.
// PINION_BENCH_UV and PINION_BENCH_PIP name peers that are not on the search path, PINION_BENCH_COMMAND another build of
// Pinion, PINION_BENCH_IMAGE an image with Python for buildah, PINION_BENCH_SERVERLESS a folder with Serverless in its
// node_modules, PINION_BENCH_TMP the folder in which it happens and PINION_BENCH_DISK one on a disk. Figures are ratios of runs that took turns, because times do not travel between machines.
// NODE_EXTRA_CA_CERTS costs Node 37 ms before any code runs, so it is not handed on.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

// Where a bundle looks for the compiled inflater.
const INFLATER = { "import.meta.dirname": JSON.stringify(join(import.meta.dirname, "..", "dist")) };
const LAST = "cold-disk";
const FIGURES_START = "<!-- figures: written by `npm run bench -- --write` -->";
const FIGURES_END = "<!-- end of figures -->";
/** What a page shows; every module where none is named. */
const PAGES = [
  { page: "performance.md", command: "" },
  { page: "fleet.md", command: " fleet second-machine", modules: ["fleet", "second-machine"] },
];
const root = resolve(fileURLToPath(import.meta.url), "..", "..");
const folder = mkdtempSync(join(process.env.PINION_BENCH_TMP ?? tmpdir(), "pinion-bench-"));
const disk = mkdtempSync(join(process.env.PINION_BENCH_DISK ?? tmpdir(), "pinion-bench-disk-"));
const isWritten = process.argv.includes("--write");
const wanted = process.argv.slice(2).filter((word) => word !== "--write");
const written = [];
const names = inOrder(modulesOf("bench", /\.ts$/)).filter(
  (name) => wanted.length === 0 || wanted.includes(name),
);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no such benchmark: ${unknown.join(", ")}`);

const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
Object.assign(env, {
  PINION_BENCH_FOLDER: folder,
  PINION_BENCH_BUILT: folder,
  PINION_BENCH_DISK: disk,
});
// Rebuilding while something else is measured would spoil that, so a build that is named is taken as it is.
if (env.PINION_BENCH_COMMAND === undefined)
  spawnSync(process.execPath, [join(root, "scripts", "build.mjs"), "--command-only"], {
    env,
    stdio: "inherit",
  });

let isAllMet = true;
try {
  await bundle(
    names.map((name) => join("bench", `${name}.ts`)),
    "esm",
  );
  await bundle(
    modulesOf("bench/support", /-process\.ts$/).map((name) => join("bench", "support", `${name}.ts`)),
    "cjs",
  );
  for (const name of names) {
    const started = performance.now();
    const result = runBenchmark(name);
    for (const row of result.rows) print(row);
    written.push(...result.rows.map((row) => ({ ...row, module: name })));
    if (!result.isDone) console.log(`✗ ${name}: failed`);
    isAllMet &&= result.isDone && result.rows.every(({ isMet }) => isMet !== false);
    console.log(`  ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  // First, since deleting what was installed on a disk may take minutes.
  if (isWritten) writeFigures();
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(disk, { recursive: true, force: true });
}
process.exitCode = isAllMet ? 0 : 1;

/** Replaces what stands between the marks of each page whose modules have all run. */
function writeFigures() {
  const month = new Date().toLocaleString("en", { month: "long", year: "numeric" });
  const peers = [peerVersion("PINION_BENCH_UV", "uv"), peerVersion("PINION_BENCH_PIP", "pip")].filter(
    (name) => name !== "",
  );
  const place = process.env.PINION_BENCH_TMP ?? tmpdir();
  const machine = `Node ${process.versions.node}, ${cpus().length} cores, in \`${place}\`, ${peers.join(", ")}, ${month}`;
  for (const { page, command, modules = modulesOf("bench", /\.ts$/) } of PAGES) {
    if (!modules.every((name) => names.includes(name))) continue;
    const rows = written
      .filter(({ module }) => modules.includes(module))
      .map(({ name, module, figure, target = "", isMet }) => {
        const mark = isMet === undefined ? "" : isMet ? "✓" : "✗";
        return `| ${name} | \`${module}\` | ${target} | ${figure} | ${mark} |`;
      });
    const lines = [
      `Measured in one run of \`npm run bench -- --write${command}\`: ${machine}.`,
      "",
      "| row | `bench/` | target | measured | |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ];
    replaceFigures(join(root, "docs", page), lines.join("\n"));
  }
}

function replaceFigures(path, figures) {
  const text = readFileSync(path, "utf8");
  const [start, end] = [FIGURES_START, FIGURES_END].map((mark) => text.indexOf(mark));
  if (start === -1 || end === -1) throw new Error(`\`${path}\` has no place for the figures`);
  writeFileSync(path, `${text.slice(0, start)}${FIGURES_START}\n\n${figures}\n\n${text.slice(end)}`);
}

function peerVersion(variable, name) {
  const done = spawnSync(process.env[variable] ?? name, ["--version"], { encoding: "utf8" });
  return done.status === 0 ? `${name} ${/\d[\w.]*/.exec(done.stdout)?.[0] ?? ""}` : "";
}

function modulesOf(directory, pattern) {
  return readdirSync(join(root, directory))
    .filter((file) => pattern.test(file))
    .map((file) => basename(file, ".ts"));
}

/** What leaves a disk something to write comes last. */
function inOrder(modules) {
  return modules.toSorted(
    (one, other) => Number(one === LAST) - Number(other === LAST) || (one < other ? -1 : 1),
  );
}

async function bundle(entryPoints, format) {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    outExtension: { ".js": format === "esm" ? ".mjs" : ".cjs" },
    entryNames: "[name]",
    bundle: true,
    minify: format === "cjs",
    platform: "node",
    format,
    target: "node20.19",
    logLevel: "error",
    external: ["quickjs-wasi", "pac-resolver"],
    ...(format === "esm"
      ? {
          define: INFLATER,
          banner: {
            js: `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(pathToFileURL(join(root, "package.json")).href)});`,
          },
        }
      : {
          define: { "import.meta.url": "__moduleUrl", ...INFLATER },
          banner: { js: 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
        }),
  });
}

function runBenchmark(name) {
  const script = `
    const { run } = await import(process.argv[1]);
    const result = await run();
    console.log("\\u0000" + JSON.stringify(Array.isArray(result) ? result : [result]));
    process.exit(0);`;
  const words = ["--input-type=module", "-e", script, pathToFileURL(join(folder, `${name}.mjs`)).href];
  const done = spawnSync(process.execPath, words, {
    env,
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1e8,
  });
  const at = done.stdout.indexOf("\u0000");
  return {
    rows: at === -1 ? [] : JSON.parse(done.stdout.slice(at + 1)),
    isDone: done.status === 0 && at !== -1,
  };
}

function print({ name, figure, target, isMet }) {
  const mark = isMet === undefined ? "·" : isMet ? "✓" : "✗";
  console.log(
    `${mark} ${name.padEnd(66)} ${figure.padEnd(34)} ${target === undefined ? "" : `target ${target}`}`,
  );
}
