// Runs the benchmarks: every bench/NAME.ts that exports `run()`, or those named, each in a process of its own.
//
// node scripts/bench.mjs [NAME...]
//
// A row is {name, figure, target, isMet}: figures are ratios of runs that took turns, because times do not travel
// between machines. NODE_EXTRA_CA_CERTS costs Node 37 ms before any code runs, so it is not handed on.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(fileURLToPath(import.meta.url), "..", "..");
const built = join(root, "dist", "bench");
const wanted = process.argv.slice(2);
const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => basename(file, ".ts"))
  .filter((name) => wanted.length === 0 || wanted.includes(name));

mkdirSync(built, { recursive: true });
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
let isAllMet = true;
try {
  for (const name of names) {
    const outfile = join(built, `${name}.mjs`);
    await build({
      entryPoints: [join(root, "bench", `${name}.ts`)],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
      packages: "external",
      logLevel: "error",
    });
    const script = `
      const { run } = await import(process.argv[1]);
      if (run !== undefined) {
        const result = await run();
        console.log("\\u0000" + JSON.stringify(Array.isArray(result) ? result : [result]));
      }`;
    const done = spawnSync(process.execPath, ["--input-type=module", "-e", script, outfile], { env, cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1e8 });
    const rows = done.stdout.includes("\u0000") ? JSON.parse(done.stdout.slice(done.stdout.indexOf("\u0000") + 1)) : [];
    for (const { name: what, figure, target, isMet } of rows) {
      isAllMet &&= isMet !== false && done.status === 0;
      console.log(`${mark(isMet)} ${what.padEnd(58)} ${String(figure).padEnd(30)} ${target === undefined ? "" : `target ${target}`}`);
    }
    if (done.status !== 0) console.log(`✗ ${name}: failed`);
  }
} finally {
  rmSync(built, { recursive: true, force: true });
}
process.exitCode = isAllMet ? 0 : 1;

function mark(isMet) {
  if (isMet === undefined) return "·";
  return isMet ? "✓" : "✗";
}
