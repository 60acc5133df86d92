// Runs seeds of the fault campaign (test/support/fault-campaign.ts): installs over lines that drop, delay, reset and change
// octets. Every run must end with the right bytes or an explained error, and leave a cache from which the next run is right.
//
// node scripts/fuzz-network.mjs [RUNS [FIRST-SEED]]        default: 4000 runs from seed 1

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(fileURLToPath(import.meta.url), "..", "..");
const [runs = 4000, firstSeed = 1] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "pinion-fuzz-"));
const path = join(folder, "campaign.mjs");

try {
  await build({
    absWorkingDir: root,
    entryPoints: ["test/support/fault-campaign.ts"],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    logLevel: "error",
    external: ["quickjs-wasi", "pac-resolver"],
    banner: {
      js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(${JSON.stringify(pathToFileURL(join(root, "package.json")).href)});`,
    },
  });
  const { runCampaign } = await import(pathToFileURL(path).href);
  const started = performance.now();
  const onRun = (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs}`);
  };
  const { right, errors, violations } = await runCampaign({ runs, firstSeed, onRun });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${runs} runs, seeds ${firstSeed} to ${firstSeed + runs - 1}, ${seconds} s: ${right} gave the right bytes, ` +
      `${[...errors.values()].reduce((sum, count) => sum + count, 0)} ended with an explained error; ` +
      `rules broken: ${violations.length}`,
  );
  for (const [code, count] of [...errors].toSorted(([, one], [, other]) => other - one))
    console.log(`  ${String(count).padStart(6)}  ${code}`);
  for (const violation of violations) console.log(JSON.stringify(violation));
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
